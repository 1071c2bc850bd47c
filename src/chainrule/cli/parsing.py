"""Parses what was typed into a command and its values, or refuses it in one sentence that says what would be right."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence

from ..core.messages import listed
from .arguments import Argument, Command, Values, nearest
from .commands import COMMANDS
from .errors import UsageError

_OPTION = re.compile(r"-[^\d.]")  # as opposed to a file called -, and to a number below 0


def command_named(name: str) -> Command:
    """The command of this name.

    Raises:
        UsageError: There is none; the error suggests the most similar one.
    """
    if name in COMMANDS:
        return COMMANDS[name]
    if any(_takes(each, name) for each in COMMANDS.values()):
        command = next(each.name for each in COMMANDS.values() if _takes(each, name))
        raise UsageError("{option} must come after the command:", f"chainrule {command} {name}", option=name)
    near = nearest(name, COMMANDS)
    if near:
        raise UsageError("There is no command {name!r}; did you mean this one?", f"chainrule {near}", name=name)
    raise UsageError("There is no command {name!r}; the commands are {listed}.", name=name, listed=listed(COMMANDS))


def parse(command: Command, typed: Sequence[str]) -> Values:
    """Read the arguments of a command.

    Args:
        command: The command.
        typed: The words typed after its name.

    Returns:
        The value of each argument, by its key, with defaults for those that were not typed.

    Raises:
        UsageError: An argument is unknown, missing or wrong.
    """
    flags = {flag: argument for argument in command.arguments for flag in argument.flags}
    given: dict[str, object] = {}
    places: list[str] = []
    words = [*typed]
    while words:
        word = words.pop(0)
        if word == "--":
            places += words
            break
        if not _OPTION.match(word):
            places.append(word)
            continue
        flag, equals, value = word.partition("=")
        if flag not in flags and flag[:2] in flags:  # -oFILE
            flag, equals, value = word[:2], "=", word[2:]
        if flag not in flags:
            raise _unknown(command, flag)
        argument = flags[flag]
        if argument.is_flag:
            if equals:
                raise UsageError("{flag} takes no value, and {given!r} was given.", flag=flag, given=value)
            given[argument.key] = True
            continue
        if not equals:
            if not words or _OPTION.match(words[0]):
                raise UsageError("{flag} needs a value: {flag} {shown}", flag=argument.flags[-1], shown=argument.shown)
            value = words.pop(0)
        given[argument.key] = read(argument, value)
    given |= _in_places(command, places)
    defaults = {argument.key: argument.default for argument in command.arguments}
    return Values(**{**defaults, **given}, typed=frozenset(given))


def _in_places(command: Command, words: list[str]) -> dict[str, object]:
    """The values of the positional arguments."""
    given: dict[str, object] = {}
    for argument in (each for each in command.arguments if not each.flags):
        if words:
            given[argument.key] = [*words] if argument.count == "+" else read(argument, words[0])
            words = [] if argument.count == "+" else words[1:]
        elif argument.count != "?":
            raise UsageError(
                "{command} needs an {name}:" if argument.name[0] in "AEIO" else "{command} needs a {name}:",
                command.usage,
                command=command.name,
                name=argument.name,
            )
    if words:
        raise UsageError("{command} does not take {typed!r}:", command.usage, command=command.name, typed=words[0])
    return given


def command_line(command: Command, values: Values | Mapping[str, object], **changes: object) -> str:
    """The command line that gives these values.

    Args:
        command: The command.
        values: The values of its arguments, by their keys.
        **changes: Values that replace these.

    Returns:
        The command line, without arguments that have their defaults.
    """
    given = {**(vars(values) if isinstance(values, Values) else values), **changes}
    parts = ["chainrule", command.name]
    for argument in command.arguments:
        value = given.get(argument.key)
        if value is None or value is False or value == argument.default:
            continue
        text = together(value) if isinstance(value, tuple) else str(value)
        parts += [*argument.flags[:1], *([] if argument.is_flag else [quoted(text)])]
    return " ".join(parts)


def together(parts: Sequence[object]) -> str:
    """Several values of one argument as they are typed: 784,30,10, or conv 20x5, pool 2, 10 where one has words in it."""
    texts = [*map(str, parts)]
    return (", " if any(" " in text for text in texts) else ",").join(texts)


def quoted(text: str) -> str:
    """The name of a file, quoted for the shell."""
    return subprocess.list2cmdline([text]) if sys.platform == "win32" else shlex.quote(text)


def read(argument: Argument, text: str) -> object:
    """The value of an argument that is typed.

    Args:
        argument: The argument.
        text: What is typed.

    Returns:
        The value.

    Raises:
        UsageError: The text is none.
    """
    try:
        return argument.read(text)
    except ValueError as error:
        name = argument.flags[-1] if argument.flags else argument.name
        right, *near = error.args
        if near:
            raise UsageError(
                "{name} is {text!r}; did you mean {near}? It must be {right}.",
                name=name,
                text=text,
                near=near[0],
                right=right,
            ) from None
        raise UsageError("{name} is {text!r}; it must be {right}.", name=name, text=text, right=right) from None


def _unknown(command: Command, flag: str) -> UsageError:
    """The error for an option that the command does not have."""
    elsewhere = [each.name for each in COMMANDS.values() if _takes(each, flag)]
    if elsewhere:
        return UsageError(
            "{command} has no option {flag}; {listed} has it."
            if len(elsewhere) == 1
            else "{command} has no option {flag}; {listed} have it.",
            command=command.name,
            flag=flag,
            listed=listed(elsewhere, "{words} and {word}"),
        )
    near = nearest(flag, [each for argument in command.arguments for each in argument.flags])
    return UsageError(
        "{command} has no option {flag}; did you mean {near}?"
        if near
        else "{command} has no option {flag}; see chainrule {command} --help.",
        command=command.name,
        flag=flag,
        near=near,
    )


def _takes(command: Command, flag: str) -> bool:
    return any(flag in argument.flags for argument in command.arguments)
