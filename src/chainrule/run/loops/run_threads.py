"""Runs a compiled chunk in one thread, or in several that each do their part and meet at a barrier."""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
from collections.abc import Callable

import numpy as np

from ...core.nouns import Array

_NAP = 20  # µs that a waiting thread sleeps, by the system's leave
BARRIER = 16
"""Numbers of a barrier: how many threads have come, and, a cache line apart, how often all had."""


@functools.cache
def _doze() -> tuple[int, int]:
    """The address of a function that sleeps, and what it is told."""
    if sys.platform == "win32":  # sleeping less than a millisecond is yielding to who is ready
        return ctypes.cast(ctypes.windll.kernel32.Sleep, ctypes.c_void_p).value or 0, 0
    return ctypes.cast(ctypes.CDLL(None).usleep, ctypes.c_void_p).value or 0, _NAP


def run_threads(chunk: Callable[[Array, Array], None], parts: int) -> None:
    """Call a chunk in so many threads, this one among them, and return when all are done, also after Ctrl-C.

    It is given the barrier, and what `thread` is for functions of `system.py`: which part of how many this is, how to sleep,
    and room for more. Where the system has no thread left, this one does all: results are the same.
    """
    barrier = np.zeros(BARRIER, np.int64)

    def call(part: int, parts: int) -> None:
        chunk(barrier, np.array([part, parts, *_doze(), 0, 0, 0, 0], np.int64))

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
