"""A table of what to write instead of functions that have no derivative here, shown when they are refused.

Functions that are neither in this table nor in `operations/` are refused with general advice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.messages import Message, message

GENERAL = message(
    "write it with np functions, or declare it with @chainrule.primitive, which takes a derivative by hand"
)


def _instead(code: str, other: str = "") -> Message:
    return message("write {code} instead of {other}" if other else "write {code}", code=code, other=other)


def _new(code: str) -> Message:
    return message("it would overwrite an array; write {code}, which makes a new one", code=code)


def _if_symmetric(code: str) -> Message:
    return message(
        "its result is complex; treat the real and the imaginary part as two arrays, or use {subject} if the matrix is symmetric",
        subject=code,
    )


_COUNTS = message("take the values out of the trace first, or write sums of smooth weights")
_VALUES = message("its result's shape hangs on values; write np.where(mask, a, b), or x[mask]")
_BITS = message("work on bits outside of the traced function")
_PLACES = message("compute it on plain numbers outside of the traced function")
_PRINT = message("print it with print(x)")
_SAVE = message("save the result of the derivative instead")

ADVICE: dict[Callable[..., Any], Message] = {
    np.linalg.eig: _if_symmetric("np.linalg.eigh"),
    np.linalg.eigvals: _if_symmetric("np.linalg.eigvalsh"),
    np.linalg.matrix_rank: message("it is a whole number, flat everywhere; count np.linalg.svdvals(a) outside of the traced "
                                   "function"),
    np.unique: _VALUES, np.trim_zeros: _VALUES,
    np.intersect1d: _VALUES, np.setdiff1d: _VALUES, np.setxor1d: _VALUES, np.union1d: _VALUES,
    np.histogram2d: _COUNTS, np.histogramdd: _COUNTS, np.histogram_bin_edges: _COUNTS,
    np.bitwise_count: _BITS, np.left_shift: _BITS, np.packbits: _BITS, np.unpackbits: _BITS,
    np.gcd: _PLACES, np.lcm: _PLACES, np.nextafter: _PLACES, np.spacing: _PLACES, np.frexp: _PLACES,
    np.polydiv: message("write the long division out, with plain lengths"),
    np.ix_: message("give it plain indices, or index with masks one after another, x[rows][:, columns]"),
    np.lexsort: message("sort outside of the traced function, and index with the order"),
    np.i0: message("write scipy.special.i0(x), which has one"),
    np.array2string: _PRINT, np.array_repr: _PRINT, np.array_str: _PRINT,
    np.save: _SAVE, np.savetxt: _SAVE, np.savez: _SAVE, np.savez_compressed: _SAVE,
    np.unique_all: _VALUES, np.unique_counts: _VALUES, np.unique_inverse: _VALUES, np.unique_values: _VALUES,
    np.sort_complex: message("write np.sort(x), since x is real"),
    np.may_share_memory: _PLACES, np.shares_memory: _PLACES, np.ravel_multi_index: _PLACES, np.einsum_path: _PLACES,
    np.can_cast: message("ask for x.dtype"), np.common_type: message("write np.result_type"),
    np.min_scalar_type: message("ask for x.dtype"),
}  # fmt: skip

WINDOWS = _instead("np.lib.stride_tricks.sliding_window_view(x, shape)[::step]", "np.lib.stride_tricks.as_strided(…)")

# What makes a plain array of its arguments before a traced one can answer; looked for in the user's line.
_PLAIN = {
    r"\bnp\.ma\.": message("write np.where(mask, 0, x) for the numbers that are not masked"),
    r"\bnp\.ndenumerate\(": message("loop over np.ndindex(x.shape), and read x[i]"),
    r"\bnp\.fromiter\(": _instead("np.stack([…])", "np.fromiter(…)"),
    r"\bas_strided\(": WINDOWS,
    r"\bnp\.arange\(": message("write start + step * np.arange(n), with a plain int for n"),
    r"(?<!np)\.dot\(": message("the array in front of the dot is plain: write np.dot(a, x), or a @ x, for a.dot(x)"),
    r"\bnp\.polynomial\.": _instead("np.polyval(coefficients[::-1], x)", "np.polynomial"),
    r"\brandom\.|(?<!math)(?<!special)\.(normal|uniform|exponential|laplace|lognormal|gamma|beta|poisson)\(":
        message("draw plain numbers, and scale and move them: mean + scale * np.random.normal(size=…)"),
    r"\bnp\.(float64|float32)\(": message("leave the conversion out, since it is an array already"),
}  # fmt: skip
JOIN = message("to join traced values, write np.stack([…]) instead of np.array([…])")

# Functions of `math` whose equal in NumPy or SciPy has another name.
_MATH = {
    "fsum": "np.sum", "pow": "np.power", "fabs": "np.abs", "dist": "np.linalg.norm", "erf": "scipy.special.erf",
    "erfc": "scipy.special.erfc", "gamma": "scipy.special.gamma", "lgamma": "scipy.special.gammaln",
    "acos": "np.arccos", "asin": "np.arcsin", "atan": "np.arctan", "atan2": "np.arctan2",
    "acosh": "np.arccosh", "asinh": "np.arcsinh", "atanh": "np.arctanh",
}  # fmt: skip


def instead_of_plain(line: str, otherwise: Message) -> Message:
    """What to write instead of the call in this line that makes a plain array of traced ones."""
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
def _by_name(instead: Message) -> Message:
    return message("call it by its own name in the function; or {instead}", instead=instead)


def _filter(weights: str) -> Message:
    return message(
        "write np.sum(windows * {weights}, axis=(-2, -1)), with windows = np.lib.stride_tricks.sliding_window_view("
        "np.pad(x, n, mode='symmetric'), weights.shape), where n is half the size of the weights",
        weights=weights,
    )


def _filter_rows(function: str) -> Message:
    return message(
        "write {function}(np.pad(x, n, mode='symmetric'), weights, 'valid') for each row, where n is half the length of the "
        "weights",
        function=function,
    )


_POINTS = message(
    "write the rule out, np.sum(weights * f(points)), with points and weights of np.polynomial.legendre.leggauss(n)"
)

LIBRARY = {
    "logsumexp": _by_name(_instead("np.logaddexp.reduce(x, axis=…)")),
    "softmax": _by_name(_instead("np.exp(x - np.logaddexp.reduce(x, axis=…, keepdims=True))")),
    "log_softmax": _by_name(_instead("x - np.logaddexp.reduce(x, axis=…, keepdims=True)")),
    "polygamma": _by_name(message("differentiate {code} n times", code="scipy.special.digamma(x)")),
    "solve_triangular": _by_name(_instead("np.linalg.solve(np.tril(a), b)")),
    "cho_solve": _by_name(_instead("np.linalg.solve(a, b)")),
    "expm": _by_name(message("write its series, or np.linalg.eigh for a symmetric matrix")),
    **{name: _by_name(_instead(f"np.linalg.{name}(…)")) for name in
       ("solve", "inv", "det", "cholesky", "eigh", "eigvalsh", "svd", "svdvals", "qr", "pinv", "norm")},
    "lstsq": _instead("np.linalg.lstsq(…)"),
    **dict.fromkeys(("pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf"),
                    message("write its formula out with NumPy and scipy.special")),
    "ppf": message("write it with scipy.special, as ndtri for the normal one"),
    **dict.fromkeys(("cdist", "pdist"), _by_name(_instead("np.sqrt(np.sum((x[:, None] - y[None]) ** 2, axis=-1))"))),
    **dict.fromkeys(("solve_ivp", "odeint"), _by_name(message("write the steps out, in a loop with np functions"))),
    **dict.fromkeys(("quad", "quad_vec", "fixed_quad"), _by_name(_POINTS)),
    **dict.fromkeys(("dblquad", "tplquad", "nquad"), message("write one scipy.integrate.quad(…) within another")),
    **dict.fromkeys(("CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "make_interp_spline", "interp1d", "splrep",
                     "UnivariateSpline", "InterpolatedUnivariateSpline", "pchip_interpolate"),
                    message("write np.interp(…), or solve for the coefficients with np.linalg.solve(…)")),
    **dict.fromkeys(("root", "root_scalar", "brentq", "brenth", "bisect", "ridder", "toms748", "newton", "fsolve"),
                    _by_name(message("write chainrule.root(f, x0)"))),
    "fixed_point": _by_name(message("write chainrule.root(lambda x: x - f(x), x0)")),
    "solve_continuous_are": message("find the solution x on plain numbers, outside of the traced function, and write "
                                    "scipy.linalg.solve_continuous_lyapunov((a - b @ k).T, -(q + k.T @ r @ k)) with the plain "
                                    "k = np.linalg.solve(r, b.T @ x), whose slopes are those of the solution"),
    **dict.fromkeys(("gaussian_filter", "uniform_filter", "correlate"), _filter("weights")),
    "convolve": _filter("weights[::-1, ::-1]"),
    **dict.fromkeys(("gaussian_filter1d", "uniform_filter1d", "convolve1d"), _filter_rows("np.convolve")),
    "correlate1d": _filter_rows("np.correlate"),
    **dict.fromkeys(("minimize", "minimize_scalar", "least_squares", "curve_fit"),
                    _by_name(message("write chainrule.root(chainrule.grad(f), x0)"))),
}  # fmt: skip

# What others say of a traced array, or of what holds one: a part of their text, what is wrong, and what to write instead.
COMPLAINTS: tuple[tuple[str, Message, Message], ...] = (
    ("__array__ method not producing an array",
     message("NumPy makes plain arrays of objects that have __array__, and here it returns a traced one"),
     message("write np.asarray(…) around the object")),
    ("bytes-like object is required, not", message("a traced array has no memory that is shared with others"),
     message("make a new array with np.array(…) and work on it with np functions")),
    ("No matching signature found", message("a compiled function takes plain arrays and numbers, and is given a traced one"),
     GENERAL),
    *((each, message("a function that takes plain arrays and numbers is given a traced one"), GENERAL) for each in
      ("Traced", "'Plain'", "got Plain", "required argument is not a float")),
)  # fmt: skip
