"""The interpolants of scipy.interpolate at traced places, and of traced values: piecewise polynomials, written with NumPy.

Loaded when a traced array first reaches one of them; `rebound_methods.py` explains how.
"""

import importlib
import inspect
import math
from typing import Any

import numpy as np

from ...core.location import refuse
from ...core.traced import FUNCTIONS, Traced
from ..advice import LIBRARY
from ..rebound_methods import VERSIONS
from .common import array_of

interpolate = importlib.import_module("scipy.interpolate")


def _take(a: Any, places: Any) -> Any:
    return FUNCTIONS[np.take](a, places, 0) if isinstance(a, Traced) or isinstance(places, Traced) else a[places]


def _placed(found: Any, ndim: int, axis: int) -> Any:
    """The result with the axes of the places where the axis of the data was."""
    if not axis:
        return found
    order = [*range(ndim, ndim + axis), *range(ndim), *range(ndim + axis, np.ndim(found))]
    return np.transpose(found, order)


def _beside(x: Any, ndim: int) -> Any:
    """Places or steps with further axes, one for each that the data have."""
    return np.reshape(x, (*np.shape(x), *(1,) * ndim))


def _piecewise(self: Any, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
    c = self.c if (kept := getattr(self, "_c", None)) is None else kept
    extrapolate = self.extrapolate if extrapolate is None else extrapolate
    return _placed(_at(array_of(x), self.x, c, nu, extrapolate), np.ndim(x), self.axis)


def _at(x: Any, breaks: Any, c: Any, nu: int, extrapolate: Any) -> Any:
    """A polynomial in the distance from the break before, or its derivative, by Horner's rule; c has the highest power first."""
    if extrapolate == "periodic":
        x = breaks[0] + (x - breaks[0]) % (breaks[-1] - breaks[0])
    place = np.clip(np.searchsorted(breaks, x, side="right") - 1, 0, len(breaks) - 2)
    order, further = np.shape(c)[0] - 1, np.ndim(c) - 2
    step = _beside(x - _take(breaks, place), further)
    found: Any = 0.0 * step * _take(c[0], place) if order < nu else None
    for power in range(order, nu - 1, -1):
        term = _take(c[order - power], place) * (math.perm(power, nu) if nu else 1)
        found = term if found is None else found * step + term
    if extrapolate:
        return found
    return np.where(_beside((x >= breaks[0]) & (x <= breaks[-1]), further), found, np.nan)


def _polynomials(spline: Any) -> tuple[Any, Any]:
    """The breaks of a B-spline, and the coefficients of its polynomials between them."""
    breaks = np.unique(spline.t[spline.k : len(spline.t) - spline.k])
    own = _own(interpolate.BSpline, "__call__")
    rows = [own(spline, breaks[:-1], power) / math.factorial(power) for power in range(spline.k, -1, -1)]
    return breaks, np.stack([np.moveaxis(row, spline.axis, 0) for row in rows])


def _spline(self: Any, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
    breaks, c = _polynomials(self)
    extrapolate = self.extrapolate if extrapolate is None else extrapolate
    return _placed(_at(array_of(x), breaks, c, nu, extrapolate), np.ndim(x), self.axis)


def _one_dimensional(self: Any, x: Any) -> Any:
    """`interp1d`: lines between neighbors, or a spline."""
    kind = getattr(self, "_kind", None)
    if not isinstance(self, interpolate.interp1d) or kind not in ("linear", "spline"):
        refuse("an interpolation of this kind has no derivative here", LIBRARY["interp1d"])
    x, y = array_of(x), np.moveaxis(self.y, self._y_axis, 0)
    further = np.ndim(y) - 1
    if kind == "spline":
        breaks, c = _polynomials(self._spline)
        found = _at(x, breaks, np.reshape(c, (*np.shape(c)[:2], *np.shape(y)[1:])), 0, True)
    else:
        high = np.clip(np.searchsorted(self.x, x), 1, len(self.x) - 1)
        below, low = _take(self.x, high - 1), _take(y, high - 1)
        slope = (_take(y, high) - low) / _beside(_take(self.x, high) - below, further)
        found = slope * _beside(x - below, further) + low
    if not self._extrapolate:
        found = _within(self, x, found, further)
    return _placed(found, np.ndim(x), self._y_axis)


def _within(self: Any, x: Any, found: Any, further: int) -> Any:
    """What is given beyond the first and the last place; or an error, as far as values are known."""
    before, behind = x < self.x[0], x > self.x[-1]
    if self.bounds_error and (_holds(before) or _holds(behind)):
        raise ValueError("a place is outside of the range of the interpolation")
    low, high = np.asarray(self._fill_value_below), np.asarray(self._fill_value_above)
    if max(low.size, high.size) > 1:
        refuse(
            "the edges of an interpolation of several rows have no derivative here", "write fill_value='extrapolate'"
        )
    low, high = np.reshape(low, ()), np.reshape(high, ())
    return np.where(_beside(before, further), low, np.where(_beside(behind, further), high, found))


def _holds(mask: Any) -> bool:
    """Whether a mask is true somewhere, as far as its values are known."""
    value = mask.value if isinstance(mask, Traced) else mask
    return value is not None and bool(np.any(value))


def _interpolate_values(
    self: Any, x: Any, y: Any, kind: Any = "linear", axis: int = -1, copy: Any = True, bounds_error: Any = None,
    fill_value: Any = np.nan, assume_sorted: bool = False,
) -> None:  # fmt: skip
    """An `interp1d` of traced values: prepared with plain ones, which the traced take the place of."""
    if isinstance(x, Traced) or kind != "linear" or not isinstance(y, Traced) or isinstance(fill_value, Traced):
        refuse("an interpolation of this kind has no derivative here", LIBRARY["interp1d"])
    places = np.asarray(x)
    _OWN_INIT(self, places, np.zeros(np.shape(y)), kind, axis, copy, bounds_error, fill_value, assume_sorted)
    order = np.arange(len(places)) if assume_sorted else np.argsort(places, kind="mergesort")
    self.y = FUNCTIONS[np.take](y, order, self._y_axis)


def _spline_values(
    self: Any, x: Any, y: Any, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None
) -> None:
    """A cubic spline of traced values, whose coefficients are sums of them with weights that hang on the places alone."""
    if isinstance(x, Traced) or not isinstance(bc_type, str) or not isinstance(y, Traced):
        refuse("a spline of these values has no derivative here", LIBRARY["CubicSpline"])
    places = np.asarray(x, float)
    if bc_type == "periodic":
        refuse("a spline of these values has no derivative here", LIBRARY["CubicSpline"])
    _OWN_SPLINE(self, places, np.eye(len(places)), 0, bc_type, extrapolate)
    weights, values, axis = self.c, FUNCTIONS[np.moveaxis](y, axis, 0), axis % np.ndim(y)
    self._c, self.axis = np.tensordot(weights, values, axes=((2,), (0,))), axis


def _own(kind: type, name: str) -> Any:
    return inspect.unwrap(vars(next(base for base in kind.__mro__ if name in vars(base)))[name])


_OWN_INIT, _OWN_SPLINE = _own(interpolate.interp1d, "__init__"), _own(interpolate.CubicSpline, "__init__")
VERSIONS.update(
    {
        _own(interpolate.PPoly, "__call__"): _piecewise,
        _own(interpolate.BSpline, "__call__"): _spline,
        _own(interpolate.interp1d, "__call__"): _one_dimensional,
        _OWN_INIT: _interpolate_values,
        _OWN_SPLINE: _spline_values,
    }
)
