"""The page as one file in Firefox: that it opens from disk, computes, learns, and is steered by keys, as in Chromium."""

import time

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.datasets import mnist
from chainrule.data.shipped import shipped
from chainrule.layers import Conv, Flatten, MaxPool

from . import firefox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(firefox.executable() is None, reason="there is no Firefox"),
]


@pytest.fixture(scope="module")
def book():
    return cr.load(shipped("book"))


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with firefox.started(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(scope="module")
def address(book, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    book.export(path, training=500)
    return path.as_uri()


def until(tab, condition):
    """Wait until something holds on the page."""
    end = time.monotonic() + 60
    while not tab.run(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.02)


@pytest.fixture
def page(tab, address):
    return opened(tab, address)


def opened(tab, address):
    tab.open("about:blank")
    tab.said.clear()
    tab.asked.clear()
    tab.open(address)
    until(tab, "document.documentElement.dataset.ready === 'yes'")
    return tab


def test_it_opens_and_asks_for_nothing(page):
    assert "Firefox" in page.run("navigator.userAgent")
    assert not page.said and all(each.startswith(("data:", "blob:", "file:")) for each in page.asked)


def test_a_look_has_the_numbers_of_explain(page, book):
    found = page.run("""(async () => {
      const { host } = chainrule, x = host.digits.image(7), y = host.digits.label(7);
      const { z, a, delta, cost } = await host.look(x, y);
      return { number: host.digits.number(7), y, cost, layers: [1, 2].map((l) => [z, a, delta].map((each) => [...each[l]])) };
    })()""")
    told = book.explain(mnist()[2].images[found["number"]], found["y"])
    for layer, arrays in zip((2, 3), found["layers"], strict=True):
        for symbol, numbers in zip("zaδ", arrays, strict=True):
            np.testing.assert_allclose(np.ravel(told.values[f"{symbol}{layer}"]), numbers, atol=1e-6, rtol=0)
    assert found["cost"] == pytest.approx(told.cost, abs=1e-6)


def test_one_step_and_back(page):
    first, taught, again = page.run("""(async () => {
      const { host } = chainrule, k = host.network.carried.opening, x = host.digits.image(k), y = host.digits.label(k);
      const cost = async () => (await host.look(x, y)).cost, first = await cost();
      await host.teach(x, y, 0.05);
      const taught = await cost();
      await host.undo();
      return [first, taught, await cost()];
    })()""")
    assert first == again > taught


def test_two_epochs(page):
    told = page.run("""(async () => {
      const told = [], settings = { eta: 3, epochs: 2, fresh: true, seed: 1 };
      await chainrule.host.train(settings, ({ epoch, cost, accuracy }) => { if (epoch) told.push([cost, accuracy]); });
      return told;
    })()""")
    assert len(told) == 2 and told[1][0] < told[0][0] and told[1][1] > told[0][1]


def test_other_layers(page):
    found = page.run("""(async () => {
      const { host } = chainrule, told = [], settings = { eta: 0.5, epochs: 3, layers: [20, 15], activation: "tanh", seed: 1 };
      await host.train(settings, ({ epoch, cost }) => { if (epoch) told.push(cost); });
      return [host.network.sizes, told, (await host.look(host.digits.image(0))).a.map(({ length }) => length)];
    })()""")
    assert found[0] == found[2] == [784, 20, 15, 10] and found[1][2] < found[1][0]


def test_both_languages(page):
    for code, tab, title in (("zh", "看透", "chainrule："), ("en", "Look inside", "chainrule:")):
        page.run(f"document.querySelector('#languages [value={code}]').click()")
        found = page.run("[document.querySelector('nav a').textContent, document.title, document.documentElement.lang]")
        assert found[0] == tab and found[1].startswith(title) and found[2].startswith(code)


def test_both_themes(page):
    found = [
        page.run(
            f"(document.querySelector('#themes [value={theme}]').click(), getComputedStyle(document.body).backgroundColor)"
        )
        for theme in ("dark", "light")
    ]
    assert found == ["rgb(20, 22, 27)", "rgb(255, 255, 255)"]


def test_views_and_the_way_back(page):
    page.run("document.querySelector('nav [data-view=derive]').click()")
    until(page, "!document.getElementById('view-derive').hidden && document.getElementById('view-inside').hidden")
    page.run("history.back()")
    until(page, "document.getElementById('view-derive').hidden && !document.getElementById('view-inside').hidden")


def test_a_link_opens_what_it_says(tab, address):
    page = opened(tab, f"{address}#train?lang=zh")
    assert page.run("document.querySelector('nav [aria-current]').textContent") == "训练"
    assert page.run("chainrule.route.link({ eta: 3 })") == f"{address}#train?lang=zh&eta=3"


def test_keys_alone(page):
    page.press("\ue004")  # Tab
    assert page.run("document.activeElement.className") == "skip"
    page.press("\ue004", "\ue004", "\ue006")  # to the second view, and Enter
    until(page, "document.querySelector('nav [aria-current]').dataset.view === 'train'")


def test_convolutions(tab, tmp_path):
    rng = np.random.default_rng(0)
    net = cr.Network(
        [Conv(2, 3), MaxPool(2), Flatten(), 3], input=(1, 8, 8), activation="relu", cost="log-likelihood", seed=1
    )
    x = rng.random((20, 1, 8, 8)).astype(np.float32)
    net.export(tmp_path / "page.html", examples=(x, rng.integers(0, 3, 20)))
    page = opened(tab, (tmp_path / "page.html").as_uri())
    found = page.run("chainrule.host.read().then(({ activations }) => [...activations])")
    np.testing.assert_allclose(np.ravel(net(x)), found, atol=1e-6)
