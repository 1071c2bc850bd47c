"""Sums and extremes over axes, positions of extremes, cumulative sums, and softmax, as loops."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ..loops.functions import FUNCTIONS, library
from ..loops.language import FLOATS, INDEX, TRUTH, Block, Expression, Kind, apply, constant
from .nests import ITEM, Index, Join, Total, View, as_index, moved, spread, widest
from .operations import POWERS, chosen, is_nan, logaddexp

if TYPE_CHECKING:
    from ...core.nouns import Equation
    from .workspace import Workspace

Of: TypeAlias = "Callable[[Index, Expression], Expression]"
Step: TypeAlias = "Callable[..., Expression]"

JOINS: dict[str, tuple[Join, float]] = {
    "sum": (lambda s, x: s + x, 0), "mean": (lambda s, x: s + x, 0), "prod": (lambda s, x: s * x, 1),
    "any": (lambda s, x: s | x, 0), "all": (lambda s, x: s & x, 1),
    **dict.fromkeys(("max", "first_max"), (lambda s, x: chosen((x > s) | is_nan(x), x, s), -math.inf)),
    "min": (lambda s, x: chosen((x < s) | is_nan(x), x, s), math.inf),
    "nanmax": (lambda s, x: chosen((x > s) | is_nan(s), x, s), math.nan),
    "nanmin": (lambda s, x: chosen((x < s) | is_nan(s), x, s), math.nan),
}  # fmt: skip
"""How a reduction includes one more number, and its initial value."""
_OF_TRUTHS = {"max": "any", "first_max": "any", "min": "all"}
TELL_PLACES = ("argmax", "argmin", "nanargmax", "nanargmin", "searchsorted", "argsort", "argpartition", "winners")
"""Operations whose results are indices or truth values, whatever the dtype of their operands."""


def axes_of(axis: Any, ndim: int) -> list[int]:
    """The axes that a param names, in order."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return sorted(each % ndim for each in axes)


def total_of(equation: Equation, number: str) -> Total:
    """How a reduction joins numbers of one kind."""
    name, params = equation.primitive.name, dict(equation.params)
    if number not in FLOATS:  # integers have no NaN
        name = name.removeprefix("nan")
    join, start = JOINS[_OF_TRUTHS.get(name, name) if number == "bool" else name]
    if name != "mean":
        return Total(number, join, start)
    shape = equation.inputs[0].shape
    count = math.prod(int(shape[axis]) for axis in axes_of(params["axis"], len(shape)))
    return Total(number, join, start, lambda total: total / count)


def target_of(workspace: Workspace, equation: Equation) -> View:
    """The place of a reduction's result, without the axes of size 1 that it keeps."""
    params, target = dict(equation.params), workspace.view(equation.target)
    if params["keepdims"]:
        for axis in reversed(axes_of(params["axis"], len(equation.inputs[0].shape))):
            target = target.at(axis, 0)
    return target


def _reduce(workspace: Workspace, equation: Equation) -> None:
    source, target = workspace.view(equation.inputs[0]), target_of(workspace, equation)
    axes = axes_of(dict(equation.params)["axis"], len(source.shape))
    reduce(workspace, source, axes, target, total_of(equation, target.number))


def reduce(workspace: Workspace, source: View, axes: Sequence[int], target: View, total: Total) -> None:
    """Reduce some axes into `target`."""
    workspace.nests.reduce(source.shape, axes, [source], [], lambda values, lanes: values, [total], [target])


def lines(workspace: Workspace, views: Sequence[View], axis: int, write: Callable[[list[View]], None]) -> None:
    """Loop over all axes except one; each view is left with that axis."""
    shape = views[0].shape
    with ExitStack() as stack:
        left = list(views)
        for other in reversed([k for k in range(len(shape)) if k != axis]):
            index = stack.enter_context(workspace.nests.loop(shape[other]))
            left = [each.at(other, index) for each in left]
        write(left)


def _position(workspace: Workspace, equation: Equation) -> None:
    """The position of the extreme: the first of equal ones; a NaN is the extreme, unless the operation ignores NaN."""
    name = equation.primitive.name
    source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    greatest, ignores = name.endswith("max"), name.startswith("nan") and source.number in FLOATS
    axis = dict(equation.params)["axis"]
    if axis is None:
        source, axis = _merged(workspace, source, range(len(source.shape))), 0
    axis %= len(source.shape)
    places = replace(target, shape=source.shape, strides=(*target.strides[:axis], 0, *target.strides[axis:]))
    block = workspace.block

    def write(views: list[View]) -> None:
        line, result = views
        some = block.set("some", constant(not ignores, TRUTH))

        def number(index: Index) -> Expression:
            x = line.at(0, index).load(block, 1, 8)
            if not ignores:
                return x
            block.set("some", some | x.equals(x))
            return block.let(chosen(is_nan(x), constant(-math.inf if greatest else math.inf, x.kind), x))

        top = block.set("top", number(0))
        best = block.set("best", constant(0, INDEX))
        with workspace.nests.loop(line.shape[0]) as index:
            x = number(index)
            beyond = (x > top if greatest else x < top) | (is_nan(x) & ~is_nan(top))
            with block.when(beyond):
                block.set("top", x)
                block.set("best", as_index(index))
        if ignores:
            workspace.wrong(~some, "there are NaN alone where a place is sought")
        result.at(0, 0).store(block, apply("convert", best, kind=Kind(result.number)))

    lines(workspace, [source, places], axis, write)


def _along(
    workspace: Workspace,
    line: View,
    join: Join,
    start: float,
    of: Of = lambda index, x: x,
    written: View | None = None,
) -> Expression:
    """Reduce the numbers of a line, with `of` applied to each, which may write to a line that is `written`."""
    block, (stride,) = workspace.block, line.strides
    vectors, width = workspace.nests.vectors([line.number])

    def value(index: Index, lanes: int) -> list[Expression]:
        return [of(index, line.at(0, index).load(block, lanes, width))]

    side_by_side = stride == ITEM[line.number] and (written is None or written.strides == line.strides)
    total, size = Total(line.number, join, start), line.shape[0]
    lanes = widest(vectors, line.held) if line.held > size and side_by_side else 0
    if lanes:
        (found,) = workspace.nests.masked([], size, lanes, width, lambda _, index, lanes: value(index, lanes), [total])
    else:
        (found,) = workspace.nests.fold(size, vectors if side_by_side else [], width, value, [total])
    return found


def _powers(workspace: Workspace, line: View, shift: Expression, result: View | None = None) -> Expression:
    """The sum of exp(x − shift) over a line; the terms are written to `result`, if given."""
    block, width = workspace.block, ITEM[line.number]

    def power(index: Index, value: Expression) -> Expression:
        given = block.let(value - spread(shift, value.kind.lanes, width))
        found = block.let(FUNCTIONS["exp"](block, given))
        if result is not None:
            result.at(0, index).store(block, found)
        return found

    return _along(workspace, line, *JOINS["sum"], power, result)


def _finite(block: Block, top: Expression) -> Expression:
    """A maximum that logarithms of sums are computed relative to; 0 where it is infinite, as in SciPy."""
    is_infinite = top.equals(constant(math.inf, top.kind)) | top.equals(constant(-math.inf, top.kind))
    return block.let(chosen(is_infinite, constant(0, top.kind), top))


def _merged(workspace: Workspace, view: View, axes: Sequence[int]) -> View:
    """The view with some axes merged into one, the last."""
    kept = [axis for axis in range(len(view.shape)) if axis not in axes]
    view = workspace.contiguous(view.turned([*kept, *axes]))
    shape = (*view.shape[: len(kept)], math.prod(view.shape[len(kept) :]))
    return replace(view, shape=shape, strides=(*view.strides[: len(kept)], ITEM[view.number]))


def _softmax(workspace: Workspace, equation: Equation) -> None:
    source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    width, block, nests = ITEM[source.number], workspace.block, workspace.nests
    axes, logarithm = (
        axes_of(dict(equation.params)["axis"], len(source.shape)),
        equation.primitive.name == "log_softmax",
    )
    given, result, axis = source, target, axes[0]
    if len(axes) == 1 and (lane := _beside(workspace, source, target, axis)) is not None:
        _softmax_down(workspace, source, target, axis, lane, logarithm)
        return
    if len(axes) > 1:
        given = _merged(workspace, source, axes)
        result, axis = workspace.room(given.number, given.shape), len(given.shape) - 1

    def write(views: list[View]) -> None:
        line, result = views
        top = _along(workspace, line, *JOINS["max"])
        top = _finite(block, top) if logarithm else top
        total = _powers(workspace, line, top, None if logarithm else result)
        if not logarithm:
            nests.elementwise(result.shape, [result], [result], lambda x, lanes: [x[0] / spread(total, lanes, width)])
            return
        less = FUNCTIONS["log"](block, total)
        nests.elementwise(
            result.shape,
            [line],
            [result],
            lambda x, lanes: [x[0] - spread(top, lanes, width) - spread(less, lanes, width)],
        )

    lines(workspace, [given, result], axis, write)
    if len(axes) > 1:
        turned = target.turned([*(each for each in range(len(target.shape)) if each not in axes), *axes])
        rows = View.rows("", result.number, turned.shape)
        workspace.copy(replace(result, shape=rows.shape, strides=rows.strides), turned)


def _beside(workspace: Workspace, source: View, target: View, axis: int) -> int | None:
    """Another axis, along which both arrays are contiguous and fill vectors."""
    lanes = (workspace.nests.vectors([source.number])[0] or [0])[0]
    sizes = enumerate(source.shape)
    fit = [k for k, size in sizes if lanes and k != axis and size % lanes == 0]
    item = ITEM[source.number]
    return next((k for k in fit if source.strides[k] == target.strides[k] == item), None)


def _softmax_down(workspace: Workspace, source: View, target: View, axis: int, lane: int, logarithm: bool) -> None:
    """A softmax along an axis, with another in the lanes: the maximum, the powers, their sum, and the quotients, of all lines."""
    nests, block, shape = workspace.nests, workspace.block, source.shape
    kept = [k for k in range(len(shape)) if k not in (axis, lane)] + [lane]
    joins = [JOINS[name] for name in ("max", "sum")]
    (top, total), wide = (workspace.room(source.number, [shape[k] for k in kept]) for _ in joins), []
    for room in (top, total):
        strides = dict(zip(kept, room.strides, strict=True))
        wide.append(replace(room, shape=shape, strides=tuple(strides.get(k, 0) for k in range(len(shape)))))
    of_lines = [each.turned([k for k in range(len(shape)) if k != axis]) for each in wide]

    def power(values: Sequence[Expression], lanes: int) -> list[Expression]:
        return [FUNCTIONS["exp"](block, block.let(values[0] - values[1]))]

    def quotient(values: Sequence[Expression], lanes: int) -> list[Expression]:
        return [values[0] / values[1]]

    def less(values: Sequence[Expression], lanes: int) -> list[Expression]:
        return [values[0] - values[1] - FUNCTIONS["log"](block, values[2])]

    reduce(workspace, source, [axis], of_lines[0], Total(source.number, *joins[0]))
    if logarithm:
        nests.elementwise(top.shape, [top], [top], lambda values, lanes: [_finite(block, values[0])])
    nests.elementwise(shape, [source, wide[0]], [target], power)
    reduce(workspace, target, [axis], of_lines[1], Total(source.number, *joins[1]))
    if logarithm:
        nests.elementwise(shape, [source, *wide], [target], less)
    else:
        nests.elementwise(shape, [target, wide[1]], [target], quotient)


def _scanned(workspace: Workspace, equation: Equation, step: Step) -> None:
    """Scan along an axis: a step combines the result so far with the operands at each place."""
    target, block = workspace.view(equation.target), workspace.block
    operands = [workspace.view(each).broadcast(target.shape) for each in equation.inputs]

    def write(views: list[View]) -> None:
        *given, result = views
        total = block.set("total", given[0].at(0, 0).load(block, 1, 8))
        result.at(0, 0).store(block, total)
        with workspace.nests.loop(result.shape[0], 1) as index:
            values = [each.at(0, index).load(block, 1, 8) for each in given]
            block.set("total", step(block, total, *values))
            result.at(0, index).store(block, total)

    lines(workspace, [*operands, target], int(dict(equation.params)["axis"]) % len(target.shape), write)


def _others(workspace: Workspace, equation: Equation) -> None:
    """For each element of an axis, the product of all others: those before it times those after it."""
    source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    block, one = workspace.block, constant(1, Kind(source.number))

    def write(views: list[View]) -> None:
        line, result = views
        before = block.set("total", one)
        with workspace.nests.loop(line.shape[0]) as index:
            result.at(0, index).store(block, before)
            block.set("total", before * line.at(0, index).load(block, 1, 8))
        behind, last = block.set("total", one), line.shape[0] - 1
        line, result = (view.within(0, last, last + 1, -1) for view in (line, result))
        with workspace.nests.loop(line.shape[0]) as index:
            place = result.at(0, index)
            place.store(block, place.load(block, 1, 8) * behind)
            block.set("total", behind * line.at(0, index).load(block, 1, 8))

    lines(workspace, [source, target], int(dict(equation.params)["axis"]) % len(source.shape), write)


def _logsumexp(workspace: Workspace, equation: Equation) -> None:
    params, source = dict(equation.params), workspace.view(equation.inputs[0])
    axes, target = axes_of(params["axis"], len(source.shape)), target_of(workspace, equation)
    block, source = workspace.block, _merged(workspace, source, axes)
    target = replace(target, shape=source.shape, strides=(*target.strides, 0))

    def write(views: list[View]) -> None:
        line, result = views
        top = _along(workspace, line, *JOINS["max"])
        shift = _finite(block, top)
        result.at(0, 0).store(block, FUNCTIONS["log"](block, _powers(workspace, line, shift)) + shift)

    lines(workspace, [source, target], len(target.shape) - 1, write)


def _std(workspace: Workspace, equation: Equation) -> None:
    params, source = dict(equation.params), workspace.view(equation.inputs[0])
    axes, target = axes_of(params["axis"], len(source.shape)), target_of(workspace, equation)
    kept = [axis for axis in range(len(source.shape)) if axis not in axes]
    count = math.prod(source.shape[axis] for axis in axes)
    mean = workspace.room(source.number, [source.shape[axis] for axis in kept])
    reduce(workspace, source, axes, mean, Total(source.number, *JOINS["sum"], lambda total: total / count))
    order = [*kept, *axes]
    means = replace(mean, shape=(*mean.shape, *(1 for _ in axes)), strides=(*mean.strides, *(0 for _ in axes)))
    divisor = count - int(params["ddof"])

    def square(values: Sequence[Expression], lanes: int) -> Sequence[Expression]:
        away = workspace.block.let(values[0] - values[1])
        return [away * away]

    total = Total(source.number, *JOINS["sum"], lambda total: apply("sqrt", total / divisor))
    source = source.turned(order)
    workspace.nests.reduce(source.shape, range(len(kept), len(order)), [source, means], [], square, [total], [target])


def _norm(workspace: Workspace, equation: Equation) -> None:
    params, source = dict(equation.params), workspace.view(equation.inputs[0])
    axes, target = axes_of(params["axis"], len(source.shape)), target_of(workspace, equation)
    order = 2.0 if params["ord"] is None else float(params["ord"])

    def power(x: Expression, exponent: float) -> Expression:
        if exponent in (1, math.inf, -math.inf):
            return x
        known = POWERS.get(exponent)
        return known(workspace.block, x) if known else library(workspace.block, "pow", x, constant(exponent, x.kind))

    def size(values: Sequence[Expression], lanes: int) -> Sequence[Expression]:
        return [power(workspace.block.let(apply("abs", values[0])), order)]

    join, start = JOINS[{math.inf: "max", -math.inf: "min"}.get(order, "sum")]
    total = Total(source.number, join, start, lambda total: power(total, 1 / order if math.isfinite(order) else order))
    workspace.nests.reduce(source.shape, axes, [source], [], size, [total], [target])


@contextmanager
def _each(workspace: Workspace, *views: View) -> Iterator[list[View]]:
    """Loops over all places of views with one shape; yields each view at its place."""
    with ExitStack() as stack:
        here = list(views)
        for size in views[0].shape:
            index = stack.enter_context(workspace.nests.loop(size))
            here = [each.at(0, index) for each in here]
        yield here


def _winners(workspace: Workspace, equation: Equation) -> None:
    """Place by place along the axes, whether the number there is the largest, and none before it was."""
    x, largest = map(workspace.view, equation.inputs)
    target, axes = workspace.view(equation.target), axes_of(dict(equation.params)["axis"], len(x.shape))
    largest = largest.broadcast(x.shape)
    for axis in reversed(axes):
        largest = largest.at(axis, 0)
    found = workspace.room("bool", largest.shape)
    workspace.fill(found, 0)

    def first(values: Sequence[Expression], lanes: int) -> list[Expression]:
        x, largest, found = values
        return [x.equals(largest) & ~found, x.equals(largest) | found]

    with ExitStack() as stack:
        for k, axis in enumerate(axes):
            index = stack.enter_context(workspace.nests.loop(x.shape[axis - k]))
            x, target = x.at(axis - k, index), target.at(axis - k, index)
        workspace.nests.elementwise(largest.shape, [x, largest, found], [target, found], first)


def _searchsorted(workspace: Workspace, equation: Equation) -> None:
    """The first place whose number is not less than the sought one, or is greater, by binary search."""
    line, sought = map(workspace.view, equation.inputs)
    target, block = workspace.view(equation.target), workspace.block
    left = str(dict(equation.params)["side"]) == "left"
    with _each(workspace, sought, target) as (sought, target):
        place = _behind(workspace, line, sought.load(block, 1, 8), left)
        target.store(block, apply("convert", place, kind=Kind(target.number)))


def _behind(workspace: Workspace, line: View, x: Expression, left: bool) -> Expression:
    """How many numbers of a sorted line are less than x, or, unless `left`, not greater."""
    block, nests = workspace.block, workspace.nests
    low, high = block.set("low", constant(0, INDEX)), block.set("high", constant(line.shape[0], INDEX))
    with nests.loop(line.shape[0].bit_length()):
        middle = block.let(_half(block, low, high))
        inside = block.let(low < high)
        safe = block.let(chosen(inside, middle, constant(0, INDEX)))
        y = line.at(0, safe).load(block, 1, 8)
        before = block.let((y < x) | (is_nan(x) & ~is_nan(y)) if left else (y <= x) | is_nan(x))
        block.set("low", chosen(before & inside, middle + 1, low))
        block.set("high", chosen(~before & inside, middle, high))
    return low


def _interp(workspace: Workspace, equation: Equation) -> None:
    """Interpolate between two nodes, with constants beyond the ends. If starting from one node gives NaN, the other is tried."""
    given, nodes, values = map(workspace.view, equation.inputs)
    target, block, last = workspace.view(equation.target), workspace.block, nodes.shape[0] - 1
    if not last:
        workspace.copy(values.at(0, 0).broadcast(target.shape), target)
        return
    with _each(workspace, given, target) as (here, result):
        x = here.load(block, 1, 8)
        place = block.let(_behind(workspace, nodes, x, left=False) - 1)
        place = block.let(chosen(place < 0, constant(0, INDEX), chosen(place < last, place, constant(last - 1, INDEX))))
        x0, y0, x1, y1 = (
            moved(view.at(0, k), place, view.strides[0]).load(block, 1, 8) for k in (0, 1) for view in (nodes, values)
        )
        slope = block.let((y1 - y0) / (x1 - x0))
        forth, back = block.let(slope * (x - x0) + y0), block.let(slope * (x - x1) + y1)
        found = block.let(chosen(is_nan(forth), chosen(is_nan(back) & y0.equals(y1), y0, back), forth))
        ends = [view.at(0, k).load(block, 1, 8) for k in (0, last) for view in (nodes, values)]
        found = chosen(x < ends[0], ends[1], chosen(x >= ends[2], ends[3], chosen(x.equals(x0), y0, found)))
        result.store(block, chosen(is_nan(x), x, found))


def _half(block: Block, low: Expression, high: Expression) -> Expression:
    """The midpoint of two indices."""
    total = block.let(apply("convert", low + high, kind=Kind("i64")))
    return apply("convert", total >> 1, kind=INDEX)


def _convolve(workspace: Workspace, equation: Equation) -> None:
    """Add each element of one vector times the whole other vector at its offset, clipped to the result."""
    long, short = sorted(map(workspace.view, equation.inputs), key=lambda view: -view.shape[0])
    target, long, n, m = workspace.view(equation.target), workspace.contiguous(long), long.shape[0], short.shape[0]
    block, nests, size = workspace.block, workspace.nests, target.shape[0]
    before = {"full": 0, "same": (m - 1) // 2, "valid": m - 1}[str(dict(equation.params)["mode"])]
    workspace.fill(target, 0)
    with nests.loop(m) as k:
        factor, by, end = short.at(0, k).load(block, 1, 8), as_index(k), constant(size, INDEX)
        start = block.let(chosen(by < before, constant(0, INDEX), by - before))
        stop = block.let(chosen(by < size + before - n, by + (n - before), end))

        def add(index: Index, lanes: int) -> None:
            place, other = target.at(0, index), moved(long.within(0, before, n).at(0, index), k, -ITEM[long.number])
            product = other.load(block, lanes, 8) * spread(factor, lanes, 8)
            place.store(block, place.load(block, lanes, 8) + product)

        nests.between(start, stop, target, add)


def _scan(step: Step) -> Callable[[Workspace, Equation], None]:
    return lambda workspace, equation: _scanned(workspace, equation, step)


OPERATIONS: dict[str, Callable[[Workspace, Equation], None]] = {
    **dict.fromkeys(JOINS, _reduce), **dict.fromkeys(("argmax", "argmin", "nanargmax", "nanargmin"), _position),
    **dict.fromkeys(("softmax", "special_softmax", "log_softmax"), _softmax),
    "cumsum": _scan(lambda block, s, x: s + x), "cumprod": _scan(lambda block, s, x: s * x), "logcumsumexp": _scan(logaddexp),
    "recurrence": _scan(lambda block, s, x, a: x + a * s), "logsumexp": _logsumexp, "special_logsumexp": _logsumexp,
    "products_of_others": _others, "std": _std,
    "norm": _norm, "searchsorted": _searchsorted, "interp": _interp, "convolve": _convolve, "winners": _winners,
}  # fmt: skip
