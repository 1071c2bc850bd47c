"""Keeps book while a program is written as vector loops: where arrays lie, which thread makes them, what is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.nouns import Constant, Equation, Operand, Program, Symbol
from ...core.python import number
from ...core.template import Piece
from ..buffered import by_columns
from ..loops.processor import LANES, Processor
from ..lowering.refusal import Unsupported
from .layout import Layout, batch_of, group_of, padded, panels_of
from .plan import Node, planned
from .sharing import ALONE, BATCH, EVERY, ROWS, WHOLE, Sharing, divided
from .texts import TEXTS


class Writer:
    """The lines that are written, and what those who write them must know of one another."""

    def __init__(
        self, program: Program, over: Mapping[str, str], processor: Processor, sparse: str, shared: Sequence[str],
        split: bool,
    ):  # fmt: skip
        self.program, self.over, self.processor, self.sparse = program, dict(over), processor, sparse
        self.step = processor.lanes  # of loops over numbers
        self.plan = planned(program)
        self.symbols = self.plan.symbols
        self.layout = Layout(panels_of(self.plan, self.over, processor))
        self.shared, self.split, self.sharing = shared, split, Sharing()
        self.group, self.most = group_of(self.plan, processor)
        self.kernels: list[str] = []
        self.lines: list[str] = []
        self.pack = self.packed = 0
        groups, rows = -(-batch_of(self.plan) // self.group), int(self.symbols[sparse].shape[0]) if sparse else 0
        self.listed, self.counted = groups * (padded(rows) + LANES), groups
        self.last_read: dict[str, int] = {}
        for position, node in enumerate(self.plan.nodes):
            for equation in node.equations:
                for name in self.plan.read(equation):
                    self.last_read[name] = position
        self.outputs = {o.name for o in self.program.outputs if isinstance(o, Symbol)}
        for name in self.outputs - set(self.over):
            if name in self.symbols:
                self.last_read[name] = len(self.plan.nodes)

    # ---- who computes what -----------------------------------------------------------------------------------------------

    def _owner(self, node: Node) -> str:
        """By which division threads share a node."""
        target = node.equations[0].target
        if not target.shape:
            return EVERY
        if by_columns(target):
            return BATCH if node.kind != "turn" else ALONE
        if node.kind == "turn":
            return "turned"
        if target.shape[1] == 1:
            source = node.equations[0].inputs[0].shape
            by_rows = node.kind == "loop" or (node.kind == "reduction" and source[0] == target.shape[0])
            return ROWS if by_rows else ALONE
        division = {"product": "tiles", "loop": "numbers" if is_flat(node) else "columns"}.get(node.kind)
        return f"{division} of {target.shape}" if division else ALONE

    def _touched(self, node: Node, owner: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """Which places a node reads and writes, and whether only what is its thread's own."""
        places, reads = self.layout.places, []
        for equation in node.equations:
            name = equation.primitive.name
            for k, operand in enumerate(equation.inputs):
                if not isinstance(operand, Symbol) or not operand.shape:
                    continue
                source = self.plan.turned.get(operand.name, operand.name)
                if name in TEXTS:
                    own = tuple(operand.shape) == tuple(node.shape) or (owner == BATCH and by_columns(operand))
                elif name == "matmul":
                    own = owner == BATCH and k == 1 and source == operand.name
                else:
                    own = owner in (BATCH, ALONE)
                if source in places:
                    reads.append((places[source], owner if own else WHOLE))
        return reads, [(places[name], owner) for name in sorted(node.made) if name in places]

    def over_tiles(self, node: Node, tiles: int) -> str:
        """The range of a product's tiles of columns."""
        if not self.split or self._owner(node) == ALONE:
            return f"range({tiles})"
        return "range(own_from, own_to)" if self._owner(node) == BATCH else divided(tiles)

    def over_columns(self, node: Node, columns: int) -> str:
        """The range of columns."""
        if not self.split or self._owner(node) in (ALONE, EVERY):
            return f"range({columns})"
        return "range(own_first, own_end)" if self._owner(node) == BATCH else divided(columns)

    def over_rows(self, node: Node, width: int) -> str:
        """The range of a column's numbers."""
        if self.split and self._owner(node) == ROWS:
            return divided(width, self.step)
        return f"range(0, {width}, {self.step})"

    def over_numbers(self, node: Node, width: int, columns: int) -> str:
        """The range of all numbers of matrices."""
        if self.split and self._owner(node) == BATCH:
            return f"range(own_first * {width}, own_end * {width}, {self.step})"
        if self.split and self._owner(node) != ALONE:
            return divided(width * columns, self.step)
        return f"range(0, {width * columns}, {self.step})"

    # ---- what all nodes need ---------------------------------------------------------------------------------------------

    def place(self, name: str) -> int:
        """Where an array lies; it gets its place when it is first asked for."""
        if name not in self.layout.places:
            self.layout.allocate(name, self.symbols[name].shape)
        return self.layout.places[name]

    def stride(self, name: str) -> int:
        """How far apart the columns of an array lie that has no panels."""
        return padded(int(self.symbols[name].shape[0]))

    def constant(self, operand: Constant) -> Symbol:
        """An array constant as a symbol that lies in the memory."""
        value = np.asarray(operand.value)
        symbol = Symbol(operand.name, value.shape, self.plan.dtype)
        if operand.name not in self.layout.places:
            self.layout.allocate(operand.name, value.shape)
            self.layout.constants.append((operand.name, value.astype(self.plan.dtype)))
        self.symbols[operand.name] = symbol
        return symbol

    def line(self, depth: int, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * depth + text)

    def lists(self, count: int, length: int) -> tuple[int, int]:
        """Where so many more lists begin, each up to so long, and their counts."""
        found = self.listed, self.counted
        self.listed, self.counted = self.listed + count * length, self.counted + count
        return found

    def kernel(self, text: str) -> str:
        """The name of a kernel, which is made if it is not there yet."""
        if text not in self.kernels:
            self.kernels.append(text)
        return f"kernel_{self.kernels.index(text) + 1}"

    def said(self, equation: Equation) -> None:
        """Write an equation as a comment."""
        turned = self.plan.turned
        pieces = [
            Piece(f"{turned[o.name]}.T" if o.name in turned else o.name)
            if isinstance(o, Symbol) or o.name
            else number(o.value)
            for o in equation.inputs
        ]
        self.line(0, f"# {equation.target.name} = {equation.primitive.write(pieces, equation.params).text}")

    def goes_over(self, name: str, position: int, node: Node) -> bool:
        """Whether a result may be written over the input whose place it takes: nothing reads that one afterwards."""
        target = self.over.get(name)
        if target is None or target not in self.symbols or self.symbols[target].shape != self.symbols[name].shape:
            return False
        read_whole = {n for e in node.equations if e.primitive.name not in TEXTS for n in self.plan.read(e)}
        if target in read_whole and node.kind != "number":
            return False
        return self.last_read.get(target, -1) <= position

    def _is_kept(self, name: str, position: int) -> bool:
        """Whether a result must be in the memory: something outside its loop reads it."""
        nodes = self.plan.nodes
        readers = [place for place, node in enumerate(nodes) for e in node.equations if name in self.plan.read(e)]
        by_whole = any(name in self.plan.read(e) and e.primitive.name not in TEXTS for e in nodes[position].equations)
        return name in self.outputs or by_whole or any(place != position for place in readers)

    # ---- elementwise -----------------------------------------------------------------------------------------------------

    def body(
        self, depth: int, position: int, node: Node, where: Callable[[str], str], q: str, row: str, given: str = ""
    ) -> None:
        """What a loop does at a place of its arrays: load, compute, store.

        `where` says the place for an array of the loop's shape, `q` that in a column, `row` is the column's number; `given` is
        a product whose numbers lie in the scratch memory at `j`.
        """
        loaded: set[str] = set()
        stores: list[str] = []
        made: set[str] = set()

        def operand(each: Operand) -> str:
            if isinstance(each, Constant) and not isinstance(each.value, np.ndarray):
                return written(each.value)
            symbol = self.constant(each) if isinstance(each, Constant) else each
            if not symbol.shape:
                return symbol.name if isinstance(each, Symbol) else f"splat(at(memory, at_{symbol.name}))"
            local = symbol.name
            if local in made or local in loaded:
                return local
            loaded.add(local)
            if local == given:
                at = "scratch + j"
            else:
                self.place(local)
                if tuple(symbol.shape) == tuple(node.shape):
                    at = f"at_{local} + {where(local)}"
                elif symbol.shape[1] == 1 and symbol.shape[0] == node.shape[0]:
                    at = f"at_{local} + {q}"
                elif symbol.shape[0] == 1:
                    stride = padded(1) if symbol.shape[1] != 1 else 0
                    beside = f" + ({row}) * {stride}" if stride else ""
                    self.line(depth, f"{local} = splat(at(memory, at_{local}{beside}))")
                    return local
                else:
                    raise Unsupported(None, local)
            self.line(depth, f"{local} = load(memory, {at})")
            return local

        for equation in node.equations:
            if equation.primitive.name not in TEXTS:
                continue
            target = equation.target.name
            text = expression(equation, [operand(each) for each in equation.inputs])
            self.line(depth, f"{target} = {text}")
            made.add(target)
            if self._is_kept(target, position) and target not in self.layout.places:
                if self.goes_over(target, position, node):
                    self.layout.share(target, self.over[target])
                self.place(target)
            if target in self.layout.places:
                stores.append(f"store(memory, at_{target} + {where(target)}, {target})")
        for text in stores:
            self.line(depth, text)


def is_flat(node: Node) -> bool:
    """Whether a loop reads only numbers and arrays of its own shape, so that it does not matter which column it is in."""
    return all(tuple(o.shape) in ((), tuple(node.shape)) for e in node.equations for o in e.inputs)


def expression(equation: Equation, operands: Sequence[str]) -> str:
    """An equation as calls of vector operations."""
    name, inputs = equation.primitive.name, equation.inputs
    if name == "power" and isinstance(inputs[1], Constant) and inputs[1].value in (1, 2, 3):
        powers = {1: operands[0], 2: f"square({operands[0]})", 3: f"multiply(square({operands[0]}), {operands[0]})"}
        return powers[int(inputs[1].value)]
    return f"{name}({', '.join(operands)})"


def written(value: Any) -> str:
    """A number in all lanes."""
    return f"splat(number({'nan' if value != value else float_text(float(value))}))"


def float_text(value: float) -> str:
    """A float as generated source has it."""
    return {math.inf: "inf", -math.inf: "-inf"}.get(value, repr(float(value)))
