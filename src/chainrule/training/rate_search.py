"""Finding a learning rate: a short run in which η grows from batch to batch, until the cost bursts."""

from __future__ import annotations

import io
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..network.architecture import Architecture
from ..network.costs import measured
from ..program.nouns import Array
from ..show.chart import chart
from ..show.language import Language, say
from ..show.screen import Screen
from .settings import SettingsError
from .step import Examples, NumpyRunner, UpdateRule

_MEMORY = 0.9  # of the running mean of the costs
_GOOD = 1.1  # times the least cost
_BURST = 4.0  # times the least cost: further on nothing is learnt


@dataclass(frozen=True)
class RateSearch:
    """The rates that were tried, the running mean of the cost per example after each, and the rate to begin with.
    Printed, it is a curve.

    `suggested` is a third of the middle of the rates at which the cost was within a tenth of its least: higher ones
    make a longer run restless.
    """

    rates: tuple[float, ...]
    costs: tuple[float, ...]
    suggested: float

    def draw(self, screen: Screen, language: Language = "en") -> None:
        """Draw the cost over η, and mark the rate to begin with."""
        screen.line((say(language, "training.cost C"), "ink3"))
        chart(screen, self.rates, self.costs, logarithmic=True, marked=self.suggested)
        screen.line((say(language, "training.begin", rate=self.suggested), "ink2"))

    def __str__(self) -> str:
        page = io.StringIO()
        self.draw(Screen(page, width=80, depth="none"))
        return page.getvalue()


def search(
    architecture: Architecture,
    parameters: Sequence[Array],
    examples: Examples,
    rule: UpdateRule,
    *,
    batch_size: int,
    lowest: float,
    highest: float,
    steps: int,
    random: np.random.Generator,
) -> RateSearch:
    """Raise η from `lowest` to `highest` by the same factor each step, on copies of the parameters.

    Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3. Raises `SettingsError` where the
    cost falls at no rate.
    """
    if not 0 < lowest < highest < math.inf:
        raise SettingsError(f"The rates go from {lowest!r} to {highest!r}; they must rise, from above 0.")
    copies = [each.copy() for each in parameters]
    learned = set(architecture.learned)
    pairs = list(zip(architecture.parameters(), copies, strict=True))
    state = [np.zeros_like(each) for _ in rule.optimizer.state for (name, _), each in pairs if name in learned]
    runner = NumpyRunner(architecture, copies, state, examples, rule, random)
    m = min(batch_size, len(examples.inputs))
    every = np.geomspace(lowest, highest, steps)
    output = np.empty((1, m, architecture.sizes[-1]), examples.inputs.dtype)
    rates: list[float] = []
    costs: list[float] = []
    mean = 0.0
    with np.errstate(all="ignore"):  # it is meant to burst
        for step, rate in enumerate(every):
            batch = random.choice(len(examples.inputs), m, replace=False)
            runner.run(batch.reshape(1, -1), output, [float(rate)], step)
            weights = None if examples.weights is None else examples.weights[batch].T
            cost = measured(architecture.cost, output[0].T, examples.targets[batch].T, weights) / m
            mean = _MEMORY * mean + (1 - _MEMORY) * cost
            now = mean / (1 - _MEMORY ** (step + 1))
            if not math.isfinite(now) or (costs and now > _BURST * min(costs)):
                break
            rates.append(float(rate))
            costs.append(now)
    if not costs or min(costs) == costs[0]:
        raise SettingsError("The cost falls at none of these rates; begin lower, or from another initializer.")
    good = [math.log(rate) for rate, cost in zip(rates, costs, strict=True) if cost <= _GOOD * min(costs)]
    return RateSearch(tuple(rates), tuple(costs), float(f"{math.exp(statistics.median(good)) / 3:.1g}"))
