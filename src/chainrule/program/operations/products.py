"""Products of matrices and vectors."""

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, broadcast
from ...core.primitive import primitive, ufunc_dtype
from ...core.traced import FUNCTIONS
from ..examples import of_shapes
from .common import strongly_typed, transposed


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        raise ShapeMismatch("a matrix product needs at least one axis on each side", (0, 1))
    inner = max(len(b) - 2, 0)
    if a[-1] != b[inner]:
        raise ShapeMismatch("the inner dimensions differ", (0, 1), (len(a) - 1, inner))
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


def _dot(a, b):
    if not np.ndim(a) or not np.ndim(b):
        return strongly_typed(a) * strongly_typed(b)
    if np.ndim(b) == 1 or np.ndim(a) <= 2 >= np.ndim(b):
        return bind(matmul, (a, b))
    return np.tensordot(a, b, axes=((-1,), (max(np.ndim(b) - 2, 0),)))


FUNCTIONS[np.outer] = lambda a, b: bind(outer, tuple(x if np.ndim(x) == 1 else np.reshape(x, -1) for x in (a, b)))
FUNCTIONS[np.dot] = _dot
