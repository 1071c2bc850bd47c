"""Chapter 7: foresee what the derivative will say of a small real network; then its numbers are shown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.messages import Message, message
from ..practice.exercise import Exercise
from ..practice.judging import Verdict, stopped
from ..show.language import Language, say
from .small_network import PARAMETERS, small_network

WAYS: Mapping[str, Message] = {
    "up": message("{weight} moves up: its slope is {slope}, and a step goes against it."),
    "down": message("{weight} moves down: its slope is {slope}, and a step goes against it."),
    "stays": message("{weight} stays: its slope is 0, as the input before it is 0."),
}
"""What is told of a weight when its slope is shown, by the way that it moves."""


@dataclass(frozen=True, repr=False)
class Prediction(Exercise):
    """Which way weights move in a step, and which neuron has the largest error.

    Attributes:
        seed: What the network's numbers follow from.
        weights: The weights that are asked about: parameter, row, column.
    """

    seed: int = 0
    weights: tuple[tuple[str, int, int], ...] = ()

    @property
    def entry(self) -> str:
        """The name of the function that is to be written."""
        return "answers"

    @functools.cached_property
    def truth(self) -> Mapping[str, tuple[object, Message]]:
        """The right answers, and what is shown then."""
        program, given = small_network(self.seed)
        gradient = dict(zip(PARAMETERS, program(*given.values()), strict=True))
        found: dict[str, tuple[object, Message]] = {}
        for name, row, column in self.weights:
            slope, place = float(gradient[name][row, column]), f"{name}[{row}, {column}]"
            shown = {"weight": place, "slope": f"{slope:+.4f}".replace("-", "−")}
            way = "down" if slope > 0 else "up" if slope < 0 else "stays"
            found[place] = (way, message(WAYS[way].template, "", **shown))
        errors = gradient["b2"][:, 0]
        blamed = int(np.argmax(np.abs(errors)))
        texts = [f"{error:+.4f}".replace("-", "−") for error in errors]
        said = message(
            "The errors of the neurons are {one} and {other}; neuron {blamed} has the larger one.",
            one=texts[0], other=texts[1], blamed=blamed,
        )  # fmt: skip
        return {**found, "blame": (blamed, said)}

    @property
    def solution(self) -> str:
        """The right answers, in Python."""
        rows = [f'        "{place}": {answer!r},' for place, (answer, _) in self.truth.items()]
        return "\n".join(["def answers():", "    return {", *rows, "    }"]) + "\n"

    def check(self, mine: Callable[..., Any]) -> Verdict:
        """Check answers, and show the numbers of those that were given.

        Args:
            mine: A function without arguments that gives them, by what is asked.

        Returns:
            Whether they are right.
        """
        try:
            found = mine()
        except Exception as error:
            return stopped(getattr(mine, "__code__", None), error)
        given = {name: each for name, each in found.items() if each is not ...} if isinstance(found, dict) else {}
        if not {*self.truth} <= {*given}:
            said = message("Answer all of them first: then the numbers are shown.")
            return Verdict(ok=False, unfinished=True, said=(said,))
        wrong = {name for name, (answer, _) in self.truth.items() if given[name] != answer}
        told = [
            message("≠ {said} Your answer was {answer}.", said=said, answer=repr(given[name])) if name in wrong
            else message("✓ {said}", said=said)
            for name, (_, said) in self.truth.items()
        ]  # fmt: skip
        first = message("All foreseen.")
        if wrong:
            first = message("{count} of {all} foreseen.", count=len(self.truth) - len(wrong), all=len(self.truth))
        return Verdict(ok=not wrong, said=(first, *told))

    def _asked(self, language: Language) -> Iterator[str]:
        yield say(
            language, 'Which way will each weight move in one step of gradient descent, "up", "down", or "stays"?'
        )
        yield say(language, "blame: which of the two hidden neurons, 0 or 1, has the larger error, whatever its sign?")

    def _blanked(self) -> list[str]:
        _, given = small_network(self.seed)
        numbers = [f"{name} = {np.round(each, 2).tolist()}" for name, each in given.items()]
        blanks = [f'        "{place}": ...,' for place in self.truth]
        return [*numbers, "", "", "def answers():", "    return {", *blanks, "    }"]


def _prediction(name: str, seed: int, why: Message, *weights: tuple[str, int, int]) -> Prediction:
    hints = (
        message("Compute forward first, with numbers of two decimals: z2, a2, z3, a3. Is a3 too large or too small?"),
        message("δ³ has the sign of a3 − y. The slope of a weight is δ behind it times the activation before it."),
        message("δ² = (w³ᵀ δ³) ⊙ σ′(z²): the larger weight and the steeper slope get the larger error."),
    )
    return Prediction(name, why, small_network, {}, (), hints, seed, weights)


TITLE = message("Which way?")
EXERCISES: tuple[Exercise, ...] = (
    _prediction(
        "foresee_output", 1,
        message(
            "A network of two inputs, two neurons and one answer is learning XOR (1 if just one input is 1), with σ in both "
            "layers and C = ½ (a³ − y)². Foresee, then look."
        ),
        ("w3", 0, 0), ("w3", 0, 1),
    ),
    _prediction(
        "foresee_hidden", 3,
        message("Another one: now the weights of the first layer. An input of 0 moves nothing that leads from it."),
        ("w2", 0, 0), ("w2", 0, 1), ("w2", 1, 0), ("w2", 1, 1),
    ),
)  # fmt: skip
