"""Exercises: a gradient to write by hand, checked against the derived program, which is also the solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..calculus.programs import derive
from ..core.dims import shape_text
from ..core.errors import TracingError
from ..core.messages import Message, listed, message
from ..show.language import SOURCE, Language, say, translated
from .checking import GradientCheck, check_grad

_SIZES: Mapping[str, tuple[int, ...]] = {
    "w": (4, 3), "w2": (2, 4), "b": (4, 1), "b2": (2, 1), "a": (3, 1), "z": (4, 1), "x": (3, 5), "y": (2, 1), "d": (4, 5),
}  # fmt: skip
"""The dimensions of what is an array; anything else is one number. All sizes differ, so that dimensions can be told apart."""


@dataclass(frozen=True, repr=False)
class Exercise:
    """A gradient to write by hand; as text, what is to be written.

    Attributes:
        name: What it is called.
        why: What it is about.
        function: The cost whose gradient is asked for.
        of: The arguments that it is taken of.
        hints: From gentle to plain.
    """

    name: str
    why: Message
    function: Callable[..., Any]
    of: tuple[str, ...]
    hints: tuple[Message, ...]

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Numbers for the arguments, the same each time."""
        random = np.random.default_rng(1)
        code = self.function.__code__
        names = code.co_varnames[: code.co_argcount]
        drawn = (random.standard_normal(_SIZES.get(name, ())) for name in names)
        return tuple(each if each.shape else float(each) for each in map(np.asarray, drawn))

    @property
    def solution(self) -> str:
        """The derived program, in Python."""
        return str(replace(derive(self.function, self.arguments, self.of), name=f"{self.name}_gradient"))

    def check(self, mine: Callable[..., Any]) -> GradientCheck:
        """Check a function of the same arguments that gives the gradient: one array, or several in the order of `of`.

        Args:
            mine: The function.

        Returns:
            Whether it is right, or which mistake it has.

        Examples:
            >>> print(exercise("square").check(lambda u: np.cos(u**2)))
            The factor 2 * u is left out in dC_du.
            The derivative: dC_du = 2 * (np.cos(u ** 2) * u)
            dC_du: yours is 0.991718, and the derivative is 0.711793.
        """
        return check_grad(self.function, self.arguments, mine=mine, wrt=self.of)

    def text(self, language: Language = SOURCE) -> str:
        """What is to be written, in a language."""
        code = self.function.__code__
        names = code.co_varnames[: code.co_argcount]
        sizes = ", ".join(
            f"{name}: {shape_text(np.shape(each))}" for name, each in zip(names, self.arguments, strict=True)
        )
        asked = say(
            language, "Write a function of {arguments} that returns the gradients of {symbols}.",
            arguments=listed(names), symbols=listed(self.of),
        )  # fmt: skip
        return "\n".join([translated(self.why, language), sizes, asked])

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Exercise {self.name}: gradients of {', '.join(self.of)}; print it to read what is to be written>"


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _square(u: Any) -> Any:
    return np.sin(u**2)


def _neuron(v: Any, c: Any, s: Any, t: Any) -> Any:
    z = v * s + c
    a = _sigmoid(z)
    return 0.5 * (a - t) ** 2


def _weights(w: Any, b: Any, a: Any, z: Any) -> Any:
    return 0.5 * np.sum((w @ a + b - z) ** 2)


def _delta(z: Any, w2: Any, b2: Any, y: Any) -> Any:
    a = _sigmoid(z)
    a2 = w2 @ a + b2
    return 0.5 * np.sum((a2 - y) ** 2)


def _batch(w: Any, b: Any, x: Any, d: Any) -> Any:
    return 0.5 * np.sum((w @ x + b - d) ** 2)


EXERCISES: Mapping[str, Exercise] = {
    each.name: each
    for each in (
        Exercise(
            "square",
            message("C = sin(u²): the slope of a chain is the product of its slopes."),
            _square,
            ("u",),
            (
                message("Two functions stand one in the other: which slope has each of them?"),
                message("The outer slope is taken at u², the inner one at u."),
                message("∂C/∂u = cos(u²) · 2u"),
            ),
        ),
        Exercise(
            "neuron",
            message("C = ½ (a − t)² with a = σ(z) and z = v s + c: a neuron is a chain of three."),
            _neuron,
            ("v", "c"),
            (
                message("Go back step by step: from C to a, from a to z, from z to v and c."),
                message("The slope of σ at z is a (1 − a)."),
                message("∂C/∂c = (a − t) a (1 − a), and ∂C/∂v = ∂C/∂c · s"),
            ),
        ),
        Exercise(
            "weights",
            message("C = ½ Σ (w a + b − z)²: a gradient has the dimensions of what it is taken of."),
            _weights,
            ("w", "b"),
            (
                message("w is 4×3: which product of a 4×1 and a 3×1 is 4×3?"),
                message("The error is e = w a + b − z; ∂C/∂b is e."),
                message("∂C/∂w = e aᵀ"),
            ),
        ),
        Exercise(
            "delta",
            message("C = ½ Σ (w2 a + b2 − y)² with a = σ(z): the error goes back through a layer."),
            _delta,
            ("z",),
            (
                message("The error is 2×1 and z is 4×1: which matrix of w2's numbers leads from one to the other?"),
                message("Behind the weights comes σ, whose slope is multiplied number by number."),
                message("δ = (w2ᵀ e) ⊙ a (1 − a) with e = w2 a + b2 − y"),
            ),
        ),
        Exercise(
            "batch",
            message("C = ½ Σ (w x + b − d)² over five examples: each adds to the gradients."),
            _batch,
            ("w", "b"),
            (
                message("b is 4×1 and the errors are 4×5: what is done with the five?"),
                message("b is added to each column, so its gradient is the sum of the columns."),
                message("∂C/∂w = e xᵀ, and ∂C/∂b is the sum of e over axis 1"),
            ),
        ),
    )
}
"""The exercises by name, in their order."""


def exercise(name: str) -> Exercise:
    """An exercise.

    Args:
        name: Its name, such as `"delta"`.

    Returns:
        The exercise; print it to read what is to be written.

    Raises:
        TracingError: There is none of this name.

    Examples:
        >>> exercise("delta").of
        ('z',)
    """
    if name not in EXERCISES:
        raise TracingError(
            "There is no exercise {name!r}; choose one of {listed}.", name=name, listed=listed(EXERCISES)
        )
    return EXERCISES[name]
