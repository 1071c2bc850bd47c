"""What the native executor says where it cannot write a program."""

from __future__ import annotations

from ...core.dims import shape_text
from ...core.nouns import Equation


class Unsupported(Exception):  # noqa: N818  # no error of the user's: another executor takes over
    """A program that has what this executor cannot write: `reason` names the equation, or the symbol."""

    def __init__(self, equation: Equation | None, symbol: str = ""):
        self.equation = equation
        if equation is not None:
            shapes = ", ".join(shape_text(operand.shape) for operand in equation.inputs)
            self.reason = f"{equation.target.name} = {equation.primitive.name}({shapes})"
        else:
            self.reason = f"{symbol}, which has neither 0 nor 2 axes"
        super().__init__(self.reason)
