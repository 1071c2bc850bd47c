"""Defers Ctrl-C while LLVM compiles: raised in a finalizer or callback of llvmlite, it would be lost."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def interrupt_deferred() -> Iterator[None]:
    """Defer Ctrl-C to the end of the block; a second one takes effect at once.

    Only the main thread receives signals in Python, so in other threads there is nothing to defer.
    """
    usual = signal.getsignal(signal.SIGINT)
    if not callable(usual) or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler, came = usual, 0

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came += 1
        if came > 1:
            handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if came:
            handler(signal.SIGINT, None)
