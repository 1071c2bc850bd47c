"""Standard output, which is the command's alone, and standard error: messages and JSON; missing and closed streams."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from ..show.screen import Screen
from .arguments import Values

if TYPE_CHECKING:  # what is imported where it is used: messages alone need no catalog
    from ..show.language import Language

_own: ContextVar[TextIO] = ContextVar("_own")  # standard output, while a command runs


@contextlib.contextmanager
def own_output() -> Iterator[None]:
    """While a command runs, only it writes on standard output: what a user's functions print goes to standard error."""
    before = _own.set(sys.stdout)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _own.reset(before)


def say(message: object, language: str | None = None) -> None:
    """Print a message on standard error, its first line wrapped, in the language that was asked for or that of the terminal.

    Args:
        message: A message, or an error that has one. Its other lines are commands, which keep the language.
        language: The language that was asked for, if any.
    """
    from ..show.language import spoken, template_in, translated
    from .entries import asked_in

    try:
        screen = Screen(sys.stderr)
        reader = spoken(language, screen.encoding)
        first, *rest = translated(message, reader).split("\n")
        screen.text(f"chainrule: {first}")
        for line in rest:
            suggested = line.startswith("  chainrule ") and "[options]" not in line
            line = line.replace("[options]", template_in(reader, "[options]"))
            screen.line(asked_in(line, language) if suggested else line)
    except BrokenPipeError:
        silence(sys.stderr)


def output(values: Values, *, aside: bool = False) -> tuple[Screen, Language]:
    """The screen that a command writes to, and the language of what it writes.

    Args:
        values: The values of the command's arguments.
        aside: Whether it writes on standard error, since standard output is for JSON.

    Returns:
        The screen and the language.
    """
    from ..show.language import spoken

    screen = Screen(sys.stderr if aside else _own.get())
    return screen, spoken(values.lang, screen.encoding)


def print_json(found: Any, default: Callable[[Any], Any] | None = None) -> None:
    """Print one JSON object on standard output. Infinities and NaN become null.

    Args:
        found: The object.
        default: Makes plain data of what JSON does not know.
    """
    plain = json.loads(json.dumps(found, default=default), parse_constant=lambda _: None)
    print(json.dumps(plain, allow_nan=False), file=_own.get())


def open_missing() -> None:
    """Replace a missing standard output or error by the null device."""
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()


def silence(stream: TextIO) -> None:
    """Redirect a stream, including its buffer, to the null device, since nobody reads it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class LastingOutput:
    """An output stream for long work, which a reader that has gone or a full disk does not end.

    It takes the place of a screen's stream. What cannot be written is dropped, all else is written at once.

    Args:
        screen: The screen.

    Attributes:
        problem: Why something could not be written; empty where all was, or where the reader has gone.
    """

    def __init__(self, screen: Screen):
        self.problem = ""
        self._stream = screen.stream
        screen.stream = cast(TextIO, self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text if the stream takes it."""
        from ..data.errors import reason_of

        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            silence(self._stream)
        except OSError as error:
            self.problem = reason_of(error)
            silence(self._stream)
        return len(text)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
