"""For every operation, a function that computes the same and shares nothing with its declaration."""

import itertools
import math

import numpy as np
import scipy.linalg


def elementwise(function):
    """A function of Python numbers, applied to each place of arrays."""
    return lambda *arrays: np.vectorize(function, otypes=[float])(*arrays)


def matmul(a, b):
    """The product by NumPy's Einstein sums."""
    left, right = "...ij" if a.ndim > 1 else "j", "...jk" if b.ndim > 1 else "j"
    return np.einsum(f"{left},{right}->...{'i' * (a.ndim > 1)}{'k' * (b.ndim > 1)}", a, b)


def getitem(x, index):
    places = np.arange(x.size).reshape(x.shape)[index.value()]
    return np.reshape([x.flat[place] for place in np.asarray(places).flat], np.shape(places))


def scatter(g, index, shape):
    result = np.zeros(shape)
    for place, source in zip(np.arange(result.size).reshape(shape)[index.value()].flat, g.flat, strict=True):
        result.flat[place] = source
    return result


def put(g, indices, axis, shape):
    result = np.zeros(shape)
    flat = np.moveaxis(g, range(axis, axis + indices.ndim), range(indices.ndim))
    for place in np.ndindex(indices.shape):
        np.moveaxis(result, axis, 0)[indices[place]] += flat[place]
    return result


def take(x, indices, axis):
    return x[(slice(None),) * axis + (indices,)]


def extreme(function):
    def reduce(x, axis, keepdims):
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = tuple(sorted(each % x.ndim for each in axes))
        for each in reversed(axes):
            x = np.apply_along_axis(function, each, x)
        return x.reshape(kept(x, axes, keepdims))

    return reduce


def kept(x, axes, keepdims):
    shape = list(x.shape)
    for each in axes if keepdims else ():
        shape.insert(each, 1)
    return shape


def argmax(x, axis):
    return np.argsort(-x, axis=axis).take(0, axis) if axis is not None else max(range(x.size), key=lambda i: x.flat[i])


def each_matrix(function):
    """A function of one matrix, on every matrix of a stack; it gives an array or a tuple of arrays."""

    def over(a, *rest, **params):
        found = [function(a[place], *(b[place] for b in rest), **params) for place in np.ndindex(a.shape[:-2])]
        if isinstance(found[0], tuple):
            return tuple(np.reshape(part, a.shape[:-2] + np.shape(part[0])) for part in zip(*found, strict=True))
        return np.reshape(found, a.shape[:-2] + np.shape(found[0]))

    return over


def det(a):
    """The sum over all permutations."""
    n = len(a)
    signs = {
        p: (-1) ** sum(p[i] > p[j] for i in range(n) for j in range(i + 1, n)) for p in itertools.permutations(range(n))
    }
    return math.fsum(sign * math.prod(a[i, p[i]] for i in range(n)) for p, sign in signs.items())


def inv(a):
    """Cofactors over the determinant."""
    rest = [[det(np.delete(np.delete(a, i, 0), j, 1)) * (-1) ** (i + j) for i in range(len(a))] for j in range(len(a))]
    return np.array(rest) / det(a)


def solve(a, b):
    column = b if b.ndim > 1 else b[:, None]
    x = each_matrix(inv)(a) @ column
    return x if b.ndim > 1 else x[..., 0]


def cholesky(a):
    lower = np.zeros_like(a)
    for i, j in itertools.product(range(len(a)), repeat=2):
        rest = a[i, j] - math.fsum(lower[i, k] * lower[j, k] for k in range(j))
        lower[i, j] = math.sqrt(rest) if i == j else rest / lower[j, j] if i > j else 0.0
    return lower


def triangle(keep):
    return lambda x, k: np.reshape([v if keep(p[-1] - p[-2], k) else 0.0 for p, v in np.ndenumerate(x)], x.shape)


ORACLES = {
    "inv": each_matrix(inv),
    "det": each_matrix(det),
    "slogdet": each_matrix(lambda a: (math.copysign(1, det(a)), math.log(abs(det(a))))),
    "solve": solve,
    "pinv": each_matrix(lambda a, rcond: scipy.linalg.pinv(a, rtol=rcond)),
    "cholesky": each_matrix(cholesky),
    "eigh": each_matrix(lambda a: scipy.linalg.eigh(a, driver="evd")),
    "eigvalsh": each_matrix(lambda a: scipy.linalg.eigvalsh(a)),
    "svd": each_matrix(lambda a, full_matrices: scipy.linalg.svd(a, full_matrices)),
    "svdvals": each_matrix(scipy.linalg.svdvals),
    "qr": each_matrix(lambda a: scipy.linalg.qr(a, mode="economic")),
    "tril": triangle(lambda d, k: d <= k),
    "triu": triangle(lambda d, k: d >= k),
    "identity": lambda x: x * 1.0,
    "add": lambda a, b: a - (-b),
    "subtract": lambda a, b: a + (-b),
    "multiply": elementwise(lambda a, b: a * b),
    "divide": elementwise(lambda a, b: a / b),
    "negative": lambda x: 0.0 - x,
    "power": elementwise(math.pow),
    "square": elementwise(lambda x: x * x),
    "sqrt": elementwise(math.sqrt),
    "exp": elementwise(math.exp),
    "log": elementwise(math.log),
    "log1p": elementwise(math.log1p),
    "expm1": elementwise(math.expm1),
    "sin": elementwise(math.sin),
    "cos": elementwise(math.cos),
    "tanh": elementwise(math.tanh),
    "absolute": elementwise(abs),
    "stop_gradient": lambda x: x,
    "sign": elementwise(lambda x: math.copysign(1, x) if x else 0.0),
    "maximum": elementwise(max),
    "minimum": elementwise(min),
    "where": elementwise(lambda mask, a, b: a if mask else b),
    "greater": elementwise(lambda a, b: a > b),
    "greater_equal": elementwise(lambda a, b: a >= b),
    "less": elementwise(lambda a, b: a < b),
    "less_equal": elementwise(lambda a, b: a <= b),
    "equal": elementwise(lambda a, b: a == b),
    "not_equal": elementwise(lambda a, b: a != b),
    "logical_and": elementwise(lambda a, b: bool(a) and bool(b)),
    "logical_or": elementwise(lambda a, b: bool(a) or bool(b)),
    "logical_not": elementwise(lambda x: not x),
    "astype": lambda x, dtype: np.array(x, dtype),
    "sigmoid": elementwise(lambda z: 0.5 * (1 + math.tanh(z / 2))),
    "sigmoid_prime": elementwise(lambda z: 0.25 / math.cosh(z / 2) ** 2),
    "relu": elementwise(lambda z: z if z > 0 else 0.0),
    "relu_prime": elementwise(lambda z: 1.0 if z > 0 else 0.0),
    "logaddexp": elementwise(lambda a, b: math.log(math.exp(a) + math.exp(b))),
    "softmax": lambda z, axis: np.apply_along_axis(
        lambda row: [math.exp(e) / math.fsum(map(math.exp, row)) for e in row], axis, z
    ),
    "getitem": getitem,
    "scatter": scatter,
    "take": take,
    "put": put,
    "matmul": matmul,
    "outer": lambda a, b: np.array([[x * y for y in b] for x in a]),
    "sum": extreme(math.fsum),
    "mean": extreme(lambda x: math.fsum(x) / len(x)),
    "max": extreme(max),
    "min": extreme(min),
    "any": lambda x, **params: extreme(lambda row: bool(any(row)))(x != 0, **params),
    "all": lambda x, **params: extreme(lambda row: bool(all(row)))(x != 0, **params),
    "argmax": argmax,
    "transpose": lambda x, axes: np.einsum("".join("abcdef"[: x.ndim]) + "->" + "".join("abcdef"[i] for i in axes), x),
    "T": lambda x: np.moveaxis(x, range(x.ndim), range(x.ndim)[::-1]),
    "reshape": lambda x, shape: np.array(list(x.flat)).reshape(shape),
    "broadcast_to": lambda x, shape: x + np.zeros(shape),
    "concatenate": lambda *parts, axis: np.block(
        list(parts) if axis == parts[0].ndim - 1 else [[part] for part in parts]
    ),
}
