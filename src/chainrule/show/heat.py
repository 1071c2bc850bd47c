"""Matrices as heat maps: numbers become levels of a color ramp, and levels a small PNG in both themes.

Zero has the color of the paper. `picture.py` decides the size of a picture and what surrounds it.
"""

from __future__ import annotations

import base64
import functools
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .colors import PALETTES, Palette, Theme, shade

_LEVELS = 127  # odd, so that one of them is exactly zero; more cannot be told apart and make files larger
_FINEST, _FINEST_LINE = 256, 1024  # cells along a side of a matrix, and of a single row or column; more are pooled


@dataclass(frozen=True)
class Scale:
    """The range of a heat map's colors: from −top to top if numbers have both signs, else from 0 to top."""

    top: float
    diverging: bool

    def levels(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        """The level of each number on the ramp, 0 to 126; numbers beyond the scale are at its end; one past it NaN, and −∞,
        which stands for what is masked."""
        share = values / self.top
        place = (np.clip(share, -1, 1) + 1) / 2 if self.diverging else np.clip(share, 0, 1)
        return np.where(np.isnan(place) | np.isneginf(values), _LEVELS, np.rint(place * (_LEVELS - 1))).astype(np.uint8)


def scale(*arrays: ArrayLike, share: float = 1.0, diverging: bool | None = None, top: float | None = None) -> Scale:
    """One scale for arrays that are to be compared: it ends at the largest |number|, or where `share` of them lie below.

    It has two signs where a number is negative, unless `diverging` says. All zeros get the scale 1.

    >>> scale([-0.5, 0.25]), scale([0.0, 0.2], top=1)
    (Scale(top=0.5, diverging=True), Scale(top=1, diverging=False))
    """
    numbers = np.concatenate([np.ravel(np.asarray(array, np.float64)) for array in arrays])
    numbers = numbers[np.isfinite(numbers)]
    if top is None:
        sizes = np.abs(numbers)
        top = float(np.quantile(sizes, share)) if sizes.size else 0.0
        top = top or float(sizes.max(initial=0.0)) or 1.0
    return Scale(top, bool((numbers < 0).any()) if diverging is None else diverging)


def pooled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix with at most 256 cells along each side: of the cells that become one, the largest |number| stays."""
    finest = _FINEST_LINE if 1 in values.shape else _FINEST
    for axis in (0, 1):
        step = -(-values.shape[axis] // finest)
        if step > 1:
            starts = np.arange(0, values.shape[axis], step)
            high, low = np.maximum.reduceat(values, starts, axis), np.minimum.reduceat(values, starts, axis)
            values = np.where(high >= -low, high, low)
    return values


def heat(values: ArrayLike, scale: Scale, theme: Theme, strength: ArrayLike = 1.0) -> str:
    """A matrix as a PNG in a `data:` address, one pixel a cell.

    `strength`, which broadcasts to the matrix, fades what does not matter: 0 is paper, 1 full color.

    >>> heat([[0.0, 1.0]], Scale(1, False), "light")[:22]
    'data:image/png;base64,'
    """
    matrix = pooled(np.atleast_2d(np.asarray(values, np.float64)) * np.asarray(strength, np.float64))
    used, indices = np.unique(scale.levels(matrix), return_inverse=True)
    ramp = _ramp(PALETTES[theme], scale.diverging)
    written = png(indices.reshape(matrix.shape).astype(np.uint8), [ramp[level] for level in used])
    return _address(written)


def photo_address(colors: ArrayLike) -> str:
    """A picture in color, rows × columns × 3 shares from 0 to 1, as a PNG in a `data:` address.

    >>> photo_address([[[1.0, 0.0, 0.0]]])[:22]
    'data:image/png;base64,'
    """
    return _address(png(np.rint(np.clip(np.asarray(colors, np.float64), 0, 1) * 255).astype(np.uint8)))


def _address(written: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(written).decode("ascii")


def color_of(value: float, scale: Scale, theme: Theme) -> str:
    """The color that a heat map has for a number.

    >>> color_of(0.0, Scale(1, True), "light")
    '#FFFFFF'
    """
    return _ramp(PALETTES[theme], scale.diverging)[int(scale.levels(np.array([value], np.float64))[0])]


@functools.cache
def _ramp(palette: Palette, diverging: bool) -> list[str]:
    stops = palette.diverging if diverging else palette.sequential
    return [*(shade(stops, level / (_LEVELS - 1)) for level in range(_LEVELS)), palette["ink3"]]


def png(pixels: NDArray[np.uint8], colors: Sequence[str] = ()) -> bytes:
    """An image in the Portable Network Graphics format (ISO/IEC 15948): of indices of these colors, or rows × columns × 3."""
    height, width, *channels = pixels.shape
    rows = np.zeros((height, 1 + width * math.prod(channels)), np.uint8)  # each row starts with its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels else 3, 0, 0, 0)
    table = [] if channels else [(b"PLTE", b"".join(bytes.fromhex(color[1:]) for color in colors))]
    chunks = ((b"IHDR", header), *table, (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
