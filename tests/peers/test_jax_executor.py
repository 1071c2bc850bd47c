"""The JAX executor gives what the printed text gives on NumPy."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.primitive import PRIMITIVES
from chainrule.program.operations import special  # noqa: F401  # SciPy's functions enter the registry

from ..program import checks
from ..program.functions import functions

pytestmark = pytest.mark.peers
jax = pytest.importorskip("jax")
CASES = functions(np)


@pytest.mark.wide
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
    assert fast(0.5) == 0.5


ABSENT = {  # from jax.scipy.special
    "ellipe", "ellipk", "erfcinv", "hyp0f1", "iv", "j0", "j1", "jv", "k0", "k1", "kv", "real_lambertw", "rgamma", "spherical_in",
    "spherical_jn", "spherical_kn", "spherical_yn", "y0", "y1", "yv",
}  # fmt: skip


@pytest.mark.wide
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


# ---- of JAX's arrays ---------------------------------------------------------------------------------------------------


def as_jax(args):
    return jax.tree.map(lambda each: jax.numpy.asarray(each) if isinstance(each, (np.ndarray, float)) else each, args)


@pytest.mark.wide
@pytest.mark.parametrize("name", CASES)
def test_jax_differentiates_what_is_compiled_for_it(name):
    """jax.grad of the program is our gradient, and our gradient takes and gives JAX's arrays."""
    function, args = CASES[name]
    if not all(isinstance(each, (np.ndarray, float)) for each in args):
        return  # what nests is a matter of `flatten`
    positions = tuple(p for p, a in enumerate(args) if not isinstance(a, np.ndarray) or a.dtype.kind == "f")
    with jax.enable_x64(True):
        given, right = as_jax(args), cr.grad(function, positions)(*args)
        ours = cr.compile(cr.grad(function, positions), "jax")(*given)
        theirs = jax.grad(cr.compile(function, "jax"), positions)(*given)
        for one, other, wanted in zip(ours, theirs, right, strict=True):
            assert isinstance(one, jax.Array) and one.dtype == wanted.dtype
            np.testing.assert_allclose(one, wanted, rtol=1e-9, atol=1e-11)
            np.testing.assert_allclose(other, wanted, rtol=1e-9, atol=1e-11)


IN_NUMPY = {
    "gammainc_order",
    "betainc_order",
    "betaincc",
    "stdtr",
}  # which sum up what they integrate, with real numbers
ANYONES = {"svd", "eigh", "argpartition"}  # the signs of vectors, and the order of what is on one side


@pytest.mark.wide
@pytest.mark.parametrize(
    "name", [name for name in PRIMITIVES if name not in ABSENT | ANYONES | IN_NUMPY | {"log_expit"}]
)
def test_every_operation_in_jit_and_vmap(name):
    primitive = PRIMITIVES[name]
    inputs, params = checks.examples(primitive)[0]
    places = [p for p, each in enumerate(inputs) if checks.is_float(each)]
    if not places:
        return

    def operation(*given):
        full = list(inputs)
        for place, each in zip(places, given, strict=True):
            full[place] = each
        return checks.recorded(primitive, tuple(full), params)

    fast = cr.compile(operation, "jax")
    given = [inputs[place] for place in places]
    with jax.enable_x64(True):
        both = jax.jit(jax.vmap(fast))(*(jax.numpy.stack([each, each]) for each in map(jax.numpy.asarray, given)))
        for found, right in zip(both, checks.results(primitive, inputs, params), strict=True):
            np.testing.assert_allclose(found, np.stack([right, right]), rtol=1e-8, atol=1e-10)


def test_number_types_are_jaxs_own():
    fast = cr.compile(lambda x, w: np.sum(x * w * 0.5), "jax")
    found = fast(jax.numpy.ones(3, "float32"), np.ones(3, np.float32))
    assert isinstance(found, jax.Array) and found.dtype == np.float32
    with jax.enable_x64(True):
        assert fast(jax.numpy.ones(3, "float32"), np.ones(3)).dtype == np.float64


def test_constants_and_arguments_that_come_back_are_jaxs_arrays():
    fast = cr.compile(lambda x, y: {"x": x, "c": np.ones(2), "n": 1.5, "y": y}, "jax")
    found = fast(jax.numpy.ones(3), 2.0)
    assert all(isinstance(each, jax.Array) for each in found.values())


def test_a_branch_where_jax_knows_no_values():
    def f(x):
        return x * 2 if x > 0 else -x

    line = f.__code__.co_firstlineno + 1
    fast, fresh = cr.compile(f, "jax"), cr.compile(f, "jax")
    assert fast(jax.numpy.asarray(3.0)) == 6
    assert jax.grad(fast)(jax.numpy.asarray(3.0)) == 2  # here it does
    assert fast(jax.numpy.asarray(-3.0)) == 3
    for transformed, given in ((jax.jit(fast), 3.0), (jax.vmap(fast), [3.0, 4.0])):
        with pytest.raises(cr.TracingError) as error:
            transformed(jax.numpy.asarray(given))
        assert str(error.value) == (
            f"f was traced where not (x > 0) (test_jax_executor.py:{line}), and inside of jax.jit and jax.vmap there are no "
            "values that could say whether that is so; write np.where(condition, a, b)."
        )
    with pytest.raises(cr.TracingError, match="a branch on a value needs the value, and here only shapes are known"):
        jax.jit(fresh)(jax.numpy.asarray(3.0))


def test_a_branch_in_a_long_loop():
    def f(x):
        total = 0.0
        for k in range(100):
            total = total + (np.sin(x[k]) if x[k] > 0.3 else x[k] ** 2)
        return total

    def where(x):
        return jax.numpy.sum(jax.numpy.where(x > 0.3, jax.numpy.sin(x), x**2))

    x = np.linspace(-1.0, 1.0, 100)
    with jax.enable_x64(True):
        value, slope = jax.value_and_grad(where)(x)
    np.testing.assert_allclose(cr.compile(f, "jax")(x), value, rtol=1e-13)
    np.testing.assert_allclose(cr.compile(cr.grad(f), "jax")(x), slope, rtol=1e-13)
    np.testing.assert_allclose(cr.compile(f, "jax")(jax.numpy.asarray(x)), value, rtol=1e-5)
    np.testing.assert_allclose(jax.grad(cr.compile(f, "jax"))(jax.numpy.asarray(x)), slope, rtol=1e-5)
    with pytest.raises(cr.TracingError, match="a branch on a value needs the value"):
        jax.jit(cr.compile(f, "jax"))(jax.numpy.asarray(x))


def test_within_jit_numpys_arrays_may_be_given():
    fast = cr.compile(lambda x: np.sum(x * x), "jax")
    assert jax.jit(lambda: fast(np.arange(3.0)))() == 5


def test_shards_stay_where_they_are():
    """Two devices need a process of their own."""
    code = """
        import jax, numpy as np, chainrule as cr
        from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
        mesh = Mesh(np.array(jax.devices()), ("batch",))
        rows = NamedSharding(mesh, P("batch"))
        x = jax.device_put(np.arange(12.0, dtype=np.float32).reshape(4, 3), rows)
        w = jax.numpy.ones((3, 2))
        fast = cr.compile(cr.value_and_grad(lambda x, w: np.sum(np.tanh(x @ w) ** 2)), "jax")
        value, slope = fast(x, w)
        right = jax.grad(lambda x, w: jax.numpy.sum(jax.numpy.tanh(x @ w) ** 2))(x, w)
        np.testing.assert_allclose(slope, right, rtol=1e-5)
        assert slope.sharding.is_equivalent_to(rows, 2), slope.sharding
        assert len(slope.sharding.device_set) == 2
        print("fine")
    """
    env = dict(os.environ, XLA_FLAGS="--xla_force_host_platform_device_count=2", JAX_PLATFORMS="cpu")
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=env, capture_output=True, text=True)
    assert done.stdout == "fine\n", done.stderr
