"""Patterns of the examples of HIPS/autograd."""

import itertools
from functools import partial

import numpy as np
import scipy.stats as stats
from numpy.random import default_rng
from scipy.linalg import solve_triangular
from scipy.special import expit, gammaln, logsumexp, ndtr

from .entering import both, given, normal, program, within

random = default_rng(1)
POINTS = random.normal(size=(12, 2))
LABELS = (random.random(12) < 0.5).astype(float)
TARGETS = np.sin(POINTS[:, 0])
SERIES = np.sin(np.arange(9) / 2.0)
COUNTS = random.poisson(4.0, 20).astype(float)
NOISE = random.normal(size=(10, 4))
IMAGES = random.random((3, 6, 6))
DIGITS = (random.random((6, 8)) < 0.4).astype(float)
LETTERS = np.eye(4)[random.integers(0, 4, (7, 3))]


@program("examples/tanh.py", normal(()))
def tanh_by_exponentials(x):
    y = np.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


@program("examples/sinusoid.py", within(-2, 2, ()))
def fourier_series_of_sawtooth(x):
    total = x
    term = x
    for i in range(0, 400):
        term = -term * x * x / ((2 * i + 3) * (2 * i + 2))
        total = total + term
        if np.abs(term) < 1e-10:
            break
    return total


@program("examples/rosenbrock.py", normal(2))
def rosenbrock_of_two(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


@program("examples/logistic_regression.py", normal(2))
def logistic_regression(weights):
    preds = 0.5 * (np.tanh(np.dot(POINTS, weights) / 2.0) + 1)
    label_probabilities = preds * LABELS + (1 - preds) * (1 - LABELS)
    return -np.sum(np.log(label_probabilities))


@program("examples/negative_binomial_maxlike.py", given(1.4, 3.0))
def negative_binomial_likelihood(p_logit, r):
    p = expit(p_logit)
    return np.sum(gammaln(COUNTS + r) - gammaln(r) - gammaln(COUNTS + 1) + COUNTS * np.log(p) + r * np.log(1 - p))


def init_layers(sizes, params):
    layers, at = [], 0
    for m, n in zip(sizes[:-1], sizes[1:]):
        W = params[at : at + m * n].reshape((m, n))
        at += m * n
        layers.append((W, params[at : at + n]))
        at += n
    return layers


def network(params, inputs):
    for W, b in params:
        outputs = np.dot(inputs, W) + b
        inputs = np.tanh(outputs)
    return outputs


@program("examples/neural_net.py", normal(2 * 5 + 5 + 5 * 3 + 3, scale=0.5))
def neural_net_posterior(flat):
    params = init_layers([2, 5, 3], flat)
    out = network(params, POINTS)
    log_probs = out - logsumexp(out, axis=1, keepdims=True)
    targets = np.eye(3)[np.arange(12) % 3]
    return -0.5 * np.dot(flat, flat) + np.sum(log_probs * targets)


@program("examples/neural_net_regression.py", normal(2 * 4 + 4 + 4 + 1, scale=0.5))
def neural_net_regression(flat):
    params = init_layers([2, 4, 1], flat)
    log_prior = np.sum(stats.norm.logpdf(flat, 0, 2.0))
    predictions = network(params, POINTS)
    return log_prior + np.sum(stats.norm.logpdf(predictions, TARGETS[:, None], 0.3))


def rbf(x, xp, params):
    output_scale = np.exp(params[0])
    lengthscales = np.exp(params[1:])
    diffs = np.expand_dims(x / lengthscales, 1) - np.expand_dims(xp / lengthscales, 0)
    return output_scale * np.exp(-0.5 * np.sum(diffs**2, axis=2))


@program("examples/gaussian_process.py", normal(5, scale=0.3))
def gaussian_process_likelihood(params):
    mean, noise_scale, cov_params = params[0], np.exp(params[1]) + 1e-4, params[2:]
    cov_y_y = rbf(POINTS, POINTS, cov_params) + noise_scale * np.eye(len(TARGETS))
    prior_mean = mean * np.ones(len(TARGETS))
    return stats.multivariate_normal.logpdf(TARGETS, prior_mean, cov_y_y)


def gaussian_process_likelihood_after(params):
    mean, noise_scale, cov_params = params[0], np.exp(params[1]) + 1e-4, params[2:]
    K = rbf(POINTS, POINTS, cov_params) + noise_scale * np.eye(len(TARGETS))
    rest = TARGETS - mean
    return -0.5 * (rest @ np.linalg.solve(K, rest) + np.linalg.slogdet(K)[1] + len(TARGETS) * np.log(2 * np.pi))


@program("examples/bayesian_optimization.py", normal(2))
def expected_improvement(x):
    K = rbf(POINTS, POINTS, np.zeros(3)) + 0.1 * np.eye(12)
    k = rbf(x[None, :], POINTS, np.zeros(3))
    mean = k @ np.linalg.solve(K, TARGETS)
    variance = 1.1 - np.sum(k * np.linalg.solve(K, k.T).T, axis=1)
    best = TARGETS.max()
    score = (mean - best) / np.sqrt(variance)
    return np.sum((mean - best) * stats.norm.cdf(score) + np.sqrt(variance) * stats.norm.pdf(score))


def expected_improvement_after(x):
    K = rbf(POINTS, POINTS, np.zeros(3)) + 0.1 * np.eye(12)
    k = rbf(x[None, :], POINTS, np.zeros(3))
    mean = k @ np.linalg.solve(K, TARGETS)
    variance = 1.1 - np.sum(k * np.linalg.solve(K, k.T).T, axis=1)
    best = TARGETS.max()
    score = (mean - best) / np.sqrt(variance)
    density = np.exp(-0.5 * score**2) / np.sqrt(2 * np.pi)
    return np.sum((mean - best) * ndtr(score) + np.sqrt(variance) * density)


@program("examples/deep_gaussian_process.py", both(normal(12), normal(4, scale=0.2), normal(3, scale=0.2)))
def deep_gaussian_process(hidden, first, second):
    def layer(inputs, targets, params):
        K = rbf(inputs, inputs, params[1:]) + (np.exp(params[0]) + 0.01) * np.eye(len(targets))
        return stats.multivariate_normal.logpdf(targets, np.zeros(len(targets)), K)

    return layer(POINTS, hidden, first) + layer(hidden[:, None], TARGETS, second)


@program("examples/gplvm.py", both(normal((6, 2)), normal(4, scale=0.2)))
def latent_variables_of_a_gaussian_process(latents, params):
    likelihood = 0.0
    for column in POINTS[:6].T:
        K = rbf(latents, latents, params[1:]) + (np.exp(params[0]) + 0.01) * np.eye(6)
        L = np.linalg.cholesky(K)
        alpha = solve_triangular(L, column, lower=True)
        likelihood = likelihood - 0.5 * np.sum(alpha**2) - np.sum(np.log(np.diag(L)))
    return likelihood - np.sum(0.5 * latents**2)


def latent_variables_of_a_gaussian_process_after(latents, params):
    likelihood = 0.0
    for column in POINTS[:6].T:
        K = rbf(latents, latents, params[1:]) + (np.exp(params[0]) + 0.01) * np.eye(6)
        L = np.linalg.cholesky(K)
        alpha = np.linalg.solve(np.tril(L), column)
        likelihood = likelihood - 0.5 * np.sum(alpha**2) - np.sum(np.log(np.diag(L)))
    return likelihood - np.sum(0.5 * latents**2)


def unpack_mixture(flat):
    weights, flat = flat[:3], flat[3:]
    means, chols = flat[:6].reshape(3, 2), flat[6:].reshape(3, 2, 2)
    return weights - logsumexp(weights), means, chols


@program("examples/gmm.py", normal(3 + 6 + 12))
def gaussian_mixture(flat):
    log_weights, means, chols = unpack_mixture(flat)
    covs = [np.dot(c.T, c) + 0.1 * np.eye(2) for c in chols]
    parts = [w + stats.multivariate_normal.logpdf(POINTS, m, c) for w, m, c in zip(log_weights, means, covs)]
    return np.sum(logsumexp(np.vstack(parts), axis=0))


@program("examples/black_box_svi.py", normal(8, scale=0.3))
def black_box_variational_bound(params):
    mean, log_std = params[:4], params[4:]
    samples = NOISE * np.exp(log_std) + mean
    entropy = 0.5 * 4 * (1.0 + np.log(2 * np.pi)) + np.sum(log_std)
    log_density = stats.norm.logpdf(samples[:, 0], 0, 1.35) + np.sum(
        stats.norm.logpdf(samples[:, 1:], 0, np.exp(0.3 * samples[:, :1])), axis=1
    )
    return -(entropy + np.mean(log_density))


@program("examples/mixture_variational_inference.py", normal(2 + 4 + 4, scale=0.4))
def mixture_variational_bound(flat):
    log_weights = flat[:2] - logsumexp(flat[:2])
    means, log_stds = flat[2:6].reshape(2, 2), flat[6:].reshape(2, 2)

    def log_density(x):
        each = [w + np.sum(stats.norm.logpdf(x, m, np.exp(s)), axis=1) for w, m, s in zip(log_weights, means, log_stds)]
        return logsumexp(np.array(each), axis=0)

    bound = 0.0
    for k in range(2):
        samples = means[k] + np.exp(log_stds[k]) * NOISE[:, :2]
        target = stats.norm.logpdf(samples[:, 0], 0, 1.3) + stats.norm.logpdf(samples[:, 1], samples[:, 0] ** 2, 1.0)
        bound = bound + np.exp(log_weights[k]) * np.mean(target - log_density(samples))
    return bound


@program("examples/natural_gradient_black_box_svi.py", normal(6, scale=0.3))
def divergence_of_gaussians(params):
    mean, log_std = np.split(params, 2)
    fisher = np.concatenate([np.exp(-2 * log_std), np.full(3, 2.0)])
    return np.sum(fisher * params**2) + np.sum(np.exp(2 * log_std) + mean**2 - 1.0 - 2 * log_std) / 2


@program("examples/bayesian_neural_net.py", normal(2 * 3 + 3 + 3 + 1, scale=0.4))
def bayesian_neural_net(flat):
    samples = NOISE[:3, :1] * 0.1 + flat

    def predictions(weights, inputs):
        at, outputs = 0, None
        for m, n in ((2, 3), (3, 1)):
            W = weights[:, at : at + m * n].reshape((3, m, n))
            b = weights[:, at + m * n : at + m * n + n].reshape((3, 1, n))
            at += m * n + n
            outputs = np.einsum("mnd,mdo->mno", inputs, W) + b
            inputs = np.exp(-(outputs**2))
        return outputs

    found = predictions(samples, np.repeat(POINTS[None], 3, axis=0))
    return -np.sum((found - TARGETS[:, None]) ** 2) / 0.01 - np.sum(flat**2)


@program("examples/ica.py", normal((2, 2)))
def independent_components(W):
    nonlinear = np.log(np.cosh(np.dot(POINTS, W)))
    sign, logdet = np.linalg.slogdet(W)
    return -np.sum(nonlinear) + 12 * logdet


@program("examples/rnn.py", normal(4 * 5 + 5 * 5 + 5 * 4 + 5, scale=0.4))
def recurrent_net(flat):
    Wx, Wh, Wo, h = flat[:20].reshape(4, 5), flat[20:45].reshape(5, 5), flat[45:65].reshape(5, 4), flat[65:]
    hidden = np.repeat(h[None], 3, axis=0)
    loglik = 0.0
    for t in range(6):
        hidden = np.tanh(np.dot(LETTERS[t], Wx) + np.dot(hidden, Wh))
        output = np.dot(hidden, Wo)
        output = output - logsumexp(output, axis=1, keepdims=True)
        loglik += np.sum(output * LETTERS[t + 1])
    return -loglik / 18


def concat_and_multiply(weights, *args):
    joined = np.hstack(args + (np.ones((args[0].shape[0], 1)),))
    return np.dot(joined, weights)


@program("examples/lstm.py", normal((4, 8, 3), (4, 4), scale=0.4))
def long_short_term_memory(gates, predict):
    def sigmoid(x):
        return 0.5 * (np.tanh(x) + 1.0)

    hidden, cell = np.zeros((3, 3)), np.zeros((3, 3))
    outputs = []
    for letters in LETTERS[:-1]:
        change, forget, ingate, outgate = (concat_and_multiply(g, letters, hidden) for g in gates)
        cell = cell * sigmoid(forget) + sigmoid(ingate) * np.tanh(change)
        hidden = sigmoid(outgate) * np.tanh(cell)
        outputs.append(concat_and_multiply(predict, hidden))
    return -sum(np.sum((o - logsumexp(o, axis=1, keepdims=True)) * t) for o, t in zip(outputs, LETTERS[1:])) / 18


@program("examples/variational_autoencoder.py", normal(8 * 4 + 4 + 2 * 8 + 8, scale=0.3))
def variational_autoencoder(flat):
    code = np.dot(DIGITS, flat[:32].reshape(8, 4)) + flat[32:36]
    mean, log_std = code[:, :2], code[:, 2:]
    latents = NOISE[:6, :2] * np.exp(log_std) + mean
    mu = np.dot(latents, flat[36:52].reshape(2, 8)) + flat[52:]
    bernoulli = -np.sum(np.logaddexp(0, -mu * (DIGITS * 2 - 1)), axis=1)
    divergence = -0.5 * np.sum(2 * log_std + 1 - mean**2 - np.exp(2 * log_std), axis=-1)
    return np.mean(bernoulli - divergence)


@program("examples/generative_adversarial_net.py", normal(2 * 4 + 4 + 4 * 2 + 2, 2 * 3 + 3 + 3 + 1, scale=0.5))
def adversarial_objective(generator, discriminator):
    def relu(x):
        return np.maximum(0, x)

    def run(params, inputs, sizes):
        layers = init_layers(sizes, params)
        for W, b in layers[:-1]:
            inputs = relu(np.dot(inputs, W) + b)
        W, b = layers[-1]
        return np.dot(inputs, W) + b

    fake = run(generator, NOISE[:, :2], [2, 4, 2])
    on_fake, on_real = run(discriminator, fake, [2, 3, 1]), run(discriminator, POINTS, [2, 3, 1])
    return np.mean(-np.logaddexp(0, -on_real)) - np.mean(np.logaddexp(0, on_fake))


@program("examples/hmm_em.py", normal((3, 3), (3, 4), 3))
def hidden_markov_normalizer(transitions, emissions, initial):
    words = [0, 3, 1, 1, 2]
    logA = transitions - logsumexp(transitions, axis=1, keepdims=True)
    logB = emissions - logsumexp(emissions, axis=1, keepdims=True)
    log_alpha = initial - logsumexp(initial) + logB[:, words[0]]
    for w in words[1:]:
        log_alpha = logsumexp(log_alpha[:, None] + logA, axis=0) + logB[:, w]
    return logsumexp(log_alpha)


@program("examples/rkhs.py", normal(4))
def functions_in_a_hilbert_space(alphas):
    class Combination:
        def __init__(self, terms):
            self.terms = terms

        def __call__(self, x):
            return sum([a * np.exp(-((x - c) ** 2)) for c, a in self.terms.items()], 0.0)

        def __add__(self, other):
            terms = dict(self.terms)
            for c, a in other.terms.items():
                terms[c] = terms.get(c, 0.0) + a
            return Combination(terms)

    f = Combination({0.0: alphas[0], 1.0: alphas[1]}) + Combination({1.0: alphas[2], 2.0: alphas[3]})
    return sum((f(x) - y) ** 2 for x, y in zip(SERIES[:5], TARGETS))


@program("examples/fluidsim/fluidsim.py", normal((5, 5), (5, 5), scale=0.2))
def advected_fluid(vx, vy):
    def project(vx, vy):
        h = 1.0 / vx.shape[0]
        div = -0.5 * h * (np.roll(vx, -1, 0) - np.roll(vx, 1, 0) + np.roll(vy, -1, 1) - np.roll(vy, 1, 1))
        p = np.zeros(vx.shape)
        for k in range(4):
            p = (div + np.roll(p, 1, 0) + np.roll(p, -1, 0) + np.roll(p, 1, 1) + np.roll(p, -1, 1)) / 4.0
        vx = vx - 0.5 * (np.roll(p, -1, 0) - np.roll(p, 1, 0)) / h
        return vx, vy - 0.5 * (np.roll(p, -1, 1) - np.roll(p, 1, 1)) / h

    def advect(f, vx, vy):
        rows, cols = f.shape
        cell_ys, cell_xs = np.meshgrid(np.arange(rows), np.arange(cols))
        xs, ys = (cell_xs - vx).ravel(), (cell_ys - vy).ravel()
        left, top = np.floor(xs).astype(int), np.floor(ys).astype(int)
        rw, bw = xs - left, ys - top
        left, right = np.mod(left, rows), np.mod(left + 1, rows)
        top, bottom = np.mod(top, cols), np.mod(top + 1, cols)
        flat = (1 - rw) * ((1 - bw) * f[left, top] + bw * f[left, bottom]) + rw * (
            (1 - bw) * f[right, top] + bw * f[right, bottom]
        )
        return np.reshape(flat, (rows, cols))

    smoke = np.outer(np.arange(5.0), np.ones(5))
    for t in range(2):
        vx, vy = advect(vx, vx, vy), advect(vy, vx, vy)
        vx, vy = project(vx, vy)
        smoke = advect(smoke, vx, vy)
    return np.mean((smoke - SERIES[:5]) ** 2)


def advected_fluid_after(vx, vy):
    def project(vx, vy):
        h = 1.0 / vx.shape[0]
        div = -0.5 * h * (np.roll(vx, -1, 0) - np.roll(vx, 1, 0) + np.roll(vy, -1, 1) - np.roll(vy, 1, 1))
        p = np.zeros(vx.shape)
        for k in range(4):
            p = (div + np.roll(p, 1, 0) + np.roll(p, -1, 0) + np.roll(p, 1, 1) + np.roll(p, -1, 1)) / 4.0
        vx = vx - 0.5 * (np.roll(p, -1, 0) - np.roll(p, 1, 0)) / h
        return vx, vy - 0.5 * (np.roll(p, -1, 1) - np.roll(p, 1, 1)) / h

    def advect(f, vx, vy):
        rows, cols = f.shape
        cell_ys, cell_xs = np.meshgrid(np.arange(rows), np.arange(cols))
        xs, ys = (cell_xs - vx).ravel(), (cell_ys - vy).ravel()
        left, top = np.floor(xs).astype(int), np.floor(ys).astype(int)
        rw, bw = xs - left, ys - top
        left, right = np.mod(left, rows), np.mod(left + 1, rows)
        top, bottom = np.mod(top, cols), np.mod(top + 1, cols)

        def at(i, j):
            return np.take_along_axis(np.ravel(f), i * cols + j, 0)

        flat = (1 - rw) * ((1 - bw) * at(left, top) + bw * at(left, bottom))
        flat = flat + rw * ((1 - bw) * at(right, top) + bw * at(right, bottom))
        return np.reshape(flat, (rows, cols))

    smoke = np.outer(np.arange(5.0), np.ones(5))
    for t in range(2):
        vx, vy = advect(vx, vx, vy), advect(vy, vx, vy)
        vx, vy = project(vx, vy)
        smoke = advect(smoke, vx, vy)
    return np.mean((smoke - SERIES[:5]) ** 2)


@program("examples/fluidsim/wing.py", normal((6, 6), scale=0.4))
def drag_of_a_wing(params):
    wing = 1.0 / (1.0 + np.exp(-params))
    vx, vy = np.ones((6, 6)), np.zeros((6, 6))
    for t in range(3):
        vx, vy = vx * (1 - wing), vy * (1 - wing)
        left_weight = np.roll(wing, 1, axis=1)
        vx = vx + 0.2 * (np.roll(vx, 1, axis=1) - vx) * (1 - left_weight)
        vy = vy + 0.1 * (np.roll(vx, 1, axis=0) - np.roll(vx, -1, axis=0))
    return np.mean((1 - vx) ** 2) / (np.mean(vy**2) + 0.1)


@program("examples/convnet.py", normal((2, 3, 3), (2 * 2 * 2, 3), scale=0.4))
def convolutional_net(filters, dense):
    patches = np.array([[IMAGES[:, i : i + 3, j : j + 3] for j in range(4)] for i in range(4)])
    maps = np.einsum("ijnkl,fkl->nfij", patches, filters)
    pooled = np.max(np.max(maps.reshape(3, 2, 2, 2, 2, 2), axis=3), axis=4)
    logits = np.dot(np.maximum(pooled.reshape(3, -1), 0), dense)
    return np.sum((logits - logsumexp(logits, axis=1, keepdims=True))[np.arange(3), [0, 2, 1]])


@program("examples/ode_net.py", normal((2, 3), (3, 2), scale=0.5))
def neural_ode(W1, W2):
    def rate(y):
        return np.dot(np.tanh(np.dot(y**3, W1)), W2)

    y, dt, loss = np.array([2.0, 0.0]), 0.1, 0.0
    for k in range(8):
        k1 = rate(y)
        k2 = rate(y + dt / 2 * k1)
        k3 = rate(y + dt / 2 * k2)
        k4 = rate(y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        loss = loss + np.mean(np.abs(y - np.array([np.cos(0.3 * k), np.sin(0.3 * k)])))
    return loss


@program("examples/print_trace.py", within(0.5, 2, ()))
def average_of_iterates(x):
    values = [x]
    for _ in itertools.repeat(None, 5):
        values.append(np.sqrt(values[-1] + x) * np.sin(values[-1]))
    return np.mean(np.array(values))


def average_of_iterates_after(x):
    values = [x]
    for _ in itertools.repeat(None, 5):
        values.append(np.sqrt(values[-1] + x) * np.sin(values[-1]))
    return np.mean(np.stack(values))


@program("examples/define_gradient.py", normal(6))
def logsumexp_by_hand(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


@program("examples/dot_graph.py", normal((), ()))
def small_expression(x, y):
    z = x + x * y
    w = np.sin(z) * partial(np.power, y)(2)
    return w / (1 + np.exp(z))


@program("examples/data_mnist.py", normal((4, 4), scale=0.3))
def distances_of_pictures(metric):
    a = IMAGES.reshape(3, -1)[:, :4]
    d = a[:, None] - a[None]
    squares = np.einsum("ijk,kl,ijl->ij", d, np.dot(metric, metric.T), d)
    return np.sum(np.exp(-squares[np.triu_indices(3, 1)]))
