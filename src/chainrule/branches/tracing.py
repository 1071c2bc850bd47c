"""Traces a function with its branches, where its source says them; else as it runs on the values at hand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..core.errors import ChainruleError
from ..core.nouns import Program
from .conversion import converted
from .recording import FAILURES, Branches


def with_branches(function: Callable[..., Any], record: Callable[[Callable[..., Any]], Program]) -> Program:
    """The program of a function, whose branches on traced values stay branches where they can.

    Args:
        function: The user's function.
        record: Traces it.

    Returns:
        The program; with the branches that were taken asserted, where the source is not to be had, or a branch does more than to
        compute.
    """
    plain, error = None, None
    try:
        plain = record(function)
    except ChainruleError as refused:
        error = refused
    if plain is not None and not any(part.conditions for part in plain.parts()):
        return plain
    runtime = Branches()
    whole = converted(function, runtime)
    if whole is not function:
        with contextlib.suppress(
            *FAILURES
        ):  # what the converted function cannot do, the user's own does, or says why not
            made = record(whole)
            if runtime.count:
                return made
    if plain is None:
        assert error is not None
        raise error
    return plain
