"""Shares a step's loops among threads, and finds where the threads must wait for each other.

Each loop is divided according to its results: by columns, by rows, by chunks of examples, along the first axis, by the tiles of a
product, or not at all. Each number is computed by a single thread, with the same operations in the same order as without threads.
A thread may continue to the next loop as long as it reads only
what it has computed itself, or what was complete when the threads last met.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

Owner: TypeAlias = "tuple[str, int]"
"""Who computes an array: how it is divided, and into how many rows or columns."""
ALONE, EVERY, WHOLE = ("alone", 0), ("every", 0), ("whole", 0)
"""The first thread does everything; each thread does everything for itself. `WHOLE`: reads results of other threads."""
LOTS = "lots"
"""The param that says in how many lots an operation sums over examples: its result has an axis for them, the first."""


@dataclass
class Sharing:
    """What was written and read since the threads last met, by place in the memory, with its division."""

    written: dict[int, Owner] = field(default_factory=dict)
    read: dict[int, set[Owner]] = field(default_factory=dict)

    def meets(self, reads: Iterable[tuple[int, Owner]], writes: Iterable[tuple[int, Owner]]) -> bool:
        """Whether threads must meet before a loop with these reads and writes."""
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
