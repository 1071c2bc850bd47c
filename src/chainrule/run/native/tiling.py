"""Writes matrix products in tiles: some columns and the vectors of a panel, whose sums stay in registers.

Panel by panel, so that it stays in the cache while tile after tile reads it; what is computed from a tile follows at once,
while it is there, too. A product that is only taken from a matrix is never made: the sums begin at the matrix.
"""

from __future__ import annotations

from ...core.nouns import Equation, Symbol
from ..buffered import by_columns
from ..loops.processor import LANES
from .layout import padded, parts, tile, vectors_at_once
from .plan import Node
from .sharing import divided
from .writer import Writer

_REUSED = 4
"""From how many tiles on a panel is packed, if its matrix has none: its rows are then side by side."""


def product(w: Writer, position: int, node: Node) -> None:
    """A matrix product, and on each tile what is computed from it."""
    equation, *rest = node.equations
    left, right = equation.inputs
    assert isinstance(left, Symbol)
    assert isinstance(right, Symbol)
    rows, columns, inner = int(node.shape[0]), int(node.shape[1]), int(left.shape[1])
    x = w.plan.turned.get(right.name, right.name)
    x_row, x_step = (1, w.stride(x)) if right.name in w.plan.turned else (w.stride(x), 1)
    width, target = padded(rows), equation.target.name
    w.place(x), w.place(left.name)
    w.said(equation)
    if _is_subtracted(w, position, node, inner):
        _update(w, rest[0], x, x_row, x_step, left, rows, columns, inner)
        return
    panel = vectors_at_once(rows, w.most, w.processor)
    at_once = _columns_at_once(w, equation.target, panel)
    tiles = -(-columns // at_once)
    kept = _is_kept_elsewhere(w, target, position) or not rest
    if kept:
        if w.goes_over(target, position, node):
            w.layout.share(target, w.over[target])
        w.place(target)
    listed = x == w.sparse
    beside = f", places, t * {padded(inner) + LANES}, counts[t]" if listed else ""
    if listed and right.name in w.plan.turned:
        at_list, at_count = w.lists(tiles, inner + LANES)
        one = f"places, {at_list} + t * {inner + LANES}"
        beside = f", {one}, counts[{at_count} + t]"
        filled = w.kernel(f"filled(rows={at_once}, columns={inner}, step={x_step})")
        w.line(0, f"for t in {w.over_tiles(node, tiles)}:")
        w.line(1, f"counts[{at_count} + t] = {filled}(memory, at_{x} + t * {at_once}, {one})")
    read = [] if by_columns(equation.target) else _read_beside(w, node)
    for first, end, wide in parts(width, panel):
        several = end - first > wide
        v = "v" if several else str(first)
        at_left, left_row = _left(w, left.name, v, wide)
        if left_row == width > wide and tiles >= _REUSED and w.processor.lanes > 1:
            left_row, packed = wide, at_left
            at_left, w.packed = "pack", max(w.packed, inner * wide)
        else:
            packed = ""
        where = _Places(w, width, at_once, v, wide)
        out, out_row = (f"at_{target} + {where.first(target)}", where.row(target)) if kept else ("scratch", wide)
        w.pack = max(w.pack, 0 if kept else at_once * wide)
        sizes = f"rows={at_once}, at_once={wide // LANES}, inner={inner}, width={wide // LANES}"
        strides = f"x_row={x_row}, x_step={x_step}, w_row={left_row}, out_row={out_row}"
        kernel = w.kernel(f"product({sizes}, {strides}{', listed=True' if listed else ''})")
        deep = int(several)
        if several:
            w.line(0, f"for v in range({first}, {end}, {wide}):")
        if packed:
            w.line(deep, f"for k_ in range({inner}):")
            w.line(deep + 1, f"for q in range(0, {wide}, {w.step}):")
            w.line(deep + 2, f"store(memory, pack + k_ * {wide} + q, load(memory, {packed} + k_ * {width} + q))")
        w.line(deep, f"for t in {w.over_tiles(node, tiles)}:")
        for name in read:
            if where.row(name) == wide:
                w.line(
                    deep + 1,
                    f"{w.kernel(f'soon(numbers={at_once * wide})')}(memory, at_{name} + {where.first(name, 1)})",
                )
        w.line(deep + 1, f"{kernel}(memory, at_{x} + t * {at_once * x_row}, {at_left}, {out}{beside})")
        if rest and not kept and where.are_together(node):
            w.line(deep + 1, f"for j in range(0, {at_once * wide}, {w.step}):")
            w.body(deep + 2, position, node, where.together, "", "", target)
        elif rest:
            w.line(deep + 1, f"for r in range({at_once}):")
            w.line(deep + 2, f"for q in range(0, {wide}, {w.step}):")
            if not kept:
                w.line(deep + 3, f"j = r * {wide} + q")
            column = "q" if v == "0" else f"{v} + q"
            row = f"t * {at_once} + r"
            w.body(deep + 3, position, node, where.inside, column, row, "" if kept else target)


class _Places:
    """Where a tile's numbers lie in arrays of a product's shape: from `v` on in each column, `wide` numbers."""

    def __init__(self, w: Writer, width: int, at_once: int, v: str, wide: int):
        self.w, self.width, self.at_once, self.v, self.wide = w, width, at_once, v, wide

    def _begin(self, name: str) -> str:
        if self.v == "0":
            return ""
        return f"{self.v} * {self.w.layout.held(name)} + " if self.w.layout.panels.get(name) else f"{self.v} + "

    def row(self, name: str) -> int:
        """How far apart two columns are."""
        return self.wide if self.w.layout.panels.get(name) else self.width

    def are_together(self, node: Node) -> bool:
        """Whether all that a loop reads and writes lies as the tile does, number by number."""
        symbols = [s for e in node.equations[1:] for s in (e.target, *e.inputs) if isinstance(s, Symbol) and s.shape]
        shape = tuple(node.shape)
        return all(tuple(s.shape) == shape and self.row(s.name) == self.wide for s in symbols)

    def first(self, name: str, ahead: int = 0) -> str:
        """The first number of the tile, or of one that comes later."""
        t = f"(t + {ahead})" if ahead else "t"
        return f"{self._begin(name)}{t} * {self.at_once * self.row(name)}"

    def together(self, name: str) -> str:
        """Number j of the tile, where its columns lie one behind another."""
        return f"{self.first(name)} + j"

    def inside(self, name: str) -> str:
        """Number q of its column r."""
        return f"{self._begin(name)}(t * {self.at_once} + r) * {self.row(name)} + q"


def _left(w: Writer, name: str, v: str, wide: int) -> tuple[str, int]:
    """Where a product's left side has the numbers from `v` on of its first column, and how far apart its columns are."""
    if w.layout.panels.get(name):
        return f"at_{name}" + ("" if v == "0" else f" + {v} * {w.layout.held(name)}"), wide
    return f"at_{name}" + ("" if v == "0" else f" + {v}"), w.stride(name)


def _columns_at_once(w: Writer, target: Symbol, panel: int) -> int:
    """How many columns of a product a tile has: of examples, the same groups in all products."""
    if by_columns(target):
        return w.group
    return tile(int(target.shape[1]), panel, w.processor, whole=True)[0]


def _read_beside(w: Writer, node: Node) -> list[str]:
    """The matrices that are read with a product, tile by tile: as large as weights are, they are not in the cache."""
    operands = {o.name: o for e in node.equations[1:] for o in e.inputs if isinstance(o, Symbol)}
    whole = tuple(node.shape)
    return [
        name for name, o in operands.items() if name not in node.made and tuple(o.shape) == whole and w.place(name) >= 0
    ]


def _is_kept_elsewhere(w: Writer, name: str, position: int) -> bool:
    return name in w.outputs or any(
        name in w.plan.read(e) for place, node in enumerate(w.plan.nodes) if place != position for e in node.equations
    )


def _is_subtracted(w: Writer, position: int, node: Node, inner: int) -> bool:
    """Whether all that becomes of the product is that it is taken from an array that it may be written over."""
    made, *rest = node.equations
    if len(rest) != 1 or rest[0].primitive.name != "subtract" or inner > w.processor.outer:
        return False
    one, other = rest[0].inputs
    name = rest[0].target.name
    return (
        other == made.target
        and isinstance(one, Symbol)
        and w.over.get(name) == one.name
        and not _is_kept_elsewhere(w, made.target.name, position)
        and w.goes_over(name, position, node)
    )


def _update(
    w: Writer, equation: Equation, x: str, x_row: int, x_step: int, d: Symbol, rows: int, columns: int, inner: int
) -> None:
    """w less an outer product, in groups of examples that fit the registers; threads share its panels."""
    matrix = w.over[equation.target.name]
    w.layout.share(equation.target.name, matrix)
    width, panel = padded(rows), vectors_at_once(rows, w.most, w.processor)
    # The same groups as in the product forward, whose lists of rows these are.
    group = w.group
    listed = x == w.sparse and x_row == 1
    whole, rest = divmod(inner, group)
    for first, end, wide in parts(width, panel if w.layout.panels.get(matrix) else width // LANES):
        several = end - first > wide
        v = "v" if several else str(first)
        at_matrix, w_row = _left(w, matrix, v, wide)
        if several:
            w.line(0, f"for v in {divided(end, wide) if w.split else f'range({first}, {end}, {wide})'}:")
        elif w.split:
            w.line(0, "if part == parts - 1:")
        deep = int(several or w.split)
        for examples, g, count in ((group, 0, whole), (rest, whole, min(rest, 1))):
            if not count:
                continue
            at_once = min(wide // LANES, max(1, w.processor.sums // examples))
            sizes = f"inner={examples}, at_once={at_once}, rows={columns}, width={wide // LANES}"
            strides = f"x_row={x_step}, x_step={x_row}, d_row={width}, w_row={w_row}"
            kernel = w.kernel(f"update({sizes}, {strides}{', listed=True' if listed else ''})")
            beside = f", places, g * {padded(columns) + LANES}, counts[g]" if listed else ""
            w.line(deep, f"for g in range({g}, {g + count}):")
            x_at, d_at = (
                f"at_{x} + g * {group * x_step}",
                f"at_{d.name} + {'' if v == '0' else v + ' + '}g * {group * width}",
            )
            w.line(deep + 1, f"{kernel}(memory, {x_at}, {d_at}, {at_matrix}{beside})")
