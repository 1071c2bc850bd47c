"""Branches as choices between values: both sides are computed, and np.where takes the results of one.

Machine code that has no branches runs programs so. What a side computes in vain costs time, and nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.nouns import Constant, Equation, Operand, Symbol
from ..core.primitive import PRIMITIVES, dtype_of
from ..loops.noun import Loop, reshaped
from .noun import BRANCH, Side, sides_of


def selected(program: Any) -> Any:
    """The program with choices in place of its branches, in its loops, too."""
    if not any(equation.primitive is BRANCH for part in program.parts() for equation in part.equations):
        return program
    targets = (target for equation in program.equations for target in equation.targets)
    taken = {symbol.name for symbol in (*program.inputs, *targets)}
    numbers = itertools.count(1)
    equations: list[Equation] = []
    for equation in program.equations:
        body = dict(equation.params).get("body")
        if equation.primitive is BRANCH:
            equations += _choices(equation, taken, numbers)
        elif isinstance(body, Loop):
            equations.append(replace(equation, params=(("body", selected(body)),)))
        else:
            equations.append(equation)
    chosen = replace(program, equations=tuple(equations))
    return reshaped(chosen) if isinstance(chosen, Loop) else chosen


def _choices(equation: Equation, taken: set[str], numbers: Iterator[int]) -> Iterator[Equation]:
    """The equations of both sides, and those that choose between their results."""
    test, *operands = equation.inputs
    results = []
    for side in sides_of(equation):
        inside: dict[str, Operand] = dict(zip((symbol.name for symbol in side.inputs), operands, strict=True))
        chosen: Side = selected(side)
        for line in chosen.equations:
            targets = tuple(replace(target, name=_fresh(target.name, taken, numbers)) for target in line.targets)
            inside |= zip((target.name for target in line.targets), targets, strict=True)
            yield replace(line, targets=targets, inputs=tuple(_meant(operand, inside) for operand in line.inputs))
        results.append([_meant(output, inside) for output in chosen.outputs])
    for target, *both in zip(equation.targets, *results, strict=True):
        yield _where(test, target, both, equation)


def _where(test: Operand, target: Symbol, both: list[Operand], equation: Equation) -> Equation:
    """`target = np.where(test, *both)`"""
    if any(np.dtype(dtype_of(operand)) != target.dtype for operand in both):
        both = [_typed(operand, target.dtype) for operand in both]
    return Equation((target,), PRIMITIVES["where"], (test, *both), (), equation.origin)


def _typed(operand: Operand, dtype: np.dtype[Any]) -> Operand:
    """A number of a dtype; anything else as it is."""
    if not isinstance(operand, Constant) or operand.name:
        return operand
    return Constant(np.asarray(operand.value, dtype)[()])


def _fresh(name: str, taken: set[str], numbers: Iterator[int]) -> str:
    free = next(numbered for numbered in (f"{name}_{number}" for number in numbers) if numbered not in taken)
    taken.add(free)
    return free


def _meant(operand: Operand, inside: dict[str, Operand]) -> Operand:
    return inside[operand.name] if isinstance(operand, Symbol) else operand
