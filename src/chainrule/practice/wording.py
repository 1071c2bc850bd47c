"""Parts of derived programs, as a learner reads them in a sentence: without what only makes shapes fit, and in names that stand
in the learner's file."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from ..core.messages import Message, message
from ..core.symbols import Symbol
from ..program.symbol_names import symbol_text
from .forms import Derivative

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
    return rewrite(said, _shortened)


def rewrite(said: Message, change: Callable[[Any], Any]) -> Message:
    """The same sentence with other values in its places, those of the sentences in it included.

    Args:
        said: The sentence.
        change: What is made of a value.

    Returns:
        The sentence.
    """
    values = {
        name: rewrite(value, change) if isinstance(value, Message) else change(value)
        for name, value in said.values.items()
    }
    return message(said.template, said.context, **values)


def sorted_factors(value: Any) -> Any:
    """A part of a program with its factors and terms in one order, equal for parts that differ in their order alone.

    >>> sorted_factors("w * 0.1") == sorted_factors("0.1 * w"), sorted_factors("w @ x") == sorted_factors("x @ w")
    (True, False)
    """
    try:
        return ast.unparse(_Sorter().visit(ast.parse(value, mode="eval")))
    except (SyntaxError, TypeError):
        return value


class _Sorter(ast.NodeTransformer):
    """Puts what is added or multiplied into one order."""

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        if not isinstance(node.op, (ast.Add, ast.Mult)):
            return node
        first, *others = sorted(_operands(node, type(node.op)), key=ast.unparse)
        for operand in others:
            first = ast.BinOp(first, node.op, operand)
        return first


def _operands(node: ast.expr, operator: type[ast.operator]) -> list[ast.expr]:
    """What is added in a sum, or multiplied in a product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, operator):
        return [*_operands(node.left, operator), *_operands(node.right, operator)]
    return [node]


class LearnerNames:
    """The names that stand in a learner's file, in which the symbols of the derivative are told.

    A symbol without a name there is told as mathematics writes it: ∂C/∂z for δ_z, σ′(z) for sigmoid_prime(z).

    Args:
        learner: The learner's function.
        function: The function that the derivative is of.
        derivative: The derivative.
    """

    def __init__(self, learner: Callable[..., Any], function: Callable[..., Any], derivative: Derivative):
        self.known = _names_in(learner) | {"np", *keyword.kwlist, *_KEYWORDS}
        in_function = _names_in(function)
        program = derivative.forms[0].program
        leaves = iter(program.inputs)
        paths = {next(leaves).name: path for name, tree in program.arguments for _, path in tree.paths(name)}
        symbols = {symbol.name: symbol for form in derivative.forms for symbol in form.symbols}
        states = {
            state.name.removeprefix("δ_")
            for form in derivative.forms
            for equation in (*form.program.equations, *(form.function.equations if form.function else ()))
            for state in (equation.target, *equation.inputs)
            if equation.primitive.name == "updated" and isinstance(state, Symbol)
        }

        def as_value(name: str) -> str:
            """A value of the function: an element of an argument as it is reached; z6, an array that was written to, as z; and
            a1 of a loop's a as a¹."""
            counted = name.rstrip("0123456789")
            if name in in_function or counted not in in_function:
                return paths.get(name, name)
            return counted if name in states else symbol_text(name)

        self._told = dict(_HELPERS)
        for name, symbol in symbols.items():
            gradient = next((mark for mark in ("δ_", "dC_d") if name.startswith(mark)), "")
            value = as_value(name.removeprefix(gradient))
            if not gradient or name in derivative.asked:
                self._told[name] = f"{gradient}{value}"
            elif symbol.kind != "temporary":
                self._told[name] = f"∂C/∂{value}"

    def has(self, name: str) -> bool:
        """Whether a name stands in the learner's file, or is asked for in it."""
        return name in self.known or self._told.get(name, name) == name

    def rename(self, text: str) -> str:
        """A part of a sentence in these names."""
        return _NAME.sub(lambda found: self._renamed(found[0]), text)

    def _renamed(self, name: str) -> str:
        if self.has(name):
            version = _VERSION.fullmatch(name)  # d_2 is what a trace calls a learner's d that is assigned again
            return version[1] if version and name not in self.known and version[1] in self.known else name
        return self._told[name]

    def are_known(self, text: str) -> bool:
        """Whether all names in a part of the learner's program stand in the file."""
        return all(name in self.known for name in names_in(text))

    def say(self, said: Message) -> Message:
        """A sentence in these names."""
        return rewrite(said, lambda value: self.rename(value) if isinstance(value, str) else value)


def names_in(text: str) -> list[str]:
    """The names in a part of a program."""
    return _NAME.findall(text)


def is_readable_size(equation: str) -> bool:
    """Whether an equation in dimensions says how they come about, to somebody who sees nothing else.

    >>> [is_readable_size(each) for each in ("4×3 = 4×[5 · 5]×3", "(3,) = Σ[axis 0] 6×3", "(3,) = 3×[2 · (2,)]")]
    [True, True, True]
    >>> [is_readable_size(each) for each in ("(3,) = (3,) + (8,)[0:3]", "(5,) = (5,)")]
    [False, False]
    """
    shown = re.sub(r"Σ\[axis [\d, ]+\]", "Σ", equation)
    contracts = "Σ" in shown or " · " in shown
    shown = re.sub(r"\((\d+),\)", r"\1", shown)  # vectors, whose brackets hold no expression
    shown = re.sub(r"\[([^\[\]()]*) · ([^\[\]()]*)\]", r"\1·\2", shown)
    return contracts and not re.search(r"[^\W\dΣ]|[\[\]^²√]", shown)


_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")
_KEYWORDS = ("axis", "keepdims")
_VERSION = re.compile(r"(.+)_\d+")
_HELPERS: Mapping[str, str] = {"sigmoid": "σ", "sigmoid_prime": "σ′"}
"""Functions that derivatives call, and learners may have no name for."""


def _names_in(learner: Callable[..., Any]) -> frozenset[str]:
    """The names that stand in a function and around it; none where it is not written in Python."""
    learner = getattr(learner, "func", learner)
    if not isinstance(learner, FunctionType):
        return frozenset()
    return frozenset({*learner.__globals__, *_names_of(learner.__code__)})


def _names_of(code: CodeType) -> Iterator[str]:
    yield from (*code.co_varnames, *code.co_names, *code.co_freevars, *code.co_cellvars)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_of(constant)


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
