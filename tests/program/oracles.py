"""For every operation, a function that computes the same and shares nothing with its declaration."""

import itertools
import math
import re

import numpy as np
import scipy.integrate
import scipy.linalg
from scipy import special

from chainrule.program.operations import scientific
from chainrule.program.operations.gathering import Slot

for _module in scientific.FORMS:  # SciPy's functions enter the registry
    scientific.declare(_module)


def elementwise(function):
    """A function of Python numbers, applied to each place of arrays."""
    return lambda *arrays: np.vectorize(function, otypes=[float])(*arrays)


def cross(a, b):
    shape = (*np.broadcast_shapes(np.shape(a)[:-1], np.shape(b)[:-1]), 3)
    result = np.empty(shape)
    for place in np.ndindex(*shape[:-1]):
        (a0, a1, a2), (b0, b1, b2) = np.broadcast_to(a, shape)[place], np.broadcast_to(b, shape)[place]
        result[place] = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0]
    return result


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


def written(adds):
    """What a write leaves, number by number."""

    def function(x, value, *indices, index):
        parts = [indices[part.position - 2] if isinstance(part, Slot) else part for part in index.value()]
        result, places = x.copy(), np.arange(x.size).reshape(x.shape)[tuple(parts)]
        for place, number in zip(places.flat, np.broadcast_to(value, places.shape).flat, strict=True):
            result.flat[place] = number + (result.flat[place] if adds else 0)
        return result

    return function


def put(g, indices, axis, shape):
    result = np.zeros(shape)
    flat = np.moveaxis(g, range(axis, axis + indices.ndim), range(indices.ndim))
    for place in np.ndindex(indices.shape):
        np.moveaxis(result, axis, 0)[indices[place]] += flat[place]
    return result


def take(x, indices, axis):
    return x[(slice(None),) * axis + (indices,)]


def lower_gamma(a, x, weight=lambda t: 1.0):
    """∫ w(t) tᵃ⁻¹ e⁻ᵗ from 0 to x, with t = s² to tame the pole."""
    return scipy.integrate.quad(
        lambda s: weight(s * s) * 2 * s ** (2 * a - 1) * math.exp(-s * s), 0, math.sqrt(x), epsabs=1e-15, epsrel=1e-13
    )[0]


def mean_over_turn(function):
    """By the trapezoidal rule, which for periodic functions is exact to rounding."""
    return math.fsum(function(2 * math.pi * place / 128) for place in range(128)) / 128


def hypergeometric(above, below, x):
    """Its series, each term of the one before."""
    term = total = 1.0
    for k in range(400):
        term *= math.prod(each + k for each in above) / math.prod(each + k for each in below) * x / (k + 1)
        total += term
    return total


def product_log(x):
    """The solution w of w eʷ = x, by Newton's method."""
    w = 0.5
    for _ in range(50):
        w -= (w * math.exp(w) - x) / (math.exp(w) * (w + 1))
    return w


def cosine_transform(line, type, norm):
    """The sums of cosines; of type 3 the first number counts half as much. Scaled, the rows have length 1."""
    size = len(line)
    k, n = np.arange(size)[:, None], np.arange(size)[None]
    angles = {2: k * (n + 0.5), 3: (k + 0.5) * n, 4: (k + 0.5) * (n + 0.5)}[type] * math.pi / size
    matrix = 2 * np.cos(angles)
    if type == 3:
        matrix[:, 0] /= 2
    if norm == "'ortho'":
        matrix = np.cos(angles) * math.sqrt(2 / size)
        if type == 2:
            matrix[0] /= math.sqrt(2)
        if type == 3:
            matrix[:, 0] /= math.sqrt(2)
    return matrix @ line


def recursion(a, line):
    """a₀ yₙ = xₙ − a₁ yₙ₋₁ − a₂ yₙ₋₂ …"""
    y = []
    for n, x in enumerate(line):
        y.append((x - sum(a[j] * y[n - j] for j in range(1, min(len(a), n + 1)))) / a[0])
    return np.array(y)


def macdonald(v, x):
    """∫ e^(−x cosh t) cosh vt, by the trapezoidal rule, which is as exact where all derivatives vanish at both ends."""
    terms = [math.exp(-x * math.cosh(t)) * math.cosh(v * t) for t in np.arange(0, 6.5, 0.05)]
    return 0.05 * math.fsum([terms[0] / 2, *terms[1:]])


def lower_beta(a, b, x, weight=lambda t: 1.0):
    """∫ w(t) tᵃ⁻¹ (1 − t)ᵇ⁻¹ from 0 to x over that of w = 1 from 0 to 1, with t = sin² φ to tame the poles."""

    def up_to(phi):
        return scipy.integrate.quad(
            lambda u: weight(math.sin(u) ** 2) * math.sin(u) ** (2 * a - 1) * math.cos(u) ** (2 * b - 1),
            0, phi, epsabs=1e-14, epsrel=1e-13, limit=200,
        )[0]  # fmt: skip

    return up_to(math.asin(math.sqrt(x))) * 2 * math.gamma(a + b) / (math.gamma(a) * math.gamma(b))


def extreme(function):
    def reduce(x, axis, keepdims):
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = tuple(sorted(each % x.ndim for each in axes))
        for each in reversed(axes):
            x = np.apply_along_axis(function, each, x)
        return x.reshape(kept(x, axes, keepdims))

    return reduce


def std(x, axis, ddof, keepdims):
    """By the mean of squares, less the square of the mean."""
    n = x.size if axis is None else math.prod(x.shape[each] for each in (axis if isinstance(axis, tuple) else (axis,)))
    total, squares = (np.sum(each, axis=axis, keepdims=keepdims) for each in (x, x * x))
    return np.sqrt((squares - total * total / n) / (n - ddof))


def kept(x, axes, keepdims):
    shape = list(x.shape)
    for each in axes if keepdims else ():
        shape.insert(each, 1)
    return shape


def choose(places, *choices, mode):
    pick = {
        "raise": lambda p: p,
        "wrap": lambda p: p % len(choices),
        "clip": lambda p: min(max(p, 0), len(choices) - 1),
    }
    return np.vectorize(lambda p, *row: row[pick[mode](int(p))], otypes=[float])(places, *choices)


def elementwise_interp(x, xp, fp):
    """The lines through two neighbors, the first and the last point beyond."""

    def at(v):
        for (a, b), (f, g) in zip(itertools.pairwise(xp), itertools.pairwise(fp), strict=True):
            if a <= v < b:
                return (f * (b - v) + g * (v - a)) / (b - a)
        return fp[0] if v < xp[0] else fp[-1]

    return np.vectorize(at, otypes=[float])(x)


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


def cofactors(a):
    """The determinants of what is left without a row and a column."""
    places = range(len(a))
    return np.array([[det(np.delete(np.delete(a, i, 0), j, 1)) * (-1) ** (i + j) for j in places] for i in places])


def inv(a):
    """Cofactors over the determinant."""
    return cofactors(a).T / det(a)


def running_extreme(function, x, axis):
    return np.apply_along_axis(lambda line: [function(line[: place + 1]) for place in range(len(line))], axis, x)


def transpose_if(turned, a):
    return a.T if turned else a


def of_eigenvalues(function, a):
    """A function of a matrix that has all of its eigenvectors."""
    values, vectors = np.linalg.eig(a)
    return np.real(vectors * function(values.astype(complex)) @ np.linalg.inv(vectors))


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


def running(function):
    """Along an axis, what a function of Python lists makes of each line."""
    return lambda x, axis: np.apply_along_axis(lambda line: function(list(line)), axis, x)


def recurrence(x, a, axis):
    def line(pair):
        x, a = np.split(pair, 2)
        found = [x[0]]
        for one, decay in zip(x[1:], a[1:], strict=True):
            found.append(one + decay * found[-1])
        return found

    return np.apply_along_axis(line, axis, np.concatenate([x, a], axis=axis))


def einsum(*operands, subscripts):
    """By loops over all labels."""
    inputs, output = subscripts.split("->")
    inputs = inputs.split(",")
    sizes = {}
    for labels, x in zip(inputs, operands, strict=True):
        for label, size in zip(labels, x.shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    result = np.zeros([sizes[label] for label in output])
    for place in itertools.product(*(range(size) for size in sizes.values())):
        at = dict(zip(sizes, place, strict=True))
        parts = [
            x[tuple(min(at[label], size - 1) for label, size in zip(labels, x.shape, strict=True))]
            for labels, x in zip(inputs, operands, strict=True)
        ]
        result[tuple(at[label] for label in output)] += math.prod(map(float, parts))
    return result


def winners(x, largest, axis):
    """For each place that is left without the axes, the first one, of its places in order, where x is the largest."""
    result, seen = np.zeros(x.shape, bool), set()
    for place in np.ndindex(*x.shape):
        rest = tuple(p for k, p in enumerate(place) if k not in axis)
        at = tuple(0 if k in axis else p for k, p in enumerate(place))
        if x[place] == largest[at] and rest not in seen:
            result[place] = True
            seen.add(rest)
    return result


def windows(x, size, axis):
    """Each number of each window, by its place."""
    places = [n - sum(w - 1 for a, w in zip(axis, size, strict=True) if a == k) for k, n in enumerate(x.shape)]
    result = np.zeros((*places, *size))
    for place in np.ndindex(*result.shape):
        at = list(place[: x.ndim])
        for along, by in zip(axis, place[x.ndim :], strict=True):
            at[along] += by
        result[place] = x[tuple(at)]
    return result


def overlap_add(g, axis):
    count = g.ndim - len(axis)
    places, size = g.shape[:count], g.shape[count:]
    result = np.zeros([n + sum(w - 1 for a, w in zip(axis, size, strict=True) if a == k) for k, n in enumerate(places)])
    for place, value in np.ndenumerate(g):
        at = list(place[:count])
        for along, by in zip(axis, place[count:], strict=True):
            at[along] += by
        result[tuple(at)] += value
    return result


def axes_of(term):
    """The axes of a term of subscripts, each as its letters with their steps."""
    axes = re.findall(r"\(([^)]*)\)|(\w)", term)
    return [[(part[-1], int(part[:-1] or 1)) for part in (both or single).split("+")] for both, single in axes]


def windowed_einsum(one, other, subscripts, shape=None):
    """By a loop over the values of all indices; of a window that would reach over the end there is none."""
    *terms, last = [axes_of(term) for term in subscripts.replace("->", ",").split(",")]
    wide = [*zip(terms, (one.shape, other.shape), strict=True), (last, shape or ())]
    known = {axis[0][0]: n for term, whole in wide for axis, n in zip(term, whole, strict=False) if len(axis) == 1}
    for term, whole in wide[:2]:
        for axis, n in zip(term, whole, strict=True):
            for letter, step in axis:
                rest = sum(by * (known[its] - 1) for its, by in axis if its in known)
                known.setdefault(letter, sum(step * k + rest < n for k in range(n)))
    letters = sorted(known)
    found = {}
    for place in itertools.product(*(range(known[letter]) for letter in letters)):
        value = dict(zip(letters, place, strict=True))
        at = [tuple(sum(step * value[letter] for letter, step in axis) for axis in term) for term in (*terms, last)]
        if all(p < n for where, x in zip(at, (one, other), strict=False) for p, n in zip(where, x.shape, strict=True)):
            found[at[2]] = found.get(at[2], 0.0) + float(one[at[0]]) * float(other[at[1]])
    result = np.zeros(shape or [1 + max(places) for places in zip(*found, strict=True)])
    for place, total in found.items():
        result[place] = total
    return result


def diagonal(x, offset, axis1, axis2):
    moved = np.moveaxis(x, (axis1, axis2), (-2, -1))
    rows = [r for r in range(moved.shape[-2]) if 0 <= r + offset < moved.shape[-1]]
    return np.stack([moved[..., r, r + offset] for r in rows], axis=-1)


def on_diagonal(g, offset, axis1, axis2, shape):
    result = np.zeros(shape)
    moved = np.moveaxis(result, (axis1, axis2), (-2, -1))
    for place in range(g.shape[-1]):
        moved[..., place + max(-offset, 0), place + max(offset, 0)] = g[..., place]
    return result


def along(x, indices, axis):
    shape = [max(a, b) if p != axis else b for p, (a, b) in enumerate(zip(x.shape, indices.shape, strict=True))]
    wide = [s if p != axis else x.shape[axis] for p, s in enumerate(shape)]
    x, indices = np.broadcast_to(x, wide), np.broadcast_to(indices, shape)
    result = np.zeros(shape)
    for place in np.ndindex(*shape):
        result[place] = x[(*place[:axis], indices[place], *place[axis + 1 :])]
    return result


def add_along(g, indices, axis, shape):
    result = np.zeros(shape)
    for place in np.ndindex(*g.shape):
        at = tuple(np.minimum(place[:axis], np.array(indices.shape[:axis]) - 1)) + tuple(place[axis:])
        result[(*place[:axis], indices[at], *place[axis + 1 :])] += g[place]
    return result


def filled(index, arrays):
    arrays = iter(arrays)
    return tuple(next(arrays) if not isinstance(p, (slice, int)) else p for p in index.value())


def places(x_shape, index, arrays):
    return np.arange(math.prod(x_shape)).reshape(x_shape)[filled(index, arrays)]


def add_at(g, *arrays, index, shape):
    result = np.zeros(shape)
    for place, value in zip(places(shape, index, arrays).flat, g.flat, strict=True):
        result.flat[place] += value
    return result


def convolve(a, v, mode):
    whole = [
        math.fsum(a[i] * v[k - i] for i in range(len(a)) if 0 <= k - i < len(v)) for k in range(len(a) + len(v) - 1)
    ]
    long, short = max(len(a), len(v)), min(len(a), len(v))
    start = {"full": 0, "same": (short - 1) // 2, "valid": short - 1}[mode]
    return np.array(whole[start : start + {"full": len(whole), "same": long, "valid": long - short + 1}[mode]])


def padded(x, width):
    result = np.zeros([size + before + after for size, (before, after) in zip(x.shape, width, strict=True)])
    for place, value in np.ndenumerate(x):
        result[tuple(p + before for p, (before, _) in zip(place, width, strict=True))] = value
    return result


def norm(x, ord, axis, keepdims):
    power = 2 if ord is None else ord
    axes = tuple(range(x.ndim)) if axis is None else (axis,)
    if power == np.inf:
        return np.max(np.abs(x), axis=axes, keepdims=keepdims)
    return np.sum(np.abs(x) ** power, axis=axes, keepdims=keepdims) ** (1 / power)


def integral(function, start, offset):
    """offset + ∫ function from start to x, by quadrature."""
    return elementwise(lambda x: offset + scipy.integrate.quad(function, start, x, epsabs=1e-15, epsrel=1e-13)[0])


ORACLES = {
    "exp2": elementwise(lambda x: 2.0**x),
    "log2": elementwise(math.log2),
    "log10": elementwise(math.log10),
    "cbrt": elementwise(math.cbrt),
    "tan": elementwise(math.tan),
    "arcsin": elementwise(math.asin),
    "arccos": elementwise(math.acos),
    "arctan": elementwise(math.atan),
    "sinh": elementwise(math.sinh),
    "cosh": elementwise(math.cosh),
    "arcsinh": elementwise(math.asinh),
    "arccosh": elementwise(math.acosh),
    "arctanh": elementwise(math.atanh),
    "deg2rad": elementwise(math.radians),
    "rad2deg": elementwise(math.degrees),
    "hypot": elementwise(math.hypot),
    "arctan2": elementwise(math.atan2),
    "logaddexp2": elementwise(lambda a, b: math.log2(2**a + 2**b)),
    "floor": elementwise(math.floor),
    "ceil": elementwise(math.ceil),
    "rint": elementwise(round),
    "trunc": elementwise(math.trunc),
    "isfinite": elementwise(math.isfinite),
    "isnan": elementwise(math.isnan),
    "isinf": elementwise(math.isinf),
    "signbit": elementwise(lambda x: x < 0),
    "logical_xor": elementwise(lambda a, b: bool(a) != bool(b)),
    "round": lambda x, decimals: np.vectorize(lambda v: round(v, decimals), otypes=[float])(x),
    "heaviside": elementwise(lambda x, at_zero: 0.0 if x < 0 else at_zero if x == 0 else 1.0),
    "copysign": elementwise(math.copysign),
    "floor_divide": elementwise(lambda a, b: math.floor(a / b)),
    "remainder": elementwise(lambda a, b: a - b * math.floor(a / b)),
    "fmod": elementwise(math.fmod),
    "fmax": elementwise(max),
    "fmin": elementwise(min),
    "nan_to_num": lambda x, nan: np.vectorize(lambda v: nan if math.isnan(v) else v, otypes=[float])(x),
    "cumsum": running(lambda line: list(itertools.accumulate(line))),
    "logcumsumexp": running(lambda line: [math.log(math.fsum(map(math.exp, line[: k + 1]))) for k in range(len(line))]),
    "cumprod": running(lambda line: list(itertools.accumulate(line, lambda a, b: a * b))),
    "recurrence": recurrence,
    "products_of_others": running(lambda line: [math.prod(line[:i] + line[i + 1 :]) for i in range(len(line))]),
    "prod": extreme(math.prod),
    "std": std,
    "logsumexp": extreme(lambda line: math.log(math.fsum(map(math.exp, line)))),
    "argmin": lambda x, axis: argmax(-x, axis),
    "argsort": lambda x, axis, stable=False: running(lambda line: sorted(range(len(line)), key=line.__getitem__))(
        x, axis
    ),
    "sort": running(sorted),
    "argpartition": lambda x, kth, axis: ORACLES["argsort"](
        x, axis=axis
    ),  # with both places in the middle, the one order
    "flatnonzero": lambda mask, count: np.array([k for k, each in enumerate(mask) if each]),
    "searchsorted": lambda a, v, side: np.vectorize(lambda x: sum(e < x if side == "left" else e <= x for e in a))(v),
    "take_along_axis": along,
    "add_along": add_along,
    "gather": lambda x, *arrays, index: np.vectorize(lambda p: x.flat[p])(places(x.shape, index, arrays)),
    "add_at": add_at,
    "diagonal": diagonal,
    "on_diagonal": on_diagonal,
    "diag": lambda v, k: on_diagonal(v, k, 0, 1, (len(v) + abs(k),) * 2),
    "einsum": einsum,
    "windows": windows,
    "overlap_add": overlap_add,
    "windowed_einsum": windowed_einsum,
    "roll": lambda x, shift, axis: x[
        np.ix_(
            *(
                [(p - sum(s for s, a in zip(shift, axis, strict=True) if a == each)) % n for p in range(n)]
                for each, n in enumerate(x.shape)
            )
        )
    ],
    "pad": padded,
    "convolve": convolve,
    "norm": norm,
    "expit": elementwise(lambda z: 0.5 * (1 + math.tanh(z / 2))),
    "logit": elementwise(lambda p: math.log(p) - math.log1p(-p)),
    "log_expit": elementwise(lambda z: -math.log1p(math.exp(-z))),
    "erf": elementwise(math.erf),
    "erfc": elementwise(math.erfc),
    "erfcx": elementwise(lambda x: math.exp(x * x) * math.erfc(x)),
    "erfinv": elementwise(lambda p: special.ndtri((p + 1) / 2) / math.sqrt(2)),
    "ndtr": elementwise(lambda x: 0.5 * math.erfc(-x / math.sqrt(2))),
    "log_ndtr": elementwise(lambda x: math.log(0.5 * math.erfc(-x / math.sqrt(2)))),
    "gammaln": elementwise(math.lgamma),
    "gamma": elementwise(math.gamma),
    "rgamma": elementwise(lambda x: 1 / math.gamma(x)),
    "digamma": integral(lambda t: special.zeta(2, t), 1.0, -0.57721566490153286),
    "polygamma": lambda x, n: (
        np.vectorize(lambda v: (-1) ** (n + 1) * math.factorial(n) * special.zeta(n + 1, v))(x)
        if n
        else special.digamma(x)
    ),
    "special_logsumexp": lambda a, axis, keepdims: np.log(np.sum(np.exp(a), axis, keepdims=keepdims)),
    "weighted_logsumexp": lambda a, b, axis, keepdims: np.log(np.sum(b * np.exp(a), axis, keepdims=keepdims)),
    "signed_logsumexp": lambda a, b, axis, keepdims: (
        np.log(np.abs(np.sum(b * np.exp(a), axis, keepdims=keepdims))),
        np.sign(np.sum(b * np.exp(a), axis, keepdims=keepdims)),
    ),
    "special_softmax": lambda x, axis: np.exp(x) / np.sum(np.exp(x), axis, keepdims=True),
    "log_softmax": lambda x, axis: x - np.log(np.sum(np.exp(x), axis, keepdims=True)),
    "ndtri": elementwise(lambda p: math.sqrt(2) * special.erfinv(2 * p - 1)),
    "erfcinv": elementwise(lambda p: special.erfinv(1 - p)),
    "exp1": elementwise(
        lambda x: scipy.integrate.quad(lambda t: math.exp(-t) / t, x, math.inf, epsabs=1e-15, epsrel=1e-13)[0]
    ),
    "expi": integral(lambda t: math.exp(t) / t, 1.0, 1.8951178163559368),
    "y0": integral(lambda t: -special.y1(t), 1.0, 0.08825696421567697),
    "y1": integral(lambda t: 0.5 * (special.y0(t) - special.yn(2, t)), 1.0, -0.7812128213002887),
    "gammainc": elementwise(lambda a, x: lower_gamma(a, x) / math.gamma(a)),
    "gammaincc": elementwise(lambda a, x: 1 - lower_gamma(a, x) / math.gamma(a)),
    "betainc": elementwise(lower_beta),
    "betaincc": elementwise(lambda a, b, x: lower_beta(b, a, 1 - x)),
    "stdtr": elementwise(lambda df, x: 1 - lower_beta(df / 2, 0.5, df / (df + x * x)) / 2),
    "ellipk": elementwise(lambda m: math.pi / 2 * mean_over_turn(lambda u: 1 / math.sqrt(1 - m * math.sin(u) ** 2))),
    "ellipe": elementwise(lambda m: math.pi / 2 * mean_over_turn(lambda u: math.sqrt(1 - m * math.sin(u) ** 2))),
    "yv": lambda n, x: special.yn(np.asarray(n, int), x),
    "spherical_jn": lambda x, n: np.sqrt(math.pi / 2 / x) * special.jv(n + 0.5, x),
    "spherical_yn": lambda x, n: np.sqrt(math.pi / 2 / x) * special.yv(n + 0.5, x),
    "spherical_in": lambda x, n: np.sqrt(math.pi / 2 / x) * special.iv(n + 0.5, x),
    "spherical_kn": lambda x, n: np.sqrt(math.pi / 2 / x) * special.kv(n + 0.5, x),
    "hyp0f1": elementwise(lambda b, x: hypergeometric([], [b], x)),
    "hyp1f1": elementwise(lambda a, b, x: hypergeometric([a], [b], x)),
    "hyp2f1": elementwise(lambda a, b, c, x: hypergeometric([a, b], [c], x)),
    "real_lambertw": lambda x, k: elementwise(product_log)(x),
    "dct": lambda x, type, axis, norm: np.apply_along_axis(cosine_transform, axis, x, type, norm),
    "recursive_filter": lambda a, x, axis: np.apply_along_axis(lambda line: recursion(a, line), axis, x),
    "jv": elementwise(lambda n, x: mean_over_turn(lambda u: math.cos(n * u - x * math.sin(u)))),
    "iv": elementwise(lambda n, x: mean_over_turn(lambda u: math.exp(x * math.cos(u)) * math.cos(n * u))),
    "kv": elementwise(macdonald),
    "k0": elementwise(lambda x: macdonald(0, x)),
    "k1": elementwise(lambda x: macdonald(1, x)),
    "gammainc_order": elementwise(
        lambda a, x: lower_gamma(a, x, math.log) / math.gamma(a) - special.digamma(a) * special.gammainc(a, x)
    ),
    "betainc_order": elementwise(
        lambda a, b, x: (
            lower_beta(a, b, x, math.log) - (special.digamma(a) - special.digamma(a + b)) * special.betainc(a, b, x)
        )
    ),
    "i0e": lambda x: integral(special.i1, 0.0, 1.0)(x) * np.exp(-np.abs(x)),
    "i1e": lambda x: integral(lambda t: 0.5 * (special.i0(t) + special.iv(2, t)), 0.0, 0.0)(x) * np.exp(-np.abs(x)),
    "entr": elementwise(lambda x: -x * math.log(x)),
    "i0": integral(special.i1, 0.0, 1.0),
    "i1": integral(lambda t: 0.5 * (special.i0(t) + special.iv(2, t)), 0.0, 0.0),
    "j0": integral(lambda t: -special.j1(t), 0.0, 1.0),
    "j1": integral(lambda t: 0.5 * (special.j0(t) - special.jv(2, t)), 0.0, 0.0),
    "xlogy": elementwise(lambda x, y: x * math.log(y)),
    "xlog1py": elementwise(lambda x, y: x * math.log1p(y)),
    "rel_entr": elementwise(lambda x, y: x * math.log(x / y)),
    "kl_div": elementwise(lambda x, y: x * math.log(x / y) - x + y),
    "betaln": elementwise(lambda a, b: math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)),
    "beta": elementwise(lambda a, b: math.gamma(a) * math.gamma(b) / math.gamma(a + b)),
    "cofactors": each_matrix(cofactors),
    "inv": each_matrix(inv),
    "det": each_matrix(det),
    "slogdet": each_matrix(lambda a: (math.copysign(1, det(a)), math.log(abs(det(a))))),
    "solve": solve,
    "pinv": each_matrix(lambda a, rcond: scipy.linalg.pinv(a, rtol=rcond)),
    "cholesky": each_matrix(cholesky),
    "eigh": each_matrix(lambda a, uplo: scipy.linalg.eigh(a, driver="evd", lower=uplo == "'L'")),
    "eigvalsh": each_matrix(lambda a, uplo: scipy.linalg.eigvalsh(a, lower=uplo == "'L'")),
    "svd": each_matrix(lambda a, full_matrices: scipy.linalg.svd(a, full_matrices)),
    "svdvals": each_matrix(scipy.linalg.svdvals),
    "qr": each_matrix(lambda a: scipy.linalg.qr(a, mode="economic")),
    "solve_triangular": lambda a, b, trans, lower, unit_diagonal: solve(
        transpose_if(trans, (np.tril if lower else np.triu)(np.where(np.eye(len(a)), 1.0, a) if unit_diagonal else a)),
        b,
    ),
    "expm": each_matrix(lambda a: of_eigenvalues(np.exp, a)),
    "logm": each_matrix(lambda a: of_eigenvalues(np.log, a)),
    "sqrtm": each_matrix(lambda a: of_eigenvalues(np.sqrt, a)),
    "solve_sylvester": lambda a, b, q: np.linalg.solve(
        np.kron(a, np.eye(len(b))) + np.kron(np.eye(len(a)), b.T), q.ravel()
    ).reshape(q.shape),
    "running_max": lambda x, axis: running_extreme(max, x, axis),
    "running_min": lambda x, axis: running_extreme(min, x, axis),
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
    "full": lambda fill: np.array([float(fill.number)] * int(np.prod(fill.shape)), fill.dtype).reshape(fill.shape),
    "updated": written(adds=False),
    "added": written(adds=True),
    "take": take,
    "put": put,
    "matmul": matmul,
    "cross": cross,
    "outer": lambda a, b: np.array([[x * y for y in b] for x in a]),
    "sum": extreme(math.fsum),
    "mean": extreme(lambda x: math.fsum(x) / len(x)),
    "max": extreme(max),
    "min": extreme(min),
    "any": lambda x, **params: extreme(lambda row: bool(any(row)))(x != 0, **params),
    "all": lambda x, **params: extreme(lambda row: bool(all(row)))(x != 0, **params),
    "argmax": argmax,
    "first_max": extreme(max),
    "winners": winners,
    "nanmax": extreme(max),
    "nanmin": extreme(min),
    "nanargmax": argmax,
    "nanargmin": lambda x, axis: argmax(-x, axis),
    "modf": lambda x: (
        elementwise(lambda v: math.fmod(v, 1))(x),
        elementwise(float)(np.where(x < 0, -(-x // 1), x // 1)),
    ),
    "ldexp": lambda x, n: x * 2.0**n,
    "angle": elementwise(lambda v: math.pi if math.copysign(1, v) < 0 else 0.0),
    "choose": choose,
    "interp": elementwise_interp,
    "transpose": lambda x, axes: np.einsum("".join("abcdef"[: x.ndim]) + "->" + "".join("abcdef"[i] for i in axes), x),
    "T": lambda x: np.moveaxis(x, range(x.ndim), range(x.ndim)[::-1]),
    "reshape": lambda x, shape: np.array(list(x.flat)).reshape(shape),
    "broadcast_to": lambda x, shape: x + np.zeros(shape),
    "concatenate": lambda *parts, axis: np.block(
        list(parts) if axis == parts[0].ndim - 1 else [[part] for part in parts]
    ),
    "stack": lambda *parts, axis: np.moveaxis(np.array([part.tolist() for part in parts]), 0, axis),
}
