"""How many threads NumPy's matrix products may use: for small ones a second thread costs more than it computes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

SMALL = 2**24
"""Multiplications of a product up to which one thread is as soon done as two. Where other programs want the processor,
OpenBLAS's threads wait for one another in a loop, and such a product takes up to a hundred times as long."""


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
