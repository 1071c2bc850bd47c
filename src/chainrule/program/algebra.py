"""The rules of the textbook form: σ is recognized, powers and like terms are collected, and errors simplify to what the book
writes, such as a − y.

Except for σ, these rules apply to derivatives only: the user's own arithmetic stays as it was written.
"""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..core.dims import Shape
from ..core.nouns import Constant, Equation, Operand, Symbol
from ..core.rewrite import Apply, Expression, RewriteRule, Scope, on
from ..core.simplification import (
    TABLES,
    arithmetic,
    broadcast_number,
    factor_one,
    in_derivative,
    is_number,
    minus_outwards,
    number_times_number,
    same,
)
from .operations.updating import shifted
from .over_windows import RULES, equation_of
from .sizes.numbers import is_sized, one_over

# ---- how rules are written -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pattern:
    """An operation in a pattern, applied to operations, numbers, and variables, which are letters."""

    name: str
    inputs: tuple[_Part, ...]


_Part: TypeAlias = _Pattern | float | str
_Found: TypeAlias = dict[str, Operand]


_OPERATIONS: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power",
}  # fmt: skip
_ALONE = ("add", "subtract", "sigmoid")
"""Operations that match within a pattern only if nothing else reads their result."""


def _pattern(node: ast.AST) -> _Part:
    match node:
        case ast.BinOp(left, operator, right):
            return _Pattern(_OPERATIONS[type(operator)], (_pattern(left), _pattern(right)))
        case ast.UnaryOp(ast.USub(), operand):
            return _Pattern("negative", (_pattern(operand),))
        case ast.Call(ast.Name(name), arguments):
            return _Pattern(name, tuple(map(_pattern, arguments)))
        case ast.Constant(int(value)):
            return float(value)
        case ast.Name(name):
            return name
    raise ValueError(f"{ast.unparse(node)} is no pattern.")


def _matches(scope: Scope, pattern: _Pattern, equation: Equation, found: _Found) -> Iterator[_Found]:
    """The ways to match an equation with a pattern; sums and products match in either order."""
    orders = (equation.inputs, equation.inputs[::-1]) if pattern.name in ("add", "multiply") else (equation.inputs,)
    for inputs in orders:
        ways = [found]
        for each, operand in zip(pattern.inputs, inputs, strict=True):
            ways = [way for before in ways for way in _operand_matches(scope, each, operand, before)]
        yield from ways


def _operand_matches(scope: Scope, pattern: _Part, operand: Operand, found: _Found) -> Iterator[_Found]:
    if isinstance(pattern, str):
        if found.get(pattern, operand) == operand:
            yield {**found, pattern: operand}
    elif isinstance(pattern, float):
        if is_number(operand, pattern):
            yield found
    else:
        made = scope.made_by(operand, pattern.name)
        if made is not None and (pattern.name not in _ALONE or scope.used_once(operand)):
            yield from _matches(scope, pattern, made, found)


def _filled(pattern: _Part, found: _Found) -> Expression:
    if isinstance(pattern, str):
        return found[pattern]
    if isinstance(pattern, float):
        return Constant(pattern)
    return Apply(pattern.name, tuple(_filled(each, found) for each in pattern.inputs))


def becoming(written: Mapping[str, str]) -> RewriteRule:
    """The rule that replaces an expression that matches a key by its value, in which letters stand for what they matched."""
    table: dict[str, list[tuple[_Pattern, _Part]]] = {}
    for each in written.items():
        pattern, result = (_pattern(ast.parse(text, mode="eval").body) for text in each)
        assert isinstance(pattern, _Pattern)
        table.setdefault(pattern.name, []).append((pattern, result))

    def rule(scope: Scope, equation: Equation) -> Expression | None:
        for pattern, result in table[equation.primitive.name]:
            for found in _matches(scope, pattern, equation, {}):
                return _filled(result, found)
        return None

    rule.__name__ = " or ".join(written)
    return on(*table)(rule)


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _spread_number(scope: Scope, equation: Equation) -> Expression | None:
    """An elementwise operation on a broadcast number is applied to the number before broadcasting."""
    if not equation.primitive.elementwise or equation.primitive.name in ("identity", "astype"):
        return None
    spread = [scope.made_by(operand, "broadcast_to") for operand in equation.inputs]
    bare = tuple(o if wide is None else wide.inputs[0] for o, wide in zip(equation.inputs, spread, strict=True))
    if not any(spread) or not all(map(is_number, bare)):
        return None
    name = equation.primitive.name
    number = arithmetic(name, bare) or Apply(name, bare, equation.params)
    return Apply("broadcast_to", (number,), (("shape", equation.target.shape),))


@on("multiply")
def _number_first(scope: Scope, equation: Equation) -> Expression | None:
    """(c x) y is c (x y): numbers move to the front."""
    for position, (one, other) in enumerate((equation.inputs, equation.inputs[::-1])):
        inner = scope.made_by(one, "multiply")
        if inner is None or is_number(other) or not scope.used_once(inner.target):
            continue
        if is_number(inner.inputs[0]) and inner.inputs[1].shape != ():
            pair = (inner.inputs[1], other) if position == 0 else (other, inner.inputs[1])
            return Apply("multiply", (inner.inputs[0], Apply("multiply", pair)))
    return None


@on("reshape")
def _reshaped_number(scope: Scope, equation: Equation) -> Expression | None:
    """Reshaping a broadcast number is broadcasting it to the new shape."""
    wide = scope.made_by(equation.inputs[0], "broadcast_to")
    if wide is None or not is_number(wide.inputs[0]):
        return None
    return Apply("broadcast_to", wide.inputs, (("shape", equation.target.shape),))


def _bare_number(scope: Scope, equation: Equation) -> Expression | None:
    """A number needs no dtype of its own if the result has the same dtype without it."""
    primitive, inputs = equation.primitive, list(equation.inputs)
    for position, operand in enumerate(inputs):
        if isinstance(operand, Constant) and isinstance(operand.value, np.ndarray) and operand.value.shape == ():
            inputs[position] = Constant(operand.value.item())
    if not primitive.takes_numbers or inputs == list(equation.inputs):
        return None
    if primitive.infer(tuple(inputs), equation.params) != ((equation.target.shape, equation.target.dtype),):
        return None
    return Apply(primitive.name, tuple(inputs), equation.params)


@on("reshape")
def _shaped_once(scope: Scope, equation: Equation) -> Expression | None:
    """A reshape of a reshape is one, or none if the shape is the first one; the same of a sum over one axis that is kept."""
    (operand,), shape = equation.inputs, equation.target.shape
    inner = scope.made_by(operand, "reshape")
    if inner is not None:
        first = inner.inputs[0]
        return first if first.shape == shape else Apply("reshape", (first,), equation.params)
    summed = scope.made_by(operand, "sum")
    if summed is None or not scope.used_once(operand) or not dict(summed.params)["keepdims"]:
        return None
    return Apply("sum", summed.inputs, (("axis", dict(summed.params)["axis"]), ("keepdims", False)))


# ---- masks -----------------------------------------------------------------------------------------------------------

_CONNECTIVES: dict[str, Callable[[Sequence[bool]], bool]] = {
    "logical_or": any, "logical_and": all, "logical_not": lambda values: not values[0],
}  # fmt: skip
_MAX_CONDITIONS = 4  # of a mask, whose truth table has 2⁴ rows then
_MAX_DEPTH = 6  # of the expressions that are compared


def _expression_key(scope: Scope, operand: Operand, depth: int = _MAX_DEPTH) -> object:
    """A key that is equal for operands that are computed alike."""
    made = scope.equations.get(operand.name) if isinstance(operand, Symbol) and operand.kind == "temporary" else None
    if made is None or not depth or len(made.targets) > 1:
        return operand
    return (made.primitive.name, made.params, *(_expression_key(scope, each, depth - 1) for each in made.inputs))


def _conditions_of(scope: Scope, mask: Equation) -> dict[object, Operand]:
    """What a mask combines with and, or and not, each once, by a key."""
    conditions: dict[object, Operand] = {}
    for operand in mask.inputs:
        inner = scope.made_by(operand, *_CONNECTIVES)
        new = {_expression_key(scope, operand): operand} if inner is None else _conditions_of(scope, inner)
        conditions = {**new, **conditions}
    return conditions


def _is_true(scope: Scope, mask: Equation, values: Mapping[object, bool]) -> bool:
    """What a mask is for these values of its conditions."""
    parts = []
    for operand in mask.inputs:
        inner = scope.made_by(operand, *_CONNECTIVES)
        parts.append(values[_expression_key(scope, operand)] if inner is None else _is_true(scope, inner, values))
    return _CONNECTIVES[mask.primitive.name](parts)


def _truth_table(scope: Scope, mask: Equation) -> tuple[list[Operand], list[tuple[tuple[bool, ...], bool]]]:
    """The conditions of a mask, and what it is for each of their values; nothing if they are too many."""
    conditions = _conditions_of(scope, mask)
    if len(conditions) > _MAX_CONDITIONS:
        return [], []
    rows = itertools.product((False, True), repeat=len(conditions))
    table = [(row, _is_true(scope, mask, dict(zip(conditions, row, strict=True)))) for row in rows]
    return list(conditions.values()), table


@on("logical_or", "logical_and")
def _one_condition(scope: Scope, equation: Equation) -> Expression | None:
    """(a ∧ b) ∨ (a ∧ ¬b) is a."""
    conditions, table = _truth_table(scope, equation)
    for place, condition in enumerate(conditions):
        if all(row[place] == truth for row, truth in table):
            return condition
    return None


@on("where")
def _sure_selection(scope: Scope, equation: Equation) -> Expression | None:
    """np.where(a ∨ ¬a, x, y) is x: what keeps an error from places without a derivative, where there are none."""
    mask, *branches = equation.inputs
    made = scope.made_by(mask, *_CONNECTIVES)
    truths = {truth for _, truth in _truth_table(scope, made)[1]} if made is not None else set()
    if len(truths) != 1:
        return None
    chosen = branches[0] if truths == {True} else branches[1]
    if chosen.shape == equation.target.shape:
        return chosen
    return Apply("broadcast_to", (chosen,), (("shape", equation.target.shape),))


# ---- powers and like terms -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Monomial:
    """A product of powers with a coefficient: `factors` has each base with its exponent, keyed by what the base computes."""

    number: float
    factors: dict[object, tuple[Operand, float]]

    def times(self, other: _Monomial) -> _Monomial:
        """The product of two monomials."""
        factors = dict(self.factors)
        for key, (base, power) in other.factors.items():
            factors[key] = (base, power + (factors[key][1] if key in factors else 0))
        return _Monomial(self.number * other.number, factors)

    def like(self, other: _Monomial) -> bool:
        """Whether two monomials differ only in their coefficients."""
        return {key: power for key, (_, power) in self.factors.items()} == {
            key: power for key, (_, power) in other.factors.items()
        }


def _monomial(scope: Scope, operand: Operand, depth: int = 0) -> _Monomial:
    """An operand as a monomial, looking through unnamed products, negations and integer powers."""
    if is_number(operand):
        assert isinstance(operand, Constant)
        return _Monomial(operand.value, {})  # type: ignore[arg-type]  # a number, as `is_number` has said
    made = scope.made_by(operand, "multiply", "negative", "power", "square") if depth < _DEEP else None
    if made is not None and made.primitive.name in ("multiply", "negative"):
        parts = [_monomial(scope, each, depth + 1) for each in made.inputs]
        return parts[0].times(parts[1] if len(parts) > 1 else _Monomial(-1, {}))
    if made is not None:
        base, above = made.inputs[0], made.inputs[-1]
        power: Any = 2 if made.primitive.name == "square" else getattr(above, "value", 0) if is_number(above) else 0
        if np.ndim(power) == 0 and power >= 1 and float(power).is_integer() and not hasattr(power, "terms"):
            return _Monomial(1, {_key(scope, base): (base, int(power))})
    return _Monomial(1, {_key(scope, operand): (operand, 1)})


_DEEP = 6  # levels of nested products


def _key(scope: Scope, operand: Operand) -> object:
    """A key that is equal for operands that compute the same, which are then the same factor: a number for each temporary.

    The numbers stay with the scope, so that each equation is looked at once, however many products it is in.
    """
    numbers: dict[object, object] = vars(scope).setdefault("numbers", {})

    def known(each: Operand) -> bool:
        made = scope.equations.get(each.name) if isinstance(each, Symbol) and each.kind == "temporary" else None
        return made is None or len(made.targets) > 1 or each.name in numbers

    def key(each: Operand) -> object:
        return numbers.get(each.name, each.name) if isinstance(each, Symbol) else each

    waiting = [operand]
    while waiting:
        if known(waiting[-1]):
            waiting.pop()
            continue
        made = scope.equations[waiting[-1].name]
        unknown = [each for each in made.inputs if not known(each)]
        waiting += unknown
        if not unknown:
            params = tuple((name, type(value), value) for name, value in made.params)
            content = made.primitive.name, tuple(map(key, made.inputs)), params
            numbers[waiting.pop().name] = numbers.setdefault(content, len(numbers))
    return key(operand)


def _written(monomial: _Monomial, bare: Operand | None = None) -> Expression:
    """A power with its coefficient, 3 x²; for several factors, the existing product."""
    inner: Expression
    if bare is not None:
        inner = bare
    else:
        ((base, power),) = monomial.factors.values()
        inner = base if power == 1 else Apply("power", (base, Constant(power)))
    if monomial.number == 1:
        return inner
    return (
        Apply("negative", (inner,)) if monomial.number == -1 else Apply("multiply", (Constant(monomial.number), inner))
    )


@on("multiply")
def _one_power(scope: Scope, equation: Equation) -> Expression | None:
    """x x is x², and x (2 x²) is 2 x³."""
    one, other = (_monomial(scope, each) for each in equation.inputs)
    whole = one.times(other)
    if len(whole.factors) != 1 or not (one.factors and other.factors):
        return None
    ((base, _),) = whole.factors.values()
    return _written(whole) if base.shape == equation.target.shape else None


def _like(scope: Scope, equation: Equation) -> Iterator[tuple[Operand | None, Operand, _Monomial, _Monomial]]:
    """The like terms of x² + 2 x² and of (p + x²) + 2 x²: p or `None`, the first term, that as a monomial, and their total."""
    one, other = equation.inputs
    pairs: list[tuple[Operand | None, Operand, Shape]] = [(None, one, equation.target.shape)]
    before = scope.made_by(one, "add")
    if before is not None and scope.used_once(one):
        pairs.insert(0, (before.inputs[0], before.inputs[1], before.inputs[1].shape))
    sign, second = 1 if equation.primitive.name == "add" else -1, _monomial(scope, other)
    for rest, term, shape in pairs:
        first = _monomial(scope, term)
        if first.factors and first.like(second) and term.shape == other.shape == shape:
            yield rest, term, first, _Monomial(first.number + sign * second.number, first.factors)


@on("add", "subtract")
def _like_terms(scope: Scope, equation: Equation) -> Expression | None:
    """x² + 2 x² is 3 x², and (p + x²) + 2 x² is p + 3 x²: like terms are combined."""
    for rest, term, first, total in _like(scope, equation):
        bases = [base for base, _ in total.factors.values()]
        is_power = len(bases) == 1 and bases[0].shape == term.shape
        if total.number and (is_power or (len(bases) > 1 and first.number == 1)):
            found = _written(total, None if is_power else term)
            return found if rest is None else Apply("add", (rest, found))
    return None


@in_derivative
@on("add", "subtract")
def _nothing_left(scope: Scope, equation: Equation) -> Expression | None:
    """s c − c s is 0, and (p + x²) − x² is p. The fast form computes it, since it is NaN for infinities and NaN."""
    for rest, _, _, total in _like(scope, equation):
        if total.number == 0 and rest is not None:
            return rest
        if total.number == 0:
            zero, shape = Constant(0.0), equation.target.shape
            return Apply("broadcast_to", (zero,), (("shape", shape),)) if shape else zero
    return None


# ---- errors of activations and costs ---------------------------------------------------------------------------------


@on("multiply")
def _logistic_error(scope: Scope, equation: Equation) -> Expression | None:
    """c ((1 − y) / (1 − a) − y / a) σ′(z) is c (a − y), where a = σ(z): the book's equations (60) to (63).

    The coefficient c may be in either term; for a mean over m examples, (a − y) / m remains.
    """
    difference = scope.made_by(equation.inputs[0], "subtract", "add")
    slope = scope.made_by(equation.inputs[1], "sigmoid_prime")
    if difference is None or slope is None:
        return None
    sign = 1 if difference.primitive.name == "add" else -1
    terms = [_quotient(scope, operand) for operand in difference.inputs]
    if terms[0] is None or terms[1] is None:
        return None
    (c, numerator, denominator), (d, other, below) = terms[0], terms[1]
    for one, y, a, second, rest, left in (
        (c, numerator, denominator, sign * d, other, below), (sign * d, other, below, c, numerator, denominator),
    ):  # fmt: skip
        known = equation_of(scope, a, "sigmoid")
        if known is None or known.inputs != slope.inputs or one != -second:
            continue
        if all(_one_minus(scope, each) == it for each, it in ((rest, y), (left, a))):
            return _times(second, Apply("subtract", (a, y)))
    return None


def _quotient(scope: Scope, operand: Operand) -> tuple[float, Operand, Operand] | None:
    """The c, x and y of c x / y."""
    number, inner = _number_apart(scope, operand)
    made = scope.made_by(inner, "divide")
    if made is None:
        return None
    other, above = _number_apart(scope, made.inputs[0])
    return number * other, above, made.inputs[1]


def _number_apart(scope: Scope, operand: Operand) -> tuple[float, Operand]:
    """The coefficient of an operand, and what it multiplies."""
    made = scope.made_by(operand, "multiply", "negative")
    if made is not None and made.primitive.name == "negative":
        number, rest = _number_apart(scope, made.inputs[0])
        return -number, rest
    if made is not None and is_number(made.inputs[0]):
        assert isinstance(made.inputs[0], Constant)
        real: Any = made.inputs[0].value
        return 1.0 * real, made.inputs[1]
    return 1.0, operand


def _one_minus(scope: Scope, operand: Operand) -> Operand | None:
    """The x of 1 − x."""
    made = scope.made_by(operand, "subtract")
    return made.inputs[1] if made is not None and is_number(made.inputs[0], 1) else None


def _times(number: float, expression: Expression) -> Expression:
    """A number times an expression; for 1/m, the expression divided by m."""
    if number == 1:
        return expression
    m = one_over(number)
    if m is not None:
        return Apply("divide", (expression, Constant(m)))
    return Apply("multiply", (Constant(number), expression))


@on("multiply")
def _divisor_cleared(scope: Scope, equation: Equation) -> Expression | None:
    """2 (a / (2 b)) is a / b, also where other factors and divisors stand between."""
    number, rest = equation.inputs
    if not is_number(number) or (found := _without_divisor(scope, rest)) is None:
        return None
    divisor, expression = found
    real: Any = number.value  # type: ignore[union-attr]  # as `is_number` has said; float() forgets sizes
    times = real * 1.0 / divisor
    return _times(times, expression) if times.is_integer() else None


def _without_divisor(scope: Scope, operand: Operand) -> tuple[float, Expression] | None:
    """The number of a denominator in a product or quotient, and that without it."""
    made = scope.made_by(operand, "multiply", "divide") if scope.used_once(operand) else None
    if made is None:
        return None
    one, other = made.inputs
    if made.primitive.name == "divide":
        number, rest = _number_apart(scope, other)
        if abs(number) > 1 and scope.used_once(other):
            return number, Apply("divide", (one, rest))
    for position, part in enumerate((one, other) if made.primitive.name == "multiply" else (one,)):
        if (found := _without_divisor(scope, part)) is not None:
            number, cleared = found
            return number, Apply(made.primitive.name, (one, cleared) if position else (cleared, other))
    return None


@on("subtract")
def _softmax_error(scope: Scope, equation: Equation) -> Expression | None:
    """c y − a Σ (c y) is −c (a Σ y − y): the error of softmax with cross-entropy, times a coefficient."""
    product = scope.made_by(equation.inputs[1], "multiply")
    number, y = _number_apart(scope, equation.inputs[0])
    if product is None or number == 1:
        return None
    for a, other in (product.inputs, product.inputs[::-1]):
        total = scope.made_by(other, "sum")
        if total is not None and total.inputs[0] == equation.inputs[0] and a.shape == equation.target.shape:
            summed = Apply("sum", (y,), total.params)
            return _times(-number, Apply("subtract", (Apply("multiply", (a, summed)), y)))
    return None


@on("multiply", "add", "subtract")
def _share_error(scope: Scope, equation: Equation) -> Expression | None:
    """(v / s / t − Σ v / t) u is v − s Σ v, where s = u / t and t = Σ u: the error of a softmax written by hand."""
    for (sign, one), (other_sign, other), u in _products_with_one(scope, equation):
        for (c, quotient), (d, spread) in (((sign, one), (other_sign, other)), ((other_sign, other), (sign, one))):
            number, quotient = _number_apart(scope, quotient)
            outer = scope.made_by(quotient, "divide")
            inner = scope.made_by(outer.inputs[0], "divide") if outer is not None else None
            last, summand = _number_apart(scope, _unshaped(scope, spread))
            summed = scope.made_by(summand, "sum")
            part = scope.made_by(summed.inputs[0], "divide") if summed is not None else None
            if outer is None or inner is None or summed is None or part is None or c * number != -d * last:
                continue
            (v, s), t = inner.inputs, outer.inputs[1]
            share, total = equation_of(scope, s, "divide"), equation_of(scope, t, "sum")
            if share is None or total is None or share.inputs[1] != t or part.inputs != (v, t) or v.shape != s.shape:
                continue
            whole = {_key(scope, each) for each in (u, share.inputs[0], total.inputs[0])}
            axis = _one_axis(summed)
            if len(whole) == 1 and axis is not None and axis == _one_axis(total):
                product = Apply("multiply", (s, Apply("sum", (v,), (("axis", axis), ("keepdims", True)))))
                pair = (v, product) if c * number > 0 else (product, v)
                return _times(abs(c * number), Apply("subtract", pair))
    return None


@on("multiply", "add", "subtract")
def _softmax_rule(scope: Scope, equation: Equation) -> Expression | None:
    """(v / t − Σ v s / t) u is s (v − Σ v s), where s = u / t: the error of what a softmax written by hand is taken of."""
    for first, second, u in _products_with_one(scope, equation):
        for (c, quotient), (d, spread) in ((first, second), (second, first)):
            number, quotient = _number_apart(scope, quotient)
            last, spread = _number_apart(scope, spread)
            outer, summed = scope.made_by(quotient, "divide"), scope.made_by(_unshaped(scope, spread), "sum")
            part = scope.made_by(summed.inputs[0], "divide") if summed is not None else None
            product = scope.made_by(part.inputs[0], "multiply") if part is not None else None
            if outer is None or summed is None or part is None or product is None or c * number != -d * last:
                continue
            (v, t), share = outer.inputs, None
            for same_v, s in (product.inputs, product.inputs[::-1]):
                share = equation_of(scope, s, "divide") if same_v == v and s.shape == u.shape == v.shape else share
            if share is None or spread.shape != t.shape:
                continue
            same = zip((u, t, t), (*share.inputs, part.inputs[1]), strict=True)
            if any(_key(scope, one) != _key(scope, other) for one, other in same):
                continue
            params = {**dict(summed.params), "keepdims": bool(t.shape)}
            total = Apply("sum", (part.inputs[0],), tuple(params.items()))
            pair = (v, total) if c * number > 0 else (total, v)
            return _times(abs(c * number), Apply("multiply", (share.target, Apply("subtract", pair))))
    return None


def _products_with_one(
    scope: Scope, equation: Equation
) -> Iterator[tuple[tuple[float, Operand], tuple[float, Operand], Operand]]:
    """The terms p and q, each with its coefficient, and the u of (p + q) u or of p u + q u, also if u is computed twice."""
    name = equation.primitive.name
    if name == "multiply":
        for u, other in (equation.inputs, equation.inputs[::-1]):
            both = scope.made_by(other, "add", "subtract")
            if both is not None:
                yield (1, both.inputs[0]), (1 if both.primitive.name == "add" else -1, both.inputs[1]), u
    else:
        numbers, terms = zip(*(_number_apart(scope, each) for each in equation.inputs), strict=True)
        first, second = (scope.made_by(each, "multiply") for each in terms)
        if first is not None and second is not None:
            for p, u in (first.inputs, first.inputs[::-1]):
                for q, same_u in (second.inputs, second.inputs[::-1]):
                    if _key(scope, u) == _key(scope, same_u):
                        yield (numbers[0], p), (numbers[1] if name == "add" else -numbers[1], q), u


def _unshaped(scope: Scope, operand: Operand) -> Operand:
    """The operand before a reshape."""
    made = scope.made_by(operand, "reshape")
    return operand if made is None else made.inputs[0]


def _one_axis(summed: Equation) -> int | None:
    """The axis of a sum over a single axis, counted from the front."""
    axis = dict(summed.params)["axis"]
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    return axis % len(summed.inputs[0].shape) if isinstance(axis, int) else None


def columns_sum_to_one(symbol: str) -> RewriteRule:
    """The rule that Σ y over the rows is 1, for desired outputs y whose columns are distributions.

    The columns of a softmax are distributions, too, so the difference of two of them sums to 0.
    """

    def is_distribution(scope: Scope, operand: Operand) -> bool:
        if operand == scope.inputs.get(symbol):
            return True
        made = scope.equations.get(operand.name) if isinstance(operand, Symbol) else None
        if made is None or made.primitive.name not in ("softmax", "divide"):
            return False
        if made.primitive.name == "softmax":
            return bool(dict(made.params)["axis"] == 0)
        total = equation_of(scope, made.inputs[1], "sum")
        return (
            total is not None and _one_axis(total) == 0 and _key(scope, total.inputs[0]) == _key(scope, made.inputs[0])
        )

    def is_nothing(scope: Scope, operand: Operand) -> bool:
        """Whether an operand is the sum over the rows of c (p − q), both of which are distributions."""
        _, summed = _number_apart(scope, _unshaped(scope, operand))
        total = scope.made_by(summed, "sum")
        if total is None or _one_axis(total) != 0:
            return False
        made = scope.made_by(total.inputs[0], "subtract", "divide")
        if made is not None and made.primitive.name == "divide" and is_number(made.inputs[1]):
            made = scope.made_by(made.inputs[0], "subtract")
        return made is not None and all(is_distribution(scope, each) for each in made.inputs)

    @on("multiply", "add", "subtract")
    def _sum_of_distribution(scope: Scope, equation: Equation) -> Expression | None:
        if equation.primitive.name == "multiply":
            for one, other in (equation.inputs, equation.inputs[::-1]):
                total = scope.made_by(other, "sum")
                if total is not None and _one_axis(total) == 0 and is_distribution(scope, total.inputs[0]):
                    return one
            return None
        _, term = _number_apart(scope, equation.inputs[1])
        product = scope.made_by(term, "multiply")
        rest = product is not None and any(is_nothing(scope, each) for each in product.inputs)
        return equation.inputs[0] if rest else None

    return in_derivative(_sum_of_distribution)


def _axes(equation: Equation) -> tuple[int, ...]:
    """The order of axes that a transpose gives."""
    return dict(equation.params).get("axes") or tuple(range(len(equation.target.shape)))[::-1]


def _turned(x: Operand, axes: Sequence[int]) -> Expression:
    """x with its axes in another order."""
    if list(axes) == sorted(axes):
        return x
    return Apply("T", (x,)) if len(axes) == 2 else Apply("transpose", (x,), (("axes", tuple(axes)),))


@on("T", "transpose")
def _one_transpose(scope: Scope, equation: Equation) -> Expression | None:
    """(xᵀ)ᵀ is x; in general, a transpose of a transpose is one. That of an array that is known may be there already."""
    (x,) = equation.inputs
    if isinstance(x, Constant) and isinstance(x.value, np.ndarray) and equation.primitive.name == "T":
        return Constant(np.ascontiguousarray(x.value.T), "c")
    inner = scope.made_by(x, "T", "transpose")
    if inner is None:
        return None
    return _turned(inner.inputs[0], [_axes(inner)[axis] for axis in _axes(equation)])


@on("T", "transpose")
def _transposed_product(scope: Scope, equation: Equation) -> Expression | None:
    """(Aᵀ B)ᵀ is Bᵀ A."""
    product = scope.made_by(equation.inputs[0], "matmul")
    ndim = len(equation.target.shape)
    swapped = (*range(ndim - 2), ndim - 1, ndim - 2)
    if product is None or not scope.used_once(product.target) or ndim < 2 or _axes(equation) != swapped:
        return None
    if any(len(each.shape) != ndim for each in product.inputs):
        return None
    turned = [scope.made_by(each, "T", "transpose") for each in product.inputs]
    if not any(each is not None and _axes(each) == swapped for each in turned):
        return None
    left, right = (
        inner.inputs[0] if inner is not None and _axes(inner) == swapped else _turned(each, swapped)
        for each, inner in zip(product.inputs, turned, strict=True)
    )
    return Apply("matmul", (right, left))


@in_derivative
@on("add", "subtract")
def added_part(scope: Scope, equation: Equation) -> Expression | None:
    """The error of an array that is written to is added to part by part: x + scatter(v) is x with v added there."""
    for x, other in (equation.inputs, equation.inputs[::-1])[: 2 if equation.primitive.name == "add" else 1]:
        whole = scope.equations.get(x.name) if isinstance(x, Symbol) else None
        part = scope.made_by(other, "scatter", "add_at")
        if (
            whole is not None
            and whole.primitive.writes
            and part is not None
            and whole.target.dtype == part.target.dtype
        ):
            v, *indices = part.inputs
            value: Expression = v if equation.primitive.name == "add" else Apply("negative", (v,))
            index = shifted(dict(part.params)["index"], 1)
            return Apply("added", (x, value, *indices), (("index", index),))
    return None


@in_derivative
@on("add")
def _all_rows(scope: Scope, equation: Equation) -> Expression | None:
    """x + scatter(v, 0) + scatter(w, 1), of an array of two rows, is x + stack(v, w); likewise for columns."""
    rest: list[Operand] = []
    rows: dict[tuple[int, int], Operand] = {}
    shape = equation.target.shape
    waiting = list(equation.inputs[::-1])
    while waiting:
        operand = waiting.pop()
        made = scope.made_by(operand, "add", "scatter") if scope.used_once(operand) else None
        if made is not None and made.primitive.name == "add" and made.target.shape == shape:
            waiting += made.inputs[::-1]
        elif made is None or (row := _row_of(made)) is None or row in rows:
            rest.append(operand)
        else:
            rows[row] = made.inputs[0]
    axis = next(iter(rows), (0, 0))[0]
    if not rows or sorted(rows) != [(axis, place) for place in range(int(shape[axis]))]:
        return None
    if is_sized((shape[axis],)):  # there may be other rows
        return None
    stacked = Apply("stack", tuple(rows[row] for row in sorted(rows)), (("axis", axis),))
    terms: tuple[Expression, ...] = (*rest, stacked)
    return functools.reduce(lambda before, term: Apply("add", (before, term)), terms)


def _row_of(scattered: Equation) -> tuple[int, int] | None:
    """The axis and the place of a scatter to one row, along the first axis, or along the last."""
    if scattered.primitive.name != "scatter":
        return None
    shape, parts = scattered.target.shape, dict(scattered.params)["index"].parts
    axis = 0 if len(parts) == 1 else len(shape) - 1
    if type(parts[-1]) is not int or (len(parts) > 1 and parts[:-1] != (Ellipsis,)):
        return None
    fits = scattered.inputs[0].shape == (*shape[:axis], *shape[axis + 1 :])
    return (axis, parts[-1] % int(shape[axis])) if fits else None


DEFINITIONS: tuple[RewriteRule, ...] = (
    becoming({"1 / (1 + exp(-z))": "sigmoid(z)", "sigmoid(z) * (1 - sigmoid(z))": "sigmoid_prime(z)"}),
    same,
    *RULES,
)
"""But a (1 − a), where σ(z) has the name a or is read twice, is cheaper as it is."""
CLEARED: tuple[RewriteRule, ...] = (
    factor_one, number_times_number, _number_first, _spread_number, _reshaped_number, broadcast_number, _bare_number,
    _shaped_once, minus_outwards, becoming({"x + -y": "x - y", "x - -y": "x + y"}), _one_transpose, _transposed_product,
    _all_rows, _one_condition, _sure_selection,
)  # fmt: skip
LIMITS: tuple[RewriteRule, ...] = (
    _like_terms,
    becoming(
        {"a * (x / a)": "x", "a * (s - x / a)": "a * s - x", "a * (x / a - s)": "x - a * s", "s / (a * x) * a": "s / x"}
    ),
    _divisor_cleared,
    _logistic_error,
    _share_error,
    _softmax_rule,
    _softmax_error,
)
"""Rules whose result is the limit where the expression is NaN: x − x, and a (x / a) where a is 0."""
READ: tuple[RewriteRule, ...] = (*DEFINITIONS, *map(in_derivative, (*CLEARED, *LIMITS, _one_power)), added_part)

TABLES["textbook"] = [(*READ, _nothing_left)]
