"""A branch in mathematics: the lines of both sides, and of each result the case that holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..core.layout import Layout, Node, Operation, layout
from ..core.nouns import Equation, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..loops.mathematics import NESTED
from ..program.notation import STATEMENTS, Line
from .noun import BRANCH, Side, sides_of


def _lines(equation: Equation, plan: Layout, program: Program, depth: int) -> Iterator[Line]:
    names = [each.name for each in equation.targets]
    yield from branch_lines(equation, names, list(map(plan.node, equation.inputs)), program, depth)


def branch_lines(
    equation: Equation, names: Sequence[str], operands: Sequence[Node], program: Program, depth: int
) -> Iterator[Line]:
    """The lines of a branch.

    Args:
        equation: The branch.
        names: The names of its results.
        operands: Its inputs as trees, in the names of the mathematics.
        program: The program that the branch is in.
        depth: How far the lines are indented.

    Yields:
        Each line.
    """
    results = []
    taken = set(names)
    for side in sides_of(equation):
        written = _Written(side, operands[1:], taken, program, depth)
        yield from written.lines()
        results.append(written.results)
        taken |= written.names
    for target, name, then, other in zip(equation.targets, names, *results, strict=True):
        case = Equation(
            (replace(target, name=name),), PRIMITIVES["where"], equation.inputs[:1] * 3, (), equation.origin
        )
        yield Line((name,), Operation(case, (operands[0], then, other)), program, depth)


class _Written:
    """One side; `results` are trees in the names of the mathematics, once its lines have been made."""

    def __init__(self, side: Side, operands: Sequence[Node], taken: set[str], program: Program, depth: int):
        self.side, self.taken, self.program, self.depth = side, taken, program, depth
        self.symbols: dict[str, Node] = {each.name: node for each, node in zip(side.inputs, operands, strict=True)}
        self.names: set[str] = set()
        self.results: list[Node] = []

    def lines(self) -> Iterator[Line]:
        """The lines of what the side computes before its results."""
        plan = layout(self.side)
        for equation in self.side.equations:
            if equation.target.name in plan.inlined:
                continue
            nodes = [self._named(plan.node(each)) for each in equation.inputs]
            if equation.primitive.name == "identity":
                self.symbols[equation.target.name] = nodes[0]
                continue
            names = [self._name(target) for target in equation.targets]
            if equation.primitive is BRANCH:
                yield from branch_lines(equation, names, nodes, self.program, self.depth)
            else:
                yield Line(tuple(names), Operation(equation, tuple(nodes)), self.program, self.depth)
            for target, name in zip(equation.targets, names, strict=True):
                self.symbols[target.name] = Symbol(name, target.shape, target.dtype, "named")
        self.results = [self._named(plan.node(each)) for each in self.side.outputs]

    def _name(self, target: Symbol) -> str:
        name = target.name
        while name in self.taken | self.names:
            name += "'"
        self.names.add(name)
        return name

    def _named(self, node: Node) -> Node:
        if isinstance(node, Operation):
            return Operation(node.equation, tuple(map(self._named, node.operands)))
        return self.symbols.get(node.name, node) if isinstance(node, Symbol) else node


STATEMENTS["branch"] = _lines
NESTED["branch"] = branch_lines
