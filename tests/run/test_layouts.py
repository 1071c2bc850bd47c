"""Which axis of an array lies innermost: not the one that sums run along, where another fills vectors."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.run import lowering
from chainrule.run.lowering import layouts
from chainrule.run.lowering.nests import View
from chainrule.run.lowering.views import _regrouped

RANDOM = np.random.default_rng(0)


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def made(function, args):
    return simplify(cr.trace(function, args), "fast")


def chosen(function, args, lanes=8):
    program = made(function, args)
    found = layouts.innermost(program, lambda operand: lanes)
    return {name: axis for name, axis in found.items() if name in {e.target.name for e in program.equations}}, program


def test_what_rows_are_summed_of_has_its_columns_side_by_side():
    found, program = chosen(lambda x: softmax(x * 2), (RANDOM.normal(size=(16, 27)),))
    assert set(found.values()) == {0}
    assert {e.target.name for e in program.equations if e.target.shape == (16, 27)} <= set(found)


def test_not_where_no_other_axis_fills_vectors():
    assert chosen(lambda x: softmax(x * 2), (RANDOM.normal(size=(5, 27)),))[0] == {}
    assert chosen(lambda x: np.sum(x * x, axis=0), (RANDOM.normal(size=(16, 27)),))[0] == {}
    assert chosen(lambda x: x @ x.T, (RANDOM.normal(size=(16, 27)),))[0] == {}


def test_products_and_views_before_a_sum_follow():
    def scores(x, w, v):
        heads = (x @ w.T).reshape(16, 2, 8).transpose(1, 0, 2)
        return softmax(heads @ v)

    found, program = chosen(
        scores, (RANDOM.normal(size=(16, 4)), RANDOM.normal(size=(16, 4)), RANDOM.normal(size=(8, 5)))
    )
    axes = {e.primitive.name: found.get(e.target.name) for e in program.equations}
    first = next(e for e in program.equations if e.primitive.name == "matmul")
    assert found[first.target.name] == 0
    assert (axes["reshape"], axes["transpose"], axes["exp"]) == (0, 1, 1)


def heads(x):
    return x.reshape(16, 4, 4).transpose(1, 0, 2)


def attention(x, y):
    return softmax(heads(x @ y) @ heads(x @ y.T).transpose(0, 2, 1))


CASES = {
    "a softmax": (lambda x, y: softmax(x) * y, (16, 27), (16, 27)),
    "an argument beside it that lies by rows": (lambda x, y: softmax(x * y) + y, (32, 16), (32, 16)),
    "a column and a row": (lambda x, y: softmax(x + y) * y, (16, 27), (27,)),
    "a product before and behind": (lambda x, y: softmax(x @ y) @ y.T, (16, 5), (5, 16)),
    "heads": (lambda x, y: attention(x, y) @ heads(y), (16, 16), (16, 16)),
    "a mask": (lambda x, y: softmax(np.where(y > 0, x, -np.inf)) + (y > 0), (16, 16), (16, 16)),
    "rows that are gathered": (lambda x, y: softmax(x[np.array([3, 3, 0, 1] * 4)]) @ y, (16, 16), (16, 4)),
    "three axes": (lambda x, y: np.sum(x / np.sum(x * x, axis=2, keepdims=True), axis=0) + y, (3, 16, 5), (16, 5)),
    "other kinds of numbers": (lambda x, y: softmax(x).astype(np.float32) * y, (16, 27), (16, 27)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("function", "one", "other"), CASES.values(), ids=CASES)
def test_its_numbers_are_numpys(function, one, other, dtype):
    args = (RANDOM.normal(size=one).astype(dtype), RANDOM.normal(size=other).astype(dtype))
    wanted = function(*args)
    within = 1e-4 if dtype == np.float32 or np.asarray(wanted).dtype == np.float32 else 1e-11
    run = lowering.compiled(made(function, args))
    assert callable(run), run
    np.testing.assert_allclose(run(*args), wanted, rtol=within, atol=within)

    def cost(x, y):
        return np.sum(np.sin(function(x, y)))

    slopes = cr.compile(cr.grad(cost, (0, 1)), "native")(*args)
    for found, right in zip(slopes, cr.grad(cost, (0, 1))(*args), strict=True):
        np.testing.assert_allclose(found, right, rtol=within * 10, atol=within * 10)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_a_loop_carries_is_as_by_range(dtype):
    def settle(steps, x, w, mask):
        kept = np.zeros((6, 16), x.dtype)
        for k in steps(6):
            p = softmax(np.where(mask > 0, x @ w, -np.inf))
            x, w = x - 0.1 * (p - x), w + 0.1 * p.T @ x
            kept[k] = np.sum(p, axis=1)
        return x, w, kept

    args = [RANDOM.normal(size=(16, 16)).astype(dtype) for _ in range(3)]
    found = cr.compile(lambda *args: settle(cr.steps, *args), "native")(*args)
    for one, other in zip(found, settle(range, *args), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4 if dtype == np.float32 else 1e-11, atol=1e-6)


def test_values_that_trade_places_in_a_loop():
    def trade(steps, a, b):
        for _ in steps(7):
            a, b = b, a + 0.5 * b
        return a, b

    def turned(steps, a, b):
        for _ in steps(7):
            a, b = 0.5 * b.T + a, a
        return a, b

    args = RANDOM.normal(size=(16, 16)), RANDOM.normal(size=(16, 16))
    for function in (trade, turned):
        found = cr.compile(lambda *args, f=function: f(cr.steps, *args), "native")(*args)
        for one, other in zip(found, function(range, *args), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(
    ("shape", "axes", "new"),
    [((16, 16), (1, 0), (16, 4, 4)), ((4, 4, 16), (2, 0, 1), (16, 16)), ((4, 4, 16), (2, 1, 0), (16, 16)),
     ((6, 4), (0, 1), (3, 8)), ((6, 4), (1, 0), (3, 8)), ((1, 6, 1, 4), (3, 1, 0, 2), (4, 2, 1, 3)), ((6,), (0,), (1, 6))],
)  # fmt: skip
def test_a_view_has_another_shape_where_numpy_copies_nothing(shape, axes, new):
    x = np.arange(np.prod(shape), dtype=float).reshape(shape).transpose(axes)
    view = View("memory", "f64", x.shape, x.strides)
    found = _regrouped(view, new)
    copied = not np.shares_memory(x, x.reshape(new))
    assert (found is None) == copied
    if found is not None:
        strides = [0 if n == 1 else stride for n, stride in zip(new, x.reshape(new).strides, strict=True)]
        assert list(found) == strides


@pytest.mark.parametrize("register", [16, 32])
def test_a_softmax_may_lie_along_another_axis_than_its_operand(register, monkeypatch):
    pytest.importorskip("llvmlite")
    from chainrule.program.operations import activations

    monkeypatch.setattr("chainrule.run.loops.machine_code.register_bytes", lambda: register)
    x = RANDOM.normal(size=(6, 6))
    program = made(lambda x: np.sum(activations.softmax(x, axis=1) ** 2, axis=1), (x,))
    assert layouts.innermost(program, lambda operand: 2)  # of the softmax, rows lie side by side
    np.testing.assert_allclose(lowering.compiled(program)(x), np.sum(softmax(x) ** 2, axis=1), rtol=1e-12)
