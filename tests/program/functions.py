"""Functions of several operations, to differentiate and to print: each with arguments, written for any `np`.

`functions(numpy)` are plain; `functions(autograd.numpy)` are the same for autograd.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy


class Case(NamedTuple):
    """A function whose result is one number, and arguments for it."""

    function: Callable[..., Any]
    args: tuple[Any, ...]


def functions(np) -> dict[str, Case]:
    random = numpy.random.default_rng(3)
    cases = {}

    def case(*args):
        def enter(function):
            cases[function.__name__] = Case(function, args)
            return function

        return enter

    def normal(*shape):
        return random.normal(size=shape)

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    @case(0.7)
    def tanh_chain(x):
        for _ in range(5):
            x = np.tanh(x) + 0.1 * x
        return x

    @case(normal(10))
    def rosenbrock(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    @case(normal(4), 0.3, normal(7, 4), numpy.array([1, 0, 0, 1, 1, 0, 1]))
    def logistic(w, b, x, y):
        p = sigmoid(x @ w + b)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    @case([normal(5, 1), normal(2, 1)], [normal(5, 3), normal(2, 5)], normal(3, 4), normal(2, 4))
    def network(biases, weights, x, y):
        a = x
        for b, w in zip(biases, weights, strict=True):
            z = np.dot(w, a) + b
            a = sigmoid(z)
        return 0.5 * np.sum((a - y) ** 2)

    @case(normal(5, 5), normal(3, 3))
    def filtered(image, kernel):
        seen = 0.0
        for i in range(3):
            for j in range(3):
                seen = seen + kernel[i, j] * image[i : i + 3, j : j + 3]
        return np.sum(seen**2) + image[2, -1] * np.sum(image[..., 1])

    @case(normal(3, 5), numpy.eye(3)[:, [0, 2, 1, 1, 0]])
    def softmax_likelihood(z, y):
        shifted = z - np.max(z, axis=0)
        log_p = shifted - np.log(np.sum(np.exp(shifted), axis=0))
        return -np.sum(y * log_p)

    @case(normal(3, 3), normal(3, 2), normal(4, 2))
    def recurrent(w, u, xs):
        h = np.zeros(3)
        for x in xs:
            h = np.tanh(w @ h + u @ x)
        return np.sum(h * h)

    @case(normal(4), normal(4))
    def cosine(a, b):
        return np.sum(a * b) / (np.sqrt(np.sum(a**2)) * np.sqrt(np.sum(b**2)))

    @case(normal(6, 3), normal(3), normal(3))
    def batch_normalization(x, scale, shift):
        centered = x - np.mean(x, axis=0)
        normalized = centered / np.sqrt(np.mean(centered**2, axis=0) + 1e-5)
        return np.sum(np.tanh(scale * normalized + shift) * x)

    @case(normal(3, 3), normal(3))
    def quadratic_form(a, x):
        return x @ a @ x + x @ x

    @case(normal(5), normal(5, 3), normal(3))
    def hinge(y, x, w):
        return np.sum(np.maximum(0.0, 1 - y * (x @ w))) + 0.1 * np.sum(np.abs(w))

    @case(normal(4, 2), normal(3, 2))
    def kernel(a, b):
        distance = np.sum((a[:, None, :] - b[None, :, :]) ** 2, axis=2)
        return np.sum(np.exp(-0.5 * distance))

    @case(normal(2, 6), normal(3, 4))
    def rearranged(a, b):
        c = np.reshape(a, (4, 3)).T
        d = np.concatenate([c, b], axis=0)
        return np.sum(d[1:5:2] * d[0]) + np.sum(np.transpose(d)[::-1] ** 2)

    @case(normal(8))
    def piecewise(x):
        return np.sum(np.where(x > 0, np.sin(x), x**2) - np.where(x < -1, 1.0, x))

    @case(numpy.abs(normal(4)) + 0.5, normal(4))
    def powers(x, n):
        return np.sum(x**n) + np.sum(x**-1.5) + np.sum(2.0**n)

    @case(normal(5), 1.3)
    def horner(coefficients, x):
        total = 0.0
        for c in coefficients:
            total = total * x + c
        return total

    @case(normal(4, 3), normal(4, 3), normal(4, 2))
    def attention(q, k, v):
        scores = q @ k.T / np.sqrt(3.0)
        weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        weights = weights / np.sum(weights, axis=1, keepdims=True)
        return np.sum((weights @ v) ** 2)

    @case({"w": normal(3, 2), "b": (normal(3), 0.5)}, normal(2))
    def nested(parameters, x):
        w, (b, c) = parameters["w"], parameters["b"]
        return np.sum(np.log1p(np.exp(w @ x + b))) * c

    @case(normal(3, 4))
    def statistics(x):
        return np.sum(np.std(x, axis=1)) + np.var(x) + np.mean(x) ** 2

    @case(normal(2, 3, 4), normal(4, 2))
    def stacked_products(a, b):
        return np.sum((a @ b) ** 2 * np.mean(a, axis=-1, keepdims=True))

    @case(normal(5))
    def branches(x):
        total = 0.0
        for each in x:
            if each > 0:
                total = total + each**3
            else:
                total = total - np.exp(each)
        return total

    @case(2.5)
    def newton_square_root(x):
        root = x
        while abs(root * root - x) > 1e-9:
            root = 0.5 * (root + x / root)
        return root

    def falling(x, n):
        return x if n == 0 else falling(np.sin(x), n - 1) * x

    @case(0.8)
    def recursion(x):
        return falling(x, 4)

    return cases
