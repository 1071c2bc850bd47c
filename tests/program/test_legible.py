"""How the last rules of the textbook form write a derivative, and that it is the same derivative."""

import functools

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ProgramError
from chainrule.core.nouns import Constant
from chainrule.core.rewrite import Apply
from chainrule.core.simplification import TABLES, in_derivative
from chainrule.program import legible

from . import texts
from .test_algebra import bare, lines

RANDOM = np.random.default_rng(0)
X, Y, M = RANDOM.normal(size=4), RANDOM.normal(size=4) + 3, RANDOM.normal(size=(4, 3))
H = 0.02

WRITTEN = {
    "numbers that cancel": lambda x, y: np.sum(np.sqrt(np.sum(x**2)) * y),
    "a half and a two": lambda x, y: np.sum(0.5 / y * x**2),
    "one number": lambda x, y: np.sum(np.exp(-0.5 * x**2) * (2 * y)),
    "a number in front": lambda x, y: np.sum(x * 0.3),
    "a third": lambda x, y: np.sum(x**2 * y) / 3,
    "a mean": lambda x, y: np.sum(H / 6 * (x * y)),
    "a difference": lambda x, y: -np.sum((x - y) ** 2),
    "an axis more": lambda x, y: np.sum((x[:, None] * M) ** 2),
    "a sum of a sum": lambda x, y: np.sum(np.tanh(x[:, None, None] * M) * 2),
    "a square over it": lambda x, y: np.sum(np.sqrt(np.sum((x[:, None] - M) ** 2, axis=1) + 1) ** 3),
    "the same place twice": lambda x, y: np.sum(np.sin(x[1:]) * x[1:] + y[1:] * x[:-1]),
    "views": lambda x, y: np.sum(x[1:] ** 2 * np.sin(x[1:])) + np.sum(M.T @ x),
    "a divided number": lambda x, y: np.sum(x / (4 * y) / 0.5),
    "negatives": lambda x, y: -np.sum(-(2 * -x) * (3 * y)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_derivative_is_written_otherwise_and_is_the_same(name):
    function = WRITTEN[name]
    program = cr.derive(function, (X, Y))
    for one, other in zip(program(X, Y), bare(function, (X, Y))(X, Y), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    texts.text(program, (X, Y))
    cr.check_grad(function, (X, Y))
    for form in ("float32", "float64"):
        args = (X.astype(form), Y.astype(form))
        if "M" not in function.__code__.co_names:
            assert all(each.dtype == form for each in cr.derive(function, args)(*args))


def written(function, wrt="x"):
    return [line.partition("= ")[2] for line in lines(function, (X, Y), wrt=wrt) if line.startswith(f"dC_d{wrt}")]


@pytest.mark.names
def test_numbers_cancel_and_stand_in_front():
    def length(x, y):
        d = np.sqrt(np.sum(x**2))
        return d * y[0]

    assert written(length) == ["y[0] / d * x"]
    assert written(lambda x, y: np.sum(np.exp(-0.5 * x**2) * y)) == ["-(y * np.exp(-0.5 * x ** 2) * x)"]
    assert written(lambda x, y: np.sum(0.02 / 6 * (x * y))) == ["y / 300"]
    assert written(lambda x, y: np.sum(-x * y / 3)) == ["-(y / 3)"]
    assert written(lambda x, y: np.sum(np.tanh(x) * 0.25)) == ["0.25 * (1 - np.tanh(x) ** 2)"]
    assert written(lambda x, y: -np.sum((x - y) ** 2) / 2) == ["y - x"]


def test_a_number_that_is_a_fraction_is_written_as_one_with_its_bits():
    for value, text in ((1 / 3, "1 / 3"), (0.02 / 6, "1 / 300"), (-1 / 6, "-1 / 6"), (2 / 7, "2 / 7")):
        program = cr.trace(lambda x, value=value: x * value + x**2, (X,))
        assert text in str(program)
        texts.text(program, (X,))
        texts.equal(program(X), X * value + X**2)
    for value in (0.1, 0.25, np.pi, 1 / 3 + 2**-54, 1e-7, 1e300, 123456.789):
        assert " / " not in str(cr.trace(lambda x, value=value: x * value, (X,)))
    assert "x ** (1 / 3)" in str(cr.trace(lambda x: x ** (1 / 3), (Y,)))


@pytest.mark.names
def test_axes_are_added_and_dropped_by_an_index():
    def apart(x, y):
        d = np.sqrt(np.sum((x[:, None] - M) ** 2, axis=1) + 1)
        return np.sum(y[:, None] * M / d[:, None] ** 3)

    text = str(cr.derive(apart, (X, Y)))
    assert "reshape" not in text
    assert "[:, None]" in text
    cr.check_grad(apart, (X, Y))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((3,), (3, 1)), ((3, 1), (3,)), ((3, 1, 2), (3, 2)), ((2, 3), (1, 2, 1, 3)), ((1, 3), (3, 1)), ((1,), ()),
        ((1, 1, 3), (1, 3)), ((2, 1), (1, 1, 2)), ((3, 2), (2, 3)), ((6,), (2, 3)), ((1, 3, 1), (1, 1, 3)),
    ],
)  # fmt: skip
def test_a_reshape_becomes_an_index_only_where_it_is_one(old, new):
    function = lambda x: np.sum(np.sin(np.reshape(x, new)) * np.arange(1.0, 1 + np.prod(new)).reshape(new))  # noqa: E731
    x = RANDOM.normal(size=old)
    np.testing.assert_allclose(cr.derive(function, (x,))(x), bare(function, (x,))(x), rtol=1e-13)
    line = next(each for each in lines(function, (x,)) if each.startswith("dC_dx = "))
    is_index = [size for size in old if size != 1] == [size for size in new if size != 1] and new != ()
    assert (line.endswith("]"), line.startswith("dC_dx = np.reshape(")) == (is_index, not is_index)


@pytest.mark.names
def test_views_are_written_where_they_are_used():
    def energy(x, y):
        return np.sum(x[1:] ** 2 * y[:-1] + np.sin(x[1:]) * x[:-1])

    text = str(cr.derive(energy, (X, Y)))
    assert not [
        line for line in text.splitlines() if line.strip().startswith("v") and "= x[" in line.partition("  #")[0][:12]
    ]
    assert text.count("x[1:]") >= 3


def test_a_view_of_an_array_that_is_written_to_is_read_before():
    def changed(x):
        u = x * 1.0
        first = u[1:]
        total = np.sum(first * np.sin(first)) + np.sum(first.copy() ** 2)
        u[1:] = u[:-1] * 2
        return total + np.sum(u**2)

    def looped(x):
        u = x * 2.0
        for _ in range(5):
            u[1:] += 0.1 * np.sin(u[:-1]) * u[:-1] * u[1:]
        return np.sum(u * u[::-1])

    for function in (changed, looped):
        np.testing.assert_allclose(cr.derive(function, (X,))(X), cr.grad(function)(X), rtol=1e-12)
        cr.check_grad(function, (X,))


def test_numbers_are_an_array_and_arrays_a_stack():
    assert "np.array([x[1], np.sin(x[0]), 0.5])" in str(cr.trace(lambda x: np.array([x[1], np.sin(x[0]), 0.5]), (X,)))
    assert "np.stack([x, " in str(cr.trace(lambda x: np.array([x, np.sin(x)]), (X,)))
    x = X.astype(np.float32)
    single = cr.trace(lambda x: np.stack([x[1], x[0] * 2.0]), (x,))
    assert single(x).dtype == np.float32
    texts.text(single, (x,))


def twice(rule):
    """The rule, with twice its result."""

    @functools.wraps(rule)
    def doubled(scope, equation):
        found = rule(scope, equation)
        return None if found is None else Apply("multiply", (Constant(2.0), found))

    return doubled


@pytest.mark.parametrize("rule", ["_one_number", "_axes_by_index", "_one_place"])
def test_a_planted_fault_is_caught(monkeypatch, rule):
    first, table = TABLES["textbook"]
    assert rule in [each.__name__ for each in table]
    faulty = [in_derivative(twice(getattr(legible, rule))) if each.__name__ == rule else each for each in table]
    right = {name: bare(function, (X, Y))(X, Y) for name, function in WRITTEN.items()}
    monkeypatch.setitem(TABLES, "textbook", [first, tuple(faulty)])
    caught = 0
    for name, function in WRITTEN.items():
        try:
            found = cr.derive(function, (X, Y))(X, Y)
        except ProgramError:  # twice, and twice again
            caught += 1
        else:
            caught += not all(np.allclose(*each, rtol=1e-9) for each in zip(found, right[name], strict=True))
    assert caught


def logsumexp(x, axis):
    top = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=axis)) + np.squeeze(top, axis)


def test_the_one_of_a_quotient_within_a_view_comes_to_rest():
    def f(x, m):
        return -np.mean(logsumexp(x[:3] - logsumexp(x[:3], 0) + m, 1))  # a function that is called twice stays one

    found, wanted = (each(X, M) for each in (cr.derive(f, (X, M)), bare(f, (X, M))))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)
