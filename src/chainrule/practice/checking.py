"""`check_grad`: compare a gradient, ours or yours, with finite differences; and name what is wrong with yours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..calculus.arguments import Wrt
from ..calculus.checking import Difference, differences, require_agreement
from ..core.messages import message
from ..core.tracing import require_function
from .forms import derivative_of
from .judging import Judge, Verdict


@dataclass(frozen=True, kw_only=True)
class GradientCheck(Verdict):
    """The result of `check_grad`; as text, what is right or wrong.

    Attributes:
        worst: The comparison with the largest relative error.
        compared: The number of derivatives compared.
    """

    worst: Difference
    compared: int


def check_grad(
    f: Callable[..., Any],
    args: Sequence[Any],
    *,
    mine: Callable[..., Any] | None = None,
    wrt: Wrt | None = None,
    rtol: float = 1e-5,
    samples: int = 20,
) -> GradientCheck:
    """Compare the gradient of `f` with central differences, in float64; or say what is wrong with one of your own.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one float.
        args: The arguments at which the derivatives are compared.
        mine: A function of the same arguments that gives the gradients as `derive` does, or a dictionary of them by argument,
            and of intermediate values by the names that `derive` prints. Its numbers are recognized among those that the
            mistakes give which are often made, also at other values of what is differentiated.
        wrt: What the derivatives are taken of, as for `derive`; by default all float arguments.
        rtol: The largest error allowed, relative to the largest derivative of the same array.
        samples: How many elements of each array are compared; they are chosen with a fixed seed.

    Returns:
        The worst comparison, and how many were made; with `mine`, also what is wrong with it.

    Raises:
        GradientError: A derivative of ours is off by more than `rtol`; the error names the worst one.
        TracingError: The result is not one float, or no argument is made of floats; `mine` gives something else.

    Examples:
        >>> import numpy as np
        >>> check_grad(lambda x: np.sum(np.sin(x)), (np.array([1.0, 2.0]),)).ok
        True
        >>> def cost(w, x):
        ...     return np.sum(np.sin(w @ x))
        >>> def mine(w, x):
        ...     return x.T
        >>> args = np.ones((1, 2)), np.array([[1.0], [2.0]])
        >>> check = check_grad(cost, args, mine=mine, wrt="w")
        >>> check.ok, check.mistakes[0].name
        (False, 'factor')
    """
    require_function("check_grad", f, args)
    judge = None if mine is None and wrt is None else Judge(derivative_of, f, args, wrt)
    found = differences(f, args, only=judge.derivative.names if judge else None, samples=samples)
    worst = require_agreement(found, rtol)
    said = message("All {count:,} derivatives that were compared are right.", count=len(found))
    verdict = judge.verdict(mine) if judge and mine else Verdict(ok=True, said=(said,))
    return GradientCheck(**vars(verdict), worst=worst, compared=len(found))
