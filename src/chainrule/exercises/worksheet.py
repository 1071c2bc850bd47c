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
_STEPS = (12, 36, 17, 35)  # widths of the columns, in percent; in "how" a formula is written by hand
_GIVEN = (28, 17, 17, 10, 17, 11)
# A sheet is one page of A4 and of US Letter: its height is set in millimeters, so that one can write in every cell.
_PAPER = """
@page { margin: 12mm }
body { margin: 0 auto; max-width: 186mm }
section { padding: 4mm 0 }
section + section { break-before: page }
.cr h1 { font-size: 16pt; margin: 0 }
.cr p { margin: 2mm 0 }
.cr table { border-collapse: collapse; table-layout: fixed; width: 100%; margin: 3mm 0 }
.cr td, .cr th { border: 1px solid #888; height: 6mm; padding: 0 2mm; text-align: left; font-weight: 400 }
.cr th { font-weight: 600 }
.cr .cr-steps td { height: 11mm }
.cr-writing { border-bottom: 1px solid #888; height: 9mm }
"""
_WRITING = Html('<div class="cr-writing"></div>')


def worksheets(seeds: Sequence[int], language: Language) -> tuple[str, str]:
    """Sheets for these seeds, and their keys.

    Args:
        seeds: One for each sheet, so that each student has other numbers.
        language: The language.

    Returns:
        Two pages of HTML, to be printed.
    """
    sheets, keys = say(language, "Backpropagation by hand"), say(language, "Backpropagation by hand: keys")
    return (
        _page(sheets, [_sheet(seed, language, sheets, False) for seed in seeds], language),
        _page(keys, [_sheet(seed, language, keys, True) for seed in seeds], language),
    )


def _sheet(seed: int, language: Language, title: str, key: bool) -> Html:
    program, given = small_network(seed)
    form = Form(program)
    values = form.run(list(given.values()))
    assert values is not None
    head = tag("h1", f"{title} · ", say(language, "Sheet {seed}", seed=seed))
    task = tag(
        "p",
        say(
            language,
            "Two inputs, two neurons, one answer; σ(z) = 1 / (1 + e⁻ᶻ), C = ½ Σ (a³ − y)². Fill in dimensions and numbers, with "
            "four decimals.",
        ),
    )
    numbers = [
        tag("tr", *(tag("th", symbol_text(name)) for name in given)),
        tag("tr", *(tag("td", _numbers(value, 2)) for value in given.values())),
    ]
    steps = [tag("tr", *(tag("th", translated(each, language)) for each in _HEADS))]
    for line in formulas(program):
        how: list[str] = [Html("&nbsp;")] * 3
        if key:
            how = [_of_layers(line.right_side), line.target.size, _numbers(values[line.target.name], 4)]
        steps.append(tag("tr", tag("td", _of_layers(line.target.text)), *(tag("td", each) for each in how)))
    questions = [
        say(
            language, "Which way does each weight of w² move in one step of gradient descent: up, down, or not at all?"
        ),
        say(language, "Which hidden neuron has the larger error, the first or the second? Why?"),
    ]
    answers = _answers(values, given, program, language)
    asked = [
        joined(tag("p", f"{number}. {question}"), tag("p", answer) if key else joined(_WRITING, _WRITING))
        for number, (question, answer) in enumerate(zip(questions, answers, strict=True), 1)
    ]
    name = tag("p", f"{say(language, 'Name')}: {'_' * 30}")
    tables = tag("table", _columns(_GIVEN), *numbers), tag("table", _columns(_STEPS), *steps, class_="cr-steps")
    return tag("section", head, *([] if key else [name, task]), *tables, *asked)


def _columns(widths: Sequence[int]) -> Html:
    return tag("colgroup", *(tag("col", style=f"width:{width}%") for width in widths))


def _answers(values: Any, given: Any, program: Any, language: Language) -> list[str]:
    gradient = dict(zip(PARAMETERS, program(*given.values()), strict=True))
    ways = np.where(gradient["w2"] > 0, "↓", np.where(gradient["w2"] < 0, "↑", "0"))
    blamed = int(np.argmax(np.abs(gradient["b2"])))
    return [
        f"w²: {_table(ways)}",
        say(
            language,
            "Neuron {number}: its error is {error}.",
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
    body = tag("body", joined(*sections), class_="cr")
    return f"<!doctype html>\n{tag('html', head, body, lang=tag_of(language))}\n"
