"""The page as `chainrule app` serves it: what the server has beyond a file, and that visitors do not disturb each other."""

import contextlib
import functools
import io
import re
import threading

import numpy as np
import pytest

pytest.importorskip("playwright")

from PIL import Image
from playwright.sync_api import expect

import chainrule as cr
from chainrule.cli.opening import opened
from chainrule.data.shipped import shipped
from chainrule.web.app import application
from chainrule.web.entrance import Entrance
from chainrule.web.server import serve
from chainrule.web.site import Saved, Site

from ..web.conftest import PROCESS
from .visitor import PHONE, WIDE

pytestmark = pytest.mark.browser
READS = re.compile("^(It reads|它读作)$")
OWN = """
import numpy as np
import chainrule as cr

def gated(a, w, v, b):
    return (w @ a) * (1 / (1 + np.exp(-(v @ a)))) + b

roles = (("w", (6, "n_in"), "weight"), ("v", (6, "n_in"), "weight"), ("b", (6, 1), "bias"))
gate = cr.Layer(gated, [cr.Parameter(*each) for each in roles], "tanh")
"""


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """Networks of several kinds, each in its file: of digits, of a layer of one's own, and of a table."""
    folder = tmp_path_factory.mktemp("served")
    train, _, _ = cr.datasets.mnist()
    small = cr.Network([784, 12, 10], seed=0)
    small.fit(train.images[:3000], train.labels[:3000], epochs=2)
    small.save(folder / "small.safetensors")
    (folder / "own.py").write_text(OWN, encoding="utf-8")
    space = {}
    exec(OWN, space)
    cr.Network([784, space["gate"], 10], seed=0).save(folder / "gated.safetensors")
    return {
        "book": Saved(str(shipped("book"))),
        "small": Saved(str(folder / "small.safetensors")),
        "gated": Saved(str(folder / "gated.safetensors"), str(folder / "own.py")),
    }


def begun(site, entrance=None):
    """A server of a site, at a free port; its address."""
    ready, found = threading.Event(), []

    def told(port):
        found.append(port)
        ready.set()

    hosts = None if entrance else ["127.0.0.1"]
    threading.Thread(target=serve, args=(application(site, hosts, entrance), "127.0.0.1", 0, told), daemon=True).start()
    assert ready.wait(30)
    return f"http://127.0.0.1:{found[0]}/"


@pytest.fixture(scope="session")
def address(saved):
    return begun(Site(saved, opened, PROCESS))


@pytest.fixture
def visit(chromium, address):
    """Open the page; at the end of the test its console must be clean, and no other address may have been asked."""
    with contextlib.ExitStack() as open_contexts:
        faults = []

        def visit(at="", *, size=WIDE, refused=False, base=address, language="en-US"):
            context = chromium.new_context(viewport=size, reduced_motion="reduce", locale=language)
            open_contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: faults.append(f"error: {error}"))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" and not refused else None)
            page.on(
                "request",
                lambda asked: None if asked.url.startswith((base, "blob:", "data:")) else faults.append(asked.url),
            )
            page.goto(f"{base}{at}")
            expect(page.locator("html[data-ready]")).to_be_attached()
            if "#" not in at or "#inside" in at:
                expect(page.get_by_role("status", name=READS)).not_to_be_empty()
            return page

        yield visit
    assert faults == []


@functools.cache
def digits():
    return cr.datasets.mnist()[2]


LOOK = """async (number) => {
  const { host } = chainrule, place = await host.place(number), { digits } = host;
  const found = await host.look(digits.image(place), digits.label(place));
  const plain = (arrays) => arrays.slice(1).map((each) => [...each]);
  return [digits.label(place), plain(found.a), plain(found.delta), found.cost];
}"""


@pytest.mark.wide
@pytest.mark.parametrize("name", ["book", "small", "gated"])
@pytest.mark.parametrize("number", [8, 9_999])
def test_a_look_at_any_test_digit_has_the_numbers_of_explain(visit, saved, name, number):
    label, a, delta, cost = visit(f"?network={name}").evaluate(LOOK, number)
    made = opened(saved[name]).net.explain(digits().images[number], int(digits().labels[number]))
    assert label == digits().labels[number]
    for layer, (activation, error) in enumerate(zip(a, delta, strict=True), 2):
        np.testing.assert_allclose(activation, np.ravel(made.values[f"a{layer}"]), atol=1e-6)
        np.testing.assert_allclose(error, np.ravel(made.values[f"δ{layer}"]), atol=1e-6)
    assert cost == pytest.approx(float(np.squeeze(made.values["C"])), abs=1e-6)


def test_a_test_digit_is_taken_by_its_number_and_by_a_link(visit):
    page = visit()
    field = page.get_by_role("spinbutton", name="Test digit")
    field.fill("9998")
    field.press("Enter")
    expect(page).to_have_url(re.compile("digit=9998"))
    expect(page.get_by_role("heading", name=re.compile("It is a 5|is right"))).to_be_visible()
    assert digits().labels[9998] == 5
    other = visit("#inside?digit=9997&step=3")
    expect(other.get_by_role("region", name=re.compile("^3 "))).to_be_visible()
    assert other.evaluate("chainrule.host.digits.label(chainrule.host.digits.count)") == digits().labels[9997]


def test_another_saved_network_is_chosen(visit):
    page = visit()
    page.get_by_role("combobox", name="Network").select_option("small")
    expect(page).to_have_url(re.compile(r"\?network=small"))
    expect(page.locator("html[data-ready]")).to_be_attached()
    expect(page.locator("#layers")).to_have_text("784 → 12 → 10")
    expect(page.get_by_role("combobox", name="Network")).to_have_value("small")


def test_mistakes_are_those_of_all_test_digits(visit, saved):
    page = visit("?network=small#mistakes")
    wrong = int(np.sum(opened(saved["small"]).net.predict(digits().images) != digits().labels))
    expect(page.get_by_text(f"{wrong:,} misread digits, most confident first")).to_be_visible()
    share = f"{100 * wrong / 10_000:.1f}"
    expect(page.get_by_text(f"These are {share}\u00a0% of all 10,000 test examples.")).to_be_visible()
    first = page.get_by_role("button", name=re.compile("^Look inside example")).first
    number = int(re.search(r"example ([\d,]+):", first.get_attribute("aria-label"))[1])
    first.click()
    expect(page).to_have_url(re.compile(f"#inside.*digit={number}"))
    expect(page.get_by_role("heading", name=re.compile(f"It is an? {digits().labels[number]}"))).to_be_visible()


def test_a_run_on_the_server_is_watched_and_is_that_of_fit(visit, saved):
    page = visit("?network=small#train?eta=2&epochs=2&seed=5")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(re.compile("^2 epochs in "))).to_be_visible()
    shown = opened(saved["small"])
    net = cr.Network([784, 12, 10], seed=5)
    history = net.fit(*shown.learned, epochs=2, learning_rate=2.0, validation=shown.validated)
    expect(page.locator(".film")).to_contain_text(f"{100 * history.epochs[-1].validation.accuracy:.1f}\u00a0%")
    weights = page.evaluate("async () => [...(await chainrule.host.weights()).all.w3]")
    np.testing.assert_array_equal(np.float32(weights), net.weights[1].ravel())
    page.get_by_role("link", name="Mistakes").click()
    wrong = int(np.sum(net.predict(digits().images) != digits().labels))
    expect(page.get_by_text(f"{wrong:,} misread digits, most confident first")).to_be_visible()


def test_a_run_on_the_server_has_other_layers_and_is_looked_into(visit):
    page = visit("?network=small#train")
    page.get_by_role("textbox", name="hidden layers").fill("9, 8")
    page.get_by_role("combobox", name="activation").select_option("tanh")
    page.get_by_role("textbox", name="learning rate η").fill("0.5")
    page.get_by_role("textbox", name="epochs").fill("1")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(re.compile("^1 epoch in "))).to_be_visible()
    expect(page.locator("#layers")).to_have_text("784 → 9 → 8 → 10")
    page.get_by_role("button", name="Look inside at this epoch").click()
    expect(page.get_by_role("status", name=READS)).not_to_be_empty()
    differs = page.evaluate(SLOPES)
    assert differs < 1e-6


SLOPES = """async () => {
  const { host } = chainrule, x = host.digits.image(0), y = host.digits.label(0), h = 1e-4;
  const { b } = await host.gradients(x, y), before = (await host.look(x, y)).cost;
  const { after } = await host.teach(x, y, h), sum = (name, all) => all[name].reduce((total, each) => total + each * each, 0);
  await host.undo();
  const { all } = await host.gradients(x, y), steep = Object.keys(all).reduce((total, name) => total + sum(name, all), 0);
  return Math.abs((before - after.cost) / h - steep) / Math.max(1, steep) < 0.02 ? 0 : 1;
}"""


def test_a_run_on_the_server_is_stopped_and_what_it_learned_stays(visit):
    page = visit("?network=small#train?epochs=300")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".film .done").first).to_have_attribute("d", re.compile(".{20}"))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"^Stopped after epoch \d+\."))).to_be_visible()
    assert page.evaluate("chainrule.host.canUndo")
    page.get_by_role("button", name="Train again").click()  # it takes another run at once
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Train again")).to_be_visible()


def test_the_browser_trains_on_all_digits_too(visit):
    page = visit("?network=small#train?epochs=1&where=browser")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(re.compile("^1 epoch in "))).to_be_visible()
    assert [each for each in asked if "/api/" in each] == [next(each for each in asked if "part=learn" in each)]
    found = page.evaluate("chainrule.host.network.carried")
    assert found["learned"][1] - found["learned"][0] == 50_000
    shown = re.compile(
        r"(8[5-9]|9\d)(\.\d)?\u00a0%\s*unseen"
    )  # not what it was before the epoch, which stands there first
    expect(page.locator(".film")).to_have_text(shown, use_inner_text=True)


def test_two_visitors_do_not_see_each_others_changes(visit):
    one, other = visit("?network=small"), visit("?network=small")
    weights = "async () => [...(await chainrule.host.weights()).all.w3]"
    before = other.evaluate(weights)
    one.evaluate("async () => { const { host } = chainrule; await host.teach(host.digits.image(3), 1, 0.5); }")
    one.evaluate(
        "async () => { await chainrule.host.train({ there: true, eta: 1, epochs: 1, fresh: true, seed: 3 }, () => {}); }"
    )
    assert one.evaluate(weights) != before
    assert other.evaluate(weights) == before
    other.reload()
    expect(other.locator("html[data-ready]")).to_be_attached()
    assert other.evaluate(weights) == before


def picture(kind, *marks):
    """A file of a picture: ink on paper."""
    from PIL import ImageDraw

    page = Image.new("L", (300, 400), 235)
    for line in marks:
        ImageDraw.Draw(page).line(line, fill=30, width=24)
    file = io.BytesIO()
    page.save(file, kind)
    return {"name": f"photo.{kind.lower()}", "mimeType": f"image/{kind.lower()}", "buffer": file.getvalue()}


def test_a_photo_is_read_and_one_without_a_digit_is_refused_in_a_sentence(visit):
    page = visit(refused=True)

    def choose(file):
        with page.expect_file_chooser() as chosen:
            page.get_by_role("button", name="A photo of a digit").click()
        chosen.value.set_files(file)

    choose(picture("JPEG", [(170, 60), (150, 340)]))
    expect(page.get_by_role("heading", name="It reads a 1.")).to_be_visible()
    before = page.url
    assert "ink=" in before
    choose(picture("PNG"))
    expect(page.locator("#said")).to_contain_text("The image cannot be read: ")
    choose({"name": "page.png", "mimeType": "image/png", "buffer": b"<!DOCTYPE html>"})
    expect(page.locator("#said")).to_contain_text("is an HTML page")
    assert page.url == before


def test_the_network_and_the_page_are_saved(visit, tmp_path, chromium):
    page = visit("?network=small")
    page.evaluate("async () => { const { host } = chainrule; await host.teach(host.digits.image(3), 1, 0.5); }")
    mine = np.float32(page.evaluate("async () => [...(await chainrule.host.weights()).all.w2]"))
    files = {}
    for words in ("The network, for chainrule (.safetensors)", "This page with it, for any browser (.html)"):
        page.get_by_role("button", name="Save", exact=True).click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=words).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        files[path.suffix] = path
    np.testing.assert_array_equal(cr.load(files[".safetensors"]).weights[0].ravel(), mine)
    assert files[".html"].name == "small.html"
    context = chromium.new_context()
    alone, asked = context.new_page(), []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(files[".html"].as_uri())
    expect(alone.locator("html[data-ready]")).to_be_attached(timeout=60_000)
    np.testing.assert_array_equal(
        np.float32(alone.evaluate("async () => [...(await chainrule.host.weights()).all.w2]")), mine
    )
    assert alone.evaluate("chainrule.host.server") is None
    assert all(each.startswith(("file:", "blob:", "data:")) for each in asked)
    context.close()


def test_a_server_that_is_gone_is_told_in_a_sentence_and_the_page_goes_on(visit):
    page = visit("?network=small", refused=True)
    gone = "The server does not answer. Is chainrule app still running?"
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("link", name="Train").click()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".train .wrong")).to_contain_text(gone)
    expect(page.get_by_role("button", name=re.compile("^Train( again)?$"))).to_be_visible()
    page.get_by_role("link", name="Mistakes").click()
    expect(page.locator("#said")).to_contain_text(gone)
    expect(page.get_by_text(re.compile("misread digits"))).to_be_visible()  # of those that the page has
    page.get_by_role("link", name="Look inside").click()
    page.evaluate("async () => { const { host } = chainrule; await host.teach(host.digits.image(3), 1, 0.5); }")


def test_what_is_found_in_a_run_is_said_and_heeded_by_a_button(visit):
    page = visit("?network=small#train?eta=0.0001&epochs=2")
    page.get_by_role("button", name="Train", exact=True).click()
    advice = page.get_by_text(re.compile("^.*To repair it, set η to "))
    expect(advice.first).to_be_visible()
    page.get_by_role("button", name="Train so").first.click()
    expect(page.get_by_role("textbox", name="learning rate η")).not_to_have_value("0.0001")
    page.get_by_role("button", name="Stop").click()


def test_in_class_the_code_is_entered_once_and_a_link_keeps_its_place(visit, saved, chromium):
    entrance = Entrance()
    base = begun(Site(saved, opened, PROCESS), entrance)
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}  # this machine itself is not asked
    context = chromium.new_context(locale="zh-CN", viewport=PHONE, extra_http_headers=elsewhere)
    page = context.new_page()
    page.goto(f"{base}?network=small#inside?digit=8&step=3")
    field = page.get_by_role("textbox", name="口令")
    field.fill("abc")
    page.get_by_role("button", name="打开网页").click()
    expect(page.get_by_role("alert")).to_have_text("口令不对。")
    page.get_by_role("textbox", name="口令").fill(entrance.code.upper())
    page.get_by_role("textbox", name="口令").press("Enter")
    expect(page.locator("html[data-ready]")).to_be_attached(timeout=60_000)
    assert re.search(r"\?network=small#inside\?.*digit=8.*step=3", page.url)
    again = context.new_page()
    again.goto(base)
    expect(again.locator("html[data-ready]")).to_be_attached(timeout=60_000)
    context.close()


@pytest.mark.wide
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080)])
@pytest.mark.parametrize("view", ["inside", "train", "mistakes", "derive"])
def test_larger_type_is_larger_and_fits(visit, width, height, view):
    size = {"width": width, "height": height}
    sizes = []
    for at in (f"#{view}", f"#{view}?type=large"):
        page = visit(f"?network=book{at}", size=size)
        expect(page.locator(f"#view-{view}")).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sizes.append(page.evaluate("document.querySelector('.mark').getBoundingClientRect().height"))
    assert sizes[1] > 1.3 * sizes[0]
    page.get_by_role("button", name="Larger type").click()
    expect(page).not_to_have_url(re.compile("type="))
    assert page.evaluate("document.querySelector('.mark').getBoundingClientRect().height") == pytest.approx(
        sizes[0], rel=0.01
    )


@pytest.mark.wide
@pytest.mark.parametrize("size", [{"width": 320, "height": 640}, PHONE, {"width": 768, "height": 1024}, WIDE])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_the_bar_fits_and_axe_finds_nothing(visit, axe, size, language):
    page = visit(size=size, language=language)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []
    page.get_by_role("button", name=re.compile("^(Save|保存)$")).click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
