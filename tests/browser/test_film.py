"""The file's views Train, Mistakes and Derive, from disk: what they show is what chainrule computes here."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.shipped import shipped
from chainrule.page.gallery import GALLERY

pytestmark = pytest.mark.browser
NUMBER = re.compile(r"[−\d][\d.]*(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
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

    def opened(at="", **options):
        page = chromium.new_page(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-US", **options})
        pages.append(page)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on(
            "request",
            lambda each: None if each.url.startswith(("data:", "blob:", file.as_uri())) else faults.append(each.url),
        )
        page.goto(f"{file.as_uri()}#{at}")
        expect(page.locator("html")).to_have_attribute("data-ready", "yes")
        return page

    yield opened
    for page in pages:
        page.close()
    assert faults == []


def numbers(text):
    """The numbers that a text shows."""
    return [float(each.replace("·10", "e").translate(PLAIN)) for each in NUMBER.findall(text)]


def slope(name, at):
    """The derivative by each variable that moves, as chainrule computes it here."""
    shown = GALLERY[name]
    by = ", ".join(shown.moved)
    return np.ravel(cr.derive(shown.function, [cr.Spec(())] * len(at), wrt=by)(*map(np.float64, at)))


# ---- Derive ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GALLERY)
def test_derive_shows_the_slopes_that_chainrule_computes(opened, name):
    sliders = GALLERY[name].sliders
    at = [round(each.low + 0.7 * (each.high - each.low), 2) for each in sliders.values()]
    page = opened(f"derive?program={name}&at={','.join(map(str, at))}")
    graph = page.get_by_role("group", name="The graph: values run forward, slopes backward")
    expect(graph.locator(".error").first).to_be_visible()
    shown = dict(
        zip(sliders, graph.locator(".error b").all_inner_texts(), strict=False)
    )  # of the variables, which are first
    found = [numbers(shown[each])[0] for each in GALLERY[name].moved]
    assert found == pytest.approx(list(slope(name, at)), abs=6e-4, rel=0.06)
    total = numbers(page.locator(".sums .end").inner_text())[-1]
    products = [numbers(each)[0] for each in page.locator(".sums tr:not(.end) .product").all_inner_texts()]
    assert sum(products) == pytest.approx(total, abs=1e-3 * len(products)) and total == pytest.approx(found[0])


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
    assert numbers(page.locator(".slope-text").text_content())[0] == pytest.approx(slope("paths", [x])[0], abs=0.02)
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="One step downhill").click()
    after = float(handle.get_attribute("aria-valuenow"))
    assert after == pytest.approx(x - 0.1 * slope("paths", [x])[0], abs=0.011)
    page.wait_for_function("location.hash.includes('at=')")
    page.get_by_role("button", name="Back to the start").click()
    expect(handle).to_have_attribute("aria-valuenow", "1.20")


def test_a_neurons_variables_have_sliders_and_its_paths_follow(opened):
    page = opened("derive?program=neuron")
    page.get_by_role("slider", name="b").last.fill("0.5")
    end = page.locator(".sums .end")
    expect(end).to_contain_text(f"{slope('neuron', [1.5, 0.5, 1.0, 0.0])[1]:.3f}")
    page.get_by_role("button", name="w", exact=True).click()
    expect(end).to_contain_text(f"{slope('neuron', [1.5, 0.5, 1.0, 0.0])[0]:.3f}")
    page.get_by_role("button", name="One step downhill").click()
    expect(page.get_by_role("slider", name="w").last).not_to_have_value("1.5")


def test_derive_is_said_in_chinese(opened):
    page = opened("derive?program=paths&lang=zh")
    expect(page.get_by_text("沿着每条路相乘，再相加")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Multiply along each path, then add")).to_be_visible()
    expect(page.get_by_text(re.compile("^slope 1.367"))).to_be_visible()


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1440, 1920])
@pytest.mark.parametrize("view", ["derive?program=neuron", "derive?program=valleys"])
def test_nothing_is_wider_than_the_window(opened, width, view):
    page = opened(view, viewport={"width": width, "height": 844})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_derive_has_no_fault_that_axe_finds(opened, axe):
    for theme in ("light", "dark"):
        page = opened("derive?program=neuron", color_scheme=theme)
        expect(page.locator(".sums .end")).to_be_visible()
        assert axe(page) == []
