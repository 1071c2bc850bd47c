"""Chooses the mistake that is shown by default: one from which a single step of learning visibly learns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.nouns import Array
from ..network.architecture import Architecture
from ..network.equations import programs

TRIED = 50
_FALL, _RISE = 0.1, 0.05  # of the cost, as a share of it; of the right answer's activation


def instructive(
    architecture: Architecture,
    parameters: Sequence[Array],
    inputs: Array,
    labels: Sequence[int] | Array,
    learning_rate: float = 0.1,
) -> int:
    """The place among mistakes of the first from which a step visibly learns.

    That is, the step lowers the cost by a tenth or more, and raises the activation of the right answer by 0.05 or more.
    Where none of the first 50 is such a mistake, it is the one of them whose cost falls by the largest share.

    Args:
        architecture: The layers and the cost of the network.
        parameters: Its parameters, in the architecture's order.
        inputs: n1 × k, the activations of the mistakes, of which there is at least one.
        labels: Their k right answers.
        learning_rate: η of the step.

    Returns:
        A place from 0.
    """
    made, names = programs(architecture, 1, training=False), [each.name for each in architecture.parameters]
    before = [np.array(each, np.float64) for each in parameters]
    falls = []
    for place, label in enumerate(labels[:TRIED]):
        x, y = np.asarray(inputs[:, [place]], np.float64), np.eye(architecture.sizes[-1])[:, [label]]
        gradients = dict(zip(architecture.learned, made.backprop(*before, x, y), strict=True))
        after = [
            each - learning_rate * gradients[name] if name in gradients else each
            for name, each in zip(names, before, strict=True)
        ]
        old, new = (float(made.cost(*each, x, y)) for each in (before, after))
        rise = float(made.feedforward(*after, x)[label, 0] - made.feedforward(*before, x)[label, 0])
        falls.append((old - new) / abs(old) if old else 0.0)
        if falls[-1] >= _FALL and rise >= _RISE:
            return place
    return falls.index(max(falls))
