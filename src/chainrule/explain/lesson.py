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
    screen.line((lesson.say("title"), "bold"))
    screen.line()
    screen.text(lesson.say("lead", sizes=listed(made.sizes, last="{words} and {word}")))
    screen.text((lesson.say("key point"), "bold"))
    screen.text(lesson.say("departures"))
    screen.line()
    lesson.page.head(source)
    for section in SECTIONS:
        lesson.section(section)


class _Lesson:
    def __init__(self, made: Recording, screen: Screen, language: Language):
        self.made, self.screen, self.language = made, screen, language
        self.page = Page(made, screen, language, statistics=False)

    def say(self, key: str, **values: object) -> str:
        """A text of the article, without the marks where a browser may break it."""
        return say(self.language, f"article.{key}", **values).replace("\u200b", "")

    def section(self, section: Section) -> None:
        """A title and its words, the code, the notes, and the step as the program derives it."""
        screen, made = self.screen, self.made
        assert made.architecture is not None
        screen.line()
        screen.rule()
        number = f"{section.step}  " if section.step else ""
        screen.line((number, "ink3"), (self.say(section.name), "bold"))
        count = f"{made.architecture.parameter_count:,}"
        screen.text(self.say(f"{section.name} text", parameters=count, wave=WAVE.count), indent=3)
        self.page.items(self.page.evaluator.give([*walk(made, section.step)]))
        code = code_of(section, self.language)
        if code:
            screen.line()
            screen.line("   ", (self.say("code"), "ink3"))
            for line in code.splitlines():
                self._code(line)
        for note in section.notes:
            screen.line()
            screen.text(("▲ ", "bold"), (self.say(f"note {note}", **measured()), "ink2"), indent=3)
        if section.step:
            screen.line()
            screen.line("   ", (self.say("derived"), "ink3"))
            self.page.lines(made.steps[section.step - 1])
        if section.name == "end":
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
        screen.text((self.say("fit", points=LINE.x.size, rate=LINE.rate), "ink2"), indent=3)
        head: list[Cell] = [(self.say("fit steps"), "ink3"), ("w", "w bold"), ("b", "b bold"), ("C", "bold")]
        rows: list[list[Cell]] = [head]
        for fit in fitted():
            rows.append([str(fit.steps), *(figure(float(each)) for each in fit.parameters), figure(fit.cost)])
        screen.table(rows, ">>>>", gap=3, indent=3)
        screen.line()
        screen.text((self.say("fit wave", **wave()), "ink2"), indent=3)
        screen.table(
            [[(self.say("fit steps"), "ink3"), ("C", "bold")]]
            + [[str(fit.steps), figure(fit.cost)] for fit in fitted(WAVE)],
            ">>", gap=3, indent=3,
        )  # fmt: skip
        screen.line()
        count = f"{made.architecture.parameter_count:,}"
        screen.text((self.say("fit digits", parameters=count, wave=WAVE.count), "bold"), indent=3)
        screen.line()
        screen.text(self.say("quote"), indent=3)
        screen.text((self.say("quoted"), "ink2"), indent=3)
