"""What to write instead of a function without a derivative here: one table, shown in the refusal.

Functions that are in neither this table nor `operations/` are refused with a general word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

GENERAL = "write it with operations that have one"

_COMPLEX = "its result is complex; treat the real and the imaginary part as two arrays"
_FOURIER = "write the transform as a product with two real matrices, np.cos(…) @ x and np.sin(…) @ x"
_COUNTS = "take the values out of the trace first, or write sums of smooth weights"
_VALUES = "its result's shape hangs on values; write np.where(mask, a, b), or x[mask]"
_BITS = "work on bits outside of the traced function"
_PLACES = "compute it on plain numbers outside of the traced function"
_IN_PLACE = "it would overwrite an array; write np.where(mask, new, old), which makes a new one"

ADVICE: dict[Callable[..., Any], str] = {
    np.linalg.eig: f"{_COMPLEX}, or use np.linalg.eigh if the matrix is symmetric",
    np.linalg.eigvals: f"{_COMPLEX}, or use np.linalg.eigvalsh if the matrix is symmetric",
    np.linalg.matrix_rank: "it is a whole number, flat everywhere; count np.linalg.svdvals(a) outside of the traced function",
    **{getattr(np.fft, name): _FOURIER for name in np.fft.__all__ if not name.endswith(("shift", "freq"))},
    np.nonzero: _VALUES, np.flatnonzero: _VALUES, np.argwhere: _VALUES, np.unique: _VALUES, np.trim_zeros: _VALUES,
    np.intersect1d: _VALUES, np.setdiff1d: _VALUES, np.setxor1d: _VALUES, np.union1d: _VALUES,
    np.histogram: _COUNTS, np.histogram2d: _COUNTS, np.histogramdd: _COUNTS, np.histogram_bin_edges: _COUNTS,
    np.bitwise_count: _BITS, np.left_shift: _BITS, np.right_shift: _BITS, np.packbits: _BITS, np.unpackbits: _BITS,
    np.gcd: _PLACES, np.lcm: _PLACES, np.nextafter: _PLACES, np.spacing: _PLACES, np.frexp: _PLACES,
    np.copyto: _IN_PLACE, np.put: _IN_PLACE, np.place: _IN_PLACE, np.putmask: _IN_PLACE, np.put_along_axis: _IN_PLACE,
    np.fill_diagonal: "it would overwrite an array; write np.where(np.eye(n, dtype=bool), value, x), which makes a new one",
    np.polydiv: "write the long division out, with plain lengths",
    np.ix_: "give it plain indices, or index with masks one after another, x[rows][:, columns]",
    np.roots: f"{_COMPLEX}, or derive the root by the implicit function theorem",
    np.lexsort: "sort outside of the traced function, and index with the order",
    np.i0: "write scipy.special.i0(x), which has one",
    np.array2string: "print it with print(x)", np.array_repr: "print it with print(x)", np.array_str: "print it with print(x)",
    np.save: "save the result of the derivative instead", np.savetxt: "save the result of the derivative instead",
    np.savez: "save the result of the derivative instead", np.savez_compressed: "save the result of the derivative instead",
    np.unique_all: _VALUES, np.unique_counts: _VALUES, np.unique_inverse: _VALUES, np.unique_values: _VALUES,
    np.sort_complex: "write np.sort(x), since x is real",
    np.may_share_memory: _PLACES, np.shares_memory: _PLACES, np.ravel_multi_index: _PLACES, np.einsum_path: _PLACES,
    np.can_cast: "ask for x.dtype", np.common_type: "write np.result_type", np.min_scalar_type: "ask for x.dtype",
}  # fmt: skip

# What makes a plain array of its arguments before a traced one can answer; looked for in the user's line.
_PLAIN = {
    r"\bnp\.r_\[": "write np.concatenate([…]) instead of np.r_[…]",
    r"\bnp\.c_\[": "write np.stack([…], axis=1) instead of np.c_[…]",
    r"\bnp\.vectorize\(": "write the function for whole arrays instead of np.vectorize",
    r"\bnp\.fromiter\(": "write np.stack([…]) instead of np.fromiter(…)",
    r"\bnp\.arange\(": "write start + step * np.arange(n), with a plain int for n",
    r"\bnp\.polynomial\.": "write np.polyval(coefficients[::-1], x) instead of np.polynomial",
    r"\brandom\.": "draw plain numbers, and scale and move them: mean + scale * np.random.normal(size=…)",
    r"\bnp\.(float64|float32)\(": "leave the conversion out, since it is an array already",
}  # fmt: skip
JOIN = "to join traced values, write np.stack([…]) instead of np.array([…])"

# Functions of `math` whose equal in NumPy or SciPy has another name.
_MATH = {
    "fsum": "np.sum", "pow": "np.power", "fabs": "np.abs", "dist": "np.linalg.norm", "erf": "scipy.special.erf",
    "erfc": "scipy.special.erfc", "gamma": "scipy.special.gamma", "lgamma": "scipy.special.gammaln",
    "acos": "np.arccos", "asin": "np.arcsin", "atan": "np.arctan", "atan2": "np.arctan2",
    "acosh": "np.arccosh", "asinh": "np.arcsinh", "atanh": "np.arctanh",
}  # fmt: skip


def instead_of_plain(line: str, otherwise: str) -> str:
    """What to write instead of the call in this line that makes a plain array."""
    return next((advice for called, advice in _PLAIN.items() if re.search(called, line)), otherwise)


def instead_of_math(line: str) -> tuple[str, str]:
    """The function of `math` in this line, and NumPy's of the same meaning; two empty texts where there is none.

    >>> instead_of_math("y = math.lgamma(x) + 1")
    ('math.lgamma', 'scipy.special.gammaln')
    """
    for name in re.findall(r"\bmath\.(\w+)\(", line):
        if name in _MATH or hasattr(np, name):
            return f"math.{name}", _MATH.get(name, f"np.{name}")
    return "", ""


# Functions of SciPy that are no ufuncs make plain arrays of what they are given, so a traced array cannot answer for them; but
# for those that have a stand-in, where a traced function leads to them by name.
_BY_NAME = "call it by its own name in the function; or"
LIBRARY = {
    "logsumexp": f"{_BY_NAME} write np.logaddexp.reduce(x, axis=…)",
    "softmax": f"{_BY_NAME} write np.exp(x - np.logaddexp.reduce(x, axis=…, keepdims=True))",
    "log_softmax": f"{_BY_NAME} write x - np.logaddexp.reduce(x, axis=…, keepdims=True)",
    "polygamma": f"{_BY_NAME} differentiate scipy.special.digamma(x) n times",
    "cho_solve": "write np.linalg.solve(a, b)",
    "solve_triangular": "write np.linalg.solve(np.tril(a), b)",
    "expm": "write its series, or np.linalg.eigh for a symmetric matrix",
    **{name: f"write np.linalg.{name}(…)" for name in
       ("solve", "inv", "det", "cholesky", "eigh", "eigvalsh", "svd", "svdvals", "qr", "pinv", "lstsq", "norm")},
    **dict.fromkeys(("pdf", "logpdf", "pmf", "logpmf"), "write its formula out; the normal one's logarithm is "
                    "-0.5 * x * x - 0.5 * np.log(2 * np.pi)"),
    **dict.fromkeys(("cdf", "logcdf", "sf", "logsf", "ppf"),
                    "write it with scipy.special, as ndtr, log_ndtr and ndtri for the normal one"),
    **dict.fromkeys(("cdist", "pdist"), "write np.sqrt(np.sum((x[:, None] - y[None]) ** 2, axis=-1))"),
    **dict.fromkeys(("solve_ivp", "odeint"), "write the steps out, in a loop with np functions"),
    **dict.fromkeys(("quad", "fixed_quad", "quad_vec", "dblquad"),
                    "write the rule out, np.sum(weights * f(points)), with points and weights of "
                    "np.polynomial.legendre.leggauss(n)"),
    **dict.fromkeys(("CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "make_interp_spline", "interp1d", "splrep",
                     "UnivariateSpline", "InterpolatedUnivariateSpline"),
                    "write np.interp(…), or solve for the coefficients with np.linalg.solve(…)"),
    **dict.fromkeys(("minimize", "minimize_scalar", "root", "root_scalar", "brentq", "brenth", "bisect", "toms748", "newton",
                     "fixed_point", "fsolve", "least_squares", "curve_fit"),
                    "write its steps out, or find the solution on plain numbers and its slope by the implicit function theorem"),
}  # fmt: skip
