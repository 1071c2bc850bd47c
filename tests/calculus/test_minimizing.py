"""`minimize`: known minima of test functions, and SciPy's on a regression."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus.minimizing import MinimizeError


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize("start", [[-1.2, 1.0], [3.0, -2.0, 0.5, 4.0], np.linspace(-2, 2, 30)])
def test_rosenbrocks_valley_ends_at_one(start):
    found = cr.minimize(rosenbrock, np.array(start), tolerance=1e-9)
    assert found.converged
    np.testing.assert_allclose(found.x, 1, atol=1e-6)
    assert found.value < 1e-12
    assert found.slope < 1e-9


def test_a_quadratic_form_has_the_solution_of_its_equations():
    random = np.random.default_rng(0)
    A = random.normal(size=(20, 20))
    A, b = A @ A.T + 0.1 * np.eye(20), random.normal(size=20)
    found = cr.minimize(lambda x: 0.5 * x @ A @ x - b @ x, np.zeros(20), tolerance=1e-10)
    # Values that differ by their rounding are no longer told apart: √(ε C / λ) is some 1e-7 here.
    np.testing.assert_allclose(found.x, np.linalg.solve(A, b), atol=1e-6)


def test_arguments_keep_their_structure():
    x = np.linspace(-1, 1, 40)
    y = 3 * x - 2

    def cost(p):
        return np.sum((p["w"][0] * x + p["b"] - y) ** 2)

    found = cr.minimize(cost, {"w": [np.zeros(1)], "b": 0.0})
    assert found.x["w"][0].shape == (1,)
    assert (float(found.x["w"][0][0]), found.x["b"]) == pytest.approx((3, -2), abs=1e-6)
    assert cr.minimize(lambda x: (x - 3.0) ** 2, 10.0).x == pytest.approx(3)


def test_logistic_regression_is_scipys():
    optimize = pytest.importorskip("scipy.optimize")
    random = np.random.default_rng(1)
    x = random.normal(size=(200, 4))
    y = (x @ [1.0, -2.0, 0.5, 0.0] + random.logistic(size=200) > 0).astype(float)

    def cost(w):
        z = x @ w[:4] + w[4]
        return np.sum(np.logaddexp(0, z) - y * z) + 0.5 * np.sum(w**2)

    theirs = optimize.minimize(cost, np.zeros(5), method="BFGS", options={"gtol": 1e-8})
    found = cr.minimize(cost, np.zeros(5))
    np.testing.assert_allclose(found.x, theirs.x, atol=1e-5)
    assert found.value <= theirs.fun + 1e-8
    assert found.steps < 50


def test_a_network_of_a_small_table():
    x = np.random.default_rng(0).normal(size=(30, 3))
    y = np.tanh(x[:, :1]) + 0.1 * x[:, 1:2]
    net = cr.Network([3, 5, 1], cost="mean-squared-error", activation="tanh", seed=0, dtype="float64")
    found = cr.minimize(lambda p: np.mean((net.apply(p, x) - y) ** 2), net.parameters, steps=300)
    assert found.value < 1e-4


def test_where_there_is_no_way_down():
    assert cr.minimize(lambda x: np.sum(np.abs(x)), np.array([1.0, -2.0])).value < 1e-3
    found = cr.minimize(rosenbrock, np.array([-1.2, 1.0]), steps=3)
    assert (found.steps, found.converged) == (3, False)
    assert cr.minimize(lambda x: np.sum(x**2), np.zeros(2)).steps == 0
    # outside of its domain the value is no number, and the step is halved
    assert cr.minimize(lambda x: x - np.log(x), 0.01).x == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([], "The start has no floats; give an array, or a list, tuple or dictionary of arrays."),
        (np.array([np.inf]), "The value at the start is inf, or its gradient is not finite; begin elsewhere."),
    ],
)
def test_starts_that_are_none(start, message):
    with pytest.raises(MinimizeError) as refused:
        cr.minimize(lambda x: np.sum(x**2) if len(x) else 0.0, start)
    assert str(refused.value) == message


WITHOUT_END = {
    "a line": (lambda x: np.sum(x), np.ones(3)),
    "a line, high up": (lambda x: 1e9 + np.sum(x), np.ones(3)),
    "a parabola downward": (lambda x: -np.sum(x**2), np.ones(3)),
    "a hill": (lambda x: x**2 - x**4, 0.9),
    "a logarithm": (lambda x: np.sum(np.log(x)), np.ones(3)),
    "a logarithm of both signs": (lambda x: np.log(np.abs(x)), 1.0),
    "a pole": (lambda x: -1 / x, 1.0),
    "an exponential": (lambda x: -np.exp(x), 0.0),
    "a root": (lambda x: -np.sqrt(x), 1.0),
    "least at infinity": (lambda x: 1 / x, 1.0),
    "least at minus infinity": (np.arctan, 0.0),
    "least at the edge of its domain": (np.sqrt, 1.0),
    "no number further on": (lambda x: 0 * np.log(2 - x) - x, 1.0),
    "infinite further on": (lambda x: 1e299 * np.sum(x), np.ones(3)),
}


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize("what", WITHOUT_END)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_has_no_minimum_does_not_converge(what, scale):
    f, start = WITHOUT_END[what]
    assert not cr.minimize(lambda x: scale * f(x), start).converged


def test_a_kink_is_not_taken_for_a_slope_that_rounding_hides():
    for f in (lambda x: np.sum(np.abs(x)), lambda x: np.abs(x[0]) + 10 * np.abs(x[1] - x[0])):
        assert not cr.minimize(f, np.array([1.0, 2.0])).converged


RANDOM = np.random.default_rng(2)
A = RANDOM.normal(size=(6, 6))
A, B = A @ A.T + 0.1 * np.eye(6), RANDOM.normal(size=6)
X = RANDOM.normal(size=(80, 3))
Y = (X @ [1.0, -2.0, 0.5] + RANDOM.logistic(size=80) > 0) * 1.0
WELL_POSED = {
    "Rosenbrock": (rosenbrock, [-1.2, 1.0], [1, 1]),
    "squares": (lambda x: np.sum((x - 3) ** 2), [0.0, 0.0], [3, 3]),
    "a quadratic form": (lambda x: 0.5 * x @ A @ x - B @ x, np.zeros(6), np.linalg.solve(A, B)),
    "slopes of many sizes": (lambda x: np.sum(np.array([1e-1, 1, 1e1]) * (x - 1) ** 2), np.zeros(3), np.ones(3)),
    "Beale": (
        lambda p: np.sum((np.array([1.5, 2.25, 2.625]) - p[0] + p[0] * p[1] ** np.array([1, 2, 3])) ** 2),
        [1.0, 1.0],
        [3, 0.5],
    ),
    "Booth": (lambda p: (p[0] + 2 * p[1] - 7) ** 2 + (2 * p[0] + p[1] - 5) ** 2, [0.0, 0.0], [1, 3]),
    "Himmelblau": (lambda p: (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2, [2.0, 2.0], [3, 2]),
    "far off": (lambda x: np.sum(np.sqrt(1 + (x - 2) ** 2)), [30.0, -4.0], [2, 2]),
    "a border": (lambda x: np.sum(x - np.log(x)), [0.01, 5.0], [1, 1]),
    "a sum of many": (lambda x: np.sum((x[0] - np.arange(1000) % 7) ** 2), [0.0], [np.mean(np.arange(1000) % 7)]),
    "hyperbolic": (lambda x: np.sum(np.log(np.cosh(x - 1))), [3.0, -4.0], [1, 1]),
    "logistic regression": (
        lambda w: np.sum(np.logaddexp(0, X @ w) - Y * (X @ w)) + 0.5 * np.sum(w**2),
        np.zeros(3),
        None,
    ),
}


@pytest.mark.parametrize("scale", [1e-16, 1e-8, 1e-4, 1.0, 1e4, 1e8, 1e12])
@pytest.mark.parametrize("what", WELL_POSED)
def test_well_posed_problems_converge_at_all_scales_of_values(what, scale):
    f, start, exact = WELL_POSED[what]
    least = cr.minimize(lambda x: scale * f(x), np.array(start))
    assert least.converged
    assert least.steps < 100
    exact = cr.minimize(f, np.array(start), tolerance=1e-10).x if exact is None else exact
    np.testing.assert_allclose(least.x, exact, atol=2e-4)


@pytest.mark.parametrize("size", [1e-16, 1e-8, 1e-4, 1e4, 1e8, 1e12])
def test_well_posed_problems_converge_at_all_sizes_of_arguments(size):
    for start in (0.0, size):
        least = cr.minimize(lambda x: np.sum((x - np.array([3.0, 5.0]) * size) ** 2), np.full(2, start))
        assert least.converged
        np.testing.assert_allclose(least.x, np.array([3.0, 5.0]) * size, rtol=1e-4)


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9, 1e12])
def test_a_large_value_does_not_hide_that_one_can_go_down(offset):
    least = cr.minimize(lambda x: offset + np.sum(np.arange(1, 7) * (x - 3) ** 2), np.zeros(6))
    assert least.converged
    value = np.sum(np.arange(1, 7) * (least.x - 3) ** 2)
    assert value <= 1e-15 * offset + 1e-10


def test_where_one_already_is_at_the_minimum():
    least = cr.minimize(rosenbrock, np.array([-1.2, 1.0]), tolerance=1e-9)
    again = cr.minimize(rosenbrock, least.x)
    assert again.converged
    assert cr.minimize(lambda x: 7 + np.sum((x - 3) ** 2), np.full(3, 3 + 1e-9)).converged
