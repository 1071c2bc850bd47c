"""Shares a step's loops among threads, and finds where they must wait for one another.

Each loop is divided by what its results are: those of examples by groups of examples, a column's by rows, and so on; each
number is computed by one thread alone, by the same operations in the same order as without others. A thread may go on to
the next loop as long as it reads only what it has made itself, or what all had made before they last met.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

ALONE, EVERY, BATCH, ROWS, WHOLE = "alone", "every", "batch", "rows", "whole"
"""Who computes what: the first thread alone; each all of it; each some examples; each some rows of a column. `WHOLE` is
read what others may have made."""


@dataclass
class Sharing:
    """What was written and read since the threads last met: at which place of the memory, and by which division."""

    written: dict[int, str] = field(default_factory=dict)
    read: dict[int, set[str]] = field(default_factory=dict)

    def meets(self, reads: Iterable[tuple[int, str]], writes: Iterable[tuple[int, str]]) -> bool:
        """Whether threads must meet before a loop that reads and writes this."""
        reads, writes = list(reads), list(writes)
        meet = any(
            self.written.get(place, how) != how or (how == WHOLE and place in self.written) for place, how in reads
        )
        meet = meet or any(
            self.written.get(place, how) != how or self.read.get(place, {how}) != {how} for place, how in writes
        )
        if meet:
            self.written.clear()
            self.read.clear()
        for place, how in reads:
            self.read.setdefault(place, set()).add(how)
        self.written.update(writes)
        return meet


def divided(count: int, step: int = 1) -> str:
    """A thread's part of `range(0, count, step)`."""
    units = -(-count // step)
    times = f" * {step}" if step > 1 else ""
    text = f"part * {units} // parts{times}, (part + 1) * {units} // parts{times}"
    return f"range({text}, {step})" if step > 1 else f"range({text})"
