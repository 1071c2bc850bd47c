"""Reverse-mode differentiation: errors flow back from the outputs, equation by equation, by the rule of each primitive.

`pull_back` works on nodes, and computes gradients as values or records them as nodes. `differentiate` turns a program into
the program of its derivative, which can be differentiated again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .binding import bind, shape_of
from .border import leaf, program_of, replay
from .dims import Shape
from .nouns import Program, Symbol
from .primitive import PRIMITIVES
from .structure import LEAF, Tree
from .traced import Tape, Traced, current


@dataclass(frozen=True)
class Shortcut:
    """A path from a node to one further back, as nodes and the input of each that comes next, and a factor.

    The error at the end of the path is the node's error times the factor, a function of the node's result and the end.
    """

    way: tuple[tuple[Traced, int], ...]
    factor: Callable[[Any, Any], Any]
    both: bool = False  # whether it is the way by which the second input's error goes too

    @property
    def end(self) -> Traced:
        """The node at the end of the path."""
        node, position = self.way[-1]
        end: Traced = node.inputs[position]
        return end


SHORTCUTS: dict[str, Callable[[Traced], Shortcut | None]] = {}
"""Functions that look for a shortcut behind a node, by the name of its primitive."""


class Guards:
    """Keeps errors from places where they have no meaning; the core has no such places."""

    def start(self, node: Traced) -> None:
        """A node receives its error from outside."""

    def pass_on(self, node: Traced, position: int, record: bool) -> None:
        """An input receives its part of the error of a node."""

    def operands(self, node: Traced, y: Any, inputs: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        """The result and the inputs that are passed to a node's rule."""
        return y, inputs


GUARDED: dict[str, Callable[[], Guards]] = {}
"""The guards that a derivative needs if a primitive of this name is on its path."""

CANCELED: dict[str, Callable[[Sequence[Traced], Sequence[Traced]], set[int]]] = {}
"""By the name of a primitive: which nodes between are computed with, by id, though the outputs do not depend on them."""


def pull_back(
    outputs: Sequence[tuple[Traced, Any]],
    wrt: Sequence[Traced],
    *,
    record: bool,
    finish: Callable[[Traced, Any], Any] = lambda node, error: error,
    nodes: Sequence[Traced] | None = None,
) -> list[Any]:
    """Pull the errors of outputs back to the nodes in `wrt`; a node that no error reaches gets `None`.

    With `record`, the rules run on nodes and their equations go on the tape; otherwise they run on values. `finish` is
    called with each node and its error once that is complete, and returns it or a replacement. `nodes` are those `between`.
    """
    nodes = between(outputs, wrt) if nodes is None else nodes
    tape = current.get() or Tape()
    outer, tape.derived = tape.source, (tape.count, None)
    waiting = Counter(  # how often an argument is still to be given a part of its error
        id(e) for n in (nodes if record else ()) for e in n.inputs if isinstance(e, Traced) and e.primitive is None
    )
    errors: dict[int, Any] = {}
    targets = {id(node) for node in wrt}
    result: dict[int, Any] = {}

    def add(node: Traced, error: Any) -> None:
        known = errors.get(id(node))
        errors[id(node)] = error if known is None else known + error

    def complete(node: Traced) -> Any:
        error = errors.pop(id(node), None)
        if error is not None and record:
            error = finish(node, error)
        if error is not None and id(node) in targets:
            result[id(node)] = error
        return error

    met = {node.primitive.name for node in nodes if node.primitive is not None}
    guards = next((make() for name, make in GUARDED.items() if name in met), Guards())
    for node, error in outputs:
        add(node, error)
        guards.start(node)
    active = {id(each) for node in nodes for each in node.siblings or (node,)} | targets
    for find in {CANCELED[name] for name in met & CANCELED.keys()}:
        active -= find(nodes, [node for node, _ in outputs]) - targets
    try:
        for node in reversed(nodes):
            tape.source = node
            if node.siblings:
                error = tuple(map(complete, node.siblings))
                error = None if all(part is None for part in error) else error
            else:
                error = complete(node)
            if error is not None and node.primitive is not None:
                for each, part in _parts(node, error, active, targets, record, guards):
                    add(each, fitted(part, each.shape, each.dtype))
            for each in node.inputs if waiting else ():
                if id(each) in waiting:
                    waiting[id(each)] -= 1
                    if not waiting[id(each)] and id(each) in targets:
                        complete(each)
    finally:
        tape.source = outer
    return [result.get(id(node)) for node in wrt]


def _parts(
    node: Traced, error: Any, active: set[int], targets: set[int], record: bool, guards: Guards
) -> Iterator[tuple[Traced, Any]]:
    """The parts of a node's error that its rules give to its active inputs."""
    primitive = node.primitive
    assert primitive is not None
    y = node if record else node.value
    if node.siblings:
        y = node.siblings if record else tuple(each.value for each in node.siblings)
    inputs: Sequence[Any] = (
        node.inputs if record else [each.value if isinstance(each, Traced) else each for each in node.inputs]
    )
    short = SHORTCUTS[primitive.name](node) if primitive.name in SHORTCUTS else None
    if short is not None and (id(short.end) not in active or any(id(step) in targets for step, _ in short.way[1:])):
        short = None
    y, inputs = guards.operands(node, y, inputs)
    keywords = dict(node.params)
    if "{*}" in primitive.python.source:  # of any number of inputs; its one rule gives the errors of all
        (rule,) = primitive.derivative
        assert rule is not None
        for position, part in enumerate(rule(error, y, *inputs, **keywords)):
            if part is not None and id(node.inputs[position]) in active:
                guards.pass_on(node, position, record)
                yield node.inputs[position], part
        return
    for position, each in enumerate(node.inputs):
        if isinstance(each, Traced) and id(each) in active:
            if short is not None and short.way[0][1] == position:
                u: Any = short.end if record else short.end.value
                (u,) = guards.operands(node, y, (u,))[1]
                for step, place in short.way:
                    guards.pass_on(step, place, record)
                yield short.end, error * short.factor(y, u)
                continue
            rule = primitive.rule(position) if short is None or not short.both else None
            part = None if rule is None else rule(error, y, *inputs, **keywords)
            if part is not None:
                guards.pass_on(node, position, record)
                yield each, part


def fitted(error: Any, shape: Shape, dtype: np.dtype[Any]) -> Any:
    """Bring an error to the shape and dtype of its symbol, summing over broadcast axes."""
    given = shape_of(error)
    if given != shape:
        extra = len(given) - len(shape)
        if extra > 0:
            error = np.sum(error, axis=None if extra == len(given) else tuple(range(extra)) if extra > 1 else 0)
        now = shape_of(error)
        stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 != now[axis]) if extra >= 0 else ()
        if stretched:
            error = np.sum(error, axis=stretched if len(stretched) > 1 else stretched[0], keepdims=True)
        if shape_of(error) != shape:
            error = np.broadcast_to(error, shape)
    if getattr(error, "dtype", dtype).kind == "c" != dtype.kind:
        error = np.real(error)  # a real number moves along the real axis alone
    if getattr(error, "dtype", None) != dtype:
        error = error.astype(dtype) if hasattr(error, "astype") else dtype.type(error)
    return error


def between(outputs: Sequence[tuple[Traced, Any]], wrt: Sequence[Traced]) -> list[Traced]:
    """The nodes on paths from `wrt` to the outputs, in the order in which they were made.

    The first result of an operation stands for all: when the backward pass reaches it, all their errors are known.
    """
    active = {node.id for node in wrt}
    first = min(active, default=0)
    seen: dict[int, Traced] = {}
    waiting = [node for node, _ in outputs]
    while waiting:
        node = waiting.pop()
        if node.siblings:
            node = node.siblings[0]
        number = node.id
        if number >= first and number not in seen:
            seen[number] = node
            for each in node.inputs:
                if type(each) is Traced:
                    waiting.append(each)
    found = []
    for position in sorted(seen):
        node = seen[position]
        if node.dtype.kind not in "fc" and not any(each.dtype.kind in "fc" for each in node.siblings):
            continue  # truth values and integers are constants
        if position not in active:
            for each in node.inputs:
                if type(each) is Traced and each.id in active:
                    active.update([sibling.id for sibling in node.siblings] if node.siblings else (position,))
                    break
            else:
                continue
        found.append(node)
    return found


def differentiate(
    program: Program,
    wrt: Sequence[str],
    results: Tree,
    *,
    keep: Sequence[str] = (),
    error_names: Mapping[str, str] | None = None,
    scale: Mapping[str, str] | None = None,
) -> Program:
    """The program of ∂C/∂s for every symbol s in `wrt`, where C is the one output of `program`.

    It returns the gradients, nested as `results` describes, and then the symbols in `keep`. The error of a symbol `z` is
    named `δ_z`, or by `error_names`; its gradient `dC_dz`. `scale` gives the input by which a symbol's error is multiplied.
    """
    tape = Tape()
    tape.sized = True
    token = current.set(tape)
    try:
        inputs = {symbol.name: leaf(tape, symbol.name, symbol.shape, symbol.dtype) for symbol in program.inputs}
        nodes = replay(program, inputs, tape)
        symbol_names = {id(node): name for name, node in nodes.items()}
        chosen = [inputs[each] for each in wrt]

        def finish(node: Traced, error: Any) -> Any:
            name = symbol_names.get(id(node), "")
            if scale is not None and name in scale:
                tape.source = node
                error = error * inputs[scale[name]]
            fresh = isinstance(error, Traced) and error.source is not None and not error.name
            if node in chosen_nodes:
                if node.dtype.kind == "c":
                    tape.source, error = node, np.conj(error)
                elif not fresh:
                    tape.source = node
                    error = bind(PRIMITIVES["identity"], (error,), (), tape)
                error.name, error.kind = f"dC_d{name}", "gradient"
            elif node.name and fresh:
                error.name, error.kind = (error_names or {}).get(name, f"δ_{name}"), "error"
            return error

        chosen_nodes = set(chosen)
        (output,) = program.outputs
        cost = nodes[output.name] if isinstance(output, Symbol) else output.value
        found: list[Any] = [None] * len(chosen)
        if isinstance(cost, Traced):
            tape.source = cost
            one = bind(PRIMITIVES["identity"], (cost.dtype.type(1),), (), tape)
            one.value = None  # nothing is computed with it yet
            found = pull_back([(cost, one)], chosen, record=True, finish=finish)
        gradients = [zeros(node, tape) if error is None else error for node, error in zip(chosen, found, strict=True)]
        return program_of(
            f"{program.name.rstrip('_')}_gradient",
            list(inputs.values()),
            [*gradients, *(nodes[each] for each in keep)],
            program.arguments,
            Tree(tuple, tuple(range(1 + len(keep))), (results, *(LEAF,) * len(keep))) if keep else results,
            [(nodes[c.symbol.name], c.expected, c.origin) for c in program.conditions],
        )
    finally:
        current.reset(token)
        tape.open = False


def zeros(node: Traced, tape: Tape) -> Any:
    """The gradient of a node that the cost does not depend on, as a broadcast 0."""
    tape.source = node
    zero = node.dtype.type(0)
    if node.shape:
        made = bind(PRIMITIVES["broadcast_to"], (zero,), (("shape", node.shape),), tape)
    else:
        made = bind(PRIMITIVES["identity"], (zero,), (), tape)
    tape.source = None
    made.name, made.kind = f"dC_d{node.name}", "gradient"
    return made
