"""A dimension error on a screen: its equation, the two shapes with the sizes that should match, and their origins.

The words are the error's own, in the reader's language; here they are only set.
"""

from __future__ import annotations

from ..core.dims import Dim, shape_text
from ..core.messages import Message, message
from ..dimensions import DimensionError, Operand, shape_signs
from .language import Language, say, translated
from .screen import Cell, Line, Screen, expression
from .spelling import columns_of

_PLACE = 57  # the column of file and line


def draw(error: DimensionError, screen: Screen, language: Language = "en") -> None:
    """Write a dimension error in about a dozen lines."""
    head: Line = [("DimensionError: ", "d bold"), *expression(error.equation)]
    gap = max(3, _PLACE - screen.measure(head))
    screen.line(*head, " " * gap if error.place else "", (error.place, "ink3"))
    screen.line()
    screen.text(*(expression(error.operation) if error.operation else []), _reason(error, language), indent=2)
    screen.line()
    if error.axes and len(error.operands) == 2:
        for line in _figure(screen, error.operands, error.axes):
            screen.line("    ", *line)
        screen.line()
    screen.table(_origins(error, screen, language), indent=2)
    if error.advice:
        screen.line()
        screen.text(*expression(translated(error.advice, language)), indent=2)


def _reason(error: DimensionError, language: Language) -> str:
    reason = translated(error.reason, language)
    return say(language, ": {reason}", reason=reason) if error.operation else reason


def _figure(screen: Screen, operands: tuple[Operand, ...], axes: tuple[int, int]) -> list[Line]:
    """The two shapes side by side under their names, and a bracket that ties the sizes at fault.

    Sizes that are equal differ by their names, which then stand in the place of the numbers.
    """
    by_number = operands[0].shape[axes[0]] != operands[1].shape[axes[1]]
    sizes = [
        [size.name if isinstance(size, Dim) and not by_number else str(int(size)) for size in operand.shape]
        for operand in operands
    ]
    shapes = [_shape(each, axis) for each, axis in zip(sizes, axes, strict=True)]
    widths = [
        max(screen.measure(shape), screen.measure(operand.name))
        for shape, operand in zip(shapes, operands, strict=True)
    ]
    left, right = (_middle(*each) for each in zip(sizes, axes, widths, strict=True))
    gap = 2 + (widths[0] - left + right) % 2  # so that the sign stands in the middle of the bracket
    side = "─" * ((widths[0] - left + gap + right - 2) // 2)
    rows = [[expression(operand.name) for operand in operands], shapes]
    return [*screen.columns(rows, "^^", gap), [" " * left, (f"└{side}≠{side}┘", "d bold")]]


def _shape(sizes: list[str], axis: int) -> Line:
    """A shape whose size on one axis is marked."""
    first, *signs = shape_signs(len(sizes))
    line: Line = [first]
    for position, (size, sign) in enumerate(zip(sizes, signs, strict=True)):
        line += [(size, "bold underline") if position == axis else size, sign]
    return line


def _middle(sizes: list[str], axis: int, width: int) -> int:
    """The column, in a field of this width, under the middle of the size on an axis."""
    first, *signs = shape_signs(len(sizes))
    before = first + "".join(map("".join, zip(sizes[:axis], signs, strict=False)))
    return (width - columns_of(shape_text(sizes))) // 2 + columns_of(before) + (columns_of(sizes[axis]) - 1) // 2


def _origins(error: DimensionError, screen: Screen, language: Language) -> list[list[Cell]]:
    """Name, shape, and where it was made; the code that made it below where there is no room beside."""
    beside: list[list[Cell]] = []
    below: list[list[Cell]] = []
    for operand in error.operands:
        values = operand.source.values if isinstance(operand.source, Message) else {}
        line, code = values.get("line"), str(values.get("code", ""))
        if line == error.place:
            made, code = message("made here"), ""
        else:
            made = message("made at {line}", line=line) if line else message("given")
        size = shape_text(operand.shape, " × ")
        where: Line = [(translated(made, language), "ink3")]
        name = expression(operand.name)
        beside.append([name, size, [*where, "   ", *expression(code)] if code else where])
        below.append([name, size, where])
        if code:
            below.append(["", "", expression(code)])
    fits = all(screen.measure(line) <= screen.width - 2 for line in screen.columns(beside))
    return beside if fits else below
