"""The errors of commands: one sentence that says what is wrong and what would be right."""

from __future__ import annotations

from ..core.errors import ChainruleError


class UsageError(ChainruleError):
    """Wrong usage: exit code 2. `instead` is what could be typed, on a line of its own."""

    def __init__(self, sentence: str, instead: str = ""):
        super().__init__(f"{sentence}\n  {instead}" if instead else sentence)


class CommandError(ChainruleError):
    """The command failed: exit code 1."""
