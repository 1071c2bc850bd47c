"""What a number is made of: sizes of arguments and int arguments, multiplied, added, and divided with rounding.

A number is kept as `Terms`, by which the text of a program writes it with the names of the sizes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...core.template import ATOM, PRODUCT, SUM, UNARY, Piece

ARGUMENT = -1
"""In the place of an axis: an int argument itself."""
TURN = -2
"""In the place of an axis: the counter of a loop, in its body."""
AXES = -3
"""In the place of an axis: how many there are."""


@dataclass(frozen=True)
class Axis:
    """An axis of an input, whose size it stands for; or an int argument, or the counter of a loop.

    Attributes:
        input: The name of the input or of the counter, or the expression of the argument.
        axis: The number of the axis, or `ARGUMENT` or `TURN`.
        name: The user's name for the number.
    """

    input: str
    axis: int
    name: str = ""


@dataclass(frozen=True)
class Sum:
    """A sum of numbers; one without sizes is the last."""

    parts: tuple[Terms, ...]

    @property
    def value(self) -> int | float:
        """The number that it is."""
        return sum(each.value for each in self.parts)

    def piece(self, name_of: Callable[[Axis], str]) -> Piece:
        """It as Python, with these names of sizes."""
        first, *rest = (each.piece(name_of).text for each in self.parts)
        added = (f" - {each[1:]}" if each.startswith("-") else f" + {each}" for each in rest)
        return Piece("".join([first, *added]), SUM)

    def filled(self, terms_of: Callable[[Axis, int | float], Terms]) -> Terms:
        """It with other terms in the place of axes."""
        return functools.reduce(Terms.plus, (each.filled(terms_of) for each in self.parts))


@dataclass(frozen=True)
class Quotient:
    """A quotient that is rounded down, or what remains."""

    parts: tuple[Terms, Terms]
    sign: str = "//"

    @property
    def value(self) -> int | float:
        """The number that it is."""
        above, below = (each.value for each in self.parts)
        return above // below if self.sign == "//" else above % below

    def piece(self, name_of: Callable[[Axis], str]) -> Piece:
        """It as Python, with these names of sizes."""
        above, below = (each.piece(name_of) for each in self.parts)
        left = above.text if above.strength >= PRODUCT else f"({above.text})"
        right = below.text if below.strength > PRODUCT else f"({below.text})"
        return Piece(f"{left} {self.sign} {right}", PRODUCT, self.sign)

    def filled(self, terms_of: Callable[[Axis, int | float], Terms]) -> Terms:
        """It with other terms in the place of axes."""
        above, below = (each.filled(terms_of) for each in self.parts)
        return above.over(below) if self.sign == "//" else above.modulo(below)


@dataclass(frozen=True)
class Least:
    """The lesser of two numbers."""

    parts: tuple[Terms, Terms]

    @property
    def value(self) -> int | float:
        """The number that it is."""
        return min(each.value for each in self.parts)

    def piece(self, name_of: Callable[[Axis], str]) -> Piece:
        """It as Python, with these names of sizes."""
        one, other = (each.piece(name_of).text for each in self.parts)
        return Piece(f"min({one}, {other})", ATOM)

    def filled(self, terms_of: Callable[[Axis, int | float], Terms]) -> Terms:
        """It with other terms in the place of axes."""
        one, other = (each.filled(terms_of) for each in self.parts)
        return lesser_of(one, other)


Factor: TypeAlias = Axis | Sum | Quotient | Least


@dataclass(frozen=True)
class Terms:
    """A number times powers of factors: 2 n⁻¹ is a number 2 and a factor n with the power −1."""

    number: int | float
    factors: tuple[tuple[Factor, int | float, int | float], ...] = ()  # each with its value and power

    def times(self, other: Terms, power: int | float = 1) -> Terms:
        """The product with a power of another, or the quotient."""
        powers = {(factor, value): each for factor, value, each in self.factors}
        for factor, value, each in other.factors:
            powers[factor, value] = powers.get((factor, value), 0) + each * power
        number = self.number * other.number**power if power > 0 else self.number / other.number ** (-power)
        return Terms(number, tuple((*key, each) for key, each in powers.items() if each and number))

    def plus(self, other: Terms) -> Terms:
        """The sum."""
        numbers: dict[Any, int | float] = {}
        for each in (*self._summed(), *other._summed()):
            numbers[each.factors] = numbers.get(each.factors, 0) + each.number
        found = [Terms(number, factors) for factors, number in numbers.items() if number]
        found.sort(key=lambda each: not each.factors)
        return found[0] if len(found) == 1 else _one(Sum(tuple(found))) if found else Terms(0)

    def _summed(self) -> tuple[Terms, ...]:
        if len(self.factors) == 1 and isinstance(self.factors[0][0], Sum) and self.factors[0][2] == 1:
            return tuple(Terms(self.number).times(each) for each in self.factors[0][0].parts)
        return (self,)

    def over(self, other: Terms) -> Terms:
        """The quotient, rounded down."""
        return self.times(other, -1).whole or _one(Quotient((self, other)))

    def modulo(self, other: Terms) -> Terms:
        """What remains of the quotient that is rounded down."""
        return Terms(0) if self.times(other, -1).whole else _one(Quotient((self, other), "%"))

    @property
    def alone(self) -> Factor | None:
        """The factor that it is, if it is one and nothing else."""
        single = len(self.factors) == 1 and (self.number, self.factors[0][2]) == (1, 1)
        return self.factors[0][0] if single else None

    @property
    def whole(self) -> Terms | None:
        """It as a whole number, if nothing is divided in it."""
        exact = self.number == int(self.number) and all(power > 0 for _, _, power in self.factors)
        return Terms(int(self.number), self.factors) if exact else None

    @functools.cached_property
    def value(self) -> int | float:
        """The number that it is, computed as it is written."""
        above = math.prod((value**power for _, value, power in self.factors if power > 0), start=self.number)
        below = [value**-power for _, value, power in self.factors if power < 0]
        return above / math.prod(below) if below else above

    def piece(self, name_of: Callable[[Axis], str]) -> Piece:
        """It as Python, with these names of sizes."""
        if isinstance(self.alone, (Sum, Quotient, Least)) and not isinstance(self.number, float):
            return self.alone.piece(name_of)
        above = [self._factor(*each, name_of) for each in self.factors if each[2] > 0]
        below = [self._factor(factor, value, -power, name_of) for factor, value, power in self.factors if power < 0]
        is_ratio = bool(below) or any(power % 1 for _, _, power in self.factors)  # which is a float by itself
        number = int(self.number) if is_ratio and self.number == int(self.number) else self.number
        if number == -1 and above:
            above[0] = f"-{above[0]}"
        elif not above or number != 1 or isinstance(number, float):
            above.insert(0, repr(number))
        text = " * ".join(above)
        if below:
            text += f" / ({' * '.join(below)})" if len(below) > 1 else f" / {below[0]}"
        if len(above) + len(below) > 1:
            return Piece(text, PRODUCT, "/" if below else "*")
        return Piece(text, UNARY if text.startswith("-") else ATOM)

    @staticmethod
    def _factor(factor: Factor, value: int | float, power: int | float, name_of: Callable[[Axis], str]) -> str:
        text = name_of(factor) if isinstance(factor, Axis) else factor.piece(name_of).text
        if power == 0.5:
            return f"np.sqrt({text})"
        text = text if isinstance(factor, (Axis, Least)) else f"({text})"
        return text if power == 1 else f"{text} ** {power}"

    def filled(self, terms_of: Callable[[Axis, int | float], Terms]) -> Terms:
        """It with other terms in the place of axes."""
        made = Terms(self.number)
        for factor, value, power in self.factors:
            inner = terms_of(factor, value) if isinstance(factor, Axis) else factor.filled(terms_of)
            made = made.times(inner, power)
        return made

    def axes(self) -> Iterator[Axis]:
        """The axes whose sizes it is made of."""
        for factor, _, _ in self.factors:
            if isinstance(factor, Axis):
                yield factor
            else:
                for part in factor.parts:
                    yield from part.axes()


def _one(factor: Sum | Quotient | Least) -> Terms:
    return Terms(1, ((factor, factor.value, 1),))


def lesser_of(one: Terms, other: Terms) -> Terms:
    """The lesser of two numbers, as one of them if that is certain."""
    low, high = bounds_of(one.plus(Terms(-1).times(other)))
    return one if high <= 0 else other if low >= 0 else _one(Least((one, other)))


def bounds_of(terms: Terms) -> tuple[float, float]:
    """The least and the greatest that a number can be, whatever the sizes are: at least 1, and int arguments anything."""
    low: float = terms.number
    high: float = terms.number
    for factor, _, power in terms.factors:
        ends = _power(*_bounds_of_factor(factor), power)
        products = [_product(one, other) for one in (low, high) for other in ends]
        low, high = min(products), max(products)
    return low, high


def _product(one: float, other: float) -> float:
    return 0.0 if 0 in (one, other) else one * other


def _power(low: float, high: float, power: float) -> tuple[float, float]:
    if power == 1:
        return low, high
    if low < 0 or (low == 0 and power < 0):
        return -math.inf, math.inf
    ends = low**power, high**power
    return min(ends), max(ends)


def _bounds_of_factor(factor: Factor) -> tuple[float, float]:
    if isinstance(factor, Axis):
        return (-math.inf if factor.axis in (ARGUMENT, TURN) else 1), math.inf
    if isinstance(factor, Sum):
        return _bounds_of_sum(factor.parts, 1), -_bounds_of_sum(factor.parts, -1)
    if isinstance(factor, Least):
        lows, highs = zip(*map(bounds_of, factor.parts), strict=True)
        return min(lows), min(highs)
    above, below = factor.parts
    if below.factors or below.number < 1:
        return -math.inf, math.inf
    if factor.sign == "%":
        return 0, below.number - 1
    return tuple(each // below.number if math.isfinite(each) else each for each in bounds_of(above))  # type: ignore[return-value]


def _bounds_of_sum(parts: Sequence[Terms], sign: int) -> float:
    """The least that the sum of some terms, times a sign, can be: a // 2 lies between (a - 1) / 2 and a / 2."""
    expanded = (each for part in parts for each in _expanded(Terms(sign).times(part)))
    total = functools.reduce(Terms.plus, map(_relaxed, expanded))
    kept = total.alone.parts if isinstance(total.alone, Sum) else (total,)
    return sum(bounds_of(each)[0] for each in kept)


def _expanded(terms: Terms) -> Iterator[Terms]:
    """The parts of a product with a sum: n (m - 1) is n m and -n."""
    for each in terms.factors:
        factor, _, power = each
        if isinstance(factor, Sum) and power == 1:
            rest = Terms(terms.number, tuple(other for other in terms.factors if other is not each))
            for part in factor.parts:
                yield from _expanded(rest.times(part))
            return
    yield terms


def _relaxed(terms: Terms) -> Terms:
    """Terms that are no greater, and without rounding where they are rounded."""
    if len(terms.factors) == 2:
        return _relaxed_product(terms)
    if len(terms.factors) != 1:
        return terms
    ((factor, _, power),) = terms.factors
    if power != 1 or not isinstance(factor, (Quotient, Least)):
        return terms
    one, other = factor.parts
    if isinstance(factor, Least):
        return Terms(terms.number).times(one if one.factors else other) if terms.number < 0 else terms
    if factor.sign == "%" or other.factors or other.number < 1:
        return terms
    exact = Terms(terms.number).times(one, 1).times(other, -1)
    return exact if terms.number < 0 else exact.plus(Terms(-terms.number * (1 - 1 / other.number)))


def _relaxed_product(terms: Terms) -> Terms:
    """-m for -n (m // n), which is no less; other terms as they are."""
    for (factor, _, power), other in (terms.factors, terms.factors[::-1]):
        if isinstance(factor, Quotient) and power == 1 and factor.sign == "//" and terms.number < 0:
            above, below = factor.parts
            if below == Terms(1, (other,)) and bounds_of(below)[0] > 0:
                return Terms(terms.number).times(above)
    return terms
