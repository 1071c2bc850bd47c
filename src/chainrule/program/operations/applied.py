"""Compositions: functions applied along axes, `bincount`, and tests of membership and equality."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.location import refuse
from ...core.primitive import DISPATCHERS
from ...core.traced import Traced
from .compositions import composition


@composition(np.apply_along_axis)
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


@composition(np.apply_over_axes)
def _apply_over_axes(func, a, axes):
    for axis in (axes,) if np.ndim(axes) == 0 else axes:
        found = func(a, axis)
        a = found if np.ndim(found) == np.ndim(a) else np.expand_dims(found, axis)
    return a


@composition(np.bincount)
def _bincount(x, weights=None, minlength=0):
    if isinstance(x, Traced):
        refuse(
            "np.bincount of traced places has no derivative here, and how long it is hangs on their values",
            "take the places out of the trace first, or write sums of smooth weights",
        )
    places = np.asarray(x)
    if np.shape(weights) != places.shape:
        raise ValueError(
            f"np.bincount needs a weight for each place, and there are {np.size(weights)} for {places.size}."
        )
    size = max(int(places.max(initial=-1)) + 1, minlength)
    return DISPATCHERS["add_at"](weights.astype(np.float64), (places,), (size,))


@composition(np.isin)
def _isin(element, test_elements, *, invert=False):
    found = np.any(np.expand_dims(element, -1) == np.reshape(test_elements, -1), axis=-1)
    return ~found if invert else found


@composition(np.array_equiv)
def _array_equiv(a1, a2):
    try:
        np.broadcast_shapes(np.shape(a1), np.shape(a2))
    except ValueError:
        return False
    return np.all(a1 == a2)
