"""scipy.integrate.quad and quad_vec, whose derivatives are integrals themselves: of what the integrand does with the error.

The integrand f(x, …) is a program that the operation holds (`callbacks.py`). By Leibniz's rule the upper end has the slope f(b),
the lower one −f(a), and what the integrand reads the integral of its slope, which is one more of these operations.

Loaded when a traced array first reaches scipy.integrate.
"""

import functools
import importlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.border import leaf, program_of, replay
from ...core.nouns import Equation, Program, Symbol
from ...core.primitive import MODULES
from ...core.rewrite import TRIMMED
from ...core.simplification import simplify
from ...core.structure import LEAF
from ...core.traced import Tape, Traced, current
from .. import scipy_helpers
from .callbacks import FLOAT, apart, dispatch, lift_constants, pull_errors, record_callback, refuse_settings, setting
from .common import register, unlisted
from .compositions import nest

MODULES["scipy"] = importlib.import_module("scipy")
integrate = importlib.import_module("scipy.integrate")


def _rule(g: Any, y: Any, a: Any, b: Any, *given: Any, function: Program, **settings: Any) -> list[Any]:
    record = any(isinstance(each, Traced) for each in (g, y, a, b, *given))
    errors: list[Any] = [None] * (2 + len(given))
    for place, end, sign in ((0, a, -1.0), (1, b, 1.0)):
        if isinstance(end, Traced) or (not record and np.isfinite(end)):
            errors[place] = sign * np.sum(g * _at(function, end, given, g))
    wrt = tuple(k for k, each in enumerate(given) if isinstance(each, Traced) or not record)
    wrt = tuple(k for k in wrt if getattr(given[k], "dtype", FLOAT).kind == "f")
    if not wrt:
        return errors
    slope, operands = _slope_of(function, wrt), (a, b, *given, g)
    params = (("function", slope), ("epsabs", settings["epsabs"]), ("epsrel", settings["epsrel"]))
    operation = _INTEGRAL_OF_ARRAY
    flat = bind(operation, operands, params) if record else operation.function(params, len(operands))(*operands)
    shapes = [np.shape(given[k]) for k in wrt]
    ends = np.cumsum([math.prod(each) for each in shapes])
    for k, shape, end in zip(wrt, shapes, ends, strict=True):
        errors[2 + k] = np.reshape(flat[int(end) - math.prod(shape) : int(end)], shape)
    return errors


def _at(function: Program, x: Any, given: Sequence[Any], g: Any) -> Any:
    """What the integrand is at a place."""
    operands = (x, *given)
    tape = next((each.tape for each in (g, *operands) if isinstance(each, Traced)), None)
    if tape is None:
        return function._function(*operands)
    nodes = replay(function, dict(zip((each.name for each in function.inputs), operands, strict=True)), tape)
    (output,) = function.outputs
    return nodes[output.name] if isinstance(output, Symbol) else output.value


@functools.lru_cache(maxsize=64)
def _slope_of(function: Program, wrt: tuple[int, ...]) -> Program:
    """The integrand of the errors of what an integrand reads, one behind another, from its arguments and δ."""
    tape = Tape()
    token = current.set(tape)
    try:
        inputs = [leaf(tape, each.name, each.shape, each.dtype) for each in function.inputs]
        nodes = replay(function, {each.name: each for each in inputs}, tape)
        (output,) = function.outputs
        error = leaf(tape, "δ", output.shape, FLOAT)
        chosen = [inputs[1 + k] for k in wrt]
        starts = [(nodes[output.name], error)] if isinstance(output, Symbol) else []
        parts = [
            np.zeros(math.prod(each.shape)) if part is None else np.reshape(part, -1)
            for each, part in zip(chosen, pull_errors(starts, chosen), strict=True)
        ]
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        names = apart([*(each.name for each in inputs), "δ"], [])
        trees = tuple((each, LEAF) for each in names)
        made = program_of(f"{function.name}_slope", [*inputs, error], [whole], trees, LEAF)
    finally:
        current.reset(token)
        tape.open = False
    return simplify(made, "textbook")


def _shape(a: Any, b: Any, *given: Any, function: Program, **_: Any) -> Any:
    return function.outputs[0].shape


_declared: dict[str, Any] = {"shape": _shape, "dtype": lambda *_, **__: FLOAT, "derivative": _rule}
_INTEGRAL = unlisted(
    "integral", python="integral({function}, {*}, epsabs={epsabs}, epsrel={epsrel}, limit={limit})",
    helper=scipy_helpers.integral, params={"epsabs": 1.49e-8, "epsrel": 1.49e-8, "limit": 50}, **_declared,
)  # fmt: skip
_INTEGRAL_OF_ARRAY = unlisted(
    "integral_of_array", python="integral_of_array({function}, {*}, epsabs={epsabs}, epsrel={epsrel})",
    helper=scipy_helpers.integral_of_array, params={"epsabs": 1e-200, "epsrel": 1e-8}, **_declared,
)  # fmt: skip


def _trimmed(equation: Equation, needed: set[str]) -> list[Equation]:
    return [lift_constants(equation, ["function"])]


TRIMMED["integral"] = TRIMMED["integral_of_array"] = _trimmed

_UNSEEN = {"full_output": 0, "points": None, "weight": None, "wvar": None, "wopts": None, "maxp1": 50, "limlst": 50,
           "complex_func": False}  # fmt: skip
_UNKNOWN = float("nan")  # the estimate of the error, which a program does not have


def _end(value: Any) -> Any:
    return (value if value.dtype == FLOAT else value.astype(FLOAT)) if isinstance(value, Traced) else float(value)


def _numbers(result: Any) -> Any:
    array = nest(result)
    return array if array.dtype == FLOAT else array.astype(FLOAT)


def _quad(func, a, b, args=(), full_output=0, epsabs=1.49e-8, epsrel=1.49e-8, limit=50, **others):
    refuse_settings("scipy.integrate.quad", {"full_output": full_output, **others}, _UNSEEN)
    args = args if isinstance(args, tuple) else (args,)
    called = record_callback(func, [()], args, current.get(), lambda found: np.reshape(_numbers(found), ()), name="f")
    settings = {"epsabs": epsabs, "epsrel": epsrel, "limit": limit}
    params = tuple((name, setting(name, value, "quad")) for name, value in settings.items())
    operands = (_end(a), _end(b), *called.operands)
    return bind(_INTEGRAL, operands, (("function", called.program), *params), current.get()), _UNKNOWN


def _quad_vec(f, a, b, epsabs=1e-200, epsrel=1e-8, norm="2", *, args=(), **others):
    unseen = {
        "cache_size": 100e6, "limit": 10000, "workers": 1, "points": None, "quadrature": None, "full_output": False,
    }  # fmt: skip
    refuse_settings("scipy.integrate.quad_vec", {"norm": norm, **others}, {"norm": "2", **unseen})
    called = record_callback(f, [()], args, current.get(), _numbers, name="f")
    params = (("function", called.program), ("epsabs", float(epsabs)), ("epsrel", float(epsrel)))
    return bind(_INTEGRAL_OF_ARRAY, (_end(a), _end(b), *called.operands), params, current.get()), _UNKNOWN


register({integrate.quad: _quad, integrate.quad_vec: _quad_vec})
dispatch("integral", lambda f, a, b, *given, **settings: _quad(f, a, b, given, **settings)[0])
dispatch("integral_of_array", lambda f, a, b, *given, **settings: _quad_vec(f, a, b, args=given, **settings)[0])
