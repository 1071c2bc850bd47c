"""Triangles and diagonals of matrices."""

import numpy as np

from ..dims import Shape, ShapeMismatch
from ..examples import stacks
from ..primitive import first_dtype, primitive
from ..traced import FUNCTIONS, bind


def _matrix(a: Shape, k: int = 0) -> Shape:
    if len(a) < 2:
        raise ShapeMismatch("a matrix needs two axes", (0, 0))
    return a


def _on_both(*cases):
    def generate(random):
        for k in cases:
            yield from stacks((3, 3), (2, 4), (2, 3, 2), k=k)(random)

    return generate


tril = primitive(
    "tril", shape=_matrix, dtype=first_dtype, derivative=lambda g, y, x, k=0: np.tril(g, k), params={"k": 0},
    python="np.tril({0}, k={k})", latex=r"\operatorname{tril}({0})", examples=_on_both(0, -1, 1),
)  # fmt: skip
triu = primitive(
    "triu", shape=_matrix, dtype=first_dtype, derivative=lambda g, y, x, k=0: np.triu(g, k), params={"k": 0},
    python="np.triu({0}, k={k})", latex=r"\operatorname{triu}({0})", examples=_on_both(0, -1, 1),
)  # fmt: skip


def _triangle(declared):
    def of(m, k=0):
        if np.ndim(m) == 1:  # NumPy repeats a vector as rows
            m = np.broadcast_to(m, (np.shape(m)[0],) * 2)
        return bind(declared, (m,), (("k", int(k)),))

    return of


FUNCTIONS[np.tril] = _triangle(tril)
FUNCTIONS[np.triu] = _triangle(triu)
