"""Gradients through complex numbers are PyTorch's, JAX's conjugates and autograd's; and the JAX executor runs such programs."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import chainrule as cr

jax = pytest.importorskip("jax")
torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers

RANDOM = np.random.default_rng(1)
Z = RANDOM.normal(size=(3, 4)) + 1j * RANDOM.normal(size=(3, 4))
X = RANDOM.normal(size=(3, 4))
M = RANDOM.normal(size=(4, 4)) + 1j * RANDOM.normal(size=(4, 4))


def spectrum(np, z):
    return (abs(np.fft.fft2(z)) ** 3).sum() + np.fft.irfft(z).sum() ** 2


def phases(np, z):
    return abs((np.exp(1j * z) * np.sqrt(z + 5)).sum()) * np.angle(np.log(z + 4)).sum()


def system(np, z):
    return (
        abs(np.linalg.solve(M if np is not torch else torch.tensor(M), z.T + 0j)[1]).sum()
        + np.real(np.sin(z) @ z.T).sum()
    )


def waves(np, z):
    for _ in range(3):
        z = np.fft.ifft(np.fft.fft(z * np.exp(-0.1j * abs(z) ** 2)) * 0.9)
    return np.real(np.conj(z) * z).sum() + np.imag(z**3).sum()


FUNCTIONS = [spectrum, phases, system, waves]


@pytest.mark.wide
@pytest.mark.parametrize("at", [Z, X], ids=["complex", "real"])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients_are_those_of_peers(f, at):
    found = cr.grad(lambda z: f(np, z))(at)
    tensor = torch.tensor(at, requires_grad=True)
    f(torch, tensor).backward()
    np.testing.assert_allclose(found, tensor.grad.numpy(), rtol=1e-9, atol=1e-11)
    with jax.enable_x64(True):
        of_jax = np.asarray(jax.grad(lambda z: f(jax.numpy, z))(jax.numpy.asarray(at)))
    np.testing.assert_allclose(found, np.conj(of_jax), rtol=1e-9, atol=1e-11)
    if f is not spectrum:  # autograd has no irfft of an even number of numbers that are complex
        np.testing.assert_allclose(found, np.conj(autograd.grad(lambda z: f(anp, z))(at)), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("at", [Z, X], ids=["complex", "real"])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_jax_executor(f, at):
    gradient = cr.grad(lambda z: f(np, z))
    np.testing.assert_allclose(cr.compile(gradient, "jax")(at), gradient(at), rtol=1e-9, atol=1e-11)
