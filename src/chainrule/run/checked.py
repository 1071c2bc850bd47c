"""The checked executor: it runs equation by equation, checks each result against its symbol, and keeps every value.

It shares only the templates of single operations with the printed text. If the two disagree, the printing is wrong: a
parenthesis, a name, or an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.errors import BranchError, ProgramError
from ..core.layout import steps
from ..core.nouns import Condition, Operand, Program, Symbol
from ..core.structure import flatten
from ..core.tracing import LEAF_TYPES
from ..program.calling import failed_branch


def run(program: Program, args: Sequence[object]) -> Any:
    """Run a program on arguments nested like the traced function's, and return what that function returns.

    Raises:
        ProgramError: A result does not have the shape or dtype of its symbol.
        BranchError: A branch goes another way than when the program was traced.
        ValueError: The arguments do not match those of the program.

    Examples:
        >>> from chainrule.core.tracing import trace
        >>> run(trace(lambda x: 2 * x, [np.ones(2)]), [np.array([1.0, 3.0])])
        array([2., 6.])
    """
    found = values(program, args)
    return program.results.build(found[o.name] if isinstance(o, Symbol) else o.value for o in program.outputs)


def values(program: Program, args: Sequence[object]) -> dict[str, Any]:
    """Run a program, and return the value of each of its symbols by name. Raises as `run` does.

    Examples:
        >>> from chainrule.core.tracing import trace
        >>> sorted(values(trace(lambda x: 2 * x, [np.ones(2)]), [np.array([1.0, 3.0])]))
        ['v1', 'x']
    """
    return values_of(program, leaves(program, args))


def values_of(program: Program, inputs: Sequence[Any]) -> dict[str, Any]:
    """The same for the values of the program's inputs, as NumPy's."""
    found: dict[str, Any] = dict(zip((symbol.name for symbol in program.inputs), inputs, strict=True))

    def value(operand: Operand) -> Any:
        return found[operand.name] if isinstance(operand, Symbol) else operand.value

    for line in steps(program):
        if isinstance(line, Condition):
            if bool(value(line.symbol)) != line.expected:
                raise BranchError(failed_branch(program, line))
            continue
        result = line.primitive.function(line.params, len(line.inputs))(*map(value, line.inputs))
        for target, part in zip(line.targets, result if line.primitive.results is not None else (result,), strict=True):
            _require(program, target, part, f"the equation of {target.name} ({line.primitive.name}) gives")
            found[target.name] = part
    return found


def leaves(program: Program, args: Sequence[object]) -> list[Any]:
    """The inputs, as arrays or NumPy scalars, checked against their symbols."""
    parts = [flatten(arg, LEAF_TYPES) for arg in args]
    if [tree for _, tree in parts] != [tree for _, tree in program.arguments]:
        names = ", ".join(name for name, _ in program.arguments)
        raise ValueError(f"{program.name} takes ({names}), nested as they were when it was traced.")
    leaves = [np.float64(each) if type(each) is float else each for found, _ in parts for each in found]
    for symbol, each in zip(program.inputs, leaves, strict=True):
        if (np.shape(each), each.dtype) != (symbol.shape, symbol.dtype):
            raise ValueError(
                f"{symbol.name} is {shape_text(np.shape(each))} of {each.dtype}, and {program.name} was traced for "
                f"{shape_text(symbol.shape)} of {symbol.dtype}."
            )
    return leaves


def _require(program: Program, target: Symbol, result: Any, what: str) -> None:
    shape, dtype = np.shape(result), np.asarray(result).dtype
    if (shape, dtype) != (target.shape, target.dtype):
        raise ProgramError(
            f"{program.name}: {what} {shape_text(shape)} of {dtype}, "
            f"and its symbol is {shape_text(target.shape)} of {target.dtype}."
        )
