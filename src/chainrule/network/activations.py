"""Activation functions, in plain NumPy: each takes a layer's weighted input z, and is differentiated by tracing it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ..core.nouns import Array
from ..program.operations.activations import relu, sigmoid, softmax

ActivationFunction: TypeAlias = Callable[[Array], Array]


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


@dataclass(frozen=True)
class Activation:
    """An activation and its properties, which initializers, learning rates, diagnosis and explanations use.

    `family` is what it is most like. Its numbers lie between the two of `reach`. `elementwise` tells that each neuron has
    its own slope, `never_flat` that this slope is 0 nowhere but by rounding. `letter` is how formulas write it.
    """

    function: ActivationFunction
    family: Literal["sigmoid", "tanh", "rectifier", "linear"] = "rectifier"
    reach: tuple[float, float] = (-math.inf, math.inf)
    elementwise: bool = True
    never_flat: bool = False
    letter: str = "f"


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(sigmoid, "sigmoid", (0, 1), never_flat=True, letter="σ"),
    "tanh": Activation(tanh, "tanh", (-1, 1), never_flat=True),
    "relu": Activation(relu, reach=(0, math.inf)),
    "leaky-relu": Activation(leaky_relu),
    "elu": Activation(elu, never_flat=True),
    "gelu": Activation(gelu, never_flat=True),
    "softplus": Activation(softplus, reach=(0, math.inf), never_flat=True),
    "linear": Activation(linear, "linear"),
    "softmax": Activation(softmax, "sigmoid", (0, 1), elementwise=False),
}


def as_probabilities(a: Array) -> Array:
    """Outputs in 0…1 as fractions of their sum along the last axis; if all are 0, all fractions are equal.

    >>> as_probabilities(np.array([[0.2, 0.6], [0.0, 0.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    total = a.sum(axis=-1, keepdims=True)
    return np.where(total > 0, a, 1) / np.where(total > 0, total, a.shape[-1])


def activation_of(activation: str | ActivationFunction) -> Activation:
    """The declaration of a name; for a user's function, one with default properties."""
    return ACTIVATIONS[activation] if isinstance(activation, str) else Activation(activation)
