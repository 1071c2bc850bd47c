"""Parses what was typed into a command and its values, or refuses it in one sentence that says what would be right."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from ..core.messages import listed
from .arguments import Argument, Command, nearest
from .commands import COMMANDS
from .errors import UsageError


def command_named(name: str) -> Command:
    """The command of this name. Raises `UsageError`, with the nearest one, where there is none."""
    if name in COMMANDS:
        return COMMANDS[name]
    if any(_takes(each, name) for each in COMMANDS.values()):
        command = next(each.name for each in COMMANDS.values() if _takes(each, name))
        raise UsageError("{option} must come after the command:", f"chainrule {command} {name}", option=name)
    near = nearest(name, COMMANDS)
    if near:
        raise UsageError("There is no command {name!r}; did you mean this one?", f"chainrule {near}", name=name)
    raise UsageError("There is no command {name!r}; the commands are {listed}.", name=name, listed=listed(COMMANDS))


def parse(command: Command, typed: Sequence[str]) -> argparse.Namespace:
    """The values of a command's arguments, and as `typed` the keys of those that were typed. Raises `UsageError`."""
    parser = _Parser(command)
    values, unknown = parser.parse_known_intermixed_args(typed)
    if unknown:
        raise _unknown(command, unknown[0])
    values.typed = frozenset(vars(values))
    for argument in command.arguments:
        given = getattr(values, argument.key, argument.default)
        setattr(values, argument.key, given)
        if isinstance(given, str):
            setattr(values, argument.key, _read(argument, given))
    return values


def command_line(command: Command, values: argparse.Namespace | Mapping[str, object], **changes: object) -> str:
    """A command line with these values and changes, without those that are defaults."""
    given = {**(vars(values) if isinstance(values, argparse.Namespace) else values), **changes}
    parts = ["chainrule", command.name]
    for argument in command.arguments:
        value = given.get(argument.key)
        if value is None or value is False or value == argument.default:
            continue
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        parts += [*argument.flags[:1], *([] if argument.is_flag else [quoted(text)])]
    return " ".join(parts)


def quoted(text: str) -> str:
    """A file's name, quoted for the shell."""
    return subprocess.list2cmdline([text]) if sys.platform == "win32" else shlex.quote(text)


class _Parser(argparse.ArgumentParser):
    """Reads one command's arguments as text, and raises errors as sentences."""

    def __init__(self, command: Command):
        super().__init__(prog=f"chainrule {command.name}", add_help=False, allow_abbrev=False)
        self.command = command
        for argument in command.arguments:
            if not argument.flags:
                count = argument.count or None
                self.add_argument(argument.key, nargs=count, default=argparse.SUPPRESS, metavar=argument.name)
            elif argument.is_flag:
                self.add_argument(*argument.flags, dest=argument.key, action="store_true", default=argparse.SUPPRESS)
            else:
                self.add_argument(*argument.flags, dest=argument.key, default=argparse.SUPPRESS, metavar=argument.shown)

    def error(self, problem: str) -> NoReturn:
        """Raise the sentence for a problem that argparse finds."""
        command = self.command
        missing = re.match(r"the following arguments are required: (\S+)", problem)
        if missing:
            name = missing[1].rstrip(",")
            raise UsageError(
                "{command} needs an {name}:" if name[0] in "AEIO" else "{command} needs a {name}:",
                command.usage,
                command=command.name,
                name=name,
            )
        valueless = re.match(r"argument (\S+): expected one argument", problem)
        if valueless:
            flag = valueless[1].rpartition("/")[2]
            example = next(a for a in command.arguments if flag in a.flags)
            raise UsageError("{flag} needs a value: {flag} {shown}", flag=flag, shown=example.shown)
        stray = re.match(r"argument (\S+): ignored explicit argument (.*)", problem)
        if stray:
            raise UsageError("{flag} takes no value, and {given} was given.", flag=stray[1], given=stray[2])
        raise UsageError(problem[:1].upper() + problem[1:] + ".")  # argparse's own words


def _read(argument: Argument, text: str) -> object:
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


def _unknown(command: Command, typed: str) -> UsageError:
    """The error for an argument that the command does not take."""
    if not typed.startswith("-"):
        return UsageError("{command} does not take {typed!r}:", command.usage, command=command.name, typed=typed)
    flag = typed.partition("=")[0]
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
