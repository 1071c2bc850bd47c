"""How many threads may be used: of native loops, as many as there are cores for them; of NumPy's matrix products, one for
small ones, where a second costs more than it computes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

SMALL = 2**24
"""Multiplications of a product up to which one thread is as soon done as two. Where other programs want the processor,
OpenBLAS's threads wait for one another in a loop, and such a product takes up to a hundred times as long."""


LIMIT = "OMP_NUM_THREADS"
"""The environment variable by which people limit threads, here as in NumPy's libraries."""


def cores() -> int:
    """On how many cores native loops run: those that the process may use, or fewer where OMP_NUM_THREADS says so."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    said = os.environ.get(LIMIT, "").partition(",")[0]
    return min(usable, int(said)) if said.isdecimal() and int(said) else usable


@contextlib.contextmanager
def threads_for(multiplications: int) -> Iterator[None]:
    """Let products run on one thread where the largest has at most `SMALL` multiplications.

    Without threadpoolctl, which the package brings, nothing is changed.

    >>> import numpy as np
    >>> with threads_for(10 * 784 * 30):
    ...     product = np.ones((30, 784)) @ np.ones((784, 10))
    """
    if multiplications > SMALL:
        yield
        return
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        yield
        return
    with threadpool_limits(1, "blas"):
        yield
