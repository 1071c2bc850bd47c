"""A chunk of an epoch as loops: gather each batch's examples, do the step, and report the cost and the correct answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..core.nouns import Program, Symbol
from ..program.operations.windows import read, sizes_of
from ..run.loops import system
from ..run.loops.language import F64, I32, I64, INDEX, Expression, Function, Kind, apply, at, constant, get, load
from ..run.lowering.elementwise import NUMBERS, converted
from ..run.lowering.nests import ITEM, Index, View, as_index, moved, spread, widest
from ..run.lowering.operations import chosen
from ..run.lowering.phases import WINDOWED
from ..run.lowering.step import ARRAYS, FEW, Step
from ..run.lowering.tiles import tile
from ..run.lowering.workspace import Listed


@dataclass(frozen=True)
class Task:
    """What a chunk is written for: the step as a program, and the roles of its inputs.

    `over` says which output replaces which input. `gathered` are the inputs taken from the examples, `masks` those that
    drop activations, with the fraction dropped, and `numbers` those given for each step. `output` is aL, and `cost` the
    symbol of the batch's cost, if the program computes it. Images are `bytes` or floats, and `sparse` if most values are 0.
    """

    program: Program
    over: dict[str, str]
    batch: int
    gathered: tuple[str, ...]
    masks: tuple[tuple[str, float], ...]
    numbers: tuple[str, ...]
    output: str
    cost: str | None
    labeled: bool
    bytes: bool
    sparse: bool


WORTH = 2**24
"""From this many floating-point operations in its products on, a step is shared among threads, which take µs to synchronize."""


def numbers_of(program: Program) -> tuple[str, ...]:
    """The names of a program's scalar inputs."""
    return tuple(symbol.name for symbol in program.inputs if not symbol.shape)


def is_shared(task: Task) -> bool:
    """Whether a step is worth sharing among threads, judged by its size alone.

    If products take all examples at once, there is nothing to share. Convolutions take them one by one.
    """
    numbers, found = 0, {e.primitive.name for e in task.program.equations}
    for each in task.program.equations:
        if each.primitive.name == "matmul":
            numbers += math.prod(map(int, each.target.shape)) * int(each.inputs[0].shape[-1])
        elif each.primitive.name == WINDOWED:
            terms, operands = read(str(dict(each.params)["subscripts"])), (*each.inputs, each.target)
            numbers += math.prod(sizes_of(terms, *(tuple(map(int, o.shape)) for o in operands)).values())
    plain = task.batch >= FEW and not found & {"reshape", "getitem", "transpose", "diagonal"}
    return 2 * numbers >= WORTH and (plain or WINDOWED in found)


class Chunk(Step):
    """The chunk of a task: `function` runs it and calls the `parts`; `views` says where everything lies."""

    def __init__(self, task: Task, register: int, fused: bool = True, shared: bool | None = None):
        super().__init__(task.program, register, fused, task.over, is_shared(task) if shared is None else shared)
        self.task, self.batch = task, task.batch
        self.kept |= {task.cost} if task.cost is not None else set()
        self.given = {symbol.name: symbol for symbol in task.program.inputs}
        images = self.given[task.gathered[0]]
        self.number = NUMBERS[images.dtype]
        self.lanes = max(register // ITEM[self.number], 1)
        self._choose_groups()
        self.width = self.filled(self.count(images.name), self.number)  # values of an image
        self.function = self._function()

    def _choose_groups(self) -> None:
        """How many columns products take at once: group sizes that suit the longest."""
        products = [e.target.shape for e in self.task.program.equations if e.primitive.name == "matmul"]
        shapes = [tuple(map(int, shape)) for shape in products if len(shape) == 2]
        for columns in (self.batch, *(shape[1] for shape in shapes)):
            longest = max((rows for rows, others in shapes if others == columns), default=1)
            vectors = max(self.filled(longest, self.number) // self.lanes, 1)
            group = tile(columns, vectors, self.nests.register)[0]
            self.groups.setdefault(columns, min(group, -(-columns // 2)) if self.shared else group)

    def count(self, name: str) -> int:
        """How many numbers of an input belong to an example."""
        return math.prod(map(int, self.given[name].shape)) // self.batch

    def allocate(self, symbol: Symbol, order: Sequence[int] = ()) -> View:
        """As of a step; images lie as columns, in which rows follow each other, and are seen with their axes."""
        if symbol.name != self.task.gathered[0]:
            return super().allocate(symbol, order)
        self.images = super().allocate(replace(symbol, shape=(self.count(symbol.name), self.batch)))
        if len(symbol.shape) > 2:
            shape = tuple(map(int, symbol.shape))
            strides = self.images.strides[1], *View.rows("memory", self.number, shape).strides[1:]
            self.views[symbol.name] = replace(self.images, shape=shape, strides=strides, held=0)
        return self.views[symbol.name]

    def _function(self) -> Function:
        task, block = self.task, self.block
        self.begin()
        self.rows = {name: self.filled(self.count(name), self.number) for name in task.gathered}
        if task.sparse and self.number == "f32" and self.images == self.views[task.gathered[0]]:
            self._list()
        with block.loop("step", get("n", INDEX)) as step:
            self._read_numbers(step)
            self.owner = ("columns", self.batch) if self.shared else self.owner
            self.mark("examples")
            self._gather(step)
            self.mark("targets")
            self._targets(step)
            brought = [*task.gathered, *(name for name, _ in task.masks)]
            self.met_before([], [(name, self.owner) for name in brought])
            self.owner = ("every", 0)
            self.nodes_written()
            self.mark("cost and right answers")
            self._tell(step)
            self.mark("the end")
            self.meet()
        block.add(system.call(system.RESTORE))
        return Function("main", ARRAYS, ("n",), block.body)

    def _read_numbers(self, step: Expression) -> None:
        """Read what is given for each step."""
        task, item = self.task, ITEM[self.number]
        for k, name in enumerate(task.numbers):
            value = load(at("numbers", k * item, (step, len(task.numbers) * item)), Kind(self.number))
            self.views[name].store(self.block, self.block.let(value))

    # ---- examples ----------------------------------------------------------------------------------------------------------

    def _example(self, step: Expression, column: Index) -> Expression:
        """The index of the example in a column."""
        here = moved(View("order", "i64", (), (), 0, ((step, 8 * self.batch),)), column, 8)
        return self.block.let(apply("convert", here.load(self.block, 1, 8), kind=INDEX))

    def _list(self) -> None:
        """Allocate the lists of nonzero rows."""
        group = self.groups[self.batch]
        groups, length = -(-self.batch // group), self.width + self.lanes
        places = View.rows("memory", "i32", (groups, length), self.reserve(4 * groups * length))
        counts = View.rows("memory", "i32", (groups,), self.reserve(4 * groups))
        name = self.task.gathered[0]
        self.listed[name] = Listed(group, places, counts, self.views[name].strides[1])

    def _gather(self, step: Expression) -> None:
        """Copy images into the memory, group by group, and list the nonzero rows."""
        block, name = self.block, self.task.gathered[0]
        a, listed, item = self.images, self.listed.get(name), ITEM[self.number]
        group, size = self.groups[self.batch], 1 if self.task.bytes else item
        lanes = min(self.lanes, self.width)
        kind, whole = Kind(self.number, lanes), Kind("i64" if item == 8 else "i32", lanes)
        for t, many in self.tiles(self.batch, group):
            rows = [self._example(step, block.let(as_index(t) * group + e)) for e in range(many)]
            first = moved(replace(a, shape=(), strides=(), held=0), t, group * a.strides[1])
            held = block.set("held", constant(0, INDEX))
            with self.nests.loop(self.width, 0, lanes) as q:
                seen: Expression | None = None
                for e, row in enumerate(rows):
                    image = View(
                        "inputs", "bool" if self.task.bytes else self.number, (), (), 0, ((row, self.width * size),)
                    )
                    place = moved(image, q, size).place
                    if self.task.bytes:
                        bits = block.let(apply("load_bytes", kind=whole, detail=place))
                        x = self._number_of_byte(bits, kind) * constant(1 / 255, kind)
                    else:
                        x = block.let(load(place, kind))
                        bits = apply("bits", x, kind=whole)
                    if listed is not None:
                        seen = block.let(bits if seen is None else seen | bits)
                    there = moved(first, q, item)
                    replace(there, offset=there.offset + e * a.strides[1]).store(block, x)
                if listed is not None and seen is not None:
                    self._append(listed.places.at(0, t), held, q, ~seen.equals(0))
            if listed is not None:
                listed.counts.at(0, t).store(block, apply("convert", held, kind=I32))

    def _number_of_byte(self, byte: Expression, kind: Kind) -> Expression:
        """Bytes as floats. WebAssembly cannot convert i64x2, so there they become the last bits of 2⁵² + byte."""
        if kind.number == "f32" or kind.lanes == 1:
            return apply("convert", byte, kind=kind)
        return apply("floats", byte | 0x433 << 52, kind=kind) - 2.0**52

    def _append(self, line: View, held: Expression, q: Index, truths: Expression) -> None:
        """Append to a list the places where `truths`, which begin at q, are true."""
        block, lanes = self.block, truths.kind.lanes
        places = Kind("i32", lanes)
        first = apply("convert", as_index(q), kind=I32)
        truths = block.let(truths)
        if lanes == 16:
            numbers = apply("splat", first, kind=places) + constant(tuple(range(lanes)), places)
            line.at(0, held).store(block, apply("packed", numbers, truths, kind=places))
            count = apply("count", truths, kind=I32)
            block.set("held", held + apply("convert", count, kind=INDEX))
            return
        ones = block.let(chosen(truths, constant(1, places), constant(0, places)))
        for lane in range(lanes):
            line.at(0, held).store(block, first + lane)
            one = apply("lane", ones, kind=I32, detail=lane) if lanes > 1 else ones
            block.set("held", held + apply("convert", one, kind=INDEX))

    def _targets(self, step: Expression) -> None:
        """Copy what belongs to the images: desired outputs, weights, and masks that drop activations."""
        item, nests = ITEM[self.number], self.nests
        _, y, *weight = self.task.gathered
        total = sum(self.count(name) for name, _ in self.task.masks) * self.batch
        for c in self._columns():
            x = self._example(step, c)
            sources = [(y, View("targets", self.number, (), (), 0, ((x, self.rows[y] * item),)), self.rows[y])]
            sources += [(name, View("weights", self.number, (), (), 0, ((x, item),)), 0) for name in weight]
            for name, source, held in sources:
                target = self.views[name].at(1, c)
                line = View(source.array, source.number, target.shape, (item,), 0, source.indices, held)
                nests.elementwise(target.shape, [line], [target], lambda values, lanes: values)
            start = 0
            for name, share in self.task.masks:
                mask, rows = self.views[name], self.count(name)
                target = mask.at(1 if len(mask.shape) == 2 else 0, c)
                source = moved(
                    View("draws", self.number, (), (), start * item, ((step, total * item),)), c, rows * item
                )
                line = View.rows("draws", self.number, target.shape, source.offset)
                line = replace(line, indices=source.indices, held=target.held if len(target.shape) == 1 else line.held)

                def drop(values: Sequence[Expression], lanes: int, share: float = share) -> list[Expression]:
                    (x,) = values
                    return [chosen(x >= share, constant(1 / (1 - share), x.kind), constant(0, x.kind))]

                nests.elementwise(target.shape, [line], [target], drop)
                start += rows * self.batch

    def _columns(self) -> Iterator[Index]:
        """A thread's own examples."""
        if not self.shared:
            with self.nests.loop(self.batch) as c:
                yield c
            return
        *_, start, end = self._range(*self._divided(self.batch))
        with self.nests.loop(end, start) as c:
            yield c

    # ---- what is reported --------------------------------------------------------------------------------------------------

    def _tell(self, step: Expression) -> None:
        """Add up the cost and the correct answers, and note the first step whose cost is not finite."""
        task, block = self.task, self.block
        read = [task.output, *([task.cost] if task.cost is not None else [])]
        self.met_before([(name, ("whole", 0)) for name in read], [])
        told = [View("told", "f64", (), (), 8 * k) for k in range(3)]
        with self.alone():
            if task.cost is not None:
                own = self.views[task.cost].load(block, 1, 8)
                total = block.let(told[0].load(block, 1, 8) + converted(own, F64))
                told[0].store(block, total)
                fault = block.let(told[2].load(block, 1, 8))
                faulty = ~(total - total).equals(0) & (fault < 0)
                number = apply("convert", apply("convert", step, kind=I64), kind=F64)
                told[2].store(block, chosen(block.let(faulty), number, fault))
            else:
                self._show(step)
            if task.labeled:
                self._right(step, told[1])

    def _show(self, step: Expression) -> None:
        """Copy the outputs to where the caller reads them."""
        output, item = self.views[self.task.output], ITEM[self.number]
        rows = output.shape[0]
        with self.nests.loop(self.batch) as c:
            source = output.at(1, c)
            place = moved(View("outputs", self.number, (), (), 0, ((step, self.batch * rows * item),)), c, rows * item)
            line = View("outputs", self.number, (rows,), (item,), place.offset, place.indices)
            self.nests.elementwise((rows,), [source], [line], lambda values, lanes: values)

    def _right(self, step: Expression, told: View) -> None:
        """Count the examples whose label has the largest activation, the first one if several are equal."""
        block, output, nests = self.block, self.views[self.task.output], self.nests
        rows, item = output.shape[0], ITEM[self.number]
        wide = output.strides[0] == item and rows > 1
        lanes = (widest(nests.vectors([self.number])[0], output.held) if wide else 0) or 1
        numbers = Kind("i64" if item == 8 and lanes > 1 else "i32", lanes)
        right = block.set("right", constant(0, F64))
        with nests.loop(self.batch) as c:
            label = View("labels", "i64", (), (), 0, ((self._example(step, c), 8),)).load(block, 1, 8)
            column = output.at(1, c)
            best = column.at(0, block.let(apply("convert", label, kind=INDEX))).load(block, 1, item)
            best, own = spread(best, lanes, item), apply("convert", label, kind=Kind(numbers.number))
            best, own = block.let(best), block.let(spread(block.let(own), lanes, item))
            wrong = block.set("wrong", constant(0, I32))
            with nests.loop(column.held if wide else rows, 0, lanes) as q:
                x = column.at(0, q).load(block, lanes, item)
                first = spread(apply("convert", as_index(q), kind=Kind(numbers.number)), lanes, item)
                places = block.let(first + constant(tuple(range(lanes)), numbers) if lanes > 1 else first)
                beaten = (x > best) | (x.equals(best) & (places < own))
                found = block.let(beaten & (places < rows))
                some = apply("any", found, kind=Kind("b32")) if lanes > 1 else found
                block.set("wrong", wrong | chosen(some, constant(1, I32), constant(0, I32)))
            block.set("right", right + chosen(wrong.equals(0), constant(1, F64), constant(0, F64)))
        told.store(block, told.load(block, 1, 8) + right)
