"""The book's `mnist_loader.py` on Python 3: the bundled digits in the two formats of its chapter 1.

Pixels are divided by 255, as everywhere in chainrule, so that full ink is 1 (255/256 in the book's file).
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..data import datasets
from ..data.inputs import as_activations

Images: TypeAlias = NDArray[np.floating]
Labels: TypeAlias = NDArray[np.int64]
Column: TypeAlias = NDArray[np.float64]


def load_data() -> tuple[tuple[Images, Labels], tuple[Images, Labels], tuple[Images, Labels]]:
    """Return training, validation and test data. Book: chapter 1.

    Returns:
        Three pairs (images, digits) with n of 50,000, 10,000 and 10,000: images n×784, `float32` in 0…1; digits n, `int64`.

    Examples:
        >>> training_data, validation_data, test_data = load_data()
        >>> training_data[0].shape, training_data[1].shape
        ((50000, 784), (50000,))
    """
    training, validation, test = ((as_activations(images, 784), labels.copy()) for images, labels in datasets.mnist())
    return training, validation, test


def load_data_wrapper() -> tuple[list[tuple[Images, Column]], list[tuple[Images, int]], list[tuple[Images, int]]]:
    """Return training, validation and test data in the form that `Network.SGD` takes. Book: chapter 1.

    Returns:
        Three lists of (x, y). x is 784×1. In the training data y is the desired output, 10×1; in the other two it is the digit,
        an int. The book's `zip` would be exhausted after one pass on Python 3.

    Examples:
        >>> training_data, validation_data, test_data = load_data_wrapper()
        >>> x, y = training_data[0]
        >>> x.shape, y.shape, test_data[0][1]
        ((784, 1), (10, 1), 7)
    """
    training, validation, test = (
        [(x.reshape(784, 1), int(digit)) for x, digit in zip(images, labels, strict=True)]
        for images, labels in load_data()
    )
    return [(x, vectorized_result(digit)) for x, digit in training], validation, test


def vectorized_result(j: int) -> Column:
    """Return the desired output for a digit. Book: chapter 1.

    Args:
        j: The digit, 0 to 9.

    Returns:
        A column, 10×1, of zeros with a 1 in row j.

    Examples:
        >>> vectorized_result(3).ravel()
        array([0., 0., 0., 1., 0., 0., 0., 0., 0., 0.])
    """
    e = np.zeros((10, 1))
    e[j] = 1.0
    return e
