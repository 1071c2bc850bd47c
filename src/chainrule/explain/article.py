"""The article as one HTML file: its steps in its order, its code, and the derived program, on a real digit.

The code is read from `textbook.py`, line by line; the words are in the catalog; the steps are those of an explanation.
"""

from __future__ import annotations

import functools
import json
import re
import textwrap
from dataclasses import dataclass
from importlib import resources

from ..core.messages import listed, message
from ..show.bilingual import Speaker
from ..show.language import Language, preferred, translated
from ..show.markup import Html, joined, tag
from ..show.numbers import percent
from .document import page
from .ending import ending
from .fitting import WAVE
from .recording import Recording
from .walk import walk
from .writer import Writer


@dataclass(frozen=True)
class Section:
    """A part of the article: its words, the step that it shows (0: none), where its code starts and ends (each piece of
    it), and its notes, which say where what stands here departs from the article."""

    name: str
    step: int = 0
    code: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


SECTIONS = (
    Section("network", 0, (("self.num_layers = len", "def feedforward"),), ("bias", "layers", "count")),
    Section("input", 1, (("# 1 Input", "# 2 Feedforward"),), ("scaled",)),
    Section("feedforward", 2, (("# 2 Feedforward", "# 3 Output error"),), ("before", "index", "batch")),
    Section(
        "error",
        3,
        (("# 3 Output error", "# 5 Output, for layer L"), ("def cost_derivative", "def update_mini")),
        ("cost", "slope"),
    ),
    Section("backwards", 4, (("# 4 Backpropagated", "# 5 Output, for this layer"),), ("loop",)),
    Section(
        "gradients",
        5,
        (
            ("# 5 Output, for layer L", "# The equation's l"),
            ("# 5 Output, for this layer", "return (nabla_b, nabla_w)"),
        ),
        ("place",),
    ),
    Section("update", 6, (("for x, y in mini_batch", "def SGD"),), ("mean", "average")),
    Section("end"),
)
"""The article's sections, in its order; the sixth is the update, which follows its five steps."""
_DOCSTRING = re.compile(r'\n *"""[\s\S]*?"""')
_TYPES = re.compile(r"(?<=\w): (?:list\[Array\]|Array)(?= =|[,)])| -> Array(?=:)")


def code_of(section: Section, language: Language = "en") -> str:
    """The article's code of a section, as it stands in `textbook.py`, without docstrings and types; nothing where it has
    none. Comments are in the reader's language.

    >>> print(code_of(SECTIONS[1]).splitlines()[0])
    # 1 Input: a^1 = x
    >>> print(code_of(SECTIONS[1], "zh").splitlines()[0])
    # 1 输入：a^1 = x
    """
    lines = (resources.files("chainrule") / "textbook.py").read_text(encoding="utf-8").splitlines()
    pieces = []
    for start, end in section.code:
        first = next(at for at, line in enumerate(lines) if line.strip().startswith(start))
        last = next(at for at in range(first + 1, len(lines)) if lines[at].strip().startswith(end))
        pieces.append(_DOCSTRING.sub("", textwrap.dedent("\n".join(lines[first:last])).strip()))
    code = _TYPES.sub("", "\n\n".join(pieces))
    return "\n".join(_told(line, language) for line in code.splitlines())


def _told(line: str, language: Language) -> str:
    """A line of code with its comment in a language."""
    code, sign, comment = line.partition("# ")
    return f"{code}{sign}{translated(message(comment), language)}"


@functools.cache
def measured() -> dict[str, str]:
    """The figures of the notes, as `benchmarks/squashed_input.py` measured them."""
    text = (resources.files(__package__) / "squashed_input.json").read_text(encoding="utf-8")
    found = json.loads(text)
    return {
        "scaled": percent(found["scaled"]),
        "squashed": percent(found["squashed"]),
        "epochs": str(found["epochs"]),
        "seeds": str(found["seeds"]),
    }


def article(made: Recording, *, language: Language | None = None) -> str:
    """The article as an HTML file in all languages, opened in `language`, on what `made` explains: a network with a label.

    It asks for nothing outside, and has no script.
    """
    assert made.architecture is not None
    say = Speaker()
    writer = Writer(made, say, statistics=False)
    sizes = listed(made.sizes, last="{words} and {word}")
    top = [
        tag("h1", say("article.title")),
        writer.hero(),
        tag("p", say("article.lead", sizes=sizes), class_="cr-text"),
        tag("p", tag("b", say("article.key point")), class_="cr-text"),
        tag("p", say("article.departures"), class_="cr-text"),
        writer.legend(),
    ]
    sections = [_section(section, writer, say) for section in SECTIONS]
    links = [(section.step, say(f"article.{section.name}")) for section in SECTIONS if section.step]
    title = Speaker((language or preferred(),))("article.title")
    body = joined(*top, *sections, writer.dimensions())
    return page(title, body, links, say("article.kind"), language or preferred())


def _section(section: Section, writer: Writer, say: Speaker) -> Html:
    made = writer.made
    number = tag("i", str(section.step)) if section.step else ""
    count = f"{made.architecture.parameter_count:,}" if made.architecture else ""
    parts = [
        tag("h2", number, say(f"article.{section.name}")),
        tag("p", say(f"article.{section.name} text", parameters=count, wave=WAVE.count), class_="cr-say"),
    ]
    parts += writer.items(writer.evaluator.give([*walk(made, section.step)]))
    if section.code:
        parts.append(tag("p", say("article.code"), class_="cr-head"))
        parts.append(_code(section, say))
    parts += [
        tag("p", "▲ ", say(f"article.note {note}", **measured()), class_="cr-margin", role="note")
        for note in section.notes
    ]
    if section.step:
        parts.append(tag("p", say("article.derived"), class_="cr-head cr-derived"))
        step = made.steps[section.step - 1]
        parts += writer.content(step, writer.evaluator.one(writer.outline.step(step, questions=False)).items[1:])
    if section.name == "end":
        parts += ending(writer)
    return tag("section", *parts, class_="cr-step", id=f"step-{section.step}" if section.step else None)


def _code(section: Section, say: Speaker) -> Html:
    """The article's code; where a screen is too narrow for a line, it goes on further in."""
    lines = []
    for line in code_of(section).splitlines():
        code, sign, comment = line.partition("# ")
        told = tag("i", sign, say(comment)) if sign else ""
        lines.append(tag("span", code, told, style=f"--in:{len(line) - len(line.lstrip())}"))
    return tag("code", joined(*lines, by="\n"), class_="cr-py cr-told", tabindex="0")
