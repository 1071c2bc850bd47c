"""Reductions over axes: sums, means, extremes. `axis` is `None`, an axis or a tuple of them, counted from the front."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...core.binding import bind
from ...core.dims import Shape
from ...core.primitive import PRIMITIVES, Primitive, first_dtype, primitive
from ...core.traced import FUNCTIONS
from ..examples import reduced


def reduced_shape(shape: Shape, axis=None, keepdims: bool = False) -> Shape:
    """The shape rule of reductions over `axis`, or over all axes if it is `None`."""
    axes = tuple(range(len(shape))) if axis is None else _axes(axis, len(shape))
    if keepdims:
        return tuple(1 if position in axes else size for position, size in enumerate(shape))
    return tuple(size for position, size in enumerate(shape) if position not in axes)


def _axes(axis, ndim: int) -> tuple[int, ...]:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(each + ndim if each < 0 else each for each in axes)


def expand_reduced(g, x, axis, keepdims):
    """Reshape the error or the result of a reduction so that it broadcasts against the input."""
    if keepdims or np.ndim(x) == 0:
        return g
    kept = reduced_shape(np.shape(x), axis, True)
    return g if axis is None and np.ndim(g) == 0 else np.reshape(g, kept)


def _sum_dtype(dtype, **params):
    return np.sum(np.zeros(1, dtype)).dtype


def _mean_dtype(dtype, **params):
    return np.mean(np.zeros(1, dtype)).dtype


def _count(x, axis) -> int:
    axes = range(np.ndim(x)) if axis is None else _axes(axis, np.ndim(x))
    return int(np.prod([np.shape(x)[each] for each in axes], dtype=int))


def _sum_rule(g, y, x, axis=None, keepdims=False):
    return np.broadcast_to(expand_reduced(g, x, axis, keepdims), np.shape(x))


def _mean_rule(g, y, x, axis=None, keepdims=False):
    return np.broadcast_to(expand_reduced(g, x, axis, keepdims) / max(_count(x, axis), 1), np.shape(x))


def _extreme_rule(g, y, x, axis=None, keepdims=False):
    """Elements that tie for the extreme share its error equally."""
    at = x == expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * (at / np.sum(at, axis=axis, keepdims=True))


OPTIONS = {"axis": None, "keepdims": False}
sum_ = primitive(
    "sum", shape=reduced_shape, dtype=_sum_dtype, params=OPTIONS, derivative=_sum_rule, examples=reduced(),
    python="np.sum({0}, axis={axis}, keepdims={keepdims})", latex=r"\sum {0}",
)  # fmt: skip
mean = primitive(
    "mean", shape=reduced_shape, dtype=_mean_dtype, params=OPTIONS, derivative=_mean_rule, examples=reduced(),
    python="np.mean({0}, axis={axis}, keepdims={keepdims})", latex=r"\operatorname{mean}({0})",
)  # fmt: skip
max_ = primitive(
    "max", shape=reduced_shape, dtype=first_dtype, params=OPTIONS, derivative=_extreme_rule, examples=reduced(),
    python="np.max({0}, axis={axis}, keepdims={keepdims})", latex=r"\max({0})",
)  # fmt: skip
min_ = primitive(
    "min", shape=reduced_shape, dtype=first_dtype, params=OPTIONS, derivative=_extreme_rule, examples=reduced(),
    python="np.min({0}, axis={axis}, keepdims={keepdims})", latex=r"\min({0})",
)  # fmt: skip


def _std_rule(g, y, x, axis=None, ddof=0, keepdims=False):
    """∂y/∂x = (x − mean) / (n y); 0 where all elements are equal, where it is not differentiable."""
    deviation = x - np.mean(x, axis=axis, keepdims=True)
    spread_y = expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * (
        deviation / (max(_count(x, axis) - ddof, 0) * np.where(spread_y == 0, 1, spread_y))
    )


std = primitive(
    "std", shape=lambda x, axis=None, ddof=0, keepdims=False: reduced_shape(x, axis, keepdims),
    dtype=lambda x, **params: np.std(np.zeros(1, x)).dtype, params={"axis": None, "ddof": 0, "keepdims": False},
    derivative=_std_rule, python="np.std({0}, axis={axis}, ddof={ddof}, keepdims={keepdims})",
    latex=r"\operatorname{std}({0})",
    examples=lambda random: [
        ((random.normal(size=shape),), {"axis": axis, "ddof": ddof, "keepdims": keepdims})
        for shape, axis, ddof, keepdims in [
            ((3,), None, 0, False), ((2, 3), 1, 1, True), ((2, 3), 0, 0, False), ((2, 3, 2), (0, 2), 1, False),
        ]
    ],
)  # fmt: skip


for _name, _latex in (("any", r"\bigvee {0}"), ("all", r"\bigwedge {0}")):
    primitive(
        _name, shape=reduced_shape, dtype=lambda dtype, **params: np.dtype(bool), params=OPTIONS, derivative=None,
        python=f"np.{_name}({{0}}, axis={{axis}}, keepdims={{keepdims}})", latex=_latex, examples=reduced(),
    )  # fmt: skip


def _argmax_shape(shape: Shape, axis=None) -> Shape:
    return reduced_shape(shape, axis)


for _name in ("argmax", "argmin", "nanargmax", "nanargmin"):
    primitive(
        _name, shape=_argmax_shape, dtype=lambda dtype, axis=None: np.dtype(np.intp), params={"axis": None}, derivative=None,
        python=f"np.{_name}({{0}}, axis={{axis}})", latex=rf"\operatorname{{{_name}}}({{0}})",
        examples=lambda random: [((random.normal(size=(2, 3)),), {"axis": axis}) for axis in (None, 0, 1)],
    )  # fmt: skip


def _reduction(declared: Primitive):
    def reduce(a, axis=None, *, keepdims=False):  # keyword-only: NumPy's next arguments are dtype and out
        axis = normalized(axis, np.ndim(a), declared is not mean)
        return bind(declared, (a,), (("axis", axis), ("keepdims", bool(keepdims))))

    return reduce


def normalized(axis, ndim, of_numbers=True):
    """Axes counted from the front, as params keep them; `of_numbers`: whether NumPy accepts axis 0 for a scalar."""
    if axis is None or (ndim == 0 and of_numbers and axis in (0, -1)):
        return None
    return normalize_axis_tuple(axis, ndim) if isinstance(axis, tuple) else normalize_axis_index(axis, ndim)


for _function, _declared in (
    (np.sum, sum_), (np.mean, mean), (np.max, max_), (np.min, min_),
    (np.amax, max_), (np.amin, min_), (np.any, PRIMITIVES["any"]), (np.all, PRIMITIVES["all"]),
):  # fmt: skip
    FUNCTIONS[_function] = _reduction(_declared)


def _std(a, axis=None, *, ddof=0, keepdims=False):
    params = (("axis", normalized(axis, np.ndim(a), False)), ("ddof", ddof), ("keepdims", bool(keepdims)))
    return bind(std, (a,), params)


FUNCTIONS[np.std] = _std


def _nan_extreme_rule(g, y, x, axis=None, keepdims=False):
    """Elements that tie for the extreme share its error equally; if all are NaN, none has an error."""
    at = x == expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * (at / np.maximum(np.sum(at, axis=axis, keepdims=True), 1))


for _name, _latex in (("nanmax", r"\max({0})"), ("nanmin", r"\min({0})")):
    FUNCTIONS[getattr(np, _name)] = _reduction(primitive(
        _name, shape=reduced_shape, dtype=first_dtype, params=OPTIONS, derivative=_nan_extreme_rule,
        python=f"np.{_name}({{0}}, axis={{axis}}, keepdims={{keepdims}})", latex=_latex, examples=reduced(),
    ))  # fmt: skip


def _arg_extreme(name):
    def find(a, axis=None):
        return bind(PRIMITIVES[name], (a,), (("axis", normalized(axis, np.ndim(a))),))

    return find


for _name in ("argmax", "argmin", "nanargmax", "nanargmin"):
    FUNCTIONS[getattr(np, _name)] = _arg_extreme(_name)
