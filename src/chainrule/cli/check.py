"""`chainrule check`: compares a network's gradients with measured slopes, and its cost with its gradient."""

from __future__ import annotations

import functools

import numpy as np

from ..core.dims import shape_text
from ..core.messages import message
from ..core.nouns import Array
from ..data.inputs import as_labels, one_hot
from ..examples import is_regression
from ..explain.soundness import TOLERANCE, Slope, Soundness, soundness
from ..model import Network
from ..saved import load
from ..show.language import Language, say, translated
from ..show.numbers import rounded
from ..show.screen import Cell, Screen, expression
from . import table
from .arguments import Values
from .entries import entry
from .functions import read_network
from .lessons import CHECK
from .parsing import command_line
from .sets import require_classes, tested_images
from .streams import output, print_json
from .training_screen import network_line

_EXAMPLES = 10


def run(values: Values) -> int:
    """Check, and return 1 where something disagrees."""
    net = read_network(load, values.net, values.functions)
    what, inputs, targets = _examples(net, values)
    found = soundness(net.architecture, net.parameters, inputs, targets, values.samples)
    if values.json:
        worst = {"parameter": _place(found.worst), "relative_error": found.worst.relative_error}
        compared = sum(each.compared for each in found.parameters)
        print_json({"ok": found.ok, "compared": compared, "worst": worst})
    else:
        _draw(*output(values), net, what, found)
    return 0 if found.ok else 1


def _examples(net: Network, values: Values) -> tuple[str, Array, Array]:
    """The examples, as the network's programs take them, and what they are: digits of MNIST, given images or the network's own
    test images, or random numbers if its data are unknown or its targets are numbers.
    """
    outputs, random = net.sizes[-1], np.random.default_rng(0)
    regression = is_regression(net.architecture)
    named = values.data is not None or values.labels is not None
    if table.is_of_table(net):
        tested_rows = table.own_rows(net, values, command_line(CHECK, values, data="DATA"))
        some = tested_rows.examples.chosen(np.arange(min(_EXAMPLES, len(tested_rows.examples))))
        _, desired = net.outputs.desired(some.labels, len(some), outputs, "float64")
        what = message("{count} test rows" if tested_rows.is_test_set else "{count} rows", count=len(some))
        return what, net.inputs(some.rows, "float64").T, desired.T
    if named:
        require_classes(net, values.net, "check with DATA")
    if named or (not regression and (net.source is not None or (net.sizes[0], outputs) == (784, 10))):
        tested = tested_images(net, values.net, values.data, values.labels, command_line(CHECK, values, data="DATA"))
        test = tested.examples
        images, labels = (
            test.images[:_EXAMPLES],
            as_labels(test.labels[:_EXAMPLES], outputs, len(test.labels[:_EXAMPLES])),
        )
        what = message(
            "{count} test digits"
            if not tested.name
            else "{count} test images"
            if tested.is_test_set
            else "{count} images",
            count=len(images),
        )
        rows = net.inputs(images, "float64")
        return what, net.architecture.inputs(rows), one_hot(labels, outputs, "float64").T
    inputs = random.uniform(size=net.architecture.batch(1, _EXAMPLES))
    if net.architecture.vocabulary is not None:
        inputs = np.floor(net.architecture.vocabulary * inputs)
    targets: Array = random.normal(size=(outputs, _EXAMPLES))
    if not regression:
        targets = one_hot(random.integers(0, outputs, _EXAMPLES), outputs, "float64").T
    return message("{count} examples of random numbers", count=_EXAMPLES), inputs, targets


def _draw(screen: Screen, language: Language, net: Network, what: str, found: Soundness) -> None:
    phrase = functools.partial(say, language)
    entry(screen, phrase("network"), *network_line(net.architecture, language))
    entry(screen, phrase("data"), translated(what, language), phrase("in float64"))
    screen.line()
    heads = (
        phrase("parameter"), phrase("shape"), phrase("measured"), phrase("derivative"), phrase("slope"), phrase("relative error"),
    )  # fmt: skip
    rows: list[list[Cell]] = [[(head, "ink3") for head in heads]]
    for each in found.parameters:
        worst = each.worst
        numbers = (f"{number:+.6e}".replace("-", "−") for number in (worst.derivative, worst.measured))
        rows.append(
            [
                expression(_place(worst)),
                shape_text(each.shape),
                f"{each.compared:,}",
                *numbers,
                f"{rounded(worst.relative_error)} {_mark(worst.ok)}",
            ]
        )
    screen.table(rows, "<<>>><")
    screen.line()
    screen.text(
        (
            phrase(
                "Each row shows the worst number measured in a parameter. It is moved a little up and a little "
                "down, and the cost is computed each time."
            ),
            "ink2",
        )
    )
    screen.text(
        phrase("Does the cost fit its gradient? Along the gradient, C rises with a measured slope of "),
        (f"{found.rise:.6g}", "bold"),
        phrase("; the length of the gradient is "),
        (f"{found.promised:.6g}", "bold"),
        f" {_mark(found.together <= TOLERANCE)}",
    )
    screen.line()
    if found.ok:
        screen.text((phrase("All gradients are right ✓"), "bold"))
    elif not np.isfinite(found.worst.measured):
        screen.text(
            (
                phrase("The cost is infinite here, because outputs are rounded to 0 or 1: no slope can be measured."),
                "bold",
            )
        )
    elif not found.worst.ok:
        screen.text(
            (phrase("The gradient of {place} is wrong: ", place=_place(found.worst)), "bold"),
            phrase(
                "it is off by {error}, where {allowed} is allowed.",
                error=rounded(found.worst.relative_error),
                allowed=rounded(found.worst.allowed),
            ),
        )
    else:
        screen.text((phrase("The cost does not fit its gradient."), "bold"))


def _place(slope: Slope) -> str:
    return f"{slope.parameter}[{','.join(map(str, slope.index))}]"


def _mark(ok: bool) -> str:
    return "✓" if ok else "≠"
