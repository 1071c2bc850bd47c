"""Patterns of lindermanlab/ssm and mattjj/svae."""

import numpy as np
from numpy.random import default_rng
from scipy.linalg import solve_triangular
from scipy.special import digamma, gammaln, logsumexp, multigammaln

from .entering import normal, program, within

random = default_rng(4)
DATA = np.cumsum(random.normal(size=(8, 2)), axis=0) * 0.3
COUNTS = random.poisson(2.0, (8, 2))


@program("ssm/hmm.py: Gaussian observations", normal((3, 3), (3, 2), (3, 2), scale=0.5))
def gaussian_hidden_markov(log_Ps, mus, log_sigmasq):
    log_Ps = log_Ps - logsumexp(log_Ps, axis=1, keepdims=True)
    sigmas = np.exp(log_sigmasq)
    lls = -0.5 * np.sum(np.log(2 * np.pi * sigmas) + (DATA[:, None, :] - mus) ** 2 / sigmas, axis=2)
    alphas = np.zeros((8, 3))
    alphas[0] = lls[0] - np.log(3)
    for t in range(7):
        m = np.max(alphas[t])
        alphas[t + 1] = np.log(np.dot(np.exp(alphas[t] - m), np.exp(log_Ps))) + m + lls[t + 1]
    return logsumexp(alphas[7])


def gaussian_hidden_markov_after(log_Ps, mus, log_sigmasq):
    log_Ps = log_Ps - logsumexp(log_Ps, axis=1, keepdims=True)
    sigmas = np.exp(log_sigmasq)
    lls = -0.5 * np.sum(np.log(2 * np.pi * sigmas) + (DATA[:, None, :] - mus) ** 2 / sigmas, axis=2)
    alpha = lls[0] - np.log(3)
    for t in range(7):
        m = np.max(alpha)
        alpha = np.log(np.dot(np.exp(alpha - m), np.exp(log_Ps))) + m + lls[t + 1]
    return logsumexp(alpha)


@program("ssm/messages.py: backward messages", normal((3, 3), (8, 3), scale=0.5))
def backward_messages(log_Ps, lls):
    betas = np.zeros((8, 3))
    tmp = np.zeros(3)
    for t in range(6, -1, -1):
        for j in range(3):
            tmp[j] = lls[t + 1, j] + betas[t + 1, j]
        m = np.max(tmp)
        for i in range(3):
            betas[t, i] = m + np.log(np.sum(np.exp(log_Ps[i] + tmp - m)))
    return np.sum(betas**2)


@program("ssm/messages.py: expected transitions", normal((2, 2), (6, 2), scale=0.5))
def expected_transitions(log_Ps, lls):
    alphas, betas = np.zeros((6, 2)), np.zeros((6, 2))
    alphas[0] = lls[0]
    for t in range(5):
        alphas[t + 1] = logsumexp(alphas[t][:, None] + log_Ps, axis=0) + lls[t + 1]
    for t in range(4, -1, -1):
        betas[t] = logsumexp(log_Ps + betas[t + 1] + lls[t + 1], axis=1)
    joint = alphas[:-1, :, None] + log_Ps + betas[1:, None, :] + lls[1:, None, :]
    joint -= joint.max((1, 2))[:, None, None]
    joint = np.exp(joint)
    joint /= joint.sum((1, 2))[:, None, None]
    return np.sum(joint[:, 0, 1] ** 2)


@program("ssm/observations.py: autoregressive", normal((2, 2, 2), (2, 2), scale=0.4))
def autoregressive_observations(As, bs):
    T = len(DATA)
    mus = np.empty((T, 2, 2))
    for k in range(2):
        mus[0, k] = 0.0
        mus[1:, k] = DATA[:-1].dot(As[k].T) + bs[k]
    return -0.5 * np.sum((DATA[:, None] - mus) ** 2) - 0.1 * np.sum(mus[:, 0] * mus[:, 1])


def autoregressive_observations_after(As, bs):
    T = len(DATA)
    mus = np.empty((T, 2, 2))
    for k in range(2):
        mus[0, k] = 0.0
        mus[1:, k] = DATA[:-1] @ As[k].T + bs[k]
    return -0.5 * np.sum((DATA[:, None] - mus) ** 2) - 0.1 * np.sum(mus[:, 0] * mus[:, 1])


@program("ssm/observations.py: Poisson with a soft rectifier", normal((3, 2)))
def poisson_observations(log_lambdas):
    lambdas = np.log1p(np.exp(log_lambdas))
    return np.sum(COUNTS[:, None] * np.log(lambdas) - lambdas - gammaln(COUNTS[:, None] + 1.0))


@program("ssm/transitions.py: recurrent, stuck to states", normal((3, 2), 3, scale=0.5))
def recurrent_transitions(Rs, r):
    log_Ps = np.dot(DATA, Rs.T)[:, None, :] + r
    log_Ps = log_Ps + 0.5 * np.eye(3)
    log_Ps = log_Ps - logsumexp(log_Ps, axis=2, keepdims=True)
    return np.sum(log_Ps[:, 0, 1])


@program("ssm/stats.py: Student's t and multivariate normal", normal((2, 2), 2))
def densities_of_states(root, mean):
    Sigma = root @ root.T + np.eye(2)
    L = np.linalg.cholesky(Sigma)
    x = DATA - mean
    xs = np.array([solve_triangular(L, each, lower=True) for each in x])
    M = np.sum(xs**2, axis=1)
    half_log_det = np.sum(np.log(np.diag(L)))
    t = gammaln(2.5) - gammaln(1.5) - half_log_det - np.log(3 * np.pi) - 2.5 * np.log1p(M / 3)
    return np.sum(t - 0.5 * M)


def densities_of_states_after(root, mean):
    Sigma = root @ root.T + np.eye(2)
    L = np.linalg.cholesky(Sigma)
    x = DATA - mean
    xs = np.array([np.linalg.solve(np.tril(L), each) for each in x])
    M = np.sum(xs**2, axis=1)
    half_log_det = np.sum(np.log(np.diag(L)))
    t = gammaln(2.5) - gammaln(1.5) - half_log_det - np.log(3 * np.pi) - 2.5 * np.log1p(M / 3)
    return np.sum(t - 0.5 * M)


@program("ssm/util.py: a path of discrete states, softly one-hot", normal((8, 3)))
def one_hot_paths(logits):
    z = np.argmax(logits, axis=1)
    zoh = np.zeros((8, 3))
    zoh[np.arange(8), z] = 1
    soft = np.exp(logits - logits.max(axis=1, keepdims=True))
    soft /= soft.sum(axis=1, keepdims=True)
    return np.sum(zoh * np.log(soft)) + np.sum(soft**2)


@program("ssm/primitives.py: block tridiagonal likelihood", normal((4, 2, 2), (3, 2, 2), scale=0.4))
def block_tridiagonal(diagonal, lower):
    T, D = 4, 2
    J = np.zeros((T * D, T * D))
    for t in range(T):
        J[t * D : (t + 1) * D, t * D : (t + 1) * D] = diagonal[t] @ diagonal[t].T + 2 * np.eye(D)
    for t in range(T - 1):
        J[(t + 1) * D : (t + 2) * D, t * D : (t + 1) * D] = 0.3 * lower[t]
        J[t * D : (t + 1) * D, (t + 1) * D : (t + 2) * D] = 0.3 * lower[t].T
    x = DATA[:4].ravel()
    return 0.5 * np.linalg.slogdet(J)[1] - 0.5 * np.dot(x, np.dot(J, x))


@program("svae/distributions/gaussian.py: natural parameters", normal((2, 2), 2))
def gaussian_log_partition(root, h):
    J = -0.5 * (root @ root.T + np.eye(2))
    L = np.linalg.cholesky(-2 * J)
    quad = np.dot(h, np.linalg.solve(-2 * J, h))
    return 0.5 * quad - np.sum(np.log(np.diagonal(L, axis1=-1, axis2=-2)))


@program("svae/distributions/niw.py: inverse Wishart", within(4, 6, ()))
def inverse_wishart(nu):
    S = np.array([[2.0, 0.3], [0.3, 1.0]])
    E_J = nu * np.linalg.inv(S)
    E_logdet = digamma((nu - np.arange(2.0)) / 2).sum() + 2 * np.log(2) - np.linalg.slogdet(S)[1]
    return np.sum(E_J**2) + E_logdet + multigammaln(nu / 2, 2)


def inverse_wishart_after(nu):
    S = np.array([[2.0, 0.3], [0.3, 1.0]])
    E_J = nu * np.linalg.inv(S)
    E_logdet = digamma((nu - np.arange(2.0)) / 2).sum() + 2 * np.log(2) - np.linalg.slogdet(S)[1]
    return np.sum(E_J**2) + E_logdet + 0.5 * np.log(np.pi) + np.sum(gammaln(nu / 2 - np.array([0.0, 0.5])))


@program("svae/distributions/dirichlet.py", within(0.5, 2, 4))
def dirichlet_statistics(alpha):
    expected = digamma(alpha) - digamma(np.sum(alpha, -1, keepdims=True))
    log_partition = np.sum(gammaln(alpha), -1) - gammaln(np.sum(alpha, -1))
    return np.sum(expected * (alpha - 1)) - log_partition


@program("svae/lds: information filter", normal((2, 2), (5, 2), scale=0.4))
def information_filter(A, nodes):
    J, h, lognorm = np.eye(2), np.zeros(2), 0.0
    for node in nodes:
        J, h = J + 0.5 * np.eye(2), h + node
        J11, J12, J22 = A.T @ A, -A.T, np.eye(2)
        L = np.linalg.cholesky(J + J11)
        v = solve_triangular(L, h, lower=True)
        lognorm += 0.5 * np.dot(v, v) - np.sum(np.log(np.diag(L)))
        temp = solve_triangular(L, J12, lower=True)
        h = -np.dot(temp.T, v)
        J = J22 - np.dot(temp.T, temp)
    return lognorm + np.sum(h**2)


def information_filter_after(A, nodes):
    J, h, lognorm = np.eye(2), np.zeros(2), 0.0
    for node in nodes:
        J, h = J + 0.5 * np.eye(2), h + node
        J11, J12, J22 = A.T @ A, -A.T, np.eye(2)
        L = np.linalg.cholesky(J + J11)
        v = np.linalg.solve(np.tril(L), h)
        lognorm += 0.5 * np.dot(v, v) - np.sum(np.log(np.diag(L)))
        temp = np.linalg.solve(np.tril(L), J12)
        h = -np.dot(temp.T, v)
        J = J22 - np.dot(temp.T, temp)
    return lognorm + np.sum(h**2)


@program("svae/models/gmm: local mean field", normal((6, 2), (3, 2), scale=0.7))
def local_mean_field(nodes, centers):
    label_stats = np.ones((6, 3)) / 3
    for i in range(3):
        gaussians = nodes + np.dot(label_stats, centers)
        scores = np.dot(gaussians, centers.T) - 0.5 * np.sum(centers**2, axis=1)
        label_stats = np.exp(scores - logsumexp(scores, axis=1)[:, None])
    return np.sum(label_stats * scores) + np.tensordot(gaussians, nodes, 2)
