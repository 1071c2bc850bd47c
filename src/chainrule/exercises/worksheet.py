"""Worksheets for paper: the numbers of a small real network, all else to be computed; and the keys, in a file apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.messages import message
from ..practice.forms import Form
from ..program.formulas import formulas
from ..program.symbol_names import symbol_text
from ..show.language import Language, say, tag_of, translated
from ..show.markup import Html, joined, tag
from ..show.style import style_sheet
from .small_network import PARAMETERS, small_network

_HEADS = (message("symbol"), message("how"), message("dimensions"), message("numbers"))
_PAPER = """
body { margin: 2em auto; max-width: 46em }
section { break-after: page; margin-bottom: 4em }
.cr table { border-collapse: collapse; width: 100%; margin: 1em 0 }
.cr td, .cr th { border: 1px solid #888; padding: .45em .6em; text-align: left; font-weight: 400 }
.cr th { font-weight: 600 }
"""


def worksheets(seeds: Sequence[int], language: Language) -> tuple[str, str]:
    """Sheets for these seeds, and their keys.

    Args:
        seeds: One for each sheet, so that each student has other numbers.
        language: The language.

    Returns:
        Two pages of HTML, to be printed.
    """
    title = say(language, "Backpropagation by hand")
    sheets = [_sheet(seed, language, False) for seed in seeds]
    keys = [_sheet(seed, language, True) for seed in seeds]
    return _page(title, sheets, language), _page(say(language, "Backpropagation by hand: keys"), keys, language)


def _sheet(seed: int, language: Language, key: bool) -> Html:
    program, given = small_network(seed)
    form = Form(program)
    values = form.run(list(given.values()))
    assert values is not None
    head = tag("h2", say(language, "Sheet {seed}", seed=seed))
    task = tag(
        "p",
        say(
            language,
            "Two inputs, two neurons, one answer; σ(z) = 1 / (1 + e⁻ᶻ), C = ½ Σ (a³ − y)². Fill in dimensions and numbers, with "
            "four decimals.",
        ),
    )
    numbers = [tag("tr", tag("td", symbol_text(name)), tag("td", _numbers(each, 2))) for name, each in given.items()]
    rows = [tag("tr", *(tag("th", translated(each, language)) for each in _HEADS))]
    for line in formulas(program):
        how: list[str] = [Html("&nbsp;")] * 3
        if key:
            how = [_of_layers(line.right_side), line.target.size, _numbers(values[line.target.name], 4)]
        rows.append(tag("tr", tag("td", _of_layers(line.target.text)), *(tag("td", each) for each in how)))
    questions = [
        say(
            language, "Which way does each weight of w² move in one step of gradient descent: up, down, or not at all?"
        ),
        say(language, "Which hidden neuron has the larger error, the first or the second? Why?"),
    ]
    asked = joined(*(tag("p", f"{number}. {each}") for number, each in enumerate(questions, 1)))
    answers = [tag("p", each) for each in _answers(values, given, program, language)] if key else []
    name = [] if key else [tag("p", f"{say(language, 'Name')}: ______________________")]
    return tag("section", head, *name, task, tag("table", *numbers), tag("table", *rows), asked, *answers)


def _answers(values: Any, given: Any, program: Any, language: Language) -> list[str]:
    gradient = dict(zip(PARAMETERS, program(*given.values()), strict=True))
    ways = np.where(gradient["w2"] > 0, "↓", np.where(gradient["w2"] < 0, "↑", "0"))
    blamed = int(np.argmax(np.abs(gradient["b2"])))
    return [
        f"1. w²: {_table(ways)}",
        say(
            language,
            "2. Neuron {number}: its error is {error}.",
            number=blamed + 1,
            error=_numbers(gradient["b2"][blamed], 4),
        ),
    ]


def _numbers(value: Any, decimals: int) -> str:
    return _table(np.vectorize(lambda each: f"{each:.{decimals}f}".replace("-", "−"))(np.atleast_1d(value)))


def _of_layers(text: str) -> str:
    """Errors as the book writes them: δ³."""
    return text.replace("δ_z3", "δ³").replace("δ_z2", "δ²")


def _table(texts: Any) -> str:
    rows = [", ".join(map(str, np.atleast_1d(row))) for row in texts]
    return "; ".join(rows) if len(rows) > 1 else rows[0]


def _page(title: str, sections: Sequence[Html], language: Language) -> str:
    head = tag("head", tag("meta", charset="utf-8"), tag("title", title), tag("style", Html(style_sheet() + _PAPER)))
    body = tag("body", tag("h1", title), joined(*sections), class_="cr")
    return f"<!doctype html>\n{tag('html', head, body, lang=tag_of(language))}\n"
