"""The loop: epochs of shuffled mini-batches, in chunks after which progress is told, costs summed, and faults seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..network.architecture import Architecture
from ..network.costs import measured
from ..program.errors import ChainruleError
from ..program.nouns import Array
from .history import Epoch, History, Observer, Score
from .settings import Settings
from .step import NumpyRunner

_CHUNK = 200  # batches between two looks at progress and cost


class DivergenceError(ChainruleError, ArithmeticError):
    """The cost became no number. `epoch` and `step` count from 1; the parameters are back at the last good ones."""

    def __init__(self, epoch: int, step: int, learning_rate: float):
        self.epoch, self.step, self.learning_rate = epoch, step, learning_rate
        super().__init__(
            f"The cost became infinite or no number at step {step:,} of epoch {epoch}, with learning rate "
            f"{learning_rate:g}; the last good weights are kept. "
            f"Try a smaller rate, such as {min(learning_rate / 10, 3.0):.2g}."
        )


@dataclass
class Learner:
    """What learning changes: the parameters, where they lie; an optimizer's state; the steps done; the shuffling."""

    optimizer: str
    parameters: Sequence[Array]
    state: Sequence[Array]
    steps: int
    random: np.random.Generator


def train(
    architecture: Architecture,
    learner: Learner,
    inputs: Array,
    labels: Array,
    targets: Array,
    settings: Settings,
    observer: Observer,
    validate: Callable[[], Score] | None = None,
) -> History:
    """Learn from `inputs` (n × n_1) with `targets` (n × n_L) and `labels` (n).

    Ctrl-C ends it early and keeps what was learnt. Raises `DivergenceError` where the cost becomes no number.
    """
    runner = NumpyRunner(architecture, learner.parameters, learner.state, inputs, targets, settings.rule)
    epochs: list[Epoch] = []
    best: tuple[tuple[int, float], int, list[Array]] | None = None
    interrupted = False
    try:
        with np.errstate(all="ignore"):  # an overflow in σ is its right limit, and the cost shows every other fault
            for number in range(1, settings.epochs + 1):
                started = time.perf_counter()
                score = _epoch(architecture, learner, runner, inputs, labels, targets, settings, number, observer)
                seconds = time.perf_counter() - started
                validation = validate() if validate else None
                epochs.append(Epoch(number, score, validation, seconds))
                observer.finished(epochs[-1])
                if settings.patience is not None and validation is not None:
                    reached = (validation.correct, -validation.cost)
                    if best is None or reached > best[0]:
                        best = (reached, number, [parameter.copy() for parameter in learner.parameters])
                    elif number - best[1] >= settings.patience:
                        break
    except KeyboardInterrupt:
        interrupted = True
    if best is not None:
        for parameter, kept in zip(learner.parameters, best[2], strict=True):
            parameter[...] = kept
    return History(tuple(epochs), settings.executor, interrupted, best[1] if best else None)


def _epoch(
    architecture: Architecture,
    learner: Learner,
    runner: NumpyRunner,
    inputs: Array,
    labels: Array,
    targets: Array,
    settings: Settings,
    number: int,
    observer: Observer,
) -> Score:
    """One pass over the training data; its cost and right answers, summed over its own forward passes."""
    started = time.perf_counter()
    n, m = len(inputs), min(settings.batch_size, len(inputs))
    total_steps = settings.epochs * -(-n // m)
    order = learner.random.permutation(n)
    full = order[: n - n % m].reshape(-1, m)
    pieces = [full[k : k + _CHUNK] for k in range(0, len(full), _CHUNK)]
    pieces += [order[n - n % m :].reshape(1, -1)] if n % m else []
    total_cost, correct, done, step = 0.0, 0, 0, 0
    for piece in pieces:
        good = [array.copy() for array in (*learner.parameters, *learner.state)]
        outputs = np.empty((len(piece), architecture.sizes[-1], piece.shape[1]), inputs.dtype)
        ahead = (number - 1) * -(-n // m) + step
        rates = [settings.learning_rate * settings.schedule(ahead + k, total_steps) for k in range(len(piece))]
        runner.run(piece, outputs, rates, learner.steps)
        a = np.moveaxis(outputs, 1, 0).reshape(outputs.shape[1], -1)
        indices = piece.reshape(-1)
        piece_cost = measured(architecture.cost, a, targets[indices].T)
        if not np.isfinite(piece_cost) or not all(np.isfinite(p).all() for p in learner.parameters):
            for array, kept in zip((*learner.parameters, *learner.state), good, strict=True):
                array[...] = kept
            wrong = ~np.isfinite(outputs).all(axis=(1, 2))
            at = int(np.argmax(wrong)) if wrong.any() else len(piece) - 1
            raise DivergenceError(number, step + at + 1, rates[at])
        learner.steps += len(piece)
        step += len(piece)
        total_cost += piece_cost
        correct += int(np.count_nonzero(a.argmax(axis=0) == labels[indices]))
        done += len(indices)
        observer.progressed(number, done, n, time.perf_counter() - started)
    return Score(total_cost / n, correct, n)
