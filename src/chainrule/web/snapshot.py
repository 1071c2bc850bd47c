"""A snapshot of a network on one digit, for the page to draw: every z, a and δ, ∂C/∂x, the answer and its cost.

Arrays are sent as base64 of float32 or uint8, which a browser reads without parsing numbers.
"""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..certainty import SURE, certainty
from ..core.derivative import differentiate
from ..core.nouns import Array, Program
from ..core.simplification import simplify
from ..core.structure import LEAF
from ..data.inputs import as_activations, one_hot
from ..model import Network
from ..network.activations import Activation
from ..network.architecture import Architecture
from ..network.equations import known_facts, programs
from ..network.layers import Layer, Parameter
from ..run.checked import values
from ..show.language import languages, translated
from ..training.facts import stalls


class NotFiniteError(ArithmeticError):
    """A number to be shown is infinite or NaN."""


def packed(array: Array) -> str:
    """An array as base64: `uint8` unchanged, anything else as float32, in C order."""
    kind = np.uint8 if array.dtype == np.uint8 else np.float32
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


@functools.lru_cache(maxsize=16)
def _by_input(architecture: Architecture) -> Program:
    """The program of ∂C/∂x."""
    gradient = differentiate(programs(architecture, 1).cost, ("a1",), LEAF)
    return simplify(gradient, "textbook", known_facts(True))


def look(net: Network, image: Array, label: int | None) -> dict[str, Any]:
    """All that the page shows of one image.

    Args:
        net: The network.
        image: 28 × 28 grays.
        label: Its label; without it, there is no backward pass.

    Returns:
        Every a, z and δ, ∂C/∂x, the answer and its cost, arrays packed.

    Raises:
        NotFiniteError: A number is infinite or NaN.
    """
    x = as_activations(image, net.sizes[0], "float64").T
    parameters = [array.astype(np.float64) for array in net.parameters]
    forward = values(net.programs(1).feedforward, (*parameters, x))
    layers = range(2, len(net.sizes) + 1)
    output = forward[f"a{layers[-1]}"].ravel()
    found: dict[str, Any] = {
        "pixels": packed(np.asarray(image, np.uint8)),
        "digit": int(output.argmax()),
        "label": label,
        "certainty": _certainty(output, image),
        "a": [_finite(forward[f"a{layer}"]) for layer in layers],
        "z": [_finite(forward.get(f"z{layer}", forward[f"a{layer}"])) for layer in layers],
        "delta": None,
        "dx": None,
        "cost": None,
    }
    if label is not None:
        y = one_hot(np.array([label]), net.sizes[-1], "float64").T
        args = (*net.architecture.learned_of(parameters), x, y)
        known = values(net.programs(1).backprop, args)
        found["delta"] = [_finite(known[f"δ{layer}"]) for layer in layers if f"δ{layer}" in known]
        found["dx"] = _finite(np.asarray(_by_input(net.architecture)(*args)))
        found["cost"] = net.architecture.measured(forward[f"a{layers[-1]}"], y)
        if not math.isfinite(found["cost"]):
            raise NotFiniteError
    return found


def _certainty(output: Array, image: Array) -> dict[str, Any] | None:
    """Whether the answer is sure, and by which measure; `None` for networks that do not have ten classes."""
    if output.size != 10:
        return None
    found = certainty(output, image)
    return {"sure": found.sure, "second": found.second, "least": SURE}


def _finite(array: Array) -> str:
    """An array as base64. Raises `NotFiniteError` if a number is infinite or NaN in the browser's 32 bits."""
    if not np.isfinite(array.astype(np.float32)).all():
        raise NotFiniteError
    return packed(array)


def pictured(architecture: Architecture, layer: int) -> Parameter | None:
    """The weights of a layer that are drawn, one picture per neuron.

    Args:
        architecture: The layers.
        layer: The number of the layer, from 2.

    Returns:
        The first parameter with a row per neuron and a column per input, if there is one.
    """
    shape = architecture.sizes[layer - 1], architecture.sizes[layer - 2]
    return next((each for each in architecture.of_layer(layer) if each.role == "weight" and each.shape == shape), None)


def weights(net: Network) -> dict[str, Any]:
    """The weights of each layer that are drawn, packed; `None` for a layer without any."""
    arrays = net.architecture.by_name(net.parameters)
    drawn = (pictured(net.architecture, layer) for layer in net.architecture.layers)
    return {"w": [None if each is None else packed(arrays[each.name]) for each in drawn]}


def confusion(answers: Array, labels: Array, classes: int) -> list[list[int]]:
    """How often each digit was read as each.

    Args:
        answers: The network's answers, n.
        labels: The digits, n.
        classes: The number of classes.

    Returns:
        classes × classes: a row per label, a column per answer.

    Examples:
        >>> confusion(np.array([1, 1, 0]), np.array([0, 1, 0]), 2)
        [[1, 1], [0, 1]]
    """
    table = np.zeros((classes, classes), int)
    np.add.at(table, (labels, answers), 1)
    return [list(map(int, row)) for row in table]


def _written(layer: Layer) -> str:
    """A layer's activation as formulas write it: by its letter, else by its name."""
    letter, name = layer.applied.letter, layer.activation
    return name if letter == Activation.letter and isinstance(name, str) else letter


def described(net: Network, name: str, answers: Array, labels: Sequence[int] | Array) -> dict[str, Any]:
    """A short description of a network for the page, with its accuracy on the test digits.

    Args:
        net: The network.
        name: Its name on the page.
        answers: Its answers to the test digits.
        labels: The test digits.

    Returns:
        Plain data. `sums` says for each layer what a neuron's sum of activations times weights is: z, or s, which is then
        normalized, or nothing where it has no such sum; `letters` are those of the weights that are drawn; `activations` are
        written as in formulas, and `elementwise` says which of them act neuron by neuron; `stalls` is whether an output that is
        wholly wrong has hardly any error.
    """
    stack = net.architecture.stack
    drawn = (pictured(net.architecture, layer) for layer in net.architecture.layers)
    return {
        "name": name,
        "sizes": net.sizes,
        "titles": {
            language: [translated(each, language) for each in net.architecture.titles(language)]
            for language in languages()
        },
        "sums": ["z" if each == "none" else each and "s" for each in (layer.normalization for layer in stack)],
        "letters": [None if each is None else each.name.removesuffix(str(each.layer)) for each in drawn],
        "activations": [_written(layer) for layer in stack],
        "elementwise": [layer.applied.elementwise for layer in stack],
        "stalls": stalls(net.architecture),
        "correct": int(np.count_nonzero(answers == np.asarray(labels))),
        "total": len(answers),
    }
