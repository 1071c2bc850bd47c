"""How well a network reads digits that are shifted, rotated or noisy, unlike those that it learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..data.warp import affine, warp
from ..model import Network

SAMPLE = 2_000  # test digits; the standard error of a share is then at most 1.1 points
AMOUNTS: Mapping[str, tuple[float, ...]] = {
    "shift": (0, 1, 2, 3, 4, 5, 6),
    "rotation": (-45, -30, -20, -10, 0, 10, 20, 30, 45),
    "noise": (0, 0.1, 0.2, 0.3, 0.4, 0.5),
}


def varied(kind: str, amount: float, images: Array, random: np.random.Generator) -> Array:
    """Images that are shifted, rotated or noisy.

    Args:
        kind: `"shift"`, `"rotation"` or `"noise"`.
        amount: Pixels in a random direction, degrees counterclockwise, or the standard deviation of noise.
        images: n × 28 × 28, 0 to 1.
        random: The random generator.

    Returns:
        n × 28 × 28, 0 to 1.
    """
    n = len(images)
    if kind == "noise":
        noisy: Array = images + amount * random.standard_normal(images.shape, np.float32)
        return noisy.clip(0, 1)
    nothing, one = np.zeros(n, np.float32), np.ones(n, np.float32)
    if kind == "rotation":
        return warp(images, affine(nothing, nothing, np.full(n, amount, np.float32), nothing, one, one))
    way = random.uniform(0, 2 * np.pi, n)
    rows, columns = (amount * along(way) for along in (np.sin, np.cos))
    return warp(images, affine(rows.astype(np.float32), columns.astype(np.float32), nothing, nothing, one, one))


def robustness(net: Network, images: Array, labels: Array) -> list[dict[str, Any]]:
    """The accuracy of a network on digits that are shifted, rotated or noisy.

    Args:
        net: The network.
        images: n × 28 × 28 grays, `uint8`.
        labels: n digits.

    Returns:
        For each kind of change, its amounts `x` and the `accuracy` at each of them.
    """
    inputs = images.astype(np.float32) / 255
    found = []
    for kind, amounts in AMOUNTS.items():
        random = np.random.default_rng(0)
        shares = [net.score(varied(kind, amount, inputs, random), labels) for amount in amounts]
        found.append({"kind": kind, "x": list(amounts), "accuracy": shares})
    return found
