"""Which sizes of a program's inputs must be equal: an operation demands it, and one letter stands for both.

Each axis of each input is a letter of its own until an operation needs two sizes to be equal: the inner ones of a product of
matrices, those that are added, what a loop passes from turn to turn. Never is it so because two numbers happen to be equal.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.border import place_of
from ...core.dims import REQUIRED, Shape
from ...core.nouns import Constant, Equation, Operand, Origin, Program, Symbol
from ...core.operators import COMPARISONS
from ...core.primitive import dtype_of
from .numbers import Comparison, Sized, changes_by_turn, is_sized, number_of, terms_of
from .terms import ARGUMENT, Axis, Least, Quotient, Sum, Terms, bounds_of


@dataclass(frozen=True)
class Equality:
    """Two sizes that must be equal: an operation needs it, or the function has compared them.

    Attributes:
        one: The first.
        other: The second.
        stretches: Whether NumPy takes other sizes, too, of which one is 1.
        origin: The line with the operation or the comparison.
    """

    one: Terms
    other: Terms
    stretches: bool
    origin: Origin


class Equalities:
    """Sizes by others that they are equal to: `n` for the second axis of `U`, `4 n` for the first of `W`."""

    def __init__(self, order: Iterable[Axis], comparisons: Iterable[Any] = ()):
        """Start without any; of two axes that are equal, the later in the order is written by the earlier."""
        self._rank = {axis: place for place, axis in enumerate(order)}
        self._solved: dict[Axis, Terms] = {}
        self.reasons: dict[Axis, Equality] = {}
        self._exact = [division for each in comparisons if (division := _exact_division(each)) is not None]

    def solved(self, terms: Terms) -> Terms:
        """A number, with the axes that are equal to others written by those."""
        if not self._solved.keys().isdisjoint(terms.axes()):
            return self.solved(terms.filled(lambda axis, size: self._solved.get(axis, alone(axis, size))))
        return terms

    def add(self, equality: Equality) -> None:
        """Two numbers are equal."""
        if changes_by_turn((equality.one, equality.other)):
            return
        one, other = self.solved(equality.one), self.solved(equality.other)
        apart = _without_least(one.plus(Terms(-1).times(other)))
        solution = self._by_division(one, other) or self._by_division(other, one) or self._by_difference(apart)
        if solution is not None:
            axis, self._solved[axis] = solution
            self.reasons[axis] = equality

    def _by_division(self, one: Terms, other: Terms) -> tuple[Axis, Terms] | None:
        """From n = m // 4, where 4 divides m, that m = 4 n."""
        quotient = other.alone
        if not isinstance(quotient, Quotient) or quotient.sign != "//":
            return None
        above, below = quotient.parts
        axis = above.alone
        known = any(self.solved(each) == above and divisor == below for each, divisor in self._exact)
        return (axis, below.times(one)) if known and isinstance(axis, Axis) and axis not in one.axes() else None

    def _by_difference(self, apart: Terms) -> tuple[Axis, Terms] | None:
        """From a difference that is 0, the last axis in it that the others give."""
        parts = _parts(apart)
        solutions: list[tuple[int, Axis, Terms]] = []
        for part in parts:
            axis, rest = Terms(1, part.factors).alone, Terms(0)
            others = [other for other in parts if other is not part]
            if not isinstance(axis, Axis) or axis.axis == ARGUMENT or any(axis in other.axes() for other in others):
                continue
            for other in others:
                rest = rest.plus(Terms(-1 / part.number).times(other))
            if (whole := _whole(rest)) is not None:
                solutions.append((self._rank.get(axis, len(self._rank)), axis, whole))
        return max(solutions, key=lambda solution: solution[0])[1:] if solutions else None


def demanded(program: Program) -> list[Equality]:
    """What the operations of a function need of its sizes, first what NumPy itself refuses otherwise."""
    shapes = {each.name: with_ones(each) for each in program.inputs}
    return sorted(_demanded(program, shapes), key=lambda each: each.stretches)


def compared(comparisons: Iterable[Any]) -> Iterator[Equality]:
    """What the function or NumPy has asked of sizes: they are equal."""
    for each in comparisons:
        if isinstance(each, Comparison) and each.ufunc is COMPARISONS["eq" if each.holds else "ne"]:
            yield from _equalities([(each.left, each.right, True)], place_of(each.code, each.line))


def fits_any_shape(program: Program) -> bool:
    """Whether a function computes the same of arrays of any shape: numbers one by one, perhaps summed up in the end."""
    shapes = {each.shape for each in program.inputs}
    operations = [each for part in program.parts() for each in part.equations]
    constants = [each.value for each in program.operands() if isinstance(each, Constant)]
    if len(shapes) != 1 or is_sized(constants) or any(map(np.ndim, constants)):
        return False
    ((*shape,),) = shapes
    return all(
        each.primitive.elementwise
        or (each.primitive.name in ("branch", "loop") and not shape)
        or (each.primitive.name == "sum" and bool(shape) and dict(each.params) == {"axis": None, "keepdims": False})
        for each in operations
    )


def with_ones(symbol: Symbol) -> Shape:
    """The shape of an input in which a size of 1 is a letter, too, since other arguments may have another size there."""
    sizes = enumerate(symbol.shape)
    return tuple(number_of(alone(Axis(symbol.name, k), 1)) if size == 1 else size for k, size in sizes)


def _demanded(program: Program, inputs: Mapping[str, Shape]) -> Iterator[Equality]:
    """What the operations of a block need, from the shapes of its inputs; other shapes are those that it has recorded."""
    known = dict(inputs)

    def shape_of(operand: Operand) -> Shape:
        return known.get(operand.name, operand.shape) if isinstance(operand, Symbol) else operand.shape

    for equation in program.equations:
        shapes = [*map(shape_of, equation.inputs)]
        pairs, results = _inferred(equation, shapes)
        yield from _equalities(pairs, equation.origin)
        known |= {target.name: shape for target, shape in zip(equation.targets, results, strict=True)}
        blocks = [value for _, value in equation.params if isinstance(value, Program)]
        own = [each for each in blocks if not each.name.isidentifier()]  # loops and branches, in the function itself
        for block in own:
            carried = getattr(block, "carried", None)
            if carried is None:
                yield from _demanded(block, _named(block.inputs, shapes[1:]))
                continue
            yield from _demanded(block, _named(block.inputs[carried + 1 :], shapes[carried:]))
            starts = _shapes(block.inputs[:carried])
            yield from _of_shapes(shapes, starts, equation.origin)
            yield from _of_shapes(starts, _shapes(block.outputs), equation.origin)
        for one, other in itertools.pairwise(own):
            yield from _of_shapes(_shapes(one.outputs), _shapes(other.outputs), equation.origin)
        called = dict(equation.params).get("body")
        if isinstance(called, Program) and called.name.isidentifier():
            yield from _of_call(called, shapes, equation.origin)


def _shapes(operands: Sequence[Operand]) -> list[Shape]:
    return [operand.shape for operand in operands]


def _named(symbols: Sequence[Symbol], shapes: Sequence[Shape]) -> dict[str, Shape]:
    return {symbol.name: shape for symbol, shape in zip(symbols, shapes, strict=False)}


def _inferred(equation: Equation, shapes: Sequence[Shape]) -> tuple[list[tuple[Any, Any, bool]], list[Shape]]:
    """The pairs of sizes that an operation needs to be equal, and the shapes of its results."""
    token, dtypes = REQUIRED.set([]), [dtype_of(each) for each in equation.inputs]
    try:
        types = equation.primitive.types(shapes, dtypes, equation.params)
        return REQUIRED.get() or [], [shape for shape, _ in types]
    finally:
        REQUIRED.reset(token)


def _equalities(pairs: Iterable[tuple[Any, Any, bool]], origin: Origin) -> Iterator[Equality]:
    for one, other, stretches in pairs:
        sides = [each for each in map(terms_of, (one, other)) if each is not None]
        if stretches and 1 in (one, other):
            yield from (Equality(each, Terms(1), True, origin) for each in sides if each.value == 1 and each.factors)
        elif len(sides) == 2 and sides[0] != sides[1]:
            yield Equality(sides[0], sides[1], stretches, origin)


def _of_shapes(ones: Sequence[Shape], others: Sequence[Shape], origin: Origin) -> Iterator[Equality]:
    for one, other in zip(ones, others, strict=False):
        yield from _equalities(((*pair, True) for pair in zip(one, other, strict=True)), origin)


def _of_call(function: Program, shapes: Sequence[Shape], origin: Origin) -> Iterator[Equality]:
    """What a function needs of its own sizes, of those that it is called with."""
    own = [*map(with_ones, function.inputs)]
    equal = Equalities(())
    for each in demanded(function):
        equal.add(each)
    here: dict[Axis, Terms] = {}
    pairs = itertools.chain(*(zip(mine, outer, strict=True) for mine, outer in zip(own, shapes, strict=True)))
    places = [(terms_of(mine), terms_of(size)) for mine, size in pairs]
    for mine, size in places:
        axis = None if mine is None else mine.alone
        if isinstance(axis, Axis) and size is not None and axis not in equal.reasons:
            here.setdefault(axis, size)
    for mine, size in places:
        if mine is None or size is None or not mine.factors:  # a plain number is what it was first called with
            continue
        terms = equal.solved(mine)
        if terms != mine and all(axis in here for axis in terms.axes()):
            reason = equal.reasons.get(mine.alone) if isinstance(mine.alone, Axis) else None
            filled = terms.filled(lambda axis, _: here[axis])
            if size.factors or filled.factors:
                yield Equality(size, filled, reason is None or reason.stretches, origin)


def _without_least(apart: Terms) -> Terms:
    """A difference that is 0, with one of two numbers in the place of the lesser where the other one cannot be it."""
    for part in _parts(apart):
        factor = Terms(1, part.factors).alone
        if isinstance(factor, Least):
            rest = apart.plus(Terms(-1).times(part))
            choices = (rest.plus(Terms(part.number).times(each)) for each in factor.parts)
            possible = [each for each in choices if bounds_of(each)[0] <= 0 <= bounds_of(each)[1]]
            if len(possible) == 1:
                return _without_least(possible[0])
    return apart


def _parts(terms: Terms) -> tuple[Terms, ...]:
    """What is added in a number."""
    return terms.alone.parts if isinstance(terms.alone, Sum) else (terms,)


def alone(axis: Axis, size: int | float) -> Terms:
    """An axis as a number."""
    return Terms(1, ((axis, size, 1),))


def _exact_division(comparison: Any) -> tuple[Terms, Terms] | None:
    """A number and what divides it, if a comparison of the function or of NumPy has asked and it does."""
    if not isinstance(comparison, Comparison) or comparison.right != 0 or not isinstance(comparison.left, Sized):
        return None
    quotient, is_equal = (
        comparison.left.terms.alone,
        comparison.ufunc is COMPARISONS["eq" if comparison.holds else "ne"],
    )
    return quotient.parts if is_equal and isinstance(quotient, Quotient) and quotient.sign == "%" else None


def _whole(terms: Terms) -> Terms | None:
    """Terms with whole numbers, if they are."""
    total = Terms(0)
    for part in _parts(terms):
        if part.number != int(part.number):
            return None
        total = total.plus(Terms(int(part.number), part.factors))
    return total
