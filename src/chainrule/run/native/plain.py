"""Writes any program as plain loops for Numba, without the vector type: arrays of any number of axes, floats of both sizes.

Arrays are flat and lie row by row, as NumPy's do. Elementwise equations of one shape share a loop; a matrix product that
is large enough for BLAS to win is left to NumPy, between two compiled parts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...program.dims import Shape
from ...program.nouns import Array, Constant, Equation, Operand, Program, Symbol
from ...version import __version__
from .names import apart
from .refusal import Unsupported
from .texts import TEXTS

BLAS = 2**14
"""Multiplications of a product from which on NumPy's BLAS is sooner done than a loop."""

_JOINS = {
    "sum": ("0", "{0} + {1}"), "mean": ("0", "{0} + {1}"),
    "max": ("-inf", "{1} if {1} > {0} or {1} != {1} else {0}"), "min": ("inf", "{1} if {1} < {0} or {1} != {1} else {0}"),
    "any": ("0", "{0} or bool({1})"), "all": ("1", "{0} and bool({1})"),
}  # fmt: skip
_KINDS = {np.dtype(kind) for kind in (np.float32, np.float64, np.bool_, np.int64)}


def written(program: Program) -> str:
    """The source of a module whose `run` takes the inputs and flat constants, and returns the outputs and the conditions'
    truth values.

    Raises `Unsupported`, naming the equation, where the program has what cannot be written.
    """
    return _Writer(program, apart(program)).write()


class _Writer:
    def __init__(self, shown: Program, program: Program):
        self.shown, self.program = shown, program
        self.symbols = {symbol.name: symbol for symbol in program.inputs}
        self.symbols |= {c.name: Symbol(c.name, c.shape, np.asarray(c.value).dtype) for c in program.constants}
        self.symbols |= {e.target.name: e.target for e in program.equations}
        self.nodes: list[list[Equation]] = []
        for equation in program.equations:
            self._require(equation)
            last = self.nodes[-1] if self.nodes else []
            shared = (
                last
                and all(e.primitive.name in TEXTS for e in (*last, equation))
                and last[0].target.shape == equation.target.shape
            )
            if shared and self._is_pointwise(equation, last):
                last.append(equation)
            else:
                self.nodes.append([equation])
        ends = {o.name for o in program.outputs if isinstance(o, Symbol)} | {c.symbol.name for c in program.conditions}
        self.kept = ends | set(program_inputs := [s.name for s in program.inputs])
        self.given = [*program_inputs, *(c.name for c in program.constants)]
        for node in self.nodes:
            made = {e.target.name for e in node}
            self.kept |= {o.name for e in node for o in e.inputs if isinstance(o, Symbol) and o.name not in made}
        self.lines: list[str] = []
        self.used: dict[str, None] = {}
        self.ends = ends
        self.parts = self._parts()
        self.local = {n for n, parts in self.parts.items() if n and len(parts) == 1 and n not in {*ends, *self.given}}
        whole = {o.name for e in program.equations if not self._reads_numbers(e) for o in e.inputs}
        self.numbers = {
            n for n in {*self.local, *program_inputs} if not self.symbols[n].shape and n not in whole and n not in ends
        }

    def _parts(self) -> dict[str, set[int]]:
        """In which compiled parts each symbol is made and read; a product by BLAS is a part of its own, below 0."""
        found: dict[str, set[int]] = {}
        part = 0
        for node in self.nodes:
            if self._is_for_blas(node[0]):
                part += 1
            for equation in node:
                for each in (equation.target, *equation.inputs):
                    found.setdefault(each.name, set()).add(-part if self._is_for_blas(node[0]) else part)
        return found

    def _reads_numbers(self, equation: Equation) -> bool:
        """Whether an equation reads its operands number by number, so that a single one need not be an array."""
        name = equation.primitive.name
        return name in TEXTS or name in _JOINS or name in ("concatenate", "scatter")

    def _is_pointwise(self, equation: Equation, node: Sequence[Equation]) -> bool:
        made = {e.target.name: e.target for e in node}
        read = [made[o.name] for o in equation.inputs if isinstance(o, Symbol) and o.name in made]
        return all(each.shape == equation.target.shape for each in read)

    def _require(self, equation: Equation) -> None:
        name = equation.primitive.name
        known = name in TEXTS or name in _JOINS or hasattr(self, f"_{name}")
        kinds = [o.dtype if isinstance(o, Symbol) else np.asarray(o.value).dtype for o in equation.inputs]
        whole = name in TEXTS and equation.target.dtype.kind in "iu"  # NumPy's rules for whole numbers are its own
        if len(equation.targets) != 1 or not known or whole or not {*kinds, equation.target.dtype} <= _KINDS:
            raise Unsupported(equation)
        if 0 in [size for o in (*equation.inputs, equation.target) for size in o.shape]:
            raise Unsupported(equation)

    # ---- the whole -----------------------------------------------------------------------------------------------------

    def write(self) -> str:
        parts: list[str] = []
        calls: list[str] = []

        def close() -> None:
            if not self.lines:
                return
            names = [name for name in self.used if name not in self.local]
            made = [self._buffer(self.symbols[name]) for name in self.used if name in self.local]
            kinds = ", ".join(self._kind(name) for name in names)
            name = f"part_{len(parts) + 1}"
            head = f"@numba.njit(numba.void({kinds}), cache=CACHED, error_model='numpy', boundscheck=False)"
            body = "\n".join(f"    {line}" for line in (*made, *self.lines))
            parts.append(f"{head}\ndef {name}({', '.join(names)}):\n{body}\n")
            calls.append(f"{name}({', '.join(names)})")
            self.lines, self.used = [], {}

        for node in self.nodes:
            first = node[0]
            target = first.target
            if self._is_for_blas(first):
                close()
                left, right = (self._matrix(o) for o in first.inputs)
                calls.append(self._buffer(target))
                calls.append(f"np.matmul({left}, {right}, out={self._matrix(target)})")
                continue
            for equation in node:
                if equation.target.name in self.kept and equation.target.name not in self.local:
                    calls.append(self._buffer(equation.target))
            if first.primitive.name in TEXTS:
                self._loop(node)
            else:
                getattr(self, f"_{first.primitive.name}" if first.primitive.name not in _JOINS else "_reduce")(first)
        close()
        outputs = [self._output(k, o) for k, o in enumerate(self.program.outputs)]
        truths = [f"bool({condition.symbol.name}[0])" for condition in self.program.conditions]
        return "\n".join(
            [
                f'"""Loops, written by chainrule {__version__} from the program below.',
                "",
                str(self.shown).replace("\\", "\\\\").replace('"""', "'''"),
                '"""',
                "",
                "import math",
                "import numba",
                "import numpy as np",
                "",
                "inf, nan = np.inf, np.nan",
                "",
                "",
                *(f"{part}\n" for part in parts),
                f"def run({', '.join(self.given)}):",
                *(f"    {given}" for given in self._taken()),
                *(f"    {call}" for call in calls),
                f"    return ({', '.join(outputs)}{',' if outputs else ''}), ({', '.join(truths)}{',' if truths else ''})",
                "",
            ]
        )

    def _kind(self, name: str) -> str:
        kind = {"bool": "boolean"}.get(self.symbols[name].dtype.name, self.symbols[name].dtype.name)
        if name in self.numbers:
            return f"numba.{kind}"
        read = ", readonly=True" if name in self.given else ""
        return f'numba.types.Array(numba.{kind}, 1, "C"{read})'

    def _buffer(self, symbol: Symbol) -> str:
        kind = {"bool": "bool_"}.get(symbol.dtype.name, symbol.dtype.name)
        return f"{symbol.name} = np.empty({math.prod(symbol.shape)}, np.{kind})"

    def _taken(self) -> list[str]:
        """The inputs as loops take them: numbers, and arrays row by row."""
        used = {name for name in self.parts if name in self.symbols} | self.ends
        lines = []
        for symbol in self.program.inputs:
            name = symbol.name
            if name in self.numbers:
                lines.append(f"{name} = {'float' if symbol.dtype == np.float64 else f'np.{symbol.dtype.name}'}({name})")
            elif name in used:
                lines.append(f"{name} = {name}.ravel()" if symbol.shape else f"{name} = np.asarray({name}).reshape(1)")
        return lines

    def _output(self, position: int, operand: Operand) -> str:
        """A result, in its shape and with a memory of its own."""
        if isinstance(operand, Constant) and not operand.name:
            return f"np.asarray({_literal(operand.value)})[()]"
        if not operand.shape:
            return f"{operand.name}[0]"
        before = [o.name for o in self.program.outputs[:position]]
        own = ".copy()" if operand.name in {*self.given, *before} else ""
        shape = f".reshape({', '.join(str(int(size)) for size in operand.shape)})" if len(operand.shape) > 1 else ""
        return f"{operand.name}{own}{shape}"

    def _is_for_blas(self, equation: Equation) -> bool:
        if equation.primitive.name != "matmul" or equation.target.dtype.kind != "f":
            return False
        shapes = [o.shape for o in equation.inputs]
        if any(len(shape) != 2 for shape in shapes):
            return False
        return math.prod(shapes[0]) * int(shapes[1][1]) >= BLAS

    def _matrix(self, operand: Operand) -> str:
        return f"{self._name(operand)}.reshape({int(operand.shape[0])}, {int(operand.shape[1])})"

    def _name(self, operand: Operand) -> str:
        return operand.name  # of a symbol, or of an array constant

    # ---- lines ---------------------------------------------------------------------------------------------------------

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def _use(self, name: str) -> str:
        self.used[name] = None
        return name

    def _open(self, sizes: Sequence[int], names: Sequence[str], depth: int = 0) -> int:
        for name, size in zip(names, sizes, strict=True):
            self._line(depth, f"for {name} in range({int(size)}):")
            depth += 1
        return depth

    def _at(self, operand: Operand, shape: Shape, indices: Sequence[str]) -> str:
        """An operand at the place that indices of a broadcast shape name."""
        if isinstance(operand, Constant) and not operand.name:
            return _literal(operand.value)
        if operand.name in self.numbers:
            return operand.name if operand.name in self.local else self._use(operand.name)
        own = operand.shape
        kept = indices[len(shape) - len(own) :]
        return f"{self._use(operand.name)}[{_flat(own, ['0' if size == 1 else i for size, i in zip(own, kept, strict=True)])}]"

    def _cast(self, symbol: Symbol, text: str) -> str:
        return f"np.float32({text})" if symbol.dtype == np.float32 else text

    def _loop(self, node: Sequence[Equation]) -> None:
        shape = node[0].target.shape
        indices = [f"i{axis}" for axis in range(len(shape))]
        depth = self._open(shape, indices)
        local: dict[str, str] = {}
        made: set[str] = set()

        def operand(each: Operand, beside: Sequence[Operand]) -> str:
            if isinstance(each, Symbol) and each.name in made:
                return each.name if each.name not in self.kept else f"{each.name}_here"
            if isinstance(each, Constant) and not each.name:
                return self._number(each, beside)
            text = self._at(each, shape, indices)
            if text not in local:
                local[text] = f"x{len(local)}"
                self._line(depth, f"{local[text]} = {text}")
            return local[text]

        for equation in node:
            target = equation.target
            text = self._text(equation, [operand(each, equation.inputs) for each in equation.inputs])
            name = f"{target.name}_here" if target.name in self.kept else target.name
            self._line(depth, f"{name} = {self._cast(target, text)}")
            if target.name in self.kept:
                self._line(depth, f"{self._at(target, shape, indices)} = {name}")
            made.add(target.name)

    def _text(self, equation: Equation, operands: Sequence[str]) -> str:
        name, inputs = equation.primitive.name, equation.inputs
        if name == "power" and isinstance(inputs[1], Constant) and not inputs[1].name and inputs[1].value in (1, 2, 3):
            return " * ".join([operands[0]] * int(inputs[1].value))
        return TEXTS[name].format(*operands)

    def _number(self, constant: Constant, beside: Sequence[Operand]) -> str:
        """A number, of the type that NumPy lets its neighbors decide on; negative ones in brackets."""
        arrays = [np.asarray(o.value).dtype if isinstance(o, Constant) else o.dtype for o in beside if o.name]
        floats = [kind for kind in arrays if kind.kind == "f"]
        single = bool(floats) and all(kind == np.float32 for kind in floats)
        text = _literal(constant.value)
        return f"np.float32({text})" if single and not isinstance(constant.value, bool) else f"({text})"

    # ---- what is no loop over one shape --------------------------------------------------------------------------------

    def _reduce(self, equation: Equation) -> None:
        name, params = equation.primitive.name, dict(equation.params)
        (source,), target = equation.inputs, equation.target
        shape, axes = source.shape, _axes(params["axis"], len(source.shape))
        first, join = _JOINS[name]
        indices = [f"i{axis}" for axis in range(len(shape))]
        outer = [axis for axis in range(len(shape)) if axis not in axes]
        depth = self._open([shape[a] for a in outer], [indices[a] for a in outer])
        start = {"float32": f"np.float32({first})", "float64": f"np.float64({first})"}.get(target.dtype.name, first)
        start = f"bool({first})" if target.dtype == bool else start
        self._line(depth, f"s = {start}")
        inner = self._open([shape[a] for a in axes], [indices[a] for a in axes], depth)
        self._line(inner, f"x = {self._at(source, shape, indices)}")
        self._line(inner, f"s = {self._cast(target, join.format('s', 'x'))}")
        if name == "mean":
            self._line(depth, f"s = {self._cast(target, f's / {math.prod(int(shape[a]) for a in axes)}')}")
        kept = [("0" if a in axes else indices[a]) for a in range(len(shape)) if params["keepdims"] or a not in axes]
        self._line(depth, f"{self._at(target, target.shape, kept)} = s")

    def _argmax(self, equation: Equation) -> None:
        (source,), target = equation.inputs, equation.target
        shape, axes = source.shape, _axes(dict(equation.params)["axis"], len(source.shape))
        indices = [f"i{axis}" for axis in range(len(shape))]
        outer = [axis for axis in range(len(shape)) if axis not in axes]
        depth = self._open([shape[a] for a in outer], [indices[a] for a in outer])
        self._line(depth, "best, top, at = 0, -np.inf, 0")
        inner = self._open([shape[a] for a in axes], [indices[a] for a in axes], depth)
        self._line(inner, f"x = {self._at(source, shape, indices)}")
        self._line(inner, "if at == 0 or x > top or (x != x and top == top):")
        self._line(inner + 1, "best, top = at, x")
        self._line(inner, "at += 1")
        self._line(depth, f"{self._use(target.name)}[{_flat(target.shape, [indices[a] for a in outer])}] = best")

    def _softmax(self, equation: Equation) -> None:
        (source,), target = equation.inputs, equation.target
        shape = source.shape
        axis = dict(equation.params)["axis"] % len(shape)
        indices = [f"i{each}" for each in range(len(shape))]
        outer = [each for each in range(len(shape)) if each != axis]
        depth = self._open([shape[a] for a in outer], [indices[a] for a in outer])
        over = f"for i{axis} in range({int(shape[axis])}):"
        x, y = self._at(source, shape, indices), self._at(target, shape, indices)
        first = self._at(source, shape, ["0" if a == axis else indices[a] for a in range(len(shape))])
        lines = [
            f"top = {first}", over, f"    top = max(top, {x})", f"s = 0 * {first}", over,
            f"    {y} = math.exp({x} - top)", f"    s += {y}", over, f"    {y} /= s",
        ]  # fmt: skip
        for line in lines:
            self._line(depth, line)

    def _matmul(self, equation: Equation) -> None:
        (left, right), target = equation.inputs, equation.target
        a, b = (list(o.shape) for o in equation.inputs)
        rows, columns = (a[-2:-1] or [1])[0], (b[-1:] if len(b) > 1 else [1])[0]
        stack = target.shape[: len(target.shape) - (len(a) > 1) - (len(b) > 1)]
        indices = [f"i{axis}" for axis in range(len(stack))]

        def place(o: Operand, inner: Sequence[str]) -> str:
            lead = list(o.shape[: len(o.shape) - len(inner)])
            own = indices[len(stack) - len(lead) :] if lead else []
            own = ["0" if size == 1 else i for size, i in zip(lead, own, strict=True)]
            return f"{self._use(self._name(o))}[{_flat(o.shape, [*own, *inner])}]"

        x = place(left, ["r", "k"] if len(a) > 1 else ["k"])
        w = place(right, ["k", "c"] if len(b) > 1 else ["k"])
        y = place(target, [*(["r"] if len(a) > 1 else []), *(["c"] if len(b) > 1 else [])])
        depth = self._open(stack, indices)
        self._line(depth, f"for r in range({int(rows)}):")
        self._line(depth + 1, f"for c in range({int(columns)}):")
        self._line(depth + 2, f"{y} = 0")
        self._line(depth + 1, f"for k in range({int(a[-1])}):")
        self._line(depth + 2, f"x = {x}")
        self._line(depth + 2, f"for c in range({int(columns)}):")
        self._line(depth + 3, f"{y} += x * {w}")

    def _outer(self, equation: Equation) -> None:
        (left, right), target = equation.inputs, equation.target
        depth = self._open(target.shape, ["i0", "i1"])
        one, other = (self._at(o, o.shape, [i]) for o, i in ((left, "i0"), (right, "i1")))
        self._line(depth, f"{self._at(target, target.shape, ['i0', 'i1'])} = {one} * {other}")

    def _moved(self, equation: Equation, source_at: Callable[[Sequence[str]], Sequence[str]]) -> None:
        """A result whose number at each place is the source's at another."""
        source, target = equation.inputs[0], equation.target
        indices = [f"i{axis}" for axis in range(len(target.shape))]
        depth = self._open(target.shape, indices)
        place = _flat(source.shape, source_at(indices))
        self._line(
            depth,
            f"{self._at(target, target.shape, indices)} = {self._use(self._name(source))}[{place}]",
        )

    def _T(self, equation: Equation) -> None:
        self._moved(equation, lambda indices: indices[::-1])

    def _transpose(self, equation: Equation) -> None:
        axes = dict(equation.params)["axes"]
        self._moved(equation, lambda indices: [indices[axes.index(a)] for a in range(len(axes))])

    def _reshape(self, equation: Equation) -> None:
        source, target = equation.inputs[0], equation.target
        self._line(0, f"for i in range({math.prod(map(int, target.shape))}):")
        self._line(1, f"{self._use(target.name)}[i] = {self._use(self._name(source))}[i]")

    def _getitem(self, equation: Equation) -> None:
        self._moved(equation, lambda i: _indexed(equation.inputs[0].shape, dict(equation.params)["index"].value(), i))

    def _scatter(self, equation: Equation) -> None:
        source, target, params = equation.inputs[0], equation.target, dict(equation.params)
        self._line(0, f"{self._use(target.name)}[:] = 0")
        indices = [f"i{axis}" for axis in range(len(source.shape))]
        depth = self._open(source.shape, indices)
        place = _flat(target.shape, _indexed(target.shape, params["index"].value(), indices))
        self._line(depth, f"{target.name}[{place}] = {self._at(source, source.shape, indices)}")

    def _take(self, equation: Equation) -> None:
        self._along(equation, lambda target, source: f"{target} = {source}")

    def _put(self, equation: Equation) -> None:
        self._line(0, f"{self._use(equation.target.name)}[:] = 0")
        self._along(equation, lambda target, source: f"{source} += {target}")

    def _along(self, equation: Equation, line: Callable[[str, str], str]) -> None:
        """Go over the places that index arrays name along an axis: those of the large array, and of the taken one."""
        first, chosen = equation.inputs
        axis = dict(equation.params)["axis"]
        large, taken = (first, equation.target) if equation.primitive.name == "take" else (equation.target, first)
        before = [f"i{a}" for a in range(axis)]
        inner = [f"j{a}" for a in range(len(chosen.shape))]
        after = [f"i{a}" for a in range(axis + 1, len(large.shape))]
        sizes = [*large.shape[:axis], *chosen.shape, *large.shape[axis + 1 :]]
        depth = self._open(sizes, [*before, *inner, *after])
        self._line(depth, f"k = {self._at(chosen, chosen.shape, inner)}")
        self._line(depth, f"k = k + {int(large.shape[axis])} if k < 0 else k")
        one = f"{self._use(self._name(taken))}[{_flat(taken.shape, [*before, *inner, *after])}]"
        other = f"{self._use(self._name(large))}[{_flat(large.shape, [*before, 'k', *after])}]"
        self._line(depth, line(one, other))

    def _concatenate(self, equation: Equation) -> None:
        target, axis, start = equation.target, dict(equation.params)["axis"], 0
        for part in equation.inputs:
            indices = [f"i{a}" for a in range(len(part.shape))]
            depth = self._open(part.shape, indices)
            moved = [f"({i} + {start})" if a == axis else i for a, i in enumerate(indices)]
            value = self._at(part, part.shape, indices)
            self._line(depth, f"{self._use(target.name)}[{_flat(target.shape, moved)}] = {value}")
            start += int(part.shape[axis])


def _axes(axis: Any, ndim: int) -> list[int]:
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return [each % ndim for each in axes]


def _flat(shape: Sequence[int], indices: Sequence[str]) -> str:
    """The place of a number in a flat array that lies row by row."""
    strides = [math.prod(map(int, shape[axis + 1 :])) for axis in range(len(shape))]
    terms = [f"{i} * {s}" if s != 1 else i for i, s in zip(indices, strides, strict=True) if i != "0"]
    return " + ".join(terms) or "0"


def _indexed(shape: Sequence[int], index: tuple[Any, ...], indices: Sequence[str]) -> list[str]:
    """Where in an array of a shape the number is that a basic index brings to a place."""
    missing = len(shape) - sum(part is not None and part is not Ellipsis for part in index)
    if Ellipsis not in index:
        index = (*index, Ellipsis)
    axes, places, found = itertools.count(), iter(indices), []
    for part in index:
        if part is Ellipsis:
            found += [next(places) for _ in range(missing)]
            for _ in range(missing):
                next(axes)
        elif part is None:
            next(places)
        elif isinstance(part, slice):
            start, _, step = part.indices(int(shape[next(axes)]))
            found.append(f"({start} + {next(places)} * {step})")
        else:
            found.append(str(part % int(shape[next(axes)])))
    return found


def _literal(value: Any) -> str:
    return repr(value)


Run = Callable[..., tuple[tuple[Array, ...], tuple[bool, ...]]]
