"""The built site: links lead somewhere, nothing is asked of elsewhere, and pages read well in a browser, in both languages."""

import importlib.util
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

import chainrule as cr
from chainrule.gpt.learning import learn
from chainrule.gpt.text import names

spec = importlib.util.spec_from_file_location("site_pages", Path(__file__).with_name("pages.py"))
written_pages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(written_pages)

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = {"en": "en", "zh": "zh-Hans"}
MOST = 1_000_000
pytestmark = pytest.mark.site
SITE = ROOT / "docs" / "site"
ALIVE = re.findall(r'^    "([\w-]+)": Alive\(', (SITE / "alive.py").read_text(encoding="utf-8"), re.M)
"""The pages of the gallery whose programs are alive."""


class Page(HTMLParser):
    """What a page refers to."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.parts, self.lang = set(), [], [], ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids |= {found[each] for each in ("id", "name") if found.get(each)}
        if tag == "html":
            self.lang = found["lang"]
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "link" and found.get("rel") in ("stylesheet", "icon"):
            self.parts.append(found["href"])
        if found.get("src"):
            self.parts.append(found["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site: what CHAINRULE_SITE names, or built for this."""
    if os.environ.get("CHAINRULE_SITE"):
        return Path(os.environ["CHAINRULE_SITE"])
    folder = tmp_path_factory.mktemp("built") / "site"
    subprocess.run([sys.executable, ROOT / "docs" / "site" / "build.py", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def written(language):
    folder = ROOT / "docs" / "site" / language
    return [path.relative_to(folder).with_suffix(".html").as_posix() for path in sorted(folder.rglob("*.md"))]


def target(path, reference):
    """The file and the place that a reference leads to."""
    parts = urlsplit(reference)
    return (path.parent / unquote(parts.path)).resolve() if parts.path else path, unquote(parts.fragment)


def test_every_link_leads_somewhere(pages):
    broken = []
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"https?:", link):
                continue
            file, place = target(path, link)
            if not file.is_file() or (place and file in pages and place not in pages[file].ids):
                broken.append((path.name, link))
    assert not broken


def test_links_to_elsewhere_are_safe(pages):
    outside = {link for page in pages.values() for link in page.links if re.match(r"\w+:", link)}
    assert outside
    assert not [link for link in outside if not link.startswith("https://")]


def test_nothing_is_loaded_from_elsewhere(site, pages):
    parts = {part for page in pages.values() for part in page.parts}
    assert not [part for part in parts if re.match(r"(\w+:)?//", part)]
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\((?!data:)|@import", sheet.read_text(encoding="utf-8")), sheet


def test_every_page_is_light(pages):
    heavy = {}
    for path, page in pages.items():
        files = {target(path, part)[0] for part in page.parts if not part.startswith("data:")}
        total = path.stat().st_size + sum(file.stat().st_size for file in files)
        if total >= MOST:
            heavy[path.name] = total
    assert not heavy


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_its_language_and_leads_to_the_other(site, pages, language):
    (other,) = LANGUAGES.keys() - {language}
    for path in (site / language).rglob("*.html"):
        if path.name in ("digit.html", "live.html"):
            continue
        assert pages[path].lang == LANGUAGES[language]
        there = (site / other / path.relative_to(site / language)).resolve()
        assert there in {target(path, link)[0] for link in pages[path].links if not link.startswith("http")}, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_name_has_its_place_in_the_reference(site, pages, language):
    there = {each for path in (site / language / "reference").glob("*.html") for each in pages[path].ids}
    public = {*written_pages.public_names()} - {"__version__", "datasets"}
    assert not {name for name in public if not {f"chainrule.{name}", f"chainrule.layers.{name}"} & there}


def test_a_planted_broken_link_is_found(tmp_path):
    (tmp_path / "one.html").write_text('<html lang="en"><a href="two.html"></a><a href="#three"></a>', encoding="utf-8")
    path = tmp_path / "one.html"
    with pytest.raises(AssertionError, match=r"two\.html.*three"):
        test_every_link_leads_somewhere({path: Page(path)})


# ---- in a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    path = os.environ.get("CHAINRULE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path)
        yield browser
        browser.close()


FORGE = """
body { margin: 0; width: 896px; padding: 32px; box-sizing: border-box; font: 16px/1.5 "Noto Sans", sans-serif }
h1 { font-size: 2em; line-height: 1.25; margin: 0 0 16px; padding-bottom: .3em; border-bottom: 1px solid }
p, ul, pre { margin: 0 0 16px } body > :last-child { margin: 0 }
ul { padding-left: 2em } li + li { margin-top: .25em } img { max-width: 100% }
pre, code { font: 13.6px/1.45 monospace } pre { padding: 16px; overflow: auto }
"""
"""How a forge sets a README: beside its own column, on a screen 1,280 px wide."""


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_is_one_screen(chromium, name, tmp_path):
    markdown = pytest.importorskip("markdown_it").MarkdownIt()
    text = markdown.render((ROOT / name).read_text(encoding="utf-8"))
    shown = tmp_path / "shown.html"
    shown.write_text(
        f"<!doctype html><meta charset=utf-8><base href='{ROOT.as_uri()}/'><style>{FORGE}</style>{text}",
        encoding="utf-8",
    )
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(shown.as_uri())
    assert page.evaluate("document.images[0].naturalWidth")
    assert page.evaluate("document.documentElement.getBoundingClientRect().height") <= 1000
    assert page.evaluate("[...document.querySelectorAll('pre')].every((each) => each.scrollWidth <= each.clientWidth)")
    page.close()


@pytest.fixture(params=[390, 1440])
def page(chromium, request):
    """A page of a width; at the end its console must be clean, and nothing outside may have been asked."""
    context = chromium.new_context(viewport={"width": request.param, "height": 900})
    context.set_default_timeout(60_000)
    opened = context.new_page()
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda sent: asked.append(sent.url))
    yield opened
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []


def visit(page, site, language, name, place=""):
    page.goto((site / language / name).as_uri() + place)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_fit_their_screen(page, site, language):
    wide = []
    for name in [
        *written(language),
        "gallery/planets.html",
        "gallery/optics.html",
        "gallery/bundle.html",
        "gallery/example-gpt.html",
        "core/nouns.html",
        "reports/benchmarks.html",
        "search.html",
    ]:
        visit(page, site, language, name)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(name)
        assert page.evaluate("[...document.images].every((each) => each.complete && each.naturalWidth)"), name
    assert not wide


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_can_be_read_without_seeing_them(page, site, language):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for name in ("index.html", "start.html", "howto/derivative.html", "howto/install.html", "reference/practice.html",
                     "reference/training.html", "gallery/planets.html", "gallery/optics.html", "gallery/digits.html",
                     "gallery/bundle.html", "gallery/pendulum.html", "gallery/light.html",
                     "gallery/bundle.html", "gallery/example-gpt.html",
                     "comparisons.html", "reports/sprint.html", "search.html"):  # fmt: skip
            visit(page, site, language, name)
            found = (
                axe.Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
            )
            assert [(name, each["id"], [node["html"][:80] for node in each["nodes"][:3]]) for each in found] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switch_stays_on_the_page(page, site, language):
    (other,) = LANGUAGES.keys() - {language}
    visit(page, site, language, "reference/derivatives.html", "#chainrule.grad")
    page.locator("header .language").click()
    page.wait_for_url(lambda url: url.endswith(f"/{other}/reference/derivatives.html#chainrule.grad"))
    assert page.locator("html").get_attribute("lang") == LANGUAGES[other]
    page.locator("header .language").click()
    page.wait_for_url(lambda url: url.endswith(f"/{language}/reference/derivatives.html#chainrule.grad"))


def test_contents_open_by_themselves_where_there_is_room(page, site):
    visit(page, site, "en", "start.html")
    link = page.get_by_role("navigation").get_by_role("link", name="Gallery")
    if page.viewport_size["width"] < 900:
        assert not link.is_visible()
        page.get_by_text("Contents").click()
    link.click()
    page.wait_for_url("**/en/gallery/index.html")


@pytest.mark.parametrize(
    ("language", "words", "found"), [("en", "checkpoint", "Stop and go on"), ("zh", "检查点", "停下再继续")]
)
def test_search_finds_a_page(page, site, language, words, found):
    visit(page, site, language, "index.html")
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("searchbox").press("Enter")
    page.locator("#search-results").get_by_role("link", name=found).first.wait_for()


def test_the_digit_in_the_article_is_there(page, site):
    visit(page, site, "zh", "article.html")
    page.locator("iframe").scroll_into_view_if_needed()
    page.frame_locator("iframe").locator("math >> visible=true").first.wait_for()


def test_the_network_in_the_article_speaks_the_readers_language_and_learns(page, site):
    visit(page, site, "zh", "article.html")
    page.locator("iframe").scroll_into_view_if_needed()
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="训练").click()
    frame.locator(".headline").get_by_role("button", name="训练").click()
    frame.get_by_text(re.compile("30 轮")).first.wait_for()
    told = page.frames[1].evaluate("chainrule.host.read().then(({ correct, count }) => correct / count)")
    assert told > 0.75


@pytest.fixture(scope="module")
def alive():
    """docs/site/alive.py, with the files beside it: what is alive, and on which arguments."""
    sys.path[:0] = [str(SITE), str(SITE.parent)]
    try:
        spec = importlib.util.spec_from_file_location("alive", SITE / "alive.py")
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.path[:2]


COMPUTED = """async (places) => {
  const { javascript } = JSON.parse(document.querySelector(".alive script").textContent);
  const modules = await Promise.all(javascript.map((text) => import(`data:text/javascript,${encodeURIComponent(text)}`)));
  const made = await Promise.all(modules.map(({ instantiate }) => instantiate()));
  return places.map((at) => made.reduce((all, { inputs, run }) => {
    at.forEach((each, k) => inputs.given[k].set(each));
    const { values, errors } = run();
    return { value: values ? values.at(-1)[0] : all.value, slopes: errors ? errors.map((each) => [...each]) : all.slopes };
  }, {}));
}"""
"""What the modules of a page compute for arguments, each as its numbers in a row."""


@pytest.mark.parametrize("name", ALIVE)
def test_a_page_computes_what_grad_does(chromium, site, alive, name):
    function, arguments = alive.instance(name)
    rng, moves = np.random.default_rng(3), alive.ALIVE[name].moves
    ends = [moves.get(each) for each in inspect.signature(function).parameters]
    given = [np.asarray(each, float) for each in arguments]
    places = [given] + [
        [at + 0.3 * (rng.uniform(*end, at.shape) - at) if end else at for at, end in zip(given, ends, strict=True)]
        for _ in range(2)
    ]
    opened = chromium.new_page()
    visit(opened, site, "en", f"gallery/{name}.html")
    entry = json.loads(opened.locator(".alive script").text_content())
    assert [each["at"] for each in entry["variables"]] == [pytest.approx(np.ravel(each), rel=1e-12) for each in given]
    for at, found in zip(
        places, opened.evaluate(COMPUTED, [[[*np.ravel(each)] for each in at] for at in places]), strict=True
    ):
        value, slopes = cr.value_and_grad(function, range(len(at)))(*at)
        assert found["value"] == pytest.approx(float(value), rel=1e-9, abs=1e-9)
        for mine, expected in zip(found["slopes"], slopes, strict=False):  # errors of what stands between come after
            assert mine == pytest.approx(np.ravel(expected), rel=1e-9, abs=1e-9)
    opened.close()


@pytest.mark.parametrize(("language", "slope", "values"), [("en", "slope", "values"), ("zh", "斜率", "值")])
@pytest.mark.parametrize("name", ALIVE)
def test_a_program_of_the_gallery_is_alive(page, site, alive, name, language, slope, values):
    function, arguments = alive.instance(name)
    first, place = alive.ALIVE[name].first
    which, (low, high) = [*inspect.signature(function).parameters].index(first), alive.ALIVE[name].moves[first]

    def slope_of(arguments):
        return float(np.ravel(cr.grad(function, which)(*arguments))[place])

    visit(page, site, language, f"gallery/{name}.html")
    handle = page.locator(".alive .tangent .handle")
    handle.wait_for()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    said, result = page.locator(".alive .slope-text"), page.locator(".alive .result")
    assert said.text_content().startswith(slope)
    assert result.text_content().endswith(f"{float(function(*arguments)):.4f}".replace("-", "−"))
    assert number(said) == pytest.approx(slope_of(arguments), abs=6e-4)
    handle.focus()
    page.keyboard.press("ArrowRight")
    moved = [np.array(each, float) for each in arguments]
    moved[which].reshape(-1)[place] += (high - low) / 100
    assert float(handle.get_attribute("aria-valuenow")) == pytest.approx(np.ravel(moved[which])[place], abs=0.006)
    assert number(said) == pytest.approx(slope_of(moved), abs=6e-4)
    if any(map(np.ndim, arguments)):
        assert page.locator(".alive figcaption").first.text_content() == values
        before = handle.get_attribute("aria-label")
        page.locator(".alive .picture").last.focus()
        page.keyboard.press("ArrowRight")
        assert handle.get_attribute("aria-label") != before  # another number is chosen


@pytest.mark.parametrize("name", ALIVE)
def test_a_step_downhill_is_that_of_grad(chromium, site, alive, name):
    function, arguments = alive.instance(name)
    shown, names = alive.ALIVE[name], [*inspect.signature(function).parameters]
    context = chromium.new_context(reduced_motion="reduce")
    opened = visit(context.new_page(), site, "en", f"gallery/{name}.html")
    opened.locator(".alive .tangent .handle").wait_for()
    button, back = (opened.get_by_role("button", name=each) for each in ("One step downhill", "Back to the start"))
    assert button.is_visible() == (shown.rate > 0)
    if shown.rate:
        places = [names.index(each) for each in shown.by]
        slopes = dict(zip(places, cr.grad(function, places)(*arguments), strict=True))
        there = [
            np.clip(at - shown.rate * np.asarray(slopes[k]), *shown.moves[names[k]]) if k in slopes else at
            for k, at in enumerate(arguments)
        ]
        assert function(*there) < function(*arguments)
        button.click()
        assert said_of(opened) == f"{float(function(*there)):.4f}"
        back.click()
    assert said_of(opened) == f"{float(function(*arguments)):.4f}"
    context.close()


def said_of(page):
    """The result as the page says it."""
    return page.locator(".alive .result").text_content().partition(" = ")[2].replace("−", "-")


def number(said):
    """The number that is said last, as −0.184 or 4·10⁻⁵."""
    plain = said.text_content().replace("−", "-").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(re.findall(r"[-\d.e]+$", plain.replace("·10", "e"))[0])


@pytest.fixture(scope="module")
def lesson():
    """What the command learns in 1,000 steps."""
    return learn(names(), 1000)


TAUGHT = {
    "en": {"train": "Train", "again": "Train again", "done": "1,000 steps done", "pause": "Pause", "paused": "Paused after",
           "on": "Go on", "line": "Type a line", "own": "Let it learn from lines of your own", "begin": "Begin with these lines",
           "unknown": "does not know “E”", "two": "two lines or more"},
    "zh": {"train": "训练", "again": "重新训练", "done": "1,000 步学完了", "pause": "暂停", "paused": "已暂停",
           "on": "继续", "line": "输入一行字", "own": "让它学你自己的文字", "begin": "改学这些",
           "unknown": "不认识“E”", "two": "两行"},
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_small_gpt_learns_on_its_page_what_the_command_learns(page, site, lesson, language):
    words = TAUGHT[language]
    visit(page, site, language, "gallery/example-gpt.html")
    told, key = page.locator(".gpt .told"), page.locator(".gpt .key b")
    told.get_by_text("4,192").wait_for()
    assert float(key.nth(2).text_content()) == pytest.approx(np.log(27), abs=6e-4)
    page.locator("#gpt-steps").select_option("1000")
    told.get_by_text("4,192").wait_for()
    page.locator("#gpt-pace").select_option(label=page.locator("#gpt-pace option").last.text_content())
    page.get_by_role("button", name=words["train"], exact=True).click()
    told.get_by_text(words["done"]).wait_for()
    page.get_by_role("button", name=words["again"], exact=True).wait_for()
    assert float(key.nth(1).text_content()) == pytest.approx(lesson.reports[-1].held_out, abs=2e-3)
    assert page.locator(".gpt path.curve").get_attribute("d").count("L") == 99
    assert page.locator(".gpt .lines li").count() == 12
    page.get_by_label(words["line"]).fill("johanna")
    page.locator(".gpt .places button").nth(7).wait_for()
    here = lesson.gpt.explain("johanna").values
    cells = page.locator(".gpt .places tbody tr")
    losses = [float(cells.nth(place).locator("td").last.text_content()) for place in range(8)]
    np.testing.assert_allclose(losses, -np.log(here["p"][range(8), here["targets"]]), atol=5e-3)
    page.locator(".gpt .places button").nth(2).focus()
    page.keyboard.press("Enter")
    bars = [float(each) for each in page.locator(".gpt .bars span").all_text_contents()]
    np.testing.assert_allclose(bars, here["p"][2], atol=5e-3)
    grid = page.locator(".gpt .grids table").nth(3).locator("tbody tr").nth(7).locator("td")
    np.testing.assert_allclose([float(each) for each in grid.all_text_contents()], here["attention"][3, 7], atol=1e-2)
    page.get_by_label(words["line"]).fill("Emma")
    page.get_by_text(words["unknown"]).wait_for()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_small_gpt_pauses_and_learns_what_is_pasted(page, site, language):
    words = TAUGHT[language]
    page.emulate_media(reduced_motion="reduce")
    visit(page, site, language, "gallery/example-gpt.html")
    button = page.locator(".gpt .btn.main")
    button.click()
    page.locator(".gpt .step").get_by_text(re.compile(r"[1-9]\d0")).wait_for()
    assert button.text_content() == words["pause"]
    button.click()
    page.locator(".gpt .told").get_by_text(words["paused"]).wait_for()
    assert button.text_content() == words["on"]
    page.get_by_text(words["own"]).click()
    page.locator("#gpt-text").fill("one")
    page.get_by_role("button", name=words["begin"]).click()
    page.get_by_text(words["two"]).wait_for()
    page.locator("#gpt-text").fill("小猫\n小狗\n" * 20)
    page.get_by_role("button", name=words["begin"]).click()
    page.get_by_label(words["line"]).and_(page.locator("[value]")).wait_for()
    page.wait_for_function("document.querySelector('#gpt-line').value === '小猫'")
    page.locator("#gpt-pace").select_option("5000")
    button.click()
    page.wait_for_function(
        "[...document.querySelectorAll('.gpt .lines li')].filter((each) => each.matches('.copied')).length > 9"
    )
    found = set(page.locator(".gpt .lines li").all_text_contents())
    assert found & {"小猫", "小狗"}


def test_the_first_page_leads_to_the_readers_language(chromium, site):
    for locale, language in (("zh-CN", "zh"), ("en-US", "en"), ("fr-FR", "en")):
        context = chromium.new_context(locale=locale)
        opened = context.new_page()
        opened.goto((site / "index.html").as_uri())
        opened.wait_for_url(f"**/{language}/index.html")
        context.close()
