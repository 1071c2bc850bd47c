"""The file's views Train and Mistakes, from disk: what they show is what chainrule computes here."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.shipped import shipped

pytestmark = pytest.mark.browser
NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of a shipped network, with digits to learn from."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    cr.load(shipped("book")).export(path, training=1000)
    return path


@pytest.fixture
def opened(chromium, file):
    """Open the file at an address; at the end its console is clean, and nothing was asked for."""
    pages, faults = [], []

    def opened(at="", path=file, **options):
        page = chromium.new_page(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-US", **options})
        pages.append(page)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on(
            "request",
            lambda each: None if each.url.startswith(("data:", "blob:", path.as_uri())) else faults.append(each.url),
        )
        page.goto(f"{path.as_uri()}#{at}")
        expect(page.locator("html")).to_have_attribute("data-ready", "yes")
        return page

    yield opened
    for page in pages:
        page.close()
    assert faults == []


def numbers(text):
    """The numbers that a text shows."""
    return [float(each.replace("·10", "e").translate(PLAIN)) for each in NUMBER.findall(text)]


# ---- Train -----------------------------------------------------------------------------------------------------------

HEARD = """
() => {
  const { host } = globalThis.chainrule, train = host.train.bind(host);
  globalThis.heard = [];
  host.train = (settings, onEpoch) => train(settings, (report) => { globalThis.heard.push(report); onEpoch(report); });
}
"""
"""What the Worker reports is noted, too."""
ENDED = re.compile(r"^\d+ epochs? in [\d.]+ s\.$")


def trained(page, **settings):
    """Train with these settings; what the Worker reported of each epoch."""
    page.evaluate(HEARD)
    for name, value in settings.items():
        page.get_by_role("textbox", name={"eta": "learning rate η", "epochs": "epochs"}[name]).fill(f"{value}")
    page.get_by_role("button", name=re.compile("^Train( again)?$")).click()
    expect(page.get_by_text(ENDED)).to_be_visible()
    expect(page.get_by_role("button", name="Train again")).to_be_visible()
    return page.evaluate(
        "heard.map(({ epoch, cost, accuracy, validation }) => ({ epoch, cost, accuracy, validation }))"
    )


def bars(page):
    """The ten answers that are shown."""
    return [float(each) for each in page.locator(".train .bars li > span:last-child").all_inner_texts()]


def test_two_epochs_are_trained_and_what_is_shown_is_what_the_worker_reports(opened):
    page = opened("train")
    expect(page.get_by_text(re.compile("^Train .*hidden .*neurons at learning rate"))).to_be_visible()
    reports = trained(page, epochs=2)
    assert [each["epoch"] for each in reports] == [0, 1, 2] and reports[0]["cost"] is None
    head = page.get_by_role("slider", name="Epoch")
    expect(head).to_have_attribute("aria-valuetext", "epoch 2")
    shown = [each for each in page.locator(".film .bold").all_text_contents() if "%" in each]
    assert shown == [f"{100 * reports[2][each]:.1f}\u00a0%" for each in ("accuracy", "validation")]
    page.get_by_role("button", name="Cost").click()
    assert numbers(page.locator(".film .bold").first.text_content())[0] == pytest.approx(reports[2]["cost"], abs=6e-4)
    # the answers are those of the network that has learned, by the weights that the file holds now, computed here
    weights = page.evaluate(
        "chainrule.host.weights().then(({ w, b }) => [w, b].map((all) => all.map((each) => [...each])))"
    )
    x = np.array(page.evaluate("[...chainrule.host.digits.image(chainrule.host.network.carried.opening)]"))
    a = x
    for w, b in zip(*weights, strict=True):
        a = 1 / (1 + np.exp(-(np.reshape(w, (-1, len(a))) @ a + np.array(b))))
    assert bars(page) == pytest.approx(list(a), abs=6e-4)
    assert page.get_by_text("It reads", exact=True).locator("..").locator(".verdict").inner_text() == f"{a.argmax()}"


def test_the_film_goes_back_by_keys_and_shows_the_network_of_that_epoch(opened):
    page = opened("train")
    trained(page, epochs=3)
    last = bars(page)
    head = page.get_by_role("slider", name="Epoch")
    head.focus()
    page.keyboard.press("Home")
    expect(head).to_have_attribute("aria-valuetext", "epoch 0")
    expect(head).to_be_focused()
    expect(page.get_by_text("Noise: it has not learned anything yet.")).to_be_visible()
    first = bars(page)
    assert np.abs(np.subtract(first, last)).max() > 0.1
    page.keyboard.press("End")
    expect(head).to_have_attribute("aria-valuetext", "epoch 3")
    assert bars(page) == last
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Look inside at this epoch").click()
    expect(page).to_have_url(re.compile("#inside"))
    page.get_by_role("link", name="Train", exact=True).click()
    expect(head).to_have_attribute("aria-valuetext", "epoch 2")
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="Play").click()
    expect(head).to_have_attribute("aria-valuetext", "epoch 3")


def test_the_digit_that_was_looked_at_is_that_of_the_film(opened):
    page = opened("inside")
    place = "[...Array(chainrule.host.digits.count).keys()]"
    number = page.evaluate(f"chainrule.host.digits.number({place}[17])")
    page.evaluate(f"location.hash = '#inside?digit={number}'")
    page.wait_for_function(f"location.hash.includes('digit={number}')")
    page.wait_for_timeout(300)
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.locator(".train .bars")).to_be_visible()
    wanted = page.evaluate("chainrule.host.look(chainrule.host.digits.image(17)).then(({ a }) => [...a.at(-1)])")
    assert bars(page) == pytest.approx(wanted, abs=6e-4)
    drawn = page.evaluate("chainrule.route.inked(chainrule.host.digits.image(3).map((v) => (v > 0.5 ? 1 : 0)))")
    page.evaluate(f"location.hash = '#inside?ink={drawn}'")
    page.wait_for_timeout(500)
    page.get_by_role("link", name="Train", exact=True).click()
    wanted = page.evaluate(
        "chainrule.host.look(chainrule.host.digits.image(3).map((v) => (v > 0.5 ? 1 : 0))).then(({ a }) => [...a.at(-1)])"
    )
    expect(page.locator(".train .truth")).to_have_count(0)
    page.wait_for_timeout(300)
    assert bars(page) == pytest.approx(wanted, abs=6e-4)


def test_one_weight_is_followed_and_ten_gradients_have_their_mean(opened):
    page = opened("train")
    trained(page, epochs=2)
    page.get_by_role("button", name=re.compile(r"^neuron \d+$")).nth(2).click()
    neuron = int(page.get_by_role("button", name=re.compile(r"^neuron \d+$"), pressed=True).inner_text())
    place = page.get_by_role("application", name=re.compile("^One weight of neuron"))
    place.click(position={"x": 168 * 14.5 / 28, "y": 168 * 12.5 / 28})
    said = page.get_by_text("from the pixel in row 12, column 14")
    expect(said).to_be_visible()
    w = page.evaluate(f"chainrule.host.weights().then(({{ w }}) => w[0][{neuron} * 784 + 12 * 28 + 14])")
    assert numbers(page.locator(".follow .cr-w").inner_text())[0] == pytest.approx(w, abs=6e-4, rel=0.06)
    page.get_by_role("application", name=re.compile("^One weight of neuron")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("from the pixel in row 12, column 15")).to_be_visible()
    told = page.get_by_text(re.compile(rf"^At neuron {neuron} "))
    expect(told).to_be_visible()
    long, short = page.evaluate(
        """async (neuron) => {
          const { host } = chainrule, rows = [];
          for (let i = 0; i < 10; i++) {
            const { w } = await host.gradients(host.digits.image(i), host.digits.label(i));
            rows.push(w[0].slice(neuron * 784, neuron * 784 + 784));
          }
          const size = (g) => Math.hypot(...g), mean = rows[0].map((_, k) => rows.reduce((sum, g) => sum + g[k], 0) / 10);
          return [rows.reduce((sum, g) => sum + size(g), 0) / 10, size(mean)];
        }""",
        neuron,
    )
    assert numbers(told.inner_text())[1:3] == pytest.approx([long, short], abs=6e-4, rel=0.06)


def test_numbers_that_overflow_are_told_with_a_way_out(opened):
    page = opened("train")
    before = page.evaluate("chainrule.host.weights().then(({ w }) => w[1][7])")
    page.get_by_role("textbox", name="epochs").fill("2")
    page.evaluate(
        """() => {
          const wrong = Object.assign(new Error("The numbers overflowed in epoch 1: too long."), { values: { eta: 3 } });
          chainrule.host.train = () => Promise.reject(wrong);
        }"""
    )
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="The numbers overflowed in epoch 1")).to_be_visible()
    expect(page.get_by_role("button", name="Train with η = 0.3")).to_be_visible()
    assert page.evaluate("chainrule.host.weights().then(({ w }) => w[1][7])") == before


def test_other_layers_are_trained_and_looked_into_at_any_epoch(opened):
    page = opened("train")
    trained(page, epochs=2)
    page.get_by_role("textbox", name="hidden layers").fill("12, 8")
    page.get_by_role("combobox", name="activation").select_option("tanh")
    trained(page, epochs=2, eta=0.5)
    sizes = "chainrule.host.network.sizes"
    assert page.evaluate(sizes) == [784, 12, 8, 10]
    expect(page.get_by_text("the run before")).to_be_visible()
    head = page.get_by_role("slider", name="Epoch")
    head.focus()
    last = bars(page)
    page.evaluate("chainrule.host.undo()")
    assert page.evaluate(sizes) == [784, 30, 10]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert bars(page) == last
    page.get_by_role("button", name="Look inside at this epoch").click()
    expect(page).to_have_url(re.compile("#inside"))
    assert page.evaluate(sizes) == [784, 12, 8, 10]


def test_a_setting_that_makes_no_sense_is_refused_in_words(opened):
    page = opened("train?epochs=0")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="epochs must be from 1 to 300.")).to_be_visible()
    expect(page.get_by_role("textbox", name="epochs")).to_be_focused()


def test_training_is_stopped(opened):
    page = opened("train?epochs=300")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("slider", name="Epoch")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"^Stopped after epoch \d+\.$"))).to_be_visible()
    expect(page.get_by_role("button", name="Train again")).to_be_visible()


# ---- Mistakes --------------------------------------------------------------------------------------------------------


WRONG = """[...Array(chainrule.host.digits.count).keys()]
  .filter((i) => chainrule.host.digits.read(i) !== chainrule.host.digits.label(i))
  .sort((p, q) => chainrule.host.digits.confidence(q) - chainrule.host.digits.confidence(p))"""


def test_mistakes_are_the_surest_first_and_a_click_looks_inside(opened):
    page = opened("mistakes")
    cards = page.get_by_role("button", name=re.compile("^Look inside example"))
    expect(cards.first).to_be_visible()
    wanted = page.evaluate(f"({WRONG}).map((i) => [chainrule.host.digits.number(i), i])")
    names = [each.get_attribute("aria-label") for each in cards.all()]
    assert [numbers(each)[0] for each in names] == [each for each, _ in wanted[: len(names)]] and len(names) == 24
    told = [[numbers(each)[-3], numbers(each)[-1]] for each in cards.all_inner_texts()]
    answers = page.evaluate(
        f"({WRONG}).map((i) => [chainrule.host.digits.read(i), chainrule.host.digits.label(i)]"
        ".map((k) => chainrule.host.digits.activations(i)[k]))"
    )[: len(told)]
    assert answers[0][0] > 0.9995, "which rounds to 1.000"
    for shown, (read, truth) in zip(told, answers, strict=True):
        assert shown == pytest.approx([read, truth], abs=0.001) and max(shown) < 1
    cards.nth(1).click()
    expect(page).to_have_url(re.compile(rf"#inside\?digit={wanted[1][0]}\b"))


def test_what_differs_adds_up_to_the_difference_of_the_two_answers(opened):
    page = opened("mistakes")
    page.get_by_role("button", name="Compare").nth(2).click()
    beside = page.get_by_role("region", name="What it sees differently")
    rows = beside.locator("tbody tr")
    expect(rows).to_have_count(8, timeout=5_000)
    parts = [numbers(each.locator("td:nth-of-type(2)").inner_text())[0] for each in rows.all()]
    assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=0.05) and parts[-1] > 0
    z, read, truth = page.evaluate(
        """async (i) => {
          const { host } = chainrule, { z } = await host.look(host.digits.image(i));
          return [[...z.at(-1)], host.digits.read(i), host.digits.label(i)];
        }""",
        page.evaluate(WRONG)[2],
    )
    assert parts[-1] == pytest.approx(z[read] - z[truth], abs=0.006)


# ---- tables ----------------------------------------------------------------------------------------------------------

COLUMNS = np.random.default_rng(0).normal(size=(90, 3)) + np.repeat(np.eye(3), 30, 0) * 3
TABLES = {
    "classes": ([3, 8, 3], np.repeat(["cup", "salad bowl", "plate"], 30), {}),
    "binary": ([3, 8, 1], np.repeat(["bowl", "plate", "plate"], 30), {}),
    "unnamed": ([3, 8, 1], np.repeat([0, 1, 1], 30), {}),
    "numbers": ([3, 8, 1], 100 * COLUMNS.sum(1), {"cost": "mean-squared-error"}),
}


@pytest.fixture
def table(opened, tmp_path):
    """Open the page of a network of a table, with examples of it."""

    def table(kind, at="train", **options):
        sizes, answers, settings = TABLES[kind]
        given = dict(zip(("height", "width", "depth"), COLUMNS.T, strict=True))
        net = cr.Network(sizes, seed=1, **settings)
        net.fit(given, answers, epochs=10)
        path = tmp_path / f"{kind}.html"
        net.export(path, examples=(given, answers), training=(given, answers))
        return opened(at, path=path, **options)

    return table


ROWS = {"classes": ["cup", "plate", "salad bowl"], "binary": ["plate"], "unnamed": ["1"], "numbers": []}


@pytest.mark.parametrize("kind", TABLES)
def test_of_a_table_training_shows_the_answer_that_one_looks_into(table, kind):
    page = table(kind, "inside")
    answers = set()
    for place in (0, 40, 80):
        page.evaluate(f"location.hash = '#inside?digit=' + chainrule.host.digits.number({place})")
        page.wait_for_timeout(300)
        answers.add(answer := page.locator(".stage .verdict .big").inner_text())
        page.get_by_role("link", name="Train", exact=True).click()
        expect(page.locator(".train .verdict")).to_have_text(answer)
        assert page.locator(".train .bars li > b").all_inner_texts() == ROWS[kind]
        truth = TABLES[kind][1][place]
        if kind == "numbers":
            truth = f"{truth:.2f}".replace("-", "−")
        right = f"{truth}" == answer and kind != "numbers"
        said = f"It answers {answer}, which is right." if right else f"It should be {truth}."
        expect(page.locator(".train .verdict-words")).to_contain_text(said)
    assert len(answers) > 1


OVER = """() => {
  const range = document.createRange();
  const box = (node) => (range.selectNodeContents(node), range.getBoundingClientRect());
  const end = (node) => Math.min(node.getBoundingClientRect().right, box(node).right);
  const bars = [...document.querySelectorAll(".train .bars li")];
  const film = document.querySelector(".train .film").getBoundingClientRect();
  const names = [...document.querySelectorAll(".train .film .class")];
  return [
    ...bars.filter(({ children: [name, bar] }) => end(name) > bar.getBoundingClientRect().left),
    ...names.filter((name) => name.getBoundingClientRect().left < film.left - 0.5),
  ].map((each) => each.textContent);
}"""
"""Names of classes that lie over their bars, or that the film cuts off."""


@pytest.mark.wide
@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("kind", ["classes", "binary"])
def test_names_of_classes_stand_beside_what_they_name(table, kind, width):
    page = table(kind, viewport={"width": width, "height": 800})
    trained(page, epochs=2)
    expect(page.locator(".train .bars li")).to_have_count(len(ROWS[kind]))
    expect(page.locator(".train .film .class")).to_have_count(len(ROWS[kind]))
    assert page.evaluate(OVER) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    verdict = page.locator(".train .verdict")
    assert verdict.evaluate("(each) => each.scrollWidth <= each.clientWidth")


def test_an_example_of_a_table_stands_above_what_is_said_of_it(table):
    page = table("classes", "mistakes")
    heads = page.locator(".mistakes .differs thead th[scope=colgroup]")
    expect(heads).to_have_count(2)
    for head in heads.all():
        example, said = (each.bounding_box() for each in head.locator("> span").all())
        assert example["y"] + example["height"] <= said["y"] + 1
