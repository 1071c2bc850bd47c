"""Each elementwise operation in the language of loops, written once for scalars and vectors of both float kinds."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Callable
from typing import TypeAlias

from ..loops.functions import FUNCTIONS, library, power_of_two
from ..loops.language import BITS_OF, F64, FLOATS, I64, INDEX, Block, Expression, Kind, apply, constant

Written: TypeAlias = Callable[..., Expression]


def chosen(condition: Expression, yes: Expression, no: Expression) -> Expression:
    """One of two values."""
    return apply("select", condition, yes, no)


def is_nan(x: Expression) -> Expression:
    """Whether x is NaN."""
    return ~x.equals(x)


def extreme(x: Expression, y: Expression, greater: bool) -> Expression:
    """The greater or the smaller of two, or NaN if either is NaN, as in NumPy."""
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
    """Whether the sign bit is set, as in −0."""
    number, lanes = x.kind
    return apply("bits", x, kind=Kind("i64" if number == "f64" else "i32", lanes)) < 0


def _copysign(block: Block, x: Expression, y: Expression) -> Expression:
    size = block.let(apply("abs", x))
    return chosen(_signed(y), -size, size)


def _heaviside(block: Block, x: Expression, y: Expression) -> Expression:
    return chosen(x.equals(0), y, chosen(x < 0, constant(0, x.kind), chosen(x > 0, constant(1, x.kind), x)))


def _angle(block: Block, x: Expression) -> Expression:
    return chosen(is_nan(x), x, chosen(_signed(x), constant(math.pi, x.kind), constant(0, x.kind)))


def _log_of_sum(power: str, log_e: float) -> Written:
    """The logarithm of the sum of two powers of a base, to which the logarithm of e is `log_e`."""

    def written(block: Block, x: Expression, y: Expression) -> Expression:
        less = block.let(FUNCTIONS[power](block, -apply("abs", block.let(x - y))))
        far = block.let(FUNCTIONS["log1p"](block, less) * log_e)
        return extreme(x, y, greater=True) + chosen(x.equals(y), constant(math.log(2.0) * log_e, x.kind), far)

    return written


logaddexp = _log_of_sum("exp", 1.0)


# ---- SciPy's functions that consist of logarithms ----------------------------------------------------------------------


def _log_expit(block: Block, x: Expression) -> Expression:
    less = FUNCTIONS["log1p"](block, block.let(FUNCTIONS["exp"](block, -apply("abs", x))))
    return chosen(x < 0, x - less, -less)


def _logit(block: Block, x: Expression) -> Expression:
    """log(x / (1 − x)), accurate near ½ too."""
    middle = FUNCTIONS["log1p"](block, block.let((x - (1 - x)) / (1 - x)))
    return chosen((x > 0.25) & (x < 0.75), middle, FUNCTIONS["log"](block, block.let(x / (1 - x))))


def _times_log(log: str) -> Written:
    """x times a logarithm; 0 times any logarithm is 0."""

    def written(block: Block, x: Expression, y: Expression) -> Expression:
        return chosen(x.equals(0) & ~is_nan(y), constant(0, x.kind), x * FUNCTIONS[log](block, y))

    return written


def _entr(block: Block, x: Expression) -> Expression:
    found = chosen(x.equals(0), constant(0, x.kind), -x * FUNCTIONS["log"](block, x))
    return chosen(x < 0, constant(-math.inf, x.kind), found)


def _log_ratio(block: Block, x: Expression, y: Expression) -> Expression:
    """log(x / y), accurate near x = y too, and where the ratio overflows or underflows."""
    log, ratio = FUNCTIONS["log"], block.let(x / y)
    near = FUNCTIONS["log1p"](block, block.let((x - y) / y))
    least = 2.0**-1022 if x.kind.number == "f64" else 2.0**-126
    far = chosen((ratio > least) & (ratio < math.inf), log(block, ratio), log(block, x) - log(block, y))
    return chosen((ratio > 0.5) & (ratio < 2), near, far)


def _rel_entr(block: Block, x: Expression, y: Expression) -> Expression:
    return _of_shares(x, y, x * _log_ratio(block, x, y), constant(0, x.kind))


def _kl_div(block: Block, x: Expression, y: Expression) -> Expression:
    return _of_shares(x, y, x * _log_ratio(block, x, y) - x + y, y)


def _of_shares(x: Expression, y: Expression, found: Expression, at_zero: Expression) -> Expression:
    """`found` if both are positive, `at_zero` if x is 0 and y ≥ 0, infinity otherwise; NaN if either is NaN."""
    found = chosen((x > 0) & (y > 0), found, chosen(x.equals(0) & (y >= 0), at_zero, constant(math.inf, x.kind)))
    return chosen(is_nan(x) | is_nan(y), x + y, found)


# ---- division with a remainder, one number at a time -------------------------------------------------------------------


def _toward_zero(x: Expression, y: Expression) -> Expression:
    """The quotient of integers, rounded toward 0; division by 0 gives 0."""
    one, zero = constant(1, x.kind), constant(0, x.kind)
    quotient = x / chosen(y.equals(0) | y.equals(-1), one, y)
    return chosen(y.equals(0), zero, chosen(y.equals(-1), 0 - x, quotient))


def _fmod(block: Block, x: Expression, y: Expression) -> Expression:
    """The remainder of a division rounded toward 0; it has the sign of x."""
    if x.kind.number not in FLOATS:
        return chosen(y.equals(0), y, x - block.let(_toward_zero(x, y)) * y)
    a, b = (block.let(apply("convert", apply("abs", each), kind=F64)) for each in (x, y))
    found = block.set("rest", chosen((b <= a) | is_nan(a) | b.equals(0), constant(math.nan, F64), a))
    with block.when((b <= a) & (constant(0, F64) < b) & (a < math.inf)):
        block.set("rest", _rest(block, a, b))
    found = block.let(apply("convert", found, kind=x.kind))
    return chosen(is_nan(y), y, chosen(_signed(x), -found, found))


def _rest(block: Block, a: Expression, b: Expression) -> Expression:
    """The remainder of a by b, both finite and a ≥ b: long division, eight binary digits at a time."""
    (m, e), (n, f) = (_parts(block, each) for each in (a, b))
    further, half = block.let(e - f), block.let((f - 1075) >> 1)

    def left(of: Expression) -> Expression:
        return block.set("left", of - block.let(of / n) * n)

    digits = apply("convert", power_of_two(further & 7, F64), kind=I64)
    found = left(block.let(m * digits))
    with block.loop("digits", block.let(apply("convert", further >> 3, kind=INDEX))):
        left(block.let(found << 8))
    in_steps = apply("convert", found, kind=F64) * power_of_two(half, F64)  # the power itself may underflow
    return in_steps * power_of_two(f - 1075 - half, F64)


def _parts(block: Block, x: Expression) -> tuple[Expression, Expression]:
    """A positive float64 as m 2ᵉ⁻¹⁰⁷⁵, with integers m and e."""
    bits = block.let(apply("bits", x, kind=I64))
    e, fraction = block.let(bits >> 52), bits & (2**52 - 1)
    tiny = block.let(e.equals(0))
    return block.let(chosen(tiny, fraction, fraction + 2**52)), block.let(chosen(tiny, constant(1, I64), e))


def _remainder(block: Block, x: Expression, y: Expression) -> Expression:
    """The remainder of a floor division; it has the sign of y."""
    rest, over = _downward(block, x, y)
    zero = constant(0, x.kind)
    if x.kind.number in FLOATS:
        zero = chosen(y.equals(0), rest, _copysign(block, zero, y))
    return chosen(rest.equals(0), zero, chosen(over, rest + y, rest))


def _downward(block: Block, x: Expression, y: Expression) -> tuple[Expression, Expression]:
    """The remainder of a division rounded toward 0, and whether floor division has a different one."""
    rest = block.let(_fmod(block, x, y))
    return rest, block.let(~rest.equals(0) & ((y < 0) ^ (rest < 0)))


def _floor_divide(block: Block, x: Expression, y: Expression) -> Expression:
    """The floor quotient; for floats, a value that rounding brings close to an integer becomes that integer."""
    if x.kind.number not in FLOATS:
        toward, (_, over) = block.let(_toward_zero(x, y)), _downward(block, x, y)
        return chosen(over, toward - 1, toward)
    rest, over = _downward(block, x, y)
    quotient = block.let((x - rest) / y)
    quotient = block.let(chosen(over, quotient - 1, quotient))
    whole, plain = block.let(apply("floor", quotient)), block.let(x / y)
    whole = chosen(quotient - whole > 0.5, whole + 1, whole)
    whole = chosen(quotient.equals(0), _copysign(block, constant(0, x.kind), plain), whole)
    return chosen(y.equals(0), plain, whole)


def _ldexp(block: Block, x: Expression, n: Expression) -> Expression:
    """x 2ⁿ, rounded only once, at the end; in steps, since 2ⁿ itself may overflow or underflow."""
    bias, places = (1023, 52) if x.kind.number == "f64" else (127, 23)
    n, down = block.let(n), bias - 2 - places
    for _ in range(2):
        large, small = block.let(n > bias), block.let(n < 1 - bias)
        x = block.let(chosen(large, x * 2.0**bias, chosen(small, x * 2.0**-down, x)))
        n = block.let(chosen(large, n - bias, chosen(small, n + down, n)))
    most, least = constant(bias, n.kind), constant(1 - bias, n.kind)
    left = block.let(chosen(n > bias, most, chosen(n < 1 - bias, least, n)))
    return x * power_of_two(apply("convert", left, kind=Kind(BITS_OF[x.kind.number])), x.kind)


# ---- rounding, infinities and NaN --------------------------------------------------------------------------------------


def _round(block: Block, x: Expression, decimals: int) -> Expression:
    if decimals >= 0 and x.kind.number not in FLOATS:
        return x
    if decimals == 0:
        return apply("nearest", x)
    y = x if x.kind.number in FLOATS else apply("convert", x, kind=F64)
    by = 10.0 ** abs(decimals) if abs(decimals) <= 308 else math.inf
    if decimals > 0:
        return apply("nearest", y * by) / by
    return apply("convert", apply("nearest", y / by) * by, kind=x.kind)


def _nan_to_num(block: Block, x: Expression, nan: float) -> Expression:
    if x.kind.number not in FLOATS:
        return x
    most = constant((2 - 2.0**-23) * 2.0**127 if x.kind.number == "f32" else (2 - 2.0**-52) * 2.0**1023, x.kind)
    ends = chosen(x > most, most, chosen(x < -most, -most, x))
    return chosen(is_nan(x), constant(nan, x.kind), ends)


def _modf(block: Block, x: Expression, result: int) -> Expression:
    """The fractional or the integral part; both have the sign of x."""
    whole = block.let(apply("trunc", x))
    if result:
        return whole
    ends = apply("abs", x).equals(math.inf)
    return _copysign(block, chosen(ends, constant(0, x.kind), x - whole), x)


POWERS: dict[float, Callable[[Block, Expression], Expression]] = {
    1: lambda block, x: x,
    2: lambda block, x: x * x,
    3: lambda block, x: x * x * x,
    4: lambda block, x: block.let(x * x) * block.let(x * x),
    -1: lambda block, x: 1 / x,
    -2: lambda block, x: 1 / (x * x),
    0.5: lambda block, x: apply("sqrt", x),
    -0.5: lambda block, x: chosen(x.equals(-math.inf), constant(0, x.kind), 1 / apply("sqrt", x + 0)),
}
"""Powers that need no logarithm. Roots of −0 and −∞ match NumPy's for these powers of arrays: to −½ these are +∞ and 0."""


def _of_library(name: str) -> Written:
    """An external function of doubles, number by number."""
    return lambda block, *args: library(block, name, *args)


LIBRARY = {
    "power": "pow", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "sinh": "sinh", "cosh": "cosh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "cbrt": "cbrt",
    "arctan2": "atan2", "hypot": "hypot", "log2": "log2", "log10": "log10",
}  # fmt: skip
"""Functions from the C library or JavaScript, which take one number at a time."""

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
    "relu": lambda block, x: chosen(x > 0, x, constant(0, x.kind)),
    "relu_prime": _relu_prime,
    "sigmoid_prime": _sigmoid_prime,
    "logaddexp": logaddexp,
    "logaddexp2": _log_of_sum("exp2", 1 / math.log(2.0)),
    "floor_divide": _floor_divide,
    "remainder": _remainder,
    "fmod": _fmod,
    "ldexp": _ldexp,
    "round": _round,
    "nan_to_num": _nan_to_num,
    "modf": _modf,
    "expit": FUNCTIONS["sigmoid"],
    "log_expit": _log_expit,
    "logit": _logit,
    "xlogy": _times_log("log"),
    "xlog1py": _times_log("log1p"),
    "entr": _entr,
    "rel_entr": _rel_entr,
    "kl_div": _kl_div,
    "copysign": _copysign,
    "heaviside": _heaviside,
    "angle": _angle,
    "deg2rad": lambda block, x: x * (math.pi / 180),
    "rad2deg": lambda block, x: x * (180 / math.pi),
    **FUNCTIONS,
    **{name: _of_library(function) for name, function in LIBRARY.items()},
}
"""Operations on operands of the result's kind; params are keywords."""

OF_INTEGERS = {
    "add", "subtract", "multiply", "negative", "square", "absolute", "maximum", "minimum", "fmax", "fmin", "floor_divide",
    "remainder", "fmod", "round", "nan_to_num",
}  # fmt: skip
"""Operations that integers have too."""

ALONE = {*LIBRARY, "floor_divide", "remainder", "fmod", "ldexp"}
"""Operations that take one number at a time."""

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
"""Operations on operands of one kind that give truth values."""

LOGICAL: dict[str, Written] = {
    "logical_and": lambda block, x, y: x & y,
    "logical_or": lambda block, x, y: x | y,
    "logical_not": lambda block, x: ~x,
    "logical_xor": lambda block, x, y: x ^ y,
}
"""Operations on truth values."""

OTHERS: dict[str, Written] = {
    **dict.fromkeys(("identity", "astype", "stop_gradient", "broadcast_to"), lambda block, x, **params: x),
    "where": lambda block, condition, yes, no: chosen(condition, yes, no),
}
"""The value itself, possibly converted to another kind, and a choice."""

ELEMENTWISE = ChainMap(ARITHMETIC, COMPARED, LOGICAL, OTHERS)
"""Every elementwise operation that has loops."""
