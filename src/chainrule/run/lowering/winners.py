"""Products over windows in which an operand is mostly 0, as the error behind a pooling: only what is left is multiplied.

Of the places that are pooled together, one has an error, and none if a ReLU was 0 there. What is left is listed: its places and
its numbers. For each entry, whole windows are added up: with the channels innermost, a row of a window is contiguous. A gradient
of kernels stays in registers while the windows of a filter's entries are added to it; an input's error stays there while
the kernels of the filters that won at a place are.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...core.nouns import Program
from ..loops.language import I32, INDEX, Expression, Kind, apply, constant
from .nests import ITEM, Index, View, as_index, moved
from .operations import chosen
from .places import clusters
from .tiles import evenly

if TYPE_CHECKING:
    from .workspace import Workspace

_PARTS = 4  # from this many places that are pooled together on, an error is mostly 0
_LEFT = 0.25  # the share of an error that is left, at most, as is assumed
_SAVED = 0.7  # how much of the products may remain for lists to pay
_MOST = 1024  # places of a map
_NEAR = 3 * 2**13  # bytes of windows that are added up at once, so that they stay near
_SUMS = {64: 28, 32: 13}
_FEWER = 13  # sums in registers besides operands


def sparse(program: Program) -> set[str]:
    """The arrays that are put together of parts that are each multiplied by truth values: mostly 0, as behind a pooling."""
    made = {each.target.name: each for each in program.equations}

    @functools.cache
    def masked(name: str) -> bool:
        equation = made.get(name)
        if equation is None or equation.primitive.name != "multiply":
            return False
        return any(o.name and (made_of_truths(o.name) or masked(o.name)) for o in equation.inputs)

    def made_of_truths(name: str) -> bool:
        return name in made and made[name].target.dtype.kind == "b"

    return {
        each.target.name
        for each in program.equations
        if each.primitive.name == "scatter" and len(each.inputs) >= _PARTS and all(masked(o.name) for o in each.inputs)
    }


def _append(
    workspace: Workspace, lines: Sequence[View], held: Expression, values: Sequence[Expression], truths: Expression
) -> None:
    """Append the lanes of values in which `truths` are true to lists, each of which has so many entries already."""
    block, lanes = workspace.block, truths.kind.lanes
    if lanes == 16:
        for line, value in zip(lines, values, strict=True):
            bits = apply("bits", value, kind=Kind("i32", lanes)) if value.kind.number == "f32" else value
            packed = apply("packed", bits, truths, kind=bits.kind)
            line.at(0, held).store(block, packed if bits is value else apply("floats", packed, kind=value.kind))
        block.set(held.detail, held + apply("convert", apply("count", truths, kind=I32), kind=INDEX))
        return
    places = Kind("i64" if truths.kind.number == "b64" and lanes > 1 else "i32", lanes)
    ones = block.let(chosen(truths, constant(1, places), constant(0, places)))
    for lane in range(lanes):
        for line, value in zip(lines, values, strict=True):
            one = apply("lane", value, kind=Kind(value.kind.number), detail=lane) if lanes > 1 else value
            line.at(0, held).store(block, one)
        one = apply("lane", ones, kind=Kind(places.number), detail=lane) if lanes > 1 else ones
        block.set(held.detail, held + apply("convert", one, kind=INDEX))


@dataclass(frozen=True)
class Winners:
    """Such a product. Its axes are places, of the error and the windows; one of filters; and taps, of the windows and kernels.

    `shape` has the sizes of all axes. `windows` and `kernels` say where an element lies once the channels are innermost, by
    axis; but those of images lie as they did.
    """

    workspace: Workspace
    number: str
    shape: Sequence[int]
    error: View
    images: int | None  # the axis of those, if there are several
    filters: int
    places: Sequence[int]  # the other axes of places, outermost first
    windows: Mapping[int, int]
    kernels: Mapping[int, int]
    image: tuple[tuple[int, int], ...]  # sizes and strides of an image's rows, columns and channels, as they lie
    rows: tuple[tuple[int, int], ...]  # where each vector of a window lies, and of a kernel
    lanes: int

    @classmethod
    def of(
        cls, workspace: Workspace, number: str, shape: Sequence[int], error: View, windowed: View, kernels: View
    ) -> Winners | None:
        """The product, if it is one whose lists pay; views have all axes, those that they lack with stride 0."""
        live = [axis for axis, size in enumerate(shape) if size > 1]
        roles = {(True, True, False): "place", (True, False, True): "filter", (False, True, True): "tap"}
        role = {
            a: roles.get((error.strides[a] != 0, windowed.strides[a] != 0, kernels.strides[a] != 0), "") for a in live
        }
        filters = [axis for axis in live if role[axis] == "filter"]
        vectors, _ = workspace.nests.vectors([number])
        if "" in role.values() or len(filters) != 1 or not vectors:
            return None
        found = clusters(replace(windowed, shape=tuple(shape)))
        kinds = [{role[axis] for axis in each} for each in found]
        moving = [each for each, kind in zip(found, kinds, strict=True) if len(kind) == 2]
        alone = {
            name: [each[0] for each, kind in zip(found, kinds, strict=True) if kind == {name} and len(each) == 1]
            for name in ("place", "tap")
        }
        plain = len(moving) + len(alone["place"]) + len(alone["tap"]) == len(found)
        if not plain or len(moving) not in (1, 2) or any(len(each) > 1 for each in alone.values()):
            return None
        steps = [windowed.strides[each[0]] for each in moving]
        taps = [[axis for axis in each if role[axis] == "tap"] for each in moving]
        if any(len(each) != 1 for each in taps) or windowed.strides[taps[0][0]] != steps[0]:
            return None
        if any(windowed.strides[axis] % step for each, step in zip(moving, steps, strict=True) for axis in each):
            return None

        item, lanes = ITEM[number], vectors[0]
        channel = next(iter(alone["tap"]), None)
        channels = 1 if channel is None else shape[channel]
        sizes = [
            1 + sum((shape[axis] - 1) * windowed.strides[axis] // step for axis in each)
            for each, step in zip(moving, steps, strict=True)
        ]
        row, width = shape[taps[0][0]] * channels, sizes[0] * channels * item
        wide, high = -(-row // lanes), shape[taps[1][0]] if len(moving) == 2 else 1
        by = [channels * item, width]
        own = {a: windowed.strides[a] // steps[k] * by[k] for k, each in enumerate(moving) for a in each}
        padded = wide * lanes * item
        of_kernels = {filters[0]: high * padded, taps[0][0]: channels * item}
        down = own[taps[1][0]] if len(moving) == 2 else 0
        of_kernels |= {taps[1][0]: padded} if len(moving) == 2 else {}
        if channel is not None:
            own[channel] = of_kernels[channel] = item
        images = next(iter(alone["place"]), None)
        if images is not None:
            own[images] = windowed.strides[images]
        axes = [(size, step) for size, step in zip(sizes, steps, strict=True)][::-1]
        image = (*axes, (channels, 0 if channel is None else windowed.strides[channel]))
        inner = [axis for axis in live if role[axis] == "place" and axis not in alone["place"]]
        inner.sort(key=lambda axis: -error.strides[axis])
        count = math.prod(shape[axis] for axis in inner)
        if [error.strides[axis] for axis in inner] != list(
            View.rows("", number, [shape[axis] for axis in inner]).strides
        ):
            return None
        vectors_of = tuple(
            (i * down + v * lanes * item, i * padded + v * lanes * item) for i in range(high) for v in range(wide)
        )
        left = (2 + _LEFT * shape[filters[0]]) * wide * lanes
        if count > _MOST or left > _SAVED * shape[filters[0]] * row:
            return None
        return cls(
            workspace, number, shape, error, images, filters[0], inner, own, of_kernels, image, vectors_of, lanes
        )

    # ---- memory ------------------------------------------------------------------------------------------------------------

    @property
    def _wide(self) -> int:
        """The numbers of a filter's kernels, with padding."""
        return len(self.rows) * self.lanes

    @property
    def _size(self) -> int:
        """The numbers of an image."""
        return math.prod(size for size, _ in self.image)

    def _line(self, number: str, *shape: int) -> View:
        """Memory, with room behind it for a last vector."""
        room = self.workspace.room(number, (math.prod(shape) + self.lanes * len(self.rows),))
        return replace(View.rows("memory", number, shape), offset=room.offset, indices=room.indices)

    def laid_out(self, kernels: View) -> View:
        """A copy of the kernels, with the channels innermost."""
        room = self._line(self.number, self.shape[self.filters], self._wide)
        self.workspace.fill(room, 0)
        axes = list(self.kernels)
        sizes, strides = tuple(self.shape[a] for a in axes), tuple(self.kernels[a] for a in axes)
        source = replace(kernels, shape=sizes, strides=tuple(kernels.strides[a] for a in axes), held=0)
        self.workspace.copy(source, replace(room, shape=sizes, strides=strides))
        return room

    def _image(self, view: View) -> tuple[View, tuple[int, ...]]:
        """A view of an image's rows, columns and channels, and its shape."""
        shape = tuple(size for size, _ in self.image)
        return replace(view, shape=shape, strides=tuple(stride for _, stride in self.image), held=0), shape

    @staticmethod
    def _point(view: View) -> View:
        return replace(view, shape=(), strides=(), held=0)

    # ---- lists -------------------------------------------------------------------------------------------------------------

    def _list(
        self, line: View, offsets: Sequence[int], base: Expression | None, lists: Sequence[View], held: Expression
    ) -> None:
        """Append what is not 0 of adjacent numbers: where each belongs, and itself."""
        block, width = self.workspace.block, ITEM[self.number]
        whole = len(offsets) // self.lanes * self.lanes
        for start in (*range(0, whole, self.lanes), *range(whole, len(offsets))):
            lanes = self.lanes if start < whole else 1
            x = line.plus(start * width).load(block, lanes, width)
            there: Expression = constant(tuple(offsets[start : start + lanes]), Kind("i32", lanes))
            if base is not None:
                there = block.let(there + apply("splat", base, kind=there.kind) if lanes > 1 else there + base)
            _append(self.workspace, lists, held, [there, x], block.let(~x.equals(0)))

    @contextmanager
    def _each(self, lists: Sequence[View], count: Expression) -> Iterator[tuple[Expression, Expression]]:
        """A loop over lists: where an entry belongs, in bytes, and its number in all lanes. As in `each_listed`, both are
        read one turn ahead.
        """
        block, item = self.workspace.block, ITEM[self.number]

        def follow(number: Index) -> tuple[Expression, Expression]:
            place = lists[0].at(0, number).load(block, 1, 4)
            value = lists[1].at(0, number).read(block, self.lanes, item, 0)
            return block.set("entry", apply("convert", place, kind=INDEX)), block.set("number", value)

        found = follow(0)
        with self.workspace.nests.loop(count) as index:
            yield found
            follow(block.let(as_index(index) + 1))

    def _passes(self) -> Iterator[Sequence[tuple[int, int]]]:
        """The vectors of a window, as many at once as there are registers."""
        most = evenly(len(self.rows), _SUMS.get(self.workspace.nests.register, _FEWER))
        yield from (self.rows[k : k + most] for k in range(0, len(self.rows), most))

    def _add(self, totals: Sequence[View], lists: Sequence[View], count: Expression, points: Sequence[View]) -> None:
        """Add to vectors those at `points` beyond each entry's place, times its number."""
        block, item = self.workspace.block, ITEM[self.number]
        sums = [block.set(f"sum{k}", each.load(block, self.lanes, item)) for k, each in enumerate(totals)]
        with self._each(lists, count) as (place, number):
            for total, point in zip(sums, points, strict=True):
                window = moved(point, place, 1).load(block, self.lanes, item)
                block.set(total.detail, block.multiply_add(number, window, total))
        for each, total in zip(totals, sums, strict=True):
            each.store(block, total)

    # ---- the two products --------------------------------------------------------------------------------------------------

    def gradient(self, images: View, target: View) -> None:
        """Write the gradient of the kernels: of each filter, the sum of the windows where it won, times their errors."""
        work, block, nests, item = self.workspace, self.workspace.block, self.workspace.nests, ITEM[self.number]
        count = 1 if self.images is None else self.shape[self.images]
        at_once = evenly(count, max(_NEAR // (self._size * item), 1))
        near = self._line(self.number, at_once, self._size)
        sums = self._line(self.number, self.shape[self.filters], self._wide)
        sizes = [self.shape[axis] for axis in self.places]
        entries = at_once * math.prod(sizes)
        lists = [self._line(number, entries) for number in ("i32", self.number)]
        strides = [self.windows[axis] for axis in self.places]
        offsets = [
            sum(k * s for k, s in zip(each, strides, strict=True)) for each in itertools.product(*map(range, sizes))
        ]
        filters = self.shape[self.filters]
        for f, _ in work.tiles(filters, 1):
            work.fill(sums.at(0, f), 0)
        for index, many in nests.tiles(count, at_once):
            of_images, of_errors = images, self._point(self.error)
            if self.images is not None:
                of_images = moved(images, index, at_once * images.strides[self.images])
                of_errors = moved(of_errors, index, at_once * self.error.strides[self.images])
            with nests.loop(many) as k:
                source = of_images if self.images is None else moved(of_images, k, images.strides[self.images])
                source, shape = self._image(source)
                there = moved(self._point(near), k, self._size * item)
                work.copy(source, replace(there, shape=shape, strides=View.rows("", self.number, shape).strides))
            for f, _ in work.tiles(filters, 1):
                held = block.set("held", constant(0, INDEX))
                with nests.loop(many) as k:
                    line = moved(of_errors, f, self.error.strides[self.filters])
                    base = None
                    if self.images is not None and many > 1:
                        line = moved(line, k, self.error.strides[self.images])
                        base = block.let(apply("convert", as_index(k), kind=I32) * (self._size * item))
                    self._list(line, offsets, base, lists, held)
                here = moved(self._point(sums), f, self._wide * item)
                for some in self._passes():
                    totals = [here.plus(w) for _, w in some]
                    self._add(totals, lists, held, [self._point(near).plus(x) for x, _ in some])
        axes = [axis for axis in self.kernels if axis != self.filters]
        sizes, strides = [self.shape[a] for a in axes], [self.kernels[a] for a in axes]
        for f, _ in work.tiles(filters, 1):
            source = moved(self._point(sums), f, self._wide * item)
            to = moved(self._point(target), f, target.strides[self.filters])
            work.copy(
                replace(source, shape=tuple(sizes), strides=tuple(strides)),
                replace(to, shape=tuple(sizes), strides=tuple(target.strides[a] for a in axes)),
            )

    def error_before(self, kernels: View, target: View, strides: Mapping[int, int]) -> None:
        """Write the error of the images: of each place, the kernels of the filters that won there, times their errors.

        `kernels` are laid out. `strides` are those of `target`, by those of the windows.
        """
        work, block, nests, item = self.workspace, self.workspace.block, self.workspace.nests, ITEM[self.number]
        sizes, filters = [self.shape[axis] for axis in self.places], self.shape[self.filters]
        count, padded = math.prod(sizes), -(-filters // self.lanes) * self.lanes
        turned = self._line(self.number, count, padded)
        entries = padded + self.lanes
        lists = [self._line(number, count, entries) for number in ("i32", self.number)]
        counts, near = self._line("i32", count), self._line(self.number, self._size)
        offsets = [f * self.kernels[self.filters] for f in range(filters)] + [0] * (padded - filters)
        if padded > filters:
            work.fill(turned, 0)
        order = [math.prod(sizes[k + 1 :]) for k in range(len(sizes))]
        with nests.loop(1 if self.images is None else self.shape[self.images]) as image:
            error, to = self._point(self.error), self._point(target)
            if self.images is not None:
                error = moved(error, image, self.error.strides[self.images])
                to = moved(to, image, strides[self.windows[self.images]])
            own = (*(self.error.strides[axis] for axis in self.places), self.error.strides[self.filters])
            there, shape = (*(each * padded * item for each in order), item), (*sizes, filters)
            work.copy(replace(error, shape=shape, strides=own), replace(turned, shape=shape, strides=there))
            with nests.loop(count) as place:
                held = block.set("held", constant(0, INDEX))
                self._list(self._point(turned.at(0, place)), offsets, None, [each.at(0, place) for each in lists], held)
                counts.at(0, place).store(block, apply("convert", held, kind=I32))
            work.fill(near, 0)
            for some in self._passes():
                with ExitStack() as stack:
                    here, many = self._point(near), self._point(counts)
                    entered = [replace(each, shape=(entries,), strides=each.strides[1:]) for each in lists]
                    for axis, size, by in zip(self.places, sizes, order, strict=True):
                        index = stack.enter_context(nests.loop(size))
                        here, many = moved(here, index, self.windows[axis]), moved(many, index, by * ITEM["i32"])
                        entered = [
                            moved(each, index, by * one.strides[0]) for each, one in zip(entered, lists, strict=True)
                        ]
                    number = block.let(apply("convert", many.load(block, 1, 4), kind=INDEX))
                    points = [self._point(kernels).plus(w) for _, w in some]
                    self._add([here.plus(x) for x, _ in some], entered, number, points)
            result, shape = self._image(to)
            result = replace(result, strides=tuple(strides.get(stride, 0) for stride in result.strides))
            work.copy(replace(near, shape=shape, strides=View.rows("", self.number, shape).strides), result)
