"""Wrong implementations after threads and corrections of courses that the other collections do not have, written anew.

Each names the thread, or what is known to go wrong there, and by which names its mistakes may be called.
"""

import numpy as np

import chainrule as cr

from .programs import WRT as KNOWN
from .programs import (
    arguments,
    attention,
    averaged,
    classes,
    dense,
    filtered,
    logistic,
    momentum,
    normalized,
    pick,
    ridge,
    sigmoid,
    softmax,
    stepped,
    xor,
)

THREADS = []
normal = np.random.default_rng(17).normal


def thread(source, names, program, wrt=None, args=None):
    def enter(mine):
        given = arguments(program) if args is None else args
        asked = KNOWN[program] if wrt is None else wrt
        THREADS.append((mine.__name__, names, lambda: cr.check_grad(program, given, mine=mine, wrt=asked)))
        return mine

    return enter


def thread_exercise(source, names, exercise):
    def enter(mine):
        THREADS.append((mine.__name__, names, lambda: cr.exercise(exercise).check(mine)))
        return mine

    return enter


def normals(*shapes):
    return [normal(size=shape) for shape in shapes]


# ---- dense networks --------------------------------------------------------------------------------------------------


def deep(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    A1 = np.maximum(W1 @ X + b1, 0)
    A2 = np.maximum(W2 @ A1 + b2, 0)
    A3 = sigmoid(W3 @ A2 + b3)
    return -np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)) / m


DEEP = [*normals((4, 3), (4, 1), (3, 4), (3, 1), (1, 3), (1, 1), (3, 5)), np.array([[1, 0, 1, 1, 0.0]])]
DEEP_WRT = "W1, b1, W2, b2, W3, b3"


def deep_forward(W1, b1, W2, b2, W3, b3, X):
    A1 = np.maximum(W1 @ X + b1, 0)
    A2 = np.maximum(W2 @ A1 + b2, 0)
    return A1, A2, sigmoid(W3 @ A2 + b3)


@thread("bighuang624/Andrew-Ng-Deep-Learning-notes issue 10: * 2 and 4/m left in", {"scale"}, deep, DEEP_WRT, DEEP)
def two_factors_left_in(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    A1, A2, A3 = deep_forward(W1, b1, W2, b2, W3, b3, X)
    dZ3 = A3 - Y
    dZ2 = np.multiply(W3.T @ dZ3, np.int64(A2 > 0))
    dZ1 = np.multiply(W2.T @ dZ2, np.int64(A1 > 0))
    return (
        1.0 / m * dZ1 @ X.T, 4.0 / m * np.sum(dZ1, axis=1, keepdims=True),
        1.0 / m * dZ2 @ A1.T * 2, 1.0 / m * np.sum(dZ2, axis=1, keepdims=True),
        1.0 / m * dZ3 @ A2.T, 1.0 / m * np.sum(dZ3, axis=1, keepdims=True),
    )  # fmt: skip


@thread("a course's forum: ReLU's mask taken of the error", {"mask", "symbol"}, deep, DEEP_WRT, DEEP)
def mask_of_the_error(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    A1, A2, A3 = deep_forward(W1, b1, W2, b2, W3, b3, X)
    dZ3 = (A3 - Y) / m
    dA2 = W3.T @ dZ3
    dZ2 = dA2 * (dA2 > 0)
    dZ1 = (W2.T @ dZ2) * (A1 > 0)
    return (
        dZ1 @ X.T, dZ1.sum(1, keepdims=True), dZ2 @ A1.T, dZ2.sum(1, keepdims=True), dZ3 @ A2.T, dZ3.sum(1, keepdims=True),
    )  # fmt: skip


@thread("a course's forum: the input X in the place of each layer's own input", {"symbol"}, deep, DEEP_WRT, DEEP)
def z_cached_for_a(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2 @ A1 + b2
    A2 = np.maximum(Z2, 0)
    dZ3 = (sigmoid(W3 @ A2 + b3) - Y) / m
    dZ2 = (W3.T @ dZ3) * (Z2 > 0)
    dZ1 = (W2.T @ dZ2) * (Z1 > 0)
    return (
        dZ1 @ X.T, dZ1.sum(1, keepdims=True), dZ2 @ Z1.T, dZ2.sum(1, keepdims=True), dZ3 @ Z2.T, dZ3.sum(1, keepdims=True),
    )  # fmt: skip


@thread("a course's forum: dA = −(Y/A − (1−Y)/(1−A)) with the inner sign lost", {"part-sign", "sign"}, averaged)
def inner_sign_lost(w1, b1, w2, b2, x, y):
    m = x.shape[1]
    a1 = np.tanh(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = -(y / a2 + (1 - y) / (1 - a2)) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * (1 - a1**2)
    return d1 @ x.T / m, d1.sum(1, keepdims=True) / m, d2 @ a1.T / m, d2.sum(1, keepdims=True) / m


@thread("a course's forum: the gradients divided by the features' number", {"scale"}, averaged)
def divided_by_the_features(w1, b1, w2, b2, x, y):
    n = x.shape[0]
    a1 = np.tanh(w1 @ x + b1)
    d2 = sigmoid(w2 @ a1 + b2) - y
    d1 = (w2.T @ d2) * (1 - a1**2)
    return d1 @ x.T / n, d1.sum(1, keepdims=True) / n, d2 @ a1.T / n, d2.sum(1, keepdims=True) / n


@thread("a question: the weights updated before the error goes back through them", {"updated"}, dense)
def error_through_updated_weights(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    g2 = d2 @ a1.T
    w2 = w2 - 0.5 * g2
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), g2, d2.sum(1, keepdims=True)


@thread("a question: the activation in the place of its slope", {"symbol", "factor"}, xor)
def slope_without_the_error(w1, w2, x, y):
    h = sigmoid(x @ w1)
    out = sigmoid(h @ w2)
    d2 = (out - y) * out * (1 - out)
    d1 = (d2 @ w2.T) * h
    return x.T @ d1, h.T @ d2


@thread("a question: 1 − σ without σ", {"factor", "other-slope", "symbol"}, dense)
def one_minus_sigma_alone(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@thread(
    "two mistakes of one learner: σ′ of the hidden layer forgotten, biases by mean", {"slope", "mean", "scale"}, dense
)
def no_slope_and_mean(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = w2.T @ d2
    return d1 @ x.T, d1.mean(1, keepdims=True), d2 @ a1.T, d2.mean(1, keepdims=True)


@thread(
    "two mistakes of one learner: the output's slope at a, the wrong sign",
    {"symbol", "sign", "scale", "part-sign"},
    dense,
)
def slope_at_a_and_sign(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (y - a2) * sigmoid(a2) * (1 - sigmoid(a2))
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@thread("a question: the squared error itself goes back", {"symbol", "twice", "function", "factor"}, dense)
def squared_error_goes_back(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) ** 2 * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@thread("a question: labels cast to whole numbers with the error", {"integers", "function"}, dense)
def error_cast_to_int(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y).astype(int) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@thread(
    "a question: the sum over the examples of each layer's error alone", {"order", "symbol", "mean", "factor"}, dense
)
def inputs_averaged(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    db1, db2 = d1.sum(1, keepdims=True), d2.sum(1, keepdims=True)
    return db1 @ x.mean(1, keepdims=True).T, db1, db2 @ a1.mean(1, keepdims=True).T, db2


# ---- classification --------------------------------------------------------------------------------------------------


@thread("fengdu78/Coursera-ML-AndrewNg-Notes issue 82: the factor x missing", {"factor", "from-weights"}, logistic)
def factor_x_missing(w, b, X, y):
    p = sigmoid(X @ w + b)
    return np.ones_like(w) * np.mean(p - y), np.mean(p - y)


@thread("a course's assignment: the penalty divided by 2m as in the cost", {"factor", "scale", "divisor"}, ridge)
def half_penalty(w, b, X, y, lam):
    r = (X @ w + b - y) / len(y)
    return X.T @ r + 0.5 * lam * w, r.sum()


@thread("a course's assignment: the bias regularized, too", {"summand"}, ridge)
def bias_regularized(w, b, X, y, lam):
    r = (X @ w + b - y) / len(y)
    return X.T @ r + lam * w, r.sum() + lam * b


@thread("a course's assignment: the penalty subtracted", {"part-sign"}, ridge)
def penalty_subtracted(w, b, X, y, lam):
    r = (X @ w + b - y) / len(y)
    return X.T @ r - lam * w, r.sum()


@thread("a course's assignment: λ divided by m, too", {"factor", "divisor", "scale", "twice"}, ridge)
def penalty_over_m(w, b, X, y, lam):
    r = (X @ w + b - y) / len(y)
    return X.T @ r + lam / len(y) * w, r.sum()


@thread("a course's assignment: the penalty's absolute value", {"symbol", "function", "factor"}, ridge)
def penalty_by_sign(w, b, X, y, lam):
    r = (X @ w + b - y) / len(y)
    return X.T @ r + lam * np.sign(w), r.sum()


def penalized(W1, W2, X, Y, reg):
    h = np.maximum(X @ W1, 0)
    p = softmax(h @ W2, 1)
    return -np.sum(Y * np.log(p)) / X.shape[0] + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))


PENALIZED = [*normals((4, 5), (5, 3), (6, 4)), np.eye(3)[[0, 2, 1, 1, 0, 2]], 0.35]


@thread(
    "jingtinghuang/CS231n-Spring-2017 issue 3: the 2 of the penalty missing",
    {"factor", "scale", "summand"}, penalized, "W1, W2", PENALIZED,
)  # fmt: skip
def two_of_the_penalty_missing(W1, W2, X, Y, reg):
    h = np.maximum(X @ W1, 0)
    d = (softmax(h @ W2) - Y) / len(X)
    return X.T @ (d @ W2.T * (h > 0)) + reg * W1, h.T @ d + reg * W2


@thread(
    "an assignment of two layers: the penalty's gradient goes through the mask's layer only",
    {"summand"}, penalized, "W1, W2", PENALIZED,
)  # fmt: skip
def penalty_of_one_layer(W1, W2, X, Y, reg):
    h = np.maximum(X @ W1, 0)
    d = (softmax(h @ W2) - Y) / len(X)
    return X.T @ (d @ W2.T * (h > 0)), h.T @ d + 2 * reg * W2


@thread(
    "an assignment of two layers: the mean forgotten and the 2 missing",
    {"factor", "scale", "divisor"}, penalized, "W1, W2", PENALIZED,
)  # fmt: skip
def mean_and_two_missing(W1, W2, X, Y, reg):
    h = np.maximum(X @ W1, 0)
    d = softmax(h @ W2) - Y
    return X.T @ (d @ W2.T * (h > 0)) + reg * W1, h.T @ d + reg * W2


def hinge(W, X, T):
    s = X @ W
    margin = np.maximum(0, s - np.sum(s * T, axis=1, keepdims=True) + 1) * (1 - T)
    return np.sum(margin) / X.shape[0]


HINGE = [*normals((4, 3), (6, 4)), np.eye(3)[[0, 2, 1, 1, 0, 2]]]


@thread(
    "CS231n's first assignment: the right class's column gets nothing of the margins",
    {"summand", "unsummed"}, hinge, ("W",), HINGE,
)  # fmt: skip
def right_class_gets_nothing(W, X, T):
    s = X @ W
    margin = s - np.sum(s * T, axis=1, keepdims=True) + 1
    d = (margin > 0) * (1 - T)
    return (X.T @ d / len(X),)


@thread(
    "CS231n's first assignment: one margin counted for the right class",
    {"unsummed", "symbol", "factor", "summand"},
    hinge,
    ("W",),
    HINGE,
)
def one_margin_counted(W, X, T):
    s = X @ W
    margin = s - np.sum(s * T, axis=1, keepdims=True) + 1
    d = (margin > 0) * (1 - T) - T
    return (X.T @ d / len(X),)


@thread("CS231n's first assignment: the mean forgotten", {"scale", "divisor"}, hinge, ("W",), HINGE)
def margins_not_averaged(W, X, T):
    s = X @ W
    margin = s - np.sum(s * T, axis=1, keepdims=True) + 1
    d = (margin > 0) * (1 - T)
    d = d - T * d.sum(1, keepdims=True)
    return (X.T @ d,)


@thread("CS231n's assignments: scores in the place of probabilities", {"symbol", "function"}, classes)
def scores_for_probabilities(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (h @ W2 + b2 - Y) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@thread("CS231n's assignments: exponents that are not normalized", {"divisor", "symbol"}, classes)
def exponents_not_normalized(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    s = h @ W2 + b2
    d2 = (np.exp(s) - Y) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@thread("CS231n's assignments: softmax over the whole batch", {"axis"}, classes)
def softmax_over_the_batch(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    e = np.exp(h @ W2 + b2)
    d2 = (e / np.sum(e) - Y) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@thread("CS231n's assignments: X for h in the second layer's bias path", {"symbol"}, classes)
def bias_from_the_wrong_layer(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    dh = d2 @ W2.T
    d1 = dh * (h > 0)
    return X.T @ d1, dh.sum(0), h.T @ d2, d2.sum(0)


@thread("rasbt/stat453-deep-learning-ss21 issue 5: one sum for all biases", {"axis"}, classes)
def one_sum_for_all_biases(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return X.T @ d1, np.zeros(5) + np.sum(d1), h.T @ d2, np.zeros(3) + np.sum(d2)


@thread("a question: Y − p with +=, so that only the hidden layer climbs", {"sign", "part-sign"}, classes)
def hidden_layer_climbs(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = -(d2 @ W2.T) * (h > 0)
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@thread("a question: cross-entropy's slope without the minus", {"sign", "summand", "part-sign", "unsummed"}, pick)
def softmax_s_second_part_added(z, r):
    p = softmax(z)
    return (p * r + p * np.sum(r * p, axis=1, keepdims=True),)


@thread("a question: log p's slope taken as p", {"symbol", "function", "divided", "multiplied", "divisor"}, logistic)
def logarithm_without_its_slope(w, b, X, y):
    p = sigmoid(X @ w + b)
    d = (-y * p + (1 - y) * (1 - p)) * p * (1 - p) / len(y)
    return X.T @ d, d.sum()


def huber(w, X, y):
    r = X @ w - y
    return np.sum(np.where(np.abs(r) < 1, 0.5 * r**2, np.abs(r) - 0.5))


HUBER = normals(3, (8, 3), 8)


@thread("a course's loss: the residual used outside, too", {"symbol", "function", "slope"}, huber, ("w",), HUBER)
def residual_outside_too(w, X, y):
    return (X.T @ (X @ w - y),)


@thread(
    "a course's loss: outside its sign is forgotten", {"function", "factor", "symbol", "slope"}, huber, ("w",), HUBER
)
def sign_forgotten_outside(w, X, y):
    r = X @ w - y
    return (X.T @ np.where(np.abs(r) < 1, r, 1.0),)


def mse(w1, w2, x, y):
    z1 = x @ w1
    a1 = z1 / (1 + np.exp(-z1))
    return np.mean((a1 @ w2 - y) ** 2)


MSE = normals((3, 4), (4, 2), (5, 3), (5, 2))


@thread("a forum: swish's slope without its second term", {"summand"}, mse, "w1, w2", MSE)
def swish_without_its_second_term(w1, w2, x, y):
    z1 = x @ w1
    s = sigmoid(z1)
    d = 2 * (z1 * s @ w2 - y) / y.size
    return x.T @ (d @ w2.T * s), (z1 * s).T @ d


@thread("a forum: the mean taken over examples alone, not outputs", {"scale"}, mse, "w1, w2", MSE)
def mean_over_examples_alone(w1, w2, x, y):
    z1 = x @ w1
    s = sigmoid(z1)
    d = 2 * (z1 * s @ w2 - y) / len(y)
    return x.T @ (d @ w2.T * (s + z1 * s * (1 - s))), (z1 * s).T @ d


@thread("a forum: σ's slope for swish's", {"other-slope", "symbol", "summand", "factor"}, mse, "w1, w2", MSE)
def sigma_s_slope_for_swish_s(w1, w2, x, y):
    z1 = x @ w1
    s = sigmoid(z1)
    d = 2 * (z1 * s @ w2 - y) / y.size
    return x.T @ (d @ w2.T * s * (1 - s)), (z1 * s).T @ d


# ---- normalization, dropout, pooling ---------------------------------------------------------------------------------


@thread("an assignment: the variance's gradient with n − 1", {"scale", "divisor", "factor"}, normalized)
def variance_with_n_minus_one(gamma, beta, x, r):
    n = len(x)
    c = x - x.mean(0)
    std = np.sqrt(np.mean(c**2, axis=0) + 1e-5)
    d = r * gamma
    dvar = np.sum(d * c, 0) * -0.5 * std**-3
    dx = d / std + dvar * 2 * c / (n - 1)
    return np.sum(r * c / std, 0), r.sum(0), dx - dx.mean(0)


@thread("an assignment: −1/2 forgotten in the variance's gradient", {"factor", "scale", "divisor"}, normalized)
def half_of_the_root_forgotten(gamma, beta, x, r):
    n = len(x)
    c = x - x.mean(0)
    std = np.sqrt(np.mean(c**2, axis=0) + 1e-5)
    d = r * gamma
    dvar = -np.sum(d * c, 0) * std**-3
    dx = d / std + dvar * 2 * c / n
    return np.sum(r * c / std, 0), r.sum(0), dx - dx.mean(0)


@thread(
    "an assignment: the power −3/2 of the variance taken as −1/2",
    {"factor", "divisor", "function", "symbol", "multiplied"},
    normalized,
)
def power_of_the_variance(gamma, beta, x, r):
    n = len(x)
    c = x - x.mean(0)
    std = np.sqrt(np.mean(c**2, axis=0) + 1e-5)
    d = r * gamma
    dvar = np.sum(d * c, 0) * -0.5 * std**-1
    dx = d / std + dvar * 2 * c / n
    return np.sum(r * c / std, 0), r.sum(0), dx - dx.mean(0)


@thread("an assignment: γ's gradient from the centered x", {"symbol", "divisor"}, normalized)
def gamma_from_the_centered(gamma, beta, x, r):
    c = x - x.mean(0)
    std = np.sqrt(np.mean(c**2, axis=0) + 1e-5)
    n, d = c / std, r * gamma
    return np.sum(r * c, 0), r.sum(0), (d - d.mean(0) - n * np.mean(d * n, 0)) / std


@thread("an assignment: means over the batch as sums", {"mean", "divisor", "scale"}, normalized)
def sums_for_means(gamma, beta, x, r):
    c = x - x.mean(0)
    std = np.sqrt(np.mean(c**2, axis=0) + 1e-5)
    n, d = c / std, r * gamma
    return np.sum(r * n, 0), r.sum(0), (d - d.sum(0) - n * np.sum(d * n, 0)) / std


def leveled(g, b, x, r):
    mu = np.mean(x, axis=1, keepdims=True)
    var = np.mean((x - mu) ** 2, axis=1, keepdims=True)
    n = (x - mu) / np.sqrt(var + 1e-5)
    return np.sum((g * n + b) * r)


LEVELED = normals(4, 4, (5, 4), (5, 4))


@thread(
    "an assignment: batch normalization's axis in layer normalization",
    {"axis", "mean", "scale"},
    leveled,
    "g, b, x",
    LEVELED,
)
def axis_of_the_batch(g, b, x, r):
    c = x - x.mean(1, keepdims=True)
    std = np.sqrt(np.mean(c**2, axis=1, keepdims=True) + 1e-5)
    n, d = c / std, r * g
    return np.sum(r * n, 0), r.sum(0), (d - d.mean(0) - n * np.mean(d * n, 0)) / std


@thread(
    "FlagOpen's FlagGems pull 59: sums over everything for sums of rows",
    {"axis", "mean", "scale"},
    leveled,
    "g, b, x",
    LEVELED,
)
def sums_over_everything(g, b, x, r):
    c = x - x.mean(1, keepdims=True)
    std = np.sqrt(np.mean(c**2, axis=1, keepdims=True) + 1e-5)
    n, d = c / std, r * g
    k = x.shape[1]
    return np.sum(r * n, 0), r.sum(0), (d - np.sum(d) / k - n * np.sum(d * n) / k) / std


@thread(
    "a port of a language model: one of layer normalization's terms missing", {"summand"}, leveled, "g, b, x", LEVELED
)
def second_term_missing(g, b, x, r):
    c = x - x.mean(1, keepdims=True)
    std = np.sqrt(np.mean(c**2, axis=1, keepdims=True) + 1e-5)
    n, d = c / std, r * g
    return np.sum(r * n, 0), r.sum(0), (d - d.mean(1, keepdims=True)) / std


def inverted(w1, w2, x, y, mask, keep):
    h = np.tanh(x @ w1) * mask / keep
    return 0.5 * np.sum((h @ w2 - y) ** 2)


INVERTED = [*normals((3, 4), (4, 2), (5, 3), (5, 2)), (normal(size=(5, 4)) > 0).astype(float), 0.8]


@thread(
    "ddbourgin/numpy-ml issue 94: divided by keep, but not masked", {"factor", "slope"}, inverted, "w1, w2", INVERTED
)
def divided_but_not_masked(w1, w2, x, y, mask, keep):
    a = np.tanh(x @ w1)
    h = a * mask / keep
    d = h @ w2 - y
    return x.T @ (d @ w2.T / keep * (1 - a**2)), h.T @ d


@thread("an assignment: masked, but not divided", {"divisor", "scale", "factor"}, inverted, "w1, w2", INVERTED)
def masked_but_not_divided(w1, w2, x, y, mask, keep):
    a = np.tanh(x @ w1)
    h = a * mask / keep
    d = h @ w2 - y
    return x.T @ (d @ w2.T * mask * (1 - a**2)), h.T @ d


@thread("an assignment: multiplied by keep", {"multiplied", "scale"}, inverted, "w1, w2", INVERTED)
def multiplied_by_keep(w1, w2, x, y, mask, keep):
    a = np.tanh(x @ w1)
    h = a * mask / keep
    d = h @ w2 - y
    return x.T @ (d @ w2.T * mask * keep * (1 - a**2)), h.T @ d


@thread("an assignment: tanh's slope of what dropout has left", {"symbol", "other-slope"}, inverted, "w1, w2", INVERTED)
def slope_of_the_dropped(w1, w2, x, y, mask, keep):
    a = np.tanh(x @ w1)
    h = a * mask / keep
    d = h @ w2 - y
    return x.T @ (d @ w2.T * mask / keep * (1 - h**2)), h.T @ d


def blocks_averaged(x, r):
    return np.sum(x.reshape(3, 4).mean(axis=1) * r)


@thread(
    "mlpack/mlpack pull 2865: mean pooling not divided",
    {"scale", "divisor", "mean"},
    blocks_averaged,
    ("x",),
    normals(12, 3),
)
def pooling_not_divided(x, r):
    return (np.repeat(r, 4),)


def blocks_largest(x, r):
    return np.sum(x.reshape(3, 4).max(axis=1) * r)


@thread(
    "a course's pooling: the mask times the value",
    {"symbol", "factor", "again"},
    blocks_largest,
    ("x",),
    normals(12, 3),
)
def mask_times_the_value(x, r):
    b = x.reshape(3, 4)
    return ((b * (b == b.max(1, keepdims=True)) * r[:, None]).reshape(-1),)


@thread(
    "a course's pooling: shared by all", {"factor", "slope", "mean", "scale"}, blocks_largest, ("x",), normals(12, 3)
)
def largest_shared_by_all(x, r):
    return (np.repeat(r / 4, 4),)


# ---- convolution, attention, embeddings, recurrent -------------------------------------------------------------------


@thread("a course's convolution: the input's gradient with the kernel as it is", {"flipped"}, filtered)
def valid_kernel_reversed_twice(k, x, r):
    return np.array([np.sum(x[i : i + 6] * r) for i in range(3)])[::-1], np.convolve(r, k)


def plane(k, b, x, r):
    z = np.zeros((2, 4, 4))
    for f in range(2):
        for i in range(4):
            for j in range(4):
                z[f, i, j] = np.sum(k[f] * x[i : i + 2, j : j + 2]) + b[f]
    return np.sum(z * r)


PLANE = normals((2, 2, 2), 2, (5, 5), (2, 4, 4))


@thread("a course's convolution: the bias gets the last place only", {"only", "summand"}, plane, "k, b, x", PLANE)
def bias_of_the_last_place(k, b, x, r):
    dk, db, dx = np.zeros_like(k), np.zeros_like(b), np.zeros_like(x)
    for f in range(2):
        for i in range(4):
            for j in range(4):
                dk[f] += r[f, i, j] * x[i : i + 2, j : j + 2]
                dx[i : i + 2, j : j + 2] += r[f, i, j] * k[f]
                db[f] = r[f, i, j]
    return dk, db, dx


@thread("a course's convolution: windows written over", {"not-added"}, plane, "k, b, x", PLANE)
def windows_written_over(k, b, x, r):
    dk, db, dx = np.zeros_like(k), r.sum((1, 2)), np.zeros_like(x)
    for f in range(2):
        for i in range(4):
            for j in range(4):
                dk[f] += r[f, i, j] * x[i : i + 2, j : j + 2]
                dx[i : i + 2, j : j + 2] = r[f, i, j] * k[f]
    return dk, db, dx


@thread("a course's convolution: one filter's error for all", {"symbol", "summand", "axis"}, plane, "k, b, x", PLANE)
def kernel_turned_in_the_plane(k, b, x, r):
    dk, db, dx = np.zeros_like(k), r.sum((1, 2)), np.zeros_like(x)
    for f in range(2):
        for i in range(4):
            for j in range(4):
                dk[f] += r[f, i, j] * x[i : i + 2, j : j + 2]
                dx[i : i + 2, j : j + 2] += r[0, i, j] * k[f]
    return dk, db, dx


@thread("an implementation of attention: the keys' error from before softmax", {"symbol", "scale"}, attention)
def keys_for_queries(Q, K, V, r):
    a = softmax(Q @ K.T / np.sqrt(3))
    da = r @ V.T
    ds = a * (da - np.sum(da * a, 1, keepdims=True)) / np.sqrt(3)
    return ds @ K, da.T @ Q / np.sqrt(3), a.T @ r


@thread(
    "an implementation of attention: scaled by d, not by its root", {"scale", "divisor", "function", "twice"}, attention
)
def scaled_by_d(Q, K, V, r):
    a = softmax(Q @ K.T / np.sqrt(3))
    da = r @ V.T
    ds = a * (da - np.sum(da * a, 1, keepdims=True)) / 3
    return ds @ K, ds.T @ Q, a.T @ r


@thread("an implementation of attention: softmax's sum over the queries", {"axis"}, attention)
def sum_over_the_queries(Q, K, V, r):
    a = softmax(Q @ K.T / np.sqrt(3))
    da = r @ V.T
    ds = a * (da - np.sum(da * a, 0, keepdims=True)) / np.sqrt(3)
    return ds @ K, ds.T @ Q, a.T @ r


@thread(
    "an implementation of attention: softmax passed as if it were nothing", {"slope", "function", "symbol"}, attention
)
def softmax_passed(Q, K, V, r):
    a = softmax(Q @ K.T / np.sqrt(3))
    ds = r @ V.T / np.sqrt(3)
    return ds @ K, ds.T @ Q, a.T @ r


def causal(Q, K, V, r, mask):
    s = np.where(mask > 0, Q @ K.T / np.sqrt(3), -1e9)
    return np.sum(softmax(s, 1) @ V * r)


CAUSAL = [*normals((4, 3), (4, 3), (4, 2), (4, 2)), np.tril(np.ones((4, 4)))]


@thread(
    "an implementation of attention: scores' softmax without its mask on the way back",
    {"function", "summand", "mask", "symbol", "slope"},
    causal,
    "Q, K, V",
    CAUSAL,
)
def mask_not_used_forward(Q, K, V, r, mask):
    a = softmax(Q @ K.T / np.sqrt(3))
    da = r @ V.T
    ds = a * (da - np.sum(da * a, 1, keepdims=True)) / np.sqrt(3)
    return ds @ K, ds.T @ Q, a.T @ r


def embedding(E, w, r):
    e = E[np.array([1, 3, 1, 0, 3])]
    return np.sum(np.tanh(e @ w) * r)


EMBEDDING = normals((4, 3), (3, 2), (5, 2))


@thread("ZacBi/CS224n-2019-solutions issue 5: += with repeated indices", {"not-added"}, embedding, "E, w", EMBEDDING)
def repeated_indices(E, w, r):
    words = np.array([1, 3, 1, 0, 3])
    e = E[words]
    d = r * (1 - np.tanh(e @ w) ** 2)
    dE = np.zeros_like(E)
    dE[words] += d @ w.T
    return dE, e.T @ d


def sampled(c, U, labels):
    p = sigmoid(U @ c)
    return -np.sum(labels * np.log(p) + (1 - labels) * np.log(1 - p))


SAMPLED = [*normals(3, (4, 3)), np.array([1, 0, 0, 0.0])]


@thread(
    "piskvorky/gensim issue 287: the center's error from vectors that have moved", {"updated"}, sampled, "c, U", SAMPLED
)
def error_from_moved_vectors(c, U, labels):
    g = sigmoid(U @ c) - labels
    dU = np.outer(g, c)
    U = U - 0.025 * dU
    return U.T @ g, dU


@thread(
    "hankcs/CS224n pull 5: negative samples with the positive sign",
    {"part-sign", "sign", "symbol"},
    sampled,
    "c, U",
    SAMPLED,
)
def negative_samples_positive(c, U, labels):
    p = sigmoid(U @ c)
    g = np.where(labels == 1, p - 1, -p)
    return U.T @ g, np.outer(g, c)


def cell(Wf, Wi, Wg, Wo, bf, bi, z, c0, r):
    f = sigmoid(Wf @ z + bf)
    i = sigmoid(Wi @ z + bi)
    g = np.tanh(Wg @ z)
    o = sigmoid(Wo @ z)
    c = f * c0 + i * g
    return np.sum(o * np.tanh(c) * r)


CELL = normals((3, 4), (3, 4), (3, 4), (3, 4), (3, 1), (3, 1), (4, 2), (3, 2), (3, 2))
CELL_WRT = "Wf, Wi, Wg, Wo, bf, bi"


def cell_forward(Wf, Wi, Wg, Wo, bf, bi, z, c0):
    f, i, g, o = sigmoid(Wf @ z + bf), sigmoid(Wi @ z + bi), np.tanh(Wg @ z), sigmoid(Wo @ z)
    return f, i, g, o, f * c0 + i * g


@thread("hanbt/learn_dl issue 53: the forget gate's error for all biases", {"symbol"}, cell, CELL_WRT, CELL)
def forget_gate_s_error_for_all(Wf, Wi, Wg, Wo, bf, bi, z, c0, r):
    f, i, g, o, c = cell_forward(Wf, Wi, Wg, Wo, bf, bi, z, c0)
    dc = r * o * (1 - np.tanh(c) ** 2)
    df, di = dc * c0 * f * (1 - f), dc * g * i * (1 - i)
    dg, do = dc * i * (1 - g**2), r * np.tanh(c) * o * (1 - o)
    return df @ z.T, di @ z.T, dg @ z.T, do @ z.T, df.sum(1, keepdims=True), df.sum(1, keepdims=True)


@thread(
    "an LSTM by hand: the output gate's error without tanh of the cell",
    {"factor", "function", "symbol"},
    cell,
    CELL_WRT,
    CELL,
)
def output_gate_from_the_cell(Wf, Wi, Wg, Wo, bf, bi, z, c0, r):
    f, i, g, o, c = cell_forward(Wf, Wi, Wg, Wo, bf, bi, z, c0)
    dc = r * o * (1 - np.tanh(c) ** 2)
    df, di = dc * c0 * f * (1 - f), dc * g * i * (1 - i)
    dg, do = dc * i * (1 - g**2), r * c * o * (1 - o)
    return df @ z.T, di @ z.T, dg @ z.T, do @ z.T, df.sum(1, keepdims=True), di.sum(1, keepdims=True)


@thread("an LSTM by hand: tanh's slope of the candidate taken as a gate's", {"other-slope"}, cell, CELL_WRT, CELL)
def candidate_s_slope_as_a_gate_s(Wf, Wi, Wg, Wo, bf, bi, z, c0, r):
    f, i, g, o, c = cell_forward(Wf, Wi, Wg, Wo, bf, bi, z, c0)
    dc = r * o * (1 - np.tanh(c) ** 2)
    df, di = dc * c0 * f * (1 - f), dc * g * i * (1 - i)
    dg, do = dc * i * g * (1 - g), r * np.tanh(c) * o * (1 - o)
    return df @ z.T, di @ z.T, dg @ z.T, do @ z.T, df.sum(1, keepdims=True), di.sum(1, keepdims=True)


@thread("an LSTM by hand: 1 − tanh(c)² taken at tanh(c)", {"symbol"}, cell, CELL_WRT, CELL)
def cell_s_slope_at_its_value(Wf, Wi, Wg, Wo, bf, bi, z, c0, r):
    f, i, g, o, c = cell_forward(Wf, Wi, Wg, Wo, bf, bi, z, c0)
    dc = r * o * (1 - np.tanh(np.tanh(c)) ** 2)
    df, di = dc * c0 * f * (1 - f), dc * g * i * (1 - i)
    dg, do = dc * i * (1 - g**2), r * np.tanh(c) * o * (1 - o)
    return df @ z.T, di @ z.T, dg @ z.T, do @ z.T, df.sum(1, keepdims=True), di.sum(1, keepdims=True)


def unrolled(U, W, V, x, y):
    h0 = np.zeros(3)
    h1 = np.tanh(U @ x[0] + W @ h0)
    h2 = np.tanh(U @ x[1] + W @ h1)
    h3 = np.tanh(U @ x[2] + W @ h2)
    return 0.5 * np.sum((V @ h3 - y) ** 2)


UNROLLED = normals((3, 2), (3, 3), (2, 3), (3, 2), 2)


@thread("a tutorial's recurrent network: W's gradient by h at the same step", {"symbol"}, unrolled, "U, W, V", UNROLLED)
def state_of_the_same_step(U, W, V, x, y):
    h = [np.zeros(3)]
    for each in x:
        h.append(np.tanh(U @ each + W @ h[-1]))
    e = V @ h[3] - y
    d, dU, dW = V.T @ e, np.zeros_like(U), np.zeros_like(W)
    for t in (3, 2, 1):
        d = d * (1 - h[t] ** 2)
        dU += np.outer(d, x[t - 1])
        dW += np.outer(d, h[t])
        d = W.T @ d
    return dU, dW, np.outer(e, h[3])


@thread(
    "a tutorial's recurrent network: tanh's slope forgotten on the way through time",
    {"slope", "factor", "symbol"},
    unrolled,
    "U, W, V",
    UNROLLED,
)
def slope_forgotten_through_time(U, W, V, x, y):
    h = [np.zeros(3)]
    for each in x:
        h.append(np.tanh(U @ each + W @ h[-1]))
    e = V @ h[3] - y
    d, dU, dW = (V.T @ e) * (1 - h[3] ** 2), np.zeros_like(U), np.zeros_like(W)
    for t in (3, 2, 1):
        dU += np.outer(d, x[t - 1])
        dW += np.outer(d, h[t - 1])
        d = W.T @ d
    return dU, dW, np.outer(e, h[3])


@thread(
    "a tutorial's recurrent network: W not transposed on the way back",
    {"order", "transpose"},
    unrolled,
    "U, W, V",
    UNROLLED,
)
def recurrent_matrix_as_it_is(U, W, V, x, y):
    h = [np.zeros(3)]
    for each in x:
        h.append(np.tanh(U @ each + W @ h[-1]))
    e = V @ h[3] - y
    d, dU, dW = V.T @ e, np.zeros_like(U), np.zeros_like(W)
    for t in (3, 2, 1):
        d = d * (1 - h[t] ** 2)
        dU += np.outer(d, x[t - 1])
        dW += np.outer(d, h[t - 1])
        d = W @ d
    return dU, dW, np.outer(e, h[3])


@thread("a tutorial's recurrent network: inputs taken one step late", {"symbol"}, unrolled, "U, W, V", UNROLLED)
def inputs_one_step_late(U, W, V, x, y):
    h = [np.zeros(3)]
    for each in x:
        h.append(np.tanh(U @ each + W @ h[-1]))
    e = V @ h[3] - y
    d, dU, dW = V.T @ e, np.zeros_like(U), np.zeros_like(W)
    for t in (3, 2, 1):
        d = d * (1 - h[t] ** 2)
        dU += np.outer(d, x[t % 3])
        dW += np.outer(d, h[t - 1])
        d = W.T @ d
    return dU, dW, np.outer(e, h[3])


# ---- steps -----------------------------------------------------------------------------------------------------------


@thread_exercise("an optimizer's thread: m and v exchanged in the step", {"symbol", "exchanged", "function"}, "adam")
def moments_exchanged(w, g, m, v, t):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    mh, vh = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return m, v, w - 0.01 * vh / (np.sqrt(np.abs(mh)) + 1e-8)


@thread_exercise("an optimizer's thread: corrections of the step before", {"symbol", "factor"}, "adam")
def corrections_of_the_step_before(w, g, m, v, t):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    mh, vh = m / (1 - 0.9 ** (t - 1)), v / (1 - 0.999 ** (t - 1))
    return m, v, w - 0.01 * mh / (np.sqrt(vh) + 1e-8)


@thread_exercise("an optimizer's thread: β¹ and β² exchanged", {"symbol", "factor", "scale", "exchanged"}, "adam")
def shares_exchanged(w, g, m, v, t):
    m, v = 0.1 * m + 0.9 * g, 0.999 * v + 0.001 * g**2
    mh, vh = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return m, v, w - 0.01 * mh / (np.sqrt(vh) + 1e-8)


@thread_exercise(
    "an optimizer's thread: the step's rate within the velocity and again outside",
    {"twice", "again", "scale"},
    "momentum",
)
def rate_twice(w, g, v, eta, mu):
    v = mu * v - eta * g
    return v, w + eta * v


@thread_exercise("an optimizer's thread: the velocity not weighed", {"factor"}, "momentum")
def velocity_not_weighed(w, g, v, eta, mu):
    v = v - eta * g
    return v, w + v


@thread_exercise("an optimizer's thread: 1 − μ before the gradient", {"factor", "symbol", "again"}, "momentum")
def damped(w, g, v, eta, mu):
    v = mu * v - (1 - mu) * eta * g
    return v, w + v


@thread("an optimizer's thread: the root's slope forgotten", {"slope", "function", "factor", "divisor"}, stepped)
def root_s_slope_forgotten(w, g, m, v, x, y):
    m1, v1 = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
    root = np.sqrt(v1)
    d = x.T @ (x @ (w - 0.1 * m1 / (root + 1e-3)) - y)
    dm1 = -0.1 * d / (root + 1e-3)
    dv1 = 0.1 * d * m1 / (root + 1e-3) ** 2
    return d, 0.1 * dm1 + 0.02 * g * dv1, 0.9 * dm1, 0.99 * dv1


@thread("an optimizer's thread: shares of momentum exchanged", {"exchanged", "symbol"}, momentum)
def gradients_exchanged(w, g, u, x, y):
    d = x.T @ (x @ (w + 0.9 * u - 0.1 * g) - y)
    return d, 0.9 * d, -0.1 * d


@thread_exercise("a learner of backpropagation: (a − y) y", {"factor", "symbol", "slope", "brackets"}, "output_error")
def brackets_forgotten(z3, y):
    a = sigmoid(z3)
    return a - y * a * (1 - a)


@thread_exercise(
    "a learner of backpropagation: σ of the error", {"symbol", "function", "slope", "factor"}, "output_error"
)
def sigma_of_the_error(z3, y):
    return (sigmoid(z3) - y) * sigmoid(z3)


@thread_exercise("a learner of backpropagation: z in the place of the slope", {"symbol", "function"}, "delta")
def error_times_z(z2, w3, b3, y):
    a2 = sigmoid(z2)
    return (w3.T @ (w3 @ a2 + b3 - y)) * z2


@thread_exercise("a learner of backpropagation: y forgotten", {"summand"}, "weights")
def target_forgotten(w, b, a, y):
    e = w @ a + b
    return e @ a.T, e


@thread_exercise(
    "a learner of dropout: the mask in the error only",
    {"symbol", "factor", "function", "summand", "divisor"},
    "dropout",
)
def dropped_only_behind(w, x, y, mask, keep):
    d = w @ x - y
    return d * mask / keep @ x.T
