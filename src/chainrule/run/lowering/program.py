"""A program as loops: where each array lies in one memory, which equations share a loop, and what is written only once.

A transpose, a slice or a broadcast is a `View`, which takes neither time nor memory. The first eight bytes of the memory tell
whether something went wrong, and what: a branch went another way, an index is out of bounds, or a matrix is singular. The
program is then left to NumPy, which reports the error.

If `calls` are allowed, an equation without loops ends the current function: NumPy computes it on the same memory, and the next
function continues. What loops cannot hold, such as complex numbers or empty arrays, lies outside the memory; only such
equations use it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...branches.selection import selected
from ...core.nouns import Array, Condition, Constant, Equation, Operand, Program, Symbol
from ...core.primitive import PRIMITIVES
from ..aligned import LINE
from ..loops.language import INDEX, Block, Call, Expression, Function, constant
from . import contractions, moving, reductions, solving, sorting, tiles, winners
from .assembling import homes
from .batches import Writing, in_chunks
from .elementwise import NUMBERS, applied, dtype_of, is_alone, length
from .layouts import innermost
from .nests import ITEM, Index, Nests, View, indexed, merged
from .operations import ARITHMETIC, ELEMENTWISE, OF_INTEGERS
from .phase_by_phase import regrouped
from .phases import orders_of
from .planning import Node, planned
from .refusal import Unsupported
from .views import VIEWS
from .workspace import Workspace, place


@dataclass(frozen=True)
class Called:
    """An equation that NumPy computes, and the views of its operands and results; `None` if they lie outside the memory."""

    equation: Equation
    inputs: tuple[View | None, ...]
    targets: tuple[View | None, ...]


@dataclass(frozen=True)
class Lowered:
    """A program as functions of `memory` and `constants`; `steps` has the names of those to call, in order."""

    functions: tuple[Function, ...]
    steps: tuple[str | Called, ...]
    size: int  # bytes of the memory
    constants: tuple[tuple[Array, View], ...]
    inputs: tuple[View | None, ...]  # `None` for an input that is never read
    outputs: tuple[View | Array | float, ...]  # a number is the result itself; NaN: outside the memory
    reasons: tuple[str | Condition, ...]  # the errors 1, 2, … at the start of the memory


def lowered(program: Program, register: int, fused: bool = False, calls: bool = False) -> Lowered:
    """Write a program as loops.

    Args:
        program: The program.
        register: The bytes of a vector; 0 for loops over single numbers.
        fused: Whether a product that is added to something is rounded only after the addition.
        calls: Whether NumPy may compute equations that have no loops.

    Returns:
        Its functions, and where everything lies.

    Raises:
        Unsupported: An equation cannot be written; the error names it.
    """
    program = regrouped(selected(program))
    left: set[object] = set()  # kinds of equations that turn out to have no loops
    while True:
        called = {e.target.name for e in program.equations if _kind(e) in left or is_left(e)} if calls else set()
        try:
            return Lowering(prepared(program, called), register, fused, called).written()
        except Unsupported as unsupported:
            if not calls or unsupported.equation is None or _kind(unsupported.equation) in left:
                raise
            left.add(_kind(unsupported.equation))


class Lowering(Workspace):
    """Writes a program; `views` says where each operand lies, once it has a place."""

    chooses = True  # which axes of arrays lie innermost
    shared = False  # among threads

    def __init__(self, program: Program, register: int, fused: bool, called: Collection[str] = ()):
        for equation in program.equations:
            if equation.target.name not in called:
                _require(equation)
        super().__init__(register, fused)
        self.program, self.called = program, called
        self.steps: list[str | Called] = []
        self.mains: list[Function] = []
        self.held: dict[str, tuple[int, int]] = {}  # the memory of each array that is not a view
        self.node = 0  # the number of the current node
        self.within: set[str] = set()  # what has room for one chunk of examples
        self.met: Counter[object] = Counter()
        self.functions: dict[object, tuple[Function, list[int]]] = {}
        self.in_phases = orders_of(program)
        self.sparse = winners.sparse(program)
        self.inner = innermost(program, self._lanes) if self.chooses and not self.in_phases else {}
        self.has_windows = any(each.primitive.name == "windowed_einsum" for each in program.equations)
        self.by_rows: set[tuple[int, ...]] = set()
        self.by_rows = self._products_by_rows()
        self.homes = {name: home for name, home in homes(program).items() if name not in called}
        self.root = roots(program, called)
        self.root |= {name: array.name for name, (array, _) in self.homes.items()}
        self.last = self._last_uses()

    def written(self) -> Lowered:
        """Write the whole program."""
        constants = self._constants()
        for symbol in self.program.inputs:
            if self.root[symbol.name] in self.last and _is_held(symbol):
                self.allocate(symbol)
        for number, node in self._in_order():
            if node.called:
                self._call(node)
            elif node.equations:
                self.node = number
                self._node(node)
                self._release_rooms()
            for each in node.views:
                self._view(each)
            self._release(number)
        self._look()
        self._end("main")
        functions = (*self.parts, *(function for function, _ in self.functions.values()), *self.mains)
        inputs = tuple(self.views.get(s.name) for s in self.program.inputs)
        outputs: tuple[Any, ...] = tuple(
            self.views.get(o.name, math.nan if isinstance(o, Symbol) else o.value) for o in self.program.outputs
        )
        return Lowered(functions, tuple(self.steps), self.size, constants, inputs, outputs, tuple(self.reasons))

    def _in_order(self) -> Iterator[tuple[int, Node]]:
        """The nodes to write one by one, in order; those of a segment are written in chunks of examples between them."""
        end = 0
        for number, node in enumerate(self.nodes):
            if number in self.segments:
                end = number + len(self.segments[number].nodes)
                self.node = end - 1
                Writing(self, self.segments[number], end - 1).write()
                self._release(end - 1)
            if number >= end:
                yield number, node

    def _planned(self) -> list[Node]:
        return planned(self.program.equations, self.called, self.inner)

    @contextmanager
    def chunks(self, count: int, reads: Mapping[str, bool], writes: Collection[str]) -> Iterator[Index]:
        """A loop over chunks of examples. What it reads may have a part for each chunk, as what it writes has."""
        with self.nests.loop(count) as index:
            yield index

    def prepare(self, node: Node) -> None:
        """Lay out what a node needs that is written chunk by chunk."""
        if node.operation is not None:
            contractions.prepare(self, node.operation)

    def mark(self, what: str) -> None:
        """Called before each part of a step; a subclass may record the processor's clock."""

    def _end(self, name: str) -> None:
        """End the current function, and start another."""
        if self.block.body or name == "main":
            self.mains.append(Function(name, self.arrays, (), self.block.body))
            self.steps.append(name)
            self.nests = Nests(Block(self.fused), self.nests.register)

    def _call(self, node: Node) -> None:
        """Leave an operation to NumPy, between two functions."""
        equation = node.operation
        assert equation is not None
        self._end(f"main{len(self.mains)}")
        for target in filter(_is_held, equation.targets):
            self.allocate(target)
        inputs, targets = ([self.views.get(each.name) for each in some] for some in (equation.inputs, equation.targets))
        self.steps.append(Called(equation, tuple(inputs), tuple(targets)))

    def _look(self) -> None:
        """Check that branches go the same way."""
        for condition in reversed(self.program.conditions):
            truth = self.views[condition.symbol.name].load(self.block, 1, 4)
            self.wrong(~truth if condition.expected else truth, condition)

    # ---- nodes -----------------------------------------------------------------------------------------------------------

    def _view(self, equation: Equation) -> None:
        self.views[equation.target.name] = VIEWS[equation.primitive.name](self, equation)
        self.rooms.clear()  # a copy stays as long as its view

    def _node(self, node: Node) -> None:
        """Write a node. One that occurs again becomes a function of its arrays' places, which all later occurrences call."""
        self._allocate(node)
        if node.operation is not None and node.operation.primitive.name == "loop":
            OPERATIONS["loop"](self, node.operation)
            return
        write = self._loop if node.operation is None else self._product if node.single else self._operation
        names = list(
            dict.fromkeys(o.name for e in node.equations for o in (*e.inputs, e.target) if o.name in self.views)
        )
        key = self._key(node, names)
        self.met[key] += 1
        if self.met[key] == 1:
            write(node)
            return
        if key not in self.functions:
            self.functions[key] = self._shared(node, names, write)
        function, sizes = self.functions[key]
        places = [self.views[name].offset for name in names] + [self.reserve(size, passing=True) for size in sizes]
        self.block.add(Call(function.name, function.arrays, tuple(constant(place, INDEX) for place in places)))

    def _allocate(self, node: Node) -> None:
        """Allocate the results of a node, except those that only its own loop reads."""
        order = self._order(node) if node.single and node.operation is None else ()
        in_passing = [*node.single, *([node.operation] if node.operation and node.single else [])]
        for equation in in_passing:
            if equation.target.name in self.kept:
                self.allocate(equation.target, self.preferred(equation.target) or order)
        for equation in node.joined if in_passing else node.equations:
            if equation.primitive.writes and self._takes_over(equation):
                continue
            for target in equation.targets:  # the rows of a loop's results are contiguous
                rows = equation.primitive.name == "loop"
                self.allocate(target, range(len(target.shape)) if rows else self.preferred(target))

    def _lanes(self, operand: Operand) -> int:
        number = NUMBERS.get(dtype_of(operand))
        return (self.nests.vectors([number])[0][:1] or [1])[0] if number is not None and number != "bool" else 1

    def preferred(self, operand: Operand) -> tuple[int, ...]:
        """The order of axes of an array of which another than the last should lie innermost; else none."""
        axis = self.inner.get(operand.name)
        if axis is None or axis == len(operand.shape) - 1:
            return ()
        return (*(each for each in range(len(operand.shape)) if each != axis), axis)

    def _takes_over(self, write: Equation) -> bool:
        """Let a write's result take the place of its operand, if nothing else reads that now or later."""
        source, target = write.inputs[0].name, write.target.name
        others = {self.root[each.name] for each in write.inputs[1:] if each.name}
        if source not in self.held or self.root[source] in others or self.last[self.root[source]] > self.node:
            return False
        if any(source == each.name for each in self.program.inputs):
            return False
        self.held[target], self.views[target] = self.held.pop(source), self.views[source]
        self.in_place.add(target)
        return True

    def _key(self, node: Node, names: Sequence[str]) -> object:
        """What a node is, apart from the places of its arrays."""
        numbered = {name: k for k, name in enumerate(dict.fromkeys([*names, *(e.target.name for e in node.equations)]))}
        views = tuple(replace(self.views[name], offset=0) for name in names)
        equations = tuple(
            (
                each.primitive.name,
                repr(each.params),
                tuple(numbered[o.name] if o.name else repr(o) for o in each.inputs),
                (numbered[each.target.name], each.target.dtype, each.target.shape, each.target.name in self.in_place),
            )
            for each in node.equations
        )
        return equations, views

    def _shared(self, node: Node, names: Sequence[str], write: Callable[[Node], None]) -> tuple[Function, list[int]]:
        """A node as a function of the places of its arrays and of its temporary ones, and the sizes of the latter."""
        outer, views, rooms = self.nests, dict(self.views), len(self.rooms)
        self.nests, self.inside = Nests(Block(self.fused), outer.register), len(names)
        for k, name in enumerate(names):
            self.views[name] = replace(self.views[name], offset=0, indices=((place(k), 1),))
        write(node)
        own = self.rooms[rooms:]
        indices = tuple(place(k).detail for k in range(self.inside))
        function = Function(f"loops{len(self.functions)}", self.arrays, indices, self.block.body)
        self.nests, self.views, self.inside = outer, views, 0
        for start, size in own:  # each call reserves its own
            self.free.setdefault(size, []).append(start)
        del self.rooms[rooms:]
        return function, [size for _, size in own]

    def _operation(self, node: Node) -> None:
        """Write a separate operation."""
        equation = node.operation
        assert equation is not None
        with self._of_one_kind(equation):
            OPERATIONS[equation.primitive.name](self, equation)

    def _product(self, node: Node) -> None:
        """Write a product and elementwise equations on its result, tile by tile."""
        product = node.operation
        assert product is not None
        name = product.target.name
        read, written, compute = self._computed(node.single, name)
        reads = [self.views[each] for each in read]
        writes = [self.views[each] for each in written]
        if name in self.kept:
            writes.append(self.views[name])

        def finish(total: Expression, values: Sequence[Expression], lanes: int) -> list[Expression]:
            found = compute({name: total, **dict(zip(read, values, strict=True))}, lanes)
            return [*(found[each] for each in written), *([total] if name in self.kept else [])]

        shape = tuple(map(int, product.target.shape))
        views = [each.broadcast(shape) for each in reads]
        with self._of_one_kind(product):
            contractions.written(self, product, tiles.Finish(views, writes, finish, sum(map(length, node.single))))

    @contextmanager
    def _of_one_kind(self, equation: Equation) -> Iterator[None]:
        """Convert operands to a common dtype, as NumPy does."""
        name, views = equation.primitive.name, dict(self.views)
        numbers = equation.inputs[moving.NUMBERS_OF.get(name, slice(None))]
        wanted = NUMBERS[equation.target.dtype]
        if name in reductions.TELL_PLACES:
            common = NUMBERS[np.result_type(*map(dtype_of, numbers))]
            wanted = "i32" if common == "bool" else common
        for each in numbers:
            if self.views[each.name].number != wanted:
                self.views[each.name] = self.as_numbers(self.views[each.name], wanted)
        yield
        self.views = views

    def _order(self, node: Node) -> tuple[int, ...]:
        """The axis order of a loop's results: that of an operand with the same shape."""
        shape = tuple(map(int, node.shape))
        read = (self.views[o.name] for e in node.equations for o in e.inputs if o.name in self.views)
        return next((view.order for view in read if view.shape == shape and view.order), ())

    def _computed(
        self, single: Sequence[Equation], given: str = ""
    ) -> tuple[list[str], list[str], Callable[[dict[str, Expression], int], dict[str, Expression]]]:
        """What elementwise equations read apart from `given`, which results are kept, and a function that computes them."""
        made = {e.target.name for e in single} | {given}
        read = list(dict.fromkeys(o.name for e in single for o in e.inputs if o.name and o.name not in made))

        def compute(known: dict[str, Expression], lanes: int) -> dict[str, Expression]:
            for equation in single:
                known[equation.target.name] = self.block.let(applied(self.block, equation, known, lanes))
            return known

        return read, [e.target.name for e in single if e.target.name in self.kept], compute

    def _loop(self, node: Node) -> None:
        """Write equations that share a loop: elementwise ones, and reductions of their results."""
        joined = node.joined
        read, written, compute = self._computed(node.single)
        results = [*written, *(e.inputs[0].name for e in joined)]

        def found(values: Sequence[Expression], lanes: int) -> list[Expression]:
            known = compute(dict(zip(read, values, strict=True)), lanes)
            return [known[name] for name in results]

        shape = tuple(map(int, node.shape))
        kinds = {NUMBERS[dtype_of(o)] for e in node.equations for o in (*e.targets, *e.inputs) if o.name} - {"bool"}
        in_vectors = not any(map(is_alone, node.single)) and len(kinds) <= 1
        reads, writes = [self.views[name] for name in read], [self.views[name] for name in written]
        if in_vectors and not joined:
            shape, reads, writes = _merged(shape, reads, writes)
        kept = writes
        if in_vectors:
            reads, writes = self._all_contiguous(shape, reads, writes)
        if not joined:
            self.nests.elementwise(shape, reads, writes, found, in_vectors)
            self._put_back(writes, kept)
            return
        axes = reductions.axes_of(dict(joined[0].params)["axis"], len(shape))
        totals = [reductions.total_of(e, NUMBERS[e.target.dtype]) for e in joined]
        targets = [reductions.target_of(self, e) for e in joined]
        self.nests.reduce(shape, axes, reads, writes, found, totals, targets, in_vectors)
        self._put_back(writes, kept)

    def _all_contiguous(
        self, shape: tuple[int, ...], reads: Sequence[View], writes: Sequence[View]
    ) -> tuple[list[View], list[View]]:
        """The views of a loop; if they are contiguous along different axes, those of the fewer are turned copies."""
        views = [each.broadcast(shape) for each in (*reads, *writes)]
        lanes = (self.nests.vectors([each.number for each in views])[0][:1] or [0])[0]

        def fits(view: View, axis: int) -> bool:
            return view.strides[axis] in (0, ITEM[view.number])

        could = [axis for axis, size in enumerate(shape) if lanes and size % lanes == 0]
        if not could or any(all(fits(view, axis) for view in views) for axis in range(len(shape)) if shape[axis] > 1):
            return list(reads), list(writes)
        axis = min(could, key=lambda axis: (sum(not fits(view, axis) for view in views), -axis))
        order = [*(each for each in range(len(shape)) if each != axis), axis]
        found = []
        for view, whole in zip((*reads, *writes), views, strict=True):
            if fits(whole, axis):
                found.append(view)
                continue
            room = self.room(view.number, [shape[each] for each in order])
            room = room.turned([order.index(each) for each in range(len(shape))])
            if len(found) < len(reads):
                self.copy(whole, room)
            found.append(room)
        return found[: len(reads)], found[len(reads) :]

    def _put_back(self, writes: Sequence[View], kept: Sequence[View]) -> None:
        """Turn back what a loop wrote elsewhere than where it is kept."""
        for room, view in zip(writes, kept, strict=True):
            if room != view:
                self.copy(room, view)

    # ---- memory --------------------------------------------------------------------------------------------------------

    def _last_uses(self) -> dict[str, int]:
        """The last node that reads each array's memory; results are read at the end."""
        self.nodes, self.segments = in_chunks(self._planned(), self.program, self.root, self.shared)
        last: dict[str, int] = {}
        self.kept: set[str] = set()  # symbols that are read outside the loop that computes them
        for number, node in enumerate(self.nodes):
            made = {e.target.name for e in (*([node.operation] if node.operation else []), *node.single)}
            for equations, inside in ((node.equations, made), (node.views, ())):
                for each in (each for equation in equations for each in equation.inputs if each.name):
                    last[self.root[each.name]] = number
                    if each.name not in inside:
                        self.kept.add(each.name)
        ends = [o for o in self.program.outputs if isinstance(o, Symbol)]
        for symbol in (*ends, *(condition.symbol for condition in self.program.conditions)):
            last[self.root[symbol.name]] = len(self.nodes)
            self.kept.add(symbol.name)
        return last

    def _constants(self) -> tuple[tuple[Array, View], ...]:
        found, start = [], 0
        for each in filter(_is_held, self.program.constants):
            value = np.asarray(each.value)
            self.views[each.name] = self._laid("constants", each, start)
            found.append((value, self.views[each.name]))
            start += -(-self.views[each.name].extent // LINE) * LINE
        return tuple(found)

    def allocate(self, symbol: Symbol, order: Sequence[int] = ()) -> View:
        """Allocate an array; `order` lists its axes from outermost to innermost."""
        at_home = self._at_home(symbol)
        if at_home is not None:
            return at_home
        size = math.prod(map(int, symbol.shape)) * symbol.dtype.itemsize
        start = self.reserve(size)
        self.held[symbol.name] = (start, -(-size // LINE) * LINE)
        self.views[symbol.name] = self._laid("memory", symbol, start, order)
        return self.views[symbol.name]

    def _at_home(self, symbol: Symbol) -> View | None:
        """The place of a symbol that is part of an array, or of such an array that has parts already."""
        if symbol.name in self.homes:
            array, index = self.homes[symbol.name]
            if array.name not in self.views:
                self.allocate(array)
            self.views[symbol.name] = indexed(self.views[array.name], index)
        elif all(array.name != symbol.name for array, _ in self.homes.values()):
            return None
        return self.views.get(symbol.name)

    def _laid(self, array: str, operand: Operand, start: int, order: Sequence[int] = ()) -> View:
        shape, number = tuple(map(int, operand.shape)), NUMBERS[dtype_of(operand)]
        order = order or self.order(shape, number)
        rows = View.rows(array, number, [shape[axis] for axis in order], start)
        return rows.turned([order.index(axis) for axis in range(len(shape))])

    def order(self, shape: Sequence[int], number: str) -> list[int]:
        """Row-major order; or, if rows do not fill a vector but another axis does, that axis innermost."""
        if tuple(shape) in self.in_phases:
            return self.in_phases[tuple(shape)]
        if self.has_windows and len(shape) > 2:  # places follow each other
            return list(range(len(shape)))
        lanes, axes = self.nests.vectors([number])[0][:1] or [1], list(range(len(shape)))
        longest = max(axes, key=lambda axis: shape[axis], default=0)
        if not shape or shape[-1] >= lanes[0] or shape[longest] < lanes[0] or tuple(shape) in self.by_rows:
            return axes
        return [*(axis for axis in axes if axis != longest), longest]

    def _products_by_rows(self) -> set[tuple[int, ...]]:
        """Shapes of products whose left operands are row-major, so that their results and what meets those must be, too."""
        found, turned = set(), set()
        for equation in self.program.equations:
            if not equation.inputs:
                continue
            name, left = equation.primitive.name, equation.inputs[0]
            if name == "T":
                turned.add(equation.target.name)
            shape = tuple(map(int, left.shape))
            by_rows = name == "matmul" and len(shape) > 1 and left.name not in turned
            by_rows = by_rows and equation.target.name not in self.called
            if by_rows and self.order(shape, NUMBERS[dtype_of(left)])[-1] != len(shape) - 2:
                found |= {tuple(map(int, o.shape)) for o in (equation.target, equation.inputs[1])}
        return found

    def _release(self, number: int) -> None:
        for name in [name for name in self.held if self.last.get(name, number) <= number]:
            start, size = self.held.pop(name)
            self.free.setdefault(size, []).append(start)

    def _release_rooms(self) -> None:
        for start, size in self.rooms:
            self.free.setdefault(size, []).append(start)
        self.rooms.clear()


# ---- which equations share a loop --------------------------------------------------------------------------------------


_LOGIC = {"add": "logical_or", "multiply": "logical_and", "maximum": "logical_or", "minimum": "logical_and"}
"""What arithmetic means for truth values."""
_OF_FLOATS = {"signbit", "isnan", "isfinite", "isinf"}
_OF_NUMBERS = {
    *ARITHMETIC, *contractions.OPERATIONS, "put", "add_along", "add_at", "added", "added_at", "cumsum", "cumprod", "recurrence",
    "products_of_others",
    "convolve", "overlap_add",
}  # fmt: skip


def _merged(
    shape: tuple[int, ...], reads: Sequence[View], writes: Sequence[View]
) -> tuple[tuple[int, ...], list[View], list[View]]:
    """Arrays of one shape, with axes that are contiguous in all of them as one."""
    views = [each.broadcast(shape) for each in (*reads, *writes)]
    axes = merged(shape, [each.strides for each in views])
    shape = tuple(size for size, _ in axes)
    found = [
        replace(each, shape=shape, strides=tuple(strides[k] for _, strides in axes)) for k, each in enumerate(views)
    ]
    return shape, found[: len(reads)], found[len(reads) :]


def _kind(equation: Equation) -> object:
    """A key; equations that share it all have loops, or none of them has."""
    return equation.primitive.name, equation.params, tuple((o.shape, dtype_of(o)) for o in equation.inputs)


def _is_held(operand: Operand) -> bool:
    """Whether the memory of loops can hold an operand."""
    return dtype_of(operand) in NUMBERS and 0 not in operand.shape


def is_left(equation: Equation) -> bool:
    """Whether an equation is left to NumPy if calls are allowed, as far as is known before it is written."""
    if equation.primitive.name in sorting.OPERATIONS and math.prod(map(int, equation.target.shape)) > sorting.LARGEST:
        return True
    return not _is_written(equation)


def _is_written(equation: Equation) -> bool:
    try:
        _require(equation)
    except Unsupported:
        return False
    return True


def _require(equation: Equation) -> None:
    name = equation.primitive.name
    known = name in ELEMENTWISE or name in OPERATIONS or name in VIEWS
    name = _LOGIC.get(name, name) if equation.target.dtype.kind == "b" else name
    operands = (*equation.inputs, *equation.targets)
    kinds = {dtype_of(o) for o in operands}
    several = len(equation.targets) > 1 and name not in ELEMENTWISE and name != "loop"
    if several or not known or not all(map(_is_held, operands)):
        raise Unsupported(equation)
    if name == "loop":
        body = dict(equation.params)["body"]
        if not body.is_counted or not all(map(_is_written, body.equations)) or not equation.inputs:
            raise Unsupported(equation)
        return
    if name in _OF_FLOATS and not any(kind.kind == "f" for kind in kinds):
        raise Unsupported(equation)
    if (equation.target.dtype.kind == "b" and name in _OF_NUMBERS) or (
        equation.target.dtype.kind == "i" and name in {*ARITHMETIC} - OF_INTEGERS
    ):
        raise Unsupported(equation)


def prepared(program: Program, called: Collection[str]) -> Program:
    """The program with a separate elementwise equation, with a param `result`, for each result of one that has several.

    Other equations read only memory, so their operands that are numbers become arrays. Equations in `called` stay as they are.
    """
    equations: list[Equation] = []
    for each in program.equations:
        if each.target.dtype.kind == "b" and each.primitive.name in _LOGIC:
            each = replace(each, primitive=PRIMITIVES[_LOGIC[each.primitive.name]])
        if each.target.name in called:
            equations.append(each)
        elif each.primitive.name not in ELEMENTWISE:
            equations.append(replace(each, inputs=tuple(map(_as_array, each.inputs))))
        elif len(each.targets) > 1:
            numbered = enumerate(each.targets)
            equations += [replace(each, targets=(t,), params=(*each.params, ("result", k))) for k, t in numbered]
        else:
            equations.append(each)
    return replace(program, equations=tuple(equations))


def _as_array(operand: Operand) -> Operand:
    if isinstance(operand, Constant) and not operand.name:
        return Constant(np.asarray(operand.value), f"number {operand.value!r}")
    return operand


def roots(program: Program, called: Collection[str], copied: Collection[str] = ()) -> dict[str, str]:
    """For each symbol, the one that owns its memory: itself, or the symbol that it is a view of, if that is not `copied`."""
    names = [*(each.name for each in program.inputs), *(each.name for each in program.constants)]
    roots = dict(zip(names, names, strict=True))
    for equation in program.equations:
        for target in equation.targets:
            is_view = equation.primitive.name in VIEWS and equation.target.name not in {*called, *copied}
            viewed = is_view and equation.inputs[0].name
            roots[target.name] = roots[equation.inputs[0].name] if viewed else target.name
    return roots


OPERATIONS: dict[str, Callable[[Lowering, Equation], None]] = {
    **reductions.OPERATIONS,
    **contractions.OPERATIONS,
    **moving.OPERATIONS,
    **solving.OPERATIONS,
    **sorting.OPERATIONS,
}
"""Writers of the operations that are neither elementwise nor views."""
