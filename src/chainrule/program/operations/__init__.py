"""The declarations of all differentiable operations; importing this package fills the registry.

Those that need SciPy (`special.py`, `matrix_functions.py`, `distributions.py`, `interpolants.py`) are imported when a traced
array first reaches one of their functions.
"""

import functools
import importlib

from ...core.traced import LIBRARIES
from . import (
    activations,
    averages,
    complex_numbers,
    compositions,
    creating,
    einsum,
    elementwise,
    factorizations,
    fitting,
    gathering,
    indexing,
    keywords,
    linalg,
    methods,
    norms,
    numbers,
    numerics,
    ordering,
    rearranging,
    reductions,
    scanning,
    scientific,
    shapes,
    spaced,
    stepwise,
    triangles,
    updating,
    windows,
)

__all__ = [
    "activations",
    "averages",
    "complex_numbers",
    "compositions",
    "creating",
    "einsum",
    "elementwise",
    "factorizations",
    "fitting",
    "gathering",
    "indexing",
    "keywords",
    "linalg",
    "methods",
    "norms",
    "numbers",
    "numerics",
    "ordering",
    "rearranging",
    "reductions",
    "scanning",
    "scientific",
    "shapes",
    "spaced",
    "stepwise",
    "triangles",
    "updating",
    "windows",
]

LIBRARIES["scipy.stats"] = functools.partial(importlib.import_module, ".distributions", __name__)
LIBRARIES["scipy.interpolate"] = functools.partial(importlib.import_module, ".interpolants", __name__)
