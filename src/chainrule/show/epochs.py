"""Training as lines of text, for `progress=True`: one line per epoch, with its cost, score and time."""

from __future__ import annotations

import sys

from ..training.history import Epoch, Observer, Silent
from ..training.settings import SettingsError
from .language import preferred, say, spoken
from .numbers import duration, percent


class EpochLines(Silent):
    """An `Observer` that prints a line after each epoch, in the reader's language."""

    def __init__(self, epochs: int):
        self._epochs = epochs

    def finished(self, epoch: Epoch) -> None:
        """Print the epoch."""
        language = spoken(preferred(), sys.stdout.encoding)
        parts = [
            say(language, "epoch {epoch} of {epochs}", epoch=epoch.number, epochs=self._epochs),
            f"C = {epoch.train.cost:.4f}",
        ]
        if epoch.train.correct is not None:
            parts.append(f"{say(language, 'train')} {percent(epoch.train.accuracy)}")
        valid = epoch.validation
        if valid is not None:
            score = f"C = {valid.cost:.4f}" if valid.correct is None else percent(valid.accuracy)
            parts.append(f"{say(language, 'valid')} {score}")
        print("   ".join([*parts, duration(epoch.seconds)]), flush=True)


def observer(progress: Observer | bool | None, epochs: int) -> Observer:
    """The observer of training. Raises `SettingsError` for a `progress` that is none."""
    if progress is True:
        return EpochLines(epochs)
    if progress is None or progress is False:
        return Silent()
    if not callable(getattr(progress, "progressed", None)) or not callable(getattr(progress, "finished", None)):
        raise SettingsError(
            "progress is {progress!r}; it must be True, or an object with the methods progressed and finished; a "
            "function to be called after each epoch belongs in callbacks=[…].",
            progress=progress,
        )
    return progress
