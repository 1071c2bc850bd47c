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
