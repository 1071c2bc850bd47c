"""The layers of the package in plain NumPy, and their table `LAYERS`.

So far all are fully connected: z = w a + b, or with s = w a normalized to mean 0 and variance 1, z = γ ⊙ u + b, where u is
the normalized s; γ and b are what papers call γ and β. `batch` takes mean and variance of each neuron over the examples,
`layer` of each example over the neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..calculus import name
from ..core.messages import Message, message
from ..core.nouns import Array

EPSILON = 1e-5  # keeps a variance of 0 from dividing by 0
MEMORY = 0.9  # how much of the running mean and variance a step keeps


def moments(s: Array, axis: int) -> tuple[Array, Array]:
    """The mean and variance of s over an axis, which is kept with size 1.

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
    """The running mean or variance after a batch, which prediction uses."""
    return MEMORY * running + (1 - MEMORY) * present


def affine(a: Array, w: Array, b: Array) -> Array:
    """z = w a + b: the article's second step."""
    return w @ a + b


def batch_normalized(
    a: Array, w: Array, b: Array, gamma: Array, mean: Array | None = None, variance: Array | None = None
) -> tuple[Array, Array, Array]:
    """z, and the mean and variance of each neuron: those given, or in training those of the batch."""
    s = name("s", w @ a)
    if mean is None or variance is None:
        mean, variance = moments(s, axis=1)
    u = name("u", standardized(s, mean, variance))
    return gamma * u + b, mean, variance


def layer_normalized(a: Array, w: Array, b: Array, gamma: Array) -> Array:
    """z, normalized by mean and variance of each example over the neurons."""
    s = name("s", w @ a)
    mean, variance = moments(s, axis=0)
    u = name("u", standardized(s, name("mean", mean), name("variance", variance)))
    return gamma * u + b


@dataclass(frozen=True)
class Kind:
    """A kind of layer: its function, and the name, shape and role of each of its parameters.

    In a fully connected layer (`dense`), each neuron is a weighted sum of activations, perhaps normalized; the name of the
    kind is then that of the normalization. `words` are what layers of this kind are called, by language; `within` says of
    what the function computes on its way, by the name that it gives it there, what it is.
    """

    function: Callable[..., Any]
    parameters: tuple[tuple[str, tuple[int | str, ...], str], ...]
    dense: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, Message] = field(default_factory=dict)


def fully_connected(function: Callable[..., Any], within: Mapping[str, Message] | None = None, **others: str) -> Kind:
    """A fully connected kind of layer; `others` are the roles of the parameters, one number per neuron, beside w and b."""
    columns = {"b": "bias", **others}.items()
    weights = ("w", ("n_out", "n_in"), "weight")
    return Kind(function, (weights, *((name, ("n_out", 1), role) for name, role in columns)), True, within=within or {})


_NORMALIZED = {
    "s": message("the weighted sum of layer {layer}, before it is normalized"),
    "u": message("the same with mean 0 and variance 1"),
}
_MOMENTS = {"mean": message("its mean"), "variance": message("its variance")}
LAYERS: dict[str, Kind] = {
    "none": fully_connected(affine),
    "batch": fully_connected(
        batch_normalized, _NORMALIZED, gamma="scale", mean="running mean", variance="running variance"
    ),
    "layer": fully_connected(layer_normalized, _NORMALIZED | _MOMENTS, gamma="scale"),
}

NORMALIZATIONS = tuple(name for name, kind in LAYERS.items() if kind.dense)
"""The names from which users choose a normalization."""
