"""Finds iterations in a recording: repeated runs of operations, and where each operand comes from in each iteration.

Each operation has a code, which says what it is except for its operands and the ints in its indices; a run is where codes repeat.
It is a loop if every operand comes from the same kind of source in all iterations.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..core.binding import shape_of
from ..core.nouns import Constant, Equation, Program, Symbol
from ..core.primitive import PRIMITIVES, Primitive
from ..core.traced import Traced
from ..program.operations.gathering import gather_shape
from ..program.operations.indexing import Index
from .noun import COUNT, LOOP, Loop, reshaped
from .paths import Place, in_source
from .places import ADDED_AT, AT, PUT_AT, UPDATED_AT, Affine, Places
from .steps import TURNS

LEAST = 3  # iterations
MANY = 16  # iterations; from this many on, separate arguments are stacked
_PEELED = 3  # first iterations that may differ from the others
MOVING: dict[str, Primitive] = {
    "getitem": AT, "at": AT, "scatter": PUT_AT, "put_at": PUT_AT, "added": ADDED_AT, "added_at": ADDED_AT,
    "updated": UPDATED_AT, "updated_at": UPDATED_AT, "loop": LOOP,
}  # fmt: skip
"""Operations whose indices may move between iterations, and the operations that they then become."""


class UnlikeError(Exception):
    """Iterations that are not alike."""


# ---- where an operand comes from -------------------------------------------------------------------------------------------


class Made(NamedTuple):
    """A result of an operation of this iteration, or of `before` iterations ago; the first ones then read `firsts`."""

    place: int
    result: int
    before: int = 0
    firsts: tuple[Any, ...] = ()


class Same(NamedTuple):
    """The same value in all iterations."""

    value: Any


class Counted(NamedTuple):
    """An int that grows by `step` in each iteration."""

    first: int
    step: int


class Rows(NamedTuple):
    """A different value in each iteration."""

    values: tuple[Any, ...]


Source: TypeAlias = Made | Same | Counted | Rows


@dataclass(frozen=True)
class Turns:
    """A run that is a loop: its start, the length of an iteration, and the number of iterations.

    For each operation of an iteration, `sources` says where its operands come from, and `places` gives the ints in its params.
    """

    start: int
    length: int
    count: int
    sources: tuple[tuple[Source, ...], ...]
    places: tuple[tuple[Counted, ...], ...]

    @property
    def end(self) -> int:
        """The position after the run."""
        return self.start + self.length * self.count


# ---- codes -----------------------------------------------------------------------------------------------------------------


_OF_LOOPS = ("count", "carried", "gives", "start", "step", "reverse", "flag", "over")


def opened(value: Any, ints: list[int]) -> Any:
    """A param without the ints of its indices, which are appended to `ints`."""
    if type(value) is int:
        ints.append(value)
        return "·"
    if isinstance(value, Index):
        return (Index, value.wrapped, opened(value.parts, ints))
    if isinstance(value, Places):
        return (Places, value.shape, opened(value.parts, ints))
    if isinstance(value, Affine):
        ints.append(value.first)
        return value.slopes
    if type(value) is tuple:
        return tuple([opened(each, ints) for each in value])
    if isinstance(value, Program):
        number: dict[str, int] = {}
        rows = []
        for symbol in value.inputs:
            number[symbol.name] = len(number)
        for each in value.equations:
            if _counts(each):
                ints += [o.value for o in each.inputs if isinstance(o, Constant)]  # type: ignore[misc]
            whole = ["·" if _counts(each) and isinstance(o, Constant) else o for o in each.inputs]
            operands = tuple(number[o.name] if isinstance(o, Symbol) else o for o in whole)
            for target in each.targets:
                number[target.name] = len(number)
            rows.append((each.primitive.name, operands, opened_params(each.primitive.name, each.params, ints)))
        ends = tuple(number[o.name] if isinstance(o, Symbol) else o for o in value.outputs)
        types = tuple((symbol.shape, symbol.dtype) for symbol in value.inputs)
        held = tuple((number[each.symbol.name], each.expected) for each in value.conditions)
        turns = [getattr(value, field, None) for field in _OF_LOOPS]
        return (*turns, types, tuple(rows), ends, held)
    return type(value).__name__, value


def _counts(equation: Equation) -> bool:
    """Whether this is a sum with a counter, which may move with the iterations of an enclosing loop."""
    return equation.target.dtype == COUNT and not equation.target.shape and equation.primitive.name == "add"


def opened_params(name: str, params: Any, ints: list[int]) -> Any:
    """The params of an operation without the ints of its indices."""
    moving = ("index", "body") if name in MOVING else ()
    return tuple([(key, opened(value, ints) if key in moving else value) for key, value in params])


def sizes(name: str, params: Any, operands: Sequence[Any]) -> Iterator[int | None]:
    """For each int in the params, the size of its axis; 0 if it may not move, and `None` if it may have any value."""
    given = dict(params)
    if name == "loop":
        for each in given["body"].equations:
            yield from (None for o in each.inputs if _counts(each) and isinstance(o, Constant))
            yield from sizes(each.primitive.name, each.params, each.inputs)
    if name not in MOVING or name == "loop":
        return
    shape = given["shape"] if MOVING[name] is PUT_AT else shape_of(operands[0])
    parts = given["index"].parts
    arrays = isinstance(given["index"], Index) and given["index"].has_arrays
    axis = 0
    for part in parts:
        if part is Ellipsis:
            axis += len(shape) - sum(each is not None and each is not Ellipsis for each in parts)
        elif part is not None:
            size = 0 if arrays else shape[axis]
            for place, each in enumerate(part if isinstance(part, tuple) else (part,)):
                if each is not None and (type(each) is int or isinstance(each, Affine)):
                    yield 0 if place == 2 else None if isinstance(each, Affine) else size
            axis += 1


def filled(value: Any, ints: Iterator[Counted], position: int) -> Any:
    """A param with its ints filled in; those that change are affine in the counter, the input at `position`."""
    if type(value) is int or isinstance(value, Affine):
        first, step = next(ints)
        slopes = value.slopes if isinstance(value, Affine) else ()
        if not step and not slopes:
            return first
        return Affine(first, (*slopes, *(0,) * (position - len(slopes)), step) if step else slopes)
    if isinstance(value, (Index, Places)):
        return filled(value.parts, ints, position)
    if type(value) is tuple:
        return tuple([filled(each, ints, position) for each in value])
    return value


def filled_loop(loop: Loop, ints: Iterator[Counted]) -> Loop:
    """A nested loop; what moves with the outer iterations is affine in the outer counter, an additional input."""
    outer = Symbol(f"outer_{len(loop.inputs)}", (), COUNT, "input")
    equations: list[Equation] = []
    for each in loop.equations:
        if _counts(each):
            each = _counted_too(each, outer, ints, equations)
        own: list[int] = []
        opened_params(each.primitive.name, each.params, own)
        moves = [next(ints) for _ in own]
        if any(step for _, step in moves):
            params, name = dict(each.params), each.primitive.name
            if each.primitive is LOOP:
                params["body"] = filled_loop(params["body"], iter(moves))
            else:
                params["index"] = moved(
                    name, params["index"], iter(moves), len(each.inputs), each.target.shape, each.inputs
                )
            each = replace(each, primitive=MOVING[name], inputs=(*each.inputs, outer), params=tuple(params.items()))
        equations.append(each)
    return reshaped(replace(loop, inputs=(*loop.inputs, outer), equations=tuple(equations)))


def _counted_too(equation: Equation, outer: Symbol, ints: Iterator[Counted], equations: list[Equation]) -> Equation:
    """A sum whose ints may change with the outer iterations; the equations that compute them are appended."""
    inputs = list(equation.inputs)
    for position, operand in enumerate(inputs):
        if isinstance(operand, Constant):
            first, step = next(ints)
            inputs[position] = Constant(first)
            if step:
                name = f"{equation.target.name}_{len(equations)}"
                scaled, found = (Symbol(f"{name}_{k}", (), COUNT) for k in range(2))
                equations.append(
                    Equation((scaled,), PRIMITIVES["multiply"], (outer, Constant(step)), (), equation.origin)
                )
                equations.append(Equation((found,), PRIMITIVES["add"], (scaled, Constant(first)), (), equation.origin))
                inputs[position] = found
    return replace(equation, inputs=tuple(inputs))


def tidied(loop: Loop) -> Loop:
    """A loop without additions of 0 to counters and multiplications of counters by 1."""
    instead: dict[str, Any] = {}
    equations = []
    for each in loop.equations:
        each = replace(each, inputs=tuple(instead.get(o.name, o) if isinstance(o, Symbol) else o for o in each.inputs))
        if each.primitive is LOOP:
            each = replace(each, params=(("body", tidied(dict(each.params)["body"])),))
        neutral = {"add": 0, "multiply": 1}.get(each.primitive.name) if each.target.dtype == COUNT else None
        rest = [o for o in each.inputs if not (isinstance(o, Constant) and type(o.value) is int and o.value == neutral)]
        if neutral is not None and len(rest) == 1 and not each.target.shape:
            instead[each.target.name] = rest[0]
        else:
            equations.append(each)
    outputs = tuple(instead.get(o.name, o) if isinstance(o, Symbol) else o for o in loop.outputs)
    return replace(loop, equations=tuple(equations), outputs=outputs)


def moved(name: str, index: Any, ints: Iterator[Counted], inputs: int, target: Any, operands: Sequence[Any]) -> Places:
    """The places of an operation that has `inputs` inputs before the counter."""
    beside = 2 if MOVING[name].writes else 1
    parts = filled(index, ints, inputs - beside)
    if isinstance(index, Places):
        shape = index.shape
    elif MOVING[name].writes:
        shape = gather_shape(target, index=index)
    else:
        shape = target if name == "getitem" else operands[0].shape
    return Places(parts, shape).beside(beside)


STACKING = (PRIMITIVES["stack"], TURNS)
"""Operations that may join what an operation gives in all iterations."""


def joined(node: Traced) -> Sequence[Traced]:
    """The rows that np.stack joins, or `scan`, if all of them are traced."""
    if node.primitive is not TURNS and (node.primitive is not PRIMITIVES["stack"] or dict(node.params)["axis"] != 0):
        return ()
    return node.inputs if all(isinstance(each, Traced) for each in node.inputs) else ()


def codes(nodes: Sequence[Traced], places: Mapping[int, Place], level: int) -> list[int]:
    """The code of each node. Only the counters of loops outside `level` distinguish codes."""
    table: dict[Any, int] = {}
    found = []
    for number, node in enumerate(nodes):
        place = places.get(id(node))
        if place is None:
            found.append(-1 - number)
            continue
        primitive: Any = node.primitive
        name = primitive.name
        around = place.counters[::-1][: level - 1] if level > 1 else ()
        params = opened_params(name, node.params, []) if name in MOVING else node.params
        results = tuple([(each.shape, each.dtype) for each in node.siblings])
        key = (around, place.path, name, node.name, len(node.inputs), params, node.shape, node.dtype, results)
        found.append(table.setdefault(key, len(table)))
    return found


def runs(found: Sequence[int]) -> list[tuple[int, int, int]]:
    """Runs of codes that repeat the previous iteration's: the length of an iteration, and the start and end of the run."""
    last: dict[int, int] = {}
    until: dict[int, int] = {}
    result = []
    for at, code in enumerate(found):
        before = last.get(code)
        last[code] = at
        if before is None or until.get(length := at - before, 0) > at:
            continue
        end = at
        while end < len(found) and found[end] == found[end - length]:
            end += 1
        until[length] = end
        if end - before >= LEAST * length:
            result.append((length, before, end))
    return sorted(result)


# ---- iterations ------------------------------------------------------------------------------------------------------------


class Recorded:
    """The operations of a recording, in order."""

    def __init__(self, nodes: Sequence[Traced], places: Mapping[int, Place], meant: Callable[[Any], Any]):
        self.nodes, self.places, self.meant = nodes, places, meant
        self.position = {
            id(each): (at, k) for at, node in enumerate(nodes) for k, each in enumerate(node.siblings or (node,))
        }

    def turns(self, length: int, start: int, end: int) -> Turns | None:
        """The run as a loop, without its first iterations if they differ."""
        first = min(range(start, start + length), key=lambda at: in_source(self.places[id(self.nodes[at])].path))
        count = (end - first) // length
        for peeled in range(min(_PEELED, count - LEAST + 1)):
            try:
                return self._turns(first + peeled * length, length, count - peeled)
            except UnlikeError:
                pass
        return None

    def shorter(self, turns: Turns, count: int) -> Turns | None:
        """The same loop with fewer iterations."""
        if count < LEAST:
            return None
        try:
            return self._turns(turns.start, turns.length, count)
        except UnlikeError:
            return None

    def _turns(self, start: int, length: int, count: int) -> Turns:
        sources, places = [], []
        for at in range(start, start + length):
            line = self.nodes[at : at + length * count : length]
            sources.append(self._sources(line, start, length, count))
            rows: list[list[int]] = []
            for node in line if self._moves(line[0]) else ():
                rows.append([])
                assert node.primitive is not None
                opened_params(node.primitive.name, node.params, rows[-1])
            found = [_counted(each) for each in zip(*rows, strict=True)]
            if any(each.step for each in found):
                assert line[0].primitive is not None
                within = sizes(line[0].primitive.name, line[0].params, line[0].inputs)
                found = [_on_axis(each, size, count) for each, size in zip(found, within, strict=True)]
            places.append(tuple(found))
        return Turns(start, length, count, tuple(sources), tuple(places))

    @staticmethod
    def _moves(node: Traced) -> bool:
        assert node.primitive is not None
        return node.primitive.name in MOVING

    def _sources(self, line: Sequence[Traced], start: int, length: int, count: int) -> tuple[Source, ...]:
        found = []
        for values in zip(*[node.inputs for node in line], strict=True):
            source = self._source([self.meant(each) for each in values], start, length, count)
            primitive, dtype = line[0].primitive, line[0].dtype
            assert primitive is not None
            # What is carried has one shape in all iterations: a first value is broadcast to it, and np.sum would differ.
            broadcasts = primitive.elementwise or primitive.writes or primitive.name == "broadcast_to"
            firsts = source.firsts if isinstance(source, Made) and not broadcasts else ()
            if any(shape_of(first) != shape_of(values[len(firsts)]) for first in firsts):
                raise UnlikeError
            if (
                isinstance(source, Counted) and dtype.kind == "f" and dtype != np.float64
            ):  # an int is rounded to this dtype
                source = Rows(tuple(dtype.type(each) for each in values))
            found.append(source)
        return tuple(found)

    def _source(self, values: list[Any], start: int, length: int, count: int) -> Source:
        def where(value: Any) -> tuple[int, int, int] | None:
            at, result = self.position.get(id(value), (-1, 0)) if isinstance(value, Traced) else (-1, 0)
            return (*divmod(at - start, length), result) if start <= at < start + length * count else None

        first, last = values[0], where(values[-1])
        if last is None:
            if all(map(operator.is_, values, itertools.repeat(first))):
                return Same(first)
            if any(where(each) is not None for each in values):
                raise UnlikeError
            if not any(isinstance(each, Traced) for each in values):
                return _constants(values)
            if not all(
                isinstance(each, Traced) and (each.shape, each.dtype) == (first.shape, first.dtype) for each in values
            ):
                raise UnlikeError
            if any(each.primitive is None for each in values) and count < MANY:
                raise UnlikeError
            return Rows(tuple(values))
        turn, place, result = last
        before = count - 1 - turn
        made: Sequence[Traced] = self.nodes[start + place : start + place + length * (turn + 1) : length]
        if made[0].siblings:
            made = [each.siblings[result] for each in made]
        if not all(map(operator.is_, values[before:], made)) or any(
            where(each) is not None for each in values[:before]
        ):
            raise UnlikeError
        return Made(place, result, before, tuple(values[:before]))


def alike(one: Any, other: Any) -> bool:
    """Whether two operands are the same."""
    if one is other or isinstance(one, Traced) or isinstance(other, Traced):
        return one is other
    return type(one) is type(other) and Constant(one).key == Constant(other).key


def _constants(values: Sequence[Any]) -> Source:
    if all(alike(each, values[0]) for each in values):
        return Same(values[0])
    if all(type(each) is int for each in values):
        try:
            return _counted(values)
        except UnlikeError:
            pass
    if len({(np.shape(each), np.asarray(each).dtype) for each in values}) > 1:
        raise UnlikeError
    return Rows(tuple(values))


def _on_axis(places: Counted, size: int | None, count: int) -> Counted:
    """Places that move along an axis, counted from its beginning."""
    first, step = places
    if not step or size is None:
        return places
    low, high = sorted((first, first + step * (count - 1)))
    if size and low >= 0:
        return places
    if high >= 0 or low + size < 0:
        raise UnlikeError
    return Counted(first + size, step)


def _counted(values: Sequence[int]) -> Counted:
    step = values[1] - values[0]
    if any(each != values[0] + step * k for k, each in enumerate(values)):
        raise UnlikeError
    return Counted(values[0], step)
