"""The questions that a learner asks, answered in HTML: why this answer, is the gradient right, what does a step change.

The answers themselves are worked out in `questions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..program.symbol_names import symbol_text
from ..show.bilingual import Speaker
from ..show.heat import scale
from ..show.markup import Html, joined, tag
from ..show.mathml import math, number, operator, symbol, titled
from ..show.numbers import before_and_after, rounded
from ..show.picture import Look, cell_text, picture, summary
from ..show.svg import Change as Line
from ..show.svg import slope_chart
from . import questions
from .picture_style import image_shape
from .recording import Recording
from .sentences import against

_MOST = 8  # neurons that have a row of their own


def why(made: Recording, say: Speaker) -> Html:
    """Why this answer and not the other: what each neuron of the last hidden layer said for both, and each pixel."""
    found = questions.why(made)
    last = len(made.sizes)
    shown, rest = found.votes[:_MOST], found.votes[_MOST:]
    sums = [sum(getattr(vote, side) for vote in rest) for side in ("this", "other")]
    pairs = [(vote.this, vote.other) for vote in shown] + [(sums[0], sums[1]), found.biases]
    top = max(abs(each) for pair in pairs for each in pair) or 1.0
    pictured = last > 2 and image_shape(made) is not None and last == 3
    rows = [_row(_vote(made, vote, pictured), (vote.this, vote.other), top) for vote in shown]
    empty = [tag("td", class_="cr-thumb")] if pictured else []
    if rest:
        rows.append(_row([*empty, tag("td", say("document.others", count=len(rest)), colspan=2)], pairs[-2], top))
    bias = tag("td", say("document.bias"), " ", math(symbol(f"b{last}")), colspan=2)
    rows.append(_row([*empty, bias], found.biases, top))
    total = tag("td", say("document.sum"), " ", math(symbol(f"z{last}")), colspan=2)
    rows.append(_sum([*empty, total], found.z, "z", signed=True))
    rows.append(_sum([*empty, tag("td", math(symbol(f"a{last}")), colspan=2)], found.a, "a"))
    titles = [
        tag(
            "th", say("document.for", answer=tag("b", str(answer))), " ", _product(last, answer), colspan=2, scope="col"
        )
        for answer in (found.this, found.other)
    ]
    head = tag(
        "tr",
        *empty,
        tag("th", titled(tag("mi", "k"), "k"), scope="col"),
        tag("th", titled(symbol(f"a{last - 1}", "k"), symbol_text(f"a{last - 1}")), scope="col"),
        *titles,
    )
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="cr-why")
    words = say(
        "document.why pixels" if last == 2 and image_shape(made) is not None else "document.why words",
        layer=last - 1,
        answer=made.class_text(found.this),
        other=made.class_text(found.other),
        one=rounded(found.z[0], 2),
        two=rounded(found.z[1], 2),
    )
    heading = tag("h3", say("document.why", answer=made.class_text(found.this), other=made.class_text(found.other)))
    wide = tag("div", table, class_="cr-wide", tabindex="0", role="group")
    return joined(
        heading, tag("p", words, class_="cr-text"), tag("div", wide, _pixels(made, found, say), class_="cr-block")
    )


def _vote(made: Recording, vote: questions.Vote, pictured: bool) -> list[Html]:
    cells = [tag("th", str(vote.neuron), scope="row"), tag("td", rounded(vote.activation), class_="cr-a")]
    if pictured:
        weights = np.asarray(made.values["w2"])
        look = Look(scale(weights, share=0.995, diverging=True), image_shape(made), 1, small=True)
        drawn = picture(weights[vote.neuron : vote.neuron + 1], look, Speaker(("en",)))
        cells.insert(0, tag("td", drawn.html, class_="cr-thumb"))
    return cells


def _row(cells: Sequence[Html], pair: tuple[float, float], top: float) -> Html:
    return tag("tr", *cells, *(cell for each in pair for cell in _push(each, top)))


def _push(value: float, top: float) -> tuple[Html, Html]:
    """A bar from the middle to the right where a number is positive, hatched to the left where it is negative."""
    width = 50 * abs(value) / top
    left = 50 if value > 0 else 50 - width
    bar = tag("i", class_="cr-plus" if value > 0 else "cr-minus", style=f"width:{width:.1f}%;left:{left:.1f}%")
    return tag("td", tag("span", bar), class_="cr-push"), tag("td", _signed(value), class_="cr-value")


def _signed(value: float) -> str:
    return rounded(value, 2, signed=True) if abs(value) >= 0.005 else cell_text(value, 2)


def _sum(cells: Sequence[Html], pair: tuple[float, float], kind: str, signed: bool = False) -> Html:
    values = [
        tag("td", rounded(each, 2 if signed else 3, signed=signed), class_=f"cr-value cr-{kind}", colspan=2)
        for each in pair
    ]
    return tag("tr", *cells, *values, class_="cr-sum")


def _product(last: int, answer: int) -> Html:
    return math(symbol(f"w{last}", answer, "k"), operator("\N{INVISIBLE TIMES}"), symbol(f"a{last - 1}", "k"))


def _pixels(made: Recording, found: questions.Evidence, say: Speaker) -> Html:
    image = image_shape(made)
    if image is None:
        return Html()
    values = found.pixels.reshape(-1, 1)
    drawn = picture(values, Look(scale(values, share=0.995, diverging=True), image, 0, large=True), say)
    spoken = tag("span", summary(values, say), class_="cr-spoken")
    words = say("document.evidence", answer=made.class_text(found.this), other=made.class_text(found.other))
    return tag("div", drawn.html, spoken, tag("p", words, class_="cr-note"), class_="cr-evidence")


def proof(made: Recording, say: Speaker) -> Html:
    """A gradient beside its measurement."""
    found = questions.proof(made)
    wide = made.values[found.symbol].ndim == 2 and made.values[found.symbol].shape[1] == 1
    words = say(
        "document.proof",
        symbol=math(symbol(found.symbol, *(found.index[:1] if wide else found.index))),
        measured=tag("b", rounded(found.measured, 7), class_="cr-nowrap"),
        derivative=tag("b", rounded(found.derivative, 7), class_="cr-nowrap"),
        error=math(number(found.relative_error)),
    )
    return joined(tag("h3", say("document.proof title")), tag("p", words, class_="cr-text"))


def change(made: Recording, say: Speaker) -> Html:
    """What one step of learning changes: the outputs before and after, and the cost."""
    found = questions.one_step(made)
    before, after = found.activations
    costs = _arrow(*found.cost)
    said = [tag("p", say("document.cost change", costs=costs, rate=f"{found.learning_rate:g}"), class_="cr-text")]
    marks = {found.answers[0]: "answer"} | ({made.label: "truth"} if made.label is not None else {})
    if not made.classifies:
        marks = dict.fromkeys(range(min(3, len(before))), "answer")
    top = max(1.0, float(max(before.max(), after.max())))
    for at, mark in sorted(marks.items()):
        key = "document.output change" + " truth" * (mark == "truth")
        values = _arrow(float(before[at]), float(after[at]))
        said.append(tag("p", say(key, neuron=at, values=values), class_="cr-text"))
    lines = [Line(str(at), float(before[at]), float(after[at]), marks.get(at, "")) for at in range(len(before))]
    if made.classifies and len(before) > 1:
        key = "stays" if found.answers[0] == found.answers[1] else "turns"
        was, now = map(made.class_text, found.answers)
        said.append(tag("p", say(f"document.{key}", before=was, after=now), class_="cr-text"))
    for each in found.against:
        sentences = against(made, each, say, lambda name, *index: math(symbol(name, *index)))
        said += [tag("p", sentence, class_="cr-text") for sentence in sentences]
    drawn = tag(
        "div",
        tag("p", tag("span", say("document.before")), tag("span", say("document.after")), class_="cr-ends"),
        slope_chart(lines, top=top),
    )
    block = tag("div", drawn, tag("div", *said, class_="cr-side"), class_="cr-block")
    return joined(tag("h3", say("document.change title")), block)


def _arrow(before: float, after: float) -> Html:
    return tag("b", " → ".join(before_and_after(before, after)), class_="cr-nowrap")


def fading(made: Recording, say: Speaker) -> Html:
    """How long the error of each layer is, from the last layer to the first."""
    found = questions.layers(made)
    if len(found) < 2:
        return Html()
    longest = max(each.error for each in found) or 1.0
    rows = [
        tag(
            "li",
            tag("b", math(symbol(f"δ{each.layer}"))),
            tag(
                "span", tag("i", style=f"width:{100 * each.error / longest:.1f}%", class_="cr-error"), class_="cr-track"
            ),
            tag("span", rounded(each.error), class_="cr-value"),
            tag(
                "em",
                "" if each.saturated is None else say("document.flat of", count=each.saturated, total=each.neurons),
            ),
        )
        for each in reversed(found)
    ]
    words = tag("p", say("document.fading"), class_="cr-text")
    return joined(tag("h3", say("document.fading title")), words, tag("ol", *rows, class_="cr-bars cr-fading"))
