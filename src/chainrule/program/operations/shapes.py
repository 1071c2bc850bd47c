"""Operations that rearrange elements: transposing, reshaping, broadcasting, concatenating."""

import functools
import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, broadcast, require_same, shape_text
from ...core.location import user_frame
from ...core.messages import message
from ...core.primitive import PRIMITIVES, first_dtype, primitive
from .. import names
from ..examples import of_shapes
from ..inplace.memory import laid_out
from ..sizes.numbers import size_in
from .common import common_dtype, implements, ndim_of

transpose = primitive(
    "transpose", shape=lambda shape, axes: tuple(shape[axis] for axis in axes), dtype=first_dtype,
    derivative=lambda g, y, x, axes: np.transpose(g, tuple(int(each) for each in np.argsort(axes))),
    python="np.transpose({0}, {axes})",
    examples=of_shapes((((2, 3, 4),), {"axes": (2, 0, 1)}), (((2, 3),), {"axes": (0, 1)})),
)  # fmt: skip
matrix_transpose = primitive(
    "T", shape=lambda shape: shape[::-1], dtype=first_dtype, derivative=lambda g, y, x: np.transpose(g),
    python="{0}.T", latex="{0}^T", examples=of_shapes((((2, 3),), {}), (((2, 3, 4),), {})),
)  # fmt: skip


def _reshape_shape(old: Shape, shape: Shape) -> Shape:
    if math.prod(old) != math.prod(shape):
        raise ShapeMismatch(
            message("{old} cannot be reshaped to {new}", old=shape_text(old), new=shape_text(shape)), (0, 0)
        )
    return shape


reshape = primitive(
    "reshape", shape=_reshape_shape, dtype=first_dtype, derivative=lambda g, y, x, shape: np.reshape(g, np.shape(x)),
    python="np.reshape({0}, {shape})",
    examples=of_shapes((((2, 3),), {"shape": (3, 2)}), (((6,),), {"shape": (2, 3)}), (((1,),), {"shape": ()})),
)  # fmt: skip


def _broadcast_shape(old: Shape, shape: Shape) -> Shape:
    try:
        fits = broadcast(old, shape) == shape
    except ShapeMismatch:
        fits = False
    if not fits:
        raise ShapeMismatch(
            message("{old} cannot be broadcast to {new}", old=shape_text(old), new=shape_text(shape)), (0, 0)
        )
    return shape


broadcast_to = primitive(
    "broadcast_to", shape=_broadcast_shape, dtype=first_dtype, derivative=lambda g, y, x, shape: g,
    python="np.broadcast_to({0}, {shape})", latex="{0}",
    examples=of_shapes((((3, 1),), {"shape": (3, 2)}), (((2,),), {"shape": (3, 2)}), (((),), {"shape": (2,)})),
)  # fmt: skip


def _concatenate_shape(*shapes: Shape, axis: int = 0) -> Shape:
    first = shapes[0]
    for position, shape in enumerate(shapes):
        for each, (size, other) in enumerate(zip(first, shape, strict=False)):
            if each != axis:
                require_same(size, other, "the sizes differ", (0, position), (each, each))
        if len(shape) != len(first):
            raise ShapeMismatch("the numbers of axes differ", (0, position))
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def _concatenate_rule(g, y, *parts, axis=0):
    """One rule for all parts, which returns the list of their errors."""
    errors, start = [], 0
    for part in parts:
        stop = start + np.shape(part)[axis]
        errors.append(g[(slice(None),) * axis + (slice(start, stop),)])
        start = stop
    return errors


concatenate = primitive(
    "concatenate", shape=_concatenate_shape, dtype=common_dtype, params={"axis": 0}, derivative=_concatenate_rule,
    python="np.concatenate([{*}], axis={axis})", latex=r"\operatorname{concat}({*})",
    examples=of_shapes((((2, 3), (4, 3)), {"axis": 0}), (((2, 1), (2, 3), (2, 2)), {"axis": 1}), (((3,), (2,)), {"axis": 0})),
)  # fmt: skip


def _stack_shape(*shapes: Shape, axis: int = 0) -> Shape:
    for position, shape in enumerate(shapes):
        for each, (size, other) in enumerate(zip(shapes[0], shape, strict=True)):
            require_same(size, other, "the sizes differ", (0, position), (each, each))
    return (*shapes[0][:axis], len(shapes), *shapes[0][axis:])


stack = primitive(
    "stack", shape=_stack_shape, dtype=common_dtype, params={"axis": 0},
    derivative=lambda g, y, *parts, axis=0: [g[(slice(None),) * axis + (place,)] for place in range(len(parts))],
    python="np.stack([{*}], axis={axis})", latex=r"\left[{*}\right]",
    examples=of_shapes((((2, 3), (2, 3)), {"axis": 0}), (((2, 3), (2, 3), (2, 3)), {"axis": 1}), (((), ()), {"axis": 0})),
)  # fmt: skip


@implements(np.transpose)
def _transpose(a, axes=None):
    ndim = ndim_of(a)
    if ndim < 2:
        return a
    axes = tuple(range(ndim))[::-1] if axes is None else normalize_axis_tuple(axes, ndim)
    if len(axes) != ndim:
        raise ValueError(f"axes don't match array: {len(axes)} of them, for {ndim}.")
    if axes == tuple(range(ndim))[::-1]:
        return bind(matrix_transpose, (a,))
    return bind(transpose, (a,), (("axes", axes),))


@implements(np.reshape)
def _reshape(a, shape):
    shape = (size_in(shape),) if isinstance(shape, (int, np.integer)) else tuple(map(size_in, shape))
    if -1 in shape:
        known = math.prod(size for size in shape if size != -1)
        shape = tuple(a.size // max(known, 1) if size == -1 else size for size in shape)
    shape = tuple(size if isinstance(size, int) else int(size) for size in shape)
    return a if shape == a.shape else bind(reshape, (a,), (("shape", shape),))


@implements(np.broadcast_to)
def _broadcast_to(array, shape):
    shape = (size_in(shape),) if isinstance(shape, (int, np.integer)) else tuple(map(size_in, shape))
    return array if shape == np.shape(array) else bind(broadcast_to, (array,), (("shape", shape),))


@implements(np.concatenate)
def _concatenate(arrays, axis=0):
    ndim = max(np.ndim(array) for array in arrays)
    if axis is None:
        return _concatenate([np.reshape(array, -1) for array in arrays])
    return bind(concatenate, tuple(arrays), (("axis", normalize_axis_index(axis, ndim)),))


@implements(np.copy)
def copy_of(a, order="C"):
    """A traced copy, which has memory of its own; it leaves no line, so what it copies takes its name."""
    if a.tape.naming and a.primitive is not None and not a.name and (frame := user_frame()) is not None:
        a.name = names.target_name(frame)
    return laid_out(functools.partial(bind, PRIMITIVES["identity"], (a,)), functools.partial(np.array, order=order))
