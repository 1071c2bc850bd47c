"""Tiles of matrix products on vectors, as LLVM IR: the register tile is written here, and not hoped for."""

# mypy: disable-error-code="import-untyped, no-untyped-call, call-arg, misc"
# Numba and llvmlite have no types, and an intrinsic is called with one argument less than it is written with.

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from numba.core import types
from numba.extending import intrinsic

from ..loops.processor import LANES
from .vector import I64, Emit, Value, broadcast, constant, data_of, fma, load_at, store_at


def loop(builder: Any, start: Value, stop: Value, step: int, carried: Sequence[Value], body: Emit) -> list[Value]:
    """A counted loop whose body takes the index and the carried values, and returns the new ones."""
    before, function = builder.basic_block, builder.function
    head, inside, after = (function.append_basic_block(name) for name in ("head", "inside", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(I64)
    values = [builder.phi(each.type) for each in carried]
    builder.cbranch(builder.icmp_signed("<", index, stop), inside, after)
    builder.position_at_end(inside)
    new = body(index, values)
    index.add_incoming(start, before)
    index.add_incoming(builder.add(index, I64(step), flags=("nsw",)), builder.basic_block)
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
        body(I64(0), at_once)
    elif whole:

        def one(place: Value, values: Sequence[Value]) -> list[Value]:
            body(place, at_once)
            return []

        loop(builder, I64(0), I64(whole * LANES), at_once * LANES, [], one)
    if width > whole:
        body(I64(whole * LANES), width - whole)


def _scaled(builder: Any, index: Value, by: int) -> Value:
    return index if by == 1 else builder.mul(index, I64(by), flags=("nsw",))


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
            outs = [[_at(builder, out, v, I64(i * out_row + u * LANES)) for u in range(vectors)] for i in range(rows)]
            begin = [load_at(builder, data, each) if subtract else constant(0) for row in outs for each in row]

            def step(index: Value, sums: Sequence[Value]) -> list[Value]:
                k = index
                if listed:
                    k = builder.sext(builder.load(builder.gep(places, [builder.add(start, index)])), I64)
                wk = _at(builder, w, v, _scaled(builder, k, w_row))
                weights = [load_at(builder, data, _at(builder, wk, I64(u * LANES))) for u in range(vectors)]
                if subtract:
                    weights = [builder.fneg(each) for each in weights]
                xk = _at(builder, x, _scaled(builder, k, x_step))
                new = []
                for i in range(rows):
                    number = builder.load(builder.gep(data, [_at(builder, xk, I64(i * x_row))]))
                    xs = broadcast(builder, number)
                    new += [fma(builder, xs, weights[u], sums[i * vectors + u]) for u in range(vectors)]
                return new

            sums = loop(builder, I64(0), count if listed else I64(inner), 1, begin, step)
            for place, value in zip((each for row in outs for each in row), sums, strict=True):
                store_at(builder, data, place, value)

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
                builder.fneg(load_at(builder, data, _at(builder, d, v, I64(k * d_row + u * LANES))))
                for k in range(inner)
                for u in range(vectors)
            ]

            def row(index: Value, carried: Sequence[Value]) -> list[Value]:
                j = index
                if listed:
                    j = builder.sext(builder.load(builder.gep(places, [builder.add(start, index)])), I64)
                wj = _at(builder, w, v, _scaled(builder, j, w_row))
                xj = _at(builder, x, _scaled(builder, j, x_step))
                spots = [_at(builder, wj, I64(u * LANES)) for u in range(vectors)]
                sums = [load_at(builder, data, each) for each in spots]
                for k in range(inner):
                    number = builder.load(builder.gep(data, [_at(builder, xj, I64(k * x_row))]))
                    xs = broadcast(builder, number)
                    sums = [fma(builder, xs, errors[k * vectors + u], sums[u]) for u in range(vectors)]
                for each, value in zip(spots, sums, strict=True):
                    store_at(builder, data, each, value)
                return []

            loop(builder, I64(0), count if listed else I64(rows), 1, [], row)

        _blocks(builder, width, at_once, block)

    return _kernel(emit, listed)


def _kernel(emit: Emit, listed: bool) -> Any:
    """An intrinsic of (memory, x, w, out), and where listed of (…, places, start, count)."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        data = data_of(context, builder, signature.args[0], args[0])
        rest: list[Value] = [None, None, None]
        if listed:
            rest = [data_of(context, builder, signature.args[4], args[4]), args[5], args[6]]
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
