"""The equation as a figure: each term a column of symbol, picture, caption and dimension; inner sizes tied by a bracket.

Pictures shrink, letters never: how much, for a wide page and for a phone, is worked out from the widths of the columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.dims import Shape, shape_text
from ..dimensions import size_column
from ..program.formulas import Tie
from .markup import Html, tag
from .mathml import math, operator
from .picture import Picture

_WIDE, _PHONE = 712, 336  # room for a figure
_PHONE_LETTER = 10.3
_TAG = re.compile("<[^>]*>")
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
    lines = phone_lines(items, ties)
    cells: list[Html] = []
    for place, item in enumerate(items):
        column = _at(place, place, lines)
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
    cells += [cell for tie in ties for cell in _tie(columns[tie.left].shape, columns[tie.right].shape, tie, lines)]
    wide, phone = shrink(items, _WIDE, _GAP, _WORDS), shrink(items, _PHONE, _PHONE_GAP, _PHONE_WORDS)
    kind = "cr-figure"
    if any(line for line, _ in lines):
        kind, phone = "cr-figure cr-lines", _shrunk(items, lines)
    scrolls = "0" if phone <= _LEAST else None  # what scrolls must be reached by the keyboard
    return tag("div", *cells, class_=kind, style=f"--uw:{wide:.3g};--up:{phone:.3g}", tabindex=scrolls)


def phone_lines(items: Sequence[Column | str], ties: Sequence[Tie]) -> list[tuple[int, int]]:
    """For each item its line on a phone, and its place there: one line where all fit, else lines that are broken before signs
    and between columns, where no tie joins these."""
    if shrink(items, _PHONE, _PHONE_GAP, _PHONE_WORDS) > _LEAST:
        return [(0, place) for place in range(len(items))]
    starts = [
        place
        for place, item in enumerate(items)
        if (isinstance(item, str) or place < 2 or not isinstance(items[place - 1], str))
        and not any(tie.left < place <= tie.right for tie in ties)
    ]
    units = [range(start, end) for start, end in zip(starts, [*starts[1:], len(items)], strict=True)]
    widths: list[float] = []  # of the columns, which all lines share
    found: list[tuple[int, int]] = []
    line = place = 0
    for unit in units:
        own = [_width(items[each], _LEAST, _PHONE_LETTER, _PHONE_WORDS) for each in unit]
        if place > 2 and _total(_widened(widths, place, own)) > _PHONE:
            line, place = line + 1, 1 if isinstance(items[unit[0]], str) else 2  # a sign below the sign of equality
        widths = _widened(widths, place, own)
        found += [(line, place + each) for each in range(len(unit))]
        place += len(unit)
    return found


def _widened(widths: Sequence[float], place: int, more: Sequence[float]) -> list[float]:
    """The widths of columns, where those from a place on must have room for more."""
    made = [*widths, *[0.0] * (place + len(more) - len(widths))]
    for at, width in enumerate(more, place):
        made[at] = max(made[at], width)
    return made


def _total(widths: Sequence[float]) -> float:
    return sum(widths) + _PHONE_GAP * (len(widths) - 1)


def _shrunk(items: Sequence[Column | str], lines: Sequence[tuple[int, int]]) -> float:
    """How much pictures must shrink on a phone, where the items are on several lines."""
    for step in range(40):
        widths: list[float] = []
        for item, (_, place) in zip(items, lines, strict=True):
            widths = _widened(widths, place, [_width(item, 1 - step / 40, _PHONE_LETTER, _PHONE_WORDS)])
        if 1 - step / 40 > _LEAST and _total(widths) <= _PHONE:
            return 1 - step / 40
    return _LEAST


def _at(first: int, last: int, lines: Sequence[tuple[int, int]]) -> str:
    """The columns of the grid from one item to another; and where these are on a phone with several lines."""
    style = f"--c:{first + 1}/{last + 2}"
    if any(line for line, _ in lines):
        (line, start), (_, end) = lines[first], lines[last]
        style += f";--p:{start + 1}/{end + 2};--l:{line}"
    return style


def _width(item: Column | str, factor: float, letter: float, words: float) -> float:
    """The width of a column whose picture shrinks by a factor."""
    if isinstance(item, str):
        return max(20, 0.8 * letter * len(_TAG.sub("", item)))
    drawn = item.picture.fixed + (item.picture.width - item.picture.fixed) * factor
    return max(drawn, _DIGIT * len(shape_text(item.shape)), letter * item.letters, words if item.caption else 0)


def shrink(items: Sequence[Column | str], room: float, gap: float, words: float = 0) -> float:
    """The factor, at least 0.35, by which pictures must shrink so that the columns fit."""

    def width(factor: float) -> float:
        return gap * (len(items) - 1) + sum(_width(item, factor, _LETTER, words) for item in items)

    steps = (1 - step / 40 for step in range(40))
    return next((factor for factor in steps if factor > _LEAST and width(factor) <= room), _LEAST)


def _sizes(shape: Shape, tied: Sequence[int]) -> Html:
    """A shape with tied sizes in bold: 30×**784**."""
    return Html(shape_text([tag("b", str(int(size))) if axis in tied else size for axis, size in enumerate(shape)]))


def _tie(left: Shape, right: Shape, tie: Tie, lines: Sequence[tuple[int, int]]) -> list[Html]:
    """Half a bracket under each of the two sizes, which meet between the columns, with their text below."""
    first, last = tie.left, tie.right
    shift_left, shift_right = _offset(left, tie.left_axis), -_offset(right, tie.right_axis)
    pieces = [
        tag("i", class_="cr-tie cr-left",
            style=f"{_at(first, first, lines)};margin-left:calc(50% + {shift_left:.0f}px)"),
        tag("i", class_="cr-tie cr-right",
            style=f"{_at(last, last, lines)};margin-right:calc(50% + {shift_right:.0f}px)"),
        tag("div", tie.text, class_="cr-agree", style=_at(first, last, lines)),
    ]  # fmt: skip
    between = [tag("i", class_="cr-tie", style=_at(first + 1, last - 1, lines))] if last > first + 1 else []
    return pieces + between


def _offset(shape: Shape, axis: int) -> float:
    """How far the middle of a size stands right of the middle of the shape that it is part of, in pixels."""
    start, length = size_column(shape, axis)
    return _DIGIT * (start + length / 2 - len(shape_text(shape)) / 2)
