"""`chainrule app`: start the page's server, open the browser, and serve until Ctrl-C."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
import webbrowser

from ..data.errors import reason_of
from ..show.language import Language, say
from ..show.screen import Screen
from .arguments import Values
from .entries import entry
from .errors import CommandError
from .functions import require_used
from .opening import opened, saved_networks
from .streams import output

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TRIED = 10  # ports from the default one on
_ANYWHERE = {"0.0.0.0": (socket.AF_INET, "192.0.2.1"), "::": (socket.AF_INET6, "2001:db8::1")}
"""Hosts that listen at all addresses, and an address outside every network, by RFC 5737 and 3849."""


def run(values: Values) -> int:
    """Serve the page for the user's networks, or for those in the package."""
    from ..web.app import application
    from ..web.entrance import Entrance
    from ..web.server import serve
    from ..web.site import Site

    if values.net is None:
        require_used(values.functions)
    saved = saved_networks(values)
    site = Site(saved, opened, [sys.executable, "-m", "chainrule.cli.native"])
    site.shown()  # what is wrong with it is said here
    screen, language = output(values)
    local = values.host in _LOOPBACK
    entrance = None if local else Entrance()
    app = application(site, ["127.0.0.1", "localhost", "[::1]"] if local else None, entrance)

    def ready(port: int) -> None:
        anywhere = values.host in _ANYWHERE
        place = f"#inside?lang={values.lang}" if values.lang else ""
        page = _address("localhost" if local or anywhere else values.host, port) + place
        entry(screen, say(language, "page"), page, say(language, "Ctrl-C ends it"))
        if entrance is not None:
            if anywhere:
                _tell_others(screen, language, own_address(values.host), port)
            told = say(language, "whoever opens it from another machine enters this once")
            entry(screen, say(language, "code"), entrance.code, told)
        screen.stream.flush()
        if not values.no_browser:
            webbrowser.open(page)

    tried = range(values.port, values.port + (1 if "port" in values.typed else _TRIED))
    for port in tried:
        try:
            serve(app, values.host, port, ready)
        except OSError as error:
            if (
                isinstance(error, socket.gaierror) or error.errno == socket.EAI_NONAME
            ):  # the event loop makes it an OSError
                raise CommandError(
                    "{host} is no address of this machine; give --host 127.0.0.1, or 0.0.0.0 for others, too.",
                    host=values.host,
                ) from error
            if port != tried[-1]:
                continue
            raise CommandError(
                "{host}:{port} cannot be used ({error}); try another with --port.",
                host=values.host,
                port=port,
                error=reason_of(error),
            ) from error
        break
    return 0


def own_address(host: str) -> str:
    """The address of this machine in its network.

    Args:
        host: All addresses of IPv4 or of IPv6: `0.0.0.0` or `::`.

    Returns:
        The address; empty where the machine is in no network.
    """
    family, outside = _ANYWHERE[host]
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as line:
        line.connect((outside, 9))  # sends nothing: of UDP it only chooses the address to send from
        address = str(line.getsockname()[0]).partition("%")[0]
        return "" if ipaddress.ip_address(address).is_loopback else address
    return ""


def _tell_others(screen: Screen, language: Language, address: str, port: int) -> None:
    """Say what other machines open."""
    if address:
        entry(
            screen, say(language, "others"), _address(address, port), say(language, "for machines in the same network")
        )
    else:
        screen.text(say(language, "This machine has no address in a network, so no other can open the page."))


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
