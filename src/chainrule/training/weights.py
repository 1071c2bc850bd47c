"""Weights of examples: given for each example, for each class, or both multiplied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..core.nouns import Array
from .settings import SettingsError

ClassWeight: TypeAlias = Literal["balanced"] | Mapping[int, float]


def example_weights(
    n: int,
    labels: Array | None,
    sample_weight: ArrayLike | None,
    class_weight: ClassWeight | None,
    dtype: DTypeLike,
) -> Array | None:
    """The weights of examples: given for each example, for each class, or both multiplied.

    `"balanced"` gives every class the same total weight: n / (k n_c) to each example, if k classes occur and this one n_c
    times, as in scikit-learn. A class that is not named has the weight 1.

    Args:
        n: The number of examples.
        labels: The classes of the examples, n; `None` if the targets are numbers.
        sample_weight: n numbers from 0, or `None`.
        class_weight: `"balanced"`, a number from 0 for each class, or `None`.
        dtype: The dtype of the result.

    Returns:
        n × 1; `None` if all weights are 1.

    Raises:
        SettingsError: The weights are not numbers from 0, or classes are weighted and there are none.

    Examples:
        >>> example_weights(4, np.array([0, 0, 0, 1]), None, "balanced", float).ravel().round(2).tolist()
        [0.67, 0.67, 0.67, 2.0]
    """
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(n)
    if sample_weight is not None:
        weights *= _of_examples(n, sample_weight)
    if class_weight is not None:
        if labels is None:
            raise SettingsError("class_weight needs labels that are classes; use sample_weight for numbers.")
        weights *= _of_classes(labels, class_weight)[labels]
    return weights.astype(dtype).reshape(n, 1)


def no_class_weight(value: object) -> SettingsError:
    """The error for a `class_weight` that is neither `"balanced"` nor a mapping."""
    return SettingsError(
        "class_weight is {value!r}; it must be 'balanced' or a dictionary with a number for each class.", value=value
    )


def _of_examples(n: int, sample_weight: ArrayLike) -> Array:
    try:
        given = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        raise SettingsError("sample_weight is not an array of numbers; give one for each example.") from None
    if given.shape != (n,) or not given.any():
        raise SettingsError(
            "sample_weight has the shape {shape}; it must be one number from 0 for each of {count:,} examples, "
            "not all 0.",
            shape=given.shape,
            count=n,
        )
    wrong = ~(np.isfinite(given) & (given >= 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise SettingsError(
            "sample_weight[{index}] is {weight}; it must be a number from 0.", index=first, weight=given[first]
        )
    return given


def _of_classes(labels: Array, class_weight: ClassWeight) -> Array:
    counts = np.bincount(labels)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise no_class_weight(class_weight)
        return len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    each = np.ones(len(counts))
    for label, weight in class_weight.items():
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < np.inf:
            raise SettingsError(
                "class_weight[{label!r}] is {weight!r}; it must be a number from 0.", label=label, weight=weight
            )
        if not isinstance(label, (int, np.integer)) or not 0 <= label < len(counts):
            raise SettingsError(
                "class_weight names the class {label!r}; the labels are 0 to {last}.", label=label, last=len(counts) - 1
            )
        each[label] = weight
    return each
