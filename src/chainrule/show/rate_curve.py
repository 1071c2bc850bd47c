"""The result of a learning rate search as a curve on a terminal, which is how it prints: one mark per column, with the numbers
at the ends of its axes."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from ..training.rate_search import RateSearch
from .language import SOURCE, Language, say
from .numbers import rounded
from .screen import Screen

_HEIGHT = 10
_MARK = "━"


def draw(found: RateSearch, screen: Screen, language: Language = SOURCE) -> None:
    """Draw the cost over η, on a logarithmic axis, with ▲ under the rate to begin with.

    >>> page = io.StringIO()
    >>> draw(RateSearch((0.1, 1.0, 10.0), (3.0, 1.0, 2.0), 1.0), Screen(page, width=24, depth="none"))
    >>> page.getvalue().splitlines()[1]
    '     3 ━━━━━━━━'
    """
    low, high = min(found.costs), max(found.costs)
    labels = {0: _number(high), _HEIGHT - 1: _number(low)}
    margin = max(6, *map(screen.measure, labels.values())) + 1
    width = max(1, screen.width - margin)
    first, last = found.rates[0], found.rates[-1]
    span = math.log(last / first) or 1.0

    def column(rate: float) -> int:
        return min(width - 1, int(math.log(rate / first) / span * width))

    points = [(column(rate), cost) for rate, cost in zip(found.rates, found.costs, strict=True)]
    rows = [round((high - cost) / ((high - low) or 1.0) * (_HEIGHT - 1)) for cost in _heights(points, width)]
    screen.line((say(language, "cost C"), "ink3"))
    for row in range(_HEIGHT):
        marks = "".join(_MARK if at == row else " " for at in rows).rstrip()
        screen.line(*screen.pad((labels.get(row, ""), "ink3"), margin - 1, ">"), " ", (marks, "a"))
    screen.line(" " * (margin + column(found.suggested)), ("▲", "bold"))
    ends = _number(first), _number(last)
    gap = max(1, width - sum(map(screen.measure, ends)))
    screen.line(" " * margin, (ends[0], "ink3"), " " * gap, (ends[1], "ink3"))
    screen.line((say(language, "learning rate η; start with {rate:g}", rate=found.suggested), "ink2"))


def _number(value: float) -> str:
    return rounded(value) if 0 < value < 0.0005 else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _heights(points: Sequence[tuple[int, float]], width: int) -> list[float]:
    """A height for every column: the mean of its points, or the height of the last column that has one."""
    heights: list[float] = []
    for column in range(width):
        here = [value for at, value in points if at == column]
        heights.append(sum(here) / len(here) if here else heights[-1])
    return heights


def _printed(found: RateSearch) -> str:
    page = io.StringIO()
    draw(found, Screen(page, width=80, depth="none"))
    return page.getvalue()


setattr(RateSearch, "__str__", _printed)  # noqa: B010  # as notebooks show programs: whoever prints one, it is drawn here
