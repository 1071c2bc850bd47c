"""The reports of training, as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Score:
    """The score on a data set.

    Attributes:
        cost: The mean cost per example.
        correct: The number of correct answers; `None` for regression, where no answer is simply right or wrong.
        total: The number of examples.
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
    """One pass over the training data.

    Attributes:
        number: Its number in the run, from 1.
        train: The score on the training data, summed over the epoch's forward passes, each before the step it led to.
        validation: The score on the validation data at the end of the epoch, if there are any.
        seconds: Its duration, without validation.
        learning_rate: η of its last step.
        metrics: The user's metrics on the validation data at the end of the epoch, by name.
    """

    number: int
    train: Score
    validation: Score | None
    seconds: float
    learning_rate: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """All epochs of one `fit`.

    Attributes:
        epochs: The epochs.
        executor: The executor that ran them.
        interrupted: Whether Ctrl-C ended the run early.
        best: The epoch whose parameters were kept, if `patience` looked for it.
        settings: The settings of `fit`, by name.
        diverged: Whether the cost became NaN or infinite in the epoch after the last.
    """

    epochs: tuple[Epoch, ...]
    executor: str
    interrupted: bool = False
    best: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    diverged: bool = False

    def __repr__(self) -> str:
        """One line: the number of epochs, the executor, the final score, and what was frozen."""
        last = f", C = {self.epochs[-1].train.cost:.4g} in the last" if self.epochs else ""
        frozen = f", {self.settings['freeze']} frozen" if self.settings.get("freeze") else ""
        return f"<History of {len(self.epochs)} epochs on {self.executor}{last}{frozen}; rows() gives every number>"

    @property
    def seconds(self) -> float:
        """The duration of all epochs, without validation."""
        return sum(epoch.seconds for epoch in self.epochs)

    def run(self, examples: int) -> dict[str, Any]:
        """What a network's file keeps of the run: the settings that are plain values, its length, and the executor.

        Args:
            examples: The number of training examples.

        Returns:
            Values by name, which JSON can hold.
        """
        kept = {name: value for name, value in self.settings.items() if value and isinstance(value, (int, float, str))}
        return {**kept, "epochs": len(self.epochs), "images": examples, "executor": self.executor}

    def rows(self) -> list[dict[str, float | None]]:
        """The epochs as dictionaries of numbers, from which a table or a data frame can be made.

        Returns:
            One dictionary per epoch, with the same names in each.

        Examples:
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
    """What `fit` tells of a run while it runs."""

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Examples of an epoch have been learned from; called often.

        Args:
            epoch: The number of the epoch, from 1.
            done: The number of its examples that have been learned from.
            total: The number of its examples.
            seconds: The time since it began.
        """

    def finished(self, epoch: Epoch) -> None:
        """An epoch has ended."""


class Silent:
    """An observer that ignores what it is told."""

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Ignored."""

    def finished(self, epoch: Epoch) -> None:
        """Ignored."""
