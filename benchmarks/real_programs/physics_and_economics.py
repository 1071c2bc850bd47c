"""Patterns of ceviche, bundle adjustment, QuantEcon, "From Python to NumPy" and lecture notes on numerical methods."""

import cmath
import math

import numpy as np
from numpy.random import default_rng
from scipy.integrate import odeint, quad, solve_ivp, trapezoid
from scipy.interpolate import CubicSpline, interp1d
from scipy.ndimage import convolve as nd_convolve
from scipy.signal import convolve2d, fftconvolve
from scipy.sparse import csr_matrix, diags
from scipy.special import erf

from .entering import both, given, normal, program, within

random = default_rng(6)


@program("ceviche: filter and projection of a density", within(0, 1, (6, 6)))
def density_projected(rho):
    kernel = np.array([[0.5, 1.0, 0.5], [1.0, 2.0, 1.0], [0.5, 1.0, 0.5]])
    kernel = kernel / kernel.sum()
    blurred = convolve2d(rho, kernel, mode="same")
    eta, beta = 0.5, 5.0
    projected = (np.tanh(beta * eta) + np.tanh(beta * (blurred - eta))) / (
        np.tanh(beta * eta) + np.tanh(beta * (1 - eta))
    )
    return np.sum((1 + 11 * projected) ** 2 * np.arange(6))


def density_projected_after(rho):
    kernel = np.array([[0.5, 1.0, 0.5], [1.0, 2.0, 1.0], [0.5, 1.0, 0.5]]) / 8
    padded = np.pad(rho, 1)
    blurred = sum(kernel[i, j] * padded[i : i + 6, j : j + 6] for i in range(3) for j in range(3))
    eta, beta = 0.5, 5.0
    projected = (np.tanh(beta * eta) + np.tanh(beta * (blurred - eta))) / (
        np.tanh(beta * eta) + np.tanh(beta * (1 - eta))
    )
    return np.sum((1 + 11 * projected) ** 2 * np.arange(6))


@program("ceviche: finite differences in time, one dimension", within(1, 3, 12))
def fields_in_time(eps):
    ez, hy = np.zeros(12), np.zeros(12)
    total = 0.0
    for t in range(14):
        hy[:-1] += 0.5 * (ez[1:] - ez[:-1])
        ez[1:] += 0.5 / eps[1:] * (hy[1:] - hy[:-1])
        ez[3] += np.exp(-((t - 5.0) ** 2) / 6.0)
        total += ez[9] ** 2
    return total * 100


def fields_in_time_after(eps):
    ez, hy = np.zeros(12), np.zeros(12)
    at = np.arange(12) == 3
    total = 0.0
    for t in range(14):
        hy = hy + 0.5 * np.concatenate([ez[1:] - ez[:-1], np.zeros(1)])
        ez = ez + 0.5 / eps * np.concatenate([np.zeros(1), hy[1:] - hy[:-1]])
        ez = ez + at * np.exp(-((t - 5.0) ** 2) / 6.0)
        total = total + ez[9] ** 2
    return total * 100


@program("ceviche: fields in two dimensions, rolled", within(1, 3, (6, 6)))
def fields_rolled(eps):
    Ez, Hx, Hy = np.zeros((6, 6)), np.zeros((6, 6)), np.zeros((6, 6))
    for t in range(6):
        Hx = Hx - 0.4 * (np.roll(Ez, -1, axis=1) - Ez)
        Hy = Hy + 0.4 * (np.roll(Ez, -1, axis=0) - Ez)
        curl = (Hy - np.roll(Hy, 1, axis=0)) - (Hx - np.roll(Hx, 1, axis=1))
        Ez = Ez + 0.4 * curl / eps
        Ez = Ez + np.pad(np.array([[math.sin(t * 0.9)]]), ((2, 3), (3, 2)))
    return np.sum(Ez[4:] ** 2)


@program("ceviche: permittivity averaged between cells", within(1, 3, (6, 6)))
def permittivity_averaged(eps):
    e_x = 1 / 2 * (eps + np.roll(eps, 1, axis=1))
    e_y = 1 / 2 * (eps + np.roll(eps, 1, axis=0))
    flat = np.concatenate([e_x.flatten(), e_y.flatten()])
    D = diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(72, 72)).tocsr()
    return np.sum((D @ flat) ** 2 / flat)


def permittivity_averaged_after(eps):
    e_x = 1 / 2 * (eps + np.roll(eps, 1, axis=1))
    e_y = 1 / 2 * (eps + np.roll(eps, 1, axis=0))
    flat = np.concatenate([e_x.flatten(), e_y.flatten()])
    D = diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(72, 72)).toarray()
    return np.sum((D @ flat) ** 2 / flat)


@program("ceviche: a mode solver's transfer matrices", within(1, 3, 4))
def transfer_matrices(n):
    k, d = 2 * np.pi / 1.5, 0.3
    M = np.eye(2)
    for each in n:
        c, s = np.cos(k * each * d), np.sin(k * each * d)
        M = M @ np.array([[c, -s / each], [each * s, c]])
    return 4 / ((M[0, 0] + M[1, 1]) ** 2 + (M[0, 1] - M[1, 0]) ** 2)


@program("photonics: reflection with complex amplitudes", within(1, 3, 4))
def reflection(n):
    r = 0j
    for k in range(3):
        step = (n[k] - n[k + 1]) / (n[k] + n[k + 1])
        phase = np.exp(2j * n[k + 1] * 0.7)
        r = (step + r * phase) / (1 + step * r * phase)
    return np.abs(r) ** 2


def reflection_after(n):
    real, imag = 0.0, 0.0
    for k in range(3):
        step = (n[k] - n[k + 1]) / (n[k] + n[k + 1])
        c, s = np.cos(2 * n[k + 1] * 0.7), np.sin(2 * n[k + 1] * 0.7)
        p, q = real * c - imag * s, real * s + imag * c
        size = (1 + step * p) ** 2 + (step * q) ** 2
        real = ((step + p) * (1 + step * p) + q * step * q) / size
        imag = (q * (1 + step * p) - (step + p) * step * q) / size
    return real**2 + imag**2


@program("bundle adjustment: rotation by Rodrigues' formula", both(normal(9, scale=0.2), normal((5, 3), scale=0.5)))
def bundle_adjustment(camera, points):
    r, t, (f, k1, k2) = camera[:3], camera[3:6], camera[6:]
    theta = np.sqrt(np.dot(r, r))
    v = r / theta
    dot = np.sum(points * v, axis=1)[:, np.newaxis]
    P = np.cos(theta) * points + np.sin(theta) * np.cross(v, points) + dot * (1 - np.cos(theta)) * v
    P = P + t + np.array([0.0, 0.0, 4.0])
    xy = -P[:, :2] / P[:, 2, np.newaxis]
    n = np.sum(xy**2, axis=1)
    projected = xy * ((1 + k1 * n + k2 * n**2) * (f + 2.0))[:, np.newaxis]
    observed = np.sin(np.arange(10.0)).reshape(5, 2)
    return 0.5 * np.sum((projected - observed).ravel() ** 2)


@program("From Python to NumPy: reaction and diffusion", given(0.16, 0.06))
def gray_scott(Du, F):
    Z = np.zeros((10, 10), [("U", np.double), ("V", np.double)])
    U, V = Z["U"], Z["V"]
    u, v = U[1:-1, 1:-1], V[1:-1, 1:-1]
    u[...] = 1.0
    U[4:6, 4:6], V[4:6, 4:6] = 0.5, 0.25
    for i in range(4):
        Lu = U[0:-2, 1:-1] + U[1:-1, 0:-2] - 4 * U[1:-1, 1:-1] + U[1:-1, 2:] + U[2:, 1:-1]
        Lv = V[0:-2, 1:-1] + V[1:-1, 0:-2] - 4 * V[1:-1, 1:-1] + V[1:-1, 2:] + V[2:, 1:-1]
        uvv = u * v * v
        u += Du * Lu - uvv + F * (1 - u)
        v += 0.08 * Lv + uvv - (F + 0.06) * v
    return np.sum(V**2) + np.sum(U * V)


def gray_scott_after(Du, F):
    u = np.ones((8, 8))
    v = np.zeros((8, 8))
    u[3:5, 3:5], v[3:5, 3:5] = 0.5, 0.25
    for i in range(4):
        U, V = np.pad(u, 1), np.pad(v, 1)
        Lu = U[0:-2, 1:-1] + U[1:-1, 0:-2] - 4 * u + U[1:-1, 2:] + U[2:, 1:-1]
        Lv = V[0:-2, 1:-1] + V[1:-1, 0:-2] - 4 * v + V[1:-1, 2:] + V[2:, 1:-1]
        uvv = u * v * v
        u, v = u + Du * Lu - uvv + F * (1 - u), v + 0.08 * Lv + uvv - (F + 0.06) * v
    return np.sum(v**2) + np.sum(u * v)


@program("From Python to NumPy: boids", normal((5, 2), (5, 2)))
def boids(position, velocity):
    for n in range(3):
        dx = np.subtract.outer(position[:, 0], position[:, 0])
        dy = np.subtract.outer(position[:, 1], position[:, 1])
        distance = np.hypot(dx, dy) + np.eye(5)
        mask = (distance > 0) * (distance < 2.0)
        count = np.maximum(mask.sum(axis=1), 1).reshape(5, 1)
        center = np.dot(mask, position) / count
        target = center - position
        norm = np.sqrt((target * target).sum(axis=1)).reshape(5, 1) + 1e-9
        target *= np.divide(0.5, norm)
        velocity += 0.1 * (target - velocity)
        position += velocity * 0.2
    return np.sum(position**2 * np.arange(1, 3))


@program("QuantEcon: a linear quadratic problem", within(0.5, 0.95, (), ()))
def linear_quadratic(beta, q):
    R, Q = np.diag([1.0, q]), np.array([[0.5]])
    A, B = np.array([[1.0, 0.1], [0.0, 0.9]]), np.array([[0.0], [0.2]])
    P, d = np.eye(2), 0.0
    for j in range(10):
        S1 = Q + beta * np.dot(B.T, np.dot(P, B))
        S2 = beta * np.dot(B.T, np.dot(P, A))
        S3 = beta * np.dot(A.T, np.dot(P, A))
        P, d = R - np.dot(S2.T, np.linalg.solve(S1, S2)) + S3, beta * (d + np.trace(P))
    return P[0, 0] + P[1, 1] + d


def linear_quadratic_after(beta, q):
    R, Q = np.diag([1.0, q]), np.array([[0.5]])
    A, B = np.array([[1.0, 0.1], [0.0, 0.9]]), np.array([[0.0], [0.2]])
    P, d = np.eye(2), 0.0
    for j in range(10):
        S1 = Q + beta * B.T @ P @ B
        S2 = beta * B.T @ P @ A
        S3 = beta * A.T @ P @ A
        P, d = R - S2.T @ np.linalg.solve(S1, S2) + S3, beta * (d + np.trace(P))
    return P[0, 0] + P[1, 1] + d


@program("QuantEcon: a search for a job", within(0.8, 0.95, (), ()))
def job_search(beta, c):
    w = np.linspace(1.0, 4.0, 8)
    q = np.ones(8) / 8
    v = w / (1 - beta)
    for i in range(20):
        v_new = np.empty_like(v)
        for s in range(8):
            v_new[s] = max(w[s] / (1 - beta), c + beta * np.sum(v * q))
        v = v_new
    return (1 - beta) * (c + beta * np.sum(v * q))


def job_search_after(beta, c):
    w = np.linspace(1.0, 4.0, 8)
    q = np.ones(8) / 8
    v = w / (1 - beta)
    for i in range(20):
        v = np.maximum(w / (1 - beta), c + beta * np.sum(v * q))
    return (1 - beta) * (c + beta * np.sum(v * q))


@program("QuantEcon: growth with values interpolated", within(0.3, 0.6, (), ()))
def optimal_growth(alpha, s):
    grid = np.linspace(0.2, 3.0, 7)
    v = np.log(grid)
    for n in range(3):
        consumed = (1 - s) * grid
        v = np.log(consumed) + 0.9 * np.interp((grid - consumed) ** alpha, grid, v)
    return np.sum(v)


@program("QuantEcon: stationary distribution of a chain", within(0.1, 0.4, 3))
def stationary_distribution(rates):
    a, b, c = rates
    P = np.array([[1 - a, a, 0.0], [b / 2, 1 - b, b / 2], [0.0, c, 1 - c]])
    M = np.eye(3) - P.T
    M[-1, :] = 1.0
    pi = np.linalg.solve(M, np.array([0.0, 0.0, 1.0]))
    return -np.sum(pi * np.log(pi))


@program("QuantEcon: prices of assets by a Lucas tree", within(0.85, 0.97, (), ()))
def lucas_tree(beta, gamma):
    P = np.array([[0.8, 0.2, 0.0], [0.1, 0.8, 0.1], [0.0, 0.3, 0.7]])
    growth = np.array([0.98, 1.02, 1.05])
    J = beta * P * growth ** (1 - gamma)
    v = np.linalg.solve(np.identity(3) - J * 0.9, J @ np.ones(3))
    return np.sum(v**2)


@program("option prices by Black and Scholes", given(100.0, 95.0, 0.5, 0.02, 0.3))
def black_scholes(S, K, T, r, sigma):
    d1 = (math.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)

    def cdf(x):
        return 0.5 * (1 + erf(x / math.sqrt(2)))

    return S * cdf(d1) - K * math.exp(-r * T) * cdf(d2)


def black_scholes_after(S, K, T, r, sigma):
    d1 = (np.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)

    def cdf(x):
        return 0.5 * (1 + erf(x / np.sqrt(2)))

    return S * cdf(d1) - K * np.exp(-r * T) * cdf(d2)


@program("option prices by a binomial tree", given(100.0, 0.3))
def binomial_tree(S, sigma):
    n, K, r, dt = 8, 95.0, 0.02, 0.1
    u = np.exp(sigma * np.sqrt(dt))
    d = 1 / u
    p = (np.exp(r * dt) - d) / (u - d)
    values = np.zeros(n + 1)
    for j in range(n + 1):
        values[j] = max(K - S * u**j * d ** (n - j), 0.0)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            values[j] = np.exp(-r * dt) * (p * values[j + 1] + (1 - p) * values[j])
            values[j] = max(values[j], K - S * u**j * d ** (i - j))
    return values[0]


@program("lecture notes: a pendulum by odeint", given(0.5, 1.0))
def pendulum_by_odeint(damping, length):
    def rate(y, t, damping, length):
        theta, omega = y
        return [omega, -damping * omega - 9.8 / length * np.sin(theta)]

    t = np.linspace(0, 1, 6)
    path = odeint(rate, [1.0, 0.0], t, args=(damping, length))
    return np.sum(path[:, 0] ** 2)


def pendulum_by_odeint_after(damping, length):
    def rate(y):
        return np.stack([y[1], -damping * y[1] - 9.8 / length * np.sin(y[0])])

    y, h, total = np.array([1.0, 0.0]), 0.005, 1.0
    for i in range(200):
        a = rate(y)
        b = rate(y + h / 2 * a)
        c = rate(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + rate(y + h * c))
        if i % 40 == 39:
            total = total + y[0] ** 2
    return total


@program("lecture notes: predators and prey by solve_ivp", within(0.5, 1.5, 4))
def predators_by_solve_ivp(theta):
    a, b, c, d = theta

    def rate(t, z):
        x, y = z
        return np.array([a * x - b * x * y, -c * y + d * x * y])

    found = solve_ivp(rate, (0.0, 1.0), [1.0, 0.5], rtol=1e-9, atol=1e-11)
    return np.sum(found.y[:, -1] ** 2)


def predators_by_solve_ivp_after(theta):
    a, b, c, d = theta

    def rate(z):
        return np.stack([a * z[0] - b * z[0] * z[1], -c * z[1] + d * z[0] * z[1]])

    z, h = np.array([1.0, 0.5]), 0.02
    for i in range(50):
        k1 = rate(z)
        k2 = rate(z + h / 2 * k1)
        k3 = rate(z + h / 2 * k2)
        z = z + h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(z + h * k3))
    return np.sum(z**2)


@program("lecture notes: three bodies", normal((3, 2)))
def three_bodies(positions):
    masses = np.array([1.0, 0.8, 0.5])

    def rate(state):
        pos, vel = state[:3], state[3:]
        acc = np.zeros((3, 2))
        for i in range(3):
            for j in range(3):
                if i != j:
                    r = pos[j] - pos[i]
                    acc[i] += masses[j] * r / (np.dot(r, r) + 0.05) ** 1.5
        return np.vstack([vel, acc])

    state = np.vstack([positions, np.zeros((3, 2))])
    for n in range(3):
        k1 = rate(state)
        k2 = rate(state + 0.025 * k1)
        state = state + 0.05 * k2
    return np.sum(state**2)


@program("lecture notes: Ising energy of soft spins", within(-1, 1, (5, 5)))
def soft_spins(spins):
    E = 0
    for i in range(len(spins)):
        for j in range(len(spins)):
            S = spins[i, j]
            nb = spins[(i + 1) % 5, j] + spins[i, (j + 1) % 5] + spins[(i - 1) % 5, j] + spins[i, (j - 1) % 5]
            E += -nb * S
    return E / 2.0


@program("lecture notes: a spline through points", normal(6))
def spline_through_points(y):
    spline = CubicSpline(np.arange(6.0), y)
    return np.sum(spline(np.linspace(0.2, 4.8, 9)) ** 2)


def spline_through_points_after(y):
    basis = CubicSpline(np.arange(6.0), np.eye(6))(np.linspace(0.2, 4.8, 9))
    return np.sum((basis @ y) ** 2)


@program("lecture notes: linear interpolation", normal(6))
def linear_interpolation(y):
    f = interp1d(np.arange(6.0), y)
    return np.sum(f(np.linspace(0.2, 4.8, 9)) ** 2)


def linear_interpolation_after(y):
    return np.sum(np.interp(np.linspace(0.2, 4.8, 9), np.arange(6.0), y) ** 2)


@program("lecture notes: integral of a spectrum", within(0.5, 1.5, ()))
def integral_of_a_spectrum(T):
    x = np.linspace(0.1, 10, 40)
    spectrum = x**3 / (np.exp(x / T) - 1)
    return trapezoid(spectrum, x)


def integral_of_a_spectrum_after(T):
    x = np.linspace(0.1, 10, 40)
    spectrum = x**3 / (np.exp(x / T) - 1)
    return np.sum((spectrum[1:] + spectrum[:-1]) / 2 * np.diff(x))


@program("lecture notes: integral by quad", within(0.5, 1.5, ()))
def integral_by_quad(a):
    return quad(lambda x: np.exp(-a * x**2) * np.cos(x), 0, 2)[0]


def integral_by_quad_after(a):
    points, weights = np.polynomial.legendre.leggauss(20)
    x = points + 1
    return np.sum(weights * np.exp(-a * x**2) * np.cos(x))


@program("lecture notes: smoothing by convolution", normal((6, 6)))
def smoothing_by_convolution(image):
    kernel = np.outer([1.0, 2.0, 1.0], [1.0, 2.0, 1.0]) / 16
    blurred = nd_convolve(image, kernel, mode="reflect")
    return np.sum((image - blurred) ** 2)


def smoothing_by_convolution_after(image):
    kernel = np.outer([1.0, 2.0, 1.0], [1.0, 2.0, 1.0]) / 16
    padded = np.pad(image, 1, mode="edge")
    blurred = sum(kernel[i, j] * padded[i : i + 6, j : j + 6] for i in range(3) for j in range(3))
    return np.sum((image - blurred) ** 2)


@program("lecture notes: convolution by Fourier transforms", normal(12))
def convolution_by_fourier(signal):
    kernel = np.exp(-(np.linspace(-1, 1, 5) ** 2))
    return np.sum(fftconvolve(signal, kernel, mode="same") ** 2) + np.sum(np.convolve(signal, kernel, "valid"))


def convolution_by_fourier_after(signal):
    kernel = np.exp(-(np.linspace(-1, 1, 5) ** 2))
    padded = np.pad(signal, 2)
    same = sum(kernel[k] * padded[4 - k : 16 - k] for k in range(5))
    return np.sum(same**2) + np.sum(same[2:-2])


@program("lecture notes: power spectrum", normal(8))
def power_spectrum(signal):
    spectrum = np.fft.rfft(signal * np.hanning(8))
    power = np.abs(spectrum) ** 2
    return np.sum(power * np.arange(5)) / np.sum(power)


def power_spectrum_after(signal):
    angles = 2 * np.pi * np.outer(np.arange(5), np.arange(8)) / 8
    windowed = signal * np.hanning(8)
    power = (np.cos(angles) @ windowed) ** 2 + (np.sin(angles) @ windowed) ** 2
    return np.sum(power * np.arange(5)) / np.sum(power)


@program("lecture notes: roots of a quadratic with cmath", given(1.0, 2.0, 5.0))
def complex_roots(a, b, c):
    root = cmath.sqrt(b * b - 4 * a * c)
    z = (-b + root) / (2 * a)
    return abs(z) + z.real * z.imag


def complex_roots_after(a, b, c):
    real, imag = -b / (2 * a), np.sqrt(4 * a * c - b * b) / (2 * a)
    return np.sqrt(real**2 + imag**2) + real * imag


@program("lecture notes: Newton's method", within(1, 5, ()))
def newton(a):
    x = a
    for i in range(30):
        step = (x**3 - a) / (3 * x**2)
        x -= step
        if abs(step) < 1e-12:
            break
    return float(x) if not hasattr(x, "shape") else x


@program("lecture notes: a sparse Laplacian", within(0.5, 1.5, 6))
def sparse_laplacian(u):
    rows = np.repeat(np.arange(6), 3)
    columns = (rows + np.tile([-1, 0, 1], 6)) % 6
    A = csr_matrix((np.tile([1.0, -2.0, 1.0], 6), (rows, columns)), shape=(6, 6))
    for n in range(3):
        u = u + 0.1 * A.dot(u)
    return np.sum(u**2 * np.arange(6))


def sparse_laplacian_after(u):
    rows = np.repeat(np.arange(6), 3)
    columns = (rows + np.tile([-1, 0, 1], 6)) % 6
    A = csr_matrix((np.tile([1.0, -2.0, 1.0], 6), (rows, columns)), shape=(6, 6)).toarray()
    for n in range(3):
        u = u + 0.1 * (A @ u)
    return np.sum(u**2 * np.arange(6))


@program("lecture notes: epidemic with daily records", within(0.2, 0.8, (), ()))
def epidemic(beta, gamma):
    S, I, R = np.zeros(12), np.zeros(12), np.zeros(12)
    S[0], I[0] = 0.95, 0.05
    for t in range(11):
        S[t + 1] = S[t] - beta * S[t] * I[t]
        I[t + 1] = I[t] + beta * S[t] * I[t] - gamma * I[t]
        R[t + 1] = R[t] + gamma * I[t]
    return np.max(I) + np.sum((R - np.linspace(0, 0.6, 12)) ** 2)


def epidemic_after(beta, gamma):
    s, i, r, infected, fit = 0.95, 0.05, 0.0, [], 0.0
    for seen in np.linspace(0, 0.6, 12):
        infected.append(i + 0 * beta)
        fit = fit + (r - seen) ** 2
        s, i, r = s - beta * s * i, i + beta * s * i - gamma * i, r + gamma * i
    return np.max(np.stack(infected)) + fit


@program("lecture notes: the Lorenz system into an array", given(10.0, 28.0, 2.6))
def lorenz(sigma, rho, b):
    xs, ys, zs = np.empty(21), np.empty(21), np.empty(21)
    xs[0], ys[0], zs[0] = 0.0, 1.0, 1.05
    for i in range(20):
        xs[i + 1] = xs[i] + sigma * (ys[i] - xs[i]) * 0.01
        ys[i + 1] = ys[i] + (rho * xs[i] - ys[i] - xs[i] * zs[i]) * 0.01
        zs[i + 1] = zs[i] + (xs[i] * ys[i] - b * zs[i]) * 0.01
    return np.mean(xs**2) + zs[-1]
