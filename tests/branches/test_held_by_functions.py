"""Loops beside functions that are defined in the function: they share the names that the inner ones take from outside."""

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed


def takes_from_outside(x, y, n):
    def f(z):
        return z * x + s

    s = 0.0
    for k in range(n):
        s = s + y * k
        x = f(x)
    return x


def has_its_own(x, y, n):
    def f(x):
        s = x * 2
        return s * s

    s = 0.0
    for _ in range(n):
        s = s + f(x) * y
        x = x * 0.5
    return s


def assigns_outside(x, y, n):
    s = 0.0

    def add(v):
        nonlocal s
        s = s + v

    for k in range(n):
        add(x * k * y)
        x = x * 1.1
    return s * s


def is_a_lambda(x, y, n):
    s = 0.0
    g = lambda s: s * x  # noqa: E731
    for k in range(n):
        s = s + g(y) * k
    return s


def becomes_an_array(x, y, n):
    states = []
    h = y
    for k in range(n):
        h = np.tanh(h + x * k)
        states.append(h)
    states = np.array(states)
    for _ in range(n):
        states = states * 0.9
    return np.sum(states**2) + states[0] * states[-1]


def stacked(x, y, n):
    return np.sum(np.stack([x * y**k for k in range(n)]) ** 2)


STAY_LOOPS = [has_its_own, is_a_lambda, becomes_an_array, stacked]


@pytest.mark.parametrize("f", [takes_from_outside, assigns_outside, *STAY_LOOPS], ids=lambda f: f.__name__)
def test_the_text_is_right_or_refuses(f):
    run, step = executed(cr.derive(f, (0.3, 0.7, 4))), 1e-6
    for x, y, n in [(0.3, 0.7, 4), (0.5, -0.2, 4), (0.4, 0.6, 7), (0.4, 0.6, 3)]:
        wanted = (
            (f(x + step, y, n) - f(x - step, y, n)) / (2 * step),
            (f(x, y + step, n) - f(x, y - step, n)) / (2 * step),
        )
        if f in STAY_LOOPS or n == 4:
            np.testing.assert_allclose(run(x, y, n), wanted, rtol=1e-6, atol=1e-8)
        else:
            with pytest.raises(ValueError, match="made for n = 4"):
                run(x, y, n)
