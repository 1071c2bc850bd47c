"""What is measured of a network and its run, to tell what is wrong with it: `diagnosis.py` says what follows from it.

Everything here is a number that can be looked up: slopes of activations, errors δ, right answers by class, costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..calculus import grad
from ..network.activations import Activation, activation_function
from ..network.architecture import Architecture
from ..network.costs import COSTS, measured
from ..network.equations import programs
from ..program.nouns import Array
from ..program.structure import LEAF, Tree
from .history import Epoch
from .optimizers import OPTIMIZERS
from .rate_search import search
from .rates import default_rate
from .settings import SettingsError
from .step import Examples, NumpyRunner, UpdateRule

SAMPLE = 1000  # examples that neurons are watched on
FLAT = 0.04
"""Of an activation's steepest slope: what is less steep lets hardly any error pass. For σ it is a slope of 0.01."""

_STEPS, _BATCHES = 10, 20  # that a learning rate is tried on


@dataclass(frozen=True)
class Layer:
    """A layer l on the sample: how many of its neurons have a slope that is flat on average, how many are 0 for every
    example, and the root mean square of its errors δ. `flat` is `None` where a neuron's activation has no bounds."""

    number: int
    neurons: int
    flat: int | None
    dead: int
    error: float

    @property
    def stuck(self) -> int:
        """How many of its neurons nothing moves: on the flat ends where its activation has bounds, else dead."""
        return self.dead if self.flat is None else self.flat


@dataclass(frozen=True)
class Class:
    """A class: how many examples of it are learnt from; of those that are read, how many show it, and how many of them
    are read right; on them, the mean slope of its output neuron, where the error passes it on its way back."""

    label: int
    learnt: int
    shown: int
    right: int
    slope: float | None

    @property
    def share(self) -> float:
        """The share of the examples shown that is read right; 1 where none is shown."""
        return self.right / self.shown if self.shown else 1.0


@dataclass(frozen=True)
class Facts:
    """All that a finding may rest on. `know_nothing` is the cost per example of answering everything alike, as well as
    that can be done; `None` where outputs are no classes. `largest` is the largest input, `inputs` their root mean
    square."""

    architecture: Architecture
    initializer: str
    seed: int | None
    run: Mapping[str, Any]
    epochs: tuple[Epoch, ...]
    layers: tuple[Layer, ...]
    classes: tuple[Class, ...]
    know_nothing: float | None
    bounded: bool
    largest: float
    inputs: float
    parameters: Sequence[Array]
    examples: Examples
    begun: Callable[[str], list[Array]]

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """The hidden layers."""
        return self.layers[:-1]

    @property
    def cost(self) -> float | None:
        """The training cost of the last epoch, as a share of that of knowing nothing; `None` before any."""
        if not self.epochs or not self.know_nothing:
            return None
        return self.epochs[-1].train.cost / self.know_nothing

    @property
    def rate(self) -> float:
        """The run's learning rate η."""
        return float(self.run.get("learning_rate") or default_rate(self.architecture, self.rule.optimizer))

    @property
    def batch_size(self) -> int:
        """How many examples a step learns from."""
        return min(int(self.run.get("batch_size", 10)), len(self.examples.targets))

    @property
    def rule(self) -> UpdateRule:
        """The optimizer's step, without penalties."""
        optimizer = self.run.get("optimizer", "sgd")
        return UpdateRule(OPTIMIZERS[optimizer]() if isinstance(optimizer, str) else optimizer)

    def left(self, rate: float) -> float:
        """What is left of a batch's cost after ten steps on that batch at this learning rate: the median of 20 batches,
        from the present weights."""
        return _left(self, rate)

    def suggested_rate(self, initializer: str) -> float | None:
        """The rate that a search finds from the weights of an initializer; `None` where it finds none."""
        try:
            return search(
                self.architecture, self.begun(initializer), self.examples, self.rule, batch_size=self.batch_size,
                lowest=1e-5, highest=1e3, steps=200, random=np.random.default_rng(0),
            ).suggested  # fmt: skip
        except SettingsError:
            return None


def facts(
    architecture: Architecture,
    parameters: Sequence[Array],
    examples: Examples,
    labels: Array | None,
    read: tuple[Array, Array] | None,
    epochs: Sequence[Epoch],
    run: Mapping[str, Any],
    provenance: Mapping[str, Any],
    begun: Callable[[str], list[Array]],
) -> Facts:
    """Measure a network on the examples that it learns from, whose classes are `labels` (n) if they have any.

    `read` are output activations (k × n_L) and classes (k) of examples that are read, such as those of validation;
    `run` and `provenance` are the settings of `fit` and how the network began, as a network keeps them; `begun` draws
    the weights of an initializer as at the start.
    """
    some = np.linspace(0, len(examples.targets) - 1, min(SAMPLE, len(examples.targets))).astype(np.intp)
    inputs, targets = examples.rows(some), examples.targets[some]
    cost = architecture.cost
    share = None
    if isinstance(cost, str) and not COSTS[cost].regression and cost != "hinge":
        alike = np.repeat(targets.mean(axis=0, keepdims=True), len(targets), axis=0)
        share = measured(cost, alike.T, targets.T) / len(targets)
    return Facts(
        architecture,
        str(provenance.get("initializer", "default")),
        provenance.get("seed"),
        run,
        tuple(epochs),
        _layers(architecture, parameters, inputs, targets),
        () if labels is None or read is None else _classes(architecture, labels, *read),
        share,
        not (isinstance(cost, str) and COSTS[cost].regression),
        float(inputs.max(initial=0)),
        float(np.sqrt(np.mean(np.square(inputs, dtype=np.float64)))),
        parameters,
        examples,
        begun,
    )


def _layers(
    architecture: Architecture, parameters: Sequence[Array], inputs: Array, targets: Array
) -> tuple[Layer, ...]:
    found = []
    for number, (z, a, error) in zip(
        architecture.layers, _passes(architecture, parameters, inputs, targets), strict=True
    ):
        f = activation_function(architecture.activations[number - 2])
        flat = None
        if architecture.activations[number - 2] != "softmax" and _has_bounds(f):
            slopes = np.abs(_slope(f, z)).mean(axis=1)
            flat = int(np.count_nonzero(slopes < FLAT * np.abs(_slope(f, np.linspace(-5, 5, 1001))).max()))
        dead = int(np.count_nonzero((a == 0).all(axis=1)))
        found.append(Layer(number, len(a), flat, dead, float(np.sqrt(np.mean(error * error)))))
    return tuple(found)


def _passes(
    architecture: Architecture, parameters: Sequence[Array], inputs: Array, targets: Array
) -> list[tuple[Array, Array, Array]]:
    """z, a and δ of each layer (n_l × m), from the derived program, in float64, with nothing dropped."""
    whole = replace(architecture, dropouts=())
    program = programs(whole, len(inputs)).backprop
    symbols = {equation.target.name: equation.target for equation in program.equations}
    # Where a layer is linear, z is a, and the error is that of a.
    wanted = [(f"z{n} a{n}", f"a{n} z{n}", f"δ{n} δ_a{n} δ_z{n}") for n in architecture.layers]
    chosen = [next(symbols[name] for name in names.split() if name in symbols) for layer in wanted for names in layer]
    results = Tree(tuple, tuple(range(len(chosen))), (LEAF,) * len(chosen))
    learned = set(architecture.learned)
    pairs = zip(architecture.parameters(), parameters, strict=True)
    given = [array.astype(np.float64) for (name, _), array in pairs if name in learned]
    with np.errstate(all="ignore"):  # a network that has gone wrong overflows, which is to be seen
        values = replace(program, outputs=tuple(chosen), results=results)(
            *given, inputs.T.astype(np.float64), targets.T.astype(np.float64)
        )
    return [tuple(values[at : at + 3]) for at in range(0, len(values), 3)]


def _slope(f: Activation, z: Array) -> Array:
    slope: Array = grad(lambda v: np.sum(f(v)))(z)
    return slope


def _has_bounds(f: Activation) -> bool:
    """Whether an activation ends flat on both sides, as σ and tanh do."""
    with np.errstate(all="ignore"):
        return bool(np.abs(f(np.array([[-1e4], [1e4]]))).max() < 100)


def _classes(architecture: Architecture, labels: Array, a: Array, shown: Array) -> tuple[Class, ...]:
    # Only where δ = (a − y) ⊙ σ′(z) does the slope of an output neuron stand between its error and what it learns.
    passes = architecture.cost == "quadratic" and architecture.activations[-1] == "sigmoid"
    learnt = np.bincount(labels, minlength=architecture.sizes[-1])
    answers = a.argmax(axis=1)
    found = []
    for label in range(architecture.sizes[-1]):
        of_it = shown == label
        if learnt[label] or of_it.any():
            own = a[of_it, label].astype(np.float64)
            slope = float((own * (1 - own)).mean()) if passes and len(own) else None
            right = int(np.count_nonzero(answers[of_it] == label))
            found.append(Class(label, int(learnt[label]), len(own), right, slope))
    return tuple(found)


def _left(facts: Facts, rate: float) -> float:
    examples, m, rule = facts.examples, facts.batch_size, facts.rule
    names, learned = [name for name, _ in facts.architecture.parameters()], set(facts.architecture.learned)
    random = np.random.default_rng(0)
    outputs = np.empty((_STEPS + 1, m, facts.architecture.sizes[-1]), examples.inputs.dtype)
    shares = []
    with np.errstate(all="ignore"):
        for _ in range(_BATCHES):
            batch = random.choice(len(examples.inputs), m, replace=False)
            copies = [each.copy() for each in facts.parameters]
            pairs = list(zip(names, copies, strict=True))
            state = [np.zeros_like(each) for _ in rule.optimizer.state for name, each in pairs if name in learned]
            runner = NumpyRunner(facts.architecture, copies, state, examples, rule, random)
            runner.run(np.tile(batch, (_STEPS + 1, 1)), outputs, [rate] * (_STEPS + 1), 0)
            y = examples.targets[batch].T
            before, after = (measured(facts.architecture.cost, a.T, y) for a in (outputs[0], outputs[-1]))
            shares.append(after / before if before > 0 and np.isfinite(after) else np.inf)
    return float(np.median(shares))
