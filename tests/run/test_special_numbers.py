"""Special numbers give on every executor what the printed text gives with NumPy."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.run import checked
from chainrule.run.buffered import buffered
from chainrule.run.lowering import operations

from .special_numbers import CASES, arguments, differences

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def in_buffers(program, args):
    bound = buffered(program, {symbol.name: each for symbol, each in zip(program.inputs, args, strict=True)})
    for _ in range(2):  # what the first step leaves in the buffers must not matter
        bound.step()
    return bound.outputs[0]


def natively(program, args):
    pytest.importorskip("llvmlite")
    return cr.compile(program, "native")(*args)


WAYS = {
    "equation by equation": lambda program, args: checked.run(program, args),
    "in buffers": in_buffers,
    "native": natively,
}


def wrong(name, way, dtype):
    """What a case gives elsewhere than NumPy, with the arguments there."""
    f, given = CASES[name]
    args = arguments(given, dtype)
    program = simplify(cr.trace(f, args, loops=False), "fast")
    wanted = program(*[each.copy() for each in args])
    found = WAYS[way](program, args)
    places = [tuple(place) for place in differences(name, found, wanted)]
    return [(found[place].item(), wanted[place].item()) for place in places]


@pytest.mark.wide
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("operation", dict.fromkeys(name.partition(",")[0] for name in CASES))
def test_special_numbers_are_those_of_the_text(operation, way):
    for name in (each for each in CASES if each.partition(",")[0] == operation):
        for dtype in ("float64", "float32"):
            assert not wrong(name, way, dtype), (name, dtype)


def test_planted_fault_at_missing_numbers_is_noticed(monkeypatch):
    pytest.importorskip("llvmlite")
    name = next(each for each in CASES if each.startswith("relu, "))
    assert not wrong(name, "native", "float64")
    monkeypatch.setitem(operations.ELEMENTWISE, "relu", lambda block, x: operations.chosen(x > 0, x, 0 * x))
    assert wrong(name, "native", "float64")


def test_what_passes_for_equal_is_a_number_with_its_sign():
    numbers = np.array([np.nan, np.inf, 0.0, 1.0])
    assert not len(differences("exp, 0", numbers, numbers))
    for other in ([0.0, np.inf, 0.0, 1.0], [np.nan, -np.inf, 0.0, 1.0], [np.nan, np.inf, -0.0, 1.0], [np.nan] * 4):
        assert len(differences("exp, 0", np.array(other), numbers))
