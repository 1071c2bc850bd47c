"""The training loop: epochs of shuffled mini-batches, in chunks after which progress is reported and divergence detected."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.errors import ChainruleError
from ..core.nouns import Array
from ..network.architecture import Architecture
from ..run.threads import threads_for
from .callbacks import Callback, Calls, is_better
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
        callbacks: Are called after each epoch, or within it; if one returns a true value, training ends.
        network: The network, as callbacks are given it.
    """

    observer: Observer = field(default_factory=Silent)
    vary: Callable[[np.random.Generator], None] | None = None
    validate: Callable[[], tuple[Score, Mapping[str, float]]] | None = None
    keep: Callable[[], None] | None = None
    callbacks: Sequence[Callback] = ()
    network: Any = None


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
        All epochs of the run. If the best parameters are kept, the learner has those.

    Raises:
        DivergenceError: The cost became NaN or infinite.
    """
    runner = runner_of(architecture, learner, examples, settings, watch.observer)
    calls = Calls(watch.callbacks, watch.network, learner.epochs)
    interrupted = ended = False
    learning = False  # in an epoch; outside, callbacks may have changed the parameters, which then stay as they are
    learned: Epoch | None = None  # an epoch that is not yet in `learner.epochs`
    try:
        # An overflow in σ gives its correct limit, and the cost shows every other fault.
        with threads_for(largest_product(architecture, settings.batch_size)), np.errstate(all="ignore"):
            while not ended and not is_done(learner, settings):
                number = len(learner.epochs) + 1
                started = time.perf_counter()
                if watch.vary is not None:
                    watch.vary(learner.random)
                learning = True
                turn = _Turn(number, started, calls, watch.observer)
                learned = _epoch(architecture, learner, runner, examples, settings, turn)
                learning = False
                if learned is None:
                    break
                learned = noted(learned, learner, settings, watch)
                learner.epochs.append(learned)
                learned = None
                if watch.keep is not None:
                    watch.keep()
                watch.observer.finished(learner.epochs[-1])
                ended = calls.after(learner.epochs[-1], turn.step, turn.batch)
    except KeyboardInterrupt:
        interrupted = True
        if learned is not None:
            learner.epochs.append(learned)
    finally:
        if learning:
            runner.settle()
    return history_of(learner, settings, interrupted)


def noted(epoch: Epoch, learner: Learner, settings: Settings, watch: Watch) -> Epoch:
    """An epoch with its score on the validation data, if there are any; the best parameters are noted, if they are kept.

    Args:
        epoch: The epoch.
        learner: The learner after it.
        settings: How to learn.
        watch: What happens around the epochs.

    Returns:
        The epoch.
    """
    if watch.validate is None:
        return epoch
    validation, metrics = watch.validate()
    if settings.keeps_best and is_better(validation, None if learner.best is None else learner.best.score):
        learner.best = Best(epoch.number, validation, [each.copy() for each in learner.parameters])
    return replace(epoch, validation=validation, metrics=metrics)


def history_of(learner: Learner, settings: Settings, interrupted: bool) -> History:
    """The history of a run that has ended, after the best parameters are put back, if they were kept.

    Args:
        learner: The learner.
        settings: How it learned.
        interrupted: Whether Ctrl-C ended the run.

    Returns:
        The history.
    """
    if learner.best is not None:
        for parameter, kept in zip(learner.parameters, learner.best.parameters, strict=True):
            parameter[...] = kept
    best = learner.best.epoch if learner.best else None
    return History(tuple(learner.epochs), settings.executor, interrupted, best)


def runner_of(
    architecture: Architecture, learner: Learner, examples: Examples, settings: Settings, observer: Observer
) -> Runner:
    """Make the runner of the chosen executor.

    Args:
        architecture: The layers and the cost.
        learner: What training changes.
        examples: The training examples.
        settings: How to learn; the executor is one that was chosen.
        observer: If it has a method `compiling`, that is called before code is compiled.

    Returns:
        The runner.
    """
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


def is_done(learner: Learner, settings: Settings) -> bool:
    """Whether all epochs are done, or patience has run out.

    Args:
        learner: The learner, with the epochs that are done.
        settings: How to learn.

    Returns:
        Whether it is so.
    """
    tired = settings.patience is not None and learner.best is not None
    waited = len(learner.epochs) - learner.best.epoch if learner.best is not None else 0
    return len(learner.epochs) >= settings.epochs or (tired and waited >= (settings.patience or 0))


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


@dataclass
class _Turn:
    """An epoch while it runs: its number, when it began, who is told of it, its steps so far and the batch of the last."""

    number: int
    started: float
    calls: Calls
    observer: Observer
    step: int = 0
    batch: Array = field(default_factory=lambda: np.zeros(0, np.intp))


def _epoch(
    architecture: Architecture, learner: Learner, runner: Runner, examples: Examples, settings: Settings, turn: _Turn
) -> Epoch | None:
    """One pass over the examples, with the cost and the correct answers summed over its forward passes; `None` if a callback
    ends it before."""
    n = len(examples)
    m = min(settings.batch_size, n)
    rates_of = rates(settings, learner.epochs, -(-n // m))
    order = learner.random.permutation(n) if settings.shuffle else np.arange(n)
    runner.begin()
    done, last = 0, settings.learning_rate

    def so_far() -> Epoch:
        score = Score(runner.cost / done, None if examples.labels is None else runner.correct, done)
        return Epoch(turn.number, score, None, time.perf_counter() - turn.started, last)

    ragged = [order[n - n % m :].reshape(1, -1)] if n % m else []
    for batches in (order[: n - n % m].reshape(-1, m), *ragged):
        start = 0
        while start < len(batches):
            most = min(runner.piece(len(batches) - start), turn.calls.left(turn.step))
            piece = batches[start : start + most]
            etas = rates_of(range(turn.step, turn.step + len(piece)))
            wrong = runner.learn(piece, etas, learner.steps)
            if wrong is not None:
                default = default_rate(architecture, settings.rule.optimizer)
                raise DivergenceError(turn.number, turn.step + wrong + 1, etas[wrong], default)
            start += len(piece)
            learner.steps += len(piece)
            turn.step, turn.batch, last = turn.step + len(piece), piece[-1], etas[-1]
            done += piece.size
            turn.observer.progressed(turn.number, done, n, time.perf_counter() - turn.started)
            if turn.calls.now(turn.step):
                runner.settle()
                try:
                    if turn.calls.within(so_far(), turn.step, turn.batch):
                        return None
                finally:  # also after Ctrl-C: what it has written stays
                    runner.resume()
    runner.settle()
    return so_far()
