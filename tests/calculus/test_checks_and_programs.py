"""`check_grad` finds planted errors and raises no false alarm; `compile` and `derive` give what the function gives."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.primitive import UFUNCS

from ..program import texts
from ..program.functions import functions

CASES = functions(np)
X = np.array([0.5, -1.0, 2.0])


@pytest.mark.parametrize("name", CASES)
def test_a_right_gradient_passes(name):
    function, args = CASES[name]
    result = cr.check_grad(function, args)
    assert result.ok and 0 < result.compared <= 20 * 8
    assert result.worst.relative_error <= 1e-5


def plant(monkeypatch, ufunc, rule):
    monkeypatch.setitem(UFUNCS, ufunc, replace(UFUNCS[ufunc], derivative=rule, _functions={}))


@pytest.mark.parametrize(("ufunc", "rule"), [
    (np.tanh, (lambda g, y, x: g * (1 - y),)),
    (np.tanh, (lambda g, y, x: g * (1 - y * y) * 1.0001,)),
    (np.tanh, (None,)),
    (np.tanh, (lambda g, y, x: g * np.inf,)),
    (np.multiply, (lambda g, y, a, b: g * b, lambda g, y, a, b: g * b)),
], ids=["wrong", "wrong by 0.01 %", "missing", "infinite", "of the other side"])  # fmt: skip
def test_a_planted_error_is_caught(monkeypatch, ufunc, rule):
    plant(monkeypatch, ufunc, rule)
    with pytest.raises(cr.GradientError):
        cr.check_grad(lambda x, w: np.sum(w * np.tanh(x) + x), [X, X + 3])


def test_it_names_the_worst_parameter(monkeypatch):
    plant(monkeypatch, np.sin, (lambda g, y, x: g * np.cos(x) * np.array([1.0, 1.0, 2.0]),))
    with pytest.raises(cr.GradientError) as error:
        cr.check_grad(lambda net, n: np.sum(np.sin(net["w"][0])) * n + net["b"], [{"w": [X], "b": 1.0}, 2])
    assert str(error.value) == (
        "The derivative with respect to net_w_0[2] is -1.664587346, and finite differences give -0.8322936731: "
        "a relative error of 4.7e-01, where 1e-05 is allowed."
    )


def test_no_false_alarm():
    cr.check_grad(lambda x: 1e8 + np.sum(np.sin(x)), [X])  # finite differences lose eight digits there
    cr.check_grad(lambda x: np.sum(x * 0.0), [X])
    cr.check_grad(lambda x: np.sum(np.tanh(x) - np.mean(np.tanh(x))), [X])  # 0, but for rounding
    cr.check_grad(lambda x, n: np.sum(x**n), [X.astype(np.float32), 3])
    cr.check_grad(lambda x, i: np.sum(x[i]), [X, np.array([0, 0, 2])])
    cr.check_grad(lambda x: x * x, [1e6])


def test_a_function_that_is_not_smooth_there_is_an_alarm():
    with pytest.raises(cr.GradientError):
        cr.check_grad(lambda x: np.sum(np.abs(x)), [np.zeros(2) + 1e-9])


def test_not_a_number_is_an_alarm():
    with np.errstate(all="ignore"), pytest.raises(cr.GradientError):
        cr.check_grad(lambda x: np.sum(np.log(x)), [-X])


# ---- compile ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_compiled_it_gives_the_same(name):
    function, args = CASES[name]
    fast = cr.compile(function)
    for _ in range(2):
        np.testing.assert_allclose(fast(*args), function(*args), rtol=1e-12)


def test_it_traces_once_for_each_shape_number_type_and_structure():
    seen = []

    @cr.compile
    def f(x, n=2):
        seen.append((getattr(x, "shape", None), n))
        return np.sum(np.asarray(0.0) + x) * n if not isinstance(x, list) else x[0] * n

    f(X, 2), f(X + 1, 2), f(X, 3), f(X.astype(np.float32), 2), f(np.ones((2, 2)), 2), f(X, 2), f(X, True), f(X, 1)
    assert len(seen) == 6
    assert (f(X, 1), f(X, True)) == (1.5, 1.5)
    assert f([2.0, 5.0], 3) == 6
    assert f.__name__ == "compile_f"


def test_what_is_read_from_outside_is_frozen():
    scale = 2.0

    def f(x):
        return np.sum(x) * scale

    fast, gradient = cr.compile(f), cr.grad(f)
    assert fast(X) == 3 and gradient(X).tolist() == [2, 2, 2]
    scale = 5.0
    assert fast(X) == 3 and gradient(X).tolist() == [5, 5, 5]


def test_compile_of_containers():
    fast = cr.compile(lambda p: {"y": p["w"] @ p["x"], "n": 3, "parts": (p["w"] * 2, None)})
    found = fast({"w": np.eye(2), "x": np.ones(2)})
    assert found["y"].tolist() == [1, 1] and found["n"] == 3
    assert found["parts"][0].tolist() == [[2, 0], [0, 2]] and found["parts"][1] is None


# ---- derive ----------------------------------------------------------------------------------------------------------


def cost(w, b, x, n):
    return np.sum(np.tanh(w @ x + b) ** n)


ARGS = np.array([[0.5, 1.0], [-1.0, 2.0]]), np.array([0.1, 0.2]), np.array([1.0, -1.0]), 2


@pytest.mark.parametrize(("wrt", "names"), [
    (None, ["w", "b", "x"]), ("w", ["w"]), ("b, w", ["b", "w"]), (["x", "b"], ["x", "b"]), (("w",), ["w"]),
    (0, ["w"]), (-2, ["x"]), ((2, "b"), ["x", "b"]), (range(3), ["w", "b", "x"]),
])  # fmt: skip
def test_with_respect_to(wrt, names):
    program = cr.derive(cost, ARGS, wrt=wrt)
    expected = cr.grad(cost, names)(*ARGS)
    found = (program(*ARGS),) if wrt in ("w", 0, -2) else program(*ARGS)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    texts.text(program, ARGS)


def test_from_shapes_alone():
    specs = [cr.Spec((2, 2)), cr.Spec((2,)), cr.Spec((2,)), 2]
    assert cr.derive(cost, specs) == cr.derive(cost, ARGS)


def test_a_text_refuses_another_fixed_argument():
    run = texts.executed(cr.trace(cost, ARGS))
    assert run(*ARGS) == cost(*ARGS)
    with pytest.raises(ValueError, match="made for n = 2"):
        run(*ARGS[:3], 3)


def test_a_part_of_an_argument():
    def f(net):
        return np.sum(net["w"][1] * net["b"])

    args = [{"w": [X, X + 1], "b": X}]
    assert cr.derive(f, args, wrt="net_w_1")(*args).tolist() == X.tolist()
    assert cr.derive(f, args, wrt="net")(*args)["w"][0].tolist() == [0, 0, 0]
