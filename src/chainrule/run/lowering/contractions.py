"""Products: sums of products over some axes, in tiles whose sums stay in registers, and what is computed from each tile.

A matrix product, an outer product and an `einsum` are the same thing: axes of the result, axes that are summed over, and the
strides of each operand along them. One axis of the result lies in the lanes of vectors, another gives the rows of a tile. An
operand that is not contiguous along the lanes is transposed, panel by panel, before it is read repeatedly; one that is wider
than a tile is packed in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..loops.language import INDEX, Block, Expression, Kind, apply, constant
from .nests import ITEM, Index, Total, View, as_index, lane_axis, moved, roomy, stretches, widest
from .refusal import Unsupported

if TYPE_CHECKING:
    from ...core.nouns import Equation
    from .workspace import Listed, Workspace

_REGISTERS = {64: (24, 12), 32: (12, 6)}
_FEWER = (8, 4)
"""The most sums and rows of a tile, by the bytes of a vector: what 32 or 16 registers hold besides operands."""
_EACH = 2  # the cost of a step of a tile's loop, in products of a vector and a number
_FEW = 5  # a tile of fewer rows waits for its reads
_BESIDES = 1.05  # how much a product with a narrower last panel must save
_REUSED = 4
"""From this many rows or tiles on, an operand that is read for each of them is transposed or packed."""
_NEAREST, _NEAR = 2**15, 2**19  # bytes of an operand that fit into the L1 or L2 cache besides others
_LONG = 48  # equations on all sums of a tile; with more, they get a loop of their own


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
    sums, most = _REGISTERS.get(register, _FEWER)

    def cost(high: int, wide: int) -> float:
        panels, rest = divmod(vectors, wide)
        panel = [(max(high, _FEW) * each + _EACH) * count for each, count in ((wide, panels), (rest, min(rest, 1)))]
        tiles = -(-rows // high)
        return (tiles + tiles % 2 if tiles > 2 else tiles) * sum(panel) * (_BESIDES if rest else 1.0)

    highs = range(1, min(most, rows) + 1) if given is None else [given]
    found = [(high, min(vectors, max(sums // high, 1))) for high in highs]
    found += [(high, wide - 1) for high, wide in found if wide > 1]
    return min(found, key=lambda each: (cost(*each), -each[0], -each[1]))


def contract(
    workspace: Workspace,
    number: str,
    shape: Sequence[int],
    operands: Sequence[View],
    out: int,
    finish: Finish,
    listed: dict[int, Listed] | None = None,
) -> None:
    """Sum products of operands, whose axes are those of the result, `out` of them, followed by those that are summed over.

    An operand that lacks an axis has stride 0 along it. What `finish` reads and writes has the axes of the result. `listed`
    gives the operands whose nonzero rows are known.
    """
    vectors, _ = workspace.nests.vectors([number, *(each.number for each in (*finish.reads, *finish.writes))])
    item, summed = ITEM[number], [a for a in range(out, len(shape)) if shape[a] > 1]
    lane = _lane(shape, operands, out, finish, item, vectors)
    inner = [(shape[a], tuple(each.strides[a] for each in operands)) for a in summed]
    dotted = lane is None and lane_axis(inner, [item] * len(operands), vectors) is not None
    size = math.prod(shape[:out])
    small = workspace.is_whole and finish.length * size > _LONG and item * size <= _NEAREST
    if (dotted and finish.length) or small:
        kept = workspace.like(finish.writes[0], number)
        plain = Finish([], [kept], lambda total, values, lanes: [total])
        contract(workspace, number, shape, operands, out, plain, listed)
        workspace.nests.elementwise(
            shape[:out], [kept, *finish.reads], finish.writes,
            lambda values, lanes: finish.compute(values[0], values[1:], lanes),
        )  # fmt: skip
    elif dotted:
        _dotted(workspace, number, shape, operands, out, finish.writes[0])
    else:
        _Tiles(workspace, number, shape, operands, out, finish, lane, listed or {}).write()


def _lane(
    shape: Sequence[int], operands: Sequence[View], out: int, finish: Finish, item: int, vectors: Sequence[int]
) -> int | None:
    """The axis for the lanes: one along which everything is contiguous, or can be made so by a transpose."""
    beside = [*finish.reads, *finish.writes]
    sizes = roomy(shape[:out], [each for each in beside if out])
    fit = [
        axis
        for axis in range(out)
        if vectors
        and sizes[axis] >= vectors[-1]
        and all(view.strides[axis] in (0, ITEM[view.number]) for view in beside)
        and all(view.strides[axis] for view in finish.writes)
    ]
    direct = [axis for axis in fit if all(each.strides[axis] in (0, item) for each in operands)]

    def turns(axis: int) -> bool:
        along = [each for each in operands if each.strides[axis]]
        again = [shape[a] for a in range(out) if a != axis and not any(each.strides[a] for each in along)]
        return len(along) == 1 and max(again, default=0) >= _REUSED

    return next((axis for axis in reversed(direct or [axis for axis in fit if turns(axis)])), None)


def _dotted(
    workspace: Workspace, number: str, shape: Sequence[int], operands: Sequence[View], out: int, target: View
) -> None:
    """Products whose terms are contiguous: sums across vectors."""
    block = workspace.block

    def product(values: Sequence[Expression], lanes: int) -> list[Expression]:
        found = values[0]
        for each in values[1:]:
            found = found * each
        return [block.let(found)]

    total = Total(number, lambda s, x: s + x, 0)
    workspace.nests.reduce(shape, range(out, len(shape)), operands, [], product, [total], [target])


class _Tiles:
    """A product in tiles: views of the operands, and of what else is read and written, by the axes of the product."""

    def __init__(
        self, workspace: Workspace, number: str, shape: Sequence[int], operands: Sequence[View], out: int,
        finish: Finish, lane: int | None, listed: dict[int, Listed],
    ):  # fmt: skip
        self.workspace, self.nests, self.block = workspace, workspace.nests, workspace.block
        self.number, self.shape, self.item, self.finish, self.lane = number, shape, ITEM[number], finish, lane
        self.operands, self.views = operands, [*operands, *finish.reads, *finish.writes]
        self.vectors, self.width = self.nests.vectors([each.number for each in self.views])
        self.inner = [axis for axis in range(out, len(shape)) if shape[axis] > 1]
        along = [] if lane is None else [k for k, each in enumerate(operands) if each.strides[lane]]
        self.held = along[0] if len(along) == 1 else None
        others = [axis for axis in range(out) if shape[axis] > 1 and axis != lane]
        self.row = max(others, key=lambda axis: (self._is_fixed(axis), shape[axis] >= _REUSED, axis), default=None)
        self.outer = [axis for axis in others if axis != self.row]
        self.turned = self.held is not None and lane is not None and operands[self.held].strides[lane] != self.item
        self.size = 1
        if lane is not None:
            known = [v for k, v in enumerate(self.views) if not (self.turned and k == self.held)]
            self.size = roomy(shape[:out], [replace(v, strides=v.strides[:out]) for v in known])[lane]
        rows = 1 if self.row is None else shape[self.row]
        count = 1 if lane is None else max(self.size // self.vectors[0], 1)
        self.high, self.wide = tile(rows, count, self.nests.register, workspace.group(rows))
        workspace.groups[rows] = self.high
        again = self.row is not None and self._is_fixed(self.row) and rows >= _REUSED * self.high
        room = self.size * math.prod(shape[a] for a in self.inner) * self.item
        self.packs = self.turned or (again and count > self.wide and room > _NEAREST)
        streams = [v for v in self.views[len(operands) :] if all(v.strides[a] for a in others)]
        self.tiles_outside = self.packs and room <= _NEAR and len(streams) > 1 and not self.outer
        self.listed = None
        if len(self.inner) == 1 and self.row is not None and not self.outer:
            self.listed = next(iter(listed.items()), None)

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
        places = [replace(view, shape=(), strides=(), held=0) for view in self.views]
        with ExitStack() as stack:
            for axis in self.outer:
                places = self._moved(places, axis, stack.enter_context(self.nests.loop(self.shape[axis])))
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
        block, kind = self.block, Kind(self.number, count)
        places = self._moved(self._moved(places, self.row, t, self.high), self.lane, index)
        if panel is not None and self.held is not None:
            places[self.held] = replace(panel, shape=(), strides=())
        sums = {
            (r, v): block.set(f"sum{r}_{v}", constant(0, kind)) for r in range(high) for v in range(wide)
        }  # fmt: skip
        with ExitStack() as stack:
            at = places[: len(self.operands)]
            for depth, axis in enumerate(self.inner):
                steps = [view.strides[axis] for view in self.operands]
                if panel is not None and self.held is not None:
                    steps[self.held] = panel.strides[depth]
                if terms is None:
                    term = stack.enter_context(self.nests.loop(self.shape[axis]))
                    at = [moved(each, term, step) for each, step in zip(at, steps, strict=True)]
                else:
                    on = stack.enter_context(_each(self.workspace, *terms, steps))
                    at = [moved(each, *on[step]) for each, step in zip(at, steps, strict=True)]
            read: dict[tuple[int, int, int], Expression] = {}
            for (r, v), total in sums.items():
                *factors, last = [self._read(read, at, k, r, v, count, panel) for k in range(len(self.operands))]
                product = factors[0] if factors else None
                for each in factors[1:]:
                    assert product is not None
                    product = product * each
                block.set(total.detail, total + last if product is None else block.multiply_add(product, last, total))
        self._finish(places[len(self.operands) :], sums, high, wide, count)

    def _strides(self, k: int, panel: View | None = None) -> tuple[int, int]:
        """The strides of a view along rows and along the lanes."""
        if panel is not None and k == self.held:
            return 0, self.item
        strides = self.views[k].strides
        return (0 if self.row is None else strides[self.row]), (0 if self.lane is None else strides[self.lane])

    def _read(
        self, read: dict[tuple[int, int, int], Expression], at: Sequence[View], k: int, r: int, v: int, count: int,
        panel: View | None,
    ) -> Expression:  # fmt: skip
        """An operand in a tile; it is read once for all rows or vectors that share it."""
        row, lane = self._strides(k, panel)
        key = (k, r if row else 0, v if lane else 0)
        if key not in read:
            here = replace(at[k], offset=at[k].offset + r * row + v * count * lane)
            read[key] = here.read(self.block, count, self.width, lane)
        return read[key]

    def _finish(
        self, places: Sequence[View], sums: dict[tuple[int, int], Expression], high: int, wide: int, count: int
    ) -> None:
        """Finish the sums directly or, if that is long, store them and finish them in a loop."""
        if self.finish.length * len(sums) <= _LONG or len(sums) == 1:
            for (r, v), total in sums.items():
                self._finished(places, total, r, v, count)
            return
        room = self.workspace.room(self.number, (high, wide * count))
        for (r, v), total in sums.items():
            room.at(0, r).at(0, v * count).store(self.block, total)
        with self.workspace.apart(), self.nests.loop(high) as row, self.nests.loop(wide * count, 0, count) as place:
            total = room.at(0, row).at(0, place).load(self.block, count, self.width)
            self._finished(places, total, row, place, count, 1)

    def _finished(self, places: Sequence[View], total: Expression, r: Index, v: Index, count: int, by: int = 0) -> None:
        values, reads = [], len(self.finish.reads)
        here = []
        for k, place in enumerate(places, start=len(self.operands)):
            row, lane = self._strides(k)
            here.append(moved(moved(place, r, row), v, lane * (by or count)))
            if k < len(self.operands) + reads:
                values.append(here[-1].read(self.block, count, self.width, lane))
        for place, value in zip(here[reads:], self.finish.compute(total, values, count), strict=True):
            place.store(self.block, value)


def _as_place(block: Block, view: View) -> Expression:
    """An entry of a list as an index."""
    return block.let(apply("convert", view.load(block, 1, 4), kind=INDEX))


@contextmanager
def _each(
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


def taken(workspace: Workspace, place: View, left: View, right: View, listed: Listed | None) -> None:
    """Subtract left · right, a product of few terms, from a matrix in memory.

    `left` stays in registers, and each element of the matrix is read and written once for a group of terms. If nonzero rows
    are `listed`, the others are skipped.

    Args:
        workspace: Where it is written.
        place: The matrix, n × k, with contiguous columns.
        left: n × m, likewise.
        right: m × k.
        listed: Where `right` is not 0.
    """
    nests, block = workspace.nests, workspace.block
    vectors, width = nests.vectors([place.number])
    item, columns, terms = ITEM[place.number], place.shape[1], left.shape[1]
    size, lanes = place.held, widest(vectors, place.held)
    sums, most = _REGISTERS.get(nests.register, _FEWER)
    group = listed.group if listed is not None else min(most, terms)
    whole = terms // group

    def panel(places: Sequence[View], lists: tuple[View, View] | None, many: int, wide: int) -> None:
        there, own, other = places
        held = {
            (e, v): block.let(-_beyond(own, e * left.strides[1] + v * lanes * item).load(block, lanes, width))
            for e in range(many)
            for v in range(wide)
        }
        steps = [place.strides[1], right.strides[1]]
        with ExitStack() as stack:
            if lists is None:
                k = stack.enter_context(nests.loop(columns))
                on: dict[int, tuple[Index, int]] = {step: (k, step) for step in steps}
            else:
                on = stack.enter_context(_each(workspace, *lists, steps))
            there, x = moved(there, *on[steps[0]]), moved(other, *on[steps[1]])
            spots = [_beyond(there, v * lanes * item) for v in range(wide)]
            totals = [spot.load(block, lanes, width) for spot in spots]
            for e in range(many):
                factor = _beyond(x, e * right.strides[0]).read(block, lanes, width, 0)
                totals = [block.let(block.multiply_add(factor, held[e, v], total)) for v, total in enumerate(totals)]
            for spot, total in zip(spots, totals, strict=True):
                spot.store(block, total)

    points = [replace(view, shape=(), strides=(), held=0) for view in (place, left, right)]
    for start, stop, many in ((0, whole, group), (whole, whole + 1, terms - whole * group)):
        if not many or start >= stop:
            continue
        wide = max(1, min(size // lanes, sums // many))
        end = size // lanes // wide * wide
        with nests.loop(stop, start) as g:
            lists = None if listed is None else (listed.places.at(0, g), listed.counts.at(0, g))
            steps = (0, group * left.strides[1], group * right.strides[0])
            of_group = [moved(point, g, step) for point, step in zip(points, steps, strict=True)]
            for first, last, at_once in ((0, end, wide), (end, size // lanes, size // lanes - end)):
                if first < last:
                    with nests.loop(last * lanes, first * lanes, at_once * lanes) as index:
                        places = [moved(each, index, by) for each, by in zip(of_group, (item, item, 0), strict=True)]
                        panel(places, lists, many, at_once)


def _beyond(view: View, by: int) -> View:
    return replace(view, offset=view.offset + by)


def takes(workspace: Workspace, place: View, left: View, listed: Listed | None) -> bool:
    """Whether `taken` can and should be used: if there are few terms or some are skipped, and columns fill vectors."""
    vectors, _ = workspace.nests.vectors([place.number])
    terms = left.shape[1]
    _, most = _REGISTERS.get(workspace.nests.register, _FEWER)
    fit = bool(vectors) and place.strides[0] == left.strides[0] == ITEM[place.number]
    fit = fit and (listed is not None or terms <= 2 * most)
    return fit and widest(vectors, place.held) > 0 and left.held >= place.held


# ---- equations -------------------------------------------------------------------------------------------------------------


def written(workspace: Workspace, equation: Equation, finish: Finish | None = None) -> None:
    """Write a product, with `finish` if there is more to do than to store the result."""
    operands, letters, result = _LETTERS[equation.primitive.name](workspace, equation)
    sizes: dict[str, int] = {}
    for own, view in zip(letters, operands, strict=True):
        for letter, size in zip(own, view.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), size)
    order = [*result, *sorted(set(sizes) - set(result))]

    def seen(view: View, own: str) -> View:
        strides = dict.fromkeys(order, 0)
        for letter, size, stride in zip(own, view.shape, view.strides, strict=True):
            strides[letter] += stride if size > 1 else 0  # a repeated letter is a diagonal
        return replace(view, shape=tuple(sizes[k] for k in order), strides=tuple(strides.values()))

    views = [seen(view, own) for view, own in zip(operands, letters, strict=True)]
    if finish is None:
        finish = Finish([], [workspace.view(equation.target)], lambda total, values, lanes: [total])
    known = {k: workspace.listed[o.name] for k, o in enumerate(equation.inputs) if o.name in workspace.listed}
    contract(workspace, views[0].number, [sizes[k] for k in order], views, len(result), finish, known)


def _matmul(workspace: Workspace, equation: Equation) -> tuple[list[View], list[str], str]:
    left, right = map(workspace.view, equation.inputs)
    one, other = "rk" if len(left.shape) > 1 else "k", "kc" if len(right.shape) > 1 else "k"
    stack = "".join(chr(ord("A") + k) for k in range(len(equation.target.shape) - (len(one) > 1) - (len(other) > 1)))
    letters = [stack[len(stack) - len(v.shape) + len(own) :] + own for v, own in ((left, one), (right, other))]
    return [left, right], letters, stack + ("r" if len(one) > 1 else "") + ("c" if len(other) > 1 else "")


def _outer(workspace: Workspace, equation: Equation) -> tuple[list[View], list[str], str]:
    return list(map(workspace.view, equation.inputs)), ["r", "c"], "rc"


def _einsum(workspace: Workspace, equation: Equation) -> tuple[list[View], list[str], str]:
    subscripts = str(dict(equation.params)["subscripts"])
    given, _, result = subscripts.partition("->")
    if "." in subscripts or "->" not in subscripts:
        raise Unsupported(equation)
    return list(map(workspace.view, equation.inputs)), given.split(","), result


_LETTERS = {"matmul": _matmul, "outer": _outer, "einsum": _einsum}
OPERATIONS: dict[str, Callable[[Workspace, Equation], None]] = dict.fromkeys(_LETTERS, written)
