"""Products: sums of products over some axes, in tiles whose sums stay in registers.

A matrix product, an outer product and an `einsum` are one thing: axes that the result has, axes that are summed over, and how
far apart the numbers of each operand lie along them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from ..loops.language import Expression, Kind, constant
from .nests import ITEM, Total, View, lane_axis, moved, spread, stretches
from .refusal import Unsupported

if TYPE_CHECKING:
    from ...core.nouns import Equation
    from .workspace import Workspace

_TILES = {64: (6, 4)}
_TILE = (4, 2)
"""Rows and vectors of a tile, by the bytes of a vector: as many sums as 32 or 16 registers hold beside what they are made of."""


def contract(workspace: Workspace, target: View, operands: Sequence[View], out: int) -> None:
    """The sum of products of operands whose axes are those of the result, `out` of them, and then those that are summed over.

    An operand that does not have an axis has stride 0 along it.
    """
    shape = operands[0].shape
    outer = [(shape[k], tuple(each.strides[k] for each in (*operands, target))) for k in range(out) if shape[k] > 1]
    inner = [(shape[k], tuple(each.strides[k] for each in operands)) for k in range(out, len(shape)) if shape[k] > 1]
    nests, block, item = workspace.nests, workspace.block, ITEM[target.number]
    most, side = _TILES.get(nests.register, _TILE)
    vectors, width = nests.vectors([each.number for each in (*operands, target)])
    alone = (1, (0,) * (len(operands) + 1))
    fit = lane_axis(outer, [item] * (len(operands) + 1), vectors)
    if fit is None and lane_axis(inner, [item] * len(operands), vectors) is not None:
        _dotted(workspace, target, operands, out)
        return
    lane = alone if fit is None else outer.pop(fit)
    rows = outer.pop() if outer else alone
    places = [replace(each, shape=(), strides=()) for each in (*operands, target)]

    def tile(high: int, wide: int, count: int, places: Sequence[View]) -> None:
        """Some rows of the result, and some vectors of each."""
        kind = Kind(target.number, count)
        sums = {
            (r, v): block.set(f"sum{r}_{v}", constant(0, kind)) for r in range(high) for v in range(wide)
        }  # fmt: skip
        with ExitStack() as stack:
            at = list(places)
            for size, strides in inner:
                index = stack.enter_context(nests.loop(size))
                at = [*(moved(each, index, stride) for each, stride in zip(at, strides, strict=False)), at[-1]]
            read: dict[tuple[int, int, int], Expression] = {}

            def value(k: int, r: int, v: int) -> Expression:
                key = (k, r if rows[1][k] else 0, v if lane[1][k] else 0)
                if key not in read:
                    here = replace(at[k], offset=at[k].offset + r * rows[1][k] + v * count * lane[1][k])
                    if lane[1][k]:
                        read[key] = here.load(block, count, width)
                    else:
                        read[key] = block.let(spread(here.load(block, 1, width), count, width))
                return read[key]

            for (r, v), total in sums.items():
                product = value(0, r, v)
                for k in range(1, len(operands) - 1):
                    product = product * value(k, r, v)
                last = value(len(operands) - 1, r, v) if len(operands) > 1 else None
                block.set(f"sum{r}_{v}", total + product if last is None else block.multiply_add(product, last, total))
        for (r, v), total in sums.items():
            place = replace(places[-1], offset=places[-1].offset + r * rows[1][-1] + v * count * item)
            place.store(block, total)

    with ExitStack() as stack:
        for size, strides in outer:
            index = stack.enter_context(nests.loop(size))
            places = [moved(each, index, stride) for each, stride in zip(places, strides, strict=True)]
        for begin, end, step in stretches(lane[0], vectors if fit is not None else [], side, again=True):
            wide = max(step // vectors[0], 1) if fit is not None else 1
            count = step // wide
            with nests.loop(end, begin, step) as index:
                there = [moved(each, index, stride) for each, stride in zip(places, lane[1], strict=True)]
                whole = rows[0] // most * most
                for first, last, high in ((0, whole, most), (whole, rows[0], rows[0] - whole)):
                    if first < last:
                        with nests.loop(last, first, high) as row:
                            tile(
                                high, wide, count,
                                [moved(each, row, stride) for each, stride in zip(there, rows[1], strict=True)],
                            )  # fmt: skip


def _dotted(workspace: Workspace, target: View, operands: Sequence[View], out: int) -> None:
    """Products whose terms lie side by side: sums across vectors."""
    block, shape = workspace.block, operands[0].shape

    def product(values: Sequence[Expression], lanes: int) -> list[Expression]:
        found = values[0]
        for each in values[1:]:
            found = found * each
        return [block.let(found)]

    kept = replace(target, shape=target.shape[:out], strides=target.strides[:out])
    total = Total(target.number, lambda s, x: s + x, 0)
    workspace.nests.reduce(shape, range(out, len(shape)), operands, [], product, [total], [kept])


def _matmul(workspace: Workspace, equation: Equation) -> None:
    left, right = map(workspace.view, equation.inputs)
    target = workspace.view(equation.target)
    one, other = "rk" if len(left.shape) > 1 else "k", "kc" if len(right.shape) > 1 else "k"
    stack = "".join(chr(ord("A") + k) for k in range(len(target.shape) - (len(one) > 1) - (len(other) > 1)))
    letters = [stack[len(stack) - len(v.shape) + len(own) :] + own for v, own in ((left, one), (right, other))]
    result = stack + ("r" if len(one) > 1 else "") + ("c" if len(other) > 1 else "")
    _by_letters(workspace, [left, right], letters, target, result)


def _outer(workspace: Workspace, equation: Equation) -> None:
    operands = list(map(workspace.view, equation.inputs))
    _by_letters(workspace, operands, ["r", "c"], workspace.view(equation.target), "rc")


def _einsum(workspace: Workspace, equation: Equation) -> None:
    subscripts = str(dict(equation.params)["subscripts"])
    given, _, result = subscripts.partition("->")
    if "." in subscripts or "->" not in subscripts:
        raise Unsupported(equation)
    _by_letters(
        workspace, list(map(workspace.view, equation.inputs)), given.split(","), workspace.view(equation.target), result
    )


def _by_letters(
    workspace: Workspace, operands: Sequence[View], letters: Sequence[str], target: View, result: str
) -> None:
    """Contract operands whose axes have letters: those that the result does not have are summed over."""
    sizes: dict[str, int] = {}
    for own, view in zip(letters, operands, strict=True):
        for letter, size in zip(own, view.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), size)
    summed = sorted(set(sizes) - set(result))
    order = [*result, *summed]

    def seen(view: View, own: str) -> View:
        strides = dict.fromkeys(order, 0)
        for letter, size, stride in zip(own, view.shape, view.strides, strict=True):
            strides[letter] += stride if size > 1 else 0  # a letter that stands twice is a diagonal
        return replace(view, shape=tuple(sizes[k] for k in order), strides=tuple(strides.values()))

    views = [seen(view, own) for view, own in zip(operands, letters, strict=True)]
    contract(workspace, seen(target, result), views, len(result))


OPERATIONS: dict[str, Callable[[Workspace, Equation], None]] = {"matmul": _matmul, "outer": _outer, "einsum": _einsum}
