"""Numbers that are made of sizes and int arguments, and remember it.

In shapes they are `int`s, and quotients of them `float`s, since NumPy takes them. A function that is traced gets objects that
are no `int`s: whatever takes such a number for the plain number that it is, as a comparison does, has to ask it, and is noted,
and the program asserts it.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, cast

import numpy as np

from ...core.dims import Dim
from ...core.errors import TracingError
from ...core.operators import BINARY, COMPARISONS
from ...core.traced import Traced
from .terms import TURN, Axis, Terms

_MACHINERY = (__name__.partition(".")[0], "numpy", "scipy")
_FACTORS = 6
"""A number of more factors is taken for the number that it is."""


@dataclass(frozen=True)
class Comparison:
    """A comparison of numbers that are made of sizes, and what came out.

    Attributes:
        ufunc: NumPy's function that does the same.
        left: The number on the left.
        right: The number on the right.
        holds: Whether the comparison is true.
        code: The code of the user's that compares.
        line: The line.
        is_assumed: Whether it is the derivative that needs it; else, the user's line compares.
    """

    ufunc: np.ufunc
    left: Any
    right: Any
    holds: bool
    code: CodeType | None
    line: int
    is_assumed: bool = False


TAKEN: ContextVar[list[Any] | None] = ContextVar("taken", default=None)
"""The numbers and the comparisons that the function which is traced has taken for what they are."""


class VaryingError(TracingError):
    """What needs the value that the variable of a loop has in one turn, whose turns then run one by one; the report says why."""


def note(*observed: Any) -> None:
    """Note numbers, or what they are made of, that are taken for the plain numbers that they are; and comparisons.

    Raises:
        VaryingError: A number differs from turn to turn of a loop.
    """
    taken = TAKEN.get()
    if taken is not None:
        sides = ((each.left, each.right) if isinstance(each, Comparison) else (each,) for each in observed)
        if any(map(changes_by_turn, sides)):
            raise VaryingError
        taken += observed


def changes_by_turn(numbers: Any, counter: str = "") -> bool:
    """Whether any of these numbers, or terms, differs from turn to turn of a loop, or of that with a counter of this name."""
    found = (each if isinstance(each, Terms) else getattr(each, "terms", None) for each in numbers)
    axes = (axis for each in found if isinstance(each, Terms) for axis in each.axes())
    return any(axis.axis == TURN and counter in ("", axis.input) for axis in axes)


def keeps_numbers() -> bool:
    """Whether a function is traced whose numbers are kept as what they are made of."""
    return TAKEN.get() is not None


def notes() -> list[Any]:
    """The numbers and comparisons that have been noted."""
    return TAKEN.get() or []


def forget_notes(start: int, stop: int | None = None) -> None:
    """Forget what was noted between two counts, since what it led to is no part of the program."""
    taken = TAKEN.get()
    if taken is not None:
        del taken[start:stop]


def note_numbers(values: Any) -> None:
    """Note the numbers that are made of sizes, in whatever tuples and lists."""
    if TAKEN.get() is None:
        return
    for each in values:
        if isinstance(each, Sized):
            note(each.terms)
        elif type(each) in (tuple, list):
            note_numbers(each)
        elif type(each) is slice:
            note_numbers((each.start, each.stop, each.step))


def note_shapes(values: Any) -> None:
    """Note the sizes of arrays, in whatever tuples and lists."""
    for each in values:
        if type(each) in (tuple, list):
            note_shapes(each)
        else:
            note_numbers(getattr(each, "shape", ()))


def _user_frame() -> FrameType | None:
    """The frame of the user's that asks a number what it is; `None` where this package or NumPy asks."""
    if TAKEN.get() is None:
        return None
    frame = sys._getframe(2)
    module: str = frame.f_globals.get("__name__", _MACHINERY[0])  # the text of a program has none
    return None if module.partition(".")[0] in _MACHINERY else frame


def terms_of(value: object) -> Terms | None:
    """What a number is made of; `None` of anything that is no real number of Python's."""
    if isinstance(value, Sized):
        return value.terms
    # A truth value or a size that is not kept is an int, too; the variable of a loop only says that it is one.
    if issubclass(type(value), int):
        return Terms(int(cast("int", value)))
    return Terms(value) if type(value) is float else None


def number_of(terms: Terms, strict: bool = False) -> Any:
    """The number that is made of these; `strict`, if no rule may take it for the plain number."""
    value = terms.value
    if not terms.factors or not math.isfinite(value):
        return value
    if TAKEN.get() is not None and len(terms.factors) > _FACTORS:
        note(terms)
        return value
    if isinstance(value, float):
        return Ratio(value, terms)
    if strict:
        return StrictSize(terms)
    alone = terms.alone
    named = isinstance(alone, Axis) and alone.axis >= 0 and alone.name
    return NamedSize(named, value, terms) if named else Size(value, terms)


class Sized:
    """What sizes and the numbers made of them have in common: their arithmetic."""

    terms: Terms
    weak_type: type

    def __new__(cls, *value: Any) -> Any:
        """Make it as the number that it is, from its value, and last what it is made of."""
        made = super().__new__(cls, *value[:-1])
        made.terms = value[-1]
        return made

    @property
    def operand(self) -> Any:
        """It as an operand of an operation, or in an index, which no rule takes for the plain number."""
        return number_of(self.terms, strict=True)

    def __neg__(self) -> Any:
        return _like(number_of(Terms(-1).times(self.terms)), self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        holds = bool(self.terms.value >= 0)
        note(Comparison(COMPARISONS["ge"], size_in(self), 0, holds, None, 0))
        return self if holds else -self

    def __reduce__(self) -> tuple[Any, ...]:
        return number_of, (self.terms, type(self) is StrictSize)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if any(isinstance(each, Traced) for each in inputs):
            return NotImplemented
        if _user_frame() is not None or _are_symbolic(inputs):
            found = _of_ufunc(ufunc, inputs) if method == "__call__" and not keywords else None
            if found is not None:
                return found
            note(*(each.terms for each in inputs if isinstance(each, Sized)))
        return getattr(ufunc, method)(*map(plain, inputs), **keywords)  # NumPy takes exact ints and floats as weak


class Size(Sized, int):
    """A size of an argument, or a whole number made of such sizes, in a shape."""

    weak_type = int


class NamedSize(Sized, Dim):
    """A size that has the user's name, and is no other dimension's."""

    weak_type = int


class FixedSize(int):
    """A size of an input that a program asserts, since its operations are those of this size alone."""


class Ratio(Sized, float):
    """A number that is made of sizes; no rule takes it for the plain number that it happens to be."""

    weak_type = float


class _Asking(Sized):
    """A number that is no number of Python's, and is asked for its value by whatever takes it for one."""

    def __new__(cls, terms: Terms) -> Any:
        """Make it of these terms."""
        made = object.__new__(cls)
        made.terms = terms
        return made

    def _value(self, *_: Any) -> Any:
        raise NotImplementedError

    def __float__(self) -> float:
        return float(self._value())

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self._value(), dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(self.weak_type, name):
            raise AttributeError(name)
        return getattr(self._value(), name)

    def __repr__(self) -> str:
        if _user_frame() is not None and _are_symbolic((self,)):
            note(self.terms)  # as a part of a key, for example
        return repr(self.terms.value)

    def __format__(self, spec: str) -> str:
        if _user_frame() is not None and _are_symbolic((self,)):
            note(self.terms)
        return format(self.terms.value, spec)


class StrictSize(_Asking):
    """A whole number that is made of sizes and int arguments, as an operand; no rule takes it for the plain number.

    It is no `int`, since Python's float takes an int without asking it.
    """

    __class__ = property(lambda self: int)  # what takes ints takes it
    weak_type = int

    def _value(self, *_: Any) -> int:
        return int(self.terms.value)

    __index__ = __int__ = __trunc__ = __floor__ = __ceil__ = _value

    def __round__(self, digits: Any = None) -> Any:
        return self if digits is None else round(self._value(), digits)

    def __invert__(self) -> int:
        return ~self._value()


class SymbolicInt(StrictSize):
    """A whole number that is made of sizes and int arguments, as the function sees it.

    Whatever takes it for the plain number that it is has to ask it, and is noted.
    """

    def _value(self, *_: Any) -> int:
        note(self.terms)
        return int(self.terms.value)

    __index__ = __int__ = __trunc__ = __floor__ = __ceil__ = _value

    def __hash__(self) -> int:
        return hash(self._value())


class SymbolicRatio(_Asking):
    """A quotient of sizes and int arguments, or another number of them that is no whole one, as the function sees it.

    Whatever takes it for the plain number that it is has to ask it, and is noted.
    """

    __class__ = property(lambda self: float)  # what takes floats takes it
    weak_type = float

    def _value(self, *_: Any) -> float:
        note(self.terms)
        return float(self.terms.value)

    def __int__(self) -> int:
        return int(self._value())

    __trunc__ = __int__

    def __floor__(self) -> int:
        return math.floor(self._value())

    def __ceil__(self) -> int:
        return math.ceil(self._value())

    def __round__(self, digits: Any = None) -> Any:
        return round(self._value(), digits)

    def __hash__(self) -> int:
        return hash(self._value())


SYMBOLIC = (SymbolicInt, SymbolicRatio)


def _are_symbolic(values: Any) -> bool:
    return any(type(each) in SYMBOLIC for each in values)


def root(number: Any) -> Any:
    """The square root of a number that is made of sizes."""
    return number**0.5 if number.terms.value > 0 else np.sqrt(plain(number))


def _like(number: Any, *others: Any) -> Any:
    """What operators make of numbers: as symbolic, or as strict, as these."""
    if not isinstance(number, Sized):
        return number
    if _are_symbolic(others):
        return symbolic(number)
    is_strict = isinstance(number, int) and StrictSize in map(type, others)
    return StrictSize(number.terms) if is_strict else number


def symbolic(number: Any) -> Any:
    """A number as the function that is traced sees it."""
    if not isinstance(number, Sized):
        return number
    return SymbolicInt(number.terms) if isinstance(number, int) else SymbolicRatio(number.terms)


def is_sized(numbers: Any) -> bool:
    """Whether any of these numbers is made of sizes."""
    return any(isinstance(each, Sized) for each in numbers)


def size_in(value: Any) -> Any:
    """The size that a strict or symbolic number stands for; anything else as it is."""
    return number_of(value.terms) if isinstance(value, _Asking) else value


def sizes_in(value: Any) -> Any:
    """A shape with the sizes that symbolic numbers stand for."""
    return type(value)(map(size_in, value)) if type(value) in (tuple, list) else size_in(value)


def as_float(number: Any) -> Any:
    """A number that is made of sizes as a float."""
    return size_in(number) * 1.0


def plain(number: Any) -> Any:
    """The number as Python's own, if it is made of sizes."""
    return number.terms.value if isinstance(number, Sized) else number


def plain_index(index: Any) -> Any:
    """What stands in brackets, with plain numbers in the place of those that are made of sizes."""
    if type(index) is tuple:
        return tuple(map(plain_index, index))
    return slice(*map(plain, (index.start, index.stop, index.step))) if type(index) is slice else plain(index)


def one_over(number: float) -> int | None:
    """The whole number that a number is one over, if it is: 10 for 0.1."""
    if isinstance(number, Ratio):
        whole = Terms(1).times(number.terms, -1).whole
        return None if whole is None else number_of(whole)
    m = round(1 / number) if 0 < abs(number) < 1 else 0
    return m if m and abs(m * number - 1) < 1e-15 else None


# ---- arithmetic ------------------------------------------------------------------------------------------------------------


def _operate(name: str, left: Any, right: Any) -> Any:
    """What an operator makes of two numbers: of sizes, where it can; else of the plain numbers."""
    one, other = terms_of(left), terms_of(right)
    if one is None or other is None:
        if not isinstance(left if one is None else right, (complex, list, tuple, str)):
            return NotImplemented
        terms = None
    else:
        try:
            terms = _ARITHMETIC[name](one, other) if name in _ARITHMETIC else None
        except (ArithmeticError, ValueError):
            terms = None
    if terms is None:
        note(*(each for each in (one, other) if each is not None))
        return _OPERATORS[name](plain(left), plain(right))
    return _like(number_of(terms), left, right)


def _of_ufunc(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
    """What NumPy's function that does the same as an operator makes of numbers, and `np.sqrt`; `None` where it does not."""
    if ufunc is np.sqrt:
        return root(*inputs)
    name, inputs = _BY_UFUNC.get(ufunc), tuple(each.item() if type(each) is np.float64 else each for each in inputs)
    return None if name is None or any(terms_of(each) is None for each in inputs) else _operate(name, *inputs)


def _power(base: Terms, exponent: Terms) -> Terms | None:
    power = exponent.number
    if exponent.factors or not ((power == 0.5 and base.number > 0) or (isinstance(power, int) and power > 0)):
        return None
    return Terms(1).times(base, power)


def _floor_quotient(one: Terms, other: Terms) -> Terms | None:
    whole = isinstance(one.value, int) and isinstance(other.value, int) and other.value
    return one.over(other) if whole else None


def _remainder(one: Terms, other: Terms) -> Terms | None:
    whole = isinstance(one.value, int) and isinstance(other.value, int) and other.value
    return one.modulo(other) if whole else None


def _shifted(one: Terms, other: Terms) -> Terms | None:
    """`n >> k` is `n // 2**k`."""
    is_plain = not other.factors and isinstance(other.number, int) and 0 <= other.number < _BITS
    return _floor_quotient(one, Terms(2 ** int(other.number))) if is_plain else None


def _low_bits(one: Terms, other: Terms) -> Terms | None:
    """`n & 1` is `n % 2`, and so on."""
    if not one.factors:
        one, other = other, one
    is_plain = not other.factors and isinstance(other.number, int) and other.number > 0
    is_low = is_plain and not int(other.number) & int(other.number) + 1
    return _remainder(one, Terms(int(other.number) + 1)) if is_low else None


_BITS = 62
_ARITHMETIC: dict[str, Callable[[Terms, Terms], Terms | None]] = {
    "mul": lambda one, other: one.times(other),
    "truediv": lambda one, other: one.times(other, -1),
    "add": lambda one, other: one.plus(other),
    "sub": lambda one, other: one.plus(Terms(-1).times(other)),
    "floordiv": _floor_quotient,
    "mod": _remainder,
    "and": _low_bits,
    "rshift": _shifted,
    "pow": _power,
}
"""What is made of sizes, by the operator."""
_BY_UFUNC = {BINARY[name]: name for name in _ARITHMETIC}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, f"__{name}__") for name in BINARY if name != "matmul"
} | {"divmod": divmod}


def _binary(name: str, reverse: bool) -> Callable[[Any, Any], Any]:
    def operate(self: Any, other: Any) -> Any:
        return _operate(name, other, self) if reverse else _operate(name, self, other)

    return operate


for _name in _OPERATORS:
    setattr(Sized, f"__{_name}__", _binary(_name, reverse=False))
    setattr(Sized, f"__r{_name}__", _binary(_name, reverse=True))


# ---- what asks for the number ----------------------------------------------------------------------------------------------


def _compare(name: str, left: Any, right: Any, frame: FrameType | None) -> Any:
    """A comparison of numbers, which is noted if it could come out otherwise for other sizes."""
    is_noted = frame is not None or _are_symbolic((left, right))
    if not is_noted and type(right) is int:  # nearly all comparisons are of shapes, in this package
        return getattr(operator, name)(left.terms.value, right)
    one, other = terms_of(left), terms_of(right)
    if one is None or other is None:
        return NotImplemented
    holds = bool(getattr(operator, name)(plain(left), plain(right)))
    if is_noted and one.plus(Terms(-1).times(other)).factors:
        place = (frame.f_code, frame.f_lineno) if frame is not None else (None, 0)
        note(Comparison(COMPARISONS[name], size_in(left), size_in(right), holds, *place))
    return holds


def _comparison(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: _compare(name, self, other, _user_frame())


def _strict_comparison(name: str) -> Callable[[Any, Any], Any]:
    """A comparison by which no rule takes a number for a plain one."""

    def compare(self: Any, other: Any) -> Any:
        frame = _user_frame()
        if frame is not None:
            return _compare(name, self, other, frame)
        return (isinstance(other, Sized) and self.terms == other.terms) is (name == "eq")

    return compare


def _truth(self: Any) -> bool:
    return bool(_compare("ne", self, 0, _user_frame()))


def _hash(self: Any) -> int:
    if _user_frame() is not None:
        note(self.terms)
    return hash(plain(self))


def _conversion(name: str) -> Callable[..., Any]:
    def convert(self: Any, *arguments: Any) -> Any:
        if _user_frame() is not None:
            note(self.terms)
        return getattr(plain(self), name)(*arguments)

    return convert


for _class in (Size, NamedSize, StrictSize, Ratio, *SYMBOLIC):
    _is_strict = _class in (StrictSize, Ratio)
    for _name in COMPARISONS:
        setattr(
            _class, f"__{_name}__", (_strict_comparison if _is_strict and _name in ("eq", "ne") else _comparison)(_name)
        )
    setattr(_class, "__bool__", _truth)  # noqa: B010
    if _class not in SYMBOLIC:
        setattr(_class, "__hash__", (lambda self: hash(self.terms)) if _is_strict else _hash)  # noqa: B010
        for _name in ("float", "int", "round", "floor", "ceil", "trunc"):
            if hasattr(_class, f"__{_name}__"):
                setattr(_class, f"__{_name}__", _conversion(f"__{_name}__"))
