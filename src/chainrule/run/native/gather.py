"""Bringing numbers to where kernels read them: rows of the examples, and transposes, as LLVM IR."""

# mypy: disable-error-code="import-untyped, no-untyped-call, call-arg, misc"
# Numba and llvmlite have no types, and an intrinsic is called with one argument less than it is written with.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..loops.processor import LANES
from .products import loop
from .vector import F32, I32, I64, IVEC, VEC, Value, constant, data_of, load_at, store_at


def _bits(builder: Any, truths: Value) -> Value:
    """16 truth values as a number of 16 bits."""
    return builder.bitcast(truths, ir.IntType(LANES))


def _append(builder: Any, compress: bool, truths: Value, first: Value, into: Value, held: Value) -> Value:
    """Append the places `first` … that are true to a list that holds so many; return how many it holds then."""
    base = builder.insert_element(ir.Constant(IVEC, ir.Undefined), builder.trunc(first, I32), I32(0))
    base = builder.shuffle_vector(base, base, ir.Constant(IVEC, [0] * LANES))
    places = builder.add(base, ir.Constant(IVEC, list(range(LANES))))
    if not compress:
        for lane in range(LANES):
            builder.store(builder.extract_element(places, I32(lane)), builder.gep(into, [held]))
            held = builder.add(held, builder.zext(builder.extract_element(truths, I32(lane)), I64))
        return held
    kind = ir.FunctionType(IVEC, [IVEC, IVEC, truths.type])
    compressed = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.mask.compress.v16i32")
    chosen = builder.call(compressed, [places, places, truths])
    builder.store(chosen, builder.bitcast(builder.gep(into, [held]), IVEC.as_pointer()), align=4)
    count = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(ir.IntType(LANES), [ir.IntType(LANES)]), f"llvm.ctpop.i{LANES}"
    )
    return builder.add(held, builder.zext(builder.call(count, [_bits(builder, truths)]), I64))


def gather(*, rows: int, width: int, listed: bool, compress: bool, scale: float = 1.0) -> Any:
    """Bring some rows of `width` numbers, which `order` names, into the memory one behind another; bytes become floats
    and are multiplied by `scale`.

    Called with (memory, inputs, order, first, out, places, start): rows order[first] … go to out on. Returns how many of
    the columns are not 0 in all rows, where they are `listed` in `places` from start on.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        kinds = signature.args
        data, inputs, order, places = (data_of(context, builder, kinds[i], args[i]) for i in (0, 1, 2, 5))
        bytes_ = kinds[1].dtype == types.uint8
        number, size = (ir.IntType(8), 1) if bytes_ else (F32, 4)
        wide = ir.VectorType(number, LANES)

        def row(first: Value, i: int) -> Value:
            return builder.mul(builder.load(builder.gep(order, [builder.add(first, I64(i))])), I64(width))

        starts = [builder.gep(inputs, [row(args[3], i)]) for i in range(rows)]
        into = builder.gep(places, [args[6]])
        none = ir.Constant(ir.VectorType(ir.IntType(8 * size), LANES), None)

        def columns(q: Value, carried: Sequence[Value]) -> list[Value]:
            seen = none
            for i, start in enumerate(starts):
                numbers = builder.load(builder.bitcast(builder.gep(start, [q]), wide.as_pointer()), align=size)
                seen = builder.or_(seen, builder.bitcast(numbers, none.type))
                if bytes_:
                    numbers = builder.uitofp(numbers, VEC)
                if scale != 1.0:
                    numbers = builder.fmul(numbers, constant(scale))
                store_at(builder, data, builder.add(builder.add(args[4], q), I64(i * width)), numbers)
            if not listed:
                return []
            return [_append(builder, compress, builder.icmp_unsigned("!=", seen, none), q, into, carried[0])]

        found = loop(builder, I64(0), I64(width), LANES, [I64(0)] * listed, columns)
        return found[0] if listed else I64(0)

    index = types.intp
    return intrinsic(
        lambda typing, memory, inputs, order, first, out, places, start: (
            types.intp(memory, inputs, order, index, index, places, index),
            generate,
        )
    )


def soon(*, numbers: int) -> Any:
    """Ask for some numbers of the memory, from a place on, which will be wanted soon. Called with (memory, place)."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data = data_of(context, builder, signature.args[0], args[0])
        i8, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [i8, flag, flag, flag])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")

        def line(index: Value, carried: Sequence[Value]) -> list[Value]:
            place = builder.bitcast(builder.gep(data, [builder.add(args[1], index)]), i8)
            builder.call(prefetch, [place, flag(0), flag(3), flag(1)])
            return []

        loop(builder, I64(0), I64(numbers), LANES, [], line)
        return context.get_dummy_value()

    return intrinsic(lambda typing, memory, place: (types.void(memory, types.intp), generate))


def filled(*, rows: int, columns: int, step: int) -> Any:
    """List which of some columns, `step` numbers apart, have one that is not 0 among their first `rows`, up to 16.

    Called with (memory, x, places, start): the columns begin at x, the list at start. Returns how many there are.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data, places = (data_of(context, builder, signature.args[i], args[i]) for i in (0, 2))
        into, bits = builder.gep(places, [args[3]]), ir.IntType(LANES)

        def column(k: Value, carried: Sequence[Value]) -> list[Value]:
            numbers = load_at(builder, data, builder.add(args[1], builder.mul(k, I64(step))))
            truths = builder.bitcast(builder.fcmp_unordered("!=", numbers, constant(0)), bits)
            some = builder.icmp_unsigned("!=", builder.and_(truths, bits((1 << rows) - 1)), bits(0))
            builder.store(builder.trunc(k, I32), builder.gep(into, [carried[0]]))
            return [builder.add(carried[0], builder.zext(some, I64))]

        return loop(builder, I64(0), I64(columns), 1, [I64(0)], column)[0]

    index = types.intp
    return intrinsic(
        lambda typing, memory, x, places, start: (types.intp(memory, index, places, index), generate),
    )


@intrinsic
def transpose(typing: Any, memory: Any, x: Any, x_row: Any, out: Any, out_row: Any) -> Any:
    """The transpose of 16 × 16 numbers from place x on, written from place out on."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data = data_of(context, builder, signature.args[0], args[0])
        rows = [load_at(builder, data, builder.add(args[1], builder.mul(args[2], I64(i)))) for i in range(LANES)]
        width = LANES // 2
        while width:  # the halves of two rows change places, then their quarters, …
            new = list(rows)
            for i in range(LANES):
                if not i & width:
                    one, other = rows[i], rows[i + width]
                    low = [lane if not lane & width else LANES + lane - width for lane in range(LANES)]
                    high = [lane + width if not lane & width else LANES + lane for lane in range(LANES)]
                    new[i] = builder.shuffle_vector(one, other, ir.Constant(IVEC, low))
                    new[i + width] = builder.shuffle_vector(one, other, ir.Constant(IVEC, high))
            rows, width = new, width // 2
        for i, row in enumerate(rows):
            store_at(builder, data, builder.add(args[3], builder.mul(args[4], I64(i))), row)
        return context.get_dummy_value()

    index = types.intp
    return types.void(memory, index, index, index, index), generate
