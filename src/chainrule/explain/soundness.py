"""Checks a network's gradient: the program that trains it, against slopes measured in plain NumPy.

The measured cost is computed by the network's equations as they are written, without any program: what is derived,
simplified, printed and run stands on the other side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..calculus.checking import measured_slope
from ..core.nouns import Array
from ..network.architecture import Architecture
from ..network.costs import are_distributions
from ..network.equations import feedforward, programs

TOLERANCE = 1e-5
_STEP = 6e-6


@dataclass(frozen=True)
class Slope:
    """One derivative beside its measurement, and how far they are apart, by the largest derivative of the parameter.

    `allowed` is how far they may be: more than `TOLERANCE` where the rounding of a sum that cancels is larger.
    """

    parameter: str
    index: tuple[int, ...]
    derivative: float
    measured: float
    relative_error: float
    allowed: float

    @property
    def ok(self) -> bool:
        """Whether they agree."""
        return self.relative_error <= self.allowed


@dataclass(frozen=True)
class ParameterCheck:
    """A parameter, how many of its numbers were measured, and the worst of them."""

    parameter: str
    shape: tuple[int, ...]
    compared: int
    worst: Slope


@dataclass(frozen=True)
class Soundness:
    """What was found: each parameter, and whether cost and gradient belong together.

    `shown` is the cost that people are shown, `derived` the one that is differentiated. `rise` is how steeply the cost
    rises along the gradient, measured, and `promised` how steeply the gradient says: its length.
    """

    parameters: tuple[ParameterCheck, ...]
    shown: float
    derived: float
    rise: float
    promised: float

    @property
    def together(self) -> float:
        """How far cost and gradient are apart: the larger of the two relative errors."""
        return max(_apart(self.shown, self.derived), _apart(self.rise, self.promised))

    @property
    def worst(self) -> Slope:
        """The parameter that is furthest off."""
        return max((each.worst for each in self.parameters), key=_excess)

    @property
    def ok(self) -> bool:
        """Whether all agree."""
        return self.worst.ok and self.together <= TOLERANCE


def soundness(
    architecture: Architecture, parameters: Sequence[Array], inputs: Array, targets: Array, samples: int = 5
) -> Soundness:
    """Check a network on examples (`inputs` as its programs take them, n1 × m; `targets` n_L × m): of each parameter `samples`
    numbers, among them the one with the largest derivative; the others are chosen by a fixed seed.

    >>> from chainrule.network.architecture import stacked
    >>> parameters = [np.full((2, 3), 0.1), np.zeros((2, 1))]
    >>> soundness(stacked([3, 2]), parameters, np.ones((3, 1)), np.eye(2)[:, :1]).ok
    True
    """
    architecture = architecture.whole
    made = programs(architecture, targets.shape[1], form="fast", distributions=are_distributions(targets, 0))
    learned = (np.array(array, np.float64) for array in architecture.learned_of(parameters))
    values = dict(zip(architecture.learned, learned, strict=True))
    given = [*values.values(), inputs, targets]
    gradients = dict(zip(values, made.backprop(*given), strict=True))
    random = np.random.default_rng(0)
    found = [
        _parameter(architecture, values, name, gradients[name], inputs, targets, samples, random) for name in values
    ]
    a1 = np.asarray(inputs, np.float64)
    outputs = feedforward(architecture, values, a1, training=True)
    length = float(np.sqrt(sum(float(np.sum(gradient**2)) for gradient in gradients.values())))
    way = _STEP / max(length, 1e-8)
    ends = [
        _cost(architecture, {name: value + way * side * gradients[name] for name, value in values.items()}, a1, targets)
        for side in (1, -1)
    ]
    return Soundness(
        tuple(found),
        architecture.measured(outputs, targets),
        float(made.cost(*given)),
        (ends[0] - ends[1]) / (2 * way * max(length, 1e-8)),
        length,
    )


def _parameter(
    architecture: Architecture,
    values: Mapping[str, Array],
    name: str,
    gradient: Array,
    inputs: Array,
    targets: Array,
    samples: int,
    random: np.random.Generator,
) -> ParameterCheck:
    value = values[name]
    largest = int(np.argmax(np.abs(gradient)))
    chosen = [largest, *(int(each) for each in random.permutation(value.size) if each != largest)][:samples]
    scale = max(float(np.abs(gradient).max()), 1e-8)

    def cost(moved: Array) -> float:
        return _cost(architecture, {**values, name: moved}, inputs, targets)

    slopes = []
    for flat in chosen:
        index = tuple(int(each) for each in np.unravel_index(flat, value.shape))
        reach = max(1.0, 1e-6 * abs(float(value[index])))  # a step far below a number would be lost in its rounding
        slope, rounding, _ = measured_slope(cost, value, index, _STEP * reach)
        rounding = rounding if np.isfinite(rounding) else 0.0
        derivative, error = float(gradient[index]), np.inf
        if np.isfinite(slope) and np.isfinite(derivative):
            error = abs(derivative - slope) / max(abs(slope), scale)
        slopes.append(Slope(name, index, derivative, slope, float(error), float(TOLERANCE + rounding / scale)))
    worst = max(slopes, key=_excess)
    return ParameterCheck(name, tuple(map(int, value.shape)), len(slopes), worst)


def _cost(architecture: Architecture, values: Mapping[str, Array], inputs: Array, targets: Array) -> float:
    """The cost of these parameters, by the network's equations in plain NumPy."""
    outputs = feedforward(architecture, values, inputs, training=True)
    return float(architecture.declared_cost.function(outputs, targets))


def _excess(slope: Slope) -> float:
    return slope.relative_error / slope.allowed


def _apart(one: float, other: float) -> float:
    size = max(abs(one), abs(other))
    if not np.isfinite(size):
        return float(np.inf)
    return abs(one - other) / size if size > 1e-12 else 0.0
