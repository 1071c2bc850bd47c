"""The error of the native executor for a program that it cannot write."""

from __future__ import annotations

from ...core.dims import shape_text
from ...core.nouns import Equation


class Unsupported(Exception):  # noqa: N818  # not a user's error: another executor takes over
    """This executor cannot write a program; `reason` names the equation or the symbol."""

    def __init__(self, equation: Equation | None, symbol: str = ""):
        self.equation = equation
        if equation is not None:
            shapes = ", ".join(shape_text(operand.shape) for operand in equation.inputs)
            self.reason = f"{equation.target.name} = {equation.primitive.name}({shapes})"
        else:
            self.reason = f"{symbol}, which has neither 0 nor 2 axes"
        super().__init__(self.reason)
