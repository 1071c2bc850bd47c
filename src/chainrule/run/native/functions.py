"""exp, expm1, tanh and log in LLVM's language, written so that a loop over them becomes one over vectors.

The C library's take one number at a time. These have no branch: what is special about a number is chosen at the end. They
are within three units in the last place of the true value, and give what the C library gives at 0, ±∞ and NaN.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Sequence

TERMS = 13
"""Powers of r in exp(r) − 1, of which |r| ≤ ½ log 2: the next one is below 2⁻⁵⁷."""
_MAGIC = 1.5 * 2.0**52  # added to a small number, it leaves that one rounded in the last bits
_LN2_HIGH = struct.unpack(">d", struct.pack(">d", math.log(2))[:4] + b"\0\0\0\0")[0]  # k times it is exact
_LN2_LOW = 4.7493250390316726e-07  # log 2 less that


def hexadecimal(value: float) -> str:
    """A number of double precision as LLVM reads it."""
    return f"0x{struct.pack('>d', value).hex().upper()}"


class _Lines:
    """Instructions on doubles, each with a name of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, text: str) -> str:
        self.lines.append(f"  %t{len(self.lines)} = {text}")
        return f"%t{len(self.lines) - 1}"

    def add(self, one: str, other: str) -> str:
        return self(f"fadd contract double {one}, {other}")

    def subtract(self, one: str, other: str) -> str:
        return self(f"fsub contract double {one}, {other}")

    def multiply(self, one: str, other: str) -> str:
        return self(f"fmul contract double {one}, {other}")

    def choose(self, test: str, one: str, other: str) -> str:
        return self(f"select i1 {self(test)}, double {one}, double {other}")

    def polynomial(self, x: str, coefficients: Sequence[float]) -> str:
        """Horner's rule, the highest power first."""
        result = hexadecimal(coefficients[0])
        for each in coefficients[1:]:
            result = self.add(self.multiply(result, x), hexadecimal(each))
        return result

    def power_of_two(self, k: str) -> str:
        """2ᵏ, of −1022 ≤ k ≤ 1023."""
        exponent = self(f"add i64 {k}, 1023")
        bits = self(f"shl i64 {exponent}, 52")
        return self(f"bitcast i64 {bits} to double")


def _reduced(at: _Lines, x: str) -> tuple[str, str]:
    """k and exp(r) − 1, where x = k log 2 + r."""
    shifted = at.add(at.multiply(x, hexadecimal(1 / math.log(2))), hexadecimal(_MAGIC))
    whole = at(f"fsub double {shifted}, {hexadecimal(_MAGIC)}")
    r = at.subtract(
        at.subtract(x, at.multiply(whole, hexadecimal(_LN2_HIGH))), at.multiply(whole, hexadecimal(_LN2_LOW))
    )
    bits = at(f"bitcast double {shifted} to i64")
    k = at(f"sub i64 {bits}, {struct.unpack('>q', struct.pack('>d', _MAGIC))[0]}")
    rest = at.polynomial(r, [1 / math.factorial(n) for n in range(TERMS, 1, -1)])  # (exp(r) − 1 − r) / r²
    return k, at.add(r, at.multiply(at.multiply(r, r), rest))


def _within(at: _Lines, x: str, low: float, high: float) -> str:
    """x, but no further out than this; NaN stays."""
    x = at.choose(f"fcmp olt double {x}, {hexadecimal(low)}", hexadecimal(low), x)
    return at.choose(f"fcmp ogt double {x}, {hexadecimal(high)}", hexadecimal(high), x)


def _exp(at: _Lines) -> str:
    k, less_one = _reduced(at, _within(at, "%x", -746.0, 710.0))
    half = at(f"ashr i64 {k}, 1")  # in two steps: 2ᵏ itself may be too large, or too small, for a number
    rest = at(f"sub i64 {k}, {half}")
    value = at.add(less_one, hexadecimal(1.0))
    return at.multiply(at.multiply(value, at.power_of_two(half)), at.power_of_two(rest))


def _of_expm1(at: _Lines, x: str) -> str:
    """exp(x) − 1, of x between −40 and 709."""
    k, less_one = _reduced(at, x)
    scale = at.power_of_two(k)
    return at.add(at.multiply(scale, less_one), at.subtract(scale, hexadecimal(1.0)))


def _expm1(at: _Lines) -> str:
    found = _of_expm1(at, _within(at, "%x", -40.0, 709.0))
    large = at.choose(f"fcmp ogt double %x, {hexadecimal(709.0)}", at("call double @of.exp(double %x)"), found)
    return at.choose(f"fcmp oeq double %x, {hexadecimal(0.0)}", "%x", large)  # −0 stays


def _tanh(at: _Lines) -> str:
    size = at("call double @llvm.fabs.f64(double %x)")
    u = _of_expm1(at, _within(at, at.add(size, size), 0.0, 80.0))
    found = at(f"fdiv double {u}, {at.add(u, hexadecimal(2.0))}")
    return at(f"call double @llvm.copysign.f64(double {found}, double %x)")


def _log(at: _Lines) -> str:
    tiny = f"fcmp olt double %x, {hexadecimal(2.0**-1022)}"
    x = at.choose(tiny, at.multiply("%x", hexadecimal(2.0**54)), "%x")
    lift = at.choose(tiny, hexadecimal(-54.0), hexadecimal(0.0))
    bits = at(f"bitcast double {x} to i64")
    middle = struct.unpack(">q", struct.pack(">d", math.sqrt(0.5)))[0]
    above = at(f"sub i64 {bits}, {middle}")
    e = at(f"ashr i64 {above}, 52")
    exponent = at(f"shl i64 {e}, 52")
    mantissa = at(f"sub i64 {bits}, {exponent}")
    m = at(f"bitcast i64 {mantissa} to double")  # from √½ to √2
    k = at.add(at(f"sitofp i64 {e} to double"), lift)
    f = at(f"fsub double {m}, {hexadecimal(1.0)}")
    s = at(f"fdiv double {f}, {at.add(f, hexadecimal(2.0))}")
    z = at.multiply(s, s)
    half = at.multiply(hexadecimal(0.5), at.multiply(f, f))
    r = at.multiply(z, at.polynomial(z, [2 / (2 * n + 1) for n in range(11, 0, -1)]))
    inner = at.add(at.multiply(s, at.add(half, r)), at.multiply(k, hexadecimal(_LN2_LOW)))
    found = at.subtract(at.multiply(k, hexadecimal(_LN2_HIGH)), at.subtract(at.subtract(half, inner), f))
    found = at.choose(f"fcmp olt double %x, {hexadecimal(math.inf)}", found, "%x")  # ∞ and NaN stay
    found = at.choose(f"fcmp oeq double %x, {hexadecimal(0.0)}", hexadecimal(-math.inf), found)
    return at.choose(f"fcmp olt double %x, {hexadecimal(0.0)}", hexadecimal(math.nan), found)


INLINED = {"exp": _exp, "expm1": _expm1, "tanh": _tanh, "log": _log}
"""Each by its name; a module calls it as `of.` and that."""


@functools.cache
def definitions() -> str:
    """All of them, for a module to begin with."""
    parts = ["declare double @llvm.copysign.f64(double, double)"]
    for name, write in INLINED.items():
        at = _Lines()
        result = write(at)
        head = f"define internal double @of.{name}(double %x) alwaysinline nounwind willreturn memory(none) {{"
        parts.append("\n".join([head, *at.lines, f"  ret double {result}", "}"]))
    return "\n".join(parts)
