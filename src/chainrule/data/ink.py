"""Tells ink from paper in a picture of one digit: `find_ink`. NumPy only; files and framing are in `images.py`.

The paper's brightness is estimated at every point, by the simplest of three accounts that explains the border of the
picture, where paper is expected: even paper; paper lit unevenly, a surface of second degree; and paper with the edge of
a shadow or of a table across it, which is what remains when everything as thin as a pen's stroke is filled. Ink is what
is darker than the paper, as a fraction of it, so that shadow and light do not change it. Where no account explains the
picture, it is refused: a wrong crop would be read as a wrong digit.
"""

import itertools
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chainrule.data.errors import DataError

Gray = NDArray[np.float64]
Mask = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)
Reduced = TypeVar("Reduced", bound=np.generic)

FAINT = 0.1
"""Ink fainter than this fraction of the digit's own is not counted in finding where the digit begins and ends."""

# All sizes are in pixels, all brightness is a fraction of the paper's.
_WORKING_SIDE = 512  # a larger picture is averaged down to this
_COARSE_SIDE = 64  # paper is estimated on blocks of the picture, this many along its longer side
_SHAPE_SIDE = 96  # connected shapes are found on so many blocks, which joins strokes that nearly touch
_LEAST_SIDE = 5  # of a picture, and of the digit in it
_LEAST_CONTRAST = 0.08  # 20 grays of 255
_LEAST_SIGNAL = 5  # ink against the noise of single pixels
_STROKE = 0.2  # of the longer side: what is thinner is filled by the third account of the paper
_SPECK = 0.03  # of the largest shape's area: what is smaller is dust
_MOST_SHAPES = 6
_NORMAL_MEDIAN = 0.6745  # the median of a normal distribution's deviations, in standard deviations


def find_ink(gray: NDArray[np.number], name: str) -> tuple[Gray, Mask]:
    """Find the ink of one digit, light on dark or dark on light.

    Args:
        gray: the picture, h × w, 0 is black and 255 is white.
        name: what messages call the picture.

    Returns:
        `(ink, inside)`, of one shape, the picture's own or smaller. Ink is 0 on paper, about 1 in the digit's strokes
        and above 1 where they are darkest; `inside` is true where the digit is, to the edge of its strokes.

    Raises:
        DataError: the picture is too small, is blank, or holds specks, several shapes, or nothing that stands apart.

    Example:
        >>> page = np.full((40, 40), 250.0)
        >>> page[10:30, 18:22] = 20
        >>> ink, inside = find_ink(page, "page.png")
        >>> int(inside.sum()), round(float(ink[20, 20]), 3)
        (80, 1.0)
    """
    shrink = -(-max(gray.shape) // _WORKING_SIDE)
    picture: Gray = _blocks(gray, shrink, np.mean)
    if min(picture.shape) < _LEAST_SIDE:
        height, width = gray.shape
        raise DataError(f"{name} is {width} × {height} pixels, too small or too narrow to show a digit.")
    depth, surrounded = _depth(picture)
    noise = _noise(depth)
    # A blur by a hundredth keeps a stroke and levels single pixels, whose extremes would pass for ink.
    peak = float(np.percentile(_blur(depth, max(depth.shape) // 200), 99.9))
    if np.ptp(picture) < 255 * _LEAST_CONTRAST or peak < max(_LEAST_CONTRAST, _LEAST_SIGNAL * noise):
        raise DataError(f"{name} shows no digit: it is blank, or its ink is too faint.")
    # Just so much blur, two pixels around at most, that no noise is near the half of the ink, where shapes are cut out.
    smooth = _blur(depth, round(7.5 * noise / peak))
    level = float(np.percentile(smooth[smooth >= min(peak, smooth.max()) / 2], 75))
    digit = _digit(smooth > level / 2, surrounded, name)
    side = _side(digit)
    if shrink > 1 and side < max(digit.shape) / 2:
        # The digit is small in a large picture: look again, from nearer.
        (top, bottom), (left, right) = span(digit, 0), span(digit, 1)
        margin = side // 4
        rows = slice(max(top - margin, 0) * shrink, (bottom + margin) * shrink)
        columns = slice(max(left - margin, 0) * shrink, (right + margin) * shrink)
        return find_ink(gray[rows, columns], name)
    # Faint ink around a stroke belongs to it, as far as one of the 28 × 28 pixels reaches.
    around = _blur(digit.astype(np.float64), int(np.ceil(1.2 * side / 20))) > 0
    # What the paper shows elsewhere, by noise or texture, is no ink either: up to 4.5 of its standard deviations.
    texture = float(np.median(np.append(np.abs(smooth[~around]), 0))) / _NORMAL_MEDIAN
    if texture > level / 4:
        raise DataError(f"{name} shows no digit that stands out from its paper; crop it to one digit on plain paper.")
    faint = np.clip(4.5 * texture, FAINT * level, level / 2)
    return np.where(around, depth / level, 0), around & (smooth > faint)


def _depth(gray: Gray) -> tuple[Gray, bool]:
    """How much darker than the paper each pixel is, as a fraction; ink that is lighter than its paper is turned around.

    Also whether the digit must be surrounded by paper to be believed, since the border did not vouch for the paper.
    """
    size = -(-max(gray.shape) // _COARSE_SIDE)
    coarse = _blocks(gray, size, np.median)
    # Digits that are cropped to their boxes have gray borders, which even paper may explain where nothing does better.
    for account, unclear_limit in ((_even, 0.2), (_lit, 0.2), (_even, 0.35)):
        paper = account(coarse)
        light = bool(np.maximum(coarse - paper - 8, 0).sum() > np.maximum(paper - coarse - 8, 0).sum())
        trusted = _explains(255 - paper if light else paper, 255 - coarse if light else coarse, unclear_limit)
        if trusted:
            break
    else:
        paper, light = _filled(coarse), False
    if light:
        gray, paper = 255 - gray, 255 - paper
    rows, columns = (_interpolation(n, size, m) for n, m in zip(gray.shape, paper.shape, strict=True))
    whole = np.maximum(rows @ paper @ columns.T, 1)
    return (whole - gray) / whole, not trusted


def _even(coarse: Gray) -> Gray:
    return np.full_like(coarse, np.median(_border(coarse)))


def _lit(coarse: Gray) -> Gray:
    """The surface of second degree with the least sum of absolute residuals, which ink hardly bends.

    Source: iteratively reweighted least squares; P. J. Huber, *Robust Statistics*, 1981, section 7.8.
    """
    y, x = (axis / max(coarse.shape) - 0.5 for axis in np.indices(coarse.shape))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = coarse.ravel()
    weights = np.ones_like(values)
    for _ in range(30):
        weighted = (
            terms * weights[:, None]
        ).T  # for the six normal equations, which axes of −½ to ½ keep well conditioned
        solution = np.linalg.solve(weighted @ terms, weighted @ values)
        weights = 1 / np.maximum(np.abs(values - terms @ solution), 0.5)
    surface: Gray = (terms @ solution).reshape(coarse.shape)
    return np.clip(surface, 1, 254)


def _filled(coarse: Gray) -> Gray:
    """The surface with dark strokes filled (a grayscale closing), which keeps the edge of a shadow where it is."""
    lit = _lit(coarse)
    width = int(_STROKE * max(coarse.shape)) | 1
    flat = _extremes(_extremes(coarse / lit, width, np.max, -np.inf), width, np.min, np.inf)
    return lit * flat


def _explains(paper: Gray, coarse: Gray, unclear_limit: float) -> bool:
    """Whether the border is plainly paper for the most part, and plainly ink where a stroke leaves the picture."""
    depth = (paper - coarse) / np.maximum(paper, 1)
    top = np.sort(depth, axis=None)[-max(3, depth.size // 200)]
    border = _border(depth)
    paper_share = np.mean(np.abs(border) < FAINT * top)
    unclear_share = np.mean(border < top / 2) - paper_share
    # A stroke crosses the border; a shadow or a table runs along it, for more than a side of a square.
    return bool(paper_share >= 0.5 and unclear_share <= unclear_limit and _longest_run(border > 0.3 * top) <= 0.27)


def _digit(mask: Mask, surrounded: bool, name: str) -> Mask:
    """Of all that is dark, what is the digit: without dust and without what comes in from the picture's edge."""
    size = -(-max(mask.shape) // _SHAPE_SIDE)
    labels = _shapes(_blocks(mask, size, np.any))
    shapes = [labels == label for label in np.unique(labels[labels > 0])]
    inner = [shape for shape in shapes if not _border(shape).any()]
    if any(_side(shape) >= max(labels.shape) / 10 for shape in inner):
        shapes = inner
    areas = [np.count_nonzero(shape) for shape in shapes]
    shapes = [shape for shape, area in zip(shapes, areas, strict=True) if area >= _SPECK * max(areas)]
    if len(shapes) > _MOST_SHAPES:
        raise DataError(f"{name} shows specks all over, and no digit; crop it to one digit on plain paper.")
    digit: Mask = np.any(shapes, axis=0)
    if np.mean(_border(digit)) > (0.1 if surrounded else 0.5):
        raise DataError(f"{name} shows no digit apart from its edges; crop it to one digit with paper all around.")
    if _side_by_side(shapes):
        raise DataError(f"{name} shows several shapes side by side; crop it to one digit.")
    digit = digit.repeat(size, axis=0).repeat(size, axis=1)[: mask.shape[0], : mask.shape[1]] & mask
    if _side(digit) < _LEAST_SIDE:
        raise DataError(f"{name} shows no digit but a speck; crop it to one digit, at least {_LEAST_SIDE} pixels high.")
    return digit


def _side_by_side(shapes: list[Mask]) -> bool:
    """Whether two tall shapes stand beside each other, as the digits of a number do and no parts of one digit."""
    tallest = max(_length(span(shape, 0)) for shape in shapes)
    tall = sorted(span(shape, 1) for shape in shapes if _length(span(shape, 0)) >= tallest / 2)
    return any(right[0] - left[1] > tallest / 10 for left, right in itertools.pairwise(tall))


def _shapes(mask: Mask) -> NDArray[np.int64]:
    """Give every connected shape, diagonals included, a positive number of its own; 0 elsewhere."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        grown = np.where(mask, _extremes(labels, 3, np.max, 0), 0)
        if np.array_equal(grown, labels):
            return labels
        labels = grown


def span(mask: Mask, axis: int) -> tuple[int, int]:
    """Where what is true in a matrix begins and where it has ended: in rows for axis 0, in columns for axis 1.

    Example:
        >>> span(np.array([[False, True, True, False]]), 1)
        (1, 3)
    """
    places = np.flatnonzero(mask.any(axis=1 - axis))
    return int(places[0]), int(places[-1]) + 1


def _length(ends: tuple[int, int]) -> int:
    return ends[1] - ends[0]


def _side(mask: Mask) -> int:
    """The height or width of what is true in a matrix, whichever is larger."""
    return max(_length(span(mask, axis)) for axis in (0, 1))


def _border(a: NDArray[T]) -> NDArray[T]:
    """The outermost elements of a matrix, once around."""
    return np.concatenate([a[0], a[1:-1, -1], a[-1, ::-1], a[-2:0:-1, 0]])


def _longest_run(around: Mask) -> float:
    """The longest run of true elements on a closed line, as a fraction of its length."""
    breaks = np.flatnonzero(~around)
    if len(breaks) == 0:
        return 1.0
    return float(np.diff(breaks, append=breaks[0] + len(around)).max() - 1) / len(around)


def _blocks(a: NDArray[T], size: int, reduce: Callable[..., NDArray[Reduced]]) -> NDArray[Reduced]:
    """A matrix reduced to one element for each size × size block; its last elements fill up the last blocks."""
    whole = np.pad(a, [(0, -n % size) for n in a.shape], mode="edge")
    rows, columns = (n // size for n in whole.shape)
    return reduce(whole.reshape(rows, size, columns, size), axis=(1, 3))


def _extremes(a: NDArray[T], width: int, extreme: Callable[..., NDArray[T]], outside: float) -> NDArray[T]:
    """The maximum or minimum of each element's width × width neighborhood, for an odd width."""
    for axis in (0, 1):
        reach = [(width // 2, width // 2) if axis == padded else (0, 0) for padded in (0, 1)]
        a = extreme(sliding_window_view(np.pad(a, reach, constant_values=outside), width, axis=axis), axis=-1)
    return a


def _blur(a: Gray, reach: int) -> Gray:
    """The mean of each element's neighborhood, so many elements in each direction, within the matrix."""
    for axis, n in enumerate(a.shape):
        first, last = np.maximum(np.arange(n) - reach, 0), np.minimum(np.arange(n) + reach + 1, n)
        sums = np.insert(np.cumsum(a, axis), 0, 0, axis)
        counts = np.expand_dims(last - first, 1 - axis)
        a = (sums.take(last, axis) - sums.take(first, axis)) / counts
    return a


def _interpolation(n: int, size: int, blocks: int) -> Gray:
    """The n × blocks matrix that interpolates between the centers of blocks of `size` pixels."""
    places = np.clip((np.arange(n) + 0.5) / size - 0.5, 0, blocks - 1)
    weights: Gray = np.clip(1 - np.abs(places[:, None] - np.arange(blocks)), 0, 1)
    return weights


def _noise(a: Gray) -> float:
    """The standard deviation of the pixels' noise, from mixed second differences: slopes and most edges have none."""
    mixed = a[1:, 1:] - a[1:, :-1] - a[:-1, 1:] + a[:-1, :-1]
    # Each difference adds the variances of four pixels.
    return float(np.median(np.abs(mixed))) / 2 / _NORMAL_MEDIAN
