"""What compiled loops are made of: functions over vectors, equations solved, memory shared, and when they are chosen."""

import math
import warnings

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.run import native
from chainrule.run.native import functions, loops, plain, solving

RANDOM = np.random.default_rng(0)
EDGES = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e-310, -1e-310, 5e-324, 1.0, -1.0, 1.7e308, -1.7e308]
NUMBERS = {
    "exp": [*RANDOM.uniform(-745, 709.7, 500), *RANDOM.uniform(-1, 1, 500), 709.78, 709.79, -745.1, -745.2, -746.5],
    "expm1": [*RANDOM.uniform(-40, 709.7, 500), *RANDOM.uniform(-1, 1, 500), 709.0, 709.5, 709.78, 710.0, 1e-9],
    "tanh": [*RANDOM.uniform(-20, 20, 500), *RANDOM.uniform(-1, 1, 500), 1e-9, 45.0],
    "log": [*10.0 ** RANDOM.uniform(-323, 308, 500), *RANDOM.uniform(0.5, 2, 500), 1 - 1e-16, 1 + 1e-15],
}


def loops_of(f, *args):
    run = native.compiled(trace(f, args))
    assert callable(run), run
    return run


@pytest.mark.parametrize("name", functions.INLINED)
def test_functions_over_vectors_are_within_three_units_in_the_last_place(name):
    x = np.array([*NUMBERS[name], *EDGES])
    function = getattr(np, name)
    with np.errstate(all="ignore"):
        found = loops_of(function, x)(x)
        expected = function(x)
        units = np.abs(found - expected) / np.maximum(np.spacing(np.abs(expected)), 5e-324)
    finite = np.isfinite(expected)
    assert units[finite].max() <= 4  # of which NumPy's own may be one
    np.testing.assert_array_equal(found[~finite], expected[~finite])
    np.testing.assert_array_equal(
        np.signbit(found), np.signbit(expected) & ~np.isnan(expected) | np.signbit(found) & np.isnan(found)
    )


def test_a_term_too_few_is_seen(monkeypatch):
    monkeypatch.setattr(functions, "TERMS", 10)
    functions.definitions.cache_clear()
    try:
        with pytest.raises(AssertionError):
            test_functions_over_vectors_are_within_three_units_in_the_last_place("exp")
    finally:
        monkeypatch.undo()
        functions.definitions.cache_clear()


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


def test_a_small_pivot_is_exchanged():
    a, b = np.array([[1e-20, 1.0], [1.0, 1.0]]), np.array([1.0, 2.0])
    np.testing.assert_allclose(loops_of(np.linalg.solve, a, b)(a, b), [1.0, 1.0], rtol=1e-12)


def test_a_planted_fault_in_a_solution_is_seen(monkeypatch):
    monkeypatch.setattr(solving, "_SOLVE", solving._SOLVE.replace("if x > top:", "if x < top:"))
    with pytest.raises(AssertionError):
        test_a_small_pivot_is_exchanged()


def test_large_matrices_are_left_to_lapack():
    n = solving.LARGEST + 1
    assert native.compiled(trace(np.linalg.cholesky, [np.eye(n)])) == f"v1 = cholesky({n}×{n})"


def test_a_place_that_does_not_exist():
    x = np.arange(4.0)
    run = loops_of(lambda x, k: x[k], x, np.array([0, -1]))
    assert run(x, np.array([3, -4])).tolist() == [3, 0]
    with pytest.raises(IndexError):
        run(x, np.array([0, 4]))


# ---- together ----------------------------------------------------------------------------------------------------------


def unrolled(steps):
    def f(w, x):
        for _ in range(steps):
            x = np.tanh(w @ x)
        return np.sum(x**2)

    return f


def test_equal_loops_are_written_once_however_long_a_program_is():
    w, x = RANDOM.normal(size=(5, 5)) * 0.4, RANDOM.normal(size=5)
    programs = [simplify(trace(cr.grad(unrolled(steps)), (w, x)), "fast") for steps in (20, 100)]
    short, long = (plain.written(program) for program in programs)
    assert short.text.count("define internal i64") == long.text.count("define internal i64") < 20
    np.testing.assert_allclose(native.compiled(programs[1])(w, x), programs[1](w, x), rtol=1e-10, atol=1e-14)


def test_places_are_taken_over_by_later_arrays():
    x = RANDOM.normal(size=100)

    def f(x):
        for _ in range(30):
            x = x[::-1] * 0.5 + 1.0
        return x

    assert plain.written(trace(f, [x])).size < 6 * x.nbytes
    np.testing.assert_allclose(loops_of(f, x)(x), f(x), rtol=1e-12)


def test_transposes_go_to_blas_as_they_lie():
    a, b = RANDOM.normal(size=(60, 40)), RANDOM.normal(size=(60, 50))
    program = simplify(trace(lambda a, b: a.T @ b, (a, b)), "fast")
    assert [type(step) for step in plain.written(program).steps] == [tuple]
    np.testing.assert_allclose(native.compiled(program)(a, b), a.T @ b, rtol=1e-12, atol=1e-13)
    both = loops_of(lambda a, b: (a.T @ b, a.T), a, b)
    for one, other in zip(both(a, b), (a.T @ b, a.T), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_thousands_of_numbers():
    def f(x):
        total = 0.0 * x
        for k in range(1500):
            total = total * x + 1.0 / (k + 1.0)
        return total

    program = simplify(trace(cr.grad(f), (0.5,)), "fast")
    assert native.compiled(program)(0.5) == pytest.approx(program(0.5), rel=1e-13)


# ---- which executor ----------------------------------------------------------------------------------------------------


@pytest.fixture
def runs_native(monkeypatch):
    """Whether a compiled function's first call makes loops."""
    made = []
    trusting = native.trusting
    monkeypatch.setattr(native, "trusting", lambda program: made.append(trusting(program)) or made[-1])

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
        assert not runs_native(cr.compile(lambda x: x * 2.0), np.zeros(native.LARGEST + 1))
        assert not runs_native(cr.compile(lambda x: np.sin(x), "numpy"), x)
        assert runs_native(cr.compile(lambda x: x * 2.0), np.zeros(native.LARGEST))


def test_auto_says_nothing_where_loops_cannot_be_compiled(runs_native, monkeypatch):
    from chainrule.run.native import machine

    def fails(text, needed):
        raise RuntimeError("no")

    monkeypatch.setattr(machine, "code", fails)
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
        ImportError, match=r"^executor='native' needs Numba; install it with: pip install 'chainrule\[native\]'\.$"
    ):
        cr.compile(np.sin, "native")(x)


def test_an_operation_without_loops_stays_on_numpy(runs_native, monkeypatch):
    monkeypatch.delitem(loops.OPERATIONS, "getitem")
    x = RANDOM.normal(size=8)
    fast = cr.compile(cr.grad(lambda x: np.sum(x[1:] ** 2)))
    assert not runs_native(fast, x)
    np.testing.assert_allclose(fast(x), [0, *2 * x[1:]])


def test_a_wrong_answer_of_loops_would_be_seen(monkeypatch):
    monkeypatch.setitem(loops.OPERATIONS, "getitem", loops.OPERATIONS["reshape"])
    x = RANDOM.normal(size=8)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(cr.compile(lambda x: x[1:] * 2.0)(x), x[1:] * 2.0)
