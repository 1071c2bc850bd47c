"""Wrong implementations of gradients, after those in public questions, courses, notes and their corrections, written anew.

Each says where such code is found, and by which names its mistakes may be called.
"""

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

WRONG = []


def wrong(program, source, *names):
    def enter(mine):
        WRONG.append((mine.__name__, program, mine, source, names))
        return mine

    return enter


@wrong(
    xor, "a question about XOR, of which only the first layer's gradient has the output's slope", {"slope", "symbol"}
)
def output_slope_only_in_the_first_layer(w1, w2, x, y):
    h = sigmoid(x @ w1)
    out = sigmoid(h @ w2)
    e = -(y - out)
    g1 = x.T @ ((e * out * (1 - out)) @ w2.T * h * (1 - h))
    return g1, h.T @ e


@wrong(xor, "a question about XOR where the raw error goes back", {"slope", "symbol"})
def raw_error_goes_back(w1, w2, x, y):
    h = sigmoid(x @ w1)
    out = sigmoid(h @ w2)
    e = out - y
    d2 = e * out * (1 - out)
    d1 = (e @ w2.T) * h * (1 - h)
    return x.T @ d1, h.T @ d2


@wrong(xor, "tutorials that add desired minus actual", {"sign", "scale"})
def desired_minus_actual(w1, w2, x, y):
    h = sigmoid(x @ w1)
    out = sigmoid(h @ w2)
    d2 = (y - out) * out * (1 - out)
    d1 = (d2 @ w2.T) * h * (1 - h)
    return x.T @ d1, h.T @ d2


@wrong(dense, "a forum's thread on XOR: the slope is taken of the activation, in both layers", {"symbol"})
def slope_at_the_activation(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * sigmoid(a2) * (1 - sigmoid(a2))
    d1 = (w2.T @ d2) * sigmoid(a1) * (1 - sigmoid(a1))
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@wrong(dense, "classes with one method for value and slope, called with z", {"symbol", "other-slope"})
def x_times_one_minus_x_at_z(w1, b1, w2, b2, x, y):
    def slope(x):
        return x * (1 - x)

    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    z2 = w2 @ a1 + b2
    d2 = (sigmoid(z2) - y) * slope(z2)
    d1 = (w2.T @ d2) * slope(z1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@wrong(dense, "an issue on notes about backpropagation: the bias gradient is a mean", {"mean", "scale"})
def biases_by_mean(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.mean(1, keepdims=True), d2 @ a1.T, d2.mean(1, keepdims=True)


@wrong(dense, "issues on a course's notebooks: the bias gradient is the weight gradient's sum", {"from-weights"})
def biases_from_the_weight_gradient(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, np.sum(d1 @ x.T, axis=1, keepdims=True), d2 @ a1.T, np.sum(d2 @ a1.T, axis=1, keepdims=True)


@wrong(dense, "a course's forum: the slope of the hidden layer is forgotten", {"slope"})
def hidden_slope_forgotten(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = w2.T @ d2
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@wrong(dense, "code for cross-entropy kept with a quadratic cost", {"slope"})
def cross_entropy_s_error_for_the_quadratic_cost(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = a2 - y
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return {"w1": d1 @ x.T, "b1": d1.sum(1, keepdims=True), "w2": d2 @ a1.T, "b2": d2.sum(1, keepdims=True)}


@wrong(dense, "the power rule's 2 with a cost that has one half", {"scale"})
def two_too_many(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = 2 * (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@wrong(dense, "a loop that keeps the last example's gradient only", {"only"})
def last_example_only(w1, b1, w2, b2, x, y):
    for i in range(x.shape[1]):
        a1 = sigmoid(w1 @ x[:, i : i + 1] + b1)
        a2 = sigmoid(w2 @ a1 + b2)
        d2 = (a2 - y[:, i : i + 1]) * a2 * (1 - a2)
        d1 = (w2.T @ d2) * a1 * (1 - a1)
        found = d1 @ x[:, i : i + 1].T, d1, d2 @ a1.T, d2
    return found


@wrong(dense, "the bias forgotten on the way forward", {"summand"})
def first_bias_forgotten(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@wrong(dense, "np.sum without keepdims", {"dimensions"}, {"dimensions"})
def biases_flat(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1), d2 @ a1.T, d2.sum(1)


@wrong(chain, "the book's code without slopes in the hidden layers", {"slope", "factor"}, {"slope", "factor"})
def no_slope_in_hidden_layers(weights, biases, x, y):
    acts = [x]
    for w, b in zip(weights, biases):
        acts.append(sigmoid(w @ acts[-1] + b))
    d = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
    dw, db = [None] * 3, [None] * 3
    for k in (2, 1, 0):
        dw[k], db[k] = d @ acts[k].T, d
        d = weights[k].T @ d
    return dw, db


@wrong(chain, "the book's code with a loop that ends a layer early", {"zero"}, {"zero"})
def first_layer_never_written(weights, biases, x, y):
    acts = [x]
    for w, b in zip(weights, biases):
        acts.append(sigmoid(w @ acts[-1] + b))
    d = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
    dw, db = [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    for k in (2, 1):
        dw[k], db[k] = d @ acts[k].T, d
        d = (weights[k].T @ d) * acts[k] * (1 - acts[k])
    return dw, db


@wrong(classes, "an issue on a set of labs: matrix products that nobody divides by the batch", {"scale", "divisor"})
def batch_not_averaged(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = softmax(h @ W2 + b2) - Y
    d1 = (d2 @ W2.T) * (h > 0)
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@wrong(classes, "a pull request about biases that are divided by the batch twice", {"scale", "mean"})
def biases_divided_twice(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return X.T @ d1, d1.mean(0), h.T @ d2, d2.mean(0)


@wrong(classes, "an assignment of two layers: ReLU's mask is forgotten", {"slope"})
def mask_forgotten(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = d2 @ W2.T
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@wrong(classes, "an assignment of two layers: ReLU's mask the wrong way round", {"mask"})
def mask_turned_round(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = d2 @ W2.T
    d1[h > 0] = 0
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@wrong(classes, "softmax's slope kept beside cross-entropy", {"again"})
def softmax_slope_beside_cross_entropy(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    p = softmax(h @ W2 + b2)
    d2 = (p - Y) * p * (1 - p) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@wrong(classes, "ReLU in the place of its slope", {"symbol"})
def relu_for_its_slope(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = (d2 @ W2.T) * h
    return X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)


@wrong(classes, "a sum over all axes where the bias's has one", {"axis"})
def bias_summed_over_everything(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2.sum()}


@wrong(logistic, "a question whose cost rises: the difference the other way round", {"sign", "scale"})
def difference_the_other_way_round(w, b, X, y):
    p = sigmoid(X @ w + b)
    return X.T @ (y - p) / len(y), np.mean(y - p)


@wrong(logistic, "a question about Coursera's exercise: the mean forgotten for the weights", {"scale"})
def weights_not_averaged(w, b, X, y):
    p = sigmoid(X @ w + b)
    return X.T @ (p - y), np.mean(p - y)


@wrong(logistic, "the quadratic cost's slope kept with cross-entropy", {"again", "twice"})
def sigmoid_slope_left_in(w, b, X, y):
    p = sigmoid(X @ w + b)
    d = (p - y) * p * (1 - p) / len(y)
    return X.T @ d, np.sum(d)


@wrong(ridge, "the penalty's gradient without its factor", {"factor", "function", "symbol"})
def penalty_without_lambda(w, b, X, y, lam):
    r = (X @ w + b - y) / len(y)
    return X.T @ r + w, r.sum()


@wrong(ridge, "the penalty forgotten in the gradient", {"summand"})
def penalty_forgotten(w, b, X, y, lam):
    r = (X @ w + b - y) / len(y)
    return X.T @ r, r.sum()


@wrong(pick, "a question on softmax's derivative: the diagonal alone", {"summand", "unsummed"})
def diagonal_alone(z, r):
    p = softmax(z)
    return (r * p * (1 - p),)


@wrong(pick, "softmax taken for a sigmoid's neighbor, the sum over the wrong axis", {"axis"})
def softmax_sum_over_the_batch(z, r):
    p = softmax(z)
    return (p * (r - np.sum(r * p, axis=0, keepdims=True)),)


@wrong(
    normalized, "a normalization's backward pass that takes mean and variance for constants", {"summand"}, {"summand"}
)
def mean_and_variance_constant(gamma, beta, x, r):
    std = np.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    return np.sum(r * xhat, 0), np.sum(r, 0), r * gamma / std


@wrong(normalized, "a normalization's backward pass that forgets the path by the variance", {"summand"})
def variance_constant(gamma, beta, x, r):
    std = np.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    d = r * gamma / std
    return np.sum(r * xhat, 0), np.sum(r, 0), d - d.mean(0)


@wrong(normalized, "a normalization's backward pass without γ", {"factor"})
def gamma_forgotten(gamma, beta, x, r):
    std = np.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    d = r
    dx = (d - d.mean(0) - xhat * np.mean(d * xhat, 0)) / std
    return np.sum(r * xhat, 0), np.sum(r, 0), dx


@wrong(normalized, "γ's gradient with x in the place of the normalized x", {"symbol"})
def gamma_by_x(gamma, beta, x, r):
    std = np.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    d = r * gamma
    dx = (d - d.mean(0) - xhat * np.mean(d * xhat, 0)) / std
    return np.sum(r * x, 0), np.sum(r, 0), dx


@wrong(filtered, "a course on convolutions whose author found the weight gradient reversed", {"flipped"})
def weight_gradient_reversed(k, x, r):
    return np.convolve(x, r[::-1], "valid")[::-1], np.convolve(r, k, "full")


@wrong(filtered, "a forum's question whether the kernel is turned round", {"flipped"})
def kernel_not_turned_round(k, x, r):
    return np.convolve(x, r[::-1], "valid"), np.convolve(r, k[::-1], "full")


@wrong(attention, "attention's scale forgotten on the way back", {"divisor", "scale"})
def scale_forgotten(Q, K, V, r):
    a = softmax(Q @ K.T / np.sqrt(Q.shape[1]))
    da = r @ V.T
    ds = a * (da - np.sum(da * a, 1, keepdims=True))
    return ds @ K, ds.T @ Q, a.T @ r


@wrong(attention, "attention with softmax's diagonal alone", {"summand", "unsummed"})
def attention_diagonal_alone(Q, K, V, r):
    a = softmax(Q @ K.T / np.sqrt(Q.shape[1]))
    ds = (r @ V.T) * a * (1 - a) / np.sqrt(Q.shape[1])
    return ds @ K, ds.T @ Q, a.T @ r


@wrong(stepped, "Adam's step differentiated as if its second moment were constant", {"summand"})
def second_moment_constant(w, g, m, v, x, y):
    m1, v1 = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
    root = np.sqrt(v1)
    d = x.T @ (x @ (w - 0.1 * m1 / (root + 1e-3)) - y)
    dm1 = -0.1 * d / (root + 1e-3)
    dv1 = 0.1 * d * m1 / (root + 1e-3) ** 2 / (2 * root)
    return d, 0.1 * dm1, 0.9 * dm1, 0.99 * dv1


@wrong(momentum, "momentum added with the sign of a step downhill", {"sign", "part-sign"})
def momentum_with_the_other_sign(w, g, u, x, y):
    d = x.T @ (x @ (w + 0.9 * u - 0.1 * g) - y)
    return d, 0.1 * d, 0.9 * d


@wrong(
    averaged,
    "community.deeplearning.ai/t/63071: the hidden error divided by m once more",
    {"scale", "divisor", "twice"},
)
def hidden_error_divided_again(w1, b1, w2, b2, x, y):
    m = x.shape[1]
    a1 = np.tanh(w1 @ x + b1)
    d2 = sigmoid(w2 @ a1 + b2) - y
    d1 = w2.T @ d2 * (1 - np.power(a1, 2)) / m
    return d1 @ x.T / m, np.sum(d1, axis=1, keepdims=True) / m, d2 @ a1.T / m, np.sum(d2, axis=1, keepdims=True) / m


@wrong(
    xor,
    "github.com/jcjohnson/pytorch-examples issues 5 and 28: the gradient of the weights sent back for the weights",
    {"symbol"},
)
def gradient_sent_back_for_the_weights(w1, w2, x, y):
    h = sigmoid(x @ w1)
    out = sigmoid(h @ w2)
    d2 = (out - y) * out * (1 - out)
    g2 = h.T @ d2
    return x.T @ (d2 @ g2.T * h * (1 - h)), g2


@wrong(chain, "a question about a network that predicts the contrary: activations taken one layer on", {"symbol"})
def activation_of_the_layer_itself(weights, biases, x, y):
    acts = [x]
    for w, b in zip(weights, biases):
        acts.append(sigmoid(w @ acts[-1] + b))
    d = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
    dw, db = [None] * 3, [None] * 3
    for k in (2, 1, 0):
        dw[k], db[k] = d @ acts[k + 1].T, d
        d = (weights[k].T @ d) * acts[k] * (1 - acts[k])
    return dw, db


@wrong(classes, "github.com/mlpack/mlpack pull 3679: a bias's gradient that is not summed over the batch", {"unsummed"})
def bias_not_summed_over_the_batch(W1, b1, W2, b2, X, Y):
    h = np.maximum(X @ W1 + b1, 0)
    d2 = (softmax(h @ W2 + b2) - Y) / len(X)
    d1 = (d2 @ W2.T) * (h > 0)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2}


@wrong(dense, "makeyourownneuralnetwork issue 77: the cost's slope multiplied by the output", {"symbol"})
def error_multiplied_by_the_output(w1, b1, w2, b2, x, y):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(1, keepdims=True), d2 @ a1.T, d2.sum(1, keepdims=True)


@wrong(pick, "ai.stackexchange 35741: the Jacobian of softmax without its off-diagonal part", {"summand", "unsummed"})
def jacobian_without_its_off_diagonal_part(z, r):
    p = softmax(z)
    return (np.stack([np.diag(q * (1 - q)) @ each for q, each in zip(p, r)]),)


@wrong(averaged, "community.deeplearning.ai: the slope of a sigmoid for a hidden tanh", {"other-slope"})
def sigmoid_s_slope_for_a_hidden_tanh(w1, b1, w2, b2, x, y):
    m = x.shape[1]
    a1 = np.tanh(w1 @ x + b1)
    d2 = sigmoid(w2 @ a1 + b2) - y
    d1 = w2.T @ d2 * a1 * (1 - a1)
    return d1 @ x.T / m, np.sum(d1, axis=1, keepdims=True) / m, d2 @ a1.T / m, np.sum(d2, axis=1, keepdims=True) / m
