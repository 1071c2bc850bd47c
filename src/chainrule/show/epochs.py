"""Training as lines of text: for `progress=True` one line per epoch, with its cost, score and time; by default, of a run that
takes long, one line that is drawn again, on a terminal or below a notebook's cell."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..training.history import Epoch, Observer, Silent
from ..training.settings import SettingsError
from .colors import LIGHT
from .language import Language, preferred, say, spoken
from .markup import Html, tag
from .numbers import duration, percent
from .screen import Progress, Screen

_QUIET = 2.0  # seconds, in which a run says nothing of itself
_PAUSE = 0.2  # seconds between two drawings of one line
_BAR = 12  # columns


class EpochLines(Silent):
    """An `Observer` that prints a line after each epoch, in the reader's language."""

    def __init__(self, epochs: int):
        self._epochs = epochs

    def finished(self, epoch: Epoch) -> None:
        """Print the epoch."""
        language = spoken(preferred(), sys.stdout.encoding)
        parts = [_count(epoch.number, self._epochs, language), *_scores(epoch, language), duration(epoch.seconds)]
        print("   ".join(parts), flush=True)


def _count(epoch: int, epochs: int, language: Language) -> str:
    return say(language, "epoch {epoch} of {epochs}", epoch=epoch, epochs=epochs)


def _scores(epoch: Epoch, language: Language) -> Iterator[str]:
    """The cost and the scores of an epoch, in words."""
    yield f"C = {epoch.train.cost:.4f}"
    if epoch.train.correct is not None:
        yield f"{say(language, 'train')} {percent(epoch.train.accuracy)}"
    valid = epoch.validation
    if valid is not None:
        score = f"C = {valid.cost:.4f}" if valid.correct is None else percent(valid.accuracy)
        yield f"{say(language, 'valid')} {score}"


class LiveLine:
    """An `Observer` that shows where a run is, once it has taken long, in a line that it draws again.

    Args:
        epochs: How many epochs there are to be.
        language: The language of the line.
        draw: Draws the line: the part of the run that is done, and the words.
    """

    def __init__(self, epochs: int, language: Language, draw: Callable[[float, str], None]):
        self._epochs, self._language, self._draw = epochs, language, draw
        self._started = time.perf_counter()
        self._due = self._started + _QUIET
        self._last: Epoch | None = None

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Draw the line where it is time to."""
        self._show(epoch, done / max(total, 1))

    def finished(self, epoch: Epoch) -> None:
        """Keep the scores of the epoch for the line."""
        self._last = epoch
        self._show(epoch.number, 1.0)

    def _show(self, epoch: int, part: float) -> None:
        now = time.perf_counter()
        if now >= self._due:
            self._due = now + _PAUSE
            self._write(epoch, part, now)

    def end(self) -> None:
        """Draw the line as it is to stay, if it was drawn at all."""
        if self._last is not None and self._due > self._started + _QUIET:
            self._write(self._last.number, 1.0, time.perf_counter())

    def _write(self, epoch: int, part: float, now: float) -> None:
        scores = _scores(self._last, self._language) if self._last is not None else ()
        words = [_count(epoch, self._epochs, self._language), *scores, duration(now - self._started)]
        self._draw((epoch - 1 + part) / self._epochs, "   ".join(words))


@contextlib.contextmanager
def observing(progress: Observer | bool | None, epochs: int) -> Iterator[Observer]:
    """The observer of a run, which leaves no line behind on a terminal.

    Args:
        progress: What users give: `True` for a line an epoch, `False` for none, an observer, or `None` for a line that appears
            where a run takes more than two seconds and somebody looks on, at a terminal or in a notebook.
        epochs: How many epochs there are to be.

    Returns:
        A context manager that gives the observer.

    Raises:
        SettingsError: `progress` is none of these.
    """
    if progress is True:
        yield EpochLines(epochs)
    elif progress is None and (notebook := _notebook_display()) is not None:
        live = LiveLine(epochs, preferred(), _CellLine(notebook).draw)
        try:
            yield live
        finally:
            live.end()
    elif progress is None and (screen := _terminal()) is not None:
        with Progress(screen) as line:
            yield LiveLine(
                epochs,
                spoken(preferred(), screen.encoding),
                lambda part, words: line.update(*screen.bar(part, _BAR, track="line2"), f" {words}"),
            )
    elif progress is None or progress is False:
        yield Silent()
    elif callable(getattr(progress, "progressed", None)) and callable(getattr(progress, "finished", None)):
        yield progress
    else:
        raise SettingsError(
            "progress is {progress!r}; it must be True, or an object with the methods progressed and finished; a "
            "function to be called after each epoch belongs in callbacks=[…].",
            progress=progress,
        )


def _terminal() -> Screen | None:
    """The terminal where somebody looks on; none where errors go to a file or a pipe, or nowhere."""
    screen = None if sys.stderr is None else Screen(sys.stderr)
    return screen if screen is not None and screen.live else None


def _notebook_display() -> Callable[..., Any] | None:
    """What shows something below a notebook's cell; none outside of notebooks. IPython is not imported for it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if ipython is None or not hasattr(shell, "kernel"):  # a terminal has no kernel
        return None
    display: Callable[..., Any] = ipython.display.display
    return display


class _CellLine:
    """A line below a notebook's cell, shown once there is something to show, and replaced from then on."""

    def __init__(self, display: Callable[..., Any]):
        self._display = display
        self._shown: Any = None

    def draw(self, part: float, words: str) -> None:
        """Show the line, or replace it."""
        line = _Line(part, words)
        if self._shown is None:
            self._shown = self._display(line, display_id=True)
        else:
            self._shown.update(line)


class _Line:
    """A bar and words, as HTML and as text."""

    def __init__(self, part: float, words: str):
        self._part, self._words = part, words

    def __repr__(self) -> str:
        return self._words

    def _repr_html_(self) -> Html:
        style = f"accent-color:{LIGHT['a']};vertical-align:middle;margin-right:.8em"
        bar = tag("progress", value=f"{self._part:.3f}", max="1", style=style, aria_label=self._words)
        return tag("div", bar, self._words, style="font-variant-numeric:tabular-nums;white-space:pre-wrap")
