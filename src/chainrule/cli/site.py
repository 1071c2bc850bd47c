"""`chainrule site`: the page of a network as a folder of files for a host."""

from __future__ import annotations

from ..data.datasets import TRAINING_DIGITS
from ..data.shipped import shipped
from ..model import Network
from ..saved import load
from ..show.language import say
from .arguments import Values
from .commands import SITE
from .entries import entry
from .errors import UsageError
from .export import shown
from .functions import read_network, require_used
from .streams import output, print_json
from .training_screen import network_line


def run(values: Values) -> int:
    """Write the folder, and say what is in it."""
    net: Network
    if values.net is None:
        require_used(values.functions)
        net = load(shipped("book"))
    else:
        net = read_network(load, values.net, values.functions)
    examples = shown(values, net, SITE)
    if examples is not None and values.training_digits is not None:
        raise UsageError("--training-digits is for networks that read MNIST's digits; leave it out.")
    digits = 0 if examples is not None else values.training_digits or TRAINING_DIGITS
    made = net.site(values.dir, examples=examples, training=digits)
    if values.json:
        print_json({"folder": made.path, "bytes": made.size})
        return 0
    screen, language = output(values)
    entry(screen, say(language, "network"), *network_line(net.architecture, language))
    entry(screen, say(language, "folder"), made.path, say(language, "{count:,} bytes", count=made.size))
    screen.text(say(language, "Put the folder on any host. To look at it here:"))
    screen.line(f"  python3 -m http.server --directory {made.path}")
    return 0
