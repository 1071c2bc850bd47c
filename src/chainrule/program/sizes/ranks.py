"""Which inputs must have as many axes as those that a function was recorded with: it would take others, its derivative would not.

The mean of a vector is divided by its length, that of a matrix by another number; NumPy computes both. Where NumPy refuses other
axes, as in most products of matrices, or the function would not give one number, as with `x[0]`, nothing needs to be said.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.nouns import Equation, Origin, Program, Symbol

RANK = -1
"""The axis of demands that are for a number of axes."""
_ALIKE = {"sum", "max", "min"}
"""What has the same derivative for any number of axes, if it is taken of all elements."""


def ranked(program: Program) -> Iterator[tuple[str, Origin]]:
    """The names of these inputs, one for all of the same shape, with the line that needs it."""
    firsts = {each.shape: each.name for each in reversed(program.inputs) if each.shape}
    followed = {each.name: firsts[each.shape] for each in program.inputs if each.shape}  # what arrays are made of
    needed: dict[str, Origin] = {}
    refused: set[str] = set()
    for equation in program.equations:
        arrays = [each for each in equation.inputs if each.shape]
        names = {followed.get(each.name, "") if isinstance(each, Symbol) else "" for each in arrays}
        if "" in names or len(names) > 1:
            refused |= names
        elif _is_alike(equation) or not {"axis", "shape"}.isdisjoint(dict(equation.params)):
            followed |= dict.fromkeys((target.name for target in equation.targets), *names)
            needed = needed if _is_alike(equation) else dict.fromkeys(names, equation.origin) | needed
        else:
            refused |= names
    yield from ((name, origin) for name, origin in needed.items() if name and name not in refused)


def _is_alike(equation: Equation) -> bool:
    """Whether an operation does the same for any number of axes."""
    params, primitive = dict(equation.params), equation.primitive
    parts = getattr(params.get("index"), "parts", (0,))
    is_over_all = primitive.name in _ALIKE and params["axis"] is None
    return primitive.elementwise or is_over_all or {tuple, type(...)}.issuperset(map(type, parts))
