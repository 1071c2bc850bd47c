"""A line in its parts on a terminal: symbols in their colors, the dimensions under them, and brackets that tie the sizes
which must agree. The parts themselves are made in `program/formulas.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..program.formulas import Formula, Term
from .screen import Line, Screen, Span

_BESIDE = 4  # columns between two equations on one row


@dataclass(frozen=True)
class _Cell:
    """A term with the columns that it takes and where it begins."""

    term: Term
    start: int
    width: int
    size_start: int


def equations(screen: Screen, given: Sequence[Formula], indent: int = 3) -> None:
    """Write equations with their dimensions, as many side by side as there is room for."""
    row: list[Formula] = []
    for rule in given:
        if row and _row_width(screen, [*row, rule]) + indent > screen.width:
            _row(screen, row, indent)
            row = []
        row.append(rule)
    if row:
        _row(screen, row, indent)


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


def _row_width(screen: Screen, rules: Sequence[Formula]) -> int:
    return sum(_placed(screen, rule)[1] for rule in rules) + _BESIDE * (len(rules) - 1)


def _row(screen: Screen, rules: Sequence[Formula], indent: int) -> None:
    """Equations beside one another; a single one that is too wide is written as text."""
    if len(rules) == 1 and _placed(screen, rules[0])[1] + indent > screen.width:
        (rule,) = rules
        screen.text(styled(rule.target), f" {rule.sign} ", *in_line(rule.terms), indent=indent)
        screen.text((rule.dimensions, "ink3"), indent=indent)
        return
    symbols: Line = [" " * indent]
    sizes: Line = [" " * indent]
    ties: list[list[tuple[int, str]]] = []
    offset = indent
    for at, rule in enumerate(rules):
        cells, width = _placed(screen, rule)
        gap = _BESIDE if at else 0
        symbols += [" " * gap, *_symbols(screen, rule, cells, width)]
        sizes += [" " * gap, *_sizes(screen, rule, cells, width)]
        offset += gap
        for number, (start, text) in enumerate(_ties(screen, rule, cells)):
            ties += [[]] * (number == len(ties))
            ties[number] = [*ties[number], (offset + start, text)]
        offset += width
    screen.line(*_trimmed(symbols))
    if _text(sizes).strip():
        screen.line(*_trimmed(sizes))
    for marks in ties:
        line: Line = []
        column = 0
        for start, text in marks:
            line += [" " * (start - column), (text, "ink3")]
            column = start + screen.measure(text)
        screen.line(*line)


def _placed(screen: Screen, rule: Formula) -> tuple[list[_Cell], int]:
    """Where the terms of a rule stand, target and sign first, and how wide all of it is."""
    terms = [rule.target, Term("operator", rule.sign), *rule.terms]
    cells: list[_Cell] = []
    column = 0
    for at, term in enumerate(terms):
        text, size = screen.measure(term.text), screen.measure(_under(term))
        width = max(text, size)
        column += _gap(terms, at, cells[-1] if cells else None, screen)
        cells.append(_Cell(term, column + (width - text) // 2, width, column + (width - size) // 2))
        column += width
    return cells, column


def _gap(terms: Sequence[Term], at: int, before: _Cell | None, screen: Screen) -> int:
    """The columns before a term: two around operators, one between symbols and brackets, none after a function."""
    if before is None or terms[at].raised or not terms[at].text:
        return 0
    term, last = terms[at], terms[at - 1]
    tight = at > 2 and not term.apart  # the target and the sign come first
    if tight and ("bracket" not in (term.kind, last.kind) or last.kind == "function" or term.text == "["):
        return 0
    return 2 if "operator" in (term.kind, last.kind) and (term.text and last.text) else 1


def _under(term: Term) -> str:
    return term.under if term.kind == "function" else term.size if term.shape else ""


def _symbols(screen: Screen, rule: Formula, cells: Sequence[_Cell], width: int) -> Line:
    return _set(screen, [(cell.start, styled(cell.term)) for cell in cells if cell.term.text], width)


def _sizes(screen: Screen, rule: Formula, cells: Sequence[_Cell], width: int) -> Line:
    tied = {(tie.left, tie.left_axis) for tie in rule.ties} | {(tie.right, tie.right_axis) for tie in rule.ties}
    placed: list[tuple[int, Span | Line]] = []
    for at, cell in enumerate(cells):
        if not cell.term.shape:
            if _under(cell.term):
                placed.append((cell.size_start, (_under(cell.term), "ink3")))
            continue
        line: Line = []
        for axis, size in enumerate(cell.term.shape):
            line += [("×", "ink3")] * bool(axis) + [(str(int(size)), "bold" if (at - 2, axis) in tied else "ink3")]
        placed.append((cell.size_start, line))
    return _set(screen, placed, width)


def _set(screen: Screen, placed: Sequence[tuple[int, Span | Line]], width: int) -> Line:
    """Spans at their columns."""
    line: Line = []
    column = 0
    for start, span in placed:
        spans = span if isinstance(span, list) else [span]
        line += [" " * (start - column), *screen.spell(*spans)]
        column = start + screen.measure([*spans])
    return [*line, " " * (width - column)]


def _ties(screen: Screen, rule: Formula, cells: Sequence[_Cell]) -> list[tuple[int, str]]:
    """A bracket from the one size to the other, and what it says."""
    found = []
    for tie in rule.ties:
        start = _middle(cells[tie.left + 2], tie.left_axis)
        end = _middle(cells[tie.right + 2], tie.right_axis)
        found.append((start, f"└{'─' * (end - start - 1)}┘ {tie.text}"))
    return found


def _middle(cell: _Cell, axis: int) -> int:
    """The column under the middle of a size."""
    assert cell.term.shape is not None
    texts = [str(int(size)) for size in cell.term.shape]
    before = sum(len(text) + 1 for text in texts[:axis])
    return cell.size_start + before + len(texts[axis]) // 2


def _text(line: Line) -> str:
    return "".join(span if isinstance(span, str) else span[0] for span in line)


def _trimmed(line: Line) -> Line:
    while line and not _text(line[-1:]).strip():
        line.pop()
    return line
