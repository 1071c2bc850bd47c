"""A class that a network never answers: which, why (the slope of its output neuron), and a command that repairs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..show.numbers import small
from ..training.diagnosis import LostClass
from .commands import TRAIN
from .parsing import retold

_FLAT = 0.01  # a slope below it lets hardly any error pass; σ′ is at most 0.25, and 0.09 where a neuron answers 0.1
# Learning rates that lost no class in any of 12 runs, with and without hidden layers: where the inputs meet the outputs
# directly, 784 of them move a neuron at once, and it jumps to the flat end of σ.
_RATES = {True: 3.0, False: 0.5}
_USUAL_EPOCHS = 30
_FEW = 3  # of more classes not every slope is said


def diagnosis(lost: Sequence[LostClass]) -> str:
    """Which classes are never answered, and why."""
    labels = _listed([str(each.label) for each in lost])
    slopes = _listed([small(each.slope) for each in lost])
    if len(lost) > _FEW:
        slopes = f"{small(max(each.slope for each in lost))} at most"
    if len(lost) == 1:
        told = (
            f"{labels} is never the answer. On the test images that show it, the slope σ′ of output neuron {labels} is"
        )
        neuron = "the neuron"
    else:
        told = f"{labels} are never the answer. On the test images that show them, the slopes σ′ of their neurons are"
        neuron = "these neurons"
    if _stuck(lost):
        return f"{told} {slopes}: on so flat an end of σ hardly any error passes, and {neuron} cannot learn any more."
    return f"{told} {slopes}, steep enough to learn: more steps are needed."


def repair(lost: Sequence[LostClass], hidden: bool, values: Mapping[str, object]) -> tuple[str, str]:
    """A command that trains anew without the cause, and what it changes.

    `hidden` says whether there are hidden layers; `values` are the options of the run.
    """
    changes: dict[str, object] = {}
    words = []
    rate, seed, epochs = values["learning_rate"], values["seed"], values["epochs"]
    assert isinstance(rate, float)
    assert isinstance(seed, int)
    assert isinstance(epochs, int)
    if not _stuck(lost):
        return retold(TRAIN, {**values, "epochs": max(_USUAL_EPOCHS, 3 * epochs)}), "learn longer"
    if values["initializer"] == "large":
        changes["initializer"] = "default"
        words.append("start from smaller weights")
    if rate > _RATES[hidden]:
        changes["learning_rate"] = _RATES[hidden]
        words.append("take smaller steps")
    if not changes:
        changes["seed"] = seed + 1
        words.append("start from another seed")
    return retold(TRAIN, {**values, **changes}), " and ".join(words)


def _stuck(lost: Sequence[LostClass]) -> bool:
    return any(each.slope < _FLAT for each in lost)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
