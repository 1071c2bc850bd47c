"""Extremes that only shift, as the maximum in a softmax: no error flows through them, and nowhere else is one left out."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.derivative import CANCELED
from chainrule.program import shifts

RANDOM = np.random.default_rng(0)
X, W = RANDOM.normal(size=(3, 4)), RANDOM.normal(size=(3, 4))


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_over_all(x):
    x = x - np.max(x)
    return np.exp(x) / np.sum(np.exp(x))


def softmax_of_lines(x):
    z = x - x.max(axis=-1)[..., None]
    e = np.exp(z)
    return e / e.sum(axis=-1)[:, np.newaxis]


def softmax_of_columns(x):
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)


def softmax_turned(x):
    e = np.exp(x.T - x.T.max(axis=0))
    return (e / e.sum(axis=0)).T


def softmax_when_cooled(x):
    e = np.exp((x - x.max(axis=1, keepdims=True)) / 0.7)
    return e / e.sum(axis=1, keepdims=True)


def softmax_of_negative(x):
    e = np.exp(-(x - np.min(x, axis=1, keepdims=True)))
    return e / e.sum(axis=1, keepdims=True)


def softmax_where_allowed(x):
    x = np.where(np.tri(3, 4, 1) > 0, x, -np.inf)
    m = np.max(x, axis=1, keepdims=True)
    e = np.where(np.tri(3, 4, 1) > 0, np.exp(x - m), 0.0)
    return e / np.sum(e, axis=1, keepdims=True)


def log_softmax(x):
    shifted = x - np.max(x, axis=1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


def logsumexp(x):
    m = np.max(x, axis=1)
    return (m + np.log(np.sum(np.exp(x - m[:, None]), axis=1)))[:, None]


def logsumexp_with_mean(x):
    m = np.max(x)
    return m + np.log(np.mean(np.exp(x - m)))


def log_add_exp(x):
    m = np.maximum(x, 0.3)
    return m + np.log(np.exp(x - m) + np.exp(0.3 - m))


def attended(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return (e @ W.T) / np.sum(e, axis=1, keepdims=True) @ W


ALL = [
    softmax, softmax_over_all, softmax_of_lines, softmax_of_columns, softmax_turned, softmax_when_cooled, softmax_of_negative,
    softmax_where_allowed, log_softmax, logsumexp, logsumexp_with_mean, log_add_exp, attended,
]  # fmt: skip


@pytest.mark.parametrize("function", ALL)
def test_no_error_flows_through_an_extreme_that_cancels(function):
    cost = lambda x: np.sum(W * function(x))  # noqa: E731
    for form in ("textbook", "fast"):
        program = cr.derive(cost, (X,), form=form, calls=False)
        assert "equal" not in {each.primitive.name for each in program.equations}  # it asks not where the extreme is
        assert "δ_m" not in str(program)
    cr.check_grad(cost, (X,))
    expected = cr.derive(cost, (X,))(X)
    for _ in range(3):  # interpreted, and then compiled
        np.testing.assert_allclose(cr.grad(cost)(X), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(cr.compile(cr.grad(cost))(X), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.names
def test_the_derivative_of_a_softmax_reads_as_in_a_book():
    text = str(cr.derive(lambda x, w: np.sum(w * softmax(x)), (X, W), wrt="x"))
    assert [line.partition("  #")[0].strip() for line in text.splitlines() if " = " in line][-3:] == [
        "e = np.exp(x - np.max(x, axis=1, keepdims=True))",
        "v1 = e / np.sum(e, axis=1, keepdims=True)",
        "dC_dx = v1 * (w - np.sum(w * v1, axis=1, keepdims=True))",
    ]


def test_large_numbers_have_the_derivative_of_small_ones():
    cost = lambda x: np.sum(W * softmax(x))  # noqa: E731
    np.testing.assert_allclose(cr.grad(cost)(X + 1000), cr.grad(cost)(X), rtol=1e-9)
    tied = np.zeros((3, 4))
    np.testing.assert_allclose(cr.grad(cost)(tied), W / 4 - W.sum(axis=1, keepdims=True) / 16, rtol=1e-12)


def test_the_second_derivative_is_right_too():
    cost = lambda x: np.sum(np.sin(W * softmax(x)))  # noqa: E731
    slope = lambda x: np.sum(np.cos(W) * cr.grad(cost)(x))  # noqa: E731
    cr.check_grad(slope, (X,))


def kept_sum(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / (1 + np.sum(e, axis=1, keepdims=True))


def another_axis(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=0)


def over_all(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e)


def crossed(x):
    x = x[:, :3]
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum(e / np.sum(e, axis=1))


def squared(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e**2, axis=1, keepdims=True)


def added_twice(x):
    m = np.max(x, axis=1, keepdims=True)
    return 2 * m + np.log(np.sum(np.exp(x - m), axis=1, keepdims=True))


def summed_logs(x):
    shifted = x - np.max(x, axis=1, keepdims=True)
    return np.sum(shifted, axis=1, keepdims=True) - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


def mixed(x):
    one, other = np.max(x, axis=1, keepdims=True), np.max(x)
    e = np.exp(x - one)
    return e / np.sum(np.exp(x - other), axis=1, keepdims=True)


def clipped(x):
    e = np.maximum(np.exp(x - np.max(x)), 0.2)
    return e / np.sum(e)


def masked(x):
    e = np.where(np.tri(3, 4) > 0, np.exp(x - np.max(x)), 0.5)
    return e / np.sum(e)


def multiplied(x):
    e = np.exp(x - np.max(x, axis=0))
    return (e @ W.T) / np.sum(e, axis=0)[:3]


def a_part(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e[:2] / np.sum(e[1:], axis=1, keepdims=True)


def reversed_lines(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)[::-1]


def reshaped(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.reshape(e, (4, 3)) / np.sum(np.reshape(e, (4, 3)), axis=1, keepdims=True)


def scaled_by_it(x):
    return x / np.max(x, axis=1, keepdims=True)


def to_a_power(x):
    m = np.max(x)
    return (np.exp(x - m) ** x) * np.exp(m)


DEPEND = [
    kept_sum, another_axis, over_all, crossed, squared, added_twice, summed_logs, mixed, clipped, masked, multiplied, a_part,
    reversed_lines, reshaped, scaled_by_it, to_a_power,
]  # fmt: skip


@pytest.mark.parametrize("function", DEPEND)
def test_an_extreme_on_which_the_result_depends_keeps_its_error(function):
    weights = np.cos(np.arange(12.0))
    cost = lambda x: np.sum(np.ravel(function(x)) * weights[: np.size(function(x))])  # noqa: E731
    assert "==" in str(cr.derive(cost, (X,), calls=False))
    cr.check_grad(cost, (X,))


def test_of_two_extremes_the_one_that_cancels_is_left_out():
    cost = lambda x: np.sum(W * softmax(x)) * np.max(x)  # noqa: E731
    assert str(cr.derive(cost, (X,), calls=False)).count("==") == 1
    cr.check_grad(cost, (X,))


def test_where_the_extreme_is_asked_for_it_is_given():
    def cost(m, x):
        return np.sum(W * np.exp(x - m) / np.sum(np.exp(x - m), axis=1, keepdims=True))

    np.testing.assert_allclose(cr.grad(cost)(np.max(X), X), 0.0, atol=1e-15)


def _along_any_axis(node, parts):
    return shifts._RULES["mean"](node, [replace(each, axes=(None,) * len(each.axes)) for each in parts])


PLANTED = {
    "sum": _along_any_axis,
    "subtract": lambda node, parts: shifts._RULES["add"](node, parts),
    "getitem": lambda node, parts: parts[0],
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_rule_that_is_wrong_is_found(name, monkeypatch):
    monkeypatch.setitem(shifts._RULES, name, PLANTED[name])
    assert set(CANCELED.values()) == {shifts.canceled}
    found = 0
    for function in (*ALL, *DEPEND):
        weights = np.cos(np.arange(12.0))
        cost = lambda x, f=function, w=weights: np.sum(np.ravel(f(x)) * w[: np.size(f(x))])  # noqa: E731
        program, kept = cr.derive(cost, (X,), calls=False), function in DEPEND
        found += ("==" in str(program)) is not kept
    assert found
