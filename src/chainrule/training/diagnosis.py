"""Diagnoses a network or its run: a table of small functions, each of which turns measurements into a finding or nothing.

A finding is data: its name, the numbers that were measured, and the settings that repair it, with what became of a trial. The
words for it are in `show/findings.py`.

A fault is reported if its mechanism was measured and, in addition, either a trial without it learns more by a large margin, on
held-out rows and on training rows, or nothing at all was learned. Faults of the data come before those of the settings, since a
trial with other settings can only compensate for them. Limits are next to the functions that use them, with the reason.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from ..network.architecture import stacked
from ..network.costs import COSTS
from .facts import Facts, Layer
from .rates import default_rate
from .tables import NARROW, Neighbors
from .trial import LARGE_GAIN, REAL_GAIN, Trial

Number: TypeAlias = int | float | str | tuple[int, ...] | tuple[float, ...]
Setting: TypeAlias = int | float | str | tuple[int, ...] | None
Remedy: TypeAlias = dict[str, Setting]


@dataclass(frozen=True)
class Tried:
    """A trial of a remedy on copies of the network, scored on held-out rows.

    Attributes:
        measure: What was measured: `"cost"`, `"accuracy"`, averaged over the classes, or `"R²"`.
        before: The value with the current settings; `None` if the cost became NaN or infinite.
        after: The value with the settings of the remedy; `None` if none of the remedies was better.
        examples: The number of examples that the copies learned from.
        remedies: The number of remedies that were tried.
    """

    measure: str
    before: float | None
    after: float | None
    examples: int
    remedies: int = 1


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a network or its run; printed, it is a sentence.

    Attributes:
        name: Its name.
        numbers: What was measured, by name.
        remedy: The settings of `Network` and `fit` that repair it; none if the data must be changed.
        tried: The trial of the remedy, if there was one.
    """

    name: str
    numbers: Mapping[str, Number] = field(default_factory=dict)
    remedy: Mapping[str, Setting] = field(default_factory=dict)
    tried: Tried | None = None


def findings(facts: Facts, early: bool = False) -> tuple[Finding, ...]:
    """Find what is wrong, the cause first; of causes that may follow from one another, only the first is reported.

    Args:
        facts: What is measured of the network and its run.
        early: Whether only faults are reported that can be clear after the first epoch.

    Returns:
        The findings.
    """
    causes = (found for rule in _CAUSES if (found := rule(facts)) is not None)
    if early:
        return tuple(cause for cause in itertools.islice(causes, 1) if cause.name in EARLY)
    beside = [finding for rule in _BESIDE if (finding := rule(facts)) is not None]
    return (*itertools.islice(causes, 1), *beside)


# ---- trials ----------------------------------------------------------------------------------------------------------


def _may_be_faulty(facts: Facts, certain: bool, margin: tuple[float, float] = LARGE_GAIN) -> bool:
    """Whether there can be a finding: the fault is certain by what was measured, or the run leaves so much to learn that a
    trial can show it. Asked first, since what is measured of layers takes time, too.
    """
    return certain or (facts.trial is not None and (facts.final is None or facts.final.leaves_to_learn(margin)))


def _tried(facts: Facts, before: Trial, after: Trial | None, remedies: int = 1, *, cost: bool = True) -> Tried:
    """The report of a trial, by its costs if they can be compared."""

    def figure(trial: Trial | None) -> float | None:
        if trial is None or not math.isfinite(trial.cost):
            return None
        return trial.cost if cost else trial.score

    measure = "cost" if cost else "R²" if facts.regression else "accuracy"
    return Tried(measure, figure(before), figure(after), (after or before).examples, remedies)


def _repaired(
    facts: Facts, name: str, numbers: Mapping[str, Number], remedies: Iterable[Remedy], *,
    certain: bool, margin: tuple[float, float] = LARGE_GAIN, cost: bool = True, **how: Any,
) -> Finding | None:  # fmt: skip
    """A finding with the first remedy that does better in a trial than the current settings.

    Unless the fault is `certain` anyway, there is a finding only if a remedy learns more by a large margin.
    """
    if not _may_be_faulty(facts, certain, margin):
        return None
    base = None if facts.trial is None else facts.trial({})
    if facts.trial is None or base is None:
        return Finding(name, numbers) if certain else None
    if not (certain or base.leaves_to_learn(margin)):
        return None
    helping: tuple[Remedy, Trial] | None = None
    count = 0
    for remedy in _others(facts, remedies):
        after = facts.trial(remedy, **how)
        if after is None:
            continue
        count += 1
        if _learns_more(facts, after, margin) and _again(facts, remedy, **how):
            return Finding(name, numbers, remedy, _tried(facts, base, after, count, cost=cost))
        no_worse = facts.final is None or after.score >= facts.final.score
        better = helping is None or after.relative_cost < helping[1].relative_cost
        if certain and better and no_worse and after.helps(base) and _again(facts, remedy, beside=True, **how):
            helping = remedy, after
    if helping is not None:
        return Finding(name, numbers, helping[0], _tried(facts, base, helping[1], count, cost=cost))
    if not certain:
        return None
    return Finding(name, numbers, {}, _tried(facts, base, None, count, cost=cost) if count else None)


def _again(facts: Facts, remedy: Remedy, *, beside: bool = False, **how: Any) -> bool:
    """Whether a remedy is again better with the examples in another order, so that it did not help by chance: than the present
    settings were, or with `beside`, for a remedy that hardly learns more, than they are in that order.
    """
    if facts.trial is None:
        return False
    after = facts.trial(remedy, reverse=True, **how)
    base = (facts.trial({}, reverse=True) if beside else None) or facts.trial({})
    return (
        base is not None
        and after is not None
        and after.score >= base.score
        and after.relative_cost < base.relative_cost
    )


def _others(facts: Facts, remedies: Iterable[Remedy]) -> Iterable[Remedy]:
    """The remedies, each once, without settings that the run already had."""
    seen: list[Remedy] = []
    for remedy in remedies:
        left: Remedy = {name: value for name, value in remedy.items() if value != _was(facts, name)}
        if left and left not in seen:
            seen.append(left)
            yield left


def _was(facts: Facts, name: str) -> object:
    architecture = facts.architecture
    known: dict[str, object] = {
        "learning_rate": facts.rate,
        "epochs": facts.done,
        "batch_size": facts.batch_size,
        "initializer": facts.initializer,
        "cost": architecture.cost,
        "layers": architecture.sizes,
        "output": architecture.activations[-1],
        "normalization": "batch" if "batch" in architecture.normalizations else "none",
    }
    return known[name] if name in known else facts.run.get(name)


def _learns_more(facts: Facts, after: Trial, margin: tuple[float, float] = LARGE_GAIN) -> bool:
    """Whether a trial is much better than one with the current settings, and better than the run itself."""
    base = facts.trial({}) if facts.trial is not None else None
    return (
        base is not None
        and after.learns_more(base, margin)
        and (facts.final is None or after.learns_more(facts.final, margin))
    )


def _rate_of(facts: Facts, **changes: Any) -> float:
    """The default learning rate of the network with these changes."""
    return default_rate(stacked(**facts.architecture.keywords(**changes)), facts.optimizer)


def _initializers(facts: Facts) -> list[str]:
    """The initializers that suit the hidden layers, the best first."""
    rectified = any(layer.applied.family == "rectifier" for layer in facts.architecture.stack[:-1])
    fitting = ("he", "glorot", "orthogonal") if rectified else ("glorot", "default", "orthogonal")
    return [each for each in fitting if each != facts.initializer]


def _begun_otherwise(facts: Facts) -> list[Remedy]:
    """Other initializers, each with the rate of the run, then with the default rate."""
    ways: list[Remedy] = []
    for each in _initializers(facts)[:2]:
        ways += [{"initializer": each}, {"initializer": each, "learning_rate": _rate_of(facts)}]
    return ways


# ---- the inputs ------------------------------------------------------------------------------------------------------

_MAIN = 0.9  # of the mean square of a row: what is left to all else makes steps ten times too long for it
_TIMES = 10.0  # by which a size is off; the right η depends on its square, and is then off by a hundred
_ASIDE = 5.5  # standard deviations from 0, where those of bytes in images are 1 to 3
_LARGE_SIZE = 5.0  # of inputs; that of MNIST's is 0.3, that of columns with mean 0 and variance 1 is 1
_LISTED = 5  # the most columns that a finding names


def _rows_alike(facts: Facts) -> Finding | None:
    """All rows are equal."""
    return Finding("rows-alike", {"rows": len(facts.examples)}) if facts.rows_alike else None


def _inputs(facts: Facts) -> Finding | None:
    """Columns that are constant, of very different sizes, far from 0 compared with their spread, or all too large or small."""
    if not _may_be_faulty(facts, facts.nothing_learned, REAL_GAIN):
        return None
    found = _size_of_inputs(facts)
    if found is None:
        return None
    if facts.trial is None:
        return found if facts.nothing_learned else None
    for remedy in ({}, {"learning_rate": _rate_of(facts)}):
        after, same = facts.trial(remedy, scaled="inputs"), facts.trial(remedy)
        if (
            after is not None
            and same is not None
            and after.learns_more(same, REAL_GAIN)
            and _learns_more(facts, after, REAL_GAIN)
        ):
            return replace(found, tried=_tried(facts, same, after))
    return None


def _size_of_inputs(facts: Facts) -> Finding | None:
    if facts.architecture.vocabulary is not None:
        return None  # the number of a token has no size
    each = facts.inputs
    moving = ~each.constant
    if not moving.any() or not each.rms.any():
        return None
    held = np.flatnonzero(each.constant & (each.mean != 0))
    if len(held) and float(np.sum(each.rms[held] ** 2)) > _MAIN * float(np.sum(each.rms**2)):
        value = float(each.mean[held[np.argmax(np.abs(each.mean[held]))]])
        named = tuple(map(int, held[:_LISTED]))
        return Finding("constant-inputs", {"columns": named, "count": len(held), "value": value})
    sizes = np.where(moving, each.rms, np.nan)
    middle = float(np.nanquantile(sizes, 0.5, method="lower"))
    largest = int(np.nanargmax(sizes))
    smallest = int(np.nanargmin(sizes))
    # Where columns are many, or pixels, some are hardly ever other than 0: their largest number counts, not their size.
    far = len(sizes) <= NARROW and each.largest[largest] > _TIMES**2 * each.largest[smallest]
    if far or sizes[largest] > _TIMES * middle:
        numbers: dict[str, Number] = {
            "column": largest, "size": float(sizes[largest]), "other": smallest, "small": float(sizes[smallest]),
        }  # fmt: skip
        return Finding("units", numbers)
    size = math.sqrt(float(np.mean(each.rms[moving] ** 2)))
    means, spreads = each.mean[moving], each.std[moving]
    if float(np.sum(means**2)) > _ASIDE**2 * float(np.sum(spreads**2)):
        at = int(np.flatnonzero(moving)[np.argmax(np.abs(means) / spreads)])
        return Finding("offset-inputs", {"column": at, "mean": float(each.mean[at]), "spread": float(each.std[at])})
    if 0 < each.largest.max() < 1 / _TIMES:
        return Finding("faint-inputs", {"largest": float(each.largest.max()), "size": size})
    return Finding("far-inputs", {"size": size}) if size > _LARGE_SIZE else None


# ---- the desired outputs ---------------------------------------------------------------------------------------------


def _targets(facts: Facts) -> Finding | None:
    """Targets that the outputs cannot reach, or that are much larger or smaller than outputs usually are."""
    if not facts.regression:
        return None
    each, output = facts.targets, facts.architecture.activations[-1]
    low, high = float((each.mean - 2 * each.std).min()), float((each.mean + 2 * each.std).max())
    numbers: dict[str, Number] = {"low": low, "high": high}
    if facts.unreachable > 0.02:
        remedies: list[Remedy] = [
            {"output": "linear", "learning_rate": rate} for rate in (_rate_of(facts, output="linear"), facts.rate)
        ]
        numbers |= {"output": str(output), "beyond": 100 * facts.unreachable}
        return _repaired(facts, "out-of-reach", numbers, remedies, certain=True)
    spread = float(each.std.max())
    if 1 / _TIMES < spread < _LARGE_SIZE and np.abs(each.mean).max() < _LARGE_SIZE:
        return None
    found = Finding("unscaled-targets", numbers | {"mean": float(each.mean[each.std.argmax()]), "spread": spread})
    if facts.trial is None:
        return found if facts.nothing_learned else None
    if not _may_be_faulty(facts, False, REAL_GAIN):
        return None
    before, after = facts.trial({}), facts.trial({}, scaled="targets")
    if before is None or after is None or not _learns_more(facts, after, REAL_GAIN):
        return None
    return replace(found, tried=_tried(facts, before, after, cost=False))


# ---- the labels ------------------------------------------------------------------------------------------------------

_UNKNOWN = 0.05  # labels of which neighbors know less are as good as random
_KNOWABLE = 0.2  # labels of which neighbors know more can be learned
_SURE = 0.92  # of labels whose neighbors agree: 0.99 of MNIST's are right, and 0.9 if a tenth was changed


def _shuffled(facts: Facts) -> Finding | None:
    """Neighbors do not predict labels, and the network does not generalize."""
    near = facts.neighbors if _labels_may_be_wrong(facts) else None
    if near is None or near.known > 3 * near.error or 3 * near.error > 2 * _UNKNOWN:
        return None
    apart = facts.held_neighbors
    others = apart is not None and apart.known > near.known + max(2 * _UNKNOWN, 3 * (apart.error + near.error))
    if _knows(facts) and not others:
        return None
    return Finding("shuffled", {"known": 100 * near.known, "rows": near.n, "numbers": int(facts.regression)})


def _labels_may_be_wrong(facts: Facts) -> bool:
    """Whether better labels could let the network answer better, since so much is wrong on rows that it did not learn from."""
    return facts.trial is not None and (facts.final is None or facts.final.is_beatable())


def _knows(facts: Facts) -> bool:
    """Whether the score on new examples is better than chance."""
    end = facts.final
    if end is None:
        return False
    chance = 0.0 if facts.regression else 1 / max(1, len(facts.classes))
    by_chance = 2 * math.sqrt(chance * (1 - chance) / end.rows) if end.rows else _UNKNOWN
    return end.score - chance > by_chance


def _noise(facts: Facts) -> Finding | None:
    """Labels that neighbors contradict even where they agree with each other, in favor of any class."""
    near = facts.neighbors if _labels_may_be_wrong(facts) else None
    if near is None or facts.regression or near.sure > _SURE or near.known < max(2 * _UNKNOWN, 5 * near.error):
        return None
    if near.others < 10 or not _by_chance(near, len(facts.classes)):
        return None
    return Finding("label-noise", {"share": 100 * (1 - near.sure), "rows": near.suspects})


def _by_chance(near: Neighbors, kinds: int) -> bool:
    """Whether labels differ from their neighbors' at random. Where classes overlap, a label that is not the neighbors' first
    guess is their second, and labels are right more often where neighbors agree more."""
    if kinds > 2:
        guess = 1 / (kinds - 1)
        return near.second < (1 + guess) / 2 - math.sqrt(0.25 / near.others)
    return near.slope + near.slope_error < 0.5


def _leakage(facts: Facts) -> Finding | None:
    """A single column predicts nearly everything, and no other comes close."""
    best = facts.best_column
    if best is None or best.strength < 0.95 or 1 - best.next_best < 10 * (1 - best.strength):
        return None
    return Finding("leakage", {"column": best.column, "told": 100 * best.strength, "next": 100 * best.next_best})


def _duplicates(facts: Facts) -> Finding | None:
    """Validation rows are also training rows, more often than training rows repeat each other."""
    found = facts.duplicates
    if found is None or facts.rows_alike or found.share < 0.05 or found.share < 3 * found.within:
        return None
    return Finding("duplicates", {"share": 100 * found.share, "places": tuple(each for each, _ in found.places),
                                  "learned": tuple(each for _, each in found.places)})  # fmt: skip


def _unbalanced(facts: Facts) -> Finding | None:
    """A class is rare, and classified worse than the rest: by more than 10 points, and by more than three standard errors."""
    seen = [each for each in facts.classes if each.learned and each.shown]
    if len(seen) < 2 or facts.run.get("class_weight"):
        return None
    rare, frequent = (pick(seen, key=lambda each: each.learned) for pick in (min, max))
    every = sum(each.right for each in seen) / sum(each.shown for each in seen)
    best = max(every, frequent.share)
    behind = best - rare.share
    if rare.learned * 5 > frequent.learned or behind < max(0.1, 3 * math.sqrt(best * (1 - best) / rare.shown)):
        return None
    numbers: dict[str, Number] = {
        "label": rare.label, "rare": rare.learned, "frequent": frequent.label, "count": frequent.learned,
        "right": 100 * rare.share, "mean": 100 * every,
    }  # fmt: skip
    # The steps of rare examples become longer by this weight, which may be too long at the same η.
    weight = sum(each.learned for each in seen) / (len(seen) * rare.learned)
    slower = _one_digit(facts.rate / math.sqrt(weight))
    remedies: list[Remedy] = [
        {"class_weight": "balanced", "learning_rate": slower}, {"class_weight": "balanced"},
        {"class_weight": "balanced", "learning_rate": _one_digit(facts.rate / weight)},
    ]  # fmt: skip
    return _repaired(facts, "unbalanced", numbers, remedies, certain=True, cost=False)


# ---- how it began ----------------------------------------------------------------------------------------------------

_STUCK = 0.5  # of a layer's neurons
_MANY = 0.3  # of a layer's neurons, if a trial also shows that they are missed
_VANISHED = 1 / 100  # ‖δ²‖ : ‖δᴸ‖ is 1 : 2 in two hidden layers of σ, 1 : 3,800 in five, which learn nothing
_SURELY_VANISHED = 1 / 500
_EXPLODED = 10.0  # ‖δ²‖ : ‖δᴸ‖ is 3 : 1 in a hidden layer of large weights, 43 : 1 in three, 480 : 1 in five


def _symmetric(facts: Facts) -> Finding | None:
    """All neurons of a layer began equal; only rounding or dropout makes them different later."""
    if not facts.symmetric:
        return None
    layer = facts.symmetric[0]
    numbers: dict[str, Number] = {"layer": layer, "neurons": int(facts.architecture.dim(layer))}
    return _repaired(facts, "symmetric", numbers, _begun_otherwise(facts), certain=True)


def _dead_from_start(facts: Facts) -> Finding | None:
    """Neurons that output 0 for all examples before the first step, and still do."""
    in_line = not any(layer.back for layer in facts.architecture.stack) and facts.constant_cost is not None
    known = in_line and bool(facts.history.epochs)  # then nothing passes through a layer that is wholly dead
    if known and not _may_be_faulty(facts, facts.nothing_learned):
        return None
    pairs = list(zip(facts.initial_layers[:-1], facts.hidden, strict=True))
    dead = [now for then, now in pairs if min(then.dead, now.dead) >= _MANY * now.neurons]
    if not dead:
        return None
    now = dead[0]
    begun = facts.architecture.by_name(facts.initial)
    biases = [begun[each.name] for each in facts.architecture.of_layer(now.number) if each.role == "bias"]
    bias = float(np.mean([each.mean() for each in biases])) if biases else 0.0
    numbers = {"layer": now.number, "dead": now.dead, "neurons": now.neurons, "bias": bias}
    certain = any(each.dead == each.neurons for each in dead) or facts.nothing_learned
    return _repaired(facts, "dead-from-start", numbers, _begun_otherwise(facts), certain=certain)


def _saturated(facts: Facts) -> Finding | None:
    """Hidden neurons were saturated at the start."""
    if not _may_be_faulty(facts, facts.nothing_learned):
        return None
    for then in facts.initial_layers[:-1]:
        if then.mostly_flat is not None and then.mostly_flat >= _MANY * then.neurons:
            numbers: dict[str, Number] = {"layer": then.number, "flat": then.mostly_flat, "neurons": then.neurons}
            remedies: list[Remedy] = [*_begun_otherwise(facts), {"normalization": "batch"}]
            return _repaired(facts, "saturated", numbers, remedies, certain=facts.nothing_learned)
    return None


def _exploding(facts: Facts) -> Finding | None:
    if not _may_be_faulty(facts, facts.nothing_learned):
        return None
    for layers in (facts.initial_layers, facts.layers):
        first, last = layers[0], layers[-1]
        if len(layers) > 1 and first.error > _EXPLODED * last.error > 0:
            remedies: list[Remedy] = [*_begun_otherwise(facts), {"clip_norm": 1.0}]
            numbers: dict[str, Number] = {"ratio": first.error / last.error, "last": last.number}
            return _repaired(facts, "exploding", numbers, remedies, certain=facts.nothing_learned)
    return None


def _vanishing(facts: Facts) -> Finding | None:
    if not _may_be_faulty(facts, facts.nothing_learned):
        return None
    first, last = facts.initial_layers[0], facts.initial_layers[-1]
    if len(facts.initial_layers) < 3 or not 0 < first.error < _VANISHED * last.error:
        return None
    rectified = _rate_of(facts, activation="relu")
    remedies: list[Remedy] = [
        {"normalization": "batch"},
        {"activation": "relu", "initializer": "he", "learning_rate": rectified},
        {"normalization": "batch", "learning_rate": rectified},
    ]
    numbers: dict[str, Number] = {"ratio": last.error / first.error, "last": last.number}
    certain = facts.nothing_learned and first.error < _SURELY_VANISHED * last.error
    return _repaired(facts, "vanishing", numbers, remedies, certain=certain)


# ---- cost and output -------------------------------------------------------------------------------------------------

_DECISIVE = 0.1, 0.5
"""The gain required to call settings unsuitable that are not wrong: ten points, and half of the distance from 1."""


def _misfit(facts: Facts) -> Finding | None:
    """Classes are learned with an unsuitable cost or output activation."""
    cost, output = facts.architecture.cost, facts.architecture.activations[-1]
    fits, regression = facts.architecture.declared_cost.output, facts.architecture.declared_cost.regression
    if facts.regression or not isinstance(cost, str) or (output == fits and not regression):
        return None
    if not _may_be_faulty(facts, False, _DECISIVE):
        return None
    remedies: list[Remedy] = []
    if not regression:
        remedies.append({"output": fits, "learning_rate": _rate_of(facts, output=fits)})
    # Where each output decides for itself, softmax, of which one is chosen, would not do.
    alone = facts.examples.labels is not None and facts.examples.labels.ndim > 1
    of_classes = "cross-entropy" if alone else "log-likelihood"
    suited: Remedy = {"cost": of_classes, "output": COSTS[of_classes].output}
    remedies.append({**suited, "learning_rate": _rate_of(facts, **suited)})
    numbers: dict[str, Number] = {"cost": cost, "output": str(output)}
    return _repaired(facts, "misfit", numbers, remedies, certain=False, margin=_DECISIVE, cost=False)


# ---- how it learned ---------------------------------------------------------------------------------------------------

_FAR = 5.0  # times: around the right η, trials of η / 3 and 3 η hardly differ
_SURELY = 30.0  # times the default rate, or a 30th of it: explains by itself that nothing is learned


def _regularized(facts: Facts) -> Finding | None:
    """The network learns more without regularization."""
    given: dict[str, Any] = {name: 0.0 for name in ("l2", "l1", "label_smoothing") if facts.run.get(name)}
    given |= {name: None for name in ("max_norm", "clip_norm", "clip_value") if facts.run.get(name)}
    numbers: dict[str, Number] = {name: float(facts.run[name]) for name in given}
    if any(facts.architecture.dropouts):
        given["dropout"] = 0.0
        numbers["dropout"] = max(facts.architecture.dropouts)
    for name, without in given.items():
        remedies: list[Remedy] = [{name: without}]
        found = _repaired(facts, "regularized", {"setting": name, "value": numbers[name]}, remedies, certain=False)
        if found is not None:
            return found
    return None


def _rate(facts: Facts) -> Finding | None:
    """A much higher or lower learning rate learns more in as many steps."""
    if not _may_be_faulty(facts, facts.nothing_learned):
        return None
    worst = max(facts.layers, key=lambda layer: layer.stuck / layer.neurons)
    stuck = worst.stuck >= _STUCK * worst.neurons
    numbers: dict[str, Number] = {"rate": facts.rate}
    if facts.trial is None:
        if facts.cost is None:
            return None
        if stuck and not _stuck_from_start(facts, worst):
            return Finding("rate-too-large", _thrown(facts, worst))
        left = facts.remaining_cost(facts.rate)
        if not 0.95 < left < 1.0 or 1 - facts.remaining_cost(10 * facts.rate) < 3 * (1 - left):
            return None
        return Finding("rate-too-small", numbers | {"gain": 100 * (1 - left)})
    known = _rate_of(facts)
    rates = [rate for rate in (facts.suggested_rate, known) if rate is not None]
    if facts.history.diverged or facts.nothing_learned:
        rates += [_one_digit(facts.rate / by) for by in (10, 100)]
    lower: list[Remedy] = [{"learning_rate": each} for each in rates if each <= facts.rate / 3]
    if lower:
        name = "rate-too-large"
        given = _thrown(facts, worst) if stuck and facts.nothing_learned else numbers
        far = facts.nothing_learned and facts.rate > _SURELY * known
        found = _repaired(facts, name, given, lower, certain=facts.history.diverged or far)
        if found is not None:
            return found
    if facts.rate > known / _FAR:
        return None
    higher: list[Remedy] = [{"learning_rate": each} for each in rates if each >= _FAR * facts.rate]
    gain = 100 * (1 - facts.remaining_cost(facts.rate))
    far = facts.nothing_learned and facts.rate < known / _SURELY
    return _repaired(facts, "rate-too-small", numbers | {"gain": gain}, higher, certain=far)


def _stuck_from_start(facts: Facts, layer: Layer) -> bool:
    then = facts.initial_layers[layer.number - 2]
    return then.stuck >= _STUCK * then.neurons


def _thrown(facts: Facts, layer: Layer) -> dict[str, Number]:
    cost = (facts.cost or 0.0) * (facts.constant_cost or 0.0)
    return {
        "rate": facts.rate, "cost": cost, "nothing": facts.constant_cost or 0.0,
        "layer": layer.number, "stuck": layer.stuck, "neurons": layer.neurons,
    }  # fmt: skip


_FEW_STEPS = 1000  # steps in which a network learns little from any data
_HARDLY_ANY_STEPS = 100  # steps in which it learns little at any rate


def _hardly_any_steps(facts: Facts) -> Finding | None:
    """The network learns more with smaller batches, at the same rate; so few steps are the cause before any rate is tried."""
    if facts.steps >= _HARDLY_ANY_STEPS or facts.batch_size <= 10:
        return None
    return _repaired(facts, "too-few-steps", _count_steps(facts), [{"batch_size": 10}], certain=False)


def _count_steps(facts: Facts) -> dict[str, Number]:
    return {"steps": facts.steps, "epochs": facts.done, "size": facts.batch_size}


def _too_few_steps(facts: Facts) -> Finding | None:
    """The network learns more with smaller batches, or in more epochs."""
    numbers = _count_steps(facts)
    if facts.trial is None:
        return None
    if facts.steps < _FEW_STEPS and facts.batch_size > 10:
        smaller: list[Remedy] = [{"batch_size": 10}, {"batch_size": 10, "learning_rate": _rate_of(facts)}]
        found = _repaired(facts, "too-few-steps", numbers, smaller, certain=False)
        if found is not None:
            return found
    for times in (20, 5, 2) if facts.steps < _FEW_STEPS else (2,):
        # Longer runs are usually better, so much longer ones must gain much more.
        margin = LARGE_GAIN if times == 2 else _DECISIVE
        if not _may_be_faulty(facts, False, margin):
            return None
        after = facts.trial({}, times=times)
        if after is not None and facts.final is not None and _learns_more(facts, after, margin):
            return Finding("too-few-steps", numbers, {"epochs": times * facts.done}, _tried(facts, facts.final, after))
    return None


def _too_small(facts: Facts) -> Finding | None:
    """A larger network learns much more, in as many steps."""
    sizes = facts.architecture.sizes
    end = facts.final
    if facts.trial is None or end is None or end.score > 1 - _DECISIVE[0] or not facts.architecture.dense:
        return None  # layers of the user's own have the sizes that they have
    inner = tuple(max(30, 4 * each) for each in sizes[1:-1]) or (40,)
    if sizes[1:-1] and min(sizes[1:-1]) > 100:
        return None
    larger = (sizes[0], *inner, sizes[-1])
    remedies: list[Remedy] = []
    if sizes[1:-1]:
        remedies.append({"layers": larger})
    remedies += [
        {
            "layers": larger,
            "activation": each,
            "initializer": how,
            "learning_rate": _rate_of(facts, layers=larger, activation=each),
        }
        for each, how in (("tanh", "glorot"), ("relu", "he"))
    ]
    numbers: dict[str, Number] = {"neurons": min(sizes[1:-1], default=0)}
    return _repaired(facts, "too-small", numbers, remedies, certain=False, margin=_DECISIVE)


def _dead(facts: Facts) -> Finding | None:
    """Rectifiers that died during the run: they output 0 for every example."""
    if not _may_be_faulty(facts, facts.nothing_learned):
        return None
    for layer in facts.hidden:
        if layer.dead >= _STUCK * layer.neurons and not _stuck_from_start(facts, layer):
            rates = [each for each in (facts.suggested_rate, _rate_of(facts), facts.rate / 10) if each]
            lower: list[Remedy] = [{"learning_rate": _one_digit(each)} for each in rates if each <= facts.rate / 3]
            numbers: dict[str, Number] = {"layer": layer.number, "dead": layer.dead, "neurons": layer.neurons}
            return _repaired(facts, "dead", numbers, lower, certain=facts.nothing_learned)
    return None


# ---- what it knows ---------------------------------------------------------------------------------------------------


_FAR_AHEAD = 0.12  # of the score: more than a tenth more examples, or another seed, would change it


def _by_heart(facts: Facts) -> Finding | None:
    """Overfitting: the score on training examples is far better than on others."""
    end = facts.final
    if end is None or facts.trial is None or facts.nothing_learned:
        return None
    gap = end.learned - end.score
    chance = end.least((0.0, 0.0)) * 1.5
    if gap < max(0.08, chance) or 1 - end.score < 2 * (1 - end.learned):
        return None
    costs = [each.validation.cost for each in facts.history.epochs if each.validation is not None]
    best = int(np.argmin(costs)) + 1 if costs else 0
    remedies: list[Remedy] = [{"augment": "light"}] if facts.images and not facts.run.get("augment") else []
    n = len(facts.examples)
    if not facts.run.get("l2"):
        remedies += [{"l2": _one_digit(0.003 * n)}, {"l2": _one_digit(0.03 * n)}]
    numbers: dict[str, Number] = {
        "train": 100 * end.learned,
        "valid": 100 * end.score,
        "ahead": 100 * gap,
        "examples": n,
    }
    name = "by-heart-numbers" if facts.regression else "by-heart"
    if costs and costs[best - 1] < 0.8 * costs[-1]:
        known = Tried("cost", costs[-1], costs[best - 1], best * n)
        return Finding(name, numbers, {"epochs": best}, known)
    by_far = gap > _FAR_AHEAD or 1 - end.score >= 5 * (1 - end.learned)
    found = _repaired(facts, name, numbers, remedies, certain=True)
    return found if found is not None and (found.remedy or by_far) else None


def _lost(facts: Facts) -> Finding | None:
    """Classes of which hardly one example in a hundred is classified correctly."""
    lost = [each for each in facts.classes if each.shown >= 10 and each.learned and each.right <= 0.01 * each.shown]
    if not lost or len(facts.classes) < 2 or facts.trial is None:
        return None
    numbers: dict[str, Number] = {
        "labels": tuple(each.label for each in lost),
        "shown": sum(each.shown for each in lost),
        "right": sum(each.right for each in lost),
    }
    slopes = tuple(each.slope for each in lost if each.slope is not None)
    if not slopes or min(slopes) >= _LEAST_SLOPE:
        return None
    numbers["slopes"] = slopes
    return _repaired(
        facts,
        "lost-flat",
        numbers,
        [*_begun_otherwise(facts), {"seed": (facts.provenance.get("seed") or 0) + 1}],
        certain=True,
    )


_LEAST_SLOPE = 0.01  # below, hardly any error passes; σ′ is at most 0.25, and 0.09 at an output of 0.1


def _learns_nothing(facts: Facts) -> Finding | None:
    """Nothing is learned, for an unknown reason."""
    if not facts.nothing_learned or facts.trial is None or not facts.constant_cost or _knows(facts):
        return None
    if facts.neighbors is None or facts.neighbors.known < _KNOWABLE:
        return None  # there may be nothing to learn
    numbers: dict[str, Number] = {"cost": (facts.cost or 0.0) * facts.constant_cost, "nothing": facts.constant_cost}
    return Finding("learns-nothing", numbers)


def _one_digit(value: float) -> float:
    return float(f"{value:.0e}")


_BESIDE: Sequence[Callable[[Facts], Finding | None]] = (_leakage, _duplicates)
"""Findings reported beside any cause, since they affect only the validation score."""

_CAUSES: Sequence[Callable[[Facts], Finding | None]] = (
    _rows_alike, _inputs, _targets, _shuffled, _noise, _symmetric, _saturated, _exploding, _dead_from_start, _vanishing,
    _misfit, _unbalanced, _regularized, _hardly_any_steps, _rate, _dead, _lost, _too_few_steps, _too_small, _by_heart,
    _learns_nothing,
)  # fmt: skip
"""Causes, in an order in which each may cause those after it."""

EARLY = (
    "rows-alike", "constant-inputs", "units", "offset-inputs", "faint-inputs", "far-inputs", "unscaled-targets", "symmetric",
    "dead-from-start", "exploding", "rate-too-large", "vanishing", "saturated", "rate-too-small",
)  # fmt: skip
"""Faults that can be clear after the first epoch; all others may still disappear."""
