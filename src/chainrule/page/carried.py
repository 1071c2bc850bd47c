"""Which examples a page carries: those that are shown, to learn from, and to measure learning by.

Of MNIST's test digits some are shown whatever the network says of them, and some that it misreads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..data.datasets import TRAINING_DIGITS, mnist, mnist_test
from ..data.errors import DataError
from ..explain.mistakes import TRIED
from ..export.trained import Trained
from ..network.equations import programs

FAIR = 150
"""The first test digits, by which the page says how much is read right."""
WRONG = 50
"""Test digits that are misread: half of them with the most confidence, half of them evenly from all others."""
RATE = 0.05
"""η of the step that the page proposes."""
UNKNOWN = -1
"""Stands for the class of an example that nobody named."""
_HELD = 5  # for so many examples that are learned from, one measures


@dataclass(frozen=True)
class Carried:
    """The examples in a file: rows that are shown, and perhaps behind them others.

    Attributes:
        rows: All rows, n × …: bytes, which are grays, or numbers as users give them, texts of columns as 0 and 1.
        labels: The positions of their classes, or what is desired of the outputs, n × n_L.
        numbers: Of those that are shown, the places among all test examples.
        fair: How many of the first ones have labels, and were chosen whatever the network says of them.
        opening: The place of the one on which the page opens.
        learned: From where to where are those to learn from.
        validated: From where to where are those by which learning is measured.
        accuracy: The share of all test examples that the network reads right, and how many there are.
        whole: How many there are to learn from in the whole data set, if these are a part of one; else 0.
        shape: The shape of an image, channels first; empty for columns.
    """

    rows: Array
    labels: Array
    numbers: Array
    fair: int
    opening: int
    learned: tuple[int, int]
    validated: tuple[int, int]
    accuracy: tuple[float, int] | None
    whole: int
    shape: tuple[int, ...]


def digits(trained: Trained, answer: Callable[[Array], Array], training: int = 0) -> Carried:
    """MNIST's digits, for a network that reads them.

    Args:
        trained: The network.
        answer: Gives its ten output activations of images, one row each.
        training: How many training digits to carry; without any the page learns from those that it shows.

    Returns:
        The digits; the page opens on a mistake that one step of learning visibly mends.

    Raises:
        DataError: There are not so many training digits.
    """
    test = mnist_test()
    if training and not trained.outputs <= training <= TRAINING_DIGITS:
        raise DataError(
            "A page carries {least:,} to {most:,} training digits, or none, and not {count:,}.",
            least=trained.outputs,
            most=TRAINING_DIGITS,
            count=training,
        )
    a = answer(test.images)
    read = a.argmax(axis=1)
    wrong = np.flatnonzero(read != test.labels)
    opening = _opening(trained, a, test.labels, test.images)
    by_confidence = wrong[np.argsort(-a[wrong, read[wrong]], kind="stable")]
    sure, others = by_confidence[: WRONG // 2], by_confidence[WRONG // 2 :]
    even = np.linspace(0, len(others) - 1, min(len(others), WRONG - len(sure) - 1)).astype(int)
    mistakes = np.unique([*sure, *others[even], opening]).astype(int)
    fair = FAIR + WRONG - len(mistakes)  # where there are few mistakes, more of the others
    chosen = np.concatenate([np.arange(fair), mistakes[mistakes >= fair]])
    images, labels = [test.images[chosen]], [test.labels[chosen]]
    if training:  # which are not read otherwise
        train, valid, _ = mnist()
        held = training // _HELD
        images += [train.images[:training], valid.images[:held]]
        labels += [train.labels[:training], valid.labels[:held]]
    return _divided(
        np.concatenate(images),
        np.concatenate(labels),
        numbers=chosen,
        fair=fair,
        opening=int(np.flatnonzero(chosen == opening)[0]),
        training=training,
        accuracy=(float(np.mean(read == test.labels)), len(read)),
        whole=TRAINING_DIGITS,
        shape=(1, *test.images.shape[1:]),
    )


def given(
    trained: Trained, answer: Callable[[Array], Array], x: Any, y: Any = None, training: tuple[Any, Any] | None = None
) -> Carried:
    """Examples that users give.

    Args:
        trained: The network.
        answer: Gives its output activations of arrays of examples, one row each.
        x: The examples that are shown, as `net(x)` takes them, or a single one.
        y: Their labels, or numbers; without them nothing is known of them.
        training: Examples to learn from, and their labels or numbers.

    Returns:
        The examples.

    Raises:
        DataError: They do not match the network.
    """
    rows, labels, shape = rows_of(trained, x, y)
    known = 0 if y is None else len(rows)
    shown, a = len(rows), None
    if y is not None and trained.kind == "classes":
        a = answer(x).reshape(shown, -1)
    opening = 0 if a is None else int(_opening(trained, a, labels, rows))
    held = 0
    if training is not None:
        more, theirs, _ = rows_of(trained, *training)
        held = len(more) // (_HELD + 1)
        rows, labels = np.concatenate([rows, more]), np.concatenate([labels, theirs])
    right = None if a is None else (float(np.mean(a.argmax(axis=1) == labels[:shown])), shown)
    return _divided(
        rows, labels, numbers=np.arange(shown), fair=known, opening=opening, training=len(rows) - shown - held,
        accuracy=right, whole=0, shape=shape,
    )  # fmt: skip


def _divided(rows: Array, labels: Array, *, numbers: Array, fair: int, training: int, **rest: Any) -> Carried:
    """Where there is nothing to learn from, four fifths of the fair examples are learned from, and the rest measures."""
    shown, apart = len(numbers), fair * (_HELD - 1) // _HELD
    learned = (shown, shown + training) if training else (0, apart)
    validated = (shown + training, len(rows)) if training else (apart, fair)
    return Carried(rows, labels, numbers, fair, learned=learned, validated=validated, **rest)


def rows_of(trained: Trained, x: Any, y: Any) -> tuple[Array, Array, tuple[int, ...]]:
    """The rows and labels of examples as a page takes them, and the shape of an image, which columns have none of."""
    inputs, outputs = trained.schema.inputs, trained.schema.outputs
    rows = inputs.given(x, trained.inputs)
    numbers = inputs.numbers(rows)
    if rows.count and not rows.is_table and rows.part(slice(1)).dtype == np.uint8:
        numbers = rows.part(slice(None))
    kept = numbers if numbers.dtype == np.uint8 else numbers.astype(np.float32)
    shape = trained.architecture.input if len(trained.architecture.input) > 1 else inputs.shape
    if not shape and numbers.dtype == np.uint8:
        shape = numbers.shape[1:]
    shape = (1, *shape) if len(shape) == 2 else shape if len(shape) == 3 else ()
    if y is None:
        return (
            kept,
            np.full((rows.count, trained.outputs), np.nan) if trained.numeric else np.full(rows.count, UNKNOWN),
            shape,
        )
    classes, targets = outputs.desired(np.atleast_1d(y), rows.count, trained.outputs, "float64")
    return kept, targets if classes is None else classes.reshape(rows.count), shape


def _opening(trained: Trained, a: Array, labels: Array, rows: Array) -> int:
    """The example on which a page opens: a mistake between two answers, of which one step of learning raises the right one."""
    wrong = np.flatnonzero(a.argmax(axis=1) != labels)
    if not len(wrong):
        return 0
    order = np.sort(a[wrong], axis=1)
    second = order[:, -2] == a[wrong, labels[wrong]]
    unclear = order[:, :-2].sum(axis=1) + np.abs(order[:, -1] - 0.6) + ~second
    tried = wrong[np.argsort(unclear, kind="stable")][:TRIED]
    architecture = trained.architecture.whole
    made, names = programs(architecture, 1, training=False), list(trained.arrays)
    before = [np.asarray(each, np.float64) for each in trained.parameters]
    rises = []
    for place in tried:
        row = trained.schema.inputs.scaled(rows[[place]].reshape(1, -1), "float64")
        x, y = architecture.inputs(row), np.eye(trained.outputs)[:, [labels[place]]]
        gradients = dict(zip(architecture.learned, made.backprop(*before, x, y), strict=True))
        after = [array - RATE * gradients.get(name, 0.0) for name, array in zip(names, before, strict=True)]
        rises.append(float(made.feedforward(*after, x)[labels[place], 0]) - a[place, labels[place]])
    return int(tried[np.argmax(rises)])
