"""An explanation, the answer to a question, and the article on a terminal: what their data say, set in lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.messages import message
from ..core.nouns import Array
from ..program.formulas import formulas
from ..program.symbol_names import kind_of, symbol_text
from ..show.cells import grid, photo, picture, shaded, strip, trimmed
from ..show.language import Language, say, translated
from ..show.ruled import equations, in_line
from ..show.screen import Cell, Screen, expression
from ..show.screen import Line as Spans
from ..show.spelling import broken
from . import answers, article
from .fitting import derivative
from .letters import outline_of
from .picture_style import image_shape, is_ink, picture_of
from .recording import Recording, Step
from .scope import evaluator
from .vocabulary import Bar, Code, Equation, Inline, Name, Picture, Section, Sentence, Shade, Slot, Table
from .windows import place_of, window

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
_PICTURE = 32  # columns that the image takes at most
_THERE = 0.15  # the least share of the largest of a map that is seen without colors
_TRACK = 16  # columns of a bar in a table
_CLOSE = ("say", "words", "answer", "aside", "more", "quoted")  # roles of sentences with no empty line before them
_STYLES = {
    "say": "ink2",
    "answer": "ink2",
    "aside": "ink2",
    "departure": "ink2",
    "heading": "ink3",
    "derived": "ink3",
    "figure": "ink2",
    "words": "",
    "lead": "",
    "quote": "",
    "quoted": "ink2",
    "strong": "bold",
}
"""Of sentences by their role; what has none has the colors of its symbols."""


def draw(
    made: Recording, screen: Screen, language: Language = "en", steps: Sequence[int] = (), source: str = ""
) -> None:
    """Write an explanation, or only some of its steps. `source` says where the image comes from."""
    renderer = TerminalRenderer(made, screen, language)
    if made.reading is not None:
        renderer.read()
    if made.architecture is not None:
        renderer.head(source)
    if len(made.steps) == 6 and not steps:
        screen.text(
            (renderer.say("Here are the five steps of backpropagation and then, as number 6, the update."), "ink3")
        )
    for step in made.steps:
        if not steps or step.number in steps:
            renderer.step(step)


def answer(
    made: Recording, question: str, screen: Screen, language: Language = "en",
    pair: tuple[int, int] | None = None, others: tuple[Array, Array] | None = None,
) -> None:  # fmt: skip
    """Write the answer to one of `answers.QUESTIONS`. `pair` are the two answers of `why`, `others` the other images of
    `one_step`.

    Questions about a neuron are about the chosen one of the last hidden layer, or of the layer that was chosen.
    """
    renderer = TerminalRenderer(made, screen, language)
    renderer.evaluator = evaluator(made, pair, others)
    renderer.section(renderer.evaluator.one(answers.question(made, question, others is not None)), _INDENT)


def draw_article(made: Recording, screen: Screen, language: Language = "en", source: str = "") -> None:
    """Write the article on what `made` explains: a network with a label."""
    renderer = TerminalRenderer(made, screen, language)
    title, *words = renderer.evaluator.give(article.opening(made))
    screen.line((renderer.words(title), "bold"))
    screen.line()
    for each in words:
        screen.text(*renderer.spans(each))
    screen.line()
    renderer.head(source)
    for section in renderer.evaluator.give(article.sections(made)):
        screen.line()
        screen.rule()
        renderer.section(section, space=False)


class TerminalRenderer:
    """Sets one explanation on one screen in one language."""

    def __init__(self, made: Recording, screen: Screen, language: Language):
        self.made, self.screen, self.language = made, screen, language
        self.outline, self.evaluator = outline_of(made), evaluator(made)

    def say(self, english: str, **values: object) -> str:
        """A text in this language, without the marks where a browser may break it."""
        return say(self.language, english, **values).replace("\u200b", "")

    def words(self, part: Any) -> str:
        """A part of a line as text."""
        return "".join(text for text, _ in self.spans(part))

    def spans(self, part: Any) -> list[tuple[str, str]]:
        """A part of a line as text in its colors."""
        if isinstance(part, Inline):
            found = (span for each in part.parts for span in self.spans(each))
            return [
                ("".join(text for text, _ in group), style) for style, group in groupby(found, lambda span: span[1])
            ]
        if isinstance(part, Bar):
            drawn = self.screen.bar(float(str(part.value)), _TRACK, part.kind) if part.kind else []
            return [(each, "") if isinstance(each, str) else each for each in drawn]
        if isinstance(part, Shade):
            return [shaded(self.screen, float(str(part.value)), self.words(part.text))]
        if isinstance(part, Sentence):
            text = self.say(part.text, **{name: self.words(each) for name, each in part.slots.items()})
            return [(text, {"aside": "ink3", "strong": "bold"}.get(part.role, ""))]
        if isinstance(part, Name):
            index = f"[{','.join(map(str, part.index))}]" if part.index else ""
            return [(symbol_text(part.symbol) + index, _style(kind_of(part.symbol) or "", part.strong))]
        if isinstance(part, Slot):
            return [(str(part.value), _style(part.kind, part.strong))]
        return [(part, _style("", part in (" ✓", " ≠")))] if isinstance(part, str) else []

    # ---- the head ----------------------------------------------------------------------------------------------------

    def head(self, source: str) -> None:
        """The image beside the answers, the colors of the symbols, and how is counted."""
        made, screen = self.made, self.screen
        assert made.architecture is not None
        image = shown_image(made)
        left: list[Spans] = []
        if image is not None:
            left = photo(screen, image) if image.ndim > 2 else picture(screen, trimmed(image))
        width = max((screen.measure(line) for line in left), default=0) + 4
        sizes = " → ".join(translated(each, self.language) for each in made.architecture.titles(self.language))
        network = self.say("network {sizes}", sizes=sizes)
        origin = [self.say("{source}, network {sizes}", source=source, sizes=sizes)] if source else [network]
        if left and source and width + screen.measure(origin[0]) > screen.width:
            origin = [source, network]
        right: list[Spans] = [self._verdict(), [], *self._answers(), []]
        below = [each for each in origin if screen.measure(each) + width > screen.width]
        right += [[(each, "ink3")] for each in origin if each not in below]
        if not left or width + max(map(screen.measure, right)) > screen.width:
            for line in [*left, *([[]] if left else []), *right]:
                screen.line(*line)
        else:
            left = [[]] * max(0, (len(right) - len(left)) // 2) + left
            nothing: Spans = []
            for before, line in zip_longest(left, right, fillvalue=nothing):
                screen.line(*(screen.pad(before, width) if line else before), *line)
        for each in below:
            screen.text((each, "ink3"))
        for each in self.evaluator.give(self.outline.batch(pictures=False)):
            screen.line()
            screen.text((self.words(each), "ink2"))
        screen.line()
        self._legend()
        screen.rule()
        for each in self.evaluator.give(self.outline.counting()):
            screen.text((self.words(each), "ink3"))

    def read(self) -> None:
        """A text, what the network thought of it, the colors of the symbols, and how is counted."""
        self.screen.line(*self._verdict())
        for each in self.evaluator.give(self.outline.introduction()):
            if isinstance(each, Table):
                self._table(each, None, 0)
            else:
                self.screen.line()
                self.screen.text((self.words(each), "ink2"))
        self.screen.line()
        self._legend()
        self.screen.rule()

    def _verdict(self) -> Spans:
        parts = self.evaluator.give(self.outline.verdict())
        return [span for at, each in enumerate(parts) for span in [("   " * bool(at), ""), *self.spans(each)]]

    def _answers(self) -> list[Spans]:
        """The strongest answers and the right one, in their order, each with a bar."""
        made, lines = self.made, []
        shown, most = made.strongest(), max(1.0, float(np.abs(made.outputs).max()))
        for each in shown:
            value = float(made.outputs[each])
            style = "bold" if made.classifies and each in (made.answer, made.label) else "ink3"
            bar = self.screen.bar(max(0.0, value) / most, _BAR, "a")
            number = f"{value:.3f}".replace("-", "−").rjust(8)
            line: Spans = [
                (f"{each} ".rjust(2 + len(str(max(shown)))), style),
                *self.screen.pad(bar, _BAR),
                (number, style),
            ]
            name = made.class_text(each).removeprefix(str(each))
            line += [(f" {name}", "ink2")] if name else []
            line += [("  □ " + self.say("truth"), "")] if each == made.label else []
            line += [("  ◀ " + self.say("answer"), "")] if made.classifies and each == made.answer else []
            lines.append(line)
        return lines

    def _legend(self) -> None:
        parts: Spans = []
        for symbol, kind, words in _LEGEND:
            parts += ["  "] * bool(parts) + [(symbol, f"{kind} bold"), (f" {self.say(words)}", "ink2")]
        self.screen.text(*parts)

    # ---- sections ----------------------------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        """A step's title and sentence, its lines, and what follows them; its questions are not answered here."""
        self.section(self.evaluator.one(self.outline.step(step)))

    def section(self, section: Section, indent: int = _INDENT + 2, space: bool = True) -> None:
        """A title, with the number of its step, and under it what the section consists of."""
        if space:
            self.screen.line()
        number = [(f"{section.number}  ", "ink3")] if section.number else []
        self.screen.text(*number, (self.words(section.title), "bold"))
        self._items(section.items, indent)

    def _items(self, items: Sequence[Any], indent: int) -> None:
        before: Any = None
        grids: list[Table] = []
        for item, after in zip_longest(items, items[1:]):
            if isinstance(item, Table) and item.caption:
                grids.append(item)
                if not (isinstance(after, Table) and after.caption):
                    self._beside(grids, indent)
                    grids = []
            elif isinstance(item, Equation):
                self._equation(item, before)
            elif isinstance(item, Sentence | Inline):
                self._paragraph(item)
            elif isinstance(item, Table):
                self._table(item, before, indent)
            elif isinstance(item, Code):
                for code, comment in item.lines:
                    self._code(code, self.words(comment))
            elif isinstance(item, Picture):
                self._picture(item)
                self._items(item.instead, _INDENT)
            elif isinstance(item, Section) and self.made.reading is not None:  # those of a network answer questions
                self.screen.line()
                self.screen.text((self.words(item.title), "bold"), indent=_INDENT)
                self._items(item.items, indent)
            before = item

    def _paragraph(self, item: Sentence | Inline) -> None:
        role = item.role if isinstance(item, Sentence) else ""
        if role not in _CLOSE:
            self.screen.line()
        spans: Spans = [*expression(self.words(item))]
        if isinstance(item, Inline):
            spans = [*expression(self.words(item.parts[0])), *self.spans(Inline(item.parts[1:]))]
        elif role in _STYLES:
            spans = [*[("▲ ", "bold")] * (role == "departure"), (self.words(item), _STYLES[role])]
        self.screen.text(*spans, indent=_INDENT)

    def _table(self, item: Table, before: Any, indent: int) -> None:
        if getattr(before, "role", "") not in ("lead", "figure"):
            self.screen.line()
        given: Sequence[Any] = item.rows
        rows = [[self._cell(cell, row.role) for cell in row.cells] for row in given]
        self.screen.table(rows, item.align, gap=1 if "^" in item.align else 3, indent=indent)

    def _beside(self, tables: Sequence[Table], indent: int) -> None:
        """Tables with captions, as many side by side as there is room for."""
        blocks: list[list[Spans]] = []
        for each in tables:
            given: Sequence[Any] = each.rows
            rows = [[self._cell(cell, row.role) for cell in row.cells] for row in given]
            blocks.append([[(self.words(each.caption), "ink3")], *self.screen.columns(rows, each.align, 1)])
        widths = [max(map(self.screen.measure, block)) + 4 for block in blocks]
        while blocks:
            count = max(1, sum(sum(widths[: at + 1]) + indent - 4 <= self.screen.width for at in range(len(blocks))))
            self.screen.line()
            for *others, last in zip(*blocks[:count], strict=True):
                padded = (
                    span for cell, width in zip(others, widths, strict=False) for span in self.screen.pad(cell, width)
                )
                self.screen.line(" " * indent, *padded, *last)
            blocks, widths = blocks[count:], widths[count:]

    def _cell(self, cell: Any, role: str) -> Cell:
        faint = role == "head" and isinstance(cell, Sentence)
        return [(text, "ink3" if faint else style) for text, style in self.spans(cell)]

    def _code(self, line: str, comment: str = "") -> None:
        """A line of Python; one that is too wide has its comment below, and goes on further in."""
        whole = f"{line}# {comment}" if comment else line
        prefix: Spans = [" " * _INDENT, ("▏ ", "line2")]
        if self.screen.measure([*prefix, *expression(whole)]) <= self.screen.width:
            self.screen.line(*prefix, *expression(whole))
            return
        indent = len(line) - len(line.lstrip())
        for part in (line, f"{' ' * (indent + 2 * bool(line.strip()))}# {comment}" if comment else ""):
            text = "".join(piece for piece, _ in self.screen.spell(part.strip()))
            inner = " " * (len(part) - len(part.lstrip()))
            further = "# " if text.startswith("#") else "    "
            room = self.screen.width - _INDENT - 2 - len(inner)
            room -= len(further) * (self.screen.measure(text) > room)
            for start, end in broken(text, room) if text else ():
                self.screen.line(*prefix, inner, *expression((further if start else "") + text[start:end]))

    # ---- a line ------------------------------------------------------------------------------------------------------

    def _equation(self, item: Equation, before: Any) -> None:
        """A symbol and what it means; its equation, numbers, value and Python; a brief one in one line."""
        screen, line = self.screen, self.made.line(item.symbol, item.step)
        if item.brief and line.formula is not None:
            if not before.brief:
                screen.line()
            screen.line(" " * (_INDENT + 2), (f"{self.say('likewise')}  ", "ink3"), *expression(line.formula.text))
            return
        screen.line()
        size = f"{shape_text(line.value.shape)}  " if line.formula is None else ""
        name, meaning = expression(symbol_text(line.symbol)), self.words(item.meaning)
        screen.text(*name, "  ", (size, "ink3"), (meaning, "ink2"), indent=_INDENT)
        if line.formula is not None:
            equations(screen, [line.formula], indent=_INDENT + 2)
        self._note(item.signs)
        for worked in item.elements:
            self._numbers(item, worked)
        sentences: list[Any] = []
        for note in item.notes:
            if isinstance(note, Picture) and note.name == "strip":
                self._strip(item)
            if isinstance(note, Picture) and note.name == "map":
                self._map(item)
            sentences += note.instead if isinstance(note, Picture) else [note]
        self._note(sentences)
        if line.formula is not None:
            self._code(line.formula.python)
        if item.origin:
            origins = [self.made.line(each).formula for each in item.origin]
            written = ", ".join(each.text for each in origins if each is not None)
            screen.text((f"{self.say('the derivative of')}  ", "ink3"), *expression(written), indent=_INDENT + 2)

    def _note(self, sentences: Sequence[Sentence]) -> None:
        if sentences:
            self.screen.text((self.say("; ").join(map(self.words, sentences)), "ink3"), indent=_INDENT + 2)

    def _numbers(self, item: Equation, worked: Any) -> None:
        """The equation with numbers, on one line where there is room, else on as many as it takes."""
        screen, line = self.screen, self.made.line(item.symbol, item.step)
        numbers = next(each for each in line.numbers if each.index == worked.index)
        color = line.formula.target.color if line.formula is not None else None
        result: Spans = [" = ", (numbers.written, _style(color or "", strong=True))]
        pieces: list[Spans] = [*([" = ", *in_line(stage)] for stage in numbers.stages), result]
        pieces += [[span for each in worked.beside for span in [("   ", ""), *self.spans(each)]]] * bool(worked.beside)
        head = expression(numbers.symbol)
        indent = _INDENT + 2
        rows: list[Spans] = [[]]
        for piece in pieces:
            if rows[-1] and indent + screen.measure([*head, *rows[-1], *piece]) > screen.width:
                rows.append([])
            rows[-1] = [*rows[-1], *piece]
        for row in rows:
            if indent + screen.measure([*head, *row]) <= screen.width:
                screen.line(" " * indent, *head, *row)
            else:  # a narrow screen
                screen.text(*head, *row, indent=indent)
            indent, head = indent + screen.measure(head), []

    def _strip(self, item: Equation) -> None:
        """A layer's numbers as cells."""
        line = self.made.line(item.symbol, item.step)
        column = line.value[:, self.made.example]
        head: Spans = [*expression(symbol_text(line.symbol)), " "]
        signed = bool((column < 0).any()) or line.meaning in ("output error", "hidden error", "error")
        elements: Sequence[Any] = item.elements
        marked = elements[-1].index[0] if elements else None
        rows = strip(self.screen, [float(each) for each in column], marked, signed)
        for at, row in enumerate(rows):
            self.screen.line(" " * (_INDENT + 2), *(head if at == 0 else [" " * self.screen.measure(head)]), *row)

    def _map(self, item: Equation) -> None:
        """The map that is followed, or its kernel, as a picture, where there is room."""
        made, line = self.made, self.made.line(item.symbol, item.step)
        place = place_of(made, line.layer, made.neuron(line.layer))[0]
        if line.symbol in (f"z{line.layer}", f"v{line.layer}"):
            return
        is_kernel = line.meaning == "gradient of weight"
        values = line.value[place, 0] if is_kernel else line.value[made.example, place]
        signed = bool((line.value < 0).any())
        if values.size == 1 or values.shape[1] * (1 + signed) + _INDENT + 2 > self.screen.width or not values.any():
            return
        words = self.say("kernel {kernel}", kernel=place) if is_kernel else self.say("map {map}", map=place)
        self.screen.line(" " * (_INDENT + 2), (words, "ink3"))
        if signed:
            rows = grid(self.screen, values)
        else:
            shares = values / values.max()
            if self.screen.depth != "truecolor":  # half blocks are there or not: what is faint is there, too
                shares = np.where(shares > _THERE, 1.0, 0.0)
            rows = picture(self.screen, shares)
        for row in rows:
            self.screen.line(" " * (_INDENT + 2), *row)

    def _window(self, layer: int) -> None:
        """The window of the followed place, its kernel, and their products, side by side, of one map."""
        seen = window(self.made, layer, self.made.neuron(layer))
        at = seen.loudest
        parts = [grid(self.screen, each[at]) for each in (seen.values, seen.kernel, seen.values * seen.kernel)]
        width = 2 * seen.kernel.shape[2]
        if 3 * width + 2 * _INDENT + 6 > self.screen.width:
            return
        self.screen.line()
        for row, cells in enumerate(zip(*parts, strict=True)):
            signs = ("  ×  ", "  =  ", "") if row == len(parts[0]) // 2 else ("     ", "     ", "")
            spans = [span for each, sign in zip(cells, signs, strict=True) for span in (*each, sign)]
            self.screen.line(" " * _INDENT, *spans)
        if len(seen.kernel) > 1:
            words = self.say(
                "Shown is map {map}, which says the most of {count}.", map=seen.first + at, count=len(seen.kernel)
            )
            self.screen.text((words, "ink3"), indent=_INDENT)

    def _picture(self, item: Picture) -> None:
        """The derivation of a line's gradient as equations; what each pixel says for an answer, where there is room."""
        if item.name == "derivation":
            equations(self.screen, formulas(derivative()), indent=_INDENT + 2)
        if item.name == "window":
            self._window(item.layer)
        image = shown_image(self.made)
        if item.name != "evidence" or image is None or 2 * image.shape[1] + 3 > self.screen.width:
            return
        self.screen.line()
        for caption in item.caption:
            self.screen.text((self.words(caption), "ink2"), indent=_INDENT)
        pixels = self.evaluator.value("evidence").reshape(-1, *image.shape[:2]).sum(axis=0)  # over the channels
        rows = np.flatnonzero(image.reshape(len(image), -1).max(axis=1) > 0)
        for line in grid(self.screen, pixels[rows[0] : rows[-1] + 1] if len(rows) else pixels):
            self.screen.line(" " * _INDENT, *line)


def _style(kind: str, strong: bool) -> str:
    return f"{kind}{' bold' * strong}".strip()


def shown_image(made: Recording) -> Array | None:
    """The image that the numbers are of, from 0 to 1, in color with a third axis; nothing where there is none, or no room."""
    shape = image_shape(made)
    if shape is None or shape.columns > _PICTURE:
        return None
    if not is_ink(made):
        return picture_of(made)
    ink: Array = made.of_example("a1").reshape(shape.rows, shape.columns)
    return ink
