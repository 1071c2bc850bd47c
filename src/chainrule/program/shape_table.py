"""The shape table of a program: for each line, a row with symbol, shape, equation, and the equation in dimensions.

`show/dimensions.py` puts it on a screen.
"""

from __future__ import annotations

from ..core.nouns import TEXTS, Program, Row
from .formulas import formulas


def shape_table(program: Program) -> tuple[Row, ...]:
    """The rows of a program in order; one for each line of `str(program)` that is not a condition.

    >>> import numpy as np
    >>> from chainrule import Spec, trace
    >>> def f(w, x):
    ...     z = w @ x
    ...     return np.sum(z, axis=0)
    >>> for row in shape_table(trace(f, [Spec((2, 3)), Spec((3, 4))])):
    ...     print(row.symbol, row.equation, row.dimensions, sep="   ")
    z   w x   2×3 · 3×4
    f   Σ[axis 0] z   Σ[axis 0] 2×4
    """
    return tuple(
        Row("  " * each.depth + each.target.text, each.target.shape or (), each.right_side, each.sizes)
        for each in formulas(program)
    )


TEXTS["shape_table"] = shape_table
