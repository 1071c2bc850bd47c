"""The core: ordinary NumPy code in, its derivative out, as a program that is printed and run.

Importing it puts the core together with what stands beside it: the registry of operations, the texts that are made of
programs, and the operators of traced arrays are complete from then on.
"""

from ..program import latex, ledger, operations
from . import operators, python

__all__ = ["latex", "ledger", "operations", "operators", "python"]
