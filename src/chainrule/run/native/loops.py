"""Every operation that native loops know, as lines of the few words of Python that `lowering.py` compiles.

Arrays are flat and lie row by row, as NumPy's do. Elementwise equations of one shape share a loop. Factorizations stand in
`solving.py`, which operations of a program share a memory in `plain.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from ...core.dims import Shape
from ...core.nouns import Condition, Constant, Equation, Operand, Symbol
from .texts import TEXTS

ELEMENTWISE = TEXTS | {
    "tan": "math.tan({0})", "arcsin": "math.asin({0})", "arccos": "math.acos({0})", "arctan": "math.atan({0})",
    "sinh": "math.sinh({0})", "cosh": "math.cosh({0})", "arcsinh": "math.asinh({0})", "arccosh": "math.acosh({0})",
    "arctanh": "math.atanh({0})", "cbrt": "math.cbrt({0})", "log2": "math.log2({0})", "log10": "math.log10({0})",
    "hypot": "math.hypot({0}, {1})", "arctan2": "math.atan2({0}, {1})", "floor": "math.floor({0})", "ceil": "math.ceil({0})",
    "trunc": "math.trunc({0})", "rint": "math.rint({0})", "stop_gradient": "{0}", "isnan": "{0} != {0}",
    "isfinite": "{0} - {0} == 0", "isinf": "{0} == inf or {0} == -inf",
    "deg2rad": f"{{0}} * {math.pi / 180!r}", "rad2deg": f"{{0}} * {180 / math.pi!r}",
    "fmax": "{0} if {0} >= {1} or {1} != {1} else {1}", "fmin": "{0} if {0} <= {1} or {1} != {1} else {1}",
}  # fmt: skip
"""Every elementwise operation: those that training knows too, and others."""
JOINS = {
    "sum": "{0} + {1}", "mean": "{0} + {1}", "prod": "{0} * {1}", "any": "{0} or {1}", "all": "{0} and {1}",
    "max": "{1} if {1} > {0} or {1} != {1} else {0}", "min": "{1} if {1} < {0} or {1} != {1} else {0}",
}  # fmt: skip
"""How a reduction takes one more number."""
_STARTS = {"sum": 0, "mean": 0, "prod": 1, "any": 0, "all": 1}  # an extreme starts at the first number


class Loops:
    """The lines of elementwise equations of one shape, or of one equation of another kind.

    `arrays` are the operands that are read and written, in order; the lines call them `a0`, `a1`, …, so that equal loops
    on other arrays have equal lines.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.arrays: dict[str, Operand] = {}

    @classmethod
    def of(cls, node: Sequence[Equation], kept: Collection[str]) -> Loops:
        """The loops of equations; `kept` are the symbols that have a place in memory, others are numbers in a loop."""
        loops, name = cls(), node[0].primitive.name
        if name in ELEMENTWISE:
            _elementwise(loops, node, kept)
        elif name in JOINS:
            _reduce(loops, node[0])
        else:
            OPERATIONS[name](loops, node[0])
        return loops

    @classmethod
    def of_condition(cls, condition: Condition) -> Loops:
        """A branch that goes another way than it did is wrong."""
        loops = cls()
        truth = f"{loops.array(condition.symbol)}[0]"
        loops.line(0, f"wrong = {f'not {truth}' if condition.expected else truth}")
        return loops

    def array(self, operand: Operand) -> str:
        """What the lines call an array."""
        self.arrays.setdefault(operand.name, operand)
        return f"a{list(self.arrays).index(operand.name)}"

    def line(self, depth: int, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * depth + text)

    def open(self, sizes: Sequence[int], names: Sequence[str], depth: int = 0) -> int:
        """Begin loops within loops; returns how deep their body stands."""
        for name, size in zip(names, sizes, strict=True):
            self.line(depth, f"for {name} in range({int(size)}):")
            depth += 1
        return depth

    def at(self, operand: Operand, shape: Shape, indices: Sequence[str]) -> str:
        """An operand at the place that indices of a broadcast shape name."""
        if isinstance(operand, Constant) and not operand.name:
            return repr(operand.value)
        own = operand.shape
        kept = indices[len(shape) - len(own) :]
        return (
            f"{self.array(operand)}[{flat(own, ['0' if size == 1 else i for size, i in zip(own, kept, strict=True)])}]"
        )


def _elementwise(loops: Loops, node: Sequence[Equation], kept: Collection[str]) -> None:
    shape = node[0].target.shape
    indices = [f"i{axis}" for axis in range(len(shape))]
    depth = loops.open(shape, indices)
    read: dict[str, str] = {}
    made: dict[str, str] = {}

    def operand(each: Operand, beside: Sequence[Operand]) -> str:
        if isinstance(each, Symbol) and each.name in made:
            return made[each.name]
        if isinstance(each, Constant) and not each.name:
            return _number(each, beside)
        text = loops.at(each, shape, indices)
        if text not in read:
            read[text] = f"x{len(read)}"
            loops.line(depth, f"{read[text]} = {text}")
        return read[text]

    for equation in node:
        target = equation.target
        text = _text(equation, [operand(each, equation.inputs) for each in equation.inputs])
        made[target.name] = f"y{len(made)}"
        loops.line(depth, f"{made[target.name]} = {cast(target, text)}")
        if target.name in kept:
            loops.line(depth, f"{loops.at(target, shape, indices)} = {made[target.name]}")


def cast(symbol: Symbol, text: str) -> str:
    """What is computed, in the number type that it is to have."""
    return f"np.{symbol.dtype.name}({text})"


def flat(shape: Sequence[int], indices: Sequence[str]) -> str:
    """The place of a number in a flat array that lies row by row."""
    strides = [math.prod(map(int, shape[axis + 1 :])) for axis in range(len(shape))]
    terms = [f"{i} * {s}" if s != 1 else i for i, s in zip(indices, strides, strict=True) if i != "0"]
    return " + ".join(terms) or "0"


def _text(equation: Equation, operands: Sequence[str]) -> str:
    name, inputs = equation.primitive.name, equation.inputs
    if name == "power" and isinstance(inputs[1], Constant) and not inputs[1].name:
        known = _POWERS.get(float(inputs[1].value))
        if known is not None:
            return known.format(operands[0])
    return ELEMENTWISE[name].format(*operands)


_POWERS = {
    1: "{0}", 2: "{0} * {0}", 3: "{0} * {0} * {0}", 4: "({0} * {0}) * ({0} * {0})", -1: "1 / {0}", -2: "1 / ({0} * {0})",
    0.5: "math.sqrt({0})", -0.5: "1 / math.sqrt({0} + 0)",
}  # fmt: skip
"""Powers that need no logarithm. At −0 and −∞ a root is as NumPy's own for these powers of arrays; −0 to the power −½ is +∞."""


def _number(constant: Constant, beside: Sequence[Operand]) -> str:
    """A number, of the type that NumPy lets its neighbors decide on; negative ones in brackets."""
    arrays = [np.asarray(o.value).dtype if isinstance(o, Constant) else o.dtype for o in beside if o.name]
    floats = [kind for kind in arrays if kind.kind == "f"]
    single = bool(floats) and all(kind == np.float32 for kind in floats)
    text = repr(constant.value)
    return f"np.float32({text})" if single and not isinstance(constant.value, bool) else f"({text})"


# ---- over some axes ----------------------------------------------------------------------------------------------------


def axes_of(axis: Any, ndim: int) -> list[int]:
    """The axes that a param names."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return [each % ndim for each in axes]


def _reduce(loops: Loops, equation: Equation) -> None:
    name, params = equation.primitive.name, dict(equation.params)
    (source,), target = equation.inputs, equation.target
    shape, axes = source.shape, axes_of(params["axis"], len(source.shape))
    indices = [f"i{axis}" for axis in range(len(shape))]
    outer = [axis for axis in range(len(shape)) if axis not in axes]
    kept = [("0" if a in axes else indices[a]) for a in range(len(shape)) if params["keepdims"] or a not in axes]
    y = loops.at(target, target.shape, kept)
    added = name in ("sum", "mean")
    count = math.prod(int(shape[a]) for a in axes)
    if added and outer and axes and max(axes) < max(outer):  # row by row, as they lie in memory
        loops.open([shape[a] for a in outer], [indices[a] for a in outer])
        loops.line(len(outer), f"{y} = {cast(target, '0')}")
        inner = loops.open([shape[a] for a in (*axes, *outer)], [indices[a] for a in (*axes, *outer)])
        loops.line(inner, f"{y} += {loops.at(source, shape, indices)}")
        if name == "mean":
            depth = loops.open([shape[a] for a in outer], [indices[a] for a in outer])
            loops.line(depth, f"{y} /= {float(count)}")
        return
    depth = loops.open([shape[a] for a in outer], [indices[a] for a in outer])
    first = loops.at(source, shape, ["0" if a in axes else indices[a] for a in range(len(shape))])
    loops.line(depth, f"s = {cast(target, str(_STARTS.get(name, first)))}")
    inner = loops.open([shape[a] for a in axes], [indices[a] for a in axes], depth)
    if added:
        loops.line(inner, f"s += {loops.at(source, shape, indices)}")
    else:
        loops.line(inner, f"x = {loops.at(source, shape, indices)}")
        loops.line(inner, f"s = {JOINS[name].format('s', 'x')}")
    loops.line(depth, f"{y} = s / {float(count)}" if name == "mean" else f"{y} = s")


def _position(loops: Loops, equation: Equation) -> None:
    """Where the extreme is: the first of equal ones, or of NaN."""
    beyond = ">" if equation.primitive.name == "argmax" else "<"
    (source,), target = equation.inputs, equation.target
    shape, axes = source.shape, axes_of(dict(equation.params)["axis"], len(source.shape))
    indices = [f"i{axis}" for axis in range(len(shape))]
    outer = [axis for axis in range(len(shape)) if axis not in axes]
    depth = loops.open([shape[a] for a in outer], [indices[a] for a in outer])
    first = loops.at(source, shape, ["0" if a in axes else indices[a] for a in range(len(shape))])
    for start in ("best = 0", f"top = {first}", "at = 0"):
        loops.line(depth, start)
    inner = loops.open([shape[a] for a in axes], [indices[a] for a in axes], depth)
    loops.line(inner, f"x = {loops.at(source, shape, indices)}")
    loops.line(inner, f"if x {beyond} top or (x != x and top == top):")
    loops.line(inner + 1, "best = at")
    loops.line(inner + 1, "top = x")
    loops.line(inner, "at += 1")
    loops.line(depth, f"{loops.array(target)}[{flat(target.shape, [indices[a] for a in outer])}] = best")


def _softmax(loops: Loops, equation: Equation) -> None:
    (source,), target = equation.inputs, equation.target
    shape = source.shape
    axis = dict(equation.params)["axis"] % len(shape)
    indices = [f"i{each}" for each in range(len(shape))]
    outer = [each for each in range(len(shape)) if each != axis]
    depth = loops.open([shape[a] for a in outer], [indices[a] for a in outer])
    over = f"for i{axis} in range({int(shape[axis])}):"
    x, y = loops.at(source, shape, indices), loops.at(target, shape, indices)
    first = loops.at(source, shape, ["0" if a == axis else indices[a] for a in range(len(shape))])
    lines = [
        f"top = {first}", over, f"    top = max(top, {x})", f"s = {cast(target, '0')}", over,
        f"    x = {cast(target, f'math.exp({x} - top)')}", f"    {y} = x", "    s += x", over, f"    {y} /= s",
    ]  # fmt: skip
    for line in lines:
        loops.line(depth, line)


# ---- products ----------------------------------------------------------------------------------------------------------


def _matmul(loops: Loops, equation: Equation) -> None:
    (left, right), target = equation.inputs, equation.target
    a, b = (list(o.shape) for o in equation.inputs)
    rows, columns = (a[-2:-1] or [1])[0], (b[-1:] if len(b) > 1 else [1])[0]
    stack = target.shape[: len(target.shape) - (len(a) > 1) - (len(b) > 1)]
    indices = [f"i{axis}" for axis in range(len(stack))]

    def place(o: Operand, inner: Sequence[str]) -> str:
        lead = list(o.shape[: len(o.shape) - len(inner)])
        own = indices[len(stack) - len(lead) :] if lead else []
        own = ["0" if size == 1 else i for size, i in zip(lead, own, strict=True)]
        return f"{loops.array(o)}[{flat(o.shape, [*own, *inner])}]"

    x = place(left, ["r", "k"] if len(a) > 1 else ["k"])
    w = place(right, ["k", "c"] if len(b) > 1 else ["k"])
    y = place(target, [*(["r"] if len(a) > 1 else []), *(["c"] if len(b) > 1 else [])])
    depth = loops.open([*stack, rows], [*indices, "r"])
    if columns == 1:
        lines = [f"s = {cast(target, '0')}", f"for k in range({int(a[-1])}):", f"    s += {x} * {w}", f"{y} = s"]
        lines = ["for c in range(1):", *(f"    {line}" for line in lines)]
    else:
        lines = [
            f"for c in range({int(columns)}):", f"    {y} = {cast(target, '0')}", f"for k in range({int(a[-1])}):",
            f"    x = {x}", f"    for c in range({int(columns)}):", f"        {y} += x * {w}",
        ]  # fmt: skip
    for line in lines:
        loops.line(depth, line)


def _outer(loops: Loops, equation: Equation) -> None:
    (left, right), target = equation.inputs, equation.target
    depth = loops.open(target.shape, ["i0", "i1"])
    one, other = (loops.at(o, o.shape, [i]) for o, i in ((left, "i0"), (right, "i1")))
    loops.line(depth, f"{loops.at(target, target.shape, ['i0', 'i1'])} = {one} * {other}")


OPERATIONS: dict[str, Callable[[Loops, Equation], None]] = {
    "matmul": _matmul, "outer": _outer, "softmax": _softmax, "argmax": _position, "argmin": _position,
}  # fmt: skip
"""What writes an operation that is neither elementwise nor a reduction; others enter themselves here."""
