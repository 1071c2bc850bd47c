"""`chainrule explain`: the steps of backpropagation on an image, and answers to questions about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..core.messages import Message, listed, message
from ..core.nouns import Array
from ..data import datasets
from ..data.datasets import Dataset
from ..data.folders import read_picture
from ..data.images import read_digit
from ..data.shipped import shipped
from ..exchange.atomic import write_text
from ..explain.answers import QUESTIONS
from ..explain.document import document
from ..explain.explanation import Explanation
from ..explain.terminal import answer, draw
from ..explain.windows import place_of
from ..model import Network
from ..saved import load
from ..show.language import Language, say, translated
from ..show.screen import Screen
from . import table, text
from .arguments import Values
from .destination import require_writable
from .entries import with_words
from .errors import CommandError, UsageError
from .functions import read_network, require_used
from .lessons import EXPLAIN
from .parsing import command_line
from .sets import chosen_mistake, own_shape, require_classes, tested_images
from .streams import output, print_json
from .tested import Tested

_SHIPPED = "book"
_USERS = {"neuron": {"value", "blame", "proof"}, "learning_rate": {"one_step"}}
"""For each option, the questions whose answers depend on it."""


@dataclass(frozen=True)
class Shown:
    """The image that is explained.

    Attributes:
        image: The image.
        label: Its label, if known.
        source: A description of where it comes from.
        index: Its number in the test set, if it comes from there.
    """

    image: Array
    label: int | None
    source: str
    index: int | None = None


def run(values: Values) -> int:
    """Answer the questions, or show all steps where none is asked."""
    if values.text is not None:
        return text.run(values)
    screen, language = output(values)
    asked = [question for question in QUESTIONS if getattr(values, question)]
    if values.between and "why" not in asked:
        asked.append("why")
    _require_one(values)
    _require_used(values, asked)
    if values.html is not None:
        require_writable(values.html, values.lang)
    net = _network(values)
    row, source, others = None, "", None
    if table.is_of_table(net):
        row = table.explained(net, values, _neuron(values))
        made, others = row.made, row.others
    else:
        tested = _test_images(values, net) if values.image is None or "one_step" in asked else None
        chosen = _chosen(values, net, tested, language)
        made = net.explain(chosen.image, chosen.label, learning_rate=values.learning_rate, neuron=_neuron(values))
        source, others = chosen.source, None
        if "one_step" in asked and tested is not None:
            others = _others(net, tested.examples, chosen.index)
    if values.html is not None:
        columns = [] if row is None else [table.HEADS, *row.columns]
        write_text(values.html, document(made, language=language, command=_again(values), columns=columns))
        if not values.json:
            screen.text(say(language, "written to {file}: open it in any browser", file=values.html))
            return 0
    if values.json:
        answers: dict[str, Callable[[], object]] = {
            "value": lambda: made.value_of(*made.chosen),
            "why": lambda: made.why(*(values.between or ())),
            "blame": lambda: made.blame(*made.chosen),
            "one_step": lambda: made.one_step(others),
            "proof": made.proof,
            "layers": made.layers,
        }
        print_json({each: answers[each]() for each in asked} or made.plain(values.step), default=_plain)
        return 0
    if not asked:
        if row is not None:
            row.tell(screen, language)
        draw(made, screen, language, [values.step] if values.step else [], source)
        _go_on(screen, made, values, language)
    for question in asked:
        answer(made, question, screen, language, values.between, others)
    return 0


# ---- what is explained -----------------------------------------------------------------------------------------------


def _require_one(values: Values) -> None:
    """Refuse more than one image, and a label without a picture."""
    named = [flag for flag in ("--mistake", "--example", "--image") if getattr(values, flag[2:]) is not None]
    if len(named) > 1:
        raise UsageError("{listed} name two images; explain shows one.", listed=listed(named, "{words} and {word}"))
    if values.label is not None and values.image is None:
        raise UsageError("--label belongs to a picture of your own:", "chainrule explain --image FILE --label 3")


def _require_used(values: Values, asked: list[str]) -> None:
    """Refuse options that have no effect."""
    questions = [f"--{each.replace('_', '-')}" for each in asked]
    if values.between and not values.why:
        questions[-1] = "--between"
    if values.image is not None and "one_step" not in asked and (values.data is not None or values.labels is not None):
        flag = "DATA" if values.data is not None else "--labels"
        raise UsageError("{flag} has no effect beside --image; leave it out.", flag=flag)
    if values.html is not None and (asked or values.step is not None):
        flag = questions[0] if asked else "--step"
        raise UsageError("--html writes all steps and answers; leave out {flag}.", flag=flag)
    if asked and values.step is not None:
        raise UsageError(
            "--step shows a step, and {question} answers a question; leave one of them out.", question=questions[0]
        )
    for name, users in _USERS.items():
        if name not in values.typed or values.html is not None:
            continue
        if asked and not users & set(asked):
            raise UsageError(
                "--{value} has no effect on {listed}; leave it out.",
                value=name.replace("_", "-"),
                listed=listed(questions, "{words} and {word}"),
            )
        if not asked and name == "learning_rate" and values.step not in (None, 6):
            raise UsageError("--learning-rate has no effect on step {step}; leave it out.", step=values.step)
        if not asked and name == "neuron" and values.json:
            raise UsageError("--json gives the numbers of all neurons; leave out --neuron.")


def _test_images(values: Values, net: Network) -> Tested[Dataset]:
    """The images that the network is tested on."""
    if values.net is None:
        return Tested("", datasets.mnist_test())
    return tested_images(net, values.net, values.data, values.labels, _command(values, data="DATA"))


def _network(values: Values) -> Network:
    if values.net is None:
        require_used(values.functions)
        screen, language = output(values, aside=True)
        screen.text(
            (
                say(
                    language,
                    "This is the bundled network of the book (784 → 30 → 10). predict uses another, the reader. "
                    "To explain your own: explain NET",
                ),
                "ink3",
            )
        )
        return load(shipped(_SHIPPED))
    text.refuse_gpt(values.net)
    net = read_network(load, values.net, values.functions)
    if table.is_of_table(net):
        return net
    require_classes(net, values.net, "explain")
    if values.image is not None and net.sizes[0] != 784 and own_shape(net) is None:
        raise CommandError(
            "{net} has {inputs} inputs, and a picture of a digit has 28 × 28 = 784 pixels.",
            net=values.net,
            inputs=net.sizes[0],
        )
    return net


def _chosen(values: Values, net: Network, tested: Tested[Dataset] | None, language: Language) -> Shown:
    """The requested image, or the first mistake from which one step visibly learns."""
    if values.image is not None:
        if values.label is not None and values.label >= net.sizes[-1]:
            raise UsageError(
                "--label is {label}; it must be an answer of the network, from 0 to {last}.",
                label=values.label,
                last=net.sizes[-1] - 1,
            )
        shape = own_shape(net)
        image = read_digit(values.image) if shape is None else read_picture(values.image, shape)
        return Shown(image, values.label, Path(values.image).name)
    assert tested is not None
    test = tested.examples
    if values.example is not None:
        if values.example >= len(test.labels):
            raise UsageError(
                "--example is {example:,}; the test images count from 0 to {last:,}."
                if tested.is_test_set
                else "--example is {example:,}; the images count from 0 to {last:,}.",
                example=values.example,
                last=len(test.labels) - 1,
            )
        source = translated(_place(tested, values.example), language)
        return Shown(test.images[values.example], int(test.labels[values.example]), source, values.example)
    wrong = np.flatnonzero(net.predict(test.images) != test.labels)
    if not len(wrong):
        raise CommandError(
            "The network reads all {total} test images correctly."
            if tested.is_test_set
            else "The network reads all {total} images correctly.",
            total=f"{len(test.labels):,}",
        )
    number = values.mistake or 1 + chosen_mistake(net, test, wrong)
    if number > len(wrong):
        raise UsageError(
            "--mistake is {number:,}; the network makes {count:,} of {total:,}.",
            number=number,
            count=len(wrong),
            total=len(test.labels),
        )
    index = int(wrong[number - 1])
    source = say(
        language,
        "mistake {number} of {total}, {image}",
        number=f"{number:,}",
        total=f"{len(wrong):,}",
        image=_place(tested, index),
    )
    return Shown(test.images[index], int(test.labels[index]), source, index)


def _place(tested: Tested[Dataset], index: int) -> Message:
    """Which image it is, and whether training used it."""
    number = f"{index:,}"
    if not tested.name:
        return message("test digit {number}", number=number)
    return message(
        "test image {number} of {data}"
        if tested.is_test_set
        else "image {number} of {data}, which training used"
        if tested.was_seen(index)
        else "image {number} of {data}",
        number=number,
        data=tested.name,
    )


def _others(net: Network, test: Dataset, index: int | None) -> tuple[Array, Array]:
    """All test digits but the explained one, as activations, and their labels."""
    kept = np.ones(len(test.labels), bool)
    if index is not None:
        kept[index] = False
    return net.inputs(test.images[kept], "float64"), test.labels[kept]


def _plain(found: Any) -> Any:
    """An answer, or an array in it, as plain values."""
    if isinstance(found, np.ndarray):
        return found.tolist()
    return {each.name: getattr(found, each.name) for each in fields(found)}


def _neuron(values: Values) -> tuple[int, tuple[int, ...]] | None:
    """The layer and the neuron that were chosen."""
    return None if values.neuron is None else (values.neuron[0][0], values.neuron[1])


# ---- what follows ----------------------------------------------------------------------------------------------------


def _go_on(screen: Screen, made: Explanation, values: Values, language: Language) -> None:
    """Suggest questions as commands; or, without a label, the command that gives one."""
    again = _again(values)
    screen.line()
    if made.backward is None:
        screen.text(
            (
                say(
                    language,
                    "The right answer is not known, so there is no error to compute and the steps end here. Give "
                    "the answer to see steps 3 to 5 and the update:",
                ),
                "ink2",
            )
        )
        screen.line(f"  {again} --label {made.answer}")
        return
    assert made.architecture is not None
    sums = [
        True,
        *(bool(layer.normalization) for layer in made.architecture.stack),
        True,
    ]
    layer, _ = made.chosen
    kinds = [each.kind for each in made.architecture.stack]
    sums = [each or kind == "convolution" for each, kind in zip(sums, ["", *kinds, ""], strict=True)]
    backs = [
        each or kind in ("largest", "averaged", "flattened", "residual")
        for each, kind in zip(sums, ["", *kinds, ""], strict=True)
    ]
    questions = []
    if values.neuron is None and "convolution" in kinds:
        conv = kinds.index("convolution") + 2
        place = ",".join(map(str, place_of(made, conv, made.neuron(conv))))
        questions.append((f"{again} --neuron {conv}:{place} --value", say(language, "what does a place of a map see?")))
    if sums[-2] and not made.numeric:
        this, other = made.why().this, made.why().other
        questions.append((f"{again} --why", say(language, "why {this}, and not {other}?", this=this, other=other)))
    if sums[layer - 1]:
        questions.append((f"{again} --value", say(language, "why does this neuron have this value?")))
    if backs[layer]:
        questions.append((f"{again} --blame", say(language, "where does its error come from?")))
    questions += [
        (f"{again} --one-step", say(language, "what would one step of learning change?")),
        (f"{again} --proof", say(language, "is this gradient right?")),
        (f"{again} --layers", say(language, "which neurons are saturated?")),
    ]
    screen.line((say(language, "now ask"), "ink3"))
    with_words(screen, questions)


def _again(values: Values) -> str:
    """The command that explains the same image and neuron."""
    return _command(values, step=None, html=None, json=False)


def _command(values: Values, **changes: object) -> str:
    neuron = None if values.neuron is None else ":".join(",".join(map(str, each)) for each in values.neuron)
    return command_line(EXPLAIN, values, neuron=neuron, **changes)
