"""More training images from existing ones: `expand`, as in the book, and `Augmentation`, random variations for each epoch.

The random draws and their order are here; `warp.py` moves the pixels.
"""

import threading
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.messages import Message, message
from ..run.threads import cores
from .datasets import Dataset
from .errors import DataError
from .inputs import as_activations
from .warp import Floats, affine, elastic, thicken, warp

Pixels = TypeVar("Pixels", bound=np.generic)

# The lowest and the highest value of each setting, and its unit.
_LIMITS: dict[str, tuple[float, float, Message]] = {
    "shift": (0, 100, message("pixels")),
    "rotation": (0, 180, message("degrees")),
    "slant": (0, 60, message("degrees")),
    "scale": (0, 0.5, message("as a fraction")),
    "stroke": (0, 5, message("pixels")),
    "elastic": (0, 10, message("pixels")),
    "elastic_sigma": (0.5, 100, message("pixels")),
    "contrast": (0, 1, message("as a fraction")),
    "noise": (0, 1, message("as a fraction")),
}

# Pixels augmented at once: few enough for all intermediate arrays to stay in the processor's cache.
_PIXELS_AT_ONCE = 2**16


def expand(images: NDArray[np.uint8], labels: ArrayLike) -> Dataset:
    """Every image and its four copies, moved by one pixel down, up, right and left, as in the book's `expand_mnist.py`.

    What moves out of the image is lost, and the empty row or column is filled with 0. The five stand together in this
    order, so image i becomes 5i … 5i + 4. The book shuffles them; here the order is kept, since `fit` shuffles.

    Args:
        images: n × h × w grays or n × 3 × h × w colors, `uint8`, as in a `Dataset`.
        labels: n whole numbers.

    Returns:
        The 5n images and labels, read-only.

    Raises:
        DataError: The images are not n × h × w `uint8`, or the labels are not n whole numbers.

    References:
        Nielsen, *Neural Networks and Deep Learning*, chapter 6, `expand_mnist.py`.

    Examples:
        >>> from chainrule.data.datasets import mnist
        >>> train, _, _ = mnist()
        >>> expand(*train)
        Dataset(images: uint8 250,000 × 28 × 28, labels: int64 250,000)
    """
    images, classes = np.asarray(images), np.asarray(labels)
    _refuse_unless_batch(images, colors=True)
    if images.dtype != np.uint8:
        raise DataError("images are {dtype}; expand takes grays 0…255 as uint8.", dtype=images.dtype)
    n = len(images)
    if classes.shape != (n,) or classes.dtype.kind not in "iu":
        raise DataError(
            "labels are {dtype} of shape {shape}; give one whole number for each of {count:,} images.",
            dtype=classes.dtype,
            shape=classes.shape,
            count=n,
        )
    expanded = np.zeros((n, 5, *images.shape[1:]), np.uint8)
    expanded[:, 0] = images
    expanded[:, 1, ..., 1:, :] = images[..., :-1, :]
    expanded[:, 2, ..., :-1, :] = images[..., 1:, :]
    expanded[:, 3, ..., 1:] = images[..., :-1]
    expanded[:, 4, ..., :-1] = images[..., 1:]
    result = Dataset(expanded.reshape(5 * n, *images.shape[1:]), classes.astype(np.int64).repeat(5))
    for array in result:
        array.flags.writeable = False
    return result


@dataclass(frozen=True)
class _Draws:
    """What is random in n images that are varied.

    Attributes:
        values: 8 × n, in the order of the settings, with two for shift and for scale.
        rubber: 2 × n × h × w in 0…1, that which bends them.
        noise: n × h × w in 0…1.
    """

    values: NDArray[np.float64]
    rubber: Floats | None
    noise: Floats | None


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How much images may be varied: for each image, values are drawn uniformly between minus and plus these.

    Attributes:
        shift: Pixels, down and to the right, one draw each.
        rotation: Degrees.
        slant: Degrees by which upright strokes lean (a shear).
        scale: Fraction of height and width, one draw each: 0.1 gives sizes from 90 % to 110 %.
        stroke: Pixels of the strokes' width.
        elastic: Pixels, the standard deviation of each pixel's displacement down and to the right, which is smoothed
            uniform noise. The α = 34 of Simard, Steinkraus and Platt (2003) at σ = 4 is 1.4 here.
        elastic_sigma: Pixels, the σ of the smoothing; it is not drawn but used as given.
        contrast: Fraction of the ink: 0.2 multiplies all ink by 0.8 to 1.2, at most to full ink.
        noise: Fraction of full ink, one draw for each pixel.

    Raises:
        DataError: A setting is not a number, is negative, or is too large to make sense.

    Examples:
        >>> from chainrule.data.datasets import mnist
        >>> train, _, _ = mnist()
        >>> images = Augmentation(shift=1, rotation=10).apply(train.images[:100], np.random.default_rng(0))
        >>> images.shape, images.dtype
        ((100, 28, 28), dtype('uint8'))
        >>> Augmentation(rotation=-10)
        Traceback (most recent call last):
        chainrule.data.errors.DataError: rotation=-10 is out of range; give 0 to 180 degrees.
    """

    shift: float = 0.0
    rotation: float = 0.0
    slant: float = 0.0
    scale: float = 0.0
    stroke: float = 0.0
    elastic: float = 0.0
    elastic_sigma: float = 4.0
    contrast: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            lowest, highest, unit = _LIMITS[field.name]
            # NaN fails every comparison, and so is out of range too.
            if not (isinstance(value, int | float | np.integer | np.floating) and lowest <= value <= highest):
                raise DataError(
                    "{name}={value} is out of range; give {lowest:g} to {highest:g} {unit}.",
                    name=field.name,
                    value=value,
                    lowest=lowest,
                    highest=highest,
                    unit=unit,
                )

    def apply(self, images: NDArray[Pixels], random: np.random.Generator) -> NDArray[Pixels]:
        """Vary every image anew: first the strokes, then all that moves ink in one warp, then contrast, then noise.

        Args:
            images: n × h × w; grays as `uint8`, or floats in 0…1. 0 is paper, as is everything outside an image.
            random: The random generator; the same state gives the same images.

        Returns:
            New images of the same shape, dtype and range. `uint8` is rounded, once. If all settings are 0, it is an exact
            copy, and nothing is drawn.

        Raises:
            DataError: The images are not n × h × w, are neither `uint8` nor floats in 0…1, or are so small that `shift` could
                move half of one out of sight.

        Examples:
            >>> image = np.zeros((1, 5, 5), np.uint8)
            >>> image[0, 2, 2] = 200
            >>> Augmentation(shift=1).apply(image, np.random.default_rng(1))[0]
            array([[  0,   0,   0,   0,   0],
                   [  0,   0,   0,   0,   0],
                   [  0,   0,  19, 176,   0],
                   [  0,   0,   0,   4,   0],
                   [  0,   0,   0,   0,   0]], dtype=uint8)
        """
        _refuse_unless_batch(images)
        n, h, w = images.shape
        if self.shift > min(h, w) / 2:
            raise DataError(
                "shift={shift} is too much for images of {height} × {width}; give at most {most:g} pixels.",
                shift=self.shift,
                height=h,
                width=w,
                most=min(h, w) / 2,
            )
        ink = as_activations(images, h * w, np.result_type(images.dtype, np.float32)).reshape(n, h, w)
        if self == Augmentation(elastic_sigma=self.elastic_sigma):
            return images.copy()
        varied = np.empty(images.shape, images.dtype)
        step = max(1, _PIXELS_AT_ONCE // (h * w))
        parts = iter([slice(first, first + step) for first in range(0, n, step)])
        in_order = threading.Lock()

        def work() -> None:
            while True:
                with in_order:
                    if (part := next(parts, None)) is None:
                        return
                    draws = self._draw(ink[part].shape, random)
                new = self._vary(ink[part], draws)
                varied[part] = np.rint(new * 255) if images.dtype == np.uint8 else new

        # Less than a part each is not worth a thread, and in a browser none can be started.
        if (threads := min(cores(), n // step)) < 2:
            work()
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(threads) as pool:
                for each in [pool.submit(work) for _ in range(threads)]:
                    each.result()
        return varied

    def _draw(self, shape: tuple[int, int, int], random: np.random.Generator) -> _Draws:
        """What is random in a part. Values are drawn even for a setting of 0, so that augmentations differ by settings alone."""
        widths = (self.shift, self.shift, self.rotation, self.slant, self.scale, self.scale, self.stroke, self.contrast)
        values = np.array([random.uniform(-width, width, shape[0]) for width in widths])
        rubber = random.random((2, *shape), dtype=np.float32) if self.elastic else None
        noise = random.random(shape, dtype=np.float32) if self.noise else None
        return _Draws(values, rubber, noise)

    def _vary(self, ink: Floats, draws: _Draws) -> Floats:
        """Vary a part, given as floats."""
        rows, columns, rotation, slant, height, width, stroke, contrast = draws.values
        if self.stroke:
            ink = thicken(ink, stroke)
        if self.shift or self.rotation or self.slant or self.scale or self.elastic:
            places = affine(rows, columns, rotation, slant, 1 + height, 1 + width)
            rubber = elastic(draws.rubber, self.elastic, self.elastic_sigma) if draws.rubber is not None else None
            ink = warp(ink, places, rubber)
        if self.contrast:
            ink = ink * (1 + contrast).astype(ink.dtype)[:, None, None]
        if draws.noise is not None:
            ink = ink + np.float32(self.noise) * (2 * draws.noise - 1)
        return np.clip(ink, 0, 1)


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "light": Augmentation(shift=1, rotation=10, slant=10, scale=0.1),
    "elastic": Augmentation(shift=1, rotation=8, slant=8, scale=0.1, elastic=1.3),
    "strong": Augmentation(shift=2, rotation=15, slant=15, scale=0.15, stroke=1, elastic=1),
}
"""Mixes by name, for handwritten digits of 28 × 28: light for small networks and short training, elastic and strong for
networks that learn their training images by heart. Contrast and noise are in neither: MNIST's test images vary in neither."""


def _refuse_unless_batch(images: NDArray[Any], colors: bool = False) -> None:
    if images.ndim not in (3, 3 + colors) or 0 in images.shape[1:]:
        raise DataError(
            "images are of shape {shape}; give n × rows × columns, as images.reshape(-1, 28, 28).", shape=images.shape
        )
