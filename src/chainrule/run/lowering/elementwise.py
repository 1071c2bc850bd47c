"""An elementwise equation at one place of its arrays: the conversion of its operands, and the operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.nouns import Constant, Equation, Operand, Symbol
from ..loops.functions import FUNCTIONS
from ..loops.language import I64, Block, Expression, Kind, apply, constant
from .operations import ALONE, ARITHMETIC, COMPARED, ELEMENTWISE, LOGICAL, OTHERS, POWERS, chosen

NUMBERS = {
    np.dtype(name): number
    for name, number in {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "bool": "bool"}.items()
}
"""The names of NumPy's dtypes in loops."""


def dtype_of(operand: Operand) -> np.dtype[np.generic]:
    """The dtype of an operand."""
    return operand.dtype if isinstance(operand, Symbol) else np.asarray(operand.value).dtype


def is_alone(equation: Equation) -> bool:
    """Whether an equation is computed number by number."""
    name = equation.primitive.name
    rounds_integers = name == "round" and equation.target.dtype.kind == "i"
    return rounds_integers or (name in ALONE and _power(equation) is None)


def length(equation: Equation) -> int:
    """The approximate number of instructions of an equation."""
    return 1 if equation.primitive.name in _SHORT else 20


_SHORT = {*ARITHMETIC, *COMPARED, *LOGICAL, *OTHERS} - {*FUNCTIONS, *ALONE, "sigmoid_prime", "logaddexp"}


def applied(block: Block, equation: Equation, known: dict[str, Expression], lanes: int) -> Expression:
    """The result of an elementwise equation, given its operands in a loop."""
    name, inputs, target = equation.primitive.name, equation.inputs, equation.target
    number = NUMBERS[target.dtype]
    if name in COMPARED:
        number = NUMBERS[np.result_type(*(_bare(o) for o in inputs))]
        number = _truth(lanes, known).number.replace("b", "i") if number == "bool" else number
    kind = Kind(number, lanes)

    def operand(each: Operand, wanted: Kind) -> Expression:
        if isinstance(each, Constant) and not each.name:
            return constant(_plain(each.value), _truth(lanes, known) if wanted.number == "bool" else wanted)
        return converted(known[each.name], wanted)

    truth = Kind("bool", lanes)
    if name in LOGICAL:
        return LOGICAL[name](block, *(operand(each, truth) for each in inputs))
    kinds = {"where": (truth, kind, kind), "ldexp": (kind, I64)}.get(name, (kind,) * len(inputs))
    values = list(map(operand, inputs, kinds))
    power = _power(equation)
    if power is not None:
        return power(block, block.let(values[0]))
    return ELEMENTWISE[name](block, *map(block.let, values), **dict(equation.params))


def _power(equation: Equation) -> Callable[[Block, Expression], Expression] | None:
    if equation.primitive.name != "power":
        return None
    exponent = equation.inputs[1]
    if isinstance(exponent, Constant) and isinstance(exponent.value, (int, float)):
        return POWERS.get(exponent.value)
    return None


def _bare(operand: Operand) -> Any:
    """What NumPy promotes by: the dtype of an array, or a number."""
    return operand.value if isinstance(operand, Constant) and not operand.name else dtype_of(operand)


def _plain(value: Any) -> float:
    found: float = np.asarray(value).item()
    return found


def _truth(lanes: int, known: dict[str, Expression]) -> Kind:
    """The kind of truth values, as wide as the numbers beside them."""
    wide = any(each.kind.number in ("f64", "i64", "b64") for each in known.values())
    return Kind("b64" if wide and lanes > 1 else "b32", lanes)


def converted(value: Expression, wanted: Kind) -> Expression:
    """A value cast to another kind, as in NumPy."""
    number = value.kind.number
    if number == wanted.number or (number in ("b32", "b64") and wanted.number == "bool"):
        return value
    if wanted.number == "bool":
        return ~value.equals(0)
    if number in ("b32", "b64"):
        return chosen(value, constant(1, wanted), constant(0, wanted))
    return apply("convert", value, kind=wanted)
