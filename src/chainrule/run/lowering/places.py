"""Products over windows, such as convolutions: their operands laid out so that the lanes of vectors are places.

Two axes of a windowed operand overlap in memory: a place and an offset from it both move along the same rows. Where a window
lies is the sum of both, so axes with equal strides become one, as long as both together, and each window is copied to where all
its places are adjacent. After that a product over windows is a product like any other, in the same tiles. If the result is
windowed, each window is such a product, and those that overlap are added up.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..loops.language import apply
from .nests import ITEM, Index, View, moved, stretches
from .tiles import Finish, Tiles, evenly

if TYPE_CHECKING:
    from .workspace import Workspace

_NEAR = 2**18  # bytes of windows that wait to be added up
_ROOM = 3 * 2**14  # bytes of windows that are laid out at once for a sum over places, so that they stay near
_APART = 4  # how far apart places may be that are brought together
_LONG_ENOUGH = 4  # vectors of places beyond which no further axis joins them


def clusters(view: View) -> list[list[int]]:
    """The axes along which a view moves, those that overlap in memory together; each list by ascending stride."""
    found: list[list[int]] = []
    extent = ITEM[view.number]
    for axis in sorted(
        (a for a, n in enumerate(view.shape) if n > 1 and view.strides[a]), key=lambda a: view.strides[a]
    ):
        if found and view.strides[axis] < extent:
            found[-1].append(axis)
        else:
            found.append([axis])
        extent += (view.shape[axis] - 1) * view.strides[axis]
    return found


def overlaps(view: View) -> bool:
    """Whether axes of a view overlap in memory, all of which go forward."""
    return min(view.strides, default=0) >= 0 and any(len(each) > 1 for each in clusters(view))


@dataclass(frozen=True)
class _Layout:
    """How windows are laid out: the sizes, the strides in the source and, for each of its axes, the strides here."""

    shape: tuple[int, ...]
    source: tuple[int, ...]
    strides: Mapping[int, int]

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return math.prod(self.shape)

    @classmethod
    def of(cls, view: View, run: Sequence[int], axes: Sequence[int]) -> _Layout:
        """The layout of a view's windows along some of its axes. Those in `run`, outermost first, become adjacent."""
        groups: dict[int, list[int]] = {}
        for axis in axes:
            if axis not in run and view.shape[axis] > 1 and view.strides[axis]:
                groups.setdefault(view.strides[axis], []).append(axis)
        first = groups.pop(view.strides[run[0]], [])  # windows that are moved by whole places
        named = [*((stride, groups[stride]) for stride in sorted(groups, reverse=True))]
        named += [(view.strides[run[0]], [run[0], *first]), *((view.strides[axis], [axis]) for axis in run[1:])]
        shape = [1 + sum(view.shape[axis] - 1 for axis in each) for _, each in named]
        strides: dict[int, int] = {}
        step = ITEM[view.number]
        for size, (_, each) in reversed([*zip(shape, named, strict=True)]):
            strides |= dict.fromkeys(each, step)
            step *= size
        return cls(tuple(shape), tuple(stride for stride, _ in named), strides)


def _places(
    view: View, others: Sequence[View], beside: Sequence[View], shape: Sequence[int], out: int, lanes: int
) -> list[int]:
    """The axes of a windowed view whose places can be adjacent, outermost first: those that are so in all other views."""
    item, run, length = ITEM[view.number], list[int](), 1
    sides = [0, 0]
    for each in (cluster for cluster in clusters(view) if len(cluster) > 1):
        for k in (0, 1):
            sides[k] += sum(shape[axis] for axis in each if (axis >= out) == k)
    side = sides[1] > sides[0]  # there are more places than offsets from them
    while length < _LONG_ENOUGH * lanes:
        found = [
            axis
            for axis in range(len(shape))
            if shape[axis] > 1
            and axis not in run
            and view.strides[axis] > (view.strides[run[-1]] if run else 0)
            and (axis >= out) == side
            and _is_adjacent(axis, length * item, run, others, beside, out)
        ]
        if not found:
            break
        run.append(min(found, key=lambda axis: view.strides[axis]))
        length *= shape[run[-1]]
    return run[::-1]


def _is_adjacent(
    axis: int, step: int, run: Sequence[int], others: Sequence[View], beside: Sequence[View], out: int
) -> bool:
    """Whether all views but the windowed one go on along an axis with this step, or stay where they are."""

    def goes_on(each: View, may_stay: bool) -> bool:
        stays = not (each.strides[run[0]] if run else each.strides[axis])
        return each.strides[axis] == 0 and may_stay if stays else each.strides[axis] == step

    if axis >= out:
        return all(goes_on(each, False) for each in others)
    *reads, last = beside
    return not any(each.strides[axis] for each in others) and all(
        goes_on(each, k < len(beside) - 1) for k, each in enumerate([*reads, last])
    )


@dataclass
class Windows:
    """A product with a windowed operand, whose lanes are places. Its windows are laid out block by block."""

    workspace: Workspace
    number: str
    shape: Sequence[int]
    operands: Sequence[View]
    out: int
    finish: Finish
    windowed: int
    run: Sequence[int]

    @classmethod
    def of(
        cls, workspace: Workspace, number: str, shape: Sequence[int], operands: Sequence[View], out: int, finish: Finish
    ) -> Windows | None:
        """The product, as `contract` describes it; none if no operand is windowed, or its places cannot be adjacent."""
        vectors, _ = workspace.nests.vectors([each.number for each in (*operands, *finish.reads, *finish.writes)])
        windowed = [k for k, each in enumerate(operands) if overlaps(each)]
        if not vectors or len(windowed) != 1:
            return None
        (k,) = windowed
        others = [each for n, each in enumerate(operands) if n != k]
        run = _places(operands[k], others, [*finish.reads, *finish.writes], shape, out, vectors[0])
        if math.prod(shape[axis] for axis in run) < vectors[-1]:
            return None
        return cls(workspace, number, shape, operands, out, finish, k, run)

    @property
    def dotted(self) -> bool:
        """Whether places are summed over."""
        return self.run[0] >= self.out

    def write(self) -> None:
        """Write all blocks. Sums over places are added up chunk by chunk, so that the windows of a chunk stay in the cache."""
        view = self.operands[self.windowed]
        others = [each for k, each in enumerate(self.operands) if k != self.windowed]
        plain = [cluster[0] for cluster in clusters(view) if len(cluster) == 1 and cluster[0] not in self.run]
        around = [axis for axis in plain if axis < self.out and not any(each.strides[axis] for each in others)]
        within = [axis for axis in range(len(self.shape)) if axis not in around]
        views = [*self.operands, *self.finish.reads, *self.finish.writes]
        chunked = max((axis for axis in plain if axis >= self.out), default=None) if self.dotted else None
        if chunked is None:
            self._blocks(views, list(self.shape), around, within, False)
            return
        whole = self.shape[chunked]
        one = _Layout.of(view, self.run, [axis for axis in within if axis != chunked]).size * ITEM[self.number]
        size = evenly(whole, max(_ROOM // one, 1))
        added = whole > size
        if added:
            self.workspace.clear(self.finish.writes[0])
        for index, many in self.workspace.nests.tiles(whole, size):
            here = [_along(each, chunked, index, size, many) for each in views]
            shape = [many if axis == chunked else n for axis, n in enumerate(self.shape)]
            self._blocks(here, shape, around, within, added)

    def _blocks(
        self, views: Sequence[View], shape: list[int], around: Sequence[int], within: Sequence[int], added: bool
    ) -> None:
        with ExitStack() as stack:
            for axis in around:
                index = stack.enter_context(self.workspace.nests.loop(shape[axis]))
                views = [_along(each, axis, index) for each in views]
            rest = [axis for axis in within if axis not in self.run]
            results, summed = [a for a in rest if a < self.out], [a for a in rest if a >= self.out]
            axes = [*results, *summed, self.run[-1]] if self.dotted else [*results, self.run[-1], *summed]
            out, length = len(results) + (not self.dotted), math.prod(shape[axis] for axis in self.run)
            sizes = [length if axis == self.run[-1] else shape[axis] for axis in axes]

            def of_axes(view: View, count: int) -> View:
                return replace(
                    view, shape=tuple(sizes[:count]), strides=tuple(view.strides[a] for a in axes[:count]), held=0
                )

            count, reads = len(self.operands), len(self.finish.reads)
            operands, beside = (
                [of_axes(each, len(axes)) for each in views[:count]],
                [of_axes(each, out) for each in views[count:]],
            )
            view = replace(views[self.windowed], shape=tuple(shape))
            plan = _Layout.of(view, self.run, within)
            room = self.workspace.room(self.number, plan.shape)
            _copied(self.workspace, replace(view, shape=plan.shape, strides=plan.source, held=0), room)
            strides = tuple(plan.strides.get(axis, 0) for axis in axes)
            operands[self.windowed] = replace(room, shape=tuple(sizes), strides=strides, held=0)
            finish = replace(self.finish, reads=beside[:reads], writes=beside[reads:])
            if added:
                finish = Finish(beside, beside, lambda total, values, lanes: [values[0] + total])
            lane = axes.index(self.run[-1])
            Tiles(self.workspace, self.number, sizes, operands, out, finish, lane, {}).write()


def _along(view: View, axis: int, index: Index, by: int = 1, many: int = 1) -> View:
    """A view that begins at a place of an axis."""
    if axis >= len(view.shape):
        return view
    shape = (*view.shape[:axis], many, *view.shape[axis + 1 :])
    return replace(moved(view, index, by * view.strides[axis]), shape=shape)


def _copied(workspace: Workspace, source: View, target: View) -> None:
    """Copy windows."""
    found = _Parts.of(workspace, source)
    if found is None:
        workspace.copy(source, target)
        return
    _parted(workspace, found.lines, found.parts)
    for k in range(source.shape[found.axis]):
        workspace.copy(found.window(k), target.at(found.axis, k))


def _added(workspace: Workspace, source: View, target: View) -> None:
    """Add windows up where they overlap, in an array of zeros."""
    found = _Parts.of(workspace, target)
    pairs = [(source, target)]
    if found is not None:
        workspace.fill(found.all, 0)
        pairs = [(source.at(found.axis, k), found.window(k)) for k in range(source.shape[found.axis])]
    for one, other in pairs:
        workspace.nests.elementwise(other.shape, [one, other], [other], lambda values, lanes: [values[0] + values[1]])
    if found is not None:
        _parted(workspace, found.lines, found.parts, back=True)


@dataclass(frozen=True)
class _Parts:
    """Rows of an array of windows whose places are not adjacent, with every m-th number of them brought together.

    `axis` is that along which windows move by one number; `parts` has what is brought together as its first axis.
    """

    axis: int
    view: View
    lines: View
    all: View
    parts: View
    rows: Mapping[int, tuple[int, int]]  # by axis: the axis of `all` that it moves along, and how far

    @classmethod
    def of(cls, workspace: Workspace, view: View) -> _Parts | None:
        """The parts of an array of windows; none if its places are adjacent, or too far apart, or if it is one number."""
        if not view.shape:
            return None
        item, last = ITEM[view.number], len(view.shape) - 1
        apart, left = divmod(view.strides[-1], item)
        axis = next((a for a, stride in enumerate(view.strides) if stride == item and a < last), None)
        if axis is None or left or not 1 < apart <= _APART:
            return None
        shape, step = list[int](), list[int]()
        rows: dict[int, tuple[int, int]] = {}
        for a in sorted({*range(last)} - {axis}, key=lambda a: -view.strides[a]):
            stride, size = view.strides[a], view.shape[a]
            if step and step[-1] % stride == 0 and stride * size > step[-1]:  # windows that share rows
                factor = step[-1] // stride
                rows = {b: (k, by * factor if k == len(shape) else by) for b, (k, by) in rows.items()}
                shape[-1], step[-1] = (shape[-1] - 1) * factor + size, stride
            else:
                shape.append(size)
                step.append(stride)
            rows[a] = (len(shape), 1)
        numbers = view.shape[axis] + apart * (view.shape[-1] - 1)
        if step and step[-1] < numbers * item:
            return None
        every = workspace.room(view.number, (apart, *shape, -(-numbers // apart)))
        lines = replace(view, shape=(*shape, numbers), strides=(*step, item), held=0)
        if step and step[-1] == numbers * item and numbers % apart == 0:  # rows without gaps are one
            lines = replace(lines, shape=(*shape[:-1], shape[-1] * numbers), strides=(*step[:-1], item))
        sizes = (apart, *lines.shape[:-1], -(-lines.shape[-1] // apart))
        parts = replace(every, shape=sizes, strides=(*every.strides[: len(sizes) - 1], item))
        return cls(axis, view, lines, every, parts, rows)

    def window(self, k: int) -> View:
        """The windows at one place of `axis`, in the parts."""
        item, apart = ITEM[self.view.number], self.all.shape[0]
        rest = [a for a in range(len(self.view.shape) - 1) if a != self.axis]
        strides = [self.all.strides[self.rows[a][0]] * self.rows[a][1] for a in rest]
        here = self.all.at(0, k % apart)
        shape = (*(self.view.shape[a] for a in rest), self.view.shape[-1])
        return replace(here, shape=shape, strides=(*strides, item), offset=here.offset + k // apart * item)


def _parted(workspace: Workspace, lines: View, parts: View, back: bool = False) -> None:
    """Bring every m-th number of some lines together: first those from place 0 on, then those from place 1 on; or `back`."""
    nests, block, apart = workspace.nests, workspace.block, parts.shape[0]
    vectors, width = nests.vectors([lines.number])
    size, item = lines.shape[-1], ITEM[lines.number]

    def move(one: View, other: View, lanes: int) -> None:
        to, of = (one, other) if back else (other, one)
        to.store(block, of.load(block, lanes, width))

    with ExitStack() as stack:
        for length in lines.shape[:-1]:
            index = stack.enter_context(nests.loop(length))
            lines, parts = lines.at(0, index), parts.at(1, index)
        for start, stop, lanes in stretches(size // apart, vectors if apart == 2 else []):
            with nests.loop(stop, start, lanes) as index:
                here = [moved(lines.at(0, 0), index, apart * item).plus(k * lanes * item) for k in range(apart)]
                there = [moved(parts.at(1, 0), index, item).at(0, k) for k in range(apart)]
                if lanes == 1:
                    for one, other in zip(here, there, strict=True):
                        move(one, other, 1)
                    continue
                both = [each.load(block, lanes, width) for each in (there if back else here)]
                for k, to in enumerate(here if back else there):
                    half = k * lanes // 2
                    order = [half + n // 2 + n % 2 * lanes if back else k + 2 * n for n in range(lanes)]
                    to.store(block, apply("shuffle", *both, detail=tuple(order)))
        last = size // apart
        for k in range(size % apart):
            move(lines.at(0, last * apart + k), parts.at(1, last).at(0, k), 1)


# ---- windowed results ----------------------------------------------------------------------------------------------------


def scattered(
    workspace: Workspace, number: str, shape: Sequence[int], operands: Sequence[View], out: int, target: View
) -> None:
    """Add a product whose result is windowed to an array of zeros, where what falls on the same place is added up.

    The arguments are those of `contract`. If places of one operand and offsets in another move along the target alike, the
    terms of both are added in registers, for each sum of the two.
    """
    vectors, _ = workspace.nests.vectors([each.number for each in (*operands, target)])
    window = [axis for cluster in clusters(target) if len(cluster) > 1 for axis in cluster]
    runs = [_adjacent(each, operands, target, window, vectors[0] if vectors else 0) for each in operands]
    moves = [math.prod(shape[axis] for axis in window if each.strides[axis]) for each in operands]
    held = max(range(len(operands)), key=lambda k: (bool(runs[k]), moves[k]))
    run, free = runs[held], [axis for axis in window if axis not in runs[held]]
    rest = [each for k, each in enumerate(operands) if k != held]
    pairs = [pair for pair in itertools.permutations(free, 2) if _meet(*pair, operands[held], rest, target, free)]
    paired = {axis for pair in pairs for axis in pair}
    plain = [axis for axis in range(out) if shape[axis] > 1 and axis not in window]
    lone = [axis for axis in free if axis not in paired]
    summed = [axis for axis in range(out, len(shape)) if shape[axis] > 1]
    results = [*((shape[a]) for a in plain), *(shape[a] + shape[b] - 1 for a, b in pairs), *(shape[a] for a in lone)]
    places = [math.prod(shape[axis] for axis in run)] * bool(run)
    terms = [*(shape[axis] for axis in summed), *(shape[a] for a, _ in pairs)]

    def in_terms(view: View, k: int) -> View:
        """An operand by the axes of the result, the places, those that are summed over, and the paired ones."""
        of = view.strides
        whole = [0 if k == held else of[b] for _, b in pairs]
        strides = [*(of[a] for a in plain), *whole, *(of[a] for a in lone), *(of[a] for a in run[-1:])]
        strides += [*(of[a] for a in summed), *(of[a] if k == held else -of[b] for a, b in pairs)]
        return replace(view, shape=(*results, *places, *terms), strides=tuple(strides), held=0)

    of = target.strides
    steps = [*(of[a] for a in plain), *(of[a] for a, _ in pairs), *(of[a] for a in lone), *(of[a] for a in run)]
    there = replace(target, shape=(*results, *(shape[a] for a in run)), strides=tuple(steps), held=0)
    views, ends = [in_terms(each, k) for k, each in enumerate(operands)], len(results) + len(places)
    bounds = {ends + len(summed) + k: (len(plain) + k, shape[b]) for k, (_, b) in enumerate(pairs)}
    chunked = next((k for k, axis in enumerate(plain) if operands[held].strides[axis]), None)
    whole = 1 if chunked is None else results[chunked]
    size = evenly(whole, max(_NEAR * whole // (math.prod(there.shape) * ITEM[number]), 1))
    for index, many in workspace.nests.tiles(whole, size):
        here, to = views, there
        if chunked is not None:
            here = [_along(each, chunked, index, size, many) for each in views]
            to = _along(there, chunked, index, size, many)
        room = workspace.room(number, to.shape)
        strides = (*room.strides[: len(results)], *room.strides[len(room.strides) - len(places) :])
        sums = replace(room, shape=here[0].shape[:ends], strides=strides)
        finish, lane = Finish([], [sums], lambda total, values, lanes: [total]), ends - 1 if run else None
        Tiles(workspace, number, here[0].shape, here, ends, finish, lane, {}, bounds).write()
        order = [*range(len(plain), len(results)), *range(len(plain)), *range(len(results), len(to.shape))]
        _added(workspace, room.turned(order), to.turned(order))


def _adjacent(view: View, operands: Sequence[View], target: View, window: Sequence[int], lanes: int) -> list[int]:
    """The axes of the target's windows along which an operand's places are adjacent, outermost first."""
    run, length, item = list[int](), 1, ITEM[view.number]
    others = [each for each in operands if each is not view]
    while length < _LONG_ENOUGH * lanes:
        last = target.strides[run[-1]] if run else 0
        found = next(
            (
                axis
                for axis in window
                if view.strides[axis] == item * length
                and target.strides[axis] > last
                and not any(each.strides[axis] for each in others)
            ),
            None,
        )
        if found is None:
            break
        run.append(found)
        length *= view.shape[found]
    return run[::-1]


def _meet(a: int, b: int, held: View, rest: Sequence[View], target: View, free: Sequence[int]) -> bool:
    """Whether an axis of one operand and one of the only other move along the target alike, and no third one does."""
    alike = [axis for axis in free if target.strides[axis] == target.strides[a]]
    if len(rest) != 1 or sorted(alike) != sorted((a, b)):
        return False
    (other,) = rest
    return bool(held.strides[a] and other.strides[b]) and not (held.strides[b] or other.strides[a])
