"""Factorizations and systems of equations as loops: Cholesky, and `solve` by elimination with row exchanges.

`solve` checks its matrix first: a triangular one needs only substitution. If a matrix is singular or not positive definite,
an error is flagged, and NumPy reports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..loops.language import Expression, Kind, apply, constant
from .nests import ITEM, SIDE, Index, View, as_index, spread, stretches
from .operations import chosen, is_nan
from .refusal import Unsupported

if TYPE_CHECKING:
    from ...core.nouns import Equation
    from .workspace import Workspace

LARGEST = 128
"""The most rows for these loops; beyond that, LAPACK is faster."""


def _small(equation: Equation) -> None:
    """Refuse anything but a single small matrix."""
    shapes = [operand.shape for operand in equation.inputs]
    if len(shapes[0]) != 2 or len(shapes[-1]) > 2 or int(shapes[0][0]) > LARGEST:
        raise Unsupported(equation)


def _less(workspace: Workspace, view: View, r: Index, k: Index, x: Expression, start: Index = 0) -> None:
    """Subtract x times row k from row r, starting at a column."""
    block = workspace.block
    less = block.let(-x)

    def some(index: Index, lanes: int) -> None:
        place, other = view.at(0, r).at(0, index), view.at(0, k).at(0, index)
        left = block.multiply_add(other.load(block, lanes, 8), spread(less, lanes, 8), place.load(block, lanes, 8))
        place.store(block, left)

    workspace.nests.between(start, view.shape[1], view, some)


def _divided(workspace: Workspace, view: View, r: Index, x: Expression, start: Index = 0) -> None:
    """Divide row r by x, starting at a column."""
    block = workspace.block

    def some(index: Index, lanes: int) -> None:
        place = view.at(0, r).at(0, index)
        place.store(block, place.load(block, lanes, 8) / spread(x, lanes, 8))

    workspace.nests.between(start, view.shape[1], view, some)


def _cholesky(workspace: Workspace, equation: Equation) -> None:
    """Compute the transposed factor, row by row, so that what is computed together is contiguous in memory."""
    _small(equation)
    a, y = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    block, nests, n = workspace.block, workspace.nests, a.shape[0]
    upper = workspace.room(a.number, a.shape)
    workspace.copy(a.turned([1, 0]), upper)
    with nests.loop(n) as k:
        total = upper.at(0, k).at(0, k).load(block, 1, 8)
        fine = block.let(total > 0)
        workspace.wrong(~fine, "a matrix is not positive definite")
        _divided(workspace, upper, k, block.let(apply("sqrt", chosen(fine, total, constant(1, total.kind)))), k)
        with nests.loop(n, as_index(k) + 1) as r:
            _less(workspace, upper, r, k, upper.at(0, k).at(0, r).load(block, 1, 8), r)
    workspace.fill(y, 0)
    with nests.loop(n) as r, nests.loop(as_index(r) + 1) as c:
        y.at(0, r).at(0, c).store(block, upper.at(0, c).at(0, r).load(block, 1, 8))


def _is_larger(x: Expression, top: Expression) -> Expression:
    """Whether a pivot is better than the best so far."""
    return x > top


def _solve(workspace: Workspace, equation: Equation) -> None:
    _small(equation)
    a, b, y = workspace.view(equation.inputs[0]), workspace.view(equation.inputs[1]), workspace.view(equation.target)
    block, nests, n = workspace.block, workspace.nests, a.shape[0]
    if len(b.shape) == 1:
        b, y = (View(v.array, v.number, (n, 1), (v.strides[0], 0), v.offset, v.indices) for v in (b, y))
    lu = workspace.room(a.number, a.shape)
    workspace.copy(a, lu)
    workspace.copy(b, y)

    def number(view: View, r: Index, c: Index) -> View:
        return view.at(0, r).at(0, c)

    def exchange(view: View, one: Index, other: Index) -> None:
        with nests.loop(view.shape[1]) as c:
            here, there = number(view, one, c), number(view, other, c)
            x, z = here.load(block, 1, 8), there.load(block, 1, 8)
            here.store(block, z)
            there.store(block, x)

    below, above = (_any(workspace, lu, side) for side in ("below", "above"))
    with block.when(below & above), nests.loop(n) as k:
        best = block.set("best", as_index(k))
        top = block.set("top", apply("abs", number(lu, k, k).load(block, 1, 8)))
        with nests.loop(n, as_index(k) + 1) as r:
            x = block.let(apply("abs", number(lu, r, k).load(block, 1, 8)))
            with block.when(_is_larger(x, top)):
                block.set("top", x)
                block.set("best", as_index(r))
        with block.when(~best.equals(as_index(k))):
            exchange(lu, k, best)
            exchange(y, k, best)
        with nests.loop(n, as_index(k) + 1) as r:
            x = block.let(number(lu, r, k).load(block, 1, 8) / number(lu, k, k).load(block, 1, 8))
            _less(workspace, lu, r, k, x, block.let(as_index(k) + 1))
            _less(workspace, y, r, k, x)
    with block.when(above | ~below), nests.loop(n) as q:
        r = block.let(n - 1 - as_index(q))
        _substituted(workspace, lu, y, r, block.let(r + 1), n)
    with block.otherwise(), nests.loop(n) as r:
        _substituted(workspace, lu, y, r, 0, as_index(r))


def _any(workspace: Workspace, matrix: View, side: str) -> Expression:
    """Whether a matrix has a nonzero element on one side of its diagonal."""
    block, nests, n = workspace.block, workspace.nests, matrix.shape[0]
    vectors, _ = nests.vectors([matrix.number])
    found = {lanes: block.set(side, constant(0, Kind(matrix.number, lanes))) for lanes in {*vectors[:1], 1}}

    with nests.loop(n) as r:

        def some(index: Index, lanes: int) -> None:
            x = matrix.at(0, r).at(0, index).load(block, lanes, 8)
            one, zero = constant(1, x.kind), constant(0, x.kind)
            block.set(side, apply("max", found[lanes], chosen(x.equals(0), zero, one)))

        start, stop = (0, as_index(r)) if side == "below" else (block.let(as_index(r) + 1), n)
        nests.between(start, stop, matrix, some)
    total = found[1]
    if vectors:
        total = apply("max", total, nests.across(found[vectors[0]], lambda s, x: apply("max", s, x)))
    return block.set(f"is_{side}", total > 0)


def _solve_triangular(workspace: Workspace, equation: Equation) -> None:
    """Solve by substitution alone; the numbers must be finite, since SciPy refuses others."""
    _small(equation)
    params = dict(equation.params)
    a, b, y = workspace.view(equation.inputs[0]), workspace.view(equation.inputs[1]), workspace.view(equation.target)
    if len(b.shape) == 1:
        b, y = (View(v.array, v.number, (v.shape[0], 1), (v.strides[0], 0), v.offset, v.indices) for v in (b, y))
    block, nests, n = workspace.block, workspace.nests, a.shape[0]
    for view in (a, b):
        with nests.loop(n) as r, nests.loop(view.shape[1]) as c:
            x = view.at(0, r).at(0, c).load(block, 1, 8)
            workspace.wrong(~(x - x).equals(0), "a number is not finite")
    lower, unit = bool(params["lower"]), bool(params["unit_diagonal"])
    if params["trans"]:
        a, lower = a.turned([1, 0]), not lower
    workspace.copy(b, y)
    with nests.loop(n) as q:
        if lower:
            _substituted(workspace, a, y, q, 0, as_index(q), unit)
        else:
            r = block.let(n - 1 - as_index(q))
            _substituted(workspace, a, y, r, block.let(r + 1), n, unit)


def _substituted(
    workspace: Workspace, lu: View, y: View, r: Index, start: Index, stop: Index, unit: bool = False
) -> None:
    """Row r of the solution: subtract the contributions of rows `start` to `stop`, then divide by the diagonal.

    With `unit`, the diagonal is 1, whatever the matrix holds there.
    """
    block, nests = workspace.block, workspace.nests
    x = lu.at(0, r).at(0, r).load(block, 1, 8)
    if unit:
        x = constant(1, x.kind)
    else:
        workspace.wrong(x.equals(0) | is_nan(x), "a matrix is singular")
    vectors, width = nests.vectors([y.number])
    for begin, end, step in stretches(y.shape[1], vectors if y.strides[1] == ITEM[y.number] else [], SIDE):
        side = max(step // vectors[0], 1) if vectors else 1
        lanes = step // side
        with nests.loop(end, begin, step) as column:
            row = y.within(1, 0, y.shape[1]).at(1, column)
            places = [replace(row, offset=row.offset + k * lanes * ITEM[y.number]) for k in range(side)]
            sums = [block.set(f"left{k}", each.at(0, r).load(block, lanes, width)) for k, each in enumerate(places)]
            with nests.loop(stop, start) as other:
                by = spread(block.let(-lu.at(0, r).at(0, other).load(block, 1, 8)), lanes, width)
                by = block.let(by)
                for k, (each, total) in enumerate(zip(places, sums, strict=True)):
                    known = each.at(0, other).load(block, lanes, width)
                    block.set(f"left{k}", block.multiply_add(known, by, total))
            for each, total in zip(places, sums, strict=True):
                each.at(0, r).store(block, total / spread(x, lanes, width))


OPERATIONS: dict[str, Callable[[Workspace, Equation], None]] = {
    "cholesky": _cholesky, "solve": _solve, "solve_triangular": _solve_triangular,
}  # fmt: skip
