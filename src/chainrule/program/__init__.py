"""The extensions of the core; importing this package registers the operations, the hooks of traces, the rewrite rules, the
shortcuts of derivatives, and the texts of programs.
"""

from . import (
    algebra,
    conversions,
    fast_form,
    guards,
    headings,
    latex,
    operations,
    shape_table,
    shortcuts,
    tracing_hooks,
)

__all__ = [
    "algebra",
    "conversions",
    "fast_form",
    "guards",
    "headings",
    "latex",
    "operations",
    "shape_table",
    "shortcuts",
    "tracing_hooks",
]
