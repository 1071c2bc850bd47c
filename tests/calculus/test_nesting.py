"""Derivatives inside derivatives, closures over outer values, and the confusion of perturbations that must not happen."""

import math
from dataclasses import InitVar, dataclass, field

import numpy as np
import pytest

import chainrule as cr

from ..program import texts

X = np.array([0.3, -1.2, 2.0])


def nth(f, n):
    for _ in range(n):
        f = cr.grad(f)
    return f


@pytest.mark.parametrize("n", range(1, 6))
def test_the_nth_derivative(n):
    assert nth(np.sin, n)(0.7) == pytest.approx(math.sin(0.7 + n * math.pi / 2), rel=1e-12)
    assert nth(lambda x: x**4, n)(2.0) == pytest.approx(
        math.prod(range(5 - n, 5)) * 2.0 ** max(4 - n, 0) if n < 5 else 0
    )
    assert nth(np.exp, n)(0.5) == pytest.approx(math.exp(0.5), rel=1e-12)


def test_an_inner_derivative_with_the_outer_variable_inside():
    # d/dx [x · d/dy (x y)] = d/dx x² = 2x
    assert cr.grad(lambda x: x * cr.grad(lambda y: x * y)(3.0))(5.0) == 10
    # d/dx [x · d/dy (x + y)] = d/dx x = 1: the classic of perturbation confusion, where a naive tape says 2
    assert cr.grad(lambda x: x * cr.grad(lambda y: x + y)(1.0))(5.0) == 1


def test_the_same_value_at_both_levels():
    # d/dx d/dy (x y) at y = x: the inner derivative is x, and the outer one sees y only through its argument.
    assert cr.grad(lambda x: cr.grad(lambda y: x * y**2)(x))(3.0) == 12  # (2 x²)' = 4x
    assert cr.grad(lambda x: cr.grad(lambda y: y**3)(x * x))(2.0) == 96  # (3 x⁴)' = 12 x³


def test_three_levels():
    def f(x):
        return cr.grad(lambda y: cr.grad(lambda z: x * y**2 * z**3)(y))(x)  # 3 x y⁴ by y: 12 x y³, at y = x: 12 x⁴

    assert f(2.0) == 12 * 2.0**4
    assert cr.grad(f)(2.0) == 48 * 2.0**3


def test_an_inner_derivative_that_knows_nothing_of_the_outer():
    assert cr.grad(lambda x: x * cr.grad(np.sin)(0.5))(2.0) == pytest.approx(math.cos(0.5))
    value = []
    cr.grad(lambda x: value.append(cr.grad(lambda y: y * y)(3.0)) or x)(2.0)
    assert value == [6.0]
    assert isinstance(value[0], np.float64)  # a plain number, though a trace is open around it


def test_a_gradient_of_a_closure_over_a_traced_array():
    def outer(w):
        inner = cr.grad(lambda x: np.sum(np.tanh(w * x)))(X)
        return np.sum(inner**2)

    assert cr.check_grad(outer, [np.array([0.5, 1.5, -1.0])]).ok


def test_descent_inside_a_derivative():
    """∂/∂η of the cost after three steps of gradient descent: a derivative through derivatives in a loop."""

    def cost(w):
        return np.sum((w - X) ** 4)

    def after(rate, w):
        for _ in range(3):
            w = w - rate * cr.grad(cost)(w)
        return cost(w)

    assert cr.check_grad(after, [0.01, np.zeros(3)]).ok


def test_vjp_and_jvp_inside_grad():
    def by_vjp(x):
        value, pull = cr.vjp(lambda y: np.sin(y) * x, x)
        return np.sum(pull(value)[0])

    def by_jvp(x):
        value, slope = cr.jvp(lambda y: np.sin(y) * x, (x,), (x * x,))
        return np.sum(value * slope)

    cr.check_grad(by_vjp, [X])
    cr.check_grad(by_jvp, [X])


def test_a_derivative_of_an_error_pulled_back():
    """A pull is linear: its derivative by the error is the transposed derivative, also after the trace is over."""
    _, pull = cr.vjp(np.sin, X)
    assert np.allclose(cr.grad(lambda e: np.sum(pull(e)[0] * X))(np.ones(3)), np.cos(X) * X)


def test_the_hessian_by_every_road():
    def f(x):
        return np.sum(np.exp(x) * x[::-1])

    direct = cr.hessian(f)(X)
    by_grads = np.stack([cr.grad(lambda x, i=i: cr.grad(f)(x)[i])(X) for i in range(3)])
    by_jvps = np.stack([cr.jvp(cr.grad(f), (X,), (unit,))[1] for unit in np.eye(3)])
    by_vjps = np.stack([cr.vjp(cr.grad(f), X)[1](unit)[0] for unit in np.eye(3)])
    for other in (by_grads, by_jvps, by_vjps, direct.T):
        np.testing.assert_allclose(direct, other, rtol=1e-12)


def test_derivatives_inside_a_program():
    def f(x):
        return np.sum(cr.grad(lambda y: np.sum(y**3))(x) * x)

    program = cr.derive(f, [X])
    np.testing.assert_allclose(program(X), 9 * X**2)
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(program(x)))(X), 18 * X)
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(cr.compile(f)(x)))(X), 9 * X**2)


def test_a_gradient_passed_through_twice():
    def f(x):
        first = cr.grad(lambda y: np.sum(y**2))
        return np.sum(first(first(x)))  # 2 · 2x

    assert cr.grad(f)(X).tolist() == [4, 4, 4]


def test_abandoned_inner_traces_leave_nothing_behind():
    def f(x):
        try:
            cr.grad(lambda y: y.no_such_method())(x)
        except AttributeError:
            pass
        return np.sum(x**2)

    np.testing.assert_allclose(cr.grad(f)(X), 2 * X)


@dataclass
class Scaled:
    """Doubles what it is given, and keeps what it found: a gradient must not go through that again."""

    w: object
    factor: InitVar[float] = 2.0
    count: int = field(init=False)

    def __post_init__(self, factor):
        self.w = np.asarray(self.w) * factor
        self.count = len(self.w)


def test_what_a_dataclass_does_when_it_is_made_is_no_part_of_the_function():
    def cost(scaled):
        return np.sum(scaled.w**2) * scaled.count

    scaled = Scaled(np.array([1.0, 3.0]))
    gradients = [
        cr.grad(cost)(scaled),
        cr.derive(cost, (scaled,))(scaled),
        cr.compile(cr.grad(cost), executor="numpy")(scaled),
    ]
    for gradient in gradients:
        assert isinstance(gradient, Scaled) and gradient.count == 2
        assert gradient.w.tolist() == [8, 24]
    assert cr.check_grad(cost, (scaled,)).ok


@pytest.mark.parametrize("inside", [
    lambda p, x: cr.grad(lambda x: np.sum(p * x**3))(x),
    lambda p, x: cr.jacobian(lambda x: p * x**3)(x),
    lambda p, x: cr.hessian(lambda x: np.sum(p * x**3))(x),
    lambda p, x: cr.hvp(lambda x: np.sum(p * x**3), (x,), (x,))[0],
    lambda p, x: cr.jvp(lambda x: p * x**3, (x,), (x,))[1],
    lambda p, x: cr.vjp(lambda x: p * x**3, x)[1](x)[0],
], ids=["grad", "jacobian", "hessian", "hvp", "jvp", "vjp"])  # fmt: skip
def test_a_derivative_at_a_constant_is_part_of_a_program(inside):
    """The point of a residual is a value of the program around it, and no input of it."""

    def total(p):
        return np.sum(inside(p, X) ** 2)

    p = np.array([1.0, 0.5, -2.0])
    wanted = cr.grad(total)(p)
    np.testing.assert_allclose(cr.trace(total, (p,))(p), total(p), rtol=1e-12)
    np.testing.assert_allclose(cr.compile(cr.grad(total))(p), wanted, rtol=1e-12)
    np.testing.assert_allclose(cr.derive(total, (p,))(p), wanted, rtol=1e-12)
    cr.check_grad(total, (p,))


MIXED = {
    "a cast": lambda x: np.sum(x.astype(np.float32)).astype(np.float64),
    "a scaled cast": lambda x: 2 * np.sum(x.astype(np.float32)).astype(np.float64) * x[0],
    "a cast within": lambda x: np.sum((x.astype(np.float32) ** 2).astype(np.float64) * x),
    "a cast at the end": lambda x: np.sum(np.exp(x)).astype(np.float32),
    "an array of another type": lambda x: np.sum(np.tanh(np.ones((3, 3), np.float32) @ x.astype(np.float32))),
}


@pytest.mark.parametrize("name", MIXED)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_derivative_in_a_program_of_two_precisions(name, dtype):
    """What stands in the text as a number is one of NumPy's where it is cast."""
    f, x = MIXED[name], X.astype(dtype)
    wanted = cr.grad(f)(x)
    program = cr.trace(cr.grad(f), [x])
    for found in (program(x), namespace_of(program)(x), cr.trace(cr.value_and_grad(f), [x])(x)[1]):
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    np.testing.assert_allclose(cr.trace(cr.hessian(f), [x])(x), cr.hessian(f)(x), rtol=1e-5, atol=1e-6)


def namespace_of(program):
    """The function that the printed text defines."""
    scope = {}
    exec(str(program), scope)
    return lambda *args: scope[program.name](*args, *(each.value for each in texts.given(scope[program.name], program)))
