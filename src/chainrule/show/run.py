"""A run of training in a notebook: its cost and its accuracy as curves over the epochs, and a table of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..training.history import Epoch, History, Score
from .language import Language, preferred, say, tag_of
from .markup import Html, tag
from .numbers import duration, percent, rounded
from .style import style_sheet
from .svg import Series, epochs_chart

_MAX_ROWS = 12
_STYLE = ("chainrule.show", "run.css")


def html(history: History, language: Language | None = None) -> Html:
    """Draw a run as HTML that brings its own style, and needs no script.

    Args:
        history: The run.
        language: The language; by default the reader's.

    Returns:
        The curves, and a table of at most a dozen epochs, among them the first, the best and the last.
    """
    language = language or preferred()
    parts = [tag("style", Html(style_sheet(_STYLE))), tag("p", _summary(history, language))]
    if history.epochs:
        charts = [_chart(history, say(language, "cost"), lambda score: score.cost, _cost, language)]
        if history.epochs[-1].train.correct is not None:
            charts.append(_chart(history, say(language, "accuracy"), lambda score: score.accuracy, percent, language))
        parts += [tag("div", *charts, class_="cr-run"), _table(history, language)]
    return tag("div", *parts, class_="cr", lang=tag_of(language))


def _summary(history: History, language: Language) -> str:
    """How long the run was, and how it ended."""
    values = {"count": len(history.epochs), "executor": history.executor, "time": duration(history.seconds)}
    said = (
        say(language, "one epoch on {executor} in {time}", **values)
        if len(history.epochs) == 1
        else say(language, "{count} epochs on {executor} in {time}", **values)
    )
    ended = {
        say(language, "stopped"): history.interrupted,
        say(language, "diverged"): history.diverged,
        say(language, "the best is epoch {epoch}", epoch=history.best): history.best is not None,
    }
    return " · ".join([said, *(words for words, is_so in ended.items() if is_so)])


def _chart(
    history: History, title: str, value: Callable[[Score], float], axis: Callable[[float], str], language: Language
) -> Html:
    series = []
    for name, kind, scores in (
        (say(language, "train"), "a", [(epoch.number, epoch.train) for epoch in history.epochs]),
        (say(language, "valid"), "d", [(epoch.number, epoch.validation) for epoch in history.epochs]),
    ):
        points = [(number, value(score)) for number, score in scores if score is not None]
        points = [(number, result) for number, result in points if math.isfinite(result)]
        if points:
            series.append(Series(name, kind, *zip(*points, strict=True)))
    if not series:
        return Html()
    return tag("figure", tag("figcaption", title), epochs_chart(series, axis, label=title))


def _table(history: History, language: Language) -> Html:
    """The epochs, a row each; of many, some that lie evenly among them."""
    epochs = history.epochs
    columns: list[tuple[str, Callable[[Epoch], str]]] = [
        (say(language, "epoch"), lambda epoch: str(epoch.number)),
        (f"{say(language, 'cost')} · {say(language, 'train')}", lambda epoch: _cost(epoch.train.cost)),
    ]
    if epochs[-1].train.correct is not None:
        columns.append((say(language, "train"), lambda epoch: percent(epoch.train.accuracy)))
    if epochs[-1].validation is not None:
        columns.append((f"{say(language, 'cost')} · {say(language, 'valid')}", lambda epoch: _of(epoch, _cost_of)))
        if epochs[-1].validation.correct is not None:
            columns.append((say(language, "valid"), lambda epoch: _of(epoch, lambda score: percent(score.accuracy))))
    columns += [(name, lambda epoch, name=name: rounded(epoch.metrics[name], 4)) for name in epochs[-1].metrics]  # type: ignore[misc]
    columns += [
        ("η", lambda epoch: f"{epoch.learning_rate:.3g}"),
        (say(language, "time"), lambda epoch: duration(epoch.seconds)),
    ]
    rows = [tag("tr", *(tag("th", head) for head, _ in columns))]
    for place in _places(len(epochs), history.best):
        kind = "cr-best" if epochs[place].number == history.best else None
        rows.append(tag("tr", *(tag("td", write(epochs[place])) for _, write in columns), class_=kind))
    shown = len(rows) - 1
    note = "" if shown == len(epochs) else say(
        language, "{shown} of {count:,} epochs; rows() gives them all", shown=shown, count=len(epochs)
    )  # fmt: skip
    return tag("div", tag("table", *rows), *([tag("p", note)] if note else []), class_="cr-run")


def _places(count: int, best: int | None) -> Sequence[int]:
    """The positions of the epochs that are shown: the first and the last, some between them, and the best."""
    if count <= _MAX_ROWS:
        return range(count)
    between = {round(step * (count - 1) / (_MAX_ROWS - 1)) for step in range(_MAX_ROWS)}
    return sorted(between | ({best - 1} if best is not None and 0 < best <= count else set()))


def _cost(value: float) -> str:
    return rounded(value, 4)


def _cost_of(score: Score) -> str:
    return _cost(score.cost)


def _of(epoch: Epoch, write: Callable[[Score], str]) -> str:
    return "" if epoch.validation is None else write(epoch.validation)
