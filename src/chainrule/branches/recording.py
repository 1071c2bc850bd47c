"""What a converted function asks at its branches: both sides are recorded, and become one equation.

Each side runs on the variables as they are before the branch, with arrays that it writes to as they were, and is cut out of
the recording. A value that a side assigns, or an array that it writes to, is a result of the equation. Where a side cannot be
recorded, because it raises an error or changes a list, the branch is taken as it is for the values at hand, and checked;
`choices.py` tells of it.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.border import leaf, program_of
from ..core.errors import ChainruleError
from ..core.location import user_frame
from ..core.messages import message
from ..core.primitive import PRIMITIVES, UFUNCS
from ..core.structure import LEAF, Tree, flatten
from ..core.traced import Tape, Traced, current
from ..loops.detection import LEAST
from ..loops.induction import InductionVariable
from ..loops.paths import CHECKPOINT
from ..loops.paths import place_of as place_in_source
from ..loops.places import ADDED_AT, UPDATED_AT, Places
from ..program.inplace import memory
from ..program.inplace.plain import Plain, trace_block
from ..program.inplace.writing import assign
from ..program.operations.callbacks import apart, lifted, tuple_of
from ..program.sizes.bounds import is_certain
from ..program.sizes.keeping import length
from ..program.sizes.numbers import SYMBOLIC, Comparison, VaryingError, forget_notes, is_sized, notes
from .choices import Choices, NotAlikeError, reason
from .conversion import converted
from .iterating import BUILTINS, Iterable, is_enumerated, item_at, turns_of
from .lists import Rows, is_numpy
from .noun import BRANCH, OTHER, THEN, side_of
from .repeating import For, Stack, Sum, Variables, While
from .sides import (
    NUMBERS,
    Recorded,
    cast,
    collect,
    cut,
    here,
    is_new,
    is_same_tree,
    is_settled,
    meetings,
    operands_of,
    part_of,
    promoted,
    record_apart,
    truth_of,
    with_its_sizes,
    zeros_apart,
)

FAILURES = (ChainruleError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError)
"""What the recording of a side may raise, after which the branch is taken as it is, and the user's own error comes again."""


class _Undefined:
    """What a name holds that only one side has assigned, or both with values of different kinds."""

    def __repr__(self) -> str:
        return "<assigned in one branch only>"

    def __eq__(self, other: object) -> bool:
        raise NotAlikeError(message("it reads a variable that has no value on one side of a branch"))

    def __bool__(self) -> bool:
        return self == None  # noqa: E711  # which says so

    __hash__ = object.__hash__


class Branches:
    """The runtime of converted functions."""

    __slots__ = ("choices", "fixed", "is_plain", "noted", "regions", "shared", "sized", "unlike")
    undefined = _Undefined()
    collects = True

    def __init__(self, is_plain: bool = False) -> None:
        self.is_plain = is_plain  # whether every branch and every loop is taken as it runs
        self.regions = 0  # branches and loops that became equations
        self.sized: dict[int, Any] = {}  # where comparisons of sizes stand, by the number of the node
        self.unlike: set[Any] = set()  # where such a comparison is asserted, since the branch is no equation
        # The lines of branches and loops that are no equations, since arrays would get other names that are written to.
        self.shared: set[Any] = set()
        self.noted = 0, 0  # between which counts the test of the last `while` was noted
        self.choices = Choices()
        self.fixed: list[Any] = []  # the numbers of turns of loops that did not

    def traced(self, test: Any) -> bool:
        """Whether a branch on this value takes both sides."""
        is_traced = isinstance(test, Traced) and type(test) is not Plain and not self.is_plain
        return is_traced and test.tape.places is not None and test.size == 1

    def value(self, test: Any) -> Any:
        """What is tested, which the bytecode does not store under a name of the user's."""
        return test.truth if type(test) is InductionVariable else test

    def first_test(self, test: Callable[[], Any]) -> Any:
        """The test of a `while` before the first turn."""
        start = len(notes())
        result = self.value(test())
        self.noted = start, len(notes())
        return result

    def call(self, function: Any, *args: Any, **keywords: Any) -> Any:
        """Call a function, converted if it is one of the user's."""
        if type(function) is FunctionType:
            function = converted(function, self)
        elif type(function) is MethodType and type(function.__func__) is FunctionType:
            function = MethodType(converted(function.__func__, self), function.__self__)
        else:
            own = vars(type(function)).get("__call__")
            if type(own) is FunctionType:
                function = MethodType(converted(own, self), function)
        return function(*args, **keywords)

    def length(self, function: Callable[..., Any], array: Any) -> Any:
        """`len(array)`, where `len` is that."""
        return length(array) if function is len else function(array)

    def extreme(self, function: Any, *values: Any) -> Any:
        """`max` or `min` of values, of which some are traced: a branch for every value but the first."""
        if function not in (max, min) or not any(isinstance(each, Traced) for each in values):
            return function(*values)
        found, *others = values
        for each in others:
            is_further = each > found if function is max else each < found
            found = self.choose(is_further, partial(_itself, each), partial(_itself, found))
        return found

    # ---- lists that grow

    def rows(self, items: list[Any]) -> Rows:
        """A list of these items; it is written as a list, by which a trace knows that the function makes lists."""
        rows = Rows()
        for item in items:
            rows = Rows(rows, item)
        return rows

    def appended(self, rows: Rows, item: Any) -> Rows:
        """A list after `rows.append(item)`."""
        if type(rows) is not Rows:
            raise NotAlikeError(message("it appends to a list that was created elsewhere"))
        return Rows(rows, item)

    def items(self, rows: Rows) -> Any:
        """What `len` or a function of NumPy's takes for a list."""
        return rows.whole()

    def summed(self, function: Any, rows: Rows) -> Any:
        """`sum(rows)`, where `sum` is that."""
        items = rows.whole()
        return np.sum(items, axis=0) if function is sum and type(items) is not list else function(items)

    # ---- truth values

    def compared(self, comparison: Callable[[], Any]) -> Any:
        """A comparison that a branch tests; of sizes and int arguments, as an operation."""
        start, tape = len(notes()), current.get()
        holds = comparison()
        noted_now = notes()[start:]
        if self.is_plain or tape is None or tape.places is None or type(holds) is not bool or len(noted_now) != 1:
            return holds
        (noted,) = noted_now
        if not isinstance(noted, Comparison) or is_certain(noted) or (noted.code, noted.line) in self.unlike:
            return holds
        forget_notes(start)
        node = bind(UFUNCS[noted.ufunc], (noted.left, noted.right), (), tape)
        self.sized[node.id] = noted.code, noted.line
        return node

    def both(self, *parts: Callable[[], Any]) -> Any:
        """`a and b`, of which the parts that are traced become one operation."""
        return self._joined(parts, np.logical_and, True)

    def either(self, *parts: Callable[[], Any]) -> Any:
        """`a or b`, of which the parts that are traced become one operation."""
        return self._joined(parts, np.logical_or, False)

    def _joined(self, parts: Sequence[Callable[[], Any]], operation: Any, goes_on: bool) -> Any:
        made: Any = goes_on
        for part in parts:
            found = self.value(part())
            if not self.traced(found):
                if bool(found) is not goes_on:
                    return found if made is goes_on else not goes_on
                continue
            found = truth_of(found)
            made = found if made is goes_on else self._as_sized(operation(made, found), made, found)
        return made

    def _as_sized(self, result: Any, *parts: Any) -> Any:
        """A test that is made of others, of which some may compare sizes."""
        places = [self.sized[each.id] for each in parts if each.id in self.sized]
        if places:
            self.sized[result.id] = places[0]
        return result

    def opposite(self, test: Any) -> Any:
        """`not a`"""
        test = self.value(test)
        return self._as_sized(np.logical_not(truth_of(test)), test) if self.traced(test) else not test

    # ---- branches

    def choose(
        self, test: Any, then: Callable[..., Any], other: Callable[..., Any], values: tuple[Any, ...] = ()
    ) -> Any:
        """The result of one of two functions."""
        test = self.value(test)
        if not self.traced(test):
            return (then if test else other)(*values)
        sides = partial(_alone, then), partial(_alone, other)  # in which is seen what they can reach
        made = self._recorded(test, *sides, values, ("",), ("",))
        return (then if test else other)(*values) if made is None else made[0]

    def merge(
        self,
        test: Any,
        then: Callable[..., tuple[Any, ...]],
        other: Callable[..., tuple[Any, ...]],
        values: tuple[Any, ...],
        names: tuple[str, ...],
        later: tuple[str, ...],
    ) -> tuple[Any, ...]:
        """The variables after a branch that assigns them, of which some may be read `later`."""
        made = self._recorded(test, then, other, values, names, later)
        return (then if test else other)(*values) if made is None else made

    def repeats(self, test: Any, values: tuple[Any, ...]) -> bool:
        """Whether a `while` may be one whose test is traced from some turn on."""
        tape = current.get()
        recorded = tape is not None and tape.places is not None and not self.is_plain
        computes = any(isinstance(each, (float, Traced, *SYMBOLIC)) for each in values)
        return recorded and (self.traced(test) or computes or self.noted[1] > self.noted[0])

    def repeat(
        self,
        test: Any,
        again: Callable[..., Any],
        turn: Callable[..., tuple[Any, ...]],
        values: tuple[Any, ...],
        names: tuple[str, ...],
        later: tuple[str, ...],
        needed: tuple[str, ...],
    ) -> tuple[Any, ...] | None:
        """The variables after a `while`; `None` where it is to run as it is.

        Args:
            test: The test before the first turn.
            again: The test, a function of the variables.
            turn: The body, a function of the variables.
            values: The variables before the first turn.
            names: Their names.
            later: The names of those that may be read after the loop.
            needed: The names of those that are read after it however it ends.
        """
        tape, noted = current.get(), self.noted
        assert tape is not None
        try:
            variables = Variables(list(values), names, self.undefined)
            self._require_unshared()
            loop = While(tape, variables, later, needed, noted[1] > noted[0], test, again, turn)
            after = loop.recorded_loop()
        except FAILURES as error:
            self.choices.note(user_frame(), "while", reason(error))
            if isinstance(test, Traced) and test.value is None:
                raise
            return None
        if not isinstance(test, Traced) and test and not loop.has_turns:  # the program asks again
            forget_notes(*noted)
        self.regions += 1
        self.choices.note(user_frame(), "while")
        return after

    def iterable(self, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        """What a `for` loops over, if that is a call of `range` or another function that gives its items once."""
        is_lazy = type(function) is type and function in BUILTINS
        return Iterable(function, args, keywords) if is_lazy else function(*args, **keywords)

    def count(
        self,
        iterable: Any,
        turn: Callable[..., tuple[Any, ...]],
        targets: int,
        values: tuple[Any, ...],
        names: tuple[str, ...],
        later: tuple[str, ...],
    ) -> tuple[Any, tuple[Any, ...]]:
        """What of a `for` is to run turn by turn, and the variables before that.

        Args:
            iterable: What is looped over.
            turn: The body, a function of an item and of the variables that it assigns.
            targets: How many of the variables are those of the loop itself; they come first.
            values: The variables before the first turn.
            names: Their names.
            later: The names of those that are read after the loop.
        """
        before = [*[self.undefined] * targets, *values[targets:]]
        name = names[0] if (targets == 1) != is_enumerated(iterable) else ""
        variables = Variables(before, names, self.undefined)
        loop = self._loop(iterable, partial(For, name=name, turn=turn, later=later, variables=variables))
        return (self.one_by_one(iterable), values) if loop is None else (loop[0].rest, loop[1])

    def total(
        self, function: Any, iterable: Any, term: Callable[..., Any], name: str, plain: Callable[[Any], Any]
    ) -> Any:
        """`function(term(item) for item in iterable)`, which `plain` computes one by one."""
        loop = self._loop(iterable, partial(Sum, name=name, term=term)) if function is sum else None
        return plain(iterable) if loop is None else sum(map(term, loop[0].rest), start=loop[1][0])

    def stacked(
        self, module: Any, iterable: Any, row: Callable[..., Any], name: str, plain: Callable[[Any], Any]
    ) -> Any:
        """`[row(item) for item in iterable]`, which `plain` makes; an array, where a function of NumPy's takes it."""
        loop = self._loop(iterable, partial(Stack, name=name, row=row)) if is_numpy(module) else None
        return plain(iterable) if loop is None else loop[1][0]

    def _loop(self, iterable: Any, made: Callable[..., For]) -> tuple[For, tuple[Any, ...]] | None:
        """A loop that is made of the recording, what is looped over and the number of turns, with its results.

        `None`, where the turns are to run one by one.
        """
        tape, count = current.get(), turns_of(iterable)
        fewest = 2 if is_sized((count,)) else LEAST  # other sizes have more turns
        is_short = count is not None and type(count) is not InductionVariable and count < fewest
        if self.is_plain or tape is None or tape.places is None or CHECKPOINT.get() is not None:
            return None
        if count is None:  # most often a list of arrays, whose number the arguments of the program say
            why = message("it does not loop over an array or a range")
            self.choices.note(user_frame(), "for", why, is_new=True, in_text=False)
            return None
        if is_short:
            self.choices.note(user_frame(), "for", message("it has fewer than three turns"), is_new=True)
            return None
        try:
            self._require_unshared()
            loop = made(tape, iterable, count)
            results = loop.recorded_loop()
        except FAILURES as error:
            self.choices.note(user_frame(), "for", reason(error))
            return None
        self.regions += 1
        self.choices.note(user_frame(), "for")
        return loop, results

    def turns(self, iterable: Any) -> Any:
        """The number of turns of a `for`; `None` where its items cannot be counted."""
        tape = current.get()
        return None if tape is None or tape.places is None or CHECKPOINT.get() is not None else turns_of(iterable)

    def is_counted(self, count: Any) -> bool:
        """Whether a number of turns is one."""
        return count is not None

    def item(self, iterable: Any, place: Any) -> Any:
        """The item of a turn, which is counted from 0."""
        return item_at(iterable, place)

    def one_by_one(self, iterable: Any) -> Any:
        """What is looped over turn by turn, whose number of turns is then that of the arguments at hand."""
        count = turns_of(iterable)
        if type(count) is InductionVariable:
            raise VaryingError
        if current.get() is not None and not self.is_plain:
            self.choices.note(user_frame(), "for", message("its body does more than compute"), is_new=True)
        self.fixed.append(count)
        return iterable

    def caught(self) -> None:
        """Note that the function catches an error, if an operation on traced values has raised it."""
        error = sys.exc_info()[1]
        frames = traceback.walk_tb(error.__traceback__ if error else None)
        if any(frame.f_code is bind.__code__ for frame, _ in frames):
            self.choices.note(user_frame(), "except", message("an operation on the arguments raised an error here"))

    def _recorded(
        self,
        test: Traced,
        then: Callable[..., tuple[Any, ...]],
        other: Callable[..., tuple[Any, ...]],
        values: tuple[Any, ...],
        names: tuple[str, ...],
        later: tuple[str, ...],
    ) -> tuple[Any, ...] | None:
        """The variables after a branch whose sides are one equation; `None` where they cannot be."""
        tape, start, fixed = test.tape, len(notes()), len(self.fixed)
        try:
            self._require_unshared()
            mark, sides, plain = self._sides(tape, then, other, values, names)
            is_fixed = len(notes()) > start or len(self.fixed) > fixed
            if test.id in self.sized and (is_fixed or _have_counts(*(side.results for side in sides))):
                raise NotAlikeError(message("one side, or what follows it, holds only for these sizes"))
            after = self._merged(test, mark, sides, plain, names, later)
        except FAILURES as error:
            self.choices.note(user_frame(), "if", reason(error))
            if test.id in self.sized:
                self.unlike.add(self.sized[test.id])
            if test.value is None:
                raise
            forget_notes(start)
            del self.fixed[fixed:]
            return None
        return tuple(plain.get(each.id, each) if isinstance(each, Traced) else each for each in after)

    def _sides(
        self,
        tape: Tape,
        then: Callable[..., tuple[Any, ...]],
        other: Callable[..., tuple[Any, ...]],
        values: Sequence[Any],
        names: Sequence[str],
    ) -> tuple[int, tuple[Recorded, Recorded], dict[int, float]]:
        """The number of the last node before the sides; both; and numbers of Python's, by those of the leaves for them.

        A loop around the branch makes traced numbers of these.
        """
        dtypes: dict[int, np.dtype[Any]] = {}  # of the variables whose numbers are narrower than Python's
        while True:
            plain, places, held = {}, {}, list(values)
            for place, value in enumerate(values):
                if type(value) is float:
                    name = names[place] if len(names) == len(values) else ""
                    dtype = dtypes.get(place, np.dtype(float))
                    held[place] = leaf(tape, name, (), dtype, dtype.type(value))
                    plain[held[place].id] = value
                    if place not in dtypes:
                        places[id(held[place])] = place
            mark = tape.count
            try:
                sides = record_apart(tape, then, held, {}, mark), record_apart(tape, other, held, {}, mark)
            except memory.StillPlain as error:  # an array that a side writes to becomes traced before the branch
                trace_block(error.block)
                continue
            pairs = zip(*(flatten(side.results, NUMBERS)[0] for side in sides), strict=False)
            _, met = meetings([node for side in sides for node, _ in side.placed], places, pairs)
            if not met:
                return mark, sides, plain
            dtypes |= {places[number]: dtype for number, dtype in met.items()}

    def _require_unshared(self) -> None:
        if here() in self.shared:
            raise NotAlikeError(memory.SHARED)

    def _merged(
        self,
        test: Traced,
        mark: int,
        sides: tuple[Recorded, Recorded],
        plain: dict[int, float],
        names: tuple[str, ...],
        later: tuple[str, ...],
    ) -> tuple[Any, ...]:
        """One equation of two sides, and the variables and arrays after it."""
        after: list[Any] = [None] * len(names)
        trees: list[tuple[int, Tree]] = []
        ends: list[_End] = []
        reached, are_new = sides[0].reached | sides[1].reached, True
        met: tuple[dict[int, Any], dict[int, Any]] = {}, {}
        for place, name in enumerate(names):
            held = [side.held[place] for side in sides]
            known = [each for each in held if each is not self.undefined]
            if held[0] is held[1]:
                after[place] = held[0]
                continue
            if len(known) == 1 and is_settled(known[0], reached):  # nothing reads it after the other side
                after[place] = known[0]
                continue
            one, two = self._filled([side.results[place] for side in sides], test.tape)
            (leaves, tree), (others, like) = (flatten(each, NUMBERS) for each in (one, two))
            if one is two:
                after[place] = one
            elif is_same_tree(tree, like) and _alike(leaves, others):
                trees.append((place, tree))
                news = [
                    is_new(each, reached, own) for each, own in zip(held, met, strict=True)
                ]  # all, since each is noted
                are_new &= all(news)
                called = (each for each, _ in tree.paths(name))
                owned = zip(*(flatten(each, NUMBERS)[0] or [None] * len(leaves) for each in held), strict=True)
                pairs = zip(called, leaves, others, owned, strict=True)
                ends += [_End(a, b, each, own) for each, a, b, own in pairs]
            elif name not in later:
                after[place] = self.undefined
            elif Rows in (type(one), type(two)):
                raise NotAlikeError(message("only one side creates or extends the list {name}", name=name))
            else:
                raise NotAlikeError(
                    message("its sides give other objects, texts or structures, and what follows may read them")
                )
        then, other = sides
        turns = bool(_counters(test.tape))
        blocks = list(dict.fromkeys(block for side in sides for block in side.written))
        writes = [_Write.of(block, then.written.get(block), other.written.get(block), turns) for block in blocks]
        nodes = self._equation(test, mark, sides, plain, [*ends, *(each.end for each in writes)])
        for end, node in zip(ends, nodes, strict=False):
            for array in end.owned:
                memory.share(test.tape, node, array, here())
        made = iter(nodes)
        for place, tree in trees:
            after[place] = tree.build(made)
        for place, _ in trees if not are_new else ():
            for each in (after[place], *(side.held[place] for side in sides)):
                memory.watch(test.tape, each, here())
        for write, node in zip(writes, made, strict=True):
            write.settle(node)
        self.regions += 1
        self.choices.note(user_frame(), "if")
        return tuple(after)

    def _filled(self, pair: Sequence[Any], tape: Tape) -> Sequence[Any]:
        """What two sides give a variable, with zeros in the place of no value: nothing reads it after such a side."""
        known = [each for each in pair if each is not self.undefined]
        leaves, tree = flatten(known[0], NUMBERS) if len(known) == 1 else ([], LEAF)
        if not leaves or not all(isinstance(each, (Traced, float)) for each in leaves):
            return pair
        nothing = tree.build(iter([zeros_apart(each, tape) if isinstance(each, Traced) else 0.0 for each in leaves]))
        return [nothing if each is self.undefined else each for each in pair]

    def _equation(
        self, test: Traced, mark: int, sides: tuple[Recorded, Recorded], plain: dict[int, float], ends: Sequence[_End]
    ) -> tuple[Traced, ...]:
        """Record the equation of two sides that give these results."""
        if not ends and not any(side.conditions for side in sides):
            return ()
        tape = test.tape
        outputs: list[list[Any]] = [[], []]
        for end in ends:
            dtype = promoted(
                *(plain.get(each.id, each) if isinstance(each, Traced) else each for each in (end.then, end.other))
            )
            for k, each in enumerate((end.then, end.other)):
                outputs[k].append(cast(with_its_sizes(each, tape), dtype))
        finished = [side.finished(tape, own, mark) for side, own in zip(sides, outputs, strict=True)]
        read: dict[int, Traced] = {}
        hoisted = _counters(tape) != ()
        for own, conditions in finished:
            collect([*own, *(each[0] for each in conditions)], mark, read, hoisted)
        first: dict[Any, Traced] = {}  # of the nodes that take the same part of an array
        same = {number: first.setdefault(part_of(node), node) for number, node in read.items()}
        outside = list(first.values())  # in an order that is the same in all turns of a loop
        if hoisted:
            kept = {each.id for each in outside}
            assert tape.places is not None
            tape.places += [each for side in sides for each in side.placed if each[0].id in kept]
        arguments = apart([each.name or "p" for each in outside], [])
        programs = []
        asserted = [(k, *each) for k, (_, conditions) in enumerate(finished) for each in conditions]
        for k, (own, _) in enumerate(finished):
            # What one side asserts holds on the other.
            own = [*own, *(node if k == side else expected for side, node, expected, _, _ in asserted)]
            leaves = {each.id: leaf(tape, each.name, each.shape, each.dtype) for each in outside}
            inside = {number: leaves[each.id] for number, each in same.items()}
            own = cut(own, inside)
            trees = tuple((each, LEAF) for each in arguments)
            programs.append(program_of("side", [*leaves.values()], own, trees, tuple_of(len(own))))
        (then, other), arrays = lifted(programs)
        params = (("then", side_of(then, THEN)), ("other", side_of(other, OTHER)))
        operands = (plain.get(each.id, each) for each in outside)
        made = bind(BRANCH, (truth_of(test), *operands, *operands_of(arrays, tape)), params, tape)
        nodes: tuple[Traced, ...] = made[: len(ends)]
        for node, end in zip(nodes, ends, strict=True):
            if end.name:
                node.name, node.kind = end.name, "named"
        for (_, _, *place), node in zip(asserted, made[len(ends) :], strict=True):
            tape.conditions.append((node, *place))
        return nodes


# ---- values ------------------------------------------------------------------------------------------------------------------


def _alone(side: Callable[..., Any], *held: Any) -> tuple[Any, ...]:
    return (side(*held),)


def _itself(value: Any) -> Any:
    return value


def _alike(ones: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether two sides give arrays of the same shapes."""
    return all(np.shape(one) == np.shape(other) for one, other in zip(ones, others, strict=True))


def _have_counts(ones: Any, others: Any) -> bool:
    """Whether two sides give different whole numbers, which may be numbers of turns or sizes."""
    pairs = zip(flatten(ones, NUMBERS)[0], flatten(others, NUMBERS)[0], strict=False)
    return any(one is not other and int in map(_kind, (one, other)) for one, other in pairs)


def _kind(value: Any) -> type:
    return int if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _counters(tape: Tape) -> tuple[Any, ...]:
    """The counters of the loops of the user's in which the recording is now."""
    frame = user_frame()
    return () if frame is None else place_in_source(frame, tape).counters


# ---- results of a branch ---------------------------------------------------------------------------------------------------


@dataclass
class _End:
    """A result of a branch: what each side gives, the user's name of it, and the arrays that the function holds."""

    then: Any
    other: Any
    name: str
    owned: tuple[Any, ...] = ()


_MOVING = (UPDATED_AT, ADDED_AT)
_FIXED = (PRIMITIVES["updated"], PRIMITIVES["added"])
_ADDING = (ADDED_AT, PRIMITIVES["added"])


@dataclass
class _Write:
    """An array that a branch writes to: its contents are a result, or in a loop what it writes to one place."""

    block: memory.Block
    end: _End
    index: Any = None
    counters: tuple[Any, ...] = ()
    adds: bool = False

    @classmethod
    def of(cls, block: memory.Block, then: Any, other: Any, turns: bool) -> _Write:
        """The write to a block, whose contents the sides have made, if they have."""
        before: Any = block.node
        whole = cls(block, _End(before if then is None else then, before if other is None else other, block.name))
        chains = [_chain(contents, before) for contents in (then, other)]
        links = [link for chain in chains for link in chain or ()]
        moves = bool(links) and all(link.primitive in _MOVING for link in links)
        if None in chains or not (moves or (turns and all(len(link.inputs) == 2 for link in links))):
            return whole
        places = {(dict(link.params)["index"], tuple(map(id, link.inputs[2:]))) for link in links}
        adds = all(link.primitive in _ADDING for link in links)
        one_kind = adds or not any(link.primitive in _ADDING for link in links)
        if len(places) == 1 and one_kind:
            (index, _), *_ = places
            counters = links[0].inputs[2:]
            if isinstance(index, Places):
                index = index.beside(1)
            if adds:
                nothing: Any = 0.0
            else:
                nothing = index.read(before, counters) if isinstance(index, Places) else before[index.value()]
            values = [chain[-1].inputs[1] if chain else nothing for chain in chains]
            at_once = not adds or all(len(chain or ()) < 2 for chain in chains)
            if at_once and np.shape(values[0]) == np.shape(values[1]):
                return cls(block, _End(values[0], values[1], ""), index, counters, adds)
        return whole

    def settle(self, node: Traced) -> None:
        """Let the array have what the branch gives."""
        if isinstance(self.index, Places):
            made = self.index.write(self.block.node, self.counters, node, self.adds)
            memory.leave(self.block)
            memory.advance(self.block, made, known=False)
            return
        if self.index is not None:
            assign(self.block.base, self.index.value(), node, adds=self.adds)
            return
        memory.replace(self.block, node)


def _chain(after: Any, before: Any) -> list[Traced] | None:
    """The writes that lead from the contents of an array to others; `None` where something else does."""
    found: list[Traced] = []
    while after is not None and after is not before:
        if not isinstance(after, Traced) or after.primitive not in (*_MOVING, *_FIXED):
            return None
        found.insert(0, after)
        after = after.inputs[0]
    return found
