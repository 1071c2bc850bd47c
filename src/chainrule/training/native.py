"""The native executor as a `Runner`: chunks of an epoch in one compiled function, and the ragged last batch in NumPy."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.nouns import Array, Equation, Operand, Program, Symbol
from ..core.simplification import simplify
from ..core.tracing import Spec, trace
from ..network.architecture import Architecture
from ..network.costs import clipped_outputs
from ..network.equations import called
from ..run.loops.run_threads import run_threads
from ..run.native.chunk import CALLED, Chunk, Task, chunk, numbers_of
from ..run.native.layout import padded
from ..run.native.names import apart
from ..run.native.objects import function
from ..run.native.texts import TEXTS
from ..run.native.vectors import kind_for
from ..run.threads import cores
from .runner import Examples, Learner, NumpyRunner, figures
from .step import UpdateRule, state_names, training_step

_LONGEST = 0.1  # seconds between two checks for signals and reports of progress
_NUMBERS = 2**22  # the most numbers that a chunk may need for masks or outputs
_SPARSE = 0.4  # the share of zeros from which rows that are all 0 are skipped


@dataclass(frozen=True)
class Compiled:
    """The code compiled for an architecture, a batch size and an update rule."""

    task: Task
    chunk: Chunk
    steps: Callable[..., None]


def compiled(task: Task, compiling: Callable[[], None] | None = None) -> Compiled:
    """Write a chunk, and load or compile it; compiling takes seconds, and `compiling` is called before. Raises `Unsupported`
    if the program cannot be written.
    """
    made = chunk(task, kind_for(task.program.inputs[0].dtype.name))
    return Compiled(task, made, function(made.source, "train", made.kinds, compiling))


def with_cost(program: Program, architecture: Architecture) -> tuple[Program, str | None]:
    """The step, and the cost of its batch computed from its own output; the cost's symbol, if there is one.

    As in `measured`, an output that has been rounded to 0 or 1 is taken as the nearest number that is neither.
    """
    given = {symbol.name: symbol for symbol in program.inputs}
    output, y = program.outputs[-1], given["y"]
    if "weight" in given or not isinstance(output, Symbol):
        return program, None

    def cost(a: Array, y: Array) -> Array:
        return architecture.declared_cost.function(clipped_outputs(a) if architecture.clips else a, y)

    specs = [Spec(output.shape, output.dtype), Spec(y.shape, y.dtype)]
    made = simplify(trace(called(cost, "cost", ["a", "y"]), specs), "fast")
    result = made.outputs[0]
    if not isinstance(result, Symbol) or result.shape:
        return program, None
    names: dict[str, Symbol] = {"a": output, "y": y}

    def own(operand: Operand) -> Operand:
        if not isinstance(operand, Symbol):
            return operand
        return names.setdefault(operand.name, replace(operand, name=f"cost_{operand.name}"))

    added = []
    for equation in made.equations:
        targets = tuple(replace(t, name=f"cost_{t.name}") for t in equation.targets)
        inputs = tuple(own(each) for each in equation.inputs)
        names.update({t.name: new for t, new in zip(equation.targets, targets, strict=True)})
        added.append(Equation(targets, equation.primitive, inputs, equation.params, equation.origin))
    whole = replace(program, equations=(*program.equations, *added))
    return whole, names[result.name].name


def task_of(
    architecture: Architecture,
    batch: int,
    dtype: str,
    rule: UpdateRule,
    *,
    weighted: bool,
    distributions: bool = True,
    labeled: bool = True,
    pixels: bool = False,
    sparse: bool = False,
) -> Task:
    """The task from which the chunk of a network, a batch size and a rule is written."""
    program, cost = with_cost(training_step(architecture, batch, dtype, rule, weighted, distributions), architecture)
    program = apart(program, frozenset({*TEXTS, *CALLED}))
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
        compiling: Callable[[], None] | None = None,
    ):
        self._architecture, self._learner, self._examples, self._rule = architecture, learner, examples, rule
        self._beside = NumpyRunner(architecture, learner, examples, rule)
        self._batch = batch
        self._dtype = examples.targets.dtype
        sample = examples.rows(slice(2000))
        task = task_of(
            architecture,
            batch,
            self._dtype.name,
            rule,
            weighted=examples.weights is not None,
            distributions=examples.distributions,
            labeled=examples.labels is not None,
            pixels=examples.pixels is not None,
            sparse=bool(np.count_nonzero(sample) < (1 - _SPARSE) * sample.size),
        )
        self._changed = dict(zip(task.over.values(), [*learner.parameters, *learner.state], strict=True))
        self._parameters = [*self._changed][: len(learner.parameters)]
        self._made = compiled(task, compiling)
        self._reserve()
        self.cost, self.correct = 0.0, 0
        self._pace = 0.0  # seconds a step

    def _reserve(self) -> None:
        """Allocate all arrays that the chunk works on."""
        made, sizes = self._made.chunk, self._architecture.sizes
        self._layout = made.tiled.layout
        self._parts = cores() if made.shared else 1
        self._memory = _aligned(self._layout.size + self._parts * made.scratch + 16, self._dtype)
        for name, value in self._layout.constants:
            self._write(name, value.reshape(self._layout.shapes[name]))
        self._own = max(map(self._layout.end, self._changed))
        self._learned = max(map(self._layout.end, self._parameters))
        self._good = np.empty(self._own, self._dtype)
        self._places = np.empty(made.places + 32, np.int32)
        self._counts = np.zeros(made.counts, np.int64)
        self._told = np.zeros((self._parts, 3))
        self._masked = sum(sizes[layer - 1] for _, layer in self._architecture.masks) * self._batch
        self._none = np.zeros(1, self._dtype)
        examples = self._examples
        self._labels = np.ascontiguousarray([0] if examples.labels is None else examples.labels, np.int64)
        self._targets = _rows(examples.targets)
        self._weights = self._none if examples.weights is None else examples.weights.reshape(-1)
        self._pack()

    def _write(self, name: str, array: Array) -> None:
        """Copy an array into the chunk's memory."""
        for rows, view in self._layout.stretches(self._memory, name):
            view[...] = array[rows]

    def begin(self) -> None:
        """Start the sums of an epoch, and copy the present parameters and inputs."""
        self._told[...] = 0.0, 0.0, -1.0
        self._beside.begin()
        self._pack()
        self._inputs = _rows(self._examples.inputs if self._examples.pixels is None else self._examples.pixels)

    def _pack(self) -> None:
        for name, array in self._changed.items():
            self._write(name, array)

    def settle(self) -> None:
        """Copy parameters and state back to the learner's arrays."""
        for name, array in self._changed.items():
            for rows, view in self._layout.stretches(self._memory, name):
                array[rows] = view

    def piece(self, left: int) -> int:
        """The number of batches until the next check for signals."""
        if left == 0:
            return 0
        most = int(_LONGEST / self._pace) if self._pace else 20
        if self._masked:
            most = min(most, _NUMBERS // self._masked)
        if self._made.task.cost is None:
            most = min(most, _NUMBERS // (self._batch * self._architecture.sizes[-1]))
        return max(1, min(left, most))

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from the batches, as `Runner` says; those of another size than the others, in NumPy."""
        if order.shape[1] != self._batch:
            self.settle()
            wrong = self._beside.learn(order, rates, done)
            self._pack()
            self._sum()
            return wrong
        started = time.perf_counter()
        self._good[:] = self._memory[: self._own]
        numbers = np.empty((len(order), len(self._made.task.numbers)), self._dtype)
        numbers[:, 0] = rates
        if numbers.shape[1] > 1:
            numbers[:, 1:] = [self._rule.optimizer.numbers(done + k + 1) for k in range(len(order))]
        draws = self._none
        if self._masked:
            draws = np.empty(len(order) * self._masked + 16, self._dtype)
            self._learner.random.random(out=draws[:-16], dtype=self._dtype)
        sizes = self._architecture.sizes
        told_here = self._made.task.cost is not None
        outputs = self._none if told_here else np.empty((*order.shape, sizes[-1]), self._dtype)
        before = self._told.copy()
        arrays = (
            self._memory, self._inputs, self._targets, self._weights, self._labels, order.reshape(-1),
            numbers.reshape(-1), draws, outputs.reshape(-1), self._places, self._counts, self._told.reshape(-1),
        )  # fmt: skip
        run_threads(self._made.steps, arrays, self._parts)
        if not told_here:
            for k in range(len(order)):  # one by one, so that the sum does not depend on where chunks end
                one = slice(k, k + 1)
                self._told[0, 0] += figures(self._architecture, self._examples, order[one], outputs[one])[0]
        if not np.isfinite(self._told[0, 0]) or not np.isfinite(self._memory[: self._learned].sum()):
            wrong = int(self._told[0, 2]) if self._told[0, 2] >= 0 else len(order) - 1
            if not told_here:
                faults = ~np.isfinite(outputs).all(axis=(1, 2))
                wrong = int(np.argmax(faults)) if faults.any() else wrong
            self._memory[: self._own] = self._good
            self._told[...] = before
            return wrong
        self._pace = (time.perf_counter() - started) / len(order)
        self._sum()
        return None

    def _sum(self) -> None:
        self.cost = float(self._told[0, 0]) + self._beside.cost
        self.correct = int(self._told[:, 1].sum()) + self._beside.correct


def _aligned(count: int, dtype: np.dtype[Any]) -> Array:
    """`count` zeros, aligned to a cache line."""
    whole = np.zeros(count + 16, dtype)
    start = -whole.ctypes.data % 64 // dtype.itemsize
    return whole[start : start + count]


def _rows(array: Array) -> Array:
    """The rows of a matrix, each padded to whole vectors, as one flat array."""
    n, width = array.shape
    if width % 16 == 0 and array.flags.c_contiguous:
        return array.reshape(-1)
    whole = np.zeros((n, padded(width)), array.dtype)
    whole[:, :width] = array
    return whole.reshape(-1)
