"""Products of matrices and vectors."""

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, broadcast
from ...core.primitive import primitive, ufunc_dtype
from ...core.traced import FUNCTIONS
from ..examples import of_shapes


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        raise ShapeMismatch("a matrix product needs at least one axis on each side", (0, 1))
    inner = max(len(b) - 2, 0)
    if a[-1] != b[inner]:
        raise ShapeMismatch("the inner dimensions differ", (0, 1), (len(a) - 1, inner))
    stack = broadcast(a[:-2], b[:-2])
    return (*stack, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _transpose(x):
    return np.transpose(x) if np.ndim(x) <= 2 else np.swapaxes(x, -1, -2)


def _left(g, y, a, b):
    """∂C/∂a = g bᵀ; a vector is a row on the left and a column on the right."""
    if np.ndim(b) == 1:
        return g * b if np.ndim(a) == 1 else np.outer(g, b) if np.ndim(a) == 2 else np.expand_dims(g, -1) * _row(b, a)
    if np.ndim(a) == 1:
        return b @ g if np.ndim(b) == 2 else np.squeeze(np.expand_dims(g, -2) @ _transpose(b), -2)
    return g @ _transpose(b)


def _right(g, y, a, b):
    """∂C/∂b = aᵀ g."""
    if np.ndim(b) == 1:
        return (
            g * a
            if np.ndim(a) == 1
            else g @ a
            if np.ndim(a) == 2
            else np.sum(np.expand_dims(g, -1) * a, axis=_all_but_last(a))
        )
    if np.ndim(a) == 1:
        return np.outer(a, g) if np.ndim(b) == 2 else np.expand_dims(a, -1) * np.expand_dims(g, -2)
    return _transpose(a) @ g


def _row(b, a):
    """A vector as a row with as many axes as the stack of matrices."""
    return np.reshape(b, (1,) * (np.ndim(a) - 1) + np.shape(b))


def _all_but_last(a) -> tuple[int, ...]:
    return tuple(range(np.ndim(a) - 1))


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


def _outer(a, b):
    return bind(outer, tuple(x if np.ndim(x) == 1 else np.reshape(x, -1) for x in (a, b)))


def strongly_typed(x):
    """A Python number as a NumPy scalar of its own dtype, as functions that are not ufuncs take it."""
    return np.asarray(x)[()] if isinstance(x, (bool, int, float)) else x


def _dot(a, b):
    if not np.ndim(a) or not np.ndim(b):
        return strongly_typed(a) * strongly_typed(b)
    if np.ndim(a) <= 2 >= np.ndim(b):
        return bind(matmul, (a, b))
    if np.ndim(b) == 1:
        return bind(matmul, (a, b))
    return np.tensordot(a, b, axes=((-1,), (max(np.ndim(b) - 2, 0),)))


FUNCTIONS[np.outer] = _outer
FUNCTIONS[np.dot] = _dot
