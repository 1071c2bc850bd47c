"""`vmap` of gradients gives what JAX's does."""

import numpy as np
import pytest

import chainrule as cr

from ..program.functions import functions

pytestmark = pytest.mark.peers
jax = pytest.importorskip("jax")
CASES, THEIRS = functions(np), functions(jax.numpy)


@pytest.mark.wide
@pytest.mark.parametrize("name", CASES)
def test_gradients_of_examples(name):
    function, args = CASES[name]
    if not all(isinstance(each, (np.ndarray, float)) and np.asarray(each).dtype.kind == "f" for each in args):
        return
    many = [np.stack([np.asarray(each) * (1 - 0.01 * k) for k in range(3)]) for each in args]
    try:
        ours = cr.vmap(cr.value_and_grad(function, tuple(range(len(args)))))(*many)
    except cr.TracingError as error:
        if "a branch on a value needs the value" not in str(error):
            raise
        return
    with jax.enable_x64(True):
        theirs = jax.vmap(jax.value_and_grad(THEIRS[name][0], tuple(range(len(args)))))(*many)
    for one, other in zip((ours[0], *ours[1]), (theirs[0], *theirs[1]), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)
