"""Converts a user's arrays to training or test examples: checked, scaled, smoothed, weighted, augmented."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .core.messages import listed
from .core.nouns import Array
from .data.augmentation import AUGMENTATIONS, Augmentation
from .data.errors import DataError
from .data.inputs import as_tokens
from .network.architecture import Architecture
from .network.costs import smoothed
from .schema.given import Given, gathered
from .schema.schema import Schema
from .training.runner import Examples
from .training.settings import SettingsError, plain, require_number
from .training.weights import ClassWeight, example_weights, no_class_weight

Vary: TypeAlias = Callable[[np.random.Generator], None]

LARGEST = 2**28
"""The bytes of activations that are made at once; where there are more, they are made for a window of batches at a time."""


@dataclass(frozen=True)
class Prepared:
    """Training examples, and the function that augments them before an epoch.

    `given()` returns the arrays that are learned from, which identify the training data; `schema` is settled by them, and
    `held` are the validation examples.
    """

    examples: Examples
    vary: Vary | None
    given: Callable[[], tuple[Array, ...]]
    schema: Schema
    held: Examples | None


def is_regression(architecture: Architecture) -> bool:
    """Whether the cost is for regression."""
    return architecture.declared_cost.regression


def rows_of(architecture: Architecture, schema: Schema, rows: Given, dtype: str) -> Callable[[Any], Array]:
    """A function that makes the activations, k × n_1, of some examples: an index of rows."""
    inputs, bounded = schema.inputs, not is_regression(architecture)

    def of(which: Any) -> Array:
        numbers = inputs.numbers(rows, which)
        if architecture.vocabulary is not None:
            return as_tokens(numbers, architecture.sizes[0], architecture.vocabulary, dtype)
        return inputs.scaled(numbers, dtype, bounded=bounded)

    return of


def examples_of(architecture: Architecture, schema: Schema, rows: Given, y: Any, dtype: str) -> Examples:
    """Examples with their labels or numbers, without smoothing, weights or augmentation.

    Bytes stay bytes until they are needed; where all activations would be large, they are made batch by batch.
    """
    labels, targets = schema.outputs.desired(y, rows.count, architecture.sizes[-1], dtype)
    of, inputs = rows_of(architecture, schema, rows, dtype), schema.inputs
    large = rows.count * architecture.sizes[0] * np.dtype(dtype).itemsize > LARGEST
    plain = architecture.vocabulary is None and not rows.is_table and not rows.is_sparse
    grays = plain and rows.array.dtype == np.uint8 and inputs.divides_bytes and dtype == "float32"
    if grays and not (large and isinstance(rows.array, np.memmap)):
        pixels = inputs.numbers(rows)
        return Examples(None, targets, None, pixels, lambda some: inputs.scaled(some, dtype), labels)
    as_it_is = plain and rows.which is None and rows.array.dtype == dtype and not inputs.affine and not inputs.fill
    if large and not as_it_is:
        return Examples(None, targets, labels=labels, source=of)
    return Examples(of(slice(None)), targets, labels=labels)


def paired(schema: Schema, x: Any, y: Any, n_inputs: int) -> tuple[Given, Any]:
    """Examples as rows, and their labels; without the rows that are to be dropped, since a value is missing.

    Batches come in `x`, without `y`, and are put together in a temporary file.
    """
    if y is None and (hasattr(x, "__next__") or callable(x)):
        x, y = gathered(x() if callable(x) else x)
    elif y is None:
        raise DataError(
            "There are no labels; give examples and labels, or batches of both: pairs, one after the other."
        )
    rows = schema.inputs.given(x, n_inputs)
    if rows.count != _count(y):
        raise DataError(
            "There are {examples:,} examples and {labels:,} labels; the numbers must be equal.",
            examples=rows.count,
            labels=_count(y),
        )
    kept = schema.inputs.complete(rows)
    return (rows, y) if kept is None else (rows.selected(kept), chosen(y, kept))


def _count(y: Any) -> int:
    shape = getattr(y, "shape", None)
    if shape is None:
        shape = (len(y),) if hasattr(y, "__len__") and not isinstance(y, str) else ()
    return int(shape[0]) if shape else 1


def chosen(y: Any, which: Array) -> Any:
    """These labels, or rows of numbers: an array, a list, or a data frame."""
    if hasattr(y, "iloc"):
        return y.iloc[which]
    if hasattr(y, "take") and not isinstance(y, np.ndarray):
        return y.take(which)
    return [y[each] for each in which] if isinstance(y, (list, tuple)) else y[which]


def split(n: int, positions: Array | None, targets: Array, share: float) -> tuple[Array, Array]:
    """The rows to learn from and the rows to validate with: a share of each class or, of numbers, of small and of large ones.

    The split is the same in every run on the same data. Raises `SettingsError` if either is empty.
    """
    require_number("validation", share, "above 0 and below 1, such as 0.1", zero=False)
    held = max(1, round(share * n))
    if share >= 1 or held >= n:
        raise SettingsError(
            "validation is {share:g} of {count:,} examples; some must be left to learn from.", share=share, count=n
        )
    order = np.random.default_rng(0).permutation(n)
    key = targets[:, 0] if positions is None or positions.ndim > 1 else positions
    order = order[np.argsort(key[order], kind="stable")]
    apart = order[((np.arange(held) + 0.5) * n / held).astype(np.intp)]
    kept = np.ones(n, bool)
    kept[apart] = False
    return np.flatnonzero(kept), np.sort(apart)


def no_examples() -> SettingsError:
    """The error where there is nothing to learn from."""
    return SettingsError("There are no examples to learn from.")


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
    schema: Schema,
    x: Any,
    y: Any,
    sample_weight: ArrayLike | None,
    shaping: Mapping[str, Any],
    dtype: str,
    validation: Any = None,
) -> Prepared:
    """The training and validation examples of `fit`, and the schema, settled by those to learn from.

    Args:
        shaping: `label_smoothing`, `class_weight` (as pairs, if it names classes), and the fields of `augment`, if any.
        validation: A pair of examples and labels, the share of the examples to hold out, or `None`.

    Raises:
        DataError: The arrays do not match each other or the network.
        SettingsError: An entry of `shaping` is invalid.
    """
    n_inputs, n_outputs = architecture.sizes[0], architecture.sizes[-1]
    rows, y = paired(schema, x, y, n_inputs)
    every, apart = rows, None
    if isinstance(validation, (int, float)):
        if not rows.count:
            raise no_examples()
        outputs = schema.outputs.fit(y, rows.count, architecture)
        learned, held = split(rows.count, *outputs.desired(y, rows.count, n_outputs, dtype), validation)
        apart = rows.selected(held), chosen(y, held)
        rows, y = rows.selected(learned), chosen(y, learned)
        if outputs.kind != "numbers":  # of numbers, the scaling is that of the numbers to learn from
            schema = replace(schema, outputs=outputs)
    if not rows.count:
        raise no_examples()
    schema = schema.fit(rows, y, architecture)
    made = examples_of(architecture, schema, rows, y, dtype)
    share = shaping["label_smoothing"]
    require_smoothing(share, made.labels is not None)
    of_classes = shaping["class_weight"]
    of_classes = schema.outputs.by_position(dict(of_classes)) if isinstance(of_classes, list) else of_classes
    if sample_weight is not None and rows.which is not None:
        sample_weight = _selected_weights(sample_weight, rows)
    classes = made.labels[:, 0] if schema.outputs.kind == "binary" and made.labels is not None else made.labels
    classes = None if classes is None or classes.ndim > 1 else classes
    weights = example_weights(len(made), classes, sample_weight, of_classes, dtype)

    def given() -> tuple[Array, ...]:
        arrays = made.rows(slice(None)), made.targets
        return arrays if weights is None else (*arrays, weights)

    examples, vary = (
        replace(
            made,
            weights=weights,
            targets=smoothed(made.targets, share, schema.outputs.alternatives(n_outputs)) if share else made.targets,
        ),
        None,
    )
    if shaping["augment"] is not None:
        if schema.inputs.scaling in ("standard", "none") or schema.inputs.columns:
            raise SettingsError(
                "augment varies images of ink, grays in 0…1; give bytes, or make the network with the scale of its images, "
                "such as scale=255."
            )
        shape = () if every.is_table else (rows.count, *every.array.shape[1:])
        vary, filled = _varied(Augmentation(**shaping["augment"]), shape, made.rows(slice(None)))
        examples = replace(examples, given=filled, pixels=None, source=None)
    held_out = None
    if apart is not None:
        held_out = examples_of(architecture, schema, *apart, dtype)
    elif validation is not None:
        held_out = pair_of(architecture, schema, validation, dtype)
    return Prepared(examples, vary, given, schema, held_out)


def pair_of(architecture: Architecture, schema: Schema, validation: object, dtype: str) -> Examples:
    """The validation examples of `fit`. Raises `SettingsError` for what is no pair, or empty."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise SettingsError("validation must be a pair, (x, y), or the share of the examples to hold out, such as 0.1.")
    found = examples_of(
        architecture, schema, *paired(schema, validation[0], validation[1], architecture.sizes[0]), dtype
    )
    if not len(found):
        raise SettingsError("There are no examples to score.")
    return found


def _selected_weights(sample_weight: ArrayLike, rows: Given) -> ArrayLike:
    """The weights of the rows that are left, if there is a weight for each row that was given."""
    whole = len(rows.columns[0]) if rows.is_table else rows.array.shape[0]
    weights = np.asarray(sample_weight)
    return weights[rows.which] if weights.shape == (whole,) else sample_weight


def as_pairs(class_weight: ClassWeight | None) -> str | list[list[Any]] | None:
    """Class weights by class as pairs, which a checkpoint can store. Raises `SettingsError` for anything but a mapping."""
    if class_weight is None or isinstance(class_weight, str):
        return class_weight
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
