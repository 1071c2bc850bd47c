"""The command line. `main` runs one command and returns its exit code: 0 success; 1 failure; 2 wrong usage; 130 Ctrl-C.

Users never see a traceback: every error is one sentence on standard error. `commands.py` has the tables of commands and
options; each command has a file of its own, imported when it is needed.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..core.errors import ChainruleError
from ..dimensions import DimensionError
from ..show.screen import Screen
from ..version import __version__
from .errors import UsageError
from .streams import open_missing, own_output, say, silence

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that was typed, and return the exit code."""
    open_missing()
    typed = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in typed or bool(os.environ.get("CHAINRULE_DEBUG"))
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _WarningPrinter(_without_language(typed)[1], warnings.showwarning)
            code = _run([each for each in typed if each != "--debug"])
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
        return OK  # the reader has closed the pipe
    except (KeyboardInterrupt, Exception) as error:
        _end_output()
        if debug:
            screen = Screen(sys.stderr)
            for line in traceback.format_exc().splitlines():
                screen.line(line)
        return _report(error, _without_language(typed)[1])
    return code


def _run(typed: list[str]) -> int:
    while typed and typed[0].partition("=")[0] == "--lang":  # allowed before a command, too
        count = 1 if "=" in typed[0] else 2
        typed = [*typed[count:], *typed[:count]] if len(typed) > count else ["help", *typed]
    if not typed or typed[0] in ("-h", "--help", "help"):
        return _help(typed[1:])
    if typed[0] in ("--version", "-V"):
        Screen(sys.stdout).line(f"chainrule {__version__}")
        return OK
    from .files import require_files
    from .parsing import command_named, parse

    command = command_named(typed[0])
    arguments = typed[1:]
    if any(each in ("--version", "-V") for each in arguments):
        return _run(["--version"])
    if any(each in ("-h", "--help") for each in arguments):
        return _help([command.name, *arguments])
    values = parse(command, arguments)
    require_files(command, values)
    run = importlib.import_module(f".{command.name}", __name__).run
    with own_output():
        code: int = run(values)
    return code


def _help(about: Sequence[str]) -> int:
    from ..show.language import spoken
    from .help import Help
    from .lessons import LANGUAGE
    from .parsing import command_named, read

    screen = Screen(sys.stdout)
    named, asked = _without_language(about)
    if asked is not None:
        read(LANGUAGE, asked)
    help = Help(screen, spoken(asked, screen.encoding), asked)
    if named:
        help.command(command_named(named[0]))
    else:
        help.overview()
    return OK


def _without_language(typed: Sequence[str]) -> tuple[list[str], str | None]:
    """The words without `--lang zh` or `--lang=zh`, and the language."""
    rest, asked = [], None
    words = iter(typed)
    for each in words:
        name, equals, value = each.partition("=")
        if name == "--lang":
            asked = value if equals else next(words, None)
        else:
            rest.append(each)
    return rest, asked


class _WarningPrinter:
    """Prints the package's own warnings as sentences, each once; others are shown as usual."""

    def __init__(self, asked: str | None, others: Callable[..., None]):
        self.asked, self.others = asked, others
        self.printed: set[str] = set()

    def __call__(self, message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if not category.__module__.startswith("chainrule."):
            self.others(message, category, *where, **more)
        elif str(message) not in self.printed:
            self.printed.add(str(message))
            say(message, self.asked)


def _report(error: BaseException, asked: str | None) -> int:
    """Print an error as a sentence, in the requested language, and return its exit code."""
    from ..core.messages import message
    from ..data.errors import DataError, reason_of
    from ..show.language import languages, spoken

    asked = asked if asked in languages() else None

    if isinstance(error, DimensionError):
        from ..show.drawing import draw

        screen = Screen(sys.stderr)
        draw(error, screen, spoken(asked, screen.encoding))
        return FAILED
    if isinstance(error, UsageError):
        say(error, asked)
        return MISUSED
    if isinstance(error, KeyboardInterrupt):
        say(message("stopped."), asked)
        return INTERRUPTED
    if isinstance(error, (ChainruleError, DataError)):
        say(error, asked)
    elif isinstance(error, OSError):
        template = "{file}: {system}." if error.filename else "{system}."
        say(message(template, file=error.filename, system=reason_of(error)), asked)
    elif isinstance(error, MemoryError):
        say(message("there is not enough memory for this."), asked)
    else:
        fault = message(
            "something is wrong in chainrule itself ({error}). "
            "Please report it, with what the same command prints with --debug.",
            error=f"{type(error).__name__}: {error}",
        )
        say(fault, asked)
    return FAILED


def _end_output() -> None:
    """Write out what was printed before an error, if it still can be written."""
    try:
        sys.stdout.flush()
    except OSError:
        silence(sys.stdout)
