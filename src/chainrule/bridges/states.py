"""Weights of PyTorch in a network of ours: its `state_dict`, module by module, and the layers that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.messages import listed
from ..core.nouns import Array
from ..model import Network
from ..network.layers import Layer, NetworkError
from ..network.makers import Part


def from_torch(state_dict: Mapping[str, Any], layers: Sequence[Part], **settings: Any) -> Network:
    """A network with the weights of one of PyTorch's, and its answers; PyTorch need not be installed.

    Layers with parameters take the modules of the state in their order: Linear, Conv2d, BatchNorm (with ε = 10⁻⁵, as by default),
    LayerNorm, RMSNorm, Embedding, RNN and LSTM. What has no parameters, such as pooling, is not in a state: its place is in
    `layers`.

    Args:
        state_dict: `model.state_dict()`, or NumPy arrays under its names.
        layers: The layers, as `Network` takes them.
        settings: Other arguments of `Network`: `input`, `activation`, `output`, `cost`. Inputs are not scaled by default, since
            PyTorch's are not.

    Returns:
        The network, in float64 if the weights are.

    Raises:
        NetworkError: The layers and the state do not fit each other; the message names the module.

    Examples:
        >>> state = {"0.weight": np.eye(3, 2), "0.bias": np.zeros(3), "2.weight": np.ones((1, 3)), "2.bias": np.ones(1)}
        >>> net = from_torch(state, [2, 3, 1], activation="relu", cost="mean-squared-error")
        >>> net([5.0, -1.0])
        array([6.])
    """
    modules = _modules(state_dict)
    wide = any(array.dtype == np.float64 for module in modules for array in module.arrays.values())
    net = Network(layers, **{"scale": "none", "dtype": "float64" if wide else "float32", **settings})
    left = iter(modules)
    own = dict(zip((each.name for each in net.architecture.parameters), net.parameters, strict=True))
    for number, layer in zip(net.architecture.layers, net.architecture.stack, strict=True):
        if not layer.parameters:
            continue
        if layer.kind not in _READERS:
            raise NetworkError(
                "Layer {number}, {layer}, has no module in PyTorch that it could be read from.",
                number=number,
                layer=layer.name,
            )
        place = _Place(number, layer, left, {each.name: own[f"{each.name}{number}"] for each in layer.parameters})
        _READERS[layer.kind](place)
    more = next(left, None)
    if more is not None:
        raise NetworkError(
            "The state goes on with {module}, and no layer is left for it; add it to the layers.", module=more.name
        )
    return net


@dataclass
class _Module:
    """A module of a state: its name, and its arrays by their names within it."""

    name: str
    arrays: dict[str, Array] = field(default_factory=dict)


def _modules(state: Any) -> list[_Module]:
    """The modules of a state, in its order. Raises `NetworkError` if it is none."""
    if not isinstance(state, Mapping) or not state:
        raise NetworkError("from_torch takes a state, model.state_dict(), not {kind}.", kind=type(state).__name__)
    made: dict[str, _Module] = {}
    for name, given in state.items():
        module, _, leaf = str(name).rpartition(".")
        if leaf == "num_batches_tracked":  # no answer depends on it
            continue
        numbers = given.detach().cpu() if hasattr(given, "detach") else given
        array = (
            numbers.double().numpy() if str(getattr(numbers, "dtype", "")) == "torch.bfloat16" else np.asarray(numbers)
        )
        made.setdefault(module, _Module(module or "the module")).arrays[leaf] = array
    return list(made.values())


@dataclass
class _Place:
    """A layer that reads its parameters from the modules that are left."""

    number: int
    layer: Layer
    left: Iterator[_Module]
    own: Mapping[str, Array]

    def module(self, *needed: str, may: Sequence[str] = ()) -> _Module:
        """The next module, which has the arrays that are needed, perhaps others, and no more."""
        found = next(self.left, None)
        if found is None:
            raise NetworkError(
                "The state has no module for layer {number}, {layer}.", number=self.number, layer=self.layer.name
            )
        names = set(found.arrays)
        if not set(needed) <= names <= {*needed, *may}:
            raise NetworkError(
                "{module} has {names}, and layer {number}, {layer}, takes {needed}.",
                module=found.name,
                names=listed(found.arrays),
                number=self.number,
                layer=self.layer.name,
                needed=listed([*needed, *may]),
            )
        return found

    def put(self, module: _Module, **names: str) -> None:
        """Copy arrays of a module into parameters; what the module lacks stays as `zeroed` left it."""
        for parameter, name in names.items():
            own, given = self.own[parameter], module.arrays.get(name)
            if given is None:
                own[...] = 0 if parameter in ("b", "beta") else 1
                continue
            if given.size != own.size or (own.shape != given.shape and given.ndim != 1):
                raise NetworkError(
                    "{array} of {module} is {given}, and layer {number}, {layer}, takes {taken}.",
                    array=name,
                    module=module.name,
                    given=shape_text(given.shape),
                    number=self.number,
                    layer=self.layer.name,
                    taken=shape_text(own.shape),
                )
            own[...] = given.reshape(own.shape)


def _weighted(place: _Place) -> None:
    """Fully connected layers, convolutions."""
    place.put(place.module("weight", may=["bias"]), w="weight", b="bias")


_RUNNING = {"mean": "running_mean", "variance": "running_var"}


def _batch_normalized(place: _Place) -> None:
    """A fully connected layer and its normalization, which takes the bias of the first away again: μ counts without it."""
    first = place.module("weight", may=["bias"])
    place.put(first, w="weight")
    place.put(place.module(*_RUNNING.values(), may=["weight", "bias"]), gamma="weight", b="bias", **_RUNNING)
    if "bias" in first.arrays:
        place.own["mean"][...] -= first.arrays["bias"].reshape(-1, 1)


def _layer_normalized(place: _Place) -> None:
    first = place.module("weight", may=["bias"])
    if np.any(first.arrays.get("bias", 0)):
        raise NetworkError(
            "{module} has a bias before the normalization of layer {number}, whose weighted sum has none; take Dense and "
            "LayerNorm() as two layers.",
            module=first.name,
            number=place.number,
        )
    place.put(first, w="weight")
    place.put(place.module(may=["weight", "bias"]), gamma="weight", b="bias")


def _recurrent(place: _Place) -> None:
    """One layer in one direction, whose two biases are one here."""
    biases = ["bias_ih_l0", "bias_hh_l0"]
    module = place.module("weight_ih_l0", "weight_hh_l0", may=biases)
    both = [module.arrays.pop(name) for name in biases if name in module.arrays]
    if both:
        module.arrays["both biases"] = np.sum(both, axis=0)
    place.put(module, w="weight_ih_l0", u="weight_hh_l0", b="both biases")


def _embedded(place: _Place) -> None:
    place.put(place.module("weight"), w="weight")
    if "p" in place.own:
        place.put(place.module("weight"), p="weight")


def _normalizing(*needed: str, **names: str) -> Callable[[_Place], None]:
    return lambda place: place.put(place.module(*needed, may=["weight", "bias"]), gamma="weight", **names)


_READERS: dict[str, Callable[[_Place], None]] = {
    "none": _weighted,
    "convolution": _weighted,
    "batch": _batch_normalized,
    "layer": _layer_normalized,
    "batch normalization": _normalizing(*_RUNNING.values(), beta="bias", **_RUNNING),
    "layer normalization": _normalizing(beta="bias"),
    "root-mean-square normalization": lambda place: place.put(place.module(may=["weight"]), gamma="weight"),
    "embedding": _embedded,
    "recurrent": _recurrent,
}
"""What reads the parameters of each kind of layer."""
