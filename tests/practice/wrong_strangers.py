"""Wrong and right gradients of threads, issues and files of strangers, collected without a look at the engine or at the other
collections; each true mistake was written down before anything was run.

When they were first run, 32 of 60 were named rightly, 3 partly, 21 were told by the first symbol that differs and 4 were named
falsely; 2 of 21 right ones were refused, one whose data are symmetric and add up to 1, and one that gives a list. These six have
been mended since.
"""

import math

import numpy as np

import chainrule as cr

WRONG_STRANGERS = []
RIGHT_STRANGERS = []
rng = np.random.default_rng(20261127)
n = rng.normal


def wrong(names, source, truth, args, wrt=None, two=False):
    """A wrong one: what it may be called, where it is from, what is wrong, and whether there are two mistakes or more."""

    def add(pair):
        f, g = pair()
        wanted = {"wrt": wrt} if wrt else {}
        WRONG_STRANGERS.append((pair.__name__, names, lambda: cr.check_grad(f, args, mine=g, **wanted)))
        return pair

    return add


def right(source, args, wrt=None):
    def add(pair):
        f, g = pair()
        wanted = {"wrt": wrt} if wrt else {}
        RIGHT_STRANGERS.append((pair.__name__, lambda: cr.check_grad(f, args, mine=g, **wanted)))
        return pair

    return add


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax_rows(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_columns(z):
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return e / np.sum(e, axis=0, keepdims=True)


def onehot(rows, classes):
    return np.eye(classes)[rng.integers(0, classes, rows)]


# ---------------------------------------------------------------------------------------------- sequences
RNN = (n(size=(3, 4)), n(size=(4, 4)), n(size=(4, 2)), n(size=(3, 3)), onehot(3, 2))


def rnn_cost(Wxh, Whh, Why, xs, ys):
    h = np.zeros((1, 4))
    cost = 0.0
    for t in range(3):
        h = np.tanh(xs[t : t + 1] @ Wxh + h @ Whh)
        p = softmax_rows(h @ Why)
        cost = cost - np.sum(ys[t : t + 1] * np.log(p))
    return cost


def rnn_states(Wxh, Whh, Why, xs):
    hs = {-1: np.zeros((1, 4))}
    ps = {}
    for t in range(len(xs)):
        hs[t] = np.tanh(xs[t : t + 1] @ Wxh + hs[t - 1] @ Whh)
        ps[t] = softmax_rows(hs[t] @ Why)
    return hs, ps


@wrong(
    {"transpose"},
    "datascience.stackexchange 10545, Gradient check is failing for RNN",
    "the recurrent weights are not transposed where the error goes one step back (dh @ Whh for dh @ Whh.T)",
    RNN,
    "Wxh, Whh, Why",
)
def recurrent_weights_not_transposed():
    def g(Wxh, Whh, Why, xs, ys):
        hs, ps = rnn_states(Wxh, Whh, Why, xs)
        dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
        dhnext = np.zeros((1, 4))
        for t in reversed(range(3)):
            dy = ps[t] - ys[t : t + 1]
            dWhy += hs[t].T @ dy
            dh = dy @ Why.T + dhnext
            raw = (1 - hs[t] * hs[t]) * dh
            dWxh += xs[t : t + 1].T @ raw
            dWhh += hs[t - 1].T @ raw
            dhnext = raw @ Whh
        return {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy}

    return rnn_cost, g


@wrong(
    {"symbol"},
    "Genesis-Embodied-AI/quadrants pull 502",
    "the slope of tanh is taken from the last step's state in every step",
    RNN,
    "Wxh, Whh, Why",
)
def slope_of_the_last_step():
    def g(Wxh, Whh, Why, xs, ys):
        hs, ps = rnn_states(Wxh, Whh, Why, xs)
        dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
        dhnext = np.zeros((1, 4))
        for t in reversed(range(3)):
            dy = ps[t] - ys[t : t + 1]
            dWhy += hs[t].T @ dy
            raw = (1 - hs[2] ** 2) * (dy @ Why.T + dhnext)
            dWxh += xs[t : t + 1].T @ raw
            dWhh += hs[t - 1].T @ raw
            dhnext = raw @ Whh.T
        return {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy}

    return rnn_cost, g


@wrong(
    {"symbol", "factor"},
    "a public repository's RNN in torch (text search for def rnn_backward, file 1553688968)",
    "the slope of tanh is taken at the previous state h[t-1], not at h[t]",
    RNN,
    "Wxh, Whh, Why",
)
def slope_at_the_previous_state():
    def g(Wxh, Whh, Why, xs, ys):
        hs, ps = rnn_states(Wxh, Whh, Why, xs)
        dWxh, dWhh, dWhy = 0, 0, 0
        back = np.zeros((1, 4))
        for t in (2, 1, 0):
            dy = ps[t] - ys[t]
            dWhy = dWhy + hs[t].T.dot(dy)
            dtanh = (1 - hs[t - 1] ** 2) * (dy.dot(Why.T) + back)
            dWxh = dWxh + np.outer(xs[t], dtanh)
            dWhh = dWhh + hs[t - 1].T.dot(dtanh)
            back = dtanh.dot(Whh.T)
        return {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy}

    return rnn_cost, g


@wrong(
    {"summand"},
    "a public notebook's RNN that predicts the next word (text search for def rnn_backward, file 39956268758)",
    "the output's error is added in every step, though only the last step has a cost",
    (*RNN[:4], onehot(1, 2)),
    "Wxh, Whh, Why",
)
def error_added_in_every_step():
    def f(Wxh, Whh, Why, xs, y):
        h = np.zeros((1, 4))
        for t in range(3):
            h = np.tanh(xs[t : t + 1] @ Wxh + h @ Whh)
        return -np.sum(y * np.log(softmax_rows(h @ Why)))

    def g(Wxh, Whh, Why, xs, y):
        hs, ps = rnn_states(Wxh, Whh, Why, xs)
        dWxh, dWhh = np.zeros_like(Wxh), np.zeros_like(Whh)
        dy = ps[2] - y
        dWhy = hs[2].T @ dy
        dh_next = np.zeros((1, 4))
        for t in reversed(range(3)):
            dh = dy @ Why.T + dh_next
            dh_raw = (1 - hs[t] ** 2) * dh
            dWxh += xs[t : t + 1].T @ dh_raw
            dWhh += hs[t - 1].T @ dh_raw
            dh_next = dh_raw @ Whh.T
        return {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy}

    return f, g


@wrong(
    {"zero"},
    "javaidnabi31/RNN-from-scratch issue 2",
    "the output bias's gradient is never added to (dc += dc): it stays zero",
    (*RNN[:3], n(size=(1, 2)), *RNN[3:]),
    "Wxh, Whh, Why, c",
)
def output_bias_never_added():
    def f(Wxh, Whh, Why, c, xs, ys):
        h = np.zeros((1, 4))
        cost = 0.0
        for t in range(3):
            h = np.tanh(xs[t : t + 1] @ Wxh + h @ Whh)
            cost = cost - np.sum(ys[t : t + 1] * np.log(softmax_rows(h @ Why + c)))
        return cost

    def g(Wxh, Whh, Why, c, xs, ys):
        hs = {-1: np.zeros((1, 4))}
        ps = {}
        for t in range(3):
            hs[t] = np.tanh(xs[t : t + 1] @ Wxh + hs[t - 1] @ Whh)
            ps[t] = softmax_rows(hs[t] @ Why + c)
        dU, dW, dV, dc = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why), np.zeros_like(c)
        dh_next = np.zeros((1, 4))
        for t in reversed(range(3)):
            dy = ps[t] - ys[t]
            dV += hs[t].T @ dy
            dc += dc
            dh_rec = (1 - hs[t] ** 2) * (dy @ Why.T + dh_next)
            dU += xs[t : t + 1].T @ dh_rec
            dW += hs[t - 1].T @ dh_rec
            dh_next = dh_rec @ Whh.T
        return {"Wxh": dU, "Whh": dW, "Why": dV, "c": dc}

    return f, g


LSTM = (n(size=(3, 5)), n(size=(3, 5)), n(size=(3, 5)), n(size=(3, 5)), n(size=(2, 2)), n(size=(3, 2)))


def lstm_cost(Wf, Wi, Wg, Wo, xs, y):
    h = np.zeros((3, 1))
    c = np.zeros((3, 1))
    cost = 0.0
    for t in range(2):
        z = np.concatenate([h, xs[:, t : t + 1]])
        c = sigmoid(Wf @ z) * c + sigmoid(Wi @ z) * np.tanh(Wg @ z)
        h = sigmoid(Wo @ z) * np.tanh(c)
        cost = cost + 0.5 * np.sum((h - y[:, t : t + 1]) ** 2)
    return cost


@wrong(
    {"summand"},
    "apache/mxnet issue 4057",
    "the cell's error from the next step is dropped (dC = ... for dC += ...)",
    LSTM,
    "Wf, Wi, Wg, Wo",
)
def cell_error_dropped():
    def g(Wf, Wi, Wg, Wo, xs, y):
        hs, cs, zs, gates = [np.zeros((3, 1))], [np.zeros((3, 1))], [], []
        for t in range(2):
            z = np.concatenate([hs[-1], xs[:, t : t + 1]])
            f, i, a, o = sigmoid(Wf @ z), sigmoid(Wi @ z), np.tanh(Wg @ z), sigmoid(Wo @ z)
            cs.append(f * cs[-1] + i * a)
            hs.append(o * np.tanh(cs[-1]))
            zs.append(z)
            gates.append((f, i, a, o))
        dWf, dWi, dWg, dWo = [np.zeros_like(Wf) for _ in range(4)]
        dh_next = np.zeros((3, 1))
        for t in (1, 0):
            f, i, a, o = gates[t]
            dh = hs[t + 1] - y[:, t : t + 1] + dh_next
            do = dh * np.tanh(cs[t + 1]) * o * (1 - o)
            dc = dh * o * (1 - np.tanh(cs[t + 1]) ** 2)
            df = dc * cs[t] * f * (1 - f)
            di = dc * a * i * (1 - i)
            da = dc * i * (1 - a**2)
            dWf += df @ zs[t].T
            dWi += di @ zs[t].T
            dWg += da @ zs[t].T
            dWo += do @ zs[t].T
            dz = Wf.T @ df + Wi.T @ di + Wg.T @ da + Wo.T @ do
            dh_next = dz[:3]
        return {"Wf": dWf, "Wi": dWi, "Wg": dWg, "Wo": dWo}

    return lstm_cost, g


@wrong(
    {"symbol"},
    "ddbourgin/numpy-ml issue 42",
    "the forward pass adds the output gate's bias bo in the forget and update gates, too",
    (
        n(size=(3, 2)),
        n(size=(3, 2)),
        n(size=(3, 2)),
        n(size=(3, 2)),
        n(size=2),
        n(size=2),
        n(size=2),
        n(size=2),
        n(size=(4, 3)),
        n(size=(4, 2)),
        n(size=(4, 2)),
    ),
    "Wf, Wu, Wc, Wo, bf, bu, bc, bo",
)
def one_bias_for_three_gates():
    def f(Wf, Wu, Wc, Wo, bf, bu, bc, bo, z, c, y):
        new = sigmoid(z @ Wf + bf) * c + sigmoid(z @ Wu + bu) * np.tanh(z @ Wc + bc)
        a = sigmoid(z @ Wo + bo) * np.tanh(new)
        return 0.5 * np.sum((a - y) ** 2)

    def g(Wf, Wu, Wc, Wo, bf, bu, bc, bo, z, c, y):
        go = sigmoid(z @ Wo + bo)
        gf = sigmoid(z @ Wf + bo)
        gu = sigmoid(z @ Wu + bo)
        cc = np.tanh(z @ Wc + bc)
        new = gf * c + gu * cc
        dA = go * np.tanh(new) - y
        d_o = dA * np.tanh(new) * go * (1 - go)
        dnew = dA * go * (1 - np.tanh(new) ** 2)
        d_f = dnew * c * gf * (1 - gf)
        d_u = dnew * cc * gu * (1 - gu)
        d_c = dnew * gu * (1 - cc**2)
        return {
            "Wf": z.T @ d_f,
            "Wu": z.T @ d_u,
            "Wc": z.T @ d_c,
            "Wo": z.T @ d_o,
            "bf": d_f.sum(0),
            "bu": d_u.sum(0),
            "bc": d_c.sum(0),
            "bo": d_o.sum(0),
        }

    return f, g


GRU = (
    n(size=(3, 2)),
    n(size=(3, 3)),
    n(size=(3, 2)),
    n(size=(3, 3)),
    n(size=(3, 2)),
    n(size=(3, 3)),
    n(size=(2, 1)),
    n(size=(3, 1)),
    n(size=(3, 1)),
)


def gru_cost(Wz, Uz, Wr, Ur, Wh, Uh, x, h, y):
    z = sigmoid(Wz @ x + Uz @ h)
    r = sigmoid(Wr @ x + Ur @ h)
    c = np.tanh(Wh @ x + Uh @ (r * h))
    new = z * h + (1 - z) * c
    return 0.5 * np.sum((new - y) ** 2)


@wrong(
    {"symbol"},
    "ooples/AiDotNet pull 722",
    "the forward pass applies the reset gate after the product, r*(U@h), not before, U@(r*h)",
    GRU,
    "Wz, Uz, Wr, Ur, Wh, Uh",
)
def reset_gate_outside_the_product():
    def g(Wz, Uz, Wr, Ur, Wh, Uh, x, h, y):
        z = sigmoid(Wz @ x + Uz @ h)
        r = sigmoid(Wr @ x + Ur @ h)
        u = Uh @ h
        c = np.tanh(Wh @ x + r * u)
        d = z * h + (1 - z) * c - y
        dc = d * (1 - z) * (1 - c**2)
        dr = dc * u * r * (1 - r)
        dz = d * (h - c) * z * (1 - z)
        return {"Wz": dz @ x.T, "Uz": dz @ h.T, "Wr": dr @ x.T, "Ur": dr @ h.T, "Wh": dc @ x.T, "Uh": (dc * r) @ h.T}

    return gru_cost, g


@wrong(
    {"symbol"},
    "EpyNN, gru/backward.py (text search for def gru_backward)",
    "tanh's slope is taken at the new state, not at the candidate; and the update gate gets the error behind that slope",
    GRU,
    "Wz, Uz, Wr, Ur, Wh, Uh",
    two=True,
)
def update_gate_from_the_wrong_error():
    def g(Wz, Uz, Wr, Ur, Wh, Uh, x, h, y):
        z = sigmoid(Wz @ x + Uz @ h)
        r = sigmoid(Wr @ x + Ur @ h)
        c = np.tanh(Wh @ x + Uh @ (r * h))
        new = z * h + (1 - z) * c
        dh = (new - y) * (1 - z)
        dh = dh * (1 - new**2)
        dr = (Uh.T @ dh) * h * r * (1 - r)
        dz = dh * (h - new) * z * (1 - z)
        return {"Wz": dz @ x.T, "Uz": dz @ h.T, "Wr": dr @ x.T, "Ur": dr @ h.T, "Wh": dh @ x.T, "Uh": dh @ (r * h).T}

    return gru_cost, g


# ---------------------------------------------------------------------------------------------- regression
X, Y01 = n(size=(6, 3)), rng.integers(0, 2, 6).astype(float)


@wrong(
    {"only"},
    "Cross Validated, GD for logistic regression isn't stable",
    "X[i, j] multiplies outside the loop over examples: the sum of all errors times the last example's inputs",
    (n(size=3), X, Y01),
    "w",
)
def inputs_outside_the_loop():
    def f(w, X, y):
        p = sigmoid(X @ w)
        return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))

    def g(w, X, y):
        grad = np.zeros(len(w))
        for j in range(len(w)):
            for i in range(len(X)):
                grad[j] += sigmoid(X[i] @ w) - y[i]
            grad[j] *= X[i, j]
        return {"w": grad}

    return f, g


@wrong(
    {"symbol"},
    "Stack Overflow 56052457, Why isn't my gradient descent algorithm working",
    "the squared error stands in place of its derivative 2(yhat-y)",
    (0.7, -0.4, n(size=5), n(size=5)),
    "m, b",
)
def squared_error_for_its_derivative():
    def f(m, b, x, y):
        return np.sum((m * x + b - y) ** 2)

    def g(m, b, x, y):
        dm = db = 0.0
        for i in range(len(x)):
            error = (m * x[i] + b - y[i]) ** 2
            dm += x[i] * error
            db += error
        return {"m": dm, "b": db}

    return f, g


@wrong(
    {"divisor"},
    "ddbourgin/numpy-ml issue 53",
    "the penalty is gamma*|beta|, its derivative is taken as gamma*beta: the division by |beta| is missing",
    (n(size=3), X, n(size=6)),
    "beta",
)
def norm_not_divided():
    def f(beta, X, y):
        e = X @ beta - y
        return 0.5 * np.sum(e**2) + 0.3 * np.sqrt(beta @ beta)

    def g(beta, X, y):
        return {"beta": -(y - X @ beta) @ X + 0.3 * beta}

    return f, g


@wrong(
    {"scale"},
    "a public repository's ridge regression (text search for def ridge_gradient, file 40631116746)",
    "the whole is divided by n once more; and lambda is multiplied twice",
    (n(size=(3, 1)), X, n(size=(6, 1)), 0.3),
    "w",
    two=True,
)
def divided_twice_lambda_twice():
    def f(w, X, y, lamda):
        return np.sum((X @ w - y) ** 2) / (2 * len(X)) + 0.5 * lamda * np.sum(w**2)

    def g(w, X, y, lamda):
        gradient = np.matmul(X.T, np.matmul(X, w) - y)
        gradient = gradient / len(X)
        ridge_term = lamda * w
        return {"w": (gradient + lamda * ridge_term) / len(X)}

    return f, g


@wrong(
    {"again"},
    "dandxy89/BellkorAlgorithm issue 3",
    "the regularization stands inside the bracket: it is multiplied by the error, too",
    (n(size=5), n(size=5), n(size=5), n(size=5)),
    "b, alpha",
)
def penalty_inside_the_bracket():
    def f(b, alpha, dev, r):
        error = r - b - alpha * dev
        return np.sum(error**2) + 0.2 * np.sum(b**2) + 0.2 * np.sum(alpha**2)

    def g(b, alpha, dev, r):
        error = r - b - alpha * dev
        return {"b": 2 * error * (-1 + 0.2 * b), "alpha": 2 * error * (-dev + 0.2 * alpha)}

    return f, g


@wrong(
    {"part-sign"},
    "alfredolainez/bpr-spark issue 2",
    "the penalty's gradient has the wrong sign, in all three",
    (n(size=4), n(size=4), n(size=4)),
)
def penalty_of_the_wrong_sign():
    def f(u, p, q):
        return np.log(1 + np.exp(-(u @ (p - q)))) + 0.05 * np.sum(u**2) + 0.05 * np.sum(p**2) + 0.05 * np.sum(q**2)

    def g(u, p, q):
        scale = 1 / (1 + np.exp(u @ (p - q)))
        return {"u": -(p - q) * scale - 0.1 * u, "p": -u * scale - 0.1 * p, "q": u * scale - 0.1 * q}

    return f, g


@wrong(
    {"updated"},
    "albertauyeung/matrix-factorization-in-python pull 3",
    "P is updated before it is used for Q's gradient",
    (n(size=(4, 2)), n(size=(2, 3)), n(size=(4, 3))),
    "P, Q",
)
def factor_updated_too_early():
    def f(P, Q, R):
        return np.sum((R - P @ Q) ** 2) + 0.02 * (np.sum(P**2) + np.sum(Q**2))

    def g(P, Q, R):
        e = R - P @ Q
        dP = -2 * e @ Q.T + 0.04 * P
        P = P - 0.1 * dP
        dQ = -2 * P.T @ e + 0.04 * Q
        return {"P": dP, "Q": dQ}

    return f, g


@wrong(
    {"sign"},
    "STOR-i/GaussianProcesses.jl issue 26",
    "the gradient of the mean has the wrong sign",
    (0.4, n(size=5), np.eye(5) + 0.1),
    "mu",
)
def mean_of_the_wrong_sign():
    def f(mu, y, K):
        r = y - mu
        return 0.5 * (r @ (K @ r))

    def g(mu, y, K):
        alpha = K @ (y - mu)
        return {"mu": np.sum(alpha)}

    return f, g


@wrong(
    {"twice"},
    "scikit-learn/scikit-learn issue 18702",
    "the derivative is the one by log(sigma): one factor sigma too many",
    (1.3, n(size=(4, 2)), n(size=(4, 4))),
    "sigma",
)
def derivative_by_the_logarithm():
    def f(sigma, X, A):
        return np.sum(A * (X @ X.T + sigma**2))

    def g(sigma, X, A):
        return {"sigma": np.sum(A) * 2 * sigma**2}

    return f, g


@wrong(
    {"scale"},
    "stdlib-js/stdlib issue 13111",
    "the factor 2 is missing in the middle branch; and margins over 1 do not give zero",
    (n(size=3), X, 2 * Y01 - 1),
    "w",
    two=True,
)
def modified_huber_without_its_two():
    def f(w, X, y):
        d = y * (X @ w)
        return np.sum(np.where(d < -1, -4 * d, np.maximum(0, 1 - d) ** 2))

    def g(w, X, y):
        dw = np.zeros(3)
        for x, t in zip(X, y, strict=False):
            d = t * (w @ x)
            if d < -1:
                dw -= 4 * t * x
            else:
                dw -= (t - d * t) * x
        return {"w": dw}

    return f, g


@wrong(
    {"factor"},
    "chainer/chainer pull 1178",
    "the error from above (the weights w) is not multiplied in",
    (n(size=6) * 2, n(size=6), n(size=6)),
    "x",
)
def huber_without_the_error_from_above():
    def f(x, t, w):
        d = x - t
        return np.sum(w * np.where(np.abs(d) <= 1, 0.5 * d**2, np.abs(d) - 0.5))

    def g(x, t, w):
        return {"x": np.clip(x - t, -1, 1)}

    return f, g


@wrong(
    {"symbol"},
    "marlbenchmark/on-policy issue 47",
    "the absolute value is forgotten in the condition: large negative errors give zero",
    (np.array([2.0, -2.5, 0.3, -0.4, -3.0]), np.zeros(5) + 0.1),
    "p",
)
def huber_of_one_side():
    def f(p, t):
        e = p - t
        return np.sum(np.where(np.abs(e) <= 1, 0.5 * e**2, np.abs(e) - 0.5))

    def g(p, t):
        e = p - t
        a = (abs(e) <= 1).astype(float)
        b = (e > 1).astype(float)
        return {"p": a * e + b * np.sign(e)}

    return f, g


# ---------------------------------------------------------------------------------------------- likelihoods
@wrong(
    {"symbol"},
    "y0ast/VAE-Torch pull 5",
    "the constant term of the log variance's gradient is 0.25, not 0.5",
    (n(size=6), n(size=6), n(size=6)),
    "mu, lv",
)
def quarter_for_a_half():
    def f(mu, lv, x):
        return np.sum(0.5 * lv + 0.5 * (x - mu) ** 2 / np.exp(lv))

    def g(mu, lv, x):
        return {"mu": (mu - x) / np.exp(lv), "lv": 0.25 - 0.5 * (x - mu) ** 2 / np.exp(lv)}

    return f, g


@wrong(
    {"factor"},
    "y0ast/VAE-Torch issue 13",
    "the second term of the log variance's gradient lacks its 0.5",
    (n(size=6), n(size=6), n(size=6)),
    "mu, lv",
)
def second_term_without_its_half():
    def f(mu, lv, x):
        return np.sum(0.5 * lv + 0.5 * (x - mu) ** 2 * np.exp(-lv))

    def g(mu, lv, x):
        return {"mu": -(x - mu) * np.exp(-lv), "lv": 0.5 - np.exp(-lv) * (x - mu) ** 2}

    return f, g


@wrong(
    {"factor"},
    "DaehanKim/vgae_pytorch issue 2",
    "the square of exp(logstd) is forgotten",
    (n(size=(4, 2)), n(size=(4, 2))),
)
def square_of_the_deviation_forgotten():
    def f(mean, logstd):
        return -0.5 * np.sum(1 + 2 * logstd - mean**2 - np.exp(logstd) ** 2)

    def g(mean, logstd):
        return {"mean": mean, "logstd": -0.5 * (2 - np.exp(logstd))}

    return f, g


@wrong(
    {"part-sign"},
    "Kaixhin/Autoencoders issue 9",
    "the divergence's gradient has the wrong sign, the other term is right",
    (n(size=(3, 4)), np.abs(n(size=(3, 4)))),
    "z",
)
def divergence_of_the_wrong_sign():
    def f(z, t):
        p = softmax_rows(z)
        return 0.5 * np.sum((p - t) ** 2) + np.sum(p * np.log(4 * p))

    def g(z, t):
        p = softmax_rows(z)
        dp = p - t + (np.log(1 / 4) - np.log(p) - 1)
        return {"z": p * (dp - np.sum(p * dp, axis=1, keepdims=True))}

    return f, g


@wrong(
    {"part-sign"},
    "deeplearning.ai forum, C1 W4, formula for dAL",
    "the sign between the two terms: -(Y/AL + (1-Y)/(1-AL))",
    (n(size=(1, 3)), n(size=(1, 1)), X.T, Y01[None]),
    "W, b",
)
def sign_between_the_two_terms():
    def f(W, b, X, Y):
        A = sigmoid(W @ X + b)
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / 6

    def g(W, b, X, Y):
        A = sigmoid(W @ X + b)
        dA = -(np.divide(Y, A) + np.divide(1 - Y, 1 - A))
        dZ = dA * A * (1 - A)
        return {"W": dZ @ X.T / 6, "b": np.sum(dZ, axis=1, keepdims=True) / 6}

    return f, g


# ---------------------------------------------------------------------------------------------- dense networks
NET = (n(size=(4, 3)), n(size=(4, 1)), n(size=(2, 4)), n(size=(2, 1)), n(size=(3, 5)), n(size=(2, 5)))


@wrong(
    {"scale"},
    "kvfrans/notes issue 5",
    "the first bias takes the mean over the batch, not the sum",
    NET,
    "W1, b1, W2, b2",
)
def bias_by_the_mean():
    def f(W1, b1, W2, b2, x, y):
        h = np.maximum(W1 @ x + b1, 0)
        return np.sum((W2 @ h + b2 - y) ** 2)

    def g(W1, b1, W2, b2, x, y):
        h1 = W1 @ x + b1
        h = np.maximum(h1, 0)
        d_out = 2 * (W2 @ h + b2 - y)
        d_h1 = np.where(h1 > 0, W2.T @ d_out, 0)
        return {
            "W1": d_h1 @ x.T,
            "b1": np.mean(d_h1, axis=1, keepdims=True),
            "W2": d_out @ h.T,
            "b2": np.sum(d_out, axis=1, keepdims=True),
        }

    return f, g


@wrong(
    {"from-weights"},
    "ijelliti/Deeplearning.ai-NLP issues 62 and 64",
    "both biases' gradients are the weights' gradients summed over their columns, not the errors summed over the batch",
    (*NET[:5], onehot(5, 2).T),
    "W1, b1, W2, b2",
)
def bias_from_the_weights():
    def f(W1, b1, W2, b2, x, y):
        h = np.maximum(W1 @ x + b1, 0)
        return -np.sum(y * np.log(softmax_columns(W2 @ h + b2))) / 5

    def g(W1, b1, W2, b2, x, y):
        z1 = W1 @ x + b1
        h = np.maximum(z1, 0)
        d = softmax_columns(W2 @ h + b2) - y
        l1 = (W2.T @ d) * (z1 > 0)
        return {
            "W1": l1 @ x.T / 5,
            "W2": d @ h.T / 5,
            "b1": np.sum((1 / 5) * np.dot(l1, x.T), axis=1, keepdims=True),
            "b2": np.sum((1 / 5) * np.dot(d, h.T), axis=1, keepdims=True),
        }

    return f, g


@wrong(
    {"symbol"},
    "Stack Overflow, Backpropagation: why doesn't error approach zero when it is multiplied by deriv of sigmoid",
    "the hidden layer gets the output's raw error: neither the weights nor the output's slope are multiplied in",
    (n(size=(3, 2)), n(size=(1, 3)), n(size=(2, 1)), n(size=(1, 1))),
    "w0, w1",
    two=True,
)
def raw_error_without_weights():
    def f(w0, w1, x, y):
        return 0.5 * np.sum((sigmoid(w1 @ sigmoid(w0 @ x)) - y) ** 2)

    def g(w0, w1, x, y):
        hidden = sigmoid(np.dot(w0, x))
        output = sigmoid(np.dot(w1, hidden))
        error = output - y
        delta = error * output * (1 - output)
        delta_hidden = error * hidden * (1 - hidden)
        return {"w0": np.dot(delta_hidden, x.T), "w1": np.dot(delta, hidden.T)}

    return f, g


@wrong(
    {"slope", "updated"},
    "Bot-Academy/NeuralNetworkFromScratch pull 3",
    "the output's slope is missing; and the output weights are updated before the error goes back through them",
    (n(size=(4, 3)), n(size=(2, 4)), n(size=(3, 1)), n(size=(2, 1))),
    "w1, w2",
    two=True,
)
def no_slope_and_updated_weights():
    def f(w1, w2, img, l):
        return 0.5 * np.sum((sigmoid(w2 @ sigmoid(w1 @ img)) - l) ** 2)

    def g(w1, w2, img, l):
        h = sigmoid(w1 @ img)
        o = sigmoid(w2 @ h)
        delta_o = o - l
        dw2 = delta_o @ h.T
        w2 = w2 - 0.01 * dw2
        delta_h = w2.T @ delta_o * (h * (1 - h))
        return {"w1": delta_h @ img.T, "w2": dw2}

    return f, g


@wrong(
    {"updated"},
    "louisjc/mnist-neural-network issue 1",
    "the output weights are updated before the hidden error is made from them",
    (n(size=(4, 4)), n(size=(2, 5)), n(size=3), n(size=2)),
    "L0, L1",
)
def output_layer_updated_first():
    def f(L0, L1, x, target):
        one = np.ones(1)
        hidden = sigmoid(L0 @ np.concatenate([x, one]))
        out = sigmoid(L1 @ np.concatenate([hidden, one]))
        return 0.5 * np.sum((out - target) ** 2)

    def g(L0, L1, x, target):
        hidden = sigmoid(np.inner(L0, np.append(x, 1)))
        out = sigmoid(np.inner(L1, np.append(hidden, 1)))
        output_deltas = out * (1 - out) * (out - target)
        d1 = np.outer(output_deltas, np.append(hidden, 1))
        L1 = L1 - 0.1 * d1
        hidden_deltas = hidden * (1 - hidden) * np.dot(np.delete(L1, 4, 1).T, output_deltas)
        return {"L0": np.outer(hidden_deltas, np.append(x, 1)), "L1": d1}

    return f, g


ROWS = (n(size=(3, 4)), n(size=(4, 2)), n(size=(5, 3)), n(size=(5, 2)))


@wrong(
    {"part-sign"}, "andersbll/nnet issue 4 (first)", "weight decay has the wrong sign in both layers", ROWS, "W1, W2"
)
def decay_of_the_wrong_sign():
    def f(W1, W2, x, y):
        h = np.tanh(x @ W1)
        return 0.5 * np.sum((h @ W2 - y) ** 2) / 5 + 0.05 * (np.sum(W1**2) + np.sum(W2**2))

    def g(W1, W2, x, y):
        h = np.tanh(x @ W1)
        d = h @ W2 - y
        dh = np.dot(d, W2.T) * (1 - h**2)
        return {"W1": np.dot(x.T, dh) / 5 - 0.1 * W1, "W2": np.dot(h.T, d) / 5 - 0.1 * W2}

    return f, g


@wrong(
    {"symbol"},
    "andersbll/nnet issue 4 (second)",
    "tanh itself, (e^2x-1)/(e^2x+1), stands in place of its slope",
    ROWS,
    "W1, W2",
)
def tanh_for_its_slope():
    def f(W1, W2, x, y):
        return 0.5 * np.sum((np.tanh(x @ W1) @ W2 - y) ** 2)

    def g(W1, W2, x, y):
        z = x @ W1
        d = np.tanh(z) @ W2 - y
        e = np.exp(2 * z)
        dz = d @ W2.T * ((e - 1) / (e + 1))
        return {"W1": x.T @ dz, "W2": np.tanh(z).T @ d}

    return f, g


@wrong(
    {"symbol"},
    "dwhitena/gophernet issue 6",
    "the sigmoid's slope is taken at its output (sigmoid applied twice), in both layers",
    ROWS,
    "W1, W2",
)
def slope_at_the_output():
    def f(W1, W2, x, y):
        return 0.5 * np.sum((sigmoid(sigmoid(x @ W1) @ W2) - y) ** 2)

    def g(W1, W2, x, y):
        def prime(v):
            return sigmoid(v) * (1.0 - sigmoid(v))

        h = sigmoid(x @ W1)
        out = sigmoid(h @ W2)
        d_out = (out - y) * prime(out)
        d_h = d_out @ W2.T * prime(h)
        return {"W1": x.T @ d_h, "W2": h.T @ d_out}

    return f, g


@wrong(
    {"again", "symbol"},
    "ttezel/nn issue 8",
    "the sigmoid's slope a(1-a) is used for the identity at the output and for tanh in the hidden layer",
    ROWS,
    "W1, W2",
    two=True,
)
def sigmoid_slope_for_others():
    def f(W1, W2, x, y):
        return 0.5 * np.sum((np.tanh(x @ W1) @ W2 - y) ** 2)

    def g(W1, W2, x, y):
        h = np.tanh(x @ W1)
        out = h @ W2
        delta = (out - y) * out * (1 - out)
        hidden = delta @ W2.T * h * (1 - h)
        return {"W1": x.T @ hidden, "W2": h.T @ delta}

    return f, g


@wrong(
    {"unsummed"},
    "jimfleming/differentiation issue 1",
    "the bias's gradient is not summed over the batch",
    (n(size=(3, 2)), n(size=2), n(size=(5, 3)), n(size=(5, 2))),
    "W, b",
)
def bias_not_summed():
    def f(W, b, x, y):
        return 0.5 * np.sum((sigmoid(x @ W + b) - y) ** 2)

    def g(W, b, x, y):
        a = sigmoid(x @ W + b)
        d = (a - y) * a * (1 - a)
        return {"W": x.T @ d, "b": d}

    return f, g


@wrong(
    {"symbol"},
    "casper-hansen/Neural-Network-From-Scratch pull 1",
    "every weight's gradient is the error times its own layer's activation, a dot product that gives one number",
    (n(size=(4, 3)), n(size=(3, 4)), n(size=(2, 3)), n(size=3), onehot(1, 2)[0]),
    "W1, W2, W3",
)
def dot_with_the_own_activation():
    def f(W1, W2, W3, x, y):
        a = sigmoid(W2 @ sigmoid(W1 @ x))
        z = W3 @ a
        return -np.sum(y * (z - np.log(np.sum(np.exp(z)))))

    def g(W1, W2, W3, x, y):
        A1 = sigmoid(W1 @ x)
        A2 = sigmoid(W2 @ A1)
        e = np.exp(W3 @ A2)
        A3 = e / e.sum()
        error = A3 - y
        d3 = np.dot(error, A3)
        error = np.dot(W3.T, error) * A2 * (1 - A2)
        d2 = np.dot(error, A2)
        error = np.dot(W2.T, error) * A1 * (1 - A1)
        return {"W1": np.dot(error, A1), "W2": d2, "W3": d3}

    return f, g


@wrong(
    {"scale"},
    "paiml/aprender pull 2182",
    "divided by the batch size, though the cost is the sum",
    (n(size=(3, 2)), n(size=(1, 2)), n(size=(5, 3)), onehot(5, 2)),
    "W, b",
)
def mean_for_the_sum():
    def f(W, b, x, y):
        return -np.sum(y * np.log(softmax_rows(x @ W + b)))

    def g(W, b, x, y):
        d = (softmax_rows(x @ W + b) - y) / len(x)
        return {"W": x.T @ d, "b": d.sum(axis=0, keepdims=True)}

    return f, g


@wrong(
    {"scale"},
    "jxgu1016/MNIST_center_loss_pytorch issue 9",
    "the features' gradient is not divided by the batch size",
    (n(size=(5, 2)), n(size=(3, 2)), onehot(5, 3)),
    "x, centers",
)
def features_not_divided():
    def f(x, centers, labels):
        return np.sum((x - labels @ centers) ** 2) / 2 / len(x)

    def g(x, centers, labels):
        diff = labels @ centers - x
        return {"x": -diff, "centers": labels.T @ diff / len(x)}

    return f, g


# ---------------------------------------------------------------------------------------------- softmax, activations
@wrong(
    {"unsummed", "factor"},
    "neuroph/neuroph issue 37",
    "the softmax's derivative is 1*(1-output): the factor output is missing, and so is the sum over the other outputs",
    (n(size=(3, 4)), np.abs(n(size=(3, 4)))),
    "z",
    two=True,
)
def one_minus_the_output():
    def f(z, t):
        return 0.5 * np.sum((softmax_rows(z) - t) ** 2)

    def g(z, t):
        s = softmax_rows(z)
        return {"z": (s - t) * (1.0 * (1.0 - s))}

    return f, g


@wrong(
    {"symbol"},
    "Stack Overflow 40575841, numpy: calculate the derivative of the softmax function",
    "in the Jacobian the input z stands in place of the output: s(1-z) and -s z",
    (n(size=5), np.abs(n(size=5))),
    "z",
)
def input_in_the_jacobian():
    def f(z, t):
        s = np.exp(z) / np.sum(np.exp(z))
        return 0.5 * np.sum((s - t) ** 2)

    def g(z, t):
        s = np.exp(z) / np.sum(np.exp(z))
        J = np.zeros((len(z), len(z)))
        for i in range(len(z)):
            for j in range(len(z)):
                if i == j:
                    J[i, j] = s[i] * (1 - z[i])
                else:
                    J[i, j] = -s[i] * z[j]
        return {"z": J.T @ (s - t)}

    return f, g


@wrong(
    {"symbol"},
    "offlinew.com, Understanding backpropagation with softmax",
    "the softmax of dA, not of Z, is used in the Jacobian",
    (n(size=(4, 1)), onehot(1, 4).T),
    "Z",
)
def softmax_of_the_error():
    def f(Z, Y):
        return -np.sum(Y * np.log(softmax_columns(Z)))

    def g(Z, Y):
        dA = -Y / softmax_columns(Z)
        s = softmax_columns(dA).reshape(-1, 1)
        return {"Z": np.dot(np.diagflat(s) - np.dot(s, s.T), dA)}

    return f, g


@wrong(
    {"zero"},
    "a public notebook (text search for def softmax_derivative, file 408715074)",
    "the rows of the Jacobian are summed first, which gives zero, then multiplied by the error",
    (n(size=4), np.abs(n(size=4))),
    "z",
)
def rows_of_the_jacobian_summed():
    def f(z, t):
        s = np.exp(z) / np.sum(np.exp(z))
        return 0.5 * np.sum((s - t) ** 2)

    def g(z, t):
        S = np.exp(z) / np.sum(np.exp(z))
        sums = np.zeros(4)
        for i in range(4):
            for j in range(4):
                if i != j:
                    sums[i] -= S[j] * S[i]
                else:
                    sums[i] += S[i] * (1 - S[i])
        return {"z": (S - t) * sums}

    return f, g


@wrong(
    {"scale"},
    "a public file on activation functions (text search for def elu_derivative, file 44943032106)",
    "in the negative branch selu(x), already scaled by lambda, stands where elu(x) belongs",
    (n(size=8), n(size=8)),
    "x",
)
def selu_scaled_twice():
    def f(x, w):
        return np.sum(w * 1.0507 * np.where(x > 0, x, 1.67326 * (np.exp(x) - 1)))

    def g(x, w):
        selu = 1.0507 * np.where(x > 0, x, 1.67326 * (np.exp(x) - 1))
        return {"x": w * 1.0507 * np.where(x > 0, 1, selu + 1.67326)}

    return f, g


@wrong(
    {"factor"},
    "public files on activation functions (text search for def swish_derivative, files 31550879742 and 51841782582)",
    "beta is forgotten in the slope of x*sigmoid(beta*x)",
    (n(size=8), n(size=8)),
    "x",
)
def swish_without_beta():
    def f(x, w):
        return np.sum(w * (x / (1 + np.exp(-1.5 * x))))

    def g(x, w):
        s = 1 / (1 + np.exp(-1.5 * x))
        swish = x * s
        return {"x": w * (swish + s * (1 - swish))}

    return f, g


@wrong(
    {"symbol"},
    "rohitg00/ai-engineering-from-scratch, activation functions (text search for def gelu_derivative)",
    "the derivative is the exact GELU's, the cost has the approximation with tanh",
    (n(size=8), n(size=8)),
    "x",
)
def exact_gelu_for_the_approximation():
    def f(x, w):
        return np.sum(w * 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))

    def g(x, w):
        phi = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x])
        return {"x": w * (phi + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))}

    return f, g


@wrong(
    {"symbol"},
    "tenstorrent/tt-metal pull 52144",
    "the derivative is that of x**a, the cost has a**x",
    (np.abs(n(size=6)) + 0.5, n(size=6)),
    "x",
)
def power_for_the_exponential():
    def f(x, w):
        return np.sum(w * 2.5**x)

    def g(x, w):
        return {"x": w * 2.5 * x ** (2.5 - 1)}

    return f, g


@wrong({"scale"}, "haydnv/tinychain pull 160", "the exponent is multiplied in twice", (n(size=6), n(size=6)), "x")
def exponent_twice():
    def f(x, w):
        return np.sum(w * x**3)

    def g(x, w):
        return {"x": 3 * w * 3 * x**2}

    return f, g


@wrong(
    {"symbol", "factor", "multiplied", "scale"},
    "apache/singa pull 484",
    "the numerator's gradient is divided by the numerator; the denominator's is multiplied by it, with the wrong sign",
    (n(size=5) + 3, n(size=5) + 3, n(size=5)),
    "a, b",
    two=True,
)
def division_turned_round():
    def f(a, b, y):
        return np.sum((a / b - y) ** 2)

    def g(a, b, y):
        dy = 2 * (a / b - y)
        return {"a": dy / a, "b": dy * b}

    return f, g


# ---------------------------------------------------------------------------------------------- normalization
NORM = (n(size=4), n(size=4), n(size=(4, 4)) * 2, n(size=(4, 4)))


def batch_norm(gamma, beta, x, t):
    mu = np.mean(x, axis=0)
    var = np.mean((x - mu) ** 2, axis=0)
    return 0.5 * np.sum((gamma * (x - mu) / np.sqrt(var + 1e-5) + beta - t) ** 2)


@wrong(
    {"multiplied"},
    "tensorflow/tensorflow issue 14676",
    "gamma's gradient multiplies by the standard deviation instead of dividing by it",
    NORM,
    "gamma, beta",
)
def times_the_deviation():
    def g(gamma, beta, x, t):
        mu, var = x.mean(0), x.var(0)
        dy = gamma * (x - mu) / np.sqrt(var + 1e-5) + beta - t
        return {"gamma": np.sum(dy * (x - mu) * np.sqrt(var + 1e-5), axis=0), "beta": np.sum(dy, axis=0)}

    return batch_norm, g


@wrong(
    {"part-sign", "scale"},
    "mlpack/mlpack pull 1327 and issue 1923",
    "the variance's term has the wrong sign; and the mean's term is not divided by n",
    (NORM[2], *NORM[:2], NORM[3]),
    "x",
    two=True,
)
def variance_sign_and_mean_undivided():
    def f(x, gamma, beta, t):
        mu = np.mean(x, axis=0)
        var = np.mean((x - mu) ** 2, axis=0)
        return 0.5 * np.sum((gamma * (x - mu) / np.sqrt(var + 1e-5) + beta - t) ** 2)

    def g(x, gamma, beta, t):
        count = len(x)
        centered = x - x.mean(0)
        std_inv = 1 / np.sqrt(x.var(0) + 1e-5)
        gy = gamma * centered * std_inv + beta - t
        norm = gy * gamma
        var = np.sum(norm * centered, axis=0) * std_inv**3 * 0.5
        dx = norm * std_inv + centered * var * 2 / count
        dx += np.sum(norm * -std_inv, axis=0) + var * np.mean(-2 * centered, axis=0) / count
        return {"x": dx}

    return f, g


@wrong(
    {"axis"},
    "a student's layer norm after CS231n (text search for def layernorm_backward, file 59130034859)",
    "the gradients of gamma and beta are summed over the features, axis 1, not over the examples",
    NORM,
    "gamma, beta, x",
)
def summed_over_the_features():
    def f(gamma, beta, x, t):
        mean = np.mean(x, axis=1, keepdims=True)
        var = np.mean((x - mean) ** 2, axis=1, keepdims=True)
        return 0.5 * np.sum((gamma * (x - mean) / np.sqrt(var + 1e-5) + beta - t) ** 2)

    def g(gamma, beta, x, t):
        mean = np.mean(x, axis=1, keepdims=True)
        var = np.var(x, axis=1, keepdims=True)
        std = np.sqrt(var + 1e-5)
        x_normalized = (x - mean) / std
        dout = gamma * x_normalized + beta - t
        N = x.shape[1]
        dbeta = np.sum(dout, axis=1, keepdims=True).flatten()
        dgamma = np.sum(dout * x_normalized, axis=1, keepdims=True).flatten()
        dxn = dout * gamma
        dvar = np.sum(dxn * (x - mean) * (-0.5) * (var + 1e-5) ** (-1.5), axis=1, keepdims=True)
        dmean = np.sum(-dxn / std, axis=1, keepdims=True) + dvar * np.mean(-2 * (x - mean), axis=1, keepdims=True)
        dx = dxn / std + dvar * 2 * (x - mean) / N + dmean / N
        return {"gamma": dgamma, "beta": dbeta, "x": dx}

    return f, g


# ---------------------------------------------------------------------------------------------- pooling, attention
@wrong(
    {"unwritten"},
    "riccardoandreoni0/CNN-from-scratch issue 1",
    "the function returns after the first window: only it gets its error",
    (n(size=(4, 6)), n(size=(2, 3))),
    "x",
)
def only_the_first_window():
    def f(x, w):
        return np.sum(w * np.max(x.reshape(2, 2, 3, 2), axis=(1, 3)))

    def g(x, w):
        def back():
            dx = np.zeros_like(x)
            for i in range(2):
                for j in range(3):
                    patch = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                    top = np.amax(patch)
                    for a in range(2):
                        for b in range(2):
                            if patch[a, b] == top:
                                dx[2 * i + a, 2 * j + b] = w[i, j]
                    return dx
            return None

        return {"x": back()}

    return f, g


@wrong(
    {"not-added"},
    "FluxML/NNlib.jl issue 205",
    "windows overlap, and a window's error overwrites the one before instead of being added",
    (n(size=(5, 5)), n(size=(4, 4))),
    "x",
)
def overlapping_windows_overwritten():
    def f(x, w):
        top = np.maximum(np.maximum(x[:-1, :-1], x[1:, :-1]), np.maximum(x[:-1, 1:], x[1:, 1:]))
        return np.sum(w * top)

    def g(x, w):
        dx = np.zeros_like(x)
        for i in range(4):
            for j in range(4):
                a, b = np.unravel_index(np.argmax(x[i : i + 2, j : j + 2]), (2, 2))
                dx[i + a, j + b] = w[i, j]
        return {"x": dx}

    return f, g


QKV = (n(size=(4, 3)), n(size=(4, 3)), n(size=(4, 3)), n(size=(4, 3)))


def attention(Q, K, V, T):
    A = softmax_rows(Q @ K.T / np.sqrt(3))
    return 0.5 * np.sum((A @ V - T) ** 2)


@wrong(
    {"unsummed"},
    "a public file of own autograd functions (text search for attention_weights * (1 -, file 54062525897)",
    "the softmax's Jacobian is taken as its diagonal, A(1-A)",
    QKV,
    "Q, K, V",
)
def attention_by_the_diagonal():
    def g(Q, K, V, T):
        A = softmax_rows(Q @ K.T / np.sqrt(3))
        grad = A @ V - T
        scores = grad @ V.T * A * (1 - A)
        return {"Q": scores @ K / np.sqrt(3), "K": scores.T @ Q / np.sqrt(3), "V": A.T @ grad}

    return attention, g


@wrong(
    {"symbol", "unsummed", "scale"},
    "a public NumPy transformer (text search for self.attn * (1 - self.attn), file 42737340277)",
    "the diagonal for the softmax's Jacobian; and 1/sqrt(d) forgotten on the way back",
    QKV,
    "Q, K, V",
    two=True,
)
def attention_diagonal_and_unscaled():
    def g(Q, K, V, T):
        A = softmax_rows(Q @ K.T / np.sqrt(3))
        d = A @ V - T
        d_scores = (d @ V.T) * A * (1 - A)
        return {"Q": d_scores @ K, "K": d_scores.T @ Q, "V": A.T @ d}

    return attention, g


@wrong(
    {"unsummed", "transpose"},
    "a public layer library (text search for attention_weights * (1 -, file 38735653056)",
    "the diagonal for the softmax's Jacobian; and the scores' error is not transposed for K",
    QKV,
    "Q, K, V",
    two=True,
)
def attention_diagonal_and_keys_not_transposed():
    def f(Q, K, V, T):
        return 0.5 * np.sum((softmax_rows(Q @ K.T) @ V - T) ** 2)

    def g(Q, K, V, T):
        A = softmax_rows(Q @ K.T)
        d_out = A @ V - T
        dA = np.dot(d_out, V.T)
        dQK = dA * (1 - A) * A
        return {"Q": np.dot(dQK, K), "K": np.dot(dQK, Q), "V": np.dot(A.T, d_out)}

    return f, g


@wrong(
    {"summand"},
    "a public multi-task network (text search for self.attn * (1 - self.attn), file 54075581197)",
    "x enters twice; its way through the gate is missing in x's gradient",
    (n(size=(3, 3)), n(size=(4, 3)), n(size=(4, 3))),
    "W, x",
)
def way_through_the_gate_missing():
    def f(W, x, t):
        return np.sum((x * sigmoid(x @ W) - t) ** 2) / 12

    def g(W, x, t):
        attn = sigmoid(np.dot(x, W))
        grad = 2 * (x * attn - t) / t.size
        dscores = grad * x * attn * (1 - attn)
        return {"W": np.dot(x.T, dscores), "x": grad * attn}

    return f, g


def points(n_points):
    P = np.abs(n(size=(n_points, n_points)))
    P = P + P.T
    np.fill_diagonal(P, 0)
    return P / P.sum()


TSNE = (n(size=(5, 2)), points(5))


def tsne(Y, P):
    off = 1 - np.eye(5)
    squares = np.sum(Y**2, axis=1, keepdims=True)
    D = squares + squares.T - 2 * Y @ Y.T
    return np.sum(P * np.log(1 + D)) + np.log(np.sum(off / (1 + D)))


@wrong({"scale"}, "pavlin-policar/openTSNE pull 89", "the factor 4 is missing", TSNE, "Y")
def tsne_without_its_four():
    def g(Y, P):
        diff = Y[:, None] - Y[None]
        num = 1 / (1 + np.sum(diff**2, axis=2))
        np.fill_diagonal(num, 0)
        PQ = (P - num / num.sum()) * num
        return {"Y": np.sum(PQ[:, :, None] * diff, axis=1)}

    return tsne, g


@wrong({"symbol"}, "RubixML/ML pull 421", "the distance stands in place of the kernel 1/(1+d^2)", TSNE, "Y")
def tsne_by_the_distance():
    def g(Y, P):
        diff = Y[:, None] - Y[None]
        d2 = np.sum(diff**2, axis=2)
        num = 1 / (1 + d2)
        np.fill_diagonal(num, 0)
        PQ = (P - num / num.sum()) * np.sqrt(d2)
        return {"Y": 4 * np.sum(PQ[:, :, None] * diff, axis=1)}

    return tsne, g


# ============================================================================================== right ones
@right(
    "pjreddie/darknet issues 1634 and 1723: the variance's part of the mean's gradient left out, as it is zero",
    (NORM[2], *NORM[:2], NORM[3]),
    "x",
)
def darknet_batch_norm():
    def f(x, gamma, beta, t):
        mu = np.mean(x, axis=0)
        var = np.mean((x - mu) ** 2, axis=0)
        return 0.5 * np.sum((gamma * (x - mu) / np.sqrt(var + 1e-5) + beta - t) ** 2)

    def g(x, gamma, beta, t):
        N, C = x.shape
        out = np.empty_like(x)
        for c in range(C):
            mean = sum(x[i, c] for i in range(N)) / N
            variance = sum((x[i, c] - mean) ** 2 for i in range(N)) / N
            delta = [
                gamma[c] * (gamma[c] * (x[i, c] - mean) / math.sqrt(variance + 1e-5) + beta[c] - t[i, c])
                for i in range(N)
            ]
            mean_delta = sum(delta) * (-1.0 / math.sqrt(variance + 1e-5))
            variance_delta = sum(delta[i] * (x[i, c] - mean) for i in range(N)) * -0.5 * (variance + 1e-5) ** (-3.0 / 2)
            for i in range(N):
                out[i, c] = (
                    delta[i] / math.sqrt(variance + 1e-5) + variance_delta * 2.0 * (x[i, c] - mean) / N + mean_delta / N
                )
        return {"x": out}

    return f, g


@right("BVLC/caffe issues 3878 and 4110: three terms, from the output", (NORM[2], NORM[3]), "x")
def caffe_batch_norm():
    def f(x, t):
        mu = np.mean(x, axis=0)
        return 0.5 * np.sum(((x - mu) / np.sqrt(np.mean((x - mu) ** 2, axis=0) + 1e-5) - t) ** 2)

    def g(x, t):
        y = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)
        dE = y - t
        return {"x": (dE - dE.mean(0) - (dE * y).mean(0) * y) / np.sqrt(x.var(0) + 1e-5)}

    return f, g


@right(
    "a student's layer norm by transposing (text search for def layernorm_backward, file 35342794698)",
    NORM,
    "gamma, beta, x",
)
def layer_norm_by_transposing():
    def f(gamma, beta, x, t):
        mean = np.mean(x, axis=1, keepdims=True)
        var = np.mean((x - mean) ** 2, axis=1, keepdims=True)
        return 0.5 * np.sum((gamma * (x - mean) / np.sqrt(var + 1e-5) + beta - t) ** 2)

    def g(gamma, beta, x, t):
        z = x.T
        istd = 1 / np.sqrt(np.var(z, axis=0) + 1e-5)
        xn = (z - np.mean(z, axis=0)) * istd
        dout = xn.T * gamma + beta - t
        dxn = (dout * gamma).T
        m = xn.shape[0]
        dx = 1 / m * istd * (m * dxn - np.sum(dxn, axis=0) - xn * np.sum(dxn * xn, axis=0))
        return {"gamma": np.sum(xn.T * dout, axis=0), "beta": np.sum(dout, axis=0), "x": dx.T}

    return f, g


@right("the same in float32", tuple(a.astype(np.float32) for a in NORM), "gamma, beta")
def layer_norm_in_single_precision():
    def f(gamma, beta, x, t):
        mean = np.mean(x, axis=1, keepdims=True)
        var = np.mean((x - mean) ** 2, axis=1, keepdims=True)
        return 0.5 * np.sum((gamma * (x - mean) / np.sqrt(var + 1e-5) + beta - t) ** 2)

    def g(gamma, beta, x, t):
        gamma, beta, x, t = (np.float32(a) for a in (gamma, beta, x, t))
        xn = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + np.float32(1e-5))
        d = xn * gamma + beta - t
        return {"gamma": (d * xn).sum(0), "beta": d.sum(0)}

    return f, g


@right(
    "swish's slope from its output (text search for def swish_derivative, file 4643824673)", (n(size=8), n(size=8)), "x"
)
def swish_from_its_output():
    def f(x, w):
        return np.sum(w * x / (1 + np.exp(-x)))

    def g(x, w):
        s = 1 / (1 + np.e ** (-x))
        return {"x": w * (x * s + s * (1 - x * s))}

    return f, g


@right("elu(x)+alpha (text search for def elu_derivative, file 62076966831)", (n(size=8), n(size=8)), "x")
def elu_from_its_output():
    def f(x, w):
        return np.sum(w * np.where(x > 0, x, 0.7 * (np.exp(x) - 1)))

    def g(x, w):
        return {"x": [wi * (1.0 if xi > 0 else 0.7 * (math.exp(xi) - 1) + 0.7) for xi, wi in zip(x, w, strict=False)]}

    return f, g


@right("mish by the paper's formula (text search for mish_derivative, file 4643824673)", (n(size=8), n(size=8)), "x")
def mish_by_omega_and_delta():
    def f(x, w):
        return np.sum(w * x * np.tanh(np.log(1 + np.exp(x))))

    def g(x, w):
        omega = np.exp(3 * x) + 4 * np.exp(2 * x) + (6 + 4 * x) * np.exp(x) + 4 * (1 + x)
        delta = 1 + pow((np.exp(x) + 1), 2)
        return {"x": w * np.exp(x) * omega / pow(delta, 2)}

    return f, g


@right("mish by 1-exp(-softplus) (text search for mish_derivative, file 26974628497)", (n(size=8), n(size=8)), "x")
def mish_by_softplus():
    def f(x, w):
        return np.sum(w * x * np.tanh(np.log(1 + np.exp(x))))

    def g(x, w):
        sp = np.log1p(np.exp(x))
        t = np.tanh(sp)
        return {"x": w * (t + x * (1 - t**2) * (1 - np.exp(-sp)))}

    return f, g


@right(
    "a public LeNet in NumPy, average pooling by repeat (text search for def avg_pool_backward, file 70866164589)",
    (n(size=(4, 6)), n(size=(2, 3))),
    "x",
)
def average_pooling_by_repeat():
    def f(x, t):
        return 0.5 * np.sum((np.mean(x.reshape(2, 2, 3, 2), axis=(1, 3)) - t) ** 2)

    def g(x, t):
        d = x.reshape(2, 2, 3, 2).mean(axis=(1, 3)) - t
        return {"x": np.repeat(np.repeat(d, 2, axis=0), 2, axis=1) / (2 * 2)}

    return f, g


@right(
    "max pooling by an equality mask (text search for conv2d_Backward, file 9591804852)",
    (n(size=(4, 6)), n(size=(2, 3))),
    "x",
)
def max_pooling_by_a_mask():
    def f(x, t):
        return 0.5 * np.sum((np.max(x.reshape(2, 2, 3, 2), axis=(1, 3)) - t) ** 2)

    def g(x, t):
        dx = np.zeros_like(x)
        for i in range(2):
            for j in range(3):
                patch = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                dx[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] += (patch == np.max(patch)) * (patch.max() - t[i, j])
        return {"x": dx}

    return f, g


@right(
    "convolution by scattering windows (a student's conv_backward_naive, file 59130034859)",
    (n(size=(2, 2)), n(size=(4, 5)), n(size=(3, 4))),
    "w, x",
)
def convolution_by_scattering():
    def f(w, x, t):
        z = w[0, 0] * x[:-1, :-1] + w[0, 1] * x[:-1, 1:] + w[1, 0] * x[1:, :-1] + w[1, 1] * x[1:, 1:]
        return 0.5 * np.sum((z - t) ** 2)

    def g(w, x, t):
        dw, dx = np.zeros_like(w), np.zeros_like(x)
        for i in range(3):
            for j in range(4):
                d = np.sum(x[i : i + 2, j : j + 2] * w) - t[i, j]
                dw += x[i : i + 2, j : j + 2] * d
                dx[i : i + 2, j : j + 2] += w * d
        return {"w": dw, "x": dx}

    return f, g


@right("a character RNN with dictionaries and one function per cell (file 37936909057)", RNN, "Wxh, Whh, Why")
def rnn_cell_by_cell():
    def g(Wxh, Whh, Why, xs, ys):
        grads = dict.fromkeys(("dV", "dU", "dW"), 0) | {"dh_next": np.zeros(4)}
        hs, ps = rnn_states(Wxh, Whh, Why, xs)

        def cell(dy, x, h, h_prev):
            grads["dV"] += np.outer(h, dy)
            dh = Why @ dy + grads["dh_next"]
            dtanh = (1 - h * h) * dh
            grads["dU"] += np.outer(x, dtanh)
            grads["dW"] += np.outer(h_prev, dtanh)
            grads["dh_next"] = Whh @ dtanh

        for t in reversed(range(len(xs))):
            dy = np.copy(ps[t][0])
            dy[np.argmax(ys[t])] -= 1
            cell(dy, xs[t], hs[t][0], hs[t - 1][0])
        return {"Wxh": grads["dU"], "Whh": grads["dW"], "Why": grads["dV"]}

    return rnn_cost, g


@right("cthorey/CS231 issue 1: the error adds to the next cell's", LSTM, "Wf, Wi, Wg, Wo")
def lstm_that_adds_to_the_next_cell():
    def g(Wf, Wi, Wg, Wo, xs, y):
        W = np.vstack([Wf, Wi, Wg, Wo])
        h, c, tape = np.zeros((3, 1)), np.zeros((3, 1)), []
        for t in range(2):
            z = np.vstack([h, xs[:, [t]]])
            a = W @ z
            f, i, o, gg = sigmoid(a[:3]), sigmoid(a[3:6]), sigmoid(a[9:]), np.tanh(a[6:9])
            prev, c = c, f * c + i * gg
            h = o * np.tanh(c)
            tape.append((z, f, i, gg, o, prev, c, h))
        dW, dnext_h, dnext_c = np.zeros_like(W), 0, 0
        for t in (1, 0):
            z, f, i, gg, o, prev, c, h = tape[t]
            dnext_h = dnext_h + h - y[:, [t]]
            dnext_c = dnext_c + o * (1 - np.tanh(c) ** 2) * dnext_h
            da = np.vstack(
                [
                    dnext_c * prev * f * (1 - f),
                    dnext_c * gg * i * (1 - i),
                    dnext_c * i * (1 - gg**2),
                    dnext_h * np.tanh(c) * o * (1 - o),
                ]
            )
            dW += da @ z.T
            dnext_h = (W.T @ da)[:3]
            dnext_c = dnext_c * f
        return {"Wf": dW[:3], "Wi": dW[3:6], "Wg": dW[6:9], "Wo": dW[9:]}

    return lstm_cost, g


@right("a GRU in float32 with outer products (file 1412144504)", GRU, "Wz, Uz, Wr, Ur, Wh, Uh")
def gru_with_outer_products():
    def g(Wz, Uz, Wr, Ur, Wh, Uh, x, h, y):
        xt, ht = x.ravel(), h.ravel()
        zt = sigmoid(Wz @ xt + Uz @ ht)
        rt = sigmoid(Wr @ xt + Ur @ ht)
        vt = np.tanh(Wh @ xt + Uh @ (rt * ht))
        dh = zt * ht + (1 - zt) * vt - y.ravel()
        d1 = dh * (1 - zt) * (1 - np.power(vt, 2))
        dr = (Uh.T @ d1) * ht * rt * (1 - rt)
        dz = dh * ht * zt * (1 - zt) - dh * vt * zt * (1 - zt)
        return {
            "Wz": np.outer(dz, xt),
            "Uz": np.outer(dz, ht),
            "Wr": np.outer(dr, xt),
            "Ur": np.outer(dr, ht),
            "Wh": np.outer(d1, xt),
            "Uh": np.outer(d1, rt * ht),
        }

    return gru_cost, g


@right("logistic regression in loops, the bias first (file 67125267029)", (n(size=3), 0.3, X, Y01), "w, b")
def logistic_regression_in_loops():
    def f(w, b, X, y):
        p = sigmoid(X @ w + b)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def g(w, b, X, y):
        m, k = X.shape
        dj_dw, dj_db = np.zeros((k,)), 0.0
        for i in range(m):
            f_wb_i = sigmoid(np.dot(X[i], w) + b)
            for j in range(k):
                dj_dw[j] = dj_dw[j] + (f_wb_i - y[i]) * X[i][j]
            dj_db = dj_db + (f_wb_i - y[i])
        return {"b": dj_db / m, "w": dj_dw / m}

    return f, g


@right(
    "janchorowski/nn_assignments pull 21: 1/N already at the softmax",
    (n(size=(3, 2)), n(size=(3, 5)), onehot(5, 2).T),
    "Theta",
)
def divided_at_the_softmax():
    def f(Theta, X, Y):
        return -np.sum(Y * np.log(softmax_columns(Theta.T @ X))) / 5

    def g(Theta, X, Y):
        O = softmax_columns(Theta.T @ X)
        dLdO = -1.0 / X.shape[1] * Y / O
        dLdA = O * (dLdO - (dLdO * O).sum(axis=0))
        return {"Theta": np.dot(X, dLdA.T)}

    return f, g


@right(
    "hughperkins/DeepCL issue 62: divided one after the other; the sigmoid's slope as exp(-x)/(exp(-x)+1)**2",
    (n(size=(1, 3)), X.T, Y01[None]),
    "W",
)
def divided_one_after_the_other():
    def f(W, X, Y):
        A = sigmoid(W @ X)
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))

    def g(W, X, Y):
        z = W @ X
        a = sigmoid(z)
        d = (a - Y) / a / (1.0 - a) * (np.exp(-z) / (np.exp(-z) + 1) ** 2)
        return {"W": d @ X.T}

    return f, g


@right("ooples/AiDotNet.Tensors issue 49: the correct attention, by einsum", QKV, "Q, K, V")
def attention_by_einsum():
    def g(Q, K, V, T):
        S = np.einsum("id,jd->ij", Q, K) / math.sqrt(Q.shape[1])
        A = np.exp(S) / np.exp(S).sum(-1)[:, None]
        dO = np.einsum("ij,jd->id", A, V) - T
        dA = np.einsum("id,jd->ij", dO, V)
        J = np.einsum("ij,jk->ijk", A, np.eye(4)) - np.einsum("ij,ik->ijk", A, A)
        dS = np.einsum("ijk,ik->ij", J, dA) / math.sqrt(3)
        return {
            "Q": np.einsum("ij,jd->id", dS, K),
            "K": np.einsum("ij,id->jd", dS, Q),
            "V": np.einsum("ij,id->jd", A, dO),
        }

    return attention, g


@right("central differences, as gradient checks in courses have them", ROWS, "W1, W2")
def central_differences():
    def f(W1, W2, x, y):
        return 0.5 * np.sum((np.tanh(x @ W1) @ W2 - y) ** 2)

    def g(W1, W2, x, y):
        def grad(h, w):
            out = np.zeros_like(w)
            for i in np.ndindex(*w.shape):
                up, down = w.copy(), w.copy()
                up[i] += 1e-5
                down[i] -= 1e-5
                out[i] = (h(up) - h(down)) / 2e-5
            return out

        return {"W1": grad(lambda v: f(v, W2, x, y), W1), "W2": grad(lambda v: f(W1, v, x, y), W2)}

    return f, g


@right(
    "Heermosi's and wenmin-wu's BPR with the right sign, written as ascent and negated",
    (n(size=4), n(size=4), n(size=4)),
)
def bpr_as_ascent():
    def f(u, p, q):
        return np.log(1 + np.exp(-(u @ (p - q)))) + 0.05 * np.sum(u**2) + 0.05 * np.sum(p**2) + 0.05 * np.sum(q**2)

    def g(u, p, q):
        scale = 1 - sigmoid(u @ (p - q))
        ascent = {"u": (p - q) * scale - 0.1 * u, "p": u * scale - 0.1 * p, "q": -u * scale - 0.1 * q}
        return {k: -v for k, v in ascent.items()}

    return f, g


@right("t-SNE as van der Maaten writes it", TSNE, "Y")
def tsne_row_by_row():
    def g(Y, P):
        sum_Y = np.sum(np.square(Y), 1)
        num = -2.0 * np.dot(Y, Y.T)
        num = 1.0 / (1.0 + np.add(np.add(num, sum_Y).T, sum_Y))
        num[range(5), range(5)] = 0.0
        PQ = P - num / np.sum(num)
        dY = np.zeros((5, 2))
        for i in range(5):
            dY[i, :] = np.sum(np.tile(PQ[:, i] * num[:, i], (2, 1)).T * (Y[i, :] - Y), 0)
        return {"Y": 4 * dY}

    return tsne, g
