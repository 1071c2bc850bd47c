"""Objects of other libraries that meet traced arrays: sparse arrays, data frames, interpolants."""

import numpy as np
import pytest
import scipy.sparse
from scipy import interpolate, optimize

import chainrule as cr
from chainrule.program import interception

RANDOM = np.random.default_rng(4)
DENSE = np.where(RANDOM.uniform(size=(4, 3)) < 0.5, RANDOM.normal(size=(4, 3)), 0.0)
X, Y, M = np.array([1.0, -2.0, 0.5]), np.arange(4.0), RANDOM.normal(size=(3, 2))


@pytest.mark.parametrize(
    "kind", ["csr_array", "csc_array", "coo_array", "dia_array", "lil_array", "bsr_array", "csr_matrix", "coo_matrix"]
)
def test_sparse_times_dense(kind):
    sparse = getattr(scipy.sparse, kind)(DENSE)
    for f, by_hand, at in (
        (lambda x: sparse @ x, lambda x: DENSE @ x, X), (lambda x: sparse.dot(x), lambda x: DENSE @ x, X),
        (lambda x: sparse @ x, lambda x: DENSE @ x, M), (lambda y: y @ sparse, lambda y: y @ DENSE, Y),
        (lambda y: sparse.T @ y, lambda y: DENSE.T @ y, Y), (lambda m: m.T @ sparse.T, lambda m: m.T @ DENSE.T, M),
    ):  # fmt: skip
        np.testing.assert_allclose(cr.trace(f, [at])(at), by_hand(at), rtol=1e-14)
        np.testing.assert_allclose(f(at), by_hand(at), rtol=1e-14)
        total = lambda x: np.sum(np.sin(f(x)))  # noqa: B023, E731
        expected = cr.grad(lambda x: np.sum(np.sin(by_hand(x))))(at)  # noqa: B023
        np.testing.assert_allclose(cr.grad(total)(at), expected, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(cr.compile(cr.grad(total))(at), expected, rtol=1e-13, atol=1e-15)
    with pytest.raises(ValueError, match="dimension mismatch"):
        cr.grad(lambda y: np.sum(sparse @ y))(Y)
    assert not interception._places


def test_two_places_of_one_number_are_added():
    twice = scipy.sparse.coo_array(([1.0, 2.0, 4.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    np.testing.assert_allclose(cr.jacobian(lambda x: twice @ x)(np.ones(2)), [[0, 3], [4, 0]])


def test_data_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(DENSE, columns=list("abc"))
    series = frame["a"]
    for f, by_hand, at in (
        (lambda y: series * y, lambda y: DENSE[:, 0] * y, Y), (lambda y: y - series, lambda y: y - DENSE[:, 0], Y),
        (lambda x: frame @ x, lambda x: DENSE @ x, X), (lambda x: frame.dot(x), lambda x: DENSE @ x, X),
        (lambda x: np.dot(frame, x), lambda x: DENSE @ x, X), (lambda x: frame * x, lambda x: DENSE * x, X),
        (lambda y: y[series > 0], lambda y: y[DENSE[:, 0] > 0], Y), (lambda y: series @ y, lambda y: DENSE[:, 0] @ y, Y),
    ):  # fmt: skip
        np.testing.assert_allclose(cr.trace(f, [at])(at), by_hand(at), rtol=1e-14)
        assert cr.check_grad(lambda x: np.sum(np.sin(np.asarray(f(x)))), [at]).ok  # noqa: B023
    for f in (
        lambda y: np.sum(pandas.Series(y)),
        lambda y: pandas.DataFrame({"a": y})["a"].sum(),
        lambda y: pandas.Series([y[0], 1.0]).sum(),
    ):
        with pytest.raises(cr.TracingError, match="a data frame cannot hold traced values; work on the arrays"):
            cr.grad(f)(Y)
    assert pandas.Series([1.0]).sum() == 1.0


# ---- interpolants --------------------------------------------------------------------------------------------------------

XK, YK = np.array([0.0, 0.5, 1.2, 2.0, 3.1]), np.array([1.0, -1.0, 0.5, 2.0, 0.0])
ROWS = np.stack([YK, YK**2], axis=1)
WITHIN, TABLE, BEYOND = (
    np.array([0.1, 0.6, 0.9, 2.2, 3.0]),
    np.array([[0.1, 0.7], [2.5, 1.9]]),
    np.array([-0.5, 0.3, 3.5]),
)
LINE, CUBIC = interpolate.interp1d(XK, YK), interpolate.CubicSpline(XK, YK)
PLACES = {
    "lines": (LINE, WITHIN), "lines, one place": (LINE, np.float64(0.3)), "lines, a table of places": (LINE, TABLE),
    "a cubic interp1d": (interpolate.interp1d(XK, YK, kind="cubic"), WITHIN), "lines of rows": (interpolate.interp1d(XK, ROWS, axis=0), TABLE),
    "filled": (interpolate.interp1d(XK, YK, bounds_error=False, fill_value=(7.0, 8.0)), BEYOND),
    "extrapolated": (interpolate.interp1d(XK, ROWS.T, fill_value="extrapolate"), TABLE), "quadratic": (interpolate.interp1d(XK, YK, kind="quadratic", fill_value="extrapolate"), BEYOND),
    "a cubic spline": (CUBIC, BEYOND), "its slope": (lambda x: CUBIC(x, 1), WITHIN), "its fourth derivative": (lambda x: CUBIC(x, 4), WITHIN),
    "natural": (interpolate.CubicSpline(XK, ROWS, bc_type="natural"), TABLE), "along the other axis": (interpolate.CubicSpline(XK, ROWS.T, axis=1), TABLE),
    "monotone": (interpolate.PchipInterpolator(XK, YK, extrapolate=False), BEYOND), "Akima's": (interpolate.Akima1DInterpolator(XK, YK), WITHIN),
    "a B-spline": (interpolate.make_interp_spline(XK, YK, k=3), BEYOND), "of rows": (interpolate.make_interp_spline(XK, ROWS, k=2), TABLE),
    "its own slope": (lambda x: interpolate.make_interp_spline(XK, YK, k=3)(x, 1), WITHIN),
    "periodic": (interpolate.CubicSpline(XK, np.r_[YK[:-1], YK[0]], bc_type="periodic"), BEYOND),
}  # fmt: skip
VALUES = {
    "lines": (lambda y: interpolate.interp1d(XK, y)(WITHIN), YK),
    "unsorted": (lambda y: interpolate.interp1d(XK[::-1], y, axis=0, fill_value="extrapolate")(TABLE), ROWS),
    "filled": (lambda y: interpolate.interp1d(XK, y, bounds_error=False, fill_value=0.0)(BEYOND), YK),
    "a cubic spline": (lambda y: interpolate.CubicSpline(XK, y)(WITHIN), YK), "its slope": (lambda y: interpolate.CubicSpline(XK, y)(WITHIN, 1), YK),
    "natural": (lambda y: interpolate.CubicSpline(XK, y, axis=1, bc_type="natural")(TABLE), ROWS.T.copy()),
    "places and values": (lambda z: interpolate.CubicSpline(XK, z)(z * 0.1 + 0.5), YK), "lines, both": (lambda z: interpolate.interp1d(XK, z)(z * 0.1 + 0.55), YK),
}  # fmt: skip


@pytest.mark.parametrize(
    ("f", "at"), [*PLACES.values(), *VALUES.values()], ids=[*PLACES, *(f"values: {each}" for each in VALUES)]
)
def test_interpolants(f, at):
    expected = f(at)
    found = cr.trace(f, [at])(at)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    total = lambda x: np.nansum(np.sin(f(x)))  # noqa: E731
    assert cr.check_grad(total, [at]).ok
    np.testing.assert_allclose(cr.compile(cr.grad(total))(at), cr.grad(total)(at), rtol=1e-13, atol=1e-15)


def test_a_place_out_of_range_is_an_error_as_in_scipy():
    with pytest.raises(ValueError, match="outside of the range"):
        cr.grad(lambda x: np.sum(LINE(x)))(BEYOND)
    np.testing.assert_array_equal(LINE([0.0, 0.25]), [1.0, 0.0])
    assert not interception._places


def test_a_frame_of_what_a_traced_function_has_made():
    """pandas' compiled parts get NumPy's arrays."""
    pandas = pytest.importorskip("pandas")
    classes = np.array([0, 2, 1, 0])

    def f(x):
        kinds = np.asarray(classes)
        columns = np.asarray(pandas.get_dummies(kinds), dtype=float)
        frame = pandas.DataFrame({"a": np.arange(4.0), "b": kinds * 1.0})
        y = np.zeros(3)
        y[:] = columns.T.dot(x)
        return np.sum(y**2) + frame["b"].to_numpy() @ x

    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert cr.grad(f)(x).tolist() == [10, 6, 7, 10]


def test_methods_by_names_that_are_put_together():
    class Kinds:
        def call(self, kind, x):
            return getattr(self, f"_by_{kind}")(x)

        def _by_list(self, x):
            return np.array([x[0], 2 * x[1]]).sum()

    assert cr.grad(lambda x: Kinds().call("list", x))(np.ones(3)).tolist() == [1, 2, 0]


def test_autograd_within_a_traced_function_is_refused_by_line():
    autograd = pytest.importorskip("autograd")

    def f(x):
        y = np.zeros(2)
        y[0] = x[0]
        return np.sum(autograd.elementwise_grad(lambda v: v**2)(x)) + y[0]

    with pytest.raises(cr.TracingError, match="autograd does not differentiate traced arrays") as error:
        cr.grad(f)(np.ones(2))
    assert str(error.value).startswith("test_libraries.py:")


def decay(t, height, rate, level):
    return height * np.exp(-rate * t) + level


@pytest.mark.parametrize("wrt", [("height", "rate", "level"), "height, rate, level", (1, 2, 3)])
def test_a_curve_is_fitted_with_its_own_slopes(wrt):
    """As the site says: a column of the matrix for each parameter."""
    slopes = cr.jacobian(decay, wrt)
    t, truth, start = np.linspace(0.0, 4.0, 9), (2.5, 1.3, 0.4), (1.0, 1.0, 0.0)

    def matrix(*at):
        return np.stack(slopes(*at), axis=-1)

    measured = optimize.approx_fprime(np.array(start), lambda at: decay(t, *at), 1e-7)
    np.testing.assert_allclose(matrix(t, *start), measured, atol=1e-6)
    for bounds in ((-np.inf, np.inf), (0.0, 10.0)):
        best, _ = optimize.curve_fit(decay, t, decay(t, *truth), p0=start, jac=matrix, bounds=bounds)
        np.testing.assert_allclose(best, truth, rtol=1e-6)
