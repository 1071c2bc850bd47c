"""Assembles the dark parts of a picture into digits: `digits_of`. Masks are true where there is ink."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import DataError

Mask = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)

# Areas and lengths are fractions of the largest shape's, or of the tallest's height.
_SPECK = 0.03  # of the area: what is smaller is dust
_MOST_SPECKS = 24
_MOST_DIGITS = 12
_MOST_STACKED = 6  # shapes that are told to be digits one above another; more are specks
_LEAST_SIDE = 5  # of a digit, in pixels
_TALL = 0.5  # of the height: what is lower is a part of a digit
_APART = 0.25  # of the height: a part farther from any digit is no part of it
_INNER = 0.6  # of the area: from this, a shape within the picture is the digit, not what comes in from the edge
_CORNER = 0.03  # of the picture's longer side
_WIDE = 1.3  # times its height: a shape so wide may be two digits that touch
_LEAST_CUT = 40  # pixels high: in a smaller shape a stroke is too few pixels wide to be told from a touch
_TOO_WIDE = 1.9  # times its height: a shape so wide is no single digit


@dataclass(frozen=True)
class _Shape:
    """A connected part of the ink, or several that belong together."""

    mask: Mask

    @cached_property
    def rows(self) -> tuple[int, int]:
        return span(self.mask, 0)

    @cached_property
    def columns(self) -> tuple[int, int]:
        return span(self.mask, 1)

    @cached_property
    def area(self) -> int:
        return int(np.count_nonzero(self.mask))

    @property
    def height(self) -> int:
        return _length(self.rows)

    @property
    def width(self) -> int:
        return _length(self.columns)

    def with_(self, other: "_Shape") -> "_Shape":
        return _Shape(self.mask | other.mask)


def digits_of(mask: Mask, lines: Mask, surrounded: bool, name: str) -> list[Mask]:
    """The digits among the dark parts of a picture, without dust and without what comes in from the edges.

    Args:
        mask: h × w, true where the picture is dark.
        lines: h × w, true where printed lines were removed; what remains of them is no digit.
        surrounded: Whether digits must have paper all around.
        name: The picture's name in messages.

    Returns:
        One h × w mask per digit, from left to right.

    Raises:
        DataError: No digit stands apart, or the digits do not stand in a single row.
    """
    shapes = [_Shape(shape) for shape in connected(mask)]
    if lines.any():
        beside = _grown(_grown(lines))
        # Lines that cut off a corner of the picture are thin and touch its border.
        thin = _CORNER * max(mask.shape)
        shapes = [
            shape
            for shape in shapes
            if np.count_nonzero(shape.mask & beside) < 0.6 * shape.area
            and not (border(shape.mask).any() and min(shape.height, shape.width) <= thin)
        ]
    shapes = _without_edges(shapes)
    largest = max((shape.area for shape in shapes), default=0)
    shapes = [shape for shape in shapes if shape.area >= _SPECK * largest]
    if not shapes:
        raise blank(name)
    if len(shapes) > _MOST_SPECKS:
        raise _specks(name)
    if max(max(shape.height, shape.width) for shape in shapes) < _LEAST_SIDE:
        raise DataError(
            "{picture} shows no digit but a speck; crop it to one digit, at least {least} pixels high.",
            picture=name,
            least=_LEAST_SIDE,
        )
    whole = np.any([shape.mask for shape in shapes], axis=0)
    if np.mean(border(whole)) > (0.03 if surrounded else 0.5):
        raise DataError(
            "{picture} shows no digit apart from its edges; crop it to one digit with paper all around.", picture=name
        )
    digits = [part for shape in _row(shapes, name) for part in _apart(shape, name)]
    return [digit.mask for digit in digits]


def _without_edges(shapes: list[_Shape]) -> list[_Shape]:
    """The shapes without those along the picture's edge, and without those that come in from it beside a digit."""
    outer = [shape for shape in shapes if border(shape.mask).any()]
    inner = [shape for shape in shapes if not border(shape.mask).any()]
    kept = [shape for shape in outer if not _along_an_edge(shape.mask)]
    inner = [shape for shape in inner if not _along_an_edge(shape.mask)]
    if not kept and not inner:
        return outer
    most = max((shape.area for shape in inner), default=0)
    if not kept or most < _INNER * max(shape.area for shape in kept):
        return inner + kept
    tallest = max(shape.height for shape in inner)
    # A number that is cut to its box touches the edge with its first and last digit.
    row = [shape for shape in inner if shape.height >= 0.7 * tallest]
    alike = [
        shape
        for shape in kept
        if 0.7 * tallest <= shape.height <= 1.4 * tallest
        and shape.width <= 1.3 * shape.height
        and all(_overlap(shape.rows, other.rows) >= 0.7 for other in row)
    ]
    return inner + alike


def _along_an_edge(mask: Mask) -> bool:
    """Whether a shape runs along an edge of the picture for more than half of it, and reaches in by little."""
    for axis in (0, 1):
        first, last = span(mask, axis)
        near = 1 + mask.shape[axis] // 100
        edges = mask.take(range(near), axis), mask.take(range(-near, 0), axis)
        for edge, depth in zip(edges, (last, mask.shape[axis] - first), strict=True):
            contact = np.count_nonzero(edge.any(axis=axis))
            if contact >= mask.shape[1 - axis] / 2 and depth <= contact / 4:
                return True
    return False


def _row(shapes: list[_Shape], name: str) -> list[_Shape]:
    """Assemble shapes into digits, from left to right. Raises `DataError` if digits stand one above another."""
    tallest = max(max(shape.height for shape in shapes), max(shape.width for shape in shapes) // 2)
    tall = sorted((shape for shape in shapes if shape.height >= _TALL * tallest), key=lambda shape: shape.columns)
    small = [shape for shape in shapes if shape.height < _TALL * tallest]
    if not tall:  # a lying stroke, or dashes
        tall, small = [max(shapes, key=lambda shape: shape.area)], []
    digits: list[_Shape] = []
    for shape in tall:
        if digits and _overlap(digits[-1].columns, shape.columns) >= 0.4:
            if _one_above_another(digits[-1], shape):
                raise _specks(name) if len(shapes) > _MOST_STACKED else _stacked(name)
            digits[-1] = digits[-1].with_(shape)
        else:
            digits.append(shape)
    for left, right in itertools.pairwise(digits):
        if _overlap(left.rows, right.rows) < 0.3:
            raise _stacked(name)
    if len(digits) > _MOST_DIGITS:
        raise DataError(
            "{picture} shows {count} shapes in a row; crop it to {most} digits at most.",
            picture=name,
            count=len(digits),
            most=_MOST_DIGITS,
        )
    for part in small:
        distances = [max(_gap(digit.rows, part.rows), _gap(digit.columns, part.columns)) for digit in digits]
        nearest = int(np.argmin(distances))
        if distances[nearest] <= _APART * tallest:
            digits[nearest] = digits[nearest].with_(part)
    return digits


def blank(name: str) -> DataError:
    """The error for a picture without anything dark."""
    return DataError("{picture} shows no digit: it is blank, or its ink is too faint.", picture=name)


def _specks(name: str) -> DataError:
    return DataError(
        "{picture} shows specks all over, and no digit; crop it to one digit on plain paper.", picture=name
    )


def _stacked(name: str) -> DataError:
    return DataError("{picture} shows digits one above another; crop it to one line.", picture=name)


def _one_above_another(first: _Shape, second: _Shape) -> bool:
    """Whether two tall shapes, one above the other, are two digits rather than the halves of a broken one."""
    upper, lower = sorted((first, second), key=lambda shape: shape.rows)
    gap = (lower.rows[0] - upper.rows[1]) / min(upper.height, lower.height)
    both = upper.with_(lower)
    broad = all(shape.width > 0.35 * shape.height for shape in (upper, lower))  # and not the halves of a 1
    return gap > 0.25 or (gap >= 0 and broad and both.height > (2 if gap > 0.06 else 2.2) * both.width)


def _apart(shape: _Shape, name: str) -> list[_Shape]:
    """One digit, or several that touch, cut apart along the path with the least ink."""
    if shape.width < _WIDE * shape.height or shape.height < _LEAST_CUT:
        return [shape]
    (top, bottom), (left, right) = shape.rows, shape.columns
    mask = shape.mask[top:bottom, left:right]
    # A stroke is about as wide as the area of the ink divided by half the length of its edges.
    edges = np.count_nonzero(np.diff(mask, axis=0)) + np.count_nonzero(np.diff(mask, axis=1))
    stroke = min(2 * shape.area / max(edges / 1.2, 1), 0.3 * shape.height)
    least = round(0.25 * shape.height)  # the width of a digit
    path, inked = _least_ink(mask, least, shape.width - least)
    before = np.arange(shape.width) < path[:, None]
    parts = [mask & before, mask & ~before]
    if inked <= 1.4 * stroke and all(part.any() and _length(span(part, 0)) >= 0.75 * shape.height for part in parts):
        both = [_Shape(_placed(part, shape.mask.shape, top, left)) for part in parts]
        return [digit for part in both for digit in _apart(part, name)]
    if shape.width < _TOO_WIDE * shape.height:
        return [shape]
    raise DataError(
        "{picture} shows digits that touch; write them farther apart, or crop it to one digit.", picture=name
    )


def _least_ink(mask: Mask, first: int, last: int) -> tuple[NDArray[np.int64], int]:
    """The path from top to bottom between two columns, by steps down, left and right, that crosses the least ink.

    Returns:
        The column of each row, and how many pixels of ink the path crosses.

    References:
        Dynamic programming, as in S. Avidan, A. Shamir, *Seam Carving for Content-Aware Image Resizing*, 2007.
    """
    # Of paths through the same amount of ink, prefer the middle one.
    total = mask[:, first : last + 1] + 0.0003 * np.abs(np.arange(first, last + 1) - (first + last) / 2)
    for row in range(1, len(total)):
        above = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(above[:-2], above[2:]), above[1:-1])
    path = np.zeros(len(total), np.int64)
    path[-1] = total[-1].argmin()
    for row in range(len(total) - 2, -1, -1):
        near = max(path[row + 1] - 1, 0)
        path[row] = near + total[row, near : path[row + 1] + 2].argmin()
    inked = int(np.count_nonzero(mask[np.arange(len(mask)), path + first]))
    return path + first, inked


def _placed(part: Mask, shape: tuple[int, ...], top: int, left: int) -> Mask:
    whole = np.zeros(shape, np.bool_)
    whole[top : top + part.shape[0], left : left + part.shape[1]] = part
    return whole


def connected(mask: Mask) -> list[Mask]:
    """Every connected shape in a mask, diagonals included, from top to bottom; the smallest are left out as dust.

    Examples:
        >>> shapes = connected(np.array([[True, False, False, True], [False, True, False, True]]))
        >>> [int(shape.sum()) for shape in shapes]
        [2, 2]
    """
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    first_of = np.searchsorted(rows, np.arange(len(mask) + 1)).tolist()
    begins, stops = starts.tolist(), ends.tolist()
    for row in range(1, len(mask)):
        above, last_above, below, last_below = first_of[row - 1], first_of[row], first_of[row], first_of[row + 1]
        while above < last_above and below < last_below:
            if begins[above] <= stops[below] and begins[below] <= stops[above]:
                a, b = root(above), root(below)
                parent[max(a, b)] = min(a, b)
            if stops[above] < stops[below]:
                above += 1
            else:
                below += 1
    roots = np.array([root(run) for run in range(len(rows))], np.int64)
    labels = np.zeros(mask.shape, np.int64)
    labels[mask] = np.repeat(roots, ends - starts) + 1
    counts = np.bincount(labels.ravel())
    # The smallest are dust; there may be thousands.
    counts[0] = 0
    kept = np.flatnonzero(counts >= max(1, counts.max(initial=0) * _SPECK / 2))
    return [labels == label for label in kept[: 20 * _MOST_SPECKS]]


def span(mask: Mask, axis: int) -> tuple[int, int]:
    """The first row or column with a true element, and the one after the last.

    Args:
        mask: A matrix with at least one true element.
        axis: 0 for rows, 1 for columns.

    Returns:
        `(first, end)`.

    Examples:
        >>> span(np.array([[False, True, True, False]]), 1)
        (1, 3)
    """
    places = np.flatnonzero(mask.any(axis=1 - axis))
    return int(places[0]), int(places[-1]) + 1


def side(mask: Mask) -> int:
    """The height or width of the true part of a matrix, whichever is larger."""
    return max(_length(span(mask, axis)) for axis in (0, 1))


def border(a: NDArray[T]) -> NDArray[T]:
    """The outermost elements of a matrix, clockwise from the upper left."""
    return np.concatenate([a[0], a[1:-1, -1], a[-1, ::-1], a[-2:0:-1, 0]])


def _length(ends: tuple[int, int]) -> int:
    return ends[1] - ends[0]


def _gap(a: tuple[int, int], b: tuple[int, int]) -> int:
    """The distance between two intervals, 0 where they overlap."""
    return max(0, b[0] - a[1], a[0] - b[1])


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    """The fraction of the shorter of two intervals that lies in the longer."""
    return max(0, min(a[1], b[1]) - max(a[0], b[0])) / max(1, min(_length(a), _length(b)))


def _grown(mask: Mask) -> Mask:
    """The mask, grown by one pixel on all sides."""
    wide = np.pad(mask, 1)
    grown: Mask = np.zeros_like(mask)
    for down, right in itertools.product(range(3), repeat=2):
        grown |= wide[down : down + mask.shape[0], right : right + mask.shape[1]]
    return grown
