"""The errors of commands: one sentence that says what is wrong and what would be right."""

from __future__ import annotations

from ..core.errors import ChainruleError
from ..core.messages import message


class _CommandLineError(ChainruleError):
    """A sentence and, on its own line, `instead`: what could be typed."""

    def __init__(self, template: str, instead: str = "", /, **values: object):
        sentence = message(template, "", **values)
        super().__init__(
            message("{sentence}\n  {instead}", sentence=sentence, instead=instead) if instead else sentence
        )


class UsageError(_CommandLineError):
    """Wrong usage: exit code 2."""


class CommandError(_CommandLineError):
    """The command failed: exit code 1."""
