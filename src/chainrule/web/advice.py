"""Diagnoses a run for the page: findings in every language, and the settings that remedy them, as the page has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.messages import message
from ..model import Network
from ..network.costs import COSTS
from ..show.findings import advised, sentence
from ..show.language import Language, languages, translated
from ..training.diagnosis import Finding
from ..training.history import Epoch, History
from .site import Shown, first

MOST = 2  # findings reported at once; the first are the causes
EVERY = 5  # epochs between two diagnoses: one takes longer than a fast epoch
_SOME = 10_000  # images that are examined
SETTINGS = frozenset({"activation", "batch_size", "cost", "epochs", "hidden", "learning_rate", "seed"})
"""The settings of a remedy that the page can set."""


def due(epoch: int) -> bool:
    """Whether a run is diagnosed after this epoch: after the first, and after every `EVERY` epochs."""
    return epoch == 1 or epoch % EVERY == 0


def advice(
    net: Network, shown: Shown, done: Sequence[Epoch], settings: Mapping[str, Any], over: bool
) -> list[dict[str, Any]]:
    """The findings after some epochs of a run, at most `MOST`.

    Before the run is over, only clear faults are reported, without a remedy, since none was tried.

    Args:
        net: The network.
        shown: The examples that it learns from.
        done: The epochs.
        settings: The settings of `fit`, by name.
        over: Whether the run is over.

    Returns:
        Each finding as plain data: a sentence in each language, and the settings that remedy it, to be set and in words.
    """
    history = History(tuple(done), str(settings.get("executor", "")), settings={"epochs": len(done), **settings})
    held = shown.validated if len(shown.validated[1]) else None
    found = net.diagnose(*first(shown.learned, _SOME), history=history, validation=held, early=not over)
    return [_described(each) for each in found[:MOST]]


def diverged(rate: float, smaller: float) -> dict[str, Any]:
    """A run that diverged as a finding; it has ended at its last good weights.

    Args:
        rate: Its learning rate η.
        smaller: The rate to try instead.

    Returns:
        The finding as plain data, as in `advice`.
    """
    changes = {"learning_rate": smaller}
    return {
        "name": "diverged",
        "words": _spoken(message("The cost became NaN with η = {rate}; the last good weights are kept.", rate=rate)),
        "settings": changes,
        "remedy": _spoken(advised(Finding("diverged", {}, changes))),
    }


def _described(finding: Finding) -> dict[str, Any]:
    settings = _of_page(finding.remedy)
    shown = settings is not None and bool(settings)
    return {
        "name": finding.name,
        "words": _spoken(sentence(finding.name, finding.numbers)),
        "settings": settings if shown else {},
        "remedy": _spoken(advised(finding)),
    }


def _spoken(text: str) -> dict[Language, str]:
    return {language: translated(text, language) for language in languages()}


def _of_page(remedy: Mapping[str, Any]) -> dict[str, Any] | None:
    """A remedy in the page's settings; `None` if the page cannot set it."""
    settings = dict(remedy)
    if "layers" in settings:
        settings["hidden"] = list(settings.pop("layers")[1:-1])
    cost = settings.get("cost")
    if isinstance(cost, str) and settings.get("output") == COSTS[cost].output:
        del settings["output"]  # it goes with the cost
    return settings if set(settings) <= SETTINGS else None
