"""Loops into LLVM's language: the few words of Python that `loops.py` writes, each with the type that its operands give it.

What there is: `for` over `range`, `if`, assignments to numbers and to places of flat arrays, arithmetic, comparisons, and
some functions. The arrays of one function do not overlap, which LLVM is told.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Sequence

import numpy as np

from .functions import INLINED, definitions
from .values import FLOATS, TYPES, Instructions, Value, literal

_CALLS = {
    "pow": 2, "hypot": 2, "atan2": 2, "log1p": 1, "log2": 1, "log10": 1, "cbrt": 1, "sin": 1, "cos": 1, "tan": 1, "asin": 1,
    "acos": 1, "atan": 1, "sinh": 1, "cosh": 1, "asinh": 1, "acosh": 1, "atanh": 1,
}  # fmt: skip
"""Functions of the C library, and of how many numbers; those of `functions.py` are called beside them."""
_INSTRUCTIONS = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "rint": "rint"}
"""What processors do in one instruction, by LLVM's name."""
_SHORT = 8  # turns of an innermost loop that is written out
_parsing = threading.Lock()  # Python 3.11 fails where several threads parse at once


def lowered(name: str, lines: Sequence[str], arrays: Sequence[np.dtype[np.generic]]) -> str:
    """A function of LLVM's that takes arrays, which the lines call a0, a1, …, and returns what they leave in `wrong`."""
    with _parsing:
        body = ast.parse("\n".join(lines)).body
    return _Function(arrays).write(name, body)


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
        f"declare double @{name}({', '.join(['double'] * count)}) nounwind willreturn memory(none) nobuiltin"
        for name, count in _CALLS.items()
    ]
    for kind, suffix in (("double", "f64"), ("float", "f32")):
        lines += [f"declare {kind} @llvm.{name}.{suffix}({kind})" for name in _INSTRUCTIONS.values()]
    written_out = '!0 = distinct !{!0, !1}\n!1 = !{!"llvm.loop.unroll.full"}'
    return "\n".join([*lines, definitions(), written_out, ""])


def called(text: str) -> tuple[str, ...]:
    """The functions of the C library that a module calls."""
    return tuple(name for name in _CALLS if f"call double @{name}(" in text)


class _Function(Instructions):
    def __init__(self, arrays: Sequence[np.dtype[np.generic]]):
        super().__init__()
        self.arrays = arrays
        self.entry: list[str] = []
        self.block = "entry"
        self.scopes: list[dict[str, Value]] = [{}]  # numbers by name: where they are kept, or what they are

    def write(self, name: str, body: Sequence[ast.stmt]) -> str:
        self._assign("wrong", Value("0", "i1"))
        for statement in body:
            self._statement(statement)
        wrong = self.cast(self._name("wrong"), "i64")
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

    def _set(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._assign(target.id, value)
            return
        assert isinstance(target, ast.Subscript)
        address, kind = self._address(target)
        value = self.cast(value, kind)
        if kind == "i1":
            value = Value(self.line(f"zext i1 {value.text} to i8"), "i8")
        self.lines.append(f"store {value.type} {value.text}, ptr {address}")

    def _assign(self, name: str, value: Value) -> None:
        known = next((scope[name] for scope in reversed(self.scopes) if name in scope), None)
        if known is None:
            self.count += 1
            known = Value(f"%number.{self.count}", value.type)
            self.entry.append(f"{known.text} = alloca {value.type}")
            self.scopes[-1][name] = known
        self.lines.append(f"store {known.type} {self.cast(value, known.type).text}, ptr {known.text}")

    def _for(self, node: ast.For) -> None:
        assert isinstance(node.target, ast.Name)
        assert isinstance(node.iter, ast.Call)
        bounds = [self.cast(self._value(each), "i64").text for each in node.iter.args]
        first, end = bounds if len(bounds) == 2 else ("0", bounds[0])
        known = first.isdigit() and end.isdigit()
        if known and int(end) - int(first) == 1:  # no loop: the index is a number
            self._body(node.target.id, Value(first, "i64"), node.body)
            return
        self.count += 1
        k, index = self.count, f"%index.{self.count}"
        done = f"done.{k}"
        if known:
            self.lines.append(f"br label %loop.{k}")
        else:
            some = self.line(f"icmp slt i64 {first}, {end}")
            self.lines.append(f"br i1 {some}, label %loop.{k}, label %{done}")
        before = self.block
        self._label(f"loop.{k}")
        phi = len(self.lines)
        self.lines.append("")
        self._body(node.target.id, Value(index, "i64"), node.body)
        following = self.line(f"add nuw nsw i64 {index}, 1")
        more = self.line(f"icmp slt i64 {following}, {end}")
        short = known and int(end) - int(first) <= _SHORT and not any(isinstance(each, ast.For) for each in node.body)
        self.lines.append(f"br i1 {more}, label %loop.{k}, label %{done}{', !llvm.loop !0' if short else ''}")
        self.lines[phi] = f"{index} = phi i64 [ {first}, %{before} ], [ {following}, %{self.block} ]"
        self._label(done)

    def _body(self, name: str, index: Value, body: Sequence[ast.stmt]) -> None:
        self.scopes.append({f"for {name}": index})
        for statement in body:
            self._statement(statement)
        self.scopes.pop()

    def _if(self, node: ast.If) -> None:
        self.count += 1
        k = self.count
        test = self.cast(self._value(node.test), "i1")
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

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool() | int() | float() as number):
                return literal(number)
            case ast.Name(id=name):
                return self._name(name)
            case ast.Subscript():
                return self._load(node)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                one, other = self._value(left), self._value(right)
                return self._call("pow", "float" if {one.type, other.type} == {"float"} else "double", one, other)
            case ast.BinOp(left=left, op=operation, right=right):
                return self.arithmetic(operation, self._value(left), self._value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.negative(self._value(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Value(self.line(f"xor i1 {self.cast(self._value(operand), 'i1').text}, true"), "i1")
            case ast.Compare(left=left, ops=[operation], comparators=[right]):
                return self.compare(operation, self._value(left), self._value(right))
            case ast.BoolOp(op=operation, values=values):
                first, *others = (self.cast(self._value(each), "i1").text for each in values)
                for each in others:
                    first = self.line(f"{'or' if isinstance(operation, ast.Or) else 'and'} i1 {first}, {each}")
                return Value(first, "i1")
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.select(self._value(test), self._value(body), self._value(orelse))
            case ast.Call(func=function, args=args):
                return self._function(ast.unparse(function).rpartition(".")[2], list(map(self._value, args)))
        raise AssertionError(ast.unparse(node))

    def _name(self, name: str) -> Value:
        if name in ("inf", "nan"):
            return literal(float(name))
        for scope in reversed(self.scopes):
            if f"for {name}" in scope:
                return scope[f"for {name}"]
            if name in scope:
                return Value(self.line(f"load {scope[name].type}, ptr {scope[name].text}"), scope[name].type)
        raise AssertionError(name)

    def _address(self, node: ast.Subscript) -> tuple[str, str]:
        """Where a number of an array lies, and of which type it is."""
        assert isinstance(node.value, ast.Name)
        kind = TYPES[self.arrays[int(node.value.id[1:])].name]
        index = self.cast(self._value(node.slice), "i64").text
        held = "i8" if kind == "i1" else kind
        return self.line(f"getelementptr inbounds {held}, ptr %{node.value.id}, i64 {index}"), kind

    def _load(self, node: ast.Subscript) -> Value:
        address, kind = self._address(node)
        found = self.line(f"load {'i8' if kind == 'i1' else kind}, ptr {address}")
        return Value(self.line(f"icmp ne i8 {found}, 0") if kind == "i1" else found, kind)

    def _added(self, operation: ast.operator, total: Value, node: ast.expr) -> Value:
        """One more term of a sum, which may be added up in another order, and its products without rounding between.

        Elsewhere nothing is: x x − y y must be 0 where x is y.
        """
        free = isinstance(operation, (ast.Add, ast.Sub))
        match node:
            case ast.BinOp(left=left, op=ast.Mult() as times, right=right) if free:
                term = self.arithmetic(times, self._value(left), self._value(right), free=True)
            case _:
                term = self._value(node)
        return self.arithmetic(operation, total, term, free)

    def _function(self, name: str, args: Sequence[Value]) -> Value:
        if name == "bool":
            return self.cast(args[0], "i1")
        if name in TYPES:
            return self.cast(args[0], TYPES[name])
        if name in ("max", "min"):  # as in Python: the first, unless the second is greater
            greater = self.compare(ast.Gt() if name == "max" else ast.Lt(), args[1], args[0])
            return self.select(greater, args[1], args[0])
        kind = args[0].type if args[0].type in FLOATS else "double"
        if name == "sign":
            value, zero, one = self.cast(args[0], kind), literal(0.0), literal(1.0)
            sign = self.select(
                self.compare(ast.Lt(), value, zero),
                self.cast(self.negative(one), kind),
                self.arithmetic(ast.Add(), value, zero),
            )
            return self.select(self.compare(ast.Gt(), value, zero), self.cast(one, kind), sign)
        if name in _INSTRUCTIONS:
            value = self.cast(args[0], kind)
            which = f"{_INSTRUCTIONS[name]}.f{64 if kind == 'double' else 32}"
            return Value(self.line(f"call {kind} @llvm.{which}({kind} {value.text})"), kind)
        return self._call(name, kind, *args)

    def _call(self, name: str, kind: str, *args: Value) -> Value:
        """A function of doubles, whatever is given."""
        assert name in _CALLS or name in INLINED, name
        name = f"of.{name}" if name in INLINED else name
        given = ", ".join(f"double {self.cast(each, 'double').text}" for each in args)
        return self.cast(Value(self.line(f"call double @{name}({given})"), "double"), kind)
