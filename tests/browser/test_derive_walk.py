"""The view Derive in one session: whatever was shown or refused before, it shows a program as a new page does.

One walk goes over all ordered pairs of the programs of the gallery, of typed texts and of texts that are refused.
"""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from playwright.sync_api import expect

import chainrule as cr
from chainrule.cli.opening import opened
from chainrule.data.shipped import shipped
from chainrule.page.gallery import GALLERY
from chainrule.web.expressions import points_of, understood
from chainrule.web.site import Saved, Site

from ..web.conftest import PROCESS
from .test_derive import numbers
from .test_served import begun
from .visitor import WIDE

pytestmark = pytest.mark.browser


class Text(NamedTuple):
    """What is typed; where its variables stand, or None where what stood there before stays; or an example that is clicked."""

    expression: str
    at: str | None = None
    example: bool = False


ACCEPTED = (
    Text("x² sin x", "x = 2"),
    Text("sqrt(x² + y²)", "x = 3, y = 4"),
    Text("log(sum(exp(x)))", "x = [1, 2, 3, 0]", example=True),
    Text("0.5 sum((A @ x - b)²) + 0.1 sum(x²)", "A = 5×3, x = (3,), b = (5,)", example=True),
    Text("det(A)", "A = [[1, 2], [3, 4]]"),  # by NumPy alone: nothing moves
    Text("cos x"),
    Text("exp(-t)"),
)
REFUSED = (Text("x² + open(x)"), Text("x²", "x = 1, k = 2"), Text("x @ y", "x = 1, y = 2"))
STOPS = [*GALLERY, *ACCEPTED, *REFUSED]

SEEN = """() => {
  const view = document.querySelector("#view-derive");
  const live = view.querySelector(".live");
  const shown = (node) => node.checkVisibility();
  return {
    text: live.innerText,
    stale: live.classList.contains("stale"),
    refused: view.querySelector("[role=alert]").innerText,
    pressed: [...view.querySelectorAll(".chip[aria-pressed=true]")].map((tab) => tab.textContent),
    at: view.querySelector("#variables").value,
    slope: [...live.querySelectorAll(".slope-text")].filter(shown).map((node) => node.textContent).join(),
    handle: [...live.querySelectorAll(".handle")].filter(shown).map((node) => node.getAttribute("aria-label")),
    sliders: [...live.querySelectorAll(".slider input")].filter(shown).map((input) =>
      [input.ariaLabel, input.min, input.max, input.value, input.parentNode.querySelector("output").textContent]),
  };
}"""
# Moves every slider, chooses a program by its place or a text, and says what is seen once it has settled; all in one call of the
# page, since each call costs more than what it does.
GO = f"""async ({{ chip, example, expression, at }}) => {{
  const view = document.querySelector("#view-derive");
  const sliders = () => [...view.querySelectorAll(".live:not(.stale) .slider input")];
  const put = (field, text) => {{
    field.value = text;
    field.dispatchEvent(new Event("input", {{ bubbles: true }}));
  }};
  for (const {{ ariaLabel }} of sliders()) {{
    const input = sliders().find((slider) => slider.ariaLabel === ariaLabel);
    put(input, (Number(input.min) + 2 * Number(input.max)) / 3);
  }}
  if (chip !== null) view.querySelectorAll(".chip")[chip].click();
  else if (example) [...view.querySelectorAll(".example")].find((button) => button.textContent === expression).click();
  else {{
    put(view.querySelector("#expression"), expression);
    if (at !== null) put(view.querySelector("#variables"), at);
    view.querySelector("form.own").requestSubmit();
  }}
  do await new Promise(requestAnimationFrame);
  while (view.hasAttribute("aria-busy"));
  return ({SEEN})();
}}"""


def all_pairs(count):
    """A closed walk over the numbers below `count` in which each follows each other exactly once."""
    ways = {stop: [other for other in range(count) if other != stop] for stop in range(count)}
    path, walk = [0], []
    while path:
        if ways[path[-1]]:
            path.append(ways[path[-1]].pop())
        else:
            walk.append(path.pop())
    return walk[::-1]


def test_the_walk_goes_over_all_pairs():
    walk = all_pairs(5)
    assert sorted(itertools.pairwise(walk)) == [*itertools.permutations(range(5), 2)]


@pytest.fixture(scope="module")
def server():
    """The address of a server that shows a shipped network."""
    return begun(Site({"book": Saved(str(shipped("book")))}, opened, PROCESS))


@pytest.fixture
def visitor(chromium, server):
    """A page of that server, whose answers about texts are asked for once; at the end its console must be clean."""
    page, faults, answers = chromium.new_page(viewport=WIDE, locale="en-US", reduced_motion="reduce"), [], {}
    page.on("pageerror", lambda error: faults.append(f"{error.stack or error}"))
    page.on(
        "console",
        lambda said: faults.append(said.text) if said.type == "error" and "status of 422" not in said.text else None,
    )

    def answered(route):
        asked = route.request.post_data
        if asked not in answers:
            answers[asked] = route.fetch()
        route.fulfill(response=answers[asked])

    page.route("**/api/derive", answered)
    yield Visitor(page, server, faults)
    page.close()
    assert faults == []


class Visitor:
    """Goes from one program or text to another, and says what is seen then."""

    def __init__(self, page, server, faults):
        self.page, self.server, self.faults = page, server, faults

    def begin(self, stop=None):
        """Open the page anew, on a program of the gallery if it is one."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.server}#derive{f'?program={stop}' if isinstance(stop, str) else ''}")
        expect(self.page.locator("html")).to_have_attribute("data-ready", "yes")
        expect(self.page.locator(".live .formula math").first).to_be_visible()

    def go(self, stop):
        """Choose a program, or type a text; gives what is seen once it has settled."""
        text = Text("") if isinstance(stop, str) else stop
        chip = list(GALLERY).index(stop) if isinstance(stop, str) else None
        return self.page.evaluate(GO, {"chip": chip, **text._asdict()})


def slope_of(stop, at):
    """The slope of a text by its first variable, as chainrule computes it here."""
    typed = understood(stop.expression)
    found = cr.grad(typed.function, [0])(*points_of(at, typed.names).values())
    return float(np.ravel(found[0])[0])


def test_each_program_is_shown_as_on_a_new_page_whatever_was_shown_before(visitor):
    first, walk = {}, all_pairs(len(STOPS))
    visitor.begin()
    for last, now in zip([None, *walk], walk, strict=False):
        stop = STOPS[now]
        seen = visitor.go(stop)
        wanted = first.setdefault(now, seen)
        behind = f"{stop} after {STOPS[last] if last is not None else 'nothing'}"
        assert visitor.faults == [], behind
        if stop in REFUSED:
            assert seen["stale"] and seen["refused"] and (stop.at is None or seen["refused"] == wanted["refused"]), (
                behind
            )
            continue
        if stop in GALLERY or stop.at is not None:
            assert {**seen, "at": wanted["at"]} == wanted, behind
        else:
            assert not seen["stale"] and not seen["refused"], behind
            assert numbers(seen["slope"]) == pytest.approx([slope_of(stop, seen["at"])], abs=2e-3), behind
