"""The functions of scipy.special: ufuncs, and logsumexp, softmax, log_softmax, polygamma.

Loaded when a traced array first reaches one of them, since SciPy is optional; `stand_ins.py` explains how calls of
functions that are not ufuncs get here.
"""

import importlib
import inspect
import math
import operator
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.dims import broadcast
from ...core.location import refuse
from ...core.primitive import MODULES, Examples, elementwise, primitive, ufunc_dtype
from ...core.traced import FUNCTIONS, Traced
from ..examples import anywhere, between, of_shapes, positive, reduced
from ..refusing import COMPLEX
from ..scipy_helpers import betainc_order, gammainc_order, real_lambertw
from ..stand_ins import Asking
from .activations import softmax_rule
from .common import dispatched, implements, unlisted
from .compositions import nest
from .reductions import OPTIONS, expand_reduced, normalized, reduced_shape

MODULES["scipy"] = importlib.import_module("scipy")
special = importlib.import_module("scipy.special")
softmax, polygamma = (
    Asking(each, "scipy.special") for each in (special.softmax, special.polygamma)
)  # for rules, which no trace surrounds

# ---- ufuncs ----------------------------------------------------------------------------------------------------------

_ROOT_PI, _ROOT_2PI = math.sqrt(math.pi), math.sqrt(2 * math.pi)
_SHARE = between(0.1, 0.9)


def _mills(y, x):
    """φ(x) / Φ(x). For x < 0, where −x²/2 − y cancels, it is computed with erfcx instead."""
    left = 2 / _ROOT_2PI / special.erfcx(np.maximum(x / -math.sqrt(2), 0))
    return np.where(x < 0, left, np.exp(-0.5 * x * x - y) / _ROOT_2PI)


def _positive_pairs(random):
    for one, other in [((3, 2), (3, 2)), ((3, 1), (1, 2)), ((), (3, 2)), ((), ())]:
        yield (random.uniform(0.5, 2.0, one), random.uniform(0.5, 2.0, other)), {}


def _divided_near_zero(y, x, sign):
    """y / x for a Bessel function of order 1; near 0 it is ½ ± x²/16, since the terms of the derivatives cancel there."""
    near_zero = np.abs(x) < 1e-3
    return np.where(near_zero, 0.5 + sign * x * x / 16, y / np.where(near_zero, 1, x))


def _quotient(x, y):
    """x / y, or 0 where both are 0."""
    return x / np.where((x == 0) & (y == 0), 1, y)


def _log_where(x, y):
    return np.log(np.where((x == 0) & (y == 0), 1, y))


def _digammas(a, b):
    """ψ(a) − ψ(a + b), the derivative of ln B(a, b) with respect to a."""
    return special.digamma(a) - special.digamma(a + b)


def _elliptic_slope(m, far, coefficients):
    """The slope of a complete elliptic integral by its parameter m; near 0, where the terms cancel, by its series."""
    is_near = np.abs(m) < 1e-4
    first, second, third = coefficients
    near = math.pi / 2 * (first + m * (second + m * third))
    return np.where(is_near, near, far(np.where(is_near, 0.5, m)))


# A ufunc, its LaTeX if that is not its name, its derivative, its examples, and a point where the derivative is finite if that is
# not so everywhere.
_UFUNCS: list[tuple[str, str, Any, Examples, float | None]] = [
    ("expit", r"\sigma({0})", lambda g, y, x: g * (y * (1 - y)), anywhere, None),
    ("logit", "", lambda g, y, x: g / (x * (1 - x)), _SHARE, 0.5),
    ("log_expit", r"\ln \sigma({0})", lambda g, y, x: g * special.expit(-x), anywhere, None),
    ("erf", "", lambda g, y, x: g * (2 / _ROOT_PI * np.exp(-x * x)), anywhere, None),
    ("erfc", "", lambda g, y, x: -g * (2 / _ROOT_PI * np.exp(-x * x)), anywhere, None),
    ("erfcx", "", lambda g, y, x: g * (2 * x * y - 2 / _ROOT_PI), anywhere, 0.5),
    ("erfinv", r"\operatorname{erf}^{-1}({0})", lambda g, y, x: g * (_ROOT_PI / 2 * np.exp(y * y)), _SHARE, 0.5),
    ("ndtr", r"\Phi({0})", lambda g, y, x: g * (np.exp(-0.5 * x * x) / _ROOT_2PI), anywhere, None),
    ("log_ndtr", r"\ln \Phi({0})", lambda g, y, x: g * _mills(y, x), anywhere, None),
    ("ndtri", r"\Phi^{-1}({0})", lambda g, y, x: g * (_ROOT_2PI * np.exp(0.5 * y * y)), _SHARE, 0.5),
    ("erfcinv", r"\operatorname{erfc}^{-1}({0})", lambda g, y, x: -g * (_ROOT_PI / 2 * np.exp(y * y)), _SHARE, 0.5),
    ("exp1", "E_1({0})", lambda g, y, x: -g * (np.exp(-x) / x), positive, 1.0),
    ("expi", r"\operatorname{Ei}({0})", lambda g, y, x: g * (np.exp(x) / x), positive, 1.0),
    ("gammaln", r"\ln \Gamma({0})", lambda g, y, x: g * special.digamma(x), positive, 1.0),
    ("gamma", r"\Gamma({0})", lambda g, y, x: g * (y * special.digamma(x)), positive, 1.0),
    ("rgamma", r"\Gamma({0})^{-1}", lambda g, y, x: -g * (y * special.digamma(x)), positive, 1.0),
    ("digamma", r"\psi({0})", lambda g, y, x: g * polygamma(1, x), positive, 1.0),
    ("entr", "", lambda g, y, x: -g * (np.log(x) + 1), positive, 0.5),
    ("i0", "I_0({0})", lambda g, y, x: g * special.i1(x), anywhere, None),
    ("i1", "I_1({0})", lambda g, y, x: g * (special.i0(x) - _divided_near_zero(y, x, 1)), anywhere, None),
    ("i0e", "", lambda g, y, x: g * (special.i1e(x) - np.sign(x) * y), anywhere, None),
    ("i1e", "", lambda g, y, x: g * (special.i0e(x) - _divided_near_zero(y, x, 1) - np.sign(x) * y), anywhere, None),
    ("k0", "K_0({0})", lambda g, y, x: -g * special.k1(x), positive, 1.0),
    ("k1", "K_1({0})", lambda g, y, x: -g * (special.k0(x) + y / x), positive, 1.0),
    ("y0", "Y_0({0})", lambda g, y, x: -g * special.y1(x), positive, 1.0),
    ("y1", "Y_1({0})", lambda g, y, x: g * (special.y0(x) - y / x), positive, 1.0),
    ("j0", "J_0({0})", lambda g, y, x: -g * special.j1(x), anywhere, None),
    ("j1", "J_1({0})", lambda g, y, x: g * (special.j0(x) - _divided_near_zero(y, x, -1)), anywhere, None),
    (
        "ellipk", "K({0})",
        lambda g, y, m: g * _elliptic_slope(
            m, lambda m: (special.ellipe(m) - (1 - m) * special.ellipk(m)) / (2 * m * (1 - m)), (1 / 4, 9 / 32, 75 / 256)
        ), _SHARE, 0.5,
    ),
    (
        "ellipe", "E({0})",
        lambda g, y, m: g * _elliptic_slope(
            m, lambda m: (special.ellipe(m) - special.ellipk(m)) / (2 * m), (-1 / 4, -3 / 32, -15 / 256)
        ), _SHARE, 0.5,
    ),
    (
        "xlogy", r"{0} \ln({1})",
        (lambda g, y, a, b: g * _log_where(a, b), lambda g, y, a, b: g * _quotient(a, b)), _positive_pairs, None,
    ),
    (
        "xlog1py", r"{0} \ln(1 + {1})",
        (lambda g, y, a, b: g * _log_where(a, 1 + b), lambda g, y, a, b: g * _quotient(a, 1 + b)), _positive_pairs, None,
    ),
    (
        "rel_entr", "",
        (lambda g, y, a, b: g * (np.log(a / b) + 1), lambda g, y, a, b: -g * (a / b)), _positive_pairs, 0.5,
    ),
    (
        "kl_div", "",
        (lambda g, y, a, b: g * np.log(a / b), lambda g, y, a, b: g * (1 - a / b)), _positive_pairs, 0.5,
    ),
    (
        "betaln", r"\ln \operatorname{B}({0}, {1})",
        (lambda g, y, a, b: g * _digammas(a, b), lambda g, y, a, b: g * _digammas(b, a)), _positive_pairs, 1.0,
    ),
    (
        "beta", r"\operatorname{B}({0}, {1})",
        (lambda g, y, a, b: g * (y * _digammas(a, b)), lambda g, y, a, b: g * (y * _digammas(b, a))), _positive_pairs, 1.0,
    ),
]  # fmt: skip
for _name, _latex, _rule, _examples, _regular in _UFUNCS:
    _operands = "{0}, {1}" if isinstance(_rule, tuple) else "{0}"
    primitive(
        _name, ufunc=getattr(special, _name), shape=elementwise, derivative=_rule, examples=_examples, regular=_regular,
        python=f"scipy.special.{_name}({_operands})", latex=_latex,
    )  # fmt: skip


# ---- incomplete gamma and beta functions, Student's distribution -----------------------------------------------------


def _gamma_density(a, x):
    return np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


def _beta_density(a, b, x):
    return np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))


def _student_density(df, x):
    """Γ((df + 1)/2) / (√(df π) Γ(df/2)) is 1 / (√df B(df/2, ½))."""
    return np.exp(-(df + 1) / 2 * np.log1p(x * x / df) - special.betaln(df / 2, 0.5)) / np.sqrt(df)


def _unknown(g, y, *inputs):
    refuse(
        "this derivative of a special function with respect to its order is not known here",
        "pass the order as a plain number",
    )


def _order_slope(helper, of_x):
    """How an incomplete function changes with its first order, itself an operation."""
    count = len(inspect.signature(helper).parameters)
    return dispatched(primitive(
        helper.__name__, helper=helper, shape=elementwise, dtype=lambda *dtypes: np.dtype(np.float64),
        python=f"{helper.__name__}({_places(count)})", derivative=(*(_unknown,) * (count - 1), of_x), regular=0.5,
        examples=lambda random: [  # whole orders, which no one differentiates by
            ((*random.integers(1, 4, (count - 1, *shape)), random.uniform(0.1, 0.9, shape)), {}) for shape in ((), (2, 3), (3,))
        ],
    ))  # fmt: skip


def _places(count):
    return ", ".join(f"{{{place}}}" for place in range(count))


_gamma_order = _order_slope(
    gammainc_order,
    lambda g, y, a, x: g * (_gamma_density(a, x) * (np.log(x) - special.digamma(a))),
)  # fmt: skip
_beta_order = _order_slope(
    betainc_order,
    lambda g, y, a, b, x: g * (_beta_density(a, b, x) * (np.log(x) - _digammas(a, b))),
)  # fmt: skip


def _student_order(df, x):
    """By I(df/2, ½, w) / 2, the probability beyond |x|, with w = df / (df + x²); it is ½ at 0 whatever df is."""
    square = np.where(x == 0, 1.0, x * x)
    w = df / (df + square)
    slope = _beta_order(df / 2, 0.5, w) / 2 + _beta_density(df / 2, 0.5, w) * (square / (df + square) ** 2)
    return -np.sign(x) * slope / 2


def _incomplete(name, *rules):
    """A function with orders in front; each rule gives its slope with respect to one argument, of all of them."""
    orders = len(rules) - 1
    primitive(
        name, ufunc=getattr(special, name), shape=elementwise, regular=0.5, python=f"scipy.special.{name}({_places(orders + 1)})",
        derivative=[lambda g, y, *inputs, rule=rule: g * rule(*inputs) for rule in rules],
        examples=lambda random: [
            ((*random.integers(1, 4, (orders, *shape)), random.uniform(0.1, 0.9, shape)), {}) for shape in ((), (2, 3), (3,))
        ],
    )  # fmt: skip


_incomplete("gammainc", _gamma_order, _gamma_density)
_incomplete("gammaincc", lambda a, x: -_gamma_order(a, x), lambda a, x: -_gamma_density(a, x))
_incomplete("betainc", _beta_order, lambda a, b, x: -_beta_order(b, a, 1 - x), _beta_density)
_incomplete(
    "betaincc",
    lambda a, b, x: -_beta_order(a, b, x),
    lambda a, b, x: _beta_order(b, a, 1 - x),
    lambda a, b, x: -_beta_density(a, b, x),
)
_incomplete("stdtr", _student_order, _student_density)


# ---- Bessel functions of any order -----------------------------------------------------------------------------------


def _of_order(name, before, behind):
    """A function whose slope is made of those of the orders beside its own; with respect to the order it is not known."""
    ufunc = getattr(special, name)
    primitive(
        name, ufunc=ufunc, shape=elementwise, python=f"scipy.special.{name}({{0}}, {{1}})", regular=1.0,
        derivative=(_unknown, lambda g, y, v, x: g * ((before * ufunc(v - 1, x) + behind * ufunc(v + 1, x)) / 2)),
        examples=lambda random: [
            ((random.integers(0, 4, shape), random.uniform(0.5, 2.0, shape)), {}) for shape in ((), (2, 3), (3,))
        ],
    )  # fmt: skip


_of_order("jv", 1, -1)
_of_order("yv", 1, -1)
_of_order("iv", 1, 1)
_of_order("kv", -1, -1)


def _hankel(name):
    """A Hankel function, which is complex: J ± iY."""
    ufunc = getattr(special, name)
    unlisted(
        name, ufunc=ufunc, shape=elementwise, python=f"scipy.special.{name}({{0}}, {{1}})",
        derivative=(_unknown, lambda g, y, v, x: g * ((ufunc(v - 1, x) - ufunc(v + 1, x)) / 2)),
    )  # fmt: skip


_hankel("hankel1")
_hankel("hankel2")
unlisted(
    "wofz", ufunc=special.wofz, shape=elementwise, python="scipy.special.wofz({0})", latex="w({0})",
    derivative=lambda g, y, z: g * (2j / _ROOT_PI - 2 * z * y),
)  # fmt: skip
COMPLEX.update(("hankel1", "hankel2", "wofz"))


def _dtype_of(function, *operands):
    """The dtype of what SciPy computes, which differs between its versions; an operand is a number or a dtype."""
    ones = (
        each if isinstance(each, int) else each(1) if isinstance(each, type) else np.ones(1, each) for each in operands
    )
    return np.asarray(function(*ones)).dtype


def _spherical(name, before, behind):
    """A spherical Bessel function of a plain order, whose slope is made of those beside it, without a division by x."""
    ours = Asking(getattr(special, name), "scipy.special")
    declared = primitive(
        name, shape=elementwise, dtype=lambda x, n: _dtype_of(getattr(special, name), 0, x), regular=1.0,
        python=f"scipy.special.{name}({{n}}, {{0}})",
        derivative=lambda g, y, x, n: g * (
            ((before * n * ours(n - 1, x) if n else 0) + behind * (n + 1) * ours(n + 1, x)) / (2 * n + 1)
        ),
        examples=lambda random: [
            ((random.uniform(0.5, 2.0, shape),), {"n": n}) for n, shape in ((0, ()), (1, (2, 3)), (2, (3,)))
        ],
    )  # fmt: skip

    @implements(getattr(special, name))
    def form(n, z, derivative=False):
        if isinstance(n, Traced) or np.ndim(n):
            refuse(
                "{name} has no derivative with respect to its order",
                "pass n as a plain int",
                name=f"scipy.special.{name}",
            )
        n = operator.index(n)
        if derivative:
            return ((before * n * form(n - 1, z) if n else 0) + behind * (n + 1) * form(n + 1, z)) / (2 * n + 1)
        return bind(declared, (z,), (("n", n),))


_spherical("spherical_jn", 1, -1)
_spherical("spherical_yn", 1, -1)
_spherical("spherical_in", 1, 1)
_spherical("spherical_kn", -1, -1)


# ---- hypergeometric functions, Lambert's W ---------------------------------------------------------------------------


def _hypergeometric(name, above):
    """A function of orders and x, of which `above` stand above the bar: its slope has all orders raised by 1."""
    ufunc = getattr(special, name)
    orders = int(name[3]) + int(name[5])
    primitive(
        name, ufunc=ufunc, shape=elementwise, regular=0.5, python=f"scipy.special.{name}({_places(orders + 1)})",
        derivative=(
            *(_unknown,) * orders,
            lambda g, y, *inputs: g * (
                _divide_orders(math.prod(inputs[:above]), math.prod(inputs[above:-1]))
                * ufunc(*(each + 1 for each in inputs[:-1]), inputs[-1])
            ),
        ),
        examples=lambda random: [
            ((*random.integers(1, 4, (orders, *shape)), random.uniform(0.1, 0.7, shape)), {}) for shape in ((), (2, 3), (3,))
        ],
    )  # fmt: skip


def _divide_orders(dividend, divisor):
    """The quotient as NumPy's numbers have it: infinite or NaN at a pole, where Python's own raise an error."""
    at_pole = isinstance(dividend, (int, float)) and isinstance(divisor, (int, float)) and divisor == 0
    return dividend * math.inf if at_pole else dividend / divisor


_hypergeometric("hyp0f1", 0)
_hypergeometric("hyp1f1", 1)
_hypergeometric("hyp2f1", 2)


_lambertw = dispatched(primitive(
    "real_lambertw", helper=real_lambertw, shape=elementwise, dtype=lambda x, k: np.dtype(np.float64), regular=1.0,
    derivative=lambda g, y, x, k: g / (x + np.exp(y)), python="real_lambertw({0}, {k})", latex="W_{{k}}({0})",
    examples=lambda random: [((random.uniform(0.5, 2.0, shape),), {"k": 0}) for shape in ((), (2, 3), (3,))],
))  # fmt: skip


@implements(special.lambertw)
def _scipy_lambertw(z, k=0, tol=1e-8):
    """The real branches, as complex numbers, which SciPy gives; that they are real becomes a condition of the program."""
    is_real = np.all((z >= -math.exp(-1)) & ((z < 0) | (k == 0))) if k in (0, -1) else False
    if z.dtype.kind == "c" or not is_real:
        refuse(
            "scipy.special.lambertw has a derivative here where it is real",
            "pass x >= -1 / e, and for the branch k=-1 also x < 0",
        )
    return _lambertw(z, operator.index(k)) + 0j


# ---- logsumexp, softmax, polygamma -----------------------------------------------------------------------------------


def _dtype(*dtypes, **params):
    """The dtype that SciPy gives, which differs between its versions."""
    a, *b = (dtype(1) if isinstance(dtype, type) else np.ones(1, dtype) for dtype in dtypes)
    return np.asarray(special.logsumexp(a, b=b[0] if b else None)).dtype


_logsumexp = primitive(
    "special_logsumexp", shape=reduced_shape, dtype=_dtype, params=OPTIONS,
    derivative=lambda g, y, a, axis, keepdims: expand_reduced(g, a, axis, keepdims) * softmax(a, axis),
    python="scipy.special.logsumexp({0}, axis={axis}, keepdims={keepdims})",
    latex=r"\ln \sum e^{{0}}",
    examples=lambda random: [each for each in reduced()(random) if each[0][0].shape],
)  # fmt: skip


def _exponentials(y, a, axis, keepdims, idle=None):
    """e^(a − y), with y taken as 0 where it is infinite; 1 where `idle`."""
    total = expand_reduced(y, a, axis, keepdims)
    share = a - np.where(np.isfinite(total), total, 0.0)
    return np.exp(share if idle is None else np.where(idle, 0.0, share))


def _error_of_a(g, y, a, b, axis=None, keepdims=False):
    """g b e^(a − y); 0 where b is 0, however large a is."""
    a, b = np.broadcast_arrays(a, b)
    return expand_reduced(g, a, axis, keepdims) * (b * _exponentials(y, a, axis, keepdims, b == 0))


def _error_of_b(g, y, a, b, axis=None, keepdims=False):
    a, _ = np.broadcast_arrays(a, b)
    return expand_reduced(g, a, axis, keepdims) * _exponentials(y, a, axis, keepdims)


def _weighted_shape(a, b, axis=None, keepdims=False):
    return reduced_shape(broadcast(a, b), axis, keepdims)


def _weighted_examples(random):
    for shapes, params in [
        (((3,), (3,)), {}), (((2, 3), (3,)), {"axis": 1}), (((2, 3), (2, 1)), {"axis": 0, "keepdims": True}), (((3,), ()), {}),
    ]:  # fmt: skip
        yield (random.normal(size=shapes[0]), random.uniform(0.5, 2.0, shapes[1])), {**OPTIONS, **params}


def _signed_examples(random):
    for (a, b), params in _weighted_examples(random):
        yield (a, -b), params
        yield (a, np.where(np.arange(b.size).reshape(b.shape) == 1, -8.0, b)), params


_weighted_logsumexp = primitive(
    "weighted_logsumexp", shape=_weighted_shape, dtype=_dtype, params=OPTIONS,
    derivative=(_error_of_a, _error_of_b), python="scipy.special.logsumexp({0}, axis={axis}, b={1}, keepdims={keepdims})",
    latex=r"\ln \sum {1} \odot e^{{0}}", examples=_weighted_examples,
)  # fmt: skip


def _signed(rule):
    """The rule for ln |Σ|, whose derivative changes sign with the sum."""
    return lambda g, y, a, b, **params: None if g[0] is None else rule(g[0] * y[1], y[0], a, b, **params)


_signed_logsumexp = primitive(
    "signed_logsumexp", shape=lambda a, b, **params: (_weighted_shape(a, b, **params),) * 2, params=OPTIONS,
    dtype=lambda a, b, **params: (_dtype(a, b),) * 2, results=lambda *parts: parts,
    derivative=(_signed(_error_of_a), _signed(_error_of_b)),
    python="scipy.special.logsumexp({0}, axis={axis}, b={1}, keepdims={keepdims}, return_sign=True)",
    latex=r"\ln \left|\sum {1} \odot e^{{0}}\right|", examples=_signed_examples,
)  # fmt: skip


_AXES = of_shapes(
    (((3, 4),), {"axis": 0}), (((2, 3),), {"axis": None}), (((4,),), {"axis": 0}), (((2, 3, 2),), {"axis": (0, 2)})
)
_softmax, _log_softmax = (
    primitive(
        label, shape=lambda x, axis: x, dtype=lambda x, axis: ufunc_dtype(np.exp)(x), derivative=rule,
        params={"axis": None}, python=f"scipy.special.{name}({{0}}, axis={{axis}})", latex=latex, examples=_AXES,
    )
    for label, name, rule, latex in (
        ("special_softmax", "softmax", softmax_rule, r"\operatorname{softmax}({0})"),
        (
            "log_softmax", "log_softmax", lambda g, y, x, axis: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
            r"\ln \operatorname{softmax}({0})",
        ),
    )
)  # fmt: skip

_polygamma = primitive(
    "polygamma", shape=elementwise, dtype=lambda x, n: np.dtype(np.float64), regular=1.0,
    derivative=lambda g, y, x, n: g * polygamma(n + 1, x),
    python="scipy.special.polygamma({n}, {0})", latex=r"\psi^{({n})}({0})",
    examples=lambda random: [((random.uniform(0.5, 2.0, shape),), {"n": n}) for n, shape in ((0, ()), (1, (2, 3)), (2, (3,)))],
)  # fmt: skip


@implements(special.polygamma)
def _scipy_polygamma(n, x):
    if isinstance(n, Traced):
        refuse("scipy.special.polygamma has no derivative with respect to n", "pass n as a plain int")
    try:
        order = operator.index(n)
    except TypeError:
        refuse(
            "scipy.special.polygamma of several orders at once has no derivative here",
            "pass a plain int for n, and np.stack the results",
        )
    return bind(_polygamma, (x,), (("n", order),))


def _stacked(x):
    return nest(x) if isinstance(x, (list, tuple)) else x


@implements(special.logsumexp)
def _scipy_logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    a, b = _stacked(a), _stacked(b)
    if keepdims and not np.ndim(a) and not np.ndim(b):  # what SciPy keeps of no axes has changed over its versions
        found = _scipy_logsumexp(a, axis, b, False, return_sign)
        kept = np.shape(special.logsumexp(0.0, keepdims=True))
        return tuple(np.reshape(each, kept) for each in found) if return_sign else np.reshape(found, kept)
    shape = np.shape(a) if b is None else np.broadcast_shapes(np.shape(a), np.shape(b))
    params = (("axis", normalized(axis, len(shape))), ("keepdims", bool(keepdims)))
    if return_sign:
        return bind(_signed_logsumexp, (a, 1.0 if b is None else b), params)
    return bind(_logsumexp, (a,), params) if b is None else bind(_weighted_logsumexp, (a, b), params)


def _along(declared):
    def function(x, axis=None):
        x = _stacked(x)
        return bind(declared, (x,), (("axis", normalized(axis, np.ndim(x))),))

    return function


FUNCTIONS[special.softmax], FUNCTIONS[special.log_softmax] = _along(_softmax), _along(_log_softmax)
