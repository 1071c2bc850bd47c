"""Nodes that are written for a few examples at a time, so that what one makes is still near when the next one reads it.

The maps of a large batch are larger than the caches. Where nodes that follow each other compute each example by itself, as a
convolution and the pooling behind it, one loop over chunks of examples is put around them. What no other node reads has room
for one chunk alone; sums over examples are added up chunk by chunk. If threads share a step, they share the chunks; of sums
they share the lots, in each of which chunks are added up in order.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ...core.nouns import Equation, Operand, Program, Symbol
from ...program.operations.windows import read
from .nests import Index, Nests, View, as_index, moved
from .operations import ELEMENTWISE
from .phases import WINDOWED, aligned
from .planning import Node
from .reductions import JOINS, axes_of
from .sharing import LOTS

_LARGE = 2**21  # bytes of maps from which they are written in chunks
_CHUNK = 2**19  # bytes of the maps of a chunk
_FEWEST = 16  # chunks that threads share, if there are as many examples


@dataclass
class Chunks:
    """Nodes of a segment, how many examples there are, how many of them are in a chunk, and in how many lots they are summed."""

    nodes: list[Node]
    examples: int
    size: int
    lots: int = 1


def _first(shape: Iterable[int]) -> int:
    return next(iter(map(int, shape)), 0)


def example_axes(program: Program) -> tuple[set[str], int]:
    """The symbols whose first axis is that of examples, found from what is convolved; and how many examples there are."""
    found: set[str] = set()
    count = 0
    for equation in program.equations:
        if equation.primitive.name != WINDOWED:
            continue
        operands, terms = (*equation.inputs, equation.target), read(str(dict(equation.params)["subscripts"]))
        firsts = [
            (each.name, term[0][0].letter) for each, term in zip(operands, terms, strict=True) if len(term[0]) == 1
        ]
        windowed = next(term for term in terms if any(len(axis) > 1 for axis in term))
        letter = windowed[0][0].letter
        if len(windowed[0]) == 1 and sum(letter == own for _, own in firsts) == 2:
            found |= {name for name, own in firsts if own == letter}
            count = next(_first(o.shape) for o in operands if o.name in found)
    size = -1
    while size != len(found):
        size = len(found)
        for equation in program.equations:
            alike = [
                each for each in (*equation.inputs, *equation.targets) if each.name and _goes_on(equation, each, count)
            ]
            if any(each.name in found for each in alike):
                found |= {each.name for each in alike}
    return found, count


def _goes_on(equation: Equation, operand: Operand, count: int) -> bool:
    """Whether an operand's first axis is that of the result, in an equation that computes each example by itself."""
    name, params = equation.primitive.name, dict(equation.params)
    if _first(operand.shape) != count:
        return False
    if name in ELEMENTWISE:
        return len(operand.shape) == len(equation.target.shape)
    if name == "getitem":
        return bool(params["index"].parts[:1] in (((None, None, None),), (Ellipsis,)))
    if name == "scatter" and "indices" in params:
        return all(index.parts[0] == (None, None, None) for index in params["indices"])
    if name == "reshape":
        (source,) = equation.inputs
        return next(aligned(list(map(int, source.shape)), list(map(int, equation.target.shape)))) == ([0], [0])
    return False


def in_chunks(
    nodes: Sequence[Node], program: Program, root: Mapping[str, str], shared: bool
) -> tuple[list[Node], dict[int, Chunks]]:
    """The nodes in another order, and the segments that are written in chunks, by the number of their first node."""
    examples, count = example_axes(program)
    if not count:
        return list(nodes), {}
    made = {t.name: id(node) for node in nodes for e in (*node.equations, *node.views) for t in e.targets}
    symbols = (*program.inputs, *(target for equation in program.equations for target in equation.targets))
    sizes = {each.name: math.prod(map(int, each.shape)) * each.dtype.itemsize for each in symbols}
    left, found = list(nodes), list[Node]()
    segments: dict[int, Chunks] = {}
    while left:
        node = left.pop(0)
        if not _is_by_example(node, examples, shared):
            found.append(node)
            continue
        segment, behind = [node], list[Node]()
        for other in left:
            needs = {made.get(each.name) for e in other.equations for each in e.inputs}
            if _is_by_example(other, examples, shared) and not needs & {*map(id, behind)}:
                segment.append(other)
            else:
                behind.append(other)
        maps = {root[name] for part in segment for name in _kept(part) if name in examples and root[name] in sizes}
        total = sum(sizes[name] for name in maps)
        lots = max((_lots(part.operation) for part in segment), default=1)
        whole = count // lots if lots > 1 or not shared else max(count // _FEWEST, 1)
        most = min(count * _CHUNK // max(total, 1), whole)
        size = max((k for k in range(1, count) if count // lots % k == 0 and k <= most), default=0)
        windowed = any(part.operation is not None and part.operation.primitive.name == WINDOWED for part in segment)
        if size and (shared or (len(segment) > 1 and windowed and total > _LARGE)):
            segments[len(found)] = Chunks(segment, count, size, lots)
            found += segment
            left = behind
        else:
            found.append(node)
    return found, segments


def _lots(equation: Equation | None) -> int:
    """In how many lots an operation sums over examples."""
    return 1 if equation is None else int(dict(equation.params).get(LOTS, 1))


def _kept(node: Node) -> set[str]:
    """What a node reads or writes in memory, at most: what it makes is written if it has no other reader in the node."""
    made = {target.name for e in node.equations for target in e.targets}
    read = {each.name for e in node.equations for each in e.inputs if each.name}
    return (read - made) | (made - read)


def _is_by_example(node: Node, examples: Collection[str], shared: bool) -> bool:
    """Whether a node computes each example by itself, or sums over them, which threads share only if it does so in lots."""
    operation = node.operation
    sums = not shared or _lots(operation) > 1
    if node.called or not node.equations or (len(node.shape) < 3 and not sums):
        return False
    if any(target.name not in examples for e in node.single for target in e.targets) and operation is None:
        return False
    if not all(_sums_examples(e, examples) for e in node.joined):
        return False
    if operation is None:
        return True
    if operation.primitive.name == WINDOWED:
        mapped = operation.target.name in examples
        single = all((target.name in examples) == mapped for e in node.single for target in e.targets)
        return single and (mapped or (sums and _pays(operation, examples)))
    if operation.primitive.name == "scatter":
        return "indices" in dict(operation.params) and operation.target.name in examples
    return sums and _sums_examples(operation, examples)


def _pays(equation: Equation, examples: Collection[str]) -> bool:
    """Whether to add a sum up chunk by chunk: it has no more numbers than it reads of an example, so is less than a chunk."""
    maps = [each for each in equation.inputs if each.name in examples]
    read = sum(math.prod(map(int, each.shape[1:])) for each in maps)
    return math.prod(map(int, equation.target.shape)) <= read * _lots(equation)


def _sums_examples(equation: Equation, examples: Collection[str]) -> bool:
    name, params = equation.primitive.name, dict(equation.params)
    (source, *_) = equation.inputs
    return (
        name in JOINS and name == "sum" and source.name in examples and 0 in axes_of(params["axis"], len(source.shape))
    )


class Lowers(Protocol):
    """What writes programs, of which segments are a part."""

    program: Program
    nests: Nests
    views: dict[str, View]
    rooms: list[tuple[int, int]]
    root: dict[str, str]
    last: dict[str, int]
    homes: dict[str, tuple[Symbol, Any]]
    prepared: dict[str, View]
    in_phases: dict[tuple[int, ...], list[int]]
    kept: set[str]
    node: int
    within: set[str]

    def allocate(self, symbol: Symbol, order: Sequence[int] = ()) -> View: ...  # noqa: D102
    def mark(self, what: str) -> None: ...  # noqa: D102
    def prepare(self, node: Node) -> None: ...  # noqa: D102
    def fill(self, target: View, number: float) -> None: ...  # noqa: D102
    def room(self, number: str, shape: Sequence[int]) -> View: ...  # noqa: D102
    def apart(self) -> AbstractContextManager[None]: ...  # noqa: D102
    def chunks(  # noqa: D102
        self, count: int, reads: Mapping[str, bool], writes: Collection[str]
    ) -> AbstractContextManager[Index]: ...
    def _loop(self, node: Node) -> None: ...
    def _product(self, node: Node) -> None: ...
    def _operation(self, node: Node) -> None: ...
    def _view(self, equation: Equation) -> None: ...
    def _release_rooms(self) -> None: ...


class Writing:
    """Writes a segment."""

    def __init__(self, lowering: Lowers, chunks: Chunks, last: int):
        self.lowering, self.chunks, self.last = lowering, chunks, last
        self.examples, _ = example_axes(lowering.program)
        self.local: set[str] = set()

    def write(self) -> None:
        """Write a loop over chunks around the nodes, and then what follows of sums over examples."""
        low, nodes, size = self.lowering, self.chunks.nodes, self.chunks.size
        made = [target.name for node in nodes for e in node.equations for target in e.targets]
        self.local = {
            name for name in made
            if name in self.examples and low.root[name] not in low.views and low.last.get(low.root[name], -1) <= self.last
        }  # fmt: skip
        low.within = self.local
        low.homes |= {
            name: (self._symbol(array), index) for name, (array, index) in low.homes.items() if array.name in self.local
        }
        low.in_phases |= {(size, *shape[1:]): order for shape, order in low.in_phases.items()}
        for number, node in enumerate(nodes, start=self.last - len(nodes) + 1):
            low.node = number
            self._allocate(node)
        whole = dict(low.views)
        sums = [total for node in nodes for total in self._sums(node)]
        rooms = {name: low.room(view.number, view.shape) for name, view in self._totals(sums, whole, 0).items()}
        for node in nodes:
            low.prepare(node)
        held, low.rooms = low.rooms, []
        low.mark(", ".join(name for name in made if name in low.kept))
        moving = self.examples - self.local
        given = {each.name for node in nodes for e in node.equations for each in e.inputs if each.name} - {*made}
        reads, writes = {name: name in moving for name in given}, {*made} - self.local
        with self._over(reads, writes, sums, whole) as (index, totals):
            low.views = {name: _chunk(view, index, size) if name in moving else view for name, view in whole.items()}
            low.views |= rooms
            for node in nodes:
                with low.apart():
                    self._write(node)
                low._release_rooms()
                for view in node.views:
                    if view.inputs[0].name in self.examples:
                        low._view(self._of_chunk(view))
                for total in self._sums(node):
                    own, room = totals[total.name], rooms[total.name]
                    low.nests.elementwise(own.shape, [own, room], [own], lambda values, lanes: [values[0] + values[1]])
        low.rooms = held
        low.prepared.clear()
        low._release_rooms()
        low.views = {name: view for name, view in whole.items() if name not in self.local}
        for node in nodes:
            if node.single and node.operation is not None and self._sums(node):
                low._loop(Node(node.shape, None, node.single))
                low._release_rooms()
            for view in node.views:
                if view.inputs[0].name in low.views:
                    low._view(view)

    def _totals(self, sums: Sequence[Symbol], whole: Mapping[str, View], lot: Index) -> dict[str, View]:
        """Where the sums of a lot are."""
        return {each.name: whole[each.name].at(0, lot) if self.chunks.lots > 1 else whole[each.name] for each in sums}

    @contextmanager
    def _over(
        self, reads: Mapping[str, bool], writes: Collection[str], sums: Sequence[Symbol], whole: Mapping[str, View]
    ) -> Iterator[tuple[Index, dict[str, View]]]:
        """A loop over chunks, and where their sums are added up: over lots, of which each begins with 0, and chunks of each."""
        low, lots = self.lowering, self.chunks.lots
        count = self.chunks.examples // self.chunks.size
        with ExitStack() as stack:
            around = stack.enter_context(low.chunks(lots, reads, writes)) if lots > 1 else 0
            totals = self._totals(sums, whole, around)
            for total in totals.values():
                low.fill(total, 0)
            if lots == 1:
                yield stack.enter_context(low.chunks(count, reads, writes)), totals
                return
            within = stack.enter_context(low.nests.loop(count // lots))
            yield low.nests.block.let(as_index(around) * (count // lots) + as_index(within)), totals

    def _sums(self, node: Node) -> list[Symbol]:
        """The sums over examples that a node makes."""
        found = [e.target for e in node.joined]
        if node.operation is not None and node.operation.target.name not in self.examples:
            found.append(node.operation.target)
        return found

    def _allocate(self, node: Node) -> None:
        low = self.lowering
        in_passing = [*node.single, *([node.operation] if node.operation and node.single else [])]
        sums = {each.name for each in self._sums(node)}
        for equation in [*in_passing, *node.joined] if in_passing else node.equations:
            for target in equation.targets:
                if target.name in low.kept or target.name in sums or not in_passing:
                    low.allocate(self._symbol(target) if target.name in self.local else target)

    def _symbol(self, symbol: Symbol) -> Symbol:
        """A symbol as it is in a chunk."""
        if symbol.name not in self.examples:
            return symbol
        return replace(symbol, shape=(self.chunks.size, *symbol.shape[1:]))

    def _of_chunk(self, equation: Equation) -> Equation:
        targets = tuple(map(self._symbol, equation.targets))
        inputs = tuple(self._symbol(each) if isinstance(each, Symbol) else each for each in equation.inputs)
        params = tuple((k, (self.chunks.size, *v[1:]) if k == "shape" and v else v) for k, v in equation.params)
        if _lots(equation) > 1:
            targets = tuple(replace(each, shape=each.shape[1:]) for each in targets)
        params = tuple(each for each in params if each[0] != LOTS)
        return replace(equation, targets=targets, inputs=inputs, params=params)

    def _write(self, node: Node) -> None:
        """Write a node for a chunk."""
        low, summed = self.lowering, self._sums(node)
        operation = None if node.operation is None else self._of_chunk(node.operation)
        single = [] if operation is not None and summed else list(map(self._of_chunk, node.single))
        joined = list(map(self._of_chunk, node.joined))
        first = operation or single[0]
        made = Node(tuple(map(int, first.target.shape)), operation, single, joined, alone=node.alone)
        write = low._loop if operation is None else low._product if single else low._operation
        write(made)


def _chunk(view: View, index: Index, size: int) -> View:
    part = moved(view, index, size * view.strides[0])
    return replace(part, shape=(size, *view.shape[1:]))
