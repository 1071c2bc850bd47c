"""Measurements of a network and its run, from which `diagnosis.py` derives findings.

They are plain numbers: slopes of activations, errors δ, correct answers by class, costs.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..calculus import grad
from ..core.dims import Dim
from ..core.nouns import Array, Symbol
from ..core.structure import LEAF, Tree
from ..network.activations import ActivationFunction
from ..network.architecture import Architecture
from ..network.batches import by_feature
from ..network.costs import are_distributions
from ..network.equations import programs
from .history import History
from .optimizers import Optimizer, lbfgs_of
from .rate_search import search
from .rates import default_rate
from .runner import Examples, NumpyRunner, learner_of
from .settings import SettingsError, optimizer_of
from .step import UpdateRule
from .tables import BestColumn, Columns, Duplicates, Neighbors, best_column, columns, duplicates, neighbors
from .trial import Trial, Try

SAMPLE = 1000  # examples on which neurons are measured
FLAT = 0.04
"""A slope below this share of an activation's steepest lets hardly any error pass. For σ, that is a slope of 0.01."""

_STEPS, _BATCHES = 10, 20  # on which a learning rate is tried
_HARDLY = 0.1  # of the error of a wholly wrong output, where no slope reduces it
_NOTHING = 0.95  # of the cost of the best constant answer: a network that costs more has learned nothing


@dataclass(frozen=True)
class Layer:
    """A layer l on the sample.

    Attributes:
        number: l.
        neurons: The number of its neurons.
        flat: How many have a flat slope on average; `None` if the activation has no bounds.
        mostly_flat: How many have a flat slope for most examples; `None` if the activation has no bounds.
        dead: How many are 0 for every example.
        error: The root mean square of its errors δ.
    """

    number: int
    neurons: int
    flat: int | None
    mostly_flat: int | None
    dead: int
    error: float

    @property
    def stuck(self) -> int:
        """The number of neurons that no longer learn: those with flat slopes if the activation has bounds, else the dead."""
        return self.dead if self.flat is None else self.flat


@dataclass(frozen=True)
class Class:
    """A class.

    Attributes:
        label: Its number.
        learned: The number of its training examples.
        shown: The number of its examples among those that are read.
        right: How many of these are classified correctly.
        slope: The mean slope of its output neuron on these, if the error passes through it on its way back.
    """

    label: int
    learned: int
    shown: int
    right: int
    slope: float | None

    @property
    def share(self) -> float:
        """The share of the examples shown that is classified correctly; 1 if none is shown."""
        return self.right / self.shown if self.shown else 1.0


@dataclass(frozen=True)
class Facts:
    """Everything that a finding may rest on.

    Attributes:
        architecture: The layers and the cost.
        history: The run.
        provenance: How the network was made: initializer, seed.
        images: Whether the inputs are images.
        layers: The layers now.
        initial_layers: The layers before training.
        symmetric: The hidden layers whose neurons all began equal.
        classes: The classes; none for regression.
        constant_cost: The cost per example of the best constant answer; `None` for a user's cost.
        cost: The cost per example, divided by `constant_cost`.
        inputs: The columns of the inputs.
        targets: The columns of the desired outputs.
        rows_alike: Whether all rows are equal.
        unreachable: The share of desired outputs that the output activation cannot reach.
        parameters: The parameters now.
        examples: The training examples.
        held: The held-out examples, if any.
        initial: The parameters before training.
        trial: Trains with other settings; `None` if no trials are allowed.
        final: The score of the current network on rows that it did not learn from, if there are any.
    """

    architecture: Architecture
    history: History
    provenance: Mapping[str, Any]
    images: bool
    layers: tuple[Layer, ...]
    initial_layers: tuple[Layer, ...]
    symmetric: tuple[int, ...]
    classes: tuple[Class, ...]
    constant_cost: float | None
    cost: float | None
    inputs: Columns
    targets: Columns
    rows_alike: bool
    unreachable: float
    parameters: Sequence[Array]
    examples: Examples
    held: Examples | None
    initial: Sequence[Array]
    trial: Try | None
    final: Trial | None

    @property
    def initializer(self) -> str:
        """The name of the initializer."""
        return str(self.provenance.get("initializer", "default"))

    @property
    def run(self) -> Mapping[str, Any]:
        """The settings of the run."""
        return self.history.settings

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """The hidden layers."""
        return self.layers[:-1]

    @property
    def regression(self) -> bool:
        """Whether the targets are numbers, not classes."""
        return self.examples.labels is None

    @property
    def nothing_learned(self) -> bool:
        """Whether the cost after the run is hardly below that of the best constant answer."""
        known = self.cost is not None and (self.cost > _NOTHING or not math.isfinite(self.cost))
        return self.history.diverged or (bool(self.history.epochs) and known)

    @property
    def optimizer(self) -> Optimizer:
        """The run's optimizer; L-BFGS has no rate that could be too large, and stands as gradient descent."""
        given = self.run.get("optimizer") or "sgd"
        return optimizer_of("sgd" if lbfgs_of(given) else given)

    @property
    def rate(self) -> float:
        """The run's learning rate η."""
        return float(self.run.get("learning_rate") or default_rate(self.architecture, self.optimizer))

    @property
    def batch_size(self) -> int:
        """The number of examples in a batch."""
        return min(int(self.run.get("batch_size", 10)), len(self.examples))

    @property
    def done(self) -> int:
        """The number of epochs of the run."""
        return max(1, len(self.history.epochs) or int(self.run.get("epochs", 1)))

    @property
    def steps(self) -> int:
        """The number of steps of the run."""
        return self.done * -(-len(self.examples) // self.batch_size)

    def remaining_cost(self, rate: float) -> float:
        """The share of a batch's cost that is left after ten steps on that batch, from the current parameters.

        Args:
            rate: The learning rate η.

        Returns:
            The median of 20 batches; infinite if the cost does not stay finite.
        """
        examples, m, rule = self.examples, self.batch_size, UpdateRule(self.optimizer)
        random = np.random.default_rng(0)
        outputs = np.empty((_STEPS + 1, m, self.architecture.sizes[-1]), examples.inputs.dtype)
        shares = []
        with np.errstate(all="ignore"):
            for _ in range(_BATCHES):
                batch = random.choice(len(examples), m, replace=False).astype(np.intp)
                copies = [each.copy() for each in self.parameters]
                learner = learner_of(self.architecture, copies, rule.optimizer, random)
                runner = NumpyRunner(self.architecture, learner, examples, rule)
                runner.run(np.tile(batch, (_STEPS + 1, 1)), outputs, [rate] * (_STEPS + 1), 0)
                y = examples.targets[batch].T
                before, after = (self.architecture.measured(a.T, y) for a in (outputs[0], outputs[-1]))
                shares.append(after / before if before > 0 and np.isfinite(after) else np.inf)
        return float(np.median(shares))

    @functools.cached_property
    def suggested_rate(self) -> float | None:
        """The rate suggested by a search from the initial weights; None if no search is possible or no rate lowers the cost."""
        n, m = len(self.examples), self.batch_size
        if self.architecture.pairs and 1 in (m, n % m):
            return None
        try:
            return search(
                self.architecture, self.initial, self.examples, UpdateRule(self.optimizer), batch_size=m,
                lowest=1e-5, highest=1e3, steps=min(200, max(16, self.steps)), random=np.random.default_rng(0),
            ).suggested  # fmt: skip
        except SettingsError:
            return None

    @functools.cached_property
    def neighbors(self) -> Neighbors | None:
        """How well the nearest training rows predict each row's label."""
        return neighbors(self.examples)

    @functools.cached_property
    def held_neighbors(self) -> Neighbors | None:
        """The same among the validation rows."""
        return None if self.held is None else neighbors(self.held)

    @functools.cached_property
    def duplicates(self) -> Duplicates | None:
        """Rows that are in both the training and the validation data."""
        return None if self.held is None else duplicates(self.examples, self.held)

    @functools.cached_property
    def best_column(self) -> BestColumn | None:
        """The column that predicts the desired output best by itself."""
        return best_column(self.examples)


def measure(
    architecture: Architecture,
    parameters: Sequence[Array],
    examples: Examples,
    held: Examples | None,
    outputs: Array,
    history: History,
    provenance: Mapping[str, Any],
    images: bool,
    initial: Sequence[Array],
    trial: Try | None,
    final: Trial | None,
) -> Facts:
    """Measure a network on the examples that it learns from.

    Args:
        architecture: The layers and the cost.
        parameters: The parameters now.
        examples: The training examples.
        held: The held-out examples, if any.
        outputs: The output activations, k × n_L, of the held-out examples, or without any, of the training examples.
        history: The run.
        provenance: How the network was made: initializer, seed.
        images: Whether the inputs are images.
        initial: The parameters before training.
        trial: Trains with other settings; `None` if no trials are allowed.
        final: The score of the current network on rows that it did not learn from, if there are any.

    Returns:
        The measurements.
    """
    some = np.linspace(0, len(examples) - 1, min(SAMPLE, len(examples))).astype(np.intp)
    inputs, targets = examples.rows(some), examples.targets[some]
    constant_cost = constant_answer_cost(architecture, targets)
    answers = _passes(architecture, parameters, inputs, targets)[-1][1]
    with np.errstate(all="ignore"):
        cost = architecture.measured(answers, targets.T.astype(np.float64)) / len(targets)
    low, high = architecture.stack[-1].applied.reach
    shown = (examples if held is None else held).labels
    return Facts(
        architecture,
        history,
        provenance,
        images,
        _layers(architecture, parameters, inputs, targets),
        _layers(architecture, initial, inputs, targets),
        tuple(_symmetric(architecture, initial)),
        () if examples.labels is None or shown is None else _classes(architecture, examples.labels, outputs, shown),
        constant_cost,
        cost / constant_cost if constant_cost else None,
        columns(inputs),
        columns(targets),
        bool((inputs == inputs[:1]).all()) and len(inputs) > 1,
        float(np.mean((targets < low) | (targets > high))),
        parameters,
        examples,
        held,
        initial,
        trial,
        final,
    )


def constant_answer_cost(architecture: Architecture, targets: Array) -> float | None:
    """The cost per example of the best constant answer.

    Args:
        architecture: The layers and the cost.
        targets: The desired outputs, n × n_L.

    Returns:
        The cost; None for a user's cost.
    """
    best = architecture.declared_cost.best_constant
    if best is None:
        return None
    y = targets.astype(np.float64)
    return architecture.measured(np.repeat(best(y)[:, None], len(y), axis=1), y.T) / len(y)


def _symmetric(architecture: Architecture, parameters: Sequence[Array]) -> list[int]:
    """The hidden layers of several neurons that have identical incoming and outgoing weights."""
    by_name = architecture.by_name(parameters)

    def same(layer: int, axis: int, size: Dim) -> bool:
        """Whether all that the layer draws for the neurons along this axis is the same for each of them."""
        arrays = [
            np.moveaxis(by_name[each.name], axis, 0)
            for each in architecture.of_layer(layer)
            if each.meaning.start is None and getattr(each.shape[axis], "name", "") == size.name
        ]
        return bool(arrays) and all(np.allclose(a, a[:1], rtol=1e-4, atol=1e-7, equal_nan=True) for a in arrays)

    return [
        layer
        for layer in architecture.layers[:-1]
        if architecture.sizes[layer - 1] > 1
        and same(layer, 0, architecture.dim(layer))
        and same(layer + 1, 1, architecture.dim(layer))
    ]


def _layers(
    architecture: Architecture, parameters: Sequence[Array], inputs: Array, targets: Array
) -> tuple[Layer, ...]:
    found = []
    passes = _passes(architecture, parameters, inputs, targets)
    for number, layer, (z, a, error) in zip(architecture.layers, architecture.stack, passes, strict=True):
        f = layer.applied.function
        flat = mostly = None
        if layer.applied.elementwise and _has_bounds(f):
            slopes = np.abs(_slope(f, z))
            limit = FLAT * np.abs(_slope(f, np.linspace(-5, 5, 1001))).max()
            flat = int(np.count_nonzero(slopes.mean(axis=1) < limit))
            mostly = int(np.count_nonzero((slopes < limit).mean(axis=1) > 0.5))
        own = bool(architecture.of_layer(number))  # what is only pooled or flattened is dead where it comes from
        dead = int(np.count_nonzero((a == 0).all(axis=1))) if own else 0
        found.append(Layer(number, len(a), flat, mostly, dead, float(np.sqrt(np.mean(error * error)))))
    return tuple(found)


def _passes(
    architecture: Architecture, parameters: Sequence[Array], inputs: Array, targets: Array
) -> list[tuple[Array, Array, Array]]:
    """z, a and δ of each layer, from the derived program, in float64, with nothing dropped: n_l × m, or with a row for each
    channel of images, which holds all its places.
    """
    program = programs(architecture.whole, len(inputs), distributions=are_distributions(targets, 1)).backprop
    symbols = {equation.target.name: equation.target for equation in program.equations}

    def known(*names: str) -> Symbol | None:
        return next((symbols[name] for name in names if name in symbols), None)

    chosen: list[Any] = []
    for n in reversed(architecture.layers):
        # Where a layer is linear, z is a, and the error is that of a; where it is only added to, it is that of the sum behind.
        error = known(f"δ{n}", f"δ_a{n}", f"δ_z{n}") or chosen[2]
        chosen = [known(f"z{n}", f"a{n}"), known(f"a{n}", f"z{n}"), error, *chosen]
    results = Tree(tuple, tuple(range(len(chosen))), (LEAF,) * len(chosen))
    given = [array.astype(np.float64) for array in architecture.learned_of(parameters)]
    with np.errstate(all="ignore"):  # a diverged network overflows, which the values show
        values = replace(program, outputs=tuple(chosen), results=results)(
            *given, architecture.inputs(inputs).astype(np.float64), targets.T.astype(np.float64)
        )
    rows = [*map(by_feature, values)]
    return [(rows[at], rows[at + 1], rows[at + 2]) for at in range(0, len(rows), 3)]


def _slope(f: ActivationFunction, z: Array) -> Array:
    slope: Array = grad(lambda v: np.sum(f(v)))(z)
    return slope


def _has_bounds(f: ActivationFunction) -> bool:
    """Whether an activation ends flat on both sides, as σ and tanh do."""
    with np.errstate(all="ignore"):
        return bool(np.abs(f(np.array([[-1e4], [1e4]]))).max() < 100)


def stalls(architecture: Architecture) -> bool:
    """Whether an output neuron that is wholly wrong has hardly any error, since its slope reduces it: δ = (a − y) ⊙ σ′(z)."""
    output = architecture.stack[-1].applied
    if output.reach != (0, 1) or not output.elementwise:
        return False
    a = np.full((architecture.sizes[-1], 1), 1e-6)
    slope = grad(lambda a: architecture.declared_cost.function(a, np.ones_like(a)))(a)
    return bool(np.abs(slope * a * (1 - a)).max() < _HARDLY)


def _classes(architecture: Architecture, labels: Array, a: Array, shown: Array) -> tuple[Class, ...]:
    passes = stalls(architecture)
    learned = np.bincount(labels, minlength=architecture.sizes[-1])
    answers = a.argmax(axis=1)
    found = []
    for label in range(architecture.sizes[-1]):
        of_it = shown == label
        if learned[label] or of_it.any():
            own = a[of_it, label].astype(np.float64)
            slope = float((own * (1 - own)).mean()) if passes and len(own) else None
            right = int(np.count_nonzero(answers[of_it] == label))
            found.append(Class(label, int(learned[label]), len(own), right, slope))
    return tuple(found)
