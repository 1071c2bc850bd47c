"""By keyboard, and where there is little room: the focus is never lost, what scrolls can be scrolled, a first visit is led."""

import re

import pytest

pytest.importorskip("playwright")

import itertools

from playwright.sync_api import expect

from .visitor import Visitor

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}


def focused(page):
    """The words of what has the focus; empty where nothing has."""
    return page.evaluate(
        "() => { const at = document.activeElement; return at === document.body ? '' : at.ariaLabel ?? at.textContent; }"
    )


def test_keyboard_only(open_page):
    visitor = Visitor(open_page(net="book"))
    page = visitor.page
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(page) == "Next mistake →":
            break
    page.keyboard.press("Enter")
    visitor.settled()
    visitor.steps.get_by_role("tab", name="Feedforward").focus()
    for name in ("Output error", "Error, backwards"):
        page.keyboard.press("ArrowRight")
        expect(visitor.steps.get_by_role("tab", name=name)).to_be_focused()
        expect(visitor.steps.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    expect(visitor.steps.get_by_role("tabpanel", name="Error, backwards")).to_be_visible()


def test_whatever_is_chosen_by_keyboard_the_focus_is_not_lost(open_page):
    visitor = Visitor(open_page(net="wide"))
    page = visitor.page
    page.get_by_role("button", name=re.compile(r"^test digit \d+$")).first.press("Enter")
    visitor.settled()
    really = page.get_by_role("group", name="It really is")
    expect(really.get_by_role("button").first).to_be_focused()
    page.get_by_role("button", name="Next", exact=True).press("Enter")
    visitor.sees(re.compile(r"^2 / \d+$"))
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_focused()
    page.get_by_role("button", name="Previous", exact=True).press("Enter")
    visitor.sees(re.compile(r"^1 / \d+$"))
    assert focused(page)  # there is no page before the first
    visitor.neurons.get_by_role("button").nth(3).press("Enter")
    expect(visitor.neurons.get_by_role("button").nth(3)).to_be_focused()
    for name in ("Take one step", "Undo"):
        visitor.teaching.get_by_role("button", name=name).press("Enter")
        expect(visitor.teaching.get_by_role("button", name="Undo")).to_be_enabled(enabled=name != "Undo")
        expect(visitor.teaching.get_by_role("button", name="Take one step")).to_be_focused()
    visitor.teaching.get_by_role("button", name="1 batch").press("Enter")
    visitor.sees("mini-batches on their own: 1")
    expect(visitor.teaching.get_by_role("button", name="1 batch")).to_be_focused()
    visitor.view("mistakes")
    cell = page.get_by_role("button", name=re.compile(r"times a \d is read as \d")).first
    name = cell.get_attribute("aria-label")
    cell.press("Enter")
    expect(page.get_by_role("button", name=name, pressed=True)).to_be_focused()


def test_six_tabs_stand_beside_each_other_where_there_is_little_room(open_page):
    visitor = Visitor(open_page(net="book", size=NARROW))
    visitor.mistake()
    names = ["Input", "Feedforward", "Output error", "Error, backwards", "Gradients", "Update"]
    for number, name in enumerate(names, 1):
        tab = visitor.steps.get_by_role("tab", name=name)
        tab.click()
        expect(visitor.steps).to_have_attribute("aria-busy", "false")
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(visitor.steps.get_by_role("heading", name=name, exact=False).first).to_be_visible()
        boxes = [each.bounding_box() for each in visitor.steps.get_by_role("tab").all()]
        for left, right in itertools.pairwise(boxes):
            assert left["x"] + left["width"] <= right["x"] + 0.5, number
        assert boxes[-1]["x"] + boxes[-1]["width"] <= 320
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_terms_of_a_neuron_are_scrolled_by_keyboard(open_page):
    visitor = Visitor(open_page(net="book", size=NARROW))
    visitor.mistake()
    visitor.neurons.get_by_role("button").first.click()
    terms = visitor.page.get_by_role("group", name="The largest terms of the sum")
    assert terms.evaluate("(node) => node.scrollWidth > node.clientWidth")
    terms.focus()
    expect(terms).to_be_focused()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.wait_for_function("() => document.activeElement.scrollLeft > 0")


def test_a_first_visit_is_led(open_page, axe):
    visitor = Visitor(open_page(net="book", first=True))
    page = visitor.page
    led = page.get_by_role("dialog", name="A first look")
    expect(led.get_by_role("button", name="Next")).to_be_focused()
    assert axe(page) == []
    for stop in range(1, 8):
        page.keyboard.press("Enter")
        expect(led).to_contain_text(f"{stop} / 7")
    led.get_by_role("button", name="Done").click()
    expect(led).to_have_count(0)
    assert page.evaluate("() => localStorage.toured") == "yes"
    assert focused(page)


@pytest.mark.parametrize("way", ["Escape", "Skip"])
def test_the_path_of_a_first_visit_is_left_at_once(open_page, way):
    page = open_page(net="book", first=True)
    led = page.get_by_role("dialog", name="A first look")
    expect(led).to_be_visible()
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.evaluate("() => document.activeElement.blur()")
        page.keyboard.press("Shift+Tab")  # from wherever one is, it is the first but for the link to the page
        for _ in range(4):
            if focused(page) == "Skip":
                break
            page.keyboard.press("Tab")
        assert focused(page) == "Skip"
        page.keyboard.press("Enter")
    expect(led).to_have_count(0)
    assert focused(page)
    page.reload()
    expect(page.get_by_role("status").filter(has_text="10,000")).to_be_visible()
    page.wait_for_timeout(300)
    expect(led).to_have_count(0)
