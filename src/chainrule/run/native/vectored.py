"""What generated source calls where there are vectors of 16 float32 numbers; `scalar.py` has the same for single numbers."""

from .denormals import flush, restore
from .elementwise import operations
from .gather import filled, gather, soon, transpose
from .products import product, update
from .vector import at, greatest, least, load, masked, splat, store, total

__all__ = [
    "at",
    "filled",
    "flush",
    "gather",
    "greatest",
    "least",
    "load",
    "masked",
    "operations",
    "product",
    "restore",
    "soon",
    "splat",
    "store",
    "total",
    "transpose",
    "update",
]
