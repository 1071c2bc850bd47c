"""Runs a compiled chunk in one thread, or in several that each do a part and synchronize at a barrier."""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
from collections.abc import Callable

import numpy as np

from ...core.nouns import Array

_NAP = 20  # µs that a waiting thread sleeps, at least
BARRIER = 16
"""Length of a barrier: the number of threads that have arrived and, a cache line apart, how often all have."""


@functools.cache
def _doze() -> tuple[int, int]:
    """The address of a sleep function, and its argument."""
    if sys.platform == "win32":  # Sleep(0) yields; anything longer takes a millisecond
        return ctypes.cast(ctypes.windll.kernel32.Sleep, ctypes.c_void_p).value or 0, 0
    return ctypes.cast(ctypes.CDLL(None).usleep, ctypes.c_void_p).value or 0, _NAP


def run_threads(chunk: Callable[[Array, Array], None], parts: int) -> None:
    """Call a chunk in `parts` threads, including this one, and return when all are done, even after Ctrl-C.

    The chunk gets the barrier and the `thread` array that functions of `system.py` use: the part, the number of parts, how to
    sleep, and further space. If the system has no more threads, this one does everything, with the same results.
    """
    barrier = np.zeros(BARRIER, np.int64)

    def call(part: int, parts: int) -> None:
        asleep = _doze() if parts > 1 else (0, 0)  # a browser's Python has no other threads
        chunk(barrier, np.array([part, parts, *asleep, 0, 0, 0, 0], np.int64))

    if parts == 1:
        call(0, 1)
        return
    go = threading.Event()
    several = True

    def helper(part: int) -> None:
        go.wait()
        if several:
            call(part, parts)

    helpers = [threading.Thread(target=helper, args=(part,), daemon=True) for part in range(1, parts)]
    begun = []
    try:
        for each in helpers:
            each.start()
            begun.append(each)
    except RuntimeError:  # can't start new thread
        several = False
    go.set()
    try:
        call(0, parts if several else 1)
    finally:
        for each in begun:
            each.join()
