"""What is exported of a network: its programs, from the numbers that users give to its answers, and its parameters.

In these programs rows are examples, as everywhere in Python, and the scaling of the inputs is one of the equations. So each
kind of file has it, without a line of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calculus import name
from ..core.dims import Dim
from ..core.nouns import Array, Program
from ..core.simplification import Form, simplify
from ..core.tracing import Spec, trace
from ..network.architecture import Architecture
from ..network.equations import called, feedforward
from ..program.sizes import owned, sizes_kept


@dataclass(frozen=True)
class Trained:
    """A network to be written.

    Attributes:
        title: What it is called in the file, an identifier.
        architecture: The layers and the cost.
        parameters: The parameters, in their order.
        dtype: The number type in which it computes.
        scale: The divisor of the inputs, if it has one.
        classes: The names of the classes, if they have names.
        numeric: Whether it answers with numbers, not with classes.
    """

    title: str
    architecture: Architecture
    parameters: Sequence[Array]
    dtype: str
    scale: float | None
    classes: tuple[str, ...]
    numeric: bool

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
        return self.scale is None and self.architecture.vocabulary is None

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
        whole, shapes = self.architecture.whole, self.architecture.shapes
        specs = [
            *(Spec(shape, np.dtype(self.dtype)) for shape in shapes.values()),
            Spec((Dim("m", m), self.inputs), np.dtype(self.dtype)),
        ]

        def function(*given: Any) -> Any:
            values = dict(zip(shapes, given, strict=False))
            x = given[-1] if self.scale is None else name("scaled", given[-1] / self.scale)
            return feedforward(whole, values, name("a1", whole.inputs(x))).T

        with sizes_kept(only="m") if any_size else contextlib.nullcontext():
            traced = trace(called(function, "feedforward", [*shapes, "x"]), specs, loops=False)
        made = simplify(traced, form)
        return (owned(made) if any_size else made).check()
