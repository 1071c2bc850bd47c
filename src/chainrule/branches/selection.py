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
    """The program with choices in place of its branches, in its loops, too, as far as their sides have no conditions."""
    if not any(equation.primitive is BRANCH for part in program.parts() for equation in part.equations):
        return program
    taken = {each.name for each in (*program.inputs, *(t for e in program.equations for t in e.targets))}
    numbers = itertools.count(1)
    equations: list[Equation] = []
    for equation in program.equations:
        body = dict(equation.params).get("body")
        if equation.primitive is BRANCH and not any(side.conditions for side in sides_of(equation)):
            equations += _choices(equation, taken, numbers)
        elif isinstance(body, Loop):
            equations.append(replace(equation, params=(("body", selected(body)),)))
        else:
            equations.append(equation)
    made = replace(program, equations=tuple(equations))
    return reshaped(made) if isinstance(made, Loop) else made


def _choices(equation: Equation, taken: set[str], numbers: Iterator[int]) -> Iterator[Equation]:
    """The equations of both sides, and those that choose between their results."""
    test, *operands = equation.inputs
    results = []
    for side in sides_of(equation):
        inside: dict[str, Operand] = dict(zip((each.name for each in side.inputs), operands, strict=True))
        chosen: Side = selected(side)
        for each in chosen.equations:
            targets = tuple(replace(target, name=_fresh(target.name, taken, numbers)) for target in each.targets)
            inside |= zip((target.name for target in each.targets), targets, strict=True)
            yield replace(each, targets=targets, inputs=tuple(_meant(each, inside) for each in each.inputs))
        results.append([_meant(each, inside) for each in chosen.outputs])
    for target, *both in zip(equation.targets, *results, strict=True):
        yield from _where(test, target, both, equation, taken, numbers)


def _where(
    test: Operand, target: Symbol, both: list[Operand], equation: Equation, taken: set[str], numbers: Iterator[int]
) -> Iterator[Equation]:
    """`target = np.where(test, *both)`"""
    where = PRIMITIVES["where"]
    dtypes = [np.dtype(dtype_of(each)) for each in both]
    if any(dtype != target.dtype for dtype in dtypes):
        both = [
            Constant(np.asarray(o.value, target.dtype)[()]) if isinstance(o, Constant) and not o.name else o
            for o in both
        ]
    yield Equation((target,), where, (test, *both), (), equation.origin)


def _fresh(name: str, taken: set[str], numbers: Iterator[int]) -> str:
    made = next(each for each in (f"{name}_{number}" for number in numbers) if each not in taken)
    taken.add(made)
    return made


def _meant(operand: Operand, inside: dict[str, Operand]) -> Operand:
    return inside[operand.name] if isinstance(operand, Symbol) else operand
