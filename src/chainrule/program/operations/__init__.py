"""The declarations of all differentiable operations; importing this package fills the registry.

`special.py`, which needs SciPy, is imported when a traced array first reaches one of its functions.
"""

import functools
import importlib

from ...core.traced import LIBRARIES
from . import (
    activations,
    averages,
    compositions,
    einsum,
    elementwise,
    factorizations,
    fitting,
    gathering,
    indexing,
    linalg,
    methods,
    norms,
    numerics,
    ordering,
    rearranging,
    reductions,
    scanning,
    shapes,
    spaced,
    stepwise,
    triangles,
)

__all__ = [
    "activations",
    "averages",
    "compositions",
    "einsum",
    "elementwise",
    "factorizations",
    "fitting",
    "gathering",
    "indexing",
    "linalg",
    "methods",
    "norms",
    "numerics",
    "ordering",
    "rearranging",
    "reductions",
    "scanning",
    "shapes",
    "spaced",
    "stepwise",
    "triangles",
]

LIBRARIES["scipy.special"] = functools.partial(importlib.import_module, ".special", __name__)
