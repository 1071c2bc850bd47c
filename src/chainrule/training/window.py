"""Runs the steps over examples that are never all in memory: a window of them is made, learned from, and replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..core.nouns import Array
from .runner import Examples, Runner

_NUMBERS = 2**22  # of inputs in a window: 16 MB as float32


class WindowRunner:
    """A `Runner` of examples whose inputs are made as they are needed; `runner` makes the one that runs a window.

    The order of the examples, the draws of dropout and the steps are those of a run on all examples at once.
    """

    def __init__(self, examples: Examples, batch: int, runner: Callable[[Examples], Runner]):
        self._examples = examples
        sample = examples.rows(slice(1))
        self._batches: int = max(1, _NUMBERS // max(1, sample.shape[1] * batch))
        size = min(self._batches * batch, len(examples))
        self._window = replace(
            examples,
            given=np.empty((size, sample.shape[1]), sample.dtype),
            targets=examples.targets[:size].copy(),
            weights=None if examples.weights is None else examples.weights[:size].copy(),
            labels=None if examples.labels is None else examples.labels[:size].copy(),
            source=None,
        )
        vars(self._window)["distributions"] = examples.distributions  # of all, not of the first window
        self._fill(np.arange(size))
        self._runner = runner(self._window)
        self.cost, self.correct = 0.0, 0

    def begin(self) -> None:
        """Start the sums of an epoch."""
        self.cost, self.correct = 0.0, 0

    def piece(self, left: int) -> int:
        """How many batches to run before progress is reported: at most those of a window."""
        return min(left, self._batches, self._runner.piece(left))

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from the batches, as `Runner` says."""
        self._fill(order.reshape(-1))
        self._runner.begin()
        wrong = self._runner.learn(np.arange(order.size).reshape(order.shape), rates, done)
        self._runner.settle()
        if wrong is None:
            self.cost += self._runner.cost
            self.correct += self._runner.correct
        return wrong

    def settle(self) -> None:
        """Nothing to do: each window settles."""

    def resume(self) -> None:
        """Nothing to do: each window begins with the current parameters."""

    def _fill(self, which: Array) -> None:
        """Put these examples into the window."""
        examples, window, n = self._examples, self._window, len(which)
        assert window.given is not None
        window.given[:n] = examples.rows(which)
        for kept, all_of_them in (
            (window.targets, examples.targets),
            (window.weights, examples.weights),
            (window.labels, examples.labels),
        ):
            if kept is not None and all_of_them is not None:
                kept[:n] = all_of_them[which]
