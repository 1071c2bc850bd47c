"""Wrong implementations from threads, collected without a look at the table of mistakes, and run when it had been frozen.

When they were first run, 16 of 25 were named rightly, 7 were told by the first symbol that differs, and two were named falsely:
`forget_for_all`, with a second sentence about one product, and `swish_wrong_output`, as brackets that are in no line of it.
`rms_without_weight`, rightly named, also had a sentence about y, which it does not make.
"""

import numpy as np

import chainrule as cr

from .programs import sigmoid, softmax

LATER = []
R = np.random.default_rng(11)
n = R.normal


def later(source, names, program, args, wrt):
    wrt = wrt if "," in wrt else (wrt,)

    def enter(mine):
        LATER.append((mine.__name__, names, lambda: cr.check_grad(program, args, mine=mine, wrt=wrt)))
        return mine

    return enter


def rms(w, x, r):
    s = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)
    y = w * x / s
    return np.sum(y * r)


RMS = [n(size=4), n(size=(5, 4)), n(size=(5, 4))]


@later(
    "karpathy/llm.c pull 763 (azret): the norm's weight is left out of the input's gradient", {"factor"}, rms, RMS, "x"
)
def rms_without_weight(w, x, r):
    D = x.shape[1]
    s = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)
    g = r
    return g / s - x * np.sum(g * x, axis=1, keepdims=True) / (D * s**3)


@later("NVIDIA/Megatron-LM pull 6859: weight twice in the second term", {"again"}, rms, RMS, "x")
def rms_weight_twice(w, x, r):
    D = x.shape[1]
    s = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)
    return r * w / s - w * x * np.sum(r * w * x, axis=1, keepdims=True) / (D * s**3)


def prenorm(x, h, w, r, q):
    res = h + x
    s = np.sqrt(np.mean(res**2, axis=1, keepdims=True) + 1e-5)
    out = w * res / s
    return np.sum(out * r) + np.sum(res * q)


@later(
    "Dao-AILab/quack pull 53: the residual's error goes through the norm as well",
    {"summand", "symbol"},
    prenorm,
    [n(size=(5, 4)), n(size=(5, 4)), n(size=4), n(size=(5, 4)), n(size=(5, 4))],
    "x",
)
def residual_through_the_norm(x, h, w, r, q):
    res = h + x
    D = x.shape[1]
    s = np.sqrt(np.mean(res**2, axis=1, keepdims=True) + 1e-5)
    g = (r + q) * w
    return g / s - res * np.sum(g * res, axis=1, keepdims=True) / (D * s**3)


def regression(w, b, x, y):
    z = x @ w.T + b
    p = softmax(z, 1)
    return -np.sum(y * np.log(p))


REG = [n(size=(3, 4)), n(size=3), n(size=(6, 4)), np.eye(3)[R.integers(0, 3, 6)]]


@later("rasbt/stat453-deep-learning-ss21 issue 5: one sum for all biases", {"axis"}, regression, REG, "w, b")
def one_sum_for_all_biases(w, b, x, y):
    p = softmax(x @ w.T + b, 1)
    return -(x.T @ (y - p)).T, -np.sum(y - p)


@later("markroxor/fromscratchtoml issue 65: twice the gradient", {"scale"}, regression, REG, "w, b")
def off_by_two(w, b, x, y):
    d = 2 * (softmax(x @ w.T + b, 1) - y)
    return d.T @ x, d.sum(0)


def pseudo_huber(p, y):
    alpha = 0.6
    e = p - y
    return np.sum(alpha**2 * (np.sqrt(1 + (e / alpha) ** 2) - 1))


@later("RubixML/ML pull 446: α missing in the slope", {"factor"}, pseudo_huber, [n(size=7), n(size=7)], "p")
def alpha_missing(p, y):
    alpha = 0.6
    e = p - y
    return e / np.sqrt(e**2 + alpha**2)


def svm(W, X, Y):
    s = X @ W
    correct = np.sum(Y * s, axis=1, keepdims=True)
    margins = np.maximum(0, s - correct + 1) * (1 - Y)
    return np.sum(margins) / X.shape[0] + 0.3 * np.sum(W * W)


SVM = [n(size=(4, 3)), n(size=(6, 4)), np.eye(3)[R.integers(0, 3, 6)]]


def _svm(W, X, Y, reg, own=True):
    s = X @ W
    c = np.sum(Y * s, axis=1, keepdims=True)
    m = ((s - c + 1 > 0) * (1 - Y)).astype(float)
    if own:
        m = m - Y * m.sum(1, keepdims=True)
    return X.T @ m / X.shape[0] + reg * W


@later("jingtinghuang/CS231n-Spring-2017 issue 3: 2 of the penalty's square missing", {"factor"}, svm, SVM, "W")
def penalty_without_two(W, X, Y):
    return _svm(W, X, Y, 0.3)


@later(
    "bruceoutdoors/CS231n issue 5: the count of the true class is assigned where it should be taken away from what stands there",
    {"factor", "symbol"},
    svm,
    SVM,
    "W",
)
def count_assigned(W, X, Y):
    s = X @ W
    c = np.sum(Y * s, axis=1, keepdims=True)
    m = (s - c + 1 > 0).astype(float)
    k = m.sum(1, keepdims=True)
    m = np.where(Y > 0, -k, m)
    return X.T @ m / X.shape[0] + 0.6 * W


def two_layer(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    s = h @ W2 + b2
    p = softmax(s, 1)
    return -np.sum(Y * np.log(p)) / X.shape[0] + 0.1 * (
        np.sum(W1 * W1) + np.sum(W2 * W2) + np.sum(b1 * b1) + np.sum(b2 * b2)
    )


TWO = [n(size=(4, 5)), n(size=5), n(size=(5, 3)), n(size=3), n(size=(6, 4)), np.eye(3)[R.integers(0, 3, 6)]]


@later("Burton2000/CS231n-2017 issue 9: penalty of the biases missing", {"summand"}, two_layer, TWO, "W1, b1, W2, b2")
def penalty_of_biases_missing(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    p = softmax(h @ W2 + b2, 1)
    d = (p - Y) / X.shape[0]
    dh = d @ W2.T
    dh[h <= 0] = 0
    return X.T @ dh + 0.2 * W1, dh.sum(0), h.T @ d + 0.2 * W2, d.sum(0)


def coursera(T1, T2, X, Y):
    m = X.shape[0]
    a1 = np.concatenate([np.ones((m, 1)), X], axis=1)
    a2 = np.concatenate([np.ones((m, 1)), sigmoid(a1 @ T1.T)], axis=1)
    a3 = sigmoid(a2 @ T2.T)
    J = -np.sum(Y * np.log(a3) + (1 - Y) * np.log(1 - a3)) / m
    return J + 0.5 / (2 * m) * (np.sum(T1[:, 1:] ** 2) + np.sum(T2[:, 1:] ** 2))


COU = [n(size=(4, 4)), n(size=(3, 5)), n(size=(6, 3)), np.eye(3)[R.integers(0, 3, 6)]]


@later(
    "JWarmenhoven/Coursera-Machine-Learning issue 3: ones in the penalty's column of biases",
    {"symbol", "summand"},
    coursera,
    COU,
    "T1, T2",
)
def ones_for_the_biases(T1, T2, X, Y):
    m = X.shape[0]
    a1 = np.c_[np.ones((m, 1)), X]
    z2 = a1 @ T1.T
    a2 = np.c_[np.ones((m, 1)), sigmoid(z2)]
    a3 = sigmoid(a2 @ T2.T)
    d3 = a3 - Y
    d2 = (d3 @ T2[:, 1:]) * sigmoid(z2) * (1 - sigmoid(z2))
    t1 = np.c_[np.ones((4, 1)), T1[:, 1:]]
    t2 = np.c_[np.ones((3, 1)), T2[:, 1:]]
    return d2.T @ a1 / m + 0.5 * t1 / m, d3.T @ a2 / m + 0.5 * t2 / m


def cell(bf, bi, bo, x, c, r):
    f = sigmoid(x + bf)
    i = sigmoid(x + bi)
    o = sigmoid(x + bo)
    g = np.tanh(x)
    c2 = f * c + i * g
    return np.sum(r * o * np.tanh(c2))


@later(
    "hanbt/learn_dl issue 53: the forget gate's error for the other gates' biases",
    {"symbol"},
    cell,
    [n(size=4) for _ in range(6)],
    "bf, bi, bo",
)
def forget_for_all(bf, bi, bo, x, c, r):
    f = sigmoid(x + bf)
    i = sigmoid(x + bi)
    o = sigmoid(x + bo)
    g = np.tanh(x)
    c2 = f * c + i * g
    t = np.tanh(c2)
    dc = r * o * (1 - t**2)
    df = dc * c * f * (1 - f)
    return df, df, df


def tanh_net(w1, w2, x, y):
    z1 = w1 @ x
    a1 = np.tanh(z1)
    z2 = w2 @ a1
    a2 = np.tanh(z2)
    return 0.5 * np.sum((a2 - y) ** 2)


@later(
    "deeplearning4j/deeplearning4j pull 364: z was overwritten by a, of which the slope is then taken",
    {"symbol"},
    tanh_net,
    [n(size=(4, 3)) * 0.5, n(size=(2, 4)) * 0.5, n(size=(3, 5)), n(size=(2, 5))],
    "w1, w2",
)
def z_overwritten(w1, w2, x, y):
    z1 = w1 @ x
    np.tanh(z1, out=z1)
    a1 = z1
    z2 = w2 @ a1
    np.tanh(z2, out=z2)
    a2 = z2
    d2 = (a2 - y) * (1 - np.tanh(z2) ** 2)
    d1 = (w2.T @ d2) * (1 - np.tanh(z1) ** 2)
    return d1 @ x.T, d2 @ a1.T


def three(W3, b3, a2, y):
    z3 = W3 @ a2 + b3
    a3 = sigmoid(z3)
    return -np.sum(y * np.log(a3) + (1 - y) * np.log(1 - a3)) / a2.shape[1]


THREE = [n(size=(1, 3)), n(size=(1, 1)), n(size=(3, 7)), R.integers(0, 2, (1, 7)).astype(float)]


@later("stats.stackexchange 322521: the mean over examples is missing", {"divisor"}, three, THREE, "W3, b3")
def no_mean(W3, b3, a2, y):
    a3 = sigmoid(W3 @ a2 + b3)
    d = -(y / a3 - (1 - y) / (1 - a3)) * a3 * (1 - a3)
    return d @ a2.T, d.sum(1, keepdims=True)


def linear(w, b, X, y):
    e = X @ w + b - y
    return np.mean(0.5 * e**2)


@later(
    "d2l-ai/d2l-en pull 1000: divided by the batch twice",
    {"twice"},
    linear,
    [n(size=3), np.float64(0.2), n(size=(8, 3)), n(size=8)],
    "w, b",
)
def batch_twice(w, b, X, y):
    m = len(y)
    e = (X @ w + b - y) / m
    return X.T @ e / m, e.sum() / m


def gelu(w, x, r):
    z = w @ x
    a = 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return np.sum(a * r)


ACT = [n(size=(3, 2)), n(size=(2, 4)), n(size=(3, 4))]


@later("ravin-d-27/PyDeepFlow pull 89: the inner derivative of GELU missing", {"slope"}, gelu, ACT, "w")
def gelu_inner_missing(w, x, r):
    z = w @ x
    t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
    return (r * (0.5 * (1 + t) + 0.5 * z * (1 - t**2))) @ x.T


def swish(w, x, r):
    beta = 1.7
    z = w @ x
    return np.sum(r * z * sigmoid(beta * z))


@later("NACLab/ngc-learn pull 159: β missing in the second term", {"factor"}, swish, ACT, "w")
def swish_beta_missing(w, x, r):
    z = w @ x
    s = sigmoid(1.7 * z)
    return (r * (s + z * s * (1 - s))) @ x.T


@later(
    "pytorch/pytorch issue 110815 (the sum taken with z in the place of the output): y replaced by z",
    {"divisor", "symbol"},
    swish,
    ACT,
    "w",
)
def swish_wrong_output(w, x, r):
    z = w @ x
    s = sigmoid(1.7 * z)
    y = z * s
    return (r * (1.7 * z + s * (1 - 1.7 * y))) @ x.T


def softplus(w, x, r):
    z = w @ x
    return np.sum(r * np.log(1 + np.exp(z)))


@later("NVlabs/tiny-cuda-nn pull 130: the slope taken of the output", {"symbol"}, softplus, ACT, "w")
def softplus_of_output(w, x, r):
    a = np.log(1 + np.exp(w @ x))
    return (r * sigmoid(a)) @ x.T


def pooled(w, x, r):
    a = np.maximum(x @ w, 0)  # 6 × 8 → pools of 2 along the columns
    p = np.mean(a.reshape(6, 4, 2), axis=2)
    return np.sum(p * r)


@later(
    "deeplearning4j/deeplearning4j pull 1951: the average's share of a half missing",
    {"scale"},
    pooled,
    [n(size=(3, 8)), n(size=(6, 3)), n(size=(6, 4))],
    "w",
)
def average_without_share(w, x, r):
    a = x @ w
    d = np.repeat(r, 2, axis=1) * (a > 0)
    return x.T @ d


def strided(k, x, r):
    out = np.stack([np.sum(k * x[2 * j : 2 * j + 3]) for j in range(4)])
    return np.sum(out * r)


@later(
    "Kulbear/deep-learning-coursera pull 34: the stride missing on the way back",
    {"symbol"},
    strided,
    [n(size=3), n(size=9), n(size=4)],
    "k",
)
def stride_missing(k, x, r):
    return sum(r[j] * x[j : j + 3] for j in range(4))


@later(
    "hguomin/deep-learning-from-scratch issue 2: = in the place of += where windows overlap",
    {"not-added"},
    strided,
    [n(size=3), n(size=9), n(size=4)],
    "x",
)
def assigned_not_added(k, x, r):
    d = np.zeros(9)
    for j in range(4):
        d[2 * j : 2 * j + 3] = r[j] * k
    return d


def dropped(w1, w2, x, y, mask):
    h = np.maximum(w1 @ x, 0) * mask / 0.8
    e = w2 @ h - y
    return 0.5 * np.sum(e**2)


DROP = [n(size=(5, 3)), n(size=(2, 5)), n(size=(3, 6)), n(size=(2, 6)), (R.random((5, 6)) < 0.8).astype(float)]


@later(
    "ddbourgin/numpy-ml issue 94: divided by the share kept, but without the mask", {"factor"}, dropped, DROP, "w1, w2"
)
def scale_without_mask(w1, w2, x, y, mask):
    z = w1 @ x
    h = np.maximum(z, 0) * mask / 0.8
    e = w2 @ h - y
    d = (w2.T @ e) / 0.8 * (z > 0)
    return d @ x.T, e @ h.T


@later(
    "rohitg00/ai-engineering-from-scratch pull 17: mask and scale both missing on the way back",
    {"symbol"},
    dropped,
    DROP,
    "w1, w2",
)
def dropout_forgotten(w1, w2, x, y, mask):
    z = w1 @ x
    h = np.maximum(z, 0) * mask / 0.8
    e = w2 @ h - y
    d = (w2.T @ e) * (z > 0)
    return d @ x.T, e @ h.T


def attention(Q, K, V, r):
    s = Q @ K.T / np.sqrt(Q.shape[1])
    a = softmax(s, 1)
    return np.sum((a @ V) * r)


ATT = [n(size=(4, 4)), n(size=(4, 4)), n(size=(4, 4)), n(size=(4, 4))]


@later(
    "tile-ai/tilelang-ascend pull 1670: another width under the root on the way back (that of the padded rows)",
    {"scale", "divisor", "symbol"},
    attention,
    ATT,
    "Q, K, V",
)
def scale_of_the_padded(Q, K, V, r):
    d = Q.shape[1]
    a = softmax(Q @ K.T / np.sqrt(d), 1)
    da = r @ V.T
    ds = a * (da - np.sum(a * da, 1, keepdims=True)) / np.sqrt(6)
    return ds @ K, ds.T @ Q, a.T @ r


@later(
    "huggingface/diffusers pull 14341: keys and values transposed once more", {"transpose"}, attention, ATT, "Q, K, V"
)
def transposed_once_more(Q, K, V, r):
    d = Q.shape[1]
    a = softmax(Q @ K.T / np.sqrt(d), 1)
    da = r @ V
    ds = a * (da - np.sum(a * da, 1, keepdims=True)) / np.sqrt(d)
    return ds @ K.T, ds.T @ Q, a.T @ r
