"""`value_and_grad`, `vjp`, `jvp`, `jacobian` and `hessian` give what HIPS autograd's do, of functions of several operations."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import chainrule as cr

from ..program.functions import functions
from ..program.test_autograd import same

pytestmark = pytest.mark.unnamed

OURS, THEIRS = functions(np), functions(anp)
RANDOM = np.random.default_rng(11)


def float_positions(args):
    return tuple(p for p, a in enumerate(args) if not isinstance(a, np.ndarray) or a.dtype.kind == "f")


@pytest.mark.parametrize("name", OURS)
def test_value_and_grad(name):
    function, args = OURS[name]
    positions = float_positions(args)
    value, gradients = cr.value_and_grad(function, positions)(*args)
    assert value == function(*args)
    same(gradients, autograd.grad(THEIRS[name].function, positions)(*args))


@pytest.mark.parametrize("name", OURS)
def test_vjp_and_jvp(name):
    """⟨error, J v⟩ = ⟨Jᵀ error, v⟩, and both are autograd's gradient along v."""
    function, args = OURS[name]
    positions = float_positions(args)
    if any(not isinstance(args[p], (np.ndarray, float)) for p in positions):
        pytest.skip("containers: see test_results.py")

    def of_floats(*floats):
        full = list(args)
        for position, each in zip(positions, floats, strict=True):
            full[position] = each
        return function(*full)

    floats = [args[p] for p in positions]
    directions = [RANDOM.normal(size=np.shape(each)) for each in floats]
    value, slope = cr.jvp(of_floats, floats, directions)
    assert value == function(*args)
    value, pull = cr.vjp(of_floats, *floats)
    assert value == function(*args)
    pulled = sum(float(np.sum(g * v)) for g, v in zip(pull(1.0), directions, strict=True))
    theirs = autograd.grad(THEIRS[name].function, positions)(*args)
    expected = sum(float(np.sum(g * v)) for g, v in zip(theirs, directions, strict=True))
    np.testing.assert_allclose([slope, pulled], expected, rtol=1e-9)


def vectors(np):
    """Functions of one array whose result is an array."""
    fixed = RANDOM_FIXED
    return {
        "elementwise": lambda x: np.sin(x) * x,
        "linear": lambda x: fixed @ x + 0.0 * x**2,  # autograd warns where a Hessian does not depend on x
        "softmax": lambda x: np.exp(x) / np.sum(np.exp(x)),
        "outer": lambda x: np.outer(x, x) + fixed,
        "column": lambda x: (x * x)[:, None] * fixed[:1],
        "reduction": lambda x: np.mean(np.tanh(fixed * x), axis=0),
        "broadcast": lambda x: x[None, :] * np.reshape(x, (3, 1)),
        "slices": lambda x: x[1:] * x[:-1],
        "chosen": lambda x: np.where(x > 0, x**2, 0.1 * x),
        "normalized": lambda x: x / np.sqrt(np.sum(x**2)),
    }


RANDOM_FIXED = RANDOM.normal(size=(3, 3))
X = np.array([0.3, -0.8, 1.1])


@pytest.mark.parametrize("name", vectors(np))
def test_jacobian(name):
    same(cr.jacobian(vectors(np)[name])(X), autograd.jacobian(vectors(anp)[name])(X))


@pytest.mark.parametrize("name", vectors(np))
def test_jvp_is_a_product_with_the_jacobian(name):
    function = vectors(np)[name]
    direction = RANDOM.normal(size=3)
    value, slope = cr.jvp(function, (X,), (direction,))
    np.testing.assert_array_equal(value, function(X))
    np.testing.assert_allclose(slope, cr.jacobian(function)(X) @ direction, rtol=1e-12)


@pytest.mark.parametrize("name", vectors(np))
def test_hessian_of_a_projection(name):
    weights = RANDOM.normal(size=np.shape(vectors(np)[name](X)))
    ours = cr.hessian(lambda x: np.sum(weights * vectors(np)[name](x)))(X)
    theirs = autograd.hessian(lambda x: anp.sum(weights * vectors(anp)[name](x)))(X)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours, ours.T, rtol=1e-12, atol=1e-14)
