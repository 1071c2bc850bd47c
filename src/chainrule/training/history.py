"""The reports of training, as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Score:
    """The score on a data set: `cost` is the mean per example, and `correct` of `total` answers were correct.

    `correct` is `None` for regression, where no answer is simply right or wrong.
    """

    cost: float
    correct: int | None
    total: int

    @property
    def accuracy(self) -> float:
        """The fraction of correct answers; NaN for regression."""
        return math.nan if self.correct is None else self.correct / self.total


@dataclass(frozen=True)
class Epoch:
    """One pass over the training data, counted from 1.

    `train` sums up the epoch's own forward passes, each before the step it led to; `validation` and `metrics`, which
    are measured on the validation data, are those at its end. `learning_rate` is that of its last step.
    """

    number: int
    train: Score
    validation: Score | None
    seconds: float
    learning_rate: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """All epochs of one `fit`, the executor that ran them, and whether Ctrl-C cut it short.

    `best` is the epoch whose weights were kept, where `patience` looked for it; `settings` are those of `fit`, by name;
    `diverged` tells that the cost became NaN or infinite in the epoch after the last. `rows()` is the history as plain data.
    """

    epochs: tuple[Epoch, ...]
    executor: str
    interrupted: bool = False
    best: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    diverged: bool = False

    def __repr__(self) -> str:
        """One line: the number of epochs, the executor, and the final score."""
        last = f", C = {self.epochs[-1].train.cost:.4g} in the last" if self.epochs else ""
        return f"<History of {len(self.epochs)} epochs on {self.executor}{last}; rows() gives every number>"

    @property
    def seconds(self) -> float:
        """The duration of all epochs, without validation."""
        return sum(epoch.seconds for epoch in self.epochs)

    def run(self, examples: int) -> dict[str, Any]:
        """What a network's file keeps of the run: the settings that are plain values, the length, and the executor."""
        kept = {name: value for name, value in self.settings.items() if value and isinstance(value, (int, float, str))}
        return {**kept, "epochs": len(self.epochs), "images": examples, "executor": self.executor}

    def rows(self) -> list[dict[str, float | None]]:
        """One dictionary of numbers an epoch, as a table or a data frame takes them.

        >>> train, validation = Score(0.5, 80, 100), Score(0.25, 45, 50)
        >>> History((Epoch(1, train, validation, 2.0, 3.0),), "numpy").rows() == [{
        ...     "epoch": 1, "learning_rate": 3.0, "seconds": 2.0, "train_cost": 0.5, "train_accuracy": 0.8,
        ...     "validation_cost": 0.25, "validation_accuracy": 0.9}]
        True
        """
        found = []
        for epoch in self.epochs:
            row: dict[str, float | None] = {
                "epoch": epoch.number, "learning_rate": epoch.learning_rate, "seconds": epoch.seconds,
            }  # fmt: skip
            for name, score in (("train", epoch.train), ("validation", epoch.validation)):
                if score is not None:
                    accuracy = None if score.correct is None else score.accuracy
                    row |= {f"{name}_cost": score.cost, f"{name}_accuracy": accuracy}
            found.append({**row, **epoch.metrics})
        return found


class Observer(Protocol):
    """An observer of training."""

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """`done` of `total` examples of an epoch have been learned from, in this many seconds; called often."""

    def finished(self, epoch: Epoch) -> None:
        """An epoch has ended."""


class Silent:
    """An observer that does nothing."""

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Say nothing."""

    def finished(self, epoch: Epoch) -> None:
        """Say nothing."""
