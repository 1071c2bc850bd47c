"""Right implementations of gradients, each in a style of its own."""

import numpy as np

from .programs import (
    attention,
    averaged,
    chain,
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

RIGHT = []


def right(program):
    def enter(mine):
        RIGHT.append((mine.__name__, program, mine))
        return mine

    return enter


def errors(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    return (w2.T @ d2) * a1 * (1 - a1), a1, d2


@right(dense)
def loops_over_everything(w1, b1, w2, b2, x, y):
    found = [np.zeros_like(each) for each in (w1, b1, w2, b2)]
    for i in range(x.shape[1]):
        z1 = [sum(w1[j, k] * x[k, i] for k in range(len(x))) + b1[j, 0] for j in range(len(w1))]
        a1 = [1 / (1 + np.exp(-each)) for each in z1]
        z2 = [sum(w2[j, k] * a1[k] for k in range(len(a1))) + b2[j, 0] for j in range(len(w2))]
        a2 = [1 / (1 + np.exp(-each)) for each in z2]
        d2 = [(a2[j] - y[j, i]) * a2[j] * (1 - a2[j]) for j in range(len(a2))]
        d1 = [sum(w2[j, k] * d2[j] for j in range(len(d2))) * a1[k] * (1 - a1[k]) for k in range(len(a1))]
        for j in range(len(d1)):
            found[1][j, 0] += d1[j]
            for k in range(len(x)):
                found[0][j, k] += d1[j] * x[k, i]
        for j in range(len(d2)):
            found[3][j, 0] += d2[j]
            for k in range(len(a1)):
                found[2][j, k] += d2[j] * a1[k]
    return found


@right(dense)
def examples_in_rows(w1, b1, w2, b2, x, y):
    X, Y = x.T, y.T
    h = sigmoid(X @ w1.T + b1.ravel())
    out = sigmoid(h @ w2.T + b2.ravel())
    d2 = (out - Y) * out * (1 - out)
    d1 = d2 @ w2 * h * (1 - h)
    return (X.T @ d1).T, d1.sum(0)[:, None], (h.T @ d2).T, d2.sum(0)[:, None]


@right(dense)
def einsum(w1, b1, w2, b2, x, y):
    d1, a1, d2 = errors(w1, b1, w2, b2, x, y)
    return (
        np.einsum("ib,jb->ij", d1, x), np.einsum("ib->i", d1)[:, None],
        np.einsum("ib,jb->ij", d2, a1), np.einsum("ib->i", d2)[:, None],
    )  # fmt: skip


@right(dense)
def single_precision(w1, b1, w2, b2, x, y):
    d1, a1, d2 = errors(*(each.astype(np.float32) for each in (w1, b1, w2, b2, x, y)))
    x = x.astype(np.float32)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@right(dense)
def numbers_alone(*args):
    def cost(*args):
        return dense(*args)

    found = []
    for place in range(4):
        gradient = np.zeros_like(args[place])
        for index in np.ndindex(gradient.shape):
            ends = []
            for step in (1e-5, -1e-5):
                moved = [each.copy() for each in args]
                moved[place][index] += step
                ends.append(cost(*moved))
            gradient[index] = (ends[0] - ends[1]) / 2e-5
        found.append(gradient)
    return tuple(found)


@right(dense)
def ones_for_the_bias(w1, b1, w2, b2, x, y):
    d1, a1, d2 = errors(w1, b1, w2, b2, x, y)
    ones = np.ones((x.shape[1], 1))
    return {"dw1": np.dot(d1, x.T), "db1": np.dot(d1, ones), "dw2": np.dot(d2, a1.T), "db2": np.dot(d2, ones)}


@right(dense)
def whole_jacobians(w1, b1, w2, b2, x, y):
    found = [np.zeros_like(each) for each in (w1, b1, w2, b2)]
    for column, wanted in zip(x.T, y.T):
        z1 = w1 @ column + b1[:, 0]
        a1 = sigmoid(z1)
        z2 = w2 @ a1 + b2[:, 0]
        a2 = sigmoid(z2)
        row = (a2 - wanted) @ np.diag(a2 * (1 - a2))
        back = row @ w2 @ np.diag(a1 * (1 - a1))
        for total, each in zip(found, (np.outer(back, column), back[:, None], np.outer(row, a1), row[:, None])):
            total += each
    return found


@right(dense)
def intermediate_values_too(w1, b1, w2, b2, x, y):
    d1, a1, d2 = errors(w1, b1, w2, b2, x, y)
    return {
        "a1": a1, "dz2": d2, "δ_z1": d1, "w1": d1 @ x.T, "b1": d1.sum(1, keepdims=True), "w2": d2 @ a1.T,
        "b2": d2.sum(1, keepdims=True),
    }  # fmt: skip


@right(chain)
def the_book_s_indices(weights, biases, x, y):
    nabla_w, nabla_b = [np.zeros(w.shape) for w in weights], [np.zeros(b.shape) for b in biases]
    activations, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sigmoid(zs[-1]))
    delta = (activations[-1] - y) * sigmoid(zs[-1]) * (1 - sigmoid(zs[-1]))
    nabla_b[-1], nabla_w[-1] = delta, np.dot(delta, activations[-2].T)
    for k in range(2, 4):
        delta = np.dot(weights[-k + 1].T, delta) * sigmoid(zs[-k]) * (1 - sigmoid(zs[-k]))
        nabla_b[-k], nabla_w[-k] = delta, np.dot(delta, activations[-k - 1].T)
    return nabla_w, nabla_b


@right(xor)
def slope_by_tanh(w1, w2, x, y):
    h, out = (1 + np.tanh(x @ w1 / 2)) / 2, sigmoid(sigmoid(x @ w1) @ w2)
    d2 = (out - y) * (out - out**2)
    return x.T @ (d2 @ w2.T * (h - h**2)), h.T @ d2


@right(classes)
def one_taken_from_the_right_class(W1, b1, W2, b2, X, Y):
    h = np.maximum(0, X @ W1 + b1)
    d2 = softmax(h @ W2 + b2)
    d2[np.arange(len(X)), Y.argmax(1)] -= 1
    d2 /= len(X)
    d1 = d2 @ W2.T
    d1[h <= 0] = 0
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@right(classes)
def softmax_s_jacobian_for_each_row(W1, b1, W2, b2, X, Y):
    h = np.maximum(0, X @ W1 + b1)
    p = softmax(h @ W2 + b2)
    d2 = np.array([(np.diag(q) - np.outer(q, q)) @ (-t / q) for q, t in zip(p, Y)]) / len(X)
    d1 = np.where(h > 0, d2 @ W2.T, 0)
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@right(logistic)
def one_example_after_the_other(w, b, X, y):
    dw, db = np.zeros(3), 0.0
    for row, wanted in zip(X, y):
        p = sigmoid(row @ w + b)
        dw += (p - wanted) * row / len(y)
        db += (p - wanted) / len(y)
    return dw, db


@right(logistic)
def unshortened(w, b, X, y):
    p = sigmoid(X @ w + b)
    d = (-y / p + (1 - y) / (1 - p)) * p * (1 - p)
    return np.mean(d[:, None] * X, axis=0), np.mean(d)


@right(ridge)
def normal_equations(w, b, X, y, lam):
    n = len(y)
    return (X.T @ X @ w + X.T @ (np.full(n, b) - y)) / n + lam * w, np.mean(X @ w + b - y)


@right(pick)
def jacobian(z, r):
    p = softmax(z)
    return (np.stack([(np.diag(q) - np.outer(q, q)) @ each for q, each in zip(p, r)]),)


@right(normalized)
def in_one_formula(gamma, beta, x, r):
    n, std = len(x), np.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    dx = gamma / (n * std) * (n * r - r.sum(0) - xhat * np.sum(r * xhat, 0))
    return np.sum(r * xhat, axis=0), r.sum(axis=0), dx


@right(normalized)
def step_by_step(gamma, beta, x, r):
    n, mu = len(x), x.mean(0)
    xmu = x - mu
    var = np.mean(xmu**2, 0)
    ivar = 1 / np.sqrt(var + 1e-5)
    dxhat = r * gamma
    dvar = np.sum(dxhat * xmu, 0) * -0.5 * (var + 1e-5) ** -1.5
    dmu = np.sum(-dxhat * ivar, 0) + dvar * np.mean(-2 * xmu, 0)
    return np.sum(r * xmu * ivar, 0), r.sum(0), dxhat * ivar + dvar * 2 * xmu / n + dmu / n


@right(filtered)
def windows_by_hand(k, x, r):
    dk, dx = np.zeros_like(k), np.zeros_like(x)
    for i in range(len(r)):
        dk += r[i] * x[i : i + len(k)]
        dx[i : i + len(k)] += r[i] * k
    return dk, dx


@right(attention)
def row_by_row(Q, K, V, r):
    scale = 1 / np.sqrt(Q.shape[1])
    dQ, dK, dV = np.zeros_like(Q), np.zeros_like(K), np.zeros_like(V)
    for i in range(len(Q)):
        a = softmax(K @ Q[i] * scale)
        da = V @ r[i]
        ds = (np.diag(a) - np.outer(a, a)) @ da * scale
        dQ[i] = ds @ K
        dK += np.outer(ds, Q[i])
        dV += np.outer(a, r[i])
    return dQ, dK, dV


@right(stepped)
def adam_in_parts(w, g, m, v, x, y):
    m1, v1 = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
    root = np.sqrt(v1)
    d = x.T @ (x @ (w - 0.1 * m1 / (root + 1e-3)) - y)
    dm1 = -0.1 * d / (root + 1e-3)
    dv1 = 0.1 * d * m1 / (root + 1e-3) ** 2 / (2 * root)
    return d, 0.1 * dm1 + 0.01 * 2 * g * dv1, 0.9 * dm1, 0.99 * dv1


@right(momentum)
def momentum_step(w, g, u, x, y):
    d = x.T @ (x @ (w + 0.9 * u - 0.1 * g) - y)
    return d, -0.1 * d, 0.9 * d


@right(averaged)
def the_course_s_own(w1, b1, w2, b2, x, y):
    m = y.shape[1]
    a1 = np.tanh(np.dot(w1, x) + b1)
    d2 = sigmoid(np.dot(w2, a1) + b2) - y
    d1 = np.multiply(np.dot(w2.T, d2), 1 - np.power(a1, 2))
    grads = {"dw2": np.dot(d2, a1.T) / m, "db2": np.sum(d2, axis=1, keepdims=True) / m}
    return grads | {"dw1": np.dot(d1, x.T) / m, "db1": np.sum(d1, axis=1, keepdims=True) / m}


@right(averaged)
def one_over_m_in_the_error(w1, b1, w2, b2, x, y):
    a1 = np.tanh(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    da2 = -(np.divide(y, a2) - np.divide(1 - y, 1 - a2)) / x.shape[1]
    d2 = da2 * a2 * (1 - a2)
    d1 = (w2.T @ d2) / np.cosh(w1 @ x + b1) ** 2
    return d1 @ x.T, d1.sum(1)[:, None], d2 @ a1.T, d2.sum(1)[:, None]


@right(averaged)
def half_precision_of_nothing_but_loops(w1, b1, w2, b2, x, y):
    found = [np.zeros(each.shape) for each in (w1, b1, w2, b2)]
    for column in range(x.shape[1]):
        x1, y1 = x[:, [column]], y[:, [column]]
        a1 = np.tanh(w1.dot(x1) + b1)
        d2 = sigmoid(w2.dot(a1) + b2) - y1
        d1 = w2.T.dot(d2) * (1 - a1 * a1)
        for total, part in zip(found, (d1.dot(x1.T), d1, d2.dot(a1.T), d2)):
            total += part
    return [total / x.shape[1] for total in found]


@right(dense)
def classes_of_layers(w1, b1, w2, b2, x, y):
    class Linear:
        def __init__(self, w, b):
            self.w, self.b = w, b

        def forward(self, x):
            self.x = x
            return self.w @ x + self.b

        def backward(self, d):
            self.dw, self.db = d @ self.x.T, d.sum(1, keepdims=True)
            return self.w.T @ d

    class Sigmoid:
        def forward(self, z):
            self.a = sigmoid(z)
            return self.a

        def backward(self, d):
            return d * self.a * (1 - self.a)

    layers = [Linear(w1, b1), Sigmoid(), Linear(w2, b2), Sigmoid()]
    a = x
    for layer in layers:
        a = layer.forward(a)
    d = a - y
    for layer in reversed(layers):
        d = layer.backward(d)
    return layers[0].dw, layers[0].db, layers[2].dw, layers[2].db


@right(dense)
def a_tape_of_closures(w1, b1, w2, b2, x, y):
    back, found = [], {}

    def linear(w, b, a, name):
        def backward(d):
            found["w" + name], found["b" + name] = d @ a.T, d.sum(1, keepdims=True)
            return w.T @ d

        back.append(backward)
        return w @ a + b

    def squash(z):
        a = sigmoid(z)
        back.append(lambda d: d * (a - a * a))
        return a

    d = squash(linear(w2, b2, squash(linear(w1, b1, x, "1")), "2")) - y
    for each in back[::-1]:
        d = each(d)
    return found


@right(dense)
def tensordot(w1, b1, w2, b2, x, y):
    d1, a1, d2 = errors(w1, b1, w2, b2, x, y)
    return (
        np.tensordot(d1, x, (1, 1)), np.add.reduce(d1, 1, keepdims=True),
        np.tensordot(d2, a1, ([1], [1])), np.einsum("ij->i", d2).reshape(-1, 1),
    )  # fmt: skip


@right(dense)
def outer_products_stacked(w1, b1, w2, b2, x, y):
    d1, a1, d2 = errors(w1, b1, w2, b2, x, y)
    return (
        np.sum([np.outer(d, v) for d, v in zip(d1.T, x.T)], axis=0), d1 @ np.ones((5, 1)),
        np.sum(d2[:, None, :] * a1[None], axis=2), np.vstack([row.sum() for row in d2]),
    )  # fmt: skip


@right(chain)
def recursion(weights, biases, x, y):
    def go(k, a):
        if k == len(weights):
            return a - y, [], []
        out = sigmoid(weights[k] @ a + biases[k])
        d, dw, db = go(k + 1, out)
        d = d * out * (1 - out)
        return weights[k].T @ d, [d @ a.T, *dw], [d, *db]

    return go(0, x)[1:]


@right(chain)
def flat_examples(weights, biases, x, y):
    acts = [x[:, 0]]
    for w, b in zip(weights, biases):
        acts.append(sigmoid(w.dot(acts[-1]) + b[:, 0]))
    d, dw, db = acts[-1] - y[:, 0], [], []
    for k in reversed(range(len(weights))):
        d = d * acts[k + 1] * (1 - acts[k + 1])
        dw.insert(0, np.outer(d, acts[k]))
        db.insert(0, d[:, None])
        d = d.dot(weights[k])
    return dw, db


@right(classes)
def log_softmax_s_derivative(W1, b1, W2, b2, X, Y):
    z = X @ W1 + b1
    h = z * (z > 0)
    scores = h @ W2 + b2
    shifted = scores - scores.max(1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    d2 = (np.exp(logp) * Y.sum(1, keepdims=True) - Y) / Y.shape[0]
    d1 = np.dot(d2, W2.T) * np.heaviside(z, 0)
    return {"W1": X.T.dot(d1), "W2": h.T.dot(d2), "b1": d1.sum(axis=0), "b2": d2.sum(axis=0)}


@right(logistic)
def with_a_column_of_ones(w, b, X, y):
    X1 = np.c_[X, np.ones(len(X))]
    g = X1.T @ (sigmoid(X1 @ np.append(w, b)) - y) / len(y)
    return g[:-1], g[-1]


@right(ridge)
def by_the_rows(w, b, X, y, lam):
    e = np.array([np.dot(row, w) + b - t for row, t in zip(X, y)])
    return np.array([np.mean(e * X[:, k]) for k in range(len(w))]) + lam * w, e.sum() / e.size


@right(pick)
def double_loop(z, r):
    p, d = softmax(z), np.zeros_like(z)
    for n in range(z.shape[0]):
        for i in range(z.shape[1]):
            for j in range(z.shape[1]):
                d[n, j] += r[n, i] * p[n, i] * ((i == j) - p[n, j])
    return (d,)


@right(normalized)
def centered_by_a_matrix(gamma, beta, x, r):
    n = len(x)
    center = np.eye(n) - 1 / n
    c = center @ x
    std = np.sqrt(np.mean(c * c, 0) + 1e-5)
    d = r * gamma
    dc = d / std - c * np.mean(d * c, 0) / std**3
    return np.einsum("ij,ij->j", r, c / std), np.ones(n) @ r, center.T @ dc


@right(filtered)
def correlate(k, x, r):
    return np.correlate(x, r, "valid"), np.convolve(r, k, "full")


@right(filtered)
def as_a_matrix(k, x, r):
    T = np.zeros((len(r), len(x)))
    for i in range(len(r)):
        T[i, i : i + len(k)] = k
    windows = np.lib.stride_tricks.sliding_window_view(x, len(k))
    return windows.T @ r, T.T @ r


@right(attention)
def with_the_jacobian_by_einsum(Q, K, V, r):
    c = K.shape[1] ** -0.5
    a = softmax(c * Q @ K.T)
    da = np.einsum("qd,kd->qk", r, V)
    J = np.einsum("qk,kl->qkl", a, np.eye(len(K))) - np.einsum("qk,ql->qkl", a, a)
    ds = np.einsum("qkl,ql->qk", J, da) * c
    return ds @ K, ds.T @ Q, a.T @ r


@right(xor)
def in_place(w1, w2, x, y):
    h = sigmoid(x @ w1)
    d = sigmoid(h @ w2)
    d *= (1 - d) * (d - y)
    g2 = h.T @ d
    back = d @ w2.T
    back *= h
    back -= back * h
    return x.T @ back, g2


@right(averaged)
def multiply_where_one_output_allows_it(w1, b1, w2, b2, x, y):
    m = x.shape[1]
    a1 = np.tanh(w1 @ x + b1)
    d2 = sigmoid(w2 @ a1 + b2) - y
    d1 = np.multiply(w2.T, d2) * (1 - a1**2)
    return d1 @ x.T / m, np.sum(d1, axis=1, keepdims=True) / m, d2 @ a1.T / m, np.sum(d2, axis=1, keepdims=True) / m
