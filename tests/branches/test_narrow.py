"""A number of Python's that meets arrays of float32 in a loop or a branch is as narrow as they are, as in NumPy."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.branches import tracing
from chainrule.branches.recording import Branches
from chainrule.core.tracing import trace

from ..program.texts import executed
from .counted import FUNCTIONS

RANDOM = np.random.default_rng(4)
ARGUMENTS = RANDOM.normal(size=(4, 4)) + 0.1, RANDOM.normal(size=4), 0.7


def sum_of_cubes(x):
    s = 0.0
    for each in x:
        s = s + each**3
    return s


def sides(x):
    s = 0.0
    for each in x:
        if each > 0:
            s = s + each**3
        else:
            t = np.exp(each)
            s = s - t
    return s


def one_side(x):
    s = 0.5
    if x[0] > 0:
        s = x[1]
    return s * x[2]


def number_or_element(x):
    s = 1.5 if x[0] > 0 else x[1]
    return s * x[2]


def doubled(x):
    s = 1.0
    while s * x[0] < 10:
        s = s * 2.0
    return s * x[0]


def grown(x):
    s = 1.0
    while s < 10:
        s = s * (2.0 + x[0])
    return s


def decaying(x):
    rate, s = 0.5, 0.0
    for each in x:
        s = s + rate * each
        rate = rate * 0.5
    return s


def through_another(x):
    a, b, y = 1.0, 0.5, 0.0
    for each in x:
        y = y + a * each
        a = b * 2.0
        b = a + 0.25
    return y


def nested(x):
    s = 0.0
    for one in x:
        for other in x:
            s = s + one * other
    return s


def counted(x):
    s = 0.0
    for k in range(len(x)):
        s = s + k * x[k]
    return s


def counting(x):
    s, n = 0.0, 0
    for each in x:
        s = s + n * each
        n = n + 1
    return s


def widened(x):
    s = 0.0
    for each in x:
        s = s * each + np.float64(2.0)
    return s


SCALARS = {f.__name__: f for f in (
    sum_of_cubes, sides, one_side, number_or_element, doubled, grown, decaying, through_another, nested, counted,
    counting, widened,
)}  # fmt: skip
ONE_BY_ONE = {
    "counted", "counting",  # where whole numbers that count the turns meet what is narrow
    "widened",  # whose first turn computes with narrower numbers than the others
}  # fmt: skip


@pytest.mark.parametrize("name", SCALARS)
def test_dtypes_are_those_of_numpy(name, monkeypatch):
    f = SCALARS[name]
    for values in ([1.0, -2.0, 3.0], [-0.5, 0.25, 0.75, 2.0]):
        x = np.array(values, np.float32)
        if name == "doubled" and x[0] < 0:
            continue
        runtime = Branches()
        monkeypatch.setattr(tracing, "Branches", lambda: runtime)  # noqa: B023
        program = tracing.with_branches(f, lambda f: trace(f, (x,)))  # noqa: B023
        assert bool(runtime.regions) is (name not in ONE_BY_ONE)
        for value in (program(x), executed(program)(x)):
            assert np.asarray(value).dtype == np.asarray(f(x)).dtype
            np.testing.assert_allclose(value, f(x), rtol=1e-6)
        derivative = cr.derive(f, (x,))
        wanted = cr.grad(f)(x.astype(float))
        for found in (derivative(x), executed(derivative)(x)):
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.wide
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_counted_function_is_right_for_float32(name):
    f = FUNCTIONS[name]
    W, u, c = ARGUMENTS
    narrow = W.astype(np.float32), u.astype(np.float32), np.float32(c)
    derivative = cr.derive(f, narrow)
    wanted = cr.grad(f, (0, 1, 2))(*ARGUMENTS)
    for run in (derivative, executed(derivative)):
        for found, slope in zip(run(*narrow), wanted, strict=True):
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, slope, rtol=2e-4, atol=1e-5)
