"""Every operation that the project differentiates, one declaration each. Importing this fills the registry.

`special.py`, SciPy's (with `softmaxes.py`), is imported where a traced array first meets one of its functions.
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
