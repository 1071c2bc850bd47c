"""Likelihoods of statsmodels' own models, as functions of their parameters."""

import numpy as np
import statsmodels.api as sm
from numpy.random import default_rng
from statsmodels.discrete.count_model import ZeroInflatedPoisson
from statsmodels.discrete.discrete_model import GeneralizedPoisson, NegativeBinomialP
from statsmodels.discrete.truncated_model import TruncatedLFPoisson
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.othermod.betareg import BetaModel

from .entering import normal, program

random = default_rng(7)
X = np.column_stack([np.ones(25), random.normal(size=(25, 2))])
ETA = X @ np.array([0.3, 0.5, -0.4])
BINARY = (random.random(25) < 1 / (1 + np.exp(-ETA))).astype(float)
COUNTS = random.poisson(np.exp(ETA)).astype(float)
CLASSES = random.integers(0, 3, 25)
REAL = ETA + 0.3 * random.normal(size=25)
SHARES = np.clip(1 / (1 + np.exp(-REAL)), 0.05, 0.95)


@program("discrete_model.Logit", normal(3, scale=0.3))
def statsmodels_logit(params):
    return sm.Logit(BINARY, X).loglike(params)


@program("discrete_model.Probit", normal(3, scale=0.3))
def statsmodels_probit(params):
    return sm.Probit(BINARY, X).loglike(params)


@program("discrete_model.Poisson", normal(3, scale=0.3))
def statsmodels_poisson(params):
    return sm.Poisson(COUNTS, X).loglike(params)


@program("discrete_model.MNLogit", normal(6, scale=0.3))
def statsmodels_multinomial(params):
    return sm.MNLogit(CLASSES, X).loglike(params)


@program("discrete_model.NegativeBinomial", normal(4, scale=0.3))
def statsmodels_negative_binomial(params):
    return sm.NegativeBinomial(COUNTS, X).loglike(np.concatenate([params[:3], np.exp(params[3:])]))


@program("discrete_model.NegativeBinomialP", normal(4, scale=0.3))
def statsmodels_negative_binomial_p(params):
    return np.sum(NegativeBinomialP(COUNTS, X).loglikeobs(np.concatenate([params[:3], np.exp(params[3:])])))


@program("discrete_model.GeneralizedPoisson", normal(4, scale=0.1))
def statsmodels_generalized_poisson(params):
    return np.sum(GeneralizedPoisson(COUNTS, X).loglikeobs(params))


@program("count_model.ZeroInflatedPoisson", normal(4, scale=0.3))
def statsmodels_zero_inflated(params):
    return np.sum(ZeroInflatedPoisson(COUNTS, X).loglikeobs(params))


@program("truncated_model.TruncatedLFPoisson", normal(3, scale=0.3))
def statsmodels_truncated(params):
    kept = COUNTS > 0
    return np.sum(TruncatedLFPoisson(COUNTS[kept], X[kept]).loglikeobs(params))


@program("linear_model.OLS", normal(3, scale=0.3))
def statsmodels_least_squares(params):
    return sm.OLS(REAL, X).loglike(params)


@program("linear_model.WLS", normal(3, scale=0.3))
def statsmodels_weighted_least_squares(params):
    return sm.WLS(REAL, X, weights=np.linspace(0.5, 2, 25)).loglike(params)


@program("generalized_linear_model.GLM: gamma", normal(3, scale=0.3))
def statsmodels_gamma(params):
    return sm.GLM(np.exp(REAL), X, family=sm.families.Gamma(sm.families.links.Log())).loglike(params, scale=0.5)


@program("generalized_linear_model.GLM: binomial", normal(3, scale=0.3))
def statsmodels_binomial(params):
    return sm.GLM(BINARY, X, family=sm.families.Binomial()).loglike(params)


@program("ordinal_model.OrderedModel", normal(4, scale=0.3))
def statsmodels_ordered(params):
    return np.sum(OrderedModel(CLASSES, X[:, 1:], distr="logit").loglikeobs(params))


@program("betareg.BetaModel", normal(4, scale=0.3))
def statsmodels_beta(params):
    return np.sum(BetaModel(SHARES, X).loglikeobs(params))


@program("robust.norms: Huber and Tukey", normal(3, scale=0.3))
def statsmodels_robust(params):
    r = REAL - X @ params
    return np.sum(sm.robust.norms.HuberT()(r)) + np.sum(sm.robust.norms.TukeyBiweight()(r))


@program("tsa.arima_process: roots to covariances", normal(2, scale=0.3))
def statsmodels_impulse(params):
    ar, impulse = np.r_[1.0, -params], np.zeros(8)
    impulse[0] = 1.0
    for t in range(1, 8):
        for k in range(1, min(t, 2) + 1):
            impulse[t] -= ar[k] * impulse[t - k]
    return np.sum(impulse**2)
