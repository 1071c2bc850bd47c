"""Arrays that are put together of parts: where each part goes, so that it is computed there and never copied.

The derivative of a program that reads disjoint parts of an array is a sum of arrays, each of which is zero but for one part.
Here such a sum is one equation, `scatter` with several operands, and each operand lies in the result's memory from the start.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...core.nouns import Equation, Program, Symbol
from .elementwise import NUMBERS, dtype_of
from .operations import ELEMENTWISE


def assembled(program: Program) -> Program:
    """The program with each sum of arrays that are zero but for disjoint parts as one equation."""
    made = {each.target.name: each for each in program.equations}
    uses = Counter(operand.name for operand in program.operands() if operand.name)

    leaves: dict[str, list[Equation]] = {}  # the equations of single parts that add up to a symbol
    for equation in program.equations:
        of = [leaves.get(each.name) for each in equation.inputs if uses[each.name] == 1]
        if equation.primitive.name == "scatter" and _has_loops(equation):
            leaves[equation.target.name] = [equation]
        elif _goes_through(equation) and len(of) == len(equation.inputs) and None not in of:
            whole = all(each.shape == equation.target.shape for each in equation.inputs)
            leaves |= {equation.target.name: list(itertools.chain(*filter(None, of)))} if whole else {}

    inner, joined = set[str](), dict[str, list[Equation]]()
    for equation in reversed(program.equations):  # sums of more parts first
        target = equation.target
        if equation.primitive.name != "add" or target.name in inner:
            continue
        parts = leaves.get(target.name)
        if (
            parts
            and are_disjoint([_boxes(each) for each in parts])
            and {e.target.dtype for e in parts} == {target.dtype}
        ):
            joined[target.name] = parts
            inner |= _names(equation, made)
    if not joined:
        return program
    equations = []
    for equation in program.equations:
        parts = joined.get(equation.target.name, [])
        if parts:
            indices = tuple(dict(each.params)["index"] for each in parts)
            params = ("indices", indices), ("shape", tuple(map(int, equation.target.shape)))
            inputs = tuple(each.inputs[0] for each in parts)
            equations.append(replace(equation, primitive=parts[0].primitive, inputs=inputs, params=params))
        elif equation.target.name not in inner:
            equations.append(equation)
    return replace(program, equations=tuple(equations))


def _has_loops(scattered: Equation) -> bool:
    """Whether memory can hold the parts; a sum with any other is left to NumPy, which puts one part after the other."""
    sizes = [size for symbol in (*scattered.inputs, scattered.target) for size in symbol.shape]
    return 0 not in sizes and all(dtype_of(part) in NUMBERS for part in scattered.inputs)


def _goes_through(equation: Equation) -> bool:
    """Whether parts that an equation reads are parts of its result; a reshape may give the shape that was there."""
    return equation.primitive.name in ("add", "reshape")


def _names(equation: Equation, made: Mapping[str, Equation]) -> set[str]:
    """The names of what is added up in a sum of parts."""
    found, waiting = set[str](), list(equation.inputs)
    while waiting:
        each = waiting.pop()
        found.add(each.name)
        if _goes_through(made[each.name]):
            waiting += made[each.name].inputs
    return found


def _boxes(equation: Equation) -> list[range]:
    """The places along each axis that a part takes."""
    shape = list(map(int, equation.target.shape))
    index = dict(equation.params)["index"].value()
    given = [part for part in index if part is not None]
    missing = len(shape) - sum(part is not Ellipsis for part in given)
    whole = [slice(None)] * missing
    if Ellipsis not in given:
        given += whole
    else:
        place = given.index(Ellipsis)
        given[place : place + 1] = whole
    return [
        range(size)[part] if isinstance(part, slice) else range(size)[int(part) :][:1]
        for part, size in zip(given, shape, strict=True)
    ]


def are_disjoint(boxes: Sequence[Sequence[range]]) -> bool:
    """Whether no two parts of an array share an element.

    >>> are_disjoint([[range(0, 4, 2)], [range(1, 4, 2)]]), are_disjoint([[range(2)], [range(1, 3)]])
    (True, False)
    """
    pairs = itertools.combinations(boxes, 2)
    return all(any(not {*a} & {*b} for a, b in zip(one, other, strict=True)) for one, other in pairs)


def homes(program: Program) -> dict[str, tuple[Symbol, Any]]:
    """For each symbol that is a part of an array, and of nothing else, that array and its index there."""
    computed = {
        target.name for each in program.equations if each.primitive.name in ELEMENTWISE for target in each.targets
    }
    found: dict[str, tuple[Symbol, Any]] = {}
    for equation in program.equations:
        params = dict(equation.params)
        if equation.primitive.name != "scatter" or "indices" not in params:
            continue
        parts = [replace(equation, params=(("index", index),)) for index in params["indices"]]
        covered = sum(math.prod(map(len, _boxes(each))) for each in parts)
        alone = Counter(each.name for each in equation.inputs)
        if covered != math.prod(map(int, equation.target.shape)):
            continue
        for operand, index in zip(equation.inputs, params["indices"], strict=True):
            fits = operand.name in computed and alone[operand.name] == 1 and operand.name not in found
            if fits and dtype_of(operand) == equation.target.dtype:
                found[operand.name] = equation.target, index.value()
    return found
