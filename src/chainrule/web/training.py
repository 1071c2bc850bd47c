"""An observed training run in a thread of its own, which can be started, paused, or advanced by an epoch or a mini-batch.

It pauses only between reports of progress, never within a step, so the network is consistent whenever it is paused.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from ..core.nouns import Array
from ..model import Network
from ..training.history import Epoch, Silent
from ..training.loop import DivergenceError
from ..training.settings import grouped

Go: TypeAlias = Literal["start", "pause", "epoch", "batch"]
Tell: TypeAlias = Callable[[dict[str, Any]], None]

_EVERY = 0.1  # seconds between two reports within an epoch


@dataclass(frozen=True)
class Digits:
    """The digits as activations, made once for all pages.

    Attributes:
        images: The training digits, n × 784.
        labels: Their labels, n.
        validation: The validation digits and their labels.
    """

    images: Array
    labels: Array
    validation: tuple[Array, Array]


@dataclass
class Training(Silent):
    """A run that a page starts, pauses and ends, an observer of its `fit`; `_run` reports epochs, by their number in this run.

    If the network is not `sound` after an epoch or a mini-batch, it gets its last good weights back, and the run ends.

    Attributes:
        net: The network.
        digits: The digits that it learns from.
        settings: The arguments of `fit`, by name.
        epochs: The number of epochs.
        tell: Takes each report.
        sound: Whether the network computes with finite numbers.
        done: The epochs so far.
        reports: The reports of these, for a page that comes back.
    """

    net: Network
    digits: Digits
    settings: dict[str, Any]
    epochs: int
    tell: Tell
    sound: Callable[[], bool]
    done: list[Epoch] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)  # of its epochs, for a page that comes back
    _state: Literal["paused", "running", "epoch", "batch", "ended"] = "paused"
    _change: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _reported_at: float = 0.0
    _good: list[Array] = field(default_factory=list)  # the weights before the current epoch or mini-batch

    @property
    def state(self) -> str:
        """Its state: paused, running or ended."""
        return "running" if self.running else self._state

    @property
    def running(self) -> bool:
        """Whether it is learning now."""
        return self._state in ("running", "epoch", "batch")

    def go(self, what: Go) -> None:
        """Start, pause, or do one more epoch or mini-batch; has no effect after the last epoch."""
        with self._change:
            if self._state == "ended":
                return
            states: dict[Go, Literal["paused", "running", "epoch", "batch"]] = {
                "start": "running", "pause": "paused", "epoch": "epoch", "batch": "batch",
            }  # fmt: skip
            self._state = states[what]
            if self._thread is None and what != "pause":
                self._thread = threading.Thread(target=self._run, name="training", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def end(self) -> None:
        """End the run, which cannot be continued, and wait until it has stopped."""
        with self._change:
            self._state = "ended"
            self._change.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    # ---- an Observer of `fit` ----------------------------------------------------------------------------------------

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Report now and then; wait while the run is paused, and leave once it has ended."""
        now = time.perf_counter()
        if now - self._reported_at >= _EVERY:
            self._reported_at = now
            self.tell({"on": "progress", "epoch": len(self.done) + 1, "done": done, "total": total, "seconds": seconds})
        with self._change:
            while self._state in ("paused", "batch"):
                if self._state == "batch":
                    self._one_batch()
                    self._state = "paused"
                self._report()
                self._change.wait()
            if self._state == "ended":
                raise KeyboardInterrupt  # `fit` keeps what was learned

    # ---- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with np.errstate(all="ignore"):  # what overflows is seen by its result
            self._learn()

    def _learn(self) -> None:
        try:
            while len(self.done) < self.epochs:
                with self._change:
                    while self._state == "paused":
                        self._report()  # also where a pause came while the end of an epoch was being told
                        self._change.wait()
                    if self._state == "ended":
                        return
                    if self._state == "batch":
                        self._one_batch()
                        self._state = "paused"
                        self._report()
                        continue
                self._keep()
                history = self.net.fit(
                    self.digits.images, self.digits.labels, epochs=1, validation=self.digits.validation, progress=self,
                    **grouped(self.settings),
                )  # fmt: skip
                if history.interrupted:
                    return
                epoch = history.epochs[-1]
                assert epoch.validation is not None
                self._require_sound(epoch.train.cost, epoch.validation.cost)
                self._finish_epoch(epoch)
        except DivergenceError as error:
            if not self.sound():
                for parameter, each in zip(self.net.parameters, self._good, strict=True):
                    parameter[...] = each
            self.tell(
                {
                    "on": "diverged",
                    "epochs": len(self.done),
                    "learning_rate": error.learning_rate,
                    "smaller": error.smaller,
                }
            )
        finally:
            with self._change:
                self._state = "ended"
            self._report()

    def _finish_epoch(self, epoch: Epoch) -> None:
        self.done.append(epoch)
        assert epoch.validation is not None
        self.reports.append(
            {
                "on": "epoch",
                "epoch": len(self.done),
                "seconds": epoch.seconds,
                "train": {"cost": epoch.train.cost, "accuracy": epoch.train.accuracy},
                "valid": {"cost": epoch.validation.cost, "accuracy": epoch.validation.accuracy},
            }
        )
        self.tell(self.reports[-1])
        with self._change:
            if self._state == "epoch":
                self._state = "paused"
        self._report()

    def _one_batch(self) -> None:
        chosen = np.random.default_rng().choice(
            len(self.digits.images), int(self.settings["batch_size"]), replace=False
        )
        self._keep()
        history = self.net.fit(
            self.digits.images[chosen], self.digits.labels[chosen], epochs=1, **grouped(self.settings)
        )
        self._require_sound(history.epochs[-1].train.cost)

    def _keep(self) -> None:
        self._good = [each.copy() for each in self.net.parameters]

    def _require_sound(self, *costs: float) -> None:
        """Raise `DivergenceError` if a cost is not finite, or the network no longer sound."""
        if not (all(map(math.isfinite, costs)) and self.sound()):
            default = self.net.default_learning_rate(self.settings.get("optimizer", "sgd"))
            raise DivergenceError(len(self.done) + 1, 1, self.settings["learning_rate"], default)

    def _report(self) -> None:
        self.tell({"on": "state", "state": self._state, "epochs": len(self.done)})
