"""The declarations of all differentiable operations; importing this package fills the registry.

`special.py` and `softmaxes.py`, which need SciPy, are imported when a traced array first reaches one of its functions.
"""

import functools
import importlib

from ...core.traced import LIBRARIES
from . import (
    activations,
    applied,
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
    products,
    rearranging,
    reductions,
    scanning,
    shapes,
    spaced,
    stepwise,
    stopping,
    transcendental,
    triangles,
    ufunc_methods,
)

__all__ = [
    "activations",
    "applied",
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
    "products",
    "rearranging",
    "reductions",
    "scanning",
    "shapes",
    "spaced",
    "stepwise",
    "stopping",
    "transcendental",
    "triangles",
    "ufunc_methods",
]

LIBRARIES["scipy.special"] = functools.partial(importlib.import_module, ".special", __name__)
