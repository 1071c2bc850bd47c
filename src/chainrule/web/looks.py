"""What the page draws of one digit: every z, a and δ of a network, ∂C/∂x, the answer and its cost, all by the derived program.

Arrays travel as base64 of their float32 or uint8, which a browser reads without parsing a number.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..data.inputs import as_activations, one_hot
from ..model import Network
from ..network.architecture import Architecture
from ..network.equations import programs
from ..program.derivative import differentiate
from ..program.nouns import Array, Program
from ..program.rewrites import simplify
from ..program.structure import LEAF
from ..run.checked import values


def packed(array: Array) -> str:
    """An array as base64: whole grays as they are, anything else as float32, in C order."""
    kind = np.uint8 if array.dtype == np.uint8 else np.float32
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


@functools.lru_cache(maxsize=16)
def _by_input(architecture: Architecture) -> Program:
    """∂C/∂x, whose numbers say what each pixel would have to become."""
    return simplify(differentiate(programs(architecture, 1).cost, ("a1",), LEAF), "textbook")


def look(net: Network, image: Array, label: int | None) -> dict[str, Any]:
    """All that a picture of the network shows of one image (28×28 grays), backward only where the label is known."""
    x = as_activations(image, net.sizes[0], "float64").T
    parameters = [array.astype(np.float64) for array in net.parameters]
    forward = values(net.programs(1).feedforward, (*parameters, x))
    layers = range(2, len(net.sizes) + 1)
    output = forward[f"a{layers[-1]}"].ravel()
    found: dict[str, Any] = {
        "pixels": packed(np.asarray(image, np.uint8)),
        "digit": int(output.argmax()),
        "label": label,
        "a": [packed(forward[f"a{layer}"]) for layer in layers],
        "z": [packed(forward.get(f"z{layer}", forward[f"a{layer}"])) for layer in layers],
        "delta": None,
        "dx": None,
        "cost": None,
    }
    if label is not None:
        y = one_hot(np.array([label]), net.sizes[-1], "float64").T
        learned = set(net.architecture.learned)
        pairs = zip(net.architecture.parameters(), parameters, strict=True)
        args = (*(array for (name, _), array in pairs if name in learned), x, y)
        known = values(net.programs(1).backprop, args)
        found["delta"] = [packed(known[f"δ{layer}"]) for layer in layers if f"δ{layer}" in known]
        found["dx"] = packed(np.asarray(_by_input(net.architecture)(*args)))
        found["cost"] = float(net.programs(1).cost(*args))
    return found


def weights(net: Network) -> dict[str, Any]:
    """Every weight and bias, for the pictures."""
    return {"w": [packed(w) for w in net.weights], "b": [packed(b) for b in net.biases]}


def confusion(answers: Array, labels: Array, classes: int) -> list[list[int]]:
    """How often each digit (rows) was read as each (columns)."""
    table = np.zeros((classes, classes), int)
    np.add.at(table, (labels, answers), 1)
    return [list(map(int, row)) for row in table]


def described(net: Network, name: str, answers: Array, labels: Sequence[int] | Array) -> dict[str, Any]:
    """A network in a few facts: its layers, what they compute, and how it reads the test digits."""
    return {
        "name": name,
        "sizes": net.sizes,
        "activations": [each if isinstance(each, str) else "f" for each in net.architecture.activations],
        "cost": net.architecture.cost if isinstance(net.architecture.cost, str) else "C",
        "parameters": net.architecture.parameter_count,
        "correct": int(np.count_nonzero(answers == np.asarray(labels))),
        "total": len(answers),
    }
