"""Numbers as tables in several languages have them: 1234.5, 1,234.5, 1.234,5, 1 234,5 and 1'234.5.

Whether a point or a comma stands before decimals is found in the column, or else in the whole table: 1,5 and 0,125 can only have
a decimal comma, 1,234 can be two numbers. `tables.py` reads the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["COMMA", "POINT", "Mark", "Marks", "find_marks", "number_in"]

Mark = str
"""What stands before decimals, a point or a comma."""
POINT, COMMA = ".", ","

_SPACES = " \u00a0\u2009\u202f"
_FORM = (
    r"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:([{between}])\d{{3}}(?:\1\d{{3}})*))(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?"
)
_BETWEEN = f"{_SPACES}'’"  # between thousands, in any language
_FORMS = {
    POINT: re.compile(_FORM.format(between=COMMA + _BETWEEN, mark=re.escape(POINT))),
    COMMA: re.compile(_FORM.format(between=POINT + _BETWEEN, mark=COMMA)),
}
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")  # as Python has them: most numbers of most tables
_UNWRITTEN = {
    mark: re.compile(f"[{re.escape(between)}{_BETWEEN}]") for mark, between in ((POINT, COMMA), (COMMA, POINT))
}


class Marks(NamedTuple):
    """What the texts of a column say about the marks in its numbers.

    Attributes:
        numbers: How many of them are numbers, with either mark.
        proofs: The first place of a number that can only have this mark before its decimals, by the mark.
        ambiguous: The first place of a text that is another number with another mark.
        grouped: The first place of a number with something between its thousands.
    """

    numbers: int
    proofs: dict[Mark, int]
    ambiguous: int | None
    grouped: int | None


def number_in(text: str, mark: Mark = POINT) -> float | None:
    """The number that a text is, with this mark before decimals and perhaps something between thousands.

    Args:
        text: The text.
        mark: The mark.

    Returns:
        The number; `None` if the text is none.

    Examples:
        >>> number_in("1.234,5", COMMA), number_in("1'234.5"), number_in("1,5")
        (1234.5, 1234.5, None)
    """
    if mark == POINT and _PLAIN.fullmatch(text):
        return float(text)
    text = text.replace("\u2212", "-")
    if not _FORMS[mark].fullmatch(text):
        return None
    return float(_UNWRITTEN[mark].sub("", text).replace(mark, POINT))


def find_marks(cells: Iterable[str]) -> Marks:
    """What the texts of a column say about the marks in its numbers.

    Args:
        cells: The texts.

    Returns:
        What they say.

    Examples:
        >>> find_marks(["3", "1,234", "1,5", "two"])
        Marks(numbers=3, proofs={',': 2}, ambiguous=1, grouped=None)
    """
    count, proofs, ambiguous, grouped = 0, dict[Mark, int](), None, None
    for place, cell in enumerate(cells):
        if _PLAIN.fullmatch(cell):
            count += 1
            if cell[-4:-3] == POINT and _FORMS[COMMA].fullmatch(cell):  # 1.234
                ambiguous = place if ambiguous is None else ambiguous
            elif POINT in cell and POINT not in proofs:
                proofs[POINT] = place
            continue
        numbers = {mark: number for mark in _FORMS if (number := number_in(cell, mark)) is not None}
        if not numbers:
            continue
        count += 1
        if len({*numbers.values()}) == 2:
            ambiguous = place if ambiguous is None else ambiguous
            continue
        if len(numbers) == 1:
            proofs.setdefault(next(iter(numbers)), place)
        if grouped is None and any(_UNWRITTEN[mark].search(cell) for mark in numbers):
            grouped = place
    return Marks(count, proofs, ambiguous, grouped)
