"""The loop: epochs of shuffled mini-batches, in chunks after which progress is told, costs summed, and faults seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..network.architecture import Architecture
from ..network.costs import COSTS
from ..program.errors import ChainruleError
from ..program.nouns import Array
from .history import Epoch, History, Observer, Score
from .step import NumpyRunner


class DivergenceError(ChainruleError, ArithmeticError):
    """The cost became no number. `epoch` and `step` count from 1; the parameters are back at the last good ones."""

    def __init__(self, epoch: int, step: int, learning_rate: float):
        self.epoch, self.step, self.learning_rate = epoch, step, learning_rate
        super().__init__(
            f"The cost became infinite or no number at step {step:,} of epoch {epoch}, with learning rate {learning_rate:g}; "
            f"the last good weights are kept. Try a smaller rate, such as {min(learning_rate / 10, 3.0):.2g}."
        )


@dataclass(frozen=True)
class Settings:
    """How to learn."""

    epochs: int
    batch_size: int
    learning_rate: float
    executor: str = "numpy"


def train(
    architecture: Architecture,
    parameters: Sequence[Array],
    inputs: Array,
    labels: Array,
    targets: Array,
    settings: Settings,
    random: np.random.Generator,
    observer: Observer,
    validate: Callable[[], Score] | None = None,
) -> History:
    """Train the parameters where they lie, on `inputs` (n × n_1) with `targets` (n × n_L) and `labels` (n).

    Ctrl-C ends it early and keeps what was learnt. Raises `DivergenceError` where the cost becomes no number.
    """
    n, m = len(inputs), min(settings.batch_size, len(inputs))
    runner = NumpyRunner(architecture, parameters, inputs, targets, settings.learning_rate)
    cost = COSTS[architecture.cost]
    epochs: list[Epoch] = []
    chunk = max(1, min(200, n // m))
    try:
        with np.errstate(all="ignore"):  # an overflow in σ is its right limit, and the cost shows every other fault
            for number in range(1, settings.epochs + 1):
                started = time.perf_counter()
                order = random.permutation(n)
                full = order[: n - n % m].reshape(-1, m)
                total_cost, correct, done = 0.0, 0, 0
                pieces = [full[k : k + chunk] for k in range(0, len(full), chunk)]
                pieces += [order[n - n % m :].reshape(1, -1)] if n % m else []
                for piece in pieces:
                    good = [parameter.copy() for parameter in parameters]
                    outputs = np.empty((len(piece), architecture.sizes[-1], piece.shape[1]), inputs.dtype)
                    runner.run(piece, outputs)
                    a = np.moveaxis(outputs, 1, 0).reshape(outputs.shape[1], -1)
                    indices = piece.reshape(-1)
                    piece_cost = float(cost(a, targets[indices].T))
                    if not np.isfinite(piece_cost) or not all(np.isfinite(p).all() for p in parameters):
                        for parameter, kept in zip(parameters, good, strict=True):
                            parameter[...] = kept
                        wrong = ~np.isfinite(outputs).all(axis=(1, 2))
                        step = done // m + (int(np.argmax(wrong)) if wrong.any() else len(piece) - 1) + 1
                        raise DivergenceError(number, step, settings.learning_rate)
                    total_cost += piece_cost
                    correct += int(np.count_nonzero(a.argmax(axis=0) == labels[indices]))
                    done += len(indices)
                    observer.progressed(number, done, n, time.perf_counter() - started)
                seconds = time.perf_counter() - started
                score = Score(total_cost / n, correct, n)
                epoch = Epoch(number, score, validate() if validate else None, seconds)
                epochs.append(epoch)
                observer.finished(epoch)
    except KeyboardInterrupt:
        return History(tuple(epochs), settings.executor, interrupted=True)
    return History(tuple(epochs), settings.executor)
