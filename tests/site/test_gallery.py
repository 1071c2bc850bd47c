"""The pages of the gallery: each example has a picture, what it prints and a derivative, in both languages."""

import importlib.util
import inspect
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.run.lowering.webassembly import webassembly

SITE = Path(__file__).resolve().parents[2] / "docs" / "site"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def made():
    """docs/site/made.py, with the files beside it."""
    sys.path[:0] = [str(SITE), str(SITE.parent)]
    try:
        spec = importlib.util.spec_from_file_location("made", SITE / "made.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.path[:2]


def listed():
    """The pages of examples, by their names in the sources."""
    return re.findall(r'^    "([\w-]+)": Shown\($', (SITE / "shown.py").read_text(encoding="utf-8"), re.M)


def alive():
    """The pages whose programs are alive, likewise."""
    return re.findall(r'^    "([\w-]+)": Alive\(', (SITE / "alive.py").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_gallery_leads_to_every_example(made, language):
    index = (SITE / language / "gallery" / "index.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w-]+)\.md\)", index)
    assert sorted(linked) == sorted([*made.gallery.TITLES, *made.shown.SHOWN])
    assert sorted(re.findall(r"^([\w-]+)$", index.partition("```{toctree}")[2], re.M)) == sorted(linked)


def test_every_page_is_alive_or_says_why_not(made):
    pages = {*made.gallery.TITLES, *made.shown.SHOWN} - {"example-gpt"}  # which writes, and has a page of its own
    assert sorted([*made.alive.ALIVE, *made.alive.STILL]) == sorted(pages)
    for name in pages:
        for language in ("en", "zh"):
            assert ('class="alive live"' in "".join(made._moves(name, language))) == (name in made.alive.ALIVE)


def test_what_stays_still_cannot_be_written_for_browsers(made):
    own = made.shown.example("own_operation")
    for function, arguments in (made.gallery.twelve().TWELVE["harmonics"], (own.cost, own.ARGS)):
        with pytest.raises(cr.ChainruleError, match="only NumPy computes"):
            webassembly(cr.derive(function, arguments))


@pytest.mark.parametrize("name", alive())
def test_what_moves_begins_between_its_ends(made, name):
    page = made.alive.ALIVE[name]
    function, arguments = made.alive.instance(name)
    given = dict(zip(inspect.signature(function).parameters, arguments, strict=True))
    first, place = page.first
    assert page.moves.keys() <= given.keys()
    assert first in page.moves
    assert place < np.size(given[first])
    for each, (low, high) in page.moves.items():
        assert low <= np.min(given[each]) and np.max(given[each]) <= high, each


@pytest.mark.names
@pytest.mark.parametrize("name", listed())
def test_an_example_has_a_picture_and_a_derivative(made, name):
    picture, derivative = made._looks(name)
    drawn = ElementTree.fromstring(picture)
    assert drawn.findall(f".//{SVG}path") or drawn.findall(f".//{SVG}image")
    assert "nan" not in "".join(each.get("d") for each in drawn.iter(f"{SVG}path"))
    assert len(picture) < 100_000
    if derivative is None:
        assert "_gradient(" in made._printed(made.shown.SHOWN[name].module)
    else:
        assert "_gradient(" in str(derivative)


def test_a_chart_has_its_marks_where_they_belong(made):
    drawing = made.drawing
    picture = drawing.chart([drawing.Marks([0, 1, 2], [1.0, np.nan, 100.0], "a")], logarithmic=True)
    (path,) = ElementTree.fromstring(picture).findall(f"{SVG}path")
    assert path.get("d") == "M4.0 236.0M636.0 4.0"
    assert [each.text for each in ElementTree.fromstring(picture).findall(f"{SVG}text")] == ["0", "2", "1", "100"]


def test_what_three_fits_prints_is_divided_among_its_pages(made):
    printed = "def fit\n\na line    f\n    1\n\na sine    f\n    2\n\nthe digits    f\n    3\n\nThe same twelve\n"
    assert [made._section(printed, each).strip()[-1] for each in ("line", "curve", "digits")] == ["1", "2", "3"]
