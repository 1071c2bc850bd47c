"""Matrix products written one turn at a time, of which `tiled` makes tiles: the hand-written network of the tests has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from chainrule.run.loops.language import Address, Block, Count, Expression, load

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
    """Write sums of products: for each place of `nest`, start + Σ left · right over `inner`."""
    with _loops(block, nest):
        total = block.variable(start)
        with _loops(block, inner):
            b, a = block.let(right), block.let(left)
            block.set(total.detail, block.multiply_add(a, b, total))
        finish(block, total)


def added(block: Block, nest: Nest, rows: Nest, place: Address, left: Expression, held: Expression) -> None:
    """Write products that are added to what lies in memory: for each place of `nest`, and all `rows`, place += left · held."""
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
