"""What a network is, apart from its weights: sizes of its layers, their activations, its cost. Checked when made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..program.dims import Dim, Shape
from ..program.errors import ChainruleError
from .activations import ACTIVATIONS, Activation
from .costs import COSTS, CostFunction

_MOST_PARAMETERS = 500_000_000  # 2 GB as float32


class NetworkError(ChainruleError, ValueError):
    """A network that makes no sense."""


@dataclass(frozen=True)
class Architecture:
    """Layers count from 1 at the input, so `sizes[l - 1]` is n_l, and `activations[l - 2]` is layer l's."""

    sizes: tuple[int, ...]
    activations: tuple[str | Activation, ...]
    cost: str | CostFunction = "quadratic"

    @property
    def layers(self) -> range:
        """The layers that have weights: 2 … L."""
        return range(2, len(self.sizes) + 1)

    def dim(self, layer: int) -> Dim:
        """The size of a layer, with its name: n2 = 30."""
        return Dim(f"n{layer}", self.sizes[layer - 1])

    def parameters(self) -> tuple[tuple[str, Shape], ...]:
        """The names and shapes of all parameters, in order: w2, b2, w3, b3, …."""
        return tuple(
            pair
            for layer in self.layers
            for pair in (
                (f"w{layer}", (self.dim(layer), self.dim(layer - 1))),
                (f"b{layer}", (self.dim(layer), 1)),
            )
        )

    @property
    def parameter_count(self) -> int:
        """How many numbers the network learns."""
        return sum(n_out * n_in + n_out for n_in, n_out in pairwise(self.sizes))


def dense(
    sizes: Sequence[int],
    activation: str | Activation | Sequence[str | Activation] = "sigmoid",
    output: str | Activation | None = None,
    cost: str | CostFunction = "quadratic",
) -> Architecture:
    """The architecture of fully connected layers of these sizes, from the input to the output.

    `activation` is that of the hidden layers, one for all or one for each; `output` that of the last layer, by default
    the one that goes with the cost.

    Raises `NetworkError` where they make no network.

    >>> dense([784, 30, 10]).parameter_count
    23860
    >>> dense([784, 30, 10], "relu", cost="log-likelihood").activations
    ('relu', 'softmax')
    """
    if isinstance(sizes, (str, int)) or not all(isinstance(n, int) and not isinstance(n, bool) for n in sizes):
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
    each = (activation,) * hidden if isinstance(activation, str) or callable(activation) else tuple(activation)
    if len(each) != hidden:
        raise NetworkError(f"There are {len(each)} activations for {hidden} hidden layers; give one for each, or one.")
    if output is None:
        output = COSTS[cost].output if isinstance(cost, str) and cost in COSTS else "sigmoid"
    return checked(Architecture(tuple(map(int, sizes)), (*each, output), cost))


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
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise NetworkError(f"There is no activation {activation!r}; there is {', '.join(ACTIVATIONS)}.")
    cost, output = architecture.cost, architecture.activations[-1]
    if isinstance(cost, str):
        if cost not in COSTS:
            raise NetworkError(f"There is no cost {cost!r}; there is {', '.join(COSTS)}.")
        if COSTS[cost].only and output != COSTS[cost].output:
            raise NetworkError(f"The cost {cost!r} needs {COSTS[cost].output!r} as output activation, not {output!r}.")
    return architecture
