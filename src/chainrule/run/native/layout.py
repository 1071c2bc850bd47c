"""How arrays lie in the memory: column by column, each padded to whole vectors; large matrices of weights in panels.

A panel has some vectors of every column, so that a product, which takes as many at once, reads on and on: columns of 2,048
bytes would otherwise all fall into a few lines of the cache, and each into another page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.nouns import Array, Constant, Symbol
from ..buffered import by_columns
from ..loops.processor import LANES, Processor
from .plan import Plan
from .texts import TEXTS

_EACH = 2  # what a step of a tile's loop costs, in products of a vector and a number
_FEW = 5  # columns of a tile below which it waits for what it reads
_BESIDES = 1.05  # what a product with a last narrower panel must save
_SLACK = 16  # columns behind each matrix, which tiles may touch


def padded(rows: int) -> int:
    """The length of a column in memory."""
    return -(-rows // LANES) * LANES


def tile(columns: int, vectors: int, processor: Processor, *, whole: bool = False) -> tuple[int, int]:
    """How many columns of a product, and how many of a column's vectors, are computed at once, to take the least time.

    A last panel that is narrower than the others is compiled besides, and so must save some; tiles of few columns wait for
    the vectors that they read; two threads share an even number of tiles best. `whole`, all vectors are computed at once.
    """

    def cost(rows: int, at_once: int) -> float:
        panels, rest = divmod(vectors, at_once)
        panel = [(max(rows, _FEW) * each + _EACH) * count for each, count in ((at_once, panels), (rest, min(rest, 1)))]
        tiles = -(-columns // rows)
        return (tiles + tiles % 2 if tiles > 2 else tiles) * sum(panel) * (_BESIDES if rest else 1.0)

    rows = range(1, min(processor.rows, columns) + 1)
    found = [(n, min(vectors, processor.sums // n) if not whole else vectors) for n in rows]
    found += [(n, most - 1) for n, most in found if most > 1 and not whole]
    found = [(n, most) for n, most in found if n * most <= processor.sums or n == 1]
    return min(found, key=lambda each: (cost(*each), -each[0], -each[1]))


@dataclass
class Layout:
    """Where each array lies in the memory, and the memory's size. `panels` says how many vectors those of an array have."""

    panels: Mapping[str, int]
    places: dict[str, int] = field(default_factory=dict)
    shapes: dict[str, tuple[int, int]] = field(default_factory=dict)
    constants: list[tuple[str, Array]] = field(default_factory=list)
    size: int = 0

    def allocate(self, name: str, shape: Sequence[int]) -> None:
        """Give an array its place, behind all others."""
        rows, columns = (int(shape[0]), int(shape[1])) if len(shape) == 2 else (1, 1)
        self.places[name], self.shapes[name] = self.size, (rows, columns)
        self.size += padded(rows) * self.held(name)

    def share(self, name: str, other: str) -> None:
        """Let an array lie where another lies."""
        self.places[name], self.shapes[name] = self.places[other], self.shapes[other]

    def held(self, name: str) -> int:
        """How many columns the memory holds of an array, with those behind it that tiles may touch."""
        columns = self.shapes[name][1]
        return columns + (0 if columns == 1 else _SLACK + -columns % LANES)

    def parts(self, name: str) -> list[tuple[int, int, int]]:
        """Panels as (first, end, width) in numbers of a column: those from first to end are `width` wide each."""
        whole = padded(self.shapes[name][0])
        return parts(whole, self.panels.get(name, whole // LANES))

    def stretches(self, memory: Array, name: str) -> Iterator[tuple[slice, Array]]:
        """Which rows of an array lie together, and a view of them as the program has them."""
        rows, columns = self.shapes[name]
        for first, end, width in self.parts(name):
            for row in range(first, end, width):
                start = self.places[name] + row * self.held(name)
                view = memory[start : start + width * columns].reshape(columns, width)
                which = slice(row, min(row + width, rows))
                yield which, view[:, : which.stop - row].T

    def end(self, name: str) -> int:
        """The place behind an array."""
        return self.places[name] + padded(self.shapes[name][0]) * self.held(name)


def parts(whole: int, panel: int) -> list[tuple[int, int, int]]:
    """A column of `whole` numbers in panels of as many vectors, and a last one of what is left."""
    width = panel * LANES
    first = whole // width * width
    return [part for part in ((0, first, width), (first, whole, whole - first)) if part[0] < part[1]]


def batch_of(plan: Plan) -> int:
    """How many examples are computed together."""
    return next((int(symbol.shape[1]) for symbol in plan.symbols.values() if by_columns(symbol)), 1)


def group_of(plan: Plan, processor: Processor) -> tuple[int, int]:
    """How many examples products compute at once, and how many vectors: what suits the widest."""
    products = [e.target for node in plan.nodes for e in node.equations if e.primitive.name == "matmul"]
    shapes = [each.shape for each in products if by_columns(each)] or [(LANES, 1)]
    return tile(int(shapes[0][1]), padded(max(int(rows) for rows, _ in shapes)) // LANES, processor)


def vectors_at_once(rows: int, most: int, processor: Processor) -> int:
    """How many vectors of a column of `rows` numbers products compute at once; without vectors there are no panels."""
    whole = padded(rows) // LANES
    return whole if processor.lanes == 1 else min(whole, most)


def panels_of(plan: Plan, over: Mapping[str, str], processor: Processor) -> dict[str, int]:
    """The arrays that lie in panels: left sides of products, and what only elementwise equations join with them."""
    joined: dict[str, str] = {}
    _, most = group_of(plan, processor)

    def root(name: str) -> str:
        while joined.get(name, name) != name:
            name = joined[name]
        return name

    left, odd = set(), set()
    for equation in (each for node in plan.nodes for each in node.equations):
        name, target = equation.primitive.name, equation.target
        arrays = [o for o in equation.inputs if isinstance(o, Constant | Symbol) and o.shape]
        if name == "matmul":
            left.add(arrays[0].name)
            odd |= {arrays[1].name, plan.turned.get(arrays[1].name, "")}
        elif name in TEXTS and target.shape and all(o.shape == target.shape for o in arrays):
            for each in arrays:
                joined[root(each.name)] = root(target.name)
            odd |= {each.name for each in arrays if isinstance(each, Constant)}
        elif name != "T":
            odd |= {target.name, *(each.name for each in arrays)}
    for result, target_name in over.items():
        if result in plan.symbols and target_name in plan.symbols:
            joined[root(result)] = root(target_name)
    refused = {root(name) for name in odd}
    wanted = {root(name) for name in left} - refused
    found = {}
    for name, symbol in plan.symbols.items():
        if root(name) in wanted and len(symbol.shape) == 2 and symbol.shape[1] > 1 and not by_columns(symbol):
            panel = vectors_at_once(int(symbol.shape[0]), most, processor)
            if panel * LANES < padded(int(symbol.shape[0])):
                found[name] = panel
    return found
