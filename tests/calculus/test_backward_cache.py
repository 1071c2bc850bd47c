"""What is seen again runs compiled: when, on what, and never on anything else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import backward_cache
from chainrule.core.primitive import UFUNCS

X = np.array([0.5, -1.0, 2.0])


@pytest.fixture
def second(monkeypatch):
    """As users meet it: compiled when recorded a second time."""
    monkeypatch.setattr(backward_cache, "COMPILE_AT", 2)


def count():
    return len(backward_cache.programs())


def test_the_second_recording_compiles(second):
    f = cr.grad(lambda x: np.sum(np.tanh(x) ** 2))
    first = f(X)
    assert count() == 0
    np.testing.assert_allclose(f(X + 1), 2 * np.tanh(X + 1) * (1 - np.tanh(X + 1) ** 2), rtol=1e-14)
    assert count() == 1
    np.testing.assert_allclose(f(X), first, rtol=1e-14)
    f(X)
    assert count() == 1


def test_a_long_recording_is_compiled_once_it_has_come_often(second):
    def f(x):
        for _ in range(35):
            x = np.sin(x)
        return x

    f = cr.grad(f)
    for number in range(1, 7):
        f(0.5)
        assert count() == (number >= 2 + 36 // backward_cache.NODES_A_RECORDING)


def test_its_program_reads_the_forward_values():
    for _ in range(2):
        cr.grad(lambda w, x: np.sum(np.tanh(w @ x)))(np.ones((2, 3)), X)
    (program,) = backward_cache.programs()
    assert str(program) == (
        "import numpy as np\n\n\n"
        "def backward(y2, x1_1):\n"
        "    # y2: (2,)\n"
        "    # x1_1: (3,)\n"
        "    if not (np.shape(y2) == (2,) and np.shape(x1_1) == (3,)):\n"
        "        raise ValueError('made for y2 (2,), x1_1 (3,); make it again for other arguments')\n"
        "    return (np.outer(1 - y2 * y2, x1_1),)\n"
    )


def test_another_function_that_does_the_same_is_seen_again(second):
    for scale in (X, X + 1, X * 3):
        assert cr.grad(lambda x, scale=scale: np.sum(x * scale))(X).tolist() == scale.tolist()
    assert count() == 1  # arrays from outside are arguments


def test_what_differs_in_type_or_sign_alone_is_another_structure():
    def gradient(number):
        return cr.grad(lambda x: np.sum(number / x))(X.astype(np.float32))

    for number in (1, 1.0, True, 0.0, -0.0, 0):
        for _ in range(2):
            expected = -np.float32(number) / X.astype(np.float32) ** 2
            found = gradient(number)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
            np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert count() == 6


def test_shapes_and_number_types_are_told_apart():
    f = cr.grad(lambda x: np.sum(x * x))
    for x in (X, X[:2], X.astype(np.float32), X[:, None], np.float64(2.0), 3.0):
        for _ in range(3):
            found = f(x)
            assert np.shape(found) == np.shape(x) and found.dtype == np.asarray(x).dtype
            np.testing.assert_array_equal(found, 2 * x)
    assert count() == 5  # a number is one, whether Python's or NumPy's


def test_a_branch_that_goes_another_way_is_another_structure():
    f = cr.grad(lambda x: x**2 if x > 0 else -3.0 * x)
    for x in (2.0, -1.0, 5.0, -2.0, 2.0):
        assert f(x) == (2 * x if x > 0 else -3)


def test_numbers_that_change_at_every_call_are_never_compiled(second):
    for step in range(500):
        assert cr.grad(lambda x, step=step: x * (step + 0.5))(2.0) == step + 0.5
    assert count() == 0
    for step in range(100):
        for _ in range(3):
            cr.grad(lambda x, step=step: x * (step + 0.5))(2.0)
    assert count() <= 8


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(backward_cache, "_MAX_PROGRAMS", 4)
    monkeypatch.setattr(backward_cache, "_MAX_COUNTED", 6)
    for size in range(1, 30):
        for _ in range(2):
            assert cr.grad(np.sum)(np.ones(size)).shape == (size,)
    assert 1 <= count() <= 4 and len(backward_cache._times_recorded) <= 6


def test_a_long_trace_is_not_compiled(monkeypatch):
    monkeypatch.setattr(backward_cache, "MAX_NODES", 10)

    def f(x):
        for _ in range(20):
            x = np.sin(x)
        return x

    assert cr.grad(f)(0.5) == cr.grad(f)(0.5) == cr.grad(f)(0.5)
    assert count() == 0


def test_gradients_are_the_callers_own():
    scale = X.copy()
    f = cr.grad(lambda x: np.sum(x * scale))
    for _ in range(3):
        f(X)[:] = 7
    assert scale.tolist() == X.tolist()
    g = cr.grad(lambda a, b: np.sum(a + b), (0, 1))
    for _ in range(3):
        a, b = g(X, X)
        a += 1
        assert b.tolist() == [1, 1, 1]


def test_a_rule_that_looks_at_values_runs_on_values(monkeypatch):
    def rule(g, y, x):
        return g if float(np.sum(x)) > 0 else -g

    monkeypatch.setitem(UFUNCS, np.tanh, replace(UFUNCS[np.tanh], derivative=(rule,), _functions={}))
    f = cr.grad(lambda x: np.sum(np.tanh(x)))
    for _ in range(3):
        assert f(X).tolist() == [1, 1, 1] and f(-X).tolist() == [-1, -1, -1]
    assert count() == 0


def test_several_targets():
    a = np.array([[2.0, 0.3], [0.3, 1.0]])

    def f(a):
        w, v = np.linalg.eigh(a)
        return np.sum(w**3) + np.sum(v[0] ** 2 * w)

    first = cr.grad(f)(a)
    for _ in range(2):
        np.testing.assert_allclose(cr.grad(f)(a), first, rtol=1e-12)
    assert count() >= 1
    cr.check_grad(lambda a: f((a + a.T) / 2), [a])


def test_errors_that_are_given(second):
    for error in (np.ones(3), X, 2 * X):
        for f in (np.sin, np.cos):
            np.testing.assert_allclose(
                cr.vjp(f, X)[1](error)[0], error * (np.cos(X) if f is np.sin else -np.sin(X)), rtol=1e-14
            )
    assert count() == 2


def test_a_pull_compiles_at_its_second_use(second):
    _, pull = cr.vjp(lambda x: np.outer(x, x), X)
    units = np.eye(9).reshape(9, 3, 3)
    rows = [pull(unit)[0] for unit in units]
    assert count() == 1
    np.testing.assert_array_equal(np.stack(rows), cr.jacobian(lambda x: np.outer(x, x))(X).reshape(9, 3))


def test_threads_that_see_the_same():
    def work(seed):
        random = np.random.default_rng(seed)
        for _ in range(50):
            x = random.normal(size=seed % 3 + 2)
            np.testing.assert_allclose(cr.grad(lambda x: np.sum(np.exp(x) * x))(x), np.exp(x) * (1 + x), rtol=1e-12)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert count() == 3


def test_equal_calls_give_equal_bits_however_often_they_are_made(second):
    w, x = np.random.default_rng(0).normal(size=(2, 12, 12))
    gradient = cr.grad(lambda w: np.sum(np.log(np.sum(np.exp(w @ x), axis=0)) ** 2))
    gradient(w)
    compiled = gradient(w)
    for _ in range(1_500):
        again = gradient(w)
    np.testing.assert_array_equal(again, compiled)
