"""A cache of compiled backward passes: a structure that is recorded a second time gets one, a long one later.

A structure is a recording without its values: its operations, their operands, params, shapes and dtypes. Its backward pass
is derived once as a program from the forward values to the gradients, and the fast form of that program runs. Arrays are
arguments of the program; Python numbers are constants in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.border import leaf, program_of
from ..core.derivative import pull_back
from ..core.nouns import Program, Symbol
from ..core.primitive import PRIMITIVES
from ..core.simplification import simplify
from ..core.structure import LEAF, Tree
from ..core.traced import Tape, Traced, current
from ..loops.noun import LOOP
from ..program.guards import TESTS_FINITENESS, tests_finiteness
from ..program.sizes.text import without_checks
from ..run.sums import with_products

COMPILE_AT = 2
"""The recording of a structure at which its backward pass is compiled, if it is short; the tests also set 1."""
NODES_A_RECORDING = 10
"""For so many nodes it is compiled a recording later: it takes half a millisecond a node, which some hundred calls gain back."""
MAX_NODES = 2000
_MAX_PROGRAMS = 256
_MAX_NUMBERS = 8  # if a number changes at every call, no compiled pass is used again
_MAX_COUNTED = 4096

_WHERE = PRIMITIVES["where"]
_NUMBERS = frozenset({float, int, bool, complex})
_FLOAT = np.dtype(float)
_times_recorded: dict[int, int] = {}  # by a structure's hash; a collision only means compiling sooner
# By structure, then by its numbers; `None` if a derivative rule needs values.
_compiled_passes: dict[object, dict[object, BackwardPass | None]] = {}


@dataclass(frozen=True)
class BackwardPass:
    """A compiled backward pass, and where its arguments are: node values, operands that are not nodes, errors."""

    program: Program
    function: Callable[..., Any]
    values: tuple[int, ...]
    operands: tuple[tuple[int, int], ...]
    errors: tuple[int, ...]
    reached: tuple[int, ...]  # the positions in `wrt` that have a gradient


def gradients(outputs: Sequence[Traced], errors: Sequence[Any] | None, wrt: Sequence[Traced]) -> tuple[list[Any], Any]:
    """Pull the errors of outputs back to `wrt`, on values; without errors, from 1 at the one scalar output.

    Returns the gradients, `None` where no error arrives, and the arrays that they may share memory with.
    """
    given = [output.dtype.type(1) for output in outputs] if errors is None else errors
    pairs = list(zip(outputs, given, strict=True))
    nodes, place, structure, numbers = _recorded(outputs, errors, wrt)
    has_loops = any(node.primitive is LOOP for node in nodes)  # whose rule is for programs alone
    if not nodes or (len(nodes) > MAX_NODES and not has_loops):
        return pull_back(pairs, wrt, record=False, nodes=_firsts(nodes)), ()
    versions = _compiled_passes.get(structure)
    found = versions.get(numbers, _MISSING) if versions is not None else _MISSING
    if found is _MISSING and (has_loops or _is_time_to_compile(structure, numbers, versions, len(nodes))):
        found = _compiled(nodes, place, outputs, errors, wrt)
        if len(_compiled_passes) >= _MAX_PROGRAMS or len(versions or ()) >= _MAX_NUMBERS:
            _compiled_passes.clear()
        _compiled_passes.setdefault(structure, {})[numbers] = found
    if not isinstance(found, BackwardPass):
        return pull_back(pairs, wrt, record=False, nodes=_firsts(nodes)), ()
    arguments = [nodes[position].value for position in found.values]
    for position, slot in found.operands:
        operand = nodes[position].inputs[slot]
        arguments.append(operand.value if type(operand) is Traced else operand)
    arguments += [given[position] for position in found.errors]
    results: list[Any] = [None] * len(wrt)
    for position, result in zip(found.reached, found.function(*arguments), strict=True):
        results[position] = result
    return results, arguments


def clear() -> None:
    """Empty the cache."""
    _times_recorded.clear()
    _compiled_passes.clear()


def programs() -> list[Program]:
    """The compiled backward passes, as programs to read."""
    passes = [each for versions in list(_compiled_passes.values()) for each in list(versions.values())]
    return [each.program for each in passes if each is not None]


class _Missing:
    """Marks an absent entry, since `None` is a valid one."""


_MISSING = _Missing()


def _is_time_to_compile(
    structure: object, numbers: object, versions: dict[object, BackwardPass | None] | None, nodes: int
) -> bool:
    """Count this recording, and decide whether to compile."""
    if versions is not None and len(versions) >= _MAX_NUMBERS:
        return False
    if COMPILE_AT <= 1:
        return True
    if len(_times_recorded) >= _MAX_COUNTED:
        _times_recorded.clear()
    key = hash((structure, numbers))
    _times_recorded[key] = _times_recorded.get(key, 0) + 1
    return _times_recorded[key] >= COMPILE_AT + nodes // NODES_A_RECORDING


def _recorded(
    outputs: Sequence[Traced], errors: Sequence[Any] | None, wrt: Sequence[Traced]
) -> tuple[list[Traced], dict[int, int], tuple[object, ...], tuple[object, ...]]:
    """The nodes `between`, with all results of operations that have several; the place of each by its id; and the cache key.

    The key is everything but the numbers of a recording, and its numbers. Each node's entries begin with its primitive or
    `None`, which makes it unambiguous. Numbers come with their types, since 1 == 1.0 == True, and a zero as text, since
    0.0 == -0.0. It is all done in one pass, since a short gradient spends a fifth of its time here.
    """
    sources = {node.id for node in wrt}
    first = min(sources, default=0)
    seen: dict[int, Traced] = {}
    waiting = list(outputs)
    while waiting:
        node = waiting.pop()
        if node.siblings:
            node = node.siblings[0]
        number = node.id
        if number not in seen and number >= first:
            seen[number] = node
            waiting += [each for each in node.inputs if type(each) is Traced]
    nodes: list[Traced] = []
    place: dict[int, int] = {}
    written: list[object] = []
    numbers: list[object] = []
    for number in sorted(seen):
        node = seen[number]
        siblings, primitive = node.siblings, node.primitive
        if node.dtype is not _FLOAT and not any(each.dtype.kind in "fc" for each in siblings or (node,)):
            continue  # truth values and integers are constants
        active = number in sources
        entries: list[object] = [primitive, node.shape]
        if node.params:
            entries += (node.params, tuple([_types(value) for _, value in node.params]))
        if primitive is None:
            entries.append(node.dtype)
        elif primitive is _WHERE:
            entries.append(tests_finiteness(node.inputs[0]))
        own = None
        for each in node.inputs:
            if type(each) is Traced:
                position = place.get(each.id)
                if position is None:
                    entries.append((each.shape, each.dtype))
                else:
                    entries.append(position)
                    active = True
            elif type(each) in _NUMBERS:
                entries.append(type(each))
                own = [*(own or ()), each or str(each)]
            else:
                entries.append((each.shape, each.dtype))
        if not active:
            continue
        written += entries
        if own is not None:
            numbers += own
        if siblings:
            for each in siblings:
                place[each.id] = len(nodes)
                nodes.append(each)
        else:
            place[number] = len(nodes)
            nodes.append(node)
    written.append(tuple([place.get(node.id, -1) for node in outputs]))
    written.append(tuple([place.get(node.id, -1) for node in wrt]))
    written.append(errors is None)
    return nodes, place, tuple(written), tuple(numbers)


def _firsts(nodes: Sequence[Traced]) -> list[Traced]:
    """The nodes of which the first result of an operation stands for all."""
    return [node for node in nodes if not node.siblings or node is node.siblings[0]]


def _types(value: object) -> object:
    return tuple(map(_types, value)) if type(value) is tuple else type(value)


def _compiled(
    nodes: Sequence[Traced],
    place: dict[int, int],
    outputs: Sequence[Traced],
    errors: Sequence[Any] | None,
    wrt: Sequence[Traced],
) -> BackwardPass | None:
    """Derive the backward pass from nodes without values; `None` if a derivative rule needs values."""
    tape = Tape()
    token = current.set(tape)
    stand_ins: list[Traced] = []
    operands: dict[tuple[int, int], Traced] = {}
    try:
        for position, node in enumerate(nodes):
            inputs: list[Any] = []
            for slot, each in enumerate(node.inputs):
                if type(each) is Traced and each.id in place:
                    inputs.append(stand_ins[place[each.id]])
                elif type(each) in _NUMBERS:
                    inputs.append(each)
                else:
                    operands[position, slot] = leaf(tape, "", each.shape, each.dtype)
                    if node.primitive is _WHERE and slot == 0 and tests_finiteness(each):
                        operands[position, slot].params = TESTS_FINITENESS
                    inputs.append(operands[position, slot])
            stand_ins.append(Traced(tape, node.primitive, tuple(inputs), node.params, None, node.shape, node.dtype))
            if node.siblings and node is node.siblings[-1]:
                siblings = tuple(stand_ins[-len(node.siblings) :])
                for each in siblings:
                    each.siblings = siblings
        reached = [position for position, node in enumerate(outputs) if node.id in place]
        given: dict[int, Any] = {}
        for position in reached:
            shape, dtype = outputs[position].shape, outputs[position].dtype
            if errors is None:
                given[position] = bind(PRIMITIVES["identity"], (dtype.type(1),), (), tape)
            else:
                given[position] = leaf(tape, "", shape, dtype)
        targets = [stand_ins[place[node.id]] if node.id in place else leaf(tape, "", (), node.dtype) for node in wrt]
        pairs = [(stand_ins[place[outputs[position].id]], given[position]) for position in reached]
        found = pull_back(pairs, targets, record=True)
        with_gradient = tuple(position for position, each in enumerate(found) if each is not None)
        # A loop of which the rule needs more than it has given, what each turn computes, runs once more.
        known = [position for position, node in enumerate(nodes) if stand_ins[position].params is node.params]
        arguments = [
            *(stand_ins[position] for position in known),
            *operands.values(),
            *(given.values() if errors is not None else ()),
        ]
        names = [
            *(f"y{position}" for position in known),
            *(f"x{position}_{slot}" for position, slot in operands),
            *(f"e{position}" for position in (given if errors is not None else ())),
        ]
        results = Tree(tuple, tuple(range(len(with_gradient))), (LEAF,) * len(with_gradient))
        trees = tuple((name, LEAF) for name in names)
        program = program_of("backward", arguments, [found[p] for p in with_gradient], trees, results)
    except Exception:  # a rule that needs values gets them where the pass runs on values, and fails there if it must
        return None
    finally:
        current.reset(token)
        tape.open = False
    program = _without_unused_inputs(simplify(program, "fast"))
    used = {symbol.name for symbol in program.inputs}
    with without_checks():  # it is called with arrays of these shapes alone
        function = with_products(program)._function
    return BackwardPass(
        program,
        function,
        tuple(position for position in range(len(stand_ins)) if f"y{position}" in used),
        tuple((position, slot) for position, slot in operands if f"x{position}_{slot}" in used),
        tuple(position for position in given if f"e{position}" in used),
        with_gradient,
    )


def _without_unused_inputs(program: Program) -> Program:
    """The program without the arguments that it does not use."""
    used = {operand.name for operand in program.operands() if isinstance(operand, Symbol)}
    return replace(
        program,
        inputs=tuple(symbol for symbol in program.inputs if symbol.name in used),
        arguments=tuple((name, tree) for name, tree in program.arguments if name in used),
    ).check()
