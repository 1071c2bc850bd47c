"""What compiled loops are made of: functions over vectors, equations solved, memory shared, and when they are chosen."""

import warnings

import numpy as np
import pytest
import scipy.linalg

pytest.importorskip("llvmlite")

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.run import lowering
from chainrule.run.loops import machine_code
from chainrule.run.lowering import program, solving, sorting, views

RANDOM = np.random.default_rng(0)


def loops_of(f, *args):
    run = lowering.compiled(trace(f, args, loops=False))
    assert callable(run), run
    return run


def test_nothing_is_rounded_otherwise_but_in_sums():
    x = RANDOM.normal(size=1000)
    run = loops_of(lambda x, y: np.sqrt(x * x - y * y), x, x)
    assert run(x, x.copy()).tolist() == [0.0] * 1000


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_minus_0_has_numpys_sign_and_inverse_root(dtype):
    x = np.array([-0.0, 0.0, 4.0] * 50, dtype)
    for function in (np.sign, lambda x: x**-0.5):
        with np.errstate(divide="ignore"):
            found, expected = loops_of(function, x)(x), function(x)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize("columns", [None, 1, 4])
@pytest.mark.parametrize("kind", ["full", "needs exchanges", "lower", "upper", "diagonal"])
def test_systems_of_equations(kind, columns):
    a = RANDOM.normal(size=(9, 9)) + 3 * np.eye(9)
    if kind == "needs exchanges":
        a = a[::-1].copy()
        a[0, 0] = 0
    a = {"lower": np.tril(a), "upper": np.triu(a), "diagonal": np.diag(np.diag(a))}.get(kind, a)
    b = RANDOM.normal(size=9 if columns is None else (9, columns))
    run = loops_of(np.linalg.solve, a, b)
    for _ in range(2):
        np.testing.assert_allclose(run(a, b), np.linalg.solve(a, b), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("a", [np.ones((3, 3)), np.zeros((3, 3)), np.triu(np.ones((3, 3)), 1)])
def test_numpy_says_where_a_matrix_is_singular(a):
    run = loops_of(np.linalg.solve, np.eye(3), np.ones(3))
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        run(a, np.ones(3))
    assert run(np.eye(3), np.ones(3)).tolist() == [1, 1, 1]


def test_cholesky_reads_the_lower_triangle_and_wants_it_positive():
    root = RANDOM.normal(size=(12, 12))
    a = root @ root.T + np.eye(12)
    run = loops_of(np.linalg.cholesky, a)
    np.testing.assert_allclose(run(np.tril(a)), np.linalg.cholesky(a), rtol=1e-12, atol=1e-13)
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        run(-a)


@pytest.mark.parametrize("columns", [None, 1, 5])
@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("trans", [0, 1])
@pytest.mark.parametrize("lower", [False, True])
def test_triangular_systems_read_one_triangle(lower, trans, unit, columns):
    a = RANDOM.normal(size=(9, 9)) * 0.3 + 2 * np.eye(9)
    b = RANDOM.normal(size=9 if columns is None else (9, columns))
    keywords = {"lower": lower, "trans": trans, "unit_diagonal": unit}
    run = loops_of(lambda a, b: scipy.linalg.solve_triangular(a, b, **keywords), a, b)
    np.testing.assert_allclose(run(a, b), scipy.linalg.solve_triangular(a, b, **keywords), rtol=1e-11, atol=1e-13)
    with pytest.raises(ValueError, match="must not contain infs or NaNs"):
        run(a, b * np.inf)
    if not unit:
        with pytest.raises(np.linalg.LinAlgError, match="singular matrix"):
            run(a * 0.0, b)


def test_arithmetic_of_truth_values_is_logic():
    def f(x, y):
        p, q = x > 0.0, y > 0.0
        return p * q, p + q, np.maximum(p, q), np.minimum(p, q), (p * q) * x

    x, y = RANDOM.normal(size=(2, 50))
    for one, other in zip(loops_of(f, x, y)(x, y), f(x, y), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_a_small_pivot_is_exchanged():
    a, b = np.array([[1e-20, 1.0], [1.0, 1.0]]), np.array([1.0, 2.0])
    np.testing.assert_allclose(loops_of(np.linalg.solve, a, b)(a, b), [1.0, 1.0], rtol=1e-12)


def test_a_planted_fault_in_a_solution_is_seen(monkeypatch):
    monkeypatch.setattr(solving, "_is_larger", lambda x, top: x < top)
    with pytest.raises(AssertionError):
        test_a_small_pivot_is_exchanged()


def test_large_matrices_are_left_to_lapack():
    n = solving.LARGEST + 1
    assert lowering.compiled(trace(np.linalg.cholesky, [np.eye(n)])) == f"v1 = cholesky({n}×{n})"


def test_a_place_that_does_not_exist():
    x = np.arange(4.0)
    run = loops_of(lambda x, k: x[k], x, np.array([0, -1]))
    assert run(x, np.array([3, -4])).tolist() == [3, 0]
    with pytest.raises(IndexError):
        run(x, np.array([0, 4]))
    run = loops_of(lambda k, x: np.choose(k, [x, -x, 0.5]), np.array([0, 1, 2, 0]), x)
    assert run(np.array([2, 1, 1, 0]), x).tolist() == [0.5, -1, -2, 3]
    with pytest.raises(ValueError, match="invalid entry in choice array"):
        run(np.array([0, 1, 3, 0]), x)


def test_numpy_says_that_there_is_no_number():
    x = np.array([[np.nan, 2.0, 1.0], [3.0, np.nan, 4.0]])
    run = loops_of(lambda x: np.nanargmin(x, axis=1), x)
    assert run(x).tolist() == [2, 0]
    with pytest.raises(ValueError, match="All-NaN slice encountered"):
        run(x * [[1.0], [np.nan]])


# ---- together ----------------------------------------------------------------------------------------------------------


def unrolled(steps):
    def f(w, x):
        for _ in range(steps):
            x = np.tanh(w @ x)
        return np.sum(x**2)

    return f


def test_equal_loops_are_written_once_however_long_a_program_is():
    w, x = RANDOM.normal(size=(5, 5)) * 0.4, RANDOM.normal(size=5)
    programs = [simplify(trace(cr.grad(unrolled(steps)), (w, x), loops=False), "fast") for steps in (20, 100)]
    short, long = (program.lowered(each, 64).functions for each in programs)
    assert len(short) == len(long) < 30
    assert len(short[-1].body) < len(long[-1].body)
    np.testing.assert_allclose(lowering.compiled(programs[1])(w, x), programs[1](w, x), rtol=1e-10, atol=1e-14)


def test_places_are_taken_over_by_later_arrays():
    x = RANDOM.normal(size=100)

    def f(x):
        for _ in range(30):
            x = x[::-1] * 0.5 + 1.0
        return x

    assert program.lowered(trace(f, [x], loops=False), 64).size < 6 * x.nbytes
    np.testing.assert_allclose(loops_of(f, x)(x), f(x), rtol=1e-12)


def test_transposes_are_multiplied_as_they_lie():
    a, b = RANDOM.normal(size=(60, 40)), RANDOM.normal(size=(60, 50))
    loops = program.lowered(simplify(trace(lambda a, b: a.T @ b, (a, b)), "fast"), 64)
    assert loops.size <= a.nbytes + b.nbytes + 40 * 50 * 8 + 4 * 64
    both = loops_of(lambda a, b: (a.T @ b, a.T), a, b)
    for one, other in zip(both(a, b), (a.T @ b, a.T), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_thousands_of_numbers():
    def f(x):
        total = 0.0 * x
        for k in range(1500):
            total = total * x + 1.0 / (k + 1.0)
        return total

    made = simplify(trace(cr.grad(f), (0.5,), loops=False), "fast")
    assert lowering.compiled(made)(0.5) == pytest.approx(made(0.5), rel=1e-13)


# ---- which executor ----------------------------------------------------------------------------------------------------


@pytest.fixture
def runs_native(monkeypatch):
    """Whether a compiled function's first call makes loops."""
    made = []
    trusting = lowering.trusting
    monkeypatch.setattr(lowering, "trusting", lambda *args, **kw: made.append(trusting(*args, **kw)) or made[-1])

    def runs(fast, *args):
        made.clear()
        fast(*args)
        return any(map(callable, made))

    return runs


def test_auto_is_native_where_it_pays_and_numpy_elsewhere(runs_native):
    x = RANDOM.normal(size=8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert runs_native(cr.compile(cr.grad(lambda x: np.sum(np.sin(x)))), x)
        assert not runs_native(cr.compile(lambda x: np.linalg.det(x)), np.eye(3))  # no loops for it
        assert not runs_native(cr.compile(lambda x: x * x + 1.0), 2.0)  # Python is as fast
        assert not runs_native(cr.compile(lambda x: x * 2.0), np.zeros(lowering.LARGEST + 1))
        assert not runs_native(cr.compile(lambda x: np.sin(x), "numpy"), x)
        assert runs_native(cr.compile(lambda x: x * 2.0), np.zeros(lowering.LARGEST))
        assert runs_native(cr.compile(lambda x: np.sort(x) * 2.0), np.ones(sorting.LARGEST))
        assert not runs_native(cr.compile(lambda x: np.sort(x) * 2.0), np.ones(sorting.LARGEST + 1))


def test_in_a_browser_loops_pay_at_any_size(monkeypatch):
    programs = [trace(lambda x: x * x + 1.0, [2.0]), trace(lambda x: x * 2.0, [np.zeros(lowering.LARGEST + 1)])]
    assert not any(map(lowering.pays, programs))
    monkeypatch.setattr(lowering, "IN_BROWSER", True)
    assert all(map(lowering.pays, programs))
    assert not lowering.pays(trace(np.linalg.det, [np.eye(3)]))


def test_a_convolution_pays_however_large_its_images_are():
    """NumPy sums it part by part, while large sums and products are as fast there."""
    images, kernels = np.ones((40, 8, 40, 40)), np.ones((8, 8, 3, 3))

    def convolved(kernels, images):
        windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(2, 3))
        return np.einsum("fcij,ncyxij->nfyx", kernels, windows)

    assert images.size > lowering.LARGEST
    assert lowering.pays(simplify(trace(convolved, [kernels, images]), "fast"))
    assert not lowering.pays(trace(np.tanh, [images]))


def test_auto_says_nothing_where_loops_cannot_be_compiled(runs_native, monkeypatch):
    def fails(functions):
        raise RuntimeError("no")

    monkeypatch.setattr(machine_code, "compiled", fails)
    x = RANDOM.normal(size=8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not runs_native(cr.compile(np.sin), x)
    with pytest.warns(RuntimeWarning, match=r"^sin runs on NumPy: no$"):
        np.testing.assert_array_equal(cr.compile(np.sin, "native")(x), np.sin(x))


def test_without_llvmlite_auto_is_numpy_and_native_says_what_to_install(runs_native, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    x = RANDOM.normal(size=8)
    assert not runs_native(cr.compile(np.sin), x)
    with pytest.raises(
        ImportError, match=r"^executor='native' needs llvmlite; install it with: pip install 'chainrule\[native\]'\.$"
    ):
        cr.compile(np.sin, "native")(x)


def test_an_operation_without_loops_is_left_to_numpy(runs_native, monkeypatch):
    monkeypatch.delitem(views.VIEWS, "getitem")
    x = RANDOM.normal(size=8)
    fast = cr.compile(cr.grad(lambda x: np.sum(x[1:] ** 2)))
    assert runs_native(fast, x)
    assert "and on NumPy: getitem((8,))" in fast.report()
    np.testing.assert_allclose(fast(x), [0, *2 * x[1:]])


def test_a_wrong_answer_of_loops_would_be_seen(monkeypatch):
    monkeypatch.setitem(
        views.VIEWS, "getitem", lambda lowering, equation: lowering.view(equation.inputs[0]).within(0, 0, 7)
    )
    x = RANDOM.normal(size=8)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(cr.compile(lambda x: x[1:] * 2.0)(x), x[1:] * 2.0)
