"""A program as loops whose inputs and results lie in arrays of their own, by name, row by row, for other languages to hold.

Only what is computed on the way lies in `memory`. A result may replace an input: it is written over it as soon as nothing
reads the input any more, or at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.nouns import Array, Condition, Operand, Program, Symbol
from ..loops.language import Function
from .elementwise import NUMBERS, dtype_of
from .nests import ITEM, View
from .phase_by_phase import regrouped
from .program import Lowering, prepared


@dataclass(frozen=True)
class Apart:
    """A program as functions, of which the last is to be called, `main`.

    Attributes:
        functions: The functions.
        size: The bytes of `memory`.
        constants: The program's constants, by the names of their arrays.
        reasons: The errors 1, 2, … whose number is stored at the start of the memory.
    """

    functions: tuple[Function, ...]
    size: int
    constants: Mapping[str, Array]
    reasons: tuple[str | Condition, ...]


def apart(program: Program, results: Sequence[str], register: int = 0) -> Apart:
    """Write a program as loops on arrays that have the names of its inputs, and of its results.

    Args:
        program: The program.
        results: The array of each result: a new one, or that of the input of this name, which it replaces.
        register: The bytes of a vector; 0 for loops over single numbers.

    Returns:
        The functions.

    Raises:
        Unsupported: An equation cannot be written; the error names it.
    """
    program = prepared(regrouped(program), ())
    writer = _OwnArrays(program, results, register)
    made = writer.written()
    return Apart(made.functions, made.size, writer.values, made.reasons)


class _OwnArrays(Lowering):
    def __init__(self, program: Program, results: Sequence[str], register: int):
        given = [each.name for each in program.inputs]
        held = [each for each in program.constants if dtype_of(each) in NUMBERS]
        self.places = {each.name: f"{program.name}_c{k + 1}" for k, each in enumerate(held)}
        self.values = {self.places[each.name]: np.asarray(each.value) for each in held}
        self.arrays = ("memory", *self.values, *dict.fromkeys([*given, *results]))
        self.results = results
        self.over = {
            output.name: name
            for output, name in zip(program.outputs, results, strict=True)
            if isinstance(output, Symbol) and name in given
        }
        super().__init__(program, register, fused=False)

    def _constants(self) -> tuple[tuple[Array, View], ...]:
        self.views |= {each.name: _rows(self.places[each.name], each) for each in self.program.constants}
        return ()

    def allocate(self, symbol: Symbol, order: Sequence[int] = ()) -> View:
        """Allocate an array; an input, and a result that takes the place of one, lies where that lies."""
        own = symbol.name if symbol in self.program.inputs else self._place_of_input(symbol)
        if own is None:
            return super().allocate(symbol, order)
        self.views[symbol.name] = _rows(own, symbol)
        return self.views[symbol.name]

    def _place_of_input(self, symbol: Symbol) -> str | None:
        """The input that a result may be written over: elementwise, as the last that reads it."""
        name, node = self.over.get(symbol.name), self.nodes[self.node]
        if name is None or node.operation is not None or node.joined or self.segments:
            return None
        alike = {o.name for e in node.single for o in e.inputs if o.name and self.root[o.name] == name} <= {name}
        return name if alike and self.last.get(name, -1) <= self.node else None

    def _look(self) -> None:
        """Check branches, and bring the results to their arrays; none is read from an array that has been replaced."""
        super()._look()
        pairs = []
        for output, name in zip(self.program.outputs, self.results, strict=True):
            target = _rows(name, output)
            if not isinstance(output, Symbol) and not output.name:
                self.fill(target, np.asarray(output.value).item())
                continue
            source = self.views[output.name]
            if source == target:
                continue
            if source.array in self.results:
                room = View.rows(
                    "memory", source.number, source.shape, self.reserve(ITEM[source.number] * math.prod(source.shape))
                )
                self.copy(source, room)
                source = room
            pairs.append((source, target))
        for source, target in pairs:
            self.copy(source, target)


def _rows(name: str, operand: Operand) -> View:
    return View.rows(name, NUMBERS[dtype_of(operand)], tuple(map(int, operand.shape)))
