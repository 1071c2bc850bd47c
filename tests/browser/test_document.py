"""The explanation's file in a browser: nothing asked for outside, nothing on the console, readable in both themes, from a
phone to a wide screen, by eye and by screen reader, on paper, and with scripts switched off."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.shipped import shipped
from chainrule.explain.document import article, document, fragment
from chainrule.explain.record import explain

pytestmark = pytest.mark.browser

SIZES = {"small phone": (360, 740), "phone": (390, 844), "tablet": (820, 1180), "wide": (1440, 900)}


def mistake():
    net, test = cr.load(shipped("book")), cr.datasets.mnist()[2]
    wrong = np.flatnonzero(net.predict(test.images[:1000]) != test.labels[:1000])[0]
    return net.explain(test.images[wrong], test.labels[wrong])


def network(*sizes):
    test = cr.datasets.mnist()[2]
    return cr.Network(list(sizes), seed=1).explain(test.images[7], int(test.labels[7]))


def a_cost(w, b, x, y):
    z = w @ x + b
    return 0.5 * np.sum((1 / (1 + np.exp(-z)) - y) ** 2)


def function():
    random = np.random.default_rng(0)
    shapes = (3, 40), (3, 1), (40, 1), (3, 1)
    return explain(a_cost, tuple(random.normal(size=shape) for shape in shapes))


MADE = {
    "a mistake": mistake,
    "the article": mistake,
    "two layers": lambda: network(784, 10),
    "five layers": lambda: network(784, 40, 20, 15, 10),
    "160 hidden": lambda: network(784, 160, 10),
    "a function": function,
}
OF_ALL_COLORS = ("a mistake", "the article")
"""The others have no class that these have not: axe looks long at the contrast of so many numbers."""


@pytest.fixture(scope="module", params=MADE, ids=str)
def file(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("explain") / "why.html"
    made = MADE[request.param]()
    html = (
        article(made, language="en")
        if request.param == "the article"
        else document(made, language="en", command="explain")
    )
    path.write_text(html, encoding="utf-8")
    return path


class Opened:
    """The file, opened once: tests turn to a size and a theme, and all that goes wrong is collected."""

    def __init__(self, context, path):
        self.page, self.faults = context.new_page(), []
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.requested(request.url))
        self.page.goto(path.as_uri())

    def requested(self, url):
        if not re.match("(file|data):", url):
            self.faults.append(url)

    def __call__(self, size="wide", theme="light"):
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(media="screen", color_scheme=theme)
        return self.page


def opening(chromium, path, scripts):
    context = chromium.new_context(java_script_enabled=scripts, offline=True)
    context.set_default_timeout(90_000)  # a busy machine is no fault of the file's
    opened = Opened(context, path)
    yield opened
    context.close()
    assert opened.faults == []


@pytest.fixture(scope="module")
def opened(chromium, file):
    """The file with scripts, which tests need to measure it; it has none of its own."""
    yield from opening(chromium, file, True)


@pytest.fixture(scope="module")
def scriptless(chromium, file):
    """The file in a browser that runs no scripts."""
    yield from opening(chromium, file, False)


@pytest.mark.wide
@pytest.mark.parametrize("size", SIZES)
def test_nothing_scrolls_sideways(opened, size):
    width, _ = SIZES[size]
    for theme in ("light", "dark"):
        page = opened(size, theme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        widest = page.evaluate(
            "Math.max(...[...document.querySelectorAll('main > *, .cr-block, h1, h2, p')]"
            ".map(e => e.getBoundingClientRect().right))"
        )
        assert widest <= width
    assert opened.faults == []


@pytest.mark.parametrize(("size", "least"), [("small phone", 6), ("tablet", 12), ("wide", 12)])
def test_no_two_columns_of_an_answer_touch(opened, size, least):
    """What stands in one column ends at a distance from what stands in the next."""
    close = opened(size).evaluate(
        """least => { const found = [];
        for (const row of document.querySelectorAll('table.cr-answer tr')) { let end = -Infinity;
          for (const cell of row.cells) { const range = document.createRange(); range.selectNodeContents(cell);
            const { left, right, width } = range.getBoundingClientRect(); if (!width) continue;
            if (left - end < least) found.push(row.innerText); end = right; } }
        return found; }""",
        least,
    )
    assert close == []


@pytest.mark.parametrize("size", ["wide", "small phone", "phone"])
def test_figures_fit(opened, size):
    over = opened(size).evaluate(
        "[...document.querySelectorAll('.cr-figure')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    )
    assert over == []


@pytest.mark.wide
@pytest.mark.parametrize("size", ["small phone", "phone"])
def test_no_line_of_the_articles_code_is_cut_off_on_a_phone(opened, size):
    """It goes on further in; of what scrolls sideways a shade at the side says that there is more."""
    page = opened(size)
    for language in ("zh", "en"):
        page.locator(f"label[for=cr-{language}]").click()
        over = page.evaluate(
            "[...document.querySelectorAll('.cr-told')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
        )
        assert over == []
        wide = "[...document.querySelectorAll('.cr-py, .cr-wide')].filter(e => e.scrollWidth > e.clientWidth + 1)"
        hints = page.evaluate(f"{wide}.map(e => getComputedStyle(e).backgroundAttachment)")
        assert all("local" in each and "scroll" in each for each in hints)
        assert page.evaluate(f"{wide}.every(e => e.tabIndex === 0)")


@pytest.mark.wide
def test_nothing_scrolls_up_and_down_by_itself(opened):
    """A table that is a pixel too tall would have two scroll bars on any desktop; long lists of numbers are meant to."""
    own = opened("wide").evaluate(
        "[...document.querySelectorAll('article *')].filter(e => getComputedStyle(e).overflowY == 'auto' &&"
        "e.scrollHeight > e.clientHeight && !e.matches('.cr-scroll')).map(e => e.className)"
    )
    assert own == []


def test_signs_are_no_wider_in_chinese(opened):
    page = opened("wide")
    widths = page.evaluate(
        "['en', 'zh-Hans'].map(lang => ['∂C/∂z', '1·10'].map(text => {const e = document.createElement('span');"
        "e.lang = lang; e.textContent = text; e.style.display = 'inline'; document.querySelector('article').append(e);"
        "return e.getBoundingClientRect().width}))"
    )
    for english, chinese in zip(*widths, strict=True):
        assert chinese < 1.2 * english


@pytest.mark.wide
def test_the_language_switches_without_a_script(scriptless):
    page = scriptless("wide", "light")
    page.keyboard.press("Tab")  # the chosen radio button
    for theme in ("light", "dark"):
        scriptless("wide", theme)
        assert page.locator("#step-1 h2").first.inner_text().endswith("Input")
        page.keyboard.press("ArrowRight")
        assert page.locator("#step-1 h2").first.inner_text().endswith("输入")
        assert "Each symbol" not in page.locator("article").inner_text()
        page.locator("label[for=cr-en]").click()
        assert page.locator("#step-1 h2").first.inner_text().endswith("Input")
        assert not re.search("[\u4e00-\u9fff]", page.locator("article").inner_text())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_background_and_the_pictures_follow_the_theme(opened, theme):
    page = opened("wide", theme)
    paper = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 22, 27)"}[theme]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    page.wait_for_function(
        "(theme) => {const pictures = [...document.querySelectorAll('picture')].slice(0, 5);"
        "return pictures.length > 0 && pictures.every(p => {"
        "const dark = p.querySelector('source').srcset, light = p.querySelector('img').getAttribute('src');"
        "return p.querySelector('img').currentSrc == (theme == 'dark' ? dark : light)})}",
        arg=theme,
    )


TAKE_AWAY = """() => {
  const seen = {};
  window.taken = [];
  for (const row of document.querySelectorAll("article tr")) {
    const kinds = [...row.querySelectorAll("*")].map((each) =>
      [each.tagName, each.getAttribute("class"), each.getAttribute("style")].join());
    if (kinds.every((kind) => seen[kind] > 20)) taken.push([row, row.parentNode, row.nextSibling]), row.remove();
    for (const kind of kinds) seen[kind] = (seen[kind] ?? 0) + 1;
  }
}"""
"""Rows of which every part has stood there twenty times: axe would look at thousands of numbers that are set alike."""
BRING_BACK = "() => { for (const [row, parent, next] of taken.reverse()) parent.insertBefore(row, next); }"


@pytest.mark.wide
@pytest.mark.parametrize(("size", "theme", "language"), [("wide", "light", "en"), ("phone", "dark", "zh")])
def test_axe_finds_nothing(request, opened, size, theme, language):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(size, theme)
    page.evaluate(TAKE_AWAY)
    page.locator(f"label[for=cr-{language}]").click()
    for details in page.locator("details").all()[:3]:
        if details.get_attribute("open") is None:
            details.locator("summary").click()
    contrast = {"color-contrast": {"enabled": request.node.callspec.params["file"] in OF_ALL_COLORS}}
    found = axe.Axe().run(page, options={"resultTypes": ["violations"], "rules": contrast})
    page.evaluate(BRING_BACK)
    assert found.violations_count == 0, found.generate_report()
    page.locator("label[for=cr-en]").click()


def test_targets_on_a_phone_can_be_hit(opened):
    page = opened("phone")
    heights = page.evaluate(
        "[...document.querySelectorAll('nav a, label, summary')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 43.5


@pytest.mark.wide
def test_every_jump_lands_below_the_bar(opened):
    page = opened("wide")
    for link in page.locator("nav a").all():
        link.click()
        top, bar = page.evaluate(
            "[document.querySelector(location.hash + ' h2').getBoundingClientRect().top,"
            "document.querySelector('header').getBoundingClientRect().bottom]"
        )
        assert top >= bar - 1 or page.evaluate("scrollY + innerHeight >= document.body.scrollHeight - 1")


def test_on_paper_it_is_light_without_bar_and_buttons(opened):
    page = opened("wide", "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("header").is_visible()
    page.wait_for_function(
        "[...document.querySelectorAll('picture')].every(p => p.querySelector('img').currentSrc =="
        "p.querySelector('img').getAttribute('src'))"
    )


def test_a_cell_keeps_its_style_to_itself(chromium, tmp_path):
    path = tmp_path / "cell.html"
    before = "<!doctype html><html lang=en><title>t</title><p id=p>text <b>b</b></p><table><tr><td id=t>1</table>"
    path.write_text(before + fragment(function(), "en"), encoding="utf-8")
    plain = tmp_path / "plain.html"
    plain.write_text(before, encoding="utf-8")
    page = chromium.new_page()
    script = "['p', 't'].map(i => {const s = getComputedStyle(document.getElementById(i));return [s.color, s.font, s.padding]})"
    styles = []
    for each in (plain, path):
        page.goto(each.as_uri())
        styles.append(page.evaluate(script))
    assert styles[0] == styles[1]
    page.close()
