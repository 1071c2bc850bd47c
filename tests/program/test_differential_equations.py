"""Differential equations that SciPy solves: values are SciPy's, derivatives those of the solution, and the adjoint is printed."""

import numpy as np
import pytest
from scipy import integrate
from scipy.integrate import odeint, solve_ivp

import chainrule as cr
from chainrule.core.errors import TracingError
from chainrule.program import interception

from . import texts

TIMES = np.linspace(0.0, 2.0, 9)
A = np.array([[0.0, 1.0], [-2.0, -0.3]])
TIGHT = {"rtol": 1e-9, "atol": 1e-11}


# ---- solutions in closed form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", range(len(TIMES)))
def test_exponential_decay(end):
    state = lambda y0, k: odeint(lambda y, t: -k * y, y0, TIMES, **TIGHT)[end, 0]  # noqa: E731
    of_start, of_rate = cr.grad(state, (0, 1))(2.0, 0.7)
    np.testing.assert_allclose(of_start, np.exp(-0.7 * TIMES[end]), rtol=1e-7)
    np.testing.assert_allclose(of_rate, -TIMES[end] * 2.0 * np.exp(-0.7 * TIMES[end]), rtol=1e-7)


@pytest.mark.wide
@pytest.mark.parametrize("method", ["RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA"])
def test_a_harmonic_oscillator(method):
    def place(w, x0, v0, end):
        found = solve_ivp(lambda t, z: [z[1], -(w**2) * z[0]], (0.0, end), [x0, v0], method, **TIGHT)
        return found.y[0, -1]

    w, x0, v0, end = 1.3, 0.8, -0.5, 2.5
    c, s = np.cos(w * end), np.sin(w * end)
    expected = [-x0 * end * s - v0 * s / w**2 + v0 * end * c / w, c, s / w, -x0 * w * s + v0 * c]
    np.testing.assert_allclose(cr.grad(place, (0, 1, 2, 3))(w, x0, v0, end), expected, rtol=3e-6)


def test_a_stiff_equation_is_right_though_it_cannot_be_solved_backward():
    def state(k):
        return odeint(lambda y, t: -k * (y - np.cos(t)), 0.0, [0.0, 1.0, 2.0])[-1, 0]

    k = 1000.0  # y = (k² cos t + k sin t − k² e^(−kt)) / (k² + 1)
    slope = ((2 * k * np.cos(2) + np.sin(2)) * (k**2 + 1) - 2 * k * (k**2 * np.cos(2) + k * np.sin(2))) / (
        k**2 + 1
    ) ** 2
    np.testing.assert_allclose(cr.grad(state)(k), slope, rtol=1e-4)


def test_small_errors_are_as_exact_as_large_ones():
    cost = lambda k: 1e-12 * odeint(lambda y, t: -k * y, 1.0, TIMES)[-1, 0]  # noqa: E731
    np.testing.assert_allclose(cr.grad(cost)(0.7), -2e-12 * np.exp(-1.4), rtol=1e-6)


# ---- as people write it ----------------------------------------------------------------------------------------------


def pendulum(damping, length):
    def rate(y, t, damping, length):
        theta, omega = y
        return [omega, -damping * omega - 9.8 / length * np.sin(theta)]

    path = odeint(rate, [1.0, 0.0], TIMES, args=(damping, length))
    return np.sum(path[:, 0] ** 2)


def time_first(y0, k):
    return np.sum(odeint(lambda t, y, k: k * (A @ y) + np.sin(t), y0, TIMES, (k,), tfirst=True, **TIGHT)[-1] ** 2)


def filled_in_place(k):
    def rate(t, y):
        dy = np.zeros(3)
        for i in range(3):
            dy[i] = -k[i] * y[i]
        dy[0] += y[1]
        return dy

    return np.sum(solve_ivp(rate, (0, 1.5), [1.0, 2.0, 3.0], **TIGHT).y[:, -1] ** 2)


def several_times(k, y0):
    found = solve_ivp(
        lambda t, y, k: -k * y + np.cos(t) * y[::-1], (0, 1), y0, t_eval=[0.1, 0.5, 0.7], args=(k,), **TIGHT
    )
    return np.sum(found.y**3) + found.t[1]


def through_an_object(k):
    class System:
        def __init__(self, k):
            self.k = k

        def rate(self, y, t):
            return [self.k * y[1], -y[0] * self.k**2]

    return integrate.odeint(System(k).rate, [1.0, 0.0], TIMES, **TIGHT)[3, 1]


def at_traced_times(t, k):
    return np.sum(odeint(lambda y, t: [y[1] * t, -k * y[0]], [1.0, 0.0], t, **TIGHT) ** 2)


def over_a_traced_span(a, b, k):
    found = solve_ivp(lambda t, y: [y[1] * t, -k * y[0]], (a, b), [1.0, 0.0], **TIGHT)
    return np.sum(found.y[:, -1] ** 2) + found.y.T[-1][0] * found.t[-1]


def backward(a, b, k):
    found = solve_ivp(lambda t, y: [y[1] * t, -k * y[0]], (a, b), [1.0, 0.0], t_eval=[1.9, 1.0, 0.5], **TIGHT)
    return np.sum(found.y**2)


def one_after_another(k):
    def rate(y, t):
        return -k * y

    first = odeint(rate, 1.0, TIMES, **TIGHT)

    def rate(y, t):
        return -(k**2) * y

    return np.sum(first) + np.sum(odeint(rate, first[-1], TIMES, **TIGHT))


def names_that_are_the_same(k):
    rate = k**2

    def y(y, t):
        return -k * y * rate

    y = odeint(y, 1.0, TIMES, **TIGHT)
    return rate * np.sum(y) + np.sum(odeint(lambda y, t: -rate * y, 1.0, TIMES, **TIGHT))


def with_loops_and_sizes(m):
    def rate(y, t):
        x, v = y[:3], y[3:]
        a = np.zeros(3)
        for i in range(3):
            for j in range(3):
                if i != j:
                    a[i] += m[j] * (x[j] - x[i]) / (0.5 + (x[j] - x[i]) ** 2)
        return np.concatenate([v, a])

    return np.sum(odeint(rate, np.array([0.0, 1.0, 2.5, 0.1, 0.0, -0.1]), TIMES, **TIGHT)[-1] ** 2)


def not_used(k, m):
    return odeint(lambda y, t: k * np.ones(1), [0.0], TIMES, **TIGHT)[-1, 0] * m


CASES = {
    pendulum: (0.5, 1.0), time_first: (np.array([1.0, 0.5]), 1.3), filled_in_place: (np.array([1.0, 0.5, 2.0]),),
    several_times: (0.7, np.array([1.0, 0.4])), through_an_object: (1.2,), at_traced_times: (np.array([0.2, 0.5, 1.0, 1.7]), 2.0),
    over_a_traced_span: (0.1, 2.0, 2.0), backward: (2.0, 0.1, 2.0), one_after_another: (0.8,),
    names_that_are_the_same: (0.8,), with_loops_and_sizes: (np.array([1.0, 0.5, 2.0]),), not_used: (0.8, 1.5),
}  # fmt: skip


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_values_are_scipys_and_slopes_those_of_differences(f):
    args = CASES[f]
    value, slopes = cr.value_and_grad(f, range(len(args)))(*args)
    np.testing.assert_allclose(value, f(*args), rtol=1e-12)
    expected = [differences(f, args, place) for place in range(len(args))]
    for slope, differs in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope, differs, rtol=1e-5, atol=1e-9 + 1e-6 * np.max(np.abs(differs)))


def differences(f, args, place, step=1e-4):
    """Central differences of the fourth order, beside which the solver's tolerances are small."""
    at = np.asarray(args[place], float)
    found = np.zeros(at.shape)
    for each in np.ndindex(at.shape):
        moved = np.zeros(at.shape)
        moved[each] = step
        a, b, c, d = (f(*args[:place], (at + n * moved)[()], *args[place + 1 :]) for n in (-2, -1, 1, 2))
        found[each] = (a - 8 * b + 8 * c - d) / (12 * step)
    return found


@pytest.mark.wide
@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_the_printed_derivative_runs_as_it_stands_and_compiled(f):
    args, every = CASES[f], range(len(CASES[f]))
    expected = cr.grad(f, every)(*args)
    names = list(f.__code__.co_varnames[: len(args)])
    program = cr.derive(f, args, wrt=names)
    scope = {}
    exec(str(program), scope)
    held = [each.value for each in texts.given(scope[program.name], program)]
    for found in (program(*args), scope[program.name](*args, *held), cr.compile(cr.grad(f, every), "numpy")(*args)):
        for one, other in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
            assert np.shape(one) == np.shape(other)
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
    assert program.latex() and program.shape_table()


@pytest.mark.names
def test_the_call_is_printed_and_beside_it_its_adjoint():
    def cost(k, y0):
        def rate(y, t):
            return -k * y

        y = odeint(rate, y0, TIMES)
        return np.sum(y[:, 0] ** 2)

    program = str(cr.derive(cost, (0.7, np.array([1.0, 2.0])), wrt="k, y0"))
    assert program.partition("def rate")[2] == (
        """(t, y, k):
    # t: ()
    # y: (n,)
    # k: ()
    return -k * y


def rate_adjoint(δ_y, t, y, k):
    # δ_y: (n,)
    # t: ()
    # y: (n,)
    # k: ()
    return (-(δ_y * k), -np.sum(δ_y * y))


def cost_gradient(k, y0):
    # k: ()
    # y0: (n,)
    TIMES = np.linspace(0.0, 2.0, 9)                          # (9,)
    if not (np.ndim(y0) == 1 and np.ndim(k) == 0):
        raise ValueError('made for k (), y0 (n,); make it again for other arguments')
    n = y0.shape[0]
    y = odeint(rate, y0, TIMES, k)                            # 9×n
    δ_y = scatter(2.0 * y[:, 0], np.s_[:, 0], (9, n))         # 9×n
    dC_dy0, dC_dk = ode_adjoint(rate, rate_adjoint, δ_y, y0, 0.0, TIMES, k, wrt=(0, 3))  # (n,), ()
    return (dC_dk, dC_dy0)
"""
    )


def test_steps_of_the_solvers_own_choice():
    def every(k):
        return np.sum(solve_ivp(lambda t, y: -k * y, (0, 1), [1.0, 2.0]).y)

    def last(k):
        found = solve_ivp(lambda t, y: -k * y, (0, 1), [1.0, 2.0], **TIGHT)
        return found.y[0, -1] + found.y.T[-1, 1] + np.sum(found.y[:, -1]) + found.y[..., -1][0] + found.y[0, 0]

    value, _ = cr.value_and_grad(every)(2.0)
    np.testing.assert_allclose(value, every(2.0), rtol=1e-14)
    np.testing.assert_allclose(cr.compile(last)(2.0), last(2.0), rtol=1e-14)
    np.testing.assert_allclose(cr.compile(cr.grad(last))(2.0), differences(last, (2.0,), 0), rtol=1e-7)
    with pytest.raises(
        TracingError, match=r"chooses its own steps here, and a program cannot know how many; give t_eval, or take"
    ):
        cr.compile(every)(2.0)


def test_what_is_not_traced_is_scipys():
    def f(x):
        path, report = odeint(lambda y, t: -y if y[0] > 0 else y, 1.0, TIMES, full_output=True)
        return x * path[-1, 0] * report["nst"][-1]

    path, report = odeint(lambda y, t: -y if y[0] > 0 else y, 1.0, TIMES, full_output=True)
    assert cr.grad(f)(3.0) == path[-1, 0] * report["nst"][-1]
    assert not interception._places


def complex_rate(z):
    return lambda y, t: -np.abs(z) * y


REFUSED = {
    "events": (
        lambda k: solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], events=lambda t, y: y[0]).y[0, -1],
        "scipy.integrate.solve_ivp(…, events=…) is not differentiated; find the time of the event on plain numbers, and its slope "
        "by the implicit function theorem.",
    ),
    "dense output": (
        lambda k: solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], dense_output=True).sol(0.5)[0],
        "scipy.integrate.solve_ivp(…, dense_output=True) is not differentiated; give the times at which you need the states as t_eval.",
    ),
    "a Jacobian": (
        lambda k: solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], "BDF", jac=[[-1.0]]).y[0, -1],
        "scipy.integrate.solve_ivp(…, jac=…) is not differentiated; leave jac out.",
    ),
    "a method of one's own": (
        lambda k: solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], integrate.RK45).y[0, -1],
        "this method of scipy.integrate.solve_ivp has no derivative here; name one, as method='RK45'.",
    ),
    "a report": (
        lambda k: odeint(lambda y, t: -k * y, 1.0, TIMES, full_output=True)[0][-1, 0],
        "scipy.integrate.odeint(…, full_output=…) is not differentiated; leave full_output out.",
    ),
    "a traced tolerance": (
        lambda k: odeint(lambda y, t: -k * y, 1.0, TIMES, rtol=k)[-1, 0],
        "rtol of an ODE solver is traced; give it as a plain number.",
    ),
    "too few rates": (
        lambda k: odeint(lambda y, t: -k * y[:1], [1.0, 2.0], TIMES)[-1, 0],
        "the rate gives 1 numbers for 2 states; return one for each.",
    ),
    "complex states": (
        lambda k: np.abs(solve_ivp(lambda t, y: 1j * k * y, (0, 1), [1.0 + 0j]).y[0, -1]),
        "complex numbers go into an ODE, which has no derivative here; solve for real and imaginary parts as one vector, and "
        "pass them to the rate.",
    ),
    "a complex rate": (
        lambda k: odeint(complex_rate(k * 1j), 1.0, TIMES)[-1, 0],
        "complex numbers go into an ODE, which has no derivative here; solve for real and imaginary parts as one vector, and "
        "pass them to the rate.",
    ),
    "a branch on the state": (
        lambda k: odeint(lambda y, t: -k * y if y[0] > 0 else k * y, 1.0, TIMES)[-1, 0],
        "a branch on a value needs the value, and here only shapes are known; write "
        "np.where(condition, a, b), or use numbers, not shapes, and a loop, not vmap.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_what_to_write(f):
    with pytest.raises(TracingError) as error:
        cr.grad(f[0])(1.0)
    assert f": {f[1]}\n" in str(error.value)


def test_second_derivatives_are_refused_by_line():
    decay = lambda k: odeint(lambda y, t: -k * y, 1.0, TIMES)[-1, 0]  # noqa: E731
    for second in (cr.grad(cr.grad(decay)), cr.hessian(decay), lambda k: cr.jvp(decay, (k,), (1.0,))):
        with pytest.raises(
            TracingError, match="an ODE solver has first derivatives only here; write its steps out, in a loop"
        ):
            second(0.5)


def test_a_jacobian_is_made_of_rows():
    found = cr.jacobian(lambda k: odeint(lambda y, t: -k * y, [1.0, 2.0], TIMES, **TIGHT)[-1])(0.7)
    np.testing.assert_allclose(found, [-2.0 * np.exp(-1.4), -4.0 * np.exp(-1.4)], rtol=1e-7)


def test_an_infinite_error_stays_one():
    slope = cr.grad(lambda k: np.sqrt(odeint(lambda y, t: -k * y, 0.0, TIMES)[-1, 0]))
    with np.errstate(all="ignore"):
        assert not np.isfinite(slope(0.5))


def test_a_solver_that_stops_says_so():
    with pytest.raises(RuntimeError, match="step size"):
        cr.grad(lambda k: solve_ivp(lambda t, y: k * y**2, (0, 2), [1.0], t_eval=[2.0]).y[0, 0])(1.0)
