"""Cost functions, in plain NumPy: of the output activations and the desired output, examples in columns.

A cost is the sum over the batch; what people are shown is its mean per example.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..program.nouns import Array


def quadratic(a: Array, y: Array) -> Array:
    """C = ½ Σ (a − y)², the book's equation (6) summed over the batch.

    >>> float(quadratic(np.array([[0.5], [1.0]]), np.array([[0.0], [1.0]])))
    0.125
    """
    result: Array = 0.5 * np.sum((a - y) ** 2)
    return result


COSTS: dict[str, Callable[[Array, Array], Array]] = {"quadratic": quadratic}
