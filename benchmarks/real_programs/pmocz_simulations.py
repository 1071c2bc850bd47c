"""Patterns of pmocz's simulations, one short file for each method."""

import numpy as np
from numpy.random import default_rng

from .entering import both, given, normal, program, within

random = default_rng(2)
MASS = random.uniform(0.5, 1.5, (5, 1))
VELOCITY = 0.1 * random.normal(size=(5, 3))
GRID = (np.arange(8) + 0.5) / 8
X, Y = np.meshgrid(GRID, GRID)


def accelerations(pos, mass, G, softening):
    x, y, z = pos[:, 0:1], pos[:, 1:2], pos[:, 2:3]
    dx, dy, dz = x.T - x, y.T - y, z.T - z
    inv_r3 = dx**2 + dy**2 + dz**2 + softening**2
    inv_r3[inv_r3 > 0] = inv_r3[inv_r3 > 0] ** (-1.5)
    ax = G * (dx * inv_r3) @ mass
    ay = G * (dy * inv_r3) @ mass
    az = G * (dz * inv_r3) @ mass
    return np.hstack((ax, ay, az))


@program("nbody-python: leapfrog", normal((5, 3)))
def n_body(pos):
    vel = VELOCITY - np.mean(MASS * VELOCITY, 0) / np.mean(MASS)
    acc = accelerations(pos, MASS, 1.0, 0.1)
    for i in range(5):
        vel += acc * 0.01 / 2.0
        pos += vel * 0.01
        acc = accelerations(pos, MASS, 1.0, 0.1)
        vel += acc * 0.01 / 2.0
    return 0.5 * np.sum(np.sum(MASS * vel**2)) + np.sum(pos**2)


def n_body_after(pos):
    def acc(pos):
        d = pos[None] - pos[:, None]
        return np.sum(d * (np.sum(d**2, axis=2, keepdims=True) + 0.01) ** -1.5 * MASS[None], axis=1)

    vel = VELOCITY - np.mean(MASS * VELOCITY, 0) / np.mean(MASS)
    a = acc(pos)
    for i in range(5):
        vel = vel + a * 0.01 / 2.0
        pos = pos + vel * 0.01
        a = acc(pos)
        vel = vel + a * 0.01 / 2.0
    return 0.5 * np.sum(MASS * vel**2) + np.sum(pos**2)


@program("nbody-python: energies", normal((5, 3)))
def n_body_energy(pos):
    dx = pos[:, None] - pos[None]
    inv_r = np.sqrt(np.sum(dx**2, axis=2))
    inv_r[inv_r > 0] = 1.0 / inv_r[inv_r > 0]
    return np.sum(np.sum(np.triu(-(MASS * MASS.T) * inv_r, 1)))


@program("nbody-symplectic-python: a fourth-order step", normal((5, 3)))
def n_body_symplectic(pos):
    vel = VELOCITY.copy()
    w1 = 1.0 / (2.0 - 2 ** (1 / 3))
    w0 = -(2 ** (1 / 3)) * w1
    c = [w1 / 2, (w0 + w1) / 2, (w0 + w1) / 2, w1 / 2]
    d = [w1, w0, w1, 0.0]
    x = np.copy(pos)
    for i in range(2):
        for k in range(4):
            x += c[k] * vel * 0.02
            if d[k] != 0.0:
                vel += d[k] * accelerations(x, MASS, 1.0, 0.1) * 0.02
    return np.sum(x * vel)


def n_body_symplectic_after(pos):
    vel = np.array(VELOCITY)
    w1 = 1.0 / (2.0 - 2 ** (1 / 3))
    w0 = -(2 ** (1 / 3)) * w1
    c = [w1 / 2, (w0 + w1) / 2, (w0 + w1) / 2, w1 / 2]
    d = [w1, w0, w1, 0.0]
    x = np.copy(pos)
    for i in range(2):
        for k in range(4):
            x += c[k] * vel * 0.02
            if d[k] != 0.0:
                vel += d[k] * accelerations(x, MASS, 1.0, 0.1) * 0.02
    return np.sum(x * vel)


def conserved(rho, vx, vy, P, gamma, vol):
    return rho * vol, rho * vx * vol, rho * vy * vol, (P / (gamma - 1) + 0.5 * rho * (vx**2 + vy**2)) * vol


@program("finitevolume-python: Euler equations", given(0.1, 1.4))
def finite_volume(w0, gamma):
    dx, vol = 1 / 8, 1 / 64
    rho = 1.0 + (np.abs(Y - 0.5) < 0.25)
    vx = -0.5 + (np.abs(Y - 0.5) < 0.25)
    vy = w0 * np.sin(4 * np.pi * X) * (np.exp(-((Y - 0.25) ** 2) / 0.01) + np.exp(-((Y - 0.75) ** 2) / 0.01))
    P = 2.5 * np.ones(X.shape)
    mass, momx, momy, energy = conserved(rho, vx, vy, P, gamma, vol)

    def flux(left, right):
        (rl, vl, wl, pl), (rr, vr, wr, pr) = left, right
        en_l = pl / (gamma - 1) + 0.5 * rl * (vl**2 + wl**2)
        en_r = pr / (gamma - 1) + 0.5 * rr * (vr**2 + wr**2)
        rho_s, mom_s, momw_s = 0.5 * (rl + rr), 0.5 * (rl * vl + rr * vr), 0.5 * (rl * wl + rr * wr)
        en_s = 0.5 * (en_l + en_r)
        p_s = (gamma - 1) * (en_s - 0.5 * (mom_s**2 + momw_s**2) / rho_s)
        C = np.maximum(np.sqrt(gamma * pl / rl) + np.abs(vl), np.sqrt(gamma * pr / rr) + np.abs(vr))
        flux_mass = mom_s
        flux_mom = mom_s**2 / rho_s + p_s
        flux_momw = mom_s * momw_s / rho_s
        flux_energy = (en_s + p_s) * mom_s / rho_s
        flux_mass -= C * 0.5 * (rl - rr)
        flux_mom -= C * 0.5 * (rl * vl - rr * vr)
        flux_momw -= C * 0.5 * (rl * wl - rr * wr)
        flux_energy -= C * 0.5 * (en_l - en_r)
        return flux_mass, flux_mom, flux_momw, flux_energy

    def apply(F, flux, axis):
        F += -0.002 * dx * flux
        F += 0.002 * dx * np.roll(flux, 1, axis=axis)
        return F

    for n in range(2):
        rho = mass / vol
        vx, vy = momx / rho / vol, momy / rho / vol
        P = (energy / vol - 0.5 * rho * (vx**2 + vy**2)) * (gamma - 1)
        state = (rho, vx, vy, P)
        down = tuple(np.roll(s, -1, axis=0) for s in state)
        across = tuple(np.roll(s, -1, axis=1) for s in state)
        m, my, mx, e = flux((rho, vy, vx, P), (down[0], down[2], down[1], down[3]))
        m2, mx2, my2, e2 = flux((rho, vx, vy, P), across)
        mass, momx = apply(apply(mass, m, 0), m2, 1), apply(apply(momx, mx, 0), mx2, 1)
        momy, energy = apply(apply(momy, my, 0), my2, 1), apply(apply(energy, e, 0), e2, 1)
    return np.sum(mass**2) + np.sum(momy**2) * 100 + np.sum(energy * Y)


def finite_volume_after(w0, gamma):
    dx, vol = 1 / 8, 1 / 64
    rho = 1.0 + (np.abs(Y - 0.5) < 0.25)
    vx = -0.5 + (np.abs(Y - 0.5) < 0.25)
    vy = w0 * np.sin(4 * np.pi * X) * (np.exp(-((Y - 0.25) ** 2) / 0.01) + np.exp(-((Y - 0.75) ** 2) / 0.01))
    P = 2.5 * np.ones(X.shape)
    mass, momx, momy, energy = conserved(rho, vx, vy, P, gamma, vol)

    def flux(left, right):
        (rl, vl, wl, pl), (rr, vr, wr, pr) = left, right
        en_l = pl / (gamma - 1) + 0.5 * rl * (vl**2 + wl**2)
        en_r = pr / (gamma - 1) + 0.5 * rr * (vr**2 + wr**2)
        rho_s, mom_s, momw_s = 0.5 * (rl + rr), 0.5 * (rl * vl + rr * vr), 0.5 * (rl * wl + rr * wr)
        en_s = 0.5 * (en_l + en_r)
        p_s = (gamma - 1) * (en_s - 0.5 * (mom_s**2 + momw_s**2) / rho_s)
        C = np.maximum(np.sqrt(gamma * pl / rl) + np.abs(vl), np.sqrt(gamma * pr / rr) + np.abs(vr))
        flux_mass = mom_s
        flux_mom = mom_s**2 / rho_s + p_s
        flux_momw = mom_s * momw_s / rho_s
        flux_energy = (en_s + p_s) * mom_s / rho_s
        flux_mass -= C * 0.5 * (rl - rr)
        flux_mom -= C * 0.5 * (rl * vl - rr * vr)
        flux_momw -= C * 0.5 * (rl * wl - rr * wr)
        flux_energy -= C * 0.5 * (en_l - en_r)
        return flux_mass, flux_mom, flux_momw, flux_energy

    def apply(F, flux, axis):
        F = np.array(F)
        F += -0.002 * dx * flux
        F += 0.002 * dx * np.roll(flux, 1, axis=axis)
        return F

    for n in range(2):
        rho = mass / vol
        vx, vy = momx / rho / vol, momy / rho / vol
        P = (energy / vol - 0.5 * rho * (vx**2 + vy**2)) * (gamma - 1)
        state = (rho, vx, vy, P)
        down = tuple(np.roll(s, -1, axis=0) for s in state)
        across = tuple(np.roll(s, -1, axis=1) for s in state)
        m, my, mx, e = flux((rho, vy, vx, P), (down[0], down[2], down[1], down[3]))
        m2, mx2, my2, e2 = flux((rho, vx, vy, P), across)
        mass, momx = apply(apply(mass, m, 0), m2, 1), apply(apply(momx, mx, 0), mx2, 1)
        momy, energy = apply(apply(momy, my, 0), my2, 1), apply(apply(energy, e, 0), e2, 1)
    return np.sum(mass**2) + np.sum(momy**2) * 100 + np.sum(energy * Y)


@program("finitevolume2-python: limited slopes", within(1, 2, (6, 6)))
def slope_limited_gradients(f):
    dx = 1.0 / 6
    f_dx = (np.roll(f, -1, axis=0) - np.roll(f, 1, axis=0)) / (2 * dx)
    low = (f - np.roll(f, 1, axis=0)) / dx
    f_dx = np.maximum(0.0, np.minimum(1.0, low / (f_dx + 1.0e-8 * (f_dx == 0)))) * f_dx
    f_XL = f - f_dx * dx / 2
    f_XL = np.roll(f_XL, -1, axis=0)
    return np.sum(f_XL**2 * f)


IDXS = np.arange(9)
CXS = np.array([0, 0, 1, 1, 1, 0, -1, -1, -1])
CYS = np.array([0, 1, 1, 0, -1, -1, -1, 0, 1])
WEIGHTS = np.array([4 / 9, 1 / 9, 1 / 36, 1 / 9, 1 / 36, 1 / 9, 1 / 36, 1 / 9, 1 / 36])
CYLINDER = (X - 0.3) ** 2 + (Y - 0.5) ** 2 < 0.04


@program("latticeboltzmann-python: flow past a cylinder", given(0.7, 2.0))
def lattice_boltzmann(tau, push):
    F = np.ones((8, 8, 9)) + 0.01 * np.sin(np.arange(576.0)).reshape(8, 8, 9)
    F[:, :, 3] += push * (1 + 0.2 * np.cos(2 * np.pi * X * 4))
    rho = np.sum(F, 2)
    for i in IDXS:
        F[:, :, i] *= 10.0 / rho
    for it in range(3):
        for i, cx, cy in zip(IDXS, CXS, CYS):
            F[:, :, i] = np.roll(F[:, :, i], cx, axis=1)
            F[:, :, i] = np.roll(F[:, :, i], cy, axis=0)
        bndryF = F[CYLINDER, :]
        bndryF = bndryF[:, [0, 5, 6, 7, 8, 1, 2, 3, 4]]
        rho = np.sum(F, 2)
        ux = np.sum(F * CXS, 2) / rho
        uy = np.sum(F * CYS, 2) / rho
        Feq = np.zeros(F.shape)
        for i, cx, cy, w in zip(IDXS, CXS, CYS, WEIGHTS):
            Feq[:, :, i] = (
                rho * w * (1 + 3 * (cx * ux + cy * uy) + 9 * (cx * ux + cy * uy) ** 2 / 2 - 3 * (ux**2 + uy**2) / 2)
            )
        F += -(1.0 / tau) * (F - Feq)
        F[CYLINDER, :] = bndryF
    ux[CYLINDER] = 0
    uy[CYLINDER] = 0
    vorticity = (np.roll(ux, -1, axis=0) - np.roll(ux, 1, axis=0)) - (np.roll(uy, -1, axis=1) - np.roll(uy, 1, axis=1))
    vorticity[CYLINDER] = 0.0
    return np.sum(vorticity**2)


@program("navier-stokes-spectral-python: one step by Fourier transforms", within(-1, 1, (8, 8), (8, 8)))
def spectral_navier_stokes(vx, vy):
    klin = 2.0 * np.pi * np.fft.fftfreq(8, 1 / 8)
    kx, ky = np.meshgrid(klin, klin)
    kSq = kx**2 + ky**2
    kSq_inv = 1.0 / np.where(kSq == 0, 1.0, kSq)
    dvx_x = np.real(np.fft.ifftn(1j * kx * np.fft.fftn(vx)))
    dvx_y = np.real(np.fft.ifftn(1j * ky * np.fft.fftn(vx)))
    rhs = -(vx * dvx_x + vy * dvx_y)
    div = np.fft.fftn(rhs)
    P_hat = -(div * kSq_inv)
    dP = np.real(np.fft.ifftn(1j * kx * P_hat))
    vx = vx + 0.01 * (rhs - dP)
    vx = np.real(np.fft.ifftn(np.fft.fftn(vx) / (1.0 + 0.01 * 0.1 * kSq)))
    return np.sum(vx**2)


def spectral_navier_stokes_after(vx, vy):
    k = 2.0 * np.pi * np.fft.fftfreq(8, 1 / 8)
    kx, ky = np.meshgrid(k, k)
    kSq = kx**2 + ky**2
    each = np.eye(64).reshape(64, 8, 8)

    def matrix(factor):
        return np.real(np.fft.ifftn(factor * np.fft.fftn(each, axes=(1, 2)), axes=(1, 2))).reshape(64, 64).T

    Dx, Dy = matrix(1j * kx), matrix(1j * ky)
    project, smooth = matrix(1j * kx / -np.where(kSq == 0, 1.0, kSq)), matrix(1.0 / (1.0 + 0.01 * 0.1 * kSq))
    u = vx.ravel()
    rhs = -(u * (Dx @ u) + vy.ravel() * (Dy @ u))
    u = smooth @ (u + 0.01 * (rhs - project @ rhs))
    return np.sum(u**2)


@program("quantumspectral-python: a wave function under its own gravity", given(2.0, 0.3))
def quantum_spectral(amp, sigma):
    rho = 0.9 + amp * np.exp(-((X - 0.5) ** 2 + (Y - 0.5) ** 2) / 2 / sigma**2)
    psi = np.sqrt(rho) + 0j
    klin = 2 * np.pi * np.arange(-4, 4)
    kx, ky = np.meshgrid(np.fft.ifftshift(klin), np.fft.ifftshift(klin))
    kSq = kx**2 + ky**2
    for i in range(2):
        psi = np.exp(-1j * 0.01 / 2.0 * rho) * psi
        psihat = np.fft.fftn(psi)
        psihat = np.exp(0.01 * (-1j * kSq / 2.0)) * psihat
        psi = np.fft.ifftn(psihat)
        rho = np.abs(psi) ** 2
    return np.sum(rho**2 * X)


def quantum_spectral_after(amp, sigma):
    rho = (0.9 + amp * np.exp(-((X - 0.5) ** 2 + (Y - 0.5) ** 2) / 2 / sigma**2)).ravel()
    k = np.fft.ifftshift(2 * np.pi * np.arange(-4, 4))
    kx, ky = np.meshgrid(k, k)
    each = np.fft.fftn(np.eye(64).reshape(64, 8, 8), axes=(1, 2))
    drift = np.fft.ifftn(np.exp(-0.005j * (kx**2 + ky**2)) * each, axes=(1, 2)).reshape(64, 64).T
    real, imag = np.sqrt(rho), np.zeros(64)
    for i in range(2):
        c, s = np.cos(0.005 * rho), -np.sin(0.005 * rho)
        real, imag = c * real - s * imag, c * imag + s * real
        real, imag = drift.real @ real - drift.imag @ imag, drift.real @ imag + drift.imag @ real
        rho = real**2 + imag**2
    return np.sum(rho**2 * X.ravel())


@program("sph-python: a star of particles", normal((6, 3), scale=0.6))
def smoothed_particles(pos):
    def pairwise(ri, rj):
        M, N = ri.shape[0], rj.shape[0]
        dx = ri[:, 0].reshape((M, 1)) - rj[:, 0].reshape((N, 1)).T
        dy = ri[:, 1].reshape((M, 1)) - rj[:, 1].reshape((N, 1)).T
        dz = ri[:, 2].reshape((M, 1)) - rj[:, 2].reshape((N, 1)).T
        return dx, dy, dz

    h, m, k, lmbda, nu = 0.5, 0.3, 0.1, 2.0, 1.0
    vel = np.zeros(pos.shape)
    for i in range(2):
        dx, dy, dz = pairwise(pos, pos)
        r = np.sqrt(dx**2 + dy**2 + dz**2 + 1e-9)
        rho = np.sum(m * (1.0 / (h * np.sqrt(np.pi))) ** 3 * np.exp(-(r**2) / h**2), 1).reshape((6, 1))
        P = k * rho**2
        n = -2 * np.exp(-(r**2) / h**2) / h**5 / (np.pi) ** (3 / 2)
        w = P / rho**2 + (P / rho**2).T
        ax = -np.sum(m * w * n * dx, 1).reshape((6, 1))
        ay = -np.sum(m * w * n * dy, 1).reshape((6, 1))
        az = -np.sum(m * w * n * dz, 1).reshape((6, 1))
        a = np.hstack((ax, ay, az))
        a -= lmbda * pos
        a -= nu * vel
        vel += a * 0.04
        pos += vel * 0.04
    return np.sum(vel**2) + np.sum(rho)


@program("pic-python: particles in cells", within(0, 8, 10))
def particles_in_cells(pos):
    dx = 1.0
    j = np.floor(pos / dx).astype(int)
    jp1 = j + 1
    weight_j = (jp1 * dx - pos) / dx
    weight_jp1 = (pos - j * dx) / dx
    jp1 = np.mod(jp1, 8)
    n = np.bincount(j, weights=weight_j, minlength=8)
    n += np.bincount(jp1, weights=weight_jp1, minlength=8)
    n *= 1.0 * 8 / 10 / dx
    L = np.diag(-2.0 * np.ones(8)) + np.diag(np.ones(7), 1) + np.diag(np.ones(7), -1)
    phi = np.linalg.solve(L, n - 1.0)
    E = -(np.roll(phi, -1) - np.roll(phi, 1)) / 2
    return np.sum((weight_j * E[j] + weight_jp1 * E[jp1]) ** 2)


def particles_in_cells_after(pos):
    j = np.floor(pos).astype(int)
    jp1 = j + 1
    weight_j, weight_jp1 = jp1 - pos, pos - j
    jp1 = np.mod(jp1, 8)
    cells = np.arange(8)
    n = (cells[:, None] == j) @ weight_j + (cells[:, None] == jp1) @ weight_jp1
    n = n * 0.8
    L = np.diag(-2.0 * np.ones(8)) + np.diag(np.ones(7), 1) + np.diag(np.ones(7), -1)
    phi = np.linalg.solve(L, n - 1.0)
    E = -(np.roll(phi, -1) - np.roll(phi, 1)) / 2
    return np.sum((weight_j * E[j] + weight_jp1 * E[jp1]) ** 2)


@program("activematter-python: a flock of birds", both(normal(6, scale=2), given(0.5)))
def active_matter(theta, eta):
    x, y = np.sin(3.0 * np.arange(6)), np.cos(2.0 * np.arange(6))
    noise = np.sin(7.0 * np.arange(6))
    for i in range(3):
        x += np.cos(theta) * 0.2
        y += np.sin(theta) * 0.2
        mean_theta = theta
        for b in range(6):
            neighbors = (x - x[b]) ** 2 + (y - y[b]) ** 2 < 1.0
            sx = np.sum(np.cos(theta[neighbors]))
            sy = np.sum(np.sin(theta[neighbors]))
            mean_theta[b] = np.arctan2(sy, sx)
        theta = mean_theta + eta * noise
    return np.sum(x**2 * y)


@program("constrainedtransport-python: fluxes kept free of divergence", normal((6, 6), scale=0.3))
def constrained_transport(Az):
    def curl(Az, dx):
        return (Az - np.roll(Az, 1, axis=1)) / dx, -(Az - np.roll(Az, 1, axis=0)) / dx

    bx, by = curl(Az, 1 / 6)
    vx, vy = -np.sin(Y[:6, :6] * 6), np.sin(X[:6, :6] * 6)
    for i in range(3):
        Bx, By = 0.5 * (bx + np.roll(bx, 1, axis=0)), 0.5 * (by + np.roll(by, 1, axis=1))
        Ez = vx * By - vy * Bx
        dbx, dby = curl(-Ez, 1 / 6)
        bx += 0.01 * dbx
        by += 0.01 * dby
    return np.sum((bx**2 + by**2) ** 2)


@program("collisionlesscosmology-python: kick and drift on a grid", within(0, 1, (6, 2)))
def kick_and_drift(pos):
    vel = np.zeros_like(pos)
    kx = 2 * np.pi * np.array([1.0, 2.0])
    for i in range(4):
        phase = pos @ kx
        vel[:, 0] -= 0.02 * np.sin(phase)
        vel[:, 1] += 0.02 * np.cos(pos[:, 0] * kx[0])
        pos += 0.5 * vel
        pos = np.mod(pos, 1.0)
    return np.sum(vel**2) + np.sum(np.cos(2 * np.pi * pos))


@program("finitedifference-python: the wave equation behind a wall with gaps", given(0.3, 1.2))
def wave_through_gaps(courant, strength):
    mask = np.zeros((9, 9), dtype=bool)
    mask[0, :] = mask[-1, :] = mask[:, 0] = mask[:, -1] = True
    mask[4, :3] = True
    mask[4, 6:] = True
    U = np.zeros((9, 9))
    U[2, 3:6] = strength
    Uprev = 1.0 * U
    for i in range(6):
        ULX, URX = np.roll(U, 1, axis=0), np.roll(U, -1, axis=0)
        ULY, URY = np.roll(U, 1, axis=1), np.roll(U, -1, axis=1)
        Unew = 2 * U - Uprev + courant * (ULX + ULY - 4 * U + URX + URY)
        Uprev = 1.0 * U
        U = 1.0 * Unew
        U[mask] = 0
        U[0, :] = np.sin(2 * np.pi * i * 0.1) * np.sin(np.pi * np.linspace(0, 1, 9)) ** 2
    return np.sum(U[4:] ** 2)
