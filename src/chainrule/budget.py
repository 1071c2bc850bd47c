"""Work that may still be done, counted instead of timed: what comes of it is the same on a slow machine and on a busy one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Budget:
    """What a search may take, in a unit that its owner counts: multiplications, or equations that are evaluated.

    Attributes:
        total: All of it.
        spent: How much was taken.

    Examples:
        >>> budget = Budget(10)
        >>> budget.take(7), budget.take(7), budget.left
        (True, False, 3)
    """

    total: float
    spent: float = 0

    @property
    def left(self) -> float:
        """How much may still be taken."""
        return self.total - self.spent

    def covers(self, work: float) -> bool:
        """Whether so much is left."""
        return work <= self.left

    def take(self, work: float) -> bool:
        """Take so much if it is left, and answer whether it was."""
        covered = self.covers(work)
        self.spent += work * covered
        return covered
