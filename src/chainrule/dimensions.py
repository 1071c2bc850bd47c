"""Shapes as text, and the error of shapes that do not fit, in parts, for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass

from .core.dims import Dim, Shape, shape_text
from .core.errors import ChainruleError


def names_text(shape: Shape) -> str:
    """Write a shape by the names of its sizes if they have any: `n2×n1`."""
    return shape_text([size.name if isinstance(size, Dim) else size for size in shape])


def count_text(sizes: Shape, times: str = "×") -> str:
    """Write how many numbers a layer, a kernel or a picture has, as a product: `784`, `20×12×12`, `1`.

    Whether these are a vector or a single number, it does not say; `shape_text` does.
    """
    return times.join(str(int(size)) for size in sizes) or "1"


def shape_signs(axes: int) -> list[str]:
    """The signs before, between and after the sizes of a shape, for whoever styles its sizes.

    >>> shape_signs(1), shape_signs(2), shape_signs(3)
    (['(', ',)'], ['', '×', ''], ['', '×', '×', ''])
    """
    return shape_text("|" * axes).split("|")


def size_column(shape: Shape, axis: int) -> tuple[int, int]:
    """Where the size of an axis begins in the text of a shape, and how long it is.

    >>> size_column((30, 784), 1), size_column((30,), 0)
    ((3, 3), (1, 2))
    """
    texts = [str(int(size)) for size in shape]
    before = [*shape_signs(len(shape))[: axis + 1], *texts[:axis]]
    return sum(map(len, before)), len(texts[axis])


@dataclass(frozen=True)
class Operand:
    """One side of an operation at fault: its printed name, its shape, and where it comes from."""

    name: str
    shape: Shape
    source: str  # "given", or "made at model.py:12: a1 = np.vstack([x, ones])"


@dataclass(eq=False, repr=False)
class DimensionError(ChainruleError, ValueError):
    """Shapes that do not fit, explained by equation, symbols, sizes and line.

    `equation`, `place`, `operation`, `reason`, `operands`, `axes` (which axis of each operand is at fault) and `advice`
    are the parts of the message, for whoever wants to draw it.
    """

    equation: str
    place: str
    operation: str
    reason: str
    operands: tuple[Operand, ...]
    axes: tuple[int, int] | None = None
    advice: str = ""

    def __post_init__(self) -> None:
        super().__init__(self._message())

    def _message(self) -> str:
        sizes = [shape_text(operand.shape, " × ") for operand in self.operands]
        name_width = max((len(operand.name) for operand in self.operands), default=0)
        size_width = max(map(len, sizes), default=0)
        lines = [f"{self.equation}      ({self.place})" if self.place else self.equation]
        lines.append(f"  {self.operation}: {self.reason}" if self.operation else f"  {self.reason}")
        for operand, size in zip(self.operands, sizes, strict=True):
            source = "" if operand.source == "given" else operand.source
            lines.append(f"    {operand.name:<{name_width}} : {size:<{size_width}}        {source}".rstrip())
        if self.advice:
            lines.append(f"  {self.advice}")
        return "\n".join(lines)


DimensionError.__module__ = "chainrule"  # a traceback then ends on `chainrule.DimensionError: …`
