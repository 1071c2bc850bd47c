"""The last rules of the textbook form, by which a derivative that is simple already also reads well: one number stands before a
product, axes are added and dropped as people write it, and sums of sums are one.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.layout import canonical
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.rewrite import Apply, Expression, RewriteRule, Scope
from ..core.simplification import TABLES, in_derivative, is_number
from .algebra import becoming, on
from .fast_form import sum_of_sum
from .operations.indexing import Index
from .sizes import one_over

_LINEAR = ("reshape", "getitem", "T", "transpose", "sum", "scatter")
"""Operations on one operand before which a number may be written as well as within."""


# ---- numbers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Product:
    """A number times a numerator over a denominator, either of which may be absent; and how many numbers it was written with."""

    number: Any = 1.0
    above: Expression | None = None
    below: Expression | None = None
    written: int = 0

    def times(self, other: _Product) -> _Product:
        """The product of two."""
        one, two = (self, other) if self.above is not None or other.above is None else (other, self)
        above, below = one.above, _joined("multiply", one.below, two.below)
        if two.above is not None:
            above, below = Apply("multiply", (_quotient(self), _quotient(other))), None
        elif above is not None and below is not None:
            above, below = Apply("divide", (above, below)), None
        return _Product(self.number * other.number, above, below, self.written + other.written)


def _joined(name: str, one: Expression | None, other: Expression | None) -> Expression | None:
    return Apply(name, (one, other)) if one is not None and other is not None else one or other


def _quotient(product: _Product) -> Expression:
    """The product without its number."""
    above = Constant(1.0) if product.above is None else product.above
    return above if product.below is None else Apply("divide", (above, product.below))


def _value(number: Constant) -> Any:
    """A number, which may be made of sizes, or an array without axes."""
    return number.value.item() if isinstance(number.value, (np.ndarray, np.generic)) else number.value


def _product(scope: Scope, operand: Operand) -> _Product:
    """An operand, looking through unnamed products and quotients that nothing else reads."""
    if is_number(operand):
        assert isinstance(operand, Constant)
        return _Product(_value(operand), written=1)
    own = (
        isinstance(operand, Symbol) and operand.kind == "temporary" and scope.used_once(operand)
    )  # an error keeps its line
    made = scope.made_by(operand, "multiply", "divide", "negative", *_LINEAR) if own else None
    return _Product(above=operand) if made is None else _factors(scope, made)


def _factors(scope: Scope, equation: Equation) -> _Product:
    name, inputs = equation.primitive.name, equation.inputs
    first = _product(scope, inputs[0])
    if name == "negative":
        return _Product(-first.number, first.above, first.below, first.written + 1)
    if name in _LINEAR:
        if not first.written:
            return _Product(above=equation.target)
        return _Product(first.number, Apply(name, (_quotient(first),), equation.params), None, first.written)
    second = _product(scope, inputs[1])
    if name == "multiply":
        return first.times(second)
    if second.number == 0:
        return _Product(above=equation.target)
    turned = _Product(1 / second.number, None, _quotient(second), second.written)
    turned = _Product(1 / second.number, second.below, second.above, second.written) if second.above is None else turned
    return first.times(turned)


@on("multiply", "divide", "negative")
def _one_number(scope: Scope, equation: Equation) -> Expression | None:
    """2 (a / (2 b)) is a / b, (−½ x) (2 y) is −x y, and x (2 y) is 2 x y: the numbers of a product are one, in front."""
    if equation.target.dtype.kind != "f":
        return None
    product = _factors(scope, equation)
    number = product.number
    if _is_one_number(scope, equation) or product.above is None or not number or not 1e-150 < abs(number) < 1e150:
        return None
    return _numbered(number, _quotient(product))


def _is_one_number(scope: Scope, equation: Equation) -> bool:
    """Whether the only number stands before a product or under it; −x / m has one, too."""
    if equation.primitive.name == "negative":
        under = scope.made_by(equation.inputs[0], "divide")
        if under is None or not is_number(under.inputs[1]):
            return not _product(scope, equation.inputs[0]).written
        equation = under
    numbers = list(map(is_number, equation.inputs))
    if not any(numbers):
        return not any(_product(scope, each).written for each in equation.inputs)
    return not _product(scope, equation.inputs[numbers.index(False)]).written if not all(numbers) else True


def _numbered(number: Any, rest: Expression) -> Expression:
    """A number times an expression, as c x; as x / m where c is 1 / m, and m is shorter to write."""
    if number in (1, -1):
        return rest if number == 1 else Apply("negative", (rest,))
    sign, size = (-1, -number) if number < 0 else (1, number)
    m = one_over(size)
    if m is not None and (type(size) is not float or len(repr(size)) > _LONG):
        found = Apply("divide", (rest, Constant(m)))
        return found if sign > 0 else Apply("negative", (found,))
    return Apply("multiply", (Constant(int(number) if type(number) is float and number.is_integer() else number), rest))


@on("multiply")
def _number_before(scope: Scope, equation: Equation) -> Expression | None:
    """x c is c x, and c x is x / m where that is shorter."""
    for number, other in (equation.inputs, equation.inputs[::-1]):
        if is_number(number) and not is_number(other) and equation.target.dtype.kind == "f":
            assert isinstance(number, Constant)
            found = _numbered(_value(number), other)
            if isinstance(found, Apply) and found.name == "multiply":
                return Apply("multiply", (number, other)) if other is equation.inputs[0] else None
            return found
    return None


_LONG = 6  # characters of a number that is no short decimal


# ---- axes ------------------------------------------------------------------------------------------------------------


@on("reshape")
def _axes_by_index(scope: Scope, equation: Equation) -> Expression | None:
    """A reshape that only adds axes of one place, or drops them, is an index: `x[:, None]`, `x[:, 0]`."""
    (x,) = equation.inputs
    old, new = [int(size) for size in x.shape], [int(size) for size in equation.target.shape]
    if not old or 0 in old or [size for size in old if size != 1] != [size for size in new if size != 1]:
        return None
    parts: list[Any] = []
    for size in new:
        if size == 1 and (not old or old[0] != 1):
            parts.append(None)
            continue
        while old[0] != size:  # axes of one place that are dropped
            parts.append(0)
            old.pop(0)
        parts.append((None, None, None))
        old.pop(0)
    parts += [0] * len(old)
    while parts and parts[-1] == (None, None, None):
        parts.pop()
    return Apply("getitem", (x,), (("index", Index(tuple(parts))),)) if parts else None


@on("reshape")
def _axes_within(scope: Scope, equation: Equation) -> Expression | None:
    """The axes of a product of which each factor has a form without them: (Σ x · y[:, None])[:, 0] is Σ x · y."""
    (x,) = equation.inputs
    made = scope.made_by(x, *_ELEMENTWISE) if scope.used_once(x) else None
    found = _without_axes(scope, made, equation) if made is not None else None
    return found if isinstance(found, Apply) else None


_ELEMENTWISE = ("multiply", "divide", "negative", "power", "square", "sqrt", "add", "subtract")


def _without_axes(scope: Scope, made: Equation, equation: Equation) -> Expression | None:
    """What is elementwise, of operands in the shape of a reshape of it; `None` if some have none there."""
    operands: list[Expression] = []
    for each in made.inputs:
        own = scope.equations.get(each.name) if isinstance(each, Symbol) and each.kind == "temporary" else None
        if is_number(each):
            operands.append(each)
        elif own is None or own.target.shape != made.target.shape:
            return None
        elif own.primitive.name in ("reshape", "getitem") and own.inputs[0].shape == equation.target.shape:
            if math.prod(own.inputs[0].shape) != math.prod(own.target.shape) or "::" in str(own.params):
                return None
            operands.append(own.inputs[0])
        elif own.primitive.name == "sum" and dict(own.params)["keepdims"] and scope.used_once(each):
            operands.append(Apply("sum", own.inputs, (("axis", dict(own.params)["axis"]), ("keepdims", False))))
        elif own.primitive.name in _ELEMENTWISE and scope.used_once(each):
            within = _without_axes(scope, own, equation)
            if within is None:
                return None
            operands.append(within)
        else:
            return None
    return Apply(made.primitive.name, tuple(operands), made.params)


# ---- places ----------------------------------------------------------------------------------------------------------


@on("add", "subtract")
def _one_place(scope: Scope, equation: Equation) -> Expression | None:
    """What is put at the same place is added before: (p + scatter(v)) + scatter(w) is p + scatter(v + w)."""
    name, (first, second) = equation.primitive.name, equation.inputs
    other = scope.made_by(second, "scatter") if scope.used_once(second) else None
    if other is None:
        return None
    one = scope.made_by(first, "scatter") if scope.used_once(first) else None
    if one is not None:
        return _put_together(name, one, other)
    before = scope.made_by(first, "add", "subtract") if scope.used_once(first) else None
    last = (
        scope.made_by(before.inputs[1], "scatter") if before is not None and scope.used_once(before.inputs[1]) else None
    )
    if before is None or last is None or before.primitive.name == "subtract":
        return None
    together = _put_together(name, last, other)
    return None if together is None else Apply("add", (before.inputs[0], together))


def _put_together(name: str, one: Equation, other: Equation) -> Expression | None:
    if one.params != other.params or one.inputs[0].shape != other.inputs[0].shape:
        return None
    return Apply("scatter", (Apply(name, (one.inputs[0], other.inputs[0])),), one.params)


LEGIBLE: tuple[RewriteRule, ...] = tuple(
    map(
        in_derivative,
        (
            _one_number,
            _number_before,
            _axes_within,
            _axes_by_index,
            sum_of_sum,
            _one_place,
            becoming({"-(x - y)": "y - x", "a * x ** 2 / x": "a * x"}),
        ),
    )
)

TABLES["textbook"].append(LEGIBLE)


# ---- views -----------------------------------------------------------------------------------------------------------


def views_apart(program: Program) -> Program:
    """The program, in which a view of something named, as `x[1:]` or `L.T`, is made for each use, so that it is written there."""

    @functools.cache
    def apart(part: Any) -> Any:
        equations = tuple(
            replace(each, params=tuple((name, apart(v) if isinstance(v, Program) else v) for name, v in each.params))
            for each in part.equations
        )
        return canonical(_apart(replace(part, equations=equations)), final=True)

    found: Program = apart(program)
    return found.check()


def _apart(part: Program) -> Program:
    uses = Counter(operand.name for operand in part.operands() if isinstance(operand, Symbol))
    ends = {each.name for each in (*part.outputs, *(condition.symbol for condition in part.conditions))}
    written = {each.inputs[0].name for each in part.equations if each.primitive.writes}
    for each in part.equations:  # what a loop carries on, it may write to
        for block in (value for _, value in each.params if isinstance(value, Program)):
            written |= {operand.name for operand in each.inputs} - {
                operand.name for operand in block.again(each.inputs)
            }
    if not part.name.isidentifier():
        written |= {each.name for each in part.inputs} - {each.name for each in part.again(part.inputs)} | ends
    views = {
        each.target.name
        for each in part.equations
        if each.primitive.name in ("getitem", "T") and each.target.kind == "temporary" and uses[each.target.name] > 1
        if isinstance(each.inputs[0], Symbol) and each.inputs[0].kind != "temporary"
        if each.inputs[0].name not in written and each.target.name not in ends | written
    }
    made = {each.target.name: each for each in part.equations if each.target.name in views}
    equations: list[Equation] = []
    fresh = itertools.count(1)
    for each in part.equations:
        inputs = list(each.inputs)
        for place, operand in enumerate(inputs):
            view = made.get(operand.name)
            if view is None:
                continue
            if operand.name in views:  # the first use
                views.discard(operand.name)
                continue
            again = replace(view.target, name=f"·{next(fresh)}")
            inputs[place] = again
            equations.append(replace(view, targets=(again,)))
        equations.append(replace(each, inputs=tuple(inputs)))
    return replace(part, equations=tuple(equations))
