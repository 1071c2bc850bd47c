"""`minimize`: go down the gradient of a function to a place where it is least, by L-BFGS."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.errors import ChainruleError
from ..core.nouns import Array
from ..core.structure import flatten
from ..core.tracing import LEAF_TYPES
from .reverse import value_and_grad

_REMEMBERED = 10  # steps from which the curvature is estimated
_TRIES = 50  # lengths that are tried in one direction, once one is too far
_REACH = 2.0**50  # how far, in sizes of the start, a minimum is looked for
_ROUNDING = float(np.finfo(np.float64).eps)
_ARMIJO, _WOLFE = 1e-4, 0.9  # how much a step must lower the value, and flatten the slope


class MinimizeError(ChainruleError, ValueError):
    """Nothing can be minimized: the start has no floats, or no finite value."""


@dataclass(frozen=True)
class Minimum:
    """Where `minimize` came to.

    Attributes:
        x: The arguments there, as they were given.
        value: The value there.
        slope: The largest absolute number of the gradient there.
        steps: The number of steps.
        converged: Whether the slope is as small as was asked, or as small as the rounding of the value lets one see. It is
            not where a function falls without an end, nor where it is least at a kink.
    """

    x: Any = field(repr=False)
    value: float
    slope: float
    steps: int
    converged: bool


def minimize(f: Callable[[Any], Any], x0: Any, *, tolerance: float = 1e-6, steps: int = 1000) -> Minimum:
    """Find where a function is least, near a start, from its derivative: L-BFGS, in float64.

    Args:
        f: A function in plain NumPy of one argument, which gives one float.
        x0: The start: an array or a float, or a list, tuple or dictionary of them.
        tolerance: The largest number that the gradient may have at the end, relative to the value where that is above 1, and
            never more than this share of the largest number that it had on the way.
        steps: The most steps.

    Returns:
        The place, the value there, and whether it is a minimum as far as can be told.

    Raises:
        MinimizeError: The start has no floats, or the value there is not finite.

    References:
        Liu and Nocedal (1989); the line search is that of Lewis and Overton (2013).

    Examples:
        >>> def rosenbrock(x):
        ...     return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
        >>> found = minimize(rosenbrock, np.array([-1.2, 1.0, 0.5]))
        >>> found.converged, found.x.round(6)
        (True, array([1., 1., 1.]))
    """
    leaves, tree = flatten(x0, LEAF_TYPES)
    arrays = [np.asarray(each, np.float64) for each in leaves]
    sizes = np.cumsum([each.size for each in arrays])[:-1]
    if not sum(each.size for each in arrays):
        raise MinimizeError("The start has no floats; give an array, or a list, tuple or dictionary of arrays.")
    both = value_and_grad(f)

    def whole(flat: Array) -> Any:
        parts = np.split(flat, sizes)
        return tree.build(iter([part.reshape(each.shape)[()] for part, each in zip(parts, arrays, strict=True)]))

    def told(flat: Array) -> tuple[float, Array]:
        value, gradient = both(whole(flat))
        parts = [np.ravel(each) for each in flatten(gradient, LEAF_TYPES)[0]]
        return float(value), np.concatenate(parts).astype(np.float64)

    found = descend(told, np.concatenate([each.reshape(-1) for each in arrays]), tolerance=tolerance, steps=steps)
    return replace(found, x=whole(found.x))


def require_finite(value: float, gradient: Array) -> None:
    """Raise `MinimizeError` if the value at the start, or its gradient, is not finite."""
    if not np.isfinite(value) or not np.isfinite(gradient).all():
        raise MinimizeError(
            "The value at the start is {value}, or its gradient is not finite; begin elsewhere.", value=value
        )


def descend(
    told: Callable[[Array], tuple[float, Array]],
    x: Array,
    *,
    tolerance: float,
    steps: int,
    accepted: Callable[[Array], object] = lambda x: None,
) -> Minimum:
    """Go down from a place, by L-BFGS.

    Args:
        told: The value at a place, and the gradient.
        x: The place, one array of float64.
        tolerance: As in `minimize`.
        steps: The most steps.
        accepted: Is called with each place that is come to.

    Returns:
        The place that was come to, as one array.

    Raises:
        MinimizeError: The value at the start is not finite.
    """
    value, gradient = told(x)
    require_finite(value, gradient)
    remembered: deque[tuple[Array, Array]] = deque(maxlen=_REMEMBERED)
    start, done, steepest = x, 0, 0.0
    while True:
        slope = float(np.abs(gradient).max())
        steepest = max(steepest, slope)
        direction = _direction(gradient, remembered)
        ahead, covered = (float(np.abs(each).max()) for each in (direction, np.stack([x, x - start])))
        # Whatever goes down without an end is never flat beside its own slopes, or has as far to go as it has come.
        flat = slope <= tolerance * min(steepest, max(1.0, abs(value)))
        converged = flat and ahead <= tolerance ** (1 / 3) * covered
        if converged or done == steps or covered > _REACH * max(1.0, float(np.abs(start).max())):
            break
        first = 1.0 if remembered else 1 / max(1.0, float(np.linalg.norm(gradient)))
        lower = _along(told, x, value, gradient, direction, first)
        if lower is None and not remembered:  # not even straight down the gradient; else the curvature may have misled
            converged = slope <= max(tolerance * steepest, _hidden_by_rounding(told, x, value, gradient))
            break
        if lower is None:
            remembered.clear()
            continue
        moved, value, slopes = lower
        step, change = moved - x, slopes - gradient
        if step @ change > 1e-12 * np.linalg.norm(step) * np.linalg.norm(change):  # else it curves the wrong way
            remembered.append((step, change))
        x, gradient, done = moved, slopes, done + 1
        accepted(x)
    return Minimum(x, value, slope, done, converged)


def _hidden_by_rounding(told: Callable[[Array], tuple[float, Array]], x: Array, value: float, gradient: Array) -> float:
    """The slope down which a value falls by no more than its rounding, where it curves as it does a little ahead."""
    size = float(np.abs(x).max())
    ahead = np.sqrt(_ROUNDING) * max(1.0, size)
    with np.errstate(all="ignore"):
        slopes = told(x - ahead * gradient / np.abs(gradient).max())[1]
    curvature = float(np.abs(slopes - gradient).max()) / ahead
    if not np.isfinite(curvature):
        return 0.0
    return 10 * float(np.sqrt(_ROUNDING * curvature * (abs(value) + _ROUNDING * curvature * size**2)))


def _direction(gradient: Array, remembered: deque[tuple[Array, Array]]) -> Array:
    """Down the gradient, as far in each direction as the curvature of the last steps says."""
    q, shares = -gradient, []
    for step, change in reversed(remembered):
        share = float(step @ q) / float(step @ change)
        q = q - share * change
        shares.append(share)
    if remembered:
        step, change = remembered[-1]
        q = q * (float(step @ change) / float(change @ change))
    for (step, change), share in zip(remembered, reversed(shares), strict=True):
        q = q + (share - float(change @ q) / float(step @ change)) * step
    return q


def _along(
    told: Callable[[Array], tuple[float, Array]],
    x: Array,
    value: float,
    gradient: Array,
    direction: Array,
    length: float,
) -> tuple[Array, float, Array] | None:
    """A place in a direction where the value is lower and the slope flatter, by halving and doubling; `None` if none is found."""
    slope = float(direction @ gradient)
    low, high = 0.0, np.inf
    best: tuple[Array, float, Array] | None = None
    furthest = _REACH * max(1.0, float(np.abs(x).max())) / float(np.abs(direction).max())
    tries = _TRIES if slope < 0 else 0
    while tries and low <= furthest:
        moved = x + length * direction
        with np.errstate(all="ignore"):
            now, slopes = told(moved)
        tries -= not np.isinf(high)
        if not -np.inf < now <= value + _ARMIJO * length * slope or not np.isfinite(slopes).all():
            high = length
        else:
            best = moved, now, slopes
            if float(direction @ slopes) >= _WOLFE * slope:
                return best
            low = length
        length = 2 * low if np.isinf(high) else (low + high) / 2
    return best if best is not None and best[1] < value else None
