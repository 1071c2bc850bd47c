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
        _fitted(
            LINE,
            say(
                "A line: the same calculus on {points} points. w and b step against their gradients with η = {rate}.",
                points=LINE.x.size,
                rate=LINE.rate,
            ),
            ("w", "b"),
            say,
        ),
        _fitted(
            WAVE,
            say(
                "A wave: {points} points of a sine curve, and a network of 1, {hidden} and 1 neurons; its "
                "{parameters} numbers step against their gradients with η = {rate}.",
                **wave(),
            ),
            (),
            say,
        ),
    ]
    one = np.asarray(made.values["a1"])[:, made.example : made.example + 1]
    looks = writer.blocks.looks
    digit = picture(one, Look(looks.scale_of("a1"), looks.image, 0, large=True), say)
    spoken = tag("span", summary(one, say), class_="cr-spoken")
    words = tag(
        "figcaption",
        say(
            "A line: 2 numbers are fitted. A wave: {wave}. Digits: {parameters}, by the same chain rule "
            "and the same step.",
            parameters=count,
            wave=WAVE.count,
        ),
        class_="cr-note",
    )
    shown.append(tag("figure", digit.html, spoken, words))
    return [
        tag("p", say("derived by the program, of a line’s cost"), class_="cr-head cr-derived"),
        tag("code", code, class_="cr-py", tabindex="0"),
        tag("div", *shown, class_="cr-fits"),
        tag("blockquote", tag("p", say(
"Machine learning basically means taking derivatives to fit functions; deep learning means "
"fitting more complicated functions. … That is why I would rather call this field "
"differentiable computing, and building models differentiable programming."), class_="cr-say"),
            tag("footer", "— ", say("Wang Yin, quoted at the end of the article; translated from Chinese")), class_="cr-quote"),
    ]  # fmt: skip


def _fitted(task: Task, words: Html, names: Sequence[str], say: Speaker) -> Html:
    """A task's points and its fits as a picture, and in a table the cost of each, and its parameters where they have names."""
    fits = fitted(task)
    grid = np.linspace(task.x.min(), task.x.max(), 81)
    lines = [(f"{fit.steps:,}", _curve(task, fit, grid)) for fit in fits]
    points = list(zip(np.ravel(task.x).tolist(), np.ravel(task.y).tolist(), strict=True))
    head = tag(
        "tr",
        tag("th", say("steps"), scope="col"),
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
        tag(
            "figcaption",
            words,
            " ",
            say("The number beside a line says after how many steps it was there."),
            class_="cr-note",
        ),
        table,
    )


def _curve(task: Task, fit: Fit, grid: Array) -> list[tuple[float, float]]:
    x = grid.reshape(1, -1) if task.x.ndim == 2 else grid
    y = np.ravel(task.outputs(*fit.parameters, x))
    return list(zip(grid.tolist(), y.tolist(), strict=True))
