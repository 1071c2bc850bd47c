"""Worksheets on paper: a page each, on both sizes of paper, with room to write by hand."""

import re

import pytest

from chainrule.exercises.worksheet import worksheets

pytestmark = pytest.mark.browser
MILLIMETER = 96 / 25.4
COUNT = 3


@pytest.fixture(params=["en", "zh"])
def pages(request, chromium):
    """The sheets and the keys in a language, laid out as on paper."""
    opened = []
    for text in worksheets(range(1, 1 + COUNT), request.param):
        page = chromium.new_page(viewport={"width": int(186 * MILLIMETER), "height": int(255 * MILLIMETER)})
        page.emulate_media(media="print")
        page.set_content(text)
        opened.append(page)
    yield opened
    for page in opened:
        page.close()


@pytest.mark.wide
@pytest.mark.parametrize("paper", ["Letter", "A4"])
@pytest.mark.parametrize("margins", ["of the sheet", "of the browser"])
def test_each_sheet_and_each_key_is_one_page(pages, paper, margins):
    inches = {} if margins == "of the sheet" else dict.fromkeys(("top", "right", "bottom", "left"), "0.5in")
    for page in pages:
        if inches:  # some browsers print with margins of their own
            page.add_style_tag(content="@page { margin: 0.5in !important }")
        pdf = page.pdf(format=paper, margin=inches)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == COUNT


def test_there_is_room_to_write_by_hand(pages):
    sheet, _ = pages
    for section in sheet.locator("section").all():
        rows = section.locator(".cr-steps tr").all()[1:]
        assert len(rows) == 10
        for row in rows:
            how, dimensions, numbers = [cell.bounding_box() for cell in row.locator("td").all()][1:]
            assert how["height"] >= 10 * MILLIMETER
            assert how["width"] >= 60 * MILLIMETER and numbers["width"] >= 60 * MILLIMETER
            assert dimensions["width"] >= 25 * MILLIMETER
        assert all(line.bounding_box()["height"] >= 8 * MILLIMETER for line in section.locator(".cr-writing").all())


def test_nothing_is_cut_off_at_the_side(pages):
    for page in pages:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(
            "[...document.querySelectorAll('td, th')].every((cell) => cell.scrollWidth <= cell.clientWidth)"
        )
