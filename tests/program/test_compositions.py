"""Every NumPy function that a user may call on traced arrays: its value is NumPy's, and its derivative is right.

Operations of the registry are tried again here as the user calls them; a function that has no case fails.
"""

import cmath
import statistics

import numpy as np
import pytest
import scipy.fft
import scipy.integrate
import scipy.signal
import scipy.special

import chainrule as cr
from chainrule.core.traced import FUNCTIONS, GETITEM, Traced
from chainrule.network.activations import sigmoid, softmax
from chainrule.program.inplace.memory import look

from . import texts
from .cases import MASK, MATH, MORE, NEAR, SCIPY, A, B, S, V, square, triangle


def symmetric(x):
    return x @ x.T + np.eye(2)


CASES = {
    np.reciprocal: [lambda x: np.reciprocal(x)],
    np.clip: [
        lambda x: np.clip(x, -0.5, 0.5), lambda x: np.clip(x, None, 0.3), lambda x: x.clip(-1, 1),
        lambda x: np.clip(x, min=-0.2, max=0.4), lambda x: np.clip(x, a_min=0.1, a_max=None),
    ],
    np.expand_dims: [lambda x: np.expand_dims(x, 0), lambda x: np.expand_dims(x, (0, -1)), lambda x: np.expand_dims(x, -2)],
    np.squeeze: [lambda x: np.squeeze(x[:, :1]), lambda x: np.squeeze(x[None, :, :1], -1), lambda x: x[:1].squeeze(0)],
    np.swapaxes: [lambda x: np.swapaxes(x, 0, 1), lambda x: np.swapaxes(x[None], -1, 0)],
    np.ravel: [lambda x: np.ravel(x), lambda x: x.ravel(), lambda x: x.flatten()],
    np.stack: [lambda x: np.stack([x, B, x * x]), lambda x: np.stack([x[0], x[1]], axis=-1)],
    np.vstack: [lambda x: np.vstack([x, B]), lambda x: np.vstack([x[0], x[1]])],
    np.hstack: [lambda x: np.hstack([x, B]), lambda x: np.hstack([x[0], x[1]]), lambda x: np.hstack([x[0, 0], x[1]])],
    np.var: [
        lambda x: np.var(x), lambda x: np.var(x, axis=0), lambda x: np.var(x, axis=1, ddof=1, keepdims=True),
        lambda x: x.var(axis=(0, 1)),
    ],
    np.std: [lambda x: np.std(x), lambda x: np.std(x, axis=-1), lambda x: x.std(0, keepdims=True)],
    np.zeros_like: [lambda x: x + np.zeros_like(x)],
    np.ones_like: [lambda x: x * np.ones_like(x)],
    np.shape: [lambda x: x * np.shape(x)[1]],
    np.ndim: [lambda x: x * np.ndim(x)],
    np.size: [lambda x: x / np.size(x) + np.size(x, 1)],
    np.array: [
        lambda x: np.array([[x[0, 0], 1.0], [2.0, x[1, 1]]]), lambda x: np.array([x[0, 0], 1.0], like=x), lambda x: np.array(x, float),
        lambda x: np.array([x[0], (1, 2, 3), B[0]]), lambda x: np.array((x, 2 * x), dtype=float), lambda x: np.array(x[0, 1], ndmin=2),
        lambda x: np.array([[[x[0, 0]]], [[True]]]), lambda x: np.array([x[0, 0], x[1, 2]], copy=None, order="F", subok=True),
    ],
    np.asarray: [lambda x: np.asarray(x) * np.asanyarray(x), lambda x: np.asarray([x[0], x[1]]), lambda x: np.asarray(x, float)],
    np.asanyarray: [lambda x: np.asanyarray([x[0, 0], 2], dtype=float)],
    np.ascontiguousarray: [lambda x: np.ascontiguousarray(x.T), lambda x: np.ascontiguousarray(x[0, 0])],
    np.asfortranarray: [lambda x: np.asfortranarray([[x[0, 0], 2.0]], float)],
    np.r_: [lambda x: np.r_[x, V[None]], lambda x: np.r_[x[0], 1.0, 2:5, x[1, 0]]],
    np.c_: [lambda x: np.c_[x, x * x], lambda x: np.c_[x[0], V, [1, 2, 3]], lambda x: np.c_[x[0, 0], 2.0]],
    np.full: [
        lambda x: np.full(3, x[0, 0]), lambda x: np.full((2, 3), x[1]), lambda x: np.full((), x[0, 0]),
        lambda x: np.full((1, 3), [x[0, 0], 2.0, x[1, 1]], dtype=float), lambda x: np.full(shape=[2], fill_value=x[0, 1]),
    ],
    np.where: [lambda x: np.where(x > 0, x, B), lambda x: np.where(MASK, 1.0, x), lambda x: np.where(MASK, x, x[0])],
    np.bitwise_and: [lambda x: x * ((x > 0) & (x < 1)), lambda x: x * (MASK & (x < 1))],
    np.bitwise_or: [lambda x: x * ((x > 1) | (x < 0)), lambda x: x * (MASK | (x < 0))],
    np.invert: [lambda x: x * ~(x > 0)],
    GETITEM: [
        lambda x: x[1], lambda x: x[:, -1], lambda x: x[..., 1:], lambda x: x[None, 0], lambda x: x[::-1, ::2],
        lambda x: x[np.int64(1), np.int64(0):np.int64(2)], lambda x: x[[1, 0, 1]], lambda x: x[:, np.array([[0, 2]])],
        lambda x: x[MASK], lambda x: x[x > 0], lambda x: x[[0, 1, 0], [2, 2, 0]], lambda x: x[:, [True, False, True]],
        lambda x: x[np.array([[0], [1]]), np.array([0, 2])], lambda x: x[np.array([0, 1]), 1:], lambda x: x[None, [1], ..., [0, 2]],
        lambda x: x[np.ix_([1, 0], [0, 2])], lambda x: x[x[:, 0] > x[:, 1]],
        lambda x: x[np.array(1)], lambda x: x[-1][[0, -1]], lambda x: x[:], lambda x: x[np.argmax(x, axis=0)],
    ],
    np.take: [
        lambda x: np.take(x, [0, 4, 4]), lambda x: np.take(x, [1, 1], axis=0), lambda x: np.take(x, [[0], [2]], axis=-1),
    ],
    np.outer: [lambda x: np.outer(x[0], x[1]), lambda x: np.outer(x, V)],
    np.dot: [lambda x: np.dot(x, V), lambda x: np.dot(x, B.T), lambda x: np.dot(2.0, x), lambda x: x[0].dot(x[1])],
    np.sum: [lambda x: np.sum(x), lambda x: np.sum(x, 0), lambda x: np.sum(x, axis=(0, -1)), lambda x: x.sum(1, keepdims=True)],
    np.mean: [lambda x: np.mean(x), lambda x: np.mean(x, axis=-1), lambda x: x.mean(0)],
    np.max: [lambda x: np.max(x), lambda x: x.max(axis=0, keepdims=True)],
    np.amax: [lambda x: np.amax(x, axis=1)],
    np.amin: [lambda x: np.amin(x, axis=1)],
    np.min: [lambda x: np.min(x), lambda x: x.min(axis=-2)],
    np.any: [lambda x: x * np.any(x > 0, axis=0)],
    np.all: [lambda x: x * np.all(x > 0, axis=1, keepdims=True)],
    np.argmax: [lambda x: x * np.argmax(x), lambda x: x * np.argmax(x, axis=-2), lambda x: x[0] * x.argmax(0)],
    np.argmin: [lambda x: x * np.argmin(x), lambda x: x[0] * x.argmin(0)],
    np.transpose: [
        lambda x: np.transpose(x), lambda x: x.T, lambda x: np.transpose(x[None], (2, 0, -2)), lambda x: x.transpose(1, 0),
        lambda x: x.transpose(), lambda x: x[0].T, lambda x: x.transpose((1, 0)),
    ],
    np.reshape: [
        lambda x: np.reshape(x, (3, 2)), lambda x: np.reshape(x, -1), lambda x: x.reshape(3, -1), lambda x: x.reshape((6,)),
        lambda x: np.reshape(x, x.shape),
    ],
    np.broadcast_to: [lambda x: np.broadcast_to(x, (4, 2, 3)), lambda x: np.broadcast_to(x[0, 0], 3)],
    np.concatenate: [
        lambda x: np.concatenate([x, B]), lambda x: np.concatenate((x, x, B), axis=-1), lambda x: np.concatenate([x, B], axis=None),
    ],
    np.tril: [lambda x: np.tril(x), lambda x: np.tril(x, -1), lambda x: np.tril(x[0], k=1)],
    np.triu: [lambda x: np.triu(x, k=1), lambda x: np.triu(x[1])],
    np.linalg.inv: [lambda x: np.linalg.inv(square(x))],
    np.linalg.det: [lambda x: x * np.linalg.det(square(x))],
    np.linalg.slogdet: [lambda x: x * np.linalg.slogdet(square(x))[1], lambda x: x * np.linalg.slogdet(square(x)).sign],
    np.linalg.solve: [lambda x: np.linalg.solve(square(x), x), lambda x: np.linalg.solve(square(x), x[:, 2])],
    np.linalg.pinv: [lambda x: np.linalg.pinv(x), lambda x: np.linalg.pinv(x, 1e-3), lambda x: np.linalg.pinv(x, rcond=1e-3)],
    np.linalg.cholesky: [lambda x: np.linalg.cholesky(symmetric(x)), lambda x: np.linalg.cholesky(symmetric(x), upper=True)],
    np.linalg.eigh: [
        lambda x: np.linalg.eigh(symmetric(x))[0], lambda x: np.linalg.eigh(symmetric(x)).eigenvectors,
        lambda x: np.linalg.eigh(triangle(x), UPLO="U")[1], lambda x: np.linalg.eigh(square(x), "L").eigenvalues,
    ],
    np.linalg.eigvalsh: [lambda x: np.linalg.eigvalsh(square(x)), lambda x: np.linalg.eigvalsh(square(x), UPLO="U")],
    np.linalg.svd: [
        lambda x: np.linalg.svd(x).S, lambda x: np.linalg.svd(x, full_matrices=False)[2], lambda x: np.linalg.svd(x)[0],
        lambda x: np.linalg.svd(x.T).Vh, lambda x: np.linalg.svd(x, compute_uv=False), lambda x: np.linalg.svd(square(x)).U,
    ],
    np.linalg.svdvals: [lambda x: np.linalg.svdvals(x)],
    np.linalg.qr: [lambda x: np.linalg.qr(x)[1], lambda x: np.linalg.qr(x.T).Q, lambda x: np.linalg.qr(x, mode="r")],
    np.copy: [lambda x: np.copy(x) * x.copy()],
}  # fmt: skip
METHODS = {
    "astype": [lambda x: x.astype(np.float64) * x.astype("float64")],
    "methods": [
        lambda x: x.prod() + x.any() + x.all(axis=0),
        lambda x: x * x.round(1) + x.swapaxes(0, 1).T,
        lambda x: x.take([0, 1], axis=1),
        lambda x: x.compress([True, False], axis=0),
        lambda x: x * np.sort(x[0]).searchsorted(V),
        lambda x: x[0] * x.argpartition(1),
        lambda x: x.conjugate() + x.conj() + x.real + x.imag,
        lambda x: x.mT,
        lambda x: x.min() * x.argmin(axis=1)[0],
    ],
    "methods of ufuncs": [
        lambda x: np.add.reduce(x) + np.multiply.reduce(x) + np.maximum.reduce(x) * np.minimum.reduce(x, axis=0),
        lambda x: np.logaddexp.reduce(1000 * x, axis=1, keepdims=True) + np.logaddexp.reduce(x, axis=None),
        lambda x: np.add.accumulate(x, axis=1) + np.multiply.accumulate(x),
        lambda x: np.logaddexp.accumulate(x, axis=1) + np.logaddexp.accumulate(1000 * x),
        lambda x: np.maximum.accumulate(x, axis=1) + np.minimum.accumulate(x),
        lambda x: np.subtract.outer(x, V),
        lambda x: np.multiply.outer(V, x),
        lambda x: x * np.logical_and.reduce(x > 0, axis=1, keepdims=True) * np.logical_or.reduce(x > 0),
    ],
    "len and iteration": [lambda x: sum(row * len(x) for row in x)],
    "size, ndim, shape": [lambda x: x * x.size + x.ndim + x.shape[0]],
    "abs, pos, pow": [lambda x: abs(x) + +x + pow(x, 2)],
    "comparisons": [lambda x: x * (x >= V) + (x != V) * x - (V < x) * x],
    "ufuncs on the right": [
        lambda x: S * x + V - x / S,
        lambda x: B @ x.T,
        lambda x: 2.0**x,
        lambda x: [1.0, 2.0, 3.0] * x,
    ],
}
EVERY = [
    (f"scipy.{f.__name__}" if f in SCIPY else f"math.{f.__name__}" if f in MATH else getattr(f, "__name__", f), case)
    for f, cases in {**CASES, **MORE, **METHODS}.items()
    for case in cases
]


def test_every_function_has_a_case():
    writing = {np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask}  # see tests/inplace
    # See test_differential_equations.py, test_quadrature.py and test_optimization.py.
    solving = {getattr(scipy.integrate, name) for name in ("odeint", "solve_ivp", "quad", "quad_vec")}
    solving |= {getattr(scipy.optimize, name) for name in (
        "brentq", "brenth", "bisect", "ridder", "toms748", "newton", "fixed_point", "fsolve", "root", "root_scalar", "minimize",
        "minimize_scalar", "least_squares", "curve_fit",
    )}  # fmt: skip
    both = (getattr(module, name) for module in (np.fft, scipy.fft) for name in np.fft.__all__)
    fourier = {each for each in both if each in FUNCTIONS}  # see test_complex.py
    of_cmath = {each for each in vars(cmath).values() if callable(each) and each in FUNCTIONS}  # likewise
    of_emath = {each for each in vars(np.emath).values() if callable(each) and each in FUNCTIONS}
    spherical = {getattr(scipy.special, f"spherical_{kind}") for kind in ("jn", "yn", "in", "kn")}
    more = {
        scipy.special.lambertw,
        scipy.fft.dct,
        scipy.fft.idct,
        scipy.signal.lfilter,
        np.roots,
        *spherical,
        *of_emath,
    }
    of_statistics = {each for each in vars(statistics).values() if callable(each) and each in FUNCTIONS}
    elsewhere = {
        each for each in more if each in FUNCTIONS
    } | of_statistics  # see test_more_functions.py, test_complaints.py
    assert set(CASES) | set(MORE) | writing | solving | fourier | of_cmath | elsewhere == set(FUNCTIONS)
    assert not set(CASES) & set(MORE)


@pytest.mark.parametrize(("name", "function"), [each for each in EVERY if str(each[0]).startswith("scipy.")])
def test_scipys_number_types(name, function):
    for dtype in (np.float32, np.float64):
        x = A.astype(dtype)
        expected = np.asarray(function(x))
        found = cr.trace(function, [x])(x)
        assert found.dtype == expected.dtype, dtype
        np.testing.assert_allclose(
            found, expected, rtol=1e-4 if dtype == np.float32 else 1e-12, atol=1e-4 if dtype == np.float32 else 1e-14
        )


def test_every_method_has_a_case():
    """Each public method of traced arrays is called in the source of a case above."""
    from pathlib import Path

    source = "".join(
        Path(__file__).with_name(each).read_text(encoding="utf-8") for each in ("test_compositions.py", "cases.py")
    )
    methods = {name for name in vars(Traced) if not name.startswith("_")} - set(Traced.__slots__)
    unused = {name for name in methods if f".{name}" not in source}
    assert unused <= {"resize", "sort", "partition", "fill", "put", "flat", "view"}  # refused, or see tests/inplace


@pytest.mark.wide
@pytest.mark.parametrize(("name", "function"), EVERY)
def test_value_and_gradient(name, function):
    program = cr.trace(function, [A])
    if str(name).partition(".")[0] in NEAR:
        np.testing.assert_allclose(program(A), function(A), rtol=1e-13, atol=1e-15)
    else:
        texts.equal(program(A), function(A))
    texts.text(program, [A])
    assert cr.check_grad(lambda x: np.sum(np.sin(function(x))), [A]).ok
    if name != "svd" or program(A).shape == (2,):  # the full U and V have no second derivative: said in a refusal
        cr.check_grad(lambda x: np.sum(cr.grad(lambda y: np.sum(np.sin(function(y))))(x) * B), [A], rtol=1e-4)


def arrays_of(result):
    """The arrays with axes that a result is or holds."""
    if isinstance(result, (tuple, list)):
        return [array for each in result for array in arrays_of(each)]
    return [result] if isinstance(result, (np.ndarray, Traced)) and np.shape(result) else []


def steps_of(array):
    """The strides of the axes that have any."""
    return [stride for stride, size in zip(array.strides, array.shape, strict=True) if size > 1]


@pytest.mark.wide
@pytest.mark.unnamed
@pytest.mark.parametrize(("name", "function"), EVERY)
def test_what_is_a_part_of_the_argument_is_what_numpy_makes_one(name, function):
    """A result that shares memory in NumPy changes when its argument is written to, and lies there as NumPy's does."""
    found = []

    def f(x):
        y = x * 1.0
        results = arrays_of(function(y))
        y[...] = y
        views = [look(each) for each in results]
        found.extend(
            (each is not None and each.block is look(y).block, each and steps_of(each.array)) for each in views
        )
        return np.sum(y)

    cr.grad(f)(A)
    y = A * 1.0
    for (shares, strides), each in zip(found, arrays_of(function(y)), strict=True):
        assert shares == np.may_share_memory(each, y)
        assert strides == steps_of(each) or not shares


@pytest.mark.parametrize("call", [
    lambda x: np.sum(x, axis=2), lambda x: np.expand_dims(x, 4), lambda x: np.squeeze(x, 5), lambda x: np.argmax(x, -3),
    lambda x: np.concatenate([x, x], axis=2), lambda x: np.transpose(x, (0, 2)), lambda x: np.stack([x], axis=4),
    lambda x: np.mean(x, axis=(0, 0)), lambda x: np.take(x, [0], axis=2), lambda x: np.transpose(x, (0,)),
    lambda x: np.squeeze(x, 0), lambda x: x[5], lambda x: x[0, 0, 0], lambda x: x[[0, 2]], lambda x: np.take(x, [6]),
])  # fmt: skip
def test_what_numpy_refuses_is_refused_with_and_without_values(call):
    with pytest.raises((ValueError, IndexError)) as plain:
        call(A)
    for argument in (A, cr.Spec(A.shape)):
        with pytest.raises((ValueError, IndexError)) as ours:
            cr.trace(call, [argument])
        assert isinstance(ours.value, plain.type)


@pytest.mark.parametrize("args", [(2.0, V), (V, 2), (V, V)])
def test_a_power_of_floats_is_of_float64(args):
    args = [np.abs(each).astype(np.float32) if each is V else each for each in args]
    places = [at for at, each in enumerate(args) if isinstance(each, np.ndarray)]

    def f(*given):
        return np.float_power(*(given[places.index(at)] if at in places else each for at, each in enumerate(args)))

    found = cr.trace(f, [args[at] for at in places]).outputs[0]
    assert found.dtype == np.float_power(*args).dtype


def test_a_helper_takes_of_traced_arrays_what_it_takes_of_plain_ones():
    def f(z):
        return np.sum(softmax(z, axis=1) * z + softmax(z, 1) * sigmoid(z=z))

    assert "softmax(z, axis=1)" in str(cr.trace(f, [A]))
    for wrong in (lambda z: sigmoid(), lambda z: sigmoid(z, 1), lambda z: sigmoid(z, axis=0)):
        with pytest.raises(TypeError, match="argument"):
            cr.trace(wrong, [A])
        with pytest.raises(TypeError, match="argument"):
            wrong(A)
