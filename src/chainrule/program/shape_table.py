"""The shape table of a program: for each line, a row with symbol, shape, equation, and the equation in dimensions.

`show/dimensions.py` puts it on a screen; `dimensions` makes it a text by itself, with the sizes that must be equal and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..core.dims import shape_text
from ..core.nouns import TEXTS, Program, Row
from .formulas import formulas
from .symbol_names import symbol_text


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


def dimensions(program: Program) -> str:
    """The dimensions of a program's symbols and lines, and which sizes of its inputs must be equal, with the line that needs it.

    Sizes are letters in a derivative in the textbook form, and numbers elsewhere.

    Args:
        program: Any program.

    Returns:
        A line for each input and for each line of the program; then a line for each axis, by the letters of its size, with the
        line of the user's function that needs two of them to be equal.

    Examples:
        >>> import numpy as np
        >>> from chainrule import derive
        >>> def cost(w, x):
        ...     return np.sum(np.tanh(w @ x))
        >>> print(derive(cost, (np.ones((2, 3)), np.ones(3))).dimensions)  # doctest: +ELLIPSIS
        w      n×m
        x      (m,)
        v1     (n,)  1 − tanh(n×m · (m,))²
        ∂C/∂w  n×m   (n,) · (m,)
        ∂C/∂x  (m,)  (n,) · n×m
        <BLANKLINE>
        n = 2  w.shape[0]
        m = 3  w.shape[1]
               x.shape[0]  <doctest ...>:2  return np.sum(np.tanh(w @ x))
    """
    named, *_ = TEXTS["presented"](program)
    symbols = [(symbol_text(each.name), shape_text(each.shape), "") for each in named.inputs]
    symbols += [(row.symbol, shape_text(row.shape), row.dimensions) for row in shape_table(named)]
    return "\n".join([*_columns(symbols), "", *_columns(_axes(named))]).rstrip()


def _axes(program: Program) -> Iterator[tuple[str, str, str, str]]:
    """The size of each axis of the inputs that is a letter, or that a line fixes, and which line demands what it is."""
    lines = {(name, axis): origin for name, axis, origin in program.demands}
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for symbol in program.inputs:
        for axis, size in enumerate(symbol.shape):
            text, origin = str(getattr(size, "shown", size)), lines.get((symbol.name, axis))
            if origin is not None or hasattr(size, "shown"):
                size_text = text if text == str(int(size)) else f"{text} = {int(size)}"
                place = ("", "") if origin is None else (origin.place, origin.text)
                groups.setdefault(size_text, []).append((f"{symbol.name}.shape[{axis}]", *place))
    for size_text, axes in groups.items():
        yield from ((size_text * (not k), *axis) for k, axis in enumerate(axes))


def _columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Rows of texts as lines, each column as wide as its widest text."""
    rows = [*rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield from ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


TEXTS["shape_table"] = shape_table
TEXTS["dimensions"] = dimensions
