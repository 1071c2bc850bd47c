"""The end of the article: fitting a line through points by the derivative that the program finds, as digits are fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..calculus import derive
from ..program.nouns import Array, Program

X = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
Y = np.array([1.1, 2.9, 5.2, 6.8, 9.1])
RATE = 0.05
SHOWN = (0, 1, 10, 1000)


@dataclass(frozen=True)
class Fit:
    """A line after so many steps: its weight, its bias, its cost per point."""

    steps: int
    w: float
    b: float
    cost: float


def cost(w: Array, b: Array, x: Array, y: Array) -> Array:
    """How far the line w x + b is from points (x, y)."""
    a = w * x + b
    total: Array = 0.5 * np.sum((a - y) ** 2)
    return total


def derivative() -> Program:
    """What the program finds for it: ∂C/∂w and ∂C/∂b."""
    return derive(cost, (np.zeros(()), np.zeros(()), X, Y), wrt=("w", "b"))


def fitted() -> tuple[Fit, ...]:
    """The line after 0, 1, 10 and 1000 steps w ← w − (η/m) ∂C/∂w from 0, b likewise.

    >>> [(fit.steps, round(fit.w, 2), round(fit.b, 2)) for fit in fitted()][-1]
    (1000, 1.99, 1.04)
    """
    gradient, m = derivative(), len(X)
    w: Array = np.zeros(())
    b: Array = np.zeros(())
    found = []
    for step in range(SHOWN[-1] + 1):
        if step in SHOWN:
            found.append(Fit(step, float(w), float(b), float(cost(w, b, X, Y)) / m))
        dw, db = gradient(w, b, X, Y)
        w, b = w - RATE / m * dw, b - RATE / m * db
    return tuple(found)
