"""Runs the training step over the batches of an epoch: what is learned from, what learning changes, and the NumPy runner."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..core.nouns import Array
from ..network.architecture import Architecture
from ..network.batches import batch_from
from ..network.costs import are_distributions
from ..run.aligned import aligned
from ..run.packed import Packed, packed
from .history import Epoch, Score
from .optimizers import Optimizer
from .step import UpdateRule, state_names, training_step

_SAMPLE = 2000  # examples that are looked at to see whether they are sparse
_SPARSE = 0.4  # the fraction of zeros from which rows of zeros are skipped
_PIECE = 200  # batches between two checks of the cost and reports of progress


@dataclass(frozen=True)
class Examples:
    """Training or test examples, one per row.

    Attributes:
        given: The inputs, n × n_1; `None` if `convert` makes them from `pixels`.
        targets: The desired outputs, n × n_L.
        weights: The weights of the examples, n × 1, if any.
        pixels: The bytes, n × n_1, that the inputs are made from, divided by 255, if known.
        convert: Makes inputs from bytes on first use, which never comes with native loops.
        labels: The classes, n, if the targets are classes; n × n_L of 0 and 1 where each output decides alone.
        source: Makes the inputs of some rows, where all of them would be too many to keep.
    """

    given: Array | None
    targets: Array
    weights: Array | None = None
    pixels: Array | None = None
    convert: Callable[[Array], Array] | None = None
    labels: Array | None = None
    source: Callable[[Any], Array] | None = None

    def __len__(self) -> int:
        """The number of examples."""
        return len(self.targets)

    @functools.cached_property
    def inputs(self) -> Array:
        """The inputs, n × n_1."""
        return self.rows(slice(None))

    @functools.cached_property
    def distributions(self) -> bool:
        """Whether the desired outputs of each example sum to 1."""
        return are_distributions(self.targets, 1)

    @functools.cached_property
    def kind(self) -> dict[str, bool]:
        """What of the examples native code is written for: keywords of `native.task_of`."""
        return {
            "weighted": self.weights is not None,
            "distributions": self.distributions,
            "labeled": self.labels is not None,
            "alone": self.labels is not None and self.labels.ndim > 1,
            "pixels": self.pixels is not None,
            "sparse": is_sparse(self.rows(slice(_SAMPLE))),
        }

    @functools.cached_property
    def classes(self) -> Array | None:
        """The class of each example, n; `None` for numbers, and where an example can have several classes at once."""
        if self.labels is None or self.labels.ndim == 1:
            return self.labels
        return self.labels[:, 0] if self.labels.shape[1] == 1 else None

    def rows(self, which: Any) -> Array:
        """The inputs of some examples.

        Args:
            which: An index of rows: numbers or a slice.

        Returns:
            k × n_1.

        Raises:
            ValueError: There are neither inputs nor bytes to make them from.
        """
        if self.given is not None:
            rows: Array = self.given[which]
            return rows
        if self.source is not None:
            return self.source(which)
        if self.pixels is None or self.convert is None:
            raise ValueError("Examples need their inputs, or bytes and a function that converts them.")
        return self.convert(self.pixels[which])


def is_sparse(sample: Array) -> bool:
    """Whether so many inputs, of which the first are looked at, are 0 that rows of zeros are skipped."""
    some = sample[:_SAMPLE]
    return bool(np.count_nonzero(some) < (1 - _SPARSE) * some.size)


@dataclass
class Best:
    """The epoch with the best validation score so far, and the parameters after it."""

    epoch: int
    score: Score
    parameters: list[Array]


@dataclass
class Learner:
    """What a training run changes: all that it needs to continue.

    Attributes:
        optimizer: The name of the optimizer.
        parameters: The parameters, which are changed in place.
        state: The state of the optimizer, which is changed in place.
        random: Shuffles the examples and draws the masks of dropout.
        steps: The number of steps since the state was zero.
        epochs: The epochs of the current run.
        best: The best epoch of the current run, if `patience` looks for it.
    """

    optimizer: str
    parameters: Sequence[Array]
    state: Sequence[Array]
    random: np.random.Generator
    steps: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    best: Best | None = None


def learner_of(
    architecture: Architecture,
    parameters: Sequence[Array],
    optimizer: Optimizer,
    random: np.random.Generator,
    last: Learner | None = None,
) -> Learner:
    """The learner at the start of a run.

    Args:
        architecture: The layers.
        parameters: The parameters, which are not copied.
        optimizer: The optimizer of the run.
        random: The random generator of the run.
        last: The learner of the run before, whose state and steps are continued if its optimizer is the same.

    Returns:
        The learner.
    """
    learned = architecture.learned_of(parameters)
    if last is not None and (last.optimizer, len(last.state)) == (optimizer.name, len(optimizer.state) * len(learned)):
        return Learner(optimizer.name, parameters, last.state, random, last.steps)
    state = [np.zeros_like(each) for _ in optimizer.state for each in learned]
    return Learner(optimizer.name, parameters, state, random)


class Runner(Protocol):
    """Runs an epoch piece by piece; parameters and state are updated in place, by `settle` at the latest.

    Attributes:
        cost: The cost, summed over the epoch's examples so far.
        correct: The number of correct answers among them.
    """

    cost: float
    correct: int

    def begin(self) -> None:
        """Begin an epoch; parameters and inputs may have been changed from outside."""

    def piece(self, left: int) -> int:
        """How many batches to run before progress is reported.

        Args:
            left: The number of batches that remain in the epoch.

        Returns:
            A number from 1 to `left`.
        """

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from some batches.

        Args:
            order: The positions of the examples, k × m: one batch per row.
            rates: η of each batch, k.
            done: The number of steps before these.

        Returns:
            `None`; or, if a cost becomes NaN or infinite, the index of the first such batch, after everything is restored.
        """

    def settle(self) -> None:
        """Write parameters and state to the arrays that others read."""

    def resume(self) -> None:
        """Go on within an epoch after `settle`; parameters may have been changed from outside."""


@dataclass(frozen=True)
class _Batch:
    """The step for one batch size, bound to its buffers."""

    gathered: tuple[tuple[Array, Array], ...]
    masks: tuple[tuple[Array, float], ...]
    program: Packed


class NumpyRunner:
    """The NumPy executor as a `Runner`; parameters and state are updated in place.

    Batches are gathered into buffers that are seen as the program's a1 and y, transposed or with the axes of images, so that
    neither costs anything.
    """

    def __init__(self, architecture: Architecture, learner: Learner, examples: Examples, rule: UpdateRule):
        self._architecture, self._learner, self._examples, self._rule = architecture, learner, examples, rule
        names = [*architecture.shapes, *state_names(architecture, rule)]
        self._changed = dict(zip(names, [*learner.parameters, *learner.state], strict=True))
        self._numbers = [np.zeros((), examples.targets.dtype) for _ in range(1 + len(rule.optimizer.numbers(1)))]
        self._batches: dict[int, _Batch] = {}
        self.begin()

    def begin(self) -> None:
        """Start the sums of an epoch."""
        self.cost, self.correct = 0.0, 0

    def piece(self, left: int) -> int:
        """Enough batches to make Python's overhead small, but few enough to report progress soon."""
        return min(left, _PIECE)

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from the batches, as `Runner` says."""
        good = [array.copy() for array in self._changed.values()]
        outputs = np.empty((*order.shape, self._architecture.sizes[-1]), self._examples.targets.dtype)
        self.run(order, outputs, rates, done)
        cost, correct = figures(self._architecture, self._examples, order, outputs)
        if not np.isfinite(cost) or not all(np.isfinite(p).all() for p in self._learner.parameters):
            for array, kept in zip(self._changed.values(), good, strict=True):
                array[...] = kept
            return next((k for k in range(len(order)) if self._is_wrong(order, outputs, k)), len(order) - 1)
        self.cost += cost
        self.correct += correct
        return None

    def _is_wrong(self, order: Array, outputs: Array, k: int) -> bool:
        """Whether a batch's outputs, or their cost, are NaN or infinite."""
        one = slice(k, k + 1)
        cost, _ = figures(self._architecture, self._examples, order[one], outputs[one])
        return not (np.isfinite(cost) and np.isfinite(outputs[k]).all())

    def settle(self) -> None:
        """Nothing to do: arrays are updated in place."""

    def resume(self) -> None:
        """Nothing to do: each call of `learn` begins with the arrays as they are."""

    def run(self, order: Array, outputs: Array, rates: Sequence[float], done: int) -> None:
        """Learn from some batches, and keep their outputs.

        Args:
            order: The positions of the examples, k × m: one batch per row.
            outputs: k × m × n_L, into which aL of each batch is written.
            rates: η of each batch, k.
            done: The number of steps before these.
        """
        batch = self._batch(order.shape[1])
        batch.program.begin()
        try:
            self._steps(batch, order, outputs, rates, done)
        finally:  # also after Ctrl-C
            batch.program.end()

    def _steps(self, batch: _Batch, order: Array, outputs: Array, rates: Sequence[float], done: int) -> None:
        gathers = [(values.take, buffer) for values, buffer in batch.gathered]
        step, output = batch.program.step, batch.program.outputs[-1].T
        rate, *numbers = self._numbers
        steady = len(set(rates)) == 1 and not numbers
        rate[...] = rates[0]
        for k, (indices, place) in enumerate(zip(order, outputs, strict=True)):
            # No index is out of range, but only with "clip" does `take` write into the buffer without a copy of its own.
            for take, buffer in gathers:
                take(indices, 0, buffer, "clip")
            for mask, share in batch.masks:
                self._learner.random.random(out=mask, dtype=mask.dtype)
                np.multiply(mask >= share, 1 / (1 - share), out=mask)
            if not steady:
                rate[...] = rates[k]
                for number, value in zip(numbers, self._rule.optimizer.numbers(done + k + 1), strict=True):
                    number[...] = value
            step()
            place[...] = output

    def _batch(self, m: int) -> _Batch:
        if m not in self._batches:
            examples, sizes = self._examples, self._architecture.sizes
            dtype = examples.inputs.dtype
            rows = {"a1": aligned((m, sizes[0]), dtype), "y": np.empty((m, sizes[-1]), dtype)}
            gathered = [(examples.inputs, rows["a1"]), (examples.targets, rows["y"])]
            if examples.weights is not None:
                rows["weight"] = np.empty((m, 1), dtype)
                gathered.append((examples.weights, rows["weight"]))
            masks = []
            for name, layer in self._architecture.masks:
                rows[name] = np.empty((m, sizes[layer - 1]), dtype)
                masks.append((rows[name], self._architecture.dropouts[layer - 1]))
            program = training_step(
                self._architecture, m, dtype.name, self._rule, examples.weights is not None, examples.distributions
            )
            named = program.inputs[-len(self._numbers) :]
            numbers = {symbol.name: number for symbol, number in zip(named, self._numbers, strict=True)}
            layers = {"a1": 1, **dict(self._architecture.masks)}
            lying = {
                name: batch_from(array, self._architecture.examples[layers[name] - 1]) if name in layers else array.T
                for name, array in rows.items()
            }
            inputs = {**self._changed, **lying, **numbers}
            made = packed(program, inputs, dict(enumerate(self._changed)))
            self._batches[m] = _Batch(tuple(gathered), tuple(masks), made)
        return self._batches[m]


def figures(architecture: Architecture, examples: Examples, order: Array, outputs: Array) -> tuple[float, int]:
    """The cost and the number of correct answers of some batches.

    Args:
        architecture: The layers and the cost.
        examples: The examples, with targets, and labels if they have classes.
        order: The positions of the examples, k × m.
        outputs: Their outputs, k × m × n_L.

    Returns:
        The sum of the costs, and the number of correct answers (0 without labels).
    """
    a, indices = outputs.reshape(-1, outputs.shape[2]), order.reshape(-1)
    weights = None if examples.weights is None else examples.weights.take(indices, 0).T
    cost = architecture.measured(a.T, examples.targets.take(indices, 0).T, weights)
    labels = examples.labels
    return cost, 0 if labels is None else int(np.count_nonzero(are_right(architecture, a, labels[indices])))


def are_right(architecture: Architecture, a: Array, labels: Array) -> Array:
    """Which answers are right: the largest output is that of the class or, where each output decides alone, all are right.

    Args:
        architecture: The layers and the cost.
        a: Outputs, n × n_L.
        labels: The classes, n, or n × n_L of 0 and 1.

    Returns:
        n truth values.
    """
    if labels.ndim == 1:
        right: Array = a.argmax(axis=1) == labels
        return right
    alone: Array = ((a > architecture.declared_cost.threshold) == (labels > 0)).all(axis=1)
    return alone
