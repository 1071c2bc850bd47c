"""Drawings that are no digits, for the reader to learn that it cannot know: letters of a font, scribbles, shapes, pieces.

The reader is trained with each of them under a digit drawn at random, so that what it learns of them is that all ten
digits are alike. Letters and shapes that could be digits (O, I, l, S, Z, B, b, G, g, q, y, circles, single lines) are not
among them. The drawings on which `handwriting.py` measures are made there, by other code from other strokes.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from chainrule.data.images import frame

LETTERS = "ACEFHKLMNPRTUVWXYadefhkmnprtuvwx&#%@?+*=$"
_SIDE = 112


def nondigits(images: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """So many drawings, n × 28 × 28, `uint8`. Some are put together from pieces of these images of digits."""
    makers = [_letter, _letter, _scribble, _scribble, _shape, lambda random: _pieces(images, random)]
    return np.stack([frame(makers[k % len(makers)](random)) for k in range(count)])


def _letter(random: np.random.Generator) -> np.ndarray:
    """A letter of Pillow's own font, thin to bold, narrow to wide."""
    sheet = Image.new("L", (_SIDE * 2, _SIDE * 2))
    font = ImageFont.load_default(90)
    letter = LETTERS[random.integers(len(LETTERS))]
    ImageDraw.Draw(sheet).text((60, 40), letter, fill=255, font=font, stroke_width=int(random.integers(0, 5)))
    box = sheet.getbbox()
    width, height = box[2] - box[0], box[3] - box[1]
    size = (max(8, round(width * random.uniform(0.6, 1.3))), max(8, round(height)))
    return np.asarray(sheet.crop(box).resize(size), float)


def _scribble(random: np.random.Generator) -> np.ndarray:
    """One to four curves through random points, long enough not to be a digit by chance."""
    sheet = Image.new("L", (_SIDE, _SIDE))
    draw = ImageDraw.Draw(sheet)
    width = int(random.integers(5, 14))
    strokes = int(random.integers(1, 5))
    for _ in range(strokes):
        points = random.uniform(10, _SIDE - 10, (int(random.integers(6, 14)) if strokes == 1 else 4, 2))
        if random.random() < 0.5:
            points = _curve(points)
        draw.line([tuple(point) for point in points], fill=255, width=width, joint="curve")
    return np.asarray(sheet, float)


def _curve(points: np.ndarray) -> np.ndarray:
    """A smooth curve through points (Catmull and Rom)."""
    whole = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 9)[:, None]
    parts = []
    for a, b, c, d in zip(whole, whole[1:], whole[2:], whole[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate(parts)


def _shape(random: np.random.Generator) -> np.ndarray:
    """A filled or crossed polygon or ellipse, stripes, a grid, or grains."""
    sheet = Image.new("L", (_SIDE, _SIDE))
    draw = ImageDraw.Draw(sheet)
    wide, high = random.uniform(20, 50, 2)
    box = (56 - wide, 56 - high, 56 + wide, 56 + high)
    width = int(random.integers(5, 14))
    kind = random.integers(6)
    if kind == 0:
        draw.rectangle(box, fill=255)
    elif kind == 1:
        draw.ellipse(box, fill=255)
    elif kind == 2:
        angles = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(3, 7))))
        corners = [(56 + wide * np.cos(a), 56 + high * np.sin(a)) for a in angles]
        draw.polygon(corners, fill=255 if random.random() < 0.7 else 0, outline=255, width=width)
    elif kind == 3:
        (draw.rectangle if random.random() < 0.5 else draw.ellipse)(box, outline=255, width=width)
        draw.line([box[:2], box[2:]], fill=255, width=width)
        draw.line([(box[0], box[3]), (box[2], box[1])], fill=255, width=width)
    elif kind == 4:
        across, along = random.integers(0, 4, 2)
        for k in range(across + 2):
            x = box[0] + (box[2] - box[0]) * k / (across + 1)
            draw.line([(x, box[1]), (x, box[3])], fill=255, width=width)
        for k in range(along * 2 - 2):
            y = box[1] + (box[3] - box[1]) * k / max(along * 2 - 3, 1)
            draw.line([(box[0], y), (box[2], y)], fill=255, width=width)
    else:
        grains = random.random((14, 14)) < random.uniform(0.2, 0.8)
        sheet = Image.fromarray((grains * 255).astype(np.uint8)).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    return np.asarray(sheet, float)


def _pieces(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Two digits beside, above or over one another, or half of one beside half of another lying on its side."""
    first, second = images[random.integers(0, len(images), 2)].astype(float)
    kind = random.integers(4)
    if kind == 0:
        near = int(random.integers(10, 18))
        sheet = np.zeros((28, 28 + near))
        sheet[:, :28] = first
        sheet[:, near:] = np.maximum(sheet[:, near:], second)
        return sheet
    if kind == 1:
        near = int(random.integers(14, 20))
        sheet = np.zeros((28 + near, 28))
        sheet[:28] = first
        sheet[near:] = np.maximum(sheet[near:], second)
        return sheet
    if kind == 2:
        return np.maximum(first, np.rot90(second, int(random.integers(1, 4))))
    return np.concatenate([first[:14], np.rot90(second)[14:]])
