"""What stands above the lines of a program's text: the user's comments and blank lines, notes on derivatives, and in a long
program headings, which name the user's function that the lines below them come from.
"""

from __future__ import annotations

import io
import itertools
import linecache
import re
import textwrap
import tokenize
from collections.abc import Sequence
from dataclasses import replace

from ..core.location import PACKAGE, is_library
from ..core.nouns import Condition, Equation, Origin
from ..core.python import HEADINGS

_LONG = 16  # lines; shorter programs need no headings
_WIDEST = 80  # characters of a comment
_SHAPES = r"(\(\)|\([^(),]+,\)|[^,]+×[^,]+)"
_PRINTED = re.compile(rf"(\w+: )?{_SHAPES}(, {_SHAPES})*(, constant)?|((back through )?[\w.<>]+, )?[^\s,]+:\d+")
"""What a printed program says itself: of shapes, and of the lines that it was made of."""
_FOR_TOOLS = re.compile(r"noqa|type:|pragma|fmt:|pylint|ruff|mypy|isort|nosec|region|endregion|%%")


def _headings(lines: Sequence[Equation | Condition]) -> list[list[str]]:
    """The heading above each line, if a program is long and has lines of several functions.

    A single line of a helper that is called between the lines of one function gets no heading.
    """
    if len(lines) < _LONG or len({line.origin.function for line in lines} - {""}) < 2:
        return [[] for _ in lines]
    headings: list[str] = []
    for line in lines:
        headings.append(_heading(line.origin) or (headings[-1] if headings else ""))
    for number in range(1, len(headings) - 1):
        if headings[number - 1] == headings[number + 1]:
            headings[number] = headings[number - 1]
    found = [
        [f"# {heading}"] if heading and (number == 0 or heading != headings[number - 1]) else []
        for number, heading in enumerate(headings)
    ]
    return found if 1 < sum(map(len, found)) <= len(lines) / 2 else [[] for _ in lines]


def _heading(origin: Origin) -> str:
    """`sigmoid, model.py:3`, and in the derivative `back through sigmoid, model.py:3`."""
    if not origin.function:
        return ""
    place = f"{origin.function}, {replace(origin, line=origin.start).place}"
    return f"back through {place}" if origin.derivative_of else place


NOTES: dict[str, str] = {}
"""What the derivatives of some operations are by, where that is not seen from their lines; it stands above them."""


def remarks(lines: Sequence[Equation | Condition]) -> list[list[str]]:
    """What stands above each line of a block: what derivatives are by, and the user's comments and blank lines."""
    found: list[list[str]] = []
    before, places = "", set()
    for line in lines:
        origin = line.origin
        note = NOTES.get(origin.rule, "")
        above = [f"# {note}"] if note and note != before else []
        before = note
        if origin.line and not origin.derivative_of and (origin.file, origin.line) not in places:
            places.add((origin.file, origin.line))
            is_apart, said = comments(origin.file, origin.line)
            above = [""] * (is_apart and bool(found)) + above + [f"# {each}" for each in said]
        found.append(above)
    return found


def comments(file: str, line: int) -> tuple[bool, list[str]]:
    """What stands between a line of source and the code before it.

    Args:
        file: The path of the source.
        line: The number of the line.

    Returns:
        Whether a blank line does, and the comments, with the one behind the line; none of those that other tools read, or
        that a program has printed itself, and none of a library.
    """
    lines = [] if is_library(file) or file.startswith(PACKAGE) else linecache.getlines(file)
    before = map(str.strip, lines[line - 2 :: -1] if line > 1 else ())
    above = list(itertools.takewhile(lambda text: not text or text.startswith("#"), before))
    said = [text.lstrip("#!").strip() for text in (*above[::-1], *_behind("".join(lines[line - 1 : line])))]
    kept = [text for text in said if text and not _FOR_TOOLS.match(text) and not _is_printed(text)]
    return "" in above, [part for text in kept for part in textwrap.wrap(text, _WIDEST)]


def _is_printed(text: str) -> bool:
    return _PRINTED.fullmatch(text) is not None or text in NOTES.values()


def _behind(line: str) -> list[str]:
    """The comment behind the code of a line; it may be one of several lines of a statement."""
    found: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(line.strip()).readline):
            found += [token.string] * (token.type == tokenize.COMMENT)
    except (tokenize.TokenError, SyntaxError):  # where the statement goes on
        return found
    return found


HEADINGS += [_headings, remarks]
