"""How the activations of a batch lie. An example of one axis is a column, n × m, as in the book; one with more axes keeps
them, and the examples come first: m × t × n for sequences, m × c × y × x for images.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from ..core.dims import Dim, Shape
from ..core.nouns import Array

Example: TypeAlias = tuple[int, ...]
"""The shape of one example's activations: n, t × n, or c × y × x."""

_AXES = {1: "n", 2: "tn", 3: "cyx"}
MOST_AXES = max(_AXES)


class Width(Dim):
    """The size of a layer, which may meet that of another on purpose, as where a layer adds its input to its output."""

    strict = False


def sizes_of(layer: int, example: Example) -> Shape:
    """The sizes of an example of a layer, with their names.

    >>> sizes_of(2, (20, 24, 24))
    (c2 = 20, y2 = 24, x2 = 24)
    """
    names = _AXES[len(example)]
    return tuple(Width(f"{name}{layer}", size) for name, size in zip(names, example, strict=True))


def batch_of(example: Shape, m: int) -> Shape:
    """The shape of m examples.

    >>> batch_of((30,), 10), batch_of((20, 24, 24), 10)
    ((30, 10), (10, 20, 24, 24))
    """
    return (*example, m) if len(example) == 1 else (m, *example)


def example_in(batch: Shape, m: int) -> Example | None:
    """The shape of one of m examples; `None` for what is no batch of so many.

    >>> example_in((30, 10), 10), example_in((10, 20, 24, 24), 10), example_in((20, 30), 10)
    ((30,), (20, 24, 24), None)
    """
    if len(batch) == 2:
        return (int(batch[0]),) if batch[1] == m else None
    return tuple(map(int, batch[1:])) if len(batch) > 2 and batch[0] == m else None


def batch_from(rows: Any, example: Example) -> Any:
    """Examples, one per row, as a batch: columns, or examples with their axes."""
    return rows.T if len(example) == 1 else np.reshape(rows, (-1, *example))


def features(example: Shape) -> int:
    """The number of neurons that an example has at each of its places: n, or the channels c of an image."""
    return example[-1] if len(example) == 2 else example[0]


def beside(size: int, example: Shape) -> Shape:
    """The shape of one number per neuron or channel, which meets a batch of such examples.

    >>> beside(30, (784,)), beside(20, (1, 24, 24))
    ((30, 1), (1, 20, 1, 1))
    """
    return {1: (size, 1), 2: (1, 1, size), 3: (1, size, 1, 1)}[len(example)]


def by_feature(batch: Array) -> Array:
    """A batch with one row per neuron or channel, which holds its activations at all places and for all examples.

    >>> by_feature(np.arange(8).reshape(2, 2, 1, 2)).tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7]]
    """
    if batch.ndim == 2:
        return batch
    axis = 2 if batch.ndim == 3 else 1
    return np.moveaxis(batch, axis, 0).reshape(batch.shape[axis], math.prod(batch.shape) // batch.shape[axis])
