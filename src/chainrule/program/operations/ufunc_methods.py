"""Methods of ufuncs, such as np.add.reduce; and logsumexp, which is NumPy's np.logaddexp.reduce."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.primitive import UFUNCS, primitive, ufunc_dtype
from ...core.traced import FUNCTIONS, METHODS
from ..examples import reduced
from .reductions import expand_reduced, normalized, reduced_shape
from .scanning import logcumsumexp


def _logsumexp_rule(g, y, x, axis=0, keepdims=False):
    """The error times the softmax; 0 where all elements are −∞."""
    total = expand_reduced(y, x, axis, keepdims)
    return expand_reduced(g, x, axis, keepdims) * np.exp(x - np.where(total == -np.inf, 0.0, total))


logsumexp = primitive(
    "logsumexp", shape=reduced_shape, dtype=lambda x, **params: ufunc_dtype(np.logaddexp)(x, x), derivative=_logsumexp_rule,
    params={"axis": 0, "keepdims": False}, python="np.logaddexp.reduce({0}, axis={axis}, keepdims={keepdims})",
    latex=r"\ln \sum e^{{0}}", examples=reduced(),
)  # fmt: skip


def _reduce(function):
    def reduce(array, axis=0, *, keepdims=False):
        return function(array, axis=axis, keepdims=keepdims)

    return reduce


_REDUCTIONS: tuple[tuple[np.ufunc, Any], ...] = (
    (np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min), (np.logical_and, np.all),
    (np.logical_or, np.any),
)  # fmt: skip
for _ufunc, _function in _REDUCTIONS:
    METHODS[_ufunc, "reduce"] = _reduce(_function)


def _logaddexp_reduce(array, axis=0, *, keepdims=False):
    return bind(logsumexp, (array,), (("axis", normalized(axis, np.ndim(array))), ("keepdims", bool(keepdims))))


def _accumulate(function):
    def accumulate(array, axis=0):
        return function(array, axis=normalize_axis_index(axis, np.ndim(array)))

    return accumulate


def _logaddexp_accumulate(array, axis):
    return bind(logcumsumexp, (array,), (("axis", axis),))


def _outer(ufunc):
    """All pairs: the first operand gets as many new last axes as the second has, and the second as many new first axes."""

    def outer(A, B):
        behind, before = (1,) * np.ndim(B), (1,) * np.ndim(A)
        return ufunc(np.reshape(A, (*np.shape(A), *behind)), np.reshape(B, (*before, *np.shape(B))))

    return outer


METHODS[np.logaddexp, "reduce"] = _logaddexp_reduce
METHODS[np.logaddexp, "accumulate"] = _accumulate(_logaddexp_accumulate)
METHODS[np.add, "accumulate"], METHODS[np.multiply, "accumulate"] = _accumulate(np.cumsum), _accumulate(np.cumprod)
for _ufunc in {*UFUNCS, *(each for each in FUNCTIONS if isinstance(each, np.ufunc))}:
    if _ufunc.nin == 2 and _ufunc.signature is None:
        METHODS[_ufunc, "outer"] = _outer(_ufunc)
