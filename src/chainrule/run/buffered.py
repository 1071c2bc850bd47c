"""The buffered NumPy executor: a program as one function without allocations, for training without llvmlite.

It generates Python source that creates the buffer of each result and each view (a transpose, a slice) once, and computes each
equation with a call that writes into its buffer. The source (`Buffered.source`) is readable and computes the equations in the
order of the printed program.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.dims import BATCH, Dim
from ..core.nouns import Array, Constant, Equation, Number, Operand, Program, Symbol
from ..core.primitive import UFUNCS, namespace
from ..core.python import number
from ..core.template import Piece

_VIEWS = frozenset({"identity", "T", "transpose", "broadcast_to", "getitem", "imag", "real", "reshape"})
_REDUCTIONS = {
    "sum": "np.add.reduce", "max": "np.maximum.reduce", "first_max": "np.maximum.reduce", "min": "np.minimum.reduce"
}  # fmt: skip
_AS_UFUNCS: dict[str, tuple[tuple[Any, ...], ...]] = {
    "sigmoid": (("np.negative",), ("np.exp",), ("np.add", 1), ("np.reciprocal",)),
    "relu": (("np.fmax", 0),),
    "relu_prime": (("np.clip", 0, 1), ("np.ceil",), ("np.abs",)),  # NaN stays, −0 becomes 0
}
"""Operations as chains of NumPy ufuncs, each with its second operand if that is a number."""


@dataclass(frozen=True)
class Buffered:
    """A program bound to its buffers: fill the inputs, call `step()` with the `at_call` inputs, and read `outputs`."""

    source: str
    step: Callable[..., None]
    outputs: tuple[Array, ...]


def buffered(
    program: Program,
    inputs: Mapping[str, Array],
    in_place: Mapping[int, str] | None = None,
    at_call: Sequence[str] = (),
) -> Buffered:
    """Bind a program to buffers.

    Args:
        program: The program.
        inputs: The arrays that hold its inputs, by name, with the shapes and dtypes of the symbols; they may be views.
        in_place: The outputs, by position, that are written over an input: `{0: "w2"}`.
        at_call: The inputs that are passed to each `step(…)`; only elementwise operations may read them.

    Raises:
        ValueError: An array does not have the shape or dtype of its symbol.
    """
    for symbol in program.inputs:
        array = inputs[symbol.name]
        if (array.shape, array.dtype) != (symbol.shape, symbol.dtype):
            raise ValueError(
                f"The buffer of {symbol.name} is {array.shape} of {array.dtype}; "
                f"it must be {symbol.shape} of {symbol.dtype}."
            )
    turned = {name for name, array in inputs.items() if array.ndim == 2 and not array.flags.c_contiguous}
    writer = _SourceWriter(program, in_place or {}, at_call, turned)
    source = writer.write()
    scope = {**namespace(), **writer.arrays}
    exec(compile(source, f"<{program.name}, buffered>", "exec"), scope)
    step, outputs = scope["make"](*(inputs[symbol.name] for symbol in program.inputs))
    return Buffered(source, step, outputs)


class _SourceWriter:
    """Writes the source, and tracks which buffer holds each symbol and how many reads of it remain."""

    def __init__(
        self, program: Program, in_place: Mapping[int, str], at_call: Sequence[str] = (), turned: Set[str] = frozenset()
    ):
        self.program = program
        self.at_call = at_call
        self.turned = turned  # inputs stored column by column
        self.inputs = [symbol.name for symbol in program.inputs]
        self.arrays: dict[str, Array] = {}  # constants
        self.functions: dict[str, str] = {}  # NumPy functions under local names, which Python finds faster
        self.made: list[str] = []  # lines that run once
        self.steps: list[str] = []  # lines that run at every call
        self.names = {*self.inputs, *(target.name for e in program.equations for target in e.targets)}
        self.fixed = set(self.inputs)  # the symbols whose array is the same in every call
        self.written = {name: name for name in self.inputs}  # the expression of a symbol: the name of its buffer
        self.own: dict[str, tuple[object, ...]] = {}  # the buffers created here, with their kinds
        self.place: dict[str, str] = {}  # a symbol stored in the buffer of another → that other
        self.over = {
            o.name: in_place[p] for p, o in enumerate(program.outputs) if p in in_place and isinstance(o, Symbol)
        }
        self.unread: Counter[str] = Counter()
        for equation in program.equations:
            if equation.primitive.name in _VIEWS and isinstance(equation.inputs[0], Symbol):
                self.place[equation.target.name] = equation.inputs[0].name
        for operand in program.operands():
            if isinstance(operand, Symbol):
                self.unread[self._home(operand.name)] += 1

    def write(self) -> str:
        for equation in self.program.equations:
            for operand in equation.inputs:
                if isinstance(operand, Symbol):
                    self.unread[self._home(operand.name)] -= 1
            self._equation(equation)
        outputs = [self._output(output) for output in self.program.outputs]
        return "\n".join(
            [
                f"def make({', '.join(self.inputs)}):",
                *(f"    {local} = {function}" for function, local in self.functions.items()),
                *(f"    {line}" for line in self.made),
                "",
                f"    def step({', '.join(self.at_call)}):",
                *(f"        {line}" for line in self.steps or ["pass"]),
                "",
                f"    return step, ({', '.join(outputs)},)",
                "",
            ]
        )

    # ---- equations ---------------------------------------------------------------------------------------------------

    def _equation(self, equation: Equation) -> None:
        name, target, inputs = equation.primitive.name, equation.target, equation.inputs
        params = dict(equation.params)
        steady = all(isinstance(operand, Constant) or operand.name in self.fixed for operand in inputs)
        if steady and name in _VIEWS and self._gives_view(equation):
            self.made.append(f"{target.name} = {self._view(equation)}")
            self.fixed.add(target.name)
        elif steady and name == "matmul" and all(len(o.shape) == 2 for o in inputs) and target.dtype.kind == "f":
            self._product(equation)
        elif steady and name == "sum" and over_columns(equation):
            # The sum of a matrix over its columns is its product with a column of ones, which BLAS computes faster.
            ones = f"ones_{inputs[0].shape[1]}"
            self.arrays[ones] = np.ones((inputs[0].shape[1], 1), target.dtype)
            out = self._buffer(target, avoid=inputs)
            self._write_step("np.dot", self._operand(inputs[0]), ones, out)
        elif steady and name in _REDUCTIONS and inputs[0].shape and _dtype(inputs[0]) == target.dtype:
            axis = tuple(range(len(inputs[0].shape))) if params["axis"] is None else params["axis"]
            out = self._buffer(target, avoid=inputs)
            self._write_step(
                _REDUCTIONS[name], self._operand(inputs[0]), str(axis), "None", out, str(params["keepdims"])
            )
        elif steady and name in _AS_UFUNCS and inputs[0].shape:
            given, out = self._operand(inputs[0]), self._buffer(target, inputs)
            for function, *numbers in _AS_UFUNCS[name]:
                self._write_step(function, given, *(self._number(each, target.dtype) for each in numbers), out)
                given = out
        elif steady and name == "softmax":
            self._softmax(equation)
        elif steady and name == "power" and _is_two(inputs[1]):
            self._write_step("np.square", self._operand(inputs[0]), self._buffer(target, inputs))
        elif steady and (ufunc := ufunc_name(name)):
            self._call(f"np.{ufunc}", equation)
        else:  # computed as printed, into a new array at every call
            self.steps.append(f"{equation.written_targets} = {self._expression(equation)}")

    def _softmax(self, equation: Equation) -> None:
        """eᶻ / Σ eᶻ, after subtracting the largest z."""
        target, (z,), axis = equation.target, equation.inputs, dict(equation.params)["axis"]
        beside = f"{target.name}_beside"
        shape = tuple(1 if k == axis % len(target.shape) else int(size) for k, size in enumerate(target.shape))
        self.made.append(f"{beside} = np.empty({shape}, np.{target.dtype})")
        out = self._buffer(target, avoid=equation.inputs)
        given = self._operand(z)
        self._write_step("np.maximum.reduce", given, str(axis), "None", beside, "True")
        self._write_step("np.subtract", given, beside, out)
        self._write_step("np.exp", out, out)
        self._write_step("np.add.reduce", out, str(axis), "None", beside, "True")
        self._write_step("np.divide", out, beside, out)

    def _product(self, equation: Equation) -> None:
        """A matrix product. NumPy writes only in row-major order, so a column-major result is Bᵀ Aᵀ, written into Cᵀ."""
        a, b = equation.inputs
        out = self._buffer(equation.target, avoid=equation.inputs)
        if out in self.turned or (by_columns(equation.target) and out in self.own):
            self._write_step("np.dot", *(self._turned(self._operand(each)) for each in (b, a)), self._turned(out))
        else:
            self._write_step("np.dot", self._operand(a), self._operand(b), out)

    def _turned(self, written: str) -> str:
        """The transpose of a fixed array, a view created once."""
        view = f"{written}_t"
        if f"{view} = {written}.T" not in self.made:
            self.made.append(f"{view} = {written}.T")
        return view

    def _call(self, function: str, equation: Equation) -> None:
        target = equation.target
        kind = target.dtype
        if kind.kind == "b":  # what it compares may be numbers alone
            kind = next((_dtype(each) for each in equation.inputs if isinstance(each, Symbol)), np.dtype(float))
        operands = []
        for operand in equation.inputs:
            if isinstance(operand, Constant) and not isinstance(operand.value, np.ndarray):
                operands.append(self._number(operand.value, kind))
            else:
                operands.append(self._operand(operand))
        out = self._buffer(target, equation.inputs)
        # NumPy deprecates a positional output for these two, since it is easily mistaken for a third operand.
        self._write_step(function, *operands, f"out={out}" if function in ("np.maximum", "np.minimum") else out)

    def _gives_view(self, equation: Equation) -> bool:
        """Whether the result is a view of the input; a reshape is one if the input is contiguous."""
        (operand,) = equation.inputs
        if equation.primitive.name == "reshape":
            return isinstance(operand, Symbol) and operand.name not in self.inputs and operand.name not in self.place
        return isinstance(operand, Symbol)

    def _view(self, equation: Equation) -> str:
        """The expression of a view. A single element is x[0, ...], since x[0] would copy the value once and for all."""
        written = self._expression(equation)
        if equation.primitive.name != "getitem" or equation.target.shape or "..." in written:
            return written
        return f"{written.removesuffix(']')}, ...]"

    def _output(self, output: Operand) -> str:
        """The expression of an output, which is copied if it must be in place and is not yet, or if it is new at every call."""
        if isinstance(output, Constant):
            return self._operand(output)
        over = self.over.get(output.name)
        if over is not None:
            if self.written.get(output.name) != over:
                self.steps.append(f"{over}[...] = {self._operand(output)}")
            return over
        if output.name in self.fixed:
            return self._operand(output)
        kept = f"{output.name}_kept"
        self.made.append(f"{kept} = {_empty(output)}")
        self.steps.append(f"{kept}[...] = {output.name}")
        return kept

    # ---- buffers and names -------------------------------------------------------------------------------------------

    def _buffer(self, target: Symbol, reusable: Sequence[Operand] = (), avoid: Sequence[Operand] = ()) -> str:
        """The buffer for a target: that of the input it replaces, one that is no longer read, or a new one."""
        self.fixed.add(target.name)
        homes = {self._home(operand.name) for operand in avoid if isinstance(operand, Symbol)}
        over = self.over.get(target.name)
        if over is not None and not self.unread[over] and over not in homes:
            return self._move_in(target, over, over)
        for operand in reusable:
            if not isinstance(operand, Symbol) or (operand.shape, operand.dtype) != (
                target.shape,
                target.dtype,
            ):
                continue
            home = self._home(operand.name)
            if home not in self.inputs and not self.unread[home] and self._operand(operand) == self.written.get(home):
                return self._move_in(target, home, self.written[home])
        homes |= {self._home(operand.name) for operand in reusable if isinstance(operand, Symbol)}
        for home, kind in self.own.items():
            if kind == _kind(target) and not self.unread[home] and home not in homes:
                return self._move_in(target, home, home)
        self.own[target.name] = _kind(target)
        self.written[target.name] = target.name
        self.made.append(f"{target.name} = {_empty(target)}")
        return target.name

    def _move_in(self, target: Symbol, home: str, written: str) -> str:
        self.unread[home] += self.unread.pop(target.name, 0)
        self.place[target.name] = home
        self.written[target.name] = written
        return written

    def _home(self, name: str) -> str:
        while name in self.place:
            name = self.place[name]
        return name

    def _operand(self, operand: Operand) -> str:
        return self._piece(operand).text

    def _piece(self, operand: Operand) -> Piece:
        if isinstance(operand, Symbol):
            return Piece(self.written.get(operand.name, operand.name))
        if operand.name:
            self.arrays[operand.name] = np.asarray(operand.value)
            return Piece(operand.name)
        return number(operand.value)

    def _expression(self, equation: Equation) -> str:
        return equation.primitive.write([self._piece(operand) for operand in equation.inputs], equation.params).text

    def _write_step(self, function: str, *arguments: str) -> None:
        local = self.functions.setdefault(function, function.replace(".", "_"))
        self.steps.append(f"{local}({', '.join(arguments)})")

    def _number(self, value: Number | Array, dtype: np.dtype[Any]) -> str:
        """A number as a zero-dimensional array, which ufuncs handle faster than a Python number."""
        for name, known in self.arrays.items():
            if name.startswith("k") and known.dtype == dtype and known.tobytes() == np.array(value, dtype).tobytes():
                return name
        names = (f"k{k}" for k in itertools.count(len(self.arrays) + 1))
        name = next(
            each for each in names if each not in self.names | self.arrays.keys()
        )  # a parameter may be called k
        self.arrays[name] = np.array(value, dtype)
        self.made.append(f"# {name} = {value}")
        return name


def _is_two(operand: Operand) -> bool:
    return isinstance(operand, Constant) and operand.key in (("int", "2"), ("float", "2.0"))


def _empty(symbol: Symbol) -> str:
    """A new buffer. If its columns are examples, it is stored in column-major order, like the data."""
    shape = tuple(map(int, symbol.shape))
    if by_columns(symbol):
        return f"np.empty({shape[::-1]}, np.{symbol.dtype}).T"
    return f"np.empty({shape}, np.{symbol.dtype})"


def _kind(symbol: Symbol) -> tuple[object, ...]:
    return symbol.shape, symbol.dtype, by_columns(symbol)


def by_columns(symbol: Symbol) -> bool:
    """Whether the columns of a matrix are examples."""
    return len(symbol.shape) == 2 and isinstance(symbol.shape[1], Dim) and symbol.shape[1].name == BATCH


def _dtype(operand: Operand) -> np.dtype[Any]:
    return operand.dtype if isinstance(operand, Symbol) else np.asarray(operand.value).dtype


def ufunc_name(primitive: str) -> str:
    """The name of the ufunc that an operation is, if it is one."""
    ours = (ufunc for ufunc, declared in UFUNCS.items() if declared.name == primitive and not ufunc.signature)
    return next((ufunc.__name__ for ufunc in ours if getattr(np, ufunc.__name__, None) is ufunc), "")


def over_columns(equation: Equation) -> bool:
    """Whether a sum is over the columns of a matrix, with a column as its result."""
    params, (operand,) = dict(equation.params), equation.inputs
    kept = params["axis"] in (1, (1,)) and params["keepdims"]
    return bool(
        kept
        and len(operand.shape) == 2
        and equation.target.dtype.kind == "f"
        and _dtype(operand) == equation.target.dtype
    )
