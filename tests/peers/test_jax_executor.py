"""The JAX executor gives what the printed text gives on NumPy."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.primitive import PRIMITIVES
from chainrule.program.operations import special  # noqa: F401  # SciPy's functions enter the registry

from ..program import checks
from ..program.functions import functions

pytestmark = pytest.mark.peers
pytest.importorskip("jax")
CASES = functions(np)


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    function, args = CASES[name]
    positions = [p for p, a in enumerate(args) if not isinstance(a, np.ndarray) or a.dtype.kind == "f"]
    for f in (function, cr.grad(function, positions)):
        ours, theirs = cr.compile(f, "numpy")(*args), cr.compile(f, "jax")(*args)
        from chainrule.core.structure import flatten
        from chainrule.core.tracing import LEAF_TYPES

        (one, tree), (other, same) = flatten(ours, LEAF_TYPES), flatten(theirs, LEAF_TYPES)
        assert tree == same
        for a, b in zip(one, other, strict=True):
            assert np.asarray(a).dtype == np.asarray(b).dtype and np.shape(a) == np.shape(b)
            np.testing.assert_allclose(b, a, rtol=1e-10, atol=1e-12)


def test_float32_stays():
    x = np.ones(3, np.float32)
    assert cr.compile(cr.grad(lambda x: np.sum(np.tanh(x) ** 2)), "jax")(x).dtype == np.float32


def test_results_may_be_written_to():
    found = cr.compile(lambda x: x * 2, "jax")(np.ones(3))
    found[0] = 7
    assert found.tolist() == [7, 2, 2]


def test_a_branch_that_goes_another_way():
    fast = cr.compile(lambda x: x**2 if x > 1 else x, "jax")
    assert fast(3.0) == 9
    with pytest.raises(cr.BranchError):
        fast(0.5)


ABSENT = {"erfcinv", "j0", "j1", "rgamma", "y0", "y1"}  # from jax.scipy.special


@pytest.mark.parametrize("name", [name for name, primitive in PRIMITIVES.items() if any(primitive.derivative)])
def test_every_operation(name):
    primitive = PRIMITIVES[name]
    for inputs, params in checks.examples(primitive)[:2]:
        positions = checks.differentiable(primitive, inputs)
        cost, _ = checks.projected(primitive, inputs, params, positions)
        chosen = [inputs[position] for position in positions]
        slope = cr.grad(cost, tuple(range(len(chosen))))
        if name in ABSENT:
            with pytest.raises(NotImplementedError, match=r"JAX has no scipy\.special\.\w+; choose executor='numpy'\."):
                cr.compile(slope, "jax")(*chosen)
            return
        for ours, theirs in zip(cr.compile(slope)(*chosen), cr.compile(slope, "jax")(*chosen), strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-8, atol=1e-10)


def test_a_choice_by_a_place_that_is_found():
    """JAX cannot raise where a place does not exist: there it gives no number."""
    fast = cr.compile(lambda x: np.choose(np.argmax(x), [x, 2 * x, 3 * x]), "jax")
    assert fast(np.array([1.0, 3.0, 2.0])).tolist() == [2, 6, 4]
    two = cr.compile(lambda x: np.choose(np.argmax(x), [x, 2 * x]), "jax")
    assert two(np.array([5.0, 2.0, 3.0])).tolist() == [5, 2, 3]
    assert np.isnan(two(np.array([1.0, 2.0, 3.0]))).all()
