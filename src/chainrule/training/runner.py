"""The interface of runners, which run a training step over the batches of an epoch, and the NumPy runner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ..core.nouns import Array
from ..network.architecture import Architecture
from .step import Examples, NumpyRunner, UpdateRule

_PIECE = 200  # batches between two looks at progress and cost


class Runner(Protocol):
    """Runs an epoch piece by piece; parameters and state are updated in place, by `settle` at the latest.

    `cost` and `correct` are the sums over the epoch's examples so far.
    """

    cost: float
    correct: int

    def begin(self) -> None:
        """Begin an epoch; parameters and inputs may have been changed from outside."""

    def piece(self, left: int) -> int:
        """How many of the remaining batches to run before progress is reported."""

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from the batches in `order` (k × m indices), with the learning rate of each; `done` steps came before.

        Returns nothing, or which batch first made the cost no number; all is then as before these batches.
        """

    def settle(self) -> None:
        """Write parameters and state to the arrays that others read."""


class NumpyPieces:
    """The NumPy executor as a `Runner`."""

    def __init__(
        self,
        architecture: Architecture,
        parameters: Sequence[Array],
        state: Sequence[Array],
        examples: Examples,
        labels: Array | None,
        rule: UpdateRule,
        random: np.random.Generator,
    ):
        self._architecture, self._examples, self._labels = architecture, examples, labels
        self._parameters, self._changed = parameters, (*parameters, *state)
        self._runner = NumpyRunner(architecture, parameters, state, examples, rule, random)
        self.cost, self.correct = 0.0, 0

    def begin(self) -> None:
        """Start the sums of an epoch."""
        self.cost, self.correct = 0.0, 0

    def piece(self, left: int) -> int:
        """Enough batches to make Python's overhead small, but few enough to report progress soon."""
        return min(left, _PIECE)

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from the batches, as `Runner` says."""
        good = [array.copy() for array in self._changed]
        outputs = np.empty((*order.shape, self._architecture.sizes[-1]), self._examples.targets.dtype)
        self._runner.run(order, outputs, rates, done)
        cost, correct = figures(self._architecture, self._examples, self._labels, order, outputs)
        if not np.isfinite(cost) or not all(np.isfinite(p).all() for p in self._parameters):
            for array, kept in zip(self._changed, good, strict=True):
                array[...] = kept
            return next((k for k in range(len(order)) if self._is_wrong(order, outputs, k)), len(order) - 1)
        self.cost += cost
        self.correct += correct
        return None

    def _is_wrong(self, order: Array, outputs: Array, k: int) -> bool:
        """Whether a batch's outputs, or the cost of them, are no numbers."""
        one = slice(k, k + 1)
        cost, _ = figures(self._architecture, self._examples, None, order[one], outputs[one])
        return not (np.isfinite(cost) and np.isfinite(outputs[k]).all())

    def settle(self) -> None:
        """Nothing to do: arrays are updated in place."""


def figures(
    architecture: Architecture, examples: Examples, labels: Array | None, order: Array, outputs: Array
) -> tuple[float, int]:
    """The cost of the outputs (k × m × n_L) of batches, and how many are right, where examples have labels."""
    a, indices = outputs.reshape(-1, outputs.shape[2]), order.reshape(-1)
    weights = None if examples.weights is None else examples.weights.take(indices, 0).T
    cost = architecture.measured(a.T, examples.targets.take(indices, 0).T, weights)
    correct = 0 if labels is None else int(np.count_nonzero(a.argmax(axis=1) == labels[indices]))
    return cost, correct
