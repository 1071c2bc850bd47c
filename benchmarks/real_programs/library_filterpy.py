"""filterpy itself, whose filters get measurements or noises that are differentiated."""

import numpy as np
from filterpy.common import Q_discrete_white_noise, van_loan_discretization
from filterpy.gh import GHFilter
from filterpy.kalman import (
    ExtendedKalmanFilter,
    FadingKalmanFilter,
    InformationFilter,
    KalmanFilter,
    MerweScaledSigmaPoints,
    UnscentedKalmanFilter,
)
from filterpy.leastsq import LeastSquaresFilter
from filterpy.stats import gaussian, multivariate_gaussian

from .entering import given, normal, program, within

SEEN = np.sin(np.arange(6) / 3.0)


def tracker(kind=KalmanFilter, **settings):
    f = kind(dim_x=2, dim_z=1, **settings)
    f.F = np.array([[1.0, 0.5], [0.0, 1.0]])
    f.H = np.array([[1.0, 0.0]])
    f.x = np.array([[0.0], [0.3]])
    return f


@program("filterpy.kalman.KalmanFilter: measurements", normal(5))
def filterpy_measurements(zs):
    f = tracker()
    for z in zs:
        f.predict()
        f.update(z)
    return np.sum(f.x**2)


@program("filterpy.kalman.KalmanFilter: noises", within(0.3, 1.2, (), ()))
def filterpy_noises(q, r):
    f = tracker()
    f.Q = np.eye(2) * q
    f.R = f.R * r
    loss = 0.0
    for z in SEEN:
        f.predict()
        f.update(z)
        loss = loss + f.y[0, 0] ** 2 / f.S[0, 0] + np.log(f.S[0, 0])
    return loss


@program("filterpy.kalman.FadingKalmanFilter", normal(5))
def filterpy_fading(zs):
    f = tracker(FadingKalmanFilter, alpha=1.02)
    for z in zs:
        f.predict()
        f.update(z)
    return np.sum(f.x**2)


@program("filterpy.kalman.InformationFilter", normal(4))
def filterpy_information(zs):
    f = tracker(InformationFilter)
    for z in zs:
        f.predict()
        f.update(z)
    return np.sum(f.x**2)


@program("filterpy.kalman.ExtendedKalmanFilter: a range", within(1.5, 3, 4))
def filterpy_extended(zs):
    f = ExtendedKalmanFilter(dim_x=2, dim_z=1)
    f.x = np.array([1.0, 0.5])
    f.F = np.array([[1.0, 0.1], [0.0, 1.0]])
    for z in zs:
        f.predict()
        f.update(
            np.array([z]),
            lambda x: np.array([[x[0] / np.sqrt(x[0] ** 2 + 4), 0.0]]),
            lambda x: np.array([np.sqrt(x[0] ** 2 + 4)]),
        )
    return np.sum(f.x**2)


@program("filterpy.kalman.UnscentedKalmanFilter", within(1.5, 3, 3))
def filterpy_unscented(zs):
    points = MerweScaledSigmaPoints(2, alpha=0.5, beta=2.0, kappa=1.0)
    f = UnscentedKalmanFilter(
        dim_x=2, dim_z=1, dt=0.1, points=points,
        fx=lambda x, dt: np.array([x[0] + dt * x[1], x[1]]),
        hx=lambda x: np.array([np.sqrt(x[0] ** 2 + 4)]),
    )  # fmt: skip
    f.x = np.array([1.0, 0.5])
    for z in zs:
        f.predict()
        f.update(z)
    return np.sum(f.x**2)


@program("filterpy.kalman.KalmanFilter.batch_filter and rts_smoother", normal((5, 1)))
def filterpy_smoother(zs):
    f = tracker()
    means, covariances, _, _ = f.batch_filter(zs)
    smooth, _, _, _ = f.rts_smoother(means, covariances)
    return np.sum(smooth**2)


@program("filterpy.gh.GHFilter", given(0.5, 0.2))
def filterpy_gh(g, h):
    f = GHFilter(x=0.0, dx=0.3, dt=1.0, g=g, h=h)
    for z in SEEN:
        f.update(z)
    return f.x * f.dx


@program("filterpy.leastsq.LeastSquaresFilter", normal(5))
def filterpy_least_squares(zs):
    f = LeastSquaresFilter(dt=0.5, order=1)
    for z in zs:
        f.update(z)
    return np.sum(f.x**2)


@program("filterpy.common: discretization", within(0.5, 1.5, (), ()))
def filterpy_discretization(dt, variance):
    Q = Q_discrete_white_noise(dim=2, dt=dt, var=variance, block_size=2)
    phi, Q2 = van_loan_discretization(np.array([[0.0, 1.0], [-1.0, 0.0]]), np.array([[0.0], [1.0]]) * variance, dt)
    return np.sum(Q**2) + np.sum(phi * Q2)


@program("filterpy.stats: densities", normal(2, ()))
def filterpy_densities(x, mean):
    cov = np.array([[1.0, 0.2], [0.2, 0.5]])
    return gaussian(x[0], mean, 0.7) * multivariate_gaussian(x, np.zeros(2), cov)
