"""Derivatives behind `np.where`: what a branch computes where it is not taken must not reach the other branch's numbers.

np.where(x > 0, x * np.log(x), 0.0) is 0 at x = 0, and so is its derivative as far as the first branch goes; but the chain
rule multiplies that 0 by 1 / 0 on its way through the logarithm. So a node remembers where its error is alive. Elsewhere
the rules of operations that may give no number there are handed a point at which they do, and 0 times that is 0. Any rule
may, once it is given an infinity: where the mask asks for those, as np.isfinite does, all rules are handed such a point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.derivative import GUARDED, Guards
from ..core.traced import Traced

ASKS = (("asks", "infinities"),)
"""The params of an input that stands for a mask which asks for infinities."""

_POINT = 0.5  # for operations that are well themselves and only read what others made


class WhereGuards(Guards):
    """Where the errors of nodes are alive: a mask each, or everywhere."""

    def __init__(self) -> None:
        self._alive: dict[int, Any] = {}  # a mask; None: everywhere
        self._risky: dict[int, bool] = {}
        self._infinite: set[int] = set()  # behind a mask that asks whether numbers are finite

    def start(self, node: Traced) -> None:
        """An error is given to a node from outside."""
        self._alive[id(node)] = None

    def pass_on(self, node: Traced, position: int, record: bool) -> None:
        """An input is given a part of the error of a node: alive where the node's is, and `np.where` chose that input."""
        alive, each = self._alive.get(id(node)), node.inputs[position]
        primitive = node.primitive
        assert primitive is not None
        if primitive.name == "where" and each.shape == node.shape:
            mask = node.inputs[0]
            if asks_for_infinities(mask):
                self._infinite.add(id(each))
            if isinstance(mask, Traced) and not record:
                mask = mask.value
            chosen = (mask if position == 1 else np.logical_not(mask)) if np.shape(mask) == node.shape else None
            alive = chosen if alive is None else alive if chosen is None else np.logical_and(alive, chosen)
        elif not primitive.elementwise or each.shape != node.shape:
            alive = None
        elif id(node) in self._infinite:
            self._infinite.add(id(each))
        if id(each) in self._alive:
            other = self._alive[id(each)]
            alive = None if alive is None or other is None else np.logical_or(alive, other)
        self._alive[id(each)] = alive

    def operands(self, node: Traced, y: Any, inputs: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        """What a node's rule is given: its result and inputs, with a harmless point where the error is not alive."""
        alive = self._alive.get(id(node))
        primitive = node.primitive
        assert primitive is not None
        if alive is None or not primitive.elementwise:
            return y, inputs
        if id(node) not in self._infinite and not self._may_be_no_number(node):
            return y, inputs
        point = _POINT if primitive.regular is None else primitive.regular

        def harmless(each: Any) -> Any:
            is_float = isinstance(each, (Traced, np.ndarray, np.generic)) and each.dtype.kind == "f"
            return np.where(alive, each, each.dtype.type(point)) if is_float else each

        return harmless(y), [harmless(each) for each in inputs]

    def _may_be_no_number(self, node: Traced) -> bool:
        """Whether a node's rule may meet an infinity: its own, or one in what elementwise operations made for it."""
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


def asks_for_infinities(mask: Any) -> bool:
    """Whether a mask is made of np.isfinite, np.isnan or np.isinf, or of comparisons with an infinity."""
    waiting = [mask]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Traced) or node.dtype != bool:
            continue
        if node.params is ASKS:
            return True
        if node.primitive is None:
            continue
        if node.primitive.name in ("isfinite", "isnan", "isinf"):
            return True
        if any(isinstance(each, float) and math.isinf(each) for each in node.inputs):
            return True
        waiting += node.inputs
    return False


GUARDED["where"] = WhereGuards
