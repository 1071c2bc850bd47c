"""Lines of mathematics on a terminal: symbols in their colors, the dimensions under them, and brackets that tie the sizes
which must agree. The parts themselves are made in `program/formulas.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..dimensions import shape_signs, size_column
from ..program.formulas import Formula, Term
from .screen import Line, Screen, Span

_BESIDE = 4  # columns between two lines of mathematics on one row


@dataclass(frozen=True)
class _Cell:
    """A term, and the columns where its text and its dimensions begin and where both end."""

    term: Term
    start: int
    size_start: int
    end: int


_Row = list[tuple[Formula, list[_Cell]]]
"""Lines side by side."""


def equations(screen: Screen, given: Sequence[Formula], indent: int = 3) -> None:
    """Write lines of mathematics with their dimensions, as many side by side as there is room for."""
    row: _Row = []
    for formula in given:
        cells = _placed(screen, formula, row[-1][1][-1].end + _BESIDE if row else indent)
        if row and cells[-1].end > screen.width:
            _write(screen, row, indent)
            row, cells = [], _placed(screen, formula, indent)
        row.append((formula, cells))
    if row:
        _write(screen, row, indent)


def styled(term: Term) -> Span:
    """The text of a term in the color of its symbol."""
    return (term.text, f"{term.color} bold") if term.color else term.text


def in_line(terms: Sequence[Term]) -> Line:
    """Terms in their colors, with the spacing of mathematics."""
    line: Line = []
    for term in terms:
        if term.text:
            line += [" "] if term.apart and line else []
            line.append(styled(term))
    return line


def _write(screen: Screen, row: _Row, indent: int) -> None:
    """Write lines side by side; one alone that is too wide is written as text."""
    formula, cells = row[-1]
    if cells[-1].end > screen.width:
        screen.text(styled(formula.target), f" {formula.sign} ", *in_line(formula.terms), indent=indent)
        screen.text((formula.dimensions, "ink3"), indent=indent)
        return
    _write_at(screen, [(cell.start, [styled(cell.term)]) for _, cells in row for cell in cells if cell.term.text])
    sizes = [(cell.size_start, size) for each in row for cell, size in _sizes(*each)]
    if sizes:
        _write_at(screen, sizes)
    brackets = [_brackets(*each) for each in row]
    for number in range(max(map(len, brackets))):
        _write_at(screen, [each[number] for each in brackets if number < len(each)])


def _write_at(screen: Screen, placed: Sequence[tuple[int, Line]]) -> None:
    """Write a line of spans, each from its column on."""
    line: Line = []
    column = 0
    for start, spans in placed:
        line += [" " * (start - column), *screen.spell(*spans)]
        column = start + screen.measure(spans)
    screen.line(*line)


def _placed(screen: Screen, formula: Formula, column: int) -> list[_Cell]:
    """Where the terms of a line stand from this column on, the target and the sign first."""
    terms = [formula.target, Term("operator", formula.sign), *formula.terms]
    cells: list[_Cell] = []
    for at, term in enumerate(terms):
        text, size = screen.measure(term.text), screen.measure(_under(term))
        width = max(text, size)
        column += _gap(terms, at)
        cells.append(_Cell(term, column + (width - text) // 2, column + (width - size) // 2, column + width))
        column += width
    return cells


def _gap(terms: Sequence[Term], at: int) -> int:
    """The columns before a term: two around operators, one between symbols and brackets, none after a function."""
    term, before = terms[at], terms[at - 1]
    if at == 0 or term.raised or not term.text:
        return 0
    tight = at > 2 and not term.apart  # the target and the sign come first
    if tight and ("bracket" not in (term.kind, before.kind) or before.kind == "function" or term.text == "["):
        return 0
    return 2 if "operator" in (term.kind, before.kind) and before.text else 1


def _under(term: Term) -> str:
    return term.under if term.kind == "function" else term.size if term.shape else ""


def _sizes(formula: Formula, cells: Sequence[_Cell]) -> list[tuple[_Cell, Line]]:
    """What stands under the terms: dimensions, of which those that must agree are bold, and what a sum runs over."""
    tied = {(tie.left + 2, tie.left_axis) for tie in formula.ties}
    tied |= {(tie.right + 2, tie.right_axis) for tie in formula.ties}
    found: list[tuple[_Cell, Line]] = []
    for at, cell in enumerate(cells):
        line: Line = [] if cell.term.shape or not _under(cell.term) else [(_under(cell.term), "ink3")]
        if cell.term.shape:
            first, *signs = shape_signs(len(cell.term.shape))
            line.append((first, "ink3"))
            for axis, (size, sign) in enumerate(zip(cell.term.shape, signs, strict=True)):
                line += [(str(int(size)), "bold" if (at, axis) in tied else "ink3"), (sign, "ink3")]
        if line:
            found.append((cell, line))
    return found


def _brackets(formula: Formula, cells: Sequence[_Cell]) -> list[tuple[int, Line]]:
    """A bracket from each size to the one that it must agree with, and what it says."""
    found: list[tuple[int, Line]] = []
    for tie in formula.ties:
        start, end = _middle(cells[tie.left + 2], tie.left_axis), _middle(cells[tie.right + 2], tie.right_axis)
        found.append((start, [(f"└{'─' * (end - start - 1)}┘ {tie.text}", "ink3")]))
    return found


def _middle(cell: _Cell, axis: int) -> int:
    """The column under the middle of a size."""
    start, length = size_column(cell.term.shape or (), axis)
    return cell.size_start + start + length // 2
