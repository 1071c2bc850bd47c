"""Sorting, and functions of sorted values: medians, quantiles, ranges. The permutation is a constant.

The order that np.partition leaves open differs between processors; here it is that of np.argpartition.
"""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, broadcast
from ...core.location import refuse
from ...core.primitive import first_dtype, primitive
from ...core.traced import Traced
from .. import helpers
from ..examples import apart_from_zero
from ..refusing import refuse_call
from .common import dispatched, dtype_by, implements, lines_along, of_sizes_at_hand, register


def _distinct_lines(**params):
    """Arrays with well-separated elements, and an axis of each."""

    def generate(random):
        for shape, axis in [((4,), 0), ((2, 3), 1), ((3, 2), 0)]:
            yield (apart_from_zero(random, shape),), {**params, "axis": axis}

    return generate


argsort = primitive(
    "argsort", shape=lambda x, axis, stable: x, dtype=dtype_by(np.argsort), derivative=None,
    params={"stable": False}, python="np.argsort({0}, axis={axis}, stable={stable})", latex=r"\operatorname{argsort}({0})",
    examples=_distinct_lines(),
)  # fmt: skip
sort = primitive(
    "sort", shape=lambda x, axis: x, dtype=first_dtype,
    derivative=lambda g, y, x, axis: np.take_along_axis(g, np.argsort(np.argsort(x, axis=axis), axis=axis), axis=axis),
    python="np.sort({0}, axis={axis})", examples=_distinct_lines(),
)  # fmt: skip
argpartition = primitive(
    "argpartition", shape=lambda x, kth, axis: x, dtype=dtype_by(np.argsort), derivative=None,
    python="np.argpartition({0}, {kth}, axis={axis})", latex=r"\operatorname{argpartition}({0})",
    examples=_distinct_lines(kth=(1, 2)),
)  # fmt: skip
searchsorted = primitive(
    "searchsorted", shape=lambda a, v, side: v, dtype=lambda a, v, side: np.dtype(np.intp), derivative=None,
    params={"side": "left"}, python="np.searchsorted({0}, {1}, side='{side}')", latex=r"\operatorname{searchsorted}({0}, {1})",
    examples=lambda random: [
        ((np.sort(apart_from_zero(random, (5,))), random.normal(size=(2, 2))), {"side": side}) for side in ("left", "right")
    ],
)  # fmt: skip


# ---- taking along an axis ----------------------------------------------------------------------------------------------


def _take_along_shape(x: Shape, indices: Shape, axis: int) -> Shape:
    if len(x) != len(indices):
        raise ShapeMismatch("the numbers of axes differ", (0, 1))
    taken = broadcast((*x[:axis], 1, *x[axis + 1 :]), indices)
    if taken[:axis] != x[:axis] or taken[axis + 1 :] != x[axis + 1 :]:
        raise ShapeMismatch("there are more lines of places than of numbers", (0, 1))
    return taken


_AXES = [((3,), (4,), 0), ((2, 3), (2, 2), 1), ((3, 2), (1, 2), 0)]
add_along = dispatched(primitive(
    "add_along", helper=helpers.add_along, shape=lambda g, indices, axis, shape: shape,
    dtype=first_dtype,
    derivative=(lambda g, y, x, i, axis, shape: np.take_along_axis(g, i, axis=axis), None),
    python="add_along({0}, {1}, {axis}, {shape})", latex=r"\operatorname{add\_along}({0})",
    examples=lambda random: [
        ((random.normal(size=i), random.integers(0, x[axis], i)), {"axis": axis, "shape": x}) for x, i, axis in _AXES
    ],
))  # fmt: skip
take_along_axis = primitive(
    "take_along_axis", shape=_take_along_shape, dtype=first_dtype,
    derivative=(lambda g, y, x, i, axis: add_along(g, i, axis, np.shape(x)), None),
    python="np.take_along_axis({0}, {1}, axis={axis})", latex=r"{0}_{[{1}]}",
    examples=lambda random: [
        ((random.normal(size=x), random.integers(0, x[axis], i)), {"axis": axis}) for x, i, axis in _AXES
    ],
)  # fmt: skip


# ---- NumPy's signatures ------------------------------------------------------------------------------------------------


@implements(np.sort)
def _sort(a, axis=-1, kind=None, *, stable=None):
    a, axis = lines_along(a, axis)
    return bind(sort, (a,), (("axis", axis),))


@implements(np.argsort)
def _argsort(a, axis=-1, kind=None, *, stable=None):
    a, axis = lines_along(a, axis, numbers=True)
    return bind(argsort, (a,), (("stable", bool(stable) or kind in ("stable", "mergesort")), ("axis", axis)))


@implements(np.take_along_axis)
def _take_along_axis(arr, indices, axis=-1):
    indices = np.reshape(indices, -1) if axis is None else indices
    arr, axis = lines_along(arr, axis)
    if np.ndim(arr) == np.ndim(indices):
        # NumPy repeats a line of numbers for several lines of places.
        sizes = enumerate(zip(np.shape(arr), np.shape(indices), strict=True))
        repeated = tuple(places if size == 1 and k != axis else size for k, (size, places) in sizes)
        arr = arr if repeated == np.shape(arr) else np.broadcast_to(arr, repeated)
    return bind(take_along_axis, (arr, indices), (("axis", axis),))


@implements(np.argpartition)
def _argpartition(a, kth, axis=-1):
    a, axis = lines_along(a, axis)
    kth = tuple(int(each) for each in kth) if isinstance(kth, (list, tuple, np.ndarray)) else int(kth)
    return bind(argpartition, (a,), (("kth", kth), ("axis", axis)))


@implements(np.partition)
def _partition(a, kth, axis=-1):
    a, axis = lines_along(a, axis)
    return np.take_along_axis(a, np.argpartition(a, kth, axis), axis)


@implements(np.digitize)
def _digitize(x, bins, right=False):
    if not isinstance(bins, Traced) and np.any((steps := np.diff(bins)) < 0):
        if np.any(steps > 0):
            raise ValueError("bins must be monotonically increasing or decreasing")
        return len(bins) - np.searchsorted(bins[::-1], x, side="left" if right else "right")
    return np.searchsorted(bins, x, side="left" if right else "right")


def _sorted_lines(a, axis):
    """The array sorted along one last axis, into which the given axes are merged, and the shape of a result with keepdims."""
    ndim = np.ndim(a)
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    kept = tuple(each for each in range(ndim) if each not in axes)
    shape = np.shape(a)
    size = math.prod(shape[each] for each in axes)
    lines = np.reshape(np.transpose(a, (*kept, *axes)), (*(shape[each] for each in kept), size))
    return np.sort(lines, axis=-1), tuple(1 if each in axes else shape[each] for each in range(ndim))


def _with_nan(lines, found, keepdims_shape):
    """A statistic of sorted lines; NaN for a line that contains NaN, which sorts last."""
    if lines.dtype.kind == "f":
        found = np.where(np.isnan(lines[..., -1]), lines.dtype.type(np.nan), found)
    return found if keepdims_shape is None else np.reshape(found, keepdims_shape)


@implements(np.median)
def _median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    if out is not None:
        refuse_call(np.median, keyword="out")
    lines, shape = _sorted_lines(a, axis)
    size = np.shape(lines)[-1]
    if not size:
        return np.mean(np.reshape(lines, (*shape, 0)) if keepdims else lines, axis=-1)
    middle = np.mean(lines[..., (size - 1) // 2 : size // 2 + 1], axis=-1)
    return _with_nan(lines, middle, shape if keepdims else None)


def _quantiles(name, at, shares=np.asarray):
    """NumPy's function for quantiles that `at` computes; `shares` converts q to numbers from 0 to 1."""

    def quantile(a, q, axis=None, *, method="linear", keepdims=False):
        if isinstance(q, Traced):
            refuse("{name} has no derivative with respect to q here", "pass q as a plain number", name=f"np.{name}")
        weak = type(q) in (int, float)
        if method == "linear":
            return at(a, shares(q), axis, weak, keepdims)
        if at is not _at_quantiles:
            refuse(
                "method={method!r} of {name} has no derivative here",
                "leave it out: it is then 'linear'",
                method=method,
                name=f"np.{name}",
            )
        return at(a, shares(q), axis, weak, keepdims, method)

    return quantile


_OF_ONE_VALUE = ("lower", "higher", "nearest", "inverted_cdf", "closest_observation")


def _at_quantiles(a, q, axis, weak, keepdims, method="linear"):
    """Quantiles, interpolated between the two values around each position; `weak` if q is a Python number, of weak type.

    The position that another method than the linear one takes is NumPy's quantile of the positions themselves.
    """
    lines, shape = _sorted_lines(a, axis)
    last = np.shape(lines)[-1] - 1
    if last < 0:
        raise IndexError("a quantile of no numbers does not exist.")
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    parts = []
    for each in np.ravel(q):
        place = each * last if method == "linear" else np.quantile(np.arange(last + 1.0), each, method=method)
        low = int(np.floor(place))
        if method in _OF_ONE_VALUE:
            parts.append(_with_nan(lines, lines[..., low], shape if keepdims else None))
            continue
        share = float(place - low) if weak else place - low
        first, second = lines[..., low], lines[..., min(low + 1, last)]
        between = second - (second - first) * (1 - share) if share >= 0.5 else first + (second - first) * share
        parts.append(_with_nan(lines, between, shape if keepdims else None))
    return parts[0] if np.ndim(q) == 0 else np.reshape(np.stack(parts), (*np.shape(q), *np.shape(parts[0])))


def _at_nanquantiles(a, q, axis, weak, keepdims):
    """NaNs sort last, so the quantile of a line is taken among its first elements."""
    if not a.size:
        return np.nanmean(a, axis=axis, keepdims=keepdims)
    if a.dtype.kind != "f":
        return _at_quantiles(a, q, axis, weak, keepdims)
    lines, shape = _sorted_lines(a, axis)
    last = np.sum(~np.isnan(lines), axis=-1, keepdims=True) - 1
    parts = []
    for each in np.ravel(q):
        place = each * last
        low = np.floor(place)
        share = (place - low).astype(a.dtype) if weak else place - low
        first, second = (
            np.take_along_axis(lines, at.astype(np.intp), axis=-1) for at in (low, np.minimum(low + 1, last))
        )
        distance = second - first
        part = np.where(share >= 0.5, second - distance * (1 - share), first + distance * share)
        parts.append(np.reshape(part, shape) if keepdims else part[..., 0])
    return parts[0] if np.ndim(q) == 0 else np.reshape(np.stack(parts), (*np.shape(q), *np.shape(parts[0])))


@implements(np.nanmedian)
def _nanmedian(a, axis=None, *, keepdims=False):
    lines, shape = _sorted_lines(a, axis)
    if lines.dtype.kind != "f" or not np.shape(lines)[-1]:
        return np.median(a, axis=axis, keepdims=keepdims)
    last = np.sum(~np.isnan(lines), axis=-1, keepdims=True) - 1
    low, high = (np.take_along_axis(lines, at, axis=-1) for at in (last // 2, (last + 1) // 2))
    middle = np.where(last % 2 == 0, low, (low + high) / 2)
    return np.reshape(middle, shape) if keepdims else middle[..., 0]


register(
    {
        np.searchsorted: lambda a, v, side="left": bind(searchsorted, (a, v), (("side", side),)),
        np.count_nonzero: lambda a, axis=None, *, keepdims=False: np.sum(a != 0, axis=axis, keepdims=keepdims),
        np.quantile: _quantiles("quantile", _at_quantiles),
        np.percentile: _quantiles("percentile", _at_quantiles, lambda q: np.asarray(q) / 100),
        np.nanquantile: _quantiles("nanquantile", _at_nanquantiles),
        np.nanpercentile: _quantiles("nanpercentile", _at_nanquantiles, lambda q: np.asarray(q) / 100),
        np.ptp: lambda a, axis=None, *, keepdims=False: (
            np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)
        ),
    }
)

of_sizes_at_hand(np.nanpercentile, np.nanquantile, np.percentile, np.quantile)
