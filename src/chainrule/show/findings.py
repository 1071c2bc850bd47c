"""Findings in words: what is wrong, with its numbers, and what its remedy changes; the texts are in `texts/diagnosis.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.messages import listed
from ..training.diagnosis import Finding
from .language import SOURCE, Language, english, say, translated
from .numbers import small

_FEW = 3  # of more classes not every slope is said


def told(language: Language, finding: Finding) -> str:
    """A finding in full, as it prints: what is wrong, what to do about it, and whether that was tried.

    >>> print(Finding("vanishing", {"ratio": 3800.0, "last": 7}))
    The error δ vanishes on its way back: in layer 2 it is 3,800 times as small as in layer 7, and the weights there hardly learn.
    """
    parts = [sentence(language, finding.name, finding.numbers), *advised(language, finding)]
    return translated(listed(parts, "{words} {word}"), language)


def advised(language: Language, finding: Finding, end: str | None = None) -> list[str]:
    """What to do about a finding, and whether that was tried: a sentence, or none where nothing is known. `end` follows a
    remedy, by default a full stop."""
    full_stop = _say(language, "end")
    if finding.remedy:
        return [remedy(language, finding.remedy, finding.tried) + (full_stop if end is None else end)]
    if f"do.{finding.name}" in english("diagnosis"):
        doing = _say(language, f"do.{finding.name}")
        how = _say(language, "untried") if finding.tried is None else tried(language, finding.tried)
        return [doing.removesuffix(full_stop) + how + full_stop]
    if finding.tried is not None and finding.tried.after is None:
        one = ".one" if finding.tried.remedies == 1 else ""
        return [_say(language, f"tried.nothing{one}", remedies=finding.tried.remedies)]
    return []


def sentence(language: Language, name: str, numbers: Mapping[str, object]) -> str:
    """What is wrong: the sentence of a finding with its numbers.

    >>> sentence("en", "saturated", {"layer": 2, "flat": 23, "neurons": 30})
    '23 of 30 neurons of layer 2 began on the flat ends for most examples, where hardly any error passes.'
    >>> sentence("en", "too-small", {"neurons": 0})
    'The network is too small for what is to be learned: it has no hidden layer.'
    """
    values = dict(numbers)
    labels, slopes = numbers.get("labels"), numbers.get("slopes")
    if isinstance(slopes, tuple):
        few = len(slopes) <= _FEW
        each = [small(slope) for slope in slopes] if few else []
        values["slopes"] = _listed(language, each) if few else _say(language, "at most", value=small(max(slopes)))
    for key in ("labels", "columns", "rows"):
        listed = numbers.get(key)
        if isinstance(listed, tuple):
            values[key] = _listed(language, [str(each) for each in listed])
    for key in ("places", "learned"):
        listed = numbers.get(key)
        if isinstance(listed, tuple):
            values[key] = listed[0]
    if isinstance(labels, tuple) and len(labels) > 1 and f"{name}.many" in english("diagnosis"):
        name = f"{name}.many"
    elif name == "rate-too-large" and "stuck" in numbers:
        name = "rate-too-large.thrown"
    elif name == "too-small" and not numbers["neurons"]:
        name = "too-small.none"
    elif name == "shuffled" and numbers.get("numbers"):
        name = "shuffled.numbers"
    return _say(language, name, **values)


def remedy(language: Language, changes: Mapping[str, object], trial: Any = None) -> str:
    """What a remedy changes, and what a trial of it found.

    >>> remedy("en", {"initializer": "default", "learning_rate": 0.5})
    'To repair it, let weights start as `default` has them and set η to 0.5'
    """
    keys = {setting: f"to.{setting}{'.none' if value is None else ''}" for setting, value in changes.items()}
    each = [_say(language, keys[setting], value=_plain(value)) for setting, value in changes.items()]
    words = _say(language, "remedy", changes=_listed(language, each, "then"))
    return words + (tried(language, trial, epochs="epochs" in changes) if trial is not None else "")


def tried(language: Language, trial: Any, *, epochs: bool = False) -> str:
    """The result of a trial."""
    share = trial.measure != "cost"
    before, after = (
        _say(language, "no number") if each is None else f"{100 * each:.1f} %" if share else f"{each:.3g}"
        for each in (trial.before, trial.after)
    )
    measure = _say(language, f"measure.{trial.measure}")
    key = "tried.epochs" if epochs else "tried"
    return _say(language, key, examples=trial.examples, measure=measure, before=before, after=after)


def _plain(value: object) -> object:
    return " → ".join(map(str, value)) if isinstance(value, tuple) else value


def _listed(language: Language, words: Sequence[str], last: str = "and") -> str:
    if len(words) == 1:
        return words[0]
    return _say(language, "comma").join(words[:-1]) + _say(language, last) + words[-1]


def _say(language: Language, key: str, **values: object) -> str:
    return say(language, f"diagnosis.{key}", **values)


def _printed(finding: Finding) -> str:
    return told(SOURCE, finding)


setattr(Finding, "__str__", _printed)  # noqa: B010  # as notebooks show programs: whoever prints one, it is worded here
