"""`chainrule check`: a network's gradients against measured slopes, and its cost against its gradient."""

from __future__ import annotations

import argparse
import functools
import json
import sys

import numpy as np

from ..data import datasets
from ..data.inputs import one_hot
from ..explain.soundness import TOLERANCE, Slope, Soundness, soundness
from ..model import Network
from ..network.costs import COSTS
from ..program.dims import shape_text
from ..program.nouns import Array
from ..saved import load
from ..show.language import Language, say, spoken
from ..show.numbers import small
from ..show.screen import Cell, Screen, expression
from .setting import entry
from .training_screen import network_line

_EXAMPLES = 10


def run(values: argparse.Namespace) -> int:
    """Check, and return 1 where something disagrees."""
    net = load(values.net)
    screen = Screen(sys.stdout)
    what, inputs, targets = _examples(net)
    found = soundness(net.architecture, net.parameters, inputs, targets, values.samples)
    if values.json:
        worst = {"parameter": _place(found.worst), "relative_error": found.worst.relative_error}
        print(json.dumps({"ok": found.ok, "worst": worst}))
    else:
        _draw(screen, spoken(values.lang, screen.encoding), net, what, found)
    return 0 if found.ok else 1


def _examples(net: Network) -> tuple[str, Array, Array]:
    """What is checked on: `digits` of the test set, or `random` numbers where the network reads something else; a column
    each."""
    outputs, cost = net.sizes[-1], net.architecture.cost
    random = np.random.default_rng(0)
    regression = not isinstance(cost, str) or COSTS[cost].regression
    if net.sizes[0] == 784 and outputs >= 10 and not regression:
        test = datasets.mnist()[2]
        images = test.images[:_EXAMPLES].reshape(_EXAMPLES, -1) / 255.0
        return "digits", images.T, one_hot(test.labels[:_EXAMPLES], outputs, "float64").T
    inputs = random.uniform(size=(net.sizes[0], _EXAMPLES))
    targets: Array = random.normal(size=(outputs, _EXAMPLES))
    if not regression:
        targets = one_hot(random.integers(0, outputs, _EXAMPLES), outputs, "float64").T
    return "random", inputs, targets


def _draw(screen: Screen, language: Language, net: Network, what: str, found: Soundness) -> None:
    told = functools.partial(_said, language)
    entry(screen, told("network"), *network_line(net.architecture, language))
    entry(screen, told("data"), told(what, count=_EXAMPLES), told("float64"))
    screen.line()
    heads = ("parameter", "shape", "measured", "derivative", "slope", "relative error")
    rows: list[list[Cell]] = [[(told(head), "ink3") for head in heads]]
    for each in found.parameters:
        worst = each.worst
        numbers = (f"{number:+.6e}".replace("-", "−") for number in (worst.derivative, worst.measured))
        rows.append(
            [
                expression(_place(worst)),
                shape_text(each.shape),
                f"{each.compared:,}",
                *numbers,
                f"{small(worst.relative_error)} {_mark(worst.ok)}",
            ]
        )
    screen.table(rows, "<<>>><")
    screen.line()
    screen.text((told("worst"), "ink2"))
    screen.text(
        told("rises"),
        (f"{found.rise:.6g}", "bold"),
        told("promises"),
        (f"{found.promised:.6g}", "bold"),
        f" {_mark(found.together <= TOLERANCE)}",
    )
    screen.line()
    if found.ok:
        screen.text((told("right"), "bold"))
    elif not found.worst.ok:
        screen.text(
            (told("wrong", place=_place(found.worst)), "bold"),
            told("off", error=small(found.worst.relative_error), allowed=small(found.worst.allowed)),
        )
    else:
        screen.text((told("apart"), "bold"))


def _said(language: Language, key: str, **values: object) -> str:
    return say(language, f"check.{key}", **values)


def _place(slope: Slope) -> str:
    return f"{slope.parameter}[{','.join(map(str, slope.index))}]"


def _mark(ok: bool) -> str:
    return "✓" if ok else "≠"
