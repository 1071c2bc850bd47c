"""Wrong implementations that were written after the table of mistakes was frozen, from threads that it had not seen.

Each is rewritten from the issue or pull request that it names. When they were first run, 13 of 23 were named rightly and one
falsely (`one_path_stays`, as a slope); then brackets, quotients for products, exponents, turned convolutions and two mistakes
of one kind came into the table, and three names (`brackets`, `divided`, `divisor`) into what is allowed here.
"""

import numpy as np

import chainrule as cr

from .programs import (
    arguments,
    classes,
    filtered,
    logistic,
    normalized,
    pick,
    sigmoid,
    softmax,
)
from .wrong_elsewhere import HYPERBOLIC, hyperbolic, normal

HELD_OUT = []


def held_out(source, names, program, wrt, args=None):
    def enter(mine):
        given = arguments(program) if args is None else args
        HELD_OUT.append((mine.__name__, names, lambda: cr.check_grad(program, given, mine=mine, wrt=wrt)))
        return mine

    return enter


def held_out_exercise(source, names, exercise):
    def enter(mine):
        HELD_OUT.append((mine.__name__, names, lambda: cr.exercise(exercise).check(mine)))
        return mine

    return enter


@held_out(
    "Site1997/LeNet-python issue 2: the kernel's gradient as a convolution that turns nothing",
    {"flipped"},
    filtered,
    "k, x",
)
def kernel_gradient_not_turned(k, x, r):
    return np.convolve(x, r, "valid"), np.convolve(r, k, "full")


@held_out(
    "denizyuret/Knet.jl issue 288: the scale is in a variable that is not used",
    {"factor"},
    normalized,
    "gamma, beta, x",
)
def scale_in_a_variable_not_used(gamma, beta, x, r):
    n, mu = len(x), x.mean(0)
    ivar = 1 / np.sqrt(x.var(0) + 1e-5)
    c = x - mu
    dyivar = r * ivar
    dgamma, dbeta = np.sum(c * dyivar, 0), np.sum(r, 0)
    r = gamma * r
    dvar = -0.5 * np.sum(dyivar * c * ivar**2, 0)
    dmu = -np.sum(dyivar, 0) - 2 * dvar * np.sum(c, 0) / n
    return dgamma, dbeta, dyivar + dvar * 2 * c / n + dmu / n


@held_out("BVLC/caffe pull 1891: the part by way of the mean is missing", {"summand"}, normalized, "gamma, beta, x")
def no_way_by_the_mean(gamma, beta, x, r):
    std = np.sqrt(x.var(0) + 1e-5)
    n = (x - x.mean(0)) / std
    d = r * gamma
    return np.sum(r * n, 0), np.sum(r, 0), (d - n * np.mean(d * n, 0)) / std


@held_out(
    "jax-ml/jax issue 442: a square in the place of the root",
    {"function", "symbol", "twice", "factor"},
    normalized,
    "gamma, beta, x",
)
def square_for_the_root(gamma, beta, x, r):
    std = (x.var(0) + 1e-5) ** 2
    n = (x - x.mean(0)) / std
    d = r * gamma
    return np.sum(r * n, 0), np.sum(r, 0), (d - d.mean(0) - n * np.mean(d * n, 0)) / std


@held_out_exercise("karpathy/convnetjs pull 70: corrections multiplied instead of divided", {"multiplied"}, "adam")
def corrections_multiplied(w, g, m, v, t):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    mh, vh = m * (1 - 0.9**t), v * (1 - 0.999**t)
    return m, v, w - 0.01 * mh / (np.sqrt(vh) + 1e-8)


@held_out_exercise("oxiglade/mlx-rs issue 301: no correction at all", {"divisor", "summand"}, "adam")
def no_correction_at_all(w, g, m, v, t):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * np.square(g)
    return m, v, w - 0.01 * (m / (np.sqrt(v) + 1e-8))


@held_out_exercise(
    "eriklindernoren/ML-From-Scratch issue 35: corrections that do not know the step",
    {"factor", "function", "symbol"},
    "adam",
)
def corrections_without_the_step(w, g, m, v, t):
    m, v = 0.9 * m + (1 - 0.9) * g, 0.999 * v + (1 - 0.999) * g**2
    mh, vh = m / (1 - 0.9), v / (1 - 0.999)
    return m, v, w - 0.01 * mh / (np.sqrt(vh) + 1e-8)


def log_softmax(z, r):
    p = softmax(z, 1)
    logp = np.log(p)
    return np.sum(r * logp)


ROWS = [normal(size=(4, 3)), normal(size=(4, 3))]


@held_out(
    "mlpack/mlpack issue 2360: the incoming error added to the probabilities",
    {"part-sign", "unsummed", "factor"},
    log_softmax,
    ("z",),
    ROWS,
)
def error_added_to_probabilities(z, r):
    return (softmax(z) + r,)


@held_out(
    "mlpack/mlpack pull 3469: the sum of the incoming errors is forgotten",
    {"factor", "unsummed"},
    log_softmax,
    ("z",),
    ROWS,
)
def incoming_errors_not_summed(z, r):
    return (r - softmax(z),)


def likelihood(z, y):
    p = softmax(z, 1)
    return -np.sum(y * np.log(p))


@held_out(
    "deeplearning4j/libnd4j issue 440: softmax's slope as output · (1 − output)",
    {"summand", "unsummed", "factor"},
    likelihood, ("z",), [ROWS[0], np.eye(3)[[0, 2, 1, 1]]],
)  # fmt: skip
def diagonal_behind_the_logarithm(z, y):
    p = softmax(z)
    return (-y / p * p * (1 - p),)


@held_out(
    "HomericIntelligence/Odyssey issue 2134: the dot product in softmax's derivative is missing",
    {"summand"},
    pick,
    ("z",),
)
def dot_product_missing(z, r):
    return (softmax(z) * r,)


def grown(z, r):
    e = np.exp(z)
    return np.sum(r * e + z * z)


@held_out(
    "karpathy/nn-zero-to-hero issue 52: exp's slope taken to be its argument",
    {"symbol", "function"},
    grown,
    ("z",),
    ROWS,
)
def argument_for_the_slope_of_exp(z, r):
    return (r * z + 2 * z,)


@held_out(
    "the lecture that nn-zero-to-hero issue 52 is about: = in the place of +=, so that one path stays",
    {"summand"},
    grown,
    ("z",),
    ROWS,
)
def one_path_stays(z, r):
    return (r * np.exp(z),)


@held_out(
    "apache/tvm pull 7340: brackets missing around 1 − tanh²",
    {"part-sign", "symbol", "factor", "summand", "brackets"},
    hyperbolic,
    "w1, w2",
    HYPERBOLIC,
)
def brackets_missing(w1, w2, x, y):
    a1 = np.tanh(w1 @ x)
    a2 = np.tanh(w2 @ a1)
    d2 = (a2 - y) * 1 - a2 * a2
    return ((w2.T @ d2) * 1 - a1 * a1) @ x.T, d2 @ a1.T


@held_out(
    "arthurdouillard/deepcourse pull 9: the bias's gradient from the error before the slope",
    {"symbol", "slope"},
    classes,
    "W1, b1, W2, b2",
)
def bias_from_the_error_before_the_slope(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    dh = d2 @ W2.T
    dz = dh * (h > 0)
    return X.T @ dz, np.sum(dh, axis=0), h.T @ d2, np.sum(d2, axis=0)


def leaky(w1, w2, x, y):
    z1 = w1 @ x
    a1 = np.where(z1 > 0, z1, 0.3 * z1)
    return 0.5 * np.sum((w2 @ a1 - y) ** 2)


@held_out(
    "scientific-computing/FKB issue 15: ReLU's slope for the leaky one",
    {"summand", "factor", "other-slope"},
    leaky,
    "w1, w2",
    HYPERBOLIC,
)
def slope_of_relu_for_the_leaky_one(w1, w2, x, y):
    z1 = w1 @ x
    a1 = np.maximum(z1, 0.3 * z1)
    d2 = w2 @ a1 - y
    return ((w2.T @ d2) * (z1 > 0)) @ x.T, d2 @ a1.T


def elu(w1, w2, x, y):
    z1 = w1 @ x
    a1 = np.where(z1 > 0, z1, np.exp(z1) - 1)
    return 0.5 * np.sum((w2 @ a1 - y) ** 2)


@held_out(
    "mlpack/mlpack pull 1540: the ELU applied to its own value once more in its slope",
    {"symbol"},
    elu,
    "w1, w2",
    HYPERBOLIC,
)
def elu_applied_once_more(w1, w2, x, y):
    z1 = w1 @ x
    a1 = np.where(z1 > 0, z1, np.exp(z1) - 1)
    d2 = w2 @ a1 - y
    slope = np.where(a1 > 0, 1, np.exp(a1))
    return ((w2.T @ d2) * slope) @ x.T, d2 @ a1.T


@held_out(
    "JuliaAI/MLJLinearModels.jl issue 104: σ (σ − 1) for the slope of σ",
    {"sign", "scale", "part-sign"},
    logistic,
    "w, b",
)
def slope_of_sigma_reversed(w, b, X, y):
    p = sigmoid(X @ w + b)
    d = (p - y) / (p * (1 - p)) / len(y) * p * (p - 1)
    return X.T @ d, d.sum()


@held_out("eriklindernoren/ML-From-Scratch issue 124: 1/n missing", {"scale", "divisor"}, logistic, "w, b")
def one_over_n_missing(w, b, X, y):
    d = -(y - sigmoid(X.dot(w) + b))
    return d.dot(X), d.sum()


def squares(w, X, y):
    r = X @ w - y
    return np.sum(r**2) / X.shape[0]


@held_out(
    "Open-Deep-ML/DML-OpenProblem issue 97: the 2 of the square missing", {"scale", "factor"}, squares, ("w",),
    [normal(size=3), normal(size=(7, 3)), normal(size=7)],
)  # fmt: skip
def two_of_the_square_missing(w, X, y):
    return (X.T @ (X @ w - y) / len(y),)


def gates(wf, c0, x, r):
    f = sigmoid(wf @ x)
    c = f * c0
    return np.sum(np.tanh(c) * r)


@held_out(
    "CaptainE/RNN-LSTM-in-numpy issue 1: the sigmoid in the place of its slope",
    {"symbol", "other-slope", "factor", "function"}, gates,
    "wf, c0", [normal(size=s) for s in ((3, 2), (3, 4), (2, 4), (3, 4))],
)  # fmt: skip
def sigmoid_for_its_slope(wf, c0, x, r):
    f = sigmoid(wf @ x)
    dc = r * (1 - np.tanh(f * c0) ** 2)
    return (sigmoid(f) * dc * c0) @ x.T, f * dc


def every_step(wx, wh, wy, x, y):
    h1 = np.tanh(wx @ x[0])
    h2 = np.tanh(wx @ x[1] + wh @ h1)
    h3 = np.tanh(wx @ x[2] + wh @ h2)
    e1 = wy @ h1 - y[0]
    e2 = wy @ h2 - y[1]
    e3 = wy @ h3 - y[2]
    return 0.5 * (e1 @ e1 + e2 @ e2 + e3 @ e3)


@held_out(
    "qixianbiao/RNN issue 2: no error goes from a step to the one before", {"summand", "unsummed"}, every_step, "wx, wh, wy",
    [normal(size=s) for s in ((3, 2), (3, 3), (2, 3), (3, 2), (3, 2))],
)  # fmt: skip
def no_error_between_steps(wx, wh, wy, x, y):
    h, before = [], np.zeros(3)
    for each in x:
        before = np.tanh(wx @ each + wh @ before)
        h.append(before)
    dwx, dwh, dwy = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(wy)
    for t in (2, 1, 0):
        e = wy @ h[t] - y[t]
        d = (wy.T @ e) * (1 - h[t] ** 2)
        dwy += np.outer(e, h[t])
        dwx += np.outer(d, x[t])
        dwh += np.outer(d, h[t - 1]) if t else 0
    return dwx, dwh, dwy


@held_out(
    "oreilly-japan/deep-learning-from-scratch-2 issue 26: divided by tanh's slope",
    {"multiplied", "divisor", "divided"},
    hyperbolic,
    "w1, w2",
    HYPERBOLIC,
)
def divided_by_the_slope(w1, w2, x, y):
    a1 = np.tanh(w1 @ x)
    a2 = np.tanh(w2 @ a1)
    d2 = (a2 - y) / (1 - a2**2)
    return ((w2.T @ d2) / (1 - a1**2)) @ x.T, d2 @ a1.T
