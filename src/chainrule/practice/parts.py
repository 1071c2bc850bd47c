"""What operands of two programs are worth on each input, and products of them; what is equal, turned, or another view."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.nouns import Constant, Equation, Operand, Symbol
from .forms import Form

_VIEWS = ("T", "transpose", "reshape", "broadcast_to", "identity", "copy")
SAME = 1e-6  # how far equal numbers may be apart, relative to the largest


@dataclass(frozen=True, eq=False)
class Part:
    """What an operand is in a program, on each input."""

    form: Form
    operand: Operand
    values: tuple[Any, ...]
    made: Equation | None  # what makes it

    @functools.cached_property
    def text(self) -> str:
        """As Python."""
        return self.form.text(self.operand)

    @functools.cached_property
    def sizes(self) -> list[int]:
        """The sizes that are not 1, in any order: rows may be columns."""
        return sizes_of(np.shape(self.values[0]))

    @functools.cached_property
    def weight(self) -> float:
        """Alike for equal numbers, in whatever order."""
        return float(np.sum(np.abs(np.asarray(self.values[0], dtype=float))))

    @functools.cached_property
    def is_fixed(self) -> bool:
        """Whether it is the same whatever the arguments are."""
        if self.made is None:
            return isinstance(self.operand, Constant)
        return all(Part(self.form, each, (), self.form.equation_of(each)).is_fixed for each in self.made.inputs)


@dataclass(eq=False)
class Factor:
    """A factor of the learner's, of the derivative, or of both, and how often each has it."""

    part: Part
    mine: float = 0.0
    right: float = 0.0


@dataclass(eq=False)
class Monomial:
    """A number times factors."""

    number: float
    factors: list[tuple[Part, float]]

    @functools.cached_property
    def values(self) -> tuple[Any, ...] | None:
        """Its numbers on each input; none where the factors do not fit."""
        count = len(self.factors[0][0].values) if self.factors else 0
        try:
            with np.errstate(all="ignore"):
                return tuple(
                    self.number * multiplied([(part.values[probe], exponent) for part, exponent in self.factors])
                    for probe in range(count)
                )
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """Its factors as Python."""
        return written(self.factors)

    def is_equal(self, other: Monomial) -> bool:
        """Whether the numbers are the same."""
        if not self.values or not other.values:
            return False
        return all(agree(a, b) for a, b in zip(self.values, other.values, strict=True))


def multiplied(factors: Sequence[tuple[Any, float]]) -> Any:
    """The product of powers, broadcast."""
    made: Any = np.array(1.0)
    for value, exponent in factors:
        made = made * np.power(np.asarray(value, dtype=float), exponent)
    return made


def written(factors: Sequence[tuple[Part, float]]) -> str:
    """A product as Python."""
    above = [_power(part, exponent) for part, exponent in factors if exponent > 0]
    below = [_power(part, -exponent) for part, exponent in factors if exponent < 0]
    text = " * ".join(above) or "1"
    return short(f"{text} / {' / '.join(below)}" if below else text)


def _power(part: Part, exponent: float) -> str:
    text = part.text
    simple = text.replace("_", "").isalnum()
    if exponent == 1:
        return text if simple or (text.endswith(")") and "(" in text.split(" ")[0]) else f"({text})"
    return f"{text if simple else f'({text})'} ** {exponent:g}"


def short(text: str) -> str:
    """A text that fits into a sentence."""
    return text if len(text) <= 60 else f"{text[:50].rstrip()} …"


def exponent_of(made: Equation) -> float | None:
    """The exponent of a power that is a number."""
    name = made.primitive.name
    if name == "power":
        last = made.inputs[-1]
        return float(np.real(np.asarray(last.value))) if isinstance(last, Constant) and not last.shape else None
    return {"square": 2.0, "sqrt": 0.5, "reciprocal": -1.0}.get(name)


def is_view(made: Equation) -> bool:
    """Whether the same numbers stand there in another order, or of another kind."""
    kinds = made.inputs[0].value if isinstance(made.inputs[0], Constant) else made.inputs[0]
    converted = made.primitive.name == "astype" and (
        made.target.dtype.kind == "f" or getattr(kinds, "dtype", np.dtype(float)).kind in "bi"
    )
    return made.primitive.name in _VIEWS or converted


def is_zero(operand: Operand) -> bool:
    """Whether an operand is a constant of zeros."""
    return isinstance(operand, Constant) and not np.any(operand.value)


def is_made(part: Part) -> bool:
    """Whether a part is made of the arguments, and not of arrays from elsewhere."""
    made = part.made
    if made is None:
        return isinstance(part.operand, Symbol) or not part.operand.shape
    return all(is_made(Part(part.form, each, (), part.form.equation_of(each))) for each in made.inputs)


def sizes_of(shape: Sequence[Any]) -> list[int]:
    """The sizes that are not 1, in any order: rows may be columns."""
    return sorted(int(size) for size in shape if size != 1)


def equal(one: Part, other: Part) -> bool:
    """Whether the numbers are the same, perhaps in rows instead of columns."""
    if one.sizes != other.sizes or not math.isclose(one.weight, other.weight, rel_tol=1e-5, abs_tol=1e-12):
        return False
    return all(agree(a, b) for a, b in zip(one.values, other.values, strict=True))


def is_negative(one: Part, other: Part) -> bool:
    """Whether the numbers are the same but for the sign."""
    if one.sizes != other.sizes or not math.isclose(one.weight, other.weight, rel_tol=1e-5, abs_tol=1e-12):
        return False
    return all(agree(-np.asarray(a), b) for a, b in zip(one.values, other.values, strict=True))


def agree(a: Any, b: Any) -> bool:
    """Whether the numbers are the same, perhaps in rows instead of columns."""
    a, b = np.asarray(a), np.asarray(b)
    if sizes_of(a.shape) != sizes_of(b.shape):
        return False
    if a.shape == b.shape and _close(a, b):
        return True
    a, b = np.squeeze(a), np.squeeze(b)
    return (a.shape == b.shape and _close(a, b)) or (a.ndim == 2 and a.shape == b.shape[::-1] and _close(a, b.T))


def _close(a: Any, b: Any) -> bool:
    largest = max(float(np.max(np.abs(b), initial=0.0)), 1e-12)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(np.subtract(a, b, dtype=float)) <= SAME * largest))


def as_it_is(one: Part, other: Part) -> bool:
    """Whether the numbers are the same, rows as rows."""
    return all(np.shape(a) == np.shape(b) and _close(a, b) for a, b in zip(one.values, other.values, strict=True))
