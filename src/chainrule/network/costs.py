"""Cost functions, in plain NumPy: of the output activations a and the desired output y, examples in columns.

A cost is the sum over the batch; what people are shown is its mean per example.
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


@dataclass(frozen=True)
class Cost:
    """A cost, the output activation that it goes with, whether it needs that one, and whether it is for regression."""

    function: CostFunction
    output: str
    only: bool = False
    regression: bool = False


COSTS: dict[str, Cost] = {
    "quadratic": Cost(quadratic, "sigmoid"),
    "cross-entropy": Cost(cross_entropy, "sigmoid", only=True),
    "log-likelihood": Cost(log_likelihood, "softmax", only=True),
    "mean-squared-error": Cost(mean_squared_error, "linear", regression=True),
    "mean-absolute-error": Cost(mean_absolute_error, "linear", regression=True),
    "huber": Cost(huber, "linear", regression=True),
    "hinge": Cost(hinge, "linear"),
}


def cost_function(cost: str | CostFunction) -> CostFunction:
    """The function of a name; a function of the user's own is itself."""
    return COSTS[cost].function if isinstance(cost, str) else cost


def smoothed(y: Array, share: float) -> Array:
    """Desired outputs of which a share is spread over all classes: Szegedy and others (2016), section 7.

    >>> smoothed(np.array([[0.0, 1.0]]), 0.1)
    array([[0.05, 0.95]])
    """
    return (1 - share) * y + share / y.shape[1]


def measured(cost: str | CostFunction, a: Array, y: Array, weights: Array | None = None) -> float:
    """The cost of outputs as they were computed, to be shown; with `weights` (1 × m), each example's counts as often.

    An output that has been rounded to 0 or 1 is taken as the nearest number that is neither: its logarithm is then as
    large as the number type can tell, and not infinite.
    """
    if cost in ("cross-entropy", "log-likelihood"):
        limits = np.finfo(a.dtype)
        a = np.clip(a.astype(np.float64), float(limits.tiny), 1 - float(limits.epsneg))
    function = cost_function(cost)
    if weights is None:
        return float(function(a, y))
    columns = range(a.shape[1])  # a cost is a sum over the examples, but only its function knows how
    return float(sum(weights[0, k] * function(a[:, k : k + 1], y[:, k : k + 1]) for k in columns))
