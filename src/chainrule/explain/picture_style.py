"""The style of each value's picture in an explanation: the axis that is an image, the scale of its colors, the top card.

Values of one kind that are to be compared share a scale: the gradients of a layer, and its weights before and after.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..core.dims import Dim, Shape
from ..core.nouns import Array
from ..program.formulas import Formula, symbol_term
from ..program.symbol_names import kind_of
from ..show.equation import Group
from ..show.heat import Scale, scale
from ..show.picture import Floats, Look
from .recording import Recording
from .windows import kind, place_of

CHANNELS = 3
"""Of an image in color: red, green and blue."""

_FAINT = 0.22  # how strongly a column of weights is drawn that is multiplied by nothing
_NOTHING = 0.03  # of the largest
_LEAST_IMAGE = 8  # pixels along the side of what is taken for a square image


class PictureStyles:
    """The styles in which the terms of an explanation's equations are drawn."""

    def __init__(self, made: Recording):
        self.made = made
        shape = image_shape(made)
        self.image = None if shape is None else shape.unrolled

    def of(self, group: Group, formula: Formula, value: Floats, values: Mapping[str, Floats]) -> Look:
        """The style of a term's picture."""
        assert group.symbol is not None
        if len(group.shape) > 2:
            return self._of_maps(group, value)
        axis = self.image_axis(group.shape)
        rows = group.shape[0] if group.shape else 1
        return Look(
            self.scale(group, value),
            self.image if axis is not None else None,
            axis,
            self.chosen(group.shape[1 - axis]) if axis is not None else None,
            [self.chosen(rows)] if rows > 10 and self._layer(rows) and formula.sign == "=" else [],
            self._strength(group, formula, value, values),
        )

    def _of_maps(self, group: Group, value: Floats) -> Look:
        """The style of an array of images: the map, kernel or head that is followed lies on top."""
        if self.made.reading is not None:
            return Look(self.scale(group, value), chosen=self.made.reading.head)
        if len(group.shape) == 3:
            return Look(self.scale(group, value), chosen=self.made.example if int(group.shape[0]) == self.made.m else 0)
        if kind(self.made, self.made.layer_of(group.symbol.name if group.symbol else "")) == "attention":
            return Look(self.scale(group, value), chosen=self.made.example * int(group.shape[1]))
        places = [self.chosen(size) for size in group.shape[:2]]
        if group.shape[2:] == (1, 1):
            return Look(self.scale(group, value), marked=places[1:] if int(group.shape[1]) > 10 else [])
        return Look(
            self.scale(group, value), chosen=int(np.ravel_multi_index(places, tuple(map(int, group.shape[:2]))))
        )

    def scale(self, group: Group, value: Floats) -> Scale:
        """The color scale of a term."""
        assert group.symbol is not None
        name, function = group.symbol.name, group.function
        kind = kind_of(name)
        if function is not None:
            bounded = {"sigmoid": 1.0, "sigmoid_prime": 0.25}
            return scale(value, top=bounded.get(function.name))
        if kind in ("a", "y") and self._bounded(name):
            return scale(value, top=1.0)
        if kind == "w":
            return scale(value, share=0.995, diverging=True)
        if kind == "g" and self.made.layer_of(name):
            letters = [
                each
                for each in self.made.values
                if each.startswith("dC_d") and self.made.layer_of(each) == self.made.layer_of(name)
            ]
            return scale(*(self.made.values[each] for each in letters), diverging=True)
        return scale(value)

    def scale_of(self, name: str) -> Scale:
        """The color scale of a symbol."""
        value = np.asarray(self.made.values[name])
        term = symbol_term(name, value.shape)
        return self.scale(Group((term,), term), value)

    def _bounded(self, name: str) -> bool:
        """Whether the values of an activation lie between 0 and 1 by nature."""
        architecture, layer = self.made.architecture, self.made.layer_of(name)
        if architecture is None:
            return False
        if name == "y" or layer == len(architecture.sizes):
            layer = len(architecture.sizes)
        if layer == 1:
            return is_ink(self.made)
        return architecture.layer(layer).applied.reach == (0, 1)

    def _layer(self, size: int) -> int:
        """The layer that an axis runs over, by the name of its size, n2; 0 where it is none."""
        return self._counted(size, "n")

    def _counted(self, size: int, letter: str) -> int:
        """The layer whose neurons (n) or maps (c) an axis runs over, by the name of its size; 0 where it is none."""
        name = size.name if isinstance(size, Dim) else ""
        return int(name[1:]) if name[:1] == letter and name[1:].isdigit() else 0

    def chosen(self, size: int) -> int:
        """Which element of an axis is shown where only one can be: the layer's chosen neuron, the batch's example."""
        if isinstance(size, Dim) and size.name == "m":
            return self.made.example
        if layer := self._counted(size, "c"):
            return 0 if layer == 1 else place_of(self.made, layer, self.made.neuron(layer))[0]
        layer = self._layer(size)
        if layer > 1 and self.made.places(layer):
            return int(self.made.facts[f"channel{layer}"])
        return dict(self.made.focus).get(layer, 0)

    def image_axis(self, shape: Shape) -> int | None:
        """Which axis is an image, unrolled: that of the input layer."""
        if self.image is None:
            return None
        return next((axis for axis, size in enumerate(shape) if self._layer(size) == 1), None)

    def _strength(self, group: Group, formula: Formula, value: Floats, values: Mapping[str, Floats]) -> float | Floats:
        """Columns of a matrix that meet nothing are faint, so that what does something is seen."""
        if (
            group.symbol is None
            or group.symbol.color != "w"
            or value.ndim != 2
            or self.image_axis(group.shape) is not None
        ):
            return 1.0
        for tie in formula.ties:
            right = formula.terms[tie.right]
            if formula.terms[tie.left] is not group.symbol or right.kind != "symbol":
                continue
            met = np.abs(Group((right,), right).value(values)).reshape(value.shape[1], -1).max(axis=1)
            return np.where(met > _NOTHING * met.max(initial=0.0), 1.0, _FAINT).reshape(1, -1)
        return 1.0


class ImageShape(NamedTuple):
    """The sizes of an image: in color, it has three channels, and else one."""

    rows: int
    columns: int
    channels: int = 1

    @property
    def unrolled(self) -> tuple[int, int]:
        """Rows and columns of the channels below each other, in which order the numbers of an example stand."""
        return self.channels * self.rows, self.columns


def image_shape(recording: Recording) -> ImageShape | None:
    """The sizes of the image that the input is; nothing where it is none."""
    if recording.architecture is None or recording.image is None or recording.places(1):
        return None
    n = recording.sizes[0]
    channels, rows, columns = (1, 1, 0, *recording.image.shape)[-3:]
    if rows * columns == n and min(rows, columns) > 1:
        return ImageShape(rows, columns)
    if channels == CHANNELS and channels * rows * columns == n:
        return ImageShape(rows, columns, channels)
    side = math.isqrt(n)
    return ImageShape(side, side) if side * side == n and side >= _LEAST_IMAGE else None


def is_ink(recording: Recording) -> bool:
    """Whether the input is an image of one channel whose activations are shares of ink, from 0 to 1."""
    shape = image_shape(recording)
    if shape is None or shape.channels > 1:
        return False
    a1 = recording.values["a1"]
    return bool(a1.min() >= 0 and a1.max() <= 1)


def picture_of(recording: Recording) -> Array | None:
    """The example's image as it was given, from 0 to 1: rows × columns, in color × 3; nothing where it is none."""
    shape = image_shape(recording)
    if shape is None or recording.image is None:
        return None
    numbers = np.asarray(recording.image, np.float64).reshape(recording.m, shape.channels, shape.rows, shape.columns)[
        recording.example
    ]
    low, high = (
        (0.0, 255.0) if recording.image.dtype == np.uint8 else (min(numbers.min(), 0.0), max(numbers.max(), 1.0))
    )
    shares: Array = (numbers - low) / (high - low)
    return shares[0] if shape.channels == 1 else np.moveaxis(shares, 0, -1)
