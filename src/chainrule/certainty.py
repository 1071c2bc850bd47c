"""Whether an answer about a drawn digit is certain: `certainty` asks the bundled reader for a second opinion.

A network gives an answer for any image. The reader (`data/shipped`) was also trained on letters, scribbles and shapes, each
with a random digit as its label, so for such drawings it has learned that no digit is likelier than another. If it gives the
answered digit only a small activation, the drawing is no digit, or a different one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .data.errors import DataError
from .data.images import SIDE
from .data.shipped import shipped
from .model import Network
from .saved import load

SURE = 0.75
"""The smallest activation of the reader with which an answer is certain.

Chosen on MNIST's validation images alone, so that 98 % of the correct answers are certain; `benchmarks/handwriting.py`
measures it.
"""
LEAST_INK = 15.0
"""The smallest amount of ink with which an answer is certain, in full pixels; MNIST's digits have at least 20."""


@dataclass(frozen=True)
class Certainty:
    """How certain an answer is.

    Attributes:
        sure: Whether `second` reaches `SURE`, and `ink` reaches `LEAST_INK`.
        digit: The answer, the class with the largest activation.
        activation: Its activation in the network that answered.
        second: The activation of the same digit in the bundled reader, in 0…1; the reader's ten activations sum to 1.
        other: The reader's own answer.
        ink: The amount of ink, in full pixels.
    """

    sure: bool
    digit: int
    activation: float
    second: float
    other: int
    ink: float


def certainty(activations: ArrayLike, image: ArrayLike) -> Certainty:
    """Whether a network's answer about an image of a digit is certain, and the numbers behind it.

    Args:
        activations: The ten outputs of any network whose classes are the digits, also the reader's own.
        image: The image it was given: 784 or 28 × 28 grays, framed as in MNIST; `uint8`, or floats in 0…1.

    Returns:
        The `Certainty`; `sure` is false if the image is no digit, or if the reader sees another one.

    Raises:
        DataError: There are not ten activations, or the image is not 28 × 28.

    Examples:
        >>> from chainrule.data.datasets import mnist
        >>> image = mnist()[2].images[0]
        >>> net = load(shipped("book"))
        >>> found = certainty(net(image), image)
        >>> found.sure, found.digit, found.other
        (True, 7, 7)
        >>> square = np.zeros((28, 28), np.uint8)
        >>> square[4:24, 4:24] = 255
        >>> certainty(net(square), square).sure
        False
    """
    outputs, shown = np.asarray(activations), np.asarray(image)
    if outputs.shape != (10,) or shown.size != SIDE * SIDE:
        raise DataError(
            "activations are of shape {outputs} and the image of shape {shape}; give the 10 outputs for one image"
            " of 28 × 28.",
            outputs=outputs.shape,
            shape=shown.shape,
        )
    second = _reader()(shown.reshape(SIDE, SIDE))
    digit, other = int(outputs.argmax()), int(second.argmax())
    share = float(second[digit])
    ink = float(shown.sum()) / (255 if shown.dtype == np.uint8 else 1)
    return Certainty(share >= SURE and ink >= LEAST_INK, digit, float(outputs[digit]), share, other, ink)


@functools.cache
def _reader() -> Network:
    return load(shipped("reader"))
