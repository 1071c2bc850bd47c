"""Derivatives that take a shorter way than one step at a time.

One is for soundness, where one step at a time would multiply 0 by ∞.
For y = h(d) with d = 1 + eᵘ the chain rule has ∂y/∂u = h′(d) eᵘ; where eᵘ overflows, h′(d) is 0 and that is no number,
though the derivative is 0, or 1 for ln d. But eᵘ = d σ(u), and h′(d) d is known from y itself: so ∂y/∂u = h′(d) d · σ(u),
in which nothing overflows. This is how people write a sigmoid, logistic growth, or ln(1 + eᵘ), by hand.

The others are for reading: x · x has the error 2 x, and not x twice; |z|² of a complex z has 2 z̄, without dividing by |z|.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.derivative import SHORTCUTS, Shortcut
from ..core.primitive import DISPATCHERS
from ..core.traced import Traced


def _slope(y: Any, u: Any) -> Any:
    return DISPATCHERS["sigmoid"](u)


def _shortcut(node: Traced) -> Shortcut | None:
    """The shortcut behind a node, if it is a function h of 1 + eᵘ that has one."""
    name = node.primitive.name if node.primitive is not None else ""
    if name == "multiply":
        x, other = node.inputs
        if x is not other or type(x) is not Traced:
            return None
        return _squared_length(node, both=True) or Shortcut(((node, 0),), lambda y, u: 2 * u, both=True)
    if name == "square" or (name == "power" and _is_two(node.inputs[1])):
        squared = _squared_length(node)
        if squared is not None:
            return squared
    if name == "divide":
        numerator = node.inputs[0]
        # y (1 − y) for σ itself, as in the book, since y is already computed.
        slope = (lambda y, u: -(y * (1 - y))) if _is_one(numerator) else (lambda y, u: -y * _slope(y, u))
        return _through_sum(node, 1, slope)
    if name == "power" and isinstance(exponent := node.inputs[1], (int, float)):
        return _through_sum(node, 0, lambda y, u: exponent * y * _slope(y, u))
    if name == "log":
        return _through_sum(node, 0, _slope)
    if name == "log1p":
        return _through_exponential(((node, 0),), _slope)
    return None


def _squared_length(node: Traced, both: bool = False) -> Shortcut | None:
    length = _made_by("absolute", node.inputs[0])
    if length is None or type(length.inputs[0]) is not Traced or length.inputs[0].dtype.kind != "c":
        return None
    return Shortcut(((node, 0), (length, 0)), lambda y, u: 2 * np.conj(u), both)


def _through_sum(node: Traced, position: int, factor: Callable[[Any, Any], Any]) -> Shortcut | None:
    total = _made_by("add", node.inputs[position])
    if total is None:
        return None
    for place in (0, 1):
        if _is_one(total.inputs[1 - place]):
            return _through_exponential(((node, position), (total, place)), factor)
    return None


def _through_exponential(way: tuple[tuple[Traced, int], ...], factor: Callable[[Any, Any], Any]) -> Shortcut | None:
    node, position = way[-1]
    exponential = _made_by("exp", node.inputs[position])
    if exponential is None or type(exponential.inputs[0]) is not Traced:
        return None
    return Shortcut((*way, (exponential, 0)), factor)


def _made_by(name: str, operand: Any) -> Traced | None:
    return (
        operand
        if type(operand) is Traced and operand.primitive is not None and operand.primitive.name == name
        else None
    )


def _is_one(operand: Any) -> bool:
    return isinstance(operand, (int, float)) and operand == 1


def _is_two(operand: Any) -> bool:
    return isinstance(operand, (int, float)) and operand == 2


SHORTCUTS |= dict.fromkeys(("divide", "power", "square", "log", "log1p", "multiply"), _shortcut)
