"""Sizes and shapes: a size may have a name (`n2 = 30`), and a shape is a tuple of sizes.

A shape rule takes the sizes of its result from the shapes of its operands, and their names with them: `n2×n1 · n1×m` gives
`n2×m`, whatever the numbers are.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import TypeAlias

from .messages import message


class Dim(int):
    """A size with a name.

    It is an `int` in every respect, so shapes hold it and NumPy takes it.

    >>> n2 = Dim("n2", 30)
    >>> n2, n2 + 1, (n2, 784) == (30, 784)
    (n2 = 30, 31, True)
    """

    name: str
    strict = True  # whether it is another dimension than those of other names, however large they are

    def __new__(cls, name: str, size: int) -> Dim:
        """Make the size `size` (at least 0), called `name`."""
        dim = super().__new__(cls, size)
        dim.name = name
        return dim

    def __repr__(self) -> str:
        return f"{self.name} = {int(self)}"

    def __str__(self) -> str:
        return int.__repr__(self)

    def __getnewargs__(self) -> tuple[str, int]:  # type: ignore[override]  # int's own takes no name
        return self.name, int(self)


BATCH = "m"
"""The name of the batch size, the number of examples."""

Shape: TypeAlias = tuple[int, ...]

REQUIRED: ContextVar[list[tuple[int, int, bool]] | None] = ContextVar("required", default=None)
"""Where it is a list, it gets the pairs of sizes that shape rules require to be equal, and whether one may be 1, too."""


class ShapeMismatch(Exception):  # noqa: N818  # not yet the error that is shown
    """Shapes that do not match; `operands` and `axes` say which axis of which operand is at fault."""

    def __init__(self, reason: str, operands: tuple[int, int] | None = None, axes: tuple[int, int] | None = None):
        super().__init__(reason)
        self.reason = reason
        self.operands = operands
        self.axes = axes


def shape_text(shape: Sequence[int | str], times: str = "×") -> str:
    """Write a shape: `30×784`; with fewer axes as NumPy does, so that (1,) and () differ: `(30,)`, and `()` of a number."""
    sizes = [str(getattr(size, "shown", size)) for size in shape]
    if len(sizes) < 2:
        return f"({sizes[0]},)" if sizes else "()"
    return times.join(f"({each})" if " " in each else each for each in sizes)


def broadcast(*shapes: Shape) -> Shape:
    """Combine shapes as NumPy's broadcasting does; of two equal sizes the one with a name stays.

    >>> broadcast((30, 10), (30, 1), ())
    (30, 10)
    """
    result: Shape = ()
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        chosen, chooser = 1, -1
        for operand, shape in enumerate(shapes):
            if axis > len(shape):
                continue
            size = shape[-axis]
            if chooser >= 0:
                require_same(
                    chosen, size, "the sizes differ", (chooser, operand),
                    (len(shapes[chooser]) - axis, len(shape) - axis), stretches=True,
                )  # fmt: skip
            if size != chosen == 1 or (size == chosen and type(chosen) is int):
                chosen, chooser = size, operand
        result = (chosen, *result)
    return result


def require_same(
    one: int, other: int, reason: str, operands: tuple[int, int], axes: tuple[int, int], *, stretches: bool = False
) -> None:
    """Raise `ShapeMismatch` unless two sizes are equal, and of one name if both have a name of their own.

    Where an operation `stretches` its operands, one of the sizes may be 1, too.
    """
    if (required := REQUIRED.get()) is not None:
        required.append((one, other, stretches))
    if stretches and 1 in (one, other):
        return
    if one != other:
        raise ShapeMismatch(reason, operands, axes)
    if isinstance(one, Dim) and isinstance(other, Dim) and one.name != other.name and one.strict and other.strict:
        said = message(
            "one is {one} and the other {other}; they are equal only by chance", one=one.name, other=other.name
        )
        raise ShapeMismatch(said, operands, axes)
