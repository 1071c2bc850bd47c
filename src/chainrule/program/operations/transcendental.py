"""Roots, exponentials, logarithms, trigonometric and hyperbolic functions beyond the common ones in `elementwise.py`.

Each row declares one ufunc: its text, its derivative, its examples, and a point at which the derivative is finite if it is
not finite everywhere.
"""

import math

import numpy as np

from ...core.primitive import UFUNCS, elementwise, primitive
from ...core.traced import FUNCTIONS
from ..examples import anywhere, between, pairs, positive

_LN2, _LN10, _DEGREE = math.log(2), math.log(10), math.pi / 180
_WITHIN, _ABOVE_1 = between(-0.9, 0.9), between(1.5, 3.0)

for _name, _latex, _rule, _examples, _regular in [
    ("exp2", "2^{{0}}", lambda g, y, x: g * (_LN2 * y), anywhere, 0.5),
    ("log2", r"\log_2({0})", lambda g, y, x: g / (_LN2 * x), positive, 0.5),
    ("log10", r"\log_{10}({0})", lambda g, y, x: g / (_LN10 * x), positive, 0.5),
    ("cbrt", r"\sqrt[3]{{0}}", lambda g, y, x: g / (3 * (y * y)), anywhere, 0.5),
    ("tan", r"\tan({0})", lambda g, y, x: g * (1 + y * y), anywhere, 0.5),
    ("arcsin", r"\arcsin({0})", lambda g, y, x: g / np.sqrt(1 - x * x), _WITHIN, 0.5),
    ("arccos", r"\arccos({0})", lambda g, y, x: -g / np.sqrt(1 - x * x), _WITHIN, 0.5),
    ("arctan", r"\arctan({0})", lambda g, y, x: g / (1 + x * x), anywhere, None),
    ("sinh", r"\sinh({0})", lambda g, y, x: g * np.cosh(x), anywhere, 0.5),
    ("cosh", r"\cosh({0})", lambda g, y, x: g * np.sinh(x), anywhere, 0.5),
    ("arcsinh", r"\operatorname{arsinh}({0})", lambda g, y, x: g / np.sqrt(1 + x * x), anywhere, None),
    ("arccosh", r"\operatorname{arcosh}({0})", lambda g, y, x: g / np.sqrt((x - 1) * (x + 1)), _ABOVE_1, 2.0),
    ("arctanh", r"\operatorname{artanh}({0})", lambda g, y, x: g / (1 - x * x), _WITHIN, 0.5),
    ("deg2rad", r"\tfrac{\pi}{180} {0}", lambda g, y, x: g * _DEGREE, anywhere, None),
    ("rad2deg", r"\tfrac{180}{\pi} {0}", lambda g, y, x: g / _DEGREE, anywhere, None),
]:  # fmt: skip
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise, derivative=_rule, python=f"np.{_name}({{0}})", latex=_latex,
        examples=_examples, regular=_regular,
    )  # fmt: skip

UFUNCS[np.radians], UFUNCS[np.degrees] = UFUNCS[np.deg2rad], UFUNCS[np.rad2deg]


def _share(g, x, y):
    """g x / y, the error of x for a length y; 0 at length 0, where it is not differentiable."""
    return g * (x / np.where(y == 0, 1, y))


hypot = primitive(
    "hypot", ufunc=np.hypot, shape=elementwise,
    derivative=(lambda g, y, a, b: _share(g, a, y), lambda g, y, a, b: _share(g, b, y)),
    python="np.hypot({0}, {1})", latex=r"\sqrt{{0}^2 + {1}^2}", examples=pairs,
)  # fmt: skip
arctan2 = primitive(
    "arctan2", ufunc=np.arctan2, shape=elementwise, regular=0.5,
    derivative=(lambda g, y, a, b: g * (b / (a * a + b * b)), lambda g, y, a, b: -g * (a / (a * a + b * b))),
    python="np.arctan2({0}, {1})", latex=r"\operatorname{atan2}({0}, {1})", examples=pairs,
)  # fmt: skip
logaddexp2 = primitive(
    "logaddexp2", ufunc=np.logaddexp2, shape=elementwise,
    derivative=(lambda g, y, a, b: g * np.exp2(a - y), lambda g, y, a, b: g * np.exp2(b - y)),
    python="np.logaddexp2({0}, {1})", latex=r"\log_2(2^{{0}} + 2^{{1}})", examples=pairs,
)  # fmt: skip

FUNCTIONS[np.float_power] = lambda x1, x2: np.power(_float64(x1), x2)


def _float64(x):
    return x.astype(np.float64) if hasattr(x, "astype") else float(x)


def _sinc(x):
    """sin(πx) / πx; near 0 its series, since the derivatives of the quotient cancel there."""
    near_zero = np.abs(x) < 0.01
    y = math.pi * np.where(near_zero, 1, x)
    square = (math.pi * np.where(near_zero, x, 0)) ** 2
    return np.where(near_zero, 1 - square / 6 * (1 - square / 20 * (1 - square / 42)), np.sin(y) / y)


FUNCTIONS[np.sinc] = _sinc
