"""Calls a program with loops and branches on traced arrays: what runs is recorded, iteration by iteration."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.errors import BranchError
from ..core.nouns import TEXTS, Program, Symbol
from ..core.structure import flatten
from ..core.traced import Traced
from ..core.tracing import LEAF_TYPES
from ..program.calling import failed_branch
from ..program.operations.indexing import basic, scatter
from ..program.operations.updating import bind_update
from .noun import LOOP, Loop
from .places import ADDED_AT, AT, PUT_AT, UPDATED_AT


def _function(program: Program) -> Callable[..., Any]:
    run: Callable[..., Any] = _WRITTEN(program)
    if all(block.name.isidentifier() for part in program.parts() for block in part.blocks):
        return run

    def either(*args: object) -> Any:
        leaves = [leaf for arg in args for leaf in flatten(arg, LEAF_TYPES)[0]]
        if not any(isinstance(leaf, Traced) for leaf in leaves):
            return run(*args)
        found = _values(program, dict(zip((symbol.name for symbol in program.inputs), leaves, strict=True)))
        return program.results.build(found[o.name] if isinstance(o, Symbol) else o.value for o in program.outputs)

    return either


_WRITTEN = TEXTS["function"]
TEXTS["function"] = _function


def _values(program: Program, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every symbol, where some of the given values are traced."""
    found = dict(given)
    for equation in program.equations:
        operands = [found[o.name] if isinstance(o, Symbol) else o.value for o in equation.inputs]
        if equation.primitive is LOOP:
            made: Any = _loop(dict(equation.params)["body"], operands)
        elif equation.primitive.name == "branch":
            side = dict(equation.params)["then" if operands[0] else "other"]
            inside = _values(side, dict(zip((symbol.name for symbol in side.inputs), operands[1:], strict=True)))
            made = [inside[o.name] if isinstance(o, Symbol) else o.value for o in side.outputs]
        elif any(isinstance(each, Traced) for each in operands):
            made = _operation(equation.primitive.name, operands, equation)
        else:
            made = equation.primitive.function(equation.params, len(operands))(*operands)
        found |= zip(
            (t.name for t in equation.targets),
            (made,) if equation.primitive.results is None else made,
            strict=True,
        )
    for condition in program.conditions:
        if bool(found[condition.symbol.name]) != condition.expected:
            raise BranchError(failed_branch(program, condition))
    return found


def _operation(name: str, operands: list[Any], equation: Any) -> Any:
    if equation.primitive not in (AT, PUT_AT, ADDED_AT, UPDATED_AT):
        return bind(equation.primitive, tuple(operands), equation.params)
    index = dict(equation.params)["index"]
    beside = 2 if equation.primitive.writes else 1
    place = index.value(operands[beside:])
    if equation.primitive is AT:
        return operands[0][place]
    if equation.primitive is PUT_AT:
        return scatter(operands[0], basic(place), dict(equation.params)["shape"])
    return bind_update(name.removesuffix("_at"), operands[0], operands[1], basic(place), ())


def _loop(loop: Loop, operands: list[Any]) -> list[Any]:
    names = [symbol.name for symbol in loop.inputs]
    carried, same = operands[: loop.carried], operands[loop.carried :]
    before, each = [carried], []
    turns = loop.turns if loop.over is None else range(int(operands[loop.over - 1]))[:: -1 if loop.reverse else 1]
    for turn in turns if loop.flag is None else itertools.count():
        if loop.flag is not None and not carried[loop.flag]:
            break
        found = _values(loop, dict(zip(names, [*carried, turn, *same], strict=True)))
        results = [found[o.name] if isinstance(o, Symbol) else o.value for o in loop.outputs]
        carried = results[: loop.carried]
        before.append(carried)
        each.append(results)
    if loop.reverse:
        before, each = before[::-1], each[::-1]
    made: list[Any] = []
    for kind, place in loop.gives:
        if kind == "turns":
            made.append(len(each))
            continue
        rows = [row[place] for row in (before if kind == "history" else each)]
        made.append(carried[place] if kind == "last" else np.stack(rows))
    return made
