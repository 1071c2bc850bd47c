"""The training step as one program: forward, backward, update; and the NumPy executor that runs it over batches."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..calculus import name as symbol
from ..network.architecture import Architecture
from ..network.equations import backpropagation, called, known_facts, parameter_specs, programs
from ..program.dims import Dim
from ..program.nouns import Array, Program
from ..program.rewrites import simplify
from ..program.tracing import Spec, trace
from ..run.buffered import Buffered, buffered
from .optimizers import Optimizer, sgd


@dataclass(frozen=True)
class UpdateRule:
    """What becomes of a batch's gradient: clipped, penalties added, then given to the optimizer; `None` leaves it out.

    `l2` and `l1` are λ/n, for weights only, as in the book's equations (85) to (97); `max_norm` bounds the length of
    each neuron's weights after the step; `clip_norm` that of the whole gradient, `clip_value` each of its numbers.
    """

    optimizer: Optimizer = field(default_factory=sgd)
    l2: float = 0.0
    l1: float = 0.0
    max_norm: float | None = None
    clip_norm: float | None = None
    clip_value: float | None = None


@functools.lru_cache(maxsize=64)
def training_step(architecture: Architecture, m: int, dtype: str, rule: UpdateRule) -> Program:
    """What one batch of m examples does: parameters, state, a1, y and the step's numbers become new ones, and aL."""
    names = [name for name, _ in architecture.parameters()]
    output_name = f"a{len(architecture.sizes)}"
    cost = programs(architecture, m, dtype).cost
    derived = simplify(backpropagation(architecture, cost, (output_name,)), "textbook", known_facts(architecture))
    slots, numbers = rule.optimizer.state, len(rule.optimizer.numbers(1))

    def step(*args: Any) -> tuple[Any, ...]:
        rest = iter(args)
        parameters = [next(rest) for _ in names]
        states = [[next(rest) for _ in names] for _ in slots]
        a1, y, rate, *others = rest
        gradients, output = derived(*parameters, a1, y)
        gradients = clipped([(1 / m) * gradient for gradient in gradients], rule)
        new: list[list[Any]] = [[] for _ in range(1 + len(slots))]
        for name, w, g, *state in zip(names, parameters, gradients, *states, strict=True):
            if name.startswith("w"):
                g = penalized(w, g, rule)
            w, *state = rule.optimizer.update(w, g, *state, rate, *others)
            if name.startswith("w") and rule.max_norm is not None:
                w = w * np.minimum(1.0, rule.max_norm / (np.sqrt(np.sum(w * w, axis=1, keepdims=True)) + 1e-12))
            for kept, made, slot in zip(new, (w, *state), ("new", *slots), strict=True):
                kept.append(symbol(f"{slot}_{name}" if slot == "new" else f"new_{slot}_{name}", made))
        return (*(each for kept in new for each in kept), output)

    specs = parameter_specs(architecture, dtype)
    batch = [
        Spec((architecture.dim(1), Dim("m", m)), np.dtype(dtype)),
        Spec((architecture.dim(len(architecture.sizes)), Dim("m", m)), np.dtype(dtype)),
        *(Spec((), np.dtype(dtype)) for _ in range(1 + numbers)),
    ]
    arguments = [
        *names,
        *state_names(architecture, rule),
        "a1",
        "y",
        "rate",
        *(f"number{k + 1}" for k in range(numbers)),
    ]
    traced = trace(called(step, "step", arguments), [*specs, *(specs * len(slots)), *batch])
    return simplify(traced, "fast").check()


def state_names(architecture: Architecture, rule: UpdateRule) -> list[str]:
    """The names of the optimizer's state: one array a parameter and slot."""
    return [f"{slot}_{name}" for slot in rule.optimizer.state for name, _ in architecture.parameters()]


def clipped(gradients: Sequence[Array], rule: UpdateRule) -> list[Array]:
    """The gradients, none of whose numbers is beyond `clip_value`, and whose length together is at most `clip_norm`."""
    if rule.clip_value is not None:
        gradients = [np.clip(gradient, -rule.clip_value, rule.clip_value) for gradient in gradients]
    if rule.clip_norm is not None:
        squares = [np.sum(gradient * gradient) for gradient in gradients]
        length = np.sqrt(functools.reduce(lambda one, other: one + other, squares))
        gradients = [gradient * np.minimum(1.0, rule.clip_norm / (length + 1e-6)) for gradient in gradients]
    return list(gradients)


def penalized(w: Array, g: Array, rule: UpdateRule) -> Array:
    """The gradient with the penalties of large weights: λ/n · w for L2, λ/n · sign(w) for L1."""
    if rule.l2:
        g = g + rule.l2 * w
    if rule.l1:
        g = g + rule.l1 * np.sign(w)
    return g


@dataclass(frozen=True)
class _Batch:
    """The step for one batch size, bound to its buffers."""

    rows: Array
    targets: Array
    program: Buffered


class NumpyRunner:
    """Runs the training step over batches of prepared data; parameters and state are changed where they lie.

    `inputs` is n × n_1 and `targets` n × n_L, rows are examples. Batches are gathered into buffers whose transposes are
    the program's a1 and y, so columns cost nothing.
    """

    def __init__(
        self,
        architecture: Architecture,
        parameters: Sequence[Array],
        state: Sequence[Array],
        inputs: Array,
        targets: Array,
        rule: UpdateRule,
    ):
        self._architecture = architecture
        self._inputs = inputs
        self._targets = targets
        self._rule = rule
        dtype = inputs.dtype
        names = [*(name for name, _ in architecture.parameters()), *state_names(architecture, rule)]
        self._changed = dict(zip(names, [*parameters, *state], strict=True))
        self._numbers = [np.zeros((), dtype) for _ in range(1 + len(rule.optimizer.numbers(1)))]
        self._batches: dict[int, _Batch] = {}

    def run(self, order: Array, outputs: Array, rates: Sequence[float], done: int) -> None:
        """Learn from the batches in `order` (k × m indices); write each batch's aL into `outputs` (k × m × n_L).

        `rates` has the learning rate of each batch; `done` counts the steps before these.
        """
        batch = self._batch(order.shape[1])
        take_inputs, take_targets, step = self._inputs.take, self._targets.take, batch.program.step
        rows, targets, output = batch.rows, batch.targets, batch.program.outputs[-1].T
        rate, *numbers = self._numbers
        steady = len(set(rates)) == 1 and not numbers
        rate[...] = rates[0]
        for k, indices in enumerate(order):
            # 'clip' lets NumPy write into the buffer without a copy; the indices are in range.
            take_inputs(indices, 0, rows, "clip")
            take_targets(indices, 0, targets, "clip")
            if not steady:
                rate[...] = rates[k]
                for place, number in zip(numbers, self._rule.optimizer.numbers(done + k + 1), strict=True):
                    place[...] = number
            step()
            outputs[k] = output

    def _batch(self, m: int) -> _Batch:
        if m not in self._batches:
            dtype = self._inputs.dtype
            rows = np.empty((m, self._architecture.sizes[0]), dtype)
            targets = np.empty((m, self._architecture.sizes[-1]), dtype)
            program = training_step(self._architecture, m, dtype.name, self._rule)
            numbers = dict(
                zip([symbol.name for symbol in program.inputs[-len(self._numbers) :]], self._numbers, strict=True)
            )
            inputs = {**self._changed, "a1": rows.T, "y": targets.T, **numbers}
            self._batches[m] = _Batch(rows, targets, buffered(program, inputs, dict(enumerate(self._changed))))
        return self._batches[m]
