"""More wrong implementations, as in `wrong.py`, each of a function of its own: other activations, recurrent and gated networks,
dropout, layer normalization, pooling, embeddings.
"""

import numpy as np

from .programs import sigmoid, softmax

ELSEWHERE = []


def elsewhere(program, args, wrt, source, *names):
    def enter(mine):
        ELSEWHERE.append((mine.__name__, program, args, wrt, mine, source, names))
        return mine

    return enter


normal = np.random.default_rng(11).normal


def hyperbolic(w1, w2, x, y):
    a1 = np.tanh(w1 @ x)
    a2 = np.tanh(w2 @ a1)
    return 0.5 * np.sum((a2 - y) ** 2)


HYPERBOLIC = [normal(size=s) for s in ((4, 3), (2, 4), (3, 5), (2, 5))]


@elsewhere(hyperbolic, HYPERBOLIC, "w1, w2", "tanh's slope taken of the activation by a function of z", {"symbol"})
def tanh_twice(w1, w2, x, y):
    a1 = np.tanh(w1 @ x)
    a2 = np.tanh(w2 @ a1)
    d2 = (a2 - y) * (1 - np.tanh(a2) ** 2)
    return (w2.T @ d2 * (1 - np.tanh(a1) ** 2)) @ x.T, d2 @ a1.T


@elsewhere(hyperbolic, HYPERBOLIC, "w1, w2", "1 − a in the place of 1 − a²", {"factor"})
def square_forgotten(w1, w2, x, y):
    a1 = np.tanh(w1 @ x)
    a2 = np.tanh(w2 @ a1)
    d2 = (a2 - y) * (1 - a2)
    return (w2.T @ d2 * (1 - a1)) @ x.T, d2 @ a1.T


@elsewhere(hyperbolic, HYPERBOLIC, "w1, w2", "the sigmoid's slope left in after tanh came", {"other-slope"})
def sigmoid_slope_after_tanh(w1, w2, x, y):
    a1 = np.tanh(w1 @ x)
    a2 = np.tanh(w2 @ a1)
    d2 = (a2 - y) * a2 * (1 - a2)
    return (w2.T @ d2 * a1 * (1 - a1)) @ x.T, d2 @ a1.T


def squared_softmax(w, x, y):
    z = x @ w
    p = softmax(z, 1)
    return 0.5 * np.sum((p - y) ** 2)


@elsewhere(
    squared_softmax, [normal(size=(4, 3)), normal(size=(5, 4)), np.eye(3)[[0, 2, 1, 1, 0]]], ("w",),
    "softmax's slope taken for the sigmoid's", {"summand", "unsummed"},
)  # fmt: skip
def softmax_as_sigmoid(w, x, y):
    p = softmax(x @ w)
    return (x.T @ ((p - y) * p * (1 - p)),)


def dropped(w1, w2, x, y, mask):
    z1 = w1 @ x
    a1 = np.maximum(z1, 0)
    h1 = a1 * mask / 0.5
    return 0.5 * np.sum((w2 @ h1 - y) ** 2)


@elsewhere(
    dropped, [*HYPERBOLIC, (normal(size=(4, 5)) > 0).astype(float)], "w1, w2",
    "dropout's mask forgotten on the way back", {"factor", "slope"},
)  # fmt: skip
def dropout_mask_forgotten(w1, w2, x, y, mask):
    a1 = np.maximum(w1 @ x, 0)
    h1 = a1 * mask / 0.5
    d2 = w2 @ h1 - y
    d1 = (w2.T @ d2) / 0.5 * (a1 > 0)
    return d1 @ x.T, d2 @ h1.T


def recurrent(wx, wh, x, y):
    h0 = np.zeros(wh.shape[0])
    h1 = np.tanh(wx @ x[0] + wh @ h0)
    h2 = np.tanh(wx @ x[1] + wh @ h1)
    h3 = np.tanh(wx @ x[2] + wh @ h2)
    return 0.5 * np.sum((h3 - y) ** 2)


RECURRENT = [normal(size=(3, 2)), normal(size=(3, 3)), normal(size=(3, 2)), normal(size=3)]


@elsewhere(
    recurrent, RECURRENT, "wx, wh", "a recurrent network that learns from the last step only", {"summand"}, {"summand"}
)
def last_step_only(wx, wh, x, y):
    h1 = np.tanh(wx @ x[0])
    h2 = np.tanh(wx @ x[1] + wh @ h1)
    h3 = np.tanh(wx @ x[2] + wh @ h2)
    d = (h3 - y) * (1 - h3**2)
    return np.outer(d, x[2]), np.outer(d, h2)


@elsewhere(
    recurrent, RECURRENT, "wx, wh", "the recurrent weights not transposed on the way back", {"transpose", "order"}
)
def recurrent_not_transposed(wx, wh, x, y):
    h1 = np.tanh(wx @ x[0])
    h2 = np.tanh(wx @ x[1] + wh @ h1)
    h3 = np.tanh(wx @ x[2] + wh @ h2)
    d3 = (h3 - y) * (1 - h3**2)
    d2 = wh @ d3 * (1 - h2**2)
    d1 = wh @ d2 * (1 - h1**2)
    return np.outer(d3, x[2]) + np.outer(d2, x[1]) + np.outer(d1, x[0]), np.outer(d3, h2) + np.outer(d2, h1)


def layered(g, b, x, r):
    mu = np.mean(x, axis=1, keepdims=True)
    var = np.var(x, axis=1, keepdims=True)
    std = np.sqrt(var + 1e-5)
    xhat = (x - mu) / std
    return np.sum((g * xhat + b) * r)


LAYERED = [normal(size=4), normal(size=4), normal(size=(5, 4)), normal(size=(5, 4))]


@elsewhere(
    layered, LAYERED, "g, b, x", "layer normalization with the variance for its root", {"function", "symbol", "twice"}
)
def variance_for_its_root(g, b, x, r):
    var = x.var(1, keepdims=True) + 1e-5
    xhat = (x - x.mean(1, keepdims=True)) / np.sqrt(var)
    d = r * g
    dx = (d - d.mean(1, keepdims=True) - xhat * np.mean(d * xhat, 1, keepdims=True)) / var
    return np.sum(r * xhat, 0), r.sum(0), dx


@elsewhere(
    layered, LAYERED, "g, b, x", "layer normalization's gradient of its scale along the features", {"axis"}, {"axis"}
)
def summed_along_the_features(g, b, x, r):
    std = np.sqrt(x.var(1, keepdims=True) + 1e-5)
    xhat = (x - x.mean(1, keepdims=True)) / std
    d = r * g
    dx = (d - d.mean(1, keepdims=True) - xhat * np.mean(d * xhat, 1, keepdims=True)) / std
    return np.sum(r * xhat, 1), r.sum(1), dx


def pooled(x, r):
    blocks = x.reshape(3, 2, 2)
    return np.sum(np.max(blocks, axis=2) * r)


@elsewhere(
    pooled,
    [normal(size=12), normal(size=(3, 2))],
    ("x",),
    "max pooling that hands its error to all",
    {"factor", "slope"},
)
def pooling_to_all(x, r):
    return (np.repeat(r[:, :, None], 2, axis=2).reshape(-1),)


def embedded(table, w, r):
    e = table[np.array([0, 2, 2, 1])]
    return np.sum((e @ w) * r)


@elsewhere(
    embedded, [normal(size=(4, 3)), normal(size=(3, 2)), normal(size=(4, 2))], "table, w",
    "an embedding written by = where a word comes twice", {"not-added"},
)  # fmt: skip
def word_that_comes_twice(table, w, r):
    words = np.array([0, 2, 2, 1])
    d = np.zeros_like(table)
    d[words] = r @ w.T
    return d, table[words].T @ r


def binary(w, X, y):
    z = X @ w
    p = sigmoid(z)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


@elsewhere(
    binary, [normal(size=3), normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0.0])], ("w",),
    "the half of the cost for the label 0 forgotten", {"summand"},
)  # fmt: skip
def one_label_only(w, X, y):
    p = sigmoid(X @ w)
    return (X.T @ (-y * (1 - p)),)


def gated(wi, wg, x, r):
    i = sigmoid(wi @ x)
    g = np.tanh(wg @ x)
    c = i * g
    return np.sum(np.tanh(c) * r)


@elsewhere(
    gated, [normal(size=(3, 2)), normal(size=(3, 2)), normal(size=(2, 4)), normal(size=(3, 4))], "wi, wg",
    "an LSTM's gate with the cell's slope forgotten", {"slope", "factor", "summand"},
)  # fmt: skip
def cell_slope_forgotten(wi, wg, x, r):
    i, g = sigmoid(wi @ x), np.tanh(wg @ x)
    return (r * g * i * (1 - i)) @ x.T, (r * i * (1 - g**2)) @ x.T


@elsewhere(
    gated, [normal(size=(3, 2)), normal(size=(3, 2)), normal(size=(2, 4)), normal(size=(3, 4))], "wi, wg",
    "an LSTM's gates exchanged in the product rule", {"symbol"}, {"symbol"},
)  # fmt: skip
def gates_exchanged(wi, wg, x, r):
    i, g = sigmoid(wi @ x), np.tanh(wg @ x)
    d = r * (1 - np.tanh(i * g) ** 2)
    return (d * i * i * (1 - i)) @ x.T, (d * g * (1 - g**2)) @ x.T
