"""Numbers in LLVM's language: their types, what adds, compares and converts them, and literals.

Types are those of NumPy's arithmetic. Nothing is rounded otherwise than there, but in sums that are said to be free.
"""

from __future__ import annotations

import ast
import math
import struct
from dataclasses import dataclass

import numpy as np

from .functions import hexadecimal

TYPES = {"bool": "i1", "int64": "i64", "float32": "float", "float64": "double"}
FLOATS = ("float", "double")
_ORDER = ("i1", "i64", "float", "double")
_ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_COMPARE = {
    ast.Lt: ("olt", "slt"), ast.LtE: ("ole", "sle"), ast.Gt: ("ogt", "sgt"), ast.GtE: ("oge", "sge"),
    ast.Eq: ("oeq", "eq"), ast.NotEq: ("une", "ne"),
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """What stands for a number, and its type."""

    text: str
    type: str


class Instructions:
    """Lines of one function; each result has a name of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0

    def arithmetic(self, operation: ast.operator, one: Value, other: Value, free: bool = False) -> Value:
        """one ± other, times, or over; `free` lets LLVM add up in another order, and keep products unrounded."""
        name = _ARITHMETIC[type(operation)]
        kind = _common(one.type, other.type)
        if name == "div" and kind not in FLOATS:
            kind = "double"
        one, other = self.cast(one, kind), self.cast(other, kind)
        if kind in FLOATS:
            flags = "contract reassoc " if free else ""
            return Value(self.line(f"f{name} {flags}{kind} {one.text}, {other.text}"), kind)
        return Value(self.line(f"{name} nsw i64 {one.text}, {other.text}"), kind)

    def negative(self, value: Value) -> Value:
        """The number with the other sign."""
        if value.type in FLOATS:
            return Value(self.line(f"fneg {value.type} {value.text}"), value.type)
        return Value(self.line(f"sub nsw i64 0, {self.cast(value, 'i64').text}"), "i64")

    def compare(self, operation: ast.cmpop, one: Value, other: Value) -> Value:
        """Whether it is so: false where one is NaN, but for ≠."""
        kind = _common(one.type, other.type)
        one, other = self.cast(one, kind), self.cast(other, kind)
        of_floats, of_integers = _COMPARE[type(operation)]
        word = f"fcmp {of_floats}" if kind in FLOATS else f"icmp {of_integers}"
        return Value(self.line(f"{word} {kind} {one.text}, {other.text}"), "i1")

    def select(self, test: Value, one: Value, other: Value) -> Value:
        """One where the test is true, else the other; both are computed."""
        kind = one.type if one.type == other.type else _common(one.type, other.type)
        one, other = self.cast(one, kind), self.cast(other, kind)
        truth = self.cast(test, "i1").text
        return Value(self.line(f"select i1 {truth}, {kind} {one.text}, {kind} {other.text}"), kind)

    def cast(self, value: Value, kind: str) -> Value:
        """A value in another type."""
        old = value.type
        if old == kind:
            return value
        if _is_literal(value):
            return _typed_literal(value, kind)
        if kind == "i1":
            word = "fcmp une" if old in FLOATS else "icmp ne"
            return Value(self.line(f"{word} {old} {value.text}, {'0.0' if old in FLOATS else '0'}"), kind)
        if old in FLOATS:
            word = "fptosi" if kind == "i64" else "fpext" if kind == "double" else "fptrunc"
        else:
            word = "zext" if kind == "i64" else "uitofp" if old == "i1" else "sitofp"
        return Value(self.line(f"{word} {old} {value.text} to {kind}"), kind)

    def line(self, text: str) -> str:
        """Add an instruction, and name its result."""
        self.count += 1
        self.lines.append(f"%v.{self.count} = {text}")
        return f"%v.{self.count}"


def _common(one: str, other: str) -> str:
    """The type in which two are added: never truths, and double precision for whole numbers beside single."""
    kind = max(one, other, "i64", key=_ORDER.index)
    return "double" if {one, other} == {"i64", "float"} else kind


def literal(number: bool | int | float) -> Value:
    """A number as it is written in Python."""
    if isinstance(number, bool):
        return Value(str(int(number)), "i1")
    return Value(str(number), "i64") if isinstance(number, int) else Value(hexadecimal(number), "double")


def _is_literal(value: Value) -> bool:
    return not value.text.startswith("%")


def _typed_literal(value: Value, kind: str) -> Value:
    number: float = struct.unpack(">d", bytes.fromhex(value.text[2:]))[0] if value.type in FLOATS else int(value.text)
    if kind == "i1":
        return Value(str(int(number != 0)), kind)
    if kind == "i64":
        assert math.isfinite(number)
        return Value(str(int(number)), kind)
    with np.errstate(over="ignore"):
        return Value(hexadecimal(float(np.float32(number)) if kind == "float" else float(number)), kind)
