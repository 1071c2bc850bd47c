"""Traces a function with its branches, where its source says them; else as it runs on the values at hand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..core.messages import message
from ..core.nouns import Program
from ..program.inplace.memory import SharedError
from ..program.sizes.programs import statics_in, with_fixed
from .choices import keep_choices, reason
from .conversion import converted, obstacle
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
        try:
            made = _recorded(whole, runtime, record)
        except Exception as error:  # the user's own function does what this one cannot, or says why not
            why = reason(error)
        else:
            is_whole = all(value is not runtime.undefined for _, value in statics_in(made.results, ""))
            if runtime.regions and is_whole:
                return keep_choices(with_fixed(made, runtime.fixed), runtime.choices.values())
            why = "" if is_whole else message("it may return a variable that no line has assigned")
        if runtime.regions:  # it failed after a loop, whose number of turns is not among those that stay as they are
            runtime = Branches(is_plain=True)
            with contextlib.suppress(Exception):
                record(converted(function, runtime))
    else:
        why = obstacle(function)
    code = getattr(function, "__code__", None)
    if why and code is not None:
        runtime.choices.clear()  # what was kept went with the recording
        runtime.choices.note_at(code, code.co_firstlineno, "def", why)
    return keep_choices(with_fixed(record(function), runtime.fixed), runtime.choices.values())


def _recorded(whole: Callable[..., Any], runtime: Branches, record: Callable[[Callable[..., Any]], Program]) -> Program:
    """What a converted function records; again, without a branch or a loop of which that shows that it cannot be one."""
    while True:
        try:
            return record(whole)
        except SharedError as error:
            if error.place in runtime.shared:
                raise
            runtime.shared.add(error.place)
            runtime.fixed.clear()
            runtime.sized.clear()
