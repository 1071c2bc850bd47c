"""Sorting along an axis, as loops. The sort is stable, even where NumPy's is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..loops.language import INDEX, Expression, Kind, apply, constant
from .nests import View, as_index
from .operations import chosen, is_nan
from .reductions import lines

if TYPE_CHECKING:
    from ...core.nouns import Equation
    from .workspace import Workspace

LARGEST = 128
"""Up to this array size, what these loops lose to NumPy's vectorized sorting is less than the rest of a program gains."""


def _before(x: Expression, y: Expression) -> Expression:
    """Whether x comes before y: NaN comes last, and false before true."""
    if x.kind.number == "b32":
        return ~x & y
    return (x < y) | (is_nan(y) & ~is_nan(x))


def _least(x: Expression, most: int) -> Expression:
    return chosen(x < most, x, constant(most, INDEX))


def _merge(workspace: Workspace, numbers: View, places: View | None) -> int:
    """Sort numbers, and their places with them. Both arrays have two halves; returns which one holds the result.

    Sorted runs of 1, 2, 4, … numbers are merged in pairs into the other half.
    """
    block, nests, n = workspace.block, workspace.nests, numbers.shape[1]
    turns, zero = (n - 1).bit_length(), constant(0, INDEX)
    half, width, end = block.set("half", zero), block.set("width", constant(1, INDEX)), block.set("end", zero)
    left, middle, right = (block.set(name, zero) for name in ("left", "middle", "right"))
    with nests.loop(turns):
        other = block.set("other", 1 - half)
        block.set("end", zero)
        with nests.loop(n) as k:
            with block.when(end.equals(as_index(k))):
                block.set("left", as_index(k))
                block.set("middle", block.set("right", block.let(_least(end + width, n))))
                block.set("end", block.let(_least(right + width, n)))
            here = [numbers.at(0, half).at(0, block.let(_least(each, n - 1))) for each in (left, right)]
            x, y = (each.load(block, 1, 8) for each in here)
            second = block.let((right < end) & (_before(y, x) | (middle <= left)))
            numbers.at(0, other).at(0, k).store(block, chosen(second, y, x))
            if places is not None:
                place = block.let(chosen(second, right, left))
                places.at(0, other).at(0, k).store(block, places.at(0, half).at(0, place).load(block, 1, 8))
            block.set("left", chosen(second, left, left + 1))
            block.set("right", chosen(second, right + 1, right))
        block.set("half", other)
        block.set("width", width + width)
    return turns % 2


def _ordered(tell_places: bool) -> Callable[[Workspace, Equation], None]:
    def write(workspace: Workspace, equation: Equation) -> None:
        source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
        axis = int(dict(equation.params)["axis"]) % len(source.shape)
        n = source.shape[axis]
        numbers = workspace.room(source.number, (2, n))
        places = workspace.room(target.number, (2, n)) if tell_places else None

        def sort(views: list[View]) -> None:
            line, result = views
            workspace.copy(line, numbers.at(0, 0))
            if places is not None:
                with workspace.nests.loop(n) as k:
                    number = apply("convert", as_index(k), kind=Kind(target.number))
                    places.at(0, 0).at(0, k).store(workspace.block, number)
            half = _merge(workspace, numbers, places)
            workspace.copy((numbers if places is None else places).at(0, half), result)

        lines(workspace, [source, target], axis, sort)

    return write


OPERATIONS: dict[str, Callable[[Workspace, Equation], None]] = {
    "sort": _ordered(tell_places=False), "argsort": _ordered(tell_places=True), "argpartition": _ordered(tell_places=True),
}  # fmt: skip
