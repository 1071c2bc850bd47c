"""Time stepping as people write it: by slices, with boundary conditions assigned, buffers swapped, and state kept in objects."""

import numpy as np

from .entering import both, given, normal, program, within

N = 12
X = np.linspace(0.0, 1.0, N)


@program("heat equation, explicit", within(0.5, 1.5, N))
def heat_explicit(u):
    for n in range(6):
        u[1:-1] = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2 * X)


@program("heat equation, augmented", within(0.5, 1.5, N))
def heat_augmented(u):
    for n in range(6):
        u[1:-1] += 0.2 * np.diff(u, 2)
        u[0], u[-1] = 0.0, 1.0
    return np.sum(u**2 * X)


@program("heat equation with a periodic boundary", within(0.5, 1.5, N))
def heat_periodic(u):
    new = np.zeros_like(u)
    for n in range(6):
        new[1:-1] = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        new[0] = new[-2]
        new[-1] = new[1]
        u, new = new, u
    return np.sum(u**2 * X)


@program("heat equation with ghost cells and a flux", both(within(0.5, 1.5, N), given(0.3)))
def heat_with_ghosts(inside, flux):
    u = np.empty(N + 2)
    u[1:-1] = inside
    for n in range(5):
        u[0] = u[1] - flux
        u[-1] = u[-2]
        u[1:-1] += 0.2 * (u[:-2] - 2 * u[1:-1] + u[2:])
    return np.sum(u[1:-1] ** 2)


@program("heat equation, conductivity at faces", within(0.5, 1.5, N, N - 1))
def heat_conductivity(u, k):
    flux = np.zeros(N + 1)
    for n in range(5):
        flux[1:-1] = -k * (u[1:] - u[:-1])
        u -= 0.2 * (flux[1:] - flux[:-1])
    return np.sum(u**2 * X)


@program("heat equation in two dimensions, out= everywhere", within(0.5, 1.5, (6, 6)))
def heat_out(T):
    lap = np.zeros((4, 4))
    for n in range(4):
        np.add(T[:-2, 1:-1], T[2:, 1:-1], out=lap)
        lap += T[1:-1, :-2]
        lap += T[1:-1, 2:]
        lap -= 4 * T[1:-1, 1:-1]
        np.multiply(lap, 0.1, out=lap)
        T[1:-1, 1:-1] += lap
    return np.sum(T**3)


@program("heat equation with a source that is switched on", both(within(0.5, 1.5, N), given(2.0)))
def heat_switched(u, power):
    for n in range(8):
        un = u.copy()
        u[1:-1] = un[1:-1] + 0.2 * (un[2:] - 2 * un[1:-1] + un[:-2])
        if n >= 3:
            u[5:7] += 0.1 * power
        u[0] = u[1]
        u[-1] = 0
    return np.max(u) + np.sum(u)


@program("heat equation, Crank–Nicolson by a solve", both(within(0.5, 1.5, 8), given(0.4)))
def heat_crank_nicolson(u, r):
    A, B = np.zeros((8, 8)), np.zeros((8, 8))
    for i in range(1, 7):
        A[i, i - 1 : i + 2] = [-r / 2, 1 + r, -r / 2]
        B[i, i - 1 : i + 2] = [r / 2, 1 - r, r / 2]
    A[0, 0] = A[-1, -1] = B[0, 0] = B[-1, -1] = 1.0
    for n in range(3):
        u = np.linalg.solve(A, B @ u)
    return np.sum(u**2 * np.arange(8))


@program("wave equation with three levels", both(within(0.5, 1.5, N), given(0.7)))
def wave_three_levels(f, c):
    u_prev, u, u_next = f.copy(), np.empty(N), np.empty(N)
    u[1:-1] = f[1:-1] + 0.5 * c**2 * (f[2:] - 2 * f[1:-1] + f[:-2])
    u[0] = u[-1] = 0
    for n in range(6):
        u_next[1:-1] = 2 * u[1:-1] - u_prev[1:-1] + c**2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u_next[0] = 0
        u_next[-1] = 0
        u_prev, u, u_next = u, u_next, u_prev
    return np.sum(u**2 * X)


@program("wave equation kept for all times", both(within(0.5, 1.5, N), given(0.7)))
def wave_all_times(f, c):
    u = np.zeros((8, N))
    u[0] = f
    u[1, 1:-1] = f[1:-1]
    for n in range(1, 7):
        u[n + 1, 1:-1] = 2 * u[n, 1:-1] - u[n - 1, 1:-1] + c**2 * (u[n, 2:] - 2 * u[n, 1:-1] + u[n, :-2])
    return np.sum(u[-1] ** 2) + np.sum(u[:, 3])


@program("wave equation with a damping layer", both(within(0.5, 1.5, (6, 6)), given(0.2)))
def wave_damped(u, sigma):
    v = np.zeros((6, 6))
    damping = np.zeros((6, 6))
    damping[:2, :] = sigma
    damping[:, -1] += sigma
    for n in range(5):
        lap = -4 * u
        lap[1:] += u[:-1]
        lap[:-1] += u[1:]
        lap[:, 1:] += u[:, :-1]
        lap[:, :-1] += u[:, 1:]
        v += 0.1 * lap - damping * v
        u += 0.1 * v
    return np.sum(u**2)


@program("advection, upwind by sign", both(within(0.5, 1.5, N), normal(N, scale=0.5)))
def advection_upwind(q, speed):
    for n in range(4):
        right, left = speed > 0, speed <= 0
        dq = np.zeros(N)
        back, ahead = q - np.roll(q, 1), np.roll(q, -1) - q
        dq[right] = back[right]
        dq[left] = ahead[left]
        q -= 0.3 * speed * dq
    return np.sum(q**2 * X)


@program("advection, Lax–Wendroff", both(within(0.5, 1.5, N), given(0.4)))
def advection_lax_wendroff(u, c):
    for n in range(6):
        un = u.copy()
        u[1:-1] = un[1:-1] - c / 2 * (un[2:] - un[:-2]) + c**2 / 2 * (un[2:] - 2 * un[1:-1] + un[:-2])
        u[0] = u[-2]
        u[-1] = u[1]
    return np.sum(u**2 * X)


@program("advection, minmod limiter with masks", within(0.5, 1.5, N))
def advection_limited(u):
    for n in range(3):
        a = u[1:-1] - u[:-2]
        b = u[2:] - u[1:-1]
        slope = np.zeros(N)
        inner = slope[1:-1]
        same = a * b > 0
        inner[same] = np.where(np.abs(a) < np.abs(b), a, b)[same]
        flux = u + 0.5 * 0.7 * slope
        u[1:] -= 0.3 * (flux[1:] - flux[:-1])
    return np.sum(u**2 * X)


@program("Burgers' equation by Godunov's flux", within(0.5, 1.5, N))
def burgers_godunov(u):
    u -= 0.9
    F = np.zeros(N + 1)
    for n in range(4):
        for i in range(1, N):
            ul, ur = u[i - 1], u[i]
            if ul > ur:
                F[i] = 0.5 * ul**2 if ul + ur > 0 else 0.5 * ur**2
            elif ul > 0:
                F[i] = 0.5 * ul**2
            elif ur < 0:
                F[i] = 0.5 * ur**2
            else:
                F[i] = 0.0
        u[1:-1] -= 0.2 * (F[2:-1] - F[1:-2])
    return np.sum(u**2 * X)


@program("Burgers' equation, MacCormack's two steps", within(0.5, 1.5, N))
def burgers_maccormack(u):
    star = u.copy()
    for n in range(4):
        star[:-1] = u[:-1] - 0.2 * (u[1:] ** 2 - u[:-1] ** 2) / 2
        u[1:] = 0.5 * (u[1:] + star[1:] - 0.2 * (star[1:] ** 2 - star[:-1] ** 2) / 2)
        u[0] = u[-1]
    return np.sum(u**2 * X)


@program("shallow water on a staggered grid", both(within(0.9, 1.1, N), given(9.8)))
def shallow_water(h, g):
    u = np.zeros(N + 1)
    for n in range(5):
        u[1:-1] -= 0.05 * g * (h[1:] - h[:-1])
        flux = np.zeros(N + 1)
        flux[1:-1] = u[1:-1] * 0.5 * (h[1:] + h[:-1])
        h -= 0.05 * (flux[1:] - flux[:-1])
    return np.sum(h**2 * X) + np.sum(u**2)


@program("shock tube by Lax and Friedrichs", given(1.0, 0.1))
def shock_tube(p_left, p_right):
    gamma = 1.4
    U = np.zeros((3, N))
    U[0, : N // 2], U[0, N // 2 :] = 1.0, 0.125
    U[2, : N // 2], U[2, N // 2 :] = p_left / (gamma - 1), p_right / (gamma - 1)
    F = np.empty_like(U)
    for n in range(4):
        rho, mom, E = U
        p = (gamma - 1) * (E - 0.5 * mom**2 / rho)
        F[0] = mom
        F[1] = mom**2 / rho + p
        F[2] = (E + p) * mom / rho
        U[:, 1:-1] = 0.5 * (U[:, 2:] + U[:, :-2]) - 0.1 * (F[:, 2:] - F[:, :-2])
        U[:, 0], U[:, -1] = U[:, 1], U[:, -2]
    return np.sum(U[1] ** 2) + U[0, 5]


@program("Laplace's equation by Gauss and Seidel", within(0, 1, 6))
def gauss_seidel_sweeps(edge):
    p = np.zeros((6, 6))
    p[0, :] = edge
    for sweep in range(3):
        for i in range(1, 5):
            for j in range(1, 5):
                p[i, j] = 0.25 * (p[i - 1, j] + p[i + 1, j] + p[i, j - 1] + p[i, j + 1])
    return np.sum(p**2)


@program("Laplace's equation by red and black relaxation", both(within(0, 1, 6), given(1.4)))
def red_black(edge, omega):
    p = np.zeros((6, 6))
    p[:, 0] = edge
    for sweep in range(4):
        for start in (1, 2):
            for rows, columns in ((slice(1, 5, 2), slice(start, 5, 2)), (slice(2, 5, 2), slice(3 - start, 5, 2))):
                r, c = np.arange(6)[rows], np.arange(6)[columns]
                mean = 0.25 * (p[np.ix_(r - 1, c)] + p[np.ix_(r + 1, c)] + p[np.ix_(r, c - 1)] + p[np.ix_(r, c + 1)])
                p[rows, columns] += omega * (mean - p[rows, columns])
    return np.sum(p**2)


@program("multigrid's V-cycle", within(0.5, 1.5, 9))
def v_cycle(f):
    def smooth(u, f, h):
        for k in range(2):
            u[1:-1] = 0.5 * (u[2:] + u[:-2] + h**2 * f[1:-1])
        return u

    def cycle(u, f, h):
        if len(u) == 3:
            u[1] = 0.5 * h**2 * f[1]
            return u
        smooth(u, f, h)
        r = np.zeros_like(u)
        r[1:-1] = f[1:-1] + (u[2:] - 2 * u[1:-1] + u[:-2]) / h**2
        coarse = cycle(np.zeros(len(u) // 2 + 1), r[::2].copy(), 2 * h)
        e = np.zeros_like(u)
        e[::2] = coarse
        e[1::2] = 0.5 * (coarse[1:] + coarse[:-1])
        u += e
        return smooth(u, f, h)

    return np.sum(cycle(np.zeros(9), f, 0.125) ** 2) * 100


@program("lid-driven cavity by vorticity", given(1.0, 0.1))
def cavity_vorticity(lid, nu):
    psi, omega = np.zeros((6, 6)), np.zeros((6, 6))
    for n in range(4):
        for k in range(3):
            psi[1:-1, 1:-1] = 0.25 * (
                psi[2:, 1:-1] + psi[:-2, 1:-1] + psi[1:-1, 2:] + psi[1:-1, :-2] + 0.04 * omega[1:-1, 1:-1]
            )
        omega[-1, 1:-1] = -2 * psi[-2, 1:-1] / 0.04 - 2 * lid / 0.2
        omega[0, 1:-1] = -2 * psi[1, 1:-1] / 0.04
        omega[1:-1, 0] = -2 * psi[1:-1, 1] / 0.04
        omega[1:-1, -1] = -2 * psi[1:-1, -2] / 0.04
        u = (psi[2:, 1:-1] - psi[:-2, 1:-1]) / 0.4
        v = -(psi[1:-1, 2:] - psi[1:-1, :-2]) / 0.4
        lap = omega[2:, 1:-1] + omega[:-2, 1:-1] + omega[1:-1, 2:] + omega[1:-1, :-2] - 4 * omega[1:-1, 1:-1]
        wx = (omega[1:-1, 2:] - omega[1:-1, :-2]) / 0.4
        wy = (omega[2:, 1:-1] - omega[:-2, 1:-1]) / 0.4
        omega[1:-1, 1:-1] += 0.01 * (-u * wx - v * wy + nu * lap / 0.04)
    return np.sum(psi**2) * 100 + np.sum(omega**2) * 0.01


@program("reaction and diffusion by views", both(within(0.9, 1, (6, 6)), within(0, 0.3, (6, 6))))
def reaction_diffusion(U, V):
    u, v = U[1:-1, 1:-1], V[1:-1, 1:-1]

    def laplacian(Z):
        return Z[:-2, 1:-1] + Z[2:, 1:-1] + Z[1:-1, :-2] + Z[1:-1, 2:] - 4 * Z[1:-1, 1:-1]

    for n in range(4):
        uvv = u * v * v
        lu, lv = laplacian(U), laplacian(V)
        u += 0.16 * lu - uvv + 0.04 * (1 - u)
        v += 0.08 * lv + uvv - 0.1 * v
        for Z in (U, V):
            Z[0, :] = Z[1, :]
            Z[-1, :] = Z[-2, :]
            Z[:, 0] = Z[:, 1]
            Z[:, -1] = Z[:, -2]
    return np.sum(V**2) + np.sum(U[::2])


@program("leapfrog with halves of a step, in place", normal((4, 2)))
def leapfrog_in_place(x):
    v, a = np.zeros_like(x), np.zeros_like(x)

    def accelerate(x, a):
        a[:] = 0.0
        for i in range(4):
            for j in range(i):
                d = x[j] - x[i]
                pull = d / (d @ d + 0.1) ** 1.5
                a[i] += pull
                a[j] -= pull

    accelerate(x, a)
    for n in range(3):
        v += 0.05 * a
        x += 0.1 * v
        accelerate(x, a)
        v += 0.05 * a
    return np.sum(x**2) + np.sum(v**2)


@program("Runge–Kutta with stages in one array", normal(3))
def runge_kutta_stages(y):
    a = np.array([[0, 0, 0, 0], [0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 1.0, 0]])
    b = np.array([1, 2, 2, 1]) / 6
    k = np.zeros((4, 3))
    for n in range(4):
        for s in range(4):
            z = y + 0.1 * (a[s, :s] @ k[:s] if s else 0)
            k[s] = [z[1], -np.sin(z[0]) * z[2], 0.1 * z[0]]
        y = y + 0.1 * b @ k
    return np.sum(y**2)


@program("Adams–Bashforth with a list of past rates", normal(2))
def adams_bashforth(y):
    past = []
    for n in range(6):
        rate = np.array([y[1], -y[0] + 0.3 * (1 - y[0] ** 2) * y[1]])
        past.append(rate)
        if len(past) > 3:
            del past[0]
        if len(past) < 3:
            y = y + 0.1 * rate
        else:
            y = y + 0.1 / 12 * (23 * past[2] - 16 * past[1] + 5 * past[0])
    return y @ y


@program("a simulator with its state in an object", within(0.5, 1.5, N))
def simulator_object(u0):
    class Solver:
        def __init__(self, u0, dt):
            self.u = np.array(u0)
            self.rhs = np.zeros_like(self.u)
            self.dt, self.time, self.history = dt, 0.0, []

        def compute(self):
            self.rhs[:] = 0
            self.rhs[1:-1] = self.u[2:] - 2 * self.u[1:-1] + self.u[:-2]
            self.rhs[1:-1] -= self.u[1:-1] ** 3

        def advance(self, steps):
            for k in range(steps):
                self.compute()
                self.u += self.dt * self.rhs
                self.time += self.dt
                self.history.append(self.u[3])

    solver = Solver(u0, 0.1)
    solver.advance(5)
    return np.sum(solver.u**2) + sum(solver.history)


@program("fields of a class written by its boundary objects", within(0.5, 1.5, (5, 6)))
def boundary_objects(values):
    class Fixed:
        def __init__(self, where, value):
            self.where, self.value = where, value

        def apply(self, a):
            a[self.where] = self.value

    class Copied(Fixed):
        def apply(self, a):
            a[self.where] = a[self.value]

    everything = slice(None)
    conditions = [
        Fixed((0, everything), 0.5),
        Copied((-1, everything), (-2, everything)),
        Copied((everything, 0), (everything, -2)),
    ]
    field = values * 1.0
    for n in range(4):
        field[1:-1, 1:-1] += 0.1 * (
            field[1:-1, 2:] + field[1:-1, :-2] + field[2:, 1:-1] + field[:-2, 1:-1] - 4 * field[1:-1, 1:-1]
        )
        for condition in conditions:
            condition.apply(field)
    return np.sum(field**2)


@program("traffic on a ring of cells", both(within(0.1, 0.9, N), given(1.0)))
def traffic(rho, vmax):
    flux = np.empty(N)
    for n in range(5):
        demand = np.where(rho < 0.5, rho * (1 - rho), 0.25) * vmax
        supply = np.where(rho > 0.5, rho * (1 - rho), 0.25) * vmax
        flux[:] = np.minimum(demand, np.roll(supply, -1))
        rho[1:] += 0.3 * (flux[:-1] - flux[1:])
        rho[0] += 0.3 * (flux[-1] - flux[0])
    return np.sum(rho**2 * X)


@program("particles pushed back by walls", normal((5, 2)))
def particles_and_walls(p):
    v = np.ones((5, 2)) * np.array([0.4, -0.3])
    for n in range(5):
        p += 0.2 * v
        for axis in range(2):
            low, high = p[:, axis] < -1, p[:, axis] > 1
            v[low | high, axis] *= -0.9
            p[low, axis] = -2 - p[low, axis]
            p[high, axis] = 2 - p[high, axis]
    return np.sum(p**2 * np.array([1.0, 2.0]))


@program("a chain of springs with one end held", both(normal(6, scale=0.2), given(3.0)))
def chain_of_springs(x, k):
    v = np.zeros(6)
    for n in range(6):
        f = np.zeros(6)
        stretch = k * np.diff(x)
        f[:-1] += stretch
        f[1:] -= stretch
        f[0] = 0.0
        v += 0.05 * f
        x += 0.05 * v
    return x @ x + v @ v


@program("option prices by an explicit grid", given(0.3, 0.05))
def option_grid(sigma, r):
    S = np.linspace(0, 2, 9)
    V = np.maximum(S - 1.0, 0)
    i = np.arange(1, 8)
    for n in range(6):
        Vn = V.copy()
        a, b = 0.5 * sigma**2 * i**2, 0.5 * r * i
        V[1:-1] = Vn[1:-1] + 0.02 * (a * (Vn[2:] - 2 * Vn[1:-1] + Vn[:-2]) + b * (Vn[2:] - Vn[:-2]) - r * Vn[1:-1])
        V[0] = 0
        V[-1] = 2 * V[-2] - V[-3]
    return np.interp(1.1, S, V) if False else V[4] + V[5]
