"""What one layer does in a training step, cut out of the derived program, so that it fits networks of any layers.

A piece is some equations whose names do not tell which layer it is: `w`, `b`, `z`, `a` are the layer's own, and so is its error
`e`, by which its biases change; `a<` is of the layer before it, `w>` and `e>` of the one behind it; sizes are n, n<, n> and m.
Nothing is derived or written here: a piece is found by going back from what it gives to what it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.dims import Dim
from ..core.nouns import Equation, Operand, Symbol
from ..dimensions import names_text
from ..network.architecture import Architecture
from ..network.equations import programs
from ..training.step import UpdateRule, training_step, with_cost

M = 13
"""The examples of the programs that pieces are cut out of: 1/13 is no other number of theirs."""


@dataclass(frozen=True)
class Piece:
    """Equations by a layer's own names, and those results that are read elsewhere."""

    equations: tuple[Equation, ...]
    results: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(map(_line, self.equations))


def _line(equation: Equation) -> str:
    def shown(operand: Operand) -> str:
        if not isinstance(operand, Symbol):
            return str(operand.value)
        return f"{operand.name} [{names_text(operand.shape)}]" if operand.shape else operand.name

    params = [f"{name}={value}" for name, value in equation.params]
    return f"{shown(equation.target)} = {equation.primitive.name}({', '.join([*map(shown, equation.inputs), *params])})"


def pieces_of(architecture: Architecture, rule: UpdateRule) -> dict[str, Piece]:
    """The pieces of a network's training step, which together are the whole of it.

    Args:
        architecture: Fully connected layers and a cost.
        rule: How the gradient updates the parameters.

    Returns:
        For each layer, such as `forward 2`, `error 2` and `update 2`, and for each hidden one `slope 2`, σ′(z) if that is a
        factor of its error; `begin`, the numbers that a step computes of η and of `share`, which is 1/m; and `cost`.

    Raises:
        ValueError: An equation is in none of them.
    """
    program, cost = with_cost(training_step(architecture, M, "float32", rule), architecture)
    made = {each.target.name: each for each in program.equations}
    given = [symbol.name for symbol in program.inputs]
    slots = ["", *(f"{slot}_" for slot in rule.optimizer.state)]
    learned = [f"new_{slot}{letter}" for letter in "wb" for slot in slots]
    cut = _Cut(made, given, len(architecture.sizes), learned)
    return cut.pieces(str(cost))


class _Cut:
    """A program, and what the symbols are called that pieces hand on: by what name, and by which layer."""

    def __init__(self, made: dict[str, Equation], given: Sequence[str], last: int, learned: Sequence[str]):
        self.made, self.last, self.learned = made, last, learned
        self.used: set[str] = set()
        named = re.compile(rf"([wbza]|\w+_[wb]|{'|'.join(learned)})(\d+)")
        parts = {name: named.fullmatch(name) for name in (*given, *made)}
        self.roles = {name: (found[1], int(found[2])) for name, found in parts.items() if found}
        self.roles |= {"y": ("y", last), "rate": ("rate", 0)}
        self.numbers = [name for name in made if self._is_number(name)]
        self.roles |= {name: (f"number{k}", 0) for k, name in enumerate(self.numbers, 1)}
        for layer in range(2, last + 1):
            summed = self._back(f"{learned[-1]}{layer}", lambda equation: equation.primitive.name == "sum")
            self.roles[summed.inputs[0].name] = "e", layer

    def _is_number(self, name: str) -> bool:
        """Whether a number is computed of η and numbers alone."""
        if name not in self.made:
            return name in ("", "rate")
        return not self.made[name].target.shape and all(self._is_number(o.name) for o in self.made[name].inputs)

    def _back(self, result: str, fits: Callable[[Equation], bool]) -> Equation:
        """The first equation of a kind on the way back from a result."""
        waiting = [self.made[result]]
        while not fits(equation := waiting.pop(0)):
            waiting += [self.made[each.name] for each in equation.inputs if each.name in self.made]
        return equation

    def pieces(self, cost: str) -> dict[str, Piece]:
        """All pieces, by name."""
        self.roles[cost] = "cost", 0
        found = {"cost": self.piece([cost], self.last)}
        if self.numbers:
            found["begin"] = self.piece(self.numbers, 0)
        errors = {layer: name for name, (role, layer) in self.roles.items() if role == "e"}
        for layer in range(2, self.last + 1):
            found[f"forward {layer}"] = self.piece([f"z{layer}"] * (f"z{layer}" in self.made) + [f"a{layer}"], layer)
            found[f"error {layer}"] = self.piece([errors[layer]], layer)
            if layer < self.last and (slope := self._slope(errors[layer])):
                found[f"slope {layer}"] = self.piece([slope], layer, "slope")
            found[f"update {layer}"] = self.piece([f"{name}{layer}" for name in self.learned], layer)
        if left := [each for name, each in self.made.items() if name not in self.used]:
            raise ValueError(f"no piece has {_line(left[0])}")
        return found

    def _slope(self, error: str) -> str | None:
        """The factor of a hidden layer's error that is no product of matrices."""
        factors = [o.name for o in self.made[error].inputs if self.made[error].primitive.name == "multiply"]
        own = [name for name in factors if name in self.made and self.made[name].primitive.name != "matmul"]
        return own[0] if len(own) == 1 else None

    def piece(self, results: Collection[str], layer: int, called: str = "") -> Piece:
        """What leads to some results from what has a name for all layers; a single result may be `called` something."""
        inside, waiting = set[str](), [*results]
        while waiting:
            name = waiting.pop()
            if name in self.made and name not in inside and (name in results or name not in self.roles):
                inside.add(name)
                waiting += [each.name for each in self.made[name].inputs]
        self.used |= inside
        names = dict.fromkeys(results, called) if called else {}

        def named(name: str) -> str:
            if name not in self.roles:
                return names.setdefault(name, f"t{len(names) + 1}")
            role, of = self.roles[name]
            return role + _beside(of or layer, layer)

        def own(operand: Operand) -> Operand:
            if isinstance(operand, Symbol):
                return Symbol(
                    named(operand.name), tuple(_size(each, layer) for each in operand.shape), operand.dtype, "input"
                )
            share = np.ndim(operand.value) == 0 and operand.value == 1 / M
            return Symbol("share", (), np.dtype("float32"), "input") if share else operand

        equations = []
        for equation in (each for name, each in self.made.items() if name in inside):
            inputs, targets = ([own(each) for each in group] for group in (equation.inputs, equation.targets))
            symbols = tuple(each for each in targets if isinstance(each, Symbol))
            equations.append(Equation(symbols, equation.primitive, tuple(inputs), equation.params))
        return Piece(tuple(equations), tuple(named(name) for name in self.made if name in results))


def _beside(layer: int, own: int) -> str:
    """The mark of a layer that is not the piece's own."""
    return {-1: "<", 0: "", 1: ">"}[layer - own]


def _size(size: int, layer: int) -> int:
    name = size.name if isinstance(size, Dim) else ""
    return Dim("n" + _beside(int(name[1:]), layer), int(size)) if name[1:].isdigit() else size


def gradient_of(architecture: Architecture, layer: int) -> Piece:
    """∂C/∂w and ∂C/∂b of a layer as a piece, of its error.

    Args:
        architecture: Fully connected layers and a cost.
        layer: The layer's number, from 2 on.

    Returns:
        The piece.
    """
    made = {each.target.name: each for each in programs(architecture, M, "float32", "fast").backprop.equations}
    cut = _Cut(made, (), len(architecture.sizes), ("dC_dw", "dC_db"))
    return cut.piece([f"dC_dw{layer}", f"dC_db{layer}"], layer)
