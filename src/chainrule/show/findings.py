"""Findings in words: what is wrong, with its numbers, and what its remedy changes; the texts are in `texts/diagnosis.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .language import Language, catalog, say
from .numbers import small

_FEW = 3  # of more classes not every slope is said


def sentence(language: Language, name: str, numbers: Mapping[str, object]) -> str:
    """What is wrong: the sentence of a finding with its numbers.

    >>> sentence("en", "saturated", {"layer": 2, "flat": 23, "neurons": 30})
    '23 of 30 neurons of layer 2 sit on the flat ends, so hardly any error passes.'
    >>> sentence("zh", "lost", {"labels": (7, 8), "shown": 1983, "right": 0})
    '7 和 8 都没有学会：1,983 张这样的图像中读对了 0 张。'
    """
    values = dict(numbers)
    labels, slopes = numbers.get("labels"), numbers.get("slopes")
    if isinstance(slopes, tuple):
        few = len(slopes) <= _FEW
        each = [small(slope) for slope in slopes] if few else []
        values["slopes"] = _listed(language, each) if few else _say(language, "at most", value=small(max(slopes)))
    if isinstance(labels, tuple):
        values["labels"] = _listed(language, [str(label) for label in labels])
        if len(labels) > 1 and f"{name}.many" in catalog("diagnosis"):
            name = f"{name}.many"
    return _say(language, name, **values)


def remedy(language: Language, changes: Mapping[str, object]) -> str:
    """What a remedy changes.

    >>> remedy("en", {"initializer": "default", "learning_rate": 0.5})
    'To repair it, let weights start as `default` has them and set η to 0.5:'
    """
    each = [_say(language, f"to.{setting}", value=value) for setting, value in changes.items()]
    return _say(language, "remedy", changes=_listed(language, each, "then"))


def _listed(language: Language, words: Sequence[str], last: str = "and") -> str:
    if len(words) == 1:
        return words[0]
    return _say(language, "comma").join(words[:-1]) + _say(language, last) + words[-1]


def _say(language: Language, key: str, **values: object) -> str:
    return say(language, f"diagnosis.{key}", **values)
