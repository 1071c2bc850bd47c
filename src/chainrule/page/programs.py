"""The programs that the page's Worker runs: a look at one example, forwards and backwards, and the answers to several at once.

Both are made of the programs of the network, which are derived; nothing is derived here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..calculus import grad
from ..core.nouns import Program
from ..core.simplification import simplify
from ..core.structure import LEAF, Tree
from ..core.tracing import Spec, trace
from ..network.architecture import Architecture
from ..network.equations import called, programs
from ..network.initializers import INITIALIZERS

LOOKED = ("z", "a", "δ")
"""What a look gives of each layer, beside its slope σ′(z)."""


def look_program(architecture: Architecture, distributions: bool) -> tuple[Program, list[str]]:
    """A look at one example in float64: of the parameters, a1 and y, all z, a, σ′(z) and δ, all gradients, and the cost.

    Args:
        architecture: The layers and the cost.
        distributions: Whether the desired outputs sum to 1, as those of classes do.

    Returns:
        The program, and what its results are: `z2`, `slope2`, `gradient of w2`, …, `cost`. Where an activation mixes neurons,
        its layer has no slope; where it changes nothing, a is z.
    """
    made = programs(architecture.whole, 1, training=False, distributions=distributions)
    known = {target.name: target for equation in made.backprop.equations for target in equation.targets}
    sought = [f"{letter}{layer}" for layer in architecture.layers for letter in LOOKED]
    looked = [each for each in sought if each in known]
    results = (*made.backprop.outputs, *(known[each] for each in looked))
    derived = replace(made.backprop, outputs=results, results=_flat(len(results)))
    slopes = {layer: f"z{layer}" if f"z{layer}" in known else f"a{layer}" for layer in architecture.layers
              if architecture.layer(layer).applied.elementwise}  # fmt: skip
    names = [f"gradient of {each}" for each in architecture.learned] + looked

    def look(*given: Any) -> tuple[Any, ...]:
        found = derived(*given)
        values = dict(zip(names, found, strict=True))
        return (
            *found,
            *(_slope(architecture, layer, values[symbol]) for layer, symbol in slopes.items()),
            made.cost(*given),
        )

    names_of_all = [*names, *(f"slope{layer}" for layer in slopes), "cost"]
    inputs = derived.inputs
    specs = [Spec(each.shape, np.dtype(float)) for each in inputs]
    return simplify(
        trace(called(look, "look", [each.name for each in inputs]), specs, loops=False), "fast"
    ), names_of_all


def _slope(architecture: Architecture, layer: int, z: Any) -> Any:
    """σ′(z) of a layer, derived from its activation."""
    activation = architecture.layer(layer).applied.function
    return grad(lambda each: np.sum(activation(each)))(z)


def _flat(count: int) -> Tree:
    return Tree(tuple, tuple(range(count)), (LEAF,) * count)


def read_program(architecture: Architecture, m: int, dtype: str) -> Program:
    """The output activations of m examples at once, of all parameters and a1."""
    return programs(architecture.whole, m, dtype, "fast", training=False).feedforward


def beginnings(architecture: Architecture) -> dict[str, tuple[float, float]]:
    """From which normal distribution each parameter is drawn by default: its mean and its deviation, which is 0 for a constant.

    Args:
        architecture: The layers.

    Returns:
        The two numbers by the parameter's name.
    """
    drawn = [[_begun(architecture, each, height) for each in architecture.parameters] for height in (0.0, 1.0)]
    names = [each.name for each in architecture.parameters]
    return {name: (low, high - low) for name, low, high in zip(names, *drawn, strict=True)}


class _Level(np.random.Generator):
    """Stands in for random numbers: each is the same."""

    def __init__(self, height: float):
        super().__init__(np.random.PCG64(0))
        self._height = height

    def standard_normal(self, size: Any = None, *_: Any, **__: Any) -> Any:
        return np.full(() if size is None else size, self._height)


def _begun(architecture: Architecture, parameter: Any, height: float) -> float:
    activation = architecture.layer(parameter.layer).applied
    begun = parameter.begun(INITIALIZERS["default"], _Level(height), activation)
    return float(np.asarray(begun).flat[0])
