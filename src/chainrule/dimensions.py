"""The error of shapes that do not fit, in parts, for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass

from .core.dims import Shape
from .core.errors import ChainruleError


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
        sizes = [" × ".join(map(str, map(int, operand.shape))) or "1 number" for operand in self.operands]
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
