"""Converts an architecture to plain JSON, as files store it, and back.

A user's function is stored by name only, and must be given when the file is read: nothing that a file names is ever looked
up or imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .architecture import Architecture, checked
from .kinds import LAYERS
from .layers import Dense, Layer, NetworkError, Parameter


class MissingFunctionError(NetworkError):
    """A network is made of a function of the user's own, called `name`, which was not given."""

    def __init__(self, template: str, /, *, name: str, **values: object):
        super().__init__(template, name=name, **values)
        self.name = name


def described(architecture: Architecture) -> dict[str, Any]:
    """The architecture as plain JSON. Raises `NetworkError` where a function of the user's own has no name to be kept by."""
    names: dict[str, object] = {}
    for function in architecture.own:
        name = getattr(function, "__name__", "")
        if not name.isidentifier():
            raise NetworkError(
                "A function of your own is kept by its name, and {function!r} has none; define it with def.",
                function=function,
            )
        if names.setdefault(name, function) is not function:
            raise NetworkError("Two functions of your own are called {name}; give each a name of its own.", name=name)

    def kept(function: Any) -> Any:
        return function if isinstance(function, str) else {"function": function.__name__}

    others = {
        str(number): {
            **({"kind": layer.kind} if layer.kind else {"function": layer.name}),
            "parameters": [[each.name, list(each.shape), each.role] for each in layer.parameters],
            "size": layer.size,
            "words": dict(layer.words),
        }
        for number, layer in zip(architecture.layers, architecture.stack, strict=True)
        if not layer.normalization
    }
    normalizations = [layer.normalization or "none" for layer in architecture.stack]
    if normalizations[-1] == "none":
        normalizations.pop()
    rest = {
        "normalizations": normalizations if any(each != "none" for each in normalizations) else [],
        "dropouts": list(architecture.dropouts), "layers": others,
    }  # fmt: skip
    return {
        "sizes": list(architecture.sizes), "activations": list(map(kept, architecture.activations)),
        "cost": kept(architecture.cost), **{name: each for name, each in rest.items() if each},
    }  # fmt: skip


def call_of(architecture: Architecture) -> dict[str, Any]:
    """The arguments of `Network` that make these layers: activation, cost, and those that differ from the defaults."""
    *hidden, output = architecture.activations
    dropouts = architecture.dropouts
    given = {
        "activation": _same(hidden),
        "output": None if output == architecture.declared_cost.output else output,
        "cost": architecture.cost,
        "normalization": _same(architecture.normalizations),
        "dropout": _same(dropouts if dropouts and dropouts[0] else dropouts[1:]),
    }
    return {name: value for name, value in given.items() if value not in (None, "none", 0.0)}


def _same(each: Sequence[Any]) -> Any:
    """The common value if all are the same, else the list; empty without values."""
    return None if not each else each[0] if all(one == each[0] for one in each) else list(each)


def layers_of(sizes: Sequence[int], given: Mapping[str, Any]) -> Architecture:
    """The layers that are described, with their parameters; the user's functions are not known yet.

    Raises `NetworkError` if the description is invalid.
    """
    found: dict[str, Layer] = {}
    normalizations, others = given.get("normalizations", []), given.get("layers") or {}
    try:
        for number, each in dict(others).items():
            parameters = [
                Parameter(str(name), tuple(map(_size, shape)), role) for name, shape, role in each["parameters"]
            ]
            size, words = sizes[int(number) - 1], {str(key): str(text) for key, text in each["words"].items()}
            function = LAYERS[each["kind"]].function if "kind" in each else _Named(str(each["function"]))
            found[number] = Layer(function, parameters, None, size=size, words=words)
        every = [*normalizations, *["none"] * (len(sizes) - 1 - len(normalizations))]
        pairs = enumerate(zip(sizes[1:], every, strict=True), start=2)
        stack = [found.get(str(number)) or Dense(size, None, normalization) for number, (size, normalization) in pairs]
    except NetworkError:
        raise
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise NetworkError(
            "The layers are described as {layers!r}, which makes no sense ({error}).",
            layers=others or normalizations,
            error=error,
        ) from error
    return Architecture(sizes[0], tuple(stack))


def read(given: Mapping[str, Any], sizes: Sequence[int], functions: Mapping[str, Callable[..., Any]]) -> Architecture:
    """The architecture that is described; `functions` are those of the user's own by name.

    Raises `NetworkError` for what describes none, and where a function is missing.
    """

    def function(kept: Any) -> Any:
        if callable(kept) and not isinstance(kept, _Named):
            return kept
        name = kept.name if isinstance(kept, _Named) else kept.get("function") if isinstance(kept, Mapping) else None
        if name is None:
            return str(kept)
        if name not in functions:
            raise MissingFunctionError(
                "{name} is a function of your own, which is not kept; give it: functions={{{name!r}: {name}}}.",
                name=name,
            )
        return functions[name]

    made = layers_of(sizes, given)
    activations, dropouts = given["activations"], given.get("dropouts") or [0.0] * (len(sizes) - 1)
    if len(activations) != len(made.stack):
        raise NetworkError(
            "There are {count} activations; the layers {sizes} have {wanted}, one for each but the input.",
            count=len(activations),
            sizes=list(sizes),
            wanted=len(made.stack),
        )

    def completed(number: int, layer: Layer, activation: Any, dropout: float) -> Layer:
        kept = (given.get("layers") or {}).get(str(number))
        size = layer.size if kept is None or kept.get("size") else None
        return replace(
            layer, function=function(layer.function), activation=function(activation), dropout=dropout, size=size
        )

    stack = map(completed, made.layers, made.stack, activations, [*dropouts[1:], 0.0])
    return checked(Architecture(made.inputs, tuple(stack), function(given["cost"]), dropouts[0]))


class _Named:
    """A placeholder for a function of which only the name is known."""

    def __init__(self, name: str):
        self.name = name

    def __call__(self, *arguments: Any) -> Any:
        """The function itself is not known."""
        raise NotImplementedError(self.name)


def _size(size: object) -> int | str:
    if isinstance(size, str) and size in ("n_in", "n_out"):
        return size
    if isinstance(size, int) and size > 0:
        return int(size)
    raise ValueError(f"{size!r} is no size")
