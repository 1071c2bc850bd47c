"""The end of the article: functions fitted through points by the derivative that the program finds, as digits are fitted:
a straight line with two numbers, and a wave with a network of two layers of weights."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..calculus import derive
from ..core.nouns import Array, Program


@dataclass(frozen=True, eq=False)
class Task:
    """What is fitted: `outputs` of the parameters and x, through points (x, y), in steps of this rate.

    `names` and `start` are the parameters' names and first values; `shown` are the steps after which the fit is looked at.
    """

    outputs: Callable[..., Array]
    cost: Callable[..., Array]
    names: tuple[str, ...]
    start: tuple[Array, ...]
    x: Array
    y: Array
    rate: float
    shown: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of fitted parameters."""
        return sum(each.size for each in self.start)


@dataclass(frozen=True, eq=False)
class Fit:
    """The parameters after a number of steps, and their cost per point."""

    steps: int
    parameters: tuple[Array, ...]
    cost: float


def _line(w: Array, b: Array, x: Array) -> Array:
    return w * x + b


def _line_cost(w: Array, b: Array, x: Array, y: Array) -> Array:
    """The cost of the line w x + b at points (x, y)."""
    a = w * x + b
    total: Array = 0.5 * np.sum((a - y) ** 2)
    return total


def _wave(w2: Array, b2: Array, w3: Array, b3: Array, x: Array) -> Array:
    a2 = np.tanh(w2 @ x + b2)
    a3: Array = w3 @ a2 + b3
    return a3


def _wave_cost(w2: Array, b2: Array, w3: Array, b3: Array, x: Array, y: Array) -> Array:
    """The cost of the network's wave at points (x, y), each a column."""
    a3 = _wave(w2, b2, w3, b3, x)
    total: Array = 0.5 * np.sum((a3 - y) ** 2)
    return total


def _hidden(neurons: int) -> tuple[Array, ...]:
    """First weights and biases of a network with one input, so many hidden neurons and one output, of seed 0."""
    random = np.random.default_rng(0)
    w2, b2 = random.standard_normal((2, neurons, 1))
    return w2, b2, random.standard_normal((1, neurons)) / np.sqrt(neurons), np.zeros((1, 1))


LINE = Task(
    _line, _line_cost, ("w", "b"), (np.zeros(()), np.zeros(())),
    np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([1.1, 2.9, 5.2, 6.8, 9.1]), 0.05, (0, 1, 10, 1000),
)  # fmt: skip
_TURN = np.linspace(-np.pi, np.pi, 17).reshape(1, -1)
WAVE = Task(
    _wave, _wave_cost, ("w2", "b2", "w3", "b3"), _hidden(4), _TURN, np.sin(_TURN), 0.3, (0, 100, 1000, 3000)
)  # fmt: skip


def derivative(task: Task = LINE) -> Program:
    """What the program finds for it: of the line ∂C/∂w and ∂C/∂b."""
    return derive(task.cost, (*task.start, task.x, task.y), wrt=task.names, loops=False)


@functools.cache
def fitted(task: Task = LINE) -> tuple[Fit, ...]:
    """The fit after each of the steps that are shown, w ← w − (η/m) ∂C/∂w and likewise for every parameter.

    >>> [(fit.steps, round(float(fit.parameters[0]), 2), round(float(fit.parameters[1]), 2)) for fit in fitted()][-1]
    (1000, 1.99, 1.04)
    """
    gradient, m = derivative(task), task.x.size
    parameters: Sequence[Array] = task.start
    found = []
    for step in range(task.shown[-1] + 1):
        if step in task.shown:
            found.append(Fit(step, tuple(parameters), float(task.cost(*parameters, task.x, task.y)) / m))
        slopes = gradient(*parameters, task.x, task.y)
        parameters = [each - task.rate / m * slope for each, slope in zip(parameters, slopes, strict=True)]
    return tuple(found)
