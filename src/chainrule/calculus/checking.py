"""A gradient compared with finite differences, as `check_grad` does."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.errors import ChainruleError
from ..core.nouns import Array
from ..core.structure import flatten
from ..core.tracing import LEAF_TYPES, argument_names, require_function
from ..program.part_names import part_names
from .arguments import refuse_function
from .reverse import grad


class GradientError(ChainruleError, ArithmeticError):
    """A derivative that disagrees with finite differences."""


@dataclass(frozen=True)
class Difference:
    """One derivative, and the finite difference that it is compared with.

    Attributes:
        parameter: The name of the argument, or of its part.
        index: The element of the array; empty for a number.
        derivative: The derivative given by `grad`.
        finite_difference: The central difference.
        relative_error: Their difference, relative to the largest derivative of the array.
    """

    parameter: str
    index: tuple[int, ...]
    derivative: float
    finite_difference: float
    relative_error: float


def differences(
    f: Callable[..., Any], args: Sequence[Any], *, only: Container[str] | None = None, samples: int = 20
) -> list[Difference]:
    """Compare the gradient of `f` with central differences, in float64.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one float.
        args: The arguments at which the derivatives are compared.
        only: The arguments, or their parts, that the derivatives are taken of; by default all that are floats.
        samples: How many elements of each array are compared; they are chosen with a fixed seed.

    Returns:
        The comparisons.

    Examples:
        >>> [round(each.derivative, 6) for each in differences(lambda x: x * x, (3.0,))]
        [6.0]
    """
    require_function("check_grad", f, args)
    parts = [flatten(as_float64(arg), LEAF_TYPES) for arg in args]
    leaf_names = part_names(f, list(zip(argument_names(f, len(args)), (tree for _, tree in parts), strict=True)))
    leaves = [np.array(each) for found, _ in parts for each in found]

    def at(values: Sequence[Array]) -> Any:
        rest = iter(values)
        return f(*(tree.build(rest) for _, tree in parts))

    def flat(*values: Array) -> Any:
        return at(values)

    if any(np.iscomplexobj(each) for each in leaves):
        refuse_function(
            f,
            "check_grad moves real numbers, and is given complex ones",
            "check a function of their real and imaginary parts",
        )
    floats = [position for position, each in enumerate(leaves) if each.dtype.kind == "f" and each.size]
    if only is not None:
        floats = [position for position in floats if leaf_names[position] in only]
    if not floats:
        refuse_function(f, "check_grad needs a float argument, and is given none", "pass floats, or arrays of them")
    gradients = grad(flat, floats)(*leaves)
    random = np.random.default_rng(0)
    found: list[Difference] = []
    for position, gradient in zip(floats, gradients, strict=True):
        value = leaves[position]
        scale = max(float(np.max(np.abs(gradient), where=np.isfinite(gradient), initial=0.0)), 1e-8)
        for flat_index in random.permutation(value.size)[:samples]:
            index = tuple(int(each) for each in np.unravel_index(flat_index, value.shape))
            step = 6e-6 * max(1.0, abs(float(value[index])))

            def moved(value: Array, position: int = position) -> Any:
                return at([*leaves[:position], value, *leaves[position + 1 :]])

            slope, rounding, _ = measured_slope(moved, value, index, step)
            derivative, error = float(gradient[index]), np.inf
            if np.isfinite(derivative) and np.isfinite(slope):
                error = max(abs(derivative - slope) - rounding, 0.0) / max(abs(slope), scale)
            found.append(Difference(leaf_names[position], index, derivative, slope, error))
    return found


def require_agreement(found: Sequence[Difference], rtol: float) -> Difference:
    """The worst of comparisons, which must be within the tolerance.

    Args:
        found: The comparisons.
        rtol: The largest relative error allowed.

    Returns:
        The one with the largest relative error.

    Raises:
        GradientError: Its error is larger.

    Examples:
        >>> require_agreement(differences(lambda x: x * x, (3.0,)), 1e-5).parameter
        'x'
    """
    worst = max(found, key=lambda difference: difference.relative_error)
    if not worst.relative_error <= rtol:
        place = f"{worst.parameter}[{', '.join(map(str, worst.index))}]" if worst.index else worst.parameter
        raise GradientError(
            "The derivative with respect to {place_of} is {derivative:.10g}, and finite differences give "
            "{difference:.10g}: a relative error of {error_of:.1e}, where {allowed:.0e} is allowed.",
            place_of=place,
            derivative=worst.derivative,
            difference=worst.finite_difference,
            error_of=worst.relative_error,
            allowed=rtol,
        )
    return worst


def measured_slope(
    f: Callable[[Array], Any], value: Array, index: tuple[int, ...], step: float
) -> tuple[float, float, tuple[float, float]]:
    """The slope of `f` along one number of its argument, by a central difference.

    Args:
        f: Gives one float.
        value: The argument, of any shape.
        index: Which of its numbers is moved.
        step: How far, up and down.

    Returns:
        The slope, how much of it may be rounding, and the two results, of the larger number first.

    Examples:
        >>> slope, _, (ahead, behind) = measured_slope(np.sum, np.array([1.0, 2.0]), (1,), 0.5)
        >>> slope, ahead, behind
        (1.0, 3.5, 2.5)
    """
    ends = value.copy(), value.copy()
    ends[0][index] += step
    ends[1][index] -= step
    ahead, behind = (float(f(each)) for each in ends)
    width = float(ends[0][index] - ends[1][index])
    rounding = 4 * np.finfo(float).eps * max(abs(ahead), 1.0) / width  # of sums that cancel, too
    return (ahead - behind) / width, rounding, (ahead, behind)


def as_float64(arg: Any) -> Any:
    """An argument whose float arrays are of float64."""
    leaves, tree = flatten(arg, LEAF_TYPES)
    wide = [np.asarray(each, np.float64) if np.asarray(each).dtype.kind == "f" else each for each in leaves]
    return tree.build(iter(wide))
