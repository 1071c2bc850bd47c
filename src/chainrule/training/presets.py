"""Presets: settings tuned together on validation data; `benchmarks/presets.py` measures them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .settings import Regularization


@dataclass(frozen=True)
class Preset:
    """Settings that were tuned together.

    Attributes:
        network: The arguments of `Network`, by name.
        fit: The arguments of `fit`, by name.

    Examples:
        >>> import chainrule as cr
        >>> fast = cr.PRESETS["fast"]
        >>> cr.Network(**fast.network, seed=0)
        Network([784, 160, 10], activation='relu', cost='log-likelihood', initializer='he')
    """

    network: Mapping[str, Any]
    fit: Mapping[str, Any]


_RECTIFIERS = {"activation": "relu", "cost": "log-likelihood", "initializer": "he"}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "fast": Preset(
            {"layers": (784, 160, 10), **_RECTIFIERS},
            {
                "epochs": 4,
                "batch_size": 8,
                "learning_rate": 0.2,
                "schedule": "linear",
                "regularization": Regularization(label_smoothing=0.05),
            },
        ),
        "best": Preset(
            {"layers": (784, 800, 400, 10), **_RECTIFIERS},
            {
                "epochs": 90,
                "batch_size": 100,
                "learning_rate": 0.05,
                "optimizer": "nesterov",
                "schedule": "linear",
                "regularization": Regularization(label_smoothing=0.05),
                "augment": "elastic",
            },
        ),
    }
)
"""`fast` reaches 98 % in the least time; `best`, the highest accuracy within five minutes on two cores."""
