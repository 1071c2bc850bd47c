"""Functions with `for` loops as people write them, whose bodies are recorded once; each takes two arrays and a number."""

import numpy as np

FUNCTIONS = {}
LOOPS = {}


def function(loops=1):
    """Enter a function; in its program so many loops are expected."""

    def entered(f):
        FUNCTIONS[f.__name__] = f
        LOOPS[f.__name__] = loops
        return f

    return entered


@function()
def view_of_a_part(A, u, c):
    u = u.copy()
    for _ in range(5):
        v = u[1:]
        v += c * u[:-1]
    return np.sum(u**2) + np.sum(A)


@function()
def row_that_is_written_to(A, u, c):
    A = A.copy()
    for i in range(1, len(A)):
        row = A[i]
        row += c * A[i - 1]
        A[i, 0] = 2.0 * row[1]
    return np.sum(A**2) + np.sum(u)


@function()
def rows(A, u, c):
    A = A.copy()
    for row in A:
        row *= c
        row[...] = row**2 + u
    return np.sum(A**2)


@function()
def enumerated(A, u, c):
    total = 0.0
    for k, row in enumerate(A, start=2):
        total = total + np.sum(row * u) * k * c**k
    return total


@function()
def zipped(A, u, c):
    n = 0
    total = 0.0
    for a, (k, b) in zip(A[:, 0], enumerate(reversed(u)), strict=True):
        n += 1
        total = total + a * b * n * (c + k)
    return total / n


@function()
def backwards(A, u, c):
    for t in range(3, -1, -1):
        u = np.tanh(A[t] @ u) * c + u * t
    return np.sum(u**2) * (t + 1)


@function()
def every_other(A, u, c):
    for k in range(0, 4, 1):
        u = u + c * A[k]
    for k in range(3, 0, -2):
        u = u * A[k]
    return np.sum(u)


@function(loops=2)
def nested(A, u, c):
    B = np.zeros(A.shape)
    last = 0.0
    for i, row in enumerate(A):
        for j in range(len(row)):
            B[i, j] = c * row[j] + (B[i, j - 1] if j > 0 else last)
        last = B[i, -1] * u[i]
    return np.sum(B**3)


@function(loops=2)
def two_counters(A, u, c):
    n = len(A)
    F = np.zeros(n)
    for i in range(n):
        for j in range(n):
            if i != j:
                d = u[i] - u[j]
                F[i] += A[i, j] * d / (1.0 + d * d) ** 1.5
    return np.sum(F**2) * c


@function()
def slices_that_move(A, u, c):
    w = np.zeros(4)
    for i in range(1, 3):
        w[i] = np.sum(u[i - 1 : i + 2]) * c
    for i in range(2):
        for j in range(3):
            w[j : j + 2] += u[i] * A[i, j : j + 2]
    return np.sum(w**2)


@function()
def number_of_a_turn(A, u, c):
    total = 0.0
    for k in range(1, 5):
        total = total + c**k / k * np.cos(k * u[0]) + (k * A[0, 0]) % 2.0
    return total


@function()
def remainder(A, u, c):
    total = c
    for k in range(6):
        if k % 2:
            total = total + u[k % 4] * c
        elif k // 3:
            total = total * A[k // 3, 0]
    return total


@function()
def once_at_the_start(A, u, c):
    x = u
    for t in range(5):
        if t == 0:  # noqa: SIM108  # as people write it
            x = x * c
        else:
            x = np.sin(x) + A[0]
    return np.sum(x)


@function()
def value_of_the_turn_before(A, u, c):
    k = 0
    for i in range(4):
        A = A + c * k
        k = i
    return np.sum(A**2) * k + np.sum(u)


@function()
def static_numbers(A, u, c):
    n, flag = 3, True
    for i in range(4):
        n = 3
        if flag and n == 3:
            u = u * c + A[i] * n
    return np.sum(np.ones(n)) * np.sum(u)


@function(loops=0)
def only_two_turns(A, u, c):
    for i in range(2):
        u = u * A[i] * c
    return np.sum(u)


@function()
def first_turn_apart(A, u, c):
    s = None
    for i in range(4):
        s = A[i] if s is None else s * c + A[i] * u
    return np.sum(s**2)


@function()
def negative_place(A, u, c):
    B = A.copy()
    for i in range(len(B)):
        B[i] = B[i - 1] * c + B[i] * u
    return np.sum(B**3)


@function()
def from_the_end(A, u, c):
    total = 0.0
    for i in range(1, 5):
        total = total + A[-i, -1] * u[4 - i] * c
    return total**2


@function()
def transposed(A, u, c):
    B = A.copy()
    T = B.T
    for i in range(len(B)):
        T[0, i] = c * B[i, 1]
    return np.sum(B**3) + np.sum(u)


@function()
def random_numbers(A, u, c):
    rng = np.random.default_rng(0)
    total = 0.0
    for i in range(4):
        total = total + np.sum(A[i] * rng.normal()) * c
    return total + np.sum(u)


@function()
def list_that_grows(A, u, c):
    kept = []
    for i in range(4):
        u = np.tanh(u * c + A[i])
        kept.append(u)
    return np.sum(np.array(kept) ** 2) + len(kept)


@function()
def list_that_is_read(A, u, c):
    kept = [u]
    for i in range(4):
        kept.append(np.tanh(kept[-1] * c + A[i]))
    return np.sum(kept[-1] * kept[0])


@function()
def dictionary(A, u, c):
    state = {"x": u, "n": 0.0}
    for i in range(4):
        state = {"x": state["x"] * c + A[i], "n": state["n"] + c}
    return np.sum(state["x"]) * state["n"]


@function()
def object_that_changes(A, u, c):
    class Counter:
        total = 0.0

    counter = Counter()
    for i in range(4):
        counter.total = counter.total + np.sum(A[i] * u) * c
    return counter.total**2


@function()
def closure_over_what_changes(A, u, c):
    def scaled(v):
        return v * c + u

    for i in range(4):
        u = np.sin(scaled(A[i]))
    return np.sum(u)


@function()
def one_array_with_two_names(A, u, c):
    v = w = u * 1.0
    for i in range(3):
        v = w = v * c + A[i]
    v[0] = c
    return np.sum(v * w)


@function()
def assigned_inside(A, u, c):
    for i in range(4):
        e = A[i] * c
        u = u + e**2
    return np.sum(u * e) * i


@function()
def integers_that_become_floats(A, u, c):
    total = 0
    for i in range(4):
        total = total + A[i, 0] * c
    return total + np.sum(u)


@function()
def constants_of_the_module(A, u, c):
    total = 0.0
    for k, weight in enumerate(WEIGHTS):
        total = total + weight * c**k * WEIGHTS[k] * A[k, 0]
    return total * np.sum(u)


WEIGHTS = np.array([0.3, -0.5, 0.8, 1.1])


@function()
def triangle(A, u, c):
    total = 0.0
    for i in range(4):
        for j in range(i + 1):
            total = total + A[i, j] * c**j
    return total**2 + np.sum(u)


@function()
def tail_without_a_derivative(A, u, c):
    total = 0.0
    d = c * 0.0 + 26.0
    for _ in range(4):
        total = total + d * np.sum(u)
        d = np.sqrt(d - 1.0)
    return total


@function()
def result_that_repeats_a_number(A, u, c):
    y = np.full(4, c)
    y[1] = u[0]
    z = np.full(4, c)
    for k in range(3):
        z[k] = np.tanh(u[k])
        y = z.copy()
    return np.sum(np.sin(y)) + np.sum(np.sin(z)) + np.sum(A)


@function()
def branch_that_passes_an_array_on(A, u, c):
    w = u * 1.0
    total = 0.0
    for k in range(4):
        total = total + w[2] * c
        if A[k, 0] > 0.2:
            w = w * c
    return np.sum(w) + total


# ---- of any size -----------------------------------------------------------------------------------------------------------


@function()
def recurrence(A, u, c):
    h = np.zeros(len(u))
    s = np.zeros(len(u))
    for t in range(len(A)):
        z = A @ h + A[t] * c
        s = np.tanh(z) * 0.5 + s
        h = np.tanh(s)
    return np.sum(h * u)


@function()
def horner(A, u, c):
    total = 0.0
    for a in u[::-1]:
        total = total * c + a
    return total + np.sum(A)


@function(loops=2)
def pairs(A, u, c):
    energy = 0.0
    for i in range(len(u)):
        for j in range(len(u)):
            if i != j:
                energy = energy + A[i, j] / (1.0 + (u[i] - u[j]) ** 2) * c
    return energy


@function(loops=2)
def centered_rows(A, u, c):
    n, m = A.shape
    out = np.zeros((n, m))
    for i in range(n):
        out[i] = A[i] - np.mean(A[i])
        for j in range(m):
            out[i, j] = out[i, j] * c / np.sqrt(n)
    return np.sum(out**2 * u)


@function()
def back_substitution(A, u, c):
    x = u.copy()
    for t in range(len(u) - 2, -1, -1):
        x[t] = x[t] + c * x[t + 1]
    return np.sum(x**2) + np.sum(A)


@function()
def variances(A, u, c):
    h = np.zeros(len(u))
    h[0] = np.var(u)
    for t in range(1, len(u)):
        h[t] = 0.1 + c * u[t - 1] ** 2 + 0.2 * h[t - 1]
    return np.sum(np.log(h) + u**2 / h) + np.sum(A)


@function()
def left_at_the_end(A, u, c):
    total = 0.0
    for k in range(len(u)):
        total = total + c * u[k] * A[0, k]
        if k == len(u) - 1:
            break
    return total**2


@function(loops=0)
def two_rows(A, u, c):
    total = 0.0
    for row in A[: len(u) // 2]:
        total = total + np.sum(row) * c
    return total**2 + np.sum(u)


@function()
def objects_that_hold_each_other(A, u, c):
    class Node:
        def __init__(self):
            self.other = (self,)
            self.scale = c

    node = Node()
    total = 0.0
    for k in range(4):
        total = total + node.other[0].scale * u[k] * A[k, 0]
    return total**2


@function()
def down_to_a_size(A, u, c):
    total = 0.0
    for k in range(9, len(u), -1):
        total = total + c**k * u[0]
    return total * np.sum(A)


@function()
def written_at_several_places(A, u, c):
    w = np.zeros(4)
    for row in A:
        if row[0] > 0.1:
            w[[0, 2]] += row[:2] * c
        w = w + u
    return np.sum(w**2)


@function()
def sum_of_a_comprehension(A, u, c):
    return c * sum([v**2 for v in u]) + np.sum(A)


@function(loops=2)
def sum_of_two(A, u, c):
    return sum(A[i, j] * u[i] * u[j] * c for i in range(len(u)) for j in range(len(u)))


@function()
def sum_of_some(A, u, c):
    return sum(v * c for v in u if v > 0 if v < 2.0) + np.sum(A)


@function()
def sum_of_rows(A, u, c):
    return np.sum(sum(row * c for row in A) ** 2) + u[0]


@function()
def sum_of_pairs(A, u, c):
    return sum(k * (a + c * b) for k, (a, b) in enumerate(zip(u, A[0], strict=True)))


@function()
def sum_of_branches(A, u, c):
    def bent(v):
        return v**2 if v > 0 else c * v

    return sum(bent(v) for v in u) + np.sum(A)


@function(loops=0)
def sum_of_whole_numbers(A, u, c):
    return sum(k for k in range(len(u))) * c + u[0] + A[0, 0]


@function()
def array_of_a_comprehension(A, u, c):
    return u @ np.array([np.sum(row) * c for row in A])


@function(loops=2)
def mean_of_rows(A, u, c):
    return np.sum(np.array([[1.0, 2.0] @ row[:2] + row for row in A]) @ u) * np.mean([v**2 * c for v in u])


@function(loops=2)
def again_and_again(A, u, c):
    for _ in range(3):
        u = np.array([np.sum(A[k] * u) * v * c for k, v in enumerate(u)])
    return np.sum(u)


@function(loops=0)
def list_that_is_read_twice(A, u, c):
    parts = [v * c for v in u]
    return parts[0] * parts[-1] + len(parts) * A[0, 0]


@function(loops=0)
def shadowed(A, u, c):
    def sum(parts):
        return max(parts) * c

    return sum([u[k] + A[k, k] for k in range(len(u))])


@function()
def generator_that_is_used_up(A, u, c):
    parts = iter([u[0], u[1], u[2]])
    return sum(c * part for part in parts) + np.sum(A) + sum(part for part in parts)


@function()
def some_left_out(A, u, c):
    total = 0.0
    for k, v in enumerate(u):
        if v < 0:
            continue
        total = total + v**2 * c * (k + 1)
    return total + np.sum(A)


@function()
def left_early(A, u, c):
    total = 0.0
    for v in u:
        if total > 0.3:
            break
        total = total + v**2 * c
    return total**2 + np.sum(A)


@function()
def newton(A, u, c):
    x = c
    for _ in range(50):
        step = (x * x - c) / (2 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x * np.sum(A) * u[0]


@function()
def without_a_test(A, u, c):
    total = u[0]
    while True:
        total = total + c
        if total > 3:
            break
    return total**2 * np.sum(A)


@function()
def jumps_of_all_kinds(A, u, c):
    total, n = u[1], 0
    for row, v in zip(A, u, strict=True):
        n = n + 1
        if row[0] > 0.3:
            continue
        total = total + v * c
        if total > 3.0:
            total = total * 2
            break
        if total < -3.0:
            break
        total = total + 0.1 * row[1]
    return total**2 + n * A[0, 0] + u[0]


@function(loops=2)
def inner_loop_left(A, u, c):
    total = 0.0
    for row in A:
        s = 0.0
        for v in row:
            s = s + v * c
            if s > 0.2:
                break
        total = total + s**2
    return total + np.sum(u)


@function()
def while_with_a_continue(A, u, c):
    total, k = 0.0, 0
    while total < 2.0:
        k = k + 1
        if k == 2:
            continue
        total = total + c
    return total**2 * np.sum(u) + np.sum(A)


@function(loops=0)
def list_that_is_left(A, u, c):
    parts = [u[0], c * u[1], A[0, 0], A[1, 1]]
    total = 0.0
    for part in parts:
        total = total + part**2
        if total > 100.0:
            break
    return total


@function()
def not_of_a_value(A, u, c):
    total = 0.0
    for v in u:
        small = not v > 0.1
        total = total + c if small else total + v
    return total**2 + np.sum(A)


@function()
def returned_early(A, u, c):
    total = u[0]
    for _ in range(100):
        total = total + c
        if total > 3:
            return total * np.sum(A)
        total = total * 1.1
    return total


@function()
def returned_from_a_while(A, u, c):
    total, n = u[1], 0
    while total < 5:
        n = n + 1
        total = total + c
        if n > 4:
            return total**2 * A[0, 0]
    if total > 5.2:
        return total * np.sum(A)
    return total + n * u[0]


@function(loops=0)
def returned_from_two(A, u, c):
    total = 0.0
    for _ in range(3):
        for _ in range(3):
            total = total + u[0]
            if total > 100.0:
                return total
    return total * c * A[0, 0]


@function(loops=0)
def closure_over_what_is_left(A, u, c):
    scale = c

    def scaled(v):
        return scale * v

    total = 0.0
    for k in range(3):
        scale = scale * 0.5
        total = total + scaled(u[k])
        if k == 7:
            break
    return total * A[0, 0]


# ---- lists that grow ---------------------------------------------------------------------------------------------------------


@function()
def list_of_states(A, u, c):
    h = u * 0.5
    states = []
    for row in A:
        h = np.tanh(A @ h + c * row)
        states.append(h)
    return np.sum(np.array(states) ** 2) + np.sum(h)


@function()
def two_lists(A, u, c):
    x, v = u[0], c
    xs, vs = [], []
    for k in range(1, len(u)):
        v = v - 0.1 * x * u[k]
        x = x + 0.1 * v
        xs.append(x)
        vs += [v * c]
    return np.sum(np.asarray(xs) * np.stack(vs)) + sum(xs) / len(vs) + np.mean(vs) + np.sum(A)


@function()
def last_item_of_a_list(A, u, c):
    xs: list = [c]
    for k in range(len(u)):
        xs.append(np.sin(u[k]) * xs[-1] + A[k, 0])
    return np.sum(np.array(xs) ** 2) * xs[-1] / len(xs)


@function(loops=2)
def list_of_lists(A, u, c):
    rows = []
    for i in range(len(A)):
        row = []
        for j in range(A.shape[1]):
            row.append(np.exp(c * A[i, j]) * u[j] * i)
        rows.append(np.array(row))
    return np.sum(np.array(rows) ** 2)


@function(loops=2)
def list_of_two_loops(A, u, c):
    items = []
    for i in range(len(A)):
        for j in range(A.shape[1]):
            items.append(np.tanh(c * A[i, j]) * u[j])
    return np.sum(np.array(items) ** 2)


@function(loops=2)
def list_that_goes_on(A, u, c):
    items = [c, u[0]]
    for value in u:
        items.append(c * value)
    items.append(c**2)
    for value in A[0]:
        items.append(value**2)
    return np.sum(np.array(items) ** 3) + np.max(items)


@function(loops=0)
def list_of_an_array_that_is_written_to(A, u, c):
    y = np.zeros(4)
    ys = []
    for row in A:
        y += c * row
        ys.append(y)
    return np.sum(np.array(ys) * u)


@function(loops=0)
def list_whose_last_item_is_written_to(A, u, c):
    h = u * c
    hs = []
    for row in A:
        h = np.sin(h + row)
        hs.append(h)
    h[0] = c
    return np.sum(np.array(hs)) + np.sum(h)


@function(loops=0)
def list_that_is_indexed(A, u, c):
    ys = []
    for value in u:
        ys.append(c * value**2)
    return ys[1] * ys[2] + np.sum(np.array(ys)) + np.sum(A)


@function(loops=0)
def list_by_two_names(A, u, c):
    ys = []
    same = ys
    for value in u:
        ys.append(c * value**2)
    same.append(c)
    return np.sum(np.array(ys)) * len(same) + np.sum(A)


@function(loops=0)
def list_in_a_branch(A, u, c):
    ys = [c]
    for value in u:
        if value > 0.0:
            ys.append(c * value**2)
    return np.sum(np.array(ys)) + np.sum(A)


@function()
def list_that_a_closure_reads(A, u, c):
    ys = []
    total = 0.0
    for value in u:
        ys.append(c * value**2)
        total = total + c * value

    def last():
        return ys[-1]

    return last() + total + np.sum(A)


@function(loops=0)
def list_that_is_read_on_the_way(A, u, c):
    ys = [c]
    total = 0.0
    for value in u:
        total = total + np.max(np.array(ys)) * value
        ys.append(c * value**2)
    return total + np.sum(A)


# ---- loops whose number of turns the loops around change -----------------------------------------------------------------


@function(loops=2)
def lower_triangle(A, u, c):
    total = 0.0
    for i in range(len(u)):
        for j in range(i):
            total = total + np.sin(c * A[i, j]) * u[j] * u[i] ** 2
    return total


@function(loops=2)
def pairs_of_a_triangle(A, u, c):
    energy = 0.0
    for i in range(len(u)):
        for j in range(i + 1, len(u)):
            difference = A[i] - A[j]
            energy += u[i] * u[j] / np.sqrt(np.sum(difference**2) + c**2)
    return energy


@function(loops=4)
def substitution(A, u, c):
    x = np.zeros(len(u))
    for i in range(len(u)):
        s = u[i]
        for j in range(i):
            s = s - A[i, j] * x[j]
        x[i] = s / (2.0 + A[i, i] ** 2)
    return np.sum(x**2) * c


@function(loops=4)
def substitution_from_the_end(A, u, c):
    x = np.zeros(len(u))
    for i in reversed(range(len(u))):
        s = c * u[i]
        for j in range(i + 1, len(u)):
            s -= A[i, j] * x[j]
        x[i] = s / (2.0 + A[i, i] ** 2)
    return np.sum(x**3)


@function(loops=5)
def cholesky(A, u, c):
    n = len(u)
    M = A @ A.T
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = M[i, j] + 5.0 * c * (i == j)
            for k in range(j):
                s = s - L[i, k] * L[j, k]
            if i == j:
                L[i, i] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    return np.sum(L @ u)


@function(loops=2)
def falling_turns(A, u, c):
    total = 0.0
    for i in range(1, len(u)):
        for j in range(i - 1, -1, -1):
            total = total * c + A[i, j] * u[i - j]
    return total


@function(loops=2)
def square_without_a_corner(A, u, c):
    total = 0.0
    for i in range(len(A)):
        for j in range(len(u) - i):
            total += c * A[i, i + j] * u[j]
    return total


@function(loops=0)
def last_of_a_triangle(A, u, c):
    total, last = 0.0, c
    for i in range(len(u)):
        for j in range(i):
            value = A[i, j] * c
            last = value
        total = total + last * u[i]
    return total


@function(loops=0)
def left_by_a_triangle(A, u, c):
    total, value = 0.0, 0.0
    for i in range(1, len(u)):
        for j in range(i):
            value = A[i, j] * c
        total = total + value * u[i] + j
    return total


@function(loops=0)
def zeros_that_are_read(A, u, c):
    w, ones = np.zeros(len(u)), np.ones(A.shape)
    total = 0.0
    for i in range(len(u)):
        for j in range(i + 1):
            total = total + np.sin(c * A[j, i]) * (u[j] + w[i - j])
    return total + np.sum(w * u) + np.sum(ones * A)


@function(loops=6)
def lu_decomposition(A, u, c):
    A = A + 4.0 + c * u
    n = len(u)
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(A**2)


@function()
def zeros_as_they_are(A, u, c):
    w, ones = np.zeros(len(u)), np.ones(A.shape)
    total = 0.0
    for value in u:
        total = total * c + value
    return total + np.sum(w * u) + np.sum(ones * A)


def states_of(A, u, c):
    h = u * 0.5
    states = []
    for row in A:
        h = np.tanh(A @ h + c * row)
        states.append(h)
    return np.array(states)


@function()
def list_of_a_helper(A, u, c):
    return np.sum(states_of(A, u, c) ** 2)
