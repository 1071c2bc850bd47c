"""What is said of numbers made of sizes holds for all sizes: bounds, comparisons that are decided, and the lesser of two."""

import itertools
import operator

import numpy as np
import pytest

from chainrule.program.sizes import bounds, terms
from chainrule.program.sizes.numbers import number_of
from chainrule.program.sizes.terms import ARGUMENT, Axis, Terms

STEPS = [
    lambda a, b, c: a + b,
    lambda a, b, c: a - b,
    lambda a, b, c: a + c,
    lambda a, b, c: a - c,
    lambda a, b, c: a * c,
    lambda a, b, c: a * b,
    lambda a, b, c: -a,
    lambda a, b, c: a // c,
    lambda a, b, c: a % c,
    lambda a, b, c: bounds.lesser(a, b),
    lambda a, b, c: bounds.lesser(a, c),
]


def expression(seed):
    """A function of sizes n and m, made of a few steps drawn at random."""
    random = np.random.default_rng(seed)
    plan = [
        (STEPS[random.integers(len(STEPS))], *map(int, random.integers(0, 2, 2)), int(random.integers(1, 6)))
        for _ in range(5)
    ]

    def evaluate(n, m):
        numbers = [n, m]
        for step, one, other, constant in plan:
            numbers[one] = step(numbers[one], numbers[other], constant)
        return numbers[0]

    return evaluate


def size(name, value, axis=0):
    return number_of(Terms(1, ((Axis(name, axis, name), value, 1),)))


@pytest.mark.wide
@pytest.mark.parametrize("first", range(0, 400, 50))
def test_bounds_hold_for_all_sizes(first):
    for seed in range(first, first + 50):
        f = expression(seed)
        made = f(size("n", 5), size("m", 3))
        low, high = bounds.least(made), bounds.greatest(made)
        for n, m in itertools.product(range(1, 8), repeat=2):
            value = f(n, m)
            assert low <= value <= high, seed
            for name in ("lt", "le", "gt", "ge", "eq", "ne"):
                decided = bounds.decide(name, made, made)
                assert decided is None or decided is getattr(operator, name)(value, 0), (seed, name)


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_a_number_of_sizes_is_the_number_for_these_sizes(first):
    """The terms of a number, filled with other sizes, are what the same steps make of these."""
    for seed in range(first, first + 50):
        f = expression(seed)
        made = f(size("n", 5), size("m", 3))
        assert int(made) == f(5, 3), seed
        if not hasattr(made, "terms"):
            continue
        for n, m in ((1, 1), (2, 7), (9, 4)):
            filled = made.terms.filled(lambda axis, _, sizes={"n": n, "m": m}: Terms(sizes[axis.name]))
            assert filled.value == f(n, m), seed


def test_what_is_known_of_common_sizes():
    n = size("n", 8)
    assert bounds.decide("ge", n // 2, n // 2)
    assert bounds.decide("le", n // 2 - n, n // 2 - n)
    assert bounds.decide("gt", n - (n - 2), n - (n - 2))
    assert bounds.decide("ge", n - 2, n - 2) is None
    assert bounds.decide("ge", size("k", 3, ARGUMENT), size("k", 3, ARGUMENT)) is None
    assert bounds.is_same(n, size("n", 8))
    assert not bounds.is_same(n, 8)
    assert not bounds.is_same(n, size("m", 8))


def test_a_bound_that_is_too_tight_is_seen(monkeypatch):
    own = terms._relaxed
    monkeypatch.setattr(terms, "_relaxed", lambda terms: own(terms).plus(Terms(1)))
    with pytest.raises(AssertionError):
        for first in range(0, 400, 50):
            test_bounds_hold_for_all_sizes(first)
