"""One derivative in several forms, whose equations can be run with some of them changed.

The textbook form is what is shown. In the form that no rule has shortened, each operation still has its own part of the
derivative, so that one part alone can be left out.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from ..calculus.arguments import Wrt, require_scalar
from ..calculus.programs import chosen
from ..core.derivative import differentiate
from ..core.nouns import Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..core.python import expression
from ..core.simplification import simplify
from ..core.template import Piece
from ..core.tracing import trace
from ..program.formulas import formulas

Values: TypeAlias = dict[str, Any]
"""The value of each symbol, by name."""
_NUMBERS = 1_000  # take as long as an equation does whose arrays are small
Change: TypeAlias = Callable[[Sequence[Any], Mapping[str, Any]], Any]
"""What an equation gives instead, from the values of its operands and of all symbols before it."""


class Form:
    """A program that can be run with some of its equations changed.

    Attributes:
        program: The program.
        made_at: The position of the equation that makes a symbol, by name.
        whole: Whether all of it is asked for, not only a derivative in it.
        function: What it is the derivative of, whose symbols have the same names.
    """

    def __init__(self, program: Program, whole: bool = False, function: Program | None = None):
        self.program = program
        self.whole = whole
        self.function = function
        self.made_at = {t.name: n for n, equation in enumerate(program.equations) for t in equation.targets}
        self._steps = [
            (
                each.primitive.function(each.params, len(each.inputs)),
                [
                    (operand.name, None) if isinstance(operand, Symbol) else ("", operand.value)
                    for operand in each.inputs
                ],
                [target.name for target in each.targets],
            )
            for each in program.equations
        ]

    def run(self, leaves: Sequence[Any]) -> Values | None:
        """The value of every symbol; `None` where a branch is not the one taken, or a number is not finite."""
        values: Values = {symbol.name: leaf for symbol, leaf in zip(self.program.inputs, leaves, strict=True)}
        with np.errstate(all="ignore"):
            for function, operands, targets in self._steps:
                _enter(values, targets, function(*(values[name] if name else value for name, value in operands)))
        taken = all(bool(values[each.symbol.name]) == each.expected for each in self.program.conditions)
        outputs = (self.value(operand, values) for operand in self.program.outputs)
        return values if taken and all(np.all(np.isfinite(each)) for each in outputs) else None

    def changed(self, values: Values, changes: Mapping[int, Change]) -> Values | None:
        """The values with some equations changed, or `None` where the shapes then do not fit."""
        new = dict(values)
        moved: set[str] = set()
        try:
            with np.errstate(all="ignore"):
                for number in range(min(changes), len(self._steps)):
                    function, operands, targets = self._steps[number]
                    change = changes.get(number)
                    if change is None and moved.isdisjoint(name for name, _ in operands):
                        continue
                    given = [new[name] if name else value for name, value in operands]
                    _enter(new, targets, function(*given) if change is None else change(given, new))
                    moved.update(targets)
        except (ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError):
            return None
        return new

    @functools.cached_property
    def work_from(self) -> Sequence[int]:
        """What `changed` takes from each position on, in equations whose arrays are small."""
        work = [
            1 + sum(math.prod(target.shape) for target in each.targets) // _NUMBERS for each in self.program.equations
        ]
        return [*itertools.accumulate(reversed(work))][::-1]

    @property
    def symbols(self) -> Iterator[Symbol]:
        """All symbols: the inputs, then what each equation makes."""
        yield from self.program.inputs
        for equation in self.program.equations:
            yield from equation.targets

    def value(self, operand: Operand, values: Values) -> Any:
        """The value of an operand."""
        return values[operand.name] if isinstance(operand, Symbol) else operand.value

    def operand(self, operand: Operand) -> Callable[[Mapping[str, Any]], Any]:
        """What gives an operand's value from those of all symbols."""
        return (lambda values: values[operand.name]) if isinstance(operand, Symbol) else lambda _: operand.value

    def equation_of(self, operand: Operand) -> Equation | None:
        """The equation that makes an operand; `None` of inputs and constants."""
        number = self.made_at.get(operand.name) if isinstance(operand, Symbol) else None
        return None if number is None else self.program.equations[number]

    @functools.cached_property
    def backward(self) -> frozenset[int]:
        """The positions of the equations of the derivative, as opposed to the function's own."""
        if self.whole:
            return frozenset(range(len(self.program.equations)))
        found: set[str] = set()
        numbers = set()
        for number, each in enumerate(self.program.equations):
            derived = bool(each.origin.derivative_of) or any(t.kind in ("error", "gradient") for t in each.targets)
            if derived or any(isinstance(operand, Symbol) and operand.name in found for operand in each.inputs):
                numbers.add(number)
                found.update(target.name for target in each.targets)
        return frozenset(numbers)

    def named(self, number: int) -> str:
        """The name of the line that an equation is part of: its own, or that of the first named value made from it."""
        reached = {target.name for target in self.program.equations[number].targets}
        for each in self.program.equations[number:]:
            if any(isinstance(operand, Symbol) and operand.name in reached for operand in each.inputs) or (
                each.target.name in reached
            ):
                if each.target.kind != "temporary":
                    return each.target.name
                reached.update(target.name for target in each.targets)
        return self.program.equations[number].target.name

    def text(self, operand: Operand) -> str:
        """An operand as Python; what has no name of its own is written out."""
        return self._piece(operand).text

    def _piece(self, operand: Operand) -> Piece:
        made = self.equation_of(operand)
        if made is None or made.target.kind != "temporary" or len(made.targets) > 1:
            return expression(operand)
        return self._written(made)

    def written(self, equation: Equation) -> str:
        """An equation's right side as Python."""
        return self._written(equation).text

    def _written(self, equation: Equation) -> Piece:
        return equation.primitive.write([self._piece(each) for each in equation.inputs], equation.params)

    @functools.cached_property
    def lines(self) -> Mapping[str, tuple[str, str]]:
        """Each line by the name of its target: in Python, and in dimensions."""
        return {each.target.name: (each.python, each.dimensions) for each in formulas(self.program)}


def _enter(values: Values, targets: list[str], result: Any) -> None:
    values.update(zip(targets, result, strict=True) if len(targets) > 1 else [(targets[0], result)])


@dataclass(frozen=True)
class Derivative:
    """A gradient in all its forms.

    Attributes:
        forms: The textbook's first. Their outputs are the same.
        names: The inputs that it is taken of.
        asked: The symbols of its outputs.
        arguments: The names of the inputs that each argument holds.
    """

    forms: tuple[Form, ...]
    names: tuple[str, ...]
    asked: tuple[str, ...]
    arguments: Mapping[str, tuple[str, ...]]


def derivative_of(f: Callable[..., Any], args: Sequence[Any], wrt: Wrt | None) -> Derivative:
    """The gradient of `f` in all its forms. Loops are done turn by turn.

    Args:
        f: A function whose result is one float.
        args: Its arguments.
        wrt: What the gradient is taken of.

    Returns:
        The gradient.
    """
    plain = trace(f, args, loops=False)
    require_scalar("check_grad", f, plain.results.build(iter(plain.outputs)))
    read = simplify(plain, "textbook")
    names, results = chosen(f, read, wrt)
    whole = differentiate(read, names, results)
    textbook = simplify(whole, "textbook")
    made = [textbook, whole, simplify(whole, "fast"), differentiate(plain, names, results), _unshifted(textbook)]
    different = [
        each for place, each in enumerate(made) if not any(each.equations == one.equations for one in made[:place])
    ]
    rest = iter(read.inputs)
    arguments = {name: tuple(next(rest).name for _ in range(tree.leaves)) for name, tree in read.arguments}
    forms = tuple(Form(each, function=read) for each in different)
    return Derivative(forms, tuple(names), tuple(f"dC_d{name}" for name in names), arguments)


def values_of(f: Callable[..., Any], args: Sequence[Any], wrt: object = None) -> Derivative:
    """What a function itself computes, in the forms of a derivative, so that mistakes in it are named, too.

    Args:
        f: A function whose results have names.
        args: Its arguments.
        wrt: Nothing; `derivative_of` has it.

    Returns:
        The function, all of whose equations can be changed.
    """
    plain = trace(f, args, loops=False)
    made = (simplify(plain, "textbook"), plain)
    asked = tuple(operand.name if isinstance(operand, Symbol) else "" for operand in made[0].outputs)
    names = tuple(symbol.name for symbol in plain.inputs)
    return Derivative(tuple(Form(each, whole=True) for each in made), names, asked, {})


def _unshifted(program: Program) -> Program:
    """The program without the largest number that is taken from all before exp, which a quotient of exps does not need."""
    largest = {(each.target, each.inputs[0]) for each in program.equations if each.primitive.name == "max"}
    identity = PRIMITIVES["identity"]

    def without(each: Equation) -> Equation:
        if each.primitive.name == "subtract" and (each.inputs[1], each.inputs[0]) in largest:
            return replace(each, primitive=identity, inputs=each.inputs[:1])
        return each

    equations = tuple(map(without, program.equations))
    return program if equations == program.equations else replace(program, equations=equations)
