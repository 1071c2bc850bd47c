"""The page as one file, opened from disk in Chromium without a network: it asks for nothing, and its numbers are ours."""

import base64
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.datasets import mnist
from chainrule.data.shipped import shipped
from chainrule.layers import Conv, Flatten, MaxPool

pytestmark = pytest.mark.browser

PLAIN = "const plain = (o) => JSON.parse(JSON.stringify(o, (_, v) => (ArrayBuffer.isView(v) ? [...v] : v)));"


@pytest.fixture(scope="module")
def book():
    return cr.load(shipped("book"))


@pytest.fixture(scope="module")
def opened(chromium, tmp_path_factory):
    """Opens a page from disk, offline, and sees to it that it asks for nothing and complains of nothing."""
    contexts = []

    def open_(write, hash_="", locale="en-US"):
        path = tmp_path_factory.mktemp("page") / "page.html"
        write(path)
        context = chromium.new_context(offline=True, locale=locale, viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda told: page.said.append(told.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(path.as_uri() + hash_)
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        return page

    yield open_
    for context in contexts:
        context.close()


def asks(page, script, given=None):
    """What a script says that has the host."""
    return page.evaluate(
        f"async (given) => {{ const {{ host }} = chainrule; {PLAIN} return plain(await ({script})()); }}", given
    )


def disturbances(page):
    """What it asked for beside the file and what that made itself, and what the console says."""
    assert page.asked[0].startswith("file:///")
    return [url for url in page.asked[1:] if not re.match("(blob|data):", url)] + page.said


LOOK = """async () => {
  const x = host.digits.image(given), y = host.digits.label(given);
  return { number: host.digits.number(given), y, look: await host.look(x, y), without: await host.look(x, null),
           gradients: (await host.gradients(x, y)).all };
}"""


def largest(one, other):
    return float(np.abs(np.ravel(one) - np.ravel(other)).max())


@pytest.mark.parametrize("place", [0, 120, 187])
def test_a_look_has_the_numbers_of_explain(opened, book, place):
    page = opened(book.export)
    found, test = asks(page, LOOK, place), mnist()[2]
    x, y = test.images[found["number"]], int(test.labels[found["number"]])
    told = book.explain(x, y)
    assert found["y"] == y
    for layer in (2, 3):
        for symbol, name in (("z", "z"), ("a", "a"), ("δ", "delta")):
            assert largest(found["look"][name][layer - 1], told.values[f"{symbol}{layer}"]) < 1e-6
        a = told.values[f"a{layer}"]
        assert largest(found["look"]["slope"][layer - 1], a * (1 - a)) < 1e-6
        assert largest(found["gradients"][f"w{layer}"], told.values[f"dC_dw{layer}"]) < 1e-6
        assert largest(found["gradients"][f"b{layer}"], told.values[f"δ{layer}"]) < 1e-6
    assert found["look"]["cost"] == pytest.approx(told.cost, abs=1e-6)
    assert found["without"] == {**found["look"], "delta": [None] * 3, "cost": None}
    assert not disturbances(page)


def test_it_opens_on_a_mistake_that_one_step_mends(opened, book):
    page = opened(book.export)
    found = asks(page, """async () => {
      const { opening, fair } = host.network.carried, x = host.digits.image(opening), y = host.digits.label(opening);
      const heard = []; host.on("change", ({ canUndo }) => heard.push(canUndo));
      const first = await host.weights(), answer = host.digits.read(opening), taught = await host.teach(x, y, host.network.eta);
      const now = await host.weights(), able = host.canUndo;
      await host.undo();
      return { opening, number: host.digits.number(opening), answer, y, taught, able, heard, first: first.all, now: now.all,
               again: await host.look(x, y), read: await host.read() };
    }""")  # fmt: skip
    images, labels = mnist()[2]
    assert found["answer"] == book.predict(images[found["number"]]) != labels[found["number"]] == found["y"]
    assert np.argmax(found["taught"]["after"]["a"][2]) == found["y"]
    assert found["again"] == found["taught"]["before"] and found["taught"]["after"]["cost"] < found["again"]["cost"]
    assert found["able"] and found["heard"] == [True, False]
    _, gradients = book.backprop(images[found["number"]], found["y"])
    moved = 0
    for name, w, slope in zip(("w2", "w3"), book.weights, gradients, strict=True):
        assert largest(found["first"][name], w) == 0
        wanted = (w - 0.05 * slope).astype(np.float32)
        assert largest(found["now"][name], wanted) < 1e-7
        moved += np.count_nonzero(np.abs(wanted - w) >= 0.001)
    told = found["taught"]["moved"]
    assert told["all"] == 23860 and moved <= told["large"] <= moved + 40 and told["still"] > 10_000
    read = book.predict(images[:200])
    assert found["read"]["classes"][:150] == read[:150].tolist()
    assert found["read"]["correct"] == np.count_nonzero(read[:150] == labels[:150]) and found["read"]["count"] == 150
    assert not disturbances(page)


def test_a_step_that_overflows_is_taken_back_with_a_sentence(opened):
    net = cr.Network(
        [4, 3, 2], activation="linear", cost="mean-squared-error", target_scale="none", scale="none", seed=0
    )
    page = opened(lambda path: net.export(path, examples=(np.eye(4), np.eye(4)[:, :2])))
    said = asks(page, """async () => {
      const x = host.digits.image(0), y = host.digits.label(0), first = await host.look(x, y);
      const error = await host.teach(x, y, 1e300).catch(({ message }) => message);
      return { error, same: JSON.stringify(first) === JSON.stringify(await host.look(x, y)), undo: host.canUndo,
               other: await host.look([1, 2], y).catch(({ message }) => message) };
    }""")  # fmt: skip
    assert said["error"].startswith("The numbers have overflowed: a step was too long") and said["same"]
    assert not said["undo"] and said["other"] == "An example has 4 numbers here, and was given 2."


TRAIN = """async () => {
  const told = [];
  const end = await host.train(given, ({ weights, ...each }) => told.push({ ...each, weights: weights !== null }));
  return { told, end, weights: (await host.weights()).all, able: host.canUndo, read: await host.read() };
}"""


def test_it_trains_offline_on_the_digits_that_it_carries(opened, book):
    page = opened(lambda path: book.export(path, training=2000))
    settings = {"eta": 3, "epochs": 4, "batch": 10, "seed": 7, "fresh": True}
    found = asks(page, TRAIN, settings)
    told = found["told"]
    assert [each["epoch"] for each in told] == [0, 1, 2, 3, 4] and told.pop(0)["cost"] is None
    assert len(told) == 4 and all(each["weights"] for each in told)
    assert told[-1]["validation"] > 0.8 > 0.5 * told[0]["cost"] and told[-1]["cost"] < 0.4 * told[0]["cost"]
    assert (
        asks(page, TRAIN, settings)["weights"]
        == found["weights"]
        != asks(page, TRAIN, {**settings, "seed": 8})["weights"]
    )
    net = cr.Network([784, 30, 10])
    for name, array in net.architecture.by_name(net.parameters).items():
        array[...] = np.reshape(found["weights"][name], array.shape)
    held = mnist()[1]
    assert told[-1]["validation"] == pytest.approx(net.score(held.images[:400], held.labels[:400]), abs=1e-9)
    assert asks(
        page, "async () => { while (host.canUndo) await host.undo(); return (await host.weights()).w[1]; }"
    ) == (book.weights[1].ravel().tolist())
    assert not disturbances(page)


def test_training_stops_where_it_is_asked_to_and_looks_meanwhile(opened, book):
    page = opened(lambda path: book.export(path, training=2000))
    found = asks(page, """async () => {
      const x = host.digits.image(0), told = [];
      const training = host.train({ eta: 1, epochs: 10000 }, ({ epoch, weights }) => told.push([epoch, weights !== null]));
      const refused = await host.teach(x, 1, 1).catch(({ message }) => message);
      while (told.length < 5) await host.look(x, 1);
      await host.stop();
      return { end: await training, told: told.length, kept: told.filter(([, kept]) => kept).length, refused };
    }""")  # fmt: skip
    assert found["end"]["stopped"] and 5 <= found["told"] < 10_000 and found["kept"] <= 31
    assert found["refused"] == "The network is training; stop it first."


def test_images_of_another_size_and_convolutions(opened):
    rng = np.random.default_rng(0)
    net = cr.Network(
        [Conv(2, 3), MaxPool(2), Flatten(), 3], input=(1, 8, 8), activation="relu", cost="log-likelihood", seed=1
    )
    x, y = rng.random((20, 1, 8, 8)).astype(np.float32), rng.integers(0, 3, 20)
    page = opened(lambda path: net.export(path, examples=(x, y)))
    found, told = asks(page, LOOK, 4), net.explain(x[4], int(y[4]))
    for layer in (2, 3, 5):
        assert largest(found["look"]["a"][layer - 1], told.values[f"a{layer}"]) < 1e-6
        assert largest(found["look"]["delta"][layer - 1], told.values[f"δ{layer}"]) < 1e-6
    assert largest(asks(page, "async () => (await host.read()).activations"), net(x)) < 1e-6
    assert not disturbances(page)


def test_a_table_with_texts_in_its_own_units(opened):
    rng = np.random.default_rng(0)
    rows = {"age": rng.uniform(20, 70, 60), "town": rng.choice(["Ulm", "Bern"], 60)}
    y = np.where((rows["age"] > 45) ^ (rows["town"] == "Ulm"), "yes", "no")
    net = cr.Network([3, 4, 2])
    net.fit(rows, y, epochs=3)
    page = opened(lambda path: net.export(path, examples=(rows, y)))
    found = asks(page, LOOK, 5)
    one = {name: values[5:6] for name, values in rows.items()}
    assert largest(found["look"]["a"][2], net(one)) < 1e-6
    known = asks(page, "async () => host.network")
    assert known["inputs"]["names"] == ["age", "town = Bern", "town = Ulm"] and known["classes"] == ["no", "yes"]
    assert asks(page, "async () => host.digits.image(5)")[0] == np.float32(rows["age"][5])


@pytest.mark.parametrize(
    ("locale", "hash_", "tab"),
    [
        ("en-US", "", "Look inside"),
        ("zh-CN", "", "看透"),
        ("en-US", "#train?lang=zh", "看透"),
        ("fr-FR", "", "Look inside"),
    ],
)
def test_it_speaks_the_visitors_language_or_that_of_the_link(opened, book, locale, hash_, tab):
    page = opened(book.export, hash_, locale)
    assert page.locator("nav a").first.inner_text() == tab
    assert page.locator("nav a[aria-current]").get_attribute("data-view") == ("train" if hash_ else "inside")
    page.get_by_role("button", name="中文").click()
    assert page.locator("nav a").first.inner_text() == "看透" and page.title().startswith("chainrule：")
    assert page.locator("#reads").inner_text() == "10,000 个测试样本认对 95.8\u00a0%"
    page.get_by_role("button", name="English").click()
    assert page.locator("#reads").inner_text() == "reads 95.8\u00a0% of 10,000 test examples"
    assert page.locator("#layers").inner_text() == "784 → 30 → 10"
    assert not disturbances(page)


def test_a_drawn_digit_fits_into_a_link(opened, book):
    page = opened(book.export)
    x = mnist()[2].images[0].ravel() / 255
    there = page.evaluate("(x) => chainrule.route.inked(Float64Array.from(x))", x.tolist())
    assert re.fullmatch(r"[\w-]{1046}", there)
    packed = np.frombuffer(base64.urlsafe_b64decode(there + "=="), np.uint8)
    assert packed.tolist() == np.round(255 * x).astype(int).tolist()
    back = page.evaluate("(text) => [...chainrule.route.ink(text, 784)]", there)
    assert largest(back, x) == 0
    four_bits = np.round(15 * x).astype(np.uint8)  # as older links have it
    older = base64.urlsafe_b64encode((four_bits[::2] << 4 | four_bits[1::2]).tobytes()).decode().rstrip("=")
    back = page.evaluate("(text) => [...chainrule.route.ink(text, 784)]", older)
    assert largest(back, x) <= 1 / 30 + 1e-9
    assert page.evaluate("chainrule.route.ink('abc', 784)") is None


def test_it_is_shared_and_embedded_where_it_is_on_a_host(chromium, book, tmp_path):
    book.export(tmp_path / "page.html")
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"], locale="en-US")
    context.route(
        "http://localhost:9/**", lambda route: route.fulfill(path=tmp_path / "page.html", content_type="text/html")
    )
    page = context.new_page()
    page.goto("http://localhost:9/page.html#train?eta=2")
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    digit = page.evaluate("chainrule.host.digits.number(chainrule.host.network.carried.opening)")
    for button, wanted in [
        ("Share", f"http://localhost:9/page.html#train?digit={digit}&eta=2&lang=en"),
        (
            "Embed",
            f'<iframe src="http://localhost:9/page.html#train?digit={digit}&amp;eta=2&amp;lang=en" title="chainrule"',
        ),
    ]:
        page.get_by_role("button", name=button, exact=True).click()
        page.locator("#said.on").wait_for()
        assert page.evaluate("navigator.clipboard.readText()").startswith(wanted)
    context.close()


def test_a_link_asks_for_its_language_once(opened, book):
    page = opened(book.export, "#train?lang=zh")
    page.get_by_role("button", name="English").click()
    page.evaluate("chainrule.route.go('train', { ...chainrule.route.place().values, eta: 1 })")
    page.wait_for_function("location.hash.includes('eta=1')")
    assert page.locator("nav a").first.inner_text() == "Look inside"


def test_one_example_without_a_label_is_read_and_taught_as_one_says(opened, book):
    image = mnist()[2].images[0]
    page = opened(lambda path: path.write_text(book.look(image).html, encoding="utf-8"))
    found = asks(page, """async () => {
      const x = host.digits.image(0), first = await host.look(x, host.digits.label(0));
      return { label: host.digits.label(0), a: first.a[2], cost: first.cost, taught: (await host.teach(x, 3, 0.1)).before.cost,
               train: await host.train({ eta: 1, epochs: 1 }).catch(({ message }) => message) };
    }""")  # fmt: skip
    assert found["label"] is None is found["cost"] and largest(found["a"], book(image)) < 1e-6
    assert found["taught"] == pytest.approx(book.explain(image, 3).cost, abs=1e-6)
    assert found["train"] == "This page carries 0 examples to learn from; a batch takes 10."


def test_sizes(book, tmp_path):
    assert book.export(tmp_path / "page.html").size <= 400_000
    assert book.export(tmp_path / "page.html", training=5000).size <= 3_000_000


def test_a_notebook_shows_it_in_a_frame(chromium, book, tmp_path):
    images, labels = mnist()[2]
    looked = book.look(images[:3], labels[:3])
    assert repr(looked).startswith("<Look into Network([784, 30, 10]") and looked.html.startswith("<!doctype html>")
    path = tmp_path / "notebook.html"
    path.write_text(
        f"<!doctype html><title>notebook</title><h1>A notebook</h1>{looked._repr_html_()}", encoding="utf-8"
    )
    page = chromium.new_page()
    said = []
    page.on("console", lambda told: said.append(told.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(timeout=60_000)
    frame.locator("nav a[data-view=train]").click()
    frame.locator("nav a[data-view=train][aria-current]").wait_for()
    assert page.locator("h1").inner_text() == "A notebook" and not said
    page.close()
