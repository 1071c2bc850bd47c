"""scipy.optimize's roots, minima and fits, whose derivatives follow from the equation that holds there (`implicit.py`).

The values are those that SciPy's solver finds, from the same start by the same method; the slopes are those of the solution.

Loaded when a traced array first reaches scipy.optimize.
"""

import functools
import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ...core.binding import bind
from ...core.location import refuse
from ...core.nouns import Equation
from ...core.primitive import MODULES, Primitive
from ...core.rewrite import TRIMMED
from ...core.traced import Traced, current
from .. import scipy_helpers
from .callbacks import FLOAT, Callback, dispatch, lift_constants, record_callback, refuse_settings, setting, with_slope
from .common import register, unlisted
from .compositions import nest
from .implicit import implicit_rule, slope_of

MODULES["scipy"] = importlib.import_module("scipy")
optimize = importlib.import_module("scipy.optimize")

_BRACKETING = ("brentq", "brenth", "bisect", "ridder", "toms748")


# ---- the operations --------------------------------------------------------------------------------------------------


def _solver(name: str, python: str, shape: Callable[..., Any], params: dict[str, Any], **of_rule: Any) -> Primitive:
    TRIMMED[name] = _trimmed
    return unlisted(
        name, python=python, helper=getattr(scipy_helpers, name), shape=shape, dtype=lambda *_, **__: FLOAT,
        derivative=implicit_rule(**of_rule), params=params,
    )  # fmt: skip


def _trimmed(equation: Equation, needed: set[str]) -> list[Equation]:
    programs = [name for name, value in equation.params if name in ("function", "slope") and value is not None]
    return [lift_constants(equation, programs)]


def _as_start(start: Any, *_: Any, **__: Any) -> Any:
    return start


_BRACKETED = _solver(
    "find_root_between", "find_root_between({function}, {*}, solver={solver}, xtol={xtol}, rtol={rtol}, maxiter={maxiter})",
    lambda *_, **__: (), {"solver": "'brentq'", "xtol": 2e-12, "rtol": 8.881784197001252e-16, "maxiter": 100}, leading=2,
)  # fmt: skip
_NEWTON = _solver(
    "find_root_near", "find_root_near({function}, {*}, slope={slope}, x1={x1}, tol={tol}, rtol={rtol}, maxiter={maxiter})",
    _as_start, {"slope": None, "x1": None, "tol": 1.48e-8, "rtol": 0.0, "maxiter": 50}, leading=1,
)  # fmt: skip
_ROOT = _solver(
    "find_root", "find_root({function}, {*}, slope={slope}, method={method}, tol={tol})",
    _as_start, {"slope": None, "method": "'hybr'", "tol": None}, leading=1,
)  # fmt: skip
_FIXED_POINT = _solver(
    "find_fixed_point", "find_fixed_point({function}, {*}, xtol={xtol}, maxiter={maxiter}, method={method})",
    _as_start, {"xtol": 1e-8, "maxiter": 500, "method": "'del2'"}, leading=1, fixed=True,
)  # fmt: skip
_MINIMUM = _solver(
    "find_minimum", "find_minimum({function}, {*}, slope={slope}, method={method}, tol={tol})",
    _as_start, {"slope": None, "method": "'BFGS'", "tol": None}, leading=1, least=True,
)  # fmt: skip
_MINIMUM_ALONG = _solver(
    "find_minimum_along", "find_minimum_along({function}, {*}, bracket={bracket}, method={method}, tol={tol})",
    lambda *_, **__: (), {"bracket": None, "method": "'brent'", "tol": None}, leading=0, least=True,
)  # fmt: skip
_LEAST_SQUARES = _solver(
    "fit_least_squares", "fit_least_squares({function}, {*})", _as_start, {}, leading=1, squares=True,
)  # fmt: skip


# ---- the functions, as SciPy has them --------------------------------------------------------------------------------


def _defaults(called: str, names: Sequence[str]) -> dict[str, Any]:
    """The defaults of a function's settings that are not seen to here."""
    parameters = inspect.signature(getattr(optimize, called)).parameters
    return {name: each.default for name, each in parameters.items() if name not in names}


def _recorded(function: Callable[..., Any], shape: Any, args: Any, convert: Callable[[Any], Any]) -> Callback:
    args = args if isinstance(args, tuple) else (args,)
    return record_callback(function, [shape], args, current.get(), convert, name="f")


def _bind(operation: Primitive, leading: Sequence[Any], called: Callback, whose: str, **settings: Any) -> Any:
    programs = {name: settings.pop(name) for name in ("slope",) if name in settings}
    if programs.get("slope") is not None:
        called, programs["slope"] = with_slope(called, programs["slope"])
    plain = (
        (name, value if isinstance(value, str) else setting(name, value, whose)) for name, value in settings.items()
    )
    params = (("function", called.program), *programs.items(), *plain)
    return bind(operation, (*leading, *called.operands), params, current.get())


def _floats(numbers: Any) -> Any:
    array = nest(numbers)
    return array if array.dtype == FLOAT else array.astype(FLOAT)


def _start(numbers: Any) -> Any:
    """A number or an array that a solver starts from."""
    return _floats(numbers) if np.ndim(numbers) or isinstance(numbers, Traced) else float(numbers)


def _vector(numbers: Any) -> Any:
    """The unknowns that a solver starts from, as a vector."""
    array = _floats(numbers)
    return np.reshape(array, -1) if np.ndim(array) != 1 else array


def _number(result: Any) -> Any:
    """What a function of one number returns, as a number."""
    result = _floats(result)
    if np.size(result) != 1:
        refuse("the function gives {found} numbers for one", "return one number", found=np.size(result))
    return np.reshape(result, ()) if np.ndim(result) else result


def _as_many(result: Any, shape: tuple[int, ...]) -> Any:
    """What a system of equations returns, as the array of its unknowns."""
    result = _floats(result)
    if np.size(result) != int(np.prod(shape)):
        told = {"found": np.size(result), "unknowns": int(np.prod(shape))}
        refuse("the function gives {found} numbers for {unknowns} unknowns", "return one for each", **told)
    return np.reshape(result, shape) if np.shape(result) != shape else result


def _bracketing(solver: str) -> Callable[..., Any]:
    names = ("f", "a", "b", "args", "xtol", "rtol", "maxiter")
    defaults = _defaults(solver, names)
    settings = {name: inspect.signature(getattr(optimize, solver)).parameters[name].default for name in names[4:]}

    def solve(f, a, b, args=(), **others):
        own = {name: others.pop(name, default) for name, default in settings.items()}
        refuse_settings(f"scipy.optimize.{solver}", others, defaults)
        return _bind(
            _BRACKETED, [_start(a), _start(b)], _recorded(f, (), args, _number), solver, solver=repr(solver), **own
        )

    return solve


def _newton(
    func,
    x0,
    fprime=None,
    args=(),
    tol=1.48e-8,
    maxiter=50,
    fprime2=None,
    x1=None,
    rtol=0.0,
    full_output=False,
    disp=True,
):
    unseen = {"fprime2": None, "full_output": False}
    refuse_settings("scipy.optimize.newton", {"fprime2": fprime2, "full_output": full_output}, unseen)
    start = _start(x0)
    called = _recorded(func, np.shape(start), args, functools.partial(_as_many, shape=np.shape(start)))
    slope = None if fprime is None else slope_of(called.program)
    return _bind(_NEWTON, [start], called, "newton", slope=slope, x1=x1, tol=tol, rtol=rtol, maxiter=maxiter)


def _system(fun: Callable[..., Any], x0: Any, args: Any, jac: Any, method: str, tol: Any) -> Any:
    """The root of a system of equations, as a vector."""
    start = _vector(x0)
    function = (lambda *given: fun(*given)[0]) if jac is True else fun
    called = _recorded(function, np.shape(start), args, functools.partial(_as_many, shape=np.shape(start)))
    slope = slope_of(called.program) if jac else None
    return _bind(_ROOT, [start], called, "root", slope=slope, method=repr(method), tol=tol)


def _fsolve(func, x0, args=(), fprime=None, full_output=0, col_deriv=0, xtol=1.49012e-8, **others):
    defaults = _defaults("fsolve", ("func", "x0", "args", "fprime", "xtol", "col_deriv"))
    refuse_settings("scipy.optimize.fsolve", {"full_output": full_output, **others}, defaults)
    return _system(func, x0, args, fprime, "hybr", xtol if xtol != 1.49012e-8 else None)


def _root(fun, x0, args=(), method="hybr", jac=None, tol=None, callback=None, options=None):
    _refuse_options("root", callback, options)
    x = _system(fun, x0, args, jac, method, tol)
    return optimize.OptimizeResult(x=x, success=True, message="The solution converged.")


def _refuse_options(called: str, callback: Any, options: Any) -> None:
    settings = {"callback": callback, "options": options or None}
    refuse_settings(f"scipy.optimize.{called}", settings, {"callback": None, "options": None})


def _root_scalar(
    f, args=(), method=None, bracket=None, fprime=None, fprime2=None, x0=None, x1=None, xtol=None, rtol=None, maxiter=None,
    options=None,
):  # fmt: skip
    unseen = {"fprime2": None, "options": None}
    refuse_settings("scipy.optimize.root_scalar", {"fprime2": fprime2, "options": options}, unseen)
    chosen = {name: each for name, each in {"xtol": xtol, "rtol": rtol, "maxiter": maxiter}.items() if each is not None}
    if method is None:
        method = "brentq" if bracket is not None else "newton" if fprime or x1 is None else "secant"
    if method in _BRACKETING:
        root = _BRACKETED_FORMS[method](f, *bracket, args, **chosen)
    else:
        if "xtol" in chosen:
            chosen["tol"] = chosen.pop("xtol")
        function = (lambda *given: f(*given)[0]) if fprime is True else f
        root = _newton(function, x0, True if method == "newton" else None, args, x1=x1, **chosen)
    return optimize.RootResults(root=root, iterations=0, function_calls=0, flag=0, method=method)


def _fixed_point(func, x0, args=(), xtol=1e-8, maxiter=500, method="del2"):
    start = _start(x0)
    called = _recorded(func, np.shape(start), args, functools.partial(_as_many, shape=np.shape(start)))
    return _bind(_FIXED_POINT, [start], called, "fixed_point", xtol=xtol, maxiter=maxiter, method=repr(method))


_UNCONSTRAINED = ("BFGS", "CG", "Nelder-Mead", "Powell", "L-BFGS-B", "TNC", "SLSQP", "trust-constr", "COBYLA")


def _refuse_constraints(called: str, bounds: Any, constraints: Any = ()) -> None:
    if bounds is not None or constraints:
        refuse(
            "scipy.optimize.{called} with bounds or constraints is not differentiated",
            "write the bounded numbers as functions of free ones, as np.exp(u) for what is above 0",
            called=called,
        )


def _minimize(
    fun, x0, args=(), method=None, jac=None, hess=None, hessp=None, bounds=None, constraints=(), tol=None, callback=None,
    options=None,
):  # fmt: skip
    _refuse_constraints("minimize", bounds, constraints)
    refuse_settings("scipy.optimize.minimize", {"hess": hess, "hessp": hessp}, {"hess": None, "hessp": None})
    _refuse_options("minimize", callback, options)
    method = method or "BFGS"
    if method not in _UNCONSTRAINED:
        refuse("this method of scipy.optimize.minimize has no derivative here", "name one, as method='BFGS'")
    start = _vector(x0)
    function = (lambda *given: fun(*given)[0]) if jac is True else fun
    called = _recorded(function, np.shape(start), args, _number)
    slope = slope_of(called.program, least=True) if jac is True or callable(jac) else None
    x = _bind(_MINIMUM, [start], called, "minimize", slope=slope, method=repr(method), tol=tol)
    args = args if isinstance(args, tuple) else (args,)
    return optimize.OptimizeResult(
        x=x, fun=_number(function(x, *args)), success=True, message="Optimization terminated successfully."
    )


def _minimize_scalar(fun, bracket=None, bounds=None, args=(), method=None, tol=None, options=None):
    _refuse_constraints("minimize_scalar", bounds)
    _refuse_options("minimize_scalar", None, options)
    method = method or "brent"
    if method.lower() not in ("brent", "golden"):
        refuse("this method of scipy.optimize.minimize_scalar has no derivative here", "leave method and bounds out")
    called = _recorded(fun, (), args, _number)
    x = _bind(_MINIMUM_ALONG, [], called, "minimize_scalar", bracket=bracket, method=repr(method), tol=tol)
    args = args if isinstance(args, tuple) else (args,)
    return optimize.OptimizeResult(x=x, fun=_number(fun(x, *args)), success=True)


def _least_squares(fun, x0, jac="2-point", bounds=(-np.inf, np.inf), args=(), **others):
    if np.any(np.isfinite(np.asarray(bounds if isinstance(bounds, tuple) else (bounds.lb, bounds.ub), dtype=float))):
        _refuse_constraints("least_squares", bounds)
    names = ("fun", "x0", "jac", "bounds", "args", "method", "ftol", "xtol", "gtol", "x_scale", "max_nfev", "verbose")
    refuse_settings(
        "scipy.optimize.least_squares",
        {name: value for name, value in others.items() if name not in names},
        _defaults("least_squares", names),
    )
    start = _vector(x0)
    x = _bind(_LEAST_SQUARES, [start], _recorded(fun, np.shape(start), args, _vector), "least_squares")
    residuals = _vector(fun(x, *args))
    return optimize.OptimizeResult(x=x, fun=residuals, cost=0.5 * np.sum(residuals * residuals), success=True)


def _curve_fit(
    f, xdata, ydata, p0=None, sigma=None, absolute_sigma=False, check_finite=True, bounds=(-np.inf, np.inf), **others
):
    if np.any(np.isfinite(np.asarray(bounds if isinstance(bounds, tuple) else (bounds.lb, bounds.ub), dtype=float))):
        _refuse_constraints("curve_fit", bounds)
    others.pop("jac", None)  # the slopes are not the solver's business here
    refuse_settings("scipy.optimize.curve_fit", others, _defaults("curve_fit", ("f", "xdata", "ydata", "p0", "sigma")))
    if p0 is None:
        p0 = np.ones(len(inspect.signature(f).parameters) - 1)
    start = _vector(p0)
    weights = None if sigma is None else _floats(sigma)
    if weights is not None and np.ndim(weights) > 1:
        refuse("a covariance matrix as sigma is not differentiated", "give the standard deviation of each point")
    count = np.shape(start)[0]

    def residuals(parameters):
        rest = f(xdata, *(parameters[k] for k in range(count))) - ydata
        return rest if weights is None else rest / weights

    x = _bind(_LEAST_SQUARES, [start], _recorded(residuals, (count,), (), _vector), "curve_fit")
    return x, _Covariance()


class _Covariance:
    """What curve_fit gives beside the parameters."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        refuse(
            "the covariance of scipy.optimize.curve_fit is not differentiated",
            "compute it on plain numbers, outside of the traced function",
        )

    __array__ = __array_ufunc__ = __array_function__ = __getitem__ = __iter__ = __len__ = __getattr__ = _refuse


_BRACKETED_FORMS = {name: _bracketing(name) for name in _BRACKETING}
register({getattr(optimize, name): form for name, form in _BRACKETED_FORMS.items()})
register(
    {
        optimize.newton: _newton, optimize.fixed_point: _fixed_point, optimize.fsolve: _fsolve, optimize.root: _root,
        optimize.root_scalar: _root_scalar, optimize.minimize: _minimize, optimize.minimize_scalar: _minimize_scalar,
        optimize.least_squares: _least_squares, optimize.curve_fit: _curve_fit,
    }
)  # fmt: skip
dispatch(
    "find_root_between",
    lambda f, a, b, *given, solver="brentq", **settings: _BRACKETED_FORMS[solver](f, a, b, given, **settings),
)
dispatch("find_root_near", lambda f, x0, *given, slope=None, **settings: _newton(f, x0, slope, given, **settings))
dispatch(
    "find_root", lambda f, x0, *given, slope=None, method="hybr", tol=None: _system(f, x0, given, slope, method, tol)
)
dispatch(
    "find_minimum",
    lambda f, x0, *given, slope=None, method="BFGS", tol=None: _minimize(f, x0, given, method, slope, tol=tol).x,
)
dispatch(
    "find_minimum_along",
    lambda f, *given, bracket=None, method="brent", tol=None: _minimize_scalar(f, bracket, None, given, method, tol).x,
)
dispatch("fit_least_squares", lambda r, x0, *given: _least_squares(r, x0, args=given).x)
