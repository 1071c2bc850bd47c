"""An explanation and the article in HTML: what their data say, set as headings, paragraphs, figures and tables.

The figures are drawn in `figures`; the file around them is in `document`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import groupby, repeat
from typing import Any

import numpy as np

from ..core.dims import Shape, shape_text
from ..core.messages import message
from ..program.symbol_names import symbol_parts, symbol_text
from ..show.figure import Column, figure
from ..show.markup import Html, Speaker, joined, tag
from ..show.mathml import broken, element, formula, math, operator, symbol, titled, written_number
from ..show.numbers import rounded
from ..show.picture import numbers
from ..show.svg import Change, slope_chart
from .figures import Figures, cut, fits, ground, python
from .fitting import LINE, WAVE
from .letters import outline_of
from .picture_style import image_shape
from .recording import Line, Recording, Step, shown_index
from .scope import evaluator
from .vocabulary import Bar, Code, Equation, Inline, Item, Name, Picture, Section, Sentence, Shade, Slot, Table
from .windows import place_of

_PARAGRAPHS = {
    "say": "cr-say", "words": "cr-say", "heading": "cr-head", "derived": "cr-head cr-derived",
    "quoted": "cr-quoted",
}  # fmt: skip
"""Classes of paragraphs, by the role of their sentence."""
_WORD = 5  # letters of a symbol that is a word, and takes more room


class HtmlRenderer:
    """Sets one explanation in the languages of a speaker; with `anchors` its steps can be linked to."""

    def __init__(self, made: Recording, say: Speaker, anchors: bool = False):
        self.made, self.say, self.anchors = made, say, anchors
        self.figures, self.outline, self.evaluator = Figures(made, say), outline_of(made), evaluator(made)
        self.followed: set[int] = set()  # layers of which it is said why their neuron is

    def whole(self, about: str = "") -> Html:
        """Everything, from the title to the dimensions, with what is said about the example below the title."""
        top = [
            tag("h1", self.title()),
            self.hero(about),
            *self.items(self.evaluator.give(self.outline.introduction())),
        ]
        steps = (self.section(self.evaluator.one(self.outline.step(step))) for step in self.made.steps)
        return joined(*top, self.legend(), self.key(), *steps, self.dimensions())

    # ---- parts of a line ---------------------------------------------------------------------------------------------

    def inline(self, part: Any) -> Html:
        """An evaluated part of a line: its words, numbers, symbols and bars."""
        if isinstance(part, Sentence):
            return self.say(part.text, **{name: self.inline(each) for name, each in part.slots.items()})
        if isinstance(part, Inline):
            return joined(*map(self.inline, part.parts))
        if isinstance(part, Name):
            return math(self._element(part.symbol, part.index))
        if isinstance(part, Bar):
            return _bar(float(str(part.value)), part.kind)
        if isinstance(part, Slot):
            return tag("b", str(part.value), class_="cr-nowrap") if part.strong else joined(str(part.value))
        if isinstance(part, Picture):
            return tag("span", self.figures.weights(int(str(part.index[0]))), class_="cr-thumb")
        return joined(part) if isinstance(part, str) else Html()

    def _element(self, name: str, index: Sequence[Any]) -> Html:
        plain = self.made.architecture is not None and not symbol_parts(name)[3]
        return (symbol if plain else element)(name, *map(str, index))

    def html(self, item: Item) -> Html:
        """The same of one that is not evaluated yet."""
        return self.inline(self.evaluator.one(item))

    # ---- the top -----------------------------------------------------------------------------------------------------

    def title(self) -> Html:
        """The question that is answered."""
        return self.html(self.outline.title())

    def hero(self, about: str = "") -> Html:
        """The image, or what is said about the example in its place, and the answers that it was given."""
        made = self.made
        if made.architecture is None:
            return Html()
        parts = [about] if about else []
        if self.figures.image is not None:
            parts.append(tag("div", self.figures.of_example(large=True), class_="cr-drawn"))
        if made.outputs.size > 1:
            parts.append(self.bars())
        return tag("div", *parts, class_="cr-hero") if parts else Html()

    def bars(self) -> Html:
        """The strongest outputs as bars."""
        made, rows = self.made, []
        top = max(1.0, float(np.abs(made.outputs).max()))
        wanted = np.asarray(made.values["y"])[:, made.example] if "y" in made.values else np.zeros(made.outputs.size)
        for at in made.strongest():
            value, truth = float(made.outputs[at]), float(wanted[at])
            track = [tag("i", style=f"width:{100 * max(value, 0) / top:.1f}%")]
            track += [tag("u", style=f"left:{100 * min(truth / top, 1):.1f}%")] if truth else []
            word = Html()
            if made.classifies and at in (made.label, made.answer):
                word = self.say("it is" if at == made.label else "it reads")
            name = made.class_text(at).removeprefix(str(at)).strip() if made.classifies else ""
            number = rounded(value) if value >= 0.0005 or value < 0 else "≈ 0"
            cells = tag("b", str(at)), tag("span", *track, class_="cr-track"), tag("span", number, class_="cr-value")
            said = tag("em", name, " · " if name and word else "", word)
            rows.append(tag("li", *cells, said, class_="cr-hit" if word else None))
        return tag("ol", *rows, class_="cr-bars cr-named" if made.classes else "cr-bars")

    def legend(self) -> Html:
        """What colors stand for."""
        share = "0", tag("i", class_="cr-seq"), "1 ", self.say("activation")
        signed = "−", tag("i", class_="cr-div"), "+ ", self.say("below zero, zero, above zero")
        scales = (tag("span", *each, class_="cr-scale") for each in (share, signed))
        return tag("p", self.say("In the pictures:"), *scales, class_="cr-legend")

    def key(self) -> Html:
        """Each kind of symbol once, in words, with its dimensions; parameters after what is given, as they come into use."""
        outline, made = outline_of(self.made), self.made
        pairs = [pair for step in made.steps for pair in zip(step.lines, outline.lines(step), strict=True)]
        pairs.sort(key=lambda pair: (pair[0].layer != 1 and pair[0].symbol != "y", pair[1].step != 6))
        seen: dict[str, Html] = {}
        for line, item in pairs:
            kind = line.meaning if made.architecture is not None else line.symbol
            if made.maps(max(line.layer, 1)) is not None and line.layer > 1:
                kind = item.lasting.text
            size = tag("span", shape_text(line.value.shape), class_="cr-dim")
            seen.setdefault(kind, tag("li", math(symbol(line.symbol)), tag("span", self.html(item.lasting)), size))
        written = (symbol_text(line.symbol) for line in made.lines if not line.symbol.startswith("dC_d"))
        worded = any(len(each) > _WORD for each in written)
        return tag("ul", *seen.values(), class_="cr-key cr-worded" if worded else "cr-key")

    # ---- sections ----------------------------------------------------------------------------------------------------

    def section(self, section: Section) -> Html:
        """A section: its title, with the number of its step, and what it consists of."""
        number = [tag("i", str(section.number))] if section.number else []
        anchor = f"step-{section.number}" if self.anchors and section.number else None
        head = tag("h2", *number, self.inline(section.title))
        return tag("section", head, *self.items(section.items), class_="cr-step", id=anchor)

    def items(self, items: Sequence[Any]) -> list[Html]:
        """Equations, those of one layer together; tables and pictures side by side; sentences, code, answers to questions."""
        written: list[Html] = []
        for kind, group in groupby(items, _kind):
            if kind == "equations":
                written += self.equations([*group])
            elif kind == "beside":
                written.append(tag("div", *map(self._beside, group), class_="cr-block"))
            else:
                written += [each for item in group for each in self._item(item)]
        return written

    def _item(self, item: Any) -> list[Html]:
        if isinstance(item, Section):
            return [tag("h3", self.inline(item.title)), *self.items(item.items)]
        if isinstance(item, Code):
            lines = [
                tag(
                    "span",
                    code,
                    tag("i", "# ", self.inline(comment)) if comment else "",
                    style=f"--in:{len(code) - len(code.lstrip())}",
                )
                for code, comment in item.lines
            ]
            return [tag("code", joined(*lines, by="\n"), class_="cr-py cr-told", tabindex="0")]
        if isinstance(item, Picture):
            return self._picture(item)
        role = item.role if isinstance(item, Sentence) else ""
        words = tag("b", self.inline(item)) if role == "strong" else self.inline(item)
        if role == "quote":
            return [tag("blockquote", tag("p", words, class_="cr-say"), class_="cr-quote")]
        if role == "departure":
            return [tag("p", "▲ ", words, class_="cr-margin", role="note")]
        return [tag("p", words, class_=_PARAGRAPHS.get(role, "cr-text"))]

    def _beside(self, item: Table | Picture) -> Html:
        if isinstance(item, Table):
            return tag("div", self.table(item), class_="cr-wide", tabindex="0", role="group")
        if item.name == "change":
            return self.change()
        pixels = self.figures.pixels(self.evaluator.value("evidence"))
        return tag("div", pixels, *self.captions(item.caption), class_="cr-evidence")

    def _picture(self, item: Picture) -> list[Html]:
        """What the article ends with: functions that are fitted, side by side."""
        if item.name == "window":
            return [self.figures.window(item.layer)]
        if item.name != "fits":
            return self.items(item.caption)
        given: Sequence[Any] = item.instead
        tables = (self.table(each) for each in given if isinstance(each, Table))
        drawings = [fits(LINE), fits(WAVE), self.figures.of_example(large=True)]
        beside = joined(" ", self.say("The number beside a line says after how many steps it was there."))
        words = [self.inline(each) for each in item.caption]
        shown = [
            tag("figure", drawn, tag("figcaption", each, beside if table else "", class_="cr-note"), table)
            for drawn, each, table in itertools.zip_longest(drawings, words, tables, fillvalue=Html())
        ]
        return [tag("div", *shown, class_="cr-fits")]

    def captions(self, captions: Sequence[Any]) -> list[Html]:
        """What is said under a picture."""
        return [tag("p", self.inline(each), class_="cr-note") for each in captions]

    def table(self, item: Table) -> Html:
        """A table; its first row may be its head."""
        given: Sequence[Any] = item.rows
        rows = [
            tag(
                "tr",
                *map(self._cell, row.cells, item.align, repeat(row.role)),
                class_=f"cr-{row.role}" if row.role else None,
            )
            for row in given
        ]
        head = [tag("thead", rows.pop(0))] if given[0].role == "head" else []
        words = [tag("caption", self.inline(item.caption))] if item.caption else []
        shaded = any(isinstance(cell, Shade) for row in given for cell in row.cells)
        return tag("table", *words, *head, tag("tbody", *rows), class_="cr-answer cr-grid" if shaded else "cr-answer")

    def _cell(self, cell: Any, align: str, role: str) -> Html:
        """A cell of a table: what stands at the right there, numbers in their colors, and beside a bar where they have one."""
        right = "cr-value" if align == ">" else ""
        if role == "head":
            spoken = isinstance(cell, Name)
            content = titled(symbol(cell.symbol), symbol_text(cell.symbol)) if spoken else self.inline(cell)
            return tag("th", content, scope="col", class_=right or None) if content else tag("td")
        if isinstance(cell, Shade):
            text = self.inline(cell.text)
            return tag("td", text, class_=f"cr-shade {right}".strip(), style=ground(float(str(cell.value))))
        parts = cell.parts if isinstance(cell, Inline) else (cell,)
        kind = next((f" cr-{each.kind}" for each in parts if isinstance(each, Slot) and each.kind), "")
        content = self.inline(cell)
        if isinstance(parts[0], Bar):
            content = tag("span", content, class_="cr-pushed")
        return tag("td", content, class_=f"{right}{kind}".strip() or None)

    def change(self) -> Html:
        """The outputs before and after a step, as lines."""
        made = self.made
        before, after = made.outputs, self.evaluator.value(f"after a{len(made.sizes)}")[:, made.example]
        marks = {made.answer: "answer"} | ({made.label: "truth"} if made.label is not None else {})
        if not made.classifies:
            marks = dict.fromkeys(range(min(3, len(before))), "answer")
        lines = [Change(str(at), float(before[at]), float(after[at]), marks.get(at, "")) for at in range(len(before))]
        words = (self.say(each) for each in (message("before", "step"), message("after", "step")))
        chart = slope_chart(lines, top=max(1.0, float(max(before.max(), after.max()))))
        return tag("div", tag("p", *(tag("span", each) for each in words), class_="cr-ends"), chart)

    # ---- equations ---------------------------------------------------------------------------------------------------

    def equations(self, items: Sequence[Equation]) -> list[Html]:
        """The lines of a step, those of one layer together under its number."""
        step = items[0].step
        if step == 1 and self.figures.image is not None:
            return [self.input(self.made.steps[0], items)]
        alone = itertools.count(1)
        written = []
        groups = [
            [*group] for _, group in groupby(items, lambda item: 0 if step in (1, 3) else -item.layer or next(alone))
        ]
        for group in groups:
            if len(groups) > 1 and group[0].layer:
                written.append(tag("h3", self.say("Layer {layer}", layer=group[0].layer)))
            written.append(self.block(step, group))
        return written

    def input(self, step: Step, items: Sequence[Equation]) -> Html:
        """The image, unrolled into a column, and the desired output beside it."""
        pixels, *rest = step.lines
        seen, flat = self.figures.column_of_example(), self.figures.column_of_example(lying=True)
        if self.made.maps(1):
            shown = [self.figures.given(line) for line in step.lines]
            figures = tag("div", *(tag("div", each) for each in shown), class_="cr-figures")
            return joined(tag("div", figures, class_="cr-block"), _code([pixels]), self.statistics(items))
        shape = image_shape(self.made)
        assert shape is not None
        if shape.channels > 1:
            sizes: Shape = (shape.channels, shape.rows, shape.columns)
            order = self.say("red, green and blue, each row by row, drawn sideways")
        else:
            sizes, order = (shape.rows, shape.columns), self.say("row by row, drawn sideways")
        columns: list[Column | str] = [
            Column(symbol("x"), sizes, seen),
            "→",
            Column(symbol("a1"), pixels.value.shape, flat, order),
        ]
        shown = [joined(figure(columns), numbers([(math(symbol("a1")), pixels.value.shape, seen)], self.say))]
        shown += [self.figures.given(line) for line in rest]
        figures = tag("div", *(tag("div", each) for each in shown), class_="cr-figures")
        return joined(tag("div", figures, class_="cr-block"), _code([pixels]), self.statistics(items))

    def block(self, step: int, items: Sequence[Equation]) -> Html:
        """Lines that belong together: their figures, beside them their numbers, below them their Python."""
        plain = self.figures.is_plain
        lines = [self.made.line(each.symbol, each.step) for each in items]
        shown = sorted(lines, key=plain) if step >= 5 else lines
        figures = [tag("div", self.figures.of(line), class_="cr-plain" if plain(line) else None) for line in shown]
        curves = [
            tag("div", self.figures.curve(each.layer), *self.captions(each.caption))
            for item in items
            for each in item.notes
            if isinstance(each, Picture) and each.name == "curve"
        ]
        side = [*self.worked_out(items), *curves]
        return joined(
            tag("div", tag("div", *figures, class_="cr-figures cr-down" if step >= 5 else "cr-figures"),
                tag("div", *side, class_="cr-side") if side else "", class_="cr-block"),
            self.signs(items), _code(lines), self.origin(items), self.statistics(items),
        )  # fmt: skip

    def worked_out(self, items: Sequence[Equation]) -> list[Html]:
        """The lines with an example's numbers, for the chosen neuron, and why it is that one, where that is to be said."""
        shown = [self._worked(each, worked) for each in items for worked in each.elements]
        layer, made = items[-1].layer, self.made
        head = self.say("with numbers")
        if made.architecture is not None and 1 < layer < len(made.sizes):
            head = self.say("with numbers, neuron {neuron} of layer {layer}", neuron=made.neuron(layer), layer=layer)
            if made.places(layer):
                names = ("place", "channel")
                place = {each: int(made.facts[f"{each}{layer}"]) for each in names}
                head = self.say(
                    "with numbers, place {place} and channel {channel} of layer {layer}", layer=layer, **place
                )
            if made.maps(layer):
                place = dict(zip(("map", "row", "column"), place_of(made, layer, made.neuron(layer)), strict=True))
                head = self.say(
                    "with numbers, map {map} of layer {layer}, row {row}, column {column}", layer=layer, **place
                )
            if shown and layer not in self.followed:
                self.followed.add(layer)
                head = self.say(
                    "{head}, followed here because {why}", head=head, why=self.html(self.outline.why_followed(layer))
                )
        return [tag("div", tag("p", head, class_="cr-head"), *shown, class_="cr-nums")] if shown else []

    def _worked(self, item: Equation, worked: Any) -> Html:
        """One element of a line, worked out stage by stage, and what is said of it; it may break before each sign."""
        line = self.made.line(item.symbol, item.step)
        element = next(each for each in line.numbers if each.index == worked.index)
        index = shown_index(line.symbol, line.value.shape, element.index)
        parts = [self._element(line.symbol, index)]
        for stage in element.stages:
            first, *rest = cut(stage)
            parts += [joined(operator("="), first), *rest]
        parts.append(
            joined(operator("="), written_number(element.written, line.formula.target.color if line.formula else None))
        )
        beside = [self.inline(each) for each in worked.beside]
        note = tag("p", joined(*beside, by=" · "), class_="cr-note") if beside else Html()
        return joined(tag("p", broken(parts), class_="cr-worked"), note)

    def origin(self, items: Sequence[Equation]) -> Html:
        """The forward equations that these lines are the derivatives of."""
        origins = [
            self.made.line(each).formula for each in dict.fromkeys(symbol for item in items for symbol in item.origin)
        ]
        found = [math(formula(each)) for each in origins if each is not None]
        return tag("p", self.say("derivative of"), " ", self.say.listed(found), class_="cr-origin") if found else Html()

    def signs(self, items: Sequence[Equation]) -> Html:
        """What the signs do that stand in these lines for the first time."""
        said = [self.inline(sign) for each in items for sign in each.signs]
        return tag("p", joined(*said, by=self.say("; ")), class_="cr-note cr-signs") if said else Html()

    def statistics(self, items: Sequence[Equation]) -> Html:
        """How large the numbers of each value are, and how much of it does nothing."""
        rows = []
        for each in items:
            said = [tag("span", self.inline(note)) for note in each.notes if isinstance(note, Sentence)]
            rows += [tag("p", math(symbol(each.symbol)), *said, class_="cr-stat")] if said else []
        return joined(*rows)

    # ---- the end -----------------------------------------------------------------------------------------------------

    def dimensions(self) -> Html:
        """Every symbol with its dimensions and its equation."""
        say, rows = self.say, []
        for line in self.made.lines:
            shown = line.formula if line.symbol != "a1" else None
            cells = (
                tag("th", titled(symbol(line.symbol), symbol_text(line.symbol)), scope="row"),
                tag("td", shape_text(line.value.shape), class_="cr-dim"),
                tag("td", math(formula(shown)) if shown else ""),
                tag("td", shown.dimensions if shown else "", class_="cr-dim"),
            )
            rows.append(tag("tr", *cells))
        heads = (say("symbol"), say("dimensions"), say("equation"), say("with dimensions"))
        head = tag("tr", *(tag("th", each, scope="col") for each in heads))
        table = tag("table", tag("thead", head), tag("tbody", *rows), class_="cr-shapes")
        words = say("A gradient has the shape of its parameter or argument; an error has the shape of its layer.")
        return tag(
            "section", tag("h2", say("All dimensions on one page")), tag("p", words, class_="cr-say"),
            tag("div", table, class_="cr-wide", tabindex="0", role="group"), class_="cr-step",
        )  # fmt: skip


def _kind(item: Any) -> str:
    """How an item stands among others: with equations of its layer, beside tables and pictures, or by itself."""
    beside = isinstance(item, Table) or (isinstance(item, Picture) and item.name in ("change", "evidence"))
    return "equations" if isinstance(item, Equation) else "beside" if beside else ""


def _code(lines: Sequence[Line]) -> Html:
    """The lines of Python that run, the dimensions of their symbols under them."""
    written = [python(line.formula) for line in lines if line.formula is not None]
    return tag("code", joined(*written, by="\n"), class_="cr-py", tabindex="0") if written else Html()


def _bar(share: float, kind: str) -> Html:
    """A bar in a color; without one from the middle to the right where it is positive, hatched to the left where not."""
    width = min(abs(share), 1)
    if kind:
        return tag("span", tag("i", style=f"width:{100 * width:.1f}%;background:var(--{kind})"), class_="cr-track")
    style = f"width:{50 * width:.1f}%;left:{50 if share > 0 else 50 - 50 * width:.1f}%"
    return tag("span", tag("i", class_="cr-plus" if share > 0 else "cr-minus", style=style), class_="cr-push")
