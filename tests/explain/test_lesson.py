"""The article on a terminal: complete, in order, its code as it stands, its line really fitted; in both languages."""

import io
import json
from importlib import resources

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.article import SECTIONS, code_of, measured
from chainrule.explain.fitting import RATE, X, Y, fitted
from chainrule.explain.lesson import draw_article
from chainrule.show.language import say
from chainrule.show.screen import Screen
from chainrule.show.spelling import columns_of


@pytest.fixture(scope="module")
def made():
    test = cr.datasets.mnist()[2]
    return cr.Network([784, 6, 10], seed=0).explain(test.images[0], test.labels[0])


def written(made, language, width=80, encoding="utf-8"):
    page = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    draw_article(made, Screen(page, width=width, depth="none"), language)
    page.flush()
    return page.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_sections_stand_in_their_order_with_their_words_and_notes(made, language):
    text = written(made, language, width=100)
    joined = "".join(text.split())
    places = []
    for section in SECTIONS:
        title = say(language, f"article.{section.name}").replace("\u200b", "")
        places.append(text.index(f"\n{section.step}  {title}\n" if section.step else f"\n{title}\n"))
        for note in section.notes:
            assert "".join(say(language, f"article.note {note}", **measured()).split()) in joined
        for line in code_of(section).splitlines():
            assert "".join(line.partition("  # ")[0].split()) in joined.replace("▏", "")
    assert places == sorted(places)


@pytest.mark.parametrize(("language", "width"), [("en", 80), ("zh", 80), ("en", 60)])
def test_no_line_is_wider_than_the_screen(made, language, width):
    assert max(map(columns_of, written(made, language, width).splitlines())) <= width


def test_it_is_ascii_on_an_ascii_terminal(made):
    assert written(made, "en", encoding="ascii").isascii()


def test_the_line_is_the_one_that_least_squares_finds():
    *_, last = fitted()
    slope, bias = np.polyfit(X, Y, 1)
    assert (last.w, last.b) == pytest.approx((slope, bias), abs=1e-4)
    w = b = 0.0
    for _ in range(1000):
        error = w * X + b - Y
        w, b = w - RATE * np.mean(error * X), b - RATE * np.mean(error)
    assert (last.w, last.b) == pytest.approx((w, b), rel=1e-12)
    costs = [fit.cost for fit in fitted()]
    assert costs == sorted(costs, reverse=True)


def test_the_measured_figure_says_where_it_comes_from():
    found = json.loads((resources.files("chainrule.explain") / "squashed_input.json").read_text(encoding="utf-8"))
    assert found["source"] == "benchmarks/squashed_input.py"
    assert found["squashed"] < found["scaled"] - 0.05
