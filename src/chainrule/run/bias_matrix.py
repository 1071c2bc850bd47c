"""Biases stored as matrices, with one copy per column of the batch.

Adding a column to a small matrix takes NumPy three times as long as adding a matrix. A bias qualifies if only two equations
read it, z = p + b and b ← b − Σ δ over the columns; the sum becomes a matrix too, by a product with ones. If only σ reads z,
−b is stored: σ(z) = 1 / (1 + exp(−z)), and −z = −b − p.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..core.structure import LEAF
from .buffered import by_columns, over_columns

LARGEST = 4096
"""The number of elements of a matrix up to which this is faster."""


@dataclass(frozen=True)
class BiasMatrix:
    """The bias `name` stored as `matrix`, each of whose columns is `sign` times the bias."""

    name: str
    matrix: Symbol
    sign: int


@dataclass(frozen=True)
class _BiasUse:
    """The equations around a bias: z = p + b, and new = b − total, where total is the sum of δ."""

    added: Equation
    total: Equation
    moved: Equation
    squashed: Equation | None  # a = σ(z), if nothing else reads z


def widen_biases(program: Program, in_place: Mapping[int, str]) -> tuple[Program, tuple[BiasMatrix, ...]]:
    """The program with its biases as matrices, named `…_each`, and a list of them."""
    widened: list[BiasMatrix] = []
    replaced: dict[str, tuple[Equation, ...]] = {}
    for b in program.inputs:
        place = _use_of(program, b, in_place)
        if place is not None:
            matrix = replace(b, name=f"{b.name}_each", shape=place.added.target.shape)
            wide = BiasMatrix(b.name, matrix, -1 if place.squashed else 1)
            widened.append(wide)
            replaced |= _replacements(place, b, wide)
    matrices = {wide.name: wide.matrix for wide in widened}
    made = {e.target.name: e.target for equations in replaced.values() for e in equations}
    inputs = tuple(matrices.get(symbol.name, symbol) for symbol in program.inputs)
    outputs = tuple(made.get(o.name, o) if isinstance(o, Symbol) else o for o in program.outputs)
    equations = tuple(each for e in program.equations for each in replaced.get(e.target.name, (e,)))
    arguments = tuple((symbol.name, LEAF) for symbol in inputs)
    return replace(program, inputs=inputs, equations=equations, outputs=outputs, arguments=arguments), tuple(widened)


def _use_of(program: Program, b: Symbol, in_place: Mapping[int, str]) -> _BiasUse | None:
    """The equations around a bias, if it qualifies."""
    new = [program.outputs[position] for position, name in in_place.items() if name == b.name]
    readers = readers_of(program, b)
    added = next((e for e in readers if e.primitive.name == "add" and by_columns(e.target)), None)
    moved = next((e for e in readers if e.primitive.name == "subtract" and [e.target] == new), None)
    if added is None or moved is None or len(readers) != 2 or moved.inputs[0] != b or b in program.outputs:
        return None
    total = next((e for e in program.equations if e.target == moved.inputs[1]), None)
    z = added.target
    n, m = z.shape
    fits = b.shape == (n, 1) and z.dtype == b.dtype and 1 < m <= LARGEST // n
    if total is None or not fits or total.primitive.name != "sum" or not over_columns(total):
        return None
    if (
        total.inputs[0].shape != z.shape
        or readers_of(program, total.target) != [moved]
        or total.target in program.outputs
    ):
        return None
    after = readers_of(program, z)
    squashed = [e.primitive.name for e in after] == ["sigmoid"] and z not in program.outputs
    return _BiasUse(added, total, moved, after[0] if squashed else None)


def _replacements(place: _BiasUse, b: Symbol, wide: BiasMatrix) -> dict[str, tuple[Equation, ...]]:
    """The equations that replace each of the equations around a bias."""
    z, total, matrix = place.added.target, place.total.target, wide.matrix
    p = next(operand for operand in place.added.inputs if operand != b)
    each = replace(total, shape=matrix.shape)
    signs = Constant(np.full((matrix.shape[1],) * 2, wide.sign, b.dtype), "ones" if wide.sign > 0 else "minus_ones")
    found: dict[str, tuple[Equation, ...]] = {
        total.name: (_equation(each, "matmul", place.total.inputs[0], signs),),
        place.moved.target.name: (
            _equation(replace(place.moved.target, shape=matrix.shape), "subtract", matrix, each),
        ),
    }
    if place.squashed is None:
        return found | {z.name: (_equation(z, "add", p, matrix),)}
    a, one = place.squashed.target, Constant(1.0)
    minus, power, below = (replace(z, name=name) for name in (f"minus_{z.name}", f"exp_{z.name}", f"below_{a.name}"))
    return found | {
        z.name: (_equation(minus, "subtract", matrix, p),),
        a.name: (
            _equation(power, "exp", minus),
            _equation(below, "add", one, power),
            _equation(a, "divide", one, below),
        ),
    }


def readers_of(program: Program, symbol: Symbol) -> list[Equation]:
    """The equations that read a symbol, once for each operand that is that symbol."""
    return [equation for equation in program.equations for operand in equation.inputs if operand == symbol]


def _equation(target: Symbol, name: str, *inputs: Operand) -> Equation:
    return Equation((target,), PRIMITIVES[name], inputs)
