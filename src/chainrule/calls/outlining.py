"""Makes equations of calls in a recording, innermost first; calls that are not like the others of a function stay as recorded.

Calls are alike if they record the same operations on operands from the same kinds of source. Arrays from outside become
arguments, and so do numbers that differ between the calls.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from types import CodeType
from typing import Any

import numpy as np

from ..core.binding import infer, shape_of
from ..core.border import leaf, printable
from ..core.errors import TracingError
from ..core.layout import layout
from ..core.nouns import Constant, Program
from ..core.simplification import simplify
from ..core.symbols import Params
from ..core.traced import Tape, Traced
from ..loops.derivative import body as program_of
from ..loops.detection import LEAST, opened
from ..loops.noun import LOOP
from ..loops.paths import Place
from ..loops.places import ADDED_AT, AT, UPDATED_AT
from ..loops.rolling import copied, rolled
from ..program import names
from ..program.guards import tests_finiteness
from .noun import Function, function_of, operation, reshaped
from .recording import Called

_VARIANTS = 2  # of one function


def outlined(tape: Tape, calls: Sequence[Called], outputs: Sequence[Any], mark: int = 0, least: int = 2) -> None:
    """Make equations of the calls in a recording that becomes a program; its nodes are changed for that.

    Args:
        tape: The recording.
        calls: The calls.
        outputs: The results of what was recorded.
        mark: The number of the last node before that.
        least: How often a function is called that becomes one: the adjoint of a single call would only repeat its lines.
    """
    if calls:
        _Outlining(tape, calls, outputs, mark, least).done()


@dataclass
class _Instance:
    """A call with what it has recorded: its nodes in order, and what they read from outside."""

    call: Called
    nodes: list[Traced]
    places: InitVar[Mapping[int, Place]]
    externals: list[Any] = field(default_factory=list)  # nodes and arrays from outside, in the order of their first use
    numbers: list[Any] = field(default_factory=list)  # all that are operands, in order
    key: Any = None  # equal for calls that are alike

    def __post_init__(self, places: Mapping[int, Place]) -> None:
        place: dict[int, tuple[int, int]] = {}
        known: dict[int, int] = {}
        rows: list[Any] = []
        for number, node in enumerate(self.nodes):
            wiring: list[Any] = []
            for each in node.inputs:
                if id(each) in place:
                    wiring.append(place[id(each)])
                elif isinstance(each, (Traced, np.ndarray)):
                    if id(each) not in known:
                        known[id(each)] = len(self.externals)
                        self.externals.append(each)
                    wiring.append(known[id(each)])
                else:
                    wiring.append(None)
                    self.numbers.append(each)
            for result, each in enumerate(node.siblings or (node,)):
                place[id(each)] = (number, result)
            types = tuple([(each.shape, each.dtype) for each in node.siblings or (node,)])
            rows.append(
                (node.primitive, _unnamed(node.params), tuple(wiring), types, self._turns(places.get(id(node))))
            )
        self.key = (tuple(rows), tuple([(shape_of(each), each.dtype) for each in self.externals]))
        self.place = place

    def _turns(self, place: Place | None) -> tuple[int, ...]:
        """How many turns the loops of `steps` have that an operation is in, within the function."""
        around = () if place is None else place.counters[: len(place.counters) - len(self.call.place.counters)]
        return tuple([each.steps.count for each in around if each.steps is not None])


def _unnamed(params: Params) -> Any:
    """Params, in which the programs of loops and branches are the same whatever the names in them are."""
    if not any(isinstance(value, Program) for _, value in params):
        return params
    ints: list[int] = []
    return tuple([(key, opened(value, ints)) for key, value in params]), tuple(ints)


class _Outlining:
    """The calls of one recording."""

    def __init__(self, tape: Tape, calls: Sequence[Called], outputs: Sequence[Any], mark: int, least: int):
        self.tape, self.mark, self.least = tape, mark, least
        self.places: dict[int, Place] = {id(node): place for node, place in tape.places or ()}
        ends = [each for each in (*outputs, *(one[0] for one in tape.conditions)) if isinstance(each, Traced)]
        needed: dict[int, Traced] = {}
        waiting = list(ends)
        while waiting:
            node = waiting.pop()
            node = node.siblings[0] if node.siblings else node
            if id(node) not in needed and node.primitive is not None and node.id > mark:
                needed[id(node)] = node
                waiting += [each for each in node.inputs if isinstance(each, Traced)]
        self.needed = sorted(node.id for node in needed.values())
        found = {id(node): node for node, _ in tape.places or ()} | needed
        self.nodes = sorted(found.values(), key=lambda node: node.id)
        self.ids = [node.id for node in self.nodes]
        self.gone: set[int] = set()
        self.last: dict[int, float] = {}  # when a node is read last
        self.derived: dict[int, int] = {}  # when one of a derivative that is recorded reads it last
        for node in self.nodes:
            for each in node.inputs:
                if isinstance(each, Traced):
                    self.last[id(each)] = node.id
                    if node.source is not None:
                        self.derived[id(each)] = node.id
        self.last |= {id(each): float("inf") for each in ends}
        self.branches = sorted(each[0].id for each in tape.conditions)
        self.guarded = self._guarded()
        self.calls = calls
        self.count: dict[str, int] = {}

    def _guarded(self) -> set[int]:
        """The nodes whose errors come from one branch of an np.where, through elementwise operations."""
        found: set[int] = set()
        for node in reversed(self.nodes):
            primitive = node.primitive
            if primitive is not None and (primitive.name == "where" or (id(node) in found and primitive.elementwise)):
                found |= {id(each) for each in node.inputs if shape_of(each) == node.shape}
        return found

    def done(self) -> None:
        """Make the equations."""
        by_code: dict[CodeType, list[Called]] = {}
        for call in self.calls:
            by_code.setdefault(call.code, []).append(call)
        depth: dict[CodeType, int] = {}
        recursive = {each.code for each in self.calls if each.code in each.within}
        for call in self.calls:  # those within come first
            for level, code in enumerate(reversed((*call.within, call.code))):
                depth[code] = max(depth.get(code, 0), level)
        for code in sorted(by_code, key=lambda code: depth[code]):
            if code not in recursive and len(by_code[code]) >= self.least:
                self._function(by_code[code])
        places = [
            (node, self.places[id(node)])
            for node in self._within(self.mark, self.tape.count)
            if id(node) in self.places
        ]
        self.tape.places = places

    def _within(self, begun: int, ended: int) -> list[Traced]:
        """The nodes of a stretch of the recording."""
        first, last = bisect.bisect_right(self.ids, begun), bisect.bisect_right(self.ids, ended)
        return [node for node in self.nodes[first:last] if id(node) not in self.gone]

    # ---- which calls become equations ------------------------------------------------------------------------------------

    def _function(self, calls: Sequence[Called]) -> None:
        """Make equations of the calls of a function, if there are few kinds of them, or only of those that are frequent."""
        found: dict[Any, list[_Instance]] = {}
        for call in calls:
            instance = _Instance(call, self._within(call.begun, call.ended), self.places)
            if instance.nodes and self._may(instance):
                found.setdefault(instance.key, []).append(instance)
        kinds = list(found.values())
        paths = [path for kind in kinds for path in {each.call.place.path for each in kind}]
        if len(kinds) > _VARIANTS or len(set(paths)) < len(paths):  # places may move with a loop, which then finds that
            kinds = [kind for kind in kinds if len(kind) >= LEAST]
        for kind in kinds if len(kinds) <= _VARIANTS else ():
            made = _Made(self.tape, kind, self._results(kind), self.places)
            if made.function is not None:
                self._replace(kind, made)

    def _may(self, instance: _Instance) -> bool:
        """Whether a call can be an equation: it is not the whole, has no branches, and no recorded derivative reads from it."""
        call = instance.call
        begun, ended = call.begun, call.ended
        if bisect.bisect_right(self.branches, begun) < bisect.bisect_right(self.branches, ended):
            return False
        inside = bisect.bisect_right(self.needed, ended) - bisect.bisect_right(self.needed, begun)
        if len(self.needed) - inside <= 1 < self.least:
            return False
        if any(node.primitive in (AT, ADDED_AT, UPDATED_AT) for node in instance.nodes):
            return False  # the adjoint of one that reads some places would give the errors of whole arrays
        for node in instance.nodes:
            for each in node.siblings or (node,):
                if self.derived.get(id(each), 0) > ended:
                    return False
                if id(each) in self.guarded and self.last.get(id(each), 0) > ended and self._is_risky(instance):
                    return False
        return True

    def _is_risky(self, instance: _Instance) -> bool:
        """Whether a derivative within may not be finite where np.where has taken another value."""
        for node in instance.nodes:
            primitive = node.primitive
            assert primitive is not None
            if id(node) in self.guarded and primitive.elementwise and primitive.regular is not None:
                return True
        return any(node.primitive is not None and node.primitive.name == "where" and tests_finiteness(node.inputs[0])
                   for node in self.nodes)  # fmt: skip

    def _results(self, group: Sequence[_Instance]) -> list[tuple[int, int]]:
        """The results of the calls, those first that they return: the places of their nodes, and which of a node's results."""
        found: dict[tuple[int, int], None] = {}
        for each in group:
            returned = [each.place[id(node)] for node in each.call.results if id(node) in each.place]
            found |= dict.fromkeys(returned)
        for each in group:
            for node in each.nodes:
                for one in node.siblings or (node,):
                    if self.last.get(id(one), 0) > each.call.ended:
                        found.setdefault(each.place[id(one)])
        return list(found)

    # ---- the equations ---------------------------------------------------------------------------------------------------

    def _replace(self, group: Sequence[_Instance], made: _Made) -> None:
        """Turn the nodes of the results of each call into the results of an equation, and drop its other nodes."""
        function = made.function
        assert function is not None
        self.count[function.stem] = count = self.count.get(function.stem, 0) + 1
        stem = f"{function.stem}{count if count > 1 else ''}"
        function = replace(function, name=f"_{len(self.gone)}_{stem}", stem=stem)
        for number, each in enumerate(group):
            nodes = [(each.nodes[at].siblings or (each.nodes[at],))[result] for at, result in made.results]
            self.gone |= {id(node) for node in each.nodes} - {id(nodes[0])}
            operands = tuple(made.operands(number))
            for node in nodes:
                node.primitive, node.inputs, node.params = operation(function), operands, (("body", function),)
                node.siblings = tuple(nodes) if len(nodes) > 1 else ()
                node.code, node.offset, node.source, node.origin = each.call.caller, each.call.offset, None, None
                node.name, node.kind = each.call.names.get(id(node), node.name), "temporary"
            self.places[id(nodes[0])] = each.call.place
            if id(nodes[0]) not in {id(node) for node in each.nodes}:  # a second result of an operation
                position = bisect.bisect_left(self.ids, nodes[0].id)
                self.nodes.insert(position, nodes[0])
                self.ids.insert(position, nodes[0].id)


class _Made:
    """The function of calls that are alike, and what each of them gives it."""

    def __init__(
        self, tape: Tape, group: Sequence[_Instance], results: list[tuple[int, int]], places: Mapping[int, Place]
    ):
        self.group, self.results = group, results
        first = group[0]
        self.function: Function | None = None
        self.tape = Tape()
        self.tape.constants = dict(tape.constants)
        numbers = self._numbers()
        if numbers is None or not results:
            return
        given: list[tuple[str, Traced, Callable[[_Instance], Any]]] = []
        externals: list[Traced] = []
        for number, each in enumerate(first.externals):
            values = [one.externals[number] for one in group]
            names = (getattr(value, "name", "") or tape.constants.get(id(value), "") for value in values)
            name = self._argument(values) or next(filter(None, names), "")
            externals.append(leaf(self.tape, name, shape_of(each), each.dtype))
            given.append((name, externals[-1], lambda one, number=number: one.externals[number]))  # type: ignore[misc]
        lifted: dict[Any, Traced] = {}
        for number, key in numbers.items():
            if key not in lifted:
                name = self._argument([one.numbers[number] for one in group])
                lifted[key] = leaf(self.tape, name, (), np.dtype(np.float64))
                given.append((name, lifted[key], lambda one, number=number: one.numbers[number]))  # type: ignore[misc]
        order = {name: place for place, (name, _) in enumerate(first.call.arguments)}
        given.sort(key=lambda each: order.get(each[0], len(order)))
        for number, (_, each, _) in enumerate((each for each in given if not each[0]), 1):
            each.name = f"c{number}"
        copies, outputs = self._copied(
            first, externals, {number: lifted[key] for number, key in numbers.items()}, places
        )
        if copies is None:
            return
        self.tape.places = copies
        try:
            outputs = rolled(self.tape, outputs, 0)
        except TracingError:  # if the whole is refused, too, that tells more
            return
        made = program_of(printable(first.call.name), [each for _, each, _ in given], outputs)
        self.getters = [each for *_, each in given]
        function, arrays = function_of(simplify(made, "textbook"), first.call.name)
        sites = {each.call.place.path for each in group}
        if not _is_long(function) and (len(sites) < 2 or len(function.equations) < _MANY):
            return
        self._trim(function, arrays)

    def _argument(self, values: Sequence[Any]) -> str:
        """The name of the argument that has been given these values, one in each call; of arrays, in one of the calls."""
        found: list[set[str]] = []
        for one, value in zip(self.group, values, strict=True):
            names = [name for name, each in one.call.arguments if each is value]
            if names and isinstance(value, (Traced, np.ndarray)):
                return names[0]
            found.append(set(names))
        return min(set.intersection(*found), default="")

    def _numbers(self) -> dict[int, Any] | None:
        """What the numbers that differ between calls are, by their place among all numbers; `None` if they cannot be given."""
        found: dict[int, Any] = {}
        for number, values in enumerate(zip(*(one.numbers for one in self.group), strict=True)):
            if len({id(value) for value in values}) > 1 and len({Constant(value).key for value in values}) > 1:
                if not all(isinstance(value, (float, int)) and not isinstance(value, bool) for value in values):
                    return None
                found[number] = tuple(Constant(value).key for value in values)
        return found

    def _copied(
        self, first: _Instance, externals: Sequence[Traced], lifted: Mapping[int, Traced], places: Mapping[int, Place]
    ) -> tuple[list[tuple[Traced, Place]] | None, list[Any]]:
        """The nodes of the first call again, on the inputs of the function, with their places within it; and its results."""
        inputs = {id(old): new for old, new in zip(first.externals, externals, strict=True)}
        around = len(first.call.place.counters)
        found: list[tuple[Traced, Place]] = []
        position = 0
        for node in first.nodes:
            operands: list[Any] = []
            for each in node.inputs:
                if id(each) in inputs:
                    operands.append(inputs[id(each)])
                else:
                    operands.append(lifted.get(position, each))
                    position += 1
            new = copied(node, operands, self.tape)
            assert node.primitive is not None
            if any(each is not one for each, one in zip(operands, node.inputs, strict=True)):
                types = infer(node.primitive, tuple(operands), node.params)
                if types != tuple((each.shape, each.dtype) for each in new):
                    return None, []
            for old, each in zip(node.siblings or (node,), new, strict=True):
                inputs[id(old)] = each
                if isinstance(source := each.source, Traced):
                    each.source = inputs.get(id(source), source)
            if id(node) in places:
                path, counters, _ = places[id(node)]
                found.append((new[0], Place(path, counters[: len(counters) - around])))
        outputs = [inputs[id((first.nodes[at].siblings or (first.nodes[at],))[result])] for at, result in self.results]
        own = names.stored_in(first.call.code)
        for each in outputs:  # the caller's name of what is returned
            if each.primitive is not None and each.name in first.call.names.values() and each.name not in own:
                each.name, each.kind = "", "temporary"
        return found, outputs

    def _trim(self, function: Function, arrays: Sequence[Constant]) -> None:
        """Take the function, without inputs that it does not read."""
        read = {each.name for each in function.operands()}
        self.getters += [lambda one, each=each: each.value for each in arrays]  # type: ignore[misc]
        kept = [place for place, each in enumerate(function.inputs) if each.name in read]
        if not kept:
            return  # it is a number
        self.getters = [self.getters[place] for place in kept]
        self.function = reshaped(replace(function, inputs=tuple(function.inputs[place] for place in kept)))

    def operands(self, number: int) -> Iterator[Any]:
        """What a call gives to the function."""
        for getter in self.getters:
            yield getter(self.group[number])


_MANY = 4  # operations, from which on one line that is called in several places is written once


def _is_long(function: Program) -> bool:
    """Whether a function is more than one line."""
    plan = layout(function)
    lines = list(plan.lines(function))
    returned = any(each.name in plan.inlined for each in function.outputs)
    loops = any(getattr(each, "primitive", None) is LOOP for each in lines)
    return len(lines) + returned + loops > 1
