"""The extensions of the core; importing this package registers the operations, the hooks of traces, the rewrite rules, the
shortcuts of derivatives, and the texts of programs.
"""

from . import (
    algebra,
    calling,
    conversions,
    fast_form,
    guards,
    headings,
    latex,
    legible,
    operations,
    shape_table,
    shifts,
    shortcuts,
    tracing_hooks,
)
from .inplace import reading, storage
from .sizes import text as sizes

__all__ = [
    "algebra",
    "calling",
    "conversions",
    "fast_form",
    "guards",
    "headings",
    "latex",
    "legible",
    "operations",
    "reading",
    "shape_table",
    "shifts",
    "shortcuts",
    "sizes",
    "storage",
    "tracing_hooks",
]
