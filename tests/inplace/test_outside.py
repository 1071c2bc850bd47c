"""Arrays from outside of the function: what NumPy makes of them is the function's own, and they take traced places and factors."""

import copy
import pickle
import re
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.inplace.outside import Outside

X = np.sin(np.arange(12.0)).reshape(4, 3)
Y = np.cos(np.arange(4.0))
TABLES = {"rows": X, "list": [Y, X]}
KEPT = SimpleNamespace(data=X)
W = np.array([0.3, -0.7, 1.1])


def dot_of_a_global(w):
    return np.sum((X.dot(w) - Y) ** 2)


def dot_of_parts(w):
    return sum(X[i].dot(w) ** 2 for i in range(4)) + X[1:].T.dot(X[1:]).dot(w)[0]


def dot_of_what_is_made(w):
    centered = X - X.mean(axis=0)
    return np.sum(centered.dot(w) ** 2) + np.eye(3).dot(w)[1] + np.linspace(0, 1, 3).dot(w)


def dot_of_items_and_attributes(w):
    return TABLES["rows"].dot(w)[0] * TABLES["list"][1].dot(w)[1] + KEPT.data.dot(w).sum() ** 2


def copy_is_written_to(w):
    y, z = Y.copy(), copy.deepcopy(X)
    y[1:] += w
    z[0] *= w
    return np.sum(y**2) + np.sum(z**3)


def product_is_written_to(w):
    y = -2 * Y[:3]
    y *= w
    held = np.array(X)
    held[:, 1] = y.sum()
    return np.sum(y**2) + np.sum(held * X)


def helper_writes(w):
    def add(target, value):
        target += value
        return target

    return np.sum(add(np.sqrt(np.abs(Y[:3])), w) ** 2) + np.sum(add(add(Y[:3] * 2, w), w**2))


def traced_places(w):
    order = np.argsort(w)
    rows = X[:3][order]
    return np.sum(rows.dot(w)) + X[np.argmax(w), order].sum() * w[0] + np.linspace(0, 2, 3)[order] @ w


def traced_masks(w):
    v = np.ones(3) * np.array([0.5, 2.0, 1.0])
    v[w < 0] *= -0.9
    return np.sum(v * w) + np.sum(X[:3][w > 0] ** 2) * w[0]


def places_of_floors(w):
    left = np.floor(4 * np.abs(w)).astype(int) % 4
    return np.sum(Y[left] * w + X[left, 1] * w**2)


def handed_to_libraries(w):
    order = sorted(Y.tolist())
    return np.sum(np.asarray(X, dtype=float)[: len(order)] @ w) * float(Y[0]) + Y[:3].dot(w)


FUNCTIONS = [
    dot_of_a_global, dot_of_parts, dot_of_what_is_made, dot_of_items_and_attributes, copy_is_written_to, product_is_written_to,
    helper_writes, traced_places, traced_masks, places_of_floors, handed_to_libraries,
]  # fmt: skip


def slopes(f, w, step=1e-6):
    return np.array([(f(w + step * e) - f(w - step * e)) / (2 * step) for e in np.eye(w.size)])


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("how", ["grad", "compiled", "derived"])
def test_value_and_gradient(f, how):
    before = X.copy(), Y.copy()
    if how == "derived":
        found = f(W), cr.derive(f, (W,))(W)
    else:
        g = cr.value_and_grad(f)
        found = (g if how == "grad" else cr.compile(g))(W)
        found = (g if how == "grad" else cr.compile(g))(W)
    np.testing.assert_allclose(found[0], f(W), rtol=1e-12)
    np.testing.assert_allclose(found[1], slopes(f, W), rtol=1e-6, atol=1e-8)
    assert type(found[1]) is np.ndarray
    np.testing.assert_array_equal(before[0], X)
    np.testing.assert_array_equal(before[1], Y)
    assert type(X) is type(Y) is type(TABLES["rows"]) is type(TABLES["list"][0]) is type(KEPT.data) is np.ndarray
    assert X.flags.writeable


def test_an_argument_that_is_not_differentiated():
    def f(w, x, pair):
        y = x[:, 0].copy()
        y[1:] *= w
        return np.sum(x.dot(w) ** 2) + pair[1].dot(w) + y.sum()

    args = W, X, (1.0, X[2])
    np.testing.assert_allclose(cr.grad(f)(*args), slopes(lambda w: f(w, *args[1:]), W), rtol=1e-6)
    np.testing.assert_allclose(cr.grad(f)(W, x=X, pair=(1.0, X[2])), slopes(lambda w: f(w, *args[1:]), W), rtol=1e-6)


def test_what_is_bound_now_counts():
    held = X

    def f(w):
        return np.sum(held.dot(w))

    g = cr.grad(f)
    np.testing.assert_allclose(g(W), X.sum(axis=0))
    held = 2 * X
    np.testing.assert_allclose(g(W), 2 * X.sum(axis=0))
    held = [1.0, 2.0, 3.0]
    with pytest.raises(AttributeError, match="dot"):
        g(W)
    held = X[:2]
    np.testing.assert_allclose(g(W), X[:2].sum(axis=0))


def test_the_array_keeps_its_name_in_programs():
    text = str(cr.derive(dot_of_a_global, (W,)))
    assert "X @ w" in text
    assert "(2.0 * (X @ w - Y)) @ X" in text
    assert "c1" not in text


def test_what_is_recorded_is_the_array_itself():
    """Both uses of one array are one constant."""

    def f(w):
        return np.sum(X.dot(w)) + np.sum(X * w)

    program = cr.trace(f, [W])
    assert (
        len({id(c) for e in program.equations for c in e.inputs if type(getattr(c, "value", None)) is np.ndarray}) == 1
    )
    assert not any(isinstance(getattr(c, "value", None), Outside) for e in program.equations for c in e.inputs)


def test_what_a_function_keeps_is_an_array_afterwards():
    kept = []

    def f(w):
        kept.extend([X, X[1:], X.T])
        return np.sum(X.dot(w))

    cr.grad(f)(W)
    whole, part, turned = kept
    assert isinstance(whole, np.ndarray)
    assert type(whole * 2) is type(part.copy()) is type(turned.sum(axis=0)) is np.ndarray
    assert type(pickle.loads(pickle.dumps(part))) is np.ndarray
    assert repr(part) == repr(X[1:])
    assert str(part) == str(X[1:])
    np.testing.assert_allclose(cr.grad(lambda v: np.sum(part.dot(v)))(W), X[1:].sum(axis=0))
    np.testing.assert_allclose(cr.grad(lambda v: np.sum(v[1:].dot(W)))(whole), np.vstack([0 * W, W, W, W]))


class Model:
    def __init__(self):
        self.kept, self.mean = None, np.ones(3)

    def keeps(self, w):
        if self.kept is None:
            self.kept = 2 * np.eye(3)
        y = np.zeros(3)
        y[0] = w[0]
        return np.sum((self.kept @ w) ** 2) + self.kept.dot(w)[1] + np.sum(w * self.kept[0]) + y[0]

    def averages(self, w):
        self.mean = self.mean * 0.5 + X[0]
        return np.sum(self.mean.dot(w)) + np.sum(self.mean * w)

    def puts(self, w):
        if self.kept is None:
            self.kept = np.zeros(3)
        else:
            self.kept[0] = w[0]
        return np.sum(self.kept * w) + w[0]


@pytest.mark.parametrize("name", ["keeps", "averages"])
def test_what_an_object_keeps_of_a_trace_is_an_array_for_the_next(name):
    model, plain = Model(), Model()
    slope = cr.grad(getattr(model, name))
    for _ in range(3):
        mean = plain.mean * 0.5 + X[0]
        found = slope(W)
        wanted = 8 * W + [0, 2, 0] + [2, 0, 0] + [1, 0, 0] if name == "keeps" else 2 * mean
        np.testing.assert_allclose(found, wanted)
        plain.mean = mean if name == "averages" else plain.mean
    np.testing.assert_allclose(model.mean, plain.mean)
    assert type(model.mean) is np.ndarray
    assert type(getattr(model, "kept" if name == "keeps" else "mean")) is np.ndarray


def test_traced_values_are_not_put_into_what_an_object_has_kept():
    slope = cr.grad(Model().puts)
    assert slope(W).tolist() == [1, 0, 0]
    with pytest.raises(cr.TracingError, match="comes from outside of the function"):
        slope(W)


def test_a_derivative_within_one():
    def f(w):
        inner = cr.grad(lambda rows: np.sum(rows.dot(w) ** 2))(X)
        return np.sum(inner.dot(w))

    np.testing.assert_allclose(cr.grad(f)(W), slopes(f, W), rtol=1e-5)


def test_other_threads_see_plain_arrays():
    found, began, done = [], threading.Event(), threading.Event()

    def other():
        began.wait(10)
        found.append((type(X * 2), type(X.copy()), X.dot(W)))
        done.set()

    def f(w):
        began.set()
        assert done.wait(10)
        return np.sum(X.dot(w))

    thread = threading.Thread(target=other)
    thread.start()
    cr.grad(f)(W)
    thread.join()
    one, other, product = found[0]
    assert one is other is np.ndarray
    np.testing.assert_array_equal(product, X.dot(W))


BUFFER = np.zeros(3)


def writes_by_place(w):
    BUFFER[0] = w[0]


def writes_a_view(w):
    part = BUFFER[1:]
    part += w[1:]


def writes_by_method(w):
    BUFFER.fill(w[0])


def writes_by_function(w):
    np.copyto(BUFFER, w)


def writes_by_out(w):
    np.multiply(w, 2.0, out=BUFFER)


@pytest.mark.parametrize("write", [writes_by_place, writes_a_view, writes_by_method, writes_by_function, writes_by_out])
def test_traced_values_are_not_put_into_it(write):
    def f(w):
        write(w)
        return np.sum(BUFFER * w)

    with pytest.raises(cr.TracingError, match=r"comes from outside of the function; copy it first") as error:
        cr.grad(f)(W)
    assert str(error.value).startswith("test_outside.py:")
    assert BUFFER.tolist() == [0, 0, 0]


def test_an_argument_that_has_another_name_is_written_to():
    """NumPy would change what the other name has, too."""
    state = np.array([1.0, 2.0, 3.0])

    def writes(w):
        w[0] *= 2.0
        return np.sum(w * state)

    def only_reads(w):
        y = state.copy()
        y += w
        return np.sum(y * w * state)

    for run in (cr.grad(writes), lambda w: cr.trace(writes, [w]), lambda w: cr.derive(writes, (w,))):
        with pytest.raises(cr.TracingError) as error:
            run(state)
        assert str(error.value) == (
            f"test_outside.py:{writes.__code__.co_firstlineno + 1}: w is written to, and state is the same array; pass a copy, as "
            "np.array(state).\n    w[0] *= 2.0"
        )
        assert state.tolist() == [1, 2, 3]
        np.testing.assert_allclose(cr.grad(only_reads)(state), 3 * state**2)
        assert cr.grad(writes)(state.copy()).tolist() == [2, 2, 3]


def test_its_shape_may_be_assigned_to():
    held = np.arange(6.0)

    def f(w):
        held.shape = (2, 3)
        return np.sum(held.dot(w))

    assert cr.grad(f)(W).tolist() == [3, 5, 7]
    assert held.shape == (2, 3)


@pytest.mark.parametrize("how", [lambda x: x, lambda x: x * 2.0])
def test_the_shape_of_what_is_traced_is_not_assigned_to(how):
    def f(w):
        y = how(w)
        y.shape = (3, 1)
        return np.sum(y * w)

    with pytest.raises(cr.TracingError) as error:
        cr.grad(f)(W)
    assert re.search(
        r"the shape of a traced array cannot be assigned to; write (w|y) = \1.reshape\(…\)\.", str(error.value)
    )


def test_what_is_written_instead_of_assigning_to_a_shape():
    """As in programs of Mandelbrot's set, which make one axis of a grid of points and drop those that have escaped."""

    def escapes(x, y):
        points = (np.linspace(-2.0, x, 4)[:, None] + 1j * np.linspace(-1.0, y, 3)).astype(complex)
        rows, columns = np.mgrid[0:4, 0:3]
        last = np.zeros(points.shape, complex)
        rows.shape = columns.shape = 12
        points = points.reshape(12)  # as the refusal of points.shape = 12 says
        z = np.zeros(points.shape, complex)
        for _ in range(5):
            np.multiply(z, z, z)
            np.add(z, points, z)
            gone = abs(z) > 2
            last[rows[gone], columns[gone]] = z[gone]
            np.logical_not(gone, gone)
            z, points, rows, columns = z[gone], points[gone], rows[gone], columns[gone]
        return np.sum(np.abs(last.T) ** 2)

    assert cr.check_grad(escapes, (0.7, 1.1)).compared == 2


def test_plain_numbers_are_put_into_it_as_numpy_does():
    BUFFER[:] = 0

    def f(w):
        BUFFER[1] += 2.0
        BUFFER[2:] = 5
        np.add(BUFFER, 1.0, out=BUFFER)
        BUFFER.sort()
        return np.sum(BUFFER * w)

    assert cr.grad(f)(W).tolist() == [1, 3, 6]
    assert BUFFER.tolist() == [1, 3, 6]
