"""Connects calls to tracing: while a program to read is traced, calls are noted, and at the end become equations."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..core import hooks
from ..core.primitive import PRIMITIVES, Primitive
from ..core.symbols import Params
from ..core.traced import Tape, Traced, current
from ..loops.hooks import LoopHooks
from .outlining import outlined
from .recording import Called, Watched, Watching

_asked: contextvars.ContextVar[list[Watching] | None] = contextvars.ContextVar("calls", default=None)
_lock, _USUAL = threading.Lock(), hooks.active
_open = 0  # contexts that ask for calls, in all threads


@contextmanager
def calls_kept() -> Iterator[None]:
    """The first function that is traced inside keeps the calls of its functions; others do nothing more for that."""
    global _open
    token = _asked.set([])
    with _lock:
        _open += 1
        hooks.active = _CALLS
    try:
        yield
    finally:
        with _lock:
            _open -= 1
            hooks.active = _CALLS if _open else _USUAL
        _asked.reset(token)


def take_calls(tape: Tape, mark: int) -> list[Called]:
    """Take the calls that were made on a tape after the node of this number from its list."""
    taken: list[Called] = []
    for watching in _asked.get() or ():
        if watching.tape is tape:
            taken += [each for each in watching.calls if each.begun >= mark]
            watching.calls[:] = [each for each in watching.calls if each.begun < mark]
    return taken


class CallHooks(LoopHooks):
    """The usual hooks, which also find calls."""

    def running(self, function: Callable[..., Any], once: bool) -> hooks.Running:
        """What surrounds a run of a function, whose calls are noted where they are asked for."""
        running, asked, tape = super().running(function, once), _asked.get(), current.get()
        if asked is None or asked or not once or tape is None or tape.places is None:
            return running
        asked.append(watching := Watching(tape))
        return lambda args: Watched(running(args), watching)

    def placed(self, node: Traced) -> None:
        """Note where the operation stands, and calls after it, if it gets no name."""
        super().placed(node)
        if not node.tape.naming or node.primitive is PRIMITIVES["identity"]:
            _go_on()

    def stored_name(self, frame: FrameType, outermost: FrameType | None) -> str | tuple[str, ...]:
        """The name under which the bytecode stores the result; then, note calls."""
        found = super().stored_name(frame, outermost)
        _go_on()
        return found

    def recorded(self, node: Traced) -> None:
        """Warn if a column is combined with a row, while no calls are noted."""
        _pause()
        super().recorded(node)
        _go_on()

    def failed(self, error: Exception, primitive: Primitive, inputs: Sequence[Any], params: Params) -> None:
        """Explain a failure, and note calls after it."""
        _go_on()
        super().failed(error, primitive, inputs, params)

    def finished(self, tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
        """The outputs, with calls and loops."""
        asked = _asked.get()
        if asked and asked[0].tape is tape and not mark:
            outlined(tape, asked[0].calls, outputs)
        _pause()  # no function of the user's is called here
        outputs = super().finished(tape, outputs, mark)
        _go_on()
        return outputs


def _pause() -> None:
    for watching in _asked.get() or ():
        watching.pause()


def _go_on() -> None:
    for watching in _asked.get() or ():
        watching.go_on()


_CALLS = CallHooks()
