"""How a gradient changes a parameter, in plain NumPy; traced into the training step like everything else."""

from __future__ import annotations

from ..program.nouns import Array


def sgd(parameter: Array, gradient: Array, rate: Array) -> Array:
    """w ← w − (η/m) ∂C/∂w, the book's equations (20) and (21); `rate` is η/m, since C is the sum over the batch."""
    result: Array = parameter - rate * gradient
    return result
