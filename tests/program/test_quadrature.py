"""Integrals that SciPy computes: values are SciPy's, slopes are integrals of slopes, by Leibniz's rule."""

import numpy as np
import pytest
from scipy import integrate, special

import chainrule as cr

from .texts import executed


def test_ends_and_what_the_integrand_reads():
    area = lambda a, b, k: integrate.quad(lambda x: np.exp(-k * x), a, b)[0]  # noqa: E731
    a, b, k = 0.3, 2.0, 0.7
    assert area(a, b, k) == cr.value_and_grad(area)(a, b, k)[0]
    of_k = (b * np.exp(-k * b) - a * np.exp(-k * a)) / k + (np.exp(-k * b) - np.exp(-k * a)) / k**2
    np.testing.assert_allclose(cr.grad(area, (0, 1, 2))(a, b, k), [-np.exp(-k * a), np.exp(-k * b), of_k], rtol=1e-9)


@pytest.mark.parametrize(("a", "b", "exact"), [(0.0, np.inf, 0.5), (-np.inf, np.inf, 1.0)])
def test_ends_at_infinity(a, b, exact):
    area = lambda s: integrate.quad(lambda x: np.exp(-((x / s) ** 2)) / np.sqrt(np.pi), a, b)[0]  # noqa: E731
    np.testing.assert_allclose(cr.grad(area)(1.7), exact, rtol=1e-8)


def test_second_and_third_slopes():
    area = lambda k: integrate.quad(lambda x: np.sin(k * x), 0.0, 1.0)[0]  # noqa: E731
    second = lambda k: -integrate.quad(lambda x: x * x * np.sin(k * x), 0.0, 1.0)[0]  # noqa: E731
    np.testing.assert_allclose(cr.grad(cr.grad(area))(1.3), second(1.3), rtol=1e-9)
    np.testing.assert_allclose(cr.grad(cr.grad(cr.grad(area)))(1.3), cr.grad(second)(1.3), rtol=1e-9)
    np.testing.assert_allclose(cr.jvp(area, (1.3,), (2.0,))[1], 2 * cr.grad(area)(1.3), rtol=1e-12)


def test_many_numbers_at_once():
    c = np.array([1.0, -0.5, 0.25])
    area = lambda c, end: integrate.quad(lambda x, c: c[0] + c[1] * x + c[2] * x**2, 0.0, end, args=(c,))[0]  # noqa: E731
    of_c, of_end = cr.grad(area, (0, 1))(c, 2.0)
    np.testing.assert_allclose(of_c, [2.0, 2.0, 8 / 3], rtol=1e-12)
    np.testing.assert_allclose(of_end, c @ [1.0, 2.0, 4.0], rtol=1e-12)
    np.testing.assert_allclose(cr.hessian(lambda end: area(c, end))(2.0), c[1] + 4 * c[2], rtol=1e-9)


def test_an_integral_of_an_array():
    k = np.array([0.5, 1.0, 2.0])
    areas = lambda k, end: integrate.quad_vec(lambda x: np.cos(k * x), 0.0, end)[0]  # noqa: E731
    np.testing.assert_allclose(
        np.diag(cr.jacobian(areas)(k, 1.5)), (1.5 * k * np.cos(1.5 * k) - np.sin(1.5 * k)) / k**2, rtol=1e-7
    )
    np.testing.assert_allclose(cr.jacobian(areas, 1)(k, 1.5), np.cos(1.5 * k), rtol=1e-10)


def test_an_integral_in_a_loop_and_under_vmap():
    def total(k):
        found = 0.0
        for n in range(1, 4):
            found = found + integrate.quad(lambda x, n=n: x ** (k + n), 0.0, 1.0)[0]
        return found

    exact = -sum(1 / (0.5 + n + 1) ** 2 for n in (1, 2, 3))
    np.testing.assert_allclose(cr.grad(total)(0.5), exact, rtol=1e-9)
    np.testing.assert_allclose(cr.vmap(cr.grad(total))(np.array([0.5, 0.5])), [exact, exact], rtol=1e-9)


def test_the_text_integrates_the_slope():
    def mean(s):
        return integrate.quad(lambda x: x**2 * np.exp(-x / s), 0.0, 4.0)[0]

    program = cr.derive(mean, (1.2,))
    assert "integral_of_array(" in str(program)
    own = executed(program)
    exact = integrate.quad(lambda x: x**3 * np.exp(-x / 0.9) / 0.81, 0.0, 4.0)[0]
    np.testing.assert_allclose(own(0.9), exact, rtol=1e-8)
    np.testing.assert_allclose(cr.compile(cr.grad(mean))(0.9), exact, rtol=1e-8)
    np.testing.assert_allclose(cr.grad(lambda s: program(s))(0.9), cr.grad(cr.grad(mean))(0.9), rtol=1e-7)


def test_an_error_function_of_ones_own():
    erf = lambda x: 2 / np.sqrt(np.pi) * integrate.quad(lambda t: np.exp(-(t**2)), 0.0, x)[0]  # noqa: E731
    np.testing.assert_allclose(cr.grad(erf)(0.8), cr.grad(special.erf)(0.8), rtol=1e-12)


def test_what_is_refused_says_so():
    with pytest.raises(cr.TracingError, match="points"):
        cr.grad(lambda k: integrate.quad(lambda x: k * x, 0.0, 1.0, points=[0.5])[0])(1.0)
