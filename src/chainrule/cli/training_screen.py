"""The screen of a training run: network and data, a table of epochs, a live line, and the result."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..core.messages import Message, listed, message
from ..data.folders import ColorNeed
from ..model import Network
from ..network.architecture import Architecture
from ..show import rate_curve
from ..show.findings import advised, sentence
from ..show.language import Language, say, translated
from ..show.numbers import duration, percent, read_right, size_text
from ..show.screen import Progress, Screen, Span
from ..training.diagnosis import Finding
from ..training.history import Epoch, History, Score
from ..training.rate_search import RateSearch
from .entries import KEY, entry, hanging, with_words
from .sets import Sets
from .streams import LastingOutput
from .tables import Parts

_BAR, _LIVE_BAR, _SEARCH_BAR = 24, 38, 24
_LEAST_BAR = 8
_LONGEST_TIME = 12  # with a blank before it: 12 min 34 s
_FEW = 10  # up to this many epochs, all are shown
_REDRAW = 0.05  # seconds between two drawings of the live line
_SCALES = (0.9, 0.5)  # where bars begin: the first that the first epoch has passed, else 0
_FOUND = message("diagnosis")
_OPTIMIZERS = {"sgd": "SGD", "nesterov": "Nesterov", "rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW"}

SCHEDULES = {
    "step": message("step η"),
    "linear": message("linear η"),
    "cosine": message("cosine η"),
    "one-cycle": message("one-cycle η"),
    "plateau": message("plateau η"),
}
COSTS: Mapping[object, Message] = {
    "quadratic": message("quadratic cost"),
    "cross-entropy": message("cross-entropy cost"),
    "log-likelihood": message("log-likelihood cost"),
    "mean-squared-error": message("mean-squared-error cost"),
    "mean-absolute-error": message("mean-absolute-error cost"),
    "huber": message("huber cost"),
    "hinge": message("hinge cost"),
}
NORMALIZATIONS = {"batch": message("batch", "adjective"), "layer": message("layer")}


class _Columns(NamedTuple):
    """How wide the columns of the table of epochs are: of cost and accuracy each in training and validation."""

    epoch: int
    costs: tuple[int, int]
    accuracies: tuple[int, int]
    bar: int
    time: int

    @property
    def width(self) -> int:
        """That of all."""
        return self.epoch + sum(self.costs) + sum(self.accuracies) + (self.bar and self.bar + 2) + self.time


def _columns(width: int) -> _Columns:
    """The widest columns that fit a screen: with shorter bars, without bars, without the time; the narrowest need 36."""
    full = _Columns(5, (9, 8), (12, 10), _BAR, 9)
    room = width - full.width + _BAR
    if room >= _LEAST_BAR:
        return full._replace(bar=min(_BAR, room))
    close = _Columns(5, (8, 7), (8, 8), 0, 0)
    columns = (full._replace(bar=0, time=_LONGEST_TIME), close._replace(time=_LONGEST_TIME))
    return next((narrow for narrow in columns if narrow.width <= width), close)


class TrainingScreen:
    """Observes a training run, and writes it to a screen.

    A closed pipe (`chainrule train | head -3`) or a screen that cannot be written to (`> /dev/full`) does not end the
    training, see `LastingOutput`.
    """

    def __init__(self, screen: Screen, language: Language = "en"):
        self.screen = screen
        self.output = LastingOutput(screen)
        self.language = language
        self.epochs = 0
        self._live = Progress(screen)
        self._not_kept = 0  # checkpoints that could not be written
        self._last: Epoch | None = None  # the last epoch, until it is in the table
        self._columns = _columns(screen.width)
        self._bars_from: float | None = None
        self._classes = True  # whether accuracy is shown
        self._started = 0.0
        self._drawn = time.perf_counter()

    # ---- before ------------------------------------------------------------------------------------------------------

    def header(self, net: Network, sets: Sets | Parts, settings: Mapping[str, Any], note: str = "") -> None:
        """Write what is trained, on what, and how.

        Args:
            net: The network.
            sets: The images, or the rows of a table.
            settings: The settings of `fit`, by name.
            note: A note about the executor, if any.
        """
        self.epochs = settings["epochs"]
        parts: tuple[Any, ...] = sets.train, sets.valid, sets.test
        train, valid, test = (len(each.labels) for each in parts)
        size, rate = settings["batch_size"], settings["learning_rate"]
        batches = self._say("batches of {size:,}", size=size) if size > 1 else self._say("one image at a time")
        self._entry(self._say("network"), *network_line(net.architecture, self.language))
        name = self._say("MNIST, bundled") if sets.bundled else sets.name
        counts = self._say(
            "{train:,} to train, {valid:,} to validate, {test:,} to test", train=train, valid=valid, test=test
        )
        self._entry(self._say("data"), name, counts)
        if isinstance(sets, Sets) and sets.color_need is not None:
            reason = self._explain_color(sets.color_need)
            hanging(self.screen, (self._say("colors"), "ink3"), KEY, reason)
        eta = self._say("η to be found") if rate is None else f"η = {rate!r}"
        how = self._clauses(_how(net, settings, self.language))
        self._entry(self._say("learning"), self._clauses([eta, batches]), how)
        if note:
            hanging(self.screen, (self._say("executor"), "ink3"), KEY, note)
        self.screen.line()

    def _explain_color(self, need: ColorNeed) -> str:
        """Whether pictures are read in color, and why."""
        if not need.by_color:
            return self._say("none in these pictures, which are read as grays")
        shares = {"color": percent(need.by_color), "gray": percent(need.by_gray), "count": need.size}
        if need.color:
            return self._say(
                "used, since a linear classifier of thumbnails gets {color} of {count} pictures right by color, and {gray} by "
                "gray; --gray learns from grays",
                **shares,
            )
        return self._say(
            "not used, since a linear classifier of thumbnails gets {gray} of {count} pictures right by gray, and {color} by "
            "color; --color learns from colors",
            **shares,
        )

    def _say(self, text: str, **values: object) -> str:
        return say(self.language, text, **values)

    def _clauses(self, parts: Iterable[str]) -> str:
        return translated(listed(parts, context="clauses"), self.language)

    def _entry(self, key: str, value: str, rest: str) -> None:
        entry(self.screen, key, value, rest)

    def compiling(self) -> None:
        """Say that code is being compiled, which is then kept."""
        if self.screen.live:
            self._live.update((self._say("compiling native code for this network, once"), "ink2"))

    def not_kept(self, message: str) -> None:
        """Say, the first time, that the checkpoint could not be written."""
        self._not_kept += 1
        if self._not_kept == 1:
            self.screen.text((translated(message, self.language), "ink3"))

    def has_checkpoint(self, history: History) -> bool:
        """Whether a run, which writes its checkpoint after each epoch, has written it at least once."""
        return self._not_kept < len(history.epochs)

    # ---- during ------------------------------------------------------------------------------------------------------

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Redraw the live line, a few times a second."""
        now = time.perf_counter()
        self._started = self._started or now - seconds  # the time left is estimated without compiling
        if not self.screen.live or now - self._drawn < _REDRAW:
            return
        self._drawn = now
        share = (epoch - 1 + done / total) / self.epochs
        left = (now - self._started) * (1 - share) / share
        each = (now - self._started) / (share * self.epochs)
        head = self._say("epoch {epoch} of {epochs} ", epoch=epoch, epochs=self.epochs)
        tail = self._say(
            "  {each} each, {left} left", each=duration(each), left=f"{left:.0f} s" if left < 99.5 else duration(left)
        )
        room = min(_LIVE_BAR, self.screen.width - 1 - self.screen.measure(head + tail))
        self._live.update((head, "bold"), *self.screen.bar(share, room, "", "line2"), (tail, "ink2"))

    def finished(self, epoch: Epoch) -> None:
        """Write an epoch's row, if it is shown."""
        self._last = epoch
        if _is_shown(epoch.number, self.epochs):
            self._row()

    def _row(self) -> None:
        """Write the row of the last epoch; before the first row, the head of the table."""
        epoch, self._last = self._last, None
        if epoch is None:
            return
        valid = epoch.validation or epoch.train
        if self._bars_from is None:
            self._bars_from = next((scale for scale in _SCALES if valid.accuracy > scale), 0.0)
            self._classes = epoch.train.correct is not None
            self._head()
        (cost, other_cost), (accuracy, other_accuracy) = self._columns.costs, self._columns.accuracies
        time = duration(epoch.seconds)
        line: list[Span] = [
            (f"{epoch.number:{self._columns.epoch}}", "bold"),
            f"{epoch.train.cost:{cost}.4f}{valid.cost:{other_cost}.4f}",
        ]
        if self._classes:
            length = (valid.accuracy - self._bars_from) / (1 - self._bars_from)
            bar = self._columns.bar and self._columns.bar - max(0, len(time) + 1 - self._columns.time)
            line += [
                percent(epoch.train.accuracy).rjust(accuracy),
                (percent(valid.accuracy).rjust(other_accuracy), "bold"),
                *(["  ", *self.screen.pad(self.screen.bar(length, bar, "ink2"), bar)] if bar else []),
            ]
        if self._columns.time:
            width = max(self._columns.time, len(time) + 1)
            line.append((time.rjust(width), "ink2"))
        self.screen.line(*line)

    def _head(self) -> None:
        """Two lines of column heads, aligned in any script; of numbers, without accuracy."""
        columns, (train, valid) = self._columns, (self._say("train"), self._say("valid"))
        _, *ends = itertools.accumulate((columns.epoch, *columns.costs, *(columns.accuracies if self._classes else ())))
        heads = [(0, self._say("epoch")), (ends[1] - 9, self._say("cost C"))]
        if self._classes:
            heads.append((ends[3] - 12, self._say("accuracy")))
        line = self._placed(heads)
        if columns.time:
            width = columns.width if self._classes else ends[1] + columns.time
            line += self.screen.pad((self._say("time"), "ink3"), width - self.screen.measure(line), ">")
        self.screen.line(*line)
        self.screen.line(*self._placed([(end - 5, word) for end, word in zip(ends, (train, valid) * 2, strict=False)]))

    def _placed(self, heads: Iterable[tuple[int, str]]) -> list[Span]:
        """Words that begin at these columns."""
        line: list[Span] = []
        for start, word in heads:
            line += [" " * (start - self.screen.measure(line)), (word, "ink3")]
        return line

    # ---- after -------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the table, with the last epoch in it."""
        self._live.close()
        self._row()
        if self._bars_from is not None and self._classes and self._columns.bar:
            bars = self._say("bars run from {begin:.0f} to 100 %", begin=100 * self._bars_from)
            self.screen.text((bars, "ink3"), indent=9)
        self.screen.line()

    def closing(self, history: History, test: Score, saved: str, size: int, fits: float = 0.0) -> None:
        """Write the results: test and validation accuracy or R², the time, and where the network is saved.

        Args:
            history: The run.
            test: The score on the test images.
            saved: The file of the network.
            size: Its size in bytes.
            fits: R² on the test examples, where they have numbers.
        """
        share = f"R² = {fits:.3f}" if test.correct is None else percent(test.accuracy)
        rows: list[tuple[str, str, str]] = [
            (self._say("test"), share, read_right(test.correct, test.total, self.language))
        ]
        if history.epochs:
            rows += self._validated(history.epochs[-1])
            each = duration(history.seconds / len(history.epochs))
            rows.append((self._say("time"), duration(history.seconds), self._say("{each} per epoch", each=each)))
        width = max(self.screen.measure(value) for _, value, _ in rows)
        if history.interrupted:
            done = len(history.epochs)
            where = self._say("in epoch {epoch} of {epochs}", epoch=done + 1, epochs=self.epochs)
            self._entry(self._say("stopped"), where, self._say("what was learned until then is kept"))
        for key, value, rest in rows:
            self._entry(key, value.ljust(width), rest)
        self._entry(self._say("saved"), saved, size_text(size, self.language))

    def advice(self, search: Callable[..., tuple[Finding, ...]]) -> tuple[Finding, ...]:
        """Look for advice, meanwhile with one line that is replaced; Ctrl-C ends the search, and nothing else.

        Args:
            search: `Network.diagnose` with its data.

        Returns:
            The findings; none if the search was ended.
        """
        self._draw_search(0.0)
        try:
            return search(progress=self._searched)
        except KeyboardInterrupt:
            return ()
        finally:
            self._live.close()

    def _searched(self, share: float) -> None:
        """Redraw the line of the search, a few times a second."""
        if time.perf_counter() - self._drawn >= _REDRAW:
            self._draw_search(share)

    def _draw_search(self, share: float) -> None:
        self._drawn = time.perf_counter()
        if not self.screen.live:
            return
        head, tail = self._say("looking for what would help") + " ", "  " + self._say("Ctrl-C skips it")
        room = max(0, min(_SEARCH_BAR, self.screen.width - 4 - self.screen.measure(head + tail)))
        bar = self.screen.bar(share, room, "", "line2")
        self._live.update((head, "bold"), *bar, (tail, "ink2"))

    def _validated(self, epoch: Epoch) -> list[tuple[str, str, str]]:
        if epoch.validation is None or epoch.validation.correct is None:
            return []
        train, valid = epoch.train.accuracy, epoch.validation.accuracy
        points = round(round(100 * train, 1) - round(100 * valid, 1), 1)
        beside = self._say(
            "training {share}: {points:.1f} points higher, from overfitting" if points >= 0.1 else "training {share}",
            share=percent(train),
            points=points,
        )
        return [(self._say("valid"), percent(valid), beside)]

    def early(self, epoch: Epoch, finding: Finding) -> None:
        """Report a clear fault during the run, above the live line.

        Args:
            epoch: The epoch after which it was found.
            finding: The fault.
        """
        found = translated(sentence(finding.name, finding.numbers), self.language)
        text = self._say("after epoch {epoch}: ", epoch=epoch.number) + found
        stop = self._say("Ctrl-C ends the run and keeps what was learned")
        hanging(self.screen, (self._say(_FOUND), "ink3"), KEY, text)
        self.screen.line(" " * KEY, (stop, "ink3"))

    def finding(self, finding: Finding, command: str = "") -> None:
        """Report a finding: the measured reason, what was tried, and the command that remedies it, if there is one.

        Args:
            finding: The finding.
            command: The command, if there is one.
        """
        self.screen.line()
        parts = [sentence(finding.name, finding.numbers), advised(finding, message(":") if command else message("."))]
        text = translated(listed(filter(None, parts), "{words} {word}"), self.language)
        hanging(self.screen, (self._say(_FOUND), "ink3"), KEY, text)
        if finding.remedy and command:
            self.screen.line(" " * KEY, (command, "bold"))

    def offer(self, commands: Sequence[tuple[str, str]]) -> None:
        """Suggest commands, each with what it does."""
        self.screen.line()
        lines = [(command, self._say(words)) for command, words in commands]
        with_words(self.screen, lines, self._say("now try"), KEY)

    def found(self, rate: RateSearch, command: str) -> None:
        """Draw the cost over η, and give the command that trains with the suggested rate.

        Args:
            rate: The search.
            command: The command.
        """
        rate_curve.draw(rate, self.screen, self.language)
        self.screen.line()
        self.screen.line((f"{self._say('train with it')}   ", "ink3"), (command, "bold"))


def _how(net: Network, settings: Mapping[str, Any], language: Language) -> Iterator[str]:
    """The settings in a few words: defaults are left out, except the optimizer, the seed and the executor."""
    phrase = functools.partial(say, language)
    yield _OPTIMIZERS.get(settings["optimizer"], settings["optimizer"])
    if settings["schedule"] != "constant":
        yield phrase(SCHEDULES[settings["schedule"]])
    if settings["l2"]:
        yield f"λ = {settings['l2']:g}"
    if settings["l1"]:
        yield f"L1 λ = {settings['l1']:g}"
    if settings["max_norm"]:
        yield phrase("weight norm at most {longest:g}", longest=settings["max_norm"])
    if settings["clip_norm"]:
        yield phrase("gradient norm at most {longest:g}", longest=settings["clip_norm"])
    if settings.get("label_smoothing"):
        yield phrase("label smoothing {share:g}", share=settings["label_smoothing"])
    if settings.get("class_weight"):
        yield phrase("classes balanced")
    if settings.get("augment"):
        yield phrase("images augmented")
    yield phrase("seed {seed}", seed=net.provenance.get("seed"))
    if net.provenance.get("initializer") != "default":
        yield phrase("{initializer} weights", initializer=net.provenance.get("initializer"))
    yield phrase("native") if settings["executor"] == "native" else "NumPy"


def network_line(architecture: Architecture, language: Language = "en") -> tuple[str, str]:
    """A network in one line.

    Args:
        architecture: The layers and the cost.
        language: The reader's language.

    Returns:
        The layers, and their functions with the number of parameters.
    """
    own = [
        each for each in architecture.stack if each.activation != "linear" or each.normalization
    ]  # not that of pooling
    parts = [_joined(_name(each.activation) for each in own)]
    cost = architecture.cost
    parts.append(COSTS.get(cost) or message("{name} cost", name=_name(cost)))
    normalized = [NORMALIZATIONS.get(each, each) for each in architecture.normalizations if each != "none"]
    if normalized:
        parts.append(message("{name} normalization", name=_joined(normalized)))
    dropped = [f"{share:g}" for share in architecture.dropouts if share]
    if dropped:
        parts.append(message("dropout {share}", share=_joined(dropped)))
    parts.append(message("{count:,} parameters", count=architecture.parameter_count))
    layers = " → ".join(translated(each, language) for each in architecture.titles(language))
    return layers, translated(listed(parts, context="clauses"), language)


def _joined(words: Iterable[str]) -> str:
    """The words without repetitions, joined."""
    return listed(dict.fromkeys(words), "{words} and {word}", context="parts")


def _name(function: object) -> str:
    return function if isinstance(function, str) else getattr(function, "__name__", "own")


def _is_shown(epoch: int, epochs: int) -> bool:
    """Whether an epoch gets a row: of few epochs all do; of many, the first five and then every fifth, or fewer."""
    step = 5 * max(1, round(epochs / 100))
    return epochs <= _FEW or epoch <= 5 or epoch % step == 0
