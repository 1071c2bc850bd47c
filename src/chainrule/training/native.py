"""The native executor as a `Runner`: a compiled function runs chunks of an epoch, and NumPy the smaller last batch."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.nouns import Array, Symbol
from ..network.architecture import Architecture
from ..run.loops import machine_code, system
from ..run.loops.processor import processor
from ..run.loops.run_threads import run_threads
from ..run.lowering.binding import constants_of, memory_of, seen
from ..run.lowering.step import SCRATCH
from ..run.threads import cores
from .chunk import Chunk, Task, numbers_of
from .runner import Examples, Learner, NumpyRunner, figures
from .step import UpdateRule, state_names, training_step, with_cost

_LONGEST = 0.1  # seconds between checks for signals and progress reports
_NUMBERS = 2**22  # the most elements that a chunk may need for masks or outputs


@dataclass(frozen=True)
class Compiled:
    """The code compiled for an architecture, a batch size and an update rule."""

    chunk: Chunk
    steps: Callable[..., None]


def compiled(made: Chunk, compiling: Callable[[], None] = lambda: None) -> Compiled:
    """Load or compile a chunk; `compiling` is called before compilation."""
    code = machine_code.compiled([*system.FUNCTIONS, *made.parts, made.function], compiling)
    return Compiled(made, code.function("main"))


def written(task: Task, made_by: Callable[[Task, int, bool], Chunk] = Chunk) -> Chunk:
    """Write a chunk. Raises `Unsupported`, which names the equation, if the program cannot be written."""
    return made_by(task, machine_code.register_bytes(), processor().fuses)


def chunk_of(architecture: Architecture, batch: int, dtype: str, rule: UpdateRule, **kind: bool) -> Chunk:
    """The chunk for a network, written once: to see whether it can be written, and to run it.

    Args:
        architecture: The layers and the cost.
        batch: The number of examples in a batch.
        dtype: `"float32"` or `"float64"`.
        rule: How the gradient updates the parameters.
        kind: What it is written for, as `Examples.kind`.

    Returns:
        The chunk.

    Raises:
        Unsupported: It cannot be written; the error names the equation.
    """
    named = dict(sorted(kind.items()))  # in one order, by which the cache knows them
    return _chunk_of(architecture, batch, dtype, rule, machine_code.register_bytes(), processor().fuses, **named)


@functools.lru_cache(maxsize=4)
def _chunk_of(
    architecture: Architecture, batch: int, dtype: str, rule: UpdateRule, register: int, fuses: bool, **kind: bool
) -> Chunk:
    given: dict[str, Any] = {"weighted": False, **kind}
    return Chunk(task_of(architecture, batch, dtype, rule, **given), register, fuses)


def task_of(
    architecture: Architecture,
    batch: int,
    dtype: str,
    rule: UpdateRule,
    *,
    weighted: bool,
    distributions: bool = True,
    labeled: bool = True,
    alone: bool = False,
    pixels: bool = False,
    sparse: bool = False,
    penalties: tuple[str, ...] = (),
) -> Task:
    """The task for a network, a batch size and an update rule."""
    step = training_step(architecture, batch, dtype, rule, weighted, distributions, penalties)
    program, cost = with_cost(step, architecture)
    outputs = [each.name for each in program.outputs if isinstance(each, Symbol)]
    names = [each.name for each in program.inputs[: len(architecture.shapes) + len(state_names(architecture, rule))]]
    return Task(
        program=program,
        over=dict(zip(outputs, names, strict=False)),
        batch=batch,
        gathered=("a1", "y", *["weight"] * weighted),
        masks=tuple((name, architecture.dropouts[layer - 1]) for name, layer in architecture.masks),
        numbers=numbers_of(program),
        output=outputs[-1],
        cost=cost,
        labeled=labeled,
        bytes=pixels,
        sparse=sparse,
        threshold=architecture.declared_cost.threshold if alone else None,
    )


class NativeRunner:
    """The native executor as a `Runner`."""

    def __init__(
        self,
        architecture: Architecture,
        learner: Learner,
        examples: Examples,
        rule: UpdateRule,
        batch: int,
        compiling: Callable[[], None] = lambda: None,
    ):
        self._architecture, self._learner, self._examples, self._rule = architecture, learner, examples, rule
        self._beside = NumpyRunner(architecture, learner, examples, rule)
        self._batch = batch
        self._dtype = examples.targets.dtype
        chunk = chunk_of(architecture, batch, self._dtype.name, rule, **examples.kind)
        self._changed = dict(zip(chunk.task.over.values(), [*learner.parameters, *learner.state], strict=True))
        self._parameters = [*self._changed][: len(learner.parameters)]
        self._made = compiled(chunk, compiling)
        self._reserve()
        self.cost, self.correct = 0.0, 0
        self._pace = 0.0  # seconds per step

    def _reserve(self) -> None:
        """Allocate the arrays that the chunk works on."""
        chunk, sizes = self._made.chunk, self._architecture.sizes
        self._parts = cores() if chunk.shared else 1
        self._memory = memory_of(chunk.scratch(self._parts) + chunk.beyond)
        self._memory[...] = 0
        self._constants = constants_of(chunk.constants)
        self._views = {name: seen(self._memory, chunk.views[name]) for name in self._changed}
        own = [chunk.views[name] for name in self._changed]
        self._own = self._memory[: max(view.offset + view.extent for view in own)]
        self._good = np.empty_like(self._own)
        self._told = np.array([0.0, 0.0, -1.0])
        self._masked = sum(sizes[layer - 1] for _, layer in self._architecture.masks) * self._batch
        self._none = np.zeros(1, self._dtype)
        self._pack()

    def begin(self) -> None:
        """Reset the sums for an epoch, and copy the current parameters and inputs."""
        self._told[...] = 0.0, 0.0, -1.0
        self._beside.begin()
        self._pack()
        examples, chunk = self._examples, self._made.chunk
        self._inputs = rows_of(examples.inputs if examples.pixels is None else examples.pixels, chunk)
        self._labels = np.ascontiguousarray([0] if examples.labels is None else examples.labels, np.int64)
        self._targets = rows_of(examples.targets, chunk)
        self._weights = self._none if examples.weights is None else examples.weights.reshape(-1)

    def _pack(self) -> None:
        for name, array in self._changed.items():
            self._views[name][...] = array

    def settle(self) -> None:
        """Copy parameters and state back to the learner's arrays."""
        for name, array in self._changed.items():
            array[...] = self._views[name]

    def resume(self) -> None:
        """Copy the current parameters, as `begin` does."""
        self._pack()

    def piece(self, left: int) -> int:
        """The number of batches until the next check for signals."""
        if left == 0:
            return 0
        most = int(_LONGEST / self._pace) if self._pace else 20
        if self._masked:
            most = min(most, _NUMBERS // self._masked)
        if self._made.chunk.task.cost is None:
            most = min(most, _NUMBERS // (self._batch * self._architecture.sizes[-1]))
        return max(1, min(left, most))

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from the batches, as `Runner` says; NumPy handles batches of a different size."""
        if order.shape[1] != self._batch:
            return self._by_numpy(order, rates, done)
        started = time.perf_counter()
        self._good[...] = self._own
        task = self._made.chunk.task
        numbers = np.empty((len(order), len(task.numbers)), self._dtype)
        numbers[:, 0] = rates
        if numbers.shape[1] > 1:
            numbers[:, 1:] = [self._rule.optimizer.numbers(done + k + 1) for k in range(len(order))]
        draws = self._none
        if self._masked:
            draws = np.empty(len(order) * self._masked + 16, self._dtype)
            self._learner.random.random(out=draws[:-16], dtype=self._dtype)
        sizes = self._architecture.sizes
        told_here = task.cost is not None
        outputs = self._none if told_here else np.empty((*order.shape, sizes[-1]), self._dtype)
        before = self._told.copy()
        arrays = (
            self._memory, self._constants, self._inputs, self._targets, self._weights, self._labels,
            np.ascontiguousarray(order, np.int64), numbers, draws, outputs, self._told,
        )  # fmt: skip
        run_threads(self._call(arrays, len(order)), self._parts)
        if self._memory[:8].any():  # an error, such as a singular matrix: NumPy reports it
            self._memory[:8], self._own[...], self._told[...] = 0, self._good, before
            return self._by_numpy(order, rates, done)
        if not told_here:
            for k in range(len(order)):  # one by one: the sum must not depend on chunk boundaries
                one = slice(k, k + 1)
                self._told[0] += figures(self._architecture, self._examples, order[one], outputs[one])[0]
        good = np.isfinite(self._told[0]) and all(np.isfinite(self._views[name].sum()) for name in self._parameters)
        if not good:
            wrong = int(self._told[2]) if self._told[2] >= 0 else len(order) - 1
            if not told_here:
                faults = ~np.isfinite(outputs).all(axis=(1, 2))
                wrong = int(np.argmax(faults)) if faults.any() else wrong
            self._own[...] = self._good
            self._told[...] = before
            return wrong
        self._pace = (time.perf_counter() - started) / len(order)
        self._sum()
        return None

    def _by_numpy(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        self.settle()
        wrong = self._beside.learn(order, rates, done)
        self._pack()
        self._sum()
        return wrong

    def _call(self, arrays: Sequence[Array], steps: int) -> Callable[[Array, Array], None]:
        """The function that a thread runs: its part of all steps."""
        chunk, addresses = self._made.chunk, [array.ctypes.data for array in arrays]

        def call(barrier: Array, thread: Array) -> None:
            part, parts = int(thread[0]), int(thread[1])
            thread[SCRATCH // 8] = chunk.scratch(part)
            ranges = np.array(chunk.ranges_of(parts)[part], np.int64)
            self._made.steps(*addresses, ranges.ctypes.data, barrier.ctypes.data, thread.ctypes.data, steps)

        return call

    def _sum(self) -> None:
        self.cost = float(self._told[0]) + self._beside.cost
        self.correct = int(self._told[1]) + self._beside.correct


def rows_of(array: Array, chunk: Chunk) -> Array:
    """The rows of a matrix, each padded to whole vectors."""
    n, width = array.shape
    filled = chunk.filled(width, chunk.number)
    if width == filled and array.flags.c_contiguous:
        return array
    whole = np.zeros((n, filled), array.dtype)
    whole[:, :width] = array
    return whole
