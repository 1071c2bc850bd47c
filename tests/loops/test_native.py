"""Loops as machine code: the turn is written once, nests too; what it cannot hold is left to NumPy."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.loops.noun import LOOP, Loop

from .functions import FUNCTIONS
from .test_loops import close
from .test_random import COUNT, written

pytest.importorskip("llvmlite")
from chainrule.run import lowering
from chainrule.run.lowering.program import lowered

LEFT = {"kalman"}  # which inverts matrices


def programs(function, args):
    yield simplify(cr.trace(function, args), "fast")
    yield cr.derive(function, args, form="fast")


@pytest.mark.wide
@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_machine_code_with_numpys_numbers(name):
    function, args = FUNCTIONS[name]
    for program in programs(function, args):
        run = lowering.compiled(program)
        loops = [block for part in program.parts() for block in part.blocks if isinstance(block, Loop)]
        uncounted = not all(loop.is_counted for loop in loops)  # which NumPy runs
        assert isinstance(run, str) == (name in LEFT or uncounted)
        if not isinstance(run, str):
            for _ in range(2):  # the memory of the last call is not read
                close(run(*args), program(*args))
    executor = "auto" if name in LEFT else "native"
    compiled = cr.compile(cr.grad(function, tuple(range(len(args)))), executor=executor)
    close(compiled(*args), cr.grad(function, tuple(range(len(args))))(*args), within=1e-10)


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(COUNT))
def test_random_functions(seed):
    function, args, _ = written(seed)
    if not abs(function(*args)) < 1e6:
        pytest.skip("its numbers grow too large")
    for program in programs(function, args):
        close(lowering.compiled(program)(*args), program(*args), within=1e-9)


def test_a_turn_is_written_once_however_many_there_are():
    def recurrence(a, x):
        h = 0.0
        for t in range(len(x)):
            h = np.tanh(a * h + x[t])
        return h

    sizes = []
    for count in (20, 200):
        program = cr.derive(recurrence, (0.5, np.ones(count)), form="fast")
        sizes.append(sum(len(str(each)) for each in lowered(program, 32).functions))
        close(lowering.compiled(program)(0.5, np.ones(count)), program(0.5, np.ones(count)))
    assert sizes[1] < sizes[0] * 1.1


def test_products_may_be_computed_twice_at_their_edges():
    """Rows of five numbers as two overlapping vectors: a sum must not be added to in its own place."""

    def summed(a, b):
        total = np.zeros((5, 5))
        for k in range(4):
            total = total + np.outer(a * k, b)
        return np.sum(total**2)

    a, b = np.arange(1.0, 6.0), np.linspace(-1, 1, 5)
    for program in programs(summed, (a, b)):
        close(lowering.compiled(program)(a, b), program(a, b))


def test_places_that_go_round_below_0_come_before_the_loop():
    def around(x):
        s = 0.0
        for k in range(6):
            s = s + np.sin(x[k - 2]) * x[k]
        return s

    x = np.linspace(0.1, 1.0, 6)
    (loop,) = (dict(each.params)["body"] for each in cr.trace(around, (x,)).equations if each.primitive is LOOP)
    assert (loop.start, loop.count) == (2, 4)
    for program in programs(around, (x,)):
        close(lowering.compiled(program)(x), program(x))


def test_many_turns_on_single_numbers_are_worth_compiling():
    def logistic(x):
        for _ in range(50):
            x = 3.1 * x * (1 - x)
        return x

    assert lowering.pays(cr.trace(logistic, (0.3,)))


def test_a_branch_that_goes_another_way_is_traced_again():
    function, args = FUNCTIONS["newton"]
    run = cr.compile(cr.value_and_grad(function), executor="native")
    for each in (args, (70.0,), args):
        close(run(*each), cr.value_and_grad(function)(*each))
