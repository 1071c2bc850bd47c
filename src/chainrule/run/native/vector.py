"""The low-level part: a vector of 16 float32 numbers as a Numba type, and the tiled kernels, both as LLVM IR.

All that leans on Numba's extension interface and llvmlite's IR is in this file; `usable()` tries whether both are as it
expects. Arrays are flat; a place in one is an index that is never wrapped around. Lanes that no number lives in hold
whatever comes out: lanes never meet, but where `total` and its kin are told how many to take.
"""

# mypy: disable-error-code="import-untyped, no-untyped-call, call-arg, misc"
# Numba and llvmlite have no types, and an intrinsic is called with one argument less than it is written with.

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import llvmlite.ir as ir
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

from .processor import LANES

_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VEC, _IVEC = ir.VectorType(_F32, LANES), ir.VectorType(_I32, LANES)
_SUFFIX = f"v{LANES}f32"

Value: TypeAlias = Any  # llvmlite has no types of its own to name
Emit: TypeAlias = Callable[..., Value]


class Vector(types.Type):
    """The Numba type of 16 float32 numbers."""

    def __init__(self) -> None:
        super().__init__(name=f"vector({LANES}×float32)")


vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, frontend: Any):
        super().__init__(manager, frontend, _VEC)


# ---- single vectors --------------------------------------------------------------------------------------------------


def constant(value: float) -> Value:
    """A vector of the same number."""
    return ir.Constant(_VEC, [ir.Constant(_F32, float(np.float32(value)))] * LANES)


def _call(builder: Any, name: str, *args: Value) -> Value:
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(_VEC, [_VEC] * len(args)), f"llvm.{name}.{_SUFFIX}"
    )
    return builder.call(function, args)


def _fma(builder: Any, a: Value, b: Value, c: Value) -> Value:
    return _call(builder, "fmuladd", a, b, c)


def _splat(builder: Any, number: Value) -> Value:
    first = builder.insert_element(ir.Constant(_VEC, ir.Undefined), number, _I32(0))
    return builder.shuffle_vector(first, first, ir.Constant(_IVEC, [0] * LANES))


def _polynomial(builder: Any, x: Value, coefficients: Sequence[float]) -> Value:
    y = constant(coefficients[0])
    for each in coefficients[1:]:
        y = _fma(builder, y, x, constant(each))
    return y


def _exp(builder: Any, x: Value) -> Value:
    """eˣ by Cephes' polynomial; above 88.7 it is infinite, below −87.3, where it would be subnormal, 0."""
    kept = _call(builder, "maxnum", _call(builder, "minnum", x, constant(88.7228390520684)), constant(-87.33654))
    n = _call(builder, "rint", builder.fmul(kept, constant(1.44269504088896341)))
    r = _fma(builder, n, constant(2.12194440e-4), _fma(builder, n, constant(-0.693359375), kept))
    y = _polynomial(
        builder, r, (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
    )
    y = builder.fadd(_fma(builder, builder.fmul(r, r), y, r), constant(1))
    most = builder.fcmp_ordered(">", n, constant(127.5))  # 2¹²⁸ is no float32, and half of it twice is
    n = builder.select(most, constant(127), n)
    power = builder.shl(builder.add(builder.fptosi(n, _IVEC), _ivec(127)), _ivec(23))
    y = builder.fmul(builder.fmul(y, builder.select(most, constant(2), constant(1))), builder.bitcast(power, _VEC))
    y = builder.select(builder.fcmp_ordered(">", x, constant(88.7228390520684)), constant(np.inf), y)
    y = builder.select(builder.fcmp_ordered("<", x, constant(-87.33654)), constant(0), y)
    return builder.select(builder.fcmp_unordered("uno", x, x), x, y)


def _ivec(number: int) -> Value:
    return ir.Constant(_IVEC, [ir.Constant(_I32, number)] * LANES)


def _log(builder: Any, x: Value) -> Value:
    """ln x by Cephes' polynomial; −∞ at 0, no number below."""
    normal = _call(builder, "maxnum", x, constant(1.17549435e-38))
    tiny = builder.fcmp_ordered("<", x, constant(1.17549435e-38))  # a subnormal number is scaled up by 2²⁵
    normal = builder.select(tiny, builder.fmul(x, constant(33554432.0)), normal)
    bits = builder.bitcast(normal, _IVEC)
    e = builder.sub(builder.lshr(bits, _ivec(23)), _ivec(126))
    e = builder.sub(e, builder.select(tiny, _ivec(25), _ivec(0)))
    m = builder.bitcast(builder.or_(builder.and_(bits, _ivec(0x7FFFFF)), _ivec(0x3F000000)), _VEC)
    small = builder.fcmp_ordered("<", m, constant(0.707106781186547524))
    e = builder.sub(e, builder.select(small, _ivec(1), _ivec(0)))
    m = builder.fsub(builder.fadd(m, builder.select(small, m, constant(0))), constant(1))
    k, square = builder.sitofp(e, _VEC), builder.fmul(m, m)
    y = _polynomial(
        builder, m,
        (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
         2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
    )  # fmt: skip
    y = builder.fmul(y, builder.fmul(m, square))
    y = _fma(builder, k, constant(-2.12194440e-4), y)
    y = _fma(builder, square, constant(-0.5), y)
    y = _fma(builder, k, constant(0.693359375), builder.fadd(m, y))
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
    near = _fma(builder, builder.fmul(near, square), x, x)
    far = builder.fadd(_exp(builder, builder.fadd(x, x)), constant(1))
    far = builder.fsub(constant(1), builder.fdiv(constant(2), far))
    return builder.select(builder.fcmp_ordered("<", _call(builder, "fabs", x), constant(0.625)), near, far)


def _sigmoid(builder: Any, x: Value) -> Value:
    return builder.fdiv(constant(1), builder.fadd(constant(1), _exp(builder, builder.fneg(x))))


def _sigmoid_prime(builder: Any, x: Value) -> Value:
    s = _sigmoid(builder, x)
    return builder.fmul(s, builder.fsub(constant(1), s))


def _logaddexp(builder: Any, a: Value, b: Value) -> Value:
    apart = builder.fneg(_call(builder, "fabs", builder.fsub(a, b)))
    sum_ = builder.fadd(_extreme(">")(builder, a, b), _log1p(builder, _exp(builder, apart)))
    return builder.select(builder.fcmp_ordered("==", a, b), builder.fadd(a, constant(float(np.log(2)))), sum_)


def _extreme(sign: str) -> Emit:
    """The larger or the smaller, and no number where one of them is none, as in NumPy."""

    def emit(builder: Any, a: Value, b: Value) -> Value:
        chosen = builder.select(builder.fcmp_unordered(sign, a, b), a, b)
        return builder.select(builder.fcmp_unordered("uno", b, b), b, chosen)

    return emit


def _truth(sign: str) -> Emit:
    """A comparison as 1 and 0."""

    def emit(builder: Any, a: Value, b: Value) -> Value:
        found = builder.fcmp_unordered("!=", a, b) if sign == "!=" else builder.fcmp_ordered(sign, a, b)
        return builder.select(found, constant(1), constant(0))

    return emit


def _where(builder: Any, mask: Value, one: Value, other: Value) -> Value:
    return builder.select(builder.fcmp_unordered("!=", mask, constant(0)), one, other)


def _sign(builder: Any, x: Value) -> Value:
    negative = builder.select(builder.fcmp_ordered("<", x, constant(0)), constant(-1), x)
    return builder.select(builder.fcmp_ordered(">", x, constant(0)), constant(1), negative)


def _libm(name: str) -> Emit:
    """A function that LLVM computes lane by lane."""
    return lambda builder, *args: _call(builder, name, *args)


EMIT: dict[str, tuple[int, Emit]] = {
    "add": (2, lambda b, x, y: b.fadd(x, y, flags=("contract",))),
    "subtract": (2, lambda b, x, y: b.fsub(x, y, flags=("contract",))),
    "multiply": (2, lambda b, x, y: b.fmul(x, y, flags=("contract",))),
    "divide": (2, lambda b, x, y: b.fdiv(x, y)),
    "negative": (1, lambda b, x: b.fneg(x)),
    "identity": (1, lambda b, x: x),
    "square": (1, lambda b, x: b.fmul(x, x, flags=("contract",))),
    "sqrt": (1, _libm("sqrt")),
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
    "maximum": (2, _extreme(">")),
    "minimum": (2, _extreme("<")),
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
    "logical_and": (2, _extreme("<")),
    "logical_or": (2, _extreme(">")),
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


def _data(context: Any, builder: Any, kind: Any, array: Value) -> Value:
    return context.make_array(kind)(context, builder, array).data


def _vector_at(builder: Any, data: Value, place: Value) -> Value:
    return builder.bitcast(builder.gep(data, [place]), _VEC.as_pointer())


def _load(builder: Any, data: Value, place: Value) -> Value:
    return builder.load(_vector_at(builder, data, place), align=4)


def _store(builder: Any, data: Value, place: Value, value: Value) -> None:
    builder.store(value, _vector_at(builder, data, place), align=4)


@intrinsic
def load(typing: Any, array: Any, place: Any) -> Any:
    """16 numbers from a place of an array on; bytes become floats."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data = _data(context, builder, signature.args[0], args[0])
        if array.dtype == types.float32:
            return _load(builder, data, args[1])
        pointer = builder.bitcast(builder.gep(data, [args[1]]), ir.VectorType(ir.IntType(8), LANES).as_pointer())
        return builder.uitofp(builder.load(pointer, align=1), _VEC)

    return vector(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, place: Any, value: Any) -> Any:
    """Write 16 numbers from a place of an array on."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        _store(builder, _data(context, builder, signature.args[0], args[0]), args[1], args[2])
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def at(typing: Any, array: Any, place: Any) -> Any:
    """The number at a place, which is not wrapped around."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        return builder.load(builder.gep(_data(context, builder, signature.args[0], args[0]), [args[1]]))

    return array.dtype(array, types.intp), generate


@intrinsic
def splat(typing: Any, number: Any) -> Any:
    """The same number 16 times."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        return _splat(builder, args[0])

    return vector(types.float32), generate


def _first(builder: Any, count: Value) -> Value:
    """Which lanes are among the first so many."""
    whole = builder.insert_element(ir.Constant(_IVEC, ir.Undefined), builder.trunc(count, _I32), _I32(0))
    whole = builder.shuffle_vector(whole, whole, ir.Constant(_IVEC, [0] * LANES))
    return builder.icmp_signed("<", ir.Constant(_IVEC, list(range(LANES))), whole)


@intrinsic
def masked(typing: Any, value: Any, count: Any, other: Any) -> Any:
    """The first `count` lanes of a vector; another number in the rest."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        return builder.select(_first(builder, args[1]), args[0], _splat(builder, args[2]))

    return vector(vector, types.intp, types.float32), generate


def _folded(emit: Emit) -> Any:
    """A reduction of the lanes: halves are joined until one number is left."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        value, width = args[0], LANES
        while width > 1:
            width //= 2
            turned = ir.Constant(_IVEC, [(lane + width) % LANES for lane in range(LANES)])
            value = emit(builder, value, builder.shuffle_vector(value, value, turned))
        return builder.extract_element(value, _I32(0))

    return intrinsic(lambda typing, value: (types.float32(vector), generate))


total = _folded(lambda b, x, y: b.fadd(x, y))
greatest = _folded(_extreme(">"))
least = _folded(_extreme("<"))


# ---- numbers too small to be normal ----------------------------------------------------------------------------------

_FLUSH = 0x8040  # of MXCSR: denormals are zeros, and results that would be are flushed to zero


def _control(builder: Any, name: str, word: Value) -> None:
    """Store the floating-point control word, or load it. Other processors than x86 need neither to be fast."""
    i8 = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [i8])
    if builder.module.triple.startswith(("x86_64", "i386", "i686")):
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
        builder.call(function, [builder.bitcast(word, i8)])


@intrinsic
def flush(typing: Any) -> Any:
    """From now on take numbers below 1.2e-38 as 0: the δ of neurons that are sure become so small, and each operation
    on such a number takes as long as a hundred others. Returns what `restore` takes to undo it.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        word = cgutils.alloca_once_value(builder, _I32(0))
        _control(builder, "stmxcsr", word)
        usual = builder.load(word)
        builder.store(builder.or_(usual, _I32(_FLUSH)), word)
        _control(builder, "ldmxcsr", word)
        return usual

    return types.int32(), generate


@intrinsic
def restore(typing: Any, usual: Any) -> Any:
    """Treat small numbers as before `flush`."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        _control(builder, "ldmxcsr", cgutils.alloca_once_value(builder, args[0]))
        return context.get_dummy_value()

    return types.void(types.int32), generate


# ---- kernels ---------------------------------------------------------------------------------------------------------


def _loop(builder: Any, start: Value, stop: Value, step: int, carried: Sequence[Value], body: Emit) -> list[Value]:
    """A counted loop whose body takes the index and the carried values, and returns the new ones."""
    before, function = builder.basic_block, builder.function
    head, inside, after = (function.append_basic_block(name) for name in ("head", "inside", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(_I64)
    values = [builder.phi(each.type) for each in carried]
    builder.cbranch(builder.icmp_signed("<", index, stop), inside, after)
    builder.position_at_end(inside)
    new = body(index, values)
    index.add_incoming(start, before)
    index.add_incoming(builder.add(index, _I64(step), flags=("nsw",)), builder.basic_block)
    for phi, first, later in zip(values, carried, new, strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(later, builder.basic_block)
    builder.branch(head)
    builder.position_at_end(after)
    return values


def _blocks(builder: Any, width: int, at_once: int, body: Callable[[Value, int], None]) -> None:
    """Go over `width` vectors, so many at once, and the rest after them."""
    whole = width // at_once * at_once
    if whole == at_once:
        body(_I64(0), at_once)
    elif whole:

        def one(place: Value, values: Sequence[Value]) -> list[Value]:
            body(place, at_once)
            return []

        _loop(builder, _I64(0), _I64(whole * LANES), at_once * LANES, [], one)
    if width > whole:
        body(_I64(whole * LANES), width - whole)


def _scaled(builder: Any, index: Value, by: int) -> Value:
    return index if by == 1 else builder.mul(index, _I64(by), flags=("nsw",))


def _at(builder: Any, *places: Value) -> Value:
    return functools.reduce(lambda one, other: builder.add(one, other, flags=("nsw",)), places)


def product(
    *, rows: int, at_once: int, inner: int, width: int, x_row: int, x_step: int, w_row: int, out_row: int,
    listed: bool = False, subtract: bool = False,
) -> Any:  # fmt: skip
    """A tile of a matrix product: out[i] = Σₖ x[i, k] w[k], or out[i] less that, for some rows i of `width` vectors.

    x[i, k] lies at x + i · x_row + k · x_step, w[k] at w + k · w_row, out[i] at out + i · out_row; sums are kept in
    registers, `at_once` vectors a row. Listed, k goes over `count` numbers of `places` from `start` on, not over all.
    """

    def emit(
        builder: Any, data: Value, x: Value, w: Value, out: Value, places: Value, start: Value, count: Value
    ) -> None:
        def block(v: Value, vectors: int) -> None:
            outs = [[_at(builder, out, v, _I64(i * out_row + u * LANES)) for u in range(vectors)] for i in range(rows)]
            begin = [_load(builder, data, each) if subtract else constant(0) for row in outs for each in row]

            def step(index: Value, sums: Sequence[Value]) -> list[Value]:
                k = index
                if listed:
                    k = builder.sext(builder.load(builder.gep(places, [builder.add(start, index)])), _I64)
                wk = _at(builder, w, v, _scaled(builder, k, w_row))
                weights = [_load(builder, data, _at(builder, wk, _I64(u * LANES))) for u in range(vectors)]
                if subtract:
                    weights = [builder.fneg(each) for each in weights]
                xk = _at(builder, x, _scaled(builder, k, x_step))
                new = []
                for i in range(rows):
                    number = builder.load(builder.gep(data, [_at(builder, xk, _I64(i * x_row))]))
                    xs = _splat(builder, number)
                    new += [_fma(builder, xs, weights[u], sums[i * vectors + u]) for u in range(vectors)]
                return new

            sums = _loop(builder, _I64(0), count if listed else _I64(inner), 1, begin, step)
            for place, value in zip((each for row in outs for each in row), sums, strict=True):
                _store(builder, data, place, value)

        _blocks(builder, width, at_once, block)

    return _kernel(emit, listed)


def update(
    *, inner: int, at_once: int, rows: int, width: int, x_row: int, x_step: int, d_row: int, w_row: int,
    listed: bool = False,
) -> Any:  # fmt: skip
    """w[j] less Σₖ x[k, j] d[k], for all rows j of a matrix: d stays in registers, each weight is read and written once.

    x[k, j] lies at x + k · x_row + j · x_step, d[k] at d + k · d_row, w[j] at w + j · w_row. Listed, j goes over `count`
    numbers of `places` from `start` on.
    """

    def emit(
        builder: Any, data: Value, x: Value, d: Value, w: Value, places: Value, start: Value, count: Value
    ) -> None:
        def block(v: Value, vectors: int) -> None:
            errors = [
                builder.fneg(_load(builder, data, _at(builder, d, v, _I64(k * d_row + u * LANES))))
                for k in range(inner)
                for u in range(vectors)
            ]

            def row(index: Value, carried: Sequence[Value]) -> list[Value]:
                j = index
                if listed:
                    j = builder.sext(builder.load(builder.gep(places, [builder.add(start, index)])), _I64)
                wj = _at(builder, w, v, _scaled(builder, j, w_row))
                xj = _at(builder, x, _scaled(builder, j, x_step))
                spots = [_at(builder, wj, _I64(u * LANES)) for u in range(vectors)]
                sums = [_load(builder, data, each) for each in spots]
                for k in range(inner):
                    number = builder.load(builder.gep(data, [_at(builder, xj, _I64(k * x_row))]))
                    xs = _splat(builder, number)
                    sums = [_fma(builder, xs, errors[k * vectors + u], sums[u]) for u in range(vectors)]
                for each, value in zip(spots, sums, strict=True):
                    _store(builder, data, each, value)
                return []

            _loop(builder, _I64(0), count if listed else _I64(rows), 1, [], row)

        _blocks(builder, width, at_once, block)

    return _kernel(emit, listed)


def _kernel(emit: Emit, listed: bool) -> Any:
    """An intrinsic of (memory, x, w, out), and where listed of (…, places, start, count)."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data = _data(context, builder, signature.args[0], args[0])
        rest: list[Value] = [None, None, None]
        if listed:
            rest = [_data(context, builder, signature.args[4], args[4]), args[5], args[6]]
        emit(builder, data, *args[1:4], *rest)
        return context.get_dummy_value()

    index = types.intp
    if listed:
        return intrinsic(
            lambda typing, memory, x, w, out, places, start, count: (
                types.void(memory, index, index, index, places, index, index),
                generate,
            )
        )
    return intrinsic(lambda typing, memory, x, w, out: (types.void(memory, index, index, index), generate))


def _bits(builder: Any, truths: Value) -> Value:
    """16 truth values as a number of 16 bits."""
    return builder.bitcast(truths, ir.IntType(LANES))


def _append(builder: Any, compress: bool, truths: Value, first: Value, into: Value, held: Value) -> Value:
    """Append the places `first` … that are true to a list that holds so many; return how many it holds then."""
    base = builder.insert_element(ir.Constant(_IVEC, ir.Undefined), builder.trunc(first, _I32), _I32(0))
    base = builder.shuffle_vector(base, base, ir.Constant(_IVEC, [0] * LANES))
    places = builder.add(base, ir.Constant(_IVEC, list(range(LANES))))
    if not compress:
        for lane in range(LANES):
            builder.store(builder.extract_element(places, _I32(lane)), builder.gep(into, [held]))
            held = builder.add(held, builder.zext(builder.extract_element(truths, _I32(lane)), _I64))
        return held
    kind = ir.FunctionType(_IVEC, [_IVEC, _IVEC, truths.type])
    compressed = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.mask.compress.v16i32")
    chosen = builder.call(compressed, [places, places, truths])
    builder.store(chosen, builder.bitcast(builder.gep(into, [held]), _IVEC.as_pointer()), align=4)
    count = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(ir.IntType(LANES), [ir.IntType(LANES)]), f"llvm.ctpop.i{LANES}"
    )
    return builder.add(held, builder.zext(builder.call(count, [_bits(builder, truths)]), _I64))


def gather(*, rows: int, width: int, listed: bool, compress: bool, scale: float = 1.0) -> Any:
    """Bring some rows of `width` numbers, which `order` names, into the memory one behind another; bytes become floats
    and are multiplied by `scale`.

    Called with (memory, inputs, order, first, out, places, start): rows order[first] … go to out on. Returns how many of
    the columns are not 0 in all rows, where they are `listed` in `places` from start on.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        kinds = signature.args
        data, inputs, order, places = (_data(context, builder, kinds[i], args[i]) for i in (0, 1, 2, 5))
        bytes_ = kinds[1].dtype == types.uint8
        number, size = (ir.IntType(8), 1) if bytes_ else (_F32, 4)
        wide = ir.VectorType(number, LANES)

        def row(first: Value, i: int) -> Value:
            return builder.mul(builder.load(builder.gep(order, [builder.add(first, _I64(i))])), _I64(width))

        starts = [builder.gep(inputs, [row(args[3], i)]) for i in range(rows)]
        into = builder.gep(places, [args[6]])
        none = ir.Constant(ir.VectorType(ir.IntType(8 * size), LANES), None)

        def columns(q: Value, carried: Sequence[Value]) -> list[Value]:
            seen = none
            for i, start in enumerate(starts):
                numbers = builder.load(builder.bitcast(builder.gep(start, [q]), wide.as_pointer()), align=size)
                seen = builder.or_(seen, builder.bitcast(numbers, none.type))
                if bytes_:
                    numbers = builder.uitofp(numbers, _VEC)
                if scale != 1.0:
                    numbers = builder.fmul(numbers, constant(scale))
                _store(builder, data, builder.add(builder.add(args[4], q), _I64(i * width)), numbers)
            if not listed:
                return []
            return [_append(builder, compress, builder.icmp_unsigned("!=", seen, none), q, into, carried[0])]

        found = _loop(builder, _I64(0), _I64(width), LANES, [_I64(0)] * listed, columns)
        return found[0] if listed else _I64(0)

    index = types.intp
    return intrinsic(
        lambda typing, memory, inputs, order, first, out, places, start: (
            types.intp(memory, inputs, order, index, index, places, index),
            generate,
        )
    )


@intrinsic
def transpose(typing: Any, memory: Any, x: Any, x_row: Any, out: Any, out_row: Any) -> Any:
    """The transpose of 16 × 16 numbers from place x on, written from place out on."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data = _data(context, builder, signature.args[0], args[0])
        rows = [_load(builder, data, builder.add(args[1], builder.mul(args[2], _I64(i)))) for i in range(LANES)]
        width = LANES // 2
        while width:  # the halves of two rows change places, then their quarters, …
            new = list(rows)
            for i in range(LANES):
                if not i & width:
                    one, other = rows[i], rows[i + width]
                    low = [lane if not lane & width else LANES + lane - width for lane in range(LANES)]
                    high = [lane + width if not lane & width else LANES + lane for lane in range(LANES)]
                    new[i] = builder.shuffle_vector(one, other, ir.Constant(_IVEC, low))
                    new[i + width] = builder.shuffle_vector(one, other, ir.Constant(_IVEC, high))
            rows, width = new, width // 2
        for i, row in enumerate(rows):
            _store(builder, data, builder.add(args[3], builder.mul(args[4], _I64(i))), row)
        return context.get_dummy_value()

    index = types.intp
    return types.void(memory, index, index, index, index), generate


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
