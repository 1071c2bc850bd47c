"""An explanation on a terminal, from top to bottom: the image and the answers, then step by step each equation with its
dimensions, its numbers, its value and the Python that runs. Words come from the catalog, in two languages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ..core.dims import shape_text
from ..core.nouns import Array
from ..program.symbol_names import symbol_text
from ..show.cells import picture, strip, trimmed
from ..show.language import Language, say
from ..show.numbers import before_and_after, figure
from ..show.ruled import equations, in_line
from ..show.screen import Cell, Screen, expression
from ..show.screen import Line as Spans
from ..show.spelling import broken
from ..show.terms import Rule
from . import questions
from .questions import Change
from .recording import Line, Numbers, Recording, Step
from .sentences import against, meaning_key
from .signs import new_signs
from .steps import SLOPE, followed_for, zero_with_inputs

_INDENT = 3
_BAR = 20
_MOST_ANSWERS = 10
_PICTURE = 30  # columns that the image takes at most
_TOLD = 3  # outputs whose change is told, where they are numbers
_STRIP = 100  # neurons of a layer that are shown as cells


def draw(
    made: Recording, screen: Screen, language: Language = "en", steps: Sequence[int] = (), source: str = ""
) -> None:
    """Write an explanation, or only some of its steps. `source` says where the image comes from."""
    page = Page(made, screen, language)
    if made.architecture is not None:
        page.head(source)
        if len(made.steps) == 6 and not steps:
            screen.text((page.say("steps"), "ink3"))
    for step in made.steps:
        if not steps or step.number in steps:
            page.step(step)


class Page:
    """Writes one explanation on one screen in one language; `ranges` are the smallest, largest and mean number of a value."""

    def __init__(self, made: Recording, screen: Screen, language: Language, ranges: bool = True):
        self.made, self.screen, self.language, self.ranges = made, screen, language, ranges
        self.told: set[str] = set()  # signs and other words
        self.origin: tuple[str, ...] = ()  # of the line before

    def say(self, key: str, **values: object) -> str:
        """A text of explanations in the page's language."""
        return say(self.language, f"explain.{key}", **values)

    def listed(self, names: Iterable[str]) -> str:
        """Names, each once, with commas between them as the language writes them."""
        return self.say("listing").join(dict.fromkeys(names))

    # ---- the head ----------------------------------------------------------------------------------------------------

    def head(self, source: str) -> None:
        """The image beside the answers, the colors of the symbols, and how is counted."""
        made, screen = self.made, self.screen
        left = self._image()
        right = [self._verdict(), [], *self._answers(), []]
        sizes = " → ".join(map(str, made.sizes))
        network = self.say("network", sizes=sizes)
        told = [self.say("source_and_network", source=source, sizes=sizes) if source else network]
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
        if made.m > 1:
            screen.line()
            screen.text((self.say("batch", m=made.m, example=made.example), "ink2"))
        screen.line()
        self._legend()
        screen.rule()
        if made.architecture is not None and "batch" in made.architecture.normalizations:
            screen.text((self.say("moments"), "ink3"))
        layer, neuron = made.chosen
        counting = self.say(
            "counting",
            output=self.say(_output_key(made)),
            layer=layer,
            before=layer - 1,
            neuron=neuron,
            raised=symbol_text(f"z{layer}")[1:],
            why=self.say(f"followed_{followed_for(made, layer)}"),
        )
        screen.text((counting, "ink3"))

    def _image(self) -> list[Spans]:
        image = shown_image(self.made)
        return [] if image is None else picture(self.screen, trimmed(image))

    def _verdict(self) -> Spans:
        made = self.made
        key, answer = (
            ("reads", made.class_text(made.answer))
            if made.classifies
            else ("gives_numbers", self._numbers_of(made.outputs))
        )
        line: Spans = [(self.say(key, answer=answer), "bold")]
        if not made.classifies and made.backward is not None:
            line += ["   ", self.say("desired_are", answer=self._numbers_of(made.values["y"][:, made.example]))]
        if made.label is not None:
            key = "right" if made.label == made.answer else "is"
            line += ["   ", self.say(key, label=made.class_text(made.label))]
        if made.cost is not None:
            line += ["   ", (self.say("cost_is", cost=f"{made.cost:.4f}"), "bold")]
        return line

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
                line += [("  ◀ " + self.say("said"), "")]
            lines.append(line)
        return lines

    def _numbers_of(self, values: Array) -> str:
        """Outputs as numbers, the first few of many."""
        many = len(values) > _MOST_ANSWERS
        return self.say("listing").join([*(figure(float(each)) for each in values[:_MOST_ANSWERS]), *["…"] * many])

    def _legend(self) -> None:
        parts: Spans = []
        for symbol, kind in (("a", "a"), ("z", "z"), ("w", "w"), ("b", "b"), ("δ", "d"), ("∂C/∂·", "g"), ("y", "y")):
            parts += ["  "] * bool(parts) + [(symbol, f"{kind} bold"), (f" {self.say(f'legend_{kind}')}", "ink2")]
        self.screen.text(*parts)

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        """A step's title and sentence, and its lines."""
        screen = self.screen
        screen.line()
        screen.line((f"{step.number}  ", "ink3"), (self.say(f"step{step.number}"), "bold"))
        screen.text((self._sentence(step), "ink2"), indent=_INDENT)
        self.lines(step)

    def lines(self, step: Step) -> None:
        """The lines of a step, and what follows them."""
        if step.number == 6:
            self._update(step)
            return
        for line in step.lines:
            self._line(line, step)
        if step.number == 5 and self.made.architecture is not None:
            self._proof()

    def _sentence(self, step: Step) -> str:
        made, number = self.made, step.number
        if made.architecture is None:
            none = "_none" if number in (3, 4) and not step.lines else ""
            return self.say(f"say{number}_function{none}")
        architecture = made.architecture
        if number == 1:
            return self.say("say1" if shown_image(made) is not None else "say1_numbers", n=f"{made.sizes[0]:,}")
        if number == 2 and set(architecture.activations) != {"sigmoid"}:
            return self.say("say2_other", activations=self.listed(map(named, architecture.activations)))
        if number == 3 and SLOPE not in made.values:
            return self.say("say3_plain" if _is_difference(step) else "say3_other")
        if number == 4 and not step.lines:
            return self.say("say4_none")
        if number == 6:
            before, after = questions.one_step(made).cost
            return self.say("say6" if after < before else "say6_rose")
        return self.say(f"say{number}")

    def _line(self, line: Line, step: Step) -> None:
        """A symbol and what it means; its equation, numbers, value and Python."""
        screen = self.screen
        screen.line()
        name = symbol_text(line.symbol)
        size = f"{shape_text(line.value.shape)}  " if line.rule is None else ""
        screen.text(*expression(name), "  ", (size, "ink3"), (self.meaning(line), "ink2"), indent=_INDENT)
        if line.rule is None:
            if line.symbol == "y" and line.value.shape[0] <= _STRIP:
                self._value(line)
            elif self.made.architecture is None:
                self._statistics(line)
            return
        self._equation(line.rule)
        for numbers in line.numbers:
            self._numbers(line, numbers)
        self._value(line)
        self._python(line.rule)
        if line.forward and line.forward != self.origin:
            origins = ", ".join(self._text_of(each) for each in line.forward)
            screen.text((f"{self.say('derivative_of')}  ", "ink3"), *expression(origins), indent=_INDENT + 2)
        self.origin = line.forward

    def _equation(self, rule: Rule) -> None:
        """An equation with its dimensions, and what those of its signs do that stand here for the first time."""
        equations(self.screen, [rule], indent=_INDENT + 2)
        signs = [say(self.language, key) for key in new_signs(rule, self.told)]
        if signs:
            self.screen.text((self.say("semicolon").join(signs), "ink3"), indent=_INDENT + 2)

    def _python(self, rule: Rule) -> None:
        """The line of Python that runs; one that is too wide goes on further in."""
        text = "".join(piece for piece, _ in self.screen.spell(rule.python))
        room = self.screen.width - _INDENT - 2
        room -= 4 * (self.screen.measure(text) > room)
        for start, end in broken(text, room):
            more = "    " if start else ""
            self.screen.line(" " * _INDENT, ("▏ ", "line2"), *expression(more + text[start:end]))

    def meaning(self, line: Line) -> str:
        """What a symbol means, in words."""
        subject = line.symbol.removeprefix("dC_d").removeprefix("δ_")
        return self.say(meaning_key(self.made, line), layer=line.layer, subject=symbol_text(subject))

    def _text_of(self, symbol: str) -> str:
        rule = self.made.line(symbol).rule
        return "" if rule is None else rule.text

    def _numbers(self, line: Line, numbers: Numbers) -> None:
        """The equation with numbers, on one line where there is room, else a stage a line."""
        screen = self.screen
        head: Spans = [*expression(numbers.symbol)]
        color = line.rule.target.color if line.rule is not None else None
        result: Spans = [" = ", (numbers.written, f"{color} bold" if color else "bold")]
        stages: list[Spans] = [[" = ", *in_line(stage)] for stage in numbers.stages]
        if len(stages) == 1 and "".join(term.text for term in numbers.stages[0]) == numbers.written:
            stages = []  # a number that is only passed on
        tail = self._verdict_of(line, numbers)
        shortened = any(term.text == "⋯" for stage in numbers.stages for term in stage)
        if numbers.inner > 3 and shortened and self._is_new(f"⋯ {numbers.inner}"):
            tail = [*tail, "   ", (self.say("products", count=f"{numbers.inner:,}"), "ink3")]
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

    def _verdict_of(self, line: Line, numbers: Numbers) -> Spans:
        """Beside an output neuron: whether it is the truth or the answer; beside its error, which way to push it."""
        made = self.made
        if line.meaning == "output_error" and numbers.index[0] in (made.answer, made.label) and made.label is not None:
            low = numbers.result < 0
            return ["   ", ("▲ " if low else "▼ ") + self.say("too_low" if low else "too_high")]
        if line.meaning == "answer" and made.label is not None:
            if numbers.index[0] == made.label:
                return [f"   □ {self.say('truth')}"]
            return [f"   ◀ {self.say('said')}"]
        return []

    def _value(self, line: Line) -> None:
        """A layer's numbers as cells, and its statistics."""
        column = line.value[:, self.made.example] if line.value.ndim == 2 and line.layer != 1 else None
        shown = self.made.architecture is not None and column is not None and 1 < len(column) <= _STRIP
        single = line.value.ndim == 2 and line.value.shape[1] == self.made.m
        if shown and single and line.meaning not in ("gradient_w", "gradient_b", "weighted_input", "slope_of_cost"):
            assert column is not None
            head: Spans = [*expression(symbol_text(line.symbol)), " "]
            marked = line.numbers[-1].index[0] if line.numbers else None
            signed = bool((column < 0).any()) or line.meaning in ("output_error", "hidden_error", "error")
            rows = strip(self.screen, [float(each) for each in column], marked, signed)
            pad = " " * self.screen.measure(head)
            for at, row in enumerate(rows):
                self.screen.line(" " * (_INDENT + 2), *(head if at == 0 else [pad]), *row)
        self._statistics(line)

    def _statistics(self, line: Line) -> None:
        seen, size = line.statistics, line.value.size
        if size < 2 or line.symbol == "y" or line.passes_on:
            return
        parts = []
        if self.ranges:
            parts.append(self.say("range", low=figure(seen.minimum), high=figure(seen.maximum), mean=figure(seen.mean)))
        if line.meaning == "input" and shown_image(self.made) is not None:
            parts.append(self.say("blank", share=_share(seen.zeros)))
        elif seen.zeros and self.ranges:
            blank = shown_image(self.made) is not None and zero_with_inputs(self.made, line)
            parts.append(self.say("zeros_blank" if blank else "zeros", share=_share(seen.zeros)))
        if seen.saturated is not None and line.symbol.startswith("a"):
            count = round(seen.saturated * size)
            parts.append(self.say("saturated", count=f"{count:,}", total=f"{size:,}"))
            if self._is_new("saturated"):
                parts.append(self.say("sign_saturated"))
        if parts:
            self.screen.text((self.say("semicolon").join(parts), "ink3"), indent=_INDENT + 2)

    def _is_new(self, word: str) -> bool:
        """Whether a word is to be explained, since it is not yet; from now on it is."""
        new = word not in self.told
        self.told.add(word)
        return new

    # ---- proof and update --------------------------------------------------------------------------------------------

    def _proof(self) -> None:
        found = questions.proof(self.made)
        index = ",".join(map(str, found.index))
        text = self.say(
            "proved",
            parameter=f"{symbol_text(found.symbol)}[{index}]",
            measured=figure(found.measured, 7),
            derived=figure(found.derivative, 7),
        )
        self.screen.line()
        self.screen.text(*expression(text), (" ✓" if found.agrees else " ≠", "bold"), indent=_INDENT)

    def _update(self, step: Step) -> None:
        """The update of the first layer in full, those of the others in a line each; and what it changes."""
        screen, made = self.screen, self.made
        first = min(line.layer for line in step.lines)
        for line in step.lines:
            if line.layer == first:
                self._line_of_update(line)
        rest = [line.rule.text for line in step.lines if line.layer != first and line.rule is not None]
        if rest:
            screen.line()
            for text in rest:
                screen.line(" " * (_INDENT + 2), (f"{self.say('likewise')}  ", "ink3"), *expression(text))
        screen.line()
        screen.text(self.say("step_changes", rate=f"{made.learning_rate:g}"), indent=_INDENT)
        self.change(questions.one_step(made))

    def change(self, found: Change, most: int = 0) -> None:
        """Cost and answers before and after a step: the right answer, the network's, and of the others so many that moved
        `most`; and why one moved against its error."""
        made, screen, last = self.made, self.screen, len(self.made.sizes)
        rows: list[list[Cell]] = [["", (self.say("step_before"), "ink3"), (self.say("step_after"), "ink3")]]
        costs = before_and_after(*found.cost)
        rows.append([(self.say("step_cost"), "bold"), costs[0], (costs[1], "bold")])
        moved = np.argsort(-np.abs(found.activations[1] - found.activations[0]), kind="stable")
        told = [k for k in (made.label, made.answer) if k is not None] if made.classifies else range(len(moved))[:_TOLD]
        for each in dict.fromkeys([*told, *map(int, moved[:most])]):
            before, after = before_and_after(*(float(part[each]) for part in found.activations))
            words = {made.answer: f"◀ {self.say('said')}"} | {made.label: f"□ {self.say('truth')}"}
            words = words if made.classifies else {}
            symbol = (f"{symbol_text(f'a{last}')}[{each}]", "a bold")
            rows.append([symbol, before, (after, "a bold"), words.get(each, "")])
        right = [" ✓" if each == made.label else "" for each in found.answers]
        cells: list[Cell] = [(f"{each}{mark}", "bold") for each, mark in zip(found.answers, right, strict=True)]
        if made.label is not None:
            rows.append([(self.say("step_answer"), "bold"), *cells])
        screen.table(rows, "<>><", gap=3, indent=_INDENT + 2)
        for moved_back in found.against:
            screen.line()
            for sentence in against(made, moved_back, lambda key, **values: say(self.language, key, **values), element):
                screen.text(*expression(sentence), indent=_INDENT)

    def _line_of_update(self, line: Line) -> None:
        assert line.rule is not None
        self.screen.line()
        self.screen.text(*expression(symbol_text(line.symbol)), "  ", (self.meaning(line), "ink2"), indent=_INDENT)
        self._equation(line.rule)
        for numbers in line.numbers:
            self._numbers(line, numbers)
        self._python(line.rule)


def _output_key(made: Recording) -> str:
    """Which text says what an output stands for."""
    if not made.classifies:
        return "output_number"
    return "output_class" if made.classes else "output_digit"


def shown_image(made: Recording) -> Array | None:
    """The image that the numbers are of, as ink from 0 to 1; nothing where what was given is no square picture."""
    if made.architecture is None:
        return None
    ink: Array = made.values["a1"][:, made.example]
    side = math.isqrt(ink.size)
    if side * side != ink.size or side < 8 or side > _PICTURE or ink.min() < 0 or ink.max() > 1:
        return None
    return ink.reshape(side, side)


def element(name: str, *index: int) -> str:
    """A symbol with its index."""
    return f"{symbol_text(name)}[{','.join(map(str, index))}]"


def named(function: object) -> str:
    """An activation or a cost by its name."""
    return function if isinstance(function, str) else str(getattr(function, "__name__", "f"))


def _is_difference(step: Step) -> bool:
    """Whether the output error is a − y alone."""
    error = next((line for line in step.lines if line.meaning == "output_error"), None)
    return error is not None and error.rule is not None and [term.python for term in error.rule.terms][1:] == ["-", "y"]


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"
