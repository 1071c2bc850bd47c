"""The errors of commands: one sentence that says what is wrong and what would be right."""

from __future__ import annotations

from ..core.errors import ChainruleError
from ..core.messages import message


class UsageError(ChainruleError):
    """Wrong usage: exit code 2. `instead` is what could be typed, on a line of its own."""

    def __init__(self, template: str, instead: str = "", /, **values: object):
        sentence = message(template, "", **values)
        super().__init__(
            message("{sentence}\n  {instead}", sentence=sentence, instead=instead) if instead else sentence
        )


class CommandError(ChainruleError):
    """The command failed: exit code 1."""
