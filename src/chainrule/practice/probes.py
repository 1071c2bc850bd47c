"""Inputs on which mistakes give different numbers.

A bias of 0 hides that it was forgotten, so what is differentiated is moved, and so are data that are all alike. Other data stay
as they are: a gradient may count on them, as on labels, on a symmetric matrix or on probabilities that add up to 1.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from .forms import Form, Values

_SEEDS = range(8)
_WANTED = 2


def probes(form: Form, leaves: Sequence[Any], moved: Container[int]) -> list[tuple[list[Any], Values]]:
    """The arguments themselves, and such where arrays are moved; with the values of all symbols.

    Args:
        form: A form of the derivative.
        leaves: The arguments, flat.
        moved: Which of them are differentiated, by position.

    Returns:
        Two or three of them, those first that are moved; fewer where the function takes another branch there.
    """
    found: list[tuple[list[Any], Values]] = []
    for seed in _SEEDS:
        random = np.random.default_rng(seed)
        tried = [
            _moved(leaf, random) if place in moved or (np.size(leaf) > 1 and _is_alike(leaf)) else leaf
            for place, leaf in enumerate(leaves)
        ]
        values = form.run(tried)
        if values is not None:
            found.append((tried, values))
        if len(found) == _WANTED:
            break
    values = form.run(leaves)
    return found if values is None else [*found, (list(leaves), values)]


def _moved(leaf: Any, random: np.random.Generator) -> Any:
    if _is_data(leaf):
        return leaf
    drawn = random.standard_normal(np.shape(leaf))
    moved = leaf * np.exp(0.3 * drawn)
    return np.where(leaf == 0, 0.3 * drawn, moved) if np.all(leaf == 0) else moved


def _is_alike(leaf: Any) -> bool:
    return bool(np.all(leaf == np.ravel(leaf)[0]))


def _is_data(leaf: Any) -> bool:
    """Whether numbers look like labels, masks or probabilities."""
    if np.size(leaf) < 2 or _is_alike(leaf):
        return False
    if np.all(leaf == np.rint(leaf)):
        return True
    return bool(np.all(leaf >= 0) and any(np.allclose(np.sum(leaf, axis=axis), 1) for axis in range(np.ndim(leaf))))
