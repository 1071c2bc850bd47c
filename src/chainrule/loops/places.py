"""Indices that move with the iterations of a loop, as in `x[t - 1]`: reading, writing, adding, and placing into zeros.

They are affine in the counters of the enclosing loops, which are additional inputs of the operation. An int that moves is never
negative: places that wrap around 0 do not move evenly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.dims import Shape, shape_text
from ..core.messages import message
from ..core.primitive import PRIMITIVES, Primitive, first_dtype, primitive
from ..core.template import PRODUCT
from ..program import helpers
from ..program.operations.indexing import written_slice


@dataclass(frozen=True)
class Affine:
    """`first + slopes · counters`; `beside` inputs come before the counters."""

    first: int
    slopes: tuple[int, ...]
    beside: int = 1

    def value(self, counters: Sequence[int]) -> int:
        """Its value in one iteration."""
        return self.first + sum(slope * counter for slope, counter in zip(self.slopes, counters, strict=False))

    def __str__(self) -> str:
        text = ""
        for number, slope in enumerate(self.slopes, self.beside):
            if hasattr(slope, "piece"):  # a size with a name
                factor = slope.piece
                term = f"{factor.text if factor.strength >= PRODUCT else f'({factor.text})'} * {{{number}}}"
                text += f" + {term}" if text else term
            elif slope:
                term = f"{{{number}}}" if abs(slope) == 1 else f"{abs(slope)} * {{{number}}}"
                text += f" {'-' if slope < 0 else '+'} {term}" if text else f"{'-' if slope < 0 else ''}{term}"
        if text and hasattr(self.first, "piece"):
            return f"{self.first} - {text[1:]}" if text[0] == "-" else f"{text} + {self.first}"
        if not text or not self.first:
            return text or str(self.first)
        return f"{self.first} - {text[1:]}" if text[0] == "-" else f"{text} {'-+'[self.first > 0]} {abs(self.first)}"

    def resized(self, change: Callable[[Any], Any]) -> Affine:
        """The place with other numbers in the place of its own."""
        return replace(self, first=change(self.first), slopes=change(self.slopes))


@dataclass(frozen=True)
class Places:
    """An index in which ints may be affine. `shape` is the shape of the indexed part."""

    parts: tuple[Any, ...]
    shape: Shape

    def value(self, counters: Sequence[int]) -> tuple[Any, ...]:
        """The index in one iteration, as NumPy takes it."""
        filled = (mapped(part, lambda each: each.value(counters)) for part in self.parts)
        return tuple(slice(*part) if isinstance(part, tuple) else part for part in filled)

    def beside(self, count: int) -> Places:
        """The same places for an operation with `count` inputs before the counters."""
        return Places(
            tuple(mapped(part, lambda each: Affine(each.first, each.slopes, count)) for part in self.parts), self.shape
        )

    def resized(self, change: Callable[[Any], Any]) -> Places:
        """The places with other numbers in the place of those in them."""
        return Places(change(self.parts), change(self.shape))

    def read(self, array: Any, counters: Sequence[Any]) -> Any:
        """The part of an array at these places."""
        return at(array, counters, self)

    def write(self, array: Any, counters: Sequence[Any], value: Any, adds: bool) -> Any:
        """An array with a value written, or added, at these places."""
        if np.broadcast_shapes(np.shape(value), self.shape) != self.shape:
            told = {"value": shape_text(np.shape(value)), "part": shape_text(self.shape)}
            raise ValueError(message("{value} cannot be written to a part of {part}", **told))
        return bind(ADDED_AT if adds else UPDATED_AT, (array, value, *counters), (("index", self.beside(2)),))

    def __str__(self) -> str:
        texts = (mapped(part, str) for part in self.parts)
        return ", ".join(
            written_slice(*each) if isinstance(each, tuple) else "..." if each is Ellipsis else str(each)
            for each in texts
        )


def mapped(part: Any, function: Any) -> Any:
    """A part of an index with a function applied to its affine ints."""
    if isinstance(part, tuple):
        return tuple(mapped(each, function) for each in part)
    return function(part) if isinstance(part, Affine) else part


def inner(name: str, **declared: Any) -> Primitive:
    """Declare an operation that occurs only in loops and is not registered with the others."""
    primitive(name, examples=lambda random: [], **declared)
    return PRIMITIVES.pop(name)


AT = inner(
    "at", shape=lambda x, *counters, index: index.shape, dtype=first_dtype, python="{0}[{index}]",
    latex="{0}_{[{index}]}",
    derivative=(lambda g, y, x, *counters, index: put_at(g, counters, index, np.shape(x)), None),
)  # fmt: skip
PUT_AT = inner(
    "put_at", shape=lambda g, *counters, index, shape: shape, dtype=first_dtype, helper=helpers.scatter,
    python="scatter({0}, np.s_[{index}], {shape})", latex=r"\operatorname{scatter}({0})",
    derivative=(lambda g, y, x, *counters, index, shape: at(g, counters, index), None),
)  # fmt: skip
ADDED_AT = inner(
    "added_at", helper=helpers.added, shape=lambda x, v, *counters, index: x, dtype=first_dtype, writes=True,
    python="added({0}, {1}, np.s_[{index}])", latex=r"{0} \;\text{plus}\; {1} \;\text{at}\; [{index}]",
    derivative=(lambda g, *others, index: g, lambda g, y, x, v, *counters, index: at(g, counters, index.beside(1)), None),
)  # fmt: skip
UPDATED_AT: Primitive = inner(
    "updated_at", helper=helpers.updated, shape=lambda x, v, *counters, index: x, dtype=first_dtype, writes=True,
    python="updated({0}, {1}, np.s_[{index}])", latex=r"{0} \;\text{with}\; {1} \;\text{at}\; [{index}]",
    derivative=(
        lambda g, y, x, v, *counters, index: bind(UPDATED_AT, (g, 0.0, *counters), (("index", index),)),
        lambda g, y, x, v, *counters, index: at(g, counters, index.beside(1)),
        None,
    ),
)  # fmt: skip


def at(x: Any, counters: Sequence[Any], index: Places) -> Any:
    """The part of an array at a place."""
    return bind(AT, (x, *counters), (("index", index),))


def put_at(g: Any, counters: Sequence[Any], index: Places, shape: Shape) -> Any:
    """Zeros of a shape with g at a place."""
    return bind(PUT_AT, (g, *counters), (("index", index), ("shape", shape)))
