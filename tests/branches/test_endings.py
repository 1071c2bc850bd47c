"""How loops end: with an `else`, with a `break` or a `return` of what only a turn has given, by tests of sizes and int arguments.

Each derivative is printed for some arguments and run at others, beside finite differences.
"""

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed, slopes_by_differences

X, LONG, ONE = np.array([0.5, -1.2, 1.9, 0.3]), np.array([0.1, 0.4, -0.8, 0.7, 2.1, 1.3]), np.array([0.7])


def else_of_a_for(x, most):
    total = 0.0
    for v in x:
        if v > most:
            break
        total += v * v
    else:
        total = total * 3.0
    return total


def return_in_an_else(x, most):
    total = 1.0
    for v in x:
        total = total * 0.5 + v * v
        if total > most:
            break
    else:
        return total * total
    return total


def else_of_a_while(x, most):
    z = x[0] ** 2 + 0.1
    while z < most:
        z = z * 1.7
        if z > 4:
            y = z * z
            break
    else:
        y = np.sin(z)
    return y + z


def else_in_a_loop(x, most):
    total = 0.0
    for v in x:
        k = 0
        while k < 5:
            total += v * v / (k + 1)
            if total > most:
                break
            k += 1
        else:
            total += v
    return total


def else_without_a_break(x, most):
    total = 0.0
    for v in x:
        total += v**3
    else:
        total = total * most
    return total


def value_of_the_last_turn(x, most):
    for v in x:
        w = v * v + 0.1
        if w > most:
            break
    return w * v


def returned_from_a_turn(x, limit):
    z, a = 1.0, x[0] ** 2 + 1.0
    for _ in range(limit):
        new = 0.5 * (z + a / z)
        if abs(new - z) < 1e-3:
            return new
        z = new
    return z


def defined_on_one_side(x, most):
    total = 0.0
    for v in x:
        if v > 0.2:
            u = v * most
        if v > 0.2:
            total += u * v
    return total


def squared_and_multiplied(x, n):
    result, z = 1.0, x[0]
    while n > 0:
        if n % 2 == 1:
            result = result * z
        z = z * z
        n = n // 2
    return result


def common_divisor(x, n):
    a, b = n, 4
    while b:
        a, b = b, a % b
    return np.sum(x**2) * a


def in_steps_of_two(x, n):
    i, total = 0, 0.0
    while i < len(x):
        total += x[i] ** n
        i += 2
    return total


def until_too_large(x, n):
    a, b = 0.0, 0.0
    for _ in range(n):
        a, b = a * a - b * b + x[0], 2 * a * b + 0.3
        if a * a + b * b > 4.0:
            break
    return a * a + b * b


FUNCTIONS = [
    (else_of_a_for, (X, 2.5), (X, 1.0), (LONG, 5.0), (LONG, 0.2)),
    (return_in_an_else, (X, 100.0), (X, 0.9), (LONG, 0.1), (ONE, 10.0)),
    (else_of_a_while, (X, 2.0), (X, 9.0), (X, 0.1), (LONG, 3.0)),
    (else_in_a_loop, (X, 100.0), (LONG, 1.0), (ONE, 0.01)),
    (else_without_a_break, (X, 100.0), (LONG, 1.0)),
    (value_of_the_last_turn, (X, 100.0), (LONG, 1.0), (ONE, 3.0)),
    (returned_from_a_turn, (X, 50), (LONG, 2), (ONE, 9)),
    (defined_on_one_side, (X, 2.0), (LONG, 1.0), (ONE, 3.0)),
    (squared_and_multiplied, (X, 4), (LONG, 9), (ONE, 3)),
    (common_divisor, (X, 6), (LONG, 5), (ONE, 8)),
    (in_steps_of_two, (X, 2), (LONG, 3), (ONE, 4)),
    (until_too_large, (X, 6), (LONG, 2), (ONE, 9)),
]


@pytest.mark.parametrize(
    ("f", "first", "others"),
    [(f, first, others) for f, first, *others in FUNCTIONS],
    ids=lambda f: getattr(f, "__name__", ""),
)
def test_a_text_holds_however_the_loop_ends(f, first, others):
    run = executed(cr.derive(f, first, wrt=0))
    for args in (first, *others):
        np.testing.assert_allclose(run(*args), slopes_by_differences(f, args), rtol=1e-6, atol=1e-8)


def at_odd_places(x, n):
    i, s = 0, 1.0
    while 2 * i + 1 < len(x):
        s += x[2 * i + 1] * s * 0.1
        i += 1
    return s + x[0]


def below_a_root(x, n):
    i, s = 0, 1.0
    while i * i < n:
        s = s * x[0] + i
        i += 1
    return s


def until_it_is(x, n):
    i, s = 0, 1.0
    while not (i >= n):
        s = s * x[0] + i
        i += 1
    return s


def two_bounds(x, n):
    i, s = 0, 1.0
    while n - i > 0 and i < 4:
        s = s * x[0] + i
        i += 1
    return s + i


def down_by_two(x, n):
    s, k = x[0], n
    while k > 0:
        for v in x:
            s = 0.9 * s + v * k
        k -= 2
    return s * k


def search(x, n):
    low, high, s = 0, len(x), 0.0
    while low < high:
        mid = (low + high) // 2
        s += x[mid] ** 2
        if n > mid:
            low = mid + 1
        else:
            high = mid
    return s


def from_the_end(x, n):
    s, i = 0.0, len(x) - 1
    while i >= 0:
        s = s * 0.5 + x[i]
        i -= 1
    return s


def in_a_loop_of_its_own(x, n):
    s = 0.0
    for i in range(len(x)):
        k = n
        while k > i:
            s += x[i] * k
            k -= 1
    return s


COUNTING = [
    at_odd_places, below_a_root, until_it_is, two_bounds, down_by_two, search, from_the_end, in_a_loop_of_its_own,
]  # fmt: skip


@pytest.mark.parametrize("f", COUNTING)
def test_a_while_that_counts_holds_for_other_numbers_of_turns(f):
    run = executed(cr.derive(f, (X, 3), wrt=0))
    for args in [(X, 3), (LONG, 1), (ONE, 5), (LONG, 9), (X, 0), (ONE, -1)]:
        np.testing.assert_allclose(run(*args), slopes_by_differences(f, args), rtol=1e-6, atol=1e-8)


def test_a_value_that_no_turn_has_given_is_refused():
    def f(x, most):
        z = x
        while z < most:
            z = z * 2.0
            last = z * z
        return last

    run = executed(cr.derive(f, (1.5, 10.0), wrt=0))
    assert run(1.5, 20.0) == pytest.approx(2 * 24.0 * 16)
    with pytest.raises(UnboundLocalError):
        f(11.0, 10.0)
    with pytest.raises(ValueError, match="made where"):
        run(11.0, 10.0)


@pytest.mark.parametrize("first", [1.7, 0.9], ids=["no turn", "turns"])
def test_how_many_turns_there_were_decides_nothing(first):
    """What a turn reads again on the way back is kept, though the first arguments have no turn in which it changes."""

    def f(a, b):
        w = np.array([0.0, 0.5 * b, 0.2])
        while a < 1.5:
            a = a + 0.2
            b = w[0] * b
            w[1] = np.sin(w[1]) * w[1]
            w[2] *= w[1]
        return a + b * np.sum(w) + np.sum(w**2)

    run = executed(cr.derive(f, (first, 0.7), wrt=1))
    for args in [(1.7, 0.7), (1.4, -0.4), (0.9, 1.9)]:
        step = 1e-6
        slope = (f(args[0], args[1] + step) - f(args[0], args[1] - step)) / (2 * step)
        np.testing.assert_allclose(run(*args), slope, rtol=1e-6)
