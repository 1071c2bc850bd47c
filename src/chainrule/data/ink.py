"""Tells ink from paper in a picture of digits: `find_digits`, and `find_ink` for one. NumPy only; files and framing are in
`images.py`.

The paper's brightness is estimated at every point, by the simplest of three models that explains the border of the
picture, where paper is expected: even paper; paper lit unevenly, a surface of second degree; and paper with the edge of
a shadow or of a table across it, which is what remains when everything as thin as a pen's stroke is filled. Ink is what
is darker than the paper, as a fraction of it, so that shadow and light do not change it. Printed lines are taken out
(`lines.py`), and what remains is put together to digits (`shapes.py`). Where no model explains the picture, it is
refused: a wrong crop would be read as a wrong digit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .errors import DataError
from .lines import printed_lines
from .shapes import Mask, blank, border, digits_of, side, span

Gray = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)
Reduced = TypeVar("Reduced", bound=np.generic)

FAINT = 0.1
"""Ink fainter than this fraction of the digit's own is not counted in finding where the digit begins and ends."""

# All sizes are in pixels, all brightness is a fraction of the paper's.
_WORKING_SIDE = 512  # larger pictures are averaged down to this
_COARSE_SIDE = 64  # paper is estimated on blocks of the picture, this many along its longer side
_LEAST_SIDE = 5  # of a picture
_LEAST_CONTRAST = 0.08  # 20 grays of 255
_LEAST_SIGNAL = 5  # ink against the noise of single pixels
_STROKE = 0.2  # of the longer side: what is thinner is filled by the third model of the paper
_FAINT_LINE = 0.3  # of the ink's darkness: printed lines are looked for among all that is darker
_NORMAL_MEDIAN = 0.6745  # the median of a normal distribution's deviations, in standard deviations


@dataclass(frozen=True)
class Inked:
    """One digit in a picture.

    Attributes:
        ink: 0 on paper, about 1 in the digit's strokes and above 1 where they are darkest; of the picture's own
            resolution or a lower one, and of that part of the picture that was looked at.
        inside: Of the same shape, true where the digit is, to the edge of its strokes.
        box: Left, top, right and bottom of the digit, in pixels of the picture; the right and the bottom one are the
            first beyond it.
    """

    ink: Gray
    inside: Mask
    box: tuple[int, int, int, int]


def find_ink(gray: NDArray[np.number], name: str) -> tuple[Gray, Mask]:
    """Find the ink of one digit, light on dark or dark on light.

    Args:
        gray: The picture, h × w, 0 is black and 255 is white.
        name: The picture's name in messages.

    Returns:
        `(ink, inside)` of the digit, as in `Inked`.

    Raises:
        DataError: As `find_digits`, or the picture shows several digits.

    Examples:
        >>> page = np.full((40, 40), 250.0)
        >>> page[10:30, 18:22] = 20
        >>> ink, inside = find_ink(page, "page.png")
        >>> int(inside.sum()), round(float(ink[20, 20]), 3)
        (80, 1.0)
    """
    digits = find_digits(gray, name)
    if len(digits) > 1:
        raise DataError(
            "{picture} shows {count} digits side by side; crop it to one, or read all with chainrule predict.",
            picture=name,
            count=len(digits),
        )
    return digits[0].ink, digits[0].inside


def find_digits(gray: NDArray[np.number], name: str) -> list[Inked]:
    """Find the ink of all digits that stand side by side, from left to right; light on dark or dark on light.

    Args:
        gray: The picture, h × w; 0 is black and 255 is white.
        name: The picture's name in messages.

    Returns:
        The digits from left to right, at least one.

    Raises:
        DataError: The picture is too small or blank, or shows specks, digits one above another, digits too close to be told
            apart, or nothing that stands apart from the picture's edges.

    Examples:
        >>> page = np.full((40, 60), 250.0)
        >>> page[10:30, 18:22] = page[10:30, 38:42] = 20
        >>> [digit.box for digit in find_digits(page, "page.png")]
        [(18, 10, 22, 30), (38, 10, 42, 30)]
    """
    shrink = -(-max(gray.shape) // _WORKING_SIDE)
    picture: Gray = _blocks(gray, shrink, np.mean)
    if min(picture.shape) < _LEAST_SIDE:
        height, width = gray.shape
        raise DataError(
            "{picture} is {width} × {height} pixels, too small or too narrow to show a digit.",
            picture=name,
            width=width,
            height=height,
        )
    depth, surrounded = _depth(picture)
    noise = _noise(depth)
    # A blur by a hundredth keeps a stroke and levels single pixels, whose extremes would pass for ink.
    blurred = _blur(depth, max(depth.shape) // 200)
    darkest = float(blurred.max())
    peaks = [float(np.percentile(blurred, 99.9))]
    if shrink > 1 and darkest > 2 * peaks[0]:
        peaks.append(darkest)  # a digit so small that its ink is less than a thousandth of a large picture
    refused = blank(name)
    for peak in peaks:
        if np.ptp(picture) < 255 * _LEAST_CONTRAST or peak < _least(noise):
            continue
        try:
            return _found(gray, depth, shrink, surrounded, peak, noise, name)
        except DataError as error:
            refused = error
    raise refused


def _found(
    gray: NDArray[np.number],
    depth: Gray,
    shrink: int,
    surrounded: bool,
    peak: float,
    noise: float,
    name: str,
) -> list[Inked]:
    """The digits in a picture whose darkest ink is `peak` darker than its paper; one pixel of `depth` spans `shrink` pixels."""
    # Just enough blur, at most two pixels in each direction, that noise stays well below half of the ink, where shapes are cut.
    smooth = _blur(depth, round(7.5 * noise / peak))
    lines = printed_lines(smooth > _FAINT_LINE * _level(smooth, peak))
    if lines.any():
        depth, smooth = np.where(lines, 0, depth), np.where(lines, 0, smooth)
        if smooth.max() < _least(noise):
            raise blank(name)
    level = _level(smooth, peak)
    digits = digits_of(smooth > level / 2, lines, surrounded, name)
    found = np.any(digits, axis=0)
    (top, bottom), (left, right) = span(found, 0), span(found, 1)
    if shrink > 1 and side(found) < max(found.shape) / 2:
        # The digits are small in a large picture: look again at this part, in more detail.
        margin = max(side(digit) for digit in digits) // 4
        first_row, first_column = max(top - margin, 0) * shrink, max(left - margin, 0) * shrink
        rows = slice(first_row, (bottom + margin) * shrink)
        columns = slice(first_column, (right + margin) * shrink)
        near = find_digits(gray[rows, columns], name)
        across = (first_column, first_row, first_column, first_row)
        return [Inked(each.ink, each.inside, _moved(each.box, across)) for each in near]
    # Faint ink around a stroke belongs to it, as far as one of the 28 × 28 pixels reaches.
    reach = [_blur(digit.astype(np.float64), int(np.ceil(1.2 * side(digit) / 20))) > 0 for digit in digits]
    # The paper's noise and texture, up to 4.5 standard deviations, are no ink either.
    elsewhere = ~np.any(reach, axis=0) & ~lines
    texture = float(np.median(np.append(np.abs(smooth[elsewhere]), 0))) / _NORMAL_MEDIAN
    if texture > level / 4:
        raise DataError(
            "{picture} shows no digit that stands out from its paper; crop it to one digit on plain paper.",
            picture=name,
        )
    faint = np.clip(4.5 * texture, FAINT * level, level / 2)
    inked = []
    for digit, around in zip(digits, reach, strict=True):
        own = around & ~(found & ~digit)
        inside = own & (smooth > faint)
        (top, bottom), (left, right) = span(inside, 0), span(inside, 1)
        height, width = gray.shape
        box = (left * shrink, top * shrink, min(right * shrink, width), min(bottom * shrink, height))
        inked.append(Inked(np.where(own, depth / level, 0), inside, box))
    return inked


def _least(noise: float) -> float:
    """The smallest darkness that can be detected as ink."""
    return max(_LEAST_CONTRAST, _LEAST_SIGNAL * noise)


def _level(smooth: Gray, peak: float) -> float:
    """How dark the ink is: the upper quartile of all pixels at least half as dark as the darkest."""
    return float(np.percentile(smooth[smooth >= min(peak, smooth.max()) / 2], 75))


def _moved(box: tuple[int, int, int, int], by: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (a + b for a, b in zip(box, by, strict=True))
    return left, top, right, bottom


def _depth(gray: Gray) -> tuple[Gray, bool]:
    """How much darker than the paper each pixel is, as a fraction of the paper's brightness; light ink on dark paper is inverted.

    Also whether a digit must be surrounded by paper to count, since the border did not show what is paper.
    """
    size = -(-max(gray.shape) // _COARSE_SIDE)
    coarse = _blocks(gray, size, np.median)
    # Digits that are cropped to their boxes have gray borders, which even paper may explain where nothing does better.
    for model, unclear_limit in ((_even, 0.2), (_lit, 0.2), (_even, 0.35)):
        paper = model(coarse)
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
    return np.full_like(coarse, np.median(border(coarse)))


def _lit(coarse: Gray) -> Gray:
    """The surface of second degree with the least sum of absolute residuals, which ink hardly bends.

    References:
        Iteratively reweighted least squares; P. J. Huber, *Robust Statistics*, 1981, section 7.8.
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
    around = border(depth)
    paper_share = np.mean(np.abs(around) < FAINT * top)
    unclear_share = np.mean(around < top / 2) - paper_share
    # A stroke crosses the border; a shadow or a table runs along it, for more than a side of a square.
    return bool(paper_share >= 0.5 and unclear_share <= unclear_limit and _longest_run(around > 0.3 * top) <= 0.27)


def _longest_run(around: Mask) -> float:
    """The longest run of true elements on a closed line, as a fraction of its length."""
    breaks = np.flatnonzero(~around)
    if len(breaks) == 0:
        return 1.0
    return float(np.diff(breaks, append=breaks[0] + len(around)).max() - 1) / len(around)


def _blocks(a: NDArray[T], size: int, reduce: Callable[..., NDArray[Reduced]]) -> NDArray[Reduced]:
    """A matrix reduced to one element for each size × size block; incomplete blocks are filled up with their last elements."""
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
    """The mean of each element's neighborhood, which reaches `reach` elements in each direction within the matrix."""
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
