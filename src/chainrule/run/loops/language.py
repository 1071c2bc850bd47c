"""The language of loops: expressions on numbers and vectors, statements, a builder of them, and their checker.

    name = value                              `Set`; a name and its kind are one variable
    array[offset + Σ index · stride] = value  `Store`; in bytes; any variable of kind index may be in an address
    for index in range(start, stop, step)     `For`; bounds are integers or indices; it may be empty, and backends must check that
    if condition … else …                     `If`; the condition is a single truth value
    function(arrays, indices)                 `Call`

A kind is a number, scalar or in lanes: `f32`, `f64`; `i32`, `i64`, which wrap around; `b32`, `b64`, truth values for numbers of
that width (a scalar is always b32); and `index`, as wide as an address. Nothing is reordered or fused, so the text determines
every bit of a result, except in a NaN. A function gets the addresses of its arrays, which may overlap.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias


class Kind(NamedTuple):
    """A kind of number, and the number of lanes."""

    number: str
    lanes: int = 1

    def __str__(self) -> str:
        return self.number if self.lanes == 1 else f"{self.number}x{self.lanes}"


F32, F64, I32, I64, INDEX, TRUTH = map(Kind, ("f32", "f64", "i32", "i64", "index", "b32"))
FLOATS, INTEGERS, TRUTHS = {"f32", "f64"}, {"i32", "i64"}, {"b32", "b64"}
BYTES = {"f32": 4, "f64": 8, "i32": 4, "i64": 8, "b32": 4, "b64": 8}
"""Bytes of a number in memory and of a lane in a register."""
BITS_OF = {"f32": "i32", "f64": "i64", "i32": "f32", "i64": "f64"}
"""The other kind of number with the same width."""


def truth_of(kind: Kind) -> Kind:
    """The kind of a comparison's result.

    Args:
        kind: The kind of the operands.

    Returns:
        A truth value for each lane.

    Examples:
        >>> str(truth_of(Kind("f64", 2))), str(truth_of(F64))
        ('b64x2', 'b32')
    """
    return Kind("b64" if BYTES.get(kind.number) == 8 and kind.lanes > 1 else "b32", kind.lanes)


# ---- sizes -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """An integer that is not known yet: a sum of products of names, each times an integer."""

    terms: tuple[tuple[tuple[str, ...], int], ...]

    def __add__(self, other: Count) -> Count:
        return _sum((*self.terms, *_terms(other)))

    def __mul__(self, other: Count) -> Count:
        return _sum([((*sorted((*a, *b)),), m * n) for a, m in self.terms for b, n in _terms(other)])

    def __sub__(self, other: Count) -> Count:
        return self + other * -1

    def __rsub__(self, other: int) -> Count:
        return self * -1 + other

    __radd__, __rmul__ = __add__, __mul__

    def __str__(self) -> str:
        return " + ".join("·".join((*([str(n)] if n != 1 or not names else []), *names)) for names, n in self.terms)


Count: TypeAlias = int | Size


def size(name: str) -> Size:
    """A size that a later `put` of `tiling.py` replaces by a number.

    Args:
        name: Its name.

    Returns:
        The size, which can be added and multiplied like an integer.

    Examples:
        >>> str(4 * size("n") * size("m") + 8)
        '8 + 4·m·n'
    """
    return Size((((name,), 1),))


def known(count: Count) -> int:
    """A size that must be known by now.

    Args:
        count: The size.

    Returns:
        The number.

    Raises:
        TypeError: If it is not known yet.

    Examples:
        >>> known(size("n") * 0 + 3)
        3
    """
    if isinstance(count, Size):
        raise TypeError(f"the size {count} is not known")
    return count


def _terms(count: Count) -> Sequence[tuple[tuple[str, ...], int]]:
    return count.terms if isinstance(count, Size) else [((), count)]


def _sum(terms: Sequence[tuple[tuple[str, ...], int]]) -> Count:
    found: dict[tuple[str, ...], int] = {}
    for names, n in terms:
        found[names] = found.get(names, 0) + n
    kept = tuple((names, n) for names, n in sorted(found.items()) if n)
    return Size(kept) if any(names for names, _ in kept) else sum(n for _, n in kept)


# ---- expressions -------------------------------------------------------------------------------------------------------


class Address(NamedTuple):
    """A place in an array, in bytes: an offset, and a stride for each index."""

    array: str
    offset: Count
    strides: tuple[tuple[str, Count], ...]

    def __str__(self) -> str:
        parts = [f"{name}·{stride}" for name, stride in self.strides]
        return f"{self.array}[{' + '.join([*parts, *([str(self.offset)] if self.offset or not parts else [])])}]"


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An operation, the kind of its value, its operands, and further details: a name, a number, an address, or lanes."""

    op: str
    kind: Kind
    operands: tuple[Expression, ...] = ()
    detail: Any = None

    def all(self) -> Iterator[Expression]:
        """The expression and all its subexpressions."""
        yield self
        for each in self.operands:
            yield from each.all()

    def _with(self, op: str, other: Expression | float, turned: bool = False) -> Expression:
        operand = other if isinstance(other, Expression) else constant(other, self.kind)
        pair = (operand, self) if turned else (self, operand)
        return Expression(op, truth_of(self.kind) if op in COMPARISONS else self.kind, pair)

    def __add__(self, other: Expression | float) -> Expression:
        return self._with("add", other)

    def __radd__(self, other: float) -> Expression:
        return self._with("add", other, turned=True)

    def __sub__(self, other: Expression | float) -> Expression:
        return self._with("sub", other)

    def __rsub__(self, other: float) -> Expression:
        return self._with("sub", other, turned=True)

    def __mul__(self, other: Expression | float) -> Expression:
        return self._with("mul", other)

    def __rmul__(self, other: float) -> Expression:
        return self._with("mul", other, turned=True)

    def __truediv__(self, other: Expression | float) -> Expression:
        return self._with("div", other)

    def __rtruediv__(self, other: float) -> Expression:
        return self._with("div", other, turned=True)

    def __lt__(self, other: Expression | float) -> Expression:
        return self._with("lt", other)

    def __le__(self, other: Expression | float) -> Expression:
        return self._with("le", other)

    def __gt__(self, other: Expression | float) -> Expression:
        return self._with("lt", other, turned=True)

    def __ge__(self, other: Expression | float) -> Expression:
        return self._with("le", other, turned=True)

    def __and__(self, other: Expression | float) -> Expression:
        return self._with("and", other)

    def __or__(self, other: Expression | float) -> Expression:
        return self._with("or", other)

    def __xor__(self, other: Expression | float) -> Expression:
        return self._with("xor", other)

    def __neg__(self) -> Expression:
        return Expression("neg", self.kind, (self,))

    def __invert__(self) -> Expression:
        return Expression("not", self.kind, (self,))

    def __lshift__(self, bits: int) -> Expression:
        return Expression("shl", self.kind, (self,), bits)

    def __rshift__(self, bits: int) -> Expression:
        return Expression("shr", self.kind, (self,), bits)

    def equals(self, other: Expression | float) -> Expression:
        """Whether two numbers are equal; NaN equals nothing, not even itself."""
        return self._with("eq", other)

    def __str__(self) -> str:
        inner = [*map(str, self.operands), *([] if self.detail is None else [str(self.detail)])]
        return inner[0] if self.op in ("get", "const", "load") else f"{self.op}({', '.join(inner)})"


COMPARISONS = {"lt", "le", "eq"}
UNIFORM: dict[str, tuple[int, set[str]]] = {
    "add": (2, FLOATS | INTEGERS | {"index"}), "sub": (2, FLOATS | INTEGERS | {"index"}),
    "mul": (2, FLOATS | INTEGERS | {"index"}), "div": (2, FLOATS | INTEGERS), "min": (2, FLOATS), "max": (2, FLOATS),
    "fma": (3, FLOATS), "neg": (1, FLOATS), "abs": (1, FLOATS), "sqrt": (1, FLOATS), "nearest": (1, FLOATS),
    "floor": (1, FLOATS), "ceil": (1, FLOATS), "trunc": (1, FLOATS), "and": (2, INTEGERS | TRUTHS),
    "or": (2, INTEGERS | TRUTHS), "xor": (2, INTEGERS | TRUTHS), "not": (1, TRUTHS), "shl": (1, INTEGERS),
    "shr": (1, INTEGERS), "lt": (2, FLOATS | INTEGERS | {"index"}), "le": (2, FLOATS | INTEGERS | {"index"}),
    "eq": (2, FLOATS | INTEGERS | {"index"}),
}  # fmt: skip
"""Operations whose operands all have one kind: the number of operands, and the kinds of numbers. `min` is b < a ? b : a and `max`
a < b ? b : a, one instruction each; `shr` keeps the sign; `nearest` rounds ties to even. `div` of integers takes scalars only
and rounds toward 0; its caller ensures that the divisor is neither 0 nor −1."""
MATH = {
    "sin": 1, "cos": 1, "tan": 1, "asin": 1, "acos": 1, "atan": 1, "sinh": 1, "cosh": 1, "asinh": 1, "acosh": 1,
    "atanh": 1, "cbrt": 1, "log2": 1, "log10": 1, "atan2": 2, "hypot": 2, "pow": 2,
}  # fmt: skip
"""External functions of one or two f64: the C library's, or those of JavaScript's `Math`."""


def get(name: str, kind: Kind) -> Expression:
    """A variable.

    Args:
        name: Its name.
        kind: Its kind, which is part of its identity.

    Returns:
        Its value.

    Examples:
        >>> str(get("row", INDEX) * 4)
        'mul(row, 4)'
    """
    return Expression("get", kind, (), name)


def _single(value: float) -> float:
    """A number rounded to float32."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


_PYTHON: dict[str, Callable[[Any], float]] = {"f32": _single, "f64": float, "b32": bool, "b64": bool}


def constant(value: float | Size | Sequence[float], kind: Kind) -> Expression:
    """A known number, or one for each lane.

    Args:
        value: The number for all lanes, or a number for each lane.
        kind: Its kind.

    Returns:
        The constant.

    Examples:
        >>> str(constant(0.5, Kind("f32", 4)) + constant((1, 2, 3, 4), Kind("f32", 4)))
        'add(0.5, (1.0, 2.0, 3.0, 4.0))'
    """
    number = _PYTHON.get(kind.number, int)
    if isinstance(value, Sequence):
        return Expression("const", kind, (), tuple(map(number, value)))
    return Expression("const", kind, (), value if isinstance(value, Size) else number(value))


def at(array: str, offset: Count = 0, *strides: tuple[Expression, Count]) -> Address:
    """A place in an array.

    Args:
        array: The array's name.
        offset: Bytes from its beginning.
        strides: Indices, each with its stride in bytes.

    Returns:
        The address.

    Examples:
        >>> str(at("x", 8, (get("i", INDEX), 64), (get("j", INDEX), 4)))
        'x[i·64 + j·4 + 8]'
    """
    found: dict[str, Count] = {}
    for index, stride in strides:
        found[index.detail] = found.get(index.detail, 0) + stride
    return Address(array, offset, tuple(sorted(((n, s) for n, s in found.items() if s != 0), key=lambda each: each[0])))


def load(address: Address, kind: Kind) -> Expression:
    """The value at an address: one number, or adjacent numbers for all lanes. The address need not be aligned.

    Args:
        address: The address.
        kind: Numbers or integers, not truth values.

    Returns:
        The value.

    Examples:
        >>> str(load(at("x", 4), F32))
        'x[4]'
    """
    return Expression("load", kind, (), address)


def spread(address: Address, kind: Kind) -> Expression:
    """One number from memory, in all lanes.

    Args:
        address: Its address.
        kind: The vector's kind.

    Returns:
        The vector.

    Examples:
        >>> str(spread(at("x"), Kind("f32", 4)))
        'splat(x[0])'
    """
    return apply("splat", load(address, Kind(kind.number)), kind=kind)


def apply(op: str, *operands: Expression, detail: Any = None, kind: Kind | None = None) -> Expression:
    """An operation by name, for those without an operator.

    Args:
        op: One of `UNIFORM`, or of these: select(condition, yes, no); splat(number); lane(vector), with the lane as detail;
            shuffle(a, b), whose detail lists lanes, those of b numbered after those of a; join(numbers…); bits(floats) and
            floats(bits), the same bits as another kind; convert(number), rounded to nearest, but toward 0 and saturated
            for integers, NaN to 0; any(truths); packed(integers, truths), with the true ones first, and count(truths),
            neither of which WebAssembly has; load_bytes(), bytes at the address as integers from 0 to 255;
            call(numbers…), with a name from `MATH` as detail.
        operands: The operands.
        detail: Further details.
        kind: The kind of its value; by default, that of the last operand.

    Returns:
        The value.

    Examples:
        >>> x = get("x", Kind("f32", 4))
        >>> str(apply("select", x < 0, -x, apply("sqrt", x)))
        'select(lt(x, 0.0), neg(x), sqrt(x))'
    """
    return Expression(op, kind or operands[-1].kind, operands, detail)


# ---- statements --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Set:
    """Assign a value to the variable with this name and the value's kind."""

    name: str
    value: Expression

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


@dataclass(frozen=True, slots=True)
class Store:
    """Write a value to memory; if `narrow`, only the lowest byte of each integer."""

    address: Address
    value: Expression
    narrow: bool = False

    def __str__(self) -> str:
        return f"{self.address} = {self.value}"


@dataclass(frozen=True, slots=True)
class For:
    """A loop over an index from `start` up to, but not including, `stop`. Bounds that are expressions are computed first."""

    index: str
    start: Count | Expression
    stop: Count | Expression
    step: int
    body: Body

    def __str__(self) -> str:
        return f"for {self.index} in range({self.start}, {self.stop}, {self.step})"


@dataclass(frozen=True, slots=True)
class If:
    """A branch on a single truth value."""

    condition: Expression
    body: Body
    otherwise: Body = ()

    def __str__(self) -> str:
        return f"if {self.condition}"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of another function of the module, with arrays of this function and with indices."""

    function: str
    arrays: tuple[str, ...]
    indices: tuple[Expression, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join([*self.arrays, *map(str, self.indices)])})"


Statement: TypeAlias = Set | Store | For | If | Call
Body: TypeAlias = tuple[Statement, ...]


@dataclass(frozen=True)
class Function:
    """A function of arrays, given by their addresses, and of indices."""

    name: str
    arrays: tuple[str, ...]
    indices: tuple[str, ...]
    body: Body

    def __str__(self) -> str:
        return "\n".join([f"def {self.name}({', '.join((*self.arrays, *self.indices))})", *_lines(self.body, 1)])


def _lines(body: Body, depth: int) -> Iterator[str]:
    for each in body:
        yield "    " * depth + str(each)
        if isinstance(each, For | If):
            yield from _lines(each.body, depth + 1)
        if isinstance(each, If) and each.otherwise:
            yield "    " * depth + "else"
            yield from _lines(each.otherwise, depth + 1)


def expressions(body: Body) -> Iterator[Expression]:
    """All expressions of some statements, including nested ones.

    Args:
        body: The statements.

    Returns:
        Each expression, before its subexpressions.

    Examples:
        >>> [each.op for each in expressions((Set("y", get("x", F32) * 2),))]
        ['mul', 'get', 'const']
    """
    for each in body:
        match each:
            case Set(_, value) | Store(_, value):
                yield from value.all()
            case For():
                for bound in (each.start, each.stop):
                    if isinstance(bound, Expression):
                        yield from bound.all()
                yield from expressions(each.body)
            case If():
                yield from each.condition.all()
                yield from expressions((*each.body, *each.otherwise))
            case Call():
                for index in each.indices:
                    yield from index.all()


class Block:
    """A builder of statements; `let` names a value, so that it is computed only once.

    With `fused`, a product is not rounded before it is added to something, which changes the last bits. WebAssembly always
    rounds it.

    Examples:
        >>> block, four = Block(), Kind("f32", 4)
        >>> with block.loop("i", 10) as i:
        ...     x = block.let(load(at("x", 0, (i, 16)), four) * 2)
        ...     block.store(at("y", 0, (i, 16)), x * x)
        >>> print(Function("doubled_squared", ("x", "y"), (), block.body))
        def doubled_squared(x, y)
            for i in range(0, 10, 1)
                t1 = mul(x[i·16], 2.0)
                y[i·16] = mul(t1, t1)
    """

    def __init__(self, fused: bool = False) -> None:
        self.fused = fused
        self._open: list[list[Statement]] = [[]]
        self._count = 0

    @property
    def body(self) -> Body:
        """The statements written so far."""
        return tuple(self._open[0])

    def add(self, *statements: Statement) -> None:
        """Add statements made elsewhere."""
        self._open[-1] += statements

    def set(self, name: str, value: Expression) -> Expression:
        """Assign a value to a variable; returns the variable."""
        self.add(Set(name, value))
        return get(name, value.kind)

    def let(self, value: Expression) -> Expression:
        """A value that is computed only once: a new variable, unless it is a variable or a constant already."""
        return value if value.op in ("get", "const") else self.variable(value)

    def variable(self, value: Expression) -> Expression:
        """A new variable with an initial value."""
        self._count += 1
        return self.set(f"t{self._count}", value)

    def multiply_add(self, a: Expression, b: Expression | float, c: Expression | float) -> Expression:
        """a b + c, rounded once or twice."""
        if not self.fused:
            return a * b + c
        return apply("fma", a, *(each if isinstance(each, Expression) else constant(each, a.kind) for each in (b, c)))

    def store(self, address: Address, value: Expression, narrow: bool = False) -> None:
        """Write a value to memory."""
        self.add(Store(address, value, narrow))

    @contextmanager
    def loop(
        self, index: str, stop: Count | Expression, start: Count | Expression = 0, step: int = 1
    ) -> Iterator[Expression]:
        """A loop around the statements written within; yields its index."""
        with self.captured() as body:
            yield get(index, INDEX)
        self.add(For(index, start, stop, step, tuple(body)))

    @contextmanager
    def when(self, condition: Expression) -> Iterator[None]:
        """A condition around the statements written within."""
        with self.captured() as body:
            yield
        self.add(If(condition, tuple(body)))

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """The alternative to the last `when`."""
        with self.captured() as body:
            yield
        last = self._open[-1].pop()
        assert isinstance(last, If)
        self.add(replace(last, otherwise=tuple(body)))

    @contextmanager
    def captured(self) -> Iterator[list[Statement]]:
        """The statements written within, which are not added to the block."""
        body: list[Statement] = []
        self._open.append(body)
        yield body
        self._open.pop()


# ---- the checker -------------------------------------------------------------------------------------------------------


def check(functions: Sequence[Function]) -> None:
    """Check that functions are well typed, as every backend assumes.

    Args:
        functions: The functions of a module, each after those that it calls; their sizes are numbers.

    Raises:
        TypeError: Something is wrong; the message names the first error, its statement and its loops.

    Examples:
        >>> check([Function("f", ("x",), (), (Store(at("x"), get("a", F32)),))])
        Traceback (most recent call last):
        TypeError: f: x[0] = a: a is read as f32 before it is set.
    """
    known: dict[str, Function] = {}
    for function in functions:
        _Checker(function, known).look()
        known[function.name] = function


class _Checker:
    def __init__(self, function: Function, known: Mapping[str, Function]):
        self.function, self.known = function, known
        self.path = [function.name]
        self.loops: set[str] = set()

    def fail(self, reason: str) -> None:
        raise TypeError(f"{': '.join(self.path)}: {reason}.")

    def need(self, fine: bool, reason: str) -> None:
        if not fine:
            self.fail(reason)

    def look(self) -> None:
        names = (*self.function.arrays, *self.function.indices)
        self.need(len({*names}) == len(names), "two parameters have one name")
        self.need(self.function.name not in self.known, "two functions have this name")
        self.body(self.function.body, {(name, INDEX) for name in self.function.indices})

    def body(self, body: Body, variables: set[tuple[str, Kind]]) -> set[tuple[str, Kind]]:
        """Check statements; returns the variables that are set after them on every path."""
        for each in body:
            self.path.append(str(each))
            variables = self.statement(each, variables)
            self.path.pop()
        return variables

    def statement(self, each: Statement, variables: set[tuple[str, Kind]]) -> set[tuple[str, Kind]]:
        self.variables = variables
        match each:
            case Set(name, value):
                self.expression(value)
                self.need(name not in self.loops or value.kind != INDEX, f"{name} is the index of a loop around it")
                return variables | {(name, value.kind)}
            case Store(address, value, narrow):
                self.address(address)
                self.expression(value)
                numbers = INTEGERS if narrow else FLOATS | INTEGERS
                self.need(value.kind.number in numbers, f"{value.kind} cannot be stored{' as bytes' * narrow}")
            case For(index, start, stop, step, body):
                for bound in (start, stop):
                    if isinstance(bound, Expression):
                        self.expression(bound)
                        self.need(bound.kind == INDEX, f"a bound is {bound.kind}; it must be an index")
                    else:
                        self.need(isinstance(bound, int), f"the size {bound} is not known")
                self.need(step > 0, "the step must be above 0")
                self.need(index not in self.loops, f"{index} is the index of a loop around it")
                self.loops.add(index)
                after = self.body(body, variables | {(index, INDEX)})
                self.loops.remove(index)
                runs = isinstance(start, int) and isinstance(stop, int) and start < stop
                return (after if runs else variables) - {(index, INDEX)}
            case If(condition, body, otherwise):
                self.expression(condition)
                self.need(condition.kind == TRUTH, f"the condition is {condition.kind}; it must be one b32")
                return self.body(body, variables) & self.body(otherwise, variables)
            case Call(name, arrays, indices):
                self.need(name in self.known, f"there is no function {name} before this one")
                called = self.known[name]
                for array in arrays:
                    self.need(array in self.function.arrays, f"there is no array {array}")
                for value in indices:
                    self.expression(value)
                given = [value.kind == INDEX for value in indices]
                takes = len(arrays) == len(called.arrays) and given == [True] * len(called.indices)
                self.need(takes, f"{name} takes {len(called.arrays)} arrays and {len(called.indices)} indices")
        return variables

    def address(self, address: Address) -> None:
        self.need(address.array in self.function.arrays, f"there is no array {address.array}")
        for name, _ in address.strides:
            self.need((name, INDEX) in self.variables, f"{name} in {address} is no index that is set")
        for count in (address.offset, *(stride for _, stride in address.strides)):
            self.need(isinstance(count, int), f"the size {count} is not known")

    def expression(self, e: Expression) -> None:
        for each in e.operands:
            self.expression(each)
        kinds, kind, op, detail = [each.kind for each in e.operands], e.kind, e.op, e.detail
        shown = f"{op}({', '.join(map(str, kinds))}) as {kind}"
        number, lanes = kind
        fine = True
        self.need(number in BYTES or kind == INDEX, f"there is no kind {kind}")
        if op in UNIFORM:
            count, numbers = UNIFORM[op]
            fine = len(kinds) == count and len({*kinds}) == 1 and kinds[0].number in numbers
            fine = fine and kind == (truth_of(kinds[0]) if op in COMPARISONS else kinds[0])
            if op in ("shl", "shr"):
                fine = fine and 0 <= detail < 8 * BYTES[number]
            if op == "div":
                fine = fine and (number in FLOATS or lanes == 1)
        elif op == "get":
            self.need((detail, kind) in self.variables, f"{detail} is read as {kind} before it is set")
        elif op == "const":
            self.need(not isinstance(detail, Size), f"the size {detail} is not known")
            fine = not isinstance(detail, tuple) or len(detail) == lanes
        elif op in ("load", "load_bytes"):
            self.address(detail)
            fine = number in (FLOATS | INTEGERS if op == "load" else INTEGERS)
        elif op == "select":
            fine = len(kinds) == 3 and kinds[1:] == [kind, kind] and kinds[0] == truth_of(kind)
        elif op == "splat":
            fine = kinds == [Kind(number)] and lanes > 1
        elif op == "lane":
            fine = len(kinds) == 1 and kind == Kind(kinds[0].number) and 0 <= detail < kinds[0].lanes
        elif op == "shuffle":
            fine = kinds == [kind, kind] and len(detail) == lanes and all(0 <= k < 2 * lanes for k in detail)
        elif op == "join":
            fine = kinds == [Kind(number)] * lanes and lanes > 1
        elif op in ("bits", "floats"):
            source = BITS_OF.get(number)
            fine = source is not None and kinds == [Kind(source, lanes)] and (op == "bits") == (number in INTEGERS)
        elif op == "convert":
            fine = len(kinds) == 1 and kinds[0].lanes == lanes and not {number, kinds[0].number} & TRUTHS
        elif op == "packed":
            fine = kinds == [kind, truth_of(kind)] and number in INTEGERS and lanes > 1
        elif op == "count":
            fine = len(kinds) == 1 and kinds[0].number in TRUTHS and 8 <= kinds[0].lanes < 32 and kind == I32
        elif op == "any":
            fine = len(kinds) == 1 and kinds[0].number in TRUTHS and kind == TRUTH
        elif op == "call":
            fine = kinds == [F64] * MATH.get(detail, -1) and kind == F64
        else:
            self.fail(f"there is no operation {op}")
        self.need(fine, f"{shown} is not well typed")
