"""A `with` that only says which warnings are given, and a `del`, stay in no one's way; any other `with` unrolls a loop."""

import contextlib
import warnings

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed

FOUR, SIX = np.array([1.5, 2.0, 3.5, 4.0]), np.array([0.9, 1.2, 2.0, 3.0, 5.0, 2.0])


def logarithms(x):
    total = 0.0
    for k in range(len(x)):
        with np.errstate(divide="ignore"):
            total = total + np.log(x[k]) ** 2
    return total


def doubled(x):
    total = 1.0
    while total < 50.0:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            if x[0] > 1:
                total = total * 2.0 * x[0]
            total = total * 1.5 * x[1]
    return total


def in_a_branch(x):
    total = np.sum(x)
    if x[0] > 1:
        with np.errstate(over="ignore"):
            total = total**2
    return total


def deleting(x):
    total = 0.0
    for k in range(len(x)):
        square = x[k] ** 2
        if square > 2:
            half = 0.5 * square
            total = total + half
            del half
        del square
    unused = 3.0
    del unused
    return total


@pytest.mark.parametrize("f", [logarithms, doubled, in_a_branch, deleting])
def test_what_is_computed_in_it_stays(f):
    program = cr.derive(f, (FOUR,))
    assert {line.split()[-1] for line in program.report().splitlines()} == {"kept"}
    for x in (FOUR, SIX):
        for run in (program, executed(program)) if x is FOUR else (executed(program),):
            np.testing.assert_allclose(run(x), cr.grad(f)(x), rtol=1e-12)


def suppressed(x):
    total = 0.0
    for k in range(len(x)):
        with contextlib.suppress(ZeroDivisionError):
            total = total + x[k] ** 2
    return total


def left(x):
    total = 0.0
    for k in range(len(x)):
        with np.errstate(all="ignore"):
            if x[k] > 3:
                break
            total = total + x[k] ** 2
    return total


@pytest.mark.parametrize("f", [suppressed, left])
def test_any_other_refuses_other_lengths(f):
    run = executed(cr.derive(f, (FOUR,)))
    np.testing.assert_allclose(run(FOUR), cr.grad(f)(FOUR), rtol=1e-12)
    with pytest.raises(ValueError, match="made for"):
        run(SIX)
