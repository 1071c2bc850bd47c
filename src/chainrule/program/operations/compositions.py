"""NumPy functions that are compositions of others: written in NumPy, with no derivative of their own.

Here are those that create arrays, change their shape, apply functions along axes, or ask what an array is.
"""

import functools
import math
import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import DISPATCHERS, PRIMITIVES
from ...core.traced import FUNCTIONS, Traced
from ..dimension_errors import require_one_shape
from ..inplace.memory import layout_of, lies_by_rows
from ..sizes.numbers import Sized, sizes_in
from .common import float64_of, implements, of_sizes_at_hand, register
from .creating import filled


@implements(np.clip)
def _clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low, high = a_min if min is None else min, a_max if max is None else max
    if np.result_type(a).kind in "iu":  # a Python number that the type cannot hold bounds nothing
        held = np.iinfo(np.result_type(a))
        low = None if type(low) is int and low < held.min else low
        high = None if type(high) is int and high > held.max else high
    if high is None:
        return a if low is None else np.maximum(a, low)
    return np.minimum(a if low is None else np.maximum(a, low), high)


@implements(np.expand_dims)
def _expand_dims(a, axis):
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    ndim = np.ndim(a) + len(axes)
    places = normalize_axis_tuple(axes, ndim)
    sizes = iter(np.shape(a))
    return np.reshape(a, tuple(1 if place in places else next(sizes) for place in range(ndim)))


@implements(np.squeeze)
def _squeeze(a, axis=None):
    shape = np.shape(a)
    ones = tuple(place for place, size in enumerate(shape) if size == 1)
    places = ones if axis is None or (not shape and axis in (0, -1)) else normalize_axis_tuple(axis, len(shape))
    if not set(places) <= set(ones):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return np.reshape(a, tuple(size for place, size in enumerate(shape) if place not in places))


@implements(np.swapaxes)
def _swapaxes(a, axis1, axis2):
    axes = list(range(np.ndim(a)))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return np.transpose(a, axes)


@implements(np.stack)
def _stack(arrays, axis=0):
    arrays = [array if isinstance(array, Traced) else np.asarray(array) for array in arrays]
    require_one_shape("np.stack", arrays)
    return bind(PRIMITIVES["stack"], tuple(arrays), (("axis", normalize_axis_index(axis, np.ndim(arrays[0]) + 1)),))


@implements(np.vstack)
def _vstack(tup):
    return np.concatenate([np.reshape(array, (1, -1)) if np.ndim(array) < 2 else array for array in tup], axis=0)


@implements(np.hstack)
def _hstack(tup):
    parts = [np.reshape(array, -1) if np.ndim(array) == 0 else array for array in tup]
    return np.concatenate(parts, axis=0 if np.ndim(parts[0]) == 1 else 1)


@implements(np.var)
def _var(a, axis=None, *, ddof=0, keepdims=False):
    mean = np.mean(a, axis=axis, keepdims=True)
    deviation = a - mean
    count = np.size(a) // max(np.size(mean), 1)
    return np.sum(deviation * deviation, axis=axis, keepdims=keepdims) / max(count - ddof, 0)


def nest(parts):
    """An array built from nested lists, from the inside out."""
    if not isinstance(parts, (list, tuple)):
        return parts if isinstance(parts, Traced) else np.asarray(parts)
    arrays = [nest(each) for each in parts]
    require_one_shape("np.array", arrays)
    return np.stack(arrays)


@implements(np.array)
def _array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    order = (order or "K").upper()
    if isinstance(object, (list, tuple)):
        if dtype is None and not ndmin and order != "F":
            return nest(object)  # returned as it is, so that it has the user's name
        object, copy = nest(object), False
    if dtype is not None and np.dtype(dtype) != object.dtype:
        object = object.astype(dtype)
    elif copy:
        object = FUNCTIONS[np.copy](object, order)
    if object.ndim < ndmin:
        object = np.reshape(object, (1,) * (ndmin - object.ndim) + object.shape)
    if order in ("C", "F") and isinstance(object, Traced) and not lies_by_rows(object, order):
        object = FUNCTIONS[np.copy](object, order)
    return object


@implements(np.asarray, np.asanyarray)
def _asarray(a, dtype=None, order=None, *, copy=None):
    return _array(a, dtype, copy=copy, order=order)


for _function, _order in ((np.ascontiguousarray, "C"), (np.asfortranarray, "F")):
    FUNCTIONS[_function] = functools.partial(_array, copy=False, order=_order, ndmin=1)


@implements(np.full)
def _full(shape, fill_value, dtype=None, order="C"):
    sizes = tuple(
        size if isinstance(size, Sized) else operator.index(size)
        for size in (shape if isinstance(shape, (tuple, list)) else (shape,))
    )
    return np.copy(np.broadcast_to(_array(fill_value, dtype, copy=False), sizes_in(sizes)), order)


# ---- functions along axes, counts and tests --------------------------------------------------------------------------


@implements(np.apply_along_axis)
def _apply_along_axis(func1d, axis, arr, *args, **kwargs):
    axis = normalize_axis_index(axis, np.ndim(arr))
    around = (*np.shape(arr)[:axis], *np.shape(arr)[axis + 1 :])
    lines = np.reshape(np.moveaxis(arr, axis, -1), (math.prod(around), np.shape(arr)[axis]))
    if not math.prod(around):
        raise ValueError("np.apply_along_axis has no line to work on: an axis of the array is empty.")
    found = [func1d(lines[place], *args, **kwargs) for place in range(np.shape(lines)[0])]
    kept = np.shape(found[0])
    joined = np.reshape(np.stack(found), (*around, *kept))
    return np.moveaxis(joined, range(len(around), len(around) + len(kept)), range(axis, axis + len(kept)))


@implements(np.apply_over_axes)
def _apply_over_axes(func, a, axes):
    for axis in (axes,) if np.ndim(axes) == 0 else axes:
        found = func(a, axis)
        a = found if np.ndim(found) == np.ndim(a) else np.expand_dims(found, axis)
    return a


@implements(np.bincount)
def _bincount(x, weights=None, minlength=0):
    """How long it is becomes a condition of the program."""
    places = x if isinstance(x, Traced) else np.asarray(x)
    weights = filled(np.shape(places), 1, int, places) if weights is None else weights.astype(np.float64)
    if np.shape(weights) != np.shape(places):
        raise ValueError(
            f"np.bincount needs a weight for each place, and there are {np.size(weights)} for {np.size(places)}."
        )
    size = int(minlength)
    if not np.size(places):
        return np.zeros(size, int)  # of whole numbers, as NumPy's, whatever the weights
    if not np.max(places) < size:
        size = int(np.max(places)) + 1
    if np.min(places) < 0:
        raise ValueError("'list' argument must have no negative elements")
    return DISPATCHERS["add_at"](weights, (places,), (size,))


@implements(np.histogram)
def _histogram(a, bins=10, range=None, density=None, weights=None):
    """The sums of weights between edges; they are flat in the values, which only say where a weight counts."""
    if isinstance(bins, str):
        refuse("np.histogram with bins={bins!r} chooses their number by the values", "give a number of bins", bins=bins)
    a = np.reshape(a, -1)
    edges = bins if np.ndim(bins) else _even_edges(a, bins, range)
    size = np.shape(edges)[0] - 1
    places = np.searchsorted(edges, a, side="right") - 1
    places = np.where(a == edges[-1], size - 1, places)
    places = np.where((places < 0) | (a > edges[-1]), size, places)  # behind the last bin, to be left out
    sums = np.bincount(places, weights=None if weights is None else np.reshape(weights, -1), minlength=size + 1)[:size]
    if weights is not None and sums.dtype != weights.dtype:
        sums = sums.astype(weights.dtype)
    return (sums / float64_of(np.diff(edges)) / np.sum(sums) if density else sums), edges


def _even_edges(a, bins, ends):
    low, high = ends or ((np.min(a), np.max(a)) if np.size(a) else (0.0, 1.0))
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"autodetected range of [{low}, {high}] is not finite")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(
        low, high, operator.index(bins) + 1, dtype=np.result_type(a.dtype, float if a.dtype.kind != "f" else a.dtype)
    )


@implements(np.isin)
def _isin(element, test_elements, *, invert=False):
    found = np.any(np.expand_dims(element, -1) == np.reshape(test_elements, -1), axis=-1)
    return ~found if invert else found


@implements(np.array_equiv)
def _array_equiv(a1, a2):
    try:
        np.broadcast_shapes(np.shape(a1), np.shape(a2))
    except ValueError:
        return False
    return np.all(a1 == a2)


def _parts(between):
    """What stands in the brackets of `np.r_` or `np.c_`: slices become ranges, and a Python number takes the type of the rest."""
    if any(isinstance(part, str) for part in between):
        refuse("np.r_ and np.c_ take no text beside traced values", "write np.concatenate([…], axis=…)")
    parts = [np.r_[part] if isinstance(part, slice) else part for part in between]
    parts = [part if isinstance(part, (int, float)) else nest(part) for part in parts]
    dtype = np.result_type(*(part if isinstance(part, (int, float)) else part.dtype for part in parts))
    return [np.asarray(part, dtype) if isinstance(part, (int, float)) else part for part in parts]


@implements(np.r_)
def _rows(*between):
    return np.concatenate([np.reshape(part, -1) if np.ndim(part) == 0 else part for part in _parts(between)])


@implements(np.c_)
def _columns(*between):
    return np.concatenate(
        [np.reshape(part, (-1, 1)) if np.ndim(part) < 2 else part for part in _parts(between)], axis=-1
    )


def _like(function):
    def like(a, dtype=None, order="K", subok=True, shape=None):
        return function(layout_of(a), a.dtype if dtype is None else dtype, order, shape=shape)

    return like


register(
    {
        np.zeros_like: _like(np.zeros_like),
        np.ones_like: _like(np.ones_like),
        np.shape: lambda a: a.shape,
        np.ndim: lambda a: len(a.shape),
        np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
    }
)

of_sizes_at_hand(np.apply_along_axis)
