"""Layers and their parameters. The role of a parameter decides how training, files and diagnosis treat it.

A layer computes weighted inputs z from the activations of the layer before, and its activation a from z. Any function in
plain NumPy and its parameters make a layer; those of the package are made in `makers.py`. How a batch lies, says `batches.py`.
"""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.dims import Shape, shape_text
from ..core.errors import ChainruleError
from ..core.messages import Message, listed
from ..core.nouns import Array
from ..core.tracing import Spec, trace
from ..dimensions import count_text
from .activations import Activation, ActivationFunction, activation_of
from .batches import Example, batch_of, beside, example_in, features, sizes_of
from .initializers import Initializer
from .kinds import LAYERS


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
        shape: Its sizes: numbers, `"n_in"` for the neurons of the layer before, or the channels of images, `"n_out"` for
            those of its own layer, `"n_in/2"` for a half of them, `"4*n_out"` for four times as many. `("n_out", "beside")` is
            one number for each of them, which meets a batch: n_out × 1 for columns, 1 × n_out × 1 × 1 for images.
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
            raise NetworkError("There is no role {role!r}; choose one of {roles}.", role=self.role, roles=listed(ROLES))
        if not self.layer and (not self.name.isidentifier() or self.name[-1].isdigit() or self.name in TAKEN):
            raise NetworkError(
                "A parameter cannot be called {name!r}; give it a name of letters that is none of {taken}, since the number "
                "of its layer stands behind it.",
                name=self.name,
                taken=listed(sorted(TAKEN)),
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
        function: Takes the activations of the layer before (n_in × m, images m × c × y × x, sequences m × t × n) and the
            parameters, in their order, and returns z (n_out × m, or a batch of images or sequences). If some parameters are
            running moments, it returns z and these moments: those that it is given, or those of the batch if they are
            `None`, as in training.
        parameters: Its parameters.
        activation: a name in `network.activations`, or a function of z; `None` is that of the network.
        dropout: The share of its activations that is dropped in training.
        size: The number of neurons, of images or sequences the shape of one example; `None` is as the function returns.
        words: What the layer is called, by language: `{"en": "gated", "zh": "门控"}`; by default, the function's name.
        options: The keyword arguments of the function.
        back: The function also takes what the layer so many before was given, after the activations; 0 for none.

    Raises:
        NetworkError: The arguments do not make a layer.

    Examples:
        >>> def gated(a, w, v, b):
        ...     return (w @ a) * np.tanh(v @ a) + b
        >>> layer = Layer(gated, [Parameter(*each) for each in (
        ...     ("w", (30, "n_in"), "weight"), ("v", (30, "n_in"), "weight"), ("b", (30, 1), "bias"))], "relu")
        >>> layer.shaped((784,))
        (30,)
    """

    function: Callable[..., Any]
    parameters: Sequence[Parameter] = ()
    activation: str | ActivationFunction | None = "linear"
    dropout: float = 0.0
    size: int | Example | None = None
    words: Mapping[str, str] = field(default_factory=dict, compare=False)
    options: Mapping[str, Any] | tuple[tuple[str, Any], ...] = ()
    back: int = 0

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
                names=listed(each.name for each in parameters),
            )
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "options", tuple(sorted(self.keywords.items())))

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
        """The name of its function, or of what makes its kind."""
        kind = self.kind
        return (kind and LAYERS[kind].maker) or getattr(self.function, "__name__", type(self.function).__name__)

    @property
    def keywords(self) -> dict[str, Any]:
        """The keyword arguments of its function."""
        return dict(self.options)

    @property
    def call(self) -> str:
        """The call that makes it, but for its dropout and, where it skips layers, for these: what is not the default."""
        if not self.kind:
            return f"Layer({self.name})"
        kind = LAYERS[self.kind]
        usual = inspect.signature(self.function).parameters
        given = {name: value for name, value in self.keywords.items() if value != usual[name].default}
        if self.normalization not in ("", "none"):
            given["normalization"] = self.normalization
        if kind.activated or self.activation != "linear":
            given["activation"] = self.activation
        if kind.sized:
            given = {kind.sized: self.size, **given}
        first = ["…"] * bool(self.back) + [str(self.size)] * (self.size is not None and not kind.sized)
        return f"{self.name}({', '.join([*first, *(f'{name}={written(value)}' for name, value in given.items())])})"

    def called(self, language: str) -> str:
        """What it is called in a language: in its own words, as its kind, which can be translated, or as its function."""
        kind = self.kind
        title = LAYERS[kind].title if kind else ""
        return self.words.get(language) or self.words.get("en") or title or self.name

    def shaped(self, before: Example, skipped: Example | None = None) -> Example:
        """The shape of an example's activations, behind a layer with such examples; found by tracing the function, unless
        `size` says it. `skipped` is the shape of what the layer `back` before was given.

        Raises `NetworkError` if the function does not fit, or returns no batch.
        """
        if isinstance(self.size, tuple):
            return self.size
        kind = self.kind
        if kind and len(before) not in LAYERS[kind].axes:
            raise NetworkError(
                "The layer {layer} takes columns, and gets {given} of each example; put Flatten() before it."
                if LAYERS[kind].axes == (1,)
                else "The layer {layer} takes {wanted} of each example, and gets {given}.",
                layer=self.name,
                given=count_text(before),
                wanted=" / ".join(_FORMS[axes] for axes in LAYERS[kind].axes),
            )
        if self.size is not None and (not kind or self.normalization):
            return (*before[:-1], self.size) if kind else (self.size,)
        return _traced_shape(self, before, skipped)

    def weighted_input(
        self, a: Array, parameters: Sequence[Array | None], skipped: Array | None = None
    ) -> tuple[Any, tuple[Any, ...]]:
        """z, and its running moments, in their order."""
        before = [a, skipped] if self.back else [a]
        found = self.function(*before, *parameters, **self.keywords)
        return (found[0], tuple(found[1:])) if self.pairs else (found, ())

    def bound(self, number: int, before: Example, after: Example) -> tuple[Parameter, ...]:
        """Its parameters, named and sized as those of layer l: `w2`, n2 × n1."""
        n_in, n_out = features(sizes_of(number - 1, before)), features(sizes_of(number, after))
        own = (
            {int(n_out): n_out} if n_out > 1 and not self.kind else {}
        )  # where a user's layer has its size as a number

        def shaped(shape: tuple[int | str, ...]) -> Shape:
            named = [own.get(size, size) if isinstance(size, int) else size for size in shape]
            return _sized(named, before, n_in, n_out)

        return tuple(
            replace(each, name=f"{each.name}{number}", shape=shaped(each.shape), layer=number)
            for each in self.parameters
        )


_FORMS = {1: "n", 2: "t×n", 3: "c×y×x"}
SIZE = re.compile(r"([1-9][0-9]*\*)?n_(in|out)(/[1-9][0-9]*)?|beside")


def _sized(shape: Sequence[int | str], before: Example, n_in: int, n_out: int) -> Shape:
    """The shape of a parameter, of which all sizes are numbers now, named where those of the layers are."""
    sizes = tuple(size if isinstance(size, int) else _size(size, n_in, n_out) for size in shape if size != "beside")
    return beside(sizes[0], before) if "beside" in shape else sizes


def _size(size: str, n_in: int, n_out: int) -> int:
    """A size that is said by those of the layers."""
    by_more, _, rest = size.rpartition("*")
    whole, _, by = rest.partition("/")
    of = n_in if whole == "n_in" else n_out
    if by and of % int(by):
        raise NetworkError("The {size} neurons or channels cannot be divided into {groups} groups.", size=of, groups=by)
    of = of // int(by) if by else of
    return int(by_more) * of if by_more else of


@functools.lru_cache(maxsize=256)
def _traced_shape(layer: Layer, before: Example, skipped: Example | None) -> Example:
    m = max(before) + 1  # unlike any other size
    shapes = [_plain(layer, each, before) for each in layer.parameters]

    def forward(a: Array, *others: Array) -> Any:
        given = others[1:] if layer.back else others
        return layer.weighted_input(a, given, others[0] if layer.back else None)[0]

    batches = [batch_of(each, m) for each in (before, skipped) if each is not None]
    try:
        specs = [Spec(shape) for shape in (*batches, *shapes)]
        found = trace(forward, specs, naming=False, loops=False).outputs[0].shape
    except ChainruleError as error:
        raise NetworkError(
            "The layer {layer} does not fit {count} inputs.\n{error}",
            layer=layer.name,
            count=count_text(before),
            error=error,
        ) from error
    example = example_in(found, m)
    if example is not None and 0 in example:
        raise NetworkError(
            "The layer {layer} leaves nothing of {given}, which is smaller than its windows.",
            layer=layer.name,
            given=count_text(before),
        )
    if example is None or len(example) not in _FORMS:
        raise NetworkError(
            "The layer {layer} gives {found} of {given}; it must give its neurons × the examples, which are the columns.",
            layer=layer.name,
            found=shape_text(found),
            given=shape_text(batches[0]),
        )
    return example


def _plain(layer: Layer, parameter: Parameter, before: Example) -> Shape:
    if not isinstance(layer.size, int) and any(isinstance(each, str) and "n_out" in each for each in parameter.shape):
        raise NetworkError(
            "A layer with a parameter of n_out rows must say how many they are: Layer({layer}, …, size=30).",
            layer=layer.name,
        )
    return _sized(parameter.shape, before, features(before), layer.size if isinstance(layer.size, int) else 0)


def written(value: Any) -> str:
    """A value as Python source: a pair of equal numbers as one, a function by its name."""
    if isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]:
        return repr(value[0])
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return getattr(value, "__name__", "…") if callable(value) else repr(value)


def of_kind(
    kind: str,
    size: int | None = None,
    /,
    activation: str | ActivationFunction | None = None,
    dropout: float = 0.0,
    back: int = 0,
    **options: Any,
) -> Layer:
    """A layer of a kind in `network.kinds.LAYERS`.

    Args:
        kind: Its name in the table.
        size: The number of neurons, or of channels of images, if the kind has it.
        activation: a name in `network.activations`, or a function of z; `None` is that of the network.
        dropout: The share of its activations that is dropped in training.
        back: How many layers are skipped, where the kind adds what went into them.
        options: The options of the kind's function.

    Returns:
        The layer.
    """
    chosen = LAYERS[kind]
    made = chosen.parameters(**options) if callable(chosen.parameters) else chosen.parameters
    parameters = [Parameter(*each) for each in made]
    return Layer(chosen.function, parameters, activation, dropout, size, {}, options, back)
