"""What is exported of a network: its programs, from the numbers that users give to its answers, and its parameters.

In these programs rows are examples, as everywhere in Python, and the scaling of the inputs is one of the equations. So each
kind of file has it, without a line of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import textwrap
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
from ..network.costs import smoothed
from ..network.equations import called, feedforward
from ..program.sizes.keeping import sizes_kept
from ..program.sizes.programs import owned
from ..quoting import printable
from ..schema.inputs import Column
from ..schema.schema import Schema
from ..training.step import UpdateRule, training_step


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
        learning: How it goes on learning, if it does.
        file: The name of the file, by which it says how it is used.
    """

    title: str
    architecture: Architecture
    parameters: Sequence[Array]
    dtype: str
    schema: Schema
    learning: Learning | None = None
    file: str = ""

    @property
    def kind(self) -> str:
        """What its outputs stand for: `"classes"`, `"binary"`, `"several"` or `"numbers"`."""
        return self.schema.outputs.kind or "classes"

    @property
    def numeric(self) -> bool:
        """Whether it answers with numbers, not with classes or labels."""
        return self.kind == "numbers"

    @property
    def by_rows(self) -> bool:
        """Whether what is asked of its outputs is a number for each, and not the position of a class."""
        return self.kind != "classes"

    @property
    def threshold(self) -> float:
        """The output above which a label is given, where each decides alone."""
        return self.architecture.declared_cost.threshold

    @property
    def classes(self) -> tuple[Any, ...]:
        """Its classes as they are answered, or what they are called; empty if they are numbered from 0."""
        return self.schema.outputs.labels or self.schema.outputs.names if not self.numeric else ()

    def positions(self, a: Array) -> Array:
        """The answers of output activations: the position of a class, or for each output whether its label is given."""
        return a.argmax(axis=1) if self.kind == "classes" else (a > self.threshold).astype(np.int64)

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
    def columns(self) -> dict[str, Column]:
        """The columns of the table that it takes, by name, or by place where they have none; empty for arrays."""
        return {each.name or str(place): each for place, each in enumerate(self.schema.inputs.columns)}

    @property
    def reads_texts(self) -> bool:
        """Whether a column has texts, so that a row of the table is not the numbers of an example."""
        return any(each.levels for each in self.columns.values())

    @property
    def fills(self) -> Sequence[float]:
        """What stands in for each missing number: NaN where nothing does; of a text, whose inputs are 0 or 1, likewise."""
        inputs = self.schema.inputs
        of_columns = [(each.fill, each.size) for each in inputs.columns]
        return inputs.fill or [
            float(fill) if isinstance(fill, (int, float)) else math.nan
            for fill, size in of_columns
            for _ in range(size)
        ]

    @property
    def completes(self) -> bool:
        """Whether something stands in for missing values."""
        return bool(self.schema.inputs.fill) or any(each.fill is not None for each in self.schema.inputs.columns)

    @property
    def arrays(self) -> dict[str, Array]:
        """The parameters by name."""
        return self.architecture.by_name(self.parameters)

    def rows(self, x: Array) -> Array:
        """Examples as the files take them, row by row: bytes that are grays have been divided."""
        gray = self.grays and x.dtype == np.uint8
        numbers = np.asarray(x, self.dtype) / np.asarray(255, self.dtype) if gray else x
        return np.asarray(numbers, self.dtype).reshape(-1, self.inputs)

    def said(self) -> list[str]:
        """What its inputs and outputs are, line by line."""
        names = self.schema.inputs.names
        order = [f"The numbers of an example are, in this order: {', '.join(names)}."] if names else []
        lines = (
            [str(each) for each in self.schema.lines()]
            if self.schema.inputs.fitted or self.schema.inputs.affine
            else []
        )
        every = map(printable, [*lines, *order])  # a name that ends a line would begin one of its own
        return [part for line in every for part in textwrap.wrap(line, 110, subsequent_indent="  ")]

    def described(self) -> str:
        """Its layers: `784, 30, 10`."""
        return ", ".join(map(str, self.architecture.titles("en")))

    def feedforward(self, m: int, form: Form = "textbook", *, any_size: bool = False) -> Program:
        """The forward pass of m examples: of the parameters and x, m × n_1, the output activations, m × n_L, numbers in their
        own units.

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
            return self._answered(values)

        with sizes_kept(only="m") if any_size else contextlib.nullcontext():
            made = simplify(self._traced(function, "feedforward", inputs), form)
        return (owned(made) if any_size else made).check()

    @property
    def answer_names(self) -> tuple[str, ...]:
        """What the results of `answers` are called, as the converters of scikit-learn call them."""
        if self.numeric:
            return ("variable",)
        last = self.architecture.stack[-1]
        if last.applied.reach != (0, 1):
            return ("activations",)
        return (
            ("probabilities",)
            if last.activation == "softmax" or self.kind == "several"
            else ("activations", "probabilities")
        )

    def answers(self) -> Program:
        """The forward pass of any number of examples, with probabilities where the output activations are none themselves."""
        inputs = {**self.architecture.shapes, "x": (Dim("m", self.some), self.inputs)}

        def function(*given: Any) -> Any:
            a = self._answered(dict(zip(inputs, given, strict=True)))
            if len(self.answer_names) == 1:
                return (a,)
            return a, np.concatenate([1 - a, a], axis=1) if self.kind == "binary" else as_probabilities(a)

        with sizes_kept(only="m"):
            return simplify(self._traced(function, "answers", inputs), "textbook").check()

    @property
    def some(self) -> int:
        """A number of examples that is no other size, so that none is taken for it."""
        return next(m for m in itertools.count(10) if m not in self.architecture.sizes)

    def step(self) -> Program:
        """A step of training: of the parameters, the state, x and y, m × n_1 and m × n_L, and the numbers of the step, the new
        parameters and the new state.

        Random numbers from 0 to below 1, `draws_l`, m × n_l, say what dropout drops.
        """
        architecture, learning = self.architecture, self.learning
        assert learning is not None
        m, rule = Dim("m", learning.batch), learning.rule
        inner = training_step(architecture, learning.batch, self.dtype, rule, False, not self.by_rows)
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
            values["a1"], values["y"] = self._activations(values["x"]), self._desired(values["y"]).T
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

    def _answered(self, values: Mapping[str, Any]) -> Any:
        """The output activations of rows, numbers in their own units."""
        outputs, a1 = self.schema.outputs, self._activations(values["x"])
        if not self.numeric or not outputs.affine:
            return feedforward(self.architecture.whole, values, a1).T
        scale, shift = self._each(outputs.scale), self._each(outputs.shift)
        return feedforward(self.architecture.whole, values, a1).T * scale + shift

    def _desired(self, y: Any) -> Any:
        """What is asked of the outputs, of rows of numbers in their own units, or of 0 and 1."""
        outputs = self.schema.outputs
        share = 0.0 if self.learning is None or self.numeric else self.learning.smoothing
        if self.by_rows and share:
            return smoothed(y, share, outputs.alternatives(self.outputs))
        if not self.numeric or not outputs.affine:
            return y
        return (y - self._each(outputs.shift)) / self._each(outputs.scale)

    def _activations(self, x: Any) -> Any:
        """a1 of rows as users give them: missing numbers replaced, and all scaled."""
        inputs = self.schema.inputs
        if any(each == each for each in self.fills):
            fill = self._each(self.fills)
            x = name("complete", np.where(np.isnan(x), fill, x))
        if inputs.affine:
            shift, scale = self._each(inputs.shift), self._each(inputs.scale)
            x = x if inputs.shift == (0.0,) else x - shift
            x = name("scaled", x if inputs.scale == (1.0,) else x / scale)
        return name("a1", self.architecture.inputs(x))

    def _each(self, numbers: Sequence[float]) -> Any:
        """Numbers for each input or output; one for all is a plain number."""
        return numbers[0] if len(numbers) == 1 else np.array(numbers, self.dtype)

    def _traced(self, function: Callable[..., Any], its_name: str, inputs: Mapping[str, Shape]) -> Program:
        specs = [Spec(shape, np.dtype(self.dtype)) for shape in inputs.values()]
        return trace(called(function, its_name, list(inputs)), specs, loops=False)
