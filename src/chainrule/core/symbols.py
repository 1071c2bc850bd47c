"""Symbols and constants, to which operations apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .dims import Shape, shape_text

Array: TypeAlias = NDArray[Any]  # the number type is a fact of each symbol, checked where programs are made
Number: TypeAlias = bool | int | float | complex
Params: TypeAlias = tuple[tuple[str, Any], ...]  # hashable plain Python, by name

Kind = Literal["input", "named", "error", "gradient", "temporary"]


@dataclass(frozen=True)
class Symbol:
    """A name with a shape and a dtype: `w2 : 30×784`.

    `kind` says where the name comes from: an argument, the user's line, an error δ, or a gradient ∂C/∂w; a temporary has
    none, and may be printed inline.
    """

    name: str
    shape: Shape
    dtype: np.dtype[Any]
    kind: Kind = field(default="temporary", compare=False)

    def __str__(self) -> str:
        return f"{self.name} : {shape_text(self.shape)}"


@dataclass(frozen=True, eq=False)
class Constant:
    """A Python number, printed by value; or an array, copied once and read-only, printed by name."""

    value: Number | Array
    name: str = ""

    @property
    def shape(self) -> Shape:
        """The array's shape; `()` of a number."""
        return self.value.shape if isinstance(self.value, np.ndarray) else ()

    @property
    def key(self) -> tuple[object, ...]:
        """A key that is equal for equal constants; 1, 1.0 and True differ, and so do 0.0 and −0.0."""
        if isinstance(self.value, np.ndarray):
            return ("array", self.value.shape, self.value.dtype.str, self.value.tobytes())
        return (type(self.value).__name__, repr(self.value), getattr(self.value, "terms", None))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        array = isinstance(self.value, np.ndarray)
        return f"<Constant {self.name}: {shape_text(self.shape)}>" if array else f"<Constant {self.value!r}>"


Operand: TypeAlias = Symbol | Constant
