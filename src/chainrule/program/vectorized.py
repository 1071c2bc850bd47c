"""`np.vectorize` for traced arrays: the function is called once for each element, or each part that the signature names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .sizes.numbers import note_shapes


def by_elements(function: Callable[..., Any], args: Sequence[Any], signature: str | None, whole: set[int]) -> Any:
    """Call a function on the elements of arrays, as np.vectorize does, and join what it gives.

    Args:
        function: What is called.
        args: Its arguments; those at the positions in `whole` are handed on as they are.
        signature: The axes of the parts that it takes, as `"(m,n),(n)->(m)"`; `None` for single elements.
        whole: Positions of arguments that are not taken apart.

    Returns:
        An array, or a tuple of arrays where the function gives a tuple.

    Raises:
        ValueError: There are no elements, of which NumPy could tell no type either.
    """
    args = [arg if place in whole or hasattr(arg, "shape") else np.asarray(arg) for place, arg in enumerate(args)]
    inputs = re.findall(r"\(([^()]*)\)", signature.partition("->")[0]) if signature else [""] * len(args)
    axes = [len(names.split(",")) if names.strip() else 0 for names in inputs]
    shapes = [np.shape(arg)[: np.ndim(arg) - count] for arg, count in zip(args, axes, strict=True)]
    shape = np.broadcast_shapes(*(each for place, each in enumerate(shapes) if place not in whole))
    note_shapes([args])
    if 0 in shape:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")

    def part(place: int, at: tuple[int, ...]) -> Any:
        if place in whole:
            return args[place]
        sizes = shapes[place]
        within = tuple(0 if size == 1 else i for i, size in zip(at[len(at) - len(sizes) :], sizes, strict=True))
        return args[place][within] if within else args[place]

    given = [function(*(part(place, at) for place in range(len(args)))) for at in np.ndindex(shape)]
    if type(given[0]) is tuple:
        return tuple(_joined(each, shape) for each in zip(*given, strict=True))
    return _joined(given, shape)


def _joined(parts: Sequence[Any], shape: tuple[int, ...]) -> Any:
    return np.reshape(np.stack([*parts]), (*shape, *np.shape(parts[0]))) if shape else parts[0]
