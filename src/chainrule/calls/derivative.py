"""The derivative of a call is a call of the adjoint: a function of the same arguments and of the errors of the results.

It gives the errors of the arguments, and computes again what it needs of the function.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from ..core.binding import bind
from ..core.border import leaf, replay
from ..core.derivative import pull_back
from ..core.nouns import Constant, Symbol
from ..core.primitive import PRIMITIVES
from ..core.simplification import simplify
from ..core.traced import Tape, Traced, current
from ..loops.derivative import body as program_of
from .noun import RULE, Function, called, function_of


def _rule(g: Any, y: Any, inputs: Sequence[Any], function: Function) -> list[Any]:
    """The errors of what a function is called with. It is only recorded: with actual values, calls run as Python."""
    errors, results = (g, y) if isinstance(g, tuple) else ((g,), (y,))
    made, reached, arrays = adjoint(function, tuple(each is not None for each in errors))
    found: list[Any] = [None] * len(inputs)
    if made is not None:
        operands = (*inputs, *(each for each in errors if each is not None), *(each.value for each in arrays))
        found_nodes = called(made, operands, results[0].tape)
        for place, node in zip(reached, found_nodes, strict=True):
            found[place] = node
    return found


RULE.append(_rule)


@functools.lru_cache(maxsize=256)
def adjoint(
    function: Function, given: tuple[bool, ...]
) -> tuple[Function | None, tuple[int, ...], tuple[Constant, ...]]:
    """The adjoint for errors of some results; the places of the arguments whose errors it gives; and the arrays that it takes."""
    tape = Tape()
    tape.sized = True
    token = current.set(tape)
    try:
        leaves = [leaf(tape, each.name, each.shape, each.dtype) for each in function.inputs]
        nodes = replay(function, {each.name: each for each in leaves}, tape)
        starts = []
        for number, (output, has_error) in enumerate(zip(function.outputs, given, strict=True), 1):
            if has_error and isinstance(output, Symbol):
                name = "out" if len(given) == 1 else f"out{number}"
                name = name if output.kind == "temporary" else output.name
                starts.append((nodes[output.name], leaf(tape, f"δ_{name}", output.shape, output.dtype)))
        wanted = {id(each): place for place, each in enumerate(leaves) if each.dtype.kind in "fc"}

        def named(node: Traced, error: Any) -> Any:
            """An error, named as in programs without functions; one that is passed on to an argument has that name, too."""
            if isinstance(error, Traced) and node.name and error.name != f"δ_{node.name}":
                fresh = error.source is not None and not error.name
                if not fresh and id(node) in wanted:
                    tape.source = node
                    error = bind(PRIMITIVES["identity"], (error,), (), tape)
                if fresh or id(node) in wanted:
                    error.name, error.kind = f"δ_{node.name}", "error" if fresh else "gradient"
            return error

        found = pull_back(starts, [leaves[place] for place in wanted.values()], record=True, finish=named)
        reached = [(place, error) for place, error in zip(wanted.values(), found, strict=True) if error is not None]
        if not reached:
            return None, (), ()
        made = program_of(
            f"{function.name}_{''.join('01'[each] for each in given)}",
            [*leaves, *(error for _, error in starts)],
            [error for _, error in reached],
        )
    finally:
        current.reset(token)
        tape.open = False
    simple, arrays = function_of(simplify(made, "textbook"), f"{function.stem}_adjoint")
    return simple, tuple(place for place, _ in reached), arrays
