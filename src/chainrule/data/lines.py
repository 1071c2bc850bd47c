"""Finds the printed lines of ruled and squared paper in a picture: `printed_lines`.

A printed line is long, thin and straight and goes through the picture from edge to edge. Where a stroke of the pen
crosses it, the line is as thick as the stroke is long, and is kept there, so the stroke stays whole.
"""

import numpy as np
from numpy.typing import NDArray

from .shapes import Mask

_LEAST_SIDE = 100  # pixels: in a smaller picture a pen's stroke is as thin as a line
_THICK = 0.022  # of the picture's longer side: what is thicker is no printed line
_STEEP = 0.4  # how far a line may rise or fall, in pixels for each pixel
_COVERED = 0.6  # of the line's length in the picture: a line may be worn, but not broken by half
_THROUGH = 0.85  # of the same: from its first to its last pixel
_MOST_LINES = 60
_MOST_TRIED = 4000  # candidates, so that a texture of thousands takes no longer


def printed_lines(mask: Mask) -> Mask:
    """The part of a mask that is printed lines, about horizontal or vertical, widened by one pixel on both sides.

    Args:
        mask: h × w, true where the picture is darker than its paper.

    Returns:
        h × w, true on the lines.

    Examples:
        >>> page = np.zeros((200, 200), bool)
        >>> page[99:101] = True
        >>> page[20:180, 90:105] = True
        >>> lines = printed_lines(page)
        >>> bool(lines[99:101, :90].all()), bool(lines[:, 90:105].any())
        (True, False)
    """
    found = np.zeros_like(mask)
    if min(mask.shape) < _LEAST_SIDE:
        return found
    thickness = max(3, round(_THICK * max(mask.shape)))
    rest = mask.copy()
    for turned in (False, True):
        seen = rest.T if turned else rest
        lines = _across(seen, thickness)
        if turned:
            lines = lines.T
        found |= lines
        rest = rest & ~lines
    return found


def _across(mask: Mask, thickness: int) -> Mask:
    """The printed lines that run from left to right."""
    height, width = mask.shape
    starts, ends = _runs_by_column(mask)
    thin = mask & (ends - starts <= thickness)
    found = np.zeros_like(mask)
    y, x = np.nonzero(thin)
    if len(y) < width / 2:
        return found
    slopes = np.linspace(-_STEEP, _STEEP, max(3, round(_STEEP * width)) | 1)
    columns = np.arange(width)
    candidates = []
    offset = round(_STEEP * width) + 1
    for slope in slopes:
        heights = np.rint(y - slope * (x - width / 2)).astype(np.int64) + offset
        counts = np.bincount(heights, minlength=height + 2 * offset)
        for place in np.flatnonzero(counts >= 0.4 * width):
            candidates.append((int(counts[place]), float(slope), int(place) - offset))
    candidates.sort(reverse=True)
    taken = 0
    for _, slope, place in candidates[:_MOST_TRIED]:
        if taken == _MOST_LINES:
            break
        center = np.rint(place + slope * (columns - width / 2)).astype(np.int64)
        through = (center >= 0) & (center < height)
        lines = _along(thin & ~found, starts, ends, center, through, thickness)
        if lines is not None:
            found |= lines
            taken += 1
    return found


def _along(
    thin: Mask,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    center: NDArray[np.int64],
    through: Mask,
    thickness: int,
) -> Mask | None:
    """The mask of the line along these centers, one for each column; `None` where there is no line."""
    height, width = thin.shape
    columns = np.arange(width)
    reach = max(1, thickness // 2)
    hit = np.full(width, -1)
    for step in sorted(range(-reach, reach + 1), key=abs, reverse=True):
        rows = np.clip(center + step, 0, height - 1)
        hit = np.where(thin[rows, columns] & through, rows, hit)
    covered = np.flatnonzero(hit >= 0)
    length = np.count_nonzero(through)
    if len(covered) < _COVERED * length or length < width / 2:
        return None
    if covered[-1] - covered[0] < _THROUGH * length:
        return None
    first, last = starts[hit[covered], covered], ends[hit[covered], covered]
    usual = np.median(last - first)
    plain = last - first <= 1.6 * usual + 1
    line = np.zeros_like(thin)
    rows = np.arange(height)[:, None]
    line[:, covered[plain]] = (rows >= first[plain] - 1) & (rows < last[plain] + 1)
    return line


def _runs_by_column(mask: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each element of ink, where its run in its column begins and where it has ended."""
    rows = np.arange(len(mask))[:, None]
    starts = np.maximum.accumulate(np.where(mask, -1, rows), axis=0) + 1
    ends = np.minimum.accumulate(np.where(mask, len(mask), rows)[::-1], axis=0)[::-1]
    return starts, ends
