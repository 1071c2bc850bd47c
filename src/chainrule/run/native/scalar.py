"""The same as `vectored.py` for single numbers, in plain Numba: for where vectors cannot be had, and for float64.

What a vector is there is a number here, so generated source goes over every number in steps of one, and LLVM makes
vectors of the loops that it can. Indices are unsigned, since a check for negative ones would keep it from that.
"""

# mypy: disable-error-code="import-untyped, misc"
# Numba has no types.

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from ..loops.processor import LANES
from .texts import TEXTS, arity

_compiled: Callable[..., Any] = functools.partial(numba.njit, error_model="numpy", boundscheck=False)
_fused: Callable[..., Any] = functools.partial(_compiled, fastmath={"contract"})


@functools.cache
def operations(number: type) -> dict[str, Any]:
    """Every elementwise operation on a kind of number, such as `np.float64`; what is true is 1."""
    given = {"math": math, "np": np, "number": number}
    made: dict[str, Any] = {}
    for name, text in TEXTS.items():
        operands = ["a", "b", "c"][: arity(name)]
        made[name] = _fused(eval(f"lambda {', '.join(operands)}: number({text.format(*operands)})", given))
    return made


@_compiled
def at(array: Any, place: Any) -> Any:
    """The number at a place."""
    return array[np.uint64(place)]


load = at


@_compiled
def store(array: Any, place: Any, value: Any) -> None:
    """Write a number at a place."""
    array[np.uint64(place)] = value


@_compiled
def splat(number: Any) -> Any:
    """The number."""
    return number


@_compiled
def masked(value: Any, count: Any, other: Any) -> Any:
    """The number where the count is above 0; else another one."""
    return value if count > 0 else other


total = greatest = least = splat


@_compiled
def flush() -> Any:
    """Nothing: where there are no vectors, numbers too small to be normal stay as they are."""
    return 0


@_compiled
def restore(usual: Any) -> None:
    """Nothing, as nothing was changed."""


@_compiled
def transpose(memory: Any, x: Any, x_row: Any, out: Any, out_row: Any) -> None:
    """The transpose of 16 × 16 numbers from place x on, written from place out on."""
    for i in range(LANES):
        for j in range(LANES):
            memory[np.uint64(out + j * out_row + i)] = memory[np.uint64(x + i * x_row + j)]


@_fused
def _add(memory: Any, x: Any, minus: Any, w: Any, out: Any, width: Any) -> None:
    """out + x w over `width` numbers, where x is a number of the memory, or its negative."""
    n = min(width, memory.size)  # a number of steps that LLVM knows would keep it from making vectors
    a = memory[np.uint64(x)]
    a = -a if minus else a
    for q in range(n):
        memory[np.uint64(out + q)] += a * memory[np.uint64(w + q)]


def product(
    *, rows: int, at_once: int, inner: int, width: int, x_row: int, x_step: int, w_row: int, out_row: int,
    listed: bool = False, subtract: bool = False,
) -> Any:  # fmt: skip
    """out[i] = Σₖ x[i, k] w[k], or out[i] less that, as the kernel of this name in `products.py`."""

    @_compiled
    def step(memory: Any, x: Any, w: Any, out: Any, k: Any) -> None:
        _add(memory, x + k * x_step, subtract, w + k * w_row, out, width * LANES)

    @_compiled
    def clear(memory: Any, out: Any) -> None:
        if not subtract:
            for q in range(width * LANES):
                memory[np.uint64(out + q)] = 0

    @_compiled
    def all_of(memory: Any, x: Any, w: Any, out: Any) -> None:
        for i in range(rows):
            clear(memory, out + i * out_row)
            for k in range(inner):
                step(memory, x + i * x_row, w, out + i * out_row, k)

    @_compiled
    def some_of(memory: Any, x: Any, w: Any, out: Any, places: Any, start: Any, count: Any) -> None:
        for i in range(rows):
            clear(memory, out + i * out_row)
            for c in range(count):
                step(memory, x + i * x_row, w, out + i * out_row, np.int64(places[np.uint64(start + c)]))

    return some_of if listed else all_of


def update(
    *, inner: int, at_once: int, rows: int, width: int, x_row: int, x_step: int, d_row: int, w_row: int,
    listed: bool = False,
) -> Any:  # fmt: skip
    """w[j] less Σₖ x[k, j] d[k], as the kernel of this name in `products.py`."""

    @_compiled
    def row(memory: Any, x: Any, d: Any, w: Any, j: Any) -> None:
        for k in range(inner):
            _add(memory, x + k * x_row + j * x_step, True, d + k * d_row, w + j * w_row, width * LANES)

    @_compiled
    def all_of(memory: Any, x: Any, d: Any, w: Any) -> None:
        for j in range(rows):
            row(memory, x, d, w, j)

    @_compiled
    def some_of(memory: Any, x: Any, d: Any, w: Any, places: Any, start: Any, count: Any) -> None:
        for c in range(count):
            row(memory, x, d, w, np.int64(places[np.uint64(start + c)]))

    return some_of if listed else all_of


def soon(*, numbers: int) -> Any:
    """Nothing: the processor finds out by itself what will be wanted."""

    @_compiled
    def asked(memory: Any, place: Any) -> None:
        pass

    return asked


def filled(*, rows: int, columns: int, step: int) -> Any:
    """List which of some columns are not all 0, as the kernel of this name in `gather.py`."""

    @_compiled
    def listed(memory: Any, x: Any, places: Any, start: Any) -> Any:
        found = 0
        for k in range(columns):
            seen: Any = np.int64(0)
            for i in range(rows):
                seen |= np.int64(memory[np.uint64(x + k * step + i)] != 0)
            places[np.uint64(start + found)] = k
            found += seen
        return found

    return listed


def gather(*, rows: int, width: int, listed: bool, compress: bool, scale: float = 1.0) -> Any:
    """Bring some rows of numbers into the memory, as the kernel of this name in `gather.py`."""

    @_compiled
    def copied(memory: Any, inputs: Any, x: Any, out: Any) -> None:
        for q in range(width):
            number = inputs[np.uint64(x + q)]
            memory[np.uint64(out + q)] = number if scale == 1 else number * np.float32(scale)

    @_compiled
    def gathered(memory: Any, inputs: Any, order: Any, first: Any, out: Any, places: Any, start: Any) -> Any:
        for i in range(rows):
            copied(memory, inputs, order[first + i] * width, out + i * width)
        found = 0
        if listed:
            for q in range(width):
                places[np.uint64(start + found)] = q
                seen: Any = np.int64(0)
                for i in range(rows):
                    seen |= np.int64(memory[np.uint64(out + i * width + q)] != 0)
                found += seen
        return found

    return gathered
