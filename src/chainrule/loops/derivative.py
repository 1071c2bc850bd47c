"""The derivative of a loop is a loop in the opposite direction, whose body is the derivative of the body.

The errors of carried values are carried backward. The errors of loop-invariant values are summed; where an iteration reads only
some places, they are added only there. Values of the forward iterations are read from a history or a stack, or recomputed: the
forward loop gets the additional results that this needs.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.binding import bind, shape_of
from ..core.border import leaf, printable, program_of, replay
from ..core.derivative import pull_back
from ..core.location import refuse
from ..core.messages import message
from ..core.nouns import Origin, Symbol
from ..core.primitive import PRIMITIVES
from ..core.structure import LEAF, Tree
from ..core.symbols import Params
from ..core.traced import Tape, Traced, current
from ..program.operations.callbacks import lifted, operand_of
from ..program.operations.indexing import Index
from ..program.sizes.numbers import changes_by_turn
from .accesses import Box, Line, Span, meets, read_by, writes
from .noun import COUNT, LOOP, RULE, Give, Loop, additions, loop_of, looped, place_in, reshaped
from .places import ADDED_AT, UPDATED_AT, Affine, Places, at

_VIEWS = {"T", "reshape", "getitem", "at", "broadcast_to", "transpose", "swapaxes"}


def _rule(g: Sequence[Any], y: Sequence[Traced], inputs: Sequence[Any], loop: Loop) -> list[Any]:
    """The errors of a loop's inputs. It is only recorded: with actual values, loops run as Python."""
    errors = dict(zip(loop.gives, g, strict=False))
    if not loop.is_counted and any(
        error is not None for (kind, _), error in errors.items() if kind in ("history", "stack")
    ):
        instead = message("differentiate it on values, with cr.grad of cr.grad")
        refuse("a derivative of the derivative of a while loop is not written as a program", instead)
    outer = y[0].tape
    tape = Tape()
    tape.sized = True
    token = current.set(tape)
    try:
        turn = _Turn(loop, y[0], tape)
        carried = [place for place in range(loop.carried) if turn.leaves[place].dtype.kind in "fc"]
        # The plain name is that of the error of the value after the turn, which is what it is carried on from.
        ahead = [turn.leaf(f"δ_{turn.leaves[place].name}__", turn.leaves[place]) for place in carried]
        given: list[tuple[Traced, Any]] = []
        starts: list[tuple[Any, Any]] = []
        for place, error in zip(carried, ahead, strict=True):
            starts.append((turn.outputs[place], error))
            if (found := errors.get(("history", place))) is not None:
                starts.append((turn.outputs[place], turn.given(given, found, loop.row_after())))
        for place in range(loop.carried, len(turn.outputs)):
            if (found := errors.get(("stack", place))) is not None:
                starts.append((turn.outputs[place], turn.given(given, found, loop.row())))
        starts = [(node, error) for node, error in starts if isinstance(node, Traced)]
        wanted = [each for each in turn.leaves if each.dtype.kind in "fc"]
        found = dict(zip(map(id, wanted), pull_back(starts, wanted, record=True, finish=turn.named), strict=True))
        nexts = [found[id(turn.leaves[place])] for place in carried]
        nexts = [zeros(leaf, tape) if error is None else error for leaf, error in zip(ahead, nexts, strict=True)]
        totals = []
        summed = [
            place
            for place in range(loop.carried + 1, len(turn.leaves))
            if found.get(id(turn.leaves[place])) is not None
        ]
        for place in summed:
            same = turn.leaves[place]
            totals.append(turn.leaf(f"dC_d{same.name}", same))
            tape.source = same
            nexts.append(_added(totals[-1], found[id(same)]))
        tape.source = None
        nexts = turn.cut(_add_in_place(nexts))
        leaves = [
            *ahead,
            *totals,
            turn.counter,
            *turn.leaves[loop.carried + 1 :],
            *(each for each, _ in given),
            *(each for each, _ in turn.read),
        ]
        turns = turn.number(inputs)
        leaves += [turn.leaf("turns", turns)] if turns is not None else []
        (program,), arrays = lifted([body("back", leaves, nexts)])
        back = looped(
            program, count=loop.count, carried=len(nexts), start=loop.start, step=loop.step,
            reverse=not loop.reverse, gives=tuple(("last", place) for place in range(len(nexts))),
            over=None if turns is None else len(leaves) - 1,
        )  # fmt: skip
    finally:
        current.reset(token)
        tape.open = False
    firsts = [errors.get(("last", place)) for place in carried] + [None] * len(totals)
    firsts = [
        zeros(leaf, outer) if error is None else error for leaf, error in zip((*ahead, *totals), firsts, strict=True)
    ]
    operands = (*firsts, *inputs[loop.carried :], *(error for _, error in given), *(node for _, node in turn.read))
    operands += (*(() if turns is None else (turns,)), *map(operand_of, arrays))
    made = bind(LOOP, operands, (("body", back),), outer)
    result: list[Any] = [None] * len(inputs)
    for place, error in zip(carried, made, strict=False):
        if (history := errors.get(("history", place))) is not None:
            error = error + bind(
                PRIMITIVES["getitem"], (history,), (("index", Index((loop.count * loop.reverse,))),), outer
            )
        elif isinstance(inputs[place], Traced) and not inputs[place].name:
            error.name, error.kind = f"δ_{loop.inputs[place].name}", "error"
        result[place] = error
    for place, error in zip(summed, made[len(carried) :], strict=True):
        result[place - 1] = error
    return result


RULE.append(_rule)


def _add_in_place(ends: Sequence[Any]) -> list[Any]:
    """The results with additions of what is zero except at some places done only there, and sums of nested loops begun with what
    they would be added to."""
    uses: Counter[int] = Counter(map(id, ends))
    nodes: dict[int, Traced] = {}
    waiting = [each for each in ends if isinstance(each, Traced)]
    while waiting:
        node = waiting.pop()
        if node.primitive is not None and id(first := node.siblings[0] if node.siblings else node) not in nodes:
            nodes[id(first)] = first
            uses.update(map(id, node.inputs))
            waiting += [each for each in node.inputs if isinstance(each, Traced)]
    instead: dict[int, Traced] = {}
    for node in sorted(nodes.values(), key=lambda each: each.id):
        node.inputs = tuple(instead.get(id(each), each) for each in node.inputs)
        for each in node.siblings:
            each.inputs = node.inputs
        if node.primitive is not PRIMITIVES["add"] or all(map(_is_rows, node.inputs)):  # which may together be all rows
            continue
        for total, term in (node.inputs, node.inputs[::-1]):
            if not isinstance(total, Traced) or not isinstance(term, Traced) or term.primitive is None:
                continue
            if term.primitive.name in ("put_at", "scatter"):
                node.primitive, node.inputs, node.params = ADDED_AT, (total, *term.inputs), (("index", _places(term)),)
                break
            before = (
                total.primitive is None or total.id < (term.siblings or (term,))[0].id
            )  # so it does not depend on it
            if term.primitive is LOOP and before and uses[id(term)] == 1 and total.shape == term.shape:
                loop: Loop = dict(term.params)["body"]
                kind, place = loop.gives[[*map(id, term.siblings)].index(id(term))]
                if kind == "last" and _is_zero(term.inputs[place]) and _is_sum(loop, place):
                    for each in term.siblings:
                        each.inputs = (*term.inputs[:place], total, *term.inputs[place + 1 :])
                    instead[id(node)] = term
                    break
    return [instead.get(id(each), each) for each in ends]


def _is_sum(loop: Loop, place: int) -> bool:
    """Whether a carried value is only added to, perhaps in a nested loop, and read nowhere before the end."""
    if sum(number == place for kind, number in loop.gives if kind != "stack") > 1:
        return False
    if additions(loop, place):
        return True
    before, after = loop.inputs[place], loop.outputs[place]
    for equation in loop.equations:
        if equation.primitive is LOOP and after in equation.targets and equation.inputs.count(before) == 1:
            nested = loop_of(equation)
            kind, inner = nested.gives[equation.targets.index(after)]
            uses = Counter(each.name for each in loop.operands())
            once = uses[before.name] == uses[after.name] == 1
            return kind == "last" and once and equation.inputs[inner] == before and _is_sum(nested, inner)
    return False


def _is_zero(value: Any) -> bool:
    if isinstance(value, Traced):
        return value.primitive is PRIMITIVES["broadcast_to"] and _is_zero(value.inputs[0])
    return not np.shape(value) and value == 0


def _places(term: Traced) -> Places:
    """Where a term is not zero, for an addition."""
    index = dict(term.params)["index"]
    return (Places(index.parts, term.inputs[0].shape) if isinstance(index, Index) else index).beside(2)


class _Turn:
    """One iteration, recorded on nodes of its own, and the values that the derivative reads from it."""

    def __init__(self, loop: Loop, first: Traced, tape: Tape):
        self.loop, self.first, self.tape = loop, first, tape
        self.leaves = [leaf(tape, each.name, each.shape, each.dtype) for each in loop.inputs]
        self.counter = self.leaves[loop.carried]
        self.place = {id(each): place for place, each in enumerate(self.leaves)}
        self.nodes = found = replay(
            loop, dict(zip((each.name for each in loop.inputs), self.leaves, strict=True)), tape
        )
        self.of_symbol = {id(node): name for name, node in found.items()}
        self.outputs = [found[each.name] if isinstance(each, Symbol) else each.value for each in loop.outputs]
        self.forward = {id(node.siblings[0] if node.siblings else node) for node in found.values()}
        self.after = {id(node): place for place, node in reversed([*enumerate(self.outputs[: loop.carried])])}
        self.read: list[tuple[Traced, Traced]] = []  # a leaf, and the result of the forward loop that it stands for
        self.known: dict[Any, Traced] = {}
        self.spans: dict[str, Span | None] = {
            each.name: (Line(0, ((each.name, 1),)),) * 2
            for each in loop.inputs
            if each.dtype == COUNT and not each.shape
        }
        self.written = {place: some for place in range(loop.carried) if (some := writes(loop, place, self.spans))}
        self.version: dict[int, tuple[int, int]] = {}  # the carried array that a node is, and after how many writes
        self.put: dict[int, tuple[int, int, Traced]] = {}  # what is written: where, by which write
        for place, links in self.written.items():
            self.version[id(self.leaves[place])] = place, 0
            for number, (name, _) in enumerate(links, 1):
                node = found[name]
                self.version[id(node)] = place, number
                if node.primitive is UPDATED_AT and isinstance(node.inputs[1], Traced):
                    self.put[id(node.inputs[1])] = place, number, node

    def number(self, inputs: Sequence[Any]) -> Any:
        """The number of iterations, if that is known only in a run."""
        if self.loop.over is not None:
            return inputs[self.loop.over - 1]
        return None if self.loop.flag is None else self._result(("turns", 0), "turns")

    def leaf(self, name: str, like: Traced) -> Traced:
        """Add an input."""
        return leaf(self.tape, name, like.shape, like.dtype)

    def given(self, found: list[tuple[Traced, Any]], error: Any, row: Affine) -> Traced:
        """This iteration's part of an error from outside."""
        found.append((self.leaf("δ", error), error))
        made: Traced = at(found[-1][0], (self.counter,), place_in(row, shape_of(error)[1:]))
        return made

    def named(self, node: Traced, error: Any) -> Any:
        """An error, named as in programs without loops."""
        if isinstance(error, Traced) and error.source is not None and not error.name:
            name = node.name
            if id(node) in self.after:
                name = self.leaves[self.after[id(node)]].name
            if name and id(node) not in self.place:
                error.name, error.kind = f"δ_{name}", "error"
        return error

    def cut(self, results: Sequence[Any]) -> list[Any]:
        """The results, with values computed in forward iterations replaced by rows of the forward loop's results."""
        waiting = [each for each in map(self._again, results) if isinstance(each, Traced)]
        done = set()
        while waiting:
            node = waiting.pop()
            if id(node) in done or node.primitive is None:
                continue
            inputs = tuple(self._again(each, node, position) for position, each in enumerate(node.inputs))
            for each in node.siblings or (node,):
                each.inputs = inputs
                done.add(id(each))
            waiting += [each for each in inputs if isinstance(each, Traced)]
        return list(map(self._again, results))

    def _is_forward(self, node: Any) -> bool:
        return isinstance(node, Traced) and id(node.siblings[0] if node.siblings else node) in self.forward

    def _again(self, node: Any, reader: Traced | None = None, position: int = 0) -> Any:
        """What a backward iteration reads for a node: a row, or the node itself, which is then recomputed."""
        if not self._is_forward(node) and id(node) not in self.place:
            return node
        loop = self.loop
        if reader is not None and self._is_last(node, reader, position):
            return self._last(self.version[id(node)][0])
        if id(node) in self.put:
            place, number, write = self.put[id(node)]
            index = dict(write.params)["index"].beside(1)
            if (
                node.shape == index.shape
                and node.dtype == write.dtype
                and self._stays(place, number, self.written[place][number - 1][1])
            ):
                made = at(self._last(place), write.inputs[2:], index)
                made.id = write.id  # the order of lines: after what computes the index, and before what reads it
                return made
        if node.primitive is None:
            place = self.place[id(node)]
            return self._row(("history", place), loop.row_before(), node) if place < loop.carried else node
        if not self._saved(node):
            return node
        if id(node) in self.after and self.after[id(node)] < loop.carried:
            return self._row(("history", self.after[id(node)]), loop.row_after(), node)
        return self._row(("stack", self._stacked(node)), loop.row(), node)

    def _is_last(self, node: Traced, reader: Traced, position: int) -> bool:
        """Whether an operation reads a carried array only where no later iteration writes."""
        if id(node) not in self.version:
            return False
        spans = [
            self.spans.get(self.loop.inputs[self.place[id(each)]].name) if id(each) in self.place else None
            for each in reader.inputs
        ]
        boxes = read_by(reader, position, node.shape, spans)
        return boxes is not None and self._stays(*self.version[id(node)], boxes)

    def _stays(self, place: int, number: int, boxes: Sequence[Box]) -> bool:
        """Whether nothing is written to these places of a carried array after so many writes of an iteration."""
        return not any(
            meets(self.loop, there, each, later=int(later <= number))
            for there in boxes
            for later, (_, written) in enumerate(self.written[place], 1)
            for each in written
        )

    def _last(self, place: int) -> Traced:
        """A carried array after the last iteration."""
        give: Give = ("last", place)
        if give not in self.known:
            whole = self._result(give, self.leaves[place].name)
            self.known[give] = self.leaf(self.leaves[place].name, whole)
            self.read.append((self.known[give], whole))
        return self.known[give]

    def _saved(self, node: Traced) -> bool:
        """Whether a value is kept for each iteration: it has a name or is expensive, has one shape, and is not loop-invariant."""
        assert node.primitive is not None
        if changes_by_turn(node.shape):
            return False
        if node.dtype.kind in "fc" and node.primitive.name in ("at", "getitem") and id(node.inputs[0]) in self.version:
            small = 4 * math.prod(node.shape) <= math.prod(node.inputs[0].shape)
            return small and not self._is_last(node.inputs[0], node, 0)
        if node.dtype.kind not in "fc" or node.primitive.name in _VIEWS or not self._changes(node):
            return False
        if node.primitive is LOOP:
            kind, _ = dict(node.params)["body"].gives[[*map(id, node.siblings)].index(id(node))]
            if (
                kind != "last" and not dict(node.params)["body"].is_counted
            ):  # of as many rows as it has turns in each run
                return False
            if kind != "last":  # to repeat a loop that writes to our arrays takes their histories
                return kind == "stack" and any(id(each) in self.version for each in node.siblings)
        return bool(node.name) or not node.primitive.elementwise

    def _changes(self, node: Traced) -> bool:
        """Whether a value differs between iterations."""
        waiting, seen = [node], set()
        while waiting:
            each = waiting.pop()
            if (
                each.primitive is None and self.place.get(id(each), 0) <= self.loop.carried
            ):  # others are read, row by row
                return True
            if id(each) not in seen:
                seen.add(id(each))
                waiting += [one for one in each.inputs if isinstance(one, Traced)]
        return False

    def _stacked(self, node: Traced) -> int:
        """The place of a forward value among the loop's outputs, to which it is added if it is not there yet."""
        if id(node) not in self.of_symbol:
            self._extend(node.siblings)
        loop: Loop = dict(self.first.params)["body"]
        name = self.of_symbol[id(node)]
        for place in range(loop.carried, len(loop.outputs)):
            if getattr(loop.outputs[place], "name", "") == name:
                return place
        symbol = next(each for equation in loop.equations for each in equation.targets if each.name == name)
        self._replace(reshaped(replace(loop, outputs=(*loop.outputs, symbol))))
        return len(loop.outputs)

    def _extend(self, results: Sequence[Traced]) -> None:
        """Give the nested loop of the forward loop the results that its derivative has asked for."""
        loop: Loop = dict(self.first.params)["body"]
        taken = {each.name for each in (*loop.inputs, *(target for e in loop.equations for target in e.targets))}
        first = self.of_symbol[id(results[0])]
        at = next(k for k, each in enumerate(loop.equations) if each.target.name == first)
        targets = list(loop.equations[at].targets)
        for each in results[len(targets) :]:
            name = next(
                f"{each.name or first}_{k}" for k in itertools.count(1) if f"{each.name or first}_{k}" not in taken
            )
            taken.add(name)
            self.of_symbol[id(each)] = name
            targets.append(Symbol(name, each.shape, each.dtype))
        nested = replace(loop.equations[at], targets=tuple(targets), params=results[0].params)
        self._replace(replace(loop, equations=(*loop.equations[:at], nested, *loop.equations[at + 1 :])))

    def _row(self, give: Give, row: Affine, node: Traced) -> Traced:
        """A row of a history or a stack."""
        if give not in self.known:
            name = node.name if give[0] == "stack" else self.leaves[give[1]].name
            whole = self._result(give, name)
            self.known[give] = self.leaf(name, whole)
            self.read.append((self.known[give], whole))
        key = (give, row)
        if key not in self.known:
            made: Traced = at(self.known[give], (self.counter,), place_in(row, node.shape))
            made.id, made.origin = -len(self.known), node.origin or Origin()
            self.known[key] = made
        return self.known[key]

    def _result(self, give: Give, name: str) -> Traced:
        """A result of the forward loop, which is added to the loop if it is missing."""
        first = self.first
        loop: Loop = dict(first.params)["body"]
        if give in loop.gives:
            return first.siblings[loop.gives.index(give)]
        made = Traced(first.tape, LOOP, first.inputs, (), None, *loop.type_of(give))
        made.id, made.origin, made.source, made.code, made.offset = (
            first.id,
            first.origin,
            first.source,
            first.code,
            first.offset,
        )
        made.name = name
        if made.name:
            made.kind = "named"
        if ("last", give[1]) in loop.gives and give[0] == "history":  # one name for both
            last = first.siblings[loop.gives.index(("last", give[1]))]
            made.name, made.kind, last.name, last.kind = last.name, last.kind, "", "temporary"
        siblings = (*first.siblings, made)
        for each in siblings:
            each.siblings = siblings
        self._replace(replace(loop, gives=(*loop.gives, give)))
        return made

    def _replace(self, loop: Loop) -> None:
        params: Params = (("body", loop),)
        for each in self.first.siblings:
            each.params = params


def zeros(like: Traced, tape: Tape) -> Any:
    """Zeros of a node's shape; the number 0 if it has no axes."""
    if not like.shape:
        return 0.0 if like.dtype == float else like.dtype.type(0)
    return bind(PRIMITIVES["broadcast_to"], (like.dtype.type(0),), (("shape", like.shape),), tape)


def _added(total: Traced, error: Traced) -> Traced:
    """A total plus an iteration's contribution; terms that are zero except at some places are added only there."""
    whole: list[Traced] = []
    placed: list[Traced] = []
    for term in _terms(error):
        (placed if term.primitive is not None and term.primitive.name in ("put_at", "scatter") else whole).append(term)
    for term in whole:
        total = bind(PRIMITIVES["add"], (total, term))
    for term in placed:
        total = bind(ADDED_AT, (total, *term.inputs), (("index", _places(term)),))
    return total


def _terms(error: Traced) -> Iterator[Traced]:
    """The terms of a sum, if some of them are zero except at some places; otherwise the error itself."""
    if error.primitive is not None and error.primitive.name == "add" and _is_placed(error):
        for each in error.inputs:
            yield from _terms(each)
    else:
        yield error


def _is_rows(error: Any) -> bool:
    """Whether all terms of a sum are zero except at some places."""
    if not isinstance(error, Traced) or error.primitive is None:
        return False
    name = error.primitive.name
    return name == "scatter" or (name == "add" and all(map(_is_rows, error.inputs)))


def _is_placed(error: Any) -> bool:
    if not isinstance(error, Traced) or error.primitive is None:
        return False
    name = error.primitive.name
    return name in ("put_at", "scatter") or (name == "add" and any(map(_is_placed, error.inputs)))


def body(called: str, inputs: Sequence[Traced], outputs: Sequence[Any], conditions: Sequence[Any] = ()) -> Any:
    """The program of an iteration. Its inputs may share names."""
    names: list[str] = []
    for each in inputs:
        name = printable(each.name or "q")
        while name in names:
            name += "_"
        names.append(name)
    results = Tree(tuple, tuple(range(len(outputs))), (LEAF,) * len(outputs))
    return program_of(called, inputs, outputs, tuple((each, LEAF) for each in names), results, conditions)
