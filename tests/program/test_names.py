"""The user's own names: found in the bytecode, numbered where bound again, and kept clear of the text's own names."""

import builtins
import functools
import keyword
import linecache
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.border import printable
from chainrule.core.errors import TracingError
from chainrule.core.primitive import HELPERS
from chainrule.core.simplification import simplify
from chainrule.program import names

from . import texts

pytestmark = [pytest.mark.names, pytest.mark.uncompiled]
X = np.array([0.5, 1.5])


def named(function, *args):
    """The names that a function's equations print with a line of their own; its text holds besides."""
    args = args or (X,)
    program = cr.trace(function, args)
    texts.text(program, args)
    return [equation.target.name for equation in program.equations if equation.target.kind == "named"]


def test_a_plain_assignment():
    def f(x):
        y = x * 2
        z = np.tanh(y)
        return np.sum(z)

    assert named(f) == ["y", "z"]


def test_a_name_bound_again_is_numbered_from_1():
    def f(x):
        z = x * 2
        z = z * z
        other = z + 1
        z = other - z
        return z

    assert named(f) == ["z1", "z2", "other", "z3"]


def test_a_number_that_the_user_took_is_left_out():
    def f(x):
        z2 = x + 1
        z = x * 2
        z = z * z2
        return z

    assert named(f) == ["z2", "z1", "z3"]


def test_an_argument_bound_again_is_numbered():
    def f(x):
        x = np.tanh(x)
        x += 1
        return x

    assert named(f) == ["x1", "x2"]


def test_through_the_returns_of_helpers():
    def inner(x):
        return x * 2

    def outer(x):
        with np.errstate(over="ignore"):
            return inner(x)

    @functools.wraps(outer)
    def wrapped(*args, **keywords):
        return outer(*args, **keywords)

    def f(x):
        y = inner(x)
        z = outer(y)
        last = wrapped(z)
        return last * 1.0

    assert named(f) == ["y", "z", "last"]


def test_a_helpers_own_names():
    def helper(x):
        inside = x + 1
        return inside * x

    def f(x):
        outside = helper(x)
        return outside + helper(outside)

    assert named(f) == ["inside1", "outside", "inside2"]


def test_attributes_and_chains():
    def f(x):
        self = SimpleNamespace()
        self.z = x * 2
        a = b = self.z + 1
        return a * b

    assert named(f) == ["z", "a"]


def test_annotations_walruses_and_nonlocals():
    kept = None

    def f(x):
        nonlocal kept
        y: np.ndarray = x + 1
        kept = y * 2
        if (positive := kept[0]) > 0:
            return kept * positive
        return y

    assert named(f) == ["y", "kept", "positive"]


def test_conditional_expressions_and_calls_over_lines():
    def f(x, wide=True):
        y = x * 2 if wide else x
        z = np.where(
            y > 1,
            y,
            0.0,
        )
        return y * z

    assert named(f) == ["y", "z"]


def test_a_loop_names_the_rows():
    def f(x):
        total = 0.0
        for row in x:
            total = total + row * row
        return total

    assert named(f) == ["row1", "total1", "row2", "total2"]


def test_what_is_no_name():
    def f(x):
        parts = [(x + k) * 2 for k in range(2)]
        table = {"sum": parts[0] + parts[1]}
        return table["sum"] * 3

    assert named(f) == []


def test_two_names_at_once_are_never_mixed_up():
    def f(x):
        a, b = x + 1, x * 2
        return a * b * a * b

    program = cr.trace(f, [X])
    kinds = {equation.target.name: equation.primitive.name for equation in program.equations}
    assert kinds.get("a", "add") == "add"
    assert kinds.get("b", "multiply") == "multiply"


def test_a_combined_operation_has_one_name():
    def f(x):
        s = np.std(x)
        both = np.stack([x, x * s])
        low = np.clip(both, 0.1, 2.0)
        return np.sum(low) / s

    program = cr.trace(f, [X])
    assert [e.target.name for e in program.equations if e.target.kind == "named"] == ["s", "both", "low"]


def test_pythons_own_functions_give_no_false_name():
    def f(x):
        y = max(x[0], x[1])
        return y * y

    program = cr.trace(f, [X])
    assert "y" not in [equation.target.name for equation in program.equations]


@pytest.mark.parametrize("reserved", ["sigmoid", "sigmoid_prime", "scatter", "put", "np", "slice"])
def test_reserved_names_get_a_line_under_them(reserved):
    scope = {"numpy": np}
    exec(
        f"def f({reserved}):\n    return numpy.sum({reserved} * 2)\ndef g(x):\n    {reserved} = x * 2\n    return {reserved} * x",
        scope,
    )
    program = cr.trace(scope["f"], [X])
    assert program.inputs[0].name == program.arguments[0][0] == reserved + "_"
    texts.text(program, [X])
    assert named(scope["g"]) == [reserved + "_"]
    assert cr.derive(scope["f"], [X], wrt=reserved)(X).tolist() == [2.0, 2.0]


RESERVED = [
    name
    for name in ("np", "scipy", *dir(builtins), *HELPERS)
    if printable(name) != name and not keyword.iskeyword(name)
]
SOURCES = {
    "an argument of a loop": """
def f({name}, w):
    y = {name}
    for k in builtins.range(5):
        y = numpy.sin(y) * w + {name}
    return numpy.sum(y)
""",
    "what a loop carries": """
def f(x, w):
    {name} = x * w
    for k in builtins.range(5):
        {name} = numpy.sin({name}) * w + x
    return numpy.sum({name} ** 2)
""",
    "what a loop reads": """
def f(x, w):
    {name} = numpy.tanh(x * w)
    y = x
    for k in builtins.range(5):
        y = numpy.sin(y) * w + {name} * {name}
    return numpy.sum(y)
""",
    "the counter of a loop": """
def f(x, w):
    y = x
    for {name} in builtins.range(5):
        y = numpy.sin(y) * w + {name}
    return numpy.sum(y)
""",
    "an array that nested loops write": """
def f(x, w):
    {name} = numpy.zeros((3, 4))
    for i in builtins.range(3):
        for j in builtins.range(1, 4):
            {name}[i, j] = {name}[i, j - 1] * w + x[i]
    return numpy.sum({name})
""",
    "what a branch compares": """
def f(x, w):
    {name} = x * w
    if {name}[0] > 0:
        {name} = numpy.exp({name}) * x
    return numpy.sum({name})
""",
    "a mask": """
def f(x, w):
    {name} = numpy.zeros(3, builtins.bool)
    {name}[1:] = x[1:] > 0.1
    y = x * numpy.zeros(3, builtins.complex).real + w
    for k in builtins.range(3):
        y[{name}] = y[{name}] * w
    return numpy.sum(y * {name})
""",
    "a function that is called": """
def {name}(a, w):
    b = numpy.sin(a) * w
    c = b * b + a
    return c * numpy.exp(-a)


def f(x, w):
    y = {name}(x, w)
    for k in builtins.range(4):
        y = {name}(y, w) + {name}(x * y, w)
    return numpy.sum(y)
""",
    "a variable of a function that is called": """
def step(a, w):
    {name} = numpy.sin(a) * w
    c = {name} * {name} + a
    return c * numpy.exp(-{name})


def f(x, w):
    y = step(x, w)
    for k in builtins.range(4):
        y = step(y, w)
    return numpy.sum(y)
""",
    "an array from outside": """
def f(x, w):
    {name} = OUTSIDE
    for k in builtins.range(4):
        x = numpy.sin({name} @ x) * w
    return numpy.sum(x)
""",
    "the function itself": """
def {name}(x, w):
    y = x
    for k in builtins.range(5):
        y = numpy.sin(y) * w
    return numpy.sum(y)


f = {name}
""",
}


@pytest.mark.wide
@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("what", SOURCES)
def test_a_name_that_the_text_uses_may_be_the_users(what, name):
    source, file = SOURCES[what].format(name=name), f"<{what}, {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope = {"numpy": np, "builtins": builtins, "OUTSIDE": np.arange(9.0).reshape(3, 3) / 9}
    exec(compile(source, file, "exec"), scope)
    f, x, w, h = scope["f"], np.array([0.3, -0.2, 0.5]), 0.7, 1e-6
    difference = (f(x, w + h) - f(x, w - h)) / (2 * h)
    np.testing.assert_allclose(cr.trace(f, (x, w))(x, w), f(x, w), rtol=1e-14)
    np.testing.assert_allclose(cr.derive(f, (x, w), wrt="w")(x, w), difference, rtol=1e-6)
    np.testing.assert_allclose(cr.compile(cr.grad(f, "w"), "numpy")(x, w), difference, rtol=1e-6)


def test_a_function_called_sigmoid_does_not_call_itself():
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    program = cr.derive(lambda x: np.sum(sigmoid(x)), [X])
    texts.text(program, [X])
    scope = {"np": np}
    exec("def sigmoid(z):\n    return np.sum(1 / (1 + np.exp(-z)))", scope)
    program = cr.derive(scope["sigmoid"], [X])
    assert program.name == "sigmoid_gradient"
    forward = simplify(cr.trace(scope["sigmoid"], [X]), "textbook")
    assert forward.name == "sigmoid_"
    texts.text(forward, [X])


def test_pythons_builtins_are_not_reserved():
    def f(input, sum):
        max = input * sum
        return np.sum(max)

    assert named(f, X, X) == ["max"]


def test_names_of_nested_arguments():
    @dataclass
    class Layer:
        w: np.ndarray
        b: float

    def f(layers, table, pair):
        return layers[1].w * layers[0].b + table["a b"] * table[1.5] + pair[0] * pair[1][0]

    args = ([Layer(X, 1.0), Layer(X, 2.0)], {"a b": X, 1.5: X}, (X, [3.0]))
    program = cr.trace(f, args)
    assert [symbol.name for symbol in program.inputs] == [
        "layers_0_w", "layers_0_b", "layers_1_w", "layers_1_b", "table_a_b", "table_1_5", "pair_0", "pair_1_0",
    ]  # fmt: skip
    texts.text(program, args)


def test_names_that_would_collide():
    def f(w, w_0, c1, v1):
        w_1 = w[0] * w_0
        return w_1 + np.array([1.0, 2.0]) * c1 + (w_1 + v1) * (w_1 + v1)

    args = ([X, X], X, X, X)
    program = cr.trace(f, args)
    assert [symbol.name for symbol in program.inputs] == ["w_0_", "w_1", "w_0", "c1", "v1"]
    assert [constant.name for constant in program.constants] == ["c2"]
    texts.equal(program(*args), f(*args))


def test_a_hand_given_name():
    def f(x):
        return cr.name("energy", np.sum(x**2)) * 2

    assert named(f) == ["energy"]
    with pytest.raises(TracingError, match="'2x' cannot name a symbol; use letters, digits and underscores"):
        cr.name("2x", X)
    assert cr.name("plain", X) is X


def test_an_unknown_python_finds_nothing(monkeypatch):
    """A bytecode that `dis` cannot read gives v1, v2, …, and the program is right."""

    def unreadable(code):
        raise ValueError

    monkeypatch.setattr(names.dis, "get_instructions", unreadable)
    names._tables.clear()

    def f(x):
        y = x * 2
        return y * y

    program = cr.trace(f, [X])
    names._tables.clear()
    assert [equation.target.name for equation in program.equations] == ["v1", "v2"]
    texts.equal(program(X), f(X))


def test_the_tables_are_bounded():
    for number in range(5000):
        scope = {}
        exec(f"def f(x):\n    y{number} = x * 2\n    return y{number}", scope)
        if number % 500 == 0:
            cr.trace(scope["f"], [X])
        else:
            names._after(scope["f"].__code__, 0)
    assert len(names._tables) <= 4096


OUTSIDE = np.arange(3.0)


def test_arrays_from_outside_keep_their_names():
    around = np.ones(3)

    def f(x, c1):
        within = np.arange(3.0) ** 2
        return np.sum(x * OUTSIDE + around * c1 + within * x + x * np.array([1.0, 2.0, 4.0]))

    args = np.ones(3), np.full(3, 2.0)
    for program in (cr.trace(f, args), cr.derive(f, args), cr.derive(lambda x, c1: np.sum(cr.grad(f)(x, c1)), args)):
        names = [constant.name for constant in program.constants]
        assert set(names) <= {"OUTSIDE", "around", "within", "c2"}
        assert len(set(names)) == len(names)
    assert [constant.name for constant in cr.trace(f, args).constants] == ["OUTSIDE", "around", "within", "c2"]
    np.testing.assert_allclose(cr.trace(f, args)(*args), f(*args))


def test_a_name_that_two_arrays_have_is_kept_by_the_first():
    def helper(x):
        table = np.array([2.0, 3.0, 5.0])
        return np.sum(x * table)

    def f(x):
        table = np.array([1.0, 2.0, 4.0])
        return np.sum(x * table) + helper(x)

    assert [constant.name for constant in cr.trace(f, [np.ones(3)]).constants] == ["table", "c1"]


def test_the_parts_of_an_array_that_is_unpacked_have_their_names():
    def f(y):
        theta, omega = y
        (a, b), _ = np.reshape(np.concatenate([y, y]), (2, 2))
        return np.sin(theta) * omega + a * b

    program = cr.trace(f, [np.ones(2)])
    assert {each.target.name for each in program.equations} >= {"theta", "omega", "a", "b"}


def test_an_array_that_is_made_of_a_list_has_its_name():
    def f(x):
        state = np.array([x, 2.0 * x])
        return np.sum(state * state)

    assert "state = np.array([x, 2.0 * x])" in str(cr.trace(f, [1.0]))
