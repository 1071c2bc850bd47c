"""Example inputs of operations, from which the tests of every operation are made.

A function takes a NumPy random generator and yields `(inputs, params)`. Inputs are float64, away from kinks and poles, so that
finite differences are meaningful.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.primitive import Example, Examples

_BROADCASTS = [
    ((3, 2), (3, 2)),
    ((3, 2), (3, 1)),
    ((3, 1), (1, 2)),
    ((2,), (3, 2)),
    ((), (3, 2)),
    ((3, 2), ()),
    ((), ()),
]


def anywhere(random: np.random.Generator) -> Iterator[Example]:
    """One array of real numbers, none near 0."""
    for shape in [(), (3,), (2, 3)]:
        yield (apart_from_zero(random, shape),), {}


def positive(random: np.random.Generator) -> Iterator[Example]:
    """One array of positive numbers."""
    for shape in [(), (3,), (2, 3)]:
        yield (random.uniform(0.5, 2.0, shape),), {}


def between(low: float, high: float) -> Examples:
    """One array of numbers in an interval."""

    def generate(random: np.random.Generator) -> Iterator[Example]:
        for shape in [(), (3,), (2, 3)]:
            yield (random.uniform(low, high, shape),), {}

    return generate


def pairs(random: np.random.Generator) -> Iterator[Example]:
    """Two arrays in every case of broadcasting, with elements well apart."""
    for one, other in _BROADCASTS:
        a = apart_from_zero(random, one)
        yield (a, apart_from_zero(random, other) + 4.0), {}
        yield (apart_from_zero(random, one) + 4.0, apart_from_zero(random, other)), {}


def nonzero_pairs(random: np.random.Generator) -> Iterator[Example]:
    """Two arrays in every case of broadcasting, the second away from 0."""
    for one, other in _BROADCASTS:
        yield (random.normal(size=one), apart_from_zero(random, other)), {}


def powers(random: np.random.Generator) -> Iterator[Example]:
    """A positive base with any exponent, in every case of broadcasting; any base with an integer exponent."""
    for one, other in _BROADCASTS:
        yield (random.uniform(0.5, 2.0, one), random.normal(size=other)), {}
    for exponent in (2, 3, 2.0, -1.0, 1, 0.5):
        base = random.uniform(0.5, 2.0, (3, 2))
        yield (base if exponent == 0.5 else base * random.choice([-1, 1], (3, 2)), exponent), {}


def choices(random: np.random.Generator) -> Iterator[Example]:
    """A mask and two arrays, in every case of broadcasting."""
    for one, other in _BROADCASTS:
        yield (random.random((3, 2)) > 0.5, random.normal(size=one), random.normal(size=other)), {}


def reduced(**params: object) -> Examples:
    """One array with every choice of axes, with and without keepdims."""

    def generate(random: np.random.Generator) -> Iterator[Example]:
        for shape, axes in [
            ((3,), (None, 0)),
            ((2, 3), (None, 0, 1, (0, 1))),
            ((2, 3, 2), (1, (0, 2), (2,))),
            ((), (None,)),
        ]:
            for axis in axes:
                for keepdims in (False, True):
                    array = random.permutation(np.arange(1.0, 1 + int(np.prod(shape)))).reshape(shape)
                    yield (array + random.uniform(0, 0.3, shape),), {"axis": axis, "keepdims": keepdims, **params}

    return generate


def of_shapes(*cases: tuple[tuple[tuple[int, ...], ...], dict[str, object]]) -> Examples:
    """Arrays of these shapes with these params."""

    def generate(random: np.random.Generator) -> Iterator[Example]:
        for shapes, params in cases:
            yield tuple(random.normal(size=shape) for shape in shapes), dict(params)

    return generate


def apart_from_zero(
    random: np.random.Generator, shape: tuple[int, ...]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Numbers of either sign, at least 0.3 away from 0, and at least 0.01 apart."""
    size = int(np.prod(shape))
    steps = random.permutation(np.arange(size)) / max(size, 1)
    return np.asarray((0.3 + steps + random.uniform(0, 0.01)) * random.choice([-1, 1], size)).reshape(shape)


def stacks(*shapes: tuple[int, ...], **params: object) -> Examples:
    """Matrices or stacks of matrices of these shapes, all with the same params."""
    return of_shapes(*(((shape,), params) for shape in shapes))


def invertible(random: np.random.Generator) -> Iterator[Example]:
    """Square matrices far from singular, with determinants of both signs, and a stack of them."""
    for shape in [(1, 1), (3, 3), (2, 2, 2)]:
        yield (random.normal(size=shape) * 0.5 + np.eye(shape[-1]) * random.choice([-2, 2], shape[-1]),), {}


def invertible_pairs(random: np.random.Generator) -> Iterator[Example]:
    """A square matrix, or a stack of them, and right-hand sides: vectors, matrices, stacks."""
    for one, other in [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 2, 2), (2,)), ((2, 2, 2), (2, 3)), ((2, 2), (3, 2, 1))]:
        yield (random.normal(size=one) * 0.5 + 2 * np.eye(one[-1]), random.normal(size=other)), {}


def positive_definite(random: np.random.Generator) -> Iterator[Example]:
    """Symmetric positive definite matrices, and a stack of them."""
    for shape in [(1, 1), (3, 3), (2, 2, 2)]:
        a = random.normal(size=shape)
        yield (a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1]),), {}
