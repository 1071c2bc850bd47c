"""Converts a user's arrays for a network: images to activations, labels to class numbers.

Rows are examples here; the network transposes them. Nothing is guessed: an array that is not plainly images or labels
is refused, with the position of the first wrong value.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .errors import DataError, sizes_text


def is_one_image(images: ArrayLike, n_inputs: int) -> bool:
    """Whether an array is a single image rather than a batch of images.

    Args:
        images: An array of `n_inputs` values in any arrangement but `1 × …`, or of n such arrays.
        n_inputs: The number of neurons in the network's first layer.

    Returns:
        True for 784, 28 × 28 and a column 784 × 1; False for n × 784 and n × 28 × 28, even if n is 1. For a network with one
        input, a bare number is one example, and n numbers are n examples.

    Examples:
        >>> is_one_image(np.zeros((28, 28)), 784), is_one_image(np.zeros((1, 28, 28)), 784)
        (True, False)
    """
    shape = np.shape(images)
    return math.prod(shape) == n_inputs and (not shape or math.prod(shape[1:]) != n_inputs)


def require_size(shape: tuple[int, ...], n_inputs: int) -> None:
    """Refuse an array that is neither one image nor a batch of images.

    Args:
        shape: The shape of the array.
        n_inputs: The number of neurons in the network's first layer.

    Raises:
        DataError: Neither the array nor each of its rows has `n_inputs` values.
    """
    if n_inputs in (math.prod(shape), math.prod(shape[1:])):
        return
    if shape[:1] == (n_inputs,) and len(shape) == 2:
        raise DataError("The examples are {sized}, one per column; give one per row: x.T.", sized=sizes_text(shape))
    raise DataError(
        "The examples have {count:,} values each, and the network expects {inputs:,}; the array is {sized}.",
        count=math.prod(shape[1:]) if len(shape) > 1 else math.prod(shape),
        inputs=n_inputs,
        sized=sizes_text(shape),
    )


def as_activations(images: ArrayLike, n_inputs: int, dtype: DTypeLike = np.float32) -> NDArray[np.floating]:
    """Images of ink as activations, one row per image.

    Args:
        images: n × 784, n × 28 × 28 (or any arrangement of `n_inputs` values), or one image without the n, as an array
            or nested lists. `uint8` values are grays, which are divided by 255, and other numbers are already activations.
        n_inputs: The number of neurons in the first layer.
        dtype: The dtype of the result, `float32` or `float64`; a gray g becomes the number nearest to g / 255.

    Returns:
        n × `n_inputs`; it shares memory with `images` if these are floats of this dtype.

    Raises:
        DataError: The images are not numbers, have another size, or have a value outside 0…1.

    Examples:
        >>> as_activations(np.array([[0, 51, 255]], dtype=np.uint8), 3)
        array([[0. , 0.2, 1. ]], dtype=float32)
    """
    array = _array("images", images)
    if array.dtype.kind not in "buif":
        raise DataError("images are {dtype}; give grays 0…255 as uint8, or numbers in 0…1.", dtype=array.dtype)
    require_size(array.shape, n_inputs)
    if is_one_image(array, n_inputs):
        array = array.reshape(1, n_inputs)
    if array.dtype == np.uint8:
        # Division, since a product with float32(1/255) is off in the last bit for half of all grays.
        activations: NDArray[np.floating] = np.divide(array, 255, dtype=dtype, casting="unsafe")
    else:
        _refuse_outside(array)
        activations = array.astype(dtype, copy=False)
    return activations.reshape(-1, n_inputs)


def as_tokens(tokens: ArrayLike, n_inputs: int, vocabulary: int, dtype: DTypeLike = np.float32) -> NDArray[np.floating]:
    """The numbers of tokens, one row per example.

    Args:
        tokens: n × `n_inputs` whole numbers in 0…`vocabulary` − 1, of any integer dtype or as whole floats, or one example.
        n_inputs: The number of tokens in an example.
        vocabulary: How many tokens there are.
        dtype: The dtype of the result.

    Returns:
        n × `n_inputs`.

    Raises:
        DataError: The tokens are not whole numbers, have another size, or one is not in the vocabulary.

    Examples:
        >>> as_tokens([[0, 2], [1, 1]], 2, 3)
        array([[0., 2.],
               [1., 1.]], dtype=float32)
    """
    array = _array("tokens", tokens)
    if array.dtype.kind not in "iuf":
        raise DataError("tokens are {dtype}; give whole numbers, 0 to {last}.", dtype=array.dtype, last=vocabulary - 1)
    require_size(array.shape, n_inputs)
    rows = array.reshape(-1, n_inputs)
    right = (rows >= 0) & (rows < vocabulary) & (rows == np.floor(rows))
    if not right.all():
        place = tuple(int(i) for i in np.argwhere(~right)[0])
        raise DataError(
            "tokens[{index}] is {value}; the network has a vocabulary of {count} tokens, 0 to {last}.",
            index=", ".join(map(str, place)),
            value=rows[place],
            count=vocabulary,
            last=vocabulary - 1,
        )
    return rows.astype(dtype)


def as_labels(labels: ArrayLike, n_classes: int, n_images: int) -> NDArray[np.intp]:
    """Labels as class numbers, one for each image.

    Args:
        labels: n whole numbers in 0…`n_classes` − 1, of any integer dtype or as whole floats; a single number
            for one image.
        n_classes: The number of neurons in the last layer.
        n_images: The number of images that the labels belong to.

    Returns:
        n numbers that can be indices: `int64`, or `int32` in a browser.

    Raises:
        DataError: The labels are not whole numbers, are out of range, or do not match the images in number.

    Examples:
        >>> as_labels([3.0, 9.0], n_classes=10, n_images=2)
        array([3, 9])
    """
    array = _array("labels", labels)
    if array.ndim > 1:
        raise DataError(
            "labels are {sized}; give one number for each example, 0 to {last}.",
            sized=sizes_text(array.shape),
            last=n_classes - 1,
        )
    if array.dtype.kind not in "iuf":
        raise DataError("labels are {dtype}; give whole numbers, 0 to {last}.", dtype=array.dtype, last=n_classes - 1)
    array = array.reshape(-1)
    if len(array) != n_images:
        raise DataError(
            "There are {examples:,} examples and {labels:,} labels; the numbers must be equal.",
            examples=n_images,
            labels=len(array),
        )
    right = (array >= 0) & (array < n_classes) & (array == np.floor(array))
    if not right.all():
        first = int(np.argmin(right))
        raise DataError(
            "labels[{index}] is {value}; the network has {count} classes, 0 to {last}.",
            index=first,
            value=array[first],
            count=n_classes,
            last=n_classes - 1,
        )
    return array.astype(np.intp)


def one_hot(labels: NDArray[np.integer], n: int, dtype: DTypeLike = np.float32) -> NDArray[np.floating]:
    """The desired outputs y: one row per label, 1 at the label's position and 0 elsewhere.

    Args:
        labels: m class numbers in 0…n − 1, as `as_labels` returns them.
        n: The number of classes.
        dtype: The dtype of the result.

    Returns:
        m × n.

    References:
        Nielsen, *Neural Networks and Deep Learning*, chapter 1, `vectorized_result`.

    Examples:
        >>> one_hot(np.array([2, 0]), 3)
        array([[0., 0., 1.],
               [1., 0., 0.]], dtype=float32)
    """
    rows = np.zeros((len(labels), n), dtype)
    rows[np.arange(len(labels)), labels] = 1
    return rows


def _array(what: str, given: ArrayLike) -> NDArray[Any]:
    """The given values as an array. Raises `DataError` for lists of unequal lengths."""
    try:
        return np.asarray(given)
    except ValueError:
        raise DataError(
            "{array} are lists of different lengths; give one array, with rows of one length.", array=what
        ) from None


def _refuse_outside(array: NDArray[Any]) -> None:
    """Refuse values outside 0…1; NaN fails every comparison and so is outside too."""
    if array.size == 0 or array.dtype.kind == "b" or (array.min() >= 0 and array.max() <= 1):
        return
    position = tuple(int(i) for i in np.argwhere(~((array >= 0) & (array <= 1)))[0])
    value, index = array[position], ", ".join(map(str, position))
    if 1 < value <= 255:
        raise DataError(
            "images[{index}] is {value}; divide grays by 255, or give them as uint8.", index=index, value=value
        )
    raise DataError("images[{index}] is {value}; activations must be in 0…1.", index=index, value=value)
