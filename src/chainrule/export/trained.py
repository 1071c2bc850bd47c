"""What is exported of a network: its programs, from the numbers that users give to its answers, and its parameters.

In these programs rows are examples, as everywhere in Python, and the scaling of the inputs is one of the equations. So each
kind of file has it, without a line of its own.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calculus import name
from ..core.dims import Dim, Shape
from ..core.nouns import Array, Program
from ..core.simplification import Form, simplify
from ..core.tracing import Spec, trace
from ..network.activations import as_probabilities
from ..network.architecture import Architecture
from ..network.batches import batch_from
from ..network.equations import called, feedforward
from ..program.sizes import owned, sizes_kept
from ..schema.schema import Schema
from ..training.step import UpdateRule, training_step
from .errors import ExportError


@dataclass(frozen=True)
class Learning:
    """How a file goes on learning: as the network learned last.

    Attributes:
        rule: How the gradient of a batch changes the parameters.
        batch: The number of examples in a batch.
        rate: η, to begin with.
        smoothing: The share of each desired output that is spread over all classes.
        state: The state of the optimizer, by name.
        steps: The number of steps since that was zero.
    """

    rule: UpdateRule
    batch: int
    rate: float
    smoothing: float
    state: Mapping[str, Array]
    steps: int


@dataclass(frozen=True)
class Trained:
    """A network to be written.

    Attributes:
        title: What it is called in the file, an identifier.
        architecture: The layers and the cost.
        parameters: The parameters, in their order.
        dtype: The number type in which it computes.
        schema: What its inputs and outputs are.
        numeric: Whether it answers with numbers, not with classes.
        learning: How it goes on learning, if it does.
    """

    title: str
    architecture: Architecture
    parameters: Sequence[Array]
    dtype: str
    schema: Schema
    numeric: bool
    learning: Learning | None = None

    def __post_init__(self) -> None:
        inputs, outputs = self.schema.inputs, self.schema.outputs
        if (
            inputs.columns
            or inputs.fill
            or len(inputs.scale) > 1
            or outputs.affine
            or outputs.kind in ("binary", "several")
        ):
            raise ExportError(
                "Only networks with one scale for all inputs, of classes or unscaled numbers, are written to files for elsewhere "
                "so far."
            )

    @property
    def scale(self) -> float | None:
        """The divisor of the inputs, if it has one."""
        return self.schema.inputs.scale[0] if self.schema.inputs.affine else None

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, if they have names."""
        return self.schema.outputs.shown

    @property
    def inputs(self) -> int:
        """n_1, how many numbers an example has."""
        return self.architecture.sizes[0]

    @property
    def outputs(self) -> int:
        """n_L."""
        return self.architecture.sizes[-1]

    @property
    def grays(self) -> bool:
        """Whether bytes are grays, which are divided by 255."""
        return self.schema.inputs.divides_bytes and self.architecture.vocabulary is None

    @property
    def arrays(self) -> dict[str, Array]:
        """The parameters by name."""
        return self.architecture.by_name(self.parameters)

    def rows(self, x: Array) -> Array:
        """Examples as the files take them, row by row: bytes that are grays have been divided."""
        numbers = np.asarray(x, self.dtype) / np.asarray(255, self.dtype) if self.grays and x.dtype == np.uint8 else x
        return np.asarray(numbers, self.dtype).reshape(-1, self.inputs)

    def described(self) -> str:
        """Its layers: `784, 30, 10`."""
        return ", ".join(map(str, self.architecture.titles("en")))

    def feedforward(self, m: int, form: Form = "textbook", *, any_size: bool = False) -> Program:
        """The forward pass of m examples: of the parameters and x, m × n_1, the output activations, m × n_L.

        Args:
            m: The number of examples.
            form: The form of the program.
            any_size: Whether its text fits any number of examples; where it matters, their number is read from x. It asks for
                an m from 2.

        Returns:
            The program.
        """
        inputs = {**self.architecture.shapes, "x": (Dim("m", m), self.inputs)}

        def function(*given: Any) -> Any:
            values = dict(zip(inputs, given, strict=True))
            return feedforward(self.architecture.whole, values, self._activations(values["x"])).T

        with sizes_kept(only="m") if any_size else contextlib.nullcontext():
            made = simplify(self._traced(function, "feedforward", inputs), form)
        return (owned(made) if any_size else made).check()

    @property
    def answer_names(self) -> tuple[str, ...]:
        """What the results of `answers` are called, as the converters of scikit-learn call them."""
        if self.numeric:
            return ("variable",)
        last = self.architecture.stack[-1]
        if last.applied.reach != (0, 1) or self.outputs == 1:
            return ("activations",)
        return ("probabilities",) if last.activation == "softmax" else ("activations", "probabilities")

    def answers(self) -> Program:
        """The forward pass of any number of examples, with probabilities where the output activations are none themselves."""
        inputs = {**self.architecture.shapes, "x": (Dim("m", self._some), self.inputs)}

        def function(*given: Any) -> Any:
            values = dict(zip(inputs, given, strict=True))
            a = feedforward(self.architecture.whole, values, self._activations(values["x"])).T
            return (a, as_probabilities(a))[: len(self.answer_names)]

        with sizes_kept(only="m"):
            return simplify(self._traced(function, "answers", inputs), "textbook").check()

    @property
    def _some(self) -> int:
        """A number of examples that is no other size."""
        return next(m for m in itertools.count(10) if m not in self.architecture.sizes)

    def step(self) -> Program:
        """A step of training: of the parameters, the state, x and y, m × n_1 and m × n_L, and the numbers of the step, the new
        parameters and the new state.

        Random numbers from 0 to below 1, `draws_l`, m × n_l, say what dropout drops.
        """
        architecture, learning = self.architecture, self.learning
        assert learning is not None
        m, rule = Dim("m", learning.batch), learning.rule
        inner = training_step(architecture, learning.batch, self.dtype, rule, False, not self.numeric)
        masks = dict(architecture.masks)
        inputs: dict[str, Shape] = {
            **architecture.shapes,
            **{name: each.shape for name, each in learning.state.items()},
        }
        changed = len(inputs)
        inputs |= {f"draws{layer}": (m, architecture.sizes[layer - 1]) for layer in masks.values()}
        inputs |= {"x": (m, self.inputs), "y": (m, self.outputs), "rate": ()}
        inputs |= dict.fromkeys(self.numbers_of_step, ())

        def function(*given: Any) -> Any:
            values = dict(zip(inputs, given, strict=True))
            values["a1"], values["y"] = self._activations(values["x"]), values["y"].T
            for mask, layer in masks.items():
                share = architecture.dropouts[layer - 1]
                kept = np.where(values[f"draws{layer}"] >= share, 1 / (1 - share), 0.0).astype(self.dtype)
                values[mask] = name(mask, batch_from(kept, architecture.examples[layer - 1]))
            return inner(*(values[each.name] for each in inner.inputs))[:changed]

        return simplify(self._traced(function, "step", inputs), "fast").check()

    @property
    def desired(self) -> tuple[float, float]:
        """The desired outputs of the right class and of the others."""
        share = 0.0 if self.learning is None else self.learning.smoothing
        return 1 - share + share / self.outputs, share / self.outputs

    @property
    def numbers_of_step(self) -> list[str]:
        """The names of the numbers that the optimizer takes beside η."""
        return (
            []
            if self.learning is None
            else [f"number{k + 1}" for k, _ in enumerate(self.learning.rule.optimizer.numbers(1))]
        )

    def numbers(self) -> Program:
        """The numbers of step t, counted from 1, that the optimizer takes beside η; computed in float64."""
        assert self.learning is not None
        optimizer, dtype = self.learning.rule.optimizer, np.dtype(self.dtype)

        def function(t: Any) -> Any:
            return tuple(np.asarray(each).astype(dtype) for each in optimizer.numbers(t))

        return simplify(
            trace(called(function, "numbers", ["t"]), [Spec((), np.dtype(float))], loops=False), "fast"
        ).check()

    def _activations(self, x: Any) -> Any:
        """a1 of rows as users give them."""
        return name("a1", self.architecture.inputs(x if self.scale is None else name("scaled", x / self.scale)))

    def _traced(self, function: Callable[..., Any], its_name: str, inputs: Mapping[str, Shape]) -> Program:
        specs = [Spec(shape, np.dtype(self.dtype)) for shape in inputs.values()]
        return trace(called(function, its_name, list(inputs)), specs, loops=False)
