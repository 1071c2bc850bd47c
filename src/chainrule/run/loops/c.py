"""Loops as C99, over single numbers: no vectors, no heap, no state but the arrays that the caller gives.

An array in which all numbers are of one kind is a pointer to such numbers, with places counted in numbers; in any other they
are read and written byte by byte, which compilers make one instruction of. So nothing depends on how an array is aligned.
Integers wrap around as unsigned numbers do, since C leaves undefined what signed ones do.
"""

from __future__ import annotations

import keyword
import math
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .language import (
    BYTES,
    COMPARISONS,
    FLOATS,
    INDEX,
    INTEGERS,
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

TYPES = {
    "f32": "float", "f64": "double", "i32": "int32_t", "i64": "int64_t", "b32": "int", "b64": "int", "index": "ptrdiff_t",
    "bytes": "uint8_t",
}  # fmt: skip
"""The types of numbers; `bytes` are whole numbers from 0 to 255."""
_SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "eq": "==", "and": "&", "or": "|", "xor": "^",
}  # fmt: skip
_MATH = {
    "sqrt": "sqrt",
    "abs": "fabs",
    "nearest": "rint",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "fma": "fma",
}
_RESERVED = {
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for",
    "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
    "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "NAN", "INFINITY",
}  # fmt: skip

HELPERS = {
    "least_{f}": "static inline {t} {p}least_{f}({t} a, {t} b) {{ return b < a ? b : a; }}",
    "most_{f}": "static inline {t} {p}most_{f}({t} a, {t} b) {{ return a < b ? b : a; }}",
    "bits_{f}": "static inline {i} {p}bits_{f}({t} x) {{ {i} y; memcpy(&y, &x, sizeof y); return y; }}",
    "number_{f}": "static inline {t} {p}number_{f}({i} x) {{ {t} y; memcpy(&y, &x, sizeof y); return y; }}",
    "whole_{f}_32": "static inline int32_t {p}whole_{f}_32({t} x) {{ "
    "return x != x ? 0 : x >= 2147483648.0 ? INT32_MAX : x <= -2147483648.0 ? INT32_MIN : (int32_t)x; }}",
    "whole_{f}_64": "static inline int64_t {p}whole_{f}_64({t} x) {{ "
    "return x != x ? 0 : x >= 9223372036854775808.0 ? INT64_MAX : x <= -9223372036854775808.0 ? INT64_MIN : (int64_t)x; }}",
}
"""Functions that the text may call, for both kinds of floating-point numbers."""
_ACCESS = (
    "static inline {t} {p}get_{k}(const uint8_t *a) {{ {t} x; memcpy(&x, a, sizeof x); return x; }}",
    "static inline void {p}put_{k}(uint8_t *a, {t} x) {{ memcpy(a, &x, sizeof x); }}",
)


def identifier(name: str) -> str:
    """A name that C takes, different for different names.

    Args:
        name: The name of a variable, an array or a function.

    Returns:
        The name itself, if C takes it.

    Examples:
        >>> identifier("w2"), identifier("int"), identifier("γ2")
        ('w2', 'int_', 'u3b3_2')
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else f"u{ord(c):x}_" for c in name)
    return f"{plain}_" if plain in _RESERVED or keyword.iskeyword(plain) else plain


def _single(value: float) -> str:
    """The shortest text that is read as the same number of single precision."""
    (rounded,) = struct.unpack("f", struct.pack("f", value))
    texts = (f"{value:.{digits}g}" for digits in range(1, 10))
    text = next(text for text in texts if struct.pack("f", float(text)) == struct.pack("f", rounded))
    return text if "." in text or "e" in text else f"{text}.0"


def literal(value: Any, kind: Kind) -> str:
    """A number as C writes it: the shortest text that gives the same number.

    Args:
        value: The number.
        kind: Its kind.

    Returns:
        The text.

    Examples:
        >>> from .language import F32, F64, I32
        >>> literal(0.1, F32), literal(-1.0, F64), literal(3, I32), literal(float("inf"), F32)
        ('0.1f', '-1.0', '3', 'INFINITY')
    """
    if kind.number in FLOATS:
        if not math.isfinite(value):
            name = "NAN" if math.isnan(value) else "INFINITY"
            return f"-{name}" if value < 0 else name
        return f"{_single(float(value))}f" if kind.number == "f32" else repr(float(value))
    number = int(value)
    if kind.number == "i64":
        return "INT64_MIN" if number == -(2**63) else f"INT64_C({number})"
    return "INT32_MIN" if number == -(2**31) and kind.number == "i32" else str(number)


class Written:
    """Functions as C99, each `static inline`.

    `head` are the functions that they call beside those of <math.h>; `arrays` lists the arrays of each function, in the order
    of its parameters, and `types` says of which type the numbers of an array are.
    """

    def __init__(
        self,
        functions: Sequence[Function],
        prefix: str = "",
        stored: Mapping[str, str] | None = None,
        helpers: str | None = None,
    ):
        """Write functions.

        Args:
            functions: The functions of a module, which `check` accepts, without vectors. An array has the same name in all of
                them.
            prefix: What their names begin with.
            stored: The types of arrays whose numbers are stored as another type than the loops read, such as `int8_t`.
            helpers: What the names of the functions that they call begin with, by default the same.
        """
        self.prefix, self.stored = prefix if helpers is None else helpers, dict(stored or {})
        self.called: dict[str, None] = {}
        self.kinds: dict[str, set[str]] = {}
        self.changed: set[str] = set()
        self.arrays: dict[str, tuple[str, ...]] = {}
        self.names = {each.name: prefix + identifier(each.name) for each in functions}
        for each in functions:
            self._survey(each)
        self.types = {name: self._type(name) for name in self.kinds}
        self.functions = [_Writer(self, each).text for each in functions]
        self.head = [*self.called]

    def _survey(self, function: Function) -> None:
        """Which arrays a function needs, of what kinds their numbers are, and which it changes."""
        used: set[str] = set()

        def met(address: Address, number: str) -> None:
            used.add(address.array)
            whole = all(known(each) % BYTES.get(number, 1) == 0 for each in _counts(address))
            self.kinds.setdefault(address.array, set()).update({number} if whole else {number, "unaligned"})

        for each in _statements(function.body):
            if isinstance(each, Store):
                met(each.address, "bytes" if each.narrow else each.value.kind.number)
                self.changed.add(each.address.array)
            elif isinstance(each, Call):
                if any(name not in each.arrays for name in self.arrays[each.function]):
                    raise ValueError(f"{each.function} takes arrays that have other names in {function.name}.")
                used.update(self.arrays[each.function])
        for e in expressions(function.body):
            if e.op in ("load", "load_bytes"):
                met(e.detail, "bytes" if e.op == "load_bytes" else e.kind.number)
        self.arrays[function.name] = tuple(name for name in function.arrays if name in used)

    def _type(self, name: str) -> str:
        if name in self.stored:
            return self.stored[name]
        kinds = self.kinds[name]
        return TYPES[next(iter(kinds))] if len(kinds) == 1 else "uint8_t"

    def is_bytes(self, name: str) -> bool:
        """Whether places in an array are counted in bytes: its numbers are of several kinds."""
        return name not in self.stored and len(self.kinds[name]) > 1

    def declared(self, name: str) -> str:
        """An array as a parameter."""
        return f"{'' if name in self.changed else 'const '}{self.types[name]} *{identifier(name)}"

    def call(self, template: str, number: str) -> str:
        """The name of a helper, which is then written, too."""
        whole = TYPES["i32" if number == "f32" else "i64"]
        given = {"t": TYPES[number], "f": number, "i": whole, "p": self.prefix}
        self.called[HELPERS[template].format(**given)] = None
        return self.prefix + template.format(f=number)

    def access(self, number: str, put: bool) -> str:
        """The name of the helper that reads or writes a number of an array of bytes."""
        self.called[_ACCESS[put].format(t=TYPES[number], k=number, p=self.prefix)] = None
        return f"{self.prefix}{'put' if put else 'get'}_{number}"


def _counts(address: Address) -> list[Any]:
    return [address.offset, *(stride for _, stride in address.strides)]


def _statements(body: Body) -> Iterator[Statement]:
    for each in body:
        yield each
        if isinstance(each, For | If):
            yield from _statements(each.body)
        if isinstance(each, If):
            yield from _statements(each.otherwise)


def _read(body: Body) -> Counter[tuple[str, Kind]]:
    """How often variables are read."""
    found: Counter[tuple[str, Kind]] = Counter()
    addresses = [each.address for each in _statements(body) if isinstance(each, Store)]
    for e in expressions(body):
        if e.op == "get":
            found[e.detail, e.kind] += 1
        elif isinstance(e.detail, Address):
            addresses.append(e.detail)
    found.update((name, INDEX) for address in addresses for name, _ in address.strides)
    return found


def _without(body: Body, read: Counter[tuple[str, Kind]]) -> Body:
    """Statements without the values that nothing reads, of which compilers warn."""
    kept: list[Statement] = []
    for each in body:
        match each:
            case Set(name, value) if not read[name, value.kind]:
                continue
            case For(index, start, stop, step, inner):
                kept.append(For(index, start, stop, step, _without(inner, read)))
            case If(condition, inner, otherwise):
                kept.append(If(condition, _without(inner, read), _without(otherwise, read)))
            case _:
                kept.append(each)
    return tuple(kept)


class _Writer:
    """One function as text."""

    def __init__(self, whole: Written, function: Function):
        self.whole = whole
        body, shorter = function.body, _without(function.body, _read(function.body))
        while body != shorter:
            body, shorter = shorter, _without(shorter, _read(shorter))
        read = _read(body)
        self.variables: dict[tuple[str, Kind], str] = {}
        self.taken: set[str] = {identifier(name) for name in function.arrays}
        self.count = 0
        given = [self.variable(name, INDEX) for name in function.indices]
        arrays = [whole.declared(name) for name in whole.arrays[function.name]]
        parameters = [*arrays, *(f"ptrdiff_t {name}" for name in given)]
        self.lines = [
            f"static inline void {whole.names[function.name]}({', '.join(parameters) or 'void'}) {{",
            *(f"  (void){self.variable(name, INDEX)};" for name in function.indices if not read[name, INDEX]),
        ]
        self.known: set[tuple[str, Kind]] = {(name, INDEX) for name in function.indices}
        self.depth = 1
        self.body(body)
        self.text = "\n".join([*self.lines, "}"])

    def line(self, text: str) -> None:
        self.lines.append("  " * self.depth + text)

    def variable(self, name: str, kind: Kind) -> str:
        """The name of a variable; another kind of the same name is another variable."""
        if (name, kind) not in self.variables:
            plain = identifier(name)
            own = plain if plain not in self.taken else f"{plain}_{kind.number}"
            while own in self.taken:
                own += "_"
            self.taken.add(own)
            self.variables[name, kind] = own
        return self.variables[name, kind]

    # ---- statements ----------------------------------------------------------------------------------------------------

    def body(self, body: Body) -> None:
        """Statements; a variable that is set within one of them alone, and read outside of it, is declared before that."""
        known = set(self.known)
        for k, each in enumerate(body):
            rest = body[k:]
            if isinstance(each, For | If):
                self._declare(each, rest[1:])
            self.statement(each)
        self.known = known

    def _declare(self, each: For | If, after: Body) -> None:
        """Declare what a statement sets and what is read behind it, or in its next turn before it is set there."""
        inner = (*each.body, *each.otherwise) if isinstance(each, If) else each.body
        own = {(s.name, s.value.kind) for s in _statements(inner) if isinstance(s, Set)} - self.known
        for name, kind in sorted(own & set(_read(after)) | (own & _before(each))):
            self.line(f"{TYPES[kind.number]} {self.variable(name, kind)} = 0;")
            self.known.add((name, kind))

    def statement(self, each: Statement) -> None:
        match each:
            case Set(name, value):
                key, text = (name, value.kind), self.value(value)
                new = "" if key in self.known else f"{TYPES[value.kind.number]} "
                self.known.add(key)
                self.line(f"{new}{self.variable(*key)} = {_bare(text)};")
            case Store(address, value, narrow):
                number, text = value.kind.number, _bare(self.value(value))
                place, array = self.place(address, 1 if narrow else BYTES.get(number, 1)), identifier(address.array)
                if self.whole.is_bytes(address.array) and not narrow:
                    self.line(f"{self.whole.access(number, True)}({array} + {place}, {text});")
                else:
                    self.line(f"{array}[{place}] = {f'(uint8_t)({text})' if narrow else text};")
            case For():
                self.loop(each)
            case If(condition, yes, no):
                self.line(f"if ({_bare(self.value(condition))}) {{")
                self.inner(yes)
                if no:
                    self.line("} else {")
                    self.inner(no)
                self.line("}")
            case Call(name, _, indices):
                given = [*map(identifier, self.whole.arrays[name]), *(_bare(self.value(each)) for each in indices)]
                self.line(f"{self.whole.names[name]}({', '.join(given)});")

    def inner(self, body: Body) -> None:
        self.depth += 1
        self.body(body)
        self.depth -= 1

    def loop(self, each: For) -> None:
        if isinstance(each.start, int) and isinstance(each.stop, int) and each.start >= each.stop:
            return
        start, stop = (_bare(self.value(b)) if isinstance(b, Expression) else str(b) for b in (each.start, each.stop))
        index = self.variable(each.index, INDEX)
        if isinstance(each.stop, Expression) and each.stop.op != "const":  # it is computed once
            self.count += 1
            self.line(f"const ptrdiff_t end{self.count} = {stop};")
            stop = f"end{self.count}"
        step = f"{index}++" if each.step == 1 else f"{index} += {each.step}"
        self.line(f"for (ptrdiff_t {index} = {start}; {index} < {stop}; {step}) {{")
        self.known.add((each.index, INDEX))
        self.inner(each.body)
        self.known.discard((each.index, INDEX))
        self.line("}")

    def place(self, address: Address, size: int) -> str:
        """A place in an array, counted in its numbers."""
        per = 1 if self.whole.is_bytes(address.array) else size
        parts = []
        for name, stride in address.strides:
            by, index = known(stride) // per, self.variable(name, INDEX)
            parts.append(index if by == 1 else f"{by} * {index}")
        offset = known(address.offset) // per
        return " + ".join([*parts, *([str(offset)] if offset or not parts else [])])

    # ---- expressions ---------------------------------------------------------------------------------------------------

    def value(self, e: Expression) -> str:
        """An expression; what has a sign between its parts stands in brackets."""
        op, kind, detail, number = e.op, e.kind, e.detail, e.kind.number
        if kind.lanes > 1:
            raise ValueError(f"C has no vectors, such as {kind}.")
        if op == "const":
            text = literal(detail[0] if isinstance(detail, tuple) else detail, kind)
            return f"({text})" if text.startswith("-") else text
        if op == "get":
            return self.variable(detail, kind)
        if op in ("load", "load_bytes"):
            return self.loaded(detail, kind, op == "load_bytes")
        values = [self.value(each) for each in e.operands]
        first = e.operands[0].kind.number
        if op == "select":
            return f"({values[0]} ? {values[1]} : {values[2]})"
        if op in ("lane", "any"):
            return values[0]
        if op == "bits":
            return f"{self.whole.call('bits_{f}', first)}({_bare(values[0])})"
        if op == "floats":
            return f"{self.whole.call('number_{f}', number)}({_bare(values[0])})"
        if op == "convert":
            return self.converted(values[0], first, number)
        if op == "call":
            return f"{detail}({', '.join(map(_bare, values))})"
        if op in ("min", "max"):
            name = self.whole.call("least_{f}" if op == "min" else "most_{f}", number)
            return f"{name}({', '.join(map(_bare, values))})"
        if op in _MATH:
            return f"{_MATH[op]}{'f' if number == 'f32' else ''}({', '.join(map(_bare, values))})"
        if op == "neg":
            return f"(-{values[0]})"
        if op == "not":
            return f"(!{values[0]})"
        if op in ("shl", "shr"):
            text = f"(uint{8 * BYTES[number]}_t){values[0]} << {detail}" if op == "shl" else f"{values[0]} >> {detail}"
            return f"({TYPES[number]})({text})" if op == "shl" else f"({text})"
        sign = _SIGNS[op]
        if number in INTEGERS and op in ("add", "sub", "mul") and op not in COMPARISONS:
            wide = f"uint{8 * BYTES[number]}_t"
            return f"({TYPES[number]})(({wide}){values[0]} {sign} ({wide}){values[1]})"
        return f"({values[0]} {sign} {values[1]})"

    def loaded(self, address: Address, kind: Kind, of_bytes: bool) -> str:
        array, number = identifier(address.array), kind.number
        place = self.place(address, 1 if of_bytes else BYTES.get(number, 1))
        if self.whole.is_bytes(address.array) and not of_bytes:
            return f"{self.whole.access(number, False)}({array} + {place})"
        found = f"{array}[{place}]"
        return f"({TYPES[number]}){found}" if of_bytes or address.array in self.whole.stored else found

    def converted(self, value: str, source: str, number: str) -> str:
        if source in FLOATS and number not in FLOATS:
            bits = "64" if number in ("i64", "index") else "32"
            whole = f"{self.whole.call(f'whole_{{f}}_{bits}', source)}({_bare(value)})"
            return f"(ptrdiff_t){whole}" if number == "index" else whole
        return value if source == number else f"({TYPES[number]}){value}"


def _before(each: For | If) -> set[tuple[str, Kind]]:
    """What a loop reads in a turn before it sets it there, so that it comes from the turn before."""
    if isinstance(each, If):
        return set()
    seen: set[tuple[str, Kind]] = set()
    found: set[tuple[str, Kind]] = set()

    def walk(body: Iterable[Statement]) -> None:
        for one in body:
            if isinstance(one, For | If):
                head = For(one.index, one.start, one.stop, 1, ()) if isinstance(one, For) else If(one.condition, ())
                found.update(set(_read((head,))) - seen)
                outer = set(seen)
                walk(one.body)
                kept = set(seen)
                seen.clear()
                seen.update(outer)
                if isinstance(one, If):
                    walk(one.otherwise)
                    both = kept & seen
                    seen.clear()
                    seen.update(outer | both)
            else:
                found.update(set(_read((one,))) - seen)
                if isinstance(one, Set):
                    seen.add((one.name, one.value.kind))

    walk(each.body)
    return found


def _bare(text: str) -> str:
    """Text without the brackets around the whole of it."""
    if not text.startswith("(") or not text.endswith(")"):
        return text
    depth = 0
    for k, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if not depth and k < len(text) - 1:
            return text
    return text[1:-1]
