"""What Share copies opens what was seen when it was copied, or says what it does not have.

A walk: in every view, after each kind of action, the link is copied and opened by somebody else. From disk there is no link that
others could open, so that what is copied goes behind the name of the file that they are sent.
"""

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

import chainrule as cr
from chainrule.cli.opening import opened
from chainrule.data.datasets import mnist
from chainrule.data.shipped import shipped
from chainrule.layers import Conv, Flatten, MaxPool
from chainrule.web.site import Saved, Site

from ..web.conftest import PROCESS
from .test_served import begun
from .visitor import STROKES, WIDE

pytestmark = pytest.mark.browser

PROMISE = ("opens what you see now.", "打开后看到的就是现在这一页。")
WATCHING = """if (navigator.clipboard) navigator.clipboard.writeText = (text) => {
  globalThis.copied = text;
  return Promise.resolve();
};
globalThis.waiting = 0; // questions that a server or the Worker has not answered
const { fetch: ask, Worker: Asked } = globalThis;
globalThis.fetch = async (...asked) => {
  globalThis.waiting++;
  try {
    const response = await ask(...asked);
    await response.clone().arrayBuffer();
    return response;
  } finally {
    globalThis.waiting--;
  }
};
globalThis.Worker = class extends Asked {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => { if (data.id !== undefined) globalThis.waiting--; });
  }
  postMessage(...given) {
    globalThis.waiting++;
    super.postMessage(...given);
  }
};"""
SEEN = """() => {
  const visible = (root, kind) => [...root.querySelectorAll(kind)].filter((node) => node.checkVisibility());
  const view = [...document.querySelectorAll("main > section")].find((section) => !section.hidden);
  const unlike = [...view.querySelectorAll(".hint, .tools, .stage .link")]; // tools of the pen that drew
  for (const node of unlike) node.style.display = "none";
  const seen = {
    view: document.querySelector("#views [aria-current]").dataset.view,
    language: document.documentElement.lang,
    network: document.querySelector("#reads").textContent,
    step: document.querySelector("nav.track [aria-current]")?.dataset.step ?? "0",
    text: view.innerText.split("\\n").filter((line) => line.trim()),
    drawn: visible(view, "svg text").map((node) => node.textContent),
    fields: visible(view, "input, select, textarea").map((node) => node.value),
    pressed: [...view.querySelectorAll("[aria-pressed=true]")].map((node) => node.ariaLabel ?? node.textContent),
  };
  for (const node of unlike) node.style.display = "";
  return seen;
}"""

# What is seen once nothing changes any more for some frames; null where it never settles.
SETTLED = f"""async () => {{
  const frame = () => new Promise(requestAnimationFrame);
  const has = (selector) => document.querySelector(selector) !== null;
  const isBusy = () => !has("html[data-ready]") || has("[aria-busy=true]") || globalThis.waiting > 0;
  const end = performance.now() + 60_000;
  let before = null;
  for (let alike = 0; performance.now() < end;) {{
    await frame();
    if (isBusy()) continue;
    const seen = ({SEEN})();
    if (!seen.text.length) continue; // it was gone to, and is not shown yet
    const text = JSON.stringify(seen);
    alike = text === before ? alike + 1 : 0;
    before = text;
    if (alike === 4) return seen;
  }}
  return null;
}}"""


class Stop(NamedTuple):
    """A view that is gone to, or none where one stays; what is done there, and what the link then lacks."""

    view: str | None
    act: Callable[[Any], object] = lambda page: None
    lacks: str = ""


def press(*keys):
    return lambda page: [page.keyboard.press(key) for key in keys]


def click(name, **options):
    return lambda page: page.get_by_role("button", name=name, **options).filter(visible=True).first.click()


def both(*acts):
    return lambda page: [act(page) for act in acts]


def put(label, value):
    def act(page):
        field = page.get_by_label(label).filter(visible=True).last
        field.fill(value)
        field.dispatch_event("change")

    return act


def neuron(place):
    return lambda page: page.get_by_role("group", name="Neurons").get_by_role("button").nth(place).click()


def slide(name, value):
    return lambda page: page.locator(f'.slider input[aria-label="{name}"]').fill(value)


def type_own(text):
    return lambda page: page.get_by_label("Your own function").fill(text)


def drag_window(page):
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.locator(".stage .slide, .stage [role=application]").first.press(key)


def term(page):
    page.get_by_role("region", name=re.compile("^4 ")).get_by_role("button", pressed=False).first.click()


def draw(page):
    page.get_by_role("button", name="Draw your own digit").first.click()
    box = page.locator("canvas.pad").first.bounding_box()
    for stroke in STROKES[3].split(" / "):
        points = [[float(each) / 100 for each in point.split(",")] for point in stroke.split()]
        for at, (x, y) in enumerate(points):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if not at:
                page.mouse.down()
        page.mouse.up()
    expect(page.get_by_role("status", name="It reads")).not_to_be_empty()


def train(page):
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".train .told")).to_contain_text(re.compile("epochs? in"))


def everyone(page):
    page.get_by_role("button", name=re.compile("^show all")).first.click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^neuron")).nth(7).click()


CAME = "It opens the network that came with this page: what this one has learned since is in no link."
SETTINGS = "It opens these settings: what was trained here is in no link, so press Train there."
BEGUN = "It opens this exercise as nobody has begun it."
READING = [
    Stop("inside"),
    Stop(None, press("2")),
    Stop(None, both(press("0"), click("Another digit"), press("3"))),
    Stop(None, both(press("2"), neuron(3), press("2"))),
    Stop(None, both(press("4"), neuron(4), term)),
    Stop(None, both(press("4"), everyone, press("2"))),
    Stop(None, both(press("6"), put("Learning rate η", "-12"))),
    Stop(None, both(press("0"), click("Another digit"), press("6"))),
    Stop(None, draw),
    Stop(None, both(click("8", exact=True), press("4"))),
    Stop(None, both(press("0"), click("中文"), press("5"))),
]
OTHER_VIEWS = [
    Stop("train"),
    Stop(None, both(put("learning rate η", "0.7"), put("epochs", "3"))),
    Stop(None, lambda page: page.get_by_label("activation").select_option("relu")),
    Stop(None, lambda page: page.locator(".thumb").nth(3).click()),
    Stop("mistakes"),
    Stop(None, lambda page: page.locator(".compare").nth(5).click()),
    Stop(None, lambda page: page.get_by_role("group", name="Compare with").get_by_role("button").last.click()),
    Stop(None, lambda page: page.locator(".card").nth(2).click()),
    Stop("derive"),
    Stop(None, both(click("A neuron"), slide("b", "0.5"))),
    Stop(None, both(click("Valleys"), click("One step downhill"), click("One step downhill"))),
    Stop(None, both(click("A line"), slide("x[2]", "-1.5"))),
    Stop("practice"),
    Stop(None, lambda page: page.locator(".chapters button").nth(4).click()),
    Stop(None, click(re.compile("^A hint")), BEGUN),
]
LEARNING = [
    Stop("inside", both(press("6"), click("Take one step")), CAME),
    Stop("mistakes", lacks=CAME),
    Stop("derive", lacks=CAME),
    Stop("inside", both(press("6"), click("Undo", exact=True))),
    Stop("train", train, SETTINGS),
    Stop("inside", lacks=CAME),
    Stop("practice", lacks=CAME),
    Stop("train", click("Back to the network before"), SETTINGS),
    Stop("mistakes"),
]
MAPS = [
    Stop("inside", press("2")),
    Stop(None, drag_window),
    Stop(None, both(click(re.compile("^Then layer")), press("4"), click(re.compile("^Then")), press("2"))),
    Stop(None, both(press("4"), click(re.compile("^Then")))),
]
SERVED = [
    Stop("inside", both(put("Test digit", "9998"), lambda page: page.wait_for_url(re.compile("digit=9998")))),
    Stop("mistakes", both(click("More"), lambda page: page.locator(".compare").nth(30).click())),
    Stop("derive", both(type_own("a x² + sin x"), slide("x", "3.1"))),
    Stop(None, both(click("log(sum(exp(x)))"), slide("x[2]", "1.25"))),
    Stop(None, both(click("x² sin x"), click("One step downhill"))),
    Stop(None, both(click(re.compile("sum..a - y")), click("One step downhill"))),
    Stop(
        None, both(click("Two paths"), type_own("x² + open(x)"), lambda page: page.locator(".refused mark").wait_for())
    ),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The file of a network's page."""

    @functools.cache
    def written(kind):
        path = tmp_path_factory.mktemp("links") / f"{kind}.html"
        net = cr.load(shipped("book"))
        if kind == "conv":
            layers = [Conv(8, 5), MaxPool(2), Flatten(), 20, 10]
            net = cr.Network(layers, input=(1, 28, 28), activation="relu", cost="log-likelihood", seed=0)
            net.fit(mnist()[0].images[:500], mnist()[0].labels[:500], epochs=1)
        net.export(path)
        return path.as_uri()

    return written


@pytest.fixture(scope="module")
def server():
    """The address of a server of the same network."""
    return begun(Site({"book": Saved(str(shipped("book")))}, opened, PROCESS))


@pytest.fixture
def visit(chromium):
    """Open an address as somebody who was not here before; the console must stay clean."""
    contexts, faults = [], []

    def visit(address):
        context = chromium.new_context(viewport=WIDE, reduced_motion="reduce", locale="en-US")
        contexts.append(context)
        context.add_init_script(WATCHING)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{error.stack or error}"))
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


def settled(page):
    """What is seen once nothing changes any more."""
    seen = page.evaluate(SETTLED)
    assert seen is not None, "it never settles"
    return seen


def copied(page):
    """What Share copies, and what it says."""
    return page.evaluate("""async () => {
      globalThis.copied = undefined;
      document.querySelector("#share button").click();
      do await new Promise(requestAnimationFrame);
      while (globalThis.copied === undefined || !document.querySelector("#said.on"));
      return [globalThis.copied, document.getElementById("said").textContent];
    }""")


def walk(visit, address, stops):
    """Go through the stops, and after each open what was copied as somebody else."""
    page, other = visit(f"{address}#{stops[0].view}"), visit("about:blank")
    settled(page)
    for place, stop in enumerate(stops):
        if stop.view:
            page.locator(f"#views [data-view={stop.view}]").click()
        stop.act(page)
        seen = settled(page)
        link, said = copied(page)
        promised = any(promise in said for promise in PROMISE)
        assert (stop.lacks in said, promised) == (True, not stop.lacks), (place, said)
        if address.startswith("file:"):
            assert link.startswith("#") and "file:" not in said
            link = address + link
        else:
            assert link.startswith(address) and "on this computer alone" in said
        if stop.lacks:
            continue
        other.goto("about:blank")
        other.goto(link)
        opened = settled(other)
        for part, wanted in seen.items():
            assert opened[part] == wanted, (place, part, link)


MANGLED = (
    "derive?program=line&by=0.-1", "derive?program=line&by=0.1e-1", "derive?program=line&by=9.0", "derive?by=0.1",
    "derive?program=line&at=1e400,x", "derive?program=__proto__",
    "inside?spot=2.-5.3&step=2", "inside?spot=2.1.1e-1&step=2", "inside?spot=1.0.0&step=2",
    "inside?back=2.window&spot=1.2.2&step=4", "inside?back=9.x&step=4", "inside?layer=-1&step=2",
    "inside?cast=2.99999,3.-1,x&step=2", "inside?focus=2.1e-1&step=4",
    "inside?weight=3,-1,1e-1&step=4", "inside?eta=1e400&step=6", "inside?eta=-1&step=6", "inside?digit=-1", "inside?step=x",
    "inside?ink=%%%", "inside?ink=AAAA", "inside?is=99&step=6&ink=" + 1046 * "A", "inside?%E0%A4%A",
    "train?eta=abc&epochs=-3&hidden=__proto__&activation=x&digit=x", "train?is=99&ink=" + 1046 * "A",
    "mistakes?digit=x&beside=constructor&most=-5", "practice?exercise=__proto__",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["book", "conv"])
def test_an_address_that_was_mangled_opens_a_view_without_an_error(visit, written, kind):
    page, faults = visit(written(kind)), []
    settled(page)
    for heard in ("pageerror", "console"):
        page.on(heard, lambda said: faults.append(f"{said}"))
    for address in MANGLED:
        page.evaluate("(hash) => { location.hash = hash; }", address)
        page.wait_for_function(
            "(view) => !document.querySelector(`#view-${view}`).hidden", arg=address.partition("?")[0]
        )
        seen = settled(page)
        assert faults == [] and seen["view"] == address.partition("?")[0], address
        assert not re.search("NaN|undefined|Infinity|∞", " ".join(seen["text"] + seen["drawn"])), address


VIEWS = ["inside", "train", "mistakes", "derive", "practice"]
ADDRESS = {
    "inside": {"digit", "step", "weight", "layer", "back", "cast", "focus", "spot", "eta"},
    "train": {"digit"},
    "mistakes": set(),
    "derive": {"program", "at", "by"},
    "practice": {"exercise"},
}


# Go to a view, and once it is seen, though perhaps not yet ready, to another.
PASS_THROUGH = """async (views) => {
  for (const view of views) {
    document.querySelector(`#views [data-view=${view}]`).click();
    while (document.querySelector(`#view-${view}`).hidden) await new Promise((then) => setTimeout(then));
  }
}"""


def test_no_view_writes_into_the_address_of_another_that_was_gone_to_at_once(visit, written):
    page = visit("about:blank")
    page.clock.install()
    for first in VIEWS:
        others = [view for view in VIEWS if view != first]
        page.goto("about:blank")
        page.goto(f"{written('book')}#{others[-1]}")
        settled(page)
        for other in others:
            page.evaluate(PASS_THROUGH, [first, other])
            settled(page)
            page.clock.fast_forward(320)  # addresses are noted after 250 ms
            view, _, values = page.evaluate("location.hash.slice(1)").partition("?")
            assert view == other and set(parse_qs(values)) <= ADDRESS[view], (first, other)
            assert page.locator("main > section:not([hidden])").get_attribute("id") == f"view-{other}"


@pytest.mark.parametrize("stops", [READING, OTHER_VIEWS, LEARNING], ids=["reading", "other views", "learning"])
def test_what_is_copied_from_a_file_opens_in_that_file_what_was_seen(visit, written, stops):
    walk(visit, written("book"), stops)


def test_what_is_copied_of_a_network_of_maps_opens_what_was_seen(visit, written):
    walk(visit, written("conv"), MAPS)


def test_a_link_to_a_served_page_opens_what_was_seen(visit, server):
    walk(visit, server, SERVED)
