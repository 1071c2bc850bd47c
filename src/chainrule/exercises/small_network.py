"""A network small enough for paper, two inputs, two neurons, one answer, its numbers of two decimals; half trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..calculus.programs import derive
from ..core.nouns import Program
from .functions import sigmoid

PARAMETERS = ("w2", "b2", "w3", "b3")
_XOR = np.array([[0, 0, 1, 1], [0, 1, 0, 1.0]]), np.array([[0, 1, 1, 0.0]])
_STEPS, _RATE = 300, 1.0


def _cost(w2: Any, b2: Any, w3: Any, b3: Any, x: Any, y: Any) -> Any:
    z2 = w2 @ x + b2
    a2 = sigmoid(z2)
    z3 = w3 @ a2 + b3
    a3 = sigmoid(z3)
    return 0.5 * np.sum((a3 - y) ** 2)


def small_network(seed: int) -> tuple[Program, dict[str, Any]]:
    """The derivative of a small network that has learned a little, and its numbers on one example.

    Args:
        seed: What its numbers follow from.

    Returns:
        The derived program, and its arguments by name.
    """
    random = np.random.default_rng(seed)
    parameters = [random.normal(size=size) for size in ((2, 2), (2, 1), (1, 2), (1, 1))]
    learned = derive(_cost, (*parameters, *_XOR), PARAMETERS)
    for _ in range(_STEPS):
        gradient = learned(*parameters, *_XOR)
        parameters = [each - _RATE * slope for each, slope in zip(parameters, gradient, strict=True)]
    example = int(random.integers(1, 4))  # one with a 1 in it, so that something moves
    x, y = (each[:, example : example + 1] for each in _XOR)
    given = dict(zip(PARAMETERS, (np.round(each, 2) for each in parameters), strict=True)) | {"x": x, "y": y}
    return derive(_cost, tuple(given.values()), PARAMETERS), given
