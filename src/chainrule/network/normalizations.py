"""Normalizations of a layer, in plain NumPy: s = w a is brought to mean 0 and variance 1 before scale γ and bias b.

z = γ ⊙ u + b, where u is s normalized: γ and b are what papers call γ and β. `batch` takes mean and variance of each
neuron over the examples, `layer` of each example over the neurons.
"""

from __future__ import annotations

import numpy as np

from ..core.nouns import Array

EPSILON = 1e-5  # keeps a variance of 0 from dividing by 0
MEMORY = 0.9  # how much of the running mean and variance a step keeps

AXES = {"batch": 1, "layer": 0}
NORMALIZATIONS = ("none", *AXES)


def moments(s: Array, axis: int) -> tuple[Array, Array]:
    """Mean and variance of s over an axis, which stays with size 1.

    >>> [each.tolist() for each in moments(np.array([[1.0, 3.0]]), 1)]
    [[[2.0]], [[1.0]]]
    """
    mean = np.mean(s, axis=axis, keepdims=True)
    return mean, np.mean((s - mean) ** 2, axis=axis, keepdims=True)


def standardized(s: Array, mean: Array, variance: Array) -> Array:
    """(s − μ) / √(σ² + ε): Ioffe and Szegedy (2015), algorithm 1; Ba, Kiros and Hinton (2016), equation (4).

    >>> standardized(np.array([[1.0, 3.0]]), 2.0, 1.0).round(4).tolist()
    [[-1.0, 1.0]]
    """
    return (s - mean) / np.sqrt(variance + EPSILON)


def remembered(running: Array, present: Array) -> Array:
    """The running mean or variance after a batch, from which prediction normalizes."""
    return MEMORY * running + (1 - MEMORY) * present
