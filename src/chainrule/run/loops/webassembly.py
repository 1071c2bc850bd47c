"""Loops as a WebAssembly module, written byte by byte in pure Python, so that it works without LLVM, even in a browser.

The code is what engines run fast: an address that changes with a loop is a pointer in a local, which the loop advances at its
end, with the constant part in the instruction; constant vectors are created once, at the start of a function.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from .language import (
    BYTES,
    COMPARISONS,
    FLOATS,
    INDEX,
    MATH,
    TRUTHS,
    Address,
    Body,
    Call,
    Expression,
    For,
    Function,
    If,
    Kind,
    Set,
    Statement,
    Store,
    expressions,
    known,
)  # fmt: skip

# Instructions by operation, each for f32x4, f64x2, i32x4, i64x2 (after the vector prefix), and f32, f64, i32, i64.
_CODES: dict[str, tuple[int, ...]] = {
    "add": (0xE4, 0xF0, 0xAE, 0xCE, 0x92, 0xA0, 0x6A, 0x7C), "sub": (0xE5, 0xF1, 0xB1, 0xD1, 0x93, 0xA1, 0x6B, 0x7D),
    "mul": (0xE6, 0xF2, 0xB5, 0xD5, 0x94, 0xA2, 0x6C, 0x7E), "div": (0xE7, 0xF3, 0, 0, 0x95, 0xA3, 0x6D, 0x7F),
    "min": (0xEA, 0xF6), "max": (0xEB, 0xF7), "fma": (0x105, 0x107), "sqrt": (0xE3, 0xEF, 0, 0, 0x91, 0x9F),
    "abs": (0xE0, 0xEC, 0, 0, 0x8B, 0x99), "neg": (0xE1, 0xED, 0, 0, 0x8C, 0x9A),
    "nearest": (0x6A, 0x94, 0, 0, 0x90, 0x9E), "floor": (0x68, 0x75, 0, 0, 0x8E, 0x9C),
    "ceil": (0x67, 0x74, 0, 0, 0x8D, 0x9B), "trunc": (0x69, 0x7A, 0, 0, 0x8F, 0x9D),
    "and": (0, 0, 0x4E, 0x4E, 0, 0, 0x71, 0x83), "or": (0, 0, 0x50, 0x50, 0, 0, 0x72, 0x84),
    "xor": (0, 0, 0x51, 0x51, 0, 0, 0x73, 0x85), "shl": (0, 0, 0xAB, 0xCB, 0, 0, 0x74, 0x86),
    "shr": (0, 0, 0xAC, 0xCC, 0, 0, 0x75, 0x87), "lt": (0x43, 0x49, 0x39, 0xD8, 0x5D, 0x63, 0x48, 0x53),
    "le": (0x45, 0x4B, 0x3D, 0xDA, 0x5F, 0x65, 0x4C, 0x57), "eq": (0x41, 0x47, 0x37, 0xD6, 0x5B, 0x61, 0x46, 0x51),
    "splat": (0x13, 0x14, 0x11, 0x12), "spread": (0x09, 0x0A, 0x09, 0x0A), "lane": (0x1F, 0x21, 0x1B, 0x1D),
    "join": (0x20, 0x22, 0x1C, 0x1E), "load": (0x00, 0x00, 0x00, 0x00, 0x2A, 0x2B, 0x28, 0x29),
    "store": (0x0B, 0x0B, 0x0B, 0x0B, 0x38, 0x39, 0x36, 0x37), "narrow": (0, 0, 0x5A, 0x59, 0, 0, 0x3A, 0x3C),
    "load_bytes": (0, 0, 0x5C, 0x08, 0, 0, 0x2D, 0x31),
}  # fmt: skip
_COLUMNS = {"f32": 0, "f64": 1, "i32": 2, "i64": 3, "b32": 2, "b64": 3, "index": 2}
_NUMBERS = {"f32": 0x7D, "f64": 0x7C, "i32": 0x7F, "i64": 0x7E, "b32": 0x7F, "b64": 0x7F, "index": 0x7F}
_VECTOR = 0x7B
_CONVERT = {
    ("f32", "f64"): b"\xb6", ("f64", "f32"): b"\xbb", ("f32", "i32"): b"\xb2", ("f32", "i64"): b"\xb4", ("f64", "i32"): b"\xb7",
    ("f64", "i64"): b"\xb9", ("i32", "i64"): b"\xa7", ("i64", "i32"): b"\xac", ("i32", "f32"): b"\xfc\x00",
    ("i32", "f64"): b"\xfc\x02", ("i64", "f32"): b"\xfc\x04", ("i64", "f64"): b"\xfc\x06",
}  # fmt: skip
"""Conversions of scalars, by the kind of the result and the kind of the operand."""
_BITS = {"i32": b"\xbc", "i64": b"\xbd", "f32": b"\xbe", "f64": b"\xbf"}
_GET, _SET, _TEE = b"\x20", b"\x21", b"\x22"
_ADD, _MUL, _SELECT, _LESS, _LESS_UNSIGNED = b"\x6a", b"\x6c", b"\x1b", b"\x48", b"\x49"
_IF, _ELSE, _LOOP, _AGAIN_IF, _END = b"\x04\x40", b"\x05", b"\x03\x40", b"\x0d\x00", b"\x0b"

LONGEST = 5_000
"""The most expressions of a function; engines compile longer ones slowly."""

Family: TypeAlias = tuple[str, tuple[tuple[str, int], ...], int]
"""Addresses that share a pointer: the array, unless its place is known; strides; the constant, if it or a stride is negative."""


def _unsigned(n: int) -> bytes:
    """LEB128."""
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def _signed(n: int, bits: int = 32) -> bytes:
    n = (n + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
    out = bytearray()
    while not -64 <= n < 64:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n & 127])


def _vector_code(code: int) -> bytes:
    return b"\xfd" + _unsigned(code)


def _integer(n: int) -> bytes:
    return b"\x41" + _signed(n)


def _constant(value: Any, kind: Kind) -> bytes:
    number, lanes = kind
    values = value if isinstance(value, tuple) else (value,) * lanes
    if lanes == 1 and number not in FLOATS:
        return b"\x42" + _signed(values[0], 64) if number == "i64" else _integer(values[0])
    if number in FLOATS:
        raw = struct.pack(f"<{lanes}{'f' if number == 'f32' else 'd'}", *values)
    else:
        wrapped = (int(-each if number in TRUTHS else each) % 2 ** (128 // lanes) for each in values)
        raw = b"".join(each.to_bytes(16 // lanes, "little") for each in wrapped)
    return (_vector_code(0x0C) if lanes > 1 else b"\x43" if number == "f32" else b"\x44") + raw


def _code(op: str, kind: Kind) -> bytes:
    """The instruction of an operation on a kind."""
    row, column = _CODES[op], _COLUMNS[kind.number] + (4 if kind.lanes == 1 else 0)
    return bytes([row[column]]) if kind.lanes == 1 else _vector_code(row[column])


def _value_type(kind: Kind) -> int:
    if kind.lanes == 1:
        return _NUMBERS[kind.number]
    if kind.lanes * BYTES[kind.number] != 16:
        raise ValueError(f"WebAssembly's vectors have 128 bits; {kind} has {8 * kind.lanes * BYTES[kind.number]}.")
    return _VECTOR


def module(
    functions: Sequence[Function],
    places: Mapping[str, int] | None = None,
    pages: int = 1,
    *,
    given: bool = False,
    relaxed: bool = False,
    data: bytes = b"",
    library: bool = False,
) -> bytes:
    """Functions as a WebAssembly module, which exports them, its memory, and, if there are data, `begin`.

    Args:
        functions: The functions of a module, which `check` accepts; their vectors have 128 bits.
        places: The byte offsets of arrays at fixed places in all functions; the other arrays are parameters.
        pages: The size of its memory, in pages of 64 KiB.
        given: Whether it imports a memory, `env.memory`, instead of having its own.
        relaxed: Whether `fma` may be `relaxed_madd`, which not every engine has, and which some round twice.
        data: Bytes that `begin` writes to the place that it gets.
        library: Whether it is a shared library for a program made by Emscripten, such as Python in a browser: `dlopen` loads
            it into that program's memory, and the mathematical functions are those of its C library.

    Returns:
        The module.

    Raises:
        ValueError: WebAssembly lacks a feature: vectors of other widths, `fma` unless `relaxed`, or some conversions.

    Examples:
        >>> module([Function("nothing", ("x",), (), ())])[:4]
        b'\\x00asm'
    """
    math = sorted({e.detail for f in functions for e in expressions(f.body) if e.op == "call"})
    numbers = {name: k for k, name in enumerate([*math, *(f.name for f in functions)])}
    arrays = {f.name: f.arrays for f in functions}
    writers = [_Writer(f, places or {}, numbers, arrays, relaxed) for f in functions]
    types = [b"\x60" + _vector([b"\x7c"] * MATH[name]) + b"\x01\x7c" for name in math]
    types += [b"\x60" + _vector([b"\x7f"] * w.given) + b"\x00" for w in writers]
    if data:
        types.append(b"\x60" + _vector([b"\x7f"]) + b"\x00")
    distinct = sorted({*types})
    kinds = [_unsigned(distinct.index(each)) for each in types]
    source = _text("env" if library else "Math")
    imports = [source + _text(name) + b"\x00" + kind for name, kind in zip(math, kinds, strict=False)]
    memory = b"\x00" + _unsigned(pages)
    given = given or library
    imports += [_text("env") + _text("memory") + b"\x02" + memory] * given
    exports = [_text(f.name) + b"\x00" + _unsigned(numbers[f.name]) for f in functions]
    if not library:
        exports.append(_text("memory") + b"\x02\x00")
    codes = [w.code() for w in writers]
    if data:
        exports.append(_text("begin") + b"\x00" + _unsigned(len(numbers)))
        codes.append(_sized(b"\x00" + _GET + b"\x00" + _integer(0) + _integer(len(data)) + b"\xfc\x08\0\0" + _END))
    sections = {
        1: _vector(distinct), 2: _vector(imports), 3: _vector(kinds[len(math) :]), 5: _vector([memory] * (not given)),
        7: _vector(exports), 12: b"\x01" * bool(data), 10: _vector(codes),
        11: _vector([b"\x01" + _sized(data)] * bool(data)),
    }  # fmt: skip
    head = b"\0asm\1\0\0\0" + (_LIBRARY if library else b"")
    return head + b"".join(bytes([k]) + _sized(each) for k, each in sections.items() if each > b"\0")


def _vector(items: Sequence[bytes]) -> bytes:
    return _unsigned(len(items)) + b"".join(items)


def _sized(content: bytes) -> bytes:
    return _unsigned(len(content)) + content


def _text(name: str) -> bytes:
    return _sized(name.encode())


_LIBRARY = b"\0" + _sized(_text("dylink.0") + b"\1" + _sized(bytes(4)))
"""The section that a shared library begins with: it takes no memory and no table of its own."""


class _Survey:
    """The contents of a loop: the address families, and the indices that are set and that are read."""

    def __init__(self) -> None:
        self.families: dict[Family, None] = {}
        self.set: set[str] = set()
        self.read: set[str] = set()

    def add(self, other: _Survey) -> None:
        self.families |= other.families
        self.set |= other.set
        self.read |= other.read


class _Writer:
    """One function as bytes."""

    def __init__(
        self,
        function: Function,
        places: Mapping[str, int],
        numbers: Mapping[str, int],
        arrays: Mapping[str, tuple[str, ...]],
        relaxed: bool,
    ):
        self.places, self.numbers, self.arrays, self.relaxed = places, numbers, arrays, relaxed
        self.types: list[int] = []
        self.locals: dict[object, bytes] = {}
        self.out = bytearray()
        self.head: dict[bytes, bytes] = {}
        self.pointers: dict[Family, bytes] = {}
        self.surveys: dict[int, _Survey] = {}
        self.given = 0
        for name in function.arrays:
            if name not in places:
                self.locals["array", name] = _unsigned(self.given)
                self.given += 1
        for name in function.indices:
            self.locals[name, INDEX] = _unsigned(self.given)
            self.given += 1
        self.survey(function.body)
        self.body(function.body)

    def survey(self, body: Body) -> _Survey:
        """Survey statements once, and keep the survey of each loop among them."""
        found = _Survey()
        for each in body:
            values: list[Expression] = []
            match each:
                case Set(name, value):
                    values.append(value)
                    found.set |= {name} if value.kind == INDEX else set()
                case Store(address, value):
                    values.append(value)
                    found.families[self.family(address)] = None
                case For():
                    values += [bound for bound in (each.start, each.stop) if isinstance(bound, Expression)]
                    found.add(self.survey(each.body))
                    found.set.add(each.index)
                case If(condition, yes, no):
                    values.append(condition)
                    found.add(self.survey(yes))
                    found.add(self.survey(no))
                case Call():
                    values += each.indices
            for value in values:
                for e in value.all():
                    if e.op in ("load", "load_bytes"):
                        found.families[self.family(e.detail)] = None
                    elif e.op == "get" and e.kind == INDEX:
                        found.read.add(e.detail)
        self.surveys[id(body)] = found
        return found

    def code(self) -> bytes:
        groups: list[list[int]] = []
        for each in self.types:
            if groups and groups[-1][1] == each:
                groups[-1][0] += 1
            else:
                groups.append([1, each])
        locals_ = _vector([_unsigned(count) + bytes([kind]) for count, kind in groups])
        return _sized(locals_ + b"".join(self.head.values()) + bytes(self.out) + _END)

    def local(self, key: object, kind: Kind) -> bytes:
        """The local of a variable, or of anything else that has one."""
        if key not in self.locals:
            self.locals[key] = _unsigned(self.given + len(self.types))
            self.types.append(_value_type(kind))
        return self.locals[key]

    def new(self, kind: Kind) -> bytes:
        """A new local."""
        return self.local(len(self.types), kind)

    # ---- statements ----------------------------------------------------------------------------------------------------

    def body(self, body: Body) -> None:
        for each in body:
            self.statement(each)

    def statement(self, each: Statement) -> None:
        match each:
            case Set(name, value):
                self.value(value)
                self.out += _SET + self.local((name, value.kind), value.kind)
            case Store(address, value, narrow):
                offset = self.place(address)
                self.value(value)
                lanes = value.kind.lanes
                if narrow and lanes > 1:  # the lowest byte of each lane, side by side
                    self.out += _GET + self.local("nothing", value.kind)  # unused by the shuffle
                    self.out += _vector_code(0x0D) + bytes(16 // lanes * k if k < lanes else 16 for k in range(16))
                self.out += _code("narrow" if narrow else "store", value.kind) + b"\x00" + offset
                self.out += b"\x00" if narrow and lanes > 1 else b""
            case For():
                self.loop(each)
            case If(condition, yes, no):
                self.value(condition)
                self.out += _IF
                self.body(yes)
                if no:
                    self.out += _ELSE
                    self.body(no)
                self.out += _END
            case Call(name, arrays, indices):
                for array, parameter in zip(arrays, self.arrays[name], strict=True):
                    if parameter not in self.places:
                        self.pointer((array, (), 0) if array not in self.places else ("", (), self.places[array]))
                    elif array != parameter:
                        raise ValueError(f"{name} takes {array} for {parameter}, which has a place of its own.")
                for index in indices:
                    self.value(index)
                self.out += b"\x10" + _unsigned(self.numbers[name])

    def loop(self, each: For) -> None:
        """Set the pointers, write the body, and advance them; a pointer that starts at 0 may count the iterations."""
        index, start, stop, step = each.index, each.start, each.stop, each.step
        fixed = isinstance(start, int) and isinstance(stop, int)
        if isinstance(start, int) and isinstance(stop, int) and start >= stop:
            return
        first, last = self.bound(start), self.bound(stop)
        if not fixed:
            self.out += first + last + _LESS + _IF
        moved: dict[bytes, int] = {}
        end = b""
        survey, opened = self.surveys[id(each.body)], []
        for array, strides, below in survey.families:
            held = tuple(s for s in strides if s[0] not in survey.set)
            stride, family = dict(held).get(index), (array, held, below)
            if stride is None or family in self.pointers:
                continue
            self.pointer((array, tuple(s for s in held if s[0] != index), below))
            if start != 0:
                self.out += first + _integer(stride) + _MUL + _ADD
            self.pointers[family] = local = self.local(family, INDEX)
            self.out += _SET + local
            opened.append(family)
            moved[local] = stride
            if isinstance(stop, int) and fixed and not end and family == ("", ((index, stride),), 0) and stride > 0:
                end = _GET + local + _integer(stop * stride) + _LESS_UNSIGNED
        if not end or index in survey.read:
            local = self.local((index, INDEX), INDEX)
            self.out += first + _SET + local
            moved[local] = 1
            end = _GET + local + last + _LESS
        self.out += _LOOP
        self.body(each.body)
        for local, stride in moved.items():
            self.out += _GET + local + _integer(stride * step) + _ADD + _SET + local
        self.out += end + _AGAIN_IF + _END + (b"" if fixed else _END)
        for family in opened:
            del self.pointers[family]

    def bound(self, bound: Any) -> bytes:
        """The code that pushes a bound onto the stack, for repeated use; an expression is computed now."""
        if not isinstance(bound, Expression):
            return _integer(bound)
        self.value(bound)
        local = self.new(INDEX)
        self.out += _SET + local
        return _GET + local

    def family(self, address: Address) -> Family:
        constant = self.constant(address)
        strides = tuple((name, known(stride)) for name, stride in address.strides)
        negative = constant < 0 or any(stride < 0 for _, stride in strides)
        return "" if address.array in self.places else address.array, strides, constant if negative else 0

    def constant(self, address: Address) -> int:
        return self.places.get(address.array, 0) + known(address.offset)

    def place(self, address: Address) -> bytes:
        """Push the changing part of an address onto the stack; returns the constant part."""
        family = self.family(address)
        self.pointer(family)
        return _unsigned(0 if family[2] else self.constant(address))

    def pointer(self, family: Family) -> None:
        """Push the common part of addresses onto the stack: the pointer that covers most of it, plus the rest."""
        array, strides, below = family
        inner = [f for f in self.pointers if f[0] == array and f[2] == below and {*f[1]} <= {*strides}]
        begun = max(inner, key=lambda f: len(f[1]), default=None)
        if begun is not None:
            self.out += _GET + self.pointers[begun]
        elif array:
            self.out += _GET + self.locals["array", array] + (_integer(below) + _ADD if below else b"")
        else:
            self.out += _integer(below)
        for name, stride in strides:
            if begun is None or (name, stride) not in begun[1]:
                self.out += _GET + self.local((name, INDEX), INDEX)
                self.out += (_integer(stride) + _MUL if stride != 1 else b"") + _ADD

    # ---- expressions ---------------------------------------------------------------------------------------------------

    def values(self, operands: Iterable[Expression]) -> None:
        for each in operands:
            self.value(each)

    def value(self, e: Expression) -> None:
        op, kind, detail, operands = e.op, e.kind, e.detail, e.operands
        source = operands[0].kind if operands else kind
        vector = kind.lanes > 1
        _value_type(kind)
        if op == "const" and vector:  # once, at the start: in a loop, some engines recreate it in each iteration
            made = _constant(detail, kind)
            local = self.local(("constant", made), kind)
            self.head[made] = made + _SET + local
            self.out += _GET + local
        elif op == "const":
            self.out += _constant(detail, kind)
        elif op == "get":
            self.out += _GET + self.local((detail, kind), kind)
        elif op in ("load", "load_bytes"):
            offset = self.place(detail)
            self.out += _code(op, kind) + b"\x00" + offset
            if op == "load_bytes" and vector:
                self.out += b"".join(map(_vector_code, (0x89, 0xA9, 0xC9)[: 2 if kind.number == "i32" else 3]))
        elif op == "splat" and operands[0].op == "load":
            offset = self.place(operands[0].detail)
            self.out += _code("spread", kind) + b"\x00" + offset
        elif op == "select":
            self.values((operands[1], operands[2], operands[0]))
            self.out += _vector_code(0x52) if vector else _SELECT
        elif op in ("min", "max") and not vector:
            a, b = self.new(kind), self.new(kind)  # each is used twice
            self.value(operands[1])
            self.out += _TEE + b
            self.value(operands[0])
            self.out += _TEE + a + b"".join(_GET + each for each in ((b, a) if op == "min" else (a, b)))
            self.out += _code("lt", kind) + _SELECT
        elif op == "join":
            self.value(operands[0])
            self.out += _code("splat", kind)
            for lane, each in enumerate(operands[1:], 1):
                self.value(each)
                self.out += _code("join", kind) + bytes([lane])
        elif op == "fma" and not (vector and self.relaxed):
            raise ValueError("WebAssembly has no fma that rounds once.")
        else:
            self.values(operands)
            self.operation(e, source, vector)

    def operation(self, e: Expression, source: Kind, vector: bool) -> None:
        """Write an instruction after its operands."""
        op, kind, detail = e.op, e.kind, e.detail
        if op == "lane":
            self.out += _code("lane", source) + bytes([detail]) if source.lanes > 1 else b""
        elif op == "shuffle":
            width = BYTES[kind.number]
            self.out += _vector_code(0x0D) + bytes(width * lane + k for lane in detail for k in range(width))
        elif op in ("bits", "floats"):
            self.out += b"" if vector else _BITS[kind.number]
        elif op == "convert":
            self.converted(source, kind)
        elif op == "any":
            self.out += _vector_code(0x53) if source.lanes > 1 else b""
        elif op == "call":
            self.out += b"\x10" + _unsigned(self.numbers[detail])
        elif op == "not":
            self.out += _vector_code(0x4D) if vector else b"\x45"
        elif op in ("shl", "shr"):
            self.out += _constant(detail, Kind("i64" if kind == Kind("i64") else "i32")) + _code(op, kind)
        else:
            self.out += _code(op, source if op in COMPARISONS else kind)

    def converted(self, source: Kind, kind: Kind) -> None:
        to, of = ("i32" if each == INDEX else each.number for each in (kind, source))
        if to == of:
            return
        if kind.lanes == 1:
            self.out += _CONVERT[to, of]
        elif {to, of} == {"f32", "i32"}:
            self.out += _vector_code(0xFA if to == "f32" else 0xF8)
        else:
            raise ValueError(f"WebAssembly does not convert {source} to {kind}.")
