"""Connects loops to tracing: records where each operation stands, and finds the loops at the end."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..core import hooks
from ..core.traced import Tape, Traced, current
from ..program.tracing_hooks import TracingHooks
from .paths import CALL, place_of
from .rolling import rolled

_calls = itertools.count(1)


class LoopHooks(TracingHooks):
    """The usual hooks, which also find loops."""

    def placed(self, node: Traced, frame: FrameType) -> None:
        """Note where the operation stands."""
        assert node.tape.places is not None
        node.tape.places.append((node, place_of(sys._getframe(1), node.tape)))

    def call(self, function: Callable[..., Any], ours: Callable[..., Any], args: Any, keywords: Any) -> Any:
        """Note that what is recorded meanwhile is one call."""
        tape = current.get()
        if tape is None or tape.places is None or CALL.get():
            return super().call(function, ours, args, keywords)
        token = CALL.set(next(_calls))
        try:
            return super().call(function, ours, args, keywords)
        finally:
            CALL.reset(token)

    def finished(self, tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
        """The outputs, with loops."""
        return rolled(tape, outputs, mark)


hooks.active = LoopHooks()
