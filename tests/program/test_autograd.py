"""Derivatives are HIPS autograd's, of every operation that autograd has, and of functions of several."""

import functools

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.builtins import isinstance as is_instance
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.scipy import signal, special

import chainrule as cr
from chainrule.core.primitive import PRIMITIVES

from . import checks
from .functions import functions
from .oracles import axes_of, filled, windowed_einsum

pytestmark = pytest.mark.unnamed


def kept(n, m, mode):
    """The part of a full convolution that another mode keeps."""
    long, short = max(n, m), min(n, m)
    return slice((short - 1) // 2, (short - 1) // 2 + long) if mode == "same" else slice(short - 1, long)


def norm(x, ord, axis, keepdims):
    if ord == np.inf:
        return anp.max(anp.abs(x), axis, keepdims=keepdims)
    return anp.sum(anp.abs(x) ** (ord or 2), axis, keepdims=keepdims) ** (1 / (ord or 2))


def diagonal_places(shape, offset, axis1, axis2):
    """The index that takes a diagonal."""
    flat = np.diagonal(np.arange(np.prod(shape)).reshape(shape), offset, axis1, axis2)
    return tuple(np.unravel_index(flat, shape))


def along(indices, axis, shape):
    """The index that takes places along an axis."""
    wide = [indices.shape[p] if p == axis or size == 1 else size for p, size in enumerate(shape)]
    places = list(np.ogrid[tuple(map(slice, wide))])
    places[axis] = indices
    return tuple(places)


def running_products(x, axis):
    lines = [x[(slice(None),) * axis + (place,)] for place in range(x.shape[axis])]
    return [anp.prod(anp.stack(lines[: place + 1]), axis=0) for place in range(len(lines))]


DIAGONALS = {  # autograd has no derivative for a label that stands twice
    "ii->i": lambda x: x[range(len(x)), range(len(x))],
    "ii->": lambda x: anp.sum(x[range(len(x)), range(len(x))]),
    "bii->b": lambda x: anp.sum(x[:, range(len(x[0])), range(len(x[0]))], axis=1),
}


def read(a, uplo="'L'"):
    """The symmetric matrix of which only one triangle is given."""
    if uplo == "'U'":
        return anp.triu(a) + anp.swapaxes(anp.triu(a, 1), -1, -2)
    return anp.tril(a) + anp.swapaxes(anp.tril(a, -1), -1, -2)


def window_places(shape, size, axis):
    """For each axis of an array, where each number of each of its windows is."""
    return tuple(np.lib.stride_tricks.sliding_window_view(places, size, axis) for places in np.indices(shape))


def with_deltas(one, other, subscripts, shape=None):
    """A plain Einstein sum, in which δ[p, y, i] is 1 where the place p is that of the indices y and i."""
    sizes, letters = {}, iter("PQRSTU")
    terms = [axes_of(term) for term in subscripts.replace("->", ",").split(",")]
    wide = np.shape(windowed_einsum(*(np.asarray(getattr(x, "_value", x)) for x in (one, other)), subscripts, shape))
    for term, whole in zip(terms, (one.shape, other.shape, wide), strict=True):
        sizes.update({axis[0][0]: n for axis, n in zip(term, whole, strict=True) if len(axis) == 1})
    written, deltas = [], []
    for term, whole in zip(terms, (one.shape, other.shape, wide), strict=True):
        written.append("")
        for axis, n in zip(term, whole, strict=True):
            written[-1] += axis[0][0] if len(axis) == 1 else next(letters)
            if len(axis) == 2:
                (y, s), (i, d) = axis
                places = s * np.arange(sizes[y])[:, None] + d * np.arange(sizes[i])
                deltas.append((f"{written[-1][-1]}{y}{i}", (np.arange(n)[:, None, None] == places).astype(float)))
    given = ",".join([*written[:2], *(labels for labels, _ in deltas)])
    return anp.einsum(f"{given}->{written[2]}", one, other, *(delta for _, delta in deltas))


SAME = [
    "add", "subtract", "multiply", "divide", "negative", "power", "square", "sqrt", "exp", "log", "log1p", "expm1", "sin", "cos",
    "tanh", "maximum", "minimum", "sum", "mean", "max", "min", "matmul", "transpose", "reshape", "outer",
    "logaddexp", "tril", "triu", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cosh",
    "deg2rad", "rad2deg", "diag", "exp2", "fmax", "fmin", "hypot", "log10", "log2", "logaddexp2", "prod", "remainder",
    "sinh", "tan", "cumsum", "angle",
]  # fmt: skip
SPECIAL = [
    "beta", "betaln", "erf", "erfc", "erfinv", "expit", "gamma", "gammaln", "i0", "i1", "j0", "j1", "logit", "rgamma", "y0", "y1",
    "erfcinv",
]  # fmt: skip
LINALG = ["inv", "det", "slogdet", "svd"]
THEIRS = (
    {name: getattr(anp, name) for name in SAME}
    | {name: getattr(anp.linalg, name) for name in LINALG}
    | {name: getattr(special, name) for name in SPECIAL}
    | {
        "std": lambda x, axis, ddof, keepdims: anp.std(x, axis=axis, ddof=ddof, keepdims=keepdims),
        "digamma": special.psi,
        "polygamma": lambda x, n: special.polygamma(n, x),
        "nan_to_num": lambda x, nan: anp.nan_to_num(x),
        "cbrt": lambda x: anp.sign(x) * anp.abs(x) ** (1 / 3),
        "copysign": lambda a, b: anp.abs(a) * np.sign(getattr(b, "_value", b)),
        "cumprod": lambda x, axis: anp.stack(running_products(x, axis), axis),
        "diagonal": lambda x, offset, axis1, axis2: x[diagonal_places(x.shape, offset, axis1, axis2)],
        "einsum": lambda *operands, subscripts: (
            DIAGONALS[subscripts](*operands) if subscripts in DIAGONALS else anp.einsum(subscripts, *operands)
        ),
        "windows": lambda x, size, axis: x[window_places(x.shape, size, axis)],
        "windowed_einsum": with_deltas,
        "convolve": lambda a, v, mode: (
            signal.convolve(a, v, mode=mode) if mode == "full" else signal.convolve(a, v)[kept(len(a), len(v), mode)]
        ),
        "logsumexp": lambda x, axis, keepdims: anp.log(anp.sum(anp.exp(x), axis, keepdims=keepdims)),
        "logcumsumexp": lambda x, axis: anp.log(anp.cumsum(anp.exp(x), axis)),
        "cross": lambda a, b: anp.stack(
            [a[..., k - 2] * b[..., k - 1] - a[..., k - 1] * b[..., k - 2] for k in range(3)], axis=-1
        ),
        "fmod": lambda a, b: a - b * np.trunc(getattr(a, "_value", a) / getattr(b, "_value", b)),
        "norm": norm,
        "pad": lambda x, width: anp.pad(x, width, "constant"),
        "roll": lambda x, shift, axis: functools.reduce(
            lambda x, by: anp.roll(x, *by), zip(shift, axis, strict=True), x
        ),
        "sort": lambda x, axis: x[along(np.argsort(x._value, axis), axis, x.shape)],
        "take_along_axis": lambda x, i, axis: x[along(i, axis, x.shape)],
        "gather": lambda x, *arrays, index: x[filled(index, arrays)],
        "special_logsumexp": lambda x, axis, keepdims: special.logsumexp(x, axis, keepdims=keepdims),
        "weighted_logsumexp": lambda a, b, axis, keepdims: anp.log(anp.sum(b * anp.exp(a), axis, keepdims=keepdims)),
        "special_softmax": lambda x, axis: anp.exp(x) / anp.sum(anp.exp(x), axis, keepdims=True),
        "log_softmax": lambda x, axis: x - anp.log(anp.sum(anp.exp(x), axis, keepdims=True)),
        "i0e": lambda x: special.i0(x) * anp.exp(-anp.abs(x)),
        "i1e": lambda x: special.i1(x) * anp.exp(-anp.abs(x)),
        "entr": lambda x: -x * anp.log(x),
        "erfcx": lambda x: anp.exp(x * x) * special.erfc(x),
        "kl_div": lambda a, b: a * anp.log(a / b) - a + b,
        "rel_entr": lambda a, b: a * anp.log(a / b),
        "log_expit": lambda z: -anp.log(1 + anp.exp(-z)),
        "ndtr": lambda x: 0.5 * special.erfc(-x / np.sqrt(2)),
        "log_ndtr": lambda x: anp.log(0.5 * special.erfc(-x / np.sqrt(2))),
        "xlogy": lambda a, b: a * anp.log(b),
        "xlog1py": lambda a, b: a * anp.log(1 + b),
        "solve": lambda a, b: anp.matmul(anp.linalg.inv(a), b),
        "pinv": lambda a, rcond: anp.linalg.pinv(a),
        "cholesky": lambda a: anp.linalg.cholesky(read(a)),
        "eigh": lambda a, uplo: anp.linalg.eigh(read(a, uplo), uplo[1]),
        "eigvalsh": lambda a, uplo: anp.linalg.eigh(read(a, uplo))[0],
        "svdvals": lambda a: anp.linalg.svd(a, compute_uv=False),
        "absolute": anp.abs,
        "identity": lambda x: x,
        "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
        "sigmoid_prime": lambda z: anp.exp(-z) / (1 + anp.exp(-z)) ** 2,
        "relu": lambda z: anp.maximum(z, 0),
        "softmax": lambda z, axis: anp.exp(z) / anp.sum(anp.exp(z), axis=axis, keepdims=True),
        "where": lambda mask, a, b: anp.where(mask, a + 0 * mask, b + 0 * mask),  # autograd's own does not un-broadcast
        "broadcast_to": lambda x, shape: x + np.zeros(shape),
        "T": lambda x: x.T,
        "getitem": lambda x, index: x[index.value()],
        "take": lambda x, i, axis: x[(slice(None),) * axis + (i,)],
        "concatenate": lambda *parts, axis: anp.concatenate(parts, axis),
        "stack": lambda *parts, axis: anp.stack(parts, axis),
    }
)
ABSENT = {
    "overlap_add", "updated", "added", "astype", "scatter", "put", "add_along", "add_at", "on_diagonal", "recurrence", "products_of_others", "qr", "heaviside",
    "signed_logsumexp", "ndtri", "exp1", "expi", "cofactors", "nanmax", "nanmin", "first_max", "modf", "ldexp", "choose", "interp",
    "running_max", "running_min", "ellipk", "ellipe", "yv", "spherical_jn", "spherical_yn", "spherical_in", "spherical_kn",
    "hyp0f1", "hyp1f1", "hyp2f1", "real_lambertw", "dct", "recursive_filter", "jv", "iv", "kv", "k0", "k1", "solve_triangular", "solve_sylvester", "expm", "logm", "sqrtm", "gammainc", "gammaincc", "betainc", "betaincc", "stdtr", "gammainc_order", "betainc_order",
}  # fmt: skip  # operations that autograd has no word for, or no derivative


def test_every_operation_with_a_derivative_is_compared():
    with_rules = {name for name, primitive in PRIMITIVES.items() if any(primitive.derivative)}
    assert with_rules == set(THEIRS) | ABSENT, "enter it in THEIRS, as autograd writes it, or in ABSENT"


@pytest.mark.wide
@pytest.mark.parametrize("name", THEIRS)
def test_an_operation(name):
    checks.on_every_example(as_autograds, PRIMITIVES[name])


def as_autograds(primitive, inputs, params):
    positions = checks.differentiable(primitive, inputs)
    cost, _ = checks.projected(primitive, inputs, params, positions)
    random = np.random.default_rng(0)
    along = [random.normal(size=np.shape(each)) for each in checks.results(primitive, inputs, params)]

    def theirs(*chosen):
        full = list(inputs)
        for position, each in zip(positions, chosen, strict=True):
            full[position] = each
        found = THEIRS[primitive.name](*full, **dict(params))
        parts = (found,) if primitive.results is None else tuple(found)
        return sum(anp.sum(d * y) for d, y in zip(along, parts, strict=True))

    chosen = [inputs[position] for position in positions]
    numbers = tuple(range(len(chosen)))
    same(cr.grad(cost, numbers)(*chosen), autograd.grad(theirs, numbers)(*chosen))


OURS, AUTOGRADS = functions(np), functions(anp)


@pytest.mark.parametrize("name", OURS)
def test_a_function(name):
    function, args = OURS[name]
    for position, arg in enumerate(args):
        if not isinstance(arg, np.ndarray) or arg.dtype.kind == "f":
            ours = cr.grad(function, position)(*args)
            same(ours, autograd.grad(AUTOGRADS[name].function, position)(*args))


@pytest.mark.parametrize("name", ["rosenbrock", "quadratic_form", "cosine", "hinge", "powers", "piecewise"])
def test_a_hessian(name):
    function, args = OURS[name]
    position = len(args) - 1
    theirs = autograd.hessian(AUTOGRADS[name].function, position)(*args)
    same(cr.hessian(function, position)(*args), theirs)


@pytest.mark.parametrize("name", ["attention", "network", "batch_normalization"])
def test_a_jacobian_of_a_gradient(name):
    function, args = OURS[name]
    ours = cr.jacobian(lambda x: cr.grad(function, -1)(*args[:-1], x))(args[-1])
    theirs = autograd.jacobian(lambda x: autograd.grad(AUTOGRADS[name].function, len(args) - 1)(*args[:-1], x))(
        args[-1]
    )
    same(ours, theirs)


def test_the_comparison_compares():
    """No box of autograd's slips through, and a wrong number is told from a right one."""
    assert not is_instance(autograd.grad(anp.sin)(1.0), ArrayBox)
    with pytest.raises(AssertionError):
        same(cr.grad(np.sin)(1.0), autograd.grad(anp.cos)(1.0))


def same(ours, theirs):
    if isinstance(ours, (tuple, list)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key, one in ours.items():
            same(one, theirs[key])
    else:
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)
