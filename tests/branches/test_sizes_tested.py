"""Branches on sizes and int arguments are branches of the program; those that are not, since a side is of one size, are asserted.

Each derivative is printed for some arguments and run at others, beside finite differences.
"""

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed, slopes_by_differences

THREE, FOUR, SEVEN = np.array([0.5, -1.2, 1.9]), np.array([0.1, 0.4, -0.8, 0.7]), np.linspace(-1.0, 1.3, 7)


def median(x, n):
    s = np.sort(x)
    m = len(s)
    if m % 2 == 1:
        return s[m // 2] ** 2
    return (s[m // 2 - 1] + s[m // 2]) ** 2 / 4


def even(x, n):
    y = x
    if n % 2 == 0 and n > 3:
        y = y * 2
    elif not n < 5:
        y = y + n
    return np.sum(y**2)


def in_a_loop(x, n):
    total = 0.0
    for i in range(len(x)):
        if n > 5:
            total += x[i] ** 2
        else:
            total -= x[i] * i
    return total


def weight(x, n):
    return (1.0 if len(x) > n else x[0]) * np.sum(x**2)


@pytest.mark.parametrize("f", [median, even, in_a_loop, weight])
def test_both_sides_are_in_the_text(f):
    run = executed(cr.derive(f, (THREE, 4), wrt=0))
    for args in [(THREE, 4), (FOUR, 3), (SEVEN, 6), (FOUR, 8), (SEVEN, 7)]:
        np.testing.assert_allclose(run(*args), slopes_by_differences(f, args), rtol=1e-6, atol=1e-8)


def number_of_turns(x, n):
    m = len(x) if len(x) < 4 else 3
    total = 0.0
    for i in range(m):
        total += x[i] ** 2
    return total


def factor(x, n):
    return np.sum(x) ** 2 / (1 if n <= 1 else factor(x, n - 1) + n)


def of_one_length(x, n):
    if n > 5:
        return np.sum(x.reshape(7, 1) ** 3)
    return np.sum(x**2)


@pytest.mark.parametrize(
    ("f", "other"), [(number_of_turns, (SEVEN, 4)), (factor, (THREE, 3)), (of_one_length, (SEVEN, 6))]
)
def test_a_side_that_cannot_be_taken_for_other_sizes_is_asserted(f, other):
    run = executed(cr.derive(f, (THREE, 4), wrt=0))
    np.testing.assert_allclose(run(THREE, 4), slopes_by_differences(f, (THREE, 4)), rtol=1e-6)
    with pytest.raises(ValueError, match="made"):
        run(*other)


def losses(x, n):
    values = [np.sin(v) * v**n for v in x]
    return sum(values) / len(values)


def residuals(x, n):
    r = [v * v - n * i for i, v in enumerate(x)]
    return np.mean(np.array(r) ** 2)


def distances(x, n):
    d = [(a - b) ** n for a in x for b in x]
    return np.sum(np.exp(-np.array(d)))


def sum_of_rows(x, n):
    total = np.zeros(2)
    for v in x:
        total += v**n * np.array([1.0, 3.0])
    return np.sum(total**2)


@pytest.mark.parametrize("f", [losses, residuals, distances, sum_of_rows])
def test_lists_of_comprehensions_and_sums_in_place_are_of_any_length(f):
    run = executed(cr.derive(f, (THREE, 2), wrt=0))
    for args in [(THREE, 2), (FOUR, 3), (SEVEN, 2), (SEVEN[:1], 2)]:
        np.testing.assert_allclose(run(*args), slopes_by_differences(f, args), rtol=1e-6, atol=1e-7)


def test_a_comprehension_whose_items_are_read_stays_one():
    def f(x):
        squares = [v * v for v in x]
        v = 2.0
        return v * squares[0] + squares[-1]

    run = executed(cr.derive(f, (THREE,)))
    np.testing.assert_allclose(run(THREE), [4 * THREE[0], 0, 2 * THREE[2]])
    with pytest.raises(ValueError, match="made for"):
        run(FOUR)
