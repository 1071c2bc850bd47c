"""Scans along an axis: cumulative sums, products and logsumexp, recurrences, differences; and products over axes."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.dims import Shape, broadcast
from ...core.primitive import first_dtype, primitive, ufunc_dtype
from ...core.traced import FUNCTIONS
from .. import helpers
from ..composed import rules_of
from ..examples import of_shapes, reduced
from .common import common_dtype, dispatched, dtype_by, implements, lines_along, part_of, register
from .creating import filled
from .reductions import OPTIONS, axes_of, expand_reduced, reduced_shape, reduction


def _along(x: Shape, axis: int) -> Shape:
    return x


_LINES = of_shapes((((3,),), {"axis": 0}), (((2, 3),), {"axis": 1}), (((3, 2),), {"axis": 0}), (((1, 2),), {"axis": 0}))

cumsum = primitive(
    "cumsum", shape=_along, dtype=dtype_by(np.cumsum),
    derivative=lambda g, y, x, axis: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis),
    python="np.cumsum({0}, axis={axis})", examples=_LINES,
)  # fmt: skip


# ---- products: the recurrence s₀ = x₀, sᵢ = xᵢ + aᵢ sᵢ₋₁ is closed under differentiation, and divides by nothing -------------


def _predecessors(x, axis, first):
    """The elements shifted by one along an axis, starting with `first`."""
    return _beginning_with(first, part_of(x, axis, 0, np.shape(x)[axis] - 1), axis)


def _beginning_with(first, x, axis):
    """The elements of an axis with a number put before them."""
    start = filled((*np.shape(x)[:axis], 1, *np.shape(x)[axis + 1 :]), first, x.dtype, x)
    return np.concatenate([start, x], axis=axis)


def _reverse_recurrence(g, a, axis):
    """eᵢ = gᵢ + aᵢ₊₁ eᵢ₊₁."""
    return np.flip(recurrence(np.flip(g, axis), _predecessors(np.flip(a, axis), axis, 0), axis), axis)


recurrence = dispatched(primitive(
    "recurrence", helper=helpers.recurrence, shape=lambda x, a, axis: broadcast(x, a), dtype=common_dtype,
    derivative=(
        lambda g, y, x, a, axis: _reverse_recurrence(g, a, axis),
        lambda g, y, x, a, axis: _reverse_recurrence(g, a, axis) * _predecessors(y, axis, 0),
    ),
    python="recurrence({0}, {1}, {axis})",
    examples=of_shapes((((4,), (4,)), {"axis": 0}), (((2, 3), (2, 3)), {"axis": 1})),
))  # fmt: skip


def _cumprod_rule(g, y, x, axis):
    """∂C/∂xᵢ = (∏ₖ﹤ᵢ xₖ) eᵢ, eᵢ = gᵢ + xᵢ₊₁ eᵢ₊₁."""
    return _predecessors(y, axis, 1) * _reverse_recurrence(g, x, axis)


cumprod = primitive(
    "cumprod", shape=_along, dtype=dtype_by(np.cumprod), derivative=_cumprod_rule,
    python="np.cumprod({0}, axis={axis})", examples=_LINES,
)  # fmt: skip


def _others(x, axis):
    """The products of all others in plain NumPy, for their derivative: of the elements before, times of those after."""
    back = np.flip(x, axis)
    before, behind = (_predecessors(np.cumprod(each, axis=axis), axis, 1) for each in (x, back))
    return before * np.flip(behind, axis)


products_of_others = dispatched(primitive(
    "products_of_others", helper=helpers.products_of_others, shape=_along, dtype=first_dtype, derivative=rules_of(_others, 1),
    python="products_of_others({0}, {axis})", latex=r"\operatorname{others}({0})", examples=_LINES,
))  # fmt: skip


def _prod_rule(g, y, x, axis=None, keepdims=False):
    g, shape = expand_reduced(g, x, axis, keepdims), np.shape(x)
    if not shape:
        return g
    axes = axes_of(axis, len(shape))
    if len(axes) == 1:
        return g * products_of_others(x, axes[0])
    kept = tuple(each for each in range(len(shape)) if each not in axes)
    order, size = (*kept, *axes), math.prod(shape[each] for each in axes)
    one_axis = np.reshape(np.transpose(x, order), (*(shape[each] for each in kept), size))
    others = np.reshape(products_of_others(one_axis, len(kept)), tuple(shape[each] for each in order))
    return g * np.transpose(others, tuple(int(each) for each in np.argsort(order)))


FUNCTIONS[np.prod] = reduction(primitive(
    "prod", shape=reduced_shape, dtype=dtype_by(np.prod), params=OPTIONS, derivative=_prod_rule, examples=reduced(),
    python="np.prod({0}, axis={axis}, keepdims={keepdims})", latex=r"\prod {0}",
))  # fmt: skip


# ---- logsumexp, which is NumPy's np.logaddexp.reduce, and its scan ---------------------------------------------------


def _logsumexp_rule(g, y, x, axis, keepdims):
    """The error times the softmax; 0 where all elements are −∞."""
    total = expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * np.exp(x - np.where(total == -np.inf, 0.0, total))


logsumexp = primitive(
    "logsumexp", shape=reduced_shape, dtype=lambda x, **params: ufunc_dtype(np.logaddexp)(x, x), derivative=_logsumexp_rule,
    params={"axis": 0, "keepdims": False}, python="np.logaddexp.reduce({0}, axis={axis}, keepdims={keepdims})",
    latex=r"\ln \sum e^{{0}}", examples=reduced(),
)  # fmt: skip


def _logcumsumexp_rule(g, y, x, axis):
    """∂C/∂xᵢ = e^(xᵢ − yᵢ) eᵢ, eᵢ = gᵢ + e^(yᵢ − yᵢ₊₁) eᵢ₊₁; y never decreases, so nothing overflows."""
    size, level = np.shape(x)[axis], np.where(y == -np.inf, 0.0, y)  # while all x are −∞, their derivative is 0
    shares = np.exp(part_of(y, axis, 0, size - 1) - part_of(level, axis, 1, size))
    decay = _beginning_with(0, np.flip(shares, axis), axis)
    return np.exp(x - level) * np.flip(recurrence(np.flip(g, axis), decay, axis), axis)


logcumsumexp = primitive(
    "logcumsumexp", shape=_along, dtype=lambda x, axis: ufunc_dtype(np.logaddexp)(x, x), derivative=_logcumsumexp_rule,
    python="np.logaddexp.accumulate({0}, axis={axis})", latex=r"\operatorname{logcumsumexp}({0})", examples=_LINES,
)  # fmt: skip


# ---- NumPy's signatures ------------------------------------------------------------------------------------------------


def _scan(declared):
    def scan(a, axis=None):
        a, axis = lines_along(a, axis, numbers=True)
        return bind(declared, (a,), (("axis", axis),))

    return scan


def _cumulative(declared, first):
    """The array API's functions: they require an axis for several dimensions, and take `include_initial`."""

    def scan(x, /, *, axis=None, include_initial=False):
        if axis is None and np.ndim(x) > 1:
            raise ValueError("axis must be specified for arrays of more than one axis")
        axis = normalize_axis_index(0 if axis is None else axis, np.ndim(x))
        found = bind(declared, (x,), (("axis", axis),))
        return _beginning_with(first, found, axis) if include_initial else found

    return scan


@implements(np.diff)
def _diff(a, n=1, axis=-1):
    axis = normalize_axis_index(axis, np.ndim(a))
    for _ in range(n):
        size = np.shape(a)[axis]
        later, earlier = part_of(a, axis, 1, size), part_of(a, axis, 0, size - 1)
        a = later != earlier if np.result_type(a).kind == "b" else later - earlier
    return a


for _name, _declared, _first in (("cumulative_sum", cumsum, 0), ("cumulative_prod", cumprod, 1)):
    if hasattr(np, _name):  # NumPy 2.1
        FUNCTIONS[getattr(np, _name)] = _cumulative(_declared, _first)


register(
    {
        np.cumsum: _scan(cumsum),
        np.cumprod: _scan(cumprod),
        np.nancumsum: lambda a, axis=None: np.cumsum(np.where(np.isnan(a), 0.0, a), axis),
        np.nancumprod: lambda a, axis=None: np.cumprod(np.where(np.isnan(a), 1.0, a), axis),
    }
)
