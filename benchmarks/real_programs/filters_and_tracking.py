"""Patterns of rlabbe/filterpy and of the notebooks that go with it; `library_filterpy.py` calls it itself."""

import numpy as np
from numpy import dot, eye, zeros
from numpy.linalg import inv
from scipy.linalg import block_diag, expm

from .entering import both, given, normal, program, within

SEEN = np.sin(np.arange(8) / 3.0) + 0.1 * np.cos(np.arange(8) * 5.0)


class KalmanFilter:
    def __init__(self, dim_x, dim_z):
        self.x, self.P, self.Q, self.F = zeros((dim_x, 1)), eye(dim_x), eye(dim_x), eye(dim_x)
        self.H, self.R = zeros((dim_z, dim_x)), eye(dim_z)
        self._I = eye(dim_x)

    def predict(self):
        self.x = dot(self.F, self.x)
        self.P = dot(dot(self.F, self.P), self.F.T) + self.Q

    def update(self, z):
        self.y = z - dot(self.H, self.x)
        PHT = dot(self.P, self.H.T)
        self.S = dot(self.H, PHT) + self.R
        self.K = dot(PHT, inv(self.S))
        self.x = self.x + dot(self.K, self.y)
        I_KH = self._I - dot(self.K, self.H)
        self.P = dot(dot(I_KH, self.P), I_KH.T) + dot(dot(self.K, self.R), self.K.T)


@program("filterpy/kalman/kalman_filter.py: variances of a tracker", within(0.3, 1.2, (), ()))
def kalman_filter(q, r):
    f = KalmanFilter(2, 1)
    f.F = np.array([[1.0, 0.5], [0.0, 1.0]])
    f.H = np.array([[1.0, 0.0]])
    f.Q *= q
    f.R *= r
    loss = 0.0
    for z in SEEN:
        f.predict()
        f.update(z)
        loss += 0.5 * (np.log(f.S[0, 0]) + f.y[0, 0] ** 2 / f.S[0, 0])
    return loss


@program("filterpy/kalman: a batch kept in arrays", within(0.3, 1.2, (), ()))
def kalman_batch(q, r):
    n = len(SEEN)
    means, covariances = zeros((n, 2)), zeros((n, 2, 2))
    x, P, F, H = np.array([0.0, 0.3]), eye(2) * 10, np.array([[1.0, 0.5], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    Q = eye(2)
    Q[0, 0], Q[1, 1] = q * 0.1, q
    for i, z in enumerate(SEEN):
        x = dot(F, x)
        P = dot(F, P).dot(F.T) + Q
        S = dot(H, P).dot(H.T) + r
        K = dot(P, H.T).dot(inv(S))
        x = x + dot(K, z - dot(H, x))
        P = P - dot(K, H).dot(P)
        means[i, :] = x
        covariances[i, :, :] = P
    # Rauch, Tung and Striebel's smoother runs back over them.
    for k in range(n - 2, -1, -1):
        Pp = dot(F, covariances[k]).dot(F.T) + Q
        K = dot(covariances[k], F.T).dot(inv(Pp))
        means[k] += dot(K, means[k + 1] - dot(F, means[k]))
        covariances[k] += dot(K, covariances[k + 1] - Pp).dot(K.T)
    return np.sum(means**2) + np.sum(covariances[:, 0, 0])


@program("filterpy/common/discretization.py: van Loan's method", within(0.5, 1.5, (), ()))
def van_loan(sigma, dt):
    F = np.array([[0.0, 1.0], [0.0, 0.0]])
    G = np.array([[0.0], [1.0]]) * sigma
    n = F.shape[0]
    A = zeros((2 * n, 2 * n))
    A[0:n, 0:n] = -F * dt
    A[0:n, n : 2 * n] = G.dot(G.T) * dt
    A[n : 2 * n, n : 2 * n] = F.T * dt
    B = expm(A)
    phi = B[n : 2 * n, n : 2 * n].T
    Q = phi.dot(B[0:n, n : 2 * n])
    return np.sum(Q**2)


@program("filterpy/common/discretization.py: white noise in several dimensions", within(0.5, 1.5, (), ()))
def white_noise_blocks(dt, var):
    Q = np.array([[0.25 * dt**4, 0.5 * dt**3], [0.5 * dt**3, dt**2]]) * var
    return np.sum(block_diag(Q, Q * 2.0) ** 3)


def white_noise_blocks_after(dt, var):
    Q = np.stack([np.stack([0.25 * dt**4, 0.5 * dt**3]), np.stack([0.5 * dt**3, dt**2])]) * var
    return np.sum(Q**3) + np.sum((Q * 2.0) ** 3)


@program("filterpy/gh/gh_filter.py", within(0.2, 0.8, (), ()))
def g_h_filter(g, h):
    x, dx, dt = 0.0, 0.3, 1.0
    results = np.zeros((len(SEEN) + 1, 2))
    results[0] = [x, dx]
    for i, z in enumerate(SEEN):
        x_prediction = x + dx * dt
        residual = z - x_prediction
        dx = dx + h * residual / dt
        x = x_prediction + g * residual
        results[i + 1, 0] = x
        results[i + 1, 1] = dx
    return np.sum((results[1:, 0] - SEEN) ** 2)


@program("filterpy/kalman/UKF.py: unscented filter of a range", within(0.5, 1.5, 2, ()))
def unscented_filter(x, q):
    P = eye(2)
    for z in SEEN[:3] + 2.0:
        U = np.linalg.cholesky(P * 2.5)
        sigmas = zeros((5, 2))
        sigmas[0] = x
        for k in range(2):
            sigmas[k + 1] = x + U.T[k]
            sigmas[2 + k + 1] = x - U.T[k]
        Wm = np.full(5, 0.2)
        for i, s in enumerate(sigmas):
            sigmas[i] = np.array([s[0] + 0.1 * s[1], s[1] * 0.95])
        x = dot(Wm, sigmas)
        y = sigmas - x[np.newaxis, :]
        P = dot(y.T, dot(np.diag(Wm), y)) + q * eye(2)
        ranges = np.sqrt(sigmas[:, 0] ** 2 + 4.0)
        zp = dot(Wm, ranges)
        Pz = dot(Wm, (ranges - zp) ** 2) + 0.3
        Pxz = zeros(2)
        for i in range(5):
            Pxz += Wm[i] * (sigmas[i] - x) * (ranges[i] - zp)
        K = Pxz / Pz
        x = x + K * (z - zp)
        P = P - np.outer(K, K) * Pz
    return np.sum(x**2) + np.trace(P)


@program("filterpy/discrete_bayes: update, shift, normalize", within(0.1, 1, 6, ()))
def discrete_bayes(belief, hit):
    hall = np.array([1, 0, 0, 1, 0, 1])

    def normalize(pdf):
        pdf /= sum(pdf)
        return pdf

    belief = normalize(belief)
    for k in range(3):
        likelihood = np.ones(6)
        likelihood[hall == 1] *= 1 + hit
        belief = normalize(likelihood * belief)
        prior = np.zeros(6)
        for i in range(6):
            for shift, p in ((0, 0.1), (1, 0.8), (2, 0.1)):
                prior[(i + shift) % 6] += belief[i] * p
        belief = prior
    return np.sum(belief**2 * np.arange(6))


@program("filterpy/kalman/IMM.py: models mixed", both(within(0.2, 0.8, ()), normal((2, 2))))
def models_mixed(stay, states):
    M = np.array([[stay, 1 - stay], [0.3, 0.7]])
    mu = np.array([0.6, 0.4])
    for z in SEEN[:3]:
        cbar = dot(mu, M)
        omega = zeros((2, 2))
        for i in range(2):
            for j in range(2):
                omega[i, j] = (M[i, j] * mu[i]) / cbar[j]
        mixed = []
        for w in omega.T:
            x = zeros(2)
            for state, wj in zip(states, w):
                x += state * wj
            mixed.append(x)
        for i, x in enumerate(mixed):
            mu[i] = cbar[i] * np.exp(-0.5 * (z - x[0]) ** 2)
        mu /= np.sum(mu)
        states = np.array(mixed) * 0.9
    return mu[0] + np.sum(states**2)


@program("filterpy/memory/fading_memory.py", within(0.3, 0.9, ()))
def fading_memory(beta):
    x, G, H, K = zeros(3), 1 - beta**3, 1.5 * (1 + beta) * (1 - beta) ** 2, 0.5 * (1 - beta) ** 3
    total = 0.0
    for z in SEEN:
        dx0, dx1 = x[1].copy(), x[2].copy()
        x[0] = x[0] + dx0 + 0.5 * dx1
        x[1] = x[1] + dx1
        y = z - x[0]
        x[0] += G * y
        x[1] += H * y
        x[2] += 2 * K * y
        total += y**2
    return total


@program("filterpy/leastsq/least_squares.py: recursive", within(0.5, 1.5, ()))
def recursive_least_squares(noise):
    x = np.array([[0.0], [0.0]])
    P = eye(2) * 5.0
    for k, z in enumerate(SEEN):
        H = np.array([[1.0, float(k)]])
        K = dot(P, H.T) / (dot(H, P).dot(H.T) + noise)
        x += dot(K, z - dot(H, x))
        P -= dot(K, H).dot(P)
    return (x.T @ x).item() + np.trace(P)


def recursive_least_squares_after(noise):
    x = np.array([[0.0], [0.0]])
    P = eye(2) * 5.0
    for k, z in enumerate(SEEN):
        H = np.array([[1.0, float(k)]])
        K = dot(P, H.T) / (dot(H, P).dot(H.T) + noise)
        x += dot(K, z - dot(H, x))
        P -= dot(K, H).dot(P)
    return np.sum(x.T @ x) + np.trace(P)


@program("filterpy/common: inverse of a block by sequential updates", given([0.5, 0.8, 0.3]))
def sequential_updates(r):
    x, P = np.array([1.0, 0.5, -0.2]), np.diag([1.0, 2.0, 0.5]) + 0.1
    for i in range(3):
        h = np.zeros(3)
        h[i] = 1.0
        s = h @ P @ h + r[i]
        k = P @ h / s
        x = x + k * (SEEN[i] - h @ x)
        P = P - np.outer(k, h @ P)
    np.fill_diagonal(P, P.diagonal() + 1e-3 * r)
    return x @ x + np.sum(P)
