"""Functions written in C take int arguments and sizes as they are; a derivative is right for them, and refuses others."""

import bisect
import collections
import itertools
import math
import random

import numpy as np
import pytest

import chainrule as cr

from .texts import executed, slopes_by_differences

X = np.arange(1.0, 6.0)
F = {
    "deque": lambda x, n: _window(x, n),
    "deque of a size": lambda x, n: _window(x, len(x) - 2) * n,
    "comb": lambda x, n: math.comb(n, 2) * np.sum(x**2),
    "islice": lambda x, n: sum(v**2 for v in itertools.islice(x, n)),
    "list": lambda x, n: sum([2.0] * n) * x[0],
    "percent": lambda x, n: len("%d" % n) * np.sum(x),  # noqa: UP031  # it is another function than format
    "format": lambda x, n: len(f"{n:03d}") * np.sum(x),
    "Random": lambda x, n: random.Random(n).random() * np.sum(x**2),
    "default_rng": lambda x, n: np.sum(np.random.default_rng(n).normal(size=len(x)) * x),
    "bisect": lambda x, n: x[bisect.bisect([1, 2, 4, 8], n)] ** 2,
    "bytes": lambda x, n: len(bytes(n)) * np.sum(x),
    "repeat": lambda x, n: sum(itertools.repeat(x[0], n)),
}


def _window(x, n):
    items, total = collections.deque(maxlen=n), 0.0
    for v in x:
        items.append(v)
        total += sum(items) ** 2
    return total


@pytest.mark.parametrize("name", F)
def test_it_is_right_for_such_ints_and_refuses_others(name):
    f = F[name]
    run = executed(cr.derive(f, (X, 3), wrt=0))
    np.testing.assert_allclose(run(X, 3), slopes_by_differences(f, (X, 3)), rtol=1e-5)
    np.testing.assert_allclose(cr.grad(f)(X, 3), slopes_by_differences(f, (X, 3)), rtol=1e-5)
    for args in ((X, 4), (np.arange(1.0, 8.0), 3), (X[:4], 5)):
        try:
            found = run(*args)
        except ValueError as error:
            said = str(error)
            assert said.startswith("made ")
        else:
            np.testing.assert_allclose(found, slopes_by_differences(f, args), rtol=1e-5)


def test_the_error_of_the_function_itself_is_raised():
    def wrong(x, n):
        return np.sum(x) + "n"

    with pytest.raises(TypeError):
        cr.derive(wrong, (X, 3))
