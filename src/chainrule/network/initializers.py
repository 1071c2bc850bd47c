"""How weights and biases start: drawn layer by layer, first all the weights of a layer and then its biases.

What is right depends on the activation that a layer applies to them: a rectifier lets half of a weighted input's variance
through, and a linear neuron answers with its bias as it is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.nouns import Array
from .activations import Activation

Initializer = Callable[[np.random.Generator, int, int, str | Activation], tuple[Array, Array]]
"""(random, n_out, n_in, the activation that follows) → w, b"""

_NO_RECTIFIERS = ("sigmoid", "tanh", "linear", "softmax")


def default(random: np.random.Generator, n_out: int, n_in: int, activation: str | Activation) -> tuple[Array, Array]:
    """Weights N(0, 1/n_in), biases N(0, 1): the book's chapter 3, "Weight initialization".

    A neuron's weighted input then starts near ±1, where σ still has a slope, however many inputs it has. Biases of linear
    neurons, whose slope is the same everywhere, are 0: a random one would only be an error of their answer.
    """
    w, b = random.standard_normal((n_out, n_in)) / np.sqrt(n_in), random.standard_normal((n_out, 1))
    return w, np.zeros_like(b) if activation == "linear" else b


def large(random: np.random.Generator, n_out: int, n_in: int, activation: str | Activation) -> tuple[Array, Array]:
    """Everything N(0, 1): the article's, and the book's chapter 1. Some runs never learn a digit."""
    return random.standard_normal((n_out, n_in)), random.standard_normal((n_out, 1))


def glorot(random: np.random.Generator, n_out: int, n_in: int, activation: str | Activation) -> tuple[Array, Array]:
    """Weights N(0, 2/(n_in + n_out)), biases 0: Glorot and Bengio (2010), for σ and tanh."""
    return random.standard_normal((n_out, n_in)) * np.sqrt(2 / (n_in + n_out)), np.zeros((n_out, 1))


def he(random: np.random.Generator, n_out: int, n_in: int, activation: str | Activation) -> tuple[Array, Array]:
    """Weights N(0, 2/n_in), biases 0: He, Zhang, Ren and Sun (2015), for rectifiers.

    The 2 makes up for what a rectifier cuts off; before another activation, as that of most output layers, it is 1.
    """
    gain = 1 if activation in _NO_RECTIFIERS else 2
    return random.standard_normal((n_out, n_in)) * np.sqrt(gain / n_in), np.zeros((n_out, 1))


def orthogonal(random: np.random.Generator, n_out: int, n_in: int, activation: str | Activation) -> tuple[Array, Array]:
    """Weights whose rows (or columns, where there are fewer) are orthonormal, biases 0: Saxe and others (2014)."""
    tall = random.standard_normal((max(n_out, n_in), min(n_out, n_in)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))  # makes the factorization, and so the distribution, unique
    return q if n_out >= n_in else q.T, np.zeros((n_out, 1))


def zeros(random: np.random.Generator, n_out: int, n_in: int, activation: str | Activation) -> tuple[Array, Array]:
    """Everything 0: with hidden layers, all neurons of a layer then stay alike, which is why it is not the default."""
    return np.zeros((n_out, n_in)), np.zeros((n_out, 1))


INITIALIZERS: dict[str, Initializer] = {
    "default": default, "large": large, "glorot": glorot, "he": he, "orthogonal": orthogonal, "zeros": zeros,
}  # fmt: skip
