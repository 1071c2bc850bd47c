"""The networks of the book's chapter 6, with what its code does otherwise than this package: how weights start, and dropout."""

from __future__ import annotations

import math

import numpy as np

from ..core.nouns import Array
from ..model import Network
from ..network.layers import Layer, Parameter
from ..network.makers import Conv, Dropout, Flatten, MaxPool, Part
from .rows import KERNEL, POOL, Convolutional


def network_of(experiment: Convolutional, seed: int) -> Network:
    """The network as it starts: weights N(0, 1/n_out), biases N(0, 1), and those of the last layer 0.

    For a convolution n_out is its filters times their size, over the size of a pool.

    Args:
        experiment: The experiment.
        seed: The seed of all that is drawn.

    Returns:
        The network.

    Examples:
        >>> network_of(Convolutional((20,), (100,), 0.1), 0).sizes
        [784, 11520, 2880, 2880, 100, 10]
    """
    layers: list[Part] = []
    for filters in experiment.filters:
        layers += [Conv(filters, KERNEL), MaxPool(POOL)]
    layers += [Flatten()] if experiment.filters else []
    for size in (*experiment.hidden, 10):
        share = experiment.dropout
        layers += [Dropout(share), thinned(size, share)] if share else [size]
    net = Network(
        layers, input=(1, 28, 28) if experiment.filters else 784, seed=seed,
        activation=experiment.activation, cost="log-likelihood", initializer="zeros",
    )  # fmt: skip
    random = np.random.default_rng(seed)
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        n_out = len(w) * math.prod(w.shape[2:]) // POOL**2 if w.ndim == 4 else len(w)
        w[...], b[...] = random.normal(0, 1 / math.sqrt(n_out), w.shape), random.standard_normal(b.shape)
    return net


def thinned(size: int, share: float) -> Layer:
    """A fully connected layer of activations of which a share is dropped, where the book's weights count 1 − p in prediction.

    `Dropout` divides those that stay by 1 − p in training. This takes it back: w a in training, (1 − p) w a in prediction.

    Args:
        size: The number of neurons.
        share: p, the share of the activations of the layer before that is dropped.

    Returns:
        The layer, whose activation is that of the network.
    """
    parameters = (Parameter("w", ("n_out", "n_in"), "weight"), Parameter("b", ("n_out", "beside"), "bias"))
    return Layer(_thinned, parameters, None, size=size, options={"share": share})


def _thinned(a: Array, w: Array, b: Array, *, share: float) -> Array:
    """z = (1 − p) w a + b.

    >>> _thinned(np.array([[2.0]]), np.array([[3.0]]), np.array([[1.0]]), share=0.5)
    array([[4.]])
    """
    return (1 - share) * (w @ a) + b
