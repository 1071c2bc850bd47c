"""The screen of a training run: what is trained on what, a table of epochs, one live line, and how it ended."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..model import Network
from ..network.architecture import Architecture
from ..show.numbers import duration, percent, read_right, size_text
from ..show.screen import Progress, Screen
from ..training.history import Epoch, History, Score
from .sets import Sets
from .setting import KEY, entry, hanging, with_words
from .streams import silence

_BAR, _LIVE_BAR, _TIME = 24, 38, 9
_TABLE = 44 + 2 + _BAR + _TIME  # how wide the table is
_FEW = 10  # up to so many epochs all are shown
_REDRAW = 0.05  # seconds between two drawings of the live line
_SCALES = (0.9, 0.5)  # where bars begin: the first that the first epoch has passed, else 0
_OPTIMIZERS = {"sgd": "SGD", "nesterov": "Nesterov", "rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW"}


class TrainingScreen:
    """Watches a training run, as an `Observer`, and writes it to a screen.

    A screen that nobody reads any more (`chainrule train | head -3`) does not end the training.
    """

    def __init__(self, screen: Screen):
        self.screen = screen
        self.epochs = 0
        self._live = Progress(screen)
        self._last: Epoch | None = None  # the last epoch, as long as it is not in the table
        self._bars_from: float | None = None
        self._started = self._drawn = time.perf_counter()

    # ---- before ------------------------------------------------------------------------------------------------------

    def header(self, net: Network, sets: Sets, settings: Mapping[str, Any], note: str = "") -> None:
        """Say what is trained, on what, and how; and a note about what computes."""
        self.epochs = settings["epochs"]
        train, valid, test = (f"{len(each.labels):,}" for each in (sets.train, sets.valid, sets.test))
        batch_size = settings["batch_size"]
        batches = f"batches of {batch_size:,}" if batch_size > 1 else "one image at a time"
        self._entry("network", *network_line(net.architecture))
        self._entry("data", sets.name, f"{train} to train, {valid} to validate, {test} to test")
        eta = "η to be found" if settings["learning_rate"] is None else f"η = {settings['learning_rate']!r}"
        self._entry("learning", f"{eta}, {batches}", ", ".join(_how(net, settings)))
        if note:
            self._write(lambda: hanging(self.screen, ("executor", "ink3"), KEY, note))
        self._write(self.screen.line)
        self._started = time.perf_counter()

    def _entry(self, key: str, value: str, rest: str) -> None:
        self._write(lambda: entry(self.screen, key, value, rest))

    def compiling(self) -> None:
        """Say why nothing is to be seen yet: what is compiled once is kept."""
        if self.screen.live:
            self._write(functools.partial(self._live.update, ("compiling native loops for this network, once", "ink2")))

    # ---- during ------------------------------------------------------------------------------------------------------

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Draw the live line anew, a few times a second."""
        now = time.perf_counter()
        if not self.screen.live or now - self._drawn < _REDRAW:
            return
        self._drawn = now
        share = (epoch - 1 + done / total) / self.epochs
        left = (now - self._started) * (1 - share) / share
        each = (now - self._started) / (share * self.epochs)
        head, tail = f"epoch {epoch} of {self.epochs} ", f"  {duration(each)} each, {_whole_seconds(left)} left"
        room = min(_LIVE_BAR, self.screen.width - 1 - self.screen.measure(head + tail))
        update = functools.partial(
            self._live.update, (head, "bold"), *self.screen.bar(share, room, "", "line2"), (tail, "ink2")
        )
        self._write(update)

    def finished(self, epoch: Epoch) -> None:
        """Write an epoch's row, if it is one that is shown."""
        self._last = epoch
        if _is_shown(epoch.number, self.epochs):
            self._write(self._row)

    def _row(self) -> None:
        """The row of the last epoch; before the first row, the head of the table."""
        epoch, self._last = self._last, None
        if epoch is None:
            return
        valid = epoch.validation or epoch.train
        if self._bars_from is None:
            self._bars_from = next((scale for scale in _SCALES if valid.accuracy > scale), 0.0)
            head = "epoch        cost C             read right".ljust(_TABLE - 4) + "time"
            self.screen.line((head, "ink3"))
            self.screen.line(("         train   valid       train     valid", "ink3"))
        length = (valid.accuracy - self._bars_from) / (1 - self._bars_from)
        self.screen.line(
            (f"{epoch.number:5}", "bold"),
            f"   {epoch.train.cost:.4f}  {valid.cost:.4f}",
            percent(epoch.train.accuracy).rjust(12),
            (percent(valid.accuracy).rjust(10), "bold"),
            "  ",
            *self.screen.pad(self.screen.bar(length, _BAR, "ink2"), _BAR),
            (duration(epoch.seconds).rjust(_TIME), "ink2"),
        )

    # ---- after -------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the table, with the last epoch in it."""
        self._write(self._live.close)
        self._write(self._row)
        if self._bars_from is not None:
            begin = f"{100 * self._bars_from:.0f}"
            self._write(lambda: self.screen.line((f"         bars run from {begin} to 100 %", "ink3")))
            self._write(self.screen.line)

    def closing(self, history: History, test: Score, saved: str, size: int) -> None:
        """Say how it ended: on the test set, on the validation set, in which time, and where the network is."""
        rows: list[tuple[str, str, str]] = [("test", percent(test.accuracy), read_right(test.correct, test.total))]
        if history.epochs:
            rows += _validated(history.epochs[-1])
            each = duration(history.seconds / len(history.epochs))
            rows.append(("time", duration(history.seconds), f"{each} an epoch"))
        width = max(self.screen.measure(value) for _, value, _ in rows)
        if history.interrupted:
            done = len(history.epochs)
            self._entry("stopped", f"in epoch {done + 1} of {self.epochs}", "what was learnt until then is kept")
        for key, value, rest in rows:
            self._entry(key, value.ljust(width), rest)
        self._entry("saved", saved, size_text(size))

    def note(self, key: str, text: str, command: str) -> None:
        """Write a paragraph beside its key, and the command that it ends on."""
        self.screen.line()
        hanging(self.screen, (key, "ink3"), KEY, text)
        self.screen.line(" " * KEY, (command, "bold"))

    def offer(self, commands: Sequence[tuple[str, str]]) -> None:
        """Name commands to go on with, and what they do."""
        self.screen.line()
        with_words(self.screen, commands, "now try", KEY)

    def _write(self, line: Callable[[], None]) -> None:
        try:
            line()
            self.screen.stream.flush()
        except BrokenPipeError:
            silence(self.screen.stream)


def _how(net: Network, settings: Mapping[str, Any]) -> Iterator[str]:
    """How is learnt, in a few words: what is as usual is left out, but for the optimizer, the seed and the executor."""
    yield _OPTIMIZERS.get(settings["optimizer"], settings["optimizer"])
    if settings["schedule"] != "constant":
        yield f"{settings['schedule']} η"
    if settings["l2"]:
        yield f"λ = {settings['l2']:g}"
    if settings.get("label_smoothing"):
        yield f"labels smoothed by {settings['label_smoothing']:g}"
    if settings.get("class_weight"):
        yield "digits balanced"
    if settings.get("augment"):
        yield "images varied"
    yield f"seed {net.provenance.get('seed')}"
    if net.provenance.get("initializer") != "default":
        yield f"{net.provenance.get('initializer')} weights"
    yield "native" if settings["executor"] == "native" else "NumPy"


def network_line(architecture: Architecture) -> tuple[str, str]:
    """A network in one line: its layers; what they compute, and how many numbers it learns."""
    layers = " → ".join(map(str, architecture.sizes))
    parts = [" and ".join(dict.fromkeys(map(_name, architecture.activations))), f"{_name(architecture.cost)} cost"]
    normalized = [each for each in dict.fromkeys(architecture.normalizations) if each != "none"]
    parts += [f"{' and '.join(normalized)} normalization"] * bool(normalized)
    dropped = dict.fromkeys(f"{share:g}" for share in architecture.dropouts if share)
    parts += [f"dropout {' and '.join(dropped)}"] * bool(dropped)
    return layers, f"{', '.join(parts)}, {architecture.parameter_count:,} parameters"


def _name(function: object) -> str:
    return function if isinstance(function, str) else getattr(function, "__name__", "own")


def _is_shown(epoch: int, epochs: int) -> bool:
    """Few epochs all, of many the first five and then every fifth, of very many fewer."""
    step = 5 * max(1, round(epochs / 100))
    return epochs <= _FEW or epoch <= 5 or epoch % step == 0 or epoch == epochs


def _validated(epoch: Epoch) -> list[tuple[str, str, str]]:
    if epoch.validation is None:
        return []
    train, valid = epoch.train.accuracy, epoch.validation.accuracy
    points = round(round(100 * train, 1) - round(100 * valid, 1), 1)
    by_heart = f": {points:.1f} points of it learnt by heart" if points >= 0.1 else ""
    return [("valid", percent(valid), f"training {percent(train)}{by_heart}")]


def _whole_seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 99.5 else duration(seconds)
