"""`hvp`, extra results, and Jacobians and Hessians of what nests and of several arguments."""

from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr

X = np.array([0.3, -1.2, 2.0])
V = np.array([1.0, 0.5, -2.0])


@dataclass(frozen=True)
class Layer:
    w: np.ndarray
    b: float


def cost(w, x):
    return np.sum(np.tanh(w @ x) ** 2) + np.sum(x**3)


def test_hvp_is_the_hessian_times_a_direction():
    (found,) = cr.hvp(lambda x: np.sum(np.exp(x) * x[::-1]), (X,), (V,))
    np.testing.assert_allclose(found, cr.hessian(lambda x: np.sum(np.exp(x) * x[::-1]))(X) @ V, rtol=1e-12)


def test_hvp_of_several_arguments():
    w, x = np.outer(X, V), X
    dw, dx = np.outer(V, X), V
    found = cr.hvp(cost, (w, x), (dw, dx))
    (ww, wx), (xw, xx) = cr.hessian(cost, (0, 1))(w, x)
    np.testing.assert_allclose(found[0], np.tensordot(ww, dw, 2) + wx @ dx, rtol=1e-10)
    np.testing.assert_allclose(found[1], np.tensordot(xw, dw, 2) + xx @ dx, rtol=1e-10)
    np.testing.assert_allclose(xw, np.moveaxis(wx, 2, 0), rtol=1e-10)


def test_hvp_inside_grad_and_compiled():
    def f(x):
        return np.sum(cr.hvp(lambda x: np.sum(x**4), (x,), (x,))[0])  # 12 x³

    np.testing.assert_allclose(cr.grad(f)(X), 36 * X**2, rtol=1e-12)
    np.testing.assert_allclose(cr.compile(cr.grad(f))(X), 36 * X**2, rtol=1e-12)


def test_extra_results():
    def f(x):
        z = np.sin(x)
        return np.sum(z), {"z": z, "n": 3, "name": "z"}

    gradient, extra = cr.grad(f, has_aux=True)(X)
    np.testing.assert_allclose(gradient, np.cos(X))
    assert type(extra["z"]) is np.ndarray and extra["z"].tolist() == np.sin(X).tolist()
    assert (extra["n"], extra["name"]) == (3, "z")
    (value, extra), gradient = cr.value_and_grad(f, has_aux=True)(X)
    assert value == np.sum(np.sin(X)) and extra["n"] == 3
    value, pull, extra = cr.vjp(lambda x: (np.sin(x), x * 2), X, has_aux=True)
    assert extra.tolist() == (X * 2).tolist()
    np.testing.assert_allclose(pull(V)[0], V * np.cos(X))


def test_an_extra_result_that_an_outer_derivative_goes_through():
    def outer(x):
        gradient, extra = cr.grad(lambda y: (y**2 * x, y * x), has_aux=True)(x)  # 2 x², and x²
        return gradient * extra  # 2 x⁴

    assert cr.grad(outer)(3.0) == pytest.approx(8 * 27)


@pytest.mark.parametrize(("f", "found"), [
    (lambda x: np.sum(x), "one array"), (lambda x: (1.0, 2.0, 3.0), "a tuple of 3"), (lambda x: [x, x], "a list"),
])  # fmt: skip
def test_a_function_without_an_extra_result_is_refused(f, found):
    with pytest.raises(cr.TracingError) as error:
        cr.grad(f, has_aux=True)(X)
    line = f.__code__.co_firstlineno
    assert str(error.value) == (
        f"test_transforms.py:{line}: has_aux=True needs a function that returns a pair, and the lambda gives {found}; "
        "return (result, extra)."
    )


@pytest.mark.parametrize("transform", [cr.grad, cr.value_and_grad, cr.jacobian, cr.hessian])
def test_arguments_by_name(transform):
    def f(a, b, *, scale=1.0):
        return np.sum(a * b**3) * scale

    def leaves(found):
        return np.asarray(found[1] if transform is cr.value_and_grad else found)

    by_number = leaves(transform(f, 1)(X, V, scale=2.0))
    for found in (
        transform(f, "b")(X, V, scale=2.0),
        transform(f, "b")(a=X, b=V, scale=2.0),
        transform(f, 1)(X, b=V, scale=2.0),
    ):
        np.testing.assert_array_equal(leaves(found), by_number)


def test_jacobians_of_what_nests():
    def f(layer):
        return {"z": layer.w @ X + layer.b, "n": layer.b * 2}

    found = cr.jacobian(f)(Layer(np.outer(V, V), 2.0))
    assert isinstance(found["z"], Layer) and found["z"].w.shape == (3, 3, 3) and found["z"].b.tolist() == [1, 1, 1]
    np.testing.assert_allclose(found["z"].w[1], np.outer([0, 1, 0], X))
    assert found["n"].w.tolist() == np.zeros((3, 3)).tolist() and found["n"].b == 2


def test_hessians_of_what_nests():
    found = cr.hessian(lambda p: np.sum(p["a"] ** 3) * p["b"])({"a": X, "b": 2.0})
    np.testing.assert_allclose(found["a"]["a"], np.diag(12 * X))
    np.testing.assert_allclose(found["a"]["b"], 3 * X**2)
    np.testing.assert_allclose(found["b"]["a"], 3 * X**2)
    assert found["b"]["b"] == 0


def test_an_int_for_the_slope_of_a_number():
    assert cr.jvp(lambda x: x**3, (2.0,), (1,)) == (8, 12)
    assert cr.hvp(lambda x: x**3, (2.0,), (1,)) == (12,)
    assert cr.vjp(lambda x: x**3, 2.0)[1](1) == (12,)
