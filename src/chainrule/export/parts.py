"""The programs of a network as loops, for the kinds of files that hold loops: each with the arrays that it takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..core.nouns import Program
from ..run.lowering.own_arrays import Apart, apart
from ..run.lowering.refusal import Unsupported
from .errors import ExportError
from .trained import Trained


@dataclass(frozen=True)
class Part:
    """A program, and the functions that it is made of; its results lie in the arrays of these names."""

    program: Program
    results: tuple[str, ...]
    loops: Apart


def parts_of(trained: Trained, forward: Program, register: int, refused: Callable[[str], ExportError]) -> list[Part]:
    """The forward pass of one example, and where the network learns a step, and the numbers of the optimizer, if it has any.

    Args:
        trained: The network.
        forward: Its forward pass of one example.
        register: The bytes of a vector; 0 for loops over single numbers.
        refused: Makes the error for an equation that has no loops.

    Returns:
        The parts.

    Raises:
        ExportError: An operation has no loops.
    """
    wanted: list[tuple[Program, Sequence[str]]] = [(forward, ["a"])]
    if trained.learning is not None:
        wanted.append((trained.step(), [*trained.arrays, *trained.learning.state]))
        if trained.numbers_of_step:
            wanted.append((trained.numbers(), trained.numbers_of_step))
    try:
        return [Part(program, tuple(results), apart(program, results, register)) for program, results in wanted]
    except Unsupported as unsupported:
        raise refused(unsupported.reason) from None
