"""Layers in which windows slide over images, m × c × y × x, in plain NumPy: convolution, and pooling."""

from __future__ import annotations

import numpy as np

from ..core.nouns import Array
from ..program.operations.reductions import first_max

Pair = tuple[int, int]
"""Of rows and of columns."""


def _padded(a: Array, padding: Pair) -> Array:
    rows, columns = padding
    return np.pad(a, ((0, 0), (0, 0), (rows, rows), (columns, columns))) if rows or columns else a


def _windows(a: Array, size: Pair, stride: Pair) -> Array:
    """The windows of images at each place, m × c × y × x × i × j."""
    seen: Array = np.lib.stride_tricks.sliding_window_view(a, size, axis=(2, 3))
    rows, columns = stride
    return seen if stride == (1, 1) else seen[:, :, ::rows, ::columns]


def convolved(
    a: Array,
    w: Array,
    b: Array,
    *,
    kernel: Pair,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    groups: int = 1,
) -> Array:
    """z = w ⋆ a + b: each of the maps f is, at each place, the sum of the products of its kernel and the window there.

    >>> a, w = np.arange(9.0).reshape(1, 1, 3, 3), np.array([[[[1.0, 0.0], [0.0, -1.0]]]])
    >>> convolved(a, w, np.zeros((1, 1, 1, 1)), kernel=(2, 2)).tolist()
    [[[[-4.0, -4.0], [-4.0, -4.0]]]]
    """
    windows = _windows(_padded(a, padding), kernel, stride)
    z: Array
    if groups == 1:
        z = np.einsum("fcij,ncyxij->nfyx", w, windows) + b
        return z
    m, c, y, x, *_ = windows.shape
    apart = windows.reshape(m, groups, c // groups, y, x, *kernel)
    own = w.reshape(groups, len(w) // groups, c // groups, *kernel)
    z = np.einsum("gfcij,ngcyxij->ngfyx", own, apart).reshape(m, len(w), y, x) + b
    return z


def _apart(a: Array, size: Pair) -> Array:
    """Images in windows that do not overlap, m × c × y × i × x × j; what is left at the end belongs to none."""
    (rows, columns), (m, c, height, width) = size, a.shape
    y, x = height // rows, width // columns
    if (y * rows, x * columns) != (height, width):
        a = a[:, :, : y * rows, : x * columns]
    return a.reshape(m, c, y, rows, x, columns)


def _seen(a: Array, size: Pair, stride: Pair) -> tuple[Array, Pair]:
    """Windows of images, and the two axes along which each lies."""
    return (_apart(a, size), (3, 5)) if size == stride else (_windows(a, size, stride), (4, 5))


def largest(a: Array, *, size: Pair, stride: Pair, ties: str = "first") -> Array:
    """The largest number of each window. Where several are equal, the error goes to the first of them alone, or is shared.

    >>> largest(np.arange(16.0).reshape(1, 1, 4, 4), size=(2, 2), stride=(2, 2)).tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """
    maximum = first_max if ties == "first" else np.max
    largest: Array = maximum(*_seen(a, size, stride))
    return largest


def averaged(a: Array, *, size: Pair, stride: Pair) -> Array:
    """The mean of each window.

    >>> averaged(np.arange(16.0).reshape(1, 1, 4, 4), size=(2, 2), stride=(2, 2)).tolist()
    [[[[2.5, 4.5], [10.5, 12.5]]]]
    """
    mean: Array = np.mean(*_seen(a, size, stride))
    return mean
