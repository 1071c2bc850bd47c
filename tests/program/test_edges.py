"""At the edges: zeros, infinities, ties, branches that are not taken, numbers at ±1000, float32, integers, truth values.

A test here fails on any warning that a derivative gives; what the function itself warns of is silenced.
"""

import itertools
import operator
import re
import warnings

import numpy as np
import pytest
import scipy.special

import chainrule as cr
from chainrule.core.binding import bind
from chainrule.core.primitive import PRIMITIVES

from .oracles import cofactors

X = np.array([0.0, 1.0, -1.0, 2.0])


def quiet(function):
    def silenced(x):
        with np.errstate(all="ignore"):
            return function(x)

    return silenced


GUARDED = {
    "x ln x": (lambda x: np.where(x > 0, x * np.log(x), 0.0), lambda x: np.log(x) + 1 if x > 0 else 0.0),
    "√x": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), lambda x: 0.5 / np.sqrt(x) if x > 0 else 0.0),
    "sin x / x": (lambda x: np.where(x != 0, np.sin(x) / x, 1.0), lambda x: (x * np.cos(x) - np.sin(x)) / x**2 if x else 0.0),
    "x^1.5": (lambda x: np.where(x > 0, x**1.5, x), lambda x: 1.5 * np.sqrt(x) if x > 0 else 1.0),
    "overflow": (lambda x: np.where(x > 0.5, x, np.exp(1000 * x)), lambda x: 1.0 if x > 0.5 else 1000 * np.exp(1000 * x)),
    "nested": (
        lambda x: np.where(x > 0, np.where(x > 1, np.log(x - 1), np.sqrt(x)), 0.0),
        lambda x: 1 / (x - 1) if x > 1 else 0.5 / np.sqrt(x) if x > 0 else 0.0,
    ),
    "arcsin": (lambda x: np.where(np.abs(x) < 1, np.arcsin(x), 2 * x), lambda x: 1 / np.sqrt(1 - x * x) if abs(x) < 1 else 2.0),
    "1 / x beside x": (lambda x: np.where(x == 0, 1.0, 1 / x) + x, lambda x: 1 - 1 / x**2 if x else 1.0),
}  # fmt: skip


@pytest.mark.parametrize(("function", "slope"), GUARDED.values(), ids=GUARDED)
def test_a_branch_that_is_not_taken_gives_no_nan(function, slope):
    right = [slope(each) for each in X]
    total = quiet(lambda x: np.sum(function(x)))
    np.testing.assert_allclose(cr.grad(total)(X), right, rtol=1e-12)
    with np.errstate(all="ignore"):  # a printed program computes the function too
        np.testing.assert_allclose(cr.derive(total, [X])(X), right, rtol=1e-12)
    np.testing.assert_allclose(cr.jvp(total, (X,), (np.ones(4),))[1], np.sum(right), rtol=1e-12)
    assert np.isfinite(cr.hessian(total)(X)).all()
    assert [float(cr.grad(quiet(function))(float(each))) for each in X] == pytest.approx(right, rel=1e-12)


def test_both_branches_of_one_value():
    """The same node in both branches is alive everywhere."""

    def f(x):
        y = np.log(x)
        return np.sum(np.where(x > 0.5, y, y))

    np.testing.assert_allclose(cr.grad(f)(np.array([0.1, 0.2, 3.0])), [10, 5, 1 / 3])


def test_a_value_that_is_also_used_outside_is_alive_everywhere():
    def f(x):
        y = np.log(x)
        return np.sum(np.where(x > 0.5, y, 0.0)) + np.sum(y)

    np.testing.assert_allclose(cr.grad(f)(np.array([0.1, 2.0])), [10, 1])


FINITE = {
    "x²": lambda x: np.where(np.isfinite(x), x * x, 0.0),
    "a chain": lambda x: np.where(~(np.isnan(x) | np.isinf(x)), np.sin(x) * x + np.tanh(x * 2), 3.0),
    "between infinities": lambda x: np.where((x < np.inf) & (x > -np.inf), np.maximum(x, 0.3) * x, x),
    "the other branch": lambda x: np.where(np.isinf(x), 1.0, x**3 + np.square(x)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FINITE)
def test_infinite_numbers_that_where_leaves_out_have_the_slope_0(name):
    """The same answer from a gradient, at its first and later calls, from a directional derivative and a program."""
    function = FINITE[name]
    x = np.array([0.7, np.inf, -np.inf])
    keeps = name == "between infinities"  # x itself is taken there

    def cost(x):
        return np.sum(function(x))

    step = (function(np.float64(0.7 + 1e-6)) - function(np.float64(0.7 - 1e-6))) / 2e-6
    right = [step, 1.0 * keeps, 1.0 * keeps]
    with np.errstate(all="ignore"):
        for found in (cr.grad(cost)(x), cr.grad(cost)(x), cr.derive(cost, [x])(x), cr.compile(cr.grad(cost))(x)):
            np.testing.assert_allclose(found, right, rtol=1e-8)
        assert np.isclose(cr.jvp(cost, (x,), (np.ones(3),))[1], sum(right))


def test_a_loop_that_waits_for_closeness_runs_until_it_is_there():
    """At first it compares with an infinity, to which no number is close."""

    def root(x):
        y, before, steps = x * 0 + 1.0, np.inf, 0
        while not np.isclose(y, before):
            y, before, steps = 0.5 * (y + x / y), y, steps + 1
        return y

    assert np.isclose(root(2.0), np.sqrt(2))
    for x in (2.0, 3.0):
        assert np.isclose(cr.grad(root)(x), 0.5 / np.sqrt(x))
    program = cr.trace(root, [2.0])
    assert np.isclose(program(np.float64(2.0)), np.sqrt(2))
    with pytest.raises(cr.BranchError):
        program(np.float64(1e6))


def test_a_deviation_of_0_has_the_slope_0_with_gaps_too():
    x = np.array([3.0, np.nan, 3.0])
    for function in (np.nanstd, lambda x: np.nanstd(x, ddof=1)):
        for _ in range(3):
            assert cr.grad(function)(x).tolist() == [0.0, 0.0, 0.0]
    assert cr.grad(np.std)(np.full(3, 3.0)).tolist() == [0.0, 0.0, 0.0]


def test_where_without_a_danger_prints_no_guard():
    program = cr.derive(lambda x: np.sum(np.where(x > 0, 3 * x**2, np.sin(x) / 2)), [X])
    assert str(program).count("np.where") == 2


ELEMENTWISE = {
    (name, place): PRIMITIVES[name]
    for name in sorted(PRIMITIVES)
    if PRIMITIVES[name].elementwise and name != "astype"
    for place, each in enumerate(next(iter(PRIMITIVES[name].examples(np.random.default_rng(0))))[0])
    if np.result_type(each).kind == "f" and PRIMITIVES[name].rule(place) is not None
}
NUMBERS = [0.0, 1.0, -1.0, 0.5, 2.0]
WRITES = {
    "a slice": lambda x: set_at(np.zeros(5), slice(1, 4), x),
    "element by element": lambda x: set_at(set_at(set_at(np.zeros((2, 3)), (0, 0), x[0]), (0, 1), x[1]), (0, 2), x[2]),
    "an index array": lambda x: set_at(np.zeros(5), np.array([4, 0, 2]), x),
    "+=": lambda x: add_at(np.zeros(5), slice(0, 3), x),
    "np.pad": lambda x: np.pad(x, 1),
    "np.concatenate": lambda x: np.concatenate([x, np.zeros(2)]),
    "np.stack": lambda x: np.stack([x, np.zeros(3)]),
    "np.diag": np.diag,
    "np.triu": lambda x: np.triu(np.ones((3, 1)) * x[None]),
    "turned": lambda x: np.roll(np.pad(x, 1), 2)[::-1].reshape(5, 1).T,
    "taken": lambda x: np.take(np.pad(x, 1), np.array([0, 2, 1, 3, 4])),
    "taken at computed places": lambda x: np.take(np.pad(x, 1), np.argsort(np.pad(x, 1))),
    "put at computed places": lambda x: set_at(np.zeros(5), np.argsort(x) + 1, x),
    "gathered": lambda x: np.stack([np.pad(x, 1)] * 2)[np.array([0, 1, 1]), np.array([0, 2, 4])],
    "selected by a mask": lambda x: np.pad(x, 1)[np.pad(x, 1) >= -10.0],
    "taken along an axis": lambda x: np.take_along_axis(np.pad(x, 1), np.argsort(np.pad(x, 1)), 0),
    "added at places": lambda x: np.bincount(np.array([0, 2, 4]), x, 6),
    "in places of a row": lambda x: set_at(np.zeros((2, 4)), (1, np.argsort(x)), x),
}


def set_at(array, index, values):
    array[index] = values
    return array


def add_at(array, index, values):
    array[index] += values
    return array


def at_operand(primitive, place, others, of):
    """The operation as a function of one of its operands, beside fixed other ones."""
    params = primitive.params | next(iter(primitive.examples(np.random.default_rng(0))))[1]
    return lambda x: bind(primitive, (*others[:place], of(x), *others[place:]), tuple(params.items()))


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("key", ELEMENTWISE, ids=lambda key: f"{key[0]} {key[1]}")
def test_the_derivative_along_a_direction_is_the_slope_at_zeros_and_kinks(key):
    primitive, place = ELEMENTWISE[key], key[1]
    operands = next(iter(primitive.examples(np.random.default_rng(0))))[0]
    for point in NUMBERS:
        for beside in NUMBERS if len(operands) > 1 else [1.0]:
            others = [
                np.float64(beside) if np.result_type(each).kind == "f" else np.ravel(each)[0]
                for number, each in enumerate(operands)
                if number != place
            ]
            f = at_operand(primitive, place, others, lambda x: x)
            with np.errstate(all="ignore"):
                slope, (_, along) = cr.grad(f)(point), cr.jvp(f, (point,), (1.0,))
            np.testing.assert_array_equal(along, slope, err_msg=f"at {point} beside {beside}")


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("way", WRITES)
@pytest.mark.parametrize(
    "key", [key for key in ELEMENTWISE if ELEMENTWISE[key].regular is not None], ids=lambda key: f"{key[0]} {key[1]}"
)
def test_zeros_that_no_input_reaches_have_no_slope_along_a_direction(key, way):
    """As in np.sqrt of an array with written numbers among zeros: 0 / 0 there must not come forward."""
    primitive, place = ELEMENTWISE[key], key[1]
    operands = next(iter(primitive.examples(np.random.default_rng(0))))[0]
    x, direction = np.resize(operands[place], 3), np.array([1.0, -2.0, 0.5])
    others = [np.ravel(each)[0] for number, each in enumerate(operands) if number != place]
    inner = at_operand(primitive, place, others, WRITES[way])
    f = lambda x: inner(x) / 3.0  # noqa: E731
    with np.errstate(all="ignore"):
        slopes = cr.jacobian(f)(x) @ direction
        for _ in range(3):  # the later ones by a compiled pass
            along = cr.jvp(f, (x,), (direction,))[1]
            np.testing.assert_allclose(along, slopes, rtol=1e-12, atol=1e-15)


KEPT = np.triu(np.ones((3, 3), bool), 1)
LEAVES_OUT = {
    "np.triu": lambda y, kept: np.triu(y, 1),
    "np.tril": lambda y, kept: np.tril(y.T, -1),
    "a mask": lambda y, kept: y[kept],
    "a mask beside an index": lambda y, kept: y[None][0, kept],
    "np.compress": lambda y, kept: np.compress(kept.reshape(-1), y),
    "a write by a mask": lambda y, kept: set_at(y * 1.0, np.logical_not(kept), 2.0),
    "one's own inverse": lambda y, kept: np.triu(set_at(y * 1.0, kept, 1.0 / y[kept]), 1),
    "np.where": lambda y, kept: np.where(kept, y, 0.0),
}


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("way", LEAVES_OUT)
@pytest.mark.parametrize(
    "key", [key for key in ELEMENTWISE if ELEMENTWISE[key].regular is not None], ids=lambda key: f"{key[0]} {key[1]}"
)
def test_elements_that_are_left_out_have_no_slope(key, way):
    """As in np.sqrt(x)[x > 0]: 0 / 0 of an element that the result does not hang on must not come back."""
    primitive, place = ELEMENTWISE[key], key[1]
    operands = next(iter(primitive.examples(np.random.default_rng(0))))[0]
    x = np.resize(operands[place], (3, 3))
    at = np.where(KEPT, x, np.resize(NUMBERS, (3, 3)))  # each of them is left out somewhere
    others = [np.ravel(each)[0] for number, each in enumerate(operands) if number != place]

    def f(x, known):
        kept = KEPT if known else x * 0.0 + KEPT > 0.5
        return np.sum(LEAVES_OUT[way](at_operand(primitive, place, others, lambda x: x)(x), kept) / 3.0)

    with np.errstate(all="ignore"):
        for known in (True, False):
            slopes = np.where(KEPT, cr.grad(f)(x, known), 0.0)
            for _ in range(3):  # the later ones by a compiled pass
                np.testing.assert_allclose(cr.grad(f)(at, known), slopes, rtol=1e-12)
            np.testing.assert_allclose(cr.derive(f, (at, known), wrt="x")(at, known), slopes, rtol=1e-12)


SPREADS = {
    "a column": lambda y, value: set_at(y, (slice(None), 0), value),
    "all": lambda y, value: set_at(y, ..., value),
    "places": lambda y, value: set_at(y, np.array([2, 0]), value),
    "a row in places": lambda y, value: set_at(y, np.array([0, 1]), value * np.arange(1.0, 5.0)),
    "a column in rows": lambda y, value: set_at(y, slice(1, None), value * np.ones((2, 1))),
    "a mask": lambda y, value: set_at(y, np.arange(12.0).reshape(3, 4) > 5, value),
    "added": lambda y, value: add_at(y, slice(0, 2), value),
    "np.add.at": lambda y, value: np.add.at(y, [1, 1, 0], value),
}


@pytest.mark.parametrize("way", SPREADS)
def test_a_value_that_is_written_to_many_places_has_its_slope_where_a_mask_leaves_some_out(way):
    def f(x):
        y = x * 1.0
        SPREADS[way](y, np.sqrt(x[1, 0]))
        y[y > 0.84] = 0.3
        return np.sum(np.tanh(y) ** 2)

    x, step = np.random.default_rng(0).uniform(0.4, 1.4, (3, 4)), 1e-6
    units = step * np.eye(12).reshape(12, 3, 4)
    slopes = np.reshape([(f(x + unit) - f(x - unit)) / (2 * step) for unit in units], (3, 4))
    for _ in range(3):  # the later ones by a compiled pass
        np.testing.assert_allclose(cr.grad(f)(x), slopes, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(cr.jvp(f, (x,), (x,))[1], np.sum(slopes * x), rtol=1e-7)
    np.testing.assert_allclose(cr.derive(f, (x,))(x), slopes, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(cr.compile(cr.grad(f))(x), slopes, rtol=1e-7, atol=1e-9)


def potential(pos, mass):
    """As in many programs of gravitation: distances of bodies, 0 to themselves, are inverted where they are positive."""
    inverse = np.sqrt(np.sum((pos[:, None] - pos[None]) ** 2, axis=-1))
    inverse[inverse > 0] = 1.0 / inverse[inverse > 0]
    return np.sum(np.triu(-(mass * mass.T) * inverse, 1))


def test_the_potential_of_several_bodies_has_the_slopes_of_differences():
    random = np.random.default_rng(2)
    pos, mass = random.normal(size=(5, 3)), random.uniform(1, 2, (5, 1))
    cr.check_grad(potential, (pos, mass))
    assert np.isfinite(cr.jvp(potential, (pos, mass), (pos, mass))[1])


def logistic(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


# Each with its slope and the slope of that, written in other functions.
BY_HAND = {
    "σ": (lambda x: 1 / (1 + np.exp(-x)), lambda x: logistic(x) * logistic(-x)),
    "1 + e^u on the left": (lambda x: np.reciprocal(np.exp(-x) + 1.0), lambda x: logistic(x) * logistic(-x)),
    "to the power -1": (lambda x: (1 + np.exp(-x)) ** -1, lambda x: logistic(x) * logistic(-x)),
    "to the power -½": (lambda x: (1 + np.exp(-x)) ** -0.5, lambda x: 0.5 * np.sqrt(logistic(x)) * logistic(-x)),
    "growth": (lambda x: 3.0 / (1 + np.exp(-2 * (x - 0.5))), lambda x: 6 * logistic(2 * x - 1) * logistic(1 - 2 * x)),
    "ln(1 + e^x)": (lambda x: np.log(1 + np.exp(x)), logistic),
    "log1p": (lambda x: np.log1p(np.exp(x)), logistic),
    "ln σ": (lambda x: -np.log(1 + np.exp(-x)), lambda x: logistic(-x)),
    "tanh": (lambda x: 2 / (1 + np.exp(-2 * x)) - 1, lambda x: 4 * logistic(2 * x) * logistic(-2 * x)),
    "behind where": (lambda x: np.where(x > 0, x * x, 1 / (1 + np.exp(-x))), lambda x: np.where(x > 0, 2 * x, logistic(x) * logistic(-x))),
    "used twice": (lambda x: (lambda e: 1 / (1 + e) + np.log(1 + e))(np.exp(x)), lambda x: logistic(x) - logistic(x) * logistic(-x)),
}  # fmt: skip


@pytest.mark.parametrize(("function", "slope"), BY_HAND.values(), ids=BY_HAND)
def test_what_is_written_with_1_plus_exp_has_its_slope_where_exp_overflows(function, slope):
    x = np.array([-1000.0, -750.0, -3.0, 0.4, 5.0, 750.0, 1000.0])
    total = quiet(lambda x: np.sum(function(x)))
    with np.errstate(all="ignore"):  # a compiled or printed program computes the function too
        found = [
            cr.grad(total)(x),
            cr.grad(total)(x),
            cr.compile(cr.grad(total))(x),
            cr.jvp(total, (x,), (np.ones(7),))[1],
        ]
        found += [cr.derive(total, [x], form=form)(x) for form in ("textbook", "fast")]
        curved = np.diagonal(cr.hessian(total)(x))
    for each in found:
        np.testing.assert_allclose(each, np.sum(slope(x)) if np.shape(each) == () else slope(x), rtol=1e-11, atol=1e-15)
    near, step = x[2:5], 1e-5
    assert np.isfinite(curved).all()
    np.testing.assert_allclose(curved[2:5], (slope(near + step) - slope(near - step)) / (2 * step), rtol=1e-6)
    narrow = cr.grad(total)(x.astype(np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, slope(x), rtol=1e-5, atol=1e-7)


def test_numbers_near_1_plus_exp_are_not_taken_for_it():
    ones = np.array([1.0, 1.0])
    for function in (
        lambda x: 1 / (2 + np.exp(x)), lambda x: np.log(1 - np.exp(-x)), lambda x: np.log(1 + np.exp(x) * x),
        lambda x: np.sum(np.log(ones + np.exp(x)) * ones),
    ):  # fmt: skip
        assert cr.check_grad(function, [1.3]).ok
    u = np.array([[0.3, -0.2]])
    assert cr.check_grad(lambda u, k: np.sum(k / (1 + np.exp(u))), [u, np.array([[1.0], [2.0]])]).ok


@pytest.mark.parametrize("scale", [1000.0, -1000.0])
def test_softmax_and_logsumexp_at_a_thousand(scale):
    x = np.array([scale, 0.0, scale])
    right = np.array([0.5, 0.0, 0.5]) if scale > 0 else np.array([0.0, 1.0, 0.0])
    np.testing.assert_allclose(cr.grad(np.logaddexp.reduce)(x), right)

    def by_hand(x):
        top = np.max(x)
        return np.log(np.sum(np.exp(x - top))) + top

    np.testing.assert_allclose(cr.grad(by_hand)(x), right)
    sure = cr.grad(lambda x: np.sum(np.exp(x - np.logaddexp.reduce(x, keepdims=True)) * np.arange(3.0)))(x)
    assert np.isfinite(sure).all()
    assert cr.grad(lambda x: np.logaddexp(0.0, x))(scale) == (scale > 0)
    np.testing.assert_allclose(cr.grad(lambda x: np.logaddexp.accumulate(x)[-1])(x), right)
    assert cr.grad(np.tanh)(scale) == 0
    assert np.all(cr.grad(lambda x: np.logaddexp.reduce(x))(np.full(2, -np.inf)) == 0)


@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf])
def test_a_norm_at_0_has_the_derivative_0(order):
    assert cr.grad(lambda x: np.linalg.norm(x, order))(np.zeros(3)).tolist() == [0, 0, 0]
    assert cr.grad(lambda x: np.sum(np.hypot(x, x)))(np.zeros(2)).tolist() == [0, 0]


@pytest.mark.wide
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1), (1, 0), (-2, -1), (0, 2)])
@pytest.mark.parametrize("order", [None, "fro", "nuc", 2, 1, 3, 1.5, 0.5, np.inf, -np.inf, 0, -1, -2])
def test_every_norm_at_0_has_a_finite_derivative_both_ways(order, axis):
    for shape in [(3,), (2, 3), (2, 2, 3)]:
        for keepdims in (False, True):

            def f(x, keepdims=keepdims):
                return np.sum(np.linalg.norm(x, order, axis, keepdims))

            x, along = np.zeros(shape), np.ones(shape)
            with np.errstate(all="ignore"):
                try:
                    f(x)
                except (ValueError, TypeError):  # no norm of this order, or no such axis
                    continue
                slope = cr.grad(f)(x)
                forward = cr.jvp(f, (x,), (along,))[1]
            assert np.isfinite(slope).all()
            np.testing.assert_allclose(forward, np.sum(slope), rtol=1e-14)
            if order in (None, "fro"):
                assert not slope.any()


def test_a_standard_deviation_of_0_has_the_derivative_0():
    assert cr.grad(np.std)(np.full(3, 2.0)).tolist() == [0, 0, 0]
    assert cr.grad(lambda x: np.sum(np.std(x, axis=0)))(np.ones((1, 3))).tolist() == [[0, 0, 0]]


def test_products_with_zeros():
    for x in ([2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [2.0, 1.0, 3.0]):
        others = [float(np.prod(np.delete(x, place))) for place in range(3)]
        assert cr.grad(np.prod)(np.array(x)).tolist() == others
        rest = [[0.0 if i == j else float(np.prod(np.delete(x, [i, j]))) for j in range(3)] for i in range(3)]
        np.testing.assert_array_equal(cr.hessian(np.prod)(np.array(x)), rest)
        cr.check_grad(lambda x: np.sum(np.sin(np.cumprod(x))), [np.array(x)])
        cr.check_grad(
            lambda x: np.sum(cr.grad(lambda y: np.sum(np.sin(np.cumprod(y))))(x) ** 2), [np.array(x)], rtol=1e-4
        )


def test_powers_at_0_and_of_negative_bases():
    assert [cr.grad(lambda x, n=n: x**n)(0.0) for n in (0, 1, 2, 3.0)] == [0, 1, 0, 0]
    assert cr.grad(lambda x: x**3)(-2.0) == 12
    assert cr.grad(lambda x: x**-1.0)(-2.0) == -0.25
    assert cr.grad(lambda n: 0.0**n)(2.0) == 0
    assert cr.grad(lambda x: np.sum(x ** np.array([0, 1, 2])))(np.zeros(3)).tolist() == [0, 1, 0]


@pytest.mark.parametrize("powers", [[0, 1, 2], [0.0, 1.0, 2.0]])
def test_powers_at_infinity(powers):
    for sign in (1.0, -1.0):

        def f(x, sign=sign):
            return np.sum(x ** np.array(powers) * np.array([1.0, 1.0, sign]))

        x = np.full(3, sign * np.inf)
        for slope in (cr.grad(f)(x), cr.derive(f, (x,))(x), cr.compile(cr.grad(f))(x)):
            assert slope.tolist() == [0, 1, np.inf]


def test_ties_share():
    tie = np.array([1.0, 1.0, 0.0])
    for function in (np.max, np.maximum.reduce, lambda x: np.linalg.norm(x, np.inf)):
        assert cr.grad(function)(tie).tolist() == [0.5, 0.5, 0]
    for function in (np.fmax, np.fmin, np.maximum, np.minimum):
        assert cr.grad(function, (0, 1))(1.0, 1.0) == (0.5, 0.5)
    assert cr.grad(np.fmax, (0, 1))(np.nan, 1.0) == (0, 1)


def test_numbers_that_are_none_stay_apart():
    x = np.array([1.0, np.nan, np.inf])
    assert cr.grad(lambda x: np.sum(np.nan_to_num(x)[:1]))(x).tolist() == [1, 0, 0]
    assert cr.grad(np.nansum)(np.array([1.0, np.nan])).tolist() == [1, 0]


FLOAT32 = [
    lambda x: np.linalg.norm(x), lambda x: np.sum(np.exp2(x) + np.log2(x) + np.cbrt(x) + np.tan(x)), lambda x: np.prod(x),
    lambda x: np.sum(np.cumprod(x)), lambda x: np.sum(np.sort(x) * x), lambda x: np.median(x), lambda x: np.sum(x[x > 0.3] ** 2),
    lambda x: np.sum(np.linalg.eigh(np.outer(x, x) + np.diag(x))[0]), lambda x: np.linalg.slogdet(np.diag(x))[1],
    lambda x: np.einsum("i,i->", x, x), lambda x: np.logaddexp.reduce(x), lambda x: np.sum(np.convolve(x, x)),
    lambda x: np.sum(np.where(x > 0.3, np.log(x), 0.0)), lambda x: np.sum(scipy.special.gammaln(x) + scipy.special.erf(x)),
    lambda x: np.sum(scipy.special.digamma(x)), lambda x: np.var(x) + np.std(x), lambda x: np.sum(np.sinc(x)),
]  # fmt: skip


@pytest.mark.parametrize("function", FLOAT32)
def test_float32_stays_float32(function):
    x = np.array([0.5, 0.2, 1.5])
    narrow, wide = cr.grad(function)(x.astype(np.float32)), cr.grad(function)(x)
    assert (narrow.dtype, wide.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(narrow, wide, rtol=1e-4)


def test_integers_and_truth_values_are_constants():
    def f(x, n):
        return np.sum(x[n]) * n[0] + np.sum(np.take_along_axis(x, n, 0) * (n > 0)) + np.abs(n > 1).sum()

    assert cr.grad(f)(np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2])).tolist() == [2, 0, 6]
    assert cr.grad(lambda x: np.sum(x.astype(int)) * 1.0)(X).tolist() == [0, 0, 0, 0]
    assert cr.grad(lambda x: np.sum(np.floor(x) + np.round(x) + np.sign(x) + (x // 1)))(X).tolist() == [0, 0, 0, 0]


BESIDE_TRUTH_VALUES = {
    "2": 2, "0": 0, "1": 1, "-1": -1, "2.0": 2.0, "0.5": 0.5, "1j": 1j, "True": True, "False": False,
    "int8": np.int8(2), "int64": np.int64(2), "float32": np.float32(2), "truth value": np.True_,
    "whole numbers": np.array([2, 1, 3]), "bytes": np.array([2, 1, 3], np.uint8), "floats": np.array([0.5, 1.0, 2.0]),
    "truth values": np.array([True, False, True]),
}  # fmt: skip
_OPERATORS = "add sub mul truediv floordiv mod pow and_ or_ xor lt le gt ge eq ne".split()
_IN_PLACE = "iadd isub imul ipow iand ior ixor".split()
_FUNCTIONS = (
    "add subtract multiply divide floor_divide remainder fmod power float_power maximum fmin arctan2 logaddexp logical_xor equal"
).split()
WITH_TRUTH_VALUES = {
    **{name: getattr(operator, name) for name in (*_OPERATORS, *_IN_PLACE)},
    **{f"np.{name}": getattr(np, name) for name in _FUNCTIONS},
}


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WITH_TRUTH_VALUES)
@pytest.mark.parametrize("x", [np.array([-1.0, 0.5, 2.0]), np.float64(0.5)], ids=["array", "number"])
def test_operations_on_truth_values_are_numpys(name, x):
    """Values, dtypes and errors; some are refused because they have no derivative or work on bits."""
    operation, tried = WITH_TRUTH_VALUES[name], 0
    for operand in BESIDE_TRUTH_VALUES.values():
        both = (lambda x: operation(x > 0, operand)), (lambda x: operation(operand, x > 0))  # noqa: B023
        for f in both[:1] if name in _IN_PLACE else both:  # an operand from outside may not be written to
            try:
                expected = f(x)
            except (TypeError, ValueError):
                with pytest.raises((TypeError, ValueError)):
                    cr.trace(f, (x,))
                tried += 1
                continue
            try:
                result = cr.trace(f, (x,))(x)
            except cr.TracingError as error:
                assert re.search("use it on truth values|np.real", str(error)), error
                continue
            tried += 1
            assert np.asarray(result).dtype == np.asarray(expected).dtype
            np.testing.assert_array_equal(result, expected)
    assert tried >= 4


def test_powers_of_truth_values_are_factors_like_others():
    def f(x):
        return np.sum(((x > 0) ** 2 + np.power(x > 1, 2)) * x**2)

    x = np.array([-1.0, 0.5, 2.0])
    np.testing.assert_array_equal(cr.grad(f)(x), [0, 1, 8])
    np.testing.assert_array_equal(cr.derive(f, (x,))(x), [0, 1, 8])
    assert cr.jvp(f, (x,), (np.ones(3),))[1] == 9


def test_a_mask_holds_under_a_condition():
    program = cr.trace(lambda x: np.mean(x[x > 0]), [X])
    assert program(np.array([5.0, 1.0, -1.0, -2.0])) == 3
    with pytest.raises(cr.BranchError, match=r"np\.sum\(v1\) == 2"):
        program(np.array([5.0, 1.0, 1.0, -2.0]))
    masks = [np.array([True, False, True, False]), np.array([[0, 1], [2, 3]])]
    assert cr.grad(lambda x: np.sum(x[masks[0]] ** 2))(X).tolist() == [0, 0, -2, 0]
    assert cr.grad(lambda x: np.sum(x[masks[1], ] ** 2))(X).tolist() == [0, 2, -2, 4]  # fmt: skip


@pytest.mark.parametrize("call", [
    lambda x: x[[0, 5], [0, 0]], lambda x: x[np.array([0, 2]), np.array([0, 0])], lambda x: x[0, [1, 9]], lambda x: x[[0], [1], [2]],
])  # fmt: skip
def test_an_index_beyond_the_array_is_refused_with_and_without_values(call):
    for argument in (np.ones((2, 3)), cr.Spec((2, 3))):
        with pytest.raises(IndexError):
            cr.trace(call, [argument])


@pytest.mark.parametrize(
    "a", [np.ones((2, 2)), np.zeros((3, 3)), np.diag([1.0, 0.0, -2.0]), np.arange(9.0).reshape(3, 3)]
)
def test_a_determinant_has_slopes_where_there_is_no_inverse(a):
    np.testing.assert_allclose(cr.grad(np.linalg.det)(a), cofactors(a), atol=1e-13)
    stack = np.stack([np.eye(len(a)), a])
    slopes = cr.derive(lambda a: np.sum(np.linalg.det(a)), (stack,))(stack)
    np.testing.assert_allclose(slopes, [np.eye(len(a)), cofactors(a)], atol=1e-13)


@pytest.mark.parametrize(("function", "slopes"), [
    (np.sinc, [0, -(np.pi**2) / 3, 0, np.pi**4 / 5]),
    (scipy.special.i1, [1 / 2, 0, 3 / 8, 0]),
    (scipy.special.j1, [1 / 2, 0, -3 / 8, 0]),
    (lambda x: scipy.special.xlogy(x, x + 2), [np.log(2), 1, -3 / 4, 1]),
    (lambda x: scipy.special.xlog1py(x, x), [0, 2, -3, 8]),
])  # fmt: skip
def test_slopes_of_slopes_at_0(function, slopes):
    for slope in slopes:
        function = cr.grad(function)
        np.testing.assert_allclose(function(0.0), slope, rtol=1e-14, atol=1e-15)


def test_sinc_of_large_numbers_does_not_overflow():
    np.testing.assert_allclose(
        cr.grad(lambda x: np.sum(np.sinc(x)))(np.array([1e200, 0.5])), [0, -4 / np.pi], atol=1e-15
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["hyp0f1", "hyp1f1", "hyp2f1"])
def test_hypergeometric_functions_at_poles_are_scipys(name):
    """With orders of every kind of number; where the function is infinite or no number, its slope is neither finite nor an error."""
    function, count = getattr(scipy.special, name), int(name[3]) + int(name[5])
    for orders in itertools.product([0, -1, 0.0, -2.0, 1.5, np.float64(-1.0), np.float64(2.0)], repeat=count):
        for f in (lambda z: function(*orders, z), lambda z: np.sum(function(*orders, z * np.ones(2)))):  # noqa: B023
            value = f(0.3)
            np.testing.assert_array_equal(cr.trace(f, (0.3,))(0.3), value)
            slope = cr.grad(f)(0.3)
            assert np.isfinite(value) or not np.isfinite(slope)
            if not any(order <= 0 for order in orders[int(name[3]) :]):
                assert slope == pytest.approx((f(0.3 + 1e-6) - f(0.3 - 1e-6)) / 2e-6, rel=1e-6, abs=1e-8)


def test_xlogy_where_both_are_0():
    f = cr.grad(lambda x, y: np.sum(scipy.special.xlogy(x, y)), (0, 1))
    one, other = f(np.array([0.0, 2.0]), np.array([0.0, 4.0]))
    np.testing.assert_allclose(one, [0, np.log(4)])
    np.testing.assert_allclose(other, [0, 0.5])


@pytest.mark.parametrize(("function", "x", "slopes"), [
    (np.sinc, 1e-10, [-(np.pi**2) / 3 * 1e-10, -(np.pi**2) / 3, np.pi**4 / 5 * 1e-10]),
    (np.sinc, 1e-300, [-(np.pi**2) / 3 * 1e-300, -(np.pi**2) / 3, np.pi**4 / 5 * 1e-300]),
    (scipy.special.i1, 1e-10, [1 / 2, 3 / 8 * 1e-10, 3 / 8]),
    (scipy.special.j1, -1e-300, [1 / 2, 3 / 8 * 1e-300, -3 / 8]),
])  # fmt: skip
def test_slopes_of_slopes_beside_0(function, x, slopes):
    for slope in slopes:
        function = cr.grad(function)
        np.testing.assert_allclose(function(x), slope, rtol=1e-13)


def test_the_slope_of_ln_of_the_normal_distribution_far_to_the_left():
    f = cr.grad(scipy.special.log_ndtr)
    # φ(x) / Φ(x) = −x + 1/−x − 2/−x³ + …
    for x in (-1e3, -1e5, -1e8):
        np.testing.assert_allclose(f(x), -x - 1 / x + 2 / x**3, rtol=1e-14)
    np.testing.assert_allclose(cr.grad(f)(-30.0), -0.99889622848811, rtol=1e-12)  # by mpmath
    np.testing.assert_allclose(
        [f(0.0), f(20.0), cr.grad(f)(0.0)], [0.7978845608028654, 5.520948362159763e-88, -2 / np.pi]
    )


@pytest.mark.parametrize("order", [-1, -2, -0.5])
def test_a_norm_of_a_negative_order_is_flat_where_a_number_is_0(order):
    f = quiet(lambda x: np.linalg.norm(x, order))
    x = np.array([2.0, 0.0, -3.0])
    assert cr.grad(f)(x).tolist() == [0, 0, 0]
    assert cr.hessian(f)(x).tolist() == np.zeros((3, 3)).tolist()
    assert cr.check_grad(f, [np.array([2.0, 0.5, -3.0])]).ok


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_derivatives_of_an_empty_array_are_empty(shape):
    x = np.zeros(shape, np.float32)
    jacobian, hessian = cr.jacobian(lambda x: x * x)(x), cr.hessian(lambda x: np.sum(x * x))(x)
    assert (jacobian.shape, jacobian.dtype) == (hessian.shape, hessian.dtype) == (shape * 2, np.float32)
    total = quiet(lambda x: np.sum(np.mean(x * x, axis=0)))
    with np.errstate(all="ignore"), warnings.catch_warnings():  # NumPy's mean of nothing warns by itself
        warnings.simplefilter("ignore")
        for found in (cr.grad(total)(x), cr.compile(cr.grad(total))(x), cr.derive(total, [x])(x)):
            assert found.shape == shape


def test_sums_in_logarithms_that_begin_with_nothing():
    f = cr.grad(lambda x: np.sum(np.logaddexp.accumulate(x)[1:]))
    x = np.array([-np.inf, -np.inf, 0.0, 1.0])
    share = 1 / (1 + np.e)
    np.testing.assert_allclose(f(x), [0, 0, 1 + share, 1 - share], rtol=1e-14)
    curved = share * (1 - share) * np.array([[1, -1], [-1, 1]])
    np.testing.assert_allclose(cr.jacobian(f)(x), np.pad(curved, ((2, 0), (2, 0))), rtol=1e-14)


def test_beside_infinity_a_finite_number_has_no_influence_on_a_sum_in_logarithms():
    with np.errstate(invalid="ignore"):
        slopes = cr.grad(np.logaddexp.reduce)(np.array([np.inf, 0.0, 1.0]))
    assert slopes[1:].tolist() == [0, 0]


@pytest.mark.parametrize("said", [{"kind": "stable"}, {"stable": True}, {"kind": "mergesort"}])
def test_equal_numbers_keep_their_order_where_that_is_asked_for(said):
    x = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0] * 5)
    program = cr.trace(lambda x: np.argsort(x, **said), [x])
    assert "stable=True" in str(program)
    np.testing.assert_array_equal(program(x), np.argsort(x, kind="stable"))
    assert "stable" not in str(cr.trace(lambda x: np.argsort(x, kind="quicksort"), [x]))
