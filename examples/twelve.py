"""Twelve programs as people write them, whose derivatives docs/gallery.md prints.

python examples/twelve.py          # value and slope of each
python examples/twelve.py kalman   # the derivative of one, as a program
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import chainrule as cr

Array = NDArray[np.float64]
random = np.random.default_rng(0)


def pendulum(theta: float, omega: float, length: float) -> Any:
    """The height of a pendulum after two seconds, by the Runge–Kutta method."""
    h = 0.02

    def slope(state: Array) -> Array:
        return np.array([state[1], -9.81 / length * np.sin(state[0])])

    state = np.array([theta, omega])
    for _ in range(100):
        k1 = slope(state)
        k2 = slope(state + h / 2 * k1)
        k3 = slope(state + h / 2 * k2)
        k4 = slope(state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return length * (1 - np.cos(state[0]))


def planets(position: Array, velocity: Array, mass: Array) -> Any:
    """Bodies that attract each other, by leapfrog steps: the squared distance of the first one from the origin, and its speed."""
    h = 0.01

    def forces(position: Array) -> Array:
        difference = position - position[:, None]
        distance = np.sqrt(np.sum(difference**2, axis=2) + 1e-3)
        return np.sum(mass[:, None] * difference / distance[:, :, None] ** 3, axis=1)

    for _ in range(50):
        velocity = velocity + h / 2 * forces(position)
        position = position + h * velocity
        velocity = velocity + h / 2 * forces(position)
    return np.sum(position[0] ** 2) + np.sum(velocity[0] ** 2)


def kalman(noise: float, drift: float, x: Array, P: Array, y: Array) -> Any:
    """The log-likelihood of measurements of a particle with a velocity that drifts, by a Kalman filter."""
    F = np.array([[1.0, 0.1], [0.0, 1.0]])
    H = np.array([1.0, 0.0])
    likelihood = 0.0
    for t in range(len(y)):
        x = F @ x
        P = F @ P @ F.T + drift * np.eye(2)
        error = y[t] - H @ x
        S = H @ P @ H + noise
        K = P @ H / S
        x = x + K * error
        P = P - np.outer(K, H @ P)
        likelihood = likelihood - 0.5 * (error**2 / S + np.log(2 * np.pi * S))
    return likelihood


def hidden_markov(transition: Array, means: Array, belief: Array, y: Array) -> Any:
    """The log-likelihood of a hidden Markov model with normal emissions, by the forward algorithm."""
    A = np.exp(transition)
    A = A / np.sum(A, axis=1, keepdims=True)
    likelihood = 0.0
    for t in range(len(y)):
        belief = (belief @ A) * np.exp(-0.5 * (y[t] - means) ** 2)
        total = np.sum(belief)
        belief = belief / total
        likelihood = likelihood + np.log(total)
    return likelihood


def gaussian_process(length: float, noise: float, x: Array, y: Array) -> Any:
    """The log-likelihood of a Gaussian process with a squared exponential kernel."""
    K = np.exp(-0.5 * (x[:, None] - x[None, :]) ** 2 / length**2) + noise**2 * np.eye(len(x))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L, y)
    return -0.5 * alpha @ alpha - np.sum(np.log(np.diag(L))) - 0.5 * len(x) * np.log(2 * np.pi)


def light(permittivity: Array, E: Array, H: Array) -> Any:
    """The energy of a pulse of light inside a material, by finite differences in the time domain."""
    E, H = E.copy(), H.copy()
    energy = 0.0
    for n in range(120):
        H[:-1] += 0.5 * (E[1:] - E[:-1])
        E[1:] += 0.5 / permittivity[1:] * (H[1:] - H[:-1])
        E[5] += np.exp(-(((n - 30) / 10) ** 2))
        energy = energy + E[50] ** 2
    return energy


def bundle(rotation: Array, position: Array, focal: float, points: Array, seen: Array) -> Any:
    """The squared errors of points as a camera sees them: one camera of a bundle adjustment."""
    angle = np.sqrt(np.sum(rotation**2))
    axis = rotation / angle
    turned = (
        points * np.cos(angle)
        + np.cross(axis, points) * np.sin(angle)
        + np.outer(points @ axis, axis) * (1 - np.cos(angle))
    )
    inside = turned + position
    projected = focal * inside[:, :2] / inside[:, 2:]
    return np.sum((projected - seen) ** 2)


def spline(x: Array, y: Array) -> Any:
    """The bending energy of the natural cubic spline through points, its equations solved by elimination."""
    n = len(x)
    h = x[1:] - x[:-1]
    d = (y[1:] - y[:-1]) / h
    diagonal = 2 * (h[:-1] + h[1:])
    right = 6 * (d[1:] - d[:-1])
    for i in range(1, n - 2):
        w = h[i] / diagonal[i - 1]
        diagonal[i] -= w * h[i]
        right[i] -= w * right[i - 1]
    m = np.zeros(n)
    for i in range(n - 3, -1, -1):
        m[i + 1] = (right[i] - h[i + 1] * m[i + 2]) / diagonal[i]
    return np.sum(h * (m[:-1] ** 2 + m[:-1] * m[1:] + m[1:] ** 2)) / 3


def garch(omega: float, alpha: float, beta: float, r: Array) -> Any:
    """The negative log-likelihood of returns whose variance depends on the last return and on the last variance."""
    h = np.zeros(len(r))
    h[0] = np.var(r)
    for t in range(1, len(r)):
        h[t] = omega + alpha * r[t - 1] ** 2 + beta * h[t - 1]
    return 0.5 * np.sum(np.log(2 * np.pi * h) + r**2 / h)


def softmax_regression(W: Array, b: Array, X: Array, labels: Array) -> Any:
    """The mean cross-entropy of a softmax regression with decayed weights."""
    z = X @ W.T + b
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.mean(np.sum(labels * np.log(p), axis=1)) + 0.01 * np.sum(W**2)


def attention(Q: Array, K: Array, V: Array, target: Array) -> Any:
    """The mean squared difference between the output of causal self-attention and a target."""
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    scores = np.where(np.tri(len(Q)) > 0, scores, -1e9)
    weights = np.exp(scores)
    weights = weights / np.sum(weights, axis=1, keepdims=True)
    return np.mean((weights @ V - target) ** 2)


def harmonics(signal: Array, strength: float) -> Any:
    """The roughness of a signal that is smoothed in the frequency domain, and how far that moves it."""
    frequency = np.fft.rfftfreq(len(signal))
    smooth = np.fft.irfft(np.fft.rfft(signal) * np.exp(-strength * frequency**2), len(signal))
    return np.sum((smooth[1:] - smooth[:-1]) ** 2) + np.mean((smooth - signal) ** 2)


TWELVE: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "pendulum": (pendulum, (0.5, 0.0, 1.0)),
    "planets": (planets, (random.normal(size=(3, 2)), random.normal(size=(3, 2)), np.ones(3))),
    "kalman": (kalman, (0.5, 0.1, np.zeros(2), np.eye(2), random.normal(size=30))),
    "hidden_markov": (hidden_markov, (random.normal(size=(3, 3)), np.arange(3.0), np.ones(3) / 3, random.normal(size=40))),
    "gaussian_process": (gaussian_process, (0.7, 0.2, np.linspace(0, 3, 12), random.normal(size=12))),
    "light": (light, (np.where(np.arange(60) > 40, 4.0, 1.0), np.zeros(60), np.zeros(60))),
    "bundle": (
        bundle,
        (np.array([0.1, 0.2, 0.3]), np.array([0.0, 0.0, 5.0]), 2.0, random.normal(size=(8, 3)), random.normal(size=(8, 2))),
    ),
    "spline": (spline, (np.array([0.0, 0.5, 1.1, 1.9, 2.4, 3.0]), random.normal(size=6))),
    "garch": (garch, (0.1, 0.2, 0.5, random.normal(size=50))),
    "softmax_regression": (
        softmax_regression,
        (random.normal(size=(3, 4)), np.zeros(3), random.normal(size=(6, 4)), np.eye(3)[random.integers(3, size=6)]),
    ),
    "attention": (attention, tuple(random.normal(size=(5, 4)) for _ in range(4))),
    "harmonics": (harmonics, (random.normal(size=16), 20.0)),
}  # fmt: skip


def main(names: Sequence[str] = ()) -> None:
    """Print the derivatives of these, or the value and the largest slope of each."""
    for name in names:
        function, arguments = TWELVE[name]
        print(cr.derive(function, arguments))
    for name, (function, arguments) in TWELVE.items() if not names else ():
        value, slopes = cr.value_and_grad(function, range(len(arguments)))(*arguments)
        largest = max(float(np.max(np.abs(slope))) for slope in slopes)
        print(f"{name:20} {float(value):12.6g}   largest slope {largest:10.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
