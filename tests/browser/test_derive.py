"""The view Derive, in a file and served: its numbers are those of chainrule, and what is typed is derived by the server."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import chainrule as cr
from chainrule.cli import opening
from chainrule.data.shipped import shipped
from chainrule.page.gallery import GALLERY
from chainrule.web.expressions import understood
from chainrule.web.site import Saved, Site

from ..web.conftest import PROCESS
from .test_served import begun

pytestmark = pytest.mark.browser
NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
WIDTHS = [360, 390, 768, 1024, 1440, 1920]
TYPED = [
    ("x² sin x", "x = 2"), ("1/(1 + e^-x)", "x = 0.5"), ("ln(1 + e^x)", "x = -1"), ("√(x² + y²)", "x = 3, y = 4"),
    ("|x - 1|^3", "x = -1"),
    ("x^y", "x = 2, y = 3"), ("arctan2(y, x)", "x = 1, y = 2"), ("cosh⁻¹ x", "x = 2"), ("where(x > 0, x, 0.1x)", "x = -2"),
    ("maximum(x, y) minimum(x, 2y)", "x = 1, y = 2"), ("log(sum(exp(x)))", "x = [1, 2, 3, 0]"),
    ("x[0] x[1] + x[2]²", "x = [1, 2, 3]"),
    ("norm(x)", "x = [3, 4]"), ("sum((A @ x - b)²)", "A = 5×3, x = (3,), b = (5,)"),
    ("z = w @ x + b\na = sigmoid(z)\n0.5 sum((a - y)²)", "w = 3×4, x = 4×2, b = 3×1, y = 3×2"),
    ("z = w @ x + b; a = softmax(z); -sum(y log(a))", "w = 3×4, x = 4×1, b = 3×1, y = [[1], [0], [0]]"),
    ("mean(x) + var(x) + prod(x)", "x = (5,)"),
    ("xᵀ @ A @ x", "A = 3×3, x = (3,)"), ("sum(outer(x, y) * A)", "x = (2,), y = (3,), A = 2×3"), ("sum(cumsum(x)²)", "x = (4,)"),
]  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of a shipped network, as a file."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    cr.load(shipped("book")).export(path)
    return path.as_uri()


@pytest.fixture(scope="module")
def server():
    """The address of a server that shows that network."""
    return begun(Site({"book": Saved(str(shipped("book")))}, opening.opened, PROCESS))


@pytest.fixture
def opened(chromium, file, server):
    """Open the file or the served page at an address; at the end its console is clean, and nothing else was asked for."""
    pages, faults = [], []

    def opened(at="", served=False, refused=False, **options):
        address = server if served else file
        page = chromium.new_page(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-US", **options})
        pages.append(page)
        own = ("data:", "blob:", server if served else file)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: None if refused or said.type not in ("error", "warning") else faults.append(said.text),
        )
        page.on("request", lambda each: None if each.url.startswith(own) else faults.append(each.url))
        page.goto(f"{address}#{at}")
        expect(page.locator("html")).to_have_attribute("data-ready", "yes")
        return page

    yield opened
    for page in pages:
        page.close()
    assert faults == []


def numbers(text):
    """The numbers that a text shows."""
    return [float(each.replace("·10", "e").translate(PLAIN)) for each in NUMBER.findall(text)]


def slopes(name, at):
    """The derivative by each variable that moves, as chainrule computes it here."""
    shown = GALLERY[name]
    found = cr.derive(shown.function, shown.specs, wrt=", ".join(shown.moved))(*at)
    return [float(each) for each in (found if isinstance(found, tuple) else (found,))]


def graph_of(page):
    graph = page.get_by_role("group", name="The graph: values run forward, slopes backward")
    expect(graph.locator(".error").first).to_be_visible()
    return graph


@pytest.mark.wide
@pytest.mark.parametrize("name", GALLERY)
def test_it_shows_the_slopes_that_chainrule_computes(opened, name):
    shown = GALLERY[name]
    at = [
        np.round(each.low + 0.7 * (each.high - each.low) * np.ones(np.shape(each.at)), 2)
        for each in shown.sliders.values()
    ]
    page = opened(f"derive?program={name}&at={','.join(f'{each:g}' for one in at for each in np.ravel(one))}")
    graph = graph_of(page)
    told = dict(
        zip(shown.sliders, graph.locator(".error b").all_inner_texts(), strict=False)
    )  # of the variables, which are first
    found = [numbers(told[each])[0] for each in shown.moved]
    assert found == pytest.approx(slopes(name, at), abs=6e-4, rel=0.06)
    if all(np.ndim(each) == 0 for each in at):
        total = numbers(page.locator(".sums .end .product").inner_text())[-1]
        products = [numbers(each)[0] for each in page.locator(".sums tr:not(.end) .product").all_inner_texts()]
        assert sum(products) == pytest.approx(total, abs=1e-3 * len(products)) and total == pytest.approx(found[0])


def test_a_path_is_written_as_the_graph_has_it_from_the_variable_on(opened):
    page = opened("derive?program=parabola")
    expect(page.locator(".sums .path")).to_have_text("x ← v1 ← f")
    boxes = [each.bounding_box()["x"] for each in graph_of(page).locator(".node").all()]
    assert boxes == sorted(boxes)
    factors = numbers(page.locator(".sums tr:first-child .factors").inner_text())
    assert factors == pytest.approx([1.0, 3.2])  # of x − 1, and of its square


def test_both_ends_of_the_rail_have_their_numbers_and_no_line_crosses_the_words(opened):
    for name in GALLERY:
        page = opened(f"derive?program={name}")
        expect(page.locator(".tangent .minor")).to_have_count(2)
        for end in ("Home", "End"):
            page.locator(".tangent .handle").focus()
            page.keyboard.press(end)
            boxes = [each.bounding_box() for each in page.locator(".tangent :is(.minor, .at)").all()]
            for one, other in zip(
                sorted(boxes, key=lambda box: box["x"]), sorted(boxes, key=lambda box: box["x"])[1:], strict=False
            ):
                assert one["x"] + one["width"] <= other["x"] + 1, (name, end)
            crossed = page.evaluate("""() => {
              const words = document.querySelector(".slope-text").getBoundingClientRect();
              const root = document.querySelector(".tangent svg").getBoundingClientRect();
              return [...document.querySelectorAll(".tangent :is(.curve, .slope-line)")].some((path) => {
                for (let at = 0; at <= path.getTotalLength(); at += 3) {
                  const { x, y } = path.getPointAtLength(at), [left, top] = [root.left + x, root.top + y];
                  if (left <= words.left + 2 || left >= words.right - 2) continue;
                  if (top > words.top + 6 && top < words.bottom - 6) return true;
                }
                return false;
              });
            }""")
            assert not crossed, (name, end)
        page.close()


def test_x_is_dragged_and_moved_by_keys_and_steps_go_down(opened):
    page = opened("derive?program=paths")
    handle = page.get_by_role("slider", name="x")
    expect(handle).to_be_visible()
    page.wait_for_function("document.fonts.status === 'loaded'")
    box = page.locator(".grip").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 10, steps=4)
    page.mouse.up()
    left = float(handle.get_attribute("aria-valuenow"))
    assert left < GALLERY["paths"].sliders["x"].at - 0.2
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    x = float(handle.get_attribute("aria-valuenow"))
    assert x == pytest.approx(left + 2 * 0.032, abs=0.011)
    expect(handle).to_be_focused()
    assert numbers(page.locator(".slope-text").text_content())[0] == pytest.approx(slopes("paths", [x])[0], abs=0.02)
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="One step downhill").click()
    after = float(handle.get_attribute("aria-valuenow"))
    assert after == pytest.approx(x - 0.1 * slopes("paths", [x])[0], abs=0.011)
    page.wait_for_function("location.hash.includes('at=')")
    page.get_by_role("button", name="Back to the start").click()
    expect(handle).to_have_attribute("aria-valuenow", "1.20")


def test_a_neurons_variables_have_sliders_and_its_paths_follow(opened):
    page = opened("derive?program=neuron")
    page.get_by_role("slider", name="b").last.fill("0.5")
    end = page.locator(".sums .end")
    w, b = slopes("neuron", [1.5, 0.5, 1.0, 0.0])
    expect(end).to_contain_text(f"{b:.3f}")
    page.get_by_role("button", name="w", exact=True).click()
    expect(end).to_contain_text(f"{w:.3f}")
    page.get_by_role("button", name="One step downhill").click()
    expect(page.get_by_role("slider", name="w").last).not_to_have_value("1.5")


def test_a_number_of_an_array_has_its_slider_and_its_curve(opened):
    page = opened("derive?program=line")
    page.get_by_role("slider", name="x[2]").last.fill("-1.5")
    at = [-0.5, 1.5, np.array([-1.0, 0.5, -1.5]), np.array([-1.5, 0.5, 2.5])]
    told = graph_of(page).locator(".error b").all_inner_texts()
    assert [numbers(each)[0] for each in told[:2]] == pytest.approx(slopes("line", at), abs=6e-4)
    expect(page.locator(".tangent .handle")).to_have_attribute("aria-label", "x[2]")
    by_x = cr.grad(GALLERY["line"].function, 2)(*at)
    assert numbers(page.locator(".slope-text").text_content())[0] == pytest.approx(by_x[2], abs=6e-4)


def test_it_is_said_in_chinese(opened):
    page = opened("derive?program=paths&lang=zh")
    expect(page.get_by_text("沿着每条路相乘，再相加")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Multiply along each path, then add")).to_be_visible()
    expect(page.get_by_text(re.compile("^slope 1.367"))).to_be_visible()


@pytest.mark.wide
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(opened, width):
    for view in ("derive?program=three", "derive?program=valleys", "derive?program=line"):
        page = opened(view, viewport={"width": width, "height": 844})
        graph_of(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
    page = opened(
        f"derive?f={'%2B'.join(f'x^{k}' for k in range(2, 30))}", served=True, viewport={"width": width, "height": 844}
    )
    expect(page.locator(".tangent .handle")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_has_no_fault_that_axe_finds(opened, axe):
    for theme in ("light", "dark"):
        for at, served in (
            ("program=neuron", False),
            ("program=line", False),
            ("f=sum((A @ x - b)²)&x=A = 5×3, x = (3,), b = (5,)", True),
            ("f=det(A)&x=A=2×2", True),
        ):
            page = opened(f"derive?{at}", served=served, color_scheme=theme)
            expect(page.locator(".sums h2")).to_be_visible()
            assert axe(page) == [], at


# ---- served ----------------------------------------------------------------------------------------------------------

RUN = """async ([text, at]) => {
  const { javascript, variables } = await chainrule.host.server.derive(text, at);
  const found = {};
  for (const each of javascript) {
    const { instantiate } = await import(`data:text/javascript,${encodeURIComponent(each)}`);
    const { inputs, run } = await instantiate();
    variables.forEach(({ at }, k) => inputs.given[k].set(at));
    Object.assign(found, run());
  }
  const { values, errors } = found;
  const slopes = errors.slice(0, variables.length).map((each) => [...each]);
  return [variables.map(({ at, shape }) => [at, shape]), values.at(-1)[0], slopes];
}"""


def test_what_is_typed_runs_in_the_browser_and_its_slopes_are_those_of_grad(opened):
    page = opened("derive", served=True)
    for text, at in TYPED:
        variables, value, errors = page.evaluate(RUN, [text, at])
        given = [np.reshape(np.array(each, float), shape) for each, shape in variables]
        function = understood(text).function
        assert value == pytest.approx(float(function(*given)), rel=1e-12), text
        for found, wanted in zip(errors, cr.grad(function, range(len(given)))(*given), strict=True):
            assert found == pytest.approx(list(np.ravel(wanted)), rel=1e-12, abs=1e-14), text


def test_an_expression_is_typed_moved_and_sent_by_a_link(opened):
    page = opened("derive", served=True)
    page.get_by_label("Your own function").fill("a x² + sin x")
    page.get_by_label("Where its variables stand").fill("a = 0.5, x = 2")
    error = graph_of(page).locator(".error b")
    expect(error.nth(1)).to_have_text(f"{2 + np.cos(2):.3f}".replace("-", "−"))  # ∂f/∂x = 2ax + cos x
    page.get_by_role("slider", name="x").last.fill("3")
    expect(error.nth(1)).to_have_text(f"{3 + np.cos(3):.3f}")
    expect(page.get_by_label("Where its variables stand")).to_have_value("a = 0.5, x = 3")
    expect(page).to_have_url(re.compile(r"#derive\?f=.*&x=.*&at=0.5%2C3&by=1.0$"))
    there = opened(page.evaluate("location.hash.slice(1)"), served=True)
    expect(graph_of(there).locator(".error b").nth(1)).to_have_text(f"{3 + np.cos(3):.3f}")
    expect(there.get_by_label("Your own function")).to_have_value("a x² + sin x")
    there.get_by_role("button", name="Two paths").click()
    expect(there).to_have_url(re.compile(r"#derive\?program=paths&at=1.2$"))


def test_what_cannot_be_read_is_said_at_its_place_in_both_languages(opened):
    page = opened("derive", served=True, refused=True)
    page.get_by_label("Your own function").fill("x² + w @ x")
    said = page.get_by_role("alert").filter(has_text="w @ x")
    expect(said).to_contain_text("a matrix product needs at least one axis on each side")
    expect(said.locator("mark")).to_have_text("w @ x")
    expect(page.locator(".live")).to_have_class(re.compile("stale"))
    page.get_by_label("Your own function").fill("x² + open(x)")
    expect(page.get_by_role("alert").locator("mark")).to_have_text("open")
    page.get_by_role("button", name="中文").click()
    page.get_by_label("你自己的函数").fill("x² + open(x) ")
    expect(page.get_by_role("alert").filter(has_text="这里不能写")).to_be_visible()
    page.get_by_label("你自己的函数").fill("x² + 1")
    expect(page.get_by_role("alert").filter(has_text="这里不能写")).to_have_count(0)
    expect(page.locator(".live")).not_to_have_class(re.compile("stale"))


def test_where_only_numpy_computes_the_numbers_are_shown_with_the_equation(opened):
    page = opened("derive?f=det(A)&x=A = [[1, 2], [3, 4]]", served=True)
    expect(page.get_by_text(re.compile("only NumPy computes"))).to_be_visible()
    assert numbers(page.locator(".gradients b.cr-g").inner_text()) == [4.0]  # the cofactor of A[0, 0]
    expect(page.get_by_role("button", name="One step downhill")).to_be_hidden()
    page.locator(".gradients .picture").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".gradients b.cr-g")).to_have_text("−3.000")


def test_a_file_has_no_field_for_ones_own(opened):
    page = opened("derive?f=x^2")
    graph_of(page)
    expect(page.get_by_label("Your own function")).to_have_count(0)
