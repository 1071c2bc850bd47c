"""What stands beside the core, put together with it: importing this fills the registry of operations, and all else of the
core that is open: its hooks, the tables of its rewrites, the shorter ways of derivatives, and the texts of programs.
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
