"""A layer's equations as loops whose sizes are names: `put` gives them the sizes of a network, `tiled` its tiles.

Examples are columns, padded to whole vectors of four: the n rows of an array are v vectors, and lanes are neurons. Each sum has
its terms in the order in which `run/lowering/step.py` has them, which writes whole networks of known sizes. As there, the first
layer may skip inputs that are 0 in all examples of a tile: there are G tiles of E examples, from tile g and example f on. Loops
over p and r, o and q, or p and e are there to be tiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..core.dims import Dim
from ..core.nouns import Equation, Operand
from ..run.loops.functions import FUNCTIONS
from ..run.loops.language import (
    F32,
    I32,
    INDEX,
    Address,
    Block,
    Body,
    Count,
    Expression,
    Kind,
    apply,
    at,
    constant,
    load,
    size,
    spread,
)
from ..run.lowering.elementwise import applied, length
from ..run.lowering.nests import Nests
from ..run.lowering.operations import ELEMENTWISE, chosen
from ..run.lowering.reductions import JOINS
from .pieces import Piece

FLOATS, INTEGERS = Kind("f32", 4), Kind("i32", 4)
VECTOR = 16  # bytes
M, EXAMPLES, TILES, TILE, FIRST = map(size, "mEGgf")
_MARKS = str.maketrans("<>", "pf")


@dataclass
class _Node:
    """Equations that share a loop: an operation, such as a product, or none, and elementwise ones."""

    operation: Equation | None = None
    single: list[Equation] = field(default_factory=list)

    @property
    def equations(self) -> list[Equation]:
        return [*([] if self.operation is None else [self.operation]), *self.single]


class LayerLoops:
    """The loops of a piece, one body for each node, and the `arrays` that they use, with the bytes of each."""

    def __init__(self, piece: Piece, listed: bool = False):
        self.listed = listed
        self.turned = {e.target.name: e.inputs[0] for e in piece.equations if e.primitive.name == "T"}
        self.arrays: dict[str, Count] = {}
        self.bodies: list[Body] = []
        self.names: dict[str, str] = {}
        self.block = Block()
        kinds = {"matmul": self._product, "sum": self._sum, "softmax": self._softmax}
        nodes = self._nodes([e for e in piece.equations if e.primitive.name != "T"])
        for node in nodes:
            elsewhere = {o.name for other in nodes if other is not node for e in other.equations for o in e.inputs}
            self.kept = [e.target for e in node.equations if e.target.name in elsewhere | {*piece.results}]
            if node.operation is None:
                self._elementwise(node)
            else:
                kinds[node.operation.primitive.name](node)
            self._end()

    def _end(self) -> None:
        """Begin another body."""
        self.bodies.append(self.block.body)
        self.block = Block()

    def _nodes(self, equations: list[Equation]) -> list[_Node]:
        """What shares a loop: as many elementwise equations as can be, of one shape; with a product, those that are short."""
        found, left = [_Node()], list(equations)
        while left:
            waiting = {e.target.name for e in left}
            ready = [e for e in left if not waiting & {self.turned.get(o.name, o).name for o in e.inputs}]
            joining = [e for e in ready if _joins(e, found[-1])]
            operations = [e for e in ready if e.primitive.name not in ELEMENTWISE]
            taken = (joining or operations or ready)[0]
            left.remove(taken)
            if joining:
                found[-1].single.append(taken)
            else:
                found.append(_Node(taken) if operations else _Node(single=[taken]))
        return found[1:]

    # ---- places --------------------------------------------------------------------------------------------------------

    def array(self, operand: Operand) -> str:
        """The array of an operand; a new value lies over the old one."""
        name = operand.name.removeprefix("new_")
        rows, columns = (*operand.shape, 1, 1)[:2]
        if name[0] == "t":  # of this piece alone: pieces share such arrays, by shape
            shape = "".join(_named(each).translate(_MARKS) for each in (rows, columns))
            name = self.names.setdefault(name, f"t{len(self.names) + 1}{shape}")
        if name[-1] not in "<>":  # else another layer's piece tells how large it is
            across = 4 * _vectors(columns) if _named(columns)[0] == "n" else _count(columns)  # whole squares of vectors
            self.arrays[name] = VECTOR * _vectors(rows) * across if _named(rows) != "1" else 4 * across
        return name

    def place(
        self,
        operand: Operand,
        row: tuple[Expression, Count] | None,
        *columns: tuple[Expression, Count],
        first: Count = 0,
    ) -> Address:
        """A place: an index with its stride in bytes down a column, and indices with their strides in columns."""
        name = self.array(operand)
        rows, width = (*operand.shape, 1, 1)[:2]
        across = 4 if _named(rows) == "1" else VECTOR * _vectors(rows)
        moved = [(index, by * across) for index, by in columns] if _named(width) != "1" else []
        down = [row] if row and _named(rows) != "1" else []
        return at(name, first * across if moved else 0, *down, *moved)

    def read(self, operand: Operand, i: Expression, *columns: tuple[Expression, Count], first: Count = 0) -> Expression:
        """A vector of a column; a number in all lanes if there is one for all rows."""
        address = self.place(operand, (i, VECTOR), *columns, first=first)
        one = _named((*operand.shape, 1)[0]) == "1"
        return self.block.let(spread(address, FLOATS) if one else load(address, FLOATS))

    def _reads(self, node: _Node) -> list[Operand]:
        made = {e.target.name for e in node.equations}
        found = {o.name: o for e in node.single for o in e.inputs if o.name and o.name not in made}
        return [*found.values()]

    def _compute(
        self,
        node: _Node,
        known: dict[str, Expression],
        i: Expression,
        *columns: tuple[Expression, Count],
        first: Count = 0,
    ) -> None:
        """Elementwise equations at a place, and what is kept of them."""
        for operand in self._reads(node):
            if operand.name not in known:
                known[operand.name] = self.read(operand, i, *columns, first=first)
        for each in node.single:
            known[each.target.name] = self.block.let(applied(self.block, each, known, 4))
        for symbol in self.kept:
            self.block.store(self.place(symbol, (i, VECTOR), *columns, first=first), known[symbol.name])

    def _fixed(self, node: _Node) -> dict[str, Expression]:
        """Numbers that are the same everywhere, read before the loops."""
        numbers = [o for o in self._reads(node) if not o.shape]
        return {o.name: self.block.let(spread(at(self.array(o)), FLOATS)) for o in numbers}

    # ---- number by number ----------------------------------------------------------------------------------------------

    def _elementwise(self, node: _Node) -> None:
        block, shape = self.block, node.single[0].target.shape
        if not shape:
            known = {o.name: block.let(load(at(self.array(o)), F32)) for o in self._reads(node)}
            for each in node.single:
                known[each.target.name] = block.let(applied(block, each, known, 1))
            for symbol in self.kept:
                block.store(at(self.array(symbol)), known[symbol.name])
            return
        known = self._fixed(node)
        if all(o.shape in ((), shape) for o in self._reads(node)):
            with block.loop("i", _vectors(shape[0]) * _count(shape[1])) as i:
                self._compute(node, known, i)
            return
        with block.loop("c", _count(shape[1])) as c, block.loop("i", _vectors(shape[0])) as i:
            self._compute(node, known, i, (c, 1))

    # ---- products ------------------------------------------------------------------------------------------------------

    def _product(self, node: _Node) -> None:
        """Vectors of rows, columns, and the terms k of their sums."""
        product = node.operation
        assert product is not None
        left, right = product.inputs
        if left.name in self.turned:
            self._turn(self.turned[left.name], left)
            self._end()
        block = self.block
        across = right.name in self.turned
        right = self.turned.get(right.name, right)
        known = self._fixed(node)
        learns = across and [(e.primitive.name, e.inputs[1].name) for e in node.single] == [
            ("subtract", product.target.name)
        ]
        if self.listed and right.name == "a<" and (learns or not across):
            (self._learn if across else self._sum_listed)(node, left, right, known)
            return
        down, beside = "oq" if across else "pr"
        rows, columns = product.target.shape
        with block.loop(down, _vectors(rows)) as p, block.loop(beside, _count(columns)) as r:
            total = block.set("s", constant(0, FLOATS))
            with block.loop("k", _count(left.shape[1])) as k:
                w = self.read(left, p, (k, 1))
                place = self.place(right, (r, 4), (k, 1)) if across else self.place(right, (k, 4), (r, 1))
                block.set("s", block.multiply_add(w, block.let(spread(place, FLOATS)), total))
            self._compute(node, {**known, product.target.name: total}, p, (r, 1))

    def _turn(self, source: Operand, target: Operand) -> None:
        """A matrix that is contiguous along its columns, from one that is along its rows: square by square."""
        block = self.block
        with block.loop("i", _vectors(target.shape[0])) as i, block.loop("j", _vectors(target.shape[1])) as j:
            rows = [block.let(load(self.place(source, (j, VECTOR), (i, 4), first=k), FLOATS)) for k in range(4)]
            for half, orders in ((2, ((0, 1, 4, 5), (2, 3, 6, 7))), (1, ((0, 4, 2, 6), (1, 5, 3, 7)))):
                new = list(rows)
                for k in (k for k in range(4) if not k & half):
                    for place, order in zip((k, k + half), orders, strict=True):
                        new[place] = block.let(apply("shuffle", rows[k], rows[k + half], detail=order))
                rows = new
            for k, row in enumerate(rows):
                block.store(self.place(target, (i, VECTOR), (j, 4), first=k), row)

    # ---- the first layer of a network that reads images ----------------------------------------------------------------

    @contextmanager
    def _nonzero(self, images: Operand, g: Expression) -> Iterator[Expression]:
        """A loop over the inputs that are not 0 in a tile."""
        row = lists(images.shape[0])
        count = self.block.let(apply("convert", load(at("counts", 4 * TILE, (g, 4)), I32), kind=INDEX))
        with self.block.loop("t", count) as t:
            place = load(at("places", row * TILE, (g, row), (t, 4)), I32)
            yield self.block.let(apply("convert", place, kind=INDEX))

    def _terms(self, left: Operand, images: Operand, k: Expression) -> tuple[Expression, Expression]:
        """How far an input's column of weights is, and its number in a column of examples."""
        far = self.block.let(k * constant(VECTOR * _vectors(left.shape[0]), INDEX))
        return far, self.block.let(k * 4)

    def _sum_listed(self, node: _Node, left: Operand, images: Operand, known: dict[str, Expression]) -> None:
        block, product = self.block, node.operation
        assert product is not None
        with block.loop("p", _vectors(left.shape[0])) as p, block.loop("h", TILES) as g, block.loop("e", EXAMPLES) as e:
            column = (g, EXAMPLES), (e, 1)
            total = block.set("s", constant(0, FLOATS))
            with self._nonzero(images, g) as k:
                far, down = self._terms(left, images, k)
                w = block.let(load(at(self.array(left), 0, (far, 1), (p, VECTOR)), FLOATS))
                x = block.let(spread(self.place(images, (down, 1), *column, first=FIRST), FLOATS))
                block.set("s", block.multiply_add(w, x, total))
            self._compute(node, {**known, product.target.name: total}, p, *column, first=FIRST)

    def _learn(self, node: _Node, left: Operand, images: Operand, known: dict[str, Expression]) -> None:
        """w − e a<ᵀ, one example of a tile after the other, so that weights are read and written once for a tile."""
        block, (last,) = self.block, node.single
        weights = last.inputs[0]
        with block.loop("p", _vectors(left.shape[0])) as p, block.loop("h", TILES) as g, block.loop("e", EXAMPLES) as e:
            column = (g, EXAMPLES), (e, 1)
            error = block.let(-self.read(left, p, *column, first=FIRST))
            with self._nonzero(images, g) as k:
                far, down = self._terms(weights, images, k)
                place = at(self.array(weights), 0, (far, 1), (p, VECTOR))
                x = block.let(spread(self.place(images, (down, 1), *column, first=FIRST), FLOATS))
                w = block.set("w", load(place, FLOATS))
                block.store(place, block.set("w", block.multiply_add(x, error, w)))

    # ---- sums and softmax ----------------------------------------------------------------------------------------------

    def _sum(self, node: _Node) -> None:
        block, equation, total = self.block, node.operation, constant(0, FLOATS)
        assert equation is not None
        source, (target,) = equation.inputs[0], equation.targets
        axis, (join, _) = dict(equation.params)["axis"], JOINS["sum"]
        if axis == 1:
            with block.loop("i", _vectors(source.shape[0])) as i:
                total = block.set("s", total)
                with block.loop("c", _count(source.shape[1])) as c:
                    block.set("s", join(total, self.read(source, i, (c, 1))))
                block.store(self.place(target, (i, VECTOR)), total)
        elif axis == 0:
            with block.loop("c", _count(source.shape[1])) as c:
                found = self._down(block.set("s", total), source, c, "sum")
                block.store(self.place(target, None, (c, 1)), Nests(block, VECTOR).across(found, join))
        else:
            total = block.set("s", total)
            with block.loop("c", _count(source.shape[1])) as c:
                self._down(total, source, c, "sum")
            block.store(at(self.array(target)), Nests(block, VECTOR).across(total, join))

    def _down(self, total: Expression, source: Operand, c: Expression, how: str) -> Expression:
        """Join the rows of a column to a variable, vector by vector; padding does not count."""
        block, (join, start) = self.block, JOINS[how]
        with block.loop("i", _vectors(source.shape[0])) as i:
            lane = apply("splat", apply("convert", i * 4, kind=I32), kind=INTEGERS) + constant((0, 1, 2, 3), INTEGERS)
            inside = block.let(lane < constant(_count(source.shape[0]), INTEGERS))
            x = block.let(chosen(inside, self.read(source, i, (c, 1)), constant(start, FLOATS)))
            block.set(total.detail, join(total, x))
        return total

    def _softmax(self, node: _Node) -> None:
        block, equation = self.block, node.operation
        assert equation is not None
        (source,), (target,) = equation.inputs, equation.targets
        v = _vectors(source.shape[0])

        def joined(name: str, of: Operand, how: str) -> Expression:
            join, start = JOINS[how]
            found = self._down(block.set(name, constant(start, FLOATS)), of, c, how)
            return block.let(apply("splat", Nests(block, VECTOR).across(found, join), kind=FLOATS))

        with block.loop("c", _count(source.shape[1])) as c:
            top = joined("top", source, "max")
            with block.loop("i", v) as i:
                power = FUNCTIONS["exp"](block, block.let(self.read(source, i, (c, 1)) - top))
                block.store(self.place(target, (i, VECTOR), (c, 1)), power)
            whole = joined("s", target, "sum")
            with block.loop("i", v) as i:
                block.store(self.place(target, (i, VECTOR), (c, 1)), self.read(target, i, (c, 1)) / whole)


def _joins(equation: Equation, node: _Node) -> bool:
    """Whether an equation is computed in a node's loop; activations are not in that of z, which is a product."""
    if not node.equations or equation.primitive.name not in ELEMENTWISE:
        return False
    last, operation = node.equations[-1].target, node.operation
    short = operation is None or (operation.primitive.name == "matmul" and length(equation) == 1 and last.name != "z")
    return short and last.shape == equation.target.shape


def lists(inputs: int) -> Count:
    """The bytes of a tile's list of nonzero inputs: as many as there are, and the vector that is written at its end."""
    return VECTOR * _vectors(inputs) + VECTOR


def _named(count: int) -> str:
    return count.name if isinstance(count, Dim) else str(count)


def _count(count: int) -> Count:
    """A size by its name."""
    return size(count.name) if isinstance(count, Dim) else count


def _vectors(count: int) -> Count:
    """How many vectors so many rows are."""
    return size(f"v{count.name[1:]}") if isinstance(count, Dim) else 1
