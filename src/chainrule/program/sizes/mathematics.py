"""Numbers that are made of sizes, as mathematics."""

from __future__ import annotations

import functools
from collections.abc import Callable

from ...core.layout import Node
from ...core.nouns import Constant
from ..notation import written
from .terms import Axis, Factor, Least, Quotient, Sum, Terms


def tree_of(terms: Terms, name_of: Callable[[Axis], str]) -> Node:
    """A number as mathematics, with these names of sizes."""

    def product(sign: int) -> Node | None:
        factors = [_power(*each, name_of) for each in terms.factors if sign * each[2] > 0]
        return functools.reduce(functools.partial(written, "multiply"), factors) if factors else None

    above, below, number = product(1), product(-1), abs(terms.number)
    if above is None or number != 1:
        alone = Constant(int(number) if number == int(number) else number)
        above = alone if above is None else written("multiply", alone, above)
    whole = above if below is None else written("divide", above, below)
    return written("negative", whole) if terms.number < 0 else whole


def _power(factor: Factor, value: int | float, exponent: int | float, name_of: Callable[[Axis], str]) -> Node:
    base = Constant(value, name_of(factor)) if isinstance(factor, Axis) else _inside(factor, name_of)
    return base if abs(exponent) == 1 else written("power", base, Constant(abs(exponent)))


def _inside(factor: Sum | Quotient | Least, name_of: Callable[[Axis], str]) -> Node:
    if isinstance(factor, Least):
        return written("minimum", *(tree_of(each, name_of) for each in factor.parts))
    if isinstance(factor, Quotient):
        name = "floor_divide" if factor.sign == "//" else "remainder"
        return written(name, *(tree_of(each, name_of) for each in factor.parts))
    first, *rest = factor.parts
    total = tree_of(first, name_of)
    for each in rest:
        less = each.number < 0
        term = tree_of(Terms(-1).times(each) if less else each, name_of)
        total = written("subtract" if less else "add", total, term)
    return total
