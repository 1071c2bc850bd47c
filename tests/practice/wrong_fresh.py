"""Wrong implementations of functions that no other collection has: as learners write them, with loops, lists
and helpers; written before the engine had seen any of them."""

import numpy as np

import chainrule as cr

from .programs import sigmoid, softmax

FRESH = []
normal = np.random.default_rng(23).normal


def fresh(source, names, program, wrt, args):
    def enter(mine):
        FRESH.append((mine.__name__, names, lambda: cr.check_grad(program, args, mine=mine, wrt=wrt)))
        return mine

    return enter


def normals(*shapes):
    return [normal(size=shape) for shape in shapes]


def factored(P, Q, R, M, lam):
    e = M * (R - P @ Q.T)
    return np.sum(e**2) + lam * (np.sum(P**2) + np.sum(Q**2))


FACTORED = [*normals((4, 2), (5, 2), (4, 5)), (normal(size=(4, 5)) > -0.5).astype(float), 0.15]


@fresh("matrix factorization: the penalty's 2 forgotten", {"scale", "factor"}, factored, "P, Q", FACTORED)
def factored_penalty(P, Q, R, M, lam):
    e = M * (R - P @ Q.T)
    return -2 * e @ Q + lam * P, -2 * e.T @ P + lam * Q


@fresh("matrix factorization: the mask forgotten", {"factor"}, factored, "P, Q", FACTORED)
def factored_mask(P, Q, R, M, lam):
    e = R - P @ Q.T
    return -2 * e @ Q + 2 * lam * P, -2 * e.T @ P + 2 * lam * Q


@fresh("matrix factorization: P is updated before Q's gradient", {"updated"}, factored, "P, Q", FACTORED)
def factored_updated(P, Q, R, M, lam):
    e = M * (R - P @ Q.T)
    dP = -2 * e @ Q + 2 * lam * P
    P = P - 0.01 * dP
    return dP, -2 * e.T @ P + 2 * lam * Q


def gelu(w1, w2, x, y):
    z = x @ w1
    a = 0.5 * z * (1 + np.tanh(0.79788456 * (z + 0.044715 * z**3)))
    return np.mean((a @ w2 - y) ** 2)


GELU = normals((3, 4), (4, 2), (5, 3), (5, 2))


@fresh("GELU: the inner derivative forgotten", {"factor", "slope", "function"}, gelu, "w1, w2", GELU)
def gelu_inner(w1, w2, x, y):
    z = x @ w1
    t = np.tanh(0.79788456 * (z + 0.044715 * z**3))
    a = 0.5 * z * (1 + t)
    d = 2 * (a @ w2 - y) / y.size
    slope = 0.5 * (1 + t) + 0.5 * z * (1 - t**2)
    return x.T @ (d @ w2.T * slope), a.T @ d


@fresh("GELU: the power's 3 forgotten", {"factor", "scale"}, gelu, "w1, w2", GELU)
def gelu_three(w1, w2, x, y):
    z = x @ w1
    t = np.tanh(0.79788456 * (z + 0.044715 * z**3))
    a = 0.5 * z * (1 + t)
    d = 2 * (a @ w2 - y) / y.size
    slope = 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * 0.79788456 * (1 + 0.044715 * z**2)
    return x.T @ (d @ w2.T * slope), a.T @ d


def rms(g, x, r):
    ms = np.mean(x**2, axis=1, keepdims=True)
    n = x / np.sqrt(ms + 1e-6)
    return np.sum(g * n * r)


RMS = normals(4, (5, 4), (5, 4))


@fresh("RMS normalization: the part through the mean forgotten", {"summand"}, rms, "g, x", RMS)
def rms_mean(g, x, r):
    root = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-6)
    return np.sum(r * x / root, axis=0), g * r / root


@fresh("RMS normalization: not divided by the features", {"scale", "mean", "divisor"}, rms, "g, x", RMS)
def rms_divided(g, x, r):
    root = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-6)
    d = g * r
    return np.sum(r * x / root, axis=0), d / root - x * np.sum(d * x, axis=1, keepdims=True) / root**3


@fresh("RMS normalization: the sign of the second part", {"part-sign", "sign"}, rms, "g, x", RMS)
def rms_sign(g, x, r):
    root = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-6)
    d = g * r
    return np.sum(r * x / root, axis=0), d / root + x * np.mean(d * x, axis=1, keepdims=True) / root**3


def gru(Wz, Wh, x, h, r):
    z = sigmoid(Wz @ x)
    c = np.tanh(Wh @ x)
    out = (1 - z) * h + z * c
    return np.sum(out * r)


GRU = normals((3, 4), (3, 4), (4, 2), (3, 2), (3, 2))


@fresh("a gated unit: the old state's part of the gate's error forgotten", {"summand"}, gru, "Wz, Wh, h", GRU)
def gru_part(Wz, Wh, x, h, r):
    z, c = sigmoid(Wz @ x), np.tanh(Wh @ x)
    return (r * c * z * (1 - z)) @ x.T, (r * z * (1 - c**2)) @ x.T, r * (1 - z)


@fresh("a gated unit: z and 1 − z exchanged", {"symbol", "factor", "exchanged", "summand"}, gru, "Wz, Wh, h", GRU)
def gru_exchanged(Wz, Wh, x, h, r):
    z, c = sigmoid(Wz @ x), np.tanh(Wh @ x)
    return (r * (c - h) * z * (1 - z)) @ x.T, (r * (1 - z) * (1 - c**2)) @ x.T, r * z


@fresh(
    "a gated unit: the candidate's slope and the old state's sign",
    {"slope", "factor", "part-sign", "sign"},
    gru,
    "Wz, Wh, h",
    GRU,
)
def gru_two(Wz, Wh, x, h, r):
    z, c = sigmoid(Wz @ x), np.tanh(Wh @ x)
    return (r * (c + h) * z * (1 - z)) @ x.T, (r * z) @ x.T, r * (1 - z)


def book(weights, biases, x, y):
    a = x
    for w, b in zip(weights, biases, strict=False):
        a = sigmoid(w @ a + b)
    return 0.5 * np.sum((a - y) ** 2) / x.shape[1]


BOOK = [normals((4, 3), (3, 4), (2, 3)), normals((4, 1), (3, 1), (2, 1)), *normals((3, 6), (2, 6))]


def book_backward(weights, biases, x, y, slope=lambda z, a: a * (1 - a), divide=True):
    acts, zs, dw, db = [x], [], [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    for w, b in zip(weights, biases, strict=False):
        zs.append(w @ acts[-1] + b)
        acts.append(sigmoid(zs[-1]))
    n = x.shape[1] if divide else 1
    d = (acts[-1] - y) * slope(zs[-1], acts[-1]) / n
    for k in range(len(weights) - 1, -1, -1):
        dw[k], db[k] = d @ acts[k].T, d.sum(axis=1, keepdims=True)
        if k:
            d = (weights[k].T @ d) * slope(zs[k - 1], acts[k])
    return dw, db


@fresh("the book with z for σ′(z) in all layers", {"symbol", "function"}, book, "weights, biases", BOOK)
def book_z(weights, biases, x, y):
    return book_backward(weights, biases, x, y, lambda z, a: z)


@fresh("the book with σ(z) for σ′(z) in all layers", {"symbol"}, book, "weights, biases", BOOK)
def book_sigma(weights, biases, x, y):
    return book_backward(weights, biases, x, y, lambda z, a: a)


@fresh("the book, not divided by the batch", {"scale", "divisor"}, book, "weights, biases", BOOK)
def book_not_divided(weights, biases, x, y):
    return book_backward(weights, biases, x, y, divide=False)


@fresh("the book, tanh's slope", {"other-slope", "symbol"}, book, "weights, biases", BOOK)
def book_tanh(weights, biases, x, y):
    return book_backward(weights, biases, x, y, lambda z, a: 1 - a**2)


@fresh("the book, one example after another, the gradients never added", {"only"}, book, "weights, biases", BOOK)
def book_examples(weights, biases, x, y):
    for i in range(x.shape[1]):
        found = book_backward(weights, biases, x[:, i : i + 1], y[:, i : i + 1])
    return [each / x.shape[1] for each in found[0]], [each / x.shape[1] for each in found[1]]


@fresh("the book, one example after another, added, never divided", {"scale", "divisor"}, book, "weights, biases", BOOK)
def book_added(weights, biases, x, y):
    dw, db = [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    for i in range(x.shape[1]):
        one, other = book_backward(weights, biases, x[:, i : i + 1], y[:, i : i + 1])
        dw, db = [a + b for a, b in zip(dw, one, strict=False)], [a + b for a, b in zip(db, other, strict=False)]
    return dw, db


@fresh("the book, the last example left out", {"only", "summand", "symbol"}, book, "weights, biases", BOOK)
def book_last_left_out(weights, biases, x, y):
    dw, db = [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    for i in range(x.shape[1] - 1):
        one, other = book_backward(weights, biases, x[:, i : i + 1], y[:, i : i + 1])
        dw, db = (
            [a + b / 6 for a, b in zip(dw, one, strict=False)],
            [a + b / 6 for a, b in zip(db, other, strict=False)],
        )
    return dw, db


def heads(Wq, Wk, Wv, X, r):
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    A = softmax(Q @ K.T / np.sqrt(3), 1)
    return np.sum(A @ V * r)


HEADS = normals((4, 3), (4, 3), (4, 2), (5, 4), (5, 2))


def heads_backward(Wq, Wk, Wv, X, r):
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    A = softmax(Q @ K.T / np.sqrt(3), 1)
    dA = r @ V.T
    return Q, K, V, A, dA, A * (dA - np.sum(dA * A, 1, keepdims=True)) / np.sqrt(3)


@fresh("self-attention: K's error with K", {"symbol", "order", "transpose"}, heads, "Wq, Wk, Wv", HEADS)
def heads_key(Wq, Wk, Wv, X, r):
    _Q, K, _V, A, _dA, dS = heads_backward(Wq, Wk, Wv, X, r)
    return X.T @ (dS @ K), X.T @ (dS.T @ K), X.T @ (A.T @ r)


@fresh("self-attention: the scores' error not transposed", {"transpose", "symbol"}, heads, "Wq, Wk, Wv", HEADS)
def heads_transposed(Wq, Wk, Wv, X, r):
    Q, K, _V, A, _dA, dS = heads_backward(Wq, Wk, Wv, X, r)
    return X.T @ (dS @ K), X.T @ (dS @ Q), X.T @ (A @ r)


@fresh("self-attention: the output's values for their error", {"symbol"}, heads, "Wq, Wk, Wv", HEADS)
def heads_value(Wq, Wk, Wv, X, r):
    Q, K, V, A, _dA, dS = heads_backward(Wq, Wk, Wv, X, r)
    return X.T @ (dS @ K), X.T @ (dS.T @ Q), X.T @ (A.T @ V)


@fresh(
    "self-attention: no scale, and the sum of softmax forgotten",
    {"divisor", "scale", "summand", "factor"},
    heads,
    "Wq, Wk, Wv",
    HEADS,
)
def heads_two(Wq, Wk, Wv, X, r):
    Q, K, _V, A, dA, _ = heads_backward(Wq, Wk, Wv, X, r)
    dS = A * dA
    return X.T @ (dS @ K), X.T @ (dS.T @ Q), X.T @ (A.T @ r)


def elastic(w, X, y, l1, l2):
    r = X @ w - y
    return np.mean(r**2) + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)


ELASTIC = [*normals(3, (7, 3), 7), 0.3, 0.2]


@fresh("elastic net: w for its sign", {"symbol", "function"}, elastic, ("w",), ELASTIC)
def elastic_sign(w, X, y, l1, l2):
    return (2 * X.T @ (X @ w - y) / len(y) + l1 * w + 2 * l2 * w,)


@fresh("elastic net: |w| for its sign", {"symbol", "function"}, elastic, ("w",), ELASTIC)
def elastic_absolute(w, X, y, l1, l2):
    return (2 * X.T @ (X @ w - y) / len(y) + l1 * np.abs(w) + 2 * l2 * w,)


@fresh("elastic net: l1 and l2 exchanged", {"symbol", "exchanged", "scale"}, elastic, ("w",), ELASTIC)
def elastic_exchanged(w, X, y, l1, l2):
    return (2 * X.T @ (X @ w - y) / len(y) + l2 * np.sign(w) + 2 * l1 * w,)


@fresh("elastic net: a loop over features that sums the residuals alone", {"factor"}, elastic, ("w",), ELASTIC)
def elastic_loop(w, X, y, l1, l2):
    r = X @ w - y
    g = np.zeros(3)
    for j in range(3):
        g[j] = 2 * np.mean(r) + l1 * np.sign(w[j]) + 2 * l2 * w[j]
    return (g,)


def weighted(w, X, y, c):
    p = sigmoid(X @ w)
    return -np.mean(c * y * np.log(p) + (1 - y) * np.log(1 - p))


WEIGHTED = [*normals(3, (7, 3)), np.array([0, 1, 1, 0, 1, 0, 0.0]), 2.5]


@fresh("weighted cross-entropy: the weight forgotten", {"factor"}, weighted, ("w",), WEIGHTED)
def weight_forgotten(w, X, y, c):
    p = sigmoid(X @ w)
    return (X.T @ (p - y) / len(y),)


@fresh("weighted cross-entropy: all weighted", {"again", "symbol", "factor", "scale"}, weighted, ("w",), WEIGHTED)
def all_weighted(w, X, y, c):
    p = sigmoid(X @ w)
    return (c * X.T @ (p - y) / len(y),)


def contrast(w, a, b, s):
    d = a @ w - b @ w
    q = np.sum(d**2, axis=1)
    return np.sum(s * q + (1 - s) * np.maximum(0, 1 - q))


CONTRAST = [*normals((3, 2), (6, 3), (6, 3)), np.array([1, 0, 1, 0, 0, 1.0])]


@fresh("a contrastive loss: the margin's condition forgotten", {"factor", "slope", "mask"}, contrast, ("w",), CONTRAST)
def condition_forgotten(w, a, b, s):
    d = a @ w - b @ w
    g = 2 * d * (s - (1 - s))[:, None]
    return (a.T @ g - b.T @ g,)


@fresh("a contrastive loss: the other branch forgotten", {"summand"}, contrast, ("w",), CONTRAST)
def branch_forgotten(w, a, b, s):
    d = a @ w - b @ w
    q = np.sum(d**2, axis=1)
    g = 2 * d * (s - (1 - s) * (q < 1))[:, None]
    return (a.T @ g,)


@fresh("a contrastive loss: both branches with plus", {"part-sign"}, contrast, ("w",), CONTRAST)
def branches_with_plus(w, a, b, s):
    d = a @ w - b @ w
    q = np.sum(d**2, axis=1)
    g = 2 * d * (s - (1 - s) * (q < 1))[:, None]
    return (a.T @ g + b.T @ g,)


def variational(m, v, e, t):
    z = m + np.exp(0.5 * v) * e
    return 0.5 * np.sum((z - t) ** 2) - 0.5 * np.sum(1 + v - m**2 - np.exp(v))


VARIATIONAL = normals((4, 3), (4, 3), (4, 3), (4, 3))


@fresh(
    "a variational autoencoder: the 1/2 of the exponent forgotten",
    {"factor", "scale"},
    variational,
    "m, v",
    VARIATIONAL,
)
def half_forgotten(m, v, e, t):
    d = m + np.exp(0.5 * v) * e - t
    return d + m, d * e * np.exp(0.5 * v) - 0.5 * (1 - np.exp(v))


@fresh("a variational autoencoder: the noise forgotten", {"factor"}, variational, "m, v", VARIATIONAL)
def noise_forgotten(m, v, e, t):
    d = m + np.exp(0.5 * v) * e - t
    return d + m, d * 0.5 * np.exp(0.5 * v) - 0.5 * (1 - np.exp(v))


@fresh("a variational autoencoder: the divergence's sign", {"part-sign", "sign"}, variational, "m, v", VARIATIONAL)
def divergence_s_sign(m, v, e, t):
    d = m + np.exp(0.5 * v) * e - t
    return d - m, d * e * 0.5 * np.exp(0.5 * v) + 0.5 * (1 - np.exp(v))


@fresh("a variational autoencoder: only the reconstruction", {"summand"}, variational, "m, v", VARIATIONAL)
def only_the_reconstruction(m, v, e, t):
    d = m + np.exp(0.5 * v) * e - t
    return d, d * e * 0.5 * np.exp(0.5 * v)


def images(k, b, w, x, y):
    c = np.zeros((3, 4, 4))
    for i in range(4):
        for j in range(4):
            c[:, i, j] = np.sum(x[:, i : i + 2, j : j + 2] * k, axis=(1, 2)) + b
    h = np.maximum(c, 0)
    return 0.5 * np.sum((h.reshape(3, 16) @ w - y) ** 2)


IMAGES = [*normals((2, 2)), 0.3, *normals((16, 2), (3, 5, 5), (3, 2))]


def images_backward(k, b, w, x, y, mask=True):
    c = np.zeros((3, 4, 4))
    for i in range(4):
        for j in range(4):
            c[:, i, j] = np.sum(x[:, i : i + 2, j : j + 2] * k, axis=(1, 2)) + b
    h = np.maximum(c, 0)
    e = h.reshape(3, 16) @ w - y
    d = (e @ w.T).reshape(3, 4, 4) * ((c > 0) if mask else 1)
    return h, e, d


@fresh("a convolutional network: the mask forgotten", {"factor", "slope"}, images, "k, b, w", IMAGES)
def images_mask(k, b, w, x, y):
    h, e, d = images_backward(k, b, w, x, y, False)
    dk = np.zeros((2, 2))
    for i in range(4):
        for j in range(4):
            dk += np.sum(d[:, i : i + 1, j : j + 1] * x[:, i : i + 2, j : j + 2], axis=0)
    return dk, d.sum(), h.reshape(3, 16).T @ e


@fresh(
    "a convolutional network: = for += in the kernel's loop",
    {"not-added", "only", "summand"},
    images,
    "k, b, w",
    IMAGES,
)
def images_assigned(k, b, w, x, y):
    h, e, d = images_backward(k, b, w, x, y)
    for i in range(4):
        for j in range(4):
            dk = np.sum(d[:, i : i + 1, j : j + 1] * x[:, i : i + 2, j : j + 2], axis=0)
    return dk, d.sum(), h.reshape(3, 16).T @ e


@fresh("a convolutional network: the kernel turned", {"flipped"}, images, "k, b, w", IMAGES)
def images_turned(k, b, w, x, y):
    h, e, d = images_backward(k, b, w, x, y)
    dk = np.zeros((2, 2))
    for i in range(4):
        for j in range(4):
            dk += np.sum(d[:, i : i + 1, j : j + 1] * x[:, i : i + 2, j : j + 2], axis=0)
    return dk[::-1, ::-1], d.sum(), h.reshape(3, 16).T @ e


def policy(w, S, A, G):
    p = softmax(S @ w, 1)
    return -np.sum(np.log(np.sum(A * p, axis=1)) * G)


POLICY = [*normals((4, 3), (6, 4)), np.eye(3)[[0, 2, 1, 1, 0, 2]], normal(size=6)]


@fresh("a policy's gradient: the return forgotten", {"factor"}, policy, ("w",), POLICY)
def return_forgotten(w, S, A, G):
    return (S.T @ (softmax(S @ w) - A),)


@fresh("a policy's gradient: ascent", {"sign", "scale"}, policy, ("w",), POLICY)
def policy_ascent(w, S, A, G):
    return (S.T @ ((A - softmax(S @ w)) * G[:, None]),)


@fresh(
    "a policy's gradient: the return on the probabilities alone",
    {"factor", "summand", "symbol"},
    policy,
    ("w",),
    POLICY,
)
def return_on_the_probabilities(w, S, A, G):
    return (S.T @ (softmax(S @ w) * G[:, None] - A),)


def decayed(W1, W2, X, Y, lambd):
    m = X.shape[1]
    A2 = sigmoid(W2 @ np.maximum(0, W1 @ X))
    entropy = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    return entropy + lambd / (2 * m) * (np.sum(np.square(W1)) + np.sum(np.square(W2)))


DECAYED = [*normals((4, 3), (1, 4), (3, 5)), np.array([[1, 0, 1, 1, 0.0]]), 0.7]


@fresh("a course's regularization: λ not divided by m", {"scale", "divisor", "factor"}, decayed, "W1, W2", DECAYED)
def decay_not_divided(W1, W2, X, Y, lambd):
    m = X.shape[1]
    A1 = np.maximum(0, W1 @ X)
    dZ2 = sigmoid(W2 @ A1) - Y
    dZ1 = np.multiply(np.dot(W2.T, dZ2), np.int64(A1 > 0))
    return 1.0 / m * np.dot(dZ1, X.T) + lambd * W1, 1.0 / m * np.dot(dZ2, A1.T) + lambd * W2


def two(w1, w2, x, y):
    return 0.5 * np.sum((sigmoid(w2 @ sigmoid(w1 @ x)) - y) ** 2)


@fresh(
    "the output's slope once more on the way back",
    {"again", "twice"},
    two,
    "w1, w2",
    normals((4, 3), (2, 4), (3, 5), (2, 5)),
)
def slope_once_more(w1, w2, x, y):
    a1 = sigmoid(w1 @ x)
    a2 = sigmoid(w2 @ a1)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ (d2 * a2 * (1 - a2))) * a1 * (1 - a1)
    return d1 @ x.T, d2 @ a1.T
