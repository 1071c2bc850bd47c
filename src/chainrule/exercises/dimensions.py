"""Chapter 1: the dimensions of every symbol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.messages import message
from ..practice.exercise import Dimensions, Exercise
from .functions import sigmoid


def _network(w2: Any, b2: Any, w3: Any, b3: Any, x: Any, y: Any) -> Any:
    z2 = w2 @ x + b2
    a2 = sigmoid(z2)
    z3 = w3 @ a2 + b3
    a3 = sigmoid(z3)
    return 0.5 * np.sum((a3 - y) ** 2)


def _forward(w: Any, b: Any, a: Any) -> Any:
    z = w @ a + b
    return z  # noqa: RET504  # the result has a name


def _network_of(examples: int) -> Mapping[str, Any]:
    shapes = {"w2": (30, 784), "b2": (30, 1), "w3": (10, 30), "b3": (10, 1)}
    return {**shapes, "x": (784, examples), "y": (10, examples)}


_PARAMETERS = ("w2", "b2", "w3", "b3")

TITLE = message("Dimensions")
EXERCISES: tuple[Exercise, ...] = (
    Dimensions(
        "shapes",
        message("784 pixels go in as a column x, 30 neurons lie between, 10 answers come out: which size has what?"),
        _network,
        _network_of(1),
        _PARAMETERS,
        (
            message("z2 has one number for each of the 30 neurons. w2 @ x must be as large."),
            message("In w2 @ x, the columns of w2 meet the rows of x: their numbers must be the same."),
            message("w2 has a row for each neuron and a column for each input: 30×784. b2, z2 and a2 are 30×1."),
        ),
        ("w2", "b2", "z2", "a2", "w3", "b3", "z3", "a3"),
    ),
    Dimensions(
        "examples",
        message(
            "16 examples go through the same network at once, each as a column of x. What grows, and what does not?"
        ),
        _network,
        _network_of(16),
        _PARAMETERS,
        (
            message("The network stays the same, however many examples go through it."),
            message("Weights and biases belong to the network, z and a to the examples."),
            message("z2 and a2 are 30×16, z3 and a3 are 10×16; b2 is 30×1, and NumPy adds it to each column."),
        ),
        ("w2", "b2", "z2", "a2", "w3", "b3", "z3", "a3"),
    ),
    Dimensions(
        "errors",
        message(
            "On the way back, δ_z is how the cost C changes with z, and δ_a how it changes with a (δ_z3 is the article's δ³); "
            "dC_dw is how it changes with w, ∂C/∂w. How large are they?"
        ),
        _network,
        _network_of(16),
        _PARAMETERS,
        (
            message("Each number of z has an error of its own, each number of w a slope of its own."),
            message("A derivative of one number, the cost, is as large as what it is taken of."),
            message(
                "δ_z3 is 10×16 as z3 is, and dC_dw3 is 10×30 as w3 is; dC_db3 is 10×1, however many examples there are."
            ),
        ),
        ("δ_z3", "dC_dw3", "dC_db3", "δ_z2", "dC_dw2", "dC_db2"),
    ),
    Exercise(
        "forward",
        message("z = w a + b: each neuron weighs all inputs, adds them up, and adds its bias."),
        _forward,
        {"w": (4, 3), "b": (4, 1), "a": (3, 1)},
        (),
        (
            message("w is 4×3 and a is 3×1: which product of the two is 4×1?"),
            message("@ is the matrix product; its inner sizes must be the same."),
            message("z = w @ a + b"),
        ),
    ),
)
