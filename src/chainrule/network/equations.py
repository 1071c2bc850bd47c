"""A network's programs: forward, its cost, and the derivative of that cost, with the book's names for every symbol.

Columns are examples, as in the book: a1 is n1 × m. The forward pass is written here, in NumPy; all else is derived.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..calculus import name
from ..program.derivative import differentiate
from ..program.dims import Dim, shape_text
from ..program.errors import DimensionError, Operand
from ..program.nouns import Array, Program, Symbol
from ..program.python import Writer
from ..program.rewrite import Rule
from ..program.rewrites import Form, columns_sum_to_one, simplify
from ..program.structure import LEAF, Tree
from ..program.tracing import Spec, trace
from .activations import activation_function
from .architecture import Architecture
from .costs import cost_function


@dataclass(frozen=True)
class NetworkPrograms:
    """What is computed for m examples: `feedforward` gives the output aL, `cost` C, `backprop` all ∂C/∂w and ∂C/∂b."""

    feedforward: Program
    cost: Program
    backprop: Program


def feedforward(architecture: Architecture, parameters: Sequence[Array], a1: Array) -> Array:
    """z_l = w_l a_{l−1} + b_l and a_l = σ(z_l), for l = 2 … L: the article's second step."""
    a = a1
    for layer, w, b in zip(architecture.layers, parameters[::2], parameters[1::2], strict=True):
        z = name(f"z{layer}", w @ a + b)
        a = name(f"a{layer}", activation_function(architecture.activations[layer - 2])(z))
    return a


@functools.lru_cache(maxsize=64)
def programs(architecture: Architecture, m: int, dtype: str = "float64", form: Form = "textbook") -> NetworkPrograms:
    """The programs of a network for batches of m examples, in one of the two forms."""
    specs = parameter_specs(architecture, dtype)
    a1 = Spec((architecture.dim(1), Dim("m", m)), np.dtype(dtype))
    y = Spec((Dim(f"n{len(architecture.sizes)}", architecture.sizes[-1]), Dim("m", m)), np.dtype(dtype))
    names = [parameter for parameter, _ in architecture.parameters()]

    def forward(*args: Any) -> Array:
        return feedforward(architecture, args[:-1], args[-1])

    def cost(*args: Any) -> Array:
        return cost_function(architecture.cost)(feedforward(architecture, args[:-2], args[-2]), args[-1])

    traced = trace(called(forward, "feedforward", [*names, "a1"]), [*specs, a1])
    traced_cost = simplify(trace(called(cost, "cost", [*names, "a1", "y"]), [*specs, a1, y]), "textbook")
    refuse_rank_promotion(traced_cost)
    return NetworkPrograms(
        simplify(traced, form).check(),
        simplify(traced_cost, form).check(),
        simplify(backpropagation(architecture, traced_cost), form, known_facts(architecture)).check(),
    )


def backpropagation(architecture: Architecture, cost: Program, keep: Sequence[str] = ()) -> Program:
    """The derivative of a network's cost: ∂C/∂w and ∂C/∂b of every layer, and the symbols in `keep`."""
    names = [parameter for parameter, _ in architecture.parameters()]
    errors = {f"z{layer}": f"δ{layer}" for layer in architecture.layers}
    results = Tree(tuple, tuple(range(len(names))), (LEAF,) * len(names))
    return replace(differentiate(cost, names, results, keep=keep, error_names=errors), name="backprop")


def known_facts(architecture: Architecture) -> tuple[Rule, ...]:
    """What holds of a network's inputs: with the log-likelihood cost, every column of y is a distribution."""
    return (columns_sum_to_one("y"),) if architecture.cost == "log-likelihood" else ()


def parameter_specs(architecture: Architecture, dtype: str) -> list[Spec]:
    """Shape and number type of every parameter."""
    return [Spec(shape, np.dtype(dtype)) for _, shape in architecture.parameters()]


def called(f: Callable[..., Any], its_name: str, arguments: Sequence[str]) -> Callable[..., Any]:
    """Give a function that takes any arguments a name and names for them: a program's signature."""
    f.__name__ = its_name
    f.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect.signature reads first
        [inspect.Parameter(argument, inspect.Parameter.POSITIONAL_OR_KEYWORD) for argument in arguments]
    )
    return f


def refuse_rank_promotion(program: Program) -> None:
    """In a network no operation may stretch an array to more axes: `(30, 30)` out of two columns is a fault."""
    writer = Writer(program)
    for equation in program.equations:
        shapes = [operand.shape for operand in equation.inputs if operand.shape]
        if equation.primitive.elementwise and len({len(shape) for shape in shapes}) > 1:
            operands = tuple(
                Operand(writer.operand(o).text, o.shape, "given")
                for o in equation.inputs
                if isinstance(o, Symbol) and o.shape
            )
            raise DimensionError(
                equation.origin.text or equation.target.name,
                equation.origin.place,
                "",
                f"{shape_text(shapes[0])} meets {shape_text(shapes[1])}: the numbers of axes differ",
                operands,
                advice="In a network every array is features × examples: give both two axes.",
            )
