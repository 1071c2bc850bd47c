"""The noun: a function is a program that equations hold, as often as it is called."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.dims import ShapeMismatch
from ..core.layout import canonical
from ..core.messages import message
from ..core.nouns import TEXTS, Constant, Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES, Primitive, dtype_of
from ..core.rewrite import TRIMMED
from ..core.structure import LEAF, Tree, flatten
from ..core.traced import Tape, Traced
from ..core.tracing import LEAF_TYPES
from ..loops.places import inner
from ..program.inplace.storage import ALIASES
from ..program.sizes.programs import of_call, owned


@dataclass(frozen=True, eq=False)
class Function(Program):
    """A function that equations call: its inputs are their inputs, its outputs their targets.

    Its name is nothing else's; in the end it is called after `stem`, numbered where several are.
    """

    stem: str = ""

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Function) and hash(self) == hash(other) and super().__eq__(other))

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.name, self.inputs, self.equations, self.outputs, self.conditions))

    @functools.cached_property
    def shares(self) -> bool:
        """Whether a result may share memory with an argument or with another result."""
        owner: dict[str, str] = {each.name: "" for each in self.inputs}
        for each in self.equations:
            (source, *_) = (*each.inputs, None)
            is_view = isinstance(source, Symbol) and each.primitive.name in ALIASES
            beside = any(getattr(value, "shares", False) for _, value in each.params)
            for target in each.targets:
                owner[target.name] = "" if beside else owner[source.name] if is_view else target.name
        owners = [owner[each.name] for each in self.outputs if isinstance(each, Symbol)]
        return "" in owners or len(set(owners)) < len(owners)


def function_of(program: Program, stem: str) -> tuple[Function, tuple[Constant, ...]]:
    """A program as a function, whose shapes the caller has checked, and the arrays in it, which become its last inputs."""
    program = owned(program)
    arrays = program.constants
    lifted = {each: Symbol(each.name, each.shape, np.dtype(dtype_of(each)), "input") for each in arrays}

    def read(operands: Sequence[Operand]) -> tuple[Operand, ...]:
        return tuple(lifted.get(each, each) if isinstance(each, Constant) else each for each in operands)

    equations = tuple(replace(each, inputs=read(each.inputs)) for each in program.equations)
    return reshaped(
        Function(
            program.name, (*program.inputs, *lifted.values()), equations, read(program.outputs), (), LEAF,
            program.conditions, (), stem,
        )
    ), arrays  # fmt: skip


def reshaped(function: Function) -> Function:
    """The function with arguments and results that match its inputs and outputs."""
    count = len(function.outputs)
    results = LEAF if count == 1 else Tree(tuple, tuple(range(count)), (LEAF,) * count)
    return replace(function, arguments=tuple((each.name, LEAF) for each in function.inputs), results=results)


class _Calls(Primitive):
    """The operation whose function is the one that is called."""

    takes_numbers = True

    def function(self, params: Any, arity: int) -> Callable[..., Any]:
        """The function itself."""
        run: Callable[..., Any] = dict(params)["body"]._function
        return run


def _types(body: Function) -> list[tuple[Any, Any]]:
    return [(each.shape, np.dtype(dtype_of(each))) for each in body.outputs]


def _shapes(*shapes: Any, body: Function) -> Any:
    for number, (given, symbol) in enumerate(zip(shapes, body.inputs, strict=True)):
        if given != symbol.shape:
            what = message("{name} takes another shape as its {argument}", name=body.name, argument=symbol.name)
            raise ShapeMismatch(what, (number, number))
    found = of_call([each.shape for each in body.inputs], shapes, [shape for shape, _ in _types(body)])
    return found if len(found) > 1 else found[0]


def _dtypes(*dtypes: Any, body: Function) -> Any:
    found = tuple(dtype for _, dtype in _types(body))
    return found if len(found) > 1 else found[0]


RULE: list[Callable[..., Any]] = []
_declared: dict[str, Any] = {
    "shape": _shapes, "dtype": _dtypes, "python": "{body}({*})", "latex": r"\mathrm{{body}}({*})",
    "derivative": lambda g, y, *inputs, body: RULE[0](g, y, inputs, body),
}  # fmt: skip
CALL = _Calls(**vars(inner("call", **_declared)))
CALLS = _Calls(**vars(inner("calls", results=lambda *nodes: nodes, **_declared)))
"""The call of a function with one result, and of one with several."""


def called(function: Function, operands: Sequence[Any], tape: Tape) -> tuple[Traced, ...]:
    """Record a call, and give the nodes of its results."""
    made = bind(operation(function), tuple(operands), (("body", function),), tape)
    return made if isinstance(made, tuple) else (made,)


def operation(function: Function) -> Primitive:
    """The operation of calls of a function."""
    return CALL if len(function.outputs) == 1 else CALLS


def callee(equation: Equation) -> Function | None:
    """The function that an equation calls, if it is a call."""
    return dict(equation.params)["body"] if equation.primitive in (CALL, CALLS) else None


def _lifted(equation: Equation, needed: Set[str]) -> list[Equation]:
    """A call whose function takes as arguments the arrays that simplification has put into it."""
    function = callee(equation)
    assert function is not None
    if not function.constants:
        return [equation]
    made, arrays = function_of(function, function.stem)
    return [replace(equation, inputs=(*equation.inputs, *arrays), params=(("body", made),))]


TRIMMED["call"] = TRIMMED["calls"] = _lifted


def has_calls(program: Program) -> bool:
    """Whether a function is called in a program, or in a loop of it."""
    return any(isinstance(each, Function) for part in program.parts() for each in part.blocks)


# ---- written where they are called -----------------------------------------------------------------------------------


def inlined(program: Program) -> Any:
    """The program with the equations of each function in the place of its calls."""
    return canonical(_inlined(program)).check() if has_calls(program) else program


def _inlined(program: Any) -> Any:
    names = {each.name for each in (*program.inputs, *(t for e in program.equations for t in e.targets))}
    names |= {name for name, _ in program.arguments} | {each.name for each in program.constants}
    fresh = _fresh(names)
    instead: dict[str, Operand] = {}
    equations: list[Equation] = []

    def add(equation: Equation, known: dict[str, Operand]) -> None:
        inputs = tuple(known.get(each.name, each) if isinstance(each, Symbol) else each for each in equation.inputs)
        inputs = _fitting(replace(equation, inputs=inputs), equation, equations, fresh)
        function = callee(equation)
        if function is None:
            params = tuple(
                (name, _inlined(value) if isinstance(value, Program) else value) for name, value in equation.params
            )
            equations.append(replace(equation, inputs=inputs, params=params))
            return
        inside: dict[str, Operand] = dict(zip((each.name for each in function.inputs), inputs, strict=True))
        for each in function.equations:
            targets = tuple(replace(target, name=fresh(target.name)) for target in each.targets)
            add(replace(each, targets=targets), inside)
            inside |= {old.name: instead.get(new.name, new) for old, new in zip(each.targets, targets, strict=True)}
        for target, output in zip(equation.targets, function.outputs, strict=True):
            instead[target.name] = inside[output.name] if isinstance(output, Symbol) else output

    for equation in program.equations:
        add(equation, instead)

    def read(operand: Operand) -> Operand:
        return instead.get(operand.name, operand) if isinstance(operand, Symbol) else operand

    conditions = tuple(replace(each, symbol=read(each.symbol)) for each in program.conditions)
    outputs = tuple(map(read, program.outputs))
    return replace(program, equations=tuple(equations), outputs=outputs, conditions=conditions)


def _fresh(taken: set[str]) -> Callable[[str], str]:
    def fresh(name: str) -> str:
        stem, number = name, 1
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name)
        return name

    return fresh


def _fitting(
    equation: Equation, declared: Equation, equations: list[Equation], fresh: Callable[[str], str]
) -> tuple[Operand, ...]:
    """The inputs of an equation with the number types for which its targets were declared."""
    if equation.inputs == declared.inputs or callee(equation) is not None:
        return equation.inputs
    types = tuple((target.shape, target.dtype) for target in equation.targets)
    if equation.primitive.takes_numbers and equation.primitive.infer(equation.inputs, equation.params) == types:
        return equation.inputs
    found = list(equation.inputs)
    for place, (new, old) in enumerate(zip(equation.inputs, declared.inputs, strict=True)):
        if not isinstance(old, Symbol):
            continue
        if isinstance(new, Constant) and not isinstance(new.value, np.ndarray):
            found[place] = Constant(np.array(new.value, old.dtype), "c")
        elif isinstance(new, Symbol) and new.dtype != old.dtype:
            target = replace(old, name=fresh(new.name), kind="temporary")
            cast, inputs, params = PRIMITIVES["astype"], (new,), (("dtype", old.dtype),)
            made = Equation((target,), cast, inputs, params, equation.origin)
            if old.dtype == np.float64:  # the counter of a loop is an int, which has no methods of arrays
                made = Equation((target,), PRIMITIVES["multiply"], (new, Constant(1.0)), (), equation.origin)
            equations.append(made)
            found[place] = target
    return tuple(found)


def _function(program: Program) -> Callable[..., Any]:
    run: Callable[..., Any] = _WRITTEN(program)
    if not has_calls(program):
        return run

    def either(*args: object) -> Any:
        leaves: Iterator[Any] = (leaf for arg in args for leaf in flatten(arg, LEAF_TYPES)[0])
        if not any(isinstance(leaf, Traced) for leaf in leaves):
            return run(*args)
        return TEXTS["call"](inlined(program), args)

    return either


_WRITTEN = TEXTS["function"]
TEXTS["function"] = _function
