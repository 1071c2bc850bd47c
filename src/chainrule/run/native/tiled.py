"""Writes a program as loops over vectors: matrix products in tiles, outer products with the update that they are for, and
all else as loops over padded buffers.

Every array has two axes and lies column by column, each column padded to whole vectors, in one memory: w (n2 × n1) as n1
stretches of n2 numbers, a (n2 × m) as m stretches, one an example. So both operands of w a are read along their
stretches. What the source does is what the program says, equation by equation; which equations share a loop is decided
by `plan.py`, and nothing is derived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.nouns import Constant, Program
from ..loops.processor import LANES, Processor
from ..lowering.refusal import Unsupported
from . import reductions, tiling
from .layout import Layout, padded
from .plan import Node
from .sharing import ALONE, BATCH, divided
from .texts import TEXTS
from .writer import Writer, expression, is_flat, written

MEET = "meet(barrier, parts, doze, nap)"
"""Where threads wait for one another."""


@dataclass(frozen=True)
class Tiled:
    """The lines of one step, the kernels that they call, where each array lies in the memory, and the memory's size.

    The batch is gone through in groups of `group` examples. Lists of what is not 0 take `listed` numbers, and their
    lengths `counted`. `scratch` numbers for each thread behind the memory's end are for passing use, those
    from `pack` on for packed panels.
    """

    lines: tuple[str, ...]
    kernels: tuple[str, ...]
    layout: Layout
    group: int
    listed: int
    counted: int
    pack: int
    scratch: int
    dtype: np.dtype[Any]


def tiled(
    program: Program, over: Mapping[str, str], processor: Processor, sparse: str = "", shared: Sequence[str] = (),
    split: bool = False,
) -> Tiled:  # fmt: skip
    """Write a program as vector loops. `over` says which outputs are written over an input: `{"new_w2": "w2"}`.

    `sparse` names an input whose rows that are 0 in a whole group of columns are listed, and may be passed over. Where the
    loops are `split` among threads, each has brought its own examples of the inputs in `shared`.

    Raises `Unsupported`, naming the equation, where the program has what cannot be written.
    """
    w = Writer(program, over, processor, sparse, shared, split)
    for symbol in w.program.inputs:
        if symbol.shape:
            if len(symbol.shape) != 2:
                raise Unsupported(None, symbol.name)
            w.layout.allocate(symbol.name, symbol.shape)
    w.sharing.meets([], [(w.layout.places[name], BATCH) for name in w.shared if name in w.layout.places])
    for equation in w.plan.given:
        _number(w, Node("number", (), [equation]))
    for position, node in enumerate(w.plan.nodes):
        _node(w, position, node)
    for result, target in w.over.items():
        if result != target and w.layout.places.get(result) not in (None, w.layout.places[target]):
            _copy(w, result, target)
    return Tiled(
        lines=tuple(w.lines),
        kernels=tuple(w.kernels),
        layout=w.layout,
        group=w.group,
        listed=w.listed,
        counted=w.counted,
        pack=w.pack,
        scratch=-(-(w.pack + w.packed) // LANES) * LANES,
        dtype=w.plan.dtype,
    )


def _node(w: Writer, position: int, node: Node) -> None:
    """Write a node; before it, where threads share the work, the meeting that it needs."""
    outer, w.lines = w.lines, []
    owner = w._owner(node)
    write: dict[str, Callable[[Writer, int, Node], None]] = {
        "product": tiling.product, "turn": reductions.transpose, "reduction": reductions.reduction, "softmax": reductions.softmax,
    }  # fmt: skip
    if node.kind in write:
        write[node.kind](w, position, node)
    elif node.kind == "loop":
        _loop(w, position, node)
    else:
        _number(w, node)
    lines, w.lines = w.lines, outer
    if w.split:
        if w.sharing.meets(*w._touched(node, owner)):
            w.line(0, MEET)
        if owner == ALONE:
            w.line(0, "if part == 0:")
            lines = [f"    {line}" for line in lines]
    w.lines += lines


def _number(w: Writer, node: Node) -> None:
    """An equation of numbers without axes: they live in variables, as vectors of the same number."""
    (equation,) = node.equations
    operands = []
    for each in equation.inputs:
        if isinstance(each, Constant):
            operands.append(written(float(np.asarray(each.value))))
        elif each.shape:
            raise Unsupported(equation)
        else:
            operands.append(each.name)
    if equation.primitive.name not in TEXTS:
        raise Unsupported(equation)
    w.line(0, f"{equation.target.name} = {expression(equation, operands)}")


def _loop(w: Writer, position: int, node: Node) -> None:
    rows, columns = map(int, node.shape)
    width = padded(rows)
    w.line(0, f"# {', '.join(e.target.name for e in node.equations)}")
    if is_flat(node):
        name = node.equations[0].target.name
        if w.layout.panels.get(name):
            w.place(name)
            columns = w.layout.held(name)
        w.line(0, f"for i in {w.over_numbers(node, width, columns)}:")
        w.body(1, position, node, lambda name: "i", "i", "0")
    else:
        w.line(0, f"for c in {w.over_columns(node, columns) if columns > 1 else 'range(1)'}:")
        w.line(1, f"for q in {w.over_rows(node, width)}:")
        w.body(2, position, node, lambda name: f"c * {width} + q", "q", "c")


def _copy(w: Writer, source: str, target: str) -> None:
    numbers = w.layout.end(target) - w.layout.places[target]
    if w.split:
        w.line(0, MEET)
    w.line(0, f"for i in {divided(numbers, w.step) if w.split else f'range(0, {numbers}, {w.step})'}:")
    w.line(1, f"store(memory, at_{target} + i, load(memory, at_{source} + i))")
