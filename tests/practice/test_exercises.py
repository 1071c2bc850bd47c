"""Each exercise is solved by its solution, and its typical mistakes fail it by their names, in both languages."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.practice import EXERCISES

pytestmark = pytest.mark.names  # a mistake is told by the symbol that it is in


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope_forgotten(u):
    return np.cos(u**2)


def inner_slope_at_the_wrong_place(u):
    return np.cos(u) * 2 * u


def neuron_without_slope(v, c, s, t):
    e = sigmoid(v * s + c) - t
    return e * s, e


def neuron_without_input(v, c, s, t):
    a = sigmoid(v * s + c)
    d = (a - t) * a * (1 - a)
    return d, d


def weights_reversed(w, b, a, z):
    e = w @ a + b - z
    return a @ e.T, e


def weights_with_the_other_sign(w, b, a, z):
    e = z - w @ a - b
    return e @ a.T, e


def raw_error(z, w2, b2, y):
    return w2.T @ (w2 @ sigmoid(z) + b2 - y)


def slope_at_z(z, w2, b2, y):
    return w2.T @ (w2 @ sigmoid(z) + b2 - y) * z * (1 - z)


def not_summed(w, b, x, d):
    e = w @ x + b - d
    return e @ x.T, e


def averaged(w, b, x, d):
    e = w @ x + b - d
    return e @ x.T, e.mean(axis=1, keepdims=True)


TYPICAL = [
    ("square", slope_forgotten, {"factor"}),
    ("square", inner_slope_at_the_wrong_place, {"function", "symbol"}),
    ("neuron", neuron_without_slope, {"slope", "factor"}),
    ("neuron", neuron_without_input, {"factor"}),
    ("weights", weights_reversed, {"transposed"}),
    ("weights", weights_with_the_other_sign, {"sign", "scale"}),
    ("delta", raw_error, {"slope", "factor"}),
    ("delta", slope_at_z, {"symbol", "other-slope"}),
    ("batch", not_summed, {"unsummed"}),
    ("batch", averaged, {"mean", "scale"}),
]


@pytest.mark.parametrize(("name", "mine", "names"), TYPICAL, ids=[each[1].__name__ for each in TYPICAL])
def test_typical_mistakes_are_named(name, mine, names):
    found = cr.exercise(name).check(mine)
    assert not found.ok
    assert found.mistakes and {each.name for each in found.mistakes} <= names, str(found)
    assert str(found) != found.text("zh")


def test_each_exercise_has_typical_mistakes():
    assert {name for name, _, _ in TYPICAL} == {*EXERCISES}


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_solved_by_its_solution(name):
    space = {}
    exec(cr.exercise(name).solution, space)
    assert cr.exercise(name).check(space[f"{name}_gradient"]).ok


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_to_be_written_is_said_in_both_languages(name):
    found = cr.exercise(name)
    assert all(
        one != other
        for one, other in zip(found.text().splitlines()[::2], found.text("zh").splitlines()[::2], strict=True)
    )
    assert len(found.hints) == 3


def test_the_dimensions_stand_below():
    assert str(cr.exercise("weights")).splitlines()[1:] == [
        "w: 4×3, b: 4×1, a: 3×1, z: 4×1",
        "Write a function of w, b, a, z that returns the gradients of w, b.",
    ]


def test_an_exercise_that_there_is_not():
    with pytest.raises(cr.TracingError, match=r"^There is no exercise 'x'; choose one of square, neuron, "):
        cr.exercise("x")
