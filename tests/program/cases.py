"""How a user calls each NumPy function on traced arrays: cases for `test_compositions.py`, by family.

Every case is a function of one 2×3 array. Where a value is not NumPy's bit for bit, since the sums are ordered otherwise,
the function is in `NEAR`.
"""

import math

import numpy as np
from scipy import integrate, linalg, optimize, signal, special
from scipy.spatial import distance

from chainrule.program.operations import scientific

for _module in scientific.FORMS:  # SciPy's functions enter the registry
    scientific.declare(_module)

RANDOM = np.random.default_rng(5)
A, B = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=(2, 3))
V, S = RANDOM.normal(size=3), np.float64(0.7)
MASK = A > 0
GAPS = np.array([[True, False, True], [False, True, True]])
WEIGHTS = np.array([[0.2, 0.5, 1.0], [0.3, 0.1, 0.7]])


def positive(x):
    return np.abs(x) + 0.5


def with_gaps(x):
    return np.where(GAPS, x, np.nan)


ELEMENTWISE = {
    np.power: [lambda x: np.power(positive(x), 2.5), lambda x: x * np.power(x > 0, 2)],
    np.float_power: [lambda x: np.float_power(positive(x), 2), lambda x: np.float_power(positive(x), V)],
    np.sinc: [lambda x: np.sinc(x), lambda x: np.sinc(np.where(MASK, x, 0.0))],
    np.round: [lambda x: x * np.round(x, 1), lambda x: x * np.round(x)],
    np.around: [lambda x: x * np.around(x)],
    np.fix: [lambda x: x - np.fix(x)],
    np.modf: [lambda x: np.modf(3 * x)[0] + np.modf(x)[1]],
    np.divmod: [lambda x: np.divmod(x, 0.3)[1] + np.divmod(x, 0.3)[0]],
    np.nan_to_num: [lambda x: np.nan_to_num(with_gaps(x)), lambda x: np.nan_to_num(with_gaps(x), nan=2.0)],
    np.isposinf: [lambda x: x * np.isposinf(x)],
    np.isneginf: [lambda x: x * ~np.isneginf(x)],
    np.isclose: [lambda x: x * np.isclose(x, A, atol=0.1), lambda x: x * np.isclose(x, A + 1, atol=0.1)],
    np.allclose: [lambda x: x * np.allclose(x, A, atol=0.1)],
    np.array_equal: [lambda x: x * np.array_equal(x, A[:1]), lambda x: x * (not np.array_equal(x, V))],
    np.positive: [lambda x: np.positive(x) * 2],
    np.conjugate: [lambda x: np.conj(x) * 2],
    np.real: [lambda x: np.real(x) * 2],
    np.imag: [lambda x: x + np.imag(x)],
    np.fabs: [lambda x: np.fabs(x), lambda x: x * np.fabs(x > 0)],
    np.angle: [lambda x: x + np.angle(x)],
    np.isreal: [lambda x: x * np.isreal(x)],
    np.iscomplex: [lambda x: x * ~np.iscomplex(x)],
    np.real_if_close: [lambda x: np.real_if_close(x) * 2],
    np.iscomplexobj: [lambda x: x * (not np.iscomplexobj(x))],
    np.isrealobj: [lambda x: x * np.isrealobj(x)],
    np.result_type: [lambda x: x * (np.result_type(x, 1.0) is np.dtype(float))],
}

SCANS = {
    np.cumsum: [lambda x: np.cumsum(x), lambda x: np.cumsum(x, axis=0), lambda x: x.cumsum(-1)],
    np.cumprod: [lambda x: np.cumprod(x), lambda x: np.cumprod(x, axis=1), lambda x: x.cumprod(0)],
    np.nancumsum: [lambda x: np.nancumsum(with_gaps(x), axis=1)],
    np.nancumprod: [lambda x: np.nancumprod(with_gaps(x))],
    np.prod: [
        lambda x: np.prod(x), lambda x: np.prod(x, axis=0), lambda x: x.prod((0, 1), keepdims=True), lambda x: np.prod(x * MASK, 1),
        lambda x: np.prod(x[None] * np.ones((2, 1, 1)), axis=(0, 2)),
    ],
    np.diff: [lambda x: np.diff(x), lambda x: np.diff(x, n=2), lambda x: np.diff(x, axis=0)],
    np.ediff1d: [lambda x: np.ediff1d(x)],
}  # fmt: skip
for _name in ("cumulative_sum", "cumulative_prod"):
    if hasattr(np, _name):  # NumPy 2.1
        _function = getattr(np, _name)
        SCANS[_function] = [
            lambda x, f=_function: f(x, axis=1), lambda x, f=_function: f(x[0], include_initial=True),
        ]  # fmt: skip

ORDERS = {
    np.sort: [lambda x: np.sort(x), lambda x: np.sort(x, axis=0), lambda x: np.sort(x, axis=None)],
    np.argsort: [lambda x: x * np.argsort(x), lambda x: x[0] * x.argsort(axis=1)],
    np.partition: [lambda x: np.sort(np.partition(x, 1)[:, :2]), lambda x: np.partition(x, 2, axis=None)[2]],
    np.argpartition: [lambda x: x * np.argpartition(x, (0, 2))],
    np.take_along_axis: [
        lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1), lambda x: np.take_along_axis(x, np.array([0, 3]), axis=None),
    ],
    np.nonzero: [lambda x: x[np.nonzero(x > 0)], lambda x: x[x.nonzero()]],
    np.flatnonzero: [lambda x: np.ravel(x)[np.flatnonzero(x > 0)]],
    np.argwhere: [lambda x: x[np.argwhere(x > 0)[:, 0]]],
    np.right_shift: [lambda x: x * np.right_shift(np.argmax(x), 1)],
    np.searchsorted: [lambda x: x * np.searchsorted(np.array([-1.0, 0.0, 1.0]), x), lambda x: x * np.searchsorted([-1.0, 0.0, 1.0], x, "right")],
    np.digitize: [
        lambda x: x * np.digitize(x, np.array([-1.0, 0.5])), lambda x: x * np.digitize(x, np.array([1.0, -0.5]), right=True),
    ],
    np.count_nonzero: [lambda x: x * np.count_nonzero(x > 0), lambda x: x * np.count_nonzero(x, axis=0)],
    np.median: [lambda x: np.median(x), lambda x: np.median(x, axis=1), lambda x: np.median(x, axis=(0,), keepdims=True)],
    np.quantile: [
        lambda x: np.quantile(x, 0.3), lambda x: np.quantile(x, [0.0, 0.4, 1.0], axis=1),
        lambda x: np.quantile(x, 0.5, axis=0, keepdims=True),
    ],
    np.percentile: [lambda x: np.percentile(x, 30), lambda x: np.percentile(x, [25, 80], axis=0)],
    np.ptp: [lambda x: np.ptp(x), lambda x: np.ptp(x, axis=1)],
}  # fmt: skip

DIAGONALS = {
    np.diagonal: [lambda x: np.diagonal(x), lambda x: np.diagonal(x, 1), lambda x: x.diagonal(-1), lambda x: np.diagonal(x[None], 0, 2, 1)],
    np.diag: [lambda x: np.diag(x), lambda x: np.diag(x[0]), lambda x: np.diag(x[1], -1), lambda x: np.diag(x, 1)],
    np.diagflat: [lambda x: np.diagflat(x), lambda x: np.diagflat(x[0], 1)],
    np.trace: [lambda x: np.trace(x), lambda x: x.trace(1)],
    np.linalg.diagonal: [lambda x: np.linalg.diagonal(x[None])],
    np.linalg.trace: [lambda x: np.linalg.trace(x[None], offset=1)],
}  # fmt: skip

PRODUCTS = {
    np.einsum: [
        lambda x: np.einsum("ij,kj->ik", x, B), lambda x: np.einsum("ij", x), lambda x: np.einsum("ij->", x),
        lambda x: np.einsum("...j,j->...", x, V), lambda x: np.einsum("ij,ij", x, x), lambda x: np.einsum(x, [0, 1], B, [0, 2], [1, 2]),
        lambda x: np.einsum("i...,i...->...", x, B), lambda x: np.einsum("ij,jk,kl->il", x, B.T, x, optimize=True),
    ],
    np.tensordot: [
        lambda x: np.tensordot(x, B.T, axes=1), lambda x: np.tensordot(x, x), lambda x: np.tensordot(x, V, axes=(1, 0)),
        lambda x: np.tensordot(x[None], B, axes=([1, 2], [0, 1])), lambda x: np.tensordot(x, B, axes=0),
    ],
    np.linalg.tensordot: [lambda x: np.linalg.tensordot(x, B.T, axes=1)],
    np.inner: [lambda x: np.inner(x, B), lambda x: np.inner(x, V), lambda x: np.inner(2.0, x)],
    np.kron: [lambda x: np.kron(x, B), lambda x: np.kron(V, x)],
    np.cross: [lambda x: np.cross(x, B), lambda x: np.cross(x, V), lambda x: np.cross(x.T, B, axisa=0, axisc=0)],
    np.linalg.cross: [lambda x: np.linalg.cross(x, B)],
    np.vdot: [lambda x: np.vdot(x, B)],
    np.linalg.vecdot: [lambda x: np.linalg.vecdot(x, B)],
    np.linalg.matmul: [lambda x: np.linalg.matmul(x, B.T)],
    np.linalg.outer: [lambda x: np.linalg.outer(x[0], V)],
}  # fmt: skip
for _name, _case in {
    "vecdot": lambda x, f: f(x, B), "matvec": lambda x, f: f(x, V), "vecmat": lambda x, f: f(x[:, 0], B),
}.items():  # fmt: skip
    if hasattr(np, _name):
        _function = getattr(np, _name)
        PRODUCTS[_function] = [lambda x, f=_function, case=_case: case(x, f)]

WINDOWS = np.lib.stride_tricks.sliding_window_view
REARRANGED = {
    np.flip: [lambda x: np.flip(x), lambda x: np.flip(x, 1), lambda x: np.flip(x, (0, -1))],
    np.fliplr: [lambda x: np.fliplr(x)],
    np.flipud: [lambda x: np.flipud(x)],
    np.rot90: [lambda x, k=k: np.rot90(x, k) for k in (0, 1, 2, 3, -1)] + [lambda x: np.rot90(x[None], axes=(1, 2))],
    np.moveaxis: [lambda x: np.moveaxis(x, 0, 1), lambda x: np.moveaxis(x[None], (0, 1), (-1, 0))],
    np.rollaxis: [lambda x: np.rollaxis(x[None], 2), lambda x: np.rollaxis(x[None], 0, 3)],
    np.matrix_transpose: [lambda x: np.matrix_transpose(x[None])],
    np.linalg.matrix_transpose: [lambda x: np.linalg.matrix_transpose(x)],
    np.roll: [lambda x: np.roll(x, 2), lambda x: np.roll(x, -1, axis=1), lambda x: np.roll(x, (1, 2), axis=(0, 1))],
    np.fft.fftshift: [lambda x: np.fft.fftshift(x), lambda x: np.fft.fftshift(x, axes=1)],
    np.fft.ifftshift: [lambda x: np.fft.ifftshift(x), lambda x: np.fft.ifftshift(x, axes=(1,))],
    np.atleast_1d: [lambda x: np.atleast_1d(x[0, 0]), lambda x: np.atleast_1d(x, 2.0)[0]],
    np.atleast_2d: [lambda x: np.atleast_2d(x[0]), lambda x: np.atleast_2d(x[0, 0])],
    np.atleast_3d: [lambda x: np.atleast_3d(x), lambda x: np.atleast_3d(x[0])],
    np.column_stack: [lambda x: np.column_stack([x[0], x[1]]), lambda x: np.column_stack([x, B])],
    np.dstack: [lambda x: np.dstack([x, B]), lambda x: np.dstack([x[0], x[1]])],
    np.append: [lambda x: np.append(x, B), lambda x: np.append(x, B, axis=1), lambda x: np.append(x, 1.0)],
    np.block: [lambda x: np.block(x), lambda x: np.block([[x, B], [B, x]]), lambda x: np.block([x[0], 1.0])],
    np.array_split: [lambda x: np.array_split(x, 2, axis=1)[0], lambda x: np.array_split(x[0], [1])[1]],
    np.split: [lambda x: np.split(x, 2)[1], lambda x: np.split(x, [1, 2], axis=1)[1]],
    np.hsplit: [lambda x: np.hsplit(x, 3)[1]],
    np.vsplit: [lambda x: np.vsplit(x, 2)[0]],
    np.dsplit: [lambda x: np.dsplit(x[None], 3)[2]],
    np.broadcast_arrays: [lambda x: np.broadcast_arrays(x[0], B)[0]],
    np.meshgrid: [lambda x: np.meshgrid(x[0], V)[0], lambda x: np.meshgrid(x[0], x[1, :2], indexing="ij")[1]],
    np.tile: [lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1)), lambda x: np.tile(x[0], (2, 2))],
    np.repeat: [lambda x: np.repeat(x, 2), lambda x: np.repeat(x, [1, 2], axis=0), lambda x: x.repeat(2, axis=1)],
    np.resize: [lambda x: np.resize(x, (3, 3))],
    np.delete: [lambda x: np.delete(x, 1, axis=1), lambda x: np.delete(x, [0, 4])],
    np.insert: [
        lambda x: np.insert(x, 1, 5.0), lambda x: np.insert(x, 1, V[:2], axis=1), lambda x: np.insert(x, [0, 2], x[0, :2]),
        lambda x: np.insert(x, 2, x[0], axis=0), lambda x: np.insert(x, [-1, 0], x[0, :2]), lambda x: np.insert(x, 1, x[:, 0]),
    ],
    np.pad: [
        lambda x: np.pad(x, 1), lambda x: np.pad(x, ((1, 0), (0, 2))), lambda x: np.pad(x, 1, mode="edge"),
        lambda x: np.pad(x, ((0, 0), (1, 2)), mode="wrap"), lambda x: np.pad(x, (1, 1), mode="reflect"),
        lambda x: np.pad(x, 1, "symmetric"), lambda x: np.pad(x, 1, constant_values=2.0),
    ],
    WINDOWS: [
        lambda x: WINDOWS(x, (2, 2)), lambda x: WINDOWS(x[0], 2), lambda x: WINDOWS(x, 2, axis=-1)[:, ::2], lambda x: WINDOWS(x, (2, 2), (1, 1)),
        lambda x: WINDOWS(x, 3, axis=1).mean(-1), lambda x: np.transpose(WINDOWS(x, (2, 2)))[..., None, 0] * x[1],
    ],
}  # fmt: skip
if hasattr(np, "unstack"):
    REARRANGED[np.unstack] = [lambda x: np.unstack(x)[1], lambda x: np.unstack(x, axis=-1)[0]]

AVERAGES = {
    np.average: [
        lambda x: np.average(x), lambda x: np.average(x, axis=0, weights=WEIGHTS), lambda x: np.average(x, axis=1, weights=positive(V)),
        lambda x: np.average(B, weights=positive(x)), lambda x: np.average(x, axis=1, returned=True)[0], lambda x: np.average(x, 1, WEIGHTS, keepdims=True),
    ],
    np.cov: [lambda x: np.cov(x), lambda x: np.cov(x[0], B[0]), lambda x: np.cov(x, rowvar=False, ddof=0), lambda x: np.cov(x[0])],
    np.corrcoef: [lambda x: np.corrcoef(x), lambda x: np.corrcoef(x[0], V)],
    np.nansum: [lambda x: np.nansum(with_gaps(x)), lambda x: np.nansum(with_gaps(x), axis=0)],
    np.nanprod: [lambda x: np.nanprod(with_gaps(x), axis=1)],
    np.nanmax: [lambda x: np.nanmax(with_gaps(x))],
    np.nanmin: [lambda x: np.nanmin(with_gaps(x), axis=1, keepdims=True)],
    np.nanmean: [lambda x: np.nanmean(with_gaps(x)), lambda x: np.nanmean(with_gaps(x), axis=1)],
    np.nanvar: [lambda x: np.nanvar(with_gaps(x)), lambda x: np.nanvar(with_gaps(x), ddof=1)],
    np.nanstd: [lambda x: np.nanstd(with_gaps(x))],
    np.nanargmax: [lambda x: x * np.nanargmax(with_gaps(x))],
    np.nanargmin: [lambda x: x[0] * np.nanargmin(with_gaps(x), axis=1)[0]],
}  # fmt: skip

NUMERICS = {
    np.convolve: [lambda x: np.convolve(x[0], V), lambda x: np.convolve(V, x[1, :2], "same"), lambda x: np.convolve(x[0], x[1], mode="valid")],
    np.correlate: [
        lambda x: np.correlate(x[0], V[:2]), lambda x: np.correlate(x[0], V, "full"), lambda x: np.correlate(x[0, :2], V, "same"),
        lambda x: np.correlate(x.ravel(), V[:2], "same"), lambda x: np.correlate(x[0, :2], V, "full"), lambda x: np.correlate(V, x.ravel()),
        lambda x: np.correlate(V, x.ravel(), "same"), lambda x: np.correlate(x[0, :2], x.ravel(), "same"),
    ],
    np.interp: [
        lambda x: np.interp(x, [-1.0, 0.1, 2.0], V), lambda x: np.interp(0.3, np.array([-1.0, 0.1, 2.0]), x[0]),
        lambda x: np.interp(x, [-0.5, 0.5], [1.0, 2.0], left=0.0, right=5.0), lambda x: np.interp([0.2, 9.0, -9.0, 1.5], np.cumsum(positive(x[0])), x[1]),
        lambda x: x * np.interp(x, [0.5], [2.0]),
    ],
    np.trapezoid: [
        lambda x: np.trapezoid(x), lambda x: np.trapezoid(x, dx=0.5, axis=0), lambda x: np.trapezoid(x, V), lambda x: np.trapezoid(V, np.cumsum(x[0])),
        lambda x: np.trapezoid(B, x),
    ],
    np.gradient: [lambda x: np.gradient(x, axis=1), lambda x: np.gradient(x, 0.5)[0], lambda x: np.gradient(x, 1.0, 2.0)[1], lambda x: np.gradient(x[0]),
        lambda x: np.gradient(x, np.array([0.0, 1.0, 3.0]), axis=1), lambda x: np.gradient(V**2, positive(x[0]).cumsum(), edge_order=2),
        lambda x: np.gradient(np.ravel(x), edge_order=2), lambda x: np.gradient(x, 0.3, positive(V).cumsum())[1]],
    np.vander: [lambda x: np.vander(x[0]), lambda x: np.vander(x[0], 4, increasing=True)],
    np.polyval: [lambda x: np.polyval([1.0, -2.0, 3.0], x), lambda x: np.polyval(x[0], V), lambda x: np.polyval(x[0], x)],
    np.histogram: [
        lambda x: np.histogram([0.1, 0.2, 0.4, 0.9, 1.0, 3.0], [0.1, 0.2, 0.5, 1.0], weights=np.ravel(x))[0],
        lambda x: np.histogram([0.1, 0.2, 0.4, 0.9, 1.0, 3.0], 4, weights=np.ravel(x) ** 2)[0],
        lambda x: np.histogram(x, 3, weights=x**2)[0], lambda x: np.histogram(x, 3, weights=np.sin(x), density=True)[0],
        lambda x: np.histogram(x[0], 3)[1], lambda x: np.histogram(np.ones(6), 2, weights=np.ravel(x))[0],
        lambda x: np.histogram(x, 3, (-1.0, 1.0), weights=x)[0],
    ],
    np.unwrap: [lambda x: np.unwrap(4 * x), lambda x: np.unwrap(6 * x, axis=0)],
    np.select: [lambda x: np.select([x > 1, x > 0], [x**2, np.sin(x)], 0.5), lambda x: np.select([MASK], [x])],
    np.choose: [
        lambda x: np.choose(np.asarray(MASK, int), [x, B]), lambda x: np.choose([0, 1, 0], (x, 10 * x)),
        lambda x: np.choose(np.argsort(x, axis=1), [x, x**2, B]), lambda x: np.choose([[5], [-1]], [x, B, 2 * x], mode="wrap"),
    ],
    np.piecewise: [
        lambda x: np.piecewise(x, [MASK, ~MASK], [1.0, 2.0]) * x, lambda x: np.piecewise(x, [x > 0], [np.sin, lambda v: v**2]),
        lambda x: np.piecewise(x, [x > -9, x > 0], [np.sin, lambda v: v**2]),
        lambda x: np.piecewise(x, [MASK], [lambda v: v * np.mean(v), lambda v: v - v[0]]),
    ],
    np.astype: [lambda x: np.astype(x, np.float64) * 2],
    np.full_like: [lambda x: x * np.full_like(x, 3), lambda x: x * np.full_like(x, x[0, 0])],
    np.empty_like: [lambda x: x + np.zeros(np.empty_like(x).shape)],  # its numbers may be any, NaN too
}  # fmt: skip

GATHERED = {
    np.compress: [lambda x: np.compress([True, False, True], x, axis=1), lambda x: np.compress(x.ravel() > 0, x)],
    np.extract: [lambda x: np.extract(MASK, x), lambda x: np.sum(x) * np.extract(x > 0, B)],
}


def triangle(x):
    return np.concatenate([x, x[:1] * x[1:]])


def square(x):
    return x[:, :2] + 3 * np.eye(2)


NORMS = {
    np.linalg.norm: [
        lambda x: np.linalg.norm(x), lambda x: np.linalg.norm(x, axis=1), lambda x: np.linalg.norm(x, 1, axis=0, keepdims=True),
        lambda x: np.linalg.norm(x[0], np.inf), lambda x: np.linalg.norm(x[0], -np.inf), lambda x: np.linalg.norm(x[1], 3),
        lambda x: np.linalg.norm(x[1], 0.5), lambda x: x * np.linalg.norm(x[0], 0), lambda x: np.linalg.norm(x, "fro"),
        lambda x: np.linalg.norm(x, "nuc"), lambda x: np.linalg.norm(x, 2), lambda x: np.linalg.norm(x, -2, keepdims=True),
        lambda x: np.linalg.norm(x, 1), lambda x: np.linalg.norm(x, -1), lambda x: np.linalg.norm(x, np.inf), lambda x: np.linalg.norm(x, -np.inf),
        lambda x: np.linalg.norm(x[None], axis=(1, 2)), lambda x: np.linalg.norm(x[None], "fro", axis=(2, 1), keepdims=True),
    ],
    np.linalg.vector_norm: [
        lambda x: np.linalg.vector_norm(x), lambda x: np.linalg.vector_norm(x, axis=1, ord=3), lambda x: np.linalg.vector_norm(x, keepdims=True),
        lambda x: np.linalg.vector_norm(x[None], axis=(0, 2), keepdims=True),
    ],
    np.linalg.matrix_norm: [lambda x: np.linalg.matrix_norm(x[None]), lambda x: np.linalg.matrix_norm(x, ord=1, keepdims=True)],
    np.linalg.cond: [lambda x: np.linalg.cond(x), lambda x: np.linalg.cond(square(x), 1), lambda x: np.linalg.cond(x, -2)],
    np.linalg.matrix_power: [lambda x, n=n: np.linalg.matrix_power(square(x), n) for n in (1, 2, 3, -2)]
    + [lambda x: x @ np.linalg.matrix_power(x.T @ x, 0)],
    np.linalg.multi_dot: [lambda x: np.linalg.multi_dot([x, B.T, x, V]), lambda x: np.linalg.multi_dot([V[:2], x, B.T]), lambda x: np.linalg.multi_dot([x, V])],
    np.linalg.tensorinv: [lambda x: np.linalg.tensorinv(np.reshape(square(x), (2, 1, 2)), ind=1)],
    np.linalg.tensorsolve: [lambda x: np.linalg.tensorsolve(np.reshape(square(x), (2, 1, 2)), x[:, 2])],
}  # fmt: skip

SPACED = {
    np.linspace: [
        lambda x: np.linspace(x[0, 0], 2.0, 5), lambda x: np.linspace(x, V, num=3, endpoint=False), lambda x: np.linspace(0.0, x, 4, axis=-1),
        lambda x: np.linspace(x[0], x[1], 3, retstep=True)[1], lambda x: np.linspace(x[0], 1.0, 1),
        lambda x: np.linspace(x[0, 0], 2.0, 5, dtype=np.float64), lambda x: x[0, 0] * np.linspace(x[0, 1], x[0, 1] + 9.0, 4, dtype=int),
    ],
    np.geomspace: [lambda x: np.geomspace(positive(x[0, 0]), 5.0, 4), lambda x: np.geomspace(positive(x), 3.0, 3, axis=1)],
    np.logspace: [lambda x: np.logspace(0, x[0, 1], 3), lambda x: np.logspace(x, V, 4, base=2.0, endpoint=False, axis=1)],
    np.tril_indices_from: [lambda x: x[np.tril_indices_from(x)]],
    np.triu_indices_from: [lambda x: x[np.triu_indices_from(x, 1)]],
    np.diag_indices_from: [lambda x: x[:, 1:][np.diag_indices_from(x[:, 1:])]],
    np.unravel_index: [lambda x: x * np.unravel_index(np.argmax(x), x.shape)[1], lambda x: x[0] * np.unravel_index(np.argsort(x[0]), (2, 2))[0]],
    np.bitwise_xor: [lambda x: x * ((x > 0) ^ (x < 1))],
    np.isin: [lambda x: x * np.isin(np.argmax(x, axis=0), [1, 2]), lambda x: x * np.isin(np.sign(x), [[1.0]], invert=True)],
    np.array_equiv: [lambda x: x * np.array_equiv(0 * x[:1], np.zeros((2, 3))), lambda x: x * (not np.array_equiv(x, np.ones(5)))],
    np.nanmedian: [lambda x: np.nanmedian(with_gaps(x)), lambda x: np.nanmedian(with_gaps(x), axis=0, keepdims=True), lambda x: np.nanmedian(x, axis=1)],
    np.nanquantile: [lambda x: np.nanquantile(with_gaps(x), 0.3), lambda x: np.nanquantile(with_gaps(x), [0.0, 0.6, 1.0], axis=1)],
    np.nanpercentile: [lambda x: np.nanpercentile(with_gaps(x), 40, axis=1, keepdims=True)],
    np.apply_along_axis: [
        lambda x: np.apply_along_axis(lambda row: np.sum(row**2), 1, x), lambda x: np.apply_along_axis(np.cumsum, 0, x),
        lambda x: np.apply_along_axis(lambda row, k, power: np.outer(row, row) * k**power, -1, x[None], 3.0, power=2),
    ],
    np.apply_over_axes: [lambda x: np.apply_over_axes(np.sum, x, [0, 1]), lambda x: np.apply_over_axes(np.mean, x, 1)],
    np.bincount: [
        lambda x: np.bincount([0, 2, 0], x[0]), lambda x: np.bincount(np.array([1, 1, 0]), weights=x[1], minlength=4),
        lambda x: np.bincount(np.argsort(x[0]), x[1]), lambda x: np.bincount(np.argsort(x[0]) // 2, x[1], 5),
        lambda x: np.bincount(np.argsort(x[0])),
    ],
}  # fmt: skip


def tall(x):
    return np.concatenate([x.T, x.T**2])


FITS = {
    np.linalg.lstsq: [
        lambda x: np.linalg.lstsq(tall(x), np.arange(6.0), rcond=None)[0], lambda x: np.linalg.lstsq(tall(x), tall(x) ** 2)[1],
        lambda x: np.linalg.lstsq(tall(A), tall(x)[:, 0] ** 3)[1], lambda x: np.linalg.lstsq(x, x[:, 0], rcond=1e-10)[0] + np.linalg.lstsq(x, x[:, 0])[2],
        lambda x: np.linalg.lstsq(x, x, rcond=-1)[3],
    ],
    np.polyfit: [
        lambda x: np.polyfit(np.arange(6.0), np.ravel(x), 2), lambda x: np.polyfit(np.arange(3.0), x.T, 1, w=V),
        lambda x: np.polyfit(x[0], x[1], 1), lambda x: np.polyfit(np.ravel(x), np.arange(6.0), 1, w=np.ravel(positive(x))),
    ],
    np.polyadd: [lambda x: np.polyadd(x[0], V[:2]), lambda x: np.polyadd(1.0 * V[:1], x[1])],
    np.polysub: [lambda x: np.polysub(x[0], x[1, :2]), lambda x: np.polysub(x[1, 1:], V)],
    np.polymul: [lambda x: np.polymul(x[0], V[:2])],
    np.polyder: [lambda x: np.polyder(x[0]), lambda x: np.polyder(x[0], m=2)],
    np.polyint: [lambda x: np.polyint(x[0]), lambda x: np.polyint(x[0], 2, [1.0, 2.0]), lambda x: np.polyint(x[1], k=2.0)],
    np.poly: [lambda x: np.poly(x[0])],
}  # fmt: skip

SPECIAL = {
    special.logsumexp: [
        lambda x: special.logsumexp(x), lambda x: special.logsumexp(x, axis=1, keepdims=True), lambda x: special.logsumexp(x, (0, -1)),
        lambda x: special.logsumexp(x, 0, WEIGHTS), lambda x: special.logsumexp(V, b=positive(x)), lambda x: special.logsumexp(x[0, 0], b=2),
        lambda x: special.logsumexp(x, b=B, return_sign=True)[0], lambda x: x * special.logsumexp(x, 1, B, True, return_sign=True)[1],
        lambda x: special.logsumexp(x, axis=0, return_sign=True)[0], lambda x: special.logsumexp([x[0], V], axis=0), lambda x: special.logsumexp(x[0, 0], keepdims=True) * x,
    ],
    special.softmax: [lambda x: special.softmax(x), lambda x: special.softmax(x, axis=-1), lambda x: special.softmax([x[0, 1], x[1, 1]])],
    special.log_softmax: [lambda x: special.log_softmax(x), lambda x: special.log_softmax(x, axis=0)],
    special.polygamma: [lambda x: special.polygamma(0, positive(x)), lambda x: special.polygamma(np.int64(2), positive(x))],
}  # fmt: skip

KERNEL = np.array([[1.0, -0.5], [0.3, 2.0]])


def matrix(x):
    """A matrix of three rows far from singular, made of all that x holds."""
    return 2 * np.eye(3) + 0.3 * np.concatenate([x, x[:1] * x[1:]])


def positive_matrix(x):
    return matrix(x) @ matrix(x).T


SCIPY = {
    linalg.solve: [
        lambda x: linalg.solve(matrix(x), x.T), lambda x: linalg.solve(positive_matrix(x), V, assume_a="pos"),
        lambda x: linalg.solve(matrix(x), x[0], lower=True, assume_a="sym"), lambda x: linalg.solve(matrix(x), V, transposed=True),
    ],
    linalg.inv: [lambda x: linalg.inv(matrix(x)), lambda x: linalg.inv([[x[0, 0], 2.0], [1.0, x[0, 1]]])],
    linalg.det: [lambda x: linalg.det(matrix(x), check_finite=False)],
    linalg.norm: [lambda x: linalg.norm(x), lambda x: linalg.norm(x, 1, axis=1), lambda x: linalg.norm([x[0, 0], x[1, 1]])],
    linalg.cholesky: [lambda x: linalg.cholesky(positive_matrix(x)), lambda x: linalg.cholesky(positive_matrix(x), lower=True)],
    linalg.cho_factor: [lambda x: np.tril(linalg.cho_factor(positive_matrix(x), lower=True)[0]), lambda x: np.triu(linalg.cho_factor(positive_matrix(x))[0])],
    linalg.cho_solve: [
        lambda x: linalg.cho_solve(linalg.cho_factor(positive_matrix(x)), x[0]), lambda x: linalg.cho_solve(linalg.cho_factor(positive_matrix(x), True), x.T),
        lambda x: linalg.cho_solve(linalg.cho_factor(positive_matrix(A)), x.T),
    ],
    linalg.solve_triangular: [
        lambda x: linalg.solve_triangular(matrix(x), x[0]), lambda x: linalg.solve_triangular(matrix(x), x.T, lower=True, trans="T"),
        lambda x: linalg.solve_triangular(matrix(A), x.T, trans=1, unit_diagonal=True), lambda x: linalg.solve_triangular(matrix(x), V, unit_diagonal=True, lower=True),
        lambda x: linalg.solve_triangular(np.stack([matrix(x), matrix(2 * x)]), np.stack([x.T, x.T]), lower=True),
    ],
    linalg.eigh: [lambda x: linalg.eigh(positive_matrix(x))[0], lambda x: np.abs(linalg.eigh(positive_matrix(x), lower=False)[1]), lambda x: linalg.eigh(matrix(x), eigvals_only=True)],
    linalg.eigvalsh: [lambda x: linalg.eigvalsh(matrix(x)), lambda x: linalg.eigvalsh(matrix(x), lower=False)],
    linalg.svd: [lambda x: linalg.svd(x, full_matrices=False)[1], lambda x: linalg.svd(matrix(x), compute_uv=False)],
    linalg.svdvals: [lambda x: linalg.svdvals(x)],
    linalg.qr: [lambda x: linalg.qr(matrix(x))[1], lambda x: linalg.qr(x.T, mode="economic")[0], lambda x: linalg.qr(matrix(x), mode="r")[0]],
    linalg.pinv: [lambda x: linalg.pinv(x), lambda x: linalg.pinv(x.T, rtol=1e-10)],
    linalg.expm: [lambda x: linalg.expm(matrix(x) - 2 * np.eye(3)), lambda x: linalg.expm(x[:, :2])],
    linalg.logm: [lambda x: linalg.logm(positive_matrix(x))],
    linalg.sqrtm: [lambda x: linalg.sqrtm(positive_matrix(x))],
    linalg.block_diag: [lambda x: linalg.block_diag(x, V, x[0, 0], [[1.0]]), lambda x: linalg.block_diag(x.T)],
    linalg.toeplitz: [lambda x: linalg.toeplitz(x[0]), lambda x: linalg.toeplitz(x[0], x[1]), lambda x: linalg.toeplitz(V, [x[0, 0], x[1, 1]])],
    linalg.circulant: [lambda x: linalg.circulant(x[0])],
    linalg.solve_sylvester: [lambda x: linalg.solve_sylvester(matrix(x), matrix(2 * x), matrix(x[::-1]))],
    linalg.solve_continuous_lyapunov: [lambda x: linalg.solve_continuous_lyapunov(matrix(x), matrix(x[::-1]))],
    linalg.solve_discrete_lyapunov: [lambda x: linalg.solve_discrete_lyapunov(0.3 * matrix(x), positive_matrix(x))],
    special.multigammaln: [lambda x: special.multigammaln(positive(x) + 2, 3), lambda x: special.multigammaln(positive(x[0, 0]), 1)],
    integrate.trapezoid: [lambda x: integrate.trapezoid(x), lambda x: integrate.trapezoid(x, np.arange(2) * 2.0, axis=0), lambda x: integrate.trapezoid([x[0, 0], 2.0], dx=0.5)],
    integrate.cumulative_trapezoid: [
        lambda x: integrate.cumulative_trapezoid(x), lambda x: integrate.cumulative_trapezoid(x, x**2 + x, axis=1, initial=0), lambda x: integrate.cumulative_trapezoid(x, np.arange(2) ** 2.0, axis=0),
    ],
    integrate.simpson: [
        lambda x: integrate.simpson(x), lambda x: integrate.simpson(np.ravel(x), dx=0.3), lambda x: integrate.simpson(x.T, x=V[:3].cumsum() * 3, axis=0), lambda x: integrate.simpson(x, dx=x[0, 0]),
    ],
    integrate.fixed_quad: [lambda x: integrate.fixed_quad(lambda t: np.exp(-t * t) * x[0, 0], x[0, 1], 2.0)[0], lambda x: integrate.fixed_quad(lambda t, k: t**k, 0, x[1, 1], (3,), 2)[0]],
    distance.cdist: [
        lambda x: distance.cdist(x, B), lambda x: distance.cdist(x, x + B, "sqeuclidean"), lambda x: distance.cdist(x, B, metric="cosine"),
        lambda x: distance.cdist(x, B, "minkowski", p=3), lambda x: distance.cdist(B, x, "cityblock"), lambda x: distance.cdist(B, x, "chebyshev"),
    ],
    distance.pdist: [lambda x: distance.pdist(x.T), lambda x: distance.pdist(matrix(x), "cosine")],
    distance.squareform: [lambda x: distance.squareform(distance.pdist(x.T)), lambda x: distance.squareform(x @ x.T - np.diag(np.diag(x @ x.T)), checks=False)],
    distance.euclidean: [lambda x: distance.euclidean(x[0], x[1])],
    distance.sqeuclidean: [lambda x: distance.sqeuclidean(x[0], V)],
    distance.cityblock: [lambda x: distance.cityblock(x[0], x[1])],
    distance.chebyshev: [lambda x: distance.chebyshev(x[0], x[1])],
    distance.cosine: [lambda x: distance.cosine(x[0], x[1])],
    signal.convolve: [
        lambda x: signal.convolve(x, KERNEL), lambda x: signal.convolve(x, KERNEL, "same"), lambda x: signal.convolve(KERNEL, x, "valid"), lambda x: signal.convolve(x, x, "same", method="direct"),
        lambda x: signal.convolve(x[0], np.ravel(x)), lambda x: signal.convolve(x[0], np.ravel(x), "same"), lambda x: signal.convolve(x[0], np.ravel(x), "valid"), lambda x: signal.convolve(V[:2], x[0], "same"),
    ],
    signal.correlate: [
        lambda x: signal.correlate(x, KERNEL), lambda x: signal.correlate(x, KERNEL, "same"), lambda x: signal.correlate(KERNEL, x, "same"), lambda x: signal.correlate(x, KERNEL, "valid"),
        lambda x: signal.correlate(x[0], np.ravel(x), "valid"), lambda x: signal.correlate(V, x[1]),
    ],
    signal.fftconvolve: [lambda x: signal.fftconvolve(x, KERNEL, "same")],
    signal.oaconvolve: [lambda x: signal.oaconvolve(x[0], V)],
    signal.convolve2d: [lambda x: signal.convolve2d(x, KERNEL, mode="valid"), lambda x: signal.convolve2d(KERNEL, x), lambda x: signal.convolve2d(x, KERNEL, "same")],
    signal.correlate2d: [lambda x: signal.correlate2d(x, KERNEL, "same"), lambda x: signal.correlate2d(x, KERNEL)],
    optimize.rosen: [lambda x: optimize.rosen(0.3 * x[0]), lambda x: optimize.rosen([0.1 * x[0, 0], x[1, 0]])],
}  # fmt: skip

# Each function of `math` at numbers that it takes; those of several arguments by hand.
AT = {
    "acosh": lambda t: 1.5 + t * t, "acos": lambda t: t / 4, "asin": lambda t: t / 4, "atanh": lambda t: t / 4,
    **dict.fromkeys(("gamma", "lgamma", "log", "log10", "log2", "log1p", "sqrt", "cbrt"), lambda t: t * t + 0.3),
}  # fmt: skip
ONE = (
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "degrees", "erf", "erfc", "exp", "exp2", "expm1", "fabs",
    "gamma", "lgamma", "log", "log10", "log1p", "log2", "radians", "sin", "sinh", "sqrt", "tan", "tanh",
)  # fmt: skip


def at_two(name):
    function, at = getattr(math, name), AT.get(name, lambda t: t)
    return [lambda x: function(at(x[0, 0])) + function(at(x[1, 2]))]


MATH = {getattr(math, name): at_two(name) for name in ONE} | {
    math.atan2: [lambda x: math.atan2(x[0, 0], x[1, 1])],
    math.copysign: [lambda x: math.copysign(x[0, 0], x[1, 1])],
    math.fmod: [lambda x: math.fmod(x[0, 0], 0.3)],
    math.remainder: [lambda x: math.remainder(x[0, 0], 0.3)],
    math.hypot: [lambda x: math.hypot(x[0, 0], x[0, 1]), lambda x: math.hypot(x[0, 0], 1.0, x[0, 2])],
    math.pow: [lambda x: math.pow(x[0, 0], 3), lambda x: math.pow(2, x[0, 0])],
    math.dist: [lambda x: math.dist(x[0], x[1]), lambda x: math.dist([x[0, 0], 1.0], (2.0, x[1, 1]))],
    math.fsum: [lambda x: math.fsum(x[0]), lambda x: math.fsum([x[0, 0], 2.0])],
    math.prod: [lambda x: math.prod(x[0]), lambda x: math.prod([x[0, 0], 2.0], start=3)],
    math.isclose: [lambda x: x * math.isclose(x[0, 0], x[0, 0] + 1e-12), lambda x: x * (not math.isclose(x[0, 0], x[0, 1]))],
    math.isfinite: [lambda x: x * math.isfinite(x[0, 0])],
    math.isinf: [lambda x: x * (not math.isinf(x[0, 0]))],
    math.isnan: [lambda x: x * (not math.isnan(x[0, 0]))],
    math.floor: [lambda x: x * math.floor(3 * x[0, 0])],
    math.ceil: [lambda x: x * math.ceil(3 * x[0, 0])],
    math.trunc: [lambda x: x * math.trunc(3 * x[0, 0])],
    float: [lambda x: float(x[0, 0]) * 2 + float("2.5"), lambda x: x * float(x[0, 0] > 0), lambda x: x * (float("2") + x[0, 1].item() + x[:1, 2].item() + x.item(4) + x.item(1, 2)), lambda x: np.sum(x.tolist()[1])],
}  # fmt: skip

MORE = (
    ELEMENTWISE
    | SCANS
    | ORDERS
    | DIAGONALS
    | PRODUCTS
    | REARRANGED
    | AVERAGES
    | NUMERICS
    | GATHERED
    | NORMS
    | SPECIAL
    | SPACED
    | FITS
    | SCIPY
    | MATH
)
NEAR = {
    "einsum", "kron", "vdot", "average", "cov", "corrcoef", "nanmean", "nanvar", "nanstd", "quantile", "percentile", "interp",
    "multi_dot", "norm", "vector_norm", "vecdot", "unwrap", "correlate", "cond", "linspace", "geomspace", "logspace",
    "histogram", "scipy", "math", "nanmedian", "nanquantile", "nanpercentile", "lstsq", "polyfit", "polymul", "poly", "gradient", "logsumexp",
}  # fmt: skip
