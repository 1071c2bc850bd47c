"""What users build networks of: each function or class makes a layer, or changes the layers beside it.

A layer's equations stand in `kinds.py`; here are its arguments. `chainrule.layers` offers them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ..core.messages import listed
from ..dimensions import count_text
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
            listed=listed(NORMALIZATIONS),
        )
    return of_kind(normalization, neurons, activation, dropout)


def Conv(
    filters: int,
    kernel: int | tuple[int, int] = 3,
    activation: Activated = None,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] | Literal["same"] = 0,
    groups: int = 1,
    dropout: float = 0.0,
) -> Layer:
    """A convolution: kernels slide over images of m × c × y × x, and each makes a map of its own, z = w ⋆ a + b.

    The kernels are not turned: z at a place is the sum of w ⊙ the window there, over all channels.

    Args:
        filters: The number of kernels, and so of the channels of the result.
        kernel: The rows and columns of a kernel, or one number for both; `(1, 5)` for signals, which are images of one row.
        activation: a name in `network.activations`, or a function of z; `None` is that of the network.
        stride: How far a kernel moves from a place to the next, down and across, or one number for both.
        padding: How many rows of zeros are put above and below, and columns beside; `"same"` is as many as keep the size.
        groups: In how many groups the channels are divided, each of which has kernels of its own.
        dropout: The share of its activations that is dropped in training.

    Returns:
        The layer.

    Raises:
        NetworkError: An argument is no whole number, or has no such number.

    Examples:
        >>> Conv(20, 5).shaped((1, 28, 28))
        (20, 24, 24)
        >>> Conv(20, 3, stride=2, padding="same").shaped((1, 28, 28))
        (20, 14, 14)
    """
    size = _pair("kernel", kernel)
    if padding == "same":
        if not (size[0] % 2 and size[1] % 2):
            raise NetworkError("padding='same' needs a kernel of odd sizes, not of {kernel}.", kernel=count_text(size))
        padding = (size[0] // 2, size[1] // 2)
    margin = _pair("padding", padding, 0)
    filters, groups = _whole("filters", filters), _whole("groups", groups)
    if filters % groups:
        raise NetworkError(
            "The {size} neurons or channels cannot be divided into {groups} groups.", size=filters, groups=groups
        )
    return of_kind(
        "convolution", filters, activation, dropout,
        kernel=size, stride=_pair("stride", stride), padding=margin, groups=groups,
    )  # fmt: skip


def MaxPool(
    size: int | tuple[int, int] = 2,
    stride: int | tuple[int, int] | None = None,
    ties: Literal["first", "share"] = "first",
) -> Layer:
    """The largest activation in each window of a map.

    Args:
        size: The rows and columns of a window, or one number for both.
        stride: How far a window moves, down and across; `None` is its own size, so that windows do not overlap.
        ties: Where several are equal and the largest, the error goes to the `"first"` of them, row by row, as in PyTorch, or
            all of them `"share"` it, as for `np.max`.

    Returns:
        The layer, which has no parameters.

    Raises:
        NetworkError: An argument is no whole number, or there are no such ties.

    Examples:
        >>> MaxPool(2).shaped((20, 24, 24))
        (20, 12, 12)
    """
    if ties not in ("first", "share"):
        raise NetworkError("ties is {ties!r}; choose one of {listed}.", ties=ties, listed="first, share")
    pair = _pair("size", size)
    return of_kind(
        "largest", None, "linear", size=pair, stride=pair if stride is None else _pair("stride", stride), ties=ties
    )


def AveragePool(size: int | tuple[int, int] = 2, stride: int | tuple[int, int] | None = None) -> Layer:
    """The mean of the activations in each window of a map.

    Args:
        size: The rows and columns of a window, or one number for both.
        stride: How far a window moves, down and across; `None` is its own size, so that windows do not overlap.

    Returns:
        The layer, which has no parameters.

    Raises:
        NetworkError: An argument is no whole number.
    """
    pair = _pair("size", size)
    return of_kind("averaged", None, "linear", size=pair, stride=pair if stride is None else _pair("stride", stride))


def _pair(name: str, given: object, least: int = 1) -> tuple[int, int]:
    """Rows and columns, of which one number may stand for both. Raises `NetworkError` for what is none."""
    pair = tuple(given) if isinstance(given, (tuple, list)) else (given, given)
    if len(pair) != 2 or not all(
        isinstance(each, (int, np.integer)) and not isinstance(each, bool) and each >= least for each in pair
    ):
        raise NetworkError(
            "{name} is {given!r}; it must be a whole number from {least}, or for rows and columns two.",
            name=name,
            given=given,
            least=least,
        )
    return int(pair[0]), int(pair[1])


def Embedding(vocabulary: int, neurons: int, *, positions: bool = False) -> Layer:
    """For each token, a row of numbers that are learned; it is the first layer, and the inputs are the numbers of tokens.

    Args:
        vocabulary: How many tokens there are; they are numbered from 0.
        neurons: How many numbers a token has.
        positions: Whether each place has such a row, too, which is added.

    Returns:
        The layer.

    Raises:
        NetworkError: An argument is no whole number from 1.

    Examples:
        >>> Embedding(27, 16).shaped((8,))
        (8, 16)
    """
    _whole("vocabulary", vocabulary)
    return of_kind(
        "embedding", _whole("neurons", neurons), "linear", vocabulary=int(vocabulary), positions=bool(positions)
    )


def Attention(heads: int = 1, *, causal: bool = False) -> Layer:
    """At each place of a sequence, a mean of what all places offer, weighted by how well they answer what the place asks.

    Args:
        heads: In how many parts the neurons are divided, each of which has weights of its own.
        causal: Whether a place takes nothing from those behind it.

    Returns:
        The layer, with as many neurons as it is given.

    Raises:
        NetworkError: `heads` is no whole number from 1.

    Examples:
        >>> import chainrule as cr
        >>> block = [Residual([LayerNorm(), Attention(4, causal=True)]), Residual([LayerNorm(), 64, Dense(16, "linear")])]
        >>> cr.Network([Embedding(27, 16, positions=True), *block, Flatten(), 27], input=8).architecture.parameter_count
        7259
    """
    return of_kind("attention", None, "linear", heads=_whole("heads", heads), causal=bool(causal))


def Recurrent(neurons: int, cell: Literal["simple", "lstm"] = "simple", *, whole: bool = False) -> Layer:
    """A loop over the places of a sequence, which keeps a state h: h ← tanh(w x + u h + b), or a long short-term memory.

    Args:
        neurons: The number of neurons.
        cell: `"simple"`, or `"lstm"`, whose gates are those of PyTorch.
        whole: Whether the states of all places are given on, as a sequence, and not the last one, as a column.

    Returns:
        The layer.

    Raises:
        NetworkError: `neurons` is no whole number from 1, or there is no such cell.

    Examples:
        >>> Recurrent(30).shaped((28, 28)), Recurrent(30, "lstm", whole=True).shaped((28, 28))
        ((30,), (28, 30))
    """
    if cell not in ("simple", "lstm"):
        raise NetworkError("There is no cell {name!r}; choose one of {listed}.", name=cell, listed="simple, lstm")
    return of_kind("recurrent", _whole("neurons", neurons), "linear", cell=cell, whole=bool(whole))


def _whole(name: str, given: object) -> int:
    """A whole number from 1. Raises `NetworkError` for another."""
    if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or given < 1:
        raise NetworkError("{name} is {given!r}; it must be a whole number from 1.", name=name, given=given)
    return int(given)


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
