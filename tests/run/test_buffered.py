"""The buffered executor gives what the printed text gives, for programs of every kind, and writes in place if told to."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.core.nouns import Constant
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.program.operations.activations import relu, relu_prime, softmax
from chainrule.run.buffered import buffered

RANDOM = np.random.default_rng(0)
M = RANDOM.normal(size=(4, 3))
N = RANDOM.normal(size=(3, 4))
V = RANDOM.normal(size=(4, 1))


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


FUNCTIONS = {
    "dense layer": (lambda w, x, b: sigmoid(w @ x + b), (M, N, V)),
    "two readers of one buffer": (lambda a: (a * 2.0 + 1.0) * (a * 2.0 - 1.0), (M,)),
    "view of a buffer that is written over": (
        lambda a: (np.exp(a).T @ (np.exp(a) * 3.0)) + np.exp(a).T[0:3, 0:3],
        (M,),
    ),
    "transpose of an input": (lambda a, b: a.T + b, (M, N)),
    "row sums": (lambda a: np.sum(a * a, axis=1, keepdims=True), (M,)),
    "sums over both": (lambda a: np.sum(a), (M,)),
    "maximum of a row": (lambda a: a - np.max(a, axis=0, keepdims=True), (M,)),
    "rectifiers": (lambda a: relu(a * 2.0) + relu_prime(a - 1.0) * a, (M,)),
    "softmax of columns": (lambda a: softmax(a * 2.0) * a, (M,)),
    "softmax of rows": (lambda a: softmax(a, axis=1), (M,)),
    "mean, which has no buffer": (lambda a: (a - np.mean(a)) * 2.0, (M,)),
    "where and comparison": (lambda a, b: np.where(a > 0.0, a, b.T * 0.1), (M, N)),
    "powers": (lambda a: a**2 + a**3 + np.abs(a) ** 0.5, (M,)),
    "reshape of a view": (lambda a: np.reshape(a.T, (2, 6)) * 2.0, (M,)),
    "reshape of a buffer": (lambda a: np.reshape(np.exp(a), (2, 6)) * np.reshape(np.exp(a), (2, 6)), (M,)),
    "concatenation": (lambda a, b: np.concatenate([a, b.T]) * 2.0, (M, N)),
    "an output that is an input": (lambda a, b: b, (M, N)),
    "an array constant": (lambda a: a * M + np.arange(3.0), (M,)),
    "a vector product": (lambda a, b: a @ b[:, 0], (M, N)),
    "broadcast": (lambda a, b: np.broadcast_to(b, (4, 3)) * a, (M, V)),
}


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_equals_the_printed_text_at_every_call(name, form):
    function, args = FUNCTIONS[name]
    program = simplify(trace(function, args), form)
    inputs = {symbol.name: np.array(arg) for symbol, arg in zip(program.inputs, args, strict=True)}
    bound = buffered(program, inputs)
    for _ in range(3):  # the second call finds used buffers
        for array in inputs.values():
            array *= -1.1
        bound.step()
        expected = program(*inputs.values())
        expected = expected if isinstance(expected, tuple) else (expected,)
        for given, wanted in zip(bound.outputs, expected, strict=True):
            np.testing.assert_allclose(given, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", sorted(PRIMITIVES.keys() - {"full"}))  # which has no input
def test_equals_the_printed_text_for_every_operation(name):
    tried = 0
    for inputs, params in PRIMITIVES[name].examples(np.random.default_rng(3)):
        if not any(isinstance(each, np.ndarray) and each.dtype.kind == "f" for each in inputs):
            continue
        floats = [each for each in inputs if isinstance(each, np.ndarray) and each.dtype.kind == "f"]

        def only(*traced, inputs=inputs, params=params):
            given = iter(traced)
            operands = tuple(next(given) if isinstance(i, np.ndarray) and i.dtype.kind == "f" else i for i in inputs)
            from chainrule.core.binding import bind

            found = bind(PRIMITIVES[name], operands, tuple({**PRIMITIVES[name].params, **params}.items()))
            return found if PRIMITIVES[name].results is None else tuple(found)

        program = trace(only, floats)
        buffers = {symbol.name: np.array(each) for symbol, each in zip(program.inputs, floats, strict=True)}
        bound = buffered(program, buffers)
        bound.step()
        bound.step()
        expected = program(*floats)
        for one, other in zip(bound.outputs, expected if isinstance(expected, tuple) else (expected,), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
        tried += 1
    assert tried or name in ("where", "flatnonzero")


def test_a_single_number_of_a_buffer_is_read_anew_at_every_step():
    program = simplify(trace(lambda x: np.tanh(x)[1] * x + x[0] - np.reshape(x[2], (1,)), (M[0],)), "fast")
    held = np.zeros(M.shape[1])
    bound = buffered(program, {"x": held})
    for given in (M[0], 2 * M[0] + 1):
        held[...] = given
        bound.step()
        np.testing.assert_allclose(bound.outputs[0], program(given), rtol=1e-14)


def test_writes_over_an_input_only_after_its_last_reader():
    def step(w, x):
        return w - 0.5 * (x @ x.T), np.sum(w * w)  # the second output needs the old w

    w, x = RANDOM.normal(size=(4, 4)), RANDOM.normal(size=(4, 3))
    program = simplify(trace(step, (w, x)), "fast")
    wanted = [step(w, x)]
    wanted.append(step(wanted[0][0], x))
    held = w.copy()
    bound = buffered(program, {"w": held, "x": x.copy()}, {0: "w"})
    for new, total in wanted:
        bound.step()
        np.testing.assert_allclose(held, new)
        np.testing.assert_allclose(bound.outputs[1], total)
    assert bound.outputs[0] is held


def test_swapped_outputs_in_place_are_both_right():
    program = simplify(trace(lambda a, b: (b * 2.0, a * 3.0), (M, M)), "fast")
    a, b = M.copy(), 2 * M
    bound = buffered(program, {"a": a, "b": b}, {0: "a", 1: "b"})
    bound.step()
    np.testing.assert_allclose(a, 4 * M)
    np.testing.assert_allclose(b, 3 * M)


def test_allocates_nothing_in_a_training_step():
    from chainrule.network.architecture import stacked
    from chainrule.training.step import UpdateRule, training_step

    program = training_step(stacked([6, 5, 4]), 3, "float32", UpdateRule())
    inputs = {s.name: np.zeros(s.shape, s.dtype) for s in program.inputs}
    source = buffered(program, inputs, dict(enumerate(["w2", "b2", "w3", "b3"]))).source
    body = source.partition("def step():")[2].partition("return")[0].strip().splitlines()
    assert body
    assert all(line.strip().startswith("np_") and line.endswith(")") for line in body)  # calls that write, no `x = …`


def test_refuses_a_buffer_of_another_shape():
    program = trace(lambda a: a * 2.0, (M,))
    with pytest.raises(ValueError, match=r"The buffer of a is \(3, 4\) of float64; it must be \(4, 3\) of float64\."):
        buffered(program, {"a": N})


def test_a_planted_fault_is_seen(monkeypatch):
    from chainrule.run import buffered as module

    monkeypatch.setitem(module._REDUCTIONS, "max", "np.minimum.reduce")
    with pytest.raises(AssertionError):
        test_equals_the_printed_text_at_every_call("maximum of a row", "textbook")


def test_a_result_that_is_a_constant():
    program = trace(lambda x: (2 * x, np.ones(2)), [np.ones(3)])
    made = buffered(program, {"x": np.array([1.0, 2.0, 3.0])})
    made.step()
    assert [each.tolist() for each in made.outputs] == [[2.0, 4.0, 6.0], [1.0, 1.0]]


@pytest.mark.parametrize(("number", "expected"), [(1.0, [0.0, 1.0, 2.0]), (0.0, [0.0, 2.0, 4.0])])
def test_a_comparison_of_numbers_alone(number, expected):
    """The rules may leave one, as `not_equal(1.0, 0)`."""
    program = trace(lambda x: np.where(np.not_equal(x[0], 0), x, 2 * x), [np.arange(3.0)])
    equations = [
        replace(each, inputs=(Constant(number), Constant(0))) if each.primitive.name == "not_equal" else each
        for each in program.equations
    ]
    made = buffered(replace(program, equations=tuple(equations)), {"x": np.arange(3.0)})
    made.step()
    assert made.outputs[0].tolist() == expected


def test_what_a_user_calls_k_is_no_constant():
    """Numbers are held under names of their own, k1, k2 and so on, but for those that the program has."""

    def f(k1, k2, k3, k4, k5):
        return 0.5 * k1 * 3.0 + 7.0 * k2 * k3 - k4 / 1.5 + k5

    args = [np.arange(3.0) + k for k in range(5)]
    made = trace(f, args)
    names = [symbol.name for symbol in made.inputs]
    assert names == ["k1", "k2", "k3", "k4", "k5"]
    bound = buffered(made, dict(zip(names, args, strict=True)))
    for _ in range(2):
        bound.step()
        np.testing.assert_allclose(bound.outputs[0], f(*args), rtol=1e-15)
