"""The result of a learning rate search as a curve on a terminal, which is how it prints: one mark per column, with the numbers
at the ends of its axes."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from ..training.rate_search import RateSearch
from .language import SOURCE, Language, say
from .numbers import rounded
from .screen import Line, Screen

_HEIGHT = 10
_MARK = "━"


def draw(found: RateSearch, screen: Screen, language: Language = SOURCE) -> None:
    """Draw the cost over η, and mark the rate to begin with."""
    screen.line((say(language, "cost C"), "ink3"))
    chart(screen, found.rates, found.costs, logarithmic=True, marked=found.suggested)
    screen.line((say(language, "learning rate η; start with {rate:g}", rate=found.suggested), "ink2"))


def _printed(found: RateSearch) -> str:
    page = io.StringIO()
    draw(found, Screen(page, width=80, depth="none"))
    return page.getvalue()


def chart(
    screen: Screen, x: Sequence[float], y: Sequence[float], *, logarithmic: bool = False, marked: float | None = None
) -> None:
    """Draw y over x, both finite and x rising; a value of x may be `marked`, with ▲ under the axis.

    >>> import io
    >>> page = io.StringIO()
    >>> chart(Screen(page, width=24, depth="none"), [1, 2, 3], [3, 1, 2], marked=2)
    >>> page.getvalue().splitlines()[0]
    '     3 ━━━━━━━━'
    """
    low, high = min(y), max(y)
    labels = [_number(high), _number(low)]
    margin = max(6, *map(screen.measure, labels)) + 1
    width = max(1, screen.width - margin)
    places = [math.log(value) for value in x] if logarithmic else list(x)
    first, span = places[0], (places[-1] - places[0]) or 1.0

    def column(place: float) -> int:
        return min(width - 1, int((place - first) / span * width))

    heights = _filled([(column(place), value) for place, value in zip(places, y, strict=True)], width)
    rows = [round((high - value) / ((high - low) or 1.0) * (_HEIGHT - 1)) for value in heights]
    for row in range(_HEIGHT):
        label = labels[0] if row == 0 else labels[1] if row == _HEIGHT - 1 else ""
        marks = "".join(_MARK if at == row else " " for at in rows).rstrip()
        line: Line = [*screen.pad((label, "ink3"), margin - 1, ">"), " ", (marks, "a")]
        screen.line(*line)
    ends = (_number(x[0]), _number(x[-1]))
    gap = max(1, width - screen.measure(ends[0]) - screen.measure(ends[1]))
    if marked is not None:
        at = column(math.log(marked) if logarithmic else marked)
        screen.line(" " * (margin + at), ("▲", "bold"))
    screen.line(" " * margin, (ends[0], "ink3"), " " * gap, (ends[1], "ink3"))


def _number(value: float) -> str:
    return rounded(value) if 0 < value < 0.0005 else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _filled(points: Sequence[tuple[int, float]], width: int) -> list[float]:
    """A height for every column: the mean of its points, or the height of the last column that has one."""
    heights: list[float] = []
    for column in range(width):
        here = [value for at, value in points if at == column]
        heights.append(sum(here) / len(here) if here else heights[-1])
    return heights


setattr(RateSearch, "__str__", _printed)  # noqa: B010  # as notebooks show programs: whoever prints one, it is drawn here
