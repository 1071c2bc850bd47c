"""The number of threads: one per usable core for native loops, and one for small matrix products in NumPy."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

SMALL = 2**24
"""Up to this many multiplications in a product, a second thread gains nothing. On a busy processor, OpenBLAS's threads
spin while they wait for each other, and such a product can take a hundred times as long."""


LIMIT = "OMP_NUM_THREADS"
"""The environment variable that limits the number of threads, as in NumPy's libraries."""


def cores() -> int:
    """The number of cores that native loops use: those available to the process, or fewer if OMP_NUM_THREADS is lower."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get(LIMIT, "").partition(",")[0]
    return min(usable, int(limit)) if limit.isdecimal() and int(limit) else usable


@contextlib.contextmanager
def threads_for(multiplications: int) -> Iterator[None]:
    """Limit matrix products to one thread if the largest has at most `SMALL` multiplications.

    Without threadpoolctl, as in a browser, nothing changes.

    Examples:
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
