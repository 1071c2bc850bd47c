"""Which classes a network confuses, as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..core.messages import message
from ..core.nouns import Array
from ..show.numbers import class_text, percent
from ..show.screen import Cell, Screen

SHOWN = 10
"""How many mistakes, and pairs of classes where the matrix is too wide, are shown."""
TRUTH = message("it is", "table")


def draw_confusion(screen: Screen, classes: Sequence[str], counts: Array, phrase: Callable[..., str]) -> None:
    """Draw the confusion matrix or, where it is wider than the screen, the most frequent confusions.

    Args:
        screen: Where it is drawn.
        classes: The names of the classes, if they have names.
        counts: How often each class (a row) got each answer (a column).
        phrase: Says a text in the reader's language.
    """
    table, alignment = _matrix(classes, counts, phrase), "<" + ">" * len(counts) + ">"
    if max(map(screen.measure, screen.columns(table, alignment, gap=1))) <= screen.width:
        screen.text((phrase("Confusion matrix: rows are true classes, columns the answers of the network:"), "ink2"))
        screen.table(table, alignment, gap=1)
    elif counts.sum() > np.trace(counts):
        screen.text((phrase("The most frequent confusions:"), "ink2"))
        screen.table(_pairs(classes, counts, phrase), "<<>")


def _matrix(classes: Sequence[str], counts: Array, phrase: Callable[..., str]) -> list[list[Cell]]:
    """A row for each class, a column for each answer; the last column is the accuracy."""
    every = range(len(counts))
    rows: list[list[Cell]] = [
        ["", *((str(each), "ink3") for each in every), (phrase("accuracy"), "ink3")],
    ]
    for each in every:
        total = int(counts[each].sum())
        cells: list[Cell] = [
            (f"{count:,}", "bold") if other == each else f"{count:,}" if count else ("-", "ink3")
            for other, count in enumerate(counts[each])
        ]
        share = percent(counts[each, each] / total) if total else ""
        rows.append([(class_text(each, classes), "ink2"), *cells, share])
    return rows


def _pairs(classes: Sequence[str], counts: Array, phrase: Callable[..., str]) -> list[list[Cell]]:
    """A row for each of the most frequent confusions."""
    off = counts - np.diag(np.diag(counts))
    order = np.argsort(-off, axis=None, kind="stable")[:SHOWN]
    rows: list[list[Cell]] = [[(each, "ink3") for each in (phrase(TRUTH), phrase("it reads"), phrase("times"))]]
    for at in order:
        truth, answer = np.unravel_index(at, off.shape)
        if off[truth, answer]:
            rows.append([class_text(int(truth), classes), class_text(int(answer), classes), f"{off[truth, answer]:,}"])
    return rows
