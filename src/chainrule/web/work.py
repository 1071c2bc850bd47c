"""Counts the work of a program, in multiplications, from the shapes of its arrays alone."""

from __future__ import annotations

import math

from ..core.nouns import Equation, Operand, Program

_PER_EQUATION = 2_000  # multiplications in the time that Python takes for an operation on one number
_PER_NUMBER = 8  # that an elementwise operation takes, such as tanh
_PER_CUBE = 8  # n³ multiplications that decompositions of a matrix take
_DECOMPOSING = frozenset({"cofactors", "det", "inv", "norm", "solve"})


def count_work(program: Program) -> int:
    """Estimate the multiplications of one run of a program, from above for the operations that can be typed.

    Args:
        program: The program.

    Returns:
        Their number; an operation on few numbers counts as much as Python takes for it.

    Examples:
        >>> from ..core.tracing import Spec, trace
        >>> count_work(trace(lambda w: w @ w, [Spec((100, 100))]))
        1002000
    """
    return sum(_PER_EQUATION + _count(each) for each in program.equations)


def _count(equation: Equation) -> int:
    """Estimate the multiplications of one operation."""
    operands = [*equation.inputs, *equation.targets]
    name = equation.primitive.name
    if name == "matmul":
        return _size(equation.target) * int(equation.inputs[0].shape[-1])
    largest = max(map(_size, operands))
    sides = [int(size) for operand in operands for size in operand.shape[-2:]]
    return largest * (_PER_CUBE * max(sides) if name in _DECOMPOSING and sides else _PER_NUMBER)


def _size(operand: Operand) -> int:
    return math.prod(map(int, operand.shape))
