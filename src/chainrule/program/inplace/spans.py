"""Where a view lies in a block of memory, whatever the sizes are: from the operations that made it, not from addresses.

Of views that are made in other ways, such as a diagonal, the place is known for the sizes at hand alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...core.traced import Traced
from ..operations.indexing import basic
from ..sizes.bounds import assume, is_same, lesser
from ..sizes.numbers import VaryingError, is_sized, keeps_numbers, note_numbers, size_in
from .memory import VIEWS, Block, look
from .windows import Window


class Span(NamedTuple):
    """The part of an axis of a block that a view shows; `stop` is `None` where nothing ends it but the axis.

    It is made of none of the block's axes where `axis` is -1, and `count` 1.
    """

    axis: int
    start: Any
    stop: Any
    step: Any
    count: Any


class Spans(NamedTuple):
    """Where a view lies: a place on some axes of the block, and for each axis of the view its part of another one."""

    places: Mapping[int, Any]
    axes: tuple[Span, ...]

    def is_same(self, other: Spans) -> bool:
        """Whether both are the same part of a block, whatever the sizes are."""
        alike = len(self.axes) == len(other.axes) and self.places.keys() == other.places.keys()
        pairs = [(self.places[axis], other.places[axis]) for axis in self.places] if alike else []
        for one, another in zip(self.axes, other.axes, strict=alike):
            pairs += zip(one, another, strict=True)
        return alike and all(is_same(one, another) for one, another in pairs)

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape of the view."""
        return tuple(each.count for each in self.axes)

    def window(self, sizes: Sequence[Any]) -> tuple[Window, tuple[Any, ...]]:
        """It as an index of a block of these sizes, and the shape of the block's part."""
        by_axis = {each.axis: (number, each) for number, each in enumerate(self.axes) if each.axis >= 0}
        parts: list[Any] = []
        for axis, size in enumerate(sizes):
            if axis not in by_axis:
                parts.append(_from_end(self.places[axis], size))
                continue
            span = by_axis[axis][1]
            start, stop = _from_end(span.start, size), _from_end(span.stop, size)
            is_first = type(start) is int and start == 0
            is_last = stop is None or is_same(span.stop, size)
            step = None if type(span.step) is int and span.step == 1 else span.step
            parts.append(slice(None if is_first else start, None if is_last else stop, step))
        shown = [by_axis[axis] for axis in range(len(sizes)) if axis in by_axis]
        return Window(tuple(parts), tuple(number for number, _ in shown)), tuple(span.count for _, span in shown)


def _from_end(place: Any, size: Any) -> Any:
    """A place that is counted from an axis's end, where that needs no size."""
    if not is_sized((place,)):
        return place
    behind = place - size
    return behind if type(behind) is int and behind < 0 else place


def spans_of(array: Traced, parts: tuple[Any, ...] = ()) -> Spans | None:
    """Where the part of an array at a basic index lies in its block; `None` where that is known for the sizes at hand alone."""
    view = look(array)
    assert view is not None
    made: Any = array
    if view.reread is not None and array.primitive is None:
        made = view.reread()  # of an array that was plain when it was made
    shown = look(made)
    if shown is None or shown.reread is None:
        sizes = enumerate(_shape_of(view.block))
        found: Spans | None = Spans({}, tuple(Span(axis, 0, None, 1, size) for axis, size in sizes))
    else:
        found = _of_operation(made)
    if found is None or tuple(found.shape) != view.array.shape:
        return None
    return _indexed(found, basic(parts).parts) if parts else found


def _shape_of(block: Block) -> Sequence[Any]:
    node = block.base if block.node is None else block.node
    return tuple(map(size_in, node.shape))


def _of_operation(made: Traced) -> Spans | None:
    """Where the result of an operation lies, which is a view of its operand."""
    if made.primitive is None:
        return None
    name, params = made.primitive.name, dict(made.params)
    if name == "at":  # another place in each turn
        raise VaryingError
    inner = spans_of(made.inputs[0]) if name in VIEWS else None
    if inner is None:
        return None
    if name == "getitem":
        return _indexed(inner, params["index"].parts)
    if name in ("T", "transpose"):
        order = params.get("axes") or range(len(inner.axes))[::-1]
        return inner._replace(axes=tuple(inner.axes[axis] for axis in order))
    return _reshaped(inner, made.shape) if name == "reshape" else None


def _reshaped(spans: Spans, shape: Sequence[Any]) -> Spans | None:
    """A view with more or fewer axes of size 1."""
    left = [each for each in spans.axes if not _is_one(each.count)]
    axes = tuple(_NEW if _is_one(size) else left.pop(0) if left else None for size in shape)
    is_whole = not left and None not in axes
    found = Spans(_with_ones(spans), tuple(each for each in axes if each is not None))
    return found if is_whole and all(map(is_same, found.shape, map(size_in, shape))) else None


def _is_one(size: Any) -> bool:
    return type(size) is int and size == 1


def _with_ones(spans: Spans) -> dict[int, Any]:
    """The places on the block's axes, also of those parts that are one place."""
    ones = {each.axis: each.start for each in spans.axes if _is_one(each.count) and each.axis >= 0}
    return {**spans.places, **ones}


_NEW = Span(-1, 0, None, 1, 1)


def _indexed(spans: Spans, parts: tuple[Any, ...]) -> Spans | None:
    """The part of a view at an index of ints, slices as tuples, None and an ellipsis."""
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    left, places, axes = [*spans.axes], dict(spans.places), list[Span]()
    for part in parts if Ellipsis in parts else (*parts, Ellipsis):
        if part is None:
            axes.append(_NEW)
        elif part is Ellipsis:
            count = len(spans.axes) - taken
            axes += left[:count]
            del left[:count]
        elif isinstance(part, tuple):
            found = _sliced(left.pop(0), *map(size_in, part))
            if found is None:
                return None
            axes.append(found)
        else:
            span = left.pop(0)
            if span.axis >= 0:
                places[span.axis] = span.start + span.step * _counted(size_in(part), span.count)
    return Spans(places, tuple(axes))


def _counted(place: Any, count: Any) -> Any:
    """A place counted from the beginning."""
    return place if assume("ge", place, 0) else count + place


def _sliced(span: Span, start: Any, stop: Any, step: Any) -> Span | None:
    """A part of a part; `None` where it runs backwards from elsewhere than the end."""
    axis, first, last, by, count = span
    if (start, stop, step) == (None, None, -1):
        end = first - by
        before = None if type(end) is int and end < 0 else end
        return Span(axis, first + by * (count - 1), before, -by, count)
    step = 1 if step is None else step
    if axis < 0 or not assume("gt", step, 0):
        return span if (start, stop, step) == (None, None, 1) else None
    low = 0 if start is None else _counted(start, count)
    if start is not None and low is not start:
        assume("ge", low, 0)  # NumPy begins at the beginning where there is less
    high = count if stop is None else stop if assume("ge", stop, 0) else count + stop
    clipped = lesser(high, count)
    if stop is not None:
        last = first + by * (high if last is None and assume("gt", by, 0) else clipped)
        if not assume("gt", by, 0):
            assume("ge", last, 0)
    length = clipped - low
    return Span(axis, first + by * low, last, by * step, length if _is_one(step) else (length + step - 1) // step)


def certain_spans(array: Traced, parts: tuple[Any, ...] = ()) -> Spans | None:
    """Where a part of an array lies, if that is made of sizes; where it is known for those at hand alone, they are noted."""
    if not keeps_numbers():
        return None
    found, view = spans_of(array, parts), look(array)
    if found is None:
        assert view is not None
        note_numbers((*_shape_of(view.block), *map(size_in, array.shape), *parts))
        return None
    numbers = (*found.places.values(), *(number for each in found.axes for number in each))
    return found if is_sized(numbers) else None
