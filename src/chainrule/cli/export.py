"""`chainrule export`: a network as a file that runs elsewhere, run on test images before it is written."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from ..export.verification import STEPS
from ..export.writing import PAGE
from ..model import Network
from ..saved import load
from ..show.language import say
from ..show.numbers import percent
from . import table
from .arguments import Command, Values
from .commands import EXPORT
from .destination import require_writable
from .entries import entry
from .errors import UsageError
from .functions import read_network
from .parsing import command_line
from .sets import require_classes, tested_images
from .streams import output, print_json
from .text import refuse_gpt
from .training_screen import network_line

SHOWN = 200
"""How many examples a page shows."""


def run(values: Values) -> int:
    """Write the file, and say how far its answers are from the network's."""
    is_page = Path(values.file).suffix == PAGE
    if is_page:
        refuse_gpt(values.net, values.file)
    net = read_network(load, values.net, values.functions)
    require_writable(values.file, values.lang)
    if is_page:
        return _page(values, net)
    if values.training_digits is not None:
        raise UsageError("--training-digits is for a page, whose file ends with .html; leave it out.")
    tests: tuple[Any, Any] | None = None
    if values.verify is not None and table.is_of_table(net):
        rows = table.own_rows(net, values, command_line(EXPORT, values, data="DATA")).examples
        tests = tuple(rows.chosen(np.arange(min(values.verify, len(rows)))))
    elif values.verify is not None:
        require_classes(net, values.net, "export --verify")
        again = command_line(EXPORT, values, data="DATA")
        images, labels = tested_images(net, values.net, values.data, values.labels, again).examples
        tests = images[: values.verify], labels[: values.verify]
    elif values.data is not None or values.labels is not None:
        raise UsageError(
            "DATA is what the file is verified on; say on how many test images:",
            command_line(EXPORT, values, verify=1000),
        )
    made = net.export(values.file, verify=None if tests is None else tests[0], learns=values.learns, int8=values.int8)
    right = None
    if tests is not None and made.outputs is not None and not net.numeric:
        own = net.outputs.answers(made.outputs, net.architecture.declared_cost.threshold)
        right = [float(np.mean(np.asarray(said) == tests[1])) for said in (own, net.predict(tests[0]))]
    if values.json:
        found = {"file": made.path, "bytes": made.size, "rows": made.rows, "difference": made.difference}
        accuracy = dict(zip(("accuracy", "accuracy_of_network"), right or (None, None), strict=True))
        print_json({**found, "same": made.same, "learned": made.learned, **accuracy})
        return 0
    screen, language = output(values)
    phrase = functools.partial(say, language)
    entry(screen, phrase("network"), *network_line(net.architecture, language))
    entry(screen, phrase("file"), made.path, phrase("{count:,} bytes", count=made.size))
    if tests is not None:
        told = (
            phrase("the largest difference from the network's answers, on {count:,} test rows", count=made.rows)
            if table.is_of_table(net)
            else phrase(
                "the largest difference from the network's activations, on {count:,} test images", count=made.rows
            )
        )
        entry(screen, phrase("verified"), f"{made.difference:.2g}", told)
    if right is not None and made.same is not None:
        file, whole = map(percent, right)
        share = phrase("right; the network {own}. The same answer to {same}", own=whole, same=percent(made.same))
        entry(screen, phrase("reads"), file, share)
    if made.learned is not None:
        told = phrase("the largest difference of a parameter after {steps} steps of training", steps=STEPS)
        entry(screen, phrase("learns"), f"{made.learned:.2g}", told)
    return 0


def shown(values: Values, net: Network, command: Command = EXPORT) -> tuple[Any, Any] | None:
    """The examples that a page shows.

    Args:
        values: The values of the command's arguments.
        net: The network.
        command: The command, for what is said where there are none.

    Returns:
        The first of those that the network is tested on; nothing for MNIST's, which a page chooses.
    """
    again = command_line(command, values, data="DATA")
    if table.is_of_table(net):
        rows, labels = table.own_rows(net, values, again).examples
        return rows.selected(np.arange(min(SHOWN, len(labels)))), labels[:SHOWN]
    if values.data is None and values.labels is None and (net.source is None or not net.source.path):
        return None
    require_classes(net, values.net, f"{command.name} FILE.html" if command is EXPORT else command.name)
    images, labels = tested_images(net, values.net, values.data, values.labels, again).examples
    return images[:SHOWN], labels[:SHOWN]


def _page(values: Values, net: Network) -> int:
    """Write a page."""
    for name, flag in {"verify": "--verify", "learns": "--learns", "int8": "--int8"}.items():
        if getattr(values, name):
            raise UsageError("{flag} is not for a page; leave it out.", flag=flag)
    made = net.export(values.file, examples=shown(values, net), training=values.training_digits or 0)
    if values.json:
        print_json({"file": made.path, "bytes": made.size})
        return 0
    screen, language = output(values)
    entry(screen, say(language, "network"), *network_line(net.architecture, language))
    entry(screen, say(language, "file"), made.path, say(language, "{count:,} bytes", count=made.size))
    screen.text(say(language, "written to {file}: open it in any browser", file=made.path))
    return 0
