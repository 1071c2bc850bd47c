"""Reductions over axes: sums, means, extremes. `axis` is `None`, an axis or a tuple of them, counted from the front."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...core.binding import bind
from ...core.dims import Shape
from ...core.primitive import Primitive, first_dtype, primitive
from ...core.traced import FUNCTIONS
from .. import helpers
from ..examples import reduced
from .common import dispatched, dtype_by, implements, ndim_of


def reduced_shape(shape: Shape, axis=None, keepdims: bool = False) -> Shape:
    """The shape rule of reductions over `axis`, or over all axes if it is `None`."""
    axes = axes_of(axis, len(shape))
    if keepdims:
        return tuple(1 if position in axes else size for position, size in enumerate(shape))
    return tuple(size for position, size in enumerate(shape) if position not in axes)


def axes_of(axis, ndim: int) -> tuple[int, ...]:
    """The axes of a reduction as a tuple, counted from the front."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(each % ndim for each in axes)


def expand_reduced(g, x, axis, keepdims):
    """Reshape the error or the result of a reduction so that it broadcasts against the input."""
    if keepdims or np.ndim(x) == 0:
        return g
    kept = reduced_shape(np.shape(x), axis, True)
    return g if axis is None and np.ndim(g) == 0 else np.reshape(g, kept)


def normalized(axis, ndim, of_numbers=True):
    """Axes counted from the front, as params keep them; `of_numbers`: whether NumPy accepts axis 0 for a scalar."""
    if axis is None or (ndim == 0 and of_numbers and axis in (0, -1)):
        return None
    return normalize_axis_tuple(axis, ndim) if isinstance(axis, tuple) else normalize_axis_index(axis, ndim)


def reduction(declared: Primitive):
    """The NumPy function of a declared reduction."""

    def reduce(a, axis=None, *, keepdims=False):  # keyword-only: NumPy's next arguments are dtype and out
        axis = normalized(axis, ndim_of(a), declared.name != "mean")
        return bind(declared, (a,), (("axis", axis), ("keepdims", bool(keepdims))))

    return reduce


def _count(x, axis) -> int:
    return math.prod(np.shape(x)[each] for each in axes_of(axis, np.ndim(x)))


def _sum_rule(g, y, x, axis=None, keepdims=False):
    return np.broadcast_to(expand_reduced(g, x, axis, keepdims), np.shape(x))


def _mean_rule(g, y, x, axis=None, keepdims=False):
    return np.broadcast_to(expand_reduced(g, x, axis, keepdims) / max(_count(x, axis), 1), np.shape(x))


def _extreme_rule(g, y, x, axis=None, keepdims=False):
    """Elements that tie for the extreme share its error equally."""
    at = x == expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * (at / np.sum(at, axis=axis, keepdims=True))


def _nan_extreme_rule(g, y, x, axis=None, keepdims=False):
    """Elements that tie for the extreme share its error equally; if all are NaN, none receives an error."""
    at = x == expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * (at / np.maximum(np.sum(at, axis=axis, keepdims=True), 1))


OPTIONS = {"axis": None, "keepdims": False}

for _name, _latex, _dtype, _rule in [
    ("sum", r"\sum {0}", dtype_by(np.sum), _sum_rule),
    ("mean", r"\operatorname{mean}({0})", dtype_by(np.mean), _mean_rule),
    ("max", r"\max({0})", first_dtype, _extreme_rule),
    ("min", r"\min({0})", first_dtype, _extreme_rule),
    ("nanmax", r"\max({0})", first_dtype, _nan_extreme_rule),
    ("nanmin", r"\min({0})", first_dtype, _nan_extreme_rule),
    ("any", r"\bigvee {0}", dtype_by(np.any), None),
    ("all", r"\bigwedge {0}", dtype_by(np.all), None),
]:
    FUNCTIONS[getattr(np, _name)] = reduction(primitive(
        _name, shape=reduced_shape, dtype=_dtype, params=OPTIONS, derivative=_rule, examples=reduced(),
        python=f"np.{_name}({{0}}, axis={{axis}}, keepdims={{keepdims}})", latex=_latex,
    ))  # fmt: skip
FUNCTIONS[np.amax], FUNCTIONS[np.amin] = FUNCTIONS[np.max], FUNCTIONS[np.min]


winners = dispatched(primitive(
    "winners", helper=helpers.winners, shape=lambda x, largest, axis: x, dtype=lambda *dtypes, axis: np.dtype(np.bool_),
    derivative=None, python="winners({0}, {1}, {axis})", latex=r"\operatorname{winners}({0})",
    examples=lambda random: [
        ((x, np.max(x, axis=axis, keepdims=True)), {"axis": axis})
        for shape, axis in [((4,), (0,)), ((3, 4), (1,)), ((2, 3, 2, 4), (1, 3))] for x in [np.round(random.normal(size=shape))]
    ],
))  # fmt: skip


def _first_max_rule(g, y, x, axis=None, keepdims=False):
    largest = expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * winners(x, largest, axes_of(axis, np.ndim(x)))


first_max = dispatched(primitive(
    "first_max", helper=helpers.first_max, shape=reduced_shape, dtype=first_dtype, params=OPTIONS, derivative=_first_max_rule,
    python="first_max({0}, axis={axis}, keepdims={keepdims})", latex=r"\max({0})", examples=reduced(),
))  # fmt: skip
"""The maximum whose error goes to the first of those that tie, where that of `np.max` is shared among them."""


def _std_rule(g, y, x, axis=None, ddof=0, keepdims=False):
    """∂y/∂x = (x − mean) / (n y); 0 where all elements are equal, where it is not differentiable."""
    deviation = x - np.mean(x, axis=axis, keepdims=True)
    spread_y = expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * (
        deviation / (max(_count(x, axis) - ddof, 0) * np.where(spread_y == 0, 1, spread_y))
    )


std = primitive(
    "std", shape=lambda x, axis, ddof, keepdims: reduced_shape(x, axis, keepdims), dtype=dtype_by(np.std),
    params={"axis": None, "ddof": 0, "keepdims": False},
    derivative=_std_rule, python="np.std({0}, axis={axis}, ddof={ddof}, keepdims={keepdims})",
    latex=r"\operatorname{std}({0})",
    examples=lambda random: [
        ((random.normal(size=shape),), {"axis": axis, "ddof": ddof, "keepdims": keepdims})
        for shape, axis, ddof, keepdims in [
            ((3,), None, 0, False), ((2, 3), 1, 1, True), ((2, 3), 0, 0, False), ((2, 3, 2), (0, 2), 1, False),
        ]
    ],
)  # fmt: skip


@implements(np.std)
def _std(a, axis=None, *, ddof=0, keepdims=False):
    params = (("axis", normalized(axis, np.ndim(a), False)), ("ddof", ddof), ("keepdims", bool(keepdims)))
    return bind(std, (a,), params)


# ---- places of extremes ----------------------------------------------------------------------------------------------


def _place(declared: Primitive):
    def find(a, axis=None):
        return bind(declared, (a,), (("axis", normalized(axis, np.ndim(a))),))

    return find


for _name in ("argmax", "argmin", "nanargmax", "nanargmin"):
    FUNCTIONS[getattr(np, _name)] = _place(primitive(
        _name, shape=reduced_shape, dtype=dtype_by(np.argmax), params={"axis": None}, derivative=None,
        python=f"np.{_name}({{0}}, axis={{axis}})",
        examples=lambda random: [((random.normal(size=(2, 3)),), {"axis": axis}) for axis in (None, 0, 1)],
    ))  # fmt: skip
