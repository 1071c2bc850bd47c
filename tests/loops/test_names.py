"""The names in a loop: what is carried on keeps the name of the user, however often that is bound, and others are told apart."""

import re

import numpy as np
import pytest

import chainrule as cr

X, V = np.array([0.3, -0.5, 0.8]), np.array([0.1, 0.2, -0.3])


def lines(function, args):
    """The lines of a derivative, without comments."""
    text = str(cr.derive(function, args))
    body = text[text.rindex("\ndef ") :].splitlines()[2:]
    return [code.strip() for line in body if (code := line.partition("#")[0].strip())]


def leapfrog(x, v):
    for _ in range(20):
        v = v - 0.05 * np.sin(x)
        x = x + 0.1 * v
        v = v - 0.05 * np.sin(x)
    return np.sum(x**2) + np.sum(v**2)


def filtered(x, gain, y):
    total = 0.0
    for t in range(len(y)):
        x = np.tanh(x)
        error = y[t] - x
        x = x + gain * error
        total = total + np.sum(error**2)
    return total


def in_place(u, c):
    u = u.copy()
    for _ in range(30):
        u[1:] += c * (u[1:] - u[:-1])
    return np.sum(u**2)


def runge_kutta(k1, w):
    for _ in range(10):
        k2 = np.cos(k1) * w
        k3 = np.sin(k1 + k2)
        k1 = k1 + 0.1 * (k2 + k3)
        k1 = k1 * 0.9
    return np.sum(k1)


@pytest.mark.names
def test_the_value_that_is_carried_on_keeps_its_name():
    assert lines(leapfrog, (X, V)) == [
        "if not (np.ndim(x) == 1 and np.shape(v) == np.shape(x)):",
        "raise ValueError('made for x (n,), v (n,); make it again for other arguments')",
        "n = x.shape[0]",
        "xs = np.empty((21, n))",
        "xs[0] = x",
        "for k in range(20):",
        "v1 = v - 0.05 * np.sin(xs[k])",
        "xs[k + 1] = xs[k] + 0.1 * v1",
        "v = v1 - 0.05 * np.sin(xs[k + 1])",
        "dC_dx = 2.0 * xs[20]",
        "dC_dv = 2.0 * v",
        "for k in reversed(range(20)):",
        "δ_x = dC_dx - 0.05 * (dC_dv * np.cos(xs[k + 1]))",
        "dC_dv = dC_dv + 0.1 * δ_x",
        "dC_dx = δ_x - 0.05 * (dC_dv * np.cos(xs[k]))",
        "return (dC_dx, dC_dv)",
    ]


@pytest.mark.names
def test_the_user_names_the_turns_and_what_is_between():
    found = lines(filtered, (X, 0.3, np.ones((12, 3))))
    assert "for t in range(m):" in found
    assert "for t in reversed(range(m)):" in found
    assert not [line for line in found if re.search(r"\bx\d\d|\bδ_x\d\d", line)]
    turn = found[found.index("for t in range(m):") + 1 :]
    assert turn[:3] == ["x1[t] = np.tanh(x)", "error[t] = y[t] - x1[t]", "x = x1[t] + gain * error[t]"]
    assert "dC_dx = (dC_dx - δ_error) * (1 - x1[t] ** 2)" in turn


@pytest.mark.names
def test_a_name_with_a_number_gets_no_second_one_beside_it():
    found = lines(runge_kutta, (X, 0.7))
    assert "k1_1" in " ".join(found)
    assert not re.search(r"\bk\d\d", " ".join(found))
    assert [line for line in found if line.startswith("for ")] == [
        "for i in range(10):",
        "for i in reversed(range(10)):",
    ]


@pytest.mark.names
def test_an_argument_that_is_written_to_is_copied_first():
    found = lines(in_place, (X, 0.2))
    program = cr.derive(in_place, (X, 0.2))
    before = X.copy()
    program(X, 0.2)
    np.testing.assert_array_equal(X, before)
    cr.check_grad(in_place, (X, 0.2))
    assert any(line in ("us[0] = u", "u = u.copy()") for line in found)
    assert not [line for line in found if "u1" in line]


def kept_beside(x):
    begun = x
    for _ in range(6):
        x = np.sin(x) + 0.1
    return np.sum(x * begun)


def read_by_another(x, v):
    for _ in range(6):
        v = v + 0.1 * x
    for _ in range(6):
        x = np.sin(x) * 0.9
    return np.sum(x * v)


def from_another_name(x, v):
    y = v
    for _ in range(6):
        y = y * x
        v = v + 0.1 * y
    return np.sum(v * y)


def keywords(a, i, ab):
    for _ in range(5):
        a = np.sin(a)
        i = np.sin(i) * a
        ab = np.sin(ab) + i
    return np.sum(ab)


def plural_taken(x, xs):
    for _ in range(5):
        x = np.sin(x) + xs
    return np.sum(x)


def after_the_loop(x):
    for _ in range(5):
        x = np.sin(x)
    x = x * 2
    for _ in range(5):
        x = np.cos(x)
        x = x * 1.1
    return np.sum(x**2)


@pytest.mark.parametrize(
    "function", [kept_beside, read_by_another, from_another_name, keywords, plural_taken, after_the_loop]
)
def test_no_name_is_had_by_two_things_at_a_time(function):
    args = [X, V, np.array([0.4, 0.1, 0.2])][: function.__code__.co_argcount]
    for made in (cr.trace(function, args), cr.derive(function, args)):
        scope = {}
        exec(str(made), scope)
        found = scope[made.name](*args)
        if made.name == function.__name__:
            np.testing.assert_allclose(found, function(*args), rtol=1e-14)
        else:
            expected = cr.derive(function, args, loops=False)(*args)
            np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-12)
    cr.check_grad(function, args)


def shaped(x, a):
    y = np.tanh(x * a)
    z = np.exp(y) + y
    return z / np.sum(z)


def stepped(x, a):
    for _ in range(5):
        x = shaped(x, a)
        x = shaped(x + 1.0, a)
    return np.sum(x**2)


@pytest.mark.names
def test_the_results_of_a_call_have_one_number():
    calls = [line.partition(" = ")[0] for line in lines(stepped, (X, 0.7)) if "shaped_adjoint(" in line]
    assert calls == ["δ_x1, δ_a1", "dC_dx, δ_a2"]


def begun_by_a_call(step, x):
    y = step(x)
    for _ in range(4):
        y = step(y)
    return np.sum(y)


def swapped_with_a_call(step, x):
    y, z = step(x), x
    for _ in range(4):
        y, z = z, step(y)
    return np.sum(y * z)


def called_beside(step, x):
    y = step(x)
    for k in range(4):
        y = y + step(x) * k
    return np.sum(y)


def wave(x):
    rise = np.sin(x)
    return rise * x


PROGRAMS = {
    "trace": lambda x: cr.trace(wave, (x,)),
    "derive": lambda x: cr.derive(lambda x: np.sum(wave(x)), (x,)),
    "trace of grad": lambda x: cr.trace(cr.grad(lambda x: np.sum(wave(x))), (x,)),
}


@pytest.mark.parametrize("x", [0.7, X], ids=["number", "array"])
@pytest.mark.parametrize("made", PROGRAMS)
@pytest.mark.parametrize("loop", [begun_by_a_call, swapped_with_a_call, called_beside])
def test_a_program_is_called_before_a_loop_and_in_it(loop, made, x):
    step = PROGRAMS[made](x)

    def f(x):
        return loop(step, x)

    np.testing.assert_allclose(cr.trace(f, (x,))(x), f(x), rtol=1e-14)
    np.testing.assert_allclose(cr.compile(f, "numpy")(x), f(x), rtol=1e-14)
    np.testing.assert_allclose(cr.derive(f, (x,))(x), cr.derive(f, (x,), loops=False)(x), rtol=1e-12)
    cr.check_grad(f, (x,))
