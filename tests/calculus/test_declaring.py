"""An operation of the user's own prints, runs and passes the very checks of the built-in ones."""

from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.primitive import HELPERS, PRIMITIVES
from chainrule.program.examples import anywhere, pairs

from ..program import checks, texts

X = np.array([0.5, -1.0, 2.0])


@pytest.fixture(autouse=True)
def own():
    """Three operations of one's own."""

    @cr.primitive(
        lambda g, y, x, *, beta: g * (1 - np.exp(-beta * y)), latex=r"\operatorname{softplus}({0})", examples=anywhere
    )
    def softplus(x, *, beta=1.0):
        """ln(1 + e^βx) / β, without overflow."""
        return np.logaddexp(0, beta * x) / beta

    @cr.primitive((lambda g, y, a, b: g * a / y, lambda g, y, a, b: g * b / y), examples=pairs)
    def hypotenuse(a, b):
        return np.sqrt(1.0 * a * a + b * b)

    @cr.primitive(
        lambda g, y, x: np.broadcast_to(g[..., None] * 0.25, np.shape(x)),
        shape=lambda shape: shape[:-1],
        examples=lambda random: [((random.normal(size=(3, 4)),), {}), ((random.normal(size=(2, 3, 4)),), {})],
    )
    def mean_of_four(x):
        return (x[..., 0] + x[..., 1] + x[..., 2] + x[..., 3]) / 4

    return SimpleNamespace(softplus=softplus, hypotenuse=hypotenuse, mean_of_four=mean_of_four)


OWN = {
    "softplus": lambda x, beta: np.log1p(np.exp(beta * x)) / beta,
    "hypotenuse": np.hypot,
    "mean_of_four": lambda x: np.mean(x, axis=-1),
}
CHECKS = [checks.declared_type, checks.gradient, checks.second_order, checks.float32_stays, checks.printed]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_passes_the_registrys_checks(name, check):
    for inputs, params in checks.examples(PRIMITIVES[name]):
        check(PRIMITIVES[name], inputs, params)


@pytest.mark.parametrize("name", OWN)
def test_its_value(name):
    for inputs, params in checks.examples(PRIMITIVES[name]):
        checks.value(PRIMITIVES[name], inputs, params, OWN[name])


def test_a_wrong_derivative_of_ones_own_is_caught():
    @cr.primitive(lambda g, y, x: g * 2 * x, examples=anywhere)
    def cubed(x):
        return x**3

    with pytest.raises(cr.GradientError):
        cr.check_grad(lambda x: np.sum(cubed(x)), [X])
    with pytest.raises(AssertionError):
        for inputs, params in checks.examples(PRIMITIVES["cubed"]):
            checks.gradient(PRIMITIVES["cubed"], inputs, params)


def test_it_prints_with_its_source(own):
    softplus = own.softplus

    def cost(w, x):
        return np.sum(softplus(w * x, beta=2.0))

    program = cr.derive(cost, (X, X), wrt="w")
    assert (
        str(program)
        == '''\
import numpy as np


def softplus(x, *, beta=1.0):
    """ln(1 + e^βx) / β, without overflow."""
    return np.logaddexp(0, beta * x) / beta


def cost_gradient(w, x):
    # w: (3,)
    # x: (3,)
    v1 = softplus(w * x, beta=2.0)  # (3,)
    dC_dw = (1 - np.exp(-2.0 * v1)) * x  # (3,)
    return dC_dw
'''
        or "beta=2.0" in str(program)
    )
    texts.text(program, (X, X))
    np.testing.assert_allclose(program(X, X), X / (1 + np.exp(-2 * X * X)), rtol=1e-12)
    np.testing.assert_allclose(cr.compile(cr.grad(cost))(X, X), program(X, X), rtol=1e-12)
    assert r"\operatorname{softplus}(w \odot x)" in cr.trace(cost, (X, X)).latex()


def test_on_plain_arrays_it_is_the_function_itself(own):
    softplus = own.softplus
    assert softplus(0.0) == np.log(2.0)
    assert softplus(X, beta=2.0).tolist() == (np.logaddexp(0, 2 * X) / 2).tolist()
    assert softplus.__doc__.startswith("ln(1 + e^βx)")


def test_declared_again_it_replaces_itself():
    def declare(factor):
        if factor == 2:

            @cr.primitive(lambda g, y, x: g * 2.0)
            def scaled(x):
                return x * 2.0
        else:

            @cr.primitive(lambda g, y, x: g * 3.0)
            def scaled(x):
                return x * 3.0

        return scaled

    for factor in (2, 3, 2):
        scaled = declare(factor)
        program = cr.derive(lambda x, scaled=scaled: np.sum(scaled(x) ** 2), (X,), wrt="x")
        assert f"return x * {factor}.0" in str(program)
        np.testing.assert_allclose(program(X), 2 * factor**2 * X)
        for _ in range(3):
            np.testing.assert_allclose(cr.grad(lambda x, scaled=scaled: np.sum(scaled(x) ** 2))(X), 2 * factor**2 * X)


OUTSIDE = 3.0


def test_refusals():
    def refused(f, message):
        names = set(PRIMITIVES), set(HELPERS)
        with pytest.raises(cr.TracingError) as error:
            cr.primitive(None)(f)
        assert str(error.value) == f"test_declaring.py:{f.__code__.co_firstlineno}: {message}"
        assert names == (set(PRIMITIVES), set(HELPERS))

    def uses(x):
        return x * OUTSIDE

    def defaults(x, n=2):
        return x**n

    def several(*x):
        return x[0]

    def tanh(x):
        return np.tanh(x)

    refused(
        uses,
        "uses uses OUTSIDE from outside, which a printed program would lack; import or define it inside the function.",
    )
    takes = "and an operation takes inputs without defaults and keyword-only params with them"
    refused(defaults, f"defaults takes n=2, {takes}; write def defaults(x, *, param=0).")
    refused(several, f"several takes *x, {takes}; write def several(x, *, param=0).")
    refused(tanh, "an operation called tanh exists already; give it another name.")
    f = lambda x: x  # noqa: E731
    refused(f, "the source of <lambda> cannot be printed; define it with def, in a file or a notebook's cell.")


def test_a_call_with_other_arguments_is_refused(own):
    softplus = own.softplus
    with pytest.raises(
        cr.TracingError,
        match=r"softplus is called with other arguments than it takes; call it as softplus\(x, \*, beta=1.0\)",
    ):
        cr.grad(lambda x: softplus(x, gamma=2.0))(1.0)


# ---- stop_gradient ---------------------------------------------------------------------------------------------------


def test_a_stopped_value_is_a_constant_of_every_derivative():
    assert cr.grad(lambda x: x * cr.stop_gradient(x))(3.0) == 3
    assert cr.grad(lambda x: cr.stop_gradient(x * x))(3.0) == 0
    assert cr.grad(cr.grad(lambda x: x**3 * cr.stop_gradient(x)))(2.0) == 6 * 2.0 * 2.0
    assert cr.jvp(lambda x: cr.stop_gradient(x) + x, (X,), (X,))[1].tolist() == X.tolist()
    assert cr.stop_gradient(2.5) == 2.5


def test_in_a_program_it_is_not_frozen():
    """In a compiled function the stopped value follows the argument, though no error flows back through it."""
    fast = cr.compile(cr.grad(lambda x: np.sum(x * cr.stop_gradient(np.tanh(x)))))
    for x in (X, X + 1, X * 2):
        np.testing.assert_allclose(fast(x), np.tanh(x))
    program = cr.derive(lambda x: np.sum(x * cr.stop_gradient(x)), (X,))
    texts.text(program, (X,))
    assert program(2 * X).tolist() == (2 * X).tolist()
