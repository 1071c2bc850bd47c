"""Loops of programs as loops of machine code: the body is written once, with places that move with the counters.

Each carried value has a seat, which is read in an iteration and written at its end; writes to a carried array are done in the
seat itself, which nested loops share. A view of the array that is read after a write is copied before. Histories and stacks are
arrays with a row for each iteration. If the body cannot be written, NumPy runs the whole loop.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ...core.nouns import Equation, Symbol
from ...loops.noun import LOOP, chain, loop_of
from ...loops.places import Affine, Places
from ..loops.language import I64, Expression, apply
from .elementwise import NUMBERS, dtype_of
from .moving import bring
from .nests import ITEM, View, indexed
from .planning import Node
from .program import OPERATIONS, Lowering, prepared, roots
from .refusal import Unsupported
from .views import VIEWS
from .workspace import Workspace


@dataclass(frozen=True)
class Moving:
    """A counter: its value in an iteration, and its first and last values."""

    value: Expression
    ends: tuple[int, int]


class Turn(Lowering):
    """The body of a loop, written into the enclosing function, in the same memory."""

    def __init__(self, around: Lowering, equation: Equation):
        self.around, self.equation, self.loop = around, equation, loop_of(equation)
        super().__init__(prepared(self.loop, ()), around.nests.register, around.fused)
        self.nests, self.free, self.parts, self.reasons = around.nests, around.free, around.parts, around.reasons
        self.counters: dict[str, Moving] = {}
        self.results = dict(zip(self.loop.gives, equation.targets, strict=True))
        self.seats: dict[str, View] = {}  # of the versions of arrays that are written to
        self.places: list[View] = []  # the seat of each carried value
        self.copied: set[str] = set()  # views that are read after a write to their array
        self.in_seat = self._kept_in_place()

    def reserve(self, size: int, passing: bool = False) -> int:
        """Reserve space in the program's memory."""
        size, start = max(size, 1), self.around.reserve(max(size, 1))
        if passing:
            self.rooms.append((start, -(-size // 64) * 64))
        return start

    def allocate(self, symbol: Symbol, order: Sequence[int] = ()) -> View:
        """Allocate an array, unless it has a seat already."""
        if symbol.name in self.seats:
            self.views[symbol.name] = self.seats[symbol.name]
            self.in_place.add(symbol.name)
            return self.seats[symbol.name]
        for place, output in enumerate(self.loop.outputs[: len(self.places)]):
            if output.name == symbol.name and self._goes_over(symbol, place):
                self.views[symbol.name] = self.places[place]
                return self.places[place]
        return super().allocate(symbol, order)

    def _goes_over(self, symbol: Symbol, place: int) -> bool:
        """Whether the next value of a seat may be written there at once: nothing reads the last one later, or elsewhere."""
        seat, before, node = self.places[place], self.loop.inputs[place].name, self.nodes[self.node]
        if (seat.shape, seat.number) != (symbol.shape, NUMBERS[symbol.dtype]) or not node.single:
            return False
        if self.last.get(before, -1) > self.node or symbol.name not in {e.target.name for e in node.single}:
            return False
        lanes = self.nests.vectors([seat.number])[0][:1] or [1]
        rows = [n for n, stride in zip(seat.shape, seat.strides, strict=True) if stride == ITEM[seat.number]]
        if node.operation is not None and any(n % lanes[0] for n in rows):
            return False  # edges of sums may be computed twice
        whole = [*([node.operation] if node.operation else []), *node.joined]
        others = {self.root[o.name] for e in whole for o in e.inputs if o.name}
        read = [o.name for e in node.single for o in e.inputs if o.name and self.root[o.name] == before]
        return before not in others and all(self.views[name] == seat for name in read)

    def _kept_in_place(self) -> dict[int, list[str]]:
        """The versions of each carried array that are written in its seat, since no older one is read after a write."""
        last: dict[str, int] = {}  # the last node that reads a symbol, views apart
        place: dict[str, int] = {}
        for number, node in enumerate(self.nodes):
            for equation in node.equations:
                last |= {each.name: number for each in equation.inputs}
                place |= {each.name: number for each in equation.targets}
        last |= {each.name: len(self.nodes) for each in self.program.outputs}
        views = [each for node in self.nodes for each in node.views]
        found = {}
        for seat in range(self.loop.carried):
            links, source, copied = chain(self.loop, seat), self.loop.inputs[seat].name, set()
            for equation, target in links:
                if not equation.primitive.writes and equation.primitive is not LOOP:
                    break  # edges of whole sums may be computed twice
                number = place[target.name]
                others = Counter(each.name for each in equation.inputs)
                if last[source] > number or others[source] > 1:
                    break
                copied |= {
                    each.target.name for each in views
                    if self.root[each.target.name] == source
                    and (last.get(each.target.name, -1) > number or each.target.name in others)
                }  # fmt: skip
                source = target.name
            else:
                if links:
                    found[seat] = [target.name for _, target in links]
                    self.copied |= copied
        if self.copied:
            self.root = roots(self.program, (), self.copied)
            self.last = self._last_uses()
        return found

    def _view(self, equation: Equation) -> None:
        super()._view(equation)
        if equation.target.name in self.copied:
            view = self.views[equation.target.name]
            self.copy(view, self.allocate(equation.target))

    def write(self) -> None:
        """Write the whole loop."""
        loop, around = self.loop, self.around
        names = {}
        for symbol, operand in zip(loop.inputs[loop.carried + 1 :], self.equation.inputs[loop.carried :], strict=True):
            self.views[symbol.name] = view = around.views[operand.name]
            names[symbol.name] = operand.name
            order = self.preferred(symbol)
            if order and view.order != order and 0 not in view.strides:  # turned once, not in each iteration
                self.views[symbol.name] = self._own(view.number, view.shape, order)
                around.copy(view, self.views[symbol.name])
        known = getattr(around, "counters", {})
        self.counters = {name: known[outer] for name, outer in names.items() if outer in known}
        for given in self.program.constants:
            self.views[given.name] = self._own(NUMBERS[dtype_of(given)], ())
            around.fill(self.views[given.name], np.asarray(given.value).item())
        seats = []
        for place, before in enumerate(loop.inputs[: loop.carried]):
            first, result = around.views[self.equation.inputs[place].name], self.results.get(("last", place))
            if result is not None and first == around.views[result.name]:  # the seat of the enclosing loop
                seats.append(first)
            else:
                shape = tuple(map(int, before.shape))
                seats.append(seat := self._own(NUMBERS[before.dtype], shape, self.preferred(before)))
                first = first if first.number == seat.number else around.as_numbers(first, seat.number)
                around.copy(first, seat)
        self.places = seats
        for place, seat in enumerate(seats):
            before = loop.inputs[place]
            self.views[before.name] = seat
            if ("history", place) in self.results:
                around.copy(seat, self._whole(("history", place)).at(0, loop.count if loop.reverse else 0))
            self.seats |= dict.fromkeys(self.in_seat.get(place, ()), seat)
        own = self._own("i64", ())
        self.views[loop.counter.name] = own
        with self._turns() as turn:
            row = loop.count - 1 - turn if loop.reverse else turn
            row = self.block.let(row)
            count = self.block.let(row * loop.step + loop.start)
            ends = (loop.start, loop.start + loop.step * (loop.count - 1))
            self.counters[loop.counter.name] = Moving(count, ends)
            own.store(self.block, apply("convert", count, kind=I64))
            for number, node in enumerate(self.nodes):
                self.node = number
                if node.equations:
                    self._node(node)
                    self._release_rooms()
                for each in node.views:
                    self._view(each)
                self._release(number)
            self._carry(seats, row)
        for (kind, place), target in self.results.items():
            if kind == "last" and seats[place] != around.views[target.name]:
                self.copy(seats[place], around.views[target.name])
        self._release(len(self.nodes))
        around.rooms += self.owned

    @contextmanager
    def _turns(self) -> Iterator[Expression]:
        depth = 0
        each: Any = self.around
        while isinstance(each, Turn):
            depth, each = depth + 1, each.around
        with self.block.loop(f"turn{depth}", self.loop.count) as turn:
            yield turn

    def _carry(self, seats: Sequence[View], row: Expression) -> None:
        """Store the results of an iteration: rows and the next carried values."""
        loop = self.loop
        further = self.block.let(row + (0 if loop.reverse else 1))
        for place in range(loop.carried, len(loop.outputs)):
            self.copy(self._found(place), self._whole(("stack", place)).at(0, row))
        moves = []
        for place, seat in enumerate(seats):
            found = self._found(place)
            name = getattr(loop.outputs[place], "name", "")
            if found == seat:
                continue
            if self.root.get(name) in {
                each.name for each in loop.inputs[: loop.carried]
            }:  # it may be overwritten before
                room = self.room(seat.number, seat.shape)
                self.copy(found, room)
                found = room
            moves.append((found, seat))
        for found, seat in moves:
            self.copy(found, seat)
        for place, seat in enumerate(seats):
            if ("history", place) in self.results:
                self.copy(seat, self._whole(("history", place)).at(0, further))
        self._release_rooms()

    def _found(self, place: int) -> View:
        """The place of an output."""
        operand = self.program.outputs[place]
        if operand.name:
            return self.views[operand.name]
        like = self.loop.inputs[place] if place < self.loop.carried else operand
        room = self.room(NUMBERS[dtype_of(like)], ())
        self.fill(room, float(np.asarray(operand.value)))  # type: ignore[union-attr]
        return room

    def _whole(self, give: Any) -> View:
        return self.around.views[self.results[give].name]

    def _own(self, number: str, shape: tuple[int, ...], order: Sequence[int] = ()) -> View:
        """Memory that is reserved throughout the loop; `order` lists the axes from outermost to innermost."""
        order = order or range(len(shape))
        view = View.rows("memory", number, [shape[axis] for axis in order])
        view = view.turned([order.index(axis) for axis in range(len(shape))])
        size = -(-max(view.extent if 0 not in shape else 1, 1) // 64) * 64
        start = self.around.reserve(size)
        self.owned: list[tuple[int, int]] = [*getattr(self, "owned", []), (start, size)]
        return replace(view, offset=start)

    def _node(self, node: Node) -> None:
        """Write a node inline, since its places may move."""
        self._allocate(node)
        if node.operation is not None and node.operation.primitive is LOOP:
            _loop(self, node.operation)
        else:
            (self._loop if node.operation is None else self._product if node.single else self._operation)(node)


def _loop(around: Lowering, equation: Equation) -> None:
    try:
        turn = Turn(around, equation)
        turn.write()
    except Unsupported as unsupported:
        raise Unsupported(equation) from unsupported


# ---- places that move --------------------------------------------------------------------------------------------------------


def _moved(workspace: Workspace, view: View, index: Places, counters: Sequence[Any], equation: Equation) -> View:
    """The part of a view at a moving place, in the current iteration."""
    if not isinstance(workspace, Turn):
        raise Unsupported(equation)
    moving = [workspace.counters.get(getattr(each, "name", "")) for each in counters]
    if any(each is None for each in moving):
        raise Unsupported(equation)
    known = [each for each in moving if each is not None]
    corners = [index.value(ends) for ends in itertools.product(*(each.ends for each in known))]
    parts: list[Any] = []
    shifts: list[tuple[int, Affine]] = []  # an axis of the array, and where its first place moves
    axis = 0
    missing = len(view.shape) - sum(part is not None and part is not Ellipsis for part in index.parts)
    for number, part in enumerate(index.parts):
        if part is None or part is Ellipsis:
            parts.append(part)
            axis += missing if part is Ellipsis else 0
            continue
        size = view.shape[axis]
        if isinstance(part, tuple) and any(isinstance(each, Affine) for each in part):
            spans = [range(*corner[number].indices(size)) for corner in corners]
            step = part[2] or 1
            if not isinstance(step, int) or len({len(span) for span in spans}) > 1 or not isinstance(part[0], Affine):
                raise Unsupported(equation)
            turned = {span.start - corner[number].start for span, corner in zip(spans, corners, strict=True)}
            if len(turned) > 1:
                raise Unsupported(equation)
            parts.append(slice(0, len(spans[0]) * step, step) if step > 0 else None)
            if step < 0:
                raise Unsupported(equation)
            shifts.append((axis, replace(part[0], first=part[0].first + turned.pop())))
        elif isinstance(part, Affine):
            places = [corner[number] for corner in corners]
            if not all(-size <= each < size for each in places) or len({each < 0 for each in places}) > 1:
                raise Unsupported(equation)  # it wraps around at 0
            parts.append(0)
            shifts.append((axis, replace(part, first=part.first + (size if places[0] < 0 else 0))))
        else:
            parts.append(slice(*part) if isinstance(part, tuple) else part)
        axis += 1
    strides = view.strides
    found = indexed(view, tuple(parts))
    for axis, place in shifts:
        found = replace(found, offset=found.offset + place.first * strides[axis], held=0)
        for slope, each in zip(place.slopes, known, strict=False):
            if slope:
                found = replace(found, indices=(*found.indices, (each.value, slope * strides[axis])))
    return found


def _at(workspace: Workspace, equation: Equation) -> View:
    index = dict(equation.params)["index"]
    return _moved(workspace, workspace.view(equation.inputs[0]), index, equation.inputs[1:], equation)


def _put_at(workspace: Workspace, equation: Equation) -> None:
    target = workspace.view(equation.target)
    workspace.fill(target, 0.0)
    index = dict(equation.params)["index"]
    workspace.copy(workspace.view(equation.inputs[0]), _moved(workspace, target, index, equation.inputs[1:], equation))


def _write_at(how: Literal["add", "set"]) -> Callable[[Workspace, Equation], None]:
    def write(workspace: Workspace, equation: Equation) -> None:
        source, value, target = (workspace.view(each) for each in (*equation.inputs[:2], equation.target))
        if target != source:
            workspace.copy(source, target)
        index = dict(equation.params)["index"].beside(1)
        part = _moved(workspace, target, index, equation.inputs[2:], equation)
        bring(workspace, part, value.broadcast(part.shape), how)

    return write


VIEWS["at"] = _at
OPERATIONS.update({"loop": _loop, "put_at": _put_at, "added_at": _write_at("add"), "updated_at": _write_at("set")})
