"""The gallery of the Derive view: small programs that are worth a look, each with the numbers where a visitor meets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..program.operations.activations import sigmoid
from .graphs import Shown, Slider, entry


def _neuron(w: Any, b: Any, x: Any, y: Any) -> Any:
    z = w * x + b
    a = sigmoid(z)
    return 0.5 * (a - y) ** 2


def _line(w: Any, b: Any, x: Any, y: Any) -> Any:
    return np.sum((w * x + b - y) ** 2)


def _three(z_1: Any, z_2: Any, z_3: Any) -> Any:
    total = np.exp(z_1) + np.exp(z_2) + np.exp(z_3)
    return np.log(total) - z_1


GALLERY: Mapping[str, Shown] = {
    "parabola": Shown(lambda x: (x - 1) ** 2, "f", {"x": Slider(2.6, -1.5, 3.5)}),
    "product": Shown(lambda x, y: x * y, "f", {"x": Slider(1.5, -3.0, 3.0), "y": Slider(-0.5, -3.0, 3.0)}, rate=0.2),
    "composition": Shown(lambda x: np.sin(x**2), "f", {"x": Slider(1.1, -0.5, 2.7)}),
    "paths": Shown(lambda x: x * np.sin(x**2), "f", {"x": Slider(1.2, -0.5, 2.7)}),
    "valleys": Shown(lambda x: np.sin(3 * x) + x**2 / 4, "f", {"x": Slider(3.1, -3.5, 3.5)}, rate=0.08),
    "sigmoid": Shown(lambda x: 1 / (1 + np.exp(-x)), "f", {"x": Slider(1.5, -6.0, 6.0)}, rate=2.0),
    "softplus": Shown(lambda x: np.log(1 + np.exp(x)), "f", {"x": Slider(1.5, -5.0, 5.0)}, rate=1.0),
    "neuron": Shown(
        _neuron,
        "C",
        {
            "w": Slider(1.5, -4.0, 4.0),
            "b": Slider(-0.5, -4.0, 4.0),
            "x": Slider(1.0, -2.0, 2.0),
            "y": Slider(0.0, 0.0, 1.0),
        },
        rate=3.0,
        by=("w", "b"),
    ),
    "three": Shown(
        _three,
        "C",
        {"z_1": Slider(0.5, -4.0, 4.0), "z_2": Slider(1.5, -4.0, 4.0), "z_3": Slider(-0.5, -4.0, 4.0)},
        rate=1.0,
    ),
    "line": Shown(
        _line,
        "C",
        {
            "w": Slider(-0.5, -3.0, 3.0),
            "b": Slider(1.5, -3.0, 3.0),
            "x": Slider([-1.0, 0.5, 2.0], -3.0, 3.0),
            "y": Slider([-1.5, 0.5, 2.5], -3.0, 3.0),
        },
        rate=0.05,
        by=("w", "b"),
    ),
}
"""The programs, by the names under which `derive.js` has a sentence for each; the first is what a visitor meets."""


def gallery() -> list[dict[str, Any]]:
    """All of the gallery, as the page takes it.

    Returns:
        Each program's `entry`, with its name.

    Examples:
        >>> first = gallery()[0]
        >>> first["name"], [node["reads"] for node in first["nodes"]]
        ('parabola', [[0], [1]])
    """
    return [{"name": name, **entry(shown)} for name, shown in GALLERY.items()]
