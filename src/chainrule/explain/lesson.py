"""The article on a terminal: its sections, its code and notes, and below each what the program derives, on a real digit.

What the article consists of is in `article`; how lines are set is in `terminal`.
"""

from __future__ import annotations

from ..core.messages import listed
from ..program.formulas import formulas
from ..show.language import Language, say
from ..show.numbers import figure
from ..show.ruled import equations
from ..show.screen import Cell, Screen, expression
from ..show.spelling import broken
from .article import SECTIONS, Section, code_of, measured
from .fitting import LINE, WAVE, derivative, fitted, wave
from .recording import Recording
from .terminal import Page
from .walk import walk


def draw_article(made: Recording, screen: Screen, language: Language = "en", source: str = "") -> None:
    """Write the article on what `made` explains: a network with a label."""
    assert made.architecture is not None
    lesson = _Lesson(made, screen, language)
    screen.line((lesson.say("How a neural network works"), "bold"))
    screen.line()
    screen.text(
        lesson.say(
            "A neural network learns by repeating five steps, called backpropagation, and an update that "
            "uses their result. Here they are in the order of the article “How a Neural Network Works”, "
            "on a real digit and a real network of {sizes} neurons: first the article’s code, with every "
            "dimension, then the equations that the program derived by itself, with this digit’s numbers. "
            "Both compute the same thing. (BP1) to (BP4) number the equations in Nielsen’s book.",
            sizes=listed(made.sizes, last="{words} and {word}"),
        )
    )
    screen.text(
        (
            lesson.say("One thing to hold on to: know the dimensions of every symbol. Then you can read every line."),
            "bold",
        )
    )
    screen.text(
        lesson.say(
            "▲ marks where this departs from the article: what the article says, what is done here, and "
            "why. Its words are translated from Chinese."
        )
    )
    screen.line()
    lesson.page.head(source)
    for section in SECTIONS:
        lesson.section(section)


class _Lesson:
    def __init__(self, made: Recording, screen: Screen, language: Language):
        self.made, self.screen, self.language = made, screen, language
        self.page = Page(made, screen, language, statistics=False)

    def say(self, english: str, **values: object) -> str:
        """A text of the article, without the marks where a browser may break it."""
        return say(self.language, english, **values).replace("\u200b", "")

    def section(self, section: Section) -> None:
        """A title and its words, the code, the notes, and the step as the program derives it."""
        screen, made = self.screen, self.made
        assert made.architecture is not None
        screen.line()
        screen.rule()
        number = f"{section.step}  " if section.step else ""
        screen.line((number, "ink3"), (self.say(section.title), "bold"))
        count = f"{made.architecture.parameter_count:,}"
        screen.text(self.say(section.words, parameters=count, wave=WAVE.count), indent=3)
        self.page.items(self.page.evaluator.give([*walk(made, section.step)]))
        code = code_of(section, self.language)
        if code:
            screen.line()
            screen.line("   ", (self.say("the article’s code"), "ink3"))
            for line in code.splitlines():
                self._code(line)
        for note in section.notes:
            screen.line()
            screen.text(("▲ ", "bold"), (self.say(note, **measured()), "ink2"), indent=3)
        if section.step:
            screen.line()
            screen.line("   ", (self.say("derived by the program, on this digit"), "ink3"))
            self.page.lines(made.steps[section.step - 1])
        if section is SECTIONS[-1]:
            self._line_and_digits()

    def _code(self, line: str) -> None:
        """A line of code; one that is too wide has its comment below, and goes on further in."""
        whole = ["   ", ("▏ ", "line2"), *expression(line)]
        if self.screen.measure(whole) <= self.screen.width:
            self.screen.line(*whole)
            return
        code, _, comment = line.partition("  # ")
        indent = len(line) - len(line.lstrip())
        for part in (code, f"{' ' * (indent + 2)}# {comment}" if comment else ""):
            inner = " " * (len(part) - len(part.lstrip()))
            text = "".join(piece for piece, _ in self.screen.spell(part.strip()))
            further = "# " if text.startswith("#") else "    "
            room = self.screen.width - 5 - len(inner)
            room -= len(further) * (self.screen.measure(text) > room)
            for start, end in broken(text, room) if text else ():
                more = further if start else ""
                self.screen.line("   ", ("▏ ", "line2"), inner, *expression(more + text[start:end]))

    def _line_and_digits(self) -> None:
        """The same five lines of calculus for two parameters and for thousands."""
        screen, made = self.screen, self.made
        assert made.architecture is not None
        screen.line()
        program = derivative()
        equations(screen, formulas(program), indent=5)
        for line in str(program).splitlines():
            if line.startswith("    ") and " = " in line:
                screen.line("   ", ("▏ ", "line2"), *expression(line.strip()))
        screen.line()
        screen.text(
            (
                self.say(
                    "A line: the same calculus on {points} points. w and b step against their gradients with η = "
                    "{rate}.",
                    points=LINE.x.size,
                    rate=LINE.rate,
                ),
                "ink2",
            ),
            indent=3,
        )
        head: list[Cell] = [(self.say("steps"), "ink3"), ("w", "w bold"), ("b", "b bold"), ("C", "bold")]
        rows: list[list[Cell]] = [head]
        for fit in fitted():
            rows.append([str(fit.steps), *(figure(float(each)) for each in fit.parameters), figure(fit.cost)])
        screen.table(rows, ">>>>", gap=3, indent=3)
        screen.line()
        screen.text(
            (
                self.say(
                    "A wave: {points} points of a sine curve, and a network of 1, {hidden} and 1 neurons; its "
                    "{parameters} numbers step against their gradients with η = {rate}.",
                    **wave(),
                ),
                "ink2",
            ),
            indent=3,
        )
        screen.table(
            [[(self.say("steps"), "ink3"), ("C", "bold")]]
            + [[str(fit.steps), figure(fit.cost)] for fit in fitted(WAVE)],
            ">>", gap=3, indent=3,
        )  # fmt: skip
        screen.line()
        count = f"{made.architecture.parameter_count:,}"
        screen.text(
            (
                self.say(
                    "A line: 2 numbers are fitted. A wave: {wave}. Digits: {parameters}, by the same chain rule "
                    "and the same step.",
                    parameters=count,
                    wave=WAVE.count,
                ),
                "bold",
            ),
            indent=3,
        )
        screen.line()
        screen.text(
            self.say(
                "Machine learning basically means taking derivatives to fit functions; deep learning means "
                "fitting more complicated functions. … That is why I would rather call this field "
                "differentiable computing, and building models differentiable programming."
            ),
            indent=3,
        )
        screen.text((self.say("Wang Yin, quoted at the end of the article; translated from Chinese"), "ink2"), indent=3)
