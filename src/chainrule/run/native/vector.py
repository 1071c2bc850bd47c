"""The low-level part: a vector of 16 float32 numbers as a Numba type, and what is done with one, as LLVM IR.

All that leans on Numba's extension interface is in this file; the kernels in other files are made of its
parts by `intrinsic`. `usable()` in `elementwise.py` tries whether
Numba is as they expect. Arrays are flat; a place in one is an index that is
never wrapped around. Lanes that no number lives in hold whatever comes out: lanes never meet, but where `total` and its kin
are told how many to take.
"""

# mypy: disable-error-code="import-untyped, no-untyped-call, call-arg, misc"
# Numba and llvmlite have no types, and an intrinsic is called with one argument less than it is written with.

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import llvmlite.ir as ir
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

from ..loops.processor import LANES

F32, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
VEC, IVEC = ir.VectorType(F32, LANES), ir.VectorType(I32, LANES)
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
        super().__init__(manager, frontend, VEC)


def constant(value: float) -> Value:
    """A vector of the same number."""
    return ir.Constant(VEC, [ir.Constant(F32, float(np.float32(value)))] * LANES)


def llvm(builder: Any, name: str, *args: Value) -> Value:
    """A function that LLVM has for vectors, such as `sqrt`."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(VEC, [VEC] * len(args)), f"llvm.{name}.{_SUFFIX}"
    )
    return builder.call(function, args)


def fma(builder: Any, a: Value, b: Value, c: Value) -> Value:
    """a b + c, rounded once where the processor has it."""
    return llvm(builder, "fmuladd", a, b, c)


def broadcast(builder: Any, number: Value) -> Value:
    """A number in all lanes."""
    first = builder.insert_element(ir.Constant(VEC, ir.Undefined), number, I32(0))
    return builder.shuffle_vector(first, first, ir.Constant(IVEC, [0] * LANES))


def extreme(sign: str) -> Emit:
    """The larger or the smaller, and no number where one of them is none, as in NumPy."""

    def emit(builder: Any, a: Value, b: Value) -> Value:
        chosen = builder.select(builder.fcmp_unordered(sign, a, b), a, b)
        return builder.select(builder.fcmp_unordered("uno", b, b), b, chosen)

    return emit


def data_of(context: Any, builder: Any, kind: Any, array: Value) -> Value:
    """Where an array's numbers begin: of a training chunk's arrays there is nothing else."""
    return array if isinstance(kind, types.CPointer) else context.make_array(kind)(context, builder, array).data


def vector_at(builder: Any, data: Value, place: Value) -> Value:
    """A pointer to the vector at a place."""
    return builder.bitcast(builder.gep(data, [place]), VEC.as_pointer())


def load_at(builder: Any, data: Value, place: Value) -> Value:
    """The vector at a place."""
    return builder.load(vector_at(builder, data, place), align=4)


def store_at(builder: Any, data: Value, place: Value, value: Value) -> None:
    """Write a vector at a place."""
    builder.store(value, vector_at(builder, data, place), align=4)


@intrinsic
def load(typing: Any, array: Any, place: Any) -> Any:
    """16 numbers from a place of an array on; bytes become floats."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data = data_of(context, builder, signature.args[0], args[0])
        if array.dtype == types.float32:
            return load_at(builder, data, args[1])
        pointer = builder.bitcast(builder.gep(data, [args[1]]), ir.VectorType(ir.IntType(8), LANES).as_pointer())
        return builder.uitofp(builder.load(pointer, align=1), VEC)

    return vector(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, place: Any, value: Any) -> Any:
    """Write 16 numbers from a place of an array on."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        store_at(builder, data_of(context, builder, signature.args[0], args[0]), args[1], args[2])
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def at(typing: Any, array: Any, place: Any) -> Any:
    """The number at a place, which is not wrapped around."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        return builder.load(builder.gep(data_of(context, builder, signature.args[0], args[0]), [args[1]]))

    return array.dtype(array, types.intp), generate


@intrinsic
def splat(typing: Any, number: Any) -> Any:
    """The same number 16 times."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        return broadcast(builder, args[0])

    return vector(types.float32), generate


def _first(builder: Any, count: Value) -> Value:
    """Which lanes are among the first so many."""
    whole = builder.insert_element(ir.Constant(IVEC, ir.Undefined), builder.trunc(count, I32), I32(0))
    whole = builder.shuffle_vector(whole, whole, ir.Constant(IVEC, [0] * LANES))
    return builder.icmp_signed("<", ir.Constant(IVEC, list(range(LANES))), whole)


@intrinsic
def masked(typing: Any, value: Any, count: Any, other: Any) -> Any:
    """The first `count` lanes of a vector; another number in the rest."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        return builder.select(_first(builder, args[1]), args[0], broadcast(builder, args[2]))

    return vector(vector, types.intp, types.float32), generate


def _folded(emit: Emit) -> Any:
    """A reduction of the lanes: halves are joined until one number is left."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        value, width = args[0], LANES
        while width > 1:
            width //= 2
            turned = ir.Constant(IVEC, [(lane + width) % LANES for lane in range(LANES)])
            value = emit(builder, value, builder.shuffle_vector(value, value, turned))
        return builder.extract_element(value, I32(0))

    return intrinsic(lambda typing, value: (types.float32(vector), generate))


total = _folded(lambda b, x, y: b.fadd(x, y))
greatest = _folded(extreme(">"))
least = _folded(extreme("<"))
