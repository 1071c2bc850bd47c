"""What comes back: the shape, the nesting and the number type of the argument, and arrays that may be written to."""

import threading
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.traced import current

X = np.array([1.0, 2.0, 3.0])


@dataclass(frozen=True)
class Layer:
    w: np.ndarray
    b: float


Pair = namedtuple("Pair", "one other")


def test_containers_come_back_as_they_went_in():
    def cost(net, table, pair):
        total = 0.0
        for layer in net:
            total = total + np.sum(layer.w * X) * layer.b
        return total * table["scale"] + pair.one * pair.other[0]

    args = [Layer(X, 2.0), Layer(X + 1, 3.0)], {"scale": 0.5, "unused": X}, Pair(2.0, (4.0, "text", None, 7))
    value, (net, table, pair) = cr.value_and_grad(cost, (0, 1, 2))(*args)
    assert value == cost(*args)
    assert [type(each) for each in (net, net[0], table, pair, pair.other)] == [list, Layer, dict, Pair, tuple]
    assert net[0].w.tolist() == X.tolist() and net[1].b == 0.5 * np.sum((X + 1) * X)
    assert table["unused"].tolist() == [0, 0, 0]
    assert pair == Pair(4.0, (2.0, "text", None, 7))


def test_wrt_by_position_name_and_from_the_end():
    def f(a, b, *, c=1.0):
        return a * b**2 * c

    assert cr.grad(f)(2.0, 3.0) == 9
    assert cr.grad(f, 1)(2.0, 3.0, c=2.0) == 24
    assert cr.grad(f, -1)(2.0, 3.0) == 12
    assert cr.grad(f, "b")(2.0, 3.0) == 12
    assert cr.grad(f, "b")(2.0, b=3.0) == 12
    assert cr.grad(f, ("a", "b"))(b=3.0, a=2.0) == (9, 12)
    assert cr.grad(f, [1])(2.0, 3.0) == (12,)
    assert cr.grad(f, wrt=("a", 1))(2.0, 3.0) == cr.grad(f, wrt="a, b")(2.0, 3.0) == (9, 12)
    assert cr.value_and_grad(f, wrt="b")(2.0, 3.0) == (18, 12)
    assert cr.jacobian(f, wrt="b")(2.0, 3.0) == 12
    assert cr.hessian(f, wrt=-1)(2.0, 3.0) == 4
    assert cr.grad(lambda *xs: xs[0] * xs[1], (0, 1))(2.0, 3.0) == (3, 2)
    assert cr.grad(f).__wrapped__ is f and cr.grad(f).__name__ == "grad_f"


def test_methods_partials_and_callable_objects():
    import functools

    class Model:
        scale = 3.0

        def cost(self, x):
            return np.sum(x) * self.scale

        def __call__(self, x):
            return self.cost(x) * 2

    assert cr.grad(Model().cost)(X).tolist() == [3, 3, 3]
    assert cr.grad(Model())(X).tolist() == [6, 6, 6]
    assert cr.grad(functools.partial(lambda a, x: np.sum(a * x), 2.0))(X).tolist() == [2, 2, 2]
    assert cr.grad(np.sum)(X).tolist() == [1, 1, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_a_gradient_has_the_number_type_of_its_argument(dtype):
    x = X.astype(dtype)
    for f in (lambda x: np.sum(x**2), lambda x: np.sum(x * np.ones(3)), lambda x: np.mean(np.tanh(x)), lambda x: 1.0):
        assert cr.grad(f)(x).dtype == dtype
    assert cr.hessian(lambda x: np.sum(x**3))(x).dtype == dtype
    assert cr.jvp(np.tanh, (x,), (x,))[1].dtype == dtype
    mixed = cr.grad(lambda a, b: np.sum(a * b), (0, 1))(x, X)
    assert [each.dtype for each in mixed] == [dtype, np.float64]


def test_numbers_give_numbers_and_arrays_arrays():
    for argument in (2.0, np.float64(2.0), np.array(2.0)):
        value, gradient = cr.value_and_grad(lambda x: x * x)(argument)
        assert isinstance(value, np.float64) and isinstance(gradient, np.float64)
    assert cr.grad(lambda x: np.sum(x))(np.ones((0, 3))).shape == (0, 3)
    assert cr.grad(lambda x: np.sum(x))(np.ones((2, 1, 3))).shape == (2, 1, 3)


def test_gradients_may_be_written_to():
    for f in (lambda a, b: np.sum(a) + np.sum(b), lambda a, b: np.sum(a + b), lambda a, b: np.sum(a.T + b.T)):
        a, b = cr.grad(f, (0, 1))(np.ones((2, 2)), np.ones((2, 2)))
        a += 5
        assert b.tolist() == [[1, 1], [1, 1]]
    error = np.ones(3)
    for f in (lambda x: x, lambda x: x[::-1], lambda x: np.reshape(x, (3, 1))[:, 0]):
        _, pull = cr.vjp(f, X)
        pull(error)[0][:] = 7
        assert error.tolist() == [1, 1, 1]


def test_constant_results():
    assert cr.value_and_grad(lambda x: 3)(X)[0] == 3
    assert cr.grad(lambda x: 3.0)(X).tolist() == [0, 0, 0]
    assert cr.grad(lambda x: np.sum(np.ones(2)))(X).tolist() == [0, 0, 0]
    assert cr.grad(lambda x, y: np.sum(y), (0, 1))(X, 2.0)[0].tolist() == [0, 0, 0]
    assert cr.grad(lambda x: np.sum(np.sign(x) * (x > 2)))(X).tolist() == [0, 0, 0]
    assert cr.jacobian(lambda x: np.ones(2))(X).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert cr.hessian(lambda x: np.sum(x))(X).tolist() == np.zeros((3, 3)).tolist()
    assert cr.jvp(lambda x: np.ones(2), (X,), (X,))[1].tolist() == [0, 0]
    assert cr.vjp(lambda x: 2.0, X)[1](1.0)[0].tolist() == [0, 0, 0]
    assert cr.derive(lambda x: 3.0, [X])(X).tolist() == [0, 0, 0]
    assert cr.grad(lambda x: x * cr.grad(lambda y: 7.0)(x))(2.0) == 0


def test_several_outputs():
    def f(x, y):
        return {"sum": x + y, "parts": (x * y, [np.sum(x), 3.0])}

    value, pull = cr.vjp(f, X, 2.0)
    assert value["parts"][1] == [6.0, 3.0]
    gx, gy = pull({"sum": np.ones(3), "parts": (X, [10.0, 1.0])})
    assert gx.tolist() == (1 + 2 * X + 10).tolist()
    assert gy == 3 + np.sum(X * X)
    value, slope = cr.jvp(f, (X, 2.0), (np.ones(3), 1.0))
    assert slope["sum"].tolist() == [2, 2, 2]
    assert slope["parts"][0].tolist() == (2 + X).tolist()
    assert slope["parts"][1][0] == 3 and slope["parts"][1][1] == 0


def test_a_pull_may_be_used_again():
    _, pull = cr.vjp(lambda x: x**2, X)
    assert pull(np.ones(3))[0].tolist() == pull(np.ones(3))[0].tolist() == (2 * X).tolist()
    assert pull(2 * np.ones(3))[0].tolist() == (4 * X).tolist()


@pytest.mark.parametrize(("shape", "out"), [((3,), ()), ((3,), (2,)), ((2, 2), (3, 2)), ((), (2,)), ((), ())])
def test_a_jacobians_axes(shape, out):
    random = np.random.default_rng(0)
    weights = random.normal(size=(*out, *shape))
    x = random.normal(size=shape)
    axes = len(shape)
    found = cr.jacobian(lambda x: np.sum(weights * x, axis=tuple(range(-axes, 0))) if axes else weights * x)(x)
    np.testing.assert_allclose(found, weights)


def test_eight_threads_at_once():
    def work(seed):
        random = np.random.default_rng(seed)
        for _ in range(20):
            x = random.normal(size=4)
            np.testing.assert_allclose(cr.grad(lambda x: np.sum(np.sin(x) * x))(x), np.cos(x) * x + np.sin(x))
            np.testing.assert_allclose(cr.hessian(lambda x: np.sum(x**3))(x), np.diag(6 * x), atol=1e-12)
            shared(x), cr.derive(lambda x: np.sum(x**2), [x])(x)

    shared = cr.compile(lambda x: np.sum(np.tanh(x)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def test_a_trace_in_another_thread_is_another_trace():
    def f(x):
        found = []
        thread = threading.Thread(target=lambda: found.append(cr.grad(lambda y: y**2)(3.0)))
        thread.start()
        thread.join()
        return x * found[0]

    assert cr.grad(f)(2.0) == 6


@pytest.mark.parametrize("call", [
    lambda f: cr.grad(f)(X), lambda f: cr.trace(f, [X]), lambda f: cr.vjp(f, X), lambda f: cr.jvp(f, (X,), (X,)),
    lambda f: cr.derive(f, [X]), lambda f: cr.compile(f)(X), lambda f: cr.grad(lambda x: cr.grad(f)(x))(X),
])  # fmt: skip
def test_the_tape_is_closed_after_an_exception(call):
    class Stop(Exception):
        pass

    kept = []

    def f(x):
        kept.append(x * 2)
        raise Stop

    with pytest.raises(Stop):
        call(f)
    assert current.get() is None
    with pytest.raises(cr.TracingError, match="finished trace"):
        kept[0] + 1
    assert cr.grad(lambda x: np.sum(x))(X).tolist() == [1, 1, 1]


def test_an_exception_in_a_rule_leaves_the_tape_as_it_was(monkeypatch):
    from dataclasses import replace

    from chainrule.core.primitive import UFUNCS

    def fails(g, y, x):
        raise ZeroDivisionError

    monkeypatch.setitem(UFUNCS, np.tanh, replace(UFUNCS[np.tanh], derivative=(fails,), _functions={}))

    def f(x):
        with pytest.raises(ZeroDivisionError):
            cr.grad(lambda y: np.sum(np.tanh(y) * x))(x)
        assert current.get().source is None
        return np.sum(x**2)

    np.testing.assert_allclose(cr.grad(f)(X), 2 * X)


ONE_ELEMENT = {
    "a row times a column": (lambda x: x.T @ (x * x), np.array([[1.0], [2.0], [-0.5]])),
    "a matrix of one element": (lambda x: np.exp(x) * x, np.array([[0.7]])),
    "a vector of one element": (np.sin, np.array([0.7])),
    "a sum with its axes": (lambda x: np.sum(x**3, keepdims=True), np.array([[1.0, -2.0], [0.5, 3.0]])),
}


@pytest.mark.parametrize("name", ONE_ELEMENT)
def test_an_array_of_one_element_is_one_number_everywhere(name):
    f, x = ONE_ELEMENT[name]
    wanted = cr.grad(lambda x: np.sum(f(x)))(x)
    for found in (
        cr.grad(f)(x),
        cr.value_and_grad(f)(x)[1],
        cr.derive(f, (x,))(x),
        cr.derive(f, (x,), form="fast")(x),
        cr.compile(cr.grad(f))(x),
    ):
        assert found.shape == x.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-14)
    np.testing.assert_allclose(cr.hessian(f)(x), cr.hessian(lambda x: np.sum(f(x)))(x), rtol=1e-14)
