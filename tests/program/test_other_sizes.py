"""The text of each function of NumPy's and SciPy's, made at one size, is right at others or refuses them.

The cases are those of `test_compositions.py`, and small functions that take sizes and arrays of sizes in every way that there is.
"""

import numpy as np
import pytest

import chainrule as cr

from .cases import A
from .test_compositions import EVERY
from .texts import executed, slopes_by_differences

SHAPES = [(2, 5), (3, 3)]


def number_of(case):
    """A function that gives one number, of all results of a case."""

    def f(x):
        made = case(x)
        parts = made if isinstance(made, (tuple, list)) else (made,)
        return sum(np.sum(np.sin(np.real(part))) for part in parts)

    return f


def outcomes(f, first, others):
    """Whether a text is right at each of the other arguments, `None` where it refuses them; those that f takes."""
    run = executed(cr.derive(f, (first,)))
    with np.errstate(all="ignore"):
        for x in others:
            try:
                wanted = slopes_by_differences(f, (x,))
            except (ValueError, IndexError, TypeError, np.linalg.LinAlgError):  # the function itself is of one size
                continue
            try:
                slopes = run(x)
            except (ValueError, IndexError, ZeroDivisionError):
                yield None
            else:
                yield np.shape(slopes) == x.shape and np.allclose(slopes, wanted, rtol=1e-3, atol=1e-4)


@pytest.mark.wide
@pytest.mark.parametrize(("name", "case"), EVERY)
def test_a_function_is_right_at_other_sizes_or_refuses_them(name, case):
    random = np.random.default_rng(3)
    others = [random.uniform(0.2, 0.9, size=shape) for shape in SHAPES]
    assert False not in list(outcomes(number_of(case), A, others))


def places(x):
    return np.sum(x[np.arange(len(x))[::-1]] * x)


def by_a_range(x):
    s = 0.0
    for i in np.arange(len(x)):
        s += x[i] ** 2 * i
    return s


def steps(x):
    t = np.linspace(0, 1, len(x))
    return np.sum(x * t) * (t[1] - t[0])


def weights(x):
    w = np.ones(len(x))
    w[0] = w[-1] = 0.5
    return np.sum(w * x**2)


def parts_of_weights(x):
    w = np.ones(len(x))
    w[1:-1] = 2.0
    return np.sum(w * x**2) / len(w)


def unit(x):
    return np.sum(np.eye(len(x))[0] * x) * 3 + np.trace(np.outer(x, x) * np.eye(len(x)))


def repeated(x):
    return np.sum(np.tile(x, 2)) * len(x) + np.sum(np.repeat(x, len(x)))


def rolled(x):
    return np.sum(np.roll(x, len(x) // 2) * x)


def powers(x):
    return np.sum(np.vander(x, len(x))[:, 0]) + np.polyval(np.ones(len(x)), x[0])


def summed(x):
    return np.sum(x) * np.sum(np.ones(len(x))) + np.sum(np.cumsum(np.ones(len(x))) * x)


def listed(x):
    return x[0] * np.ones(len(x)).tolist()[-1] * len(np.ones(len(x)).tolist()) + sum(list(x)) * len(list(x))


def on_the_diagonal(x):
    m = np.zeros((len(x), len(x)))
    np.fill_diagonal(m, 2.0)
    return x @ m @ x


def between(x):
    return np.interp(0.5, np.linspace(0, 1, len(x)), x)


def quarters(x):
    return np.mean(x[len(x) // 4 : 3 * len(x) // 4]) + np.sum(x[:-2]) / len(x[2:])


def halved(x):
    s, n = 0.0, len(x)
    while n > 1:
        n = n // 2
        s += x[n] ** 2
    return s


def logarithm(x):
    return np.log(len(x)) * x[0] + np.sqrt(len(x)) * x[1] + np.float64(2.0) * len(x) * x[0]


def smoothed(x):
    return np.sum(np.convolve(x, np.ones(3) / 3, mode="valid")) / len(x)


OF_SIZES = [
    places, by_a_range, steps, weights, parts_of_weights, unit, repeated, rolled, powers, summed, listed, on_the_diagonal,
    between, quarters, halved, logarithm, smoothed,
]  # fmt: skip
HOLD = {places, by_a_range, steps, unit, rolled, summed, quarters}
"""The functions whose text must not refuse."""


@pytest.mark.parametrize("f", OF_SIZES, ids=lambda f: f.__name__)
def test_a_size_that_is_used_holds_for_others_or_is_refused(f):
    random = np.random.default_rng(0)
    first, *others = (random.normal(size=size) + 2 for size in (8, 8, 11, 16, 5, 3, 2))
    every = list(outcomes(f, first, others))
    assert False not in every
    assert every[0]
    if f in HOLD:
        assert None not in every[:4]


def test_an_array_of_sizes_that_is_taken_for_a_plain_one_is_seen(monkeypatch):
    from chainrule.program.inplace import plain

    monkeypatch.setattr(plain, "is_symbolic", lambda values: False)
    monkeypatch.setattr(plain, "note_numbers", lambda values: None)
    random = np.random.default_rng(0)
    first, other = (random.normal(size=size) + 2 for size in (8, 11))
    assert any(False in outcomes(f, first, [other]) for f in OF_SIZES)
