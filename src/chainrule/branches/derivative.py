"""The derivative of a branch is a branch on the same value: each side computes itself again, and pulls the errors back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.border import leaf, program_of, replay
from ..core.derivative import pull_back, zeros
from ..core.nouns import Symbol
from ..core.primitive import dtype_of
from ..core.structure import LEAF
from ..core.traced import Tape, Traced, current
from ..program.operations.callbacks import apart, lifted, operand_of, pull_errors, tuple_of
from .noun import BRANCH, OTHER, RULE, THEN, Side, side_of


def _rule(g: Sequence[Any], y: Sequence[Any], inputs: Sequence[Any], then: Side, other: Side) -> list[Any]:
    """The errors of a branch's inputs."""
    ends = [place for place, error in enumerate(g) if error is not None]
    errors = [g[place] for place in ends]
    test, *operands = inputs
    if not any(isinstance(each, Traced) for each in (*errors, *inputs)):
        return [None, *_errors_of_values(then if test else other, ends, errors, operands)]
    wrt = [place for place, each in enumerate(then.inputs) if each.dtype.kind in "fc"]
    backs = [_back(side, ends, wrt) for side in (then, other)]
    reached = [k for k in range(len(wrt)) if any(reaches[k] for _, reaches in backs)]
    result: list[Any] = [None] * len(inputs)
    if not reached:
        return result
    programs, arrays = lifted([replace(back, outputs=tuple(back.outputs[k] for k in reached)) for back, _ in backs])
    params = (("then", side_of(programs[0], THEN)), ("other", side_of(programs[1], OTHER)))
    tape = next(each.tape for each in (*errors, *inputs) if isinstance(each, Traced))
    made = bind(BRANCH, (test, *operands, *errors, *map(operand_of, arrays)), params, tape)
    for k, error in zip(reached, made, strict=True):
        place = wrt[k]
        result[1 + place] = error
    return result


RULE.append(_rule)


def _errors_of_values(side: Side, ends: Sequence[int], errors: Sequence[Any], operands: Sequence[Any]) -> list[Any]:
    """The errors of the inputs of the side that ran, as values."""
    tape = Tape()
    leaves = [
        leaf(tape, each.name, each.shape, each.dtype, value) for each, value in zip(side.inputs, operands, strict=True)
    ]
    nodes = replay(side, dict(zip((each.name for each in side.inputs), leaves, strict=True)), tape)
    return pull_back(_starts(side, nodes, ends, errors), leaves, record=False)


def _starts(side: Side, nodes: dict[str, Any], ends: Sequence[int], errors: Sequence[Any]) -> list[tuple[Traced, Any]]:
    outputs = [side.outputs[place] for place in ends]
    pairs = ((nodes[each.name], error) for each, error in zip(outputs, errors, strict=True) if isinstance(each, Symbol))
    return [(node, error) for node, error in pairs if isinstance(node, Traced) and node.dtype.kind in "fc"]


def _back(side: Side, ends: Sequence[int], wrt: Sequence[int]) -> tuple[Any, list[bool]]:
    """The program of the errors of some inputs from the inputs and the errors of some outputs; which inputs they reach."""
    tape = Tape()
    tape.sized = True
    token = current.set(tape)
    try:
        inputs = [leaf(tape, each.name, each.shape, each.dtype) for each in side.inputs]
        nodes = replay(side, dict(zip((each.name for each in side.inputs), inputs, strict=True)), tape)
        names = [f"δ_{getattr(side.outputs[place], 'name', 'result')}" for place in ends]
        types = [(side.outputs[place].shape, np.dtype(dtype_of(side.outputs[place]))) for place in ends]
        errors = [leaf(tape, name, *each) for name, each in zip(names, types, strict=True)]
        found = pull_errors(_starts(side, nodes, ends, errors), [inputs[place] for place in wrt])
        results = [
            zeros(inputs[place], tape) if error is None else error for place, error in zip(wrt, found, strict=True)
        ]
        arguments = apart([each.name for each in (*inputs, *errors)], [])
        trees = tuple((each, LEAF) for each in arguments)
        made = program_of("back", [*inputs, *errors], results, trees, tuple_of(len(results)))
        return made, [error is not None for error in found]
    finally:
        current.reset(token)
        tape.open = False
