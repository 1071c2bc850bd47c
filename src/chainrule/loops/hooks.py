"""Connects loops to tracing: records where each operation stands, and finds the loops at the end."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from ..core import hooks
from ..core.traced import Tape, Traced
from ..program.tracing_hooks import TracingHooks
from .paths import place_of
from .rolling import rolled


class LoopHooks(TracingHooks):
    """The usual hooks, which also find loops."""

    def placed(self, node: Traced, frame: FrameType) -> None:
        """Note where the operation stands."""
        assert node.tape.places is not None
        node.tape.places.append((node, place_of(sys._getframe(1), node.tape)))

    def finished(self, tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
        """The outputs, with loops."""
        return rolled(tape, outputs, mark)


hooks.active = LoopHooks()
