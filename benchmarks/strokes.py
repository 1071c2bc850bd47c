"""Digits, letters and signs as paths of a pen, drawn by hand for `handwriting.py`; nothing is trained on them.

A path is a list of strokes, a stroke a list of points (x, y) in a box of 10 × 16, y downward. `written` draws one with a
trembling hand: each time slanted, stretched, bent and as thick as a pen may be.
"""

import numpy as np
from PIL import Image, ImageDraw

Path = list[list[tuple[float, float]]]

STYLES: dict[str, list[tuple[int, Path]]] = {
    "1 with a flag": [
        (1, [[(1, 6), (6, 0), (6, 16)]]),
        (1, [[(2, 4.5), (5.5, 0.5), (5, 16)]]),
    ],
    "1 with flag and foot": [
        (1, [[(1.5, 5), (5, 0), (5, 16)], [(1.5, 16), (8.5, 16)]]),
        (1, [[(2.5, 3.5), (5.5, 0), (5, 16)], [(2, 15.8), (8, 16.2)]]),
    ],
    "7 with a bar": [
        (7, [[(0, 0.5), (9, 0), (6.5, 6), (4, 16)], [(2.5, 8.5), (8.5, 7.5)]]),
        (7, [[(0.5, 2), (0.8, 0.3), (9, 0.6), (5, 8), (3.5, 16)], [(1.5, 8), (8, 8)]]),
    ],
    "9 with a hooked tail": [
        (9, [[(8, 2), (5, 0), (1.5, 2), (1.5, 5.5), (4.5, 7.5), (8, 5), (8.3, 1.5), (8.3, 12), (6, 15.7), (2, 15.5), (0.5, 13)]]),
        (9, [[(8, 3), (6, 0.3), (2, 1), (1, 4.5), (3.5, 7), (7, 6), (8.5, 2), (8.2, 10), (7.5, 14.5), (4.5, 16), (1, 14.6)]]),
    ],
    "4 with a short stem": [
        (4, [[(6.5, 0), (0.5, 10), (9.5, 10)], [(6, 6.5), (6, 16)]]),
        (4, [[(4, 0), (0.5, 9.5), (9.5, 9)], [(7, 5), (5.5, 16)]]),
    ],
}  # fmt: skip
"""Ways of writing that MNIST hardly has: the digit and its path."""

LETTERS: dict[str, Path] = {
    "A": [[(0, 16), (5, 0), (10, 16)], [(2, 10.5), (8, 10.5)]],
    "E": [[(9, 0), (1, 0), (1, 16), (9, 16)], [(1, 7.5), (7.5, 7.5)]],
    "F": [[(9, 0), (1, 0), (1, 16)], [(1, 7.5), (7.5, 7.5)]],
    "H": [[(1, 0), (1, 16)], [(9, 0), (9, 16)], [(1, 8), (9, 8)]],
    "K": [[(1, 0), (1, 16)], [(9, 0), (1, 9), (9, 16)]],
    "M": [[(0, 16), (1, 0), (5, 10), (9, 0), (10, 16)]],
    "N": [[(1, 16), (1, 0), (9, 16), (9, 0)]],
    "P": [[(1, 16), (1, 0), (6, 0), (9, 2), (9, 6), (6, 8), (1, 8)]],
    "R": [[(1, 16), (1, 0), (6, 0), (9, 2), (9, 6), (6, 8), (1, 8), (9, 16)]],
    "V": [[(0, 0), (5, 16), (10, 0)]],
    "W": [[(0, 0), (2.5, 16), (5, 4), (7.5, 16), (10, 0)]],
    "X": [[(0, 0), (10, 16)], [(10, 0), (0, 16)]],
    "d": [[(8, 8), (5, 6), (1, 8), (1, 14), (5, 16), (8, 14)], [(8.5, 0), (8.5, 16)]],
    "f": [[(8.5, 1), (6, 0), (4.5, 2), (4.5, 16)], [(1, 6), (8, 6)]],
    "h": [[(1, 0), (1, 16)], [(1, 9), (4, 6), (7.5, 7), (8.5, 10), (8.5, 16)]],
    "k": [[(1, 0), (1, 16)], [(8, 6), (1.5, 11), (8.5, 16)]],
    "m": [[(0, 6), (0, 16)], [(0, 8), (3, 6), (5, 8), (5, 16)], [(5, 8), (8, 6), (10, 8), (10, 16)]],
    "r": [[(2, 5), (2, 16)], [(2, 9), (4.5, 5.5), (8, 6)]],
    "t": [[(5, 0), (5, 14), (7, 16), (9, 15)], [(1, 5), (9, 5)]],
    "x": [[(1, 5), (9, 16)], [(9, 5), (1, 16)]],
    "大": [[(0, 5), (10, 5)], [(5, 0), (4.5, 6), (0, 16)], [(5, 7), (10, 16)]],
    "木": [[(0, 4.5), (10, 4.5)], [(5, 0), (5, 16)], [(4.8, 5), (0, 13)], [(5.2, 5), (10, 13)]],
    "山": [[(5, 0), (5, 15)], [(0, 6), (0, 15), (10, 15)], [(10, 6), (10, 15)]],
    "田": [[(1, 2), (1, 14), (9, 14), (9, 2), (1, 2)], [(5, 2), (5, 14)], [(1, 8), (9, 8)]],
    "#": [[(3, 1), (2, 15)], [(8, 1), (7, 15)], [(0, 5), (10, 5)], [(0, 11), (10, 11)]],
    "→": [[(0, 8), (10, 8)], [(6, 4), (10, 8), (6, 12)]],
    "star": [[(5, 0), (8, 14), (0, 5), (10, 5), (2, 14), (5, 0)]],
    "heart": [[(5, 15), (0, 7), (0.5, 2), (3, 1), (5, 4), (7, 1), (9.5, 2), (10, 7), (5, 15)]],
    "face": [
        [(5, 1), (1, 4), (0, 8), (1, 12), (5, 15), (9, 12), (10, 8), (9, 4), (5, 1)],
        [(3, 6), (3, 7)], [(7, 6), (7, 7)], [(3, 10), (5, 12), (7, 10)],
    ],
}  # fmt: skip
"""Letters and signs that are no digits however they are written."""


def written(path: Path, random: np.random.Generator, side: int = 160) -> np.ndarray:
    """The path as ink of 0 to 255, side × side."""
    angle, lean = random.uniform(-0.12, 0.12), random.uniform(-0.15, 0.3)
    stretch = random.uniform(0.8, 1.2)
    large = Image.new("L", (2 * side, 2 * side))
    draw = ImageDraw.Draw(large)
    width = random.uniform(0.05, 0.12) * 2 * side
    waves = random.normal(0, 0.25, (2, 2))
    for stroke in path:
        points = _smooth(np.array(stroke, float) - (5, 8))
        points += np.sin(points[:, ::-1] * 0.4 + waves[0]) * waves[1]
        x, y = points.T
        x = x * stretch - lean * y
        turned = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=1)
        inked = [tuple(point) for point in turned * (2 * side / 24) + side]
        draw.line(inked, fill=255, width=round(width), joint="curve")
        for px, py in (inked[0], inked[-1]):
            draw.ellipse((px - width / 2, py - width / 2, px + width / 2, py + width / 2), fill=255)
    return np.asarray(large.resize((side, side), Image.Resampling.BOX), float)


def _smooth(points: np.ndarray) -> np.ndarray:
    """The path with its corners cut twice (Chaikin), but for its ends."""
    for _ in range(2):
        first, second = points[:-1], points[1:]
        cut = np.stack([0.85 * first + 0.15 * second, 0.15 * first + 0.85 * second], axis=1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut[1:-1], points[-1:]])
    return points


def scribble(random: np.random.Generator, side: int = 160) -> np.ndarray:
    """A pen that wanders: a walk whose direction changes slowly, or goes to and fro, or in a spiral."""
    kind = random.integers(3)
    n = int(random.integers(60, 160))
    if kind == 0:
        heading = np.cumsum(random.normal(0, 0.5, n)) + random.uniform(0, 6.3)
        points = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1), 0)
    elif kind == 1:
        turns = int(random.integers(6, 14))
        across = 10.0 * (np.arange(turns) % 2) + random.normal(0, 1.5, turns)
        points = np.stack([across, np.linspace(0, random.uniform(5, 14), turns)], 1)
    else:
        t = np.linspace(0, random.uniform(2.5, 5) * 2 * np.pi, n)
        points = np.stack([t * np.cos(t), t * np.sin(t) * random.uniform(0.5, 1)], 1)
    points = (points - points.min(0)) / np.ptp(points, axis=0).max() * side * 0.85 + side * 0.07
    sheet = Image.new("L", (side, side))
    ImageDraw.Draw(sheet).line([tuple(p) for p in points], fill=255, width=int(random.integers(6, 15)), joint="curve")
    return np.asarray(sheet, float)


def solid(random: np.random.Generator, side: int = 160) -> np.ndarray:
    """A filled square, rectangle, disc or triangle, turned a little."""
    wide, high = random.uniform(0.25, 0.45, 2) * side
    kind = random.integers(4)
    if kind == 0:
        high = wide
    sheet = Image.new("L", (side, side))
    draw = ImageDraw.Draw(sheet)
    middle = side / 2
    box = (middle - wide, middle - high, middle + wide, middle + high)
    if kind <= 1:
        draw.rectangle(box, fill=255)
    elif kind == 2:
        draw.ellipse(box, fill=255)
    else:
        draw.polygon([(middle, box[1]), (box[0], box[3]), (box[2], box[3])], fill=255)
    return np.asarray(sheet.rotate(random.uniform(-20, 20), Image.Resampling.BILINEAR), float)
