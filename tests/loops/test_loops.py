"""Loops stay loops: value, gradient and second derivatives beside the same program turn by turn."""

import inspect
import linecache
import math
import re
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.core.tracing import LEAF_TYPES
from chainrule.loops.noun import LOOP, Loop, loop_of
from chainrule.loops.places import AT, UPDATED_AT, Affine, Places
from chainrule.program.formulas import formulas
from chainrule.run import checked
from chainrule.show.mathml import formula

from .functions import FUNCTIONS, LOOPS

every_function = pytest.mark.parametrize("name", FUNCTIONS)


def close(one, other, within=1e-12):
    """Whether results are equal within rounding, and as they nest."""
    found, wanted = (flatten(each, LEAF_TYPES)[0] for each in (one, other))
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
        narrow = np.asarray(b).dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=1e-5 if narrow else within, atol=1e-6 if narrow else within)


def loops_in(program):
    """How many loops a program has, nested ones too."""
    return sum(equation.primitive is LOOP for part in program.parts() for equation in part.equations)


@every_function
def test_it_stays_a_loop_and_its_value_is_the_same(name):
    function, args = FUNCTIONS[name]
    program = cr.trace(function, args)
    assert loops_in(program) == LOOPS[name]
    close(program(*args), function(*args))
    close(checked.run(program, args), function(*args))
    assert loops_in(cr.trace(function, args, loops=False)) == 0


@every_function
def test_arguments_stay_as_they_were(name):
    """Text that writes in place writes to arrays of its own."""
    function, args = FUNCTIONS[name]
    before = [np.array(leaf) for leaf in flatten(args, LEAF_TYPES)[0]]
    for program in (cr.trace(function, args), cr.derive(function, args)):
        program(*args)
    close(flatten(args, LEAF_TYPES)[0], before, within=0)


AS_WRITTEN = {"triangular": 2}
"""The loops of derivatives that are those of the source, where a trace finds others in the turns."""


@pytest.mark.wide
@every_function
@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_the_gradient_is_that_of_its_turns(name, form):
    function, args = FUNCTIONS[name]
    derived = cr.derive(function, args, form=form)
    loops = AS_WRITTEN.get(name, LOOPS[name])
    assert loops_in(derived) >= loops > 0 or loops == 0
    close(derived(*args), cr.derive(function, args, loops=False)(*args))
    close(checked.run(derived, args), derived(*args))


@every_function
def test_the_gradient_is_that_of_finite_differences(name):
    function, args = FUNCTIONS[name]
    if "in_float32" in name:
        pytest.skip("too coarse for differences")
    random = np.random.default_rng(1)
    leaves, tree = flatten(args, LEAF_TYPES)
    directions = [random.normal(size=np.shape(leaf)) for leaf in leaves]

    def moved(step):
        return function(*tree.build(iter([a + step * d for a, d in zip(leaves, directions, strict=True)])))

    slopes = flatten(cr.derive(function, args)(*args), LEAF_TYPES)[0]
    found = sum(np.sum(g * d) for g, d in zip(slopes, directions, strict=True))
    near = (moved(1e-6) - moved(-1e-6)) / 2e-6
    assert abs(found - near) <= 1e-6 * (1 + abs(near))


@pytest.mark.wide
@every_function
def test_second_derivatives_are_those_of_its_turns(name):
    """The derivative of a derivative, which is a loop in both."""
    function, args = FUNCTIONS[name]
    random = np.random.default_rng(2)
    leaves, _ = flatten(args, LEAF_TYPES)
    directions = [random.normal(size=np.shape(leaf)) for leaf in leaves]

    def along(*args):
        slopes, _ = flatten(cr.grad(function, tuple(range(len(args))))(*args), LEAF_TYPES)
        return sum(np.sum(slope * direction) for slope, direction in zip(slopes, directions, strict=True))

    rolled, turn_by_turn = (cr.derive(along, args, loops=loops) for loops in (True, False))
    assert loops_in(rolled) >= LOOPS[name]
    close(rolled(*args), turn_by_turn(*args), within=1e-10)


@pytest.mark.parametrize("name", ["garch", "recurrent", "rows_of_a_nest", "newton", "two_turns_before"])
def test_a_program_with_loops_is_itself_differentiated(name):
    """Called with traced arrays it is recorded turn by turn."""
    function, args = FUNCTIONS[name]
    program = cr.trace(function, args)
    close(cr.grad(program)(*args), cr.grad(function)(*args))
    close(cr.jvp(program, args, args)[1], cr.jvp(function, args, args)[1])
    derived = cr.derive(function, args)
    close(cr.grad(lambda *args: np.sum(derived(*args)[0] ** 2))(*args) if isinstance(derived(*args), tuple) else
          cr.grad(lambda *args: np.sum(derived(*args) ** 2))(*args),
          cr.grad(lambda *args: np.sum(cr.grad(function)(*args) ** 2))(*args))  # fmt: skip


def test_a_branch_that_goes_another_way_is_told():
    function, args = FUNCTIONS["newton"]
    program = cr.trace(function, args)
    program(2.4)
    with pytest.raises(cr.BranchError, match="newton"):
        program(1e9)
    slope = cr.derive(function, args)
    np.testing.assert_allclose([slope(2.4), slope(1e4)], [0.5 / np.sqrt(2.4), 0.5 / 1e2], rtol=1e-12)

    def kinked(x):
        s = 0.0
        for k in range(5):
            s = s + (2.0 * x[k] if x[k] > 0 else 3.0 * x[k])
        return s

    slope = cr.derive(kinked, [np.ones(5)])
    np.testing.assert_array_equal(slope(np.full(5, 2.0)), np.full(5, 2.0))
    np.testing.assert_array_equal(slope(np.array([1.0, 1.0, -1.0, 1.0, 1.0])), [2, 2, 3, 2, 2])


def test_a_last_turn_that_nothing_reads_is_not_differentiated():
    """There the derivative of √ is infinite, and 0 · ∞ would make NaN of the gradient."""

    def tail(x):
        s = 0.0
        d = x
        for _ in range(5):
            s = s + d
            d = np.sqrt(d - 1.0)
        return s

    x = 1.0
    for _ in range(4):
        x = x * x + 1
    derived = cr.derive(tail, (x,))
    assert loops_in(derived) == 2
    close(derived(x), cr.derive(tail, (x,), loops=False)(x))


@pytest.mark.names
@pytest.mark.parametrize("name", ["garch", "recurrent", "smoothed"])
def test_the_text_is_a_loop_and_a_loop_the_other_way(name):
    function, args = FUNCTIONS[name]
    text = str(cr.derive(function, args)).partition(f"def {name}_gradient")[2]
    assert re.sub(r" +#.*", "", text) == TEXTS[name]


TEXTS = {
    "garch": """\
(omega, alpha, beta, r):




    if not (np.ndim(r) == 1 and np.ndim(omega) == np.ndim(alpha) == np.ndim(beta) == 0):
        raise ValueError('made for the shapes in its comments; make it again for other arguments')
    n = r.shape[0]
    v1 = r - np.mean(r, keepdims=True)
    h = np.empty(30)
    h[0] = np.sum(v1 * v1) / n
    for t in range(1, 30):
        h[t] = omega + alpha * r[t - 1] ** 2 + beta * h[t - 1]
    δ_h = 0.0
    v2 = np.zeros(r.shape)
    dC_dalpha = 0.0
    dC_domega = 0.0
    dC_dbeta = 0.0
    for t in reversed(range(1, 30)):
        δ_h1 = δ_h - 0.5 * (r[t] ** 2 / h[t] / h[t]) + 0.5 / h[t]
        v2[t] += r[t] / h[t]
        v2[t - 1] += 2 * (δ_h1 * alpha * r[t - 1])
        dC_dalpha += δ_h1 * r[t - 1] ** 2
        dC_domega += δ_h1
        dC_dbeta += δ_h1 * h[t - 1]
        δ_h = δ_h1 * beta
    v3 = 2 / n * (δ_h * v1)
    dC_dr = v2 + v3 - np.sum(v3, axis=0, keepdims=True) / n
    return (dC_domega, dC_dalpha, dC_dbeta, dC_dr)
""",
    "smoothed": """\
(a, b, x):



    if not (np.ndim(x) == 1 and np.ndim(a) == np.ndim(b) == 0):
        raise ValueError('made for a (), b (), x (n,); make it again for other arguments')
    y = np.zeros(20)
    y[0] = a
    for t in range(1, 20):
        y[t] = np.tanh(a * y[t - 1] + b * x[t])
    δ_y = 2.0 * y
    v2 = 0.0
    dC_dx = np.zeros(x.shape)
    dC_db = 0.0
    for t in reversed(range(1, 20)):
        v1 = δ_y[t]
        δ_y[t] = 0.0
        v3 = v1 * (1 - y[t] ** 2)
        δ_y[t - 1] += v3 * a
        dC_dx[t] += v3 * b
        v2 += v3 * y[t - 1]
        dC_db += v3 * x[t]
    dC_da = v2 + δ_y[0]
    return (dC_da, dC_db, dC_dx)
""",
    "recurrent": """\
(W, V, b, c, x, y):






    if not (
        np.ndim(y) == 1
        and np.ndim(W) == np.ndim(V) == np.ndim(x) == 2
        and W.shape[1] == len(V) == len(W)
        and np.shape(b) == np.shape(c) == (len(W),)
        and x.shape[1] == V.shape[1]
    ):
        raise ValueError('made for the shapes in its comments; make it again for other arguments')
    n = W.shape[0]
    e = np.empty(12)
    h = np.zeros((13, n))
    for t in range(12):
        z = W @ h[t] + (V @ x[t]) + b
        h[t + 1] = np.tanh(z)
        e[t] = c @ h[t + 1] - y[t]
    δ_h = np.zeros(b.shape)
    dC_dW = np.zeros(W.shape)
    dC_dx = np.zeros(x.shape)
    dC_dV = np.zeros(V.shape)
    dC_db = np.zeros(b.shape)
    dC_dc = np.zeros(b.shape)
    dC_dy = np.zeros(y.shape)
    for t in reversed(range(12)):
        δ_z = (δ_h + e[t] * c) * (1 - h[t + 1] ** 2)
        dC_dx[t] += δ_z @ V
        dC_dy[t] -= e[t]
        dC_dW += np.outer(δ_z, h[t])
        dC_dV += np.outer(δ_z, x[t])
        dC_db += δ_z
        dC_dc += e[t] * h[t + 1]
        δ_h = δ_z @ W
    return (dC_dW, dC_dV, dC_db, dC_dc, dC_dx, dC_dy)
""",
}


@pytest.mark.names
def test_in_mathematics_it_is_a_recurrence_and_sums():
    function, args = FUNCTIONS["recurrent"]
    derived = cr.derive(function, args)
    assert derived.latex().split(" \\\\\n") == [
        r"h_{[0]} &= \mathbf{0}_{4}",
        r"z_{[t]} &= W \, h_{[t]} + V \, x_{[t]} + b",
        r"h_{[t + 1]} &= \tanh(z_{[t]})",
        r"e_{[t]} &= c^T \, h_{[t + 1]} - y_{[t]}",
        r"\delta_{h_{[12]}} &= \mathbf{0}_{4}",
        r"\delta_{z_{[t]}} &= (\delta_{h_{[t + 1]}} + e_{[t]} c) \odot (1 - h_{[t + 1]}^{2})",
        r"\delta_{h_{[t]}} &= \delta_{z_{[t]}} \, W",
        r"\frac{\partial C}{\partial W} &= \sum_{t = 11, \dots, 0} \delta_{z_{[t]}} \, h_{[t]}^T",
        r"\frac{\partial C}{\partial x_{[t]}} + &= \delta_{z_{[t]}} \, V",
        r"\frac{\partial C}{\partial V} &= \sum_{t = 11, \dots, 0} \delta_{z_{[t]}} \, x_{[t]}^T",
        r"\frac{\partial C}{\partial b} &= \sum_{t = 11, \dots, 0} \delta_{z_{[t]}}",
        r"\frac{\partial C}{\partial c} &= \sum_{t = 11, \dots, 0} e_{[t]} h_{[t + 1]}",
        r"\frac{\partial C}{\partial y_{[t]}} + &= -e_{[t]}",
    ]
    rows = [(row.symbol, row.equation, row.dimensions) for row in derived.shape_table()]
    assert rows[1:3] == [
        ("z[t]", "W h[t] + V x[t] + b", "4×4 · (4,) + 4×2 · (2,) + (4,)"),
        ("h[t + 1]", "tanh(z[t])", "(4,)"),
    ]
    assert rows[7][:2] == ("∂C/∂W", "Σ[t = 11, …, 0] δ_z[t] h[t]ᵀ")


def second_below(text):
    """Whether a symbol has two indices below: `_{…}_{`."""
    for start in (found.end() for found in re.finditer(r"_\{", text)):
        depth, end = 1, start
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        if text[end : end + 1] == "_":
            return True
    return False


@every_function
def test_each_line_is_written_in_mathematics_without_a_second_index_below(name):
    """LaTeX refuses `x_{1}_{2}`."""
    assert second_below(r"x_{1}_{2}") and second_below(r"\delta_{h_{1}}_{t}") and not second_below(r"a_{i}^{2} b_{j}")
    function, args = FUNCTIONS[name]
    for program in (cr.trace(function, args), cr.derive(function, args)):
        assert not second_below(program.latex())
        assert all(row.equation for row in program.shape_table())
        assert all(formula(each) for each in formulas(program))


@pytest.mark.names
def test_what_reads_an_array_before_its_first_traced_number_is_in_the_loop_too():
    for name, count in (("smoothed_from_zero", 19), ("product_by_hand", 4), ("table", 6)):
        function, args = FUNCTIONS[name]
        (loop,) = (loop_of(each) for each in cr.trace(function, args).equations if each.primitive is LOOP)
        assert loop.count == count


def test_the_length_of_the_text_does_not_depend_on_the_number_of_turns():
    function, (a, b, _) = FUNCTIONS["smoothed"]
    source = inspect.getsource(function).partition("\n")[2]
    lines = []
    for count in (20, 1000):
        scope = {"np": np}
        text = source.replace("20", str(count))
        linecache.cache[f"<{count}>"] = (len(text), None, text.splitlines(keepends=True), f"<{count}>")
        exec(compile(text, f"<{count}>", "exec"), scope)
        lines.append(str(cr.derive(scope["smoothed"], (a, b, np.ones(count)))).count("\n"))
    assert lines[0] == lines[1] < 29


@pytest.mark.parametrize("name", ["filled_one_by_one", "both_ends_at_once", "neighbors_swapped", "views_in_use"])
def test_no_turn_copies_an_array_that_is_written_to(name):
    """Neither the text nor what it keeps of the turns grows with the square of the number of places."""
    function, args = FUNCTIONS[name]
    for program in (cr.trace(function, args), cr.derive(function, args)):
        text = str(program).partition(f"def {name}")[2]
        turns = "".join(line for line in text.splitlines() if line.startswith("        "))
        assert ".copy()" not in turns
        assert "updated(" not in turns
        size = max(np.size(each) for each in args)
        kept = [s.shape for e in program.equations for s in e.targets if e.primitive is LOOP]
        assert all(np.prod(shape) <= 2 * size for shape in kept)


# ---- planted faults ---------------------------------------------------------------------------------------------------


def with_loops(program, change):
    """A program with its loops changed."""

    def changed(equation):
        if equation.primitive is not LOOP:
            return equation
        return replace(equation, params=(("body", change(dict(equation.params)["body"])),))

    return replace(program, equations=tuple(map(changed, program.equations)))


def later_places(loop: Loop, moving=AT):
    """Every place of a loop that moves, one further on: those that are read, or those that are written to."""

    def moved(equation):
        if equation.primitive is not moving:
            return equation
        index = dict(equation.params)["index"]
        parts = tuple(Affine(p.first + 1, p.slopes, p.beside) if isinstance(p, Affine) else p for p in index.parts)
        return replace(equation, params=(("index", Places(parts, index.shape)),))

    return replace(loop, equations=tuple(map(moved, loop.equations)))


FAULTS = {
    "a place that is wrong by one turn": later_places,
    "a write one place further": lambda loop: later_places(loop, UPDATED_AT),
    "the turns in another order": lambda loop: replace(loop, reverse=not loop.reverse),
    "a turn too few": lambda loop: replace(loop, count=loop.count - 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault):
    function, args = FUNCTIONS["smoothed" if "write" in fault else "garch"]
    for program, right in (
        (cr.trace(function, args), function(*args)),
        (cr.derive(function, args), cr.derive(function, args, loops=False)(*args)),
    ):
        close(with_loops(program, lambda loop: loop)(*args), right)
        with pytest.raises((AssertionError, IndexError, cr.core.errors.ProgramError)):
            close(with_loops(program, FAULTS[fault])(*args), right)


def test_a_number_in_an_array_without_axes_is_the_same_in_each_turn():
    x, two = np.linspace(-1.0, 1.0, 20), np.asarray(2.0)

    def horner(x):
        y = 0.0
        for k in range(20):
            y = y * two + x[k]
        return y

    for f in (horner, lambda x: np.polyval(x, 2.0)):
        program = cr.trace(f, (x,))
        assert "for k" in str(program) or "for place" in str(program)
        np.testing.assert_allclose(program(x), np.polyval(x, 2.0), rtol=1e-15)
        np.testing.assert_allclose(cr.derive(f, (x,))(x), 2.0 ** np.arange(19.0, -1.0, -1.0), rtol=1e-15)
    assert " in range" not in str(cr.trace(lambda x: np.polyval(x[:6], 2.0), (x,)))  # a few are not written as a loop
    assert " in range" not in str(cr.trace(np.cross, (x[:3], x[3:6])))


READERS = {
    "sum": np.sum,
    "mean of squares": lambda a: np.mean(a**2),
    "norm": lambda a: np.sqrt(np.sum(a * a)),
    "product": np.prod,
    "outer": lambda a: np.sum(np.outer(a, np.arange(1.0, 1.0 + np.size(a)))),
    "concatenate": lambda a: np.sum(np.concatenate([np.ravel(a), np.ravel(a)])),
    "last": lambda a: np.ravel(a)[-1],
    "elementwise": lambda a: 2.0 * a,
    "broadcast_to": lambda a: np.broadcast_to(a, (2, 3)),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (3,), (1, 3)])
def test_a_first_value_of_another_shape_is_read_as_it_is(reader, shape):
    """A loop carries one shape; np.sum of a number is another than that of the array which the number is broadcast to."""

    def f(x):
        a, total = np.reshape(x[: math.prod(shape)], shape), 0.0
        for _ in range(6):
            total = total + READERS[reader](a)
            a = np.sin(a * x + 0.5)
        return np.sum(total)

    x = np.array([0.3, 0.7, 1.1])
    slopes = [(f(x + step) - f(x - step)) / 2e-6 for step in 1e-6 * np.eye(3)]
    close(cr.trace(f, (x,))(x), f(x))
    close(cr.compile(f, "numpy")(x), f(x))
    for program in (cr.grad(f), cr.derive(f, (x,)), cr.compile(cr.grad(f), "numpy")):
        np.testing.assert_allclose(program(x), slopes, rtol=1e-7)


def test_lines_over_rows_of_several_lengths_are_those_of_each_row():
    def f(x):
        total = np.sum(np.tanh(x[:2]))
        total = total + 2.0 * np.sum(np.tanh(x[1:2]))
        total = total + 3.0 * np.sum(np.tanh(x[2:3]))
        return total + 4.0 * np.sum(np.tanh(x[3:4]))

    rows = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
    close(cr.compile(cr.vmap(f), "numpy")(rows), np.array([f(row) for row in rows]))


def test_a_last_turn_that_does_more_than_is_read_is_no_turn_of_its_own_where_that_is_safe():
    def pendulum(theta, omega, length):
        for _ in range(20):
            alpha = -9.81 / length * np.sin(theta)
            theta = theta + 0.1 * omega
            omega = omega + 0.1 * alpha
        return theta**2

    def divided(x, y):
        for _ in range(20):
            x = x + 0.1 * y
            y = np.cos(y) / (x - 1.0)
        return x

    assert "range(20)" in str(cr.trace(pendulum, (0.3, 0.1, 1.3)))
    assert "range(19)" in str(cr.trace(divided, (0.3, 0.1)))
    for f, args in [(pendulum, (0.3, 0.1, 1.3)), (divided, (0.3, 0.1))]:
        close(cr.derive(f, args)(*args), cr.derive(f, args, loops=False)(*args))
