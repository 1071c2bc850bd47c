"""Patterns of losses and likelihoods in scikit-learn, POT, emcee's tutorials and the courses that people begin with."""

import numpy as np
from numpy.random import default_rng
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import rosen
from scipy.spatial.distance import cdist, pdist, squareform
from scipy.special import betaln, expit, gammaln, log_expit, logsumexp, xlogy

from .entering import both, given, normal, program, within

random = default_rng(5)
X = random.normal(size=(10, 3))
Y = np.sign(X[:, 0] + 0.3)
LABELS = random.integers(0, 3, 10)
COUNTS = random.poisson(3.0, 10)
TIMES = np.linspace(0, 3, 10)
COSTS = np.abs(np.subtract.outer(np.arange(4.0), np.arange(5.0) * 0.8))


@program("scikit-learn: logistic loss with intercept", normal(4))
def logistic_loss(w):
    z = X @ w[:-1] + w[-1]
    return -np.sum(log_expit(Y * z)) + 0.5 * w[:-1] @ w[:-1]


@program("scikit-learn: multinomial loss", normal((3, 4)))
def multinomial_loss(coef):
    raw = X @ coef[:, :-1].T + coef[:, -1]
    return np.sum(logsumexp(raw, axis=1) - np.take_along_axis(raw, LABELS[:, None], axis=1)[:, 0])


@program("scikit-learn: Huber regression", normal(5))
def huber_loss(w):
    sigma = np.exp(w[-1])
    linear_loss = np.abs(Y - X @ w[:3] - w[3])
    outliers_mask = linear_loss > 1.35 * sigma
    outliers = linear_loss[outliers_mask]
    n_outliers = np.count_nonzero(outliers_mask)
    outlier_loss = 2.0 * 1.35 * np.sum(outliers) - sigma * n_outliers * 1.35**2
    non_outliers = linear_loss[~outliers_mask]
    return 10 * sigma + np.dot(non_outliers, non_outliers) / sigma + outlier_loss


@program("scikit-learn: hinge and squared hinge", normal(3))
def hinge_losses(w):
    margin = Y * np.dot(X, w)
    loss = 1 - margin
    loss[loss <= 0] = 0
    return np.sum(loss) + np.mean(np.maximum(0, 1 - margin) ** 2)


def hinge_losses_after(w):
    margin = Y * np.dot(X, w)
    return np.sum(np.where(1 - margin <= 0, 0, 1 - margin)) + np.mean(np.maximum(0, 1 - margin) ** 2)


@program("scikit-learn: Poisson deviance", normal(3, scale=0.4))
def poisson_deviance(w):
    mu = np.exp(X @ w)
    return 2 * np.mean(xlogy(COUNTS, COUNTS / mu) - COUNTS + mu)


@program("scikit-learn: pinball loss", normal(3))
def pinball_loss(w):
    diff = Y - X @ w
    sign = (diff >= 0).astype(diff.dtype)
    return np.average(0.3 * sign * diff - 0.7 * (1 - sign) * diff, weights=np.arange(1.0, 11.0))


@program("scikit-learn: likelihood of a Gaussian process", normal(3, scale=0.3))
def process_likelihood(theta):
    dists = pdist(X / np.exp(theta[1]), metric="sqeuclidean")
    K = squareform(np.exp(-0.5 * dists))
    np.fill_diagonal(K, 1)
    K *= np.exp(theta[0])
    K[np.diag_indices_from(K)] += np.exp(theta[2])
    L = cholesky(K, lower=True)
    alpha = cho_solve((L, True), Y)
    return -0.5 * Y @ alpha - np.log(np.diag(L)).sum()


def process_likelihood_after(theta):
    d = (X[:, None] - X[None]) / np.exp(theta[1])
    K = np.exp(theta[0]) * np.exp(-0.5 * np.sum(d**2, axis=2)) + np.exp(theta[2]) * np.eye(10)
    L = np.linalg.cholesky(K)
    return -0.5 * Y @ np.linalg.solve(K, Y) - np.log(np.diag(L)).sum()


@program("scikit-learn: neighborhood components", normal((2, 3)))
def neighborhood_components(transformation):
    embedded = np.dot(X, transformation.T)
    distances = np.sum((embedded[:, None] - embedded[None]) ** 2, axis=2)
    np.fill_diagonal(distances, np.inf)
    shifted = -distances - np.max(-distances, axis=1, keepdims=True)
    p = np.exp(shifted)
    p = p / np.sum(p, axis=1, keepdims=True)
    mask = LABELS[:, np.newaxis] == LABELS[np.newaxis, :]
    return np.sum(p * mask)


@program("scikit-learn: divergence of t-SNE", normal((6, 2)))
def stochastic_neighbors(params):
    target = np.exp(-pdist(X[:6], "sqeuclidean"))
    target /= target.sum()
    dist = pdist(params, "sqeuclidean")
    dist /= 1.0
    dist += 1.0
    dist **= -1.0
    Q = np.maximum(dist / (2.0 * np.sum(dist)), 1e-15)
    return 2.0 * np.dot(target, np.log(np.maximum(target, 1e-15) / Q))


def stochastic_neighbors_after(params):
    target = np.exp(-pdist(X[:6], "sqeuclidean"))
    target /= target.sum()
    i, j = np.triu_indices(6, 1)
    dist = 1.0 / (1.0 + np.sum((params[i] - params[j]) ** 2, axis=1))
    Q = np.maximum(dist / (2.0 * np.sum(dist)), 1e-15)
    return 2.0 * np.dot(target, np.log(np.maximum(target, 1e-15) / Q))


@program("scikit-learn: factorization by Itakura and Saito", within(0.3, 1.5, (5, 2), (2, 4)))
def itakura_saito(W, H):
    V = np.abs(np.sin(np.arange(20.0).reshape(5, 4))) + 0.2
    WH = np.dot(W, H).ravel()
    X_data = V.ravel()
    indices = X_data > 0.3
    WH_data = WH[indices]
    X_data = X_data[indices]
    WH_data[WH_data < 1e-8] = 1e-8
    div = X_data / WH_data
    return np.sum(div) - np.prod(X_data.shape) - np.sum(np.log(div))


@program("scikit-learn: elastic net", normal(3))
def elastic_net(w):
    residual = Y - X.dot(w)
    return 0.5 * np.linalg.norm(residual) ** 2 / 10 + 0.1 * np.linalg.norm(w, ord=1) + 0.05 * np.linalg.norm(w) ** 2


def elastic_net_after(w):
    residual = Y - X @ w
    return 0.5 * np.sum(residual**2) / 10 + 0.1 * np.sum(np.abs(w)) + 0.05 * np.sum(w**2)


@program("scikit-learn: Platt's scaling", normal(2))
def platt_scaling(AB):
    P = expit(-(AB[0] * X[:, 0] + AB[1]))
    T = np.zeros_like(Y, dtype=float)
    T[Y > 0] = 0.9
    T[Y <= 0] = 0.1
    loss = -(xlogy(T, P) + xlogy(1 - T, 1 - P))
    return loss.sum()


@program("POT: Sinkhorn's iterations", within(0.5, 1.5, 4, 5))
def sinkhorn(a, b):
    a, b = a / a.sum(), b / b.sum()
    K = np.empty(COSTS.shape)
    np.divide(COSTS, -0.5, out=K)
    np.exp(K, out=K)
    u, v = np.ones(4) / 4, np.ones(5) / 5
    for i in range(15):
        v = b / np.dot(K.T, u)
        u = a / np.dot(K, v)
    plan = u[:, None] * K * v[None, :]
    return np.sum(plan * COSTS)


@program("POT: Sinkhorn between clouds", normal((4, 2), (5, 2)))
def sinkhorn_of_clouds(x, y):
    M = cdist(x, y, metric="sqeuclidean")
    f, g = np.zeros(4), np.zeros(5)
    for i in range(8):
        g = -logsumexp(f[:, None] - M - np.log(4), axis=0)
        f = -logsumexp(g[None, :] - M - np.log(5), axis=1)
    return np.mean(f) + np.mean(g)


def sinkhorn_of_clouds_after(x, y):
    M = np.sum((x[:, None] - y[None]) ** 2, axis=2)
    f, g = np.zeros(4), np.zeros(5)
    for i in range(8):
        g = -logsumexp(f[:, None] - M - np.log(4), axis=0)
        f = -logsumexp(g[None, :] - M - np.log(5), axis=1)
    return np.mean(f) + np.mean(g)


@program("POT: sliced Wasserstein distance", normal((6, 2), (6, 2)))
def sliced_wasserstein(x, y):
    angles = np.linspace(0, np.pi, 5)
    projections = np.array([np.cos(angles), np.sin(angles)])
    px, py = np.sort(np.dot(x, projections), axis=0), np.sort(np.dot(y, projections), axis=0)
    return np.sqrt(np.mean(np.abs(px - py) ** 2))


@program("POT: Gromov–Wasserstein loss of a plan", within(0.5, 1.5, (4, 5)))
def gromov_wasserstein(T):
    C1, C2 = squareform(pdist(X[:4])), squareform(pdist(X[:5] * 0.7))
    T = T / np.sum(T)
    p, q = T.sum(axis=1), T.sum(axis=0)
    constC = np.dot(np.dot(C1**2, p.reshape(-1, 1)), np.ones((1, 5))) + np.dot(
        np.ones((4, 1)), np.dot(q.reshape(1, -1), (C2**2).T)
    )
    tens = constC - 2 * np.dot(np.dot(C1, T), C2.T)
    return np.sum(tens * T)


@program("emcee: a line with outliers", given([0.5, 1.0, -1.0]))
def line_with_outliers(theta):
    m, b, log_f = theta
    yerr = 0.1 + 0.05 * np.abs(np.sin(np.arange(10)))
    model = m * TIMES + b
    sigma2 = yerr**2 + model**2 * np.exp(2 * log_f)
    return -0.5 * np.sum((Y - model) ** 2 / sigma2 + np.log(sigma2))


@program("george: an exponential kernel by hand", normal(2, scale=0.3))
def kernel_by_hand(p):
    a, tau = np.exp(p)
    K = np.empty((10, 10))
    for i in range(10):
        for j in range(i + 1):
            K[i, j] = a * np.exp(-np.abs(TIMES[i] - TIMES[j]) / tau)
            K[j, i] = K[i, j]
    K[np.diag_indices(10)] += 0.2
    s, logdet = np.linalg.slogdet(K)
    return -0.5 * (Y.dot(np.linalg.solve(K, Y)) + logdet)


def kernel_by_hand_after(p):
    a, tau = np.exp(p)
    K = np.empty((10, 10))
    for i in range(10):
        for j in range(i + 1):
            K[i, j] = a * np.exp(-np.abs(TIMES[i] - TIMES[j]) / tau)
            K[j, i] = K[i, j]
    K[np.diag_indices(10)] += 0.2
    s, logdet = np.linalg.slogdet(K)
    return -0.5 * (Y @ np.linalg.solve(K, Y) + logdet)


@program("celerite: a recurrence for its likelihood", within(0.4, 1.4, (), ()))
def semiseparable_likelihood(a, c):
    n = len(TIMES)
    d, w, z = np.empty(n), np.empty(n), np.empty(n)
    d[0], z[0] = a + 0.3, Y[0]
    w[0] = 1.0 / d[0]
    s = f = 0.0
    for k in range(1, n):
        phi = np.exp(-c * (TIMES[k] - TIMES[k - 1]))
        s = phi * phi * (s + d[k - 1] * w[k - 1] ** 2)
        d[k] = a + 0.3 - a * a * s
        w[k] = (1.0 - a * s) / d[k]
        f = phi * (f + w[k - 1] * z[k - 1])
        z[k] = Y[k] - a * f
    return -0.5 * np.sum(z**2 / d + np.log(d))


@program("cs231n: SVM, naive", normal((3, 3), scale=0.5))
def svm_naive(W):
    loss = 0.0
    for i in range(10):
        scores = X[i].dot(W)
        correct = scores[LABELS[i]]
        for j in range(3):
            if j == LABELS[i]:
                continue
            margin = scores[j] - correct + 1
            if margin > 0:
                loss += margin
    return loss / 10 + 0.1 * np.sum(W * W)


def svm_naive_after(W):
    loss = 0.0
    for i in range(10):
        scores = X[i] @ W
        correct = scores[LABELS[i]]
        for j in range(3):
            if j == LABELS[i]:
                continue
            margin = scores[j] - correct + 1
            if margin > 0:
                loss += margin
    return loss / 10 + 0.1 * np.sum(W * W)


@program("cs231n: SVM, vectorized", normal((3, 3), scale=0.5))
def svm_vectorized(W):
    scores = X.dot(W)
    margins = np.maximum(0, scores - scores[np.arange(10), LABELS][:, np.newaxis] + 1)
    margins[np.arange(10), LABELS] = 0
    return margins.sum() / 10


def svm_vectorized_after(W):
    scores = X @ W
    margins = np.maximum(0, scores - scores[np.arange(10), LABELS][:, np.newaxis] + 1)
    return np.sum(np.where(np.arange(3) == LABELS[:, None], 0, margins)) / 10


@program("cs231n: softmax, shifted in place", normal((3, 3), scale=0.5))
def softmax_in_place(W):
    scores = X.dot(W)
    scores -= np.max(scores, axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= np.sum(scores, axis=1, keepdims=True)
    return -np.mean(np.log(scores[np.arange(10), LABELS]))


def softmax_in_place_after(W):
    scores = X @ W
    scores -= np.max(scores, axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= np.sum(scores, axis=1, keepdims=True)
    return -np.mean(np.log(scores[np.arange(10), LABELS]))


@program("cs231n: convolution, naive", normal((1, 2, 5, 5), (2, 2, 3, 3), 2, scale=0.5))
def convolution_naive(x, w, b):
    N, C, H, Wd = x.shape
    F, _, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
    out = np.zeros((N, F, 3, 3))
    for n in range(N):
        for f in range(F):
            for i in range(3):
                for j in range(3):
                    window = padded[n, :, i * 2 : i * 2 + HH, j * 2 : j * 2 + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return np.sum(out**2)


@program("cs231n: pooling, naive", normal((1, 2, 4, 4)))
def pooling_naive(x):
    out = np.zeros((1, 2, 2, 2))
    for c in range(2):
        for i in range(2):
            for j in range(2):
                out[0, c, i, j] = np.max(x[0, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    return np.sum(out**2)


@program("cs231n: batch normalization with running averages", both(normal((6, 3)), within(0.5, 1.5, 3, 3)))
def batch_normalization(x, gamma, beta):
    running = {"mean": np.zeros(3), "var": np.zeros(3)}
    mu, var = x.mean(axis=0), x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + 1e-5)
    running["mean"] *= 0.9
    running["mean"] += 0.1 * mu
    running["var"] = 0.9 * running["var"] + 0.1 * var
    return np.sum((gamma * xhat + beta) ** 3) + np.sum(running["mean"] * running["var"])


@program("cs231n: a recurrent net that stores its states", normal((2, 4, 3), (2, 3), (3, 3), (3, 3), 3, scale=0.5))
def recurrent_states_stored(x, h0, Wx, Wh, b):
    h = np.zeros((2, 4, 3))
    prev_h = h0
    for t in range(4):
        h[:, t, :] = np.tanh(prev_h.dot(Wh) + x[:, t, :].dot(Wx) + b)
        prev_h = h[:, t, :]
    return np.sum(h**2 * np.arange(3))


@program("cs231n: long short-term memory step", normal((2, 3), (2, 3), (2, 3), (3, 12), (3, 12), scale=0.5))
def lstm_step(x, prev_h, prev_c, Wx, Wh):
    def sigmoid(z):
        pos_mask = z >= 0
        neg_mask = z < 0
        e = np.zeros_like(z)
        e[pos_mask] = np.exp(-z[pos_mask])
        e[neg_mask] = np.exp(z[neg_mask])
        top = np.ones_like(z)
        top[neg_mask] = e[neg_mask]
        return top / (1 + e)

    a = x.dot(Wx) + prev_h.dot(Wh)
    i, f, o, g = sigmoid(a[:, :3]), sigmoid(a[:, 3:6]), sigmoid(a[:, 6:9]), np.tanh(a[:, 9:])
    c = f * prev_c + i * g
    return np.sum(o * np.tanh(c))


@program("nnfs: clipped cross-entropy of a dense net", normal((3, 4), (1, 4), (4, 3), (1, 3), scale=0.4))
def dense_net(w1, b1, w2, b2):
    class Layer:
        def __init__(self, w, b):
            self.weights, self.biases = w, b

        def forward(self, inputs):
            self.inputs = inputs
            self.output = np.dot(inputs, self.weights) + self.biases

    first, second = Layer(w1, b1), Layer(w2, b2)
    first.forward(X)
    second.forward(np.maximum(0, first.output))
    exp_values = np.exp(second.output - np.max(second.output, axis=1, keepdims=True))
    probabilities = exp_values / np.sum(exp_values, axis=1, keepdims=True)
    confidences = np.clip(probabilities, 1e-7, 1 - 1e-7)[range(len(X)), LABELS]
    return np.mean(-np.log(confidences))


def dense_net_after(w1, b1, w2, b2):
    output = np.maximum(0, X @ w1 + b1) @ w2 + b2
    exp_values = np.exp(output - np.max(output, axis=1, keepdims=True))
    probabilities = exp_values / np.sum(exp_values, axis=1, keepdims=True)
    confidences = np.clip(probabilities, 1e-7, 1 - 1e-7)[np.arange(len(X)), LABELS]
    return np.mean(-np.log(confidences))


@program("picoGPT: attention with a causal mask", normal((4, 6), (6, 18), (6, 6), scale=0.4))
def attention(x, w_qkv, w_out):
    qkv = np.split(x @ w_qkv, 3, axis=-1)
    heads = list(map(lambda part: np.split(part, 2, axis=-1), qkv))
    mask = (1 - np.tri(4)) * -1e10

    def softmax(z):
        e = np.exp(z - np.max(z, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    out = [softmax(q @ k.T / np.sqrt(q.shape[-1]) + mask) @ v for q, k, v in zip(*heads)]
    x = x + np.hstack(out) @ w_out
    mean, var = np.mean(x, axis=-1, keepdims=True), np.var(x, axis=-1, keepdims=True)
    return np.sum(((x - mean) / np.sqrt(var + 1e-5)) ** 3)


@program("picoGPT: gelu, embeddings of tokens", normal((7, 4), (5, 4), (4, 8), scale=0.4))
def embeddings(wte, wpe, w):
    tokens = [3, 1, 4, 1, 5]
    x = wte[tokens] + wpe[range(len(tokens))]
    h = x @ w
    h = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    return np.sum(np.log(np.sum(np.exp((h @ w.T) @ wte.T), axis=-1)))


def embeddings_after(wte, wpe, w):
    tokens = [3, 1, 4, 1, 5]
    x = wte[tokens] + wpe[: len(tokens)]
    h = x @ w
    h = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    return np.sum(np.log(np.sum(np.exp((h @ w.T) @ wte.T), axis=-1)))


@program("PyMC's sampler tests: a change point of counts", given([1.2, 0.7, 4.6]))
def change_point(theta):
    early, late, switch = np.exp(theta[0]), np.exp(theta[1]), theta[2]
    weight = 1.0 / (1.0 + np.exp(-(np.arange(10) - switch)))
    rate = early * (1 - weight) + late * weight
    return np.sum(COUNTS * np.log(rate) - rate - gammaln(COUNTS + 1)) - early - late


@program("beta-binomial of a rate", within(1, 3, (), ()))
def beta_binomial(a, b):
    k, n = COUNTS, 10
    return np.sum(betaln(k + a, n - k + b) - betaln(a, b) + gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


@program("scipy.optimize: Rosenbrock as it ships", normal(5))
def rosenbrock_of_scipy(x):
    return rosen(x)


def rosenbrock_of_scipy_after(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@program("GPy: kernels added and multiplied", normal(5, scale=0.3))
def composite_kernel(theta):
    length, period, variance, noise, slope = np.exp(theta)
    d = np.abs(np.subtract.outer(TIMES, TIMES))
    K = variance * np.exp(-2 * np.sin(np.pi * d / period) ** 2 / length**2) + slope * np.outer(TIMES, TIMES)
    K += noise * np.eye(10) + 1e-3
    L = np.linalg.cholesky(K)
    alpha = solve_triangular(L, Y, lower=True)
    return 0.5 * alpha @ alpha + np.sum(np.log(np.diagonal(L)))


def composite_kernel_after(theta):
    length, period, variance, noise, slope = np.exp(theta)
    d = np.abs(np.subtract.outer(TIMES, TIMES))
    K = variance * np.exp(-2 * np.sin(np.pi * d / period) ** 2 / length**2) + slope * np.outer(TIMES, TIMES)
    K += noise * np.eye(10) + 1e-3
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(np.tril(L), Y)
    return 0.5 * alpha @ alpha + np.sum(np.log(np.diagonal(L)))
