"""Runs an experiment of the book with one seed, and returns the measurements as plain data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..data import datasets
from ..data.augmentation import expand
from ..model import Network
from ..training.history import Epoch, History, Observer, Silent
from ..training.loop import DivergenceError
from ..training.settings import Executor, Regularization
from ..version import __version__
from .chapter6 import network_of
from .rows import BATCH, Convolutional, Experiment, Guess, Lengths, Training

LOST = 20.0  # a digit is lost if less than this share of its images, in %, is classified correctly
_DIGITS = 10


@dataclass(frozen=True)
class Run:
    """The measurements with one seed.

    Attributes:
        seed: The seed.
        scored: The accuracy in % after each epoch, or after the last one only.
        training: The same on the training images.
        valid: The same on the validation images, where both they and the test images are scored.
        lengths: ‖δ‖ of the hidden layers.
        digits: The accuracy in % on the images of each digit, at the end.
        diverged: The epoch, from 0, in which a weight became NaN or infinite.
        executor: The executor; empty if nothing was trained.
        seconds: The duration of the run.
        version: The version of chainrule that ran it.
        misread: For networks of chapter 6, which test images, from 0, were read wrongly at the end, and as which digit.

    Examples:
        >>> Run(0, digits=(98.5, 97.0, 0.1, 91.0, 92.0, 88.0, 95.0, 94.0, 19.9, 90.0)).lost
        (2, 8)
    """

    seed: int
    scored: tuple[float, ...] = ()
    training: tuple[float, ...] = ()
    lengths: tuple[float, ...] = ()
    digits: tuple[float, ...] = ()
    diverged: int | None = None
    executor: str = ""
    seconds: float = 0.0
    version: str = __version__
    valid: tuple[float, ...] = ()
    misread: tuple[tuple[int, int], ...] = ()

    @property
    def lost(self) -> tuple[int, ...]:
        """The digits that are hardly ever classified correctly at the end, because their output neurons are saturated."""
        return tuple(digit for digit, share in enumerate(self.digits) if share < LOST)


def run(experiment: Experiment, seed: int, executor: Executor = "auto", progress: Observer | None = None) -> Run:
    """Run an experiment with this seed.

    Args:
        experiment: The experiment.
        seed: The seed of everything that is drawn.
        executor: What runs the training step; experiments in `float64` always run on NumPy.
        progress: An observer of training.

    Returns:
        The measurements, and how long they took.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; an incomplete run is discarded.

    Examples:
        >>> run(Guess(), 0).scored[0] < 12
        True
    """
    started = time.perf_counter()
    if isinstance(experiment, Training):
        made = _trained(experiment, seed, executor, progress or Silent())
    elif isinstance(experiment, Convolutional):
        made = _convolutional(experiment, seed, executor, progress or Silent())
    elif isinstance(experiment, Lengths):
        made = Run(seed, lengths=_lengths(experiment, seed))
    else:
        images, labels = datasets.mnist()[2]
        guessed = np.random.default_rng(seed).integers(0, _DIGITS, len(labels))
        answers = guessed if isinstance(experiment, Guess) else by_darkness(images)
        made = Run(seed, scored=(_percent(int(np.count_nonzero(answers == labels)), len(labels)),))
    return replace(made, seconds=round(time.perf_counter() - started, 2))


def by_darkness(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """For each image (n × 28 × 28), the digit whose training images have the mean amount of ink closest to its own.

    Nielsen's book, chapter 1, `mnist_average_darkness.py`.
    """
    learned, labels = datasets.mnist()[0]
    ink = learned.sum(axis=(1, 2), dtype=np.int64)
    means = np.array([ink[labels == digit].mean() for digit in range(_DIGITS)])
    nearest: NDArray[np.int64] = np.abs(images.sum(axis=(1, 2), dtype=np.int64)[:, None] - means).argmin(axis=1)
    return nearest


def _lengths(experiment: Lengths, seed: int) -> tuple[float, ...]:
    """‖mean of ∂C/∂b‖ of the hidden layers, with the book's default initialization."""
    images, labels = datasets.mnist()[0]
    net = Network(experiment.sizes, seed=seed, cost="cross-entropy")
    nabla_b, _ = net.backprop(images[: experiment.images], labels[: experiment.images])
    return tuple(round(float(np.linalg.norm(b / experiment.images)), 6) for b in nabla_b[:-1])


def _trained(experiment: Training, seed: int, executor: Executor, progress: Observer) -> Run:
    train, valid, test = datasets.mnist()
    images, labels = (part[: experiment.images] for part in train)
    everything = test if experiment.scored_on == "test" else valid
    held_out = (everything.images[: experiment.scored], everything.labels[: experiment.scored])
    net = Network(
        experiment.sizes, seed=seed, cost=experiment.cost, initializer=experiment.initializer, dtype=experiment.dtype
    )
    if experiment.dtype == "float64":
        executor = "numpy"  # native loops compute in float32
    scored: list[float] = []
    training: list[float] = []

    def after(epoch: Epoch) -> None:
        if epoch.validation is not None:
            scored.append(_percent(epoch.validation.correct or 0, epoch.validation.total))
        if experiment.on_training:
            score = net.evaluate(images, labels)
            training.append(_percent(score.correct or 0, score.total))

    history: History | None = None
    diverged: int | None = None
    try:
        history = net.fit(
            images,
            labels,
            epochs=experiment.epochs,
            batch_size=BATCH,
            learning_rate=experiment.learning_rate,
            regularization=Regularization(l2=experiment.l2),
            validation=None if experiment.only_last else held_out,
            executor=executor,
            progress=progress,
            callbacks=[after],
        )
    except DivergenceError as error:
        # From here on the book's network outputs NaN, and NumPy's argmax takes the first one: the digit 0.
        diverged = error.epoch - 1
        zeros = _percent(int(np.count_nonzero(held_out[1] == 0)), len(held_out[1]))
        scored += [zeros] * (1 if experiment.only_last else experiment.epochs - diverged)
    if history is not None and history.interrupted:
        raise KeyboardInterrupt
    if experiment.only_last and diverged is None:
        score = net.evaluate(*held_out)
        scored.append(_percent(score.correct or 0, score.total))
    answers = net.predict(everything.images) if diverged is None else np.zeros_like(everything.labels)
    right = [answers[everything.labels == digit] == digit for digit in range(_DIGITS)]
    return Run(
        seed,
        tuple(scored),
        tuple(training),
        digits=tuple(_percent(int(np.count_nonzero(each)), len(each)) for each in right),
        diverged=diverged,
        executor=history.executor if history is not None else executor,
    )


def vote(runs: Sequence[Run]) -> Run:
    """What the networks of these runs answer together, at the end of each.

    Args:
        runs: Runs of one network of chapter 6, with different seeds.

    Returns:
        A run with the first one's seed that has the accuracy of their vote and which test images it read wrongly.
    """
    labels = datasets.mnist()[2].labels
    votes = []
    for each in runs:
        answers = labels.copy()
        for place, answer in each.misread:
            answers[place] = answer
        votes.append(answers)
    return _answered(Run(runs[0].seed), by_plurality(votes), labels)


def by_plurality(votes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The answer of most, for each image; of equally many, the smaller digit.

    >>> by_plurality([np.array([3, 1]), np.array([3, 2]), np.array([5, 1])]).tolist()
    [3, 1]
    """
    counts = np.array([np.sum([each == digit for each in votes], axis=0) for digit in range(_DIGITS)])
    answers: NDArray[np.int64] = counts.argmax(axis=0)
    return answers


def _answered(made: Run, answers: NDArray[np.int64], labels: NDArray[np.int64]) -> Run:
    """The run with what the answers to the test images are at the end."""
    wrong = np.flatnonzero(answers != labels)
    right = [answers[labels == digit] == digit for digit in range(_DIGITS)]
    return replace(
        made,
        scored=made.scored or (_percent(len(labels) - len(wrong), len(labels)),),
        digits=tuple(_percent(int(np.count_nonzero(each)), len(each)) for each in right),
        misread=tuple((int(place), int(answers[place])) for place in wrong),
    )


def _convolutional(experiment: Convolutional, seed: int, executor: Executor, progress: Observer) -> Run:
    """Train as the book's `network3.py` does: without shuffling, and λ divided by the number of mini-batches."""
    train, valid, test = datasets.mnist()
    images, labels = train.images[: experiment.images], train.labels[: experiment.images]
    if experiment.expanded:
        every = expand(images, labels)
        order = np.random.default_rng([seed, 1]).permutation(len(every.labels))
        images, labels = every.images[order], every.labels[order]
    net = network_of(experiment, seed)
    on_test: list[float] = []
    on_valid: list[float] = []

    def after(epoch: Epoch) -> None:
        for scores, score in ((on_valid, epoch.validation), (on_test, net.evaluate(*test))):
            assert score is not None
            scores.append(_percent(score.correct or 0, score.total))

    history = net.fit(
        images, labels, epochs=experiment.epochs, batch_size=BATCH, learning_rate=experiment.learning_rate, shuffle=False,
        regularization=Regularization(l2=experiment.l2 * BATCH),  # `fit` divides it by the number of images
        validation=valid, executor=executor, progress=progress, callbacks=[after],
    )  # fmt: skip
    if history.interrupted:
        raise KeyboardInterrupt
    made = Run(seed, tuple(on_test), valid=tuple(on_valid), executor=history.executor)
    return _answered(made, net.predict(test.images), test.labels)


def _percent(correct: int, total: int) -> float:
    return round(100 * correct / total, 4)
