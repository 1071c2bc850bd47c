"""What operations are written with: where operands lie, memory, and loops that move numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ...core.nouns import Condition, Operand
from ..aligned import LINE
from ..loops.language import I64, INDEX, Block, Expression, Kind, apply, at, constant, get, load
from .elementwise import converted
from .nests import ITEM, Nests, View


class Workspace:
    """Statements in the making, and the memory that their arrays lie in; `views` says where each operand's numbers do."""

    def __init__(self, register: int, fused: bool):
        self.fused = fused
        self.nests = Nests(Block(fused), register)
        self.views: dict[str, View] = {}
        self.size = LINE  # behind what says whether something is wrong
        self.free: dict[int, list[int]] = {}
        self.rooms: list[tuple[int, int]] = []  # those that are wanted in passing
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

    def copy(self, source: View, target: View) -> None:
        """Numbers from one place to another."""
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
        copied = self.room(view.number, view.shape)
        self.copy(view, copied)
        return copied

    def room(self, number: str, shape: Sequence[int]) -> View:
        """Memory for an array that is wanted while an operation is written."""
        start = self.reserve(ITEM[number] * math.prod(shape), passing=True)
        if not self.inside:
            return View.rows("memory", number, shape, start)
        self.inside += 1
        return replace(View.rows("memory", number, shape), indices=((place(self.inside - 1), 1),))

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
