"""Sizes of arguments as symbols in the text of a derivative, so that it fits other sizes, too: `2 / n` in the place of `0.2`.

While `sizes_kept()` a traced function is given arguments whose sizes remember where they come from, and so do the numbers that
arithmetic makes of them. They are `int`s and `float`s in every other respect.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

import numpy as np

from ..core.binding import infer
from ..core.dims import Dim, Shape
from ..core.layout import Node
from ..core.location import is_library
from ..core.nouns import TEXTS, Constant, Equation, Operand, Program, Symbol
from ..core.python import Rows
from ..core.structure import flatten
from ..core.template import ATOM, PRODUCT, SUM, UNARY, Piece
from ..core.traced import Tape, Traced, current
from ..core.tracing import LEAF_TYPES
from .notation import Spelled, written
from .symbol_names import COUNTERS, SIZES

_FACTORS = 4
"""A number of more factors is written as a number."""


@dataclass(frozen=True)
class Axis:
    """An axis of an input, whose size it stands for."""

    input: str
    axis: int
    name: str = ""  # the user's


@dataclass(frozen=True)
class Sum:
    """A sum of numbers; one without sizes is the last."""

    parts: tuple[Terms, ...]

    @property
    def value(self) -> int | float:
        """The number that it is."""
        return sum(each.value for each in self.parts)

    def piece(self, name_of: Callable[[Axis], str]) -> Piece:
        """It as Python, with these names of sizes."""
        first, *rest = (each.piece(name_of).text for each in self.parts)
        added = (f" - {each[1:]}" if each.startswith("-") else f" + {each}" for each in rest)
        return Piece("".join([first, *added]), SUM)

    def tree(self, name_of: Callable[[Axis], str]) -> Node:
        """It as mathematics."""
        first, *rest = self.parts
        made = first.tree(name_of)
        for each in rest:
            less = each.number < 0
            made = written("subtract" if less else "add", made, (Terms(-1).times(each) if less else each).tree(name_of))
        return made

    def filled(self, terms_of: Callable[[Axis, int | float], Terms]) -> Terms:
        """It with other terms in the place of axes."""
        return functools.reduce(Terms.plus, (each.filled(terms_of) for each in self.parts))


@dataclass(frozen=True)
class Quotient:
    """A quotient that is rounded down."""

    parts: tuple[Terms, Terms]

    @property
    def value(self) -> int | float:
        """The number that it is."""
        return self.parts[0].value // self.parts[1].value

    def piece(self, name_of: Callable[[Axis], str]) -> Piece:
        """It as Python, with these names of sizes."""
        above, below = (each.piece(name_of) for each in self.parts)
        left = above.text if above.strength >= PRODUCT else f"({above.text})"
        return Piece(f"{left} // {below.text if below.strength > PRODUCT else f'({below.text})'}", PRODUCT, "//")

    def tree(self, name_of: Callable[[Axis], str]) -> Node:
        """It as mathematics."""
        return written("floor_divide", *(each.tree(name_of) for each in self.parts))

    def filled(self, terms_of: Callable[[Axis, int | float], Terms]) -> Terms:
        """It with other terms in the place of axes."""
        above, below = self.parts
        return above.filled(terms_of).over(below.filled(terms_of))


Factor: TypeAlias = Axis | Sum | Quotient


@dataclass(frozen=True)
class Terms:
    """A number times powers of factors: 2 n⁻¹ is a number 2 and a factor n with the power −1."""

    number: int | float
    factors: tuple[tuple[Factor, int | float, int | float], ...] = ()  # each with its value and power

    def times(self, other: Terms, power: int | float = 1) -> Terms:
        """The product with a power of another, or the quotient."""
        powers = {(factor, value): each for factor, value, each in self.factors}
        for factor, value, each in other.factors:
            powers[factor, value] = powers.get((factor, value), 0) + each * power
        number = self.number * other.number**power if power > 0 else self.number / other.number ** (-power)
        return Terms(number, tuple((*key, each) for key, each in powers.items() if each))

    def plus(self, other: Terms) -> Terms:
        """The sum."""
        numbers: dict[Any, int | float] = {}
        for each in (*self._summed(), *other._summed()):
            numbers[each.factors] = numbers.get(each.factors, 0) + each.number
        found = [Terms(number, factors) for factors, number in numbers.items() if number]
        found.sort(key=lambda each: not each.factors)
        return found[0] if len(found) == 1 else _one(Sum(tuple(found))) if found else Terms(0)

    def _summed(self) -> tuple[Terms, ...]:
        return self.alone.parts if isinstance(self.alone, Sum) else (self,)

    def over(self, other: Terms) -> Terms:
        """The quotient, rounded down."""
        return self.times(other, -1).whole or _one(Quotient((self, other)))

    @property
    def alone(self) -> Factor | None:
        """The factor that it is, if it is one and nothing else."""
        single = len(self.factors) == 1 and (self.number, self.factors[0][2]) == (1, 1)
        return self.factors[0][0] if single else None

    @property
    def whole(self) -> Terms | None:
        """It as a whole number, if nothing is divided in it."""
        exact = self.number == int(self.number) and all(power > 0 for _, _, power in self.factors)
        return Terms(int(self.number), self.factors) if exact else None

    @property
    def value(self) -> int | float:
        """The number that it is, computed as it is written."""
        above = math.prod((value**power for _, value, power in self.factors if power > 0), start=self.number)
        below = [value**-power for _, value, power in self.factors if power < 0]
        return above / math.prod(below) if below else above

    def piece(self, name_of: Callable[[Axis], str]) -> Piece:
        """It as Python, with these names of sizes."""
        if isinstance(self.alone, (Sum, Quotient)):
            return self.alone.piece(name_of)
        above = [self._factor(*each, name_of) for each in self.factors if each[2] > 0]
        below = [self._factor(factor, value, -power, name_of) for factor, value, power in self.factors if power < 0]
        number = int(self.number) if below and self.number == int(self.number) else self.number
        if number == -1 and above:
            above[0] = f"-{above[0]}"
        elif not above or number != 1 or (isinstance(number, float) and not below):
            above.insert(0, repr(number))
        text = " * ".join(above)
        if below:
            text += f" / ({' * '.join(below)})" if len(below) > 1 else f" / {below[0]}"
        if len(above) + len(below) > 1:
            return Piece(text, PRODUCT, "/" if below else "*")
        return Piece(text, UNARY if text.startswith("-") else ATOM)

    def tree(self, name_of: Callable[[Axis], str]) -> Node:
        """It as mathematics, with these names of sizes."""

        def product(sign: int) -> Node | None:
            factors = [power(*each) for each in self.factors if sign * each[2] > 0]
            return functools.reduce(functools.partial(written, "multiply"), factors) if factors else None

        def power(factor: Factor, value: int | float, exponent: int | float) -> Node:
            base = Constant(value, name_of(factor)) if isinstance(factor, Axis) else factor.tree(name_of)
            return base if abs(exponent) == 1 else written("power", base, Constant(abs(exponent)))

        above, below, number = product(1), product(-1), abs(self.number)
        if above is None or number != 1:
            alone = Constant(int(number) if number == int(number) else number)
            above = alone if above is None else written("multiply", alone, above)
        made = above if below is None else written("divide", above, below)
        return written("negative", made) if self.number < 0 else made

    @staticmethod
    def _factor(factor: Factor, value: int | float, power: int | float, name_of: Callable[[Axis], str]) -> str:
        text = name_of(factor) if isinstance(factor, Axis) else f"({factor.piece(name_of).text})"
        return text if power == 1 else f"{text} ** {power}"

    def filled(self, terms_of: Callable[[Axis, int | float], Terms]) -> Terms:
        """It with other terms in the place of axes."""
        made = Terms(self.number)
        for factor, value, power in self.factors:
            inner = terms_of(factor, value) if isinstance(factor, Axis) else factor.filled(terms_of)
            made = made.times(inner, power)
        return made

    def axes(self) -> Iterator[Axis]:
        """The axes whose sizes it is made of."""
        for factor, _, _ in self.factors:
            if isinstance(factor, Axis):
                yield factor
            else:
                for part in factor.parts:
                    yield from part.axes()


def _one(factor: Sum | Quotient) -> Terms:
    return Terms(1, ((factor, factor.value, 1),))


def _terms(value: object) -> Terms | None:
    if isinstance(value, _Sized):
        return value.terms
    if isinstance(value, Dim):  # a size that is not kept
        return Terms(int(value))
    return Terms(value) if type(value) in (int, float) else None  # type: ignore[arg-type]


def _number(terms: Terms) -> Any:
    value = terms.value
    if not terms.factors or sum(abs(power) for _, _, power in terms.factors) > _FACTORS or not math.isfinite(value):
        return value
    if isinstance(value, float):
        return Ratio(value, terms)
    alone = terms.alone
    return NamedSize(alone.name, value, terms) if isinstance(alone, Axis) and alone.name else Size(value, terms)


class _Sized:
    """What sizes and the numbers made of them have in common: their arithmetic."""

    terms: Terms

    def __new__(cls, *value: Any) -> Any:
        """Make it as the number that it is, from its value, and last what it is made of."""
        made = super().__new__(cls, *value[:-1])
        made.terms = value[-1]
        return made

    def __neg__(self) -> Any:
        return _number(Terms(-1).times(self.terms))

    def __reduce__(self) -> tuple[Any, ...]:
        return _number, (self.terms,)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        taken, file = _taken.get(), sys._getframe(1).f_code.co_filename
        if taken is not None and not file.startswith("<") and not is_library(file):  # as np.sqrt(n) of the user's
            taken += inputs
        return getattr(ufunc, method)(*map(plain, inputs), **keywords)  # NumPy takes exact ints and floats as weak


def _operator(name: str, made: Callable[[Terms, Terms], Terms | None]) -> None:
    """Give sizes an operator: where terms are not made, or of something else than numbers, it is that of plain numbers."""

    def forward(self: Any, other: Any) -> Any:
        return _operated(name, made, self, other)

    def backward(self: Any, other: Any) -> Any:
        return _operated(name, made, other, self)

    setattr(_Sized, f"__{name}__", forward)
    setattr(_Sized, f"__r{name}__", backward)


def _operated(name: str, made: Callable[[Terms, Terms], Terms | None], left: Any, right: Any) -> Any:
    one, other = _terms(left), _terms(right)
    if one is None or other is None:
        return NotImplemented
    try:
        terms = made(one, other)
    except (ArithmeticError, ValueError):
        terms = None
    return getattr(operator, name)(plain(left), plain(right)) if terms is None else _number(terms)


def _power(base: Terms, exponent: Terms) -> Terms | None:
    power = exponent.number
    if exponent.factors or not ((power == 0.5 and base.number == 1) or (isinstance(power, int) and power > 0)):
        return None
    return Terms(1).times(base, power)


def _whole_quotient(one: Terms, other: Terms) -> Terms | None:
    whole = isinstance(one.value, int) and isinstance(other.value, int) and other.value
    return one.over(other) if whole else None


_operator("mul", lambda one, other: one.times(other))
_operator("truediv", lambda one, other: one.times(other, -1))
_operator("add", lambda one, other: one.plus(other))
_operator("sub", lambda one, other: one.plus(Terms(-1).times(other)))
_operator("floordiv", _whole_quotient)
_operator("pow", _power)


class Size(_Sized, int):
    """A size of an argument, or a whole number made of such sizes."""

    weak_type = int


class NamedSize(_Sized, Dim):
    """A size that has the user's name, and is no other dimension's."""

    weak_type = int


class Ratio(_Sized, float):
    """A number that is made of sizes; no rule takes it for the plain number that it happens to be."""

    weak_type = float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ratio) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)


def plain(number: Any) -> Any:
    """The number as Python's own, if it is made of sizes."""
    return number.terms.value if isinstance(number, _Sized) else number


def one_over(number: float) -> int | None:
    """The whole number that a number is one over, if it is: 10 for 0.1."""
    if isinstance(number, Ratio):
        whole = Terms(1).times(number.terms, -1).whole
        return None if whole is None else _number(whole)
    m = round(1 / number) if 0 < abs(number) < 1 else 0
    return m if m and abs(m * number - 1) < 1e-15 else None


# ---- while a function is traced ----------------------------------------------------------------------------------------


_asked: ContextVar[list[Tape] | None] = ContextVar("sizes", default=None)
_only: ContextVar[str] = ContextVar("only", default="")
_taken: ContextVar[list[Any] | None] = ContextVar("taken", default=None)
_filled: ContextVar[dict[int, tuple[Any, Shape]] | None] = ContextVar("filled", default=None)
"""Arrays full of one number that a function has made of sizes, by id, with their shapes as they are kept."""


@contextmanager
def sizes_kept(only: str = "") -> Iterator[None]:
    """The first function that is traced inside gets arguments whose sizes are kept, or `only` those of this name."""
    token, named, taken, filled = _asked.set([]), _only.set(only), _taken.set([]), _filled.set({})
    try:
        yield
    finally:
        _filled.reset(filled)
        _taken.reset(taken)
        _only.reset(named)
        _asked.reset(token)


def asks_for_sizes() -> bool:
    """Whether a function that is about to be traced gets such arguments."""
    return _asked.get() == []


@contextmanager
def with_sizes(running: AbstractContextManager[Callable[..., Any]]) -> Iterator[Callable[..., Any]]:
    """What the context gives, called with arguments whose sizes are kept."""
    with running as called:
        yield lambda *nested: called(*_with_sizes(nested))


def _with_sizes(nested: tuple[Any, ...]) -> tuple[Any, ...]:
    asked, tape = _asked.get(), current.get()
    if asked == [] and tape is not None:
        asked.append(tape)
        for node in flatten(nested, LEAF_TYPES)[0]:
            if isinstance(node, Traced):
                names = (size.name if isinstance(size, Dim) else "" for size in node.shape)
                axes = [Axis(node.name, axis, name) for axis, name in enumerate(names)]
                sizes = zip(node.shape, axes, strict=True)
                node.shape = tuple(
                    size
                    if size < 2 or _only.get() not in ("", axis.name)
                    else _number(Terms(1, ((axis, int(size), 1),)))
                    for size, axis in sizes
                )
    return nested


def keep_sizes(node: Traced) -> None:
    """Give a node whose value is known its shape from those of its inputs, where sizes are kept."""
    asked, primitive = _asked.get(), node.primitive
    if asked and node.tape is asked[0] and node.value is not None and primitive is not None and not primitive.results:
        ((node.shape, _),) = infer(primitive, node.inputs, node.params)


def note_filled(array: Any, shape: Shape) -> None:
    """Keep the sizes of which an array full of one number is made; it must not change."""
    filled = _filled.get()
    if filled is not None and any(isinstance(size, _Sized) for size in shape):
        filled[id(array)] = array, shape


def filled_shape(array: Any) -> Shape | None:
    """The shape of such an array, with its sizes."""
    found = (_filled.get() or {}).get(id(array))
    return None if found is None else found[1]


def length(x: Any) -> int:
    """`len`, which for a traced array gives its size as it is kept."""
    return x.shape[0] if isinstance(x, Traced) and x.shape else len(x)


# ---- in programs -------------------------------------------------------------------------------------------------------


class _Axes:
    """The inputs whose sizes numbers of a program are made of, one for all that must be equal."""

    def __init__(self, program: Program):
        self.same: dict[Axis, Axis] = {}
        self.places: dict[Axis, tuple[str, int]] = {}
        for part in _own_parts(program):
            for equation in part.equations:
                self._join(equation)
        for symbol in program.inputs:
            for axis, size in enumerate(symbol.shape):
                if (found := _axis(size)) is not None:
                    self.places.setdefault(self.root(found), (symbol.name, axis))

    def _join(self, equation: Equation) -> None:
        body = dict(equation.params).get("body")
        if isinstance(body, Program) and body.name.isidentifier():
            own, groups = _Axes(body), dict[Axis, list[Axis]]()
            for symbol, given in zip(body.inputs, equation.inputs, strict=True):
                for mine, size in zip(symbol.shape, given.shape, strict=True):
                    if (inner := _axis(mine)) is not None and (outer := _axis(size)) is not None:
                        groups.setdefault(own.root(inner), []).append(outer)
            for each in groups.values():
                self._equal(each)
        if not equation.primitive.elementwise:
            return
        shapes = [each.shape for each in (*equation.inputs, equation.target)]
        for sizes in zip(*(shape[::-1] for shape in shapes if shape), strict=False):
            self._equal([axis for size in sizes if (axis := _axis(size)) is not None])

    def _equal(self, axes: Sequence[Axis]) -> None:
        for one, other in itertools.pairwise(axes):
            if (first := self.root(one)) != (second := self.root(other)):
                self.same[second] = first

    def root(self, axis: Axis) -> Axis:
        """The one that stands for all that are equal to an axis."""
        while axis in self.same:
            axis = self.same[axis]
        return axis

    def has(self, number: _Sized) -> bool:
        """Whether a number is made of sizes of the inputs alone."""
        return all(self.root(axis) in self.places for axis in number.terms.axes())


def _axis(size: object) -> Axis | None:
    alone = size.terms.alone if isinstance(size, _Sized) else None
    return alone if isinstance(alone, Axis) else None


def _axes_of(shape: Sequence[Any]) -> tuple[Axis, ...]:
    """The axes of a shape, if they are all its sizes are made of; else none."""
    found = tuple(axis for size in shape if (axis := _axis(size)) is not None)
    return found if len(found) == len(shape) else ()


def _own_parts(program: Program) -> Iterator[Program]:
    """The program and the bodies of its loops, which are written in its function."""
    yield program
    for block in program.blocks:
        if not block.name.isidentifier():
            yield from _own_parts(block)


def _keeps_sizes(program: Program) -> bool:
    return any(isinstance(size, _Sized) for symbol in program.inputs for size in symbol.shape)


def _mapped(
    program: Program, change: Callable[[Any], Any], whole: Callable[[Shape], Any] = lambda shape: None
) -> Program:
    """The program with other numbers in the place of those that are made of sizes, in its loops, too; `whole` gives what
    stands in the place of a shape."""

    def shape(sizes: Shape) -> Shape:
        return whole(sizes) or tuple(change(size) if isinstance(size, _Sized) else size for size in sizes)

    def operand(each: Operand) -> Operand:
        if isinstance(each, Symbol):
            return replace(each, shape=shape(each.shape))
        return Constant(change(each.value), each.name) if isinstance(each.value, _Sized) else each

    def symbols(several: Sequence[Symbol]) -> tuple[Symbol, ...]:
        return tuple(replace(each, shape=shape(each.shape)) for each in several)

    def param(value: Any) -> Any:
        if isinstance(value, _Sized):
            return change(value)
        if type(value) is tuple:
            return whole(value) or tuple(map(param, value))
        if isinstance(value, Program):
            value = value if value.name.isidentifier() else _mapped(value, change, whole)
        return value.resized(param) if hasattr(value, "resized") else value

    equations = tuple(
        replace(
            each,
            targets=symbols(each.targets),
            inputs=tuple(map(operand, each.inputs)),
            params=tuple((name, param(value)) for name, value in each.params),
        )
        for each in program.equations
    )
    conditions = tuple(replace(each, symbol=symbols([each.symbol])[0]) for each in program.conditions)
    outputs = tuple(map(operand, program.outputs))
    inputs = symbols(program.inputs)
    return replace(program, inputs=inputs, equations=equations, outputs=outputs, conditions=conditions)


def owned(program: Program) -> Program:
    """The program, whose numbers are made of the sizes of its own arguments, so that a function is the same in all calls."""
    if not _keeps_sizes(program):
        return program
    axes = _Axes(program)

    def change(number: _Sized) -> Any:
        return _number(number.terms.filled(own)) if axes.has(number) else plain(number)

    def own(axis: Axis, size: int | float) -> Terms:
        return Terms(1, ((Axis(*axes.places[axes.root(axis)], axis.name), size, 1),))

    return _mapped(program, change)


class FixedSize(int):
    """A size of an input that a program asserts, since its operations are those of this size alone."""


def with_fixed(program: Program, sizes: Sequence[Any]) -> Program:
    """The program for the sizes of arguments at hand, as far as these numbers are made of them."""
    fixed = {axis for size in sizes if isinstance(size, _Sized) for axis in size.terms.axes()}
    if not fixed:
        return program

    def change(number: _Sized) -> Any:
        return plain(number) if fixed.intersection(number.terms.axes()) else number

    inputs = tuple(
        replace(each, shape=tuple(FixedSize(size) if _axis(size) in fixed else size for size in each.shape))
        for each in program.inputs
    )
    return replace(_mapped(program, change), inputs=inputs)


def fixed_where_taken(program: Program) -> Program:
    """The program for the sizes at hand, as far as the function has given them to NumPy, which takes them as plain numbers."""
    return with_fixed(program, _taken.get() or ())


def of_call(own: Sequence[Shape], given: Sequence[Shape], results: Sequence[Shape]) -> tuple[Shape, ...]:
    """The shapes of a call's results, by the sizes that it is given."""
    found = {
        axis: terms
        for shapes in zip(own, given, strict=True)
        for mine, size in zip(*shapes, strict=True)
        if (axis := _axis(mine)) is not None and (terms := _terms(size)) is not None
    }

    def change(size: int) -> Any:
        if not isinstance(size, _Sized):
            return size
        whole = all(axis in found for axis in size.terms.axes())
        return _number(size.terms.filled(lambda axis, _: found[axis])) if whole else plain(size)

    return tuple(tuple(map(change, shape)) for shape in results)


# ---- in the text -------------------------------------------------------------------------------------------------------


class _Written(Spelled):
    """A number with its text, which names sizes once it is asked for."""

    write: Callable[[], Piece]
    spell: Callable[[], Node]

    @property
    def piece(self) -> Piece:
        """Its text."""
        return self.write()

    @property
    def tree(self) -> Node:
        """It as mathematics."""
        return self.spell()

    def __repr__(self) -> str:
        return self.piece.text

    __str__ = __repr__


class _WrittenSize(_Written, int):
    """A whole number with its text; so is its sum with another one, by `plus`."""

    plus: Callable[[int], int]

    def __add__(self, other: int) -> int:
        return self.plus(other) if other else self

    __radd__ = __add__

    def __sub__(self, other: int) -> int:
        return self + -other


class _WrittenRatio(_Written, float):
    """A number with its text."""


class _WrittenShape(tuple[int, ...]):
    """The shape of an input, as `x.shape`."""

    text: str

    def __str__(self) -> str:
        return self.text


def _with_names(program: Program) -> tuple[Program, Callable[[], Rows]]:
    """The program with names in the place of sizes, and the lines that name those which have been written by then."""
    asserted = [
        (f"assert {each.name}.shape[{axis}] == {size}", "")
        for each in program.inputs
        for axis, size in enumerate(each.shape)
        if isinstance(size, FixedSize)
    ]
    if not _keeps_sizes(program):
        return program, lambda: asserted
    axes, names, written = _Axes(program), dict[Axis, str](), set[Axis]()
    taken = {name for name, _ in program.arguments}
    for part in _own_parts(program):
        symbols = (*part.inputs, *(target for equation in part.equations for target in equation.targets))
        taken |= {each.name for each in symbols} | {each.name for each in part.constants}
        taken |= {each.name for each in part.blocks}
        if any(" " in each.name for each in part.blocks):  # a loop, whose counter may have such a name
            taken |= {*COUNTERS}

    def name_of(axis: Axis) -> str:
        axis = axes.root(axis)
        if axis not in names:
            wanted = itertools.chain([axis.name], SIZES, map("n{}".format, itertools.count(1)))
            names[axis] = next(each for each in wanted if each.isidentifier() and each not in taken)
            taken.add(names[axis])
        return names[axis]

    def rows() -> Rows:
        found = ((name, *axes.places[axis]) for axis, name in names.items() if axis in written)
        return [*asserted, *((f"{name} = {symbol}.shape[{place}]", "") for name, symbol, place in found)]

    def change(number: _Sized) -> Any:
        value = plain(number)
        if not axes.has(number):
            return value

        def write() -> Piece:
            written.update(map(axes.root, number.terms.axes()))
            return number.terms.piece(name_of)

        made = (_WrittenRatio if isinstance(number, Ratio) else _WrittenSize)(value)
        made.write, made.spell = write, functools.partial(number.terms.tree, name_of)
        if isinstance(made, _WrittenSize):
            made.plus = lambda other: _changed(_number(number.terms.plus(Terms(other))))
        return made

    def _changed(number: Any) -> Any:
        return change(number) if isinstance(number, _Sized) else number

    shapes = {_axes_of(each.shape): each.name for each in program.inputs[::-1]}
    equal = {tuple(map(axes.root, found)): name for found, name in shapes.items()}

    def whole(shape: Shape) -> _WrittenShape | None:
        found = _axes_of(shape)
        name = (shapes.get(found) or equal.get(tuple(map(axes.root, found)))) if found else None
        if name is None:
            return None
        made = _WrittenShape(map(change, cast("Sequence[_Sized]", shape)))
        made.text = f"{name}.shape"
        return made

    made = _mapped(program, change, whole)
    for number in _numbers(program):  # in the order of the equations, whoever asks first
        for axis in number.terms.axes() if axes.has(number) else ():
            name_of(axis)
    return made, rows


def _numbers(program: Program) -> Iterator[_Sized]:
    """The numbers that are made of sizes among its operands and params."""

    def inside(value: Any) -> Iterator[_Sized]:
        if isinstance(value, _Sized):
            yield value
        elif isinstance(value, Program):
            yield from () if value.name.isidentifier() else _numbers(value)
        elif type(value) is tuple:
            for each in value:
                yield from inside(each)
        if hasattr(value, "resized"):
            numbers: list[Any] = []

            def note(number: Any) -> Any:
                numbers.append(number)
                return number

            value.resized(note)
            yield from inside(tuple(numbers))

    for equation in program.equations:
        for operand in equation.inputs:
            yield from inside(operand.value if isinstance(operand, Constant) else None)
        for _, value in equation.params:
            yield from inside(value)


TEXTS["presented"] = _with_names
