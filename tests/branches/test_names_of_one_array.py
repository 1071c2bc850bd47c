"""Arrays, lists and objects that a branch or a loop gives another name, and that are changed under one of the two."""

import functools
from collections import Counter

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.inplace import memory

from ..program.texts import executed, slopes_by_differences
from . import random_names

POINTS = [
    np.array([0.5, -0.3, 1.2, 0.7, 0.9]),
    np.array([-0.5, 0.3, -1.2, -0.7, 0.4]),
    np.array([1.05, 0.8, 1.3, 0.6, 0.2]),
]
LONG = np.tile(POINTS[0], 30) * 0.9


def chosen_in_a_loop(x):
    a, b = np.zeros(1), np.zeros(1)
    for v in x:
        t = a if v > 0 else b
        t[0] += v * v
    return a[0] - b[0]


def chosen_by_a_statement(x):
    a, b = np.zeros(1), np.zeros(1)
    for v in x:
        if v > 0:  # noqa: SIM108  # the statement is what is tried
            t = a
        else:
            t = b
        t[0] += v * v
    return a[0] - b[0]


def chosen_once(x):
    a, b = np.zeros(1), np.zeros(1)
    if x[0] > 0:  # noqa: SIM108
        t = a
    else:
        t = b
    t[0] += x[0] * x[1]
    return a[0] - b[0]


def chosen_in_a_while(x):
    a, b, k = np.zeros(1), np.zeros(1), 0
    while k < len(x):
        t = a if x[k] > 0 else b
        t[0] += x[k] ** 2
        k += 1
    return a[0] - b[0]


def one_of_two(v, one, other):
    if v > 0:
        return one
    return other


def chosen_by_a_function(x):
    a, b = np.zeros(1), np.zeros(1)
    for v in x:
        one_of_two(v, a, b)[0] += v * v
    return a[0] - b[0]


def chosen_in_a_tuple(x):
    a, b, s = np.zeros(1), np.zeros(1), 0.0
    for v in x:
        t, s = (a, s + v) if v > 0 else (b, s - v)
        t[0] += v * s
    return a[0] - b[0]


def chosen_by_the_greatest(x):
    a, b = x[:2] * 1.0, x[1:3] * 2.0
    t = max(a, b, key=lambda row: row[0])
    t[0] = x[3] ** 2
    return a[0] * x[1] - b[0]


def read_under_the_other_name(x):
    a, b = x * 1.0, x * 2.0
    t = a if x[0] > 0 else b
    a[1] = x[2] ** 2
    return np.sum(t * x)


def lists(x):
    hi, lo = [], []
    for v in x:
        (hi if v > 0 else lo).append(v)
    return sum(v * v for v in hi) - sum(v**3 for v in lo)


def a_list_in_a_branch(x):
    hi, lo = [x[1]], [x[2]]
    if x[0] > 0:  # noqa: SIM108
        t = hi
    else:
        t = lo
    t.append(x[0])
    return sum(hi) * x[3] + sum(lo) ** 2


def dictionaries(x):
    one, other = {"s": 0.0}, {"s": 1.0}
    for v in x:
        t = one if v > 0 else other
        t["s"] += v * v
    return one["s"] * other["s"]


def named_in_a_loop(x):
    a, t = x * 2, x * 3
    for _ in range(3):
        t = a
    t[0] = x[1] ** 2
    return a[0] * x[2]


def change_places(x):
    a, b = x * 2, x * 3
    c = a
    for _ in range(4):
        a, b = b, a
    a[0] = x[1] ** 2
    return c[0] * x[2]


def two_names_of_a_list(x):
    for v in x:
        h = [v, v * 2]
        g = h
    g[0] = x[1] * x[2]
    return h[0] * x[0]


def begun_before(x):
    y = x * 1.0
    c = y
    for v in x:
        if v > 0.1:
            y = y / 2
        y[0] += v
    return c[0] * x[0] + y[0]


def text_as_state(x):
    state, s = "up", 0.0
    for v in x:
        if state == "up":
            s += v
            if v < 0:
                state = "down"
        else:
            s += v * v
    return s


def nothing_as_state(x):
    best, s = None, 0.0
    for v in x:
        if best is None:
            s += v
            if v > 0.6:
                best = "found"
        else:
            s += v**3
    return s


def set_by_one_side(x):
    if x[0] > 0:
        mode = "sum"
    if x[0] > 0 and mode == "sum":
        return x[1] * x[2]
    return x[1] ** 2


def tuples_as_state(x):
    state, s = ("a", 0), 0.0
    for v in x:
        state = ("b", 1) if v < 0 else state
        s += v if state == ("a", 0) else v * v
    return s


CHANGED = [
    chosen_in_a_loop, chosen_by_a_statement, chosen_once, chosen_in_a_while, chosen_by_a_function, chosen_in_a_tuple,
    chosen_by_the_greatest, read_under_the_other_name, lists, a_list_in_a_branch, dictionaries, named_in_a_loop, change_places,
    two_names_of_a_list, begun_before, text_as_state, nothing_as_state, set_by_one_side, tuples_as_state,
]  # fmt: skip
TRANSFORMS = {
    "grad": cr.grad,
    "value_and_grad": lambda f: lambda x: cr.value_and_grad(f)(x)[1],
    "jacobian": cr.jacobian,
    "vjp": lambda f: lambda x: cr.vjp(f, x)[1](1.0)[0],
    "compile": lambda f: cr.compile(cr.grad(f)),
}


def require_right_or_refused(f, points):
    """The text is right where it was made, and right or refused elsewhere."""
    run = executed(cr.derive(f, (points[0],)))
    for k, point in enumerate(points):
        try:
            found = run(point)
        except ValueError:
            assert k
            continue
        np.testing.assert_allclose(found, slopes_by_differences(f, (point,)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("f", CHANGED, ids=lambda f: f.__name__)
def test_a_text_is_right_or_refuses(f):
    require_right_or_refused(f, POINTS)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("f", CHANGED, ids=lambda f: f.__name__)
def test_derivatives_of_long_loops_and_short_ones(f, name):
    run = TRANSFORMS[name](f)
    for point in (POINTS[0], LONG, POINTS[1]):
        wanted = slopes_by_differences(f, (point,))
        np.testing.assert_allclose(run(point), wanted, rtol=1e-5, atol=1e-5 * max(1.0, np.max(np.abs(wanted))))


def test_the_hessian_of_a_choice():
    x = POINTS[0]
    np.testing.assert_allclose(cr.hessian(chosen_in_a_loop)(x), np.diag(2 * np.sign(x)))


def test_a_fault_is_found(monkeypatch):
    monkeypatch.setattr(memory, "share", lambda *arrays: None)
    with pytest.raises(AssertionError):
        require_right_or_refused(chosen_once, POINTS)


def keeps_its_own(x):
    y = x * 1.0
    if x[0] > 0:
        y = y * 2
    y[0] += x[1]
    return np.sum(y**2)


def only_reads(x):
    low, high = [1.0, 2.0], [3.0, 0.5]
    out = np.zeros(len(x))
    for k in range(len(x)):
        c = low if x[k] > 0 else high
        out[k] = c[0] * x[k] + c[1] * x[k] ** 2
    return np.sum(out**2)


def chooses_arrays(x):
    best = x * 2.0 if x[0] > x[1] else x[::-1]
    out = np.zeros(3)
    out[0] = np.sum(best**2)
    return out[0] * x[1]


@pytest.mark.parametrize("f", [keeps_its_own, only_reads, chooses_arrays], ids=lambda f: f.__name__)
def test_what_changes_under_one_name_alone_stays_a_branch(f):
    program = cr.derive(f, (POINTS[0],))
    assert "made where" not in str(program)
    for point in POINTS:
        np.testing.assert_allclose(executed(program)(point), slopes_by_differences(f, (point,)), rtol=1e-5, atol=1e-6)


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(40))
def test_a_random_function(seed, tmp_path):
    f = random_names.function(seed, tmp_path)
    points = list(random_names.arguments(seed, 5))
    require_right_or_refused(f, points)
    for count in (5, 150):
        point = next(random_names.arguments(seed, count))
        with np.errstate(all="ignore"):
            wanted = slopes_by_differences(f, (point,))
        if not np.all(np.abs(wanted) < 1e5):  # a product of many turns
            continue
        for run in (cr.grad(f), cr.compile(cr.grad(f))):
            np.testing.assert_allclose(run(point), wanted, rtol=1e-4, atol=1e-4)


# ---- traced values as keys -------------------------------------------------------------------------------------------------


def in_a_set(x):
    return len({v > 0 for v in x}) * x[0]


def in_a_counter(x):
    return Counter(v > 0 for v in x)[True] * x[0]


def counted_up(x):
    c, s = Counter(), 0.0
    for v in x:
        c[v > 0] += 1
        s += v * c[True]
    return s


def in_a_dictionary(x):
    c, s = {True: 0, False: 0}, 0.0
    for v in x:
        c[v > 0] += 1
        s += v * c[True]
    return s


def by_the_place_of_the_greatest(x):
    return {0: x[0] * x[1], 2: x[1] ** 2}.get(np.argmax(x), x[2])


def pairs(x):
    seen, s = set(), 0.0
    for v in x:
        if (v > 0, v > 1) not in seen:
            s += v * v
            seen.add((v > 0, v > 1))
    return s


def found_in_lists(x):
    first = [True, False].index(x[1] > 0)
    return first * x[0] + [x[0] > 0, x[1] > 0].count(True) * x[1] + (x[2] if (x[3] > 0) in (True,) else x[4])


KEYED = [in_a_set, in_a_counter, counted_up, in_a_dictionary, by_the_place_of_the_greatest, pairs, found_in_lists]


@pytest.mark.parametrize("f", KEYED, ids=lambda f: f.__name__)
def test_keys_are_the_same_if_their_values_are(f):
    require_right_or_refused(f, POINTS)
    for run in (cr.grad(f), cr.compile(cr.grad(f))):
        for point in POINTS:
            np.testing.assert_allclose(run(point), slopes_by_differences(f, (point,)), rtol=1e-5, atol=1e-6)


@functools.lru_cache
def squared(v):
    return v * v


@pytest.mark.parametrize("f", [lambda x: len(set(x)) * x[0], lambda x: squared(x[0]) + {x: 1.0}[x]])
def test_floats_and_arrays_are_no_keys(f):
    with pytest.raises(
        cr.TracingError, match="is a key, an element of a set, or an argument of a function with a cache"
    ):
        cr.grad(f)(POINTS[0])
