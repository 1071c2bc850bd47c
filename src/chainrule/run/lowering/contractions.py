"""Products: sums of products over some axes, in tiles whose sums stay in registers, and what is computed from each tile.

A matrix product, an outer product and an `einsum` are the same thing: axes of the result, axes that are summed over, and the
strides of each operand along them. One axis of the result lies in the lanes of vectors, another gives the rows of a tile. An
operand that is not contiguous along the lanes is transposed, panel by panel, before it is read repeatedly; one that is wider
than a tile is packed in the same way.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from ...program.operations.windows import Subscripts, Term, read, sizes_of
from ..loops.language import Expression
from .nests import ITEM, Index, Total, View, lane_axis, moved, roomy, widest
from .places import Windows, scattered
from .refusal import Unsupported
from .tiles import FEWER, LONG, NEAREST, REGISTERS, REUSED, Finish, Tiles, each_listed, evenly
from .winners import Winners

if TYPE_CHECKING:
    from ...core.nouns import Equation
    from .workspace import Listed, Workspace

_HELD, _HELD_OF_FEWER = {64: 20}, 10
"""How many vectors of an operand `taken_by_each` holds, by the bytes of a vector."""


def contract(
    workspace: Workspace,
    number: str,
    shape: Sequence[int],
    operands: Sequence[View],
    out: int,
    finish: Finish,
    listed: dict[int, Listed] | None = None,
    sparse: int | None = None,
) -> None:
    """Sum products of operands, whose axes are those of the result, `out` of them, followed by those that are summed over.

    An operand that lacks an axis has stride 0 along it. What `finish` reads and writes has the axes of the result. `listed`
    gives the operands whose nonzero rows are known, and `sparse` one that is mostly 0.
    """
    item, summed = ITEM[number], [a for a in range(out, len(shape)) if shape[a] > 1]
    windows = Windows.of(workspace, number, shape, operands, out, finish)
    along = lane = None
    if windows is None:
        vectors, _ = workspace.nests.vectors([number, *(each.number for each in (*finish.reads, *finish.writes))])
        lane = _lane(shape, operands, out, finish, item, vectors)
        inner = [(shape[a], tuple(each.strides[a] for each in operands)) for a in summed]
        along = None if lane is not None else lane_axis(inner, [item] * len(operands), vectors)
    dotted = along is not None if windows is None else windows.dotted
    size = math.prod(shape[:out])
    small = workspace.is_whole and finish.length * size > LONG and item * size <= NEAREST
    small = small and finish.length > workspace.short
    if (dotted and finish.length) or small:
        kept = workspace.like(finish.writes[0], number)
        plain = Finish([], [kept], lambda total, values, lanes: [total])
        contract(workspace, number, shape, operands, out, plain, listed, sparse)
        workspace.elementwise(
            shape[:out], [kept, *finish.reads], finish.writes,
            lambda values, lanes: finish.compute(values[0], values[1:], lanes),
        )  # fmt: skip
    elif windows is not None and sparse is not None and dotted:
        target = finish.writes[0]
        error, images = operands[sparse], operands[1 - sparse]
        winners = Winners.of(workspace, number, shape, error, images, _with_all(target, shape))
        if winners is None:
            windows.write()
        else:
            winners.gradient(images, target)
    elif windows is not None:
        windows.write()
    elif along is not None and _is_wide(shape, operands, out):
        Tiles(workspace, number, shape, operands, out, finish, summed[along], {}).write()
    elif dotted:
        _dotted(workspace, number, shape, operands, out, finish.writes[0])
    else:
        Tiles(workspace, number, shape, operands, out, finish, lane, listed or {}).write()


def _lane(
    shape: Sequence[int], operands: Sequence[View], out: int, finish: Finish, item: int, vectors: Sequence[int]
) -> int | None:
    """The axis for the lanes: one along which everything is contiguous, or can be made so by a transpose."""
    beside = [*finish.reads, *finish.writes]
    sizes = roomy(shape[:out], [each for each in beside if out])
    fit = [
        axis
        for axis in range(out)
        if vectors
        and sizes[axis] >= vectors[-1]
        and all(view.strides[axis] in (0, ITEM[view.number]) for view in beside)
        and all(view.strides[axis] for view in finish.writes)
    ]
    direct = [axis for axis in fit if all(each.strides[axis] in (0, item) for each in operands)]

    def turns(axis: int) -> bool:
        along = [each for each in operands if each.strides[axis]]
        again = [shape[a] for a in range(out) if a != axis and not any(each.strides[a] for each in along)]
        return len(along) == 1 and max(again, default=0) >= REUSED

    return next((axis for axis in reversed(direct or [axis for axis in fit if turns(axis)])), None)


def _is_wide(shape: Sequence[int], operands: Sequence[View], out: int) -> bool:
    """Whether two operands have axes of the result each for itself."""
    own = [[k for k, each in enumerate(operands) if each.strides[axis]] for axis in range(out) if shape[axis] > 1]
    return len({tuple(each) for each in own if len(each) == 1}) > 1


def _dotted(
    workspace: Workspace, number: str, shape: Sequence[int], operands: Sequence[View], out: int, target: View
) -> None:
    """Products whose terms are contiguous: sums across vectors."""
    block = workspace.block

    def product(values: Sequence[Expression], lanes: int) -> list[Expression]:
        found = values[0]
        for each in values[1:]:
            found = found * each
        return [block.let(found)]

    total = Total(number, lambda s, x: s + x, 0)
    workspace.nests.reduce(shape, range(out, len(shape)), operands, [], product, [total], [target])


def taken(workspace: Workspace, place: View, left: View, right: View, listed: Listed | None) -> None:
    """Subtract left · right, a product of few terms, from a matrix in memory.

    `left` stays in registers, and each element of the matrix is read and written once for a group of terms. If nonzero rows
    are `listed`, the others are skipped.

    Args:
        workspace: Where it is written.
        place: The matrix, n × k, with contiguous columns.
        left: n × m, likewise.
        right: m × k.
        listed: Where `right` is not 0.
    """
    nests, block = workspace.nests, workspace.block
    vectors, width = nests.vectors([place.number])
    item, columns, terms = ITEM[place.number], place.shape[1], left.shape[1]
    size, lanes = place.held, widest(vectors, place.held)
    sums, most = REGISTERS.get(nests.register, FEWER)
    group = listed.group if listed is not None else min(most, terms)
    whole = terms // group

    def panel(places: Sequence[View], lists: tuple[View, View] | None, many: int, wide: int) -> None:
        there, own, other = places
        held = {
            (e, v): block.let(-_beyond(own, e * left.strides[1] + v * lanes * item).load(block, lanes, width))
            for e in range(many)
            for v in range(wide)
        }
        steps = [place.strides[1], right.strides[1]]
        with ExitStack() as stack:
            if lists is None:
                k = stack.enter_context(nests.loop(columns))
                on: dict[int, tuple[Index, int]] = {step: (k, step) for step in steps}
            else:
                on = stack.enter_context(each_listed(workspace, *lists, steps))
            there, x = moved(there, *on[steps[0]]), moved(other, *on[steps[1]])
            spots = [_beyond(there, v * lanes * item) for v in range(wide)]
            totals = [spot.load(block, lanes, width) for spot in spots]
            for e in range(many):
                factor = _beyond(x, e * right.strides[0]).read(block, lanes, width, 0)
                totals = [block.let(block.multiply_add(factor, held[e, v], total)) for v, total in enumerate(totals)]
            for spot, total in zip(spots, totals, strict=True):
                spot.store(block, total)

    points = [replace(view, shape=(), strides=(), held=0) for view in (place, left, right)]
    for start, stop, many in ((0, whole, group), (whole, whole + 1, terms - whole * group)):
        if not many or start >= stop:
            continue
        wide = max(1, min(size // lanes, sums // many))
        end = size // lanes // wide * wide
        with nests.loop(stop, start) as g:
            lists = None if listed is None else (listed.places.at(0, g), listed.counts.at(0, g))
            steps = (0, group * left.strides[1], group * right.strides[0])
            of_group = [moved(point, g, step) for point, step in zip(points, steps, strict=True)]
            for first, last, at_once in ((0, end, wide), (end, size // lanes, size // lanes - end)):
                if first < last:
                    with nests.loop(last * lanes, first * lanes, at_once * lanes) as index:
                        places = [moved(each, index, by) for each, by in zip(of_group, (item, item, 0), strict=True)]
                        panel(places, lists, many, at_once)


def _beyond(view: View, by: int) -> View:
    return replace(view, offset=view.offset + by)


def takes(workspace: Workspace, place: View, left: View, listed: Listed | None) -> bool:
    """Whether `taken` can and should be used: if there are few terms or some are skipped, and columns fill vectors."""
    vectors, _ = workspace.nests.vectors([place.number])
    if len(place.shape) != 2:
        return False
    terms = left.shape[1]
    _, most = REGISTERS.get(workspace.nests.register, FEWER)
    fit = bool(vectors) and place.strides[0] == left.strides[0] == ITEM[place.number]
    fit = fit and (listed is not None or terms <= 2 * most)
    return fit and widest(vectors, place.held) > 0 and left.held >= place.held


def taken_by_each(workspace: Workspace, place: View, left: View, right: View, listed: Listed | None) -> None:
    """Subtract left · right from several matrices in memory, whose first axis lies in the lanes, and which share `right`.

    As in `taken`, `left` stays in registers, and each vector of the matrices is read and written once for a group of terms.

    Args:
        workspace: Where it is written.
        place: The matrices, N × n × k.
        left: N × n × m, likewise.
        right: m × k.
        listed: Where `right` is not 0.
    """
    nests, block = workspace.nests, workspace.block
    (lanes, rows, columns), terms, (_, width) = place.shape, left.shape[2], nests.vectors([place.number])
    sums = _HELD.get(nests.register, _HELD_OF_FEWER)
    group = listed.group if listed is not None else evenly(terms, sums // 2)
    wide = evenly(rows, max(1, sums // group))
    points = [replace(view, shape=(), strides=(), held=0) for view in (place, left, right)]

    def panel(places: Sequence[View], lists: tuple[View, View] | None, high: int, many: int) -> None:
        there, own, other = places
        held = {
            (e, r): block.let(-_beyond(own, e * left.strides[2] + r * left.strides[1]).load(block, lanes, width))
            for e in range(many)
            for r in range(high)
        }
        steps = [place.strides[2], right.strides[1]]
        with ExitStack() as stack:
            if lists is None:
                k = stack.enter_context(nests.loop(columns))
                on: dict[int, tuple[Index, int]] = {step: (k, step) for step in steps}
            else:
                on = stack.enter_context(each_listed(workspace, *lists, steps))
            there, x = moved(there, *on[steps[0]]), moved(other, *on[steps[1]])
            spots = [_beyond(there, r * place.strides[1]) for r in range(high)]
            totals = [spot.load(block, lanes, width) for spot in spots]
            for e in range(many):
                factor = _beyond(x, e * right.strides[0]).read(block, lanes, width, 0)
                totals = [block.let(block.multiply_add(factor, held[e, r], total)) for r, total in enumerate(totals)]
            for spot, total in zip(spots, totals, strict=True):
                spot.store(block, total)

    whole, rest = divmod(rows, wide)
    for start, stop, high in ((0, whole, wide), (whole, whole + 1, rest)):
        if not high or start >= stop:
            continue
        with nests.loop(stop, start) as r:
            of_rows = [
                moved(each, r, wide * by)
                for each, by in zip(points, (place.strides[1], left.strides[1], 0), strict=True)
            ]
            for t, many in workspace.tiles(terms, group):
                steps = (0, group * left.strides[2], group * right.strides[0])
                lists = None if listed is None else (listed.places.at(0, t), listed.counts.at(0, t))
                panel([moved(each, t, by) for each, by in zip(of_rows, steps, strict=True)], lists, high, many)


Letters: TypeAlias = "tuple[list[View], Sequence[Sequence[str]], Sequence[str]]"
"""Operands, a letter for each of their axes, and the letters of the result."""

# ---- equations -------------------------------------------------------------------------------------------------------------


def written(workspace: Workspace, equation: Equation, finish: Finish | None = None) -> None:
    """Write a product, with `finish` if there is more to do than to store the result."""
    if equation.primitive.name == "windowed_einsum" and read(dict(equation.params)["subscripts"]).windowed == 2:
        _added_up(workspace, equation, finish)
        return
    operands, letters, result = _LETTERS[equation.primitive.name](workspace, equation)
    if finish is None:
        finish = Finish([], [workspace.view(equation.target)], lambda total, values, lanes: [total])
    known = {k: workspace.listed[o.name] for k, o in enumerate(equation.inputs) if o.name in workspace.listed}
    shape, views = _aligned(operands, letters, result)
    contract(workspace, views[0].number, shape, views, len(result), finish, known, _sparse(workspace, equation))


def _aligned(
    operands: Sequence[View], letters: Sequence[Sequence[str]], result: Sequence[str]
) -> tuple[list[int], list[View]]:
    """Operands with a letter for each axis as `contract` takes them: the sizes along all axes, and the views."""
    sizes: dict[str, int] = {}
    for own, view in zip(letters, operands, strict=True):
        for letter, size in zip(own, view.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), size)
    order = [*result, *sorted(set(sizes) - set(result))]

    def seen(view: View, own: Sequence[str]) -> View:
        strides = dict.fromkeys(order, 0)
        for letter, size, stride in zip(own, view.shape, view.strides, strict=True):
            strides[letter] += stride if size > 1 else 0  # a repeated letter is a diagonal
        return replace(view, shape=tuple(sizes[k] for k in order), strides=tuple(strides.values()))

    return [sizes[k] for k in order], [seen(view, own) for view, own in zip(operands, letters, strict=True)]


def _matmul(workspace: Workspace, equation: Equation) -> Letters:
    left, right = map(workspace.view, equation.inputs)
    one, other = "rk" if len(left.shape) > 1 else "k", "kc" if len(right.shape) > 1 else "k"
    stack = "".join(chr(ord("A") + k) for k in range(len(equation.target.shape) - (len(one) > 1) - (len(other) > 1)))
    letters = [stack[len(stack) - len(v.shape) + len(own) :] + own for v, own in ((left, one), (right, other))]
    return [left, right], letters, stack + ("r" if len(one) > 1 else "") + ("c" if len(other) > 1 else "")


def _outer(workspace: Workspace, equation: Equation) -> Letters:
    return list(map(workspace.view, equation.inputs)), ["r", "c"], "rc"


def _einsum(workspace: Workspace, equation: Equation) -> Letters:
    subscripts = str(dict(equation.params)["subscripts"])
    given, _, result = subscripts.partition("->")
    if "." in subscripts or "->" not in subscripts:
        raise Unsupported(equation)
    return list(map(workspace.view, equation.inputs)), given.split(","), result


def _windowed(workspace: Workspace, equation: Equation) -> Letters:
    """An operand in which two indices add up along an axis is seen with an axis for each, which both have its stride."""
    terms, sizes = _terms(equation)
    operands = map(workspace.view, equation.inputs)
    views = [_split(view, term, sizes) for view, term in zip(operands, terms, strict=False)]
    return views, [_letters(term, sizes) for term in terms[:2]], _letters(terms.result, sizes)


def _terms(equation: Equation) -> tuple[Subscripts, dict[str, tuple[int, ...]]]:
    """The subscripts of an Einstein sum over windows, and how many values each index takes: itself, or each of its parts."""
    params = dict(equation.params)
    terms, parts = read(params["subscripts"]), dict(params.get("parts", ()))
    shapes = []
    for operand, term in zip((*equation.inputs, equation.target), terms, strict=True):
        left = iter(map(int, operand.shape))
        counts = [len(parts.get(axis[0].letter, "1")) if len(axis) == 1 else 1 for axis in term]
        shapes.append(tuple(math.prod(itertools.islice(left, count)) for count in counts))
    return terms, {index: parts.get(index, (int(size),)) for index, size in sizes_of(terms, *shapes).items()}


def _letters(term: Term, sizes: Mapping[str, Sequence[int]]) -> list[str]:
    return [f"{index}{k or ''}" for axis in term for index, _ in axis for k in range(len(sizes[index]))]


def _split(view: View, term: Term, sizes: Mapping[str, Sequence[int]]) -> View:
    """The view of an array with an axis for each index, and for each of its parts."""
    found: list[tuple[int, int]] = []
    left = iter(view.strides)
    for axis in term:
        stride = 0 if len(axis) == 1 else next(left)
        for index, step in axis:
            own = sizes[index]
            smaller = [math.prod(own[k + 1 :]) * step * stride for k in range(len(own))]
            found += zip(own, smaller if len(axis) > 1 else itertools.islice(left, len(own)), strict=True)
    shape, strides = tuple(size for size, _ in found), tuple(stride for _, stride in found)
    return replace(view, shape=shape, strides=strides, held=view.held if shape == view.shape else 0)


def _sparse(workspace: Workspace, equation: Equation) -> int | None:
    """The operand of a product of two that is mostly 0."""
    found = [k for k, each in enumerate(equation.inputs) if each.name in workspace.sparse]
    return found[0] if len(equation.inputs) == 2 and len(found) == 1 else None


def _with_all(view: View, shape: Sequence[int]) -> View:
    """A view with all axes of a product, those that it lacks with stride 0."""
    return replace(view, shape=tuple(shape), strides=(*view.strides, *[0] * (len(shape) - len(view.strides))))


def _winners(workspace: Workspace, equation: Equation) -> tuple[Winners, View] | None:
    """A product with an operand that is mostly 0 and a windowed result, as if that lay row by row, and the other operand."""
    sparse = _sparse(workspace, equation)
    if sparse is None:
        return None
    (terms, sizes), (views, _, _) = _terms(equation), _windowed(workspace, equation)
    letters = [_letters(term, sizes) for term in terms]
    shape, operands = _aligned(views, letters[:2], letters[2])
    rows = View.rows("memory", views[0].number, tuple(map(int, equation.target.shape)))
    windowed = _with_all(_split(rows, terms.result, sizes), shape)
    winners = Winners.of(workspace, views[0].number, shape, operands[sparse], windowed, operands[1 - sparse])
    known = winners is not None and {stride for _, stride in winners.image if stride} <= {*rows.strides}
    return (winners, operands[1 - sparse]) if winners is not None and known else None


def prepare(workspace: Workspace, equation: Equation) -> None:
    """Lay out what a product needs that is done chunk by chunk."""
    if equation.primitive.name == "windowed_einsum" and read(dict(equation.params)["subscripts"]).windowed == 2:
        found = _winners(workspace, equation)
        if found is not None:
            workspace.prepared[equation.target.name] = found[0].laid_out(found[1])


def _added_up(workspace: Workspace, equation: Equation, finish: Finish | None) -> None:
    """A result in which windows overlap: the products are added up where they belong."""
    (terms, sizes), (views, _, _) = _terms(equation), _windowed(workspace, equation)
    number = views[0].number
    result = workspace.view(equation.target) if finish is None else workspace.like(finish.writes[0], number)
    workspace.fill(result, 0)
    if (found := _winners(workspace, equation)) is not None:
        winners, kernels = found
        laid_out = workspace.prepared.get(equation.target.name) or winners.laid_out(kernels)
        rows = View.rows("memory", number, result.shape)
        winners.error_before(laid_out, result, dict(zip(rows.strides, result.strides, strict=True)))
    else:
        target = _split(result, terms.result, sizes)
        letters = [_letters(term, sizes) for term in terms]
        shape, operands = _aligned(views, letters[:2], letters[2])
        scattered(workspace, number, shape, operands, len(target.shape), target)
    if finish is not None:
        workspace.nests.elementwise(
            result.shape, [result, *finish.reads], finish.writes,
            lambda values, lanes: finish.compute(values[0], values[1:], lanes),
        )  # fmt: skip


_LETTERS = {"matmul": _matmul, "outer": _outer, "einsum": _einsum, "windowed_einsum": _windowed}
OPERATIONS: dict[str, Callable[[Workspace, Equation], None]] = dict.fromkeys(_LETTERS, written)
