"""Compositions: averages, covariances, and reductions that ignore NaN."""

import numpy as np

from .common import implements


@implements(np.average)
def _average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    axis = tuple(axis) if isinstance(axis, list) else axis
    if weights is None:
        found = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.size(a) / np.size(found)
    else:
        if np.shape(weights) != np.shape(a):
            weights = np.reshape(
                weights, tuple(np.shape(a)[p] if p == axis % np.ndim(a) else 1 for p in range(np.ndim(a)))
            )
        weights = np.broadcast_to(weights, np.shape(a))
        kind = np.result_type(a.dtype if hasattr(a, "dtype") else float, weights.dtype)
        weights = weights.astype(kind if kind.kind == "f" else np.float64)
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        found = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (found, np.broadcast_to(total, np.shape(found))) if returned else found


@implements(np.cov)
def _cov(m, y=None, rowvar=True, bias=False, ddof=None):
    def rows(x):
        x = np.reshape(x, (1, -1)) if np.ndim(x) < 2 else x
        return x if rowvar or np.shape(x)[0] == 1 else np.transpose(x)

    m = rows(m) if y is None else np.concatenate([rows(m), rows(y)], axis=0)
    m = m.astype(np.result_type(m, np.float64))
    deviation = m - np.mean(m, axis=1, keepdims=True)
    ddof = (0 if bias else 1) if ddof is None else ddof
    return np.squeeze(deviation @ np.transpose(deviation) / max(np.shape(m)[1] - ddof, 0))


@implements(np.corrcoef)
def _corrcoef(x, y=None, rowvar=True):
    c = np.cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diagonal(c))
    return c / np.reshape(deviation, (-1, 1)) / deviation


# ---- ignoring NaN --------------------------------------------------------------------------------------------------------


def _replacing_nan_by(value):
    return lambda a: np.where(np.isnan(a), value, a)


_nan_to_zero, _nan_to_one = map(_replacing_nan_by, (0.0, 1.0))


@implements(np.nansum)
def _nansum(a, axis=None, *, keepdims=False):
    return np.sum(_nan_to_zero(a), axis=axis, keepdims=keepdims)


@implements(np.nanprod)
def _nanprod(a, axis=None, *, keepdims=False):
    return np.prod(_nan_to_one(a), axis=axis, keepdims=keepdims)


@implements(np.nanmean)
def _nanmean(a, axis=None, *, keepdims=False):
    if a.dtype.kind != "f":
        return np.mean(a, axis=axis, keepdims=keepdims)
    count = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)
    return (np.nansum(a, axis=axis, keepdims=keepdims) / count).astype(a.dtype)


@implements(np.nanvar)
def _nanvar(a, axis=None, *, ddof=0, keepdims=False):
    if a.dtype.kind != "f":
        return np.var(a, axis=axis, ddof=ddof, keepdims=keepdims)
    deviation = np.where(np.isnan(a), 0.0, a - np.nanmean(a, axis=axis, keepdims=True))
    count = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)
    total = np.sum(deviation * deviation, axis=axis, keepdims=keepdims)
    return (total / (np.where(count > ddof, count - ddof, np.nan) if ddof else count)).astype(a.dtype)


@implements(np.nanstd)
def _nanstd(a, axis=None, *, ddof=0, keepdims=False):
    variance = np.nanvar(a, axis=axis, ddof=ddof, keepdims=keepdims)
    return np.where(variance == 0, 0.0, np.sqrt(variance))  # not differentiable at 0, where the derivative taken is 0
