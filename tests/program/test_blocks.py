"""An equation may hold a program: a toy loop is checked, named, printed, measured and run; and sizes may be symbols."""

import re
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.binding import bind
from chainrule.core.dims import Dim
from chainrule.core.errors import ProgramError
from chainrule.core.nouns import Equation, Program, Symbol
from chainrule.core.primitive import HELPERS, PRIMITIVES, first_dtype, primitive
from chainrule.core.tracing import trace
from chainrule.dimensions import names_text
from chainrule.program.formulas import formulas
from chainrule.run import checked
from chainrule.show.language import translated
from chainrule.show.mathml import formula


def repeat(body, x, count):
    for _ in range(count):
        x = body(x)
    return x


@pytest.fixture
def loop():
    """An operation that does a program several times: `repeat(body, x, 3)`."""
    made = primitive(
        "repeat", shape=lambda x, body, count: body.outputs[0].shape, dtype=first_dtype, derivative=None,
        python="repeat({body}, {0}, {count})", examples=lambda random: (), helper=repeat,
    )  # fmt: skip
    yield made
    del PRIMITIVES["repeat"], HELPERS["repeat"]


def step(h):
    a = np.tanh(h)
    return a * a + h


def looped(loop, body=None, size=3):
    body = trace(step, [cr.Spec((size, 1))]) if body is None else body

    def f(x, w):
        z = bind(loop, (w @ x,), (("body", body), ("count", 3)))
        return np.sum(2.0 * z)

    return trace(f, [cr.Spec((2, 1)), cr.Spec((size, 2))])


X, W = np.array([[0.5], [-1.0]]), np.array([[1.0, 0.0], [0.5, 0.5], [0.0, -1.0]])


@pytest.mark.names
def test_python_prints_the_body_as_a_function_before(loop):
    program = looped(loop)
    assert (
        str(program).partition("def step")[2]
        == """\
(h):
    # h: 3×1
    a = np.tanh(h)  # 3×1
    return a * a + h


def f(x, w):
    # x: 2×1
    # w: 3×2
    if not (np.shape(x) == (2, 1) and np.shape(w) == (3, 2)):
        raise ValueError('made for x 2×1, w 3×2; make it again for other arguments')
    z = repeat(step, w @ x, 3)  # 3×1
    return np.sum(2.0 * z)
"""
    )
    assert "def repeat(" in str(program)


def test_it_runs_printed_checked_and_alone(loop):
    program = looped(loop)
    expected = np.sum(2.0 * repeat(step, W @ X, 3))
    assert program(X, W) == checked.run(program, [X, W]) == expected
    scope = {}
    exec(str(program), scope)
    assert scope["f"](X, W) == expected


@pytest.mark.names
def test_mathematics_indents_the_body(loop):
    program = looped(loop)
    assert program.latex().split(" \\\\\n") == [
        r"\quad a &= \tanh(h)",
        r"\quad \text{step}(h) &= a \odot a + h",
        r"z &= \operatorname{repeat}(\mathrm{step}, w \, x, 3)",
        r"\text{f} &= \sum 2 z",
    ]
    found = formulas(program)
    assert [(each.depth, each.text, each.dimensions) for each in found] == [
        (1, "a = tanh(h)", "3×1 = tanh(3×1)"),
        (1, "step(h) = a ⊙ a + h", "3×1 = 3×1 ⊙ 3×1 + 3×1"),
        (0, "z = repeat(step, w x, 3)", "3×1 = repeat(step, 3×[2 · 2]×1, 3)"),
        (0, "f = Σ 2 z", "() = Σ 3×1"),
    ]
    assert formula(found[0]).startswith('<mspace width="2em">') and "<mi>step</mi>" in formula(found[2])
    assert [(row.symbol, row.dimensions) for row in program.shape_table()][1] == ("  step(h)", "3×1 ⊙ 3×1 + 3×1")


def test_a_body_may_hold_a_body(loop):
    def twice(h):
        return bind(loop, (h,), (("body", trace(step, [cr.Spec((3, 1))])), ("count", 2)))

    program = looped(loop, trace(twice, [cr.Spec((3, 1))]))
    assert re.findall(r"(?m)^def (\w+)", str(program)) == ["repeat", "step", "twice", "f"]
    assert program(X, W) == np.sum(2.0 * repeat(step, W @ X, 6))
    depths = [each.depth for each in formulas(program)]
    assert depths[:3] == [1, 1, 1]
    assert set(depths[3:]) == {0}  # one line, or with names two


def test_a_fault_inside_is_found_by_the_checker(loop):
    body = trace(step, [cr.Spec((3, 1))])
    first, *others = body.equations
    wrong = Symbol(first.target.name, (4, 1), first.target.dtype, first.target.kind)
    broken = Program(
        body.name, body.inputs, (Equation((wrong,), first.primitive, first.inputs), *others), body.outputs,
        body.arguments, body.results,
    )  # fmt: skip
    with pytest.raises(ProgramError, match=r"step: the equation of \w+ \(tanh\) gives 3×1"):
        with_body(looped(loop), broken).check()


def with_body(program, body):
    """The same program with another body."""
    equations = tuple(
        Equation(
            e.targets, e.primitive, e.inputs, tuple((k, body if k == "body" else v) for k, v in e.params), e.origin
        )
        for e in program.equations
    )
    return Program(program.name, program.inputs, equations, program.outputs, program.arguments, program.results)


def test_a_body_takes_all_that_it_needs_as_inputs(loop):
    table = np.ones((3, 1))
    holding = trace(lambda h: h * table, [cr.Spec((3, 1))])
    with pytest.raises(ProgramError, match="holds an array, which must be one of its inputs"):
        with_body(looped(loop), holding).check()


def test_a_bodys_name_is_nothing_elses(loop):
    body = trace(step, [cr.Spec((3, 1))])
    named = Program("w", body.inputs, body.equations, body.outputs, body.arguments, body.results)
    with pytest.raises(ProgramError, match="two things in it are called w"):
        with_body(looped(loop), named).check()


@pytest.mark.names
def test_names_inside_are_its_own_and_temporaries_leave_its_name_alone(loop):
    def v1(x):
        x = np.tanh(x)
        return x + x

    program = looped(loop, trace(v1, [cr.Spec((3, 1))]))
    assert "def v1(x):" in str(program) and program.check() is program
    assert program(X, W) == np.sum(2.0 * repeat(lambda x: np.tanh(x) + np.tanh(x), W @ X, 3))
    assert not any(target.name == "v1" for equation in program.equations for target in equation.targets)


def test_a_branch_inside_is_told_where_it_goes_another_way(loop):
    def positive(h):
        return h * 2.0 if h[0, 0] > 0 else -h

    program = looped(loop, trace(positive, [np.ones((3, 1))]))
    assert program(np.abs(X), np.abs(W)) > 0
    with pytest.raises(cr.BranchError, match=r"h\[0, 0\] > 0"):
        program(-X, np.abs(W))


# ---- sizes that are symbols ------------------------------------------------------------------------------------------


def layer(w, b, x):
    z = w @ x + b
    return np.sum(z**2, axis=1)


N2, N1, M = Dim("n2", 3), Dim("n1", 4), Dim("m", 3)


@pytest.mark.names
def test_sizes_that_are_symbols_go_through_a_program():
    program = trace(layer, [cr.Spec((N2, N1)), cr.Spec((N2, 1)), cr.Spec((N1, M))])
    assert program.check() is program
    assert names_text(program.outputs[0].shape) == "(n2,)"
    first = formulas(program)[0]
    assert names_text(first.target.shape) == "n2×m"
    assert [names_text(term.shape) for term in first.terms if term.shape] == ["n2×n1", "n1×m", "n2×1"]
    assert first.dimensions == "3×3 = 3×[4 · 4]×3 + 3×1"


MEET = {
    "a sum": (lambda u, v: u + v, (N2,), (M,), "n2 and the other m"),
    "a product of matrices": (lambda w, x: w @ x, (N2, M), (N2, N1), "m and the other n2"),
    "a product with a vector": (lambda w, v: w @ v, (N1, N2), (M,), "n2 and the other m"),
    "broadcasting": (lambda w, v: w * v, (N1, N2), (1, M), "n2 and the other m"),
    "joining": (lambda w, x: np.concatenate([w, x]), (N1, N2), (N1, M), "n2 and the other m"),
    "a stack": (lambda u, v: np.stack([u, v]), (N2,), (M,), "n2 and the other m"),
    "a linear system": (np.linalg.solve, (N2, N2), (M,), "n2 and the other m"),
    "a linear system of several right sides": (np.linalg.solve, (N2, N2), (M, N1), "n2 and the other m"),
    "a system that is square by chance": (lambda b, a: np.linalg.solve(a, b), (N2,), (N2, M), "n2 and the other m"),
    "an Einstein sum": (lambda w, x: np.einsum("ij,jk->ik", w, x), (N1, N2), (M, N1), "n2 and the other m"),
    "an Einstein sum over batches": (lambda u, v: np.einsum("...j,j->...", u, v), (N1, N2), (M,), "n2 and the other m"),
    "a tensor product": (lambda w, x: np.tensordot(w, x, axes=1), (N1, N2), (M, N1), "n2 and the other m"),
    "a tensor product over several axes": (
        lambda w, x: np.tensordot(w, x, axes=([0, 1], [1, 0])),
        (N1, N2, 3),
        (M, N1, 4),
        "n2 and the other m",
    ),
    "an interpolation": (lambda xp, fp: np.interp(xp[:1], xp, fp), (N2,), (M,), "n2 and the other m"),
    "taking along an axis": (
        lambda x, w: np.take_along_axis(x, np.argsort(w, axis=1), axis=1),
        (N2, N1),
        (M, N1),
        "n2 and the other m",
    ),
    "its transpose": (lambda w, x: w + x.T, (N2, M), (N2, M), "m and the other n2"),
}


@pytest.mark.parametrize("name", MEET)
def test_sizes_of_two_names_do_not_meet_though_they_are_equal(name):
    f, one, other, said = MEET[name]
    for run in (trace, cr.derive):
        with pytest.raises(cr.DimensionError, match=f"one is {said}; they are equal only by chance") as error:
            run(lambda *args: np.sum(f(*args)), [cr.Spec(one), cr.Spec(other)])
        assert not error.value.advice
        one_name, _, other_name = said.partition(" and the other ")
        assert translated(error.value.reason, "zh") == f"一个是 {one_name}，另一个是 {other_name}；两者只是碰巧相等"
    plain = [cr.Spec(tuple(map(int, shape))) for shape in (one, other)]
    trace(f, plain)
    trace(f, [cr.Spec(one), plain[1]])  # a size without a name may be any


@pytest.mark.parametrize(("f", "one", "other", "names"), [
    (np.linalg.solve, (N2, N2), (3, N1), "n2×n1"),
    (lambda w, x: np.einsum("ij,jk->ijk", w, x), (N1, 3), (N2, M), "n1×n2×m"),
    (lambda w, x: np.einsum("ij,jk->j", w, x), (2, 1), (N2, M), "(n2,)"),
    (lambda w, x: np.einsum("ij,jk->ij", w, x), (2, Dim("m", 1)), (1, 4), "2×m"),
    (lambda x, w: np.take_along_axis(x, np.argsort(w, axis=1), axis=1), (3, 5), (N2, N1), "n2×n1"),
    (lambda x, w: np.take_along_axis(x, np.argsort(w, axis=1), axis=1), (1, 5), (N2, N1), "n2×n1"),
])  # fmt: skip
def test_a_result_takes_its_names_from_either_operand(f, one, other, names):
    (output,) = trace(f, [cr.Spec(one), cr.Spec(other)]).outputs
    assert names_text(output.shape) == names


def test_a_size_of_one_name_has_one_number():
    with pytest.raises(cr.TracingError, match="n is 3 and 4 in the arguments; give different sizes different names"):
        trace(lambda u, v: np.sum(u) * np.sum(v), [cr.Spec((Dim("n", 3),)), cr.Spec((Dim("n", 4),))])


def test_names_that_meet_in_a_derivative_are_those_that_met_in_the_function():
    gradient = cr.derive(
        lambda w, b, x: np.sum(layer(w, b, x)), [cr.Spec((N2, N1)), cr.Spec((N2, 1)), cr.Spec((N1, M))]
    )
    assert [names_text(each.shape) for each in gradient.outputs] == ["n2×n1", "n2×1", "n1×m"]
    product = next(each for each in gradient.equations if each.primitive.name == "matmul")
    turned = replace(product, inputs=product.inputs[::-1])
    with pytest.raises(ProgramError, match="does not fit: one is m and the other n2; they are equal only by chance"):
        replace(gradient, equations=(turned,)).check()
