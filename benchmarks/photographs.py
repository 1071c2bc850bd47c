"""Digits as a telephone's camera sees them: `photograph` writes MNIST's digits on paper, and looks at it.

The paper is textured, plain, ruled or squared; it is seen at an angle under uneven light, with the edge of a shadow now
and then; the sensor adds noise, the lens blur.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter


@dataclass(frozen=True)
class Scene:
    """What is photographed; of each pair of bounds one value is drawn.

    Attributes:
        height: of the digits, as a share of the picture's side.
        paper: "plain"; "ruled", horizontal lines; "squared", lines both ways.
        line: how dark the lines are, 1 as the pen.
        gap: between neighboring digits, as a share of their height.
        shadow: how often the edge of a shadow falls on the paper.
        table: how often the paper ends within the picture, on a darker table.
        side: of the picture, in pixels.
    """

    height: tuple[float, float] = (0.29, 0.625)
    paper: str = "plain"
    line: tuple[float, float] = (0.3, 1.0)
    gap: tuple[float, float] = (0.1, 0.4)
    shadow: float = 0.3
    table: float = 0.0
    side: int = 480


def photograph(digits: list[np.ndarray], random: np.random.Generator, scene: Scene = Scene()) -> Image.Image:
    """Digits (28 × 28 each, ink high), written from left to right, in gray."""
    side = scene.side
    height = round(side * random.uniform(*scene.height))
    row = _row([_pen(digit, height) for digit in digits], height, random, scene.gap)
    while row.shape[1] > 0.92 * side:  # a long number is written smaller
        height = int(height * 0.92 * side / row.shape[1])
        row = _row([_pen(digit, height) for digit in digits], height, random, scene.gap)
    width = row.shape[1]
    edge = min(side // 8, (side - height) // 2, (side - width) // 2)
    top = int(random.integers(edge, side - height - edge + 1))
    left = int(random.integers(edge, side - width - edge + 1))
    bend = min(0.09, 0.7 * edge / side)  # no corner moves farther than the margin
    around = side // 8  # lines go on beyond what is seen
    if scene.paper == "plain":
        page = np.zeros((side + 2 * around, side + 2 * around))
    else:
        page = _lines(scene, side + 2 * around, height, random)
    spot = page[around + top : around + top + height, around + left : around + left + width]
    np.maximum(spot, row, out=spot)
    ink = _seen(page, bend, random)[around:-around, around:-around]
    down, right = np.mgrid[0:side, 0:side] / side - 0.5
    angle = random.uniform(0, 2 * np.pi)
    light = 1 + random.uniform(0.05, 0.4) * (down * np.cos(angle) + right * np.sin(angle))
    if random.random() < scene.shadow:  # the edge of a shadow, out of focus
        shade = 1 / (1 + np.exp(-(down * np.sin(angle) - right * np.cos(angle) + random.uniform(-0.3, 0.3)) * 60))
        light = light * (1 - random.uniform(0.1, 0.35) * shade)
    grain = Image.fromarray(random.normal(128, 60, (side // 4, side // 4)).clip(0, 255).astype(np.uint8))
    texture = np.asarray(grain.resize((side, side), Image.Resampling.BICUBIC), float) / 128 - 1
    paper = random.uniform(0.6, 0.9) * (1 + 0.02 * texture)
    pen = random.uniform(0.08, 0.35)
    surface = paper * (1 - ink) + pen * ink
    if random.random() < scene.table:
        axis, place = random.integers(2), random.uniform(0.01, 0.08)
        beyond = [down, right][axis] + 0.5 < place
        surface = np.where(beyond if random.random() < 0.5 else beyond[::-1, ::-1], random.uniform(0.1, 0.4), surface)
    gray = light * surface * 255 + random.normal(0, random.uniform(1, 6), (side, side))
    picture = Image.fromarray(gray.clip(0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.8) * min(1, 4 * height / side)))


def _pen(digit: np.ndarray, height: int) -> np.ndarray:
    """The digit cut to its box, so high, as sharp as a pen's strokes are."""
    rows, columns = (np.flatnonzero((digit > 76).any(axis=axis)) for axis in (1, 0))
    scale = height / (rows[-1] - rows[0] + 1)
    box = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (max(1, round(box.shape[1] * scale)), height)
    ink = np.asarray(Image.fromarray(box).resize(size, Image.Resampling.BICUBIC), float) / 255
    return np.clip((ink - 0.3) / 0.4, 0, 1)


def _row(pens: list[np.ndarray], height: int, random: np.random.Generator, gap: tuple[float, float]) -> np.ndarray:
    """Digits side by side; a negative gap lets boxes overlap."""
    row = pens[0]
    for pen in pens[1:]:
        between = round(height * random.uniform(*gap))
        wide = np.zeros((height, max(row.shape[1] + between, 0) + pen.shape[1]))
        wide[:, : row.shape[1]] = row
        wide[:, -pen.shape[1] :] = np.maximum(wide[:, -pen.shape[1] :], pen)
        row = wide
    return row


def _lines(scene: Scene, side: int, height: int, random: np.random.Generator) -> np.ndarray:
    """The printed lines of ruled or squared paper."""
    page = np.zeros((side, side))
    apart, dark = max(height * random.uniform(0.45, 1.1), side / 20), random.uniform(*scene.line)
    thick = max(side / 600, side * random.uniform(0.0016, 0.005))
    for axis in (0, 1)[: 1 if scene.paper == "ruled" else 2]:
        places = (np.arange(side) - random.uniform(0, apart)) % apart
        lines = np.where(places < thick, dark, 0)
        page = np.maximum(page, lines[:, None] if axis == 0 else lines)
    return page


def _seen(page: np.ndarray, bend: float, random: np.random.Generator) -> np.ndarray:
    """The page from somewhat aside: its corners are moved by up to so much of its side."""
    side = len(page)
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], float)
    bent = corners + random.uniform(-bend * side, bend * side, (4, 2))
    equations = []
    for (x, y), (u, v) in zip(corners, bent, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    seen = np.linalg.solve(np.array(equations), bent.reshape(-1))
    flat = Image.fromarray((page * 255).astype(np.uint8))
    moved = flat.transform((side, side), Image.Transform.PERSPECTIVE, tuple(seen), Image.Resampling.BILINEAR)
    return np.asarray(moved) / 255
