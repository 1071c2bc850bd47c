"""What is timed: networks with their data, the same for all, and the arithmetic that a step cannot do without."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

import chainrule as cr
from chainrule.data.inputs import as_activations, one_hot


@dataclass(frozen=True)
class Work:
    """A network, how it learns, and from how many images."""

    name: str
    sizes: tuple[int, ...]
    batch: int = 10
    images: int = 50_000
    rate: float = 3.0
    deep: bool = False  # ReLU, softmax with log-likelihood, Adam; else sigmoid, quadratic cost, SGD
    threads: int = 1

    @property
    def steps(self) -> int:
        """The batches of an epoch; a smaller one at its end is left out."""
        return self.images // self.batch

    @property
    def flop(self) -> int:
        """Floating-point operations of a step's matrix products: forward, gradients, and errors but for the input's."""
        products = [n * k for k, n in pairwise(self.sizes)]
        return 2 * self.batch * (3 * sum(products) - products[0])

    @property
    def network(self) -> dict[str, object]:
        """How chainrule makes it."""
        deep = {"activation": "relu", "cost": "log-likelihood", "initializer": "he"} if self.deep else {}
        return {"layers": list(self.sizes), "seed": 0, **deep}

    def described(self) -> str:
        """In words."""
        how = "ReLU, softmax and log-likelihood, Adam" if self.deep else "sigmoid, quadratic cost, SGD"
        threads = f"{self.threads} thread{'s' * (self.threads > 1)}"
        return f"`{list(self.sizes)}`, {how}, batches of {self.batch}, {self.images:,} images, float32, {threads}"


WORKS = {
    "A": Work("A", (784, 30, 10)),
    "B": Work("B", (784, 100, 10)),
    "C": Work("C", (784, 512, 512, 10), batch=128, images=19_200, rate=0.001, deep=True),
    "C, two threads": Work("C, two threads", (784, 512, 512, 10), 128, 19_200, 0.001, deep=True, threads=2),
}
SWEEPS = {
    "batch": [Work(str(m), (784, 30, 10), batch=m, images=6_000, rate=1.0) for m in (1, 10, 100, 1000)],
    "hidden neurons": [Work(str(n), (784, n, 10), images=6_000, rate=1.0) for n in (10, 100, 1000)],
}


@functools.cache
def data(images: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Activations n × 784, desired outputs n × 10, and labels."""
    grays, labels = pictures(images)
    return as_activations(grays, 784), one_hot(labels, 10), labels


@functools.cache
def pictures(images: int) -> tuple[np.ndarray, np.ndarray]:
    """The same as people give them: grays n × 784 from 0 to 255, `uint8`, and labels."""
    train, _, _ = cr.datasets.mnist()
    return train.images[:images].reshape(-1, 784), train.labels[:images]


def start(work: Work) -> list[np.ndarray]:
    """The parameters that all begin with: w2, b2, w3, b3, …"""
    return [each.copy() for each in cr.Network(**work.network).parameters]


def shuffler() -> np.random.Generator:
    """The generator from which a network with seed 0 draws its orders, so that all see the same batches."""
    return np.random.default_rng(np.random.SeedSequence(0).spawn(2)[1])


def zero_share(work: Work) -> tuple[float, float]:
    """The share of pixels that are 0, and of pixels that are 0 in a whole batch."""
    x = data(work.images)[0]
    order = shuffler().permutation(work.images)[: work.steps * work.batch].reshape(-1, work.batch)[:500]
    return float(np.mean(x[:5000] == 0)), float(np.mean([(x[batch] == 0).all(axis=0).mean() for batch in order]))
