"""Sixty functions with loops, branches, helpers and sizes, as people write them: what `other_arguments.py` derives.

Each stands with the arguments that its derivative by the first one is made with, and with others that take other ways through
it: other sizes, counts, branches and numbers of turns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

R = np.random.default_rng(7)
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[tuple[Any, ...], ...]]] = {}


def at(first: tuple[Any, ...], *others: tuple[Any, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function with the arguments that it is derived with, and with others."""

    def enter(f: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[f.__name__] = f, first, others
        return f

    return enter


def normal(*shape: int) -> np.ndarray:
    """Random numbers of a shape."""
    return R.normal(size=shape)


def positive(*shape: int) -> np.ndarray:
    """Random numbers above a half."""
    return np.abs(R.normal(size=shape)) + 0.5


# ---- sums, means and moments -----------------------------------------------------------------------------------------------


@at((normal(5),), (normal(9),), (normal(2),))
def variance(x):
    mean = np.sum(x) / len(x)
    return np.sum((x - mean) ** 2) / (len(x) - 1)


@at((normal(5),), (normal(8),), (normal(3),))
def skewness(x):
    n = x.shape[0]
    d = x - x.mean()
    m2 = (d**2).sum() / n
    m3 = (d**3).sum() / n
    return m3 / m2**1.5 * math.sqrt(n * (n - 1)) / (n - 2)


@at((normal(6), 2), (normal(9), 3), (normal(5), 1))
def autocorrelation(x, lag):
    d = x - np.mean(x)
    return np.sum(d[lag:] * d[:-lag]) / np.sum(d * d)


@at((normal(4, 3),), (normal(6, 2),), (normal(3, 5),))
def covariance_trace(X):
    centered = X - X.mean(axis=0)
    S = centered.T @ centered / (X.shape[0] - 1)
    return np.trace(S @ S)


@at((normal(6),), (normal(3),), (normal(11),))
def weighted_tail(x):
    total = 0.0
    for i in range(len(x)):
        total += 0.9 ** (len(x) - 1 - i) * x[i] ** 2
    return total / len(x)


@at((normal(7), 0.3), (normal(4), 0.8), (normal(1), 0.5))
def exponential_smoothing(x, alpha):
    level = x[0]
    error = 0.0
    for value in x[1:]:
        error += (value - level) ** 2
        level = alpha * value + (1 - alpha) * level
    return error + level


@at((normal(6),), (normal(9),), (normal(4),))
def moving_average_energy(x):
    out = []
    for i in range(len(x) - 2):
        out.append((x[i] + x[i + 1] + x[i + 2]) / 3)
    return np.sum(np.array(out) ** 2)


@at((positive(5),), (positive(8),), (positive(2),))
def geometric_over_arithmetic(x):
    product = 1.0
    for v in x:
        product *= v
    return product ** (1.0 / len(x)) / np.mean(x)


@at((normal(5), 2.0), (normal(8), 3.0), (normal(3), 1.5))
def log_sum_exp(x, t):
    m = np.max(x)
    return t * (m + np.log(np.sum(np.exp((x - m) / t))))


@at((normal(6),), (normal(9),), (normal(2),))
def total_variation(x):
    return sum(abs(b - a) for a, b in zip(x, x[1:]))


# ---- matrices --------------------------------------------------------------------------------------------------------------


@at((normal(3, 4), normal(4, 2)), (normal(2, 5), normal(5, 3)), (normal(6, 1), normal(1, 1)))
def matmul_by_hand(A, B):
    n, k = A.shape
    m = B.shape[1]
    C = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for l in range(k):
                C[i, j] += A[i, l] * B[l, j]
    return np.sum(np.sin(C))


@at((normal(3, 3) + 4 * np.eye(3),), (normal(4, 4) + 5 * np.eye(4),), (normal(2, 2) + 3 * np.eye(2),))
def lu_log_determinant(A):
    U = A.copy()
    n = len(A)
    for k in range(n - 1):
        for i in range(k + 1, n):
            factor = U[i, k] / U[k, k]
            U[i, k:] = U[i, k:] - factor * U[k, k:]
    return np.sum(np.log(np.abs(np.diag(U))))


@at((np.tril(normal(4, 4)) + 3 * np.eye(4), normal(4)), (np.tril(normal(6, 6)) + 3 * np.eye(6), normal(6)),
    (np.tril(normal(2, 2)) + 3 * np.eye(2), normal(2)))  # fmt: skip
def forward_substitution(L, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x**2)


@at((normal(3, 3), 4), (normal(5, 5), 7), (normal(2, 2), 1))
def power_iteration(A, steps):
    v = np.ones(len(A)) / math.sqrt(len(A))
    for _ in range(steps):
        w = A @ v
        v = w / np.sqrt(w @ w)
    return v @ A @ v


@at((normal(4, 3), normal(4), 0.5), (normal(7, 2), normal(7), 0.1), (normal(3, 5), normal(3), 1.0))
def ridge(X, y, lam):
    w = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)
    r = X @ w - y
    return r @ r + lam * w @ w


@at((normal(3, 3),), (normal(5, 5),), (normal(2, 2),))
def off_diagonal(A):
    return np.sum((A * (1 - np.eye(len(A)))) ** 2)


@at((normal(4, 4),), (normal(6, 6),), (normal(3, 3),))
def upper_triangle(A):
    total = 0.0
    n = A.shape[0]
    for i in range(n):
        for j in range(i + 1, n):
            total += A[i, j] * A[j, i]
    return total / (n * (n - 1) / 2)


@at((normal(3, 4), 5), (normal(4, 2), 9), (normal(2, 3), 2))
def sinkhorn(C, iterations):
    K = np.exp(-C)
    u = np.ones(K.shape[0]) / K.shape[0]
    v = np.ones(K.shape[1]) / K.shape[1]
    a, b = u, v
    for _ in range(iterations):
        u = a / (K @ v)
        v = b / (K.T @ u)
    return np.sum(u[:, None] * K * v * C)


@at((normal(3, 2), normal(4, 2)), (normal(5, 3), normal(2, 3)), (normal(1, 1), normal(3, 1)))
def chamfer(P, Q):
    total = 0.0
    for p in P:
        best = np.sum((p - Q[0]) ** 2)
        for q in Q[1:]:
            d = np.sum((p - q) ** 2)
            if d < best:
                best = d
        total += best
    return total / len(P)


@at((normal(4, 3),), (normal(6, 2),), (normal(3, 3),))
def gram_schmidt(A):
    Q = np.zeros(A.shape)
    for j in range(A.shape[1]):
        v = A[:, j]
        for k in range(j):
            v = v - (Q[:, k] @ A[:, j]) * Q[:, k]
        Q[:, j] = v / np.sqrt(np.sum(v**2))
    return np.sum(Q**3)


# ---- iterations ------------------------------------------------------------------------------------------------------------


@at((2.0, 3.0), (5.0, 0.2), (1.0, 2.0))
def agm(a, b):
    while abs(a - b) > 1e-13:
        a, b = (a + b) / 2, np.sqrt(a * b)
    return np.pi / (2 * a)


@at((0.5, 0.3), (1.2, 0.9), (3.0, 0.05))
def kepler(M, e):
    E = M
    for _ in range(50):
        dE = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
        E = E - dE
        if abs(dE) < 1e-14:
            break
    return np.sin(E) * E


@at((1.0,), (2.5,), (0.2,))
def exponential_series(x):
    term, total, n = 1.0, 1.0, 0
    while abs(term) > 1e-17:
        n += 1
        term = term * x / n
        total = total + term
    return total


@at((0.7, 8), (0.2, 3), (0.95, 30))
def geometric_series(x, n):
    total, power = 0.0, 1.0
    for k in range(n):
        total += power
        power *= x
    return total


@at((0.3, 4), (0.8, 7), (-0.5, 2))
def legendre(x, n):
    p0, p1 = 1.0, x
    for k in range(2, n + 1):
        p0, p1 = p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k
    return p1


@at((0.3, 5), (0.9, 9), (1.4, 1))
def continued_fraction(x, depth):
    value = 0.0
    for k in range(depth, 0, -1):
        value = k * x / (1 + value)
    return 1 / (1 + value)


@at((0.4, 0.2, 10), (-1.1, 0.3, 30), (0.3, 0.5, 1))
def escape_time(cr, ci, limit):
    zr, zi = 0.0, 0.0
    for _ in range(limit):
        zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci
        if zr * zr + zi * zi > 4.0:
            break
    return zr * zr + zi * zi


@at((np.array([0.1, 0.2]), 5), (np.array([0.1, 0.2, 0.7]), 8), (np.array([0.4]), 1))
def gradient_descent(x, steps):
    v = np.zeros_like(x)
    for i in range(steps):
        g = 4 * x**3 - 2 * x + 0.3
        v = 0.9 * v - 0.05 / (i + 1) * g
        x = x + v
    return np.sum(x**4 - x**2)


@at((2.0, 1e-6), (9.0, 1e-3), (0.1, 1e-9))
def secant_root(a, tolerance):
    x0, x1 = a, a + 1.0
    while abs(x1 - x0) > tolerance:
        f0, f1 = x0**3 - a, x1**3 - a
        if f1 == f0:
            break
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


# ---- differential equations --------------------------------------------------------------------------------------------


@at((np.array([1.0, 0.0]), 0.1, 5), (np.array([0.5, 2.0]), 0.05, 12), (np.array([0.5, 2.0]), 0.05, 1))
def runge_kutta(y, h, steps):
    def f(y):
        return np.array([y[1], (1 - y[0] ** 2) * y[1] - y[0]])

    for _ in range(steps):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y @ y


@at(
    (0.3, 0.1, np.array([0.99, 0.01, 0.0]), 6),
    (0.5, 0.2, np.array([0.9, 0.1, 0.0]), 15),
    (0.5, 0.2, np.array([0.9, 0.1, 0.0]), 1),
)
def epidemic(beta, gamma, state, days):
    s, i, r = state
    peak = i
    for day in range(days):
        new = beta * s * i
        s, i, r = s - new, i + new - gamma * i, r + gamma * i
        if i > peak:
            peak = i
    return peak + 0.1 * r


@at((normal(6), 0.2, 4), (normal(9), 0.1, 7), (normal(3), 0.3, 1))
def diffusion(u, k, steps):
    for _ in range(steps):
        u = u + k * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return np.sum(u**4)


@at((normal(5, 6), 3), (normal(8, 4), 5), (normal(3, 3), 1))
def laplace_2d(u, sweeps):
    u = u.copy()
    for _ in range(sweeps):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
    return np.sum(u**2)


@at((1.0, 0.5, 20), (3.0, 0.1, 35), (0.2, 2.0, 4))
def bouncing_ball(height, restitution, steps):
    y, v, t = height, 0.0, 0.02
    for _ in range(steps):
        v = v - 9.81 * t
        y = y + v * t
        if y < 0:
            y = -restitution * y
            v = -restitution * v
    return y + 0.5 * v * v


@at((np.array([0.0, 1.0]), 0.2), (np.array([0.5, -1.0]), 0.1), (np.array([2.0, 0.3]), 0.01))
def adaptive_euler(y, tolerance):
    t, h = 0.0, 0.1
    while t < 1.0:
        f = np.array([y[1], -y[0]])
        trial = y + h * f
        error = np.max(np.abs(h * h * f))
        if error < tolerance:
            y = trial
            t = t + h
            h = h * 1.2
        else:
            h = h / 2
    return np.sum(y**2)


@at((normal(3, 2), positive(3), 3), (normal(5, 3), positive(5), 4), (normal(2, 1), positive(2), 1))
def n_body(positions, masses, steps):
    velocity = np.zeros(positions.shape)
    for _ in range(steps):
        for i in range(len(masses)):
            force = np.zeros(positions.shape[1])
            for j in range(len(masses)):
                if i == j:
                    continue
                d = positions[j] - positions[i]
                force = force + masses[j] * d / (d @ d + 0.1) ** 1.5
            velocity[i] = velocity[i] + 0.01 * force
        positions = positions + 0.01 * velocity
    return np.sum(positions**2)


@at((0.1, 0.4, 5), (0.3, 0.2, 9), (0.3, 0.2, 0))
def henon(x, y, n):
    points = []
    for _ in range(n):
        x, y = 1 - 1.4 * x**2 + y, 0.3 * x
        points.append(x)
    return sum(points) + x * y


@at((0.3, np.linspace(0, 1, 5)), (0.6, np.linspace(0, 2, 9)), (0.6, np.array([0.0, 0.3])))
def trapezoid_rule(a, t):
    total = 0.0
    for i in range(1, len(t)):
        total += 0.5 * (t[i] - t[i - 1]) * (np.exp(a * t[i]) + np.exp(a * t[i - 1]))
    return total


@at((0.5, 10), (1.5, 25), (2.0, 3))
def riemann_sum(a, n):
    t = np.linspace(0.0, 1.0, n)
    return np.sum(np.sin(a * t)) / n


# ---- models and likelihoods --------------------------------------------------------------------------------------------


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


@at(
    (normal(3, 4), normal(5, 4), [0, 2, 1, 1, 0]),
    (normal(2, 3), normal(4, 3), [1, 1, 0, 1]),
    (normal(4, 2), normal(1, 2), [3]),
)
def cross_entropy(W, X, labels):
    loss = 0.0
    for x, label in zip(X, labels):
        loss -= np.log(softmax(W @ x)[label])
    return loss / len(X)


@at(
    ([normal(4, 3) + 2, normal(2, 4)], positive(3)),
    ([normal(5, 2), normal(3, 5), normal(1, 3)], normal(2)),
    ([normal(1, 2)], normal(2)),
)
def mlp(weights, x):
    for w in weights[:-1]:
        x = np.maximum(w @ x, 0.1 * (w @ x))
    return np.sum((weights[-1] @ x) ** 2)


def gru_arguments(steps, inputs, hidden):
    """Weights, biases and a sequence for a gated recurrent unit."""
    p = {k: normal(hidden, inputs + hidden) * 0.5 for k in ("z", "r", "h")} | {"b": normal(hidden)}
    return p, normal(steps, inputs)


@at(gru_arguments(4, 2, 3), gru_arguments(7, 3, 2), gru_arguments(1, 1, 1))
def gru(p, xs):
    h = np.zeros(len(p["b"]))
    for x in xs:
        v = np.concatenate([x, h])
        z = 1 / (1 + np.exp(-p["z"] @ v))
        r = 1 / (1 + np.exp(-p["r"] @ v))
        candidate = np.tanh(p["h"] @ np.concatenate([x, r * h]) + p["b"])
        h = (1 - z) * h + z * candidate
    return np.sum(h**2)


@at(
    (normal(5, 4), normal(5, 4), normal(5, 3)),
    (normal(3, 2), normal(3, 2), normal(3, 4)),
    (normal(7, 1), normal(7, 1), normal(7, 1)),
)
def causal_attention(Q, K, V):
    out = 0.0
    for t in range(len(Q)):
        scores = K[: t + 1] @ Q[t] / np.sqrt(Q.shape[1])
        weights = np.exp(scores - np.max(scores))
        out += np.sum((weights / np.sum(weights) @ V[: t + 1]) ** 2)
    return out


@at((normal(3), normal(8)), (normal(2), normal(5)), (normal(5), normal(6)))
def convolution_by_hand(kernel, signal):
    out = np.zeros(len(signal) - len(kernel) + 1)
    for i in range(len(out)):
        for j in range(len(kernel)):
            out[i] += kernel[j] * signal[i + j]
    return np.sum(np.tanh(out))


@at((0.4, normal(6)), (0.8, normal(9)), (-0.3, normal(2)))
def ar1_likelihood(phi, y):
    value = 0.5 * np.log(1 - phi**2) - 0.5 * (1 - phi**2) * y[0] ** 2
    for t in range(1, len(y)):
        e = y[t] - phi * y[t - 1]
        value -= 0.5 * (np.log(2 * np.pi) + e**2)
    return value


@at((np.array([0.2, 0.1]), normal(5)), (np.array([0.5, 0.3]), normal(9)), (np.array([0.1, 0.6]), normal(1)))
def stochastic_volatility(params, returns):
    phi, sigma = params
    h, total = 0.0, 0.0
    for r in returns:
        h = phi * h + sigma * r
        total += h + r**2 * np.exp(-h)
    return 0.5 * total / len(returns)


@at((normal(2), normal(6, 2), np.array([1.0, 0, 1, 1, 0, 1])), (normal(3), normal(4, 3), np.array([0.0, 1, 1, 0])),
    (normal(1), normal(2, 1), np.array([1.0, 0])))  # fmt: skip
def logistic_regression(w, X, y):
    z = X @ w
    return np.mean(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - y * z)


@at((100.0, 105.0, 0.2, 4), (90.0, 80.0, 0.4, 9), (90.0, 80.0, 0.4, 1))
def binomial_option(spot, strike, sigma, n):
    dt = 1.0 / n
    up = np.exp(sigma * np.sqrt(dt))
    p = (np.exp(0.02 * dt) - 1 / up) / (up - 1 / up)
    values = np.maximum(spot * up ** (2.0 * np.arange(n + 1) - n) - strike, 0.0)
    for _ in range(n):
        values = np.exp(-0.02 * dt) * (p * values[1:] + (1 - p) * values[:-1])
    return values[0]


@at((0.05, np.array([0.5, 1.0, 2.0]), np.array([1.0, 1.0, 101.0])), (0.02, np.array([1.0, 3.0]), np.array([2.0, 102.0])),
    (0.10, np.array([0.5]), np.array([100.0])))  # fmt: skip
def bond_duration(rate, times, cash):
    price, weighted = 0.0, 0.0
    for t, c in zip(times, cash):
        pv = c / (1 + rate) ** t
        price += pv
        weighted += t * pv
    return weighted / price


# ---- control flow and data structures -----------------------------------------------------------------------------------


@dataclass
class Spring:
    """A damped spring."""

    stiffness: float
    damping: float


@at((Spring(2.0, 0.1), 1.0, 5), (Spring(0.5, 0.9), -2.0, 9), (Spring(0.5, 0.9), -2.0, 1))
def spring(model, x, steps):
    v = 0.0
    for _ in range(steps):
        a = -model.stiffness * x - model.damping * v
        v += 0.1 * a
        x += 0.1 * v
    return x * x + v * v


def clip(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x


@at((normal(5), 0.4), (3 * normal(8), 1.0), (normal(1), 0.1))
def clipped_sum(x, bound):
    total = 0.0
    for v in x:
        total += clip(v, -bound, bound) * v
    return total


@at((5.0,), (25.0,), (-3.0,))
def tax(income):
    brackets = [(10.0, 0.1), (20.0, 0.2), (40.0, 0.4)]
    if income <= 0:
        return 0.0 * income
    due, lower = 0.0, 0.0
    for upper, rate in brackets:
        if income > upper:
            due += (upper - lower) * rate
            lower = upper
        else:
            due += (income - lower) * rate
            return due
    return due + (income - lower) * 0.5


@at((normal(6),), (normal(9),), (normal(2),))
def longest_rise(x):
    best, run = 0.0, 0.0
    for i in range(1, len(x)):
        if x[i] > x[i - 1]:
            run += x[i] - x[i - 1]
        else:
            run = 0.0
        best = max(best, run)
    return best**2


@at((normal(5),), (normal(8),), (normal(3),))
def bubble_sorted(x):
    x = x.copy()
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return sum((k + 1) * v**2 for k, v in enumerate(x))


@at((normal(4), 3), (normal(6), 2), (normal(3), 5))
def polynomial_features(x, degree):
    features = np.stack([x**k for k in range(1, degree + 1)])
    return np.sum(features @ features.T) / degree


@at((normal(6), 0.5), (normal(9), 0.1), (normal(3), 2.0))
def masked_mean(x, threshold):
    mask = x > threshold
    return np.sum(np.where(mask, x**2, 0.0)) / len(x) + np.sum(x[~mask])


def cosine(u, v):
    return u @ v / np.sqrt((u @ u) * (v @ v))


@at((normal(4, 3),), (normal(6, 2),), (normal(2, 5),))
def mean_similarity(X):
    pairs = [cosine(X[i], X[j]) for i in range(len(X)) for j in range(i)]
    return sum(pairs) / len(pairs)


@at((1.3, 4), (0.7, 9), (2.0, 1))
def fast_power(x, n):
    result = 1.0
    while n > 0:
        if n % 2 == 1:
            result = result * x
        x = x * x
        n = n // 2
    return result


@at((normal(8),), (normal(4),), (normal(12),))
def pairwise_halves(x):
    half = len(x) // 2
    return np.sum(x[:half] * x[half:]) + np.sum(x.reshape(half, 2)[:, 0] ** 3)


@at((normal(5, 2),), (normal(8, 3),), (normal(2, 1),))
def path_length(points):
    length = 0.0
    previous = points[0]
    for p in points[1:]:
        length = length + np.sqrt(np.sum((p - previous) ** 2))
        previous = p
    return length
