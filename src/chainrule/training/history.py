"""What training reports, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Score:
    """How well a set was read: `cost` is the mean per example, `correct` of `total` were right."""

    cost: float
    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """The fraction that was right."""
        return self.correct / self.total


@dataclass(frozen=True)
class Epoch:
    """One pass over the training data, counted from 1.

    `train` sums up the epoch's own forward passes, each before the step it led to; `validation` is measured at its end.
    """

    number: int
    train: Score
    validation: Score | None
    seconds: float


@dataclass(frozen=True)
class History:
    """All epochs of one `fit`, the executor that ran them, whether it was cut short by Ctrl-C.

    `best` is the epoch whose weights were kept, where `patience` looked for it.
    """

    epochs: tuple[Epoch, ...]
    executor: str
    interrupted: bool = False
    best: int | None = None

    @property
    def seconds(self) -> float:
        """How long all epochs took, validation apart."""
        return sum(epoch.seconds for epoch in self.epochs)


class Observer(Protocol):
    """Who is told how training goes."""

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """`done` of `total` examples of an epoch have been learnt from, in this many seconds; told often."""

    def finished(self, epoch: Epoch) -> None:
        """An epoch is over."""


class Silent:
    """An observer that says nothing."""

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Say nothing."""

    def finished(self, epoch: Epoch) -> None:
        """Say nothing."""
