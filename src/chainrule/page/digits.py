"""Which of MNIST's digits a page carries: some whatever the network says of them, some that it misreads, some to learn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.nouns import Array
from ..data.datasets import mnist
from ..data.errors import DataError
from ..data.inputs import as_activations
from ..explain.mistakes import instructive
from ..export.trained import Trained
from .file import Carried

FAIR = 150
"""The first test digits, by which the page says how much is read right."""
WRONG = 50
"""Test digits that are read wrong: half of them with the most confidence, half of them evenly from all others."""

LEAST = 10
"""The fewest digits to learn from, a batch."""


def carried_digits(trained: Trained, answer: Callable[[Array], Array], training: int = 0) -> Carried:
    """The digits for a network that reads them.

    Args:
        trained: The network.
        answer: Gives its ten output activations of images, one row each.
        training: How many training digits to carry.

    Returns:
        The digits; the page opens on a mistake that one step of learning visibly mends.

    Raises:
        DataError: There are not so many training digits.
    """
    train, valid, test = mnist()
    if training and not LEAST <= training <= len(train.labels):
        raise DataError(
            "A page carries {least:,} to {most:,} training digits, or none, and not {count:,}.",
            least=LEAST,
            most=len(train.labels),
            count=training,
        )
    a = answer(test.images)
    read = a.argmax(axis=1)
    wrong = np.flatnonzero(read != test.labels)
    opening = _opening(trained, a, test.labels, test.images, wrong)
    by_confidence = wrong[np.argsort(-a[wrong, read[wrong]], kind="stable")]
    sure, others = by_confidence[: WRONG // 2], by_confidence[WRONG // 2 :]
    even = np.linspace(0, len(others) - 1, min(len(others), WRONG - len(sure) - 1)).astype(int)
    mistakes = np.unique([*sure, *others[even], *wrong[wrong == opening]]).astype(int)
    fair = FAIR + WRONG - len(mistakes)  # where there are few mistakes, more of the others
    chosen = np.concatenate([np.arange(fair), mistakes[mistakes >= fair]])
    shown, held = len(chosen), training // 5
    apart = fair * 4 // 5  # where there are no others, these are learned from
    return Carried(
        np.concatenate([test.images[chosen], train.images[:training], valid.images[:held]]),
        np.concatenate([test.labels[chosen], train.labels[:training], valid.labels[:held]]),
        numbers=chosen,
        fair=fair,
        opening=int(np.flatnonzero(chosen == opening)[0]),
        learned=(shown, shown + training) if training else (0, apart),
        validated=(shown + training, shown + training + held) if training else (apart, fair),
        accuracy=(float(np.mean(read == test.labels)), len(read)),
        shape=(1, *test.images.shape[1:]),
    )


def _opening(trained: Trained, a: Array, labels: Array, images: Array, wrong: Array) -> int:
    """The test digit on which a page opens: a mistake between two answers, of which the right one is the second."""
    if not len(wrong):
        return 0
    order = np.sort(a[wrong], axis=1)
    second = order[:, -2] == a[wrong, labels[wrong]]
    unclear = order[:, :-2].sum(axis=1) + np.abs(order[:, -1] - 0.6) + ~second
    first = wrong[np.argsort(unclear, kind="stable")]
    if not trained.architecture.columns:
        return int(first[0])
    inputs = as_activations(images[first], trained.inputs, "float64").T
    return int(first[instructive(trained.architecture, trained.parameters, inputs, labels[first], 0.05)])
