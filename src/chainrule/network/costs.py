"""Cost functions in plain NumPy, of the output activations a and the desired outputs y, with examples in columns.

A cost is the sum over the batch; reports show its mean per example.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ..core.nouns import Array

CostFunction: TypeAlias = Callable[[Array, Array], Array]


def quadratic(a: Array, y: Array) -> Array:
    """C = ½ Σ (a − y)², the book's equation (6) summed over the batch.

    >>> float(quadratic(np.array([[0.5], [1.0]]), np.array([[0.0], [1.0]])))
    0.125
    """
    return 0.5 * np.sum((a - y) ** 2)


def cross_entropy(a: Array, y: Array) -> Array:
    """C = −Σ [y ln a + (1 − y) ln(1 − a)], the book's equation (63)."""
    return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


def log_likelihood(a: Array, y: Array) -> Array:
    """C = −Σ y ln a, the book's equation (80), for desired outputs that are a distribution."""
    return -np.sum(y * np.log(a))


def mean_squared_error(a: Array, y: Array) -> Array:
    """The mean over the outputs of (a − y)²."""
    return np.sum((a - y) ** 2) / a.shape[0]


def mean_absolute_error(a: Array, y: Array) -> Array:
    """The mean over the outputs of |a − y|."""
    return np.sum(np.abs(a - y)) / a.shape[0]


def huber(a: Array, y: Array) -> Array:
    """The mean over the outputs of ½ e² where |e| ≤ 1, and of |e| − ½ beyond, e = a − y: Huber (1964), with δ = 1."""
    e = np.abs(a - y)
    return np.sum(np.where(e <= 1, 0.5 * e * e, e - 0.5)) / a.shape[0]


def hinge(a: Array, y: Array) -> Array:
    """Σ max(0, 1 − t a), where t is 1 for the desired class and −1 for the others: one margin an output."""
    return np.sum(np.maximum(0.0, 1 - (2 * y - 1) * a))


def _mean(y: Array) -> Array:
    return np.mean(y, axis=0)


def _median(y: Array) -> Array:
    return np.median(y, axis=0)


def _balanced(y: Array) -> Array:
    """The constant that minimizes the Huber cost: errors up to 1 balance, and larger ones count as 1."""
    alike = _median(y)
    for _ in range(30):
        alike = np.clip(y, alike - 1, alike + 1).mean(axis=0)
    return alike


def _side(y: Array) -> Array:
    """The constant that minimizes the hinge cost, ±1."""
    return np.sign(2 * _mean(y) - 1)


Rates: TypeAlias = tuple[float, float, float, float]
"""Learning rates of gradient descent for hidden layers of σ, tanh, rectifiers, and linear neurons."""


@dataclass(frozen=True)
class Cost:
    """A cost, its default output activation, whether it requires that one, and whether it is for regression.

    `rates` are the learning rates to begin with, for ten outputs; `docs/defaults.md` shows that networks train with them.
    The error that flows back from the outputs has a size of its own with each cost: σ′ ≤ 1/4 makes that of the quadratic
    cost small, and regression divides by the number of outputs. Activations without bounds bear smaller steps than σ.
    `best_constant` gives, of desired outputs (n × n_L), the answer (n_L) that costs least where all are answered alike.
    Where each output decides alone, it says yes above `threshold`.
    """

    function: CostFunction
    output: str = "sigmoid"
    only: bool = False
    regression: bool = False
    rates: Rates | None = None
    best_constant: Callable[[Array], Array] | None = None
    threshold: float = 0.5


COSTS: dict[str, Cost] = {
    "quadratic": Cost(quadratic, rates=(1.0, 0.5, 0.3, 0.1), best_constant=_mean),
    "cross-entropy": Cost(cross_entropy, only=True, rates=(0.3, 0.1, 0.1, 0.01), best_constant=_mean),
    "log-likelihood": Cost(log_likelihood, "softmax", only=True, rates=(0.3, 0.1, 0.1, 0.01), best_constant=_mean),
    "mean-squared-error": Cost(mean_squared_error, "linear", False, True, (0.5, 0.2, 0.2, 0.03), _mean),
    "mean-absolute-error": Cost(mean_absolute_error, "linear", False, True, (1.0, 0.2, 0.2, 0.03), _median),
    "huber": Cost(huber, "linear", False, True, (1.0, 0.3, 0.3, 0.05), _balanced),
    "hinge": Cost(hinge, "linear", rates=(0.1, 0.03, 0.03, 0.003), best_constant=_side, threshold=0.0),
}


def cost_of(cost: str | CostFunction) -> Cost:
    """The declaration of a name; for a user's function, one with default properties."""
    return COSTS[cost] if isinstance(cost, str) else Cost(cost)


def smoothed(y: Array, share: float, classes: int) -> Array:
    """Desired outputs with label smoothing, a share spread over so many classes: Szegedy et al. (2016), section 7.

    >>> smoothed(np.array([[0.0, 1.0]]), 0.1, 2)
    array([[0.05, 0.95]])
    """
    return (1 - share) * y + share / classes


def are_distributions(y: Array, axis: int) -> bool:
    """Whether the desired outputs of every example sum to 1 along this axis, within rounding.

    >>> are_distributions(np.array([[0.0, 1.0], [0.3, 0.7]]), 1), are_distributions(np.array([[1.0, 1.0]]), 1)
    (True, False)
    """
    return bool(np.all(np.abs(y.sum(axis=axis) - 1) <= 4 * y.shape[axis] * np.finfo(y.dtype).eps))


def clipped_outputs(a: Array) -> Array:
    """Outputs between 0 and 1 that have been rounded to either are taken as the nearest numbers that are neither.

    A logarithm of them is then as large as the number type can tell, and not infinite.
    """
    limits = np.finfo(a.dtype)
    return np.clip(a, float(limits.tiny), 1 - float(limits.epsneg))
