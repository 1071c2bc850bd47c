"""Functions that a traced function calls stay functions: what is printed, that it is right, and what stays where it is."""

import linecache
import os
import random
import re
import sys
import threading
from dataclasses import dataclass, replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.calls import derivative, outlining
from chainrule.calls.derivative import adjoint
from chainrule.calls.noun import CALLS, Function, has_calls, inlined
from chainrule.calls.recording import Watching
from chainrule.core.dims import ShapeMismatch
from chainrule.core.nouns import Symbol
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.python import functions_of
from chainrule.core.simplification import simplify
from chainrule.core.structure import flatten
from chainrule.run import checked

from ..program import texts
from . import functions
from .functions import ARGUMENTS

FUNCTIONS = {
    "bodies": ["forces", "forces_adjoint"],
    "runge_kutta": ["rhs", "rhs_adjoint"],
    "heun": ["rhs", "stepped", "rhs_adjoint", "stepped_adjoint"],
    "kalman": ["predict", "update", "update_adjoint", "predict_adjoint"],
    "defaults": ["activated", "activated_adjoint"],
    "pair_of_results": ["halves", "halves_adjoint", "halves_adjoint2"],
    "dictionary": ["measured", "measured_adjoint"],
    "nested_arguments": ["layer", "layer_adjoint"],
    "dataclasses_through": ["drift", "drift_adjoint"],
    "methods": ["predict", "update", "update_adjoint", "predict_adjoint"],
    "called_objects": ["Layer", "Layer_adjoint"],
    "closures": ["slope", "slope_adjoint"],
    "lambdas": [],
    "comprehensions": ["weighed", "weighed_adjoint"],
    "generators": [],
    "recursive": [],
    "recognized": [],
    "branches": ["clipped", "clipped_adjoint"],
    "behind_a_mask": [],
    "whole_numbers": ["counted_adjoint"],
    "places": [],
    "written": ["heat", "heat_adjoint"],
    "simulated": ["filled", "filled_adjoint"],
    "views": ["turned", "turned_adjoint"],
    "passed_on": ["passed", "passed_adjoint"],
    "sums_in_place": ["added_to", "added_to_adjoint"],
    "powers": ["powered", "powered_adjoint"],
    "of_many": ["smooth_adjoint"],
    "special": ["of", "Special_mul", "norm_adjoint", "waved_adjoint", "Special_mul_adjoint", "of_adjoint"],
    "mutual": [],
    "tried": ["factor_adjoint"],
    "inner_steps": [],
    "logged": ["noted", "noted_adjoint"],
    "long_loop": ["rhs", "rhs_adjoint"],
    "of_different_lengths": ["simulation", "simulation_adjoint", "simulation2_adjoint"],
    "long_in_long": ["simulation", "simulation_adjoint"],
    "scanned": ["step", "step_adjoint"],
    "checkpointed": ["smooth", "smooth_adjoint"],
    "wrappers": ["halves", "halves_adjoint", "halves_adjoint2"],
    "decorated": ["smooth", "smooth_adjoint"],
    "named_alike": ["energies", "energies_adjoint", "energies_adjoint2"],
    "other_shapes": ["activated", "activated2", "activated2_adjoint", "activated_adjoint"],
    "inner_gradient": ["smooth", "smooth_adjoint"],
    "same_array_twice": ["product2_adjoint", "product_adjoint"],
    "unused": ["measured_adjoint", "halves_adjoint", "halves_adjoint2"],
    "floats": ["scaled", "scaled_adjoint"],
    "integers": ["ranked", "ranked_adjoint"],
    "once": [],
}
"""The functions that a derivative has beside the main one, in order."""

EVERY = pytest.mark.parametrize("f", ARGUMENTS, ids=lambda f: f.__name__)


def leaves(value):
    return flatten(value, (np.ndarray, float, np.floating))[0]


def assert_equal(found, expected, within=1e-12):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=within, atol=within)


def executed(program, args):
    """What the printed text gives, by itself."""
    scope = {}
    exec(str(program), scope)
    return scope[program.name](*args, *(each.value for each in texts.given(scope[program.name], program)))


# ---- right, in every way to run it ---------------------------------------------------------------------------------------


@pytest.mark.wide
@EVERY
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_a_derivative_with_functions_is_that_without(f):
    args = ARGUMENTS[f]
    program = cr.derive(f, args)
    flat = cr.derive(f, args, calls=False)
    assert not has_calls(flat)
    expected = flat(*args)
    assert_equal(program(*args), expected)
    assert_equal(executed(program, args), expected)
    assert_equal(checked.run(program, args), expected)
    assert_equal(inlined(program)(*args), expected)
    assert_equal(simplify(inlined(program), "fast")(*args), expected)
    assert_equal(cr.compile(program)(*args), expected)
    assert_equal(cr.trace(program, args)(*args), expected)


@EVERY
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_a_derivative_with_functions_is_that_of_differences(f):
    cr.check_grad(f, ARGUMENTS[f])
    args = ARGUMENTS[f]
    wanted = [each for each in range(len(args)) if leaves(args[each])]
    found = cr.grad(f, tuple(wanted))(*args)
    assert_equal(cr.derive(f, args, wrt=tuple(wanted))(*args), found)


@EVERY
@pytest.mark.names
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_what_is_called_is_printed_as_functions(f):
    program = cr.derive(f, ARGUMENTS[f])
    assert [each.name for each in functions_of(program)] == FUNCTIONS[f.__name__]
    printed = re.findall(r"(?m)^def (\w+)", str(program))
    assert printed[-len(FUNCTIONS[f.__name__]) - 1 :] == [*FUNCTIONS[f.__name__], program.name]


@EVERY
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_mathematics_has_a_line_for_each_line(f):
    program = cr.derive(f, ARGUMENTS[f])
    lines = program.latex().split(" \\\\\n")
    for function in functions_of(program):
        name = function.name.replace("_", r"\_")
        assert any(line.startswith(rf"\quad \text{{{name}}}(") for line in lines)
    assert len(program.shape_table()) >= len(functions_of(program)) > 0 or not functions_of(program)


# ---- what is printed ---------------------------------------------------------------------------------------------------


def damped(x, v, k):
    spring = -k * np.sin(x)
    friction = 0.1 * v * np.abs(v)
    return spring - friction


def pendulum(x, v, k):
    for _ in range(8):
        a = damped(x, v, k)
        v = v + 0.01 * a
        x = x + 0.01 * v
    return np.sum(x**2)


@pytest.mark.names
def test_a_function_and_its_adjoint_read_as_they_are_written():
    program = cr.derive(pendulum, (np.ones(3), np.ones(3), 2.0))
    assert str(program) == PENDULUM


PENDULUM = """\
import numpy as np


def damped(x, v, k):
    # x: (n,)
    # v: (n,)
    # k: ()
    spring = -k * np.sin(x)         # (n,)
    friction = 0.1 * v * np.abs(v)  # (n,)
    return spring - friction


def damped_adjoint(x, v, k, δ_out):
    # x: (n,)
    # v: (n,)
    # k: ()
    # δ_out: (n,)
    δ_v = -0.1 * (δ_out * v * np.sign(v)) - 0.1 * (δ_out * np.abs(v))  # (n,)
    δ_x = -(δ_out * k * np.cos(x))                            # (n,)
    δ_k = -np.sum(δ_out * np.sin(x))                          # ()
    return (δ_x, δ_v, δ_k)


def pendulum_gradient(x, v, k):
    # x: (n,)
    # v: (n,)
    # k: ()
    if not (np.ndim(k) == 0 and np.ndim(x) == 1 and np.shape(v) == np.shape(x)):
        raise ValueError('made for x (n,), v (n,), k (); make it again for other arguments')
    n = x.shape[0]
    xs = np.empty((9, n))                                     # 9×n
    xs[0] = x                                                 # (n,)
    vs = np.empty((9, n))                                     # 9×n
    vs[0] = v                                                 # (n,)
    for i in range(8):
        a = damped(xs[i], vs[i], k)                           # (n,)
        vs[i + 1] = vs[i] + 0.01 * a                          # (n,)
        xs[i + 1] = xs[i] + 0.01 * vs[i + 1]                  # (n,)
    dC_dx = 2.0 * xs[8]                                       # (n,)
    dC_dv = np.zeros(x.shape)                                 # (n,)
    dC_dk = 0.0                                               # ()
    for i in reversed(range(8)):
        δ_v = dC_dv + 0.01 * dC_dx                            # (n,)
        δ_a = 0.01 * δ_v                                      # (n,)
        δ_x1, δ_v1, δ_k1 = damped_adjoint(xs[i], vs[i], k, δ_a)  # (n,), (n,), ()
        dC_dk += δ_k1                                         # ()
        dC_dx = dC_dx + δ_x1                                  # (n,)
        dC_dv = δ_v + δ_v1                                    # (n,)
    return (dC_dx, dC_dv, dC_dk)
"""


@pytest.mark.names
def test_it_says_what_is_asked_for():
    args = (np.ones(3), np.ones(3), 2.0)
    assert "def damped(x, v, k)" in str(cr.derive(pendulum, args))
    for others in ({"calls": False}, {"loops": False}, {"form": "fast"}):
        assert "def damped" not in str(cr.derive(pendulum, args, **others))
    assert "def damped" not in str(cr.trace(pendulum, args))


@pytest.mark.names
def test_a_function_named_as_one_of_pythons_gets_a_number():
    def max(x):  # as users do
        y = np.sin(x)
        return y * x

    def f(x):
        return np.trace(np.outer(max(x), max(2.0 * x)))

    x = np.array([0.3, 1.0])
    program = cr.derive(f, (x,))
    assert [each.name for each in functions_of(program)] == ["max2", "max_adjoint"]
    assert_equal(executed(program, (x,)), cr.grad(f)(x))


@pytest.mark.names
def test_an_error_that_is_always_the_same_number_is_no_argument():
    def cost(x):
        y = np.sin(x)
        return np.sum(y * x)

    program = cr.derive(lambda x: cost(x) + cost(2.0 * x) * 1.0, (np.ones(3),))
    (adjoint,) = functions_of(program)
    assert [each.name for each in adjoint.inputs] == ["x"]


@pytest.mark.names
def test_what_no_call_reads_is_not_computed():
    def both(x, y):
        a = np.sin(x) * y
        b = np.cos(y) * x
        return a + b, np.exp(a)

    def f(x, y):
        return both(x, y)[0] @ both(2.0 * x, y)[0]

    program = cr.derive(f, (np.ones(3), np.ones(3)), wrt="x")
    assert "np.exp" not in str(program)
    forward, adjoint = functions_of(program)
    assert len(forward.outputs) == len(adjoint.outputs) == 1


# ---- where it could go wrong -------------------------------------------------------------------------------------------


def test_a_result_that_shares_memory_is_not_written_to():
    def turned(x):
        y = x.T
        return y[::-1]

    def f(x):
        y = turned(x)
        z = turned(x * 2.0) * y
        z[0] = y[1]
        y[0] = 3.0
        return np.sum(z * y) + np.sum(turned(z) ** 2)

    x = np.arange(9.0).reshape(3, 3)
    program = cr.derive(f, (x,))
    expected = cr.derive(f, (x.copy(),), calls=False)(x.copy())
    given = x.copy()
    assert_equal(program(given), expected)
    np.testing.assert_array_equal(given, x)


def differs(f):
    """Whether the derivative with functions is another than that without, or is refused by the checker."""
    args = ARGUMENTS[f]
    try:
        assert_equal(cr.derive(f, args)(*args), cr.derive(f, args, calls=False)(*args))
    except (AssertionError, cr.ChainruleError):
        return True
    return False


def negated(function, given):
    made, reached, arrays = adjoint.__wrapped__(function, given)
    equations = [
        replace(each, primitive=PRIMITIVES["subtract"]) if each.primitive is PRIMITIVES["add"] else each
        for each in made.equations
    ]
    return replace(made, equations=tuple(equations)), reached, arrays


@pytest.mark.names
@pytest.mark.parametrize(("f", "where", "name", "fault"), [
    (functions.views, Function, "shares", False),
    (functions.bodies, derivative, "adjoint", negated),
    (functions.comprehensions, outlining._Made, "_numbers", lambda self: {}),
    (functions.of_different_lengths, outlining._Instance, "_turns", lambda self, place: ()),
    (functions.behind_a_mask, outlining._Outlining, "_is_risky", lambda self, instance: False),
], ids=["a view", "another adjoint", "an argument too few", "other turns", "a mask"])  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_a_planted_fault_is_found(monkeypatch, f, where, name, fault):
    assert not differs(f)
    monkeypatch.setattr(where, name, fault)
    assert differs(f)


def test_what_is_profiled_is_derived_without_functions():
    met = []
    sys.setprofile(lambda *event: met.append(event))
    try:
        program = cr.derive(pendulum, (np.ones(3), np.ones(3), 2.0))
    finally:
        sys.setprofile(None)
    assert met and not has_calls(program)


@pytest.mark.names
def test_an_error_leaves_no_profiler_behind():
    def failing(x):
        y = x * 2.0
        raise KeyError(y.shape)

    def f(x):
        return np.sum(failing(x))

    with pytest.raises(KeyError):
        cr.derive(f, (np.ones(3),))
    assert sys.getprofile() is None
    assert has_calls(cr.derive(pendulum, (np.ones(3), np.ones(3), 2.0)))


def test_a_function_that_fails_and_is_tried_again():
    def failing(x, fails):
        y = np.sin(x)
        if fails:
            raise ValueError
        return y * x

    def f(x):
        try:
            return np.sum(failing(x, True))
        except ValueError:
            return np.sum(failing(x, False)) + np.sum(failing(np.cos(x), False) ** 2)

    x = np.array([0.3, 1.0])
    assert_equal(cr.derive(f, (x,))(x), cr.grad(f)(x))


def test_several_threads_derive_at_once():
    args = (np.ones(3), np.ones(3), 2.0)
    expected, found = str(cr.derive(pendulum, args)), []
    threads = [threading.Thread(target=lambda: found.append(str(cr.derive(pendulum, args)))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [expected] * 4


@pytest.mark.names
def test_a_call_is_checked():
    program = cr.derive(pendulum, (np.ones(3), np.ones(3), 2.0))
    wrong = next(each for each in functions_of(program) if len(each.outputs) > 1)
    assert isinstance(wrong, Function)
    with pytest.raises(ShapeMismatch, match="takes another shape as its x"):
        CALLS.infer([Symbol(each.name, (4,), each.dtype) for each in wrong.inputs], (("body", wrong),))


@pytest.mark.names
def test_a_derivative_with_functions_is_differentiated_again():
    def f(x, k):
        return np.sum(damped(x, damped(x, x, k), k) ** 2)

    x, v = np.array([0.3, 0.7, -1.0]), np.array([1.0, -2.0, 0.5])
    slope = cr.derive(f, (x, 2.0), wrt="x")
    assert has_calls(slope)
    second = cr.derive(lambda x, v: np.sum(slope(x, 2.0) * v), (x, v), wrt="x")
    assert_equal(second(x, v), cr.hvp(lambda x: f(x, 2.0), (x,), (v,))[0])


@pytest.mark.names
def test_webassembly_has_no_calls():
    program = cr.derive(pendulum, (np.ones(3), np.ones(3), 2.0))
    assert has_calls(program)
    assert len(cr.webassembly(program).code) > 1000


# ---- random programs ---------------------------------------------------------------------------------------------------

COUNT = int(os.environ.get("CHAINRULE_FUZZ", "40"))
UNARY = ("np.sin({})", "np.tanh({})", "{} ** 2", "0.5 * {}", "np.exp(-{} ** 2)", "{0} * np.mean({0})")
BINARY = ("{} + {}", "{} * {}", "{} - {}", "np.where({0} > {1}, {0}, {1} * {0})")


class Writer:
    """Writes a few functions that call those before them, and a main one, perhaps with a loop."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.takes, self.gives = [], []
        self.lines = ["import numpy as np", ""]
        for number in range(self.random.randint(1, 3)):
            self.function(number)
        self.main()

    def expression(self, names):
        choose = self.random.choice
        kind = self.random.randint(0, 3 if self.gives else 1)
        if kind == 0:
            return choose(UNARY).format(choose(names))
        if kind == 1:
            return choose(BINARY).format(choose(names), choose(names))
        which = self.random.randrange(len(self.gives))
        given = [choose([*names, "0.7"] if place else names) for place in range(self.takes[which])]
        return f"f{which}({', '.join(given)})" + (f"[{self.random.randint(0, 1)}]" if self.gives[which] > 1 else "")

    def function(self, number):
        takes, gives = self.random.randint(1, 2), self.random.randint(1, 2)
        names = ["x", "y"][:takes]
        self.lines.append(f"def f{number}({', '.join(names)}):")
        for step in range(self.random.randint(1, 3)):
            name = self.random.choice([f"a{step}", names[0]])
            self.lines.append(f"    {name} = {self.expression(names)}")
            names = [*dict.fromkeys([*names, name])]
        if self.random.random() < 0.4:
            self.lines.append(f"    {names[-1]} = {names[-1]} * np.ones(3)")
            self.lines.append(f"    {names[-1]}[0] = np.sum({names[0]})")
            self.lines.append(f"    {names[-1]}[1:] *= 0.5")
        self.lines += [f"    return {', '.join(self.expression(names) for _ in range(gives))}", ""]
        self.takes.append(takes)
        self.gives.append(gives)

    def main(self):
        self.lines.append("def main(x, y):")
        indent = "    "
        if self.random.random() < 0.5:
            self.lines.append(f"    for _ in range({self.random.randint(3, 5)}):")
            indent = "        "
        for _ in range(self.random.randint(1, 3)):
            self.lines.append(f"{indent}{self.random.choice('xy')} = {self.expression(['x', 'y'])}")
        self.lines.append("    return np.sum(np.tanh(x) * y) + np.mean(y ** 2)")


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(COUNT))
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_random_programs_with_functions_are_those_without(seed):
    source = "\n".join(Writer(seed).lines)
    file, scope = f"<random calls {seed}>", {}
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), scope)
    args = (np.array([0.3, -0.8, 0.5]), np.array([0.9, 0.2, -0.4]))
    expected = cr.derive(scope["main"], args, calls=False)(*args)
    program = cr.derive(scope["main"], args)
    given = [each.copy() for each in args]
    assert_equal(program(*given), expected, 1e-10)
    assert all(map(np.array_equal, given, args))
    assert_equal(executed(program, args), expected, 1e-10)
    assert_equal(inlined(program)(*args), expected, 1e-10)


def test_only_the_users_own_functions_are_noted(monkeypatch):
    """Not what the engine and Python's library call between, nor the methods that a data class was given."""
    begun, begin = [], Watching._begin
    monkeypatch.setattr(
        Watching, "_begin", lambda self, frame, code: (begun.append(code.co_filename), begin(self, frame, code))
    )

    @dataclass
    class Weights:
        w: np.ndarray

    def layer(weights, x):
        return np.tanh(replace(weights, w=weights.w * 2.0).w @ x)

    def along(w, x):
        return np.sum(cr.grad(lambda w: sum(np.sum(layer(Weights(w), row)) for row in x))(w) ** 2)

    cr.derive(along, [np.ones((2, 3)), np.ones((3, 3))])
    assert set(begun) == {__file__}
