"""Which classes a network confuses, as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..core.messages import message
from ..core.nouns import Array
from ..show.numbers import class_text, percent
from ..show.screen import Cell

SHOWN = 10
"""How many mistakes, and pairs of classes where the matrix is too wide, are shown."""
TRUTH = message("it is", "table")


def matrix(classes: Sequence[str], counts: Array, phrase: Callable[..., str]) -> list[list[Cell]]:
    """A row for each class, a column for each answer; the last column is the accuracy.

    Args:
        classes: The names of the classes, if they have names.
        counts: How often each class (a row) got each answer (a column).
        phrase: Says a text in the reader's language.

    Returns:
        The rows of a table.
    """
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


def pairs(classes: Sequence[str], counts: Array, phrase: Callable[..., str]) -> list[list[Cell]]:
    """The most frequent confusions.

    Args:
        classes: The names of the classes, if they have names.
        counts: How often each class (a row) got each answer (a column).
        phrase: Says a text in the reader's language.

    Returns:
        The rows of a table.
    """
    off = counts - np.diag(np.diag(counts))
    order = np.argsort(-off, axis=None, kind="stable")[:SHOWN]
    rows: list[list[Cell]] = [[(each, "ink3") for each in (phrase(TRUTH), phrase("it reads"), phrase("times"))]]
    for at in order:
        truth, answer = np.unravel_index(at, off.shape)
        if off[truth, answer]:
            rows.append([class_text(int(truth), classes), class_text(int(answer), classes), f"{off[truth, answer]:,}"])
    return rows
