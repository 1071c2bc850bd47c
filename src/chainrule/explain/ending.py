"""The end of the article in HTML: functions that are fitted, from a line through a wave to digits, each with its picture and
its numbers, and the sentence that the article ends with. What is fitted is in `fitting`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.nouns import Array
from ..show.bilingual import Speaker
from ..show.markup import Html, tag
from ..show.mathml import symbol, titled
from ..show.numbers import figure
from ..show.picture import Look, picture, summary
from ..show.svg import through_points
from .fitting import LINE, WAVE, Fit, Task, derivative, fitted, wave
from .writer import Writer


def ending(writer: Writer) -> list[Html]:
    """The line, the wave and the digit side by side, and the final sentence."""
    say, made = writer.say, writer.made
    assert made.architecture is not None
    lines = str(derivative()).splitlines()
    code = "\n".join(line.strip() for line in lines if line.startswith("    ") and " = " in line)
    count = f"{made.architecture.parameter_count:,}"
    shown = [
        _fitted(LINE, say("article.fit", points=LINE.x.size, rate=LINE.rate), ("w", "b"), say),
        _fitted(WAVE, say("article.fit wave", **wave()), (), say),
    ]
    one = np.asarray(made.values["a1"])[:, made.example : made.example + 1]
    looks = writer.blocks.looks
    digit = picture(one, Look(looks.scale_of("a1"), looks.image, 0, large=True), say)
    spoken = tag("span", summary(one, say), class_="cr-spoken")
    words = tag("figcaption", say("article.fit digits", parameters=count, wave=WAVE.count), class_="cr-note")
    shown.append(tag("figure", digit.html, spoken, words))
    return [
        tag("p", say("article.derived line"), class_="cr-head cr-derived"),
        tag("code", code, class_="cr-py", tabindex="0"),
        tag("div", *shown, class_="cr-fits"),
        tag("blockquote", tag("p", say("article.quote"), class_="cr-say"),
            tag("footer", "— ", say("article.quoted")), class_="cr-quote"),
    ]  # fmt: skip


def _fitted(task: Task, words: Html, names: Sequence[str], say: Speaker) -> Html:
    """A task's points and its fits as a picture, and in a table the cost of each, and its parameters where they have names."""
    fits = fitted(task)
    grid = np.linspace(task.x.min(), task.x.max(), 81)
    lines = [(f"{fit.steps:,}", _curve(task, fit, grid)) for fit in fits]
    points = list(zip(np.ravel(task.x).tolist(), np.ravel(task.y).tolist(), strict=True))
    head = tag(
        "tr",
        tag("th", say("article.fit steps"), scope="col"),
        *(tag("th", titled(symbol(name), name), scope="col") for name in (*names, "C")),
    )
    rows = [
        tag(
            "tr",
            tag("th", f"{fit.steps:,}", scope="row"),
            *(tag("td", figure(float(each))) for each in fit.parameters if names),
            tag("td", figure(fit.cost)),
        )
        for fit in fits
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="cr-shapes")
    return tag(
        "figure",
        through_points(points, lines),
        tag("figcaption", words, " ", say("article.fit beside"), class_="cr-note"),
        table,
    )


def _curve(task: Task, fit: Fit, grid: Array) -> list[tuple[float, float]]:
    x = grid.reshape(1, -1) if task.x.ndim == 2 else grid
    y = np.ravel(task.outputs(*fit.parameters, x))
    return list(zip(grid.tolist(), y.tolist(), strict=True))
