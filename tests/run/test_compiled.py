"""Programs as compiled loops give what the printed text gives: every operation, every function of the other executors."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.calculus import compile, derive
from chainrule.core.binding import bind
from chainrule.core.errors import BranchError
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.program.operations.activations import softmax
from chainrule.run.loops import machine_code, processor
from chainrule.run.lowering import compiled
from chainrule.run.lowering.operations import ARITHMETIC, ELEMENTWISE
from chainrule.run.lowering.program import OPERATIONS
from chainrule.run.lowering.views import VIEWS

ONE_MATRIX = {"cholesky", "solve"}  # stacks of matrices are left to NumPy
OTHER_ORDERS = {"norm"}
LEFT_TO_NUMPY = {"eigh", "svd", "slogdet", "modf"}  # several results

RANDOM = np.random.default_rng(0)
M, V = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(4, 1))
LARGE = RANDOM.normal(size=(40, 40))


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


FUNCTIONS = {
    "dense layer": (lambda w, x, b: sigmoid(w @ x + b), (M, M.T, V)),
    "products for BLAS between loops": (lambda a, b: np.tanh(a @ b) @ a + np.sum(b, axis=0), (LARGE, LARGE)),
    "two readers": (lambda a: (a * 2.0 + 1.0) * (a * 2.0 - 1.0), (M,)),
    "views": (lambda a: (np.exp(a).T @ (np.exp(a) * 3.0)) + np.exp(a).T[0:3, 0:3], (M,)),
    "sums": (lambda a: (np.sum(a), np.sum(a * a, axis=1, keepdims=True), np.mean(a, axis=0)), (M,)),
    "where and comparison": (lambda a: np.where(a > 0.0, a, a * 0.1), (M,)),
    "powers": (lambda a: a**2 + a**3 + np.abs(a) ** 0.5, (M,)),
    "an array constant": (lambda a: a * M + np.arange(3.0), (M,)),
    "an output that is an input": (lambda a, b: (b, a * 2.0), (M, V)),
    "a number": (lambda a: a[0, 0] * 2.0 + 1.0, (M,)),
    "nested": (lambda layers: [layers["w"] @ layers["x"]], ({"w": M, "x": M.T},)),
    "truths and whole numbers": (
        lambda a: (
            np.max(a > 9.0, axis=1),
            np.min(a > -9.0),
            np.max(np.argmax(a, axis=1)),
            np.sum(a > 0.0),
            np.mean(a > 0.0),
        ),
        (M,),
    ),
    "diagonals": (lambda a: (np.trace(a), np.diagonal(a, 1), np.diagonal(a, -2)), (LARGE,)),
    "powers that need no logarithm": (lambda a: a**-1.0 + a**-2 + a**4 + np.abs(a) ** -0.5, (M,)),
    "gather": (lambda a: np.sum(a[np.array([0, 2, 0])] ** 2), (M,)),
    "a number beside truths alone": (lambda a: a * np.where(a > 0.0, 0.1, 0.3) + (a > 1.0) * 0.7, (M,)),
    "softmax of what exp does not hold": (lambda a: softmax(a * 1000.0) + softmax(a * -1000.0, axis=1), (M,)),
    "single precision": (lambda a: np.exp(a) * 0.5 + a**2, (M.astype(np.float32),)),
}


def compare(program, args):
    run = compiled(program)
    assert callable(run), run
    for _ in range(2):
        given, wanted = run(*args), program(*args)
        flat = [given] if not isinstance(given, (tuple, list)) else given
        expected = [wanted] if not isinstance(wanted, (tuple, list)) else wanted
        assert type(given) is type(wanted) or np.shape(given) == ()
        for one, other in zip(flat, expected, strict=True):
            assert np.asarray(one).dtype == np.asarray(other).dtype
            tolerance = 1e-5 if np.asarray(other).dtype == np.float32 else 1e-10
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_equals_the_printed_text(name):
    function, args = FUNCTIONS[name]
    compare(simplify(trace(function, args), "fast"), args)


def test_a_derivative():
    def cost(w, b, x, y):
        return 0.5 * np.sum((sigmoid(w @ x + b) - y) ** 2)

    args = (M, V, M.T, RANDOM.normal(size=(4, 4)))
    compare(derive(cost, args, form="fast"), args)


@pytest.mark.wide
@pytest.mark.parametrize("name", sorted(set(PRIMITIVES) - LEFT_TO_NUMPY))
def test_equals_the_printed_text_for_every_operation(name):
    for inputs, params in PRIMITIVES[name].examples(np.random.default_rng(3)):
        floats = [i for i in inputs if isinstance(i, np.ndarray) and i.dtype.kind == "f"]
        if not floats:
            continue

        def only(*traced, inputs=inputs, params=params):
            given = iter(traced)
            operands = tuple(next(given) if isinstance(i, np.ndarray) and i.dtype.kind == "f" else i for i in inputs)
            return bind(PRIMITIVES[name], operands, tuple({**PRIMITIVES[name].params, **params}.items()))

        program = trace(only, floats)
        run = compiled(program)
        if isinstance(run, str):
            stacked = name in ONE_MATRIX and max(np.ndim(each) for each in inputs) > 2
            assert name not in COVERED or stacked or name in OTHER_ORDERS, run
            assert f"= {name}(" in run
            continue
        np.testing.assert_allclose(run(*floats), program(*floats), rtol=1e-6 if name == "astype" else 1e-10, atol=1e-12)


COVERED = {*ELEMENTWISE, *OPERATIONS, *VIEWS}


def test_a_branch_that_goes_another_way():
    program = trace(lambda x: x * 2.0 if x[0] > 0 else -x, [np.array([1.0])])
    run = compiled(program)
    assert run(np.array([3.0])).tolist() == [6.0]
    with pytest.raises(BranchError) as error:
        run(np.array([-3.0]))
    with pytest.raises(BranchError) as expected:
        program(np.array([-3.0]))
    assert str(error.value) == str(expected.value)


def test_arguments_of_another_shape_are_refused():
    run = compiled(trace(lambda x: x * 2.0, [np.ones(3)]))
    with pytest.raises(ValueError, match=r"x is \(2,\) of float64"):
        run(np.ones(2))


def test_what_cannot_be_written_is_named(monkeypatch):
    monkeypatch.delitem(ARITHMETIC, "tanh")
    assert compiled(trace(lambda x: np.tanh(x), [M])) == "v1 = tanh(4×3)"


@pytest.mark.parametrize(
    ("operation", "planted"),
    [
        ("subtract", lambda block, x, y: y - x),
        ("maximum", ARITHMETIC["minimum"]),
        ("sigmoid", ARITHMETIC["exp"]),
    ],
)
def test_a_planted_fault_is_seen(operation, planted, monkeypatch):
    monkeypatch.setitem(ARITHMETIC, operation, planted)
    with pytest.raises(AssertionError):
        test_equals_the_printed_text_for_every_operation(operation)


def test_calls_that_look_at_nothing_take_whatever_lies_differently():
    def function(x, w, s):
        return (w * s).T @ x + s, w, w, np.exp(s)

    fast = compile(function, executor="native")
    for s in (0.5, np.float64(0.25), np.array(-1.0)):
        for w in (M, np.asfortranarray(M), np.ones((8, 6))[::2, ::2], M[::-1]):
            x = np.arange(8.0).reshape(4, 2)
            for one, other in zip(fast(x, w, s), function(x, w, s), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12)
    _, one, other, power = fast(x, w, s)
    assert not np.shares_memory(one, other)
    assert not np.shares_memory(one, w)
    assert isinstance(power, np.float64)
    branched = compile(lambda x: x * 2.0 if x[0] > 0 else -x, executor="native")
    assert branched(np.array([3.0])).tolist() == [6.0]
    assert branched(np.array([-3.0])).tolist() == [3.0]
    assert branched(np.array([3.0])).tolist() == [6.0]


@pytest.mark.parametrize("kind", ["avx512", "avx2", "sse4.2"])
def test_sums_of_products_are_rounded_once_where_that_is_one_instruction(monkeypatch, kind):
    """Elsewhere the C library would do it, number by number: a product took twenty times as long."""
    texts = []

    def look(functions):
        texts.append(machine_code.module_text(functions))
        raise RuntimeError("only looked at")

    monkeypatch.setattr(processor, "processor", lambda: processor.KINDS[kind])
    monkeypatch.setattr(machine_code, "compiled", look)
    assert compiled(trace(lambda a, b: a @ b, [LARGE, LARGE])) == "only looked at"
    assert ("@llvm.fma" in texts[0]) == (kind != "sse4.2")
