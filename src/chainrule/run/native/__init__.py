"""The native executor: programs as loops that Numba compiles.

`compiled` makes a function of any program whose operations it knows. Training is written by `chunk.py` in vector loops.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...program.errors import BranchError
from ...program.nouns import Program
from ...program.python import Writer, branch_message
from ...program.structure import LEAF, Tree
from ..checked import leaves
from .cache import module
from .plain import written
from .refusal import Unsupported

__all__ = ["Unsupported", "compiled", "trusting"]


def compiled(program: Program) -> Callable[..., Any] | str:
    """A function that computes what the program does, or the reason why there is none: which equation cannot be written.

    The function takes the program's arguments, nested as they were, and raises `BranchError` where a branch goes another
    way and `ValueError` for arguments that are not as the program's. Numba must be installed.

    >>> from chainrule.program.tracing import trace
    >>> compiled(trace(lambda x: np.sum(x * x), [np.ones(3)]))(np.array([1.0, 2.0, 3.0]))
    np.float64(14.0)
    """
    run = _run(program)
    return run if isinstance(run, str) else functools.partial(_checked, program, run)


def trusting(program: Program) -> Callable[..., Any] | str:
    """The same for arguments that are known to be as the program's: nothing is looked at, so a call costs a microsecond.

    Others would be read beyond their end.
    """
    run = _run(program)
    if isinstance(run, str):
        return run
    if any(tree != LEAF for _, tree in program.arguments):
        return functools.partial(_checked, program, run)
    return run


def _run(program: Program) -> Callable[..., Any] | str:
    """A function of the flat inputs, which returns what the program returns."""
    try:
        source = written(program)
    except Unsupported as unsupported:
        return unsupported.reason
    run = module(source, "program").run
    constants = tuple(np.ascontiguousarray(constant.value).reshape(-1) for constant in program.constants)
    expected = tuple(condition.expected for condition in program.conditions)
    build = program.results.build

    def built(*inputs: Any) -> Any:
        outputs, truths = run(*inputs, *constants)
        if truths != expected:
            _refuse(program, truths)
        return build(iter(outputs))

    def single(*inputs: Any) -> Any:
        return run(*inputs, *constants)[0][0]

    def several(*inputs: Any) -> Any:
        return run(*inputs, *constants)[0]

    if expected:
        return built
    flat = Tree(tuple, tuple(range(len(program.outputs))), (LEAF,) * len(program.outputs))
    return single if program.results.is_leaf else several if program.results == flat else built


def _refuse(program: Program, truths: tuple[bool, ...]) -> None:
    for condition, truth in zip(program.conditions, truths, strict=True):
        if truth != condition.expected:
            raise BranchError(branch_message(program, *Writer(program).assertion(condition)))


def _checked(program: Program, run: Callable[..., Any], *args: object) -> Any:
    return run(*leaves(program, args))
