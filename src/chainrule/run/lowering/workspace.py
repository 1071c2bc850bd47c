"""The tools for writing operations: the places of operands, memory, and loops that move numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ...core.nouns import Condition, Operand
from ..aligned import LINE
from ..loops.language import I64, INDEX, Block, Expression, Function, Kind, apply, at, constant, get, load
from ..loops.tiling import separate
from .elementwise import converted
from .nests import ITEM, Compute, Index, Nests, View
from .turning import turned


@dataclass(frozen=True)
class Listed:
    """The rows of a matrix that have nonzero elements in a group of columns; the others can be skipped.

    Group g has `counts[g]` such rows, whose indices are in `places[g]`.
    """

    group: int
    places: View
    counts: View
    column: int  # bytes from one column to the next


class Workspace:
    """A builder of statements, and the memory of their arrays; `views` says where each operand lies."""

    arrays: tuple[str, ...] = ("memory", "constants")
    short = 0  # equations that are computed with a product also where its result is small

    def __init__(self, register: int, fused: bool):
        self.fused = fused
        self.nests = Nests(Block(fused), register)
        self.views: dict[str, View] = {}
        self.size = LINE  # after the error number
        self.free: dict[int, list[int]] = {}
        self.rooms: list[tuple[int, int]] = []  # temporary arrays
        self.listed: dict[str, Listed] = {}  # operands whose nonzero rows are known
        self.sparse: set[str] = set()  # operands that are mostly 0
        self.prepared: dict[str, View] = {}  # by a product's result, what is laid out for it
        self.in_place: set[str] = set()  # results of writes that are done in place
        self.parts: list[Function] = []
        self.groups: dict[int, int] = {}  # by number of rows: how many a product takes at once
        self.inside = 0  # in a shared function: how many places it takes so far
        self.reasons: list[str | Condition] = []

    @property
    def block(self) -> Block:
        """The block that statements are written to."""
        return self.nests.block

    def reserve(self, size: int, passing: bool = False) -> int:
        """Reserve bytes: those of a released array, or new memory; with `passing`, only until the node is written."""
        size = -(-size // LINE) * LINE
        if self.free.get(size):
            start = self.free[size].pop()
        else:
            start = self.size
            self.size += size
        if passing:
            self.rooms.append((start, size))
        return start

    def view(self, operand: Operand) -> View:
        """The place of an operand."""
        return self.views[operand.name]

    def wrong(self, condition: Expression, reason: str | Condition) -> None:
        """If the condition holds, flag an error: store the number of the reason, from 1 on, at the start of the memory.

        The first error counts, since others may follow from it, but a branch that goes another way takes precedence.
        """
        if reason not in self.reasons:
            self.reasons.append(reason)
        now, before = constant(self.reasons.index(reason) + 1, I64), load(at("memory"), I64)
        with self.block.when(condition):
            first = isinstance(reason, Condition)
            self.block.store(at("memory"), now if first else apply("select", before.equals(0), now, before))

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is written within becomes a function, so that values from outside do not occupy its registers."""
        with self.block.captured() as body:
            yield
        made = separate(f"part{len(self.parts)}", self.arrays, body)
        if made is None:
            self.block.add(*body)
        else:
            self.parts.append(made[0])
            self.block.add(made[1])

    @property
    def is_whole(self) -> bool:
        """Whether what is written is not divided among threads."""
        return True

    def group(self, count: int) -> int | None:
        """How many of `count` rows a product must take at once, or `None` if it may choose."""

    def tiles(self, count: int, high: int) -> Iterator[tuple[Index, int]]:
        """Tiles of the rows of a product."""
        yield from self.nests.tiles(count, high)

    def elementwise(
        self, shape: Sequence[int], reads: Sequence[View], writes: Sequence[View], compute: Compute
    ) -> None:
        """Write what is computed number by number from a product in memory."""
        self.nests.elementwise(shape, reads, writes, compute)

    def copy(self, source: View, target: View) -> None:
        """Copy numbers from one place to another."""
        if turned(self.nests, source, target):
            return
        self.nests.elementwise(target.shape, [source], [target], lambda values, lanes: values)

    def fill(self, target: View, number: float) -> None:
        """Fill an array with a number."""

        def same(values: Sequence[Expression], lanes: int) -> list[Expression]:
            return [constant(number, target.kind(lanes, 4))]

        self.nests.elementwise(target.shape, [], [target], same)

    def clear(self, target: View) -> None:
        """Fill what tiles are added to with 0, before any is."""
        self.fill(target, 0)

    def contiguous(self, view: View) -> View:
        """The view itself if it is row-major, or a row-major copy."""
        if view.is_rows:
            return view
        room = self.room(view.number, view.shape)  # in a step it may be padded to whole vectors
        copied = replace(room, strides=View.rows("", view.number, view.shape).strides, held=0)
        self.copy(view, copied)
        return copied

    def room(self, number: str, shape: Sequence[int]) -> View:
        """Memory for a temporary array of an operation."""
        start = self.reserve(ITEM[number] * math.prod(shape), passing=True)
        if not self.inside:
            return View.rows("memory", number, shape, start)
        self.inside += 1
        return replace(View.rows("memory", number, shape), indices=((place(self.inside - 1), 1),))

    def like(self, view: View, number: str) -> View:
        """Memory for a temporary array of a kind of numbers, with the axis order of another array."""
        if not view.shape:
            return self.room(number, ())
        order = list(view.order or range(len(view.shape)))
        sizes = [view.shape[axis] for axis in order]
        room = self.room(number, [*sizes[:-1], max(sizes[-1], view.held)])
        room = replace(room, shape=tuple(sizes), held=view.held)
        return room.turned([order.index(axis) for axis in range(len(view.shape))])

    def as_numbers(self, view: View, number: str) -> View:
        """A copy converted to another kind of number."""
        found = self.room(number, view.shape)

        def convert(values: Sequence[Expression], lanes: int) -> list[Expression]:
            return [converted(values[0], Kind(number, lanes))]

        self.nests.elementwise(view.shape, [view], [found], convert, in_vectors="bool" in (view.number, number))
        return found


def place(k: int) -> Expression:
    """The place of the k-th array of a shared function."""
    return get(f"at{k}", INDEX)
