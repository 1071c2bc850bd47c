"""The twelve programs of the gallery: their derivatives are right, fit on a screen, and are those of the page."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.core.tracing import LEAF_TYPES

DOCS = Path(__file__).parent.parent.parent / "docs"
spec = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
gallery = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gallery)
TWELVE = gallery.twelve().TWELVE


@pytest.mark.parametrize("name", TWELVE)
def test_a_derivative_is_right_and_fits_on_a_screen(name):
    function, arguments = TWELVE[name]
    derived = cr.derive(function, arguments)
    gradient = derived(*arguments)
    for slopes, position in zip(gradient, range(len(arguments)), strict=True):
        for place in {(0,) * np.ndim(slopes), tuple(size - 1 for size in np.shape(slopes))}:

            def along(step, position=position, place=place):
                moved = [np.array(each, dtype=float) for each in arguments]
                moved[position][place] += step
                return function(*(each if each.shape else float(each) for each in moved))

            h = 1e-5
            slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
            assert np.asarray(slopes)[place] == pytest.approx(slope, rel=1e-6, abs=1e-8)
    written = str(derived)
    body = written[written.index(f"def {function.__name__}_gradient") :]
    assert body.count("\n") <= gallery.SCREEN


def test_a_text_runs_as_it_stands():
    function, arguments = TWELVE["pendulum"]
    derived = cr.derive(function, arguments)
    names = {}
    exec(str(derived), names)
    found, wanted = (
        flatten(each, LEAF_TYPES)[0] for each in (names["pendulum_gradient"](*arguments), derived(*arguments))
    )
    assert [float(each) for each in found] == [float(each) for each in wanted]


def test_the_page_is_what_is_printed():
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page()
