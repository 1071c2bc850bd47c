"""What is wrong with a network or its run: findings, each a small function from measured facts to a finding, in a table.

A finding is data: its name, the numbers that were measured, and the settings that repair it. The words for it are in
`show/texts/diagnosis.py`. Limits stand where they are used; those without a source lie between what was measured on
healthy runs and on runs with the fault (`tests/training/test_diagnosis.py` has both).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .facts import Facts

Number: TypeAlias = int | float | str | tuple[int, ...] | tuple[float, ...]
Setting: TypeAlias = int | float | str


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: its name, what was measured, and the settings of `Network` and `fit` that repair it."""

    name: str
    numbers: Mapping[str, Number] = field(default_factory=dict)
    remedy: Mapping[str, Setting] = field(default_factory=dict)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """All that is wrong, causes first; what another finding explains is left out."""
    found: list[Finding] = []
    explained: set[str] = set()
    for rule, consequences in _RULES.items():
        finding = rule(facts)
        if finding is not None and finding.name not in explained:
            found.append(finding)
            explained |= set(consequences)
    return tuple(found)


# ---- the input -------------------------------------------------------------------------------------------------------

_FAINT = 0.1  # MNIST's largest input is 1, and images that were divided by 255 twice end at 0.004
_FAR = 10.0  # the root mean square of inputs that were brought to variance 1 is 1, that of MNIST 0.33


def _unscaled(facts: Facts) -> Finding | None:
    faint = facts.bounded and 0 < facts.largest < _FAINT
    far = not facts.bounded and (facts.inputs > _FAR or 0 < facts.inputs < 1 / _FAR)
    if not (faint or far) or "batch" in facts.architecture.normalizations:
        return None
    numbers = {"largest": facts.largest, "size": facts.inputs}
    remedy = {"normalization": "batch"} if facts.hidden else {"learning_rate": _one_digit(facts.rate / facts.inputs**2)}
    return Finding("faint-inputs" if faint else "far-inputs", numbers, remedy)


# ---- the learning rate -----------------------------------------------------------------------------------------------

_STUCK = 0.5  # of a layer's neurons: at least 0.53 of them in the runs that burst, at most 0.27 in those that learnt


def _rate_too_large(facts: Facts) -> Finding | None:
    """Nothing is known after all the steps, and neurons were thrown to where they do not move."""
    worst = max(facts.layers, key=lambda layer: layer.stuck / layer.neurons)
    few = worst.stuck < _STUCK * worst.neurons
    if facts.cost is None or facts.cost < 0.98 or few or _begins_flat(facts):
        return None
    remedy: dict[str, Setting] = {}
    initializer = facts.initializer
    if initializer == "large":
        initializer = remedy["initializer"] = "default"
    better = facts.suggested_rate(initializer)
    remedy["learning_rate"] = min(better or facts.rate / 10, _one_digit(facts.rate / 3))
    numbers = {
        "rate": facts.rate, "cost": facts.epochs[-1].train.cost, "nothing": facts.know_nothing or 0.0,
        "layer": worst.number, "stuck": worst.stuck, "neurons": worst.neurons,
    }  # fmt: skip
    return Finding("rate-too-large", numbers, remedy)


def _rate_too_small(facts: Facts) -> Finding | None:
    """Little is known, ten steps on one batch hardly change its cost, and ten times larger ones change it by three times
    as much: 5 to 8 times in runs with rates too small, 1.0 times where δ vanishes, less than 0 where steps overshoot."""
    if facts.cost is None or facts.cost < 0.75:
        return None
    left = facts.left(facts.rate)
    if not 0.95 < left < 1.0 or 1 - facts.left(10 * facts.rate) < 3 * (1 - left):
        return None
    better = facts.suggested_rate(facts.initializer)
    if better is None or better < 3 * facts.rate:
        return None
    return Finding("rate-too-small", {"rate": facts.rate, "gain": 100 * (1 - left)}, {"learning_rate": better})


# ---- the layers ------------------------------------------------------------------------------------------------------

_VANISHED = 1 / 500  # ‖δ²‖ : ‖δᴸ‖ was 1 : 3,800 in five hidden layers of σ that learnt nothing, 1 : 2 in two that did
_EXPLODED = 20.0  # ‖δ²‖ : ‖δᴸ‖ was 43 : 1 in three hidden layers of large weights, 480 : 1 in five; 3 : 1 in one


def _begins_flat(facts: Facts) -> bool:
    return _saturated(facts) is not None and facts.initializer == "large"


def _exploding(facts: Facts) -> Finding | None:
    first, last = facts.layers[0], facts.layers[-1]
    if not facts.hidden or not first.error > _EXPLODED * last.error > 0:
        return None
    remedy: dict[str, Setting] = {"initializer": "he"} if facts.initializer == "large" else {"clip_norm": 1.0}
    if facts.initializer == "large":
        better = facts.suggested_rate("he")
        if better is not None:
            remedy["learning_rate"] = better
    return Finding("exploding", {"ratio": first.error / last.error, "last": last.number}, remedy)


def _vanishing(facts: Facts) -> Finding | None:
    if len(facts.hidden) < 2:
        return None
    first, last = facts.layers[0], facts.layers[-1]
    if not 0 < first.error < _VANISHED * last.error or "batch" in facts.architecture.normalizations:
        return None
    return Finding("vanishing", {"ratio": last.error / first.error, "last": last.number}, {"normalization": "batch"})


def _saturated(facts: Facts) -> Finding | None:
    for layer in facts.hidden:
        if layer.flat is not None and layer.flat >= _STUCK * layer.neurons:
            remedy: dict[str, Setting] = {"normalization": "batch"}
            if facts.initializer == "large":
                remedy = {"initializer": "default", **remedy}
            numbers = {"layer": layer.number, "flat": layer.flat, "neurons": layer.neurons}
            return Finding("saturated", numbers, remedy)
    return None


def _dead(facts: Facts) -> Finding | None:
    for layer in facts.hidden:
        if layer.dead > 0.3 * layer.neurons:  # 0.47 to 1 where rates were too large, at most 0.23 in runs that learnt
            better = facts.suggested_rate(facts.initializer)
            remedy: dict[str, Setting] = {"learning_rate": _one_digit(facts.rate / 10)}
            if better is not None and better < facts.rate:
                remedy = {"learning_rate": better}
            return Finding("dead", {"layer": layer.number, "dead": layer.dead, "neurons": layer.neurons}, remedy)
    return None


# ---- the answers -----------------------------------------------------------------------------------------------------

_LEAST_SLOPE = 0.01  # hardly any error passes below; σ′ is at most 0.25, and 0.09 where a neuron answers 0.1
_SURE_RATES = {True: 3.0, False: 0.5}
"""Rates with which no class was lost in any of 12 runs, with hidden layers and without: where inputs meet outputs
directly, 784 of them move a neuron at once, and it jumps to the flat end of σ."""


def _unbalanced(facts: Facts) -> Finding | None:
    """A class is rare, and read worse than the rest: by more than 10 points, and more than three standard deviations."""
    seen = [each for each in facts.classes if each.learnt and each.shown]
    if len(seen) < 2 or facts.run.get("class_weight"):
        return None
    rare, frequent = (pick(seen, key=lambda each: each.learnt) for pick in (min, max))
    every = sum(each.right for each in seen) / sum(each.shown for each in seen)
    behind = every - rare.share
    if rare.learnt * 5 > frequent.learnt or behind < max(0.1, 3 * math.sqrt(every * (1 - every) / rare.shown)):
        return None
    numbers = {
        "label": rare.label, "rare": rare.learnt, "frequent": frequent.label, "count": frequent.learnt,
        "right": 100 * rare.share, "mean": 100 * every,
    }  # fmt: skip
    # A rare example then makes a step as many times as long, which the longest would not survive at the same η.
    weight = sum(each.learnt for each in seen) / (len(seen) * rare.learnt)
    return Finding(
        "unbalanced", numbers, {"class_weight": "balanced", "learning_rate": _one_digit(facts.rate / math.sqrt(weight))}
    )


def _lost(facts: Facts) -> Finding | None:
    """Classes of which hardly one example in a hundred is read right."""
    lost = [each for each in facts.classes if each.shown and each.right <= 0.01 * each.shown]
    if not lost or len(facts.classes) < 2:
        return None
    numbers: dict[str, Number] = {
        "labels": tuple(each.label for each in lost),
        "shown": sum(each.shown for each in lost),
        "right": sum(each.right for each in lost),
    }
    slopes = tuple(each.slope for each in lost if each.slope is not None)
    if not slopes:
        return Finding("lost", numbers, _longer(facts))
    numbers["slopes"] = slopes
    if min(slopes) >= _LEAST_SLOPE:
        return Finding("not-yet", numbers, _longer(facts))
    return Finding("lost-flat", numbers, _repaired(facts))


def _longer(facts: Facts) -> dict[str, Setting]:
    return {"epochs": max(30, 3 * int(facts.run.get("epochs", 30)))}


def _repaired(facts: Facts) -> dict[str, Setting]:
    remedy: dict[str, Setting] = {}
    sure = _SURE_RATES[bool(facts.hidden)]
    if facts.initializer == "large":
        remedy["initializer"] = "default"
    if facts.rate > sure:
        remedy["learning_rate"] = sure
    return remedy or {"seed": (facts.seed or 0) + 1}


def _by_heart(facts: Facts) -> Finding | None:
    """Training is three points ahead of validation: 2.1 in the default run, 13 where 1,000 images are learnt from."""
    if not facts.epochs or facts.epochs[-1].validation is None or facts.epochs[-1].validation.correct is None:
        return None
    train, valid = facts.epochs[-1].train.accuracy, facts.epochs[-1].validation.accuracy
    if 100 * (train - valid) < 3:
        return None
    images = math.isqrt(facts.architecture.sizes[0]) ** 2 == facts.architecture.sizes[0]
    remedy: dict[str, Setting] = {"augment": "light"} if images and not facts.run.get("augment") else {}
    if not remedy:
        remedy = {"l2": 5.0 if not facts.run.get("l2") else 3 * float(facts.run["l2"])}
    shown = (round(100 * train, 1), round(100 * valid, 1))  # so that the difference is that of what is printed
    numbers = {"ahead": round(shown[0] - shown[1], 1), "train": 100 * train, "valid": 100 * valid}
    return Finding("by-heart", numbers, remedy)


def _one_digit(value: float) -> float:
    return float(f"{value:.0e}")


_RULES: dict[Callable[[Facts], Finding | None], Sequence[str]] = {
    _unscaled: ("rate-too-large", "rate-too-small", "vanishing", "saturated", "lost", "lost-flat", "not-yet"),
    _exploding: ("rate-too-large", "rate-too-small", "saturated", "dead", "lost", "lost-flat", "not-yet", "by-heart"),
    _rate_too_large: ("vanishing", "saturated", "dead", "lost", "lost-flat", "not-yet"),
    _vanishing: ("rate-too-small", "saturated", "lost", "lost-flat", "not-yet"),
    _rate_too_small: ("lost", "lost-flat", "not-yet"),
    _saturated: ("lost", "lost-flat", "not-yet"),
    _dead: ("lost", "lost-flat", "not-yet"),
    _unbalanced: ("lost", "lost-flat", "not-yet"),
    _lost: (),
    _by_heart: (),
}
"""What is looked for, causes first, and the findings that each explains."""

EARLY = ("faint-inputs", "far-inputs", "exploding", "rate-too-large", "vanishing", "rate-too-small")
"""What can be clearly wrong after the first epoch; all else may still change."""
