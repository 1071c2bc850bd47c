"""What cases are made of: digits of MNIST, tables of scikit-learn, tables made with NumPy, and ways to spoil them.

Each maker returns a `Data`; what spoils one returns another, and all are fixed by a seed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import chainrule as cr


@dataclass(frozen=True)
class Data:
    """What is learned from, and what validates it; `honest` is what truly counts, where validation data is spoiled too."""

    inputs: Any
    labels: Any
    held: Any
    held_labels: Any
    honest: tuple[Any, Any] | None = None

    @property
    def truth(self) -> tuple[Any, Any]:
        """The data whose score counts."""
        return self.honest or (self.held, self.held_labels)


Maker = Callable[[], Data]


@functools.cache
def _mnist() -> tuple[Any, Any, Any]:
    return cr.datasets.mnist()


def digits(train: int, held: int, first: int = 0, honest: int = 0) -> Maker:
    """Digits of MNIST, as bytes: `train` of the training images from `first`, and `held` of the validation images.

    So many `honest` images after these are what counts, where the validation images are too few to measure by.
    """

    def make() -> Data:
        learned, valid, _ = _mnist()
        part, other = slice(first, first + train), slice(first // 10, first // 10 + held)
        more = slice(other.stop, other.stop + honest)
        truth = (valid.images[more], valid.labels[more]) if honest else None
        return Data(learned.images[part], learned.labels[part], valid.images[other], valid.labels[other], truth)

    return make


def _split(x: Any, y: Any, held: int, seed: int) -> Data:
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = np.asarray(x, np.float64)[order], np.asarray(y)[order]
    return Data(x[held:], y[held:], x[:held], y[:held])


@functools.cache
def _loaded(name: str) -> tuple[Any, Any]:
    from sklearn import datasets

    extra = {"scaled": False} if name == "diabetes" else {}
    return getattr(datasets, f"load_{name}")(return_X_y=True, **extra)  # type: ignore[no-any-return]


def raw(name: str, held: int, seed: int = 0, rows: int | None = None) -> Maker:
    """One of scikit-learn's tables as it comes: iris, wine, breast_cancer, digits, diabetes."""

    def make() -> Data:
        x, y = _loaded(name)
        data = _split(x, y.astype(float) if name == "diabetes" else y, held, seed)
        return replace(data, inputs=data.inputs[:rows], labels=data.labels[:rows])

    return make


def made(what: str, train: int, held: int, noise: float = 0.1, seed: int = 0, columns: int = 0) -> Maker:
    """A table made with NumPy, of `train` + `held` rows; see `TABLES`. `columns` that say nothing are added."""

    def make() -> Data:
        random = np.random.default_rng(seed)
        x, y = TABLES[what](random, train + held, noise)
        if columns:
            x = np.hstack([x, random.standard_normal((len(x), columns))])
        return Data(x[held:], y[held:], x[:held], y[:held])

    return make


def _friedman(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """Friedman's first function (1991) of five columns; the desired output has mean 0 and variance 1."""
    x = random.uniform(0, 1, (n, 5))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    y = (y - 14.4) / 4.9 + noise * random.standard_normal(n)
    return 2 * x - 1, y


def _sine(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """One column, one and a half periods of a sine."""
    x = random.uniform(-1, 1, (n, 1))
    return x, np.sin(1.5 * np.pi * x[:, 0]) + noise * random.standard_normal(n)


def _plane(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """Nine columns, of which the desired output is a weighted sum."""
    x = random.standard_normal((n, 9))
    return x, x @ np.linspace(-0.6, 0.6, 9) + noise * random.standard_normal(n)


def _waves(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """Three columns, two desired outputs."""
    x = random.uniform(-1, 1, (n, 3))
    y = np.stack([np.sin(2 * x[:, 0]) + x[:, 1], np.cos(2 * x[:, 2]) * x[:, 0]], axis=1)
    return x, y + noise * random.standard_normal(y.shape)


def _moons(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """Two half moons, one in the other, in 0…1."""
    y = random.integers(0, 2, n)
    t = random.uniform(0, np.pi, n)
    x = np.where(y == 0, [np.cos(t), np.sin(t)], [1 - np.cos(t), 0.5 - np.sin(t)]).T
    x = x + noise * random.standard_normal(x.shape)
    return np.clip((x + 1.5) / 4, 0, 1), y


def _blobs(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """Four clouds of nine columns, in 0…1; `noise` is how wide they are."""
    centers = np.random.default_rng(5).uniform(0.25, 0.75, (4, 9))
    y = random.integers(0, 4, n)
    return np.clip(centers[y] + noise * random.standard_normal((n, 9)), 0, 1), y


def _rings(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """Three rings around one center, in 0…1."""
    y = random.integers(0, 3, n)
    radius, t = 0.15 + 0.15 * y + noise * random.standard_normal(n), random.uniform(0, 2 * np.pi, n)
    return np.clip(0.5 + np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1), 0, 1), y


def _overlap(random: np.random.Generator, n: int, noise: float) -> tuple[Any, Any]:
    """Two clouds that overlap so far that nobody can tell more than about 70 % of them, in 0…1."""
    y = random.integers(0, 2, n)
    return np.clip(0.5 + 0.05 * (2 * y[:, None] - 1) / 2 + noise * random.standard_normal((n, 4)), 0, 1), y


TABLES: dict[str, Callable[[np.random.Generator, int, float], tuple[Any, Any]]] = {
    "friedman": _friedman, "sine": _sine, "plane": _plane, "waves": _waves,
    "moons": _moons, "blobs": _blobs, "rings": _rings, "overlap": _overlap,
}  # fmt: skip


# ---- brought to size -------------------------------------------------------------------------------------------------


def _inputs(maker: Maker, change: Callable[[Data], Callable[[Any], Any]]) -> Maker:
    """All inputs changed by what `change` makes of the data that is learned from; bytes are made 0…1 first."""

    def make() -> Data:
        data = maker()
        data = replace(data, inputs=_floats(data.inputs), held=_floats(data.held))
        by = change(data)
        honest = None if data.honest is None else (by(_floats(data.honest[0])), data.honest[1])
        return replace(data, inputs=by(data.inputs), held=by(data.held), honest=honest)

    return make


def _floats(x: Any) -> Any:
    return (x / 255.0 if x.dtype == np.uint8 else np.asarray(x, np.float64)).reshape(len(x), -1)


def unit(maker: Maker) -> Maker:
    """Each column into 0…1, by what is learned from."""

    def change(data: Data) -> Callable[[Any], Any]:
        low, high = data.inputs.min(axis=0), data.inputs.max(axis=0)
        return lambda x: np.clip((x - low) / np.where(high > low, high - low, 1), 0, 1)

    return _inputs(maker, change)


def standard(maker: Maker) -> Maker:
    """Each column to mean 0 and variance 1, by what is learned from."""

    def change(data: Data) -> Callable[[Any], Any]:
        mean, spread = data.inputs.mean(axis=0), data.inputs.std(axis=0)
        return lambda x: (x - mean) / np.where(spread > 0, spread, 1)

    return _inputs(maker, change)


def numbers(maker: Maker) -> Maker:
    """Desired outputs to mean 0 and variance 1, by what is learned from."""

    def make() -> Data:
        data = maker()
        mean, spread = data.labels.mean(axis=0), data.labels.std(axis=0)
        return replace(data, labels=(data.labels - mean) / spread, held_labels=(data.held_labels - mean) / spread)

    return make


# ---- spoiled ---------------------------------------------------------------------------------------------------------


def scaled(maker: Maker, by: float = 1.0, plus: float = 0.0) -> Maker:
    """All inputs times `by`, plus `plus`."""
    return _inputs(maker, lambda data: lambda x: by * x + plus)


def columns(maker: Maker, by: Sequence[float], plus: Sequence[float] = (0.0,)) -> Maker:
    """Each column times its number, plus its number; both begin anew where there are more columns."""

    def change(data: Data) -> Callable[[Any], Any]:
        width = data.inputs.shape[1]
        return lambda x: x * np.resize(by, width) + np.resize(plus, width)

    return _inputs(maker, change)


def joined(maker: Maker, count: int, value: float) -> Maker:
    """With `count` more columns that are `value` in every row."""
    return _inputs(maker, lambda data: lambda x: np.hstack([x, np.full((len(x), count), value)]))


def all_alike(maker: Maker) -> Maker:
    """Every row of the inputs is the first one, as a loop that reads one file again and again makes them."""
    return _inputs(maker, lambda data: lambda x: np.repeat(data.inputs[:1], len(x), axis=0))


def targets(maker: Maker, by: float, plus: float = 0.0) -> Maker:
    """Desired outputs times `by`, plus `plus`."""

    def make() -> Data:
        data = maker()
        return replace(data, labels=by * data.labels + plus, held_labels=by * data.held_labels + plus)

    return make


def kept(maker: Maker, share: dict[int, float], also_held: bool = False, seed: int = 0) -> Maker:
    """Of each class named, only this share of what is learned from (and of validation data too, `also_held`)."""

    def thinned(x: Any, y: Any, random: np.random.Generator) -> tuple[Any, Any]:
        stays = np.ones(len(y), bool)
        for label, part in share.items():
            rows = np.flatnonzero(y == label)
            stays[random.permutation(rows)[max(1, round(part * len(rows))) :]] = False
        return x[stays], y[stays]

    def make() -> Data:
        data, random = maker(), np.random.default_rng(seed)
        x, y = thinned(data.inputs, data.labels, random)
        held = thinned(data.held, data.held_labels, random) if also_held else (data.held, data.held_labels)
        return Data(x, y, *held)

    return make


def noisy(maker: Maker, share: float, seed: int = 0) -> Maker:
    """A share of all labels replaced by another class, of validation data too; `honest` has the right ones."""

    def wrong(y: Any, classes: int, random: np.random.Generator) -> Any:
        hit = random.random(len(y)) < share
        return np.where(hit, (y + random.integers(1, classes, len(y))) % classes, y)

    def make() -> Data:
        data, random = maker(), np.random.default_rng(seed)
        classes = int(data.labels.max()) + 1
        return Data(
            data.inputs,
            wrong(data.labels, classes, random),
            data.held,
            wrong(data.held_labels, classes, random),
            (data.held, data.held_labels),
        )

    return make


def shuffled(maker: Maker, seed: int = 0) -> Maker:
    """The labels that are learned from in another order than their rows, as sorting one array alone makes them."""

    def make() -> Data:
        data = maker()
        return replace(data, labels=np.random.default_rng(seed).permutation(data.labels))

    return make


def leaking(maker: Maker, most: float, noise: float = 0.0, seed: int = 0) -> Maker:
    """With one more column that is the label, divided by `most`; `honest` rows, as they come later, do not have it."""

    def make() -> Data:
        data, random = maker(), np.random.default_rng(seed)

        def with_column(x: Any, y: Any) -> Any:
            return np.column_stack([_floats(x), np.clip(y / most + noise * random.standard_normal(len(y)), -9, 9)])

        rest = np.column_stack([_floats(data.held), np.zeros(len(data.held))])
        return Data(
            with_column(data.inputs, data.labels),
            data.labels,
            with_column(data.held, data.held_labels),
            data.held_labels,
            (rest, data.held_labels),
        )

    return make


def blank(maker: Maker) -> Maker:
    """With one more column of zeros: the same shape as with a column that leaks, and nothing in it."""
    return joined(maker, 1, 0.0)


def repeated(maker: Maker, share: float, seed: int = 0) -> Maker:
    """A share of the validation rows replaced by rows that are learned from; `honest` are the validation rows."""

    def make() -> Data:
        data, random = maker(), np.random.default_rng(seed)
        count = round(share * len(data.held))
        rows = random.choice(len(data.inputs), count, replace=count > len(data.inputs))
        held, labels = data.held.copy(), data.held_labels.copy()
        held[:count], labels[:count] = data.inputs[rows], data.labels[rows]
        return Data(data.inputs, data.labels, held, labels, (data.held, data.held_labels))

    return make
