"""Networks that were trained side by side as a table: the best of them, what they differ in, and how well each does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..training.history import History, Score
from .language import SOURCE, Language, say
from .numbers import percent, rounded
from .screen import Cell, Screen

_SHOWN = 20  # networks
_HEADS = {"seed": "seed", "learning_rate": "η", "l2": "λ", "l1": "λ₁"}


def draw(
    screen: Screen,
    settings: Sequence[Mapping[str, Any]],
    histories: Sequence[History],
    scores: Sequence[Score | None],
    order: Sequence[int],
    language: Language = SOURCE,
) -> None:
    """Write the table.

    Args:
        screen: Where it is written.
        settings: What the networks differ in.
        histories: Their histories.
        scores: Their scores.
        order: Their numbers, the best first.
        language: The language.
    """
    given = [name for name in settings[0] if len({each[name] for each in settings}) > 1] or [*settings[0]][:2]
    correct = any(score is not None and score.correct is not None for score in scores)
    heads = [_HEADS[name] if name != "seed" else say(language, "seed") for name in given]
    heads += [say(language, "cost"), *([say(language, "accuracy")] if correct else []), say(language, "epochs")]
    rows: list[list[Cell]] = [[(head, "ink3") for head in heads]]
    for place, number in enumerate(order[:_SHOWN]):
        history, score = histories[number], scores[number]
        style = "bold" if place == 0 else ""
        row = [f"{settings[number][name]:g}" for name in given]
        if history.diverged or score is None:
            row += [say(language, "diverged"), *[""] * correct, str(len(history.epochs))]
        else:
            row += [
                rounded(score.cost, 4),
                *[percent(score.accuracy)] * correct,
                str(history.best or len(history.epochs)),
            ]
        rows.append([(text, style) for text in row])
    screen.table(rows, ">" * len(heads))
    if len(order) > _SHOWN:
        screen.line((say(language, "and {count:,} others; rows() gives them all", count=len(order) - _SHOWN), "ink3"))
