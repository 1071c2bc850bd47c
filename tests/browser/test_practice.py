"""The file's view Practice: every exercise is solved by keys and by touch, and each of its mistakes is told by its name."""

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.datasets import mnist
from chainrule.data.shipped import shipped
from chainrule.page.exercises import exercises

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


@pytest.fixture(scope="module")
def book():
    return cr.load(shipped("book"))


@pytest.fixture(scope="module")
def tasks(book):
    return [task for chapter in exercises(book._trained("net"))["chapters"] for task in chapter["tasks"]]


@pytest.fixture(scope="module")
def file(book, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    book.export(path)
    return path


@pytest.fixture
def opened(chromium, file):
    """Open the file at an address; at the end its console is clean, and nothing was asked for."""
    contexts, faults = [], []

    def opened(at="practice", path=file, **options):
        context = chromium.new_context(**{"viewport": WIDE, "locale": "en-US", "offline": True, **options})
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None)
        page.on(
            "request",
            lambda each: None if each.url.startswith(("data:", "blob:", "file:")) else faults.append(each.url),
        )
        page.goto(f"{path.as_uri()}#{at}")
        expect(page.locator("html")).to_have_attribute("data-ready", "yes")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


class Truth:
    """What NumPy says of the example that the page opens on."""

    def __init__(self, book, page):
        number = page.evaluate("chainrule.host.digits.number(chainrule.host.network.carried.opening)")
        _, _, test = mnist()
        parameters = {name: np.asarray(each, float) for name, each in book._trained("net").arrays.items()}
        a = {1: test.images[number].reshape(-1, 1) / 255.0}
        slope = {}
        for layer in (2, 3):
            a[layer] = 1 / (1 + np.exp(-(parameters[f"w{layer}"] @ a[layer - 1] + parameters[f"b{layer}"])))
            slope[layer] = a[layer] * (1 - a[layer])
        y = np.eye(10)[:, [int(test.labels[number])]]
        error = {3: (a[3] - y) * slope[3]}
        back = parameters["w3"].T @ error[3]
        error[2] = back * slope[2]
        self.parameters, self.a, self.y, self.error, self.back, self.slope = parameters, a, y, error, back, slope
        self.gradient = {layer: error[layer] @ a[layer - 1].T for layer in (2, 3)}

    def size(self, symbol, examples):
        letters, layer, turned = re.fullmatch(r"(g_\w|\w)(\d)(\.T)?", symbol).groups()
        sizes = [784, 30, 10]
        shape = {"w": (sizes[int(layer) - 1], sizes[int(layer) - 2]), "b": (sizes[int(layer) - 1], 1)}
        found = shape.get(letters[-1], (sizes[int(layer) - 1], examples))
        return found[::-1] if turned else found

    def by_hand(self, name):
        j, k, n = (int(np.abs(each).argmax()) for each in (self.error[3], self.a[2], self.error[2]))
        return {
            "by_hand_error": self.error[3][j, 0],
            "by_hand_back": self.error[2][n, 0],
            "by_hand_slope": self.gradient[3][j, k],
            "by_hand_step": self.parameters["w3"][j, k] - 0.5 * self.gradient[3][j, k],
        }[name]


class Keys:
    """Someone who has only a keyboard."""

    def __init__(self, page):
        self.page = page

    def press(self, selector):
        for _ in range(90):
            if self.page.evaluate("(to) => document.activeElement.matches(to)", selector):
                return self.page.keyboard.press("Enter")
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")

    def fill(self, selector, text):
        for _ in range(90):
            if self.page.evaluate("(to) => document.activeElement === document.querySelector(to)", selector):
                self.page.keyboard.press("Control+a")
                return self.page.keyboard.type(text)
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")


class Finger:
    """Someone who taps."""

    def __init__(self, page):
        self.page = page

    def press(self, selector):
        self.page.locator(selector).first.tap()

    def fill(self, selector, text):
        self.page.locator(selector).first.tap()
        self.page.locator(selector).first.fill(text)


def solve(visitor, task, truth):
    """Give the right answer to what is open."""
    page = visitor.page
    if task["kind"] == "dimensions":
        labels = page.locator(".practice .fields input")
        assert labels.count() == 2 * len(task["fill"])
        for place, symbol in enumerate(task["fill"]):
            for which, size in enumerate(truth.size(symbol, task.get("examples", 1))):
                visitor.fill(f".fields-{place} input:nth-of-type({which + 1})", str(size))
    elif task["kind"] == "factors":
        left = [*enumerate(task["tiles"])]
        for text in task["solution"].split(" "):
            place = next(each for each in left if each[1] == text)
            left.remove(place)
            visitor.press(f'.pool [data-tile="{place[0]}"]')
    elif task["kind"] == "way":
        for place, row in enumerate(page.locator(".ways .seg").all()):
            j, k = map(int, re.findall(r"\d+", row.get_attribute("aria-label").partition("[")[2]))
            slope = truth.gradient[task["layer"]][j, k]
            visitor.press(
                f".ways li:nth-child({place + 1}) button[value={'down' if slope > 0 else 'up' if slope < 0 else 'stays'}]"
            )
    elif task["kind"] == "blame":
        shown = [int(each.get_attribute("value")) for each in page.locator(".blames button").all()]
        visitor.press(f".blames button[value='{max(shown, key=lambda k: abs(truth.error[2][k, 0]))}']")
    elif task["kind"] == "number":
        visitor.fill("input.number", f"{truth.by_hand(task['name']):.4g}")
    else:
        visitor.press(f".code:nth-child({task['at'] + 1})")


@pytest.mark.parametrize(
    ("visitor", "language", "options"),
    [
        (Keys, "en", {"viewport": WIDE}),
        (Finger, "zh", {"viewport": PHONE, "has_touch": True, "color_scheme": "dark"}),
        (Finger, "en", {"viewport": {"width": 320, "height": 640}, "has_touch": True}),
        (Keys, "zh", {"viewport": {"width": 768, "height": 1024}, "reduced_motion": "reduce"}),
    ],
)
def test_all_exercises_are_solved_one_after_another(opened, axe, book, tasks, visitor, language, options):
    page = opened(f"practice?lang={language}", **options)
    visitor, truth = visitor(page), Truth(book, page)
    faults = []
    for task in tasks:
        expect(page.locator(".practice .task h2")).to_have_text(task["why"][language])
        for place, fields in enumerate(page.locator(".practice .fields").all()):
            fields.evaluate("(node, place) => node.classList.add(`fields-${place}`)", place)
        solve(visitor, task, truth)
        visitor.press(".buttons .btn:nth-child(1)")
        expect(page.locator(".practice .verdict.right"), task["name"]).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), task["name"]
        if task["name"] in ("sizes_back", "put_error_back", "way_output", "blame", "by_hand_step", "hunt_slope"):
            faults += axe(page)
        if task is not tasks[-1]:
            visitor.press(".buttons .onward")
    assert faults == []
    expect(page.locator(".contents summary")).to_contain_text(f"{len(tasks)}")
    assert page.evaluate("JSON.parse(localStorage.practice)") == [task["name"] for task in tasks]
    page.reload()
    expect(page.locator(".practice .mark", has_text="✓")).to_have_count(len(tasks))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_mistake_is_told_by_its_name_and_shown_by_numbers(opened, tasks, language):
    page = opened(f"practice?lang={language}")
    check, first = page.locator(".buttons .btn").first, page.locator(".verdict.wrong .first")
    told = 0
    for task in tasks:
        if task["kind"] != "factors":
            continue
        page.evaluate("(name) => chainrule.route.go('practice', { exercise: name })", task["name"])
        expect(page.locator(".practice .task h2")).to_have_text(task["why"][language])
        for wrong, said in task["mistakes"]:
            while page.locator(".line .tile").count():
                page.locator(".line .tile").first.click()
            left = [*enumerate(task["tiles"])]
            for text in wrong.split(" "):
                place = next(each for each in left if each[1] == text)
                left.remove(place)
                page.locator(f'.pool [data-tile="{place[0]}"]').click()
            check.click()
            expect(first).to_have_text(said[language])
            assert re.search(r"\d", page.locator(".verdict p:nth-child(2)").inner_text())
            told += 1
    assert told == sum(len(task["mistakes"]) for task in tasks if task["kind"] == "factors") > 12


def test_another_right_order_is_right_and_what_does_not_fit_is_told(opened, tasks):
    page = opened("practice?exercise=put_error_back")
    check = page.locator(".buttons .btn").first
    tiles = next(task["tiles"] for task in tasks if task["name"] == "put_error_back")

    def put(line):
        while page.locator(".line .tile").count():
            page.locator(".line .tile").first.click()
        for text in line.split(" "):
            page.locator(f'.pool [data-tile="{tiles.index(text)}"]').click()
        check.click()
        return page.locator(".verdict")

    expect(put("s2 * w3.T δ3")).to_contain_text("Right.")
    expect(put("w3 δ3")).to_contain_text("10×30 · 10×1 do not fit: 30 ≠ 10.")
    expect(page.locator(".pair canvas")).to_have_count(2)
    expect(put("δ3 * s2")).to_contain_text("10×1 ⊙ 30×1 do not fit")
    expect(put("w3.T δ3 *")).to_contain_text("A sign stands between two factors")
    expect(put("w3.T")).to_contain_text("Your line is 30×10, and δ² is 30×1.")
    expect(put("a2")).to_contain_text("no mistake known here")


def test_tiles_are_dragged_by_mouse_and_by_finger_and_moved_by_arrows(opened, tasks):
    tiles = next(task["tiles"] for task in tasks if task["name"] == "put_gradient")
    page = opened("practice?exercise=put_gradient")

    def middle(selector):
        box = page.locator(selector).first.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(selector, to):
        x, y = middle(selector)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move((x + to[0]) / 2, (y + to[1]) / 2)
        page.mouse.move(*to)
        page.mouse.up()

    def line():
        return [tiles[int(each.get_attribute("data-tile"))] for each in page.locator(".line .tile").all()]

    error, a = tiles.index("δ2"), tiles.index("a1.T")
    drag(f'.pool [data-tile="{a}"]', middle(".line"))
    assert line() == ["a1.T"]
    box = page.locator(".line").bounding_box()
    drag(f'.pool [data-tile="{error}"]', (box["x"] + 4, box["y"] + box["height"] / 2))
    assert line() == ["δ2", "a1.T"]
    page.locator(f'.line [data-tile="{error}"]').focus()
    page.keyboard.press("ArrowRight")
    assert line() == ["a1.T", "δ2"]
    page.keyboard.press("ArrowLeft")
    assert line() == ["δ2", "a1.T"]
    page.locator(".buttons .btn").first.click()
    expect(page.locator(".verdict.right")).to_be_visible()
    drag(f'.line [data-tile="{a}"]', middle(".practice h2"))
    assert line() == ["δ2"]
    page.locator(f'.line [data-tile="{error}"]').focus()
    page.keyboard.press("Delete")
    assert line() == []

    page = opened("practice?exercise=put_gradient", viewport=PHONE, has_touch=True)
    session = page.context.new_cdp_session(page)
    page.locator(".line").scroll_into_view_if_needed()
    x, y = middle(f'.pool [data-tile="{error}"]')
    to = middle(".line")
    for kind, at in (("touchStart", (x, y)), ("touchMove", ((x + to[0]) / 2, (y + to[1]) / 2)), ("touchMove", to)):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert line() == ["δ2"]


def test_numbers_of_known_mistakes_are_named(opened, book, tasks):
    page = opened("practice?exercise=by_hand_error")
    truth, field, verdict = Truth(book, page), page.locator("input.number"), page.locator(".verdict")
    j = int(np.abs(truth.error[3]).argmax())
    missed, slope = float((truth.a[3] - truth.y)[j, 0]), float(truth.slope[3][j, 0])

    def answer(value):
        field.fill(value if isinstance(value, str) else f"{value:.4g}")
        field.press("Enter")
        return verdict

    expect(answer(missed)).to_contain_text("The slope of a³ is left out")
    expect(answer(-missed * slope)).to_contain_text("δ³ has the wrong sign.")
    expect(answer(missed * float(truth.a[3][j, 0]))).to_contain_text("δ³ is made with a³, where its slope belongs.")
    expect(answer(missed * slope * 10)).to_contain_text("the decimal point is not")
    expect(answer("seven")).to_contain_text("seven is no number.")
    expect(answer(missed * slope * 1.4)).to_contain_text("no mistake known here")
    expect(answer(f"{missed * slope:.3f}".replace("-", "−").replace(".", ","))).to_contain_text("Right.")
    page.evaluate("chainrule.route.go('practice', { exercise: 'by_hand_step' })")
    k = int(np.abs(truth.a[2]).argmax())
    w, g = truth.parameters["w3"][j, k], truth.gradient[3][j, k]
    expect(answer(w + 0.5 * g)).to_contain_text("the wrong sign")
    expect(answer(w - 0.25 * g)).to_contain_text("η is there twice in w³.")
    expect(answer(w - g)).to_contain_text("The factor η is left out in w³.")
    expect(answer(w - 0.5 * g)).to_contain_text("Right.")


def test_a_number_that_is_shown_and_what_the_program_says_do_not_contradict_each_other(opened, tasks):
    rounded = 0
    for task in (each for each in tasks if each["name"].startswith("by_hand")):
        page = opened(f"practice?exercise={task['name']}")
        page.get_by_role("button", name="Show the answer").click()
        verdict, shown = page.locator(".verdict"), page.locator("input.number").input_value().replace("-", "−")
        expect(verdict).to_contain_text("says ")
        told = re.search(r"says ([−\d.·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+?)\.?\n", verdict.inner_text())[1]
        assert ("numbers here are rounded" in verdict.inner_text()) == (told != shown), (task["name"], told, shown)
        rounded += told != shown
    assert rounded


def test_what_is_wrong_is_marked_where_it_can_be_seen(opened):
    page = opened("practice?exercise=by_hand_error", viewport={"width": 360, "height": 740}, locale="zh-CN")
    field = page.locator("input.number")
    field.fill("777777")
    field.press("Enter")
    first = page.locator(".verdict.wrong .first")
    expect(first).to_be_visible()
    begins = "(p) => p.querySelector('b').getClientRects()[0].left - p.getBoundingClientRect().left"
    assert first.evaluate(begins) > 8  # its mark stands before it, not above
    field.evaluate("(each) => each.blur()")
    seen = Image.open(io.BytesIO(field.screenshot())).convert("L")
    field.evaluate("(each) => { each.style.textDecoration = 'none'; }")
    plain = Image.open(io.BytesIO(field.screenshot())).convert("L")
    left, top, right, bottom = ImageChops.difference(seen, plain).point(lambda each: 255 * (each > 60)).getbbox()
    assert right - left > 40 and bottom - top >= 4  # the whole wave, not its crests


def test_dimensions_that_are_wrong_are_told_why(opened):
    page = opened("practice?exercise=sizes_forward")
    verdict, fields = page.locator(".verdict"), page.locator(".fields input")

    def answer(*sizes):
        for field, size in zip(fields.all(), sizes, strict=False):
            field.fill(size)
        fields.first.press("Enter")
        return verdict

    expect(answer("30", "1")).to_contain_text("Right so far")
    expect(answer("30", "1", "784", "30")).to_contain_text("w² is turned round: 784×30 has rows and columns exchanged.")
    expect(verdict).to_contain_text("784×30 · 784×1 do not fit: 30 ≠ 784.")
    expect(fields.nth(2)).to_have_attribute("aria-invalid", "true")
    expect(answer("30", "1", "30", "784", "30", "784")).to_contain_text("b² does not have the dimensions 30×784.")
    expect(answer("30", "1", "30", "784", "30", "1")).to_contain_text("Right.")
    fields.first.fill("30×1")
    expect(fields.nth(1)).to_be_focused()


def test_a_hunt_shows_the_slope_that_is_measured(opened, book, tasks):
    page = opened("practice?exercise=hunt_slope")
    truth = Truth(book, page)
    page.locator(".code").first.click()
    page.locator(".buttons .btn").first.click()
    expect(page.locator(".verdict.wrong")).to_contain_text("This line is as it was derived.")
    task = next(each for each in tasks if each["name"] == "hunt_slope")
    page.locator(".code").nth(task["at"]).click()
    page.locator(".buttons .btn").first.click()
    verdict = page.locator(".verdict.right")
    expect(verdict).to_contain_text("Measured")
    text = verdict.inner_text()
    j, k = map(int, re.search(r"\[(\d+), (\d+)\]", text).groups())
    numbers = [
        float(each.translate(PLAIN).replace("·10", "e"))
        for each in re.findall(
            r"(?:says|one|0\.001:) (−?[\d.]+(?:·10[⁻\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)", text.replace(". ", " ").replace(".\n", "\n")
        )
    ]
    wrong, derived, measured = numbers[:3]
    assert wrong == pytest.approx(float((truth.back @ truth.a[1].T)[j, k]), rel=0.01)
    assert derived == pytest.approx(truth.gradient[2][j, k], rel=0.01) == pytest.approx(measured, rel=0.01)


def test_hints_come_one_by_one_and_a_shown_answer_does_not_count(opened):
    page = opened("practice?exercise=put_gradient")
    hint = page.locator(".buttons .btn").nth(1)
    for count in (1, 2, 3):
        hint.click()
        expect(page.locator(".hints li")).to_have_count(count)
    expect(hint).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Show the answer").click()
    expect(page.locator(".verdict.shown")).to_contain_text("dC_dw2 = δ2 @ a1.T")
    expect(page.locator(".verdict.shown")).to_contain_text("Shown, not solved")
    expect(page.locator(".verdict")).not_to_contain_text("Right")
    assert page.evaluate("localStorage.practice") is None
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".verdict.shown")).to_contain_text("答案如上。")
    page.get_by_role("button", name="下一题").click()
    page.evaluate("chainrule.route.go('practice', { exercise: 'put_gradient' })")
    expect(page.locator(".line .tile")).to_have_count(0)


def test_exercises_are_those_of_the_network_that_came(opened):
    page = opened("practice")
    expect(page.locator(".contents")).to_be_visible()
    page.evaluate("chainrule.host.train({ eta: 1, epochs: 1, seed: 1, layers: [7] }, () => {})")
    page.evaluate("chainrule.route.go('inside')")
    page.evaluate("chainrule.route.go('practice')")
    expect(page.locator(".practice .say")).to_contain_text(
        "These exercises are about the network that this page came with."
    )
    page.evaluate("chainrule.host.undo()")
    page.evaluate("chainrule.route.go('inside')")
    page.evaluate("chainrule.route.go('practice')")
    expect(page.locator(".practice .equation")).to_be_visible()


@pytest.mark.parametrize("options", [{"activation": "tanh", "cost": "log-likelihood"}, {"activation": "relu"}])
def test_a_table_s_network_has_those_that_make_sense(opened, tmp_path, options):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)), rng.integers(0, 3, 60)
    net = cr.Network([4, 6, 5, 3], seed=0, **options)
    path = tmp_path / "table.html"
    net.export(path, examples=(x, y))
    page = opened("practice", path=path)
    count = page.evaluate("chainrule.host.practice.chapters.flatMap((each) => each.tasks).length")
    assert count >= 15
    for _ in range(count):
        page.get_by_role("button", name="Show the answer").click()
        expect(page.locator(".verdict.shown")).to_be_visible()
        if page.locator(".onward.btn").count():
            page.locator(".onward.btn").click()
            expect(page.locator(".verdict")).to_be_empty()
