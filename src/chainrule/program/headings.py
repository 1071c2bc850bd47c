"""Headings in a long program, which name the user's function that the lines below them come from; and notes on derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..core.nouns import Condition, Equation, Origin
from ..core.python import HEADINGS

_LONG = 16  # lines; shorter programs need no headings


def _headings(lines: Sequence[Equation | Condition]) -> dict[int, str]:
    """The headings by line number, if a program is long and has lines of several functions.

    A single line of a helper that is called between the lines of one function gets no heading.
    """
    if len(lines) < _LONG or len({line.origin.function for line in lines} - {""}) < 2:
        return {}
    headings: list[str] = []
    for line in lines:
        headings.append(_heading(line.origin) or (headings[-1] if headings else ""))
    for number in range(1, len(headings) - 1):
        if headings[number - 1] == headings[number + 1]:
            headings[number] = headings[number - 1]
    found = {
        number: heading
        for number, heading in enumerate(headings)
        if heading and (number == 0 or heading != headings[number - 1])
    }
    return found if 1 < len(found) <= len(lines) / 2 else {}


def _heading(origin: Origin) -> str:
    """`sigmoid, model.py:3`, and in the derivative `back through sigmoid, model.py:3`."""
    if not origin.function:
        return ""
    place = f"{origin.function}, {replace(origin, line=origin.start).place}"
    return f"back through {place}" if origin.derivative_of else place


NOTES: dict[str, str] = {}
"""What the derivatives of some operations are by, where that is not seen from their lines; it stands above them."""


def notes(lines: Sequence[Equation | Condition]) -> dict[int, str]:
    """What derivatives are by that are not seen from their lines, by the number of the first of these lines."""
    found: dict[int, str] = {}
    before = ""
    for number, line in enumerate(lines):
        note = NOTES.get(line.origin.rule, "")
        if note and note != before:
            found[number] = note
        before = note
    return found


HEADINGS += [_headings, notes]
