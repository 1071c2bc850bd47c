"""The distributions of scipy.stats: SciPy's values wherever it has any, slopes by finite differences, however they are reached."""

import types
import warnings

import numpy as np
import pytest
import scipy
from scipy import stats
from scipy.stats import gamma, norm, poisson

import chainrule as cr
from chainrule.program import interception
from chainrule.program.operations.distributions import LAWS

# Shape parameters, and points inside of the support, at its ends and outside.
ASKED = {
    "norm": ((), [-3.0, 0.0, 0.7, 30.0]), "t": ((3.5,), [-3.0, 0.0, 0.7, 30.0]), "laplace": ((), [-3.0, 0.7, 30.0]),
    "logistic": ((), [-3.0, 0.0, 0.7, 800.0]), "cauchy": ((), [-3.0, 0.0, 0.7, 30.0]), "gumbel_r": ((), [-3.0, 0.0, 20.0]),
    "gumbel_l": ((), [-3.0, 0.0, 2.0]), "skewnorm": ((1.5,), [-2.0, 0.0, 0.7]), "vonmises": ((2.5,), [-2.0, 0.0, 0.7]),
    "gamma": ((2.5,), [-1.0, 0.0, 0.3, 4.0]), "chi2": ((3.0,), [-1.0, 0.0, 0.3, 9.0]), "invgamma": ((2.5,), [-1.0, 0.3, 4.0]),
    "beta": ((2.5, 1.3), [-0.5, 0.0, 0.2, 0.9, 1.0, 1.5]), "f": ((3.0, 5.0), [-1.0, 0.0, 0.4, 6.0]),
    "expon": ((), [-1.0, 0.0, 0.4, 40.0]), "uniform": ((), [-0.5, 0.0, 0.25, 1.0, 1.5]), "lognorm": ((0.8,), [-1.0, 0.3, 4.0]),
    "halfnorm": ((), [-1.0, 0.0, 0.4, 7.0]), "halfcauchy": ((), [-1.0, 0.0, 0.4, 7.0]), "rayleigh": ((), [-1.0, 0.4, 7.0]),
    "pareto": ((2.5,), [0.5, 1.0, 1.5, 6.0]), "weibull_min": ((1.7,), [-1.0, 0.0, 0.4, 3.0]), "invgauss": ((1.2,), [-1.0, 0.4, 3.0]),
    "poisson": ((2.5,), [-1, 0, 3, 2.5]), "binom": ((5.0, 0.3), [-1, 0, 2, 5, 6, 2.5]), "bernoulli": ((0.3,), [-1, 0, 1, 2, 0.5]),
    "geom": ((0.3,), [0, 1, 4, 2.5]), "nbinom": ((2.5, 0.3), [-1, 0, 4, 2.5]), "betabinom": ((5.0, 1.5, 0.8), [-1, 0, 2, 5, 6]),
}  # fmt: skip
COUNTS = {"binom": {0}, "betabinom": {0}}  # parameters that only whole numbers make sense for
METHODS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf")


def called(name, method):
    method = method.replace("pdf", "pmf") if LAWS[name].counts else method
    return getattr(getattr(stats, name), method)


def has(name, method):
    law = LAWS[name]
    return method.endswith("pdf") or (law.below if "cdf" in method else law.above) is not None


CASES = [(name, method) for name in ASKED for method in METHODS if has(name, method)]


def test_all_are_asked():
    assert set(ASKED) == set(LAWS)
    assert len(LAWS) > 25


@pytest.mark.wide
@pytest.mark.parametrize(("name", "method"), CASES)
def test_values_are_scipys(name, method):
    """With each argument traced in turn: points, parameters, location, scale; valid or not, and NaN."""
    shapes, points = ASKED[name]
    points = np.array([*points, np.nan])
    discrete = LAWS[name].counts
    function = called(name, method)
    places = [(points, *shapes), (points * 2 + 1, *shapes, 1)]
    if not discrete:
        places += [(points * 2 + 1, *shapes, 1.0, 2.0), (points, *shapes, 0.0, -1.0), (points, *shapes, 0.0, 0.0)]
    if shapes and name != "skewnorm":
        places.append((points, *shapes[:-1], -1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for args in places:
            expected = function(*args)
            if -1.0 in args[1:]:  # SciPy 1.17 forgets this where a count is at the end of the support
                expected = np.full_like(points, np.nan)
            for place in range(len(args)):
                program = cr.trace(lambda z, a=args, p=place: function(*a[:p], z, *a[p + 1 :]), [args[place]])
                # The logarithm of a probability near 1 is as exact as that probability.
                exact = 3e-16 if "log" in method and "pdf" not in method else 1e-300
                np.testing.assert_allclose(program(args[place]), expected, rtol=2e-13, atol=exact)
        expected = function(points[1], *shapes)
        found = cr.trace(lambda x: function(x, *shapes), [points[1]])(points[1])
        assert np.shape(found) == np.shape(expected)


@pytest.mark.wide
@pytest.mark.parametrize(("name", "method"), CASES)
def test_slopes_are_differences(name, method):
    shapes, points = ASKED[name]
    function, law = called(name, method), LAWS[name]
    points = np.array(
        [
            each
            for each in points
            if np.isfinite(called(name, "logpdf")(each, *shapes)) and np.isfinite(function(each, *shapes))
        ]
    )
    points = points if law.counts else points[(points > law.low) & (points < 20) & ((points != 1) | (law.low < 0))]
    points = points + (0.0 if law.counts else 0.013)
    args = (points, *shapes, 0.0, 1.0)[: len(shapes) + (1 if law.counts else 3)]
    wanted = [
        place for place in range(len(args)) if not (law.counts and (place == 0 or place - 1 in COUNTS.get(name, ())))
    ]
    for place in wanted:
        at = np.asarray(args[place], float)
        found = cr.jacobian(lambda z, p=place: function(*args[:p], z, *args[p + 1 :]))(at)
        step = 1e-5
        if place == 0:
            found = np.diag(found)
        up, down = (function(*args[:place], at + way * step, *args[place + 1 :]) for way in (1, -1))
        np.testing.assert_allclose(found, (up - down) / (2 * step), rtol=2e-6, atol=1e-8)


def test_nothing_beside_the_support_spoils_a_gradient():
    points = np.array([-1.0, 0.5, 3.0])
    for slope in (cr.grad, lambda f, n: cr.compile(cr.grad(f, n))):
        by_a, by_x = (
            slope(lambda x, a: np.sum(np.where(x > 0, stats.gamma.logpdf(x, a), 0.0)), place)(points, 2.0)
            for place in (1, 0)
        )
        np.testing.assert_allclose(by_x, [0, 1 / 0.5 - 1, 1 / 3.0 - 1])
        np.testing.assert_allclose(by_a, np.sum(np.log(points[1:])) - 2 * scipy.special.digamma(2.0))
    np.testing.assert_array_equal(cr.grad(lambda x: np.sum(stats.gamma.pdf(x, 3.0)))(np.array([-1.0, -2.0])), [0, 0])


@pytest.mark.parametrize("name", ["gammainc", "gammaincc", "betainc", "betaincc", "stdtr"])
def test_orders_of_every_size(name):
    """Against differences of four points, which the rounding of values this size leaves about ten digits."""
    function = getattr(scipy.special, name)
    random = np.random.default_rng(3)
    orders = np.exp(random.uniform(-3, 5, (2, 200)))[: 2 if "beta" in name else 1]
    x = random.uniform(0.05, 0.95, 200) if "beta" in name else orders[0] * np.exp(random.uniform(-0.3, 0.3, 200))
    x = random.normal(size=200) if name == "stdtr" else x
    for place in range(len(orders)):
        h = 1e-3 * orders[place]
        moved = [function(*orders[:place], orders[place] + k * h, *orders[place + 1 :], x) for k in (-2, -1, 1, 2)]
        expected = (moved[0] - 8 * moved[1] + 8 * moved[2] - moved[3]) / (12 * h)
        found = cr.grad(lambda *args: np.sum(function(*args)), place)(*orders, x)
        np.testing.assert_allclose(found * orders[place], expected * orders[place], rtol=1e-8, atol=1e-11)


def test_orders_at_the_ends_and_twice():
    gammainc, betainc = scipy.special.gammainc, scipy.special.betainc
    for x, slope in ((0.0, 0.0), (np.inf, 0.0), (np.nan, np.nan), (-1.0, np.nan)):
        np.testing.assert_equal(abs(cr.grad(gammainc)(2.0, x)), slope)
    np.testing.assert_allclose(
        cr.grad(gammainc)(1e-8, 1e-5), -10.935718620593223, rtol=1e-10
    )  # by mpmath, with 40 digits
    np.testing.assert_allclose(cr.grad(betainc)(2e-5, 3.0, 0.5), -0.06814990016958791, rtol=1e-12)
    assert cr.grad(betainc)(2.0, 3.0, 1.0) == cr.grad(betainc, 1)(2.0, 3.0, 0.0) == 0
    assert cr.check_grad(lambda x: cr.grad(gammainc)(1.5, x), [0.7]).ok
    with pytest.raises(
        cr.TracingError, match="this derivative of a special function with respect to its order is not known here"
    ):
        cr.grad(cr.grad(gammainc))(2.0, 0.7)


# ---- however it is reached ---------------------------------------------------------------------------------------------


USERS = types.ModuleType("users")
exec("import scipy.stats\ndef density(x): return scipy.stats.norm.logpdf(x, 1.0, 2.0)", vars(USERS))
FROZEN, LIST = norm(1.0, 2.0), [norm(1.0, 2.0)]


class Prior:
    def __init__(self):
        self.law = norm(loc=1.0, scale=2.0)
        self.log = self.law.logpdf

    def __call__(self, x):
        return self.law.logpdf(x)


PRIOR = Prior()


def imports(x):
    from scipy.stats import norm as law

    return law.logpdf(x, 1.0, scale=2.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: stats.norm.logpdf(x, 1.0, 2.0), lambda x: scipy.stats.norm.logpdf(x, loc=1.0, scale=2.0),
        lambda x: norm.logpdf(x, 1.0, 2.0), lambda x: FROZEN.logpdf(x), lambda x: LIST[0].logpdf(x), PRIOR,
        lambda x: norm(1.0, 2.0).logpdf(x), lambda x: norm(x, 2.0).logpdf(1.0), lambda x: norm.freeze(loc=x, scale=2.0).logpdf(1.0),
        lambda x: np.log(norm(x, 2.0).pdf(1.0)), imports, USERS.density, norm(1.0, 2.0).logpdf,
    ],
)  # fmt: skip
def test_wherever_it_is_held(f):
    before = [vars(stats.rv_continuous)[name] for name in METHODS]
    for slope in (cr.grad(f), cr.grad(f), cr.compile(cr.grad(f)), lambda x: cr.jvp(f, (x,), (1.0,))[1]):
        np.testing.assert_allclose(slope(0.3), 0.7 / 4)
    assert cr.check_grad(f, [0.3]).ok
    assert all(vars(stats.rv_continuous)[name] is own for name, own in zip(METHODS, before, strict=True))
    assert not interception._places


def test_plain_arrays_get_what_they_got_during_a_trace():
    seen = []

    def f(x):
        seen.append(stats.norm.logpdf([0.0, 1.0]))
        seen.append(norm(0.0, 1.0))
        return x * stats.gamma.cdf(1.0, 2.0) * norm.pdf(x)

    cr.grad(f)(1.0)
    np.testing.assert_array_equal(seen[0], stats.norm.logpdf([0.0, 1.0]))
    assert type(seen[1]) is type(FROZEN)


def test_read():
    program = cr.trace(lambda x, mu, sigma: norm.logpdf(x, mu, sigma), [np.ones(3), 0.0, 1.0])
    assert "return -0.5 * ((x - mu) / sigma) ** 2 - 0.9189385332046727 - np.log(sigma)" in str(program)


def test_a_likelihood_of_counts():
    k = np.array([0.0, 3.0, 2.0])
    found = cr.grad(lambda mu: np.sum(poisson.logpmf(k, mu)))(1.7)
    np.testing.assert_allclose(found, 5 / 1.7 - 3)
    assert cr.grad(lambda k: np.sum(poisson.logpmf(k, 1.7)))(k).tolist() == [
        0,
        0,
        0,
    ]  # there is nothing between two counts


def test_float32_and_shapes():
    x = np.float32([[0.5], [2.0]])
    found = cr.trace(lambda x, a: gamma.logpdf(x, a), [x, np.array([1.0, 2.0, 3.0])])
    assert found(x, np.array([1.0, 2.0, 3.0])).dtype == np.float64
    np.testing.assert_allclose(found(x, np.array([1.0, 2.0, 3.0])), gamma.logpdf(x, [1.0, 2.0, 3.0]), rtol=1e-14)
    assert cr.grad(lambda x: np.sum(gamma.logpdf(x, 2.0)))(x).dtype == np.float32


def test_whole_numbers_of_numpys_own():
    f = lambda p: scipy.special.betainc(np.int64(2), np.int64(3), p)  # noqa: E731
    assert cr.trace(f, [0.3])(0.3) == f(0.3)


# ---- of several numbers ------------------------------------------------------------------------------------------------

MEAN, ROOT = np.array([0.3, -1.0]), np.array([[1.2, 0.0], [0.4, 0.7]])
POINTS = np.array([[0.1, 0.2], [1.0, -2.0], [0.0, 0.5]])


@pytest.mark.parametrize("x", [POINTS, POINTS[0], POINTS[None], POINTS[:1]])
def test_the_normal_one_of_several(x):
    for law in (stats.multivariate_normal.logpdf, stats.multivariate_normal.pdf):
        f = lambda x, mean, root: law(x, mean, root @ root.T)  # noqa: B023, E731
        expected = law(x, MEAN, ROOT @ ROOT.T)
        found = cr.trace(f, [x, MEAN, ROOT])(x, MEAN, ROOT)
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-13)
        assert cr.check_grad(lambda *args, f=f: np.sum(f(*args)), [x, MEAN, ROOT]).ok
        # It reads the lower triangle, as SciPy does.
        cov = ROOT @ ROOT.T
        slope = cr.grad(lambda cov: np.sum(law(x, MEAN, cov)))(cov)  # noqa: B023
        for i, j in np.ndindex(2, 2):
            step = np.zeros((2, 2))
            step[i, j] = 1e-6
            up, down = (np.sum(law(x, MEAN, cov + way * step)) for way in (1, -1))
            np.testing.assert_allclose(slope[i, j], (up - down) / 2e-6, rtol=1e-6, atol=1e-8)


def test_its_other_arguments():
    for args in ((), (MEAN,), (MEAN, 2.0), (MEAN, [1.0, 2.0]), (None, ROOT @ ROOT.T), (None, ROOT @ ROOT.T, True)):
        law, x = stats.multivariate_normal, POINTS if args else POINTS[:, 0]
        for f in (lambda x: law.logpdf(x, *args), law(*args).logpdf):  # noqa: B023
            np.testing.assert_allclose(cr.trace(f, [x])(x), law.logpdf(x, *args), rtol=1e-13)
    found = cr.grad(lambda mean: np.sum(stats.multivariate_normal(mean, np.eye(2)).logpdf(POINTS)))(MEAN)
    np.testing.assert_allclose(found, np.sum(POINTS - MEAN, axis=0))
    with pytest.raises(np.linalg.LinAlgError):  # as for SciPy
        cr.grad(lambda cov: stats.multivariate_normal.logpdf(MEAN, MEAN, cov))(-np.eye(2))


def test_a_covariance_that_may_be_singular():
    law, x = stats.multivariate_normal, np.array([0.4])  # which counts for each of the numbers

    def f(x, root):
        return law.logpdf(x, None, root @ root.T, allow_singular=True)

    np.testing.assert_allclose(cr.trace(f, [x, ROOT])(x, ROOT), f(x, ROOT), rtol=1e-13)
    assert cr.check_grad(f, [x, ROOT]).ok
    with pytest.raises(cr.TracingError, match="a singular covariance has no derivative here"):
        cr.grad(f, 1)(x, np.ones((2, 2)))


def test_shares():
    alpha, x = np.array([0.7, 2.0, 1.5]), np.array([0.2, 0.5, 0.3])
    law = stats.dirichlet
    rows = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    for points in (x, x[:2], rows.T):
        np.testing.assert_allclose(
            cr.trace(law.logpdf, [points, alpha])(points, alpha), law.logpdf(points, alpha), rtol=1e-13
        )
        np.testing.assert_allclose(
            cr.trace(law.pdf, [points, alpha])(points, alpha), law.pdf(points, alpha), rtol=1e-13
        )
        assert cr.check_grad(lambda alpha: np.sum(law.logpdf(points, alpha)), [alpha]).ok  # noqa: B023
    np.testing.assert_allclose(cr.grad(law.logpdf)(x[:2], alpha), (alpha[:2] - 1) / x[:2] - (alpha[2] - 1) / x[2])
    assert np.isnan(cr.trace(law.logpdf, [x, alpha])(np.array([0.2, 0.5, 0.4]), alpha))
    assert np.isnan(cr.trace(law.logpdf, [x, alpha])(x, -alpha))
