"""The dimensions of a network on one screen: forward pass, backward pass, parameters, each symbol with its shape.

Sets the rows of shape tables on a screen; the rows themselves are made in `program/shape_table.py`, from the network's programs.
"""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.dims import shape_text
from ..core.messages import message
from ..core.nouns import Program, Row, Symbol
from ..program.shape_table import shape_table
from ..program.symbol_names import symbol_text
from .language import Language, say, translated
from .notebook import listing
from .numbers import size_text
from .screen import Cell, Screen, expression

# The least widths of the columns, as far as there is room; the last one takes the rest.
_NAME, _SHAPE, _EQUATION = 10, 8, 24


_PRODUCT = re.compile(r"[\d×]+ · [\d×]+")
FORMS = {
    2: message("Your arrays have one example per row, the equations one per column: a1 = x.T."),
    3: message(
        "Your arrays of sequences are examples × places × numbers, in the equations too; Flatten gives columns, one for each "
        "example."
    ),
    4: message(
        "Your arrays of images are examples × channels × rows × columns, in the equations too; Flatten gives columns, one for "
        "each example."
    ),
}
"""How the arrays of users lie in the equations, by the number of axes of the input."""


@dataclass(frozen=True)
class Dimensions:
    """The shape tables of a network for one size of batch; prints as the table that `chainrule shapes` shows."""

    forward: tuple[Row, ...]
    backward: tuple[Row, ...]
    parameters: tuple[Symbol, ...]
    dtype: str
    about: tuple[str, ...] = ()  # what the inputs and outputs are, line by line

    @property
    def parameter_count(self) -> int:
        """The number of values that the network learns."""
        return sum(math.prod(symbol.shape) for symbol in self.parameters)

    def draw(self, screen: Screen, language: Language = "en") -> None:
        """Write the three tables and the rule that they follow."""
        phrase = functools.partial(say, language)
        first = self.forward[0].shape
        columns = len(first) == 2
        m = first[1] if columns else first[0]
        if m > 1:
            said = message("the batch, one column each") if columns else message("the batch")
        else:
            said = message("one example, as a column") if columns else message("one example")
        batch = replace(self.forward[0], dimensions=phrase(said))
        blocks = (
            _block(phrase, phrase("forward"), (batch, *self.forward[1:])),
            _block(phrase, phrase("backward"), self.backward),
            self._parameter_block(phrase, language),
        )
        rows = _fitted(screen, [row for block in blocks for row in ([], *block)][1:])
        for row, line in zip(rows, screen.columns(rows), strict=True):
            if screen.measure(line) <= screen.width:
                screen.line(*line)
            elif row[1] or not row[0]:  # an equation, or its dimensions
                own = row[-1] if isinstance(row[-1], list) else [row[-1]]
                head = line[: -len(own)]
                screen.text(*own, indent=screen.measure(head), head=head)
            else:  # the line of all parameters, whose note is its last part
                screen.line(*line[:-2])
                screen.text(line[-1], indent=screen.measure(line[:-3]))
        product = next(row for row in self.forward if _PRODUCT.match(row.dimensions))  # of the output, if not sooner
        screen.line()
        kept = size_text(sum(math.prod(row.shape) for row in self.forward) * np.dtype(self.dtype).itemsize, language)
        screen.text((phrase("A gradient has the shape of its parameter. In a product the inner sizes match:"), "ink2"))
        met = f"{product.dimensions.partition(' + ')[0]} = {shape_text(product.shape)}"
        screen.line((met + phrase("."), "ink2"))
        screen.line()
        screen.text(
            (
                phrase(
                    "For the backward pass, {size} of values are kept for {count:,} examples."
                    if m > 1
                    else "For the backward pass, {size} of values are kept for one example.",
                    size=kept,
                    count=m,
                ),
                "ink2",
            )
        )
        screen.text(
            (
                phrase(FORMS[len(first)]) + (phrase(" A shape is rows × columns.") if columns else ""),
                "ink2",
            )
        )
        if self.about:
            screen.line()
        for each in self.about:
            screen.text((translated(each, language), "ink2"), indent=2 * each.startswith(" "))

    def _parameter_block(self, phrase: Callable[..., str], language: Language) -> list[list[Cell]]:
        total = f"{self.parameter_count:,}"
        memory = size_text(self.parameter_count * np.dtype(self.dtype).itemsize, language)
        rows: list[list[Cell]] = [
            [(phrase("parameters"), "bold"), (phrase("shape"), "ink3"), (phrase("count"), "ink3")]
        ]
        for symbol in self.parameters:
            count = f"{math.prod(symbol.shape):,}".rjust(len(total))
            rows.append([["  ", *expression(symbol_text(symbol.name))], shape_text(symbol.shape), count])
        note = phrase("{size} as {dtype}, as much again for the gradients", size=memory, dtype=self.dtype)
        return [*rows, [(f"  {phrase('total')}", "ink2"), "", [(total, "bold"), "   ", (note, "ink2")]]]

    def __str__(self) -> str:
        page = io.StringIO()
        self.draw(Screen(page, width=80, depth="none"))
        return page.getvalue()

    def __repr__(self) -> str:
        lines = len(self.forward) + len(self.backward)
        return f"<Dimensions of {lines} symbols and {len(self.parameters)} parameters; print it to read the table>"

    def _repr_html_(self) -> str:
        """The table, for notebooks."""
        return listing(str(self))


def dimensions(
    feedforward: Program, backprop: Program, dtype: str = "float32", about: tuple[str, ...] = ()
) -> Dimensions:
    """The dimensions of a network, from its forward program and its derivative, whose last inputs are a1 and y.

    `dtype` is what the network computes in, which says how much memory its parameters take; `about` says what its inputs and
    outputs are.
    """
    *parameters, a1, _ = backprop.inputs
    given = "xᵀ" if len(a1.shape) == 2 else "x"
    forward = (Row(symbol_text(a1.name), a1.shape, given, ""), *shape_table(feedforward))
    known = {row.symbol for row in forward}
    backward = [row for row in shape_table(backprop) if row.symbol not in known]
    return Dimensions(forward, _in_order(backward, parameters), tuple(parameters), dtype, about)


def _in_order(rows: Sequence[Row], parameters: Sequence[Symbol]) -> tuple[Row, ...]:
    """Consecutive gradients are listed in the order of their parameters."""
    places = {symbol_text(f"dC_d{symbol.name}"): place for place, symbol in enumerate(parameters)}
    ordered: list[Row] = []
    for row in rows:
        at = len(ordered)
        while at and places.get(row.symbol, -1) < places.get(ordered[at - 1].symbol, -1) and row.symbol in places:
            at -= 1
        ordered.insert(at, row)
    return tuple(ordered)


# ---- setting ---------------------------------------------------------------------------------------------------------


def _block(phrase: Callable[..., str], title: str, rows: Sequence[Row]) -> list[list[Cell]]:
    """A header, and below it one line per symbol."""
    lines: list[list[Cell]] = [
        [(title, "bold"), (phrase("shape"), "ink3"), (phrase("equation"), "ink3"), (phrase("with dimensions"), "ink3")]
    ]
    for row in rows:
        style = "ink2" if "×" in row.dimensions else "ink3"
        name: Cell = ["  ", *expression(row.symbol)]
        lines.append([name, shape_text(row.shape), expression(row.equation), (row.dimensions, style)])
    return lines


def _fitted(screen: Screen, rows: Sequence[list[Cell]]) -> list[list[Cell]]:
    """The rows with columns as wide as the screen allows; dimensions that do not fit beside equations go below."""
    full = [row for row in rows if len(row) == 4]
    names, shapes, equations, sizes = (max(screen.measure(row[at]) for row in full) for at in range(4))
    least = [max(names, _NAME), max(shapes, _SHAPE)]
    room = screen.width - sum(least) - sizes - 6
    if room < equations:
        return [line for row in rows for line in ([row[:3], ["", "", row[3]]] if len(row) == 4 else [row])]
    least.append(min(_EQUATION, room))
    head = [screen.pad(cell, width) for cell, width in zip(rows[0], least, strict=False)]
    return [[*head, *rows[0][3:]], *rows[1:]]
