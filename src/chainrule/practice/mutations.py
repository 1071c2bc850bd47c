"""The table of mistakes that learners make in a derivative: each is one function, which says where in a program it can be
made and what is computed then, and has its words.

A mistake that comes first in the table is taken first where several give the same numbers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..core.dims import Shape
from ..core.messages import Message, message
from ..core.nouns import Constant, Equation, Operand, Symbol
from ..core.template import Piece
from .composites import Composite, composites
from .forms import Change, Form


@dataclass(frozen=True)
class Mutant:
    """A mistake at one place of a program.

    Attributes:
        changes: What is computed instead, by the equation's position.
        words: The values for the places of the mutation's sentence.
        habit: Equal for mistakes that are one habit, made in every layer.
    """

    changes: Mapping[int, Change]
    words: Mapping[str, object]
    habit: tuple[object, ...] = ()


Maker: TypeAlias = Callable[[Form], Iterator[Mutant]]


@dataclass(frozen=True)
class Mutation:
    """A mistake that learners make.

    Attributes:
        name: What it is called in `Mistake.name`.
        words: Its sentence, with places.
        mutants: Where a program can have it.
    """

    name: str
    words: Message
    mutants: Maker


_PLAIN = ("identity", "astype", "negative")  # no functions to a reader
_MASKED = ("relu", "maximum", "where")
SLOPED = (*_MASKED, "sigmoid", "tanh", "exp", "divide", "power", "square", "softmax", "absolute", "log", "negative")
_WIDEST = 70
_MASKS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")


def _each(form: Form, *names: str, backward: bool | None = True) -> Iterator[tuple[int, Equation]]:
    """The equations with these operations, in the derivative, in the function, or in both."""
    for number, each in enumerate(form.program.equations):
        if each.primitive.name in names and (backward is None or (number in form.backward) == backward):
            yield number, each


def _one(form: Form, number: int, change: Change, *habit: object, **words: object) -> Mutant:
    made = form.program.equations[number]
    alike = (made.primitive.name, made.origin.rule, number in form.backward, *habit)
    return Mutant({number: change}, {"symbol": form.named(number), **words}, alike)


def _after(equation: Equation, what: Callable[[Any, Sequence[Any]], Any]) -> Change:
    """What is made of an equation's result and its operands."""
    function = _function(equation)
    return lambda x, _: what(function(*x), x)


def _value(name: str) -> Change:
    """Another symbol's value."""
    return lambda _, values: values[name]


def _operand(place: int, sign: int = 1) -> Change:
    """One of the operands, in the shape that it has beside the others."""
    return lambda x, _: np.broadcast_to(sign * x[place], np.broadcast_shapes(*(np.shape(each) for each in x)))


def sign(form: Form) -> Iterator[Mutant]:
    """An error or a gradient has the other sign."""
    for number, each in enumerate(form.program.equations):
        if each.target.kind in ("error", "gradient") and len(each.targets) == 1:
            yield _one(form, number, _after(each, lambda y, _: -y))


def slope(form: Form) -> Iterator[Mutant]:
    """The error goes through a function as if its slope were 1."""
    for number, each, before in _through(form, SLOPED):
        yield _one(form, number, _value(before), function=each.origin.derivative_of, error=before)


def value_for_slope(form: Form) -> Iterator[Mutant]:
    """The error is multiplied by a function's value, where its slope belongs."""
    for number, each, before in _through(form, SLOPED):
        name = each.origin.derivative_of
        made = form.program.equations[form.made_at[name]] if form.made_at.get(name, number) < number else None
        if made is not None and each.origin.rule != "exp":  # which is its own slope
            yield _one(form, number, _product(before, name), function=name)
            if made.primitive.elementwise and len(made.inputs) == 1:
                again = made.primitive.python.write([Piece(name)], dict(made.params), made.primitive.params).text
                yield _one(form, number, _product(before, name, _function(made)), "again", function=again)


def _product(one: str, other: str, function: Callable[..., Any] = np.asarray) -> Change:
    return lambda _, values: values[one] * function(values[other])


def brackets(form: Form) -> Iterator[Mutant]:
    """Brackets are missing: of a sum or a difference only the first part is multiplied, or only the last."""
    for number, place, made in _multiplied_sums(form):
        for last in (True, False):
            change = _part_by(place, made, lambda _x, _values: 1.0, last)
            yield _one(form, number, change, place, last, part=form.text(made.target))


def in_one_part(form: Form) -> Iterator[Mutant]:
    """Of a sum that is multiplied, one part is multiplied by another symbol."""
    for number, place, made in _multiplied_sums(form):
        factor = form.program.equations[number].inputs[1 - place]
        for other in _others(form, number, factor):
            for last in (False, True):
                change = _part_by(place, made, _value(other.name), last)
                yield _one(form, number, change, place, last, other=other.name, right=form.text(factor))


def twice_in_one_part(form: Form) -> Iterator[Mutant]:
    """Of a sum that is multiplied, one part is multiplied twice."""
    for number, place, made in _multiplied_sums(form):
        factor = form.program.equations[number].inputs[1 - place]
        for last in (False, True):
            yield _one(
                form, number, _part_by(place, made, _squared(place), last), place, last, factor=form.text(factor)
            )


def _squared(place: int) -> Change:
    return lambda x, _: x[1 - place] ** 2


def _multiplied_sums(form: Form) -> Iterator[tuple[int, int, Equation]]:
    """The products with a factor that is a sum or a difference: the equation's position, the factor's place, what makes it."""
    for number, each in _each(form, "multiply"):
        for place, operand in enumerate(each.inputs):
            made = form.equation_of(operand)
            if made is not None and made.primitive.name in ("add", "subtract"):
                yield number, place, made


def _others(form: Form, number: int, operand: Operand) -> Iterator[Symbol]:
    """The symbols of the same shape that are known before an equation."""
    made = [t for each in form.program.equations[:number] for t in each.targets if t.kind != "temporary"]
    for other in (*form.program.inputs, *made):
        if other.shape == operand.shape and other != operand:
            yield other


def _part_by(place: int, made: Equation, factor: Change, last: bool) -> Change:
    """One part of a sum, the first or the last, times another factor."""
    sign = -1 if made.primitive.name == "subtract" else 1
    names = [(each.name, None) if isinstance(each, Symbol) else ("", each.value) for each in made.inputs]

    def change(x: Any, values: Mapping[str, Any]) -> Any:
        parts = [values[name] if name else value for name, value in names]
        by = [x[1 - place], x[1 - place]]
        by[last] = factor(x, values)
        return by[0] * parts[0] + sign * by[1] * parts[1]

    return change


def divided(form: Form) -> Iterator[Mutant]:
    """A quotient stands where a product belongs."""
    divisors = _divisors(form)
    for number, each in _each(form, "multiply"):
        for place in (1, 0) if each.target not in divisors else ():
            yield _one(form, number, _quotient(place), place, factor=form.text(each.inputs[place]))


def _divisors(form: Form) -> set[Operand]:
    """What something is divided by."""
    return {each.inputs[1] for each in form.program.equations if each.primitive.name == "divide"}


def _quotient(place: int) -> Change:
    return lambda x, _: x[1 - place] / x[place]


def again(form: Form) -> Iterator[Mutant]:
    """An error has a slope too many, that of a function whose value has a name."""
    known: list[Symbol] = []
    for number, each in enumerate(form.program.equations):
        if each.target.kind in ("error", "gradient"):
            for other in known:
                if other.shape == each.target.shape and len(each.targets) == 1:
                    for text, slope in _SLOPES.items():
                        yield _one(
                            form, number, _times(_function(each), other.name, slope), factor=text.format(a=other.name)
                        )
        known += [target for target in each.targets if target.kind == "named"]


_SLOPES: dict[str, Callable[[Any], Any]] = {
    "{a} * (1 - {a})": lambda a: a * (1 - a),
    "(1 - {a} ** 2)": lambda a: 1 - a**2,
}
"""Of functions whose slope is made from their value, by how it is written."""


def _times(function: Callable[..., Any], name: str, slope: Callable[[Any], Any]) -> Change:
    return lambda x, values: function(*x) * slope(values[name])


def other_slope(form: Form) -> Iterator[Mutant]:
    """A factor is the slope of another function, made from a value that has a name."""
    known: list[Symbol] = []
    for number, each in enumerate(form.program.equations):
        if number in form.backward and each.primitive.name == "multiply":
            for place, operand in enumerate(each.inputs):
                if isinstance(operand, Symbol) and operand.kind == "temporary":
                    for other in known:
                        for text, slope in _SLOPES.items() if other.shape == operand.shape else ():
                            if _is_alike(text, form.text(operand)):  # then another symbol stands in it
                                continue
                            yield _one(
                                form, number, _instead(place, other.name, slope),
                                *_step("", other.name)[:2], text,
                                factor=text.format(a=other.name), right=form.text(operand),
                            )  # fmt: skip
        known += [target for target in each.targets if target.kind == "named"]


def _is_alike(slope: str, text: str) -> bool:
    """Whether a slope is written as another one, but for the symbol in it."""
    written = re.escape(slope).replace(re.escape("{a}"), r"\w+").replace("1", r"1(\.0)?")
    text = re.sub(r"\b(\w+) \* \1\b", r"\1 ** 2", text)
    return re.fullmatch(written, f"({text})") is not None or re.fullmatch(written, text) is not None


def _instead(place: int, name: str, slope: Callable[[Any], Any]) -> Change:
    return lambda x, values: x[1 - place] * slope(values[name])


def twice_applied(form: Form) -> Iterator[Mutant]:
    """A slope is made from f(f(z)), where f(z) or z belongs: a function of z was given f(z)."""
    for number, each in enumerate(form.program.equations):
        name = each.origin.derivative_of
        made = form.made_at.get(name)
        if number not in form.backward or made is None:
            continue
        value = form.program.equations[made]
        if not value.primitive.elementwise or len(value.inputs) != 1 or value.target not in each.inputs:
            continue
        places = [place for place, found in enumerate(each.inputs) if found == value.target]
        again = value.primitive.python.write([Piece(name)], dict(value.params), value.primitive.params).text
        change = _applied(_function(each), places, _function(value))
        yield _one(form, number, change, other=again, right=name)


def _applied(function: Callable[..., Any], places: Sequence[int], before: Callable[..., Any]) -> Change:
    return lambda x, _: function(*(before(each) if place in places else each for place, each in enumerate(x)))


def slope_at_the_value(form: Form) -> Iterator[Mutant]:
    """The slope of a function that is made of several operations is taken at its value."""
    for number, made, again in _composites(form):

        def at_the_value(values: Mapping[str, Any], made: Composite = made) -> Any:
            return made.slope(values, made.value(values))

        yield _one(form, number, again(at_the_value), other=made.text(made.result), right=made.start.name)


def inner_slope(form: Form) -> Iterator[Mutant]:
    """Of a function that is made of several operations, the slope of an inner one is left out."""
    for number, made, again in _composites(form):
        for inner in made.inner:

            def slope(values: Mapping[str, Any], made: Composite = made, inner: Symbol = inner) -> Any:
                at = values[made.start.name]
                outer = made.slope(values, at, start=inner.name)
                return made.slope(values, at) + outer * (1 - made.slope(values, at, of=inner.name))

            yield _one(form, number, again(slope), inner.name, function=made.text(inner))


def _composites(form: Form) -> Iterator[tuple[int, Composite, Callable[[Callable[[Mapping[str, Any]], Any]], Change]]]:
    """The equations of errors behind such functions, and what gives such an error another slope."""
    for made in composites(form.function) if form.function else ():
        for name in (f"δ_{made.start.name}", f"dC_d{made.start.name}"):
            number = form.made_at.get(name, -1)
            if number in form.backward:
                function = _function(form.program.equations[number])

                def again(
                    slope: Callable[[Mapping[str, Any]], Any], f: Any = function, made: Composite = made
                ) -> Change:
                    return lambda x, values: f(*x) * slope(values) / made.slope(values, values[made.start.name])

                yield number, made, again


def from_weights(form: Form) -> Iterator[Mutant]:
    """A bias's gradient is the sum of the weights' gradient, along the axis of the examples."""
    for number, each in _each(form, "sum"):
        for made in form.program.equations:
            if made.primitive.name == "matmul" and made.target.kind == "gradient" and each.inputs[0] in made.inputs:
                turned = [form.equation_of(operand) for operand in made.inputs]
                for place, found in enumerate(turned):
                    if found is not None and found.primitive.name == "T" and isinstance(found.inputs[0], Symbol):
                        change = _summed_product(_function(each), found.inputs[0].name, place)
                        yield _one(form, number, change, other=made.target.name)


def _summed_product(function: Callable[..., Any], name: str, place: int) -> Change:
    def change(x: Any, values: Mapping[str, Any]) -> Any:
        other = np.transpose(values[name])
        return function(x[0] @ other if place else other @ x[0])

    return change


def mask(form: Form) -> Iterator[Mutant]:
    """The error passes where it should stop."""
    for number, each, before in _through(form, _MASKED):
        function = _function(each)

        def change(x: Any, values: Mapping[str, Any], f: Any = function, before: str = before) -> Any:
            return values[before] - f(*x)

        yield _one(form, number, change)
    for number, each in _each(form, *_MASKS):
        yield _one(form, number, _after(each, lambda y, _: np.logical_not(y)))


def _through(form: Form, rules: Container[str]) -> Iterator[tuple[int, Equation, str]]:
    """The equations of errors behind functions with these rules, and the name of the error before."""
    for number, each in enumerate(form.program.equations):
        before = f"δ_{each.origin.derivative_of}"
        known = each.target.kind in ("error", "gradient") and form.made_at.get(before, number) < number
        if known and each.origin.rule in rules and each.primitive.name != "add":  # of one path alone
            yield number, each, before


def transpose(form: Form) -> Iterator[Mutant]:
    """A matrix is not transposed."""
    for number, each in _each(form, "T", "transpose"):
        yield _one(form, number, lambda x, _: x[0], factor=form.text(each.inputs[0]))


def order(form: Form) -> Iterator[Mutant]:
    """The factors of a matrix product stand the other way round."""
    for number, _ in _each(form, "matmul"):
        yield _one(form, number, lambda x, _: x[1] @ x[0])


def elementwise(form: Form) -> Iterator[Mutant]:
    """`*` stands for `@`."""
    for number, _ in _each(form, "matmul", "outer", backward=None):
        yield _one(form, number, lambda x, _: x[0] * x[1])


def factor(form: Form) -> Iterator[Mutant]:
    """A factor is left out."""
    for number, each in _each(form, "multiply", backward=None):
        for place in (1, 0):
            left = each.inputs[place]
            if not _is_sign(form, left):
                sign = -1 if isinstance(left, Constant) and np.all(np.asarray(left.value) < 0) else 1
                text = form.text(left).removeprefix("-") if sign < 0 else form.text(left)
                yield _one(form, number, _operand(1 - place, sign), place, factor=text)


def factor_throughout(form: Form) -> Iterator[Mutant]:
    """A factor is left out wherever the way back has it, also within products of the way forward that are used again."""
    for number, each in _each(form, "multiply", backward=False):
        for place in (1, 0):
            if each.inputs[place] in form.program.inputs:
                yield from _without(form, number, place)


def _without(form: Form, number: int, place: int) -> Iterator[Mutant]:
    left = form.program.equations[number].inputs[place]
    products = {form.program.equations[number].target: number}
    for position, each in _each(form, "multiply", "divide", backward=False):
        if each.inputs[0] in products:
            products[each.target] = position

    def made(operand: Operand, values: Mapping[str, Any]) -> Any:
        position = products.get(operand) if isinstance(operand, Symbol) else None
        return form.operand(operand)(values) if position is None else result(position, values)

    def result(position: int, values: Mapping[str, Any]) -> Any:
        each = form.program.equations[position]
        given = [made(operand, values) for operand in each.inputs]
        if each.primitive.name == "multiply" and left in each.inputs:
            return _operand(1 - each.inputs.index(left))(given, values)
        return _function(each)(*given)

    multiplied = [position for position, each in _each(form, "multiply") if left in each.inputs]
    used = [n for n in form.backward if not products.keys().isdisjoint(form.program.equations[n].inputs)]
    if multiplied and used:
        changes = {n: functools.partial(lambda n, _, values: result(n, values), n) for n in {*multiplied, *used}}
        yield Mutant(changes, {"symbol": form.named(multiplied[0]), "factor": form.text(left)}, (number, place))


def _is_sign(form: Form, operand: Operand) -> bool:
    """Whether a factor is 1 or −1, which only makes a part's sign."""
    return re.fullmatch(r"(np\.broadcast_to\()?-?1(\.0)?(, .*\))?", form.text(operand)) is not None


def divisor(form: Form) -> Iterator[Mutant]:
    """A quotient is not divided."""
    for number, each in _each(form, "divide", backward=None):
        yield _one(form, number, _operand(0), factor=form.text(each.inputs[1]))


def twice(form: Form) -> Iterator[Mutant]:
    """A factor or a divisor is there twice."""
    for number, each in _each(form, "multiply", "divide"):
        function = _function(each)
        for place in (1, 0) if each.primitive.name == "multiply" else (1,):

            def change(x: Any, _: Any, f: Any = function, place: int = place) -> Any:
                return f(f(*x), x[place])

            if not isinstance(each.inputs[place], Symbol) or _is_sign(form, each.inputs[place]):
                continue  # it is off by a number
            yield _one(form, number, change, place, factor=form.text(each.inputs[place]))


def multiplied(form: Form) -> Iterator[Mutant]:
    """A product stands where a quotient belongs."""
    for number, each in _each(form, "divide"):
        yield _one(form, number, lambda x, _: x[0] * x[1], factor=form.text(each.inputs[1]))
    divisors = _divisors(form)
    for number, each in _each(form, "multiply"):
        for place in (1, 0) if each.target in divisors else ():
            yield _one(form, number, _quotient(place), place, factor=form.text(each.inputs[place]))


def summand(form: Form) -> Iterator[Mutant]:
    """A part of a sum is left out."""
    for number, each in _each(form, "add", "subtract", backward=None):
        minus = each.primitive.name == "subtract"
        if any(isinstance(operand, Constant) for operand in each.inputs):  # then it is a factor that is left out
            continue
        yield _one(form, number, _operand(0), 1, part=_short(form.text(each.inputs[1])))
        yield _one(form, number, _operand(1, -1 if minus else 1), 0, part=_short(form.text(each.inputs[0])))


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST // 2].rstrip()} …"


def part_sign(form: Form) -> Iterator[Mutant]:
    """A part of a sum is added instead of subtracted, or the other way round."""
    parts: list[Operand] = []
    for number, each in _each(form, "add", "subtract"):
        parts += each.inputs
        for place, part in reversed(list(enumerate(each.inputs))):
            yield _one(form, number, _minus(_function(each), place), place, part=form.text(part))
    for number, each in _each(form, "negative"):
        uses = sum(other.inputs.count(each.target) for other in form.program.equations)
        if not (_is_sign(form, each.inputs[0]) or (uses == 1 and each.target in parts)):
            yield _one(form, number, lambda x, _: x[0], part=form.text(each.inputs[0]))


def _minus(function: Callable[..., Any], place: int) -> Change:
    """The function of the operands, of which one has the other sign."""
    return lambda x, _: function(*(-each if number == place else each for number, each in enumerate(x)))


def mean(form: Form) -> Iterator[Mutant]:
    """A mean is taken where a sum belongs."""
    for number, each in _each(form, "sum"):
        yield _one(form, number, _after(each, lambda y, x: y * (np.size(y) / max(np.size(x[0]), 1))))


def unsummed(form: Form) -> Iterator[Mutant]:
    """A sum is left out."""
    for number, _ in _each(form, "sum", "mean"):
        yield _one(form, number, lambda x, _: x[0])


def axis(form: Form) -> Iterator[Mutant]:
    """A sum, a mean or a maximum runs over another axis."""
    for number, each in _each(form, "sum", "mean", "max", backward=None):
        params, axes = dict(each.params), len(each.inputs[0].shape)
        for other in (*range(axes), None):
            if params.get("axis") != other and (axes > 1 or other is not None):
                function = each.primitive.function(tuple({**params, "axis": other}.items()), 1)
                along = message("all of them") if other is None else other
                yield _one(form, number, _calling(function), other, axis=along)


def only(form: Form) -> Iterator[Mutant]:
    """Only the last of the examples is counted, or only the first."""
    yield from _of_the_examples(form, {message("last"): slice(-1, None), message("first"): slice(0, 1)})


def shortened(form: Form) -> Iterator[Mutant]:
    """The last of the examples is not counted, or the first."""
    yield from _of_the_examples(form, {message("last"): slice(0, -1), message("first"): slice(1, None)})


def apart(form: Form) -> Iterator[Mutant]:
    """Of a product that sums over the examples, one factor is summed alone, and only the last of the other is taken."""
    for number, each in _each(form, "matmul"):
        first, second = (operand.shape for operand in each.inputs)
        if each.target.kind == "gradient" and len(first) in (1, 2) and len(second) in (1, 2):
            one, other = (form.text(operand) for operand in each.inputs)
            yield _one(form, number, lambda x, _: x[0].sum(-1, keepdims=x[1].ndim > 1) * x[1][-1], 0, factor=other)
            yield _one(form, number, lambda x, _: x[0][..., -1:] * x[1].sum(0), 1, factor=one)


def _of_the_examples(form: Form, places: Mapping[Message, slice]) -> Iterator[Mutant]:
    """Of the sum over examples some terms are counted: one habit in all gradients."""
    for number, each in _each(form, "sum", "matmul"):
        along = dict(each.params).get("axis")
        for which, place in places.items() if each.target.kind == "gradient" else ():
            if each.primitive.name == "matmul" and all(len(operand.shape) > 1 for operand in each.inputs):
                made = _one(form, number, _one_product(place), which=which)
            elif each.primitive.name == "sum" and isinstance(along, int):
                where = (slice(None),) * (along % len(each.inputs[0].shape)) + (place,)
                made = _one(form, number, _one_term(_function(each), where), which=which)
            else:
                continue
            yield Mutant(made.changes, made.words, (str(which),))


def _one_product(place: slice) -> Change:
    return lambda x, _: x[0][..., place] @ x[1][..., place, :]


def _one_term(function: Callable[..., Any], where: tuple[slice, ...]) -> Change:
    return lambda x, _: function(x[0][where])


def _calling(function: Callable[..., Any]) -> Change:
    return lambda x, _: function(*x)


def function(form: Form) -> Iterator[Mutant]:
    """A function of one number is left out."""
    for number, each in enumerate(form.program.equations):
        if each.primitive.elementwise and len(each.inputs) == 1 and each.primitive.name not in _PLAIN:
            yield _one(form, number, lambda x, _: x[0], function=form.written(each))
    for number, each in _each(form, "power", backward=None):
        if isinstance(each.inputs[-1], Symbol):
            yield _one(form, number, lambda x, _: x[0], function=form.written(each))


def flipped(form: Form) -> Iterator[Mutant]:
    """A kernel is not turned round."""
    for number, each in _each(form, "getitem", "scatter", backward=None):
        if each.inputs[0].shape == each.target.shape:
            yield _one(form, number, lambda x, _: x[0], factor=form.text(each.inputs[0]))


def turned(form: Form) -> Iterator[Mutant]:
    """A kernel is turned round where it should not be, or not where it should be."""
    for number, each in _each(form, "multiply"):
        for place, operand in enumerate(each.inputs):
            if operand in form.program.inputs and len(operand.shape) == 1 < operand.shape[0]:
                yield _one(form, number, _reversed(place), place, operand.name, factor=operand.name)
    for number, each in _each(form, "convolve"):
        for place in (0, 1):
            change = _reversed_first(_function(each), place)
            yield _one(form, number, change, place, factor=form.text(each.inputs[place]))
    # A convolution that is written as a loop is many equations: what slides is turned round in all that one gradient is made of.
    if not any(True for _ in _each(form, "getitem", "scatter", "put")):
        return
    for number in {
        form.made_at[each.name] for each in form.program.outputs if isinstance(each, Symbol)
    } & form.backward:
        for operand in form.program.inputs:
            if 1 <= len(operand.shape) <= 2 and min(operand.shape) > 1:
                yield _one(form, number, _reversed_throughout(form, number, operand), operand.name, factor=operand.name)


def _reversed_throughout(form: Form, number: int, operand: Symbol) -> Change:
    """What an equation gives if an input is turned round in it, and in all equations of the derivative before it."""
    using = [place for place in sorted(form.backward) if place <= number]

    def change(_: Any, values: Mapping[str, Any]) -> Any:
        turned_round = np.flip(values[operand.name])
        changes = {
            place: in_place(form, place, operand, turned_round)
            for place in using
            if operand in form.program.equations[place].inputs
        }
        target = form.program.equations[number].target.name
        changed = form.changed(dict(values), changes) if changes else None
        return values[target] if changed is None else changed[target]

    return change


def _reversed_first(function: Callable[..., Any], place: int) -> Change:
    return lambda x, _: function(*(each[::-1] if at == place else each for at, each in enumerate(x)))


def _reversed(place: int) -> Change:
    return lambda x, _: x[1 - place] * x[place][::-1]


def not_added(form: Form) -> Iterator[Mutant]:
    """What is added at places is written there instead, so that of several only one stays, the last or the first."""
    inner = {operand for _, each in _each(form, "add") for operand in each.inputs}
    for number, each in _each(form, "add"):
        parts = [] if each.target in inner else _added(form, each)
        scattered = [
            made for operand in parts if (made := form.equation_of(operand)) and made.primitive.name == "scatter"
        ]
        if len(parts) > 1 and scattered and len(set(parts)) == len(parts):
            filled: dict[Operand, Any] = {
                made.target: np.asarray(_function(made)(np.ones(made.inputs[0].shape))) != 0 for made in scattered
            }
            in_order = sorted(parts, key=lambda part: int(np.argmax(filled[part])) if part in filled else -1)
            for last in (True, False):
                for whole in (True, False):
                    change = _overwritten(form, in_order if last else in_order[::-1], filled if whole else {})
                    yield _one(form, number, change, last, whole)

    for number, each in _each(form, "put"):
        params = dict(each.params)
        yield _one(form, number, _put(params["axis"], params["shape"]))


def _put(axis: int, shape: Shape) -> Change:
    """Zeros, with values written at places of an axis."""

    def change(x: Any, _: Any) -> Any:
        made = np.zeros(shape)
        made[(slice(None),) * axis + (x[1],)] = x[0]
        return made

    return change


def _added(form: Form, equation: Equation) -> list[Operand]:
    """What is added in an equation and in those before it."""
    parts: list[Operand] = []
    for operand in equation.inputs:
        made = form.equation_of(operand)
        parts += _added(form, made) if made is not None and made.primitive.name == "add" else [operand]
    return parts


def _overwritten(form: Form, parts: Sequence[Operand], filled: Mapping[Operand, Any]) -> Change:
    """Each part written over those before it: where it is filled, or where it is not 0."""

    def change(_: Any, values: Mapping[str, Any]) -> Any:
        made: Any = 0.0
        for part in parts:
            value = form.operand(part)(values)
            made = np.where(filled.get(part, value != 0), value, made)
        return made

    return change


def symbol(form: Form) -> Iterator[Mutant]:
    """Another symbol of the same shape is used, in one equation or throughout one operation's derivative."""
    known: list[Symbol] = [*form.program.inputs]
    done: set[tuple[object, ...]] = set()
    for number, each in enumerate(form.program.equations):
        for operand in dict.fromkeys(each.inputs) if number in form.backward else ():
            if not isinstance(operand, Symbol):
                continue
            yield from _unmultiplied(form, number, operand)
            for other in known:
                along = each.primitive.name == "T" and other.shape[1:] == operand.shape[1:]  # of another layer
                if other.name == operand.name or (other.shape != operand.shape and not along):
                    continue
                if operand.kind == "temporary" and (not _beside(each, other) or "broadcast_to" in form.text(operand)):
                    continue
                if (
                    operand.kind == "temporary" and not operand.shape
                ):  # a setting without its divisor is off by a factor
                    continue
                group = (each.origin.derivative_of or number, each.origin.rule, operand.name, other.name)
                if group not in done:
                    done.add(group)
                    whole = _replaced(form, number, operand, other)
                    yield whole
                    for position in whole.changes if len(whole.changes) > 1 else ():
                        words = {**whole.words, "symbol": form.named(position)}
                        yield Mutant({position: whole.changes[position]}, words, (*whole.habit, position))
        known += [target for target in each.targets if target.kind != "temporary"]


def _beside(equation: Equation, other: Symbol) -> bool:
    """Whether a value without a name may be taken for a symbol: any factor, or an error that a matrix is multiplied with."""
    return equation.primitive.name == "multiply" or (equation.primitive.name == "matmul" and other.kind == "error")


def _unmultiplied(form: Form, number: int, operand: Symbol) -> Iterator[Mutant]:
    """A product is used here as it was before it was multiplied, a function of one number as if nothing stood in it."""
    each, made = form.program.equations[number], form.equation_of(operand)
    if made is None:
        return
    inner = each.primitive.elementwise and len(each.inputs) == 1 and made.primitive.elementwise
    if inner or (made.primitive.name == "multiply" and each.primitive.name in ("matmul", "sum")):
        places = [place for place, found in enumerate(each.inputs) if found == operand]
        for before in made.inputs:
            if isinstance(before, Symbol) and before.shape == operand.shape:
                change = _with(_function(each), places, before.name)
                yield _one(form, number, change, other=form.text(before), right=form.text(operand))


def _replaced(form: Form, number: int, operand: Symbol, other: Symbol) -> Mutant:
    """The other symbol wherever the equations of one operation's derivative have this one."""
    origin = form.program.equations[number].origin
    changes: dict[int, Change] = {}
    for position in sorted(form.backward):
        each = form.program.equations[position]
        alike = origin.derivative_of and each.origin == origin
        if position >= number and (position == number or alike) and operand in each.inputs:
            places = [place for place, found in enumerate(each.inputs) if found == operand]
            changes[position] = _with(_function(each), places, other.name)
    words = {"symbol": form.named(number), "other": other.name, "right": form.text(operand)}
    return Mutant(changes, words, (origin.rule, *_step(form.text(operand), other.name)))


def _with(function: Callable[..., Any], places: list[int], name: str) -> Change:
    def change(x: Any, values: Mapping[str, Any]) -> Any:
        return function(*(values[name] if place in places else each for place, each in enumerate(x)))

    return change


def in_place(form: Form, number: int, symbol: Symbol, value: Any) -> Change:
    """What an equation gives with another value for a symbol."""
    each = form.program.equations[number]
    function = _function(each)
    places = [place for place, found in enumerate(each.inputs) if found == symbol]
    return lambda x, _: function(*(value if place in places else given for place, given in enumerate(x)))


def _step(right: str, other: str) -> tuple[object, ...]:
    """What is alike in taking a1 for z1 and a2 for z2: the letters, and how far apart the numbers are."""
    letters = tuple(re.sub(r"\d+", "", each) for each in (right, other))
    numbers = [int(found[-1]) if (found := re.findall(r"\d+", each)) else 0 for each in (right, other)]
    return (*letters, numbers[1] - numbers[0])


def _function(equation: Equation) -> Callable[..., Any]:
    return equation.primitive.function(equation.params, len(equation.inputs))


def other_cost(form: Form) -> Iterator[Mutant]:
    """Softmax's output minus the target, which is its slope together with the log-likelihood cost, stands for another cost's."""
    for start, output in _softmaxes(form.function.equations if form.function else ()):
        for name in (f"δ_{start.name}", f"dC_d{start.name}"):
            number = form.made_at.get(name, -1)
            for target in form.program.inputs if number in form.backward else ():
                if target.shape == output.shape and target != start:
                    formula = f"{output.name} - {target.name}"
                    cost = f"-np.sum({target.name} * np.log({output.name}))"
                    yield _one(form, number, _difference(output.name, target.name), formula=formula, cost=cost)


def _softmaxes(equations: Sequence[Equation]) -> Iterator[tuple[Symbol, Symbol]]:
    """What softmax is taken of and what it gives, where its logarithm is not used."""
    made: dict[Operand, Equation] = {target: each for each in equations for target in each.targets}
    logged = {operand for each in equations if each.primitive.name == "log" for operand in each.inputs}
    for each in equations:
        if each.primitive.name != "divide" or each.target.kind == "temporary" or each.target in logged:
            continue
        exponentials, total = each.inputs
        while total in made and made[total].primitive.name in ("reshape", "broadcast_to"):
            total = made[total].inputs[0]
        is_total = total in made and made[total].primitive.name == "sum" and made[total].inputs[0] == exponentials
        if not is_total or exponentials not in made or made[exponentials].primitive.name != "exp":
            continue
        start = made[exponentials].inputs[0]
        if start in made and made[start].primitive.name == "subtract":  # its largest number is taken away first
            start = made[start].inputs[0]
        if isinstance(start, Symbol):
            yield start, each.target


def _difference(one: str, other: str) -> Change:
    return lambda _, values: values[one] - values[other]


INSTEAD = message("{symbol} is made with {other}, where {right} belongs.")

MUTATIONS: tuple[Mutation, ...] = (
    Mutation("slope", message("The slope of {function} is left out: {symbol} is still {error}."), slope),
    Mutation("symbol", message("{symbol} is made with {function}, where its slope belongs."), value_for_slope),
    Mutation("sign", message("{symbol} has the wrong sign."), sign),
    Mutation("transpose", message("{factor} is not transposed in {symbol}."), transpose),
    Mutation("order", message("The factors of the matrix product in {symbol} stand the wrong way round."), order),
    Mutation("elementwise", message("* stands in {symbol} where @ belongs, the matrix product."), elementwise),
    Mutation("divisor", message("{symbol} is not divided by {factor}."), divisor),
    Mutation("summand", message("The part {part} is left out in {symbol}."), summand),
    Mutation("factor", message("The factor {factor} is left out in {symbol}."), factor),
    Mutation("factor", message("The factor {factor} is left out in {symbol}."), factor_throughout),
    Mutation("mask", message("{symbol} passes where it should stop, and stops where it should pass."), mask),
    Mutation("function", message("{function} is left out in {symbol}: what stands in it is used as it is."), function),
    Mutation("unsummed", message("The sum in {symbol} is left out."), unsummed),
    Mutation("mean", message("{symbol} is a mean, where it should be a sum."), mean),
    Mutation("axis", message("The sum in {symbol} runs over the wrong axis: {axis}."), axis),
    Mutation("only", message("Of the sum in {symbol} only the {which} term is there."), only),
    Mutation("only", message("Of the sum in {symbol} the {which} term is missing."), shortened),
    Mutation("again", message("{symbol} has a slope too many: {factor}."), again),
    Mutation("divided", message("{symbol} is divided by {factor}, where it should be multiplied."), divided),
    Mutation("other-slope", message("{symbol} has {factor} for a slope, where {right} belongs."), other_slope),
    Mutation("brackets", message("Brackets are missing around {part} in {symbol}."), brackets),
    Mutation(
        "only",
        message("{symbol} is multiplied by {factor} after the sum, so that only the last of {factor} counts."),
        apart,
    ),
    Mutation("twice", message("{factor} is there twice in {symbol}."), twice),
    Mutation("multiplied", message("{symbol} is multiplied by {factor}, where it should be divided."), multiplied),
    Mutation("part-sign", message("The part {part} has the wrong sign in {symbol}."), part_sign),
    Mutation("symbol", INSTEAD, twice_applied),
    Mutation("symbol", INSTEAD, slope_at_the_value),
    Mutation("slope", message("The slope of {function} is left out in {symbol}."), inner_slope),
    Mutation("symbol", INSTEAD, in_one_part),
    Mutation("twice", message("{factor} is there twice in one part of {symbol}."), twice_in_one_part),
    Mutation("from-weights", message("{symbol} is the sum of {other}, where it is that of the error."), from_weights),
    Mutation("flipped", message("{factor} is not turned round in {symbol}."), flipped),
    Mutation("flipped", message("{factor} is the wrong way round in {symbol}."), turned),
    Mutation("not-added", message("What should be added in {symbol} is written over what is there."), not_added),
    Mutation("symbol", INSTEAD, symbol),
    Mutation("other-cost", message("{symbol} is {formula}, which is right only for the cost {cost}."), other_cost),
)
"""All mistakes, the likeliest first."""
WORDS: Mapping[str, Message] = {
    **{each.name: each.words for each in reversed(MUTATIONS)},
    "scale": message("Yours is {factor} times what is right in {symbols}."),
}
"""The sentences by the names of mistakes."""
