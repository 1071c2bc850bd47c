"""`y += x` in a traced function changes the array by whatever name it is known, as in NumPy."""

import collections
import copy
import functools
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


class Optimizer:
    def __init__(self):
        self.velocity = None

    def step(self, slope):
        if self.velocity is None:
            self.velocity = slope * 0.0
        self.velocity *= 0.9
        self.velocity += slope
        return self.velocity


def in_a_method(x):
    """The object is known here and in the method, and is one holder."""
    optimizer, w = Optimizer(), x * 1.0
    for _ in range(3):
        w -= 0.1 * optimizer.step(w**2)
    return np.sum(w**2)


def bound_anew_by_the_caller(x):
    y = x * 1.0
    for _ in range(2):
        y = center(y)
        y = y * x
    return np.sum(y)


def of_a_variable_around(x):
    y = x * 1.0

    def update():
        nonlocal y
        y += 1
        return np.sum(y**2)

    return update() + update()


def read_by_a_closure(x):
    y = x * 1.0
    readers = [lambda: np.sum(y**3)]
    y += 1
    return readers[0]()


def other_shape_of_a_fresh_array(x):
    y = np.reshape(x * 2.0, (3, 1))
    y += 1
    z = np.outer(x, x).T
    z *= x
    return np.sum(y * z)


def a_number_taken_before(x):
    y = x * 1.0
    first = y[0]
    y -= first
    return np.sum(y**3) * first


def copies(x):
    y = x * 1.0
    flat, tiled, (across, _), once = y.flatten(), np.tile(y, 2), np.meshgrid(y, y), np.tile(y, 1)
    y += 1
    flat *= 2
    across *= y
    return np.sum(flat**3) * np.sum(tiled) + np.sum(across) * np.sum(once)


UNSHARED = [
    in_a_method, bound_anew_by_the_caller, of_a_variable_around, read_by_a_closure, other_shape_of_a_fresh_array,
    a_number_taken_before, copies,
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


def held_by(hold, read):
    def f(x):
        y = x * 1.0
        kept = hold(y)
        y *= 2
        return np.sum(read(kept) ** 2 * x)

    return f


def attribute_of_a_class(array):
    class Kept:
        held = array

    return Kept


def object_array(array):
    held = np.empty(1, object)
    held[0] = array
    return held


HOLDERS = {
    "a default": (lambda y: lambda held=y: held, lambda kept: kept()),
    "a closure": (lambda y: lambda: y, lambda kept: kept()),
    "a partial": (lambda y: functools.partial(np.sum, y), lambda kept: kept()),
    "a method": (lambda y: y.sum, lambda kept: kept()),
    "an iterator": (lambda y: zip([y], [1.0], strict=True), lambda kept: next(kept)[0]),
    "a map": (lambda y: map(np.sin, [y]), next),
    "a generator": (lambda y: (each * 1.0 for each in [y]), next),
    "a deque": (lambda y: collections.deque([y]), lambda kept: kept[0]),
    "deep": (lambda y: {"a": [{"b": (y,)}]}, lambda kept: kept["a"][0]["b"][0]),
    "a class": (attribute_of_a_class, lambda kept: kept.held),
    "objects": (object_array, lambda kept: kept[0]),
    "einsum": (lambda y: np.einsum("i->i", y), lambda kept: kept),
    "transposed by einsum": (lambda y: np.einsum("ij->ji", y[None]), lambda kept: kept[:, 0]),
}


def an_attribute_after_its_alias(x):
    optimizer = Optimizer()
    v = optimizer.step(x)
    optimizer.velocity += 1
    return np.sum(v**2)


def row_of_an_array(x):
    y = np.outer(x, x)
    row = y[1]
    row += 1
    return np.sum(y)


SHARED = [
    an_attribute_after_its_alias, helper, helper_in_the_same_expression, second_name, view_before, transposed_before,
    view_of_a_view, kept_in_a_list, taken_out_of_a_list, taken_out_of_an_object, around_a_loop, in_a_closure, row_of_an_array,
    *(held_by(*HOLDERS[name]) for name in HOLDERS),
]  # fmt: skip


@pytest.mark.parametrize("f", [*UNSHARED, *SHARED])
def test_it_is_as_in_numpy(f):
    value, slope = cr.value_and_grad(f)(X.copy())
    np.testing.assert_allclose(value, f(X.copy()), rtol=1e-14)
    cost = lambda x: f(np.array(x))  # noqa: E731  # NumPy's own in place would change the argument
    steps = [(cost(X + 1e-6 * e) - cost(X - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    np.testing.assert_allclose(slope, steps, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(cr.trace(f, [X.copy()])(X.copy()), value, rtol=1e-14)


def test_inside_a_nested_gradient():
    np.testing.assert_allclose(cr.grad(a_nested_gradient)(X), np.full(3, 12.0))
