"""Reductions over axes: sums, means, extremes. `axis` is `None` or a tuple of axes counted from the front."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..dims import Shape
from ..examples import reduced
from ..primitive import PRIMITIVES, Primitive, first_dtype, primitive
from ..traced import FUNCTIONS, bind


def _reduced_shape(shape: Shape, axis=None, keepdims: bool = False) -> Shape:
    axes = tuple(range(len(shape))) if axis is None else _axes(axis, len(shape))
    if keepdims:
        return tuple(1 if position in axes else size for position, size in enumerate(shape))
    return tuple(size for position, size in enumerate(shape) if position not in axes)


def _axes(axis, ndim: int) -> tuple[int, ...]:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(each + ndim if each < 0 else each for each in axes)


def _spread(g, x, axis, keepdims):
    """Bring a reduction's error, or its result, back to a shape that broadcasts against the input."""
    if keepdims or np.ndim(x) == 0:
        return g
    kept = _reduced_shape(np.shape(x), axis, True)
    return g if axis is None and np.ndim(g) == 0 else np.reshape(g, kept)


def _sum_dtype(dtype, **params):
    return np.sum(np.zeros(1, dtype)).dtype


def _mean_dtype(dtype, **params):
    return np.mean(np.zeros(1, dtype)).dtype


def _count(x, axis) -> int:
    axes = range(np.ndim(x)) if axis is None else _axes(axis, np.ndim(x))
    return int(np.prod([np.shape(x)[each] for each in axes], dtype=int))


def _sum_rule(g, y, x, axis=None, keepdims=False):
    return np.broadcast_to(_spread(g, x, axis, keepdims), np.shape(x))


def _mean_rule(g, y, x, axis=None, keepdims=False):
    return np.broadcast_to(_spread(g, x, axis, keepdims) / _count(x, axis), np.shape(x))


def _extreme_rule(g, y, x, axis=None, keepdims=False):
    """Where several elements are the extreme, they share its error."""
    at = x == _spread(y, x, axis, keepdims)
    return _spread(g, x, axis, keepdims) * (at / np.sum(at, axis=axis, keepdims=True))


_OPTIONS = {"axis": None, "keepdims": False}
sum_ = primitive(
    "sum", shape=_reduced_shape, dtype=_sum_dtype, params=_OPTIONS, derivative=_sum_rule, examples=reduced(),
    python="np.sum({0}, axis={axis}, keepdims={keepdims})", latex=r"\sum {0}",
)  # fmt: skip
mean = primitive(
    "mean", shape=_reduced_shape, dtype=_mean_dtype, params=_OPTIONS, derivative=_mean_rule, examples=reduced(),
    python="np.mean({0}, axis={axis}, keepdims={keepdims})", latex=r"\operatorname{mean}({0})",
)  # fmt: skip
max_ = primitive(
    "max", shape=_reduced_shape, dtype=first_dtype, params=_OPTIONS, derivative=_extreme_rule, examples=reduced(),
    python="np.max({0}, axis={axis}, keepdims={keepdims})", latex=r"\max({0})",
)  # fmt: skip
min_ = primitive(
    "min", shape=_reduced_shape, dtype=first_dtype, params=_OPTIONS, derivative=_extreme_rule, examples=reduced(),
    python="np.min({0}, axis={axis}, keepdims={keepdims})", latex=r"\min({0})",
)  # fmt: skip


for _name, _latex in (("any", r"\bigvee {0}"), ("all", r"\bigwedge {0}")):
    primitive(
        _name, shape=_reduced_shape, dtype=lambda dtype, **params: np.dtype(bool), params=_OPTIONS, derivative=None,
        python=f"np.{_name}({{0}}, axis={{axis}}, keepdims={{keepdims}})", latex=_latex, examples=reduced(),
    )  # fmt: skip


def _argmax_shape(shape: Shape, axis=None) -> Shape:
    return _reduced_shape(shape, axis)


argmax = primitive(
    "argmax", shape=_argmax_shape, dtype=lambda dtype, axis=None: np.dtype(np.intp), params={"axis": None}, derivative=None,
    python="np.argmax({0}, axis={axis})", latex=r"\operatorname{argmax}({0})",
    examples=lambda random: [((random.normal(size=(2, 3)),), {"axis": axis}) for axis in (None, 0, 1)],
)  # fmt: skip


def _reduction(declared: Primitive):
    def reduce(a, axis=None, *, keepdims=False):  # NumPy's third and fourth place are dtype and out
        return bind(declared, (a,), (("axis", _normalized(axis, np.ndim(a))), ("keepdims", bool(keepdims))))

    return reduce


def _normalized(axis, ndim):
    if axis is None:
        return None
    return normalize_axis_tuple(axis, ndim) if isinstance(axis, tuple) else normalize_axis_index(axis, ndim)


for _function, _declared in (
    (np.sum, sum_), (np.mean, mean), (np.max, max_), (np.min, min_),
    (np.amax, max_), (np.amin, min_), (np.any, PRIMITIVES["any"]), (np.all, PRIMITIVES["all"]),
):  # fmt: skip
    FUNCTIONS[_function] = _reduction(_declared)


def _argmax(a, axis=None):
    return bind(argmax, (a,), (("axis", _normalized(axis, np.ndim(a))),))


FUNCTIONS[np.argmax] = _argmax
