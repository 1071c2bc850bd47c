"""The programs of a network: its forward pass, its cost, and the derivative of the cost, with the book's names for symbols.

Columns are examples, as in the book: a1 is n1 × m; images are m × c1 × y1 × x1 (`batches.py`). Only the forward pass is
written, in NumPy; everything else is derived.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..calculus import name
from ..core.derivative import differentiate
from ..core.dims import Dim, Shape, shape_text
from ..core.errors import ChainruleError
from ..core.layout import layout
from ..core.messages import message
from ..core.nouns import Array, Program, Symbol
from ..core.python import expression
from ..core.rewrite import RewriteRule
from ..core.simplification import Form, simplify
from ..core.structure import LEAF, Tree
from ..core.traced import Traced
from ..core.tracing import Spec, trace
from ..dimensions import DimensionError, Operand
from ..program.algebra import columns_sum_to_one
from .architecture import Architecture
from .layers import TAKEN, NetworkError


@dataclass(frozen=True)
class NetworkPrograms:
    """The programs for m examples: `feedforward` computes the output aL, `cost` C, `backprop` all ∂C/∂w and ∂C/∂b."""

    feedforward: Program
    cost: Program
    backprop: Program


def feedforward(architecture: Architecture, values: Mapping[str, Array], a1: Array, training: bool = False) -> Array:
    """z_l = w_l a_{l−1} + b_l and a_l = σ(z_l), for l = 2 … L: the article's second step.

    `values` are the parameters by name, and in training the masks of dropout: Srivastava and others (2014), scaled so
    that prediction needs no change. In training, running moments are those of the batch.
    """
    a, given_to = a1, []
    for number, layer in zip(architecture.layers, architecture.stack, strict=True):
        if f"keep{number - 1}" in values:
            a = name(f"d{number - 1}", a * values[f"keep{number - 1}"])
        given_to.append(a)
        own = architecture.of_layer(number)
        given = [None if training and each.name in architecture.running else values[each.name] for each in own]
        before = a.id if isinstance(a, Traced) else 0
        z, found = layer.weighted_input(a, given, given_to[-1 - layer.back] if layer.back else None)
        _number(z, number, before)
        running = (each.name for each in own if not each.meaning.learned)
        for each, moment in zip(running, found, strict=True):
            name(each, moment)
        a = name(f"a{number}", layer.applied.function(name(f"z{number}", z)))
    return a


def _number(z: Any, number: int, before: int) -> None:
    """Give what a layer's function names on its way the layer's number: s2. What began before has its name already."""
    waiting, seen = [z], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Traced) and node.id > before and node.id not in seen and node.kind != "input":
            seen.add(node.id)
            node.name = f"{node.name}{number}" if node.name and node.name not in TAKEN else ""
            waiting += node.inputs


@functools.lru_cache(maxsize=64)
def programs(
    architecture: Architecture,
    m: int,
    dtype: str = "float64",
    form: Form = "textbook",
    training: bool = True,
    distributions: bool = True,
) -> NetworkPrograms:
    """The programs of a network for batches of m examples, in one of the two forms.

    `feedforward` predicts: it takes all parameters and a1. `cost` and `backprop` are those of training: they take the
    parameters that are learned, the masks of dropout, a1 and y. Without `training` they are those of prediction, with
    nothing dropped and the running mean and variance of batch normalization: they take all parameters, a1 and y.

    `distributions` tells that the desired outputs of each example sum to 1, as those of classes do.
    """
    if not training:
        architecture = architecture.whole
    shapes = architecture.shapes
    learned = {name: each for name, each in shapes.items() if not training or name not in architecture.running}

    def traced_as(its_name: str, inputs: Mapping[str, Shape], output: Callable[[dict[str, Any]], Array]) -> Program:
        def function(*args: Any) -> Array:
            return output(dict(zip(inputs, args, strict=True)))

        return trace(
            called(function, its_name, list(inputs)),
            [Spec(shape, np.dtype(dtype)) for shape in inputs.values()],
            loops=False,
        )

    def traced_cost_of(columns: Dim) -> Program:
        masks = {mask: architecture.batch(layer, columns) for mask, layer in architecture.masks}
        ends = {"a1": architecture.batch(1, columns), "y": architecture.batch(len(architecture.sizes), columns)}
        function = architecture.declared_cost.function
        return traced_as(
            "cost",
            {**learned, **masks, **ends},
            lambda values: function(feedforward(architecture, values, values["a1"], training), values["y"]),
        )

    traced = traced_as(
        "feedforward",
        {**shapes, "a1": architecture.batch(1, m)},
        lambda values: feedforward(architecture, values, values["a1"]),
    )
    traced_cost = simplify(traced_cost_of(Dim("m", m)), "textbook")
    refuse_rank_promotion(traced_cost)
    _require_cost(traced_cost, list(learned))
    if m in (1, *architecture.sizes) and architecture.own:
        _require_any_batch(traced_cost_of, m, max(architecture.sizes) + 1)
    derivative = backpropagation(architecture, traced_cost)
    if form == "textbook":
        derivative = _with_every_error(architecture, derivative)
    return NetworkPrograms(
        simplify(traced, form).check(),
        simplify(traced_cost, form).check(),
        simplify(derivative, form, known_facts(distributions)).check(),
    )


def _with_every_error(architecture: Architecture, program: Program) -> Program:
    """The derivative, in which the error of each layer is no passing thing that simplification may do without."""
    errors = {f"δ{layer}" for layer in architecture.layers}

    def kept(each: Any) -> Any:
        return replace(each, kind="named") if isinstance(each, Symbol) and each.name in errors else each

    equations = (
        replace(each, targets=tuple(map(kept, each.targets)), inputs=tuple(map(kept, each.inputs)))
        for each in program.equations
    )
    return replace(program, equations=tuple(equations))


def _require_cost(cost: Program, learned: Sequence[str]) -> None:
    """Raise `NetworkError` if a user's cost is not a number, or does not depend on what is learned."""
    used = {each.name for equation in cost.equations for each in equation.inputs if isinstance(each, Symbol)}
    if used.isdisjoint(learned):
        raise NetworkError(
            "The cost does not depend on the output activations; it must measure them by the desired ones."
        )
    shape = cost.outputs[0].shape
    if len(cost.outputs) > 1 or shape:
        raise NetworkError(
            "The cost gives several results; it must give one number, summed over the examples: np.sum(…)."
            if len(cost.outputs) > 1
            else "The cost gives an array of {size}; it must give one number, summed over the examples: np.sum(…).",
            size=shape_text(shape),
        )


def _require_any_batch(traced_cost_of: Callable[[Dim], Program], m: int, other: int) -> None:
    """Raise `NetworkError` if a user's function works for m examples only because m is 1 or the size of a layer."""
    try:
        traced_cost_of(Dim("m", other))
    except ChainruleError as error:
        raise NetworkError(
            "A function of your own fits a batch of {m}, but not one of {other}; it must fit any number of "
            "examples, which are the columns.\n{error}",
            m=m,
            other=other,
            error=error,
        ) from error


def backpropagation(
    architecture: Architecture, cost: Program, keep: Sequence[str] = (), weight: Symbol | None = None
) -> Program:
    """The derivative of a network's cost: ∂C/∂w and ∂C/∂b of every layer, but what is frozen, and the symbols in `keep`.

    With a `weight` (1 × m), which becomes the last input, each example counts as often as it says: it multiplies the
    error of the output layer, from which all gradients are summed over the examples.
    """
    names, last = architecture.trained, len(architecture.sizes)
    named = {equation.target.name for equation in cost.equations}
    # Where a layer is linear, its a is its z, and so is its error.
    errors = {f"z{layer}" if f"z{layer}" in named else f"a{layer}": f"δ{layer}" for layer in architecture.layers}
    scale = {}
    if weight is not None:
        cost = replace(cost, inputs=(*cost.inputs, weight), arguments=(*cost.arguments, (weight.name, LEAF)))
        scale[f"z{last}" if f"z{last}" in named else f"a{last}"] = weight.name
    results = Tree(tuple, tuple(range(len(names))), (LEAF,) * len(names))
    made = differentiate(cost, names, results, keep=keep, error_names=errors, scale=scale)
    return replace(made, name="backprop")


def known_facts(distributions: bool) -> tuple[RewriteRule, ...]:
    """What simplification may use of a network's inputs: whether every column of y is a distribution."""
    return (columns_sum_to_one("y"),) if distributions else ()


def called(f: Callable[..., Any], its_name: str, arguments: Sequence[str]) -> Callable[..., Any]:
    """Give a function that takes any arguments a name and names for them: a program's signature."""
    f.__name__ = its_name
    f.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect.signature reads first
        [inspect.Parameter(argument, inspect.Parameter.POSITIONAL_OR_KEYWORD) for argument in arguments]
    )
    return f


def refuse_rank_promotion(program: Program) -> None:
    """In a network no operation may stretch an array to more axes: `(30, 30)` out of two columns is a fault.

    It may where the axes that both have are the same by name: m of a sum over the rows of n2 × m.
    """
    plan = layout(program)
    for equation in program.equations:
        shapes = [operand.shape for operand in equation.inputs if operand.shape]
        if equation.primitive.elementwise and not all(_is_part(shape, max(shapes, key=len)) for shape in shapes):
            operands = tuple(
                Operand(expression(plan.node(o)).text, o.shape, "given")
                for o in equation.inputs
                if isinstance(o, Symbol) and o.shape
            )
            raise DimensionError(
                equation.origin.text or equation.target.name,
                equation.origin.place,
                "",
                message(
                    "{one} meets {other}: the numbers of axes differ",
                    one=shape_text(shapes[0]),
                    other=shape_text(shapes[1]),
                ),
                operands,
                advice=message("In a network every array is features × examples: give both two axes."),
            )


def _is_part(shape: Shape, whole: Shape) -> bool:
    """Whether a shape has as many axes as `whole`, or is its end by the names of the sizes, some of which may be 1."""
    if len(shape) == len(whole):
        return True
    names = [[getattr(size, "name", "") for size in each] for each in (shape, whole[-len(shape) :])]
    met = [one == other if one else size == 1 for one, other, size in zip(*names, shape, strict=True)]
    return any(names[0]) and all(met)
