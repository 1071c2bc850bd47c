"""Norms, and the functions of NumPy's linear algebra that are built on norms, inverses and products.

A norm is not differentiable at 0; the derivative taken there is 0, the central subgradient.
"""

import functools
import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...core.binding import bind
from ...core.primitive import primitive
from ..examples import apart_from_zero
from .common import implements
from .creating import of_size
from .linalg import float_dtype
from .reductions import expand_reduced, reduced_shape


def _norm_rule(g, y, x, ord=None, axis=None, keepdims=False):
    g, length = expand_reduced(g, x, axis, keepdims), expand_reduced(y, x, axis, keepdims)
    if ord is None or ord == 2 or ord == "fro":
        return g * (x / np.where(length == 0, 1, length))
    if ord == 1:
        return g * np.sign(x)
    if ord in (np.inf, -np.inf):
        at = np.abs(x) == length
        return g * (np.sign(x) * at / np.sum(at, axis=axis, keepdims=True))
    ratio = np.abs(x) / np.where(length == 0, 1, length)
    if ord < 0:  # a single 0 makes the whole norm 0
        ratio, x = np.where(length == 0, 1, ratio), np.where(length == 0, 0, x)
    return g * (np.sign(x) * np.where(ratio == 0, 1, ratio) ** (ord - 1))


def _norms(random):
    for shape, axis in [((3,), None), ((2, 3), None), ((2, 3), 1), ((2, 3, 2), 0)]:
        yield (apart_from_zero(random, shape),), {"ord": None, "axis": axis, "keepdims": len(shape) == 3}
    for shape, axis in [((3,), 0), ((2, 3), 1), ((2, 3, 2), 0)]:
        for order in (2, 1, 3, np.inf):
            yield (apart_from_zero(random, shape),), {"ord": order, "axis": axis, "keepdims": len(shape) == 3}


norm = primitive(
    "norm", shape=lambda x, ord, axis, keepdims: reduced_shape(x, axis, keepdims), dtype=float_dtype,
    derivative=_norm_rule, params={"ord": None, "axis": None, "keepdims": False},
    python="np.linalg.norm({0}, ord={ord}, axis={axis}, keepdims={keepdims})", latex=r"\left\lVert {0} \right\rVert",
    examples=_norms,
)  # fmt: skip


@implements(np.linalg.norm)
def _norm(x, ord=None, axis=None, keepdims=False):
    ndim = np.ndim(x)
    if axis is None and ord is None:
        return bind(norm, (x,), (("ord", None), ("axis", None), ("keepdims", bool(keepdims))))
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    if len(axes) == 1:
        if ord == 0:
            return np.sum(
                (x != 0).astype(x.dtype if x.dtype.kind == "f" else np.float64), axis=axes[0], keepdims=keepdims
            )
        if isinstance(ord, str):
            raise ValueError(f"Invalid norm order {ord!r} for vectors")
        order = ord if ord is None or float(ord) in (np.inf, -np.inf) or ord != int(ord) else int(ord)
        return bind(norm, (x,), (("ord", order), ("axis", axes[0]), ("keepdims", bool(keepdims))))
    return _matrix_norm(x, ord, axes, keepdims)


def _matrix_norm(x, ord, axes, keepdims):
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    rows, columns = axes
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    if ord in (None, "fro"):
        found = np.linalg.norm(_matrices(x, axes).reshape(*_kept(x, axes), -1), axis=-1)
    elif ord in (1, -1):
        found = _extreme(ord, np.sum(np.abs(x), axis=rows), columns - (columns > rows))
    elif ord in (np.inf, -np.inf):
        found = _extreme(ord, np.sum(np.abs(x), axis=columns), rows - (rows > columns))
    elif ord in (2, -2, "nuc"):
        values = np.linalg.svdvals(_matrices(x, axes))
        found = np.sum(values, axis=-1) if ord == "nuc" else _extreme(ord, values, -1)
    else:
        raise ValueError("Invalid norm order for matrices.")
    return np.expand_dims(found, tuple(sorted(axes))) if keepdims else found


def _extreme(ord, lengths, axis):
    """The maximum, or the minimum for a negative order; the maximum of no elements is 0."""
    if ord > 0 and np.shape(lengths)[axis] == 0:
        return np.sum(lengths, axis=axis)
    return np.max(lengths, axis=axis) if ord > 0 else np.min(lengths, axis=axis)


def _matrices(x, axes):
    return x if axes == (np.ndim(x) - 2, np.ndim(x) - 1) else np.moveaxis(x, axes, (-2, -1))


def _kept(x, axes):
    return tuple(size for axis, size in enumerate(np.shape(x)) if axis not in axes)


@implements(np.linalg.vector_norm)
def _vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    if axis is None:
        found = np.linalg.norm(np.reshape(x, -1), ord=ord)
        return np.reshape(found, (1,) * np.ndim(x)) if keepdims else found
    if isinstance(axis, tuple) and len(axis) > 1:
        axes = normalize_axis_tuple(axis, np.ndim(x))
        lines = np.reshape(np.moveaxis(x, axes, range(-len(axes), 0)), (*_kept(x, axes), -1))
        found = np.linalg.norm(lines, ord=ord, axis=-1)
        return np.expand_dims(found, axes) if keepdims else found
    return np.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)


@implements(np.linalg.matrix_norm)
def _matrix_norm_of_stacks(x, /, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


@implements(np.linalg.cond)
def _cond(x, p=None):
    if p in (None, 2, -2):
        values = np.linalg.svdvals(x)
        found = values[..., -1] / values[..., 0] if p == -2 else values[..., 0] / values[..., -1]
    else:
        found = np.linalg.norm(x, ord=p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), ord=p, axis=(-2, -1))
    unknown = np.isnan(found) & ~np.any(np.isnan(x), axis=(-2, -1))
    return np.where(unknown, np.inf, found)  # as for a matrix of zeros


# ---- powers and products -----------------------------------------------------------------------------------------------------


@implements(np.linalg.matrix_power)
def _matrix_power(a, n):
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 0:
        return np.broadcast_to(of_size("eye", np.shape(a)[-1], a).astype(a.dtype), np.shape(a))
    if n == 3:  # NumPy's order of products
        return a @ a @ a
    result = None
    while n:
        n, odd = divmod(n, 2)
        if odd:
            result = a if result is None else result @ a
        a = a @ a if n else a
    return result


@implements(np.linalg.multi_dot)
def _multi_dot(arrays):
    """The product in the order that takes the fewest multiplications."""
    ends = np.ndim(arrays[0]) == 1, np.ndim(arrays[-1]) == 1
    matrices = [np.reshape(arrays[0], (1, -1)) if ends[0] else arrays[0], *arrays[1:-1]]
    matrices.append(np.reshape(arrays[-1], (-1, 1)) if ends[1] else arrays[-1])
    sizes = [np.shape(matrices[0])[0], *(np.shape(each)[1] for each in matrices)]

    @functools.cache
    def best(i, j):
        """The fewest multiplications for the product of matrices i to j, and the last matrix of its left factor."""
        costs = ((best(i, k)[0] + best(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j))
        return min(costs, default=(0, i))

    def product(i, j):
        return matrices[i] if i == j else product(i, best(i, j)[1]) @ product(best(i, j)[1] + 1, j)

    found = product(0, len(matrices) - 1)
    return np.reshape(found, np.shape(found)[int(ends[0]) : 2 - int(ends[1])])


@implements(np.linalg.tensorinv)
def _tensorinv(a, ind=2):
    shape = np.shape(a)
    inverse = np.linalg.inv(np.reshape(a, (math.prod(shape[:ind]), -1)))
    return np.reshape(inverse, (*shape[ind:], *shape[:ind]))


@implements(np.linalg.tensorsolve)
def _tensorsolve(a, b):
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, math.prod(shape))), np.reshape(b, -1)), shape)
