"""Initial weights and biases, drawn layer by layer, first the weights of a layer and then its biases.

The right distribution depends on the layer's activation: a rectifier halves the variance of the weighted input, and may be off
for every example where its bias is negative; a linear neuron outputs its bias unchanged. A weight matrix is n_out × n_in, one
row per neuron; kernels are n_out × n_in × rows × columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .activations import Activation

Shape: TypeAlias = Sequence[int]
Draw: TypeAlias = Callable[[np.random.Generator, Shape, Activation], Any]
"""(random, shape, the activation that follows) → what it begins with"""


def _zeros(random: np.random.Generator, shape: Shape, activation: Activation) -> Any:
    return np.zeros(shape)


def _normal(random: np.random.Generator, shape: Shape, activation: Activation) -> Any:
    return random.standard_normal(shape)


def _inputs(shape: Shape) -> int:
    return math.prod(shape[1:])


def _outputs(shape: Shape) -> int:
    """The neurons that an activation goes to: of a convolution, all places of each kernel."""
    return shape[0] * math.prod(shape[2:])


def _by_inputs(random: np.random.Generator, shape: Shape, activation: Activation) -> Any:
    return random.standard_normal(shape) / np.sqrt(_inputs(shape))


def _bias_by_activation(random: np.random.Generator, shape: Shape, activation: Activation) -> Any:
    drawn = random.standard_normal(shape)
    return drawn if activation.family in ("sigmoid", "tanh") else np.full_like(drawn, _ON[activation.family])


_ON = {"rectifier": 0.1, "linear": 0.0}


def _by_both(random: np.random.Generator, shape: Shape, activation: Activation) -> Any:
    return random.standard_normal(shape) * np.sqrt(2 / (_inputs(shape) + _outputs(shape)))


def _by_gain(random: np.random.Generator, shape: Shape, activation: Activation) -> Any:
    gain = 2 if activation.family == "rectifier" else 1
    return random.standard_normal(shape) * np.sqrt(gain / _inputs(shape))


def _orthonormal(random: np.random.Generator, shape: Shape, activation: Activation) -> Any:
    n_out, n_in = shape[0], _inputs(shape)
    tall = random.standard_normal((max(n_out, n_in), min(n_out, n_in)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))  # makes the factorization, and so the distribution, unique
    return (q if n_out >= n_in else q.T).reshape(shape)


@dataclass(frozen=True)
class Initializer:
    """How weights and how biases are drawn."""

    weight: Draw
    bias: Draw = _zeros


INITIALIZERS: dict[str, Initializer] = {
    # Weights N(0, 1/n_in), biases N(0, 1): the book's chapter 3, "Weight initialization". A neuron's weighted input then
    # starts near ±1, where σ still has a slope, however many inputs it has. Biases of linear neurons, whose slope is the
    # same everywhere, are 0: a random one would only be an error of their answer. Those of rectifiers are 0.1, so that
    # they begin switched on: Goodfellow, Bengio and Courville (2016), section 6.3. One of −1 would cut off all that the few
    # inputs of a kernel give, and its map would be dead; at 0, blank places would lie on the corner, where there is no slope.
    "default": Initializer(_by_inputs, _bias_by_activation),
    # Everything N(0, 1): the article's, and the book's chapter 1. Some runs never learn a digit.
    "large": Initializer(_normal, _normal),
    # Weights N(0, 2/(n_in + n_out)), biases 0: Glorot and Bengio (2010), for σ and tanh.
    "glorot": Initializer(_by_both),
    # Weights N(0, 2/n_in), biases 0: He, Zhang, Ren and Sun (2015), for rectifiers. The 2 makes up for what a rectifier
    # cuts off; before another activation, as that of most output layers, it is 1.
    "he": Initializer(_by_gain),
    # Weights whose rows (or columns, where there are fewer) are orthonormal, biases 0: Saxe and others (2014).
    "orthogonal": Initializer(_orthonormal),
    # Everything 0: with hidden layers, all neurons of a layer then stay alike, which is why it is not the default.
    "zeros": Initializer(_zeros),
}
