"""Saliency, gradients by parameters and second derivatives of a network against PyTorch's."""

import numpy as np
import pytest

import chainrule as cr

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers

ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "softmax": lambda z: z.softmax(dim=1)}


def both(activation, output):
    """A network, and PyTorch's of the same parameters, as functions of rows."""
    cost = "log-likelihood" if output == "softmax" else "quadratic"
    net = cr.Network([6, 5, 4, 3], activation=activation, output=output, cost=cost, seed=0, dtype="float64")
    parameters = [torch.tensor(each, requires_grad=True) for each in net.parameters]

    def theirs(x):
        for layer, f in enumerate([activation, activation, output]):
            w, b = parameters[2 * layer : 2 * layer + 2]
            x = ACTIVATIONS[f](x @ w.T + b.T)
        return x

    return net, parameters, theirs


CASES = [("sigmoid", "sigmoid"), ("tanh", "sigmoid"), ("relu", "softmax"), ("tanh", "softmax")]


@pytest.mark.parametrize(("activation", "output"), CASES)
def test_first_derivatives(activation, output):
    net, parameters, theirs = both(activation, output)
    x = np.random.default_rng(1).random((7, 6))
    given = torch.tensor(x, requires_grad=True)
    outputs = theirs(given)
    np.testing.assert_allclose(net(x), outputs.detach(), rtol=1e-12)
    outputs[:, 1].sum().backward()
    by_parameters, by_x = cr.grad(lambda p, x: np.sum(net.apply(p, x)[:, 1]), (0, 1))(net.parameters, x)
    np.testing.assert_allclose(by_x, given.grad, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(cr.grad(lambda x: net(x)[1])(x[3]), given.grad[3], rtol=1e-9, atol=1e-14)
    for found, wanted in zip(by_parameters, parameters, strict=True):
        np.testing.assert_allclose(found, wanted.grad, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(("activation", "output"), CASES)
def test_second_derivatives(activation, output):
    net, _, theirs = both(activation, output)
    x = np.random.default_rng(2).random(6)
    wanted = torch.autograd.functional.hessian(lambda x: theirs(x[None])[0, 2], torch.tensor(x))
    np.testing.assert_allclose(cr.hessian(lambda x: net(x)[2])(x), wanted, rtol=1e-8, atol=1e-13)
