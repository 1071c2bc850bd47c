"""An explanation as HTML, put together from its parts: the title, the steps with their lines and questions, the dimensions.

The parts are written in `blocks`; the file around them is in `document`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.messages import message
from ..program.symbol_names import symbol_text
from ..show.bilingual import Speaker
from ..show.figure import Column, figure
from ..show.heat import scale
from ..show.markup import Html, joined, tag
from ..show.mathml import formula, math, symbol, titled
from ..show.numbers import rounded
from ..show.picture import Look, numbers, picture, summary
from ..show.svg import Change, slope_chart
from .blocks import Blocks
from .outline import Outline
from .recording import Line, Recording, Step
from .scope import evaluator
from .vocabulary import Bar, Equation, Inline, Item, Name, Row, Section, Sentence, Slot, Table
from .vocabulary import Picture as Sketch


class Writer:
    """Puts the parts of one explanation together."""

    def __init__(self, made: Recording, say: Speaker, anchors: bool = False, statistics: bool = True):
        self.made, self.say, self.anchors = made, say, anchors
        self.blocks, self.outline, self.evaluator = Blocks(made, say), Outline(made, statistics), evaluator(made)
        self.followed: set[int] = set()  # layers of which it is said why their neuron is

    def whole(self) -> Html:
        """Everything, from the title to the dimensions."""
        return joined(self.top(), *(self.step(step) for step in self.made.steps), self.dimensions())

    # ---- the top -----------------------------------------------------------------------------------------------------

    def title(self) -> Html:
        """The question that is answered."""
        return self.html(self.outline.title())

    def html(self, item: Item) -> Html:
        """An item that is a part of a line."""
        return self.blocks.words.html(self.evaluator.one(item))

    def top(self) -> Html:
        """Title, image and answers, what this is about, and the key of symbols."""
        return joined(tag("h1", self.title()), self.hero(), *self.introduction(), self.legend(), self.key())

    def hero(self) -> Html:
        """The image and the answers that it was given."""
        made, looks = self.made, self.blocks.looks
        if made.architecture is None:
            return Html()
        parts = []
        if looks.image is not None:
            values = np.asarray(made.values["a1"])[:, made.example : made.example + 1]
            shown = picture(values, Look(looks.scale_of("a1"), looks.image, 0, large=True), self.say)
            parts.append(
                tag("div", shown.html, tag("span", summary(values, self.say), class_="cr-spoken"), class_="cr-drawn")
            )
        if made.outputs.size > 1:
            parts.append(self.bars())
        return tag("div", *parts, class_="cr-hero") if parts else Html()

    def bars(self) -> Html:
        """Each output as a bar; of more than ten, those that matter most."""
        made = self.made
        top = max(1.0, float(np.abs(made.outputs).max()))
        wanted = np.asarray(made.values["y"])[:, made.example] if "y" in made.values else None
        order = np.argsort(-made.outputs, kind="stable")[:10].tolist()
        if made.label is not None and made.label not in order:
            order = [*order[:9], made.label]
        rows = []
        for at in sorted(order):
            value = float(made.outputs[at])
            track = [tag("i", style=f"width:{100 * max(value, 0) / top:.1f}%")]
            if wanted is not None and wanted[at]:
                track.append(tag("u", style=f"left:{100 * min(float(wanted[at]) / top, 1):.1f}%"))
            word = (
                self.say("it is")
                if at == made.label
                else self.say("it reads")
                if at == made.answer and made.classifies
                else ""
            )
            hit = bool(word)
            name = made.class_text(at).removeprefix(str(at)).strip() if made.classifies else ""
            rows.append(
                tag(
                    "li",
                    tag("b", str(at)),
                    tag("span", *track, class_="cr-track"),
                    tag("span", rounded(value) if value >= 0.0005 or value < 0 else "≈ 0", class_="cr-value"),
                    tag("em", name, " · " if name and word else "", word),
                    class_="cr-hit" if hit else None,
                )
            )
        return tag("ol", *rows, class_="cr-bars cr-named" if made.classes else "cr-bars")

    def introduction(self) -> list[Html]:
        """What was given, what came out, what it cost, and what follows."""
        return [tag("p", self.html(each), class_="cr-text") for each in self.outline.introduction()]

    def legend(self) -> Html:
        """What colors stand for."""
        bars = [
            tag("span", "0", tag("i", class_="cr-seq"), "1 ", self.say("activation"), class_="cr-scale"),
            tag(
                "span",
                "−",
                tag("i", class_="cr-div"),
                "+ ",
                self.say("below zero, zero, above zero"),
                class_="cr-scale",
            ),
        ]
        return tag("p", self.say("In the pictures:"), *bars, class_="cr-legend")

    def key(self) -> Html:
        """Each kind of symbol once, in words, with its dimensions; parameters after what is given, as they come into use."""
        found = Outline(self.made)
        seen: dict[str, Html] = {}
        pairs = [
            (line, item) for step in self.made.steps for line, item in zip(step.lines, found.lines(step), strict=True)
        ]
        for line, item in sorted(
            pairs, key=lambda pair: (pair[0].layer != 1 and pair[0].symbol != "y", pair[1].step != 6)
        ):
            kind = line.meaning if self.made.architecture is not None else line.symbol
            size = tag("span", shape_text(line.value.shape), class_="cr-dim")
            seen.setdefault(kind, tag("li", math(symbol(line.symbol)), tag("span", self.html(item.lasting)), size))
        return tag("ul", *seen.values(), class_="cr-key")

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def step(self, step: Step) -> Html:
        """One step: its name, its sentence, its lines, and what a learner asks."""
        section = self.evaluator.one(self.outline.step(step))
        head = tag("h2", tag("i", str(step.number)), self.blocks.words.html(section.title))
        first, *items = section.items
        sentence = tag("p", self.blocks.words.html(first), class_="cr-say")
        anchor = f"step-{step.number}" if self.anchors else None
        return tag("section", head, sentence, *self.content(step, items), class_="cr-step", id=anchor)

    def content(self, step: Step, items: Sequence[Any]) -> list[Html]:
        """The lines of a step, those of one layer together, and what follows them."""
        lines = [item for item in items if isinstance(item, Equation)]
        if step.number == 1 and self.blocks.looks.image is not None:
            written = [self.input(step, lines)]
        else:
            written = self.groups(step, lines)
        return [*written, *self.items([item for item in items if not isinstance(item, Equation)])]

    def items(self, items: Sequence[Any]) -> list[Html]:
        """Sentences, tables and pictures, those that follow one another side by side, and the answers to questions."""
        words, written = self.blocks.words, []
        for beside, group in groupby(items, lambda item: isinstance(item, Table | Sketch)):
            if beside:
                written.append(tag("div", *map(self._beside, group), class_="cr-block"))
                continue
            for item in group:
                if isinstance(item, Section):
                    written += [tag("h3", words.html(item.title)), *self.items(item.items)]
                else:
                    written.append(tag("p", words.html(item), class_="cr-text"))
        return written

    def _beside(self, item: Table | Sketch) -> Html:
        if isinstance(item, Table):
            given: Sequence[Any] = item.rows
            rows = [
                tag("tr", *(self._cell(cell, row) for cell in row.cells), class_=row.role and f"cr-{row.role}")
                for row in given
            ]
            head = [tag("thead", rows.pop(0))] if given[0].role == "head" else []
            table = tag("table", *head, tag("tbody", *rows), class_="cr-answer")
            return tag("div", table, class_="cr-wide", tabindex="0", role="group")
        return self.evidence(item) if item.name == "evidence" else self.change()

    def _cell(self, cell: Any, row: Row) -> Html:
        """A cell of a table: numbers to the right, in their colors, beside a bar where they have one."""
        if row.role == "head":
            if isinstance(cell, Name):
                content = titled(symbol(cell.symbol), symbol_text(cell.symbol))
            else:
                content = self.blocks.words.html(cell)
            return tag("th", content, scope="col") if content else tag("td")
        parts = cell.parts if isinstance(cell, Inline) else (cell,)
        number = next((each for each in parts if isinstance(each, Slot)), None)
        drawn = [
            self.thumb(int(str(each.index[0]))) if isinstance(each, Sketch) else self.blocks.words.html(each)
            for each in parts
        ]
        kinds = [f"cr-{number.kind}"] if number is not None and number.kind else []
        if isinstance(cell, Bar) or (isinstance(cell, Inline) and isinstance(parts[0], Bar)):
            return tag("td", tag("span", *drawn, class_="cr-pushed"), class_=" ".join(["cr-value", *kinds]))
        return tag("td", *drawn, class_=" ".join([*["cr-value"] * (number is not None), *kinds]) or None)

    def thumb(self, neuron: int) -> Html:
        """The weights of a neuron as a small picture."""
        weights = np.asarray(self.made.values["w2"])
        look = Look(scale(weights, share=0.995, diverging=True), self.blocks.looks.image, 1, small=True)
        return tag("span", picture(weights[neuron : neuron + 1], look, Speaker(("en",))).html, class_="cr-thumb")

    def evidence(self, item: Sketch) -> Html:
        """What each pixel says for one answer or the other."""
        values = self.evaluator.value("evidence").reshape(-1, 1)
        look = Look(scale(values, share=0.995, diverging=True), self.blocks.looks.image, 0, large=True)
        spoken = tag("span", summary(values, self.say), class_="cr-spoken")
        words = [tag("p", self.blocks.words.html(each), class_="cr-note") for each in item.caption]
        return tag("div", picture(values, look, self.say).html, spoken, *words, class_="cr-evidence")

    def change(self) -> Html:
        """The outputs before and after a step, as lines."""
        made = self.made
        before, after = made.outputs, self.evaluator.value(f"after a{len(made.sizes)}")[:, made.example]
        marks = {made.answer: "answer"} | ({made.label: "truth"} if made.label is not None else {})
        if not made.classifies:
            marks = dict.fromkeys(range(min(3, len(before))), "answer")
        lines = [Change(str(at), float(before[at]), float(after[at]), marks.get(at, "")) for at in range(len(before))]
        ends = tag(
            "p",
            *(tag("span", self.say(each)) for each in (message("before", "step"), message("after", "step"))),
            class_="cr-ends",
        )
        return tag("div", ends, slope_chart(lines, top=max(1.0, float(max(before.max(), after.max())))))

    def input(self, step: Step, lines: Sequence[Equation]) -> Html:
        """The image, unrolled into a column, and the desired output beside it."""
        made, blocks = self.made, self.blocks
        pixels, *rest = step.lines
        value = np.asarray(pixels.value)
        one = value[:, made.example : made.example + 1]
        ink, image = blocks.looks.scale_of("a1"), blocks.looks.image
        assert image is not None
        flat = picture(one, Look(ink, image, 0, lying=True), self.say)
        seen = picture(one, Look(ink, image, 0), self.say)
        spoken = tag("span", summary(one, self.say), class_="cr-spoken")
        columns: list[Column | str] = [
            Column(symbol("x"), image, seen),
            "→",
            Column(
                symbol("a1"),
                value.shape,
                replace(flat, html=joined(flat.html, spoken)),
                self.say("row by row, drawn sideways"),
            ),
        ]
        figures = [tag("div", figure(columns), numbers([(math(symbol("a1")), value.shape, seen)], self.say))]
        for line in rest:
            shown = picture(line.value, Look(blocks.looks.scale_of(line.symbol)), self.say)
            spoken = tag("span", summary(line.value, self.say), class_="cr-spoken")
            column = Column(symbol(line.symbol), line.value.shape, replace(shown, html=joined(shown.html, spoken)))
            figures.append(tag("div", figure([column])))
        block = tag("div", tag("div", *figures, class_="cr-figures"), class_="cr-block")
        return joined(block, blocks.python([pixels]), self.statistics(lines))

    def groups(self, step: Step, items: Sequence[Equation]) -> list[Html]:
        """The lines of a step, those of one layer together."""
        alone = itertools.count(1)
        groups = [
            list(group)
            for _, group in groupby(items, lambda item: 0 if step.number in (1, 3) else -item.layer or next(alone))
        ]
        written = []
        for group in groups:
            if len(groups) > 1 and group[0].layer:
                written.append(tag("h3", self.say("Layer {layer}", layer=group[0].layer)))
            written.append(self.block(step, group))
        return written

    def block(self, step: Step, items: Sequence[Equation]) -> Html:
        """Lines that belong together: their figures, beside them their numbers, below them their Python."""
        blocks = self.blocks
        lines = [self.made.line(each.symbol, each.step) for each in items]
        shown = sorted(lines, key=blocks.is_plain) if step.number >= 5 else lines
        figures = [
            tag("div", self.figure(line), class_="cr-plain" if blocks.is_plain(line) else None) for line in shown
        ]
        class_ = "cr-figures cr-down" if step.number >= 5 else "cr-figures"
        notes = [note for each in items for note in each.notes]
        curves = [blocks.curve(each) for each in notes if isinstance(each, Sketch) and each.name == "curve"]
        numbers_beside = blocks.worked_out(items, self.why_followed(items[-1].layer))
        side = tag("div", numbers_beside, *curves, class_="cr-side") if numbers_beside or curves else Html()
        return joined(
            tag("div", tag("div", *figures, class_=class_), side, class_="cr-block"),
            self.signs(items),
            blocks.python(lines),
            blocks.origin([*dict.fromkeys(symbol for each in items for symbol in each.origin)]),
            self.statistics(items),
        )

    def why_followed(self, layer: int) -> Html | None:
        """Why a hidden layer's neuron is followed, where that has not been said."""
        if self.made.architecture is None or not 1 < layer < len(self.made.sizes) or layer in self.followed:
            return None
        self.followed.add(layer)
        return self.html(self.outline.why_followed(layer))

    def signs(self, items: Sequence[Equation]) -> Html:
        """What the signs do that stand in these lines for the first time."""
        said = [self.blocks.words.html(sign) for each in items for sign in each.signs]
        return tag("p", joined(*said, by=self.say("; ")), class_="cr-note cr-signs") if said else Html()

    def statistics(self, items: Sequence[Equation]) -> Html:
        """How large the numbers of each value are, and how much of it does nothing."""
        rows = []
        for each in items:
            said = [tag("span", self.blocks.words.html(note)) for note in each.notes if isinstance(note, Sentence)]
            if said:
                rows.append(tag("p", math(symbol(each.symbol)), *said, class_="cr-stat"))
        return joined(*rows)

    def figure(self, line: Line) -> Html:
        """A line as a figure or, where its columns are short, as a table; what is given, as its picture."""
        if line.rule is None or (self.made.architecture is not None and line.symbol == "a1"):
            return self.blocks.given(line)
        if self.blocks.is_plain(line):
            return self.blocks.plain(line)
        return self.blocks.table(line) if self.blocks.is_short(line) else self.blocks.figure(line)

    # ---- the end -----------------------------------------------------------------------------------------------------

    def dimensions(self) -> Html:
        """Every symbol with its dimensions and its equation."""
        say = self.say
        seen: dict[str, Line] = {}
        for line in self.made.lines:
            seen.setdefault(line.symbol, line)
        rows = [
            tag(
                "tr",
                tag("th", titled(symbol(line.symbol), symbol_text(line.symbol)), scope="row"),
                tag("td", shape_text(line.value.shape), class_="cr-dim"),
                tag("td", math(formula(line.rule)) if line.rule and line.symbol != "a1" else ""),
                tag("td", line.rule.dimensions if line.rule and line.symbol != "a1" else "", class_="cr-dim"),
            )
            for line in seen.values()
        ]
        names = (message("symbol"), message("dimensions"), message("equation"), message("with dimensions"))
        head = tag("tr", *(tag("th", say(name), scope="col") for name in names))
        table = tag("table", tag("thead", head), tag("tbody", *rows), class_="cr-shapes")
        return tag(
            "section",
            tag("h2", say("All dimensions on one page")),
            tag(
                "p",
                say("A gradient has the shape of its parameter or argument; an error has the shape of its layer."),
                class_="cr-say",
            ),
            tag("div", table, class_="cr-wide", tabindex="0", role="group"),
            class_="cr-step",
        )
