"""How the derivative of a function that is no cost is written: df/dx in place of ∂C/∂x."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..program.symbol_names import symbol_latex
from .markup import Html, tag
from .mathml import symbol, tight


@dataclass(frozen=True)
class Named:
    """Writes derivatives of `result` instead of a cost C: df/dx of one variable, ∂f/∂x of several."""

    result: str
    single: bool

    def plain(self, text: str) -> str:
        """`∂C/∂x` in a line of mathematics."""
        return re.sub(r"∂C/∂(?=\w)", f"d{self.result}/d" if self.single else f"∂{self.result}/∂", text)

    def python(self, text: str) -> str:
        """`dC_dx` in Python."""
        return re.sub(r"\bdC_d(?=\w)", f"d{self.result}_d", text)

    def latex(self, text: str) -> str:
        """The fraction in LaTeX."""
        sign = "d " if self.single else r"\partial "
        written = symbol_latex(self.result)
        return text.replace(r"\partial C", sign + written).replace(r"\partial ", sign)

    def mathml(self, text: Html) -> Html:
        """The same in MathML."""
        sign = tight("d" if self.single else "∂")
        return Html(text.replace(tight("∂") + tag("mi", "C"), sign + symbol(self.result)).replace(tight("∂"), sign))
