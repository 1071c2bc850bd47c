"""An explanation as HTML, put together from its parts: the title, the steps with their lines and questions, the dimensions.

The parts are written in `blocks`; the file around them is in `document`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core.dims import shape_text
from ..core.messages import listed
from ..program.symbol_names import symbol_text
from ..show.bilingual import Speaker
from ..show.figure import Column, figure
from ..show.markup import Html, joined, tag
from ..show.mathml import math, rule, symbol, titled
from ..show.numbers import rounded
from ..show.picture import Look, numbers, picture, summary
from . import questions_html
from .blocks import Blocks
from .recording import Line, Recording, Step
from .sentences import is_new, meaning_of, sentence_of
from .signs import new_signs


class Writer:
    """Puts the parts of one explanation together."""

    def __init__(self, made: Recording, say: Speaker, anchors: bool = False, statistics: bool = True):
        self.made, self.say, self.anchors, self.statistics = made, say, anchors, statistics
        self.blocks = Blocks(made, say)

    def whole(self) -> Html:
        """Everything, from the title to the dimensions."""
        return joined(self.top(), *(self.step(step) for step in self.made.steps), self.dimensions())

    # ---- the top -----------------------------------------------------------------------------------------------------

    def title(self) -> Html:
        """The question that is answered."""
        made = self.made
        if made.architecture is None:
            return self.say("document.function", name=made.name)
        if not made.classifies:
            return self.say("document.regression")
        if made.label is None:
            return self.say("document.unknown")
        key = "right" if made.answer == made.label else "wrong"
        return self.say(f"document.{key}", label=made.class_text(made.label), answer=made.class_text(made.answer))

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
            word = "it is" if at == made.label else "it reads" if at == made.answer and made.classifies else ""
            hit = bool(word)
            name = made.class_text(at).removeprefix(str(at)).strip() if made.classifies else ""
            rows.append(
                tag(
                    "li",
                    tag("b", str(at)),
                    tag("span", *track, class_="cr-track"),
                    tag("span", rounded(value) if value >= 0.0005 or value < 0 else "≈ 0", class_="cr-value"),
                    tag("em", name, " · " if name and word else "", self.say(f"document.{word}") if word else ""),
                    class_="cr-hit" if hit else None,
                )
            )
        return tag("ol", *rows, class_="cr-bars cr-named" if made.classes else "cr-bars")

    def introduction(self) -> list[Html]:
        """What was given, what came out, what it cost, and what follows."""
        made, say = self.made, self.say
        if made.architecture is None:
            return [tag("p", say("document.below function"), class_="cr-text")]
        said = [say("document.network", sizes=listed(made.sizes, last="{words} and {word}"))]
        if made.classifies and made.outputs.size > 1:
            known = {"answer": made.class_text(made.answer), "activation": rounded(float(made.outputs[made.answer]))}
            if made.label is None or made.label == made.answer:
                said.append(say("document.gives", **known))
            else:
                truth = rounded(float(made.outputs[made.label]))
                said.append(say("document.gives truth", label=made.class_text(made.label), truth=truth, **known))
        if made.cost is not None:
            said.append(say("document.costs", cost=tag("b", f"C = {rounded(made.cost, 4)}", class_="cr-nowrap")))
        if made.m > 1:
            said.append(say("document.batch", m=made.m, example=made.example))
        below = "below" if made.backward is not None else "below forward"
        paragraphs = [say.listed(said, "{words} {word}"), say(f"document.{below}")]
        return [tag("p", text, class_="cr-text") for text in paragraphs]

    def legend(self) -> Html:
        """What colors stand for."""
        bars = [
            tag(
                "span", "0", tag("i", class_="cr-seq"), "1 ", self.say("document.colors activation"), class_="cr-scale"
            ),
            tag("span", "−", tag("i", class_="cr-div"), "+ ", self.say("document.colors signed"), class_="cr-scale"),
        ]
        return tag("p", self.say("document.colors"), *bars, class_="cr-legend")

    def key(self) -> Html:
        """Each kind of symbol once, in words, with its dimensions; parameters after what is given, as they come into use."""
        seen: dict[str, Line] = {}
        for line in sorted(
            self.made.lines, key=lambda line: (line.layer != 1 and line.symbol != "y", not is_new(line))
        ):
            seen.setdefault(line.meaning if self.made.architecture is not None else line.symbol, line)
        rows = [
            tag("li", math(symbol(line.symbol)), tag("span", meaning_of(self.made, line, self.say, new=False)),
                tag("span", shape_text(line.value.shape), class_="cr-dim"))
            for line in seen.values()
        ]  # fmt: skip
        return tag("ul", *rows, class_="cr-key")

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def step(self, step: Step) -> Html:
        """One step: its name, its sentence, its lines."""
        say = self.say
        head = tag("h2", tag("i", str(step.number)), say(f"explain.step{step.number}"))
        sentence = tag("p", sentence_of(self.made, step, say), class_="cr-say")
        content = self.content(step)
        if self.made.architecture is not None:
            content.append(self.asked(step.number))
        anchor = f"step-{step.number}" if self.anchors else None
        return tag("section", head, sentence, *content, class_="cr-step", id=anchor)

    def content(self, step: Step) -> list[Html]:
        """The lines of a step."""
        if step.number == 1 and self.blocks.looks.image is not None:
            return [self.input(step)]
        return self.groups(step)

    def asked(self, step: int) -> Html:
        """What a learner asks at this step."""
        made, say = self.made, self.say
        if step == 2 and made.classifies and made.outputs.size > 1:
            return questions_html.why(made, say)
        if step == 4 and len(made.sizes) > 2:
            return questions_html.fading(made, say)
        if step == 5:
            return questions_html.proof(made, say)
        return questions_html.change(made, say) if step == 6 else Html()

    def input(self, step: Step) -> Html:
        """The image, unrolled into a column, and the desired output beside it."""
        made, blocks = self.made, self.blocks
        pixels, *rest = step.lines
        value = np.asarray(pixels.value)
        one = value[:, made.example : made.example + 1]
        scale, image = blocks.looks.scale_of("a1"), blocks.looks.image
        assert image is not None
        flat = picture(one, Look(scale, image, 0, lying=True), self.say)
        seen = picture(one, Look(scale, image, 0), self.say)
        spoken = tag("span", summary(one, self.say), class_="cr-spoken")
        columns: list[Column | str] = [
            Column(symbol("x"), image, seen),
            "→",
            Column(
                symbol("a1"), value.shape, replace(flat, html=joined(flat.html, spoken)), self.say("document.lying")
            ),
        ]
        figures = [tag("div", figure(columns), numbers([(math(symbol("a1")), value.shape, seen)], self.say))]
        for line in rest:
            shown = picture(line.value, Look(blocks.looks.scale_of(line.symbol)), self.say)
            spoken = tag("span", summary(line.value, self.say), class_="cr-spoken")
            column = Column(symbol(line.symbol), line.value.shape, replace(shown, html=joined(shown.html, spoken)))
            figures.append(tag("div", figure([column])))
        side = blocks.python([pixels]), blocks.statistics([pixels]) if self.statistics else Html()
        return joined(tag("div", tag("div", *figures, class_="cr-figures"), class_="cr-block"), *side)

    def groups(self, step: Step) -> list[Html]:
        """The lines of a step, those of one layer together."""
        together: list[list[Line]] = []
        for line in step.lines:
            if together and (step.number in (1, 3) or together[-1][-1].layer == line.layer != 0):
                together[-1].append(line)
            else:
                together.append([line])
        written = []
        for lines in together:
            if len(together) > 1 and lines[0].layer:
                written.append(tag("h3", self.say("document.layer", layer=lines[0].layer)))
            written.append(self.block(step, lines))
        return written

    def block(self, step: Step, lines: Sequence[Line]) -> Html:
        """Lines that belong together: their figures, beside them their numbers, below them their Python."""
        blocks = self.blocks
        shown = sorted(lines, key=blocks.is_plain) if step.number >= 5 else lines
        figures = [
            tag("div", self.figure(line), class_="cr-plain" if blocks.is_plain(line) else None) for line in shown
        ]
        class_ = "cr-figures cr-down" if step.number >= 5 else "cr-figures"
        curve = self.curve(step, lines)
        numbers_beside = blocks.worked_out(lines)
        side = tag("div", numbers_beside, curve, class_="cr-side") if numbers_beside or curve else Html()
        return joined(
            tag("div", tag("div", *figures, class_=class_), side, class_="cr-block"),
            self.signs(lines),
            blocks.python(lines),
            blocks.origin(lines) if step.number < 6 else "",
            blocks.statistics(lines) if self.statistics else "",
        )

    def signs(self, lines: Sequence[Line]) -> Html:
        """What the signs do that stand in these lines for the first time."""
        keys = [key for line in lines if line.rule is not None for key in new_signs(line.rule, self.blocks.told)]
        said = joined(*map(self.say, keys), by=self.say("explain.semicolon"))
        return tag("p", said, class_="cr-note cr-signs") if keys else Html()

    def curve(self, step: Step, lines: Sequence[Line]) -> Html:
        """The neurons of a layer on their curve, in the steps in which that matters."""
        last, layer = len(self.made.sizes), lines[-1].layer
        if step.number == 2 and (layer < last or self.made.backward is None):
            return self.blocks.curve(layer, "saturated neurons")
        return self.blocks.curve(layer, "flat") if step.number in (3, 4) else Html()

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
                tag("td", math(rule(line.rule)) if line.rule and line.symbol != "a1" else ""),
                tag("td", line.rule.dimensions if line.rule and line.symbol != "a1" else "", class_="cr-dim"),
            )
            for line in seen.values()
        ]
        names = ("symbol", "dimension", "equation", "with dimensions")
        head = tag("tr", *(tag("th", say(f"document.{name}"), scope="col") for name in names))
        table = tag("table", tag("thead", head), tag("tbody", *rows), class_="cr-ledger")
        return tag(
            "section",
            tag("h2", say("document.dimensions")),
            tag("p", say("document.dimensions words"), class_="cr-say"),
            tag("div", table, class_="cr-wide", tabindex="0", role="group"),
            class_="cr-step",
        )
