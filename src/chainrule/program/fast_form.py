"""The rules of the fast form, applied after those of the textbook form: nothing is computed twice, and numbers multiply the
smallest arrays.
"""

from __future__ import annotations

import math
from typing import Any

from ..core.nouns import Constant, Equation, Operand, Symbol
from ..core.primitive import PRIMITIVES
from ..core.rewrite import Apply, Expression, RewriteRule, Scope, on
from ..core.simplification import TABLES, in_derivative, is_number
from .algebra import CLEARED, DEFINITIONS, LIMITS, READ, added_part, becoming
from .over_windows import equation_of


@on("sigmoid_prime")
def _slope_of_known_sigmoid(scope: Scope, equation: Equation) -> Expression | None:
    """σ′(z) is a (1 − a) if a = σ(z) is already computed."""
    a = _existing(scope, "sigmoid", equation.inputs)
    return None if a is None else Apply("multiply", (a, Apply("subtract", (Constant(1.0), a))))


def _existing(scope: Scope, name: str, inputs: tuple[Operand, ...]) -> Symbol | None:
    """The symbol that already has the result of this operation, if there is one."""
    return scope.by_content.get(scope.content(PRIMITIVES[name], inputs, ()))


def _common_subexpression(scope: Scope, equation: Equation) -> Expression | None:
    """A repeated expression is computed once."""
    known = scope.by_content.get(scope.content(equation.primitive, equation.inputs, equation.params))
    return known if known is not None and known.name != equation.target.name else None


@on("identity")
def _gradient_passed_on(scope: Scope, equation: Equation) -> Expression | None:
    """A gradient that equals an error gets no symbol of its own."""
    return equation.inputs[0]


@on("multiply")
def _number_leads(scope: Scope, equation: Equation) -> Expression | None:
    """x c is c x, so that equal products look equal."""
    one, other = equation.inputs
    return Apply("multiply", (other, one)) if is_number(other) and not is_number(one) else None


@on("multiply")
def _scalars_first(scope: Scope, equation: Equation) -> Expression | None:
    """s (t x) is (s t) x, and s · sum(t x) is (s t) · sum(x), for scalars s and t."""
    scalar, other = equation.inputs
    inner = scope.made_by(other, "multiply", "sum")
    if scalar.shape != () or inner is None or not scope.used_once(inner.target):
        return None
    product = inner if inner.primitive.name == "multiply" else scope.made_by(inner.inputs[0], "multiply")
    if product is None or product.inputs[0].shape != () or product.inputs[1].shape == ():
        return None
    second, rest = product.inputs
    summed = rest if product is inner else Apply("sum", (rest,), inner.params)
    return Apply("multiply", (Apply("multiply", (scalar, second)), summed))


def _axes_of(axis: Any, ndim: int) -> list[int]:
    """The axes that a param names."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return sorted(each % ndim for each in axes)


@on("sum")
def sum_of_sum(scope: Scope, equation: Equation) -> Expression | None:
    """A sum over axes of a sum over others is one sum over all."""
    inner = scope.made_by(equation.inputs[0], "sum")
    if inner is None or not scope.used_once(inner.target):
        return None
    (x,), params, own = inner.inputs, dict(equation.params), dict(inner.params)
    if params["keepdims"] != own["keepdims"]:
        return None
    gone = _axes_of(own["axis"], len(x.shape))
    left = [axis for axis in range(len(x.shape)) if axis not in gone or own["keepdims"]]
    gone += [left[axis] for axis in _axes_of(params["axis"], len(left))]
    axes = None if len({*gone}) == len(x.shape) else tuple(sorted({*gone}))
    return Apply("sum", (x,), (("axis", axes), ("keepdims", params["keepdims"])))


@on("multiply")
def _number_into_product(scope: Scope, equation: Equation) -> Expression | None:
    """c (A B) is (c A) B if A is the smaller factor: the rate η multiplies the error, not the gradient of a whole layer.

    Likewise c · sum(x) is sum(c x), which shares its product with the one in a matrix product.
    """
    number, other = equation.inputs
    if number.shape != () or not isinstance(other, Symbol) or not scope.used_once(other):
        return None
    product = scope.equations.get(other.name)
    if product is None:
        return None
    if product.primitive.name == "matmul":
        a, b = product.inputs
        size, sizes = math.prod(other.shape), (math.prod(a.shape), math.prod(b.shape))
        if min(sizes) * 2 > size:
            return None
        scaled = (Apply("multiply", (number, a)), b) if sizes[0] <= sizes[1] else (a, Apply("multiply", (number, b)))
        return Apply("matmul", scaled)
    if product.primitive.name == "sum" and _existing(scope, "multiply", (number, product.inputs[0])) is not None:
        return Apply("sum", (Apply("multiply", (number, product.inputs[0])),), product.params)
    return None


@on("multiply")
def _number_through_product(scope: Scope, equation: Equation) -> Expression | None:
    """c ((A B) ⊙ x) is (A (c B)) ⊙ x if B is no larger: the rate η then multiplies the last error only."""
    number, other = equation.inputs
    chain = equation_of(scope, other, "multiply") if scope.used_once(other) else None
    if number.shape != () or chain is None:
        return None
    for one, rest in (chain.inputs, chain.inputs[::-1]):
        product = scope.made_by(one, "matmul")
        if product is not None and scope.used_once(one) and one.shape == other.shape:
            a, b = product.inputs
            if math.prod(b.shape) <= math.prod(other.shape):
                scaled = Apply("matmul", (a, Apply("multiply", (number, b))))
                return Apply("multiply", (scaled, rest) if one is chain.inputs[0] else (rest, scaled))
    return None


FAST: tuple[RewriteRule, ...] = (
    *DEFINITIONS, *CLEARED, *map(in_derivative, LIMITS), _gradient_passed_on, added_part,
    _slope_of_known_sigmoid, _number_leads,
    _scalars_first, sum_of_sum, _number_into_product, _number_through_product,
    in_derivative(becoming({"x ** 2": "x * x"})), _common_subexpression,
)  # fmt: skip

TABLES["fast"] = [READ, FAST]
