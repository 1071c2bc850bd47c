"""Inverses, determinants and linear systems, of matrices and stacks of them. `factorizations.py` has the rest."""

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, broadcast
from ...core.primitive import primitive
from ...core.traced import FUNCTIONS
from .. import helpers
from ..examples import invertible, invertible_pairs, stacks
from .common import dispatched, transposed

_SLOGDET = type(np.linalg.slogdet(np.eye(1)))


def float_dtype(*dtypes, **params):
    """The dtype rule of NumPy's linear algebra: float32 if all inputs are float32, else float64."""
    return np.dtype(np.float32 if all(dtype == np.float32 for dtype in dtypes) else np.float64)


def square(a: Shape) -> Shape:
    """The shape of a matrix or a stack of matrices, checked to be square."""
    if len(a) < 2:
        raise ShapeMismatch("a matrix needs two axes", (0, 0))
    if a[-1] != a[-2]:
        raise ShapeMismatch("the matrix is not square", (0, 0), (len(a) - 2, len(a) - 1))
    return a


def _per_matrix(g):
    return np.expand_dims(g, (-2, -1)) if np.ndim(g) else g


inv = primitive(
    "inv", shape=square, dtype=float_dtype, derivative=lambda g, y, a: -(transposed(y) @ g @ transposed(y)),
    python="np.linalg.inv({0})", latex="{0}^{-1}", examples=invertible,
)  # fmt: skip


def _cofactors_rule(g, y, a):
    inverse = transposed(np.linalg.inv(a))
    return _per_matrix(np.sum(g * y, axis=(-2, -1))) * inverse - y @ transposed(g) @ inverse


cofactors = dispatched(primitive(
    "cofactors", helper=helpers.cofactors, shape=square, dtype=float_dtype, derivative=_cofactors_rule,
    python="cofactors({0})", latex=r"\operatorname{cof}({0})", examples=invertible,
))  # fmt: skip
det = primitive(
    "det", shape=lambda a: square(a)[:-2], dtype=float_dtype,
    derivative=lambda g, y, a: _per_matrix(g) * cofactors(a),
    python="np.linalg.det({0})", latex=r"\det({0})", examples=invertible,
)  # fmt: skip


def _slogdet_rule(g, y, a):
    _, g_log = g  # the sign is piecewise constant
    return None if g_log is None else _per_matrix(g_log) * transposed(np.linalg.inv(a))


slogdet = primitive(
    "slogdet", shape=lambda a: (square(a)[:-2],) * 2, dtype=lambda a: (float_dtype(a),) * 2, results=_SLOGDET,
    derivative=_slogdet_rule, python="np.linalg.slogdet({0})", latex=r"\operatorname{slogdet}({0})", examples=invertible,
)  # fmt: skip


def _solve_shape(a: Shape, b: Shape) -> Shape:
    square(a)
    axis = 0 if len(b) == 1 else len(b) - 2
    if not b or a[-1] != b[axis]:
        raise ShapeMismatch("the sizes differ", (0, 1), (len(a) - 1, axis))
    if len(b) == 1:
        return a[:-1]
    return (*broadcast(a[:-2], b[:-2]), *b[-2:])


def _solve_right(g, y, a, b):
    """∂C/∂b = a⁻ᵀ g; if b is one vector for a stack of matrices, g is a stack of vectors, solved as columns."""
    if np.ndim(b) == 1 < np.ndim(g):
        return np.squeeze(np.linalg.solve(transposed(a), np.expand_dims(g, -1)), -1)
    return np.linalg.solve(transposed(a), g)


def _solve_left(g, y, a, b):
    error = _solve_right(g, y, a, b)
    if np.ndim(b) > 1:
        return -(error @ transposed(y))
    return -np.outer(error, y) if np.ndim(y) == 1 else -(np.expand_dims(error, -1) * np.expand_dims(y, -2))


solve = primitive(
    "solve", shape=_solve_shape, dtype=float_dtype, derivative=(_solve_left, _solve_right),
    python="np.linalg.solve({0}, {1})", latex=r"{0}^{-1} \, {1}", examples=invertible_pairs,
)  # fmt: skip


def _pinv_rule(g, y, a, rcond=None):
    """The adjoint of dY = −Y dA Y + Y Yᵀ dAᵀ (1 − A Y) + (1 − Y A) dAᵀ Yᵀ Y (Golub and Pereyra, 1973)."""
    y_t, g_t = transposed(y), transposed(g)
    rows, columns = g_t @ y @ y_t, y_t @ y @ g_t
    return (rows - a @ (y @ rows)) + (columns - (columns @ y) @ a) - y_t @ g @ y_t


pinv = primitive(
    "pinv", shape=lambda a, rcond=None: (*a[:-2], *a[:-3:-1]), dtype=float_dtype, derivative=_pinv_rule,
    params={"rcond": None}, python="np.linalg.pinv({0}, rcond={rcond})", latex="{0}^{+}",
    examples=stacks((3, 2), (2, 3), (2, 2, 3)),
)  # fmt: skip


for _function, _declared in ((np.linalg.inv, inv), (np.linalg.det, det), (np.linalg.slogdet, slogdet)):
    FUNCTIONS[_function] = lambda a, declared=_declared: bind(declared, (a,))
FUNCTIONS[np.linalg.solve] = lambda a, b: bind(solve, (a, b))
FUNCTIONS[np.linalg.pinv] = lambda a, rcond=None: bind(
    pinv, (a,), (("rcond", None if rcond is None else float(rcond)),)
)
