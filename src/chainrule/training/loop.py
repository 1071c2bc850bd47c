"""The loop: epochs of shuffled mini-batches, in chunks after which progress is told, costs summed, and faults seen."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..network.architecture import Architecture
from ..network.costs import measured
from ..program.errors import ChainruleError
from ..program.nouns import Array
from ..run.threads import threads_for
from .history import Epoch, History, Observer, Score, Silent
from .schedules import Plateau
from .settings import Settings
from .step import Examples, NumpyRunner

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


@dataclass(frozen=True)
class Watch:
    """What happens beside learning.

    `vary` fills the inputs anew before each epoch; `validate` gives score and metrics after it, `keep` stores the
    learner when it is whole, and where one of `callbacks` returns something true, learning ends.
    """

    observer: Observer = field(default_factory=Silent)
    vary: Callable[[np.random.Generator], None] | None = None
    validate: Callable[[], tuple[Score, Mapping[str, float]]] | None = None
    keep: Callable[[], None] | None = None
    callbacks: Sequence[Callable[[Epoch], object]] = ()


def train(
    architecture: Architecture,
    learner: Learner,
    examples: Examples,
    labels: Array | None,
    settings: Settings,
    watch: Watch,
) -> History:
    """Learn from examples, whose classes are `labels` (n) if they have any, after the epochs done before.

    Ctrl-C ends it early and keeps what was learnt. Raises `DivergenceError` where the cost becomes no number.
    """
    runner = NumpyRunner(architecture, learner.parameters, learner.state, examples, settings.rule, learner.random)
    interrupted = ended = False
    learnt: Epoch | None = None  # an epoch that is not yet among the learner's
    try:
        # An overflow in σ is its right limit, and the cost shows every other fault.
        with threads_for(largest_product(architecture, settings.batch_size)), np.errstate(all="ignore"):
            while not ended and not _done(learner, settings):
                number = len(learner.epochs) + 1
                started = time.perf_counter()
                if watch.vary is not None:
                    watch.vary(learner.random)
                score, rate = _epoch(architecture, learner, runner, examples, labels, settings, number, watch.observer)
                learnt = Epoch(number, score, None, time.perf_counter() - started, rate)
                if watch.validate is not None:
                    validation, metrics = watch.validate()
                    learnt = replace(learnt, validation=validation, metrics=metrics)
                    if settings.patience is not None and _better(validation, learner.best):
                        learner.best = Best(number, validation, [each.copy() for each in learner.parameters])
                learner.epochs.append(learnt)
                learnt = None
                if watch.keep is not None:
                    watch.keep()
                watch.observer.finished(learner.epochs[-1])
                for callback in watch.callbacks:  # all are told, also after one that ends it
                    ended = bool(callback(learner.epochs[-1])) or ended
    except KeyboardInterrupt:
        interrupted = True
        if learnt is not None:
            learner.epochs.append(learnt)
    if learner.best is not None:
        for parameter, kept in zip(learner.parameters, learner.best.parameters, strict=True):
            parameter[...] = kept
    best = learner.best.epoch if learner.best else None
    return History(tuple(learner.epochs), settings.executor, interrupted, best)


def largest_product(architecture: Architecture, m: int) -> int:
    """The multiplications of the largest matrix product of a step."""
    return m * max(math.prod(shape) for _, shape in architecture.parameters())


def _done(learner: Learner, settings: Settings) -> bool:
    """Whether all epochs are done, or none of the last ones has been better than the best."""
    tired = settings.patience is not None and learner.best is not None
    waited = len(learner.epochs) - learner.best.epoch if learner.best is not None else 0
    return len(learner.epochs) >= settings.epochs or (tired and waited >= (settings.patience or 0))


def _better(score: Score, best: Best | None) -> bool:
    if best is None:
        return True
    return (score.correct or 0, -score.cost) > (best.score.correct or 0, -best.score.cost)


def rates(settings: Settings, epochs: Sequence[Epoch], steps_an_epoch: int) -> Callable[[int], float]:
    """The learning rate of each step of the next epoch, counted from 0."""
    schedule, done = settings.schedule, len(epochs) * steps_an_epoch
    if isinstance(schedule, Plateau):
        factor = schedule.after([epoch.validation.cost for epoch in epochs if epoch.validation is not None])
        return lambda step: settings.learning_rate * factor
    total = settings.epochs * steps_an_epoch
    return lambda step: settings.learning_rate * schedule(done + step, total)


def _epoch(
    architecture: Architecture,
    learner: Learner,
    runner: NumpyRunner,
    examples: Examples,
    labels: Array | None,
    settings: Settings,
    number: int,
    observer: Observer,
) -> tuple[Score, float]:
    """One pass over the examples: cost and right answers, summed over its own forward passes; its last η."""
    started = time.perf_counter()
    n = len(examples.inputs)
    m = min(settings.batch_size, n)
    rate = rates(settings, learner.epochs, -(-n // m))
    order = learner.random.permutation(n)
    full = order[: n - n % m].reshape(-1, m)
    pieces = [full[k : k + _CHUNK] for k in range(0, len(full), _CHUNK)]
    pieces += [order[n - n % m :].reshape(1, -1)] if n % m else []
    total_cost, correct, done, step = 0.0, 0, 0, 0
    for piece in pieces:
        good = [array.copy() for array in (*learner.parameters, *learner.state)]
        outputs = np.empty((*piece.shape, architecture.sizes[-1]), examples.inputs.dtype)
        etas = [rate(step + k) for k in range(len(piece))]
        runner.run(piece, outputs, etas, learner.steps)
        a = outputs.reshape(-1, outputs.shape[2])
        indices = piece.reshape(-1)
        weights = None if examples.weights is None else examples.weights.take(indices, 0).T
        piece_cost = measured(architecture.cost, a.T, examples.targets.take(indices, 0).T, weights)
        if not np.isfinite(piece_cost) or not all(np.isfinite(p).all() for p in learner.parameters):
            for array, kept in zip((*learner.parameters, *learner.state), good, strict=True):
                array[...] = kept
            wrong = ~np.isfinite(outputs).all(axis=(1, 2))
            at = int(np.argmax(wrong)) if wrong.any() else len(piece) - 1
            raise DivergenceError(number, step + at + 1, etas[at])
        learner.steps += len(piece)
        step += len(piece)
        total_cost += piece_cost
        correct += 0 if labels is None else int(np.count_nonzero(a.argmax(axis=1) == labels[indices]))
        done += len(indices)
        observer.progressed(number, done, n, time.perf_counter() - started)
    return Score(total_cost / n, None if labels is None else correct, n), rate(step - 1)
