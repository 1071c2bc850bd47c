"""`chainrule app`: start the page's server, open the browser, and serve until Ctrl-C."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from typing import TypeAlias

from ..data import datasets
from ..data.datasets import Dataset
from ..data.errors import reason_of
from ..data.images import SIDE
from ..data.inputs import as_labels
from ..data.shipped import shipped
from ..model import Network
from ..saved import load
from ..show.language import say
from .arguments import Values
from .entries import entry
from .errors import CommandError, UsageError
from .functions import read_network, require_used
from .layers import options_of
from .lessons import APP
from .parsing import command_line, together
from .sets import own_sets, require_classes
from .streams import output

Three: TypeAlias = tuple[Dataset, Dataset, Dataset]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TRIED = 10  # ports from the default one on


def run(values: Values) -> int:
    """Serve the page for the user's network, or for those in the package."""
    from ..web.app import application
    from ..web.server import serve
    from ..web.site import Site

    if values.data is not None and values.net is None:
        raise UsageError("DATA belongs to a network of your own, which is missing:", "chainrule app NET DATA")
    if values.net is None:
        require_used(values.functions)
    networks = {name: load(shipped(name)) for name in ("wide", "book")}
    sets: Callable[[], Three] = datasets.mnist
    if values.net is not None:
        net, own = _readable(values)
        networks = {"yours": net, **(networks if own is None else {})}
        sets = datasets.mnist if own is None else lambda: own
    screen, language = output(values)
    local = values.host in _LOOPBACK
    hosts = ["127.0.0.1", "localhost", "[::1]"] if local else None
    app = application(Site(networks, next(iter(networks)), sets), hosts)

    def ready(port: int) -> None:
        shown = "localhost" if local or values.host in ("0.0.0.0", "::") else values.host
        address = f"http://{shown}:{port}/" + (f"?lang={values.lang}" if values.lang else "")
        entry(screen, say(language, "page"), address, say(language, "Ctrl-C ends it"))
        if not local:
            screen.text(
                (say(language, "Everyone who can reach this machine over the network can open it."), "ink2"), indent=10
            )
        screen.stream.flush()
        if not values.no_browser:
            webbrowser.open(address)

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


def _readable(values: Values) -> tuple[Network, Three | None]:
    """A network that the page can show, from 28 × 28 grays to ten classes, and its data; `None` is MNIST."""
    path = values.net
    net = read_network(load, path, values.functions)
    require_classes(net, path, "app")
    if net.sizes[0] != SIDE * SIDE or net.sizes[-1] != 10:
        layers = together(options_of(net.architecture).get("layers", net.sizes))
        raise UsageError(
            "{path} has the layers {layers}, and the page draws digits: 784 pixels in, 10 answers out.",
            "chainrule train",
            path=path,
            layers=layers,
        )
    if not net.architecture.columns:
        raise CommandError(
            "{path} has layers of images, and the page shows networks whose layers are columns so far.", path=path
        )
    if not net.schema.inputs.divides_bytes and net.schema.inputs.scaling != 255:
        raise CommandError("{path} does not read grays of 0 to 255, which the page draws.", path=path)
    if values.data is not None:
        named = datasets.load_folder(values.data)
        for part in named:
            net.inputs(part.images[:1])
            as_labels(part.labels, net.sizes[-1], len(part.labels))
        return net, named
    sets = own_sets(net, path, command_line(APP, values, data="DATA"))
    return net, None if sets.bundled else (sets.train, sets.valid, sets.test)
