"""Layers and their parameters. The role of a parameter decides how training, files and diagnosis treat it.

A layer computes weighted inputs z from the activations of the layer before, and its activation a from z; columns are
examples. Any function in plain NumPy and its parameters make a layer; a fully connected one is the usual case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.dims import Dim, shape_text
from ..core.errors import ChainruleError
from ..core.messages import Message
from ..core.nouns import Array
from ..core.tracing import Spec, trace
from .activations import Activation, ActivationFunction, activation_of
from .initializers import Initializer
from .kinds import LAYERS, NORMALIZATIONS


class NetworkError(ChainruleError, ValueError):
    """A network that is not valid."""


@dataclass(frozen=True)
class Role:
    """What a role means: whether a gradient changes the parameter; whether large numbers in it are penalized and bounded, as
    in weights; its initial value, if the initializer does not draw it; and the least number that it may hold."""

    learned: bool = True
    decayed: bool = False
    start: float | None = None
    least: float = -math.inf


ROLES: dict[str, Role] = {
    "weight": Role(decayed=True),
    "bias": Role(),
    "scale": Role(start=1.0),
    "shift": Role(start=0.0),
    "running mean": Role(learned=False, start=0.0),
    "running variance": Role(learned=False, start=1.0, least=0.0),
}


@dataclass(frozen=True)
class Parameter:
    """An array that a layer computes with.

    Args:
        name: a letter or word, `"w"`; in a network it is followed by the number of the layer, `w2`.
        shape: Its sizes: numbers, `"n_in"` for the size of the layer before, `"n_out"` for that of its own layer.
        role: `"weight"`, `"bias"`, `"scale"`, `"shift"`, `"running mean"` or `"running variance"`.
        layer: The layer that it belongs to; 0 until it is part of a network.

    Raises:
        NetworkError: The name cannot be that of a symbol, or there is no such role.

    Examples:
        >>> Parameter("v", (30, "n_in"), "weight")
        Parameter(name='v', shape=(30, 'n_in'), role='weight', layer=0)
    """

    name: str
    shape: tuple[int | str, ...]
    role: str = "weight"
    layer: int = 0

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise NetworkError(
                "There is no role {role!r}; choose one of {roles}.", role=self.role, roles=", ".join(ROLES)
            )
        if not self.layer and (not self.name.isidentifier() or self.name[-1].isdigit() or self.name in TAKEN):
            raise NetworkError(
                "A parameter cannot be called {name!r}; give it a name of letters that is none of {taken}, since the number "
                "of its layer stands behind it.",
                name=self.name,
                taken=", ".join(sorted(TAKEN)),
            )
        object.__setattr__(self, "shape", tuple(self.shape))

    @property
    def meaning(self) -> Role:
        """The meaning of its role."""
        return ROLES[self.role]

    def begun(self, initializer: Initializer, random: np.random.Generator, activation: Activation) -> Array:
        """Its initial value."""
        shape = tuple(map(int, self.shape))
        if self.meaning.start is not None:
            return np.full(shape, self.meaning.start)
        drawn: Array = (initializer.weight if self.meaning.decayed else initializer.bias)(random, shape, activation)
        return drawn


TAKEN = frozenset({"a", "z", "d", "δ", "keep", "number"})
"""Names that networks use for their own symbols."""


@dataclass(frozen=True)
class Layer:
    """A layer of a network: a function in plain NumPy, its parameters, and the activation that follows.

    Args:
        function: Takes the activations of the layer before (n_in × m) and the parameters, in their order, and returns z
            (n_out × m). If some parameters are running moments, it returns z and these moments: those that it is given, or
            those of the batch if they are `None`, as in training.
        parameters: Its parameters.
        activation: a name in `network.activations`, or a function of z; `None` is that of the network.
        dropout: The share of its activations that is dropped in training.
        size: The number of neurons; `None` is as many as the function returns.
        words: What the layer is called, by language: `{"en": "gated", "zh": "门控"}`; by default, the function's name.

    Raises:
        NetworkError: The arguments do not make a layer.

    Examples:
        >>> def gated(a, w, v, b):
        ...     return (w @ a) * np.tanh(v @ a) + b
        >>> layer = Layer(gated, [Parameter(*each) for each in (
        ...     ("w", (30, "n_in"), "weight"), ("v", (30, "n_in"), "weight"), ("b", (30, 1), "bias"))], "relu")
        >>> layer.sized(784)
        30
    """

    function: Callable[..., Any]
    parameters: Sequence[Parameter] = ()
    activation: str | ActivationFunction | None = "linear"
    dropout: float = 0.0
    size: int | None = None
    words: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        """One line: what it computes, with which parameters."""
        names = ", ".join(each.name for each in self.parameters)
        size = f"{self.size} neurons, " if self.size else ""
        return f"<Layer {self.name}: {size}parameters {names}, activation {self.activation!r}>"

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise NetworkError(
                "A layer's function is {function!r}; it must be a function in plain NumPy.", function=self.function
            )
        parameters = tuple(self.parameters)
        if not all(isinstance(each, Parameter) for each in parameters):
            raise NetworkError(
                "The parameters of a layer are {parameters!r}; give a list of Parameter(…).", parameters=self.parameters
            )
        if len({each.name for each in parameters}) < len(parameters):
            raise NetworkError(
                "The parameters of a layer are called {names}; each needs a name of its own.",
                names=", ".join(each.name for each in parameters),
            )
        object.__setattr__(self, "parameters", parameters)

    @property
    def kind(self) -> str:
        """The name of its kind in `network.kinds.LAYERS`; `""` for a layer of the user's own."""
        return next((name for name, each in LAYERS.items() if each.function is self.function), "")

    @property
    def normalization(self) -> str:
        """The normalization of a fully connected layer: `"none"`, `"batch"`, `"layer"`; `""` for a layer of another kind."""
        kind = self.kind
        return kind if kind and LAYERS[kind].dense else ""

    @property
    def within(self) -> Mapping[str, Message]:
        """What its kind says of what it computes on its way; nothing for a layer of the user's own."""
        kind = self.kind
        return LAYERS[kind].within if kind else {}

    @property
    def pairs(self) -> bool:
        """Whether it needs at least two examples, since the variance of one is 0."""
        return any(not each.meaning.learned for each in self.parameters)

    @property
    def applied(self) -> Activation:
        """The declaration of its activation."""
        assert self.activation is not None
        return activation_of(self.activation)

    @property
    def name(self) -> str:
        """The name of its function."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    def called(self, language: str) -> str:
        """What it is called in a language: in its own words, else as its function."""
        return self.words.get(language) or self.words.get("en") or self.name

    def sized(self, n_in: int) -> int:
        """The number of neurons behind a layer of n_in; if `size` does not say it, it is found by tracing the function.

        Raises `NetworkError` if the function does not fit, or does not return a matrix of n_out × m.
        """
        if self.size is not None:
            return self.size
        m = n_in + 1  # unlike any other size
        shapes = [self._plain(each, n_in) for each in self.parameters]

        def forward(a: Array, *parameters: Array) -> Any:
            return self.weighted_input(a, parameters)[0]

        try:
            found = trace(forward, [Spec((n_in, m)), *map(Spec, shapes)], naming=False).outputs[0].shape
        except ChainruleError as error:
            raise NetworkError(
                "The layer {layer} does not fit {count} inputs.\n{error}", layer=self.name, count=n_in, error=error
            ) from error
        if len(found) != 2 or found[1] != m:
            raise NetworkError(
                "The layer {layer} gives {found} of {given}; it must give its neurons × the examples, which are the columns.",
                layer=self.name,
                found=shape_text(found),
                given=shape_text((n_in, m)),
            )
        return int(found[0])

    def weighted_input(self, a: Array, parameters: Sequence[Array | None]) -> tuple[Any, tuple[Any, ...]]:
        """z, and its running moments, in their order."""
        found = self.function(a, *parameters)
        return (found[0], tuple(found[1:])) if self.pairs else (found, ())

    def bound(self, number: int, n_in: Dim, n_out: Dim) -> tuple[Parameter, ...]:
        """Its parameters, named and sized as those of layer l: `w2`, n2 × n1."""
        named: dict[int | str, Dim] = {"n_in": n_in, "n_out": n_out, **({int(n_out): n_out} if n_out > 1 else {})}
        return tuple(
            replace(
                each,
                name=f"{each.name}{number}",
                shape=tuple(named.get(size, size) for size in each.shape),
                layer=number,
            )
            for each in self.parameters
        )

    def _plain(self, parameter: Parameter, n_in: int) -> tuple[int, ...]:
        if "n_out" in parameter.shape:
            raise NetworkError(
                "A layer with a parameter of n_out rows must say how many they are: Layer({layer}, …, size=30).",
                layer=self.name,
            )
        return tuple(n_in if size == "n_in" else int(size) for size in parameter.shape)


def Dense(
    neurons: int,
    activation: str | ActivationFunction | None = None,
    normalization: str = "none",
    dropout: float = 0.0,
) -> Layer:
    """A fully connected layer: z = w a + b.

    Args:
        neurons: The number of neurons.
        activation: a name in `network.activations`, or a function of z; `None` is that of the network.
        normalization: `"none"`, `"batch"` or `"layer"`.
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


def of_kind(kind: str, neurons: int, activation: str | ActivationFunction | None = None, dropout: float = 0.0) -> Layer:
    """A layer of a kind in `network.kinds.LAYERS`.

    Args:
        kind: Its name in the table.
        neurons: The number of neurons.
        activation: a name in `network.activations`, or a function of z; `None` is that of the network.
        dropout: The share of its activations that is dropped in training.

    Returns:
        The layer.
    """
    chosen = LAYERS[kind]
    parameters = [Parameter(*each) for each in chosen.parameters]
    return Layer(chosen.function, parameters, activation, dropout, neurons, chosen.words)
