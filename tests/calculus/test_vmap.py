"""`vmap` gives what a loop over the examples gives: for every operation, of whichever operands there are many, and for derivatives."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import batching
from chainrule.core.primitive import PRIMITIVES
from chainrule.program.operations import matrix_functions, special  # noqa: F401  # SciPy's functions enter the registry

from ..program import checks
from ..program.functions import functions

RANDOM = np.random.default_rng(3)
W, X, Y = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=(5, 3)), RANDOM.normal(size=(5, 2))


def cost(w, x, y):
    return np.sum((np.tanh(w @ x) - y) ** 2)


def flat(results):
    return [one for each in results for one in flat(each)] if isinstance(results, (tuple, list)) else [results]


def agree(found, wanted, close=1e-11):
    for one, other in zip(flat(found), flat(wanted), strict=True):
        other = np.asarray(other)
        assert (np.shape(one), np.asarray(one).dtype) == (other.shape, other.dtype)
        np.testing.assert_allclose(one, other, rtol=close, atol=close)


def one_by_one(f, size, many, args):
    """What a loop gives, as arrays with the examples first."""
    rows = [flat(f(*(each[k] if m else each for each, m in zip(args, many, strict=True)))) for k in range(size)]
    return [np.stack(parts) for parts in zip(*rows, strict=True)]


def copies(value, size):
    """Examples that differ, but not in kind: floats are scaled a little, and places go to others, where they can."""
    if value.dtype.kind == "f":
        return np.stack([value * (1.0 - 0.01 * k) for k in range(size)]).astype(value.dtype)
    return np.stack([np.roll(value, k) if value.ndim else value for k in range(size)])


@pytest.mark.wide
@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_every_operation(name):
    primitive = PRIMITIVES[name]
    for inputs, params in checks.examples(primitive):
        places = [k for k, each in enumerate(inputs) if isinstance(each, (np.ndarray, np.generic))]
        masks = any(np.asarray(inputs[k]).dtype.kind == "b" for k in places) and name in ("gather", "add_at")
        for many in itertools.product((False, True), repeat=len(places)):
            if not any(many) or (masks and any(many[1:])):
                continue  # how many places a mask names would differ

            def operation(*given, inputs=inputs, params=params, places=places):
                full = list(inputs)
                for place, each in zip(places, given, strict=True):
                    full[place] = each
                return checks.recorded(primitive, tuple(full), params)

            def plain(*given, inputs=inputs, params=params, places=places):
                full = list(inputs)
                for place, each in zip(places, given, strict=True):
                    full[place] = each
                return checks.results(primitive, tuple(full), params)

            args = [copies(np.asarray(inputs[p]), 3) if m else inputs[p] for p, m in zip(places, many, strict=True)]
            axes = tuple(0 if m else None for m in many)
            with np.errstate(all="ignore"):
                wanted = one_by_one(plain, 3, many, args)
                agree(list(cr.vmap(operation, axes)(*args)), wanted)
                if all(np.asarray(each).dtype.kind == "f" for each in args):
                    agree(list(cr.trace(cr.vmap(operation, axes), args)(*args)), wanted)


@pytest.mark.parametrize("name", functions(np))
def test_functions_and_their_gradients(name):
    """For examples that differ, of functions that take arrays alone and no branch."""
    f, args = functions(np)[name]
    if not all(isinstance(each, (np.ndarray, float)) and np.asarray(each).dtype.kind == "f" for each in args):
        return
    args = [np.asarray(each) for each in args]
    many = [copies(each, 3) for each in args]
    try:
        found = cr.vmap(f)(*many)
    except cr.TracingError as error:
        if "a branch on a value needs the value" not in str(error):
            raise
        return
    agree(found, one_by_one(f, 3, [True] * len(args), many))
    slopes = cr.grad(f, range(len(args)))
    wanted = one_by_one(slopes, 3, [True] * len(args), many)
    agree(cr.vmap(slopes)(*many), wanted, close=1e-9)
    agree(cr.compile(cr.vmap(slopes))(*many), wanted, close=1e-9)


def test_gradients_per_example():
    right = np.stack([cr.grad(cost)(W, x, y) for x, y in zip(X, Y, strict=True)])
    of_each = cr.vmap(cr.grad(cost), in_axes=(None, 0, 0))
    agree(of_each(W, X, Y), right)
    agree(cr.compile(of_each)(W, X, Y), right)
    both = cr.vmap(cr.value_and_grad(cost, "w, x"), (None, 0, 0))
    value, (slopes, others) = both(W, X, Y)
    agree([value, slopes], [np.array([cost(W, x, y) for x, y in zip(X, Y, strict=True)]), right])
    agree(others, np.stack([cr.grad(cost, 1)(W, x, y) for x, y in zip(X, Y, strict=True)]))


def test_what_is_written_is_a_product_for_all():
    text = str(cr.trace(cr.vmap(cr.grad(cost), (None, 0, 0)), (W, X, Y)))
    assert "x @ w.T" in text
    assert len(cr.trace(cr.vmap(cost, (None, 0, 0)), (W, X, Y)).equations) < 10


def test_derivatives_of_what_is_done_for_many():
    def total(w):
        return np.sum(cr.vmap(lambda x, y: cost(w, x, y))(X, Y) ** 2)

    def by_loop(w):
        return sum(cost(w, x, y) ** 2 for x, y in zip(X, Y, strict=True))

    agree(cr.grad(total)(W), cr.grad(by_loop)(W))
    agree(cr.compile(cr.grad(total))(W), cr.grad(by_loop)(W))
    agree(cr.hessian(total)(W), cr.hessian(by_loop)(W))
    agree(
        cr.vmap(cr.hessian(cost), (None, 0, 0))(W, X, Y),
        np.stack([cr.hessian(cost)(W, x, y) for x, y in zip(X, Y, strict=True)]),
    )
    agree(
        cr.vmap(cr.jacobian(lambda x: np.tanh(W @ x)))(X),
        np.stack([cr.jacobian(lambda x: np.tanh(W @ x))(x) for x in X]),
    )


def test_within_itself():
    pairs = cr.vmap(cr.vmap(lambda x, y: np.sum(x * np.exp(y)), (None, 0)), (0, None))
    wanted = np.sum(X[:, None] * np.exp(X[None] * 0.1), axis=-1)
    agree(pairs(X, X * 0.1), wanted)
    agree(cr.compile(pairs)(X, X * 0.1), wanted)


def test_axes_nests_and_settings():
    def f(batch, scale, power=2, *, shift):
        return {"sum": np.sum(batch["x"] ** power) * scale, "same": scale * 2.0, "shifted": batch["x"] + shift}

    found = cr.vmap(f, (1, None, None, 0))({"x": X.T}, 3.0, 2, shift=Y[:, 0])
    agree([found["sum"], found["same"]], [np.sum(X**2, axis=1) * 3.0, np.full(5, 6.0)])
    agree(found["shifted"], X + Y[:, :1])
    agree(cr.vmap(lambda x: x * 2.0, -1)(X), X.T * 2.0)
    found["same"][0] = 0  # results belong to the caller
    assert cr.vmap(f, (1, None, None, 0))({"x": X.T}, 3.0, 2, shift=Y[:, 0])["same"].tolist() == [6.0] * 5


def test_look_ups_by_examples_own_places():
    labels = np.array([0, 2, 1, 1, 0])

    def likelihood(w, x, label):
        z = w.T @ x[:2]
        return z[label] - np.log(np.sum(np.exp(z)))

    wanted = np.stack([cr.grad(likelihood)(W, x, int(k)) for x, k in zip(X, labels, strict=True)])
    of_each = cr.vmap(cr.grad(likelihood), (None, 0, 0))
    agree(of_each(W, X, labels), wanted)
    assert len(cr.trace(of_each, (W, X, labels)).equations) < 40  # not example by example


def refused(call):
    with pytest.raises(cr.TracingError) as error:
        call()
    return str(error.value).splitlines()[0].partition(": ")[2]


def test_refusals():
    assert refused(lambda: cr.vmap(cost, (None, 0, 0))(W, X, Y[:4])) == (
        "x holds 5 examples, and y holds 4; give equally many, or in_axes=None for what is the same for all."
    )
    assert refused(lambda: cr.vmap(cost, (None, 0))(W, X, Y)) == (
        "in_axes names 2 axes, and cost is called with 3 arguments; give one for each argument."
    )
    assert (
        refused(lambda: cr.vmap(cost, None)(W, X, Y))
        == "no argument holds examples; give in_axes an axis for one of them."
    )
    assert refused(lambda: cr.vmap(lambda a: a * 2.0)(3.0)) == (
        "a has no axis 0 along which examples could lie; write in_axes=None for an argument that is the same for all."
    )
    assert refused(lambda: cr.vmap(lambda x: x if x[0] > 0 else -x)(X)).startswith(
        "a branch on a value needs the value"
    )
    assert refused(lambda: cr.vmap(draws)(X)).startswith("random numbers are drawn")


GENERATOR = np.random.default_rng(0)


def draws(x):
    return x * GENERATOR.random()


def test_a_branch_on_what_is_the_same_for_all():
    def f(x, s):
        return x * 2.0 if s > 0 else -x

    many = cr.vmap(f, (0, None))
    agree(many(X, 1.0), X * 2.0)
    agree(many(X, -1.0), -X)
    fast = cr.compile(many)
    agree(fast(X, 1.0), X * 2.0)
    agree(fast(X, -1.0), X * -1.0)


@pytest.mark.parametrize("name", ["matmul", "sum", "getitem", "gather"])
def test_a_planted_fault_is_seen(name, monkeypatch):
    rule = batching.RULES[name]
    monkeypatch.setitem(batching.RULES, name, lambda many: None if (found := rule(many)) is None else found[::-1])
    with pytest.raises(AssertionError):
        test_every_operation(name)


def _through_an_empty_mask(x):
    a = np.ones(4)
    a[a < 0.5] *= x[0]
    a[1] = x[1]
    return np.sum(np.tanh(a))


def _through_two_empty_masks(x):
    a = np.ones(4)
    a[a < 0.5] *= x[0]
    a[a > 1.5] += x[1]
    a[2:][0] = x[1]
    return a * x[0]


@pytest.mark.parametrize("f", [_through_an_empty_mask, _through_two_empty_masks])
def test_what_is_the_same_for_all_and_written_to_again_is_no_nan(f):
    """A write that selects nothing hangs on no example, and the next one overwrites the array that held it."""
    x = np.random.default_rng(0).random((3, 2)) + 0.5
    np.testing.assert_allclose(cr.vmap(f)(x), [f(each) for each in x])
    np.testing.assert_allclose(cr.compile(cr.vmap(f))(x), [f(each) for each in x])
    slopes = cr.grad(lambda x: np.sum(cr.vmap(f)(x)))(x)
    np.testing.assert_allclose(slopes, [cr.grad(lambda x: np.sum(f(x)))(each) for each in x])


def _through_a_view_of_zeros(x):
    a = np.zeros((2, 3))
    row = a[0]
    a[0] = 0.0
    row[[0, 0]] += x[0] - x[1]
    return np.sum(np.tanh(0.5 * a)) + row[0]


def _through_a_reshaped_view(x):
    a = np.ones((3, 4))
    v = a.reshape(2, -1)
    np.subtract.at(v, [0, 0], 0.2 * x[0])
    return np.mean(v) * x[1] + np.sum(a**2)


def _through_places_of_a_column(x):
    a = np.full((3, 2), 0.5)
    column = a[:, 1]
    before = np.sum(a**2)
    column[[2, 0, 2]] = x[0] * x[1]
    a[1:] *= column[:2, None]
    return before * np.sum(a**2)


@pytest.mark.parametrize("f", [_through_a_view_of_zeros, _through_a_reshaped_view, _through_places_of_a_column])
def test_a_view_of_what_is_the_same_for_all_holds_what_it_held_before_the_write(f):
    """Its first version hangs on no example, and is read for the write: not what the block holds in the end."""
    x = np.random.default_rng(0).random((3, 2)) + 0.5

    def total(x):
        return np.sum(cr.vmap(f)(x) ** 2)

    slopes = np.stack([2 * f(each) * cr.grad(f)(each) for each in x])
    agree(cr.grad(total)(x), slopes)
    agree(cr.jvp(total, (x,), (x,)), [np.sum([f(each) ** 2 for each in x]), np.sum(slopes * x)])
    curvature = cr.hessian(lambda x: sum(f(each) ** 2 for each in x))(x)
    agree(cr.hvp(total, (x,), (x,))[0], np.tensordot(curvature, x))
    agree(cr.vmap(cr.grad(f))(x), np.stack([cr.grad(f)(each) for each in x]))


@pytest.mark.parametrize(
    "f", [lambda w, x: w, lambda w, x: 2.0 * w, lambda w, x: np.stack([w[0], w[1] * x[0]]), lambda w, x: w[0]]
)
def test_a_result_that_is_the_same_for_all_is_differentiated(f):
    """It hangs on no example, but on what the derivative is taken of."""
    w = np.array([1.0, 2.0])

    def by_loop(w):
        return np.sum(np.stack([f(w, x) for x in X]) ** 2)

    for many in (cr.vmap(f, (None, 0)), lambda w, rows: cr.vmap(lambda x: f(w, x))(rows)):

        def total(w, many=many):
            return np.sum(many(w, X) ** 2)

        agree(cr.grad(total)(w), cr.grad(by_loop)(w))
        agree(cr.derive(total, (w,))(w), cr.grad(by_loop)(w))
        agree(cr.jvp(total, (w,), (w,)), cr.jvp(by_loop, (w,), (w,)))
        agree(cr.hessian(total)(w), cr.hessian(by_loop)(w))
        agree(cr.vmap(cr.grad(total))(np.stack([w, w])), np.stack(2 * [cr.grad(by_loop)(w)]))


RETURNED = {
    "itself": lambda x: x,
    "transposed": lambda x: x.T,
    "part": lambda x: x[1:],
    "reshaped": lambda x: x.reshape(-1),
    "copied": lambda x: x.copy(),
    "real": np.real,
    "diagonal": np.diagonal,
    "repeated": lambda x: np.broadcast_to(x[0], (2, 3)),
    "twice": lambda x: (x, x),
}


@pytest.mark.parametrize("name", RETURNED)
def test_what_is_returned_is_no_view_of_an_argument(name):
    """The results are arrays as np.stack makes them: a write to one of them, or to the argument, shows in no other."""
    examples = np.random.default_rng(0).random((2, 3, 3)) + 0.5

    def stacked(a):
        results = list(map(RETURNED[name], a))
        return tuple(map(np.stack, zip(*results, strict=True))) if name == "twice" else np.stack(results)

    def total(x, map_examples):
        a = x * 1.0
        results = map_examples(a)
        results = results if isinstance(results, tuple) else (results, a)
        results[0][0] = 7.0 * x[0, 0, 0]
        a[1] = x[1, 0, 0]
        return np.sum(a**2) + np.sum(results[0] ** 3) * np.sum(results[1])

    many = cr.vmap(RETURNED[name])
    agree(total(examples, many), total(examples, stacked))
    wanted = cr.value_and_grad(lambda x: total(x, stacked))(examples)
    agree(cr.value_and_grad(lambda x: total(x, many))(examples), wanted)
    agree(cr.derive(lambda x: total(x, many), (examples,))(examples), wanted[1])
    agree(cr.vmap(cr.grad(lambda x: total(x, many)))(examples[None])[0], wanted[1])
