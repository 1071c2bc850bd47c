"""The part of loops in a trace: where each operation stands is recorded, and in the end its loops are found."""

from __future__ import annotations

from types import FrameType
from typing import Any

from ..core import hooks
from ..core.traced import Tape, Traced
from ..program.tracing_hooks import TracingHooks
from .paths import place_of
from .rolling import rolled


class LoopHooks(TracingHooks):
    """Finds loops, besides what other traces do."""

    def placed(self, node: Traced, frame: FrameType) -> None:
        """Note where the operation stands."""
        assert node.tape.places is not None
        node.tape.places.append((node, place_of(frame, node.tape)))

    def finished(self, tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
        """The outputs, with loops."""
        return rolled(tape, outputs, mark)


hooks.active = LoopHooks()
