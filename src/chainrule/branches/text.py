"""A branch in Python: an `if` with the user's names, or `a if test else b` where each side is one expression."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.layout import ORDERS, Layout, Node, Operation, layout
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.primitive import dtype_of
from ..core.python import STATEMENTS, expression
from ..loops.text import NESTED, in_test, leaves, read_beside, written_shape
from ..program.headings import remarks
from ..program.inplace.storage import CONTINUES, assignment
from ..program.symbol_names import numbered
from .noun import BRANCH, Side, sides_of
from .sides import PYTHONS

Rows = list[tuple[str, str]]
_LONGEST = 60  # characters of `a if test else b`


def _statements(equation: Equation, plan: Layout, program: Program) -> Rows:
    taken = {name for name, _ in program.arguments} | {each.name for each in program.inputs}
    taken |= {plan.names.get(each.name, each.name) for each in program.constants}
    lines = (each for each in program.equations if each.target.name not in plan.inlined)
    taken |= {plan.names.get(target.name, target.name) for line in lines for target in line.targets}
    names = [plan.names.get(each.name, each.name) for each in equation.targets]
    return branch_rows(equation, names, [plan.node(each) for each in equation.inputs], taken)


def branch_rows(equation: Equation, names: Sequence[str], operands: Sequence[Node], taken: Set[str]) -> Rows:
    """The lines of a branch.

    Args:
        equation: The branch.
        names: The names of its results.
        operands: Its inputs as trees, in the names of the text.
        taken: The names in use around it.

    Returns:
        Each line with its note.
    """
    test = in_test(operands[0])
    sides = [_SideWriter(side, names, operands[1:], taken) for side in sides_of(equation)]
    if len(names) == 1 and not any(each.rows for each in sides):
        (target,), pieces = equation.targets, [each.results[0] for each in sides]
        text = f"{pieces[0]} if {test} else {pieces[1]}"
        if len(text) <= _LONGEST:
            return [(f"{names[0]} = {text}", shape_text(target.shape))]
    bodies = [each.lines() for each in sides]
    if not bodies[0]:
        bodies, test = bodies[::-1], f"not {in_test(operands[0], 3)}"
    rows = [(f"if {test}:", ""), *_indented(bodies[0] or [("pass", "")])]
    return [*rows, ("else:", ""), *_indented(bodies[1])] if bodies[1] else rows


def _indented(rows: Rows) -> Rows:
    return [(f"    {code}", note) for code, note in rows]


class _SideWriter:
    """Writes one side: `rows` are its lines, and `results` the expressions of what it gives."""

    def __init__(self, side: Side, names: Sequence[str], operands: Sequence[Node], taken: Set[str]):
        self.side, self.names = side, names
        self.taken = {*taken, *names}
        self.symbols: dict[str, Node] = {
            each.name: node for each, node in zip(side.inputs, operands, strict=True)
        }  # what stands for each symbol of the side
        self.plan = layout(side)
        self.claimed = self._claims()
        self.rows: Rows = []
        lines = list(self.plan.lines(side))
        for line, above in zip(lines, remarks(lines), strict=True):
            assert isinstance(line, Equation), "a side asserts nothing"
            self.rows += [(each, "") for each in above]
            self.rows += self._line(line)
        self.results = list(map(self._result, side.outputs))

    def _result(self, output: Operand) -> str:
        """The expression of an output; a number narrower than Python's is made so."""
        node = self._named(self.plan.node(output))
        text, dtype = expression(node).text, np.dtype(dtype_of(output))
        return f"np.{dtype}({text})" if isinstance(node, Constant) and not node.name and dtype not in PYTHONS else text

    def lines(self) -> Rows:
        """The lines, and the assignments of what is not yet called as the result is."""
        pairs = [
            (name, text, shape_text(output.shape))
            for name, text, output in zip(self.names, self.results, self.side.outputs, strict=True)
            if name != text
        ]
        words = [set(re.findall(r"\w+", text)) for _, text, _ in pairs]
        if any(name in word for k, (name, *_) in enumerate(pairs) for word in words[k + 1 :]):
            left, right, notes = (", ".join(each) for each in zip(*pairs, strict=True))
            return [*self.rows, (f"{left} = {right}", notes)]
        return [*self.rows, *((f"{name} = {text}", note) for name, text, note in pairs)]

    def _equations(self) -> list[Equation]:
        return [each for each in self.side.equations if each.target.name not in self.plan.inlined]

    def _claims(self) -> dict[str, str]:
        """The symbols that are called as results from their lines on, since nothing reads what had that name before."""
        lines = self._equations()
        reads = [leaves(self.plan.tree(each)) for each in lines]
        ends = [leaves(self.plan.node(each)) for each in self.side.outputs]
        claimed: dict[str, str] = {}
        for place, (name, output) in enumerate(zip(self.names, self.side.outputs, strict=True)):
            made = next((k for k, each in enumerate(lines) if output in each.targets), None)
            if made is None or output.name in claimed:
                continue
            before = {inner for inner, node in self.symbols.items() if name in self._words(node)}
            later = read_beside(lines[made], output, self.plan)
            later = later.union(*reads[made + 1 :], *(each for k, each in enumerate(ends) if k != place))
            if lines[made].primitive.writes:  # to a copy, which has the name by the time that the value is read
                _, *values = self.plan.tree(lines[made]).operands
                later |= set().union(*map(leaves, values))
            if not before & later:
                claimed[output.name] = name
        return claimed

    def _words(self, node: Node) -> set[str]:
        return set(re.findall(r"\w+", expression(node).text))

    def _named(self, node: Node) -> Node:
        if isinstance(node, Operation):
            return Operation(node.equation, tuple(map(self._named, node.operands)))
        return self.symbols.get(node.name, node) if isinstance(node, Symbol) else node

    def _fresh(self, target: Symbol) -> str:
        name = self.claimed.get(target.name, "")
        if not name:
            stem = "v" if target.kind == "temporary" else target.name
            free = target.kind != "temporary" and stem not in self.taken
            name = stem if free else next(each for each in numbered(stem, always=True) if each not in self.taken)
            self.taken.add(name)
        return name

    def _line(self, equation: Equation) -> Rows:
        """The lines of an equation."""
        nodes = list(map(self._named, self.plan.tree(equation).operands))
        names = [self._fresh(target) for target in equation.targets]
        if equation.primitive is BRANCH:
            rows = branch_rows(equation, names, nodes, self.taken)
        elif equation.primitive.name in STATEMENTS:
            rows = STATEMENTS[equation.primitive.name](*self._alone(equation, names, nodes))
        elif equation.primitive.writes:
            source = expression(nodes[0]).text
            copy = f"{source}.copy()" if isinstance(nodes[0], Symbol) else f"np.array({source})"
            shape = shape_text(equation.target.shape)
            rows = [
                (f"{names[0]} = {copy}", shape),
                (assignment(equation, names[0], nodes), shape_text(written_shape(equation))),
            ]
        else:
            note = ", ".join(shape_text(target.shape) for target in equation.targets)
            rows = [(f"{', '.join(names)} = {expression(self._named(self.plan.tree(equation))).text}", note)]
        for target, name in zip(equation.targets, names, strict=True):
            self.symbols[target.name] = Symbol(name, target.shape, target.dtype, "named")
        return rows

    def _alone(self, equation: Equation, names: Sequence[str], nodes: Sequence[Node]) -> Any:
        """An equation that writes lines of its own, as the only one of a program in which all has the names of the text."""
        inputs: list[Operand] = []
        for node, operand in zip(nodes, equation.inputs, strict=True):
            if isinstance(operand, Symbol):
                operand = Symbol(expression(node).text, operand.shape, operand.dtype, "named")
            inputs.append(operand if not isinstance(node, Constant) else node)
        targets = tuple(replace(each, name=name) for each, name in zip(equation.targets, names, strict=True))
        made = replace(equation, targets=targets, inputs=tuple(inputs))
        symbols = tuple(dict.fromkeys(each for each in inputs if isinstance(each, Symbol)))
        beside = tuple(Symbol(each, (), np.dtype(float)) for each in sorted(self.taken) if each not in names)
        # What it reads is among the outputs, since the side, or what follows, may read it again.
        around = Program("side", (*symbols, *beside), (made,), (*targets, *symbols), (), self.side.results)
        return made, Layout({}, {}), around


def _read_where_used(program: Program, plan: Layout, consumers: dict[str, Equation]) -> None:
    """Write a part of a named array, as `x[1]`, in the branch that alone reads it, if nothing writes to the array."""
    branches = [each for each in program.equations if each.primitive is BRANCH]
    if not branches:
        return
    uses = Counter(each.name for each in program.operands())
    written = {each.inputs[0].name for each in program.equations if each.primitive.writes}
    for each in program.equations:
        for block in (value for _, value in each.params if isinstance(value, Program)):
            written |= {o.name for o in each.inputs} - {o.name for o in block.again(each.inputs)}
    made = {each.target.name: each for each in program.equations if each.primitive.name in ("getitem", "T")}
    for branch in branches:
        for operand in branch.inputs[1:]:
            part = made.get(operand.name)
            if part is None or part.target.kind != "temporary" or uses[operand.name] != 1:
                continue
            (source,) = part.inputs
            if isinstance(source, Symbol) and source.kind != "temporary" and source.name not in written:
                plan.inlined[operand.name] = part


def _stem(name: str) -> str:
    return re.sub(r"_?\d+$", "", name)


def _continues(equation: Equation) -> dict[str, int]:
    """The results that are what an operand of the same name was, or what has become of it."""
    found: dict[str, int] = {}
    for target in equation.targets:
        for place, operand in enumerate(equation.inputs[1:], 1):
            alike = (
                isinstance(operand, Symbol) and target.kind != "temporary" and _stem(operand.name) == _stem(target.name)
            )
            if alike and operand.shape == target.shape and place not in found.values():
                found[target.name] = place
                break
    return found


ORDERS.append(_read_where_used)
STATEMENTS["branch"] = _statements
NESTED["branch"] = branch_rows
CONTINUES["branch"] = _continues
