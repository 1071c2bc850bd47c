"""`y += x` under the trace: what NumPy computes where it is allowed, and refused by line where another name would change too."""

import copy
from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr

X = np.array([0.5, -1.0, 2.0])
M = np.arange(6.0).reshape(2, 3)


@dataclass
class Layer:
    w: object


def center(a):
    a -= np.mean(a)
    return a


def fresh(x):
    y = x * 1.0
    y += 1
    y *= y
    return np.sum(y * x)


def used_before(x):
    y = x * 2.0
    z = np.sin(y)
    y += 1
    return np.sum(y * z)


def argument(x):
    x += 1
    x *= 2
    return np.sum(x**2)


def of_a_helper(x):
    return np.sum(center(x * 1.0) ** 2)


def of_a_helper_that_is_handed_a_name_once(x):
    y = x * 1.0
    return np.sum(center(y) ** 2)


def other_name_not_used_again(x):
    y = x * 2.0
    z = y
    w = np.sum(z)
    y += 1
    return np.sum(y) * w


def in_a_loop(x):
    y = x * 1.0
    for _ in range(3):
        y += np.sin(y)
    return np.sum(y)


def with_a_copy(x):
    y = x * 1.0
    z = y.copy()
    z += 1
    w = copy.deepcopy(y)
    w *= 3
    v = np.copy(y)
    v -= 1
    u = y.astype(float)
    u /= 2
    return np.sum(y * z * w * v * u)


def in_a_list(x):
    ys = [x * 1.0, x * 2.0]
    ys[0] += 1
    z = np.sum(ys[0])
    ys[0] *= z
    return np.sum(ys[0] * ys[1])


def in_an_object(x):
    layer = Layer(x * 1.0)
    layer.w += 1
    z = np.sum(layer.w)
    layer.w *= z
    return np.sum(layer.w)


def of_numbers(x):
    s = np.sum(x)
    t = s
    s += 1
    return s * t


def a_nested_gradient(x):
    def inner(y):
        z = y * 2.0
        z += x
        return np.sum(z**2)

    return np.sum(cr.grad(inner)(x))


def a_comprehension(x):
    y = x * 1.0
    y += sum([row * 2.0 for row in y])
    return np.sum(y**2)


ALLOWED = [
    fresh, used_before, argument, of_a_helper, of_a_helper_that_is_handed_a_name_once, other_name_not_used_again, in_a_loop,
    with_a_copy, in_a_list, in_an_object, of_numbers, a_comprehension,
]  # fmt: skip


def helper(x):
    y = x * 1.0
    c = center(y)
    return np.sum(y * c * x)


def helper_in_the_same_expression(x):
    y = x * 1.0
    return np.sum(y * center(y) * x)


def second_name(x):
    y = x * 1.0
    z = y
    y += 1
    return np.sum(z * x)


def view_before(x):
    y = x * 1.0
    v = y[1:]
    y *= 2
    return np.sum(v * v)


def transposed_before(x):
    y = np.outer(x, x)
    v = y.T
    y += x
    return np.sum(v * v)


def view_of_a_view(x):
    y = x * 1.0
    v = y[1:][::-1]
    y *= 2
    return np.sum(v * v)


def kept_in_a_list(x):
    steps, y = [], x * 1.0
    for _ in range(3):
        steps.append(y)
        y += 1
    return np.sum(sum(steps) * x)


def taken_out_of_a_list(x):
    ys = [x * 1.0]
    (y,) = ys
    y += 1
    return np.sum(ys[0] * x)


def taken_out_of_an_object(x):
    layer = Layer(x * 1.0)
    w = layer.w
    w += 1
    return np.sum(layer.w * x)


def around_a_loop(x):
    y, before, total = x * 1.0, x * 0.0, 0.0
    for _ in range(3):
        total = total + np.sum(before * y)
        before = y
        y += 1
    return total


def in_a_closure(x):
    y = x * 1.0

    def read():
        return np.sum(y * x)

    z = y
    z += 1
    return read()


REFUSED = {
    helper: "y", helper_in_the_same_expression: "y", second_name: "z", view_before: "v", transposed_before: "v", view_of_a_view: "v",
    kept_in_a_list: "steps", taken_out_of_a_list: "ys", taken_out_of_an_object: "layer", around_a_loop: "before", in_a_closure: "y",
}  # fmt: skip


@pytest.mark.parametrize("f", ALLOWED)
def test_where_it_is_right_it_is_numpys(f):
    value, slope = cr.value_and_grad(f)(X.copy())
    np.testing.assert_allclose(value, f(X.copy()), rtol=1e-14)
    cost = lambda x: f(np.array(x))  # noqa: E731  # NumPy's own in place would change the argument
    steps = [(cost(X + 1e-6 * e) - cost(X - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    np.testing.assert_allclose(slope, steps, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(cr.trace(f, [X.copy()])(X.copy()), value, rtol=1e-14)


def test_inside_a_nested_gradient():
    np.testing.assert_allclose(cr.grad(a_nested_gradient)(X), np.full(3, 12.0))


@pytest.mark.parametrize("f", REFUSED)
def test_where_another_name_would_change_it_is_refused(f):
    for run in (lambda: cr.grad(f)(X.copy()), lambda: cr.trace(f, [X.copy()])):
        with pytest.raises(cr.TracingError) as error:
            run()
        assert f"would change {REFUSED[f]} too" in str(error.value)
        assert str(error.value).startswith("test_aliases.py:")
        assert "y = y + x" in str(error.value)
