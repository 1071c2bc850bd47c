"""Scans along an axis: cumulative sums and products, recurrences; and products over axes, and differences."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.dims import Shape, broadcast
from ...core.primitive import DISPATCHERS, common_dtype, first_dtype, primitive, ufunc_dtype
from ...core.traced import FUNCTIONS, Traced
from .. import helpers
from ..examples import of_shapes, reduced
from .reductions import OPTIONS, expand_reduced, normalized, reduced_shape


def _accumulate_dtype(dtype, **params):
    return np.cumsum(np.zeros(1, dtype)).dtype


def _along(x: Shape, axis: int) -> Shape:
    return x


_LINES = of_shapes((((3,),), {"axis": 0}), (((2, 3),), {"axis": 1}), (((3, 2),), {"axis": 0}), (((1, 2),), {"axis": 0}))

cumsum = primitive(
    "cumsum", shape=_along, dtype=_accumulate_dtype,
    derivative=lambda g, y, x, axis: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis),
    python="np.cumsum({0}, axis={axis})", latex=r"\operatorname{cumsum}({0})", examples=_LINES,
)  # fmt: skip


# ---- products: the recurrence s₀ = x₀, sᵢ = xᵢ + aᵢ sᵢ₋₁ is closed under differentiation, and divides by nothing -------------


def _predecessors(x, axis, first):
    """The elements shifted by one along an axis, starting with `first`."""
    size = np.shape(x)[axis]
    start = np.full((*np.shape(x)[:axis], 1, *np.shape(x)[axis + 1 :]), first, x.dtype)
    return np.concatenate([start, _slice(x, axis, 0, size - 1)], axis=axis)


def _slice(x, axis, start, stop):
    return x[(slice(None),) * axis + (slice(start, stop),)]


def _reverse_recurrence(g, a, axis):
    """eᵢ = gᵢ + aᵢ₊₁ eᵢ₊₁."""
    return np.flip(recurrence(np.flip(g, axis), _predecessors(np.flip(a, axis), axis, 0), axis), axis)


def _recurrence_decay(g, y, x, a, axis):
    return _reverse_recurrence(g, a, axis) * _predecessors(y, axis, 0)


_recurrence = primitive(
    "recurrence", helper=helpers.recurrence, shape=lambda x, a, axis: broadcast(x, a), dtype=common_dtype,
    derivative=(lambda g, y, x, a, axis: _reverse_recurrence(g, a, axis), _recurrence_decay),
    python="recurrence({0}, {1}, {axis})", latex=r"\operatorname{recurrence}({0}, {1})",
    examples=of_shapes((((4,), (4,)), {"axis": 0}), (((2, 3), (2, 3)), {"axis": 1})),
)  # fmt: skip


def recurrence(x, a, axis):
    """sᵢ = xᵢ + aᵢ sᵢ₋₁ along an axis, of plain or traced arrays."""
    traced = isinstance(x, Traced) or isinstance(a, Traced)
    return bind(_recurrence, (x, a), (("axis", axis),)) if traced else helpers.recurrence(x, a, axis)


def _cumprod_rule(g, y, x, axis):
    """∂C/∂xᵢ = (∏ₖ﹤ᵢ xₖ) eᵢ, eᵢ = gᵢ + xᵢ₊₁ eᵢ₊₁."""
    return _predecessors(y, axis, 1) * _reverse_recurrence(g, x, axis)


cumprod = primitive(
    "cumprod", shape=_along, dtype=_accumulate_dtype, derivative=_cumprod_rule,
    python="np.cumprod({0}, axis={axis})", latex=r"\operatorname{cumprod}({0})", examples=_LINES,
)  # fmt: skip


def _others_rule(g, y, x, axis):
    back = np.flip(x, axis)
    left, right = _predecessors(np.cumprod(x, axis=axis), axis, 1), _predecessors(np.cumprod(back, axis=axis), axis, 1)
    from_left = _exclusive(g * np.flip(right, axis), left, x, axis)
    return from_left + np.flip(_exclusive(np.flip(g * left, axis), right, back, axis), axis)


def _exclusive(g, y, x, axis):
    """The derivative of the exclusive products y: the error of yᵢ₊₁ belongs to the cumulative product at i."""
    size = np.shape(x)[axis]
    end = np.zeros((*np.shape(x)[:axis], 1, *np.shape(x)[axis + 1 :]), x.dtype)
    return y * _reverse_recurrence(np.concatenate([_slice(g, axis, 1, size), end], axis=axis), x, axis)


_products_of_others = primitive(
    "products_of_others", helper=helpers.products_of_others, shape=_along, dtype=first_dtype, derivative=_others_rule,
    python="products_of_others({0}, {axis})", latex=r"\operatorname{others}({0})", examples=_LINES,
)  # fmt: skip


def products_of_others(x, axis):
    """For each element, the product of all others along an axis; of a plain or traced array."""
    if isinstance(x, Traced):
        return bind(_products_of_others, (x,), (("axis", axis),))
    return helpers.products_of_others(x, axis)


def _prod_rule(g, y, x, axis=None, keepdims=False):
    g, shape = expand_reduced(g, x, axis, keepdims), np.shape(x)
    if not shape:
        return g
    axes = tuple(range(len(shape))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return g * products_of_others(x, axes[0])
    kept = tuple(each for each in range(len(shape)) if each not in axes)
    order, size = (*kept, *axes), math.prod(shape[each] for each in axes)
    one_axis = np.reshape(np.transpose(x, order), (*(shape[each] for each in kept), size))
    others = np.reshape(products_of_others(one_axis, len(kept)), tuple(shape[each] for each in order))
    return g * np.transpose(others, tuple(int(each) for each in np.argsort(order)))


prod = primitive(
    "prod", shape=reduced_shape, dtype=lambda dtype, **params: np.prod(np.zeros(1, dtype)).dtype, params=OPTIONS,
    derivative=_prod_rule, python="np.prod({0}, axis={axis}, keepdims={keepdims})", latex=r"\prod {0}", examples=reduced(),
)  # fmt: skip


def _logcumsumexp_rule(g, y, x, axis):
    """∂C/∂xᵢ = e^(xᵢ − yᵢ) eᵢ, eᵢ = gᵢ + e^(yᵢ − yᵢ₊₁) eᵢ₊₁; y never decreases, so nothing overflows."""
    size, level = np.shape(x)[axis], np.where(y == -np.inf, 0.0, y)  # while all x are −∞, their derivative is 0
    shares = np.exp(_slice(y, axis, 0, size - 1) - _slice(level, axis, 1, size))
    first = np.zeros((*np.shape(x)[:axis], 1, *np.shape(x)[axis + 1 :]), x.dtype)
    decay = np.concatenate([first, np.flip(shares, axis)], axis=axis)
    return np.exp(x - level) * np.flip(recurrence(np.flip(g, axis), decay, axis), axis)


logcumsumexp = primitive(
    "logcumsumexp", shape=_along, dtype=lambda x, axis: ufunc_dtype(np.logaddexp)(x, x), derivative=_logcumsumexp_rule,
    python="np.logaddexp.accumulate({0}, axis={axis})", latex=r"\operatorname{logcumsumexp}({0})", examples=_LINES,
)  # fmt: skip

DISPATCHERS["recurrence"] = recurrence
DISPATCHERS["products_of_others"] = products_of_others


# ---- NumPy's signatures ------------------------------------------------------------------------------------------------


def _scan(declared):
    def scan(a, axis=None):
        if axis is None or np.ndim(a) == 0:
            a, axis = np.reshape(a, -1), 0 if axis is None else axis
        return bind(declared, (a,), (("axis", normalize_axis_index(axis, np.ndim(a))),))

    return scan


def _cumulative(declared, first):
    """The array API's functions: they require an axis for several dimensions, and take `include_initial`."""

    def scan(x, /, *, axis=None, include_initial=False):
        if axis is None and np.ndim(x) > 1:
            raise ValueError("axis must be specified for arrays of more than one axis")
        axis = normalize_axis_index(0 if axis is None else axis, np.ndim(x))
        found = bind(declared, (x,), (("axis", axis),))
        if not include_initial:
            return found
        start = np.full((*np.shape(x)[:axis], 1, *np.shape(x)[axis + 1 :]), first, found.dtype)
        return np.concatenate([start, found], axis=axis)

    return scan


def _prod(a, axis=None, *, keepdims=False):
    return bind(prod, (a,), (("axis", normalized(axis, np.ndim(a))), ("keepdims", bool(keepdims))))


def _diff(a, n=1, axis=-1):
    axis = normalize_axis_index(axis, np.ndim(a))
    for _ in range(n):
        size = np.shape(a)[axis]
        later, earlier = _slice(a, axis, 1, size), _slice(a, axis, 0, size - 1)
        a = later != earlier if np.result_type(a).kind == "b" else later - earlier
    return a


FUNCTIONS[np.cumsum], FUNCTIONS[np.cumprod] = _scan(cumsum), _scan(cumprod)
FUNCTIONS[np.nancumsum] = lambda a, axis=None: np.cumsum(np.where(np.isnan(a), 0.0, a), axis)
FUNCTIONS[np.nancumprod] = lambda a, axis=None: np.cumprod(np.where(np.isnan(a), 1.0, a), axis)
for _name, _declared, _first in (("cumulative_sum", cumsum, 0), ("cumulative_prod", cumprod, 1)):
    if hasattr(np, _name):  # NumPy 2.1
        FUNCTIONS[getattr(np, _name)] = _cumulative(_declared, _first)
FUNCTIONS[np.prod] = _prod
FUNCTIONS[np.diff] = _diff
