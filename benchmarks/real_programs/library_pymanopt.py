"""pymanopt's own manifolds: what they compute of points and tangent vectors, differentiated."""

import numpy as np
from pymanopt.manifolds import Euclidean, Grassmann, Oblique, PSDFixedRank, SpecialOrthogonalGroup, Sphere, Stiefel
from pymanopt.manifolds import SymmetricPositiveDefinite as Definite

from .entering import normal, program

A = np.sin(np.arange(25.0)).reshape(5, 5)
TARGET = np.linalg.qr(A[:, :2])[0]
UNIT = np.array([1.0, 2.0, 2.0, 0.0, 4.0]) / 5


@program("manifolds/sphere.py: distance and exponential", normal(5))
def pymanopt_sphere(x):
    sphere = Sphere(5)
    x = x / np.linalg.norm(x)
    moved = sphere.exp(x, sphere.projection(x, A[0]))
    return sphere.dist(moved, UNIT)


@program("manifolds/sphere.py: retraction and logarithm", normal(5))
def pymanopt_sphere_logarithm(v):
    sphere = Sphere(5)
    y = sphere.retraction(UNIT, sphere.projection(UNIT, v))
    return sphere.norm(UNIT, sphere.log(UNIT, y)) ** 2


@program("manifolds/stiefel.py: retraction", normal((5, 2), scale=0.4))
def pymanopt_stiefel(v):
    stiefel = Stiefel(5, 2)
    y = stiefel.retraction(TARGET, stiefel.projection(TARGET, v))
    return np.trace(y.T @ (A + A.T) @ y)


@program("manifolds/grassmann.py: distance", normal((5, 2)))
def pymanopt_grassmann(X):
    grassmann = Grassmann(5, 2)
    q, _ = np.linalg.qr(X)
    return grassmann.dist(q, TARGET) ** 2


@program("manifolds/positive_definite.py: distance", normal((3, 3), scale=0.4))
def pymanopt_definite(L):
    manifold = Definite(3)
    return manifold.dist(L @ L.T + np.eye(3), np.diag([1.0, 2.0, 0.5])) ** 2


@program("manifolds/positive_definite.py: exponential", normal((3, 3), scale=0.3))
def pymanopt_definite_exponential(L):
    manifold = Definite(3)
    return np.sum(manifold.exp(np.diag([1.0, 2.0, 0.5]), L + L.T) ** 2)


@program("manifolds/special_orthogonal_group.py: exponential", normal((3, 3), scale=0.4))
def pymanopt_rotations(L):
    group = SpecialOrthogonalGroup(3)
    R = group.retraction(np.eye(3), L - L.T)
    return np.sum(R * A[:3, :3])


@program("manifolds/oblique.py: distance", normal((3, 4)))
def pymanopt_oblique(X):
    oblique = Oblique(3, 4)
    return oblique.dist(oblique.retraction(np.eye(3, 4) + 0.5, X), X / np.linalg.norm(X, axis=0)) ** 2


@program("manifolds/psd.py: norm of a projection", normal((4, 2), (4, 2)))
def pymanopt_psd(Y, U):
    manifold = PSDFixedRank(4, 2)
    return manifold.norm(Y, manifold.projection(Y, U)) ** 2


@program("manifolds/euclidean.py: transport and inner product", normal((3, 2), (3, 2)))
def pymanopt_euclidean(X, U):
    manifold = Euclidean(3, 2)
    return manifold.inner_product(X, U, manifold.transport(X, U, U * X)) + manifold.dist(X, U)
