"""Searches for a learning rate: short runs of equal length from the same start, of which the best continue."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.nouns import Array
from ..network.architecture import Architecture
from .choice import numpy_seconds
from .runner import Examples, Learner, NumpyRunner, Runner, learner_of
from .settings import SettingsError
from .step import UpdateRule

_DIGITS = (1, 2, 5)  # leading digits of the rates that are tried
_STEPS, _FEWEST = 600, 100  # steps of the longest run by default: at most and at least
_SECONDS = 10.0  # the approximate duration of a search
LONGEST_RUNS = 8
"""About as long as all runs of a search together, in its longest runs."""
FEWEST_STEPS = 16
"""The fewest steps of the longest runs."""
_ROUNDS = (1 / 8, 1 / 4, 1)  # how far each round of runs goes, as a share of the longest
_ALIKE = 0.05  # after a round, the rates within this share of the least cost continue, and their neighbors:
_BELOW, _ABOVE = 2, 1  # more of them below, since in a short round high rates look better than they prove in the end
_SCORED = 1 / 4  # the last part of a run, whose cost counts
_SAFE = 2.0
"""The best rate is divided by this: in longer runs the best is lower, and too high a rate costs more than too low a one."""
_SHOWN = 30  # the curve ends at this multiple of the best rate of the first round


@dataclass(frozen=True)
class RateSearch:
    """The result of a search for a learning rate; printed, it is a curve.

    Attributes:
        rates: The rates at which the cost falls.
        costs: The cost per example at the end of a short run with each.
        suggested: A rate a little below the one that did best in the longest runs: later in training, the best rate is lower.
    """

    rates: tuple[float, ...]
    costs: tuple[float, ...]
    suggested: float

    def __repr__(self) -> str:
        return f"<RateSearch over {len(self.rates)} rates, suggested={self.suggested:g}; print it to see the curve>"


def search(
    architecture: Architecture,
    parameters: Sequence[Array],
    examples: Examples,
    rule: UpdateRule,
    *,
    batch_size: int,
    lowest: float,
    highest: float,
    steps: int | None,
    random: np.random.Generator,
    runner: Callable[[Learner], Runner] | None = None,
) -> RateSearch:
    """Try learning rates with one significant digit on copies of the parameters.

    All runs begin alike and see the same batches, and what counts is the cost of batches before they are learned from. A
    single run in which η grows, as in Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3,
    suggested up to thirty times too much for optimizers with memory, whose steps go on as before.

    Args:
        architecture: The layers and the cost.
        parameters: The parameters to start from.
        examples: The training examples.
        rule: How the gradient updates the parameters.
        batch_size: The number of examples in a batch.
        lowest: The lowest rate, above 0.
        highest: The highest rate.
        steps: The number of steps in the longest runs; `None` is 600, or fewer if steps take long.
        random: The random generator.
        runner: Makes what runs the steps of a learner, by default NumPy's runner.

    Returns:
        The rates at which the cost falls, their costs, and a suggestion.

    Raises:
        SettingsError: The rates do not rise from above 0, or the cost falls at none of them.
    """
    if not 0 < lowest < highest < math.inf:
        raise SettingsError(
            "The rates go from {lowest!r} to {highest!r}; they must rise, from above 0.", lowest=lowest, highest=highest
        )
    m = min(batch_size, len(examples))
    if steps is None:
        one = numpy_seconds(architecture, m, 1, m, rule.optimizer)
        steps = round(min(_STEPS, max(_FEWEST, _SECONDS / one / LONGEST_RUNS)))
    learner = learner_of(architecture, [array.copy() for array in parameters], rule.optimizer, random)
    stepper = NumpyRunner(architecture, learner, examples, rule) if runner is None else runner(learner)
    runs = _Runs(learner, stepper, len(examples), m, max(steps, FEWEST_STEPS))
    every = _rates(lowest, highest)
    with np.errstate(all="ignore"):  # high rates overflow on purpose
        tried = runs.costs([0.0, *every], _ROUNDS[0])
        start = tried.pop(0.0)
        falling = {rate: cost for rate, cost in tried.items() if cost < start}
        if not falling:
            raise SettingsError("The cost falls at none of these rates; start lower, or choose another initializer.")
        costs = falling
        for share in _ROUNDS[1:]:
            costs = runs.costs(_around_the_best(costs), share)
    best, shown = (min(each, key=each.__getitem__) for each in (costs, falling))
    curve = {rate: cost for rate, cost in falling.items() if rate <= _SHOWN * shown}
    return RateSearch(tuple(curve), tuple(curve.values()), float(f"{best / _SAFE:.0e}"))


def _around_the_best(costs: Mapping[float, float]) -> list[float]:
    """The rates near the best, which continue."""
    least = min(costs.values())
    alike = [at for at, cost in enumerate(costs.values()) if cost <= least + _ALIKE * abs(least)]
    return list(costs)[max(0, alike[0] - _BELOW) : alike[-1] + _ABOVE + 1]


def _rates(lowest: float, highest: float) -> list[float]:
    """The rates with one significant digit from the lowest to the highest, and these two."""
    powers = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    between = [float(f"{digit}e{power}") for power in powers for digit in _DIGITS]
    return [lowest, *(rate for rate in between if lowest < rate < highest), highest]


class _Runs:
    """Runs with one learning rate each, which can be continued."""

    def __init__(self, learner: Learner, runner: Runner, n: int, m: int, steps: int):
        orders = [learner.random.permutation(n)[: n - n % m] for _ in range(math.ceil(steps / (n // m)))]
        self._order = np.concatenate(orders).reshape(-1, m)[:steps]
        self._arrays = [*learner.parameters, *learner.state]
        self._begun = [each.copy() for each in self._arrays]
        self._stands: dict[float, tuple[int, list[Array]]] = {}
        self._runner = runner
        runner.begin()

    def costs(self, rates: Sequence[float], share: float) -> dict[float, float]:
        """The cost per example at the end of a run with each rate, up to a share of the longest."""
        return {rate: self._cost(rate, round(share * len(self._order))) for rate in rates}

    def _cost(self, rate: float, end: int) -> float:
        """Continue a run to step `end`; the cost of its last part is infinite if a cost was, or a parameter."""
        done, arrays = self._stands.pop(rate, (0, self._begun))
        for array, values in zip(self._arrays, arrays, strict=True):
            array[...] = values
        self._runner.resume()
        scored = end - max(1, round(_SCORED * end))
        for start, stop in ((done, scored), (scored, end)):
            before = self._runner.cost
            order = self._order[start:stop]
            if len(order) and self._runner.learn(order, [rate] * len(order), start) is not None:
                return math.inf
        self._runner.settle()
        self._stands[rate] = end, [each.copy() for each in self._arrays]
        return (self._runner.cost - before) / order.size
