"""`chainrule explain`: the steps of backpropagation on an image, and answers to what is asked of them."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data import datasets
from ..data.datasets import Dataset
from ..data.images import read_digit
from ..data.shipped import shipped
from ..exchange.atomic import write_text
from ..explain.answers import QUESTIONS, answer
from ..explain.document import document
from ..explain.explanation import Explanation
from ..explain.mistakes import instructive
from ..explain.terminal import draw
from ..model import Network
from ..program.nouns import Array
from ..saved import load
from ..show.language import Language, say, spoken
from ..show.screen import Screen
from .errors import CommandError, UsageError
from .lessons import EXPLAIN
from .parsing import retold
from .setting import with_words

_SHIPPED = "book"


@dataclass(frozen=True)
class Shown:
    """The image that is explained, its label if it is known, what it is called, and its number in the test set."""

    image: Array
    label: int | None
    source: str
    index: int | None = None


def run(values: argparse.Namespace) -> int:
    """Explain, and answer the questions, or all steps where none is asked."""
    screen = Screen(sys.stdout)
    tongue = spoken(values.lang, screen.encoding)
    _require_one(values)
    net = _network(values, tongue)
    test = datasets.mnist()[2]
    chosen = _chosen(values, net, test, tongue)
    made = net.explain(chosen.image, chosen.label, learning_rate=values.learning_rate, neuron=values.neuron)
    if values.html is not None:
        write_text(values.html, document(made, language=tongue, command=_again(values)))
        if not values.json:
            screen.text(say(tongue, "explain.written", file=values.html))
            return 0
    if values.json:
        print(json.dumps(made.plain(values.step)))
        return 0
    asked = [question for question in QUESTIONS if getattr(values, question)]
    if values.between and "why" not in asked:
        asked.append("why")
    if not asked:
        draw(made, screen, tongue, [values.step] if values.step else [], chosen.source)
        _go_on(screen, made, values, tongue)
    for question in asked:
        others = _others(net, test, chosen.index) if question == "one_step" else None
        answer(made, question, screen, tongue, values.between, others)
    return 0


# ---- what is explained -----------------------------------------------------------------------------------------------


def _require_one(values: argparse.Namespace) -> None:
    """At most one image is named, and a label only beside a picture."""
    named = [flag for flag in ("--mistake", "--example", "--image") if getattr(values, flag[2:]) is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} name two images; explain shows one.")
    if values.label is not None and values.image is None:
        raise UsageError("--label belongs to a picture of your own:", "chainrule explain --image FILE --label 3")


def _network(values: argparse.Namespace, tongue: Language) -> Network:
    if values.net is None:
        Screen(sys.stderr).text((say(tongue, "explain.shipped"), "ink3"))
        return load(shipped(_SHIPPED))
    net = load(values.net)
    if net.sizes[0] != 784:
        raise CommandError(f"{values.net} has {net.sizes[0]} inputs, and an image of a digit has 28 × 28 = 784 pixels.")
    return net


def _chosen(values: argparse.Namespace, net: Network, test: Dataset, tongue: Language) -> Shown:
    """The image that was named, or the first mistake from which a step visibly learns."""
    if values.image is not None:
        if values.label is not None and values.label >= net.sizes[-1]:
            raise UsageError(
                f"--label is {values.label}; it must be an answer of the network, from 0 to {net.sizes[-1] - 1}."
            )
        return Shown(read_digit(values.image), values.label, Path(values.image).name)
    if values.example is not None:
        if values.example >= len(test.labels):
            raise UsageError(
                f"--example is {values.example:,}; the test digits count from 0 to {len(test.labels) - 1:,}."
            )
        source = say(tongue, "explain.source_test", number=f"{values.example:,}")
        return Shown(test.images[values.example], int(test.labels[values.example]), source, values.example)
    wrong = np.flatnonzero(net.predict(test.images) != test.labels)
    if not len(wrong):
        raise CommandError(say(tongue, "explain.no_mistake", total=f"{len(test.labels):,}"))
    number = values.mistake or 1 + instructive(
        lambda at: net.explain(test.images[at], test.labels[at]), map(int, wrong)
    )
    if number > len(wrong):
        raise UsageError(f"--mistake is {number:,}; the network makes {len(wrong):,} of {len(test.labels):,}.")
    index = int(wrong[number - 1])
    source = say(tongue, "explain.source_mistake", number=f"{number:,}", total=f"{len(wrong):,}", index=f"{index:,}")
    return Shown(test.images[index], int(test.labels[index]), source, index)


def _others(net: Network, test: Dataset, index: int | None) -> tuple[Array, Array]:
    """All test digits but the one that is explained, as activations, and their labels."""
    kept = np.ones(len(test.labels), bool)
    if index is not None:
        kept[index] = False
    return test.images[kept].reshape(-1, net.sizes[0]) / 255.0, test.labels[kept]


# ---- what follows ----------------------------------------------------------------------------------------------------


def _go_on(screen: Screen, made: Explanation, values: argparse.Namespace, tongue: Language) -> None:
    """What to ask next, as commands to type; or how to say which digit it is."""
    again = _again(values)
    screen.line()
    if made.label is None:
        screen.text((say(tongue, "explain.no_label"), "ink2"))
        screen.line(f"  {again} --label {made.answer}")
        return
    this, other = made.why().this, made.why().other
    questions = [
        (f"{again} --why", say(tongue, "explain.ask_why", this=this, other=other)),
        (f"{again} --value", say(tongue, "explain.ask_value")),
        (f"{again} --blame", say(tongue, "explain.ask_blame")),
        (f"{again} --one-step", say(tongue, "explain.ask_one_step")),
        (f"{again} --proof", say(tongue, "explain.ask_proof")),
        (f"{again} --layers", say(tongue, "explain.ask_layers")),
    ]
    screen.line((say(tongue, "explain.ask"), "ink3"))
    with_words(screen, questions)


def _again(values: argparse.Namespace) -> str:
    """The command that explains the same image and neuron."""
    typed = {**vars(values), "step": None, "html": None, "json": False}
    typed |= {name: None if typed[name] is None else str(typed[name]) for name in ("example", "label")}  # 0 counts too
    typed["neuron"] = None if values.neuron is None else ":".join(map(str, values.neuron))
    return retold(EXPLAIN, typed)
