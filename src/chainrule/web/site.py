"""What all pages share: the networks at hand, the test digits, and the digits to learn from, each made when it is asked for."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..data import datasets
from ..data.datasets import Dataset
from ..data.inputs import as_activations
from ..model import Network
from ..program.nouns import Array
from .training import Digits


@dataclass(frozen=True)
class Site:
    """The networks by name, the one that a new page looks into first among them."""

    networks: Mapping[str, Network]
    first: str

    @functools.cached_property
    def _sets(self) -> tuple[Dataset, Dataset, Dataset]:
        return datasets.mnist()

    @property
    def test(self) -> Dataset:
        """The 10,000 test digits."""
        return self._sets[2]

    @functools.cached_property
    def test_inputs(self) -> Array:
        """The test digits as activations."""
        return as_activations(self.test.images, self.test.images[0].size)

    @functools.cached_property
    def samples(self) -> Array:
        """Three test digits to begin with: the first 3, 5 and 8."""
        return np.array([np.flatnonzero(self.test.labels == digit)[0] for digit in (3, 5, 8)])

    @functools.cached_property
    def digits(self) -> Digits:
        """What is learnt from, as activations."""
        train, valid, _ = self._sets
        size = train.images[0].size
        return Digits(
            as_activations(train.images, size), train.labels, (as_activations(valid.images, size), valid.labels)
        )


def copied(net: Network) -> Network:
    """A network of its own, which may be taught without changing the other."""
    return copy.deepcopy(net)
