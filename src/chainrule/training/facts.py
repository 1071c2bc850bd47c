"""Measurements of a network and its run, from which `diagnosis.py` derives findings.

They are plain numbers: slopes of activations, errors δ, correct answers by class, costs.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..budget import Budget
from ..calculus import grad
from ..core.dims import Dim
from ..core.nouns import Array, Symbol
from ..core.structure import LEAF, Tree
from ..network.activations import ActivationFunction
from ..network.architecture import Architecture
from ..network.batches import by_feature
from ..network.costs import are_distributions
from ..network.equations import programs
from .history import History, Silent
from .loop import runner_of
from .optimizers import Optimizer, lbfgs_of
from .rate_search import FEWEST_STEPS, LONGEST_RUNS, search
from .rates import default_rate
from .runner import Examples, NumpyRunner, learner_of
from .settings import Settings, SettingsError, optimizer_of
from .step import UpdateRule
from .tables import (
    BestColumn,
    Columns,
    Duplicates,
    Neighbors,
    best_column,
    columns,
    count_neighbors_work,
    duplicates,
    neighbors,
)
from .trial import NEIGHBORS, SEARCH, Trial, Try, can_share_step
from .work import count_multiplications, count_work, limit_rows

SAMPLE = 1000  # examples on which neurons are measured, and as many at least from which classes are counted
FLAT = 0.04
"""A slope below this share of an activation's steepest lets hardly any error pass. For σ, that is a slope of 0.01."""

_FEWEST = 100  # examples on which they are measured at least
_MEASURED = 2e9  # multiplications of one measurement
_PASSES = 6  # forward and back, twice as long each in float64
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
    """Everything that a finding may rest on. What takes time is measured when a finding first asks for it.

    Attributes:
        architecture: The layers and the cost.
        parameters: The parameters now.
        initial: The parameters before training.
        history: The run.
        provenance: How the network was made: initializer, seed.
        images: Whether the inputs are images.
        examples: The training examples.
        held: The held-out examples, if any.
        answer: Gives the output activations, k × n_L, for a function of an index that gives the inputs of rows, and k.
        trial: Trains with other settings; `None` if no trials are allowed.
        final: The score of the current network on rows that it did not learn from, if there are any.
        budget: The multiplications that may still be taken; those of one neighborhood, one search and one score are bounded by
            it.
    """

    architecture: Architecture
    parameters: Sequence[Array]
    initial: Sequence[Array]
    history: History
    provenance: Mapping[str, Any]
    images: bool
    examples: Examples
    held: Examples | None
    answer: Callable[[Callable[[Any], Array], int], Array]
    trial: Try | None
    final: Trial | None
    budget: Budget

    # ---- measured on a sample of the training examples ---------------------------------------------------------------

    @functools.cached_property
    def sample(self) -> tuple[Array, Array]:
        """The inputs and the desired outputs of some training examples."""
        some = np.linspace(0, len(self.examples) - 1, min(SAMPLE, len(self.examples))).astype(np.intp)
        return self.examples.rows(some), self.examples.targets[some]

    @functools.cached_property
    def _passed(self) -> tuple[Array, Array]:
        """The sample that goes forward and back."""
        return self._thin_sample(_PASSES)

    def _thin_sample(self, passes: int) -> tuple[Array, Array]:
        """Thin out the sample where so many passes take many multiplications for each example."""
        inputs, targets = self.sample
        affordable = int(_MEASURED // (passes * max(1, count_multiplications(self.architecture))))
        every = -(-len(inputs) // max(_FEWEST, affordable))
        return inputs[::every], targets[::every]

    @functools.cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers now."""
        return _layers(self.architecture, self.parameters, *self._passed)

    @functools.cached_property
    def initial_layers(self) -> tuple[Layer, ...]:
        """The layers before training."""
        return _layers(self.architecture, self.initial, *self._passed)

    @functools.cached_property
    def symmetric(self) -> tuple[int, ...]:
        """The hidden layers whose neurons all began equal."""
        return tuple(_symmetric(self.architecture, self.initial))

    @functools.cached_property
    def classes(self) -> tuple[Class, ...]:
        """The classes, on as many of the held-out examples as the budget allows; none for regression, and where an example can
        have several.
        """
        shown = self.examples if self.held is None else self.held
        if self.examples.classes is None or shown.classes is None:
            return ()
        forward, every = count_multiplications(self.architecture), 1
        if self.budget.total:
            every = -(-len(shown) // limit_rows(self.budget, forward, SAMPLE))
        rows = np.arange(0, len(shown), every)
        answers = self.answer(lambda part: shown.rows(rows[part]), len(rows))
        return _classes(self.architecture, self.examples.classes, answers, shown.classes[rows])

    @functools.cached_property
    def constant_cost(self) -> float | None:
        """The cost per example of the best constant answer; `None` for a user's cost."""
        return constant_answer_cost(self.architecture, self.sample[1])

    @functools.cached_property
    def cost(self) -> float | None:
        """The cost per example, divided by `constant_cost`."""
        inputs, targets = self._thin_sample(1)
        if not self.constant_cost:
            return None
        with np.errstate(all="ignore"):  # a diverged network overflows, which the values show
            answers = self.answer(inputs.__getitem__, len(inputs))
            cost = self.architecture.measured(answers.T, targets.T.astype(np.float64)) / len(targets)
        return cost / self.constant_cost

    @functools.cached_property
    def inputs(self) -> Columns:
        """The columns of the inputs."""
        return columns(self.sample[0])

    @functools.cached_property
    def targets(self) -> Columns:
        """The columns of the desired outputs."""
        return columns(self.sample[1])

    @functools.cached_property
    def rows_alike(self) -> bool:
        """Whether all rows are equal."""
        inputs, _ = self.sample
        return bool((inputs == inputs[:1]).all()) and len(inputs) > 1

    @functools.cached_property
    def unreachable(self) -> float:
        """The share of desired outputs that the output activation cannot reach."""
        low, high = self.architecture.stack[-1].applied.reach
        return float(np.mean((self.sample[1] < low) | (self.sample[1] > high)))

    # ---- the run -----------------------------------------------------------------------------------------------------

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
        if self.history.diverged or not self.history.epochs:
            return self.history.diverged
        return self.cost is not None and (self.cost > _NOTHING or not math.isfinite(self.cost))

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
            The median of 20 batches, or fewer where each takes long; infinite if the cost does not stay finite.
        """
        examples, m, rule = self.examples, self.batch_size, UpdateRule(self.optimizer)
        random = np.random.default_rng(0)
        outputs = np.empty((_STEPS + 1, m, self.architecture.sizes[-1]), examples.inputs.dtype)
        shares = []
        work = (_STEPS + 1) * m * count_work(self.architecture, m)
        batches = min(_BATCHES, max(1, int(_MEASURED // work)))
        with np.errstate(all="ignore"):
            for _ in range(batches):
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
        """The rate suggested by a search from the initial weights; `None` if no search is possible, it would take more than a
        trial may, or no rate lowers the cost."""
        n, m = len(self.examples), self.batch_size
        if self.architecture.pairs and 1 in (m, n % m):
            return None
        step = LONGEST_RUNS * m * count_work(self.architecture, m)
        steps = min(200, max(FEWEST_STEPS, self.steps), int(SEARCH * self.budget.total / step))
        if steps < FEWEST_STEPS or not self.budget.take(steps * step):
            return None
        rule, run = UpdateRule(self.optimizer), None
        beside = any(self.run.get(name) for name in ("max_norm", "clip_norm", "clip_value", "class_weight"))
        if (
            can_share_step(self.run) and not beside and lbfgs_of(self.run.get("optimizer") or "sgd") is None
        ):  # with the step that the run had, which is compiled
            chosen = Settings(1, m, self.rate, rule, executor=self.run["executor"])
            run = functools.partial(
                runner_of, self.architecture, examples=self.examples, settings=chosen, observer=Silent()
            )
        try:
            return search(
                self.architecture, self.initial, self.examples, rule, batch_size=m,
                lowest=1e-5, highest=1e3, steps=steps, random=np.random.default_rng(0), runner=run,
            ).suggested  # fmt: skip
        except SettingsError:
            return None

    @functools.cached_property
    def neighbors(self) -> Neighbors | None:
        """How well the nearest training rows predict each row's label."""
        return self._neighbors(self.examples)

    @functools.cached_property
    def held_neighbors(self) -> Neighbors | None:
        """The same among the validation rows."""
        return None if self.held is None else self._neighbors(self.held)

    def _neighbors(self, examples: Examples) -> Neighbors | None:
        work = min(NEIGHBORS * self.budget.total, self.budget.left)
        self.budget.take(min(work, count_neighbors_work(examples)))
        return neighbors(examples, work)

    @functools.cached_property
    def duplicates(self) -> Duplicates | None:
        """Rows that are in both the training and the validation data."""
        return None if self.held is None else duplicates(self.examples, self.held)

    @functools.cached_property
    def best_column(self) -> BestColumn | None:
        """The column that predicts the desired output best by itself."""
        return best_column(self.examples)


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
    if a.shape[1] == 1:  # one output tells two classes apart, at its threshold
        of_second = (
            a if architecture.declared_cost.threshold == 0.5 else (a > architecture.declared_cost.threshold) * 1.0
        )
        a = np.hstack([1 - of_second, of_second])
    learned = np.bincount(labels, minlength=a.shape[1])
    answers = a.argmax(axis=1)
    found = []
    for label in range(a.shape[1]):
        of_it = shown == label
        if learned[label] or of_it.any():
            own = a[of_it, label].astype(np.float64)
            slope = float((own * (1 - own)).mean()) if passes and len(own) else None
            right = int(np.count_nonzero(answers[of_it] == label))
            found.append(Class(label, int(learned[label]), len(own), right, slope))
    return tuple(found)
