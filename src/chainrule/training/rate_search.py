"""Finding a learning rate: short runs of equal length from the same start, of which those that learn best go on."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..network.architecture import Architecture
from ..program.nouns import Array
from ..show.chart import chart
from ..show.language import Language, say
from ..show.screen import Screen
from .runner import figures
from .settings import SettingsError
from .step import Examples, NumpyRunner, UpdateRule

_DIGITS = (1, 2, 5)  # of the rates that are tried
_ROUNDS = ((1 / 16, 8), (1 / 4, 3), (1, 1))
"""How far each round goes, as a share of the longest run, and how many rates are left after it. In a short round high
rates look better than they are, so as many are left as may prove better in the end."""
_SCORED = 1 / 4  # of a run, its end, whose cost counts
_BURST = 4.0  # times the least cost: what is more is left out of the curve


@dataclass(frozen=True)
class RateSearch:
    """The rates that were tried, the cost per example at the end of a short run with each, and the rate to begin with.
    Printed, it is a curve.

    `suggested` is the next below the rate that did best in the longest runs: on the way down from a start the best rate is
    higher than later on.
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
    """Try rates of one digit from `lowest` to `highest` on copies of the parameters, the longest of `steps` steps.

    All runs begin alike and see the same batches, and what counts is the cost of batches before they are learnt from. A
    single run in which η grows, as in Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3,
    suggested up to thirty times too much for optimizers with memory, whose steps go on as they were before.

    Raises `SettingsError` where the cost falls at no rate.
    """
    if not 0 < lowest < highest < math.inf:
        raise SettingsError(f"The rates go from {lowest!r} to {highest!r}; they must rise, from above 0.")
    runs = _Runs(architecture, parameters, examples, rule, batch_size, max(steps, 16), random)
    every = _rates(lowest, highest)
    with np.errstate(all="ignore"):  # high rates are meant to burst
        first = runs.costs([0.0, *every], _ROUNDS[0][0])
        start = first.pop(0.0)
        left = {rate: cost for rate, cost in first.items() if cost < start}
        if not left:
            raise SettingsError("The cost falls at none of these rates; begin lower, or from another initializer.")
        for (_, kept), (share, _) in pairwise(_ROUNDS):
            left = runs.costs(sorted(left, key=left.__getitem__)[:kept], share)
    best = min(left, key=left.__getitem__)
    curve = {rate: cost for rate, cost in first.items() if cost < _BURST * min(first.values())}
    return RateSearch(tuple(curve), tuple(curve.values()), max([rate for rate in every if rate < best], default=best))


def _rates(lowest: float, highest: float) -> list[float]:
    """The rates of one digit from the lowest to the highest, which are among them."""
    powers = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    between = [float(f"{digit}e{power}") for power in powers for digit in _DIGITS]
    return [lowest, *(rate for rate in between if lowest < rate < highest), highest]


class _Runs:
    """Runs of one learning rate each, which go on from where they stand."""

    def __init__(
        self,
        architecture: Architecture,
        parameters: Sequence[Array],
        examples: Examples,
        rule: UpdateRule,
        batch_size: int,
        steps: int,
        random: np.random.Generator,
    ):
        n = len(examples.targets)
        m = min(batch_size, n)
        orders = [random.permutation(n)[: n - n % m] for _ in range(math.ceil(steps / (n // m)))]
        self._order = np.concatenate(orders).reshape(-1, m)[:steps]
        learned = set(architecture.learned)
        pairs = list(zip(architecture.parameters(), parameters, strict=True))
        state = [np.zeros_like(each) for _ in rule.optimizer.state for (name, _), each in pairs if name in learned]
        self._begun = [*parameters, *state]
        self._arrays = [each.copy() for each in self._begun]
        self._stands: dict[float, tuple[int, list[Array]]] = {}
        placed = self._arrays[: len(parameters)], self._arrays[len(parameters) :]
        self._runner = NumpyRunner(architecture, *placed, examples, rule, random)
        self._architecture, self._examples = architecture, examples

    def costs(self, rates: Sequence[float], share: float) -> dict[float, float]:
        """The cost per example at the end of a run with each rate, up to a share of the longest."""
        return {rate: self._cost(rate, round(share * len(self._order))) for rate in rates}

    def _cost(self, rate: float, end: int) -> float:
        done, kept = self._stands.pop(rate, (0, self._begun))
        for array, values in zip(self._arrays, kept, strict=True):
            array[...] = values
        order = self._order[done:end]
        outputs = np.empty((*order.shape, self._architecture.sizes[-1]), self._examples.targets.dtype)
        self._runner.run(order, outputs, [rate] * len(order), done)
        self._stands[rate] = end, [each.copy() for each in self._arrays]
        scored = max(1, round(_SCORED * end))
        cost, _ = figures(self._architecture, self._examples, None, order[-scored:], outputs[-scored:])
        return cost / order[-scored:].size if math.isfinite(cost) else math.inf
