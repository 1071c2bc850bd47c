"""Layers as they are typed, `conv 20x5, pool 2, 100, 10`: read into layers, and written so that they read back the same.

The layers themselves are in `network/makers.py`; here are the words for them, and the sizes behind a word, such as 2 or 2x3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..core.errors import ChainruleError
from ..core.messages import message
from ..network.architecture import Architecture, stacked
from ..network.batches import Example
from ..network.kinds import LAYERS
from ..network.layers import Layer, NetworkError
from ..network.makers import AveragePool, BatchNorm, Conv, Dropout, Flatten, LayerNorm, MaxPool, Part
from .arguments import nearest, spaced
from .errors import UsageError
from .parsing import quoted, together

DIGIT = (28, 28)
"""The rows and columns of an image where nothing says them."""

_IMAGE = re.compile(r"[1-9]\d*(x[1-9]\d*){1,2}")
_ARGUMENTS = {"step": "stride", "pad": "padding", "same": "padding", "groups": "groups"}
_POOLS = {"largest": "pool", "averaged": "average pool"}
_OTHERS = {"flattened": "flatten", "batch normalization": "batch norm", "layer normalization": "layer norm"}


def read_layers(
    given: Sequence[int | str], own: Callable[[str], Layer] | None = None, image: tuple[int, ...] = DIGIT
) -> dict[str, Any]:
    """What `Network` takes, for layers as they are typed; between images and neurons stands a layer that flattens them.

    Args:
        given: Numbers of neurons, and words with sizes; the first may be the size of an image, 28x28 or 3x32x32.
        own: Finds a layer of the user's own by its name, if there is a file that has some.
        image: The rows and columns of an image, in color behind a 3, for layers of which none says the size of the input.

    Returns:
        The arguments `layers` and `input`.

    Raises:
        UsageError: A layer does not make sense, or does not follow from the one before.
    """
    first, *rest = given
    shape = image_of(first) if isinstance(first, str) else (first,)
    if shape is None:
        shape, rest = (1, *image)[-3:], [*given]
    images, stack = len(shape) > 1, list[Part]()
    for before, each in zip((first, *rest), rest, strict=False):
        part = each if isinstance(each, int) else layer_of(each) or (own or _unknown)(each)
        if of_images(part) and isinstance(before, int):
            raise UsageError(
                "{layer} takes images, with rows and columns, and not {size} numbers; leave {size} out:"
                if not stack
                else "{layer} takes images, with rows and columns, and not {size} neurons; put it in front of them.",
                "" if stack else quoted(together(rest)),
                layer=each,
                size=before,
            )
        if isinstance(part, int) and images:
            stack.append(Flatten())
        stack.append(part)
        images = images and (of_images(part) or isinstance(part, Dropout) or _normalizes(part))
    if images:
        raise UsageError(
            "The last layer, {layer}, gives images; put a number of neurons behind it, one for each answer:",
            quoted(together((*given, 10))),
            layer=given[-1],
        )
    return {"layers": stack, "input": shape}


def of_images(part: object) -> bool:
    """Whether a layer takes images and gives images."""
    return isinstance(part, Layer) and part.kind in ("convolution", *_POOLS)


def _normalizes(part: Part) -> bool:
    return isinstance(part, Layer) and part.kind in _OTHERS and part.kind != "flattened"


# ---- from text -------------------------------------------------------------------------------------------------------


def image_of(text: str) -> Example | None:
    """The shape of an image that is typed as 28x28, or 3x32x32 with its channels; `None` for anything else.

    >>> image_of("28x28")
    (1, 28, 28)
    """
    if not _IMAGE.fullmatch(text):
        return None
    sizes = tuple(_sizes(text))
    return sizes if len(sizes) > 2 else (1, *sizes)


def layer_of(text: str) -> Layer | Dropout | None:
    """A layer of the package as it is typed, or dropout; `None` for a word that is none of the package's.

    Raises `UsageError` for what cannot stand behind the word.

    >>> layer_of("conv 20x5 same").call
    'Conv(20, kernel=5, padding=2, activation=None)'
    >>> layer_of("gated")
    """
    word = next((each for each in _WORDS if text == each or text.startswith(f"{each} ")), "")
    if not word:
        return None
    make, right = _WORDS[word]
    try:
        return make(*text.removeprefix(word).split())
    except NetworkError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("The layer {text!r} must be {right}.", text=text, right=right) from error


def _unknown(text: str) -> Layer:
    """Raise `UsageError` for what is none of the package's layers where no file has the user's own."""
    near = spaced(text)
    if near == text:
        near = "" if text.isidentifier() else nearest(text.rstrip("x.0123456789 "), _WORDS)
    if near:
        raise UsageError("There is no layer {name!r}; did you mean {near}?", name=text, near=near)
    raise UsageError(
        "{name} is not a number of neurons; if it is a layer of your own, name the Python file that defines it:",
        "--functions FILE.py",
        name=text,
    )


def _convolution(sizes: str, *words: str) -> Layer:
    filters, *kernel = _sizes(sizes)
    return Conv(filters, _pair(kernel), **_arguments(words, "stride", "padding", "groups"))


def _pooling(make: Callable[..., Layer]) -> Callable[..., Layer]:
    return lambda sizes, *words: make(_pair(_sizes(sizes)), **_arguments(words, "stride"))


def _dropping(share: str) -> Dropout:
    if not 0 <= float(share) < 1:
        raise ValueError(share)
    return Dropout(float(share))


def _arguments(words: Sequence[str], *known: str) -> dict[str, Any]:
    """What stands behind the sizes, in any order: `step 2`, `pad 1` or `same`, `groups 4`."""
    found: dict[str, Any] = {}
    left = iter(words)
    for word in left:
        name = _ARGUMENTS[word]
        if name in found or name not in known:
            raise ValueError(word)
        found[name] = word if word == "same" else _pair(_sizes(next(left, "")))
    return found


def _sizes(text: str) -> list[int]:
    return [int(each) for each in text.split("x")]


def _pair(sizes: Sequence[int]) -> Any:
    (first, *_) = sizes
    return first if len(sizes) == 1 else tuple(sizes)


_WORDS: dict[str, tuple[Callable[..., Layer | Dropout], str]] = {
    "conv": (
        _convolution,
        message(
            "maps and the size of a kernel, such as conv 20x5, with step 2, pad 2, same or groups 4 behind it or not"
        ),
    ),
    "pool": (_pooling(MaxPool), message("the size of a window, such as pool 2, with step 1 behind it or not")),
    "average pool": (
        _pooling(AveragePool),
        message("the size of a window, such as average pool 2, with step 1 behind it or not"),
    ),
    "dropout": (_dropping, message("a share from 0 to below 1, such as dropout 0.5")),
    "flatten": (Flatten, message("flatten alone")),
    "batch norm": (BatchNorm, message("batch norm alone")),
    "layer norm": (LayerNorm, message("layer norm alone")),
}
"""For each word, what makes a layer of the words behind it, and what is said where it cannot."""


# ---- to text ---------------------------------------------------------------------------------------------------------


def options_of(architecture: Architecture) -> dict[str, Any]:
    """The options of `train` that make these layers: `layers` as they are typed, and what the hidden ones have in common.

    They are empty if the layers cannot be typed. The size of an image is left out where a layer of images stands first, since
    the data say it.

    >>> made = [Conv(20, 5), MaxPool(2), Flatten(), 100, Dropout(0.5), 50, 10]
    >>> options_of(stacked(made, input=(1, 28, 28), activation="relu"))
    {'activation': 'relu', 'normalization': 'none', 'dropout': 0.0, 'layers': ('conv 20x5', 'pool 2', 100, 'dropout 0.5', 50, 10)}
    """
    shape, stack = architecture.input, architecture.stack
    dense = [layer for layer in stack[:-1] if layer.normalization]
    options = {
        "activation": _common(
            (each.activation for each in stack[:-1] if each.kind and LAYERS[each.kind].activated), "sigmoid"
        ),
        "normalization": _common((each.normalization for each in dense), "none"),
        "dropout": _common((each.dropout for each in dense), 0.0),
    }
    parts: list[int | str] = []
    if not (of_images(stack[0]) and shape[0] == 1):
        sizes = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape
        parts.append(shape[0] if len(shape) == 1 else "x".join(map(str, sizes)))
    if architecture.input_dropout:
        parts.append(f"dropout {architecture.input_dropout:g}")
    for layer, behind in zip(stack, (*stack[1:], None), strict=True):
        if layer.kind != "flattened" or layer.dropout or behind is None or not behind.normalization:
            parts.append(_text(layer))
        if layer.dropout and not (layer.normalization and options["dropout"]):
            parts.append(f"dropout {layer.dropout:g}")
    try:
        made = stacked(**read_layers(parts, image=shape[1:]), cost=architecture.cost, **options)
    except ChainruleError:
        return {}
    return {**options, "layers": tuple(parts)} if made == architecture else {}


def _common(each: Iterable[Any], otherwise: Any) -> Any:
    """What all are; `otherwise` if they differ, or there are none."""
    found = {*each}
    return found.pop() if len(found) == 1 else otherwise


def _text(layer: Layer) -> int | str:
    """A layer as it is typed; if it cannot be, its name, which nothing reads."""
    given, kind = layer.keywords, layer.kind
    if layer.normalization and isinstance(layer.size, int):
        return layer.size
    if kind in _POOLS:
        step = "" if given["stride"] == given["size"] else f" step {_crossed(given['stride'])}"
        return f"{_POOLS[kind]} {_crossed(given['size'])}{step}"
    if kind != "convolution":
        return _OTHERS.get(kind, layer.name)
    text = f"conv {layer.size}x{_crossed(given['kernel'])}"
    text += "" if given["stride"] == (1, 1) else f" step {_crossed(given['stride'])}"
    if any(given["padding"]):
        same = all(2 * pad + 1 == size for pad, size in zip(given["padding"], given["kernel"], strict=True))
        text += " same" if same else f" pad {_crossed(given['padding'])}"
    return text if given["groups"] == 1 else f"{text} groups {given['groups']}"


def _crossed(sizes: Sequence[int]) -> str:
    """2 for (2, 2), and 2x3 for (2, 3)."""
    return "x".join(map(str, sizes[:1] if len(sizes) == 2 and sizes[0] == sizes[1] else sizes))
