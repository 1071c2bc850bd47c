"""Layout of the commands' lines: a key and its value, a term and its explanation, commands and what they do."""

from __future__ import annotations

from collections.abc import Sequence

from ..show.screen import Cell, Line, Screen
from ..show.spelling import broken

KEY = 10  # the column after the keys


def entry(screen: Screen, key: str, value: str, rest: str) -> None:
    """Write a key, its value, and a remark, which goes to the next line if there is no room beside them; a long value is wrapped.

    Args:
        screen: The screen.
        key: The key, shorter than `KEY` columns.
        value: The value.
        rest: The remark.
    """
    line: Line = [*screen.pad((key, "ink3"), KEY), (value, "bold")]
    beside: Line = [*line, "   ", (rest, "ink2")]
    if screen.measure(beside) <= screen.width:
        screen.line(*beside)
    else:
        hanging(screen, (key, "ink3"), KEY, value, "bold")
        screen.text((rest, "ink2"), indent=KEY)


def hanging(screen: Screen, term: Cell, width: int, text: str, style: str = "") -> None:
    """Write a term, and a text beside it that is wrapped at a column.

    Args:
        screen: The screen.
        term: The term.
        width: The column at which the text begins.
        text: The text.
        style: Its style.
    """
    spelled = screen.spell(text)[0][0]
    for at, (start, end) in enumerate(broken(spelled, screen.width - width)):
        screen.line(*screen.pad("" if at else term, width), (spelled[start:end], style))


def with_words(screen: Screen, commands: Sequence[tuple[str, str]], key: str = "", indent: int = 2) -> None:
    """Write commands with what they do beside them, or above them if there is no room.

    Args:
        screen: The screen.
        commands: Commands, and what each of them does.
        key: A key before the first.
        indent: The column at which commands begin.
    """
    room = screen.width - indent - 3
    sizes = [(screen.measure(command), screen.measure(words)) for command, words in commands]
    beside = [(command, words) for command, words in sizes if command + words <= room]
    width = max((command for command, _ in beside), default=0)
    if any(width + words > room for _, words in beside):
        width = 0
    for at, (command, words) in enumerate(commands):
        start = screen.pad((key if at == 0 else "", "ink3"), indent)
        if max(sizes[at][0], width) + sizes[at][1] <= room:
            screen.line(*start, *screen.pad(command, max(width, sizes[at][0]) + 3), (words, "ink3"))
        else:
            screen.line(*start, (words, "ink3"))
            screen.line(" " * indent, command)


def asked_in(command: str, language: str | None) -> str:
    """A command with the language that was asked for.

    Args:
        command: The command line.
        language: The language, if any.

    Returns:
        The command line, with `--lang` unless it has one.

    Examples:
        >>> asked_in("chainrule train", "zh"), asked_in("chainrule train", None)
        ('chainrule train --lang zh', 'chainrule train')
    """
    return command if language is None or "--lang" in command else f"{command} --lang {language}"
