"""The training loop: epochs of shuffled mini-batches, in chunks after which progress is reported and divergence detected."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..core.errors import ChainruleError
from ..network.architecture import Architecture
from ..run.threads import threads_for
from .history import Epoch, History, Observer, Score, Silent
from .rates import default_rate
from .runner import Best, Examples, Learner, NumpyRunner, Runner
from .schedules import Plateau, always
from .settings import Settings
from .window import WindowRunner


class DivergenceError(ChainruleError, ArithmeticError):
    """The cost became NaN or infinite; the parameters are restored to the last good ones.

    Attributes:
        epoch: The epoch, from 1.
        step: The step in it, from 1.
        learning_rate: η of that step.
        smaller: A rate to try: a tenth of this one, at most the default rate of the network.
    """

    def __init__(self, epoch: int, step: int, learning_rate: float, default: float):
        self.epoch, self.step, self.learning_rate = epoch, step, learning_rate
        self.smaller = float(f"{min(learning_rate / 10, default):.2g}")
        super().__init__(
            "The cost became infinite or NaN at step {step:,} of epoch {epoch}, with learning rate {rate:g}; "
            "the last good weights are kept. Try a smaller rate, such as {smaller:g}.",
            step=step,
            epoch=epoch,
            rate=learning_rate,
            smaller=self.smaller,
        )


@dataclass(frozen=True)
class Watch:
    """What happens around the epochs.

    Attributes:
        observer: Is told the progress.
        vary: Augments the inputs before each epoch.
        validate: Returns the score and the metrics on the validation data after each epoch.
        keep: Saves the learner after each epoch.
        callbacks: Are called after each epoch; if one returns a true value, training ends.
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
    settings: Settings,
    watch: Watch,
) -> History:
    """Learn from examples, continuing after the learner's epochs. Ctrl-C ends training early and keeps what was learned.

    Args:
        architecture: The layers and the cost.
        learner: The parameters and all else that training changes.
        examples: The training examples.
        settings: How to learn.
        watch: What happens around the epochs.

    Returns:
        All epochs of the run. If `patience` is set, the parameters are those of the best epoch.

    Raises:
        DivergenceError: The cost became NaN or infinite.
    """
    runner = _runner(architecture, learner, examples, settings, watch.observer)
    interrupted = ended = False
    learning = False  # in an epoch; outside, callbacks may have changed the parameters, which then stay as they are
    learned: Epoch | None = None  # an epoch that is not yet in `learner.epochs`
    try:
        # An overflow in σ gives its correct limit, and the cost shows every other fault.
        with threads_for(largest_product(architecture, settings.batch_size)), np.errstate(all="ignore"):
            while not ended and not _done(learner, settings):
                number = len(learner.epochs) + 1
                started = time.perf_counter()
                if watch.vary is not None:
                    watch.vary(learner.random)
                learning = True
                score, rate = _epoch(architecture, learner, runner, examples, settings, number, watch.observer)
                learning = False
                learned = Epoch(number, score, None, time.perf_counter() - started, rate)
                if watch.validate is not None:
                    validation, metrics = watch.validate()
                    learned = replace(learned, validation=validation, metrics=metrics)
                    if settings.patience is not None and _better(validation, learner.best):
                        learner.best = Best(number, validation, [each.copy() for each in learner.parameters])
                learner.epochs.append(learned)
                learned = None
                if watch.keep is not None:
                    watch.keep()
                watch.observer.finished(learner.epochs[-1])
                for callback in watch.callbacks:  # all are called, also after one that ends training
                    ended = bool(callback(learner.epochs[-1])) or ended
    except KeyboardInterrupt:
        interrupted = True
        if learned is not None:
            learner.epochs.append(learned)
    finally:
        if learning:
            runner.settle()
    if learner.best is not None:
        for parameter, kept in zip(learner.parameters, learner.best.parameters, strict=True):
            parameter[...] = kept
    best = learner.best.epoch if learner.best else None
    return History(tuple(learner.epochs), settings.executor, interrupted, best)


def _runner(
    architecture: Architecture, learner: Learner, examples: Examples, settings: Settings, observer: Observer
) -> Runner:
    """The runner of the chosen executor; if the observer has a method `compiling`, it is called before code is compiled."""
    batch, compiling = min(settings.batch_size, len(examples)), getattr(observer, "compiling", lambda: None)

    def runner(examples: Examples) -> Runner:
        if settings.executor == "numpy":
            return NumpyRunner(architecture, learner, examples, settings.rule)
        if settings.executor == "jax":
            from .on_jax import JaxRunner

            return JaxRunner(architecture, learner, examples, settings.rule)
        from .native import NativeRunner

        return NativeRunner(architecture, learner, examples, settings.rule, batch, compiling)

    return runner(examples) if examples.source is None else WindowRunner(examples, batch, runner)


def largest_product(architecture: Architecture, m: int) -> int:
    """The number of multiplications in the largest matrix product of a step.

    Args:
        architecture: The layers.
        m: The number of examples in a batch.

    Returns:
        The number.
    """
    return m * max(map(math.prod, architecture.shapes.values()))


def _done(learner: Learner, settings: Settings) -> bool:
    """Whether all epochs are done, or patience has run out."""
    tired = settings.patience is not None and learner.best is not None
    waited = len(learner.epochs) - learner.best.epoch if learner.best is not None else 0
    return len(learner.epochs) >= settings.epochs or (tired and waited >= (settings.patience or 0))


def _better(score: Score, best: Best | None) -> bool:
    if best is None:
        return True
    return (score.correct or 0, -score.cost) > (best.score.correct or 0, -best.score.cost)


def rates(settings: Settings, epochs: Sequence[Epoch], steps_an_epoch: int) -> Callable[[range], list[float]]:
    """The learning rates of the next epoch.

    Args:
        settings: How to learn, with η and its schedule.
        epochs: The epochs done, for their number and validation costs.
        steps_an_epoch: The number of steps in an epoch.

    Returns:
        A function from a range of steps, counted from 0 in the epoch, to their rates.
    """
    schedule, done = settings.schedule, len(epochs) * steps_an_epoch
    if isinstance(schedule, Plateau):
        factor = schedule.after([epoch.validation.cost for epoch in epochs if epoch.validation is not None])
        return lambda steps: [settings.learning_rate * factor] * len(steps)
    if schedule is always:  # thousands of calls for the same rate would take as long as short steps
        return lambda steps: [settings.learning_rate] * len(steps)
    total = settings.epochs * steps_an_epoch
    return lambda steps: [settings.learning_rate * schedule(done + step, total) for step in steps]


def _epoch(
    architecture: Architecture,
    learner: Learner,
    runner: Runner,
    examples: Examples,
    settings: Settings,
    number: int,
    observer: Observer,
) -> tuple[Score, float]:
    """One pass over the examples: the cost and the correct answers, summed over its forward passes, and its last η."""
    started = time.perf_counter()
    n = len(examples)
    m = min(settings.batch_size, n)
    rates_of = rates(settings, learner.epochs, -(-n // m))
    order = learner.random.permutation(n) if settings.shuffle else np.arange(n)
    runner.begin()
    done = step = 0
    ragged = [order[n - n % m :].reshape(1, -1)] if n % m else []
    for batches in (order[: n - n % m].reshape(-1, m), *ragged):
        start = 0
        while start < len(batches):
            piece = batches[start : start + runner.piece(len(batches) - start)]
            etas = rates_of(range(step, step + len(piece)))
            wrong = runner.learn(piece, etas, learner.steps)
            if wrong is not None:
                default = default_rate(architecture, settings.rule.optimizer)
                raise DivergenceError(number, step + wrong + 1, etas[wrong], default)
            start += len(piece)
            learner.steps += len(piece)
            step += len(piece)
            done += piece.size
            observer.progressed(number, done, n, time.perf_counter() - started)
    runner.settle()
    return Score(runner.cost / n, None if examples.labels is None else runner.correct, n), etas[-1]
