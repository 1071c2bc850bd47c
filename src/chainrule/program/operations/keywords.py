"""The keywords of NumPy's functions that are combinations: `where=`, `initial=` and `dtype=` of reductions, and others."""

import functools
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import DISPATCHERS, first_dtype, primitive
from ...core.traced import FUNCTIONS, METHODS, Traced
from ..examples import of_shapes
from ..inplace.memory import lies_by_rows
from ..refusing import refuse_call
from ..sizes.numbers import note_numbers
from . import averages, numerics, ordering, reductions, scanning, shapes  # noqa: F401  # they register what is used below
from .common import array_of, implements, lines_along
from .compositions import nest
from .creating import places_along
from .indexing import bind_take


def _without_out(function, out):
    if out is not None:
        refuse_call(function, keyword="out")


def _masked(a, where, neutral):
    return a if where is True else np.where(where, a, neutral)


def _total(function, neutral, combine):
    """A sum or a product: elements that are left out count as what changes nothing."""
    core = FUNCTIONS[function]

    def total(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
        _without_out(function, out)
        a = _masked(a if dtype is None else a.astype(dtype), where, neutral)
        if initial is None:
            return core(a, axis, keepdims=keepdims)
        return combine(core(a, axis, keepdims=keepdims), initial)

    return total


def _extreme(function, combine):
    core = FUNCTIONS[function]

    def extreme(a, axis=None, out=None, keepdims=False, initial=None, where=True):
        _without_out(function, out)
        if where is not True and initial is None and function not in (np.nanmax, np.nanmin):
            raise ValueError(
                "reduction operation does not have an identity, so to use a where mask one has to specify 'initial'"
            )
        a = _masked(a, where, np.nan if initial is None else initial)
        if initial is None:
            return core(a, axis, keepdims=keepdims)
        return combine(core(a, axis, keepdims=keepdims), initial)

    return extreme


def _truth(function, neutral):
    core = FUNCTIONS[function]

    def truth(a, axis=None, out=None, keepdims=False, *, where=True):
        _without_out(function, out)
        return core(_masked(a, where, neutral), axis, keepdims=keepdims)

    return truth


def _count(a, axis, keepdims, where):
    return np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)


def _mean(core, a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    _without_out(np.mean, out)
    a = a if dtype is None else a.astype(dtype)
    if where is True:
        return core(a, axis, keepdims=keepdims)
    a = a if a.dtype.kind == "f" else a.astype(np.float64)
    return np.sum(np.where(where, a, 0), axis=axis, keepdims=keepdims) / _count(a, axis, keepdims, where).astype(
        a.dtype
    )


def _spread(
    function,
    core,
    a,
    axis=None,
    dtype=None,
    out=None,
    ddof=0,
    keepdims=False,
    *,
    where=True,
    mean=None,
    correction=None,
):
    _without_out(function, out)
    a = a if dtype is None else a.astype(dtype)
    ddof = ddof if correction is None else correction
    if where is True and mean is None:
        return core(a, axis, ddof=ddof, keepdims=keepdims)
    a = a if a.dtype.kind == "f" else a.astype(np.float64)
    deviation = a - (np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean)
    total = np.sum(_masked(deviation * deviation, where, 0), axis=axis, keepdims=keepdims)
    variance = total / np.maximum(_count(a, axis, keepdims, where) - ddof, 0).astype(a.dtype)
    if function is np.var:
        return variance
    positive = variance > 0  # not differentiable at 0, where the derivative taken is 0
    return np.where(positive, np.sqrt(np.where(positive, variance, 1)), variance)


def _nan_mean(core, a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    _without_out(np.nanmean, out)
    return core(_masked(a if dtype is None else a.astype(dtype), where, np.nan), axis, keepdims=keepdims)


def _nan_spread(
    function, core, a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, correction=None
):
    _without_out(function, out)
    a = _masked(a if dtype is None else a.astype(dtype), where, np.nan)
    return core(a, axis, ddof=ddof if correction is None else correction, keepdims=keepdims)


def _cumulative(function, core, a, axis=None, dtype=None, out=None):
    _without_out(function, out)
    return core(a if dtype is None else a.astype(dtype), axis)


def _place(function, core, a, axis=None, out=None, *, keepdims=False):
    _without_out(function, out)
    if not keepdims:
        return core(a, axis)
    return np.expand_dims(core(a, axis), tuple(range(np.ndim(a))) if axis is None else axis)


_function: Any
for _function, _neutral, _combine in (
    (np.sum, 0, operator.add), (np.prod, 1, operator.mul), (np.nansum, 0, operator.add), (np.nanprod, 1, operator.mul),
):  # fmt: skip
    FUNCTIONS[_function] = _total(_function, _neutral, _combine)
for _function, _combine in (
    (np.max, np.maximum), (np.min, np.minimum), (np.nanmax, np.fmax), (np.nanmin, np.fmin),
):  # fmt: skip
    FUNCTIONS[_function] = _extreme(_function, _combine)
FUNCTIONS[np.amax], FUNCTIONS[np.amin] = FUNCTIONS[np.max], FUNCTIONS[np.min]
FUNCTIONS[np.any], FUNCTIONS[np.all] = _truth(np.any, False), _truth(np.all, True)
FUNCTIONS[np.mean] = functools.partial(_mean, FUNCTIONS[np.mean])
FUNCTIONS[np.nanmean] = functools.partial(_nan_mean, FUNCTIONS[np.nanmean])
for _function, _ours in (
    (np.var, _spread), (np.std, _spread), (np.nanvar, _nan_spread), (np.nanstd, _nan_spread),
    (np.cumsum, _cumulative), (np.cumprod, _cumulative),
    (np.argmax, _place), (np.argmin, _place), (np.nanargmax, _place), (np.nanargmin, _place),
):  # fmt: skip
    FUNCTIONS[_function] = functools.partial(_ours, _function, FUNCTIONS[_function])


# ---- places ----------------------------------------------------------------------------------------------------------


@implements(np.take)
def _take(a, indices, axis=None, out=None, mode="raise"):
    _without_out(np.take, out)
    a, axis = lines_along(a, axis, numbers=True)
    indices, size = array_of(indices), np.shape(a)[axis]
    if mode != "raise" and not isinstance(indices, Traced):
        note_numbers([size])
    if mode == "clip":
        indices = np.clip(indices, 0, size - 1)
    elif mode == "wrap":
        indices = indices % size
    elif mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    return bind_take(a, indices, axis)


def _around(a, axis, prepend, append):
    """The array with numbers or arrays before and behind it along an axis."""
    parts = [part for part in (prepend, a, append) if part is not None]
    one = (*np.shape(a)[:axis], 1, *np.shape(a)[axis + 1 :])
    return np.concatenate([np.broadcast_to(part, one) if np.ndim(part) == 0 else part for part in parts], axis=axis)


def _diff(core, a, n=1, axis=-1, prepend=None, append=None):
    if prepend is not None or append is not None:
        a = _around(a, axis % np.ndim(a), prepend, append)
    return core(a, n, axis)


FUNCTIONS[np.diff] = functools.partial(_diff, FUNCTIONS[np.diff])


@implements(np.ediff1d)
def _ediff1d(ary, to_end=None, to_begin=None):
    steps = np.diff(np.reshape(ary, -1))
    parts = [np.reshape(nest(part), -1) for part in (to_begin, steps, to_end) if part is not None]
    return np.concatenate(parts) if len(parts) > 1 else steps


# ---- orders of memory ------------------------------------------------------------------------------------------------


def _in_order(a, order):
    """The axes turned round where the first index shall run fastest; what hangs on how an array lies in memory is refused."""
    if order not in ("C", "F", "c", "f"):
        refuse("order={order!r} hangs on how an array lies in memory", "write order='C' or order='F'", order=order)
    return np.transpose(a) if order in "Ff" else a


def _reshape(core, a, /, shape=None, order="C", *, newshape=None, copy=None):
    shape = newshape if shape is None else shape
    if order in ("C", "c"):
        return core(a, shape)
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    return np.transpose(core(_in_order(a, order), shape[::-1]))


FUNCTIONS[np.reshape] = functools.partial(_reshape, FUNCTIONS[np.reshape])


def _ravel(a, order="C"):
    """All numbers in one row: a view where they lie so in memory, else a copy."""
    flat: Any = np.reshape(a, -1, order=order)
    return flat if lies_by_rows(flat) else np.copy(flat)


FUNCTIONS[np.ravel] = _ravel


FUNCTIONS[np.copy] = lambda a, order="K", subok=False: shapes.copy_of(a, order)


def _concatenate(core, arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    _without_out(np.concatenate, out)
    return core(arrays, axis) if dtype is None else core(arrays, axis).astype(dtype)


FUNCTIONS[np.concatenate] = functools.partial(_concatenate, FUNCTIONS[np.concatenate])


# ---- running extremes ------------------------------------------------------------------------------------------------


def _running(name, ufunc, latex):
    def rule(g, y, x, axis):
        """The error of each goes to the last element so far that is the extreme."""
        latest = np.maximum.accumulate(np.where(x == y, places_along(x, axis), 0), axis=axis)
        return DISPATCHERS["add_along"](g, latest, axis, np.shape(x))

    declared = primitive(
        name, shape=lambda x, axis: x, dtype=first_dtype, derivative=rule, latex=latex,
        python=f"np.{ufunc.__name__}.accumulate({{0}}, axis={{axis}})",
        examples=of_shapes((((3,),), {"axis": 0}), (((2, 4),), {"axis": 1}), (((3, 2),), {"axis": 0})),
    )  # fmt: skip

    def accumulate(array, axis=0, dtype=None, out=None):
        _without_out(ufunc, out)
        axis = normalize_axis_index(axis, np.ndim(array))
        return bind(declared, (array if dtype is None else array.astype(dtype),), (("axis", axis),))

    METHODS[ufunc, "accumulate"] = accumulate


_running("running_max", np.maximum, r"\operatorname{runmax}({0})")
_running("running_min", np.minimum, r"\operatorname{runmin}({0})")
