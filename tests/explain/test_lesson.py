"""The article on a terminal: complete, in order, its code as it stands, its line really fitted; in both languages."""

import io
import json
import re
from importlib import resources

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.article import SECTIONS, code_of, measured
from chainrule.explain.fitting import LINE, WAVE, derivative, fitted
from chainrule.explain.terminal import draw_article
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
    code = re.sub("▏#?", "", joined)  # a comment that is too wide goes on as a comment
    places = []
    for section in SECTIONS:
        title = say(language, section.title).replace("\u200b", "")
        places.append(text.index(f"\n{section.step}  {title}\n" if section.step else f"\n{title}\n"))
        for note in section.notes:
            assert "".join(say(language, note, **measured()).split()) in joined
        for line in code_of(section, language).splitlines():
            assert "".join(line.partition("  # ")[0].split()).lstrip("#") in code
    assert places == sorted(places)


@pytest.mark.parametrize(("language", "width"), [("en", 80), ("zh", 80), ("en", 60)])
def test_no_line_is_wider_than_the_screen(made, language, width):
    assert max(map(columns_of, written(made, language, width).splitlines())) <= width


def test_it_is_ascii_on_an_ascii_terminal(made):
    assert written(made, "en", encoding="ascii").isascii()


def test_the_line_is_the_one_that_least_squares_finds():
    *_, last = fitted()
    slope, bias = np.polyfit(LINE.x, LINE.y, 1)
    assert last.parameters == pytest.approx((slope, bias), abs=1e-4)
    w = b = 0.0
    for _ in range(1000):
        error = w * LINE.x + b - LINE.y
        w, b = w - LINE.rate * np.mean(error * LINE.x), b - LINE.rate * np.mean(error)
    assert last.parameters == pytest.approx((w, b), rel=1e-12)
    costs = [fit.cost for fit in fitted()]
    assert costs == sorted(costs, reverse=True)


def test_the_measured_figure_says_where_it_comes_from():
    found = json.loads((resources.files("chainrule.explain") / "squashed_input.json").read_text(encoding="utf-8"))
    assert found["source"] == "benchmarks/squashed_input.py"
    assert found["squashed"] < found["scaled"] - 0.05


def test_the_wave_is_fitted_by_the_right_gradient_and_runs_between_its_points():
    gradient = derivative(WAVE)(*WAVE.start, WAVE.x, WAVE.y)
    for at, slope in enumerate(gradient):
        for index in np.ndindex(slope.shape):
            costs = []
            for step in (1e-6, -1e-6):
                moved = [np.array(each) for each in WAVE.start]
                moved[at][index] += step
                w2, b2, w3, b3 = moved
                costs.append(0.5 * np.sum((w3 @ np.tanh(w2 @ WAVE.x + b2) + b3 - WAVE.y) ** 2))
            assert slope[index] == pytest.approx((costs[0] - costs[1]) / 2e-6, rel=1e-6, abs=1e-8)
    costs = [fit.cost for fit in fitted(WAVE)]
    assert costs == sorted(costs, reverse=True)
    between = np.linspace(-np.pi, np.pi, 100).reshape(1, -1)
    assert np.abs(WAVE.outputs(*fitted(WAVE)[-1].parameters, between) - np.sin(between)).max() < 0.02


def test_code_that_is_too_wide_goes_on_further_in_and_stays_code(made):
    lines = [line.partition("▏ ")[2] for line in written(made, "en").splitlines() if "▏" in line]
    assert "    sizes[1:])]" in lines
    at = next(at for at, line in enumerate(lines) if line.startswith("# 2 Feedforward"))
    assert lines[at + 1].startswith("# ")
    for line in code_of(SECTIONS[3]).splitlines():
        assert line.partition("  # ")[0] in "\n".join(lines) or line.startswith("# ")
