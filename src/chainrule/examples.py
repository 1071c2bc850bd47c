"""Converts a user's arrays to training or test examples: checked, scaled, smoothed, weighted, augmented."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .core.messages import listed
from .core.nouns import Array
from .data.augmentation import AUGMENTATIONS, Augmentation
from .data.inputs import as_activations, as_labels, as_numbers, as_tokens, one_hot, require_grays
from .network.architecture import Architecture
from .network.costs import smoothed
from .training.runner import Examples
from .training.settings import SettingsError, plain, require_number
from .training.weights import example_weights, no_class_weight

Vary: TypeAlias = Callable[[np.random.Generator], None]


@dataclass(frozen=True)
class Prepared:
    """Training examples, and the function that augments them before an epoch.

    `given()` returns the arrays as they were given, which identify the training data.
    """

    examples: Examples
    vary: Vary | None
    given: Callable[[], tuple[Array, ...]]


def inputs_of(architecture: Architecture, images: ArrayLike, dtype: str, scale: float | None) -> Array:
    """Images as activations, n × n_1, divided by `scale`; in 0…1 unless the cost is for regression. Tokens stay as they are."""
    if architecture.vocabulary is not None:
        return as_tokens(images, architecture.sizes[0], architecture.vocabulary, dtype)
    return as_activations(images, architecture.sizes[0], dtype, bounded=not is_regression(architecture), scale=scale)


def is_regression(architecture: Architecture) -> bool:
    """Whether the cost is for regression."""
    return architecture.declared_cost.regression


def bytes_of(architecture: Architecture, images: ArrayLike, dtype: str, scale: float | None) -> Array | None:
    """The bytes (n × n_1) of images that need no further check, so that their conversion can wait."""
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or dtype != "float32" or images.ndim < 2:
        return None
    if scale not in (None, 255) or architecture.vocabulary is not None:
        return None
    return (
        images.reshape(len(images), architecture.sizes[0])
        if math.prod(images.shape[1:]) == architecture.sizes[0]
        else None
    )


def targets_of(architecture: Architecture, labels: ArrayLike, n: int, dtype: str) -> tuple[Array | None, Array]:
    """The classes (n), or None for regression, and the desired outputs (n × n_L)."""
    cost, outputs = architecture.cost, architecture.sizes[-1]
    if not isinstance(cost, str) or is_regression(architecture):
        numbers = as_numbers(labels, outputs, n, dtype)
        if numbers is not None:
            return None, numbers
    classes = as_labels(labels, outputs, n)
    return classes, one_hot(classes, outputs, dtype)


def examples_of(
    architecture: Architecture, images: ArrayLike, labels: ArrayLike, dtype: str, scale: float | None
) -> Examples:
    """Images and labels as examples, without smoothing, weights or augmentation. Bytes stay bytes until they are needed."""
    pixels = bytes_of(architecture, images, dtype, scale)
    inputs = inputs_of(architecture, images, dtype, scale) if pixels is None else None
    if architecture.vocabulary is None:
        require_grays(images, scale)  # after the size, whose error is clearer
    n = len(inputs if pixels is None else pixels)  # type: ignore[arg-type]  # one of them is known
    classes, targets = targets_of(architecture, labels, n, dtype)
    convert = functools.partial(inputs_of, architecture, dtype=dtype, scale=scale)
    return Examples(inputs, targets, None, pixels, convert, classes)


def to_learn_from(examples: Examples) -> Examples:
    """The examples. Raises `SettingsError` if there are none."""
    if not len(examples):
        raise SettingsError("There are no images to learn from.")
    return examples


def held_out(architecture: Architecture, validation: object, dtype: str, scale: float | None) -> Examples:
    """The validation examples of `fit`. Raises `SettingsError` for what is no pair, or empty."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise SettingsError("validation must be a pair: (images, labels).")
    images, labels = validation
    found = examples_of(architecture, images, labels, dtype, scale)
    if not len(found):
        raise SettingsError("There are no images to score.")
    return found


def require_pairs(architecture: Architecture, n: int, batch_size: int) -> None:
    """Raise `SettingsError` if a batch of one is left for batch normalization, since the variance of one is 0."""
    if architecture.pairs and 1 in (batch_size, n, n % batch_size):
        raise SettingsError(
            "batch_size is {size}, which leaves a batch of one of {count:,} examples; batch normalization needs "
            "at least two in each.",
            size=batch_size,
            count=n,
        )


def require_smoothing(share: float, classes: bool) -> None:
    """Raise `SettingsError` for a share of label smoothing that is none, or where labels are not classes."""
    require_number("label_smoothing", share, "from 0 to below 1, such as 0.1", zero=True)
    if share >= 1 or (share and not classes):
        raise SettingsError(
            "label_smoothing is {share!r}; it must be below 1, and labels must be classes.", share=share
        )


def prepare(
    architecture: Architecture,
    images: ArrayLike,
    labels: ArrayLike,
    sample_weight: ArrayLike | None,
    shaping: Mapping[str, Any],
    dtype: str,
    scale: float | None,
) -> Prepared:
    """The training examples of `fit`.

    Args:
        shaping: `label_smoothing`, `class_weight` (as pairs, if it names classes), and the fields of `augment`, if any.

    Raises:
        DataError: The arrays do not match each other or the network.
        SettingsError: An entry of `shaping` is invalid.
    """
    made = to_learn_from(examples_of(architecture, images, labels, dtype, scale))
    share = shaping["label_smoothing"]
    require_smoothing(share, made.labels is not None)
    of_classes = shaping["class_weight"]
    of_classes = dict(of_classes) if isinstance(of_classes, list) else of_classes
    weights = example_weights(len(made), made.labels, sample_weight, of_classes, dtype)

    def given() -> tuple[Array, ...]:
        arrays = made.rows(slice(None)), made.targets
        return arrays if weights is None else (*arrays, weights)

    examples, vary = (
        replace(made, weights=weights, targets=smoothed(made.targets, share) if share else made.targets),
        None,
    )
    if shaping["augment"] is not None:
        vary, filled = _varied(Augmentation(**shaping["augment"]), np.shape(images), made.rows(slice(None)))
        examples = replace(examples, given=filled, pixels=None)
    return Prepared(examples, vary, given)


def class_weight_pairs(class_weight: Mapping[int, float]) -> list[list[Any]]:
    """Class weights as pairs, which a checkpoint can store. Raises `SettingsError` for anything but a mapping."""
    if not isinstance(class_weight, Mapping):
        raise no_class_weight(class_weight)
    return [[plain(label), plain(weight)] for label, weight in class_weight.items()]


def augmentation(augment: str | Augmentation) -> Augmentation:
    """The augmentation of this name, or itself. Raises `SettingsError` for an unknown name."""
    if isinstance(augment, Augmentation):
        return augment
    if not isinstance(augment, str) or augment not in AUGMENTATIONS:
        raise SettingsError(
            "There is no augmentation {name!r}; choose one of {listed}.", name=augment, listed=listed(AUGMENTATIONS)
        )
    return AUGMENTATIONS[augment]


def _varied(by: Augmentation, shape: tuple[int, ...], inputs: Array) -> tuple[Vary, Array]:
    """A function that augments all images before an epoch, and the activations that it fills."""
    n, size = inputs.shape
    side = math.isqrt(size)
    if len(shape) != 3:
        if side * side != size:
            raise SettingsError("augment needs images as n × rows × columns; they are {shape}.", shape=shape)
        shape = (n, side, side)
    originals, filled = inputs.reshape(shape), inputs.copy()

    def vary(random: np.random.Generator) -> None:
        filled[...] = by.apply(originals, random).reshape(n, size)

    return vary, filled
