"""What is said of a step in one sentence, of a symbol in a few words, and of an output that moves against its error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from ..core.messages import listed
from ..show.bilingual import Speaker
from ..show.markup import Html
from ..show.mathml import math, symbol
from ..show.numbers import before_and_after, decimals_of, figure, rounded
from . import questions
from .picture_style import image_shape
from .questions import Against
from .recording import Line, Recording, Step

Text = TypeVar("Text", bound=str)


def sentence_of(made: Recording, step: Step, say: Speaker) -> Html:
    """What a step does, in one sentence, for this network or function."""
    key = f"explain.say{step.number}"
    values: dict[str, object] = {}
    architecture, last = made.architecture, len(made.sizes)
    if architecture is None:
        plain = step.number in (3, 4) and not step.lines
        return say(f"{key}_function_none" if plain else f"{key}_function")
    if step.number == 1:
        key += "" if image_shape(made) is not None else "_numbers"
        values = {"n": made.sizes[0]}
    elif step.number == 2 and set(architecture.activations) != {"sigmoid"}:
        key += "_other"
        names = [each if isinstance(each, str) else each.__name__ for each in architecture.activations]
        names = list(dict.fromkeys(names))
        values = {"activations": listed(names)}
    elif step.number == 3:
        error = made.line(f"δ{last}").rule
        apart = "nabla_a" in made.values and "sigmoid_prime" in (error.python if error else "")
        plain = error is not None and [term.python for term in error.terms] == [f"a{last}", "-", "y"]
        key += "" if apart else "_plain" if plain else "_other"
    elif step.number == 4 and not step.lines:
        key += "_none"
    elif step.number == 6:
        before, after = questions.one_step(made).cost
        key += "_rose" if after > before else ""
    return say(key, **values)


def against(
    made: Recording, found: Against, say: Callable[..., Text], element: Callable[..., object]
) -> Iterator[Text]:
    """Why a step moves an output against its error, in one or two sentences; `element` writes a symbol with its index."""
    last, neuron = len(made.sizes), found.neuron
    before, own, after = found.z
    decimals = decimals_of(after - before)
    led = found.leader is not None and found.times >= 1.5
    times = f"{found.times:,.0f}" if found.times >= 10 else f"{found.times:.1f}"
    yield say(
        f"explain.against_{'fell' if after < before else 'rose'}",
        neuron=neuron,
        delta=element(f"δ{last}", neuron),
        z=element(f"z{last}", neuron),
        own=figure(own - before, sign=True),
        shared=figure(after - own, sign=True),
        before=rounded(before, decimals),
        after=rounded(after, decimals),
        leading=say("explain.against_leading", leader=found.leader, times=times) if led else "",
    )
    if found.most is not None:
        part, hidden = found.most, f"a{last - 1}"
        old = float(made.values[hidden][part.neuron, made.example])
        values = before_and_after(old, old + part.value)
        yield say(
            "explain.against_most",
            neuron=part.neuron,
            layer=last - 1,
            a=element(hidden, part.neuron),
            before=values[0],
            after=values[1],
            w=element(f"w{last}", neuron, part.neuron),
            weight=figure(part.weight),
            product=figure(part.product, sign=True),
        )


def is_new(line: Line) -> bool:
    """Whether a line is the update of a parameter."""
    return line.meaning.startswith("new_")


def meaning_key(made: Recording, line: Line) -> str:
    """Which text says what the symbol of a line means; one of its own where numbers stand for images, labels or classes."""
    numbers = {
        "input": made.architecture is not None and image_shape(made) is None,
        "desired": not made.labels,
        "answer": made.architecture is not None and not made.classifies,
    }
    return line.meaning + "_numbers" * numbers.get(line.meaning, False)


def meaning_of(made: Recording, line: Line, say: Speaker, new: bool = True) -> Html:
    """What the symbol of a line means: of an updated parameter what it is then or, where it is not `new`, at all times."""
    key = "explain." + meaning_key(made, line).removeprefix("" if new else "new_")
    subject = line.symbol.removeprefix("dC_d").removeprefix("δ_")
    return say(key, layer=line.layer, subject=math(symbol(subject)))
