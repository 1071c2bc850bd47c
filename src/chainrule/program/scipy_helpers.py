"""Functions that printed programs call beside NumPy's and SciPy's, and that need SciPy; else they are as those in `helpers.py`.

How incomplete gamma and beta functions change with their orders has no closed form, and is an integral, by quadrature.
"""

import importlib

import numpy as np

scipy = importlib.import_module("scipy")
importlib.import_module("scipy.integrate")
importlib.import_module("scipy.linalg")
importlib.import_module("scipy.optimize")
importlib.import_module("scipy.special")


def logm(a):
    """scipy.linalg.logm, which draws random numbers to estimate norms: their generator is left as it was."""
    drawn = np.random.get_state()
    try:
        return scipy.linalg.logm(np.asarray(a, float))
    finally:
        np.random.set_state(drawn)


def gammainc_order(a, x):
    """How scipy.special.gammainc(a, x) changes with a: the integral of its integrand's slope, from x away from the peak."""
    a, x = (np.asarray(each, float)[..., None] for each in np.broadcast_arrays(a, x))
    u = np.arange(-4.0, 4.0, 0.04)
    steps = np.exp(np.pi / 2 * np.sinh(u))  # the double exponential rule of Takahasi and Mori
    with np.errstate(all="ignore"):
        below = x < a
        down = steps / np.maximum(a - x, np.minimum(a, np.sqrt(a)))  # t = x e^(-down)
        up = steps * np.maximum(1, np.minimum(x / (x - a + 1), np.sqrt(x)))  # t = x + up
        log_t = np.where(below, np.log(x) - down, np.log(x + up))
        log = np.where(below, a, a - 1) * log_t - np.exp(log_t) - scipy.special.gammaln(a)
        slope = np.exp(log) * (log_t - scipy.special.digamma(a)) * np.where(below, down, -up) * np.cosh(u)
        found = 0.02 * np.pi * np.sum(np.where(log > -700, slope, 0.0), axis=-1)
    edge = (x == 0) | (x == np.inf)
    return np.where((a > 0) & (x >= 0), np.where(edge, 0.0, found[..., None]), np.nan)[..., 0]


def betainc_order(a, b, x):
    """How scipy.special.betainc(a, b, x) changes with a: the integral of its integrand's slope, away from its peak."""
    a, b, x = (np.asarray(each, float)[..., None] for each in np.broadcast_arrays(a, b, x))
    u = np.arange(-4.0, 4.0, 0.04)
    steps = np.exp(np.pi / 2 * np.sinh(u))  # the double exponential rule of Takahasi and Mori
    with np.errstate(all="ignore"):
        below = x * (a + b) < a
        near, p, q = np.where(below, x, 1 - x), np.where(below, a, b), np.where(below, b, a)
        rate = np.maximum(np.abs(p - q * near / (1 - near)), np.minimum(p, np.sqrt(p)))
        s = steps / rate
        one, other = np.log(near) - s, np.log(1 - near - near * np.expm1(-s))
        log = p * one + (q - 1) * other - scipy.special.betaln(a, b)
        slope = np.exp(log) * (np.where(below, one, other) - scipy.special.digamma(a) + scipy.special.digamma(a + b))
        signed = np.where(below, 1.0, -1.0) * slope
        found = 0.02 * np.pi * np.sum(np.where(log > -700, signed * np.cosh(u) * steps / rate, 0.0), axis=-1)
    edge = (x == 0) | (x == 1)
    return np.where((a > 0) & (b > 0) & (x >= 0) & (x <= 1), np.where(edge, 0.0, found[..., None]), np.nan)[..., 0]


def odeint(rate, y, t, *given, **settings):
    """scipy.integrate.odeint of a rate that takes the time first."""
    return scipy.integrate.odeint(rate, y, t, given, tfirst=True, **settings)


def solve_ivp(rate, y, start, end, times, *given, **settings):
    """What scipy.integrate.solve_ivp gives at these times, a column each."""
    found = scipy.integrate.solve_ivp(rate, (start, end), y, t_eval=times, args=given, **settings)
    if not found.success:
        raise RuntimeError(found.message)
    return found.y


def ode_adjoint(rate, adjoint, error, y, start, times, *given, wrt, method="LSODA", rtol=1.49012e-8, atol=1.49012e-8):
    """The errors of what an ODE is solved from: δ goes from the last time back to the start, −dδ/dt = δᵀ ∂f/∂y.

    At each time it takes up the error of the state there; beside it adds up what flows to `given`. The states on the way are
    computed again, forward: an equation that is stable forward is not so backward.
    """

    def solve(rate, start, end, y, dense=False):
        found = scipy.integrate.solve_ivp(rate, (start, end), y, method, dense_output=dense, rtol=rtol, atol=atol)
        if not found.success:
            raise RuntimeError(found.message)
        return found.sol if dense else found.y[:, -1]

    def back(t, state):
        return -np.concatenate([np.ravel(each) for each in adjoint(state[: len(y)], t, path(t), *given)])

    scale = np.max(np.abs(error), initial=0.0)  # the tolerances are meant for errors of size 1
    error = error / scale if 0 < scale < np.inf else np.zeros(np.shape(error))
    now = times[-1] if len(times) else start
    path = (lambda t: y) if start == now else solve(lambda t, y: rate(t, y, *given), start, now, y, dense=True)
    places = [0, *(place for place in wrt if place > 2)]
    operands = (y, start, times, *given)
    sizes = [np.size(operands[place]) for place in places]
    state = np.zeros(sum(sizes))
    for time, each in zip([*times[::-1], start], [*error[::-1], 0.0], strict=True):
        if time != now and np.any(state[: len(y)]):
            state = solve(back, now, time, state)
        state[: len(y)] += each
        now = time
    errors = dict(zip(places, np.split(state, np.cumsum(sizes)[:-1]), strict=True))
    errors[1] = -np.dot(errors[0], rate(start, y, *given))
    errors[2] = [np.dot(each, rate(time, path(time), *given)) for time, each in zip(times, error, strict=True)]
    found = [scale * np.reshape(errors[place], np.shape(operands[place])) for place in wrt]
    return tuple(found) if len(found) > 1 else found[0]


def real_lambertw(x, k):
    """The solution w of w eʷ = x on one of its real branches: of k = 0 from x = −1/e on, of k = −1 between there and 0."""
    return np.real(scipy.special.lambertw(x, k))


def find_root_between(function, a, b, *given, solver="brentq", **settings):
    """Where a function is 0 between two places at which its signs differ, by a solver of scipy.optimize."""
    return np.float64(getattr(scipy.optimize, solver)(function, a, b, given, **settings))


def find_root_near(function, start, *given, slope=None, **settings):
    """Where a function is 0, by Newton's method, or without its slope by the secant method."""
    return np.asarray(scipy.optimize.newton(function, start, slope, given, **settings))[()]


def find_root(function, start, *given, slope=None, method="hybr", tol=None):
    """Where a system of equations holds, by scipy.optimize.root."""
    found = scipy.optimize.root(function, start, given, method, slope, tol)
    if not found.success:
        raise RuntimeError(found.message)
    return found.x


def find_fixed_point(function, start, *given, **settings):
    """Where a function gives what it is given, by scipy.optimize.fixed_point."""
    return np.asarray(scipy.optimize.fixed_point(function, start, given, **settings))[()]


def find_minimum(function, start, *given, slope=None, method="BFGS", tol=None):
    """Where a function is least, by scipy.optimize.minimize."""
    return scipy.optimize.minimize(function, start, given, method, slope, tol=tol).x


def find_minimum_along(function, *given, bracket=None, method="brent", tol=None):
    """Where a function of one number is least, by scipy.optimize.minimize_scalar."""
    return np.float64(scipy.optimize.minimize_scalar(function, bracket, args=given, method=method, tol=tol).x)


def fit_least_squares(residuals, start, *given):
    """Where the sum of squares is least, by scipy.optimize.leastsq."""
    return scipy.optimize.leastsq(residuals, start, given)[0]


def integral(function, a, b, *given, **settings):
    """The integral of a function from a to b, by scipy.integrate.quad."""
    return np.float64(scipy.integrate.quad(function, a, b, given, **settings)[0])


def integral_of_array(function, a, b, *given, **settings):
    """The integral from a to b of each number of an array, by scipy.integrate.quad_vec."""
    return scipy.integrate.quad_vec(lambda x: function(x, *given), a, b, **settings)[0]
