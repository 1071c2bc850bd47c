"""Parts of derived programs, as a learner reads them in a sentence: without what only makes shapes fit."""

from __future__ import annotations

import ast
from typing import Any

from ..core.messages import Message, message

_SHAPING = ("broadcast_to", "scatter", "reshape")
ROOTS = {whole**0.5: f"np.sqrt({whole})" for whole in range(2, 11) if whole**0.5 % 1}
"""Roots of whole numbers, as they are written."""
_MARKS = (*(f"{each}(" for each in _SHAPING), "None]", ".0", *map(repr, ROOTS))


def readable(said: Message) -> Message:
    """A sentence whose parts of programs are shortened to what a learner has written or could have.

    Args:
        said: The sentence.

    Returns:
        The same sentence with other values in its places.

    Examples:
        >>> print(readable(message("{part} is left out.", part="np.broadcast_to(-1.0, (3, 5)) * (1 - y) / (1 - a)")))
        -((1 - y) / (1 - a)) is left out.
    """
    values = {
        name: readable(each) if isinstance(each, Message) else _shortened(each) for name, each in said.values.items()
    }
    return message(said.template, said.context, **values)


def _shortened(value: Any) -> Any:
    if not isinstance(value, str) or not any(each in value for each in _MARKS):
        return value
    try:
        return ast.unparse(_Shorter().visit(ast.parse(value, mode="eval")))
    except SyntaxError:
        return value


class _Shorter(ast.NodeTransformer):
    """Takes away what only makes shapes fit, factors of one, and signs that cancel."""

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return node.args[0] if name in _SHAPING and node.args else node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        self.generic_visit(node)
        return node.value if "None" in ast.unparse(node.slice) else node

    def visit_Constant(self, node: ast.Constant) -> Any:
        if not isinstance(node.value, float):
            return node
        if node.value in ROOTS:
            return ast.parse(ROOTS[node.value], mode="eval").body
        return ast.Constant(int(node.value)) if node.value.is_integer() else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        self.generic_visit(node)
        inner = node.operand
        return inner.operand if isinstance(inner, ast.UnaryOp) and _is_minus(node) and _is_minus(inner) else node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Mult, ast.Div)):
            left = node.left
            if isinstance(left, ast.UnaryOp) and _is_minus(left):  # the sign goes before all of it
                node.left = left.operand
                return self.visit_UnaryOp(ast.UnaryOp(ast.USub(), self.visit_BinOp(node)))
            if isinstance(node.op, ast.Mult) and _is_one(node.left):
                return node.right
            if _is_one(node.right):
                return node.left
        return node


def _is_minus(node: ast.UnaryOp) -> bool:
    return isinstance(node.op, ast.USub)


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1
