"""Activation functions, in plain NumPy: each takes a layer's weighted input z, and is differentiated by tracing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ..core.nouns import Array
from ..program.operations.activations import relu, softmax
from ..program.operations.elementwise import sigmoid

Activation: TypeAlias = Callable[[Array], Array]


def tanh(z: Array) -> Array:
    """From −1 to 1."""
    return np.tanh(z)


def leaky_relu(z: Array) -> Array:
    """max(z, 0), with a slope of 0.01 on the negative side: Maas, Hannun and Ng (2013)."""
    return np.where(z > 0, z, 0.01 * z)


def elu(z: Array) -> Array:
    """z where positive, eᶻ − 1 elsewhere: Clevert, Unterthiner and Hochreiter (2016)."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0.0)))  # the minimum keeps exp from overflowing where unused


def gelu(z: Array) -> Array:
    """z times the share of a normal distribution below z, by Hendrycks and Gimpel's formula with tanh (2016)."""
    return 0.5 * z * (1.0 + np.tanh(0.7978845608028654 * (z + 0.044715 * z**3)))  # √(2/π)


def softplus(z: Array) -> Array:
    """ln(1 + eᶻ), the smooth rectifier."""
    return np.logaddexp(z, 0.0)


def linear(z: Array) -> Array:
    """z itself."""
    return z


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": sigmoid, "tanh": tanh, "relu": relu, "leaky-relu": leaky_relu, "elu": elu, "gelu": gelu,
    "softplus": softplus, "linear": linear, "softmax": softmax,
}  # fmt: skip


def as_probabilities(a: Array) -> Array:
    """Outputs from 0 to 1 as shares of their sum, along the last axis; where all are 0, all shares are equal.

    >>> as_probabilities(np.array([[0.2, 0.6], [0.0, 0.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    total = a.sum(axis=-1, keepdims=True)
    return np.where(total > 0, a, 1) / np.where(total > 0, total, a.shape[-1])


def activation_function(activation: str | Activation) -> Activation:
    """The function of a name; a function of the user's own is itself."""
    return ACTIVATIONS[activation] if isinstance(activation, str) else activation
