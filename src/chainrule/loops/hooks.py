"""Connects loops to tracing: records where each operation stands, and finds the loops at the end."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

from ..core import hooks
from ..core.traced import Tape, Traced, current
from ..program.tracing_hooks import TracingHooks
from .paths import CALL, further, place_of
from .rolling import rolled

_calls = itertools.count(1)


class LoopHooks(TracingHooks):
    """The usual hooks, which also find loops."""

    def placed(self, node: Traced) -> None:
        """Note where the operation stands: all of a derivative where that is asked for, each operation as one of its own."""
        super().placed(node)
        tape = node.tape
        assert tape.places is not None
        if tape.source is None:
            place = place_of(sys._getframe(1), tape)
        else:
            begun, around = tape.derived
            if around is None:
                tape.derived = begun, (around := place_of(sys._getframe(1), tape))
            place = around._replace(path=further(around.path, node.id - begun))
        tape.places.append((node, place))

    def call(self, function: Callable[..., Any], ours: Callable[..., Any], args: Any, keywords: Any) -> Any:
        """Note that what is recorded meanwhile is one call."""
        tape = current.get()
        if tape is None or tape.places is None or CALL.get():
            return TracingHooks.call(function, ours, args, keywords)
        token = CALL.set(next(_calls))
        try:
            return TracingHooks.call(function, ours, args, keywords)
        finally:
            CALL.reset(token)

    def finished(self, tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
        """The outputs, with loops."""
        return rolled(tape, outputs, mark)


hooks.active = LoopHooks()
