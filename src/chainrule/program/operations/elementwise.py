"""Elementwise operations: arithmetic, powers, exponentials, sigmoid, comparisons, selection.

Derivative rules are plain NumPy and never un-broadcast: `core/derivative.py` does that for all of them.
"""

import numpy as np

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import DISPATCHERS, PRIMITIVES, elementwise, first_dtype, primitive
from ...core.traced import FUNCTIONS, Traced
from ..examples import anywhere, choices, nonzero_pairs, pairs, positive, powers
from ..helpers import sigmoid as sigmoid_text
from ..helpers import sigmoid_prime as sigmoid_prime_text

identity = primitive(
    "identity", shape=elementwise, dtype=first_dtype, derivative=lambda g, y, x: g,
    python="{0}", latex="{0}", examples=anywhere,
)  # fmt: skip
add = primitive(
    "add", ufunc=np.add, shape=elementwise, derivative=(lambda g, y, a, b: g, lambda g, y, a, b: g),
    python="{0} + {1}", latex="{0} + {1}", examples=pairs,
)  # fmt: skip
subtract = primitive(
    "subtract", ufunc=np.subtract, shape=elementwise, derivative=(lambda g, y, a, b: g, lambda g, y, a, b: -g),
    python="{0} - {1}", latex="{0} - {1}", examples=pairs,
)  # fmt: skip
multiply = primitive(
    "multiply", ufunc=np.multiply, shape=elementwise, derivative=(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    python="{0} * {1}", latex=r"{0} \odot {1}", examples=pairs,
)  # fmt: skip
divide = primitive(
    "divide", ufunc=np.divide, shape=elementwise, regular=0.5,
    derivative=(lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    python="{0} / {1}", latex=r"\frac{{0}}{{1}}", examples=nonzero_pairs,
)  # fmt: skip
negative = primitive(
    "negative", ufunc=np.negative, shape=elementwise, derivative=lambda g, y, x: -g,
    python="-{0}", latex="-{0}", examples=anywhere,
)  # fmt: skip


def _power_base(g, y, x, n):
    if isinstance(n, (int, float)):
        if n == 0:
            return g * 0.0
        return g if n == 1 else g * (n * x) if n == 2 else g * (n * x ** (n - 1))
    # x⁰ has the derivative 0 everywhere; at x = 0, n xⁿ⁻¹ would be 0 · ∞.
    return g * (n * x ** np.where(n == 0, 1, n - 1))


def _power_exponent(g, y, x, n):
    return g * (y * np.log(np.where(x > 0, x, 1)))  # 0ⁿ is constant in n


power = primitive(
    "power", ufunc=np.power, shape=elementwise, regular=0.5, derivative=(_power_base, _power_exponent),
    python="{0} ** {1}", latex="{0}^{{1}}", examples=powers,
)  # fmt: skip
square = primitive(
    "square", ufunc=np.square, shape=elementwise, derivative=lambda g, y, x: g * (2 * x),
    python="np.square({0})", latex="{0}^2", examples=anywhere,
)  # fmt: skip
sqrt = primitive(
    "sqrt", ufunc=np.sqrt, shape=elementwise, regular=0.5, derivative=lambda g, y, x: g / (2 * y),
    python="np.sqrt({0})", latex=r"\sqrt{{0}}", examples=positive,
)  # fmt: skip
exp = primitive(
    "exp", ufunc=np.exp, shape=elementwise, regular=0.5, derivative=lambda g, y, x: g * y,
    python="np.exp({0})", latex=r"e^{{0}}", examples=anywhere,
)  # fmt: skip
log = primitive(
    "log", ufunc=np.log, shape=elementwise, regular=0.5, derivative=lambda g, y, x: g / x,
    python="np.log({0})", latex=r"\ln({0})", examples=positive,
)  # fmt: skip
log1p = primitive(
    "log1p", ufunc=np.log1p, shape=elementwise, regular=0.5, derivative=lambda g, y, x: g / (1 + x),
    python="np.log1p({0})", latex=r"\ln(1 + {0})", examples=positive,
)  # fmt: skip
expm1 = primitive(
    "expm1", ufunc=np.expm1, shape=elementwise, regular=0.5, derivative=lambda g, y, x: g * (y + 1),
    python="np.expm1({0})", latex=r"(e^{{0}} - 1)", examples=anywhere,
)  # fmt: skip
sin = primitive(
    "sin", ufunc=np.sin, shape=elementwise, derivative=lambda g, y, x: g * np.cos(x),
    python="np.sin({0})", latex=r"\sin({0})", examples=anywhere,
)  # fmt: skip
cos = primitive(
    "cos", ufunc=np.cos, shape=elementwise, derivative=lambda g, y, x: -g * np.sin(x),
    python="np.cos({0})", latex=r"\cos({0})", examples=anywhere,
)  # fmt: skip
tanh = primitive(
    "tanh", ufunc=np.tanh, shape=elementwise, derivative=lambda g, y, x: g * (1 - y * y),
    python="np.tanh({0})", latex=r"\tanh({0})", examples=anywhere,
)  # fmt: skip
absolute = primitive(
    "absolute", ufunc=np.absolute, shape=elementwise, derivative=lambda g, y, x: g * np.sign(x),
    python="np.abs({0})", latex=r"\left|{0}\right|", examples=anywhere,
)  # fmt: skip
sign = primitive(
    "sign", ufunc=np.sign, shape=elementwise, derivative=None,
    python="np.sign({0})", latex=r"\operatorname{sign}({0})", examples=anywhere,
)  # fmt: skip


def _selected_error(g, y, one, other):
    """The error of an operand: g where it was selected, half of it at a tie, else 0."""
    return np.where(one == other, 0.5 * g, g * (one == y))


maximum = primitive(
    "maximum", ufunc=np.maximum, shape=elementwise,
    derivative=(lambda g, y, a, b: _selected_error(g, y, a, b), lambda g, y, a, b: _selected_error(g, y, b, a)),
    python="np.maximum({0}, {1})", latex=r"\max({0}, {1})", examples=pairs,
)  # fmt: skip
minimum = primitive(
    "minimum", ufunc=np.minimum, shape=elementwise,
    derivative=(lambda g, y, a, b: _selected_error(g, y, a, b), lambda g, y, a, b: _selected_error(g, y, b, a)),
    python="np.minimum({0}, {1})", latex=r"\min({0}, {1})", examples=pairs,
)  # fmt: skip


def _where_dtype(mask, one, other):
    return np.result_type(*(0.0 if d is float else 0 if d is int else np.dtype(d) for d in (one, other)))


where = primitive(
    "where", shape=elementwise, dtype=_where_dtype,
    # The error is selected, not multiplied by the mask: 0 · ∞ would be NaN.
    derivative=(None, lambda g, y, m, a, b: np.where(m, g, 0.0), lambda g, y, m, a, b: np.where(m, 0.0, g)),
    python="np.where({0}, {1}, {2})", latex=r"\operatorname{where}({0}, {1}, {2})", examples=choices,
)  # fmt: skip

FUNCTIONS[np.where] = lambda condition, x, y: bind(where, (condition, x, y))

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
logical_not = primitive(
    "logical_not", ufunc=np.logical_not, shape=elementwise, derivative=None,
    python="np.logical_not({0})", latex=r"\neg {0}", examples=anywhere,
)  # fmt: skip


def boolean_operator(logical, operator):
    """The operator &, | or ~ on Booleans, a logical operation; on integers, where it is bitwise, it is refused."""

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


FUNCTIONS[np.bitwise_and] = boolean_operator(PRIMITIVES["logical_and"], "&")
FUNCTIONS[np.bitwise_or] = boolean_operator(PRIMITIVES["logical_or"], "|")
FUNCTIONS[np.invert] = boolean_operator(logical_not, "~")

astype = primitive(
    "astype", shape=elementwise, dtype=lambda x, dtype: np.dtype(dtype), derivative=lambda g, y, x, dtype: g,
    python="{0}.astype(np.{dtype})", latex="{0}",
    examples=lambda random: [((random.normal(size=(2, 3)),), {"dtype": "float32"})],
)  # fmt: skip

_sigmoid = primitive(
    "sigmoid", helper=sigmoid_text, shape=elementwise, derivative=lambda g, y, z: g * sigmoid_prime(z),
    python="sigmoid({0})", latex=r"\sigma({0})", examples=anywhere,
)  # fmt: skip
_sigmoid_prime = primitive(
    "sigmoid_prime", helper=sigmoid_prime_text, shape=elementwise, derivative=lambda g, y, z: g * (y * (1 - 2 * sigmoid(z))),
    python="sigmoid_prime({0})", latex=r"\sigma'({0})", examples=anywhere,
)  # fmt: skip


def sigmoid(z):
    """The sigmoid σ(z) = 1 / (1 + e⁻ᶻ) of a plain or traced array."""
    return bind(_sigmoid, (z,)) if isinstance(z, Traced) else sigmoid_text(z)


def sigmoid_prime(z):
    """The derivative σ′(z) = σ(z) (1 − σ(z)) of the sigmoid, of a plain or traced array."""
    return bind(_sigmoid_prime, (z,)) if isinstance(z, Traced) else sigmoid_prime_text(z)


DISPATCHERS.update(sigmoid=sigmoid, sigmoid_prime=sigmoid_prime)
