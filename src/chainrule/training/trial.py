"""The result of a trial, in which a network is trained again for part of its run with some settings or inputs changed.

`chainrule/trials.py` makes trials; this file decides when one is better than another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

REAL_GAIN = 0.01, 0.1
"""The gain that a remedy must bring: one point of the score, and a tenth of its distance from 1."""

LARGE_GAIN = 0.03, 0.25
"""The gain required to call a run that learns faulty: three points, and a quarter of the score's distance from 1."""

NEIGHBORS, SEARCH, TRIAL, FULL_TRIAL = 1 / 6, 1 / 8, 1 / 5, 0.31
"""The shares of the budget that comparing rows, a search for a rate and one trial may take. A remedy takes three trials: one of
the present settings, and two of its own, in two orders. One that is as long as the run may take more, since it is two: the run
itself is that of its settings.
"""

_INPUTS_OF_A_STEP = frozenset({"learning_rate", "initializer", "seed"})
"""Settings that the program of a step takes as inputs, so that others need another program."""

_ERRORS = 2.0  # standard errors of a share of so few rows, which a gain must exceed


@dataclass(frozen=True)
class Trial:
    """The scores of a network on rows that it did not learn from, and on some that it did.

    Attributes:
        cost: The cost per example on held-out rows.
        relative_cost: The same, divided by the cost of the best constant answer.
        score: The accuracy on held-out rows, averaged over the classes, or R².
        learned: The score on rows that were learned from.
        rows: The number of held-out rows; 0 if scores are R².
        examples: The number of examples learned from, with repetitions.
    """

    cost: float
    relative_cost: float
    score: float
    learned: float
    rows: int
    examples: int

    def beats(self, other: Trial, margin: tuple[float, float] = REAL_GAIN) -> bool:
        """Whether its score is better by a margin, and by more than chance explains for so few rows.

        Args:
            other: The trial to compare with.
            margin: The least gain, in absolute terms and as a share of the other score's distance from 1.

        Returns:
            Whether it is better.
        """
        return self.score - other.score >= other.least(margin)

    def least(self, margin: tuple[float, float]) -> float:
        """The smallest gain over this trial that counts; with three or four rows, none does."""
        share = min(max(self.score, 1 / (self.rows + 2)), 1 - 1 / (self.rows + 2)) if self.rows else 0.0
        chance = _ERRORS * math.sqrt(share * (1 - share) / self.rows) if self.rows else 0.0
        return max(margin[0], margin[1] * (1 - self.score), chance)

    def is_beatable(self, margin: tuple[float, float] = LARGE_GAIN) -> bool:
        """Whether any trial could beat this one: scores end at 1.

        Args:
            margin: The least gain, as in `beats`.

        Returns:
            Whether it could.
        """
        return 1 - self.score >= self.least(margin)

    def leaves_to_learn(self, margin: tuple[float, float] = LARGE_GAIN) -> bool:
        """Whether any trial could learn more than this one, as `learns_more` says.

        Args:
            margin: The least gain, as in `beats`.

        Returns:
            Whether it could.
        """
        return 1 - self.learned >= max(margin[0], margin[1] * (1 - self.learned)) and self.is_beatable(margin)

    def learns_more(self, other: Trial, margin: tuple[float, float] = LARGE_GAIN) -> bool:
        """Whether it is better on both held-out and training rows, so that the gain is not only less overfitting.

        Args:
            other: The trial to compare with.
            margin: The least gain, as in `beats`.

        Returns:
            Whether it is better on both.
        """
        more = self.learned - other.learned >= max(margin[0], margin[1] * (1 - other.learned))
        return more and self.beats(other, margin)

    def helps(self, other: Trial) -> bool:
        """Whether its held-out cost is lower by a tenth and its score no worse, or its score better and its cost no higher."""
        lower = self.relative_cost <= (1 - REAL_GAIN[1]) * other.relative_cost and self.score >= other.score
        return lower or (self.beats(other) and self.relative_cost <= other.relative_cost)


def can_share_step(run: Mapping[str, Any], changes: Iterable[str] = ()) -> bool:
    """Whether a run was native and its compiled step serves a trial, too, since only inputs of the step change.

    Args:
        run: The settings of the run.
        changes: The names of the settings that a trial changes.

    Returns:
        Whether it is so.
    """
    penalized = any(run.get(name) for name in ("l2", "l1"))  # λ is divided by the number of examples
    return run.get("executor") in ("native", "wasm") and not penalized and _INPUTS_OF_A_STEP.issuperset(changes)


Try: TypeAlias = Callable[..., Trial | None]
"""`trial(changes, scaled="", times=1, reverse=False)`: a trial with these settings; None if they are refused."""
