"""Products in tiles whose sums stay in registers, and what is computed from each tile.

A product has axes of its result, axes that are summed over, and the strides of each operand along them. One axis lies in the
lanes of vectors, another gives the rows of a tile. Beside each other are vectors that are adjacent along the lanes, or further
axes along which the weights of the rows are the same. If the lanes are summed over, they are added up at the end. An operand
that is not contiguous along the lanes is transposed, panel by panel, before it is read repeatedly; one that is wider than a tile
is packed in the same way.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..loops.language import INDEX, Block, Expression, Kind, apply, constant
from .nests import ITEM, Index, View, as_index, moved, roomy, stretches

if TYPE_CHECKING:
    from .workspace import Listed, Workspace

REGISTERS = {64: (24, 12), 32: (12, 6)}
FEWER = (8, 4)
"""The most sums and rows of a tile, by the bytes of a vector: what 32 or 16 registers hold besides operands."""
_EACH = 2  # the cost of a step of a tile's loop, in products of a vector and a number
_FEW = 5  # a tile of fewer rows waits for its reads
_BESIDES = 1.05  # how much a product with a narrower last panel must save
REUSED = 4
"""From this many rows or tiles on, an operand that is read for each of them is transposed or packed."""
NEAREST, _NEAR = 2**15, 2**19  # bytes of an operand that fit into the L1 or L2 cache besides others
_ADJACENT = 3
"""From this many adjacent vectors along the lanes on, a tile takes those."""
_MOST_BESIDE = 5  # the most vectors beside each other that are not adjacent
LONG = 48  # equations on all sums of a tile; with more, they get a loop of their own


@dataclass(frozen=True)
class Finish:
    """What to do with sums: from a sum and the values read at its place, `compute` makes the values written there."""

    reads: Sequence[View]
    writes: Sequence[View]
    compute: Callable[[Expression, Sequence[Expression], int], Sequence[Expression]]
    length: int = 0  # equations


def tile(rows: int, vectors: int, register: int, given: int | None = None) -> tuple[int, int]:
    """The fastest tile: how many rows of a result, unless given, and how many vectors of each are computed at once.

    A narrower last panel is extra code, so it must save some time; tiles of few rows wait for the vectors that they read; two
    threads share an even number of tiles best.
    """
    sums, most = REGISTERS.get(register, FEWER)

    def cost(high: int, wide: int) -> float:
        panels, rest = divmod(vectors, wide)
        panel = [(max(high, _FEW) * each + _EACH) * count for each, count in ((wide, panels), (rest, min(rest, 1)))]
        tiles = -(-rows // high)
        return (tiles + tiles % 2 if tiles > 2 else tiles) * sum(panel) * (_BESIDES if rest else 1.0)

    highs = range(1, min(most, rows) + 1) if given is None else [given]
    found = [(high, min(vectors, max(sums // high, 1))) for high in highs]
    found += [(high, wide - 1) for high, wide in found if wide > 1]
    return min(found, key=lambda each: (cost(*each), -each[0], -each[1]))


def evenly(count: int, most: int) -> int:
    """How many of a number of things to take at once, at most so many: as few groups as possible, alike if possible.

    >>> evenly(20, 6), evenly(10, 5), evenly(11, 5)
    (5, 5, 4)
    """
    return -(-count // -(-count // most))


class Tiles:
    """A product in tiles: views of the operands, and of what else is read and written, by the axes of the product."""

    def __init__(
        self, workspace: Workspace, number: str, shape: Sequence[int], operands: Sequence[View], out: int,
        finish: Finish, lane: int | None, listed: dict[int, Listed], bounds: Mapping[int, tuple[int, int]] | None = None,
    ):  # fmt: skip
        self.workspace, self.nests, self.block = workspace, workspace.nests, workspace.block
        self.number, self.shape, self.item, self.finish, self.lane = number, shape, ITEM[number], finish, lane
        self.operands, self.views = operands, [*operands, *finish.reads, *finish.writes]
        self.vectors, self.width = self.nests.vectors([each.number for each in self.views])
        self.bounds, self.index = bounds or {}, dict[int, Index]()
        self.inner = [axis for axis in range(out, len(shape)) if shape[axis] > 1 and axis != lane]
        self.dotted = lane is not None and lane >= out
        along = [] if lane is None else [k for k, each in enumerate(operands) if each.strides[lane]]
        self.held = along[-1] if len(along) == 1 or self.dotted else None
        bounding = {axis for axis, _ in self.bounds.values()}
        others = [axis for axis in range(out) if shape[axis] > 1 and axis != lane and axis not in bounding]
        self.row = max(others, key=lambda axis: (self._is_fixed(axis), shape[axis] >= REUSED, axis), default=None)
        self.turned = self.held is not None and lane is not None and operands[self.held].strides[lane] != self.item
        self.size = 1
        if lane is not None:
            known = [v for k, v in enumerate(self.views) if not (self.turned and k == self.held)]
            own = [replace(v, strides=v.strides[:out]) for v in known]
            self.size = shape[lane] if self.dotted else roomy(shape[:out], own)[lane]
        rows = 1 if self.row is None else shape[self.row]
        count = 1 if lane is None else max(self.size // self.vectors[0], 1)
        given = workspace.group(rows)
        self.side = None if self.dotted else lane
        self.points = [(0,) * len(self.views)]
        beside: list[int] = []
        if not self.turned and (self.dotted or count < _ADJACENT):
            beside = self._beside(others)
        if not beside:
            self.high, self.wide = tile(rows, count, self.nests.register, given)
        elif len(beside) > 1 or shape[beside[0]] <= _MOST_BESIDE:
            self.points = self._points(beside)
            self.side, self.wide = None, 1
        else:
            (self.side,) = beside
            self.wide = evenly(shape[self.side], _MOST_BESIDE)
        if beside:
            wide, registers = self.wide * len(self.points), 32 if self.nests.register == 64 else 16
            self.high = given or evenly(rows, max((registers - 1 - wide) // wide, 1))
        if len(self.points) == 1:
            workspace.groups.setdefault(rows, self.high)
        self.outer = [*sorted(bounding), *(axis for axis in others if axis not in (self.row, self.side, *beside))]
        self.by_lanes = self.side == lane
        again = self.row is not None and self._is_fixed(self.row) and rows >= REUSED * self.high
        room = self.size * math.prod(shape[a] for a in self.inner) * self.item
        self.packs = self.by_lanes and (self.turned or (again and count > self.wide and room > NEAREST))
        streams = [v for v in self.views[len(operands) :] if all(v.strides[a] for a in others)]
        self.tiles_outside = self.packs and room <= _NEAR and len(streams) > 1 and not self.outer
        self.listed = None
        if len(self.inner) == 1 and self.row is not None and not self.outer:
            self.listed = next(iter(listed.items()), None)

    def _beside(self, others: Sequence[int]) -> list[int]:
        """Axes along which the operand along the lanes varies, and no other: those to take beside each other. Of two operands
        along the lanes, it is the one that is the same for all rows.
        """
        held = self.held
        if held is None and self.lane is not None and self.row is not None and len(self.operands) == 2:
            held = next((k for k, each in enumerate(self.operands) if not each.strides[self.row]), None)
        if held is None:
            return []
        found: list[int] = []
        rest = [each.strides for k, each in enumerate(self.operands) if k != held]
        for axis in reversed(others):
            alone = self.operands[held].strides[axis] and not any(strides[axis] for strides in rest)
            size = math.prod(self.shape[a] for a in (*found, axis))
            if axis != self.row and alone and (not found or size <= _MOST_BESIDE):
                found.append(axis)
        return found[::-1]

    def _points(self, axes: Sequence[int]) -> list[tuple[int, ...]]:
        """Where each view lies, in bytes, at each place of some axes."""
        strides = [[view.strides[a] if a < len(view.strides) else 0 for a in axes] for view in self.views]
        places = itertools.product(*(range(self.shape[a]) for a in axes))
        return [tuple(sum(map(operator.mul, place, each)) for each in strides) for place in places]

    def _is_fixed(self, axis: int) -> bool:
        """Whether the operand along the lanes is constant along another axis."""
        return self.held is not None and not self.operands[self.held].strides[axis]

    def _moved(self, places: Sequence[View], axis: int | None, index: Index, by: int = 1) -> list[View]:
        """All views, moved along an axis."""
        if axis is None:
            return list(places)
        strides = [view.strides[axis] if axis < len(view.strides) else 0 for view in self.views]
        return [moved(place, index, by * stride) for place, stride in zip(places, strides, strict=True)]

    def write(self) -> None:
        """Write the whole product."""
        places = [replace(view, shape=(), strides=(), held=0) for view in self.views]
        with ExitStack() as stack:
            for axis in self.outer:
                self.index[axis] = stack.enter_context(self.nests.loop(self.shape[axis]))
                places = self._moved(places, axis, self.index[axis])
            if not self.by_lanes:
                self._write_beside(places)
                return
            panels = self._panels()
            if self.tiles_outside:
                packed = [self._all_packed(places, panel) for panel in panels]
                for t, high in self._over_tiles():
                    terms = self._terms(places, t, high)
                    for panel, room in zip(panels, packed, strict=True):
                        for index in self._over(panel):
                            self._tile(
                                places, (t, high), (index, *panel[2:]), terms, self._of_panel(room, panel, index)
                            )
                return
            for panel in panels:
                for index in self._over(panel):
                    own = self._packed(places, panel, index, self._room(panel)) if self.packs else None
                    for t, high in self._over_tiles():
                        self._tile(places, (t, high), (index, *panel[2:]), self._terms(places, t, high), own)

    def _write_beside(self, places: Sequence[View]) -> None:
        """The tiles, with something else than adjacent vectors beside each other."""
        stretched = not self.dotted and self.lane is not None
        lanes = stretches(self.size, self.vectors, again=True) if stretched else [(0, 1, 1)]
        length = 1 if self.side is None else self.shape[self.side]
        whole = length // self.wide * self.wide
        for start, stop, count in lanes:
            with self.nests.loop(stop, start, count) as index:
                for begin, end, wide in ((0, whole, self.wide), (whole, length, length - whole)):
                    if begin < end:
                        with self.nests.loop(end, begin, wide) as place:
                            here = self._moved(places, self.side, place)
                            for t, high in self._over_tiles():
                                terms = self._terms(here, t, high)
                                self._tile(here, (t, high), (index, wide, count), terms, None)

    # ---- loops over panels and tiles -------------------------------------------------------------------------------------

    def _panels(self) -> list[tuple[int, int, int, int]]:
        """The axis of the lanes in stretches: start, stop, vectors per step, and lanes per vector."""
        if self.lane is None:
            return [(0, 1, 1, 1)]
        lanes, found, start = self.vectors[0], [], 0
        for wide in (self.wide, self.size // lanes % self.wide):
            stop = start + (self.size - start) // (lanes * wide or self.size + 1) * lanes * wide
            if start < stop:
                found.append((start, stop, wide, lanes))
            start = stop
        rest = [each for each in stretches(self.size, self.vectors, again=True) if each[1] > start]
        return [*found, *((begin, end, 1, step) for begin, end, step in rest)]

    def _over(self, panel: tuple[int, int, int, int]) -> Iterator[Index]:
        start, stop, wide, lanes = panel
        with self.nests.loop(stop, start, wide * lanes) as index:
            yield index

    def _over_tiles(self) -> Iterator[tuple[Index, int]]:
        """The index of each tile, and its number of rows."""
        return self.workspace.tiles(1 if self.row is None else self.shape[self.row], self.high)

    # ---- the operand along the lanes, panel by panel ---------------------------------------------------------------------

    def _room(self, panel: tuple[int, int, int, int], panels: int = 1) -> View:
        shape = [panels, *(self.shape[axis] for axis in self.inner), panel[2] * panel[3]]
        return self.workspace.room(self.number, shape)

    def _packed(self, places: Sequence[View], panel: tuple[int, int, int, int], index: Index, room: View) -> View:
        """A copy of a panel, with contiguous rows."""
        assert self.held is not None
        assert self.lane is not None
        whole, room = self.operands[self.held], room.at(0, 0)
        place = moved(places[self.held], index, whole.strides[self.lane])
        strides = tuple(whole.strides[axis] for axis in (*self.inner, self.lane))
        held = whole.held if any(stride == self.item for stride in strides[:-1]) else 0
        self.workspace.copy(replace(place, shape=room.shape, strides=strides, held=held), room)
        return room

    def _all_packed(self, places: Sequence[View], panel: tuple[int, int, int, int]) -> View:
        start, stop, wide, lanes = panel
        room = self._room(panel, (stop - start) // (wide * lanes))
        for index in self._over(panel):
            self._packed(
                places,
                panel,
                index,
                replace(self._of_panel(room, panel, index), shape=room.shape, strides=room.strides),
            )
        return room

    def _of_panel(self, room: View, panel: tuple[int, int, int, int], index: Index) -> View:
        """The place of a panel among all of them."""
        start, _, wide, lanes = panel
        by = room.strides[0] // (wide * lanes)
        place = replace(room.at(0, 0), offset=room.offset - start * by)
        return moved(place, index, by)

    # ---- the terms of a sum ----------------------------------------------------------------------------------------------

    def _terms(self, places: Sequence[View], t: Index, high: int) -> tuple[View, View] | None:
        """The list and number of a tile's nonzero terms, if they are known or quickly found."""
        if self.listed is None or self.row is None:
            return None
        k, listed = self.listed
        (axis,), operand = self.inner, self.operands[k]
        if operand.strides[self.row] == listed.column:
            return (listed.places.at(0, t), listed.counts.at(0, t)) if self.high == listed.group else None
        lanes = self.vectors[0]
        if operand.strides[axis] != listed.column or high > lanes or not self.packs:
            return None
        places_, count = self.workspace.room("i32", (self.shape[axis],)), self.workspace.room("i32", ())
        held = self.block.set("terms", constant(0, INDEX))
        place = self._moved(places, self.row, t, self.high)[k]
        truths = Kind("i64" if self.width == 8 else "i32", lanes)
        inside = constant(tuple(range(lanes)), truths) < high
        with self.nests.loop(self.shape[axis]) as index:
            x = moved(place, index, operand.strides[axis]).load(self.block, lanes, self.width)
            some = apply("any", ~x.equals(0) & inside, kind=Kind("b32"))
            places_.at(0, held).store(self.block, apply("convert", as_index(index), kind=Kind("i32")))
            self.block.set("terms", held + apply("select", some, constant(1, INDEX), constant(0, INDEX)))
        count.store(self.block, apply("convert", held, kind=Kind("i32")))
        return places_, count

    # ---- a tile ------------------------------------------------------------------------------------------------------------

    def _tile(
        self, places: Sequence[View], rows: tuple[Index, int], lanes: tuple[Index, int, int],
        terms: tuple[View, View] | None, panel: View | None,
    ) -> None:  # fmt: skip
        (t, high), (index, wide, count) = rows, lanes
        if self.dotted:
            assert self.lane is not None
            count = next(n for n in self.vectors if n <= self.size)
        block, kind = self.block, Kind(self.number, count)
        places = self._moved(places, self.row, t, self.high)
        if not self.dotted:
            places = self._moved(places, self.lane, index)
        if panel is not None and self.held is not None:
            places[self.held] = replace(panel, shape=(), strides=())
        vectors = range(wide * len(self.points))
        sums = {(r, v): block.set(f"sum{r}_{v}", constant(0, kind)) for r in range(high) for v in vectors}
        with ExitStack() as stack:
            at = places[: len(self.operands)]
            for depth, axis in enumerate(self.inner):
                steps = [view.strides[axis] for view in self.operands]
                if panel is not None and self.held is not None:
                    steps[self.held] = panel.strides[depth]
                if terms is None:
                    term = stack.enter_context(self.nests.loop(*self._stop_and_start(axis)))
                    at = [moved(each, term, step) for each, step in zip(at, steps, strict=True)]
                else:
                    on = stack.enter_context(each_listed(self.workspace, *terms, steps))
                    at = [moved(each, *on[step]) for each, step in zip(at, steps, strict=True)]
            if not self.dotted:
                self._add(sums, at, wide, count, panel)
            else:
                whole = self.size // count * count
                with self.nests.loop(whole, 0, count) as index:
                    self._add(sums, self._moved_operands(at, index), wide, count, panel)
                if whole < self.size:  # a last vector, of which those lanes count that no other has
                    first = self.size - count
                    truths = Kind("i64" if self.width == 8 else "i32", count)
                    left = constant(whole - first - 1, truths) < constant(tuple(range(count)), truths)
                    self._add(sums, self._moved_operands(at, first), wide, count, panel, block.let(left))
        if self.dotted:
            each = self.nests.across_each(list(sums.values()))
            sums, count = dict(zip(sums, each, strict=True)), 1
        self._finish(places[len(self.operands) :], sums, high, wide, count)

    def _stop_and_start(self, axis: int) -> tuple[Index, Index]:
        """The bounds of an axis that is summed over. If it is part of a place, the rest of that is within its bounds, too."""
        if axis not in self.bounds:
            return self.shape[axis], 0
        around, rest = self.bounds[axis]
        place, size = as_index(self.index[around]), constant(self.shape[axis], INDEX)
        start, stop = place - (rest - 1), place + 1
        start = apply("select", start < 0, constant(0, INDEX), start)
        return self.block.let(apply("select", stop < size, stop, size)), self.block.let(start)

    def _moved_operands(self, at: Sequence[View], index: Index) -> list[View]:
        assert self.lane is not None
        return [moved(each, index, own.strides[self.lane]) for each, own in zip(at, self.operands, strict=True)]

    def _add(
        self, sums: dict[tuple[int, int], Expression], at: Sequence[View], wide: int, count: int, panel: View | None,
        mask: Expression | None = None,
    ) -> None:  # fmt: skip
        """Add a term to each sum; if there is a mask, in those lanes alone."""
        block, read = self.block, dict[tuple[int, int], Expression]()
        for (r, v), total in sums.items():
            *factors, last = [
                self._read(read, at, k, r, v, wide, count, panel, mask) for k in range(len(self.operands))
            ]
            product = factors[0] if factors else None
            for each in factors[1:]:
                assert product is not None
                product = product * each
            block.set(total.detail, total + last if product is None else block.multiply_add(product, last, total))

    def _stride(self, k: int, axis: int | None) -> int:
        """The stride of a view along an axis, if it has it."""
        strides = self.views[k].strides
        return strides[axis] if axis is not None and axis < len(strides) else 0

    def _strides(self, k: int, count: int, panel: View | None = None) -> tuple[int, int, int]:
        """The strides of a view from row to row, from vector to vector, and along the lanes."""
        if panel is not None and k == self.held:
            return 0, count * self.item, self.item
        lane = self._stride(k, self.lane)
        return self._stride(k, self.row), count * lane if self.by_lanes else self._stride(k, self.side), lane

    def _read(
        self, read: dict[tuple[int, int], Expression], at: Sequence[View], k: int, r: int, v: int, wide: int, count: int,
        panel: View | None, mask: Expression | None,
    ) -> Expression:  # fmt: skip
        """An operand in a tile; it is read once for all rows or vectors that share it."""
        row, vector, lane = self._strides(k, count, panel)
        by = r * row + v % wide * vector + self.points[v // wide][k]
        if (k, by) not in read:
            value = replace(at[k], offset=at[k].offset + by).read(self.block, count, self.width, lane)
            if mask is not None:
                value = self.block.let(apply("select", mask, value, constant(0, value.kind)))
            read[k, by] = value
        return read[k, by]

    def _finish(
        self, places: Sequence[View], sums: dict[tuple[int, int], Expression], high: int, wide: int, count: int
    ) -> None:
        """Finish the sums directly or, if that is long, store them and finish them in a loop."""
        if self.finish.length * len(sums) <= LONG or len(sums) == 1 or not self.by_lanes:
            for (r, v), total in sums.items():
                self._finished(places, total, r, v % wide, count, self.points[v // wide])
            return
        room = self.workspace.room(self.number, (high, wide * count))
        for (r, v), total in sums.items():
            room.at(0, r).at(0, v * count).store(self.block, total)
        with self.workspace.apart(), self.nests.loop(high) as row, self.nests.loop(wide) as vector:
            total = moved(room.at(0, row), vector, count * self.item).load(self.block, count, self.width)
            self._finished(places, total, row, vector, count, self.points[0])

    def _finished(
        self, places: Sequence[View], total: Expression, r: Index, v: Index, count: int, point: Sequence[int]
    ) -> None:
        values, reads = [], len(self.finish.reads)
        here = []
        for k, place in enumerate(places, start=len(self.operands)):
            row, vector, lane = self._strides(k, count)
            here.append(moved(moved(moved(place, r, row), v, vector), 1, point[k]))
            if k < len(self.operands) + reads:
                values.append(here[-1].read(self.block, count, self.width, lane))
        for place, value in zip(here[reads:], self.finish.compute(total, values, count), strict=True):
            place.store(self.block, value)


def _as_place(block: Block, view: View) -> Expression:
    """An entry of a list as an index."""
    return block.let(apply("convert", view.load(block, 1, 4), kind=INDEX))


@contextmanager
def each_listed(
    workspace: Workspace, places: View, count: View, steps: Sequence[int]
) -> Iterator[dict[int, tuple[Index, int]]]:
    """A loop over a list of places; yields, for each step in bytes, an index and its stride.

    The indices are computed one iteration ahead. If they were computed just before they are used, LLVM would first load
    everything that does not depend on them, and run out of registers.
    """
    block = workspace.block
    found: dict[int, tuple[Index, int]] = {}

    def follow(number: Index) -> None:
        place = _as_place(block, places.at(0, number))
        for step in {*steps}:
            scale = step if step in (1, 2, 4, 8) else 1
            found[step] = block.set(f"place{step}", place * (step // scale)), scale

    follow(0)
    with workspace.nests.loop(_as_place(block, count)) as index:
        yield found
        follow(block.let(as_index(index) + 1))
