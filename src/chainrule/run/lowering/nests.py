"""Loops over all places of arrays: adjacent axes are merged, one axis lies in the lanes of vectors, and what a loop does not
change is read before it.

A `View` says where an array's elements lie. The computation at each place is a function of expressions, written once for
vectors and once for the remaining elements; both give the same bits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ..loops.language import I32, INDEX, Address, Block, Count, Expression, Kind, apply, at, constant, get, load

ITEM = {"f32": 4, "f64": 8, "i32": 4, "i64": 8, "bool": 1}
"""Bytes of an array element; a `bool` takes one byte."""
_NARROWEST = 16  # bytes of a vector that every processor and WebAssembly have
SIDE = 4
"""Adjacent vectors that are computed at once, so that whole cache lines are read and several sums are in flight."""
Index: TypeAlias = "Expression | int"
Join: TypeAlias = Callable[[Expression, Expression], Expression]
Value: TypeAlias = "Callable[[Index, int], Sequence[Expression]]"
Compute: TypeAlias = Callable[[Sequence[Expression], int], Sequence[Expression]]


@dataclass(frozen=True)
class View:
    """Where an array's elements lie, in bytes: starting at `offset` plus the indices of enclosing loops, `strides` apart.

    Along the contiguous axis, `held` elements are allocated if that is more than the shape says. The extra ones are padding,
    so that whole vectors can be read and written. Only reductions must ignore them.
    """

    array: str
    number: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    indices: tuple[tuple[Expression, int], ...] = ()
    held: int = 0

    @classmethod
    def rows(cls, array: str, number: str, shape: Sequence[int], offset: int = 0) -> View:
        """A row-major array, like NumPy's."""
        strides = [ITEM[number] * math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
        return cls(array, number, tuple(shape), tuple(strides), offset)

    @property
    def extent(self) -> int:
        """Bytes from the first element to the end of the last allocated one."""
        item = ITEM[self.number]
        sizes = [max(n, self.held) if stride == item else n for n, stride in zip(self.shape, self.strides, strict=True)]
        return item + sum((n - 1) * stride for n, stride in zip(sizes, self.strides, strict=True))

    @property
    def is_rows(self) -> bool:
        """Whether the array is row-major without gaps."""
        here = [stride for size, stride in zip(self.shape, self.strides, strict=True) if size != 1]
        whole = View.rows(self.array, self.number, self.shape).strides
        return here == [stride for size, stride in zip(self.shape, whole, strict=True) if size != 1]

    @property
    def order(self) -> tuple[int, ...]:
        """The axes from outermost to innermost in memory; empty if a stride is not positive."""
        if any(stride <= 0 < size - 1 for size, stride in zip(self.shape, self.strides, strict=True)):
            return ()
        return tuple(sorted(range(len(self.shape)), key=lambda axis: -self.strides[axis]))

    def broadcast(self, shape: Sequence[int]) -> View:
        """The view broadcast to a shape, as in NumPy."""
        added = len(shape) - len(self.shape)
        strides = [0 if n == 1 else s for n, s in zip(self.shape, self.strides, strict=True)]
        return replace(self, shape=tuple(shape), strides=(0,) * added + tuple(strides))

    def turned(self, axes: Sequence[int]) -> View:
        """The view with its axes in another order."""
        return replace(self, shape=tuple(self.shape[a] for a in axes), strides=tuple(self.strides[a] for a in axes))

    def at(self, axis: int, index: Index) -> View:
        """The view at one place of an axis, without that axis."""
        rest = [k for k in range(len(self.shape)) if k != axis]
        stride, left = self.strides[axis], self.turned(rest)
        if stride == ITEM[self.number]:
            left = replace(left, held=0)
        if isinstance(index, int):
            return replace(left, offset=self.offset + index * stride)
        return replace(left, indices=(*self.indices, (index, stride))) if stride else left

    def plus(self, by: int) -> View:
        """The view so many bytes further."""
        return replace(self, offset=self.offset + by)

    def within(self, axis: int, start: int, size: int, step: int = 1) -> View:
        """A slice of an axis: `size` places from `start`, `step` apart."""
        shape, strides = list(self.shape), list(self.strides)
        offset = self.offset + start * strides[axis]
        held = 0 if strides[axis] == ITEM[self.number] else self.held
        shape[axis], strides[axis] = size, step * strides[axis]
        return replace(self, shape=tuple(shape), strides=tuple(strides), offset=offset, held=held)

    def kind(self, lanes: int, width: int) -> Kind:
        """The kind of the value that `load` reads."""
        if self.number != "bool":
            return Kind(self.number, lanes)
        return Kind("b64" if width == 8 and lanes > 1 else "b32", lanes)

    @property
    def place(self) -> Address:
        """The address of the first element."""
        return at(self.array, self.offset, *self.indices)

    def load(self, block: Block, lanes: int, width: int) -> Expression:
        """The adjacent elements here; truth values are made as wide as numbers of `width` bytes."""
        return block.let(self._load(lanes, width))

    def _load(self, lanes: int, width: int) -> Expression:
        if self.number != "bool":
            return load(self.place, Kind(self.number, lanes))
        kind = Kind("i64" if width == 8 and lanes > 1 else "i32", lanes)
        return ~apply("load_bytes", kind=kind, detail=self.place).equals(0)

    def read(self, block: Block, lanes: int, width: int, stride: int) -> Expression:
        """The elements for the lanes: adjacent ones, or, with stride 0, the same one in all lanes."""
        if stride or lanes == 1:
            return self.load(block, lanes, width)
        return block.let(spread(self.load(block, 1, width), lanes, width))

    def store(self, block: Block, value: Expression) -> None:
        """Store a value of the kind that `load` reads."""
        if self.number != "bool":
            block.store(self.place, value)
            return
        kind = Kind("i64" if value.kind.number == "b64" else "i32", value.kind.lanes)
        block.store(self.place, apply("select", value, constant(1, kind), constant(0, kind)), narrow=True)


def indexed(view: View, index: tuple[Any, ...]) -> View:
    """The part of an array that a basic index selects."""
    missing = len(view.shape) - sum(part is not None and part is not Ellipsis for part in index)
    if Ellipsis not in index:
        index = (*index, Ellipsis)
    axis = 0
    for part in index:
        if part is Ellipsis:
            axis += missing
        elif part is None:
            shape = (*view.shape[:axis], 1, *view.shape[axis:])
            view = replace(view, shape=shape, strides=(*view.strides[:axis], 0, *view.strides[axis:]))
            axis += 1
        elif isinstance(part, slice):
            start, stop, step = part.indices(view.shape[axis])
            view = view.within(axis, start, len(range(start, stop, step)), step)
            axis += 1
        else:
            view = view.at(axis, int(part) % view.shape[axis])
    return view


def diagonal(view: View, offset: int, one: int, other: int) -> View:
    """The diagonal of two axes, which are replaced by one, the last."""
    one, other = one % len(view.shape), other % len(view.shape)
    view = view.within(one, max(-offset, 0), view.shape[one]).within(other, max(offset, 0), view.shape[other])
    size = min(view.shape[one] - max(-offset, 0), view.shape[other] - max(offset, 0))
    rest = [axis for axis in range(len(view.shape)) if axis not in (one, other)]
    shape, strides = [view.shape[a] for a in rest], [view.strides[a] for a in rest]
    return replace(view, shape=(*shape, size), strides=(*strides, view.strides[one] + view.strides[other]))


@dataclass(frozen=True)
class Total:
    """How to reduce numbers to one: a function of two, the initial value, and a function of the result."""

    number: str
    join: Join
    start: float
    finish: Callable[[Expression], Expression] = lambda total: total

    def kind(self, lanes: int, width: int) -> Kind:
        """The kind of the numbers that are reduced."""
        return View("", self.number, (), ()).kind(lanes, width)

    def first(self, lanes: int, width: int) -> Expression:
        """The initial value; for integers, the smallest or largest one stands for an infinity."""
        end = math.copysign(2.0 ** (8 * ITEM[self.number] - 1), self.start)
        infinite = self.number in ("i32", "i64") and math.isinf(self.start)
        return constant(
            min(int(end), 2 ** (8 * ITEM[self.number] - 1) - 1) if infinite else self.start, self.kind(lanes, width)
        )


class Nests:
    """Writes loops into a block, with vectors of `register` bytes; 0 for none."""

    def __init__(self, block: Block, register: int):
        self.block, self.register = block, register
        self._depth = self._folds = 0

    @contextmanager
    def loop(self, stop: Count | Expression, start: Count | Expression = 0, step: int = 1) -> Iterator[Index]:
        """A loop, or only its body if there is one iteration; yields the index."""
        if isinstance(start, int) and isinstance(stop, int) and start < stop <= start + step:
            yield start
            return
        self._depth += 1
        with self.block.loop(f"i{self._depth}", stop, start, step) as index:
            yield index
        self._depth -= 1

    def tiles(self, count: int, high: int) -> Iterator[tuple[Index, int]]:
        """Tiles of an axis, `high` places each: the index of each tile, and its number of places, smaller in the last."""
        whole, rest = divmod(count, high)
        for start, stop, size in ((0, whole, high), (whole, whole + 1, rest)):
            if size and start < stop:
                with self.loop(stop, start) as index:
                    yield index, size

    def vectors(self, numbers: Sequence[str]) -> tuple[list[int], int]:
        """The lanes of the available vectors, widest first, down to 16 bytes; and the bytes of a number.

        If the numbers have several widths, there are no vectors.
        """
        widths = {ITEM[number] for number in numbers if number != "bool"} or {4}
        width, found = max(widths), []
        lanes = self.register // width if len(widths) == 1 else 1
        while lanes > 1 and lanes * width >= _NARROWEST:
            found.append(lanes)
            lanes //= 2
        return found, width

    # ---- number by number ----------------------------------------------------------------------------------------------

    def elementwise(
        self,
        shape: Sequence[int],
        reads: Sequence[View],
        writes: Sequence[View],
        compute: Compute,
        in_vectors: bool = True,
    ) -> None:
        """Write results that depend, at each place, only on the elements there."""
        views = [*(each.broadcast(shape) for each in reads), *writes]
        shape = roomy(shape, views) if in_vectors else shape
        axes = merged(shape, [each.strides for each in views])
        vectors, width = self.vectors([each.number for each in views]) if in_vectors else ([], 8)
        lane = lane_axis(axes, [ITEM[each.number] for each in views], vectors)
        if lane is not None:
            axes.append(axes.pop(lane))
        elif not axes:
            axes.append((1, (0,) * len(views)))
        with ExitStack() as stack:
            outer = [stack.enter_context(self.loop(size)) for size, _ in axes[:-1]]
            size, inner = axes[-1]
            points = [replace(view, shape=(), strides=()) for view in views]
            for index, (_, strides) in zip(outer, axes[:-1], strict=True):
                points = _moved(points, index, strides)
            lines = [replace(each, shape=(size,), strides=(s,)) for each, s in zip(points, inner, strict=True)]
            sources, targets = lines[: len(reads)], lines[len(reads) :]
            fixed = [each.at(0, 0)._load(1, width) if each.strides[0] == 0 else None for each in sources]
            fixed = [None if each is None else self.block.let(each) for each in fixed]
            for start, stop, step in stretches(size, vectors if lane is not None else []):
                held = [None if each is None else self.block.let(spread(each, step, width)) for each in fixed]
                with self.loop(stop, start, step) as index:
                    given = [
                        each.at(0, index).load(self.block, step, width) if known is None else known
                        for each, known in zip(sources, held, strict=True)
                    ]
                    for each, value in zip(targets, compute(given, step), strict=True):
                        each.at(0, index).store(self.block, value)

    def between(self, start: Index, stop: Index, walked: View, body: Callable[[Index, int], None]) -> None:
        """A loop along the last axis of a view, whose bounds are known only at run time.

        It goes in the widest vectors if that axis is contiguous, then number by number. `body` gets an index and the number of
        lanes.
        """
        vectors = self.vectors([walked.number])[0] if walked.strides[-1] == ITEM[walked.number] else []
        begun = start
        if vectors:
            lanes, long = vectors[0], Kind("i64")
            one, other = (apply("convert", as_index(each), kind=long) for each in (start, stop))
            whole = self.block.let(one + (((other - one) >> (lanes.bit_length() - 1)) << (lanes.bit_length() - 1)))
            begun = self.block.let(apply("convert", whole, kind=INDEX))
            with self.loop(begun, start, lanes) as index:
                body(index, lanes)
        with self.loop(stop, begun) as index:
            body(index, 1)

    # ---- reductions ----------------------------------------------------------------------------------------------------

    def fold(
        self, size: int, vectors: Sequence[int], width: int, value: Value, totals: Sequence[Total]
    ) -> list[Expression]:
        """Reduce the numbers of an axis: in lanes, then across the lanes, then the remaining numbers.

        `value` gives the numbers to reduce at an index, for a number of lanes.
        """
        block = self.block
        lanes = next((lanes for lanes in vectors if size >= lanes), 1)
        whole = size // lanes * lanes if lanes > 1 else 0
        self._folds += 1
        names = [f"s{self._folds}.{k}" for k in range(len(totals))]

        def joined(ending: str, index: Index, count: int) -> None:
            for name, each, found in zip(names, totals, value(index, count), strict=True):
                total = get(name + ending, each.kind(count, width))
                block.set(name + ending, each.join(total, found))

        def begun(ending: str, count: int) -> list[Expression]:
            pairs = zip(names, totals, strict=True)
            return [block.set(name + ending, each.first(count, width)) for name, each in pairs]

        if whole:
            side = min(SIDE, whole // lanes)
            parts = [begun(f".{k}", lanes) for k in range(side)]
            main = whole // (lanes * side) * lanes * side
            with self.loop(main, 0, lanes * side) as index:
                for k in range(side):
                    joined(f".{k}", _further(block, index, k * lanes), lanes)
            if main < whole:
                with self.loop(whole, main, lanes) as index:
                    joined(".0", index, lanes)
            for name, each, *own in zip(names, totals, *parts, strict=True):
                block.set(name, self.across(self._halved(own, each.join), each.join))
        else:
            begun("", 1)
        if whole < size:
            with self.loop(size, whole) as index:
                joined("", index, 1)
        return [get(name, each.kind(1, width)) for name, each in zip(names, totals, strict=True)]

    def across(self, vector: Expression, join: Join) -> Expression:
        """Reduce the lanes of a vector to one number: join its halves until one lane is left."""
        block, (number, lanes) = self.block, vector.kind
        if number in ("b32", "b64"):
            whole = Kind("i64" if number == "b64" else "i32", lanes)
            ones = block.let(apply("select", vector, constant(1, whole), constant(0, whole)))
            single = [apply("lane", ones, kind=Kind(whole.number), detail=k) for k in range(lanes)]
            return self._halved([block.let(~each.equals(0)) for each in single], join)
        half = lanes // 2
        while half:
            order = tuple((k + half) % lanes for k in range(lanes))
            vector = block.let(join(vector, block.let(apply("shuffle", vector, vector, detail=order))))
            half //= 2
        return block.let(apply("lane", vector, kind=Kind(number), detail=0))

    def across_each(self, vectors: Sequence[Expression]) -> list[Expression]:
        """The sum of the lanes of each vector: halves of two vectors are added in one, then quarters, …"""
        block, (number, lanes) = self.block, vectors[0].kind
        half, left = lanes // 2, list(vectors)
        while half:
            low = tuple(k + k // half * half for k in range(lanes))  # the first half of each part of both vectors
            pairs = list(itertools.zip_longest(left[::2], left[1::2]))
            left = []
            for one, other in pairs:
                other = one if other is None else other
                halves = (apply("shuffle", one, other, detail=tuple(k + by for k in low)) for by in (0, half))
                left.append(block.let(block.let(next(halves)) + block.let(next(halves))))
            half //= 2
        found = (block.let(apply("lane", each, kind=Kind(number), detail=k)) for each in left for k in range(lanes))
        return list(itertools.islice(found, len(vectors)))

    def _halved(self, parts: Sequence[Expression], join: Join) -> Expression:
        while len(parts) > 1:
            half, odd = len(parts) // 2, parts[len(parts) // 2 * 2 :]
            pairs = zip(parts[:half], parts[half : 2 * half], strict=True)
            parts = [*(self.block.let(join(*pair)) for pair in pairs), *odd]
        return parts[0]

    def reduce(
        self,
        shape: Sequence[int],
        axes: Sequence[int],
        reads: Sequence[View],
        writes: Sequence[View],
        compute: Compute,
        totals: Sequence[Total],
        targets: Sequence[View],
        in_vectors: bool = True,
    ) -> None:
        """Reduce, over some axes, what is computed at each place; `targets` have the other axes.

        `compute` gives the values written at each place, followed by those that are reduced.
        """
        views = [each.broadcast(shape) for each in (*reads, *writes)]
        kept = [axis for axis in range(len(shape)) if axis not in axes]
        left = [*(view.turned(kept) for view in views), *targets]
        sizes = roomy([shape[a] for a in kept], left) if in_vectors else [shape[a] for a in kept]
        outer = merged(sizes, [each.strides for each in left])
        inner = merged([shape[a] for a in axes], [[v.strides[a] for a in axes] for v in views])
        vectors, width = self.vectors([v.number for v in (*views, *targets)]) if in_vectors else ([], 8)
        items, results = [ITEM[v.number] for v in views], [ITEM[v.number] for v in targets]
        across = lane_axis(inner, items, vectors)
        lane = lane_axis(outer, [*items, *results], vectors) if across is None or inner[across][0] < 4 else None
        points = [replace(v, shape=(), strides=()) for v in (*views, *targets)]

        def value(here: Sequence[View], strides: Sequence[int], lanes: int) -> Sequence[Expression]:
            given = [each.read(self.block, lanes, width, stride) for each, stride in zip(here, strides, strict=False)]
            found = compute(given[: len(reads)], lanes)
            for each, result in zip(here[len(reads) :], found, strict=False):
                each.store(self.block, result)
            return found[len(writes) :]

        joined = [view.turned(axes) for view in views]
        room = roomy([shape[a] for a in axes], joined) if in_vectors else []
        lines = [a for a, size in zip(axes, room, strict=False) if size > shape[a] and widest(vectors, size)]
        with ExitStack() as stack:
            beside = None if lane is None else outer.pop(lane)
            for size, strides in outer:
                points = _moved(points, stack.enter_context(self.loop(size)), strides)
            here, there = points[: len(views)], points[len(views) :]
            if beside is not None:
                self._beside(beside, inner, here, there, vectors, width, value, totals)
                return
            if lines:
                rest = [a for a in axes if a != lines[0]]
                loops = merged([shape[a] for a in rest], [[v.strides[a] for a in rest] for v in views])
                line, lanes = (
                    [view.strides[lines[0]] for view in views],
                    widest(vectors, room[list(axes).index(lines[0])]),
                )

                def at_place(indices: Sequence[Index], index: Index, lanes: int) -> Sequence[Expression]:
                    there = here
                    for position, (_, steps) in zip(indices, loops, strict=True):
                        there = _moved(there, position, steps)
                    return value(_moved(there, index, line), line, lanes)

                found = self.masked([count for count, _ in loops], shape[lines[0]], lanes, width, at_place, totals)
                for each, result, target in zip(totals, found, there, strict=True):
                    target.store(self.block, each.finish(result))
                return
            size, last = inner.pop(across if across is not None else -1) if inner else (1, (0,) * len(views))
            sums = [self.block.set(f"total{k}", each.first(1, width)) for k, each in enumerate(totals) if inner]
            with ExitStack() as around:
                for count, strides in inner:
                    here = _moved(here, around.enter_context(self.loop(count)), strides)
                found = self.fold(
                    size,
                    vectors if across is not None else [],
                    width,
                    lambda index, lanes: value(_moved(here, index, last), last, lanes),
                    totals,
                )
                for k, total in enumerate(sums):
                    self.block.set(f"total{k}", totals[k].join(total, found[k]))
            for each, result, target in zip(totals, sums or found, there, strict=True):
                target.store(self.block, each.finish(result))

    def masked(
        self,
        loops: Sequence[int],
        size: int,
        lanes: int,
        width: int,
        value: Callable[[Sequence[Index], Index, int], Sequence[Expression]],
        totals: Sequence[Total],
    ) -> list[Expression]:
        """Reduce numbers over loops and an axis in whole vectors, the last of which may contain padding.

        `value` gives the numbers to reduce, given the indices of the loops and of the axis, for a number of lanes.
        """
        block, (full, rest) = self.block, divmod(size, lanes)
        side = min(SIDE, full + (rest > 0))
        self._folds += 1
        sums = [
            [block.set(f"s{self._folds}.{n}.{k}", each.first(lanes, width)) for k in range(side)]
            for n, each in enumerate(totals)
        ]
        main = full // side * side
        with ExitStack() as stack:
            outer = [stack.enter_context(self.loop(count)) for count in loops]

            def join(index: Index, own: int, mask: Expression | None = None) -> None:
                for each, total, x in zip(totals, sums, value(outer, index, lanes), strict=True):
                    if mask is not None:
                        x = block.let(apply("select", mask, x, each.first(lanes, width)))
                    block.set(total[own].detail, each.join(total[own], x))

            if main:
                with self.loop(main * lanes, 0, side * lanes) as index:
                    for k in range(side):
                        join(_further(block, index, k * lanes), k)
            for k in range(main, full):
                join(k * lanes, k - main)
            if rest:
                number = Kind("i64" if width == 8 else "i32", lanes)
                join(full * lanes, full - main, block.let(constant(tuple(range(lanes)), number) < rest))
        return [self.across(self._halved(own, each.join), each.join) for own, each in zip(sums, totals, strict=True)]

    def _beside(
        self,
        axis: tuple[int, tuple[int, ...]],
        inner: Sequence[tuple[int, tuple[int, ...]]],
        here: Sequence[View],
        there: Sequence[View],
        vectors: Sequence[int],
        width: int,
        value: Callable[[Sequence[View], Sequence[int], int], Sequence[Expression]],
        totals: Sequence[Total],
    ) -> None:
        """Reduce with a remaining axis in the lanes, several adjacent vectors at once."""
        block, (size, strides) = self.block, axis
        for begin, end, step in stretches(size, vectors, SIDE):
            side = max(step // vectors[0], 1)
            lanes = step // side
            with self.loop(end, begin, step) as index:
                own = [_moved(here, _further(block, index, k * lanes), strides) for k in range(side)]
                for k in range(side):
                    for n, each in enumerate(totals):
                        block.set(f"sum{n}.{k}", each.first(lanes, width))
                with ExitStack() as joined:
                    for turns, steps in inner:
                        position = joined.enter_context(self.loop(turns))
                        own = [_moved(each, position, steps) for each in own]
                    for k, views in enumerate(own):
                        for n, found in enumerate(value(views, strides, lanes)):
                            total = get(f"sum{n}.{k}", totals[n].kind(lanes, width))
                            block.set(f"sum{n}.{k}", totals[n].join(total, found))
                for k in range(side):
                    targets = _moved(there, _further(block, index, k * lanes), strides[len(here) :])
                    for n, (each, target) in enumerate(zip(totals, targets, strict=True)):
                        target.store(block, each.finish(get(f"sum{n}.{k}", each.kind(lanes, width))))


def as_index(index: Index) -> Expression:
    """An index, which may be a known number, as an expression."""
    return index if isinstance(index, Expression) else constant(index, INDEX)


def _moved(views: Sequence[View], index: Index, strides: Sequence[int]) -> list[View]:
    """Views of single elements, moved by an index along their strides."""
    return [moved(view, index, stride) for view, stride in zip(views, strides, strict=False)]


def moved(view: View, index: Index, stride: int) -> View:
    """A view of a single element, moved by an index along a stride."""
    if isinstance(index, int):
        return replace(view, offset=view.offset + index * stride)
    return replace(view, indices=(*view.indices, (index, stride))) if stride else view


def _further(block: Block, index: Index, by: int) -> Index:
    """An index plus a number of places."""
    if isinstance(index, int):
        return index + by
    return block.let(index + by) if by else index


def spread(value: Expression, lanes: int, width: int) -> Expression:
    """One number in all lanes."""
    if lanes == 1:
        return value
    if value.kind.number not in ("b32", "b64"):
        return apply("splat", value, kind=Kind(value.kind.number, lanes))
    one = I32 if width == 4 else Kind("i64")
    number = apply("select", value, constant(1, one), constant(0, one))
    return ~apply("splat", number, kind=Kind(one.number, lanes)).equals(0)


def merged(shape: Sequence[int], strides: Sequence[Sequence[int]]) -> list[tuple[int, tuple[int, ...]]]:
    """Axes, outermost first, with the strides of each array; two that are contiguous in every array are merged."""
    axes: list[tuple[int, tuple[int, ...]]] = []
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        here = tuple(each[axis] for each in strides)
        if axes and all(outer == size * inner for outer, inner in zip(axes[-1][1], here, strict=True)):
            axes[-1] = (axes[-1][0] * size, here)
        else:
            axes.append((size, here))
    return axes


def roomy(shape: Sequence[int], views: Sequence[View]) -> list[int]:
    """The shape, with the axis that is contiguous in every array extended as far as all of them are allocated."""
    found = list(shape)
    for axis, size in enumerate(shape):
        along = [view for view in views if view.strides[axis]]
        if size > 1 and along and all(view.strides[axis] == ITEM[view.number] for view in along):
            found[axis] = max(size, min(view.held for view in along))
    return found


def widest(vectors: Sequence[int], size: int) -> int:
    """The lanes of the widest vectors that divide a size evenly; 0 if there are none."""
    return next((lanes for lanes in vectors if size and size % lanes == 0), 0)


def lane_axis(axes: Sequence[tuple[int, tuple[int, ...]]], items: Sequence[int], vectors: Sequence[int]) -> int | None:
    """The axis along which every array is contiguous or constant; the innermost one if there are several."""
    fit = [
        k
        for k, (size, strides) in enumerate(axes)
        if vectors and size >= vectors[-1] and all(s in (0, item) for s, item in zip(strides, items, strict=True))
    ]
    return fit[-1] if fit else None


def stretches(size: int, vectors: Sequence[int], side: int = 1, again: bool = False) -> list[tuple[int, int, int]]:
    """An axis in several of the widest vectors at once, then in narrower ones, then in single numbers.

    Each stretch is a start, a stop and a step. If places may be computed `again`, the remaining numbers are covered by a last
    vector that overlaps earlier ones.
    """
    steps = [side * vectors[0], *vectors, 1] if vectors else [1]
    found, start = [], 0
    for step in steps:
        stop = start + (size - start) // step * step
        if start < stop:
            found.append((start, stop, step))
        start = stop
        left = size - start
        last = next((lanes for lanes in reversed(vectors) if lanes >= left), 0)
        if again and 0 < left < vectors[-1] * 2 and last and last <= size and left not in vectors:
            return [*found, (size - last, size, last)]
    return found
