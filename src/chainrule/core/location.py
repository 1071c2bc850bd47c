"""Locations in the user's code, and errors that name them."""

from __future__ import annotations

import functools
import itertools
import linecache
import os
import sys
from types import CodeType, FrameType
from typing import NoReturn

import numpy as np

from .errors import TracingError
from .messages import Message, message

PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
SCIPY = os.path.join(os.path.dirname(os.path.dirname(np.__file__)), "scipy") + os.sep
_MACHINERY = (
    os.path.dirname(np.__file__) + os.sep,
    SCIPY,
    *(
        os.path.join(PACKAGE, at, "")
        for at in ["core", "program", "loops", "calls", "branches", "run", "calculus", "practice"]
    ),
)


@functools.lru_cache(4096)
def is_machinery(file: str) -> bool:
    """Whether a file belongs to this package or to NumPy; cached, since it is asked several times per operation."""
    return file.startswith(_MACHINERY)


def is_library(file: str) -> bool:
    """Whether a file belongs to an installed package or to Python, so that a line in it is not the user's."""
    return "-packages" in file or file.startswith(os.path.dirname(os.__file__) + os.sep) or is_machinery(file)


def user_frame() -> FrameType | None:
    """The innermost frame that belongs neither to this package nor to NumPy."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and is_machinery(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def line_at(code: CodeType | None, offset: int) -> int:
    """The line of the instruction at an offset; 0 if there is no code."""
    position = next(itertools.islice(code.co_positions(), offset // 2, None), (None,)) if code else (0,)
    return position[0] or (code.co_firstlineno if code else 0)


def source_line(code: CodeType | None, line: int) -> str:
    """The user's statement at a line, joined to one line if it spans several."""
    if code is None or not line:
        return ""
    text, number = linecache.getline(code.co_filename, line).strip(), line
    while text.count("(") + text.count("[") > text.count(")") + text.count("]") and number < line + 8:
        number += 1
        text += " " + linecache.getline(code.co_filename, number).strip()
    return text.partition("  #")[0].strip()


def file_name(path: str) -> str:
    """The last part of a path with / or \\ as separators."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def refuse(what: str, instead: str, /, **values: object) -> NoReturn:
    """Raise a `TracingError` that names the user's line, what is wrong there, and what to write instead."""
    raise TracingError(refusal(what, instead, **values))


def refusal(what: str, instead: str, /, **values: object) -> Message:
    """The message of a refusal at the user's current line, outside of installed packages if there is one."""
    frame = inner = user_frame()
    while frame is not None and is_library(frame.f_code.co_filename):
        frame = frame.f_back
    code, number = ((frame or inner).f_code, (frame or inner).f_lineno) if inner else (None, 0)
    return refusal_in(code, number, what, instead, **values)


def refusal_in(code: CodeType | None, number: int, what: str, instead: str, /, **values: object) -> Message:
    """The message of a refusal at a line of some code."""
    said = message("{what}; {instead}.", what=message(what, "", **values), instead=message(instead, "", **values))
    if code is None:
        return said
    place, line = f"{file_name(code.co_filename)}:{number}", source_line(code, number)
    return message("{place}: {said}\n    {line}" if line else "{place}: {said}", place=place, said=said, line=line)
