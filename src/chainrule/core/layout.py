"""Which equations get a line of their own, in what order, and the tree of each line, which every notation walks.

A temporary that is used once is written where it is used. The canonical order puts it right before its use, so tracing the
printed text gives the same program again.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from .nouns import Condition, Constant, Equation, Operand, Program, Symbol
from .primitive import Primitive
from .symbols import Params
from .template import Block, Piece

# Beyond this many operands a line is hard to read, and beyond this many characters; a deeper nesting than Python's parser
# takes cannot arise below it.
_MAX_OPERANDS = 8
_MAX_CHARACTERS = 100
_MAX_DEPTH = 12


@dataclass(frozen=True)
class Operation:
    """An equation as a tree, in which operands that are written inline are the trees of their equations."""

    equation: Equation
    operands: tuple[Node, ...]


Node: TypeAlias = Operation | Operand


@dataclass(frozen=True)
class Layout:
    """The equations that are written inline, by the name of their target."""

    inlined: dict[str, Equation]
    conditions: dict[str, Condition]  # by the name of the truth value, where it is written in the assertion itself
    names: dict[str, str] = field(default_factory=dict)  # of what is written by another name than its own
    made: dict[str, tuple[str, str]] = field(default_factory=dict)  # how the text makes constants, by their names
    statements: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # and comments, in place of `target = …`
    first: dict[str, list[Equation]] = field(default_factory=dict)  # what comes before a line if it can

    def tree(self, equation: Equation) -> Operation:
        """The tree of an equation."""
        return Operation(equation, tuple(map(self.node, equation.inputs)))

    def node(self, operand: Operand) -> Node:
        """An operand, or its tree if it is written inline."""
        inside = self.inlined.get(operand.name) if isinstance(operand, Symbol) else None
        if inside is not None:
            return self.tree(inside)
        return replace(operand, name=self.names[operand.name]) if operand.name in self.names else operand

    def lines(self, program: Program) -> Iterator[Equation | Condition]:
        """The equations and conditions with lines of their own, in order."""
        for step in steps(program):
            if isinstance(step, Condition) or step.target.name not in self.inlined:
                yield step


def steps(program: Program) -> Iterator[Equation | Condition]:
    """Every equation in order, and each condition once its truth value is known."""
    waiting = {condition.symbol.name: condition for condition in program.conditions}
    yield from (waiting[symbol.name] for symbol in program.inputs if symbol.name in waiting)
    for equation in program.equations:
        yield equation
        yield from (waiting[target.name] for target in equation.targets if target.name in waiting)


ORDERS: list[Callable[[Program, Layout, dict[str, Equation]], None]] = []
"""What has some equations written on lines of their own, or before others, knowing which equation reads each symbol last."""


def layout(program: Program) -> Layout:
    """Decide which equations are written inline."""
    uses = Counter(operand.name for operand in program.operands() if isinstance(operand, Symbol))
    consumers: dict[str, Equation] = {}
    for equation in program.equations:
        for operand in equation.inputs:
            if isinstance(operand, Symbol):
                consumers[operand.name] = equation
        for block in _loops(equation):
            uses.update(operand.name for operand in block.again(equation.inputs) if isinstance(operand, Symbol))
    inlined: dict[str, Equation] = {}
    size: dict[str, tuple[int, int, int]] = {}
    for equation in program.equations:
        target = equation.target
        alone = _own_width(equation.primitive, equation.params, len(equation.inputs))
        inner = [size.get(o.name, (1, 0, _width(o))) for o in equation.inputs]
        while not _loops(equation) and alone + sum(width for _, _, width in inner) > _MAX_CHARACTERS:
            inside = [o.name for o in equation.inputs if isinstance(o, Symbol) and o.name in inlined]
            if not inside:
                break
            longest = max(inside, key=lambda name: size[name][2])
            del inlined[longest], size[longest]
            inner = [size.get(o.name, (1, 0, _width(o))) for o in equation.inputs]
        operands, depth = sum(count for count, _, _ in inner), 1 + max((deep for _, deep, _ in inner), default=0)
        consumer = consumers.get(target.name)
        crowded = operands > _MAX_OPERANDS or depth > _MAX_DEPTH
        if equation.primitive.results is not None or uses[target.name] != 1 or crowded:
            continue
        # An error δ that goes into a product is one of the book's four equations, and keeps its line; inside a chain of
        # elementwise factors it does not.
        chained = consumer and (consumer.primitive.elementwise or _loops(consumer))
        named = target.kind != "error" or consumer is None or consumer.primitive.name == "identity"
        if target.kind == "temporary" or (chained and not named):
            inlined[target.name] = equation
            size[target.name] = (operands, depth, alone + sum(width for _, _, width in inner))
    plan = Layout(inlined, {})
    for order in ORDERS:
        order(program, plan, consumers)
    plan.conditions.update({c.symbol.name: c for c in program.conditions if c.symbol.name in inlined})
    return plan


def _loops(equation: Equation) -> list[Block]:
    return [each for _, each in equation.params if isinstance(each, Block) and not each.name.isidentifier()]


def _width(operand: Operand) -> int:
    if isinstance(operand, Constant):
        return 2 if operand.name else len(repr(operand.value))
    return 3 if operand.kind == "temporary" else len(operand.name)


@functools.lru_cache(maxsize=4096)
def _own_width(primitive: Primitive, params: Params, operands: int) -> int:
    return len(primitive.write([Piece("")] * operands, params).text)


def canonical(program: Program, *, final: bool = False) -> Program:
    """The same program with every inlined equation right before its use, and the temporaries numbered in that order.

    If it will not be rewritten any more (`final`), an error δ that is written inline becomes a temporary like others.
    """
    plan = layout(program)
    ordered: list[Equation] = []
    started, bound = set[str](), {symbol.name for symbol in program.inputs}

    def emit(equation: Equation) -> None:
        if equation.target.name in started:
            return
        started.add(equation.target.name)
        for operand in equation.inputs:
            if isinstance(operand, Symbol) and operand.name in plan.inlined:
                emit(plan.inlined[operand.name])
        for each in plan.first.get(equation.target.name, ()):
            if all(operand.name in bound for operand in each.inputs if isinstance(operand, Symbol)):
                emit(each)
        bound.update(target.name for target in equation.targets)
        ordered.append(equation)

    for equation in program.equations:
        if equation.target.name not in plan.inlined or equation.target.name in plan.conditions:
            emit(equation)
    for operand in program.outputs:
        if isinstance(operand, Symbol) and operand.name in plan.inlined:
            emit(plan.inlined[operand.name])
    taken = {
        s.name for s in (*program.inputs, *(target for e in ordered for target in e.targets)) if s.kind != "temporary"
    }
    taken |= {argument for argument, _ in program.arguments} | {block.name for block in program.blocks}
    numbers = (name for name in map("v{}".format, itertools.count(1)) if name not in taken)
    constant_names = (name for name in map("c{}".format, itertools.count(1)) if name not in taken)
    new: dict[str, Symbol] = {}
    for written_inside in (False, True):
        for equation in ordered:
            inlined = equation.target.name in plan.inlined
            for target in equation.targets if inlined is written_inside else ():
                if target.kind == "temporary" or (final and inlined):
                    new[target.name] = replace(target, name=next(numbers), kind="temporary")

    arrays: dict[Constant, Constant] = {}

    def placed(operand: Operand) -> Operand:
        if isinstance(operand, Constant) and operand.name:
            if operand not in arrays:
                if operand.name in taken or re.fullmatch(r"[cv]\d*", operand.name):  # no name of the user's
                    arrays[operand] = replace(operand, name=next(constant_names))
                else:
                    arrays[operand] = operand
                    taken.add(operand.name)
            return arrays[operand]
        return new.get(operand.name, operand) if isinstance(operand, Symbol) else operand

    def written(equation: Equation) -> Equation:
        targets = tuple(new.get(target.name, target) for target in equation.targets)
        inputs = tuple(map(placed, equation.inputs))
        return Equation(targets, equation.primitive, inputs, equation.params, equation.origin)

    equations = tuple(map(written, ordered))
    defined = [*program.inputs, *(target for equation in equations for target in equation.targets)]
    order = {symbol.name: position for position, symbol in enumerate(defined)}
    conditions = sorted(
        (replace(c, symbol=new.get(c.symbol.name, c.symbol)) for c in program.conditions),
        key=lambda condition: order[condition.symbol.name],
    )
    return replace(
        program, equations=equations, outputs=tuple(map(placed, program.outputs)), conditions=tuple(conditions)
    )
