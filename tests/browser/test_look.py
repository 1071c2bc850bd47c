"""Look inside, in the file that `export` writes: its numbers are those of `net.explain`, keys are enough, and it stands still."""

import functools
import itertools
import re

import numpy as np
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.datasets import mnist
from chainrule.data.images import frame
from chainrule.data.shipped import shipped

from .visitor import PHONE, STROKES, WIDE

pytestmark = pytest.mark.browser

SIZES = [(320, 640), (844, 390)]  # beside those of the walks in test_matrix.py
LENGTHS = np.random.default_rng(0).normal(size=(90, 3)) + np.repeat(np.eye(3), 30, 0) * 3
NAMES = ("height", "width", "depth")
TABLES = {
    "classes": ([3, 8, 3], np.repeat(["cup", "bowl", "plate"], 30), {}),
    "binary": ([3, 8, 1], np.repeat([0, 1, 1], 30), {}),
    "numbers": ([3, 8, 1], LENGTHS.sum(1), {"cost": "mean-squared-error"}),
}
KINDS = {
    "book": None,
    "none": ([784, 10], {"cost": "log-likelihood"}),
    "deep": ([784, 40, 20, 10], {"activation": "relu", "cost": "log-likelihood"}),
    "tanh": ([784, 100, 10], {"activation": "tanh", "cost": "cross-entropy"}),
}
NUMBER = r"[+−]?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"


@functools.cache
def network(kind):
    if kind == "book":
        return cr.load(shipped("book"))
    sizes, settings = KINDS[kind]
    net, (training, _, _) = cr.Network(sizes, seed=1, **settings), mnist()
    net.fit(training.images[:1000], training.labels[:1000], epochs=2)
    return net


@functools.cache
def table_network(kind):
    sizes, answers, settings = TABLES[kind]
    net = cr.Network(sizes, seed=1, **settings)
    net.fit(dict(zip(NAMES, LENGTHS.T, strict=True)), answers, epochs=10)
    return net


@functools.cache
def normalized():
    net = cr.Network([784, 20, 10], normalization="layer", seed=0)
    net.fit(mnist()[0].images[:100], mnist()[0].labels[:100], epochs=1)
    return net


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """The file of a network."""

    @functools.cache
    def written(kind):
        path = tmp_path_factory.mktemp("look") / f"{kind}.html"
        if kind in TABLES:
            table_network(kind).export(path, examples=(dict(zip(NAMES, LENGTHS.T, strict=True)), TABLES[kind][1]))
        else:
            (normalized() if kind == "normalized" else network(kind)).export(path)
        return path.as_uri()

    return written


@pytest.fixture
def look(chromium, written):
    """Open the file; at the end of the test its console must be clean, and nothing may have been asked for."""
    contexts, faults = [], []

    def look(kind="book", at="", language="en", size=WIDE, touch=False):
        context = chromium.new_context(viewport=size, has_touch=touch, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on(
            "request",
            lambda each: None if each.url.startswith(("file:", "blob:", "data:")) else faults.append(each.url),
        )
        page.goto(f"{written(kind)}#inside?lang={language}{at}")
        expect(page.locator("html[data-ready]")).to_be_attached()
        expect(page.get_by_role("status", name=re.compile("^(It reads|它读作)$"))).not_to_be_empty()
        return page

    yield look
    for context in contexts:
        context.close()
    assert faults == []


def told(page, step):
    """The words and numbers of a step, without its formulas; folded code is not read."""
    page.keyboard.press(f"{step}")
    region = page.get_by_role("region", name=re.compile(f"^{step} "))
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


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def close(text, value):
    """Whether a number as it is printed is this value, as far as it is printed."""
    plain, _, power = text.translate(RAISED).lstrip("+").partition("·10")
    unit = 10.0 ** -len(plain.partition(".")[2]) * 10.0 ** int(power or 0)
    return abs(float(plain) * 10.0 ** int(power or 0) - value) <= 0.5001 * unit + 1e-6


def figures(pattern, text):
    """The numbers that stand in a text where a pattern has N."""
    return re.search(pattern.replace("N", f"({NUMBER})"), text).groups()


def example(page):
    """The test digit that the page shows: its image and its label."""
    number = int(re.search(r"digit=(\d+)", page.url)[1])
    test = mnist()[2]
    return test.images[number], int(test.labels[number])


def explained(net, image, label):
    """What `net.explain` computed on an example, a vector or matrix for each symbol."""
    return {name: np.asarray(value) for name, value in net.explain(image, label).values.items()}


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_prints_the_numbers_of_explain(look, kind):
    page, net = look(kind), network(kind)
    image, label = example(page)
    found, last = explained(net, image, label), len(net.sizes)
    text = told(page, 2)
    neuron = int(re.search(r"(?:Neuron|Answer) (\d+)", text)[1])
    dot, bias, z, again, a = figures(r"= N the sum \+ \(?N\)? its bias [=≈] N = \(N\) = N", text)
    assert close(dot, (found["w2"][neuron] @ found["a1"]).item()) and close(bias, found["b2"][neuron].item())
    assert z == again and close(z, found["z2"][neuron].item()) and close(a, found["a2"][neuron].item())
    text = told(page, 3)
    rows = re.findall(rf"({NUMBER}) − ([01])\)?(?: × ({NUMBER}))? [=≈] ({NUMBER})", text)
    assert len(rows) == 2 and sorted(wanted for _, wanted, *_ in rows) == ["0", "1"]
    at = [label, int(re.search(r"(\d) \(?\d\.\d+ − 0", text)[1])]
    for k, (shown, wanted, _, delta) in zip(at, rows, strict=True):
        assert close(shown, found[f"a{last}"][k].item()) and wanted == str(int(k == label))
        assert close(delta, found[f"δ{last}"][k].item())
    text = told(page, 4)
    if last == 2:
        assert "no one else to blame" in text
    else:
        j = int(re.search(r"neuron (\d+) (?:said|hardly reacts)", text)[1])
        delta, slope = figures(r"N neuron \d+ (?:said too \w+|hardly reacts here) [=≈] N how strongly", text)
        assert close(delta, found[f"δ{last - 1}"][j].item())
        products = re.findall(rf"({NUMBER}) × ({NUMBER}) [=≈] ({NUMBER}) (\d)", text)
        assert len(products) == 2
        for w, error, product, k in products:
            weight, sent = found[f"w{last}"][int(k), j], found[f"δ{last}"][int(k)].item()
            assert close(w, weight) and close(error, sent) and close(product, weight * sent)
        _, total = figures(r"8 more: N(?: =| rounded ≈) N", text)
        blame = (found[f"w{last}"].T @ found[f"δ{last}"])[j].item()
        assert close(total, blame) and close(slope, found[f"δ{last - 1}"][j].item() / blame)
    (delta,) = figures(r"N × 1×784 =", told(page, 5))
    assert close(delta, found["δ2"][neuron].item())


@pytest.mark.parametrize("kind", TABLES)
def test_tables_have_columns_in_place_of_pixels(look, kind):
    page, net = look(kind), table_network(kind)
    number = int(re.search(r"digit=(\d+)", page.url)[1])
    row = dict(zip(NAMES, LENGTHS[number : number + 1].T, strict=True))
    columns = page.get_by_role("list", name="The columns of the example")
    for name in NAMES:
        expect(columns).to_contain_text(name)
    shown = page.get_by_role("status", name="It reads").inner_text()
    if kind == "numbers":
        assert close(re.search(NUMBER, shown)[0], float(np.ravel(net.predict(row))[0]))
    else:
        assert str(np.ravel(net.predict(row))[0]) in shown
    found = {
        name: np.asarray(value) for name, value in net.explain(row, TABLES[kind][1][number : number + 1]).values.items()
    }
    text = told(page, 2)
    neuron = int(re.search(r"Neuron (\d+)", text)[1])
    z, _, a = figures(r"[=≈] N = \(N\) = N", text)
    assert close(z, found["z2"][neuron].item()) and close(a, found["a2"][neuron].item())
    deltas = re.findall(rf"({NUMBER}) (?:too|almost|a =)", told(page, 3))
    assert deltas and all(any(close(each, delta) for delta in found["δ3"].ravel()) for each in deltas)
    page.keyboard.press("6")
    page.get_by_role("button", name="Take one step").click()
    expect(page.get_by_role("button", name="One more step")).to_be_visible()


BOXES = """() => ["big", "truth", "notes"].flatMap((name) => {
  const box = document.querySelector(`.verdict .${name}`)?.getBoundingClientRect();
  return box?.width ? [[box.left, box.top, box.right, box.bottom]] : [];
})"""


UNSURE = """(({ digits }) => {
  const torn = (i) => digits.read(i) !== digits.label(i) && digits.confidence(i) < 0.7;
  const places = [...Array(digits.count).keys()];
  return digits.number(places.find(torn) ?? 0);
})(chainrule.host)"""
"""The number of an example that is read wrong and unsurely, if there is one."""


@pytest.mark.wide
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", TABLES)
def test_on_a_phone_names_of_several_letters_lie_beside_the_truth_and_above_the_track(look, kind, language):
    page = look(kind, size={**PHONE, "width": 360}, language=language, touch=True)
    if kind != "numbers":
        page.evaluate("(digit) => { location.hash = `inside?digit=${digit}`; }", page.evaluate(UNSURE))
        page.wait_for_timeout(300)
    boxes, track = page.evaluate(BOXES), page.locator("nav.track button").first.bounding_box()
    assert boxes and all(bottom <= track["y"] for *_, bottom in boxes)
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart


@pytest.mark.parametrize("kind", TABLES)
def test_on_a_phone_held_sideways_names_and_numbers_are_not_cut_off(look, kind):
    page = look(kind, size={"width": 844, "height": 390}, touch=True)
    cut = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"
    assert page.locator(".stage .answers .name").evaluate_all(cut) == []
    for _, _, right, _ in page.evaluate(BOXES):
        assert right <= 844
    values = [each.bounding_box() for each in page.locator(".stage .answers .value").all()]
    big = page.evaluate(BOXES)[0][0]
    assert values and all(each["x"] + each["width"] <= big for each in values)


SPACES = r"[，。；：！？] |[\u4e00-\u9fff] (?=[\u4e00-\u9fff])"
"""A space behind a sign of Chinese, or between its letters, where there is none."""


@pytest.mark.parametrize("kind", ["book", "numbers"])
def test_chinese_has_no_spaces_between_its_sentences_and_letters(look, kind):
    page = look(kind, language="zh")
    for view in ("inside", "train", "mistakes", "derive", "practice"):
        page.locator(f"#views [data-view={view}]").click()
        shown = page.locator(f"#view-{view}")
        expect(shown).not_to_have_text("")
        for step in "123456" if view == "inside" else "0":
            page.keyboard.press(step)
        said = "(all) => all.filter((each) => each.checkVisibility()).map((each) => each.innerText)"
        nodes = shown.locator("p, h2, li, span, b").evaluate_all(said)
        assert [each for each in nodes if re.search(SPACES, each) and "\n" not in each] == [], view


def test_of_layers_that_are_not_told_of_no_steps_are_made_up(look):
    page = look("normalized")
    assert "without normalization" in told(page, 4)
    expect(page.get_by_role("group", name="Neurons")).to_have_count(0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_of_python_are_those_that_explain_prints(look, kind):
    page, net = look(kind), network(kind)
    for step in net.explain(*example(page)).steps:
        printed = page.evaluate("(step) => modules['python.js'].pythonOf(chainrule.host.network, step)", step.number)
        assert printed == [line.python for line in step.lines if line.python]


def test_a_step_is_taken_with_its_gradient_and_taken_back(look):
    page, net = look(), network("book")
    image, label = example(page)
    found = explained(net, image, label)
    now, old, eta, slope = figures(r"N ← N − N × \(?N\)?", told(page, 6))
    verdict = page.get_by_role("status", name="It reads")
    before = verdict.inner_text()
    page.get_by_role("button", name="Take one step").click()
    expect(page.get_by_role("button", name="One more step")).to_be_visible()
    learned = page.evaluate(
        "chainrule.host.weights().then(({ all }) => Object.fromEntries(Object.entries(all).map(([k, v]) => [k, [...v]])))"
    )
    for name, values in learned.items():
        expected = found[name] - float(eta) * found[f"dC_d{name}"]
        np.testing.assert_allclose(np.asarray(values), expected.ravel(), atol=1e-6)
    assert figures(r"N ← N − N × \(?N\)?", told(page, 6)) == (now, old, eta, slope)
    cost = re.findall(NUMBER, verdict.inner_text())[-1]
    a = 1 / (
        1
        + np.exp(
            -(
                np.asarray(learned["w3"]).reshape(10, 30) @ hidden(learned, found["a1"])
                + np.asarray(learned["b3"])[:, None]
            )
        )
    )
    assert close(cost, 0.5 * float(np.sum((a - np.eye(10)[:, [label]]) ** 2)))
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.get_by_role("button", name="Take one step")).to_be_visible()
    assert verdict.inner_text() == before
    assert page.evaluate("chainrule.host.canUndo") is False


def hidden(learned, a1):
    """The activations of the hidden layer, from parameters that traveled as lists."""
    return 1 / (1 + np.exp(-(np.asarray(learned["w2"]).reshape(30, 784) @ a1 + np.asarray(learned["b2"])[:, None])))


def test_a_drawing_is_framed_as_by_python(look):
    page, draw = look(), np.random.default_rng(0)
    for side, spot in ((140, 60), (140, 9), (90, 90)):
        ink = np.zeros((side, side), np.uint8)
        top, left = draw.integers(0, side - spot + 1, 2)
        ink[top : top + spot, left : left + spot] = draw.integers(0, 256, (spot, spot))
        given = page.evaluate(
            "([ink, side]) => [...modules['frame.js'].framed(Float64Array.from(ink), side)]",
            [ink.ravel().tolist(), side],
        )
        np.testing.assert_allclose(255 * np.asarray(given).reshape(28, 28), frame(ink), atol=1e-9)
    assert page.evaluate("modules['frame.js'].framed(new Float64Array(100), 10)") is None


# ---- drawing ---------------------------------------------------------------------------------------------------------

CERTAIN = """(({ digits }) => {
  const certain = (i) => digits.read(i) === digits.label(i) && digits.confidence(i) > 0.999;
  return digits.number([...Array(digits.count).keys()].find(certain));
})(chainrule.host)"""
"""The number of a digit that is read right, and with hardly any error."""


def draw(page, digit):
    box = page.locator("canvas.pad").first.bounding_box()
    for stroke in STROKES[digit].split(" / "):
        points = [[float(each) / 100 for each in point.split(",")] for point in stroke.split()]
        corners = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        page.mouse.move(*corners[0])
        page.mouse.down()
        for corner in corners[1:]:
            page.mouse.move(*corner, steps=3)
        page.mouse.up()


def test_one_says_what_a_drawing_is(look):
    page = look()
    draw(page, 7)
    page.get_by_role("region", name="It reads a 7.").get_by_role("button", name="1", exact=True).click()
    expect(page.get_by_role("heading", name="It reads a 7. It is a 1.")).to_be_visible()


def test_an_empty_pad_says_so_and_a_right_digit_has_nothing_to_send_back(look):
    page = look()
    page.get_by_role("button", name="Draw your own digit").click()
    expect(page.get_by_role("heading", name="Draw a digit.")).to_be_visible()
    expect(page.get_by_text("Draw here, large.")).to_be_visible()
    page.get_by_role("button", name="Another digit").click()
    right = page.evaluate(CERTAIN)
    page.evaluate("(digit) => { location.hash = `inside?digit=${digit}&step=0`; }", right)
    expect(page.get_by_role("heading", name=re.compile("and is right"))).to_be_visible()
    expect(page.get_by_role("status", name="It reads")).to_contain_text("right ✓")
    assert "Almost no error: nothing to send back." in told(page, 4)


def test_an_unsure_answer_is_told(look):
    page = look()
    opening = "chainrule.host.digits.image(chainrule.host.network.carried.opening)"
    a = sorted(page.evaluate(f"chainrule.host.look({opening}).then((found) => [...found.a.at(-1)])"))
    unsure = a[-1] < 0.7 or a[-1] - a[-2] < 0.3
    assert ("but is unsure" in page.get_by_role("status", name="It reads").inner_text()) == unsure


# ---- keys, widths, languages -----------------------------------------------------------------------------------------


def step_of(page):
    return page.evaluate("document.querySelector('nav.track [aria-current]')?.dataset.step ?? '0'")


def test_keyboard_only(look):
    page = look()
    for step in "123456":
        page.keyboard.press(step)
        assert step_of(page) == step
    for key, step in (("ArrowLeft", "5"), ("ArrowRight", "6"), ("ArrowRight", "6"), ("0", "0"), ("ArrowRight", "1")):
        page.keyboard.press(key)
        assert step_of(page) == step
    page.locator("nav.track button").nth(1).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert step_of(page) == "3"
    assert page.evaluate("document.activeElement.dataset.step") == "3"
    page.keyboard.press("4")
    neuron = page.get_by_role("group", name="Neurons").get_by_role("button").nth(3)
    name = neuron.get_attribute("aria-label")
    neuron.press("Enter")
    expect(page.get_by_role("button", name=name, pressed=True)).to_be_focused()
    term = page.get_by_role("region", name=re.compile("^4 ")).get_by_role("button", pressed=False).first
    term.press("Enter")
    assert re.search(r"weight=3(%2C|,)\d(%2C|,)\d+", page.url)
    page.keyboard.press("6")
    for button in ("Take one step", "One more step"):
        page.get_by_role("button", name=button).press("Enter")
        expect(page.get_by_role("button", name="One more step")).to_be_focused()
    page.get_by_role("button", name=re.compile("^show all")).press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844), (844, 390)])
def test_scrolling_plays_one_step_after_another(look, width, height):
    page = look(size={"width": width, "height": height})
    page.mouse.move(width / 2, height - 60)
    seen = [step_of(page)]
    for _ in range(80):
        page.mouse.wheel(0, 60)
        page.wait_for_timeout(40)
        if step_of(page) != seen[-1]:
            seen.append(step_of(page))
    assert seen == list("0123456")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_is_never_wider_than_the_window_and_says_all_in_its_language(look, width, height, language):
    page = look(size={"width": width, "height": height}, language=language, touch=width < 700)
    for step in range(7):
        page.keyboard.press(f"{step}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert step_of(page) == f"{step}"
    views = page.locator(".top nav")
    assert views.evaluate("(nav) => nav.scrollWidth - nav.clientWidth") == 0
    if language == "zh":
        words = page.get_by_role("main").evaluate("(main) => main.querySelector('section:not([hidden])').innerText")
        assert set(re.findall("[A-Za-z]{3,}", words)) <= {"Python"}


@pytest.mark.parametrize("kind", KINDS)
def test_other_networks_fit_a_phone_too(look, kind):
    page = look(kind, size={"width": 360, "height": 740}, touch=True)
    for step in range(7):
        page.keyboard.press(f"{step}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_link_opens_on_its_digit_step_and_weight(look):
    page = look()
    told(page, 4)
    page.get_by_role("group", name="Neurons").get_by_role("button").nth(4).click()
    link, text = page.url, told(page, 4)
    again = look(at="&" + link.split("?")[1])
    assert step_of(again) == "4" and told(again, 4) == text
