"""The gradients that the benchmark times are autograd's and JAX's, traced, seen before and compiled."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.peers
jax = pytest.importorskip("jax")
autograd_numpy = pytest.importorskip("autograd.numpy")
PATH = Path(__file__).parents[2] / "benchmarks" / "workloads.py"
spec = importlib.util.spec_from_file_location("workloads", PATH)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
OURS = module.workloads(np)


@pytest.mark.wide
@pytest.mark.parametrize("name", OURS)
def test_all_agree(name):
    import autograd

    function, args = OURS[name]
    positions = tuple(range(len(args)))
    expected = autograd.grad(module.workloads(autograd_numpy)[name][0], positions)(*args)
    with jax.enable_x64(True):
        by_jax = jax.jit(jax.grad(module.workloads(jax.numpy)[name][0], positions))(*args)
    gradient = cr.grad(function, positions)
    compiled = [cr.compile(gradient, executor)(*args) for executor in ("auto", "numpy", "native")]
    for found in (by_jax, gradient(*args), gradient(*args), *compiled):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-11)
