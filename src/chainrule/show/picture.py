"""An array as a picture in the shape of its matrix, with a text alternative and a table of its numbers.

The kind of picture is chosen by shape here; `heat.py` makes colors and pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..core.dims import Shape, shape_text
from ..dimensions import count_text
from .heat import Scale, heat, photo_address
from .markup import Html, Speaker, joined, tag
from .numbers import figure, mean, rounded

Floats = NDArray[np.float64]

_CELL = 14  # pixels of a cell that has its index beside it; it does not shrink on a phone, since letters do not
_LABELED = 10  # up to so many rows have their indices
_IMAGE, _LARGE, _SMALL = 112, 196, 30  # side of an image
_LONGEST = 216  # side of a map of cells
_GAP, _DIGIT = 5, 8  # before the index of a marked row, and of each of its digits
_MOST_NUMBERS = 2000  # in one table


@dataclass(frozen=True)
class Look:
    """How an array is to be drawn.

    - `scale`: what its colors stand for.
    - `image`: height and width of the image that the axis `image_axis` (0 or 1) is, unrolled row after row.
    - `chosen`: which row or column lies on top where there are too many; also marked at the side of a column.
    - `marked`: rows that get their index at the side. `strength` fades the others: see `heat`.
    - `lying`: a column of an image is drawn as it is, a bar code lying down, not as the image.
    - `large`, `small`: an image, so drawn.
    """

    scale: Scale
    image: tuple[int, int] | None = None
    image_axis: int | None = None
    chosen: int | None = None
    marked: Sequence[int] = ()
    strength: float | Floats = 1.0
    lying: bool = False
    large: bool = False
    small: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture: its markup, its width in pixels where nothing shrinks, how much of that never shrinks, and a caption.

    `shown` are the numbers that it shows, a matrix; `part` says which part of the array that is, where it is not all.
    """

    html: Html
    width: int
    fixed: int
    caption: str
    shown: Floats = field(repr=False)
    part: str = ""


def picture(values: Floats, look: Look, say: Speaker) -> Picture:
    """Draw an array.

    - a number: itself;
    - an axis that is an image: the image, one of several on a stack of cards;
    - a column of at most 10 rows: cells with their indices; a longer one: thinner cells;
    - any other matrix: a map of cells, as high and as wide as the columns that it meets.
    - an array with one axis lies down; of one with more than two, a matrix is shown on a stack of cards;
    - numbers that lie by themselves, one for each map, are a column.
    """
    matrix = np.atleast_2d(values) if values.ndim <= 2 else _on_top(values, look.chosen or 0)
    if values.size == 1:
        text = figure(float(matrix[0, 0]))
        return Picture(tag("span", text, class_="cr-number"), 8 * len(text) + 8, 8 * len(text) + 8, Html(), matrix)
    if not values.size:
        return Picture(tag("span", "∅", class_="cr-number"), 24, 24, Html(), matrix)
    count = values.size // matrix.size
    if count > 1:
        part = say("1 of {count}: matrix {place}", count=count, place=look.chosen or 0)
        width, height = _extent(matrix.shape[1]), _extent(matrix.shape[0])
        return Picture(_stack(_pixels(matrix, look, width, height)), width + 8, 8, part, matrix, part)
    if look.image is not None and look.image_axis is not None:
        return _of_images(matrix, look.image, look.image_axis, look, say)
    return _cells(matrix, look)


def _on_top(values: Floats, place: int) -> Floats:
    """The matrix of an array of more than two axes that is seen."""
    if values.shape[-2:] == (1, 1):
        return values.reshape(-1, 1)
    matrix: Floats = values.reshape(-1, *values.shape[-2:])[place]
    return matrix


def _of_images(matrix: Floats, image: tuple[int, int], axis: int, look: Look, say: Speaker) -> Picture:
    count = matrix.shape[1 - axis]
    if look.lying:
        line = matrix.reshape(1, -1)
        return Picture(_pixels(line, look, 392, 44, smooth=True), 392, 0, Html(), line)
    place = (look.chosen or 0) if count > 1 else 0
    shown = np.take(matrix, place, axis=1 - axis).reshape(image)
    width, height = _fit_sides(image, _LARGE if look.large else _SMALL if look.small else _IMAGE)
    drawn = _pixels(shown, look, width, height)
    if count == 1:
        return Picture(drawn, width, 0, Html(), shown)
    part = (
        say("1 of {count}: row {row}", count=count, row=place)
        if axis
        else say("1 of {count}: column {column}", count=count, column=place)
    )
    return Picture(_stack(drawn), width + 8, 8, part, shown, part)


def photo(colors: Floats, activations: Floats, say: Speaker, large: bool = False) -> Picture:
    """Draw a picture in its colors, rows × columns × 3 from 0 to 1; `activations` are the numbers that stand for it."""
    rows, columns, channels = colors.shape
    width, height = _fit_sides((rows, columns), _LARGE if large else _IMAGE)
    style = f"width:calc(var(--u,1)*{width}px);height:calc(var(--u,1)*{height}px)"
    drawn = tag("img", alt="", src=photo_address(colors), class_="cr-heat", style=style)
    shown = activations.reshape(channels * rows, columns)
    return Picture(joined(drawn, tag("span", summary(shown, say), class_="cr-spoken")), width, 0, Html(), shown)


def _fit_sides(image: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height of a picture whose longer side has so many pixels."""
    rows, columns = image
    return round(side * min(1.0, columns / rows)), round(side * min(1.0, rows / columns))


def _stack(drawn: Html) -> Html:
    return tag("span", tag("i"), tag("i"), drawn, class_="cr-stack")


def _cells(matrix: Floats, look: Look) -> Picture:
    rows, columns = matrix.shape
    labeled = rows <= _LABELED and rows > 1
    height = _CELL * rows if rows <= _LABELED else _extent(rows)
    thick = 22 if labeled else 16
    width = thick if columns == 1 else _extent(columns)
    rigid = (labeled and columns == 1, labeled)
    drawn = _pixels(matrix, look, width, thick if rows == 1 else height, rigid=rigid, strength=look.strength)
    if labeled and columns == 1:
        return Picture(_beside(drawn, range(rows), rows, height, rigid=True), width + 16, width + 16, Html(), matrix)
    if look.marked and rows > 1:
        room = _DIGIT * len(str(max(look.marked))) + 3
        marked = _beside(drawn, look.marked, rows, height, rigid=labeled, room=room)
        return Picture(marked, width + _GAP + room, _GAP + room, Html(), matrix)
    return Picture(drawn, width, 0, Html(), matrix)


def _extent(size: int) -> int:
    """How long a side of so many cells is: the same for a matrix and for the column that it meets."""
    if size <= _LABELED:
        return _CELL * size
    return min(_LONGEST, max(_CELL * _LABELED, 6 * size))


def _beside(drawn: Html, labels: Sequence[int], rows: int, height: int, *, rigid: bool, room: int = 0) -> Html:
    """Indices at the height of their rows: left of all rows, or in some room on the right of what they mark."""
    unit = "px" if rigid else "px*var(--u,1)"
    spans = [tag("span", str(row), style=f"top:calc({(row + 0.5) * height / rows:.4g}{unit} - 8px)") for row in labels]
    if room:
        marks = tag("span", *spans, class_="cr-marks", style=f"width:{room}px", aria_hidden="true")
        return tag("span", drawn, marks, class_="cr-beside")
    return tag("span", tag("span", *spans, class_="cr-indices", aria_hidden="true"), drawn, class_="cr-beside")


def _pixels(
    values: Floats,
    look: Look,
    width: int,
    height: int,
    *,
    rigid: tuple[bool, bool] = (False, False),
    strength: float | Floats = 1.0,
    smooth: bool = False,
) -> Html:
    """The map in both themes, of which the browser takes one; on paper, the light one."""
    sides = ("width", width, rigid[0]), ("height", height, rigid[1])
    style = ";".join(
        f"{side}:{size}px" if fixed else f"{side}:calc(var(--u,1)*{size}px)" for side, size, fixed in sides
    )
    dark, light = (heat(values, look.scale, theme, strength) for theme in ("dark", "light"))
    return tag(
        "picture",
        tag("source", media="screen and (prefers-color-scheme:dark)", srcset=dark),
        tag("img", alt="", src=light, class_="cr-heat cr-smooth" if smooth else "cr-heat", style=style),
    )


# ---- in words and numbers --------------------------------------------------------------------------------------------


def summary(values: Floats, say: Speaker) -> Html:
    """The content of a picture in one sentence, as its text alternative."""
    if not values.size:
        return Html()
    return say(
        "{shape} numbers from {low} to {high}, mean {mean}; {zeros} of them are 0.",
        shape=count_text(values.shape),
        low=rounded(float(values.min())),
        high=rounded(float(values.max())),
        mean=rounded(mean(values)),
        zeros=f"{np.mean(values == 0):.0%}",
    )


def cell_text(value: float, decimals: int = 3) -> str:
    """A number in a table: what would be a row of zeros is about 0.

    >>> cell_text(-0.14652), cell_text(4e-7), cell_text(0.0)
    ('−0.147', '≈ 0', '0')
    """
    return "≈ 0" if 0 < abs(value) < 0.5 * 10**-decimals else rounded(value, decimals)


def numbers(pictures: Sequence[tuple[Html, Shape, Picture]], say: Speaker) -> Html:
    """The numbers behind pictures, with their symbols and shapes, in tables that can be opened."""
    tables = [_table(symbol, shape, drawn, say) for symbol, shape, drawn in pictures if drawn.shown.size > 1]
    return tag("details", tag("summary", say("The numbers")), *tables, class_="cr-numbers") if tables else Html()


def _table(symbol: Html, shape: Shape, drawn: Picture, say: Speaker) -> Html:
    shown, first = drawn.shown, 0
    what = (
        say("{shape}, of which the picture shows {part}", shape=shape_text(shape), part=drawn.part)
        if drawn.part
        else Html(shape_text(shape))
    )
    if shown.size > _MOST_NUMBERS:
        first = int(np.abs(shown).max(axis=1).argmax())
        shown = shown[first : first + 1]
        what = say(
            "{shape}, of which this table has {part}",
            shape=what,
            part=say("1 of {count}: row {row}", count=len(drawn.shown), row=first),
        )
    head = tag("tr", tag("td"), *(tag("th", str(column), scope="col") for column in range(shown.shape[1])))
    body = [
        tag("tr", tag("th", str(row), scope="row"), *(tag("td", cell_text(value)) for value in line))
        for row, line in enumerate(shown.tolist(), first)
    ]
    title = tag("caption", symbol, " ", what)
    table = tag("table", title, tag("thead", head), tag("tbody", *body))
    return tag("div", table, class_="cr-scroll", tabindex="0", role="group")
