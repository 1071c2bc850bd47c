"""Functions that an operation calls itself, such as the rate of change of a differential equation, as programs.

The user's function is recorded once, without values, and is a param of the equation; what it reads of the function around it
becomes its further arguments, which are operands of the equation.
"""

import functools
import itertools
import re
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...core import hooks
from ...core.border import leaf, program_of
from ...core.derivative import pull_back
from ...core.dims import Shape
from ...core.location import refuse, user_frame
from ...core.nouns import Constant, Equation, Operand, Program, Symbol
from ...core.primitive import DISPATCHERS, HELPERS
from ...core.structure import LEAF, Tree
from ...core.traced import Tape, Traced
from ...core.tracing import argument_names

FLOAT = np.dtype(float)


@dataclass(frozen=True)
class Callback:
    """A user's function as a program.

    Attributes:
        program: The program, of the arguments that the operation passes and of `operands`.
        operands: What it takes beside those: first what is traced, then plain arrays.
        traced: How many of the operands are traced.
    """

    program: Program
    operands: list[Any]
    traced: int


def record_callback(
    function: Callable[..., Any],
    shapes: Sequence[Shape],
    extra: Sequence[Any],
    tape: Tape | None,
    convert: Callable[[Any], Any],
    *,
    name: str,
    order: Sequence[int] | None = None,
) -> Callback:
    """Record a function as a program.

    Args:
        function: The user's function.
        shapes: The shapes of its first arguments, which the operation passes, arrays of float64.
        extra: Its other arguments, which are the same in every call.
        tape: The recording that it is called in.
        convert: Makes the array that is the program's output of what the function returns.
        name: The name of the program, where the function has none.
        order: The order in which the program takes the first arguments, by their places; `None` is that of the function.

    Returns:
        The program, and what it takes beside these arguments.
    """
    assert tape is not None
    names = argument_names(function, len(shapes) + len(extra))
    mark, places, outermost = tape.count, tape.places, tape.outermost
    leaves = [leaf(tape, each, shape, FLOAT) for each, shape in zip(names, shapes, strict=False)]
    tape.places, tape.outermost = None if places is None else [], user_frame()
    try:
        outputs = [convert(hooks.active.returned(function(*leaves, *extra)))]
        if places is not None:
            outputs = hooks.active.finished(tape, outputs, mark)
    finally:
        tape.places, tape.outermost = places, outermost
    outputs, read = _cut(outputs, mark, tape)
    outside = [node for node, _ in read]
    called = {id(each): name for each, name in zip(extra, names[len(shapes) :], strict=True)}
    first = [leaves[place] for place in order or range(len(leaves))]
    arguments = apart(
        [*(each.name for each in first), *(called.get(id(each)) or each.name or "p" for each in outside)], []
    )
    own = re.sub(r"\W", "", getattr(function, "__name__", "")).removeprefix("lambda") or name
    trees = tuple((each, LEAF) for each in arguments)
    (program,), arrays = lifted([program_of(own, [*first, *(inside for _, inside in read)], outputs, trees, LEAF)])
    return Callback(_with_own_name(program, tape), [*outside, *map(operand_of, arrays)], len(outside))


def _cut(outputs: Sequence[Any], mark: int, tape: Tape) -> tuple[list[Any], list[tuple[Traced, Traced]]]:
    """Nodes made of inputs alone: one stands for each node from before the mark that they depend on."""
    read: dict[int, tuple[Traced, Traced]] = {}

    def inside(each: Any) -> Any:
        if not isinstance(each, Traced) or each.id > mark:
            return each
        return read.setdefault(each.id, (each, leaf(tape, each.name, each.shape, each.dtype)))[1]

    outputs = list(map(inside, outputs))
    waiting, seen = list(outputs), set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Traced) and id(node) not in seen:
            seen.add(id(node))
            inputs = tuple(map(inside, node.inputs))
            waiting += inputs
            for each in node.siblings or (node,):
                each.inputs = inputs
    return outputs, [read[number] for number in sorted(read)]


def apart(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """The names, with underscores where one has been before."""
    distinct = list(taken)
    for name in names:
        while name in distinct:
            name += "_"
        distinct.append(name)
    return distinct[len(taken) :]


def operand_of(constant: Constant) -> Any:
    """The array of a constant; without axes, the number of Python's that has its bits, where there is one."""
    value = constant.value
    plain = isinstance(value, np.ndarray) and not value.shape and value.dtype in (np.float64, np.int64, np.bool_)
    return value.item() if plain and isinstance(value, np.ndarray) else value


def lifted(programs: Sequence[Program]) -> tuple[list[Program], list[Constant]]:
    """The programs with the arrays that they hold as further arguments, which all of them get."""
    arrays = list(dict.fromkeys(each for program in programs for each in program.constants))

    def with_arguments(program: Program) -> Program:
        taken = [each.name for each in (*program.inputs, *(t for e in program.equations for t in e.targets))]
        names = apart([each.name for each in arrays], taken)
        new: dict[Operand, Symbol] = {
            each: Symbol(name, each.shape, np.asarray(each.value).dtype, "input")
            for each, name in zip(arrays, names, strict=True)
        }
        return replace(
            program,
            inputs=(*program.inputs, *new.values()),
            arguments=(*program.arguments, *((name, LEAF) for name in names)),
            equations=tuple(replace(e, inputs=tuple(new.get(o, o) for o in e.inputs)) for e in program.equations),
            outputs=tuple(new.get(each, each) for each in program.outputs),
        )

    return [with_arguments(each) for each in programs] if arrays else list(programs), arrays


def with_slope(called: Callback, slope: Program) -> tuple[Callback, Program]:
    """A callback and the program of its slope, which both take the arrays that the slope holds."""
    (program, lifted_slope), arrays = lifted([called.program, slope])
    return Callback(program, [*called.operands, *map(operand_of, arrays)], called.traced), lifted_slope


def lift_constants(equation: Equation, names: Sequence[str]) -> Equation:
    """The equation whose programs, the params of these names, take the arrays that simplification has put into them."""
    params = dict(equation.params)
    programs, arrays = lifted([params[name] for name in names])
    params.update(zip(names, programs, strict=True))
    return replace(equation, inputs=(*equation.inputs, *arrays), params=tuple(params.items()))


_programs: weakref.WeakKeyDictionary[Tape, dict[str, Program]] = weakref.WeakKeyDictionary()


def _with_own_name(program: Program, tape: Tape) -> Program:
    """The program by a name that no other function of the recording has."""
    known = _programs.setdefault(tape, {})
    for name in itertools.chain([program.name], (f"{program.name}_{number}" for number in itertools.count(2))):
        renamed = replace(program, name=name)
        if known.setdefault(name, renamed) == renamed:
            return renamed
    raise AssertionError


# ---- what solvers and their helpers share ------------------------------------------------------------------------------


def tuple_of(count: int) -> Tree:
    """The structure of so many results."""
    return Tree(tuple, tuple(range(count)), (LEAF,) * count)


def pull_errors(outputs: Sequence[tuple[Traced, Any]], wrt: Sequence[Traced]) -> list[Any]:
    """The errors of nodes as recorded nodes, named after those of the user's that they belong to."""

    def named(node: Traced, error: Any) -> Any:
        if isinstance(error, Traced) and error.source is not None and not error.name and node.name and node.primitive:
            error.name, error.kind = f"δ_{node.name}", "error"
        return error

    return pull_back(outputs, wrt, record=True, finish=named)


def setting(name: str, value: Any, solver: str) -> Any:
    """A setting of a solver, as plain Python."""
    if isinstance(value, Traced):
        refuse("{name} of {solver} is traced", "give it as a plain number", name=name, solver=solver)
    if value is None or isinstance(value, (bool, int)):
        return value
    return float(value) if np.ndim(value) == 0 else tuple(map(float, value))


def refuse_settings(called: str, settings: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Refuse settings of a function but those that have their defaults."""
    for name, value in settings.items():
        if name in defaults and (value is defaults[name] or value == defaults[name]):
            continue
        refuse("{called}(…, {name}=…) is not differentiated", "leave {name} out", called=called, name=name)


def dispatch(name: str, call: Callable[..., Any]) -> None:
    """Let a helper of printed texts record the operation anew where one of its operands is traced."""
    helper = HELPERS[name]

    @functools.wraps(helper)
    def either(function: Any, *operands: Any, **keywords: Any) -> Any:
        traced = any(isinstance(each, Traced) for each in operands)
        return call(function, *operands, **keywords) if traced else helper(function, *operands, **keywords)

    DISPATCHERS[name] = either
