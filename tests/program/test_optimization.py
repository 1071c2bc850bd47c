"""Roots, minima and fits that SciPy finds: values are SciPy's, slopes those of the implicit function theorem."""

import warnings

import numpy as np
import pytest
from scipy import optimize

import chainrule as cr

from .texts import executed

BRACKETING = [optimize.brentq, optimize.brenth, optimize.bisect, optimize.ridder, optimize.toms748]


def difference(f, x, step=1e-5):
    """The slope of a function of one number, by central differences of plain SciPy."""
    return (f(x + step) - f(x - step)) / (2 * step)


# ---- solutions in closed form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", BRACKETING)
def test_a_square_root_between_two_places(solver):
    def root(p):
        return solver(lambda x: x * x - p, 0.0, 10.0)

    value, slope = cr.value_and_grad(root)(3.0)
    assert value == root(3.0)
    np.testing.assert_allclose(slope, 0.5 / np.sqrt(3.0), rtol=1e-10)
    np.testing.assert_allclose(cr.grad(cr.grad(root))(3.0), -0.25 * 3.0**-1.5, rtol=1e-9)
    np.testing.assert_allclose(cr.grad(cr.grad(cr.grad(root)))(3.0), 0.375 * 3.0**-2.5, rtol=1e-8)
    np.testing.assert_allclose(cr.jvp(root, (3.0,), (2.0,))[1], 1 / np.sqrt(3.0), rtol=1e-10)


@pytest.mark.parametrize(
    "more", [{}, {"fprime": lambda x, p: 2 * x}, {"x1": 1.4}], ids=["secant", "Newton", "two starts"]
)
def test_newton(more):
    root = lambda p: optimize.newton(lambda x, p: x * x - p, 1.0, args=(p,), **more)  # noqa: E731
    np.testing.assert_allclose(cr.grad(root)(3.0), 0.5 / np.sqrt(3.0), rtol=1e-8)


def test_newton_solves_an_array_of_equations_each_by_itself():
    p = np.array([1.0, 2.0, 3.0])
    roots = lambda p: optimize.newton(lambda x: x * x - p, np.ones(3))  # noqa: E731
    np.testing.assert_allclose(cr.jacobian(roots)(p), np.diag(0.5 / np.sqrt(p)), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"bracket": (0.0, 4.0)},
        {"bracket": (0.0, 4.0), "method": "bisect"},
        {"x0": 1.0, "x1": 2.0, "method": "secant"},
        {"x0": 1.0, "fprime": lambda x: 2 * x, "method": "newton"},
        {"x0": 1.0, "fprime": lambda x: 2 * x},
    ],
)
def test_root_scalar(options):
    root = lambda p: optimize.root_scalar(lambda x: x * x - p, **options).root  # noqa: E731
    np.testing.assert_allclose(cr.grad(root)(3.0), 0.5 / np.sqrt(3.0), rtol=1e-6)


def test_root_scalar_takes_value_and_slope_of_one_function():
    root = lambda p: optimize.root_scalar(lambda x: (x * x - p, 2 * x), x0=1.0, fprime=True).root  # noqa: E731
    np.testing.assert_allclose(cr.grad(root)(3.0), 0.5 / np.sqrt(3.0), rtol=1e-8)


@pytest.mark.parametrize("start", [0.5, np.array([0.4, 0.6])])
def test_a_fixed_point(start):
    fixed = lambda p: np.sum(optimize.fixed_point(lambda x: np.cos(p * x), start, xtol=1e-12))  # noqa: E731
    x = optimize.fixed_point(lambda x: np.cos(1.1 * x), 0.5, xtol=1e-13)
    slope = -x * np.sin(1.1 * x) / (1 + 1.1 * np.sin(1.1 * x))
    np.testing.assert_allclose(cr.grad(fixed)(1.1), slope * np.size(start), rtol=1e-8)


def system(x, p, q):
    """Where a circle of radius p and a hyperbola meet."""
    return [x[0] ** 2 + x[1] ** 2 - p**2, x[0] * x[1] - q]


@pytest.mark.parametrize("solve", [
    lambda p, q: optimize.fsolve(system, [2.0, 0.6], args=(p, q)),
    lambda p, q: optimize.root(system, [2.0, 0.6], args=(p, q)).x,
    lambda p, q: optimize.root(system, [2.0, 0.6], args=(p, q), method="lm").x,
    lambda p, q: optimize.root(
        system, [2.0, 0.6], args=(p, q), jac=lambda x, p, q: np.array([[2 * x[0], 2 * x[1]], [x[1], x[0]]])
    ).x,
], ids=["fsolve", "hybr", "lm", "jac"])  # fmt: skip
def test_a_system_of_equations(solve):
    p, q = 2.1, 1.0
    for k in range(2):
        of_p, of_q = cr.grad(lambda p, q, k=k: solve(p, q)[k], (0, 1))(p, q)
        np.testing.assert_allclose(of_p, difference(lambda p, k=k: solve(p, q)[k], p), rtol=1e-5)
        np.testing.assert_allclose(of_q, difference(lambda q, k=k: solve(p, q)[k], q), rtol=1e-5)
    first = lambda p: np.sum(solve(p, q) ** 3)  # noqa: E731
    np.testing.assert_allclose(cr.grad(cr.grad(first))(p), difference(cr.grad(first), p), rtol=1e-5)


@pytest.mark.parametrize("method", ["BFGS", "CG", "Nelder-Mead", "Powell", "L-BFGS-B"])
def test_a_minimum(method):
    def place(p):
        cost = lambda x: (x[0] - p) ** 2 + 2 * (x[1] + p * x[0]) ** 2 + 0.1 * (x[0] - 1) ** 4  # noqa: E731
        return optimize.minimize(cost, np.zeros(2), method=method, tol=1e-10).x

    def slopes(p):
        return [cr.grad(lambda p, k=k: place(p)[k])(p) for k in range(2)]

    exact = place(0.7)
    x = optimize.brentq(
        lambda x: 2 * (x - 0.7) + 0.4 * (x - 1) ** 3, -3, 3
    )  # where x₁ = −p x₀, and the rest is x₀'s alone
    np.testing.assert_allclose(exact, [x, -0.7 * x], atol=1e-4)
    of_x = 2 / (2 + 1.2 * (x - 1) ** 2)
    np.testing.assert_allclose(slopes(0.7), [of_x, -x - 0.7 * of_x], atol=1e-3)


def test_the_least_value_changes_as_the_function_does_there():
    least = lambda p: optimize.minimize(lambda x: np.sum((x - p) ** 4 + p * x), np.zeros(2), method="BFGS").fun  # noqa: E731
    np.testing.assert_allclose(cr.grad(least)(1.3), difference(least, 1.3), rtol=1e-5)


@pytest.mark.parametrize("jac", [lambda x, p: 2 * (x - p), True], ids=["function", "of both"])
def test_the_gradient_that_minimize_is_given_leads_to_the_same_place(jac):
    cost = (lambda x, p: (np.sum((x - p) ** 2), 2 * (x - p))) if jac is True else lambda x, p: np.sum((x - p) ** 2)
    place = lambda p: np.sum(optimize.minimize(cost, np.zeros(3), args=(p,), jac=jac).x)  # noqa: E731
    np.testing.assert_allclose(cr.grad(place)(0.4), 3.0, rtol=1e-8)


@pytest.mark.parametrize("method", [None, "golden"])
def test_a_minimum_along_a_line(method):
    place = lambda p: optimize.minimize_scalar(lambda x: (x - p**2) ** 2 + 1.0, method=method).x  # noqa: E731
    np.testing.assert_allclose(cr.grad(place)(1.5), 3.0, rtol=1e-6)


def test_a_fit_moves_with_its_data():
    x = np.linspace(0.0, 2.0, 12)
    model = lambda x, a, k: a * np.exp(-k * x)  # noqa: E731
    y = model(x, 2.0, 0.8) + 0.05 * np.cos(9 * x)

    def rate(y):
        (_, k), _ = optimize.curve_fit(model, x, y, (1.0, 1.0))
        return k

    found = cr.grad(rate)(y)
    for place in (0, 5, 11):
        step = np.eye(12)[place]
        np.testing.assert_allclose(found[place], difference(lambda t, s=step: rate(y + t * s), 0.0, 1e-3), rtol=1e-4)


def test_weights_of_a_fit_and_least_squares():
    x, y = np.arange(5.0), np.array([0.1, 0.9, 2.2, 2.8, 4.1])

    def slope_of_line(s):
        sigma = np.concatenate([np.ones(4), np.reshape(s, 1)])
        return optimize.curve_fit(lambda x, a, b: a * x + b, x, y, sigma=sigma)[0][0]

    np.testing.assert_allclose(cr.grad(slope_of_line)(0.5), difference(slope_of_line, 0.5, 1e-3), rtol=1e-4)
    least = lambda y: np.sum(optimize.least_squares(lambda t: t[0] * x + t[1] - y, np.zeros(2)).x)  # noqa: E731
    design = np.stack([x, np.ones(5)], axis=1)
    np.testing.assert_allclose(cr.grad(least)(y), np.sum(np.linalg.pinv(design), axis=0), rtol=1e-6, atol=1e-9)


# ---- as people write it ----------------------------------------------------------------------------------------------


def implied_volatility(price, spot, strike):
    from scipy.special import ndtr

    def gap(sigma):
        d = (np.log(spot / strike) + 0.5 * sigma**2) / sigma
        return spot * ndtr(d) - strike * ndtr(d - sigma) - price

    return optimize.brentq(gap, 1e-3, 5.0)


def test_the_volatility_that_a_price_implies_has_slopes_by_all_three():
    at = 10.0, 100.0, 102.0
    slopes = cr.grad(implied_volatility, (0, 1, 2))(*at)
    for k in range(3):
        moved = lambda t, k=k: implied_volatility(*(v + t * (j == k) for j, v in enumerate(at)))  # noqa: E731
        np.testing.assert_allclose(slopes[k], difference(moved, 0.0, 1e-4), rtol=1e-6)
    np.testing.assert_allclose(
        cr.vmap(cr.grad(implied_volatility), (0, None, None))(np.array([9.0, 10.0]), *at[1:])[1], slopes[0], rtol=1e-10
    )


def test_the_text_holds_the_equation_and_the_slope_by_the_theorem():
    program = cr.derive(implied_volatility, (10.0, 100.0, 102.0), wrt=0)
    text = str(program)
    assert "find_root_between(gap, 0.001, 5.0, price, spot, strike)" in text
    own = executed(program)
    np.testing.assert_allclose(own(12.0, 100.0, 102.0), cr.grad(implied_volatility)(12.0, 100.0, 102.0), rtol=1e-12)
    np.testing.assert_allclose(
        cr.compile(cr.grad(implied_volatility))(12.0, 100.0, 102.0), own(12.0, 100.0, 102.0), rtol=1e-12
    )


def test_a_text_can_be_differentiated_again():
    root = lambda p: optimize.brentq(lambda x: x**3 + p * x - 2.0, 0.0, 3.0)  # noqa: E731
    program = cr.derive(root, (1.2,))
    np.testing.assert_allclose(cr.grad(lambda p: program(p))(1.2), cr.grad(cr.grad(root))(1.2), rtol=1e-9)


@pytest.mark.parametrize(("call", "said"), [
    (lambda p: optimize.minimize(lambda x: (x - p) ** 2, 0.0, bounds=[(0, 1)]).x[0], "bounds or constraints"),
    (lambda p: optimize.minimize_scalar(lambda x: (x - p) ** 2, bounds=(0, 1)).x, "bounds or constraints"),
    (lambda p: optimize.brentq(lambda x: x - p, 0, 9, full_output=True)[0], "full_output"),
    (lambda p: optimize.newton(lambda x: np.array([x, x]) - p, 1.0), "2 numbers for 1 unknowns"),
    (lambda p: optimize.fsolve(lambda x: x[:1] - p, [1.0, 2.0])[0], "1 numbers for 2 unknowns"),
    (lambda p: optimize.curve_fit(lambda x, a: a * x * p, np.arange(3.0), np.arange(3.0))[1][0, 0], "covariance"),
    (lambda p: optimize.minimize(lambda x: (x[0] - p) ** 2, 0.0, method="dogleg").x[0], "method='BFGS'"),
])  # fmt: skip
def test_what_is_refused_says_so(call, said):
    with pytest.raises(cr.TracingError, match=said):
        cr.grad(call)(1.5)


def test_a_solver_that_fails_has_no_slope():
    with pytest.raises(ValueError, match="different signs"):
        cr.grad(lambda p: optimize.brentq(lambda x: x * x + p, 0.0, 1.0))(1.0)
    with pytest.raises(RuntimeError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cr.grad(lambda p: optimize.fsolve(lambda x: x * x + p, [1.0])[0])(1.0)
