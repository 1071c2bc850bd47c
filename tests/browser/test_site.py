"""The folder that `chainrule site` writes, on a host, below a path: it asks for its own files alone, each when it is needed."""

import functools
import http.server
import re
import threading

import pytest

import chainrule as cr
from chainrule.cli import main

pytestmark = pytest.mark.browser
DIGITS = 2000


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    """The folder, and the address at which a plain host shows it, in a folder of another site."""
    root = tmp_path_factory.mktemp("host")
    (root / "people" / "ada").mkdir(parents=True)
    place = root / "people" / "ada" / "network"
    assert main(["site", str(place), "--training-digits", str(DIGITS)]) == 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield place, f"http://127.0.0.1:{server.server_port}/people/ada/network/"
        server.shutdown()


@pytest.fixture
def visit(chromium, hosted):
    """Opens the page, or one that holds it; whatever it asks for is noted, and its console must stay clean."""
    contexts, said = [], []

    def visit(hash_="", broken=False, **options):
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, **{"locale": "en-US", **options})
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda told: broken or said.append(told.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(hosted[1] + hash_)
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert said == []


def names(page):
    return [
        re.sub(r"\.[0-9a-f]{12}", "", url.rsplit("/", 1)[1].split("#")[0]) for url in page.asked if url[:4] == "http"
    ]


def test_it_asks_for_its_own_files_and_for_digits_when_it_trains(visit, hosted):
    page = visit()
    page.locator(".track button").first.wait_for()
    assert sorted(names(page)) == ["", "network.json", "page.js", "style.css", "worker.js"]
    told = page.evaluate(
        """async () => {
          const reports = [], { host } = chainrule, before = host.fetches.bytes;
          await host.train({ eta: 3, epochs: 2, batch: 10, seed: 1, fresh: true }, ({ accuracy, validation }) => {
            reports.push({ accuracy, validation });
          });
          return { before, after: host.fetches, reports };
        }"""
    )
    (learn,) = hosted[0].glob("learn.*")
    assert names(page).count("learn.bin") == 1 and told["before"] == learn.stat().st_size and told["after"] is None
    first, *_, last = told["reports"]
    assert first["validation"] < 0.3 and last["validation"] > 0.75 and last["accuracy"] > 0.75
    page.evaluate("chainrule.host.train({ eta: 3, epochs: 1, batch: 10, seed: 1 }, () => {})")
    assert names(page).count("learn.bin") == 1
    assert {url for url in page.asked if not url.startswith((hosted[1], "data:", "blob:"))} == set()


def test_it_looks_as_the_network_does(visit):
    page = visit("#inside?digit=321")
    found = page.evaluate(
        """async () => { const { host } = chainrule, { digits } = host;
          return { number: digits.number(7), a: [...(await host.look(digits.image(7), digits.label(7))).a.at(-1)] }; }"""
    )
    from chainrule.data.datasets import mnist
    from chainrule.data.shipped import shipped

    net, test = cr.load(shipped("book")), mnist()[2]
    wanted = net(test.images[found["number"] : found["number"] + 1])[0]
    assert max(abs(one - other) for one, other in zip(found["a"], wanted, strict=True)) < 1e-6


def test_a_line_that_breaks_is_told_and_tried_again(visit):
    page = visit("#train", broken=True)
    page.route("**/learn.*", lambda route: route.abort())
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("alert").get_by_text("could not be fetched").wait_for()
    assert page.get_by_role("alert").locator("button").count() == 0  # a smaller η would be no remedy
    page.unroute("**/learn.*")
    page.locator("#train-epochs").fill("1")
    page.get_by_role("button", name=re.compile("^Train")).first.click()
    page.get_by_text(re.compile("1 epochs? in")).wait_for()


def test_digits_on_their_way_are_told_of_and_can_be_stopped(visit):
    page = visit("#train", locale="zh-CN")
    held = []
    page.route("**/learn.*", lambda route: held.append(route))
    page.locator(".headline button").click()
    page.get_by_text(re.compile(r"正在下载 2,000 个")).wait_for()
    before = page.evaluate("chainrule.host.weights().then(({ w }) => [...w[0].subarray(0, 9)])")
    page.locator(".headline button").click()
    page.locator(".told").get_by_text("停").wait_for()
    for route in held:
        route.abort()
    assert page.evaluate("chainrule.host.weights().then(({ w }) => [...w[0].subarray(0, 9)])") == before


def test_both_languages_and_a_link_to_what_is_seen(visit, hosted):
    page = visit("#inside?digit=321&step=3&lang=zh")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    link = page.evaluate("chainrule.route.link({ lang: 'zh' })")
    assert link.startswith(hosted[1] + "#inside?") and "step=3" in link and "lang=zh" in link


def test_it_stands_in_another_page_by_the_line_that_embed_gives(visit, hosted):
    page = visit("#inside?digit=321", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Embed").click()
    page.get_by_text("Copied").wait_for()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith(f'<iframe src="{hosted[1]}#inside?')
    place = hosted[0].parent / "lesson.html"
    place.write_text(f'<!doctype html><link rel="icon" href="data:,"><title>A lesson</title>{line}', encoding="utf-8")
    page.goto(hosted[1].replace("network/", "lesson.html"))
    page.frame_locator("iframe").locator(".track button").first.wait_for()


def test_from_disk_it_says_what_would_open(chromium, hosted):
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((hosted[0] / "index.html").as_uri())
    page.get_by_text("chainrule export NET page.html").wait_for()
    context.close()
