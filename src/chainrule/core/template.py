"""Templates of operations in Python, such as `"{0} @ {1}"`, and the brackets that their operands need.

The precedence of the text, and the least precedence that each operand needs, are derived from Python's grammar, so no
declaration states a precedence, and none can state a wrong one.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

FIELD = re.compile(r"\{(\d|[a-z_][a-z_0-9]*|\*)\}")
_KEYWORD = re.compile(r", (\w+)=\{(\w+)\}")

ATOM, PRIMARY, POWER, UNARY, PRODUCT, SUM, SHIFT, BIT_AND, BIT_XOR, BIT_OR, COMPARE, LOOSE = range(15, 3, -1)
_STRENGTH: dict[type[ast.AST], int] = {
    ast.Pow: POWER, ast.Mult: PRODUCT, ast.Div: PRODUCT, ast.FloorDiv: PRODUCT, ast.Mod: PRODUCT, ast.MatMult: PRODUCT,
    ast.Add: SUM, ast.Sub: SUM, ast.LShift: SHIFT, ast.RShift: SHIFT,
    ast.BitAnd: BIT_AND, ast.BitXor: BIT_XOR, ast.BitOr: BIT_OR,
}  # fmt: skip


class Piece(NamedTuple):
    """A piece of text, its precedence, and its outermost operator."""

    text: str
    strength: int = ATOM
    operator: str = ""


class Need(NamedTuple):
    """The requirements on an operand: a least precedence, and the operator beside it, or before it."""

    strength: int = 0
    operator: str = ""
    after: bool = False

    def admits(self, piece: Piece) -> bool:
        """Whether the piece needs no brackets here.

        `(w @ a) * b` would be correct without its brackets, but a matrix product and an elementwise product are easily
        confused; `a - -b` is correct too, but hard to read.
        """
        if piece.strength == UNARY and self.after:
            return False
        if piece.strength == PRODUCT <= self.strength and "@" in (piece.operator, self.operator):
            return piece.operator == self.operator and piece.strength >= self.strength
        return piece.strength >= self.strength


class Block:
    """A param that is written as a function of its own, and by its name where it is used: a program.

    A loop has a name with a space, and is written where it stands.
    """

    name: str

    def again(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Those of an equation's inputs that it reads again and again."""
        return ()


@dataclass(frozen=True)
class Template:
    """A parsed template. `{0}` is an operand, `{*}` all of them, `{axis}` a param; a param at its default is left out."""

    source: str
    strength: int
    operator: str
    needs: Mapping[str, Need]

    def write(self, operands: Sequence[Piece], params: Mapping[str, object], defaults: Mapping[str, object]) -> Piece:
        """Write the operation on these operands."""
        if self.source == "{0}":
            return operands[0]

        def keyword(match: re.Match[str]) -> str:
            name = match[2]
            return "" if name in defaults and same_value(params[name], defaults[name]) else match[0]

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name == "*":
                return ", ".join(operand.text for operand in operands)
            if not name.isdigit():
                return FIELD.sub(fill, param_text(params[name]))  # a param may name operands itself
            operand = operands[int(name)]
            return operand.text if self.needs.get(name, Need()).admits(operand) else f"({operand.text})"

        return Piece(FIELD.sub(fill, _KEYWORD.sub(keyword, self.source)), self.strength, self.operator)


def same_value(one: object, other: object) -> bool:
    """Whether two values are equal and of the same type; 1, 1.0 and True differ."""
    return type(one) is type(other) and one == other


def param_text(value: object) -> str:
    """A param in Python; an object is written by its own `str`."""
    if isinstance(value, Block):
        return value.name
    if isinstance(value, tuple) and type(value) is tuple:
        return f"({', '.join(map(param_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value).replace("inf", "np.inf").replace("nan", "np.nan")
    return str(value)


def parse_python(source: str) -> Template:
    """Parse a Python template, taking precedences from its syntax tree."""
    stand_in = FIELD.sub(lambda match: f"slot_{'all' if match[1] == '*' else match[1]}", source)
    tree = ast.parse(stand_in, mode="eval").body
    needs: dict[str, Need] = {}

    def visit(node: ast.AST, need: Need) -> None:
        if isinstance(node, ast.Name) and node.id.startswith("slot_"):
            needs[node.id.removeprefix("slot_")] = need
        for child, child_need in _children(node):
            visit(child, child_need)

    visit(tree, Need())
    return Template(source, *_binding(tree), needs)


def _binding(node: ast.AST) -> tuple[int, str]:
    if isinstance(node, ast.BinOp):
        operator = ast.unparse(ast.BinOp(ast.Name("a"), node.op, ast.Name("b")))[1:-1].strip()
        return _STRENGTH[type(node.op)], operator
    if isinstance(node, ast.UnaryOp):
        return UNARY, ""
    if isinstance(node, ast.Compare):
        return COMPARE, ""
    return (ATOM, "") if isinstance(node, (ast.Name, ast.Constant)) else (PRIMARY, "")


def _children(node: ast.AST) -> list[tuple[ast.AST, Need]]:
    if isinstance(node, ast.BinOp):
        strength, operator = _binding(node)
        # The right side is bracketed at equal precedence, since floating-point sums and products are not associative.
        left = strength + (strength == POWER)
        return [(node.left, Need(left, operator)), (node.right, Need(strength + 1, operator, after=True))]
    if isinstance(node, ast.UnaryOp):
        return [(node.operand, Need(UNARY + 1))]
    if isinstance(node, ast.Compare):
        return [(part, Need(COMPARE + 1)) for part in (node.left, *node.comparators)]
    if isinstance(node, ast.Attribute):
        return [(node.value, Need(PRIMARY))]
    if isinstance(node, ast.Subscript):
        return [(node.value, Need(PRIMARY)), (node.slice, Need())]
    if isinstance(node, ast.Call):
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        return [(node.func, Need(PRIMARY)), *((argument, Need()) for argument in arguments)]
    return [(child, Need()) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
