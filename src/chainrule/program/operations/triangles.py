"""Triangles and diagonals of matrices."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch
from ...core.primitive import first_dtype, primitive
from ...core.traced import FUNCTIONS
from .. import helpers
from ..examples import stacks
from ..sizes.bounds import assume, lesser
from .common import dispatched, implements, register


def _matrix(a: Shape, k: int) -> Shape:
    if len(a) < 2:
        raise ShapeMismatch("a matrix needs two axes", (0, 0))
    return a


def _triangle(triangle):
    """Declare np.tril or np.triu, whose derivative is the same triangle of the error."""
    name = triangle.__name__
    declared = primitive(
        name, shape=_matrix, dtype=first_dtype, derivative=lambda g, y, x, k: triangle(g, k), params={"k": 0},
        python=f"np.{name}({{0}}, k={{k}})", latex=rf"\operatorname{{{name}}}({{0}}, {{k}})",
        examples=lambda random: [each for k in (0, -1, 1) for each in stacks((3, 3), (2, 4), (2, 3, 2), k=k)(random)],
    )  # fmt: skip

    def of(m, k=0):
        if np.ndim(m) == 1:  # NumPy repeats a vector as rows
            m = np.broadcast_to(m, (np.shape(m)[0],) * 2)
        return bind(declared, (m,), (("k", int(k)),))

    FUNCTIONS[triangle] = of


_triangle(np.tril)
_triangle(np.triu)


# ---- diagonals ---------------------------------------------------------------------------------------------------------


def _diagonal_shape(x: Shape, offset: int, axis1: int, axis2: int) -> Shape:
    if len(x) < 2:
        raise ShapeMismatch("a matrix needs two axes", (0, 0))
    size = lesser(x[axis1] + min(offset, 0), x[axis2] - max(offset, 0))
    size = size if assume("ge", size, 0) else 0
    return (*(each for axis, each in enumerate(x) if axis not in (axis1, axis2)), size)


_PLACES = [((3, 3), 0, 0, 1), ((3, 4), 1, 0, 1), ((3, 2), -1, 1, 0), ((2, 3, 4), 0, 0, 2), ((2, 3, 4), 1, 2, 1)]


def _places(of):
    def generate(random):
        for shape, *rest in _PLACES:
            yield of(random, shape, dict(zip(("offset", "axis1", "axis2"), rest, strict=True)))

    return generate


on_diagonal = dispatched(primitive(
    "on_diagonal", helper=helpers.on_diagonal, shape=lambda g, offset, axis1, axis2, shape: shape, dtype=first_dtype,
    derivative=lambda g, y, x, offset, axis1, axis2, shape: np.diagonal(g, offset, axis1, axis2),
    python="on_diagonal({0}, {offset}, {axis1}, {axis2}, {shape})", latex=r"\operatorname{on\_diagonal}({0}, {offset})",
    examples=_places(
        lambda random, shape, params: ((random.normal(size=_diagonal_shape(shape, **params)),), {**params, "shape": shape})
    ),
))  # fmt: skip
diagonal = primitive(
    "diagonal", shape=_diagonal_shape, dtype=first_dtype, params={"offset": 0, "axis1": 0, "axis2": 1},
    derivative=lambda g, y, x, offset, axis1, axis2: on_diagonal(g, offset, axis1, axis2, np.shape(x)),
    python="np.diagonal({0}, offset={offset}, axis1={axis1}, axis2={axis2})", latex=r"\operatorname{diagonal}({0}, {offset})",
    examples=_places(lambda random, shape, params: ((random.normal(size=shape),), params)),
)  # fmt: skip
diag = primitive(
    "diag", shape=lambda v, k: (v[0] + abs(k),) * 2, dtype=first_dtype, params={"k": 0},
    derivative=lambda g, y, v, k: np.diagonal(g, k),
    python="np.diag({0}, k={k})", latex=r"\operatorname{diag}({0}, {k})",
    examples=lambda random: [((random.normal(size=(3,)),), {"k": k}) for k in (0, 1, -2)],
)  # fmt: skip


@implements(np.diagonal)
def _diagonal(a, offset=0, axis1=0, axis2=1):
    axis1, axis2 = (normalize_axis_index(axis, np.ndim(a)) for axis in (axis1, axis2))
    return bind(diagonal, (a,), (("offset", int(offset)), ("axis1", axis1), ("axis2", axis2)))


@implements(np.diag)
def _diag(v, k=0):
    return bind(diag, (v,), (("k", int(k)),)) if np.ndim(v) == 1 else _diagonal(v, k)


register(
    {
        np.trace: lambda a, offset=0, axis1=0, axis2=1: np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1),
        np.diagflat: lambda v, k=0: np.diag(np.reshape(v, -1), k),
        np.linalg.diagonal: lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1),
        np.linalg.trace: lambda x, /, *, offset=0: np.trace(x, offset, -2, -1),
    }
)
