"""Converts an architecture to plain JSON, as files store it, and back.

A user's function is stored by name only, and must be given when the file is read: nothing that a file names is ever looked
up or imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .architecture import Architecture, checked
from .batches import MOST_AXES, Example
from .layers import SIZE, Layer, NetworkError, Parameter, of_kind, written
from .makers import Dense


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
        str(number): _kept_layer(layer, architecture.examples[number - 1])
        for number, layer in zip(architecture.layers, architecture.stack, strict=True)
        if not layer.normalization or len(architecture.examples[number - 1]) > 1
    }
    normalizations = [layer.normalization or "none" for layer in architecture.stack]
    if normalizations[-1] == "none":
        normalizations.pop()
    rest = {
        "normalizations": normalizations if any(each != "none" for each in normalizations) else [],
        "dropouts": list(architecture.dropouts), "layers": others,
        "input": list(architecture.input) if len(architecture.input) > 1 else [],
    }  # fmt: skip
    return {
        "sizes": list(architecture.sizes), "activations": list(map(kept, architecture.activations)),
        "cost": kept(architecture.cost), **{name: each for name, each in rest.items() if each},
    }  # fmt: skip


def _kept_layer(layer: Layer, example: Example) -> dict[str, Any]:
    """What a file says of a layer: of one of the package how it is made, of one of the user's own all but its function."""
    options = {name: list(each) if isinstance(each, tuple) else each for name, each in layer.keywords.items()}
    rest = {name: each for name, each in (("back", layer.back), ("options", options)) if each}
    if layer.kind:
        return {"kind": layer.kind, **({"size": layer.size} if layer.size else {}), **rest}
    return {
        "function": layer.name,
        "parameters": [[each.name, list(each.shape), each.role] for each in layer.parameters],
        "size": layer.size if not isinstance(layer.size, tuple) else list(layer.size),
        "words": dict(layer.words),
        **({"example": list(example)} if len(example) > 1 else {}),
        **rest,
    }


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


def written_call(architecture: Architecture, own: Mapping[str, Any]) -> str:
    """The call that makes such a network: its layers, its activation and cost, and what else is not the default."""
    stack, given = architecture.stack, call_of(architecture)
    if architecture.dense and architecture.columns:
        layers = [*map(str, architecture.sizes)]
    else:
        written_so_far: list[tuple[str, int]] = []  # and how many layers each is
        for number, layer in zip(architecture.layers, stack, strict=True):
            text, inner, left = str(architecture.dim(number)), list[str](), layer.back
            if layer.normalization != "none":
                while left > 0:
                    within, count = written_so_far.pop()
                    inner, left = [within, *inner], left - count
                text = layer.call.replace("…", f"[{', '.join(inner)}]", 1)
            written_so_far.append((f"{text}, Dropout({layer.dropout:g})" if layer.dropout else text, 1 + layer.back))
        layers = [text for text, _ in written_so_far]
        dropped = [f"Dropout({architecture.input_dropout:g})"] if architecture.input_dropout else []
        column = [*map(str, architecture.input)] if len(architecture.input) == 1 else []
        layers = [*column, *dropped, *layers]
        numbers = {layer.activation for layer in stack[:-1] if layer.normalization == "none"}
        given = {name: given[name] for name in ("activation", "output", "cost") if name in given}
        if len(numbers) < 2:
            given.pop("activation", None)
            given = {**({"activation": next(iter(numbers))} if numbers else {}), **given}
        if not column:
            given = {"input": architecture.input, **given}
    parts = [f"[{', '.join(layers)}]", *(f"{name}={written(value)}" for name, value in {**given, **own}.items())]
    return f"Network({', '.join(parts)})"


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
            found[number] = _layer_of(each, sizes[int(number) - 1])
        every = [*normalizations, *["none"] * (len(sizes) - 1 - len(normalizations))]
        pairs = enumerate(zip(sizes[1:], every, strict=True), start=2)
        stack = [found.get(str(number)) or Dense(size, None, normalization) for number, (size, normalization) in pairs]
        made = Architecture(_example(given.get("input") or [sizes[0]]), tuple(stack))
        if made.sizes != tuple(sizes):
            raise ValueError(f"the sizes {list(made.sizes)} are not those of the file")
    except NetworkError:
        raise
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise NetworkError(
            "The layers are described as {layers!r}, which makes no sense ({error}).",
            layers=others or normalizations,
            error=error,
        ) from error
    return made


def _layer_of(given: Mapping[str, Any], size: int) -> Layer:
    """A layer that is described; of a function of the user's own, a placeholder."""
    options: dict[str, Any] = {
        str(name): tuple(each) if isinstance(each, list) else each for name, each in given.get("options", {}).items()
    }
    back = given.get("back", 0)
    if type(back) is not int or back < 0:
        raise ValueError(f"{back!r} layers cannot be skipped")
    if "kind" in given:
        own = given.get("size")
        return of_kind(str(given["kind"]), None if own is None else int(_size(own)), back=back, **options)
    parameters = [Parameter(str(name), tuple(map(_size, shape)), role) for name, shape, role in given["parameters"]]
    words = {str(key): str(text) for key, text in given["words"].items()}
    example = _example(given["example"]) if "example" in given else size
    return Layer(_Named(str(given["function"])), parameters, None, 0.0, example, words, options, back)


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
    if not all(isinstance(share, (int, float)) for share in dropouts):
        raise NetworkError("The shares of dropout are {shares}, where numbers are expected.", shares=list(dropouts))

    def completed(number: int, layer: Layer, activation: Any, dropout: float) -> Layer:
        size = layer.size
        if not layer.kind:  # as it was made, and not as it was found
            size = given["layers"][str(number)].get("size")
            size = _example(size) if isinstance(size, list) else size
        return replace(
            layer, function=function(layer.function), activation=function(activation), dropout=dropout, size=size
        )

    stack = map(completed, made.layers, made.stack, activations, [*dropouts[1:], 0.0])
    return checked(Architecture(made.input, tuple(stack), function(given["cost"]), dropouts[0]))


class _Named:
    """A placeholder for a function of which only the name is known."""

    def __init__(self, name: str):
        self.name = name

    def __call__(self, *arguments: Any) -> Any:
        """The function itself is not known."""
        raise NotImplementedError(self.name)


def _size(size: object) -> int | str:
    if isinstance(size, str) and SIZE.fullmatch(size):
        return size
    if isinstance(size, int) and size > 0:
        return int(size)
    raise ValueError(f"{size!r} is no size")


def _example(given: Any) -> Example:
    example = tuple(int(_size(each)) for each in given)
    if not 1 <= len(example) <= MOST_AXES:
        raise ValueError(f"{given!r} is no shape of an example")
    return example
