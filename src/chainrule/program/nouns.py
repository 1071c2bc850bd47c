"""The nouns: symbols, constants, equations, and the program that lists them. All are immutable.

A program is a list, not a graph: one equation is one printed line. What an operation *is* stands in `primitive.py`; how
a program is printed, in `python.py` and `latex.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .dims import Shape, ShapeMismatch, shape_text
from .errors import ProgramError
from .structure import Tree

if TYPE_CHECKING:
    from .ledger import Row
    from .primitive import Primitive

Array: TypeAlias = NDArray[
    Any
]  # of any number type: the type is a fact of each symbol, checked where programs are made
Number: TypeAlias = bool | int | float
Params: TypeAlias = tuple[tuple[str, Any], ...]  # hashable plain Python, by name

Kind = Literal["input", "named", "error", "gradient", "temporary"]


@dataclass(frozen=True)
class Symbol:
    """A name with a shape and a number type: `w2 : 30×784`.

    `kind` says who named it: an argument, the user's own line, an error δ, a gradient ∂C/∂w, or nobody (a temporary,
    which printing may inline).
    """

    name: str
    shape: Shape
    dtype: np.dtype[Any]
    kind: Kind = field(default="temporary", compare=False)

    def __str__(self) -> str:
        return f"{self.name} : {shape_text(self.shape)}"


@dataclass(frozen=True, eq=False)
class Constant:
    """A Python number, by value, printed as a number; or an array, copied once, read-only, printed by its name."""

    value: Number | Array
    name: str = ""

    @property
    def shape(self) -> Shape:
        """The array's shape; `()` of a number."""
        return self.value.shape if isinstance(self.value, np.ndarray) else ()

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two constants the same: 1, 1.0 and True are three, and so are 0.0 and −0.0."""
        if isinstance(self.value, np.ndarray):
            return ("array", self.value.shape, self.value.dtype.str, self.value.tobytes())
        return (type(self.value).__name__, repr(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


Operand: TypeAlias = Symbol | Constant


@dataclass(frozen=True)
class Origin:
    """Where an equation comes from: a line of the user's, or the forward equation that it is the derivative of."""

    file: str = ""
    line: int = 0
    text: str = ""
    derivative_of: str = ""

    @property
    def place(self) -> str:
        """`model.py:14`, or nothing where no line is known."""
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
        """The first target, which nearly always is the only one."""
        return self.targets[0]


@dataclass(frozen=True)
class Condition:
    """A branch that was taken: `symbol` (a truth value) was `expected` when the function was traced."""

    symbol: Symbol
    expected: bool
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class Program:
    """A computation as a list of equations, from named inputs to outputs.

    `arguments` and `results` say how inputs and outputs nest in what the function takes and returns. Calling a program
    runs its printed text with NumPy; `str(program)` is that text.
    """

    name: str
    inputs: tuple[Symbol, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[Operand, ...]
    arguments: tuple[tuple[str, Tree], ...]
    results: Tree
    conditions: tuple[Condition, ...] = ()

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The array constants, each once, in order of appearance."""
        found = {
            operand.name: operand
            for operand in self.operands()
            if isinstance(operand, Constant) and isinstance(operand.value, np.ndarray)
        }
        return tuple(found.values())

    def operands(self) -> Iterator[Operand]:
        """Every use of a symbol or constant, in order: by the equations, then the conditions, then the outputs."""
        for equation in self.equations:
            yield from equation.inputs
        for condition in self.conditions:
            yield condition.symbol
        yield from self.outputs

    def check(self) -> Program:
        """Return the program itself if it is sound: single assignment, nothing unbound, every shape derived again.

        Raises `ProgramError`, naming the equation, otherwise.
        """
        bound = {symbol.name: symbol for symbol in self.inputs}
        if len(bound) != len(self.inputs):
            raise ProgramError(f"{self.name}: two inputs share a name.")

        def require(operand: Operand, where: str) -> None:
            if isinstance(operand, Symbol) and bound.get(operand.name) != operand:
                raise ProgramError(f"{self.name}: {where} uses {operand}, which is not bound there.")

        for equation in self.equations:
            where = f"the equation of {equation.target.name} ({equation.primitive.name})"
            for operand in equation.inputs:
                require(operand, where)
            try:
                shape, dtype = equation.primitive.infer(equation.inputs, equation.params)
            except ShapeMismatch as error:
                raise ProgramError(f"{self.name}: {where} does not fit: {error}.") from error
            for target in equation.targets:
                if target.name in bound:
                    raise ProgramError(f"{self.name}: {target.name} is assigned twice.")
                bound[target.name] = target
            if shape != equation.target.shape or dtype != equation.target.dtype:
                raise ProgramError(
                    f"{self.name}: {where} gives {shape_text(shape)} of {dtype}, "
                    f"and its target is {shape_text(equation.target.shape)} of {equation.target.dtype}."
                )
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
        from .python import text

        return text(self)

    def latex(self) -> str:
        """Write the program as mathematics: one aligned line an equation, for `align*`."""
        from .latex import latex

        return latex(self)

    def ledger(self) -> tuple[Row, ...]:
        """Each line as symbol, shape, equation, and the same equation in dimensions."""
        from .ledger import ledger

        return ledger(self)

    def __call__(self, *args: object) -> Any:
        """Run the printed text with NumPy on arguments nested as the traced function's."""
        return self._function(*args)

    @functools.cached_property
    def _function(self) -> Callable[..., Any]:
        from .python import function

        return function(self)
