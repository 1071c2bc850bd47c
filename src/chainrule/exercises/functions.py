"""Functions that exercises are made of, as users write them."""

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(z: Any) -> Any:
    """The sigmoid σ."""
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    """Each row as probabilities."""
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)
