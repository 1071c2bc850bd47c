"""Functions of one symbol that are made of several operations, such as GELU, and their slopes, which are measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.nouns import Constant, Program, Symbol
from .forms import Form

_STEP = 1e-5


@dataclass(frozen=True)
class Composite:
    """A function of one symbol, number by number.

    Attributes:
        program: The program that computes it.
        start: The symbol.
        result: What it gives.
        equations: The positions of the equations that compute it.
    """

    program: Program
    start: Symbol
    result: Symbol
    equations: tuple[int, ...]

    @property
    def end(self) -> str:
        """The result's name."""
        return self.result.name

    @property
    def inner(self) -> tuple[Symbol, ...]:
        """What is computed on the way."""
        made = (self.program.equations[number].target for number in self.equations)
        return tuple(each for each in made if each != self.result)

    def text(self, inner: Symbol) -> str:
        """A value on the way as Python."""
        return Form(self.program).text(inner)

    def value(self, values: Mapping[str, Any]) -> Any:
        """The result."""
        return self._moved(values, values[self.start.name], "", 0.0)[self.end]

    def slope(self, values: Mapping[str, Any], at: Any, of: str = "", start: str = "") -> Any:
        """How fast the result changes, or a value on the way, with the symbol, or with a value on the way alone.

        Args:
            values: Those of all symbols.
            at: The symbol's.
            of: The name of what changes; by default the result.
            start: The name of what is moved; by default the symbol.

        Returns:
            The slope, by a central difference.
        """
        up, down = (self._moved(values, at, start or self.start.name, step)[of or self.end] for step in (_STEP, -_STEP))
        return (up - down) / (2 * _STEP)

    def _moved(self, values: Mapping[str, Any], at: Any, name: str, step: float) -> dict[str, Any]:
        made = {**values, self.start.name: at + step if name == self.start.name else at}
        for number in self.equations:
            each = self.program.equations[number]
            given = [made[one.name] if isinstance(one, Symbol) else one.value for one in each.inputs]
            made[each.target.name] = each.primitive.function(each.params, len(given))(*given)
            if each.target.name == name:
                made[name] = made[name] + step
        return made


def composites(program: Program) -> Iterator[Composite]:
    """The functions of one named symbol that several operations make.

    Args:
        program: What is looked through.

    Yields:
        Those whose result has a name, or is used for something else.
    """
    for start in (*program.inputs, *(each.target for each in program.equations)):
        if start.kind == "temporary" or not start.shape:
            continue
        made: dict[Symbol, int] = {}
        for number, each in enumerate(program.equations):
            others = [operand for operand in each.inputs if operand != start and operand not in made]
            settings = all(isinstance(operand, Constant) or not operand.shape for operand in others)
            if len(others) < len(each.inputs) and each.primitive.elementwise and settings:
                made[each.target] = number
        rest = [each for number, each in enumerate(program.equations) if number not in made.values()]
        used = {*program.outputs, *(operand for each in rest for operand in each.inputs)}
        for result, last in made.items() if len(made) > 1 else ():
            if result in used or result.kind != "temporary":
                yield Composite(program, start, result, tuple(number for number in made.values() if number <= last))
