"""Writes a program as loops over vectors: matrix products in tiles, outer products with the update that they are for, and
all else as loops over padded buffers.

Every array has two axes and lies column by column, each column padded to whole vectors, in one memory: w (n2 × n1) as n1
stretches of n2 numbers, a (n2 × m) as m stretches, one an example. So both operands of w a are read along their
stretches. What the source does is what the program says, equation by equation; which equations share a loop is decided
here, and nothing is derived.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...program.nouns import Array, Constant, Equation, Operand, Program, Symbol
from .processor import LANES, Processor
from .refusal import Unsupported
from .texts import TEXTS

_REDUCTIONS = {"sum": ("add", "total", 0.0), "mean": ("add", "total", 0.0),
               "max": ("maximum", "greatest", -math.inf), "min": ("minimum", "least", math.inf)}  # fmt: skip
_SLACK = 16  # columns behind each matrix, which tiles may touch


def padded(rows: int) -> int:
    """The length of a column in memory."""
    return -(-rows // LANES) * LANES


def tile_rows(columns: int, vectors: int, processor: Processor) -> int:
    """How many columns of a product are computed at once, so that together they take the least time."""

    def cost(rows: int) -> float:
        at_once = min(vectors, processor.sums // rows)
        return -(-columns // rows) * (rows * at_once + at_once + 2) / at_once

    return min(range(1, min(processor.rows, columns) + 1), key=lambda rows: (cost(rows), -rows))


@dataclass
class Node:
    """Some equations that share a loop: a product or none, and elementwise ones of one shape; or one of another kind."""

    kind: str  # "loop", "product", "reduction", "softmax", "turn"
    shape: tuple[int, ...]
    equations: list[Equation] = field(default_factory=list)

    @property
    def made(self) -> set[str]:
        """The symbols that it makes."""
        return {equation.target.name for equation in self.equations}


@dataclass(frozen=True)
class Tiled:
    """The lines of one step, the kernels that they call, where each array lies in the memory, and the memory's size.

    `constants` are to be written into the memory beforehand; `scratch` numbers behind its end are for passing use.
    """

    lines: tuple[str, ...]
    kernels: tuple[str, ...]
    places: Mapping[str, int]
    shapes: Mapping[str, tuple[int, int]]
    constants: tuple[tuple[str, Array], ...]
    size: int
    scratch: int
    dtype: np.dtype[Any]


def tiled(program: Program, over: Mapping[str, str], processor: Processor, sparse: str = "") -> Tiled:
    """Write a program as vector loops. `over` says which outputs are written over an input: `{"new_w2": "w2"}`.

    `sparse` names an input whose rows that are 0 in a whole group of columns are listed, and may be passed over.

    Raises `Unsupported`, naming the equation, where the program has what cannot be written.
    """
    return _Writer(program, over, processor, sparse).write()


class _Writer:
    def __init__(self, program: Program, over: Mapping[str, str], processor: Processor, sparse: str):
        self.program, self.over, self.processor, self.sparse = program, dict(over), processor, sparse
        self.step = processor.lanes  # of loops over numbers
        self.dtype = next((s.dtype for s in program.inputs), np.dtype(np.float32))
        self.symbols = {symbol.name: symbol for symbol in program.inputs}
        self.turned: dict[str, str] = {}  # a transpose that is never made → what it is the transpose of
        self.equations = self._without_transposes()
        for equation in self.equations:
            self.symbols[equation.target.name] = equation.target
        self.nodes: list[Node] = []
        self.given: list[Equation] = []
        self.where: dict[str, int] = {}  # which node makes a symbol
        self.places: dict[str, int] = {}
        self.shapes: dict[str, tuple[int, int]] = {}
        self.constants: list[tuple[str, Array]] = []
        self.size = 0
        self.kernels: list[str] = []
        self.lines: list[str] = []
        self.scratch = 0

    # ---- what is to be done --------------------------------------------------------------------------------------------

    def _without_transposes(self) -> list[Equation]:
        """The equations with each transpose that only products read left out, and c xᵀ written as (c x)ᵀ."""
        found: list[Equation] = []
        for equation in self.program.equations:
            target, name = equation.target, equation.primitive.name
            arrays = [o for o in equation.inputs if isinstance(o, Symbol) and o.shape]
            if name == "T" and len(target.shape) == 2 and arrays:
                self.turned[target.name] = arrays[0].name
                self.symbols[arrays[0].name] = arrays[0]
            elif name in TEXTS and arrays and all(o.name in self.turned and o.shape == target.shape for o in arrays):
                upright = Symbol(f"{target.name}_T", target.shape[::-1], target.dtype)
                inputs = tuple(self._upright(o) for o in equation.inputs)
                found.append(Equation((upright,), equation.primitive, inputs, equation.params))
                self.symbols[upright.name] = upright
                self.turned[target.name] = upright.name
            else:
                found.append(equation)
                continue
        made: list[Equation] = []
        needed = self._needed_transposes(found)
        from ...program.primitive import PRIMITIVES

        originals = {e.target.name: e.target for e in self.program.equations}
        done: set[str] = set()
        for equation in found:
            for name in (o.name for o in equation.inputs if isinstance(o, Symbol)):
                if name in needed and name not in done:
                    done.add(name)
                    made.append(Equation((originals[name],), PRIMITIVES["T"], (self.symbols[self.turned[name]],)))
            made.append(equation)
        for name in needed - done:
            made.append(Equation((originals[name],), PRIMITIVES["T"], (self.symbols[self.turned[name]],)))
        for name in needed:
            self.turned.pop(name)
        return made

    def _upright(self, operand: Operand) -> Operand:
        if isinstance(operand, Symbol) and operand.name in self.turned:
            return self.symbols[self.turned[operand.name]]
        return operand

    def _needed_transposes(self, equations: Iterable[Equation]) -> set[str]:
        """The transposes that something else than the right side of a product reads."""
        needed = {o.name for o in self.program.outputs if isinstance(o, Symbol) and o.name in self.turned}
        for equation in equations:
            for position, operand in enumerate(equation.inputs):
                if isinstance(operand, Symbol) and (equation.primitive.name, position) != ("matmul", 1):
                    needed |= {operand.name} & set(self.turned)
        return needed

    def _plan(self) -> None:
        """Put each equation into a node: a loop of its own shape that is open to it, or a new one."""
        for equation in self.equations:
            target, name = equation.target, equation.primitive.name
            self._require(equation)
            earliest = max((self.where[o] for o in self._read(equation) if o in self.where), default=-1)
            if name in TEXTS and not target.shape and earliest < 0:
                self.given.append(equation)  # computed from numbers only, before all else
                continue
            if name in TEXTS and target.shape:
                home = self._open(equation, earliest)
                if home is None:
                    self.nodes.append(Node("loop", target.shape))
                    home = len(self.nodes) - 1
            else:
                kind = {"matmul": "product", "T": "turn", "softmax": "softmax"}.get(name)
                kind = kind or ("reduction" if name in _REDUCTIONS else "number")
                self.nodes.append(Node(kind, target.shape))
                home = len(self.nodes) - 1
            self.nodes[home].equations.append(equation)
            self.where[target.name] = home

    def _open(self, equation: Equation, earliest: int) -> int | None:
        """The last node that this equation may join: of its shape, and no later one makes what it reads."""
        for home in range(len(self.nodes) - 1, max(earliest, 0) - 1, -1):
            node = self.nodes[home]
            if node.kind in ("loop", "product") and node.shape == equation.target.shape:
                # What is read as a whole must be complete before the loop begins.
                partial = [o for o in equation.inputs if isinstance(o, Symbol) and o.name in node.made]
                if all(o.shape == node.shape for o in partial):
                    return home
        return None

    def _read(self, equation: Equation) -> list[str]:
        return [self.turned.get(o.name, o.name) for o in equation.inputs if isinstance(o, Symbol)]

    def _require(self, equation: Equation) -> None:
        name, target = equation.primitive.name, equation.target
        shapes = [o.shape for o in (*equation.inputs, target)]
        known = name in TEXTS or name in _REDUCTIONS or name in ("matmul", "T", "softmax")
        good = known and all(len(shape) in (0, 2) and 0 not in shape for shape in shapes)
        kinds = [o.dtype for o in (*equation.inputs, target) if isinstance(o, Symbol)]
        good = good and all(kind in (self.dtype, np.dtype(bool)) for kind in kinds)
        params = dict(equation.params)
        if name == "matmul":
            good = good and all(len(o.shape) == 2 and isinstance(o, Symbol) for o in equation.inputs)
        elif name in _REDUCTIONS:
            good = good and (params["keepdims"] or not target.shape) and _dtype_of(equation.inputs[0]).kind == "f"
            good = good and bool(equation.inputs[0].shape)
        elif name == "softmax":
            good = good and len(target.shape) == 2 and params["axis"] in (0, -2)
        elif name == "T":
            good = good and len(target.shape) == 2 and isinstance(equation.inputs[0], Symbol)
        if not good:
            raise Unsupported(equation)

    # ---- memory --------------------------------------------------------------------------------------------------------

    def _place(self, name: str) -> int:
        """Where an array lies; it gets its place when it is first asked for."""
        if name not in self.places:
            self._allocate(name, self.symbols[name].shape)
        return self.places[name]

    def _allocate(self, name: str, shape: Sequence[int]) -> None:
        rows, columns = (int(shape[0]), int(shape[1])) if len(shape) == 2 else (1, 1)
        self.places[name], self.shapes[name] = self.size, (rows, columns)
        spare = 0 if columns == 1 else _SLACK + -columns % LANES
        self.size += padded(rows) * (columns + spare)

    def _stride(self, name: str) -> int:
        return padded(int(self.symbols[name].shape[0]))

    def _constant(self, operand: Constant) -> Symbol:
        """An array constant as a symbol that lies in the memory."""
        value = np.asarray(operand.value)
        if operand.name not in self.places:
            self._allocate(operand.name, value.shape)
            self.constants.append((operand.name, value.astype(self.dtype)))
        symbol = Symbol(operand.name, value.shape, self.dtype)
        self.symbols[operand.name] = symbol
        return symbol

    # ---- source --------------------------------------------------------------------------------------------------------

    def write(self) -> Tiled:
        self._plan()
        for symbol in self.program.inputs:
            if symbol.shape:
                if len(symbol.shape) != 2:
                    raise Unsupported(None, symbol.name)
                self._allocate(symbol.name, symbol.shape)
        self.last_read: dict[str, int] = {}
        for equation in self.given:
            self._number(-1, Node("number", (), [equation]))
        for position, node in enumerate(self.nodes):
            for equation in node.equations:
                for name in self._read(equation):
                    self.last_read[name] = position
        for output in self.program.outputs:
            if isinstance(output, Symbol) and output.name not in self.over and output.name in self.symbols:
                self.last_read[output.name] = len(self.nodes)
        self.outputs = {o.name for o in self.program.outputs if isinstance(o, Symbol)}
        for position, node in enumerate(self.nodes):
            getattr(self, f"_{node.kind}")(position, node)
        for result, target in self.over.items():
            if result != target and self.places.get(result) not in (None, self.places[target]):
                self._copy(result, target)
        return Tiled(
            tuple(self.lines),
            tuple(self.kernels),
            self.places,
            self.shapes,
            tuple(self.constants),
            self.size,
            self.scratch,
            self.dtype,
        )

    def _copy(self, source: str, target: str) -> None:
        rows, columns = self.shapes[target]
        self._line(0, f"for i in range(0, {padded(rows) * columns}, {self.step}):")
        self._line(1, f"store(memory, at_{target} + i, load(memory, at_{source} + i))")

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def _goes_over(self, name: str, position: int, node: Node) -> bool:
        """Whether a result may be written over the input whose place it takes: nothing reads that one afterwards."""
        target = self.over.get(name)
        if target is None or target not in self.symbols or self.symbols[target].shape != self.symbols[name].shape:
            return False
        whole = {n for e in node.equations if e.primitive.name not in TEXTS for n in self._read(e)}
        if target in whole and node.kind != "number":
            return False
        return self.last_read.get(target, -1) <= position

    def _is_kept(self, name: str, position: int) -> bool:
        """Whether a result must be in the memory: something outside its loop reads it."""
        readers = [place for place, node in enumerate(self.nodes) for e in node.equations if name in self._read(e)]
        whole = any(name in self._read(e) and e.primitive.name not in TEXTS for e in self.nodes[position].equations)
        return name in self.outputs or whole or any(place != position for place in readers)

    def _body(self, depth: int, position: int, node: Node, place: str, row: str, given: str = "") -> None:
        """What a loop does at a place of its arrays (at `row`, the column's number): load, compute, store.

        `given` is a product whose numbers lie in the scratch memory at `place_`.
        """
        loaded: set[str] = set()
        stores: list[tuple[str, str]] = []
        width = padded(int(node.shape[0]))

        def operand(each: Operand) -> str:
            if isinstance(each, Constant) and not isinstance(each.value, np.ndarray):
                return _number(each.value)
            symbol = self._constant(each) if isinstance(each, Constant) else each
            if not symbol.shape:
                return symbol.name if isinstance(each, Symbol) else f"splat(at(memory, at_{symbol.name}))"
            local = symbol.name
            if local in made or local in loaded:
                return local
            loaded.add(local)
            self._place(local)
            if local == given:
                at = "scratch + j"
            elif tuple(symbol.shape) == tuple(node.shape):
                at = f"at_{local} + {place}"
            elif symbol.shape[1] == 1 and symbol.shape[0] == node.shape[0]:
                at = f"at_{local} + q"
            elif symbol.shape[0] == 1:
                stride = padded(1) if symbol.shape[1] != 1 else 0
                self._line(
                    depth, f"{local} = splat(at(memory, at_{local}{f' + ({row}) * {stride}' if stride else ''}))"
                )
                return local
            else:
                raise Unsupported(None, local)
            self._line(depth, f"{local} = load(memory, {at})")
            return local

        made: set[str] = set()
        for equation in node.equations:
            if equation.primitive.name not in TEXTS:
                continue
            target = equation.target.name
            text = self._expression(equation, [operand(each) for each in equation.inputs])
            self._line(depth, f"{target} = {text}")
            made.add(target)
            if self._is_kept(target, position):
                if self._goes_over(target, position, node):
                    self.places[target] = self.places[self.over[target]]
                    self.shapes[target] = self.shapes[self.over[target]]
                self._place(target)
                stores.append((target, f"store(memory, at_{target} + {place}, {target})"))
        for _, text in stores:
            self._line(depth, text)
        assert width

    def _expression(self, equation: Equation, operands: Sequence[str]) -> str:
        """An equation as calls of vector operations."""
        name, inputs = equation.primitive.name, equation.inputs
        if name == "power" and isinstance(inputs[1], Constant) and inputs[1].value in (1, 2, 3):
            return {1: operands[0], 2: f"square({operands[0]})", 3: f"multiply(square({operands[0]}), {operands[0]})"}[
                int(inputs[1].value)
            ]
        return f"{name}({', '.join(operands)})"

    def _number(self, position: int, node: Node) -> None:
        """An equation of numbers without axes: they live in variables, as vectors of the same number."""
        (equation,) = node.equations
        operands = []
        for each in equation.inputs:
            if isinstance(each, Constant):
                operands.append(_number(float(np.asarray(each.value))))
            elif each.shape:
                raise Unsupported(equation)
            else:
                operands.append(each.name)
        if equation.primitive.name not in TEXTS:
            raise Unsupported(equation)
        self._line(0, f"{equation.target.name} = {self._expression(equation, operands)}")

    def _loop(self, position: int, node: Node) -> None:
        rows, columns = map(int, node.shape)
        flat = all(tuple(o.shape) in ((), tuple(node.shape)) for e in node.equations for o in e.inputs)
        if flat:
            self._line(0, f"for i in range(0, {padded(rows) * columns}, {self.step}):")
            self._body(1, position, node, "i", "0")
        else:
            self._line(0, f"for c in range({columns}):")
            self._line(1, f"for q in range(0, {padded(rows)}, {self.step}):")
            self._body(2, position, node, f"c * {padded(rows)} + q", "c")

    def _product(self, position: int, node: Node) -> None:
        """A matrix product in tiles of some columns, and on each tile what is computed from it."""
        equation, *rest = node.equations
        left, right = equation.inputs
        assert isinstance(left, Symbol)
        assert isinstance(right, Symbol)
        rows, columns, inner = int(node.shape[0]), int(node.shape[1]), int(left.shape[1])
        x = self.turned.get(right.name, right.name)
        x_row, x_step = (1, self._stride(x)) if right.name in self.turned else (self._stride(x), 1)
        width = padded(rows)
        self._place(x), self._place(left.name)
        target = equation.target.name
        if self._is_subtracted(position, node, inner):
            self._update(rest[0], x, x_row, x_step, left, rows, columns, inner)
            return
        at_once = tile_rows(columns, width // LANES, self.processor)
        vectors = min(width // LANES, self.processor.sums // at_once)
        kept = self._is_kept_elsewhere(target, position) or not rest
        if kept and target in self.over and self._goes_over(target, position, node):
            self.places[target], self.shapes[target] = self.places[self.over[target]], self.shapes[self.over[target]]
        listed = x == self.sparse and right.name not in self.turned
        sizes = f"rows={at_once}, at_once={vectors}, inner={inner}, width={width // LANES}"
        strides = f"x_row={x_row}, x_step={x_step}, w_row={width}, out_row={width}"
        kernel = self._kernel(f"product({sizes}, {strides}{', listed=True' if listed else ''})")
        tiles = -(-columns // at_once)
        self._line(0, f"# {equation.target.name} = {self._written(equation)}")
        self._line(0, f"for t in range({tiles}):")
        out = f"at_{target} + t * {at_once * width}" if kept else "scratch"
        if kept:
            self._place(target)
        else:
            self.scratch = max(self.scratch, at_once * width)
        beside = f", places, t * {padded(inner) + LANES}, counts[t]" if listed else ""
        self._line(1, f"{kernel}(memory, at_{x} + t * {at_once * x_row}, at_{left.name}, {out}{beside})")
        if rest:
            self._line(1, f"for r in range({at_once}):")
            self._line(2, f"for q in range(0, {width}, {self.step}):")
            if not kept:
                self._line(3, f"j = r * {width} + q")
            self._body(
                3, position, node, f"(t * {at_once} + r) * {width} + q", f"t * {at_once} + r", "" if kept else target
            )

    def _is_kept_elsewhere(self, name: str, position: int) -> bool:
        return name in self.outputs or any(
            name in self._read(e) for place, node in enumerate(self.nodes) if place != position for e in node.equations
        )

    def _is_subtracted(self, position: int, node: Node, inner: int) -> bool:
        """Whether all that becomes of the product is that it is taken from an array that it may be written over."""
        product, *rest = node.equations
        if len(rest) != 1 or rest[0].primitive.name != "subtract" or inner > self.processor.outer:
            return False
        one, other = rest[0].inputs
        name = rest[0].target.name
        return (
            other == product.target
            and isinstance(one, Symbol)
            and self.over.get(name) == one.name
            and not self._is_kept_elsewhere(product.target.name, position)
            and self._goes_over(name, position, node)
        )

    def _update(
        self, equation: Equation, x: str, x_row: int, x_step: int, d: Symbol, rows: int, columns: int, inner: int
    ) -> None:
        """w less an outer product, in groups of examples that fit the registers."""
        w = self.over[equation.target.name]
        self.places[equation.target.name], self.shapes[equation.target.name] = self.places[w], self.shapes[w]
        width = padded(rows)
        # The same groups as in the product forward, whose lists of rows these are.
        group = tile_rows(inner, width // LANES, self.processor)
        listed = x == self.sparse and x_row == 1
        self._line(0, f"# {equation.target.name} = {self._written(equation)}")
        whole, rest = divmod(inner, group)
        for examples, first, count in ((group, 0, whole), (rest, whole, min(rest, 1))):
            if not count:
                continue
            at_once = min(width // LANES, max(1, self.processor.sums // examples))
            sizes = f"inner={examples}, at_once={at_once}, rows={columns}, width={width // LANES}"
            strides = f"x_row={x_step}, x_step={x_row}, d_row={width}, w_row={width}"
            kernel = self._kernel(f"update({sizes}, {strides}{', listed=True' if listed else ''})")
            beside = f", places, g * {padded(columns) + LANES}, counts[g]" if listed else ""
            self._line(0, f"for g in range({first}, {first + count}):")
            x_at, d_at = f"at_{x} + g * {group * x_step}", f"at_{d.name} + g * {group * width}"
            self._line(1, f"{kernel}(memory, {x_at}, {d_at}, at_{w}{beside})")

    def _kernel(self, text: str) -> str:
        if text not in self.kernels:
            self.kernels.append(text)
        return f"kernel_{self.kernels.index(text) + 1}"

    def _written(self, equation: Equation) -> str:
        from ...program.python import number
        from ...program.template import Piece

        pieces = [Piece(o.name) if isinstance(o, Symbol) or o.name else number(o.value) for o in equation.inputs]
        return equation.primitive.write(pieces, equation.params).text

    def _turn(self, position: int, node: Node) -> None:
        """A transpose that must be made: 16 × 16 numbers at once."""
        (equation,) = node.equations
        source = equation.inputs[0]
        assert isinstance(source, Symbol)
        rows, columns = map(int, source.shape)
        target = equation.target.name
        self._place(target), self._place(source.name)
        self._line(0, f"# {target} = {self._written(equation)}")
        self._line(0, f"for c in range(0, {columns}, {LANES}):")
        self._line(1, f"for q in range(0, {rows}, {LANES}):")
        x = f"at_{source.name} + c * {padded(rows)} + q, {padded(rows)}"
        self._line(2, f"transpose(memory, {x}, at_{target} + q * {padded(columns)} + c, {padded(columns)})")

    def _reduction(self, position: int, node: Node) -> None:
        (equation,) = node.equations
        name, source, params = equation.primitive.name, equation.inputs[0], dict(equation.params)
        symbol = self._constant(source) if isinstance(source, Constant) else source
        rows, columns = map(int, symbol.shape)
        axis = params["axis"]
        axes = {0, 1} if axis is None else {each % 2 for each in (axis if isinstance(axis, tuple) else (axis,))}
        join, fold, first = _REDUCTIONS[name]
        width, target, count = padded(rows), equation.target.name, 1
        at = f"at_{symbol.name} + c * {width} + q"
        self._place(symbol.name)
        begin = f"splat(number({_float(first)}))"
        self._line(0, f"# {target} = {self._written(equation)}")
        if axes == {1}:
            self._place(target)
            self._line(0, f"for q in range(0, {width}, {self.step}):")
            self._line(1, f"s = {begin}")
            self._line(1, f"for c in range({columns}):")
            self._line(2, f"s = {join}(s, load(memory, {at}))")
            text, depth, count, place = "s", 1, columns, f"at_{target} + q"
        else:
            depth = 1 if axes == {0} else 0
            if axes == {0}:
                self._line(0, f"for c in range({columns}):")
                self._line(1, f"s = {begin}")
            else:
                self._line(0, f"s = {begin}")
                self._line(0, f"for c in range({columns}):")
            if rows >= LANES:
                self._line(1, f"for q in range(0, {rows // LANES * LANES}, {self.step}):")
                self._line(2, f"s = {join}(s, load(memory, {at}))")
            if rows % LANES:
                self._line(1, f"for q in range({rows // LANES * LANES}, {width}, {self.step}):")
                self._line(2, f"s = {join}(s, masked(load(memory, {at}), {rows} - q, number({_float(first)})))")
            text, count = f"splat({fold}(s))", rows if axes == {0} else rows * columns
            place = f"at_{target}" + (f" + c * {padded(1)}" if axes == {0} else "")
        if name == "mean":
            text = f"divide({text}, splat(number({count})))"
        if equation.target.shape:
            self._place(target)
            self._line(depth, f"store(memory, {place}, {text})")
        else:
            self._line(depth, f"{target} = {text}")

    def _softmax(self, position: int, node: Node) -> None:
        """eᶻ over its sum, column by column, the largest z taken off first."""
        (equation,) = node.equations
        source, target = equation.inputs[0], equation.target.name
        assert isinstance(source, Symbol)
        rows, columns = map(int, source.shape)
        width = padded(rows)
        self._place(source.name), self._place(target)
        low = "number(-inf)"
        z = f"load(memory, at_{source.name} + c * {width} + q)"
        self._line(0, f"# {target} = {self._written(equation)}")
        self._line(0, f"for c in range({columns}):")
        self._line(1, f"top = splat({low})")
        self._line(1, f"for q in range(0, {width}, {self.step}):")
        self._line(2, f"top = maximum(top, masked({z}, {rows} - q, {low}))")
        self._line(1, "top = splat(greatest(top))")
        self._line(1, "s = splat(number(0.0))")
        self._line(1, f"for q in range(0, {width}, {self.step}):")
        self._line(2, f"e = exp(subtract(masked({z}, {rows} - q, {low}), top))")
        self._line(2, "s = add(s, e)")
        self._line(2, f"store(memory, at_{target} + c * {width} + q, e)")
        self._line(1, "s = splat(total(s))")
        self._line(1, f"for q in range(0, {width}, {self.step}):")
        place = f"at_{target} + c * {width} + q"
        self._line(2, f"store(memory, {place}, divide(load(memory, {place}), s))")


def _dtype_of(operand: Operand) -> np.dtype[Any]:
    return operand.dtype if isinstance(operand, Symbol) else np.asarray(operand.value).dtype


def _float(value: float) -> str:
    return {math.inf: "inf", -math.inf: "-inf"}.get(value, repr(float(value)))


def _number(value: Any) -> str:
    return f"splat(number({'nan' if value != value else _float(float(value))}))"
