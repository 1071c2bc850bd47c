"""Loops into LLVM's language: the few words of Python that `loops.py` writes, each with the type that its operands give it.

What there is: `for` over `range`, `if`, assignments to numbers and to places of flat arrays, arithmetic, comparisons, and
some functions. The arrays of one function do not overlap, which LLVM is told.
"""

from __future__ import annotations

import ast
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .functions import INLINED, definitions, hexadecimal

_TYPES = {"bool": "i1", "int64": "i64", "float32": "float", "float64": "double"}
_ORDER = ("i1", "i64", "float", "double")
_FLOATS = ("float", "double")
_ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_COMPARE = {
    ast.Lt: ("olt", "slt"), ast.LtE: ("ole", "sle"), ast.Gt: ("ogt", "sgt"), ast.GtE: ("oge", "sge"),
    ast.Eq: ("oeq", "eq"), ast.NotEq: ("une", "ne"),
}  # fmt: skip
_CALLS = ("log1p", "sin", "cos", "pow")
"""Functions of the C library; those of `functions.py` are called beside them."""
_SHORT = 8  # turns of an innermost loop that is written out


@dataclass(frozen=True)
class _Value:
    text: str
    type: str


def lowered(name: str, lines: Sequence[str], arrays: Sequence[np.dtype[np.generic]]) -> str:
    """A function of LLVM's that takes arrays, which the lines call a0, a1, …, and returns what they leave in `wrong`."""
    return _Function(arrays).write(name, ast.parse("\n".join(lines)).body)


def in_turn(name: str, calls: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> str:
    """A function `int name(memory, constants)` that calls others: each with what its arrays lie in, and at which byte."""
    lines, wrong = [], "0"
    for k, (function, arrays) in enumerate(calls):
        for j, (base, start) in enumerate(arrays):
            lines.append(f"%a.{k}.{j} = getelementptr i8, ptr %{base}, i64 {start}")
        given = ", ".join(f"ptr %a.{k}.{j}" for j in range(len(arrays)))
        lines += [f"%w.{k} = call i64 @{function}({given})", f"%wrong.{k} = or i64 %w.{k}, {wrong}"]
        wrong = f"%wrong.{k}"
    head = f"define i64 @{name}(ptr %memory, ptr %constants) nounwind {{"
    return "\n".join([head, *lines, f"ret i64 {wrong}", "}", ""])


def declarations() -> str:
    """What the functions of a module call."""
    lines = [
        f"declare double @{name}(double{', double' if name == 'pow' else ''}) nounwind willreturn memory(none) nobuiltin"
        for name in _CALLS
    ]
    for kind, suffix in (("double", "f64"), ("float", "f32")):
        lines += [f"declare {kind} @llvm.{name}.{suffix}({kind})" for name in ("sqrt", "fabs")]
    written_out = '!0 = distinct !{!0, !1}\n!1 = !{!"llvm.loop.unroll.full"}'
    return "\n".join([*lines, definitions(), written_out, ""])


def called(text: str) -> tuple[str, ...]:
    """The functions of the C library that a module calls."""
    return tuple(name for name in _CALLS if f"call double @{name}(" in text)


class _Function:
    def __init__(self, arrays: Sequence[np.dtype[np.generic]]):
        self.arrays = arrays
        self.entry: list[str] = []
        self.lines: list[str] = []
        self.count = 0
        self.block = "entry"
        self.scopes: list[dict[str, _Value]] = [{}]  # numbers by name: where they are kept, or what they are

    def write(self, name: str, body: Sequence[ast.stmt]) -> str:
        self._assign("wrong", _Value("0", "i1"))
        for statement in body:
            self._statement(statement)
        wrong = self._as(self._name("wrong"), "i64")
        given = ", ".join(f"ptr noalias %a{k}" for k in range(len(self.arrays)))
        head = f'define internal i64 @{name}({given}) noinline nounwind "no-stack-arg-probe" {{\nentry:'
        return "\n".join(
            [head, *self.entry, "br label %begin", "begin:", *self.lines, f"ret i64 {wrong.text}", "}", ""]
        )

    # ---- statements ----------------------------------------------------------------------------------------------------

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[target], value=value):
                self._set(target, self._value(value))
            case ast.AugAssign(target=target, op=operation, value=value):
                self._set(target, self._added(operation, self._value(target), value))
            case ast.For():
                self._for(node)
            case ast.If():
                self._if(node)
            case _:
                raise AssertionError(ast.unparse(node))

    def _set(self, target: ast.expr, value: _Value) -> None:
        if isinstance(target, ast.Name):
            self._assign(target.id, value)
            return
        assert isinstance(target, ast.Subscript)
        address, kind = self._address(target)
        value = self._as(value, kind)
        if kind == "i1":
            value = _Value(self._line(f"zext i1 {value.text} to i8"), "i8")
        self.lines.append(f"store {value.type} {value.text}, ptr {address}")

    def _assign(self, name: str, value: _Value) -> None:
        known = next((scope[name] for scope in reversed(self.scopes) if name in scope), None)
        if known is None:
            self.count += 1
            known = _Value(f"%number.{self.count}", value.type)
            self.entry.append(f"{known.text} = alloca {value.type}")
            self.scopes[-1][name] = known
        self.lines.append(f"store {known.type} {self._as(value, known.type).text}, ptr {known.text}")

    def _for(self, node: ast.For) -> None:
        assert isinstance(node.target, ast.Name)
        assert isinstance(node.iter, ast.Call)
        bounds = [self._as(self._value(each), "i64").text for each in node.iter.args]
        first, end = bounds if len(bounds) == 2 else ("0", bounds[0])
        known = first.isdigit() and end.isdigit()
        if known and int(end) - int(first) == 1:  # no loop: the index is a number
            self._body(node.target.id, _Value(first, "i64"), node.body)
            return
        self.count += 1
        k, index = self.count, f"%index.{self.count}"
        done = f"done.{k}"
        if known:
            self.lines.append(f"br label %loop.{k}")
        else:
            some = self._line(f"icmp slt i64 {first}, {end}")
            self.lines.append(f"br i1 {some}, label %loop.{k}, label %{done}")
        before = self.block
        self._label(f"loop.{k}")
        phi = len(self.lines)
        self.lines.append("")
        self._body(node.target.id, _Value(index, "i64"), node.body)
        following = self._line(f"add nuw nsw i64 {index}, 1")
        more = self._line(f"icmp slt i64 {following}, {end}")
        short = known and int(end) - int(first) <= _SHORT and not any(isinstance(each, ast.For) for each in node.body)
        self.lines.append(f"br i1 {more}, label %loop.{k}, label %{done}{', !llvm.loop !0' if short else ''}")
        self.lines[phi] = f"{index} = phi i64 [ {first}, %{before} ], [ {following}, %{self.block} ]"
        self._label(done)

    def _body(self, name: str, index: _Value, body: Sequence[ast.stmt]) -> None:
        self.scopes.append({f"for {name}": index})
        for statement in body:
            self._statement(statement)
        self.scopes.pop()

    def _if(self, node: ast.If) -> None:
        self.count += 1
        k = self.count
        test = self._as(self._value(node.test), "i1")
        self.lines.append(f"br i1 {test.text}, label %then.{k}, label %else.{k}")
        for label, body in (("then", node.body), ("else", node.orelse)):
            self._label(f"{label}.{k}")
            for statement in body:
                self._statement(statement)
            self.lines.append(f"br label %end.{k}")
        self._label(f"end.{k}")

    def _label(self, name: str) -> None:
        self.lines.append(f"{name}:")
        self.block = name

    # ---- expressions ---------------------------------------------------------------------------------------------------

    def _value(self, node: ast.expr) -> _Value:
        match node:
            case ast.Constant(value=bool() | int() | float() as number):
                return _literal(number)
            case ast.Name(id=name):
                return self._name(name)
            case ast.Subscript():
                return self._load(node)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                one, other = self._value(left), self._value(right)
                return self._call("pow", "float" if {one.type, other.type} == {"float"} else "double", one, other)
            case ast.BinOp(left=left, op=operation, right=right):
                return self._arithmetic(operation, self._value(left), self._value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._negative(self._value(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _Value(self._line(f"xor i1 {self._as(self._value(operand), 'i1').text}, true"), "i1")
            case ast.Compare(left=left, ops=[operation], comparators=[right]):
                return self._compare(operation, self._value(left), self._value(right))
            case ast.BoolOp(op=operation, values=values):
                first, *others = (self._as(self._value(each), "i1").text for each in values)
                for each in others:
                    first = self._line(f"{'or' if isinstance(operation, ast.Or) else 'and'} i1 {first}, {each}")
                return _Value(first, "i1")
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._select(self._value(test), self._value(body), self._value(orelse))
            case ast.Call(func=function, args=args):
                return self._function(ast.unparse(function).rpartition(".")[2], list(map(self._value, args)))
        raise AssertionError(ast.unparse(node))

    def _name(self, name: str) -> _Value:
        if name in ("inf", "nan"):
            return _literal(float(name))
        for scope in reversed(self.scopes):
            if f"for {name}" in scope:
                return scope[f"for {name}"]
            if name in scope:
                return _Value(self._line(f"load {scope[name].type}, ptr {scope[name].text}"), scope[name].type)
        raise AssertionError(name)

    def _address(self, node: ast.Subscript) -> tuple[str, str]:
        """Where a number of an array lies, and of which type it is."""
        assert isinstance(node.value, ast.Name)
        kind = _TYPES[self.arrays[int(node.value.id[1:])].name]
        index = self._as(self._value(node.slice), "i64").text
        held = "i8" if kind == "i1" else kind
        return self._line(f"getelementptr inbounds {held}, ptr %{node.value.id}, i64 {index}"), kind

    def _load(self, node: ast.Subscript) -> _Value:
        address, kind = self._address(node)
        found = self._line(f"load {'i8' if kind == 'i1' else kind}, ptr {address}")
        return _Value(self._line(f"icmp ne i8 {found}, 0") if kind == "i1" else found, kind)

    def _added(self, operation: ast.operator, total: _Value, node: ast.expr) -> _Value:
        """One more term of a sum, which may be added up in another order, and its products without rounding between.

        Elsewhere nothing is: x x − y y must be 0 where x is y.
        """
        free = isinstance(operation, (ast.Add, ast.Sub))
        match node:
            case ast.BinOp(left=left, op=ast.Mult() as times, right=right) if free:
                term = self._arithmetic(times, self._value(left), self._value(right), free=True)
            case _:
                term = self._value(node)
        return self._arithmetic(operation, total, term, free)

    def _arithmetic(self, operation: ast.operator, one: _Value, other: _Value, free: bool = False) -> _Value:
        name = _ARITHMETIC[type(operation)]
        kind = _common(one.type, other.type)
        if name == "div" and kind not in _FLOATS:
            kind = "double"
        one, other = self._as(one, kind), self._as(other, kind)
        if kind in _FLOATS:
            flags = "contract reassoc " if free else ""
            return _Value(self._line(f"f{name} {flags}{kind} {one.text}, {other.text}"), kind)
        return _Value(self._line(f"{name} nsw i64 {one.text}, {other.text}"), kind)

    def _negative(self, value: _Value) -> _Value:
        if value.type in _FLOATS:
            return _Value(self._line(f"fneg {value.type} {value.text}"), value.type)
        return _Value(self._line(f"sub nsw i64 0, {self._as(value, 'i64').text}"), "i64")

    def _compare(self, operation: ast.cmpop, one: _Value, other: _Value) -> _Value:
        kind = _common(one.type, other.type)
        one, other = self._as(one, kind), self._as(other, kind)
        of_floats, of_integers = _COMPARE[type(operation)]
        word = f"fcmp {of_floats}" if kind in _FLOATS else f"icmp {of_integers}"
        return _Value(self._line(f"{word} {kind} {one.text}, {other.text}"), "i1")

    def _select(self, test: _Value, one: _Value, other: _Value) -> _Value:
        kind = one.type if one.type == other.type else _common(one.type, other.type)
        one, other = self._as(one, kind), self._as(other, kind)
        truth = self._as(test, "i1").text
        return _Value(self._line(f"select i1 {truth}, {kind} {one.text}, {kind} {other.text}"), kind)

    def _function(self, name: str, args: Sequence[_Value]) -> _Value:
        if name == "bool":
            return self._as(args[0], "i1")
        if name in _TYPES:
            return self._as(args[0], _TYPES[name])
        if name in ("max", "min"):  # as in Python: the first, unless the second is greater
            greater = self._compare(ast.Gt() if name == "max" else ast.Lt(), args[1], args[0])
            return self._select(greater, args[1], args[0])
        kind = args[0].type if args[0].type in _FLOATS else "double"
        if name == "sign":
            value, zero, one = self._as(args[0], kind), _literal(0.0), _literal(1.0)
            sign = self._select(self._compare(ast.Lt(), value, zero), self._as(self._negative(one), kind), value)
            return self._select(self._compare(ast.Gt(), value, zero), self._as(one, kind), sign)
        if name in ("sqrt", "abs"):
            value = self._as(args[0], kind)
            which = f"{'fabs' if name == 'abs' else name}.f{64 if kind == 'double' else 32}"
            return _Value(self._line(f"call {kind} @llvm.{which}({kind} {value.text})"), kind)
        return self._call(name, kind, *args)

    def _call(self, name: str, kind: str, *args: _Value) -> _Value:
        """A function of doubles, whatever is given."""
        assert name in _CALLS or name in INLINED, name
        name = f"of.{name}" if name in INLINED else name
        given = ", ".join(f"double {self._as(each, 'double').text}" for each in args)
        return self._as(_Value(self._line(f"call double @{name}({given})"), "double"), kind)

    def _as(self, value: _Value, kind: str) -> _Value:
        """A value in another type."""
        old = value.type
        if old == kind:
            return value
        if _is_literal(value):
            return _typed_literal(value, kind)
        if kind == "i1":
            word = "fcmp une" if old in _FLOATS else "icmp ne"
            return _Value(self._line(f"{word} {old} {value.text}, {'0.0' if old in _FLOATS else '0'}"), kind)
        if old in _FLOATS:
            word = "fptosi" if kind == "i64" else "fpext" if kind == "double" else "fptrunc"
        else:
            word = "zext" if kind == "i64" else "uitofp" if old == "i1" else "sitofp"
        return _Value(self._line(f"{word} {old} {value.text} to {kind}"), kind)

    def _line(self, text: str) -> str:
        self.count += 1
        self.lines.append(f"%v.{self.count} = {text}")
        return f"%v.{self.count}"


def _common(one: str, other: str) -> str:
    """The type in which two are added: never truths, and double precision for whole numbers beside single."""
    kind = max(one, other, "i64", key=_ORDER.index)
    return "double" if {one, other} == {"i64", "float"} else kind


def _literal(number: bool | int | float) -> _Value:
    if isinstance(number, bool):
        return _Value(str(int(number)), "i1")
    return _Value(str(number), "i64") if isinstance(number, int) else _Value(hexadecimal(number), "double")


def _is_literal(value: _Value) -> bool:
    return not value.text.startswith("%")


def _typed_literal(value: _Value, kind: str) -> _Value:
    number: float = struct.unpack(">d", bytes.fromhex(value.text[2:]))[0] if value.type in _FLOATS else int(value.text)
    if kind == "i1":
        return _Value(str(int(number != 0)), kind)
    if kind == "i64":
        assert math.isfinite(number)
        return _Value(str(int(number)), kind)
    with np.errstate(over="ignore"):
        return _Value(hexadecimal(float(np.float32(number)) if kind == "float" else float(number)), kind)
