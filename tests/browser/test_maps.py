"""Layers of images in Look inside: the numbers of windows, poolings, errors and kernels are those of `net.explain`."""

import functools
import re

import numpy as np
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.datasets import mnist
from chainrule.data.shipped import shipped
from chainrule.layers import AveragePool, Conv, Flatten, MaxPool

from .visitor import PHONE, WIDE

pytestmark = pytest.mark.browser

RANDOM = np.random.default_rng(0)
SMALL = {
    "a convolution": ([Conv(4, 3), MaxPool(2), Flatten(), 3], (1, 8, 9), {"activation": "relu"}),
    "two with pooling": ([Conv(3, 3), MaxPool(2), Conv(5, 2), MaxPool(2), Flatten(), 6, 3], (1, 12, 13), {}),
    "steps and margins": (
        [Conv(3, 3, stride=2, padding=1), Conv(4, (2, 3), stride=(1, 2), padding=(1, 0)), Flatten(), 3],
        (1, 9, 10),
        {"activation": "tanh"},
    ),
    "channels, means": ([Conv(4, 3), AveragePool(2), Flatten(), 5, 3], (3, 9, 8), {"activation": "tanh"}),
    "groups": ([Conv(4, 3, padding="same", groups=2), MaxPool(2), Conv(4, 2, groups=4), Flatten(), 3], (2, 7, 7), {}),
    "windows that overlap": (
        [Conv(2, 3), MaxPool(3, stride=2), Conv(3, 2), AveragePool(3, stride=1), Flatten(), 3],
        (1, 13, 12),
        {},
    ),
    "shared ties": ([Conv(3, 3, activation="relu"), MaxPool(2, ties="share"), Flatten(), 3], (1, 8, 8), {}),
    "pooling alone": ([AveragePool(2), Conv(3, 2), MaxPool(2), MaxPool(2), Flatten(), 3], (1, 20, 20), {}),
}  # fmt: skip


@functools.cache
def small(kind):
    layers, shape, settings = SMALL[kind]
    return cr.Network(layers, input=shape, cost="log-likelihood", seed=1, **settings)


@functools.cache
def examples(kind):
    shape = SMALL[kind][1]
    x = RANDOM.random((30, *shape)).astype(np.float32)
    return x, RANDOM.integers(0, 3, 30)


@functools.cache
def digits():
    layers = [Conv(8, 5), MaxPool(2), Flatten(), 20, 10]
    net = cr.Network(layers, input=(1, 28, 28), activation="relu", cost="log-likelihood", seed=0)
    net.fit(mnist()[0].images[:2000], mnist()[0].labels[:2000], epochs=2)
    return net


@functools.cache
def two():
    layers = [Conv(6, 5), MaxPool(2), Conv(9, 3), MaxPool(2), Flatten(), 10]
    net = cr.Network(layers, input=(1, 28, 28), activation="relu", cost="log-likelihood", seed=0)
    net.fit(mnist()[0].images[:2000], mnist()[0].labels[:2000], epochs=2)
    return net


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    @functools.cache
    def written(kind):
        path = tmp_path_factory.mktemp("maps") / "page.html"
        if kind in SMALL:
            small(kind).export(path, examples=examples(kind))
        else:
            {"digits": digits, "two": two}[kind]().export(path)
        return path.as_uri()

    return written


@pytest.fixture
def opened(chromium, written):
    """Open the file; at the end of the test its console must be clean, and nothing may have been asked for."""
    contexts, faults = [], []

    def opened(kind="digits", at="", language="en", size=WIDE, touch=False, still=True, theme="light"):
        context = chromium.new_context(
            viewport=size, has_touch=touch, color_scheme=theme, offline=True,
            reduced_motion="reduce" if still else "no-preference",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda each: None if re.match("(file|blob|data):", each.url) else faults.append(each.url))
        page.goto(f"{written(kind)}#inside?lang={language}{at}")
        expect(page.locator("html[data-ready]")).to_be_attached()
        expect(page.get_by_role("status", name=re.compile("^(It reads|它读作)$"))).not_to_be_empty()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


# ---- colors ----------------------------------------------------------------------------------------------------------

PAINTED = """(selector) => {
  const canvas = document.querySelector(selector), copy = new OffscreenCanvas(8, 9), pen = copy.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(canvas, 0, 0, 8, 9);
  return [...pen.getImageData(0, 0, 8, 9).data];
}"""
"""The pixels of a canvas, of which each cell of an image of 9 × 8 takes one."""


@pytest.mark.parametrize("view", ["inside", "train", "mistakes"])
def test_an_image_with_three_channels_is_painted_in_its_colors(opened, view):
    page = opened("channels, means")
    page.evaluate(f"location.hash = '#{view}'")
    canvas = {"inside": "canvas.pad", "train": "canvas[role=img]", "mistakes": "main canvas.cr-heat"}[view]
    page.wait_for_selector(f"{canvas} >> visible=true")
    x, _ = examples("channels, means")
    painted = np.reshape(page.evaluate(PAINTED, canvas), (9, 8, 4))
    wanted = np.rint(255 * np.moveaxis(x, 1, -1))
    assert (np.abs(wanted - painted[:, :, :3]).max(axis=(1, 2, 3)) <= 1).any()
    assert (painted[:, :, 3] == 255).all()


def test_of_an_image_in_color_it_is_said_what_its_pixels_become(opened):
    page = opened("channels, means", at="&step=1")
    expect(page.get_by_text(re.compile("^channel [012], row [1-9] of 9$"))).to_be_visible()
    expect(
        page.get_by_text("Each of the pixels, 72 in all, is three numbers: how red, green and blue it is.")
    ).to_be_visible()


def test_the_title_names_a_channel_only_where_that_channel_is_shown(opened):
    """Where one points at the error of a map, the image stands beside it in its colors."""
    page = opened("channels, means", at="&step=2")
    expect(page.get_by_role("heading", name=re.compile("^Channel [0-2] of the image"))).to_be_visible()
    page.evaluate("location.hash = '#inside?step=4&back=2.column'")
    expect(page.get_by_text("The error of a place comes from all that weighed it")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^The image"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Channel"))).to_have_count(0)


def test_of_images_that_are_no_digits_it_is_not_said_that_they_are(opened):
    page = opened("channels, means")
    for view in ("mistakes", "train"):
        page.evaluate(f"location.hash = '#{view}'")
        expect(
            page.locator(f"#view-{view}").get_by_text(re.compile("example")).filter(visible=True).first
        ).to_be_visible()
        assert "digit" not in page.locator(f"#view-{view}").inner_text()


# ---- numbers ---------------------------------------------------------------------------------------------------------

NUMBERS = """async (given) => {
  const { host } = chainrule, { Reading } = modules["reading.js"], { kindOf } = modules["windows.js"];
  const x = host.digits.image(given), y = host.digits.label(given);
  const reading = new Reading(host.network, await host.weights(), await host.look(x, y), y), { windows } = reading;
  const sum = (all) => all.reduce((a, b) => a + b, 0), found = {};
  const places = (layer) => {
    const [maps, rows, columns] = windows.shape(layer);
    return Array.from({ length: maps * rows * columns }, (_, k) => windows.place(layer, k));
  };
  const note = (name, layer, of) => { found[name] = places(layer).map(of); };
  for (const { layer, pool } of reading.images) {
    const learns = reading.weights.w[layer - 2], [maps] = windows.shape(layer);
    if (learns) {
      note(`z${layer}`, layer, (place) => windows.window(layer, place).sum + reading.bias(layer, place[0]));
      note(`back ${layer - 1}`, layer - 1, (place) => sum(windows.seenBy(layer, place).map(({ product }) => product)));
      found[`dC_dw${layer}`] = Array.from({ length: maps }, (_, map) => [...windows.gradient(layer, map)]).flat();
      found[`blame ${layer - 1}`] = [...windows.blame(layer)];
    }
    for (const each of [...(pool ? [pool] : []), ...(learns ? [] : [layer])]) {
      const averaged = kindOf(host.network, each) === "averaged";
      const pooled = (values) => (averaged ? sum(values) / values.length : Math.max(...values));
      note(`a${each}`, each, (place) => pooled(windows.window(each, place).values));
      const back = (place) => sum(windows.shares(each, place).map(({ share, error }) => share * error));
      if (reading.delta(each)) note(`back ${each - 1}`, each - 1, back);
      const winner = (place) => windows.value("a", each - 1, [place[0], ...windows.window(each, place).winner]);
      if (!averaged) note(`won ${each}`, each, winner);
    }
  }
  note(`back ${reading.lastImage}`, reading.lastImage, (place) => sum(windows.weighedBy(reading.lastImage, place)));
  return { found, slopes: reading.look.slope.map((each) => each && [...each]), steepness: reading.steepness };
}"""
"""All that the steps of layers of images can say of an example, at all of their places."""


def close(one, other):
    np.testing.assert_allclose(np.ravel(one), np.ravel(other), atol=1e-6)


@pytest.mark.wide
@pytest.mark.parametrize("kind", SMALL)
def test_windows_poolings_errors_and_kernels_have_the_numbers_of_explain(opened, kind):
    page, net, (x, y) = opened(kind), small(kind), examples(kind)
    given = page.evaluate(NUMBERS, 4)
    found, told = given["found"], net.explain(x[4], int(y[4]))
    assert found
    for name, values in found.items():
        what, _, of = name.partition(" ")
        if what in ("back", "blame"):
            layer = int(of)
            if f"δ{layer}" in told.values:
                sloped = net.architecture.layer(layer).kind == "convolution"
                slope = np.array(given["slopes"][layer - 1]) if sloped else 1.0
                close(np.array(values) * slope, told.values[f"δ{layer}"])
            elif layer == 1:
                for place in (0, 17, len(values) // 2, len(values) - 1):
                    assert values[place] == pytest.approx(by_differences(net, x[4], int(y[4]), place), abs=1e-6)
        elif what == "won":
            close(values, told.values[f"a{of}"])
        else:
            close(values, told.values[name])
    squares = sum(float(np.sum(told.values[each] ** 2)) for each in told.values if each.startswith("dC_d"))
    assert given["steepness"] == pytest.approx(squares, rel=1e-6)


def by_differences(net, x, y, place, h=1e-5):
    """How the cost changes with a number of the example."""
    moved = [np.float64(x).ravel() for _ in range(2)]
    moved[0][place] += h
    moved[1][place] -= h
    above, below = (net.explain(each.reshape(x.shape), y).cost for each in moved)
    return (above - below) / (2 * h)


# ---- what a visitor sees ---------------------------------------------------------------------------------------------

NUMBER = r"[+−]?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def shows(text, value):
    """Whether a number as it is printed is this value, as far as it is printed."""
    plain, _, power = text.translate(RAISED).lstrip("+").partition("·10")
    unit = 10.0 ** -len(plain.partition(".")[2]) * 10.0 ** int(power or 0)
    return abs(float(plain) * 10.0 ** int(power or 0) - value) <= 0.5001 * unit + 1e-6


def told(page, step):
    """The words and numbers of a step, without its formulas."""
    region = page.get_by_role("region", name=re.compile(f"^{step} "))
    if page.evaluate("document.querySelector('nav.track [aria-current]')?.dataset.step") != f"{step}":
        page.keyboard.press(f"{step}")
    expect(region).to_be_visible()
    return region.evaluate(
        """(region) => {
          const hidden = [...region.querySelectorAll("math")];
          hidden.forEach((each) => { each.style.display = "none"; });
          const text = region.innerText;
          hidden.forEach((each) => { each.style.display = ""; });
          return text.replace(/\\s+/g, " ");
        }"""
    )


def slide(page):
    return page.get_by_role("application")


def place(page):
    """Row and column of the place that is told of."""
    return tuple(
        map(int, re.search(r"row (\d+), column (\d+)", slide(page).get_attribute("aria-label").lower()).groups())
    )


def map_of(page):
    return int(
        page.get_by_role("group", name="Maps").get_by_role("button", pressed=True).get_attribute("data-key").split()[1]
    )


def example(page):
    number = int(re.search(r"digit=(\d+)", page.url)[1])
    return mnist()[2].images[number], int(mnist()[2].labels[number])


def check_window(page, net, layer=2):
    found, at = net.explain(*example(page)).values, (0, map_of(page), *place(page))
    total, bias, z, again, a = re.search(
        r"= N the sum \+ \(?N\)? its bias = N = \(N\) = N".replace("N", f"({NUMBER})"), told(page, 2)
    ).groups()
    assert z == again and shows(z, found[f"z{layer}"][at]) and shows(a, found[f"a{layer}"][at])
    assert shows(bias, found[f"b{layer}"].ravel()[at[1]]) and shows(
        total, found[f"z{layer}"][at] - found[f"b{layer}"].ravel()[at[1]]
    )
    return found, at


def test_a_window_is_moved_by_keys_by_a_mouse_and_by_a_finger(opened):
    page, net = opened(), digits()
    told(page, 2)
    found, (_, map_, row, column) = check_window(page, net)
    cells = page.get_by_role("region", name=re.compile("^2 ")).locator("td").all_inner_texts()
    seen = found["a1"][0, 0, row : row + 5, column : column + 5].ravel()
    wanted = [*seen, *found["w2"][map_, 0].ravel(), *(seen * found["w2"][map_, 0].ravel())]
    assert len(cells) == 75
    for text, value in zip(cells, wanted, strict=True):
        assert float(text.translate(RAISED)) == pytest.approx(value, abs=0.00501)
    slide(page).focus()
    for key, by in (("ArrowRight", (0, 1)), ("ArrowDown", (1, 0)), ("ArrowLeft", (0, -1)), ("ArrowUp", (-1, 0))):
        row, column = place(page)
        page.keyboard.press(key)
        assert place(page) == (min(23, max(0, row + by[0])), min(23, max(0, column + by[1])))
        check_window(page, net)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    assert place(page)[1] == 23
    box = slide(page).bounding_box()
    x, y = (
        (lambda at: box["x"] + (at + 0.5) * box["width"] / 28),
        (lambda at: box["y"] + (at + 0.5) * box["height"] / 28),
    )
    page.mouse.move(x(10), y(12))
    page.mouse.down()
    assert place(page) == (10, 8)
    page.mouse.move(x(14), y(6), steps=4)
    assert place(page) == (4, 12)
    page.mouse.up()
    page.mouse.move(x(20), y(20))
    assert place(page) == (4, 12)
    check_window(page, net)
    phone = opened(size=PHONE, touch=True)
    told(phone, 2)
    box = slide(phone).bounding_box()
    phone.touchscreen.tap(box["x"] + 2.5 * box["width"] / 28, box["y"] + 25.5 * box["height"] / 28)
    assert place(phone) == (23, 0)


def test_the_window_slides_by_itself_once(opened):
    page = opened(still=False)
    page.keyboard.press("2")
    frame, seen = page.locator("rect.frame.before"), set()
    for _ in range(12):
        seen.add((frame.get_attribute("x"), frame.get_attribute("y")))
        page.wait_for_timeout(200)
    page.wait_for_timeout(1500)
    rests = {(frame.get_attribute("x"), frame.get_attribute("y")) for _ in range(3) if not page.wait_for_timeout(100)}
    row, column = place(page)
    cell = page.evaluate("document.querySelector('.slide').offsetWidth / 28")
    assert len(seen) > 4 and len(rests) == 1
    x, y = map(float, rests.pop())
    top = page.evaluate("document.querySelector('.slide').offsetTop")
    assert x == pytest.approx(column * cell, abs=0.6) and y - top == pytest.approx(row * cell, abs=0.6)


ERROR = """(region) => {
  const texts = (each) => [...each.children].map(({ textContent }) => textContent);
  const symbols = [...region.querySelectorAll(".worked math msubsup")].map(texts), [letter, index, layer] = symbols.at(-1);
  const value = [...region.querySelectorAll(".worked b")].at(-1).textContent;
  return { letter, layer: +layer, at: index.split(",").map(Number), value };
}"""
"""The error with which a scene of the way back ends, by its symbol."""


@pytest.mark.parametrize("kind", ["digits", "two"])
def test_the_way_back_ends_in_every_scene_with_an_error_of_explain(opened, kind):
    page, net = opened(kind), {"digits": digits, "two": two}[kind]()
    told(page, 4)
    found, region = net.explain(*example(page)).values, page.get_by_role("region", name=re.compile("^4 "))
    further, seen = region.get_by_role("button", name=re.compile("^(Then|Back)")), []
    while True:
        if slide(page).is_visible():
            ends = region.evaluate(ERROR)
            if ends["layer"] > 1:
                assert ends["letter"] == "δ" and shows(ends["value"], found[f"δ{ends['layer']}"][(0, *ends["at"])])
            seen.append(ends["layer"])
        if further.inner_text().startswith("Back"):
            break
        further.click()
    assert seen == {"digits": [3, 2, 1], "two": [5, 4, 3, 2, 1]}[kind]


def test_each_dense_layer_and_kernel_is_told_of_after_the_other(opened):
    page, net = opened("two"), two()
    found, region = net.explain(*example(page)).values, page.get_by_role("region", name=re.compile("^5 "))
    for layer in (2, 4):
        told(page, 5)
        first, map_ = region.evaluate(ERROR.replace("symbols.at(-1)", "symbols.at(0)")), map_of(page)
        value = region.locator("b.cr-g").first.inner_text()
        assert first["layer"] == layer and first["at"][0] == map_
        assert shows(value, found[f"dC_dw{layer}"][tuple(first["at"])])
        bias = region.locator("b.cr-g").nth(1).inner_text()
        assert shows(bias, found[f"dC_db{layer}"].ravel()[map_])
        region.get_by_role("button", name=re.compile("^Then layer")).click()
    assert "Answer" in told(page, 2)


def test_the_lines_of_python_are_those_that_explain_prints(opened):
    page, net = opened("two"), two()
    for step in net.explain(*example(page)).steps:
        printed = page.evaluate("(step) => modules['python.js'].pythonOf(chainrule.host.network, step)", step.number)
        assert printed == [line.python for line in step.lines if line.python]


# ---- learning --------------------------------------------------------------------------------------------------------

WEIGHTS = (
    "chainrule.host.weights().then(({ all }) => Object.fromEntries(Object.entries(all).map(([k, v]) => [k, [...v]])))"
)


@pytest.mark.parametrize("kind", ["digits", "two"])
def test_a_step_is_taken_with_its_gradient_and_taken_back(opened, kind):
    page, net = opened(kind), {"digits": digits, "two": two}[kind]()
    found, before = net.explain(*example(page)).values, page.evaluate(WEIGHTS)
    page.keyboard.press("6")
    eta = float(page.locator(".eta output").inner_text())
    page.get_by_role("button", name="Take one step").click()
    expect(page.get_by_role("button", name="One more step")).to_be_visible()
    learned = page.evaluate(WEIGHTS)
    for name, values in learned.items():
        np.testing.assert_allclose(values, (found[name] - eta * found[f"dC_d{name}"]).ravel(), atol=1e-6)
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.get_by_role("button", name="Take one step")).to_be_visible()
    assert page.evaluate(WEIGHTS) == before


def test_it_trains_in_the_file_and_its_mistakes_are_shown(chromium, tmp_path):
    net = two()
    net.export(tmp_path / "page.html", training=1000)
    page = chromium.new_context(offline=True, locale="en-US").new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(f"{error}"))
    page.goto((tmp_path / "page.html").as_uri() + "#train")
    page.wait_for_selector("html[data-ready]")
    told_ = page.evaluate("""async () => {
      const told = [];
      const settings = { eta: 0.05, epochs: 3, seed: 7, fresh: true };
      await chainrule.host.train(settings, ({ epoch, cost, validation }) => told.push([epoch, cost, validation]));
      return told;
    }""")  # fmt: skip
    assert [each[0] for each in told_] == [0, 1, 2, 3] and told_[3][1] < 0.6 * told_[1][1] and told_[3][2] > 0.6
    fresh, learned = (
        cr.Network(net.architecture.stack, input=(1, 28, 28), cost="log-likelihood"),
        page.evaluate(WEIGHTS),
    )
    for name, array in fresh.architecture.by_name(fresh.parameters).items():
        array[...] = np.reshape(learned[name], array.shape)
    held = mnist()[1]
    assert told_[3][2] == pytest.approx(fresh.score(held.images[:200], held.labels[:200]), abs=1e-9)
    page.get_by_role("link", name="Mistakes").click()
    page.get_by_role("button", name="Compare").first.click()
    expect(page.get_by_role("heading", name=re.compile("^Why did it read"))).to_be_visible()
    page.get_by_role("link", name="Look inside").click()
    expect(page.locator("[aria-label='Maps of layer 5'] canvas")).to_have_count(6)
    assert not faults
    page.context.close()


# ---- widths, languages, themes ---------------------------------------------------------------------------------------

SIZES = [(320, 640), (360, 740), (390, 844), (768, 1024), (1024, 768), (1440, 900), (1920, 1080), (844, 390)]


@pytest.mark.wide
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_is_never_wider_than_the_window_and_says_all_in_its_language(opened, width, height, language):
    page = opened("two", size={"width": width, "height": height}, language=language, touch=width < 700)
    for step in (*range(7), 4, 4, 4, 4, 2, 2):
        again = (
            page.evaluate("document.querySelector('nav.track [aria-current]')?.dataset.step ?? '0'") == f"{step}"
            and step
        )
        page.keyboard.press(f"{step}")
        if again:
            page.locator(f"section[data-step='{step}'] [data-key=layer]").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    if language == "zh":
        words = page.get_by_role("main").evaluate("(main) => main.querySelector('section:not([hidden])').innerText")
        assert set(re.findall("[A-Za-z]{3,}", words)) <= {"Python", "relu", "softmax"}


@pytest.mark.wide
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("step", [0, 2, 4, 5])
def test_axe_finds_nothing(opened, axe, theme, step):
    assert axe(opened(at=f"&step={step}", theme=theme)) == []


def test_sizes(tmp_path):
    for net in (digits(), two(), cr.load(shipped("reader"))):
        weights = sum(each.size for each in net.parameters) * 4
        layers = len(net.architecture.layers)  # each has its programs
        assert net.export(tmp_path / "page.html").size <= 265_000 + 5_000 * layers + 4 / 3 * weights
