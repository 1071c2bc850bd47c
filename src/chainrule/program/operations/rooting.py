"""A root by Newton's method, which needs NumPy alone: the operation behind `chainrule.root`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.location import refuse
from ...core.nouns import Equation
from ...core.rewrite import TRIMMED
from ...core.traced import Tape, Traced
from .. import helpers
from .callbacks import FLOAT, dispatch, lift_constants, record_callback, with_slope
from .common import unlisted
from .compositions import nest
from .implicit import implicit_rule, slope_of

_ROOT = unlisted(
    "newton_root", python="newton_root({function}, {slope}, {*}, tolerance={tolerance}, steps={steps})",
    helper=helpers.newton_root, shape=lambda start, *_, **__: start, dtype=lambda *_, **__: FLOAT,
    derivative=implicit_rule(leading=1), params={"tolerance": 1e-12, "steps": 100},
)  # fmt: skip


def _trimmed(equation: Equation, needed: set[str]) -> list[Equation]:
    return [lift_constants(equation, ["function", "slope"])]


TRIMMED["newton_root"] = _trimmed


def record_root(f: Callable[[Any], Any], x0: Any, tape: Tape, tolerance: float, steps: int) -> Traced:
    """Record the root of a function that reads traced values.

    Args:
        f: The function.
        x0: The start, a number or an array.
        tape: The recording.
        tolerance: As in `chainrule.root`.
        steps: As in `chainrule.root`.

    Returns:
        The node of the root.

    Raises:
        TracingError: The function does not give as many numbers as it takes.
    """
    start = nest(x0)
    start = start if start.dtype == FLOAT else start.astype(FLOAT)
    shape = np.shape(start)

    def as_many(result: Any) -> Any:
        found = nest(result)
        if np.size(found) != np.size(start):
            told = {"found": np.size(found), "unknowns": np.size(start)}
            refuse("the function gives {found} numbers for {unknowns} unknowns", "return one for each", **told)
        found = found if found.dtype == FLOAT else found.astype(FLOAT)
        return np.reshape(found, shape) if np.shape(found) != shape else found

    called = record_callback(f, [shape], (), tape, as_many, name="f")
    called, slope = with_slope(called, slope_of(called.program))
    operand = start if isinstance(start, Traced) or shape else float(start)
    params = (
        ("function", called.program),
        ("slope", slope),
        ("tolerance", tolerance),
        ("steps", steps),
    )
    found: Traced = bind(_ROOT, (operand, *called.operands), params, tape)
    return found


dispatch(
    "newton_root",
    lambda function, slope, start, *given, tolerance=1e-12, steps=100: record_root(
        lambda x: function(x, *given),
        start,
        next(e.tape for e in (start, *given) if isinstance(e, Traced)),
        tolerance,
        steps,
    ),
)
