"""Arrays that begin where the processor reads best: at a cache line, and not all at the same place of a page."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.dims import Shape
from ..core.nouns import Array

_PAGE = 4096
LINE = 64
"""Bytes of a cache line, which is also the widest register: a load across two lines takes twice as long."""
_APART = 1024  # bytes; a load close behind a store to the same place of another page waits for it


def aligned(shape: Shape, dtype: np.dtype[Any], order: int = 0) -> Array:
    """Zeros that begin at a cache line; of arrays that are used together, each of the first four has its own `order`.

    >>> aligned((3, 5), np.dtype("float32")).ctypes.data % 64
    0
    """
    size = math.prod(shape)
    raw = np.zeros(size * dtype.itemsize + 2 * _PAGE, np.uint8)
    start = -raw.ctypes.data % _PAGE + order * _APART % _PAGE
    return raw[start : start + size * dtype.itemsize].view(dtype).reshape(shape)
