"""Sums over examples as sums of lots, for threads to share: what a thread computes of its own examples is near to it.

A gradient is a sum over all examples, of maps that each thread has computed for some of them. If a thread summed a part of the
gradient over all examples, the others' maps would move to its core, in each step. So each lot is summed by itself, and then the
lots are added up. How many there are depends on the examples alone, so that the bits do not depend on the threads.
"""

from __future__ import annotations

from dataclasses import replace

from ...core.nouns import Equation, Operand, Program, Symbol
from ...core.primitive import PRIMITIVES
from ...program.operations.indexing import Index
from ...program.operations.windows import read
from .batches import example_axes
from .phases import WINDOWED
from .reductions import axes_of
from .sharing import LOTS

_COUNTS = (8, 4, 2, 6, 5, 3)
_FEWEST = 5  # examples of a lot


def lots_of(examples: int) -> int:
    """In how many lots examples are summed: for several threads to have as many, and few enough to be added up.

    >>> lots_of(10), lots_of(100), lots_of(128), lots_of(7)
    (2, 4, 8, 1)
    """
    return next((lots for lots in _COUNTS if examples % lots == 0 and examples // lots >= _FEWEST), 1)


def in_lots(program: Program) -> Program:
    """The program with sums over examples, of maps, as sums of lots."""
    examples, count = example_axes(program)
    lots = lots_of(count) if count else 1
    if lots == 1:
        return program
    equations: list[Equation] = []
    for equation in program.equations:
        if not _sums(equation, examples):
            equations.append(equation)
            continue
        target, add = equation.target, PRIMITIVES["add"]
        made = replace(target, name=f"{target.name} in lots", shape=(lots, *target.shape))
        equations.append(replace(equation, targets=(made,), params=(*equation.params, (LOTS, lots))))
        rest = [(None, None, None)] * len(target.shape)
        total: Operand | None = None
        for k in range(lots):
            part = replace(target, name=f"{target.name} in lot {k}")
            index = (("index", Index((k, *rest))),)
            equations.append(
                replace(equation, targets=(part,), primitive=PRIMITIVES["getitem"], inputs=(made,), params=index)
            )
            if total is None:
                total = part
                continue
            both = target if k == lots - 1 else Symbol(f"{target.name} to lot {k}", target.shape, target.dtype)
            equations.append(replace(equation, targets=(both,), primitive=add, inputs=(total, part), params=()))
            total = both
    return replace(program, equations=tuple(equations))


def _sums(equation: Equation, examples: set[str]) -> bool:
    """Whether an equation sums maps over examples."""
    name, params = equation.primitive.name, dict(equation.params)
    if equation.target.name in examples or equation.target.dtype.kind != "f":
        return False
    if name == WINDOWED:
        return read(str(params["subscripts"])).windowed != 2 and all(each.name in examples for each in equation.inputs)
    source = equation.inputs[0] if equation.inputs else None
    if name != "sum" or source is None or source.name not in examples or len(source.shape) < 3:
        return False
    gone = axes_of(params["axis"], len(source.shape))
    return 0 in gone and bool(equation.target.shape)
