"""Elimination and factorization by hand: rows subtracted, pivots swapped, reflections and rotations in place."""

import numpy as np

from .entering import both, normal, program, within


def dominant(A):
    return A + 5.0 * np.eye(len(A))


@program("Gauss's elimination", normal((4, 4), 4))
def gauss_elimination(A, b):
    A = dominant(A)
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            factor = A[i, k] / A[k, k]
            A[i, k:] -= factor * A[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return np.sum(x**2)


@program("Gauss's elimination with pivots", normal((4, 4), 4))
def gauss_with_pivots(A, b):
    n = len(b)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[[k, p]] = b[[p, k]]
        m = A[k + 1 :, k] / A[k, k]
        A[k + 1 :, k:] -= np.outer(m, A[k, k:])
        b[k + 1 :] -= m * b[k]
    x = np.empty(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - np.dot(A[i, i + 1 :], x[i + 1 :])) / A[i, i]
    return np.sum(np.tanh(x))


@program("Gauss and Jordan's inverse", normal((3, 3)))
def gauss_jordan(A):
    A = dominant(A)
    M = np.hstack([A, np.eye(3)])
    for i in range(3):
        M[i] /= M[i, i]
        for j in range(3):
            if j != i:
                M[j] -= M[j, i] * M[i]
    return np.sum(M[:, 3:] ** 2)


@program("rows swapped through a temporary copy", normal((3, 3), 3))
def rows_swapped(A, b):
    aug = np.column_stack((A, b))
    for c in range(3):
        p = max(range(c, 3), key=lambda r: abs(aug[r, c]))
        temp = aug[c].copy()
        aug[c] = aug[p]
        aug[p] = temp
        aug[c] = aug[c] / aug[c, c]
        for r in range(3):
            if r != c:
                aug[r] = aug[r] - aug[c] * aug[r, c]
    return np.sum(np.arctan(aug[:, -1]))


@program("Thomas' algorithm", within(0.2, 0.8, 6, 6, 6, 6))
def thomas(a, b, c, d):
    b += 2.0
    n = 6
    for i in range(1, n):
        w = a[i] / b[i - 1]
        b[i] = b[i] - w * c[i - 1]
        d[i] = d[i] - w * d[i - 1]
    x = b
    x[-1] = d[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (d[i] - c[i] * x[i + 1]) / b[i]
    return np.sum(x**2)


@program("Thomas' algorithm with primes in new arrays", within(0.2, 0.8, 5, 5, 5, 5))
def thomas_primes(lower, diagonal, upper, rhs):
    diagonal = diagonal + 2
    cp, dp, x = np.zeros(5), np.zeros(5), np.zeros(5)
    cp[0] = upper[0] / diagonal[0]
    dp[0] = rhs[0] / diagonal[0]
    for i in range(1, 5):
        m = 1.0 / (diagonal[i] - lower[i] * cp[i - 1])
        cp[i] = upper[i] * m
        dp[i] = (rhs[i] - lower[i] * dp[i - 1]) * m
    x[-1] = dp[-1]
    for i in range(3, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return x @ x


@program("LU without pivots, in one array", normal((4, 4)))
def lu_in_one_array(A):
    LU = dominant(A)
    for k in range(3):
        LU[k + 1 :, k] /= LU[k, k]
        LU[k + 1 :, k + 1 :] -= np.outer(LU[k + 1 :, k], LU[k, k + 1 :])
    return np.sum(np.log(np.abs(np.diag(LU)))) + np.sum(np.tril(LU, -1) ** 2)


@program("LU by Doolittle, two arrays", normal((4, 4)))
def lu_doolittle(A):
    A = dominant(A)
    L, U = np.eye(4), np.zeros((4, 4))
    for i in range(4):
        for j in range(i, 4):
            U[i, j] = A[i, j] - sum(L[i, k] * U[k, j] for k in range(i))
        for j in range(i + 1, 4):
            L[j, i] = (A[j, i] - sum(L[j, k] * U[k, i] for k in range(i))) / U[i, i]
    return np.sum(L**2) + np.sum(U**3) * 0.01


@program("LU by Crout, with views of rows and columns", normal((3, 3)))
def lu_crout(A):
    A = dominant(A)
    n = 3
    L, U = np.zeros((n, n)), np.eye(n)
    for j in range(n):
        column = L[j:, j]
        column[:] = A[j:, j] - L[j:, :j] @ U[:j, j]
        row = U[j, j + 1 :]
        row[:] = (A[j, j + 1 :] - L[j, :j] @ U[:j, j + 1 :]) / column[0]
    return np.prod(np.diag(L)) * 0.01 + np.sum(U**2)


@program("Cholesky by columns", normal((4, 4)))
def cholesky_columns(B):
    A = B @ B.T + np.eye(4)
    L = np.zeros_like(A)
    for j in range(4):
        L[j, j] = np.sqrt(A[j, j] - np.sum(L[j, :j] ** 2))
        for i in range(j + 1, 4):
            L[i, j] = (A[i, j] - np.sum(L[i, :j] * L[j, :j])) / L[j, j]
    return np.sum(L) + np.sum(np.log(np.diag(L)))


@program("Cholesky, right-looking, in place", normal((4, 4)))
def cholesky_in_place(B):
    A = B @ B.T + np.eye(4)
    for k in range(4):
        A[k, k] **= 0.5
        A[k + 1 :, k] /= A[k, k]
        for j in range(k + 1, 4):
            A[j:, j] -= A[j:, k] * A[j, k]
    A[np.triu_indices(4, 1)] = 0
    return np.sum(A**3)


@program("LDL of a symmetric matrix", normal((3, 3)))
def ldl(B):
    A = B @ B.T + np.eye(3)
    L, D = np.eye(3), np.zeros(3)
    for j in range(3):
        D[j] = A[j, j] - np.sum(L[j, :j] ** 2 * D[:j])
        for i in range(j + 1, 3):
            L[i, j] = (A[i, j] - np.sum(L[i, :j] * L[j, :j] * D[:j])) / D[j]
    return np.sum(L @ np.diag(D)) + np.sum(np.log(D))


@program("QR by Householder's reflections", normal((4, 3)))
def qr_householder(A):
    R, Q = A.copy(), np.eye(4)
    for k in range(3):
        x = R[k:, k]
        v = x.copy()
        v[0] += np.copysign(np.linalg.norm(x), x[0])
        v /= np.linalg.norm(v)
        R[k:, k:] -= 2 * np.outer(v, v @ R[k:, k:])
        Q[:, k:] -= 2 * np.outer(Q[:, k:] @ v, v)
    return np.sum(R * np.arange(12).reshape(4, 3)) + np.sum(Q[:, 0] ** 3)


@program("QR by Givens' rotations", normal((4, 3)))
def qr_givens(A):
    R = np.array(A)
    for j in range(3):
        for i in range(3, j, -1):
            r = np.hypot(R[i - 1, j], R[i, j])
            c, s = R[i - 1, j] / r, R[i, j] / r
            G = np.array([[c, s], [-s, c]])
            R[i - 1 : i + 1] = G @ R[i - 1 : i + 1]
    return np.sum(R**3)


@program("QR by Gram and Schmidt", normal((4, 3)))
def gram_schmidt(A):
    Q, R = np.zeros((4, 3)), np.zeros((3, 3))
    for j in range(3):
        v = A[:, j].copy()
        for i in range(j):
            R[i, j] = Q[:, i] @ A[:, j]
            v -= R[i, j] * Q[:, i]
        R[j, j] = np.linalg.norm(v)
        Q[:, j] = v / R[j, j]
    return np.sum(R**2 * np.arange(3)) + np.sum(Q[0])


@program("modified Gram and Schmidt, columns changed by views", normal((4, 3)))
def modified_gram_schmidt(A):
    V = A.T.copy()
    for i, v in enumerate(V):
        v /= np.sqrt(v @ v)
        for w in V[i + 1 :]:
            w -= (v @ w) * v
    return np.sum(V * np.arange(12).reshape(3, 4))


@program("Hessenberg's form", normal((4, 4)))
def hessenberg(A):
    H = A.copy()
    for k in range(2):
        v = H[k + 1 :, k].copy()
        v[0] += np.sign(v[0]) * np.linalg.norm(v)
        v /= np.linalg.norm(v)
        H[k + 1 :, k:] -= 2.0 * np.outer(v, v.dot(H[k + 1 :, k:]))
        H[:, k + 1 :] -= 2.0 * np.outer(H[:, k + 1 :].dot(v), v)
    return np.sum(H**3)


@program("Jacobi's rotations of a symmetric matrix", normal((3, 3)))
def jacobi_eigenvalues(B):
    A = B + B.T
    for sweep in range(2):
        for p in range(2):
            for q in range(p + 1, 3):
                theta = 0.5 * np.arctan2(2 * A[p, q], A[q, q] - A[p, p])
                c, s = np.cos(theta), np.sin(theta)
                J = np.eye(3)
                J[p, p] = J[q, q] = c
                J[p, q], J[q, p] = s, -s
                A[...] = J.T @ A @ J
    return np.sum(np.diag(A) ** 3)


@program("power iteration with deflation", normal((4, 4)))
def power_iteration(B):
    A = B @ B.T
    values = np.zeros(2)
    for k in range(2):
        v = np.ones(4)
        for i in range(6):
            v = A @ v
            v /= np.linalg.norm(v)
        values[k] = v @ A @ v
        A -= values[k] * np.outer(v, v)
    return values[0] + 2 * values[1]


@program("conjugate gradients", both(normal((4, 4)), normal(4)))
def conjugate_gradients(B, b):
    A = B @ B.T + np.eye(4)
    x = np.zeros(4)
    r = b - A @ x
    p = r.copy()
    rs = r @ r
    for i in range(3):
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        new = r @ r
        p *= new / rs
        p += r
        rs = new
    return x @ x


@program("Gauss and Seidel's iteration", both(normal((4, 4)), normal(4)))
def gauss_seidel(A, b):
    A = dominant(A)
    x = np.zeros_like(b)
    for k in range(4):
        for i in range(4):
            s = A[i] @ x - A[i, i] * x[i]
            x[i] = (b[i] - s) / A[i, i]
    return np.sum(x**2)


@program("Jacobi's iteration with two buffers", both(normal((4, 4)), normal(4)))
def jacobi_iteration(A, b):
    A = dominant(A)
    x, new = np.zeros(4), np.zeros(4)
    D = np.diag(A)
    R = A - np.diagflat(D)
    for k in range(5):
        np.dot(R, x, out=new)
        np.subtract(b, new, out=new)
        new /= D
        x, new = new, x
    return np.sum(x**2)


@program("Arnoldi's iteration", normal((4, 4)))
def arnoldi(A):
    Q, H = np.zeros((4, 4)), np.zeros((4, 3))
    Q[:, 0] = 0.5
    for n in range(3):
        v = A @ Q[:, n]
        for j in range(n + 1):
            H[j, n] = Q[:, j] @ v
            v -= H[j, n] * Q[:, j]
        H[n + 1, n] = np.linalg.norm(v)
        Q[:, n + 1] = v / H[n + 1, n]
    return np.sum(H**2 * np.arange(3))


@program("Lanczos' tridiagonal matrix", normal((4, 4)))
def lanczos(B):
    A = B + B.T
    alpha, beta = np.zeros(3), np.zeros(3)
    v, old = np.full(4, 0.5), np.zeros(4)
    for j in range(3):
        w = A @ v
        alpha[j] = w @ v
        w -= alpha[j] * v + (beta[j - 1] * old if j else 0)
        beta[j] = np.linalg.norm(w)
        old = v
        v = w / beta[j]
    T = np.diag(alpha)
    T[np.arange(2), np.arange(1, 3)] = beta[:-1]
    T[np.arange(1, 3), np.arange(2)] = beta[:-1]
    return np.trace(T @ T @ T)


@program("determinant by elimination of a list of rows", normal((3, 3)))
def determinant_of_rows(A):
    rows = [row.copy() for row in A]
    det = 1.0
    for i in range(3):
        pivot = max(range(i, 3), key=lambda k: abs(rows[k][i]))
        if pivot != i:
            rows[i], rows[pivot] = rows[pivot], rows[i]
            det = -det
        det *= rows[i][i]
        for k in range(i + 1, 3):
            rows[k] -= rows[k][i] / rows[i][i] * rows[i]
    return det


@program("Strassen's blocks assembled", normal((4, 4), (4, 4)))
def strassen(A, B):
    a, b, c, d = A[:2, :2], A[:2, 2:], A[2:, :2], A[2:, 2:]
    e, f, g, h = B[:2, :2], B[:2, 2:], B[2:, :2], B[2:, 2:]
    p1, p2, p3, p4 = a @ (f - h), (a + b) @ h, (c + d) @ e, d @ (g - e)
    p5, p6, p7 = (a + d) @ (e + h), (b - d) @ (g + h), (a - c) @ (e + f)
    C = np.zeros((4, 4))
    C[:2, :2] = p5 + p4 - p2 + p6
    C[:2, 2:] = p1 + p2
    C[2:, :2] = p3 + p4
    C[2:, 2:] = p1 + p5 - p3 - p7
    return np.sum(C**2)


@program("stiffness matrix assembled from elements", within(0.5, 1.5, 5))
def stiffness_assembled(E):
    K = np.zeros((6, 6))
    ke = np.array([[1.0, -1.0], [-1.0, 1.0]])
    for e in range(5):
        dofs = [e, e + 1]
        K[np.ix_(dofs, dofs)] += E[e] * ke
    f = np.zeros(6)
    f[-1] = 1.0
    K[0, :] = 0
    K[:, 0] = 0
    K[0, 0] = 1
    u = np.linalg.solve(K, f)
    return u @ f + np.sum(u**2)


@program("truss with springs added at places", within(0.5, 1.5, 4))
def truss_add_at(k):
    i, j = np.array([0, 1, 2, 0]), np.array([1, 2, 3, 3])
    K = np.eye(4) * 0.5
    np.add.at(K, (i, i), k)
    np.add.at(K, (j, j), k)
    np.subtract.at(K, (i, j), k)
    np.subtract.at(K, (j, i), k)
    return np.linalg.slogdet(K)[1] + np.sum(np.linalg.inv(K)[0] ** 2)
