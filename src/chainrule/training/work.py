"""Counts the work of training in multiplications: not by a clock, so that the same run gets the same advice on every machine."""

from __future__ import annotations

import math

from ..budget import Budget
from ..network.architecture import Architecture
from ..network.batches import Example, features

MULTIPLICATIONS = 5e10
"""Multiplications, each with an addition, that native code does in a second on a core of 2020."""

_PASSES = 3  # the forward pass, ∂C/∂w and the error of the layer before take as many multiplications each
_CALL = (
    1e5  # what a layer costs in each step beside its multiplications, in these: native code takes a few microseconds
)
_VARYING = 300  # multiplications per pixel of an image that is varied

_SHARE = 0.2  # of the run
_LEAST_SECONDS, _MOST_SECONDS = 0.2, 10.0
_SCORING = 1 / 12  # of the budget, which scoring a network once may take


def count_multiplications(architecture: Architecture) -> int:
    """Count the multiplications of the forward pass for one example: each weight as often as its layer has places.

    Args:
        architecture: The layers.

    Returns:
        The number. Costs, activations and what attention multiplies beside its weights are left out.

    Examples:
        >>> from chainrule.layers import Conv, Flatten
        >>> from chainrule.network.architecture import stacked
        >>> count_multiplications(stacked([784, 30, 10]))
        23820
        >>> count_multiplications(stacked([Conv(20, 5), Flatten(), 10], input=(1, 28, 28))) == 20 * 25 * 24**2 + 20 * 24**2 * 10
        True
    """
    examples = architecture.examples
    return sum(
        math.prod(architecture.shapes[parameter.name]) * _count_places(*examples[number - 2 : number])
        for number, layer in zip(architecture.layers, architecture.stack, strict=True)
        if "vocabulary" not in layer.keywords  # tokens are looked up
        for parameter in architecture.of_layer(number)
        if parameter.meaning.decayed
    )


def _count_places(before: Example, after: Example) -> int:
    """Count the places at which a layer applies its weights: those that it gives, or of a single one those that it reads."""
    example = after if len(after) > 1 else before
    return math.prod(example) // features(example)


def count_work(architecture: Architecture, batch_size: int, varied: bool = False) -> float:
    """Count the multiplications of training on one example, once.

    Args:
        architecture: The layers.
        batch_size: The number of examples in a batch, which share what a step costs beside multiplications.
        varied: Whether images are varied.

    Returns:
        The number.
    """
    learning = _PASSES * count_multiplications(architecture) + _CALL * len(architecture.layers) / batch_size
    return learning + varied * _VARYING * math.prod(architecture.examples[0])


def limit_rows(budget: Budget, multiplications: int, fewest: int) -> int:
    """Limit the examples on which a network is scored, so that this takes a twelfth of the budget.

    Args:
        budget: That of all advice.
        multiplications: Those of the forward pass for one example.
        fewest: The number of examples below which a score would say too little.

    Returns:
        The number.
    """
    return max(fewest, int(_SCORING * budget.total / max(1, multiplications)))


def plan_budget(run: float) -> Budget:
    """Allow for advice a fifth of the run's work; at least as much as 0.2 seconds of a core, at most as much as 10.

    Args:
        run: The multiplications of the run.

    Returns:
        The budget.
    """
    return Budget(min(max(_SHARE * run, _LEAST_SECONDS * MULTIPLICATIONS), _MOST_SECONDS * MULTIPLICATIONS))
