"""Patterns of AtsushiSakai/PythonRobotics."""

import math

import numpy as np
from scipy.special import erf

from .entering import both, given, normal, program, within

DT = 0.1
LANDMARKS = np.array([[3.0, 0.5], [1.0, 2.0], [-1.0, 2.5], [0.5, -2.0]])
OBSTACLES = [(2.0, 2.0, 0.5), (1.0, 3.0, 0.4), (3.0, 0.5, 0.6)]


def motion_model(x, u):
    F = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 0]])
    B = np.array([[DT * math.cos(x[2, 0]), 0], [DT * math.sin(x[2, 0]), 0], [0.0, DT], [1.0, 0.0]])
    return F @ x + B @ u


def jacob_f(x, u):
    yaw = x[2, 0]
    v = u[0, 0]
    return np.array([
        [1.0, 0.0, -DT * v * math.sin(yaw), DT * math.cos(yaw)],
        [0.0, 1.0, DT * v * math.cos(yaw), DT * math.sin(yaw)],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ])  # fmt: skip


@program("Localization/extended_kalman_filter", given(1.0, 0.1, [0.1, 0.05]))
def extended_kalman_localization(v, yawrate, noise):
    Q = np.diag([0.1, 0.1, np.deg2rad(1.0), 1.0]) ** 2
    R = np.diag([1.0, 1.0]) ** 2
    xEst, PEst = np.zeros((4, 1)), np.eye(4)
    u = np.array([[v], [yawrate]])
    jH = np.array([[1, 0, 0, 0], [0, 1, 0, 0]])
    for i in range(4):
        z = np.array([[0.1 * i + noise[0]], [noise[1] * i]])
        xPred = motion_model(xEst, u)
        jF = jacob_f(xEst, u)
        PPred = jF @ PEst @ jF.T + Q
        y = z - jH @ xPred
        S = jH @ PPred @ jH.T + R
        K = PPred @ jH.T @ np.linalg.inv(S)
        xEst = xPred + K @ y
        PEst = (np.eye(len(xEst)) - K @ jH) @ PPred
    return np.sum(xEst**2) + np.trace(PEst)


def extended_kalman_localization_after(v, yawrate, noise):
    Q = np.diag([0.1, 0.1, np.deg2rad(1.0), 1.0]) ** 2
    x, P = np.zeros(4), np.eye(4)
    jH = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])
    for i in range(4):
        z = np.stack([0.1 * i + noise[0], noise[1] * i])
        yaw = x[2]
        jF = np.stack([
            np.stack([1.0, 0.0, -DT * v * np.sin(yaw), DT * np.cos(yaw)]),
            np.stack([0.0, 1.0, DT * v * np.cos(yaw), DT * np.sin(yaw)]),
            np.stack([0.0, 0.0, 1.0, 0.0]),
            np.stack([0.0, 0.0, 0.0, 1.0]),
        ])  # fmt: skip
        x = np.stack([x[0] + DT * np.cos(yaw) * v, x[1] + DT * np.sin(yaw) * v, yaw + DT * yawrate, v])
        P = jF @ P @ jF.T + Q
        K = P @ jH.T @ np.linalg.inv(jH @ P @ jH.T + np.eye(2))
        x = x + K @ (z - jH @ x)
        P = (np.eye(4) - K @ jH) @ P
    return np.sum(x**2) + np.trace(P)


@program("Localization/unscented_kalman_filter: sigma points", normal(3))
def unscented_transform(x):
    P = np.array([[1.0, 0.2, 0.0], [0.2, 0.8, 0.1], [0.0, 0.1, 0.5]])
    xEst = x.reshape(3, 1)
    sigma = xEst
    Psqrt = np.linalg.cholesky(P)
    n = len(xEst[:, 0])
    for i in range(n):
        sigma = np.hstack((sigma, xEst + 1.2 * Psqrt[:, i : i + 1]))
    for i in range(n):
        sigma = np.hstack((sigma, xEst - 1.2 * Psqrt[:, i : i + 1]))
    for i in range(sigma.shape[1]):
        sigma[:, i : i + 1] = np.sin(sigma[:, i : i + 1]) * 2
    mean = sigma @ np.full((7, 1), 1 / 7)
    cov = np.zeros((3, 3))
    for i in range(sigma.shape[1]):
        d = sigma[:, i : i + 1] - mean
        cov = cov + d @ d.T / 7
    return np.sum(mean**2) + np.linalg.det(cov)


@program("Localization/particle_filter: weights and covariance", normal(3))
def particle_filter(x):
    px = np.vstack([np.sin(np.arange(6.0)), np.cos(np.arange(6.0)), np.arange(6.0) / 6])
    px = px + x.reshape(3, 1) * 0.1
    pw = np.zeros((1, 6)) + 1.0 / 6
    for ip in range(6):
        w = pw[0, ip]
        for lx, ly in LANDMARKS[:2]:
            dz = math.hypot(px[0, ip] - lx, px[1, ip] - ly) - 2.0
            w = w * 1.0 / math.sqrt(2.0 * math.pi * 0.5**2) * math.exp(-(dz**2) / (2 * 0.5**2))
        pw[0, ip] = w
    pw = pw / pw.sum()
    mean = px @ pw.T
    cov = np.zeros((3, 3))
    for i in range(6):
        dx = px[:, i : i + 1] - mean
        cov += pw[0, i] * dx @ dx.T
    cov *= 1.0 / (1.0 - pw @ pw.T)
    return np.sum(mean**2) + np.trace(cov)


def particle_filter_after(x):
    px = np.vstack([np.sin(np.arange(6.0)), np.cos(np.arange(6.0)), np.arange(6.0) / 6])
    px = px + x.reshape(3, 1) * 0.1
    pw = np.zeros((1, 6)) + 1.0 / 6
    for ip in range(6):
        w = pw[0, ip]
        for lx, ly in LANDMARKS[:2]:
            dz = np.hypot(px[0, ip] - lx, px[1, ip] - ly) - 2.0
            w = w * 1.0 / np.sqrt(2.0 * np.pi * 0.5**2) * np.exp(-(dz**2) / (2 * 0.5**2))
        pw[0, ip] = w
    pw = pw / pw.sum()
    mean = px @ pw.T
    cov = np.zeros((3, 3))
    for i in range(6):
        dx = px[:, i : i + 1] - mean
        cov += pw[0, i] * dx @ dx.T
    cov *= 1.0 / (1.0 - pw @ pw.T)
    return np.sum(mean**2) + np.trace(cov)


@program("Localization/histogram_filter: motion and blur", within(0, 1, (5, 5)))
def histogram_filter(data):
    for n in range(2):
        shifted = np.zeros_like(data)
        for ix in range(5):
            for iy in range(5):
                nix, niy = ix + 1, iy
                if 0 <= nix < 5:
                    shifted[nix][niy] = data[ix][iy]
        sump = sum([sum(row) for row in shifted])
        for ix in range(5):
            for iy in range(5):
                shifted[ix][iy] /= sump
        data = shifted
    return np.sum(data**2 * np.arange(5))


@program("ArmNavigation/n_joint_arm_to_point_control", within(-1, 1, 4))
def n_link_arm(joint_angles):
    link_lengths, goal = [1.0] * 4, [2.0, 1.5]

    def forward_kinematics(angles):
        x = y = 0
        for i in range(1, 5):
            x += link_lengths[i - 1] * np.cos(np.sum(angles[:i]))
            y += link_lengths[i - 1] * np.sin(np.sum(angles[:i]))
        return np.array([x, y]).T

    errors = goal - forward_kinematics(joint_angles)
    return np.hypot(errors[0], errors[1])


def n_link_arm_after(joint_angles):
    along = np.cumsum(joint_angles)
    return np.hypot(2.0 - np.sum(np.cos(along)), 1.5 - np.sum(np.sin(along)))


@program("ArmNavigation/n_joint_arm: class with state", within(-1, 1, 3))
def arm_with_state(angles):
    class Arm:
        def __init__(self, lengths, joint_angles):
            self.n = len(lengths)
            self.lengths = np.array(lengths)
            self.angles = np.array(joint_angles)
            self.points = [[0.0, 0.0] for _ in range(self.n + 1)]
            self.update_points()

        def update_points(self):
            for i in range(1, self.n + 1):
                self.points[i][0] = self.points[i - 1][0] + self.lengths[i - 1] * np.cos(np.sum(self.angles[:i]))
                self.points[i][1] = self.points[i - 1][1] + self.lengths[i - 1] * np.sin(np.sum(self.angles[:i]))
            self.end_effector = np.array(self.points[self.n]).T

        def move(self, step):
            self.angles += step
            self.update_points()

    arm = Arm([1.0, 0.8, 0.5], angles)
    arm.move(np.array([0.1, -0.2, 0.3]))
    arm.angles[1] *= 0.5
    arm.update_points()
    return np.sum((arm.end_effector - np.array([1.0, 1.0])) ** 2)


@program("ArmNavigation/two_joint_arm: inverse kinematics", within(0.3, 0.9, (), ()))
def two_joint_inverse(x, y):
    theta2_goal = np.arccos((x**2 + y**2 - 1 - 1) / (2 * 1 * 1))
    tmp = math.atan2(1 * np.sin(theta2_goal), (1 + 1 * np.cos(theta2_goal)))
    theta1_goal = math.atan2(y, x) - tmp
    return math.cos(theta1_goal) * theta2_goal


def two_joint_inverse_after(x, y):
    theta2_goal = np.arccos((x**2 + y**2 - 1 - 1) / (2 * 1 * 1))
    tmp = np.arctan2(1 * np.sin(theta2_goal), (1 + 1 * np.cos(theta2_goal)))
    theta1_goal = np.arctan2(y, x) - tmp
    return np.cos(theta1_goal) * theta2_goal


@program("PathPlanning/cubic_spline_planner", normal(6))
def cubic_spline(y):
    x = np.array([0.0, 1.0, 2.2, 3.0, 4.5, 5.0])
    h = np.diff(x)
    nx = len(x)
    A = np.zeros((nx, nx))
    A[0, 0] = 1.0
    for i in range(nx - 1):
        if i != (nx - 2):
            A[i + 1, i + 1] = 2.0 * (h[i] + h[i + 1])
        A[i + 1, i] = h[i]
        A[i, i + 1] = h[i]
    A[0, 1] = 0.0
    A[nx - 1, nx - 2] = 0.0
    A[nx - 1, nx - 1] = 1.0
    B = np.zeros(nx)
    for i in range(nx - 2):
        B[i + 1] = 3.0 * (y[i + 2] - y[i + 1]) / h[i + 1] - 3.0 * (y[i + 1] - y[i]) / h[i]
    c = np.linalg.solve(A, B)
    b, d = [], []
    for i in range(nx - 1):
        d.append((c[i + 1] - c[i]) / (3.0 * h[i]))
        b.append((y[i + 1] - y[i]) / h[i] - h[i] / 3.0 * (2.0 * c[i] + c[i + 1]))
    curvature = 0.0
    for t in np.linspace(0.1, 4.9, 9):
        i = int(np.searchsorted(x, t)) - 1
        dx = t - x[i]
        curvature += (b[i] + 2.0 * c[i] * dx + 3.0 * d[i] * dx**2) ** 2
    return curvature


def cubic_spline_after(y):
    x = np.array([0.0, 1.0, 2.2, 3.0, 4.5, 5.0])
    h, nx = np.diff(x), 6
    A = np.zeros((nx, nx))
    A[0, 0] = A[nx - 1, nx - 1] = 1.0
    for i in range(1, nx - 1):
        A[i, i - 1 : i + 2] = h[i - 1], 2.0 * (h[i - 1] + h[i]), h[i]
    slopes = (y[1:] - y[:-1]) / h
    c = np.linalg.solve(A, np.concatenate([np.zeros(1), 3.0 * (slopes[1:] - slopes[:-1]), np.zeros(1)]))
    d = (c[1:] - c[:-1]) / (3.0 * h)
    b = slopes - h / 3.0 * (2.0 * c[:-1] + c[1:])
    curvature = 0.0
    for t in np.linspace(0.1, 4.9, 9):
        i = int(np.searchsorted(x, t)) - 1
        dx = t - x[i]
        curvature += (b[i] + 2.0 * c[i] * dx + 3.0 * d[i] * dx**2) ** 2
    return curvature


@program("PathPlanning/bezier_path", normal((4, 2)))
def bezier_path(control_points):
    def bernstein(n, i, t):
        return math.comb(n, i) * t**i * (1 - t) ** (n - i)

    def bezier(t):
        n = len(control_points) - 1
        return np.sum([bernstein(n, i, t) * control_points[i] for i in range(n + 1)], axis=0)

    path = np.array([bezier(t) for t in np.linspace(0, 1, 8)])
    return np.sum(np.sqrt(np.sum(np.diff(path, axis=0) ** 2, axis=1)))


def bezier_path_after(control_points):
    ts = np.linspace(0, 1, 8)[:, None]
    basis = np.hstack([math.comb(3, i) * ts**i * (1 - ts) ** (3 - i) for i in range(4)])
    path = basis @ control_points
    return np.sum(np.sqrt(np.sum((path[1:] - path[:-1]) ** 2, axis=1)))


@program("PathPlanning/quintic_polynomials_planner", both(given(0.0, 1.0, 0.1), normal(3)))
def quintic_polynomial(xs, vxs, axs, end):
    xe, vxe, axe = end
    time = 2.0
    A = np.array(
        [[time**3, time**4, time**5], [3 * time**2, 4 * time**3, 5 * time**4], [6 * time, 12 * time**2, 20 * time**3]]
    )
    a0, a1, a2 = xs, vxs, axs / 2.0
    b = np.array([xe - a0 - a1 * time - a2 * time**2, vxe - a1 - 2 * a2 * time, axe - 2 * a2])
    a3, a4, a5 = np.linalg.solve(A, b)
    jerk = 0.0
    for t in np.arange(0.0, time, 0.25):
        jerk += (6 * a3 + 24 * a4 * t + 60 * a5 * t**2) ** 2
    return jerk


@program("PathPlanning/potential_field_planning", within(0, 3, (), ()))
def potential_field(x, y):
    ug = 0.5 * 5.0 * np.hypot(x - 4.0, y - 4.0)
    minid, dmin = -1, float("inf")
    for i, (ox, oy, _) in enumerate(OBSTACLES):
        d = np.hypot(x - ox, y - oy)
        if dmin >= d:
            dmin = d
            minid = i
    dq = np.hypot(x - OBSTACLES[minid][0], y - OBSTACLES[minid][1])
    uo = 0.0
    if dq <= 2.0:
        if dq <= 0.1:
            dq = 0.1
        uo = 0.5 * 100.0 * (1.0 / dq - 1.0 / 2.0) ** 2
    return ug + uo


@program("PathPlanning/dynamic_window_approach", given(0.8, 0.2))
def dynamic_window(v, y):
    x = np.array([0.0, 0.0, math.pi / 8.0, 0.0, 0.0])
    trajectory = np.array(x)
    for step in range(8):
        x[2] += y * DT
        x[0] += v * math.cos(x[2]) * DT
        x[1] += v * math.sin(x[2]) * DT
        x[3] = v
        x[4] = y
        trajectory = np.vstack((trajectory, x))
    ox, oy = np.array(OBSTACLES)[:, 0], np.array(OBSTACLES)[:, 1]
    dx = trajectory[:, 0] - ox[:, None]
    dy = trajectory[:, 1] - oy[:, None]
    r = np.hypot(dx, dy)
    return 1.0 / np.min(r) + (4.0 - trajectory[-1, 3]) + np.sum(trajectory**2) * 0.01


def dynamic_window_after(v, y):
    x = np.array([0.0, 0.0, np.pi / 8.0, 0.0, 0.0])
    trajectory = np.array(x)
    for step in range(8):
        x[2] += y * DT
        x[0] += v * np.cos(x[2]) * DT
        x[1] += v * np.sin(x[2]) * DT
        x[3] = v
        x[4] = y
        trajectory = np.vstack((trajectory, x))
    ox, oy = np.array(OBSTACLES)[:, 0], np.array(OBSTACLES)[:, 1]
    dx = trajectory[:, 0] - ox[:, None]
    dy = trajectory[:, 1] - oy[:, None]
    r = np.hypot(dx, dy)
    return 1.0 / np.min(r) + (4.0 - trajectory[-1, 3]) + np.sum(trajectory**2) * 0.01


@program("PathPlanning/elastic_bands: forces between neighbors", normal((6, 2)))
def elastic_band(bubbles):
    band = bubbles.copy()
    for n in range(3):
        new = np.empty_like(band)
        new[0], new[-1] = band[0], band[-1]
        for i in range(1, 5):
            d1, d2 = band[i - 1] - band[i], band[i + 1] - band[i]
            force = 0.3 * (d1 / (np.linalg.norm(d1) + 1e-6) + d2 / (np.linalg.norm(d2) + 1e-6))
            new[i] = band[i] + force
        band = new
    return np.sum(band**2)


@program("PathTracking/lqr_steer_control", within(0.5, 1.5, (), ()))
def linear_quadratic_regulator(v, weight):
    A = np.zeros((4, 4))
    A[0, 0] = 1.0
    A[0, 1] = DT
    A[1, 2] = v
    A[2, 2] = 1.0
    A[2, 3] = DT
    B = np.zeros((4, 1))
    B[3, 0] = v / 0.5
    Q, R = np.eye(4) * weight, np.eye(1)
    X = Q
    for i in range(6):
        X = A.T @ X @ A - A.T @ X @ B @ np.linalg.inv(R + B.T @ X @ B) @ B.T @ X @ A + Q
    K = np.linalg.inv(B.T @ X @ B + R) @ (B.T @ X @ A)
    return np.sum(K**2)


@program("PathTracking/stanley_control", given(0.5, 0.3, 2.0))
def stanley_control(k, yaw, speed):
    class State:
        def __init__(self, x=0.0, y=0.0, yaw=0.0, v=0.0):
            self.x, self.y, self.yaw, self.v = x, y, yaw, v

        def update(self, acceleration, delta):
            delta = np.clip(delta, -0.6, 0.6)
            self.x += self.v * np.cos(self.yaw) * DT
            self.y += self.v * np.sin(self.yaw) * DT
            self.yaw += self.v / 2.9 * np.tan(delta) * DT
            self.yaw = (self.yaw + np.pi) % (2 * np.pi) - np.pi
            self.v += acceleration * DT

    state, cost = State(y=0.4, yaw=yaw, v=speed), 0.0
    cx, cy = np.linspace(0, 4, 20), np.sin(np.linspace(0, 4, 20)) * 0.5
    for i in range(6):
        d = np.hypot(state.x - cx, state.y - cy)
        target = np.argmin(d)
        error = -np.cos(state.yaw + np.pi / 2) * (state.x - cx[target]) - np.sin(state.yaw + np.pi / 2) * (
            state.y - cy[target]
        )
        state.update(1.0 * (2.5 - state.v), -state.yaw + np.arctan2(k * error, state.v))
        cost += error**2
    return cost


def stanley_control_after(k, yaw, speed):
    x, y, v, cost = 0.0, 0.4, speed, 0.0
    cx, cy = np.linspace(0, 4, 20), np.sin(np.linspace(0, 4, 20)) * 0.5
    for i in range(6):
        nearest = np.argmin(np.hypot(x - cx, y - cy))
        tx, ty = np.choose(nearest, cx), np.choose(nearest, cy)
        error = -np.cos(yaw + np.pi / 2) * (x - tx) - np.sin(yaw + np.pi / 2) * (y - ty)
        delta = np.clip(-yaw + np.arctan2(k * error, v), -0.6, 0.6)
        x, y = x + v * np.cos(yaw) * DT, y + v * np.sin(yaw) * DT
        yaw = (yaw + v / 2.9 * np.tan(delta) * DT + np.pi) % (2 * np.pi) - np.pi
        v = v + 1.0 * (2.5 - v) * DT
        cost += error**2
    return cost


@program("PathTracking/pure_pursuit", given(0.0, 0.2, 1.5))
def pure_pursuit(x, yaw, v):
    rear_x, y, cost = x - 1.45 * math.cos(yaw), 0.5, 0.0
    for i in range(5):
        tx, ty = 0.5 * i + 2.0, 0.3 * i
        alpha = math.atan2(ty - y, tx - rear_x) - yaw
        delta = math.atan2(2.0 * 2.9 * math.sin(alpha) / (0.1 * v + 2.0), 1.0)
        rear_x += v * math.cos(yaw) * DT
        y += v * math.sin(yaw) * DT
        yaw += v / 2.9 * math.tan(delta) * DT
        cost += (ty - y) ** 2
    return cost


def pure_pursuit_after(x, yaw, v):
    rear_x, y, cost = x - 1.45 * np.cos(yaw), 0.5, 0.0
    for i in range(5):
        tx, ty = 0.5 * i + 2.0, 0.3 * i
        alpha = np.arctan2(ty - y, tx - rear_x) - yaw
        delta = np.arctan2(2.0 * 2.9 * np.sin(alpha) / (0.1 * v + 2.0), 1.0)
        rear_x += v * np.cos(yaw) * DT
        y += v * np.sin(yaw) * DT
        yaw += v / 2.9 * np.tan(delta) * DT
        cost += (ty - y) ** 2
    return cost


@program("PathTracking/model_predictive_control: rollout", normal((5, 2), scale=0.3))
def predictive_rollout(controls):
    states = np.zeros((6, 4))
    states[0] = [0.0, 0.1, 0.2, 1.0]
    for t in range(5):
        x, y, yaw, v = states[t]
        a, delta = controls[t]
        states[t + 1, 0] = x + v * np.cos(yaw) * DT
        states[t + 1, 1] = y + v * np.sin(yaw) * DT
        states[t + 1, 2] = yaw + v / 2.5 * np.tan(delta) * DT
        states[t + 1, 3] = v + a * DT
    return np.sum(states[:, 1] ** 2) + np.sum((states[:, 3] - 1.5) ** 2) + 0.1 * np.sum(np.diff(controls, axis=0) ** 2)


def predictive_rollout_after(controls):
    x, y, yaw, v = 0.0, 0.1, 0.2, 1.0
    cost = y**2 + (v - 1.5) ** 2
    for t in range(5):
        x, y = x + v * np.cos(yaw) * DT, y + v * np.sin(yaw) * DT
        yaw, v = yaw + v / 2.5 * np.tan(controls[t, 1]) * DT, v + controls[t, 0] * DT
        cost = cost + y**2 + (v - 1.5) ** 2
    return cost + 0.1 * np.sum((controls[1:] - controls[:-1]) ** 2)


@program("SLAM/graph_based_slam: error of edges", normal((4, 3), scale=0.5))
def pose_graph(poses):
    edges = [(0, 1, [1.0, 0.1, 0.2]), (1, 2, [0.9, -0.1, 0.1]), (2, 3, [1.1, 0.0, -0.2]), (3, 0, [-2.9, 0.2, 0.0])]
    H, b = np.zeros((12, 12)), np.zeros(12)
    total = 0.0
    for i, j, z in edges:
        c, s = np.cos(poses[i, 2]), np.sin(poses[i, 2])
        R = np.array([[c, -s], [s, c]])
        e = np.zeros(3)
        e[:2] = R.T @ (poses[j, :2] - poses[i, :2]) - z[:2]
        e[2] = poses[j, 2] - poses[i, 2] - z[2]
        A = -np.eye(3)
        A[:2, :2] = -R.T
        H[3 * i : 3 * i + 3, 3 * i : 3 * i + 3] += A.T @ A
        b[3 * i : 3 * i + 3] += A.T @ e
        total += e @ e
    return total + 0.01 * np.trace(H) + np.sum(b**2) * 0.1


@program("SLAM/iterative_closest_point: one step", both(given(0.3), normal(2, scale=0.2)))
def closest_points(theta, shift):
    previous = LANDMARKS.T
    rotation = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    current = rotation @ previous + shift[:, np.newaxis]
    delta = previous - current
    d = np.linalg.norm(np.repeat(current, 4, axis=1) - np.tile(previous, (1, 4)), axis=0)
    indexes = np.argmin(d.reshape(4, 4), axis=1)
    error = np.sum(np.linalg.norm(previous[:, indexes] - current, axis=0))
    pm, cm = np.mean(previous, axis=1), np.mean(current, axis=1)
    W = (current - cm[:, None]) @ (previous - pm[:, None]).T
    return error + np.linalg.det(W) + np.sum(delta**2)


def closest_points_after(theta, shift):
    previous = LANDMARKS.T
    c, s = np.cos(theta), np.sin(theta)
    current = np.stack([np.stack([c, -s]), np.stack([s, c])]) @ previous + shift[:, np.newaxis]
    d = np.linalg.norm(np.repeat(current, 4, axis=1) - np.tile(previous, (1, 4)), axis=0)
    indexes = np.argmin(d.reshape(4, 4), axis=1)
    nearest = np.stack([np.take_along_axis(row, indexes, 0) for row in previous])
    error = np.sum(np.linalg.norm(nearest - current, axis=0))
    pm, cm = np.mean(previous, axis=1), np.mean(current, axis=1)
    W = (current - cm[:, None]) @ (previous - pm[:, None]).T
    return error + np.linalg.det(W) + np.sum((previous - current) ** 2)


@program("SLAM/ekf_slam: a growing state", normal(3, scale=0.5))
def growing_slam(pose):
    x = pose.reshape(3, 1)
    P = np.eye(3) * 0.1
    for k in range(2):
        distance, angle = 2.0 + k, 0.3 * k
        lm = np.zeros((2, 1))
        lm[0, 0] = x[0, 0] + distance * math.cos(x[2, 0] + angle)
        lm[1, 0] = x[1, 0] + distance * math.sin(x[2, 0] + angle)
        x = np.vstack((x, lm))
        n = len(P)
        P = np.vstack((np.hstack((P, np.zeros((n, 2)))), np.hstack((np.zeros((2, n)), np.eye(2)))))
        P[-1, 0] = P[0, -1] = 0.05 * lm[0, 0]
    return np.sum(x**2) + np.linalg.slogdet(P)[1]


def growing_slam_after(pose):
    x = pose.reshape(3, 1)
    P = np.eye(3) * 0.1
    for k in range(2):
        distance, angle = 2.0 + k, 0.3 * k
        lm = np.zeros((2, 1))
        lm[0, 0] = x[0, 0] + distance * np.cos(x[2, 0] + angle)
        lm[1, 0] = x[1, 0] + distance * np.sin(x[2, 0] + angle)
        x = np.vstack((x, lm))
        n = len(P)
        P = np.vstack((np.hstack((P, np.zeros((n, 2)))), np.hstack((np.zeros((2, n)), np.eye(2)))))
        P[-1, 0] = P[0, -1] = 0.05 * lm[0, 0]
    return np.sum(x**2) + np.linalg.slogdet(P)[1]


@program("Mapping/gaussian_grid_map", normal((3, 2)))
def gaussian_grid_map(points):
    gmap = [[0.0 for _ in range(5)] for _ in range(5)]
    for ix in range(5):
        for iy in range(5):
            x, y = ix - 2.0, iy - 2.0
            mindis = float("inf")
            for px, py in points:
                d = math.hypot(px - x, py - y)
                if mindis >= d:
                    mindis = d
            gmap[ix][iy] = 1.0 - 0.5 * (1.0 + math.erf(mindis / 1.4))
    return np.sum(np.array(gmap) ** 2)


def gaussian_grid_map_after(points):
    gmap = [[0.0 for _ in range(5)] for _ in range(5)]
    for ix in range(5):
        for iy in range(5):
            x, y = ix - 2.0, iy - 2.0
            mindis = float("inf")
            for px, py in points:
                d = np.hypot(px - x, py - y)
                if mindis >= d:
                    mindis = d
            gmap[ix][iy] = 1.0 - 0.5 * (1.0 + erf(mindis / 1.4))
    return np.sum(np.array(gmap) ** 2)


@program("Mapping/circle_fitting", normal((6, 2)))
def circle_fitting(points):
    x, y = points[:, 0], points[:, 1]
    sumx, sumy = sum(x), sum(y)
    sumx2, sumy2 = sum([ix**2 for ix in x]), sum([iy**2 for iy in y])
    sumxy = sum([ix * iy for ix, iy in zip(x, y)])
    F = np.array([[sumx2, sumxy, sumx], [sumxy, sumy2, sumy], [sumx, sumy, len(x)]])
    G = np.array([
        [-sum([ix**3 + ix * iy**2 for ix, iy in zip(x, y)])],
        [-sum([ix**2 * iy + iy**3 for ix, iy in zip(x, y)])],
        [-sum([ix**2 + iy**2 for ix, iy in zip(x, y)])],
    ])  # fmt: skip
    T = np.linalg.inv(F).dot(G)
    cxe, cye = T[0, 0] / -2, T[1, 0] / -2
    return math.sqrt(cxe**2 + cye**2 - T[2, 0]) if cxe**2 + cye**2 - T[2, 0] > 0 else 0.0


def circle_fitting_after(points):
    x, y = points[:, 0], points[:, 1]
    sumx, sumy = sum(x), sum(y)
    sumx2, sumy2 = sum([ix**2 for ix in x]), sum([iy**2 for iy in y])
    sumxy = sum([ix * iy for ix, iy in zip(x, y)])
    F = np.array([[sumx2, sumxy, sumx], [sumxy, sumy2, sumy], [sumx, sumy, len(x)]])
    G = np.array([
        [-sum([ix**3 + ix * iy**2 for ix, iy in zip(x, y)])],
        [-sum([ix**2 * iy + iy**3 for ix, iy in zip(x, y)])],
        [-sum([ix**2 + iy**2 for ix, iy in zip(x, y)])],
    ])  # fmt: skip
    T = np.linalg.inv(F).dot(G)
    cxe, cye = T[0, 0] / -2, T[1, 0] / -2
    return np.sqrt(cxe**2 + cye**2 - T[2, 0]) if cxe**2 + cye**2 - T[2, 0] > 0 else 0.0


@program("AerialNavigation/rocket_powered_landing: rotation of the thrust", normal(4))
def thrust_in_a_quaternion_frame(q):
    q = q / np.linalg.norm(q)
    C = np.array([
        [1 - 2 * (q[2] ** 2 + q[3] ** 2), 2 * (q[1] * q[2] + q[0] * q[3]), 2 * (q[1] * q[3] - q[0] * q[2])],
        [2 * (q[1] * q[2] - q[0] * q[3]), 1 - 2 * (q[1] ** 2 + q[3] ** 2), 2 * (q[2] * q[3] + q[0] * q[1])],
        [2 * (q[1] * q[3] + q[0] * q[2]), 2 * (q[2] * q[3] - q[0] * q[1]), 1 - 2 * (q[1] ** 2 + q[2] ** 2)],
    ])  # fmt: skip
    v = C @ np.array([1.0, 0.2, -0.3])
    return v[0] + np.sum(np.cross(v, np.array([0.0, 1.0, 2.0])) ** 2)


@program("InvertedPendulum/inverted_pendulum_lqr", within(0.5, 1.5, (), ()))
def inverted_pendulum(M, m):
    A = np.array(
        [
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, m * 9.8 / M, 0.0],
            [0.0, 0.0, 0.0, 1.0],
            [0.0, 0.0, 9.8 * (M + m) / (2.0 * M), 0.0],
        ]
    )
    B = np.array([[0.0], [1.0 / M], [0.0], [1 / (2.0 * M)]])
    A = np.eye(4) + DT * A
    B = DT * B
    x = np.array([[0.0], [0.0], [0.3], [0.0]])
    K = np.array([[-0.5, -1.2, 30.0, 8.0]])
    for i in range(5):
        u = -K @ x
        x = A @ x + B @ u
    return np.sum(x**2)
