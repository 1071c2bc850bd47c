"""Which axis of each array lies innermost in memory, where it is not the last: one that sums do not run along.

A sum along the innermost axis runs across the lanes of vectors, which takes shuffles; along any other one, lane by lane, it
takes none. So an array of which rows are summed, as in a softmax, has its columns side by side if they fill vectors, and so have
those beside which it is computed: through elementwise equations, products and views, forward and backward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ...core.nouns import Equation, Operand, Program, Symbol
from .contractions import OPERATIONS as PRODUCTS
from .operations import ELEMENTWISE
from .reductions import JOINS, axes_of

Axis: TypeAlias = tuple[str, int]
_PASSES = 20


def innermost(program: Program, lanes: Callable[[Operand], int]) -> dict[str, int]:
    """The axis that lies innermost, by symbol, for those that have a reason.

    Args:
        program: The program.
        lanes: How many numbers like those of an operand fill the widest vector.

    Returns:
        Axes, counted from 0.
    """
    found: dict[str, int] = {}
    for equation in program.equations:
        if equation.primitive.name in JOINS:
            source = equation.inputs[0]
            ndim, wide = len(source.shape), lanes(source)
            if axes_of(dict(equation.params)["axis"], ndim) != [ndim - 1] or int(source.shape[-1]) < 2:
                continue
            fit = [axis for axis in range(ndim - 1) if wide > 1 and int(source.shape[axis]) % wide == 0]
            if fit:
                found.setdefault(source.name, fit[-1])
    for _ in range(_PASSES if found else 0):
        before = len(found)
        for equations in (program.equations, program.equations[::-1]):
            for equation in equations:
                for one, other in _alike(equation):
                    for (name, axis), (beside, its) in ((one, other), (other, one)):
                        if found.get(name) == axis:
                            found.setdefault(beside, its)
        if len(found) == before:
            break
    return found


def _alike(equation: Equation) -> Iterator[tuple[Axis, Axis]]:
    """Pairs of axes, of an operand and of the result, that should both lie innermost if one does."""
    name, target = equation.primitive.name, equation.target
    ndim = len(target.shape)
    for operand in equation.inputs:
        if not isinstance(operand, Symbol):
            continue
        if name in ELEMENTWISE:
            less = ndim - len(operand.shape)
            for axis, size in enumerate(operand.shape):
                if int(size) > 1 and len(operand.shape) > 1:
                    yield (operand.name, axis), (target.name, axis + less)
        elif name == "T":
            yield from (((operand.name, ndim - 1 - axis), (target.name, axis)) for axis in range(ndim))
        elif name == "transpose":
            axes = dict(equation.params)["axes"]
            yield from (((operand.name, old), (target.name, new)) for new, old in enumerate(axes))
        elif name == "reshape":
            yield from (((operand.name, old), (target.name, new)) for old, new in _same_axes(operand, target))
    if name == "matmul" and name in PRODUCTS:
        left, right = equation.inputs
        if len(left.shape) > 1 and len(right.shape) > 1:
            yield (left.name, len(left.shape) - 2), (target.name, ndim - 2)
            yield (right.name, len(right.shape) - 1), (target.name, ndim - 1)


def _same_axes(old: Operand, new: Symbol) -> Iterator[tuple[int, int]]:
    """Axes that a reshape leaves as they are: as many numbers before them, and behind."""

    def places(shape: tuple[int, ...]) -> dict[tuple[int, int], int]:
        found, before = {}, 1
        for axis, size in enumerate(shape):
            if size > 1:
                found[before, size] = axis
            before *= size
        return found

    one, other = (places(tuple(map(int, each.shape))) for each in (old, new))
    yield from ((one[each], other[each]) for each in one if each in other)
