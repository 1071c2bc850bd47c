"""The training step as one program: forward, backward, update; and the NumPy executor that runs it over batches."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calculus import name as symbol
from ..network.architecture import Architecture
from ..network.equations import backpropagation, called, parameter_specs, programs
from ..program.dims import Dim
from ..program.nouns import Array, Program
from ..program.rewrites import simplify
from ..program.tracing import Spec, trace
from ..run.buffered import Buffered, buffered
from .optimizers import sgd


@functools.lru_cache(maxsize=64)
def training_step(architecture: Architecture, m: int, dtype: str) -> Program:
    """What one batch of m examples does: parameters, a1, y and the rate η/m become new parameters and the output aL."""
    names = [name for name, _ in architecture.parameters()]
    output_name = f"a{len(architecture.sizes)}"
    derived = simplify(backpropagation(architecture, programs(architecture, m, dtype).cost, (output_name,)), "textbook")

    def step(*args: Any) -> tuple[Any, ...]:
        *parameters, a1, y, rate = args
        gradients, output = derived(*parameters, a1, y)
        pairs = zip(names, parameters, gradients, strict=True)
        return (*(symbol(f"new_{each}", sgd(w, dw, rate)) for each, w, dw in pairs), output)

    specs = parameter_specs(architecture, dtype)
    batch = [
        Spec((architecture.dim(1), Dim("m", m)), np.dtype(dtype)),
        Spec((architecture.dim(len(architecture.sizes)), Dim("m", m)), np.dtype(dtype)),
        Spec((), np.dtype(dtype)),
    ]
    return simplify(trace(called(step, "step", [*names, "a1", "y", "rate"]), [*specs, *batch]), "fast").check()


@dataclass(frozen=True)
class _Batch:
    """The step for one batch size, bound to its buffers."""

    rows: Array
    targets: Array
    program: Buffered


class NumpyRunner:
    """Runs the training step over batches of prepared data; the parameters are changed where they lie.

    `inputs` is n × n_1 and `targets` n × n_L, rows are examples. Batches are gathered into buffers whose transposes are
    the program's a1 and y, so columns cost nothing.
    """

    def __init__(
        self,
        architecture: Architecture,
        parameters: Sequence[Array],
        inputs: Array,
        targets: Array,
        rate: float,
    ):
        self._architecture = architecture
        self._parameters = parameters
        self._inputs = inputs
        self._targets = targets
        self._rate = rate
        self._batches: dict[int, _Batch] = {}

    def run(self, order: Array, outputs: Array) -> None:
        """Learn from the batches in `order` (k × m indices); write each batch's aL into `outputs` (k × n_L × m)."""
        batch = self._batch(order.shape[1])
        take_inputs, take_targets, step = self._inputs.take, self._targets.take, batch.program.step
        rows, targets, output = batch.rows, batch.targets, batch.program.outputs[-1]
        for k, indices in enumerate(order):
            # 'clip' lets NumPy write into the buffer without a copy; the indices are in range.
            take_inputs(indices, 0, rows, "clip")
            take_targets(indices, 0, targets, "clip")
            step()
            outputs[k] = output

    def _batch(self, m: int) -> _Batch:
        if m not in self._batches:
            dtype = self._inputs.dtype
            rows = np.empty((m, self._architecture.sizes[0]), dtype)
            targets = np.empty((m, self._architecture.sizes[-1]), dtype)
            program = training_step(self._architecture, m, dtype.name)
            names = [name for name, _ in self._architecture.parameters()]
            inputs = dict(zip(names, self._parameters, strict=True))
            inputs |= {"a1": rows.T, "y": targets.T, "rate": np.array(self._rate / m, dtype)}
            self._batches[m] = _Batch(rows, targets, buffered(program, inputs, dict(enumerate(names))))
        return self._batches[m]
