"""Derivatives behind `np.where`, masks and triangles: values that are left out must not affect the gradient.

np.where(x > 0, x * np.log(x), 0.0) is 0 at x = 0, and its error in the first branch is 0; but the chain rule multiplies that 0
by 1 / 0 from the logarithm. So each node remembers where its error is alive. Elsewhere, rules that may give NaN or infinity are
evaluated at a regular point instead, and 0 times that is 0. So it is with np.sqrt(x)[x > 0], with numbers that are written
over by a mask, and with np.tril and np.triu. Any rule may give them for an infinite input, so behind a mask that
tests finiteness, as np.isfinite does, all rules are evaluated at such a point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.binding import bind, shape_of
from ..core.derivative import GUARDED, Guards, fitted
from ..core.primitive import PRIMITIVES, Primitive, elementwise, first_dtype
from ..core.template import parse_python
from ..core.traced import Traced

TESTS_FINITENESS = (("asks", "infinities"),)
"""The params of an input that stands for a mask which asks for infinities."""

_POINT = 0.5  # for operations that are well themselves and only read what others made


class WhereGuards(Guards):
    """For each node, the mask of elements where its error is alive, or None for all."""

    def __init__(self) -> None:
        self._alive: dict[int, Any] = {}  # a mask; None: everywhere
        self._risky: dict[int, bool] = {}
        self._infinite: set[int] = set()  # behind a mask that asks whether numbers are finite

    def start(self, node: Traced) -> None:
        """A node receives its error from outside."""
        self._alive[id(node)] = None

    def pass_on(self, node: Traced, position: int, record: bool) -> None:
        """An input receives its part of the error of a node, alive where the node's is and the node selected that input."""
        alive, each = self._alive.get(id(node)), node.inputs[position]
        primitive = node.primitive
        assert primitive is not None
        if primitive.name == "where" and each.shape == node.shape:
            mask = node.inputs[0]
            if tests_finiteness(mask):
                self._infinite.add(id(each))
            if isinstance(mask, Traced) and not record:
                mask = mask.value
            chosen = (mask if position == 1 else np.logical_not(mask)) if np.shape(mask) == node.shape else None
            alive = chosen if alive is None else alive if chosen is None else np.logical_and(alive, chosen)
        elif self._moves(node):
            alive = _moved_back(node, position, alive, record)
        elif not primitive.elementwise or each.shape != node.shape:
            alive = None
        elif id(node) in self._infinite:
            self._infinite.add(id(each))
        self._join(each, alive)

    def _moves(self, node: Traced) -> bool:
        """Whether the rule of a node moves what is alive: where it selects by a mask or a triangle, or others behind it do."""
        assert node.primitive is not None
        name = node.primitive.name
        if name in _TRIANGLES or (name in _MOVING and self._alive.get(id(node)) is not None):
            return True
        return name in ("gather", "updated") and any(
            each.dtype.kind == "b" for each in node.inputs[1:] if shape_of(each)
        )

    def _join(self, node: Traced, alive: Any) -> None:
        """A node is alive wherever a part of its error is."""
        if id(node) in self._alive:
            other = self._alive[id(node)]
            alive = None if alive is None or other is None else np.logical_or(alive, other)
        self._alive[id(node)] = alive

    def operands(self, node: Traced, y: Any, inputs: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        """The result and inputs passed to a node's rule, with a regular point where the error is not alive."""
        alive = self._alive.get(id(node))
        primitive = node.primitive
        assert primitive is not None
        if alive is None or not primitive.elementwise:
            return y, inputs
        if id(node) not in self._infinite and not self._may_be_no_number(node):
            return y, inputs
        point = _POINT if primitive.regular is None else primitive.regular

        def harmless(each: Any) -> Any:
            is_float = isinstance(each, (Traced, np.ndarray, np.generic)) and each.dtype.kind in "fc"
            return np.where(alive, each, each.dtype.type(point)) if is_float else each

        return harmless(y), [harmless(each) for each in inputs]

    def _may_be_no_number(self, node: Traced) -> bool:
        """Whether a node's rule may give NaN or infinity, by itself or for an infinite input."""
        known = self._risky.get(id(node))
        if known is None:
            primitive = node.primitive
            known = primitive is not None and primitive.elementwise and primitive.regular is not None
            if known and primitive is not None and primitive.name in ("power", "divide"):
                second = node.inputs[1]  # x / 2 and x ** 2 are harmless
                if isinstance(second, (int, float)):
                    known = second == 0 if primitive.name == "divide" else not (second >= 1 and second == int(second))
            if not known and primitive is not None and primitive.elementwise:
                known = any(isinstance(each, Traced) and self._may_be_no_number(each) for each in node.inputs)
            self._risky[id(node)] = known
        return known


def tests_finiteness(mask: Any) -> bool:
    """Whether a mask is computed with np.isfinite, np.isnan, np.isinf, or a comparison with infinity."""
    waiting = [mask]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Traced) or node.dtype != bool:
            continue
        if node.params is TESTS_FINITENESS:
            return True
        if node.primitive is None:
            continue
        if node.primitive.name in ("isfinite", "isnan", "isinf"):
            return True
        if any(isinstance(each, float) and math.isinf(each) for each in node.inputs):
            return True
        waiting += node.inputs
    return False


class ForwardGuards(WhereGuards):
    """The guards of the forward pass of `jvp`: where an operation that moves numbers puts zeros, nothing is alive.

    np.sqrt of an array with zeros that no input reaches has the derivative 0 / 0 there; the backward pass drops it, the forward
    pass would not.
    """

    def _moves(self, node: Traced) -> bool:
        """Whether the derivative of a node only moves numbers of the error, or adds some of them."""
        assert node.primitive is not None
        return node.primitive.name in _MOVING

    def _may_be_no_number(self, node: Traced) -> bool:
        """All may: in a compiled pass, the factors of errors come from outside."""
        return True


def _moved_back(node: Traced, position: int, alive: Any, record: bool) -> Any:
    """Where the error of an input is alive, as the node's rule moves ones back from where its own error is; None: everywhere."""
    primitive = node.primitive
    assert primitive is not None
    rule = primitive.rule(position)
    assert rule is not None
    inputs = [each.value if isinstance(each, Traced) and not record else each for each in node.inputs]
    if alive is None and primitive.name == "gather" and inputs[1].dtype == bool and inputs[1].shape == inputs[0].shape:
        return inputs[1]
    ones = np.ones(node.shape) if alive is None else np.where(alive, 1.0, 0.0)
    by_places = any(isinstance(each, Traced) and each.dtype.kind in "biu" for each in inputs)
    if alive is None and (by_places or (record and primitive.name in _TRIANGLES)):
        ones = bind(PRIMITIVES["broadcast_to"], (1.0,), (("shape", node.shape),), node.tape)
    elif by_places and not isinstance(ones, Traced):  # places of the program move no plain numbers
        ones = bind(PRIMITIVES["identity"], (ones,), (), node.tape)
    moved = rule(ones, node if record else node.value, *inputs, **dict(node.params))
    # A number may be written to many places: its error is alive if it is at one of them.
    reached = fitted(moved, node.inputs[position].shape, moved.dtype) != 0
    return None if not isinstance(reached, Traced) and np.all(reached) else reached


_TRIANGLES = frozenset({"tril", "triu"})
_MOVING = frozenset(
    {
        "getitem", "scatter", "gather", "add_at", "take", "put", "take_along_axis", "add_along", "updated", "added",
        "tril", "triu", "diag", "diagonal", "on_diagonal", "reshape", "transpose", "T", "roll", "pad",
    }
)  # fmt: skip

direction = Primitive(
    name="direction", shape=elementwise, dtype=first_dtype, derivative=(lambda g, y, x: g,), python=parse_python("{0}"),
    latex="{0}", params={}, examples=lambda random: [], helper="",
)  # fmt: skip
"""Marks what `jvp` differentiates with respect to: the error from which the backward pass begins."""

GUARDED |= {"direction": ForwardGuards, **dict.fromkeys(("where", "tril", "triu", "gather", "updated"), WhereGuards)}
