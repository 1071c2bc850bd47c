"""exp and related functions in the language of loops: branchless polynomials for float32 and float64, scalar or in lanes.

Special values follow from the arithmetic or are selected at the end, so the results at ±0, ±∞ and NaN are NumPy's, and
subnormal numbers are kept. Each docstring states the function's error in units in the last place, as measured by
`tests/run/loops/test_functions.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .language import BITS_OF, F64, Block, Expression, Kind, apply, constant


@dataclass(frozen=True)
class _Format:
    """A floating-point format: its layout, log 2 in two parts (k times the first is exact), and polynomials."""

    places: int  # bits of the fraction
    bias: int
    ln2: tuple[float, float]
    exp: Sequence[float]  # (exp(r) − 1 − r) / r² for |r| ≤ ½ log 2, highest power first
    log: int  # terms of log((1 + s) / (1 − s)) beyond the first
    ends: tuple[float, float]  # exp is 0 below the first and overflows above the second
    less_one: float  # exp(x) − 1 is −1 below

    @property
    def magic(self) -> float:
        """Added to a small number, it leaves the rounded number in the last bits."""
        return 1.5 * 2.0**self.places

    @property
    def magic_bits(self) -> int:
        """Its bits, as an integer."""
        return ((self.bias + self.places) << self.places) + (1 << (self.places - 1))


_FORMATS = {
    "f32": _Format(
        23, 127, (0.693359375, math.log(2) - 0.693359375),
        (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5),
        4, (-104.0, 89.0), -18.0,
    ),
    "f64": _Format(
        52, 1023, (0.6931471803691238, 1.9082149292705877e-10),
        [1 / math.factorial(n) for n in range(13, 1, -1)], 11, (-746.0, 710.0), -40.0,
    ),
}  # fmt: skip


def _polynomial(block: Block, x: Expression, coefficients: Sequence[float]) -> Expression:
    """Horner's rule, highest power first."""
    found = constant(coefficients[0], x.kind)
    for each in coefficients[1:]:
        found = block.multiply_add(found, x, each)
    return block.let(found)


def _select(condition: Expression, yes: Expression | float, no: Expression, kind: Kind) -> Expression:
    return apply("select", condition, yes if isinstance(yes, Expression) else constant(yes, kind), no)


def _within(x: Expression, low: float, high: float) -> Expression:
    """x clipped to a range; NaN stays."""
    return apply("max", apply("min", x, constant(high, x.kind)), constant(low, x.kind))


def _integers(x: Expression) -> Kind:
    return Kind(BITS_OF[x.kind.number], x.kind.lanes)


def power_of_two(k: Expression, kind: Kind) -> Expression:
    """2ᵏ.

    Args:
        k: Integers from −126 to 127, or from −1022 to 1023.
        kind: f32 or f64, as wide as the integers.

    Returns:
        The power.

    Examples:
        >>> str(power_of_two(constant(1, Kind("i64")), F64).kind)
        'f64'
    """
    form = _FORMATS[kind.number]
    return apply("floats", (k + form.bias) << form.places, kind=kind)


def _nearest(block: Block, x: Expression, scale: float = 1.0) -> tuple[Expression, Expression]:
    """The integer nearest to x times a scale, as a float and as an integer."""
    form = _FORMATS[x.kind.number]
    shifted = block.let(block.multiply_add(x, scale, form.magic))
    whole = block.let(shifted - form.magic)
    return whole, block.let(apply("bits", shifted, kind=_integers(x)) - form.magic_bits)


def _less_one(block: Block, r: Expression) -> Expression:
    """exp(r) − 1 for a small r."""
    rest = _polynomial(block, r, _FORMATS[r.kind.number].exp)
    return block.let(block.multiply_add(block.let(r * r), rest, r))


def _reduced(block: Block, x: Expression) -> tuple[Expression, Expression]:
    """k and exp(r) − 1, where x = k log 2 + r."""
    whole, k = _nearest(block, x, 1 / math.log(2))
    high, low = _FORMATS[x.kind.number].ln2
    r = block.let(block.multiply_add(whole, -low, block.multiply_add(whole, -high, x)))
    return k, _less_one(block, r)


def _scaled(block: Block, less_one: Expression, k: Expression) -> Expression:
    """(1 + less_one) 2ᵏ, in two steps, since 2ᵏ itself may overflow or underflow."""
    half = block.let(k >> 1)
    scaled = (less_one + 1.0) * power_of_two(half, less_one.kind)
    return block.let(scaled * power_of_two(k - half, less_one.kind))


def exp(block: Block, x: Expression) -> Expression:
    """eˣ, within 1 unit.

    Args:
        block: Where it is computed.
        x: f32 or f64, of any lanes.

    Returns:
        The value.

    Examples:
        >>> from .language import F32
        >>> block = Block()
        >>> str(exp(block, constant(1, F32))), len(block.body)
        ('t10', 10)
    """
    form = _FORMATS[x.kind.number]
    k, less_one = _reduced(block, block.let(_within(x, *form.ends)))
    return _scaled(block, less_one, k)


def exp2(block: Block, x: Expression) -> Expression:
    """2ˣ, within 1.1 units.

    Args:
        block: Where it is computed.
        x: f32 or f64, of any lanes.

    Returns:
        The value.

    Examples:
        >>> from .language import F64
        >>> str(exp2(Block(), constant(1, F64)).kind)
        'f64'
    """
    form = _FORMATS[x.kind.number]
    x = block.let(_within(x, -float(form.bias + form.places), form.bias + 1.0))
    whole, k = _nearest(block, x)
    return _scaled(block, _less_one(block, block.let((x - whole) * math.log(2))), k)


def expm1(block: Block, x: Expression) -> Expression:
    """eˣ − 1, within 2 units.

    Args:
        block: Where it is computed.
        x: f32 or f64, of any lanes.

    Returns:
        The value.

    Examples:
        >>> from .language import F32
        >>> str(expm1(Block(), constant(1, F32)).kind)
        'f32'
    """
    form, x = _FORMATS[x.kind.number], block.let(x)
    k, less_one = _reduced(block, block.let(_within(x, form.less_one, form.ends[1])))
    half = block.let(power_of_two(k - 1, x.kind))  # half of 2ᵏ, which may overflow
    found = 2.0 * block.multiply_add(half, less_one, half - 0.5)
    small = apply("abs", x) < 2.0 ** (-form.places - 2)
    return block.let(_select(small, x, found, x.kind))


def tanh(block: Block, x: Expression) -> Expression:
    """The hyperbolic tangent, within 3 units.

    Args:
        block: Where it is computed.
        x: f32 or f64, of any lanes.

    Returns:
        The value.

    Examples:
        >>> from .language import F64
        >>> str(tanh(Block(), constant(1, F64)).kind)
        'f64'
    """
    x = block.let(x)
    size = block.let(apply("abs", x))
    u = expm1(block, apply("min", size + size, constant(80.0, x.kind)))
    found = block.let(u / (u + 2.0))
    signed = _select(x < 0, -found, found, x.kind)
    return block.let(_select(size < 2.0 ** -(_FORMATS[x.kind.number].places // 2 + 2), x, signed, x.kind))


def sigmoid(block: Block, x: Expression) -> Expression:
    """1 / (1 + e⁻ˣ), within 3 units; 0 where e⁻ˣ overflows.

    Args:
        block: Where it is computed.
        x: f32 or f64, of any lanes.

    Returns:
        The value.

    Examples:
        >>> from .language import F32
        >>> str(sigmoid(Block(), constant(1, F32)).kind)
        'f32'
    """
    return block.let(1.0 / (exp(block, -x) + 1.0))


def log(block: Block, x: Expression) -> Expression:
    """The natural logarithm, within 1 unit.

    Args:
        block: Where it is computed.
        x: f32 or f64, of any lanes.

    Returns:
        The value.

    Examples:
        >>> from .language import F32
        >>> str(log(Block(), constant(1, F32)).kind)
        'f32'
    """
    kind, integers, form, x = x.kind, _integers(x), _FORMATS[x.kind.number], block.let(x)
    lift = form.places + 2
    tiny = block.let(x < 2.0 ** (1 - form.bias))
    bits = block.let(apply("bits", _select(tiny, x * 2.0**lift, x, kind), kind=integers))
    middle = ((form.bias - 1) << form.places) + int((math.sqrt(0.5) * 2 - 1) * 2**form.places)
    e = block.let((bits - middle) >> form.places)
    f = block.let(apply("floats", bits - (e << form.places), kind=kind) - 1.0)  # from √½ − 1 to √2 − 1
    k = apply("floats", e + form.magic_bits, kind=kind) - form.magic
    k = block.let(k - _select(tiny, float(lift), constant(0.0, kind), kind))
    s = block.let(f / (f + 2.0))
    z = block.let(s * s)
    half = block.let(f * f * 0.5)
    r = z * _polynomial(block, z, [2 / (2 * n + 1) for n in range(form.log, 0, -1)])
    high, low = form.ln2
    inner = block.multiply_add(k, low, s * (r + half))
    found = k * high - ((half - inner) - f)
    found = _select(x < math.inf, found, x, kind)  # ∞ and NaN stay
    found = _select(x.equals(0.0), -math.inf, found, kind)
    return block.let(_select(x < 0.0, math.nan, found, kind))


def log1p(block: Block, x: Expression) -> Expression:
    """log(1 + x), within 1.5 units.

    Args:
        block: Where it is computed.
        x: f32 or f64, of any lanes.

    Returns:
        The value.

    Examples:
        >>> from .language import F32
        >>> str(log1p(Block(), constant(1, F32)).kind)
        'f32'
    """
    x = block.let(x)
    u = block.let(x + 1.0)
    found = log(block, u)
    lost = (x - (u - 1.0)) / u  # the rounding error of 1 + x, over 1 + x
    fine = (apply("abs", u) < math.inf) & (constant(0.0, x.kind) < u)
    found = _select(fine, found + lost, found, x.kind)
    return block.let(_select(x.equals(0.0), x, found, x.kind))  # −0 stays


def library(block: Block, name: str, *operands: Expression) -> Expression:
    """An external function, called lane by lane in float64; its last bits depend on the platform.

    Args:
        block: Where it is computed.
        name: One of `MATH` in `language.py`.
        operands: f32 or f64, all of one kind.

    Returns:
        The value.

    Examples:
        >>> from .language import F32, F64
        >>> str(library(Block(), "sin", constant(1, F64))), str(library(Block(), "sin", constant(1, F32)).kind)
        ('t2', 'f32')
    """
    kind, operands = operands[0].kind, tuple(map(block.let, operands))
    one, found = Kind(kind.number), []
    for lane in range(kind.lanes):
        numbers = [apply("lane", each, detail=lane, kind=one) for each in operands]
        x = [block.let(apply("convert", number, kind=F64)) for number in numbers]
        value = apply("call", *x, detail=name)
        if name == "pow":  # 1 to any power, and −1 to ±∞, is 1; JavaScript gives NaN
            sure = (x[0] * x[0]).equals(1.0) & (apply("abs", x[1]).equals(math.inf) | (x[0].equals(1.0)))
            value = _select(sure, 1.0, value, F64)
        found.append(apply("convert", value, kind=one))
    return block.let(apply("join", *found, kind=kind) if kind.lanes > 1 else found[0])


FUNCTIONS: dict[str, Callable[[Block, Expression], Expression]] = {
    "exp": exp, "exp2": exp2, "expm1": expm1, "tanh": tanh, "sigmoid": sigmoid, "log": log, "log1p": log1p,
}  # fmt: skip
"""The functions by name."""
