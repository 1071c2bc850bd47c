"""What is recorded: steps, and in each its lines, with symbol, formula, numbers and value. All of it is immutable.

This file only defines the data. `questions` answers in numbers, `outline` and `answers` say it in words, `terminal` and
`document` show it; an `Explanation` is a recording that answers and shows itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from ..core.nouns import Array, Program, Symbol
from ..network.architecture import Architecture
from ..network.batches import Example
from ..program.formulas import Formula, Term
from ..show.numbers import class_text, figure, rounded


@dataclass(frozen=True)
class Numbers:
    """A formula with an example's numbers, for one element of its value: `z²[13] = −5.101 + 4.033 = −1.068`.

    `stages` are equal: the formula with a number for each symbol, of a long sum only the largest products; then the same with
    each part worked out. `result` is what they come to, and `inner` how many products a sum has, 0 where there is none.
    `decimals` is given where the usual ones would hide what the numbers show.
    """

    index: tuple[int, ...]
    symbol: str
    stages: tuple[tuple[Term, ...], ...]
    result: float
    inner: int = 0
    decimals: int | None = None

    @property
    def written(self) -> str:
        """The result as it is shown."""
        return figure(self.result) if self.decimals is None else rounded(self.result, self.decimals)


@dataclass(frozen=True, eq=False)
class Line:
    """One equation on an example.

    `symbol` is the program's name of what it gives; `meaning` says what that stands for, `layer` is its layer (0 where
    there is none). `formula` is the equation in its parts, with dimensions, ties and Python; nothing where the value is given.
    `zeros` is the share of the value that is 0, without what is 0 by rounding alone, behind a slope that is never 0 but too
    small for a float. `forward` are the symbols of the forward equations of which this one is the derivative.
    """

    symbol: str
    meaning: str
    layer: int
    formula: Formula | None = field(repr=False)
    value: Array = field(repr=False)
    zeros: float
    numbers: tuple[Numbers, ...] = field(default=(), repr=False)
    forward: tuple[str, ...] = ()

    @property
    def passes_on(self) -> bool:
        """Whether it only gives a value another name, as ∂C/∂b = δ."""
        return self.formula is not None and [term.kind for term in self.formula.terms] == ["symbol"]

    @property
    def python(self) -> str:
        """The line of Python that runs."""
        return "" if self.formula is None else self.formula.python


def of_example(value: Array, example: int) -> Array:
    """The numbers of one example of a batch of columns or images, as a vector; a vector, which all share, unchanged.

    >>> of_example(np.array([[1.0, 2.0], [3.0, 4.0]]), 1).tolist(), of_example(np.ones((2, 1, 2, 1)), 1).tolist()
    ([2.0, 4.0], [1.0, 1.0])
    """
    if value.ndim < 2:
        return value
    axis = 1 if value.ndim == 2 else 0
    numbers: Array = np.take(value, min(example, value.shape[axis] - 1), axis).ravel()
    return numbers


def shown_index(symbol: str, shape: tuple[int, ...], index: tuple[int, ...]) -> tuple[int, ...]:
    """The part of an element's index that people are told: of a column only the row, of the maps of one image no example.

    >>> shown_index("a2", (30, 1), (4, 0)), shown_index("z2", (1, 20, 24, 24), (0, 3, 9, 9))
    ((4,), (3, 9, 9))
    """
    if len(shape) == 2 and shape[1] == 1:
        return index[:1]
    if len(shape) == 3 and shape[0] == 1 and not symbol.startswith("dC_d"):
        return index[1:]
    if len(shape) == 4 and shape[0] == 1 and not symbol.removeprefix("dC_d").startswith("w"):
        return index[1:2] if shape[2:] == (1, 1) else index[1:]
    return index


@dataclass(frozen=True, eq=False)
class Step:
    """One of the article's five steps, or the update, which is the sixth; without lines where there is nothing to do."""

    number: int
    lines: tuple[Line, ...] = field(repr=False)


def _listed(value: Array) -> Any:
    """An array as lists, with `None` for what is no number in JSON, such as the −∞ of what attention does not see."""
    listed = value.astype(object)
    listed[~np.isfinite(value)] = None
    return listed.tolist()


@dataclass(frozen=True)
class Reading:
    """A text that a network reads letter by letter.

    - `line` is the text; `seen` and `following` are the letters at each place, and those that come next, as they are shown;
      `letters` are those of all tokens.
    - `weights` are the names of what is learned. `followed` is the place of the largest loss, `head` and `source` the head and
      the place from which it takes the most.
    """

    line: str
    seen: tuple[str, ...]
    following: tuple[str, ...]
    letters: tuple[str, ...]
    weights: tuple[str, ...]
    followed: int = 0
    head: int = 0
    source: int = 0


@dataclass(frozen=True, eq=False)
class Recording:
    """Backpropagation on one example or a batch, recorded.

    - `steps`: 1 input, 2 feedforward, 3 output error, 4 backpropagated error, 5 gradients, 6 update; without a desired
      output only the first two. A function of the user's own has no update.
    - `values`: every symbol of the programs by name, in float64; parameters as they were.
    - `forward` and `backward` are the programs that ran.
    - `image` is what was given, `labels` the classes, if it has any; `example` is the column that the numbers are of;
      `focus` is the chosen neuron of each layer, `layer` that of the neuron which questions are about; `learning_rate` is
      that of the update.
    - `name` is the function's, or nothing for a network, which has an `architecture`; `reading` is the text that a small GPT
      reads, whose cost is then the function.
    """

    name: str
    steps: tuple[Step, ...]
    values: Mapping[str, Array]
    forward: Program
    backward: Program | None
    architecture: Architecture | None
    image: Array | None = None
    labels: tuple[int, ...] = ()
    example: int = 0
    focus: tuple[tuple[int, int], ...] = ()
    learning_rate: float = 0.1
    layer: int = 0
    classes: tuple[str, ...] = ()  # their names, where they have any
    numeric: bool = False  # whether the network answers with numbers, not with classes
    reading: Reading | None = None

    @property
    def lines(self) -> Iterator[Line]:
        """All lines, step by step."""
        for step in self.steps:
            yield from step.lines

    def line(self, symbol: str, step: int | None = None) -> Line:
        """The line of a symbol, of this step where one is named: w2 has one in the update.

        Raises `KeyError` where there is none.
        """
        for each in self.steps:
            for line in each.lines:
                if line.symbol == symbol and step in (None, each.number):
                    return line
        raise KeyError(symbol)

    @property
    def m(self) -> int:
        """How many examples went through."""
        if self.architecture is None:
            return 1
        a1 = self.values["a1"]
        return int(a1.shape[a1.ndim == 2])

    @property
    def sizes(self) -> tuple[int, ...]:
        """The layers' sizes; none for a function."""
        return () if self.architecture is None else self.architecture.sizes

    def maps(self, layer: int) -> Example | None:
        """The channels, rows and columns of a layer whose examples are images; nothing of another."""
        example = () if self.architecture is None else self.architecture.examples[layer - 1]
        return example if len(example) == 3 else None

    def places(self, layer: int) -> Example | None:
        """The places and channels of a layer whose examples are sequences; nothing of another."""
        example = () if self.architecture is None else self.architecture.examples[layer - 1]
        return example if len(example) == 2 else None

    def of_example(self, symbol: str) -> Array:
        """The numbers of an activation or error on the example that the numbers are of, as a vector."""
        return of_example(self.values[symbol], self.example)

    def layer_of(self, symbol: str) -> int:
        """The layer of a network's symbol, from 1 at the input; 0 where it has none, as C, y and temporaries."""
        return self._layers.get(symbol, 0)

    @cached_property
    def _layers(self) -> Mapping[str, int]:
        """Parameters belong to their layer, and so does what is computed between the activations before it and its own; what
        only helps with a line belongs to the layer of that line."""
        if self.architecture is None:
            return {}
        found = {"a1": 1} | {each.name: each.layer for each in self.architecture.parameters}
        layer, last = 2, len(self.sizes)
        for target in (each.target for each in self.forward.equations):
            if layer <= last and target.kind == "named":
                found[target.name] = layer
                layer += target.name == f"a{layer}"
        of_each = {f"{sign}{name}": layer for name, layer in found.items() for sign in ("dC_d", "δ_")}
        found |= of_each | {f"δ{layer}": layer for layer in self.architecture.layers}
        for equation in (
            *reversed(() if self.backward is None else self.backward.equations),
            *reversed(self.forward.equations),
        ):
            helpers = [each.name for each in equation.inputs if isinstance(each, Symbol) and each.kind == "temporary"]
            found = dict.fromkeys(helpers, found.get(equation.target.name, 0)) | found
        return found

    @property
    def outputs(self) -> Array:
        """The output activations of the example that the numbers are of."""
        return self.of_example(f"a{len(self.sizes)}")

    def strongest(self, most: int = 10) -> list[int]:
        """The strongest outputs and the right one, in their order."""
        order = [int(each) for each in np.argsort(-self.outputs, kind="stable")[:most]]
        if self.label is not None and self.label not in order:
            order[-1] = self.label
        return sorted(order)

    @property
    def answer(self) -> int:
        """The class that the network answers."""
        return int(np.argmax(self.outputs))

    @property
    def classifies(self) -> bool:
        """Whether its answer is a class: not where it answers with numbers, nor where desired numbers were given."""
        return not self.numeric and (bool(self.labels) or self.backward is None)

    @property
    def label(self) -> int | None:
        """The class that it should answer, if it is known."""
        return self.labels[self.example] if self.labels else None

    @property
    def cost(self) -> float | None:
        """C, the mean per example; nothing where no desired output is known."""
        return None if self.backward is None else float(self.values["C"]) / self.m

    @property
    def facts(self) -> dict[str, float]:
        """Numbers that are no values of the program: the answer, the label and the cost where they are known, the example, the
        chosen neurons, η, and the size of each layer."""
        if self.reading is not None:
            own = {name: getattr(self.reading, name) for name in ("followed", "head", "source")}
            return {"example": self.example, "η": self.learning_rate, "cost": float(self.values["C"]), **own}
        if self.architecture is None:
            return {"example": self.example}
        found: dict[str, float] = {"example": self.example, "answer": self.answer, "η": self.learning_rate}
        found |= {f"neuron{layer}": neuron for layer, neuron in self.focus}
        for layer, neuron in self.focus:
            example = self.architecture.examples[layer - 1]
            if names := {2: ("place", "channel"), 3: ("map", "row", "column")}.get(len(example)):
                place = map(int, np.unravel_index(neuron, example))
                found |= {f"{name}{layer}": at for name, at in zip(names, place, strict=True)}
        found |= {f"n{layer}": size for layer, size in enumerate(self.sizes, 1)}
        if self.label is not None:
            found["label"] = self.label
        if self.cost is not None:
            found["cost"] = self.cost
        return found

    def plain(self, only: int | None = None) -> dict[str, Any]:
        """All of it, or one step, as plain data for programs to read: numbers, text and lists."""
        steps = [
            {
                "step": step.number,
                "equations": [
                    {
                        "symbol": line.symbol,
                        "shape": list(map(int, line.value.shape)),
                        "python": line.python,
                        "value": _listed(line.value),
                    }
                    for line in step.lines
                ],
            }
            for step in self.steps
            if only in (None, step.number)
        ]
        answer: dict[str, Any] = {}
        if self.architecture is not None:
            answer = {"digit": self.answer} if self.classifies else {"outputs": self.outputs.tolist()}
        if self.reading is not None:
            pairs = zip(self.reading.seen, self.reading.following, strict=True)
            answer = {"text": self.reading.line, "places": [{"letter": one, "next": other} for one, other in pairs]}
        label = {} if self.reading is not None else {"label": self.label}
        return {**answer, **label, "cost": self.cost, "steps": steps}

    def class_text(self, number: int) -> str:
        """A class by its number, and its name where it has another."""
        return class_text(number, self.classes)

    def neuron(self, layer: int) -> int:
        """The chosen neuron of a layer."""
        return dict(self.focus)[layer]

    def following(self, layer: int, neuron: int) -> Self:
        """The same with another neuron of a layer, which questions are then about."""
        return replace(self, focus=tuple((dict(self.focus) | {layer: neuron}).items()), layer=layer)

    @property
    def chosen(self) -> tuple[int, int]:
        """The neuron that questions are about, (layer, neuron): the one that was chosen, else of the last hidden layer."""
        return self.layer, self.neuron(self.layer)
