"""How weights and biases start: drawn layer by layer, first all the weights of a layer and then its biases."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..program.nouns import Array

Initializer = Callable[[np.random.Generator, int, int], tuple[Array, Array]]  # (random, n_out, n_in) → w, b


def default(random: np.random.Generator, n_out: int, n_in: int) -> tuple[Array, Array]:
    """Weights N(0, 1/n_in), biases N(0, 1): the book's chapter 3, "Weight initialization".

    A neuron's weighted input then starts near ±1, where σ still has a slope, however many inputs it has.
    """
    return random.standard_normal((n_out, n_in)) / np.sqrt(n_in), random.standard_normal((n_out, 1))


def large(random: np.random.Generator, n_out: int, n_in: int) -> tuple[Array, Array]:
    """Everything N(0, 1): the article's, and the book's chapter 1. Some runs never learn a digit."""
    return random.standard_normal((n_out, n_in)), random.standard_normal((n_out, 1))


INITIALIZERS: dict[str, Initializer] = {"default": default, "large": large}
