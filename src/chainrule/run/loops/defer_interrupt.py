"""Holds Ctrl-C back while LLVM compiles: raised in a finalizer or a callback of llvmlite's, it would be lost."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def interrupt_deferred() -> Iterator[None]:
    """Let a Ctrl-C come only when the block has ended; a second one comes at once.

    Signals are Python's main thread's alone, so in another one nothing is to be held back.
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
