"""Writing to arrays: `updated` is an array with other numbers at an index, `added` one to whose numbers there others are added.

Printed, they are assignments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import hooks
from ...core.binding import bind, infer, record
from ...core.dims import Shape, ShapeMismatch, shape_text
from ...core.location import refuse, user_frame
from ...core.messages import message
from ...core.primitive import DISPATCHERS, PRIMITIVES, first_dtype, primitive
from ...core.traced import Tape, Traced
from .. import helpers
from .creating import Creation, filled
from .gathering import Slot, add_at, gather, gather_shape, slots, with_arrays
from .indexing import Index, basic, parts_of


def shifted(index: Index, by: int) -> Index:
    """The index with its slots counted from another input on."""
    parts = (Slot(each.position + by, each.count) if isinstance(each, Slot) else each for each in index.parts)
    return Index(tuple(parts))


def _update_shape(shape: Shape, value: Shape, *indices: Shape, index: Index) -> Shape:
    part = gather_shape(shape, *indices, index=shifted(index, -1))
    try:
        fits = np.broadcast_shapes(part, value) == part
    except ValueError:
        fits = False
    if not fits:
        told = {"value": shape_text(value), "part": shape_text(part)}
        raise ShapeMismatch(message("{value} cannot be written to a part of {part}", **told))
    return shape


def _at(g, index, indices):
    """What stands at an index of a write."""
    if not indices:
        return g[index.value()]
    if (
        len(indices) == 1
        and indices[0].dtype != bool
        and index.parts[:-1] == ((None, None, None),) * (len(index.parts) - 1)
    ):
        return np.take(g, indices[0], axis=len(index.parts) - 1)
    return gather(g, shifted(index, -1), indices)


def _cleared(g, index, indices):
    """0 at an index of a write."""
    if len(index.parts) == 1 and indices and indices[0].dtype == bool:
        mask = indices[0]
        return np.where(np.reshape(mask, (*mask.shape, *(1,) * (np.ndim(g) - np.ndim(mask)))), 0.0, g)
    return bind_update("updated", g, 0.0, index, indices)


def _examples(random):
    i, j, mask = np.array([0, 2]), np.array([1, 0]), np.array([[True, False, True], [False, True, False]])
    for shape, parts, value, arrays in [
        ((4,), (1,), (), []),
        ((3, 4), ((None, None, None), 1), (3,), []),
        ((3, 4), ((2, 0, -1), (1, 3, None)), (1, 2), []),
        ((3, 2), (Slot(2),), (2, 2), [i]),
        ((3, 2), (Slot(2), Slot(3)), (), [i, j]),
        ((2, 3), (Slot(2, 3),), (3,), [mask]),
    ]:
        yield (random.normal(size=shape), random.normal(size=value), *arrays), {"index": Index(parts)}


updated = primitive(
    "updated", helper=helpers.updated, shape=_update_shape, dtype=first_dtype,
    derivative=(
        lambda g, y, x, v, *indices, index: _cleared(g, index, indices),
        lambda g, y, x, v, *indices, index: _at(g, index, indices),
        None,
    ),
    python="updated({0}, {1}, np.s_[{index}])", latex=r"{0} \;\text{with}\; {1} \;\text{at}\; [{index}]", examples=_examples,
    writes=True,
)  # fmt: skip
added = primitive(
    "added", helper=helpers.added, shape=_update_shape, dtype=first_dtype,
    derivative=(
        lambda g, y, x, v, *indices, index: g,
        lambda g, y, x, v, *indices, index: _at(g, index, indices),
        None,
    ),
    python="added({0}, {1}, np.s_[{index}])", latex=r"{0} \;\text{plus}\; {1} \;\text{at}\; [{index}]", examples=_examples,
    writes=True,
)  # fmt: skip


def bind_update(name: str, x: Any, value: Any, index: Index, indices: tuple[Any, ...]) -> Any:
    """`x` updated, or added to, at an index with these arrays in its slots."""
    if any(isinstance(each, Traced) for each in (x, value, *indices)):
        return bind(PRIMITIVES[name], (x, value, *indices), (("index", Index(index.parts)),))
    own = helpers.updated if name == "updated" else helpers.added
    return own(x, value, with_arrays(shifted(index, -1), indices))


def write(tape: Tape, x: Traced, value: Any, parts: tuple[Any, ...], adds: bool = False) -> Traced:
    """The node of an array after a write to some parts of it, without its value; `adds` does what np.add.at does."""
    arrays = tuple(part for part in parts if isinstance(part, (np.ndarray, Traced)))
    declared = added if adds else updated
    if not arrays:
        index = Index(basic(parts).parts)
    else:
        index = Index(shifted(slots(parts), 1).parts)
        if not adds and any(part.dtype.kind in "iu" for part in arrays):
            index, value, arrays = _once(x, value, index, arrays)
    params = (("index", index),)
    try:
        infer(declared, (x, value, *arrays), params)
    except ShapeMismatch as error:
        hooks.active.failed(error, declared, (x, value, *arrays), params)
        raise
    node: Traced = record(declared, (x, value, *arrays), params, tape, None, (x.shape, x.dtype), outside=True)
    return node


def _once(x: Any, value: Any, index: Index, arrays: tuple[Any, ...]) -> tuple[Index, Any, tuple[Any, ...]]:
    """The write with each place named once: of several numbers for one place the last one counts."""
    traced = [each for each in arrays if isinstance(each, Traced)]
    known = [each.value if isinstance(each, Traced) else each for each in arrays]
    if any(each is None for each in known):
        if max(each.size for each in arrays) <= 1:
            return index, value, arrays
        refuse(
            "which places are written to needs the values, and here only shapes are known",
            "write np.where(mask, new, old), or use numbers, not shapes, and a loop, not vmap",
        )
    numbers = np.arange(x.size).reshape(x.shape)[with_arrays(shifted(index, -1), tuple(known))]
    flat = numbers.reshape(-1)
    last = np.unique(flat[::-1], return_index=True)[1]
    if len(last) == len(flat):
        for place in traced[:1]:
            if numbers.ndim == 1 and any(map(_counts, arrays)):
                break
            shape = gather_shape(x.shape, *(each.shape for each in arrays), index=shifted(index, -1))
            counts = add_at(filled(shape, 1.0, float, place), shifted(index, -1), arrays, x.shape)
            _condition(place, np.max(counts) <= 1)
        return index, value, arrays
    for place in traced:
        _condition(place, np.all(np.equal(place, np.array(place.value))))
    kept = np.sort(len(flat) - 1 - last)
    if np.ndim(value):
        value = np.reshape(np.broadcast_to(value, numbers.shape), -1)[kept]
    places = np.unravel_index(flat[kept], x.shape)
    return Index(tuple(Slot(axis + 2) for axis in range(len(places)))), value, places


def _counts(place: Any) -> bool:
    """Whether an index array is `np.arange(n)`, which names each place once, whatever n is."""
    made = dict(place.params).get("fill") if isinstance(place, Traced) else None
    return isinstance(made, Creation) and made.routine == "arange"


def _condition(node: Traced, truth: Any) -> None:
    frame = user_frame()
    node.tape.conditions.append((truth, True, frame and frame.f_code, frame.f_lineno if frame else 0))


def _dispatch(name: str) -> Any:
    def call(x: Any, value: Any, index: Any) -> Any:
        parts = parts_of(index)
        arrays = tuple(part for part in parts if isinstance(part, (np.ndarray, Traced)))
        return bind_update(name, x, value, shifted(slots(parts), 1) if arrays else basic(parts), arrays)

    return call


DISPATCHERS["updated"], DISPATCHERS["added"] = _dispatch("updated"), _dispatch("added")
