"""What can be said of numbers that are made of sizes, whatever the sizes are: at least 1, and int arguments anything.

Decisions that hold for the sizes at hand alone would make programs that are wrong for others.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

from ...core.location import user_frame
from ...core.operators import COMPARISONS
from .numbers import Comparison, note, number_of, plain, size_in, terms_of
from .terms import ARGUMENT, TURN, Axis, Sum, Terms, bounds_of, lesser_of

_DECIDED: dict[str, Callable[[float, float], bool | None]] = {
    "lt": lambda low, high: True if high < 0 else False if low >= 0 else None,
    "le": lambda low, high: True if high <= 0 else False if low > 0 else None,
    "gt": lambda low, high: True if low > 0 else False if high <= 0 else None,
    "ge": lambda low, high: True if low >= 0 else False if high < 0 else None,
    "eq": lambda low, high: True if low == high == 0 else False if low > 0 or high < 0 else None,
    "ne": lambda low, high: False if low == high == 0 else True if low > 0 or high < 0 else None,
}
"""What a comparison is, from the least and the greatest difference of its sides; `None` where it varies."""


def decide(name: str, low: Any, high: Any) -> bool | None:
    """Whether numbers between two others compare with 0 as asked, whatever the sizes are; `None` where that varies."""
    return _DECIDED[name](least(low), greatest(high))


def is_certain(comparison: Comparison) -> bool:
    """Whether a comparison comes out alike, whatever the sizes are; the user's own may ask whether there is anything at all."""
    (name,) = (name for name, ufunc in COMPARISONS.items() if ufunc is comparison.ufunc)
    apart = comparison.left - comparison.right
    terms = terms_of(apart)
    if not comparison.is_assumed and terms is not None:
        apart = number_of(terms.filled(_from_zero))
    return decide(name, apart, apart) is not None


def _from_zero(axis: Axis, size: int | float) -> Terms:
    """A size as a number that is no less than 0."""
    alone = Terms(1, ((axis, size, 1),))
    return alone if axis.axis in (ARGUMENT, TURN) else alone.plus(Terms(-1))


def without_implied(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """Comparisons without those that hold where the others do: n >= 0 where n > 2."""
    kept: list[Comparison] = []
    for each in comparisons:
        if not any(_implies(other, each) for other in kept):
            kept = [*(other for other in kept if not _implies(each, other)), each]
    return kept


def _implies(one: Comparison, other: Comparison) -> bool:
    """Whether a comparison of whole numbers holds wherever another one does."""
    here, allowed = _range(one), _range(other)
    further: object = (other.left - other.right) - (one.left - one.right)
    if here is None or allowed is None or type(further) is not int:
        return False
    return allowed[0] <= here[0] + further and here[1] + further <= allowed[1]


def _range(comparison: Comparison) -> tuple[float, float] | None:
    """Between which whole numbers the difference of the sides is; `None` where that is no range."""
    (name,) = (name for name, ufunc in COMPARISONS.items() if ufunc is comparison.ufunc)
    return _RANGES[name if comparison.holds else _OPPOSITES[name]]


_RANGES: dict[str, tuple[float, float] | None] = {
    "lt": (-math.inf, -1), "le": (-math.inf, 0), "gt": (1, math.inf), "ge": (0, math.inf), "eq": (0, 0), "ne": None,
}  # fmt: skip
_OPPOSITES = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}


def assume(name: str, left: Any, right: Any) -> bool:
    """Whether two numbers compare as asked; what other sizes could change is noted, and the program asserts it."""
    apart = left - right
    decided = decide(name, apart, apart)
    if decided is not None:
        return decided
    left, right = _sides(apart)
    holds = bool(getattr(operator, name)(plain(left), plain(right)))
    frame = user_frame()
    code, line = (None, 0) if frame is None else (frame.f_code, frame.f_lineno)
    note(Comparison(COMPARISONS[name], size_in(left), size_in(right), holds, code, line, is_assumed=True))
    return holds


def _sides(number: Any) -> tuple[Any, Any]:
    """The sides of a comparison of a number with 0, of which none is subtracted: n and m + 2, for n - m - 2."""
    terms = terms_of(number)
    parts = terms.alone.parts if terms is not None and isinstance(terms.alone, Sum) else ()
    right = functools.reduce(Terms.plus, (Terms(-1).times(each) for each in parts if each.number < 0), Terms(0))
    return number + number_of(right), number_of(right)


def is_same(one: Any, other: Any) -> bool:
    """Whether two numbers are equal, whatever the sizes are."""
    return bool(one == other) and terms_of(one) == terms_of(other)


def lesser(one: Any, other: Any) -> Any:
    """The lesser of two whole numbers, for a shape."""
    one, other = size_in(one), size_in(other)
    is_less = decide("le", one - other, one - other)
    if is_less is not None:
        return one if is_less else other
    return number_of(lesser_of(*(each for each in map(terms_of, (one, other)) if each is not None)))


def least(number: Any) -> float:
    """The least that a number can be."""
    terms = terms_of(number)
    return -math.inf if terms is None else bounds_of(terms)[0]


def greatest(number: Any) -> float:
    """The greatest that a number can be."""
    terms = terms_of(number)
    return math.inf if terms is None else bounds_of(terms)[1]
