"""The layers of the package in plain NumPy, and their table `LAYERS`.

In a fully connected layer z = w a + b, or with s = w a normalized to mean 0 and variance 1, z = γ ⊙ u + b, where u is the
normalized s; γ and b are what papers call γ and β. `batch` takes mean and variance of each neuron over the examples,
`layer` of each example over the neurons. As layers of their own, they normalize what the layer before gives.

How batches lie, says `batches.py`. A parameter with one number per neuron or channel lies as they do: n × 1 for columns,
1 × 1 × n for sequences, 1 × c × 1 × 1 for images.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ..calculus import name
from ..core.messages import Message, message
from ..core.nouns import Array
from .sequences import attended, embedded, recurrent
from .windows import Pair, averaged, convolved, largest

EPSILON = 1e-5  # keeps a variance of 0 from dividing by 0
MEMORY = 0.9  # how much of the running mean and variance a step keeps


def moments(s: Array, axis: int | tuple[int, ...]) -> tuple[Array, Array]:
    """The mean and variance of s over axes, which are kept with size 1.

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


_PLACES: dict[int, int | tuple[int, ...]] = {
    2: 1,
    3: (0, 1),
    4: (0, 2, 3),
}  # the axes of a batch but that of neurons or channels
_OWN: dict[int, int | tuple[int, ...]] = {
    2: 0,
    3: 2,
    4: (1, 2, 3),
}  # those over which an example, or a place in a sequence, is normalized by itself


# ---- fully connected -------------------------------------------------------------------------------------------------------


def affine(a: Array, w: Array, b: Array) -> Array:
    """z = w a + b: the article's second step; at each place of a sequence, whose neurons lie in rows, a wᵀ + b."""
    return w @ a + b if a.ndim == 2 else a @ w.T + b


def batch_normalized(
    a: Array, w: Array, b: Array, gamma: Array, mean: Array | None = None, variance: Array | None = None
) -> tuple[Array, Array, Array]:
    """z, and the mean and variance of each neuron: those given, or in training those of the batch."""
    return batch_normalization(name("s", w @ a), gamma, b, mean, variance)


def layer_normalized(a: Array, w: Array, b: Array, gamma: Array) -> Array:
    """z, normalized by mean and variance of each example over the neurons."""
    return layer_normalization(name("s", w @ a), gamma, b)


# ---- normalizations by themselves ------------------------------------------------------------------------------------------


def batch_normalization(
    a: Array, gamma: Array, beta: Array, mean: Array | None = None, variance: Array | None = None
) -> tuple[Array, Array, Array]:
    """γ ⊙ u + β with u the normalized a, and the mean and variance of each neuron or channel: those given, or in training
    those of the batch, over all examples and places.
    """
    if mean is None or variance is None:
        mean, variance = moments(a, _PLACES[a.ndim])
    u = name("u", standardized(a, mean, variance))
    return gamma * u + beta, mean, variance


def layer_normalization(a: Array, gamma: Array, beta: Array) -> Array:
    """γ ⊙ u + β with u the normalized a: each example by its own mean and variance; in sequences each place by its own."""
    mean, variance = moments(a, _OWN[a.ndim])
    u = name("u", standardized(a, name("mean", mean), name("variance", variance)))
    return gamma * u + beta


def root_mean_square_normalization(a: Array, gamma: Array) -> Array:
    """γ ⊙ a / √(mean of a² + ε) of each example, or of each place in a sequence: Zhang and Sennrich (2019)."""
    u: Array = name("u", a / np.sqrt(np.mean(a**2, axis=_OWN[a.ndim], keepdims=True) + EPSILON))
    return gamma * u


# ---- between layers --------------------------------------------------------------------------------------------------------


def flattened(a: Array) -> Array:
    """Images or sequences, m × c × y × x, as columns, c·y·x × m."""
    return a.reshape(a.shape[0], -1).T


def added(a: Array, skipped: Array) -> Array:
    """What the layers between make of their input, added to that input: He, Zhang, Ren and Sun (2016)."""
    return a + skipped


# ---- the table -------------------------------------------------------------------------------------------------------------

Parameters: TypeAlias = tuple[tuple[str, tuple[int | str, ...], str], ...]
"""The name, shape and role of each."""


@dataclass(frozen=True)
class Kind:
    """A kind of layer: its function, and its parameters, which may depend on the function's options.

    In a fully connected layer (`dense`), each neuron is a weighted sum of activations, perhaps normalized; the name of the
    kind is then that of the normalization. `axes` are the numbers of axes that an example before it may have. `title` is
    what layers of this kind are called; `within` says of what the function computes on its way, by the name
    that it gives it there, what it is; `maker` is the function in `makers.py` with which users make one, and `activated` says
    that it then has the activation of the network, and `sized` the name of the argument with the number of neurons, if it is not
    the first.
    """

    function: Callable[..., Any]
    parameters: Parameters | Callable[..., Parameters] = ()
    dense: bool = False
    title: str = ""
    within: Mapping[str, Message] = field(default_factory=dict)
    axes: tuple[int, ...] = (1,)
    maker: str = ""
    activated: bool = False
    sized: str = ""


def fully_connected(
    function: Callable[..., Any],
    within: Mapping[str, Message] | None = None,
    *,
    axes: tuple[int, ...] = (1,),
    **others: str,
) -> Kind:
    """A fully connected kind of layer; `others` are the roles of the parameters, one number per neuron, beside w and b."""
    columns = {"b": "bias", **others}.items()
    weights = ("w", ("n_out", "n_in"), "weight")
    parameters = (weights, *((name, ("n_out", "beside"), role) for name, role in columns))
    return Kind(function, parameters, True, within=within or {}, axes=axes, maker="Dense", activated=True)


def _normalizing(
    function: Callable[..., Any], maker: str, title: str, within: Mapping[str, Message], roles: Mapping[str, str]
) -> Kind:
    parameters = tuple((name, ("n_in", "beside"), role) for name, role in roles.items())
    return Kind(function, parameters, title=title, within=within, axes=(1, 2, 3), maker=maker)


def _kernels(*, kernel: Pair, stride: Pair, padding: Pair, groups: int) -> Parameters:
    """The parameters of a convolution."""
    _require(kernel=kernel, stride=stride)
    if not (type(groups) is int and groups > 0 and all(type(each) is int and each >= 0 for each in padding)):
        raise ValueError(f"padding {padding!r} and groups {groups!r} are not whole numbers")
    channels = "n_in" if groups == 1 else f"n_in/{groups}"
    return ("w", ("n_out", channels, *kernel), "weight"), ("b", ("n_out", "beside"), "bias")


def _no_parameters(*, size: Pair, stride: Pair, ties: str = "first") -> Parameters:
    _require(size=size, stride=stride)
    if ties not in ("first", "share"):
        raise ValueError(f"there are no ties {ties!r}")
    return ()


def _embedding(*, vocabulary: int, positions: bool = False) -> Parameters:
    _require_whole(vocabulary=vocabulary)
    places = (("p", ("n_in", "n_out"), "weight"),) if positions is True else ()
    return ("w", (vocabulary, "n_out"), "weight"), *places


def _attention(*, heads: int, causal: bool) -> Parameters:
    _require_whole(heads=heads)
    if type(causal) is not bool:
        raise ValueError(f"causal is {causal!r}")
    return tuple((each, ("n_in", "n_in"), "weight") for each in ("wq", "wk", "wv", "wo"))


def _recurrence(*, cell: str, whole: bool) -> Parameters:
    if cell not in ("simple", "lstm") or type(whole) is not bool:
        raise ValueError(f"cell is {cell!r}, whole {whole!r}")
    rows = "n_out" if cell == "simple" else "4*n_out"
    return ("w", (rows, "n_in"), "weight"), ("u", (rows, "n_out"), "weight"), ("b", (rows, 1), "bias")


def _require_whole(**numbers: int) -> None:
    for argument, number in numbers.items():
        if type(number) is not int or number < 1:
            raise ValueError(f"{argument} is {number!r}")


def _require(**pairs: Pair) -> None:
    """Raise `ValueError` for what is no pair of whole numbers from 1; `makers.py` says it in words."""
    for argument, pair in pairs.items():
        if len(pair) != 2 or not all(type(each) is int and each > 0 for each in pair):
            raise ValueError(f"{argument} is {pair!r}")


_STANDARDIZED = {"u": message("the same with mean 0 and variance 1")}
_SQUARED = {"u": message("the same with a root mean square of 1")}
_NORMALIZED = {"s": message("the weighted sum of layer {layer}, before it is normalized"), **_STANDARDIZED}
_MOMENTS = {"mean": message("its mean"), "variance": message("its variance")}
_EMBEDDED = {"tokens": message("the token at each place")}
_ATTENDED = {
    "q": message("queries: what each place looks for, by head"),
    "k": message("keys: what each place can be found by"),
    "v": message("values: what each place gives"),
    "products": message("how well the query of each place meets the key of each other"),
    "s": message("the same, divided by the root of the size of a key"),
    "masked": message("the same, but −∞ where a place comes later"),
    "p": message("how much each place takes from each, in shares of 1"),
    "mixed": message("what each place has taken, by head"),
    "taken": message("the same, the heads side by side"),
}
_RECURRENT = {
    "s": message("the weighted sum of what is read there and of the state before"),
    "h": message("the state, which is carried on"),
    "i": message("the gate that lets what is new in"),
    "f": message("the gate that lets what is old stay"),
    "g": message("what is new"),
    "o": message("the gate that lets the memory out"),
    "c": message("the memory: what stays of the old, and what comes in of the new"),
}
_IN_GROUPS = {"own": message("the kernels, in groups"), "apart": message("the windows, in groups")}
_SEEN = {"seen": message("the windows that are pooled")}
_RUNNING = {"gamma": "scale", "beta": "shift", "mean": "running mean", "variance": "running variance"}
LAYERS: dict[str, Kind] = {
    "none": fully_connected(affine, axes=(1, 2)),
    "batch": fully_connected(
        batch_normalized, _NORMALIZED, gamma="scale", mean="running mean", variance="running variance"
    ),
    "layer": fully_connected(layer_normalized, _NORMALIZED | _MOMENTS, gamma="scale"),
    "batch normalization": _normalizing(
        batch_normalization, "BatchNorm", message("batch normalization"), _STANDARDIZED, _RUNNING
    ),
    "layer normalization": _normalizing(
        layer_normalization,
        "LayerNorm",
        message("layer normalization"),
        _STANDARDIZED | _MOMENTS,
        {"gamma": "scale", "beta": "shift"},
    ),
    "root-mean-square normalization": _normalizing(
        root_mean_square_normalization,
        "RMSNorm",
        message("root-mean-square normalization"),
        _SQUARED,
        {"gamma": "scale"},
    ),
    "flattened": Kind(flattened, title=message("flattened"), axes=(2, 3), maker="Flatten"),
    "convolution": Kind(
        convolved, _kernels, title=message("convolution"), within=_IN_GROUPS, axes=(3,), maker="Conv", activated=True
    ),
    "largest": Kind(largest, _no_parameters, title=message("max pooling"), within=_SEEN, axes=(3,), maker="MaxPool"),
    "averaged": Kind(
        averaged, _no_parameters, title=message("average pooling"), within=_SEEN, axes=(3,), maker="AveragePool"
    ),
    "embedding": Kind(
        embedded, _embedding, title=message("embedding"), within=_EMBEDDED, maker="Embedding", sized="neurons"
    ),
    "attention": Kind(attended, _attention, title=message("attention"), within=_ATTENDED, axes=(2,), maker="Attention"),
    "recurrent": Kind(
        recurrent, _recurrence, title=message("recurrent"), within=_RECURRENT, axes=(2,), maker="Recurrent"
    ),
    "residual": Kind(added, title=message("residual"), axes=(1, 2, 3), maker="Residual"),
}

NORMALIZATIONS = tuple(name for name, kind in LAYERS.items() if kind.dense)
"""The names from which users choose a normalization."""
