"""Which examples a network is tested on: not those that training used, where they are known; and what is said of them.

Data that a command divided are known again by the codes in the network's file, wherever they lie, and also where a few rows or
pictures came or went. On other data a network is tested as a whole, and it is said how many of them training used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..core.messages import Message, message
from ..data.codes import mark_known


class Labeled(Protocol):
    """Examples with their labels."""

    @property
    def labels(self) -> Any:
        """A label for each."""


Examples = TypeVar("Examples", bound=Labeled)


@dataclass(frozen=True)
class Tested(Generic[Examples]):
    """Examples that a network is tested on.

    Attributes:
        name: What their data are called; empty for MNIST.
        examples: The examples.
        seen: Of each, whether training used it, to learn from or to validate with; `None` where that is not known.
        trained: The other examples of the data, which training used; `None` where none were set apart.
        is_test_set: Whether the data say which examples are for testing, or were divided by the command that trained.
    """

    name: str
    examples: Examples
    seen: NDArray[np.bool_] | None = None
    trained: Examples | None = None
    is_test_set: bool = True

    @property
    def only_seen(self) -> bool:
        """Whether training used all of them, so that they test nothing."""
        return self.seen is not None and bool(self.seen.any()) and bool(self.seen.all())

    @property
    def count_seen(self) -> int | None:
        """How many of them training used; `None` where that is not known."""
        return 0 if self.is_test_set else None if self.seen is None else int(self.seen.sum())

    def was_seen(self, place: int) -> bool:
        """Whether training used this one."""
        return self.seen is not None and bool(self.seen[place])

    def tell(self) -> Message:
        """Say how many they are, and how many of them training used."""
        count = len(self.examples.labels)
        if self.trained is not None:
            trained = len(self.trained.labels)
            return message("{count:,} to test; training used the other {trained:,}", count=count, trained=trained)
        if self.is_test_set:
            return message("{count:,} to test", count=count)
        if self.seen is None:
            return message("{count:,}; whether training used some of them is not known", count=count)
        if self.only_seen:
            return message("{count:,}; training used all of them", count=count)
        if self.seen.any():
            return message("{count:,} of other data; training used {seen:,} of them", count=count, seen=self.count_seen)
        return message("{count:,} of other data; training used none of them", count=count)


def choose_tested(
    name: str,
    examples: Examples,
    codes: Sequence[bytes],
    trained: Sequence[bytes] | None,
    choose: Callable[[Examples, NDArray[np.intp]], Examples],
) -> Tested[Examples]:
    """Choose what a network is tested on among all examples of data that say nothing of it.

    Where they have more than half of those that training used, and others, only the others test.

    Args:
        name: What the data are called.
        examples: All their examples.
        codes: The code of each.
        trained: The codes of those that training used; `None` if they are not known.
        choose: Takes some of the examples, by their places.

    Returns:
        What it is tested on.
    """
    if trained is None:
        return Tested(name, examples, is_test_set=False)
    seen = mark_known(codes, trained)
    if 2 * int(seen.sum()) > len(trained) and not seen.all():
        return Tested(name, choose(examples, np.flatnonzero(~seen)), None, choose(examples, np.flatnonzero(seen)))
    return Tested(name, examples, seen, is_test_set=False)
