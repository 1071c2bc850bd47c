"""Every operation that the project differentiates, one declaration each. Importing this fills the registry."""

from . import activations, compositions, elementwise, indexing, products, reductions, shapes

__all__ = ["activations", "compositions", "elementwise", "indexing", "products", "reductions", "shapes"]
