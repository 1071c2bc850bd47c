"""A `for` loop is recorded from its source: its body once, whatever the number of its turns."""

import functools
import weakref

import numpy as np
import pytest

import chainrule as cr
from chainrule.branches import conversion, repeating
from chainrule.core import tracing
from chainrule.loops.noun import LOOP
from chainrule.program.inplace import memory

from ..program.texts import executed
from .counted import FUNCTIONS, LOOPS

RANDOM = np.random.default_rng(0)
ARGUMENTS = RANDOM.normal(size=(4, 4)) + 0.1, RANDOM.normal(size=4), 0.7
OTHERS = RANDOM.normal(size=(4, 4)) - 0.2, RANDOM.normal(size=4) * 0.5, 0.9
every_function = pytest.mark.parametrize("name", FUNCTIONS)


def loops_in(program):
    return sum(equation.primitive is LOOP for part in program.parts() for equation in part.equations)


def slope_by_differences(f, args, step=1e-6):
    *rest, c = args
    return (f(*rest, c + step) - f(*rest, c - step)) / (2 * step)


def require_right(f, program):
    run = executed(program)
    for args in (ARGUMENTS, OTHERS):
        wanted = cr.grad(f, (0, 1, 2))(*args)
        for found in (program(*args), run(*args)):
            for slope, each in zip(found, wanted, strict=True):
                np.testing.assert_allclose(slope, each, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(wanted[2], slope_by_differences(f, args), rtol=1e-5, atol=1e-7)


@pytest.mark.wide
@every_function
def test_the_derivative_is_right_and_stays_a_loop(name):
    f = FUNCTIONS[name]
    program = cr.derive(f, ARGUMENTS)
    assert loops_in(program) >= LOOPS[name]
    require_right(f, program)


OF_ONE_SIZE = {
    "transposed",  # whose turns are recorded one by one
    "sum_of_whole_numbers", "list_that_is_read_twice", "shadowed",  # whose comprehensions are
    "list_whose_last_item_is_written_to", "list_that_is_indexed", "list_by_two_names", "list_in_a_branch",
    "list_that_a_closure_reads", "list_that_is_read_on_the_way",  # whose items are not read as a whole alone
    "left_by_a_triangle",  # which reads what a loop has left that may have no turn
}  # fmt: skip


@pytest.mark.wide
@every_function
def test_the_text_is_right_for_other_sizes_or_asserts_them(name):
    f = FUNCTIONS[name]
    run = executed(cr.derive(f, ARGUMENTS))
    for size in (5, 7):
        args = RANDOM.normal(size=(size, size)) + 0.1, RANDOM.normal(size=size), 0.8
        try:
            wanted = cr.grad(f, (0, 1, 2))(*args)
        except ValueError:  # the function itself is of one size
            continue
        if name in OF_ONE_SIZE:
            with pytest.raises(ValueError, match="made for"):
                run(*args)
            continue
        for slope, each in zip(run(*args), wanted, strict=True):
            np.testing.assert_allclose(slope, each, rtol=1e-9, atol=1e-11)


def test_the_number_of_turns_is_written_as_the_size_that_it_is():
    text = str(cr.derive(FUNCTIONS["variances"], ARGUMENTS))
    assert "p = u.shape[0]" in text
    assert "for t in range(1, p):" in text
    assert "for t in reversed(range(1, p)):" in text


def operations_recorded(turns, monkeypatch):
    """How many operations are recorded while a function with a loop of so many turns becomes a program."""

    def f(x, r):
        h = np.zeros(turns)
        h[0] = x
        for t in range(1, turns):
            h[t] = 0.5 * h[t - 1] + r[t - 1] ** 2
        return np.sum(np.log(1.0 + h**2))

    tapes = []
    opened = tracing.Recording.__enter__
    monkeypatch.setattr(tracing.Recording, "__enter__", lambda self: tapes.append(self.tape) or opened(self))
    program = cr.derive(f, (0.3, np.linspace(0.1, 1.0, turns)))
    monkeypatch.undo()
    assert "for t in" in str(program)
    return sum(tape.count for tape in tapes)


def test_the_body_is_recorded_as_often_for_ten_turns_as_for_ten_thousand(monkeypatch):
    assert operations_recorded(10, monkeypatch) == operations_recorded(10_000, monkeypatch) < 100


# ---- faults that are planted ---------------------------------------------------------------------------------------------

FAULTS = {
    "rows": (memory, "VIEWS", memory.VIEWS - {"at"}),
    "row_that_is_written_to": (memory, "VIEWS", memory.VIEWS - {"at"}),
    "view_of_a_part": (memory, "Version", lambda block, home, node: None),
    "closure_over_what_changes": (conversion._Converter, "_is_shared", lambda self, statements: False),
    "tail_without_a_derivative": (repeating, "is_risky", lambda unneeded, used: False),
    "value_of_the_turn_before": (repeating._Recording, "_stays", lambda self, place, value, alike: True),
    "one_array_with_two_names": (
        repeating._Recording,
        "_became",
        lambda self, end, node, name: self.arrays.update({id(end): node}),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_planted_fault_is_found(name, monkeypatch):
    monkeypatch.setattr(*FAULTS[name])
    if name == "one_array_with_two_names":  # which would be seen where the array is written to, and refused
        monkeypatch.setattr(memory, "share", lambda *arrays: None)
    monkeypatch.setattr(conversion, "_converted", weakref.WeakKeyDictionary())
    f = FUNCTIONS[name]
    with pytest.raises((AssertionError, cr.ChainruleError, AttributeError)):
        require_right(f, cr.derive(f, ARGUMENTS))


def test_a_function_too_deep_to_be_written_anew_is_traced_as_it_runs(monkeypatch):
    def too_deep(function, collects):
        raise RecursionError

    monkeypatch.setattr(conversion, "_convert", too_deep)
    monkeypatch.setattr(conversion, "_converted", weakref.WeakKeyDictionary())
    require_right(FUNCTIONS["nested"], cr.derive(FUNCTIONS["nested"], ARGUMENTS))


def steps_of_one_kind(A, u, c):
    total, kinds = 0.0, []
    for k in range(4):
        if c > 0.3:
            kinds.append(k)
            total = total + u[k] * np.sum(A)
    return total


def one_kind_on_a_side(A, u, c):
    total, kinds = np.sum(A), []
    if u[0] > -100.0:
        if c > 0.3:
            kinds.append(c)
        total = total * 2.0
    return total * u[1]


def steps_of_a_partial_function(A, u, c):
    total = 0.0
    for k in range(4):
        total = total + functools.partial(lambda v, k: v * u[k] if v > 0.3 else 0.2 * v, c)(k)
    return total + np.sum(A)


@pytest.mark.parametrize("f", [steps_of_one_kind, one_kind_on_a_side, steps_of_a_partial_function])
def test_what_a_region_asserts_is_asserted_where_the_derivative_does_not_read_it(f):
    run = executed(cr.derive(f, ARGUMENTS))
    for slope, wanted in zip(run(*ARGUMENTS), cr.grad(f, (0, 1, 2))(*ARGUMENTS), strict=True):
        np.testing.assert_allclose(slope, wanted, rtol=1e-12)
    with pytest.raises(ValueError, match="made where"):
        run(*ARGUMENTS[:2], 0.2)
