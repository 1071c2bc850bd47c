"""The result of a learning rate search as a curve on a terminal, which is how it prints."""

from __future__ import annotations

import io

from ..training.rate_search import RateSearch
from .chart import chart
from .language import SOURCE, Language, say
from .screen import Screen


def draw(found: RateSearch, screen: Screen, language: Language = SOURCE) -> None:
    """Draw the cost over η, and mark the rate to begin with."""
    screen.line((say(language, "cost C"), "ink3"))
    chart(screen, found.rates, found.costs, logarithmic=True, marked=found.suggested)
    screen.line((say(language, "learning rate η; start with {rate:g}", rate=found.suggested), "ink2"))


def _printed(found: RateSearch) -> str:
    page = io.StringIO()
    draw(found, Screen(page, width=80, depth="none"))
    return page.getvalue()


setattr(RateSearch, "__str__", _printed)  # noqa: B010  # as notebooks show programs: whoever prints one, it is drawn here
