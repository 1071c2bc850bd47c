"""SciPy's functions that are combinations of others: systems of equations, integrals, distances, convolutions.

Those of a module of SciPy are registered when a traced array first reaches one of them; `stand_ins.py` explains how.
"""

import functools
import importlib
import math
import string
import sys
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.location import refuse
from ...core.traced import LIBRARIES, Traced
from ..refusing import FOR_COMPLEX
from ..stand_ins import Asking
from .common import array_of, float64_of, of_sizes_at_hand, part_of, register, transposed
from .compositions import nest
from .windows import windowed_einsum


def _arrays(*parts):
    """Arrays of what may be lists of traced numbers."""
    return [nest(part) if isinstance(part, (list, tuple)) else array_of(part) for part in parts]


# ---- scipy.linalg ----------------------------------------------------------------------------------------------------


def _system(a, lower, assume_a):
    """The matrix of a system: of one that is said to be symmetric, one triangle is read."""
    if assume_a in (None, "gen", "general"):
        return a
    if assume_a not in ("pos", "positive definite", "sym", "symmetric", "her", "hermitian"):
        refuse("scipy.linalg with assume_a={kind!r} has no derivative here", "leave assume_a out", kind=assume_a)
    half = np.tril(a) if lower else np.triu(a)
    return half + transposed(np.tril(a, -1) if lower else np.triu(a, 1))


def _solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False):
    a, b = _arrays(a, b)
    a = _system(a, lower, assume_a)
    return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)


def _inv(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    (a,) = _arrays(a)
    return np.linalg.inv(_system(a, lower, assume_a))


def _cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    (a,) = _arrays(a)
    return np.linalg.cholesky(a, upper=not lower)


def _cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    """The other triangle of the factor is 0 here; SciPy leaves there what happens to be."""
    return _cholesky(a, lower), lower


def _cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    c, lower = c_and_lower
    triangular = _of("scipy.linalg", "solve_triangular")
    c, b = _arrays(c, b)
    half = triangular(c, b, trans=0 if lower else 1, lower=lower)
    return triangular(c, half, trans=1 if lower else 0, lower=lower)


def _of(module, name):
    """A function of SciPy's, for traced arrays as well."""
    return Asking(getattr(importlib.import_module(module), name), module)


def _unchecked(function):
    return lambda a, overwrite_a=False, check_finite=True: function(*_arrays(a))


def _norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    (a,) = _arrays(a)
    found = np.linalg.norm(a, ord=ord, axis=axis, keepdims=keepdims)
    by_blas = np.ndim(a) == 1 and ord in (None, 2) and axis is None and not keepdims  # which gives a Python number
    return float64_of(found) if by_blas else found


def _eigh(a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, type=1, check_finite=True,
          subset_by_index=None, subset_by_value=None, driver=None):  # fmt: skip
    if b is not None or subset_by_index is not None or subset_by_value is not None:
        refuse(
            "scipy.linalg.eigh(…, b or subset) has no derivative here",
            "pass a matrix alone, and take the part of its eigenvalues that you need",
        )
    (a,) = _arrays(a)
    uplo: Any = "L" if lower else "U"
    return np.linalg.eigvalsh(a, uplo) if eigvals_only else tuple(np.linalg.eigh(a, uplo))


def _eigvalsh(a, b=None, **keywords):
    return _eigh(a, b, eigvals_only=True, **keywords)


def _svd(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    (a,) = _arrays(a)
    return tuple(np.linalg.svd(a, full_matrices=full_matrices)) if compute_uv else np.linalg.svdvals(a)


def _qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    (a,) = _arrays(a)
    tall = np.shape(a)[-2] > np.shape(a)[-1]
    if pivoting or mode == "raw" or (mode == "full" and tall):
        refuse("scipy.linalg.qr(…) with these options has no derivative here", "write mode='economic'")
    return (np.linalg.qr(a).R,) if mode == "r" and not tall else tuple(np.linalg.qr(a))


def _pinv(a, *, atol=None, rtol=None, return_rank=False, check_finite=True):
    if atol or return_rank:
        refuse("scipy.linalg.pinv(…, atol or return_rank) has no derivative here", "give rtol alone")
    (a,) = _arrays(a)
    return np.linalg.pinv(a, rcond=max(np.shape(a)[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol)


def _block_diag(*arrs):
    if not arrs:
        return np.zeros((1, 0))
    blocks = [np.reshape(each, (1, -1)) if np.ndim(each) < 2 else each for each in _arrays(*arrs)]
    width = sum(np.shape(each)[1] for each in blocks)
    rows, before = [], 0
    for each in blocks:
        size = np.shape(each)[1]
        rows.append(np.pad(each, ((0, 0), (before, width - before - size))))
        before += size
    return np.concatenate(rows, axis=0)


def _toeplitz(c, r=None):
    c, r = (np.reshape(each, -1) for each in _arrays(c, c if r is None else r))
    rows, columns = np.shape(c)[0], np.shape(r)[0]
    line = np.concatenate([c[::-1], r[1:]])
    return line[np.arange(columns)[None, :] - np.arange(rows)[:, None] + rows - 1]


def _circulant(c):
    (c,) = _arrays(c)
    places = np.arange(np.shape(c)[-1])
    return c[..., (places[:, None] - places[None, :]) % len(places)]


def _lyapunov(a, q):
    a, q = _arrays(a, q)
    return _of("scipy.linalg", "solve_sylvester")(a, transposed(a), q)


def _discrete_lyapunov(a, q, method=None):
    """X = A X Aᵀ + Q, as a system for the elements of X."""
    a, q = _arrays(a, q)
    size = np.shape(q)[0]
    found = np.linalg.solve(np.eye(size * size) - np.kron(a, a), np.reshape(q, -1))
    return np.reshape(found, (size, size))


# ---- scipy.special -----------------------------------------------------------------------------------------------------------


def _multigammaln(a, d):
    (a,) = _arrays(a)
    special = importlib.import_module("scipy.special")
    a = float64_of(a)
    total = sum((special.gammaln(a - j / 2) for j in range(1, d)), start=special.gammaln(a))
    return total + d * (d - 1) / 4 * math.log(math.pi)


# ---- scipy.integrate ---------------------------------------------------------------------------------------------------------


def _trapezoid(y, x=None, dx=1.0, axis=-1):
    (y,) = _arrays(y)
    x = x if x is None else _arrays(x)[0]
    dtype = y.dtype if x is None else _as_scipy(np.ones(2, y.dtype), np.ones(2, x.dtype))
    return np.trapezoid(y, x, dx, axis).astype(dtype)


def _as_scipy(y, x):
    """The number type of SciPy's integrals, which has changed over its versions."""
    return importlib.import_module("scipy.integrate").trapezoid(y, x).dtype


def _cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    (y,) = _arrays(y)
    axis = normalize_axis_index(axis, np.ndim(y))
    width = dx
    if x is not None:
        (x,) = _arrays(x)
        width = np.diff(x, axis=axis if np.ndim(x) > 1 else 0)
        width = np.reshape(width, [-1 if p == axis else 1 for p in range(np.ndim(y))]) if np.ndim(x) == 1 else width
    found = np.cumsum(width * (part_of(y, axis, 1) + part_of(y, axis, None, -1)) / 2.0, axis=axis)
    if initial is None:
        return found
    return np.concatenate([np.zeros_like(part_of(y, axis, 0, 1)) + initial, found], axis=axis)


def _simpson(y, x=None, *, dx=1.0, axis=-1):
    """A sum of the values with weights that depend on the places alone."""
    if isinstance(x, Traced):
        refuse("scipy.integrate.simpson of traced places has no derivative here", "write np.trapezoid(y, x)")
    (y,) = _arrays(y)
    axis = normalize_axis_index(axis, np.ndim(y))
    if np.ndim(x) > 1:
        refuse("scipy.integrate.simpson of several rows of places has no derivative here", "call it for each row")
    ones = np.eye(np.shape(y)[axis])
    own = importlib.import_module("scipy.integrate").simpson
    weights = own(ones, x=x, dx=1.0 if isinstance(dx, Traced) else dx, axis=-1)
    weights = weights.astype(own(np.ones(len(ones), y.dtype), x=x).dtype)
    found = np.tensordot(y, weights, axes=((axis,), (0,)))
    return found * dx if isinstance(dx, Traced) else found


def _keeps_float32():
    """Whether this SciPy, from 1.18 on, computes with the number type that it is given."""
    return tuple(map(int, sys.modules["scipy"].__version__.split(".")[:2])) >= (1, 18)


def _fixed_quad(func, a, b, args=(), n=5):
    places, weights = np.polynomial.legendre.leggauss(n)
    kinds = [each.dtype for each in (a, b) if hasattr(each, "dtype")]
    if kinds and _keeps_float32() and (kind := np.result_type(*kinds)).kind == "f":
        places, weights = places.astype(kind), weights.astype(kind)
    half = (b - a) / 2.0
    return half * np.sum(weights * func(half * (places + 1) + a, *args), axis=-1), None


# ---- scipy.spatial.distance --------------------------------------------------------------------------------------------------


def _chosen_distance(metric, p):
    if callable(metric) or metric not in _DISTANCES:
        refuse("this metric has no derivative here", "write its formula with x[:, None] and y[None]")
    return functools.partial(_DISTANCES[metric], p) if metric == "minkowski" else _DISTANCES[metric]


def _cosine_distance(u, v):
    lengths = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
    return 1.0 - np.sum(u * v, axis=-1) / lengths


_DISTANCES: dict[str, Any] = {
    "euclidean": lambda u, v: np.linalg.norm(u - v, axis=-1),
    "sqeuclidean": lambda u, v: np.sum((u - v) ** 2, axis=-1),
    "cityblock": lambda u, v: np.sum(np.abs(u - v), axis=-1),
    "chebyshev": lambda u, v: np.max(np.abs(u - v), axis=-1),
    "cosine": _cosine_distance,
    "minkowski": lambda p, u, v: np.linalg.norm(u - v, ord=p, axis=-1),
}  # fmt: skip


def _cdist(XA, XB, metric="euclidean", *, p=2):
    one, other = map(float64_of, _arrays(XA, XB))
    return _chosen_distance(metric, p)(one[:, None], other[None])


def _pdist(X, metric="euclidean", *, p=2):
    x = float64_of(*_arrays(X))
    first, second = np.triu_indices(np.shape(x)[0], 1)
    return _chosen_distance(metric, p)(x[first], x[second])


def _squareform(X, force="no", checks=True):
    (x,) = _arrays(X)
    if np.ndim(x) == 2:
        return x[np.triu_indices(np.shape(x)[0], 1)]
    size = math.isqrt(2 * np.shape(x)[0]) + 1
    if size * (size - 1) != 2 * np.shape(x)[0]:
        raise ValueError(f"{np.shape(x)[0]} distances are not those of all pairs of any number of points.")
    places = np.zeros((size, size), int)
    places[np.triu_indices(size, 1)] = np.arange(np.shape(x)[0])
    return np.where(np.eye(size, dtype=bool), 0.0, x[places + places.T])


def _between(metric):
    def distance(u, v, w=None):
        if w is not None:
            refuse("a distance with weights has no derivative here", "scale u and v by their square roots first")
        u, v = _arrays(u, v)
        return _DISTANCES[metric](
            *(map(float64_of, (u, v)) if metric == "euclidean" and not _keeps_float32() else (u, v))
        )

    return distance


# ---- scipy.signal ------------------------------------------------------------------------------------------------------------


def _sliding(in1, in2, mode, correlates, centers=None):
    """The convolution of two arrays, or of the first one with the second one turned round; the smaller one slides."""
    one, other = _arrays(in1, in2)
    if np.ndim(one) != np.ndim(other):
        raise ValueError("volume and kernel should have the same dimensionality")
    if mode not in ("full", "same", "valid"):
        raise ValueError("acceptable mode flags are 'valid', 'same', or 'full'")
    pairs = [*zip(np.shape(one), np.shape(other), strict=True)]
    turned = mode == "valid" and any(m < n for m, n in pairs)
    kept = {
        "full": [m + n - 1 for m, n in pairs], "same": [m for m, _ in pairs],
        "valid": [(n - m if turned else m - n) + 1 for m, n in pairs],
    }[mode]  # fmt: skip
    if min(kept, default=1) < 1:
        raise ValueError("For 'valid' mode, one must be at least as large as the other in every dimension")
    starts = centers or [(m + n - 1 - size) // 2 for (m, n), size in zip(pairs, kept, strict=True)]
    if math.prod(np.shape(one)) < math.prod(np.shape(other)):
        return _slid(_turned(other) if correlates else other, _turned(one), starts, kept)
    return _slid(one, other if correlates else _turned(other), starts, kept)


def _turned(array):
    return array[(slice(None, None, -1),) * np.ndim(array)]


def _slid(array, kernel, starts, sizes):
    """The sums of products with a kernel that slides over an array, of which it meets the first number only at start 0."""
    width, parts = [], []
    for start, size, m, n in zip(starts, sizes, np.shape(array), np.shape(kernel), strict=True):
        before, after = n - 1 - start, start + size - m
        width.append((max(before, 0), max(after, 0)))
        parts.append(slice(max(-before, 0) or None, min(after, 0) or None))
    if any(part != slice(None) for part in parts):
        array = array[tuple(parts)]
    if any(map(any, width)):
        array = np.pad(array, width)
    ndim = len(parts)
    places, offsets = ("zyx"[3 - ndim :], "ijk") if ndim <= 3 else (string.ascii_lowercase, string.ascii_uppercase)
    windows = "".join(f"({place}+{offset})" for place, offset in zip(places[:ndim], offsets, strict=False))
    return windowed_einsum(f"{windows},{offsets[:ndim]}->{places[:ndim]}", array, kernel)


def _convolve(in1, in2, mode="full", method="auto"):
    return _sliding(in1, in2, mode, False)


def _correlate(in1, in2, mode="full", method="auto"):
    return _sliding(in1, in2, mode, True)


def _correlate_planes(in1, in2, mode="full"):
    """As `_correlate`, but that of a kernel with an even number of rows the later of two is in the middle."""
    centers = [size // 2 for size in np.shape(in2)] if mode == "same" else None
    return _sliding(in1, in2, mode, True, centers)


def _of_planes(function):
    def of_planes(in1, in2, mode="full", boundary="fill", fillvalue=0):
        if boundary not in ("fill",) or isinstance(fillvalue, Traced) or fillvalue != 0:
            refuse(
                "convolutions with these edges have no derivative here",
                "np.pad the first array, and write mode='valid'",
            )
        return function(in1, in2, mode)

    return of_planes


# ---- scipy.optimize ----------------------------------------------------------------------------------------------------------


def _rosen(x):
    (x,) = _arrays(x)
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0, axis=0)


# ---- scipy.fft ---------------------------------------------------------------------------------------------------------------


def _transform(name):
    own = getattr(np.fft, name)

    def transform(x, *args, overwrite_x=False, workers=None, plan=None, **keywords):
        return own(*_arrays(x), *args, **keywords)

    FOR_COMPLEX[transform] = transform
    return transform


FORMS: dict[str, dict[str, Any]] = {
    "scipy.linalg": {
        "solve": _solve, "inv": _inv, "det": _unchecked(np.linalg.det),
        "norm": _norm, "cholesky": _cholesky, "cho_factor": _cho_factor, "cho_solve": _cho_solve, "eigh": _eigh,
        "eigvalsh": _eigvalsh, "svd": _svd, "svdvals": _unchecked(np.linalg.svdvals),
        "qr": _qr, "pinv": _pinv, "block_diag": _block_diag, "toeplitz": _toeplitz, "circulant": _circulant,
        "solve_continuous_lyapunov": _lyapunov, "solve_discrete_lyapunov": _discrete_lyapunov,
    },
    "scipy.special": {"multigammaln": _multigammaln},
    "scipy.integrate": {
        "trapezoid": _trapezoid, "cumulative_trapezoid": _cumulative_trapezoid, "simpson": _simpson, "fixed_quad": _fixed_quad,
    },
    "scipy.spatial.distance": {
        "cdist": _cdist, "pdist": _pdist, "squareform": _squareform,
        **{metric: _between(metric) for metric in ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine")},
    },
    "scipy.signal": {
        "convolve": _convolve, "correlate": _correlate, "fftconvolve": _convolve, "oaconvolve": _convolve,
        "convolve2d": _of_planes(_convolve), "correlate2d": _of_planes(_correlate_planes),
    },
    "scipy.optimize": {"rosen": _rosen},
    "scipy.fft": {name: _transform(name) for name in np.fft.__all__ if not name.endswith("freq")},
}  # fmt: skip
"""By a module of SciPy, its functions by name and their traced forms."""


def declare(module):
    """Register the traced forms of a module's functions; of scipy.linalg and scipy.special also their operations."""
    own = importlib.import_module(module)
    register({getattr(own, name): form for name, form in FORMS[module].items()})
    if module == "scipy.linalg":
        importlib.import_module(".matrix_functions", __package__)
    elif module == "scipy.special":
        importlib.import_module(".special", __package__)
    elif module == "scipy.integrate":
        importlib.import_module(".differential_equations", __package__)
        importlib.import_module(".quadrature", __package__)
    elif module == "scipy.optimize":
        importlib.import_module(".optimization", __package__)
    elif module in ("scipy.fft", "scipy.signal"):
        transforms = importlib.import_module(".transforms", __package__)
        fft, signal = (importlib.import_module(name) for name in ("scipy.fft", "scipy.signal"))
        register(
            {
                fft.dct: transforms.transform,
                fft.idct: transforms.inverse_transform,
                signal.lfilter: transforms.linear_filter,
            }
        )
    of_sizes_at_hand(*(getattr(own, name) for name in _OF_SIZES_AT_HAND.get(module, ())))


_OF_SIZES_AT_HAND = {
    "scipy.integrate": ("simpson",),
    "scipy.linalg": ("circulant", "solve_discrete_lyapunov", "toeplitz"),
    "scipy.signal": ("convolve", "correlate", "fftconvolve", "oaconvolve", "convolve2d", "correlate2d", "lfilter"),
    "scipy.spatial.distance": ("pdist", "squareform"),
}
"""Those that are made for the sizes of their arguments."""
LIBRARIES.update({module: functools.partial(declare, module) for module in FORMS})
