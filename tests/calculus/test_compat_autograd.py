"""What programs for autograd import beside `grad`, beside autograd itself: the same numbers, and the same nests."""

import collections

import autograd
import autograd.extend
import autograd.misc
import autograd.misc.optimizers as theirs
import autograd.numpy as anp
import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import declaring
from chainrule.compat import autograd as ours
from chainrule.core.primitive import DISPATCHERS, HELPERS, PRIMITIVES

Pair = collections.namedtuple("Pair", "w b")
X = np.array([1.0, 2.0, 0.5])
NESTS = [
    X, 3.0, {"w": np.arange(6.0).reshape(2, 3), "b": 0.5}, [X, (2.0, X[:, None])], [{"b": X, "a": 1.0}, {"a": X}],
    (np.zeros((0, 2)), X), np.ones((2, 1, 2)),
]  # fmt: skip


def same(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert type(one) is type(other)
        for each, its in zip(one, other, strict=True):
            same(each, its)
    else:
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
        assert np.shape(one) == np.shape(other)


@pytest.mark.parametrize("nest", NESTS)
def test_flatten(nest):
    vector, unflatten = ours.flatten(nest)
    expected, their_unflatten = autograd.misc.flatten(nest)
    same(vector, expected)
    same(unflatten(vector * 2), their_unflatten(expected * 2))
    if np.size(vector):
        found = cr.grad(lambda v: np.sum(ours.flatten(unflatten(v * v))[0] ** 2))(vector)
        np.testing.assert_allclose(found, 4 * vector**3)


def test_flatten_keeps_named_tuples_and_the_order_of_dicts():
    vector, unflatten = ours.flatten(Pair(X, {"z": 1.0, "a": 2.0}))
    assert vector.tolist() == [1, 2, 0.5, 2, 1]
    built = unflatten(vector)
    assert type(built) is Pair
    assert list(built.b) == ["z", "a"]


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("start", [X, {"w": np.ones((2, 2)), "b": 0.5}])
def test_optimizers_go_the_same_way(name, start):
    def loss(np, p, i):
        p = p if type(start) is dict else {"w": p, "b": 0.1}
        return np.sum((p["w"] - 0.3) ** 2 * (1 + i % 3)) + (p["b"] + 1.0) ** 2

    told, their_told = [], []
    options = {"num_iters": 30, "step_size": 0.05}
    found = getattr(ours, name)(
        cr.grad(lambda p, i: loss(np, p, i)), start, lambda x, i, g: told.append((x, i, g)), **options
    )
    slope = autograd.grad(lambda p, i: loss(anp, p, i))
    expected = getattr(theirs, name)(slope, start, lambda x, i, g: their_told.append((x, i, g)), **options)
    same(found, expected)
    assert len(told) == 30
    same(told[-1][2], their_told[-1][2])
    assert told[-1][1] == their_told[-1][1] == 29
    same(
        getattr(ours, name)(cr.grad(lambda p, i: loss(np, p, i)), start, None, 3),
        getattr(theirs, name)(slope, start, None, 3),
    )


# ---- extend ------------------------------------------------------------------------------------------------------------


def declared(extend, np):
    """The same two operations, declared by autograd and here."""

    @extend.primitive
    def total(x, axis=None, scale=1.0):
        most = max(x.ravel())
        return scale * (np.log(np.sum(np.exp(x - most), axis=axis)) + most)

    def maker(ans, x, axis=None, scale=1.0):
        return lambda g: (
            np.reshape(g, np.shape(g) + (1,) * (np.ndim(x) - np.ndim(g)))
            * np.exp(x - np.reshape(ans, np.shape(ans) + (1,) * (np.ndim(x) - np.ndim(ans))) / scale)
            * scale
        )

    extend.defvjp(total, maker)

    @extend.primitive
    def mixed(a, b, power):
        return a * b**power

    extend.defvjp(
        mixed,
        lambda ans, a, b, power: lambda g: g * b**power,
        lambda ans, a, b, power: lambda g: g * power * a * b ** (power - 1),
        None,
    )
    return {
        "total": lambda x: total(x), "of a row": lambda x: np.sum(np.sin(total(np.outer(x, x), axis=1))),
        "with keywords": lambda x: total(x * 2, scale=2.0), "with places": lambda x: total(x, None, 3.0),
        "mixed": lambda x: np.sum(mixed(x, x + 1, 3)), "of constants": lambda x: np.sum(mixed(x, X, 2) + mixed(2.0, x, 2)),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["total", "of a row", "with keywords", "with places", "mixed", "of constants"])
def test_operations_declared_as_for_autograd(name):
    our, their = declared(ours, np)[name], declared(autograd.extend, anp)[name]
    np.testing.assert_allclose(our(X), their(X))
    expected = autograd.grad(their)(X)
    np.testing.assert_allclose(cr.grad(our)(X), expected, rtol=1e-12)
    np.testing.assert_allclose(cr.compile(cr.grad(our))(X), expected, rtol=1e-12)
    np.testing.assert_allclose(cr.jvp(our, (X,), (X[::-1],))[1], expected @ X[::-1], rtol=1e-12)
    np.testing.assert_allclose(cr.hessian(our)(X), autograd.hessian(their)(X), rtol=1e-10, atol=1e-12)
    assert cr.check_grad(our, [X]).ok


def test_what_was_declared_can_be_withdrawn():
    before = set(PRIMITIVES), set(HELPERS), set(DISPATCHERS)
    cr.grad(declared(ours, np)["with keywords"])(X)
    assert "total" in HELPERS
    for name in list(declaring._declared):
        declaring.withdraw(name)
    assert (set(PRIMITIVES), set(HELPERS), set(DISPATCHERS)) == before


def test_a_program_calls_it_by_its_name():
    @ours.primitive
    def cube(x):
        return x**3

    ours.defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
    program = cr.derive(lambda x: np.sum(cube(x) ** 2), [X])
    assert "def cube(x):" in str(program)
    np.testing.assert_allclose(program(X), 6 * X**5)


def test_forwards_alone_and_what_is_missing():
    @ours.primitive
    def sine(x):
        return np.sin(x)

    ours.defjvp(sine, lambda g, ans, x: g * np.cos(x))
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(sine(x) * x))(X), np.cos(X) * X + np.sin(X))
    np.testing.assert_allclose(cr.hessian(lambda x: np.sum(sine(x)))(X), np.diag(-np.sin(X)), atol=1e-15)

    @ours.primitive
    def turned(x):
        return x[::-1]

    ours.defjvp(turned, "same")
    np.testing.assert_allclose(cr.grad(lambda x: turned(x) @ np.arange(3.0))(X), [2, 1, 0])

    @ours.primitive
    def bare(x, y):
        return x * y

    ours.defvjp(bare, lambda ans, x, y: lambda g: g * x, argnums=(1,))
    np.testing.assert_allclose(cr.grad(lambda y: bare(2.0, y))(3.0), 2.0)
    with pytest.raises(NotImplementedError, match="VJP of bare wrt argnum 0 not defined"):
        cr.grad(lambda x: bare(x, 2.0))(3.0)
    with pytest.raises(cr.TracingError, match="a traced value is given by its keyword; give it by its position"):
        cr.grad(lambda x: bare(2.0, y=x))(3.0)


def test_transforms():
    np.testing.assert_allclose(ours.elementwise_grad(np.tanh)(X), autograd.elementwise_grad(anp.tanh)(X))
    pull, value = ours.make_vjp(lambda a, b: a * b, 1)(X, X + 1)
    their_pull, their_value = autograd.make_vjp(lambda a, b: a * b, 1)(X, X + 1)
    same((pull(X), value), (their_pull(X), their_value))
    same(tuple(ours.make_jvp(np.sin)(X)(X)), tuple(autograd.make_jvp(anp.sin)(X)(X)))
    f, g = (lambda np: lambda x, s: s * np.sum(x**3) * x[0])(np), (lambda np: lambda x, s: s * np.sum(x**3) * x[0])(anp)
    same(ours.hessian_vector_product(f)(X, 2.0, X), autograd.hessian_vector_product(g)(X, 2.0, X))
    gradient, extra = ours.grad_and_aux(lambda x: (np.sum(x**2), "told"))(X)
    same(gradient, 2 * X)
    assert extra == "told"
