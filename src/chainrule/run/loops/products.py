"""Matrix products as loops: sums of a tile stay in registers while its terms go by.

Loops are written here one turn at a time; `tiled` of `tiling.py` makes tiles of them, of `tile` rows and vectors. Where
numbers lie is in the expressions that are given, so any operand may be turned, stacked, packed in panels, or a list's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from .language import Address, Block, Count, Expression, load

Nest = Sequence[tuple[str, Count | Expression]]
"""Loops within loops, from the outermost: an index, and how many turns."""


def product(
    block: Block,
    nest: Nest,
    inner: Nest,
    left: Expression,
    right: Expression,
    start: Expression,
    finish: Callable[[Block, Expression], None],
) -> None:
    """Write sums of products: for each place of `nest`, start + Σ left · right over `inner`.

    Args:
        block: Where they are written.
        nest: The loops of the result.
        inner: The loops of the sum; its terms are added in this order, whatever the tile is.
        left: One factor, in indices of both: where it is the same in all lanes, `spread`.
        right: The other factor.
        start: What a sum begins with: 0, a bias, what was there before.
        finish: Writes what becomes of a sum.

    Examples:
        >>> from .language import Function, INDEX, Kind, at, constant, get, spread
        >>> block, four, index = Block(), Kind("f32", 4), [get(name, INDEX) for name in "rvk"]
        >>> r, v, k = index
        >>> product(
        ...     block, [("r", 2), ("v", 3)], [("k", 5)], spread(at("a", 0, (r, 20), (k, 4)), four),
        ...     load(at("b", 0, (k, 48), (v, 16)), four), constant(0, four),
        ...     lambda block, total: block.store(at("c", 0, (r, 48), (v, 16)), total),
        ... )  # fmt: skip
        >>> print(Function("multiply", ("a", "b", "c"), (), block.body))
        def multiply(a, b, c)
            for r in range(0, 2, 1)
                for v in range(0, 3, 1)
                    t1 = 0.0
                    for k in range(0, 5, 1)
                        t2 = b[k·48 + v·16]
                        t3 = splat(a[k·4 + r·20])
                        t1 = add(mul(t3, t2), t1)
                    c[r·48 + v·16] = t1
    """
    with _loops(block, nest):
        total = block.variable(start)
        with _loops(block, inner):
            b, a = block.let(right), block.let(left)
            block.set(total.detail, block.multiply_add(a, b, total))
        finish(block, total)


def added(block: Block, nest: Nest, rows: Nest, place: Address, left: Expression, held: Expression) -> None:
    """Write products that are added to what lies in memory: for each place of `nest`, and all `rows`, place += left · held.

    A product with few terms, such as that of an update from a batch, is made in this way: `held` stays in registers, and
    each number of the matrix is read and written once for all turns that are done at once.

    Args:
        block: Where they are written.
        nest: The loops of the terms, and of the lanes that `held` depends on.
        rows: The loops of the matrix that it does not depend on.
        place: Where the number is that is added to.
        left: The factor that changes with the rows.
        held: The factor that does not; one that is to be subtracted is negative.

    Examples:
        >>> from .language import Function, INDEX, Kind, at, get, spread
        >>> block, four, (e, j) = Block(), Kind("f32", 4), [get(name, INDEX) for name in "ej"]
        >>> x, d = spread(at("x", 0, (e, 40), (j, 4)), four), load(at("d", 0, (e, 16)), four)
        >>> added(block, [("e", 3)], [("j", 10)], at("w", 0, (j, 16)), x, -d)
        >>> print(Function("update", ("w", "x", "d"), (), block.body))
        def update(w, x, d)
            for e in range(0, 3, 1)
                t1 = neg(d[e·16])
                for j in range(0, 10, 1)
                    t2 = w[j·16]
                    t2 = add(mul(splat(x[e·40 + j·4]), t1), t2)
                    w[j·16] = t2
    """
    with _loops(block, nest):
        own = block.let(held)
        with _loops(block, rows):
            total = block.let(load(place, held.kind))
            block.set(total.detail, block.multiply_add(left, own, total))
            block.store(place, total)


def _loops(block: Block, nest: Nest) -> ExitStack:
    stack = ExitStack()
    for index, count in nest:
        stack.enter_context(block.loop(index, count))
    return stack
