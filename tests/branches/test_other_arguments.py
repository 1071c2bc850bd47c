"""A printed derivative at other arguments than those that it was made with: it is right, or refuses them and says why.

The functions take their sizes and int arguments for plain numbers in every way that there is: they compare them, convert them,
look things up by them and give them to NumPy.
"""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.sizes import numbers

from ..program.texts import executed

X, LONG = np.arange(1.0, 9.0), np.arange(1.0, 12.0)


def power(x, n):
    return np.sum(x**n)


def power_of_a_power(x, n):
    return np.sum((x**n) ** 2 * x)


def counted(x, n):
    total = 0.0
    for i in range(n):
        total = total + np.sin(x[0]) * i
    return total / n


def last_turn(x, n):
    for i in range(n):
        s = x[0] * i
    return s * i + n


def last_of_a_range(x, n):
    s = 0.0
    for i in range(1, len(x)):
        s += x[i] * n
    return s * i


def filled(x, n):
    h = np.zeros(n)
    for i in range(n):
        h[i] = x[0] * (i + 1)
    return np.sum(h**2)


def odd(x, n):
    return np.sum(x) * 2 if n % 2 else np.sum(x**2)


def compared(x, n):
    return np.sum(x) if len(x) > n else np.sum(x**2)


def at_a_place(x, n):
    return x[n] ** 2


def looked_up(x, n):
    return [x[0], x[1] ** 2, x[2] ** 3, x[3] ** 4][n]


def found_by_length(x, n):
    return {8: 2.0}.get(len(x), 3.0) * np.sum(x) ** n


def along(x, n):
    return np.sum(np.sum(x[:8].reshape(2, 2, 2), axis=n - 1) ** 2)


def repeated(x, n):
    return np.sum(np.array([x[0]] * n) ** 2)


def rooted(x, n):
    return np.sum(x**2) * math.sqrt(len(x)) + math.factorial(n) * x[0]


def as_a_float(x, n):
    return np.sum(x**2) / float(len(x)) + float(n) * x[0]


def as_numpys(x, n):
    return np.sum(x**2) * np.float64(len(x)) + np.array(n) * x[0]


def rounded(x, n):
    return x[round(len(x) * 0.3)] ** n


def at_least(x, n):
    return np.sum(x) / max(len(x), n)


def every_other(x, n):
    return np.sum(x[::2]) + np.sum(x[1::3] ** n)


def evenly(x, n):
    return np.sum(np.sum(x) * np.arange(n) * np.linspace(0.0, 1.0, len(x))[0] + np.sum(x**2))


def counted_by_n(x, k):
    s = 0.0
    for n in range(3):
        s = s + np.tanh(x[n]) * n
    return s * np.mean(x) + np.sum(x[::2] ** k) / len(x)


FUNCTIONS = [
    power, power_of_a_power, counted, last_turn, last_of_a_range, filled, odd, compared, at_a_place, looked_up, found_by_length,
    along, repeated, rooted, as_a_float, as_numpys, rounded, at_least, every_other, evenly,
    counted_by_n,
]  # fmt: skip
RIGHT = {power, power_of_a_power, counted, last_turn, last_of_a_range, filled, as_a_float, every_other, counted_by_n}
"""The functions whose text must not refuse."""
OTHERS = [(X, 2), (X, 3), (LONG, 2), (LONG, 3), (X, 1), (LONG[:9], 1), (X, 5)]


def outcomes(f, first):
    """Whether the text is right at each of the other arguments, `None` where it refuses them."""
    run = executed(cr.derive(f, first, wrt=0))
    for args in OTHERS:
        try:
            wanted = cr.grad(f)(*args)
        except (LookupError, ValueError, cr.ChainruleError):  # the function itself does not take them
            continue
        try:
            slopes = run(*args)
        except ValueError:
            yield None
        else:
            yield np.allclose(slopes, wanted, rtol=1e-10)


@pytest.mark.parametrize("first", [(X, 2), (LONG, 3)], ids=["8 and 2", "11 and 3"])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_text_is_right_or_refuses(f, first):
    every = list(outcomes(f, first))
    assert False not in every
    if f in RIGHT and first[1] > 2:  # two turns are written one by one
        assert None not in every


def test_a_number_that_is_taken_unnoticed_is_found_out(monkeypatch):
    monkeypatch.setattr(numbers, "note", lambda *observed: None)
    wrong = [f for f in FUNCTIONS if False in outcomes(f, (X, 2))]
    assert len(wrong) > 5


def ratios(x, n):
    return (np.sum(x**2) * (0.3 * len(x)) + 1.0 / x.shape[0] * x[0] + 0.5 * np.size(x) * x[1]
            + 0.25 * np.shape(x)[0] * x[2] + 2.0 * x.size * x[0])  # fmt: skip


def size_alone(x, n):
    return len(x) * np.sum(x)


def ends(x, n):
    return x[len(x) - 1] ** 2 * x[7] + x[-1] * x[len(x) - 2]


def mirrored(x, n):
    y = x.copy()
    for i in range(len(x) - 4):
        y[i] = y[i + 4] * y[len(x) - 1 - i]
    return np.sum(y**2)


def at_most_six(x, n):
    return np.mean(x[:6]) + len(x[:6]) * x[0]


def first_eight(x, n):
    return np.sum(x[:8] ** 2)


def sizes_of_zeros(x, n):
    z = np.zeros(len(x))
    return np.sum(x**2) * z.shape[0] * 0.5 + np.sum(np.ones((2, len(x))) @ x)


def in_steps(x, n):
    s = 0.0
    for i in range(0, len(x), 2):
        s += x[i] ** 2
    return s


def below_five(x, n):
    s = 0.0
    for i in range(len(x)):
        if i < 9:
            s += x[i] ** 2
        else:
            s += x[i] * n
    return s


def rounded_down(x, n):
    return x[round(0.3 * len(x))] ** n


def lag(x, n):
    return np.sum(x[n:] * x[:-n])


@pytest.mark.parametrize("size", [8, 9])
@pytest.mark.parametrize(
    "f",
    [
        ratios,
        size_alone,
        ends,
        mirrored,
        at_most_six,
        first_eight,
        sizes_of_zeros,
        in_steps,
        below_five,
        rounded_down,
        lag,
    ],
    ids=lambda f: f.__name__,
)
def test_a_text_is_right_at_sizes_around_its_own(f, size):
    """Places that are the same, and slices that take everything, at the sizes of the arguments at hand alone."""
    run = executed(cr.derive(f, (np.arange(1.0, size + 1), 2), wrt=0))
    for other in (8, 9, 10, 13, 5, 3):
        args = np.arange(1.0, other + 1), 2
        try:
            wanted = cr.grad(f)(*args)
        except IndexError:  # the function itself does not take them
            continue
        try:
            slopes = run(*args)
        except ValueError:
            assert f is rounded_down or (f is mirrored and other < 4)  # whose loop then has no turns
        else:
            np.testing.assert_allclose(slopes, wanted, rtol=1e-10)


def test_other_static_arguments_are_refused():
    def f(x, mode, flags, table):
        return np.sum(x**2) if mode == "square" and flags["on"] else table[0] * np.sum(x)

    run = executed(cr.derive(f, (X, "square", {"on": True}, [5, 7]), wrt=0))
    np.testing.assert_allclose(run(X, "square", {"on": True}, [5, 7]), 2 * X)
    for mode, flag, table, what in [
        ("sum", True, [5, 7], "mode = 'square'"), ("square", False, [5, 7], "flags"), ("square", True, [0, 7], None),
    ]:  # fmt: skip
        if what is None:
            np.testing.assert_allclose(run(X, mode, {"on": flag}, table), 2 * X)
            continue
        with pytest.raises(ValueError, match=what):
            run(X, mode, {"on": flag}, table)


def test_a_view_that_is_read_before_the_first_write_sees_what_is_written():
    def f(x):
        z = np.ones(10)
        for k in range(4, 0, -1):
            part = z[k : k + 2]
            z[k] = 0.5
            z[k + 1] += part[0] * part[1]
            for j in range(3):
                z[k + j] = 0.3 * z[k + 2 - j]
        return np.sum(np.sin(z * x))

    x = np.cos(np.arange(10.0))
    run, step = executed(cr.derive(f, (x,))), 1e-6
    slopes = [(f(x + step * each) - f(x - step * each)) / (2 * step) for each in np.eye(10)]
    np.testing.assert_allclose(run(x), slopes, atol=1e-8)


def empty_by_length(x, a):
    if len(x) == 0:
        return a * a
    return a * np.sum(x)


def empty_by_truth(x, a):
    return a * np.sum(x) if len(x) else a**3


def empty_by_size(x, a):
    return a * a if not x.size else a * np.sum(x**2)


def empty_by_shape(x, a):
    n = x.shape[0]
    if n < 1:
        return a * a
    return a * np.sum(x) / n


def more_than_one(x, a):
    return a * np.sum(x) if 0 < len(x) <= 1 else a * np.sum(x**2) + a * a


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "f", [empty_by_length, empty_by_truth, empty_by_size, empty_by_shape, more_than_one], ids=lambda f: f.__name__
)
def test_a_function_that_asks_whether_there_is_anything_is_right_or_refuses_where_there_is_nothing(f, size):
    run = executed(cr.derive(f, (np.arange(1.0, size + 1), 2.0), wrt=(0, 1)))
    for other in (size, 0, 1, 2, 4):
        args = np.arange(1.0, other + 1), 3.0
        try:
            slopes = run(*args)
        except ValueError as error:
            said = str(error)
            assert said.startswith("made ")
            assert other != size
        else:
            for slope, wanted in zip(slopes, cr.grad(f, (0, 1))(*args), strict=True):
                np.testing.assert_allclose(slope, wanted)
