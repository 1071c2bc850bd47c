"""The errors of tracing, differentiating and running: each says what is wrong, where, and what would be right."""

from __future__ import annotations

from .messages import message


class ChainruleError(Exception):
    """The base of every error that this package raises on purpose, with an English template and its values."""

    def __init__(self, template: str = "", /, **values: object):
        super().__init__(message(template, "", **values))


class TracingError(ChainruleError, TypeError):
    """Something in a traced function that cannot become an equation; the message names the line and the way out."""


class BranchError(ChainruleError, RuntimeError):
    """A program ran on values for which the function would have taken another branch."""


class ProgramError(ChainruleError, AssertionError):
    """A program that breaks its own rules: a fault of a transformation, never of its user."""


for _error in list(globals().values()):
    if isinstance(_error, type) and issubclass(_error, Exception):
        _error.__module__ = "chainrule"  # a traceback then ends on `chainrule.DimensionError: …`
