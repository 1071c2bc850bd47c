"""Induction variables: what a loop's variable is while the body of the loop is recorded once, for all its turns.

An induction variable is affine in the counters of the loops around it. It can index arrays, where it becomes a place that moves
with the turns, and it can be computed with, where it becomes a traced number. It has no value, so that nothing can depend on
the value of one turn unnoticed.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from ..core.binding import bind
from ..core.messages import message
from ..core.operators import BINARY, COMPARISONS
from ..core.primitive import PRIMITIVES
from ..core.traced import Traced
from ..program.inplace.memory import Turning
from ..program.operations.indexing import basic, getitem_shape, plain_part
from ..program.sizes.bounds import assume, decide
from ..program.sizes.numbers import TAKEN, Sized, VaryingError, number_of, size_in, terms_of
from ..program.sizes.terms import TURN, Axis, Terms
from .places import Affine, Places


@dataclass(frozen=True, eq=False)
class LoopCounter:
    """The counter of a loop whose body is recorded.

    Attributes:
        node: What stands for it.
        values: Its values in all turns; from 0 on in the most turns that there may be, where their number varies.
        turns: The number of turns, an induction variable where it varies with the loops around.
        shown: Its value in the turn whose sizes stand for those of all turns.
        others: How many other turns may be shown instead.
        spare: A name for it, where it has none and a size is made of it.
    """

    node: Traced
    values: range
    turns: Any
    shown: int
    others: int
    spare: str


TOO_SHORT = message("there is no turn in which all of its slices have at least two items; derive it with larger arrays")
"""A size of 1 is special in NumPy, so no such size stands for those of all turns."""


class OtherTurn(BaseException):
    """The turn that is shown has a size of 0 or 1, which is special; no handler of the user's is to see it."""

    def __init__(self, counter: LoopCounter):
        self.counter = counter


class InductionVariable(Turning):
    """`first + slopes · counters`, of the counters of one loop or of several that are nested."""

    __slots__ = ("first", "terms")
    __class__ = property(lambda self: int)  # what takes ints takes it
    counts = ()
    loops = ()

    def __init__(self, first: int, terms: tuple[tuple[LoopCounter, int], ...]):
        self.first = first
        self.terms = terms

    @property
    def node(self) -> Any:
        """The traced number."""
        falls = all(slope < 0 for _, slope in self.terms)
        total: Any = self.first if falls else None
        for counter, slope in sorted(self.terms, key=lambda term: term[1] < 0):
            times = -slope if slope < 0 else slope
            term = counter.node if times == 1 else bind(PRIMITIVES["multiply"], (counter.node, times))
            total = term if total is None else bind(PRIMITIVES["add" if slope > 0 else "subtract"], (total, term))
        if self.first < 0 and not falls:
            return bind(PRIMITIVES["subtract"], (total, -self.first))
        return total if falls or _is_nought(self.first) else bind(PRIMITIVES["add"], (total, self.first))

    @property
    def extremes(self) -> tuple[int, int]:
        """The least and the greatest of its values."""
        return self._end(operator.lt), self._end(operator.gt)

    def _end(self, is_further: Callable[[int, int], bool]) -> int:
        first, slopes = self.first, dict(self.terms)
        # From the innermost loop outward: in the place of its counter stands its last turn, which may vary with the others.
        while slopes:
            counter = max(slopes, key=lambda each: each.node.id)
            slope = slopes.pop(counter)
            first += slope * counter.values[0]
            steps = slope * counter.values.step
            if not is_further(steps, 0):
                continue
            turns, outer = _affine(counter.turns) or (0, {})
            first += steps * (turns - 1)
            for each, times in outer.items():
                slopes[each] = slopes.get(each, 0) + steps * times
        return first

    @property
    def size(self) -> int:
        """It as a size, which has its value in the turn that is shown.

        Raises:
            OtherTurn: That is 0 or 1, and there are other turns.
            VaryingError: There are none; or sizes are not kept, and what is made of it would be of this turn's size.
        """
        if TAKEN.get() is None:
            raise VaryingError
        total = terms_of(self.first)
        assert total is not None
        for counter, slope in self.terms:
            if not counter.node.name.strip("_"):
                counter.node.name = counter.spare
            if not counter.node.name:
                raise VaryingError
            times = terms_of(slope)
            assert times is not None
            axis = Axis(counter.node.name, TURN, counter.node.name)
            total = total.plus(times.times(Terms(1, ((axis, counter.shown, 1),))))
        if total.value > 1:
            whole: int = number_of(total)
            return whole
        for counter in _with_those_around(counter for counter, _ in self.terms):
            if counter.others:
                raise OtherTurn(counter)
        raise VaryingError(TOO_SHORT)

    def at(self, turn: Mapping[LoopCounter, int]) -> int:
        """Its value in a turn of the loops."""
        return self.first + sum(slope * turn[counter] for counter, slope in self.terms)

    def after(self, counter: LoopCounter, last: int) -> Any:
        """Its value after the loop of this counter, whose last value is `last`; it may vary with the loops around that."""
        slopes = dict(self.terms)
        return _variable(self.first + slopes.pop(counter, 0) * last, slopes)

    def _needed(self, *_: Any, **__: Any) -> NoReturn:
        raise VaryingError

    __index__ = __int__ = __float__ = __complex__ = __array__ = __divmod__ = __rdivmod__ = __str__ = __format__ = (
        _needed
    )
    dtype = ndim = shape = property(_needed)

    def __hash__(self) -> int:
        raise VaryingError

    def __repr__(self) -> str:
        return "<the variable of a loop>"

    def __bool__(self) -> bool:
        return bool(self.truth)

    @property
    def truth(self) -> Any:
        """Whether it is not 0: a truth value where that is the same in all turns, else a traced one."""
        return _compared("ne", np.not_equal, self, 0)

    def __neg__(self) -> Any:
        return _exactly("mul", _affine(self), (-1, {}))

    def __pos__(self) -> Any:
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        return getattr(ufunc, method)(*map(as_number, inputs), **keywords)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, keywords: Any) -> Any:
        return function(*map(as_number, args), **{key: as_number(value) for key, value in keywords.items()})

    def place(self, parts: tuple[Any, ...], shape: Sequence[int]) -> tuple[Places, tuple[Traced, ...]] | None:
        """An index in which this variable stands as places of an array, and the counters with which they move.

        `None` where a place is below 0 in some turns alone, and counts from the end there.
        """
        ends = (variable.extremes for variable in _variables(parts))
        wraps = any(assume("lt", low, 0) and assume("ge", high, 0) for low, high in ends)
        return None if wraps else _places(parts, shape)


def as_number(value: Any) -> Any:
    """An induction variable as a traced number; anything else as it is."""
    return value.node if type(value) is InductionVariable else value


def _is_nought(number: Any) -> bool:
    """Whether a number is 0, whatever the sizes are."""
    return not isinstance(number, Sized) and number == 0


def _variable(first: int, slopes: dict[LoopCounter, int]) -> Any:
    # The signs of slopes that are made of sizes are those at hand, or asserted.
    terms = tuple(each for each in slopes.items() if assume("gt", each[1], 0) or assume("lt", each[1], 0))
    return InductionVariable(first, terms) if terms else first


# ---- arithmetic ------------------------------------------------------------------------------------------------------------


def _affine(value: Any) -> tuple[int, dict[LoopCounter, int]] | None:
    if type(value) is InductionVariable:
        return value.first, dict(value.terms)
    if isinstance(value, Sized) and isinstance(value, int):
        return value.operand, {}
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return (int(value), {}) if is_whole else None


def _combined(one: Any, other: Any, times: int) -> Any:
    """`one + times · other`"""
    (first, slopes), (second, others) = one, other
    for counter, slope in others.items():
        slopes[counter] = slopes.get(counter, 0) + times * slope
    return _variable(first + times * second, slopes)


def _exactly(name: str, one: Any, other: Any) -> Any:
    """What an operator makes of two affine ints, if that is affine, too."""
    if name in ("add", "sub"):
        return _combined(one, other, 1 if name == "add" else -1)
    if name == "mul" and not (one[1] and other[1]):
        (factor, _), (first, slopes) = (one, other) if not one[1] else (other, one)
        return _variable(factor * first, {counter: factor * slope for counter, slope in slopes.items()})
    return None


def _operator(name: str, ufunc: np.ufunc, reverse: bool) -> Callable[[InductionVariable, Any], Any]:
    def operate(self: InductionVariable, other: Any) -> Any:
        if isinstance(other, (np.ndarray, Traced)) or not isinstance(other, (int, float, complex, np.generic)):
            return NotImplemented
        both = (other, self) if reverse else (self, other)
        one, two = map(_affine, both)
        exact = _exactly(name, one, two) if one is not None and two is not None else None
        return ufunc(*map(as_number, both)) if exact is None else exact

    return operate


def _compared(name: str, ufunc: np.ufunc, one: Any, other: Any) -> Any:
    """A comparison, which is decided where it is the same in all turns."""
    terms, others = _affine(one), _affine(other)
    if terms is not None and others is not None:
        apart = _combined(terms, others, -1)
        ends = apart.extremes if type(apart) is InductionVariable else (apart, apart)
        decided = decide(name, *ends)
        if decided is not None:
            return decided
    return ufunc(as_number(one), as_number(other))


def _comparison(name: str, ufunc: np.ufunc) -> Callable[[InductionVariable, Any], Any]:
    def compare(self: InductionVariable, other: Any) -> Any:
        if isinstance(other, (np.ndarray, Traced)) or not isinstance(other, (int, float, np.generic)):
            return NotImplemented
        return _compared(name, ufunc, self, other)

    return compare


for _name, _ufunc in BINARY.items():
    setattr(InductionVariable, f"__{_name}__", _operator(_name, _ufunc, reverse=False))
    setattr(InductionVariable, f"__r{_name}__", _operator(_name, _ufunc, reverse=True))
for _name, _ufunc in COMPARISONS.items():
    setattr(InductionVariable, f"__{_name}__", _comparison(_name, _ufunc))


# ---- places ----------------------------------------------------------------------------------------------------------------


def _places(parts: tuple[Any, ...], shape: Sequence[int]) -> tuple[Places, tuple[Traced, ...]]:
    """An index as places of an array of this shape, and the nodes of the counters with which they move."""
    counters: dict[LoopCounter, int] = {}
    for variable in _variables(parts):
        for counter, _ in variable.terms:
            counters.setdefault(counter, len(counters))
    missing = len(shape) - sum(part is not None and part is not Ellipsis for part in parts)
    if missing < 0:
        raise IndexError
    places: list[Any] = []
    sizes, whole = list(shape), {}  # of the slices that move, which are within their axes
    axis = 0
    for part in parts:
        if part is Ellipsis:
            places.append(part)
            axis += missing
        elif part is None:
            places.append(part)
        else:
            places.append(_part(part, shape[axis], counters))
            if type(part) is slice and _variables((part,)):
                sizes[axis], whole[len(places) - 1] = _length(part, shape[axis]), slice(None)
            axis += 1
    turn = _some_turn(counters)
    index = Places(tuple(places), ())
    there = index.value([turn[counter] for counter in counters])
    indexed = getitem_shape(tuple(sizes), basic(tuple(whole.get(place, part) for place, part in enumerate(there))))
    return Places(index.parts, indexed), tuple(counter.node for counter in counters)


def _some_turn(counters: Iterable[LoopCounter]) -> dict[LoopCounter, int]:
    """The values of counters in a turn that there is: in an end of the loops around, the loops within may have none."""
    own = _with_those_around(counters)
    for values in itertools.product(*((each.values[0], each.values[-1]) for each in own)):
        turn = dict(zip(own, values, strict=True))
        if all(type(each.turns) is not InductionVariable or turn[each] < each.turns.at(turn) for each in own):
            return turn
    raise VaryingError


def _with_those_around(counters: Iterable[LoopCounter]) -> list[LoopCounter]:
    """Counters, and those of the loops around with which their numbers of turns vary."""
    own = list(counters)
    for counter in own:
        around = counter.turns.terms if type(counter.turns) is InductionVariable else ()
        own += [each for each, _ in around if each not in own]
    return own


def _variables(parts: Sequence[Any]) -> list[InductionVariable]:
    """The induction variables that stand in an index."""
    variables = []
    for part in parts:
        ends = (part.start, part.stop, part.step) if type(part) is slice else (part,)
        variables += [end for end in ends if type(end) is InductionVariable]
    return variables


def _part(part: Any, size: int, counters: dict[LoopCounter, int]) -> Any:
    """A part of an index on an axis of this size."""
    if type(part) is InductionVariable:
        low, high = part.extremes
        if high >= size or low < -size:
            raise IndexError
        return _moving(part, size, counters)
    if type(part) is not slice or not _variables((part,)):
        return plain_part(part)
    ends = (part.start, part.stop, part.step)
    return tuple(_moving(end, size, counters) if type(end) is InductionVariable else plain_part(end) for end in ends)


def _length(part: slice, size: int) -> int:
    """The length of a slice that moves on an axis of this size, and is within it in all turns."""
    step = 1 if part.step is None else operator.index(part.step)
    start, stop = (0 if part.start is None else part.start), (size if part.stop is None else part.stop)
    if type(stop) is not InductionVariable and decide("lt", stop, stop):
        stop = size + size_in(stop)
    if step != 1:
        raise VaryingError
    length: Any = stop - start
    fits = assume("ge", _ends(length)[0], 0) and assume("ge", _ends(start)[0], 0) and assume("le", _ends(stop)[1], size)
    if not fits:
        raise VaryingError
    whole: int = length.size if type(length) is InductionVariable else size_in(length)
    return whole


def _ends(value: Any) -> tuple[Any, Any]:
    return value.extremes if type(value) is InductionVariable else (plain_part(value),) * 2


def _moving(variable: InductionVariable, size: int, counters: dict[LoopCounter, int]) -> Affine:
    """An int that moves, counted from the beginning of its axis."""
    low, _ = variable.extremes
    slopes = [0] * len(counters)
    for counter, slope in variable.terms:
        slopes[counters[counter]] = slope
    return Affine(variable.first + size if low < 0 else variable.first, tuple(slopes))
