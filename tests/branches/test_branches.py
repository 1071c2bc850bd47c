"""A derivative keeps the branches of the program: its text is right on both sides, wherever it was traced."""

import textwrap

import numpy as np
import pytest

import chainrule as cr
from chainrule.branches import derivative, noun, recording, text

from ..program.texts import executed

A, B = np.array([1.0, -2.0, 3.0, -0.5]), np.array([-1.0, 2.0, 0.3, 4.0])


def agree(f, *points, wrt=None, asserted=0):
    """The derivative of f, traced at the first point; it and its text are right at all points, as grad is."""
    wrt = tuple(range(len(points[0]))) if wrt is None else wrt
    program = cr.derive(f, points[0], wrt=wrt)
    text = executed(program)
    assert str(program).count("made where") == asserted
    for point in points:
        expected = cr.grad(f, wrt)(*point)
        for run in (program, text):
            for slope, wanted in zip(run(*point), expected, strict=True):
                np.testing.assert_allclose(slope, wanted, rtol=1e-12, atol=1e-14)
    return str(program)


# ---- if ----------------------------------------------------------------------------------------------------------------------


def signs(x):
    s = 0.0
    for k in range(len(x)):
        v = x[k]
        if v > 0:  # noqa: SIM108  # as people write it
            s = s + v**2
        else:
            s = s - 3 * v
    return s


def test_a_branch_in_a_loop_stays_one_branch_in_one_loop():
    text = agree(signs, (A,), (B,), (-A,))
    assert text == textwrap.dedent("""\
        import numpy as np


        def signs_gradient(x):
            # x: (n,)
            if np.ndim(x) != 1:
                raise ValueError('made for x (n,); make it again for other arguments')
            n = x.shape[0]
            dC_dx = np.zeros(x.shape)                 # (n,)
            for k in reversed(range(n)):
                δ_v = 2 * x[k] if x[k] > 0 else -3.0  # ()
                dC_dx[k] += δ_v                       # ()
            return (dC_dx,)
    """).replace("\n\n\n\n", "\n\n\n")


def signs_of_first(x):
    return signs(x) * x[0]


def early(x, y):
    if x < 0:
        return y * x
    if y > 2 and x < 5:
        z = x * y
        w = z + 1
        return w * z
    return np.sin(x) * y


def test_returns_in_branches():
    text = agree(early, (1.0, 1.0), (-1.0, 2.0), (1.0, 3.0), (6.0, 3.0))
    assert "if x < 0:" in text
    assert "np.sin(x)" in text


def ladder(x, y):
    if x > 2:
        z = x * y
    elif x > 1 or not y < 3:
        z = y**2
    elif -1 < x < 0.5:
        z = np.exp(x)
    else:
        z = x - y
        z = z * z
    return z * (x if y > 0 else 2 * x)


def test_elif_chains_and_or_not_and_conditional_expressions():
    agree(ladder, (3.0, 1.0), (1.5, 1.0), (0.2, 4.0), (0.2, -1.0), (0.7, 1.0), (-3.0, -2.0))


def written(x):
    y = np.zeros(4)
    for i in range(4):
        if x[i] > 1:
            y[i] = x[i] ** 2
        else:
            y[i] = 1 - x[i]
    if y[0] > y[1]:
        y[2:] *= x[0]
        y[0] += 3.0
    return np.sum(y * y)


def test_arrays_that_are_written_to_in_branches():
    text = agree(written, (A,), (B,), (A + 1,), (B - 1,))
    assert "for i in range(4):" in text


def test_a_branch_leaves_other_names_of_an_array_right():
    def f(x):
        y = np.zeros(4)
        view = y[1:3]
        if x[0] > 0:
            y[1] = x[0] * x[1]
        else:
            view[1] = x[2]
        return np.sum(view * np.arange(1.0, 3.0)) + y[1]

    agree(f, (A,), (B,))


def clip(v, low):
    if v > 1:
        return v * v
    if v < low:
        low = low * v
    return 2 * v - low


def test_branches_of_helpers_and_methods():
    class Scaled:
        def __init__(self, factor):
            self.factor = factor

        def __call__(self, v):
            if v > self.factor:
                return clip(v, 0.2)
            return v * self.factor

    def f(x, c):
        scaled = Scaled(c)
        return clip(x[0], 0.3) + clip(x[1], c) * x[2] + scaled(x[3])

    agree(f, (A, 0.5), (B, 0.5), (A + 2, 1.5), (B - 2, -1.0))


def test_numbers_of_different_kinds_and_names_of_one_side():
    def f(x):
        sign = 1
        if x[0] > 0:
            sign = -1.5
            only_here = x[1]
            extra = only_here**2
        else:
            extra = 0
        return sign * x[2] + extra

    agree(f, (A,), (B,))


def test_nested_values():
    def f(x):
        pair = (x[0], {"k": x[1]})
        if x[0] > 0:
            pair = (x[1] * 2, {"k": x[2]})
        return pair[0] * pair[1]["k"]

    agree(f, (A,), (B,))


# ---- while -----------------------------------------------------------------------------------------------------------------


def newton(a):
    x = a
    while np.abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def test_a_while_stays_one():
    text = agree(newton, (3.0,), (100.0,), (1.0,), (1e6,))
    assert text == textwrap.dedent("""\
        import numpy as np


        def newton_gradient(a):
            # a: ()
            turns = 0                               # ()
            x = a                                   # ()
            xs = [x]
            while np.abs(x * x - a) > 1e-12 * a:
                x = 0.5 * (x + a / x)               # ()
                xs.append(x)                        # ()
                turns += 1                          # ()
            v1 = 1.0                                # ()
            v2 = 0.0                                # ()
            for k in reversed(range(turns)):
                v3 = 0.5 * v1                       # ()
                v2 += v3 / xs[k]                    # ()
                v1 = v3 - v3 * (a / xs[k]) / xs[k]  # ()
            dC_da = v1 + v2                         # ()
            return (dC_da,)
    """)


def test_what_a_while_carries():
    def vectors(a, y):
        s = 1.0
        while np.sum(y) < 10:
            y = y + a * s
            s = s * 1.1
        return np.sum(y**2) * s

    agree(vectors, (np.abs(A), B), (np.abs(B), A), (np.abs(A), B + 10))

    def in_place(a):
        y = np.zeros(3)
        t = 0.0
        while t < 1.0:
            y[0] = y[0] + a * t
            y[1:] += a
            t = t + 0.3 * a
        return np.sum(y * y)

    agree(in_place, (0.5,), (1.5,), (5.0,))


def test_branches_in_a_while_and_numbers_that_it_counts():
    def f(a):
        x = a
        n = 0
        while x > 1:
            if x > 4:  # noqa: SIM108
                x = x / 3
            else:
                x = x - 0.7 * a / 3
            n = n + 1
        return x * n

    agree(f, (9.0,), (3.0,), (20.0,), (0.5,))


def test_a_while_in_a_while():
    def f(a, b):
        total = 0.0
        while a < 5:
            c = b
            while c < a:
                c = c * 1.7 + 0.1
                total = total + c * a
            a = a + 1.0 + 0.1 * b
        return total * b

    agree(f, (0.5, 0.3), (2.0, 0.7), (-1.0, 0.2), (7.0, 0.3))


def test_an_array_that_a_while_in_a_while_writes_to_is_not_written_before_it():
    def f(x):
        w = 2.0 * x
        a = x[0]
        while a < 5.0:
            a = a + w[1] ** 2  # whose derivative reads w as it is here
        t = 0.0
        while t < 2.0:
            t = t + x[1] ** 2
            s = 0.0
            while s < 2.0:
                s = s + x[1]
                w[0] = w[1] * w[0] * x[0]
                w[1] += x[2]
        return np.sum(w**2) + a

    agree(f, (np.array([0.7, 1.1, 0.4]),), (np.array([0.5, 0.8, 0.3]),))


# ---- what is taken as it runs --------------------------------------------------------------------------------------------------


def test_a_side_that_changes_a_list_is_asserted_and_the_list_is_not_changed_twice():
    def f(x):
        parts = []
        if x[0] > 0:
            parts.append(x[1])
        parts.append(x[2])
        return sum(parts) * x[3]

    agree(f, (A,), asserted=1)
    with pytest.raises(cr.BranchError):
        cr.derive(f, (A,))(B)


def test_a_side_that_raises_is_asserted():
    def f(x):
        if x[0] < 0:
            raise ValueError("x[0] is negative.")
        return np.sqrt(x[0]) * x[1]

    agree(f, (A,), asserted=1)
    with pytest.raises(ValueError, match="is negative"):
        cr.derive(f, (B,))


def test_a_function_without_source_is_traced_as_it_runs():
    scope = {"np": np}
    exec("def f(x):\n    if x[0] > 0:\n        return np.sum(x**2)\n    return np.sum(x)", scope)
    program = cr.derive(scope["f"], (A,))
    assert "if not (x[0] > 0):" in str(program)
    with pytest.raises(cr.BranchError):
        program(B)


def test_an_else_of_a_loop_is_a_branch_after_it():
    def f(x):
        s = 0.0
        for v in x:
            if s + v > 2:
                break
            s = s + v * v
        else:
            s = 2 * s
        return s

    program = cr.derive(f, (A,))
    for x in (A, B):
        np.testing.assert_allclose(program(x), cr.grad(f)(x))


def test_an_error_of_the_users_is_the_users():
    def f(x):
        if x[0] > 0:
            return np.sum(x @ np.ones((3, 3)))
        return np.sum(x)

    with pytest.raises(cr.DimensionError):
        cr.derive(f, (A,))
    assert cr.derive(f, (B,))(B).tolist() == [1, 1, 1, 1]


def test_shapes_alone_suffice():
    program = cr.derive(signs, (cr.Spec((4,)),))
    np.testing.assert_allclose(program(A), cr.grad(signs)(A))
    np.testing.assert_allclose(program(B), cr.grad(signs)(B))


# ---- elsewhere ---------------------------------------------------------------------------------------------------------------


def test_mathematics_has_the_cases():
    assert "where" in cr.derive(early, (1.0, 1.0)).latex()
    assert any("where([x[k] > 0]" in row.equation for row in cr.derive(signs, (A,)).shape_table())
    assert r"\mathrm{turns}" in cr.derive(newton, (3.0,)).latex()


def test_the_derivative_can_be_compiled_and_differentiated_again():
    program = cr.derive(early, (1.0, 1.0), wrt="x")
    for point in ((1.0, 1.0), (-1.0, 2.0), (1.0, 3.0)):
        assert cr.compile(program)(*point) == pytest.approx(program(*point), rel=1e-12)
        again = cr.grad(lambda x, y: program(x, y))(*point)
        assert again == pytest.approx(cr.grad(cr.grad(early))(*point), rel=1e-9)


@pytest.mark.parametrize("fault", ["the other side", "errors that reach nothing", "a test that is not read"])
def test_planted_faults_are_seen(fault, monkeypatch):
    if fault == "the other side":
        sides_of = noun.sides_of
        monkeypatch.setattr(text, "sides_of", lambda equation: sides_of(equation)[::-1])
    elif fault == "errors that reach nothing":
        monkeypatch.setattr(derivative, "pull_errors", lambda starts, wrt: [None] * len(wrt))
    else:
        monkeypatch.setattr(recording, "truth_of", lambda test: True)
    with pytest.raises((AssertionError, ValueError, cr.ChainruleError)):
        agree(signs_of_first, (A,), (B,), (-A,))


def test_what_is_the_same_on_either_side_as_long_as_an_assertion_holds_is_asserted():
    def f(x):
        b, changes = x[1], []
        if x[0] > 0:
            if x[2] > 1:
                changes.append(2.0)
            if changes:
                b = b * 2.0
        return b * x[0]

    program = cr.derive(f, (np.array([1.0, 2.0, 0.5]),))
    other = np.array([1.0, 2.0, 1.5])
    np.testing.assert_array_equal(cr.grad(f)(other), [4.0, 2.0, 0.0])
    for run in (program, executed(program)):
        with pytest.raises((cr.BranchError, ValueError)):
            run(other)
