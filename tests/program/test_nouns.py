"""The nouns keep their rules: a broken program is caught by `check`, equal means the same, and caches have an end."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import scipy.special

import chainrule as cr
from chainrule.core import python, rewrite, simplification
from chainrule.core.dims import Dim, ShapeMismatch, broadcast, shape_text
from chainrule.core.errors import ProgramError
from chainrule.core.nouns import Condition, Constant, Equation, Symbol
from chainrule.core.primitive import PRIMITIVES, primitive, ufunc_dtype
from chainrule.core.structure import Tree, flatten
from chainrule.core.tracing import LEAF_TYPES
from chainrule.dimensions import names_text

pytestmark = pytest.mark.uncompiled

X = np.array([1.0, 2.0])
PROGRAM = cr.trace(lambda x: np.sum(np.tanh(x) * x), [X])
FLOAT = np.dtype(float)


def broken(**changes):
    return replace(PROGRAM, **changes)


FIRST, *REST = PROGRAM.equations
BROKEN = {
    "v1 is assigned twice": broken(equations=(FIRST, FIRST, *REST)),
    "the equation of v2 (multiply) uses v1 : (2,), which is not bound there": broken(equations=tuple(REST)),
    "gives (2,) of float64, and its target is (3,) of float64": broken(
        equations=(replace(FIRST, targets=(Symbol("v1", (3,), FLOAT),)), *REST)
    ),
    "gives (2,) of float64, and its target is (2,) of float32": broken(
        equations=(replace(FIRST, targets=(Symbol("v1", (2,), np.dtype(np.float32)),)), *REST)
    ),
    "gives () of float64, and its target is (1,) of float64": broken(
        equations=(*PROGRAM.equations[:-1], replace(PROGRAM.equations[-1], targets=(Symbol("v3", (1,), FLOAT),)))
    ),
    "which is not bound there": broken(equations=(replace(FIRST, inputs=(Symbol("x", (3,), FLOAT),)), *REST)),
    "does not fit: the sizes differ": broken(
        equations=(Equation((Symbol("v1", (2,), FLOAT),), PRIMITIVES["add"], (PROGRAM.inputs[0], Constant(np.ones(3), "c1"))),)
    ),
    "two inputs share a name": broken(inputs=PROGRAM.inputs * 2),
    "an output uses y : ()": broken(outputs=(Symbol("y", (), FLOAT),)),
    "a condition uses y : ()": broken(conditions=(Condition(Symbol("y", (), np.dtype(bool)), True),)),
    "its results do not hold its 2 outputs": broken(outputs=PROGRAM.outputs * 2),
    "its arguments do not hold its 1 inputs": broken(arguments=()),
}  # fmt: skip


@pytest.mark.parametrize(("said", "program"), BROKEN.items(), ids=BROKEN)
def test_a_broken_program_is_caught(said, program):
    with pytest.raises(ProgramError) as error:
        program.check()
    assert said in str(error.value)


def test_a_rewrite_that_breaks_a_program_is_caught():
    def forgets(scope, equation):
        return (
            Symbol("gone", equation.target.shape, equation.target.dtype) if equation.primitive.name == "tanh" else None
        )

    with pytest.raises(ProgramError, match=r"uses gone : \(2,\), which is not bound there"):
        rewrite.rewrite(PROGRAM, [forgets])


def test_a_rewrite_that_does_not_fit_is_not_done():
    def narrows(scope, equation):
        total = rewrite.Apply("sum", equation.inputs[:1], (("axis", None), ("keepdims", False)))
        return total if equation.primitive.name == "tanh" else None

    assert rewrite.rewrite(PROGRAM, [narrows]) == PROGRAM


def test_rewrites_that_undo_each_other_are_caught():
    def there(scope, equation):
        return rewrite.Apply("multiply", equation.inputs[::-1]) if equation.primitive.name == "multiply" else None

    with pytest.raises(ProgramError, match="the rewrites there undo each other without end"):
        rewrite.rewrite(PROGRAM, [there])


def test_a_sigmoid_is_recognized():
    program = cr.trace(lambda x: np.sum(1 / (1 + np.exp(-x))), [X])
    simple = simplification.simplify(program, "textbook")
    assert [equation.primitive.name for equation in simple.equations] == ["sigmoid", "sum"]


def test_constants_are_equal_by_value_and_type():
    for values in [(1, 1.0, True), (0.0, -0.0), (np.ones(2), np.ones(3), np.ones(2, np.float32), np.ones((1, 2)))]:
        constants = [Constant(value) for value in values]
        assert len(set(constants)) == len(constants)
    assert Constant(float("nan")) == Constant(float("nan"))
    assert Constant(np.ones(2), "c1") == Constant(np.ones(2), "c2")


def test_a_program_freezes_the_arrays_that_it_reads():
    weights = np.array([1.0, 2.0])
    program = cr.trace(lambda x: np.sum(x * weights), [X])
    weights[0] = 100.0
    assert program(X) == 5
    with pytest.raises(ValueError, match="read-only"):
        program.constants[0].value[0] = 3.0


def test_one_array_is_one_constant():
    weights = np.array([1.0, 2.0])
    program = cr.trace(lambda x: np.sum(x * weights + weights + weights.copy()), [X])
    assert [constant.name for constant in program.constants] == ["weights"]


def test_numpys_numbers_are_printed_where_they_change_no_number_type():
    narrow = X.astype(np.float32)
    assert "2.0 * x" in str(cr.trace(lambda x: np.float64(2) * x, [X]))
    assert "2.0 * x" in str(cr.trace(lambda x: np.float32(2) * x, [narrow]))
    wide = cr.trace(lambda x: np.float64(2) * x, [narrow])
    assert "np.float64(2.0) * x" in str(wide) and wide(narrow).dtype == np.float64


@pytest.mark.parametrize(
    "f",
    [
        lambda x: scipy.special.betainc(np.float32(2), np.float32(3), x),
        lambda x: np.where(x > 0, np.float32(1), np.float32(2)),
        lambda x: np.clip(x, np.float32(0.25), np.float32(0.75)),
        lambda x: scipy.special.betainc(np.float32(2), np.float64(3), x),
    ],
)
def test_two_of_numpys_numbers_keep_the_number_type_that_only_both_give_up(f):
    few = np.array([1, 0], np.int8)
    program = cr.trace(f, [few])
    assert program(few).dtype == f(few).dtype
    np.testing.assert_array_equal(program(few), f(few))


def test_names_of_sizes_travel():
    n2, n1, m = Dim("n2", 30), Dim("n1", 784), Dim("m", 10)
    program = cr.trace(lambda w, a, b: np.tanh(w @ a + b).T, [cr.Spec((n2, n1)), cr.Spec((n1, m)), cr.Spec((n2, 1))])
    assert names_text(program.outputs[0].shape) == "m×n2"
    assert shape_text(program.outputs[0].shape) == "10×30"
    assert (repr(n2), str(n2), f"{n2}", n2 + 1, n2 == 30, hash(n2) == hash(30)) == (
        "n2 = 30",
        "30",
        "30",
        31,
        True,
        True,
    )
    one = Dim("m", 1)
    for shapes in [((one,), (1,)), ((1,), (one,)), ((one, 2), (1, 1)), ((1, n2), (one, 30))]:
        assert names_text(broadcast(*shapes)).startswith(("m×", "(m,"))
    for again in (copy.deepcopy(n2), pickle.loads(pickle.dumps(n2))):
        assert (again, again.name) == (30, "n2")


@pytest.mark.parametrize("shapes", [
    ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((1,), (0,)), ((0, 1), (3,)), ((1, 1), (1,)), ((2, 1, 3), (4, 1), ()), (),
])  # fmt: skip
def test_broadcasting_is_numpys(shapes):
    assert broadcast(*shapes) == np.broadcast_shapes(*shapes)


@pytest.mark.parametrize("shapes", [((2,), (3,)), ((2, 3), (2,)), ((0,), (2,)), ((1, 2), (3, 3))])
def test_what_numpy_does_not_broadcast(shapes):
    with pytest.raises(ValueError, match="broadcast"):
        np.broadcast_shapes(*shapes)
    with pytest.raises(ShapeMismatch) as error:
        broadcast(*shapes)
    (one, other), (axis, other_axis) = error.value.operands, error.value.axes
    assert shapes[one][axis] != shapes[other][other_axis]


def test_trees():
    value = {"a": [1.0, (X, None)], "b": 3}
    leaves, tree = flatten(value, LEAF_TYPES)
    assert leaves == [1.0, X]
    assert tree.leaves == 2
    assert tree.build(iter(leaves)) == value
    assert tree.text(iter(["p", "q"])) == "{'a': [p, (q, None)], 'b': 3}"
    assert list(tree.paths("v")) == [("v_a_0", "v['a'][0]"), ("v_a_1_0", "v['a'][1][0]")]
    assert flatten(1, LEAF_TYPES)[1] != flatten(True, LEAF_TYPES)[1]
    assert Tree(tuple, (0,), (Tree(),)).text(iter(["p"])) == "(p,)"


def test_an_operation_is_declared_once():
    with pytest.raises(ValueError, match="A primitive called 'tanh' exists already"):
        primitive("tanh", shape=PRIMITIVES["tanh"].shape, derivative=None, python="{0}", latex="{0}", examples=list)


def test_caches_have_an_end():
    for number in range(600):
        PRIMITIVES["reshape"].function((("shape", (number,)),), 1)
        python.compile_text(f"def f(x):\n    return x + {number}", "f")
    assert len(PRIMITIVES["reshape"]._functions) <= 512
    assert python.compile_text.cache_info().currsize <= 256


def test_an_ufuncs_dtype_is_numpys_own():
    rule = ufunc_dtype(np.add)
    for one in (np.float32, np.float64, np.int8, np.bool_):
        for other in (1, 1.0, True, np.float32(1), np.ones(1, np.int64)):
            known = type(other) if isinstance(other, (bool, int, float)) else other.dtype
            assert rule(np.dtype(one), known) == np.add(np.ones(1, one), other).dtype
