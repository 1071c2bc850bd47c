"""The ledger of a program: each of its lines as a row of symbol, shape, equation, and the same equation in dimensions.

Made from the program alone, whatever it computes. How rows are set on a screen is in `show/dimensions.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..core.dims import BATCH, Dim, Shape, shape_text
from ..core.layout import layout
from ..core.nouns import TEXTS, Constant, Equation, Operand, Program, Row
from ..core.primitive import Primitive
from ..core.python import number
from ..core.template import ATOM, LOOSE, PRIMARY, Need, Piece, Template

_LETTERS = {"sigmoid": "σ"}
_SIGNS = {"@": "·", "*": "⊙", "-": "−"}  # an operator of Python, and how dimensions are written with it


def ledger(program: Program) -> tuple[Row, ...]:
    """The rows of a program, in its order; one for each line that `str(program)` has, but for conditions.

    >>> import numpy as np
    >>> from chainrule import Spec, trace
    >>> def f(w, x):
    ...     z = w @ x
    ...     return np.sum(z, axis=0)
    >>> for row in ledger(trace(f, [Spec((2, 3)), Spec((3, 4))])):
    ...     print(row.symbol, row.equation, row.dimensions, sep="   ")
    z   w @ x   2×3 · 3×4
    f   z.sum(axis 0)   2×4 → 4
    """
    writer = _Writer(program)
    rows = [
        writer.row(", ".join(shown(target.name) for target in equation.targets), equation)
        for equation in program.equations
        if equation.target.name not in writer.inlined
    ]
    given_back = [
        writer.inlined[o.name] for o in program.outputs if not isinstance(o, Constant) and o.name in writer.inlined
    ]
    return (*rows, *(writer.row(program.name, equation) for equation in given_back))


def shown(name: str) -> str:
    """A symbol's name as people write it: `dC_dw3` is ∂C/∂w3."""
    return f"∂C/∂{name[4:]}" if name.startswith("dC_d") and len(name) > 4 else name


class _Writer:
    """Writes every equation of one program twice, those that the program writes inside others inside them."""

    def __init__(self, program: Program):
        self.inlined = layout(program).inlined
        self._written: dict[str, Piece] = {}
        self._measured: dict[str, Piece] = {}

    def row(self, symbol: str, equation: Equation) -> Row:
        return Row(symbol, equation.target.shape, self._write(equation).text, self._measure(equation).text)

    def _write(self, equation: Equation) -> Piece:
        operands = [self._operand(each, self._written, self._write, _named) for each in equation.inputs]
        name = equation.primitive.name
        if name == "sum":
            return _sum(equation, operands[0])
        if name.endswith("_prime"):
            function = name.removesuffix("_prime")
            return Piece(f"{_LETTERS.get(function, function)}′({operands[0].text})", PRIMARY)
        return equation.primitive.write(operands, equation.params)

    def _measure(self, equation: Equation) -> Piece:
        """The equation with dimensions in the place of symbols. Numbers and functions of one array have none."""
        primitive, target = equation.primitive, equation.target
        operands = [self._operand(each, self._measured, self._measure, _sized) for each in equation.inputs]
        if primitive.name == "matmul":
            return _with_signs(primitive).write(operands, {}, {})
        if primitive.elementwise:
            arrays = [p for p, o in zip(operands, equation.inputs, strict=True) if not _is_number(o)] or operands
            arrays = operands if 1 < len(arrays) < len(operands) > 2 else arrays  # where(mask, 0.0, x) keeps its places
            return arrays[0] if len(arrays) == 1 else _with_signs(primitive).write(arrays, dict(equation.params), {})
        result = ", ".join(shape_text(each.shape) for each in equation.targets)
        if primitive.name == "T" and operands[0].strength == ATOM:
            return Piece(result)
        if (
            len(operands) == 1
            and primitive.name != "T"
            and equation.inputs[0].shape == target.shape
            and len(equation.targets) == 1
        ):  # softmax
            return operands[0]
        inner = (piece.text if piece.strength > LOOSE else f"({piece.text})" for piece in operands)
        return Piece(f"{', '.join(inner)} → {result}", LOOSE)

    def _operand(
        self,
        operand: Operand,
        known: dict[str, Piece],
        write: Callable[[Equation], Piece],
        plain: Callable[[Operand], Piece],
    ) -> Piece:
        if isinstance(operand, Constant) or operand.name not in self.inlined:
            return plain(operand)
        if operand.name not in known:
            known[operand.name] = write(self.inlined[operand.name])
        return known[operand.name]


def _named(operand: Operand) -> Piece:
    if isinstance(operand, Constant) and not operand.name:
        return number(operand.value)
    return Piece(shown(operand.name))


def _sized(operand: Operand) -> Piece:
    return Piece(shape_text(operand.shape))


def _is_number(operand: Operand) -> bool:
    return isinstance(operand, Constant) and not operand.shape


# ---- notation --------------------------------------------------------------------------------------------------------


def _sum(equation: Equation, operand: Piece) -> Piece:
    summed = operand.text if Need(PRIMARY).admits(operand) else f"({operand.text})"
    axis = dict(equation.params)["axis"]
    return Piece(f"{summed}.sum({_axes(axis, equation.inputs[0].shape)})", PRIMARY)


def _axes(axis: int | Sequence[int] | None, shape: Shape) -> str:
    if axis is None:
        return ""
    if not isinstance(axis, int):
        return f"axes {', '.join(map(str, axis))}"
    size = shape[axis]
    return "examples" if isinstance(size, Dim) and size.name == BATCH else f"axis {axis}"


@functools.cache
def _with_signs(primitive: Primitive) -> Template:
    """How an operation's dimensions are written: as in Python, but with the signs of mathematics."""
    template, operator = primitive.python, primitive.python.operator
    sign = _SIGNS.get(operator, operator)
    return replace(template, source=template.source.replace(f" {operator} ", f" {sign} ")) if operator else template


TEXTS["ledger"] = ledger
