"""Whether an answer about a drawn digit is sure: `certainty` asks the reader in the package for a second opinion.

A network answers whatever it is shown. The reader (`data/shipped`) was also trained on letters, scribbles and shapes,
each under a digit drawn at random: of such drawings it has learnt that no digit is likelier than another. So a drawing
to which it gives the answered digit only a small activation is no digit, or is another one.
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
"""The least activation of the reader with which an answer is sure.

Chosen on MNIST's validation images alone, so that 98 % of the right answers are sure; `benchmarks/handwriting.py`
measures it.
"""
LEAST_INK = 15.0
"""The least ink with which an answer is sure, in full pixels; MNIST's digits have 20 at least."""


@dataclass(frozen=True)
class Certainty:
    """How sure an answer is.

    Attributes:
        sure: whether `second` reaches `SURE`, and `ink` reaches `LEAST_INK`.
        digit: the answer, the class with the largest activation.
        activation: its activation, as the network that was asked gives it.
        second: the activation that the reader in the package gives the same digit, 0 to 1; its ten add up to 1.
        other: the digit that the reader would answer.
        ink: how much ink there is, in full pixels.
    """

    sure: bool
    digit: int
    activation: float
    second: float
    other: int
    ink: float


def certainty(activations: ArrayLike, image: ArrayLike) -> Certainty:
    """Whether a network's answer about an image of a digit is sure, and the numbers that this rests on.

    Args:
        activations: the ten outputs of any network whose classes are the digits; the reader's own, too.
        image: what it was shown: 784 grays, or 28 × 28, framed as MNIST's are; `uint8`, or floats in 0…1.

    Returns:
        The `Certainty`; `sure` is false where the image is no digit, or where the reader sees another digit.

    Raises:
        DataError: there are not ten activations, or the image is not one of 28 × 28.

    Example:
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
            f"activations are of shape {outputs.shape} and the image of shape {shown.shape}; "
            "give the 10 outputs for one image of 28 × 28."
        )
    second = _reader()(shown.reshape(SIDE, SIDE))
    digit, other = int(outputs.argmax()), int(second.argmax())
    share = float(second[digit])
    ink = float(shown.sum()) / (255 if shown.dtype == np.uint8 else 1)
    return Certainty(share >= SURE and ink >= LEAST_INK, digit, float(outputs[digit]), share, other, ink)


@functools.cache
def _reader() -> Network:
    return load(shipped("reader"))
