"""A line of a program as a figure: its terms are grouped into columns, each with the picture of its value.

How a picture is to be drawn is asked of the caller; what the line says is in `program/formulas.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.dims import Shape
from ..program.formulas import Formula, Term
from .figure import Column, figure
from .markup import Html, Speaker, joined, tag
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
    waiting: list[int] = []  # functions and brackets, for the symbol that they stand before
    for at, part in enumerate(parts):
        if part.opens or part.kind == "function":
            waiting.append(at)
        elif made and not waiting and (part.raised or part.kind == "bracket" or part.text == "ᵀ"):
            places[at] = len(made) - 1
            made[-1] = replace(made[-1], terms=(*made[-1].terms, part))
        elif part.text:
            members, waiting = [*waiting, at], []
            places |= dict.fromkeys(members, len(made))
            found = tuple(parts[each] for each in members)
            function = next((each for each in found if each.operation is not None), None)
            made.append(Group(found, part, function) if part.kind == "symbol" else Group(found))
    if waiting:
        places |= dict.fromkeys(waiting, len(made))
        made.append(Group(tuple(parts[each] for each in waiting)))
    if len(made) == 1 and made[0].function is not None:  # a = σ(z) shows z, since a itself is on the left
        function, symbol = made[0].function, made[0].symbol
        made = [Group((function,)), Group(tuple(term for term in made[0].terms if term is not function), symbol)]
    return made, places


def equation(
    formula: Formula,
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
    target = Group((formula.target,), formula.target)
    found, places = groups(formula.terms)
    items: list[Column | str] = []
    drawn: list[tuple[Html, Shape, Picture]] = []
    for group in (target, Group((Term("operator", formula.sign),)), *found):
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
    ties = [replace(tie, left=places[tie.left] + 2, right=places[tie.right] + 2) for tie in formula.ties]
    return joined(figure(items, ties), numbers(drawn, say))
