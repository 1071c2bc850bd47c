"""Numbers that stand in a program's text: where an operation needs NumPy's, not Python's, the text makes them so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..core.layout import Layout
from ..core.nouns import Constant, Equation, Program
from ..core.python import ARRANGEMENTS, number
from ..core.template import PRIMARY, Piece, Template, parse_python

_NAME = re.compile(r"(?<![\d.])[^\W\d]")


@dataclass(frozen=True)
class _Cast(Template):
    """`x.astype(np.float32)`; of what is written with numbers alone, `np.float32(1.0)`, since Python's have no methods."""

    def write(self, operands: Sequence[Piece], params: Mapping[str, object], defaults: Mapping[str, object]) -> Piece:
        """Write the cast of an operand."""
        (operand,) = operands
        if operand.text and not _NAME.search(operand.text):
            return Piece(f"np.{params['dtype']}({operand.text})", PRIMARY)
        return super().write(operands, params, defaults)


def _arrange(program: Program, plan: Layout) -> Layout:
    """The layout, with numbers that have a line of their own as NumPy's: `v1 = np.float64(1.0)`."""
    statements = {
        each.target.name: [(f"{each.target.name} = np.{each.target.dtype}({number(each.inputs[0].value).text})", "1")]
        for each in plan.lines(program)
        if isinstance(each, Equation) and each.primitive.name == "identity"
        if isinstance(each.inputs[0], Constant) and not each.inputs[0].name and each.target not in program.outputs
    }
    return replace(plan, statements={**statements, **plan.statements}) if statements else plan


CAST = _Cast(**vars(parse_python("{0}.astype(np.{dtype})")))
"""How a cast is written."""

ARRANGEMENTS.append(_arrange)
