"""Products of matrices and vectors; inverses, determinants and linear systems, of matrices and stacks of them.

`factorizations.py` has the rest.
"""

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, broadcast, require_same
from ...core.primitive import primitive, ufunc_dtype
from .. import helpers
from ..examples import invertible, invertible_pairs, of_shapes, stacks
from ..headings import NOTES
from .common import dispatched, implements, ndim_of, register, strongly_typed, transposed


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        raise ShapeMismatch("a matrix product needs at least one axis on each side", (0, 1))
    inner = max(len(b) - 2, 0)
    require_same(a[-1], b[inner], "the inner dimensions differ", (0, 1), (len(a) - 1, inner))
    stack = broadcast(a[:-2], b[:-2])
    return (*stack, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _left(g, y, a, b):
    """∂C/∂a = g bᵀ; a vector is a row on the left and a column on the right."""
    if np.ndim(b) == 1:
        if np.ndim(a) <= 2:
            return g * b if np.ndim(a) == 1 else np.outer(g, b)
        return np.expand_dims(g, -1) * np.reshape(b, (1,) * (np.ndim(a) - 1) + np.shape(b))
    if np.ndim(a) == 1:
        return b @ g if np.ndim(b) == 2 else np.squeeze(np.expand_dims(g, -2) @ transposed(b), -2)
    return g @ transposed(b)


def _right(g, y, a, b):
    """∂C/∂b = aᵀ g."""
    if np.ndim(b) == 1:
        if np.ndim(a) <= 2:
            return g * a if np.ndim(a) == 1 else g @ a
        return np.sum(np.expand_dims(g, -1) * a, axis=tuple(range(np.ndim(a) - 1)))
    if np.ndim(a) == 1:
        return np.outer(a, g) if np.ndim(b) == 2 else np.expand_dims(a, -1) * np.expand_dims(g, -2)
    return transposed(a) @ g


matmul = primitive(
    "matmul", ufunc=np.matmul, shape=_matmul_shape, derivative=(_left, _right),
    python="{0} @ {1}", latex=r"{0} \, {1}",
    examples=of_shapes(
        (((2, 3), (3, 4)), {}), (((2, 3), (3,)), {}), (((3,), (3, 2)), {}), (((3,), (3,)), {}),
        (((2, 2, 3), (2, 3, 2)), {}), (((2, 3), (4, 3, 2)), {}), (((2, 3, 2), (2,)), {}), (((3,), (2, 3, 2)), {}),
    ),
)  # fmt: skip


outer = primitive(
    "outer", shape=lambda a, b: (*a, *b), dtype=ufunc_dtype(np.multiply), python="np.outer({0}, {1})", latex="{0} {1}^T",
    derivative=(lambda g, y, a, b: g @ b, lambda g, y, a, b: a @ g), examples=of_shapes((((3,), (2,)), {}), (((1,), (1,)), {})),
)  # fmt: skip


@implements(np.dot)
def _dot(a, b):
    m, n = ndim_of(a), ndim_of(b)
    if not m or not n:
        return strongly_typed(a) * strongly_typed(b)
    if n == 1 or m <= 2 >= n:
        return bind(matmul, (a, b))
    return np.tensordot(a, b, axes=((-1,), (max(n - 2, 0),)))


# ---- inverses, determinants, systems --------------------------------------------------------------------------------

_SLOGDET = type(np.linalg.slogdet(np.eye(1)))


def float_dtype(*dtypes, **params):
    """The dtype rule of NumPy's linear algebra: single precision if all inputs are of it, else double."""
    kinds = [np.dtype(dtype) for dtype in dtypes]
    single = all(kind in (np.float32, np.complex64) for kind in kinds)
    if any(kind.kind == "c" for kind in kinds):
        return np.dtype(np.complex64 if single else np.complex128)
    return np.dtype(np.float32 if single else np.float64)


def square(a: Shape) -> Shape:
    """The shape of a matrix or a stack of matrices, checked to be square."""
    if len(a) < 2:
        raise ShapeMismatch("a matrix needs two axes", (0, 0))
    require_same(a[-2], a[-1], "the matrix is not square", (0, 0), (len(a) - 2, len(a) - 1))
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
    derivative=_slogdet_rule, python="np.linalg.slogdet({0})", examples=invertible,
)  # fmt: skip


def _solve_shape(a: Shape, b: Shape) -> Shape:
    square(a)
    if not b:
        raise ShapeMismatch("a linear system needs at least one axis on its right side", (0, 1))
    axis = max(len(b) - 2, 0)
    require_same(a[-2], b[axis], "the sizes differ", (0, 1), (len(a) - 2, axis))
    if len(b) == 1:
        return a[:-1]
    return (*broadcast(a[:-2], b[:-2]), a[-1], b[-1])


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


register(
    {
        np.outer: lambda a, b: bind(outer, tuple(x if np.ndim(x) == 1 else np.reshape(x, -1) for x in (a, b))),
        np.linalg.inv: lambda a: bind(inv, (a,)),
        np.linalg.det: lambda a: bind(det, (a,)),
        np.linalg.slogdet: lambda a: bind(slogdet, (a,)),
        np.linalg.solve: lambda a, b: bind(solve, (a, b)),
        np.linalg.pinv: lambda a, rcond=None: bind(pinv, (a,), (("rcond", None if rcond is None else float(rcond)),)),
    }
)


# ---- what stands above derivatives -----------------------------------------------------------------------------------

NOTES |= {
    "solve": "back through x = A⁻¹ b: δ_b solves Aᵀ δ_b = δ_x, and δ_A = −δ_b xᵀ",
}
