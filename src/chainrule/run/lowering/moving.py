"""Loops that move numbers: joining arrays, triangles, indexing by arrays, and the reverse of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np

from ...program.operations.creating import Creation
from ...program.operations.gathering import gather_shape
from ...program.operations.updating import shifted
from ..loops.language import I64, INDEX, Expression, Kind, apply, constant
from .elementwise import converted
from .nests import ITEM, View, as_index, diagonal, indexed, moved, spread, stretches
from .operations import ELEMENTWISE, chosen
from .refusal import Unsupported

if TYPE_CHECKING:
    from ...core.nouns import Equation
    from .workspace import Workspace

_OUTSIDE = "an index is outside of its array"


def _concatenate(workspace: Workspace, equation: Equation) -> None:
    target, axis, start = workspace.view(equation.target), int(dict(equation.params)["axis"]), 0
    for part in map(workspace.view, equation.inputs):
        workspace.copy(part, target.within(axis, start, part.shape[axis]))
        start += part.shape[axis]


def _stack(workspace: Workspace, equation: Equation) -> None:
    target, axis = workspace.view(equation.target), int(dict(equation.params)["axis"])
    for place, part in enumerate(map(workspace.view, equation.inputs)):
        workspace.copy(part, target.at(axis, place))


def _cross(workspace: Workspace, equation: Equation) -> None:
    """The product of vectors of three numbers, one number after the other."""
    target = workspace.view(equation.target)
    views = [workspace.view(each) for each in equation.inputs]
    if any(each.number != target.number for each in views):
        raise Unsupported(equation)
    a, b = (each.broadcast(target.shape) for each in views)
    axis = len(target.shape) - 1
    for place in range(3):
        one, other = (place + 1) % 3, (place + 2) % 3
        factors = [a.at(axis, one), b.at(axis, other), a.at(axis, other), b.at(axis, one)]
        workspace.nests.elementwise(
            target.shape[:-1], factors, [target.at(axis, place)], lambda x, lanes: [x[0] * x[1] - x[2] * x[3]]
        )


def _scatter(workspace: Workspace, equation: Equation) -> None:
    """Zeros but for some parts. One that lies where it belongs since it was computed is not copied."""
    params, target = dict(equation.params), workspace.view(equation.target)
    indices = params["indices"] if "indices" in params else (params["index"],)
    places = [indexed(target, index.value()) for index in indices]
    pairs = [*zip(map(workspace.view, equation.inputs), places, strict=True)]
    if sum(math.prod(place.shape) for place in places) < math.prod(target.shape):
        workspace.fill(target, 0)
    for source, place in pairs:
        if source != place:
            workspace.copy(source, place)


def _on_diagonal(workspace: Workspace, equation: Equation) -> None:
    params, target = dict(equation.params), workspace.view(equation.target)
    workspace.fill(target, 0)
    place = diagonal(target, int(params["offset"]), params["axis1"], params["axis2"])
    workspace.copy(workspace.view(equation.inputs[0]), place)


def _triangle(workspace: Workspace, equation: Equation) -> None:
    """The elements of matrices on one side of a diagonal; 0 on the other."""
    source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    by, lower = int(dict(equation.params)["k"]), equation.primitive.name == "tril"
    block, nests, columns = workspace.block, workspace.nests, target.shape[-1]
    vectors, width = nests.vectors([target.number])
    if any(view.strides[-1] != ITEM[view.number] for view in (source, target)):
        vectors = []
    with ExitStack() as stack:
        indices = [stack.enter_context(nests.loop(size)) for size in target.shape[:-1]]
        for index in indices:
            source, target = source.at(0, index), target.at(0, index)
        whole = Kind("i64" if width == 8 else "i32")
        diagonal_at = block.let(apply("convert", as_index(indices[-1]), kind=whole) + by)
        for start, stop, lanes in stretches(columns, vectors):
            with nests.loop(stop, start, lanes) as column:
                first = spread(apply("convert", as_index(column), kind=whole), lanes, width)
                place = first + constant(tuple(range(lanes)), first.kind) if lanes > 1 else first
                edge = spread(diagonal_at, lanes, width)
                value = source.at(0, column).load(block, lanes, width)
                there = place <= edge if lower else edge <= place
                target.at(0, column).store(block, chosen(there, value, constant(0, value.kind)))


def _roll(workspace: Workspace, equation: Equation) -> None:
    """Shift along each axis; what leaves at one end comes back at the other."""
    params, source, target = dict(equation.params), workspace.view(equation.inputs[0]), workspace.view(equation.target)
    parts = [(source, target)]
    shifts: dict[int, int] = {}
    for shift, axis in zip(params["shift"], params["axis"], strict=True):  # an axis may be named twice
        shifts[axis % len(source.shape)] = shifts.get(axis % len(source.shape), 0) + int(shift)
    for axis, shift in shifts.items():
        size, found = source.shape[axis], []
        by = shift % size
        for one, other in parts:
            found.append((one.within(axis, 0, size - by), other.within(axis, by, size - by)))
            if by:
                found.append((one.within(axis, size - by, by), other.within(axis, 0, by)))
        parts = found
    for one, other in parts:
        workspace.copy(one, other)


def _overlap_add(workspace: Workspace, equation: Equation) -> None:
    """Add windows up where they lie: for each place in a window, a part of the array."""
    source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    ndim = len(target.shape)
    workspace.fill(target, 0)
    with ExitStack() as stack:
        for axis in dict(equation.params)["axis"]:
            index = stack.enter_context(workspace.nests.loop(source.shape[ndim]))
            step = target.strides[axis]
            source, target = source.at(ndim, index), moved(target, index, step)
        bring(workspace, replace(target, shape=source.shape), source, "add")


def _pad(workspace: Workspace, equation: Equation) -> None:
    source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    workspace.fill(target, 0)
    for axis, (before, _) in enumerate(dict(equation.params)["width"]):
        target = target.within(axis, int(before), source.shape[axis])
    workspace.copy(source, target)


def _diag(workspace: Workspace, equation: Equation) -> None:
    source, target = workspace.view(equation.inputs[0]), workspace.view(equation.target)
    k = int(dict(equation.params)["k"])
    if len(source.shape) == 2:
        workspace.copy(diagonal(source, k, 0, 1), target)
        return
    workspace.fill(target, 0)
    workspace.copy(source, diagonal(target, k, 0, 1))


# ---- places given by indices -------------------------------------------------------------------------------------------


def _place(workspace: Workspace, numbers: View, size: int) -> tuple[Expression, Expression]:
    """The place that an index names on an axis, possibly counted from the end, and whether it exists."""
    block = workspace.block
    k = block.let(apply("convert", numbers.load(block, 1, 8), kind=INDEX))
    k = block.let(chosen(k < 0, k + size, k))
    return k, block.let((constant(0, INDEX) <= k) & (k < size))


How: TypeAlias = Literal["take", "add", "set"]


def bring(workspace: Workspace, large: View, small: View, how: How) -> None:
    """Read a part of an array, add to it, or set it."""
    if how != "add":
        workspace.copy(*((large, small) if how == "take" else (small, large)))
        return
    workspace.nests.elementwise(large.shape, [large, small], [large], lambda values, lanes: [values[0] + values[1]])


def _along(workspace: Workspace, numbers: View, axis: int, large: View, taken: View, how: How) -> None:
    """Loop over the places that indices name along an axis, in the large array and in the one taken from it."""
    with ExitStack() as stack:
        for size in numbers.shape:
            index = stack.enter_context(workspace.nests.loop(size))
            numbers, taken = numbers.at(0, index), taken.at(axis, index)
        k, fine = _place(workspace, numbers, large.shape[axis])
        workspace.wrong(~fine, _OUTSIDE)
        with workspace.block.when(fine):
            bring(workspace, large.at(axis, k), taken, how)


def _at_same(workspace: Workspace, numbers: View, axis: int, large: View, taken: View, how: How) -> None:
    """The same, with a separate index for each place of all axes."""
    numbers = numbers.broadcast(taken.shape)
    with ExitStack() as stack:
        for other, size in enumerate(taken.shape):
            index = stack.enter_context(workspace.nests.loop(size))
            numbers, taken = numbers.at(0, index), taken.at(0, index)
            if other != axis:
                large = large.at(1 if other > axis else 0, index)
        k, fine = _place(workspace, numbers, large.shape[0])
        workspace.wrong(~fine, _OUTSIDE)
        with workspace.block.when(fine):
            bring(workspace, large.at(0, k), taken, how)


Goes: TypeAlias = "Callable[[Workspace, View, int, View, View, How], None]"


def _taken(go: Goes) -> Callable[[Workspace, Equation], None]:
    def write(workspace: Workspace, equation: Equation) -> None:
        source, numbers = map(workspace.view, equation.inputs)
        axis = int(dict(equation.params)["axis"]) % len(source.shape)
        go(workspace, numbers, axis, source, workspace.view(equation.target), "take")

    return write


def _put(go: Goes) -> Callable[[Workspace, Equation], None]:
    def write(workspace: Workspace, equation: Equation) -> None:
        source, numbers = map(workspace.view, equation.inputs)
        target = workspace.view(equation.target)
        workspace.fill(target, 0)
        go(workspace, numbers, int(dict(equation.params)["axis"]) % len(target.shape), target, source, "add")

    return write


def _chosen_places(workspace: Workspace, mask: View, count: int) -> list[View]:
    """The `count` places where a mask is true: their indices along each axis, in row-major order."""
    block = workspace.block
    found = [View.rows("memory", "i64", (count,), workspace.reserve(8 * count)) for _ in mask.shape]
    here = block.set("chosen", constant(0, INDEX))
    with ExitStack() as stack:
        indices = []
        for size in mask.shape:
            indices.append(stack.enter_context(workspace.nests.loop(size)))
            mask = mask.at(0, indices[-1])
        with block.when(mask.load(block, 1, 8)):
            with block.when(here < count):
                for view, index in zip(found, indices, strict=True):
                    number = constant(index, I64) if isinstance(index, int) else apply("convert", index, kind=I64)
                    view.at(0, here).store(block, number)
            block.set("chosen", here + 1)
    workspace.wrong(~here.equals(count), "a mask is true at another number of places than in the trace")
    return found


def _by_arrays(workspace: Workspace, equation: Equation, large: View, taken: View, how: How) -> None:
    """Apply an index that contains arrays of integers or truth values."""
    parts: list[Any] = []
    for part in dict(equation.params)["index"].value():
        if not hasattr(part, "position"):
            parts.append(part)
            continue
        numbers = workspace.view(equation.inputs[part.position])
        parts += [numbers] if part.count is None else _chosen_places(workspace, numbers, part.count)
    if any(part is None or part is Ellipsis for part in parts):
        raise Unsupported(equation)
    arrays = [axis for axis, part in enumerate(parts) if isinstance(part, View)]
    named = [axis for axis, part in enumerate(parts) if not isinstance(part, slice)]
    together = named == list(range(named[0], named[0] + len(named)))
    shape = np.broadcast_shapes(*(parts[axis].shape for axis in arrays))
    first = named[0] if together else 0  # where NumPy puts the axes of the index arrays
    for axis, part in enumerate(parts):
        if isinstance(part, slice):
            start, stop, step = part.indices(large.shape[axis])
            large = large.within(axis, start, len(range(start, stop, step)), step)
    places = {axis: parts[axis].broadcast(shape) for axis in arrays}
    with ExitStack() as stack:
        for size in shape:
            index = stack.enter_context(workspace.nests.loop(size))
            taken = taken.at(first, index)
            places = {axis: view.at(0, index) for axis, view in places.items()}
        for axis in reversed(named):
            if axis in places:
                k, fine = _place(workspace, places[axis], large.shape[axis])
                workspace.wrong(~fine, _OUTSIDE)
                k = workspace.block.let(chosen(fine, k, constant(0, INDEX)))
                large = large.at(axis, k)
            else:
                large = large.at(axis, int(parts[axis]) % large.shape[axis])
        bring(workspace, large, taken, how)


def _gather(workspace: Workspace, equation: Equation) -> None:
    _by_arrays(workspace, equation, workspace.view(equation.inputs[0]), workspace.view(equation.target), "take")


def _add_at(workspace: Workspace, equation: Equation) -> None:
    target = workspace.view(equation.target)
    workspace.fill(target, 0)
    _by_arrays(workspace, equation, target, workspace.view(equation.inputs[0]), "add")


def _full(workspace: Workspace, equation: Equation) -> None:
    target, fill = workspace.view(equation.target), dict(equation.params)["fill"]
    if isinstance(fill, Creation):
        _created(workspace, target, fill)
    else:
        workspace.fill(target, fill.value)


def _created(workspace: Workspace, target: View, creation: Creation) -> None:
    """What one of NumPy's routines makes of numbers."""
    block, nests, values = workspace.block, workspace.nests, creation.array()
    if values.ndim == 2:  # zeros, and ones on and below some diagonals
        workspace.fill(target, 0)
        rows, columns = values.shape
        for offset in range(1 - rows, columns):
            if rows and columns and np.diagonal(values, offset).any():
                workspace.fill(diagonal(target, offset, 0, 1), 1)
        return
    if not values.size:
        return
    step = (values[-1] - values[0]) / (values.size - 1) if values.size > 1 else 0
    with nests.loop(values.size) as index:
        kind = target.kind(1, 4)
        place = apply("convert", as_index(index), kind=kind)
        made = place if step == 1 else place * constant(step, kind)
        target.at(0, index).store(block, made + constant(values[0].item(), kind))
    workspace.fill(target.at(0, values.size - 1), values[-1].item())


def _write(workspace: Workspace, equation: Equation) -> None:
    """An array with a part replaced or added to; in place if nothing else reads the old contents."""
    source, value, target = (workspace.view(each) for each in (*equation.inputs[:2], equation.target))
    if equation.target.name not in workspace.in_place:
        workspace.copy(source, target)
    index, how = dict(equation.params)["index"], cast(How, {"updated": "set", "added": "add"}[equation.primitive.name])
    if index.has_arrays:
        shapes = (each.shape for each in equation.inputs[2:])
        shape = gather_shape(equation.target.shape, *shapes, index=shifted(index, -1))
        _by_arrays(workspace, equation, target, value.broadcast(tuple(map(int, shape))), how)
    else:
        part = indexed(target, index.value())
        bring(workspace, part, value.broadcast(part.shape), how)


def _choose(workspace: Workspace, equation: Equation) -> None:
    """At each place, the element of the array that is chosen there."""
    places, *choices = map(workspace.view, equation.inputs)
    block, mode, count = workspace.block, str(dict(equation.params)["mode"]), len(choices)

    def named(values: Sequence[Expression], lanes: int) -> list[Expression]:
        k, found, *others = values
        k = block.let(converted(k, I64))
        if mode == "raise":
            workspace.wrong((k < 0) | (k >= count), _OUTSIDE)
        elif mode == "wrap":
            k = block.let(ELEMENTWISE["remainder"](block, k, constant(count, I64)))
        for number, each in enumerate(others, 1):  # a choice below or above the range becomes the first or the last
            found = block.let(chosen(k >= number, each, found))
        return [found]

    target = workspace.view(equation.target)
    workspace.nests.elementwise(target.shape, [places, *choices], [target], named, in_vectors=False)


NUMBERS_OF = {
    **dict.fromkeys(("take", "put", "gather", "take_along_axis", "add_along", "add_at", "put_at"), slice(1)),
    "choose": slice(1, None), **dict.fromkeys(("updated", "added", "updated_at", "added_at"), slice(2)),
}  # fmt: skip
"""Operations with operands that are indices: which of the operands are values."""
OPERATIONS: dict[str, Callable[[Workspace, Equation], None]] = {
    "concatenate": _concatenate, "stack": _stack, "cross": _cross,
    "scatter": _scatter, "on_diagonal": _on_diagonal, "tril": _triangle, "triu": _triangle,
    "roll": _roll, "pad": _pad, "overlap_add": _overlap_add,
    "diag": _diag, "take": _taken(_along), "put": _put(_along), "gather": _gather,
    "take_along_axis": _taken(_at_same), "add_along": _put(_at_same), "add_at": _add_at,
    "choose": _choose, "full": _full, "updated": _write, "added": _write,
}  # fmt: skip
