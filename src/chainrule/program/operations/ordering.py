"""Sorting, and what follows from an order: medians, quantiles, ranges. The order itself is a constant.

np.partition promises less than np.sort, and different processors keep the promise differently; here it is what
np.argpartition finds.
"""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from .. import helpers
from ..binding import bind
from ..dims import Shape, ShapeMismatch
from ..examples import apart_from_zero
from ..primitive import DISPATCHERS, first_dtype, primitive
from ..refusing import refuse
from ..traced import FUNCTIONS, Traced


def _lines(**params):
    """Arrays no two of whose numbers are near each other, with an axis each."""

    def generate(random):
        for shape, axis in [((4,), 0), ((2, 3), 1), ((3, 2), 0)]:
            yield (apart_from_zero(random, shape),), {**params, "axis": axis}

    return generate


def _indices(dtype, **params):
    return np.dtype(np.intp)


argsort = primitive(
    "argsort", shape=lambda x, axis: x, dtype=_indices, derivative=None,
    python="np.argsort({0}, axis={axis})", latex=r"\operatorname{argsort}({0})", examples=_lines(),
)  # fmt: skip
sort = primitive(
    "sort", shape=lambda x, axis: x, dtype=first_dtype,
    derivative=lambda g, y, x, axis: np.take_along_axis(g, np.argsort(np.argsort(x, axis=axis), axis=axis), axis=axis),
    python="np.sort({0}, axis={axis})", latex=r"\operatorname{sort}({0})", examples=_lines(),
)  # fmt: skip
argpartition = primitive(
    "argpartition", shape=lambda x, kth, axis: x, dtype=_indices, derivative=None,
    python="np.argpartition({0}, {kth}, axis={axis})", latex=r"\operatorname{argpartition}({0})", examples=_lines(kth=1),
)  # fmt: skip
searchsorted = primitive(
    "searchsorted", shape=lambda a, v, side="left": v, dtype=lambda a, v, side="left": np.dtype(np.intp), derivative=None,
    params={"side": "left"}, python="np.searchsorted({0}, {1}, side='{side}')", latex=r"\operatorname{searchsorted}({0}, {1})",
    examples=lambda random: [
        ((np.sort(apart_from_zero(random, (5,))), random.normal(size=(2, 2))), {"side": side}) for side in ("left", "right")
    ],
)  # fmt: skip


# ---- taking along an axis ----------------------------------------------------------------------------------------------


def _taken(x: Shape, indices: Shape, axis: int) -> Shape:
    if len(x) != len(indices):
        raise ShapeMismatch("the numbers of axes differ", (0, 1))
    for each, (size, other) in enumerate(zip(x, indices, strict=True)):
        if each != axis and size != other and 1 not in (size, other):
            raise ShapeMismatch("the sizes differ", (0, 1), (each, each))
    return tuple(
        other if each == axis else max(size, other) for each, (size, other) in enumerate(zip(x, indices, strict=True))
    )


_AXES = [((3,), (4,), 0), ((2, 3), (2, 2), 1), ((3, 2), (1, 2), 0)]
take_along_axis = primitive(
    "take_along_axis", shape=_taken, dtype=lambda x, indices, axis: np.dtype(x),
    derivative=(lambda g, y, x, i, axis: add_along(g, i, axis, np.shape(x)), None),
    python="np.take_along_axis({0}, {1}, axis={axis})", latex=r"{0}_{[{1}]}",
    examples=lambda random: [
        ((random.normal(size=x), random.integers(0, x[axis], i)), {"axis": axis}) for x, i, axis in _AXES
    ],
)  # fmt: skip
_add_along = primitive(
    "add_along", helper=helpers.add_along, shape=lambda g, indices, axis, shape: shape,
    dtype=lambda g, indices, axis, shape: np.dtype(g),
    derivative=(lambda g, y, x, i, axis, shape: np.take_along_axis(g, i, axis=axis), None),
    python="add_along({0}, {1}, {axis}, {shape})", latex=r"\operatorname{add\_along}({0})",
    examples=lambda random: [
        ((random.normal(size=i), random.integers(0, x[axis], i)), {"axis": axis, "shape": x}) for x, i, axis in _AXES
    ],
)  # fmt: skip


def add_along(g, indices, axis, shape):
    """Zeros of a shape with g added at indices along an axis."""
    if isinstance(g, Traced) or isinstance(indices, Traced):
        return bind(_add_along, (g, indices), (("axis", axis), ("shape", shape)))
    return helpers.add_along(g, indices, axis, shape)


DISPATCHERS["add_along"] = add_along


# ---- as NumPy has them -------------------------------------------------------------------------------------------------


def _ordered(declared):
    def order(a, axis=-1, kind=None):
        if axis is None:
            a, axis = np.reshape(a, -1), 0
        return bind(declared, (a,), (("axis", normalize_axis_index(axis, np.ndim(a))),))

    return order


def _take_along_axis(arr, indices, axis=-1):
    if axis is None:
        arr, indices, axis = np.reshape(arr, -1), np.reshape(indices, -1), 0
    return bind(take_along_axis, (arr, indices), (("axis", normalize_axis_index(axis, np.ndim(arr))),))


def _argpartition(a, kth, axis=-1):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    kth = tuple(int(each) for each in kth) if isinstance(kth, (list, tuple, np.ndarray)) else int(kth)
    return bind(argpartition, (a,), (("kth", kth), ("axis", normalize_axis_index(axis, np.ndim(a)))))


def _partition(a, kth, axis=-1):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return np.take_along_axis(a, np.argpartition(a, kth, axis), axis)


def _searchsorted(a, v, side="left"):
    return bind(searchsorted, (a, v), (("side", side),))


def _digitize(x, bins, right=False):
    if not isinstance(bins, Traced) and np.any(np.diff(bins) < 0):
        return len(bins) - np.searchsorted(bins[::-1], x, side="right" if right else "left")
    return np.searchsorted(bins, x, side="left" if right else "right")


def _sorted_lines(a, axis):
    """The numbers sorted along one last axis: the chosen axes put together."""
    ndim = np.ndim(a)
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    kept = tuple(each for each in range(ndim) if each not in axes)
    shape = np.shape(a)
    lines = np.reshape(np.transpose(a, (*kept, *axes)), (*(shape[each] for each in kept), -1))
    return np.sort(lines, axis=-1), tuple(1 if each in axes else shape[each] for each in range(ndim))


def _median(a, axis=None, *, keepdims=False):
    lines, shape = _sorted_lines(a, axis)
    size = np.shape(lines)[-1]
    middle = lines[..., size // 2] if size % 2 else (lines[..., size // 2 - 1] + lines[..., size // 2]) / 2
    return np.reshape(middle, shape) if keepdims else middle


def _quantile(a, q, axis=None, *, method="linear", keepdims=False):
    if method != "linear":
        refuse(f"method={method!r} of np.quantile has no derivative here", "leave it out: it is then 'linear'")
    if isinstance(q, Traced):
        refuse("np.quantile has no derivative with respect to q here", "pass q as a plain number")
    lines, shape = _sorted_lines(a, axis)
    parts = []
    for each in np.ravel(q):
        place = float(each) * (np.shape(lines)[-1] - 1)
        low, share = math.floor(place), place - math.floor(place)
        low_part = lines[..., low]
        part = low_part + share * (lines[..., low + 1] - low_part) if share else low_part
        parts.append(np.reshape(part, shape) if keepdims else part)
    return parts[0] if np.ndim(q) == 0 else np.reshape(np.stack(parts), (*np.shape(q), *np.shape(parts[0])))


def _percentile(a, q, axis=None, *, method="linear", keepdims=False):
    return _quantile(a, q if isinstance(q, Traced) else np.asarray(q) / 100, axis, method=method, keepdims=keepdims)


def _nanquantile(a, q, axis=None, *, keepdims=False):
    """Numbers are sorted in front of what is none, so each line has its quantile among the first, as many as they are."""
    if isinstance(q, Traced):
        refuse("np.nanquantile has no derivative with respect to q here", "pass q as a plain number")
    lines, shape = _sorted_lines(a, axis)
    last = np.sum(~np.isnan(lines), axis=-1, keepdims=True) - 1
    parts = []
    for each in np.ravel(q):
        place = float(each) * last
        low = np.floor(place)
        first, second = (
            np.take_along_axis(lines, at.astype(np.intp), axis=-1) for at in (low, np.minimum(low + 1, last))
        )
        part = first + (place - low) * (second - first)
        parts.append(np.reshape(part, shape) if keepdims else part[..., 0])
    return parts[0] if np.ndim(q) == 0 else np.reshape(np.stack(parts), (*np.shape(q), *np.shape(parts[0])))


def _nanpercentile(a, q, axis=None, *, keepdims=False):
    return _nanquantile(a, q if isinstance(q, Traced) else np.asarray(q) / 100, axis, keepdims=keepdims)


def _nanmedian(a, axis=None, *, keepdims=False):
    return _nanquantile(a, 0.5, axis, keepdims=keepdims)


def _ptp(a, axis=None, *, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


FUNCTIONS[np.sort], FUNCTIONS[np.argsort] = _ordered(sort), _ordered(argsort)
FUNCTIONS[np.take_along_axis] = _take_along_axis
FUNCTIONS[np.partition], FUNCTIONS[np.argpartition] = _partition, _argpartition
FUNCTIONS[np.searchsorted], FUNCTIONS[np.digitize] = _searchsorted, _digitize
FUNCTIONS[np.count_nonzero] = lambda a, axis=None, *, keepdims=False: np.sum(a != 0, axis=axis, keepdims=keepdims)
FUNCTIONS[np.median], FUNCTIONS[np.quantile], FUNCTIONS[np.percentile] = _median, _quantile, _percentile
FUNCTIONS[np.ptp] = _ptp
FUNCTIONS[np.nanmedian], FUNCTIONS[np.nanquantile], FUNCTIONS[np.nanpercentile] = (
    _nanmedian,
    _nanquantile,
    _nanpercentile,
)
