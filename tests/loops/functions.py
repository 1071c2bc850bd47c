"""Functions with loops as people write them, and some that must stay as they are; `LOOPS` says how many of theirs stay loops."""

from functools import reduce

import numpy as np

RANDOM = np.random.default_rng(0)
FUNCTIONS = {}
LOOPS = {}


def drawn(*shape):
    return RANDOM.normal(size=shape)


def function(*args, loops=1):
    """Enter a function with arguments; in its program so many loops are expected."""

    def entered(made):
        FUNCTIONS[made.__name__] = (made, args)
        LOOPS[made.__name__] = loops
        return made

    return entered


@function(drawn(3), drawn(8, 3), drawn(8), 0.01)
def least_squares(w, X, y, rate):
    for _step in range(20):
        e = X @ w - y
        w = w - rate * (X.T @ e)
    return np.sum((X @ w - y) ** 2)


@function(0.7, 0.1, 9.81, 1.2)
def pendulum(theta, omega, g, L):
    h = 0.05
    energy = 0.0
    for _ in range(40):
        alpha = -g / L * np.sin(theta)
        theta = theta + h * omega
        omega = omega + h * alpha
        energy = energy + h * omega**2
    return theta**2 + energy


@function(np.array([0.7, 0.1]), 1.2)
def runge_kutta(state, L):
    h = 0.1

    def slope(s):
        return np.stack([s[1], -9.81 / L * np.sin(s[0])])

    for _ in range(20):
        k1 = slope(state)
        k2 = slope(state + h / 2 * k1)
        k3 = slope(state + h / 2 * k2)
        k4 = slope(state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(state**2)


@function(drawn(4, 4) * 0.3, drawn(4, 2), drawn(4), drawn(4), drawn(12, 2), drawn(12))
def recurrent(W, V, b, c, x, y):
    h = np.zeros(4)
    loss = 0.0
    for t in range(12):
        z = W @ h + V @ x[t] + b
        h = np.tanh(z)
        e = c @ h - y[t]
        loss = loss + 0.5 * e**2
    return loss


@function(0.1, 0.5, drawn(6, 1))
def kalman(q, r, y):
    A = np.array([[1.0, 0.1], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    m = np.zeros(2)
    P = np.eye(2)
    ll = 0.0
    for k in range(6):
        m = A @ m
        P = A @ P @ A.T + q * np.eye(2)
        v = y[k] - H @ m
        S = H @ P @ H.T + r
        G = P @ H.T @ np.linalg.inv(S)
        m = m + G @ v
        P = P - G @ S @ G.T
        ll = ll - 0.5 * (v @ np.linalg.solve(S, v) + np.log(np.linalg.det(S)))
    return -ll


@function(0.1, 0.2, 0.7, drawn(30))
def garch(omega, alpha, beta, r):
    h = np.var(r)
    nll = 0.0
    for t in range(1, 30):
        h = omega + alpha * r[t - 1] ** 2 + beta * h
        nll = nll + 0.5 * (np.log(h) + r[t] ** 2 / h)
    return nll


@function(np.cov(drawn(5, 20)) + np.eye(5), drawn(5), loops=3)
def power_iteration(A, v):
    for _sweep in range(5):
        for _ in range(8):
            w = A @ v
            v = w / np.linalg.norm(w)
        lam = v @ A @ v
        A = A - 0.5 * lam * np.outer(v, v)
    return lam


@function(0.5, 0.3, drawn(25))
def two_turns_before(a, b, e):
    x1 = 0.0
    x2 = 0.0
    s = 0.0
    for t in range(25):
        x = a * x1 + b * x2 + e[t]
        x2 = x1
        x1 = x
        s = s + x**2
    return s


@function(1.0, 1.3)
def swapped(a, b):
    for _ in range(9):
        a, b = b, a + 0.5 * b
    return a * b


@function([drawn(3, 3) for _ in range(6)], [drawn(3) for _ in range(6)], drawn(3), loops=0)
def few_layers(ws, bs, x):
    a = x
    for w, b in zip(ws, bs, strict=True):
        a = np.tanh(w @ a + b)
    return np.sum(a**2)


@function([drawn(3, 3) * 0.5 for _ in range(18)], drawn(3))
def many_layers(ws, x):
    a = x
    for w in ws:
        a = np.tanh(w @ a)
    return np.sum(a**2)


@function(drawn(3), drawn(8, 3), drawn(8))
def adam(w, X, y):
    m = np.zeros(3)
    v = np.zeros(3)
    for k in range(15):
        g = X.T @ (X @ w - y)
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g**2
        w = w - 0.05 * (m / (1 - 0.9 ** (k + 1))) / (np.sqrt(v / (1 - 0.99 ** (k + 1))) + 1e-8)
    return np.sum((X @ w - y) ** 2)


@function(1.3)
def series(x):
    s = 0.0
    term = 1.0
    for k in range(1, 12):
        term = term * x / k
        s = s + term
    return s


@function(0.3, 3.1)
def collected(x0, r):
    xs = []
    x = x0
    for _ in range(10):
        x = r * x * (1 - x)
        xs.append(x)
    xs = np.stack(xs)
    return np.sum((xs - 0.5) ** 2)


@function(drawn(3), drawn(10, 3))
def generated(w, X):
    return sum(np.tanh(w @ X[i]) ** 2 for i in range(10))


@function(drawn(3, 3), drawn(10, 3), loops=2)
def reduced(w, X):
    return np.sum(reduce(lambda h, x: np.tanh(w @ h + x), list(X), np.ones(3)))


@function(0.7, loops=0)
def recursive(x, n=10):
    return x if n == 0 else recursive(np.sin(x) * 1.1, n - 1)


@function(0.7)
def counted_by_hand(x):
    k = 0
    while k < 10:
        x = np.cos(x)
        k += 1
    return x


@function(2.5)
def newton(a):
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


@function(0.7, 1.1)
def alternating(x, c):
    for k in range(10):
        x = np.sin(x) if k % 2 == 0 else c * x
    return x


@function(0.7, 1.1)
def branching_on_values(x, c):
    for _ in range(10):
        x = np.sin(x) if x > 0.5 else c * x
    return x


@function(drawn(6, 6), loops=3)
def triangular(A):
    s = 0.0
    for i in range(6):
        for j in range(i):
            s = s + A[i, j] * A[j, i] ** 2
    return s


@function(drawn(5, 6), loops=2)
def two_places(A):
    s = 0.0
    for i in range(5):
        for j in range(6):
            s = s + np.sin(A[i, j]) * A[i, j]
    return s


@function(drawn(10))
def diffusing(u):
    for _ in range(12):
        u = np.concatenate([u[:1], u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2]), u[-1:]])
    return np.sum(u**2)


@function(drawn(10))
def backward(x):
    h = 0.0
    for t in range(9, -1, -1):
        h = np.tanh(h + x[t])
    return h**2


@function(drawn(12))
def every_other(x):
    h = 0.0
    for t in range(1, 12, 2):
        h = np.tanh(h * x[t] + x[t - 1] * t)
    return h


@function(drawn(10), drawn(3))
def windows(x, w):
    s = 0.0
    for k in range(8):
        s = s + np.tanh(x[k : k + 3] @ w)
    return s


@function(drawn(10), 1.5, loops=0)
def places_in_no_order(x, p):
    s = 0.0
    for i in [3, 1, 4, 1, 5, 9, 2, 6]:
        s = s + p * x[i] ** 2
    return s


@function(0.4, 1.2, loops=2)
def one_after_the_other(x, a):
    for _ in range(6):
        x = np.sin(a * x)
    for _ in range(6):
        x = np.cos(a * x)
    return x


@function(drawn(3, 3).astype(np.float32), drawn(3).astype(np.float32))
def in_float32(w, x):
    h = np.zeros(3, np.float32)
    for k in range(8):
        h = np.tanh(0.3 * (w @ h) + x * (k + 1) * 0.1)
    return np.sum(h)


@function(0.3, 1.2)
def carried_twice(x, a):
    total = 0.0
    for _ in range(8):
        y = np.sin(a * x)
        total = total + y
        x = y
    return x * y + total


@function(drawn(6), drawn(4))
def from_both_ends(x, w):
    s = 0.0
    for k in range(6):
        s = s + x[k] * x[5 - k] * x[-1 - k] * w[2]
    return s


@function(drawn(5), drawn(5, 7), loops=2)
def rows_of_a_nest(x, A):
    sums = []
    for i in range(5):
        s = 0.0
        for j in range(7):
            s = s + np.tanh(A[i, j] * x[i])
        sums.append(s * x[i])
    return np.sum(np.stack(sums) ** 2)


@function(0.4, 0.9, loops=3)
def three_deep(a, b):
    for i in range(4):
        for j in range(3):
            for k in range(5):
                a = np.tanh(a + b * (i + 2 * j + k))
            b = b + 0.1 * a
    return a * b


@function(drawn(4, 4) * 0.3, drawn(4), loops=2)
def within_helpers(w, x):
    def settled(h):
        for _ in range(5):
            h = np.tanh(w @ h + x)
        return h

    total = 0.0
    for _ in range(4):
        x = settled(x)
        total = total + np.sum(x**2)
    return total


# ---- writes to arrays at places that move ---------------------------------------------------------------------------------


@function(0.5, 0.3, drawn(20))
def smoothed(a, b, x):
    y = np.zeros(20)
    y[0] = a
    for t in range(1, 20):
        y[t] = np.tanh(a * y[t - 1] + b * x[t])
    return np.sum(y**2)


@function(0.5, 0.3, drawn(20))
def smoothed_from_zero(a, b, x):
    y = np.zeros(20)
    for t in range(1, 20):
        y[t] = np.tanh(a * y[t - 1] + b * x[t])
    return np.sum(y**2)


@function(0.5, 0.3, drawn(20))
def two_places_before(a, b, x):
    y = np.zeros(20)
    y[0], y[1] = a, b
    for t in range(2, 20):
        y[t] = a * y[t - 1] + b * y[t - 2] * x[t]
    return np.sum(y**2) + y[-1]


@function(0.5, drawn(20))
def filled_one_by_one(a, x):
    y = np.empty(20)
    for k in range(20):
        y[k] = np.sin(a * x[k])
    return y @ x


@function(0.5, drawn(20))
def added_one_by_one(a, x):
    y = np.ones(20) * a
    for k in range(20):
        y[k] += np.sin(a * x[k]) * y[k]
    return np.sum(y**2)


@function(0.2 * drawn(12), 2 + 0.1 * drawn(12), 0.2 * drawn(12), drawn(12), loops=2)
def tridiagonal(a, b, c, d):
    n = len(d)
    above, right, x = np.zeros(n), np.zeros(n), np.zeros(n)
    above[0], right[0] = c[0] / b[0], d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * above[i - 1]
        above[i] = c[i] / m
        right[i] = (d[i] - a[i] * right[i - 1]) / m
    x[n - 1] = right[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = right[i] - above[i] * x[i + 1]
    return np.sum(x**2)


@function(0.5, 0.3, drawn(16))
def both_ends_at_once(a, b, x):
    y = np.array(x)
    for k in range(16):
        y[k] = np.tanh(a * y[k] + b * y[15 - k])
    return np.sum(y**2)


@function(drawn(6), 0.2)
def rows_of_time(u0, c):
    u = np.zeros((13, 6))
    u[0] = u0
    for i in range(12):
        u[i + 1] = u[i]
        u[i + 1, 1:-1] += c * (u[i, 2:] - 2 * u[i, 1:-1] + u[i, :-2])
    return np.sum(u[-1] ** 2)


@function(drawn(4, 9), drawn(4))
def columns(A, x):
    B = np.zeros((4, 10))
    for k in range(9):
        B[:, k + 1] = np.tanh(A[:, k] * x + B[:, k])
    return np.sum(B * B)


@function(drawn(12), drawn(3))
def overlapping_slices(x, w):
    y = np.zeros(12)
    for k in range(10):
        y[k : k + 3] += np.sin(w * x[k]) + 0.1 * y[k : k + 3]
    return np.sum(y**2)


@function(drawn(6, 6), drawn(6, 6), loops=3)
def gauss_seidel(u0, f):
    u = np.array(u0)
    for _sweep in range(4):
        for i in range(1, 5):
            for j in range(1, 5):
                u[i, j] = 0.25 * np.sin(u[i - 1, j] + u[i + 1, j] + u[i, j - 1] * u[i, j + 1] - f[i, j])
    return np.sum(u**2)


@function(drawn(4, 5), drawn(5), loops=2)
def product_by_hand(A, x):
    y = np.zeros(4)
    for i in range(4):
        for j in range(5):
            y[i] += A[i, j] * x[j]
    return np.sum(np.sin(y))


@function(0.3, drawn(8), loops=2)
def table(a, x):
    A = np.zeros((6, 5))
    for i in range(6):
        for j in range(5):
            A[i, j] = np.sin(a * x[i] + x[j])
    return np.sum(A**2) + A[2, 3]


@function(0.4, drawn(9))
def two_arrays(a, x):
    y, z = np.array(x), np.ones(9)
    for k in range(1, 9):
        y[k] = np.sin(a * z[k - 1] + y[k])
        z[k] = np.cos(y[k - 1] * y[k])
        z[0] += y[k] * a
    return np.sum(y * z)


@function(0.4, drawn(10))
def places_below_0(a, x):
    y = np.array(x)
    for k in range(9):
        y[-1 - k] = np.sin(a * y[-2 - k] + y[k])
    return np.sum(y**2)


@function(0.4, drawn(9))
def views_in_use(a, x):
    y = np.array(x)
    for k in range(8):
        part = y[k : k + 2]
        y[k] = np.sin(a * y[k + 1])
        y[k + 1] = part[0] * a
    return np.sum(y**2)


@function(0.4, drawn(9))
def neighbors_swapped(a, x):
    y = np.array(x)
    for k in range(8):
        y[k], y[k + 1] = y[k + 1] * a, np.sin(y[k])
    return np.sum(y**2)


@function(0.4, drawn(7), drawn(3))
def places_by_an_array(a, x, w):
    y = np.array(x)
    for k in range(6):
        np.add.at(y, [k, 6 - k, k], np.tanh(w * y[k]))
        y[k] *= a
    return np.sum(y**2)


@function(0.4, drawn(8))
def where_it_is_positive(a, x):
    y = np.zeros(8)
    for k in range(8):
        if x[k] > 0:
            y[k] = a * x[k]
        y[k] += np.sin(x[k] * a)
    return np.sum(y**2)


@function(np.float32(0.5), drawn(12).astype(np.float32))
def smoothed_in_float32(a, x):
    y = np.zeros(12, np.float32)
    y[0] = a
    for t in range(1, 12):
        y[t] = np.tanh(a * y[t - 1] + x[t])
    return np.sum(y)


@function(0.3, drawn(4, 3), loops=3)
def columns_one_after_the_other(a, w):
    A = np.zeros((4, 3))
    A[0, 0] = a
    for j in range(4):
        A[j, 0] += a
    for j in range(4):
        A[j, 1] += a
    for j in range(4):
        A[j, 2] += a
    return np.sum(np.sin(A) * w)


@function(drawn(3), drawn(4), loops=2)
def summed_over_two_counters(u, x):
    for _ in range(3):
        for j in range(4):
            u = u + np.sin(x[j])
    return np.sum(u**2)


@function(drawn(4, 4) + 4.0 * np.eye(4), drawn(4), loops=2)
def gauss_seidel_of_a_matrix(A, b):
    x = np.zeros(4)
    for _ in range(3):
        for i in range(4):
            s = A[i] @ x - A[i, i] * x[i]
            x[i] = (b[i] - s) / A[i, i]
    return np.sum(x**2)


@function(drawn(5, 4), drawn(5))
def read_whole_before_it_is_written(A, b):
    x = np.zeros(4)
    for i in range(4):
        x[i] = np.tanh(b[i] - np.sum(A[i] * x))
    return np.sum(x**2)


@function(0.4, drawn(4))
def kept_as_it_was_a_turn_before(a, x):
    y, before = np.array(x), np.zeros(4)
    for k in range(4):
        y[k] = np.tanh(a * y[k] + np.sum(before * x))
        before = y.copy()
    return np.sum(y * before)
