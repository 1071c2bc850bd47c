"""Functions have the results and the arguments that their calls need, and names of their own."""

from __future__ import annotations

import builtins
import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.border import printable
from ..core.layout import canonical
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..core.python import functions_of
from ..core.rewrite import without_dead_code
from ..core.simplification import is_number, simplify
from ..loops.noun import with_operands
from ..program.symbol_names import numbered
from .noun import Function, callee, has_calls, operation, reshaped


def settled(program: Program, of: Program) -> Program:
    """A derivative `of` a program, whose functions compute no more than what is read of some call, under names that nothing else
    has.
    """
    while has_calls(program):
        changes = {function: _Change(function, calls) for function, calls in _calls(program).items()}
        if not any(each.is_one for each in changes.values()):
            program = _named(canonical(_telling(program), final=True))
            break
        program = simplify(_changed(program, changes), "textbook")
    return _alone(program, {target.name for each in of.equations for target in each.targets})


def _alone(program: Program, forward: set[str]) -> Program:
    """The program in which an error has no number if no other has its name: of two, one may have been simplified away."""
    targets = [target for each in program.equations for target in each.targets]
    taken = {target.name for target in targets} | {each.name for each in program.constants}
    stems = {each.name: each.name.rstrip("0123456789").rstrip("_") for each in targets if each.kind == "error"}
    stems = {name: stem for name, stem in stems.items() if name != stem and name.removeprefix("δ_") not in forward}
    often = Counter(stems.values())
    alone = {name: stem for name, stem in stems.items() if often[stem] == 1 and stem not in taken}
    renamed = {each.name: replace(each, name=alone[each.name]) for each in targets if each.name in alone}
    equations = [
        replace(each, targets=tuple(renamed.get(target.name, target) for target in each.targets))
        for each in program.equations
    ]
    made: Program = with_operands(replace(program, equations=tuple(equations)), dict(renamed))
    return made


def _changed(program: Program, changes: dict[Function, _Change]) -> Program:
    return _mapped(program, lambda equation, function: changes[function].equation(equation))


@dataclass(frozen=True)
class _Call:
    """A call, which of its results are read, and the number that each of its operands is or is full of, if it is one."""

    equation: Equation
    read: tuple[bool, ...]
    numbers: tuple[Constant | None, ...]


def _calls(program: Program) -> dict[Function, list[_Call]]:
    """The calls of each function."""
    found: dict[Function, list[_Call]] = {}
    for part in dict.fromkeys(program.parts()):
        read = {each.name for each in part.operands() if isinstance(each, Symbol)}
        full = {
            each.target.name: each.inputs[0]
            for each in part.equations
            if each.primitive.name == "broadcast_to" and not each.inputs[0].shape
        }
        for equation in part.equations:
            if (function := callee(equation)) is not None:
                numbers = (full.get(each.name, each) for each in equation.inputs)
                found.setdefault(function, []).append(
                    _Call(
                        equation,
                        tuple(target.name in read for target in equation.targets),
                        tuple(each if isinstance(each, Constant) and is_number(each) else None for each in numbers),
                    )
                )
    return found


class _Change:
    """What becomes of a function by what all its calls are like."""

    def __init__(self, function: Function, calls: list[_Call]):
        self.results = [place for place, each in enumerate(zip(*(one.read for one in calls), strict=True)) if any(each)]
        self.results = self.results or [0]
        made: Any = replace(function, outputs=tuple(function.outputs[place] for place in self.results))
        for place, symbol in enumerate(function.inputs):
            given = {one.numbers[place] for one in calls}
            if len(given) == 1 and symbol.name.startswith("δ_") and symbol.dtype == np.float64:
                (only,) = given
                if only is not None:
                    made = _with_number(made, symbol, only)
        made = without_dead_code(made)
        read = {each.name for each in made.operands() if isinstance(each, Symbol)}
        self.arguments = [place for place, each in enumerate(function.inputs) if each.name in read]
        self.is_one = len(self.arguments) < len(function.inputs) or len(self.results) < len(function.outputs)
        self.function = reshaped(replace(made, inputs=tuple(made.inputs[place] for place in self.arguments)))

    def equation(self, equation: Equation) -> Equation:
        """A call of the function as it is now."""
        return replace(
            equation,
            targets=tuple(equation.targets[place] for place in self.results),
            inputs=tuple(equation.inputs[place] for place in self.arguments),
            params=(("body", self.function),),
            primitive=operation(self.function),
        )


def _with_number(function: Function, symbol: Symbol, number: Constant) -> Function:
    """The function, in which an error that is the same number in all calls is made instead of taken."""
    name = f"{symbol.name}_"
    while any(each.name == name for each in (*function.inputs, *(t for e in function.equations for t in e.targets))):
        name += "_"
    made = replace(symbol, name=name, kind="temporary")
    full, bare = (PRIMITIVES["broadcast_to"], (("shape", symbol.shape),)), (PRIMITIVES["identity"], ())
    operation, params = full if symbol.shape else bare
    first = Equation((made,), operation, (Constant(float(number.value)),), params)  # type: ignore[arg-type]  # real, as its symbol
    replaced: Function = with_operands(function, {symbol.name: made})
    return replace(replaced, equations=(first, *replaced.equations))


def _mapped(program: Program, change: Callable[[Equation, Function], Equation]) -> Program:
    """The program with every call changed, also within functions and loops."""

    @functools.cache
    def mapped(part: Any) -> Any:
        equations = []
        for each in part.equations:
            if (function := callee(each)) is not None:
                each = change(each, function)
            params = tuple(
                (name, mapped(value) if isinstance(value, Program) else value) for name, value in each.params
            )
            equations.append(replace(each, params=params))
        return replace(part, equations=tuple(equations))

    changed: Program = mapped(program)
    return changed


def _telling(program: Program) -> Program:
    """The program in which each of several results that has no name where it is called has the name that it has within."""

    @functools.cache
    def told(part: Any) -> Any:
        taken = {name for name, _ in part.arguments} | {each.name for each in (*part.constants, *part.blocks)}
        taken |= {each.name for each in (*part.inputs, *(target for e in part.equations for target in e.targets))}
        renamed: dict[str, Symbol] = {}
        equations = []
        several = sum(len(each.targets) > 1 and callee(each) is not None for each in part.equations) > 1
        for each in part.equations:
            function = callee(each) if len(each.targets) > 1 else None
            named = {
                target.name: output.name
                for target, output in zip(each.targets, function.outputs if function is not None else (), strict=False)
                if target.kind == "temporary" and _has_name(output)
            }
            beginnings = (numbered(stem, several) for stem in named.values())
            found = next((names for names in zip(*beginnings, strict=False) if taken.isdisjoint(names)), ())
            for target, name in zip((each for each in each.targets if each.name in named), found, strict=True):
                taken.add(name)
                renamed[target.name] = replace(target, name=name, kind="named")
            params = tuple((name, told(value) if isinstance(value, Program) else value) for name, value in each.params)
            targets = tuple(renamed.get(target.name, target) for target in each.targets)
            equations.append(replace(each, targets=targets, params=params))
        return with_operands(replace(part, equations=tuple(equations)), dict(renamed))

    found: Program = told(program)
    return found


def _has_name(output: Operand) -> bool:
    return isinstance(output, Symbol) and output.kind in ("named", "error", "gradient")


def _named(program: Program) -> Program:
    """The program with names of functions that no symbol, no other function and none of Python's has."""
    taken = {program.name, *vars(builtins)}
    for part in program.parts():
        taken |= {name for name, _ in part.arguments} | {each.name for each in part.constants}
        taken |= {each.name for each in (*part.inputs, *(target for e in part.equations for target in e.targets))}
    names: dict[Function, str] = {}
    for each in functions_of(program):
        if not isinstance(each, Function):  # the rate of a differential equation
            continue
        stem = name = printable(each.stem)
        number = 1
        while name in taken:
            number += 1
            name = f"{stem}{number}"
        taken.add(name)
        names[each] = name

    def renamed(equation: Equation, function: Function) -> Equation:
        return replace(equation, params=(("body", replace(function, name=names[function])),))

    return _mapped(program, renamed).check()
