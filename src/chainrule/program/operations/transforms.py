"""Linear operations of SciPy's on signals: cosine transforms, and recursive filters.

Loaded when a traced array first reaches one of their functions, since SciPy is optional.
"""

import importlib
import operator

import numpy as np

from ...core.binding import bind
from ...core.dims import ShapeMismatch
from ...core.location import refuse
from ...core.primitive import MODULES, primitive
from ...core.traced import Traced
from ..stand_ins import Asking
from .common import common_dtype, lines_along
from .compositions import nest
from .creating import places_along

MODULES["scipy"] = importlib.import_module("scipy")
fft, signal = (importlib.import_module(f"scipy.{name}") for name in ("fft", "signal"))
_dct, _lfilter = Asking(fft.dct, "scipy.fft"), Asking(signal.lfilter, "scipy.signal")

# ---- cosine transforms -------------------------------------------------------------------------------------------------

_INVERSES = {2: 3, 3: 2, 4: 4}


def _first_times(x, axis, factor):
    """An array whose first numbers along an axis are multiplied by a factor."""
    return x * np.where(places_along(x, axis) == 0, factor, 1.0)


def _dct_rule(g, y, x, type, axis, norm):
    """The transposed matrix is that of the inverse, but for the weight of the first number."""
    norm = norm.strip("'")
    if norm == "ortho" or type == 4:
        return _dct(g, _INVERSES[type], axis=axis, norm=norm)
    if type == 2:
        return _dct(_first_times(g, axis, 2.0), 3, axis=axis)
    return _first_times(_dct(g, 2, axis=axis), axis, 0.5)


def _dct_dtype(x, type, axis, norm):
    return fft.dct(np.ones(2, x)).dtype


dct = primitive(
    "dct", shape=lambda x, type, axis, norm: x, dtype=_dct_dtype,
    derivative=_dct_rule, python="scipy.fft.dct({0}, type={type}, axis={axis}, norm={norm})",
    latex=r"\operatorname{DCT}_{{type}}({0})",
    examples=lambda random: [
        ((random.normal(size=shape),), {"type": type, "axis": axis, "norm": norm})
        for type in _INVERSES for norm in ("'backward'", "'ortho'") for shape, axis in (((5,), 0), ((2, 4), 1))
    ],
)  # fmt: skip


def _resized(x, n, axis):
    size = np.shape(x)[axis]
    if n is None or n == size:
        return x
    if n < size:
        return x[(slice(None),) * axis + (slice(n),)]
    return np.pad(x, [(0, n - size if place == axis else 0) for place in range(np.ndim(x))])


def transform(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None):
    """`scipy.fft.dct`, with SciPy's signature."""
    if type not in _INVERSES or orthogonalize is not None:
        refuse("scipy.fft.dct of this type has no derivative here", "write type=2, 3 or 4, without orthogonalize=")
    x, axis = lines_along(x, axis)
    x = _resized(x, n, axis)
    if norm == "forward":
        return transform(x, type, axis=axis) / (2 * np.shape(x)[axis])
    return bind(dct, (x,), (("type", type), ("axis", axis), ("norm", "'ortho'" if norm == "ortho" else "'backward'")))


def inverse_transform(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None):
    """`scipy.fft.idct`, with SciPy's signature."""
    scaled = {"forward": None, "ortho": "ortho"}.get(norm, "forward")
    return transform(x, _INVERSES.get(type, type), n, axis, scaled, orthogonalize=orthogonalize)


# ---- recursive filters -------------------------------------------------------------------------------------------------


def _reversed_filter(g, a, axis):
    return np.flip(_lfilter([1.0], a, np.flip(g, axis), axis), axis)


def _delayed(x, axis, by):
    """The numbers along an axis `by` places later, behind zeros."""
    size = np.shape(x)[axis]
    if by == 0:
        return x
    if by >= size:
        return np.zeros_like(x)
    width = [(by if place == axis else 0, 0) for place in range(np.ndim(x))]
    return np.pad(x[(slice(None),) * axis + (slice(size - by),)], width)


def _coefficients_error(g, y, a, x, axis):
    """y solves Σ aⱼ yₙ₋ⱼ = xₙ, so that a change of aⱼ acts as −yₙ₋ⱼ added to xₙ does."""
    error = _reversed_filter(g, a, axis)
    return nest([-np.sum(error * _delayed(y, axis, by)) for by in range(np.shape(a)[0])])


def _filter_shape(a, x, axis):
    if len(a) != 1:
        raise ShapeMismatch("a filter has a vector of coefficients")
    return x


recursive_filter = primitive(
    "recursive_filter", shape=_filter_shape, dtype=lambda a, x, axis: common_dtype(np.float64, a, x),
    derivative=(_coefficients_error, lambda g, y, a, x, axis: _reversed_filter(g, a, axis)),
    python="scipy.signal.lfilter([1.0], {0}, {1}, axis={axis})", latex=r"\operatorname{filter}_{{0}}({1})",
    examples=lambda random: [
        ((np.concatenate([[1.5], random.uniform(-0.4, 0.4, order)]), random.normal(size=shape)), {"axis": axis})
        for order, shape, axis in ((1, (6,), 0), (2, (2, 5), 1), (3, (4, 2), 0))
    ],
)  # fmt: skip


def linear_filter(b, a, x, axis=-1, zi=None):
    """`scipy.signal.lfilter`, with SciPy's signature: sums of delayed numbers, and a recurrence for `a`."""
    if zi is not None:
        refuse("scipy.signal.lfilter with zi= has no derivative here", "put what was before in front of x")
    b, a, x = (nest(each) if isinstance(each, (list, tuple)) else each for each in (b, a, x))
    b, a = (np.reshape(each, -1) for each in (b, a))
    axis = operator.index(axis) % np.ndim(x)
    if not isinstance(b, Traced) and np.array_equal(b, [1.0]):
        driven = x
    else:
        driven = sum(b[by] * _delayed(x, axis, by) for by in range(np.shape(b)[0]))
    return driven / a[0] if np.shape(a)[0] == 1 else bind(recursive_filter, (a, driven), (("axis", axis),))
