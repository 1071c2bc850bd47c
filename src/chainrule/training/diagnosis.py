"""What went wrong in training, with the measured reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..program.nouns import Array


@dataclass(frozen=True)
class LostClass:
    """A class that is never answered: its output neuron's mean activation and slope σ′ on the examples that show it."""

    label: int
    examples: int
    activation: float
    slope: float


def lost_classes(a: Array, labels: Array) -> tuple[LostClass, ...]:
    """The classes that occur in `labels` (n) and are never the answer in the output activations `a` (n × n_L)."""
    answered = set(np.unique(a.argmax(axis=1)).tolist())
    found = []
    for label in np.unique(labels).tolist():
        if label not in answered:
            shown = a[labels == label, label].astype(np.float64)
            found.append(LostClass(label, len(shown), float(shown.mean()), float((shown * (1 - shown)).mean())))
    return tuple(found)
