"""Any program as parts that are compiled, and matrix products between them that are left to NumPy's BLAS.

`written` says which equations share a loop, where in one memory each array lies, and writes the parts in LLVM's language;
the loops of single operations stand in `loops.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core.nouns import Array, Constant, Equation, Operand, Program, Symbol
from . import lowering, moving, summing  # noqa: F401  # what it knows enters itself
from .loops import ELEMENTWISE, JOINS, OPERATIONS, Loops
from .refusal import Unsupported
from .solving import scratch, small

BLAS = 2**14
"""Multiplications of a product from which on NumPy's BLAS is sooner done than a loop."""

_KINDS = {np.dtype(kind) for kind in (np.float32, np.float64, np.bool_, np.int64)}
_LONGEST = 400  # equations that share a loop: compiling takes longer than in proportion, and the stack's pages end
_LINE = 64  # bytes of a cache line, at which each array begins
_WHOLE = ("matmul", "outer", "einsum", "cumsum", "prod", "cholesky", "solve")


@dataclass(frozen=True)
class Place:
    """Where an array lies: in the memory, or among the constants, at a byte."""

    dtype: np.dtype[np.generic]
    start: int
    constant: bool = False


@dataclass(frozen=True)
class Seat:
    """Where the numbers of an operand lie, and in which shape they are seen."""

    place: Place
    shape: tuple[int, ...]
    turned: bool = False  # a transpose of what lies there


@dataclass(frozen=True)
class Written:
    """A program in LLVM's language: `steps` are functions of the module, or products (left, right, result)."""

    text: str
    called: tuple[str, ...]
    steps: tuple[str | tuple[Seat, Seat, Seat], ...]
    size: int  # bytes of the memory
    constants: tuple[tuple[Array, Seat], ...]
    inputs: tuple[Seat | None, ...]  # nothing, where nothing reads it
    outputs: tuple[Seat | Array | float, ...]  # an array or number is the result itself


def written(program: Program) -> Written:
    """Write a program as loops.

    Raises `Unsupported`, naming the equation, where it has what cannot be written.
    """
    return _Writer(program).write()


class _Writer:
    def __init__(self, program: Program):
        self.program = program
        for equation in program.equations:
            _require(equation)
        self.turned = _turned(program)
        self.nodes = list(_nodes([e for e in program.equations if e.target.name not in self.turned]))
        self.ends = {o.name for o in program.outputs if isinstance(o, Symbol)}
        self.ends |= {condition.symbol.name for condition in program.conditions}
        self.last: dict[str, int] = {}  # the last node that reads a symbol
        self.kept = {*self.ends, *(symbol.name for symbol in program.inputs)}
        for number, node in enumerate(self.nodes):
            made = {e.target.name for e in node}
            for equation in node:
                for each in (self.turned.get(o.name, o) for o in equation.inputs):
                    if isinstance(each, Symbol):
                        self.last[each.name] = number
                        if each.name not in made:
                            self.kept.add(each.name)
        self.places: dict[str, Place] = {}
        self.size = 0
        self.free: dict[tuple[object, int], list[Place]] = {}
        self.names: dict[object, str] = {}  # of functions, by their lines
        self.functions: dict[object, str] = {}
        self.parts: list[str] = []
        self.calls: list[tuple[str, list[tuple[str, int]]]] = []

    def write(self) -> Written:
        constants = self._constants()
        for symbol in self.program.inputs:
            if symbol.name in self.last or symbol.name in self.ends:
                self._seat(symbol)
        steps: list[str | tuple[Seat, Seat, Seat]] = []
        for number, node in enumerate(self.nodes):
            beside = scratch(node[0])
            for symbol in (*(e.target for e in node if e.target.name in self.kept), *([beside] if beside else [])):
                self._seat(symbol)
            if _is_for_blas(node[0]):
                self._close(steps)
                left, right = node[0].inputs
                steps.append((self._seat_of(left), self._seat_of(right), self._seat_of(node[0].target)))
            else:
                self._call(Loops.of(node, self.kept))
            read = [self.turned.get(o.name, o) for e in node for o in e.inputs]
            dying = {o.name: o for o in read if isinstance(o, Symbol) and self.last[o.name] == number}
            for symbol in (*dying.values(), *([beside] if beside else [])):
                if symbol.name in self.places and symbol.name not in self.ends:
                    self.free.setdefault(_kind(symbol), []).append(self.places[symbol.name])
        for condition in self.program.conditions:
            self._call(Loops.of_condition(condition))
        self._close(steps)
        body = "\n".join([*self.functions.values(), *self.parts])
        inputs = tuple(self._seat_of(s) if s.name in self.places else None for s in self.program.inputs)
        outputs = tuple(self._output(operand) for operand in self.program.outputs)
        text = f"{lowering.declarations()}\n{body}"
        return Written(text, lowering.called(body), tuple(steps), self.size, constants, inputs, outputs)

    def _call(self, loops: Loops) -> None:
        """Add a call of loops; equal ones are one function."""
        kinds = [_dtype(operand) for operand in loops.arrays.values()]
        key = (tuple(loops.lines), tuple(kinds))
        if key not in self.functions:
            self.names[key] = f"loops_{len(self.names) + 1}"
            self.functions[key] = lowering.lowered(self.names[key], loops.lines, kinds)
        places = [self.places[name] for name in loops.arrays]
        self.calls.append((self.names[key], [("constants" if p.constant else "memory", p.start) for p in places]))

    def _close(self, steps: list[str | tuple[Seat, Seat, Seat]]) -> None:
        """End a part: what comes next is no loop."""
        if self.calls:
            name = f"part_{len(self.parts) + 1}"
            self.parts.append(lowering.in_turn(name, self.calls))
            steps.append(name)
            self.calls = []

    def _constants(self) -> tuple[tuple[Array, Seat], ...]:
        found, start = [], 0
        for constant in self.program.constants:
            value = np.asarray(constant.value)
            place = Place(value.dtype, start, constant=True)
            self.places[constant.name] = place
            found.append((value, Seat(place, value.shape)))
            start += -(-value.nbytes // _LINE) * _LINE
        return tuple(found)

    def _seat(self, symbol: Symbol) -> None:
        """Give an array a place: one that another has left, or a new one."""
        left = self.free.get(_kind(symbol))
        if left:
            self.places[symbol.name] = left.pop()
            return
        self.places[symbol.name] = Place(symbol.dtype, self.size)
        self.size += -(-math.prod(map(int, symbol.shape)) * symbol.dtype.itemsize // _LINE) * _LINE

    def _seat_of(self, operand: Operand) -> Seat:
        if operand.name in self.turned:
            return replace(self._seat_of(self.turned[operand.name]), turned=True)
        return Seat(self.places[operand.name], tuple(map(int, operand.shape)))

    def _output(self, operand: Operand) -> Seat | Array | float:
        return operand.value if isinstance(operand, Constant) else self._seat_of(operand)


def _turned(program: Program) -> dict[str, Operand]:
    """The transposes that only products by BLAS read, which takes them as they lie; and of what they are one."""
    read: dict[str, list[Equation]] = {}
    for equation in program.equations:
        for operand in equation.inputs:
            read.setdefault(operand.name, []).append(equation)
    ends = {o.name for o in program.outputs if isinstance(o, Symbol)} | {c.symbol.name for c in program.conditions}
    return {
        e.target.name: e.inputs[0]
        for e in program.equations
        if e.primitive.name == "T" and len(e.target.shape) == 2 and e.target.name not in ends
        if e.inputs[0].name and all(map(_is_for_blas, read.get(e.target.name, [])))
    }


def _kind(symbol: Symbol) -> tuple[object, int]:
    return symbol.dtype, math.prod(map(int, symbol.shape))


def _nodes(equations: Sequence[Equation]) -> Iterator[list[Equation]]:
    """Equations that follow one another and share a loop: elementwise ones of one shape; others alone."""
    node: list[Equation] = []
    for equation in equations:
        elementwise = equation.primitive.name in ELEMENTWISE
        alike = node and elementwise and node[0].primitive.name in ELEMENTWISE
        if alike and node[0].target.shape == equation.target.shape and len(node) < _LONGEST:
            node.append(equation)
            continue
        if node:
            yield node
        node = [equation]
    if node:
        yield node


def _require(equation: Equation) -> None:
    name = equation.primitive.name
    known = name in ELEMENTWISE or name in JOINS or name in OPERATIONS
    kinds = [o.dtype if isinstance(o, Symbol) else np.asarray(o.value).dtype for o in equation.inputs]
    whole = (name in ELEMENTWISE and equation.target.dtype.kind in "iu") or (
        name in _WHOLE and equation.target.dtype.kind != "f"
    )
    if len(equation.targets) != 1 or not known or whole or not {*kinds, equation.target.dtype} <= _KINDS:
        raise Unsupported(equation)
    if 0 in [size for o in (*equation.inputs, equation.target) for size in o.shape]:
        raise Unsupported(equation)
    if name not in ELEMENTWISE and any(isinstance(o, Constant) and not o.name for o in equation.inputs):
        raise Unsupported(equation)  # a bare number where an array is read
    if name in ("cholesky", "solve") and not small(equation):
        raise Unsupported(equation)


def _is_for_blas(equation: Equation) -> bool:
    if equation.primitive.name != "matmul":
        return False
    shapes = [o.shape for o in equation.inputs]
    if any(len(shape) != 2 for shape in shapes) or len({_dtype(o) for o in equation.inputs}) != 1:
        return False
    return math.prod(shapes[0]) * int(shapes[1][1]) >= BLAS


def _dtype(operand: Operand) -> np.dtype[np.generic]:
    return operand.dtype if isinstance(operand, Symbol) else np.asarray(operand.value).dtype
