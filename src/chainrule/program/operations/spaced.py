"""Numbers evenly spaced between traced ends, and the indices of a traced array's places: compositions."""

import operator

import numpy as np

from ..refusing import refuse
from ..traced import FUNCTIONS, Traced
from .compositions import composition


@composition(np.linspace)
def _linspace(start, stop, num=50, endpoint=True, retstep=False, *, axis=0):
    num = operator.index(num)
    parts = max(num - 1 if endpoint else num, 1)
    width = stop - start
    first, whole, shares = _in_front(start, width, np.arange(num) / parts)
    found = np.moveaxis(first + whole * shares, 0, axis)
    return (found, width / parts) if retstep else found


def _in_front(start, width, shares):
    """The three with as many axes, of which the first is that of the shares."""
    ndim = max(np.ndim(start), np.ndim(width))
    start, width = (np.reshape(each, (*(1,) * (ndim + 1 - np.ndim(each)), *np.shape(each))) for each in (start, width))
    return start, width, np.reshape(shares, (-1, *(1,) * ndim))


@composition(np.geomspace)
def _geomspace(start, stop, num=50, endpoint=True, *, axis=0):
    first, ratio, shares = _in_front(start, stop / start, np.linspace(0, 1, num, endpoint=endpoint))
    return np.moveaxis(first * ratio**shares, 0, axis)


@composition(np.logspace)
def _logspace(start, stop, num=50, endpoint=True, base=10.0, *, axis=0):
    return base ** np.linspace(start, stop, num, endpoint=endpoint, axis=axis)


FUNCTIONS[np.tril_indices_from] = lambda arr, k=0: np.tril_indices(arr.shape[-2], k, arr.shape[-1])
FUNCTIONS[np.triu_indices_from] = lambda arr, k=0: np.triu_indices(arr.shape[-2], k, arr.shape[-1])
FUNCTIONS[np.diag_indices_from] = lambda arr: np.diag_indices_from(np.broadcast_to(0, arr.shape))


@composition(np.unravel_index)
def _unravel_index(indices, shape):
    if isinstance(shape, Traced):
        refuse("a shape cannot be traced", "pass x.shape, or a tuple of plain ints")
    places = []
    for size in reversed(shape if isinstance(shape, tuple) else (shape,)):
        places.append(indices % size)
        indices = indices // size
    return tuple(reversed(places))
