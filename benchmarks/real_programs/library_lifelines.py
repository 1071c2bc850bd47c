"""Likelihoods of lifelines' own models, which it differentiates by autograd, as functions of their parameters."""

import numpy as np
from lifelines import (
    ExponentialFitter,
    GeneralizedGammaFitter,
    LogLogisticFitter,
    LogNormalAFTFitter,
    LogNormalFitter,
    MixtureCureFitter,
    PiecewiseExponentialFitter,
    SplineFitter,
    WeibullAFTFitter,
    WeibullFitter,
)
from numpy.random import default_rng

from .entering import program, within

random = default_rng(8)
TIMES = random.weibull(1.5, 20) * 2 + 0.05
SEEN = (random.random(20) < 0.7).astype(bool)
WEIGHTS, ENTRY = np.ones(20), np.zeros(20)
X = np.column_stack([random.normal(size=20), np.ones(20)])


def fitted(fitter, params):
    """The mean negative log-likelihood of censored times."""
    return fitter._negative_log_likelihood_right_censoring(params, (TIMES, None), SEEN, ENTRY, WEIGHTS)


@program("fitters/weibull_fitter.py", within(0.7, 1.6, 2))
def lifelines_weibull(params):
    return fitted(WeibullFitter(), params)


@program("fitters/exponential_fitter.py", within(0.7, 1.6, 1))
def lifelines_exponential(params):
    return fitted(ExponentialFitter(), params)


@program("fitters/log_normal_fitter.py", within(0.7, 1.6, 2))
def lifelines_log_normal(params):
    return fitted(LogNormalFitter(), params)


@program("fitters/log_logistic_fitter.py", within(0.7, 1.6, 2))
def lifelines_log_logistic(params):
    return fitted(LogLogisticFitter(), params)


@program("fitters/generalized_gamma_fitter.py", within(0.4, 0.9, 3))
def lifelines_generalized_gamma(params):
    return fitted(GeneralizedGammaFitter(), params)


@program("fitters/piecewise_exponential_fitter.py", within(0.7, 1.6, 3))
def lifelines_piecewise(params):
    return fitted(PiecewiseExponentialFitter([0.8, 1.6]), params)


@program("fitters/spline_fitter.py", within(0.3, 0.6, 3))
def lifelines_spline(params):
    return fitted(SplineFitter(np.percentile(TIMES[SEEN], [10, 50, 90])), params)


@program("fitters/mixture_cure_fitter.py", within(0.3, 0.6, 3))
def lifelines_mixture_cure(params):
    return fitted(MixtureCureFitter(base_fitter=WeibullFitter()), params)


@program("fitters/weibull_aft_fitter.py", within(0.2, 0.7, 3))
def lifelines_weibull_regression(params):
    fitter = WeibullAFTFitter()
    by_name = {"lambda_": params[:2], "rho_": params[2:]}
    hazard = fitter._cumulative_hazard(by_name, TIMES, {"lambda_": X, "rho_": X[:, 1:]})
    log_hazard = fitter._log_hazard(by_name, TIMES, {"lambda_": X, "rho_": X[:, 1:]})
    return np.mean(hazard - SEEN * log_hazard)


@program("fitters/log_normal_aft_fitter.py", within(0.2, 0.7, 3))
def lifelines_log_normal_regression(params):
    fitter = LogNormalAFTFitter()
    by_name = {"mu_": params[:2], "sigma_": params[2:]}
    hazard = fitter._cumulative_hazard(by_name, TIMES, {"mu_": X, "sigma_": X[:, 1:]})
    return np.mean(hazard)
