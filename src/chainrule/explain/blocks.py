"""The parts of an explanation in HTML: the figure of a line, its numbers, its Python with dimensions, its statistics.

How they are put together is in `document.py`; what is said is in the catalog.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.dims import BATCH, Dim, shape_text
from ..core.messages import message
from ..core.nouns import Symbol
from ..program.formulas import Formula, Term, symbol_term
from ..program.symbol_names import symbols
from ..show.bilingual import Speaker
from ..show.equation import Group, equation, groups
from ..show.figure import Column, figure
from ..show.heat import Scale, color_of
from ..show.markup import Html, joined, tag
from ..show.mathml import broken, formula, math, operator, symbol, terms, titled, written_number
from ..show.numbers import rounded
from ..show.picture import Floats, Look, Picture, cell_text, numbers, picture, summary
from ..show.svg import curve_of_neurons
from .picture_style import Looks
from .recording import Line, Recording
from .vocabulary import Bar, Equation, Inline, Name, Sentence, Slot
from .vocabulary import Picture as Sketch

_BELONGING = re.compile(r"(?:\.T)?[)\]]*")


@dataclass(frozen=True)
class Words:
    """Writes the evaluated parts of a line in the languages of a speaker."""

    say: Speaker

    def html(self, part: Any) -> Html:
        """A part of a line: its words, numbers and symbols."""
        if isinstance(part, Sentence):
            return self.say(part.text, **{name: self.html(each) for name, each in part.slots.items()})
        if isinstance(part, Inline):
            return joined(*map(self.html, part.parts))
        if isinstance(part, Name):
            return math(symbol(part.symbol, *map(str, part.index)))
        if isinstance(part, Bar):
            return _bar(float(str(part.value)), part.kind)
        if isinstance(part, Slot):
            return tag("b", str(part.value), class_="cr-nowrap") if part.strong else joined(str(part.value))
        return joined(part) if isinstance(part, str) else Html()


def _bar(share: float, kind: str) -> Html:
    """A bar in a color; without one from the middle to the right where it is positive, hatched to the left where not."""
    width = min(abs(share), 1)
    if kind:
        return tag("span", tag("i", style=f"width:{100 * width:.1f}%;background:var(--{kind})"), class_="cr-track")
    style = f"width:{50 * width:.1f}%;left:{50 if share > 0 else 50 - 50 * width:.1f}%"
    return tag("span", tag("i", class_="cr-plus" if share > 0 else "cr-minus", style=style), class_="cr-push")


class Blocks:
    """Writes the parts of one explanation in the languages of a speaker."""

    def __init__(self, made: Recording, say: Speaker):
        self.made, self.say, self.looks, self.words = made, say, Looks(made), Words(say)
        self.values: dict[str, Floats] = dict(made.values)
        if made.architecture is not None:
            self.values |= {"η": np.asarray(made.learning_rate), "x": np.asarray(made.image)}

    def figure(self, line: Line) -> Html:
        """The equation of a line as a figure."""
        assert line.rule is not None
        own = line.rule

        def look(group: Group, value: Floats) -> Look:
            return self.looks.of(group, own, value, self.values)

        return equation(
            own, self.values, look, self.say, caption_of=lambda group: self.caption(group, own), result=line.value
        )

    def caption(self, group: Group, line: Formula) -> str:
        """What stands under a picture that shows only a part, or another side of it than its symbol says."""
        assert group.symbol is not None
        if line.sign == "←":
            words = {line.target.name: message("before", "step"), "η": message("learning rate")}
            if group.symbol is line.target:
                return self.say(message("after", "step"))
            if group.symbol.name in words:
                return self.say(words[group.symbol.name])
        look = self.looks.image_axis(group.shape)
        if look is None:
            return ""
        other = group.shape[1 - look]
        if int(other) == 1:
            return self.say("as a row") if look == 1 else ""
        if isinstance(other, Dim) and other.name == BATCH:
            return self.say("example {example} of {count}", example=self.made.example, count=other)
        return self.say("1 of {count}: neuron {neuron}", count=other, neuron=self.looks.chosen(other))

    def table(self, line: Line) -> Html:
        """The line as a table with every number, for columns of at most ten rows that meet element by element."""
        assert line.rule is not None
        found, _ = groups(line.rule.terms)
        target = Group((line.rule.target,), line.rule.target)
        sign = Group((Term("operator", "="),))
        head, columns = [], []
        for group in (*found, sign, target):
            if group.symbol is None:
                between = math(terms(group.terms))
                head.append(tag("td", between, class_="cr-op"))
                columns.append([tag("td", between, class_="cr-op", aria_hidden="true")] * len(line.value))
                continue
            value = group.value(self.values)[:, self.column(group)]
            scale = self.looks.scale(group, group.value(self.values))
            size = tag("span", shape_text(group.shape), class_="cr-dim")
            spoken = "".join(term.text for term in group.terms)
            head.append(tag("th", titled(terms(group.terms), spoken), size, scope="col"))
            kind = group.symbol.color if group.function is None else None
            columns.append([self._cell(number, scale, kind, group is target) for number in value.tolist()])
        rows = []
        for at, cells in enumerate(zip(*columns, strict=True)):
            hit = self.made.architecture is not None and at in (self.made.label, self.made.answer)
            rows.append(tag("tr", tag("th", str(at), scope="row"), *cells, class_="cr-hit" if hit else None))
        table = tag("table", tag("thead", tag("tr", tag("td"), *head)), tag("tbody", *rows), class_="cr-ten")
        return tag("div", table, class_="cr-wide", tabindex="0", role="group")

    def is_short(self, line: Line) -> bool:
        """Whether every number has room: columns of two to ten rows that meet element by element, at most four of them."""
        if line.rule is None or line.rule.ties or line.value.ndim != 2 or not 2 <= len(line.value) <= 10:
            return False
        found, _ = groups(line.rule.terms)
        own = [group for group in found if group.symbol is not None]
        return 2 <= len(own) <= 3 and all(group.shape == line.value.shape for group in own)

    def is_plain(self, line: Line) -> bool:
        """Whether pictures would add nothing: a line that passes a value on, or gives a single number; new biases."""
        if line.rule is None:
            return False
        return line.value.size == 1 or line.passes_on or (line.rule.sign == "←" and line.rule.target.color == "b")

    def plain(self, line: Line) -> Html:
        """The line with dimensions under its symbols, without pictures."""
        assert line.rule is not None
        found, places = groups(line.rule.terms)
        nothing = Picture(Html(), 0, 0, "", np.zeros((0, 0)))
        items: list[Column | str] = []
        for group in (
            Group((line.rule.target,), line.rule.target),
            Group((Term("operator", line.rule.sign),)),
            *found,
        ):
            if group.symbol is None:
                items.append(terms(group.terms))
            else:
                letters = sum(len(term.text) for term in group.terms)
                items.append(Column(terms(group.terms), group.shape, nothing, letters=letters))
        ties = [replace(tie, left=places[tie.left] + 2, right=places[tie.right] + 2) for tie in line.rule.ties]
        return figure(items, ties)

    def given(self, line: Line) -> Html:
        """A given value as a picture."""
        group = Group((symbol_term(line.symbol, line.value.shape),), symbol_term(line.symbol, line.value.shape))
        itself = Symbol(line.symbol, line.value.shape, line.value.dtype)
        alone = Formula(group.terms[0], (), (), "", (), itself)
        shown = picture(line.value, self.looks.of(group, alone, line.value, self.values), self.say)
        spoken = tag("span", summary(line.value, self.say), class_="cr-spoken")
        column = Column(symbol(line.symbol), line.value.shape, replace(shown, html=joined(shown.html, spoken)))
        return joined(figure([column]), numbers([(math(symbol(line.symbol)), line.value.shape, shown)], self.say))

    def column(self, group: Group) -> int:
        """Which column of a value is shown where only one is: that of the example."""
        wide = len(group.shape) > 1 and group.shape[1] > 1
        return self.made.example if wide else 0

    @staticmethod
    def _cell(value: float, scale: Scale, kind: str | None, signed: bool) -> Html:
        light, dark = (color_of(value, scale, theme) for theme in ("light", "dark"))
        whole = kind == "y" and value.is_integer()
        text = (
            f"{value:.0f}"
            if whole
            else rounded(value, signed=True)
            if signed and abs(value) >= 0.0005
            else cell_text(value)
        )
        chip = tag("i", class_="cr-chip", style=f"--l:{light};--d:{dark}")
        return tag("td", tag("span", chip, tag("span", text), class_="cr-with"))

    def worked_out(self, equations: Sequence[Equation], why: Html | None) -> Html:
        """The lines with an example's numbers, for the chosen neuron; `why` it is, where that is to be said."""
        shown = [self.worked(each, worked) for each in equations for worked in each.elements]
        if not shown:
            return Html()
        layer = equations[-1].layer
        head = self.say("with numbers")
        if self.made.architecture is not None and 1 < layer < len(self.made.sizes):
            head = self.say(
                "with numbers, neuron {neuron} of layer {layer}", neuron=self.made.neuron(layer), layer=layer
            )
            if why:
                head = self.say("{head}, followed here because {why}", head=head, why=why)
        return tag("div", tag("p", head, class_="cr-head"), *shown, class_="cr-nums")

    def worked(self, item: Equation, worked: Any) -> Html:
        """One element of a line, worked out stage by stage, and what is said of it; it may break before each sign."""
        line = self.made.line(item.symbol, item.step)
        element = next(each for each in line.numbers if each.index == worked.index)
        index = element.index[:1] if line.value.ndim == 2 and line.value.shape[1] == 1 else element.index
        kind = line.rule.target.color if line.rule else None
        parts = [symbol(line.symbol, *index)]
        result = element.written
        for stage in element.stages:
            if len(element.stages) == 1 and "".join(term.text for term in stage) == result:
                continue  # a number that is only passed on
            first, *rest = _broken(stage)
            parts += [joined(operator("="), first), *rest]
        parts.append(joined(operator("="), written_number(result, kind)))
        beside = [self.words.html(each) for each in worked.beside]
        note = tag("p", joined(*beside, by=" · "), class_="cr-note") if beside else Html()
        return joined(tag("p", broken(parts), class_="cr-worked"), note)

    def python(self, lines: Sequence[Line]) -> Html:
        """The lines of Python that run, the dimensions of their symbols under them."""
        written = [python(line.rule) for line in lines if line.rule is not None]
        return tag("code", joined(*written, by="\n"), class_="cr-py", tabindex="0") if written else Html()

    def origin(self, symbols: Sequence[str]) -> Html:
        """The forward equations that backward lines are the derivatives of."""
        rules = [self.made.line(each).rule for each in symbols]
        found = [math(formula(each)) for each in rules if each is not None]
        if not found:
            return Html()
        return tag("p", self.say("derivative of"), " ", self.say.listed(found), class_="cr-origin")

    def curve(self, item: Sketch) -> Html:
        """The positions of a layer's neurons on the curve of their activation."""
        made, layer = self.made, item.layer
        assert made.architecture is not None
        activation = made.architecture.layer(layer).applied
        function = activation.function
        z = np.asarray(made.values[f"z{layer}"])[:, made.example]
        letter = f"{activation.letter}′"
        drawn = curve_of_neurons(lambda value: np.asarray(function(value)), z, made.neuron(layer), slope_name=letter)
        return tag("div", drawn, *(tag("p", self.words.html(each), class_="cr-note") for each in item.caption))


def _broken(stage: Sequence[Term]) -> list[Html]:
    """A stage cut before each sign of a sum, and before a × that stands outside all brackets."""
    cuts, depth = [0], 0
    for at, term in enumerate(stage):
        depth += {"(": 1, ")": -1}.get(term.text, 0)
        if at and (term.text == "+" or (term.text == "×" and not depth and len(stage) > 5)):
            cuts.append(at)
    return [terms(stage[start:end]) for start, end in zip(cuts, [*cuts[1:], len(stage)], strict=True)]


def python(line: Formula) -> Html:
    """A line of Python in the colors of its symbols, and under each its dimensions; gaps open where those need room.

    >>> from chainrule.program.formulas import Place
    >>> b = symbol_term("b2", (30, 1))
    >>> places = (Place(0, "b2", (30, 784)), Place(5, "b2", (30, 784)))
    >>> python(Formula(b, (b,), (), "b2 = b2", places, Symbol("b2", (30, 784), np.dtype(float))))
    '<span class="cr-b">b2</span>   = <span class="cr-b">b2</span>\\n<i>30×784 30×784</i>'
    """
    code, below, end = "", "", 0
    gap = 0  # where the last symbol has ended, and what belongs to it
    for place in line.places:
        code += line.python[end : place.column]
        missing = len(below) + 1 - len(code) if below else 0
        code = code[:gap] + " " * missing + code[gap:]
        below = below.ljust(len(code)) + shape_text(place.shape)
        code += place.name
        end = place.column + len(place.name)
        belonging = _BELONGING.match(line.python, end)
        gap = len(code) + (len(belonging[0]) if belonging else 0)
    code += line.python[end:]
    colored = joined(*(tag("span", part, class_=f"cr-{kind}") if kind else part for part, kind in symbols(code)))
    return joined(colored, "\n", tag("i", below))
