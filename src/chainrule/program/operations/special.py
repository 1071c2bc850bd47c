"""The ufuncs of scipy.special, loaded when a traced array first reaches one, since SciPy is optional.

Its functions that are not ufuncs (logsumexp, softmax, polygamma) are declared in `softmaxes.py`.
"""

import importlib
import math

import numpy as np

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import MODULES, elementwise, primitive, ufunc_dtype
from ...core.traced import FUNCTIONS, Traced
from ..examples import anywhere, between, positive
from .softmaxes import polygamma

scipy = importlib.import_module("scipy")
special = importlib.import_module("scipy.special")
MODULES["scipy"] = scipy

_ROOT_PI, _ROOT_2PI = math.sqrt(math.pi), math.sqrt(2 * math.pi)
_SHARE = between(0.1, 0.9)


def _mills(y, x):
    """φ(x) / Φ(x). For x < 0, where −x²/2 − y cancels, it is computed with erfcx instead."""
    left = 2 / _ROOT_2PI / special.erfcx(np.maximum(x / -math.sqrt(2), 0))
    return np.where(x < 0, left, np.exp(-0.5 * x * x - y) / _ROOT_2PI)


def _positive_pairs(random):
    for one, other in [((3, 2), (3, 2)), ((3, 1), (1, 2)), ((), (3, 2)), ((), ())]:
        yield (random.uniform(0.5, 2.0, one), random.uniform(0.5, 2.0, other)), {}


def _ufunc(name, latex, derivative, examples, regular=None):
    operands = "{0}, {1}" if isinstance(derivative, tuple) else "{0}"
    return primitive(
        name, ufunc=getattr(special, name), shape=elementwise, derivative=derivative, examples=examples, regular=regular,
        python=f"scipy.special.{name}({operands})", latex=latex or rf"\operatorname{{{name}}}({operands})",
    )  # fmt: skip


_ufunc("expit", r"\sigma({0})", lambda g, y, x: g * (y * (1 - y)), anywhere)
_ufunc("logit", "", lambda g, y, x: g / (x * (1 - x)), _SHARE, 0.5)
_ufunc("log_expit", r"\ln \sigma({0})", lambda g, y, x: g * special.expit(-x), anywhere)
_ufunc("erf", "", lambda g, y, x: g * (2 / _ROOT_PI * np.exp(-x * x)), anywhere)
_ufunc("erfc", "", lambda g, y, x: -g * (2 / _ROOT_PI * np.exp(-x * x)), anywhere)
_ufunc("erfcx", "", lambda g, y, x: g * (2 * x * y - 2 / _ROOT_PI), anywhere, 0.5)
_ufunc("erfinv", r"\operatorname{erf}^{-1}({0})", lambda g, y, x: g * (_ROOT_PI / 2 * np.exp(y * y)), _SHARE, 0.5)
_ufunc("ndtr", r"\Phi({0})", lambda g, y, x: g * (np.exp(-0.5 * x * x) / _ROOT_2PI), anywhere)
_ufunc("log_ndtr", r"\ln \Phi({0})", lambda g, y, x: g * _mills(y, x), anywhere)
_ufunc("ndtri", r"\Phi^{-1}({0})", lambda g, y, x: g * (_ROOT_2PI * np.exp(0.5 * y * y)), _SHARE, 0.5)
_ufunc("erfcinv", r"\operatorname{erfc}^{-1}({0})", lambda g, y, x: -g * (_ROOT_PI / 2 * np.exp(y * y)), _SHARE, 0.5)
_ufunc("exp1", "E_1({0})", lambda g, y, x: -g * (np.exp(-x) / x), positive, 1.0)
_ufunc("expi", r"\operatorname{Ei}({0})", lambda g, y, x: g * (np.exp(x) / x), positive, 1.0)
_ufunc("gammaln", r"\ln \Gamma({0})", lambda g, y, x: g * special.digamma(x), positive, 1.0)
_ufunc("gamma", r"\Gamma({0})", lambda g, y, x: g * (y * special.digamma(x)), positive, 1.0)
_ufunc("rgamma", r"\Gamma({0})^{-1}", lambda g, y, x: -g * (y * special.digamma(x)), positive, 1.0)
_ufunc("digamma", r"\psi({0})", lambda g, y, x: g * polygamma(1, x), positive, 1.0)
_ufunc("entr", "", lambda g, y, x: -g * (np.log(x) + 1), positive, 0.5)
_ufunc("i0", "I_0({0})", lambda g, y, x: g * special.i1(x), anywhere)
_ufunc("i1", "I_1({0})", lambda g, y, x: g * (special.i0(x) - _divided_near_zero(y, x, 1)), anywhere)
_ufunc("y0", "Y_0({0})", lambda g, y, x: -g * special.y1(x), positive, 1.0)
_ufunc("y1", "Y_1({0})", lambda g, y, x: g * (special.y0(x) - y / x), positive, 1.0)
_ufunc("j0", "J_0({0})", lambda g, y, x: -g * special.j1(x), anywhere)
_ufunc("j1", "J_1({0})", lambda g, y, x: g * (special.j0(x) - _divided_near_zero(y, x, -1)), anywhere)


def _with_order(name, sign):
    """An incomplete gamma function; the derivative with respect to its order has no closed form, and is refused."""
    ufunc, orders = getattr(special, name), ((1.5, ()), (0.7, (2, 3)), (3, (3,)))
    declared = primitive(
        name, shape=elementwise, dtype=ufunc_dtype(ufunc), python=f"scipy.special.{name}({{0}}, {{1}})", regular=1.0,
        latex=rf"\operatorname{{{name}}}({{0}}, {{1}})",
        derivative=(None, lambda g, y, a, x: g * (sign * np.exp((a - 1) * np.log(x) - x - special.gammaln(a)))),
        examples=lambda random: [((a, random.uniform(0.5, 2.0, shape)), {}) for a, shape in orders],
    )  # fmt: skip

    def function(a, x):
        if isinstance(a, Traced):
            refuse(
                "scipy.special.{name} has no derivative with respect to its order",
                "pass the order as a plain number",
                name=name,
            )
        return bind(declared, (a, x))

    FUNCTIONS[ufunc] = function


_with_order("gammainc", 1)
_with_order("gammaincc", -1)


def _divided_near_zero(y, x, sign):
    """y / x for a Bessel function of order 1; near 0 it is ½ ± x²/16, since the derivatives of the quotient cancel there."""
    near_zero = np.abs(x) < 1e-3
    return np.where(near_zero, 0.5 + sign * x * x / 16, y / np.where(near_zero, 1, x))


def _quotient(x, y):
    """x / y, and 0 where both are 0."""
    return x / np.where((x == 0) & (y == 0), 1, y)


def _log_where(x, y):
    return np.log(np.where((x == 0) & (y == 0), 1, y))


_ufunc(
    "xlogy",
    r"{0} \ln({1})",
    (lambda g, y, a, b: g * _log_where(a, b), lambda g, y, a, b: g * _quotient(a, b)),
    _positive_pairs,
)
_ufunc(
    "xlog1py", r"{0} \ln(1 + {1})",
    (lambda g, y, a, b: g * _log_where(a, 1 + b), lambda g, y, a, b: g * _quotient(a, 1 + b)), _positive_pairs,
)  # fmt: skip
_ufunc(
    "rel_entr", "", (lambda g, y, a, b: g * (np.log(a / b) + 1), lambda g, y, a, b: -g * (a / b)), _positive_pairs, 0.5
)
_ufunc("kl_div", "", (lambda g, y, a, b: g * np.log(a / b), lambda g, y, a, b: g * (1 - a / b)), _positive_pairs, 0.5)
_ufunc(
    "betaln", r"\ln \operatorname{B}({0}, {1})",
    (
        lambda g, y, a, b: g * (special.digamma(a) - special.digamma(a + b)),
        lambda g, y, a, b: g * (special.digamma(b) - special.digamma(a + b)),
    ),
    _positive_pairs, 1.0,
)  # fmt: skip
_ufunc(
    "beta", r"\operatorname{B}({0}, {1})",
    (
        lambda g, y, a, b: g * (y * (special.digamma(a) - special.digamma(a + b))),
        lambda g, y, a, b: g * (y * (special.digamma(b) - special.digamma(a + b))),
    ),
    _positive_pairs, 1.0,
)  # fmt: skip
