"""Records a loop from its source: its body once, as a program of what it carries from turn to turn.

What the body assigns is carried, and so are the arrays that it writes to; what kinds of values these are is found by recording
the body again until it gives what it takes. The turns of a `for` are counted. How many turns a `while` has is not known, but for
the values at hand, by running it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.binding import bind, shape_of
from ..core.border import leaf
from ..core.dims import shape_text
from ..core.location import user_frame
from ..core.messages import message
from ..core.structure import Tree, flatten
from ..core.traced import Tape, Traced
from ..loops.derivative import body
from ..loops.induction import TOO_SHORT, InductionVariable, OtherTurn, as_number
from ..loops.noun import COUNT, LOOP, Loop, looped
from ..loops.rolling import is_risky
from ..program.inplace import memory
from ..program.inplace.plain import Plain, trace_block
from ..program.operations.callbacks import lifted
from ..program.sizes.numbers import VaryingError, changes_by_turn, forget_notes, notes, plain
from .choices import NotAlikeError
from .iterating import counter_of, item_at, item_of, spare_name
from .lists import Rows
from .sides import (
    NUMBERS,
    cast,
    collect,
    cut,
    dtype_of_value,
    here,
    is_new,
    is_same_tree,
    meetings,
    newest,
    operands_of,
    promoted,
    record_apart,
    truth_of,
    with_its_sizes,
    zeros_apart,
)

_ATTEMPTS = 12  # each finds an array more that is written to, or a value that becomes a float
_around: ContextVar[tuple[tuple[Tape, str], ...]] = ContextVar("around", default=())
"""The counted loops that are being recorded: each with its recording, and the name of its counter."""
_TURNS = 4  # of a loop whose values are not known


@dataclass
class _Slot:
    """A variable that is carried: its place among all, its structure, its first values, the nodes that stand for them, and what
    they are after a turn."""

    place: int
    tree: Tree
    firsts: list[Any]
    nodes: list[Traced]
    ends: list[Any]


@dataclass
class _Begun:
    """What has no value before the first turn, and is carried only to be there after the last one.

    Attributes:
        variables: The variables, by place: the values of the last turn and their structure.
        ends: Which of these values a turn computes.
        leaves: What is carried for these.
    """

    variables: dict[int, tuple[list[Any], Tree]] = field(default_factory=dict)
    ends: list[Traced] = field(default_factory=list)
    leaves: list[Traced] = field(default_factory=list)


@dataclass
class Variables:
    """The variables that the body of a loop assigns.

    Attributes:
        values: What they hold before the first turn.
        names: Their names.
        undefined: What a variable holds that has no value.
    """

    values: list[Any]
    names: Sequence[str]
    undefined: Any


class _Recording:
    """One recording of a body after the other, until it gives what it takes."""

    counter: Traced

    def __init__(self, tape: Tape, variables: Variables):
        self.tape, self.place = tape, here()
        self.values, self.names, self.undefined = variables.values, variables.names, variables.undefined
        self.written: set[int] = set()  # variables whose arrays are written to: they hold the arrays themselves
        self.changing: set[int] = set()  # variables whose whole numbers and truth values are not those before the loop
        self.blocks: list[memory.Block] = []
        self.dtypes: dict[tuple[int, int], np.dtype[Any]] = {}
        self.functions: tuple[Callable[..., Any], ...] = ()  # those of the user's that a turn calls
        self.appended: dict[int, Rows] = {}  # what a turn appends to lists, by the place of the variable

    def recorded_loop(self) -> tuple[Any, ...]:
        """The variables after the loop.

        Raises:
            NotAlikeError: The turns are not alike.
        """
        for each in flatten(self.values, NUMBERS)[0]:
            if type(each) is Plain:
                newest(each)  # which may become traced
        noted = len(notes())
        for _ in range(_ATTEMPTS):
            try:
                if self._attempt():
                    self._order()
                    return self._finished()
            except memory.StillPlain as error:
                trace_block(error.block)
            except OtherTurn as error:
                self._show_other(error)
            forget_notes(noted)
        raise NotAlikeError(message("the shapes or types that one turn passes to the next never settle"))

    # ---- what the kinds of loops differ in

    def _begin(self) -> None:
        """Make the counter."""
        raise NotImplementedError

    def _turn(self, *held: Any) -> tuple[Any, ...]:
        """A turn of the loop; its results are the variables after it, and what else the loop needs."""
        raise NotImplementedError

    def _show_other(self, error: OtherTurn) -> None:
        """Let another turn stand for all, if that is asked of this loop."""
        raise error

    # ---- recording

    def _attempt(self) -> bool:
        """Record the body; whether it gives what it takes."""
        self.mark = self.tape.count
        self.slots = []
        self._begin()
        # The nodes that stand for numbers of Python's, and whether these may take the dtype of what they meet.
        self.numbers = {id(self.counter): False}
        self.counts = False  # whether a whole number of the user's is carried
        self.appended = {}
        held = list(self.values)
        for place, value in enumerate(self.values):
            if type(value) is Rows:
                held[place] = Rows(is_open=True)
            is_static = type(value) in (bool, int) and place not in self.changing
            if value is self.undefined or place in self.written or is_static:
                continue
            firsts, tree = flatten(newest(value), NUMBERS)
            if not firsts:
                continue
            firsts = [with_its_sizes(each, self.tape) for each in firsts]
            nodes = []
            own, _, hidden = self.names[place].partition("_·")  # of a variable that the user has not written
            for k, (first, (name, _)) in enumerate(zip(firsts, tree.paths(own), strict=True)):
                dtype = self.dtypes.get((place, k), dtype_of_value(first))
                nodes.append(leaf(self.tape, name, np.shape(first), dtype))
                if type(first) is int or (type(first) is float and (place, k) not in self.dtypes):
                    self.numbers[id(nodes[-1])] = type(first) is float
                self.counts |= type(first) is int and not hidden
            held[place] = tree.build(iter(nodes))
            self.slots.append(_Slot(place, tree, firsts, nodes, []))
        self.held = held
        self.contents = [leaf(self.tape, each.name, shape_of(each.node), each.home.dtype) for each in self.blocks]
        contents = dict(zip(self.blocks, self.contents, strict=True))
        self.recorded = record_apart(self.tape, self._turn, held, contents, self.mark, self.functions)
        return self._is_alike()

    def _is_alike(self) -> bool:
        """Whether the last recording gives what it takes; else, what the next one takes."""
        self.results = self.recorded.results[: len(self.values)]
        turns = ((slot.nodes, flatten(self.results[slot.place], NUMBERS)[0]) for slot in self.slots)
        pairs = [pair for nodes, ends in turns for pair in zip(nodes, ends, strict=False)]
        self.sources, self.met = meetings([node for node, _ in self.recorded.placed], self.numbers, pairs)
        others = [each for each in self.recorded.written if each not in self.blocks]
        self.blocks += others
        alike = not others
        for slot in self.slots:
            if any(node.memory is not None and node.memory.block.version for node in slot.nodes):
                self.written.add(slot.place)
                alike = False
            else:
                alike = self._goes_on(slot) and alike
        if not self.written.isdisjoint(self._shared()):
            raise NotAlikeError(message("two variables hold the same array, and it writes to that array"))
        carried = {slot.place for slot in self.slots}
        for place, value in enumerate(self.values):
            if place not in carried and value is not self.undefined:
                alike = self._stays(place, value, alike) and alike
        if alike and (self.met or (self.counts and self._is_narrow())):
            # A whole number counts, and cannot be as narrow as what it meets, here or later.
            raise NotAlikeError(message("an integer that it carries meets arrays narrower than float64"))
        return alike

    def _is_narrow(self) -> bool:
        """Whether anything in the body is narrower than Python's numbers."""
        nodes = (each for node, _ in self.recorded.placed for each in (node, *node.inputs) if isinstance(each, Traced))
        return any(each.dtype.kind in "fc" and each.dtype not in (float, complex) for each in nodes)

    def _shared(self) -> set[int]:
        """The variables that hold an array which another one holds, too."""
        found: set[int] = set()
        for values in (self.values, self.results):
            first: dict[int, int] = {}
            for place, value in enumerate(values):
                for each in flatten(value, NUMBERS)[0] if value is not self.undefined else ():
                    if getattr(as_number(each), "shape", ()) and first.setdefault(id(each), place) != place:
                        found |= {place, first[id(each)]}
        return found

    def _goes_on(self, slot: _Slot) -> bool:
        """Whether a variable is carried on as what it is carried in as."""
        leaves, tree = flatten(self.results[slot.place], NUMBERS)
        if not is_same_tree(tree, slot.tree):
            raise NotAlikeError(message("a turn changes the structure of {name}", name=self.names[slot.place]))
        alike = True
        for k, (first, node, after) in enumerate(zip(slot.firsts, slot.nodes, map(as_number, leaves), strict=True)):
            if np.shape(after) != node.shape:
                shapes = {"one": shape_text(node.shape), "other": shape_text(np.shape(after))}
                name = self.names[slot.place]
                raise NotAlikeError(
                    message("a turn changes the shape of {name} from {one} to {other}", name=name, **shapes)
                )
            dtype = self._dtype(first, node, after)
            if dtype != node.dtype:
                if type(first) is float and (slot.place, k) in self.dtypes:
                    said = message(
                        "{name} has a narrower type in the first turn than later", name=self.names[slot.place]
                    )
                    raise NotAlikeError(said)
                self.dtypes[slot.place, k] = dtype
                alike = False
            slot.ends.append(cast(after, dtype))
            node.shape = np.shape(after)  # in which sizes may have names
        return alike

    def _dtype(self, first: Any, node: Traced, after: Any) -> np.dtype[Any]:
        """The dtype of a carried value, from its first value, the node that stands for it, and what a turn gives."""
        is_number = self.numbers.get(id(node), False)
        if is_number and id(node) in self.met:
            return self.met[id(node)]
        if node.dtype.kind in "fc" and (type(after) in (int, float) or id(after) in self.sources):
            return node.dtype
        return promoted(first if is_number else node, after)

    def _stays(self, place: int, value: Any, alike: bool) -> bool:
        """Whether a variable that is not carried is what it was, or a list with one part more."""
        result, name = self.results[place], self.names[place]
        if type(value) is Rows:
            parts = result.parts(self.held[place]) if type(result) is Rows else None
            if parts is None:  # a list that each turn begins
                self.values[place] = self.undefined
                return False
            if len(parts) > 1 or (parts and not self._is_appended(parts[0])):
                raise NotAlikeError(
                    message(
                        "a turn appends more than one item to {name}, or something that is not a number or an array",
                        name=name,
                    )
                )
            if parts:
                self.appended[place] = parts[0]
            return True
        if place in self.written:
            if result is not self.held[place] and not self._is_newest(result, self.held[place]) and alike:
                raise NotAlikeError(message("a turn writes to {name} and then assigns another array to it", name=name))
            return True
        if type(value) in (bool, int):
            if type(result) is type(value) and result == value:
                return True
            self.changing.add(place)
            return False
        if result is value:
            return True
        is_same = is_same_tree(flatten(result, NUMBERS)[1], flatten(value, NUMBERS)[1])
        memory.watch(self.tape, value, self.place)
        if not is_same or not is_new(self.recorded.held[place], self.recorded.reached):
            raise NotAlikeError(message("a turn changes {name}, which is not a number", name=name))
        return True

    def _is_newest(self, result: Any, held: Any) -> bool:
        """Whether a value is what an array holds, before the turn or after it."""
        view = held.memory
        is_base = view is not None and view.block.base is held
        return newest(held) is result or (is_base and self.recorded.written.get(view.block) is result)

    def _is_appended(self, row: Rows) -> bool:
        """Whether what a turn appends to a list can be a row of an array."""
        return False

    # ---- the equation

    def _order(self) -> None:
        """Put what is carried into the order in which a turn reads it."""
        self.first_reads: dict[int, int] = {}
        for node, _ in self.recorded.placed:
            for each in node.inputs:
                self.first_reads.setdefault(id(each), len(self.first_reads))
        self.slots.sort(key=lambda slot: min(map(self._first_read, slot.nodes)))

    def _first_read(self, node: Traced) -> int:
        return self.first_reads.get(id(node), len(self.first_reads))

    def _bound(
        self,
        carried: Sequence[Traced],
        firsts: Sequence[Any],
        outputs: Sequence[Any],
        varying: Traced | None = None,
        **fields: Any,
    ) -> Any:
        """Record the equation of the loop; its results are the carried values after the last turn.

        Args:
            carried: What a turn takes.
            firsts: The values of that before the first turn.
            outputs: What a turn gives, beginning with what it carries on.
            varying: The number of turns, where that is no constant.
            fields: The loop's own attributes.
        """
        tape = self.tape
        rolled, conditions = self.recorded.finished(tape, list(outputs), self.mark, repeats=True)
        read: dict[int, Traced] = {}
        collect([*rolled, *(each[0] for each in conditions)], self.mark, read, False)
        outside = sorted(read.values(), key=self._first_read)
        inside = {each.id: leaf(tape, each.name, each.shape, each.dtype) for each in outside}
        # What a turn asserts is asserted of all turns after the loop, which may itself be left out where nothing reads it.
        ends = cut([*rolled, *(condition[0] for condition in conditions)], inside)
        self._check_sizes(ends, inside.values())
        inputs = [*carried, self.counter, *inside.values()]
        if varying is not None:
            fields["over"] = len(inputs)
            inputs.append(leaf(tape, "turns", (), COUNT))
            outside.append(varying)
        (program,), arrays = lifted([body("turn", inputs, ends)])
        firsts = [self._first(first, node) for first, node in zip(firsts, carried, strict=True)]
        operands = (*firsts, *outside, *operands_of(arrays, tape))
        gives = tuple(("last" if place < len(carried) else "stack", place) for place in range(len(ends)))
        loop = looped(program, carried=len(carried), gives=gives, **fields)
        if loop.flag is not None:
            loop = replace(loop, count=_turns(loop, operands))
        made = bind(LOOP, operands, (("body", loop),), tape)
        for (_, expected, code, line), truths in zip(conditions, made[len(outputs) :], strict=True):
            truth: Any = (np.all if expected else np.any)(truths)
            tape.conditions.append((truth, expected, code, line))
        return iter(made[: len(outputs)])

    def _check_sizes(self, ends: Sequence[Any], inputs: Collection[Traced]) -> None:
        """Refuse what a turn gives if its sizes differ from turn to turn, and sizes whose counter has another one's name."""
        if any(changes_by_turn(np.shape(each), self.counter.name) for each in ends):
            raise NotAlikeError(message("a turn keeps an array whose length depends on the turn"))
        is_shared = any(each.name == self.counter.name for each in (*self._carried, *inputs))
        uneven = [
            size
            for node, _ in self.recorded.placed
            for size in node.shape
            if changes_by_turn([size], self.counter.name)
        ]
        if min(uneven, default=2) < 2:
            raise VaryingError(TOO_SHORT)
        if uneven and is_shared:
            raise VaryingError

    def _first(self, value: Any, node: Traced) -> Any:
        """A first value as what is carried; an array of zeros is made where the loop begins."""
        if isinstance(value, Traced) and value.name == node.name and not self._is_read(value):
            value.name, value.kind = "", "temporary"  # the carried value continues under its name
        if not (isinstance(value, np.ndarray) and not value.any() and not np.signbit(value.real).any()):
            return cast(value, node.dtype)
        return self._zeros(node)

    def _zeros(self, node: Traced) -> Any:
        return zeros_apart(node, self.tape)

    def _is_read(self, value: Traced) -> bool:
        """Whether anything but the loop has read a value so far, or it has no line of its own."""
        if value.primitive is None or value.primitive is LOOP:
            return True
        for node, _ in reversed(self.tape.places or ()):
            if node.id <= value.id:
                return False
            if any(each is value for each in node.inputs):
                return True
        return False

    def _finished(self) -> tuple[Any, ...]:
        """Record the loop; the variables after it."""
        raise NotImplementedError

    @property
    def _carried(self) -> list[Traced]:
        return [*(node for slot in self.slots for node in slot.nodes), *self.contents]

    @property
    def _firsts(self) -> list[Any]:
        return [*(first for slot in self.slots for first in slot.firsts), *(each.node for each in self.blocks)]

    @property
    def _ends(self) -> list[Any]:
        written = self.recorded.written
        contents = zip(self.blocks, self.contents, strict=True)
        ends = (end for slot in self.slots for end in slot.ends)
        return [*ends, *(written.get(block, content) for block, content in contents)]

    def _begun(self, names: Collection[str]) -> _Begun:
        """What of the variables of these names has no value before the first turn."""
        variables = {
            place: flatten(self.results[place], NUMBERS)
            for place, (value, name) in enumerate(zip(self.values, self.names, strict=True))
            if value is self.undefined and name in names
        }
        carried = {id(end) for slot in self.slots for end in slot.ends}
        varying = (each for leaves, _ in variables.values() for each in leaves if self._varies(each))
        ends = [*{id(each): each for each in varying if id(each) not in carried}.values()]
        return _Begun(variables, ends, [leaf(self.tape, "", each.shape, each.dtype) for each in ends])

    def _varies(self, value: Any) -> bool:
        """Whether a value is of each turn."""
        return type(value) is Traced and value.id > self.mark

    def _in_last_turn(self, value: Any) -> Any:
        """What a value that is no array of a turn is in the last turn."""
        return value

    def _after(self, made: Any, begun: _Begun) -> list[Any]:
        """The variables after the loop, and the arrays that it has written to; `made` are the results of the equation."""
        after = list(self.values)
        self.arrays: dict[int, Any] = {}
        self._share_firsts()
        for slot in self.slots:
            held = flatten(self.recorded.held[slot.place], NUMBERS)[0]
            for own, end, array in zip(slot.nodes, slot.ends, held, strict=True):
                self._became(end, node := next(made), own.name)
                memory.share(self.tape, node, array, self.place)
            after[slot.place] = slot.tree.build(self.arrays[id(end)] for end in slot.ends)
        for block in self.blocks:
            memory.replace(block, next(made))
        for each in begun.ends:
            self._became(each, next(made), each.name)
        for place, (leaves, tree) in begun.variables.items():
            is_list = type(self.results[place]) is Rows  # which the last turn has begun
            last = []
            for each, array in zip(leaves, flatten(self.recorded.held[place], NUMBERS)[0], strict=True):
                last.append(self.arrays.get(id(each), self._in_last_turn(array)))
                memory.share(self.tape, last[-1], array, self.place)
            after[place] = self.undefined if is_list else tree.build(iter(last))
        self._watch([*after, *self.values], [slot.place for slot in self.slots] + [*begun.variables])
        return after

    def _share_firsts(self) -> None:
        """Note what may be written to under other names: an array from before the loop, until a turn makes another one."""
        carried = {id(node) for slot in self.slots for node in slot.nodes}
        for slot in self.slots:
            firsts, ends = (flatten(each[slot.place], NUMBERS)[0] for each in (self.values, self.recorded.held))
            for own, first, end in zip(slot.nodes, firsts, ends, strict=True):
                memory.share(self.tape, own, first, self.place)
                if id(memory.owner(end)) in carried:  # as where two arrays change places
                    memory.share(self.tape, own, end, self.place)
        for slot in self.slots:
            for own in slot.nodes:
                if own.memory is not None and own.memory.block.outdated is not None:
                    memory.outdate_others(own.memory.block)

    def _watch(self, values: Sequence[Any], places: Sequence[int]) -> None:
        """Note lists that are made anew, if a list from before or one with two names is among what a turn gives."""
        met: dict[int, Any] = {}
        news = [
            is_new(self.recorded.held[place], self.recorded.reached, met) for place in places
        ]  # all, since each is noted
        if not all(news):
            for each in values:
                memory.watch(self.tape, each, self.place)

    def _became(self, end: Any, node: Traced, name: str) -> None:
        """Note what a value at the end of a turn is after the loop: two names may hold one array, or one from before the loop."""
        node.name, node.kind = name, "named"
        view: Any = end.memory if type(end) is Traced else None
        is_old = type(view) is memory.Version and view.block.base.id <= self.mark
        self.arrays.setdefault(id(end), view.block.base if is_old else node)


class While(_Recording):
    """A loop with a test."""

    def __init__(
        self,
        tape: Tape,
        variables: Variables,
        later: Collection[str],
        needed: Collection[str],
        is_sized: bool,
        test: Any,
        again: Callable[..., Any],
        turn: Callable[..., tuple[Any, ...]],
    ):
        """Record a loop.

        Args:
            tape: The recording.
            variables: What the body assigns.
            later: The names of the variables that may be read after the loop.
            needed: The names of those that are read after it however it ends.
            is_sized: Whether the test is of sizes or int arguments.
            test: The test before the first turn.
            again: The test, a function of the variables.
            turn: The body, a function of the variables.
        """
        super().__init__(tape, variables)
        self.later, self.needed, self.is_sized = later, needed, is_sized
        self.test, self.again, self.turn = test, again, turn
        self.has_turns = False  # whether a variable has its value from the loop alone
        self.functions = (again, turn)

    def _begin(self) -> None:
        self.counter = leaf(self.tape, "_", (), COUNT)

    def _turn(self, *held: Any) -> tuple[Any, ...]:
        results = self.turn(*held)
        return (*results, self.again(*results))

    def _is_alike(self) -> bool:
        going = self.recorded.results[-1]
        if isinstance(going, Traced):
            self.going = truth_of(going)
            return super()._is_alike()
        if not self.is_sized or super()._is_alike():
            raise NotAlikeError(message("its test does not depend on the arguments"))
        return False  # whole numbers of the test change, and are carried from now on

    def _finished(self) -> tuple[Any, ...]:
        begun = self._begun(self.later)
        carried = [*self._carried, *begun.leaves, leaf(self.tape, "more", (), np.dtype(bool))]
        test = truth_of(self.test) if isinstance(self.test, Traced) else bool(self.test)
        firsts = [*self._firsts, *map(self._zeros, begun.leaves), test]
        ends = [*self._ends, *begun.ends, self.going]
        if any(self.names[place] in self.needed for place in begun.variables):
            self._assert_a_turn(test)
        made = self._bound(carried, firsts, ends, count=_TURNS, flag=len(carried) - 1)
        after = self._after(made, begun)
        for slot in self.slots:  # it may have no turns
            pairs = zip(*(flatten(each[slot.place], NUMBERS)[0] for each in (after, self.values)), strict=True)
            for one, other in pairs:
                memory.share(self.tape, one, other, self.place)
        return tuple(after)

    def _assert_a_turn(self, test: Any) -> None:
        """Let the program assert that the loop has a turn, since a variable has its value from the loop alone."""
        self.has_turns = True
        if isinstance(test, Traced):
            frame = user_frame()
            place = (None, 0) if frame is None else (frame.f_code, frame.f_lineno)
            self.tape.conditions.append((test, True, *place))
        elif not test:
            raise NotAlikeError(message("it has no turns, and a variable gets its value only there"))


class For(_Recording):
    """A loop whose turns are counted."""

    def __init__(
        self,
        tape: Tape,
        iterable: Any,
        count: Any,
        name: str,
        turn: Callable[..., Any],
        later: Collection[str],
        variables: Variables,
    ):
        """Record a loop.

        Args:
            tape: The recording.
            iterable: What is looped over.
            count: The number of turns, at least 1; or an induction variable, where the loops around it change it.
            name: The name of the loop variable, if it is one.
            turn: The body, a function of the element and the variables.
            later: The names of the variables that are read after the loop.
            variables: What the body assigns.
        """
        super().__init__(tape, variables)
        self.later = later
        # Sizes name the counter that they are made of, so that of a loop around this one has another name.
        self.name = "" if (tape, name) in _around.get() else name
        self.iterable, self.turn = iterable, turn
        self.spare = spare_name(tape)
        self.varying: InductionVariable | None = count if type(count) is InductionVariable else None
        self.count: int = count if self.varying is None else self.varying.extremes[1]  # the most
        self.functions = (turn,)
        self.tried = 0  # turns that have been shown, whose sizes stand for those of all turns
        self.rest: tuple[Any, ...] = ()  # the items of turns that are not in the loop, and come after it

    def recorded_loop(self) -> tuple[Any, ...]:
        """The variables after the loop."""
        token = _around.set((*_around.get(), (self.tape, self.name)))
        try:
            return super().recorded_loop()
        finally:
            _around.reset(token)

    def _begin(self) -> None:
        turns = self.count if self.varying is None else self.varying
        self.turns = counter_of(self.iterable, self.count, self.name, self.tape, turns, self.tried, self.spare)
        self.counter = self.turns.node

    def _show_other(self, error: OtherTurn) -> None:
        if error.counter is not self.turns:
            raise error
        self.tried += 1

    def _turn(self, *held: Any) -> tuple[Any, ...]:
        results: tuple[Any, ...] = self.turn(item_of(self.iterable, self.turns), *held)
        return results

    def _is_appended(self, row: Rows) -> bool:
        view = row.part.memory if self._varies(row.part) else None
        return self._varies(row.part) and (view is None or view.block not in self.blocks)

    def _finished(self) -> tuple[Any, ...]:
        if self.varying is not None:
            return self._finished_varying()
        if self._is_risky():
            self.count -= 1
            self.rest = (item_at(self.iterable, self.count),)
        begun = self._begun([name for name in self.names if name in self.later or not self._is_uneven(name)])
        made = self._bound(
            [*self._carried, *begun.leaves],
            [*self._firsts, *map(self._zeros, begun.leaves)],
            [*self._ends, *begun.ends, *(newest(row.part) for row in self.appended.values())],
            count=self.count,
            start=self.turns.values.start,
            step=self.turns.values.step,
        )
        after = self._after(made, begun)
        for (place, row), node in zip(self.appended.items(), made, strict=True):
            after[place] = self._with_rows(self.values[place], row, node, self.names[place].partition("_·")[0])
        return tuple(after)

    def _finished_varying(self) -> tuple[Any, ...]:
        """Record a loop whose number of turns changes: it may have none, and what only a turn gives is undefined after it."""
        if self.appended or self.recorded.conditions or self._is_risky():
            raise NotAlikeError(message("it may have no turns, and its body checks something or appends to a list"))
        made = self._bound(
            self._carried, self._firsts, self._ends, as_number(self.varying), count=self.count, start=0, step=1
        )
        return tuple(self._after(made, _Begun()))

    def _with_rows(self, rows: Rows, row: Rows, node: Any, name: str) -> Rows:
        """A list to which each turn has appended a row, or several."""
        if row.is_array:
            node = np.reshape(node, (-1, *node.shape[2:]))
        node.name, node.kind = name, "named"
        return Rows(rows, node, True, self.arrays.get(id(row.part)))

    def _is_risky(self) -> bool:
        """Whether what the last turn does for nothing may have no finite derivative, where the rest has one."""
        whole = self._needed([*self._ends, *self.recorded.results])
        slots = [end for slot in self.slots if self.names[slot.place] in self.later for end in slot.ends]
        others = [each for each, name in zip(self.results, self.names, strict=True) if name in self.later]
        rows = [row.part for place, row in self.appended.items() if self.names[place] in self.later]
        used = self._needed([*slots, *rows, *self._ends[len(self._ends) - len(self.blocks) :], *others])
        nodes = [node for node, _ in self.recorded.placed if node.id in whole]
        return is_risky([node for node in nodes if node.id not in used], [node for node in nodes if node.id in used])

    def _needed(self, ends: Sequence[Any]) -> set[int]:
        """The numbers of the nodes of a turn that others depend on."""
        waiting = [leaf for leaf in flatten(list(ends), NUMBERS)[0] if self._varies(leaf)]
        needed: set[int] = set()
        while waiting:
            node = waiting.pop()
            node = node.siblings[0] if node.siblings else node
            if node.id not in needed:
                needed.add(node.id)
                waiting += [each for each in node.inputs if self._varies(each)]
        return needed

    def _is_uneven(self, name: str) -> bool:
        """Whether a variable holds arrays whose sizes differ from turn to turn."""
        leaves, _ = flatten(self.results[self.names.index(name)], NUMBERS)
        return any(changes_by_turn(np.shape(each)) for each in leaves)

    def _in_last_turn(self, value: Any) -> Any:
        if type(value) is not InductionVariable:
            return value
        values = self.turns.values
        return value.after(self.turns, values.start + values.step * (self.count - 1))  # which knows the sizes in it


class Sum(For):
    """The sum of a term over all turns."""

    def __init__(self, tape: Tape, iterable: Any, count: int, name: str, term: Callable[..., Any]):
        """Record a sum; the arguments are those of `For`, and the term, a function of the element."""
        super().__init__(tape, iterable, count, name, term, ["total"], Variables([0.0], ["total"], None))

    def _turn(self, *held: Any) -> tuple[Any, ...]:
        self.term = newest(self.turn(item_of(self.iterable, self.turns)))
        return (held[0] + self.term,)

    def _is_alike(self) -> bool:
        if not isinstance(self.term, Traced) or self.term.dtype.kind not in "fc":
            raise NotAlikeError(message("its terms are not floats that depend on the arguments"))
        if np.shape(self.values[0]) != self.term.shape:
            self.values = [np.zeros(self.term.shape, self.term.dtype)]
            return False
        return super()._is_alike()


class Stack(For):
    """An array of what each turn gives."""

    def __init__(self, tape: Tape, iterable: Any, count: int, name: str, row: Callable[..., Any]):
        """Record a stack; the arguments are those of `For`, and the row, a function of the element."""
        super().__init__(tape, iterable, count, name, row, [], Variables([], [], None))

    def _turn(self, *held: Any) -> tuple[Any, ...]:
        return (self.turn(item_of(self.iterable, self.turns)),)

    def _finished(self) -> tuple[Any, ...]:
        (row,) = self.recorded.results
        if not isinstance(row, Traced) or not self._varies(row):
            raise NotAlikeError(message("its items are not arrays or floats that depend on the arguments"))
        turns = self.turns.values
        made = self._bound(
            self._carried, self._firsts, [*self._ends, row], count=self.count, start=turns.start, step=turns.step
        )
        self._after(made, _Begun())
        return tuple(made)


def _turns(loop: Loop, operands: Sequence[Any]) -> int:
    """How many turns a loop has on the values of its operands."""
    values = [each.value if isinstance(each, Traced) else plain(each) for each in operands]
    if any(each is None for each in values):
        return _TURNS
    (count,) = LOOP.function((("body", replace(loop, gives=(("turns", 0),))),), len(values))(*values)
    return int(count)
