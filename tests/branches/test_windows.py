"""Slices and places that move with the turns of a loop by lengths and steps that are sizes or int arguments.

Each derivative is printed for some arguments and run at others, beside finite differences.
"""

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed, slopes_by_differences

R = np.random.default_rng(5)
SIX, EIGHT, FOUR = R.normal(size=6), R.normal(size=8), R.normal(size=4)


def of_three(x, w):
    total = 0.0
    for i in range(len(x) - 2):
        total += np.mean(x[i : i + 3]) ** 2
    return total


def of_an_argument(x, w):
    total = 0.0
    for i in range(len(x) - w + 1):
        total += np.mean(x[i : i + w]) ** 2
    return total


def before(x, w):
    total = 0.0
    for t in range(w, len(x)):
        total += (x[t] - np.mean(x[t - w : t])) ** 2
    return total


def correlation(x, w):
    k = np.linspace(1.0, 2.0, w)
    out = np.zeros(len(x) - len(k) + 1)
    for i in range(len(out)):
        out[i] = np.sum(x[i : i + len(k)] * k)
    return np.sum(out**2)


def blocks(x, w):
    total = 0.0
    for i in range(len(x) // w):
        total += np.mean(x[i * w : (i + 1) * w]) ** 3
    return total


def strides(x, w):
    total = 0.0
    for i in range(len(x) // w):
        total += x[i * w] ** 2 * x[i]
    return total


def multiples(x, w):
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2 * (w * i) + x[i] * (i + w - 2) + i / w
    return total


def negative_multiples(x, w):
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2 * (3 - w * i)
    return total


def rows_of_a_table(x, w):
    total = 0.0
    for i in range(len(x) // w):
        for j in range(w):
            total += x[i * w + j] ** 2 * (i - j)
    return total


def written_in_rows(x, w):
    y = np.zeros(len(x) // w * w)
    for i in range(len(x) // w):
        for j in range(w):
            y[i * w + j] = x[i * w + j] ** 2 + (y[i * w + j - 1] if j > 0 else 0.0)
    return np.sum(y**2)


def counted_from_a_float(x, w):
    k = np.arange(1.0, len(x) + 1)
    total = 0.0
    for i in range(len(x)):
        total += k[i] * x[i] ** w
    return total


@pytest.mark.parametrize(
    "f",
    [
        of_three,
        of_an_argument,
        before,
        correlation,
        blocks,
        strides,
        multiples,
        negative_multiples,
        rows_of_a_table,
        written_in_rows,
        counted_from_a_float,
    ],
)
@pytest.mark.parametrize("first", [(SIX, 2), (EIGHT, 3)], ids=["six", "eight"])
def test_a_text_holds_for_other_lengths(f, first):
    run = executed(cr.derive(f, first, wrt=0))
    for args in [(SIX, 2), (EIGHT, 3), (FOUR, 2), (EIGHT, 4), (SIX, 3)]:
        np.testing.assert_allclose(run(*args), slopes_by_differences(f, args), rtol=1e-6, atol=1e-8)


def test_a_slice_that_leaves_the_array_at_other_lengths_is_refused():
    def f(x):
        total = 0.0
        for i in range(4):
            total += np.sum(x[i : i + 3]) ** 2
        return total

    run = executed(cr.derive(f, (SIX,)))
    np.testing.assert_allclose(run(EIGHT), slopes_by_differences(f, (EIGHT,)), rtol=1e-6)
    with pytest.raises(ValueError, match="made where"):
        run(FOUR)
