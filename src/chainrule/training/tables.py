"""Measurements of the examples themselves: columns, desired outputs, nearest neighbors, repeated rows."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from ..core.nouns import Array
from .runner import Examples

_MOST = 3000  # the most rows that are compared with each other
_NEIGHBORS = 20
_LEAST = 50  # the fewest rows for which neighbors say anything
NARROW = 100
"""Up to so many columns, each is scaled to variance 1 before rows are compared; more columns are likely to be pixels."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table, n × k.

    Attributes:
        mean: The mean of each column, k.
        std: The standard deviation of each column, k.
        largest: The largest absolute value in each column, k.
    """

    mean: Array
    std: Array
    largest: Array

    @functools.cached_property
    def constant(self) -> Array:
        """Which columns are constant."""
        constant: Array = self.std <= 1e-6 * np.maximum(np.abs(self.mean), 1e-12)
        return constant

    @functools.cached_property
    def rms(self) -> Array:
        """The root mean square of each column."""
        return np.hypot(self.mean, self.std)


def columns(table: Array) -> Columns:
    """Measure the columns of a table, n × k."""
    x = table.astype(np.float64, copy=False)
    return Columns(x.mean(axis=0), x.std(axis=0), np.abs(x).max(axis=0, initial=0))


@dataclass(frozen=True)
class Neighbors:
    """How well the nearest rows predict the label of each of n rows.

    Attributes:
        n: The number of rows.
        known: How much more often neighbors have the same label than any two rows do: at most 1, and 0 within the standard
            error `error` if labels are random. For regression, the R² of the neighbors' mean.
        error: The standard error of `known`.
        sure: Among the half of the rows whose neighbors agree the most, the share that has the neighbors' label.
        second: Among the `others`, the share that has the label with the second most votes.
        others: The number of rows in that half that do not have the neighbors' label.
        slope: How much more often a label is right where neighbors agree more: 1 where classes overlap, 0 where labels were
            changed at random.
        slope_error: The standard error of `slope`.
        suspects: Some of the `others`.
    """

    n: int
    known: float
    error: float
    sure: float = 1.0
    second: float = 1.0
    others: int = 0
    slope: float = 1.0
    slope_error: float = 1.0
    suspects: tuple[int, ...] = ()


def neighbors(examples: Examples, work: float = math.inf) -> Neighbors | None:
    """Compare each of up to 3,000 rows with its nearest rows.

    Args:
        examples: The examples.
        work: The most multiplications, for which fewer rows are compared.

    Returns:
        How well they predict each row's label; `None` for fewer than 50 rows, and where a row can have several classes at once.
    """
    affordable = min(_MOST, math.isqrt(int(min(work, 1e18)) // examples.rows(slice(1)).shape[1]))
    some = np.sort(np.random.default_rng(0).permutation(len(examples))[:affordable])
    if len(some) < _LEAST or (examples.labels is not None and examples.classes is None):
        return None
    k = min(_NEIGHBORS, len(some) // 10)
    x = examples.rows(some).astype(np.float64)
    statistics = columns(x)
    x -= statistics.mean  # far from 0, distances would be lost in rounding
    if x.shape[1] <= NARROW:
        x /= np.where(statistics.constant, 1.0, statistics.std)
    x = x.astype(np.float32)
    squares = (x * x).sum(axis=1)
    distance = squares[:, None] + squares[None] - 2 * x @ x.T
    np.fill_diagonal(distance, np.inf)
    near = np.argpartition(distance, k, axis=1)[:, :k]
    if examples.classes is None:
        y = examples.targets[some].astype(np.float64)
        left = ((y - y[near].mean(axis=1)) ** 2).sum(axis=0)
        spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
        return Neighbors(
            len(some), float(np.mean(1 - left / np.where(spread > 0, spread, 1))), 2 / math.sqrt(k * len(y))
        )
    y = examples.classes[some]
    kinds = np.bincount(y)
    alike = float(np.sum((kinds / len(y)) ** 2))
    if alike == 1:
        return None
    known = (float((y[near] == y[:, None]).mean()) - alike) / (1 - alike)
    random = np.random.default_rng(0)
    by_chance = [float((other[near] == other[:, None]).mean()) for other in (random.permutation(y) for _ in range(20))]
    votes = np.zeros((len(y), max(2, len(kinds))))
    for each_near in y[near].T:
        votes[np.arange(len(y)), each_near] += 1
    order = np.argsort(votes, axis=1, kind="stable")
    winner, runner_up = order[:, -1], order[:, -2]
    share = votes.max(axis=1) / k
    right = winner == y
    by_share = np.argsort(-share, kind="stable")
    half, most = by_share[: len(y) // 2], by_share[: 3 * len(y) // 4]
    wrong = half[~right[half]]
    around = share[most] - share[most].mean()
    total = float(np.sum(around**2))
    return Neighbors(
        len(y),
        known,
        float(np.std(by_chance)) / (1 - alike),
        float(right[half].mean()),
        float((runner_up[wrong] == y[wrong]).mean()) if len(wrong) else 1.0,
        len(wrong),
        float(np.sum(around * right[most]) / total) if total > 0 else 1.0,
        float(np.sqrt(right[most].var() / total)) if total > 0 else 1.0,
        tuple(int(row) for row in some[wrong[:5]]),
    )


def count_neighbors_work(examples: Examples) -> float:
    """Count the multiplications with which 3,000 rows are compared, or as many as there are."""
    return float(min(_MOST, len(examples)) ** 2 * examples.rows(slice(1)).shape[1])


@dataclass(frozen=True)
class Duplicates:
    """Rows that occur more than once.

    Attributes:
        share: The share of held-out rows that are also training rows.
        places: The positions of some of them, among the held-out rows and among the training rows.
        within: The share of training rows that repeat others.
    """

    share: float
    places: tuple[tuple[int, int], ...]
    within: float


def duplicates(learned: Examples, held: Examples) -> Duplicates:
    """Find rows that are in two sets, by their bytes.

    Args:
        learned: The training examples.
        held: The held-out examples.

    Returns:
        How many held-out rows are training rows, and how often training rows repeat each other.
    """
    places: dict[bytes, int] = {}
    again = 0
    n = len(learned)
    for row, key in enumerate(_keys(learned)):
        again += key in places
        places.setdefault(key, row)
    found = [(row, places[key]) for row, key in enumerate(_keys(held)) if key in places]
    return Duplicates(len(found) / len(held), tuple(found[:3]), again / n)


def _keys(examples: Examples) -> list[bytes]:
    rows = examples.pixels if examples.pixels is not None else examples.inputs
    rows = np.ascontiguousarray(rows)
    return [row.tobytes() for row in rows]


@dataclass(frozen=True)
class BestColumn:
    """The column that predicts the desired output best by itself.

    Attributes:
        column: Its number, from 0.
        strength: How well it predicts, 0…1.
        next_best: How well the next best column does.
    """

    column: int
    strength: float
    next_best: float


def best_column(examples: Examples) -> BestColumn | None:
    """How well each column predicts the desired output by itself; `None` if there is only one column.

    The measure is the share of the column's variance between classes or, for numbers, the square of its correlation, by values
    or by ranks.
    """
    some = np.sort(np.random.default_rng(0).permutation(len(examples))[:_MOST])
    x = examples.rows(some).astype(np.float64)
    if x.shape[1] < 2 or len(x) < 3:
        return None
    each = columns(x)
    x = np.where(each.constant, 0.0, (x - each.mean) / np.where(each.constant, 1.0, each.std))
    if examples.classes is not None:
        y = examples.classes[some]
        counts = np.bincount(y)
        sums = np.eye(len(counts))[y].T @ x
        strengths = np.sum(sums**2 / np.maximum(counts, 1)[:, None], axis=0) / len(x)
    else:
        strengths = np.zeros(x.shape[1])
        for target in examples.targets[some].astype(np.float64).T:
            for values, numbers in ((x, target), (_ranks(x), _ranks(target[:, None])[:, 0])):
                z = (numbers - numbers.mean()) / (numbers.std() or 1.0)
                strengths = np.maximum(strengths, np.mean(values * z[:, None], axis=0) ** 2)
    best, second = np.argsort(-strengths)[:2]
    return BestColumn(int(best), float(strengths[best]), float(strengths[second]))


def _ranks(x: Array) -> Array:
    """The ranks in each column, standardized to mean 0 and variance 1."""
    ranks = np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0).astype(np.float64)
    ranks -= ranks.mean(axis=0)
    normed: Array = ranks / (ranks.std(axis=0) + 1e-12)
    return normed
