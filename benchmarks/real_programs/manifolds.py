"""Patterns of pymanopt's examples; `library_pymanopt.py` calls its manifolds."""

import numpy as np
from numpy.random import default_rng

from .entering import normal, program

random = default_rng(3)
A = random.normal(size=(6, 6))
SYMMETRIC = A + A.T
MATRIX = random.normal(size=(6, 5))
SAMPLES = random.normal(size=(12, 4))


@program("examples/dominant_eigenvector.py", normal(6))
def dominant_eigenvector(x):
    return -x.T @ SYMMETRIC @ x


@program("examples/dominant_invariant_subspace.py", normal((6, 2)))
def invariant_subspace(X):
    return -np.trace(X.T @ SYMMETRIC @ X)


@program("examples/closest_unit_norm_column_approximation.py", normal((6, 5)))
def unit_norm_columns(X):
    return 0.5 * np.sum((X / np.linalg.norm(X, axis=0) - MATRIX) ** 2)


@program("examples/low_rank_matrix_approximation.py", normal((6, 2), 2, (2, 5)))
def low_rank_approximation(u, s, vt):
    X = u @ np.diag(s) @ vt
    return np.linalg.norm(X - MATRIX) ** 2


@program("examples/low_rank_psd_matrix_approximation.py", normal((6, 2)))
def low_rank_definite(Y):
    return np.linalg.norm(Y @ Y.T - SYMMETRIC, "fro") ** 2


@program("examples/linear_regression.py", normal((4, 1)))
def linear_regression(weights):
    targets = SAMPLES @ np.array([[1.0], [0.5], [-0.3], [2.0]])
    return np.linalg.norm(targets - SAMPLES @ weights) ** 2


@program("examples/multiple_linear_regression.py", normal((4, 3)))
def several_regressions(W):
    return np.sum((np.tensordot(SAMPLES, W, axes=1) - SAMPLES[:, :3]) ** 2)


@program("examples/max_cut.py", normal((6, 3)))
def max_cut(X):
    Y = X / np.sqrt(np.sum(X**2, axis=1))[:, np.newaxis]
    return np.trace(Y.T @ (SYMMETRIC @ Y)) / 4


@program("examples/pca.py", normal((4, 2)))
def principal_components(w):
    return np.linalg.norm(SAMPLES - SAMPLES @ w @ w.T) ** 2


@program("examples/packing_on_the_sphere.py", normal((5, 3)))
def packing_on_the_sphere(X):
    Y = X @ X.T
    s = Y[np.triu_indices(5, 1)].max()
    expY = np.exp((Y - s) / 0.1)
    expY -= np.diag(np.diag(expY))
    u = np.sum(np.triu(expY, 1))
    return s + 0.1 * np.log(u)


@program("examples/optimal_rotations.py", normal((3, 3, 3)))
def rotations_registered(X):
    ABt = np.array([np.diag([1.0, 2.0, 3.0]) + k for k in range(3)])
    return -np.tensordot(X, ABt, axes=X.ndim)


@program("examples/rank_k_correlation_matrix_approximation.py", normal((6, 3)))
def correlation_matrix(X):
    X = X / np.linalg.norm(X, axis=1, keepdims=True)
    return 0.25 * np.linalg.norm(X @ X.T - SYMMETRIC) ** 2


@program("examples/mixture_of_gaussians.py", normal((2, 5, 5), 1, scale=0.3))
def mixture_on_definite_matrices(L, v):
    nu = np.concatenate([v, [0.0]], axis=0)
    S = np.array([l @ l.T + np.eye(5) for l in L])
    logdets = np.expand_dims(np.linalg.slogdet(S)[1], 1)
    Y = np.concatenate([SAMPLES.T, np.ones((1, 12))], axis=0)
    quadratic = np.sum(Y * np.linalg.solve(S, np.stack([Y, Y])), axis=1)
    log_n = -0.5 * (logdets + quadratic)
    weights = nu - np.max(nu) - np.log(np.sum(np.exp(nu - np.max(nu))))
    both = log_n + np.expand_dims(weights, 1)
    top = np.max(both, axis=0)
    return -np.sum(top + np.log(np.sum(np.exp(both - top), axis=0)))


@program("tests/test_manifolds: retraction by QR", normal((5, 2)))
def retraction_by_qr(X):
    q, r = np.linalg.qr(X)
    q = q @ np.diag(np.sign(np.sign(np.diag(r)) + 0.5))
    return np.trace(q.T @ A[:5, :5] @ q)


@program("tests/test_manifolds: geodesic of positive definite matrices", normal((3, 3), scale=0.4))
def geodesic_of_definite_matrices(L):
    P = L @ L.T + np.eye(3)
    w, V = np.linalg.eigh(P)
    return np.sum(np.log(w) ** 2) + np.sum((V * np.sqrt(w)) @ V.T)
