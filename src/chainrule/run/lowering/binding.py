"""Compiled loops as a Python function: it copies inputs into the memory, runs the loops, and copies the results.

Between loops, NumPy computes the equations that have none, on arrays in the memory or, where that is impossible, on Python
variables. So NumPy's errors come through unchanged, and the machine code contains no addresses and can be cached; a call of it
costs 0.2 microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...core.nouns import Array, Constant, Operand, Program, Symbol
from ...core.structure import LEAF, Tree
from ..aligned import LINE
from ..loops.machine_code import Code
from .elementwise import NUMBERS
from .nests import View
from .program import Called, Lowered

DTYPES = {number: np.dtype(name) for name, number in NUMBERS.items()}
_KEPT = 2**22  # bytes of a memory that is kept between calls; larger ones are released


def bound(program: Program, loops: Lowered, code: Code) -> Callable[..., Any]:
    """A function of the program's arguments, nested as they were.

    A memory is removed from `kept` while it is in use, so that threads never share one.
    """
    constants = constants_of(loops.constants)
    paths = [path for k, (_, tree) in enumerate(program.arguments) for _, path in tree.paths(f"x{k}")]
    inputs = [(path, view) for path, view in zip(paths, loops.inputs, strict=True) if view is not None]
    scope: dict[str, Any] = {"constants": constants.ctypes.data, "held": constants, "copied": np.array}
    names = _Names(scope, [view for _, view in inputs])
    names.outside.update(zip((each.name for each in program.inputs), paths, strict=True))
    again = f"return again({', '.join(f'x{k}' for k in range(len(program.arguments)))})"
    lines = [line for step in loops.steps for line in _step(step, names, code, again)]
    results = [_result(*each, names) for each in zip(program.outputs, loops.outputs, strict=True)]
    views = names.views

    def fresh() -> tuple[Any, ...]:
        memory = memory_of(loops.size)
        seen(memory, _WRONG)[...] = 0
        given = (seen(constants if v.array == "constants" else memory, v) for v in views)
        return (memory, memory.ctypes.data, seen(memory, _WRONG), *given)

    flat = Tree(tuple, tuple(range(len(program.outputs))), (LEAF,) * len(program.outputs))
    plain = program.results in (LEAF, flat)
    arguments = ", ".join(f"x{k}" for k in range(len(program.arguments)))
    taken = results[0] if program.results == LEAF else f"({''.join(f'{each}, ' for each in results)})"
    if len(loops.steps) > 1:  # after an error in NumPy, the printed text runs and raises the first error
        lines = ["try:", *(f"    {line}" for line in lines), "except Exception: wrong = True"]
    lines = [
        "try: space = kept.pop()",
        "except IndexError: space = fresh()",
        f"_, memory, wrong, {''.join(f'v{k}, ' for k in range(len(views)))}= space",
        *(f"v{k}[...] = {path}" for k, (path, _) in enumerate(inputs)),
        *lines,
        f"if wrong: {again}",
        f"results = {taken}",
        *(["kept.append(space)"] if loops.size <= _KEPT else []),
        f"return {'results' if plain else 'build(iter(results))'}",
    ]
    text = "\n    ".join([f"def run({arguments}):", *lines])
    scope |= {"fresh": fresh, "kept": [], "again": program._function, "build": program.results.build}
    exec(compile(text, f"<native {program.name}>", "exec"), scope)
    run: Callable[..., Any] = scope["run"]
    return run


class _Names:
    """Names in the function: of views of the memory, of values outside it, and of constants."""

    def __init__(self, scope: dict[str, Any], views: list[View]):
        self.scope, self.views = scope, views
        self.numbers = {view: number for number, view in enumerate(views)}
        self.outside: dict[str, str] = {}  # by symbol name

    def constant(self, value: Any) -> str:
        """A constant of all calls."""
        name = f"c{len(self.scope)}"
        self.scope[name] = value
        return name

    def view(self, view: View) -> str:
        """An array in the memory."""
        if view not in self.numbers:
            self.numbers[view] = len(self.views)
            self.views.append(view)
        return f"v{self.numbers[view]}"

    def operand(self, operand: Operand, view: View | None) -> str:
        """An operand of an operation: scalars are NumPy scalars rather than zero-dimensional arrays."""
        if view is not None:
            return f"{self.view(view)}{'' if view.shape else '[()]'}"
        return self.constant(operand.value) if isinstance(operand, Constant) else self.outside[operand.name]

    def target(self, symbol: Symbol, view: View | None) -> str:
        """The target of a result."""
        if view is not None:
            return f"{self.view(view)}[...]"
        return self.outside.setdefault(symbol.name, f"o{len(self.outside)}")


def _step(step: str | Called, names: _Names, code: Code, again: str) -> Iterator[str]:
    """The lines of a step: machine code, or NumPy, which runs only if nothing is wrong yet."""
    if isinstance(step, str):
        yield f"{names.constant(code.function(step))}(memory, constants)"
        return
    equation = step.equation
    function = names.constant(equation.primitive.function(equation.params, len(equation.inputs)))
    operands = ", ".join(map(names.operand, equation.inputs, step.inputs))
    targets = ", ".join(map(names.target, equation.targets, step.targets))
    yield f"if wrong: {again}"
    yield f"{targets} = {function}({operands})"


def _result(output: Operand, found: View | Array | float, names: _Names) -> str:
    """A result for the caller, who may write to it."""
    if isinstance(found, View):
        return f"{names.view(found)}{'.copy()' if found.shape else '[()]'}"
    if isinstance(output, Symbol):
        return f"copied({names.outside[output.name]})[()]"
    return f"copied({names.constant(found)})[()]" if np.shape(found) else names.constant(np.asarray(found)[()])


_WRONG = View("memory", "i64", (), ())


def constants_of(constants: Sequence[tuple[Array, View]]) -> Array:
    """The memory that holds the constants."""
    memory = memory_of(max((view.offset + view.extent for _, view in constants), default=0))
    for value, view in constants:
        seen(memory, view)[...] = value
    return memory


def memory_of(size: int) -> Array:
    """Bytes that start at a cache line."""
    raw = np.empty(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size]


def seen(memory: Array, view: View) -> Array:
    """A view's part of the memory as an array."""
    return np.ndarray(view.shape, DTYPES[view.number], memory, view.offset, view.strides)
