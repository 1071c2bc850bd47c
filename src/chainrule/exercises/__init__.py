"""Derivatives to write by hand, in chapters: each a function as users write it, and why, hints, and numbers to try it on.

`practice/` checks them. Read `dimensions.py`, `chain_rule.py`, `five_steps.py`, `training.py`, `layers.py`; then `bug_hunts.py`,
programs to be mended, and `predictions.py`, what a derivative will say.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import TracingError
from ..core.messages import Message, listed
from ..practice.exercise import Exercise
from . import bug_hunts, chain_rule, dimensions, five_steps, layers, predictions, training

CHAPTERS: tuple[tuple[Message, tuple[Exercise, ...]], ...] = tuple(
    (each.TITLE, each.EXERCISES)
    for each in (dimensions, chain_rule, five_steps, training, layers, bug_hunts, predictions)
)
"""The chapters in their order: titles and exercises."""
EXERCISES: Mapping[str, Exercise] = {each.name: each for _, exercises in CHAPTERS for each in exercises}
"""All exercises by name, in their order."""


def exercise(name: str) -> Exercise:
    """An exercise.

    Args:
        name: Its name, such as `"delta"`.

    Returns:
        The exercise; print it to read what is to be written, and `check` a function of yours.

    Raises:
        TracingError: There is none of this name.

    Examples:
        >>> exercise("delta").of
        ('z2',)
    """
    if name not in EXERCISES:
        raise TracingError(
            "There is no exercise {name!r}; choose one of {listed}.", name=name, listed=listed(EXERCISES)
        )
    return EXERCISES[name]
