"""What callbacks are given, when they are called, and two that are often wanted: `Every` some steps, and `SaveBest`.

A callback is any function of a `Moment`; if it returns a true value, training ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

import numpy as np

from ..core.nouns import Array
from .history import Epoch, Score
from .settings import require_whole

__all__ = ["Every", "Moment", "SaveBest"]


@dataclass(frozen=True, eq=False)
class Moment(Epoch):
    """An epoch that has ended, or within one as much of it as is done, and the network as it is then.

    Attributes:
        network: The network that learns. What is written into its weights stays.
        step: The number of steps done in the epoch.
        batch: The positions, in the training examples, of those of the last step.
        best: Whether the epoch has the best score so far, on the validation data or, without them, on the training data.
    """

    network: Any = None
    step: int = 0
    batch: Array = field(default_factory=lambda: np.zeros(0, np.intp), repr=False)
    best: bool = False


Callback: TypeAlias = Callable[[Moment], object]


@dataclass(frozen=True)
class Every:
    """A callback that is called within epochs.

    Args:
        steps: After how many steps it is called, each time: 1 for each batch.
        function: A function of the `Moment`, whose score is that of the epoch so far. If it returns a true value, training ends,
            and the epoch does not count.

    Raises:
        SettingsError: The number of steps is no whole number from 1.

    Examples:
        >>> import chainrule as cr
        >>> rates = []
        >>> watch = Every(2, lambda moment: rates.append((moment.step, moment.learning_rate, moment.batch.tolist())))
        >>> x, y = np.eye(6), [0, 1] * 3
        >>> history = cr.Network([6, 2], seed=0).fit(
        ...     x, y, epochs=1, batch_size=1, learning_rate=0.5, shuffle=False, callbacks=[watch])
        >>> rates
        [(2, 0.5, [1]), (4, 0.5, [3]), (6, 0.5, [5])]
    """

    steps: int
    function: Callback

    def __post_init__(self) -> None:
        require_whole("steps", self.steps)

    def __call__(self, moment: Moment) -> object:
        """Call the function."""
        return self.function(moment)


@dataclass(frozen=True)
class SaveBest:
    """A callback that saves the network after each epoch that is the best so far, so that it is there whatever happens then.

    Args:
        path: The file, which is replaced each time.

    Examples:
        >>> import tempfile, chainrule as cr
        >>> path = os.path.join(tempfile.mkdtemp(), "best.safetensors")
        >>> net = cr.Network([2, 2], seed=0)
        >>> history = net.fit(np.eye(2), [0, 1], epochs=3, callbacks=[SaveBest(path)])
        >>> cr.load(path).predict([0, 1])
        1
    """

    path: str | os.PathLike[str]

    def __call__(self, moment: Moment) -> None:
        """Save the network, if the epoch is the best."""
        if moment.best:
            moment.network.save(self.path)


class Calls:
    """The callbacks of a run, and when it is their turn.

    Args: the callbacks, the network that they are given, and the epochs that are done.
    """

    def __init__(self, callbacks: Sequence[Callback], network: Any, done: Sequence[Epoch]):
        self._network = network
        self._within = [each for each in callbacks if isinstance(each, Every)]
        self._after = [each for each in callbacks if not isinstance(each, Every)]
        self._best: Score | None = None
        for epoch in done:
            self._is_best(epoch)

    def left(self, step: int) -> int:
        """The number of steps from this one of an epoch to the next after which one is called."""
        return min((each.steps - step % each.steps for each in self._within), default=sys.maxsize)

    def now(self, step: int) -> bool:
        """Whether it is the turn of one after this step of an epoch."""
        return any(step % each.steps == 0 for each in self._within)

    def within(self, epoch: Epoch, step: int, batch: Array) -> bool:
        """Call those whose turn it is within an epoch.

        Args:
            epoch: As much of it as is done.
            step: The number of its steps.
            batch: The examples of the last.

        Returns:
            Whether training ends.
        """
        moment = self._moment(epoch, step=step, batch=batch)
        return _any([each(moment) for each in self._within if step % each.steps == 0])

    def after(self, epoch: Epoch, step: int, batch: Array) -> bool:
        """Call those whose turn it is after an epoch; all are called, also after one that ends training.

        Args:
            epoch: The epoch.
            step: The number of its steps.
            batch: The examples of the last.

        Returns:
            Whether training ends.
        """
        moment = self._moment(epoch, step=step, batch=batch, best=self._is_best(epoch))
        return _any([each(moment) for each in self._after])

    def _moment(self, epoch: Epoch, **more: Any) -> Moment:
        own = {each.name: getattr(epoch, each.name) for each in fields(Epoch)}
        return Moment(**own, network=self._network, **more)

    def _is_best(self, epoch: Epoch) -> bool:
        score = epoch.validation or epoch.train
        better = is_better(score, self._best)
        self._best = score if better else self._best
        return better


def _any(answers: Sequence[object]) -> bool:
    return any(map(bool, answers))


def is_better(score: Score, best: Score | None) -> bool:
    """Whether a score is better than the best so far: more correct answers, or as many at less cost.

    Args:
        score: The score.
        best: The best so far, if there is one.

    Returns:
        Whether it is better.
    """
    return best is None or (score.correct or 0, -score.cost) > (best.correct or 0, -best.cost)
