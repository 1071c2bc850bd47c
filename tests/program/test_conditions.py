"""Branches that were taken are kept in the program, printed as assertions, and hold also under `python -O`."""

import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import chainrule as cr
from chainrule import BranchError
from chainrule.core.simplification import simplify
from chainrule.run import checked

from . import texts

UP, DOWN = np.array([1.0, 2.0]), np.array([-1.0, 2.0])


def branch(x):
    if x[0] > 0:
        return np.sum(x**2)
    return np.sum(x)


LINE = branch.__code__.co_firstlineno + 1


def test_a_branch_is_printed_with_its_line():
    refused = "        raise ValueError('made where {}; make it again for other arguments')\n"
    for point, test, truth in ((UP, "not (x[0] > 0)", "x[0] > 0"), (DOWN, "x[0] > 0", "not (x[0] > 0)")):
        text = str(cr.trace(branch, [point]))
        assert f"    if {test}:  # test_conditions.py:{LINE}\n{refused.format(truth)}" in text


@pytest.mark.parametrize("run", [lambda p, x: p(x), lambda p, x: checked.run(p, [x])], ids=["text", "checked"])
def test_on_other_values_it_is_an_error_that_names_the_line(run):
    program = cr.trace(branch, [UP])
    assert run(program, UP) == 5
    with pytest.raises(BranchError) as error:
        run(program, DOWN)
    assert str(error.value) == (
        f"branch was traced where x[0] > 0 (test_conditions.py:{LINE}), "
        "and on these values that is false; call cr.trace or cr.derive with them, or use cr.compile, which traces again by itself."
    )
    with pytest.raises(BranchError, match=r"was traced where not \(x\[0\] > 0\) \(test_conditions"):
        run(cr.trace(branch, [DOWN]), UP)


@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_a_derivative_has_both_sides(form):
    program = cr.derive(branch, [UP], form=form)
    assert "made where" not in str(program)
    assert program(UP).tolist() == [2, 4]
    assert program(DOWN).tolist() == [1, 1]


def test_compile_and_grad_trace_again():
    fast = cr.compile(branch)
    assert [fast(x) for x in (UP, DOWN, UP)] == [branch(x) for x in (UP, DOWN, UP)]
    gradient = cr.grad(branch)
    assert [gradient(x).tolist() for x in (UP, DOWN, UP)] == [[2, 4], [1, 1], [2, 4]]


def test_a_printed_assertion_fails_by_itself():
    scope = {}
    exec(compile(str(cr.trace(branch, [UP])), "<printed>", "exec", optimize=0), scope)
    with pytest.raises(ValueError, match="made where"):
        scope["branch"](DOWN)


def while_loop(x):
    while x < 10:
        x = x * 2
    return x


def test_a_while_loop_keeps_every_turn():
    program = cr.trace(while_loop, [3.0])
    assert len(program.conditions) == 3
    assert [condition.expected for condition in program.conditions] == [True, True, False]
    assert program(3.5) == 14
    for other in (1.0, 20.0):
        with pytest.raises(BranchError):
            program(other)
    texts.text(program, [3.0])


def kinds(x, flag):
    total = 0.0
    if x[0]:  # a number is its own truth
        total = total + x[0]
    if not flag:
        total = total + 1.0
    if x[1] > 0 and x[0] < 5 or x[1] == 7:
        total = total + x[1]
    positive = x[1] > 0
    if positive:
        total = total * 2
    if positive:
        total = total * x[0]
    if np.any(x > 100):
        total = total * 0
    return total


def test_every_kind_of_branch():
    args = [np.array([1.0, 2.0]), np.array(False)]
    program = cr.trace(kinds, args)
    text = str(program)
    for line in ("if not (x[0] != 0):", "if flag:", "if not (x[1] > 0):", "if np.any(x > 100):"):
        assert re.search(rf"{re.escape(line)}.*\n +raise ValueError", text), line
    assert text.count("made where") == len(program.conditions) == 6
    texts.text(program, args)
    assert program(*args) == kinds(*args)
    for wrong in ([np.array([0.0, 2.0]), args[1]], [args[0], np.array(True)], [np.array([1.0, 200.0]), args[1]]):
        with pytest.raises(BranchError):
            program(*wrong)


def test_a_condition_survives_simplification_though_nothing_else_needs_it():
    def useless(x):
        if 1 / (1 + np.exp(-x[0])) > 0.5:
            pass
        return np.sum(x)

    for form in ("textbook", "fast"):
        program = simplify(cr.trace(useless, [UP]), form)
        assert "if not (sigmoid(x[0]) > 0.5):" in str(program)
        with pytest.raises(BranchError):
            program(DOWN)


def test_an_assertion_stands_before_what_it_guards():
    def guarded(x):
        if x > 0:
            x = np.log(x)
        return x

    program = cr.trace(guarded, [2.0])
    with pytest.raises(BranchError):  # not a RuntimeWarning of log(−1)
        program(-1.0)


@pytest.mark.unnamed
@pytest.mark.uncompiled
def test_under_python_without_assertions():
    source = """
        import numpy as np, chainrule as cr
        def branch(x):
            if x > 0:
                return x * 2
            return x
        assert False, "so assertions are off"
        program = cr.trace(branch, [1.0])
        try:
            program(-1.0)
        except cr.BranchError as error:
            print(error)
        scope = {}
        exec(str(program), scope)
        try:
            scope["branch"](-1.0)
        except ValueError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-O", "-c", textwrap.dedent(source)], capture_output=True, text=True, check=True
    )
    of_program, of_text = done.stdout.splitlines()
    assert of_program.startswith("branch was traced where x > 0 (")
    assert of_text == "made where x > 0; make it again for other arguments"


@pytest.mark.parametrize(("static", "other"), [(4, 11), ("sum", "mean"), (None, 1), (True, 1), (2, None)])
def test_a_program_refuses_another_static_argument(static, other):
    def f(x, kind):
        return np.sum(x) * (2.0 if kind in (4, "sum", None, True) else 3.0)

    for program in (cr.derive(f, (UP, static)), cr.trace(f, (UP, static))):
        program(UP, static)
        with pytest.raises(TypeError, match=r"kind was .* when the program was traced, and is"):
            program(UP, other)


def test_whole_numbers_of_numpys_are_numbers_and_functions_are_not_compared():
    program = cr.derive(lambda x, n, f: np.sum(f(x)) * n, (UP, 4, np.exp), wrt="x")
    np.testing.assert_array_equal(program(UP, np.int64(4), lambda x: np.exp(x)), program(UP, 4, np.exp))
