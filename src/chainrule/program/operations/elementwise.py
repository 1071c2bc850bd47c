"""Elementwise operations: arithmetic, powers, functions of one number and of two, selection, comparisons; and `stop_gradient`,
which makes a value a constant of every derivative.

Derivative rules are plain NumPy and never un-broadcast: `core/derivative.py` does that for all of them.
"""

import math
import operator
from typing import Any

import numpy as np

from ...core import operators  # noqa: F401  # it gives traced arrays the operator that is replaced below
from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import PRIMITIVES, UFUNCS, elementwise, first_dtype, primitive
from ...core.traced import FUNCTIONS, Traced
from .. import helpers
from ..examples import anywhere, between, choices, nonzero_pairs, pairs, positive, powers
from ..literals import CAST
from .common import common_dtype, dispatched, float64_of, implements

primitive(
    "identity", shape=elementwise, dtype=first_dtype, derivative=lambda g, y, x: g,
    python="{0}", latex="{0}", examples=anywhere,
)  # fmt: skip
primitive(
    "add", ufunc=np.add, shape=elementwise, derivative=(lambda g, y, a, b: g, lambda g, y, a, b: g),
    python="{0} + {1}", latex="{0} + {1}", examples=pairs,
)  # fmt: skip
primitive(
    "subtract", ufunc=np.subtract, shape=elementwise, derivative=(lambda g, y, a, b: g, lambda g, y, a, b: -g),
    python="{0} - {1}", latex="{0} - {1}", examples=pairs,
)  # fmt: skip
primitive(
    "multiply", ufunc=np.multiply, shape=elementwise, derivative=(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    python="{0} * {1}", latex=r"{0} \odot {1}", examples=pairs,
)  # fmt: skip
primitive(
    "divide", ufunc=np.divide, shape=elementwise, regular=0.5,
    derivative=(lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    python="{0} / {1}", latex=r"\frac{{0}}{{1}}", examples=nonzero_pairs,
)  # fmt: skip
primitive(
    "negative", ufunc=np.negative, shape=elementwise, derivative=lambda g, y, x: -g,
    python="-{0}", latex="-{0}", examples=anywhere,
)  # fmt: skip


def _power_base(g, y, x, n):
    if isinstance(n, (int, float, complex)):
        if n == 0:
            return g * 0.0
        return g if n == 1 else g * (n * x) if n == 2 else g * (n * x ** (n - 1))
    # x⁰ has the derivative 0 everywhere; at x = 0 and at x = ∞, n xⁿ⁻¹ or a power of x instead would be 0 · ∞.
    return g * (n * np.where(n == 0, 1, x) ** (n - 1))


def _power_exponent(g, y, x, n):
    if y.dtype.kind == "c":
        return g * (y * np.log(np.where(x == 0, 1 + 0j, x)))
    return g * (y * np.log(np.where(x > 0, x, 1)))  # 0ⁿ is constant in n


primitive(
    "power", ufunc=np.power, shape=elementwise, regular=0.5, derivative=(_power_base, _power_exponent),
    python="{0} ** {1}", latex="{0}^{{1}}", examples=powers,
)  # fmt: skip


def _cast_truth_values(power, numpys):
    """A power that first casts truth values to the dtype of its result.

    NumPy's operator and function differ: `b ** 2` squares as int8, np.power(b, 2) as int64; both are written as **.
    """

    def operate(x1, x2):
        is_array = isinstance(x1, Traced) and (x1.shape or isinstance(x1.value, np.ndarray))
        if is_array and x1.dtype == bool and isinstance(x2, (int, float)):
            x1 = x1.astype(numpys(np.ones(1, bool), x2).dtype)
        return power(x1, x2)

    return operate


setattr(Traced, "__pow__", _cast_truth_values(getattr(Traced, "__pow__"), operator.pow))  # noqa: B009, B010  # as in core
FUNCTIONS[np.power] = _cast_truth_values(lambda *inputs: bind(PRIMITIVES["power"], inputs), np.power)


# ---- functions of one number and of two ------------------------------------------------------------------------------

_LN2, _LN10, _DEGREE = math.log(2), math.log(10), math.pi / 180
_WITHIN, _ABOVE_1 = between(-0.9, 0.9), between(1.5, 3.0)


def _on_branch(of_result, of_real):
    """The root that divides an inverse function's error: of complex numbers from the result, which knows its branch."""
    return lambda y, x: of_result(y) if y.dtype.kind == "c" else of_real(x)


_arcsin_root = _on_branch(np.cos, lambda x: np.sqrt(1 - x * x))
_arccos_root = _on_branch(np.sin, lambda x: np.sqrt(1 - x * x))
_arcsinh_root = _on_branch(np.cosh, lambda x: np.sqrt(1 + x * x))
_arccosh_root = _on_branch(np.sinh, lambda x: np.sqrt((x - 1) * (x + 1)))

# A ufunc, its LaTeX, its derivative, its examples, and a point where the derivative is finite if that is not so everywhere.
for _name, _latex, _rule, _examples, _regular in [
    ("square", "{0}^2", lambda g, y, x: g * (2 * x), anywhere, None),
    ("sqrt", r"\sqrt{{0}}", lambda g, y, x: g / (2 * y), positive, 0.5),
    ("cbrt", r"\sqrt[3]{{0}}", lambda g, y, x: g / (3 * (y * y)), anywhere, 0.5),
    ("exp", "e^{{0}}", lambda g, y, x: g * y, anywhere, 0.5),
    ("exp2", "2^{{0}}", lambda g, y, x: g * (_LN2 * y), anywhere, 0.5),
    ("expm1", "(e^{{0}} - 1)", lambda g, y, x: g * (y + 1), anywhere, 0.5),
    ("log", r"\ln({0})", lambda g, y, x: g / x, positive, 0.5),
    ("log2", r"\log_2({0})", lambda g, y, x: g / (_LN2 * x), positive, 0.5),
    ("log10", r"\log_{10}({0})", lambda g, y, x: g / (_LN10 * x), positive, 0.5),
    ("log1p", r"\ln(1 + {0})", lambda g, y, x: g / (1 + x), positive, 0.5),
    ("sin", r"\sin({0})", lambda g, y, x: g * np.cos(x), anywhere, None),
    ("cos", r"\cos({0})", lambda g, y, x: -g * np.sin(x), anywhere, None),
    ("tan", r"\tan({0})", lambda g, y, x: g * (1 + y * y), anywhere, 0.5),
    ("arcsin", r"\arcsin({0})", lambda g, y, x: g / _arcsin_root(y, x), _WITHIN, 0.5),
    ("arccos", r"\arccos({0})", lambda g, y, x: -g / _arccos_root(y, x), _WITHIN, 0.5),
    ("arctan", r"\arctan({0})", lambda g, y, x: g / (1 + x * x), anywhere, None),
    ("sinh", r"\sinh({0})", lambda g, y, x: g * np.cosh(x), anywhere, 0.5),
    ("cosh", r"\cosh({0})", lambda g, y, x: g * np.sinh(x), anywhere, 0.5),
    ("tanh", r"\tanh({0})", lambda g, y, x: g * (1 - y * y), anywhere, None),
    ("arcsinh", r"\operatorname{arsinh}({0})", lambda g, y, x: g / _arcsinh_root(y, x), anywhere, None),
    ("arccosh", r"\operatorname{arcosh}({0})", lambda g, y, x: g / _arccosh_root(y, x), _ABOVE_1, 2.0),
    ("arctanh", r"\operatorname{artanh}({0})", lambda g, y, x: g / (1 - x * x), _WITHIN, 0.5),
    ("deg2rad", r"\tfrac{\pi}{180} {0}", lambda g, y, x: g * _DEGREE, anywhere, None),
    ("rad2deg", r"\tfrac{180}{\pi} {0}", lambda g, y, x: g / _DEGREE, anywhere, None),
]:  # fmt: skip
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise, derivative=_rule, python=f"np.{_name}({{0}})", latex=_latex,
        examples=_examples, regular=_regular,
    )  # fmt: skip

UFUNCS[np.radians], UFUNCS[np.degrees] = UFUNCS[np.deg2rad], UFUNCS[np.rad2deg]


def _absolute_rule(g, y, x):
    return g * (np.conj(x) / np.where(y == 0, 1, y)) if x.dtype.kind == "c" else g * np.sign(x)


primitive(
    "absolute", ufunc=np.absolute, shape=elementwise, derivative=_absolute_rule,
    python="np.abs({0})", latex=r"\left|{0}\right|", examples=anywhere,
)  # fmt: skip


def _share(g, x, y):
    """g x / y, the error of x for a length y; 0 where the length is 0, since it is not differentiable there."""
    return g * (x / np.where(y == 0, 1, y))


primitive(
    "hypot", ufunc=np.hypot, shape=elementwise,
    derivative=(lambda g, y, a, b: _share(g, a, y), lambda g, y, a, b: _share(g, b, y)),
    python="np.hypot({0}, {1})", latex=r"\sqrt{{0}^2 + {1}^2}", examples=pairs,
)  # fmt: skip
primitive(
    "arctan2", ufunc=np.arctan2, shape=elementwise, regular=0.5,
    derivative=(lambda g, y, a, b: g * (b / (a * a + b * b)), lambda g, y, a, b: -g * (a / (a * a + b * b))),
    python="np.arctan2({0}, {1})", latex=r"\operatorname{atan2}({0}, {1})", examples=pairs,
)  # fmt: skip
primitive(
    "logaddexp", ufunc=np.logaddexp, shape=elementwise,
    derivative=(lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y)),
    python="np.logaddexp({0}, {1})", latex=r"\ln(e^{{0}} + e^{{1}})", examples=pairs,
)  # fmt: skip
primitive(
    "logaddexp2", ufunc=np.logaddexp2, shape=elementwise,
    derivative=(lambda g, y, a, b: g * np.exp2(a - y), lambda g, y, a, b: g * np.exp2(b - y)),
    python="np.logaddexp2({0}, {1})", latex=r"\log_2(2^{{0}} + 2^{{1}})", examples=pairs,
)  # fmt: skip

FUNCTIONS[np.float_power] = lambda x1, x2: np.power(
    np.asarray(x1, np.complex128)[()] if np.iscomplexobj(x1) else float64_of(x1), x2
)


@implements(np.sinc)
def _sinc(x):
    """sin(πx) / πx; near 0 its series, since the terms of the derivatives cancel there."""
    near_zero = np.abs(x) < 0.01
    y = math.pi * np.where(near_zero, 1, x)
    square = (math.pi * np.where(near_zero, x, 0)) ** 2
    return np.where(near_zero, 1 - square / 6 * (1 - square / 20 * (1 - square / 42)), np.sin(y) / y)


# ---- selection, comparisons, truth values ----------------------------------------------------------------------------


def _selected_error(g, y, one, other):
    """The error of an operand: g where it was selected, half of it at a tie, else 0."""
    return np.where(one == other, 0.5 * g, g * (one == y))


for _name, _latex in [("maximum", r"\max({0}, {1})"), ("minimum", r"\min({0}, {1})")]:
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise,
        derivative=(lambda g, y, a, b: _selected_error(g, y, a, b), lambda g, y, a, b: _selected_error(g, y, b, a)),
        python=f"np.{_name}({{0}}, {{1}})", latex=_latex, examples=pairs,
    )  # fmt: skip
where = primitive(
    "where", shape=elementwise, dtype=lambda mask, *dtypes: common_dtype(*dtypes),
    # The error is selected, not multiplied by the mask: 0 · ∞ would be NaN.
    derivative=(None, lambda g, y, m, a, b: np.where(m, g, 0.0), lambda g, y, m, a, b: np.where(m, 0.0, g)),
    python="np.where({0}, {1}, {2})", examples=choices,
)  # fmt: skip


@implements(np.where)
def _where(condition, *choices):
    if len(choices) == 1:
        raise ValueError("either both or neither of x and y should be given")
    return bind(where, (condition, *choices)) if choices else np.nonzero(condition)


for _name, _sign, _latex in [
    ("greater", ">", ">"), ("greater_equal", ">=", r"\ge"), ("less", "<", "<"), ("less_equal", "<=", r"\le"),
    ("equal", "==", "="), ("not_equal", "!=", r"\ne"),
]:  # fmt: skip
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise, derivative=None,
        python=f"{{0}} {_sign} {{1}}", latex=f"[{{0}} {_latex} {{1}}]", examples=pairs,
    )  # fmt: skip
for _name, _latex in [("logical_and", r"\wedge"), ("logical_or", r"\vee")]:
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise, derivative=None,
        python=f"np.{_name}({{0}}, {{1}})", latex=f"({{0}} {_latex} {{1}})", examples=pairs,
    )  # fmt: skip
primitive(
    "logical_not", ufunc=np.logical_not, shape=elementwise, derivative=None,
    python="np.logical_not({0})", latex=r"\neg {0}", examples=anywhere,
)  # fmt: skip


def boolean_operator(logical, operator):
    """The operator &, | or ~: a logical operation on Booleans, and refused on integers, where it is bitwise."""

    def operate(*inputs):
        for each in inputs:
            dtype = each.dtype if hasattr(each, "dtype") else np.asarray(each).dtype
            if dtype.kind != "b":
                refuse(
                    "{operator} on {dtype} numbers has no derivative here",
                    "use it on truth values, such as x > 0",
                    operator=operator,
                    dtype=dtype,
                )
        return bind(logical, inputs)

    return operate


_of_truths = boolean_operator(PRIMITIVES["logical_and"], "&")


@implements(np.bitwise_and)
def _bitwise_and(x1, x2):
    """Of whole numbers the low bits are a remainder: n & 1 is n % 2."""
    for number, low in ((x1, x2), (x2, x1)):
        if type(low) is int and low > 0 and not low & (low + 1) and number.dtype.kind in "iu":
            return np.remainder(number, low + 1)
    return _of_truths(x1, x2)


@implements(np.right_shift)
def _right_shift(x1, x2):
    if type(x2) is not int or x2 < 0 or x1.dtype.kind not in "iu":
        refuse("np.right_shift has no derivative here", "write n // 2**k")
    return np.floor_divide(x1, 2**x2)


FUNCTIONS[np.bitwise_or] = boolean_operator(PRIMITIVES["logical_or"], "|")
FUNCTIONS[np.invert] = boolean_operator(PRIMITIVES["logical_not"], "~")

primitive(
    "astype", shape=elementwise, dtype=lambda x, dtype: np.dtype(dtype), derivative=lambda g, y, x, dtype: g,
    python=CAST, latex="{0}",
    examples=lambda random: [((random.normal(size=(2, 3)),), {"dtype": "float32"})],
)  # fmt: skip

_stop_gradient = dispatched(primitive(
    "stop_gradient", helper=helpers.stop_gradient, shape=elementwise, dtype=first_dtype, derivative=None,
    python="stop_gradient({0})", latex=r"\operatorname{stop}({0})", examples=anywhere,
))  # fmt: skip


def stop_gradient(x: Any) -> Any:
    """The value of `x`, which derivatives take as a constant.

    Args:
        x: An array or a number.

    Returns:
        The same value, through which no error flows back.

    Examples:
        >>> from chainrule import grad, stop_gradient
        >>> grad(lambda x: x * stop_gradient(x))(3.0)
        np.float64(3.0)
    """
    return _stop_gradient(x)
