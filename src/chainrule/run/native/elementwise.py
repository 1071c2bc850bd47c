"""Every elementwise operation on vectors of 16 float32 numbers, as LLVM IR: right to the last bits, as tests hold it to."""

# mypy: disable-error-code="import-untyped, no-untyped-call, call-arg, misc"
# Numba and llvmlite have no types, and an intrinsic is called with one argument less than it is written with.

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..loops.processor import LANES, processor
from .vector import I32, IVEC, VEC, Emit, Value, constant, extreme, fma, llvm, load, splat, store, vector


def _polynomial(builder: Any, x: Value, coefficients: Sequence[float]) -> Value:
    y = constant(coefficients[0])
    for each in coefficients[1:]:
        y = fma(builder, y, x, constant(each))
    return y


def _exp(builder: Any, x: Value) -> Value:
    """eˣ by Cephes' polynomial; above 88.7 it is infinite, below −87.3, where it would be subnormal, 0."""
    kept = llvm(builder, "maxnum", llvm(builder, "minnum", x, constant(88.7228390520684)), constant(-87.33654))
    n = llvm(builder, "rint", builder.fmul(kept, constant(1.44269504088896341)))
    r = fma(builder, n, constant(2.12194440e-4), fma(builder, n, constant(-0.693359375), kept))
    y = _polynomial(
        builder, r, (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
    )
    y = builder.fadd(fma(builder, builder.fmul(r, r), y, r), constant(1))
    most = builder.fcmp_ordered(">", n, constant(127.5))  # 2¹²⁸ is no float32, and half of it twice is
    n = builder.select(most, constant(127), n)
    power = builder.shl(builder.add(builder.fptosi(n, IVEC), _ivec(127)), _ivec(23))
    y = builder.fmul(builder.fmul(y, builder.select(most, constant(2), constant(1))), builder.bitcast(power, VEC))
    y = builder.select(builder.fcmp_ordered(">", x, constant(88.7228390520684)), constant(np.inf), y)
    y = builder.select(builder.fcmp_ordered("<", x, constant(-87.33654)), constant(0), y)
    return builder.select(builder.fcmp_unordered("uno", x, x), x, y)


def _ivec(number: int) -> Value:
    return ir.Constant(IVEC, [ir.Constant(I32, number)] * LANES)


def _log(builder: Any, x: Value) -> Value:
    """ln x by Cephes' polynomial; −∞ at 0, no number below."""
    normal = llvm(builder, "maxnum", x, constant(1.17549435e-38))
    tiny = builder.fcmp_ordered("<", x, constant(1.17549435e-38))  # a subnormal number is scaled up by 2²⁵
    normal = builder.select(tiny, builder.fmul(x, constant(33554432.0)), normal)
    bits = builder.bitcast(normal, IVEC)
    e = builder.sub(builder.lshr(bits, _ivec(23)), _ivec(126))
    e = builder.sub(e, builder.select(tiny, _ivec(25), _ivec(0)))
    m = builder.bitcast(builder.or_(builder.and_(bits, _ivec(0x7FFFFF)), _ivec(0x3F000000)), VEC)
    small = builder.fcmp_ordered("<", m, constant(0.707106781186547524))
    e = builder.sub(e, builder.select(small, _ivec(1), _ivec(0)))
    m = builder.fsub(builder.fadd(m, builder.select(small, m, constant(0))), constant(1))
    k, square = builder.sitofp(e, VEC), builder.fmul(m, m)
    y = _polynomial(
        builder, m,
        (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
         2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
    )  # fmt: skip
    y = builder.fmul(y, builder.fmul(m, square))
    y = fma(builder, k, constant(-2.12194440e-4), y)
    y = fma(builder, square, constant(-0.5), y)
    y = fma(builder, k, constant(0.693359375), builder.fadd(m, y))
    y = builder.select(builder.fcmp_ordered("==", x, constant(np.inf)), x, y)
    y = builder.select(builder.fcmp_ordered("==", x, constant(0)), constant(-np.inf), y)
    return builder.select(builder.fcmp_unordered("<", x, constant(0)), constant(np.nan), y)


def _log1p(builder: Any, x: Value) -> Value:
    """ln(1 + x), right for small x too: Kahan's correction for what 1 + x has rounded away."""
    u = builder.fadd(constant(1), x)
    gone = builder.fcmp_ordered("==", u, constant(1))
    scale = builder.fdiv(x, builder.select(gone, constant(1), builder.fsub(u, constant(1))))
    whole = builder.fcmp_ordered("==", u, x)  # so large that nothing is lost
    logarithm = _log(builder, u)
    return builder.select(gone, x, builder.select(whole, logarithm, builder.fmul(logarithm, scale)))


def _expm1(builder: Any, x: Value) -> Value:
    """eˣ − 1, right for small x too, by the same correction."""
    u = _exp(builder, x)
    less = builder.fsub(u, constant(1))
    gone = builder.fcmp_ordered("==", u, constant(1))
    far = builder.or_(builder.fcmp_ordered("<", x, constant(-15)), builder.fcmp_ordered(">", x, constant(15)))
    logarithm = _log(builder, builder.select(builder.or_(gone, far), constant(2), u))
    corrected = builder.fmul(less, builder.fdiv(x, logarithm))
    return builder.select(gone, x, builder.select(far, less, corrected))


def _tanh(builder: Any, x: Value) -> Value:
    """Cephes' polynomial near 0, 1 − 2 / (e²ˣ + 1) beyond."""
    square = builder.fmul(x, x)
    near = _polynomial(
        builder, square,
        (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1),
    )  # fmt: skip
    near = fma(builder, builder.fmul(near, square), x, x)
    far = builder.fadd(_exp(builder, builder.fadd(x, x)), constant(1))
    far = builder.fsub(constant(1), builder.fdiv(constant(2), far))
    return builder.select(builder.fcmp_ordered("<", llvm(builder, "fabs", x), constant(0.625)), near, far)


def _estimate(builder: Any, name: str, x: Value) -> Value:
    """What AVX-512 says at once of 1/x (`rcp14`) or 1/√x (`rsqrt14`), to 14 bits."""
    mask = ir.IntType(LANES)
    kind = ir.FunctionType(VEC, [VEC, VEC, mask])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.avx512.{name}.ps.512")
    return builder.call(function, [x, constant(0), mask(-1)])


def _unless(builder: Any, usual: Value, nearer: Value, exact: Emit) -> Value:
    """`nearer` in the lanes that are `usual`; in the others what `exact` says, which is asked only where there are any."""
    before = builder.basic_block
    rare = builder.icmp_unsigned("!=", builder.bitcast(usual, ir.IntType(LANES)), ir.Constant(ir.IntType(LANES), -1))
    with builder.if_then(rare, likely=False):
        mended = builder.select(usual, nearer, exact(builder))
        slow = builder.basic_block
    value = builder.phi(VEC)
    value.add_incoming(nearer, before)
    value.add_incoming(mended, slow)
    return value


def _divide(builder: Any, a: Value, b: Value) -> Value:
    """a / b. The processor divides in 16 cycles; an estimate put right by its remainder has the same 24 bits in a third."""
    if processor().name != "avx512":
        return builder.fdiv(a, b)
    y = _estimate(builder, "rcp14", b)
    y = fma(builder, fma(builder, builder.fneg(b), y, constant(1)), y, y)
    q = builder.fmul(a, y)
    nearer = fma(builder, fma(builder, builder.fneg(b), q, a), y, q)
    usual = builder.fcmp_ordered("<", llvm(builder, "fabs", nearer), constant(np.inf))
    return _unless(builder, usual, nearer, lambda builder: builder.fdiv(a, b))


def _sqrt(builder: Any, x: Value) -> Value:
    """√x = x / √x, likewise; numbers so small that their remainder is none are left to the processor."""
    if processor().name != "avx512":
        return llvm(builder, "sqrt", x)
    y = _estimate(builder, "rsqrt14", x)
    s, half = builder.fmul(x, y), builder.fmul(y, constant(0.5))
    nearer = fma(builder, fma(builder, builder.fneg(s), s, x), half, s)
    zero = builder.fcmp_ordered("==", x, constant(0))
    nearer = builder.select(zero, x, nearer)
    usual = builder.and_(builder.fcmp_ordered(">", x, constant(1e-31)), builder.fcmp_ordered("<", x, constant(np.inf)))
    return _unless(builder, builder.or_(zero, usual), nearer, lambda builder: llvm(builder, "sqrt", x))


def _sigmoid(builder: Any, x: Value) -> Value:
    return _divide(builder, constant(1), builder.fadd(constant(1), _exp(builder, builder.fneg(x))))


def _sigmoid_prime(builder: Any, x: Value) -> Value:
    s = _sigmoid(builder, x)
    return builder.fmul(s, builder.fsub(constant(1), s))


def _logaddexp(builder: Any, a: Value, b: Value) -> Value:
    apart = builder.fneg(llvm(builder, "fabs", builder.fsub(a, b)))
    sum_ = builder.fadd(extreme(">")(builder, a, b), _log1p(builder, _exp(builder, apart)))
    return builder.select(builder.fcmp_ordered("==", a, b), builder.fadd(a, constant(float(np.log(2)))), sum_)


def _truth(sign: str) -> Emit:
    """A comparison as 1 and 0."""

    def emit(builder: Any, a: Value, b: Value) -> Value:
        found = builder.fcmp_unordered("!=", a, b) if sign == "!=" else builder.fcmp_ordered(sign, a, b)
        return builder.select(found, constant(1), constant(0))

    return emit


def _where(builder: Any, mask: Value, one: Value, other: Value) -> Value:
    return builder.select(builder.fcmp_unordered("!=", mask, constant(0)), one, other)


def _sign(builder: Any, x: Value) -> Value:
    negative = builder.select(builder.fcmp_ordered("<", x, constant(0)), constant(-1), builder.fadd(x, constant(0)))
    return builder.select(builder.fcmp_ordered(">", x, constant(0)), constant(1), negative)


def _libm(name: str) -> Emit:
    """A function that LLVM computes lane by lane."""
    return lambda builder, *args: llvm(builder, name, *args)


EMIT: dict[str, tuple[int, Emit]] = {
    "add": (2, lambda b, x, y: b.fadd(x, y, flags=("contract",))),
    "subtract": (2, lambda b, x, y: b.fsub(x, y, flags=("contract",))),
    "multiply": (2, lambda b, x, y: b.fmul(x, y, flags=("contract",))),
    "divide": (2, _divide),
    "negative": (1, lambda b, x: b.fneg(x)),
    "identity": (1, lambda b, x: x),
    "square": (1, lambda b, x: b.fmul(x, x, flags=("contract",))),
    "sqrt": (1, _sqrt),
    "exp": (1, _exp),
    "log": (1, _log),
    "log1p": (1, _log1p),
    "expm1": (1, _expm1),
    "tanh": (1, _tanh),
    "sin": (1, _libm("sin")),
    "cos": (1, _libm("cos")),
    "power": (2, _libm("pow")),
    "absolute": (1, _libm("fabs")),
    "sign": (1, _sign),
    "maximum": (2, extreme(">")),
    "minimum": (2, extreme("<")),
    "where": (3, _where),
    "greater": (2, _truth(">")),
    "greater_equal": (2, _truth(">=")),
    "less": (2, _truth("<")),
    "less_equal": (2, _truth("<=")),
    "equal": (2, _truth("==")),
    "not_equal": (2, _truth("!=")),
    "relu": (1, lambda b, x: b.select(b.fcmp_ordered(">", x, constant(0)), x, constant(0))),
    "relu_prime": (1, lambda b, x: b.select(b.fcmp_ordered(">", x, constant(0)), constant(1), constant(0))),
    "sigmoid": (1, _sigmoid),
    "sigmoid_prime": (1, _sigmoid_prime),
    "logaddexp": (2, _logaddexp),
    "logical_and": (2, extreme("<")),
    "logical_or": (2, extreme(">")),
    "logical_not": (1, lambda b, x: b.fsub(constant(1), x)),
    "astype": (1, lambda b, x: x),
    "broadcast_to": (1, lambda b, x: x),
}
"""Every elementwise operation, by the name of its primitive: how many operands it takes, and its IR."""


def _elementwise(arity: int, emit: Emit) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        return emit(builder, *args)

    given = (vector,) * arity
    if arity == 1:
        return intrinsic(lambda typing, a: (vector(*given), generate))
    if arity == 2:
        return intrinsic(lambda typing, a, b: (vector(*given), generate))
    return intrinsic(lambda typing, a, b, c: (vector(*given), generate))


OPERATIONS: dict[str, Any] = {name: _elementwise(*each) for name, each in EMIT.items()}


def operations(number: type) -> dict[str, Any]:
    """The operations on vectors of a kind of number, which is float32."""
    assert number is np.float32
    return OPERATIONS


@functools.cache
def usable() -> str:
    """Nothing, where this Numba compiles vectors and they compute rightly; else what was wrong."""
    import numba

    add, memory = OPERATIONS["add"], np.arange(32, dtype=np.float32)

    def trial(memory: Any) -> None:
        store(memory, 16, add(load(memory, 0), splat(np.float32(1))))

    try:
        numba.njit(types.void(types.Array(types.float32, 1, "C")))(trial)(memory)
    except Exception as error:  # whatever an unknown Numba raises
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return "" if np.array_equal(memory[16:], np.arange(1, 17)) else "its vectors compute wrongly"
