"""The equation as a figure: each term a column of symbol, picture, caption and dimension; inner sizes tied by a bracket.

Pictures shrink, letters never: how much, for a wide page and for a phone, is worked out from the widths of the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.dims import Shape, shape_text
from ..program.formulas import Tie
from .markup import Html, joined, tag
from .mathml import math, operator
from .picture import Picture

_WIDE, _PHONE = 712, 336  # room for a figure
_LEAST = 0.35  # smaller pictures show nothing: the figure scrolls instead
_GAP, _PHONE_GAP = 12, 5
_WORDS, _PHONE_WORDS = 100, 64  # room for a caption
_DIGIT = 7.8  # width of a letter of the dimensions
_LETTER = 12  # of the symbols
_CAPTION = 132  # the least room for a caption


@dataclass(frozen=True)
class Column:
    """A term of the equation: what stands on top, its dimensions, its picture. `letters` is about how wide the top is."""

    symbol: Html
    shape: Shape
    picture: Picture
    caption: str = ""
    letters: int = 2


def figure(items: Sequence[Column | str], ties: Sequence[Tie] = ()) -> Html:
    """Set columns, and operators as text or markup, in a row: `figure([z, "=", w, a, "+", b], [Tie(2, 1, 3, 0, 784)])`.

    The places of a tie are those of its two columns among the items.
    """
    tied = {(tie.left, tie.left_axis) for tie in ties} | {(tie.right, tie.right_axis) for tie in ties}
    pictured = any(isinstance(item, Column) and item.picture.html for item in items)
    cells: list[Html] = []
    for place, item in enumerate(items):
        column = f"grid-column:{place + 1}"
        if isinstance(item, str):
            sign = math(item if isinstance(item, Html) else operator(item))
            cells.append(tag("div", sign, class_="cr-sign", style=column))
            if pictured:
                cells.append(tag("div", sign, class_="cr-sign2", style=column, aria_hidden="true"))
            continue
        size = _sizes(item.shape, [axis for axis in range(len(item.shape)) if (place, axis) in tied])
        cells += [
            tag("div", math(item.symbol), class_="cr-symbol", style=column),
            tag("div", size, class_="cr-dim", style=column),
        ]
        if item.picture.html:
            cells.append(tag("div", item.picture.html, class_="cr-picture", style=column))
        if item.caption:
            room = max(item.picture.width, _CAPTION)
            cells.append(tag("div", item.caption, class_="cr-caption", style=f"{column};--room:{room}px"))
    columns = {place: item for place, item in enumerate(items) if isinstance(item, Column)}
    cells += [cell for tie in ties for cell in _tie(columns[tie.left].shape, columns[tie.right].shape, tie)]
    wide, phone = (shrink(items, *room) for room in ((_WIDE, _GAP, _WORDS), (_PHONE, _PHONE_GAP, _PHONE_WORDS)))
    scrolls = "0" if phone <= _LEAST else None  # what scrolls must be reached by the keyboard
    return tag("div", *cells, class_="cr-figure", style=f"--uw:{wide:.3g};--up:{phone:.3g}", tabindex=scrolls)


def shrink(items: Sequence[Column | str], room: float, gap: float, words: float = 0) -> float:
    """The factor, at least 0.35, by which pictures must shrink so that the columns fit."""

    def width(factor: float) -> float:
        total = gap * (len(items) - 1)
        for item in items:
            if isinstance(item, str):
                total += 20
                continue
            drawn = item.picture.fixed + (item.picture.width - item.picture.fixed) * factor
            total += max(
                drawn, _DIGIT * len(shape_text(item.shape)), _LETTER * item.letters, words if item.caption else 0
            )
        return total

    steps = (1 - step / 40 for step in range(40))
    return next((factor for factor in steps if factor > _LEAST and width(factor) <= room), _LEAST)


def _sizes(shape: Shape, tied: Sequence[int]) -> Html:
    """A shape with tied sizes in bold: 30×**784**."""
    sizes = [Html(int(size)) for size in shape]
    return joined(*(tag("b", size) if axis in tied else size for axis, size in enumerate(sizes)), by="×") or Html("1")


def _tie(left: Shape, right: Shape, tie: Tie) -> list[Html]:
    """Half a bracket under each of the two sizes, which meet between the columns, with their text below."""
    first, last = tie.left + 1, tie.right + 1  # columns of the grid
    shift_left, shift_right = _offset(left, tie.left_axis), -_offset(right, tie.right_axis)
    pieces = [
        tag("i", class_="cr-tie cr-left", style=f"grid-column:{first};margin-left:calc(50% + {shift_left:.0f}px)"),
        tag("i", class_="cr-tie cr-right", style=f"grid-column:{last};margin-right:calc(50% + {shift_right:.0f}px)"),
        tag("div", tie.text, class_="cr-agree", style=f"grid-column:{first}/{last + 1}"),
    ]
    between = [tag("i", class_="cr-tie", style=f"grid-column:{first + 1}/{last}")] if last > first + 1 else []
    return pieces + between


def _offset(shape: Shape, axis: int) -> float:
    """How far the middle of a size stands right of the middle of the shape that it is part of, in pixels."""
    texts = [str(int(size)) for size in shape]
    before = sum(len(text) + 1 for text in texts[:axis])
    return _DIGIT * (before + len(texts[axis]) / 2 - len("×".join(texts)) / 2)
