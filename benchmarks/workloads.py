"""The functions that derivatives are timed on, written once against `np`: NumPy, autograd's or JAX's."""

from collections.abc import Callable
from typing import Any

import numpy

Workload = tuple[Callable[..., Any], tuple[Any, ...]]  # a function whose result is one number, and where to derive it


def workloads(np: Any) -> dict[str, Workload]:
    """Every workload, by its name; each is derived with respect to all of its arguments."""
    random = numpy.random.default_rng(0)
    normal = random.normal

    def nothing(x):
        return x

    def scalar_tanh(x):
        y = np.exp(-2.0 * x)
        return (1.0 - y) / (1.0 + y)

    def polynomial(x):
        total = 0.0
        for coefficient in (1.0, -0.5, 0.25, 2.0, -1.5, 0.75, 0.3, -0.2):
            total = total * x + coefficient
        return total

    def rosenbrock(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    features, labels = normal(size=(100, 10)), (random.random(100) > 0.5) * 1.0

    def logistic_regression(w, b):
        p = 1.0 / (1.0 + np.exp(-(features @ w + b)))
        return -np.mean(labels * np.log(p) + (1.0 - labels) * np.log(1.0 - p))

    inputs, targets = normal(size=(64, 20)), normal(size=(10, 20))

    def network(w2, b2, w3, b3, w4, b4):
        a2 = np.tanh(w2 @ inputs + b2)
        a3 = np.tanh(w3 @ a2 + b3)
        return 0.5 * np.sum((w4 @ a3 + b4 - targets) ** 2)

    layers = [normal(size=s) * 0.2 for s in ((32, 64), (32, 1), (16, 32), (16, 1), (10, 16), (10, 1))]
    classes = numpy.eye(5)[random.integers(0, 5, 60)]
    pixels = normal(size=(60, 12))

    def softmax_regression(w, b):
        scores = pixels @ w + b
        top = np.max(scores, axis=1, keepdims=True)
        log_sum = np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True)) + top
        return -np.mean(np.sum(classes * (scores - log_sum), axis=1))

    points = normal(size=(200, 2))

    def mixture(means, log_weights):
        distances = np.sum((points[:, None, :] - means[None, :, :]) ** 2, axis=2)
        scores = log_weights - 0.5 * distances
        top = np.max(scores, axis=1, keepdims=True)
        return -np.sum(np.log(np.sum(np.exp(scores - top), axis=1)) + top[:, 0])

    def k_means(centers):
        distances = np.sum((points[:, None, :] - centers[None, :, :]) ** 2, axis=2)
        return np.mean(np.min(distances, axis=1))

    ratings, seen = normal(size=(30, 20)), (random.random((30, 20)) > 0.6) * 1.0

    def factorization(u, v):
        return np.sum(seen * (ratings - u @ v.T) ** 2) + 0.1 * (np.sum(u**2) + np.sum(v**2))

    words = normal(size=(20, 5))

    def recurrent(w, u):
        h = np.zeros(10)
        for word in words:
            h = np.tanh(w @ h + u @ word)
        return np.sum(h**2)

    def pendulum(angle, damping):
        speed, time = 0.0, 0.02
        for _ in range(200):
            speed = speed - time * (np.sin(angle) + damping * speed)
            angle = angle + time * speed
        return angle**2 + speed**2

    places, heights = numpy.sort(random.uniform(-2, 2, 40)), normal(size=40)

    def gaussian_process(log_scale, log_noise):
        distances = (places[:, None] - places[None, :]) ** 2
        kernel = np.exp(-0.5 * distances / np.exp(2.0 * log_scale)) + np.exp(log_noise) * numpy.eye(40)
        lower = np.linalg.cholesky(kernel)
        whitened = np.linalg.solve(lower, heights)
        return 0.5 * np.sum(whitened**2) + np.sum(np.log(np.sum(lower * numpy.eye(40), axis=1)))

    tokens = normal(size=(8, 16))

    def attention(query, key, value):
        scores = (tokens @ query) @ (tokens @ key).T / 4.0
        weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        mixed = (weights / np.sum(weights, axis=1, keepdims=True)) @ (tokens @ value)
        return np.sum(mixed**2)

    return {
        "no work (control)": (nothing, (0.7,)),
        "tanh of a number": (scalar_tanh, (0.7,)),
        "polynomial of a number": (polynomial, (0.7,)),
        "Rosenbrock, 2": (rosenbrock, (normal(size=2),)),
        "Rosenbrock, 1,000": (rosenbrock, (normal(size=1000),)),
        "logistic regression, 100×10": (logistic_regression, (normal(size=10), 0.1)),
        "softmax regression, 60×12": (softmax_regression, (normal(size=(12, 5)), normal(size=5))),
        "network of 3 layers, 64-32-16-10": (network, tuple(layers)),
        "mixture of 4, logsumexp": (mixture, (normal(size=(4, 2)), normal(size=4))),
        "k-means loss, 200 points": (k_means, (normal(size=(5, 2)),)),
        "matrix factorization, 30×20": (factorization, (normal(size=(30, 4)), normal(size=(20, 4)))),
        "recurrent network, 20 steps": (recurrent, (normal(size=(10, 10)) * 0.3, normal(size=(10, 5)))),
        "pendulum, 200 steps": (pendulum, (1.0, 0.1)),
        "Gaussian process, Cholesky 40×40": (gaussian_process, (0.1, -2.0)),
        "attention, 8 tokens": (attention, tuple(normal(size=(16, 16)) * 0.2 for _ in range(3))),
    }
