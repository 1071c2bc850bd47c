"""A slope of 0 of a result that changes is warned of, once; a slope that is rightly 0 is not."""

import warnings

import numpy as np
import pytest

import chainrule as cr


def bisect(p):
    low, high = 0.0, 2.0
    for _ in range(50):
        middle = (low + high) / 2
        if middle * middle > p:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def bisect_many(p):
    low, high = np.zeros(3), np.full(3, 2.0)
    for _ in range(50):
        middle = (low + high) / 2
        is_high = middle * middle > p
        low, high = np.where(is_high, low, middle), np.where(is_high, middle, high)
    return np.sum(low)


FLAT = {
    "bisection": (bisect, (2.0,), 0),
    "bisection of several": (bisect_many, (np.array([1.0, 2.0, 3.0]),), 0),
    "bisection whose ends are traced": (lambda p: bisect(p) + 0.0 * p, (2.0,), 0),
    "rounding": (lambda x, y: round(x, 8) * y, (2.0, 3.0), 0),
    "steps": (lambda x: np.floor(1000 * x) / 1000, (2.0005,), 0),
    "a whole number": (lambda x: int(1000 * x) / 1000, (2.0005,), 0),
}
# Where the slope is rightly 0, or is stopped, or nothing leads from the argument to the result.
RIGHT = {
    "one side of a branch": (lambda x: x if x > 0 else 0.0, (-1.0,), 0),
    "at a minimum": (lambda x: x * x if x < 5 else 0.0, (0.0,), 0),
    "at a point of inflection": (lambda x: x**3 if x < 5 else 0.0, (0.0,), 0),
    "a step": (lambda x: 1.0 * int(x), (2.3,), 0),
    "a floor": (lambda x: np.floor(x) * 2, (2.3,), 0),
    "unused": (lambda x, y: y * 1.0, (2.3, 1.0), (0, 1)),
    "times 0": (lambda x: x * 0.0, (2.3,), 0),
    "a mask": (lambda x: np.sum(np.where(x > 0, 1.0, 0.0)), (np.ones(3),), 0),
    "linear": (lambda x: np.sum(2 * x), (np.ones(3),), 0),
    "not defined nearby": (lambda x: 1.0 * [2.0][int(x > 2.0)], (2.0,), 0),
}


@pytest.mark.parametrize(("f", "args", "wrt"), FLAT.values(), ids=[*FLAT])
def test_a_slope_that_is_missing_is_warned_of_once(f, args, wrt):
    slope = cr.grad(f, wrt)
    with pytest.warns(cr.FlatSlopeWarning, match="is 0, although .* changes with"):
        slope(*args)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slope(*args)
    with pytest.warns(cr.FlatSlopeWarning, match="is 0, although .* changes with"):
        cr.derive(f, args, wrt)


@pytest.mark.parametrize(("f", "args", "wrt"), RIGHT.values(), ids=[*RIGHT])
def test_a_slope_that_is_rightly_0_is_not(f, args, wrt):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cr.grad(f, wrt)(*args)
        cr.derive(f, args)


def test_shapes_alone_are_not_looked_into():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cr.derive(lambda x: np.sum(np.round(x)), [cr.Spec((3,))])


def test_the_warning_names_the_branch_and_what_helps():
    with pytest.warns(cr.FlatSlopeWarning) as found:
        cr.grad(bisect)(2.0)
    assert str(found[0].message) == (
        f"test_flat_slopes.py:{bisect.__code__.co_firstlineno + 4}: the slope of bisect by p is 0, although bisect changes with p: "
        "only branches, comparisons or rounding lead there; search for a root with chainrule.root(f, x0), and leave rounding out.\n"
        "    if middle * middle > p:"
    )
    assert found[0].filename == __file__

    assert cr.grad(lambda p: cr.root(lambda x: x * x - p, 1.0))(2.0) == pytest.approx(0.5 / np.sqrt(2), rel=1e-12)


def test_arguments_are_left_as_they_are():
    def f(x, state):
        state[0] += 1
        return round(x, 8) * 2.0

    state = np.zeros(1)
    with pytest.warns(cr.FlatSlopeWarning):
        cr.grad(f)(1.5, state)
    assert state[0] == 1
