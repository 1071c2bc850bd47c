"""The ground floor: what a computation is, its derivative and its text.

Importing it fills the registry of operations and the table of texts, and gives traced arrays their operators.
"""

from . import latex, ledger, operations, operators, python

__all__ = ["latex", "ledger", "operations", "operators", "python"]
