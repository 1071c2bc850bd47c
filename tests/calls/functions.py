"""Programs of several functions, with arguments and the functions that their printed derivatives have."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

import chainrule as cr

RANDOM = np.random.default_rng(4)
TABLE = RANDOM.normal(size=(4, 4)) / 4


def normal(*shape):
    return RANDOM.normal(size=shape)


# ---- called by name --------------------------------------------------------------------------------------------------


def forces(x, m):
    d = x[:, None, :] - x[None, :, :]
    r2 = np.sum(d**2, axis=2) + 0.01
    f = -m * d / r2[:, :, None] ** 1.5
    return np.sum(f, axis=1)


def bodies(x, v, m):
    a = forces(x, m)
    for _ in range(6):
        v = v + 0.005 * a
        x = x + 0.01 * v
        a = forces(x, m)
        v = v + 0.005 * a
    return np.sum(x**2) + np.sum(v**2)


def rhs(t, y, k):
    s = np.sin(y + t)
    drag = k * y**2
    return s - drag


def runge_kutta(y, k):
    h = 0.1
    for i in range(7):
        t = i * h
        k1 = rhs(t, y, k)
        k2 = rhs(t + h / 2, y + h / 2 * k1, k)
        k3 = rhs(t + h / 2, y + h / 2 * k2, k)
        k4 = rhs(t + h, y + h * k3, k)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(y**2)


def stepped(f, t, y, h, k):
    k1 = f(t, y, k)
    k2 = f(t + h, y + h * k1, k)
    return y + h / 2 * (k1 + k2)


def heun(y, k):
    for i in range(6):
        y = stepped(rhs, 0.1 * i, y, 0.1, k)
    return np.sum(y**2)


def predict(m, P, F, Q):
    m = F @ m
    P = F @ P @ F.T + Q
    return m, P


def update(m, P, y, H, R):
    S = H @ P @ H.T + R
    K = np.linalg.solve(S, H @ P).T
    e = y - H @ m
    return m + K @ e, P - K @ S @ K.T, e, S


def kalman(F, Q, ys):
    m, P = np.zeros(2), np.eye(2)
    H, R = np.array([[1.0, 0.0]]), np.array([[0.1]])
    cost = 0.0
    for t in range(5):
        m, P = predict(m, P, F, Q)
        m, P, e, S = update(m, P, ys[t], H, R)
        cost = cost + 0.5 * (e @ np.linalg.solve(S, e)) + 0.5 * np.log(S[0, 0])
    return cost


def activated(w, x, slope=0.1, bias=0.0):
    z = w @ x + bias
    a = np.tanh(z)
    return a + slope * z


def defaults(w, x):
    return np.sum(activated(w, activated(w, x), bias=0.3)) + np.sum(activated(w, x, 0.5) ** 2)


def halves(x):
    middle = np.mean(x)
    low = np.sin(x - middle)
    high = np.cos(x + middle)
    return low, high


def pair_of_results(x):
    low, high = halves(x)
    lower, _ = halves(low * high)
    return np.sum(lower * high)


def measured(x):
    size = np.sqrt(np.sum(x**2) + 1.0)
    return {"size": size, "direction": x / size}


def dictionary(x):
    one = measured(x)
    other = measured(np.tanh(x) * one["size"])
    return np.sum(one["direction"] * other["direction"]) + other["size"]


class Parameters(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def layer(parameters, x):
    z = parameters.w @ x + parameters.b
    return np.tanh(z) + 0.1 * z**2


def nested_arguments(x, layers):
    a = x
    for parameters in layers:
        a = layer(parameters, a)
    return np.sum(a**2)


@dataclass
class State:
    x: np.ndarray
    v: np.ndarray


def drift(state, dt):
    v = state.v - dt * np.sin(state.x)
    return State(state.x + dt * v, v * 0.99)


def dataclasses_through(x, v):
    state = State(x, v)
    for _ in range(5):
        state = drift(state, 0.1)
    return np.sum(state.x * state.v)


# ---- methods and closures --------------------------------------------------------------------------------------------


class Filter:
    """A filter whose methods write to attributes, as such classes do."""

    def __init__(self, x, P, q):
        self.x, self.P, self.q = x, P, q

    def predict(self, F):
        self.x = F @ self.x
        self.P = F @ self.P @ F.T + self.q

    def update(self, z):
        S = self.P + 0.5 * np.eye(2)
        K = np.linalg.solve(S, self.P)
        self.x = self.x + K @ (z - self.x)
        self.P = self.P - K @ self.P


def methods(F, q, zs):
    kept = Filter(np.zeros(2), np.eye(2), q)
    for t in range(4):
        kept.predict(F)
        kept.update(zs[t])
    return np.sum(kept.x**2) + np.trace(kept.P)


class Layer:
    """What is called as a function."""

    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        z = self.w @ x
        a = np.tanh(z)
        return a * z


def called_objects(w1, w2, x):
    one, two = Layer(w1), Layer(w2)
    return np.sum(two(one(x)) ** 2)


def closures(x, k):
    def slope(y):
        s = np.sin(k * y)
        c = np.cos(TABLE @ y)
        return s * c

    for _ in range(5):
        x = x + 0.1 * slope(x)
    return np.sum(slope(x) ** 2)


def lambdas(x):
    half = lambda y: np.tanh(y) * y + np.sin(y)  # noqa: E731
    return np.sum(half(half(x)) ** 2)


def comprehensions(x):
    def weighed(y, w):
        e = np.exp(-(y**2) * w)
        return e / (1.0 + np.sum(e))

    return sum(np.sum(weighed(x, w) ** 2) for w in (0.5, 1.0, 1.5))


def generators(x):
    def rows(y):
        for row in y:
            yield np.tanh(row) * row

    total = 0.0
    for row in rows(x):
        total = total + np.sum(row**2)
    return total


# ---- what stays where it is ------------------------------------------------------------------------------------------


def factorial(x, n):
    if n == 0:
        return x
    y = np.sin(factorial(x, n - 1))
    return y * n + x


def recursive(x):
    return np.sum(factorial(x, 4) ** 2)


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def recognized(w, x, y):
    a = sigmoid(w @ x)
    return 0.5 * np.sum((sigmoid(w @ a) - y) ** 2)


def clipped(x):
    size = np.sqrt(np.sum(x**2))
    if size > 1.0:
        return x / size
    return x * 1.0


def branches(x):
    return np.sum(np.sin(clipped(x)) * clipped(0.1 * x) ** 2)


def logarithm(x):
    y = x * 2.0
    z = np.log(y)
    return z * y


def behind_a_mask(x):
    return np.sum(np.where(x > 0, logarithm(x), 0.0) * x) + np.sum(np.where(x > 2, logarithm(x), 0.0))


def counted(x, n):
    y = x**n
    return np.sin(y) + y


def whole_numbers(x):
    return np.sum(counted(x, 2)) + np.sum(counted(x, 3)) + np.sum(counted(x, 4))


def at_places(u, i):
    left = u[i] - u[i - 1]
    right = u[i + 1] - u[i]
    return left * right**2


def places(u):
    total = 0.0
    for i in range(1, 9):
        total = total + at_places(u, i)
    return total


# ---- writes ----------------------------------------------------------------------------------------------------------


def heat(u, c):
    flux = u[2:] - 2 * u[1:-1] + u[:-2]
    u[1:-1] += c * flux
    u[0] = u[1]


def written(u, c):
    u = u.copy()
    for _ in range(5):
        heat(u, c)
    return np.sum(u**2)


def filled(n, x):
    rows = np.zeros((n, len(x)))
    rows[0] = x
    for i in range(1, n):
        rows[i] = np.sin(rows[i - 1]) + x
    return rows


def simulated(x):
    rows = filled(5, x)
    again = filled(5, rows[-1])
    return np.sum(again**2) + rows[2, 0]


def turned(x):
    y = x.T
    return y[::-1]


def views(x):
    y = turned(x)
    z = np.tanh(turned(x + 1.0))
    z[0] = y[1]
    return np.sum(z * y)


def passed(u, v):
    w = np.sin(v)
    z = w * v
    return u[::-1], z.T, u * z


def passed_on(x):
    u, v = x * 1.0, np.cos(x)
    total = 0.0
    for k in range(5):
        w, v, s = passed(u, v)
        u[k] = 0.5 * s[0]
        total = total + np.sum(w * v)
    return total + np.sum(u * v)


def added_to(u, v):
    s = np.sin(v)
    u[1:] += s[1:]
    u[0] *= s[0]
    return u


def sums_in_place(x):
    u, v = np.zeros(len(x)), x
    for k in range(4):
        u = added_to(u, v)
        v = v * 0.9 + u
        u[k] = v[k] * x[k]
    return np.sum(u * v)


# ---- long loops --------------------------------------------------------------------------------------------------------


def long_loop(y, k):
    for t in cr.steps(12):
        k1 = rhs(t, y, k)
        k2 = rhs(t + 1, y + 0.1 * k1, k)
        y = y + 0.05 * (k1 + k2)
    return np.sum(y**2)


def simulation(y, n):
    z = y * 1.0
    for _ in cr.steps(n):
        z = z + 0.01 * np.sin(z)
    return z * y


def of_different_lengths(y):
    return np.sum(simulation(y, 10)) + np.sum(simulation(2 * y, 20)) + np.sum(simulation(3 * y, 10) ** 2)


def long_in_long(y):
    for _ in cr.steps(6):
        y = y + 0.01 * simulation(y, 15)
    return np.sum(y**2)


def scanned(y, xs):
    def step(c, x):
        a = np.sin(c) * x
        b = a + c
        return b, a * b

    c, ys = cr.scan(step, y, xs)
    return np.sum(c) + np.sum(ys**2)


def checkpointed(y):
    with cr.checkpoint(every=5):
        for _ in range(20):
            y = y + 0.1 * smooth(y)
    return np.sum(y)


# ---- odd ways to be called -----------------------------------------------------------------------------------------------


def powered(y, n):
    z = y**n
    return z * n + y


def powers(x):
    for n in range(1, 6):
        x = x + 0.01 * powered(x, n)
    return np.sum(x)


def of_many(xs):
    return np.sum(cr.vmap(smooth)(xs) ** 2) + np.sum(np.apply_along_axis(smooth, 1, xs)) + np.sum(smooth(xs[0]))


class Special:
    """A class whose functions are called by operators, as properties and on the class itself."""

    def __init__(self, w):
        self.w = w

    @property
    def norm(self):
        a = np.sqrt(np.sum(self.w**2))
        b = a + 1
        return a * b

    @classmethod
    def of(cls, w):
        z = np.tanh(w)
        y = z * w
        return cls(y + z)

    @staticmethod
    def waved(a):
        b = np.sin(a)
        return b * a

    def __mul__(self, other):
        c = self.w * other
        d = np.cos(c)
        return Special(c + d)


def special(w):
    one, other = Special.of(w) * 2.0, Special.of(w * 2) * 3.0
    return one.norm + np.sum(Special.waved(one.w)) + np.sum(Special.waved(other.w)) + other.norm


def even(x, n):
    y = np.sin(x)
    return x if n == 0 else y + odd(x, n - 1)


def odd(x, n):
    y = np.cos(x)
    return x * 2 if n == 0 else y * even(x, n - 1)


def mutual(x):
    return np.sum(even(x, 4)) + np.sum(odd(x, 3))


def factor(a, shift):
    b = a @ a.T
    return np.linalg.cholesky(b + shift * np.eye(2))


def tried(a):
    try:
        return np.sum(factor(a, -10.0))
    except np.linalg.LinAlgError:
        return np.sum(factor(a, 1.0)) + np.sum(factor(2 * a, 0.5))


def inner_steps(x):
    def height(y):
        s = np.sin(y)
        return np.sum(s * y)

    for _ in range(4):
        x = x - 0.1 * cr.grad(height)(x)
    return height(x)


def logged(x):
    log = []

    def noted(y):
        z = np.sin(y)
        log.append(z)
        return z * y

    y = noted(noted(x))
    return np.sum(y) + sum(np.sum(each**2) for each in log)


# ---- small things ----------------------------------------------------------------------------------------------------


def wrapped(x):
    return halves(x)


def wrappers(x):
    low, high = wrapped(x)
    return np.sum(low**3) + np.sum(wrapped(high)[1])


def twice(f):
    def again(x):
        return f(f(x))

    return again


def smooth(x):
    m = np.mean(x)
    return np.tanh(x - m) + m


def decorated(x):
    return np.sum(twice(twice(smooth))(x) ** 2)


def energies(x, v):
    kinetic = 0.5 * np.sum(v**2)
    potential = np.sum(np.cos(x)) + kinetic * 0.1
    return kinetic, potential


def named_alike(x, v):
    energies_ = energies(x, v)
    forces = energies(v, x)[0]
    return energies_[1] * forces


def other_shapes(w1, w2, x):
    return np.sum(activated(w2, activated(w1, x)) ** 2)


def inner_gradient(x):
    slope = cr.grad(lambda y: np.sum(smooth(y) ** 3))
    return np.sum(slope(x) * smooth(x))


def same_array_twice(x):
    def product(a, b):
        s = np.sin(a) * b
        return s + np.cos(b)

    return np.sum(product(x, x)) + np.sum(product(x, 2 * x))


def unused(x):
    low, high = halves(x)
    lower, _ = halves(2.0 * x)
    size = measured(x)["size"] + measured(3.0 * x)["size"]
    return np.sum(low) + 0.0 * np.sum(high) + np.sum(lower) + size


def once(x):
    low, high = halves(x)
    return np.sum(low * high)


def floats(x, k):
    def scaled(a, b):
        c = a * b
        return np.sin(c) + b

    return scaled(k, np.sum(x)) * scaled(np.sum(x), k)


def integers(x):
    def ranked(y):
        order = np.argsort(y)
        return y[order], order

    values, order = ranked(x)
    others, _ = ranked(2.0 * x)
    return np.sum(values[::-1] * x[order] * np.arange(len(x)) * others)


ARGUMENTS = {
    bodies: (normal(3, 2), normal(3, 2), 1.2),
    runge_kutta: (normal(4), 0.1),
    heun: (normal(4), 0.1),
    kalman: (np.eye(2) + 0.1, 0.1 * np.eye(2), normal(5, 1)),
    defaults: (normal(4, 4), normal(4)),
    pair_of_results: (normal(5),),
    dictionary: (normal(5),),
    nested_arguments: (normal(3), [Parameters(normal(3, 3), normal(3)), Parameters(normal(3, 3), normal(3))]),
    dataclasses_through: (normal(3), normal(3)),
    methods: (np.eye(2) + 0.1, 0.1 * np.eye(2), normal(4, 2)),
    called_objects: (normal(3, 3), normal(3, 3), normal(3)),
    closures: (normal(4), 0.7),
    lambdas: (normal(4),),
    comprehensions: (normal(4),),
    generators: (normal(4, 3),),
    recursive: (normal(4),),
    recognized: (normal(4, 4), normal(4), normal(4)),
    branches: (normal(4) * 3,),
    behind_a_mask: (np.array([0.0, 1.0, -2.0, 3.0]),),
    whole_numbers: (normal(4),),
    places: (normal(10),),
    written: (normal(6), 0.2),
    simulated: (normal(3),),
    views: (normal(3, 3),),
    passed_on: (normal(5),),
    powers: (np.array([0.3, 0.5, 1.2]),),
    of_many: (normal(3, 4),),
    special: (normal(3),),
    mutual: (normal(3),),
    tried: (normal(2, 2),),
    inner_steps: (normal(3),),
    logged: (normal(3),),
    long_loop: (normal(3), 0.1),
    of_different_lengths: (normal(3),),
    long_in_long: (normal(3),),
    scanned: (normal(3), normal(8, 3)),
    checkpointed: (normal(3),),
    sums_in_place: (normal(5),),
    wrappers: (normal(4),),
    decorated: (normal(4),),
    named_alike: (normal(4), normal(4)),
    other_shapes: (normal(3, 4), normal(2, 3), normal(4)),
    inner_gradient: (normal(4),),
    same_array_twice: (normal(4),),
    unused: (normal(4),),
    floats: (normal(4), 0.6),
    integers: (normal(5),),
    once: (normal(5),),
}
