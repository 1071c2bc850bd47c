"""Where an array lies in a block of memory: an index into the block and the order of its axes, or else its elements' places."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...core.symbols import Array


class Window(NamedTuple):
    """A part of a block, `block[parts]`, and how its axes correspond to those of an array.

    `order` gives the array's axis for each axis of `block[parts]`; further axes of size 1 of the array are omitted.
    """

    parts: tuple[Any, ...]
    order: tuple[int, ...]

    def is_whole(self, home: Array) -> bool:
        """Whether it is all of the block, with the axes in order."""
        full = all(isinstance(part, slice) and part == slice(None) for part in self.parts)
        return full and self.order == tuple(range(home.ndim))


def window(array: Array, home: Array) -> Window:
    """The part of `home` that a view covers.

    A view that slices cannot express, such as a diagonal, is given by the places of its elements.
    """
    if array is home:
        return Window((slice(None),) * home.ndim, tuple(range(home.ndim)))
    start = _address(array) - _address(home)
    sizes = [axis for axis in range(array.ndim) if array.shape[axis] != 1]
    places, left = [0] * home.ndim, start
    # Axes whose stride is negative count from their end; the others, from the largest stride on, from their start.
    for axis in range(home.ndim):
        if home.strides[axis] < 0:
            places[axis] = home.shape[axis] - 1
            left -= home.strides[axis] * (home.shape[axis] - 1)
    for axis in sorted(range(home.ndim), key=lambda axis: -abs(home.strides[axis])):
        stride = abs(home.strides[axis])
        if home.shape[axis] > 1 and stride:
            steps, left = divmod(left, stride)
            places[axis] += steps if home.strides[axis] > 0 else -steps
    found: dict[int, tuple[int, int]] = {}  # by the block's axis: the array's axis, and the step
    for each in sizes:
        for axis in sorted(range(home.ndim), key=lambda axis: -abs(home.strides[axis])):
            stride = home.strides[axis]
            if axis in found or home.shape[axis] == 1 or not stride or array.strides[each] % stride:
                continue
            step = array.strides[each] // stride
            last = places[axis] + step * (array.shape[each] - 1)
            if step and 0 <= last < home.shape[axis]:
                found[axis] = each, step
                break
    if left or len(found) < len(sizes) or not all(0 <= p < n for p, n in zip(places, home.shape, strict=True)):
        return Window(places_in(array, home), tuple(range(array.ndim)))
    parts: list[Any] = []
    for axis, place in enumerate(places):
        if axis in found:
            each, step = found[axis]
            parts.append(_slice(place, step, array.shape[each], home.shape[axis]))
        else:
            parts.append(place if home.shape[axis] != 1 or array.ndim < home.ndim else slice(None))
    order = [found[axis][0] if axis in found else -1 for axis in range(home.ndim) if isinstance(parts[axis], slice)]
    spare = iter(axis for axis in range(array.ndim) if axis not in sizes)
    return Window(tuple(parts), tuple(next(spare, -1) if axis < 0 else axis for axis in order))


def _slice(start: int, step: int, count: int, size: int) -> slice:
    """The slice as a user would write it."""
    if step == 1:
        stop = start + count
        return slice(start or None, stop if stop < size else None)
    stop = start + step * (count - 1) + (1 if step > 0 else -1)
    first = start == 0 if step > 0 else start == size - 1
    return slice(None if first else start, None if stop < 0 or stop >= size else stop, step)


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def places_in(array: Array, home: Array) -> tuple[Array, ...]:
    """The places of a view's elements in the block, as an array of ints for each axis."""
    size = home.itemsize
    low, high = np.lib.array_utils.byte_bounds(home)
    numbers = np.zeros((high - low) // size, np.intp)
    scaled = [tuple(stride // size * numbers.itemsize for stride in each.strides) for each in (home, array)]
    offsets = [(_address(each) - low) // size * numbers.itemsize for each in (home, array)]
    count = np.ndarray(home.shape, np.intp, numbers, offsets[0], scaled[0])
    count[...] = np.arange(home.size).reshape(home.shape)
    taken = np.ndarray(array.shape, np.intp, numbers, offsets[1], scaled[1])
    return tuple(each.copy() for each in np.unravel_index(taken, home.shape))


def oriented(value: Any, shape: tuple[int, ...], target: tuple[int, ...], order: tuple[int, ...]) -> Any:
    """A value to be assigned to an array of `shape`, transposed and reshaped for the block's part of shape `target`."""
    if not np.ndim(value):
        return value
    if np.ndim(value) > len(shape):  # leading axes of size 1, which NumPy drops
        value = np.reshape(value, np.shape(value)[np.ndim(value) - len(shape) :])
    kept = tuple(axis for axis in order if axis >= 0)
    if kept == tuple(range(len(shape))) and len(order) == len(shape):
        return value
    value = np.broadcast_to(value, shape)
    others = [axis for axis in range(len(shape)) if axis not in kept]
    return np.reshape(np.transpose(value, (*kept, *others)), target)
