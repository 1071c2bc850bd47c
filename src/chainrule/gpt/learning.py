"""How a small GPT learns: a step is one piece of text and Adam's update of all weights, and many steps are one program."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calculus import compile, value_and_grad
from ..calculus.compiled import Compiled, Executor
from ..data.errors import DataError
from ..loops.steps import steps
from ..training.optimizers import adam
from .model import WEIGHTS, Array, cost, first_weights
from .saved import GPT, costs_of
from .text import Letters

RATE = 0.01  # of the first step; it falls to 0 evenly
ADAM = adam(0.85, 0.99)
CHUNK = 500
"""Steps of a program; between two, progress is shown and Ctrl-C is heard."""
_HELD_OUT = 10  # one line in so many is kept apart, to see how well the network does on what it has not seen
_MOST_HELD_OUT = 1000  # lines


def learned(
    weights: Any, means: Any, squares: Any, tokens: Array, targets: Array, share: Array,
    numbers: Array,
) -> tuple[Array, ...]:  # fmt: skip
    """Steps of training, one for each row of tokens: the cost before each, the weights after the last, and Adam's means.

    Args:
        weights: The arrays of `WEIGHTS`.
        means: Adam's running means of their gradients; zeros at first.
        squares: Those of the gradients' squares.
        tokens: n × 16, as `Letters.pieces` gives them.
        targets: n × 16, likewise.
        share: n × 16, likewise.
        numbers: n × 3: the learning rate of each step, and the numbers of Adam's corrections.

    Returns:
        n costs, weights, means, squares.
    """
    slope: Any = value_and_grad(cost, WEIGHTS)
    costs = np.zeros(len(tokens), share.dtype)
    for step in steps(len(tokens)):
        costs[step], slopes = slope(*weights, tokens[step], targets[step], share[step])
        rate, first, second = numbers[step]
        updates = [
            ADAM.update(w, g, mean, square, rate, first, second)
            for w, g, mean, square in zip(weights, slopes, means, squares, strict=True)
        ]
        weights, means, squares = zip(*updates, strict=True)
    return costs, weights, means, squares


@cache
def _compiled(executor: Executor) -> Compiled[Any]:
    return compile(learned, executor)


def numbers_of(first: int, count: int, of: int) -> NDArray[np.float64]:
    """The learning rates and Adam's numbers of `count` steps from `first` on, out of `of`; beyond those, the rate is 0."""
    rates = [RATE * max(1 - step / of, 0.0) for step in range(first, first + count)]
    return np.array([(rate, *ADAM.numbers(first + k + 1)) for k, rate in enumerate(rates)])


@dataclass(frozen=True)
class Progress:
    """How far training has come.

    Attributes:
        step: Steps done.
        cost: The mean cost of the steps since the last report, in nats a letter.
        held_out: The mean cost of the lines that are kept apart.
        seconds: Since the first step.
    """

    step: int
    cost: float
    held_out: float
    seconds: float


@dataclass(frozen=True)
class Lesson:
    """What training gave.

    Attributes:
        gpt: The network.
        reports: How it went.
        interrupted: Whether Ctrl-C ended it sooner.
        runs: What ran the steps, in words.
    """

    gpt: GPT
    reports: tuple[Progress, ...]
    interrupted: bool
    runs: str


def learn(
    lines: Sequence[str],
    count: int = 10_000,
    *,
    seed: int = 0,
    executor: Executor = "auto",
    progress: Callable[[Progress], object] = lambda report: None,
) -> Lesson:
    """Train a small GPT on lines of text: a step learns from one line, or 16 letters of a longer one, chosen in random order.

    Args:
        lines: The text; each line begins and ends by itself, as a name does.
        count: How many steps.
        seed: The seed of the first weights and of the order.
        executor: What computes the steps, as for `compile`.
        progress: Called after every 500 steps.

    Returns:
        The network, and how training went. Ctrl-C ends training, and what was learned until then is returned.

    Raises:
        DataError: There are fewer than two lines.

    Source:
        Sizes, first weights, learning rate and Adam's settings are those of Andrej Karpathy's microgpt.

    Examples:
        >>> lesson = learn(["anna", "hanna", "susanna"] * 10, 500)
        >>> lesson.reports[-1].step, lesson.reports[-1].cost < 2
        (500, True)
    """
    if len(lines) < 2:
        raise DataError("A small GPT learns from two lines or more.")
    random = np.random.default_rng(seed)
    letters = Letters.of(lines)
    shuffled = [lines[k] for k in random.permutation(len(lines))]
    apart = min(max(len(lines) // _HELD_OUT, 1), _MOST_HELD_OUT)
    known, unseen = letters.pieces(shuffled[apart:]), letters.pieces(shuffled[:apart])
    run = _compiled(executor)
    weights = tuple(each.astype(np.float32) for each in first_weights(letters.end + 1, random))
    means = squares = tuple(map(np.zeros_like, weights))
    order = random.permutation(len(known[0]))
    reports: list[Progress] = []
    begun, done, interrupted = time.perf_counter(), 0, False
    try:
        while done < count:
            rows = order[np.arange(done, done + CHUNK) % len(order)]
            tokens, targets, share = (each[rows] for each in known)
            numbers = numbers_of(done, CHUNK, count).astype(np.float32)
            costs, weights, means, squares = run(
                weights, means, squares, tokens, targets, share.astype(np.float32), numbers
            )
            taken = min(CHUNK, count - done)
            done += taken
            held_out = float(np.mean(costs_of(weights, *unseen)))
            reports.append(Progress(done, float(np.mean(costs[:taken])), held_out, time.perf_counter() - begun))
            progress(reports[-1])
    except KeyboardInterrupt:
        interrupted = True
    return Lesson(GPT(letters, tuple(weights)), tuple(reports), interrupted, run.report())
