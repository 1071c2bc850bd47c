"""The gallery of the Derive view: its numbers are those of the function itself, and what its page says of them is there."""

import math
import re
from importlib import resources

import numpy as np
import pytest

from chainrule.page.gallery import GALLERY, gallery
from chainrule.page.graphs import MOST_NODES, Shown, Slider, computed, edges, entry, traced

STEP = 1e-30  # of a complex step, whose imaginary part is the derivative, without rounding
DATA = {each["name"]: each for each in gallery()}


def derivatives(shown, at):
    """By complex steps, f(x + ih) = f(x) + ih f′(x): an array for each variable."""
    found = []
    for k, given in enumerate(at):
        slopes = np.zeros(np.shape(given))
        for place in np.ndindex(slopes.shape):
            stepped = [np.array(each, complex) for each in at]
            stepped[k][place] += 1j * STEP
            slopes[place] = complex(shown.function(*stepped)).imag / STEP
        found.append(slopes)
    return found


def places(shown):
    """Where its variables begin, and others."""
    rng = np.random.default_rng(5)
    yield [np.asarray(each.at, float) for each in shown.sliders.values()]
    for _ in range(4):
        yield [np.asarray(rng.uniform(each.low, each.high, np.shape(each.at))) for each in shown.sliders.values()]


def flat(arrays):
    return np.concatenate([np.ravel(each) for each in arrays])


def come_back(program, found, given):
    """By name what comes back to each variable and each node along its edges, added where they meet."""
    values = dict(zip([each.name for each in program.inputs], given, strict=True))
    values |= {each.target.name: value for each, value in zip(program.equations, found["values"], strict=True)}
    symbols = [*program.inputs, *(each.target for each in program.equations)]
    errors = dict(zip([each.name for each in symbols], [*found["errors"], 1.0], strict=True))
    slopes, sums = iter(found["slopes"]), {}
    for edge in edges(program):
        error = errors[edge.equation.target.name]
        if edge.is_number:
            part = next(slopes) * error
        else:
            known = {**values, f"δ_{edge.equation.target.name}": error}
            part = edge.slope(*(known[name] for name, _ in edge.slope.arguments))
        sums[edge.symbol.name] = sums.get(edge.symbol.name, 0) + part
    return [(errors[name], part) for name, part in sums.items()]


@pytest.mark.parametrize("name", GALLERY)
def test_slopes_along_edges_and_what_is_derived_give_the_derivative(name):
    shown = GALLERY[name]
    program = traced(shown)
    for at in places(shown):
        found = computed(program, at)
        assert found["values"][-1] == pytest.approx(shown.function(*at), rel=1e-14)
        wanted = flat(derivatives(shown, at))
        assert flat(found["errors"][: len(at)]) == pytest.approx(wanted, rel=1e-12, abs=1e-14)
        met = come_back(program, found, at)
        assert len(met) == len(at) + len(program.equations) - 1
        for error, parts in met:
            assert parts == pytest.approx(error, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", GALLERY)
def test_the_printed_derivative_runs_and_is_the_derivative(name):
    shown, scope = GALLERY[name], {}
    exec(DATA[name]["python"], scope)
    for at in places(shown):
        found = scope[f"{shown.result}_gradient"](*at)
        wanted = dict(zip(shown.sliders, derivatives(shown, at), strict=True))
        found = found if isinstance(found, tuple) else (found,)
        assert flat(found) == pytest.approx(flat([wanted[each] for each in shown.moved]), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("name", GALLERY)
def test_what_the_page_is_given_fits_together(name):
    data, variables = DATA[name], len(GALLERY[name].sliders)
    for at, node in enumerate(data["nodes"], variables):
        assert node["reads"] and len(node["reads"]) == len(node["slopes"]) and max(node["reads"]) < at
    read = {each for node in data["nodes"] for each in node["reads"]}
    assert read == set(range(variables + len(data["nodes"]) - 1))  # the result alone is read by none
    for each in data["variables"]:
        assert len(each["at"]) == math.prod(each["shape"])
        assert each["low"] <= min(each["at"]) and max(each["at"]) <= each["high"]
    assert "∂" not in data["backward"][-1] or variables > 1
    assert "dC_d" not in data["python"] or GALLERY[name].result == "C"


@pytest.mark.parametrize("name", GALLERY)
def test_a_step_downhill_goes_down(name):
    shown = GALLERY[name]
    at = next(places(shown))
    slopes = derivatives(shown, at)
    after = [
        each - shown.rate * slope if variable in shown.moved else each
        for variable, each, slope in zip(shown.sliders, at, slopes, strict=True)
    ]
    assert shown.function(*after) < shown.function(*at)
    assert np.linalg.norm(flat(after) - flat(at)) > 0.05  # which is seen


def test_each_program_has_its_sentences():
    script = (resources.files("chainrule.page") / "front" / "derive.js").read_text(encoding="utf-8")
    table = script[script.index("const PROGRAMS") :].partition("};")[0]
    assert re.findall(r"^  (\w+): \[", table, re.MULTILINE) == list(GALLERY)


def test_a_program_of_many_operations_has_no_graph_but_its_numbers():
    def long(x):
        for k in range(MOST_NODES):
            x = x + k * x**2 / 100
        return x

    shown = Shown(long, "f", {"x": Slider(0.5, -1.0, 1.0)})
    made = entry(shown)
    assert made["nodes"] == [] and made["javascript"]
    found = computed(traced(shown), [np.array(0.3)])
    assert found["values"][0] == pytest.approx(long(0.3), rel=1e-14)
    assert found["errors"][0] == pytest.approx(derivatives(shown, [0.3])[0], rel=1e-12)


def test_a_loop_has_no_graph_and_stays_one():
    def doubled(times):
        def after(x):
            for _ in range(times):
                x = x + 0.01 * np.sin(x)
            return x**2

        return Shown(after, "f", {"x": Slider(0.5, -1.0, 1.0)}, loops=True)

    few, many = (entry(doubled(times)) for times in (100, 900))
    assert few["nodes"] == many["nodes"] == []
    assert sum(map(len, many["javascript"])) < 1.05 * sum(map(len, few["javascript"]))


def test_where_only_numpy_computes_the_numbers_are_there_and_a_sentence():
    shown = Shown(np.linalg.det, "f", {"a": Slider([[1.0, 2.0], [3.0, 4.0]], -4.0, 4.0)})
    made, said = entry(shown), entry(shown, "zh")
    assert made["javascript"] is None
    assert made["told"].startswith("f cannot be written as WebAssembly: only NumPy computes")
    assert re.search("[\u4e00-\u9fff]", said["told"])
    assert made["numbers"]["values"][-1] == pytest.approx([-2.0])
    assert made["numbers"]["errors"][0] == pytest.approx([4.0, -3.0, -2.0, 1.0])  # the cofactors


def test_arrays_have_their_dimensions_line_by_line_and_numbers_have_none():
    assert DATA["parabola"]["dimensions"] == []
    rows = {row[0]: row[1] for row in DATA["line"]["dimensions"]}
    assert rows["∂C/∂w"] == "()" and rows["v1"] == "(3,)"


def test_a_comparison_passes_nothing_back():
    shown = Shown(lambda x: np.where(x > 0, x, 0.1 * x), "f", {"x": Slider(-1.5, -4.0, 4.0)})
    for at in (-1.5, 2.0):
        found = computed(traced(shown), [np.array(at)])
        assert found["errors"][0] == (1.0 if at > 0 else pytest.approx(0.1))
        for error, parts in come_back(traced(shown), found, [np.array(at)]):
            assert parts == pytest.approx(error)
