"""Einstein summation, and the products that it generalizes: tensordot, inner, kron, cross and the like."""

import itertools
import math
import string
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, broadcast, require_same
from ...core.location import refuse
from ...core.messages import message
from ...core.primitive import primitive, ufunc_dtype
from ...core.traced import FUNCTIONS
from ..dimension_errors import require_same_axes
from ..examples import of_shapes
from ..sizes.numbers import note_numbers
from .common import array_of, implements, register, strongly_typed
from .creating import of_size


def _split(subscripts):
    inputs, output = subscripts.split("->")
    return inputs.split(","), output


def _sizes(subscripts, shapes):
    sizes: dict[str, int] = {}
    places: dict[str, tuple[int, int]] = {}  # the operand and its axis that each size is taken from
    inputs, output = _split(subscripts)
    for position, (labels, shape) in enumerate(zip(inputs, shapes, strict=True)):
        if len(labels) != len(shape):
            reason = message(
                "{labels} names {count} axes, and there are {axes}",
                labels=labels or "nothing",
                count=len(labels),
                axes=len(shape),
            )
            raise ShapeMismatch(reason, (position, position))
        for axis, (label, size) in enumerate(zip(labels, shape, strict=True)):
            known = sizes.get(label, 1)
            if known != 1 != size:
                other, its_axis = places[label]
                reason = message("the sizes along {label} differ", label=label)
                require_same(known, size, reason, (other, position), (its_axis, axis))
            if label not in sizes or size != known == 1 or (size == known and type(known) is int):
                sizes[label], places[label] = size, (position, axis)
    return sizes, output


def _einsum_shape(*shapes: Shape, subscripts: str) -> Shape:
    sizes, output = _sizes(subscripts, shapes)
    return tuple(sizes[label] for label in output)


def _einsum_dtype(*dtypes, subscripts):
    """The common dtype; NumPy takes a Python number here as float64 or int64, which decide, too."""
    return np.result_type(*(np.dtype(dtype) for dtype in dtypes))


def _einsum_rule(g, y, *operands, subscripts):
    """The error of an operand is an Einstein sum of the result's error and the other operands."""
    inputs, output = _split(subscripts)
    sizes, _ = _sizes(subscripts, [np.shape(each) for each in operands])
    unused = (letter for letter in string.ascii_letters if letter not in subscripts)
    errors = []
    for position, labels in enumerate(inputs):
        others = [each for p, each in enumerate(operands) if p != position]
        names = [each for p, each in enumerate(inputs) if p != position]
        target, eyes = "", []
        for label in labels:  # a label that stands twice means a diagonal
            fresh = next(unused) if label in target else label
            eyes += [(label + fresh, of_size("eye", sizes[label], g).astype(g.dtype))] if fresh != label else []
            target += fresh
        known = set(output).union(*names, *(pair for pair, _ in eyes))
        found = "".join(label for label in target if label in known)
        written = ",".join([output, *names, *(pair for pair, _ in eyes)])
        error = np.einsum(f"{written}->{found}", g, *others, *(eye for _, eye in eyes))
        if found != target:  # an axis that is only summed spreads the error evenly
            kept = tuple(size if label in known else 1 for size, label in zip(_of(sizes, labels), target, strict=True))
            error = np.broadcast_to(np.reshape(error, kept), _of(sizes, labels))
        errors.append(error)
    return errors


def _of(sizes, labels):
    return tuple(sizes[label] for label in labels)


einsum = primitive(
    "einsum", shape=_einsum_shape, dtype=_einsum_dtype, derivative=_einsum_rule,
    python="np.einsum('{subscripts}', {*})", latex=r"\operatorname{einsum}_{\mathrm{{subscripts}}}({*})",
    examples=of_shapes(
        (((2, 3), (3, 4)), {"subscripts": "ij,jk->ik"}), (((2, 3),), {"subscripts": "ij->ji"}),
        (((3, 3),), {"subscripts": "ii->i"}), (((3, 3),), {"subscripts": "ii->"}), (((2, 3),), {"subscripts": "ij->j"}),
        (((3,), (3, 2), (2,)), {"subscripts": "i,ij,j->"}), (((2, 3, 4), (2, 4)), {"subscripts": "bij,bj->bi"}),
        (((3,), (2,)), {"subscripts": "i,j->ij"}), (((2, 3), (4,)), {"subscripts": "ij,k->k"}),
        (((1, 3), (2, 3)), {"subscripts": "ij,ij->ij"}), (((2, 3, 3),), {"subscripts": "bii->b"}),
    ),
)  # fmt: skip


# ---- NumPy's signatures ------------------------------------------------------------------------------------------------


def _explicit(subscripts, operands):
    """The subscripts with an explicit output, and letters in the place of an ellipsis."""
    subscripts = subscripts.replace(" ", "")
    given, arrow, output = subscripts.partition("->")
    inputs = given.split(",")
    if len(inputs) != len(operands):
        raise ValueError(f"np.einsum({subscripts!r}) names {len(inputs)} operands, and {len(operands)} are given")
    free = [letter for letter in string.ascii_letters if letter not in subscripts]
    dots = max(
        (np.ndim(x) - len(labels) + 3 for labels, x in zip(inputs, operands, strict=True) if "..." in labels), default=0
    )
    stack = "".join(free[:dots])
    inputs = [
        labels.replace("...", stack[len(stack) - (np.ndim(x) - len(labels) + 3) :] if "..." in labels else "")
        for labels, x in zip(inputs, operands, strict=True)
    ]
    if arrow:
        output = output.replace("...", stack)
    else:
        counts = Counter("".join(inputs))
        output = stack + "".join(sorted(label for label, times in counts.items() if times == 1 and label not in stack))
    return f"{','.join(inputs)}->{output}"


@implements(np.einsum)
def _einsum(*operands, optimize=False):
    if not isinstance(operands[0], str):  # np.einsum(a, [0, 1], b, [1, 2], [0, 2])
        arrays, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
        written = [
            "".join("..." if each is Ellipsis else string.ascii_letters[each] for each in labels) for labels in lists
        ]
        output = ""
        if len(operands) % 2:
            output = "->" + "".join("..." if e is Ellipsis else string.ascii_letters[e] for e in operands[-1])
        return _einsum(",".join(written) + output, *arrays)
    subscripts, *given = operands
    found = tuple(map(array_of, given))
    written = _explicit(subscripts, found)
    made = next(filter(None, (attempt(written, found) for attempt in OTHERWISE)), None)
    return bind(*(made or (einsum, found, (("subscripts", written),))))


OTHERWISE: list[Callable[[str, Sequence[Any]], Any]] = []
"""What may be recorded for an Einstein sum of explicit subscripts and these operands: another operation, its operands, params."""


def _product(sizes):
    """How many elements axes of these sizes have; a single size keeps its name."""
    return sizes[0] if len(sizes) == 1 else math.prod(sizes)


@implements(np.tensordot, np.linalg.tensordot)
def _tensordot(a, b, axes=2):
    ndims = np.ndim(a), np.ndim(b)
    if isinstance(axes, (int, np.integer)):
        axes = (tuple(range(ndims[0] - axes, ndims[0])), tuple(range(axes)))
    left, right = (
        tuple(axis % ndim for axis in (each if isinstance(each, (tuple, list)) else (each,)))
        for each, ndim in zip(axes, ndims, strict=True)
    )
    if len(left) > 1:  # which are joined below, so that the product cannot tell one from another
        require_same_axes("np.tensordot", (a, b), tuple(zip(left, right, strict=True)))
    kept = [
        tuple(axis for axis in range(ndim) if axis not in used) for ndim, used in zip(ndims, (left, right), strict=True)
    ]
    rows, columns, inner, its_inner = (
        tuple(np.shape(x)[axis] for axis in each) for x, each in ((a, kept[0]), (b, kept[1]), (a, left), (b, right))
    )
    one = np.reshape(np.transpose(a, (*kept[0], *left)), (_product(rows), _product(inner)))
    other = np.reshape(np.transpose(b, (*right, *kept[1])), (_product(its_inner), _product(columns)))
    return np.reshape(one @ other, (*rows, *columns))


@implements(np.inner)
def _inner(a, b):
    if not np.ndim(a) or not np.ndim(b):
        return strongly_typed(a) * strongly_typed(b)
    if min(np.ndim(a), np.ndim(b)) == 1:
        return a @ b if np.ndim(b) == 1 else b @ a
    return np.tensordot(a, b, axes=((-1,), (-1,)))


@implements(np.kron)
def _kron(a, b):
    ndim = max(np.ndim(a), np.ndim(b))
    shapes = [(1,) * (ndim - np.ndim(each)) + np.shape(each) for each in (a, b)]
    wide = tuple(itertools.chain(*((size, 1) for size in shapes[0])))
    deep = tuple(itertools.chain(*((1, size) for size in shapes[1])))
    product = np.reshape(a, wide) * np.reshape(b, deep)
    return np.reshape(product, tuple(one * other for one, other in zip(*shapes, strict=True)))


cross = primitive(
    "cross", shape=lambda a, b: (*broadcast(a[:-1], b[:-1]), 3), dtype=ufunc_dtype(np.multiply),
    python="np.cross({0}, {1})", latex=r"{0} \times {1}",
    derivative=(lambda g, y, a, b: np.cross(b, g), lambda g, y, a, b: np.cross(g, a)),
    examples=of_shapes((((3,), (3,)), {}), (((2, 3), (3,)), {}), (((2, 3), (2, 3)), {}), (((2, 1, 3), (4, 3)), {})),
)  # fmt: skip


@implements(np.cross)
def _cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        refuse("np.cross of vectors that are not of 3 numbers has no derivative here", "write the products out")
    note_numbers([np.shape(a)[-1], np.shape(b)[-1]])  # which NumPy also takes of 2
    if axisc in (-1, max(np.ndim(a), np.ndim(b)) - 1):
        return bind(cross, (a, b))
    return np.moveaxis(bind(cross, (a, b)), -1, axisc)


def _vecdot(x1, x2, axis=-1):
    if np.shape(x1)[axis] != np.shape(x2)[axis]:
        raise ValueError(
            f"np.vecdot needs as many numbers on each side, and there are {np.shape(x1)[axis]} and {np.shape(x2)[axis]}."
        )
    return np.sum(np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1), axis=-1)


for _name, _ours in {
    "vecdot": _vecdot,
    "matvec": lambda x1, x2: np.squeeze(x1 @ np.expand_dims(x2, -1), -1),
    "vecmat": lambda x1, x2: np.squeeze(np.expand_dims(x1, -2) @ x2, -2),
}.items():
    if hasattr(np, _name):  # NumPy 2.0, 2.2 and 2.2
        FUNCTIONS[getattr(np, _name)] = _ours


register(
    {
        np.linalg.cross: lambda x1, x2, /, *, axis=-1: np.cross(x1, x2, axis=axis),
        np.vdot: lambda a, b: np.reshape(a, -1) @ np.reshape(b, -1),
        np.linalg.vecdot: lambda x1, x2, /, *, axis=-1: _vecdot(x1, x2, axis),
        np.linalg.matmul: lambda x1, x2, /: x1 @ x2,
        np.linalg.outer: lambda x1, x2, /: np.outer(x1, x2),
    }
)
