"""Compositions: evenly spaced numbers between traced ends, and functions that return indices."""

import operator

import numpy as np

from ...core.location import refuse
from ...core.traced import Traced
from ..sizes.bounds import assume
from ..sizes.numbers import Sized, size_in
from .common import float64_of, implements, of_sizes_at_hand, register
from .creating import of_size


@implements(np.linspace)
def _linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    num = size_in(num) if isinstance(num, Sized) else operator.index(num)
    parts = _intervals(num, endpoint)
    start, stop = _floats(start, stop)
    step = (stop - start) / parts if parts else (stop - start) * np.nan
    first, last, width, places = _in_front(num, start, stop, step)
    found = places * width + first if parts else places * (last - first) + first
    if endpoint and parts:
        found = np.where(places == num - 1, last, found)
    found = _cast(np.moveaxis(found, 0, axis), dtype)
    return (found, step) if retstep else found


def _intervals(num, endpoint):
    """How many parts the way from the first number to the last one, or to the end, has."""
    parts = num - 1 if endpoint else num
    return parts if assume("gt", parts, 0) else 0


def _cast(numbers, dtype):
    """Numbers of a type that is asked for; whole numbers are rounded down, as NumPy's functions do."""
    if dtype is None:
        return numbers
    return (np.floor(numbers) if np.dtype(dtype).kind in "iu" else numbers).astype(dtype)


def _floats(*ends):
    """The ends as floats of their common type, in which Python numbers are weak."""
    kind = np.result_type(
        *(each.dtype if hasattr(each, "dtype") else np.result_type(each) if np.ndim(each) else each for each in ends),
        0.0,
    )
    return [
        each.astype(kind) if hasattr(each, "astype") else np.asarray(each, kind) if np.ndim(each) else float(each)
        for each in ends
    ]


def _in_front(num, *ends):
    """The ends and the numbers 0 to num − 1, all with the same number of axes; the first axis has length num."""
    ndim = max(map(np.ndim, ends))
    kind = next((each.dtype for each in ends if hasattr(each, "dtype")), float)
    wide = [
        np.reshape(each, (*(1,) * (ndim + 1 - np.ndim(each)), *np.shape(each))) if np.ndim(each) else each
        for each in ends
    ]
    numbers = of_size("arange", num, next((each for each in ends if isinstance(each, Traced)), None))
    return *wide, np.reshape(numbers.astype(kind), (-1, *(1,) * ndim))


@implements(np.geomspace)
def _geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    start, stop = (float64_of(each) for each in (start, stop))
    num = size_in(num)
    parts = _intervals(num, endpoint)
    first, last, ratio, places = _in_front(num, start, stop, stop / start)
    found = first * ratio ** (places / (parts or 1))
    if endpoint and parts:
        found = np.where((places == num - 1) & (first == first), last, found)
    found = np.moveaxis(np.where(places == 0, first, found), 0, axis)
    return found if dtype is None else found.astype(dtype)


@implements(np.logspace)
def _logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    found = base ** np.linspace(start, stop, num, endpoint=endpoint, axis=axis)
    return found if dtype is None else found.astype(dtype)


@implements(np.unravel_index)
def _unravel_index(indices, shape):
    if isinstance(shape, Traced):
        refuse("a shape cannot be traced", "pass x.shape, or a tuple of plain ints")
    places = []
    for size in reversed(shape if isinstance(shape, tuple) else (shape,)):
        places.append(indices % size)
        indices = indices // size
    return tuple(reversed(places))


register(
    {
        np.tril_indices_from: lambda arr, k=0: np.tril_indices(arr.shape[-2], k, arr.shape[-1]),
        np.triu_indices_from: lambda arr, k=0: np.triu_indices(arr.shape[-2], k, arr.shape[-1]),
        np.diag_indices_from: lambda arr: np.diag_indices_from(np.broadcast_to(0, arr.shape)),
    }
)

of_sizes_at_hand(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
