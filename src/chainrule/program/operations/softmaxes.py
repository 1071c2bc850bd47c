"""The functions of scipy.special that are not ufuncs: logsumexp, softmax, log_softmax, polygamma. `special.py` loads them.

`stand_ins.py` explains how a call with a traced array gets here.
"""

import importlib
import operator

import numpy as np

from ...core.binding import bind
from ...core.dims import broadcast
from ...core.location import refuse
from ...core.primitive import elementwise, primitive, ufunc_dtype
from ...core.traced import FUNCTIONS, Traced
from ..examples import of_shapes, reduced
from ..stand_ins import Asking
from .compositions import nest
from .reductions import OPTIONS, expand_reduced, normalized, reduced_shape

special = importlib.import_module("scipy.special")
softmax, polygamma = Asking(special.softmax), Asking(special.polygamma)  # for rules, which no trace surrounds


def _logsumexp_rule(g, y, a, axis=None, keepdims=False):
    return expand_reduced(g, a, axis, keepdims) * softmax(a, axis)


def _dtype(*dtypes, **params):
    """The dtype that SciPy gives, which differs between its versions."""
    a, *b = (dtype(1) if isinstance(dtype, type) else np.ones(1, dtype) for dtype in dtypes)
    return np.asarray(special.logsumexp(a, b=b[0] if b else None)).dtype


_logsumexp = primitive(
    "special_logsumexp", shape=reduced_shape, dtype=_dtype, params=OPTIONS,
    derivative=_logsumexp_rule, python="scipy.special.logsumexp({0}, axis={axis}, keepdims={keepdims})",
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


def _pair(*parts):
    return parts


_signed_logsumexp = primitive(
    "signed_logsumexp", shape=lambda a, b, **params: (_weighted_shape(a, b, **params),) * 2, results=_pair, params=OPTIONS,
    dtype=lambda a, b, **params: (_dtype(a, b),) * 2, derivative=(_signed(_error_of_a), _signed(_error_of_b)),
    python="scipy.special.logsumexp({0}, axis={axis}, b={1}, keepdims={keepdims}, return_sign=True)",
    latex=r"\ln \left|\sum {1} \odot e^{{0}}\right|", examples=_signed_examples,
)  # fmt: skip


def _softmax_rule(g, y, x, axis=None):
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


def _log_softmax_rule(g, y, x, axis=None):
    return g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)


_AXES = of_shapes(
    (((3, 4),), {"axis": 0}), (((2, 3),), {"axis": None}), (((4,),), {"axis": 0}), (((2, 3, 2),), {"axis": (0, 2)})
)
_softmax, _log_softmax = (
    primitive(
        label, shape=lambda x, axis=None: x, dtype=lambda x, axis=None: ufunc_dtype(np.exp)(x), derivative=rule,
        params={"axis": None}, python=f"scipy.special.{name}({{0}}, axis={{axis}})", latex=latex, examples=_AXES,
    )
    for label, name, rule, latex in (
        ("special_softmax", "softmax", _softmax_rule, r"\operatorname{softmax}({0})"),
        ("log_softmax", "log_softmax", _log_softmax_rule, r"\ln \operatorname{softmax}({0})"),
    )
)  # fmt: skip

_polygamma = primitive(
    "polygamma", shape=elementwise, dtype=lambda x, n: np.dtype(np.float64), regular=1.0,
    derivative=lambda g, y, x, n: g * polygamma(n + 1, x),
    python="scipy.special.polygamma({n}, {0})", latex=r"\psi^{({n})}({0})",
    examples=lambda random: [((random.uniform(0.5, 2.0, shape),), {"n": n}) for n, shape in ((0, ()), (1, (2, 3)), (2, (3,)))],
)  # fmt: skip


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


def _scipy_logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    a, b = _stacked(a), _stacked(b)
    if (
        keepdims and not np.shape(a) and (b is None or not np.shape(b))
    ):  # what SciPy keeps of no axes has changed over its versions
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


FUNCTIONS[special.logsumexp] = _scipy_logsumexp
FUNCTIONS[special.softmax], FUNCTIONS[special.log_softmax] = _along(_softmax), _along(_log_softmax)
FUNCTIONS[special.polygamma] = _scipy_polygamma
