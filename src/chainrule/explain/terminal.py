"""An explanation on a terminal, from top to bottom: the image and the answers, then step by step each equation with its
dimensions, its numbers, its value and the Python that runs. Words come from the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.messages import message
from ..core.nouns import Array
from ..program.formulas import Formula
from ..program.symbol_names import kind_of, symbol_text
from ..show.cells import grid, picture, strip, trimmed
from ..show.language import Language, say
from ..show.ruled import equations, in_line
from ..show.screen import Cell, Screen, expression
from ..show.screen import Line as Spans
from ..show.spelling import broken
from . import answers
from .outline import Outline
from .picture_style import image_shape
from .recording import Line, Recording, Step
from .scope import evaluator
from .vocabulary import Bar, Equation, Inline, Name, Picture, Section, Sentence, Slot, Table

_LEGEND = (
    ("a", "a", message("activation")),
    ("z", "z", message("weighted sum")),
    ("w", "w", message("weight")),
    ("b", "b", message("bias")),
    ("δ", "d", message("error")),
    ("∂C/∂·", "g", message("gradient")),
    ("y", "y", message("truth")),
)
_INDENT = 3
_BAR = 20
_MOST_ANSWERS = 10
_PICTURE = 30  # columns that the image takes at most
_TRACK = 16  # columns of a bar in a table


def draw(
    made: Recording, screen: Screen, language: Language = "en", steps: Sequence[int] = (), source: str = ""
) -> None:
    """Write an explanation, or only some of its steps. `source` says where the image comes from."""
    page = Page(made, screen, language)
    if made.architecture is not None:
        page.head(source)
        if len(made.steps) == 6 and not steps:
            screen.text(
                (page.say("Here are the five steps of backpropagation and then, as number 6, the update."), "ink3")
            )
    for step in made.steps:
        if not steps or step.number in steps:
            page.step(step)


def answer(
    made: Recording, question: str, screen: Screen, language: Language = "en",
    pair: tuple[int, int] | None = None, others: tuple[Array, Array] | None = None,
) -> None:  # fmt: skip
    """Write the answer to one of `answers.QUESTIONS`. `pair` are the two answers of `why`, `others` the other images of
    `one_step`.

    Questions about a neuron are about the chosen one of the last hidden layer, or of the layer that was chosen.
    """
    page = Page(made, screen, language)
    page.evaluator = evaluator(made, pair, others)
    page.answer(page.evaluator.one(answers.question(made, question, others is not None)))


class Page:
    """Writes one explanation on one screen in one language; without `statistics` not how large the numbers of a value are."""

    def __init__(self, made: Recording, screen: Screen, language: Language, statistics: bool = True):
        self.made, self.screen, self.language = made, screen, language
        self.outline, self.evaluator = Outline(made, statistics), evaluator(made)

    def say(self, english: str, **values: object) -> str:
        """A text in the page's language."""
        return say(self.language, english, **values)

    def words(self, part: Any) -> str:
        """A part of a line as text."""
        if isinstance(part, Sentence):
            return say(self.language, part.text, **{name: self.words(each) for name, each in part.slots.items()})
        if isinstance(part, Inline):
            return "".join(map(self.words, part.parts))
        if isinstance(part, Name):
            return symbol_text(part.symbol) + (f"[{','.join(map(str, part.index))}]" if part.index else "")
        return str(part.value) if isinstance(part, Slot) else part if isinstance(part, str) else ""

    def spans(self, part: Any) -> list[tuple[str, str]]:
        """The same in its colors."""
        if isinstance(part, Inline):
            found = [span for each in part.parts for span in self.spans(each)]
            styles = groupby(found, lambda span: span[1])
            return [("".join(text for text, _ in group), style) for style, group in styles]
        if isinstance(part, Bar):
            drawn = self.screen.bar(float(str(part.value)), _TRACK, part.kind) if part.kind else []
            return [(each, "") if isinstance(each, str) else each for each in drawn]
        kind, strong = "", False
        if isinstance(part, Name):
            kind, strong = kind_of(part.symbol) or "", part.strong
        elif isinstance(part, Slot):
            kind, strong = part.kind, part.strong
        elif isinstance(part, Sentence):
            kind, strong = {"aside": "ink3"}.get(part.role, ""), part.role == "strong"
        elif isinstance(part, str):
            strong = part in (" ✓", " ≠")
        return [(self.words(part), f"{kind}{' bold' * strong}".strip())]

    # ---- the head ----------------------------------------------------------------------------------------------------

    def head(self, source: str) -> None:
        """The image beside the answers, the colors of the symbols, and how is counted."""
        made, screen = self.made, self.screen
        left = self._image()
        right = [self._verdict(), [], *self._answers(), []]
        sizes = " → ".join(made.architecture.titles(self.language) if made.architecture else [])
        network = self.say("network {sizes}", sizes=sizes)
        told = [self.say("{source}, network {sizes}", source=source, sizes=sizes) if source else network]
        width = max((screen.measure(line) for line in left), default=0) + 4
        if left and source and width + screen.measure(told[0]) > screen.width:
            told = [source, network]
        right += [[(each, "ink3")] for each in told]
        if not left or width + max(map(screen.measure, right)) > screen.width:
            for line in [*left, *([[]] if left else []), *right]:
                screen.line(*line)
        else:
            top = max(0, (len(right) - len(left)) // 2)
            left = [[]] * top + left
            for at in range(max(len(left), len(right))):
                image = left[at] if at < len(left) else []
                line = right[at] if at < len(right) else []
                screen.line(*(screen.pad(image, width) if line else image), *line)
        for each in self.evaluator.give(self.outline.batch(pictures=False)):
            screen.line()
            screen.text((self.words(each), "ink2"))
        screen.line()
        self._legend()
        screen.rule()
        for each in self.evaluator.give(self.outline.counting()):
            screen.text((self.words(each), "ink3"))

    def _image(self) -> list[Spans]:
        image = shown_image(self.made)
        return [] if image is None else picture(self.screen, trimmed(image))

    def _verdict(self) -> Spans:
        told = self.evaluator.give(self.outline.verdict())
        return [span for at, each in enumerate(told) for span in [("   " * bool(at), ""), *self.spans(each)]]

    def _answers(self) -> list[Spans]:
        """The strongest answers and the right one, in their order, each with a bar."""
        made = self.made
        chosen = sorted(np.argsort(-made.outputs, kind="stable")[:_MOST_ANSWERS].tolist())
        if made.label is not None and made.label not in chosen:
            chosen = sorted([*chosen[:-1], made.label])
        most = max(1.0, float(np.abs(made.outputs).max()))
        lines: list[Spans] = []
        for each in chosen:
            value = float(made.outputs[each])
            told = made.classifies and each in (made.answer, made.label)
            bar = self.screen.bar(max(0.0, value) / most, _BAR, "a")
            number = f"{value:.3f}".replace("-", "−").rjust(8)
            line: Spans = [(f"{each} ".rjust(2 + len(str(max(chosen)))), "bold" if told else "ink3")]
            line += [*self.screen.pad(bar, _BAR), (number, "bold" if told else "ink3")]
            name = made.class_text(each).removeprefix(str(each))
            if name:
                line += [(f" {name}", "ink2")]
            if each == made.label:
                line += [("  □ " + self.say("truth"), "")]
            if told and each == made.answer:
                line += [("  ◀ " + self.say("answer"), "")]
            lines.append(line)
        return lines

    def _legend(self) -> None:
        parts: Spans = []
        for symbol, kind, words in _LEGEND:
            parts += ["  "] * bool(parts) + [(symbol, f"{kind} bold"), (f" {self.say(words)}", "ink2")]
        self.screen.text(*parts)

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        """A step's title and sentence, its lines, and what follows them; its questions are not answered here."""
        screen, section = self.screen, self.evaluator.one(self.outline.step(step))
        screen.line()
        screen.line((f"{step.number}  ", "ink3"), (self.words(section.title), "bold"))
        self.items(section.items, _INDENT + 2)

    def lines(self, step: Step) -> None:
        """The lines of a step, and what follows them."""
        section = self.evaluator.one(self.outline.step(step))
        self.items([item for item in section.items if getattr(item, "role", "") != "say"], _INDENT + 2)

    def answer(self, section: Section) -> None:
        """The answer to a question, under it."""
        self.screen.line()
        self.screen.text((self.words(section.title), "bold"))
        self.items(section.items, _INDENT)

    def items(self, items: Sequence[Any], indent: int = _INDENT) -> None:
        """What a section consists of, with an empty line between its parts."""
        before: Any = None
        for item in items:
            if isinstance(item, Equation):
                self._equation(item, before)
            elif isinstance(item, Sentence | Inline):
                self._paragraph(item)
            elif isinstance(item, Table):
                if getattr(before, "role", "") != "lead":
                    self.screen.line()
                given: Sequence[Any] = item.rows
                rows = [[self._cell(cell, row.role) for cell in row.cells] for row in given]
                self.screen.table(rows, item.align, gap=1 if "^" in item.align else 3, indent=indent)
            elif isinstance(item, Picture):
                self._evidence(item)
            before = item

    def _paragraph(self, item: Sentence | Inline) -> None:
        role = item.role if isinstance(item, Sentence) else ""
        if role not in ("say", "aside", "more"):
            self.screen.line()
        text = self.words(item)
        if role in ("say", "aside"):
            self.screen.text((text, "ink2"), indent=_INDENT)
        elif isinstance(item, Inline):
            self.screen.text(
                *expression(self.words(item.parts[0])), *self.spans(Inline(item.parts[1:])), indent=_INDENT
            )
        else:
            self.screen.text(*([text] if role == "lead" else expression(text)), indent=_INDENT)

    def _cell(self, cell: Any, role: str) -> Cell:
        faint = role == "head" and isinstance(cell, Sentence)
        return [(text, "ink3" if faint else style) for text, style in self.spans(cell)]

    # ---- a line ------------------------------------------------------------------------------------------------------

    def _equation(self, item: Equation, before: Any) -> None:
        """A symbol and what it means; its equation, numbers, value and Python; a brief one in one line."""
        screen, line = self.screen, self.made.line(item.symbol, item.step)
        if item.brief and line.rule is not None:
            if not before.brief:
                screen.line()
            screen.line(" " * (_INDENT + 2), (f"{self.say('likewise')}  ", "ink3"), *expression(line.rule.text))
            return
        screen.line()
        size = f"{shape_text(line.value.shape)}  " if line.rule is None else ""
        name, meaning = expression(symbol_text(line.symbol)), self.words(item.meaning)
        screen.text(*name, "  ", (size, "ink3"), (meaning, "ink2"), indent=_INDENT)
        if line.rule is not None:
            equations(screen, [line.rule], indent=_INDENT + 2)
        self._note(item.signs)
        for worked in item.elements:
            self._numbers(line, worked)
        for note in item.notes:
            if isinstance(note, Picture) and note.name == "strip":
                self._strip(line, item.elements)
        said = [each for note in item.notes for each in (note.instead if isinstance(note, Picture) else (note,))]
        self._note([each for each in said if isinstance(each, Sentence)])
        if line.rule is not None:
            self._python(line.rule)
        if item.origin:
            rules = [self.made.line(each).rule for each in item.origin]
            origins = ", ".join(each.text for each in rules if each is not None)
            screen.text((f"{self.say('the derivative of')}  ", "ink3"), *expression(origins), indent=_INDENT + 2)

    def _note(self, sentences: Sequence[Sentence]) -> None:
        if sentences:
            self.screen.text((self.say("; ").join(map(self.words, sentences)), "ink3"), indent=_INDENT + 2)

    def _python(self, rule: Formula) -> None:
        """The line of Python that runs; one that is too wide goes on further in."""
        text = "".join(piece for piece, _ in self.screen.spell(rule.python))
        room = self.screen.width - _INDENT - 2
        room -= 4 * (self.screen.measure(text) > room)
        for start, end in broken(text, room):
            more = "    " if start else ""
            self.screen.line(" " * _INDENT, ("▏ ", "line2"), *expression(more + text[start:end]))

    def _numbers(self, line: Line, worked: Any) -> None:
        """The equation with numbers, on one line where there is room, else a stage a line."""
        screen = self.screen
        numbers = next(each for each in line.numbers if each.index == worked.index)
        head: Spans = [*expression(numbers.symbol)]
        color = line.rule.target.color if line.rule is not None else None
        result: Spans = [" = ", (numbers.written, f"{color} bold" if color else "bold")]
        stages: list[Spans] = [[" = ", *in_line(stage)] for stage in numbers.stages]
        if len(stages) == 1 and "".join(term.text for term in numbers.stages[0]) == numbers.written:
            stages = []  # a number that is only passed on
        tail: Spans = [span for item in worked.beside for span in [("   ", ""), *self.spans(item)]]
        whole: Spans = [*head, *(span for stage in stages for span in stage), *result]
        indent = " " * (_INDENT + 2)
        if screen.measure([indent, *whole, *tail]) <= screen.width:
            screen.line(indent, *whole, *tail)
            return
        pad = " " * (screen.measure([indent, *head]))
        rows: list[Spans] = [[indent, *head]]
        for piece in [*stages, result]:
            if screen.measure([*rows[-1], *piece]) > screen.width and len(rows[-1]) > 1 + (len(rows) == 1) * len(head):
                rows.append([pad])
            rows[-1] = [*rows[-1], *piece]
        if tail and screen.measure([*rows[-1], *tail]) > screen.width:
            rows.append([pad])
        rows[-1] = [*rows[-1], *tail]
        for row in rows:
            if screen.measure(row) <= screen.width:
                screen.line(*row)
            else:  # a narrow screen
                screen.text(*row[1:], indent=_INDENT + 2 if row is rows[0] else len(pad))

    def _strip(self, line: Line, elements: Sequence[Any]) -> None:
        """A layer's numbers as cells."""
        column = line.value[:, self.made.example]
        head: Spans = [*expression(symbol_text(line.symbol)), " "]
        signed = bool((column < 0).any()) or line.meaning in ("output error", "hidden error", "error")
        marked = elements[-1].index[0] if elements else None
        rows = strip(self.screen, [float(each) for each in column], marked, signed)
        pad = " " * self.screen.measure(head)
        for at, row in enumerate(rows):
            self.screen.line(" " * (_INDENT + 2), *(head if at == 0 else [pad]), *row)

    def _evidence(self, item: Picture) -> None:
        """What each pixel says for one answer or the other, where there is room."""
        image = shown_image(self.made)
        if item.name != "evidence" or image is None or 2 * image.shape[1] + 3 > self.screen.width:
            return
        self.screen.line()
        for caption in item.caption:
            self.screen.text((self.words(caption), "ink2"), indent=_INDENT)
        pixels = self.evaluator.value("evidence").reshape(image.shape)
        rows = np.flatnonzero(image.max(axis=1) > 0)
        for line in grid(self.screen, pixels[rows[0] : rows[-1] + 1] if len(rows) else pixels):
            self.screen.line(" " * _INDENT, *line)


def shown_image(made: Recording) -> Array | None:
    """The image that the numbers are of, as ink from 0 to 1; nothing where there is none, or no room for it."""
    shape = image_shape(made)
    if shape is None or shape[1] > _PICTURE:
        return None
    ink: Array = np.clip(made.values["a1"][:, made.example], 0, 1).reshape(shape)
    return ink
