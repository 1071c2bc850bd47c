"""What NumPy does sooner in another way is the same within rounding, and only done where it is sooner."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.run import sums
from chainrule.run.sums import with_products

RANDOM = np.random.default_rng(0)


def operations(program):
    return [equation.primitive.name for equation in program.equations]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, (0, 1), (1, 2), (0, 2), (0, 1, 2), None])
@pytest.mark.parametrize("shape", [(7, 5, 3), (4, 1, 6), (2, 70, 2)])
def test_sums_over_any_axes(shape, axis, keepdims, dtype):
    x = RANDOM.normal(size=shape).astype(dtype)
    program = trace(lambda x: np.sum(x, axis=axis, keepdims=keepdims), [x])
    found, expected = with_products(program)(x), program(x)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_allclose(
        found, expected, rtol=1e-5 if dtype == np.float32 else 1e-13, atol=1e-5 if dtype == np.float32 else 1e-13
    )


@pytest.mark.parametrize(("axis", "keepdims"), [(0, False), (1, False), (0, True), (1, True)])
def test_a_sum_over_a_matrix_is_a_product(axis, keepdims):
    x = RANDOM.normal(size=(9, 4))
    program = with_products(trace(lambda x: np.sum(x * 2.0, axis=axis, keepdims=keepdims), [x]))
    assert operations(program) == ["multiply", "matmul"]
    np.testing.assert_allclose(program(x), np.sum(x * 2.0, axis=axis, keepdims=keepdims), rtol=1e-13)


def test_what_numpy_does_well_stays():
    long, rows = np.ones((3, sums.FEW + 1)), np.ones((sums.MANY + 1, 2))
    for f, x in [
        (np.sum, np.ones((5, 5))),
        (lambda x: np.sum(x, axis=1), long),
        (lambda x: np.sum(x, axis=0), rows),
        (lambda x: np.sum(x > 0.0, axis=1), np.ones((4, 3))),
        (lambda x: np.sum(x, axis=1), np.ones((4, 3, 2))),
    ]:
        program = trace(f, [x])
        assert with_products(program) == program


def test_infinities_and_nan_go_through():
    x = np.array([[np.inf, 1.0], [np.nan, 1.0], [-np.inf, 2.0], [1.0, 2.0]])
    program = with_products(trace(lambda x: (np.sum(x, axis=1), np.tril(x[:2])), [np.ones((4, 2))]))
    total, triangle = program(x)
    np.testing.assert_array_equal(total, [np.inf, np.nan, -np.inf, 3.0])
    np.testing.assert_array_equal(with_products(trace(np.triu, [np.ones((4, 2))]))(x), np.triu(x))
    np.testing.assert_array_equal(triangle, np.tril(x[:2]))


@pytest.mark.parametrize("k", [-1, 0, 1])
def test_triangles(k):
    x = RANDOM.normal(size=(2, 4, 5))
    for f in (np.tril, np.triu):
        program = with_products(trace(lambda x, f=f: f(x, k), [x]))
        assert operations(program) == ["where"]
        np.testing.assert_array_equal(program(x), f(x, k))


def test_shares_of_extremes_with_ties():
    x = np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0], [5.0, 5.0, 5.0]])
    gradient = cr.grad(lambda x: np.sum(np.max(x, axis=1) ** 2))
    program = simplify(trace(gradient, [x]), "fast")
    changed = with_products(program)
    assert "sum" in operations(program) and "sum" not in operations(changed)
    for found in (changed(x), cr.compile(gradient, "numpy")(x)):
        np.testing.assert_allclose(found, [[0, 3, 3], [4, 0, 0], [10 / 3] * 3], rtol=1e-14)


def test_results_that_are_reshaped_are_the_callers_own():
    f = cr.compile(lambda x: (np.reshape(x * 2.0, (2, 3)), np.reshape(x, (3, 2))), "numpy")
    x = np.arange(6.0)
    for _ in range(2):
        one, other = f(x)
        one += 1
        other += 1
    assert x.tolist() == [0, 1, 2, 3, 4, 5]

    def twice(x):
        y = x * 2.0
        return np.reshape(y, (2, 3)), np.reshape(y, (3, 2)), y

    one, other, third = cr.compile(twice, "numpy")(x)
    one += 1
    assert other.ravel().tolist() == third.tolist() == (2 * x).tolist()


def test_a_planted_fault_is_seen(monkeypatch):
    monkeypatch.setattr(sums.np, "ones", lambda shape, *rest, ones=np.ones: 2 * ones(shape, *rest))
    with pytest.raises(AssertionError):
        test_sums_over_any_axes((7, 5, 3), 2, False, np.float64)
