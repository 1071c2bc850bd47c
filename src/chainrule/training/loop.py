"""The loop: epochs of shuffled mini-batches, in chunks after which progress is told, costs summed, and faults seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
class Best:
    """The epoch whose validation was the best so far, and the parameters that it left."""

    epoch: int
    score: Score
    parameters: list[Array]


@dataclass
class Learner:
    """What a run of learning changes: all that it needs to go on from where it stands.

    `parameters` and `state` (the optimizer's) are changed where they lie; `steps` counts since the state was fresh;
    `random` shuffles; `epochs` and `best` are those of the present run.
    """

    optimizer: str
    parameters: Sequence[Array]
    state: Sequence[Array]
    random: np.random.Generator
    steps: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    best: Best | None = None


def train(
    architecture: Architecture,
    learner: Learner,
    inputs: Array,
    labels: Array,
    targets: Array,
    settings: Settings,
    observer: Observer,
    validate: Callable[[], Score] | None = None,
    keep: Callable[[], None] | None = None,
) -> History:
    """Learn from `inputs` (n × n_1) with `targets` (n × n_L) and `labels` (n), after the epochs done before.

    `keep` is called after each epoch, when the learner is whole. Ctrl-C ends it early and keeps what was learnt. Raises
    `DivergenceError` where the cost becomes no number.
    """
    runner = NumpyRunner(architecture, learner.parameters, learner.state, inputs, targets, settings.rule)
    interrupted = False
    try:
        with np.errstate(all="ignore"):  # an overflow in σ is its right limit, and the cost shows every other fault
            while not _done(learner, settings):
                number = len(learner.epochs) + 1
                started = time.perf_counter()
                score = _epoch(architecture, learner, runner, inputs, labels, targets, settings, number, observer)
                seconds = time.perf_counter() - started
                validation = validate() if validate else None
                learner.epochs.append(Epoch(number, score, validation, seconds))
                if settings.patience is not None and validation is not None and _better(validation, learner.best):
                    learner.best = Best(number, validation, [parameter.copy() for parameter in learner.parameters])
                if keep is not None:
                    keep()
                observer.finished(learner.epochs[-1])
    except KeyboardInterrupt:
        interrupted = True
    if learner.best is not None:
        for parameter, kept in zip(learner.parameters, learner.best.parameters, strict=True):
            parameter[...] = kept
    best = learner.best.epoch if learner.best else None
    return History(tuple(learner.epochs), settings.executor, interrupted, best)


def _done(learner: Learner, settings: Settings) -> bool:
    """Whether all epochs are done, or none of the last ones has been better than the best."""
    tired = settings.patience is not None and learner.best is not None
    waited = len(learner.epochs) - learner.best.epoch if learner.best is not None else 0
    return len(learner.epochs) >= settings.epochs or (tired and waited >= (settings.patience or 0))


def _better(score: Score, best: Best | None) -> bool:
    return best is None or (score.correct, -score.cost) > (best.score.correct, -best.score.cost)


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
        outputs = np.empty((*piece.shape, architecture.sizes[-1]), inputs.dtype)
        ahead = (number - 1) * -(-n // m) + step
        rates = [settings.learning_rate * settings.schedule(ahead + k, total_steps) for k in range(len(piece))]
        runner.run(piece, outputs, rates, learner.steps)
        a = outputs.reshape(-1, outputs.shape[2])
        indices = piece.reshape(-1)
        piece_cost = measured(architecture.cost, a.T, targets.take(indices, 0).T)
        if not np.isfinite(piece_cost) or not all(np.isfinite(p).all() for p in learner.parameters):
            for array, kept in zip((*learner.parameters, *learner.state), good, strict=True):
                array[...] = kept
            wrong = ~np.isfinite(outputs).all(axis=(1, 2))
            at = int(np.argmax(wrong)) if wrong.any() else len(piece) - 1
            raise DivergenceError(number, step + at + 1, rates[at])
        learner.steps += len(piece)
        step += len(piece)
        total_cost += piece_cost
        correct += int(np.count_nonzero(a.argmax(axis=1) == labels[indices]))
        done += len(indices)
        observer.progressed(number, done, n, time.perf_counter() - started)
    return Score(total_cost / n, correct, n)
