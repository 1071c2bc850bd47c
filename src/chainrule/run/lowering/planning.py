"""Which equations share a loop: elementwise ones of one shape, with the product before them or the reductions of their results.

An equation joins the last open loop of its shape, wherever that is, if everything that it reads is available there. A view
takes no loop: it follows the node that makes its array. An equation without loops stands alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...core.dims import Shape
from ...core.nouns import Equation
from . import contractions, reductions
from .elementwise import dtype_of, is_alone
from .operations import ELEMENTWISE
from .views import VIEWS

_LONGEST = 400  # equations that share a loop
_BACK = 50  # how many loops back to look for one to join


@dataclass
class Node:
    """Equations that are written together: an operation, such as a product, or none; elementwise equations; their reductions."""

    shape: Shape = ()
    operation: Equation | None = None
    single: list[Equation] = field(default_factory=list)
    joined: list[Equation] = field(default_factory=list)
    views: list[Equation] = field(default_factory=list)
    alone: bool = False  # whether it is computed number by number
    called: bool = False  # whether NumPy computes the operation

    @property
    def equations(self) -> list[Equation]:
        """All equations except the views, each after those that it reads."""
        return [*([] if self.operation is None else [self.operation]), *self.single, *self.joined]

    def inner(self, axes: Mapping[str, int]) -> int | None:
        """The axis of its arrays that lies innermost, if there is a reason."""
        first = next(iter(self.equations), None)
        return None if first is None else axes.get(first.target.name)

    @property
    def is_open(self) -> bool:
        """Whether elementwise equations may join the node."""
        closed = self.operation is not None and self.operation.primitive.name not in contractions.OPERATIONS
        closed = closed or self.called
        return not closed and len(self.single) < _LONGEST


def planned(
    equations: Sequence[Equation], called: Collection[str] = (), inner: Mapping[str, int] | None = None
) -> list[Node]:
    """The nodes in order. The first has only views of inputs, the second only scalars computed from inputs.

    Equations whose first target is in `called` are left to NumPy. Arrays share a loop if the same axis of them lies `inner`most.
    """
    inner = inner or {}
    nodes = [Node(), Node()]
    where: dict[str, int] = {}  # the node after which a symbol can be read as a whole
    made: dict[str, int] = {}  # the loop in which a symbol can be read place by place
    for equation in equations:
        name, target = equation.primitive.name, equation.target
        places = [where.get(each.name, 0) for each in equation.inputs]
        if target.name in called:
            where.update((each.name, len(nodes)) for each in equation.targets)
            nodes.append(Node(target.shape, equation, called=True))
            continue
        if name in VIEWS:
            where[target.name] = places[0]
            nodes[places[0]].views.append(equation)
            continue
        elementwise = name in ELEMENTWISE
        home = _home(equation, nodes, where, made, inner)
        if home is None:
            home = len(nodes)
            nodes.append(
                Node(target.shape, None if elementwise else equation, alone=elementwise and is_alone(equation))
            )
        elif not elementwise:
            nodes[home].joined.append(equation)
        if elementwise:
            nodes[home].single.append(equation)
        where.update((each.name, home) for each in equation.targets)
        if elementwise or nodes[home].operation is equation:
            made[target.name] = home
    return nodes


def _home(
    equation: Equation, nodes: Sequence[Node], where: dict[str, int], made: dict[str, int], inner: Mapping[str, int]
) -> int | None:
    """The loop that an equation joins."""
    if equation.primitive.name not in ELEMENTWISE:
        home = made.get(equation.inputs[0].name) if equation.inputs else None
        return home if home is not None and _reduces(equation, nodes[home]) else None
    earliest = max((where.get(each.name, 0) for each in equation.inputs), default=0)
    homes = range(len(nodes) - 1, max(earliest, len(nodes) - _BACK, 1) - 1, -1)
    for home in (1,) if earliest <= 1 and not equation.target.shape and nodes[1].is_open else homes:
        node = nodes[home]
        there = all(where.get(o.name, 0) < home or made.get(o.name) == home for o in equation.inputs)
        alike = node.shape == equation.target.shape and inner.get(equation.target.name) == node.inner(inner)
        if there and node.is_open and alike and _fits(equation, node):
            return home
    return None


def _fits(equation: Equation, node: Node) -> bool:
    """Whether an equation preserves vectors: one kind of number, and no mix of scalar and vector functions."""
    if not any(node.shape):
        return True
    if is_alone(equation) != node.alone:
        return False
    kind = None if node.operation is None else node.operation.target.dtype
    kinds = {dtype_of(o) for o in (*equation.targets, *equation.inputs) if o.name}
    return kind is None or all(each in (kind, np.dtype(bool)) for each in kinds)


def _reduces(equation: Equation, node: Node) -> bool:
    """Whether a reduction can join the loop that computes its operand."""
    if node.operation is not None or equation.primitive.name not in reductions.JOINS or not any(node.shape):
        return False
    params, source = dict(equation.params), equation.inputs[0]
    given = dict(node.joined[0].params) if node.joined else params
    alike = (params["axis"], params["keepdims"]) == (given["axis"], given["keepdims"])
    return alike and source.shape == node.shape and dtype_of(source) == equation.target.dtype
