"""Patterns of barbagroup/CFDPython: the twelve steps to Navier–Stokes."""

import numpy as np

from .entering import given, program, within

NX, DX, DT = 14, 0.2, 0.02


def hat(height):
    u = np.ones(NX)
    u[4:8] = height
    return u


@program("lessons/01: linear convection", given(2.0, 1.0))
def linear_convection(height, c):
    u = hat(height)
    un = np.ones(NX)
    for n in range(8):
        un = u.copy()
        for i in range(1, NX):
            u[i] = un[i] - c * DT / DX * (un[i] - un[i - 1])
    return np.sum(u**2 * np.arange(NX))


def linear_convection_after(height, c):
    u = np.where((np.arange(NX) >= 4) & (np.arange(NX) < 8), height, 1.0)
    for n in range(8):
        u = np.concatenate([u[:1], u[1:] - c * DT / DX * (u[1:] - u[:-1])])
    return np.sum(u**2 * np.arange(NX))


@program("lessons/02: nonlinear convection", within(1, 2, NX))
def nonlinear_convection(u):
    for n in range(8):
        un = u.copy()
        for i in range(1, NX):
            u[i] = un[i] - un[i] * DT / DX * (un[i] - un[i - 1])
    return np.sum(u**2 * np.arange(NX))


def nonlinear_convection_after(u):
    for n in range(8):
        u = np.concatenate([u[:1], u[1:] - u[1:] * DT / DX * (u[1:] - u[:-1])])
    return np.sum(u**2 * np.arange(NX))


@program("lessons/03: stability by the Courant number", given(2.0, 0.5))
def convection_with_courant_number(height, sigma):
    dt = sigma * DX
    u = hat(height)
    for n in range(6):
        un = u.copy()
        u[1:] = un[1:] - un[1:] * dt / DX * (un[1:] - un[:-1]) * 0.5
    return np.sum(u**2 * np.arange(NX))


def convection_with_courant_number_after(height, sigma):
    dt = sigma * DX
    u = np.where((np.arange(NX) >= 4) & (np.arange(NX) < 8), height, 1.0)
    for n in range(6):
        u = np.concatenate([u[:1], u[1:] - u[1:] * dt / DX * (u[1:] - u[:-1]) * 0.5])
    return np.sum(u**2 * np.arange(NX))


@program("lessons/04: diffusion", given(2.0, 0.3))
def diffusion(height, nu):
    u = hat(height)
    for n in range(8):
        un = u.copy()
        for i in range(1, NX - 1):
            u[i] = un[i] + nu * DT / DX**2 * (un[i + 1] - 2 * un[i] + un[i - 1])
    return np.sum(u**2 * np.arange(NX))


def diffusion_after(height, nu):
    u = np.where((np.arange(NX) >= 4) & (np.arange(NX) < 8), height, 1.0)
    for n in range(8):
        inside = u[1:-1] + nu * DT / DX**2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = np.concatenate([u[:1], inside, u[-1:]])
    return np.sum(u**2 * np.arange(NX))


@program("lessons/05: Burgers' equation", given(0.07))
def burgers(nu):
    x = np.linspace(0, 2 * np.pi, NX)
    dx, dt = x[1] - x[0], 0.05
    phi = np.exp(-((x - 3.0) ** 2) / 4) + 0.5
    u = np.asarray([1.0 + p for p in phi])
    for n in range(8):
        un = u.copy()
        for i in range(1, NX - 1):
            u[i] = un[i] - un[i] * dt / dx * (un[i] - un[i - 1]) + nu * dt / dx**2 * (un[i + 1] - 2 * un[i] + un[i - 1])
        u[0] = un[0] - un[0] * dt / dx * (un[0] - un[-2]) + nu * dt / dx**2 * (un[1] - 2 * un[0] + un[-2])
        u[-1] = u[0]
    return np.sum(u**2 * x)


def burgers_after(nu):
    x = np.linspace(0, 2 * np.pi, NX)
    dx, dt = x[1] - x[0], 0.05
    u = 1.5 + np.exp(-((x - 3.0) ** 2) / 4)
    for n in range(8):
        before, after = np.concatenate([u[-2:-1], u[:-2]]), u[1:]
        new = u[:-1] - u[:-1] * dt / dx * (u[:-1] - before) + nu * dt / dx**2 * (after - 2 * u[:-1] + before)
        u = np.concatenate([new, new[:1]])
    return np.sum(u**2 * x)


@program("lessons/06: array operations", given(1.0, 2.0))
def array_operations(c, height):
    u = hat(height)
    u[1:] = u[1:] - c * 0.1 * (u[1:] - u[0:-1])
    u[:-1] -= u[1:] * 0.1
    return np.sum(u**2)


def box(height, ny=8, nx=9):
    u = np.ones((ny, nx))
    u[2:5, 3:6] = height
    return u


@program("lessons/07: 2-D linear convection", given(2.0, 1.0))
def linear_convection_in_two_dimensions(height, c):
    u = box(height)
    row, col = u.shape
    for n in range(3):
        un = u.copy()
        for j in range(1, row):
            for i in range(1, col):
                u[j, i] = un[j, i] - c * 0.1 * (un[j, i] - un[j, i - 1]) - c * 0.1 * (un[j, i] - un[j - 1, i])
                u[0, :] = 1
                u[-1, :] = 1
                u[:, 0] = 1
                u[:, -1] = 1
    return np.sum(u**3)


@program("lessons/08: 2-D convection", given(2.0, 1.5))
def convection_in_two_dimensions(hu, hv):
    u, v = box(hu), box(hv)
    for n in range(5):
        un, vn = u.copy(), v.copy()
        u[1:, 1:] = (
            un[1:, 1:] - un[1:, 1:] * 0.1 * (un[1:, 1:] - un[1:, :-1]) - vn[1:, 1:] * 0.1 * (un[1:, 1:] - un[:-1, 1:])
        )
        v[1:, 1:] = (
            vn[1:, 1:] - un[1:, 1:] * 0.1 * (vn[1:, 1:] - vn[1:, :-1]) - vn[1:, 1:] * 0.1 * (vn[1:, 1:] - vn[:-1, 1:])
        )
        u[0, :] = u[-1, :] = 1
        u[:, 0] = u[:, -1] = 1
        v[0, :], v[-1, :], v[:, 0], v[:, -1] = 1, 1, 1, 1
    return np.sum(u * v**2)


@program("lessons/09: 2-D diffusion", given(2.0, 0.05))
def diffusion_in_two_dimensions(height, nu):
    u = box(height)
    for n in range(5):
        un = u.copy()
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            + nu * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])
            + nu * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[0:-2, 1:-1])
        )
        u[0, :] = 1
        u[-1, :] = 1
        u[:, 0] = 1
        u[:, -1] = 1
    return np.sum(u**2 * np.arange(9))


@program("lessons/10: 2-D Burgers", given(2.0, 0.05))
def burgers_in_two_dimensions(height, nu):
    u, v, comb = box(height), box(1.5), np.ones((8, 9))
    for n in range(4):
        for w, wn in ((u, u.copy()), (v, v.copy())):
            w[1:-1, 1:-1] = (
                wn[1:-1, 1:-1]
                - 0.05 * u[1:-1, 1:-1] * (wn[1:-1, 1:-1] - wn[1:-1, 0:-2])
                - 0.05 * v[1:-1, 1:-1] * (wn[1:-1, 1:-1] - wn[0:-2, 1:-1])
                + nu * (wn[1:-1, 2:] - 2 * wn[1:-1, 1:-1] + wn[1:-1, 0:-2])
                + nu * (wn[2:, 1:-1] - 2 * wn[1:-1, 1:-1] + wn[0:-2, 1:-1])
            )
            w[0, :] = comb[0]
            w[-1, :] = 1
            w[:, 0] = 1
            w[:, -1] = 1
    return np.sum(u * v)


@program("lessons/12: Laplace's equation until it changes little", within(0, 1, 7))
def laplace(y):
    p = np.zeros((7, 6))
    p[:, -1] = y
    l1norm = 1.0
    while l1norm > 0.05:
        pn = p.copy()
        p[1:-1, 1:-1] = (
            0.04 * (pn[1:-1, 2:] + pn[1:-1, 0:-2]) + 0.09 * (pn[2:, 1:-1] + pn[0:-2, 1:-1])
        ) / (2 * (0.04 + 0.09))  # fmt: skip
        p[:, 0] = 0
        p[:, -1] = y
        p[0, :] = p[1, :]
        p[-1, :] = p[-2, :]
        l1norm = np.sum(np.abs(p[:]) - np.abs(pn[:])) / (np.sum(np.abs(pn[:])))
    return np.sum(p**2)


@program("lessons/13: Poisson's equation", given(100.0, -100.0))
def poisson(source, sink):
    p, pd, b = np.zeros((8, 8)), np.zeros((8, 8)), np.zeros((8, 8))
    b[2, 2] = source
    b[5, 5] = sink
    for it in range(8):
        pd = p.copy()
        p[1:-1, 1:-1] = (pd[1:-1, 2:] + pd[1:-1, :-2] + pd[2:, 1:-1] + pd[:-2, 1:-1] - b[1:-1, 1:-1] * 0.01) / 4
        p[0, :] = 0
        p[7, :] = 0
        p[:, 0] = 0
        p[:, 7] = 0
    return np.sum(p**2) + p[2, 3]


def build_up_b(b, rho, dt, u, v, dx, dy):
    b[1:-1, 1:-1] = rho * (
        1 / dt * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx) + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))
        - ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)) ** 2
        - 2 * ((u[2:, 1:-1] - u[0:-2, 1:-1]) / (2 * dy) * (v[1:-1, 2:] - v[1:-1, 0:-2]) / (2 * dx))
        - ((v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy)) ** 2
    )
    return b


def pressure_poisson(p, dx, dy, b):
    pn = np.empty_like(p)
    pn = p.copy()
    for q in range(3):
        pn = p.copy()
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, 0:-2]) * dy**2 + (pn[2:, 1:-1] + pn[0:-2, 1:-1]) * dx**2
        ) / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 1:-1]  # fmt: skip
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0
    return p


@program("lessons/14: cavity flow", given(1.0, 0.1))
def cavity(lid, nu):
    u, v, p, b = np.zeros((7, 7)), np.zeros((7, 7)), np.zeros((7, 7)), np.zeros((7, 7))
    dx = dy = 0.3
    dt, rho = 0.01, 1.0
    for n in range(3):
        un, vn = u.copy(), v.copy()
        b = build_up_b(b, rho, dt, u, v, dx, dy)
        p = pressure_poisson(p, dx, dy, b)
        for w, wn, grad in ((u, un, p[1:-1, 2:] - p[1:-1, 0:-2]), (v, vn, p[2:, 1:-1] - p[0:-2, 1:-1])):
            w[1:-1, 1:-1] = (
                wn[1:-1, 1:-1]
                - un[1:-1, 1:-1] * dt / dx * (wn[1:-1, 1:-1] - wn[1:-1, 0:-2])
                - vn[1:-1, 1:-1] * dt / dy * (wn[1:-1, 1:-1] - wn[0:-2, 1:-1])
                - dt / (2 * rho * dx) * grad
                + nu * dt / dx**2 * (wn[1:-1, 2:] - 2 * wn[1:-1, 1:-1] + wn[1:-1, 0:-2])
                + nu * dt / dy**2 * (wn[2:, 1:-1] - 2 * wn[1:-1, 1:-1] + wn[0:-2, 1:-1])
            )
            w[0, :] = 0
            w[:, 0] = 0
            w[:, -1] = 0
            w[-1, :] = 0
        u[-1, :] = lid
    return np.sum(u**2) + 10 * np.sum(v**2) + np.sum(p**2)


@program("lessons/15: channel flow", given(1.0, 0.1))
def channel(force, nu):
    u = np.zeros((6, 7))
    udiff, steps = 1.0, 0
    while udiff > 0.15 and steps < 12:
        un = u.copy()
        u[1:-1, 1:-1] = un[1:-1, 1:-1] + force * 0.1 + nu * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[0:-2, 1:-1])
        u[1:-1, -1] = un[1:-1, -1] + force * 0.1 - un[1:-1, -1] * 0.1 * (un[1:-1, -1] - un[1:-1, -2])
        u[1:-1, 0] = u[1:-1, -1]
        u[0, :] = 0
        u[-1, :] = 0
        udiff = (np.sum(u) - np.sum(un)) / np.sum(u)
        steps += 1
    return np.sum(u**2)
