"""Numbers as pictures on a terminal: an image in half blocks, a layer as a row of cells with signs, activations as bars.

A cell is two columns wide and begins with its sign, so that it is readable without color; zero has the color of the paper.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.nouns import Array
from .colors import shade
from .screen import Line, Screen, Span

_ACROSS = 30  # cells of a row, as far as there is room
_FAINT = 0.06  # of the largest: what is below it looks like nothing
_SHADES = (("· ", _FAINT), ("░░", 0.34), ("▓▓", 0.67), ("██", np.inf))
_SIGNS = (("· ", _FAINT), ("{} ", 0.5), ("{0}{0}", np.inf))


def picture(screen: Screen, image: Array) -> list[Line]:
    """The lines of an image of ink from 0 to 1, two rows of pixels in each.

    >>> import io
    >>> picture(Screen(io.StringIO(), depth="none"), np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]))
    [['█▄▀']]
    """
    rows = np.vstack([image, np.zeros((len(image) % 2, image.shape[1]))])
    lines: list[Line] = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        if screen.depth == "truecolor":
            ramp = screen.palette.sequential
            line: Line = [
                ("▀", f"{shade(ramp, float(a))} on {shade(ramp, float(b))}") if max(a, b) > 0.02 else " "
                for a, b in zip(upper, lower, strict=True)
            ]
        else:
            signs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
            line = ["".join(signs[bool(a > 0.5), bool(b > 0.5)] for a, b in zip(upper, lower, strict=True))]
        while line and line[-1] == " ":
            line.pop()
        lines.append([line[0].rstrip()] if len(line) == 1 and isinstance(line[0], str) else line)
    return lines


def photo(screen: Screen, colors: Array) -> list[Line]:
    """The lines of a picture in color, rows × columns × 3 from 0 to 1, two rows of pixels in each.

    Without such colors, what is darker than the middle of its lightest and darkest gray has ink.

    >>> import io
    >>> photo(Screen(io.StringIO(), depth="none"), np.array([[[0.0, 0.0, 0.5], [1.0, 1.0, 1.0], [0.0, 0.0, 0.5]]]))
    [['▀ ▀']]
    """
    if screen.depth != "truecolor":
        grays = colors.mean(axis=2)
        return picture(screen, trimmed((grays < (grays.min() + grays.max()) / 2).astype(np.float64), margin=0))
    codes = [
        [f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in row] for row in np.rint(colors * 255).astype(int)
    ]
    below = [*codes[1::2], [""] * len(codes[0])]  # an odd last row has nothing below it
    return [
        [("▀", f"{upper} on {lower}" if lower else upper) for upper, lower in zip(*rows, strict=True)]
        for rows in zip(codes[::2], below, strict=False)
    ]


def trimmed(image: Array, margin: int = 1) -> Array:
    """The part of an image that has ink, with a margin; an even number of rows is cut off above it."""
    rows, columns = np.flatnonzero(image.max(axis=1) > 0.02), np.flatnonzero(image.max(axis=0) > 0.02)
    if not len(rows):
        return image
    top, left = max(0, (rows[0] - margin) // 2 * 2), max(0, columns[0] - margin)
    part: Array = image[top : rows[-1] + 1 + margin, left : columns[-1] + 1 + margin]
    return part


def strip(screen: Screen, values: Sequence[float], marked: int | None = None, signed: bool = False) -> list[Line]:
    """A layer's numbers as rows of cells, the largest at full strength; the `marked` one has ^ and its number below."""
    most = max((abs(value) for value in values), default=0.0) or 1.0
    lines: list[Line] = []
    across = max(1, min(_ACROSS, (screen.width - 12) // 2))
    for start in range(0, len(values), across):
        part = values[start : start + across]
        lines.append([_cell(screen, value / most, signed) for value in part])
        if marked is not None and start <= marked < start + len(part):
            lines.append([" " * (2 * (marked - start)), (f"^ {marked}", "bold")])
    return lines


def grid(screen: Screen, values: Array) -> list[Line]:
    """Numbers with signs as a picture, a cell of two columns each, the largest at full strength."""
    most = float(np.abs(values).max()) or 1.0
    return [[_cell(screen, float(value) / most, True) for value in row] for row in values]


def _cell(screen: Screen, share: float, signed: bool) -> Span:
    """Two columns for a number from −1 to 1."""
    sign = "+" if share > 0 else "−"
    if screen.depth == "truecolor":
        if abs(share) < _FAINT:
            return ("· ", "ink3")
        if not signed and share >= 0:
            return ("  ", f"on {shade(screen.palette.sequential, share)}")
        ground = shade(screen.palette.diverging, (share + 1) / 2)
        return (f"{sign} ", f"{readable(ground)} on {ground}")
    table = _SIGNS if signed or share < 0 else _SHADES
    text = next(text for text, below in table if abs(share) < below)
    style = "ink3" if text == "· " else ("pos" if share > 0 else "neg") if table is _SIGNS else "a"
    return (text.format(sign), style)


def shaded(screen: Screen, share: float, text: str) -> tuple[str, str]:
    """A text on a ground that is the darker, the larger a share of 1; without such colors, with a sign behind it.

    >>> import io
    >>> shaded(Screen(io.StringIO(), depth="none"), 0.8, "0.80")
    ('0.80█', 'bold')
    """
    if screen.depth == "truecolor":
        ground = shade(screen.palette.sequential, min(max(share, 0.0), 1.0))
        return (f" {text} ", f"{readable(ground)} on {ground}")
    sign = next(sign for sign, below in zip(" ░▒▓█", (_FAINT, 0.25, 0.5, 0.75, np.inf), strict=True) if share < below)
    return (f"{text}{sign}", "bold" if share >= 0.5 else "")


def readable(ground: str) -> str:
    """Black or white, whichever is readable on a background."""
    red, green, blue = bytes.fromhex(ground[1:])
    return "#14161B" if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else "#FFFFFF"
