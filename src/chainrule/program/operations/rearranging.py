"""Joining, splitting, repeating, flipping, rolling and padding arrays, most of them compositions of slices and reshapes."""

import itertools
import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...core.binding import bind
from ...core.dims import Shape
from ...core.location import refuse
from ...core.messages import listed
from ...core.primitive import first_dtype, primitive
from ...core.traced import FUNCTIONS, Traced
from ..inplace.memory import laid_out, layout_of
from ..sizes.bounds import assume
from ..sizes.numbers import Sized, note_numbers, note_shapes, size_in
from .common import along, implements, lines_along, of_sizes_at_hand, part_of, register

# ---- flipping and moving axes --------------------------------------------------------------------------------------------


@implements(np.flip)
def _flip(m, axis=None):
    axes = range(np.ndim(m)) if axis is None else normalize_axis_tuple(axis, np.ndim(m))
    return m[tuple(slice(None, None, -1 if place in axes else None) for place in range(np.ndim(m)))]


@implements(np.rot90)
def _rot90(m, k=1, axes=(0, 1)):
    one, other = (normalize_axis_index(axis, np.ndim(m)) for axis in axes)
    k = k % 4
    if k == 2:
        return np.flip(m, (one, other))
    if k == 0:
        return m
    return np.swapaxes(np.flip(m, other), one, other) if k == 1 else np.flip(np.swapaxes(m, one, other), other)


@implements(np.moveaxis)
def _moveaxis(a, source, destination):
    ndim = np.ndim(a)
    sources, destinations = normalize_axis_tuple(source, ndim), normalize_axis_tuple(destination, ndim)
    if len(sources) != len(destinations):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [axis for axis in range(ndim) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return a if order == list(range(ndim)) else np.transpose(a, order)


@implements(np.rollaxis)
def _rollaxis(a, axis, start=0):
    ndim = np.ndim(a)
    axis, start = normalize_axis_index(axis, ndim), start + ndim if start < 0 else start
    return np.moveaxis(a, axis, start - (axis < start))


@implements(np.matrix_transpose, np.linalg.matrix_transpose)
def _matrix_transpose(x, /):
    return np.swapaxes(x, -1, -2)


roll = primitive(
    "roll", shape=lambda x, shift, axis: x, dtype=first_dtype,
    derivative=lambda g, y, x, shift, axis: np.roll(g, tuple(-each for each in shift), axis),
    python="np.roll({0}, {shift}, axis={axis})",
    examples=lambda random: [
        ((random.normal(size=(3, 4)),), {"shift": shift, "axis": axis}) for shift, axis in [((1,), (0,)), ((-2, 1), (1, 0))]
    ],
)  # fmt: skip


@implements(np.roll)
def _roll(a, shift, axis=None):
    if axis is None:
        return np.reshape(np.roll(np.reshape(a, -1), shift, 0), np.shape(a))
    axes = normalize_axis_tuple(axis, np.ndim(a), allow_duplicate=True)
    given = shift.ravel() if isinstance(shift, np.ndarray) else shift if isinstance(shift, (tuple, list)) else [shift]
    shifts = tuple(each.operand if isinstance(each, Sized) else int(each) for each in given)
    if len(shifts) == 1:
        shifts *= len(axes)
    elif len(shifts) != len(axes):
        raise ValueError(f"{len(shifts)} shifts are given for {len(axes)} axes")
    return bind(roll, (a,), (("shift", shifts), ("axis", axes)))


# ---- joining and splitting -------------------------------------------------------------------------------------------------


def _at_least(ndim):
    """The function that gives each array at least so many axes: a vector becomes a row, and a matrix gets a new last axis."""
    row = (-1,) if ndim == 1 else (1, -1, 1)[:ndim]

    def wide(a):
        if np.ndim(a) >= ndim:
            return a
        return a[:, :, None] if np.ndim(a) == 2 else np.reshape(a, row)

    def of(*arys):
        return wide(arys[0]) if len(arys) == 1 else tuple(map(wide, arys))

    return of


@implements(np.column_stack)
def _column_stack(tup):
    return np.concatenate([np.reshape(each, (-1, 1)) if np.ndim(each) < 2 else each for each in tup], axis=1)


@implements(np.append)
def _append(arr, values, axis=None):
    values = np.reshape(values, -1) if axis is None else values
    arr, axis = lines_along(arr, axis)
    return np.concatenate([arr, values], axis=axis)


@implements(np.block)
def _block(arrays):
    def depth(part):
        return 1 + max(map(depth, part)) if isinstance(part, list) else 0

    def joined(part, level, ndim):
        if isinstance(part, list):
            return np.concatenate([joined(each, level - 1, ndim) for each in part], axis=-level)
        return np.reshape(part, (1,) * (ndim - np.ndim(part)) + np.shape(part))

    def ndims(part):
        return max(map(ndims, part)) if isinstance(part, list) else np.ndim(part)

    if not isinstance(arrays, list):
        return np.copy(arrays)
    return joined(arrays, depth(arrays), max(depth(arrays), ndims(arrays)))


@implements(np.array_split)
def _array_split(ary, indices_or_sections, axis=0):
    axis = normalize_axis_index(axis, np.ndim(ary))
    size = np.shape(ary)[axis]
    if np.ndim(indices_or_sections):
        places = [int(each) for each in indices_or_sections]
    else:
        count = operator.index(indices_or_sections)
        each, more = divmod(size, count)
        places = list(itertools.accumulate([each + 1] * more + [each] * (count - more)))[:-1]
    return [part_of(ary, axis, *pair) for pair in itertools.pairwise([0, *places, size])]


@implements(np.split)
def _split(ary, indices_or_sections, axis=0):
    if np.ndim(indices_or_sections):
        return np.array_split(ary, indices_or_sections, axis)
    axis, count = normalize_axis_index(axis, np.ndim(ary)), operator.index(indices_or_sections)
    size = np.shape(ary)[axis]
    if not assume("eq", size % count, 0):
        raise ValueError("array split does not result in an equal division")
    return [part_of(ary, axis, k * (size // count), (k + 1) * (size // count)) for k in range(count)]


def _unstack(x, /, *, axis=0):
    axis = normalize_axis_index(axis, np.ndim(x))
    note_numbers(np.shape(x)[axis : axis + 1])
    return tuple(x[along(axis, place)] for place in range(np.shape(x)[axis]))


if hasattr(np, "unstack"):  # NumPy 2.1
    FUNCTIONS[np.unstack] = _unstack


@implements(np.broadcast_arrays)
def _broadcast_arrays(*args):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(each, shape) for each in args)


@implements(np.meshgrid)
def _meshgrid(*xi, indexing="xy"):
    count = len(xi)
    places = [1, 0, *range(2, count)] if indexing == "xy" and count > 1 else list(range(count))
    shaped = [
        np.reshape(each, tuple(-1 if axis == place else 1 for axis in range(count)))
        for each, place in zip(xi, places, strict=True)
    ]
    return tuple([np.copy(each, order="C") for each in np.broadcast_arrays(*shaped)])


# ---- repeating -------------------------------------------------------------------------------------------------------------


@implements(np.tile)
def _tile(A, reps):
    reps = tuple(reps) if np.ndim(reps) else (operator.index(reps),)
    ndim = max(len(reps), np.ndim(A))
    reps, shape = (1,) * (ndim - len(reps)) + reps, (1,) * (ndim - np.ndim(A)) + np.shape(A)
    pairs = tuple(itertools.chain(*zip((1,) * ndim, shape, strict=True)))
    wide = tuple(itertools.chain(*zip(reps, shape, strict=True)))
    final = tuple(int(rep) * size for rep, size in zip(reps, shape, strict=True))
    return np.copy(np.reshape(np.broadcast_to(np.reshape(A, pairs), wide), final))


@implements(np.repeat)
def _repeat(a, repeats, axis=None):
    a, axis = lines_along(a, axis, numbers=True)
    return np.take(a, np.repeat(np.arange(np.shape(a)[axis]), repeats), axis=axis)


@implements(np.resize)
def _resize(a, new_shape):
    size = int(np.prod(new_shape, dtype=int))
    if not a.size:
        return np.zeros(new_shape, a.dtype)
    return np.reshape(np.take(a, np.arange(size) % a.size), new_shape)


@implements(np.delete)
def _delete(arr, obj, axis=None):
    arr, axis = lines_along(arr, axis)
    numbers = np.delete(np.arange(np.shape(arr)[axis]), obj)
    return laid_out(lambda: np.take(arr, numbers, axis=axis), lambda a, places: np.delete(a, obj, axis))


@implements(np.insert)
def _insert(arr, obj, values, axis=None):
    if isinstance(obj, Traced):
        refuse("np.insert has no derivative here at traced places", "pass plain ints for the places")
    arr, axis = lines_along(arr, axis)
    size, kind = np.shape(arr)[axis], np.result_type(arr)
    values = values.astype(kind) if isinstance(values, Traced) else np.asarray(values, kind)
    new = np.insert(np.arange(size), obj, 0).size - size
    if new == 1:  # all values are inserted at one index; for an int, along their first axis
        values = np.reshape(values, (1,) * (np.ndim(arr) - np.ndim(values)) + np.shape(values))
        values = values if np.ndim(obj) or isinstance(obj, slice) else np.moveaxis(values, 0, axis)
        new = np.shape(values)[axis]
    numbers = np.insert(np.arange(size), obj, size + np.arange(new))  # new elements are concatenated after the old ones
    shape = (*np.shape(arr)[:axis], new, *np.shape(arr)[axis + 1 :])
    joined = np.concatenate([arr, np.broadcast_to(values, shape)], axis=axis)
    flags = layout_of(arr).flags if isinstance(arr, Traced) else np.asarray(arr).flags
    order = "F" if flags.fnc else "C"
    return laid_out(lambda: np.take(joined, numbers, axis=axis), lambda a, places: np.take(a, places, axis).copy(order))


# ---- padding ---------------------------------------------------------------------------------------------------------------


def _pad_shape(shape: Shape, width) -> Shape:
    return tuple(size + before + after for size, (before, after) in zip(shape, width, strict=True))


def _pad_rule(g, y, x, width):
    """What is inside of the padding."""
    ends = (
        before + size if isinstance(after, Sized) else -after or None
        for size, (before, after) in zip(np.shape(x), width, strict=True)
    )
    starts = (before if isinstance(before, Sized) else before or None for before, _ in width)
    return g[tuple(map(slice, starts, ends))]


pad = primitive(
    "pad", shape=_pad_shape, dtype=first_dtype,
    derivative=_pad_rule, python="np.pad({0}, {width})",
    examples=lambda random: [
        ((random.normal(size=(2, 3)),), {"width": ((1, 0), (0, 2))}), ((random.normal(size=(3,)),), {"width": ((2, 1),)}),
    ],
)  # fmt: skip

_INDEX_MODES = ("edge", "wrap", "reflect", "symmetric")


def _sizes_within(width):
    """Widths with the sizes that stand for symbolic numbers."""
    return [*map(_sizes_within, width)] if isinstance(width, (tuple, list)) else size_in(width)


@implements(np.pad)
def _pad(array, pad_width, mode="constant", *, constant_values=0, reflect_type="even"):
    if not np.ndim(array):  # a number has no axis to pad
        return np.copy(array)
    if isinstance(pad_width, dict):  # by axis
        given = {normalize_axis_index(axis, np.ndim(array)): width for axis, width in pad_width.items()}
        pad_width = [np.broadcast_to(given.get(axis, 0), 2) for axis in range(np.ndim(array))]
    pairs = np.broadcast_to(np.asarray(_sizes_within(pad_width), object), (np.ndim(array), 2)).tolist()
    width = tuple(
        tuple(each.operand if isinstance(each, Sized) else operator.index(each) for each in pair) for pair in pairs
    )
    if mode == "constant" and isinstance(constant_values, (int, float)) and constant_values == 0:
        return bind(pad, (array,), (("width", width),))
    note_shapes([array])
    note_numbers(width)
    if mode == "constant":
        if np.ndim(constant_values):
            refuse("np.pad with several constant values has no derivative here", "pad once for each of them")
        around = np.pad(np.zeros(np.shape(array), bool), width, constant_values=True)
        kind = np.result_type(array)
        value = (
            constant_values.astype(kind)
            if isinstance(constant_values, Traced)
            else np.asarray(constant_values, kind)[()]
        )
        return np.where(around, value, np.pad(array, width))
    if mode not in _INDEX_MODES or reflect_type != "even":
        refuse(
            "np.pad(…, mode={mode!r}) has no derivative here",
            "write one of constant, {listed}",
            mode=mode,
            listed=listed(_INDEX_MODES),
        )
    for axis, (before, after) in enumerate(width):
        if before or after:
            array = np.take(array, np.pad(np.arange(np.shape(array)[axis]), (before, after), mode), axis=axis)
    return array


# ---- shifting spectra ------------------------------------------------------------------------------------------------------


def _spectrum_shift(sign):
    def shift(x, axes=None):
        places = tuple(range(np.ndim(x))) if axes is None else normalize_axis_tuple(axes, np.ndim(x))
        sizes = [np.shape(x)[place] for place in places]
        return np.roll(x, [size // 2 if sign > 0 else -(size // 2) for size in sizes], places)

    return shift


register(
    {
        np.fliplr: lambda m: m[:, ::-1],
        np.flipud: lambda m: m[::-1],
        np.dstack: lambda tup: np.concatenate([np.atleast_3d(each) for each in tup], axis=2),
        np.fft.fftshift: _spectrum_shift(1),
        np.fft.ifftshift: _spectrum_shift(-1),
        np.atleast_1d: _at_least(1),
        np.atleast_2d: _at_least(2),
        np.atleast_3d: _at_least(3),
        np.vsplit: lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 0),
        np.hsplit: lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0),
        np.dsplit: lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 2),
    }
)

of_sizes_at_hand(np.delete, np.insert, np.meshgrid, np.repeat, np.resize)
