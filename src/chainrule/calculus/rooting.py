"""`root`: where a function is 0, whose slopes by what the function reads follow from the implicit function theorem."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.traced import Traced, current
from ..core.tracing import require_function
from ..program import helpers
from ..program.inplace.memory import holds_traced
from ..program.reach import Reach
from .forward import jacobian


def root(f: Callable[[Any], Any], x0: Any, *, tolerance: float = 1e-12, steps: int = 100) -> Any:
    """Find where a function is 0, near a start, by Newton's method with the function's own derivative.

    Within a function that is differentiated, the slope of the root by whatever `f` reads there is that of the equation,
    dx/dp = −(∂f/∂x)⁻¹ ∂f/∂p, whatever steps have led to it. A minimum is a root of the gradient: `root(grad(cost), x0)`.

    Args:
        f: A function in plain NumPy of one argument, which gives as many numbers as it takes.
        x0: The start: a number, or a vector of n numbers.
        tolerance: The largest number that f may have at the root. Where f is that small only because its root lies at
            infinity, Newton's next step is not small beside the way that was come, and it is no root.
        steps: The most steps.

    Returns:
        The root, of the shape of the start, in float64.

    Raises:
        ValueError: No root is found near the start.
        TracingError: Within a function that is differentiated, f gives another number of values than it takes.

    Source:
        Griewank and Walther, "Evaluating Derivatives" (2008), chapter 15; steps are halved as in Dennis and Schnabel (1996).

    Examples:
        >>> from chainrule import grad
        >>> float(round(root(lambda x: x ** 2 - 2, 1.0), 12))
        1.414213562373
        >>> def square_root(p):
        ...     return root(lambda x: x ** 2 - p, 1.0)
        >>> float(round(grad(square_root)(4.0), 12))
        0.25
    """
    require_function("root", f)
    tape = current.get()
    if tape is not None and any(holds_traced(held) for held, *_ in Reach(root, (f, x0)).met):
        rooting = importlib.import_module("..program.operations.rooting", __package__)
        found: Traced = rooting.record_root(f, x0, tape, tolerance, steps)
        return found
    start = np.asarray(x0, np.float64)[()]
    value = np.asarray(f(start))
    if value.size != start.size:
        raise ValueError(f"f gives {value.size} numbers for {start.size} unknowns; return one for each.")

    def as_many(x: Any) -> Any:
        return np.reshape(f(x), np.shape(start)) * 1.0

    find: Callable[..., Any] = helpers.newton_root
    return find(as_many, jacobian(as_many), start, tolerance=tolerance, steps=steps)
