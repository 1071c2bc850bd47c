"""Operations of scipy.linalg that NumPy does not have: triangular systems, functions of matrices, Sylvester's equation.

Loaded when a traced array first reaches a function of scipy.linalg; `scientific.py` has those that are combinations of others.
"""

import functools
import importlib

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, require_same
from ...core.primitive import MODULES, primitive
from ...core.traced import FUNCTIONS
from .. import scipy_helpers
from ..refusing import COMPLEX, FOR_COMPLEX
from ..stand_ins import Asking
from .common import dispatched, implements, register
from .creating import of_size
from .linalg import square

MODULES["scipy"] = importlib.import_module("scipy")
scipy_linalg = importlib.import_module("scipy.linalg")
solve_triangular, solve_sylvester = (  # for rules, which no trace surrounds
    Asking(each, "scipy.linalg") for each in (scipy_linalg.solve_triangular, scipy_linalg.solve_sylvester)
)


def _dtype_of(function, count):
    """A dtype rule that asks SciPy."""

    @functools.cache
    def rule(*dtypes):
        return function(*(np.eye(2, dtype=each) for each in dtypes)).dtype

    return lambda *dtypes, **params: rule(*dtypes[:count])


_OF_TRIANGLE = {"trans": 0, "lower": False, "unit_diagonal": False}


def _triangular_shape(a: Shape, b: Shape, **params) -> Shape:
    square(a)
    if len(a) != 2 or not 1 <= len(b) <= 2:
        raise ShapeMismatch("a triangular system is one matrix with a vector or a matrix on its right side", (0, 1))
    require_same(a[0], b[0], "the sizes differ", (0, 1), (0, 0))
    return b


def _triangular_right(g, y, a, b, trans, lower, unit_diagonal):
    return solve_triangular(a, g, 1 - trans, lower, unit_diagonal)


def _triangular_left(g, y, a, b, trans, lower, unit_diagonal):
    """Only one triangle is read, and its diagonal only where it is not taken for ones."""
    error = _triangular_right(g, y, a, b, trans, lower, unit_diagonal)
    one, other = (y, error) if trans else (error, y)
    whole = -np.outer(one, other) if np.ndim(y) == 1 else -(one @ other.T)
    return np.tril(whole, -int(unit_diagonal)) if lower else np.triu(whole, int(unit_diagonal))


def _triangles(random):
    for shape, params in [
        ((3,), {}), ((3, 2), {"lower": True}), ((3,), {"trans": 1}), ((3, 2), {"trans": 1, "lower": True, "unit_diagonal": True}),
    ]:  # fmt: skip
        yield (random.normal(size=(3, 3)) * 0.5 + 2 * np.eye(3), random.normal(size=shape)), params


_triangular = primitive(
    "solve_triangular", shape=_triangular_shape,
    dtype=_dtype_of(solve_triangular, 2), params=_OF_TRIANGLE, examples=_triangles,
    derivative=(_triangular_left, _triangular_right), latex=r"{0}^{-1} \, {1}",
    python="scipy.linalg.solve_triangular({0}, {1}, trans={trans}, lower={lower}, unit_diagonal={unit_diagonal})",
)  # fmt: skip


@implements(scipy_linalg.solve_triangular)
def _solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    if np.ndim(a) > 2:
        triangle = np.tril(a) if lower else np.triu(a)
        if unit_diagonal:
            triangle = triangle + of_size("eye", np.shape(a)[-1], a) * (
                1 - np.diagonal(a, axis1=-2, axis2=-1)[..., None]
            )
        return np.linalg.solve(np.swapaxes(triangle, -1, -2) if trans in (1, 2, "T", "C") else triangle, b)
    turned = int(trans in (1, 2, "T", "C"))
    return bind(
        _triangular, (a, b), (("trans", turned), ("lower", bool(lower)), ("unit_diagonal", bool(unit_diagonal)))
    )


# ---- functions of matrices -------------------------------------------------------------------------------------------


def _matrix_function(name, examples, helper=None):
    """A function f of a matrix; f of the blocks Aᵀ G / 0 Aᵀ has, on its right, the error of A (Mathias, 1996)."""
    own = getattr(scipy_linalg, name)
    of = Asking(own, "scipy.linalg")

    def rule(g, y, a):
        size, back = np.shape(a)[-1], np.swapaxes(a, -1, -2)
        blocks = [np.concatenate([back, g], axis=-1), np.concatenate([np.zeros_like(a), back], axis=-1)]
        return of(np.concatenate(blocks, axis=-2))[..., :size, size:]

    declared = primitive(
        name, shape=square, dtype=_dtype_of(own, 1), derivative=rule, helper=helper,
        python=f"{name}({{0}})" if helper else f"scipy.linalg.{name}({{0}})", latex=rf"\operatorname{{{name}}}({{0}})",
        examples=examples,
    )  # fmt: skip
    if helper is not None:
        dispatched(declared)
    register({own: lambda A: bind(declared, (A,))})
    if name in COMPLEX:
        FOR_COMPLEX[FUNCTIONS[own]] = FUNCTIONS[own]


def _triangular_matrices(random):
    for size in (2, 3):
        yield (np.triu(random.normal(size=(size, size)) * 0.1 + np.diag(np.arange(2.0, size + 2))),), {}


_matrix_function("expm", lambda random: [((0.2 * a,), {}) for (a,), _ in _triangular_matrices(random)])
_matrix_function("logm", _triangular_matrices, scipy_helpers.logm)
_matrix_function("sqrtm", _triangular_matrices)


# ---- Sylvester's equation --------------------------------------------------------------------------------------------


def _sylvester_shape(a: Shape, b: Shape, q: Shape) -> Shape:
    require_same(square(a)[0], q[0], "the sizes differ", (0, 2), (0, 0))
    require_same(square(b)[0], q[1], "the sizes differ", (1, 2), (0, 1))
    return q


def _sylvester_error(g, a, b):
    return solve_sylvester(a.T, b.T, g)


_sylvester = primitive(
    "solve_sylvester", shape=_sylvester_shape, dtype=_dtype_of(solve_sylvester, 3),
    derivative=(
        lambda g, y, a, b, q: -(_sylvester_error(g, a, b) @ y.T),
        lambda g, y, a, b, q: -(y.T @ _sylvester_error(g, a, b)),
        lambda g, y, a, b, q: _sylvester_error(g, a, b),
    ),
    python="scipy.linalg.solve_sylvester({0}, {1}, {2})", latex=r"\operatorname{sylvester}({0}, {1}, {2})",
    examples=lambda random: [
        ((*(random.normal(size=(n, n)) * 0.3 + 2 * np.eye(n) for n in (3, 2)), random.normal(size=(3, 2))), {})
    ],
)  # fmt: skip
register({scipy_linalg.solve_sylvester: lambda a, b, q: bind(_sylvester, (a, b, q))})
