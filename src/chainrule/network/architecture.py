"""The architecture of a network, everything but its weights: its layers and its cost, checked when made."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from ..core.dims import Dim, Shape
from ..core.messages import listed
from ..core.nouns import Array
from .activations import ACTIVATIONS, ActivationFunction
from .costs import COSTS, Cost, CostFunction, clipped_outputs, cost_of
from .initializers import INITIALIZERS
from .layers import Dense, Layer, NetworkError, Parameter

Each = TypeVar("Each")

_MOST_PARAMETERS = 500_000_000  # 2 GB as float32


class Width(Dim):
    """The size of a layer, which may meet that of another on purpose, as where a layer adds its input to its output."""

    strict = False


@dataclass(frozen=True)
class Architecture:
    """The layers and the cost of a network. Layers count from 1 at the input, which computes nothing: `stack[l - 2]` is layer l.

    `inputs` is the size of the input, `input_dropout` the share of it that is dropped in training.
    """

    inputs: int
    stack: tuple[Layer, ...]
    cost: str | CostFunction = "quadratic"
    input_dropout: float = 0.0

    @property
    def layers(self) -> range:
        """The numbers of the layers that compute something: 2 … L."""
        return range(2, len(self.stack) + 2)

    def layer(self, layer: int) -> Layer:
        """Layer l, from 2."""
        return self.stack[layer - 2]

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """`sizes[l - 1]` is n_l. Raises `NetworkError` if a layer does not fit the one before."""
        sizes = [self.inputs]
        for layer in self.stack:
            sizes.append(layer.sized(sizes[-1]))
        return tuple(sizes)

    def dim(self, layer: int) -> Dim:
        """The size of a layer, with its name: n2 = 30."""
        return Width(f"n{layer}", self.sizes[layer - 1])

    def titles(self, language: str) -> list[str]:
        """The layers from the input on: their sizes, and what those that are not fully connected are called in a language."""
        called = (f" {layer.called(language)}" * (not layer.normalization) for layer in self.stack)
        return [str(self.inputs), *(f"{size}{title}" for size, title in zip(self.sizes[1:], called, strict=True))]

    @property
    def activations(self) -> tuple[str | ActivationFunction, ...]:
        """`activations[l - 2]` is layer l's."""
        return tuple(layer.activation for layer in self.stack if layer.activation is not None)

    @property
    def dense(self) -> bool:
        """Whether all layers are fully connected."""
        return all(layer.normalization for layer in self.stack)

    @property
    def pairs(self) -> bool:
        """Whether a layer needs at least two examples, since the variance of one is 0."""
        return any(layer.pairs for layer in self.stack)

    @property
    def normalizations(self) -> tuple[str, ...]:
        """The normalization of each hidden layer; empty if none is normalized."""
        found = tuple(layer.normalization or "none" for layer in self.stack[:-1])
        return found if any(each != "none" for each in found) else ()

    @property
    def dropouts(self) -> tuple[float, ...]:
        """The dropout rate of the input and of each hidden layer; empty if nothing is dropped."""
        found = (self.input_dropout, *(layer.dropout for layer in self.stack[:-1]))
        return found if any(found) else ()

    def keywords(self, **changes: Any) -> dict[str, Any]:
        """The arguments of `stacked` and `Network` for such a network with these changes; `layers` are other sizes.

        Raises `NetworkError` for other sizes if a layer is not fully connected.
        """
        layers: Sequence[int | Layer] = [
            self.inputs,
            *(size if layer.normalization == "none" or (layer.normalization and layer is not self.stack[-1]) else layer
              for size, layer in zip(self.sizes[1:], self.stack, strict=True)),
        ]  # fmt: skip
        given = {
            "activation": self.activations[:-1], "output": self.activations[-1], "cost": self.cost,
            "normalization": self.normalizations or "none", "dropout": self.dropouts or 0.0,
        }  # fmt: skip
        sizes = tuple(changes.pop("layers", self.sizes))
        if sizes != self.sizes:
            if not self.dense:
                raise NetworkError("Layers that are not fully connected cannot be given other sizes.")
            layers = sizes
            if len(sizes) != len(self.sizes):
                given |= {"activation": "sigmoid", "normalization": "none", "dropout": 0.0}
        return {"layers": layers, **given, **changes}

    @property
    def whole(self) -> Architecture:
        """The architecture without dropout, as used for prediction."""
        return replace(self, stack=tuple(replace(layer, dropout=0.0) for layer in self.stack), input_dropout=0.0)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters of the network, in order: w2, b2, w3, b3, …."""
        return tuple(
            parameter
            for number, layer in zip(self.layers, self.stack, strict=True)
            for parameter in layer.bound(number, self.dim(number - 1), self.dim(number))
        )

    def of_layer(self, layer: int) -> tuple[Parameter, ...]:
        """The parameters of layer l."""
        return tuple(each for each in self.parameters if each.layer == layer)

    @property
    def own(self) -> list[Callable[..., Any]]:
        """The user's functions in it."""
        functions = [layer.function for layer in self.stack if not layer.kind]
        return functions + [each for each in (*self.activations, self.cost) if not isinstance(each, str)]

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shapes of the parameters by their names."""
        return {each.name: each.shape for each in self.parameters}  # type: ignore[misc]  # bound, so that all are sizes

    def by_name(self, arrays: Iterable[Array]) -> dict[str, Array]:
        """Arrays in the order of the parameters, by their names."""
        return dict(zip(self.shapes, arrays, strict=True))

    def learned_of(self, arrays: Iterable[Array]) -> list[Array]:
        """The arrays, given in the order of the parameters, that a gradient changes."""
        return [array for each, array in zip(self.parameters, arrays, strict=True) if each.meaning.learned]

    @cached_property
    def learned(self) -> tuple[str, ...]:
        """The names of the parameters that a gradient changes: all but running means and variances."""
        return tuple(each.name for each in self.parameters if each.meaning.learned)

    @property
    def masks(self) -> tuple[tuple[str, int], ...]:
        """The names of the masks that drop activations in training, and their layers."""
        return tuple((f"keep{layer}", layer) for layer, share in enumerate(self.dropouts, start=1) if share)

    @property
    def parameter_count(self) -> int:
        """The number of values that the network learns."""
        return sum(math.prod(self.shapes[name]) for name in self.learned)

    @property
    def declared_cost(self) -> Cost:
        """The declaration of the cost."""
        return cost_of(self.cost)

    @cached_property
    def clips(self) -> bool:
        """Whether the cost is infinite or NaN at outputs of exactly 0 or 1, which the activation only reaches by rounding."""
        if self.stack[-1].applied.reach != (0, 1):
            return False
        a, y = (np.tile(np.array(row, float), (self.sizes[-1], 1)) for row in ([0, 1, 0, 1], [0, 1, 1, 0]))
        with np.errstate(all="ignore"):
            return not np.isfinite(self.declared_cost.function(a, y))

    def measured(self, a: Array, y: Array, weights: Array | None = None) -> float:
        """The cost of computed outputs, for display; with `weights` (1 × m), each example is weighted."""
        function = self.declared_cost.function
        if self.clips:
            a = clipped_outputs(a).astype(np.float64)
        if weights is None:
            return float(function(a, y))
        columns = range(a.shape[1])  # a cost is a sum over the examples, but only its function knows how
        return float(sum(weights[0, k] * function(a[:, k : k + 1], y[:, k : k + 1]) for k in columns))


def stacked(
    layers: Sequence[int | Layer],
    activation: str | ActivationFunction | Sequence[str | ActivationFunction] = "sigmoid",
    output: str | ActivationFunction | None = None,
    cost: str | CostFunction = "quadratic",
    normalization: str | Sequence[str] = "none",
    dropout: float | Sequence[float] = 0.0,
    inputs: int | None = None,
) -> Architecture:
    """The architecture of layers, from the input to the output; a whole number is a fully connected layer of that size.

    The first number is the size of the input, unless `inputs` is given. `activation`, `normalization` and `dropout` are those
    of the hidden layers, one for all or one for each; with one more, the first `dropout` is that of the input. `output` is
    the activation of the last layer, by default the one that goes with the cost. These arguments do not change a `Layer`,
    except that one whose activation is `None` has that of the network.

    Raises `NetworkError` if they do not make a network.

    >>> stacked([784, 30, 10]).parameter_count
    23860
    >>> stacked([784, 30, 10], "relu", cost="log-likelihood").activations
    ('relu', 'softmax')
    >>> stacked([Dense(30, "tanh"), Dense(10)], inputs=784).activations
    ('tanh', 'sigmoid')
    """
    whole = (int, np.integer)
    if (
        isinstance(layers, str)
        or not isinstance(layers, Iterable)
        or not all(isinstance(n, Layer) or (type(n) is not bool and isinstance(n, whole)) for n in layers)
    ):
        raise NetworkError(
            "The layers are {sizes!r}; they must be whole numbers, from the input to the output: [784, 30, 10].",
            sizes=layers,
        )
    given = [*([] if inputs is None else [inputs]), *layers]
    first = given[0] if given else 0
    if isinstance(first, Layer):
        raise NetworkError("The first layer is no number; say how many inputs it has: input=784.")
    if len(given) < 2:
        raise NetworkError(
            "The layers are {sizes}; a network needs at least two, an input and an output layer: [784, 10].",
            sizes=list(layers),
        )
    for position, each in enumerate(given):
        if not isinstance(each, Layer) and each < 1:
            raise NetworkError(
                "Layer {layer} has {size} neurons; every layer needs at least 1.", layer=position + 1, size=each
            )
    hidden = len(given) - 2
    activations = _for_each(hidden, _one_or_each(hidden, activation), "activations")
    normalizations = _for_each(hidden, _one_or_each(hidden, normalization), "normalizations")
    dropouts = _one_or_each(hidden, dropout)
    dropouts = tuple(float(share) if isinstance(share, np.floating) else share for share in dropouts)
    if len(dropouts) != hidden + 1:
        dropouts = (0.0, *_for_each(hidden, dropouts, "dropouts"))
    if output is None:
        output = COSTS[cost].output if isinstance(cost, str) and cost in COSTS else Cost.output
    rest = zip(given[1:], (*activations, output), (*normalizations, "none"), (*dropouts[1:], 0.0), strict=True)
    return checked(Architecture(int(first), tuple(_layer(*each) for each in rest), cost, dropouts[0]))


def _layer(given: int | Layer, activation: Any, normalization: Any, dropout: Any) -> Layer:
    """A layer with its activation."""
    if isinstance(given, Layer):
        return replace(given, activation=activation) if given.activation is None else given
    return Dense(int(given), activation, normalization, dropout)


def _one_or_each(hidden: int, given: Any) -> tuple[Any, ...]:
    """The value given for each layer, or the same one for all."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (given,) * hidden
    return tuple(given)


def _for_each(hidden: int, each: tuple[Each, ...], parts: str) -> tuple[Each, ...]:
    """One value per hidden layer. Raises `NetworkError` for more or fewer."""
    if len(each) != hidden:
        raise NetworkError(
            "There are {count} {parts} for {hidden} hidden layers; give one for each, or one.",
            count=len(each),
            parts=parts,
            hidden=hidden,
        )
    return each


def checked(architecture: Architecture) -> Architecture:
    """The architecture, if everything it names exists and it is not absurdly large. Raises `NetworkError` otherwise."""
    if architecture.parameter_count > _MOST_PARAMETERS:
        raise NetworkError(
            "The layers {sizes} make {count:,} parameters; at most {most:,} are allowed.",
            sizes=list(architecture.sizes),
            count=architecture.parameter_count,
            most=_MOST_PARAMETERS,
        )
    for activation in architecture.activations:
        if activation not in ACTIVATIONS if isinstance(activation, str) else not callable(activation):
            raise NetworkError(
                "There is no activation {name!r}; choose one of {listed}.", name=activation, listed=listed(ACTIVATIONS)
            )
    for share in (architecture.input_dropout, *(layer.dropout for layer in architecture.stack)):
        if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 <= share < 1:
            raise NetworkError(
                "A dropout is {share!r}; it must be a share of activations, from 0 to below 1: 0.5.", share=share
            )
    if architecture.stack[-1].dropout:
        raise NetworkError("The last layer drops a share of its activations, which are the answer; only others may.")
    cost, output = architecture.cost, architecture.stack[-1].activation
    if cost not in COSTS if isinstance(cost, str) else not callable(cost):
        raise NetworkError("There is no cost {name!r}; choose one of {listed}.", name=cost, listed=listed(COSTS))
    if architecture.declared_cost.only and output != architecture.declared_cost.output:
        raise NetworkError(
            "The cost {cost!r} needs {output!r} as output activation, not {given!r}.",
            cost=cost,
            output=architecture.declared_cost.output,
            given=output,
        )
    return architecture


def begun(architecture: Architecture, initializer: str, random: np.random.Generator, dtype: str) -> list[Array]:
    """The initial parameters of a network."""
    chosen = INITIALIZERS[initializer]
    return [
        np.ascontiguousarray(each.begun(chosen, random, architecture.layer(each.layer).applied), dtype)
        for each in architecture.parameters
    ]
