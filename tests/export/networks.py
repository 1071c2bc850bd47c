"""Networks of every kind of layer, with rows for them: what each kind of file must answer as they do."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import (
    Attention,
    AveragePool,
    BatchNorm,
    Conv,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPool,
    Recurrent,
    Residual,
    RMSNorm,
)
from chainrule.network.activations import ACTIVATIONS


def hardened(z):
    """An activation of one's own."""
    return np.clip(0.2 * z + 0.5, 0.0, 1.0)


IMAGES = {"input": (1, 12, 12), "initializer": "he"}
NETWORKS = {
    "the book's": lambda: cr.Network([784, 30, 10], seed=1),
    **{
        each: lambda each=each: cr.Network([4, 6, 3], activation=each, seed=1)
        for each in ACTIVATIONS
        if each != "softmax"
    },
    "softmax": lambda: cr.Network([4, 6, 3], cost="log-likelihood", seed=1),
    "own activation": lambda: cr.Network([4, 6, 3], activation=hardened, seed=1),
    "one input": lambda: cr.Network([1, 5, 2], seed=1),
    "numbers": lambda: cr.Network([4, 6, 2], cost="mean-squared-error", target_scale="none", seed=1),
    "one number": lambda: cr.Network([4, 6, 1], cost="mean-squared-error", target_scale="none", seed=1),
    "scaled, with names": lambda: cr.Network([4, 6, 3], scale=16, classes=["setosa", 'a "b"', "变色鸢尾"], seed=1),
    "float64": lambda: cr.Network([4, 6, 3], dtype="float64", seed=1),
    "batch": lambda: cr.Network([4, 6, 5, 3], normalization="batch", dropout=0.3, seed=1),
    "layer": lambda: cr.Network([4, 6, 5, 3], normalization="layer", seed=1),
    "residual": lambda: cr.Network([6, Residual([6, Dropout(0.5), 6]), LayerNorm(), RMSNorm(), 3], input=4, seed=1),
    "images": lambda: cr.Network(
        [Conv(2, 3), BatchNorm(), MaxPool(2), AveragePool(2), Flatten(), 5, Dropout(0.5), 3],
        cost="log-likelihood", activation="relu", seed=1, **IMAGES,
    ),
    "images, wide": lambda: cr.Network(
        [Conv(4, 3, stride=2, padding=1), Conv(4, 3, groups=2, padding=1), MaxPool(3, stride=2), Flatten(), 3],
        activation="relu", seed=1, **IMAGES,
    ),
    "tokens": lambda: cr.Network([Embedding(5, 8), Attention(2), LayerNorm(), Recurrent(4), 3], input=6, seed=1),
}  # fmt: skip
"""Functions that make the networks, by a name for each."""
_AT_HOME = ("the book's", "scaled, with names", "images")
FEW = [each if each in _AT_HOME else pytest.param(each, marks=pytest.mark.elsewhere) for each in NETWORKS]
"""Their names; only some are tried in the core suite."""


def of(name):
    """A network whose parameters are none of those that it begins with, such as scales that are all 1."""
    net = NETWORKS[name]()
    random = np.random.default_rng(5)
    for each, array in zip(net.architecture.parameters, net.parameters, strict=True):
        array += (
            0.1 * random.random(array.shape)
            if each.role == "running variance"
            else 0.1 * random.normal(size=array.shape)
        )
    return net


def rows(net, count=7):
    """Rows for a network, as users give them."""
    random = np.random.default_rng(3)
    size = (count, net.sizes[0])
    if net.architecture.vocabulary is not None:
        return random.integers(0, net.architecture.vocabulary, size)
    return random.random(size) * net.schema.inputs.scale[0]
