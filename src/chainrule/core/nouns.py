"""The nouns of the language: Symbol, Constant, Equation and Program, all immutable.

A program is a list of equations, not a graph. `symbols.py` has symbols and constants, and `primitive.py` the operations.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .dims import Shape, ShapeMismatch, shape_text
from .errors import ProgramError
from .primitive import Primitive
from .structure import Tree
from .symbols import Array, Constant, Kind, Number, Operand, Params, Symbol
from .template import Block

__all__ = [
    "TEXTS", "Array", "Block", "Condition", "Constant", "Equation", "Kind", "Number", "Operand",
    "Origin", "Params", "Program", "Row", "Symbol",
]  # fmt: skip

TEXTS: dict[str, Callable[..., Any]] = {}
"""Functions of a program, registered by the modules that define them: its texts, shape table, compiled function, call."""


@dataclass(frozen=True)
class Origin:
    """The origin of an equation: a line of the user's, or the forward equation whose derivative it is."""

    file: str = ""
    line: int = 0
    text: str = ""
    derivative_of: str = ""
    function: str = ""  # the one that the line is in, and the line where that begins
    start: int = 0
    rule: str = ""  # of which operation a derivative follows the rule

    @property
    def place(self) -> str:
        """`model.py:14`, or empty if the line is unknown."""
        return f"{self.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{self.line}" if self.line else ""


@dataclass(frozen=True)
class Equation:
    """`targets = primitive(inputs, **params)`."""

    targets: tuple[Symbol, ...]
    primitive: Primitive
    inputs: tuple[Operand, ...]
    params: Params = ()
    origin: Origin = field(default=Origin(), compare=False)

    @property
    def target(self) -> Symbol:
        """The first target, which is nearly always the only one."""
        return self.targets[0]

    @property
    def written_targets(self) -> str:
        """The text left of the equals sign: `z`, or `w, v`."""
        return ", ".join(target.name for target in self.targets)

    @property
    def described(self) -> str:
        """What errors call it: `the equation of z (add)`."""
        return f"the equation of {self.written_targets} ({self.primitive.name})"

    def __repr__(self) -> str:
        operands = ", ".join(o.name if isinstance(o, Symbol) or o.name else repr(o.value) for o in self.inputs)
        return f"<Equation {self.written_targets} = {self.primitive.name}({operands})>"


@dataclass(frozen=True)
class Condition:
    """A branch that was taken: the Boolean `symbol` was `expected` when the function was traced."""

    symbol: Symbol
    expected: bool
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class Row:
    """A line of a shape table: `z²`, 30×10, `w² a¹ + b²`, `30×784 · 784×10 + 30×1`."""

    symbol: str
    shape: Shape
    equation: str
    dimensions: str


@dataclass(frozen=True)
class Program(Block):
    """A computation as a list of equations, from named inputs to outputs.

    `arguments` and `results` describe how inputs and outputs nest in the function's arguments and result. `demands` are the
    axes of inputs whose sizes are written by those of others, each with the line that needs it. `str(program)` is the program
    in Python; calling it runs that text with NumPy.
    """

    name: str
    inputs: tuple[Symbol, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[Operand, ...]
    arguments: tuple[tuple[str, Tree], ...]
    results: Tree
    conditions: tuple[Condition, ...] = ()
    demands: tuple[tuple[str, int, Origin], ...] = field(default=(), compare=False)

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The array constants without repetition, in order of appearance."""
        found = {
            operand.name: operand
            for operand in self.operands()
            if isinstance(operand, Constant) and isinstance(operand.value, np.ndarray)
        }
        return tuple(found.values())

    @functools.cached_property
    def blocks(self) -> tuple[Program, ...]:
        """The programs that its equations hold as params, each once: the body of a loop, what is called."""
        params = (value for equation in self.equations for _, value in equation.params)
        return tuple(dict.fromkeys(value for value in params if isinstance(value, Program)))

    def parts(self) -> Iterator[Program]:
        """The program itself, and all that its equations hold, however deep."""
        yield self
        for block in self.blocks:
            yield from block.parts()

    def operands(self) -> Iterator[Operand]:
        """Every use of a symbol or constant, in order: in the equations, then the conditions, then the outputs."""
        for equation in self.equations:
            yield from equation.inputs
        for condition in self.conditions:
            yield condition.symbol
        yield from self.outputs

    def check(self) -> Program:
        """Check single assignment, that no symbol is unbound, and every shape; return the program.

        Raises:
            ProgramError: A check fails; the error names the equation.
        """
        bound = {symbol.name: symbol for symbol in self.inputs}
        if len(bound) != len(self.inputs):
            raise ProgramError(f"{self.name}: two inputs share a name.")

        def require(operand: Operand, where: Equation | str) -> None:
            if isinstance(operand, Symbol) and bound.get(operand.name) != operand:
                where = where if isinstance(where, str) else where.described
                raise ProgramError(f"{self.name}: {where} uses {operand}, which is not bound there.")

        for equation in self.equations:
            for operand in equation.inputs:
                require(operand, equation)
            try:
                types = equation.primitive.infer(equation.inputs, equation.params)
            except ShapeMismatch as error:
                raise ProgramError(f"{self.name}: {equation.described} does not fit: {error}.") from error
            targets = equation.targets
            if len(types) != len(targets):
                raise ProgramError(
                    f"{self.name}: {equation.described} gives {len(types)} results for {len(targets)} targets."
                )
            for target, (shape, dtype) in zip(targets, types, strict=True):
                if target.name in bound:
                    raise ProgramError(f"{self.name}: {target.name} is assigned twice.")
                bound[target.name] = target
                if (shape, dtype) != (target.shape, target.dtype):
                    found, wanted = (
                        f"{shape_text(s)} of {d}" for s, d in ((shape, dtype), (target.shape, target.dtype))
                    )
                    raise ProgramError(f"{self.name}: {equation.described} gives {found}, and its target is {wanted}.")
        for block in self.blocks:
            if block.check().constants:
                raise ProgramError(f"{self.name}: {block.name} holds an array, which must be one of its inputs.")
            others = {*bound, *(each.name for each in self.blocks if each is not block)}
            if block.name in others and block.name.isidentifier():
                raise ProgramError(f"{self.name}: two things in it are called {block.name}.")
        for condition in self.conditions:
            require(condition.symbol, "a condition")
        for operand in self.outputs:
            require(operand, "an output")
        if sum(tree.leaves for _, tree in self.arguments) != len(self.inputs):
            raise ProgramError(f"{self.name}: its arguments do not hold its {len(self.inputs)} inputs.")
        if self.results.leaves != len(self.outputs):
            raise ProgramError(f"{self.name}: its results do not hold its {len(self.outputs)} outputs.")
        return self

    def __str__(self) -> str:
        return str(TEXTS["python"](self))

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.name, self.inputs, self.equations, self.outputs))

    def __repr__(self) -> str:
        names = ", ".join([*(symbol.name for symbol in self.inputs[:9]), "…"][: len(self.inputs)])
        return f"<Program {self.name}({names}), {len(self.equations)} equations; print it to read them>"

    def latex(self) -> str:
        """The program in LaTeX, one aligned line per equation, for `align*`."""
        return str(TEXTS["latex"](self))

    def shape_table(self) -> tuple[Row, ...]:
        """One row per line: symbol, shape, equation, and the equation in dimensions."""
        return tuple(TEXTS["shape_table"](self))

    @property
    def dimensions(self) -> str:
        """The dimensions of every symbol, and which sizes must be equal, with the line that needs it; print it."""
        return str(TEXTS["dimensions"](self))

    def report(self) -> str:
        """What became of the loops and branches of the function: kept, or as it ran, and why; a line for each."""
        return str(TEXTS["report"](self))

    def __call__(self, *args: object) -> Any:
        """Run the program with NumPy on arguments nested as the traced function's.

        Raises:
            TypeError: An argument has another nesting, shape or dtype.
        """
        return TEXTS["call"](self, args)

    @functools.cached_property
    def _function(self) -> Callable[..., Any]:
        function: Callable[..., Any] = TEXTS["function"](self)
        return function
