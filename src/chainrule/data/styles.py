"""Ways of writing 1, 4, 7 and 9 that are rare in MNIST, drawn onto its images: `restyled`.

MNIST's writers learned to write in the United States. Elsewhere a 1 has a flag and a foot, a 7 a bar, a 9 a hooked tail,
and the stem of a 4 begins just above its crossbar. A network that never saw these reads a 1 with a flag as 4 or 9.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .datasets import Dataset
from .errors import DataError
from .images import SIDE, frame

Ink = NDArray[np.float64]

_INK = 0.5  # of full ink: more than this is inside a stroke


def restyled(images: NDArray[np.uint8], labels: ArrayLike, random: np.random.Generator) -> Dataset:
    """Redraw every 1, 4, 7 and 9 in a style that is rare in MNIST; all other digits are left out.

    A 1 gets a flag, a foot, or both; a 7 a bar across its stem; a 9 a tail that is hooked to the left; a 4 loses the
    upper part of its stem. Lengths and angles are drawn for each image; the stroke is as wide and as dark as the
    image's own. The result is framed again as MNIST's images are. An image is left out if its shape offers no place for the
    change (a 4 without two strokes side by side), or if its ink is pale.

    Args:
        images: n × 28 × 28 grays, `uint8`, as in a `Dataset`.
        labels: n whole numbers, the digits.
        random: The random generator; the same state gives the same images.

    Returns:
        The changed images and their labels, in the given order.

    Raises:
        DataError: The images are not n × 28 × 28 `uint8`, or there are not n labels.

    Examples:
        >>> from chainrule.data.datasets import mnist
        >>> train, _, _ = mnist()
        >>> some = restyled(train.images[:100], train.labels[:100], np.random.default_rng(0))
        >>> sorted({int(label) for label in some.labels})
        [1, 4, 7, 9]
    """
    images, digits = np.asarray(images), np.asarray(labels)
    if images.dtype != np.uint8 or images.shape[1:] != (SIDE, SIDE) or digits.shape != images.shape[:1]:
        raise DataError(
            "images are {dtype} of shape {shape} and labels of shape {labels}; give grays as uint8, n × 28 × 28, "
            "and n labels.",
            dtype=images.dtype,
            shape=images.shape,
            labels=digits.shape,
        )
    changed, kept = [], []
    for image, digit in zip(images, digits, strict=True):
        change = _STYLES.get(int(digit))
        inked = image.max(initial=0) > 255 * _INK
        ink = change(image / 255, random) if change is not None and inked else None
        if ink is not None:
            changed.append(frame(ink))
            kept.append(digit)
    shape = (len(changed), SIDE, SIDE)
    return Dataset(np.array(changed, np.uint8).reshape(shape), np.array(kept, np.int64))


def _flag_and_foot(ink: Ink, random: np.random.Generator) -> Ink:
    """A 1 with a flag, a foot, or both."""
    (top, left), (bottom, right) = _end(ink, 0), _end(ink, -1)
    height = bottom - top
    kind = random.choice(["flag", "foot", "both"], p=[0.65, 0.1, 0.25])
    strokes = []
    if kind != "foot":  # the flag points back along the stem, to its left
        angle = np.radians(random.uniform(20, 58)) + np.arctan2(left - right, height)
        length = height * random.uniform(0.2, 0.5 if kind == "flag" else 0.4)
        strokes.append([(top, left), (top + length * np.cos(angle), left - length * np.sin(angle))])
    if kind != "flag":
        before, after = height * random.uniform(0.1, 0.3, 2)
        tilt = random.uniform(-0.1, 0.1)
        strokes.append([(bottom + tilt * before, right - before), (bottom - tilt * after, right + after)])
    return _drawn(ink, strokes)


def _short_stem(ink: Ink, random: np.random.Generator) -> Ink | None:
    """A 4 whose stem begins just above its crossbar: above, the right one of two strokes is rubbed out."""
    rows = [_runs(row > _INK) for row in ink]
    used = [k for k, runs in enumerate(rows) if runs]
    middle = range(used[0] + len(used) // 3, used[0] + 5 * len(used) // 6)
    crossbar = max(middle, key=lambda k: max((end - start for start, end in rows[k]), default=0))
    two = [k for k in used if k < crossbar and len(rows[k]) >= 2]
    if len(two) < 4:
        return None
    last = crossbar - random.uniform(0.05, 0.3) * (crossbar - used[0]) - 1
    kept = ink.copy()
    for k in range(used[0], int(last) + 1):
        above = two[0] if k < two[0] else k  # where the stem reaches higher than the other stroke, it goes too
        if above in two:
            kept[k, (rows[above][-2][1] + rows[above][-1][0] + 1) // 2 :] = 0
    return kept


def _bar(ink: Ink, random: np.random.Generator) -> Ink | None:
    """A 7 with a bar across its stem."""
    (top, _), (bottom, _) = _end(ink, 0), _end(ink, -1)
    row = top + (bottom - top) * random.uniform(0.42, 0.65)
    runs = _runs(ink[round(row)] > _INK)
    if not runs:
        return None
    column = (runs[-1][0] + runs[-1][1] - 1) / 2
    before, after = (bottom - top) * random.uniform(0.15, 0.4, 2)
    tilt = random.uniform(-0.2, 0.4)
    return _drawn(ink, [[(row + tilt * before, column - before), (row - tilt * after, column + after)]])


def _hook(ink: Ink, random: np.random.Generator) -> Ink:
    """A 9 whose tail is hooked to the left."""
    (top, _), (bottom, right) = _end(ink, 0), _end(ink, -1)
    height = bottom - top
    end = (bottom + height * random.uniform(-0.2, 0.1), right - height * random.uniform(0.3, 0.65))
    low = (bottom + height * random.uniform(0.1, 0.3), right - height * random.uniform(0, 0.25))
    along = np.linspace(0, 1, 9)[:, None]
    curve = (1 - along) ** 2 * (bottom, right) + 2 * along * (1 - along) * low + along**2 * end
    return _drawn(ink, [curve])


_STYLES: dict[int, Callable[[Ink, np.random.Generator], Ink | None]] = {
    1: _flag_and_foot,
    4: _short_stem,
    7: _bar,
    9: _hook,
}


def _end(ink: Ink, which: int) -> tuple[float, float]:
    """Row and column where a digit's strokes begin at the top (0) or end at the bottom (−1)."""
    row = np.flatnonzero((ink > _INK).any(axis=1))[which]
    return float(row), float(np.flatnonzero(ink[row] > _INK).mean())


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The start and the end of each run of true elements."""
    edges = np.flatnonzero(np.diff(row, prepend=False, append=False))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _drawn(ink: Ink, strokes: Sequence[ArrayLike]) -> Ink:
    """The ink with more strokes along points (row, column), as wide and as dark as its own, on a larger sheet."""
    margin = SIDE // 2
    slopes = np.gradient(ink)
    width = 2 * ink.sum() / np.hypot(*slopes).sum()  # a long stroke has twice its length in edges
    dark = np.percentile(ink[ink > _INK], 75)
    sheet = np.pad(ink, margin)
    rows, columns = np.indices(sheet.shape) - margin
    for stroke in strokes:
        points = np.asarray(stroke, np.float64)
        for start, end in itertools.pairwise(points):
            down, right = end - start
            length = max(down * down + right * right, 1e-9)
            along = np.clip(((rows - start[0]) * down + (columns - start[1]) * right) / length, 0, 1)
            away = np.hypot(rows - start[0] - along * down, columns - start[1] - along * right)
            sheet = np.maximum(sheet, dark * np.clip(width / 2 + 0.5 - away, 0, 1))
    return sheet
