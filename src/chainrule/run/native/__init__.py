"""The native executor: programs as loops that Numba compiles.

`compiled` makes a function of any program whose operations it knows. Training is written by `chunk.py` in vector loops.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...program.errors import BranchError
from ...program.nouns import Array, Program, Symbol
from ...program.python import Writer, branch_message
from ..checked import leaves
from .cache import module
from .plain import written
from .refusal import Unsupported

__all__ = ["Unsupported", "compiled"]


def compiled(program: Program) -> Callable[..., Any] | str:
    """A function that computes what the program does, or the reason why there is none: which equation cannot be written.

    The function takes the program's arguments, nested as they were, and raises `BranchError` where a branch goes another
    way and `ValueError` for arguments that are not as the program's. Numba must be installed.

    >>> from chainrule.program.tracing import trace
    >>> compiled(trace(lambda x: np.sum(x * x), [np.ones(3)]))(np.array([1.0, 2.0, 3.0]))
    np.float64(14.0)
    """
    try:
        source = written(program)
    except Unsupported as unsupported:
        return unsupported.reason
    run = module(source, "program").run
    constants = [np.ascontiguousarray(constant.value).reshape(-1) for constant in program.constants]
    return functools.partial(_call, program, run, constants)


def _call(program: Program, run: Callable[..., Any], constants: list[Array], *args: object) -> Any:
    given = leaves(program, args)
    flat = [np.ascontiguousarray(each).reshape(-1) for each in given]
    outputs, truths = run(*flat, *constants)
    for condition, truth in zip(program.conditions, truths, strict=True):
        if truth != condition.expected:
            raise BranchError(branch_message(program, *Writer(program).assertion(condition)))
    found = []
    for operand, value in zip(program.outputs, outputs, strict=True):
        if isinstance(operand, Symbol) and operand in program.inputs:
            found.append(given[program.inputs.index(operand)])
        else:
            found.append(value.reshape(operand.shape)[()])
    return program.results.build(iter(found))
