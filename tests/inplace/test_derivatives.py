"""Every way to share memory, differentiated: values are NumPy's, and gradients those of finite differences, or it is refused."""

import functools
import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.core import hooks
from chainrule.program.inplace import memory, windows

from .cases import CASES, OUTSIDE, reset
from .test_cases import slopes, value

REFUSED = {"add_at_doubled_places", "method_view"}
"""Cases that are refused by their line: windows, np.multiply.at, the shape of what an operation has given."""


@functools.cache
def expected(name):
    function, args = CASES[name]
    return value(function, args), slopes(function, args, 1e-6)


def fresh(name):
    reset()
    return [np.array(each) for each in CASES[name].args]


def everywhere(name):
    return tuple(range(len(CASES[name].args)))


def same(name, found, gradients):
    number, slope = expected(name)
    np.testing.assert_allclose(found, number, rtol=1e-12)
    for one, other in zip(gradients, slope, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_gradient(name):
    taken = cr.value_and_grad(CASES[name].function, everywhere(name))
    if name in REFUSED:
        with pytest.raises(cr.TracingError, match=r"cases\.py:"):
            taken(*fresh(name))
        return
    try:
        for _ in range(3):  # the third time by a compiled pass
            same(name, *taken(*fresh(name)))
    except cr.TracingError as error:
        assert name in OUTSIDE
        assert "comes from outside of the function" in str(error)


@pytest.mark.wide
@pytest.mark.parametrize("name", [name for name in CASES if name not in OUTSIDE | REFUSED])
def test_program(name):
    function, args = CASES[name]
    program, derivative = cr.trace(function, fresh(name)), cr.derive(function, fresh(name), wrt=everywhere(name))
    before = [each.copy() for each in args]
    same(name, program(*args), derivative(*args))
    for one, other in zip(args, before, strict=True):
        np.testing.assert_array_equal(one, other)  # a program does not write to its arguments
    for compiled in (cr.compile(derivative), cr.compile(cr.grad(function, everywhere(name)), "numpy")):
        same(name, program(*args), compiled(*args))


CALLED = {
    "lists_and_slices_mixed", "list_of_places_on_a_view", "copied_to_from_an_array_written_later", "plain_transpose_sees_its_base",
}  # fmt: skip
"""Cases with an equation that has no loops, which NumPy computes in between."""


@pytest.mark.wide
@pytest.mark.parametrize("name", [name for name in CASES if name not in OUTSIDE | REFUSED | CALLED])
def test_machine_code(name):
    pytest.importorskip("llvmlite")
    function, args = CASES[name]
    derivative = cr.derive(function, fresh(name), wrt=everywhere(name))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as where NumPy is called
        warnings.filterwarnings("ignore", "Setting the shape on a NumPy", DeprecationWarning)  # from 2.5 on
        compiled = cr.compile(derivative, executor="native")
        for _ in range(2):  # the second time in memory that the first has left
            for one, other in zip(compiled(*args), derivative(*args), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_filling_an_array_place_by_place_copies_nothing():

    def fill(n):
        def f(x):
            y = np.zeros(n)
            for k in range(n):
                y[k] = x[k] * 2.0
            return np.sum(y * y)

        return f

    for program in (cr.trace(fill(20), [np.ones(20)]), cr.derive(fill(20), [np.ones(20)])):
        assert ".copy()" not in str(program)


def test_a_large_array_from_outside_that_changes_through_a_view_taken_before():
    """What was read is compared in the end: its gradient would be that of other numbers."""
    outside = np.ones(20_000)
    parts = [0.0] * 40 + [outside[1:]]  # a long list, of which the first items are looked at

    def f(x):
        y = x * outside
        parts[40][0] = 7.0
        return np.sum(y)

    with pytest.raises(cr.TracingError, match="through a view that was taken before"):
        cr.grad(f)(np.ones(20_000))


def test_a_large_array_from_outside_that_changes_through_a_view_with_a_name():
    outside = np.ones(20_000)
    part = outside[1:]

    def f(x):
        y = x * outside
        part[0] = 7.0
        return np.sum(y)

    for run in (cr.grad(f), lambda x: cr.trace(f, [x])):
        with pytest.raises(cr.TracingError, match="changed after the trace has read it") as error:
            run(np.ones(20_000))
        assert "part[0] = 7.0" in str(error.value)
    assert outside[1] == 1.0
    assert outside.flags.writeable
    assert type(part) is np.ndarray


def test_a_part_that_is_too_small_is_told_with_its_size():
    def f(x):
        y = x * 2.0
        y[1:3] = x[:3]
        return np.sum(y)

    with pytest.raises(cr.DimensionError, match=r"\(3,\) cannot be written to a part of \(2,\)") as error:
        cr.grad(f)(np.ones(5))
    assert "y[1:3] = x[:3]" in str(error.value)


PLANTED = {
    "a read of what was there before": (type(hooks.active), "newest", lambda self, array: array),
    "a view that is none": (memory, "_same_view", lambda array, inner: None),
    "a write one place further": (
        windows, "_slice", lambda start, step, count, size, own=windows._slice: own(min(start + 1, size - count), step, count, size),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault, monkeypatch):
    place, name, wrong = PLANTED[fault]
    monkeypatch.setattr(place, name, wrong)
    found = 0
    for name in list(CASES)[:40]:
        if name not in OUTSIDE | REFUSED:
            try:
                same(name, *cr.value_and_grad(CASES[name].function, everywhere(name))(*fresh(name)))
            except (AssertionError, ValueError, RecursionError):
                found += 1
    assert found


def test_a_program_that_is_called_with_traced_arrays_says_which_branch_it_took():
    def f(x):
        y = x * 2.0
        return np.sum(y) if y[0] > 0 else y[1]

    program = cr.trace(f, [np.ones(2)])
    for call in (program, cr.grad(lambda x: program(x))):
        with pytest.raises(cr.BranchError, match=r"f was traced where y\[0\] > 0 "):
            call(-np.ones(2))


def test_numbers_put_in_order_where_they_lie():
    weights = np.array([1.0, 3.0, -2.0, 0.5])

    def f(x):
        y = x * 2.0
        y.partition(1)
        return np.sum(y * weights)

    x = np.array([3.0, -1.0, 2.0, 0.5])
    order = np.argpartition(x, 1)
    slope = np.zeros(4)
    slope[order] = 2.0 * weights
    np.testing.assert_allclose(cr.grad(f)(x), slope)
    np.testing.assert_allclose(f(x), cr.value_and_grad(f)(x)[0])
