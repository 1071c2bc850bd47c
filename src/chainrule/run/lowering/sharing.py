"""Shares a step's loops among threads, and finds where they must wait for one another.

Each loop is divided by what its results are: by columns, by rows, or not at all; each number is computed by one thread alone,
by the same operations in the same order as without others. A thread may go on to the next loop as long as it reads only what
it has made itself, or what all had made before they last met.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

Owner: TypeAlias = "tuple[str, int]"
"""Who computes what: by what an array is divided, and how many of these there are."""
ALONE, EVERY, WHOLE = ("alone", 0), ("every", 0), ("whole", 0)
"""The first thread does all; each does all for itself. `WHOLE` is read what others may have made."""


@dataclass
class Sharing:
    """What was written and read since the threads last met: at which place of the memory, and by which division."""

    written: dict[int, Owner] = field(default_factory=dict)
    read: dict[int, set[Owner]] = field(default_factory=dict)

    def meets(self, reads: Iterable[tuple[int, Owner]], writes: Iterable[tuple[int, Owner]]) -> bool:
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
