"""A line of a program as a figure: its terms are grouped into columns, each with the picture of its value.

How a picture is to be drawn is asked of the caller; what the line says is in `program/formulas.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.dims import Shape
from ..program.formulas import Formula, Term
from .bilingual import Speaker
from .figure import Column, figure
from .markup import Html, joined, tag
from .mathml import math, terms
from .picture import Floats, Look, Picture, numbers, picture, summary

_NO_PICTURE = Picture(Html(), 0, 0, "", np.zeros((0, 0)))


@dataclass(frozen=True)
class Group:
    """Terms above one picture: a symbol with its brackets, or a function of one symbol; or signs without a picture."""

    terms: tuple[Term, ...]
    symbol: Term | None = None
    function: Term | None = None

    @property
    def shape(self) -> Shape:
        """The dimensions of the symbol, transposed if it is."""
        return (self.symbol.shape or ()) if self.symbol else ()

    def value(self, values: Mapping[str, Floats]) -> Floats:
        """What the picture shows: the symbol's value, transposed where it stands so, under its function."""
        assert self.symbol is not None
        value = np.asarray(values[self.symbol.name], np.float64)
        if self.symbol.transposed:
            value = value.T
        if self.function is None:
            return value
        operation = self.function.operation
        assert operation is not None
        function: Callable[[Floats], Floats] = operation.primitive.function(operation.params, 1)
        return np.asarray(function(value), np.float64)


def groups(parts: Sequence[Term]) -> tuple[list[Group], dict[int, int]]:
    """Terms in columns, and in which column each term is. A product of matrices, which has no sign, has no column."""
    made: list[Group] = []
    places: dict[int, int] = {}
    opening: list[int] = []  # terms that wait for the symbol that they stand before
    at = 0

    def close(members: Sequence[int], symbol: int | None = None, function: int | None = None) -> None:
        for member in members:
            places[member] = len(made)
        pick = (None if each is None else parts[each] for each in (symbol, function))
        made.append(Group(tuple(parts[member] for member in members), *pick))

    while at < len(parts):
        part = parts[at]
        if part.kind == "symbol":
            close([*opening, at], at)
            opening = []
        elif part.operation is not None:  # a function of a single symbol, the same for each of its elements
            close([*opening, at, at + 1, at + 2, at + 3], at + 2, at)
            opening, at = [], at + 3
        elif part.opens or part.kind == "function":
            opening.append(at)
        elif made and (part.raised or part.kind == "bracket" or part.text == "ᵀ") and not opening:
            places[at] = len(made) - 1
            made[-1] = replace(made[-1], terms=(*made[-1].terms, part))
        elif part.text:
            close([*opening, at])
            opening = []
        at += 1
    if opening:
        close(opening)
    if len(made) == 1 and made[0].function is not None:  # a = σ(z) shows z, since a itself is on the left
        function, symbol = made[0].function, made[0].symbol
        made = [Group((function,)), Group(tuple(term for term in made[0].terms if term is not function), symbol)]
    return made, places


def equation(
    rule: Formula,
    values: Mapping[str, Floats],
    look_of: Callable[[Group, Floats], Look] | None,
    say: Speaker,
    *,
    caption_of: Callable[[Group], str] = lambda group: "",
    result: Floats | None = None,
) -> Html:
    """A line as a figure, and under it the tables of its numbers.

    `values` are those of its symbols by name; `result` that of its target, where another is known by its name, as in
    w ← w − η ∂C/∂w. Without a `look_of` there are only the symbols with their dimensions.
    """
    target = Group((rule.target,), rule.target)
    found, places = groups(rule.terms)
    items: list[Column | str] = []
    drawn: list[tuple[Html, Shape, Picture]] = []
    for group in (target, Group((Term("operator", rule.sign),)), *found):
        if group.symbol is None:
            items.append(terms(group.terms))
            continue
        written, letters = terms(group.terms), sum(len(term.text) for term in group.terms)
        if look_of is None:
            items.append(Column(written, group.shape, _NO_PICTURE, letters=letters))
            continue
        value = np.asarray(result, np.float64) if group is target and result is not None else group.value(values)
        shown = picture(value, look_of(group, value), say)
        spoken = tag("span", summary(value, say), class_="cr-spoken")
        seen = replace(shown, html=joined(shown.html, spoken))
        items.append(Column(written, group.shape, seen, caption_of(group) or shown.caption, letters))
        drawn.append((math(written), group.shape, shown))
    ties = [replace(tie, left=places[tie.left] + 2, right=places[tie.right] + 2) for tie in rule.ties]
    return joined(figure(items, ties), numbers(drawn, say))
