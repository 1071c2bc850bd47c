"""Slices whose length changes from turn to turn: loops over them are kept, and their texts hold for other sizes."""

import re

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed, slopes_by_differences


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def definite(n):
    return normal(n, n) @ normal(n, n).T + n * np.eye(n)


def upper(n):
    return np.triu(normal(n, n)) + 3 * np.eye(n)


def forward_substitution(L, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x**2)


def backward_substitution(U, b):
    x = np.zeros(len(b))
    for i in range(len(b) - 1, -1, -1):
        x[i] = (b[i] - U[i, i + 1 :] @ x[i + 1 :]) / U[i, i]
    return x @ x


def with_a_letter_for_two(A, u):
    t = 0.3 * np.sum(u)
    s = np.sin(t) * t
    w = 0.0
    for t in range(len(u)):
        w += np.tanh(np.sum(A[:t, t]) * s)
    return w * s


def with_a_letter_for_two_counters(A, u):
    w = 0.0
    for i in range(len(u) - 1):
        w = w + sum([np.tanh(np.sum(A[: i + 2]) * u[i]) for i in range(5)]) * np.sum(A[: i + 2])
    return w


def sum_of_parts(B, s):
    z = 0.0
    for i in range(len(B)):
        z = z + np.tanh(np.sum(B[: i + 1]) * s)
    return z


def with_a_letter_of_a_helper(A, u):
    w = 0.0
    for i in range(len(u)):
        w = w + sum_of_parts(A[: i + 3], u[i])
    return w


def lu(A):
    A = A.copy()
    for k in range(len(A) - 1):
        A[k + 1 :, k] /= A[k, k]
        A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k, k + 1 :])
    return np.sum(np.log(np.abs(np.diag(A))))


def cholesky(A):
    n = len(A)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            rest = A[i, j] - L[i, :j] @ L[j, :j]
            if i == j:
                L[i, j] = np.sqrt(rest)
            else:
                L[i, j] = rest / L[j, j]
    return np.sum(np.log(np.diag(L)))


def householder(A):
    R = A.copy()
    for k in range(R.shape[1]):
        x = R[k:, k]
        v = x.copy()
        v[0] = v[0] + np.sqrt(np.sum(x**2))
        v = v / np.sqrt(np.sum(v**2))
        R[k:, k:] = R[k:, k:] - 2 * np.outer(v, v @ R[k:, k:])
    return np.sum(1.5 * np.abs(np.diag(R)))


def levinson(a):
    n = len(a) - 1
    f, error = np.zeros(n + 1), a[0]
    f[0] = 1.0
    for k in range(1, n + 1):
        reflected = -(f[:k] @ a[1 : k + 1][::-1]) / error
        g = f.copy()
        g[1 : k + 1] = f[1 : k + 1] + reflected * f[:k][::-1]
        f = g
        error = error * (1 - reflected**2)
    return error


def causal_attention(Q, K, V):
    out = np.zeros_like(V)
    for t in range(len(Q)):
        weights = np.exp(K[: t + 1] @ Q[t])
        weights /= np.sum(weights)
        out[t] = weights @ V[: t + 1]
    return np.sum(out**2)


def mean(v):
    return np.sum(v) / len(v)


def means(x):
    return sum(mean(x[:k]) ** 2 for k in range(2, len(x) + 1))


def norms(x):
    y = np.zeros(len(x))
    for k, v in enumerate(x):
        y[k] = np.sqrt(1 + np.sum(x[:k] ** 2)) * v
    return np.sum(y)


def created(x):
    total = 0.0
    for k in range(2, len(x)):
        y = np.zeros(k)
        y[:] = x[:k] * np.arange(k)
        total += np.sum(np.sin(y)) * np.sum(np.eye(k) @ x[:k])
    return total


def counted_on(x):
    total = 0.0
    for k in range(len(x) - 1):
        total = total + np.mean(np.arange(k, len(x)) * x[k] ** 2)
    return total


def cut_again(x):
    total = 0.0
    for k in range(3, len(x)):
        y = x[:k]
        for j in range(len(y)):
            total += y[j] * np.sin(y[0]) * np.sum(y[1:])
    return total


def branching(x):
    total = 0.0
    for k in range(1, len(x)):
        if np.sum(x[:k]) > 0:
            total += np.sum(x[:k] ** 2)
        else:
            total -= x[k:] @ x[k:]
    return total


def turned(x):
    total = 0.0
    for k in range(1, len(x) - 1):
        total += np.concatenate([x[k:], x[:k]]) @ x * np.var(x[k:])
    return total


CASES = {
    forward_substitution: [(upper(n).T, normal(n)) for n in (4, 6, 1)],
    backward_substitution: [(upper(n), normal(n)) for n in (4, 6, 1)],
    with_a_letter_for_two: [(normal(n, n), normal(n)) for n in (5, 7, 3)],
    with_a_letter_for_two_counters: [(normal(n + 2), normal(n)) for n in (6, 8, 5)],
    lu: [(definite(n),) for n in (5, 3, 7)],
    cholesky: [(definite(n),) for n in (4, 6, 1)],
    householder: [(normal(*shape),) for shape in ((6, 4), (5, 3), (7, 2))],
    levinson: [(np.array([3.0, 1.0, 0.5, 0.2, 0.1, 0.3, 0.2])[:n],) for n in (5, 7, 2)],
    causal_attention: [(normal(n, 2), normal(n, 2) + 0.5, normal(n, 3)) for n in (5, 7, 1)],
    means: [(normal(n),) for n in (5, 8, 2)],
    norms: [(normal(n),) for n in (5, 8, 1)],
    created: [(normal(n),) for n in (6, 8, 3)],
    counted_on: [(normal(n),) for n in (6, 8, 3)],
    cut_again: [(normal(n),) for n in (6, 8, 4)],
    branching: [(normal(n),) for n in (5, 8, 2)],
    turned: [(normal(n),) for n in (6, 8, 3)],
}


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_a_text_holds_for_other_sizes(f):
    first, *others = CASES[f]
    program = cr.derive(f, first, wrt=0)
    assert {line.split()[-1] for line in program.report().splitlines()} == {"kept"}
    for point in (first, *others):
        found = executed(program)(*point)
        np.testing.assert_allclose(found, slopes_by_differences(f, point), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found, cr.grad(f)(*point), rtol=1e-9, atol=1e-11)


def test_a_size_of_a_turn_is_none_of_the_counter_that_a_function_calls_so():
    point = normal(9), normal(6)
    program = cr.derive(with_a_letter_of_a_helper, point, wrt=0)
    assert "UnboundLocalError" not in program.report()
    np.testing.assert_allclose(
        executed(program)(*point), slopes_by_differences(with_a_letter_of_a_helper, point), rtol=1e-5, atol=1e-6
    )


def test_the_shape_of_a_slice_is_told_with_the_name_of_the_variable():
    text = str(cr.derive(householder, CASES[householder][0], wrt=0))
    assert re.search(r"x = R\[k\]\[k:, k\] +# \(n - k,\)$", text, re.MULTILINE)
    assert re.search(r"# \(n - k\)×\(m - k\)$", text, re.MULTILINE)


def test_what_is_assumed_of_sizes_is_checked_and_is_no_branch():
    program = cr.derive(forward_substitution, CASES[forward_substitution][0], wrt=0)
    with pytest.raises(ValueError, match=r"^made where p <= m \+ 1; make it again for other arguments$"):
        executed(program)(np.ones((5, 2)), np.ones(5))
    assert "  if  " not in program.report()


def unequal(x):
    total = 0.0
    for k in range(len(x)):
        total += np.sum(x[:k]) * np.sum(x[k + 1 :])
    return total


def growing(x):
    y = x
    for k in range(1, len(x) + 1):
        y = x[:k]
    return np.sum(y**2)


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (
            unequal,
            "there is no turn in which all of its slices have at least two items; derive it with larger arrays",
        ),
        (growing, "a turn keeps an array whose length depends on the turn"),
    ],
)
def test_a_loop_that_cannot_be_kept_says_why_and_holds_for_its_sizes(f, why):
    x = normal(4)
    program = cr.derive(f, (x,))
    assert program.report().endswith(f"for  unrolled: {why}")
    np.testing.assert_allclose(executed(program)(x), slopes_by_differences(f, (x,)), rtol=1e-6)
    with pytest.raises(ValueError, match=r"^made for x \(4,\)"):
        executed(program)(normal(5))


def test_with_larger_arrays_it_is_kept():
    program = cr.derive(unequal, (normal(5),))
    assert program.report().endswith("for  kept")
    for n in (5, 3, 7):
        np.testing.assert_allclose(
            executed(program)(normal(n)), slopes_by_differences(unequal, (normal(n),)), rtol=1e-6, atol=1e-8
        )


def test_an_array_that_is_written_to_and_only_read_in_a_loop_keeps_its_size():
    def f(x):
        weights = np.zeros(len(x))
        weights[0] = 0.4
        total = 0.0
        for k in range(len(x)):
            total = total + np.mean(weights) * np.sum(weights[: k + 1] * x[: k + 1])
        return total

    program = cr.derive(f, (normal(5),))
    for n in (5, 7, 1):
        np.testing.assert_allclose(
            executed(program)(normal(n)), slopes_by_differences(f, (normal(n),)), rtol=1e-6, atol=1e-9
        )


def test_a_helper_that_asks_for_a_length_holds_for_other_sizes():
    def f(x):
        total = 0.0
        for k in range(len(x)):
            total += mean(x) * k
        return total

    program = cr.derive(f, (normal(4),))
    for n in (4, 6):
        np.testing.assert_allclose(executed(program)(normal(n)), np.full(n, n * (n - 1) / 2 / n), rtol=1e-12)


def test_a_size_that_is_part_of_a_key_is_fixed():
    def f(x, factors):
        return factors[f"of {len(x)}"] * np.sum(x**2)

    program = cr.derive(f, (normal(3), {"of 3": 2.0, "of 4": 5.0}))
    with pytest.raises(ValueError, match=r"^made for x \(3,\)"):
        executed(program)(normal(4), {"of 3": 2.0, "of 4": 5.0})


@pytest.mark.parametrize("part", [slice(1, None), slice(None)], ids=["a part", "the whole"])
def test_a_place_that_is_counted_from_the_end_is_not_kept_as_one_from_the_beginning(part):
    def f(x):
        weights = np.ones(len(x))
        weights[-1] = 0.5
        return np.sum(weights[part] * x[part])

    program = cr.derive(f, (normal(5),))
    np.testing.assert_allclose(
        executed(program)(normal(5)), slopes_by_differences(f, (normal(5),)), rtol=1e-6, atol=1e-9
    )
    with pytest.raises(ValueError, match=r"^made for x \(5,\)"):
        executed(program)(normal(7))
