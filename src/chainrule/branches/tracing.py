"""Traces a function with its branches, where its source says them; else as it runs on the values at hand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..core.nouns import Program
from ..program.sizes.programs import statics_in, with_fixed
from .conversion import converted
from .recording import Branches


def with_branches(function: Callable[..., Any], record: Callable[[Callable[..., Any]], Program]) -> Program:
    """The program of a function, whose branches on traced values stay branches where they can.

    Args:
        function: The user's function.
        record: Traces it.

    Returns:
        The program; with the branches that were taken asserted, where the source is not to be had, or a branch does more than to
        compute.
    """
    runtime = Branches()
    whole = converted(function, runtime)
    if whole is not function:
        # What the converted function cannot do, the user's own does, or says why not; it may raise errors of any kind.
        with contextlib.suppress(Exception):
            made = record(whole)
            is_whole = all(value is not runtime.undefined for _, value in statics_in(made.results, ""))
            if runtime.regions and is_whole:
                return with_fixed(made, runtime.fixed)
        if runtime.regions:  # it failed after a loop, whose number of turns is not among those that stay as they are
            runtime = Branches(is_plain=True)
            with contextlib.suppress(Exception):
                record(converted(function, runtime))
    return with_fixed(record(function), runtime.fixed)
