"""What each elementwise operation is in the language of loops, once for numbers and vectors of both float kinds."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Callable
from typing import TypeAlias

from ..loops.functions import FUNCTIONS
from ..loops.language import FLOATS, Block, Expression, Kind, apply, constant

Written: TypeAlias = Callable[..., Expression]


def chosen(condition: Expression, yes: Expression, no: Expression) -> Expression:
    """One of two values."""
    return apply("select", condition, yes, no)


def is_nan(x: Expression) -> Expression:
    """Whether this is no number."""
    return ~x.equals(x)


def extreme(x: Expression, y: Expression, greater: bool) -> Expression:
    """The greater or the smaller of two, and NaN, where one of them is: as NumPy has it."""
    return chosen((x > y if greater else x < y) | is_nan(x), x, y)


def _sigmoid_prime(block: Block, x: Expression) -> Expression:
    a = FUNCTIONS["sigmoid"](block, x)
    return a * (1 - a)


def _relu_prime(block: Block, x: Expression) -> Expression:
    one, zero = constant(1, x.kind), constant(0, x.kind)
    return chosen(x > 0, one, chosen(x.equals(x), zero, x))


def _sign(block: Block, x: Expression) -> Expression:
    one = constant(1, x.kind)
    return chosen(x > 0, one, chosen(x < 0, -one, x + 0))


def _signed(x: Expression) -> Expression:
    """Whether the first bit is set, as in −0."""
    number, lanes = x.kind
    return apply("bits", x, kind=Kind("i64" if number == "f64" else "i32", lanes)) < 0


def _copysign(block: Block, x: Expression, y: Expression) -> Expression:
    size = block.let(apply("abs", x))
    return chosen(_signed(y), -size, size)


def _heaviside(block: Block, x: Expression, y: Expression) -> Expression:
    return chosen(x.equals(0), y, chosen(x < 0, constant(0, x.kind), chosen(x > 0, constant(1, x.kind), x)))


def _angle(block: Block, x: Expression) -> Expression:
    return chosen(is_nan(x), x, chosen(_signed(x), constant(math.pi, x.kind), constant(0, x.kind)))


def logaddexp(block: Block, x: Expression, y: Expression) -> Expression:
    """log(exp x + exp y)."""
    far = block.let(FUNCTIONS["log1p"](block, block.let(FUNCTIONS["exp"](block, -apply("abs", block.let(x - y))))))
    return extreme(x, y, greater=True) + chosen(x.equals(y), constant(math.log(2.0), x.kind), far)


POWERS: dict[float, Callable[[Block, Expression], Expression]] = {
    1: lambda block, x: x,
    2: lambda block, x: x * x,
    3: lambda block, x: x * x * x,
    4: lambda block, x: block.let(x * x) * block.let(x * x),
    -1: lambda block, x: 1 / x,
    -2: lambda block, x: 1 / (x * x),
    0.5: lambda block, x: apply("sqrt", x),
    -0.5: lambda block, x: 1 / apply("sqrt", x + 0),
}
"""Powers that need no logarithm. At −0 and −∞ a root is as NumPy's own for these powers of arrays; −0 to the power −½ is +∞."""


def _of_library(name: str) -> Written:
    """A function of doubles from outside, number by number."""

    def written(block: Block, *args: Expression) -> Expression:
        double = Kind("f64")
        given = [each if each.kind == double else apply("convert", each, kind=double) for each in args]
        found = apply("call", *given, kind=double, detail=name)
        return found if args[0].kind == double else apply("convert", found, kind=args[0].kind)

    return written


LIBRARY = {
    "power": "pow", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "sinh": "sinh", "cosh": "cosh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "cbrt": "cbrt",
    "arctan2": "atan2", "hypot": "hypot", "log2": "log2", "log10": "log10",
}  # fmt: skip
"""What is asked of the C library or JavaScript, which take one number at a time."""

ARITHMETIC: dict[str, Written] = {
    "add": lambda block, x, y: x + y,
    "subtract": lambda block, x, y: x - y,
    "multiply": lambda block, x, y: x * y,
    "divide": lambda block, x, y: x / y,
    "negative": lambda block, x: -x if x.kind.number in FLOATS else 0 - x,
    "square": lambda block, x: x * x,
    "sqrt": lambda block, x: apply("sqrt", x),
    "absolute": lambda block, x: apply("abs", x) if x.kind.number in FLOATS else chosen(x < 0, 0 - x, x),
    "sign": _sign,
    "maximum": lambda block, x, y: extreme(x, y, greater=True),
    "minimum": lambda block, x, y: extreme(x, y, greater=False),
    "fmax": lambda block, x, y: chosen((x >= y) | is_nan(y), x, y),
    "fmin": lambda block, x, y: chosen((x <= y) | is_nan(y), x, y),
    "floor": lambda block, x: apply("floor", x),
    "ceil": lambda block, x: apply("ceil", x),
    "trunc": lambda block, x: apply("trunc", x),
    "rint": lambda block, x: apply("nearest", x),
    "relu": lambda block, x: chosen(x > 0, x, 0 * x),
    "relu_prime": _relu_prime,
    "sigmoid_prime": _sigmoid_prime,
    "logaddexp": logaddexp,
    "copysign": _copysign,
    "heaviside": _heaviside,
    "angle": _angle,
    "deg2rad": lambda block, x: x * (math.pi / 180),
    "rad2deg": lambda block, x: x * (180 / math.pi),
    **FUNCTIONS,
    **{name: _of_library(function) for name, function in LIBRARY.items()},
}
"""Of operands that have the kind of the result."""

OF_INTEGERS = {"add", "subtract", "multiply", "negative", "square", "absolute", "maximum", "minimum", "fmax", "fmin"}
"""Those that integers have, too."""

COMPARED: dict[str, Written] = {
    "greater": lambda block, x, y: x > y,
    "greater_equal": lambda block, x, y: x >= y,
    "less": lambda block, x, y: x < y,
    "less_equal": lambda block, x, y: x <= y,
    "equal": lambda block, x, y: x.equals(y),
    "not_equal": lambda block, x, y: ~x.equals(y),
    "signbit": lambda block, x: _signed(x),
    "isnan": lambda block, x: is_nan(x),
    "isfinite": lambda block, x: (x - x).equals(0),
    "isinf": lambda block, x: x.equals(constant(math.inf, x.kind)) | x.equals(constant(-math.inf, x.kind)),
}
"""Of operands of one kind, to truth values."""

LOGICAL: dict[str, Written] = {
    "logical_and": lambda block, x, y: x & y,
    "logical_or": lambda block, x, y: x | y,
    "logical_not": lambda block, x: ~x,
    "logical_xor": lambda block, x, y: x ^ y,
}
"""Of truth values."""

OTHERS: dict[str, Written] = {
    **dict.fromkeys(("identity", "astype", "stop_gradient", "broadcast_to"), lambda block, x: x),
    "where": lambda block, condition, yes, no: chosen(condition, yes, no),
}
"""What lies there, perhaps as another kind of number; and a choice."""

ELEMENTWISE = ChainMap(ARITHMETIC, COMPARED, LOGICAL, OTHERS)
"""Every elementwise operation that has loops."""
