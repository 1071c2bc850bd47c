"""The page as one file, from disk and offline, as visitors meet it: twelve walks through all of it.

They cover every pair of window, hand, language, theme and motion.
"""

import itertools
import re
from typing import NamedTuple

import numpy as np
import pytest
from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.shipped import shipped

from .visitor import STROKES

pytestmark = pytest.mark.browser

HEIGHTS = {360: 740, 390: 844, 768: 1024, 1024: 768, 1440: 900, 1920: 1080}
SHEET = 700  # px: below this width one draws on a sheet over the page


class Walk(NamedTuple):
    """How somebody meets the page."""

    width: int
    hand: str
    language: str
    theme: str
    motion: str


WALKS = [
    Walk(360, "finger", "zh", "light", "moving"),
    Walk(360, "mouse", "en", "dark", "still"),
    Walk(390, "finger", "zh", "dark", "still"),
    Walk(390, "mouse", "en", "light", "moving"),
    Walk(768, "finger", "en", "light", "still"),
    Walk(768, "mouse", "zh", "dark", "moving"),
    Walk(1024, "finger", "en", "dark", "moving"),
    Walk(1024, "mouse", "zh", "light", "still"),
    Walk(1440, "finger", "zh", "light", "moving"),
    Walk(1440, "mouse", "en", "dark", "still"),
    Walk(1920, "finger", "zh", "dark", "still"),
    Walk(1920, "mouse", "en", "light", "moving"),
]
CHOICES = Walk(list(HEIGHTS), ["finger", "mouse"], ["en", "zh"], ["light", "dark"], ["still", "moving"])


def test_the_walks_cover_every_pair():
    for one, other in itertools.combinations(range(len(CHOICES)), 2):
        wanted = set(itertools.product(CHOICES[one], CHOICES[other]))
        assert {(walk[one], walk[other]) for walk in WALKS} == wanted, Walk._fields[one] + " and " + Walk._fields[other]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The file of a shipped network, with some digits to learn from."""
    path = tmp_path_factory.mktemp("matrix") / "page.html"
    cr.load(shipped("book")).export(path, training=500)
    return path.as_uri()


class Stranger:
    """Who walks: what they see and do is named in either language."""

    READS = re.compile("^(It reads|它读作)$")  # the verdict

    def __init__(self, page, walk):
        self.page, self.walk = page, walk
        self.line = page.context.new_cdp_session(page) if walk.hand == "finger" else None
        self.reads = page.get_by_role("status", name=self.READS)

    def words(self, english, chinese):
        return re.compile(english if self.walk.language == "en" else chinese)

    def button(self, english, chinese):
        return self.page.get_by_role("button", name=self.words(english, chinese)).filter(visible=True).last

    def press(self, target):
        target.tap() if self.line else target.click()

    def drag(self, points, seen=lambda: None):
        """Move a pen, or the playhead, with the hand that there is."""
        for at, (x, y) in enumerate(points):
            if self.line:
                kind = "touchMove" if at else "touchStart"
                self.line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            elif at:
                self.page.mouse.move(x, y)
            else:
                self.page.mouse.move(x, y)
                self.page.mouse.down()
            seen()
        if self.line:
            self.line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        else:
            self.page.mouse.up()

    def draw(self, digit, pad, seen):
        box = pad.bounding_box()
        for stroke in STROKES[digit].split(" / "):
            corners = np.array([[float(each) for each in point.split(",")] for point in stroke.split()]) / 100
            between = np.concatenate([corners[:1], *(np.linspace(a, b, 3)[1:] for a, b in itertools.pairwise(corners))])
            places = between * [box["width"], box["height"]] + [box["x"], box["y"]]
            self.drag(places.tolist(), seen)

    @property
    def step(self):
        return self.page.evaluate("document.querySelector('nav.track [aria-current]')?.dataset.step ?? '0'")

    def fits(self):
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.walk.width

    def view(self, name):
        self.press(self.page.locator(f"#views [data-view={name}]"))
        expect(self.page.locator(f"#view-{name}")).to_be_visible()


@pytest.fixture(params=WALKS, ids=lambda walk: "-".join(map(str, walk)))
def stranger(request, chromium, address):
    """Someone before the page that has opened; at the end it has asked for nothing, and its console is clean."""
    walk = request.param
    context = chromium.new_context(
        offline=True,
        viewport={"width": walk.width, "height": HEIGHTS[walk.width]},
        has_touch=walk.hand == "finger",
        locale={"en": "en-GB", "zh": "zh-CN"}[walk.language],
        color_scheme=walk.theme,
        reduced_motion="reduce" if walk.motion == "still" else "no-preference",
    )
    context.set_default_timeout(60_000)
    faults = []
    context.on(
        "request", lambda each: None if each.url.startswith((address, "blob:", "data:")) else faults.append(each.url)
    )
    context.on("console", lambda each: faults.append(each.text) if each.type in ("error", "warning") else None)
    context.on("weberror", lambda each: faults.append(str(each.error)))
    page = context.new_page()
    page.goto(address)
    expect(page.locator("html[data-ready]")).to_be_attached()
    yield Stranger(page, walk)
    context.close()
    assert faults == []


PLACES = """() => {
  const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join();
  const all = document.querySelectorAll("canvas.pad, .stage li, .stage button.neuron, nav.track button, .stage h2");
  return [scrollY, ...[...all].map((each) => place(each.getBoundingClientRect()))];
}"""
"""Where in the window all that is pressed or read on the stage stands."""


@pytest.mark.wide
def test_a_walk_through_the_page(stranger, axe):
    draws_a_digit(stranger)
    goes_through_the_steps(stranger, axe)
    teaches_and_takes_it_back(stranger)
    shares_what_is_seen(stranger)
    trains_and_scrubs(stranger, axe)
    for view in ("mistakes", "derive"):
        stranger.view(view)
        expect(stranger.page.locator(f"#view-{view} :is(canvas, svg)").first).to_be_visible()
        stranger.fits()
        assert axe(stranger.page) == []
    goes_by_keys_alone(stranger)


def draws_a_digit(stranger):
    """It is read as the pen lifts, and nothing moves under it."""
    page, on_sheet = stranger.page, stranger.walk.width < SHEET
    expect(stranger.reads).to_contain_text(re.compile(r"\d"))
    if on_sheet:
        stranger.press(stranger.button("^Draw your own digit$", "^自己写一个$"))
    pad = page.get_by_role("dialog").locator("canvas") if on_sheet else page.locator("canvas.pad")
    places = [page.evaluate(PLACES)]
    stranger.draw(7, pad, lambda: places.append(page.evaluate(PLACES)))
    expect(page.get_by_role("dialog" if on_sheet else "main")).to_contain_text(
        stranger.words(r"It reads (a\s)?7", "它读作 7")
    )
    places.append(page.evaluate(PLACES))
    assert all(each == places[0] for each in places)
    if on_sheet:
        stranger.press(stranger.button("^Done$", "^完成$"))
    expect(stranger.reads).to_contain_text("7")
    stranger.fits()


def goes_through_the_steps(stranger, axe):
    """From a mistake, by the buttons that lead on; each step is told in the visitor's language."""
    page = stranger.page
    stranger.press(stranger.button("^test example", "^测试样本"))
    stranger.press(stranger.button("^From the first step$", "^从第一步看起$"))
    for step in range(1, 7):
        assert stranger.step == f"{step}"
        region = page.get_by_role("region", name=re.compile(f"^{step} "))
        expect(region).to_be_in_viewport()
        stranger.fits()
        if step == 4:
            assert axe(page) == []
        if step < 6:
            stranger.press(region.get_by_role("button", name=stranger.words("^Next: ", "^下一步：")))
    if stranger.walk.language == "zh":
        words = page.locator("#view-inside").inner_text()
        assert set(re.findall("[A-Za-z]{3,}", words)) <= {"Python"}


def teaches_and_takes_it_back(stranger):
    before = stranger.reads.inner_text()
    stranger.press(stranger.button("^Take one step$", "^学一步$"))
    expect(stranger.button("^One more step$", "^再学一步$")).to_be_visible()
    expect(stranger.reads).not_to_have_text(before)
    stranger.press(stranger.button("^Undo$", "^撤销$"))
    expect(stranger.button("^Take one step$", "^学一步$")).to_be_visible()
    assert stranger.reads.inner_text() == before


def shares_what_is_seen(stranger):
    """The link opens the same digit at the same step."""
    region = stranger.page.get_by_role("region", name=re.compile("^6 "))
    stranger.press(region.get_by_role("button", name=stranger.words("^Share$", "^分享$")))
    expect(stranger.page.locator("#said.on")).to_be_visible()
    other = stranger.page.context.new_page()
    other.goto(stranger.page.url)
    expect(other.locator("nav.track [aria-current]")).to_have_attribute("data-step", stranger.step)
    expect(other.get_by_role("status", name=stranger.READS)).to_have_text(
        stranger.reads.inner_text(), use_inner_text=True
    )
    other.close()


MIDDLE = """(grip) => {
  grip.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = grip.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
"""Where the middle of what is dragged stands in the window."""


def trains_and_scrubs(stranger, axe):
    """Two epochs; then the playhead is dragged back to the first, and moved by keys."""
    page = stranger.page
    stranger.view("train")
    page.get_by_role("textbox", name=stranger.words("^epochs$", "^轮数$")).fill("2")
    stranger.press(stranger.button("^Train$", "^训练$"))
    expect(stranger.button("^Train again$", "^重新训练$")).to_be_visible()
    head = page.get_by_role("slider", name=stranger.words("^Epoch$", "^轮次$"))
    expect(head).to_have_attribute("aria-valuenow", "2")
    stranger.fits()
    expect(page.locator(".grads .mean")).to_be_attached()  # then nothing more is drawn
    x, y = page.locator(".knob .grip").evaluate(MIDDLE)
    stranger.drag([(x - share * (x - 40), y) for share in (0, 0.3, 0.6, 1)])
    expect(head).to_have_attribute("aria-valuenow", "0")
    head.press("End")
    expect(head).to_have_attribute("aria-valuenow", "2")
    assert axe(page) == []


def goes_by_keys_alone(stranger):
    """To another view, to a step, to teach."""
    page = stranger.page
    page.locator("#views [data-view=inside]").press("Enter")
    expect(page.locator("#view-inside")).to_be_visible()
    for key, step in (("6", "6"), ("ArrowLeft", "5"), ("0", "0"), ("ArrowRight", "1"), ("6", "6")):
        page.keyboard.press(key)
        assert stranger.step == step
    stranger.button("^Take one step$", "^学一步$").press("Enter")
    expect(stranger.button("^One more step$", "^再学一步$")).to_be_focused()
