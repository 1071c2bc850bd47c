"""The distributions of scipy.stats: densities and probabilities, written with NumPy and scipy.special.

Loaded when a traced array first reaches one of them; `rebound_methods.py` explains how. Outside of its support a density is 0
and its logarithm −∞, and for parameters that a distribution does not have all is NaN, as in SciPy.
"""

import functools
import importlib
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.location import refuse
from ...core.traced import Traced
from ..advice import GENERAL, LIBRARY
from ..rebound_methods import DENSITIES, VERSIONS
from ..stand_ins import Asking
from . import special as _declared  # noqa: F401  # the ufuncs that are called here enter the registry
from .common import array_of, float64_of, transposed
from .creating import filled, of_size
from .elementwise import stop_gradient

solve_triangular = Asking(importlib.import_module("scipy.linalg").solve_triangular, "scipy.linalg")
special, stats = importlib.import_module("scipy.special"), importlib.import_module("scipy.stats")
_HALF_LOG_2PI, _LOG_2, _LOG_PI = 0.5 * math.log(2 * math.pi), math.log(2), math.log(math.pi)
_ROOT_2 = math.sqrt(2)

Rule = Callable[..., Any]  # of a standardized y, and of the shape parameters


@dataclass(frozen=True, kw_only=True)
class Law:
    """A distribution with location 0 and scale 1.

    `log` is the logarithm of its density; `below` and `above` are the probabilities of at most and of more than y, `log_below`
    and `log_above` their logarithms, where these are not to be computed from them. `low` and `high` are the ends of its support,
    and `within` is a point between them. `valid` says which shape parameters it takes.
    """

    log: Rule
    below: Rule | None = None
    above: Rule | None = None
    log_below: Rule | None = None
    log_above: Rule | None = None
    low: float = -math.inf
    high: float | Rule = math.inf
    within: float = 0.5
    valid: Rule = lambda *shapes: functools.reduce(_both, [shape > 0 for shape in shapes], True)
    counts: bool = False


def _both(one: Any, other: Any) -> Any:
    return other if one is True else np.logical_and(one, other)


def _symmetric(log: Rule, below: Rule, log_below: Rule | None = None) -> Law:
    return Law(
        log=log, below=below, above=lambda y, *shapes: below(-y, *shapes), log_below=log_below,
        log_above=None if log_below is None else lambda y, *shapes: log_below(-y, *shapes),
    )  # fmt: skip


def _left(log_above: Rule, **law: Any) -> Law:
    """A law that begins at 0, by the logarithm of the probability of more than y."""
    return Law(
        **{"low": 0.0, **law}, log_above=log_above, above=lambda y, *shapes: np.exp(log_above(y, *shapes)),
        below=lambda y, *shapes: -np.expm1(log_above(y, *shapes)),
    )  # fmt: skip


def _t(y: Any, df: Any) -> Any:
    return (
        special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - 0.5 * (np.log(df) + _LOG_PI)
        - (df + 1) / 2 * np.log1p(y**2 / df)
    )  # fmt: skip


def _f(y: Any, n: Any, m: Any) -> Any:
    return (
        special.xlogy(m / 2, m) + special.xlogy(n / 2, n) + special.xlogy(n / 2 - 1, y)
        - (n + m) / 2 * np.log(m + n * y) - special.betaln(n / 2, m / 2)
    )  # fmt: skip


def _tail(y: Any) -> Any:
    """½ e^(−|y|), with the slope of the right side at 0."""
    return 0.5 * np.exp(np.where(y > 0, -y, y))


def _combinations(n: Any, k: Any) -> Any:
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


def _are_whole(n: Any) -> Any:
    return np.logical_and(n >= 0, np.floor(n) == n)


def _is_share(p: Any) -> Any:
    return np.logical_and(p >= 0, p <= 1)


def _is_positive_share(p: Any) -> Any:
    return np.logical_and(p > 0, p <= 1)


def _binomial(k: Any, n: Any, p: Any) -> Any:
    return _combinations(n, k) + special.xlogy(k, p) + special.xlog1py(n - k, -p)


LAWS: dict[str, Law] = {
    "norm": _symmetric(lambda y: -0.5 * y**2 - _HALF_LOG_2PI, special.ndtr, special.log_ndtr),
    "t": _symmetric(_t, lambda y, df: special.stdtr(df, y)),
    "laplace": _symmetric(lambda y: -np.abs(y) - _LOG_2, lambda y: np.where(y > 0, 1 - _tail(y), _tail(y))),
    "logistic": _symmetric(lambda y: -np.abs(y) - 2 * np.log1p(np.exp(-np.abs(y))), special.expit, special.log_expit),
    "cauchy": _symmetric(lambda y: -_LOG_PI - np.log1p(y**2), lambda y: np.arctan2(1.0, -y) / math.pi),
    "gumbel_r": Law(
        log=lambda y: -y - np.exp(-y),
        below=lambda y: np.exp(-np.exp(-y)),
        above=lambda y: -np.expm1(-np.exp(-y)),
        log_below=lambda y: -np.exp(-y),
    ),
    "gumbel_l": _left(lambda y: -np.exp(y), log=lambda y: y - np.exp(y), low=-math.inf),
    "skewnorm": Law(
        log=lambda y, a: _LOG_2 - _HALF_LOG_2PI - 0.5 * y**2 + special.log_ndtr(a * y), valid=lambda a: np.isfinite(a)
    ),
    "vonmises": Law(
        log=lambda y, kappa: (
            -2 * kappa * np.sin(y / 2) ** 2 - 2 * _HALF_LOG_2PI - np.log(special.i0e(kappa))
        ),
        valid=lambda kappa: kappa >= 0,
    ),
    "gamma": Law(
        log=lambda y, a: special.xlogy(a - 1, y) - y - special.gammaln(a),
        below=lambda y, a: special.gammainc(a, y),
        above=lambda y, a: special.gammaincc(a, y),
        low=0.0,
    ),
    "chi2": Law(
        log=lambda y, df: special.xlogy(df / 2 - 1, y) - y / 2 - special.gammaln(df / 2) - _LOG_2 / 2 * df,
        below=lambda y, df: special.gammainc(df / 2, y / 2),
        above=lambda y, df: special.gammaincc(df / 2, y / 2),
        low=0.0,
    ),
    "invgamma": Law(
        log=lambda y, a: -(a + 1) * np.log(y) - special.gammaln(a) - 1 / y,
        below=lambda y, a: special.gammaincc(a, 1 / y),
        above=lambda y, a: special.gammainc(a, 1 / y),
        low=0.0,
    ),
    "beta": Law(
        log=lambda y, a, b: special.xlog1py(b - 1, -y) + special.xlogy(a - 1, y) - special.betaln(a, b),
        below=lambda y, a, b: special.betainc(a, b, y),
        above=lambda y, a, b: special.betaincc(a, b, y),
        low=0.0,
        high=1.0,
    ),
    "f": Law(
        log=_f,
        below=lambda y, n, m: special.betainc(n / 2, m / 2, n * y / (m + n * y)),
        above=lambda y, n, m: special.betainc(m / 2, n / 2, m / (m + n * y)),
        low=0.0,
    ),
    "expon": _left(lambda y: -y, log=lambda y: -y),
    "uniform": Law(log=lambda y: 0.0 * y, below=lambda y: y, above=lambda y: 1 - y, low=0.0, high=1.0),
    "lognorm": Law(
        log=lambda y, s: -0.5 * (np.log(y) / s) ** 2 - np.log(s * y) - _HALF_LOG_2PI,
        below=lambda y, s: special.ndtr(np.log(y) / s),
        above=lambda y, s: special.ndtr(-np.log(y) / s),
        log_below=lambda y, s: special.log_ndtr(np.log(y) / s),
        log_above=lambda y, s: special.log_ndtr(-np.log(y) / s),
        low=0.0,
    ),
    "halfnorm": Law(
        log=lambda y: _LOG_2 - _HALF_LOG_2PI - 0.5 * y**2,
        below=lambda y: special.erf(y / _ROOT_2),
        above=lambda y: 2 * special.ndtr(-y),
        log_above=lambda y: _LOG_2 + special.log_ndtr(-y),
        low=0.0,
    ),
    "halfcauchy": Law(
        log=lambda y: _LOG_2 - _LOG_PI - np.log1p(y**2),
        below=lambda y: np.arctan(y) * (2 / math.pi),
        above=lambda y: np.arctan2(1.0, y) * (2 / math.pi),
        low=0.0,
    ),
    "rayleigh": _left(lambda y: -0.5 * y**2, log=lambda y: np.log(y) - 0.5 * y**2),
    "pareto": _left(
        lambda y, b: -b * np.log(y), log=lambda y, b: np.log(b) - (b + 1) * np.log(y), low=1.0, within=2.0
    ),
    "weibull_min": _left(lambda y, c: -(y**c), log=lambda y, c: np.log(c) + special.xlogy(c - 1, y) - y**c),
    "invgauss": Law(
        log=lambda y, mu: -_HALF_LOG_2PI - 1.5 * np.log(y) - (y / mu - 1) ** 2 / (2 * y), low=0.0
    ),
    "poisson": Law(
        log=lambda k, mu: special.xlogy(k, mu) - special.gammaln(k + 1) - mu,
        below=lambda k, mu: special.gammaincc(k + 1, mu),
        above=lambda k, mu: special.gammainc(k + 1, mu),
        low=0.0,
        within=0.0,
        valid=lambda mu: mu >= 0,
        counts=True,
    ),
    "binom": Law(
        log=lambda k, n, p: _binomial(k, stop_gradient(n), p),
        below=lambda k, n, p: special.betaincc(k + 1, stop_gradient(n) - k, p),
        above=lambda k, n, p: special.betainc(k + 1, stop_gradient(n) - k, p),
        low=0.0,
        high=lambda n, p: n,
        within=0.0,
        valid=lambda n, p: np.logical_and(_are_whole(n), _is_share(p)),
        counts=True,
    ),
    "bernoulli": Law(
        log=lambda k, p: special.xlogy(k, p) + special.xlog1py(1 - k, -p),
        below=lambda k, p: 1 - p + 0.0 * k,
        above=lambda k, p: p + 0.0 * k,
        low=0.0,
        high=1.0,
        within=0.0,
        valid=_is_share,
        counts=True,
    ),
    "geom": _left(
        lambda k, p: special.xlog1py(k, -p), log=lambda k, p: special.xlog1py(k - 1, -p) + np.log(p), low=1.0, within=1.0,
        valid=_is_positive_share, counts=True,
    ),
    "nbinom": Law(
        log=lambda k, n, p: (
            special.gammaln(n + k) - special.gammaln(k + 1) - special.gammaln(n) + n * np.log(p) + special.xlog1py(k, -p)
        ),
        below=lambda k, n, p: special.betainc(n, k + 1, p),
        above=lambda k, n, p: special.betaincc(n, k + 1, p),
        low=0.0,
        within=0.0,
        valid=lambda n, p: np.logical_and(n > 0, _is_positive_share(p)),
        counts=True,
    ),
    "betabinom": Law(
        log=lambda k, n, a, b: (
            _combinations(stop_gradient(n), k)
            + special.betaln(k + a, stop_gradient(n) - k + b)
            - special.betaln(a, b)
        ),
        low=0.0,
        high=lambda n, a, b: n,
        within=0.0,
        valid=lambda n, a, b: np.logical_and(_are_whole(n), np.logical_and(a > 0, b > 0)),
        counts=True,
    ),
}  # fmt: skip
_LAWS = {type(getattr(stats, name)): law for name, law in LAWS.items()}  # a frozen distribution holds another object


# ---- with location and scale ---------------------------------------------------------------------------------------------


def _where(mask: Any, one: Any, other: Any) -> Any:
    """`np.where`, or only what is chosen everywhere by a mask that is plain."""
    return other if not isinstance(mask, Traced) and not np.any(mask) else np.where(mask, one, other)


def _if_valid(valid: Any, found: Any) -> Any:
    return found if not isinstance(valid, Traced) and np.all(valid) else np.where(valid, found, np.nan)


def _is_plainly(value: Any, number: float) -> bool:
    return not isinstance(value, Traced) and np.ndim(value) == 0 and value == number


class _Standardized:
    """What a method of a distribution is asked: y with the shape parameters, and where it says nothing of them."""

    def __init__(self, distribution: Any, x: Any, args: Any, keywords: Any):
        if type(distribution) not in _LAWS:
            refuse("scipy.stats.{name} has no derivative here", LIBRARY["logpdf"], name=distribution.name)
        self.law = _LAWS[type(distribution)]
        shapes, loc, self.scale = distribution._parse_args(*args, **keywords)
        self.shapes = tuple(map(array_of, shapes))
        y = array_of(x) if _is_plainly(loc, 0) else x - array_of(loc)
        y = y if _is_plainly(self.scale, 1) else y / self.scale
        self.y = stop_gradient(float64_of(y)) if self.law.counts else y if y.dtype == np.float64 else float64_of(y)
        self.high = self.law.high(*self.shapes) if callable(self.law.high) else self.law.high
        self.valid = self.law.valid(*self.shapes) if self.shapes else True

    def at(self, rule: Rule, outside: Any, y: Any) -> Any:
        """A rule's value at y, where it is not outside; there it would be computed from what has no value."""
        return rule(_where(outside, self.law.within, y), *self.shapes)

    def log_density(self) -> Any:
        """The logarithm of the density, −∞ outside of the support."""
        y, law = self.y, self.law
        outside = _beyond(y < law.low if law.low > -math.inf else False, y > self.high if _ends(self.high) else False)
        if law.counts:
            outside = _beyond(outside, y - np.floor(y) > 0)
        found = _if_valid(self.valid, _where(outside, -np.inf, self.at(law.log, outside, y)))
        # A scale that is not positive makes this NaN, since of 0 it is ∞ − ∞.
        return found if _is_plainly(self.scale, 1) else found - np.log(self.scale)

    def probability(self, rule: Rule, before: float, behind: float) -> Any:
        """A probability or its logarithm, which is `before` up to the support and `behind` from its end on."""
        y, law = self.y, self.law
        y = np.floor(y) if law.counts else y
        low = False if law.low == -math.inf else y < law.low if law.counts else y <= law.low
        high = y >= self.high if _ends(self.high) else False
        found = self.at(rule, _beyond(low, high), y)
        valid = self.valid if _is_plainly(self.scale, 1) else _both(self.valid, array_of(self.scale) > 0)
        return _if_valid(valid, _where(low, before, _where(high, behind, found)))


def _ends(high: Any) -> bool:
    return isinstance(high, Traced) or not _is_plainly(high, math.inf)


def _beyond(one: Any, other: Any) -> Any:
    return other if one is False else one if other is False else np.logical_or(one, other)


def _logarithm(rule: Rule) -> Rule:
    return lambda *inputs: np.log(rule(*inputs))


def _log_density(self: Any, x: Any, *args: Any, **keywords: Any) -> Any:
    return _Standardized(self, x, args, keywords).log_density()


def _density(self: Any, x: Any, *args: Any, **keywords: Any) -> Any:
    return np.exp(_Standardized(self, x, args, keywords).log_density())


def _probability(side: str, is_log: bool, before: float, behind: float) -> Rule:
    def probability(self: Any, x: Any, *args: Any, **keywords: Any) -> Any:
        asked = _Standardized(self, x, args, keywords)
        rule, log = getattr(asked.law, side), getattr(asked.law, f"log_{side}")
        if rule is None:
            refuse("the probabilities of scipy.stats.{name} have no derivative here", LIBRARY["cdf"], name=self.name)
        if is_log and log is None:
            log = _logarithm(rule)
        return asked.probability(log if is_log else rule, before, behind)

    return probability


class Frozen:
    """A distribution with parameters of which one is traced."""

    def __init__(self, dist: Any, *args: Any, **keywords: Any):
        self.dist, self.args, self.kwds = dist, args, keywords

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(self.dist, name)
        if name not in DENSITIES:
            refuse("{name}() of a distribution with traced parameters has no derivative here", GENERAL, name=name)
        return lambda x: method(x, *self.args, **self.kwds)


_METHODS = {
    "logpdf": _log_density, "logpmf": _log_density, "pdf": _density, "pmf": _density,
    "cdf": _probability("below", False, 0.0, 1.0), "logcdf": _probability("below", True, -np.inf, 0.0),
    "sf": _probability("above", False, 1.0, 0.0), "logsf": _probability("above", True, 0.0, -np.inf),
    "freeze": Frozen, "__call__": Frozen,
}  # fmt: skip


def _enter(kind: type, methods: dict[str, Any]) -> None:
    """Enter the versions of methods by their own, which others may stand in for now."""
    for name, ours in methods.items():
        if name in vars(kind):
            VERSIONS[inspect.unwrap(vars(kind)[name])] = ours


def _of_frozen(method: Any) -> Rule:
    return lambda self, x: method(self.dist, x, *self.args, **self.kwds)


for _kind in {*stats.rv_continuous.__mro__, *stats.rv_discrete.__mro__}:
    _enter(_kind, _METHODS)
for _kind in {*type(stats.norm()).__mro__, *type(stats.poisson(1.0)).__mro__}:
    _enter(_kind, {name: _of_frozen(_METHODS[name]) for name in DENSITIES})


# ---- of several numbers ----------------------------------------------------------------------------------------------


_SINGULAR = 1e6 * np.finfo(float).eps  # below it SciPy takes an eigenvalue for 0, beside the largest one


def _normal_density(self: Any, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """By Cholesky's factor, which like SciPy reads the lower triangle."""
    x, cov = array_of(x), array_of(cov)
    size = np.shape(mean)[-1] if np.ndim(mean) else np.shape(cov)[-1] if np.ndim(cov) else 1
    if np.ndim(cov) < 2:
        cov = (cov if np.ndim(cov) == 0 else cov[:, None]) * of_size("eye", size, x if isinstance(x, Traced) else cov)
    if np.ndim(x) == 0 or (np.ndim(x) == 1 and size == 1):
        x = x[..., None]
    if allow_singular:
        sizes = np.linalg.eigvalsh(cov)
        if not sizes[0] > _SINGULAR * sizes[-1]:
            refuse(
                "a singular covariance has no derivative here",
                "leave allow_singular out, or add a small number to its diagonal",
            )
    deviation = x if mean is None else x - array_of(mean)
    if np.shape(deviation)[-1] != size:
        deviation = deviation - filled((size,), 0.0, float, deviation)
    lower = np.linalg.cholesky(cov)
    rows = np.reshape(deviation, (-1, size))
    scores = solve_triangular(lower, transposed(rows), lower=True)
    lengths = np.reshape(np.sum(scores * scores, axis=0), np.shape(deviation)[:-1])
    return np.squeeze(-0.5 * lengths) - np.sum(np.log(np.diagonal(lower))) - size * _HALF_LOG_2PI


def _dirichlet_density(self: Any, x: Any, alpha: Any) -> Any:
    """Where SciPy raises an error, for parameters or shares that are none, the value is NaN."""
    x, alpha = array_of(x), array_of(alpha)
    if np.shape(x)[0] + 1 == np.shape(alpha)[0]:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    shares = np.logical_and(np.all(x >= 0), np.all(np.abs(np.sum(x, axis=0) - 1) < 1e-9))
    powers = np.reshape(alpha - 1, (-1,) + (1,) * (np.ndim(x) - 1))
    found = np.sum(special.xlogy(powers, x), axis=0) + special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    return _if_valid(np.logical_and(np.all(alpha > 0), shares), np.squeeze(found))


def _with_attributes(log: Rule, names: tuple[str, ...]) -> Rule:
    return lambda self, x: log(self, x, *(getattr(self, name) for name in names))


def _exponential(log: Rule) -> Rule:
    return lambda *args, **keywords: np.exp(log(*args, **keywords))


for _law, _frozen, _log, _parameters in (
    (stats.multivariate_normal, stats.multivariate_normal(), _normal_density, ("mean", "cov", "allow_singular")),
    (stats.dirichlet, stats.dirichlet([1.0, 1.0]), _dirichlet_density, ("alpha",)),
):
    _enter(type(_law), {"logpdf": _log, "pdf": _exponential(_log), "__call__": Frozen})
    _own = _with_attributes(_log, _parameters)
    _enter(type(_frozen), {"logpdf": _own, "pdf": _exponential(_own)})
