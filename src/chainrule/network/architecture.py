"""What a network is, apart from its weights: its layers and what each computes, its cost. Checked when made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ..core.dims import Dim, Shape
from ..core.errors import ChainruleError
from .activations import ACTIVATIONS, Activation
from .costs import COSTS, CostFunction
from .normalizations import NORMALIZATIONS

Each = TypeVar("Each")

_MOST_PARAMETERS = 500_000_000  # 2 GB as float32


class NetworkError(ChainruleError, ValueError):
    """A network that makes no sense."""


@dataclass(frozen=True)
class Architecture:
    """Layers count from 1 at the input, so `sizes[l - 1]` is n_l, and `activations[l - 2]` is layer l's.

    `normalizations[l - 2]` is that of hidden layer l; `dropouts[l - 1]` is the share of layer l's activations that is
    dropped in training, for the input and the hidden layers. Both are empty where there is none at all.
    """

    sizes: tuple[int, ...]
    activations: tuple[str | Activation, ...]
    cost: str | CostFunction = "quadratic"
    normalizations: tuple[str, ...] = ()
    dropouts: tuple[float, ...] = ()

    @property
    def layers(self) -> range:
        """The layers that have weights: 2 … L."""
        return range(2, len(self.sizes) + 1)

    def dim(self, layer: int) -> Dim:
        """The size of a layer, with its name: n2 = 30."""
        return Dim(f"n{layer}", self.sizes[layer - 1])

    def normalization(self, layer: int) -> str:
        """How layer l is normalized: `"none"`, `"batch"` or `"layer"`."""
        return self.normalizations[layer - 2] if layer - 2 < len(self.normalizations) else "none"

    def dropout(self, layer: int) -> float:
        """The share of layer l's activations that is dropped in training."""
        return self.dropouts[layer - 1] if layer - 1 < len(self.dropouts) else 0.0

    def parameters(self) -> tuple[tuple[str, Shape], ...]:
        """The names and shapes of all that the network carries, in order: w2, b2, w3, b3, ….

        A normalized layer has γ too, and with batch normalization the running mean and variance, which are measured
        and not learnt.
        """
        found: list[tuple[str, Shape]] = []
        for layer in self.layers:
            column = (self.dim(layer), 1)
            found += [(f"w{layer}", (self.dim(layer), self.dim(layer - 1))), (f"b{layer}", column)]
            if self.normalization(layer) != "none":
                found.append((f"gamma{layer}", column))
            if self.normalization(layer) == "batch":
                found += [(f"mean{layer}", column), (f"variance{layer}", column)]
        return tuple(found)

    @property
    def learned(self) -> tuple[str, ...]:
        """The names of the parameters that a gradient changes: all but running means and variances."""
        return tuple(name for name, _ in self.parameters() if not name.startswith(("mean", "variance")))

    @property
    def masks(self) -> tuple[tuple[str, int], ...]:
        """The names of the masks that drop activations in training, and their layers."""
        return tuple((f"keep{layer}", layer) for layer in range(1, len(self.sizes)) if self.dropout(layer))

    @property
    def parameter_count(self) -> int:
        """How many numbers the network learns."""
        learned = set(self.learned)
        return sum(math.prod(shape) for name, shape in self.parameters() if name in learned)


def dense(
    sizes: Sequence[int],
    activation: str | Activation | Sequence[str | Activation] = "sigmoid",
    output: str | Activation | None = None,
    cost: str | CostFunction = "quadratic",
    normalization: str | Sequence[str] = "none",
    dropout: float | Sequence[float] = 0.0,
) -> Architecture:
    """The architecture of fully connected layers of these sizes, from the input to the output.

    `activation`, `normalization` and `dropout` are those of the hidden layers, one for all or one for each; with one
    more, the first `dropout` is that of the input. `output` is the activation of the last layer, by default the one
    that goes with the cost.

    Raises `NetworkError` where they make no network.

    >>> dense([784, 30, 10]).parameter_count
    23860
    >>> dense([784, 30, 10], "relu", cost="log-likelihood").activations
    ('relu', 'softmax')
    """
    whole = (int, np.integer)
    if (
        isinstance(sizes, str)
        or not isinstance(sizes, Iterable)
        or not all(type(n) is not bool and isinstance(n, whole) for n in sizes)
    ):
        raise NetworkError(
            f"The layers are {sizes!r}; they must be whole numbers, from the input to the output: [784, 30, 10]."
        )
    if len(sizes) < 2:
        raise NetworkError(
            f"The layers are {list(sizes)}; a network needs at least two, an input and an output layer: [784, 10]."
        )
    for position, size in enumerate(sizes):
        if size < 1:
            raise NetworkError(f"Layer {position + 1} has {size} neurons; every layer needs at least 1.")
    hidden = len(sizes) - 2
    activations = _for_each(hidden, _one_or_each(hidden, activation), "activations")
    normalizations = _for_each(hidden, _one_or_each(hidden, normalization), "normalizations")
    dropouts = _one_or_each(hidden, dropout)
    dropouts = tuple(float(share) if isinstance(share, np.floating) else share for share in dropouts)
    if len(dropouts) != hidden + 1:
        dropouts = (0.0, *_for_each(hidden, dropouts, "dropouts"))
    if output is None:
        output = COSTS[cost].output if isinstance(cost, str) and cost in COSTS else "sigmoid"
    return checked(
        Architecture(
            tuple(map(int, sizes)),
            (*activations, output),
            cost,
            normalizations if any(each != "none" for each in normalizations) else (),
            dropouts if any(dropouts) else (),
        )
    )


def _one_or_each(hidden: int, given: Any) -> tuple[Any, ...]:
    """What is given for each layer, or the same for all."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (given,) * hidden
    return tuple(given)


def _for_each(hidden: int, each: tuple[Each, ...], parts: str) -> tuple[Each, ...]:
    """One for each hidden layer. Raises `NetworkError` where there are more or fewer."""
    if len(each) != hidden:
        raise NetworkError(f"There are {len(each)} {parts} for {hidden} hidden layers; give one for each, or one.")
    return each


def checked(architecture: Architecture) -> Architecture:
    """The architecture itself, if all it names exists and it is not absurdly large. Raises `NetworkError` otherwise."""
    if architecture.parameter_count > _MOST_PARAMETERS:
        raise NetworkError(
            f"The layers {list(architecture.sizes)} make {architecture.parameter_count:,} parameters; "
            f"at most {_MOST_PARAMETERS:,} are allowed."
        )
    if len(architecture.activations) != len(architecture.sizes) - 1:
        raise NetworkError(
            f"There are {len(architecture.activations)} activations; the layers {list(architecture.sizes)} have "
            f"{len(architecture.sizes) - 1}, one for each but the input."
        )
    for activation in architecture.activations:
        if activation not in ACTIVATIONS if isinstance(activation, str) else not callable(activation):
            raise NetworkError(f"There is no activation {activation!r}; choose one of {', '.join(ACTIVATIONS)}.")
    for normalization in architecture.normalizations:
        if normalization not in NORMALIZATIONS:
            raise NetworkError(
                f"There is no normalization {normalization!r}; choose one of {', '.join(NORMALIZATIONS)}."
            )
    for share in architecture.dropouts:
        if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 <= share < 1:
            raise NetworkError(f"A dropout is {share!r}; it must be a share of activations, from 0 to below 1: 0.5.")
    hidden = len(architecture.sizes) - 2
    if len(architecture.normalizations) not in (0, hidden) or len(architecture.dropouts) not in (0, hidden + 1):
        raise NetworkError(
            f"There are {len(architecture.normalizations)} normalizations and {len(architecture.dropouts)} dropouts for "
            f"{hidden} hidden layers; give one for each, or none."
        )
    cost, output = architecture.cost, architecture.activations[-1]
    if cost not in COSTS if isinstance(cost, str) else not callable(cost):
        raise NetworkError(f"There is no cost {cost!r}; choose one of {', '.join(COSTS)}.")
    if isinstance(cost, str) and COSTS[cost].only and output != COSTS[cost].output:
        raise NetworkError(f"The cost {cost!r} needs {COSTS[cost].output!r} as output activation, not {output!r}.")
    return architecture
