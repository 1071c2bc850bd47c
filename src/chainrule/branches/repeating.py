"""Records a `while` on a traced value: its body once, as a program of what it carries from turn to turn.

What the body assigns is carried, and so are the arrays that it writes to; what kinds of values these are is found by recording
the body again until it gives what it takes. How many turns there are is not known, but for the values at hand, by running it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.border import leaf, place_of
from ..core.structure import Tree, flatten
from ..core.traced import Tape, Traced, current
from ..loops.derivative import body
from ..loops.noun import COUNT, LOOP, Loop, looped
from ..program.inplace import memory
from ..program.inplace.plain import trace_block
from ..program.operations.callbacks import lifted, operand_of
from .sides import NUMBERS, NotAlikeError, cast, collect, cut, dtype_of_value, newest, record_apart, truth_of

_ATTEMPTS = 12  # each finds an array more that is written to, or a value that becomes a float
_TURNS = 4  # of a loop whose values are not known


@dataclass
class _Slot:
    """A variable that is carried: its place among all, its structure, its first values and the nodes that stand for them."""

    place: int
    tree: Tree
    firsts: list[Any]
    nodes: list[Traced]


def repeated(
    test: Any,
    again: Callable[..., Any],
    turn: Callable[..., tuple[Any, ...]],
    values: Sequence[Any],
    names: Sequence[str],
    undefined: Any,
) -> tuple[Any, ...]:
    """The variables after a `while`.

    Args:
        test: Its test before the first turn.
        again: Its test, a function of the variables that the body assigns.
        turn: Its body, a function of the same variables.
        values: These variables before the first turn.
        names: Their names.
        undefined: What a variable holds that has no value.

    Returns:
        The variables after the last turn.

    Raises:
        NotAlikeError: The turns are not alike.
    """
    tape = current.get()
    assert tape is not None
    recording = _Recording(tape, again, turn, list(values), list(names), undefined)
    for _ in range(_ATTEMPTS):
        try:
            if recording.attempt():
                return recording.finished(test)
        except memory.StillPlain as error:
            trace_block(error.block)
    raise NotAlikeError


class _Recording:
    """One recording of a body after the other, until it gives what it takes."""

    def __init__(
        self,
        tape: Tape,
        again: Callable[..., Any],
        turn: Callable[..., tuple[Any, ...]],
        values: list[Any],
        names: list[str],
        undefined: Any,
    ):
        self.tape, self.again, self.turn = tape, again, turn
        self.values, self.names, self.undefined = values, names, undefined
        self.written: set[int] = set()  # variables whose arrays are written to: they hold the arrays themselves
        self.blocks: list[memory.Block] = []
        self.dtypes: dict[tuple[int, int], np.dtype[Any]] = {}

    def attempt(self) -> bool:
        """Record the body; whether it gives what it takes."""
        self.mark = self.tape.count
        self.slots = []
        held = list(self.values)
        for place, value in enumerate(self.values):
            if value is self.undefined or place in self.written:
                continue
            firsts, tree = flatten(newest(value), NUMBERS)
            if not firsts:
                continue
            nodes = []
            for k, (first, (name, _)) in enumerate(zip(firsts, tree.paths(self.names[place]), strict=True)):
                dtype = self.dtypes.get((place, k), dtype_of_value(first))
                nodes.append(leaf(self.tape, name, np.shape(first), dtype))
            held[place] = tree.build(iter(nodes))
            self.slots.append(_Slot(place, tree, firsts, nodes))
        self.held = held
        self.contents = [leaf(self.tape, each.name, each.home.shape, each.home.dtype) for each in self.blocks]
        self.recorded = record_apart(
            self.tape, self._turn, held, dict(zip(self.blocks, self.contents, strict=True)), self.mark
        )
        return self._is_alike()

    def _turn(self, *held: Any) -> tuple[Any, ...]:
        results = self.turn(*held)
        return (*results, self.again(*results))

    def _is_alike(self) -> bool:
        """Whether the last recording gives what it takes; else, what the next one takes."""
        *results, going = self.recorded.results
        if not isinstance(going, Traced):
            raise NotAlikeError
        self.going = truth_of(going)
        alike = True
        others = [each for each in self.recorded.written if each not in self.blocks]
        if others:
            self.blocks += others
            alike = False
        self.outputs: list[Any] = []
        for slot in self.slots:
            if any(node.memory is not None and node.memory.block.version for node in slot.nodes):
                self.written.add(slot.place)
                alike = False
                continue
            leaves, tree = flatten(results[slot.place], NUMBERS)
            if tree != slot.tree:
                raise NotAlikeError
            for k, (node, after) in enumerate(zip(slot.nodes, leaves, strict=True)):
                if np.shape(after) != node.shape:
                    raise NotAlikeError
                dtype = np.result_type(node.dtype, dtype_of_value(after))
                if dtype != node.dtype:
                    self.dtypes[slot.place, k] = dtype
                    alike = False
                self.outputs.append(cast(after, dtype))
        for place in self.written:
            if results[place] is not self.held[place] and newest(self.held[place]) is not results[place] and alike:
                raise NotAlikeError
        return alike

    def finished(self, test: Any) -> tuple[Any, ...]:
        """Record the loop; the variables after it."""
        tape, recorded = self.tape, self.recorded
        outputs = [
            *self.outputs,
            *(recorded.written.get(block, content) for block, content in zip(self.blocks, self.contents, strict=True)),
        ]
        rolled, conditions = recorded.finished(tape, [*outputs, self.going], self.mark)
        carried = [
            *(node for slot in self.slots for node in slot.nodes),
            *self.contents,
            leaf(tape, "more", (), np.dtype(bool)),
        ]
        read: dict[int, Traced] = {}
        collect([*rolled, *(each[0] for each in conditions)], self.mark, read, False)
        outside = list(read.values())
        inside = {each.id: leaf(tape, each.name, each.shape, each.dtype) for each in outside}
        ends = cut(rolled, inside)
        checks = [(cut([node], inside)[0], expected, place_of(code, line)) for node, expected, code, line in conditions]
        inputs = [*carried, leaf(tape, "_", (), COUNT), *inside.values()]
        (program,), arrays = lifted([body("turn", inputs, ends, checks)])
        firsts = [
            *(first for slot in self.slots for first in slot.firsts),
            *(each.node for each in self.blocks),
            truth_of(test) if isinstance(test, Traced) else bool(test),
        ]
        firsts = [cast(first, node.dtype) for first, node in zip(firsts, carried, strict=True)]
        operands = (*firsts, *outside, *map(operand_of, arrays))
        gives = tuple(("last", place) for place in range(len(carried)))
        loop = looped(program, count=_TURNS, carried=len(carried), gives=gives, flag=len(carried) - 1)
        loop = replace(loop, count=_turns(loop, operands))
        made = iter(bind(LOOP, operands, (("body", loop),), tape))
        after = [self.undefined if place not in self.written else value for place, value in enumerate(self.values)]
        for slot in self.slots:
            nodes = [next(made) for _ in slot.nodes]
            for node, own in zip(nodes, slot.nodes, strict=True):
                node.name, node.kind = own.name, "named"
            after[slot.place] = slot.tree.build(iter(nodes))
        for place, value in enumerate(self.values):
            if (
                after[place] is self.undefined
                and not flatten(value, NUMBERS)[0]
                and self.recorded.results[place] is value
            ):
                after[place] = value
        for block in self.blocks:
            memory.leave(block)
            node = next(made)
            known = node.value is not None
            if known:
                block.home[...] = node.value
            memory.advance(block, node, known)
        return tuple(after)


def _turns(loop: Loop, operands: Sequence[Any]) -> int:
    """How many turns a loop has on the values of its operands."""
    values = [each.value if isinstance(each, Traced) else each for each in operands]
    if any(each is None for each in values):
        return _TURNS
    (count,) = LOOP.function((("body", replace(loop, gives=(("turns", 0),))),), len(values))(*values)
    return int(count)
