"""Every operation that the project differentiates, one declaration each. Importing this fills the registry."""

from . import compositions, elementwise, indexing, products, reductions, shapes

__all__ = ["compositions", "elementwise", "indexing", "products", "reductions", "shapes"]
