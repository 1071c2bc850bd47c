"""Everything that writes to arrays: `a[i] = x`, operators like `+=`, `out=`, `np.add.at`, and NumPy functions and methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import PRIMITIVES
from ...core.traced import FUNCTIONS, Traced
from ..operations.gathering import as_numbers, count_of, index_part, index_plain, is_truth
from ..operations.indexing import basic, parts_of
from ..operations.updating import write
from ..sizes.numbers import VaryingError, note_numbers, note_shapes, plain_index
from .memory import (
    WRITERS,
    Block,
    View,
    advance,
    holds_traced,
    leave,
    look,
    moving,
    newest,
    require_undoable,
    settled,
    written,
)
from .plain import Plain, changed, trace_block
from .spans import Spans, certain_spans
from .windows import oriented, places_in, window


def assign(array: Traced, index: Any, value: Any, adds: bool = False, fresh: bool = False) -> None:
    """Do `array[index] = value`, or what np.add.at does if `adds`. Nothing else holds a `fresh` value."""
    if array.tape.source is not None:
        refuse("the rule of a derivative writes to an array", "make a new one in it")
    view = array.memory if type(array) is Plain else written(array)
    block = view.block
    if view.array.dtype != block.home.dtype:
        refuse(
            "the real or the imaginary part of an array is written to", "write z[…] = x + 1j * y to the array itself"
        )
    if _is_there(array, index, value, view):
        return
    if not adds:
        _require_writable(array, "assignment destination is read-only")
    given, index = _content(value), settled(index)
    if len(truth := parts_of(index)) == 1 and is_truth(truth[0]):
        if bool(truth[0]):
            assign(array, ..., given, adds)
        return
    parts = tuple(map(index_part, parts_of(index)))
    if (variable := moving(parts)) is not None and variable.place(parts, array.shape) is None:
        parts = as_numbers(parts)
    several = any(isinstance(part, (np.ndarray, Traced)) for part in parts)
    if block.node is None and not isinstance(given, Traced) and not holds_traced(parts):
        _write_plainly(block, view, parts, several, given, adds)
        return
    if block.node is None:
        trace_block(block)
    given = _cast(given, array.dtype)
    if (moving(parts) is not None and not several) or (array.primitive is not None and array.primitive.name == "at"):
        _assign_moving(array, parts, given, adds)
        return
    if not view.array.flags.writeable:
        _add_through(view, parts, given)
        return
    if several:
        _assign_places(array, view, parts, given, adds)
    else:
        told = parts if view.array is block.home else None
        spans = certain_spans(array, parts)
        _assign_part(block, view.array[_whole_index(plain_index(parts))], spans, given, adds, told, fresh)


def _assign_moving(array: Traced, parts: tuple[Any, ...], value: Any, adds: bool) -> None:
    """Write a value to places that move with the turns of a loop: `a[t] = value`, or `row = a[t]` and `row[...] = value`."""
    variable = moving(parts)
    if variable is not None:
        index, counters = variable.place(parts, array.shape)
    elif parts == (Ellipsis,):
        index, (array, *counters) = dict(array.params)["index"], array.inputs
    else:
        raise VaryingError
    view = written(array)
    block, node = view.block, view.block.node
    assert node is not None
    if view.array is not block.home:
        raise VaryingError
    value = _trimmed(value, np.empty(index.shape, bool))
    if not adds and (summand := _moving_summand(node, index, counters, value)) is not None:
        value, adds = summand, True
    made = index.write(node, counters, value, adds)
    leave(block)
    advance(block, made, known=False)


def _moving_summand(node: Traced, index: Any, counters: Sequence[Traced], value: Any) -> Any:
    """For `a[t] += v`: v."""
    if type(value) is not Traced or value.name or value.primitive not in (PRIMITIVES["add"], PRIMITIVES["subtract"]):
        return None
    before, summand = value.inputs
    if not _is_at(before, node, index, counters) or value.shape != index.shape or value.dtype != node.dtype:
        return None
    return summand if value.primitive is PRIMITIVES["add"] else np.negative(summand)


def _is_at(value: Any, node: Any, index: Any, counters: Sequence[Traced]) -> bool:
    """Whether a value is what stands at places of an array that move."""
    if type(value) is not Traced or value.primitive is None or value.primitive.name != "at":
        return False
    same = all(one is other for one, other in zip(value.inputs, (node, *counters), strict=False))
    return same and dict(value.params)["index"] == index


def _require_writable(array: Traced, text: str) -> None:
    """Raise NumPy's error for a write to a read-only view, such as a diagonal, of which `text` is the message."""
    view = array.memory if type(array) is Plain else written(array)
    if not view.array.flags.writeable:
        raise ValueError(text)


def _add_through(view: View, parts: tuple[Any, ...], value: Any) -> None:
    """Do what np.add.at does to a read-only view: NumPy writes through one of one axis, and raises for others."""
    places = tuple(np.zeros(part.shape, part.dtype) if isinstance(part, Traced) else part for part in parts)
    np.add.at(view.array, places, np.full(np.shape(value), -0.0).astype(view.array.dtype))  # x + -0.0 is x
    base = view.block.base
    at = index_plain if holds_traced(parts) else np.ndarray.__getitem__
    in_block = tuple(np.reshape(at(place, parts), -1) for place in places_in(view.array, view.block.home))
    if np.ndim(value):
        value = np.reshape(np.broadcast_to(value, view.array[places].shape), -1)
    _assign_places(base, base.memory, in_block, value, adds=True)


def _content(value: Any) -> Any:
    """The value to be written; a list or tuple becomes an array."""
    value = settled(value)
    if type(value) is list or type(value) is tuple:
        return FUNCTIONS[np.array](value) if holds_traced(value) else np.array(value)
    return value


def _whole_index(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index with an ellipsis, so that it gives an array, never a number."""
    return parts if any(part is Ellipsis for part in parts) else (*parts, ...)


def _is_there(array: Traced, index: Any, value: Any, view: View) -> bool:
    """Whether a view is assigned to its own place, as Python does after `a[1:] += x`."""
    if not isinstance(value, Traced) or (other := look(value)) is None or other.block is not view.block:
        return False
    if any(isinstance(part, (np.ndarray, Traced, list)) for part in parts_of(index)):
        return False
    if (variable := moving(parts_of(index))) is not None:
        found = variable.place(parts_of(index), array.shape)
        if found is None:
            return False
        place, counters = found
        return _is_at(value, array, place, counters) or _is_at(newest(value), newest(array), place, counters)
    part = view.array[plain_index(index)]
    if not isinstance(part, np.ndarray):
        return False
    return _same_memory(part, other.array) and _same_spans(value, certain_spans(array, parts_of(index)))


def _write_plainly(block: Block, view: View, parts: tuple[Any, ...], several: bool, value: Any, adds: bool) -> None:
    require_undoable(block)
    if adds:
        np.add.at(view.array, parts, value)
    else:
        view.array[parts] = value
    if several or adds:
        changed(block)
    else:
        part = view.array[_whole_index(parts)]
        changed(block, (part, value))


def _cast(value: Any, dtype: np.dtype[Any]) -> Any:
    """A value cast to the dtype of the array that it is written to, as NumPy does."""
    if np.iscomplexobj(value) and dtype.kind != "c":
        refuse("complex numbers are written to an array of real ones", "make the array with dtype=complex")
    if isinstance(value, Traced) and value.dtype != dtype:
        return value.astype(dtype)
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != dtype:
        return np.asarray(value).astype(dtype)
    return value if isinstance(value, (Traced, np.ndarray)) else np.asarray(value, dtype)[()]


def _assign_part(
    block: Block,
    part: Any,
    spans: Spans | None,
    value: Any,
    adds: bool = False,
    told: tuple[Any, ...] | None = None,
    fresh: bool = False,
) -> None:
    """Write a value to a part of a block, given as a view of `home`.

    Args:
        block: The block.
        part: The part.
        spans: Where it lies, if that is made of sizes.
        value: The value.
        adds: Whether it is added.
        told: The user's own index, if there is one.
        fresh: Whether nothing else holds the value.
    """
    node = block.node
    assert node is not None
    if part.size == 0:
        note_numbers(part.shape if spans is None else spans.shape)
        return
    value = _trimmed(value, part)
    if spans is None:
        place = window(part, block.home)
        target = np.broadcast_to(block.home, block.home.shape)[place.parts].shape
    else:
        place, target = spans.window(node.shape)
    fitting = oriented(value, part.shape if spans is None else spans.shape, target, place.order)
    content = value.value if isinstance(value, Traced) else value
    known = node.value is not None and content is not None
    if place.is_whole(block.home) and not adds:
        made = fitting if np.shape(fitting) == node.shape else np.broadcast_to(fitting, node.shape)
        if not fresh or type(made) is not Traced or made is not value:
            made = bind(PRIMITIVES["identity"], (made,), (), node.tape)
        known = content is not None
    else:
        summand = None if adds else _summand(node, part, spans, value, told)
        if summand is not None:
            made = write(node.tape, node, summand[0], summand[1].params[0][1].value(), adds=True)
        else:
            made = write(node.tape, node, fitting if told is None else value, told or place.parts, adds)
    leave(block)
    if known:
        if adds:
            np.add(part, content, out=part)
        else:
            part[...] = content
    advance(block, made, known)


def _summand(
    node: Traced, part: Any, spans: Spans | None, value: Any, told: tuple[Any, ...] | None
) -> tuple[Any, Traced] | None:
    """For `a[i] += v`: v, and the node that read a[i]."""
    if (
        type(value) is not Traced
        or value.name
        or value.primitive is None
        or value.primitive.name not in ("add", "subtract")
    ):
        return None
    before, summand = value.inputs
    if type(before) is not Traced or before.primitive is None or before.primitive.name != "getitem":
        return None
    if before.inputs[0] is not node or value.shape != part.shape or value.dtype != node.dtype:
        return None
    if before.memory is None:
        if told is None or basic(told).parts != before.params[0][1].parts:
            return None
    elif not _same_memory(before.memory.array, part) or not _same_spans(before, spans):
        return None
    return (summand if value.primitive.name == "add" else np.negative(summand)), before


def _same_spans(array: Traced, spans: Spans | None) -> bool:
    """Whether a part of an array that lies where others do at these sizes does so whatever they are."""
    found = certain_spans(array)
    return found is spans is None or (found is not None and spans is not None and found.is_same(spans))


def _same_memory(one: Any, other: Any) -> bool:
    places = one.__array_interface__["data"][0] == other.__array_interface__["data"][0]
    return bool(places and one.shape == other.shape and one.strides == other.strides)


def _trimmed(value: Any, part: Any) -> Any:
    """A value without leading axes of size 1 that the part does not have, which NumPy drops."""
    return np.reshape(value, np.shape(value)[np.ndim(value) - part.ndim :]) if np.ndim(value) > part.ndim else value


def _assign_places(array: Traced, view: View, parts: tuple[Any, ...], value: Any, adds: bool) -> None:
    """Write a value to places given by index arrays."""
    block, whole = view.block, view.array
    node = block.node
    assert node is not None
    if whole is not block.home:  # write to the part first, then the part to the block
        _assign_part(block, whole, certain_spans(array), _placed(newest(array), parts, value, adds))
        return
    made = _placed(node, parts, value, adds)
    content = value.value if isinstance(value, Traced) else value
    places = tuple(part.value if isinstance(part, Traced) else part for part in parts)
    known = node.value is not None and content is not None and all(place is not None for place in places)
    if made.value is not None:
        known, content, places = True, made.value, (...,)
        adds = False
    leave(block)
    if known:
        if adds:
            np.add.at(block.home, places, content)
        else:
            block.home[places] = content
    advance(block, made, known)


def _placed(node: Traced, parts: tuple[Any, ...], value: Any, adds: bool) -> Traced:
    """The node of an array after a write to places given by index arrays."""
    mask = parts[0]
    if (
        len(parts) == 1
        and isinstance(mask, (np.ndarray, Traced))
        and mask.dtype == bool
        and not np.ndim(value)
        and not adds
    ):
        mask = np.reshape(mask, (*mask.shape, *(1,) * (len(node.shape) - len(mask.shape))))
        chosen: Traced = FUNCTIONS[np.where](mask, value, node)
        return chosen
    made = write(node.tape, node, value, parts, adds)
    contents = [each.value if isinstance(each, Traced) else each for each in (node, value, *made.inputs[2:])]
    if all(each is not None for each in contents) and node.value is not None:
        assert made.primitive is not None
        made.value = made.primitive.function(made.params, len(made.inputs))(
            *(each.value if isinstance(each, Traced) else each for each in made.inputs)
        )
    return made


def write_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A ufunc that writes: with `out=`, as an operator like `+=`, or as `at`."""
    if method == "at":
        _write_at(ufunc, *inputs)
        return None
    outs = keywords["out"]
    where = keywords.get("where", True)
    if len(outs) != 1:
        refuse("several out= at once are not written to", "call the functions one after the other")
    (out,) = outs
    if not isinstance(out, Traced):
        refuse(
            "a traced value cannot be put into an array that comes from outside of the function",
            "copy it first, as in b = np.array(b)",
        )
    rest = {key: value for key, value in keywords.items() if key not in ("out", "where")}
    inputs = settled(inputs)
    made = getattr(ufunc, method)(*inputs, **rest) if method != "__call__" else ufunc(*inputs, **rest)
    _same_kind(made, out, ufunc)
    _require_writable(out, "output array is read-only")  # now: what is read before the first write has no block yet
    _put(out, made, where, fresh=type(made) is Traced and all(made is not each for each in inputs))
    return out


def _put(out: Traced, made: Any, where: Any = True, fresh: bool = False) -> None:
    if where is not True:
        made, fresh = np.where(settled(where), made, newest(out)), True
    assign(out, ..., made, fresh=fresh)


def _same_kind(made: Any, out: Traced, ufunc: np.ufunc) -> None:
    """Refuse, as NumPy does, a ufunc that would write floats into integers."""
    found = made.dtype if hasattr(made, "dtype") else np.asarray(made).dtype
    if not np.can_cast(found, out.dtype, "same_kind"):
        raise TypeError(
            f"Cannot cast ufunc {ufunc.__name__!r} output from {found!r} to {out.dtype!r} with casting rule 'same_kind'"
        )


def _write_at(ufunc: np.ufunc, array: Any, index: Any, value: Any = None) -> None:
    if not isinstance(array, Traced):
        refuse(
            "a traced value cannot be put into an array that comes from outside of the function",
            "copy it first, as in b = np.array(b)",
        )
    if ufunc is np.subtract:
        ufunc, value = np.add, np.negative(settled(value))
    if ufunc is not np.add:
        refuse("np.{name}.at is not differentiated", "write it as a loop", name=ufunc.__name__)
    assign(array, index, value, adds=True)


# ---- NumPy's functions and methods -------------------------------------------------------------------------------------


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    _put(dst, _content(src), where)


def _place(arr: Any, mask: Any, vals: Any) -> None:
    mask, vals = settled(mask), np.reshape(_content(vals), -1)
    count = count_of(mask)
    assign(
        arr,
        mask if isinstance(mask, Traced) else np.asarray(mask, bool),
        np.take(vals, np.arange(count) % np.size(vals)),
    )


def _putmask(a: Any, mask: Any, values: Any) -> None:
    _require_writable(a, "putmask: output array is read-only")
    values = np.reshape(_content(values), -1)
    repeated = np.reshape(np.take(values, np.arange(a.size) % np.size(values)), a.shape)
    _put(a, repeated, settled(mask))


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    rows, columns = a.shape[0], a.shape[1] if a.ndim > 1 else 0
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    size = min(a.shape)
    places = np.arange(size)
    if a.ndim == 2 and wrap:
        flat = np.arange(0, rows * columns, columns + 1)
        indices = np.unravel_index(flat, a.shape)
    else:
        indices = (places,) * a.ndim
    val = _content(val)
    if np.ndim(val):
        val = np.take(np.reshape(val, -1), np.arange(len(indices[0])) % np.size(val))
    assign(a, indices, val)


def _put_function(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    _require_writable(a, "put: output array is read-only")
    places = np.asarray(settled(ind)).reshape(-1)
    if mode != "raise":
        places = places % a.size if mode == "wrap" else np.clip(places, 0, a.size - 1)
    values = np.reshape(_content(v), -1)
    assign(a, np.unravel_index(places % a.size, a.shape), np.take(values, np.arange(places.size) % np.size(values)))


def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> None:
    indices = np.asarray(settled(indices))
    if axis is None:
        assign(arr, np.unravel_index(indices, arr.shape), settled(values))
        return
    places = list(np.ogrid[tuple(slice(size) for size in indices.shape)])
    places[axis] = indices
    assign(arr, tuple(places), settled(values))


_WRITERS: dict[Any, Callable[..., Any]] = {
    np.copyto: _copyto,
    np.place: _place,
    np.putmask: _putmask,
    np.fill_diagonal: _fill_diagonal,
    np.put: _put_function,
    np.put_along_axis: _put_along_axis,
}
FUNCTIONS.update(_WRITERS)
WRITERS.update(_WRITERS.values())


class _Flat:
    """`a.flat`: the elements of an array in order, for reading and writing."""

    __slots__ = ("array",)

    def __init__(self, array: Traced):
        self.array = array

    def __len__(self) -> int:
        note_shapes([self.array])
        return self.array.size

    def __getitem__(self, index: Any) -> Any:
        taken = np.reshape(newest(self.array), -1)[index]
        return np.copy(taken) if np.ndim(taken) else taken

    def __iter__(self) -> Iterator[Any]:
        return iter(np.reshape(newest(self.array), -1))

    def __setitem__(self, index: Any, value: Any) -> None:
        value = _content(value)
        if self.array.ndim == 1 and isinstance(index, (int, slice)) and not np.ndim(value):
            assign(self.array, index, value)
            return
        note_shapes([self.array, value])
        places = np.arange(self.array.size)[settled(index)]
        if np.ndim(value):
            value = np.take(np.reshape(value, -1), np.arange(places.size) % np.size(value))
        assign(self.array, np.unravel_index(places, self.array.shape), value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(np.reshape(newest(self.array), -1), dtype)


def _sorts(function: Callable[..., Any]) -> Callable[..., None]:
    def sort(self: Traced, *args: Any, **keywords: Any) -> None:
        assign(self, ..., function(newest(self), *args, **keywords))

    return sort


def _install() -> None:
    methods: dict[str, Callable[..., Any]] = {
        "__setitem__": assign,
        "fill": lambda self, value: assign(self, ..., value),
        "put": lambda self, indices, values, mode="raise": _put_function(self, indices, values, mode),
        "sort": _sorts(lambda a, axis=-1, kind=None: np.sort(a, axis=axis)),
        "partition": _sorts(lambda a, kth, axis=-1: np.partition(a, kth, axis=axis)),
    }
    for name, method in methods.items():
        setattr(Traced, name, method)
    setattr(Traced, "flat", property(_Flat))  # noqa: B010  # beside the others
    setattr(Plain, "flat", property(_Flat))  # noqa: B010
    setattr(Plain, "__setitem__", assign)  # noqa: B010  # beside the others


_install()
