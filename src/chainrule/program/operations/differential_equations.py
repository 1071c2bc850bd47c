"""scipy.integrate's odeint and solve_ivp, whose derivative is another differential equation, the adjoint one.

The user's rate of change f(t, y, …) is a program that the equation holds (`callbacks.py`). The adjoint δ of the states goes
backward, −dδ/dt = δᵀ ∂f/∂y, and takes up the error of each state that was asked for. It is solved by the same method to the
same tolerances: a gradient is that of the equation, as right as these tolerances make it, and not that of the steps that
happened to be taken.

Loaded when a traced array first reaches scipy.integrate.
"""

import functools
import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from ...core.binding import bind
from ...core.border import leaf, program_of, replay
from ...core.derivative import zeros
from ...core.dims import Shape
from ...core.location import refuse
from ...core.nouns import Equation, Program, Symbol
from ...core.primitive import MODULES, Primitive
from ...core.rewrite import TRIMMED, without_dead_code
from ...core.simplification import simplify
from ...core.structure import LEAF
from ...core.traced import Tape, Traced, current
from .. import scipy_helpers
from ..stand_ins import once
from .callbacks import (
    FLOAT,
    apart,
    dispatch,
    lift_constants,
    pull_errors,
    record_callback,
    refuse_settings,
    setting,
    tuple_of,
)
from .common import register, unlisted
from .compositions import nest

MODULES["scipy"] = importlib.import_module("scipy")
integrate = importlib.import_module("scipy.integrate")
optimize = importlib.import_module("scipy.optimize")

_TOLERANCE = 1.49012e-8  # odeint's, where none is given
_STATES = 3  # the operands before what is given to the rate: of the adjoint, the first state, the start and the times


# ---- the rate, as a program ------------------------------------------------------------------------------------------


def _rate_of(
    function: Callable[..., Any], states: int, extra: Sequence[Any], time_first: bool, tape: Tape | None
) -> tuple[Program, list[Any], int]:
    """The program f(t, y, …) of a rate of change; what it is given further: traced, then plain arrays; how many are traced."""
    shapes: list[Shape] = [(), (states,)] if time_first else [(states,), ()]
    convert, order = functools.partial(_slope, states=states), (0, 1) if time_first else (1, 0)
    rate = record_callback(function, shapes, extra, tape, convert, order=order, name="rate")
    if any(each.dtype.kind == "c" for each in rate.operands[: rate.traced]):
        _refuse_complex()
    return rate.program, rate.operands, rate.traced


def _slope(result: Any, states: int) -> Any:
    slope = _floats(result)
    if np.shape(slope) != (states,):
        told = {"found": np.size(slope), "states": states}
        refuse("the rate gives {found} numbers for {states} states", "return one for each", **told)
    return slope


def _floats(numbers: Any) -> Any:
    """Numbers, which may be in a list, as a vector of floats."""
    vector = nest(numbers)
    if np.iscomplexobj(vector):
        _refuse_complex()
    vector = np.reshape(vector, -1) if np.ndim(vector) != 1 else vector
    return vector if vector.dtype == FLOAT else vector.astype(FLOAT)


def _refuse_complex() -> NoReturn:
    refuse(
        "complex numbers go into an ODE, which has no derivative here",
        "solve for real and imaginary parts as one vector, and pass them to the rate",
    )


# ---- the operations --------------------------------------------------------------------------------------------------


def _declared(name: str, python: str, helper: Callable[..., Any], **declared: Any) -> Primitive:
    return unlisted(name, python=python, helper=helper, **{"dtype": lambda *_, **__: FLOAT, **declared})


def _odeint_rule(
    g: Any, y: Any, first: Any, t: Any, *given: Any, rate: Program, free: int, **settings: Any
) -> list[Any]:
    tolerances = {name: _TOLERANCE if settings[name] is None else settings[name] for name in ("rtol", "atol")}
    of_first, of_start, of_times, *others = _adjoint(
        rate, g, first, t[0], t, given, free, {"method": "'LSODA'", **tolerances}
    )
    if of_times is not None:
        of_times = np.concatenate([np.reshape(of_times[0] + of_start, 1), of_times[1:]])
    return [of_first, of_times, *others]


def _solve_ivp_rule(
    g: Any, y: Any, first: Any, start: Any, end: Any, t: Any, *given: Any, rate: Program, free: int, **settings: Any
) -> list[Any]:
    chosen = {name: settings[name] for name in ("method", "rtol", "atol")}
    of_first, of_start, of_times, *others = _adjoint(rate, g.T, first, start, t, given, free, chosen)
    return [of_first, of_start, None, of_times, *others]


def _second(*_: Any, **__: Any) -> None:
    refuse(
        "an ODE solver has first derivatives only here",
        "write its steps out, in a loop with np functions, for second ones and for jvp",
    )


_ODEINT = _declared(
    "odeint", "odeint({rate}, {*}, rtol={rtol}, atol={atol}, h0={h0}, hmax={hmax}, hmin={hmin}, mxstep={mxstep})",
    scipy_helpers.odeint, shape=lambda y, t, *given, **_: (t[0], y[0]), derivative=_odeint_rule,
    params={"rtol": None, "atol": None, "h0": 0.0, "hmax": 0.0, "hmin": 0.0, "mxstep": 0},
)  # fmt: skip
_SOLVE_IVP = _declared(
    "solve_ivp",
    "solve_ivp({rate}, {*}, method={method}, rtol={rtol}, atol={atol}, first_step={first_step}, max_step={max_step})",
    scipy_helpers.solve_ivp, shape=lambda y, start, end, t, *given, **_: (y[0], t[0]), derivative=_solve_ivp_rule,
    params={"method": "'RK45'", "rtol": 1e-3, "atol": 1e-6, "first_step": None, "max_step": np.inf},
)  # fmt: skip
_ADJOINT, _ADJOINT_OF_ONE = (
    _declared(
        "ode_adjoint", "ode_adjoint({rate}, {adjoint}, {*}, wrt={wrt}, method={method}, rtol={rtol}, atol={atol})",
        scipy_helpers.ode_adjoint, derivative=_second, results=results, shape=shape, dtype=dtype,
        params={"method": "'LSODA'", "rtol": _TOLERANCE, "atol": _TOLERANCE},
    )
    for results, shape, dtype in (
        (lambda *nodes: nodes, lambda *shapes, wrt, **_: tuple(shapes[1 + place] for place in wrt),
         lambda *_, wrt, **__: (FLOAT,) * len(wrt)),
        (None, lambda *shapes, wrt, **_: shapes[1 + wrt[0]], lambda *_, **__: FLOAT),
    )
)  # fmt: skip


def _adjoint(
    rate: Program, error: Any, first: Any, start: Any, t: Any, given: Sequence[Any], free: int, settings: dict[str, Any]
) -> list[Any]:
    """The errors of the first state, the start, the times, and what the rate is given; `None` where none is asked for."""
    operands = (error, first, start, t, *given)
    recorded = any(isinstance(each, Traced) for each in operands)
    wrt = tuple(
        place
        for place, each in enumerate(operands[1 : 1 + _STATES + free])
        if (isinstance(each, Traced) or not recorded) and getattr(each, "dtype", FLOAT).kind == "f"
    )
    adjoint = _adjoint_of(rate, tuple(place for place in wrt if place >= _STATES), not recorded)
    params = (("rate", rate), ("adjoint", adjoint), ("wrt", wrt), *settings.items())
    operation = _ADJOINT if len(wrt) > 1 else _ADJOINT_OF_ONE
    found = bind(operation, operands, params) if recorded else operation.function(params, len(operands))(*operands)
    errors: list[Any] = [None] * (len(operands) - 1)
    for place, each in zip(wrt, found if len(wrt) > 1 else (found,), strict=True):
        errors[place] = each
    return errors


@functools.lru_cache(maxsize=64)
def _adjoint_of(rate: Program, wrt: tuple[int, ...], runs: bool) -> Program:
    """The program of δᵀ ∂f/∂y, and of δᵀ ∂f/∂p for what the rate is given, from δ and the rate's own arguments."""
    tape = Tape()
    token = current.set(tape)
    try:
        inputs = {each.name: leaf(tape, each.name, each.shape, each.dtype) for each in rate.inputs}
        _, y, *given = inputs.values()
        nodes = replay(rate, inputs, tape)
        (output,) = rate.outputs
        error = leaf(tape, f"δ_{y.name}", y.shape, FLOAT)
        chosen = [y, *(given[place - _STATES] for place in wrt)]
        starts = [(nodes[output.name], error)] if isinstance(output, Symbol) else []
        found = pull_errors(starts, chosen)
        results = [zeros(node, tape) if each is None else each for node, each in zip(chosen, found, strict=True)]
        arguments = apart([each.name for each in inputs.values()], [error.name])
        made = program_of(
            f"{rate.name}_adjoint", [error, *inputs.values()], results,
            tuple((each, LEAF) for each in (error.name, *arguments)), tuple_of(len(results)),
        )  # fmt: skip
    finally:
        current.reset(token)
        tape.open = False
    return simplify(made, "fast") if runs else made


def _trimmed(equation: Equation, needed: set[str]) -> list[Equation]:
    """The equation without errors that nobody needs; arrays that simplification put into its programs are arguments."""
    params, targets, operation = dict(equation.params), equation.targets, equation.primitive
    if "adjoint" in params:
        kept = [place for place, each in enumerate(targets) if each.name in needed]
        wrt, adjoint = params["wrt"], params["adjoint"]
        asked = [place for place in wrt if place >= _STATES]
        outputs = [
            adjoint.outputs[0],
            *(adjoint.outputs[1 + asked.index(wrt[each])] for each in kept if wrt[each] in asked),
        ]
        params["adjoint"] = without_dead_code(replace(adjoint, outputs=tuple(outputs), results=tuple_of(len(outputs))))
        params["wrt"] = tuple(wrt[place] for place in kept)
        targets = tuple(targets[place] for place in kept)
        operation = _ADJOINT if len(kept) > 1 else _ADJOINT_OF_ONE
    trimmed = replace(equation, targets=targets, primitive=operation, params=tuple(params.items()))
    return [lift_constants(trimmed, [name for name in ("rate", "adjoint") if name in params])]


TRIMMED.update(dict.fromkeys(("odeint", "solve_ivp", "ode_adjoint"), _trimmed))


# ---- the functions, as SciPy has them --------------------------------------------------------------------------------


_IGNORED = {
    "Dfun": None, "col_deriv": 0, "full_output": 0, "ml": None, "mu": None, "tcrit": None, "ixpr": 0, "mxhnil": 0,
    "mxordn": 12, "mxords": 5, "printmessg": 0,
}  # fmt: skip


def _odeint(
    func, y0, t, args=(), *, rtol=None, atol=None, h0=0.0, hmax=0.0, hmin=0.0, mxstep=0, tfirst=False, **others
):
    refuse_settings("scipy.integrate.odeint", others, _IGNORED)
    first, t, tape = _floats(y0), _floats(t), current.get()
    args = args if isinstance(args, tuple) else (args,)
    rate, given, free = _rate_of(func, np.shape(first)[0], args, bool(tfirst), tape)
    settings = {"rtol": rtol, "atol": atol, "h0": float(h0), "hmax": float(hmax), "hmin": float(hmin), "mxstep": mxstep}
    params = tuple((name, setting(name, value, "an ODE solver")) for name, value in settings.items())
    return bind(_ODEINT, (first, t, *given), (("rate", rate), ("free", free), *params), tape)


_METHODS = ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")


def _solve_ivp(
    fun, t_span, y0, method="RK45", t_eval=None, dense_output=False, events=None, vectorized=False, args=None,
    *, rtol=1e-3, atol=1e-6, first_step=None, max_step=np.inf, **others,
):  # fmt: skip
    if events is not None:
        refuse(
            "scipy.integrate.solve_ivp(…, events=…) is not differentiated",
            "find the time of the event on plain numbers, and its slope by the implicit function theorem",
        )
    if dense_output:
        refuse(
            "scipy.integrate.solve_ivp(…, dense_output=True) is not differentiated",
            "give the times at which you need the states as t_eval",
        )
    refuse_settings("scipy.integrate.solve_ivp", {"vectorized": vectorized, **others}, {"vectorized": False})
    if method not in _METHODS:
        refuse("this method of scipy.integrate.solve_ivp has no derivative here", "name one, as method='RK45'")
    first, tape = _floats(y0), current.get()
    start, end = (each.astype(FLOAT) if isinstance(each, Traced) else float(each) for each in t_span)
    settings = {"rtol": rtol, "atol": atol, "first_step": first_step, "max_step": max_step}
    params = tuple((name, setting(name, value, "an ODE solver")) for name, value in settings.items())
    rate, given, free = _rate_of(fun, np.shape(first)[0], args or (), True, tape)
    chosen = t_eval is None
    if not chosen:
        times = _floats(t_eval)
    elif once.get() or not _all_known(first, start, end, *given):
        times = np.stack([start, end])
    else:
        values = [each.value if isinstance(each, Traced) else each for each in (first, start, end, *given)]
        y, *span = values[:3]
        found = integrate.solve_ivp(rate._function, span, y, method, args=values[3:], **dict(params))
        if not found.success:
            raise RuntimeError(found.message)
        times = found.t[1:-1]
        times = np.concatenate([np.reshape(start, 1), times, np.reshape(end, 1)])
    params = (("rate", rate), ("free", free), ("method", repr(method)), *params)
    y = bind(_SOLVE_IVP, (first, start, end, times, *given), params, tape)
    if chosen and once.get():
        y, times = _Ends(y, 1), _Ends(times, 0)
    return optimize.OptimizeResult(
        t=times, y=y, sol=None, t_events=None, y_events=None, status=0, success=True,
        message="The solver successfully reached the end of the integration interval.",
    )  # fmt: skip


def _all_known(*operands: Any) -> bool:
    return all(each.value is not None for each in operands if isinstance(each, Traced))


class _Ends:
    """What solve_ivp gives at steps of its own choice, in a program: how many there are is not known, but the two ends are."""

    def __init__(self, ends: Any, axis: int):
        self._ends, self._axis = ends, axis

    @property
    def T(self) -> "_Ends":
        return _Ends(np.transpose(self._ends), np.ndim(self._ends) - 1 - self._axis)

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if Ellipsis not in parts:
            parts += (slice(None),) * (np.ndim(self._ends) - len(parts))
        if type(place := parts[self._axis - np.ndim(self._ends)]) is int and place in (0, -1):
            return self._ends[index]
        return self._refuse()

    def _refuse(self, *_: Any, **__: Any) -> Any:
        refuse(
            "scipy.integrate.solve_ivp chooses its own steps here, and a program cannot know how many",
            "give t_eval, or take the last state, y[:, -1]",
        )

    __array__ = __array_ufunc__ = __array_function__ = __iter__ = __len__ = __getattr__ = _refuse


register({integrate.odeint: _odeint, integrate.solve_ivp: _solve_ivp})


dispatch("odeint", lambda rate, y, t, *given, **settings: _odeint(rate, y, t, given, tfirst=True, **settings))
dispatch(
    "solve_ivp",
    lambda rate, y, start, end, t, *given, **settings: (
        _solve_ivp(rate, (start, end), y, t_eval=t, args=given, **settings).y
    ),
)
