"""Arrays filled in loops, recurrences, masks, rows of lists, helpers that write to their arguments, and other daily habits."""

import numpy as np

from .entering import both, given, normal, program, within

N = 10
T = np.linspace(0.0, 1.0, N)
SIGNAL = np.sin(np.arange(N) * 1.3) + 0.2 * np.cos(np.arange(N) * 4.0)


@program("exponential smoothing", within(0.2, 0.8, ()))
def exponential_smoothing(alpha):
    s = np.zeros(N)
    s[0] = SIGNAL[0]
    for t in range(1, N):
        s[t] = alpha * SIGNAL[t] + (1 - alpha) * s[t - 1]
    return np.sum((s[:-1] - SIGNAL[1:]) ** 2)


@program("Holt and Winters' smoothing", within(0.2, 0.8, 3))
def holt_winters(theta):
    a, b, g = theta
    level, trend, season = np.zeros(N), np.zeros(N), np.zeros(N + 3)
    level[0] = SIGNAL[0]
    season[:3] = SIGNAL[:3] - SIGNAL[:3].mean()
    error = 0.0
    for t in range(1, N):
        error += (SIGNAL[t] - level[t - 1] - trend[t - 1] - season[t]) ** 2
        level[t] = a * (SIGNAL[t] - season[t]) + (1 - a) * (level[t - 1] + trend[t - 1])
        trend[t] = b * (level[t] - level[t - 1]) + (1 - b) * trend[t - 1]
        season[t + 3] = g * (SIGNAL[t] - level[t]) + (1 - g) * season[t]
    return error


@program("GARCH variances", given([0.1, 0.2, 0.6]))
def garch(params):
    omega, alpha, beta = params
    sigma2 = np.zeros(N)
    sigma2[0] = np.var(SIGNAL)
    for t in range(1, N):
        sigma2[t] = omega + alpha * SIGNAL[t - 1] ** 2 + beta * sigma2[t - 1]
    return 0.5 * np.sum(np.log(sigma2) + SIGNAL**2 / sigma2)


@program("a digital filter of second order", normal(3, 2, scale=0.4))
def biquad(b, a):
    y = np.zeros(N)
    for n in range(N):
        y[n] = b[0] * SIGNAL[n]
        if n > 0:
            y[n] += b[1] * SIGNAL[n - 1] - a[0] * y[n - 1]
        if n > 1:
            y[n] += b[2] * SIGNAL[n - 2] - a[1] * y[n - 2]
    return np.sum(y**2)


@program("a delay line with feedback in a ring buffer", given(0.6, 0.4))
def ring_buffer(feedback, mix):
    line, out, at = np.zeros(3), np.zeros(N), 0
    for n, s in enumerate(SIGNAL):
        delayed = line[at]
        out[n] = (1 - mix) * s + mix * delayed
        line[at] = s + feedback * delayed
        at = (at + 1) % 3
    return np.sum(out**2)


@program("least mean squares with adapting taps", given(0.2))
def adaptive_filter(mu):
    w, window, error = np.zeros(3), np.zeros(3), 0.0
    for n in range(N - 1):
        window[1:] = window[:-1]
        window[0] = SIGNAL[n]
        e = SIGNAL[n + 1] - w @ window
        w += mu * e * window
        error += e**2
    return error + w @ w


@program("median of three, then a running mean", normal(N))
def running_mean(x):
    y = x.copy()
    for i in range(1, N - 1):
        y[i] = np.sort(x[i - 1 : i + 2])[1]
    z = np.zeros(N - 2)
    for k in range(3):
        z += y[k : N - 2 + k]
    z /= 3
    return np.sum(z**2 * T[2:])


@program("cumulative sums by doubling strides", normal(8))
def doubling_strides(x):
    y, step = x.copy(), 1
    while step < 8:
        y[step:] += y[:-step].copy()
        step *= 2
    return np.sum(y**2)


@program("Fibonacci-like recurrence into an array", within(0.2, 0.8, (), ()))
def fibonacci_like(a, b):
    f = np.zeros(N)
    f[0], f[1] = a, b
    for i in range(2, N):
        f[i] = a * f[i - 1] + b * f[i - 2]
    return f[-1] + f.sum()


@program("Legendre's polynomials by recurrence", within(-0.9, 0.9, 4))
def legendre(x):
    P = np.zeros((6, 4))
    P[0] = 1
    P[1] = x
    for n in range(1, 5):
        P[n + 1] = ((2 * n + 1) * x * P[n] - n * P[n - 1]) / (n + 1)
    return np.sum(P**2 * np.arange(6)[:, None])


@program("Horner's scheme in an accumulator", normal(5, 3))
def horner(c, x):
    y = np.zeros_like(x)
    for a in c[::-1]:
        y *= x
        y += a
    return np.sum(y)


@program("divided differences in one column", both(normal(6), given(0.45)))
def divided_differences(y, at):
    x = np.linspace(0, 1, 6)
    c = np.copy(y)
    for j in range(1, 6):
        c[j:] = (c[j:] - c[j - 1 : -1]) / (x[j:] - x[:-j])
    p = c[-1]
    for k in range(4, -1, -1):
        p = c[k] + (at - x[k]) * p
    return p


@program("Neville's tableau", both(normal(5), given(0.3)))
def neville(y, at):
    x = np.linspace(-1, 1, 5)
    p = y.copy()
    for m in range(1, 5):
        for i in range(5 - m):
            p[i] = ((at - x[i + m]) * p[i] + (x[i] - at) * p[i + 1]) / (x[i] - x[i + m])
    return p[0] ** 2


@program("Romberg's table of integrals", within(0.5, 2, ()))
def romberg(a):
    R = np.zeros((4, 4))
    for i in range(4):
        x = np.linspace(0, 1, 2**i + 1)
        f = np.exp(-a * x**2)
        R[i, 0] = np.sum(f[1:] + f[:-1]) / 2 / 2**i
        for j in range(1, i + 1):
            R[i, j] = R[i, j - 1] + (R[i, j - 1] - R[i - 1, j - 1]) / (4**j - 1)
    return R[3, 3] * 10


@program("de Casteljau's points overwritten", both(normal((4, 2)), given(0.4)))
def de_casteljau(points, t):
    beta = [p for p in points]
    n = len(beta)
    for j in range(1, n):
        for k in range(n - j):
            beta[k] = beta[k] * (1 - t) + beta[k + 1] * t
    return beta[0] @ beta[0]


@program("edit distance with soft minima", normal(4, 5))
def soft_alignment(a, b):
    D = np.full((5, 6), 1e3)
    D[0, 0] = 0.0
    for i in range(1, 5):
        for j in range(1, 6):
            before = np.array([D[i - 1, j], D[i, j - 1], D[i - 1, j - 1]])
            m = before.min()
            D[i, j] = (a[i - 1] - b[j - 1]) ** 2 + m - np.log(np.sum(np.exp(-(before - m))))
    return D[-1, -1]


@program("dynamic time warping", normal(5, 4))
def time_warping(a, b):
    D = np.zeros((6, 5))
    D[0, 1:] = np.inf
    D[1:, 0] = np.inf
    for i in range(1, 6):
        for j in range(1, 5):
            D[i, j] = abs(a[i - 1] - b[j - 1]) + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[5, 4]


@program("Viterbi's scores", normal((3, 3), (5, 3)))
def viterbi(A, B):
    score, back = np.zeros((5, 3)), np.zeros((5, 3), dtype=int)
    score[0] = B[0]
    for t in range(1, 5):
        for s in range(3):
            options = score[t - 1] + A[:, s]
            back[t, s] = np.argmax(options)
            score[t, s] = options[back[t, s]] + B[t, s]
    return score[-1].max()


@program("forward algorithm, scaled", within(0.2, 1, (3, 3), (4, 3)))
def forward_scaled(A, B):
    A /= A.sum(axis=1, keepdims=True)
    alpha, c = np.zeros((4, 3)), np.zeros(4)
    alpha[0] = B[0] / 3
    for t in range(4):
        if t:
            alpha[t] = (alpha[t - 1] @ A) * B[t]
        c[t] = alpha[t].sum()
        alpha[t] /= c[t]
    return np.sum(np.log(c)) + alpha[2, 1]


@program("covariance matrix by two loops", within(0.5, 1.5, (), ()))
def covariance_by_loops(length, noise):
    K = np.zeros((6, 6))
    for i in range(6):
        for j in range(i, 6):
            K[i, j] = K[j, i] = np.exp(-((T[i] - T[j]) ** 2) / (2 * length**2))
        K[i, i] += noise
    return np.log(np.linalg.det(K)) + SIGNAL[:6] @ np.linalg.inv(K) @ SIGNAL[:6]


@program("distances by loops, diagonal filled", normal((4, 2)))
def distances_by_loops(p):
    D = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            D[i, j] = np.sqrt(np.sum((p[i] - p[j]) ** 2) + 1e-6)
    np.fill_diagonal(D, 1.0)
    D[D > 2.5] = 2.5
    return np.sum(1 / D)


@program("a rotation built entry by entry", normal(3))
def rotation_by_entries(angles):
    a, b, c = angles
    Rz, Ry, Rx = np.eye(3), np.eye(3), np.eye(3)
    Rz[0, 0], Rz[0, 1], Rz[1, 0], Rz[1, 1] = np.cos(a), -np.sin(a), np.sin(a), np.cos(a)
    Ry[0, 0] = Ry[2, 2] = np.cos(b)
    Ry[0, 2] = np.sin(b)
    Ry[2, 0] = -np.sin(b)
    Rx[1:, 1:] = np.array([[np.cos(c), -np.sin(c)], [np.sin(c), np.cos(c)]])
    v = Rz @ Ry @ Rx @ np.array([1.0, 2.0, 3.0])
    return v[0] * v[1] + v[2]


@program("homogeneous transforms chained", normal(3, scale=0.5))
def transforms_chained(q):
    M = np.eye(4)
    for k, angle in enumerate(q):
        step = np.eye(4)
        step[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        step[:3, 3] = [1.0, 0.1 * k, angle]
        M = M @ step
    return M[0, 3] ** 2 + M[1, 3] * M[2, 3]


@program("rows normalized while they are iterated", within(0.5, 1.5, (4, 3)))
def rows_normalized(A):
    for row in A:
        row -= row.mean()
        row /= np.sqrt((row**2).sum() + 1e-3)
    return np.sum(A**3 * np.arange(3))


@program("columns standardized through the transpose", within(0.5, 1.5, (5, 3)))
def columns_standardized(A):
    for column in A.T:
        column -= column.mean()
        column /= column.std() + 0.1
    A.T[1] *= 2
    return np.sum(np.tanh(A) * np.arange(3))


@program("flat places and raveled views", normal((3, 4)))
def flat_places(A):
    A.flat[::5] = 1.0
    v = A.ravel()
    v[1:4] *= v[5:8]
    A.flat[7] = v[0] + v[1]
    return np.sum(A**2 * np.arange(4))


@program("masks set in turn", normal(N))
def masks_in_turn(x):
    y = x * 2
    y[y < 0] = 0
    y[y > 1] = 1 + np.log(y[y > 1])
    mask = (x > -0.5) & (x < 0.5)
    y[mask] += x[mask] ** 2
    y[~mask] -= 0.1
    return np.sum(y**2 * (1 + T))


@program("piecewise function by masks into zeros", within(-2, 2, N))
def piecewise_by_masks(x):
    out = np.zeros_like(x)
    out[x < -1] = -x[x < -1] - 0.5
    inside = np.abs(x) <= 1
    out[inside] = 0.5 * x[inside] ** 2
    out[x > 1] = x[x > 1] - 0.5
    return np.sum(out * (1 + T))


@program("histogram with soft weights, added at places", within(0.1, 3.9, 8))
def soft_histogram(x):
    h = np.zeros(5)
    i = np.floor(x).astype(int)
    f = x - i
    np.add.at(h, i, 1 - f)
    np.add.at(h, i + 1, f)
    h /= h.sum()
    return -np.sum(h * np.log(h + 0.1))


@program("messages on a graph, added at places", normal((5, 2), (2, 2)))
def graph_messages(h, W):
    source, target = np.array([0, 1, 2, 3, 4, 0, 2]), np.array([1, 2, 3, 4, 0, 3, 0])
    for layer in range(2):
        m = np.zeros_like(h)
        np.add.at(m, target, np.tanh(h[source] @ W))
        h = h + 0.5 * m
        h[0] = 0.0
    return np.sum(h**2)


@program("page ranks by iteration", within(0.2, 1, (4, 4)))
def page_ranks(links):
    np.fill_diagonal(links, 0)
    links /= links.sum(axis=0)
    r = np.ones(4) / 4
    for i in range(5):
        new = np.full(4, 0.15 / 4)
        new += 0.85 * links @ r
        r[:] = new
    return np.sum(r**2)


@program("Floyd and Warshall with soft minima", within(0.5, 2, (4, 4)))
def shortest_paths(D):
    np.fill_diagonal(D, 0.0)
    for k in range(4):
        D = np.minimum(D, D[:, k : k + 1] + D[k])
    D[D == 0] = 1.0
    return np.sum(np.log(D))


@program("values of states swept in place", within(0.5, 1, ()))
def values_swept(gamma):
    V = np.zeros(6)
    reward = np.zeros(6)
    reward[-1] = 1.0
    for sweep in range(6):
        for s in range(6):
            left, right = max(s - 1, 0), min(s + 1, 5)
            V[s] = reward[s] + gamma * 0.8 * (0.3 * V[left] + 0.7 * V[right])
    return V[0] * 100 + V.sum()


@program("temporal differences with eligibility traces", given(0.3, 0.8))
def eligibility_traces(alpha, lam):
    V, e = np.zeros(4), np.zeros(4)
    for s, s2, r in [(0, 1, 0.0), (1, 2, 0.5), (2, 1, 0.0), (1, 3, 1.0), (3, 0, -0.5), (0, 2, 0.2)]:
        delta = r + 0.9 * V[s2] - V[s]
        e *= 0.9 * lam
        e[s] += 1
        V += alpha * delta * e
    return V @ V


@program("training loop with momentum in place", normal(3, scale=0.5))
def momentum_in_place(w0):
    X, y = np.sin(np.arange(24.0)).reshape(8, 3), np.cos(np.arange(8.0))
    w, v = w0.copy(), np.zeros(3)
    for i in range(5):
        g = X.T @ (X @ w - y) / 8
        v *= 0.9
        v -= 0.3 * g
        w += v
    return np.sum((X @ w - y) ** 2)


@program("Adam's moments kept in dictionaries", both(normal(3, scale=0.5), given(0.1)))
def adam_in_dictionaries(w0, rate):
    params = {"w": w0.copy(), "b": np.zeros(1)}
    m = {k: np.zeros_like(v) for k, v in params.items()}
    s = {k: np.zeros_like(v) for k, v in params.items()}
    X, y = np.sin(np.arange(24.0)).reshape(8, 3), np.cos(np.arange(8.0))
    for t in range(1, 4):
        r = X @ params["w"] + params["b"] - y
        grads = {"w": X.T @ r, "b": np.array([r.sum()])}
        for k in params:
            m[k] = 0.9 * m[k] + 0.1 * grads[k]
            s[k] *= 0.99
            s[k] += 0.01 * grads[k] ** 2
            params[k] -= rate * m[k] / (1 - 0.9**t) / (np.sqrt(s[k] / (1 - 0.99**t)) + 1e-3)
    return np.sum((X @ params["w"] + params["b"] - y) ** 2)


@program("image blurred by shifted sums", normal((6, 6)))
def image_blurred(img):
    out = np.zeros((4, 4))
    for di in range(3):
        for dj in range(3):
            out += img[di : di + 4, dj : dj + 4] * (2 - abs(di - 1)) * (2 - abs(dj - 1)) / 16
    out[0] = out[-1] = 0
    return np.sum((img[1:-1, 1:-1] - out) ** 2)


@program("image columns by im2col", normal((2, 5, 5), (3, 18), scale=0.5))
def image_columns(img, w):
    cols = np.zeros((18, 9))
    at = 0
    for i in range(3):
        for j in range(3):
            cols[:, at] = img[:, i : i + 3, j : j + 3].reshape(-1)
            at += 1
    return np.sum((w @ cols) ** 2)


@program("image padded, then edges reflected", normal((4, 4)))
def image_reflected(img):
    big = np.zeros((6, 6))
    big[1:-1, 1:-1] = img
    big[0, :] = big[2, :]
    big[-1, :] = big[-3, :]
    big[:, 0] = big[:, 2]
    big[:, -1] = big[:, -3]
    gx = big[1:-1, 2:] - big[1:-1, :-2]
    gy = big[2:, 1:-1] - big[:-2, 1:-1]
    mag = np.sqrt(gx**2 + gy**2 + 0.1)
    mag[mag < 0.5] *= 0.5
    return np.sum(mag)


@program("Sobel's edges with a color's planes", normal((5, 5, 3)))
def color_planes(img):
    gray = np.zeros((5, 5))
    for channel, weight in enumerate((0.3, 0.59, 0.11)):
        gray += weight * img[..., channel]
    img[..., 0] = gray
    img[:, :, 1:] *= 0.5
    return np.sum(img**2 * np.arange(3))


@program("tokens embedded into a buffer, a mask filled", normal((6, 3), (3, 3), scale=0.7))
def tokens_into_a_buffer(E, W):
    x = np.empty((4, 3))
    for k, token in enumerate([2, 0, 5, 2]):
        x[k] = E[token]
    scores = x @ W @ x.T
    scores[np.triu_indices(4, 1)] = -np.inf
    scores -= scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    return np.sum((p @ x) ** 2)


@program("keys and values cached one by one", normal((4, 3), (3, 9), scale=0.6))
def keys_cached(x, W):
    K, V, out = np.zeros((4, 3)), np.zeros((4, 3)), []
    for t in range(4):
        q, K[t], V[t] = np.split(x[t] @ W, 3)
        a = np.exp(K[: t + 1] @ q)
        out.append((a / a.sum()) @ V[: t + 1])
    return np.sum(np.array(out) ** 2)


@program("heads of attention written to slices", normal((4, 6), (6, 6), scale=0.5))
def heads_to_slices(x, W):
    y = np.empty_like(x)
    for h in range(3):
        part = slice(2 * h, 2 * h + 2)
        q = (x @ W)[:, part]
        s = np.exp(q @ q.T / 2)
        y[:, part] = s @ x[:, part] / s.sum(axis=1, keepdims=True)
    return np.sum(y**2)


@program("quantum state by gates on its amplitudes", within(0, 3, 3))
def gates_on_amplitudes(angles):
    psi = np.zeros(8)
    psi[0] = 1.0
    for qubit, angle in enumerate(angles):
        c, s = np.cos(angle / 2), np.sin(angle / 2)
        step = 2**qubit
        for i in range(8):
            if not i & step:
                a, b = psi[i], psi[i | step]
                psi[i] = c * a - s * b
                psi[i | step] = s * a + c * b
    psi[[6, 7]] = psi[[7, 6]]
    return np.sum(psi**2 * np.arange(8))


@program("chemical network with its rates written by name", within(0.2, 1, 3))
def chemical_network(k):
    c = {"A": 1.0, "B": 0.5, "C": 0.0}
    series = np.zeros((6, 3))
    for n in range(6):
        rates = np.zeros(3)
        rates[0] = k[0] * c["A"]
        rates[1] = k[1] * c["B"] ** 2
        rates[2] = k[2] * c["A"] * c["B"]
        c["A"] += 0.1 * (-rates[0] - rates[2])
        c["B"] += 0.1 * (rates[0] - 2 * rates[1] - rates[2])
        c["C"] += 0.1 * (rates[1] + rates[2])
        series[n] = list(c.values())
    return np.sum(series**2)


@program("Monte Carlo paths column by column", given(0.05, 0.2))
def paths_by_columns(mu, sigma):
    Z = np.sin(np.arange(30.0) * 7.7).reshape(6, 5)
    S = np.zeros((6, 6))
    S[:, 0] = 1.0
    for t in range(5):
        S[:, t + 1] = S[:, t] * np.exp((mu - sigma**2 / 2) * 0.2 + sigma * np.sqrt(0.2) * Z[:, t])
    payoff = S[:, -1] - 0.9
    payoff[payoff < 0] = 0
    return payoff.mean() * 10


@program("a bond's cash flows discounted by a bootstrapped curve", within(0.01, 0.05, 5))
def curve_bootstrapped(rates):
    d = np.zeros(5)
    for i in range(5):
        d[i] = (1 - rates[i] * d[:i].sum()) / (1 + rates[i])
    flows = np.full(5, 4.0)
    flows[-1] += 100.0
    return flows @ d


@program("sums kept by Welford's recurrence", normal(N))
def welford(x):
    mean, m2 = 0.0, 0.0
    out = np.empty((N, 2))
    for n, v in enumerate(x):
        delta = v - mean
        mean += delta / (n + 1)
        m2 += delta * (v - mean)
        out[n] = mean, m2
    return np.sum(out[-1]) + out[4, 1]


@program("helpers that write to what they are given", normal(N))
def helpers_write(x):
    def clip_low(a, low=-1.0):
        a[a < low] = low

    def accumulate(into, values, weight=1.0):
        into += weight * values

    def shift(a):
        a[1:] = a[:-1]
        a[0] = 0.0

    y, total = x.copy(), np.zeros(N)
    for k in range(3):
        clip_low(y)
        accumulate(total, y, 0.5**k)
        shift(y)
    return np.sum(total**2)


@program("parameters unpacked into shaped arrays", normal(11, scale=0.5))
def parameters_unpacked(theta):
    shapes, at, arrays = [(2, 3), (3,), (2,)], 0, []
    for shape in shapes:
        a = np.empty(shape)
        size = a.size
        a.flat[:] = theta[at : at + size]
        at += size
        arrays.append(a)
    W, b, v = arrays
    W[W > 0.5] *= 0.5
    return np.sum(np.tanh(v @ W + b) ** 2)


@program("splines' basis by Cox and de Boor in a table", both(normal(5), within(0.1, 0.9, ())))
def basis_by_de_boor(c, x):
    t = np.array([0, 0, 0, 0, 0.5, 1, 1, 1, 1.0])
    k = 3 if x < 0.5 else 4
    d = [c[j + k - 3] for j in range(4)]
    for r in range(1, 4):
        for j in range(3, r - 1, -1):
            a = (x - t[j + k - 3]) / (t[j + 1 + k - r] - t[j + k - 3])
            d[j] = (1 - a) * d[j - 1] + a * d[j]
    return d[3]


@program("stack and matrix of traced rows", normal(4))
def matrix_of_rows(x):
    rows = []
    for k in range(3):
        row = np.zeros(4)
        row[k] = x[k]
        row[k + 1] = -x[k + 1]
        rows.append(row)
    M = np.array(rows)
    M[0] += M[1]
    M[:, -1] *= 2
    return np.sum((M @ x) ** 2)
