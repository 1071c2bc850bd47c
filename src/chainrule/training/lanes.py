"""Several networks as machine code: each lane of the vectors belongs to a network. Where that does not pay, one network is
trained after another, some steps of each at a time.
"""

from __future__ import annotations

import functools
import itertools
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core.nouns import Array, Operand
from ..network.architecture import Architecture
from ..run.aligned import LINE
from ..run.loops import machine_code
from ..run.loops.language import INDEX, Expression, Kind, apply, at, constant, load
from ..run.loops.run_threads import BARRIER, run_threads
from ..run.lowering import contractions
from ..run.lowering.binding import constants_of, memory_of, seen
from ..run.lowering.elementwise import NUMBERS, dtype_of
from ..run.lowering.nests import ITEM, Index, View, as_index, spread
from ..run.lowering.operations import chosen
from ..run.lowering.planning import Node
from ..run.lowering.refusal import Unsupported
from ..run.lowering.step import ARRAYS, SCRATCH
from ..run.lowering.tiles import NEAREST, evenly
from ..run.threads import cores
from .chunk import Chunk, Task
from .many import Learners, ManyRunner, NumpyGroup, Piece, added_up, padded, steps_of_many
from .native import Compiled, compiled, rows_of, task_of, written
from .runner import Examples
from .settings import Settings

_LONGEST = 0.1  # seconds between checks for signals
_CALL = 3e-4  # seconds that a call should take at least, so that Python's time for it does not count
_STEPS = 32  # of a group before the next one: the batches stay in the cache
_NUMBERS = 2**22  # the most random numbers that a piece may need for masks
_TOGETHER = 5  # columns that a product takes at once
_WEIGHTS, _ACTIVATIONS = 2**23, 2**17  # bytes of a group up to which lanes win
_FEW = 20  # columns up to which a product is subtracted in place, a few columns at a time


class Lanes(Chunk):
    """The chunk of several networks side by side: arrays that each has for itself have the networks innermost.

    What a network is told, the cost and the number of correct answers, is written down for each step.
    """

    short = 4

    def __init__(self, task: Task, register: int, fused: bool = True):
        numbers = (each.name for each in task.program.inputs if len(each.shape) == 1)
        self.each = {*task.over.values(), *numbers}  # the arrays that each network has for itself
        for equation in task.program.equations:
            if any(each.name in self.each for each in equation.inputs):
                self.each |= {each.name for each in equation.targets}
        super().__init__(task, register, fused, shared=False)

    def _choose_groups(self) -> None:
        self.groups[self.batch] = evenly(self.batch, _TOGETHER)

    def _laid(self, array: str, operand: Operand, start: int, order: Sequence[int] = ()) -> View:
        if operand.name not in self.each:
            return super()._laid(array, operand, start, order)
        networks, *shape = map(int, operand.shape)
        rows = View.rows(array, NUMBERS[dtype_of(operand)], (*shape, networks), start)
        return rows.turned([len(shape), *range(len(shape))])

    def _product(self, node: Node) -> None:
        """Write a product; one that is only subtracted in place takes each number of its place once."""
        product, (last, *others) = node.operation, node.single
        assert product is not None
        alone = not others and last.primitive.name == "subtract" and product.target.name not in self.kept
        if alone and product.primitive.name == "matmul":
            (one, other), operands = last.inputs, product.inputs
            left, right = (self.views[each.name] for each in operands)
            place, listed = self.views[last.target.name], self.listed.get(operands[1].name)
            over = other.name == product.target.name and place == self.views.get(one.name)
            shared = operands[0].name in self.each and operands[1].name not in self.each
            if over and shared and len(left.shape) == 3 and (listed is not None or left.shape[2] <= _FEW):
                contractions.taken_by_each(self, place, left, right, listed)
                return
        super()._product(node)

    def _read_numbers(self, step: Expression) -> None:
        item, widths = ITEM[self.number], [math.prod(self.given[name].shape) for name in self.task.numbers]
        for name, start, lanes in zip(self.task.numbers, itertools.accumulate(widths, initial=0), widths, strict=False):
            place = at("numbers", start * item, (step, sum(widths) * item))
            self.views[name].store(self.block, self.block.let(load(place, Kind(self.number, lanes))))

    def _tell(self, step: Expression) -> None:
        """Write down each network's cost and its correct answers: those whose label has the largest activation, first."""
        task, block, item = self.task, self.block, ITEM[self.number]
        assert task.cost is not None
        output, lanes = self.views[task.output], int(self.given[next(iter(task.over.values()))].shape[0])
        kind = Kind(self.number, lanes)
        told = [View("told", self.number, (), (), k * lanes * item, ((step, 2 * lanes * item),)) for k in range(2)]
        told[0].store(block, self.views[task.cost].load(block, lanes, item))
        if not task.labeled:
            return
        right = block.set("right", constant(0, kind))
        with self.nests.loop(self.batch) as c:
            column = output.at(2, c)
            wrong = (
                self._beaten(step, c, column, kind)
                if task.threshold is None
                else self._faults(step, c, column, 1, kind)
            )
            block.set("right", right + (constant(1, kind) - wrong))
        told[1].store(block, right)

    def _beaten(self, step: Expression, c: Index, column: View, kind: Kind) -> Expression:
        """Whether another output is larger than that of the class, or as large and before it: 1, or 0."""
        block, item, lanes = self.block, ITEM[self.number], kind.lanes
        label = View("labels", "i64", (), (), 0, ((self._example(step, c), 8),)).load(block, 1, 8)
        best = column.at(1, block.let(apply("convert", label, kind=INDEX))).load(block, lanes, item)
        wrong = block.set("wrong", constant(0, kind))
        with self.nests.loop(column.shape[1]) as q:
            x = column.at(1, q).load(block, lanes, item)
            before = block.let(apply("convert", as_index(q), kind=label.kind) < label)
            beaten = (x > best) | (x.equals(best) & spread(before, lanes, item))
            block.set("wrong", chosen(block.let(beaten), constant(1, kind), wrong))
        return wrong


def in_lanes(architecture: Architecture, m: int, register: int, shared: bool) -> bool:
    """Whether networks are trained side by side, in the lanes of vectors; else one after another.

    They are where they learn from the same examples, each of which is then read once for all; numbers that each network has for
    itself would be gathered one by one. Convolutions, and products with many rows, fill vectors by themselves, and in lanes they
    no longer fit the cache.

    Args:
        architecture: The layers.
        m: The number of examples in a batch.
        register: The bytes of a vector.
        shared: Whether all networks learn from the same examples.

    Returns:
        Whether they are: judged by sizes alone.

    Examples:
        >>> from chainrule.network.architecture import stacked
        >>> [in_lanes(stacked(sizes), 10, 64, True) for sizes in ([2, 3, 1], [784, 30, 10], [784, 1000, 10])]
        [True, True, False]
    """
    weights = register * architecture.parameter_count
    activations = register * m * sum(architecture.sizes[1:])
    most = _WEIGHTS if m >= _TOGETHER else NEAREST
    return shared and architecture.columns and activations <= _ACTIVATIONS and weights <= most


class NativeGroup:
    """A group that machine code trains: as many networks as a vector has lanes, or one alone."""

    def __init__(self, runner: NativeRunner, penalties: tuple[str, ...]):
        self._runner, self._penalties = runner, penalties
        self.members: list[int] = []
        self.finite = True
        chunks = [runner.compiled(penalties, m).chunk for m in runner.batches]
        placed = [[each.views[name] for name in each.task.over.values()] for each in chunks]
        assert all(views == placed[0] for views in placed)  # parameters and state lie alike, whatever the batch
        self._memory = memory_of(max(each.scratch(1) + each.beyond for each in chunks))
        self._memory[...] = 0
        self._own = self._memory[: max(view.offset + view.extent for view in placed[0])]
        self._good = np.empty_like(self._own)
        self.views, self.before = (
            [seen(memory, view) if runner.lanes > 1 else seen(memory, view)[np.newaxis] for view in placed[0]]
            for memory in (self._memory, self._good)
        )

    def begin(self, piece: Piece, sums: Array) -> None:
        """Prepare what the steps of a piece read and write."""
        runner, (steps, m) = self._runner, piece.order.shape[1:]
        here, own = padded(self.members, runner.lanes), 0 if runner.learners.shared else self.members[0]
        self._made, optimizer = runner.compiled(self._penalties, m), runner.settings[0].rule.optimizer
        chunk, lanes, self._sums, self._count = self._made.chunk, runner.lanes, sums, steps
        numbers = np.empty((steps, lanes * (1 + len(self._penalties)) + len(optimizer.numbers(1))), runner.dtype)
        numbers[:, :lanes] = piece.rates[:, here]
        if optimizer.numbers(1):
            of_steps = [optimizer.numbers(piece.done + k + 1) for k in range(steps)]
            numbers[:, lanes : numbers.shape[1] - lanes * len(self._penalties)] = of_steps
        for k, name in enumerate(self._penalties):
            start = numbers.shape[1] - lanes * (len(self._penalties) - k)
            numbers[:, start : start + lanes] = [getattr(runner.settings[each].rule, name) for each in here]
        told = np.zeros((steps, 2, lanes), runner.dtype) if lanes > 1 else np.array([*sums[:, 0], -1.0])
        thread = np.array([0, 1, *[0] * 6], np.int64)
        thread[SCRATCH // 8] = chunk.scratch(0)
        self._arrays = (
            self._memory, runner.constants(self._made), *runner.given, piece.order[own], numbers, piece.draws[own],
            runner.none, told, np.array(chunk.ranges_of(1)[0], np.int64), np.zeros(BARRIER, np.int64), thread,
        )  # fmt: skip
        self._addresses = [array.ctypes.data for array in self._arrays]
        strides = {"order": 8 * m, "numbers": numbers.strides[0], "draws": runner.masked * m * runner.dtype.itemsize}
        strides |= {"told": told.strides[0]} if lanes > 1 else {}
        self._strides = [strides.get(name, 0) for name in ARRAYS]

    def steps(self, start: int, stop: int) -> None:
        """Do some of the steps of the piece; the first ones copy what is changed, the last ones look for NaN and infinity.

        Args:
            start: The first step, from 0.
            stop: The step behind the last one.
        """
        if start == 0:
            self._good[...] = self._own
        places = [place + start * stride for place, stride in zip(self._addresses, self._strides, strict=True)]
        self._made.steps(*places, stop - start)
        if stop == self._count:
            self.finite = bool(np.isfinite(self._own[LINE:].view(self._runner.dtype).sum()))

    def end(self, piece: Piece) -> Array:
        """The costs and the correct answers, with those of the piece."""
        if self._memory[:8].any():  # an error, such as a singular matrix: NumPy reports it
            return self._by_numpy(piece)
        told = self._arrays[ARRAYS.index("told")]
        if self._runner.lanes == 1:
            return told[:2, np.newaxis]
        return added_up(self._sums, told)

    def _by_numpy(self, piece: Piece) -> Array:
        """Do the piece again, from where it began."""
        self._memory[:8], self._own[LINE:] = 0, self._good[LINE:]
        beside = NumpyGroup(self._runner, self._penalties, self._runner.lanes)
        beside.members = self.members
        for theirs, own in zip(beside.views, self.views, strict=True):
            theirs[...] = own
        found = beside.learn(piece, self._sums)
        for theirs, own in zip(beside.views, self.views, strict=True):
            own[...] = theirs
        self.finite = beside.finite
        return found


class NativeRunner(ManyRunner):
    """Runs groups as machine code, on all cores."""

    def __init__(
        self, architecture: Architecture, learners: Learners, examples: Examples, settings: Sequence[Settings]
    ):
        super().__init__(architecture, learners, examples, settings)
        n, m = len(examples), min(settings[0].batch_size, len(examples))
        self.batches = [m, *([n % m] if n % m else [])]
        self._compiled: dict[tuple[tuple[str, ...], int], Compiled] = {}
        self._constants: dict[int, Array] = {}
        register = machine_code.register_bytes()
        fit = in_lanes(architecture, m, register, learners.shared)
        self.lanes = max(register // self.dtype.itemsize, 1) if fit else 1
        try:
            made = self.compiled(self._kind(0), m)
        except Unsupported:
            self.lanes = 1
            made = self.compiled(self._kind(0), m)
        self.none = np.zeros(1, self.dtype)
        labels = np.zeros(1, int) if examples.labels is None else examples.labels
        weights = self.none if examples.weights is None else examples.weights.reshape(-1)
        self.given = (
            rows_of(examples.inputs if examples.pixels is None else examples.pixels, made.chunk),
            rows_of(examples.targets, made.chunk), weights, np.ascontiguousarray(labels, np.int64),
        )  # fmt: skip
        self._pace = 0.0  # seconds per step of all groups

    def compiled(self, penalties: tuple[str, ...], m: int) -> Compiled:
        """The code of the steps of a group.

        Args:
            penalties: The penalties that each network has a number of its own for.
            m: The number of examples in a batch.

        Returns:
            The code, compiled once.
        """
        if (penalties, m) not in self._compiled:
            examples, rule = self.examples, replace(self.settings[0].rule, l2=0.0, l1=0.0)
            task = task_of(self.architecture, m, self.dtype.name, rule, **examples.kind, penalties=penalties)
            alone = functools.partial(Chunk, shared=False)
            if self.lanes > 1:
                program = steps_of_many(
                    self.architecture,
                    m,
                    self.dtype.name,
                    rule,
                    examples.weights is not None,
                    examples.distributions,
                    penalties,
                    True,
                    self.lanes,
                )
                *results, output, cost = (each.name for each in program.outputs)
                names = [each.name for each in program.inputs]
                over = dict(zip(results, names, strict=False))
                task = replace(task, program=program, over=over, output=output, cost=cost)
            self._compiled[penalties, m] = compiled(written(task, Lanes if self.lanes > 1 else alone))
        return self._compiled[penalties, m]

    def constants(self, made: Compiled) -> Array:
        """The memory of a chunk's constants."""
        return self._constants.setdefault(id(made), constants_of(made.chunk.constants))

    def places(self) -> int:
        """As many as there are lanes."""
        return self.lanes

    def made(self, penalties: tuple[str, ...]) -> NativeGroup:
        """A group of machine code."""
        return NativeGroup(self, penalties)

    def piece(self, left: int, m: int) -> int:
        """As many batches as a check for signals may wait for."""
        most = int(_LONGEST / self._pace) if self._pace else 20
        if self.masked:
            most = min(most, _NUMBERS // (self.masked * m * len(self.learners.random)))
        return max(1, min(left, most))

    def all_learn(self, piece: Piece, sums: Sequence[Array]) -> list[Array]:
        """Let every group learn, in as many threads as there are cores."""
        started, steps = time.perf_counter(), piece.order.shape[1]
        draws = np.empty((len(piece.draws), piece.draws[0].size + LINE), self.dtype)  # whole vectors are read
        draws[:, :-LINE] = piece.draws.reshape(len(draws), -1)
        whole = replace(piece, order=np.ascontiguousarray(piece.order, np.int64), draws=draws)
        groups: list[NativeGroup] = self.groups  # type: ignore[assignment]  # such are made here
        for group, own in zip(groups, sums, strict=True):
            group.begin(whole, own)
        begun = [threading.Event() for _ in groups]
        parts = min(cores(), len(groups))
        own_pace = self._pace * parts / len(groups)
        at_once = max(_STEPS, int(_CALL / own_pace) if own_pace else 0)

        def call(barrier: Array, thread: Array) -> None:
            shares = shared_out(len(groups), steps, int(thread[1]))[int(thread[0])]
            whole = [group for group, start, stop in shares if stop - start == steps]
            for group, start, stop in shares:
                if start == 0 and stop < steps:  # another thread goes on with it
                    try:
                        groups[group].steps(start, stop)
                    finally:
                        begun[group].set()
            for start in range(0, steps, at_once):
                for group in whole:
                    groups[group].steps(start, min(start + at_once, steps))
            for group, start, stop in shares:
                if start:
                    begun[group].wait()
                    groups[group].steps(start, stop)

        run_threads(call, parts)
        self._pace = (time.perf_counter() - started) / steps
        return [group.end(piece) for group in groups]


def shared_out(groups: int, steps: int, parts: int) -> list[list[tuple[int, int, int]]]:
    """What each of several threads does: groups, and which of their steps. A group that two threads share is begun by one of
    them first of all, and brought to its end by the other last of all; so nobody waits, if there are as many groups as threads.

    Args:
        groups: The number of groups.
        steps: The number of steps of each.
        parts: The number of threads.

    Returns:
        For each thread the numbers of its groups, each with its first step and the one behind its last.

    Examples:
        >>> shared_out(3, 10, 2)
        [[(0, 0, 10), (1, 5, 10)], [(1, 0, 5), (2, 0, 10)]]
    """
    found = []
    for part in range(parts):
        first, last = (groups * steps * k // parts for k in (part, part + 1))
        own = []
        for group in range(first // steps, -(-last // steps)):
            start, stop = max(first, group * steps) - group * steps, min(last, (group + 1) * steps) - group * steps
            own.append((group, steps - stop, steps - start) if stop - start < steps else (group, 0, steps))
        found.append(own)
    return found
