"""Simplification: the rules that make a derivative readable, and the tables of the two forms of a program.

`textbook` is the form to read, `fast` the form to run; their results are equal within rounding. The rules here remove factors
of 1, fold numbers, and move minus signs outward; `program/` adds more to `TABLES`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from .nouns import Constant, Equation, Program
from .primitive import PRIMITIVES
from .rewrite import Apply, Expression, RewriteRule, Scope, on, rewrite

Form = Literal["textbook", "fast"]


def simplify(program: Program, form: Form, known: tuple[RewriteRule, ...] = ()) -> Program:
    """The program in one of its two forms; `known` are rules that are valid for this program only."""
    for rules in TABLES[form]:
        program = rewrite(program, (*rules, *known))
    return program


def is_number(operand: Any, *values: float) -> bool:
    """Whether an operand is a real Python or NumPy number, and, if values are given, one of them."""
    value = operand.value if isinstance(operand, Constant) and not operand.shape else 1j
    is_complex = value.dtype.kind == "c" if isinstance(value, np.ndarray) else isinstance(value, complex)
    return not is_complex and (not values or value in values)


def in_derivative(rule: RewriteRule) -> RewriteRule:
    """The rule restricted to derivatives; the user's own arithmetic stays as it was written."""

    restricted = functools.wraps(rule)(lambda scope, equation: rule(scope, equation))
    vars(restricted)["in_derivative"] = True
    return restricted


@on("identity")
def same(scope: Scope, equation: Equation) -> Expression | None:
    """An identity is its input; a gradient that is a number keeps its name, but is read as the number."""
    return equation.inputs[0] if equation.target.kind != "gradient" or is_number(equation.inputs[0]) else None


@on("multiply", "divide", "add", "subtract")
def factor_one(scope: Scope, equation: Equation) -> Expression | None:
    """1 · x, x · 1, x / 1, 0 + x, x + 0 and x − 0 are x."""
    name, inputs = equation.primitive.name, equation.inputs
    if (name == "multiply" and is_number(inputs[0], 1)) or (name == "add" and is_number(inputs[0], 0)):
        return inputs[1]
    if name in ("multiply", "divide") and is_number(inputs[1], 1):
        return inputs[0]
    if name in ("add", "subtract") and is_number(inputs[1], 0):
        return inputs[0]
    return None


@on("multiply", "divide", "negative", "add", "subtract")
def number_times_number(scope: Scope, equation: Equation) -> Expression | None:
    """Arithmetic on numbers alone is a number; c (d x) is (c d) x."""
    name, inputs = equation.primitive.name, equation.inputs
    if all(map(is_number, inputs)):
        return arithmetic(name, inputs)
    if name != "multiply":
        return None
    for number, other in (inputs, inputs[::-1]):
        inner = scope.made_by(other, "multiply") if is_number(number) else None
        if inner is None or not scope.used_once(inner.target):
            continue
        for second, rest in (inner.inputs, inner.inputs[::-1]):
            if is_number(second) and (product := arithmetic(name, (number, second))) is not None:
                return Apply(name, (product, rest))
    return None


def arithmetic(name: str, numbers: Sequence[Any]) -> Constant | None:
    """The result of arithmetic on numbers, if it is finite."""
    values = [each.value * 1.0 for each in numbers]  # float() forgets sizes
    values = [each.item() if isinstance(each, np.generic) else each for each in values]  # and so do NumPy's numbers
    if name not in ("multiply", "divide", "negative", "add", "subtract") or (name == "divide" and values[1] == 0):
        return None
    result = PRIMITIVES[name].function((), len(values))(*values)
    return Constant(result) if math.isfinite(result) else None


def broadcast_number(scope: Scope, equation: Equation) -> Expression | None:
    """An elementwise operation broadcasts by itself."""
    if not equation.primitive.elementwise or equation.primitive.name in ("identity", "astype"):
        return None
    inputs = list(equation.inputs)
    for position, operand in enumerate(inputs):
        wide = scope.made_by(operand, "broadcast_to")
        if wide is not None:
            inputs[position] = wide.inputs[0]
    return Apply(equation.primitive.name, tuple(inputs), equation.params) if inputs != list(equation.inputs) else None


@on("multiply", "divide", "negative", "sum", "reshape", "scatter")
def minus_outwards(scope: Scope, equation: Equation) -> Expression | None:
    """−1 · x is −x; (−x) y, x (−y), (−x) / y, Σ −x and so on are minus the same without it; −(−x) is x."""
    name, inputs = equation.primitive.name, equation.inputs
    if name == "multiply" and is_number(inputs[0], -1):
        return Apply("negative", (inputs[1],))
    minuses = [scope.made_by(operand, "negative") for operand in inputs]
    if name == "negative" and minuses[0] is not None:
        return minuses[0].inputs[0]
    for position, minus in enumerate(minuses):
        if minus is not None:
            bare = (*inputs[:position], minus.inputs[0], *inputs[position + 1 :])
            return Apply("negative", (Apply(name, bare, equation.params),))
    return None


_CLEARED = (factor_one, number_times_number, broadcast_number, minus_outwards)

TABLES: dict[Form, list[tuple[RewriteRule, ...]]] = {
    form: [(same, *map(in_derivative, _CLEARED))] for form in ("textbook", "fast")
}
"""The tables of a form, applied in order, each until none of its rules applies any more."""
