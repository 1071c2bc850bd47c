"""Which places of an array an iteration reads and writes, and whether a later iteration may write there again.

The places of an access are a range on each axis, whose ends are affine in the counters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..core.dims import Shape
from ..core.nouns import Equation
from ..program.operations.indexing import Index
from ..program.sizes.bounds import assume, decide, greatest, least
from .noun import LOOP, Loop, chain, loop_of
from .places import AT, Affine, Places


@dataclass(frozen=True)
class Line:
    """An int that is affine in counters, which are named."""

    first: int
    slopes: tuple[tuple[str, int], ...] = ()

    def plus(self, other: Line, times: int = 1) -> Line:
        """The sum of this and a multiple of the other."""
        slopes = dict(self.slopes)
        for name, slope in other.slopes:
            slopes[name] = slopes.get(name, 0) + slope * times
        return Line(
            self.first + other.first * times,
            tuple(sorted(each for each in slopes.items() if type(each[1]) is not int or each[1])),
        )


Span: TypeAlias = tuple[Line, Line]
"""The least and the greatest value of an int."""
Box: TypeAlias = tuple[Span | None, ...]
"""For each axis, the first place and the place after the last one; `None` where they are not known."""


def box(index: Index | Places, shape: Shape, counters: Sequence[Span | None]) -> Box:
    """The places that an index names; `counters` are the operands that its ints are affine in."""
    found: list[Span | None] = []
    arrays = isinstance(index, Index) and index.has_arrays
    for part in () if arrays else index.parts:
        if part is Ellipsis:
            missing = len(shape) - sum(each is not None and each is not Ellipsis for each in index.parts)
            found += [None] * missing
        elif part is not None:
            found.append(_span(part, shape[len(found)], counters))
    return (*found, *[None] * (len(shape) - len(found)))


def _span(part: Any, size: int, counters: Sequence[Span | None]) -> Span | None:
    if not isinstance(part, tuple):
        ends = _ends(part, size, counters)
        return None if ends is None else (ends[0], ends[1].plus(Line(1)))
    start, stop, step = part
    first = _ends(0 if start is None else start, size, counters)
    last = _ends(size if stop is None else stop, size, counters)
    if first is None or last is None or (step or 1) < 0:
        return None
    return first[0], last[1]


def _ends(part: Any, size: int, counters: Sequence[Span | None]) -> Span | None:
    if not isinstance(part, Affine):
        is_from_end = decide("lt", part, part)
        place = Line(part + size if is_from_end else part)
        return None if is_from_end is None else (place, place)
    low = high = Line(part.first)
    for slope, span in zip(part.slopes, counters, strict=False):
        if slope and span is None:
            return None
        if slope:
            assert span is not None
            low, high = (
                each.plus(end, slope) for each, end in zip((low, high), span[:: 1 if slope > 0 else -1], strict=True)
            )
    return low, high


# ---- loops -----------------------------------------------------------------------------------------------------------------


def within(loop: Loop, operands: Sequence[Span | None]) -> dict[str, Span | None]:
    """The values of the inputs of a loop that are counters, from those of its equation's operands."""
    ends = (loop.start, loop.start + loop.step * (loop.count - 1))[:: 1 if loop.step > 0 else -1]
    names = [each.name for each in loop.inputs]
    own: Span | None = (Line(ends[0]), Line(ends[1])) if loop.flag is None else None
    return dict(zip(names, [*operands[: loop.carried], own, *operands[loop.carried :]], strict=True))


def reads(loop: Loop, name: str, known: Mapping[str, Span | None]) -> list[Box] | None:
    """The places of an input that a loop reads; `None` if it reads the whole array."""
    found: list[Box] = []
    for equation in loop.equations:
        for position, operand in enumerate(equation.inputs):
            if operand.name == name:
                boxes = read_by(equation, position, equation.inputs[0].shape, _spans(equation, known))
                if boxes is None:
                    return None
                found += boxes
    return None if any(each.name == name for each in loop.outputs) else found


def read_by(equation: Any, position: int, shape: Shape, spans: Sequence[Span | None]) -> list[Box] | None:
    """The places of an operand that an operation reads; `None` if it reads the whole array."""
    params = dict(equation.params)
    if equation.primitive is LOOP:
        loop: Loop = params["body"]
        if position < loop.carried:
            return None
        return reads(loop, loop.inputs[position + 1].name, within(loop, spans))
    if position == 0 and (equation.primitive is AT or equation.primitive.name == "getitem"):
        return [box(params["index"], shape, spans[1:])]
    return None


def writes(loop: Loop, place: int, known: Mapping[str, Span | None]) -> list[tuple[str, list[Box]]]:
    """The writes to a carried array in an iteration, in order: the version that each makes, and the places it writes to."""
    found = []
    for equation, target in chain(loop, place):
        spans = _spans(equation, known)
        if equation.primitive is LOOP:
            inner = loop_of(equation)
            given = inner.gives[equation.targets.index(target)][1]
            boxes = [each for _, some in writes(inner, given, within(inner, spans)) for each in some]
        elif equation.primitive.writes:
            boxes = [box(dict(equation.params)["index"], target.shape, spans[2:])]
        else:
            boxes = [(None,) * len(target.shape)]
        found.append((target.name, boxes))
    return found


def _spans(equation: Equation, known: Mapping[str, Span | None]) -> list[Span | None]:
    return [known.get(each.name) for each in equation.inputs]


def strays(loop: Loop, known: Mapping[str, Span | None]) -> bool:
    """Whether a place that moves is below 0 in some iteration, where it would count from the end."""
    for equation in loop.equations:
        spans = _spans(equation, known)
        if equation.primitive is LOOP and strays(loop_of(equation), within(loop_of(equation), spans)):
            return True
        index = dict(equation.params).get("index")
        for part in index.parts if isinstance(index, Places) else ():
            for each in part if isinstance(part, tuple) else (part,):
                if isinstance(each, Affine):
                    ends = _ends(each, 0, spans[each.beside :])
                    if ends is not None and not ends[0].slopes and assume("lt", ends[0].first, 0):
                        return True
    return False


def meets(loop: Loop, there: Box, written: Box, later: int) -> bool:
    """Whether what is written some iterations later, or after more iterations, may be at these places, whatever the sizes are."""
    low, high = float(later), greatest(loop.count - 1) if loop.flag is None else math.inf
    turn = loop.step * (-1 if loop.reverse else 1)
    for one, other in zip(there, written, strict=True):
        for first, last in _apart(loop.counter.name, one, other, turn):
            low, high = max(low, first), min(high, last)
    return low <= high


def _apart(counter: str, one: Span | None, other: Span | None, turn: int) -> Iterator[tuple[float, float]]:
    """After how many iterations two ranges may meet, if that is limited."""
    if one is None or other is None:
        return
    # The first place of the one is before the end of the other, and the other way round.
    for first, end, way in ((one[0], other[1], 1), (other[0], one[1], -1)):
        if first.slopes != end.slopes:
            continue
        by, apart = way * dict(first.slopes).get(counter, 0) * turn, first.first - end.first  # apart < by * turns
        if type(by) is int and by == 0:
            if decide("ge", apart, apart):
                yield 1, 0
        elif decide("gt", by, by):
            yield least(apart // by + 1), math.inf
        elif decide("lt", by, by):
            yield -math.inf, greatest(-(apart // -by + 1))
