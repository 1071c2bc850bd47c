"""The slopes of what an equation or a minimum decides, by the implicit function theorem.

Where f(x, p) = 0 holds at x and goes on to hold as p changes, dx/dp = −(∂f/∂x)⁻¹ ∂f/∂p, whatever steps have led to x. At a
minimum the equation is ∇f = 0. The function is a program that the operation holds (`callbacks.py`); what it says at x is
recorded, so that the slopes have slopes themselves. Griewank and Walther (2008), chapter 15.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.border import leaf, program_of, replay
from ...core.derivative import pull_back, zeros
from ...core.nouns import Program, Symbol
from ...core.primitive import PRIMITIVES
from ...core.simplification import simplify
from ...core.structure import LEAF
from ...core.traced import Tape, Traced, current
from .callbacks import apart


def implicit_rule(
    leading: int, *, least: bool = False, squares: bool = False, fixed: bool = False
) -> Callable[..., list[Any]]:
    """The rule of an operation whose result is a root of a function, or a place where it is least.

    Args:
        leading: How many operands come before those of the function: a start, or the ends of an interval, on which the result
            does not depend.
        least: Whether the function is least at the result; else it is 0 there.
        squares: Whether the sum of its squares is least.
        fixed: Whether the function gives the place itself there.

    Returns:
        The rule, which gives the errors of all operands.
    """

    def rule(g: Any, x: Any, *operands: Any, function: Program, **_: Any) -> list[Any]:
        record = any(isinstance(each, Traced) for each in (g, x, *operands))
        tape = next((e.tape for e in (g, x, *operands) if isinstance(e, Traced)), None) or Tape()
        place, *others = (_own(each, tape, record) for each in (x, *operands[leading:]))
        value = _value(function, [place, *others], tape)
        if fixed:
            value = place - value
        if squares:
            value = 0.5 * np.sum(value * value)
        if least or squares:
            value = pull_back([(value, 1.0)], [place], record=True)[0] if isinstance(value, Traced) else None
        wrt = [k for k, each in enumerate(others) if isinstance(each, Traced) and each.dtype.kind == "f"]
        errors: list[Any] = [None] * len(operands)
        if not isinstance(value, Traced):
            return errors
        weights = _solved(value, place, g, record)
        parts = pull_back([(value, weights)], [others[k] for k in wrt], record=record)
        for k, part in zip(wrt, parts, strict=True):
            errors[leading + k] = part
        return errors

    return rule


def _own(operand: Any, tape: Tape, record: bool) -> Any:
    """A node of its own for an operand, up to which alone errors are pulled back."""
    if not record:
        return leaf(tape, "", np.shape(operand), np.result_type(operand), operand)
    return bind(PRIMITIVES["identity"], (operand,), (), tape) if isinstance(operand, Traced) else operand


def _value(function: Program, operands: Sequence[Any], tape: Tape) -> Any:
    nodes = replay(function, dict(zip((each.name for each in function.inputs), operands, strict=True)), tape)
    (output,) = function.outputs
    return nodes[output.name] if isinstance(output, Symbol) else output.value


def _solved(value: Traced, place: Traced, g: Any, record: bool) -> Any:
    """−(∂f/∂x)⁻ᵀ g: the error of the equation whose root the place is."""
    if value.shape != place.shape or len(place.shape) != 1:
        (slope,) = pull_back([(value, np.ones(value.shape)[()])], [place], record=record)  # of numbers, each by itself
        return -g / (0.0 if slope is None else slope)
    rows = [pull_back([(value, row)], [place], record=record)[0] for row in np.eye(len(value))]
    transposed = np.stack([np.zeros(place.shape) if each is None else each for each in rows], axis=1)
    return -np.linalg.solve(transposed, g)


def slope_of(function: Program, *, least: bool = False) -> Program:
    """The program of a function's slopes by its first argument, of the same arguments.

    Args:
        function: The function.
        least: Whether it gives one number of a vector, and its gradient is asked for; else each number by its own, or of a
            vector the Jacobian.

    Returns:
        The program.
    """
    tape = Tape()
    token = current.set(tape)
    try:
        inputs = [leaf(tape, each.name, each.shape, each.dtype) for each in function.inputs]
        value, place = _value(function, inputs, tape), inputs[0]
        if not isinstance(value, Traced):
            slope: Any = np.zeros(np.shape(value) if least or not place.shape else (*np.shape(value), *place.shape))
        elif least or len(place.shape) != 1:
            (slope,) = pull_back([(value, np.ones(value.shape)[()])], [place], record=True)
            slope = zeros(place, tape) if slope is None else slope
        else:
            rows = [pull_back([(value, row)], [place], record=True)[0] for row in np.eye(len(value))]
            slope = np.stack([zeros(place, tape) if each is None else each for each in rows])
        arguments = apart([each.name for each in inputs], [])
        made = program_of(f"{function.name}_slope", inputs, [slope], tuple((each, LEAF) for each in arguments), LEAF)
    finally:
        current.reset(token)
        tape.open = False
    return simplify(made, "textbook")
