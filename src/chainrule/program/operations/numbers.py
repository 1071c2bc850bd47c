"""Python's own functions of numbers, on traced ones: those of `math`; and `float`, which leaves a traced number traced."""

import builtins
import importlib
import math

import numpy as np

from ...core.traced import FUNCTIONS, LIBRARIES, Traced
from .common import register
from .compositions import nest


def number(x):
    """A value of one element as a number; a float stays of its type, others become float64."""
    if not isinstance(x, Traced):
        return x
    if x.shape:
        float(np.ones(x.shape))  # NumPy's error, where it takes no array for a number
        x = np.reshape(x, ())
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _of_numbers(own, ours):
    """A function of `math` by NumPy's; where the values are known, Python says which it does not take."""

    def function(*args):
        args = tuple(map(number, args))
        values = [each.value if isinstance(each, Traced) else each for each in args]
        if not any(value is None for value in values):
            own(*map(float, values))
        return ours(*args)

    return function


def _special(name):
    def function(x):
        return getattr(importlib.import_module("scipy.special"), name)(x)

    return function


def _logarithm(x, base=None):
    return np.log(x) if base is None else np.log(x) / np.log(base)


def _is_close(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    a, b = number(a), number(b)
    near = np.abs(a - b) <= np.maximum(rel_tol * np.maximum(np.abs(a), np.abs(b)), abs_tol)
    return (a == b) | (near & np.isfinite(a) & np.isfinite(b))


def _hypotenuse(*coordinates):
    if len(coordinates) == 2:
        return np.hypot(*map(number, coordinates))
    return np.linalg.norm(nest([number(each) for each in coordinates]))


def _array(parts):
    return parts if isinstance(parts, Traced) else nest(list(parts))


_NAMES = {
    "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh, "atan": np.arctan, "atan2": np.arctan2,
    "atanh": np.arctanh, "fabs": np.abs, "pow": np.power, "log": _logarithm, "erf": _special("erf"), "erfc": _special("erfc"),
    "gamma": _special("gamma"), "lgamma": _special("gammaln"),
    "remainder": lambda x, y: x - np.round(x / y) * y,
}  # fmt: skip
_SAME = (
    "cbrt", "copysign", "cos", "cosh", "degrees", "exp", "exp2", "expm1", "fmod", "isfinite", "isinf", "isnan", "log10", "log1p",
    "log2", "radians", "sin", "sinh", "sqrt", "tan", "tanh",
)  # fmt: skip
for _name in (*_NAMES, *_SAME):
    _own = getattr(math, _name)
    FUNCTIONS[_own] = _of_numbers(_own, _NAMES.get(_name) or getattr(np, _name))
FUNCTIONS.update(
    {
        math.hypot: _hypotenuse,
        math.dist: lambda p, q: np.linalg.norm(_array(p) - _array(q)),
        math.fsum: lambda seq: np.sum(_array(seq)),
        math.prod: lambda iterable, *, start=1: np.prod(_array(iterable)) * start,
        math.isclose: _is_close,
        math.floor: lambda x: int(np.floor(number(x))),
        math.ceil: lambda x: int(np.ceil(number(x))),
        math.trunc: lambda x: int(np.trunc(number(x))),
        builtins.float: number,
    }
)


def _declare_statistics():
    """Enter the functions of Python's `statistics`, which computes with fractions."""
    statistics = importlib.import_module("statistics")
    register(
        {
            statistics.mean: lambda data: np.mean(_array(data)),
            statistics.fmean: lambda data, weights=None: np.average(_array(data), weights=weights),
            statistics.geometric_mean: lambda data: np.exp(np.mean(np.log(_array(data)))),
            statistics.harmonic_mean: lambda data, weights=None: 1 / np.average(1 / _array(data), weights=weights),
            statistics.variance: lambda data, xbar=None: _variance(data, xbar, 1),
            statistics.pvariance: lambda data, mu=None: _variance(data, mu, 0),
            statistics.stdev: lambda data, xbar=None: np.sqrt(_variance(data, xbar, 1)),
            statistics.pstdev: lambda data, mu=None: np.sqrt(_variance(data, mu, 0)),
        }
    )


def _variance(data, center, less):
    data = _array(data)
    return np.sum((data - (np.mean(data) if center is None else center)) ** 2) / (np.size(data) - less)


LIBRARIES["statistics"] = _declare_statistics
