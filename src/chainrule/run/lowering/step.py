"""A step that runs repeatedly, such as a training step: what it changes stays in memory, and threads may share it.

Arrays with two axes are column-major, with columns padded to whole vectors: weights have a column for each input, activations
a column for each example. So the data of an example are contiguous, and the lanes of vectors are neurons. A result that
replaces an input is written over it if nothing reads the input afterwards.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace

from ...core.nouns import Equation, Operand, Program, Symbol
from ...program.operations.windows import read
from ..aligned import LINE
from ..loops import system
from ..loops.language import INDEX, Expression, Kind, apply, at, get, load
from . import contractions, reductions
from .batches import example_axes
from .elementwise import NUMBERS, dtype_of
from .lots import in_lots
from .nests import ITEM, Compute, Index, View, moved
from .phase_by_phase import regrouped
from .phases import WINDOWED
from .planning import Node
from .program import OPERATIONS, Lowering
from .sharing import ALONE, EVERY, LOTS, WHOLE, Owner, Sharing
from .tiles import REUSED
from .views import as_it_lies

ARRAYS = (
    "memory", "constants", "inputs", "targets", "weights", "labels", "order", "numbers", "draws", "outputs", "told", "ranges",
    "barrier", "thread",
)  # fmt: skip
"""The arrays of the function for a chunk of steps, which gets their addresses."""
SCRATCH = 40  # offset in `thread` of where the thread's own memory begins
_MANY = 2**14  # from this many multiplications on, a product gets its own function
FEW = 16
"""From this many examples on, threads share dense layers by examples."""
HEAVY = 2**14
"""From this many weights on, threads share the terms of a layer's products, if there are few examples."""
_LOTS = (4, 3, 2)
_RANGE = 48  # bytes of a range: six integers


class Step(Lowering):
    """Writes a program as a step. `over` says which result replaces which input."""

    arrays = ARRAYS
    chooses = False

    def __init__(self, program: Program, register: int, fused: bool, over: Mapping[str, str], shared: bool):
        self.shared, self.sharing, self.in_chunks = shared, Sharing(), False
        program = regrouped(program)
        super().__init__(in_lots(program) if shared else program, register, fused)
        self.over = dict(over)
        self.own = 0  # bytes of a thread's own memory
        self.taken: dict[int, list[int]] = {}
        self.batch = 0  # examples
        self.ranges: list[tuple[int, int]] = []  # how many places threads divide, and the size of a tile
        self.owner: Owner = EVERY
        self.part: Expression | None = None
        self.last_read: dict[str, int] = {}
        for number, node in enumerate(self.nodes):
            for each in (o for e in node.equations for o in e.inputs if o.name):
                self.last_read[self.root[each.name]] = number

    def _planned(self) -> list[Node]:
        nodes = super()._planned()
        if not self.shared:
            return nodes
        found, count = example_axes(self.program)
        self.examples = found if count > 1 else set()
        return [part for node in nodes for part in self._divisible(node)]

    def _divisible(self, node: Node) -> list[Node]:
        """A node without its reductions, followed by those: other threads compute the operands than the sums. And a sum
        over windows without what is computed from it, unless each example is by itself.
        """
        parts = [Node(each.target.shape, each) for each in node.joined]
        summed = node.operation is not None and node.operation.primitive.name == WINDOWED
        if node.operation is not None and summed and node.single and node.operation.target.name not in self.examples:
            parts = [replace(node, operation=None, joined=[], views=[]), *parts]
            node = replace(node, single=[])
        (parts[-1] if parts else node).views = node.views
        return [replace(node, joined=[], views=[] if parts else node.views), *parts]

    # ---- the whole -------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Allocate inputs, those that persist between steps first."""
        self.block.add(system.call(system.FLUSH))
        for name in ("scratch", "part"):
            place = at("thread", SCRATCH if name == "scratch" else 0)
            self.block.set(name, apply("convert", load(place, Kind("i64")), kind=INDEX))
        self.part = get("part", INDEX)
        self.constants = self._constants()
        for symbol in sorted(self.program.inputs, key=lambda each: each.name not in self.over.values()):
            self.allocate(symbol)

    def nodes_written(self) -> None:
        """Write the whole step, and copy results to the inputs that they replace."""
        for number, node in self._in_order():
            self.node = number
            if node.equations:
                self.mark(", ".join(equation.target.name for equation in node.equations))
                self._node(node)
                self._release_rooms()
            for each in node.views:
                self._view(each)
        for result, name in self.over.items():
            if self.views[result] != self.views[name]:
                self.met_before([(result, WHOLE)], [(name, ALONE)])
                with self.alone():
                    self.copy(self.views[result], self.views[name])
                    self._release_rooms()
        self.met_before([(condition.symbol.name, WHOLE) for condition in self.program.conditions], [])
        self._look()

    # ---- memory ------------------------------------------------------------------------------------------------------------

    def order(self, shape: Sequence[int], number: str) -> list[int]:
        """Column-major order, except for a single row; arrays with more axes are like NumPy's."""
        if tuple(shape) in self.in_phases:
            return self.in_phases[tuple(shape)]
        return [1, 0] if len(shape) == 2 and shape[0] > 1 else [*range(len(shape))]

    def _laid(self, array: str, operand: Operand, start: int, order: Sequence[int] = ()) -> View:
        shape, number = tuple(map(int, operand.shape)), NUMBERS[dtype_of(operand)]
        strides, stride, held = [0] * len(shape), ITEM[number], 0
        for axis in reversed(self.order(shape, number)):
            strides[axis] = stride
            size = shape[axis]
            if not held and len(shape) < 3:  # places follow each other without gaps
                size = held = self.filled(size, number)
            stride *= size
        return View(array, number, shape, tuple(strides), start, (), held)

    def filled(self, size: int, number: str) -> int:
        """A size padded to whole vectors, or to a single vector that is no wider than necessary."""
        vectors = self.nests.vectors([number])[0] or [1]
        lanes = next((lanes for lanes in reversed(vectors) if lanes >= size), vectors[0])
        return -(-size // lanes) * lanes

    def allocate(self, symbol: Symbol, order: Sequence[int] = ()) -> View:
        """Allocate an array, over the input that it replaces if possible; each thread has its own copy of a scalar, and of
        what has room for one chunk of examples.
        """
        at_home = self._at_home(symbol)
        if at_home is not None:
            return at_home
        name = self.over.get(symbol.name)
        if name is not None and name in self.views and self._goes_over(symbol, name):
            self.views[symbol.name] = self.views[name]
            return self.views[name]
        view = self._laid("memory", symbol, 0)
        own = symbol.name in self.within if symbol.shape else self.owner != ALONE
        if own and (self.shared or not symbol.shape):
            view = replace(view, offset=self._own_room(view.extent), indices=((get("scratch", INDEX), 1),))
        else:
            view = replace(view, offset=self.reserve(view.extent))
        self.views[symbol.name] = view
        return view

    def _goes_over(self, symbol: Symbol, name: str) -> bool:
        """Whether a result may be written over the input that it replaces: nothing may read the input afterwards."""
        node = self.nodes[self.node]
        others = [*([node.operation] if node.operation else []), *node.joined]
        whole = {self.root[o.name] for e in others for o in e.inputs if o.name}
        elsewhere = {self.root[o.name] for e in node.single for o in e.inputs if o.name and o.name != name}
        return name not in whole | elsewhere and self.last_read.get(name, -1) <= self.node

    def _own_room(self, size: int) -> int:
        size = -(-size // LINE) * LINE
        if self.taken.get(size):
            return self.taken[size].pop()
        start, self.own = self.own, self.own + size
        return start

    def room(self, number: str, shape: Sequence[int]) -> View:
        """Memory of each thread's own for a temporary array of an operation."""
        size = ITEM[number] * math.prod(shape)
        start = self._own_room(size)
        self.rooms.append((start, -(-size // LINE) * LINE))
        return replace(View.rows("memory", number, shape, start), indices=((get("scratch", INDEX), 1),))

    def _release_rooms(self) -> None:
        for start, size in self.rooms:
            self.taken.setdefault(size, []).append(start)
        self.rooms.clear()

    def _view(self, equation: Equation) -> None:
        (source,) = (o.name for o in equation.inputs if o.name)
        copies = equation.primitive.name == "reshape" and self.shared
        if copies and as_it_lies(self.views[source], tuple(map(int, equation.target.shape))) is None:
            self.met_before([(source, WHOLE)], [])  # each thread makes its own copy
        super()._view(equation)
        if source in self.listed:
            self.listed[equation.target.name] = self.listed[source]

    # ---- nodes -------------------------------------------------------------------------------------------------------------

    def _node(self, node: Node) -> None:
        self.owner = self._owner(node)
        self._allocate(node)
        if self.shared:
            self.met_before(*self._touched(node))
        with ExitStack() as stack:
            if self.owner == ALONE:
                stack.enter_context(self.alone())
            write = self._loop if node.operation is None else self._product if node.single else self._operation
            if self._lots(node) > 1:
                write = self._product_in_lots
            if node.operation is not None:
                left, target = node.operation.inputs[0].shape, node.operation.target.shape
                if math.prod(map(int, (*target, *left[-1:]))) >= _MANY:
                    stack.enter_context(self.apart())
            write(node)
        self.owner = EVERY

    def _product(self, node: Node) -> None:
        """Write a product; one of few terms that is only subtracted in place needs no tiles."""
        product, (last, *others) = node.operation, node.single
        assert product is not None
        alone = not others and not self.shared and product.target.name not in self.kept
        if alone and (product.primitive.name, last.primitive.name) == ("matmul", "subtract"):
            one, other = last.inputs
            left, right = (self.views[each.name] for each in product.inputs)
            place, listed = self.views[last.target.name], self.listed.get(product.inputs[1].name)
            over = other.name == product.target.name and place == self.views.get(one.name)
            if over and contractions.takes(self, place, left, listed):
                contractions.taken(self, place, left, right, listed)
                return
        super()._product(node)

    def _lots(self, node: Node) -> int:
        """In how many lots threads share the terms of a product rather than its columns: if those are few, what they are
        multiplied by would move from core to core, since what it learns is computed where its own columns are.
        """
        product = node.operation
        if self.owner[0] != "columns" or product is None or product.primitive.name != "matmul":
            return 1
        (left, right), (rows, columns) = product.inputs, map(int, product.target.shape)
        terms = int(right.shape[0])
        learned = self.root[left.name] == left.name in self.over.values() and right.name not in self.listed
        if not learned or columns >= FEW or rows * terms < HEAVY:
            return 1
        return next((lots for lots in _LOTS if terms % lots == 0), 1)

    def _product_in_lots(self, node: Node) -> None:
        """Write a product as a sum of several, which threads share."""
        product, lots = node.operation, self._lots(node)
        assert product is not None
        name, owner, views = product.target.name, self.owner, dict(self.views)
        left, right = (each.name for each in product.inputs)
        terms, whole = views[right].shape[0] // lots, self._laid("memory", product.target, 0)
        size = -(-whole.extent // LINE) * LINE
        sums = whole.plus(self.reserve(lots * size))

        def of_lot(view: View, axis: int, lot: Index) -> View:
            place = moved(view, lot, terms * view.strides[axis])
            shape = (terms, view.shape[1]) if axis == 0 else (view.shape[0], terms)
            return replace(place, shape=shape, held=0 if view.strides[axis] == ITEM[view.number] else view.held)

        self.owner = EVERY  # what is written for a lot is not shared
        *_, start, end = self._range(lots, 1)
        with self.nests.loop(end, start) as lot:
            self.views |= {left: of_lot(views[left], 1, lot), right: of_lot(views[right], 0, lot)}
            self.views[name] = moved(sums, lot, size)
            contractions.written(self, product)
        self.views, self.owner = views, owner
        self.meet()
        read, written, compute = self._computed(node.single, name)
        written += [name] if name in self.kept else []

        def found(values: Sequence[Expression], lanes: int) -> list[Expression]:
            total = functools.reduce(operator.add, values[:lots])
            known = compute({name: total, **dict(zip(read, values[lots:], strict=True))}, lanes)
            return [known[each] for each in written]

        reads = [
            *(sums.plus(k * size) for k in range(lots)),
            *(self.views[each].broadcast(sums.shape) for each in read),
        ]
        self.elementwise(sums.shape, reads, [self.views[each] for each in written], found)

    def _loop(self, node: Node) -> None:
        if self.is_whole:
            super()._loop(node)
            return
        read, written, compute = self._computed(node.single)

        def found(values: Sequence[Expression], lanes: int) -> list[Expression]:
            known = compute(dict(zip(read, values, strict=True)), lanes)
            return [known[name] for name in written]

        shape = tuple(map(int, node.shape))
        reads = [self.views[name].broadcast(shape) for name in read]
        self.elementwise(shape, reads, [self.views[name] for name in written], found)

    def elementwise(
        self, shape: Sequence[int], reads: Sequence[View], writes: Sequence[View], compute: Compute
    ) -> None:
        """Write what is computed number by number: a thread's own part."""
        if self.is_whole:
            super().elementwise(shape, reads, writes, compute)
            return
        for part, (sources, targets) in self._parts(shape, (reads, writes)):
            self.nests.elementwise(part, sources, targets, compute)

    def _operation(self, node: Node) -> None:
        equation = node.operation
        assert equation is not None
        name = equation.primitive.name
        if self.owner[0] == LOTS:
            self._operation_in_lots(equation)
        elif self.is_whole or name in contractions.OPERATIONS:
            super()._operation(node)
        elif self.owner[0] == "sums":
            with self._of_one_kind(equation):
                self._sum(equation)
        elif name == "softmax":
            source, target = self.views[equation.inputs[0].name], self.views[equation.target.name]
            for _, ((one,), (other,)) in self._parts(source.shape, ([source], [target])):
                self.views |= {equation.inputs[0].name: one, equation.target.name: other}
                reductions.OPERATIONS[name](self, equation)
            self.views |= {equation.inputs[0].name: source, equation.target.name: target}
        else:
            source, target = self.views[equation.inputs[0].name], self.views[equation.target.name]
            total = reductions.total_of(equation, target.number)
            for _, ((one,), (other,)) in self._parts(source.shape, ([source], [target])):
                reductions.reduce(self, one, [1], other.at(1, 0), total)

    def _operation_in_lots(self, equation: Equation) -> None:
        """Write a sum over examples: a thread's own lots."""
        lots, owner, views = self.owner[1], self.owner, dict(self.views)
        target, sources = equation.target, [each for each in equation.inputs if isinstance(each, Symbol)]
        size = int(sources[0].shape[0]) // lots
        params = tuple(each for each in equation.params if each[0] != LOTS)
        own = replace(
            equation,
            targets=(replace(target, shape=target.shape[1:]),),
            inputs=tuple(replace(each, shape=(size, *each.shape[1:])) for each in sources),
            params=params,
        )
        self.owner = EVERY  # what is written for a lot is not shared
        *_, start, end = self._range(lots, 1)
        with self.nests.loop(end, start) as lot:
            for each in sources:
                view = views[each.name]
                self.views[each.name] = replace(moved(view, lot, size * view.strides[0]), shape=(size, *view.shape[1:]))
            self.views[target.name] = views[target.name].at(0, lot)
            OPERATIONS[own.primitive.name](self, own)
        self.views, self.owner = views, owner

    def _sum(self, equation: Equation) -> None:
        """Write a reduction: a thread's places along the first axis that is left."""
        names, params = (equation.inputs[0].name, equation.target.name), dict(equation.params)
        views = [self.views[name] for name in names]
        gone = reductions.axes_of(params["axis"], len(views[0].shape))
        axis = next(axis for axis, size in enumerate(views[0].shape) if axis not in gone and size > 1)
        own = axis if params["keepdims"] else axis - sum(each < axis for each in gone)
        *_, start, end = self._range(views[0].shape[axis], 1)
        with self.nests.loop(end, start) as index:
            for name, view, along in zip(names, views, (axis, own), strict=True):
                place = moved(view, index, view.strides[along])
                shape = (*view.shape[:along], 1, *view.shape[along + 1 :])
                held = 0 if view.strides[along] == ITEM[view.number] else view.held
                self.views[name] = replace(place, shape=shape, held=held)
            reductions.OPERATIONS[equation.primitive.name](self, equation)
        self.views |= zip(names, views, strict=True)

    def _parts(
        self, shape: Sequence[int], views: tuple[Sequence[View], Sequence[View]]
    ) -> Iterator[tuple[tuple[int, ...], list[list[View]]]]:
        """A thread's part of arrays: its columns, or its places along the first axis, one by one, or its rows, some vectors
        at once.
        """
        kind, target = self.owner[0], views[1][0]
        axis = 1 if kind == "columns" else 0
        side = self._side_by_side(target) if kind == "rows" else 1
        part = (*shape[:axis], side, *shape[axis + 1 :])
        divided = self._divided(shape[1]) if axis else (target.held // side if kind == "rows" else shape[0], 1)
        _, _, _, _, start, end = self._range(*divided)
        with self.nests.loop(end, start) as index:
            found = []
            for group in views:
                own = []
                for view in group:
                    held = side if kind == "rows" and view.strides[0] else view.held
                    place = moved(view, index, side * view.strides[axis])
                    own.append(replace(place, shape=tuple(map(min, part, view.shape)), held=held))
                found.append(own)
            yield part, found

    def _side_by_side(self, view: View) -> int:
        """How many elements of a column are processed at once: up to four vectors."""
        lanes = self.nests.register // ITEM[view.number]
        return next((n * lanes for n in (4, 2, 1) if view.held % (n * lanes) == 0), view.held)

    # ---- threads -----------------------------------------------------------------------------------------------------------

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only the first thread runs what is written within."""
        if not self.shared or self.part is None:
            yield
            return
        with self.block.when(self.part.equals(0)):
            yield

    @property
    def is_whole(self) -> bool:
        """Whether one thread, or each for itself, does everything that is written."""
        return self.owner in (ALONE, EVERY)

    def group(self, count: int) -> int | None:
        """The group size of a number of columns, which are divided among threads in the same way in all arrays."""
        divided = self.owner[0] == "columns" if self.shared else count == self.batch and bool(self.listed)
        return self.groups.get(count) if divided else None

    def _divided(self, count: int) -> tuple[int, int]:
        return count, self.groups.setdefault(count, 1)

    def _range(self, count: int, high: int) -> list[Expression]:
        """A thread's range: first and last whole tile, the same for a smaller last tile, and first and last place."""
        if (count, high) not in self.ranges:
            self.ranges.append((count, high))
        start = _RANGE * self.ranges.index((count, high))
        places = [load(at("ranges", start + 8 * k), Kind("i64")) for k in range(6)]
        return [self.block.let(apply("convert", each, kind=INDEX)) for each in places]

    def tiles(self, count: int, high: int) -> Iterator[tuple[Index, int]]:
        """Tiles of the rows of a product, or of columns; if threads divide them, those of the current thread."""
        if self.owner[0] not in ("columns", "tiles"):
            yield from super().tiles(count, high)
            return
        assert self.owner in (("tiles", self.node), ("columns", count)), "threads share another axis than the tiles"
        first, last, left, end, _, _ = self._range(count, high)
        whole, rest = divmod(count, high)
        for start, stop, size in ((first, last, high if whole else 0), (left, end, rest)):
            if size:
                with self.nests.loop(stop, start) as index:
                    yield index, size

    def _owner(self, node: Node) -> Owner:
        """How threads share a node."""
        if not self.shared:
            return EVERY
        operation, shape = node.operation, tuple(map(int, node.shape))
        if not shape:
            return EVERY if operation is None else ALONE
        if operation is not None and (len(operation.inputs[0].shape) > 2 or len(shape) > 2):
            return self._owner_of_more(node, operation)
        if len(shape) > 2 and shape[0] > 1:
            return ("firsts", shape[0])
        if len(shape) != 2 or shape[0] == 1:
            return ALONE
        if shape[1] == 1:
            return ("rows", shape[0]) if operation is None or self._along_columns(operation) else ALONE
        if operation is None or operation.primitive.name == "matmul":
            fit = operation is None or shape[1] >= REUSED  # else a tile's rows may lie along the other axis
            return ("columns", shape[1]) if fit else ALONE
        down = operation.primitive.name == "softmax" and dict(operation.params)["axis"] in (0, -2)
        return ("columns", shape[1]) if down else ALONE

    def _owner_of_more(self, node: Node, equation: Equation) -> Owner:
        """How threads share an operation on arrays with more than two axes, if not by example."""
        name, params, source = equation.primitive.name, dict(equation.params), equation.inputs[0]
        if LOTS in params:
            return (LOTS, params[LOTS])
        if name == WINDOWED and not node.single and read(str(params["subscripts"])).windowed != 2:
            return ("tiles", self.node)
        if name in reductions.JOINS:
            gone = reductions.axes_of(params["axis"], len(source.shape))
            if any(axis not in gone and size > 1 for axis, size in enumerate(map(int, source.shape))):
                return ("sums", self.node)
        return ALONE

    def _along_columns(self, equation: Equation) -> bool:
        """Whether a reduction reduces each row to one element of a column."""
        params, source = dict(equation.params), equation.inputs[0].shape
        return (
            equation.primitive.name in reductions.JOINS
            and len(source) == 2
            and bool(params["keepdims"])
            and reductions.axes_of(params["axis"], 2) == [1]
        )

    def _touched(self, node: Node) -> tuple[list[tuple[str, Owner]], list[tuple[str, Owner]]]:
        """What a node reads and writes, and with which division."""
        reads: list[tuple[str, Owner]] = []
        for equation in node.equations:
            for k, operand in enumerate(equation.inputs):
                if not isinstance(operand, Symbol):
                    continue
                alike = tuple(operand.shape) == tuple(node.shape)
                if equation.primitive.name == "matmul":
                    alike = k == 1 and operand.shape[1] == node.shape[1] and self._lots(node) == 1
                own = self.owner == ALONE or (alike and self.root[operand.name] == operand.name)
                reads.append((operand.name, self.owner if own else WHOLE))
        made = {e.target.name for e in node.equations}
        return [each for each in reads if each[0] not in made], [(name, self.owner) for name in sorted(made)]

    def met_before(self, reads: Sequence[tuple[str, Owner]], writes: Sequence[tuple[str, Owner]]) -> None:
        """Let threads meet if one might otherwise read what another has not computed yet."""
        if not self.shared or self.in_chunks:
            return

        def places(named: Sequence[tuple[str, Owner]]) -> list[tuple[int, Owner]]:
            roots = [(self.root.get(name, name), how) for name, how in named]
            known = [(self.views[name], how) for name, how in roots if name in self.views]
            return [(view.offset, how) for view, how in known if view.array == "memory" and not view.indices]

        if self.sharing.meets(places(reads), places(writes)):
            self.meet()

    @contextmanager
    def chunks(self, count: int, reads: Mapping[str, bool], writes: Collection[str]) -> Iterator[Index]:
        """A thread's own chunks of examples."""
        if not self.shared:
            with super().chunks(count, reads, writes) as index:
                yield index
            return
        how = ("examples", count)
        self.met_before(
            [(name, how if own else WHOLE) for name, own in reads.items()], [(name, how) for name in writes]
        )
        *_, start, end = self._range(count, 1)
        self.in_chunks = True
        with self.nests.loop(end, start) as index:
            yield index
        self.in_chunks = False

    def clear(self, target: View) -> None:
        """Fill what tiles are added to with 0; if threads divide them, the first does so while the others wait."""
        with self.alone() if self.owner[0] == "tiles" else nullcontext():
            super().clear(target)
        if self.owner[0] == "tiles":
            self.meet()

    def meet(self) -> None:
        """Let threads meet."""
        if self.shared:
            self.block.add(system.call(system.MEET))

    def scratch(self, part: int) -> int:
        """The offset of a thread's own memory, after the shared memory and that of earlier threads."""
        return -(-self.size // LINE) * LINE + part * self.own

    @property
    def beyond(self) -> int:
        """Bytes after the memory that may be read but not used, if the last square of a transposed array is incomplete."""
        return self.nests.register * max((max(v.strides, default=0) for v in self.views.values()), default=0)

    def ranges_of(self, parts: int) -> list[list[int]]:
        """The ranges of each of `parts` threads."""
        found = []
        for part in range(parts):
            own = []
            for count, high in self.ranges:
                whole, rest = divmod(count, high)
                first, last = (whole * k // parts for k in (part, part + 1))
                ends = bool(rest) and part == parts - 1
                own += [first, last, whole, whole + ends, first * high, count if ends else last * high]
            found.append(own)
        return found
