"""Gradients through differential equations are those of JAX's and autograd's adjoints."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.builtins import tuple as autograd_tuple
from autograd.scipy.integrate import odeint as autograd_odeint
from scipy.integrate import odeint, solve_ivp

import chainrule as cr

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.peers

T = np.array([0.0, 0.3, 0.7, 1.5])
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


def lotka_volterra(stack):
    def rate(z, t, p):
        return stack([p[0] * z[0] - p[1] * z[0] * z[1], -p[2] * z[1] + p[3] * z[0] * z[1] * t])

    return rate


def van_der_pol(stack):
    return lambda z, t, p: stack([z[1], p[0] * (1 - z[0] ** 2) * z[1] - p[1] * z[0] + p[2] * t - p[3]])


@pytest.mark.parametrize("equation", [lotka_volterra, van_der_pol])
@pytest.mark.parametrize("solver", ["odeint", "solve_ivp"])
def test_gradients_are_those_of_peers(equation, solver):
    p, z0 = np.array([1.1, 0.4, 0.6, 0.3]), np.array([1.0, 0.5])
    rate = equation(np.array)

    def ours(p, z0, t):
        if solver == "odeint":
            path = odeint(rate, z0, t, (p,), **TIGHT)
        else:
            path = solve_ivp(lambda t, z: rate(z, t, p), (t[0], t[-1]), z0, "DOP853", t, **TIGHT).y.T
        return np.sum(np.sin(path) * (1 + np.arange(8.0)).reshape(4, 2))

    found = cr.grad(ours, (0, 1, 2))(p, z0, T)
    with jax.enable_x64(True):
        from jax.experimental.ode import odeint as jax_odeint

        weights = (1 + np.arange(8.0)).reshape(4, 2)
        of_jax = equation(jax.numpy.stack)
        cost = lambda p, z0, t: (jax.numpy.sin(jax_odeint(of_jax, z0, t, p, **TIGHT)) * weights).sum()  # noqa: E731
        expected = jax.grad(cost, (0, 1, 2))(*map(jax.numpy.asarray, (p, z0, T)))
        expected = [np.asarray(each) for each in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)
    of_autograd = equation(anp.array)
    cost = lambda p, z0: anp.sum(  # noqa: E731
        anp.sin(autograd_odeint(of_autograd, z0, T, autograd_tuple((p,)), **TIGHT)) * weights
    )
    for place in (0, 1):
        np.testing.assert_allclose(found[place], autograd.grad(cost, place)(p, z0), rtol=1e-6, atol=1e-8)
