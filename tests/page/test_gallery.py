"""The gallery of the Derive view: its numbers are those of the function itself, and what its page says of them is there."""

import math
import re
from importlib import resources

import numpy as np
import pytest

from chainrule.page.gallery import GALLERY, edges, gallery, numbers, traced

STEP = 1e-30  # of a complex step, whose imaginary part is the derivative, without rounding
DATA = {each["name"]: each for each in gallery()}


def derivatives(shown, at):
    """By complex steps: f(x + ih) = f(x) + ih f′(x)."""
    columns = [[each + (1j * STEP if j == i else 0) for j, each in enumerate(at)] for i in range(len(at))]
    return [complex(shown.function(*each)).imag / STEP for each in columns]


def places(shown):
    """Where its variables begin, and others."""
    rng = np.random.default_rng(5)
    yield [each.at for each in shown.sliders.values()]
    for _ in range(4):
        yield [rng.uniform(each.low, each.high) for each in shown.sliders.values()]


def by_paths(program, slopes, variable):
    """The slopes multiplied along each path from a variable to the result, and added."""
    between = edges(program)

    def beyond(symbol):
        if symbol == program.outputs[0]:
            return 1.0
        return sum(
            slope * beyond(edge.equation.target)
            for edge, slope in zip(between, slopes, strict=True)
            if edge.symbol == symbol
        )

    return beyond(variable)


@pytest.mark.parametrize("name", GALLERY)
def test_slopes_along_paths_and_what_is_derived_give_the_derivative(name):
    shown = GALLERY[name]
    program = traced(shown)
    every = numbers(program)
    for at in places(shown):
        found = every([np.float64(each) for each in at])
        assert found["values"][-1] == pytest.approx(shown.function(*at), rel=1e-14)
        wanted = derivatives(shown, at)
        assert found["errors"][: len(at)] == pytest.approx(wanted, rel=1e-12, abs=1e-14)
        assert [by_paths(program, found["slopes"], each) for each in program.inputs] == pytest.approx(
            wanted, rel=1e-12, abs=1e-14
        )


@pytest.mark.parametrize("name", GALLERY)
def test_the_printed_derivative_runs_and_is_the_derivative(name):
    shown, scope = GALLERY[name], {}
    exec(DATA[name]["python"], scope)
    for at in places(shown):
        found = scope[f"{shown.result}_gradient"](*at)
        wanted = dict(zip(shown.sliders, derivatives(shown, at), strict=True))
        assert np.ravel(found) == pytest.approx([wanted[each] for each in shown.moved], rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("name", GALLERY)
def test_what_the_page_is_given_fits_together(name):
    data, variables = DATA[name], len(GALLERY[name].sliders)
    for at, node in enumerate(data["nodes"], variables):
        assert node["reads"] and len(node["reads"]) == len(node["slopes"]) and max(node["reads"]) < at
    read = {each for node in data["nodes"] for each in node["reads"]}
    assert read == set(range(variables + len(data["nodes"]) - 1))  # the result alone is read by none
    assert all(each["low"] <= each["at"] <= each["high"] for each in data["variables"])
    assert "∂" not in data["backward"][-1] or variables > 1
    assert "dC_d" not in data["python"] or GALLERY[name].result == "C"


@pytest.mark.parametrize("name", GALLERY)
def test_a_step_downhill_goes_down(name):
    shown = GALLERY[name]
    at = [each.at for each in shown.sliders.values()]
    slopes = derivatives(shown, at)
    after = [
        each - shown.rate * slope if variable in shown.moved else each
        for variable, each, slope in zip(shown.sliders, at, slopes, strict=True)
    ]
    assert shown.function(*after) < shown.function(*at)
    assert math.hypot(*(a - b for a, b in zip(after, at, strict=True))) > 0.05  # which is seen


def test_each_program_has_its_sentences():
    script = (resources.files("chainrule.page") / "front" / "derive.js").read_text(encoding="utf-8")
    table = script[script.index("const PROGRAMS") :].partition("};")[0]
    assert re.findall(r"^  (\w+): \[", table, re.MULTILINE) == list(GALLERY)
