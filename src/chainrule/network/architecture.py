"""The architecture of a network, everything but its weights: its layers and its cost, checked when made."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from ..calculus import vmap
from ..core.dims import Dim, Shape
from ..core.errors import ChainruleError
from ..core.messages import listed, message
from ..core.nouns import Array, Program
from ..core.simplification import simplify
from ..core.tracing import Spec, trace
from ..dimensions import count_text
from .activations import ACTIVATIONS, ActivationFunction
from .batches import MOST_AXES, Example, batch_from, batch_of, features, sizes_of
from .costs import COSTS, Cost, CostFunction, clipped_outputs, cost_of
from .initializers import INITIALIZERS
from .layers import Layer, NetworkError, Parameter
from .makers import Dense, Dropout, Part, Residual, unfolded

Each = TypeVar("Each")

_COLUMNS = 1024  # examples whose costs are computed together
_MOST_PARAMETERS = 500_000_000  # 2 GB as float32


@dataclass(frozen=True)
class Architecture:
    """The layers and the cost of a network. Layers count from 1 at the input, which computes nothing: `stack[l - 2]` is layer l.

    `input` is the shape of one example of the input, `input_dropout` the share of it that is dropped in training. `frozen` are
    the names of parameters that training leaves as they are; frozen running moments are those that it computes with.
    """

    input: Example
    stack: tuple[Layer, ...]
    cost: str | CostFunction = "quadratic"
    input_dropout: float = 0.0
    frozen: tuple[str, ...] = ()

    @property
    def layers(self) -> range:
        """The numbers of the layers that compute something: 2 … L."""
        return range(2, len(self.stack) + 2)

    def layer(self, layer: int) -> Layer:
        """Layer l, from 2."""
        return self.stack[layer - 2]

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """`examples[l - 1]` is the shape of one example's activations of layer l. Raises `NetworkError` if a layer does not fit
        the one before.
        """
        found = [self.input]
        for place, layer in enumerate(self.stack):
            if layer.back > place:
                raise NetworkError(
                    "Layer {layer} skips {count} layers, and {own} stand before it.",
                    layer=place + 2,
                    count=layer.back,
                    own=place,
                )
            found.append(layer.shaped(found[-1], found[place - layer.back] if layer.back else None))
        return tuple(found)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """`sizes[l - 1]` is how many activations layer l has for an example: n_l, or c_l·y_l·x_l."""
        return tuple(math.prod(example) for example in self.examples)

    def dim(self, layer: int) -> Dim:
        """The number of a layer's neurons, of images that of the channels, with its name: n2 = 30."""
        size = features(sizes_of(layer, self.examples[layer - 1]))
        assert isinstance(size, Dim)
        return size

    def batch(self, layer: int, m: int) -> Shape:
        """The shape of a layer's activations for m examples, with the names of the sizes: n2 × m."""
        return batch_of(sizes_of(layer, self.examples[layer - 1]), m if isinstance(m, Dim) else Dim("m", m))

    def inputs(self, rows: Array) -> Array:
        """Examples of the input, one per row, as the programs take them."""
        batch: Array = batch_from(rows, self.input)
        return batch

    @property
    def vocabulary(self) -> int | None:
        """How many tokens there are, if the first layer takes their numbers."""
        found: int | None = self.stack[0].keywords.get("vocabulary")
        return found

    @property
    def columns(self) -> bool:
        """Whether the examples of all layers are columns."""
        return all(len(example) == 1 for example in self.examples)

    def titles(self, language: str) -> list[str]:
        """The layers from the input on: their sizes, and what those that are not fully connected are called in a language, or in
        messages that can be translated.
        """
        first, *others = map(count_text, self.examples)
        pairs = zip(others, self.stack, strict=True)
        return [
            first,
            *(size if each.normalization else message("{size} {layer}", size=size, layer=each.called(language))
              for size, each in pairs),
        ]  # fmt: skip

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
            self.dim(number)
            if layer.normalization == "none" or (layer.normalization and layer is not self.stack[-1])
            else layer
            for number, layer in zip(self.layers, self.stack, strict=True)
        ]
        given: dict[str, Any] = {
            "input": self.input,
            "activation": self.activations[:-1], "output": self.activations[-1], "cost": self.cost,
            "normalization": self.normalizations or "none", "dropout": self.dropouts or 0.0,
        }  # fmt: skip
        sizes = tuple(changes.pop("layers", self.sizes))
        if sizes != self.sizes:
            if not (self.dense and self.columns):
                raise NetworkError("Layers that are not fully connected cannot be given other sizes.")
            layers, given["input"] = sizes, None
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
            for parameter in layer.bound(number, *self.examples[number - 2 : number])
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
        """The names of the parameters that a gradient changes, unless they are frozen: all but running means and variances."""
        return tuple(each.name for each in self.parameters if each.meaning.learned)

    @cached_property
    def trained(self) -> tuple[str, ...]:
        """The names of the parameters that a gradient changes."""
        return tuple(name for name in self.learned if name not in self.frozen)

    @cached_property
    def running(self) -> tuple[str, ...]:
        """The names of the running means and variances that training measures in its batches."""
        return tuple(name for name in self.shapes if name not in self.learned and name not in self.frozen)

    def freezing(self, given: Any) -> Architecture:
        """The architecture of which training leaves some parameters as they are.

        Args:
            given: The number of a layer, the names of parameters in a text, or several of these in a list.

        Returns:
            The architecture.

        Raises:
            NetworkError: There is no such layer or parameter, or nothing would be left to learn.

        Examples:
            >>> stacked([4, 3, 2]).freezing([2, "b3"]).trained
            ('w3',)
        """
        found: set[str] = set()
        for each in given if isinstance(given, Iterable) and not isinstance(given, str) else [given]:
            names = [name.strip() for name in each.split(",")] if isinstance(each, str) else []
            if _is_whole(each):
                names = [parameter.name for parameter in self.of_layer(int(each))]
            if not names or not set(names) <= set(self.shapes):
                raise NetworkError(
                    "freeze names {each!r}; give the number of a layer that has parameters, {layers}, or names of them, {names}.",
                    each=each,
                    layers=listed(sorted({parameter.layer for parameter in self.parameters})),
                    names=listed(self.shapes),
                )
            found |= set(names)
        made = replace(self, frozen=tuple(name for name in self.shapes if name in found))
        if not made.trained:
            raise NetworkError("freeze names all that is learned; leave something out.")
        return made

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
        return float(np.sum(weights * self._costs(a, y)))

    def _costs(self, a: Array, y: Array) -> Array:
        """The cost of each example, of so many at once that few programs are traced."""
        rows, m = a.shape
        size = min(_COLUMNS, 1 << (m - 1).bit_length())
        costs = _each_traced(self.declared_cost.function, rows, size, (a.dtype, y.dtype))
        if costs is None:
            return np.array([self.declared_cost.function(a[:, [k]], y[:, [k]]) for k in range(m)])
        whole = [np.pad(each, ((0, 0), (0, -m % size)), "edge") for each in (a, y)]
        parts = [costs(*(each[:, k : k + size] for each in whole)) for k in range(0, m, size)]
        found: Array = np.concatenate(parts)[:m]
        return found


def each_cost(function: CostFunction, a: Array, y: Array) -> Array:
    """The cost of each example: a cost is a sum over them, and only its function knows of what.

    Args:
        function: The cost.
        a: Outputs, n_L × m.
        y: Desired outputs, n_L × m.

    Returns:
        m numbers.

    Examples:
        >>> each_cost(lambda a, y: np.sum((a - y) ** 2), np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]]))
        array([1., 4.])
    """
    found: Array = vmap(lambda a, y: function(a[:, np.newaxis], y[:, np.newaxis]), 1)(a, y)
    return found


@functools.lru_cache(maxsize=32)
def _each_traced(
    function: CostFunction, rows: int, m: int, dtypes: tuple[np.dtype[Any], np.dtype[Any]]
) -> Program | None:
    """`each_cost` as a program; `None` if the cost cannot be traced for a single example."""

    def costs(a: Array, y: Array) -> Array:
        return each_cost(function, a, y)

    try:
        return simplify(trace(costs, [Spec((rows, m), dtype) for dtype in dtypes], loops=False), "fast")
    except ChainruleError:
        return None


def stacked(
    layers: Sequence[Part],
    activation: str | ActivationFunction | Sequence[str | ActivationFunction] = "sigmoid",
    output: str | ActivationFunction | None = None,
    cost: str | CostFunction = "quadratic",
    normalization: str | Sequence[str] = "none",
    dropout: float | Sequence[float] = 0.0,
    input: int | Sequence[int] | None = None,
) -> Architecture:
    """The architecture of layers, from the input to the output; a whole number is a fully connected layer of that size.

    The first number is the size of the input, unless `input` is given: its size, or the shape of an example. `activation`,
    `normalization` and `dropout` are those of the hidden layers, one for all or one for each; with one more, the first
    `dropout` is that of the input. `output` is the activation of the last layer, by default the one that goes with the cost.
    These arguments do not change a `Layer`, except that one whose activation is `None` has that of the network.

    Raises `NetworkError` if they do not make a network.

    >>> stacked([784, 30, 10]).parameter_count
    23860
    >>> stacked([784, 30, 10], "relu", cost="log-likelihood").activations
    ('relu', 'softmax')
    >>> stacked([Dense(30, "tanh"), Dense(10)], input=784).activations
    ('tanh', 'sigmoid')
    """
    if (
        isinstance(layers, str)
        or not isinstance(layers, Iterable)
        or not all(isinstance(n, (Layer, Dropout, Residual)) or _is_whole(n) for n in layers)
    ):
        raise NetworkError(
            "The layers are {sizes!r}; they must be whole numbers, from the input to the output: [784, 30, 10].",
            sizes=layers,
        )
    example, parts = _input(list(layers), input)
    (_, input_share), *given = unfolded([0, *parts])
    if not given:
        raise NetworkError(
            "The layers are {sizes}; a network needs at least two, an input and an output layer: [784, 10].",
            sizes=list(layers),
        )
    for position, each in enumerate([*example[: len(example) == 1], *(layer for layer, _ in given)]):
        if not isinstance(each, Layer) and each < 1:
            raise NetworkError(
                "Layer {layer} has {size} neurons; every layer needs at least 1.", layer=position + 1, size=each
            )
    hidden = len(given) - 1
    activations = _for_each(hidden, _one_or_each(hidden, activation), "activations")
    normalizations = _for_each(hidden, _one_or_each(hidden, normalization), "normalizations")
    dropouts = _one_or_each(hidden, dropout)
    dropouts = tuple(float(share) if isinstance(share, np.floating) else share for share in dropouts)
    if len(dropouts) != hidden + 1:
        dropouts = (0.0, *_for_each(hidden, dropouts, "dropouts"))
    if output is None:
        output = COSTS[cost].output if isinstance(cost, str) and cost in COSTS else Cost.output
    rest = zip(given, (*activations, output), (*normalizations, "none"), (*dropouts[1:], 0.0), strict=True)
    stack = tuple(_layer(*layer, *each) for layer, *each in rest)
    return checked(Architecture(example, stack, cost, input_share or dropouts[0]))


def _input(parts: list[Part], input: Any) -> tuple[Example, list[Part]]:
    """The shape of an example of the input, and the layers behind it."""
    if input is None:
        if parts and isinstance(parts[0], Layer | Dropout | Residual):
            raise NetworkError("The first layer is no number; say how many inputs it has: input=784.")
        return tuple(map(int, parts[:1])), parts[1:]  # type: ignore[arg-type]  # a number, if there is one
    example = tuple(input) if isinstance(input, Sequence) and not isinstance(input, str) else (input,)
    if not 1 <= len(example) <= MOST_AXES or not all(_is_whole(each) and each > 0 for each in example):
        raise NetworkError(
            "input is {input!r}; it must be the shape of an example: 784, (1, 28, 28) for images of one channel, (28, 28) for "
            "sequences of 28 places.",
            input=input,
        )
    return tuple(map(int, example)), parts


def _is_whole(given: object) -> bool:
    return isinstance(given, (int, np.integer)) and type(given) is not bool


def _layer(given: int | Layer, share: float, activation: Any, normalization: Any, dropout: Any) -> Layer:
    """A layer with its activation, and the share of it that is dropped."""
    if isinstance(given, Layer):
        made = replace(given, activation=activation) if given.activation is None else given
        return replace(made, dropout=share) if share else made
    return Dense(int(given), activation, normalization, share or dropout)


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
    if architecture.input_dropout and architecture.vocabulary:
        raise NetworkError(
            "The inputs are numbers of tokens, of which none can be dropped; put Dropout behind the embedding."
        )
    if any("vocabulary" in layer.keywords for layer in architecture.stack[1:]):
        raise NetworkError("A layer that takes the numbers of tokens, such as Embedding, must be the first.")
    for example, layer in zip(architecture.examples[1:], architecture.stack, strict=True):
        if len(example) > 1 and not layer.applied.elementwise:
            raise NetworkError(
                "The activation {name!r} takes columns, and {layer} gives {given} of each example; put Flatten() before it.",
                name=layer.activation,
                layer=layer.name,
                given=count_text(example),
            )
    if len(architecture.examples[-1]) > 1:
        raise NetworkError(
            "The last layer gives {given} of each example, where an answer is a column; put Flatten() and Dense(10) behind it.",
            given=count_text(architecture.examples[-1]),
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
    _require_variable(architecture)
    return architecture


def _require_variable(architecture: Architecture) -> None:
    """Refuse softmax in a layer of one neuron, whose activation would be 1 whatever comes in."""
    for number, size, layer in zip(architecture.layers, architecture.sizes[1:], architecture.stack, strict=True):
        if size > 1 or layer.applied.function is not ACTIVATIONS["softmax"].function:
            continue
        if layer is not architecture.stack[-1]:
            raise NetworkError(
                "The softmax of one neuron is always 1, so layer {layer} would pass nothing on; give it another activation, "
                "such as 'sigmoid', or more neurons.",
                layer=number,
            )
        raise NetworkError(
            "The softmax of one output is always 1, so the network could learn nothing; take cost='cross-entropy', whose "
            "output is sigmoid, or an output for each class."
            if architecture.declared_cost.output == "softmax"
            else "The softmax of one output is always 1, so the network could learn nothing; take output='sigmoid', or an output "
            "for each class."
        )


def begun(architecture: Architecture, initializer: str, random: np.random.Generator, dtype: str) -> list[Array]:
    """The initial parameters of a network."""
    chosen = INITIALIZERS[initializer]
    return [
        np.ascontiguousarray(each.begun(chosen, random, architecture.layer(each.layer).applied), dtype)
        for each in architecture.parameters
    ]
