"""What operations are written with: where operands lie, memory, and loops that move numbers."""

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
from .nests import ITEM, Index, Nests, View
from .turning import turned


@dataclass(frozen=True)
class Listed:
    """Which rows of a matrix are not 0 in any of a group of columns, so that others need not be gone through.

    Group g has `counts[g]` of them, whose numbers are in `places[g]`.
    """

    group: int
    places: View
    counts: View
    column: int  # bytes from one column to the next


class Workspace:
    """Statements in the making, and the memory that their arrays lie in; `views` says where each operand's numbers do."""

    arrays: tuple[str, ...] = ("memory", "constants")

    def __init__(self, register: int, fused: bool):
        self.fused = fused
        self.nests = Nests(Block(fused), register)
        self.views: dict[str, View] = {}
        self.size = LINE  # behind what says whether something is wrong
        self.free: dict[int, list[int]] = {}
        self.rooms: list[tuple[int, int]] = []  # those that are wanted in passing
        self.listed: dict[str, Listed] = {}  # operands of which it is known where they are 0
        self.in_place: set[str] = set()  # what is written where that lies of which it is a version
        self.parts: list[Function] = []
        self.groups: dict[int, int] = {}  # how many of so many rows the last product took at once
        self.inside = 0  # of a function that several nodes call: how many places it has been given
        self.reasons: list[str | Condition] = []

    @property
    def block(self) -> Block:
        """Where statements are written now."""
        return self.nests.block

    def reserve(self, size: int, passing: bool = False) -> int:
        """Room of some bytes: what another array has left, or more memory; in `passing`, until the node is written."""
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
        """Where an operand lies."""
        return self.views[operand.name]

    def wrong(self, condition: Expression, reason: str | Condition) -> None:
        """Say that something is wrong, if it is: the number of the reason, from 1 on, stands where the memory begins.

        What is wrong first is said, as the rest may follow from it; and sooner that a branch goes another way.
        """
        if reason not in self.reasons:
            self.reasons.append(reason)
        now, before = constant(self.reasons.index(reason) + 1, I64), load(at("memory"), I64)
        with self.block.when(condition):
            first = isinstance(reason, Condition)
            self.block.store(at("memory"), now if first else apply("select", before.equals(0), now, before))

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is written within becomes a function: numbers that others have at hand then leave the registers to it."""
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
        """How many of so many rows a product must take at once, if not as many as suit it."""

    def tiles(self, count: int, high: int) -> Iterator[tuple[Index, int]]:
        """Places of an axis, `high` at once: the number of each such tile, and how many places it has, fewer in the last."""
        whole, rest = divmod(count, high)
        for start, stop, size in ((0, whole, high), (whole, whole + 1, rest)):
            if size and start < stop:
                with self.nests.loop(stop, start) as index:
                    yield index, size

    def copy(self, source: View, target: View) -> None:
        """Numbers from one place to another."""
        if turned(self.nests, source, target):
            return
        self.nests.elementwise(target.shape, [source], [target], lambda values, lanes: values)

    def fill(self, target: View, number: float) -> None:
        """The same number everywhere."""

        def same(values: Sequence[Expression], lanes: int) -> list[Expression]:
            return [constant(number, target.kind(lanes, 4))]

        self.nests.elementwise(target.shape, [], [target], same)

    def contiguous(self, view: View) -> View:
        """The same numbers row by row: where they lie, if they do so, or copied."""
        if view.is_rows:
            return view
        room = self.room(view.number, view.shape)  # in a step it may be filled up to whole vectors
        copied = replace(room, strides=View.rows("", view.number, view.shape).strides, held=0)
        self.copy(view, copied)
        return copied

    def room(self, number: str, shape: Sequence[int]) -> View:
        """Memory for an array that is wanted while an operation is written."""
        start = self.reserve(ITEM[number] * math.prod(shape), passing=True)
        if not self.inside:
            return View.rows("memory", number, shape, start)
        self.inside += 1
        return replace(View.rows("memory", number, shape), indices=((place(self.inside - 1), 1),))

    def like(self, view: View, number: str) -> View:
        """Memory for an array of some kind of numbers that lies as another does, in passing."""
        if not view.shape:
            return self.room(number, ())
        order = list(view.order or range(len(view.shape)))
        sizes = [view.shape[axis] for axis in order]
        room = self.room(number, [*sizes[:-1], max(sizes[-1], view.held)])
        room = replace(room, shape=tuple(sizes), held=view.held)
        return room.turned([order.index(axis) for axis in range(len(view.shape))])

    def as_numbers(self, view: View, number: str) -> View:
        """The same as numbers of another kind."""
        found = self.room(number, view.shape)

        def convert(values: Sequence[Expression], lanes: int) -> list[Expression]:
            return [converted(values[0], Kind(number, lanes))]

        self.nests.elementwise(view.shape, [view], [found], convert, in_vectors="bool" in (view.number, number))
        return found


def place(k: int) -> Expression:
    """Where an array of a function begins."""
    return get(f"at{k}", INDEX)
