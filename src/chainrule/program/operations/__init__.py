"""Every operation that the project differentiates, one declaration each. Importing this fills the registry."""

from . import (
    activations,
    compositions,
    elementwise,
    factorizations,
    indexing,
    linalg,
    products,
    reductions,
    shapes,
    stopping,
    triangles,
)

__all__ = [
    "activations",
    "compositions",
    "elementwise",
    "factorizations",
    "indexing",
    "linalg",
    "products",
    "reductions",
    "shapes",
    "stopping",
    "triangles",
]
