"""Standard output and standard error: what is said there, where one is missing, and when nobody reads any more."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from ..show.screen import Screen


def say(message: str, asked: str | None = None) -> None:
    """A sentence on standard error, in the language that was asked for or the reader's, broken at the width; further lines of
    a message stay as they are.
    """
    from ..show.language import spoken
    from ..show.translation import translated

    try:
        screen = Screen(sys.stderr)
        first, *rest = translated(message, spoken(asked, screen.encoding)).split("\n")
        screen.text(f"chainrule: {first}")
        for line in rest:
            screen.line(line)
    except BrokenPipeError:
        silence(sys.stderr)


def print_json(found: Any, default: Callable[[Any], Any] | None = None) -> None:
    """One JSON object on standard output. What is infinite or no number has no place in JSON, and is null."""
    plain = json.loads(json.dumps(found, default=default), parse_constant=lambda _: None)
    print(json.dumps(plain, allow_nan=False))


def open_missing() -> None:
    """Where a program was started without standard output or error, give it ones that lead nowhere."""
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()


def silence(stream: TextIO) -> None:
    """Lead a stream nowhere from now on, also what waits in its buffer: nobody reads it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
