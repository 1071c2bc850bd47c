"""Training in a page with its own settings suits the network, can be taken back, and one accuracy is said at a time.

A visitor has a good network and presses Train: what is trained then learns, and the good network is one press away.
"""

import functools
import re

import pytest
from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.datasets import mnist
from chainrule.data.shipped import shipped
from chainrule.layers import Conv, Flatten, MaxPool

from .visitor import WIDE

pytestmark = pytest.mark.browser

KINDS = {
    "book": None,
    "no hidden layer": ([784, 10], {"cost": "log-likelihood"}),
    "cross-entropy": ([784, 30, 10], {"cost": "cross-entropy"}),
    "rectifiers": ([784, 40, 20, 10], {"activation": "relu", "cost": "log-likelihood"}),
    "tanh": ([784, 30, 10], {"activation": "tanh", "cost": "log-likelihood"}),
    "maps": ([Conv(8, 5), MaxPool(2), Flatten(), 10], {"input": (1, 28, 28), "activation": "relu", "cost": "log-likelihood"}),
}  # fmt: skip
CHANCE = 10.0  # percent
SHARE = re.compile(r"(\d+\.\d)\u00a0%")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The file of a network that has learned something."""

    @functools.cache
    def written(kind):
        path = tmp_path_factory.mktemp("defaults") / "page.html"
        if KINDS[kind] is None:
            cr.load(shipped("book")).export(path)
        else:
            layers, settings = KINDS[kind]
            net = cr.Network(layers, seed=1, **settings)
            net.fit(mnist()[0].images[:1000], mnist()[0].labels[:1000], epochs=2)
            net.export(path)
        return path.as_uri()

    return written


@pytest.fixture
def opened(chromium, written):
    """Open the file of a kind of network at an address; at the end the console must be clean."""
    pages, faults = [], []

    def opened(kind, at):
        page = chromium.new_page(viewport=WIDE, locale="en-US", reduced_motion="reduce")
        pages.append(page)
        page.on("pageerror", lambda error: faults.append(f"{error.stack or error}"))
        page.goto(f"{written(kind)}#{at}")
        expect(page.locator("html[data-ready]")).to_be_attached()
        return page

    yield opened
    for page in pages:
        page.close()
    assert faults == []


def train(page):
    page.get_by_role("button", name=re.compile("^Train( again)?$")).click()
    expect(page.locator(".train .told")).to_contain_text(re.compile("epochs? in"))


def bar(page):
    return page.locator("#reads").inner_text()


KEEP = "async () => { globalThis.before = Object.values((await chainrule.host.weights()).all).map((array) => array.slice()); }"
CHANGED = """async () => Object.values((await chainrule.host.weights()).all)
  .some((array, i) => array.some((value, k) => value !== globalThis.before[i][k]))"""


@pytest.mark.wide
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_trained_with_the_settings_of_the_page_learns_and_is_taken_back(opened, kind):
    page = opened(kind, "train")
    said = bar(page)
    page.evaluate(KEEP)
    assert "of 10,000 test examples" in said
    train(page)
    share = float(SHARE.search(bar(page))[1])
    assert re.search(r"of \d+ unseen examples$", bar(page)) and page.evaluate(CHANGED) and share > 4 * CHANCE
    expect(page.locator(".film")).to_contain_text(f"{share}\u00a0%")  # that of the chart
    page.get_by_role("button", name="Back to the network before").click()
    expect(page.locator("#reads")).to_have_text(said)
    assert page.evaluate(CHANGED) is False
    expect(page.get_by_role("button", name="Back to the network before")).to_be_hidden()


def test_after_steps_the_bar_says_of_which_examples_before_and_after(opened):
    page = opened("book", "inside?step=6")
    came = bar(page)
    page.get_by_role("button", name="Take one step").click()
    effect = page.locator(".accuracy")
    expect(effect).to_contain_text("150 examples")
    was, now = (SHARE.findall(effect.inner_text()) * 2)[:2]
    assert bar(page) == f"reads {now}\u00a0% of 150 examples in this page, before {was}\u00a0%"
    page.locator("#views [data-view=mistakes]").click()
    expect(page.get_by_text(re.compile("^Of the 200 examples in this page"))).to_be_visible()
    page.locator("#views [data-view=inside]").click()
    page.keyboard.press("6")
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.locator("#reads")).to_have_text(came)
    page.locator("#views [data-view=mistakes]").click()
    expect(page.get_by_text(re.compile("^The original network misreads"))).to_be_visible()


def test_a_step_tells_of_one_weight_however_many_are_taken(opened):
    for kind in ("book", "no hidden layer", "rectifiers", "maps"):
        page = opened(kind, "inside?step=6")
        index = page.locator(".updating").first
        weight = index.inner_text()
        page.get_by_role("button", name="Take one step").click()
        for _ in range(5):
            expect(page.get_by_role("button", name="One more step")).to_be_visible()
            assert index.inner_text() == weight
            page.get_by_role("button", name="One more step").click()
        page.close()


def test_the_learning_rate_follows_what_is_trained_unless_it_was_typed(opened):
    page = opened("book", "train")
    rate = page.get_by_role("textbox", name="learning rate η")
    expect(rate).to_have_value("3")
    page.get_by_role("combobox", name="activation").select_option("relu")
    relu = float(rate.input_value())
    assert relu == cr.Network([784, 30, 10], activation="relu").default_learning_rate()
    page.get_by_role("combobox", name="activation").select_option("sigmoid")
    expect(rate).to_have_value("3")
    rate.fill("0.7")
    page.get_by_role("combobox", name="activation").select_option("relu")
    expect(rate).to_have_value("0.7")


@pytest.mark.wide
@pytest.mark.parametrize("hidden", ["abc", "30x20", "-5", "1e3", "30 neurons"])
def test_hidden_layers_that_are_no_numbers_are_refused_in_a_sentence(opened, hidden):
    page = opened("book", "train")
    page.get_by_role("textbox", name="hidden layers").fill(hidden)
    page.get_by_role("button", name="Train", exact=True).click()
    wrong = page.get_by_role("alert").filter(has_text="Hidden layers are whole numbers")
    expect(wrong).to_contain_text(f"{hidden.strip()} is neither")
    assert "784 → 30 → 10" in page.locator("#layers").inner_text()
