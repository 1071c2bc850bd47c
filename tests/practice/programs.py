"""The functions whose gradients the collections of wrong and right implementations are about, and arguments for them."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z, axis=-1):
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def dense(w1, b1, w2, b2, x, y):
    """Two layers of sigmoids, examples in columns, quadratic cost."""
    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    z2 = w2 @ a1 + b2
    a2 = sigmoid(z2)
    return 0.5 * np.sum((a2 - y) ** 2)


def chain(weights, biases, x, y):
    """Three layers in lists, as in Nielsen's book."""
    a = x
    for w, b in zip(weights, biases):
        a = sigmoid(w @ a + b)
    return 0.5 * np.sum((a - y) ** 2)


def xor(w1, w2, x, y):
    """Two layers without biases, examples in rows."""
    h = sigmoid(x @ w1)
    out = sigmoid(h @ w2)
    return 0.5 * np.sum((y - out) ** 2)


def classes(W1, b1, W2, b2, X, Y):
    """ReLU and softmax with cross-entropy, examples in rows, the mean over them."""
    z1 = X @ W1 + b1
    h1 = np.maximum(z1, 0)
    scores = h1 @ W2 + b2
    p = softmax(scores, 1)
    return -np.sum(Y * np.log(p)) / X.shape[0]


def logistic(w, b, X, y):
    """Logistic regression, the mean over examples in rows."""
    z = X @ w + b
    p = sigmoid(z)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def ridge(w, b, X, y, lam):
    """Linear regression with a penalty on the weights."""
    r = X @ w + b - y
    return np.sum(r**2) / (2 * X.shape[0]) + 0.5 * lam * np.sum(w**2)


def pick(z, r):
    """Softmax alone, row by row."""
    p = softmax(z, 1)
    return np.sum(r * p)


def normalized(gamma, beta, x, r):
    """Batch normalization over the rows."""
    mu = np.mean(x, axis=0)
    xc = x - mu
    var = np.mean(xc**2, axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xc / std
    out = gamma * xhat + beta
    return np.sum(out * r)


def filtered(k, x, r):
    """A convolution along one axis, as networks have it."""
    out = np.convolve(x, k[::-1], "valid")
    return np.sum(out * r)


def attention(Q, K, V, r):
    """One head of attention."""
    s = Q @ K.T / np.sqrt(Q.shape[1])
    a = softmax(s, 1)
    out = a @ V
    return np.sum(out * r)


def stepped(w, g, m, v, x, y):
    """The loss after one step of Adam, of which the gradient flows on to all that the step is made of."""
    m1 = 0.9 * m + 0.1 * g
    v1 = 0.99 * v + 0.01 * g**2
    w1 = w - 0.1 * m1 / (np.sqrt(v1) + 1e-3)
    return 0.5 * np.sum((x @ w1 - y) ** 2)


def momentum(w, g, u, x, y):
    """The loss after one step with momentum."""
    u1 = 0.9 * u - 0.1 * g
    w1 = w + u1
    return 0.5 * np.sum((x @ w1 - y) ** 2)


def averaged(w1, b1, w2, b2, x, y):
    """Two layers, tanh and a sigmoid with cross-entropy, the mean over examples in columns, as in a well-known course."""
    m = x.shape[1]
    z1 = w1 @ x + b1
    a1 = np.tanh(z1)
    z2 = w2 @ a1 + b2
    a2 = sigmoid(z2)
    return -np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2)) / m


def arguments(f):
    """Arguments of one of these functions, in sizes that differ."""
    random = np.random.default_rng(5)
    n = random.normal
    labels = np.eye(3)[random.integers(0, 3, 6)]
    return {
        dense: lambda: [n(size=s) for s in ((4, 3), (4, 1), (2, 4), (2, 1), (3, 5), (2, 5))],
        chain: lambda: [
            [n(size=s) for s in ((4, 3), (5, 4), (2, 5))], [n(size=(s, 1)) for s in (4, 5, 2)], n(size=(3, 1)), n(size=(2, 1)),
        ],
        xor: lambda: [n(size=(2, 3)), n(size=(3, 1)), np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0.0], [1], [1], [0]])],
        classes: lambda: [n(size=(4, 5)), n(size=5), n(size=(5, 3)), n(size=3), n(size=(6, 4)), labels],
        logistic: lambda: [n(size=3), 0.3, n(size=(7, 3)), np.array([0, 1, 1, 0, 1, 0, 0.0])],
        ridge: lambda: [n(size=3), 0.2, n(size=(7, 3)), n(size=7), 0.7],
        pick: lambda: [n(size=(4, 3)), n(size=(4, 3))],
        normalized: lambda: [n(size=3), n(size=3), n(size=(6, 3)), n(size=(6, 3))],
        filtered: lambda: [n(size=3), n(size=8), n(size=6)],
        attention: lambda: [n(size=(4, 3)), n(size=(5, 3)), n(size=(5, 2)), n(size=(4, 2))],
        stepped: lambda: [n(size=3), n(size=3), n(size=3), np.abs(n(size=3)), n(size=(4, 3)), n(size=4)],
        momentum: lambda: [n(size=3), n(size=3), n(size=3), n(size=(4, 3)), n(size=4)],
        averaged: lambda: [*(n(size=s) for s in ((4, 3), (4, 1), (1, 4), (1, 1), (3, 5))), np.array([[0, 1, 1, 0, 1.0]])],
    }[f]()  # fmt: skip


WRT = {
    dense: "w1, b1, w2, b2",
    chain: "weights, biases",
    xor: "w1, w2",
    classes: "W1, b1, W2, b2",
    logistic: "w, b",
    ridge: "w, b",
    pick: ("z",),
    normalized: "gamma, beta, x",
    filtered: "k, x",
    attention: "Q, K, V",
    stepped: "w, g, m, v",
    momentum: "w, g, u",
    averaged: "w1, b1, w2, b2",
}
