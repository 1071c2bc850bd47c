"""Arrays that are aligned to cache lines and staggered within memory pages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.dims import Shape
from ..core.nouns import Array

_PAGE = 4096
LINE = 64
"""Bytes of a cache line and of the widest register. A load that crosses two lines takes twice as long."""
_STAGGER = 1024  # bytes; a load waits for a recent store at the same offset in another page (4K aliasing)


def aligned(shape: Shape, dtype: np.dtype[Any], order: int = 0) -> Array:
    """Zeros that start at a cache line; up to four arrays that are used together each get an `order` from 0 to 3.

    Examples:
        >>> aligned((3, 5), np.dtype("float32")).ctypes.data % 64
        0
    """
    size = math.prod(shape)
    raw = np.zeros(size * dtype.itemsize + 2 * _PAGE, np.uint8)
    start = -raw.ctypes.data % _PAGE + order * _STAGGER % _PAGE
    return raw[start : start + size * dtype.itemsize].view(dtype).reshape(shape)
