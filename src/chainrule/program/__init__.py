"""The ground floor: what a computation is, its derivative and its text.

Importing it fills the registry of operations and the table of texts.
"""

from . import latex, ledger, operations, python

__all__ = ["latex", "ledger", "operations", "python"]
