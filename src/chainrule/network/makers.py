"""What users build networks of: each function or class makes a layer, or changes the layers beside it.

A layer's equations stand in `kinds.py`; here are its arguments. `chainrule.layers` offers them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .activations import ActivationFunction
from .kinds import LAYERS, NORMALIZATIONS
from .layers import Layer, NetworkError, of_kind

Activated: TypeAlias = str | ActivationFunction | None


def Dense(neurons: int, activation: Activated = None, normalization: str = "none", dropout: float = 0.0) -> Layer:
    """A fully connected layer: z = w a + b. In a sequence it computes this at each place.

    Args:
        neurons: The number of neurons.
        activation: a name in `network.activations`, or a function of z; `None` is that of the network.
        normalization: `"none"`, `"batch"` or `"layer"`: of w a, before the activation.
        dropout: The share of its activations that is dropped in training.

    Returns:
        The layer.

    Raises:
        NetworkError: There is no such normalization.

    Examples:
        >>> [each.name for each in Dense(30, normalization="batch").parameters]
        ['w', 'b', 'gamma', 'mean', 'variance']
    """
    if normalization not in LAYERS or not LAYERS[normalization].dense:
        raise NetworkError(
            "There is no normalization {name!r}; choose one of {listed}.",
            name=normalization,
            listed=", ".join(NORMALIZATIONS),
        )
    return of_kind(normalization, neurons, activation, dropout)


def Flatten() -> Layer:
    """The numbers of each image or sequence as one column: m × c × y × x becomes c·y·x × m.

    Returns:
        The layer, which has no parameters.

    Examples:
        >>> Flatten().shaped((20, 12, 12))
        (2880,)
    """
    return of_kind("flattened", None, "linear")


def BatchNorm(activation: Activated = "linear") -> Layer:
    """Each neuron, or each channel of images, with mean 0 and variance 1 over the batch; then scaled by γ and shifted by β.

    Prediction uses running means of both. `Dense(30, normalization="batch")` has the same between w a and its activation.

    Args:
        activation: a name in `network.activations`, or a function; `None` is that of the network.

    Returns:
        The layer.

    Examples:
        >>> [each.name for each in BatchNorm().parameters]
        ['gamma', 'beta', 'mean', 'variance']
    """
    return of_kind("batch normalization", None, activation)


def LayerNorm(activation: Activated = "linear") -> Layer:
    """Each example with mean 0 and variance 1 over its neurons, in sequences each place; then scaled by γ, shifted by β.

    Images are normalized over channels, rows and columns together, and have one γ and β for each channel.

    Args:
        activation: a name in `network.activations`, or a function; `None` is that of the network.

    Returns:
        The layer.
    """
    return of_kind("layer normalization", None, activation)


def RMSNorm(activation: Activated = "linear") -> Layer:
    """Each example divided by the root mean square of its neurons, in sequences each place; then scaled by γ.

    Args:
        activation: a name in `network.activations`, or a function; `None` is that of the network.

    Returns:
        The layer.
    """
    return of_kind("root-mean-square normalization", None, activation)


@dataclass(frozen=True)
class Dropout:
    """In training, a share of the activations of the layer before is dropped; at the beginning, of the input.

    Args:
        share: The share, from 0 to below 1.

    Examples:
        >>> import chainrule as cr
        >>> cr.Network([784, Dropout(0.2), 30, Dropout(0.5), 10]).architecture.dropouts
        (0.2, 0.5)
    """

    share: float


@dataclass(frozen=True)
class Residual:
    """Layers, and the sum of what they make and what they are given, which must have the same shape.

    The layers are numbered as all others are, and the sum is one more: a⁵ = f(a⁴ + a²).

    Args:
        layers: The layers between: numbers of neurons, layers, `Dropout(…)`.
        activation: The f of the sum; `None` is that of the network.

    Examples:
        >>> import chainrule as cr
        >>> net = cr.Network([784, 30, Residual([30, Dense(30, "linear")]), 10])
        >>> next(line.split("#")[0].strip() for line in str(net.forward_program).splitlines() if "a5 =" in line)
        'a5 = a4 + a2'
    """

    layers: Sequence[Part]
    activation: Activated = "linear"


Part: TypeAlias = int | Layer | Dropout | Residual
"""What a list of layers may hold."""


def unfolded(parts: Sequence[Part]) -> list[tuple[int | Layer, float]]:
    """The layers of a list in their order, each with the share that a `Dropout` behind it drops; blocks are written out.

    Raises `NetworkError` for a `Dropout` that no single layer stands before.
    """
    found: list[tuple[int | Layer, float]] = []
    for part in parts:
        if isinstance(part, Residual):
            inner = unfolded(part.layers)
            if not inner:
                raise NetworkError("Residual([]) has no layers; give those that it skips.")
            found += [*inner, (of_kind("residual", None, part.activation, back=len(inner)), 0.0)]
        elif isinstance(part, Dropout):
            if not found or found[-1][1] or (isinstance(found[-1][0], Layer) and found[-1][0].dropout):
                raise NetworkError(
                    "Dropout({share}) has no layer of its own before it; put it behind the layer whose activations it drops.",
                    share=part.share,
                )
            found[-1] = found[-1][0], part.share
        else:
            found.append((part, 0.0))
    return found
