"""`root`: Newton's method, and slopes by the implicit function theorem, beside closed forms, SciPy and differences."""

import numpy as np
import pytest
from scipy import optimize

import chainrule as cr


def test_numbers_and_vectors():
    assert cr.root(lambda x: x**2 - 2, 1.0) == pytest.approx(np.sqrt(2), rel=1e-15)
    found = cr.root(lambda x: np.array([x[0] ** 2 + x[1] ** 2 - 4, x[0] * x[1] - 1]), [2.0, 0.4])
    expected = optimize.fsolve(lambda x: [x[0] ** 2 + x[1] ** 2 - 4, x[0] * x[1] - 1], [2.0, 0.4], xtol=1e-14)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_steps_that_go_too_far_are_halved():
    assert cr.root(np.arctan, 3.0) == pytest.approx(0.0, abs=1e-11)  # whose full steps go further and further


def test_slopes_of_all_orders():
    cube_root = lambda p: cr.root(lambda x: x**3 - p, 1.0)  # noqa: E731
    for order, exact in enumerate(
        [2.0 ** (1 / 3), 2.0 ** (-2 / 3) / 3, -2 * 2.0 ** (-5 / 3) / 9, 10 * 2.0 ** (-8 / 3) / 27]
    ):
        f = cube_root
        for _ in range(order):
            f = cr.grad(f)
        np.testing.assert_allclose(f(2.0), exact, rtol=1e-10)
    np.testing.assert_allclose(cr.jvp(cube_root, (2.0,), (3.0,))[1], 2.0 ** (-2 / 3), rtol=1e-10)


def test_a_fixed_point_and_a_minimum():
    fixed = lambda p: cr.root(lambda x: x - np.cos(p * x), 0.5)  # noqa: E731
    above, below = (optimize.fixed_point(lambda x, p=1.1 + h: np.cos(p * x), 0.5, xtol=1e-13) for h in (1e-5, -1e-5))
    np.testing.assert_allclose(cr.grad(fixed)(1.1), (above - below) / 2e-5, rtol=1e-6)

    def cost(x, p):
        return np.sum((x - p) ** 2) + p[0] * np.sum(x**4)

    def minimum(p):
        return cr.root(cr.grad(lambda x: cost(x, p)), np.zeros(2))

    p = np.array([0.4, 0.9])
    numeric = [
        optimize.minimize(cost, np.zeros(2), (p + h * each,), tol=1e-12).x for each in np.eye(2) for h in (1e-4, -1e-4)
    ]
    np.testing.assert_allclose(minimum(p), optimize.minimize(cost, np.zeros(2), (p,), tol=1e-12).x, atol=1e-6)
    np.testing.assert_allclose(
        cr.jacobian(minimum)(p), np.stack([numeric[0] - numeric[1], numeric[2] - numeric[3]], axis=1) / 2e-4, atol=1e-4
    )


def test_a_fit_layer_in_a_cost_with_an_array_from_outside():
    a = np.array([[3.0, 1.0], [1.0, 2.0]])

    def loss(b):
        x = cr.root(lambda x: a @ x + 0.1 * x**3 - b, np.zeros(2))
        return np.sum(x**2)

    b = np.array([1.0, -0.5])
    numeric = [(loss(b + 1e-6 * each) - loss(b - 1e-6 * each)) / 2e-6 for each in np.eye(2)]
    np.testing.assert_allclose(cr.grad(loss)(b), numeric, rtol=1e-7)
    np.testing.assert_allclose(cr.compile(cr.grad(loss))(b), numeric, rtol=1e-7)
    np.testing.assert_allclose(cr.vmap(cr.grad(loss))(np.stack([b, 2 * b]))[0], numeric, rtol=1e-7)


def test_the_text_needs_numpy_alone():
    program = cr.derive(lambda p: cr.root(lambda x: x**2 - p, 1.0), (2.0,))
    scope = {}
    exec(str(program), scope)
    assert "scipy" not in str(program)
    assert scope[program.name](9.0) == pytest.approx(1 / 6, rel=1e-12)
    assert cr.grad(lambda p: program(p))(9.0) == pytest.approx(-1 / 108, rel=1e-10)


def test_no_root_and_unknowns_that_are_not_as_many():
    with pytest.raises(ValueError, match=r"no root near 1\.0; begin elsewhere"):
        cr.root(lambda x: x**2 + 1, 1.0)
    with pytest.raises(ValueError, match="3 numbers for 2 unknowns"):
        cr.root(lambda x: np.zeros(3), np.zeros(2))
    with pytest.raises(cr.TracingError, match="3 numbers for 2 unknowns"):
        cr.grad(lambda p: cr.root(lambda x: p * np.ones(3), np.zeros(2))[0])(1.0)
    assert cr.root(lambda x: x, np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("f", [np.exp, lambda x: 1 / x, lambda x: np.logaddexp(0, x), lambda x: np.exp(-(x**2))])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_root_at_infinity_is_none(f, scale):
    with pytest.raises(ValueError, match="no root near 1"):
        cr.root(lambda x: scale * f(x), 1.0)
    with pytest.raises(ValueError, match="no root near"):
        cr.root(lambda x: np.array([scale * f(x[0]), x[1] - 2]), np.ones(2))


@pytest.mark.parametrize("scale", [1e-20, 1e-13, 1.0, 1e15])
def test_roots_of_functions_of_any_scale(scale):
    assert cr.root(lambda x: scale * (x**2 - 2), 1.0) == pytest.approx(np.sqrt(2), rel=1e-12)
    assert cr.root(lambda x: scale * (x - 3), 0.0) == pytest.approx(3, rel=1e-12)
    assert cr.root(lambda x: x - scale, 0.0) == pytest.approx(scale, rel=1e-12)
    assert abs(cr.root(lambda x: scale * x**4, 1.0)) < 1e-3


def test_roots_where_the_slopes_are_singular():
    with pytest.raises(ValueError, match="no root near"):
        cr.root(lambda x: 1 + np.sqrt(x), 1.0)
    with pytest.raises(ValueError, match="no root near"):
        cr.root(lambda x: np.array([x[0] + x[1] - 1, x[0] + x[1] - 1]), np.zeros(2))
    assert cr.root(lambda x: x**2, 0.0) == 0
