"""The text is the program: printed, executed and traced again it is the same one; and it computes the same bits."""

import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.derivative import differentiate
from chainrule.core.errors import ProgramError
from chainrule.core.simplification import simplify
from chainrule.core.structure import LEAF
from chainrule.core.tracing import trace
from chainrule.run import checked

from . import texts
from .functions import functions

CASES = functions(np)
FORMS = ("textbook", "fast")


@pytest.mark.uncompiled
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_the_text_of_a_function(name, form):
    function, args = CASES[name]
    program = simplify(trace(function, args), form)
    texts.text(program, args)
    if form == "textbook":
        texts.equal(program(*args), function(*args))
        texts.equal(checked.run(program, args), function(*args))
    else:
        np.testing.assert_allclose(program(*args), function(*args), rtol=1e-13)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_the_text_of_a_derivative(name, form):
    function, args = CASES[name]
    program = cr.derive(function, args, form=form)
    texts.text(program, args)
    gradients = cr.grad(function, floats(args))(*args)
    near(program(*args), gradients if len(gradients) > 1 else gradients[0])
    lines = [line.partition("  #")[0] for line in str(program).splitlines() if "return" not in line]
    assert max(map(len, lines)) <= 120, "too long to read"


@pytest.mark.parametrize("name", ["network", "logistic", "attention", "piecewise", "branches"])
def test_float32(name):
    function, args = CASES[name]
    narrow = tuple(np.float32(a) if isinstance(a, float) else to_float32(a) for a in args)
    program = simplify(trace(function, narrow), "textbook")
    texts.text(program, narrow)
    texts.equal(program(*narrow), function(*narrow))
    for form in FORMS:
        derived = cr.derive(function, narrow, form=form)
        texts.text(derived, narrow)
        leaves = flat(derived(*narrow))
        assert {leaf.dtype for leaf in leaves} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", ["tanh_chain", "rosenbrock", "quadratic_form", "cosine", "horner"])
def test_the_text_of_a_second_derivative(name):
    function, args = CASES[name]
    first = cr.derive(function, args, wrt=trace(function, args).arguments[-1][0])

    def projected(*given):
        return np.sum(first(*given) * 0.7)

    texts.text(cr.derive(projected, args), args)
    cr.check_grad(projected, args)


def test_a_derivative_of_a_program_is_closed_under_itself():
    program = simplify(trace(lambda x: np.sum(np.sin(x) ** 2), [np.ones(3)]), "textbook")
    derived = differentiate(program, ["x"], LEAF)
    assert derived.check() is derived
    summed = trace(lambda x: np.sum(derived(x)), [np.ones(3)])
    second = differentiate(summed, ["x"], LEAF)
    np.testing.assert_allclose(second(np.ones(3)), 2 * np.cos(2.0))


@pytest.mark.uncompiled
def test_the_work_for_a_loop_grows_with_its_steps():
    """Counted in calls of functions, which no other program on the machine can change."""

    def loop_of(steps):
        def loop(x):
            for _ in range(steps):
                x = np.tanh(x) * 1.01
            return np.sum(x)

        return loop

    def calls(steps):
        count = 0

        def counted(frame, event, argument):
            nonlocal count
            count += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(counted)
        try:
            program = cr.derive(loop_of(steps), [np.ones(2)])
        finally:
            sys.setprofile(before)
        x, slope = 1.0, 1.0
        for _ in range(steps):
            slope *= 1.01 * (1 - np.tanh(x) ** 2)
            x = np.tanh(x) * 1.01
        np.testing.assert_allclose(program(np.ones(2)), [slope, slope], rtol=1e-12)
        return count

    calls(10)  # fills the caches
    assert calls(600) / calls(300) < 2.1


def test_the_whole_text():
    def energy(x, scale):
        if x[0] > 0:
            y = cr.name("y", x * np.array([1.0, 2.0]))
        return {"e": np.sum(y**2) * scale, "parts": [y, 3]}

    program = trace(energy, (np.array([1.0, 2.0]), 2.0))
    assert str(program) == (
        "import numpy as np\n\n\n"
        "def energy(x, scale):\n"
        "    # x: (2,)\n"
        "    # scale: ()\n"
        "    if not (np.ndim(scale) == 0 and np.shape(x) == (2,)):\n"
        "        raise ValueError('made for x (2,), scale (); make it again for other arguments')\n"
        f"    if not (x[0] > 0):            # {program.conditions[0].origin.place}\n"
        "        raise ValueError('made where x[0] > 0; make it again for other arguments')\n"
        "    y = x * np.array([1.0, 2.0])  # (2,)\n"
        "    return {'e': np.sum(y ** 2) * scale, 'parts': [y, 3]}\n"
    )
    assert program(np.array([1.0, 2.0]), 2.0)["parts"][1] == 3


def test_a_part_goes_back_to_where_it_was_taken():
    def picked(x, places):
        return np.sum(x[1:, 0]) + x[2, 1] + np.sum(x[0]) + np.sum(x[places, 1:])

    text = str(cr.derive(picked, (np.ones((3, 2)), np.array([0, 2])), wrt="x"))
    assert "scatter(np.broadcast_to(1.0, (n - 1,)), np.s_[1:, 0], x.shape)" in text
    assert "scatter(1.0, (2, 1), x.shape)" in text
    assert "scatter(np.broadcast_to(1.0, (m,)), 0, x.shape)" in text
    assert "add_at(np.broadcast_to(1.0, (p, m - 1)), np.s_[places, 1:], x.shape)" in text


def test_the_checked_executor_catches_a_false_symbol():
    program = trace(lambda x: np.sum(x * x), [np.ones(3)])
    wrong = program.equations[0].target.__class__("v1", (4,), np.dtype(float))
    broken = cr.Program(
        program.name,
        program.inputs,
        (cr.Equation((wrong,), *_rest(program.equations[0])), *program.equations[1:]),
        program.outputs,
        program.arguments,
        program.results,
    )
    with pytest.raises(
        ProgramError, match=r"the equation of v1 \(multiply\) gives \(3,\) of float64, and its symbol is \(4,\)"
    ):
        checked.run(broken, [np.ones(3)])
    with pytest.raises(ValueError, match=r"x is \(2,\) of float64, and function was traced for \(3,\) of float64"):
        checked.run(program, [np.ones(2)])
    with pytest.raises(ValueError, match="nested as they were"):
        checked.run(program, [[np.ones(3)]])


def _rest(equation):
    return equation.primitive, equation.inputs, equation.params


def floats(args):
    """The positions of the arguments that hold floats."""
    return [p for p, arg in enumerate(args) if not isinstance(arg, np.ndarray) or arg.dtype.kind == "f"]


def to_float32(arg):
    if isinstance(arg, (list, tuple)):
        return type(arg)(map(to_float32, arg))
    return arg.astype(np.float32) if arg.dtype.kind == "f" else arg


def flat(value):
    if isinstance(value, dict):
        value = list(value.values())
    return [leaf for part in value for leaf in flat(part)] if isinstance(value, (list, tuple)) else [value]


def near(one, other):
    one, other = flat(one), flat(other)
    assert len(one) == len(other)
    for a, b in zip(map(np.asarray, one), map(np.asarray, other), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_an_inner_derivative_keeps_its_brackets():
    """The arguments of an inner derivative pass through `identity`, whose text is its operand's."""

    def f(x):
        inner = cr.grad(lambda y: np.sum(y * 3.0 * x))(x + 1.0)
        return np.sum(cr.vjp(lambda y: y * x, x + 1.0)[0] - inner)

    program = trace(f, [np.array([1.0, 2.0])])
    texts.equal(program(np.array([1.0, 2.0])), f(np.array([1.0, 2.0])))
    texts.text(simplify(program, "textbook"), [np.array([1.0, 2.0])])
    assert "(x + 1.0) * x" in str(program)


def lines_of(program):
    return [
        line.partition("  # ")[0].strip()
        for line in str(program).splitlines()
        if line.startswith("    ") and "=" in line
    ]


def test_numbers_stand_in_a_derivative_as_they_are():
    """A number that is spread over an array keeps no type of its own, and a gradient that is 1 is no factor of another."""
    exponential = cr.derive(lambda x: np.sum(np.exp(x)) * 5, (np.ones(3),))
    assert lines_of(exponential) == ["dC_dx = 5.0 * np.exp(x)"]
    square = cr.derive(lambda x1, x2: x1**2 + x2, (1.0, 2.0))
    assert lines_of(square) == ["dC_dx2 = 1.0", "dC_dx1 = 2 * x1"]


def widened(u, s):
    return np.sum(np.float64(2.0) * u) + np.float64(3.0) * s


def without_s(u, s):
    return np.sum(u * u)


def constant_slope(u, s):
    return np.sum(2 * (2 * s) - u)


def same_branch_twice(u, s):
    doubled = u * 2.0 if s > 0.3 else u - 1.0
    return np.sum(doubled * (s if s > 0.3 else -s))


def unnamed_sigmoid(u, s):
    return np.sum((lambda z: 1 / (1 + np.exp(-z)))(u) * s)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [widened, without_s, constant_slope, same_branch_twice, unnamed_sigmoid])
def test_numbers_in_the_place_of_symbols_keep_their_number_type(function, dtype, form):
    """Faults that random programs found: a bare number where an array was meant, or one of another number type."""
    args = [np.array([1.0, 2.0], dtype), dtype(1.5)]
    program = cr.derive(function, args, form=form)
    texts.text(program, args)
    found, expected = program(*args), cr.grad(function, (0, 1))(*args)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
        assert np.asarray(one).dtype == np.asarray(other).dtype == dtype
