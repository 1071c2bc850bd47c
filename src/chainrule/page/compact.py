"""Loops as JSON, as `read` of `front/tiling.js` takes them: short, since kinds of numbers are left out where they follow.

A variable is its name, and a number beside another value has its kind. An operation is a list: its name, its kind if that does
not follow from the operands, its detail if it has any, its operands. An address is a list, too: the array, the offset, and the
strides, each after its index. A size that has no number yet is a text, `"16·v + 4"`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ..run.loops.language import (
    UNIFORM,
    Address,
    Body,
    Call,
    Count,
    Expression,
    For,
    If,
    Kind,
    Set,
    Size,
    Statement,
    Store,
)

Json: TypeAlias = Any
_DETAILED = {"get", "const", "lane", "shuffle", "shl", "shr"}


def compact(body: Body, indices: Sequence[str] = ()) -> Json:
    """Statements as JSON.

    Args:
        body: The statements; their numbers have 32 bits.
        indices: The indices that their function gets.

    Returns:
        Lists, texts and numbers.

    Examples:
        >>> from ..run.loops.language import Block, F32, at, load
        >>> block = Block()
        >>> with block.loop("i", 3) as i:
        ...     block.store(at("y", 0, (i, 4)), load(at("x", 8, (i, 4)), F32) * 2)
        >>> compact(block.body)
        [['for', 'i', 0, 3, 1, [['store', ['y', 0, 'i', 4], ['mul', ['load', 'f32', ['x', 8, 'i', 4]], 2]]]]]
    """
    kinds = {name: Kind("index") for name in indices}
    return [_Compact(kinds).statement(each) for each in body]


class _Compact:
    """What the kinds of variables are known to be."""

    def __init__(self, kinds: dict[str, Kind]):
        self.kinds = kinds

    def statement(self, each: Statement) -> Json:
        match each:
            case Set(name, value):
                made = self.value(value)
                self.kinds[name] = value.kind
                return ["set", name, made]
            case Store(address, value, narrow):
                return ["store", _address(address), self.value(value), *([1] if narrow else [])]
            case For(index, start, stop, step, body):
                bounds = [self.bound(start), self.bound(stop)]
                self.kinds[index] = Kind("index")
                return ["for", index, *bounds, step, [self.statement(inner) for inner in body]]
            case If(condition, body, otherwise):
                test, yes = self.value(condition), [self.statement(inner) for inner in body]
                return ["if", test, yes, *([[self.statement(inner) for inner in otherwise]] if otherwise else [])]
            case Call(name, arrays, given):
                return ["call", name, [*arrays], [self.value(index) for index in given]]

    def bound(self, bound: Count | Expression) -> Json:
        if not isinstance(bound, Expression):
            return _size(bound)
        return ["get", str(bound.kind), bound.detail] if bound.op == "get" else self.value(bound)

    def value(self, e: Expression, follows: bool = False) -> Json:
        """An expression; of a number, the kind may follow from what stands beside it."""
        op, detail = e.op, e.detail
        if op == "get" and self.kinds.get(detail) == e.kind:
            return detail
        if op == "const" and follows and not isinstance(detail, tuple | Size) and math.isfinite(detail):
            return _number(detail, e.kind)
        if op in UNIFORM or op == "select":
            values = e.operands[1:] if op == "select" else e.operands
            known = any(each.op != "const" for each in values)
            first = [self.value(e.operands[0])] if op == "select" else []
            given = [self.value(each, known) for each in values]
            return [op, *([detail] if op in _DETAILED else []), *first, *given]
        if isinstance(detail, Address):
            return [op, str(e.kind), _address(detail)]
        if op == "const":
            numbers = (
                [_number(each, e.kind) for each in detail] if isinstance(detail, tuple) else _number(detail, e.kind)
            )
            return [op, str(e.kind), numbers]
        more = [[*detail] if isinstance(detail, tuple) else detail] if op in _DETAILED else []
        return [op, str(e.kind), *more, *map(self.value, e.operands)]


def _address(address: Address) -> Json:
    return [address.array, _size(address.offset), *(part for name, by in address.strides for part in (name, _size(by)))]


def _size(count: Count) -> Json:
    return str(count) if isinstance(count, Size) else count


def _number(value: Any, kind: Kind) -> Json:
    """A number, by the fewest digits that tell it from its neighbors of 32 bits; what JSON does not have, as a text."""
    if isinstance(value, Size):
        return str(value)
    if kind.number != "f32":
        return int(value)
    if not math.isfinite(value):
        return str(float(value))
    short = float(str(np.float32(value)))
    assert np.float32(short) == np.float32(value)
    return int(short) if short.is_integer() and abs(short) < 1e6 and math.copysign(1, short) > 0 else short
