"""Compares the book's figures with ours: which runs count, the statistic that the book prints, and whether a row holds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from .experiments import Run, vote
from .rows import Darkness, Figure, Row, Statistic

TOLERANCE = 0.2  # percentage points beyond the range of our runs
ENOUGH = 5  # the number of values that make a range


STATISTICS: Mapping[Statistic, Callable[[Run, int], float]] = {
    "best": lambda run, at: max(run.scored),
    "best epoch": lambda run, at: float(run.scored.index(max(run.scored))),
    "last": lambda run, at: run.scored[-1],
    "epoch": lambda run, at: run.scored[at],
    "best on training": lambda run, at: max(run.training),
    "last on training": lambda run, at: run.training[-1],
    "gap": lambda run, at: max(run.training) - max(run.scored),
    "read right": lambda run, at: run.scored[0],
    "length": lambda run, at: run.lengths[at],
    "at best validation": lambda run, at: run.scored[_best(run.valid)],
}


def _best(accuracies: Sequence[float]) -> int:
    """The epoch of the best accuracy, of equal ones the last, as the book's code has it."""
    return max(range(len(accuracies)), key=lambda epoch: (accuracies[epoch], epoch))


def value(figure: Figure, run: Run) -> float:
    """The value of a figure's statistic in a run.

    Args:
        figure: The figure; quoted ones have no value in a run.
        run: The run.

    Returns:
        A percentage, an epoch, or a length, as the book prints it.

    Examples:
        >>> value(Figure(0, "gap"), Run(0, scored=(90.0, 95.0), training=(96.0, 97.5)))
        2.5
    """
    return STATISTICS[figure.statistic](run, figure.at)


def tolerance(figure: Figure) -> float:
    """How far the book's figure may lie beyond the range of our runs: in percentage points; for lengths, half a unit of the last
    decimal.

    Examples:
        >>> tolerance(Figure(95.42)), tolerance(Figure(0.07, "length")), tolerance(Figure(374, "best epoch", decimals=0))
        (0.2, 0.005, 0.0)
    """
    if figure.statistic == "best epoch":
        return 0.0
    return 0.5 * 10**-figure.decimals if figure.statistic == "length" else TOLERANCE


@dataclass(frozen=True)
class Compared:
    """A figure and our values of it.

    Attributes:
        figure: The figure.
        values: One value per run, or one per group from which the best run was chosen.
        holds: Whether the book's figure lies within the range of our values; None if there are too few values to decide, or
            nothing to compare.
    """

    figure: Figure
    values: tuple[float, ...]
    holds: bool | None

    @property
    def beyond(self) -> float | None:
        """The distance of the book's figure from the range of our values; 0 within the tolerance, None without values."""
        book = self.figure.book
        if book is None or not self.values:
            return None
        far = max(min(self.values) - book, book - max(self.values), 0.0)
        return far if far > tolerance(self.figure) + 1e-9 else 0.0  # differences of decimal fractions are not exact

    @property
    def median(self) -> float:
        """The median of our values."""
        return statistics.median(self.values)


@dataclass(frozen=True)
class Outcome:
    """A row and our runs of it.

    Attributes:
        row: The row.
        runs: All runs, in the order of their seeds.
        counted: The runs that are compared, or what groups of them voted.
        apart: The runs that are set apart because they lost a digit.
        compared: The row's figures beside our values.
    """

    row: Row
    runs: tuple[Run, ...]
    counted: tuple[Run, ...]
    apart: tuple[Run, ...]
    compared: tuple[Compared, ...]

    @property
    def holds(self) -> bool | None:
        """Whether all figures hold; None if none can be judged."""
        judged = [each.holds for each in self.compared if each.holds is not None]
        return all(judged) if judged else None


def chosen(runs: Sequence[Run], best_of: int) -> tuple[Run, ...]:
    """The best run of each group of `best_of` runs, on validation images where it was scored on these; of fewer runs than one
    group, their best.

    Args:
        runs: The runs, in the order of their seeds.
        best_of: The number of runs in a group, from 1.

    Returns:
        One run per complete group, in the order of the groups.

    Examples:
        >>> runs = [Run(seed, scored=(peak,)) for seed, peak in enumerate((94.0, 95.0, 93.0, 96.0, 92.0, 91.0, 99.0))]
        >>> [run.seed for run in chosen(runs, 3)]
        [1, 3]
    """
    whole = len(runs) - len(runs) % best_of or len(runs)
    groups = [runs[k : k + best_of] for k in range(0, whole, best_of)]
    return tuple(max(group, key=lambda run: max(run.valid or run.scored, default=0.0)) for group in groups)


def voted(runs: Sequence[Run], networks: int) -> tuple[Run, ...]:
    """What each whole group of networks answers by plurality.

    Args:
        runs: The runs, in the order of their seeds.
        networks: The number of networks in a group, one of each run.

    Returns:
        One run per whole group, in the order of the groups.
    """
    whole = len(runs) - len(runs) % networks
    return tuple(vote(runs[k : k + networks]) for k in range(0, whole, networks))


def outcome(row: Row, runs: Sequence[Run]) -> Outcome:
    """Compare a row with the runs of its experiment.

    A group whose best run lost a digit is set apart. The book's figure holds if it lies within the range of our values,
    extended by `tolerance`.

    Args:
        row: The row.
        runs: The runs of its experiment, in any order.

    Returns:
        The runs, which of them count, and each figure beside our values.
    """
    ordered = sorted(runs, key=lambda run: run.seed)
    best = chosen(ordered, row.best_of) if row.vote == 1 else voted(ordered, row.vote)
    counted = tuple(run for run in best if row.bad or not run.lost)
    apart = tuple(run for run in ordered if run.lost and not row.bad)
    enough = 1 if isinstance(row.experiment, Darkness) else ENOUGH
    compared = []
    for figure in row.figures:
        quoted = figure.statistic == "quoted"
        values = () if quoted else tuple(round(value(figure, run), 6) for run in counted)
        found = Compared(figure, values, None)
        if len(values) >= enough and found.beyond is not None:
            found = replace(found, holds=found.beyond == 0)
        compared.append(found)
    return Outcome(row, tuple(ordered), counted, apart, tuple(compared))
