"""`chainrule app`: start the page's server, open the browser, and serve until Ctrl-C."""

from __future__ import annotations

import sys
import webbrowser

from ..data.errors import reason_of
from ..show.language import say
from .arguments import Values
from .entries import entry
from .errors import CommandError
from .functions import require_used
from .opening import opened, saved_networks
from .streams import output

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TRIED = 10  # ports from the default one on


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
        shown = "localhost" if local or values.host in ("0.0.0.0", "::") else values.host
        base, place = f"http://{shown}:{port}/", f"#inside?lang={values.lang}" if values.lang else ""
        entry(screen, say(language, "page"), base + place, say(language, "Ctrl-C ends it"))
        if entrance is not None:
            told = say(language, "whoever opens it from another machine enters this once")
            entry(screen, say(language, "code"), entrance.code, told)
        screen.stream.flush()
        if not values.no_browser:
            webbrowser.open(base + (f"?code={entrance.code}" if entrance else "") + place)

    tried = range(values.port, values.port + (1 if "port" in values.typed else _TRIED))
    for port in tried:
        try:
            serve(app, values.host, port, ready)
        except OSError as error:
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
