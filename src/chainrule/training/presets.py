"""Presets: settings tuned together on validation data; `benchmarks/presets.py` measures them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..network.makers import BatchNorm, Conv, Dropout, Flatten, MaxPool
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
_DIGITS = {"input": (1, 28, 28), **_RECTIFIERS}
_FALLING = {"optimizer": "nesterov", "schedule": "linear"}

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
        "sprint": Preset(
            {"layers": (Conv(8, 5), MaxPool(2), Conv(24, 5), MaxPool(2), Flatten(), 128, 10), **_DIGITS},
            {
                "epochs": 2,
                "batch_size": 16,
                "learning_rate": 0.035,
                **_FALLING,
                "regularization": Regularization(label_smoothing=0.1),
            },
        ),
        "best": Preset(
            {"layers": (784, 800, 400, 10), **_RECTIFIERS},
            {
                "epochs": 90,
                "batch_size": 100,
                "learning_rate": 0.05,
                **_FALLING,
                "regularization": Regularization(label_smoothing=0.05),
                "augment": "elastic",
            },
        ),
        "conv": Preset(
            {
                "layers": (
                    Conv(24, 5), MaxPool(2), BatchNorm(), Dropout(0.1),
                    Conv(64, 3), Conv(64, 3), MaxPool(2), BatchNorm(), Dropout(0.2), Flatten(), 256, Dropout(0.4), 10,
                ),
                **_DIGITS,
            },
            {
                "epochs": 35,
                "batch_size": 50,
                "learning_rate": 0.03,
                **_FALLING,
                "regularization": Regularization(label_smoothing=0.05),
                "augment": "light",
            },
        ),
    }
)  # fmt: skip
"""`fast` reaches 98 % in the least time, and `sprint` 99 %. In a few minutes on two cores, `best` has the highest accuracy of
dense layers, and `conv` of convolutions."""
