"""What a command may say when it cannot go on: one sentence that names the fault and what would be right."""

from __future__ import annotations

from ..core.errors import ChainruleError


class UsageError(ChainruleError):
    """The command line makes no sense as it was typed: exit code 2. `instead` is what could be typed, on a line."""

    def __init__(self, sentence: str, instead: str = ""):
        super().__init__(f"{sentence}\n  {instead}" if instead else sentence)


class CommandError(ChainruleError):
    """The command was understood, and failed: exit code 1."""
