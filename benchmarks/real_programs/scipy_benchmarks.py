"""Patterns of SciPy's benchmark functions for global optimizers (benchmarks/go_benchmark_functions)."""

import numpy as np
from numpy import abs, arange, asarray, atleast_2d, cos, exp, log, pi, prod, roll, sin, sqrt, sum

from .entering import given, normal, program, within


@program("go_funcs_A.py: Ackley01", normal(6))
def ackley(x):
    u = sum(x**2)
    v = sum(cos(2 * pi * x))
    return -20.0 * exp(-0.2 * sqrt(u / len(x))) - exp(v / len(x)) + 20.0 + exp(1.0)


@program("go_funcs_A.py: Alpine02", within(1, 8, 4))
def alpine(x):
    return prod(sqrt(x) * sin(x))


@program("go_funcs_B.py: Branin01", normal(2))
def branin(x):
    return (x[1] - (5.1 / (4 * pi**2)) * x[0] ** 2 + 5 * x[0] / pi - 6) ** 2 + 10 * (1 - 1 / (8 * pi)) * cos(x[0]) + 10


@program("go_funcs_C.py: Cola", normal(17))
def cola(x):
    distances = np.abs(np.sin(np.arange(100.0).reshape(10, 10))) + 1.0
    points = np.vstack([[0.0, 0.0], [x[0], 0.0], x[1:].reshape(8, 2)])
    total = 0.0
    for i in range(1, 10):
        r = sqrt(sum((points[i] - points[0:i]) ** 2, axis=1))
        total += sum((r - distances[i, 0:i]) ** 2)
    return total


def cola_after(x):
    distances = np.abs(np.sin(np.arange(100.0).reshape(10, 10))) + 1.0
    points = np.concatenate([np.zeros(2), x[:1], np.zeros(1), x[1:]]).reshape(10, 2)
    total = 0.0
    for i in range(1, 10):
        r = sqrt(sum((points[i] - points[0:i]) ** 2, axis=1))
        total += sum((r - distances[i, 0:i]) ** 2)
    return total


@program("go_funcs_C.py: Colville", normal(4))
def colville(x):
    return (
        100 * (x[0] ** 2 - x[1]) ** 2 + (x[0] - 1) ** 2 + (x[2] - 1) ** 2 + 90 * (x[2] ** 2 - x[3]) ** 2
        + 10.1 * ((x[1] - 1) ** 2 + (x[3] - 1) ** 2) + 19.8 * (1 / x[1]) * (x[3] - 1)
    )  # fmt: skip


@program("go_funcs_C.py: Corana", within(-5, 5, 4))
def corana(x):
    d = [1.0, 1000.0, 10.0, 100.0]
    r = 0
    for j in range(4):
        zj = np.floor(abs(x[j] / 0.2) + 0.49999) * np.sign(x[j]) * 0.2
        if abs(x[j] - zj) < 0.05:
            r += 0.15 * ((zj - 0.05 * np.sign(zj)) ** 2) * d[j]
        else:
            r += d[j] * x[j] * x[j]
    return r


@program("go_funcs_D.py: DixonPrice", normal(5))
def dixon_price(x):
    i = arange(2, len(x) + 1)
    return sum(i * (2.0 * x[1:] ** 2.0 - x[:-1]) ** 2.0) + (x[0] - 1.0) ** 2.0


@program("go_funcs_D.py: Damavandi", within(3, 10, 2))
def damavandi(x):
    num = sin(pi * (x[0] - 2.0)) * sin(pi * (x[1] - 2.0))
    den = (pi**2) * (x[0] - 2.0) * (x[1] - 2.0)
    return (1.0 - abs(num / den) ** 5.0) * (2 + (x[0] - 7.0) ** 2 + 2 * (x[1] - 7.0) ** 2)


@program("go_funcs_G.py: Griewank", normal(5, scale=3))
def griewank(x):
    i = np.arange(1.0, np.size(x) + 1.0)
    return sum(x**2 / 4000.0) - prod(cos(x / sqrt(i))) + 1.0


@program("go_funcs_G.py: Gulf", given([60.0, 20.0, 1.3]))
def gulf(x):
    m = 20.0
    i = arange(1.0, m + 1)
    u = 25 + (-50 * log(i / 100.0 / 1.1)) ** (2 / 3.0)
    v = exp(-((abs(u - x[1])) ** x[2] / x[0])) - i / 100.0
    return sum(v**2)


@program("go_funcs_H.py: Hartmann3", within(0, 1, 3))
def hartmann(x):
    a = asarray([[3.0, 10.0, 30.0], [0.1, 10.0, 35.0], [3.0, 10.0, 30.0], [0.1, 10.0, 35.0]])
    p = asarray([[0.37, 0.12, 0.27], [0.47, 0.44, 0.75], [0.11, 0.87, 0.55], [0.04, 0.57, 0.88]])
    c = asarray([1.0, 1.2, 3.0, 3.2])
    d = atleast_2d(x).repeat(4, axis=0) - p
    return -sum(c * exp(-sum(a * d**2, axis=1)))


@program("go_funcs_L.py: Langermann", within(0, 10, 2))
def langermann(x):
    a, b, c = [3, 5, 2, 1, 7], [5, 2, 1, 4, 9], [1, 2, 5, 2, 3]
    x1, x2 = x
    f = 0.0
    for k in range(5):
        d = (x1 - a[k]) ** 2 + (x2 - b[k]) ** 2
        f += c[k] * exp(-(1 / pi) * d) * cos(pi * d)
    return -f


@program("go_funcs_L.py: LennardJones", within(-3, 3, 12))
def lennard_jones(x):
    k, s = 4, 0.0
    for i in range(k - 1):
        for j in range(i + 1, k):
            a, b = 3 * i, 3 * j
            xd, yd, zd = x[a] - x[b], x[a + 1] - x[b + 1], x[a + 2] - x[b + 2]
            ed = xd * xd + yd * yd + zd * zd
            ud = ed * ed * ed
            if ed > 0.0:
                s += (1.0 / ud - 2.0) / ud
    return s


@program("go_funcs_L.py: Levy03", normal(4, scale=3))
def levy(x):
    y = 1 + (x - 1) / 4
    v = sum((y[:-1] - 1) ** 2 * (1 + 10 * sin(pi * y[1:]) ** 2))
    return sin(pi * y[0]) ** 2 + v + (y[-1] - 1) ** 2


@program("go_funcs_M.py: Michalewicz", within(0, 3, 4))
def michalewicz(x):
    i = arange(1, 5)
    return -sum(sin(x) * sin(i * x**2 / pi) ** (2 * 10.0))


@program("go_funcs_P.py: Paviani", within(2.5, 9.5, 6))
def paviani(x):
    return sum(log(x - 2) ** 2.0 + log(10.0 - x) ** 2.0) - prod(x) ** 0.2


@program("go_funcs_P.py: Powell", normal(8))
def powell(x):
    x1, x2, x3, x4 = x[0::4], x[1::4], x[2::4], x[3::4]
    return sum((x1 + 10 * x2) ** 2 + 5 * (x3 - x4) ** 2 + (x2 - 2 * x3) ** 4 + 10 * (x1 - x4) ** 4)


@program("go_funcs_P.py: PermFunction01", normal(4))
def perm_function(x):
    k = atleast_2d(arange(4) + 1).T
    j = atleast_2d(arange(4) + 1)
    s = (j**k + 0.5) * ((x / j) ** k - 1)
    return sum(sum(s, axis=1) ** 2)


@program("go_funcs_R.py: Rana", within(-400, 400, 3))
def rana(x):
    t1 = sqrt(abs(x[1:] + x[:-1] + 1))
    t2 = sqrt(abs(x[1:] - x[:-1] + 1))
    return sum((x[1:] + 1) * cos(t2) * sin(t1) + x[:-1] * cos(t1) * sin(t2))


@program("go_funcs_S.py: Shekel05", within(0, 10, 4))
def shekel(x):
    A = asarray([[4.0] * 4, [1.0] * 4, [8.0] * 4, [6.0] * 4, [3.0, 7.0, 3.0, 7.0]])
    C = asarray([0.1, 0.2, 0.2, 0.4, 0.4])
    return -sum(1 / (sum((x - A) ** 2, axis=1) + C))


@program("go_funcs_S.py: Stochastic made fixed", normal(5))
def weighted_distances(x):
    rnd = (np.sin(np.arange(1, 6) * 12.9898) * 43758.5453) % 1.0
    i = arange(1, 6)
    return sum(rnd * abs(x - 1.0 / i))


@program("go_funcs_S.py: Schaffer with rolled neighbors", normal(6))
def schaffer(x):
    y = roll(x, -1)
    u = x**2 + y**2
    return sum(0.5 + (sin(sqrt(u)) ** 2 - 0.5) / (1 + 0.001 * u) ** 2)


@program("go_funcs_T.py: Thurber", within(0.5, 1.5, 7))
def thurber(x):
    a = np.linspace(-1.0, 1.0, 12)
    b = 80.0 + 30 * a
    vec = x[0] + x[1] * a + x[2] * a**2 + x[3] * a**3
    vec /= 1 + x[4] * a * 0.1 + x[5] * a**2 + x[6] * a**3 * 0.1
    return sum((b - vec) ** 2)


@program("go_funcs_W.py: Whitley", normal(4))
def whitley(x):
    XI = x
    XJ = atleast_2d(x).T
    temp = 100.0 * ((XI**2.0) - XJ) + (1.0 - XJ) ** 2.0
    return sum((temp**2.0 / 4000.0) - cos(temp) + 1.0)


@program("go_funcs_W.py: Weierstrass", normal(3, scale=0.2))
def weierstrass(x):
    k = atleast_2d(arange(5)).T
    ak, bk = 0.5**k, 3.0**k
    s = ak * cos(2 * pi * bk * (x + 0.5))
    return sum(sum(s, axis=0)) - 3 * sum(ak.T * cos(pi * bk.T))


@program("go_funcs_Z.py: Zacharov", normal(5))
def zacharov(x):
    u = sum(x**2)
    v = sum(arange(1, 6) * x)
    return u + (0.5 * v) ** 2 + (0.5 * v) ** 4


@program("go_funcs_V.py: VenterSobiezcczanskiSobieski", normal(2))
def venter(x):
    u = x[0] ** 2.0 - 100.0 * cos(x[0]) ** 2.0
    v = -100.0 * cos(x[0] ** 2.0 / 30.0) + x[1] ** 2.0
    w = -100.0 * cos(x[1]) ** 2.0 - 100.0 * cos(x[1] ** 2.0 / 30.0)
    return u + v + w


@program("go_funcs_X.py: XinSheYang03 with a whole number", normal(4))
def xin_she_yang(x):
    beta, m = 15.0, 5.0
    u = sum((x / beta) ** (2 * m))
    v = sum(x**2)
    w = prod(cos(x) ** 2)
    return exp(-u) - 2 * exp(-v) * w


@program("go_funcs_N.py: NeedleEye", within(0.1, 0.9, 4))
def needle_eye(x):
    f = fp = 0.0
    eye = 0.0001
    for val in x:
        if abs(val) >= eye:
            fp = 1.0
            f += 100.0 + abs(val)
        else:
            f += 1.0
    return f if fp < 1e-6 else f * val


@program("go_funcs_M.py: Meyer", within(0.5, 1.5, 3))
def meyer(x):
    a = np.asarray([3.478e4, 2.861e4, 2.365e4, 1.963e4, 1.637e4, 1.372e4, 1.154e4, 9.744e3])
    b = 5.0 * np.arange(8) + 45.0
    vec = x[0] * np.exp(x[1] * 300 / (b + 20 * x[2]))
    return np.sum((a / 1e4 - vec) ** 2)


@program("go_funcs_T.py: Trid with a list of squares", normal(5))
def trid(x):
    return sum(asarray([(each - 1.0) ** 2.0 for each in x])) - sum(x[1:] * x[0:-1])


def trid_after(x):
    return sum((x - 1.0) ** 2.0) - sum(x[1:] * x[0:-1])
