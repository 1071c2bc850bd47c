"""Networks of every layer on JAX and as machine code: the gradient of the same function that NumPy differentiates."""

import numpy as np
import pytest

import chainrule as cr

from ..network.test_makers import NETWORKS, examples

pytest.importorskip("jax")
pytestmark = pytest.mark.peers


@pytest.mark.wide
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_on_every_executor(name):
    whole = NETWORKS[name]().architecture.whole  # what JAX would draw for masks is not what we draw
    net = cr.Network(**whole.keywords(), seed=0, dtype="float64")
    x = examples(net, 5)[0].astype(float)

    def cost(parameters):
        return np.sum(net.apply(parameters, x) ** 2)

    expected = cr.grad(cost)(net.parameters)
    for executor in ("jax", "native", "numpy"):
        found = cr.compile(cr.grad(cost), executor=executor)(net.parameters)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(np.asarray(one), other, rtol=1e-9, atol=1e-13, err_msg=executor)
