"""What is typed becomes an entry of the Derive view: its numbers are those of the derivative, and it begins at a fit place."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.nouns import Program
from chainrule.core.tracing import trace
from chainrule.network.equations import called
from chainrule.page.graphs import Shown, Slider, computed, traced
from chainrule.web.derivative import MOST_WORK, derived
from chainrule.web.expressions import understood
from chainrule.web.fields import RefusedError
from chainrule.web.work import count_work

TYPED = [
    ("x² sin x", "x = 2"), ("1/(1 + e^-x)", "x = 0.5"), ("ln(1 + e^x)", "x = -1"), ("√(x² + y²)", "x = 3, y = 4"),
    ("|x - 1|^3", "x = -1"),
    ("x^y", "x = 2, y = 3"), ("arctan2(y, x)", "x = 1, y = 2"), ("cosh⁻¹ x", "x = 2"), ("where(x > 0, x, 0.1x)", "x = -2"),
    ("maximum(x, y) minimum(x, 2y)", "x = 1, y = 2"),
    ("log(sum(exp(x)))", "x = [1, 2, 3, 0]"), ("x[0] x[1] + x[2]²", "x = [1, 2, 3]"), ("norm(x)", "x = [3, 4]"),
    ("sum((A @ x - b)²)", "A = 5×3, x = (3,), b = (5,)"),
    ("z = w @ x + b\na = sigmoid(z)\n0.5 sum((a - y)²)", "w = 3×4, x = 4×2, b = 3×1, y = 3×2"),
    ("z = w @ x + b; a = softmax(z); -sum(y log(a))", "w = 3×4, x = 4×1, b = 3×1, y = [[1], [0], [0]]"),
    ("mean(x) + var(x) + prod(x)", "x = (5,)"), ("xᵀ @ A @ x", "A = 3×3, x = (3,)"),
    ("sum(outer(x, y) * A)", "x = (2,), y = (3,), A = 2×3"), ("sum(cumsum(x)²)", "x = (4,)"),
    ("det(A)", "A = [[1, 2], [3, 4]]"), ("sum(solve(A, b))", "A = [[2, 1], [1, 3]], b = [1, 2]"),
]  # fmt: skip


def shown(made, text):
    """The entry's function with its variables where they begin."""
    typed = understood(text)
    sliders = {
        each["name"]: Slider(np.reshape(each["at"], each["shape"]), each["low"], each["high"])
        for each in made["variables"]
    }
    return typed, Shown(typed.function, typed.result, sliders)


@pytest.mark.wide
@pytest.mark.parametrize(("text", "at"), TYPED)
def test_its_values_and_slopes_are_those_of_numpy_and_grad(text, at):
    made = derived(text, at, "en")
    typed, program = shown(made, text)
    given = [each.at for each in program.sliders.values()]
    found = made.get("numbers") or computed(traced(program), given)
    wanted = cr.grad(typed.function, range(len(given)))(*given)
    assert np.ravel(found["values"][-1]) == pytest.approx(float(typed.function(*given)), rel=1e-12)
    for slopes, expected in zip(found["errors"], wanted, strict=False):  # those of the nodes come after
        assert np.ravel(slopes) == pytest.approx(np.ravel(expected), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("ln x", (0, 4)), ("arcsin x", (-1, 1)), ("cosh⁻¹ x", (1, 4)), ("1/x", (-4, 4)), ("√-x", (-4, 0)), ("x²", (-4, 4)),
        ("ln(x) ln(1-x)", (0, 1)),
    ],
)  # fmt: skip
def test_it_begins_where_the_function_has_a_value_and_moves_where_it_has_one(text, within):
    made = derived(text, "", "en")
    (x,) = made["variables"]
    typed = understood(text)
    assert np.isfinite(typed.function(np.float64(x["at"][0])))
    assert np.isfinite(cr.grad(typed.function)(x["at"][0]))
    assert within[0] <= x["low"] < x["high"] <= within[1]
    assert x["high"] - x["low"] > 0.7 * (within[1] - within[0])


@pytest.mark.wide
@pytest.mark.parametrize(("text", "at"), TYPED)
def test_a_step_downhill_goes_down(text, at):
    made = derived(text, at, "en")
    typed, program = shown(made, text)
    given = [each.at for each in program.sliders.values()]
    slopes = cr.grad(typed.function, range(len(given)))(*given)
    after = [each - made["rate"] * slope for each, slope in zip(given, slopes, strict=True)]
    before, steep = float(typed.function(*given)), sum(np.sum(np.square(each)) for each in slopes)
    assert float(typed.function(*after)) <= before - 0.4 * made["rate"] * steep


def test_what_is_given_stays():
    made = derived("w x + b", "x = 0.25, w = -7", "en")
    at = {each["name"]: each["at"] for each in made["variables"]}
    assert at["x"] == [0.25] and at["w"] == [-7.0]
    assert made["variables"][0]["low"] <= -7


def test_only_the_arguments_that_are_named_move():
    made = derived("f(x) = a x²", "", "en")
    assert {each["name"]: each["moves"] for each in made["variables"]} == {"a": False, "x": True}


def test_an_expression_that_is_a_variable_has_a_derivative_and_no_graph():
    made = derived("x", "", "en")
    assert made["nodes"] == [] and "df_dx = 1" in made["python"]


# ---- work ------------------------------------------------------------------------------------------------------------------

LETTERS = "abcdghjklmn"
HEAVY = [  # short texts that cost much: of each sort of operation, of many, of those that are looked at in many places
    ("sum(inv(w@w)@w@w)", "w = 223×223"),
    ("sum(solve(w @ w, w))", "w = 223×223"),
    ("det(w @ w) + det(w)", "w = 223×223"),
    ("; ".join(["y = w @ w"] + ["y = y @ w"] * 60) + "; sum(y)", "w = 223×223"),
    ("sum(outer(x, x) @ outer(x, x) @ outer(x, x) @ outer(x, x) @ outer(x, x) @ outer(x, x))", "x = (223,)"),
    ("sum(" + "+".join(["tanh(sin(w)²)"] * 80) + ")", "w = (50000,)"),
    ("; ".join(["y = w"] + ["y = tanh(sin(y))"] * 70) + "; sum(y)", "w = (50000,)"),
    ("+".join(f"sum(sin({each}))" for each in LETTERS), ", ".join(f"{each} = (50000,)" for each in LETTERS)),
    ("sum(inv(w))", "w = (5000, 3, 3)"),
    ("x + " * 4 + "sum(inv(w @ w) @ w)", "w = 200×200"),
]
LIGHT = [
    ("0.5 sum((sigmoid(w @ x + b) - y)²)", "w = 30×784, x = 784×10, b = 30×1, y = 30×10"),
    ("sum(w @ w)", "w = 223×223"), ("x² + y² + z² + sum(w @ w)", "w = 150×150"), ("sum(sin(w) + k)", "w = (50000,), k = 2"),
    ("prod(x)", "x = (50000,)"), ("sum(cumsum(cumsum(x)))", "x = (50000,)"), ("sum(inv(A))", "A = 60×60"),
    ("+".join(f"{each}² sin({each})" for each in LETTERS), ""), ("; ".join(["y = x"] + ["y = y*y + y"] * 90) + "; y", "x = 0.1"),
    ("*".join(["x"] * 190), ""), ("^".join("x" * 20), ""),
]  # fmt: skip


@pytest.fixture
def done(monkeypatch):
    """The multiplications of all programs that run."""
    runs = []
    run = Program.__call__
    monkeypatch.setattr(Program, "__call__", lambda self, *args: (runs.append(count_work(self)), run(self, *args))[1])
    return runs


@pytest.mark.wide
@pytest.mark.parametrize(("text", "at"), HEAVY)
def test_what_costs_much_is_refused_before_it_is_computed(text, at, done):
    with pytest.raises(
        RefusedError, match=r"multiplications, and 2,000,000,000 are done|numbers, and 100,000 are sent"
    ):
        derived(text, at, "en")
    assert sum(done) <= MOST_WORK


@pytest.mark.wide
@pytest.mark.parametrize(("text", "at"), [*LIGHT, *TYPED])
def test_no_more_is_done_than_is_allowed_and_the_answer_is_short(text, at, done):
    answer = derived(text, at, "en")
    assert 0 < sum(done) <= MOST_WORK
    assert len(json.dumps(answer)) < 2_500_000


@pytest.mark.parametrize(
    ("function", "specs", "least"),
    [
        (lambda a, b: a @ b, [(30, 40), (40, 50)], 30 * 40 * 50), (lambda a, b: a @ b, [(9, 30, 40), (40,)], 9 * 30 * 40),
        (np.linalg.inv, [(40, 40)], 40**3), (np.linalg.det, [(7, 40, 40)], 7 * 40**3),
        (np.linalg.solve, [(40, 40), (40, 50)], 40**3 + 40 * 40 * 50),
        (np.outer, [(30,), (40,)], 1200), (np.sum, [(1000,)], 1000),
        (np.cumsum, [(1000,)], 1000), (lambda a: a[3], [(10, 1000)], 1000),
    ],
)  # fmt: skip
def test_work_is_counted_from_above(function, specs, least):
    arguments = ["a", "b"][: len(specs)]
    program = trace(called(lambda *args: function(*args), "f", arguments), [cr.Spec(each) for each in specs])
    assert least <= count_work(program) <= 100 * least + 10_000


def test_an_expression_that_is_too_deep_is_refused():
    with pytest.raises(RefusedError, match="The expression is too long"):
        derived("*".join(["x"] * 390), "", "en")
