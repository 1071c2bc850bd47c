"""Makes loops of repeated iterations in a recording, innermost first; whatever is not fully alike stays as recorded."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.border import leaf
from ..core.messages import message
from ..core.nouns import Equation, Program
from ..core.primitive import PRIMITIVES, Primitive
from ..core.symbols import Params
from ..core.traced import Tape, Traced
from ..program.operations.indexing import Index
from .accesses import strays, within
from .derivative import body
from .detection import (
    MANY,
    MOVING,
    STACKING,
    Counted,
    Made,
    Recorded,
    Rows,
    Same,
    Source,
    Turns,
    alike,
    codes,
    filled_loop,
    joined,
    moved,
    runs,
    tidied,
)  # fmt: skip
from .noun import COUNT, LOOP, Give, Loop, looped, place_in
from .paths import Counter, Place, further
from .places import Affine, at
from .steps import RECORDED, TURNS, Steps

_REGULAR = {
    "matmul", "outer", "T", "reshape", "getitem", "at", "scatter", "put_at", "full", "sum", "mean", "concatenate", "stack",
    "transpose", "broadcast_to", "einsum", "windows", "windowed_einsum", "overlap_add", "loop",
}  # fmt: skip
"""Operations, besides elementwise ones, whose derivative is finite everywhere."""

IDENTITY = PRIMITIVES["identity"]
_Condition = tuple[Traced, bool, CodeType | None, int]


@dataclass(frozen=True)
class _Row:
    """An iteration's value: a row of a loop's result, extracted only when it is read by itself."""

    whole: Traced
    row: int
    steps: Steps | None = None
    alone: Any = None  # what stands for it where it is read by itself, if steps lets it


def rolled(tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
    """The outputs of what was recorded after the mark, rebuilt with loops. The tape's conditions are rebuilt too."""
    collects = gc.isenabled()
    gc.disable()  # it would look through the whole recording again and again
    try:
        return _rolled(tape, outputs, mark)
    finally:
        if collects:
            gc.enable()


def _rolled(tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
    assert tape.places is not None
    recorded, tape.places, naming, tape.naming = tape.places, None, tape.naming, False
    before = [each for each in recorded if each[0].id <= mark]
    places = {id(node): place for node, place in recorded}
    nodes = [node for node, _ in recorded if node.id > mark]
    level = max((len(places[id(node)].counters) for node in nodes), default=0) or 1
    while level:
        roll = _Rolling(tape, mark, nodes, places, outputs, level)
        if roll.chosen:
            nodes, places, outputs = roll.made()
        else:
            level -= 1
    for node in nodes:
        if node.primitive is LOOP:
            params = (("body", tidied(dict(node.params)["body"])),)
            for each in node.siblings:
                each.params = params
    for place in (places[id(node)] for node in nodes if id(node) in places):
        for counter in place.counters:
            if counter.steps is None or counter.steps.mark < mark:  # the loop is around what is differentiated
                continue
            if not (counter.steps.rolled and counter.value == 0):
                instead = message("write for … in range(n), or what is alike in whole arrays")
                if counter.steps.open:
                    counter.steps.refuse("the loop of steps is left before its end", instead)
                counter.steps.refuse("the turns of steps are not alike here", instead)
    recorded[:] = [*before, *((node, places[id(node)]) for node in nodes if id(node) in places)]
    tape.places, tape.naming = recorded, naming  # the same list, which a loop of steps around it has too
    return outputs


class _Rolling:
    """One pass over one level of nesting."""

    def __init__(
        self, tape: Tape, mark: int, nodes: Sequence[Traced], places: dict[int, Place], outputs: list[Any], level: int
    ):
        self.tape, self.mark, self.outputs, self.places = tape, mark, outputs, places
        ends = [*outputs, *(each[0] for each in tape.conditions)]
        self.needed = self._needed(ends)
        every = {
            id(each): each for each in (*nodes, *self.needed.values()) if each.primitive is not None and each.id > mark
        }
        self.nodes = sorted((each for each in every.values() if self.meant(each) is each), key=lambda each: each.id)
        self.recorded = Recorded(self.nodes, places, self.meant)
        self.conditions: dict[int, list[_Condition]] = {}
        for condition in tape.conditions:
            self.conditions.setdefault(id(self.meant(condition[0])), []).append(condition)
        self.chosen: dict[int, Turns] = {}
        found = runs(codes(self.nodes, places, level))
        refused: set[tuple[int, int]] = set()
        taken = self._choose(found, refused)
        while stacking := {(each.length, each.start) for each in self.chosen.values() if self._stacks(each)}:
            refused |= stacking
            taken = self._choose(found, refused)
        self.first_use: dict[int, int] = {}
        self.last_use: dict[int, int] = {}
        self.last_read: dict[int, int] = {}  # by anything but a scan, which reads the rows of all turns
        for position, node in enumerate(self.nodes):
            if taken[position] or id(node) in self.needed:
                rows = joined(node) if not taken[position] and node.primitive in STACKING else ()
                for each in node.inputs:
                    if isinstance(each, Traced):
                        meant = id(self.meant(each))
                        self.last_use[meant] = position
                        if node.primitive is not TURNS:
                            self.last_read[meant] = position
                        self.first_use.setdefault(meant, position)
                for each in rows:
                    self.last_use[id(self.meant(each))] = position
        for end in ends:
            self.last_use[id(self.meant(end))] = self.last_read[id(self.meant(end))] = len(self.nodes)
        self.new: dict[int, Any] = {}

    def _choose(self, found: Sequence[tuple[int, int, int]], refused: Collection[tuple[int, int]]) -> bytearray:
        """Choose the runs that are loops, shorter iterations first; the result tells which operations are taken."""
        self.chosen.clear()
        taken = bytearray(len(self.nodes))
        for length, start, end in found:
            if any(taken[start:end]):
                continue
            turns = self.recorded.turns(length, start, end)
            if turns is None or (length, turns.start) in refused or self._is_one_call(turns):
                continue
            if (turns := self._agreed(turns)) is not None and self._whole(turns):
                self.chosen[turns.start] = turns
                taken[turns.start : turns.end] = b"1" * (turns.end - turns.start)
        return taken

    def _agreed(self, turns: Turns) -> Turns | None:
        """The iterations whose branches go the same way; not a last one whose unneeded part may have no finite derivative."""
        if self._is_risky(turns):
            shorter = self.recorded.shorter(turns, turns.count - 1)
            return self._agreed(shorter) if shorter is not None else None
        count = turns.count
        for start in range(turns.start, turns.start + turns.length) if self.conditions else ():
            went = [
                [each[1:] for each in self.conditions.get(id(node), [])]
                for node in self.nodes[start : turns.start + turns.length * count : turns.length]
            ]
            count = next((turn for turn, each in enumerate(went) if each != went[0]), count)
        return turns if count == turns.count else self.recorded.shorter(turns, count)

    def _is_risky(self, turns: Turns) -> bool:
        """Whether what the last iteration does for nothing may have no finite derivative, where the rest has one.

        Of `steps` the last iteration is not recorded: its unneeded part counts as used, as in `jax.lax.scan`.
        """
        last = self.nodes[turns.end - turns.length : turns.end]
        unneeded = [each for each in last if id(each) not in self.needed]
        if all(map(_is_regular, unneeded)) or (
            (found := self.counter(turns)) is not None and found[0].steps is not None
        ):
            return False
        used = [each for each in self.nodes[turns.start : turns.end] if id(each) in self.needed]
        return is_risky(unneeded, used, self.meant)

    def counter(self, turns: Turns) -> tuple[Counter, Counter] | None:
        """The counter of the iterations in the first and in the second one, if there is one that all operations have."""
        line = self.nodes[turns.start : turns.end : turns.length]
        around = [self.places[id(each)].counters for each in line]
        for level in range(min(map(len, around))):
            counters = [each[level] for each in around]
            values = [each.value for each in counters]
            if len({each.name for each in counters}) > 1 or len(set(values)) == 1:
                continue
            step = values[1] - values[0]
            if (
                all(each.is_number for each in counters)
                and abs(step) == 1
                and values == [*range(values[0], values[0] + step * len(values), step)]
            ):
                return counters[0], counters[1]
            return None
        return None

    def _stacks(self, turns: Turns) -> bool:
        """Whether a few iterations read arrays that are computed apart, which would have to be stacked."""
        rows = [each.values for sources in turns.sources for each in sources if isinstance(each, Rows)]
        return turns.count < MANY and any(isinstance(row[0], Traced) and not self._are_rows(row) for row in rows)

    def _are_rows(self, values: Sequence[Traced]) -> bool:
        """Whether these are rows of one array, or what another loop gives in its iterations."""
        if all(each.primitive is not None and each.primitive.name in ("getitem", "at") for each in values):
            return len({id(self.meant(each.inputs[0])) for each in values}) == 1
        found = [self.recorded.position.get(id(each), (-1, 0)) for each in values]
        loop = next((each for each in self.chosen.values() if each.start <= found[0][0] < each.end), None)
        return (
            loop is not None
            and all(loop.start <= at < loop.end for at, _ in found)
            and (len({((at - loop.start) % loop.length, result) for at, result in found}) == 1)
        )

    def _is_one_call(self, turns: Turns) -> bool:
        """Whether these are a few operations of one call, as of np.cross, and not iterations of a loop of the user's."""
        if turns.count >= MANY:
            return False
        places = [self.places[id(each)] for each in self.nodes[turns.start : turns.end]]
        return places[0].call > 0 and len({place.call for place in places}) == 1 and self.counter(turns) is None

    def _whole(self, turns: Turns) -> bool:
        """Whether these are all recorded turns of a loop of `steps`, but perhaps the first one, and show what the others do."""
        line = [self.places[id(each)].counters for each in self.nodes[turns.start : turns.end : turns.length]]
        moving = {each.steps for each in itertools.chain(*line) if each.steps is not None}
        moving -= {each.steps for each in line[0] if all(each in others for others in line)}
        found = self.counter(turns)
        loop = found[0].steps if found is not None else None
        if found is None or loop is None or moving != {loop}:
            return not moving
        rows = any(isinstance(source, Rows) for sources in turns.sources for source in sources)
        loop.rolled = found[0].value < 2 and found[0].value + turns.count == RECORDED and not rows
        return bool(loop.rolled)

    def meant(self, node: Any) -> Any:
        """A node, or what an unnamed identity passes on; nodes from before the mark are left as they are."""
        while (
            type(node) is Traced
            and node.primitive is IDENTITY
            and node.id > self.mark
            and not node.name
            and isinstance(node.inputs[0], Traced)
        ):
            node = node.inputs[0]
        return node

    def _needed(self, ends: Sequence[Any]) -> dict[int, Traced]:
        """The nodes that `ends` depend on, by id; an operation's first result stands for all of them."""
        found: dict[int, Traced] = {}
        waiting = [each for each in ends if isinstance(each, Traced)]
        while waiting:
            node = self.meant(waiting.pop())
            node = node.siblings[0] if node.siblings else node
            if id(node) not in found and node.id > self.mark:
                found[id(node)] = node
                waiting += [each for each in node.inputs if isinstance(each, Traced) and id(each) not in found]
        return found

    # ---- rebuilding ------------------------------------------------------------------------------------------------------

    def made(self) -> tuple[list[Traced], dict[int, Place], list[Any]]:
        """The operations, with loops in place of iterations; where they stand; and the outputs."""
        tape = self.tape
        self.kept: list[Traced] = []
        self.where: dict[int, Place] = {}
        self.beside: dict[int, int] = {}
        self.read: dict[tuple[int, int], Any] = {}  # rows that are read by themselves
        position = 0
        self.told: list[_Condition] = []
        held: set[int] = set()
        while position < len(self.nodes):
            turns = self.chosen.get(position)
            if turns is None:
                node = self.nodes[position]
                position += 1
                if id(node) in self.needed:
                    self._again(node)
                continue
            held |= {id(each) for each in self.nodes[position : turns.end]}
            _Making(self, turns)
            position = turns.end
        apart = [each for each in tape.conditions if id(self.meant(each[0])) not in held]
        tape.conditions[:] = [(self.get(each[0]), *each[1:]) for each in apart] + self.told
        return self.kept, self.where, [self.get(each) for each in self.outputs]

    def get(self, node: Any) -> Any:
        """The node that replaces a node."""
        if not isinstance(node, Traced):
            return node
        node = self.meant(node)
        found = self.new.get(id(node), node)
        if isinstance(found, _Row):
            if found.alone is not None:
                return found.alone
            if found.steps is not None:
                found.steps.refuse(
                    "a value of a single turn of steps is read after the loop, and not that of the last one",
                    "write the values to an array in the loop, or use scan",
                )
            key = (id(found.whole), found.row)
            if key not in self.read:
                self.read[key] = self.row(found.whole, found.row)
            return self.read[key]
        return found

    def row(self, whole: Traced, row: Any) -> Any:
        """A row of a loop's result, or a slice of its rows."""
        return self.bound("getitem", whole, whole.siblings[0], index=Index((row,)))

    def bound(self, name: str, node: Any, like: Traced, **params: Any) -> Any:
        """An operation on a loop's result or input; it stands beside the loop in every iteration of the enclosing loops."""
        made = bind(PRIMITIVES[name], (node,), tuple(params.items()), self.tape)
        if id(like) in self.where:
            path, counters, _ = self.where[id(like)]
            self.beside[id(like)] = number = self.beside.get(id(like), 0) + 1
            self.where[id(made)] = Place(further(path, number), counters)
            self.kept.append(made)
        return made

    def _again(self, node: Traced) -> None:
        if (joint := self._joined(node)) is not None:
            self.new[id(node)] = joint
            return
        made = copied(node, list(map(self.get, node.inputs)), self.tape)
        for old, new in zip(node.siblings or (node,), made, strict=True):
            self.new[id(old)] = new
            if isinstance(source := node.source, Traced) and isinstance(self.new.get(id(source)), Traced):
                new.source = self.new[id(source)]
        self.kept.append(made[0])
        if id(node) in self.places:
            self.where[id(made[0])] = self.places[id(node)]

    def _joined(self, node: Traced) -> Any:
        """The rows of a loop's result that a node joins; `None` if it joins something else."""
        rows: list[Any] = [self.new.get(id(self.meant(each))) for each in joined(node)]
        turns = node.primitive is TURNS
        # The first one may be carried into the loop, or may differ from the others.
        alone = turns and (not isinstance(rows[0], _Row) or rows[0].whole is not getattr(rows[1], "whole", None))
        apart, rows = rows[:alone], rows[alone:]
        if not rows or not all(isinstance(each, _Row) for each in rows):
            return None
        if not turns and rows[0].steps is not None:
            return None
        whole, first = rows[0].whole, rows[0].row
        if any(each.whole is not whole or each.row != first + k for k, each in enumerate(rows)):
            return None
        before = self.get(node.inputs[0]) if apart else None
        if apart and first == 1 and self._begins_with(whole, before):
            apart, first = [], 0
        end = first + (node.shape[0] if turns else len(rows)) - len(apart)
        part = (first or None, None if end == whole.shape[0] else end, None)
        found = whole if part == (None,) * 3 else self.row(whole, part)
        if apart:
            one = self.bound("reshape", before, whole.siblings[0], shape=(1, *node.shape[1:]))
            found = bind(PRIMITIVES["concatenate"], (one, found), (("axis", 0),), self.tape)
            self.kept.append(found)
        return found

    def _begins_with(self, whole: Traced, first: Any) -> bool:
        """Whether a loop's result is a history whose initial value is this one."""
        loop: Loop = dict(whole.params)["body"]
        kind, place = loop.gives[[*map(id, whole.siblings)].index(id(whole))]
        begun = whole.inputs[place] if kind == "history" else None
        if isinstance(first, Traced) and first.primitive is PRIMITIVES["identity"] and not isinstance(begun, Traced):
            (first,) = first.inputs
        return begun is not None and (
            begun is first or (not isinstance(first, Traced) and np.array_equal(begun, first))
        )


class _Making:
    """Makes a loop of iterations."""

    def __init__(self, rolling: _Rolling, turns: Turns):
        self.rolling, self.turns = rolling, turns
        self.first = rolling.nodes[turns.start : turns.start + turns.length]
        self.tape = Tape()
        self.count, self.steps = turns.count, None
        self.name, self.start, self.step = self._variable()
        self.counter = leaf(self.tape, self.name, (), COUNT)
        self.carried: list[tuple[tuple[int, int], tuple[Any, ...], Traced]] = []  # result, first values, input
        self.same: list[tuple[Any, Traced]] = []
        self.made: list[list[Traced]] = []
        for sources in turns.sources:
            for source in sources:
                if isinstance(source, Made) and source.before:
                    for before in range(1, source.before + 1):
                        self._carried(source.place, source.result, source.firsts[source.before - before :])
        for node, sources, places in zip(self.first, turns.sources, turns.places, strict=True):
            self.made.append(self._operation(node, sources, places))
        self._finish()

    def _variable(self) -> tuple[str, int, int]:
        """The user's variable that counts the iterations, its first value and its step."""
        found = self.rolling.counter(self.turns)
        if found is None:
            return "_", 0, 1
        first, second = found
        if first.steps is not None:
            self.count, self.steps = first.steps.count - first.value, first.steps
        return first.name, first.value, second.value - first.value

    def affine(self, counted: Counted) -> Counted:
        """An int that grows with the iterations, in terms of the user's variable."""
        return Counted(counted.first - counted.step * self.step * self.start, counted.step * self.step)

    # ---- operands --------------------------------------------------------------------------------------------------------

    def _carried(self, place: int, result: int, firsts: tuple[Any, ...]) -> Traced:
        """The input for a result from `len(firsts)` iterations ago; `firsts` are its values in the first iterations."""
        for what, known, made in self.carried:
            if what == (place, result) and len(known) == len(firsts) and all(map(alike, known, firsts)):
                return made
        node = _result(self.first[place], result)
        self.carried.append(((place, result), firsts, leaf(self.tape, node.name, node.shape, node.dtype)))
        return self.carried[-1][2]

    def _same(self, value: Any) -> Traced:
        """The input for a loop-invariant value."""
        for known, made in self.same:
            if alike(known, value):
                return made
        self.same.append((value, leaf(self.tape, getattr(value, "name", ""), value.shape, value.dtype)))
        return self.same[-1][1]

    def _operand(self, source: Source, node: Traced) -> Any:
        rolling = self.rolling
        if isinstance(source, Made):
            if not source.before:
                return self.made[source.place][source.result]
            return self._carried(source.place, source.result, source.firsts)
        if isinstance(source, Counted):
            first, step = self.affine(source)
            value: Any = self.counter
            if step != 1:
                value = bind(PRIMITIVES["multiply"], (value, step))
            return bind(PRIMITIVES["add"], (value, first))  # even 0: it may move with an enclosing loop
        if isinstance(source, Same):
            value = rolling.get(source.value)
            if isinstance(value, np.generic) and not _is_plain(node):
                value = np.asarray(value)
            return self._same(value) if isinstance(value, (Traced, np.ndarray)) else value
        found: list[Any] = [rolling.new.get(id(each)) for each in source.values]
        row = Affine(-self.start * self.step, (self.step,))
        if all(isinstance(each, _Row) and each.whole is found[0].whole for each in found):
            steps = {b.row - a.row for a, b in itertools.pairwise(found)}
            if len(steps) == 1:
                first, step = self.affine(Counted(found[0].row, *steps))
                return at(
                    self._same(found[0].whole),
                    (self.counter,),
                    place_in(Affine(first, (step,)), found[0].whole.shape[1:]),
                )
        if isinstance(source.values[0], Traced):
            whole = bind(PRIMITIVES["stack"], tuple(map(rolling.get, source.values)), (("axis", 0),), rolling.tape)
        else:
            plain = all(type(each) in (int, float) for each in source.values) and node.dtype.kind == "f"
            whole = np.array(source.values, node.dtype if plain else None)
        return at(self._same(whole), (self.counter,), place_in(row, whole.shape[1:]))

    def _operation(self, node: Traced, sources: Sequence[Source], places: Sequence[Counted]) -> list[Traced]:
        assert node.primitive is not None
        inputs = [self._operand(source, node) for source in sources]
        moves = [self.affine(each) for each in places]
        if not any(each.step for each in moves) or node.primitive.name not in MOVING:
            return copied(node, inputs, self.tape)
        params, name = dict(node.params), node.primitive.name
        ints = iter([each if each.step else was for each, was in zip(moves, places, strict=True)])
        if node.primitive is LOOP:
            params["body"] = filled_loop(params["body"], ints)
        else:
            params["index"] = moved(name, params["index"], ints, len(inputs), node.shape, node.inputs)
        return copied(node, [*inputs, self.counter], self.tape, tuple(params.items()), MOVING[name])

    # ---- the loop --------------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        rolling, turns = self.rolling, self.turns
        gives: list[Give] = []
        wanted: list[
            tuple[int, int, int, int]
        ] = []  # a result, the iteration whose one is read, and the input that has it
        stacked: list[tuple[int, int]] = []
        for place, results in enumerate(self.made):
            for result, made in enumerate(results):
                last_use = rolling.last_use
                every = self._every(place, result)
                late = [turn for turn, each in enumerate(every) if last_use.get(id(each), -1) >= turns.end]
                if id(self.first[place]) in rolling.conditions:
                    stacked.append((place, result))  # a branch: which way it goes in each iteration
                elif late == [turns.count - 1] or (self.steps and late and late[0] >= turns.count - 2):
                    wanted += [
                        (place, result, turn, self._kept(place, result, turns.count - turn, made)) for turn in late
                    ]
                elif late:
                    if self.steps and rolling.last_read.get(id(every[-1]), -1) >= turns.end:
                        wanted.append((place, result, turns.count - 1, self._kept(place, result, 1, made)))
                    stacked.append((place, result))
        nexts = []
        for what, firsts, _ in self.carried:
            nexts.append(self._of(what) if len(firsts) == 1 else self._carried(*what, firsts[1:]))
        gives = [("last", number) for *_, number in wanted]
        rows: list[
            tuple[Give, int, tuple[int, int]]
        ] = []  # a loop result, the row of the first iteration, and the operation's result
        beside: list[tuple[int, int]] = []
        for which in stacked:
            known = [k for k, (what, firsts, _) in enumerate(self.carried) if what == which and len(firsts) == 1]
            if known:
                rows.append((("history", known[0]), 1, which))
            else:
                rows.append((("stack", len(nexts) + len(beside)), 0, which))
                beside.append(which)
        gives += [give for give, *_ in rows]
        leaves = [made for *_, made in self.carried] + [self.counter] + [made for _, made in self.same]
        program = body("turn", leaves, [*nexts, *map(self._of, beside)])
        loop = looped(
            program, count=self.count, carried=len(nexts), gives=tuple(gives), start=self.start, step=self.step
        )
        if self.steps and strays(loop, within(loop, [None] * (len(loop.inputs) - 1))):
            self.steps.refuse(
                "a place becomes negative in later turns of steps, where it would count from the end of the array",
                "count from the beginning, or write for … in range(n)",
            )
        operands = tuple(self._first(firsts[0], made) for _, firsts, made in self.carried) + tuple(
            value for value, _ in self.same
        )
        if not gives:
            return
        new = tuple(
            Traced(rolling.tape, LOOP, operands, (("body", loop),), None, *loop.type_of(give)) for give in gives
        )
        for each in new:
            each.siblings, each.code, each.offset = new, self.first[0].code, self.first[0].offset
        rolling.kept.append(new[0])
        path, counters, _ = rolling.places[id(self.first[0])]
        rolling.where[id(new[0])] = Place(path, counters[1:])
        found = dict(zip(gives, new, strict=True))
        alone: dict[tuple[int, int, int], Traced] = {}
        for place, result, turn, number in wanted:
            node = self._every(place, result)[turn]
            rolling.new[id(node)] = alone[place, result, turn] = found["last", number]
            found["last", number].name, found["last", number].value = node.name, node.value
        for give, begun, (place, result) in rows:
            whole = found[give]
            whole.name = self._of((place, result)).name
            nodes = self._every(place, result)
            for turn, each in enumerate(nodes):
                rolling.new[id(each)] = _Row(whole, turn + begun, self.steps, alone.get((place, result, turn)))
            values = [each.value for each in nodes]
            if give[0] == "history":
                values.insert(0, getattr(operands[give[1]], "value", operands[give[1]]))
            if all(each is not None for each in values):
                whole.value = np.stack(values)
            for _, expected, *line in rolling.conditions.get(id(self.first[place]), ()):
                truth = rolling.bound("all" if expected else "any", whole, new[0], axis=None, keepdims=False)
                truth.code, truth.offset = self.first[place].code, self.first[place].offset
                rolling.told.append((truth, expected, *line))

    def _kept(self, place: int, result: int, back: int, made: Traced) -> int:
        """Which input carries a result of the last iteration, or, with `back` 2, of the one before."""
        for number, (what, firsts, _) in enumerate(self.carried):
            if what == (place, result) and len(firsts) == back:
                return number
        firsts = (None,) * back
        if back == 2:
            firsts = (None, self.carried[self._kept(place, result, 1, made)][1][0])
        self.carried.append(((place, result), firsts, leaf(self.tape, made.name, made.shape, made.dtype)))
        return len(self.carried) - 1

    def _every(self, place: int, result: int) -> list[Traced]:
        """A result of each iteration, as recorded."""
        turns = self.turns
        line = self.rolling.nodes[turns.start + place : turns.end : turns.length]
        return [each.siblings[result] for each in line] if line[0].siblings else line

    def _of(self, which: tuple[int, int]) -> Traced:
        return self.made[which[0]][which[1]]

    def _first(self, first: Any, made: Traced) -> Any:
        """An initial value with the shape and dtype of the carried value."""
        tape = self.rolling.tape
        if first is None:
            return 0.0 if made.dtype == np.float64 and not made.shape else np.zeros(made.shape, made.dtype)[()]
        known = self.rolling.meant(first)
        first = self.rolling.get(first)
        if isinstance(first, Traced) and first.primitive not in (None, LOOP) and first.name == made.name and (
            self.rolling.first_use.get(id(known), -1) >= self.turns.start and self.rolling.last_use[id(known)] < self.turns.end
        ):  # fmt: skip
            first.name = ""  # the carried value continues under its name
        if isinstance(first, np.ndarray) and not first.any() and not np.signbit(first).any():
            first = 0.0 if made.dtype == np.float64 else made.dtype.type(0)
        if not isinstance(first, Traced):
            if type(first) in (int, float) and made.dtype == np.float64:
                first = float(first)
                return (
                    first
                    if not made.shape
                    else bind(PRIMITIVES["broadcast_to"], (first,), (("shape", made.shape),), tape)
                )
            if not np.shape(first) and made.shape:
                return bind(PRIMITIVES["broadcast_to"], (made.dtype.type(first),), (("shape", made.shape),), tape)
            return np.broadcast_to(np.asarray(first, made.dtype), made.shape).copy()[()]
        if first.dtype != made.dtype:
            first = bind(PRIMITIVES["astype"], (first,), (("dtype", made.dtype),), tape)
        if first.shape != made.shape:
            first = bind(PRIMITIVES["broadcast_to"], (first,), (("shape", made.shape),), tape)
        return first


def _result(node: Traced, result: int) -> Traced:
    return node.siblings[result] if node.siblings else node


def _is_plain(node: Traced) -> bool:
    """Whether NumPy's numbers among the operands may be written as Python's, which leave the dtype to the others."""
    assert node.primitive is not None
    types = [type(o.item()) if isinstance(o, np.generic) else getattr(o, "dtype", type(o)) for o in node.inputs]
    return node.primitive.takes_numbers and node.primitive.dtype(*types, **dict(node.params)) == node.dtype


def is_risky(
    unneeded: Sequence[Traced], used: Sequence[Traced], meant: Callable[[Any], Any] = lambda node: node
) -> bool:
    """Whether operations may have no finite derivative where others have one; `meant` gives what stands for a node."""
    divided = [meant(_not_zero(each)) for each in unneeded if not _is_regular(each)]
    safe = {id(meant(_not_zero(each))) for each in used}
    return any(each is None or (id(each) not in safe and _may_be_zero(each)) for each in divided)


def _not_zero(node: Traced) -> Any:
    """What must not be 0 for a quotient or a logarithm and its derivative to be finite."""
    assert node.primitive is not None
    return node.inputs[-1] if node.primitive.name in ("divide", "log") else None


def _may_be_zero(divisor: Any) -> bool:
    return isinstance(divisor, Traced) or not np.all(divisor)


def _is_regular(node: Traced | Equation) -> bool:
    assert node.primitive is not None
    if node.primitive.name in _REGULAR or node.primitive.writes:
        return True
    if node.primitive.elementwise and node.primitive.regular is None:
        return True
    blocks = [value for _, value in node.params if isinstance(value, Program)]
    return bool(blocks) and all(_is_regular(each) for block in blocks for each in block.equations)


def copied(
    node: Traced, inputs: Sequence[Any], tape: Tape, params: Params | None = None, primitive: Primitive | None = None
) -> list[Traced]:
    """A copy of a node on other inputs, with all its results."""
    made = []
    for each in node.siblings or (node,):
        new = Traced(
            tape,
            primitive or node.primitive,
            tuple(inputs),
            node.params if params is None else params,
            None,
            each.shape,
            each.dtype,
        )
        new.code, new.offset = each.code, each.offset
        for attribute in ("kind", "name", "origin", "source"):
            value = getattr(each, attribute)
            if isinstance(value, Traced) or value:
                setattr(new, attribute, value)
        made.append(new)
    for each in made if node.siblings else ():
        each.siblings = tuple(made)
    return made
