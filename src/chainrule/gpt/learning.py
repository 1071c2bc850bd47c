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
    return taught(value_and_grad(cost, WEIGHTS), weights, means, squares, tokens, targets, share, numbers)


def taught(
    slope: Any, weights: Any, means: Any, squares: Any, tokens: Array, targets: Array, share: Array, numbers: Array,
    *given: Any,
) -> tuple[Array, ...]:  # fmt: skip
    """Steps of training, as in `learned`, by another derivative.

    Args:
        slope: Gives the cost and the gradients of the weights, of the weights, a row of tokens, targets and share, and `given`.
        weights: As in `learned`.
        means: Likewise.
        squares: Likewise.
        tokens: Likewise.
        targets: Likewise.
        share: Likewise.
        numbers: Likewise.
        given: What each step is given beside its row.

    Returns:
        As `learned`.
    """
    costs = np.zeros(len(tokens), share.dtype)
    for step in steps(len(tokens)):
        costs[step], slopes = slope(*weights, tokens[step], targets[step], share[step], *given)
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
    return np.array([numbers_at(step, of) for step in range(first, first + count)])


def numbers_at(step: Any, of: Any) -> tuple[Any, ...]:
    """The learning rate and Adam's numbers of a step, counted from 0, out of `of`."""
    return (RATE * np.maximum(1 - step / of, 0.0), *ADAM.numbers(step + 1))


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


@dataclass(frozen=True)
class Beginning:
    """What training begins with.

    Attributes:
        letters: Those of the text.
        known: The pieces to learn from, in their order, as `Letters.pieces` gives them.
        unseen: The pieces of the lines that are kept apart.
        weights: The first weights.
    """

    letters: Letters
    known: tuple[Array, ...]
    unseen: tuple[Array, ...]
    weights: tuple[Array, ...]


def beginning(lines: Sequence[str], seed: int) -> Beginning:
    """What training on lines begins with.

    Args:
        lines: The text.
        seed: The seed of which lines are kept apart, of the first weights, and of the order.

    Returns:
        All that is drawn.
    """
    random = np.random.default_rng(seed)
    letters = Letters.of(lines)
    shuffled = [lines[k] for k in random.permutation(len(lines))]
    apart = min(max(len(lines) // _HELD_OUT, 1), _MOST_HELD_OUT)
    known, unseen = letters.pieces(shuffled[apart:]), letters.pieces(shuffled[:apart])
    weights = tuple(each.astype(np.float32) for each in first_weights(letters.end + 1, random))
    order = random.permutation(len(known[0]))
    return Beginning(letters, tuple(each[order] for each in known), unseen, weights)


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
    begin = beginning(lines, seed)
    run, weights = _compiled(executor), begin.weights
    means = squares = tuple(map(np.zeros_like, weights))
    reports: list[Progress] = []
    begun, done, interrupted = time.perf_counter(), 0, False
    try:
        while done < count:
            rows = np.arange(done, done + CHUNK) % len(begin.known[0])
            tokens, targets, share = (each[rows] for each in begin.known)
            numbers = numbers_of(done, CHUNK, count).astype(np.float32)
            costs, weights, means, squares = run(
                weights, means, squares, tokens, targets, share.astype(np.float32), numbers
            )
            taken = min(CHUNK, count - done)
            done += taken
            held_out = float(np.mean(costs_of(weights, *begin.unseen)))
            reports.append(Progress(done, float(np.mean(costs[:taken])), held_out, time.perf_counter() - begun))
            progress(reports[-1])
    except KeyboardInterrupt:
        interrupted = True
    return Lesson(GPT(begin.letters, tuple(weights)), tuple(reports), interrupted, run.report())
