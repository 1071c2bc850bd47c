"""Schedules of the learning rate: each is a factor on η that depends on the progress of the run.

A schedule is called before every step with `t`, the steps done, and `total`, the steps of the whole run; `Plateau` is called
before every epoch with the validation costs so far.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec

__all__ = ["Plateau", "constant", "cosine", "linear", "one_cycle", "step", "warm_up"]

Schedule = Callable[[int, int], float]
Given = ParamSpec("Given")


class _Made:
    """A schedule that can be pickled, by what made it."""

    def __init__(self, factor: Schedule, maker: Callable[..., Schedule], given: tuple[Any, ...], named: dict[str, Any]):
        self._factor, self._maker = factor, functools.partial(maker, *given, **named)

    def __call__(self, t: int, total: int) -> float:
        return self._factor(t, total)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._maker, ()


def picklable(maker: Callable[Given, Schedule]) -> Callable[Given, Schedule]:
    """What makes schedules, so that those can be pickled.

    Args:
        maker: A function of a module that returns a schedule.

    Returns:
        The same function, which returns such schedules.

    Examples:
        >>> import pickle
        >>> pickle.loads(pickle.dumps(linear()))(1, 4)
        0.75
    """

    @functools.wraps(maker)
    def made(*given: Given.args, **named: Given.kwargs) -> Schedule:
        return _Made(maker(*given, **named), made, given, named)

    return made


def always(t: int, total: int) -> float:
    """The factor of a constant rate, 1.

    Args:
        t: The steps done.
        total: The steps of the whole run.

    Returns:
        1.0.
    """
    return 1.0


def constant() -> Schedule:
    """A constant rate, η throughout.

    Examples:
        >>> [constant()(t, 4) for t in range(4)]
        [1.0, 1.0, 1.0, 1.0]
    """
    return always


@picklable
def step(every: float = 1 / 3, factor: float = 0.1) -> Schedule:
    """A rate that falls by `factor` after each fraction `every` of the run.

    Args:
        every: The fraction, above 0 and up to 1.
        factor: The factor, from 0 to 1.

    Returns:
        The schedule.

    Examples:
        >>> [step(0.5)(t, 10) for t in (0, 4, 5, 9)]
        [1.0, 1.0, 0.1, 0.1]
    """
    return lambda t, total: factor ** math.floor(t / (every * total) + 1e-9)


@picklable
def linear(end: float = 0.0) -> Schedule:
    """A rate that falls along a straight line from η to `end` · η.

    Args:
        end: The factor at the end of the run.

    Returns:
        The schedule.

    Examples:
        >>> [linear()(t, 4) for t in range(4)]
        [1.0, 0.75, 0.5, 0.25]
    """
    return lambda t, total: 1.0 + (end - 1.0) * t / total


@picklable
def cosine(end: float = 0.0) -> Schedule:
    """A rate that falls along half a cosine from η to `end` · η: Loshchilov and Hutter, "SGDR" (2017), equation (5).

    Args:
        end: The factor at the end of the run.

    Returns:
        The schedule.

    Examples:
        >>> [round(cosine()(t, 4), 3) for t in range(4)]
        [1.0, 0.854, 0.5, 0.146]
    """
    return lambda t, total: end + (1.0 - end) * (1.0 + math.cos(math.pi * t / total)) / 2


@picklable
def one_cycle(warm: float = 0.3, start: float = 1 / 25, end: float = 1e-4) -> Schedule:
    """A rate that rises along half a cosine from `start` · η to η, and falls along another one to `end` · `start` · η.

    Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates" (2018).

    Args:
        warm: The fraction of the run in which it rises.
        start: The factor of the first step.
        end: The factor of the last step, as a multiple of `start`.

    Returns:
        The schedule.

    Examples:
        >>> [round(one_cycle(warm=1 / 3)(t, 12), 2) for t in (0, 3, 11)]
        [0.04, 1.0, 0.0]
    """

    def factor(t: int, total: int) -> float:
        up = max(warm * total - 1, 1e-9)
        if t <= up:
            return 1.0 + (start - 1.0) * (1.0 + math.cos(math.pi * t / up)) / 2
        down = (t - up) / max(total - 1 - up, 1e-9)
        return end * start + (1.0 - end * start) * (1.0 + math.cos(math.pi * down)) / 2

    return factor


@picklable
def warm_up(steps: int, after: Schedule) -> Schedule:
    """A rate that rises along a straight line over the first steps, and then follows another schedule.

    Args:
        steps: The number of steps, from 1.
        after: The schedule, whose factor multiplies the rising one.

    Returns:
        The schedule.

    Examples:
        >>> [warm_up(4, constant())(t, 10) for t in range(6)]
        [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    """
    return lambda t, total: min(1.0, (t + 1) / steps) * after(t, total)


@dataclass(frozen=True)
class Plateau:
    """A rate that falls whenever the validation cost has not improved for more than `patience` epochs.

    Args:
        factor: The factor by which it falls.
        patience: The number of epochs without an improvement that are accepted.
        threshold: The fraction of the best cost by which a cost must be lower to count as an improvement.

    Examples:
        >>> Plateau(factor=0.1, patience=1).after([1.0, 0.9, 0.9, 0.9, 0.9])
        0.1
    """

    factor: float = 0.5
    patience: int = 3
    threshold: float = 1e-4

    def after(self, costs: Sequence[float]) -> float:
        """The factor on η after epochs with these validation costs, the first epoch first."""
        best, waited, factor = math.inf, 0, 1.0
        for cost in costs:
            better = cost < best * (1 - self.threshold)
            best, waited = (cost, 0) if better else (best, waited + 1)
            if waited > self.patience:
                factor, waited = factor * self.factor, 0
        return factor


SCHEDULES: dict[str, Callable[[], Schedule | Plateau]] = {
    "constant": constant, "step": step, "linear": linear, "cosine": cosine, "one-cycle": one_cycle, "plateau": Plateau,
}  # fmt: skip
